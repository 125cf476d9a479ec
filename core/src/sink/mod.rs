//! Writers of files: Parquet, Arrow IPC and CSV; and rows as JSON text.
//!
//! In: record batches of one schema, and the metadata of the read. Out: a complete file or none. Not here: the meaning
//! of the batches.
//!
//! A file is written under a temporary name in the folder of its target and renamed when it is complete. Readers of the
//! target see either the old file or the complete new one. `~` at the start of a path is the home folder. The new file gets the mode of the file that it replaces, and
//! its owner and group if the process may set them; access control lists and other attributes are not kept. Symbolic
//! links are followed. A target that is a pipe, a device or a folder is an error. A sink that is dropped before
//! [`Sink::finish`] removes its temporary file. The temporary file of a killed process, `.outlay-*.tmp`, is removed
//! when the same target is written again.
//!
//! Sinks can also write to any [`Write`], such as a buffer, a socket or an HTTP body: see [`CsvSink::new`],
//! [`IpcSink::stream`], [`IpcSink::file`] and [`ParquetSink::new`]. What such a sink wrote before an error stays there.

mod cell;
mod csv;
mod ipc;
mod json;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(feature = "parquet")]
mod parquet_options;
#[cfg(feature = "parquet")]
mod partitioned;
mod pending;
mod place;
mod target;

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, SchemaRef};

pub(crate) use self::cell::texts_of;
pub use self::csv::{CsvFile, CsvOptions, CsvSink};
pub use self::ipc::IpcSink;
pub use self::json::{JsonColumns, Numbers, json_columns, json_lines, json_rows};
#[cfg(feature = "parquet")]
pub use self::parquet::ParquetSink;
#[cfg(feature = "parquet")]
pub use self::parquet_options::{ParquetCompression, ParquetOptions};
#[cfg(feature = "parquet")]
pub use self::partitioned::PartitionedSink;
pub use self::pending::PendingFile;
pub(crate) use self::place::refuse_same;
pub use self::target::{Format, Target};

use crate::error::{Error, Location, Result};

/// Takes the batches of a read, and its metadata at the end. [`Reader::save_with`](crate::Reader::save_with) writes a
/// whole read to a sink, also to one of another crate.
///
/// # Examples
///
/// ```
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
/// # let target = std::env::temp_dir().join(format!("outlay-doc-{}.csv", std::process::id()));
/// let mut reader = outlay::Reader::builder().read(folder)?;
/// let mut sink = outlay::sink::for_path(&target, reader.schema())?;
/// for batch in &mut reader {
///     sink.write(&batch?)?;
/// }
/// sink.finish(&reader.metadata())?;
/// # std::fs::remove_file(target).unwrap();
/// # Ok::<(), outlay::Error>(())
/// ```
///
/// A sink of one's own: [`Error::write`] and [`Error::io`] make its errors.
///
/// ```
/// use outlay::arrow::array::RecordBatch;
///
/// #[derive(Default)]
/// struct Rows(usize);
///
/// impl outlay::sink::Sink for &mut Rows {
///     fn write(&mut self, batch: &RecordBatch) -> outlay::Result<()> {
///         self.0 += batch.num_rows();
///         Ok(())
///     }
///
///     fn finish(self: Box<Self>, _metadata: &[(String, String)]) -> outlay::Result<()> {
///         Ok(())
///     }
/// }
///
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
/// let mut rows = Rows::default();
/// outlay::Reader::builder().read(folder)?.save_with(Box::new(&mut rows))?;
/// assert_eq!(rows.0, 175);
/// # Ok::<(), outlay::Error>(())
/// ```
pub trait Sink {
    /// Appends a batch. Its schema must be the one the sink was created with, except for metadata.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] if the batch has another schema or cannot be written. The file then lacks rows, so
    /// [`Sink::finish`] fails as well.
    fn write(&mut self, batch: &RecordBatch) -> Result<()>;

    /// Completes the file and moves it to its target. `metadata` has key-value pairs about the file, see
    /// [`Reader::metadata`](crate::Reader::metadata).
    ///
    /// Parquet files and Arrow IPC files store the pairs in their footer. Arrow IPC streams and CSV files cannot store
    /// them.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the file cannot be written or renamed; [`Error::Write`] if it cannot be encoded, or if a batch
    /// failed before.
    fn finish(self: Box<Self>, metadata: &[(String, String)]) -> Result<()>;

    /// Returns the file or folder that [`Sink::finish`] replaces. [`Reader::save_with`](crate::Reader::save_with)
    /// refuses one that is read. Default: `None`.
    fn path(&self) -> Option<&Path> {
        None
    }
}

/// Creates the sink for a path. Its ending selects the format: `.parquet`, `.arrow` or `.feather` (IPC file), `.arrows`
/// (IPC stream), `.csv` or `.csv.gz`.
///
/// The sink does not check that the path differs from the files being read:
/// [`Reader::may_write`](crate::Reader::may_write) does.
///
/// # Errors
///
/// Those of [`Target::for_path`] and [`Target::begin`].
pub fn for_path(path: impl AsRef<Path>, schema: SchemaRef) -> Result<Box<dyn Sink + Send>> {
    Target::for_path(path.as_ref())?.begin(schema)
}

/// The state that all sinks share: what is written, the schema, and whether a batch failed.
struct SinkState<W> {
    /// The name of the file or of the caller's writer, for errors.
    object: String,
    /// The file as the caller named it; `None` for a writer.
    path: Option<PathBuf>,
    schema: SchemaRef,
    /// Whether a batch failed. The file is then never completed.
    lacks: bool,
    /// What happens to the writer after the last byte.
    complete: fn(W) -> io::Result<()>,
}

impl<W> fmt::Debug for SinkState<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SinkState").field("object", &self.object).field("lacks", &self.lacks).finish_non_exhaustive()
    }
}

impl SinkState<PendingFile> {
    /// The state of a sink that writes a file.
    fn of_file(path: &Path, schema: SchemaRef) -> Self {
        Self::of_path(path, schema, PendingFile::complete)
    }
}

impl<W> SinkState<W> {
    /// The state of a sink that writes a file in its own way.
    fn of_path(path: &Path, schema: SchemaRef, complete: fn(W) -> io::Result<()>) -> Self {
        Self { object: path.display().to_string(), path: Some(path.to_owned()), schema, lacks: false, complete }
    }
}

impl<W: Write> SinkState<W> {
    /// The state of a sink that writes to a writer of the caller.
    fn of_writer(object: impl Into<String>, schema: SchemaRef) -> Self {
        Self { object: object.into(), path: None, schema, lacks: false, complete: |mut writer| writer.flush() }
    }
}

impl<W> SinkState<W> {
    /// Writes a batch, if it has the schema of the file except for metadata.
    fn write(&mut self, batch: &RecordBatch, write: impl FnOnce(&str) -> Result<()>) -> Result<()> {
        let written = match difference(&self.schema, batch.schema_ref()) {
            Some(reason) => Err(Error::write(&self.object, reason)),
            None => write(&self.object),
        };
        self.lacks |= written.is_err();
        written
    }

    /// Fails if a batch is missing in the file.
    fn may_finish(&self) -> Result<()> {
        if self.lacks {
            let reason = "a batch could not be written, so the file would lack its rows; write the file again";
            return Err(Error::write(&self.object, reason));
        }
        Ok(())
    }

    /// Completes what was written.
    fn complete(&self, writer: W) -> Result<()> {
        (self.complete)(writer).map_err(|source| Error::io(&self.object, source))
    }
}

/// Describes how the schema of a batch differs from that of the file; `None` if it fits.
fn difference(wanted: &SchemaRef, found: &SchemaRef) -> Option<String> {
    let (wanted, found) = (wanted.fields(), found.fields());
    if wanted == found {
        return None;
    }
    if wanted.len() != found.len() {
        return Some(format!("the batch has {} columns, the file has {}", found.len(), wanted.len()));
    }
    let describe = |field: &Field| {
        let null = if field.is_nullable() { "" } else { " without nulls" };
        format!("`{}` of type {}{null}", field.name(), field.data_type())
    };
    // A column without nulls fits a nullable one.
    let fits = |wanted: &Field, found: &Field| {
        wanted.name() == found.name()
            && wanted.data_type().equals_datatype(found.data_type())
            && (wanted.is_nullable() || !found.is_nullable())
    };
    let mut columns = (1..).zip(wanted.iter().zip(found));
    columns.find(|(_, (wanted, found))| !fits(wanted, found)).map(|(number, (wanted, found))| {
        let (wanted, found) = (describe(wanted), describe(found));
        format!("column {number} of the batch is {found}, but in the file it is {wanted}")
    })
}

pub(crate) fn io_error(path: &Path, source: io::Error) -> Error {
    Error::Io { at: Box::new(Location::object(path.display().to_string())), source }
}

#[cfg(all(test, feature = "parquet"))]
mod tests;
