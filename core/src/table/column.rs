//! Builders of output columns: values in, Arrow arrays out.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Decimal128Array, Int64Builder, MapArray, NullBufferBuilder, StructArray, TimestampMicrosecondArray,
};
use arrow::buffer::{BooleanBuffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{ArrowNativeType, DataType};

use super::text::{Plain, Texts, append_valid};
use crate::line_items::span::{SideText, Span};
use crate::schema::encoding::{MapEncoding, TextEncoding};
use crate::schema::focus::{Type, entries_field, entry_fields};
use crate::value::decimal::{Decimal, PRECISION, SCALE};

/// Bytes of text above which a batch is closed, even if it has few rows. Text offsets of Arrow are limited to 2 GiB;
/// one block cannot add the difference.
pub(crate) const LONG: usize = 128 << 20;

/// A column of a batch being built.
#[derive(Debug)]
pub(crate) enum Builder {
    Text(Texts),
    Decimal(NumberBuilder<i128>),
    Time(NumberBuilder<i64>),
    Integer(Int64Builder),
    Map(Box<MapColumn>),
}

impl Builder {
    /// Creates an empty column with a capacity of `rows` values. Maps encoded as JSON are text.
    pub(crate) fn new(value_type: Type, maps: MapEncoding, text: TextEncoding, rows: usize) -> Self {
        match (value_type, maps) {
            (Type::Text, _) | (Type::Map, MapEncoding::Json) => Self::Text(Texts::new(text, rows)),
            (Type::Decimal, _) => Self::Decimal(NumberBuilder::new(rows)),
            (Type::Time, _) => Self::Time(NumberBuilder::new(rows)),
            (Type::Integer, _) => Self::Integer(Int64Builder::with_capacity(rows)),
            (Type::Map, MapEncoding::Map) => Self::Map(Box::new(MapColumn::new(rows))),
        }
    }

    /// Appends a text, or null.
    pub(crate) fn text(&mut self, value: Option<&str>) {
        if let Self::Text(builder) = self {
            builder.push(value);
        } else {
            debug_assert!(false, "not a text column");
        }
    }

    /// Appends a number, or null.
    pub(crate) fn decimal(&mut self, value: Option<Decimal>) {
        if let Self::Decimal(builder) = self {
            builder.push(value.map(Decimal::unscaled));
        } else {
            debug_assert!(false, "not a decimal column");
        }
    }

    /// Appends numbers, or nulls.
    pub(crate) fn decimals(&mut self, values: impl ExactSizeIterator<Item = Option<Decimal>>) {
        if let Self::Decimal(numbers) = self {
            numbers.extend(values.map(|value| value.map(Decimal::unscaled)));
        } else {
            debug_assert!(false, "not a decimal column");
        }
    }

    /// Appends instants in microseconds since 1970, or nulls.
    pub(crate) fn times(&mut self, values: impl ExactSizeIterator<Item = Option<i64>>) {
        if let Self::Time(numbers) = self {
            numbers.extend(values);
        } else {
            debug_assert!(false, "not a time column");
        }
    }

    /// Appends an instant in microseconds since 1970, or null.
    pub(crate) fn time(&mut self, value: Option<i64>) {
        if let Self::Time(builder) = self {
            builder.push(value);
        } else {
            debug_assert!(false, "not a time column");
        }
    }

    /// Appends an integer, or null.
    pub(crate) fn integer(&mut self, value: Option<i64>) {
        if let Self::Integer(builder) = self {
            builder.append_option(value);
        } else {
            debug_assert!(false, "not an integer column");
        }
    }

    /// Appends key-value pairs, or null.
    pub(crate) fn map<'a>(&mut self, entries: Option<impl Iterator<Item = (&'a str, Option<&'a str>)>>) {
        if let Self::Map(map) = self {
            map.push(entries);
        } else {
            debug_assert!(false, "not a map column");
        }
    }

    /// Invalidates the numbers of shared texts. Must be called before the numbers are reused.
    pub(crate) fn forget_numbers(&mut self) {
        if let Self::Text(texts) = self {
            texts.forget_numbers();
        }
    }

    /// Appends key-value pairs of rows, whose spans are all in `tail`. A row without pairs is null.
    pub(crate) fn maps<'p>(&mut self, rows: impl Iterator<Item = &'p [(Span, Span)]>, tail: &SideText) {
        if let Self::Map(map) = self {
            map.gather(rows, tail);
        } else {
            debug_assert!(false, "not a map column");
        }
    }

    /// Bytes of the longest text buffer. Arrow offsets are limited to 2 GiB.
    pub(crate) fn text_bytes(&self) -> usize {
        match self {
            Self::Text(texts) => texts.bytes(),
            Self::Map(map) => map.keys.bytes().max(map.values.bytes()),
            Self::Decimal(_) | Self::Time(_) | Self::Integer(_) => 0,
        }
    }

    /// Returns the array and leaves an empty builder.
    pub(crate) fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(texts) => texts.finish(),
            Self::Decimal(numbers) => {
                let (values, nulls) = numbers.finish();
                let typed = DataType::Decimal128(PRECISION, SCALE);
                Arc::new(Decimal128Array::new(values, nulls).with_data_type(typed))
            }
            Self::Time(numbers) => {
                let (values, nulls) = numbers.finish();
                Arc::new(TimestampMicrosecondArray::new(values, nulls).with_timezone("UTC"))
            }
            Self::Integer(builder) => Arc::new(builder.finish()),
            Self::Map(map) => map.finish(),
        }
    }
}

/// A column of numbers.
#[derive(Debug)]
pub(crate) struct NumberBuilder<T> {
    values: Vec<T>,
    nulls: NullBufferBuilder,
}

impl<T: Copy + Default + ArrowNativeType> NumberBuilder<T> {
    fn new(rows: usize) -> Self {
        Self { values: Vec::with_capacity(rows), nulls: NullBufferBuilder::new(rows) }
    }

    #[inline]
    fn push(&mut self, value: Option<T>) {
        match value {
            Some(_) => self.nulls.append_non_null(),
            None => self.nulls.append_null(),
        }
        self.values.push(value.unwrap_or_default());
    }

    /// Appends numbers, or nulls.
    fn extend(&mut self, mut values: impl ExactSizeIterator<Item = Option<T>>) {
        let rows = values.len();
        self.values.reserve(rows);
        let valid = BooleanBuffer::collect_bool(rows, |_| {
            let value = values.next().flatten();
            self.values.push(value.unwrap_or_default());
            value.is_some()
        });
        append_valid(&mut self.nulls, valid);
    }

    fn finish(&mut self) -> (ScalarBuffer<T>, Option<NullBuffer>) {
        let rows = self.values.len();
        let values = std::mem::replace(&mut self.values, Vec::with_capacity(rows));
        (ScalarBuffer::from(values), self.nulls.finish())
    }
}

/// A column of key-value pairs.
#[derive(Debug)]
pub(crate) struct MapColumn {
    keys: Plain,
    values: Plain,
    offsets: Vec<i32>,
    nulls: NullBufferBuilder,
    /// Buffer for `gather`.
    pairs: Vec<(Span, Span)>,
}

impl MapColumn {
    fn new(rows: usize) -> Self {
        Self {
            keys: Plain::new(0),
            values: Plain::new(0),
            offsets: vec![0],
            nulls: NullBufferBuilder::new(rows),
            pairs: Vec::new(),
        }
    }

    fn push<'a>(&mut self, entries: Option<impl Iterator<Item = (&'a str, Option<&'a str>)>>) {
        self.nulls.append(entries.is_some());
        for (key, value) in entries.into_iter().flatten() {
            self.keys.push(Some(key));
            self.values.push(value);
        }
        self.offsets.push(self.keys.len() as i32);
    }

    fn gather<'p>(&mut self, rows: impl Iterator<Item = &'p [(Span, Span)]>, tail: &SideText) {
        self.pairs.clear();
        let before = self.keys.len();
        for pairs in rows {
            self.nulls.append(!pairs.is_empty());
            self.pairs.extend_from_slice(pairs);
            self.offsets.push((before + self.pairs.len()) as i32);
        }
        self.keys.gather(self.pairs.iter().map(|&(key, _)| key), tail);
        self.values.gather(self.pairs.iter().map(|&(_, value)| value), tail);
    }

    fn finish(&mut self) -> ArrayRef {
        let offsets = std::mem::replace(&mut self.offsets, vec![0]);
        let entries =
            StructArray::new(entry_fields(), vec![Arc::new(self.keys.finish()), Arc::new(self.values.finish())], None);
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        Arc::new(MapArray::new(entries_field(), offsets, entries, self.nulls.finish(), false))
    }
}
