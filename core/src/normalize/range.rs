//! The range of the decimal columns, if the type that the caller selected cannot hold every decimal.
//!
//! In: an output row before it is added to the ledger. Out: the first column with a number that is out of range, so that
//! its line item is rejected like one that cannot be decoded.

use super::column::{ColumnSource, OutputColumn};
use super::columns;
use super::columns::Value;
use super::values::OutputRow;
use crate::line_items::{Column, LineItems};
use crate::schema::encoding::DecimalEncoding;
use crate::schema::focus::Type;
use crate::table::narrow::OutOfRange;
use crate::value::decimal::Decimal;

/// The decimal columns of the output, and their type.
#[derive(Clone, Debug)]
pub(crate) struct Range {
    columns: Vec<OutputColumn>,
    decimals: DecimalEncoding,
}

impl Range {
    /// Returns the range of the columns; `None` if the type holds every decimal.
    pub(crate) fn new(mut columns: Vec<OutputColumn>, decimals: DecimalEncoding) -> Option<Self> {
        columns.retain(|column| column.value_type() == Type::Decimal);
        (!decimals.holds_all() && !columns.is_empty()).then_some(Self { columns, decimals })
    }

    /// Fails if a number of the row is out of range.
    pub(super) fn check(&self, items: &LineItems, output: &OutputRow<'_>) -> Result<(), OutOfRange> {
        let mut pricing = None;
        for column in &self.columns {
            let value = match column.source {
                ColumnSource::Focus(focus) => match columns::of(focus).value {
                    Value::Cost(cost) => output.costs.get(cost),
                    Value::Amount(amount) => amount(output),
                    Value::Price(price) => price(output, pricing.get_or_insert_with(|| output.pricing())),
                    _ => None,
                },
                ColumnSource::Extra(index, ..) => number_of(items, index, output.row.item.index()),
                ColumnSource::Tag(_) | ColumnSource::Lineage(_) => None,
            };
            if let Some(value) = value.filter(|value| !self.decimals.holds(*value)) {
                return Err(OutOfRange { column: column.name.clone(), value });
            }
        }
        Ok(())
    }
}

fn number_of(items: &LineItems, extra: usize, row: usize) -> Option<Decimal> {
    match items.extras.get(extra).and_then(Option::as_ref) {
        Some(Column::Decimal(decimals)) => decimals.get(row),
        _ => None,
    }
}
