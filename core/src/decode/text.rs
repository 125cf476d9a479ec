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

    /// Bytes of a block.
    pub(crate) fn of(range: std::ops::Range<usize>) -> Self {
        // A block cannot pass the limit of a record, which fits.
        Self { start: range.start as u32, len: range.len() as u32 }
    }

    /// Whether there is no text in it.
    pub(crate) const fn is_blank(self) -> bool {
        self.len == 0
    }

    /// Whether there is no cell.
    pub(crate) const fn is_absent(self) -> bool {
        self.start == u32::MAX
    }
}

/// Text that does not stand in the block as it is: cells with doubled quotes, keys and values of maps.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    base: usize,
    text: String,
}

impl Tail {
    /// The tail of a block of so many bytes.
    pub(crate) fn behind(block: usize) -> Self {
        Self { base: block, text: String::new() }
    }

    /// Adds a text, and says where it lies; `None` once block and tail have 4 GiB.
    pub(crate) fn push(&mut self, text: &str) -> Option<Span> {
        let start = self.base + self.text.len();
        if start.checked_add(text.len())? >= u32::MAX as usize {
            return None;
        }
        self.text.push_str(text);
        Some(Span { start: start as u32, len: text.len() as u32 })
    }

    /// Bytes that were added.
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    /// Takes all that was added away again.
    pub(crate) fn clear(&mut self) {
        self.text.clear();
    }

    /// A text that was added.
    #[inline]
    pub(crate) fn get(&self, span: Span) -> &str {
        let Some(start) = (span.start as usize).checked_sub(self.base) else { return "" };
        self.text.get(start..start + span.len as usize).unwrap_or_default()
    }

    /// The bytes of a span of the block, or of one that was added.
    pub(crate) fn get_in<'a>(&'a self, block: &'a [u8], span: Span) -> &'a [u8] {
        let start = span.start as usize;
        if start < self.base {
            block.get(start..start + span.len as usize).unwrap_or_default()
        } else {
            self.get(span).as_bytes()
        }
    }
}

/// The text of a block and what was added to it.
#[derive(Debug, Default)]
pub(crate) struct Arena {
    block: String,
    tail: Tail,
}

impl Arena {
    /// A block with its tail.
    pub(crate) fn new(block: String, tail: Tail) -> Self {
        debug_assert_eq!(block.len(), tail.base);
        Self { block, tail }
    }

    /// The text of a span; an absent one is empty.
    #[inline]
    pub(crate) fn get(&self, span: Span) -> &str {
        let start = span.start as usize;
        if start < self.block.len() {
            self.block.get(start..start + span.len as usize).unwrap_or_default()
        } else {
            self.tail.get(span)
        }
    }

    /// The block alone.
    pub(crate) fn block(&self) -> &[u8] {
        self.block.as_bytes()
    }
}
