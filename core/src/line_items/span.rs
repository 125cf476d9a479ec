//! An inflated block whose UTF-8 was checked once, and spans into it.
//!
//! In: the block that `csv/records.rs` checked as a whole. Out: `&str` without a second check of its bytes.
#![allow(unsafe_code)]

use arrow::buffer::Buffer;

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
    #[inline]
    pub(crate) fn of(range: std::ops::Range<usize>) -> Self {
        // A block cannot pass the limit of a record, which fits.
        Self { start: range.start as u32, len: range.len() as u32 }
    }

    /// The same text, when what it lies in begins later.
    #[inline]
    pub(crate) fn moved(self, by: usize) -> Self {
        if self.is_absent() { self } else { Self { start: self.start + by as u32, ..self } }
    }

    /// Where it begins.
    #[inline]
    pub(crate) const fn start(self) -> usize {
        self.start as usize
    }

    /// Bytes of it.
    #[inline]
    pub(crate) const fn len(self) -> usize {
        self.len as usize
    }

    /// Whether there is no text in it.
    #[inline]
    pub(crate) const fn is_blank(self) -> bool {
        self.len == 0
    }

    /// Whether there is no cell.
    #[inline]
    pub(crate) const fn is_absent(self) -> bool {
        self.start == u32::MAX
    }
}

/// Text that does not stand in the block as it is: cells with doubled quotes, keys and values of maps.
#[derive(Clone, Debug, Default)]
pub(crate) struct SideText {
    base: usize,
    text: String,
}

impl SideText {
    /// The tail of a block of so many bytes.
    pub(crate) fn behind(block: usize) -> Self {
        Self { base: block, text: String::new() }
    }

    /// Adds a text, and says where it lies; `None` once block and tail have 4 GiB.
    #[inline]
    pub(crate) fn push(&mut self, text: &str) -> Option<Span> {
        let start = self.base + self.text.len();
        if start.checked_add(text.len())? >= u32::MAX as usize {
            return None;
        }
        self.text.push_str(text);
        Some(Span { start: start as u32, len: text.len() as u32 })
    }

    /// Adds all texts of another that begins at 0, and says by how much they move.
    pub(crate) fn append(&mut self, other: &Self) -> usize {
        let start = self.base + self.text.len();
        self.text.push_str(&other.text);
        start
    }

    /// All that was added.
    #[inline]
    pub(crate) fn as_str(&self) -> &str {
        &self.text
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

/// The text of a block and what was added to it.
#[derive(Debug)]
pub(crate) struct Arena {
    /// The bytes of a `String`: valid UTF-8, which arrays can share.
    block: Buffer,
    tail: SideText,
}

impl Arena {
    /// A block with its tail.
    pub(crate) fn new(block: String, tail: SideText) -> Self {
        debug_assert_eq!(block.len(), tail.base);
        Self { block: Buffer::from_vec(block.into_bytes()), tail }
    }

    /// The text of a span; an absent one is empty.
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
        // SAFETY: the bytes are those of the `String` that the arena was made of, and buffers do not change.
        unsafe { std::str::from_utf8_unchecked(&self.block) }
    }

    /// The block alone: UTF-8.
    #[inline]
    pub(crate) fn block(&self) -> &Buffer {
        &self.block
    }
}
