//! One record after the other, by csv-core: for what the scan declines.

use super::dialect::BOM;

/// A field as csv-core reads it.
pub(super) struct Field<'a> {
    /// Where it begins, its quote included.
    pub(super) start: usize,
    /// Where the comma or line end behind it begins.
    pub(super) end: usize,
    pub(super) text: &'a [u8],
}

pub(super) enum Outcome {
    /// A record from `start` to `end`, its line end included, and blank lines before it.
    Record { start: usize, end: usize, blank: u64 },
    /// The record is not complete.
    NeedMore,
    /// Nothing is left.
    End,
    /// The bytes end inside quotes.
    Unterminated,
}

/// csv-core over a block, field by field, so that the place of each is known.
pub(super) struct Reader<'a> {
    core: csv_core::Reader,
    block: &'a [u8],
    at: usize,
    is_last: bool,
    /// Where the record under way begins.
    pub(super) start: usize,
    /// Where the field under way begins.
    pub(super) field_start: usize,
    /// Blank lines since the last record.
    pub(super) blank: u64,
    field: Vec<u8>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(block: &'a [u8], is_last: bool) -> Self {
        let mut core = csv_core::Reader::new();
        let mut field = vec![0; 1 << 12];
        // csv-core drops a byte order mark from what it is fed first; here that is a line end, which it skips.
        core.read_field(b"\n", &mut field);
        Self { core, block, at: 0, is_last, start: 0, field_start: 0, blank: 0, field }
    }

    /// The same from a later record on.
    pub(super) fn from(self, start: usize) -> Self {
        Self { at: start, ..self }
    }

    /// Passes over the line ends before a record: csv-core skips blank lines, but does not count them. Byte order marks go
    /// with them: files that were joined have one where each of them began.
    fn skip_blank_lines(&mut self) {
        while let Some(byte) = self.block.get(self.at) {
            match byte {
                0xEF if self.block.get(self.at..).is_some_and(|rest| rest.starts_with(BOM)) => {
                    self.at += BOM.len();
                    continue;
                }
                b'\n' => self.at += 1,
                b'\r' if self.block.get(self.at + 1) == Some(&b'\n') => self.at += 2,
                b'\r' => self.at += 1,
                _ => break,
            }
            self.blank += 1;
        }
    }

    pub(super) fn record(&mut self, field: &mut dyn FnMut(Field<'_>)) -> Outcome {
        use csv_core::ReadFieldResult as Read;
        self.skip_blank_lines();
        self.start = self.at;
        if self.at >= self.block.len() {
            return if self.is_last { Outcome::End } else { Outcome::NeedMore };
        }
        self.field_start = self.at;
        let mut filled = 0;
        loop {
            let rest = self.block.get(self.at..).unwrap_or_default();
            if rest.is_empty() && !self.is_last {
                // Nothing to read would mean the end to csv-core.
                return Outcome::NeedMore;
            }
            let (result, read, written) = self.core.read_field(rest, &mut self.field[filled..]);
            self.at += read;
            filled += written;
            match result {
                Read::OutputFull => {
                    let longer = self.field.len() * 2;
                    self.field.resize(longer, 0);
                }
                Read::InputEmpty if !self.is_last => return Outcome::NeedMore,
                // The last block ends with a line end, so only quotes can keep the record open.
                Read::InputEmpty => return Outcome::Unterminated,
                Read::Field { record_end } => {
                    // What ends it is one byte.
                    field(Field { start: self.field_start, end: self.at - 1, text: &self.field[..filled] });
                    filled = 0;
                    self.field_start = self.at;
                    if record_end {
                        // A carriage return ends a record; a line feed behind it, which may yet come, belongs to it.
                        if self.block.get(self.at.wrapping_sub(1)) == Some(&b'\r') {
                            match self.block.get(self.at) {
                                Some(b'\n') => self.at += 1,
                                None if !self.is_last => return Outcome::NeedMore,
                                _ => {}
                            }
                        }
                        let blank = std::mem::take(&mut self.blank);
                        return Outcome::Record { start: self.start, end: self.at, blank };
                    }
                }
                Read::End => return Outcome::End,
            }
        }
    }
}
