//! Rows as JSON text.

use std::fmt::Write;
use std::hash::Hash;
use std::ops::Range;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::buffer::NullBuffer;
use arrow::datatypes::FieldRef;
use hashbrown::HashMap;

use super::cell::{Maps, Texts, Values, check};
use crate::error::Result;
use crate::value::decimal::Scaled;
use crate::value::{json, timestamp};

/// How decimals are represented in JSON. Doubles are always numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Numbers {
    /// As strings, which are exact in every language.
    #[default]
    Text,
    /// As numbers, including the numeric values of SkuPriceDetails and x_Discounts. Most languages keep 15 digits.
    Number,
}

/// Returns rows of a batch as a JSON array: one object per row with every column; null for absent values.
///
/// Times are strings like `2026-01-10T00:00:00Z`, key-value pairs are objects. Rows beyond the end of the batch are
/// ignored.
///
/// # Errors
///
/// [`Error::Option`](crate::Error::Option) if a column has a type that JSON cannot hold.
///
/// # Examples
///
/// ```
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
/// use outlay::sink::{Numbers, json_rows};
///
/// let mut reader = outlay::Reader::builder().columns(["ChargePeriodStart", "BilledCost"]).read(folder)?;
/// let batch = reader.next().unwrap()?;
/// let rows = json_rows(&batch, 4..5, Numbers::Text)?;
/// assert_eq!(rows, r#"[{"ChargePeriodStart":"2023-11-01T00:00:00Z","BilledCost":"0.01"}]"#);
/// # Ok::<(), outlay::Error>(())
/// ```
pub fn json_rows(batch: &RecordBatch, rows: Range<usize>, numbers: Numbers) -> Result<String> {
    let columns = JsonColumn::of(batch)?;
    let mut out = String::from("[");
    for row in rows.start..rows.end.min(batch.num_rows()) {
        if row > rows.start {
            out.push(',');
        }
        write_row(&mut out, &columns, row, numbers);
    }
    out.push(']');
    Ok(out)
}

/// Appends rows of a batch to `out` as lines of JSON (NDJSON): one object per line, in the form of [`json_rows`]. Rows beyond
/// the end of the batch are ignored.
///
/// # Errors
///
/// [`Error::Option`](crate::Error::Option) if a column has a type that JSON cannot hold.
///
/// # Examples
///
/// ```
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
/// use outlay::sink::{Numbers, json_lines};
///
/// let mut reader = outlay::Reader::builder().columns(["ChargePeriodStart", "BilledCost"]).read(folder)?;
/// let mut lines = String::new();
/// for batch in &mut reader {
///     let batch = batch?;
///     json_lines(&mut lines, &batch, 0..batch.num_rows(), Numbers::Text)?;
/// }
/// assert_eq!(lines.lines().count(), 175);
/// assert_eq!(lines.lines().nth(4), Some(r#"{"ChargePeriodStart":"2023-11-01T00:00:00Z","BilledCost":"0.01"}"#));
/// # Ok::<(), outlay::Error>(())
/// ```
pub fn json_lines(out: &mut String, batch: &RecordBatch, rows: Range<usize>, numbers: Numbers) -> Result<()> {
    let columns = JsonColumn::of(batch)?;
    for row in rows.start..rows.end.min(batch.num_rows()) {
        write_row(out, &columns, row, numbers);
        out.push('\n');
    }
    Ok(())
}

/// Rows as JSON in columns: each value once, and which value each row has. For languages in which strings are expensive to
/// make: see [`json_columns`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct JsonColumns {
    /// A JSON array with the values of each column: an array of null, and then each value in the form of [`json_rows`].
    /// Decimals have one array in common, and so do times. These arrays follow after those of the columns, and their columns
    /// have their indices instead. The text is ASCII, which JavaScript stores in one byte per character.
    pub values: String,
    /// For each column in turn, the position of the value of each row in the array of the column.
    pub positions: Vec<u32>,
}

/// Returns rows of a batch as JSON in columns. Rows beyond the end of the batch are ignored.
///
/// # Errors
///
/// [`Error::Option`](crate::Error::Option) if a column has a type that JSON cannot hold.
///
/// # Examples
///
/// ```
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
/// use outlay::sink::{Numbers, json_columns};
///
/// let mut reader = outlay::Reader::builder().columns(["BilledCost", "BillingCurrency"]).read(folder)?;
/// let columns = json_columns(&reader.next().unwrap()?, 2..6, Numbers::Text)?;
/// assert_eq!(columns.values, r#"[2,[null,"USD"],[null,"0","0.01"]]"#);
/// assert_eq!(columns.positions, [1, 1, 2, 1, 1, 1, 1, 1]);
/// # Ok::<(), outlay::Error>(())
/// ```
pub fn json_columns(batch: &RecordBatch, rows: Range<usize>, numbers: Numbers) -> Result<JsonColumns> {
    let rows = rows.start..rows.end.min(batch.num_rows());
    let columns = JsonColumn::of(batch)?;
    let positions = Vec::with_capacity(columns.len() * rows.len());
    let mut out = Columns { number: columns.len(), values: String::from("["), positions, shared: Vec::new() };
    for (index, column) in columns.iter().enumerate() {
        if index > 0 {
            out.values.push(',');
        }
        column.write_values(&mut out, rows.clone(), numbers);
    }
    let Columns { mut values, positions, shared, .. } = out;
    for shared in shared {
        values.push_str(",[null");
        values.push_str(&shared.values);
        values.push(']');
    }
    values.push(']');
    Ok(JsonColumns { values, positions })
}

/// [`JsonColumns`] that are being written.
struct Columns {
    /// Number of columns of the batch.
    number: usize,
    values: String,
    positions: Vec<u32>,
    shared: Vec<Shared>,
}

impl Columns {
    /// Writes a column with an array of its own.
    fn own(&mut self, write: impl FnOnce(&mut Distinct<'_>)) {
        self.values.push_str("[null");
        write(&mut Distinct { values: &mut self.values, count: 0, positions: &mut self.positions });
        self.values.push(']');
    }

    /// Writes a column that shares its array with others. A row without a key is null.
    fn share(
        &mut self,
        kind: Kind,
        rows: Range<usize>,
        key_of: impl Fn(usize) -> Option<i128>,
        write: impl Fn(&mut String, i128),
    ) {
        let index = self.shared.iter().position(|shared| shared.kind == kind).unwrap_or_else(|| {
            self.shared.push(Shared::new(kind));
            self.shared.len() - 1
        });
        // Writing to a `String` cannot fail.
        let _ = write!(self.values, "{}", self.number + index);
        if let Some(shared) = self.shared.get_mut(index) {
            shared.add(rows, &mut self.positions, key_of, write);
        }
    }
}

/// What is equal in columns that share their values.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Decimals of a scale.
    Decimal(u8),
    Time,
}

/// The distinct values of several columns. Most costs of a row are the same number, and most times of a column begin or end a
/// period of another.
struct Shared {
    kind: Kind,
    /// The values after null, each after a comma.
    values: String,
    /// The value of each position. That of null is not looked at.
    keys: Vec<i128>,
    known: HashMap<i128, u32>,
    /// Where the positions of the last column begin.
    last: Option<usize>,
}

impl Shared {
    fn new(kind: Kind) -> Self {
        Self { kind, values: String::new(), keys: vec![0], known: HashMap::new(), last: None }
    }

    /// Appends the positions of the rows of a column. A row without a key is null.
    fn add(
        &mut self,
        rows: Range<usize>,
        positions: &mut Vec<u32>,
        key_of: impl Fn(usize) -> Option<i128>,
        write: impl Fn(&mut String, i128),
    ) {
        let start = positions.len();
        for (offset, row) in rows.enumerate() {
            let position = key_of(row).map(|key| {
                // The same row of the last column, or the last row of the same column.
                let above = positions.get(start..).and_then(<[u32]>::last);
                let beside = self.last.and_then(|last| positions.get(last + offset));
                let near = [beside, above].into_iter().flatten().copied().find(|near| self.is_at(*near, key));
                near.unwrap_or_else(|| self.position_of(key, &write))
            });
            positions.push(position.unwrap_or_default());
        }
        self.last = Some(start);
    }

    fn is_at(&self, position: u32, key: i128) -> bool {
        position > 0 && self.keys.get(position as usize) == Some(&key)
    }

    fn position_of(&mut self, key: i128, write: impl Fn(&mut String, i128)) -> u32 {
        *self.known.entry(key).or_insert_with(|| {
            self.values.push(',');
            write(&mut self.values, key);
            self.keys.push(key);
            u32::try_from(self.keys.len() - 1).unwrap_or(u32::MAX)
        })
    }
}

/// The distinct values of a column, and the positions of those of its rows.
struct Distinct<'a> {
    values: &'a mut String,
    /// Number of values after null.
    count: u32,
    positions: &'a mut Vec<u32>,
}

impl Distinct<'_> {
    /// Appends a value, and returns its position.
    fn add(&mut self, write: impl FnOnce(&mut String)) -> u32 {
        self.values.push(',');
        let start = self.values.len();
        write(self.values);
        json::escape_beyond_ascii(self.values, start);
        self.count += 1;
        self.count
    }

    /// Appends the positions of rows whose values are equal if their keys are. A row without a key is null.
    fn by_key<K: Hash + Eq + Copy>(
        &mut self,
        rows: Range<usize>,
        key_of: impl Fn(usize) -> Option<K>,
        write: impl Fn(&mut String, K),
    ) {
        let mut known = HashMap::with_capacity(rows.len().min(1 << 10));
        let mut last = None;
        for row in rows {
            let position = match (key_of(row), last) {
                (None, _) => 0,
                (Some(key), Some((same, position))) if key == same => position,
                (Some(key), _) => {
                    let position = *known.entry(key).or_insert_with(|| self.add(|out| write(out, key)));
                    last = Some((key, position));
                    position
                }
            };
            self.positions.push(position);
        }
    }
}

fn write_row(out: &mut String, columns: &[JsonColumn<'_>], row: usize, numbers: Numbers) {
    out.push('{');
    for (index, column) in columns.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        column.write(out, row, numbers);
    }
    out.push('}');
}

struct JsonColumn<'a> {
    name: &'a str,
    /// The name as JSON, with its colon.
    head: String,
    nulls: Option<&'a NullBuffer>,
    /// Whether all cells are null.
    is_null: bool,
    values: Values<'a>,
}

impl<'a> JsonColumn<'a> {
    /// The columns of a batch.
    fn of(batch: &'a RecordBatch) -> Result<Vec<Self>> {
        let fields = batch.schema_ref().fields().iter();
        let column = |(field, array): (&'a FieldRef, &'a ArrayRef)| {
            check(field, "JSON")?;
            let mut head = String::new();
            json::write_text(&mut head, field.name());
            head.push(':');
            let nulls = array.nulls();
            let is_null = nulls.is_some_and(|nulls| nulls.null_count() == nulls.len());
            Ok(Self { name: field.name(), head, nulls, is_null, values: Values::of(array) })
        };
        fields.zip(batch.columns()).map(column).collect()
    }

    fn is_valid(&self, row: usize) -> bool {
        self.nulls.is_none_or(|nulls| nulls.is_valid(row))
    }

    fn write(&self, out: &mut String, row: usize, numbers: Numbers) {
        out.push_str(&self.head);
        if !self.is_valid(row) {
            out.push_str("null");
            return;
        }
        match self.values {
            Values::Text(texts) => json::write_text(out, texts.value(row)),
            Values::Decimal(decimals) => write_decimal(out, decimals.value(row), numbers),
            Values::Double(doubles) => write_double(out, doubles.value(row)),
            Values::Time(times) => write_time(out, times.value(row)),
            Values::Integer(integers) => write_integer(out, integers.value(row)),
            Values::Map(ref maps) => self.write_map(out, maps, row, numbers),
        }
    }

    fn write_map(&self, out: &mut String, maps: &Maps<'_>, row: usize, numbers: Numbers) {
        let is_number = |key: &str| numbers == Numbers::Number && json::numeric_key(self.name, key);
        json::write_object(out, maps.pairs(row), is_number);
    }

    /// Writes each value of some rows once.
    fn write_values(&self, out: &mut Columns, rows: Range<usize>, numbers: Numbers) {
        if self.is_null {
            return out.own(|distinct| distinct.positions.resize(distinct.positions.len() + rows.len(), 0));
        }
        let valid = |row: usize| self.is_valid(row).then_some(row);
        match self.values {
            Values::Decimal(decimals) => {
                let scale = decimals.scale();
                let write = |out: &mut String, unscaled| write_decimal(out, Scaled { unscaled, scale }, numbers);
                let key_of = |row: usize| valid(row).map(|row| decimals.value(row).unscaled);
                out.share(Kind::Decimal(scale), rows, key_of, write);
            }
            Values::Time(times) => {
                // The keys are times, so that they fit.
                let write = |out: &mut String, micros| write_time(out, i64::try_from(micros).unwrap_or_default());
                out.share(Kind::Time, rows, |row| valid(row).map(|row| times.value(row).into()), write);
            }
            Values::Text(Texts::Dictionary(keys, texts)) => out.own(|distinct| {
                let mut known = vec![0; texts.len()];
                for row in rows {
                    let position = valid(row).and_then(|row| known.get_mut(keys.value(row) as usize)).map(|known| {
                        if *known == 0 {
                            let text = texts.value(keys.value(row) as usize);
                            *known = distinct.add(|out| json::write_text(out, text));
                        }
                        *known
                    });
                    distinct.positions.push(position.unwrap_or_default());
                }
            }),
            Values::Text(texts) => out.own(|distinct| {
                distinct.by_key(rows, |row| valid(row).map(|row| texts.value(row)), json::write_text);
            }),
            Values::Double(doubles) => out.own(|distinct| {
                let write = |out: &mut String, bits| write_double(out, f64::from_bits(bits));
                distinct.by_key(rows, |row| valid(row).map(|row| doubles.value(row).to_bits()), write);
            }),
            Values::Integer(integers) => out.own(|distinct| {
                distinct.by_key(rows, |row| valid(row).map(|row| integers.value(row)), write_integer);
            }),
            Values::Map(ref maps) => out.own(|distinct| {
                let mut known = HashMap::<String, u32>::new();
                let mut text = String::new();
                for row in rows {
                    let position = valid(row).map(|row| {
                        text.clear();
                        self.write_map(&mut text, maps, row, numbers);
                        known.get(&text).copied().unwrap_or_else(|| {
                            let position = distinct.add(|out| out.push_str(&text));
                            known.insert(text.clone(), position);
                            position
                        })
                    });
                    distinct.positions.push(position.unwrap_or_default());
                }
            }),
        }
    }
}

fn write_decimal(out: &mut String, decimal: Scaled, numbers: Numbers) {
    let quote = if numbers == Numbers::Text { "\"" } else { "" };
    out.push_str(quote);
    decimal.write_to(out);
    out.push_str(quote);
}

fn write_time(out: &mut String, micros: i64) {
    out.push('"');
    timestamp::write_text(out, micros);
    out.push('"');
}

/// JSON has no text for infinity and NaN.
fn write_double(out: &mut String, double: f64) {
    // Writing to a `String` cannot fail.
    let _ = if double.is_finite() { write!(out, "{double}") } else { out.write_str("null") };
}

fn write_integer(out: &mut String, integer: i64) {
    let _ = write!(out, "{integer}");
}
