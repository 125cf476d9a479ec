//! The first rows of a batch as a table.

use arrow::array::{Array, RecordBatch};

use super::table::Table;
use crate::error::{Result, clip};
use crate::sink::texts_of;

impl Table {
    /// Returns the first rows of a batch, at most `rows`, with each text shortened to 80 characters.
    ///
    /// # Errors
    ///
    /// [`Error::Option`](crate::Error::Option) for a column of a type that batches of this crate do not have.
    ///
    /// # Examples
    ///
    /// ```
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
    /// let report = outlay::Reader::builder().columns(["ServiceName", "BilledCost"]).open(folder)?;
    /// println!("{}", outlay::display::Table::preview(&report.head(5)?, 5)?.fit(100));
    /// # Ok::<(), outlay::Error>(())
    /// ```
    pub fn preview(batch: &RecordBatch, rows: usize) -> Result<Self> {
        let shown = batch.num_rows().min(rows);
        let schema = batch.schema();
        let mut columns = Vec::new();
        for (field, array) in schema.fields().iter().zip(batch.columns()) {
            columns.push(texts_of(field, array.slice(0, shown).as_ref())?);
        }
        let (all, width) = (batch.num_rows(), batch.num_columns());
        let first = if shown < all { format!(", the first {shown} here") } else { String::new() };
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        let caption = format!("{all} row{}, {width} column{}{first}", plural(all), plural(width));
        let mut table = Self::new(caption, schema.fields().iter().map(|field| field.name().clone()));
        for row in 0..shown {
            let cell = |texts: &Vec<Option<String>>| match texts.get(row) {
                Some(Some(text)) => clip(text.as_bytes()),
                _ => "null".to_owned(),
            };
            table = table.row(columns.iter().map(cell));
        }
        Ok(table)
    }
}
