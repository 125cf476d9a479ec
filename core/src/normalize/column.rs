//! The columns of the output.

use arrow::datatypes::Field;

use crate::decode::tags::TagColumn;
use crate::schema::encoding::{MapEncoding, TextEncoding};
use crate::schema::focus::{Focus, Type};

/// The source of an output column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ColumnSource {
    /// A FOCUS column, or one of the `x_` columns that every read has.
    Focus(Focus),
    /// A column of the report that is not in FOCUS: its index among the decoded extra columns, and its name.
    Extra(usize, String, Type),
    /// The value of one tag.
    Tag(TagColumn),
    /// The origin of the row.
    Lineage(Lineage),
}

/// The part of the origin of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lineage {
    Object,
    Row,
    Delivery,
}

/// A column of the output.
#[derive(Clone, Debug)]
pub(crate) struct OutputColumn {
    pub(crate) name: String,
    pub(crate) source: ColumnSource,
}

impl OutputColumn {
    /// The value type, before maps may become JSON.
    pub(crate) fn value_type(&self) -> Type {
        match &self.source {
            ColumnSource::Focus(column) => column.value_type(),
            ColumnSource::Extra(_, _, value_type) => *value_type,
            ColumnSource::Tag(_) | ColumnSource::Lineage(Lineage::Object | Lineage::Delivery) => Type::Text,
            ColumnSource::Lineage(Lineage::Row) => Type::Integer,
        }
    }

    pub(super) fn field(&self, maps: MapEncoding, text: TextEncoding) -> Field {
        match &self.source {
            ColumnSource::Focus(column) => column.field(maps, text),
            _ => Field::new(&self.name, self.value_type().arrow(maps, text), true),
        }
    }
}
