//! Rows as JSON text.

use std::fmt::Write;
use std::ops::Range;

use arrow::array::{Array, RecordBatch};

use super::cell::{Values, check};
use crate::error::Result;
use crate::value::{json, timestamp};

/// How decimals are represented in JSON. Doubles are always numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Numbers {
    /// As strings, which are exact in every language.
    #[default]
    Text,
    /// As numbers, including the numeric values of SkuPriceDetails and x_Discounts. Most languages keep 15 digits.
    Number,
}

/// Returns rows of a batch as a JSON array: one object per row with every column; null for absent values.
///
/// Times are strings like `2026-01-10T00:00:00Z`, key-value pairs are objects. Rows beyond the end of the batch are
/// ignored.
///
/// # Errors
///
/// [`Error::Option`](crate::Error::Option) if a column has a type that JSON cannot hold.
///
/// # Examples
///
/// ```
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
/// use outlay::sink::{Numbers, json_rows};
///
/// let mut reader = outlay::Reader::builder().columns(["ChargePeriodStart", "BilledCost"]).read(folder)?;
/// let batch = reader.next().unwrap()?;
/// let rows = json_rows(&batch, 4..5, Numbers::Text)?;
/// assert_eq!(rows, r#"[{"ChargePeriodStart":"2023-11-01T00:00:00Z","BilledCost":"0.01"}]"#);
/// # Ok::<(), outlay::Error>(())
/// ```
pub fn json_rows(batch: &RecordBatch, rows: Range<usize>, numbers: Numbers) -> Result<String> {
    let schema = batch.schema();
    let mut columns = Vec::with_capacity(batch.num_columns());
    for (field, array) in schema.fields().iter().zip(batch.columns()) {
        check(field, "JSON")?;
        let mut head = String::new();
        json::write_text(&mut head, field.name());
        head.push(':');
        columns.push(JsonColumn { name: field.name(), head, array, values: Values::of(array) });
    }
    let mut out = String::from("[");
    for row in rows.start..rows.end.min(batch.num_rows()) {
        out.push_str(if row == rows.start { "{" } else { ",{" });
        for (index, column) in columns.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            column.write(&mut out, row, numbers);
        }
        out.push('}');
    }
    out.push(']');
    Ok(out)
}

struct JsonColumn<'a> {
    name: &'a str,
    /// The name as JSON, with its colon.
    head: String,
    array: &'a dyn Array,
    values: Values<'a>,
}

impl JsonColumn<'_> {
    fn write(&self, out: &mut String, row: usize, numbers: Numbers) {
        out.push_str(&self.head);
        if self.array.is_null(row) {
            out.push_str("null");
            return;
        }
        match self.values {
            Values::Text(texts) => json::write_text(out, texts.value(row)),
            Values::Decimal(decimals) => {
                let quote = if numbers == Numbers::Text { "\"" } else { "" };
                // Writing to a `String` cannot fail.
                let _ = write!(out, "{quote}{}{quote}", decimals.value(row));
            }
            Values::Double(doubles) => {
                let double = doubles.value(row);
                // JSON has no text for infinity and NaN.
                let _ = if double.is_finite() { write!(out, "{double}") } else { out.write_str("null") };
            }
            Values::Time(times) => json::write_text(out, &timestamp::text(times.value(row))),
            Values::Integer(integers) => {
                let _ = write!(out, "{}", integers.value(row));
            }
            Values::Map(ref maps) => {
                let is_number = |key: &str| numbers == Numbers::Number && json::numeric_key(self.name, key);
                json::write_object(out, maps.pairs(row), is_number);
            }
        }
    }
}
