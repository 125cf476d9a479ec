//! A reader as Arrow's reader trait.

use arrow::array::{RecordBatch, RecordBatchReader};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;

use super::reader::Reader;

/// A [`Reader`] as Arrow's [`RecordBatchReader`], for libraries that take one, and for fields of structs. An
/// [`Error`](crate::Error) becomes an `ArrowError::ExternalError`, from which it can be downcast.
///
/// Created by [`Reader::into_arrow`] or `From`. [`ArrowReader::reader`] has the totals while it is held, and
/// [`Reader::handle`] after it was given away.
///
/// # Examples
///
/// ```
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
/// use outlay::arrow::array::RecordBatchReader;
///
/// struct Month {
///     batches: outlay::ArrowReader,
/// }
///
/// let mut month = Month { batches: outlay::Reader::builder().read(folder)?.into() };
/// assert_eq!(month.batches.schema().fields().len(), 63);
/// let rows: usize = month.batches.by_ref().map(|batch| batch.unwrap().num_rows()).sum();
/// assert_eq!(rows as u64, month.batches.reader().totals().rows_out());
/// # Ok::<(), outlay::Error>(())
/// ```
#[derive(Debug)]
pub struct ArrowReader(Reader);

impl ArrowReader {
    /// Returns the reader, for its totals, progress and warnings.
    pub fn reader(&self) -> &Reader {
        &self.0
    }

    /// Returns the reader.
    pub fn into_reader(self) -> Reader {
        self.0
    }
}

impl From<Reader> for ArrowReader {
    fn from(reader: Reader) -> Self {
        Self(reader)
    }
}

impl Iterator for ArrowReader {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.0.next()?;
        Some(next.map_err(|error| ArrowError::ExternalError(Box::new(error))))
    }
}

impl RecordBatchReader for ArrowReader {
    fn schema(&self) -> SchemaRef {
        self.0.schema()
    }
}

impl Reader {
    /// Converts the reader to Arrow's reader trait. An [`Error`](crate::Error) becomes an `ArrowError::ExternalError`.
    pub fn into_arrow(self) -> ArrowReader {
        self.into()
    }
}
