//! CSV files: maps as JSON, decimals without trailing zeros, null as an empty field and an empty text as `""`.
//!
//! Arrow's own writer does not support maps, and supports timestamps in UTC only with a time zone database.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::{Schema, SchemaRef};
use csv_core::{WriteResult, Writer};

use super::cell::{Values, check};
use super::{PendingFile, Sink, SinkState, io_error};
use crate::error::Result;

/// A CSV file being written.
///
/// Maps are JSON objects, decimals have no trailing zeros, doubles have the digits that identify them, times are RFC 3339 in UTC. Null is an empty field, an empty
/// text is `""`.
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
    file: BufWriter<PendingFile>,
    writer: Writer,
    cell: String,
}

impl CsvSink {
    /// Creates the file and writes its header.
    ///
    /// # Errors
    ///
    /// [`Error::Option`](crate::Error::Option) if a column has a type that CSV cannot hold or the path is not a regular
    /// file; [`Error::Io`](crate::Error::Io) if the file cannot be created.
    pub fn create(path: impl AsRef<Path>, schema: SchemaRef) -> Result<Self> {
        let path = path.as_ref();
        for field in schema.fields() {
            check(field, "CSV")?;
        }
        let file = BufWriter::new(PendingFile::create("output", path)?);
        let mut lines = Lines { file, writer: Writer::new(), cell: String::new() };
        lines.header(&schema).map_err(|source| io_error(path, source))?;
        Ok(Self { state: SinkState::new(path, schema), lines })
    }
}

impl Lines {
    fn header(&mut self, schema: &Schema) -> io::Result<()> {
        for (index, field) in schema.fields().iter().enumerate() {
            self.field(index, Some(field.name()))?;
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
        let pending = lines.file.into_inner().map_err(|error| io_error(&state.path, error.into_error()))?;
        pending.complete()
    }
}
