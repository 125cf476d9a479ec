//! Text: an inflated block whose UTF-8 was checked once, and spans into it.
//!
//! In: the block that `csv/records.rs` checked as a whole. Out: `&str` without a second check of its bytes; only the
//! two edges of a span are looked at, which keeps this file free of unsafe code.

/// A piece of an [`Arena`], or nothing: a blank cell, an absent column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    len: u32,
}

impl Span {
    /// No cell. A span of length 0 is a cell that holds an empty text.
    pub(crate) const ABSENT: Self = Self { start: u32::MAX, len: 0 };

    /// Whether there is no cell.
    pub(crate) const fn is_absent(self) -> bool {
        self.start == u32::MAX
    }
}

/// The text of a block; grows at its end while cells with escapes are resolved.
#[derive(Debug, Default)]
pub(crate) struct Arena {
    text: String,
}

impl Arena {
    /// The arena of a block.
    pub(crate) fn new(text: String) -> Self {
        Self { text }
    }

    /// The bytes from `start` to `end` of the block.
    pub(crate) fn span(&self, start: usize, end: usize) -> Span {
        debug_assert!(self.text.get(start..end).is_some(), "{start}..{end} does not lie on characters of the block");
        // Blocks and what is added to them stay below 4 GiB: a block cannot pass the limit of a record, see `push`.
        Span { start: start as u32, len: end.saturating_sub(start) as u32 }
    }

    /// Adds a text, and says where it lies; `None` once 4 GiB are full.
    pub(crate) fn push(&mut self, text: &str) -> Option<Span> {
        let start = self.text.len();
        if start.checked_add(text.len())? >= u32::MAX as usize {
            return None;
        }
        self.text.push_str(text);
        Some(self.span(start, self.text.len()))
    }

    /// The text of a span; an absent one is empty.
    #[inline]
    pub(crate) fn get(&self, span: Span) -> &str {
        let start = span.start as usize;
        self.text.get(start..start + span.len as usize).unwrap_or_default()
    }

    /// The whole block, with what was added.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }
}
