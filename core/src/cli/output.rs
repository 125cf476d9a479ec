//! Where a read is written: a file, or standard output.

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use tempfile::TempDir;

use super::Console;
use super::arguments::Output;
use super::reports::STREAM;
use crate::error::{Error, Result, printable};
use crate::read::reader::Reader;
use crate::sink::{CsvOptions, Format, Numbers, ParquetOptions, Sink, Target, json_rows};

/// The name of standard output in messages.
const STANDARD_OUTPUT: &str = "standard output";

/// The options of the formats.
#[derive(Clone, Debug)]
pub struct Encoding {
    csv: CsvOptions,
    parquet: ParquetOptions,
}

impl Encoding {
    /// Returns a target with these options.
    fn target(&self, path: impl Into<PathBuf>, format: Format) -> Target {
        Target::new(path, format).csv(self.csv).parquet(self.parquet.clone())
    }
}

/// Where a read is written.
#[derive(Clone, Debug)]
pub enum Destination {
    /// A file.
    File(Target, Format),
    /// Standard output, in a format of files. The text is the extension of such a file.
    Stream(Format, &'static str, Encoding),
    /// Standard output, as one JSON object for each row.
    Lines,
}

impl Output {
    /// Returns where the read is written; `None` if no output was named.
    pub fn destination(&self) -> Result<Option<Destination>> {
        let Some(path) = &self.output else { return Ok(None) };
        let is_stream = path == Path::new(STREAM);
        let encoding = self.encoding()?;
        let refuse = |reason: &str| Err(Error::option("output", reason));
        if is_stream && !self.partition_by.is_empty() {
            return refuse("partitions are files of a folder, but `-` is standard output: name a folder");
        }
        let (format, extension) = match self.format.as_deref() {
            Some("csv") => (Format::Csv, "csv"),
            Some("parquet") => (Format::Parquet, "parquet"),
            Some("arrow") => (Format::Ipc, "arrow"),
            Some("arrows") => (Format::Ipc, "arrows"),
            Some(_) if is_stream && self.is_parquet() => {
                return refuse("compression, row groups and partitions are options of Parquet, but this is NDJSON");
            }
            Some(_) if is_stream => return Ok(Some(Destination::Lines)),
            Some(_) => return refuse("NDJSON is written to standard output only: --output - > FILE"),
            None if is_stream => {
                return refuse("`-` is standard output, which has no extension: name its format with --format");
            }
            None if !self.partition_by.is_empty() => (Format::Parquet, "parquet"),
            None => (Format::of_path(path)?, ""),
        };
        let target = encoding.target(path, format);
        if !is_stream {
            target.validate()?;
            return Ok(Some(Destination::File(target, format)));
        }
        Ok(Some(Destination::Stream(format, extension, encoding)))
    }

    /// Returns whether an option of Parquet was given.
    fn is_parquet(&self) -> bool {
        !self.partition_by.is_empty() || self.compression.is_some() || self.row_group_rows.is_some()
    }

    /// Returns the options of the formats.
    fn encoding(&self) -> Result<Encoding> {
        let mut parquet = ParquetOptions::default().partition_by(&self.partition_by);
        if let Some(compression) = &self.compression {
            parquet = parquet.compression(compression.parse()?);
        }
        if let Some(rows) = self.row_group_rows {
            parquet = parquet.row_group_rows(rows);
        }
        Ok(Encoding { csv: CsvOptions::default().spreadsheet_safe(self.spreadsheet_safe), parquet })
    }
}

impl Destination {
    /// Returns whether this is standard output, so that nothing else may be printed there.
    pub fn is_stream(&self) -> bool {
        !matches!(self, Self::File(..))
    }

    /// Returns whether this is CSV.
    pub fn is_csv(&self) -> bool {
        matches!(self, Self::File(_, Format::Csv) | Self::Stream(Format::Csv, ..))
    }

    /// Returns the name, for messages.
    pub fn name(&self) -> String {
        match self {
            Self::File(target, _) => printable(target.path().display()).to_string(),
            Self::Stream(..) | Self::Lines => STANDARD_OUTPUT.to_owned(),
        }
    }

    /// Fails if this is a file of the report.
    pub fn check(&self, reader: &Reader) -> Result<()> {
        match self {
            Self::File(target, _) => reader.may_write(target.path()),
            Self::Stream(..) | Self::Lines => Ok(()),
        }
    }

    /// Begins to write. What goes to standard output is first written to a temporary file, so that it can be discarded.
    pub fn begin(&self, schema: SchemaRef) -> Result<Writer> {
        Ok(match self {
            Self::File(target, _) => Writer::Sink(target.begin(schema)?, None),
            Self::Stream(format, extension, encoding) => {
                let folder = TempDir::new().map_err(temporary)?;
                let target = encoding.target(folder.path().join(format!("rows.{extension}")), *format);
                Writer::Sink(target.begin(schema)?, Some((folder, target)))
            }
            Self::Lines => Writer::Lines(BufWriter::new(tempfile::tempfile().map_err(temporary)?)),
        })
    }
}

/// A read being written.
pub enum Writer {
    /// A file. For standard output, a temporary one, with its folder.
    Sink(Box<dyn Sink + Send>, Option<(TempDir, Target)>),
    /// A temporary file of lines.
    Lines(BufWriter<File>),
}

impl Writer {
    /// Appends a batch.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        match self {
            Self::Sink(sink, _) => sink.write(batch),
            Self::Lines(file) => (0..batch.num_rows()).try_for_each(|row| {
                let line = json_rows(batch, row..row + 1, Numbers::Text)?;
                let line = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')).unwrap_or(&line);
                writeln!(file, "{line}").map_err(temporary)
            }),
        }
    }

    /// Completes a file, or copies the rows to standard output. Returns false if standard output was closed before its
    /// end, as by `head`.
    pub fn finish(
        self,
        metadata: &[(String, String)],
        console: &mut dyn Console,
        should_stop: &dyn Fn() -> bool,
    ) -> Result<bool> {
        match self {
            Self::Sink(sink, None) => sink.finish(metadata).map(|()| true),
            Self::Sink(sink, Some((_folder, target))) => {
                sink.finish(metadata)?;
                copy(File::open(target.path()).map_err(temporary)?, console, should_stop)
            }
            Self::Lines(file) => {
                let mut file = file.into_inner().map_err(|error| temporary(error.into_error()))?;
                file.rewind().map_err(temporary)?;
                copy(file, console, should_stop)
            }
        }
    }
}

/// Copies a file to standard output. Returns false if that was closed before its end.
fn copy(mut file: File, console: &mut dyn Console, should_stop: &dyn Fn() -> bool) -> Result<bool> {
    let mut buffer = vec![0; 64 << 10];
    loop {
        if should_stop() {
            return Err(Error::Stopped);
        }
        let count = file.read(&mut buffer).map_err(temporary)?;
        let bytes = buffer.get(..count).unwrap_or_default();
        if bytes.is_empty() {
            return Ok(true);
        }
        match console.write(bytes) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(false),
            Err(error) => return Err(Error::io(STANDARD_OUTPUT, error)),
        }
    }
}

/// The error of the temporary file.
fn temporary(error: io::Error) -> Error {
    Error::io("temporary file", error)
}
