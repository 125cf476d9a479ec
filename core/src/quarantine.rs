//! Records that could not be understood, whole and with the reason.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};

use crate::error::{Error, Location, Result};

/// A record that was set aside.
#[derive(Debug)]
#[non_exhaustive]
pub struct Quarantined {
    /// Its bytes as they are in the file, without the line end.
    pub record: Vec<u8>,
    /// Where it is, and why it was set aside.
    pub error: Error,
}

impl Quarantined {
    /// The records as a batch: object, row, byte, column, code, reason, and the record as binary.
    pub fn batch(records: &[Self]) -> RecordBatch {
        let at = |pick: fn(&Location) -> Option<u64>| -> Int64Array {
            records.iter().map(|record| i64::try_from(record.error.at().and_then(pick)?).ok()).collect()
        };
        let text = |pick: fn(&Self) -> Option<String>| -> StringArray { records.iter().map(pick).collect() };
        let columns: [(&str, DataType, ArrayRef); 7] = [
            ("object", DataType::Utf8, Arc::new(text(|record| Some(record.error.at()?.object.clone())))),
            ("row", DataType::Int64, Arc::new(at(|at| at.row))),
            ("byte", DataType::Int64, Arc::new(at(|at| at.byte))),
            ("column", DataType::Utf8, Arc::new(text(|record| record.error.at()?.column.clone()))),
            ("code", DataType::Utf8, Arc::new(text(|record| Some(record.error.code().to_owned())))),
            ("reason", DataType::Utf8, Arc::new(text(|record| Some(record.error.to_string())))),
            (
                "record",
                DataType::Binary,
                Arc::new(BinaryArray::from_iter_values(records.iter().map(|record| &record.record))),
            ),
        ];
        let fields: Vec<Field> =
            columns.iter().map(|(name, kind, _)| Field::new(*name, kind.clone(), *name != "record")).collect();
        let arrays = columns.into_iter().map(|(_, _, array)| array).collect();
        #[expect(clippy::unwrap_used, reason = "each array has a value for each record, of the type of its field")]
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
    }
}

/// A file of quarantined records: CSV with the columns of [`Quarantined::batch`], written as they come.
#[derive(Debug)]
pub(crate) struct QuarantineFile {
    name: String,
    file: BufWriter<File>,
}

impl QuarantineFile {
    pub(crate) fn create(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let file = File::create(path).map_err(|source| Error::Io { at: Box::new(Location::object(&name)), source })?;
        let mut file = Self { name, file: BufWriter::new(file) };
        file.row([b"object", b"row", b"byte", b"column", b"code", b"reason", b"record"])?;
        Ok(file)
    }

    pub(crate) fn write(&mut self, record: &Quarantined) -> Result<()> {
        let at = record.error.at().cloned().unwrap_or_default();
        let number = |number: Option<u64>| number.map_or_else(String::new, |number| number.to_string());
        let (row, byte, reason) = (number(at.row), number(at.byte), record.error.to_string());
        let column = at.column.unwrap_or_default();
        self.row([
            at.object.as_bytes(),
            row.as_bytes(),
            byte.as_bytes(),
            column.as_bytes(),
            record.error.code().as_bytes(),
            reason.as_bytes(),
            &record.record,
        ])
    }

    /// Closes the file, and forgets what is held in memory.
    pub(crate) fn discard(self) {
        let _ = self.file.into_parts();
    }

    /// Writes what is held in memory.
    pub(crate) fn flush(&mut self) -> Result<()> {
        self.file.flush().map_err(|source| Error::Io { at: Box::new(Location::object(&self.name)), source })
    }

    /// Every field in quotes: a record holds commas, and whatever else broke it.
    fn row(&mut self, fields: [&[u8]; 7]) -> Result<()> {
        let mut line = Vec::new();
        for (index, field) in fields.into_iter().enumerate() {
            line.extend_from_slice(if index == 0 { b"\"" } else { b",\"" });
            for &byte in field {
                line.extend_from_slice(if byte == b'"' { b"\"\"" } else { std::slice::from_ref(&byte) });
            }
            line.push(b'"');
        }
        line.push(b'\n');
        self.file.write_all(&line).map_err(|source| Error::Io { at: Box::new(Location::object(&self.name)), source })
    }
}
