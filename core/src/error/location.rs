//! A place in a report.

use std::fmt;

use serde::Serialize;

use super::text::{clip_name, printable};

/// A location in a report: object, row, byte and column, as far as they are known.
///
/// The `Display` form is one line, like `2025-01/cur-00003.csv.gz: row 18214, byte 9441280, lineItem/UnblendedCost`.
/// Control characters are escaped, see [`printable`], and names of more than 512 characters are shortened in the
/// middle. The fields have the original text.
///
/// In JSON unknown fields are left out: `{"object": "cur-00003.csv.gz", "row": 18214}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Location {
    /// The name of the file or the S3 key, relative to the report.
    pub object: String,
    /// The row number. The first record after the header is 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<u64>,
    /// The byte offset in the uncompressed stream, from 0, at which the field begins, or else the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub byte: Option<u64>,
    /// The name of the column in the header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
}

impl Location {
    /// Creates a location of an object.
    pub fn object(object: impl Into<String>) -> Self {
        Self { object: object.into(), ..Self::default() }
    }

    /// Sets the row.
    #[must_use]
    pub fn row(mut self, row: u64) -> Self {
        self.row = Some(row);
        self
    }

    /// Sets the byte offset in the uncompressed stream.
    #[must_use]
    pub fn byte(mut self, byte: u64) -> Self {
        self.byte = Some(byte);
        self
    }

    /// Sets the column.
    #[must_use]
    pub fn column(mut self, column: impl Into<String>) -> Self {
        self.column = Some(column.into());
        self
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", printable(clip_name(&self.object)))?;
        let mut lead = ": ";
        if let Some(row) = self.row {
            write!(f, "{lead}row {row}")?;
            lead = ", ";
        }
        if let Some(byte) = self.byte {
            write!(f, "{lead}byte {byte}")?;
            lead = ", ";
        }
        if let Some(column) = &self.column {
            write!(f, "{lead}{}", printable(clip_name(column)))?;
        }
        Ok(())
    }
}
