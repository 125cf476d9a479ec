//! CSV files, plain or compressed with gzip: maps as JSON, decimals without trailing zeros, null as an empty field and
//! an empty text as `""`.
//!
//! Arrow's own writer does not support maps, and supports timestamps in UTC only with a time zone database.

use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Mutex;

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::{Schema, SchemaRef};
use csv_core::{WriteResult, Writer};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::cell::{Values, check};
use super::{Output, PendingFile, Sink, SinkState, io_error};
use crate::error::Result;

/// Options of CSV files.
///
/// # Examples
///
/// ```
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
/// # let path = std::env::temp_dir().join(format!("outlay-doc-safe-{}.csv", std::process::id()));
/// use outlay::sink::{CsvOptions, Target};
///
/// let target = Target::for_path(&path)?.csv(CsvOptions::default().spreadsheet_safe(true));
/// let mut reader = outlay::Reader::builder().read(folder)?;
/// let mut saving = reader.saving(target)?;
/// while let Some(batch) = saving.next_batch(&mut reader)? {
///     saving.write(&batch)?;
/// }
/// saving.finish(&reader.metadata())?;
/// # std::fs::remove_file(path).unwrap();
/// # Ok::<(), outlay::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CsvOptions {
    spreadsheet_safe: bool,
}

impl CsvOptions {
    /// Sets whether text that a spreadsheet may take for a formula gets a `'` before it. Default: false.
    ///
    /// Tags and names in a report can be set by other people. A spreadsheet runs a cell that begins with `=`, `+`, `-`
    /// or `@`, their full-width forms, a tab or a line break. Names of columns and text are changed; numbers, times,
    /// and maps, which begin with `{`, are not. A text that was changed is not the one in the report, so such a file
    /// is for people, not for programs.
    #[must_use]
    pub fn spreadsheet_safe(mut self, spreadsheet_safe: bool) -> Self {
        self.spreadsheet_safe = spreadsheet_safe;
        self
    }
}

/// Returns whether a spreadsheet may take a text for a formula.
fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

/// A CSV file being written.
///
/// Maps are JSON objects, decimals have no trailing zeros, doubles have the digits that identify them, times are
/// RFC 3339 in UTC. Null is an empty field, an empty text is `""`. A file whose name ends in `.gz` is compressed with
/// gzip.
#[derive(Debug)]
pub struct CsvSink {
    state: SinkState,
    lines: Lines,
}

/// A column of a batch.
struct CsvColumn<'a> {
    name: &'a str,
    array: &'a dyn Array,
    values: Values<'a>,
}

/// The writer of lines.
#[derive(Debug)]
struct Lines {
    file: BufWriter<Encoded>,
    writer: Writer,
    cell: String,
    options: CsvOptions,
}

/// The output, with or without compression.
#[derive(Debug)]
enum Encoded {
    Plain(Output),
    Gzip(Box<GzEncoder<Output>>),
}

impl Encoded {
    /// Writes the end of the compressed data.
    fn end(self) -> io::Result<Output> {
        match self {
            Self::Plain(output) => Ok(output),
            Self::Gzip(encoder) => encoder.finish(),
        }
    }
}

impl Write for Encoded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(output) => output.write(bytes),
            Self::Gzip(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(output) => output.flush(),
            Self::Gzip(encoder) => encoder.flush(),
        }
    }
}

impl CsvSink {
    /// Creates the file and writes its header.
    ///
    /// # Errors
    ///
    /// [`Error::Option`](crate::Error::Option) if a column has a type that CSV cannot hold or the path is not a regular
    /// file; [`Error::Io`](crate::Error::Io) if the file cannot be created.
    pub fn create(path: impl AsRef<Path>, schema: SchemaRef) -> Result<Self> {
        Self::with_options(path, schema, CsvOptions::default())
    }

    /// Creates the file with options, and writes its header.
    ///
    /// # Errors
    ///
    /// Those of [`CsvSink::create`].
    pub fn with_options(path: impl AsRef<Path>, schema: SchemaRef, options: CsvOptions) -> Result<Self> {
        let path = path.as_ref();
        for field in schema.fields() {
            check(field, "CSV")?;
        }
        let output = Output::File(PendingFile::create("output", path)?);
        let is_gzip = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
        let output = if is_gzip {
            Encoded::Gzip(Box::new(GzEncoder::new(output, Compression::default())))
        } else {
            Encoded::Plain(output)
        };
        Self::begin(path, output, schema, options)
    }

    /// Writes to a writer without compression, beginning with the header. `object` is its name in errors.
    ///
    /// # Errors
    ///
    /// [`Error::Option`](crate::Error::Option) if a column has a type that CSV cannot hold;
    /// [`Error::Io`](crate::Error::Io) if the header cannot be written.
    pub fn new(object: impl Into<String>, writer: impl Write + Send + 'static, schema: SchemaRef) -> Result<Self> {
        for field in schema.fields() {
            check(field, "CSV")?;
        }
        let output = Encoded::Plain(Output::Writer(Mutex::new(Box::new(writer))));
        Self::begin(Path::new(&object.into()), output, schema, CsvOptions::default())
    }

    fn begin(path: &Path, output: Encoded, schema: SchemaRef, options: CsvOptions) -> Result<Self> {
        let mut lines = Lines { file: BufWriter::new(output), writer: Writer::new(), cell: String::new(), options };
        lines.header(&schema).map_err(|source| io_error(path, source))?;
        Ok(Self { state: SinkState::new(path, schema), lines })
    }
}

impl Lines {
    fn header(&mut self, schema: &Schema) -> io::Result<()> {
        for (index, field) in schema.fields().iter().enumerate() {
            self.text(index, field.name())?;
        }
        self.put(b"\n")
    }

    fn rows(&mut self, batch: &RecordBatch) -> io::Result<()> {
        let schema = batch.schema();
        let columns = schema.fields().iter().zip(batch.columns());
        let columns: Vec<CsvColumn<'_>> =
            columns.map(|(field, array)| CsvColumn { name: field.name(), array, values: Values::of(array) }).collect();
        for row in 0..batch.num_rows() {
            for (index, column) in columns.iter().enumerate() {
                self.cell(index, column, row)?;
            }
            self.put(b"\n")?;
        }
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    /// Writes a text, which a spreadsheet must not take for a formula if that option is set.
    fn text(&mut self, index: usize, text: &str) -> io::Result<()> {
        if self.options.spreadsheet_safe && is_formula(text) {
            return self.field(index, Some(&format!("'{text}")));
        }
        self.field(index, Some(text))
    }

    /// Writes a field after its comma. Null is empty, an empty text is `""`.
    fn field(&mut self, index: usize, text: Option<&str>) -> io::Result<()> {
        if index > 0 {
            self.put(b",")?;
        }
        let Some(text) = text else { return Ok(()) };
        if text.is_empty() {
            return self.put(b"\"\"");
        }
        let mut out = [0; 4 << 10];
        let mut rest = text.as_bytes();
        loop {
            let (result, read, written) = self.writer.field(rest, &mut out);
            rest = rest.get(read..).unwrap_or_default();
            self.put(out.get(..written).unwrap_or_default())?;
            if result == WriteResult::InputEmpty {
                break;
            }
        }
        // Writes the closing quote, if any. csv-core adds a comma, which is dropped.
        let (_, written) = self.writer.delimiter(&mut out);
        self.put(out.get(..written.saturating_sub(1)).unwrap_or_default())
    }

    fn cell(&mut self, index: usize, column: &CsvColumn<'_>, row: usize) -> io::Result<()> {
        if column.array.is_null(row) {
            return self.field(index, None);
        }
        let mut cell = std::mem::take(&mut self.cell);
        if let Values::Text(texts) = &column.values {
            self.cell = cell;
            return self.text(index, texts.value(row));
        }
        let text = column.values.text(column.name, row, &mut cell);
        let written = self.field(index, Some(text));
        self.cell = cell;
        written
    }
}

impl super::sealed::Sealed for CsvSink {}

impl Sink for CsvSink {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let Self { state, lines } = self;
        state.write(batch, |path| lines.rows(batch).map_err(|source| io_error(path, source)))
    }

    fn finish(self: Box<Self>, _metadata: &[(String, String)]) -> Result<()> {
        let Self { state, lines } = *self;
        state.may_finish()?;
        let file = lines.file.into_inner().map_err(io::IntoInnerError::into_error);
        let output = file.and_then(Encoded::end).map_err(|source| io_error(&state.path, source))?;
        output.complete(&state.path)
    }
}
