//! Blocks of records: inflated text with an index of its fields.
//!
//! In: the bytes of an object, pushed as they come. Out: [`Records`], each a block of whole records that is valid UTF-8
//! throughout. Memory is bounded by the two [`Limits`], whatever the size of the object. What [`super::scan`] declines
//! is read by csv-core and written again in one canonical form, so that those who come after see one kind of block;
//! places in the original bytes are kept beside it.

use std::ops::Range;
use std::sync::Arc;

use super::careful::{Outcome, Reader};
use super::inflate::Inflate;
use super::scan::Scan;
use super::scan::vector::Version;
use crate::content::Content;
use crate::error::{Error, Location, Result};

/// How much is held in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Bytes of a block; one that holds no whole record grows.
    pub(crate) block_bytes: usize,
    /// Bytes of a record, above which the read stops.
    pub(crate) record_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { block_bytes: 1 << 18, record_bytes: 16 << 20 }
    }
}

impl Limits {
    /// Positions in a block are 32 bits wide.
    pub(crate) const MAX: usize = 1 << 30;
}

/// Why a record is set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// It has more or fewer fields than the header.
    Ragged { found: usize, expected: usize },
    /// The field in this column is not UTF-8.
    Encoding { column: usize },
}

/// A record that is set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// Its number in the object, counted from 1.
    pub(crate) row: u64,
    /// Where the record, or the field that is wrong, begins in the inflated stream.
    pub(crate) byte: u64,
    /// Its bytes, without the line end.
    pub(crate) raw: Vec<u8>,
    pub(crate) why: Why,
}

/// A block that csv-core has read: where things were before they were written again.
#[derive(Debug, Default)]
struct Original {
    bytes: Vec<u8>,
    /// Number of each record, for refused ones lie between.
    numbers: Vec<u64>,
    /// Bounds of each record in `bytes`, without the line end.
    records: Vec<(u32, u32)>,
    /// Start of each field in `bytes`.
    fields: Vec<u32>,
}

/// The index of a block; stays when the text moves on.
#[derive(Debug, Default)]
pub(crate) struct Index {
    ends: Vec<u32>,
    width: usize,
    rows: usize,
    first_row: u64,
    /// Byte of the inflated stream at which the block begins.
    offset: u64,
    original: Option<Original>,
}

impl Index {
    /// Number of a record in the object, counted from 1; blank lines and the header are not counted.
    pub(crate) fn row_number(&self, row: usize) -> u64 {
        match &self.original {
            Some(original) => original.numbers.get(row).copied().unwrap_or_default(),
            None => self.first_row + row as u64,
        }
    }

    /// The byte of the inflated stream at which a field begins, its quote included.
    pub(crate) fn byte_of(&self, row: usize, column: usize) -> u64 {
        let at = row * self.width + column;
        let start = match &self.original {
            Some(original) => original.fields.get(at).copied().unwrap_or_default(),
            None => self.start(at),
        };
        self.offset + u64::from(start)
    }

    /// The original bytes of a record, without the line end; `text` is the block.
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

    /// The raw bounds of a field in the block, its quotes included.
    #[inline]
    pub(crate) fn field(&self, row: usize, column: usize, bytes: &[u8]) -> Range<usize> {
        let at = row * self.width + column;
        let (start, end) = (self.start(at) as usize, self.ends.get(at).map_or(0, |&end| end as usize));
        // The line end may be a carriage return and a line feed; the index marks the line feed.
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
    text: String,
    index: Index,
    /// Records that are set aside, in order; not in the index.
    pub(crate) refused: Vec<Refused>,
    /// Blank lines, which are no records.
    pub(crate) blank_lines: u64,
}

impl Records {
    /// Number of records.
    pub(crate) fn rows(&self) -> usize {
        self.index.rows
    }

    /// The block.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// The index of the block.
    pub(crate) fn index(&self) -> &Index {
        &self.index
    }

    /// The raw bounds of one column, record after record: quotes included, line ends not.
    #[inline]
    pub(crate) fn column(&self, column: usize) -> impl Iterator<Item = Range<usize>> {
        let (index, bytes) = (&self.index, self.text.as_bytes());
        (0..index.rows).map(move |row| index.field(row, column, bytes))
    }

    /// The bytes of neighbouring fields of a record, quotes and what ends each of them included.
    #[inline]
    pub(crate) fn raw_run(&self, row: usize, first: usize, last: usize) -> &[u8] {
        let (index, at) = (&self.index, row * self.index.width);
        let end = index.ends.get(at + last).map_or(0, |&end| end as usize + 1);
        self.text.as_bytes().get(index.start(at + first) as usize..end).unwrap_or_default()
    }

    /// A piece of the block.
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

    /// The text, and the index for those who have to name a place in it later.
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
    /// Whether there is nothing between two commas.
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

fn without_return(record: &[u8]) -> &[u8] {
    record.strip_suffix(b"\r").unwrap_or(record)
}

/// The bytes of an object in, blocks of records out.
#[derive(Debug)]
pub(crate) struct Blocks {
    object: Arc<str>,
    limits: Limits,
    inflate: Inflate,
    /// What is inflated and not yet handed out; begins at the start of a record.
    block: Vec<u8>,
    /// Byte of the inflated stream at which `block` begins.
    offset: u64,
    version: Version,
    scan: Scan,
    ends: Vec<u32>,
    header: Option<Vec<String>>,
    /// Number of the next record.
    next_row: u64,
    finished: bool,
    /// How large the block may grow before it is cut.
    room: usize,
}

const BOM: &[u8] = b"\xEF\xBB\xBF";

impl Blocks {
    pub(crate) fn new(object: Arc<str>, limits: Limits) -> Self {
        let record_bytes = limits.record_bytes.clamp(1, Limits::MAX);
        let limits = Limits { block_bytes: limits.block_bytes.clamp(1, record_bytes), record_bytes };
        Self {
            inflate: Inflate::new(Arc::clone(&object)),
            object,
            limits,
            block: Vec::new(),
            offset: 0,
            version: Version::best(),
            scan: Scan::default(),
            ends: Vec::new(),
            header: None,
            next_row: 1,
            finished: false,
            room: limits.block_bytes,
        }
    }

    /// The same with certain instructions instead of the best ones.
    pub(crate) fn scanned_by(self, version: Version) -> Self {
        Self { version, ..self }
    }

    /// The names of the columns, once they are known.
    pub(crate) fn header(&self) -> Option<&[String]> {
        self.header.as_deref()
    }

    /// Takes bytes of the object, and says how many: fewer than given once a block is full, see [`Self::next`].
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<usize> {
        self.inflate.push(bytes, &mut self.block, self.room)
    }

    /// The object ends here. Blocks may still come.
    pub(crate) fn finish(&mut self) {
        self.finished = true;
    }

    /// Length and checksum of the text; right at the end, see [`Self::next`].
    pub(crate) fn content(&self) -> Content {
        self.inflate.content()
    }

    /// The next block. `None` when more bytes are needed, or after [`Self::finish`], at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Records>> {
        loop {
            // The inflater may hold back what had no room.
            self.inflate.push(&[], &mut self.block, self.room)?;
            let is_full = self.block.len() >= self.room;
            let is_last = self.finished && !is_full;
            if is_last {
                self.inflate.finish(&mut self.block)?;
            }
            if !is_full && !is_last {
                return Ok(None);
            }
            if self.header.is_none() {
                if self.read_header(is_last)? {
                    continue;
                }
                self.grow()?;
                continue;
            }
            if self.block.is_empty() {
                return Ok(None);
            }
            if let Some(records) = self.cut(is_last)? {
                self.room = self.limits.block_bytes;
                return Ok(Some(records));
            }
            if self.block.is_empty() {
                // Nothing but blank lines.
                continue;
            }
            self.grow()?;
        }
    }

    /// Lets a block grow that holds no whole record.
    fn grow(&mut self) -> Result<()> {
        if self.block.len() > self.limits.record_bytes {
            let at = Location::object(&*self.object).byte(self.offset);
            let at = if self.header.is_some() { at.row(self.next_row) } else { at };
            return Err(Error::RecordTooLong { at: Box::new(at), limit: self.limits.record_bytes });
        }
        self.room = self.block.len().saturating_mul(2).min(self.limits.record_bytes + 1);
        Ok(())
    }

    /// Reads the header, and takes it off the block. False when it is not complete.
    fn read_header(&mut self, is_last: bool) -> Result<bool> {
        if self.offset == 0 && self.block.starts_with(BOM) {
            self.block.drain(..BOM.len());
            self.offset = BOM.len() as u64;
        }
        if is_last && !self.block.is_empty() && !self.block.ends_with(b"\n") {
            self.block.push(b'\n');
        }
        let mut reader = Reader::new(&self.block, is_last);
        let mut names = Vec::new();
        match reader.record(&mut |field| names.push(field.text.to_vec())) {
            Outcome::Record { end, .. } => {
                let mut header = Vec::with_capacity(names.len());
                for name in names {
                    let at = || Box::new(Location::object(&*self.object).byte(self.offset));
                    header.push(String::from_utf8(name).map_err(|_| Error::Encoding { at: at() })?);
                }
                self.header = Some(header);
                self.drop_front(end);
                Ok(true)
            }
            Outcome::NeedMore => Ok(false),
            Outcome::Unterminated => {
                let at = Box::new(Location::object(&*self.object).byte(self.offset));
                Err(Error::UnterminatedQuote { at })
            }
            Outcome::End => Err(Error::Format {
                at: Box::new(Location::object(&*self.object)),
                reason: "the file is empty: it has not even a header".to_owned(),
            }),
        }
    }

    fn width(&self) -> usize {
        self.header.as_ref().map_or(0, Vec::len)
    }

    /// Cuts the whole records off the front. `None` when there is none.
    fn cut(&mut self, is_last: bool) -> Result<Option<Records>> {
        let width = self.width();
        if is_last && !self.block.ends_with(b"\n") {
            // The last record need not have a line end. One inside quotes stays unterminated, and is found below.
            self.block.push(b'\n');
        }
        let scanned = self.scan.resume(self.version, &self.block, width, &mut self.ends);
        let complete = self.scan.complete();
        if scanned.is_err() || (is_last && complete < self.block.len()) {
            return self.cut_slowly(is_last);
        }
        if complete == 0 {
            return Ok(None);
        }
        let mut rest = Vec::with_capacity(self.limits.block_bytes.max(self.block.len() - complete));
        rest.extend_from_slice(self.block.get(complete..).unwrap_or_default());
        let mut whole = std::mem::replace(&mut self.block, rest);
        whole.truncate(complete);
        let text = match String::from_utf8(whole) {
            Ok(text) => text,
            Err(error) => {
                // csv-core looks at each record.
                let mut bytes = error.into_bytes();
                bytes.append(&mut self.block);
                self.block = bytes;
                return self.cut_slowly(is_last);
            }
        };
        // The next block has about as many.
        let mut rest_ends = Vec::with_capacity(self.ends.len() + self.ends.len() / 8);
        let scan = self.scan.cut(&self.ends, &mut rest_ends);
        self.ends.truncate(self.scan.complete_ends());
        self.scan = scan;
        let ends = std::mem::replace(&mut self.ends, rest_ends);
        let rows = ends.len() / width.max(1);
        let index = Index { ends, width, rows, first_row: self.next_row, offset: self.offset, original: None };
        self.offset += complete as u64;
        self.next_row += rows as u64;
        Ok(Some(Records { text, index, refused: Vec::new(), blank_lines: 0 }))
    }

    /// Reads the block with csv-core, and writes it again in canonical form.
    fn cut_slowly(&mut self, is_last: bool) -> Result<Option<Records>> {
        let width = self.width();
        // Should no record be complete, the next scan begins anew.
        self.scan = Scan::default();
        self.ends.clear();
        let mut reader = Reader::new(&self.block, is_last);
        let mut text = String::new();
        let mut index = Index { width, first_row: self.next_row, offset: self.offset, ..Index::default() };
        let mut original = Original::default();
        let (mut refused, mut blank_lines, mut end_of_all, mut number) = (Vec::new(), 0, 0, self.next_row);
        let mut fields: Vec<(usize, Vec<u8>)> = Vec::new();
        loop {
            fields.clear();
            match reader.record(&mut |field| fields.push((field.start, field.text.to_vec()))) {
                Outcome::Record { start, end, blank } => {
                    blank_lines += blank;
                    end_of_all = end;
                    let raw = trim_line_end(self.block.get(start..end).unwrap_or_default());
                    let bad = fields.iter().position(|(_, field)| std::str::from_utf8(field).is_err());
                    let refusal = if fields.len() == width {
                        bad.map(|column| (fields[column].0, Why::Encoding { column }))
                    } else {
                        Some((start, Why::Ragged { found: fields.len(), expected: width }))
                    };
                    if let Some((at, why)) = refusal {
                        let byte = self.offset + at as u64;
                        refused.push(Refused { row: number, byte, raw: raw.to_vec(), why });
                    } else {
                        for (column, (start, field)) in fields.iter().enumerate() {
                            original.fields.push(*start as u32);
                            let field = std::str::from_utf8(field).unwrap_or_default();
                            let was_quoted = self.block.get(*start) == Some(&b'"');
                            write_field(&mut text, field, was_quoted);
                            index.ends.push(text.len() as u32);
                            text.push(if column + 1 == width { '\n' } else { ',' });
                        }
                        original.records.push((start as u32, (start + raw.len()) as u32));
                        original.numbers.push(number);
                        index.rows += 1;
                    }
                    number += 1;
                }
                Outcome::NeedMore => break,
                Outcome::End => {
                    blank_lines += reader.blank;
                    end_of_all = self.block.len();
                    break;
                }
                Outcome::Unterminated => {
                    let at = Location::object(&*self.object).row(number).byte(self.offset + reader.start as u64);
                    return Err(Error::UnterminatedQuote { at: Box::new(at) });
                }
            }
        }
        // Doubling every quote at most doubles a block.
        if end_of_all == 0 {
            return Ok(None);
        }
        original.bytes = self.block.get(..end_of_all).unwrap_or_default().to_vec();
        index.original = Some(original);
        self.next_row = number;
        self.drop_front(end_of_all);
        Ok(Some(Records { text, index, refused, blank_lines }))
    }

    /// Takes bytes off the front of the block; the scan begins anew with what comes after.
    fn drop_front(&mut self, bytes: usize) {
        self.block.drain(..bytes.min(self.block.len()));
        self.offset += bytes as u64;
        self.scan = Scan::default();
        self.ends.clear();
    }
}

fn trim_line_end(record: &[u8]) -> &[u8] {
    let record = record.strip_suffix(b"\n").unwrap_or(record);
    record.strip_suffix(b"\r").unwrap_or(record)
}

/// Writes a field so that the strict reader understands it; an empty one keeps its quotes, which tell it from a blank.
fn write_field(text: &mut String, field: &str, was_quoted: bool) {
    let must_quote = field.bytes().any(|byte| matches!(byte, b',' | b'\n' | b'\r' | b'"'));
    let keeps_quotes = field.is_empty() && was_quoted;
    if !must_quote && !keeps_quotes {
        text.push_str(field);
        return;
    }
    text.push('"');
    for (index, piece) in field.split('"').enumerate() {
        if index > 0 {
            text.push_str("\"\"");
        }
        text.push_str(piece);
    }
    text.push('"');
}

/// What a raw field holds, without its quotes.
pub(crate) enum Unquoted {
    /// The bytes stand as they are, here.
    Plain(Range<usize>),
    /// Quotes inside are doubled.
    Doubled(Range<usize>),
}

/// Takes the quotes off a field.
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
