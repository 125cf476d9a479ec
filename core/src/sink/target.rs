//! The target of a write: path, format and number of threads.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use arrow::datatypes::SchemaRef;

#[cfg(feature = "parquet")]
use super::ParquetSink;
use super::{CsvSink, IpcSink, Sink};
use crate::error::{Error, Result, clip};

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// Parquet, compressed with zstd.
    #[cfg(feature = "parquet")]
    Parquet,
    /// Arrow IPC, see [`IpcSink`].
    Ipc,
    /// CSV, see [`CsvSink`].
    Csv,
}

impl Format {
    /// Returns the format for the extension of a path: `.parquet`, `.arrow` or `.arrows`, `.csv`.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] if the path has another extension, or none.
    pub fn of_path(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
        let unknown = |what: &str| {
            let reason = format!("`{}` has {what}; supported: {EXTENSIONS}", path.display());
            Err(Error::option("output", reason))
        };
        match extension.as_deref() {
            #[cfg(feature = "parquet")]
            Some("parquet") => Ok(Self::Parquet),
            Some("arrow" | "arrows") => Ok(Self::Ipc),
            Some("csv") => Ok(Self::Csv),
            Some(_) => unknown("an unknown extension"),
            None => unknown("no extension"),
        }
    }
}

/// Parses the name of a format: `parquet`, `ipc` or `csv`.
impl FromStr for Format {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            #[cfg(feature = "parquet")]
            "parquet" => Ok(Self::Parquet),
            "ipc" => Ok(Self::Ipc),
            "csv" => Ok(Self::Csv),
            _ => Err(Error::option(
                "output",
                format!("`{}` is not a file format; supported: {FORMATS}", clip(name.as_bytes())),
            )),
        }
    }
}

/// The extensions that this build supports.
const EXTENSIONS: &str =
    if cfg!(feature = "parquet") { ".parquet, .arrow, .arrows, .csv" } else { ".arrow, .arrows, .csv" };

/// The names of formats that this build supports.
const FORMATS: &str = if cfg!(feature = "parquet") { "parquet, ipc, csv" } else { "ipc, csv" };

/// A file to be written: path, format and number of encoder threads.
///
/// # Examples
///
/// ```
/// use outlay::sink::{Format, Target};
///
/// assert_eq!(Format::of_path("september.csv")?, Format::Csv);
/// let target = Target::for_path("september.arrow")?.threads(2);
/// assert_eq!(target.path(), std::path::Path::new("september.arrow"));
/// # Ok::<(), outlay::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Target {
    path: PathBuf,
    format: Format,
    threads: Option<usize>,
}

impl Target {
    /// Creates a target with the given format, independent of the extension.
    pub fn new(path: impl Into<PathBuf>, format: Format) -> Self {
        Self { path: path.into(), format, threads: None }
    }

    /// Creates a target with the format of its extension.
    ///
    /// # Errors
    ///
    /// Those of [`Format::of_path`].
    pub fn for_path(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let format = Format::of_path(&path)?;
        Ok(Self::new(path, format))
    }

    /// Sets the number of encoder threads, for Parquet. Default: one per core, at most 8.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// Returns the path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Creates the file. Its temporary name is replaced by the path in [`Sink::finish`].
    ///
    /// # Errors
    ///
    /// [`Error::Option`] if the path is not a regular file or the format cannot hold a column; [`Error::Io`] if the
    /// file cannot be created; [`Error::Write`] if the format cannot hold the schema.
    pub fn begin(&self, schema: SchemaRef) -> Result<Box<dyn Sink + Send>> {
        let path = &self.path;
        Ok(match self.format {
            #[cfg(feature = "parquet")]
            Format::Parquet => match self.threads {
                Some(threads) => Box::new(ParquetSink::with_threads(path, schema, threads)?),
                None => Box::new(ParquetSink::create(path, schema)?),
            },
            Format::Ipc => Box::new(IpcSink::create(path, schema)?),
            Format::Csv => Box::new(CsvSink::create(path, schema)?),
        })
    }
}
