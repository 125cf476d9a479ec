//! Costs by service, as the program prints them.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type};

use super::paint::Paint;
use crate::display::Table;
use crate::error::{Error, Result};
use crate::totals::Totals;
use crate::value::decimal::{Decimal, Sum};

/// Number of services in a table, largest first. The others are one line.
const LINES: usize = 15;

/// Billed and effective cost, by currency and service.
#[derive(Debug, Default)]
pub struct Services(BTreeMap<(String, String), (Sum, Sum)>);

/// Returns the currencies of a batch. `None` without their column.
pub fn currencies(batch: &RecordBatch) -> Result<Option<StringArray>> {
    batch.column_by_name("BillingCurrency").map(utf8).transpose()
}

/// Returns a text column, in any type that the option `text` has.
fn utf8(array: &ArrayRef) -> Result<StringArray> {
    let array = cast(array, &DataType::Utf8).map_err(|error| Error::option("text", error.to_string()))?;
    Ok(array.as_string::<i32>().clone())
}

/// Returns a text; empty if it is null or there is no column.
pub fn text(array: Option<&StringArray>, row: usize) -> String {
    array.filter(|array| array.is_valid(row)).map_or("", |array| array.value(row)).to_owned()
}

impl Services {
    /// The required columns.
    pub const COLUMNS: [&str; 4] = ["ServiceName", "BillingCurrency", "BilledCost", "EffectiveCost"];

    /// Adds the rows of a batch. A batch without the required columns adds nothing.
    pub fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        let [Some(names), Some(currencies), Some(billed), Some(effective)] =
            Self::COLUMNS.map(|name| batch.column_by_name(name))
        else {
            return Ok(());
        };
        let (names, currencies) = (Some(utf8(names)?), Some(utf8(currencies)?));
        let [billed, effective] = [billed, effective].map(|costs| costs.as_primitive::<Decimal128Type>());
        for row in 0..batch.num_rows() {
            let key = (text(currencies.as_ref(), row), text(names.as_ref(), row));
            let sums = self.0.entry(key).or_default();
            for (sum, costs) in [(&mut sums.0, billed), (&mut sums.1, effective)] {
                // An unknown cost is null and adds nothing. The totals count such rows.
                if costs.is_valid(row) {
                    *sum += Decimal::from_unscaled(costs.value(row));
                }
            }
        }
        Ok(())
    }

    /// Returns a table per currency, each followed by an empty line.
    pub fn tables(&self, totals: &Totals, paint: Paint) -> String {
        let mut currencies: Vec<&str> = self.0.keys().map(|(currency, _)| currency.as_str()).collect();
        currencies.dedup();
        currencies.into_iter().map(|currency| paint.header(&self.table(currency, totals)) + "\n").collect()
    }

    fn table(&self, currency: &str, totals: &Totals) -> String {
        let mut lines: Vec<(&str, Sum, Sum)> = self
            .0
            .iter()
            .filter(|((known, _), _)| known == currency)
            .map(|((_, name), (billed, effective))| (name.as_str(), *billed, *effective))
            .collect();
        lines.sort_by_key(|(_, billed, effective)| std::cmp::Reverse(billed.abs().max(effective.abs())));
        let mut rest = (lines.len().saturating_sub(LINES), Sum::ZERO, Sum::ZERO);
        for (_, billed, effective) in lines.iter().skip(LINES) {
            rest.1 += *billed;
            rest.2 += *effective;
        }
        lines.truncate(LINES);
        let row =
            |(name, billed, effective): (&str, Sum, Sum)| [name.to_owned(), billed.to_string(), effective.to_string()];
        let header = [format!("Service ({currency})"), "BilledCost".to_owned(), "EffectiveCost".to_owned()];
        let mut table = Table::new("", header).rows(lines.into_iter().map(row)).numeric();
        if rest.0 > 0 {
            table = table.row([format!("{} more", rest.0), rest.1.to_string(), rest.2.to_string()]);
        }
        if let Some(costs) = totals.costs().get(currency) {
            let unknown = totals.unknown_rows().get(currency).copied().unwrap_or_default();
            let name = if unknown.billed + unknown.effective > 0 { "Total of the known" } else { "Total" };
            table = table.row([name.to_owned(), costs.billed.to_string(), costs.effective.to_string()]);
        }
        format!("{table}\n")
    }
}
