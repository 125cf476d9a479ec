//! Blocks of records: uncompressed text with an index of its fields.
//!
//! In: the bytes of an object, pushed as they arrive. Out: [`Records`], blocks of whole records in valid UTF-8.
//! [`Limits`] bound the memory for an object of any size. Blocks that [`super::scan`] does not accept are parsed by
//! csv-core and rewritten in one canonical form, so that later stages handle one form only; the original positions are
//! kept.
//!
//! `scan`, `ends`, `room` and `block` change together: see [`Blocks::cut`], `cut_with_csv_core` and `drop_front`.

use std::collections::HashSet;
use std::sync::Arc;

use super::block::Original;
pub(crate) use super::block::{Index, Records, RejectReason, RejectedRecord, Unquoted, unquote};
use super::dialect::{BACKSLASH, as_latin, begins_oddly, escaped_by_backslash};
use super::fallback::{FallbackReader, FallbackStep};
use super::inflate::Inflate;
use super::magic;
use super::magic::Detected;
use super::scan::Scan;
use super::scan::vector::InstructionSet;
use crate::error::{Error, Location, Result};
use crate::value::content::Content;

/// Memory limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Bytes of a block. A block without a whole record grows beyond it.
    pub(crate) block_bytes: usize,
    /// Bytes of a record. The read stops at a longer one.
    pub(crate) record_bytes: usize,
    /// Columns of a header. The read stops at a wider one.
    pub(crate) columns: usize,
}

impl Default for Limits {
    fn default() -> Self {
        // The widest known reports have a tenth of these columns.
        Self { block_bytes: 1 << 18, record_bytes: 16 << 20, columns: 32_768 }
    }
}

impl Limits {
    /// Positions in a block have 32 bits.
    pub(crate) const MAX: usize = 1 << 30;
}

/// Splits the bytes of an object into blocks of records.
#[derive(Debug)]
pub(crate) struct Blocks {
    object: Arc<str>,
    limits: Limits,
    inflate: Inflate,
    /// Inflated bytes not yet returned. They begin at the start of a record.
    block: Vec<u8>,
    /// Byte of the uncompressed stream at which `block` begins.
    offset: u64,
    instructions: InstructionSet,
    scan: Scan,
    ends: Vec<u32>,
    header: Option<Vec<String>>,
    /// A column and its name, to detect repeated headers.
    lead: Option<(usize, String)>,
    /// Whether a missing line end was added to the text and no block has reported it yet.
    lacks_line_end: bool,
    /// Number of the next record.
    next_row: u64,
    finished: bool,
    /// Size up to which the block grows before it is cut.
    room: usize,
}

impl Blocks {
    pub(crate) fn new(object: Arc<str>, limits: Limits) -> Self {
        let record_bytes = limits.record_bytes.clamp(1, Limits::MAX);
        let limits = Limits { block_bytes: limits.block_bytes.clamp(1, record_bytes), record_bytes, ..limits };
        Self {
            inflate: Inflate::new(Arc::clone(&object)),
            object,
            limits,
            block: Vec::new(),
            offset: 0,
            instructions: InstructionSet::best(),
            scan: Scan::default(),
            ends: Vec::new(),
            header: None,
            lead: None,
            lacks_line_end: false,
            next_row: 1,
            finished: false,
            room: limits.block_bytes,
        }
    }

    /// Uses the given instruction set instead of the best one.
    pub(crate) fn scanned_by(self, instructions: InstructionSet) -> Self {
        Self { instructions, ..self }
    }

    /// The names of the columns, once the header is read.
    pub(crate) fn header(&self) -> Option<&[String]> {
        self.header.as_deref()
    }

    /// Consumes bytes of the object and returns their number: fewer than given once a block is full, see
    /// [`Self::next`].
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<usize> {
        self.inflate.push(bytes, &mut self.block, self.room)
    }

    /// Marks the end of the object. Blocks can still follow.
    pub(crate) fn finish(&mut self) {
        self.finished = true;
    }

    /// Length and checksum of the text. Complete after [`Self::next`] returned the last block.
    pub(crate) fn content(&self) -> Content {
        self.inflate.content()
    }

    /// Returns the next block. `None` if more bytes are needed or, after [`Self::finish`], at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Records>> {
        loop {
            // The decoder may hold bytes for which there was no room.
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
                if self.read_header(is_last).map_err(|error| self.not_packed(error))? {
                    continue;
                }
                self.grow().map_err(|error| self.not_packed(error))?;
                continue;
            }
            if self.block.is_empty() {
                // The object has a header without a line end and no records.
                return Ok(self.unended());
            }
            if let Some(records) = self.cut(is_last)? {
                self.room = self.limits.block_bytes;
                return Ok(Some(Records { lacks_line_end: std::mem::take(&mut self.lacks_line_end), ..records }));
            }
            if self.block.is_empty() {
                // The block had only blank lines.
                continue;
            }
            self.grow()?;
        }
    }

    /// An empty block that reports the missing line end of a text.
    fn unended(&mut self) -> Option<Records> {
        let lacks_line_end = std::mem::take(&mut self.lacks_line_end);
        let index = Index { width: self.width(), first_row: self.next_row, offset: self.offset, ..Index::default() };
        lacks_line_end.then(|| Records {
            text: String::new(),
            index,
            rejected: Vec::new(),
            blank_lines: 0,
            lacks_line_end,
        })
    }

    /// Lets a block without a whole record grow.
    fn grow(&mut self) -> Result<()> {
        if self.block.len() > self.limits.record_bytes {
            let at = Location::object(&*self.object).byte(self.offset);
            let at = if self.header.is_some() { at.row(self.next_row) } else { at };
            let mut reader = FallbackReader::new(&self.block, false);
            if let Some(error) = self.header.is_some().then(|| self.read_open(&mut reader, self.next_row)).flatten() {
                return Err(error);
            }
            return Err(Error::RecordTooLong { at: Box::new(at), limit: self.limits.record_bytes });
        }
        self.room = self.block.len().saturating_mul(2).min(self.limits.record_bytes + 1);
        Ok(())
    }

    /// The error for an unterminated record, if its quotes are escaped by a backslash.
    fn read_open(&self, reader: &mut FallbackReader<'_>, number: u64) -> Option<Error> {
        let mut fields = Vec::new();
        reader.record(&mut |field| {
            if fields.len() < self.width() {
                fields.push((field.start, field.end));
            }
        });
        fields.push((reader.field_start, self.block.len()));
        let raw = |&(start, end): &(usize, usize)| self.block.get(start..end).unwrap_or_default();
        let column = escaped_by_backslash(fields.iter().map(raw), false)?;
        let byte = self.offset + fields.get(column).map_or(0, |&(start, _)| start) as u64;
        let mut at = Location::object(&*self.object).row(number).byte(byte);
        if let Some(name) = self.header().and_then(|header| header.get(column)) {
            at = at.column(name);
        }
        Some(Error::Format { at: Box::new(at), reason: BACKSLASH.to_owned() })
    }

    /// Adds the line end that the last record may lack.
    fn end_line(&mut self) {
        if !self.block.is_empty() && !self.block.ends_with(b"\n") {
            self.lacks_line_end = !self.block.ends_with(b"\r");
            self.block.push(b'\n');
        }
    }

    /// Returns the error for binary data under the name of a compressed file; otherwise the given one. CSV text under
    /// such a name is read, because some programs unpack files without renaming them.
    fn not_packed(&self, error: Error) -> Error {
        const HEAD: usize = 512;
        let is_control = |byte: &u8| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r');
        let is_vague = match &error {
            Error::Encoding { .. } | Error::UnterminatedQuote { .. } | Error::RecordTooLong { .. } => true,
            Error::Format { reason, .. } => reason == magic::BINARY,
            _ => false,
        };
        let ends_in = |ending: &str| {
            let start = self.object.len().checked_sub(ending.len());
            start.and_then(|start| self.object.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case(ending))
        };
        let packed = [(".gz", "gzip"), (".zip", "zip")].into_iter().find(|(ending, _)| ends_in(ending));
        let Some((ending, format)) = packed else { return error };
        if !is_vague || !self.inflate.is_plain() || !self.block.iter().take(HEAD).any(is_control) {
            return error;
        }
        let reason = format!(
            "its name ends in `{ending}`, but its bytes are not {format} and not CSV text: copy the file again"
        );
        Error::Compression { at: Box::new(Location::object(&*self.object)), reason }
    }

    /// Reads the header and removes it from the block. Returns false if it is not complete.
    fn read_header(&mut self, is_last: bool) -> Result<bool> {
        let here = || Location::object(&*self.object);
        match magic::detect(&self.block, is_last) {
            Detected::Text => {}
            Detected::Undecided => return Ok(false),
            Detected::Other(reason) => {
                return Err(Error::Format { at: Box::new(here()), reason: reason.to_owned() });
            }
        }
        if is_last {
            self.end_line();
        }
        let here = || Location::object(&*self.object);
        let most = self.limits.columns;
        let mut reader = FallbackReader::new(&self.block, is_last);
        let (mut names, mut found) = (Vec::new(), 0);
        let outcome = reader.record(&mut |field| {
            found += 1;
            if found <= most {
                names.push((field.start, field.end, field.text.to_vec()));
            }
        });
        if found > most {
            let reason = format!(
                "the header has more than {most} columns, which no known report has: check that the file is a Cost and Usage \
                 Report, or raise the option `max_columns`"
            );
            return Err(Error::Format { at: Box::new(here()), reason });
        }
        match outcome {
            FallbackStep::Record { end, .. } => {
                let mut header = Vec::with_capacity(names.len());
                for (index, (start, field_end, name)) in names.into_iter().enumerate() {
                    header.push(String::from_utf8(name).map_err(|error| {
                        let raw = self.block.get(start..field_end).unwrap_or_default();
                        let valid = std::str::from_utf8(raw).map_or_else(|error| error.valid_up_to(), str::len);
                        let name = format!("column {} of the header, `{}`", index + 1, as_latin(error.as_bytes()));
                        let at = here().byte(self.offset + (start + valid) as u64).column(name);
                        Error::Encoding { at: Box::new(at) }
                    })?);
                }
                let is_plain = |name: &str| !name.is_empty() && !name.contains(['"', ',', '\n', '\r']);
                self.lead =
                    header.iter().position(|name| is_plain(name)).map(|column| (column, header[column].clone()));
                self.header = Some(header);
                self.drop_front(end);
                Ok(true)
            }
            FallbackStep::NeedMore => Ok(false),
            FallbackStep::Unterminated => Err(Error::UnterminatedQuote { at: Box::new(here().byte(self.offset)) }),
            FallbackStep::End => {
                Err(Error::Format { at: Box::new(here()), reason: "the file is empty: it has no header".to_owned() })
            }
        }
    }

    fn width(&self) -> usize {
        self.header.as_ref().map_or(0, Vec::len)
    }

    /// Removes the complete records from the front of the block. `None` if no record is complete.
    fn cut(&mut self, is_last: bool) -> Result<Option<Records>> {
        let width = self.width();
        if is_last {
            // If the added line end is inside quotes, they stay open, which `cut_with_csv_core` reports.
            self.end_line();
        }
        let scanned = self.scan.resume(self.instructions, &self.block, width, &mut self.ends);
        let complete = self.scan.complete();
        if scanned.is_err() || (is_last && complete < self.block.len()) {
            return self.cut_with_csv_core(is_last);
        }
        if complete == 0 {
            return Ok(None);
        }
        let mut rest = Vec::with_capacity(self.limits.block_bytes.max(self.block.len() - complete));
        rest.extend_from_slice(self.block.get(complete..).unwrap_or_default());
        let mut whole = std::mem::replace(&mut self.block, rest);
        whole.truncate(complete);
        let ends = self.ends.get(..self.scan.complete_ends()).unwrap_or_default();
        let text = match String::from_utf8(whole) {
            Ok(text) if !begins_oddly(text.as_bytes(), ends, width, self.lead.as_ref()) => text,
            unusual => {
                // csv-core checks each record.
                let mut bytes = unusual.map_or_else(|error| error.into_bytes(), String::into_bytes);
                bytes.append(&mut self.block);
                self.block = bytes;
                return self.cut_with_csv_core(is_last);
            }
        };
        // The next block will have about as many fields.
        let mut rest_ends = Vec::with_capacity(self.ends.len() + self.ends.len() / 8);
        let scan = self.scan.cut(&self.ends, &mut rest_ends);
        self.ends.truncate(self.scan.complete_ends());
        self.scan = scan;
        let ends = std::mem::replace(&mut self.ends, rest_ends);
        let rows = ends.len() / width.max(1);
        let index = Index { ends, width, rows, first_row: self.next_row, offset: self.offset, original: None };
        self.offset += complete as u64;
        self.next_row += rows as u64;
        Ok(Some(Records { text, index, rejected: Vec::new(), blank_lines: 0, lacks_line_end: false }))
    }

    /// Parses the block with csv-core and rewrites it in canonical form.
    fn cut_with_csv_core(&mut self, is_last: bool) -> Result<Option<Records>> {
        let width = self.width();
        // If no record is complete, the next scan starts from the beginning.
        self.scan = Scan::default();
        self.ends.clear();
        let mut reader = FallbackReader::new(&self.block, is_last);
        let mut text = String::new();
        let mut index = Index { width, first_row: self.next_row, offset: self.offset, ..Index::default() };
        let mut original = Original::default();
        let (mut rejected, mut blank_lines, mut end_of_all, mut number) = (Vec::new(), 0, 0, self.next_row);
        let mut fields: Vec<(usize, usize, Vec<u8>)> = Vec::new();
        let mut names = None;
        loop {
            fields.clear();
            let mut found = 0;
            let outcome = reader.record(&mut |field| {
                found += 1;
                // Surplus fields are only counted.
                if found <= width {
                    fields.push((field.start, field.end, field.text.to_vec()));
                }
            });
            match outcome {
                FallbackStep::Record { start, end, blank } => {
                    blank_lines += blank;
                    end_of_all = end;
                    let raw = trim_line_end(self.block.get(start..end).unwrap_or_default());
                    let bad = fields.iter().position(|(.., field)| std::str::from_utf8(field).is_err());
                    let escaped = if raw.windows(2).any(|pair| pair == b"\\\"") {
                        let bounds =
                            fields.iter().map(|&(start, end, _)| self.block.get(start..end).unwrap_or_default());
                        // The surplus fields of a ragged record count as one field.
                        let more = fields.last().map_or(start, |&(_, end, _)| end + 1);
                        let more = (found > width).then(|| self.block.get(more..start + raw.len()).unwrap_or_default());
                        escaped_by_backslash(bounds.chain(more), found != width)
                    } else {
                        None
                    };
                    let rejection = if let Some(column) = escaped {
                        Some((fields.get(column).map_or(start, |field| field.0), RejectReason::Backslash { column }))
                    } else if self.is_header(&fields, &mut names) {
                        Some((start, RejectReason::Repeated))
                    } else if found == width {
                        bad.map(|column| (fields[column].0, RejectReason::Encoding { column }))
                    } else {
                        let is_cut = self.lacks_line_end && found < width && end == self.block.len();
                        Some((start, RejectReason::Ragged { found, expected: width, is_cut }))
                    };
                    if let Some((at, why)) = rejection {
                        let byte = self.offset + at as u64;
                        rejected.push(RejectedRecord { row: number, byte, raw: raw.to_vec(), why });
                    } else {
                        for (column, (start, _, field)) in fields.iter().enumerate() {
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
                FallbackStep::NeedMore => break,
                FallbackStep::End => {
                    blank_lines += reader.blank;
                    end_of_all = self.block.len();
                    break;
                }
                FallbackStep::Unterminated => {
                    let start = reader.start;
                    let mut again = FallbackReader::new(&self.block, is_last).from(start);
                    let at = Location::object(&*self.object).row(number).byte(self.offset + start as u64);
                    let error = self.read_open(&mut again, number);
                    return Err(error.unwrap_or(Error::UnterminatedQuote { at: Box::new(at) }));
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
        Ok(Some(Records { text, index, rejected, blank_lines, lacks_line_end: false }))
    }

    /// Returns whether a record repeats the header: the column `lead` holds its own name, and more than half of the
    /// fields are names of columns. Concatenated files may have different columns.
    fn is_header<'a>(&'a self, fields: &[(usize, usize, Vec<u8>)], names: &mut Option<HashSet<&'a [u8]>>) -> bool {
        let Some((column, name)) = &self.lead else { return false };
        if fields.get(*column).is_none_or(|(.., field)| field != name.as_bytes()) {
            return false;
        }
        let names =
            names.get_or_insert_with(|| self.header().unwrap_or_default().iter().map(|name| name.as_bytes()).collect());
        2 * fields.iter().filter(|(.., field)| names.contains(field.as_slice())).count() > fields.len()
    }

    /// Removes bytes from the front of the block. The next scan starts from the beginning.
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

/// Writes a field in the form that the scan accepts. An empty field keeps its quotes, which distinguish it from a blank
/// one.
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
