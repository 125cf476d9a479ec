//! Encoding of a reader's batches: buffers of Arrow IPC, one Arrow IPC stream, rows as values in columns or as lines of JSON, the
//! bytes of a file, or a file.

use std::io::{self, Write};
use std::ops::Range;
use std::sync::{Arc, Mutex};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;
use outlay::sink::{CsvOptions, CsvSink, JsonColumns, Numbers, Sink, Target, json_columns, json_lines};
use outlay::{Error, Progress, Reader, Saving};

use crate::external_buffer::{ExternalBuffer, Pool};
use crate::failure::Failure;
use crate::promise::lock;
use crate::target::{STREAM, StreamSettings};

/// Target size of one piece of rows, in bytes: some 500 rows of all columns, of which JavaScript makes objects in about a
/// millisecond. More rows have fewer distinct values each.
const SLICE_BYTES: usize = 256 << 10;

/// Target size of one piece of a stream of text, and the fewest bytes of a piece of a sink, except for the last one.
const PIECE_BYTES: usize = 256 << 10;

/// The output format of a reader.
#[derive(Debug)]
pub enum Product {
    /// Buffers; each is a complete Arrow IPC stream with one batch.
    Buffers,
    /// One Arrow IPC stream, in pieces.
    Stream,
    /// Rows as JSON in columns.
    Rows(Numbers),
    /// Rows as lines of JSON.
    Lines(Numbers),
    /// A CSV file.
    Csv(CsvOptions),
    /// A Parquet file.
    Parquet(StreamSettings),
    /// A file, written by a sink of the core.
    File(Target),
}

/// One piece of the output.
pub enum Piece {
    /// Bytes, with the progress of the read if it changed.
    Bytes(ExternalBuffer, Option<Progress>),
    /// Rows as JSON in columns, with the progress of the read if it changed.
    Rows(Rows, Option<Progress>),
    /// One batch was written, to a file or to a sink that keeps its bytes for now.
    Written(Progress),
    /// The read failed. This is the last piece.
    Failure(Failure),
}

/// Rows as the core's [`JsonColumns`](outlay::sink::JsonColumns).
pub struct Rows {
    pub count: u32,
    pub values: String,
    /// The positions in the byte order of this machine; `None` without columns.
    pub positions: Option<ExternalBuffer>,
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
        pool: Pool,
        numbers: Numbers,
        slices: Slices,
    },
    Lines {
        pool: Pool,
        numbers: Numbers,
        slices: Slices,
        /// Length of the last piece in bytes, an estimate for the next one.
        expected: usize,
    },
    Sink {
        pool: Pool,
        /// `None` after the last byte was written.
        sink: Option<Box<dyn Sink + Send>>,
        outlet: Outlet,
        slices: Slices,
    },
    /// `None` after the file was completed.
    File(Option<Box<Saving>>),
}

/// Cuts batches into slices of rows whose text has about the same length.
pub struct Slices {
    /// The current batch, and the number of its rows that were already returned.
    batch: Option<(RecordBatch, usize)>,
    /// Number of rows of the next slice.
    rows: usize,
    /// Target length of the text of a slice in bytes; `None` for whole batches.
    bytes: Option<usize>,
}

/// Some rows of a batch.
struct Slice {
    batch: RecordBatch,
    rows: Range<usize>,
    /// Whether these are the first rows of the batch.
    is_first: bool,
}

impl Slices {
    fn of(bytes: usize) -> Self {
        Self { batch: None, rows: 16, bytes: Some(bytes) }
    }

    fn whole() -> Self {
        Self { batch: None, rows: usize::MAX, bytes: None }
    }

    /// Returns the next slice, or `None` at the end of the read.
    fn next(&mut self, reader: &mut Reader) -> Result<Option<Slice>, Error> {
        let (batch, begun) = match self.batch.take() {
            Some(current) => current,
            None => match reader.next().transpose()? {
                Some(batch) => (batch, 0),
                None => return Ok(None),
            },
        };
        let end = begun.saturating_add(self.rows).min(batch.num_rows());
        if end < batch.num_rows() {
            self.batch = Some((batch.clone(), end));
        }
        Ok(Some(Slice { batch, rows: begun..end, is_first: begun == 0 }))
    }

    /// Sets the number of rows of the next slice by the length of the last one.
    fn adapt(&mut self, rows: usize, bytes: usize) {
        if let Some(target) = self.bytes {
            self.rows = (target.saturating_mul(rows) / bytes.max(1)).clamp(1, 8_192);
        }
    }
}

/// The bytes that a sink has written.
#[derive(Clone, Default)]
pub struct Outlet(Arc<Mutex<Vec<u8>>>);

impl Outlet {
    fn len(&self) -> usize {
        lock(&self.0).len()
    }

    /// Takes the bytes if there are at least `enough` of them. The sink goes on in `next`.
    fn take(&self, enough: usize, next: impl FnOnce(usize) -> Vec<u8>) -> Option<Vec<u8>> {
        let mut bytes = lock(&self.0);
        (bytes.len() >= enough).then(|| {
            let next = next(bytes.len());
            std::mem::replace(&mut *bytes, next)
        })
    }
}

impl Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        lock(&self.0).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
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
            Product::Rows(numbers) => Self::Rows { pool: Pool::default(), numbers, slices: Slices::of(SLICE_BYTES) },
            Product::Lines(numbers) => {
                Self::Lines { pool: Pool::default(), numbers, slices: Slices::of(PIECE_BYTES), expected: 0 }
            }
            Product::Csv(options) => {
                let outlet = Outlet::default();
                let sink = Some(Box::new(CsvSink::new_with(STREAM, outlet.clone(), schema, options)?) as _);
                Self::Sink { pool: Pool::default(), sink, outlet, slices: Slices::of(PIECE_BYTES) }
            }
            Product::Parquet(settings) => {
                let outlet = Outlet::default();
                let sink = Some(settings.sink(outlet.clone(), schema)?);
                // Pages end with batches.
                Self::Sink { pool: Pool::default(), sink, outlet, slices: Slices::whole() }
            }
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
                Ok(Some(Piece::Bytes(pool.wrap(bytes), Some(reader.progress()))))
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
                Ok(Some(Piece::Bytes(pool.wrap(bytes), Some(reader.progress()))))
            }
            Self::Rows { pool, numbers, slices } => {
                let Some(Slice { batch, rows, is_first }) = slices.next(reader)? else { return Ok(None) };
                let JsonColumns { values, positions, .. } = json_columns(&batch, rows.clone(), *numbers)?;
                let bytes = 4 * positions.len();
                // Each position becomes a property of an object.
                slices.adapt(rows.len(), values.len() + bytes);
                let positions = (bytes > 0).then(|| {
                    let mut memory = pool.take(bytes);
                    memory.resize(bytes, 0);
                    for (to, from) in memory.chunks_exact_mut(4).zip(&positions) {
                        to.copy_from_slice(&from.to_ne_bytes());
                    }
                    pool.wrap(memory)
                });
                let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
                Ok(Some(Piece::Rows(Rows { count, values, positions }, is_first.then(|| reader.progress()))))
            }
            Self::Lines { pool, numbers, slices, expected } => {
                let Some(Slice { batch, rows, is_first }) = slices.next(reader)? else { return Ok(None) };
                let mut text = String::from_utf8(pool.take(*expected)).unwrap_or_default();
                json_lines(&mut text, &batch, rows.clone(), *numbers)?;
                *expected = text.len();
                slices.adapt(rows.len(), text.len());
                Ok(Some(Piece::Bytes(pool.wrap(text.into_bytes()), is_first.then(|| reader.progress()))))
            }
            Self::Sink { pool, sink, outlet, slices } => {
                let Some(open) = sink else { return Ok(None) };
                let bytes = if let Some(Slice { batch, rows, .. }) = slices.next(reader)? {
                    let before = outlet.len();
                    open.write(&batch.slice(rows.start, rows.len()))?;
                    slices.adapt(rows.len(), outlet.len() - before);
                    outlet.take(PIECE_BYTES, |length| pool.take(length))
                } else {
                    sink.take().map(|sink| sink.finish(&reader.metadata())).transpose()?;
                    outlet.take(1, |_| Vec::new())
                };
                let progress = reader.progress();
                Ok(Some(bytes.map_or(Piece::Written(progress), |bytes| Piece::Bytes(pool.wrap(bytes), Some(progress)))))
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
