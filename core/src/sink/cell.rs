//! Access to single cells of the column types of a read, for row-based writers.

use arrow::array::{
    Array, AsArray, Decimal128Array, Float64Array, Int32Array, Int64Array, MapArray, StringArray, StringViewArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Int32Type, Schema, TimeUnit};

use crate::error::{Error, Result};
use crate::value::decimal::{PRECISION, Scaled};
use crate::value::{json, timestamp};

/// The cells of a column, by type.
pub(super) enum Values<'a> {
    Text(Texts<'a>),
    Decimal(Decimals<'a>),
    Double(&'a Float64Array),
    Time(&'a TimestampMicrosecondArray),
    Integer(&'a Int64Array),
    Map(Maps<'a>),
}

/// Texts in one of the encodings of [`TextEncoding`](crate::TextEncoding).
#[derive(Clone, Copy)]
pub(super) enum Texts<'a> {
    Utf8(&'a StringArray),
    View(&'a StringViewArray),
    Dictionary(&'a Int32Array, &'a StringArray),
}

/// Decimals of one scale.
#[derive(Clone, Copy)]
pub(super) struct Decimals<'a> {
    numbers: &'a Decimal128Array,
    scale: u8,
}

/// Key-value pairs.
pub(super) struct Maps<'a> {
    map: &'a MapArray,
    keys: Texts<'a>,
    values: Texts<'a>,
}

/// Fails with [`Error::Option`] for a schema without columns, whose rows `format` cannot hold.
pub(super) fn not_empty(schema: &Schema, format: &str) -> Result<()> {
    if !schema.fields().is_empty() {
        return Ok(());
    }
    Err(Error::Option {
        option: "output",
        reason: format!("{format} cannot hold rows without columns: select a column"),
    })
}

/// Fails with [`Error::Option`] for a column type that `format` cannot hold.
pub(super) fn check(field: &Field, format: &str) -> Result<()> {
    let is_known = match field.data_type() {
        DataType::Int64 | DataType::Float64 | DataType::Map(..) => true,
        DataType::Decimal128(_, scale) => scale_of(*scale).is_some(),
        DataType::Timestamp(unit, _) => *unit == TimeUnit::Microsecond,
        other => is_text(other),
    };
    if is_known {
        return Ok(());
    }
    let reason = format!(
        "column {} has type {}, which cannot be written as {format}; leave the column out",
        field.name(),
        field.data_type()
    );
    Err(Error::Option { option: "output", reason })
}

/// Returns a scale of 0 to 38.
fn scale_of(scale: i8) -> Option<u8> {
    u8::try_from(scale).ok().filter(|scale| *scale <= PRECISION)
}

fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::Utf8View => true,
        DataType::Dictionary(key, value) => **key == DataType::Int32 && **value == DataType::Utf8,
        _ => false,
    }
}

impl<'a> Values<'a> {
    /// The cells of a column that [`check`] accepted.
    pub(super) fn of(array: &'a dyn Array) -> Self {
        match array.data_type() {
            DataType::Decimal128(_, scale) => {
                Self::Decimal(Decimals { numbers: array.as_primitive(), scale: scale_of(*scale).unwrap_or_default() })
            }
            DataType::Float64 => Self::Double(array.as_primitive()),
            DataType::Timestamp(..) => Self::Time(array.as_primitive()),
            DataType::Int64 => Self::Integer(array.as_primitive()),
            DataType::Map(..) => {
                let map = array.as_map();
                Self::Map(Maps { map, keys: Texts::of(map.keys()), values: Texts::of(map.values()) })
            }
            _ => Self::Text(Texts::of(array)),
        }
    }
}

impl Values<'_> {
    /// Returns a cell that is not null as text, in `buffer` if it is not text already. Maps are JSON.
    pub(super) fn text<'t>(&'t self, column: &str, row: usize, buffer: &'t mut String) -> &'t str {
        buffer.clear();
        match self {
            Self::Text(texts) => return texts.value(row),
            Self::Decimal(decimals) => decimals.value(row).write_to(buffer),
            // The shortest text that is this double, without an exponent.
            Self::Double(doubles) => *buffer += &doubles.value(row).to_string(),
            Self::Time(times) => timestamp::write_text(buffer, times.value(row)),
            Self::Integer(integers) => *buffer += &integers.value(row).to_string(),
            Self::Map(maps) => json::write_object(buffer, maps.pairs(row), |key| json::numeric_key(column, key)),
        }
        buffer
    }
}

/// Returns the cells of a column as text.
///
/// Fails with [`Error::Option`] for a type that batches of this crate do not have.
pub(crate) fn texts_of(field: &Field, array: &dyn Array) -> Result<Vec<Option<String>>> {
    if let Some(bytes) = array.as_binary_opt::<i32>() {
        return Ok(bytes.iter().map(|bytes| bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned())).collect());
    }
    check(field, "text")?;
    let (values, mut buffer) = (Values::of(array), String::new());
    let cell = |row| array.is_valid(row).then(|| values.text(field.name(), row, &mut buffer).to_owned());
    Ok((0..array.len()).map(cell).collect())
}

impl Decimals<'_> {
    pub(super) fn scale(self) -> u8 {
        self.scale
    }

    /// The number of a row, which must not be null.
    pub(super) fn value(self, row: usize) -> Scaled {
        Scaled { unscaled: self.numbers.value(row), scale: self.scale }
    }
}

impl<'a> Texts<'a> {
    fn of(array: &'a dyn Array) -> Self {
        match array.data_type() {
            DataType::Utf8View => Self::View(array.as_string_view()),
            DataType::Dictionary(..) => {
                let dictionary = array.as_dictionary::<Int32Type>();
                Self::Dictionary(dictionary.keys(), dictionary.values().as_string())
            }
            _ => Self::Utf8(array.as_string()),
        }
    }

    /// The text of a row, which must not be null.
    pub(super) fn value(self, row: usize) -> &'a str {
        match self {
            Self::Utf8(texts) => texts.value(row),
            Self::View(texts) => texts.value(row),
            Self::Dictionary(keys, texts) => texts.value(keys.value(row) as usize),
        }
    }
}

impl Maps<'_> {
    /// The pairs of a row, in order.
    pub(super) fn pairs(&self, row: usize) -> impl Iterator<Item = (&str, Option<&str>)> {
        let offsets = self.map.value_offsets();
        let entries = offsets[row] as usize..offsets[row + 1] as usize;
        let values = self.map.values();
        entries.map(move |entry| (self.keys.value(entry), values.is_valid(entry).then(|| self.values.value(entry))))
    }
}
