//! CSV files: maps as JSON, decimals without trailing zeros, null as an empty field and an empty text as `""`.
//!
//! Arrow's own writer does not support maps, and supports timestamps in UTC only with a time zone database.

use std::fmt;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::{Schema, SchemaRef};
use csv_core::{WriteResult, Writer};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::cell::{Values, check, not_empty};
use super::{PendingFile, Sink, SinkState};
use crate::error::{Error, Result};

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

/// A CSV file being written, or CSV text written to any writer.
///
/// Maps are JSON objects, decimals have no trailing zeros, doubles have the digits that identify them, times are
/// RFC 3339 in UTC. Null is an empty field, an empty text is `""`. A file whose name ends in `.gz` is compressed with
/// gzip.
///
/// # Examples
///
/// ```
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
/// use outlay::sink::CsvSink;
///
/// let mut reader = outlay::Reader::builder().columns(["ServiceName", "BilledCost"]).read(folder)?;
/// let mut body = Vec::new();
/// reader.save_with(Box::new(CsvSink::new("body", &mut body, reader.schema())?))?;
/// assert!(body.starts_with(b"ServiceName,BilledCost\n"));
/// # Ok::<(), outlay::Error>(())
/// ```
pub struct CsvSink<W: Write = CsvFile> {
    state: SinkState<W>,
    lines: Lines<W>,
}

impl<W: Write> fmt::Debug for CsvSink<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CsvSink").field("state", &self.state).finish_non_exhaustive()
    }
}

/// A column of a batch.
struct CsvColumn<'a> {
    name: &'a str,
    array: &'a dyn Array,
    values: Values<'a>,
}

/// The writer of lines.
struct Lines<W: Write> {
    file: BufWriter<W>,
    writer: Writer,
    cell: String,
    options: CsvOptions,
}

/// The file of a sink, compressed if its name ends in `.gz`.
#[derive(Debug)]
pub struct CsvFile(Encoded);

#[derive(Debug)]
enum Encoded {
    Plain(PendingFile),
    Gzip(Box<GzEncoder<PendingFile>>),
}

impl CsvFile {
    fn create(path: &Path) -> Result<Self> {
        let pending = PendingFile::create("output", path)?;
        let is_gzip = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
        Ok(Self(if is_gzip {
            Encoded::Gzip(Box::new(GzEncoder::new(pending, Compression::default())))
        } else {
            Encoded::Plain(pending)
        }))
    }

    /// Writes the end of the compressed data, and moves the file to its path.
    fn complete(self) -> io::Result<()> {
        match self.0 {
            Encoded::Plain(pending) => pending.complete(),
            Encoded::Gzip(encoder) => encoder.finish()?.complete(),
        }
    }
}

impl Write for CsvFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Encoded::Plain(pending) => pending.write(bytes),
            Encoded::Gzip(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Encoded::Plain(pending) => pending.flush(),
            Encoded::Gzip(encoder) => encoder.flush(),
        }
    }
}

impl CsvSink {
    /// Creates the file and writes its header.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] if a column has a type that CSV cannot hold or the path is not a regular
    /// file; [`Error::Io`] if the file cannot be created.
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
        check_all(&schema)?;
        let file = CsvFile::create(path)?;
        Self::begin(SinkState::of_path(path, schema, CsvFile::complete), file, options)
    }
}

impl<W: Write> CsvSink<W> {
    /// Writes to a writer, beginning with the header. `object` is its name in errors.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] if a column has a type that CSV cannot hold;
    /// [`Error::Io`] if the header cannot be written.
    pub fn new(object: impl Into<String>, writer: W, schema: SchemaRef) -> Result<Self> {
        Self::new_with(object, writer, schema, CsvOptions::default())
    }

    /// Writes to a writer with options, beginning with the header. `object` is its name in errors.
    ///
    /// # Errors
    ///
    /// Those of [`CsvSink::new`].
    pub fn new_with(object: impl Into<String>, writer: W, schema: SchemaRef, options: CsvOptions) -> Result<Self> {
        check_all(&schema)?;
        Self::begin(SinkState::of_writer(object, schema), writer, options)
    }

    fn begin(state: SinkState<W>, writer: W, options: CsvOptions) -> Result<Self> {
        let mut lines = Lines { file: BufWriter::new(writer), writer: Writer::new(), cell: String::new(), options };
        lines.header(&state.schema).map_err(|source| Error::io(&state.object, source))?;
        Ok(Self { state, lines })
    }

    /// Writes the buffered bytes, and returns the writer without completing it.
    ///
    /// # Errors
    ///
    /// Those of [`Sink::finish`].
    pub fn into_inner(self) -> Result<W> {
        self.lines.into_inner(&self.state)
    }
}

/// Fails for a schema with a column that CSV cannot hold, or without columns.
fn check_all(schema: &Schema) -> Result<()> {
    not_empty(schema, "CSV")?;
    schema.fields().iter().try_for_each(|field| check(field, "CSV"))
}

impl<W: Write> Lines<W> {
    fn header(&mut self, schema: &Schema) -> io::Result<()> {
        for (index, field) in schema.fields().iter().enumerate() {
            self.text(index, field.name())?;
        }
        self.put(b"\n")
    }

    /// Writes what is buffered. Returns the writer if all rows were written.
    fn into_inner(self, state: &SinkState<W>) -> Result<W> {
        state.may_finish()?;
        self.file.into_inner().map_err(|error| Error::io(&state.object, error.into_error()))
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
        if let Values::Text(texts) = &column.values {
            return self.text(index, texts.value(row));
        }
        let mut cell = std::mem::take(&mut self.cell);
        let text = column.values.text(column.name, row, &mut cell);
        let written = self.field(index, Some(text));
        self.cell = cell;
        written
    }
}

impl<W: Write> Sink for CsvSink<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let Self { state, lines } = self;
        state.write(batch, |object| lines.rows(batch).map_err(|source| Error::io(object, source)))
    }

    fn finish(self: Box<Self>, _metadata: &[(String, String)]) -> Result<()> {
        let Self { state, lines } = *self;
        let writer = lines.into_inner(&state)?;
        state.complete(writer)
    }

    fn path(&self) -> Option<&Path> {
        self.state.path.as_deref()
    }
}
