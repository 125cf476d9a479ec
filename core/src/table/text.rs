//! Text columns in three encodings.
//!
//! In: texts of a block whose UTF-8 was checked once, see `line_items/span.rs`. Out: Arrow arrays, created without a
//! second check, which would cost more than the copy.
#![allow(unsafe_code)]

use std::hash::BuildHasher;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, Int32Array, Int32DictionaryArray, NullBufferBuilder, StringArray, StringViewArray, make_view,
};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::line_items::span::{Arena, SideText, Span};
use crate::schema::encoding::TextEncoding;

/// The number of no text.
pub(crate) const NO_TEXT: u32 = u32::MAX;

/// Bytes that may be reserved for shared texts as if each were as long as the longest. With more, their lengths are added up.
const AMPLE: usize = 1 << 20;

/// Texts shared by many rows, by number.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    spans: Vec<Span>,
    /// Bytes of the longest text.
    longest: usize,
    has_absent: bool,
    /// Whether any two numbers have different texts. Many columns have one text in a whole report.
    differs: bool,
}

impl Shared {
    /// Adds the text of the next number.
    pub(crate) fn push(&mut self, tail: &mut SideText, text: Option<&str>) {
        let known = self.spans.first().map(|&first| (!first.is_absent()).then(|| tail.get(first)));
        self.differs |= known.is_some_and(|known| known != text);
        let span = match (known, self.spans.first()) {
            // One copy is enough.
            (Some(known), Some(&first)) if known == text => first,
            _ => text.and_then(|text| tail.push(text)).unwrap_or(Span::ABSENT),
        };
        self.add(span);
    }

    fn add(&mut self, span: Span) {
        self.has_absent |= span.is_absent();
        self.longest = self.longest.max(span.len());
        self.spans.push(span);
    }

    /// Returns the text of all numbers, if it is one.
    fn only(&self) -> Option<Span> {
        self.spans.first().copied().filter(|_| !self.differs)
    }

    fn span(&self, number: u32) -> Span {
        self.spans.get(number as usize).copied().unwrap_or(Span::ABSENT)
    }

    /// Returns the text of a number.
    pub(crate) fn get<'t>(&self, tail: &'t SideText, number: u32) -> Option<&'t str> {
        Some(self.span(number)).filter(|span| !span.is_absent()).map(|span| tail.get(span))
    }

    /// Returns whether there are no texts.
    pub(crate) fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Removes all texts.
    pub(crate) fn clear(&mut self) {
        self.spans.clear();
        (self.longest, self.has_absent, self.differs) = (0, false, false);
    }
}

/// A text column being built.
#[derive(Debug)]
pub(crate) enum Texts {
    Utf8(Plain),
    Dictionary(Dictionary),
    View(Views),
}

impl Texts {
    /// Creates an empty column with a capacity of `rows` texts.
    pub(crate) fn new(text: TextEncoding, rows: usize) -> Self {
        match text {
            TextEncoding::Utf8 => Self::Utf8(Plain::new(rows)),
            TextEncoding::Dictionary => Self::Dictionary(Dictionary::new(rows)),
            TextEncoding::View => Self::View(Views::new(rows)),
        }
    }

    /// Sets the block that may contain the next texts: views of these texts need no copy.
    pub(crate) fn attach(&mut self, arena: &Arena) {
        if let Self::View(views) = self {
            views.attach(arena);
        }
    }

    /// Appends a text, or null.
    #[inline]
    pub(crate) fn push(&mut self, text: Option<&str>) {
        match self {
            Self::Utf8(plain) => plain.push(text),
            Self::Dictionary(dictionary) => dictionary.push(text),
            Self::View(views) => views.push(text),
        }
    }

    /// Appends a text, or null. Rows with the same `hint` often have the same text.
    #[inline]
    pub(crate) fn push_hinted(&mut self, text: Option<&str>, hint: u32) {
        match self {
            Self::Dictionary(dictionary) => dictionary.push_hinted(text, hint),
            _ => self.push(text),
        }
    }

    /// Appends shared texts by number. Each number has a text or is known to have none.
    pub(crate) fn gather(&mut self, shared: &Shared, tail: &SideText, numbers: &[u32]) {
        match (self, shared.only()) {
            (Self::Utf8(plain), Some(only)) => plain.repeat(only, tail, numbers.len()),
            (Self::Utf8(plain), None) if shared.has_absent || numbers.len() * shared.longest > AMPLE => {
                plain.gather_spans(shared, tail, numbers);
            }
            (Self::Utf8(plain), None) => plain.gather_all(shared, tail, numbers),
            (Self::Dictionary(dictionary), Some(_)) => dictionary.repeat(shared, tail, numbers.len()),
            (Self::Dictionary(dictionary), None) => dictionary.gather(shared, tail, numbers),
            (Self::View(views), Some(_)) => views.repeat(shared, tail, numbers.len()),
            (Self::View(views), None) => views.gather(shared, tail, numbers),
        }
    }

    /// Appends shared texts by number; null for [`NO_TEXT`].
    pub(crate) fn gather_some(&mut self, shared: &Shared, tail: &SideText, numbers: &[u32]) {
        match self {
            Self::Utf8(plain) => plain.gather_spans(shared, tail, numbers),
            Self::Dictionary(dictionary) => dictionary.gather(shared, tail, numbers),
            Self::View(views) => views.gather(shared, tail, numbers),
        }
    }

    /// Invalidates the numbers of shared texts. Must be called before the numbers are reused.
    pub(crate) fn forget_numbers(&mut self) {
        match self {
            Self::Utf8(_) => {}
            Self::Dictionary(dictionary) => dictionary.numbers.clear(),
            Self::View(views) => views.forget_shared(),
        }
    }

    /// Bytes of text in the column's own buffer.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Utf8(plain) => plain.bytes.len(),
            Self::Dictionary(dictionary) => dictionary.values.bytes.len(),
            Self::View(views) => views.own.len().max(views.fresh.len()),
        }
    }

    /// Returns the array and leaves an empty column.
    pub(crate) fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Utf8(plain) => Arc::new(plain.finish()),
            Self::Dictionary(dictionary) => dictionary.finish(),
            Self::View(views) => views.finish(),
        }
    }
}

/// A column of `Utf8`.
#[derive(Debug)]
pub(crate) struct Plain {
    bytes: Vec<u8>,
    offsets: Vec<i32>,
    nulls: NullBufferBuilder,
    rows: usize,
}

impl Plain {
    pub(crate) fn new(rows: usize) -> Self {
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        Self { bytes: Vec::new(), offsets, nulls: NullBufferBuilder::new(rows), rows }
    }

    /// Appends a text, or null.
    #[inline]
    pub(crate) fn push(&mut self, text: Option<&str>) {
        match text {
            Some(text) => {
                self.bytes.extend_from_slice(text.as_bytes());
                self.nulls.append_non_null();
            }
            None => self.nulls.append_null(),
        }
        self.offsets.push(offset(self.bytes.len()));
    }

    fn gather_spans(&mut self, shared: &Shared, tail: &SideText, numbers: &[u32]) {
        self.gather(numbers.iter().map(|&number| shared.span(number)), tail);
    }

    /// Appends the same text, or null, to several rows.
    fn repeat(&mut self, span: Span, tail: &SideText, rows: usize) {
        let (start, len) = (self.bytes.len(), span.len());
        offset(start + rows * len);
        self.offsets.extend((1..=rows).map(|row| (start + row * len) as i32));
        if span.is_absent() {
            return self.nulls.append_n_nulls(rows);
        }
        self.nulls.append_n_non_nulls(rows);
        self.bytes.reserve(rows * len);
        let text = tail.get(span).as_bytes();
        let once = if rows > 0 { text } else { &[] };
        self.bytes.extend_from_slice(once);
        // Each copy doubles what there is.
        while self.bytes.len() - start < rows * len {
            let there = self.bytes.len() - start;
            self.bytes.extend_from_within(start..start + there.min(rows * len - there));
        }
    }

    /// Appends shared texts by number. All numbers have one.
    fn gather_all(&mut self, shared: &Shared, tail: &SideText, numbers: &[u32]) {
        /// Bytes copied at a time. The surplus is overwritten by the next text.
        const AT_ONCE: usize = 32;
        let most = numbers.len() * shared.longest;
        offset(self.bytes.len() + most);
        self.bytes.reserve(most + AT_ONCE);
        self.offsets.reserve(numbers.len());
        self.nulls.append_n_non_nulls(numbers.len());
        let tail_text = tail.as_str();
        let tail = tail_text.as_bytes();
        let (start, to) = (self.bytes.len(), self.bytes.as_mut_ptr());
        let mut end = start;
        for &number in numbers {
            let span = shared.spans[number as usize];
            let (from, len) = (span.start(), span.len());
            debug_assert!(tail_text.get(from..from + len).is_some(), "the span of another tail");
            if len <= AT_ONCE && from + AT_ONCE <= tail.len() {
                // SAFETY: 32 bytes from `from` on are in the tail. Each text has at most `longest` bytes, so `end` is at most
                // `start + most - len`, and `most + 32` bytes are reserved from `start` on. Source and target are different
                // allocations.
                unsafe { tail.as_ptr().add(from).copy_to_nonoverlapping(to.add(end), AT_ONCE) };
            } else {
                let text = &tail[from..from + len];
                // SAFETY: as above, with `len` bytes, which the slice has.
                unsafe { text.as_ptr().copy_to_nonoverlapping(to.add(end), len) };
            }
            end += len;
            self.offsets.push(end as i32);
        }
        assert!(end <= start + most, "no text is longer than the longest");
        // SAFETY: all bytes up to `end` are initialized. They are a sequence of complete texts of a `String`, so they
        // are UTF-8.
        unsafe { self.bytes.set_len(end) };
    }

    /// Appends texts in `tail`; absent ones are null.
    pub(crate) fn gather(&mut self, spans: impl ExactSizeIterator<Item = Span> + Clone, tail: &SideText) {
        /// Bytes copied at a time. The surplus is overwritten by the next text.
        const AT_ONCE: usize = 32;
        let tail_text = tail.as_str();
        let tail = tail_text.as_bytes();
        let rows = spans.len();
        let total: usize = spans.clone().map(Span::len).sum();
        let start = self.bytes.len();
        offset(start + total);
        self.bytes.reserve(total + AT_ONCE);
        self.offsets.reserve(rows);
        let mut end = start;
        let mut has_null = false;
        for span in spans.clone() {
            has_null |= span.is_absent();
            let (from, len) = (span.start(), span.len());
            debug_assert!(span.is_absent() || tail_text.get(from..from + len).is_some(), "the span of another tail");
            assert!(end + len <= start + total, "spans that are gone through twice are the same");
            if len <= AT_ONCE && from + AT_ONCE <= tail.len() {
                // SAFETY: 32 bytes from `from` on are in the tail. `end` is at most `start + total - len`, and `total +
                // 32` bytes are reserved from `start` on. Source and target are different allocations.
                unsafe {
                    let to = self.bytes.as_mut_ptr().add(end);
                    tail.as_ptr().add(from).copy_to_nonoverlapping(to, AT_ONCE);
                }
            } else if len > 0 {
                let text = &tail[from..from + len];
                // SAFETY: as above, with `len` bytes, which the slice has.
                unsafe { text.as_ptr().copy_to_nonoverlapping(self.bytes.as_mut_ptr().add(end), len) };
            }
            end += len;
            self.offsets.push(end as i32);
        }
        // SAFETY: all bytes up to `end` are initialized. They are a sequence of complete texts of a `String`, so they
        // are UTF-8.
        unsafe { self.bytes.set_len(end) };
        if has_null {
            let mut valid = spans.map(|span| !span.is_absent());
            let valid = BooleanBuffer::collect_bool(rows, |_| valid.next().unwrap_or_default());
            append_valid(&mut self.nulls, valid);
        } else {
            self.nulls.append_n_non_nulls(rows);
        }
    }

    /// The bytes of a text.
    fn bytes_of(&self, row: usize) -> &[u8] {
        &self.bytes[self.offsets[row] as usize..self.offsets[row + 1] as usize]
    }

    /// Bytes of all texts.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Returns a copy of the texts.
    fn copied(&self) -> StringArray {
        // SAFETY: see `finish`.
        unsafe {
            let offsets = OffsetBuffer::new_unchecked(ScalarBuffer::from(self.offsets.clone()));
            StringArray::new_unchecked(offsets, Buffer::from_vec(self.bytes.clone()), None)
        }
    }

    /// Removes all texts.
    fn clear(&mut self) {
        self.bytes.clear();
        self.offsets.truncate(1);
        self.nulls = NullBufferBuilder::new(0);
    }

    pub(crate) fn finish(&mut self) -> StringArray {
        // The next batch will have about the same size.
        let bytes = Vec::with_capacity(self.bytes.len() + self.bytes.len() / 8);
        let bytes = std::mem::replace(&mut self.bytes, bytes);
        let mut offsets = Vec::with_capacity(self.rows + 1);
        offsets.push(0);
        let offsets = std::mem::replace(&mut self.offsets, offsets);
        debug_assert!(offsets.is_sorted() && offsets.last() == Some(&(bytes.len() as i32)));
        // SAFETY: offsets start with 0 and increase by the length of each text up to the total length. All bytes come
        // from consecutive `&str`s, so the bytes between two offsets are UTF-8.
        unsafe {
            let offsets = OffsetBuffer::new_unchecked(ScalarBuffer::from(offsets));
            StringArray::new_unchecked(offsets, Buffer::from_vec(bytes), self.nulls.finish())
        }
    }
}

/// Appends validity bits, as whole words; without any allocation while all are valid.
pub(super) fn append_valid(nulls: &mut NullBufferBuilder, valid: BooleanBuffer) {
    let rows = valid.len();
    if valid.count_set_bits() == rows {
        nulls.append_n_non_nulls(rows);
    } else {
        nulls.append_buffer(&NullBuffer::new(valid));
    }
}

/// Converts a length to an Arrow offset. A batch is closed long before the limit, see [`super::column::LONG`].
#[inline]
fn offset(bytes: usize) -> i32 {
    #[expect(clippy::expect_used, reason = "a wrong offset would be unsound")]
    i32::try_from(bytes).expect("the texts of a batch have less than 2 GiB")
}

/// The key of a shared text that is not yet in the dictionary. -1 is null.
const UNSEEN: i32 = i32::MIN;
const NULL: i32 = -1;

/// Bytes of values above which a dictionary that still grows is not kept for the next batch.
const KEPT_VALUES: usize = 128 << 10;

/// A column of `Dictionary(Int32, Utf8)`.
///
/// The values are kept from batch to batch, and batches between which no value was added have the same array of values.
#[derive(Debug)]
pub(crate) struct Dictionary {
    keys: Vec<i32>,
    has_null: bool,
    values: Plain,
    /// The values of the last batch, unless they have changed.
    finished: Option<Arc<StringArray>>,
    hasher: DefaultHashBuilder,
    /// Keys by the hash of their value.
    by_text: HashTable<i32>,
    /// Keys of shared texts, by number.
    numbers: Vec<i32>,
    /// The last key of each hint.
    hinted: Vec<i32>,
}

impl Dictionary {
    fn new(rows: usize) -> Self {
        Self {
            keys: Vec::with_capacity(rows),
            has_null: false,
            values: Plain::new(0),
            finished: None,
            hasher: DefaultHashBuilder::default(),
            by_text: HashTable::new(),
            numbers: Vec::new(),
            hinted: Vec::new(),
        }
    }

    fn push(&mut self, text: Option<&str>) {
        let key = self.key(text);
        self.keys.push(key);
    }

    fn push_hinted(&mut self, text: Option<&str>, hint: u32) {
        let Some(bytes) = text.map(str::as_bytes) else { return self.push(None) };
        let hint = hint as usize;
        if hint >= self.hinted.len() {
            self.hinted.resize(hint + 1, UNSEEN);
        }
        let known = self.hinted[hint];
        if known >= 0 && self.values.bytes_of(known as usize) == bytes {
            return self.keys.push(known);
        }
        let key = self.key(text);
        self.hinted[hint] = key;
        self.keys.push(key);
    }

    /// Appends the text of all numbers, or null, to several rows.
    fn repeat(&mut self, shared: &Shared, tail: &SideText, rows: usize) {
        if rows > 0 {
            self.gather(shared, tail, &[0]);
            let key = self.keys.last().copied().unwrap_or(NULL);
            self.keys.resize(self.keys.len() + rows - 1, key);
        }
    }

    fn gather(&mut self, shared: &Shared, tail: &SideText, numbers: &[u32]) {
        self.numbers.resize(self.numbers.len().max(shared.spans.len()), UNSEEN);
        self.keys.reserve(numbers.len());
        for &number in numbers {
            let known = self.numbers.get(number as usize).copied().unwrap_or(UNSEEN);
            // A null is looked up every time, which is cheap and sets `has_null`.
            let key = if known < 0 { self.key(shared.get(tail, number)) } else { known };
            if let Some(known) = self.numbers.get_mut(number as usize) {
                *known = key;
            }
            self.keys.push(key);
        }
    }

    fn key(&mut self, text: Option<&str>) -> i32 {
        let Some(text) = text else {
            self.has_null = true;
            return NULL;
        };
        let Self { values, hasher, by_text, .. } = self;
        let hash = |text: &[u8]| hasher.hash_one(text);
        let is_same = |&key: &i32| values.bytes_of(key as usize) == text.as_bytes();
        match by_text.entry(hash(text.as_bytes()), is_same, |&key| hash(values.bytes_of(key as usize))) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                let key = values.len() as i32;
                new.insert(key);
                values.push(Some(text));
                self.finished = None;
                key
            }
        }
    }

    /// Removes all values.
    fn forget_values(&mut self) {
        self.by_text.clear();
        self.numbers.clear();
        self.hinted.clear();
        self.values.clear();
        self.finished = None;
    }

    fn finish(&mut self) -> ArrayRef {
        let rows = self.keys.len();
        let mut keys = std::mem::replace(&mut self.keys, Vec::with_capacity(rows));
        let nulls = std::mem::take(&mut self.has_null).then(|| {
            let nulls = NullBuffer::new(BooleanBuffer::collect_bool(rows, |row| keys[row] != NULL));
            keys.iter_mut().for_each(|key| *key = (*key).max(0));
            nulls
        });
        if self.values.len() == 0 {
            // Nulls have key 0, which needs a value.
            self.key(Some(""));
        }
        let values = match &self.finished {
            Some(values) => Arc::clone(values),
            None if self.values.bytes() > KEPT_VALUES => {
                let values = Arc::new(self.values.finish());
                self.forget_values();
                values
            }
            None => Arc::clone(self.finished.insert(Arc::new(self.values.copied()))),
        };
        let keys = Int32Array::new(ScalarBuffer::from(keys), nulls);
        debug_assert!(keys.values().iter().all(|&key| (0..values.len()).contains(&(key as usize))));
        // SAFETY: each key is the index of a value, or 0, and there is a value at 0. Values are only appended, and removed
        // with all keys between two batches.
        Arc::new(unsafe { Int32DictionaryArray::new_unchecked(keys, values) })
    }
}

/// What is no view, since no text has such a length: of no text, and of a shared text whose view was not made yet.
const NO_VIEW: u128 = u128::MAX;
const UNMADE: u128 = u128::MAX - 1;

/// Limits of the buffers of shared texts. Above them the texts are copied once more, for the next batch.
const KEPT_CHUNKS: usize = 16;
const KEPT_BYTES: usize = 256 << 10;

/// A column of `Utf8View`.
///
/// The buffers of an array are: `own`, the `chunks`, `fresh`, and the `blocks`. The place of a chunk stays the same from batch
/// to batch, and so do the views of shared texts.
#[derive(Debug)]
pub(crate) struct Views {
    views: Vec<u128>,
    nulls: NullBufferBuilder,
    /// Texts of this batch that are neither shared nor in any block.
    own: Vec<u8>,
    /// Long shared texts of previous batches, and those added in this one.
    chunks: Vec<Buffer>,
    fresh: Vec<u8>,
    blocks: Vec<Buffer>,
    /// Views of shared texts, by number.
    known: Vec<u128>,
}

impl Views {
    fn new(rows: usize) -> Self {
        Self {
            views: Vec::with_capacity(rows),
            nulls: NullBufferBuilder::new(rows),
            own: Vec::new(),
            chunks: Vec::new(),
            fresh: Vec::new(),
            blocks: Vec::new(),
            known: Vec::new(),
        }
    }

    fn attach(&mut self, arena: &Arena) {
        if self.blocks.last().is_none_or(|block| block.as_ptr() != arena.block().as_ptr()) {
            self.blocks.push(arena.block().clone());
        }
    }

    #[inline]
    fn push(&mut self, text: Option<&str>) {
        match text {
            Some(text) => {
                let view = self.view(text);
                self.views.push(view);
                self.nulls.append_non_null();
            }
            None => {
                self.views.push(0);
                self.nulls.append_null();
            }
        }
    }

    /// Appends the text of all numbers, or null, to several rows.
    fn repeat(&mut self, shared: &Shared, tail: &SideText, rows: usize) {
        if rows > 0 {
            self.gather(shared, tail, &[0]);
            let view = self.views.last().copied().unwrap_or_default();
            self.views.resize(self.views.len() + rows - 1, view);
            match shared.has_absent {
                true => self.nulls.append_n_nulls(rows - 1),
                false => self.nulls.append_n_non_nulls(rows - 1),
            }
        }
    }

    fn gather(&mut self, shared: &Shared, tail: &SideText, numbers: &[u32]) {
        self.known.resize(self.known.len().max(shared.spans.len()), UNMADE);
        let start = self.views.len();
        self.views.reserve(numbers.len());
        for &number in numbers {
            let mut view = self.known.get(number as usize).copied().unwrap_or(NO_VIEW);
            if view == UNMADE {
                view = shared.get(tail, number).map_or(NO_VIEW, |text| self.shared_view(text));
                self.known[number as usize] = view;
            }
            self.views.push(view);
        }
        let views = &mut self.views[start..];
        if shared.has_absent || numbers.contains(&NO_TEXT) {
            append_valid(&mut self.nulls, BooleanBuffer::collect_bool(views.len(), |row| views[row] != NO_VIEW));
            views.iter_mut().filter(|view| **view == NO_VIEW).for_each(|view| *view = 0);
        } else {
            self.nulls.append_n_non_nulls(views.len());
        }
    }

    /// Returns the view of a text of this batch.
    #[inline]
    fn view(&mut self, text: &str) -> u128 {
        let bytes = text.as_bytes();
        if bytes.len() <= INLINE {
            return make_view(bytes, 0, 0);
        }
        let at = self.blocks.last().and_then(|block| {
            let at = bytes.as_ptr().addr().checked_sub(block.as_ptr().addr())?;
            (at + bytes.len() <= block.len()).then_some(at)
        });
        if let Some(at) = at {
            return make_view(bytes, (self.chunks.len() + 1 + self.blocks.len()) as u32, at as u32);
        }
        let at = self.own.len();
        self.own.extend_from_slice(bytes);
        make_view(bytes, 0, at as u32)
    }

    /// Returns the view of a shared text, which is valid in later batches as well.
    fn shared_view(&mut self, text: &str) -> u128 {
        let bytes = text.as_bytes();
        if bytes.len() <= INLINE {
            return make_view(bytes, 0, 0);
        }
        let at = self.fresh.len();
        self.fresh.extend_from_slice(bytes);
        make_view(bytes, (self.chunks.len() + 1) as u32, at as u32)
    }

    /// Invalidates the views of shared texts.
    fn forget_shared(&mut self) {
        self.known.clear();
    }

    fn finish(&mut self) -> ArrayRef {
        let rows = self.views.len();
        let views = std::mem::replace(&mut self.views, Vec::with_capacity(rows));
        let own = std::mem::take(&mut self.own);
        let fresh = Buffer::from_vec(std::mem::take(&mut self.fresh));
        let mut buffers = vec![Buffer::from_vec(own)];
        buffers.extend(self.chunks.iter().cloned());
        buffers.push(fresh.clone());
        buffers.append(&mut self.blocks);
        if !fresh.is_empty() {
            self.chunks.push(fresh);
        }
        if self.chunks.len() > KEPT_CHUNKS || self.chunks.iter().map(Buffer::len).sum::<usize>() > KEPT_BYTES {
            self.chunks.clear();
            self.known.clear();
        }
        // SAFETY: short views contain their text. A long view points to a `&str` in the buffer `own`, in a chunk or in one of
        // the blocks, which are kept as buffers; `shared_view` and `view` count the buffers before them, and the number of
        // chunks changes here only. Null views are empty texts.
        Arc::new(unsafe { StringViewArray::new_unchecked(ScalarBuffer::from(views), buffers, self.nulls.finish()) })
    }
}

/// Maximum bytes of a text that is stored in the view itself.
const INLINE: usize = 12;

#[cfg(test)]
mod tests;
