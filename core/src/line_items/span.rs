//! A block whose UTF-8 was checked once, and spans into it.
//!
//! In: the block that `csv/records.rs` checked as a whole. Out: `&str` without a second check.
#![allow(unsafe_code)]

use arrow::buffer::Buffer;

/// A range of an [`Arena`], or absent (a blank cell, a missing column).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    len: u32,
}

impl Span {
    /// No cell. A span of length 0 is a cell with an empty text.
    pub(crate) const ABSENT: Self = Self { start: u32::MAX, len: 0 };

    /// Creates a span of a range of the block.
    #[inline]
    pub(crate) fn of(range: std::ops::Range<usize>) -> Self {
        // A block has at most [`Limits::MAX`](crate::csv::records::Limits::MAX) bytes, which fits.
        Self { start: range.start as u32, len: range.len() as u32 }
    }

    /// Returns the span for the same text after the text before it grew by `by` bytes.
    #[inline]
    pub(crate) fn moved(self, by: usize) -> Self {
        if self.is_absent() { self } else { Self { start: self.start + by as u32, ..self } }
    }

    /// Returns the start.
    #[inline]
    pub(crate) const fn start(self) -> usize {
        self.start as usize
    }

    /// Returns the length in bytes.
    #[inline]
    pub(crate) const fn len(self) -> usize {
        self.len as usize
    }

    /// Returns whether the text is empty or absent.
    #[inline]
    pub(crate) const fn is_blank(self) -> bool {
        self.len == 0
    }

    /// Returns whether there is no cell.
    #[inline]
    pub(crate) const fn is_absent(self) -> bool {
        self.start == u32::MAX
    }
}

/// Text that is not in the block as it is: cells with doubled quotes, keys and values of maps.
#[derive(Clone, Debug, Default)]
pub(crate) struct SideText {
    base: usize,
    text: String,
}

impl SideText {
    /// Creates the side text of a block of `block` bytes. Spans continue after the end of the block.
    pub(crate) fn behind(block: usize) -> Self {
        Self { base: block, text: String::new() }
    }

    /// Appends a text and returns its span. `None` if block and side text would exceed 4 GiB.
    #[inline]
    pub(crate) fn push(&mut self, text: &str) -> Option<Span> {
        let start = self.base + self.text.len();
        if start.checked_add(text.len())? >= u32::MAX as usize {
            return None;
        }
        self.text.push_str(text);
        Some(Span { start: start as u32, len: text.len() as u32 })
    }

    /// Appends all texts of another side text that begins at 0. Returns by how much their spans move.
    pub(crate) fn append(&mut self, other: &Self) -> usize {
        let start = self.base + self.text.len();
        self.text.push_str(&other.text);
        start
    }

    /// Returns all added text.
    #[inline]
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Removes all texts.
    pub(crate) fn clear(&mut self) {
        self.text.clear();
    }

    /// Returns the text of a span.
    #[inline]
    pub(crate) fn get(&self, span: Span) -> &str {
        let Some(start) = (span.start as usize).checked_sub(self.base) else { return "" };
        self.text.get(start..start + span.len as usize).unwrap_or_default()
    }

    /// Returns the bytes of a span of the block or the side text.
    #[inline]
    pub(crate) fn get_in<'a>(&'a self, block: &'a [u8], span: Span) -> &'a [u8] {
        let start = span.start as usize;
        if start < self.base {
            block.get(start..start + span.len as usize).unwrap_or_default()
        } else {
            self.get(span).as_bytes()
        }
    }
}

/// A block and its side text.
#[derive(Debug)]
pub(crate) struct Arena {
    /// The bytes of a `String`: valid UTF-8, shared with arrays.
    block: Buffer,
    tail: SideText,
}

impl Arena {
    /// Creates an arena.
    pub(crate) fn new(block: String, tail: SideText) -> Self {
        debug_assert_eq!(block.len(), tail.base);
        Self { block: Buffer::from_vec(block.into_bytes()), tail }
    }

    /// Returns the text of a span. An absent one is empty.
    #[inline]
    pub(crate) fn get(&self, span: Span) -> &str {
        let start = span.start as usize;
        if start < self.block.len() {
            self.text().get(start..start + span.len as usize).unwrap_or_default()
        } else {
            self.tail.get(span)
        }
    }

    #[inline]
    fn text(&self) -> &str {
        // SAFETY: the bytes come from a `String`, and buffers are immutable.
        unsafe { std::str::from_utf8_unchecked(&self.block) }
    }

    /// Returns the block. Its bytes are UTF-8.
    #[inline]
    pub(crate) fn block(&self) -> &Buffer {
        &self.block
    }
}
