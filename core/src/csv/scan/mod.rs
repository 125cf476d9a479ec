//! One pass over a block: where each field ends.
//!
//! In: bytes that begin at the start of a record. Out: the position of every comma and line feed outside quotes, in
//! order; with every record of the same width, field `c` of record `r` ends at `ends[r * width + c]`. Takes nothing
//! unusual: whatever strict CSV leaves open (stray quotes, ragged records, blank lines, lone carriage returns) makes
//! it decline the block, and csv-core has the last word on it. [`vector`] goes over most of a block where the processor can;
//! the scalar form here goes over the rest, and over all of it elsewhere.

pub(crate) mod vector;

use self::vector::Version;

/// Where a scan stands between two calls: more bytes may be added at the end, and it goes on from here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scan {
    /// Bytes looked at.
    at: usize,
    state: State,
    /// Fields of the record under way that are complete.
    fields: usize,
    /// Where the last complete record ends, its line end included.
    complete: usize,
    /// How many ends belong to complete records.
    complete_ends: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Before the first byte of a record.
    #[default]
    RecordStart,
    /// Before the first byte of another field.
    FieldStart,
    /// In a field without quotes.
    Plain,
    /// Inside quotes.
    Quoted,
    /// After a quote inside quotes: the end of them, or half of a doubled one.
    QuoteInQuoted,
    /// After a carriage return outside quotes.
    Return,
}

/// The bytes that a field without quotes ends at, or must not hold.
const IS_SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    special[b',' as usize] = true;
    special[b'\n' as usize] = true;
    special[b'\r' as usize] = true;
    special[b'"' as usize] = true;
    special
};

/// The block has something that strict CSV does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Declined;

impl Scan {
    /// Where the last complete record ends.
    pub(crate) fn complete(&self) -> usize {
        self.complete
    }

    /// How many ends belong to complete records.
    pub(crate) fn complete_ends(&self) -> usize {
        self.complete_ends
    }

    /// Goes on to the end of `bytes`, and adds what it finds to `ends`.
    pub(crate) fn resume(
        &mut self,
        version: Version,
        bytes: &[u8],
        width: usize,
        ends: &mut Vec<u32>,
    ) -> Result<(), Declined> {
        version.resume(self, bytes, width, ends)?;
        while let Some(&byte) = bytes.get(self.at) {
            self.state = match (self.state, byte) {
                // Most bytes lie inside fields: they are passed over in a tight loop.
                (State::Plain, _) => {
                    let rest = bytes.get(self.at..).unwrap_or_default();
                    let run = rest.iter().position(|&byte| IS_SPECIAL[byte as usize]);
                    self.at += run.unwrap_or(rest.len());
                    match bytes.get(self.at) {
                        None => break,
                        Some(b',') => self.field(width, ends)?,
                        Some(b'\n') => self.record(width, ends)?,
                        Some(b'\r') => State::Return,
                        Some(_) => return Err(Declined),
                    }
                }
                (State::Quoted, _) => {
                    let rest = bytes.get(self.at..).unwrap_or_default();
                    let run = rest.iter().position(|&byte| byte == b'"');
                    self.at += run.unwrap_or(rest.len());
                    if run.is_none() {
                        break;
                    }
                    State::QuoteInQuoted
                }
                (State::RecordStart, b'\n' | b'\r') => return Err(Declined),
                (State::RecordStart | State::FieldStart, b'"') => State::Quoted,
                (State::QuoteInQuoted, b'"') => State::Quoted,
                (State::RecordStart | State::FieldStart | State::QuoteInQuoted, b',') => self.field(width, ends)?,
                (State::FieldStart | State::QuoteInQuoted | State::Return, b'\n') => self.record(width, ends)?,
                (State::FieldStart | State::QuoteInQuoted, b'\r') => State::Return,
                (State::RecordStart | State::FieldStart, _) => State::Plain,
                (State::QuoteInQuoted | State::Return, _) => return Err(Declined),
            };
            self.at += 1;
        }
        Ok(())
    }

    fn field(&mut self, width: usize, ends: &mut Vec<u32>) -> Result<State, Declined> {
        self.fields += 1;
        if self.fields >= width {
            return Err(Declined);
        }
        ends.push(self.at as u32);
        Ok(State::FieldStart)
    }

    fn record(&mut self, width: usize, ends: &mut Vec<u32>) -> Result<State, Declined> {
        if self.fields + 1 != width {
            return Err(Declined);
        }
        ends.push(self.at as u32);
        self.fields = 0;
        self.complete = self.at + 1;
        self.complete_ends = ends.len();
        Ok(State::RecordStart)
    }

    /// The scan of what comes after the complete records, once those are cut off; `moved` gets its ends.
    pub(crate) fn cut(&self, ends: &[u32], moved: &mut Vec<u32>) -> Self {
        let rest = ends.get(self.complete_ends..).unwrap_or_default();
        moved.extend(rest.iter().map(|end| end - self.complete as u32));
        Self { at: self.at - self.complete, complete: 0, complete_ends: 0, ..*self }
    }
}
