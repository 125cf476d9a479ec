//! The target of a write: path, format, number of threads and options of the format.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use arrow::datatypes::SchemaRef;

#[cfg(feature = "parquet")]
use super::parquet::default_threads;
use super::{CsvOptions, CsvSink, IpcSink, Sink};
#[cfg(feature = "parquet")]
use super::{ParquetOptions, ParquetSink, PartitionedSink};
use crate::error::{Error, Result, clip};

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// Parquet, compressed with zstd.
    #[cfg(feature = "parquet")]
    Parquet,
    /// Arrow IPC, see [`IpcSink`]: a file, or a stream if its name ends in `.arrows`.
    Ipc,
    /// CSV, see [`CsvSink`]: compressed with gzip if its name ends in `.gz`.
    Csv,
}

impl Format {
    /// Returns the format for the ending of a path: `.parquet` or `.pq`; `.arrow`, `.feather`, `.ipc` or `.arrows`; `.csv` or
    /// `.csv.gz`.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] if the path has another ending, or none.
    pub fn of_path(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let unknown = |what: &str| {
            let reason = format!("`{}` has {what}; supported: {EXTENSIONS}", path.display());
            Err(Error::option("output", reason))
        };
        match Ending::of(path) {
            Ending::Of(format) => Ok(format),
            Ending::None => unknown("no extension"),
            Ending::Other | Ending::Foreign => unknown("an unknown extension"),
        }
    }

    /// Returns the name, as in messages.
    fn name(self) -> &'static str {
        match self {
            #[cfg(feature = "parquet")]
            Self::Parquet => "Parquet",
            Self::Ipc => "Arrow IPC",
            Self::Csv => "CSV",
        }
    }

    /// Returns the endings of names for the format.
    fn endings(self) -> &'static str {
        match self {
            #[cfg(feature = "parquet")]
            Self::Parquet => ".parquet",
            Self::Ipc => ".arrow, .feather or .arrows",
            Self::Csv => ".csv or .csv.gz",
        }
    }
}

/// What the end of a name says about the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    None,
    Of(Format),
    /// Another format, or a compression that is not written.
    Foreign,
    /// Nothing.
    Other,
}

/// Extensions of formats and compressions that are not written.
const FOREIGN: &[&str] = &[
    "gz", "zip", "zst", "bz2", "xz", "lz4", "br", "7z", "tar", "tgz", "tsv", "json", "jsonl", "ndjson", "xlsx", "xls",
    "ods", "avro", "orc", "xml", "html", "db", "duckdb", "sqlite", "parquet",
];

impl Ending {
    fn of(path: &Path) -> Self {
        let lower = |part: Option<&std::ffi::OsStr>| part.map(|part| part.to_string_lossy().to_ascii_lowercase());
        let stem_extension = || lower(path.file_stem().map(Path::new).and_then(Path::extension));
        match lower(path.extension()).as_deref() {
            #[cfg(feature = "parquet")]
            Some("parquet" | "pq") => Self::Of(Format::Parquet),
            Some("arrow" | "arrows" | "feather" | "ipc") => Self::Of(Format::Ipc),
            Some("csv") => Self::Of(Format::Csv),
            Some("gz") if stem_extension().as_deref() == Some("csv") => Self::Of(Format::Csv),
            Some(extension) if FOREIGN.contains(&extension) => Self::Foreign,
            Some(_) => Self::Other,
            None => Self::None,
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

/// The name of the format, as it is parsed.
impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            #[cfg(feature = "parquet")]
            Self::Parquet => "parquet",
            Self::Ipc => "ipc",
            Self::Csv => "csv",
        })
    }
}

/// The extensions that this build supports.
const EXTENSIONS: &str = if cfg!(feature = "parquet") {
    ".parquet, .arrow, .feather, .arrows, .csv, .csv.gz"
} else {
    ".arrow, .feather, .arrows, .csv, .csv.gz"
};

/// The names of formats that this build supports.
const FORMATS: &str = if cfg!(feature = "parquet") { "parquet, ipc, csv" } else { "ipc, csv" };

/// A file to be written: path, format, number of encoder threads and options of the format. With
/// [`ParquetOptions::partition_by`], a folder of files.
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
    csv: CsvOptions,
    #[cfg(feature = "parquet")]
    parquet: ParquetOptions,
}

impl Target {
    /// Creates a target with the given format. The name may have any ending, except for one of another format or
    /// compression, see [`Target::begin`].
    pub fn new(path: impl Into<PathBuf>, format: Format) -> Self {
        Self {
            path: path.into(),
            format,
            threads: None,
            csv: CsvOptions::default(),
            #[cfg(feature = "parquet")]
            parquet: ParquetOptions::default(),
        }
    }

    /// Creates a target with the format of its ending.
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

    /// Sets the options of CSV.
    #[must_use]
    pub fn csv(mut self, options: CsvOptions) -> Self {
        self.csv = options;
        self
    }

    /// Sets the options of Parquet.
    #[cfg(feature = "parquet")]
    #[must_use]
    pub fn parquet(mut self, options: ParquetOptions) -> Self {
        self.parquet = options;
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
    /// Those of [`Target::validate`]; [`Error::Option`] if the path is not a regular file, if the format cannot hold a
    /// column, or for partitions those of [`PartitionedSink::create`](super::PartitionedSink::create); [`Error::Io`] if the file cannot be created;
    /// [`Error::Write`] if the format cannot hold the schema.
    pub fn begin(&self, schema: SchemaRef) -> Result<Box<dyn Sink + Send>> {
        self.validate()?;
        let path = &self.path;
        Ok(match self.format {
            #[cfg(feature = "parquet")]
            Format::Parquet => {
                let properties = self.parquet.properties(&schema).build();
                let columns = self.parquet.partition_columns();
                if columns.is_empty() {
                    let threads = self.threads.unwrap_or_else(default_threads);
                    Box::new(ParquetSink::create_with(path, schema, properties, threads)?)
                } else {
                    Box::new(PartitionedSink::create(path, schema, columns)?.with_properties(properties))
                }
            }
            Format::Ipc => Box::new(IpcSink::create(path, schema)?),
            Format::Csv => Box::new(CsvSink::with_options(path, schema, self.csv)?),
        })
    }

    /// Checks the name and the options, as [`Target::begin`] does. For callers that begin later.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] if the ending of the name is that of another format or compression, if an option of CSV or
    /// Parquet is set for another format, or if an option has a value that it does not take.
    ///
    /// # Examples
    ///
    /// ```
    /// use outlay::sink::{Format, Target};
    ///
    /// let error = Target::new("september.parquet", Format::Csv).validate().unwrap_err();
    /// assert!(error.to_string().ends_with("is not the name of a file with CSV: name it .csv or .csv.gz"));
    /// ```
    pub fn validate(&self) -> Result<()> {
        let fail = |reason| Err(Error::option("output", reason));
        let name = self.format.name();
        if self.csv != CsvOptions::default() && self.format != Format::Csv {
            return fail(format!("`spreadsheet_safe` is an option of CSV, but `{}` is {name}", self.path.display()));
        }
        #[cfg(feature = "parquet")]
        {
            if self.parquet != ParquetOptions::default() && self.format != Format::Parquet {
                let path = self.path.display();
                return fail(format!(
                    "compression, row groups and partitions are options of Parquet, but `{path}` is {name}"
                ));
            }
            self.parquet.validate()?;
        }
        let is_other = match Ending::of(&self.path) {
            Ending::Of(format) => format != self.format,
            Ending::Foreign => true,
            Ending::None | Ending::Other => false,
        };
        if is_other {
            let (path, endings) = (self.path.display(), self.format.endings());
            return fail(format!("`{path}` is not the name of a file with {name}: name it {endings}"));
        }
        Ok(())
    }
}
