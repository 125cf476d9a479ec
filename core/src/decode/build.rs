//! One output column under construction: values in, Arrow array out.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Decimal128Array, Int64Builder, MapBuilder, MapFieldNames, PrimitiveBuilder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Decimal128Type, Field};

use crate::decimal::{Decimal, PRECISION, SCALE};
use crate::schema::focus::Type;

/// A column of one batch.
#[derive(Debug)]
pub(crate) enum Builder {
    Text(StringBuilder),
    Decimal(PrimitiveBuilder<Decimal128Type>),
    Time(TimestampMicrosecondBuilder),
    Integer(Int64Builder),
    Map(Box<MapBuilder<StringBuilder, StringBuilder>>),
}

impl Builder {
    /// An empty column for about `rows` values.
    pub(crate) fn new(kind: Type, rows: usize) -> Self {
        match kind {
            Type::Text => Self::Text(StringBuilder::with_capacity(rows, rows * 8)),
            Type::Decimal => Self::Decimal(PrimitiveBuilder::with_capacity(rows)),
            Type::Time => Self::Time(TimestampMicrosecondBuilder::with_capacity(rows)),
            Type::Integer => Self::Integer(Int64Builder::with_capacity(rows)),
            Type::Map => {
                let names = MapFieldNames { entry: "entries".into(), key: "keys".into(), value: "values".into() };
                let builder = MapBuilder::new(Some(names), StringBuilder::new(), StringBuilder::new());
                let builder = builder.with_values_field(Field::new("values", DataType::Utf8, true));
                Self::Map(Box::new(builder))
            }
        }
    }

    /// Adds a text, or null.
    pub(crate) fn text(&mut self, value: Option<&str>) {
        if let Self::Text(builder) = self {
            builder.append_option(value);
        } else {
            debug_assert!(false, "not a text column");
        }
    }

    /// Adds a number, or null.
    pub(crate) fn decimal(&mut self, value: Option<Decimal>) {
        if let Self::Decimal(builder) = self {
            builder.append_option(value.map(Decimal::unscaled));
        } else {
            debug_assert!(false, "not a decimal column");
        }
    }

    /// Adds an instant in microseconds since 1970, or null.
    pub(crate) fn time(&mut self, value: Option<i64>) {
        if let Self::Time(builder) = self {
            builder.append_option(value);
        } else {
            debug_assert!(false, "not a time column");
        }
    }

    /// Adds a whole number, or null.
    pub(crate) fn integer(&mut self, value: Option<i64>) {
        if let Self::Integer(builder) = self {
            builder.append_option(value);
        } else {
            debug_assert!(false, "not an integer column");
        }
    }

    /// Adds key-value pairs, or null.
    pub(crate) fn map<'a>(&mut self, entries: Option<impl Iterator<Item = (&'a str, Option<&'a str>)>>) {
        let Self::Map(builder) = self else {
            debug_assert!(false, "not a map column");
            return;
        };
        let present = entries.is_some();
        for (key, value) in entries.into_iter().flatten() {
            builder.keys().append_value(key);
            builder.values().append_option(value);
        }
        let appended = builder.append(present);
        debug_assert!(appended.is_ok(), "keys and values are added in pairs");
    }

    /// The array; the builder is empty again.
    pub(crate) fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(builder) => Arc::new(builder.finish()),
            Self::Decimal(builder) => {
                let (_, values, nulls) = builder.finish().into_parts();
                let typed = DataType::Decimal128(PRECISION, SCALE);
                Arc::new(Decimal128Array::new(values, nulls).with_data_type(typed))
            }
            Self::Time(builder) => Arc::new(builder.finish().with_timezone("UTC")),
            Self::Integer(builder) => Arc::new(builder.finish()),
            Self::Map(builder) => Arc::new(builder.finish()),
        }
    }
}
