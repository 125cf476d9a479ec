//! One pass over a block that finds where each field ends.
//!
//! In: bytes that begin at the start of a record. Out: the position of every comma and line feed outside quotes, in
//! order. All records have the same width, so field `c` of record `r` ends at `ends[r * width + c]`. The scan accepts
//! strict CSV only. It declines a block with stray quotes, ragged records, blank lines or lone carriage returns, which
//! csv-core parses instead. [`vector`] scans most of a block if the processor supports it; the scalar code here scans
//! the rest, or the whole block.

pub(crate) mod vector;

use self::vector::InstructionSet;

/// The state of a scan between two calls. Bytes can be appended in between.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scan {
    /// Number of bytes scanned.
    at: usize,
    state: ScanState,
    /// Number of complete fields of the current record.
    fields: usize,
    /// End of the last complete record, including its line end.
    complete: usize,
    /// Number of ends that belong to complete records.
    complete_ends: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ScanState {
    /// Before the first byte of a record.
    #[default]
    RecordStart,
    /// Before the first byte of a field that is not the first.
    FieldStart,
    /// In a field without quotes.
    Plain,
    /// Inside quotes.
    Quoted,
    /// After a quote inside quotes: the closing quote, or the first of a doubled one.
    QuoteInQuoted,
    /// After a carriage return outside quotes.
    Return,
}

/// Bytes that end an unquoted field or must not be in it.
const IS_SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    special[b',' as usize] = true;
    special[b'\n' as usize] = true;
    special[b'\r' as usize] = true;
    special[b'"' as usize] = true;
    special
};

/// The error for a block that is not strict CSV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NeedsSlowPath;

impl Scan {
    /// End of the last complete record.
    pub(crate) fn complete(&self) -> usize {
        self.complete
    }

    /// Number of ends that belong to complete records.
    pub(crate) fn complete_ends(&self) -> usize {
        self.complete_ends
    }

    /// Scans to the end of `bytes` and appends the positions to `ends`.
    pub(crate) fn resume(
        &mut self,
        instructions: InstructionSet,
        bytes: &[u8],
        width: usize,
        ends: &mut Vec<u32>,
    ) -> Result<(), NeedsSlowPath> {
        instructions.resume(self, bytes, width, ends)?;
        while let Some(&byte) = bytes.get(self.at) {
            self.state = match (self.state, byte) {
                // Most bytes are inside fields, so this loop skips them fast.
                (ScanState::Plain, _) => {
                    let rest = bytes.get(self.at..).unwrap_or_default();
                    let run = rest.iter().position(|&byte| IS_SPECIAL[byte as usize]);
                    self.at += run.unwrap_or(rest.len());
                    match bytes.get(self.at) {
                        None => break,
                        Some(b',') => self.field(width, ends)?,
                        Some(b'\n') => self.record(width, ends)?,
                        Some(b'\r') => ScanState::Return,
                        Some(_) => return Err(NeedsSlowPath),
                    }
                }
                (ScanState::Quoted, _) => {
                    let rest = bytes.get(self.at..).unwrap_or_default();
                    let run = rest.iter().position(|&byte| byte == b'"');
                    self.at += run.unwrap_or(rest.len());
                    if run.is_none() {
                        break;
                    }
                    ScanState::QuoteInQuoted
                }
                (ScanState::RecordStart, b'\n' | b'\r') => return Err(NeedsSlowPath),
                (ScanState::RecordStart | ScanState::FieldStart, b'"') => ScanState::Quoted,
                (ScanState::QuoteInQuoted, b'"') => ScanState::Quoted,
                (ScanState::RecordStart | ScanState::FieldStart | ScanState::QuoteInQuoted, b',') => {
                    self.field(width, ends)?
                }
                (ScanState::FieldStart | ScanState::QuoteInQuoted | ScanState::Return, b'\n') => {
                    self.record(width, ends)?
                }
                (ScanState::FieldStart | ScanState::QuoteInQuoted, b'\r') => ScanState::Return,
                (ScanState::RecordStart | ScanState::FieldStart, _) => ScanState::Plain,
                (ScanState::QuoteInQuoted | ScanState::Return, _) => return Err(NeedsSlowPath),
            };
            self.at += 1;
        }
        Ok(())
    }

    fn field(&mut self, width: usize, ends: &mut Vec<u32>) -> Result<ScanState, NeedsSlowPath> {
        self.fields += 1;
        if self.fields >= width {
            return Err(NeedsSlowPath);
        }
        ends.push(self.at as u32);
        Ok(ScanState::FieldStart)
    }

    fn record(&mut self, width: usize, ends: &mut Vec<u32>) -> Result<ScanState, NeedsSlowPath> {
        if self.fields + 1 != width {
            return Err(NeedsSlowPath);
        }
        ends.push(self.at as u32);
        self.fields = 0;
        self.complete = self.at + 1;
        self.complete_ends = ends.len();
        Ok(ScanState::RecordStart)
    }

    /// Returns the scan of the bytes after the complete records, for when those are cut off. Appends its ends to
    /// `moved`.
    pub(crate) fn cut(&self, ends: &[u32], moved: &mut Vec<u32>) -> Self {
        let rest = ends.get(self.complete_ends..).unwrap_or_default();
        moved.extend(rest.iter().map(|end| end - self.complete as u32));
        Self { at: self.at - self.complete, complete: 0, complete_ends: 0, ..*self }
    }
}
