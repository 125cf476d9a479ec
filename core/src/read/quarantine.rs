//! Records that could not be decoded or mapped, with their errors.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};

use crate::error::{Error, Location, Result};
use crate::sink::{PendingFile, io_error};

/// The name of the option for the file.
pub(crate) const OPTION: &str = "quarantine_file";

/// A record that was set aside, with [`OnError::Quarantine`](crate::OnError::Quarantine).
#[derive(Debug)]
#[non_exhaustive]
pub struct Quarantined {
    /// Its bytes in the file, without the line end.
    pub record: Vec<u8>,
    /// Its location, and why it was set aside.
    pub error: Error,
}

impl Quarantined {
    /// Returns the records as a batch with the columns `object`, `row`, `byte`, `column`, `code`, `reason`, and
    /// `record`, which is binary.
    ///
    /// # Panics
    ///
    /// If the bytes of all records, or the texts of a column, exceed 2 GiB, the limit of an Arrow array. Take records in
    /// smaller groups then.
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

/// A CSV file of quarantined records, with the columns of [`Quarantined::batch`].
///
/// It is written under a temporary name. At the end of the read it is moved to its path, even without records, because
/// an older file would be of another read. If the read fails or is dropped, it is moved only if it has records, so that
/// they are not lost; otherwise an older file stays.
#[derive(Debug)]
pub(crate) struct QuarantineFile {
    path: PathBuf,
    /// `None` once it was moved or discarded.
    file: Option<BufWriter<PendingFile>>,
    has_records: bool,
}

impl QuarantineFile {
    pub(crate) fn create(path: &Path) -> Result<Self> {
        let file = BufWriter::new(PendingFile::create(OPTION, path)?);
        let mut file = Self { path: path.to_owned(), file: Some(file), has_records: false };
        file.row([b"object", b"row", b"byte", b"column", b"code", b"reason", b"record"])?;
        Ok(file)
    }

    pub(crate) fn write(&mut self, record: &Quarantined) -> Result<()> {
        let at = record.error.at().cloned().unwrap_or_default();
        let number = |number: Option<u64>| number.map_or_else(String::new, |number| number.to_string());
        let (row, byte, reason) = (number(at.row), number(at.byte), record.error.to_string());
        let column = at.column.unwrap_or_default();
        self.has_records = true;
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

    /// Removes the file and its records, which are of a delivery that is no longer read.
    pub(crate) fn discard(mut self) {
        self.file = None;
    }

    /// Moves the file to its path.
    pub(crate) fn finish(&mut self) -> Result<()> {
        let Some(file) = self.file.take() else { return Ok(()) };
        let finished = file.into_inner().map_err(std::io::IntoInnerError::into_error).and_then(PendingFile::complete);
        finished.map_err(|source| io_error(&self.path, source))
    }

    /// Writes a row with all fields in quotes, because records have commas and can be invalid CSV.
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
        let Some(file) = &mut self.file else { return Ok(()) };
        file.write_all(&line).map_err(|source| io_error(&self.path, source))
    }
}

impl Drop for QuarantineFile {
    fn drop(&mut self) {
        if self.has_records {
            // The read failed or was dropped, so an error cannot be returned.
            let _ = self.finish();
        }
    }
}
