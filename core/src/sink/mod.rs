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

mod cell;
mod csv;
mod ipc;
mod json;
#[cfg(feature = "parquet")]
mod parquet;
mod pending;
mod place;
mod target;

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, SchemaRef};

pub(crate) use self::cell::texts_of;
pub use self::csv::{CsvOptions, CsvSink};
pub use self::ipc::IpcSink;
pub use self::json::{JsonColumns, Numbers, json_columns, json_lines, json_rows};
#[cfg(feature = "parquet")]
pub use self::parquet::ParquetSink;
pub(crate) use self::pending::PendingFile;
pub(crate) use self::place::refuse_same;
pub use self::target::{Format, Target};

use crate::error::{Error, Location, Result};

mod sealed {
    pub trait Sealed {}
}

/// A file being written. The trait is sealed: only the sinks of this crate implement it.
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
pub trait Sink: sealed::Sealed {
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

/// What a sink writes to: a file, or a writer of the caller.
enum Output {
    File(PendingFile),
    /// The mutex is never locked: it makes sinks `Sync`.
    Writer(Mutex<Box<dyn Write + Send>>),
}

impl Output {
    fn complete(self, path: &Path) -> Result<()> {
        match self {
            Self::File(file) => file.complete(),
            Self::Writer(mut writer) => unlocked(&mut writer).flush().map_err(|source| io_error(path, source)),
        }
    }
}

/// The writer, without locking.
fn unlocked<T>(mutex: &mut Mutex<T>) -> &mut T {
    mutex.get_mut().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Output")
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.write(bytes),
            Self::Writer(writer) => unlocked(writer).write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::File(file) => file.flush(),
            Self::Writer(writer) => unlocked(writer).flush(),
        }
    }
}

/// The state that all sinks share: the path, the schema, and whether a batch failed.
#[derive(Debug)]
struct SinkState {
    path: PathBuf,
    schema: SchemaRef,
    /// Whether a batch failed. The file is then never completed.
    lacks: bool,
}

impl SinkState {
    fn new(path: &Path, schema: SchemaRef) -> Self {
        Self { path: path.to_owned(), schema, lacks: false }
    }

    /// Writes a batch, if it has the schema of the file except for metadata.
    fn write(&mut self, batch: &RecordBatch, write: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
        let written = match difference(&self.schema, batch.schema_ref()) {
            Some(reason) => Err(write_error(&self.path, reason)),
            None => write(&self.path),
        };
        self.lacks |= written.is_err();
        written
    }

    /// Fails if a batch is missing in the file.
    fn may_finish(&self) -> Result<()> {
        if self.lacks {
            let reason = "a batch could not be written, so the file would lack its rows; write the file again";
            return Err(write_error(&self.path, reason));
        }
        Ok(())
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

fn write_error(path: &Path, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Write { at: Box::new(Location::object(path.display().to_string())), source: source.into() }
}

#[cfg(all(test, feature = "parquet"))]
mod tests;
