//! What a reader's batches are made into: buffers of Arrow IPC, one stream of it, rows as JSON, or a file.

use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;
use outlay::sink::{Numbers, Target, json_rows};
use outlay::{Error, Progress, Reader, Saving};

use crate::failure::Failure;
use crate::lent::{Lent, Pool};

/// Text of JSON that JavaScript parses at once: two milliseconds of its thread.
const SLICE_BYTES: usize = 128 << 10;

/// What a reader is to produce.
#[derive(Debug)]
pub enum Product {
    /// Buffers, each of which is a stream of its own.
    Buffers,
    /// One stream in pieces.
    Stream,
    /// Rows as JSON text.
    Rows(Numbers),
    /// A file.
    File(Target),
}

/// A piece of it.
pub enum Made {
    Bytes(Lent, Progress),
    /// Rows, and with the first of a batch how far the read is.
    Text(String, Option<Progress>),
    /// A batch that went into a file.
    Written(Progress),
    /// The last one.
    Failure(Failure),
}

/// Makes a product piece by piece.
pub enum Maker {
    Buffers {
        pool: Pool,
        /// Bytes of the last buffer: the next one will need about as many.
        expected: usize,
    },
    Stream {
        pool: Pool,
        writer: Option<Box<StreamWriter<Vec<u8>>>>,
    },
    Rows {
        numbers: Numbers,
        /// The batch that is handed out, and how many of its rows were.
        batch: Option<(RecordBatch, usize)>,
        /// Rows that make up a slice.
        rows: usize,
    },
    /// `None` once the file is in its place.
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

    /// The next piece; `None` at the end. `may_finish` is asked before a file takes its place.
    pub fn step(&mut self, reader: &mut Reader, may_finish: impl FnOnce() -> bool) -> Result<Option<Made>, Failure> {
        match self {
            Self::Buffers { pool, expected } => {
                let Some(batch) = reader.next().transpose()? else { return Ok(None) };
                let bytes = buffer(&batch, pool.take(*expected)).map_err(no_ipc)?;
                *expected = bytes.len();
                Ok(Some(Made::Bytes(pool.lend(bytes), reader.progress())))
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
                Ok(Some(Made::Bytes(pool.lend(bytes), reader.progress())))
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
                Ok(Some(Made::Text(text, is_next.then(|| reader.progress()))))
            }
            Self::File(saving) => {
                let Some(file) = saving else { return Ok(None) };
                if let Some(batch) = file.next_batch(reader)? {
                    file.write(&batch)?;
                    return Ok(Some(Made::Written(reader.progress())));
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

/// A batch as a stream of its own, in memory that is given.
pub fn buffer(batch: &RecordBatch, memory: Vec<u8>) -> Result<Vec<u8>, ArrowError> {
    let batch = compact(batch)?;
    let mut writer = StreamWriter::try_new(memory, batch.schema_ref())?;
    writer.write(&batch)?;
    writer.into_inner()
}

/// A batch whose views hold their own texts and no more: IPC writes whatever block a view leads to, once for each column.
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

/// Arrow refuses what is never made here.
pub fn no_ipc(error: ArrowError) -> Failure {
    Failure::own("OUTLAY_WRITE", error.to_string())
}
