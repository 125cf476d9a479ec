//! Blocks of whole records: uncompressed text, an index of its fields, and the rejected records.
//! [`super::records`] creates them; `decode` reads them. A block is valid UTF-8, and each record of its index has as
//! many fields as the header. Other records are in [`Records::rejected`].

use std::ops::Range;

/// RejectReason a record is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RejectReason {
    /// It has more or fewer fields than the header. `is_cut` is set if it has fewer and ends the file without a line
    /// end.
    Ragged { found: usize, expected: usize, is_cut: bool },
    /// The field in this column is not UTF-8.
    Encoding { column: usize },
    /// The field in this column has quotes escaped by a backslash.
    Backslash { column: usize },
    /// The record repeats the header.
    Repeated,
}

/// A rejected record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RejectedRecord {
    /// Its number in the object, counted from 1.
    pub(crate) row: u64,
    /// Byte of the uncompressed stream at which the record, or its invalid field, begins.
    pub(crate) byte: u64,
    /// Its bytes, without the line end.
    pub(crate) raw: Vec<u8>,
    pub(crate) why: RejectReason,
}

/// The original bytes and positions of a block that csv-core read and that was rewritten in canonical form.
#[derive(Debug, Default)]
pub(super) struct Original {
    pub(super) bytes: Vec<u8>,
    /// Row number of each record. Not consecutive where records were rejected.
    pub(super) numbers: Vec<u64>,
    /// Bounds of each record in `bytes`, without the line end.
    pub(super) records: Vec<(u32, u32)>,
    /// Start of each field in `bytes`.
    pub(super) fields: Vec<u32>,
}

/// The index of a block. It stays valid when the text is moved elsewhere.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pub(super) ends: Vec<u32>,
    pub(super) width: usize,
    pub(super) rows: usize,
    pub(super) first_row: u64,
    /// Byte of the uncompressed stream at which the block begins.
    pub(super) offset: u64,
    pub(super) original: Option<Original>,
}

impl Index {
    /// Number of a record in the object, counted from 1. Blank lines and the header are not counted.
    pub(crate) fn row_number(&self, row: usize) -> u64 {
        match &self.original {
            Some(original) => original.numbers.get(row).copied().unwrap_or_default(),
            None => self.first_row + row as u64,
        }
    }

    /// Byte of the uncompressed stream at which a field begins, including its quote.
    pub(crate) fn byte_of(&self, row: usize, column: usize) -> u64 {
        let at = row * self.width + column;
        let start = match &self.original {
            Some(original) => original.fields.get(at).copied().unwrap_or_default(),
            None => self.start(at),
        };
        self.offset + u64::from(start)
    }

    /// The original bytes of a record, without the line end. `text` is the text of the block.
    pub(crate) fn raw_record<'a>(&'a self, row: usize, text: &'a [u8]) -> &'a [u8] {
        match &self.original {
            Some(original) => {
                let (start, end) = original.records.get(row).copied().unwrap_or_default();
                original.bytes.get(start as usize..end as usize).unwrap_or_default()
            }
            None => {
                let last = row * self.width + self.width - 1;
                let (start, end) =
                    (self.start(row * self.width) as usize, self.ends.get(last).map_or(0, |&end| end as usize));
                without_return(text.get(start..end).unwrap_or_default())
            }
        }
    }

    /// The raw bounds of a field in the block, including its quotes.
    #[inline]
    pub(crate) fn field(&self, row: usize, column: usize, bytes: &[u8]) -> Range<usize> {
        let at = row * self.width + column;
        let (start, end) = (self.start(at) as usize, self.ends.get(at).map_or(0, |&end| end as usize));
        // A line end can be CR LF; the index holds the position of the LF.
        let has_return = column + 1 == self.width && end > start && bytes.get(end - 1) == Some(&b'\r');
        start..end - usize::from(has_return)
    }

    fn start(&self, at: usize) -> u32 {
        at.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |&end| end + 1)
    }
}

/// A block of records.
#[derive(Debug)]
pub(crate) struct Records {
    pub(super) text: String,
    pub(super) index: Index,
    /// Rejected records, in order. They are not in the index.
    pub(crate) rejected: Vec<RejectedRecord>,
    /// Blank lines. They are not records.
    pub(crate) blank_lines: u64,
    /// Whether the object ends with this block and its last line has no line end.
    pub(crate) lacks_line_end: bool,
}

impl Records {
    /// Number of records.
    pub(crate) fn rows(&self) -> usize {
        self.index.rows
    }

    /// Bytes of memory, about.
    pub(crate) fn memory(&self) -> usize {
        let original = self.index.original.as_ref();
        let raw: usize = self.rejected.iter().map(|record| record.raw.len()).sum();
        self.text.capacity()
            + self.index.ends.capacity() * size_of::<u32>()
            + original.map_or(0, |original| original.bytes.capacity() + original.fields.capacity() * size_of::<u32>())
            + raw
    }

    /// The block.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// The index of the block.
    pub(crate) fn index(&self) -> &Index {
        &self.index
    }

    /// The raw bounds of one column, record by record: quotes included, line ends not.
    #[inline]
    pub(crate) fn column(&self, column: usize) -> impl Iterator<Item = Range<usize>> {
        let (index, bytes) = (&self.index, self.text.as_bytes());
        (0..index.rows).map(move |row| index.field(row, column, bytes))
    }

    /// The raw bounds of the cells of one column that are not empty, with their records.
    #[inline]
    pub(crate) fn cells(&self, column: usize) -> impl Iterator<Item = (usize, Range<usize>)> {
        let bytes = self.text.as_bytes();
        let is_last = column + 1 == self.index.width;
        let rows = self.index.ends.chunks_exact(self.index.width.max(1)).enumerate();
        rows.filter_map(move |(row, ends)| {
            let end = *ends.get(column)?;
            let start = match column.checked_sub(1) {
                Some(before) => ends[before] + 1,
                None => self.index.start(row * self.index.width),
            };
            // Most cells of most columns of numbers are empty.
            if start == end {
                return None;
            }
            let range = start as usize..end as usize;
            let has_return = is_last && bytes.get(range.end - 1) == Some(&b'\r');
            Some((row, range.start..range.end - usize::from(has_return)))
        })
    }

    /// The bytes of adjacent fields of a record, including quotes and the delimiter after each field.
    #[inline]
    pub(crate) fn raw_run(&self, row: usize, first: usize, last: usize) -> &[u8] {
        let (index, at) = (&self.index, row * self.index.width);
        let end = index.ends.get(at + last).map_or(0, |&end| end as usize + 1);
        self.text.as_bytes().get(index.start(at + first) as usize..end).unwrap_or_default()
    }

    /// A range of the text.
    pub(crate) fn text(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }

    /// The raw bounds of one field.
    pub(crate) fn field(&self, row: usize, column: usize) -> Range<usize> {
        self.index.field(row, column, self.text.as_bytes())
    }

    /// The fields of a record.
    #[inline]
    pub(crate) fn record(&self, row: usize) -> Record<'_> {
        let at = row * self.index.width;
        let ends = self.index.ends.get(at..at + self.index.width).unwrap_or_default();
        Record { start: self.index.start(at), ends, bytes: self.text.as_bytes() }
    }

    /// Splits the block into its text and the index, which locates rows in it later.
    pub(crate) fn split(self) -> (String, Index) {
        (self.text, self.index)
    }
}

/// A record of a block.
#[derive(Clone, Copy)]
pub(crate) struct Record<'a> {
    start: u32,
    ends: &'a [u32],
    bytes: &'a [u8],
}

impl Record<'_> {
    /// Returns whether a field is empty and has no quotes.
    #[inline]
    pub(crate) fn is_blank(self, column: usize) -> bool {
        column > 0 && self.ends[column] == self.ends[column - 1] + 1
    }

    /// The raw bounds of a field.
    #[inline]
    pub(crate) fn field(self, column: usize) -> Range<usize> {
        let start = if column == 0 { self.start } else { self.ends[column - 1] + 1 } as usize;
        let end = self.ends[column] as usize;
        let is_last = column + 1 == self.ends.len();
        let has_return = is_last && end > start && self.bytes.get(end - 1) == Some(&b'\r');
        start..end - usize::from(has_return)
    }
}

pub(super) fn without_return(record: &[u8]) -> &[u8] {
    record.strip_suffix(b"\r").unwrap_or(record)
}

/// A field without its quotes.
pub(crate) enum Unquoted {
    /// The range holds the value as it is.
    Plain(Range<usize>),
    /// The range holds the value with doubled quotes.
    Doubled(Range<usize>),
}

/// Removes the enclosing quotes of a field.
#[inline]
pub(crate) fn unquote(bytes: &[u8], field: Range<usize>) -> Unquoted {
    if field.len() < 2 || bytes.get(field.start) != Some(&b'"') {
        return Unquoted::Plain(field);
    }
    let inside = field.start + 1..field.end - 1;
    if bytes.get(inside.clone()).is_some_and(|inside| inside.contains(&b'"')) {
        Unquoted::Doubled(inside)
    } else {
        Unquoted::Plain(inside)
    }
}
