//! Parquet files: zstd compression, dictionaries for repeated values, statistics of all columns but maps, metadata in
//! the footer.
//!
//! Each encoder thread encodes and compresses some of the columns; the calling thread assembles the row groups. The
//! bytes of the file do not depend on the number of threads.

use std::fmt;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, FieldRef, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;

use super::cell::not_empty;
use super::{PendingFile, Sink, SinkState};
use crate::error::{Error, Result};

/// Rows of a row group. DuckDB and Spark skip and parallelize by row groups and recommend about this size.
pub(super) const GROUP_ROWS: usize = 1_000_000;
/// Memory of a row group being built, in bytes. Above it the group is written, even if it has few rows.
const GROUP_BYTES: usize = 20 << 20;
/// Rows of a decimal column that are encoded at a time. The writer keeps those with the minimum and the maximum of a row
/// group in memory until the file is complete, so that memory grows with the file by what they take: 16 KiB each.
const DECIMAL_ROWS: usize = 1 << 10;
/// Maximum number of encoder threads. One report rarely keeps more of them busy.
const MOST_THREADS: usize = 8;

/// A Parquet file being written, or Parquet written to any writer. Compressed with zstd, unless the properties say
/// otherwise.
///
/// # Examples
///
/// ```
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
/// use outlay::parquet::basic::Compression;
/// use outlay::sink::ParquetSink;
///
/// let mut reader = outlay::Reader::builder().columns(["ServiceName", "BilledCost"]).read(folder)?;
/// let properties = ParquetSink::properties(&reader.schema())
///     .set_compression(Compression::SNAPPY)
///     .set_max_row_group_row_count(Some(100_000));
/// let mut body = Vec::new();
/// let sink = ParquetSink::with_properties("body", &mut body, reader.schema(), properties.build(), 1)?;
/// reader.save_with(Box::new(sink))?;
/// assert!(body.ends_with(b"PAR1"));
/// # Ok::<(), outlay::Error>(())
/// ```
pub struct ParquetSink<W: Write + Send = PendingFile> {
    state: SinkState<W>,
    groups: Groups<W>,
}

impl<W: Write + Send> fmt::Debug for ParquetSink<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParquetSink").field("state", &self.state).finish_non_exhaustive()
    }
}

/// The row groups of the file.
struct Groups<W: Write + Send> {
    file: SerializedFileWriter<W>,
    factory: ArrowRowGroupWriterFactory,
    encoders: Vec<Encoder>,
    /// Number of leaves of each field: two for a map, otherwise one.
    leaves: Vec<usize>,
    closed: usize,
    rows: usize,
    /// Rows of a row group.
    group_rows: usize,
    /// Memory of a row group being built, in bytes.
    group_bytes: usize,
}

impl ParquetSink {
    /// Creates the file, with one encoder thread per core, at most 8.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] if the path is not a regular file; [`Error::Io`] if the file cannot be created;
    /// [`Error::Write`] if Parquet cannot hold the schema.
    pub fn create(path: impl AsRef<Path>, schema: SchemaRef) -> Result<Self> {
        Self::with_threads(path, schema, default_threads())
    }

    /// Creates the file with `threads` encoder threads, at most 8, in addition to the calling thread.
    ///
    /// # Errors
    ///
    /// Those of [`ParquetSink::create`].
    pub fn with_threads(path: impl AsRef<Path>, schema: SchemaRef, threads: usize) -> Result<Self> {
        let properties = Self::properties(&schema).build();
        Self::create_with(path, schema, properties, threads)
    }

    /// Creates the file with the given properties. Those of [`ParquetSink::properties`] are the default.
    ///
    /// # Errors
    ///
    /// Those of [`ParquetSink::create`].
    pub fn create_with(
        path: impl AsRef<Path>,
        schema: SchemaRef,
        properties: WriterProperties,
        threads: usize,
    ) -> Result<Self> {
        let path = path.as_ref();
        let pending = PendingFile::create("output", path)?;
        Self::begin(SinkState::of_file(path, schema), pending, properties, threads)
    }

    /// Returns the default properties for a schema, to be changed: compression with zstd, row groups of at most a
    /// million rows, statistics of all columns but maps.
    ///
    /// A row group also ends when it uses 20 MiB of memory, or the number of bytes set with
    /// `set_max_row_group_bytes`.
    pub fn properties(schema: &SchemaRef) -> WriterPropertiesBuilder {
        properties(schema)
    }
}

impl<W: Write + Send> ParquetSink<W> {
    /// Writes to a writer, with one encoder thread per core, at most 8. `object` is its name in errors.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] if Parquet cannot hold the schema or the writer fails; [`Error::Io`] if a thread cannot be
    /// started.
    pub fn new(object: impl Into<String>, writer: W, schema: SchemaRef) -> Result<Self> {
        let properties = properties(&schema).build();
        Self::with_properties(object, writer, schema, properties, default_threads())
    }

    /// Writes to a writer with the given properties and number of encoder threads, at most 8. Those of
    /// [`ParquetSink::properties`] are the default.
    ///
    /// # Errors
    ///
    /// Those of [`ParquetSink::new`].
    pub fn with_properties(
        object: impl Into<String>,
        writer: W,
        schema: SchemaRef,
        properties: WriterProperties,
        threads: usize,
    ) -> Result<Self> {
        Self::begin(SinkState::of_writer(object, schema), writer, properties, threads)
    }

    fn begin(state: SinkState<W>, writer: W, properties: WriterProperties, threads: usize) -> Result<Self> {
        let schema = &state.schema;
        not_empty(schema, "Parquet")?;
        let failed = |error| Error::write(&state.object, error);
        let group_rows = properties.max_row_group_row_count().unwrap_or(usize::MAX).max(1);
        let group_bytes = properties.max_row_group_bytes().unwrap_or(GROUP_BYTES);
        let writer = ArrowWriter::try_new(writer, Arc::clone(schema), Some(properties)).map_err(failed)?;
        let (file, factory) = writer.into_serialized_writer().map_err(failed)?;
        let leaves = schema.fields().iter().map(|field| if field.data_type().is_nested() { 2 } else { 1 }).collect();
        let mut groups =
            Groups { file, factory, encoders: Vec::new(), leaves, closed: 0, rows: 0, group_rows, group_bytes };
        let writers = groups.writers(threads.min(schema.fields().len()).clamp(1, MOST_THREADS)).map_err(failed)?;
        for writers in writers {
            let encoder = Encoder::start(schema.fields().to_vec(), writers);
            groups.encoders.push(encoder.map_err(|error| Error::io(&state.object, error))?);
        }
        Ok(Self { state, groups })
    }

    /// Writes the last row group and the footer with the metadata, and returns the writer without completing it.
    ///
    /// # Errors
    ///
    /// Those of [`Sink::finish`].
    pub fn into_inner(self, metadata: &[(String, String)]) -> Result<W> {
        self.groups.into_inner(&self.state, metadata)
    }
}

/// One encoder thread per core.
pub(super) fn default_threads() -> usize {
    thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// The pairs of a footer.
pub(super) fn pairs(metadata: &[(String, String)]) -> impl Iterator<Item = KeyValue> {
    metadata.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone()))
}

impl<W: Write + Send> Groups<W> {
    /// The column writers of the next row group, distributed over the encoders field by field.
    fn writers(&self, threads: usize) -> Result<Vec<Vec<FieldWriters>>, ParquetError> {
        let mut writers = self.factory.create_column_writers(self.closed)?.into_iter();
        let mut dealt: Vec<Vec<FieldWriters>> = (0..threads).map(|_| Vec::new()).collect();
        for (field, &leaves) in self.leaves.iter().enumerate() {
            dealt[field % threads].push(FieldWriters { field, writers: writers.by_ref().take(leaves).collect() });
        }
        Ok(dealt)
    }

    fn add(&mut self, batch: &RecordBatch) -> Result<(), ParquetError> {
        let mut is_gone = false;
        for encoder in &self.encoders {
            let sent = encoder.jobs.as_ref().map(|jobs| jobs.send(Job::Batch(batch.clone())));
            is_gone |= !matches!(sent, Some(Ok(())));
        }
        self.rows += batch.num_rows();
        let memory: usize = self.encoders.iter().map(|encoder| encoder.memory.load(Ordering::Relaxed)).sum();
        if is_gone || memory > self.group_bytes || self.rows >= self.group_rows { self.close() } else { Ok(()) }
    }

    /// Writes the current row group.
    fn close(&mut self) -> Result<(), ParquetError> {
        if self.rows == 0 {
            return Ok(());
        }
        self.closed += 1;
        self.rows = 0;
        for (encoder, writers) in self.encoders.iter().zip(self.writers(self.encoders.len())?) {
            // If the thread has ended, `columns` below returns its error.
            let _ = encoder.jobs.as_ref().map(|jobs| jobs.send(Job::Close(writers)));
        }
        let mut columns = Vec::new();
        for encoder in &mut self.encoders {
            columns.extend(encoder.columns()?);
        }
        columns.sort_by_key(|(field, _)| *field);
        let mut group = self.file.next_row_group()?;
        for chunk in columns.into_iter().flat_map(|(_, chunks)| chunks) {
            chunk.append_to_row_group(&mut group)?;
        }
        group.close()?;
        Ok(())
    }

    /// Writes the last row group and the footer. Returns the writer if all rows were written.
    fn into_inner(mut self, state: &SinkState<W>, metadata: &[(String, String)]) -> Result<W> {
        state.may_finish()?;
        let failed = |error| Error::write(&state.object, error);
        self.close().map_err(failed)?;
        for pair in pairs(metadata) {
            self.file.append_key_value_metadata(pair);
        }
        self.file.into_inner().map_err(failed)
    }
}

pub(super) fn properties(schema: &SchemaRef) -> WriterPropertiesBuilder {
    let mut properties = WriterProperties::builder()
        // Level 1 has the best ratio of compression to time; decimals and dictionaries gain little from higher levels.
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_statistics_enabled(EnabledStatistics::None)
        .set_created_by(concat!("outlay ", env!("CARGO_PKG_VERSION")).to_owned());
    for field in schema.fields() {
        let column = || ColumnPath::new(vec![field.name().clone()]);
        // Readers skip row groups by time, account, service and amount. Maps have no order.
        if !field.data_type().is_nested() {
            properties = properties.set_column_statistics_enabled(column(), EnabledStatistics::Chunk);
        }
        // Costs rarely repeat; prices and quantities do.
        if matches!(field.data_type(), DataType::Decimal128(..)) && field.name().ends_with("Cost") {
            properties = properties.set_column_dictionary_enabled(column(), false);
        }
    }
    properties
}

impl<W: Write + Send> Sink for ParquetSink<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let Self { state, groups } = self;
        state.write(batch, |object| groups.add(batch).map_err(|error| Error::write(object, error)))
    }

    fn finish(self: Box<Self>, metadata: &[(String, String)]) -> Result<()> {
        let Self { state, groups } = *self;
        let writer = groups.into_inner(&state, metadata)?;
        state.complete(writer)
    }

    fn path(&self) -> Option<&Path> {
        self.state.path.as_deref()
    }
}

/// The writers of one field, one per leaf.
struct FieldWriters {
    field: usize,
    writers: Vec<ArrowColumnWriter>,
}

/// The encoded columns of a row group, by field.
type Columns = Vec<(usize, Vec<ArrowColumnChunk>)>;

enum Job {
    Batch(RecordBatch),
    /// Ends the row group; has the writers of the next one.
    Close(Vec<FieldWriters>),
}

/// A thread that encodes some of the columns.
#[derive(Debug)]
struct Encoder {
    /// `None` once the thread has to end.
    jobs: Option<SyncSender<Job>>,
    encoded: Receiver<Result<Columns, ParquetError>>,
    /// Bytes used by its columns.
    memory: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl Encoder {
    fn start(fields: Vec<FieldRef>, mut writers: Vec<FieldWriters>) -> std::io::Result<Self> {
        let (jobs, work) = sync_channel(1);
        let (results, encoded) = sync_channel(1);
        let memory = Arc::new(AtomicUsize::new(0));
        let used = Arc::clone(&memory);
        let thread = thread::Builder::new().name("outlay-parquet".to_owned()).spawn(move || {
            while let Ok(job) = work.recv() {
                let done = match job {
                    Job::Batch(batch) => encode(&fields, &mut writers, &batch).map(|bytes| {
                        used.store(bytes, Ordering::Relaxed);
                        None
                    }),
                    Job::Close(next) => {
                        used.store(0, Ordering::Relaxed);
                        close(std::mem::replace(&mut writers, next)).map(Some)
                    }
                };
                let has_failed = done.is_err();
                let is_unheard = done.transpose().is_some_and(|result| results.send(result).is_err());
                if has_failed || is_unheard {
                    return;
                }
            }
        })?;
        Ok(Self { jobs: Some(jobs), encoded, memory, thread: Some(thread) })
    }

    /// Waits for the encoded columns of a row group.
    fn columns(&mut self) -> Result<Columns, ParquetError> {
        match self.encoded.recv() {
            Ok(columns) => columns,
            Err(_) => match self.thread.take().map(JoinHandle::join) {
                Some(Err(panic)) => std::panic::resume_unwind(panic),
                _ => Err(ParquetError::General("encoding stopped after an earlier error".to_owned())),
            },
        }
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // `columns` already propagated a panic of the thread.
            let _ = thread.join();
        }
    }
}

/// Appends the rows of a batch. Returns the bytes used by the columns.
fn encode(fields: &[FieldRef], columns: &mut [FieldWriters], batch: &RecordBatch) -> Result<usize, ParquetError> {
    let mut bytes = 0;
    for FieldWriters { field, writers } in columns {
        let (column, field) = (batch.column(*field), &fields[*field]);
        let is_decimal = matches!(field.data_type(), DataType::Decimal128(..));
        let rows = if is_decimal { DECIMAL_ROWS } else { column.len().max(1) };
        for start in (0..column.len()).step_by(rows) {
            let leaves = compute_leaves(field, &column.slice(start, rows.min(column.len() - start)))?;
            for (leaf, writer) in leaves.iter().zip(&mut *writers) {
                writer.write(leaf)?;
            }
        }
        bytes += writers.iter().map(ArrowColumnWriter::memory_size).sum::<usize>();
    }
    Ok(bytes)
}

fn close(columns: Vec<FieldWriters>) -> Result<Columns, ParquetError> {
    columns
        .into_iter()
        .map(|FieldWriters { field, writers }| {
            let chunks = writers.into_iter().map(ArrowColumnWriter::close).collect::<Result<_, _>>()?;
            Ok((field, chunks))
        })
        .collect()
}
