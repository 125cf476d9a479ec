//! The conversion of decimal columns to the type that the option `decimals` selects.
//!
//! In: a finished batch, after its checks. Out: the batch that the caller gets, and the number of rounded cells.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, Float64Array, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, Decimal128Type, Field, Schema, SchemaRef};

use crate::error::{Error, Location};
use crate::schema::encoding::{DecimalEncoding, IN_RANGE};
use crate::value::decimal::{Decimal, PRECISION, SCALE};

/// Number of cells by column, of the columns with any.
pub(crate) type CellCounts = BTreeMap<String, u64>;

/// The schemas of a table before and after the conversion.
#[derive(Debug)]
pub(crate) struct Narrowing {
    decimals: DecimalEncoding,
    /// The schema of batches as they are built.
    exact: SchemaRef,
    /// The schema of batches for the caller.
    schema: SchemaRef,
}

/// A value that the type cannot hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OutOfRange {
    pub(crate) column: String,
    pub(crate) value: Decimal,
}

impl OutOfRange {
    /// Returns the error, at a location without the column.
    pub(crate) fn at(self, at: Location) -> Error {
        Error::Value { at: Box::new(at.column(self.column)), text: self.value.to_string(), wanted: IN_RANGE }
    }
}

impl Narrowing {
    /// `fields` have the types of batches as they are built.
    pub(crate) fn new(fields: Vec<Field>, decimals: DecimalEncoding) -> Self {
        let exact = Arc::new(Schema::new(fields));
        let schema = match decimals {
            DecimalEncoding::Exact => Arc::clone(&exact),
            _ => {
                let narrowed = |field: &Arc<Field>| match is_decimal(field.data_type()) {
                    true => Arc::new(field.as_ref().clone().with_data_type(decimals.arrow())),
                    false => Arc::clone(field),
                };
                Arc::new(Schema::new(exact.fields().iter().map(narrowed).collect::<Vec<_>>()))
            }
        };
        Self { decimals, exact, schema }
    }

    /// The schema of batches for the caller.
    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Returns whether the type can hold fewer digits after the point.
    pub(crate) fn can_round(&self) -> bool {
        matches!(self.decimals, DecimalEncoding::Decimal { .. })
    }

    /// The type of decimal columns.
    pub(crate) fn decimals(&self) -> DecimalEncoding {
        self.decimals
    }

    /// Returns a batch of arrays as they are built.
    pub(crate) fn exact_batch(&self, arrays: Vec<ArrayRef>, rows: usize) -> RecordBatch {
        batch(&self.exact, arrays, rows)
    }

    /// Converts the decimal columns. Returns the batch for the caller, with the number of rounded cells.
    pub(crate) fn convert(&self, exact: RecordBatch) -> Result<(RecordBatch, CellCounts), OutOfRange> {
        let mut rounded = CellCounts::new();
        if self.decimals == DecimalEncoding::Exact {
            return Ok((exact, rounded));
        }
        let convert = |(field, array): (&Arc<Field>, &ArrayRef)| {
            let Some(numbers) = array.as_primitive_opt::<Decimal128Type>() else { return Ok(Arc::clone(array)) };
            match self.decimals {
                DecimalEncoding::Exact => Ok(Arc::clone(array)),
                DecimalEncoding::Float64 => Ok(doubles(numbers)),
                DecimalEncoding::Decimal { precision, scale } => {
                    let out_of_range = |value| OutOfRange { column: field.name().clone(), value };
                    let (array, cells) = decimals(numbers, precision, scale).map_err(out_of_range)?;
                    if cells > 0 {
                        rounded.insert(field.name().clone(), cells);
                    }
                    let array = array.with_data_type(self.decimals.arrow());
                    Ok(Arc::new(array) as ArrayRef)
                }
            }
        };
        let arrays: Vec<ArrayRef> =
            self.exact.fields().iter().zip(exact.columns()).map(convert).collect::<Result<_, OutOfRange>>()?;
        Ok((batch(&self.schema, arrays, exact.num_rows()), rounded))
    }
}

fn is_decimal(data_type: &DataType) -> bool {
    *data_type == DataType::Decimal128(PRECISION, SCALE)
}

/// A batch can have rows and no columns.
fn batch(schema: &SchemaRef, arrays: Vec<ArrayRef>, rows: usize) -> RecordBatch {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    #[expect(clippy::unwrap_used, reason = "arrays have the types of the schema, and one length")]
    RecordBatch::try_new_with_options(Arc::clone(schema), arrays, &options).unwrap()
}

fn doubles(numbers: &Decimal128Array) -> ArrayRef {
    let values: Vec<f64> = numbers.values().iter().map(|&value| Decimal::from_unscaled(value).to_f64()).collect();
    Arc::new(Float64Array::new(values.into(), numbers.nulls().cloned()))
}

/// Returns rounded numbers and how many differ from the exact ones, or a value that is out of range.
fn decimals(numbers: &Decimal128Array, precision: u8, scale: u8) -> Result<(Decimal128Array, u64), Decimal> {
    let mut values = Vec::with_capacity(numbers.values().len());
    let mut rounded = 0;
    // A null is stored as 0.
    for &value in numbers.values() {
        let value = Decimal::from_unscaled(value);
        let (narrow, is_rounded) = value.to_scale(precision, scale).ok_or(value)?;
        values.push(narrow);
        rounded += u64::from(is_rounded);
    }
    Ok((Decimal128Array::new(values.into(), numbers.nulls().cloned()), rounded))
}
