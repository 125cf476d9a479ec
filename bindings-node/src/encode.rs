//! Encoding of a reader's batches: buffers of Arrow IPC, one Arrow IPC stream, rows as JSON text, or a file.

use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;
use outlay::sink::{Numbers, Target, json_rows};
use outlay::{Error, Progress, Reader, Saving};

use crate::external_buffer::{ExternalBuffer, Pool};
use crate::failure::Failure;

/// Target size of one piece of JSON text, in bytes. `JSON.parse` takes about two milliseconds for it.
const SLICE_BYTES: usize = 128 << 10;

/// The output format of a reader.
#[derive(Debug)]
pub enum Product {
    /// Buffers; each is a complete Arrow IPC stream with one batch.
    Buffers,
    /// One Arrow IPC stream, in pieces.
    Stream,
    /// Rows as JSON text.
    Rows(Numbers),
    /// A file, written by a sink of the core.
    File(Target),
}

/// One piece of the output.
pub enum Piece {
    Bytes(ExternalBuffer, Progress),
    /// Rows. The first piece of each batch has the progress of the read.
    Text(String, Option<Progress>),
    /// One batch was written to the file.
    Written(Progress),
    /// The read failed. This is the last piece.
    Failure(Failure),
}

/// Encodes batches piece by piece.
pub enum Maker {
    Buffers {
        pool: Pool,
        /// Length of the last buffer in bytes, an estimate for the next one.
        expected: usize,
    },
    Stream {
        pool: Pool,
        writer: Option<Box<StreamWriter<Vec<u8>>>>,
    },
    Rows {
        numbers: Numbers,
        /// The current batch, and the number of its rows that were already returned.
        batch: Option<(RecordBatch, usize)>,
        /// Number of rows in the next piece.
        rows: usize,
    },
    /// `None` after the file was completed.
    File(Option<Box<Saving>>),
}

impl Maker {
    pub fn new(product: Product, reader: &Reader) -> Result<Self, Failure> {
        let schema = reader.schema();
        Ok(match product {
            Product::Buffers => Self::Buffers { pool: Pool::default(), expected: 0 },
            Product::Stream => {
                let writer = StreamWriter::try_new(Vec::new(), &schema).map_err(no_ipc)?;
                Self::Stream { pool: Pool::default(), writer: Some(Box::new(writer)) }
            }
            Product::Rows(numbers) => Self::Rows { numbers, batch: None, rows: 16 },
            Product::File(target) => Self::File(Some(Box::new(reader.saving(target)?))),
        })
    }

    /// Returns the next piece, or `None` at the end. `may_finish` is called before a file is moved to its final path; if it
    /// returns false, the read ends with [`Error::Stopped`].
    pub fn step(&mut self, reader: &mut Reader, may_finish: impl FnOnce() -> bool) -> Result<Option<Piece>, Failure> {
        match self {
            Self::Buffers { pool, expected } => {
                let Some(batch) = reader.next().transpose()? else { return Ok(None) };
                let bytes = buffer(&batch, pool.take(*expected)).map_err(no_ipc)?;
                *expected = bytes.len();
                Ok(Some(Piece::Bytes(pool.wrap(bytes), reader.progress())))
            }
            Self::Stream { pool, writer } => {
                let Some(open) = writer else { return Ok(None) };
                let bytes = if let Some(batch) = reader.next().transpose()? {
                    open.write(&compact(&batch).map_err(no_ipc)?).map_err(no_ipc)?;
                    let next = pool.take(open.get_ref().len());
                    std::mem::replace(open.get_mut(), next)
                } else {
                    open.finish().map_err(no_ipc)?;
                    let bytes = std::mem::take(open.get_mut());
                    *writer = None;
                    bytes
                };
                Ok(Some(Piece::Bytes(pool.wrap(bytes), reader.progress())))
            }
            Self::Rows { numbers, batch, rows } => {
                let is_next = batch.is_none();
                let (current, begun) = match batch.take() {
                    Some(current) => current,
                    None => match reader.next().transpose()? {
                        Some(batch) => (batch, 0),
                        None => return Ok(None),
                    },
                };
                let end = (begun + *rows).min(current.num_rows());
                let text = json_rows(&current, begun..end, *numbers)?;
                *rows = (SLICE_BYTES * (end - begun).max(1) / text.len().max(1)).clamp(1, 8_192);
                if end < current.num_rows() {
                    *batch = Some((current, end));
                }
                Ok(Some(Piece::Text(text, is_next.then(|| reader.progress()))))
            }
            Self::File(saving) => {
                let Some(file) = saving else { return Ok(None) };
                if let Some(batch) = file.next_batch(reader)? {
                    file.write(&batch)?;
                    return Ok(Some(Piece::Written(reader.progress())));
                }
                if !may_finish() {
                    return Err(Error::Stopped.into());
                }
                saving.take().map(|file| file.finish(&reader.metadata())).transpose()?;
                Ok(None)
            }
        }
    }
}

/// Encodes one batch as a complete Arrow IPC stream into `memory`.
pub fn buffer(batch: &RecordBatch, memory: Vec<u8>) -> Result<Vec<u8>, ArrowError> {
    let batch = compact(batch)?;
    let mut writer = StreamWriter::try_new(memory, batch.schema_ref())?;
    writer.write(&batch)?;
    writer.into_inner()
}

/// Copies the texts of view columns into buffers of their own. Arrow IPC writes every buffer that a view column references
/// completely, once for each column.
fn compact(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    if !batch.columns().iter().any(|column| *column.data_type() == DataType::Utf8View) {
        return Ok(batch.clone());
    }
    let columns = batch.columns().iter().map(|column| match column.data_type() {
        DataType::Utf8View => Arc::new(column.as_string_view().gc()) as _,
        _ => Arc::clone(column),
    });
    RecordBatch::try_new(batch.schema(), columns.collect())
}

/// Converts an error of the Arrow IPC writer.
pub fn no_ipc(error: ArrowError) -> Failure {
    Failure::own("OUTLAY_WRITE", error.to_string())
}
