//! A slower parser for records that [`super::scan`] does not accept, based on csv-core.

use super::dialect::BOM;

/// A field as parsed by csv-core.
pub(super) struct Field<'a> {
    /// Position of its first byte, including its quote.
    pub(super) start: usize,
    /// Position of the comma or line end after it.
    pub(super) end: usize,
    pub(super) text: &'a [u8],
}

pub(super) enum FallbackStep {
    /// A record from `start` to `end`, including its line end, and the number of blank lines before it.
    Record { start: usize, end: usize, blank: u64 },
    /// The record is not complete.
    NeedMore,
    /// No bytes are left.
    End,
    /// The input ends inside quotes.
    Unterminated,
}

/// Runs csv-core over a block field by field, so that the position of each field is known.
pub(super) struct FallbackReader<'a> {
    core: csv_core::Reader,
    block: &'a [u8],
    at: usize,
    is_last: bool,
    /// Position at which the current record begins.
    pub(super) start: usize,
    /// Position at which the current field begins.
    pub(super) field_start: usize,
    /// Blank lines since the last record.
    pub(super) blank: u64,
    field: Vec<u8>,
}

impl<'a> FallbackReader<'a> {
    pub(super) fn new(block: &'a [u8], is_last: bool) -> Self {
        let mut core = csv_core::Reader::new();
        let mut field = vec![0; 1 << 12];
        // csv-core drops a byte order mark at the start of its input. This line end, which it skips, is the start.
        core.read_field(b"\n", &mut field);
        Self { core, block, at: 0, is_last, start: 0, field_start: 0, blank: 0, field }
    }

    /// Continues from a later record.
    pub(super) fn from(self, start: usize) -> Self {
        Self { at: start, ..self }
    }

    /// Skips line ends before a record: csv-core skips blank lines but does not count them. Also skips byte order
    /// marks, which files that were concatenated have in the middle.
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

    pub(super) fn record(&mut self, field: &mut dyn FnMut(Field<'_>)) -> FallbackStep {
        use csv_core::ReadFieldResult as Read;
        self.skip_blank_lines();
        self.start = self.at;
        if self.at >= self.block.len() {
            return if self.is_last { FallbackStep::End } else { FallbackStep::NeedMore };
        }
        self.field_start = self.at;
        let mut filled = 0;
        loop {
            let rest = self.block.get(self.at..).unwrap_or_default();
            if rest.is_empty() && !self.is_last {
                // csv-core treats empty input as the end.
                return FallbackStep::NeedMore;
            }
            let (result, read, written) = self.core.read_field(rest, &mut self.field[filled..]);
            self.at += read;
            filled += written;
            match result {
                Read::OutputFull => {
                    let longer = self.field.len() * 2;
                    self.field.resize(longer, 0);
                }
                Read::InputEmpty if !self.is_last => return FallbackStep::NeedMore,
                // The last block ends with a line end, so the record can only be open because of quotes.
                Read::InputEmpty => return FallbackStep::Unterminated,
                Read::Field { record_end } => {
                    // The delimiter is one byte.
                    field(Field { start: self.field_start, end: self.at - 1, text: &self.field[..filled] });
                    filled = 0;
                    self.field_start = self.at;
                    if record_end {
                        // A CR ends a record. An LF after it, which can be in the next input, belongs to it.
                        if self.block.get(self.at.wrapping_sub(1)) == Some(&b'\r') {
                            match self.block.get(self.at) {
                                Some(b'\n') => self.at += 1,
                                None if !self.is_last => return FallbackStep::NeedMore,
                                _ => {}
                            }
                        }
                        let blank = std::mem::take(&mut self.blank);
                        return FallbackStep::Record { start: self.start, end: self.at, blank };
                    }
                }
                Read::End => return FallbackStep::End,
            }
        }
    }
}
