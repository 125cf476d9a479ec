//! A file to be written: where, in which format, and by how many threads.

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
    /// Parquet, with zstd.
    #[cfg(feature = "parquet")]
    Parquet,
    /// Arrow IPC, see [`IpcSink`].
    Ipc,
    /// CSV, see [`CsvSink`].
    Csv,
}

impl Format {
    /// The format that the extension of a path names: `.parquet`, `.arrow` or `.arrows`, `.csv`.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] for another extension.
    pub fn of_path(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        match path.extension().and_then(|extension| extension.to_str()) {
            #[cfg(feature = "parquet")]
            Some("parquet") => Ok(Self::Parquet),
            Some("arrow" | "arrows") => Ok(Self::Ipc),
            Some("csv") => Ok(Self::Csv),
            _ => Err(Error::option("output", format!("`{}` ends in none of {EXTENSIONS}", path.display()))),
        }
    }
}

/// By its name: `parquet`, `ipc` or `csv`.
impl FromStr for Format {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            #[cfg(feature = "parquet")]
            "parquet" => Ok(Self::Parquet),
            "ipc" => Ok(Self::Ipc),
            "csv" => Ok(Self::Csv),
            _ => Err(Error::option("output", format!("`{}` is no format of files", clip(name.as_bytes())))),
        }
    }
}

/// What can be written here.
const EXTENSIONS: &str =
    if cfg!(feature = "parquet") { ".parquet, .arrow, .arrows, .csv" } else { ".arrow, .arrows, .csv" };

/// A file to be written.
#[derive(Clone, Debug)]
pub struct Target {
    path: PathBuf,
    format: Format,
    threads: Option<usize>,
}

impl Target {
    /// A file in a format, whatever its name.
    pub fn new(path: impl Into<PathBuf>, format: Format) -> Self {
        Self { path: path.into(), format, threads: None }
    }

    /// A file in the format that its extension names.
    ///
    /// # Errors
    ///
    /// Those of [`Format::of_path`].
    pub fn for_path(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let format = Format::of_path(&path)?;
        Ok(Self::new(path, format))
    }

    /// Threads that encode it, for formats that are encoded on several; default one for each core.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Begins the file.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] for a path that leads to something that is not a file, and for a column that the format has no form
    /// for; [`Error::Io`] when the file cannot be made.
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
