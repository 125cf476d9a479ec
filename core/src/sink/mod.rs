//! Record batches → files: Parquet, Arrow IPC, CSV; and rows → JSON text.
//!
//! In: record batches of one schema, and the totals of the read. Out: a file, whole or not at all. Not here: what the batches mean.
//!
//! A file is written under a temporary name beside its target and renamed when it is complete: a reader of the target sees the
//! old file or the whole new one. That has the old one's mode, and its owner and group where that is allowed; access lists
//! and other attributes are not taken over, and a file that replaces none has the mode of any new file. A link is followed,
//! and the file behind it replaced; a pipe, a device or a folder is refused. A sink that is dropped before
//! [`Sink::finish`] leaves nothing behind; what a killed process has left, `.outlay-*.tmp`, is removed when the same file
//! is written again.

mod cell;
mod csv;
mod ipc;
mod json;
#[cfg(feature = "parquet")]
mod parquet;
mod pending;
mod place;
mod target;

use std::io;
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, SchemaRef};

pub use self::csv::CsvSink;
pub use self::ipc::IpcSink;
pub use self::json::{Numbers, json_rows};
#[cfg(feature = "parquet")]
pub use self::parquet::ParquetSink;
pub(crate) use self::pending::Pending;
pub(crate) use self::place::refuse_same;
pub use self::target::{Format, Target};

use crate::error::{Error, Location, Result};

mod sealed {
    pub trait Sealed {}
}

/// A file under construction. Only the sinks of this crate implement it.
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
    /// Adds a batch. Its schema has to be the one that the sink was made for; metadata may differ.
    ///
    /// Errors: [`Error::Write`] for a batch of another schema, and when it cannot be written. The file then lacks rows, so
    /// [`Sink::finish`] fails as well.
    fn write(&mut self, batch: &RecordBatch) -> Result<()>;

    /// Completes the file, with pairs of text about it, and puts it in its place.
    ///
    /// Errors: [`Error::Io`] and [`Error::Write`], the latter also when a batch was refused before.
    ///
    /// Parquet and Arrow files keep the pairs in their footer. An Arrow stream and a CSV file have no place for what is known
    /// at the end.
    fn finish(self: Box<Self>, metadata: &[(String, String)]) -> Result<()>;
}

/// The sink for a path, by its extension: `.parquet`, `.arrow` (the file format), `.arrows` (the stream format) or `.csv`.
///
/// A sink does not know what is read meanwhile: [`Reader::may_write`](crate::Reader::may_write) does.
///
/// # Errors
///
/// Those of [`Target::for_path`] and [`Target::begin`].
pub fn for_path(path: impl AsRef<Path>, schema: SchemaRef) -> Result<Box<dyn Sink + Send>> {
    Target::for_path(path.as_ref())?.begin(schema)
}

/// What a sink was begun for. Batches of another schema are refused, and a file that lacks a batch is never completed.
#[derive(Debug)]
struct Begun {
    path: PathBuf,
    schema: SchemaRef,
    /// Whether a batch that was to be written is not in the file.
    lacks: bool,
}

impl Begun {
    fn new(path: &Path, schema: SchemaRef) -> Self {
        Self { path: path.to_owned(), schema, lacks: false }
    }

    /// Writes a batch, if it is of the schema that the file was begun with; metadata may differ.
    fn write(&mut self, batch: &RecordBatch, write: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
        let written = match difference(&self.schema, batch.schema_ref()) {
            Some(reason) => Err(write_error(&self.path, reason)),
            None => write(&self.path),
        };
        self.lacks |= written.is_err();
        written
    }

    /// Fails when the file is not what was handed to it.
    fn may_finish(&self) -> Result<()> {
        if self.lacks {
            let reason = "a batch could not be written, so the file would lack its rows; begin it again";
            return Err(write_error(&self.path, reason));
        }
        Ok(())
    }
}

/// Where a schema is not the one that is wanted; `None` when batches of it fit.
fn difference(wanted: &SchemaRef, found: &SchemaRef) -> Option<String> {
    let (wanted, found) = (wanted.fields(), found.fields());
    if wanted == found {
        return None;
    }
    if wanted.len() != found.len() {
        return Some(format!("a batch has {} columns, and the file was begun with {}", found.len(), wanted.len()));
    }
    let describe = |field: &Field| {
        let null = if field.is_nullable() { "" } else { " without nulls" };
        format!("`{}` of type {}{null}", field.name(), field.data_type())
    };
    // A column that is never null fits one that may be.
    let fits = |wanted: &Field, found: &Field| {
        wanted.name() == found.name()
            && wanted.data_type().equals_datatype(found.data_type())
            && (wanted.is_nullable() || !found.is_nullable())
    };
    let mut columns = (1..).zip(wanted.iter().zip(found));
    columns.find(|(_, (wanted, found))| !fits(wanted, found)).map(|(number, (wanted, found))| {
        let (wanted, found) = (describe(wanted), describe(found));
        format!("column {number} of a batch is {found}, and the file was begun with {wanted}")
    })
}

pub(crate) fn io_error(path: &Path, source: io::Error) -> Error {
    Error::Io { at: Box::new(Location::object(path.display().to_string())), source }
}

fn write_error(path: &Path, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Write { at: Box::new(Location::object(path.display().to_string())), source: source.into() }
}

#[cfg(test)]
mod tests;
