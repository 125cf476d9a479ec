//! CSV records as the rows of a block: what grouping and line items need of a file format.

use std::borrow::Cow;
use std::ops::Range;

use super::groups::Rows;
use crate::csv::records::{Index, Records, Unquoted, unquote};
use crate::error::Location;
use crate::line_items::provenance::Provenance;
use crate::line_items::trimmed;

impl Rows for Records {
    #[inline]
    fn rows(&self) -> usize {
        Self::rows(self)
    }

    /// The run includes the commas between its fields, so equal bytes are equal cells.
    #[inline]
    fn key(&self, row: usize, first: usize, last: usize) -> &[u8] {
        self.raw_run(row, first, last)
    }

    #[inline]
    fn cell<'a>(&'a self, row: usize, field: usize, scratch: &'a mut String) -> &'a str {
        unquoted(self, self.field(row, field), scratch)
    }
}

impl Provenance for Index {
    fn row_number(&self, row: usize) -> u64 {
        Self::row_number(self, row)
    }

    fn locate(&self, at: Location, row: usize, field: usize) -> Location {
        at.row(Self::row_number(self, row)).byte(self.byte_of(row, field))
    }

    fn raw_record<'a>(&'a self, row: usize, text: &'a [u8]) -> Cow<'a, [u8]> {
        Cow::Borrowed(Self::raw_record(self, row, text))
    }

    fn cell<'a>(&'a self, row: usize, field: usize, text: &'a [u8]) -> Option<Cow<'a, str>> {
        let (range, is_doubled) = match unquote(text, self.field(row, field, text)) {
            Unquoted::Plain(range) => (range, false),
            Unquoted::Doubled(range) => (range, true),
        };
        let cell = trimmed(std::str::from_utf8(text.get(range)?).ok()?);
        Some(if is_doubled { Cow::Owned(cell.replace("\"\"", "\"")) } else { Cow::Borrowed(cell) })
    }
}

/// Returns a text cell without quotes. `scratch` is used if it has doubled quotes.
pub(super) fn unquoted<'a>(records: &'a Records, range: Range<usize>, scratch: &'a mut String) -> &'a str {
    match unquote(records.bytes(), range) {
        Unquoted::Plain(range) => records.text(range),
        Unquoted::Doubled(range) => {
            undouble(records.text(range), scratch);
            scratch
        }
    }
}

/// Replaces doubled quotes by single ones.
pub(super) fn undouble(text: &str, scratch: &mut String) {
    scratch.clear();
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'"', rest.as_bytes()) {
        scratch.push_str(&rest[..=at]);
        rest = &rest[at + 1..];
        rest = rest.strip_prefix('"').unwrap_or(rest);
    }
    scratch.push_str(rest);
}
