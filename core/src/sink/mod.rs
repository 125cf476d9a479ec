//! Record batches → files: Parquet, Arrow IPC stream, CSV; and rows → JSON text.
//!
//! A file is written under a temporary name beside its target and renamed when it is complete: whoever looks sees the
//! old file or the whole new one. A sink that is dropped before [`Sink::finish`] leaves nothing behind.

mod csv;
mod ipc;
mod json;
#[cfg(feature = "parquet")]
mod parquet;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

pub use self::csv::CsvSink;
pub use self::ipc::IpcSink;
pub use self::json::{Numbers, json_rows};
#[cfg(feature = "parquet")]
pub use self::parquet::ParquetSink;

use crate::error::{Error, Location, Result};

/// A file under construction.
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
pub trait Sink {
    /// Adds a batch; its schema is the one that the sink was made for.
    fn write(&mut self, batch: &RecordBatch) -> Result<()>;

    /// Completes the file, with pairs of text about it, and puts it in its place.
    ///
    /// Parquet keeps the pairs in its footer. An IPC stream and a CSV file have no place for what is known at the end.
    fn finish(self: Box<Self>, metadata: &[(String, String)]) -> Result<()>;
}

/// The sink for a path, by its extension: `.parquet`, `.arrow` or `.arrows`, `.csv`.
///
/// Errors: [`Error::Option`] for another extension, [`Error::Io`] when the file cannot be made.
pub fn for_path(path: impl AsRef<Path>, schema: SchemaRef) -> Result<Box<dyn Sink + Send>> {
    let path = path.as_ref();
    match path.extension().and_then(|extension| extension.to_str()) {
        #[cfg(feature = "parquet")]
        Some("parquet") => Ok(Box::new(ParquetSink::create(path, schema)?)),
        Some("arrow" | "arrows") => Ok(Box::new(IpcSink::create(path, schema)?)),
        Some("csv") => Ok(Box::new(CsvSink::create(path, schema)?)),
        _ => Err(Error::Option {
            option: "output",
            reason: format!("`{}` ends in none of .parquet, .arrow, .csv", path.display()),
        }),
    }
}

/// A file that takes the place of its target when it is complete, and vanishes otherwise.
#[derive(Debug)]
struct Pending {
    file: File,
    temporary: PathBuf,
    target: PathBuf,
    is_complete: bool,
}

impl Pending {
    fn create(target: &Path) -> Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = target.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let temporary = target.with_file_name(format!(".{name}.{}-{count}.tmp", std::process::id()));
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&temporary)
            .map_err(|source| io_error(target, source))?;
        Ok(Self { file, temporary, target: target.to_owned(), is_complete: false })
    }

    fn complete(mut self) -> Result<()> {
        let renamed = self.file.sync_all().and_then(|()| fs::rename(&self.temporary, &self.target));
        renamed.map_err(|source| io_error(&self.target, source))?;
        self.is_complete = true;
        Ok(())
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if !self.is_complete {
            // Nothing can be done about a file that cannot be removed.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

impl Write for Pending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn io_error(path: &Path, source: io::Error) -> Error {
    Error::Io { at: Box::new(Location::object(path.display().to_string())), source }
}

fn write_error(path: &Path, source: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Write { at: Box::new(Location::object(path.display().to_string())), source: Box::new(source) }
}

#[cfg(test)]
mod tests;
