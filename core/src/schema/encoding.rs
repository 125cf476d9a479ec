//! Encodings of output columns: options of a read.

use std::fmt;
use std::str::FromStr;

use arrow::datatypes::DataType;

use crate::error::{Error, Result, clip};
use crate::value::decimal::{Decimal, PRECISION, SCALE};
use crate::value::near::nearest;
use crate::value::words::option_words;

/// The Arrow type of text columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextEncoding {
    /// `Utf8`, which every consumer supports.
    #[default]
    Utf8,
    /// `Dictionary(Int32, Utf8)`: each distinct text is stored once per batch.
    Dictionary,
    /// `Utf8View`: long texts stay in the decompressed blocks, which batches share.
    View,
}

impl TextEncoding {
    /// Returns the Arrow type.
    pub(crate) fn arrow(self) -> DataType {
        match self {
            Self::Utf8 => DataType::Utf8,
            Self::Dictionary => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
            Self::View => DataType::Utf8View,
        }
    }
}

/// The Arrow type of decimal columns: money, prices and quantities.
///
/// Totals and checks are exact with each of them: a batch is converted after its checks.
///
/// It parses from and prints as `exact`, `float64` and `decimal(38,9)`.
///
/// # Examples
///
/// ```
/// use outlay::DecimalEncoding;
///
/// let parsed: DecimalEncoding = "decimal(38,9)".parse()?;
/// assert_eq!(parsed, DecimalEncoding::Decimal { precision: 38, scale: 9 });
/// assert_eq!(parsed.to_string(), "decimal(38,9)");
/// # Ok::<(), outlay::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecimalEncoding {
    /// `Decimal128(38, 18)`: every digit of the report.
    #[default]
    Exact,
    /// `Float64`: the nearest double, which has 15 to 17 significant digits.
    Float64,
    /// `Decimal128(precision, scale)`, rounded half to even. The totals count the rounded cells, see
    /// [`Totals::rounded_cells`](crate::Totals::rounded_cells), and have what rounding changed in the sums, see
    /// [`Totals::decimals_difference`](crate::Totals::decimals_difference). A value that is out of range is an
    /// [`Error::Value`].
    Decimal {
        /// Number of digits: 1 to 38.
        precision: u8,
        /// Number of decimal places: 0 to 18, and at most `precision`.
        scale: u8,
    },
}

impl DecimalEncoding {
    /// Returns the same type in one form: `decimal(38,18)` is the exact one.
    pub(crate) fn canonical(self) -> Self {
        match self {
            Self::Decimal { precision: PRECISION, scale } if i64::from(scale) == i64::from(SCALE) => Self::Exact,
            other => other,
        }
    }

    /// Fails with [`Error::Option`] for a type that does not exist.
    pub(crate) fn check(self) -> Result<()> {
        match self {
            Self::Decimal { precision, scale }
                if !(1..=PRECISION).contains(&precision) || scale > SCALE.unsigned_abs() || scale > precision =>
            {
                let reason = format!(
                    "`{self}` is not a type: use 1 to {PRECISION} digits, at most {SCALE} of them after the point, such as \
                     `decimal(38,9)`"
                );
                Err(Error::Option { option: OPTION, reason })
            }
            _ => Ok(()),
        }
    }

    /// Returns the Arrow type.
    pub(crate) fn arrow(self) -> DataType {
        match self {
            Self::Exact => DataType::Decimal128(PRECISION, SCALE),
            Self::Float64 => DataType::Float64,
            Self::Decimal { precision, scale } => DataType::Decimal128(precision, i8::try_from(scale).unwrap_or(SCALE)),
        }
    }

    /// Returns whether every [`Decimal`] is within its range.
    pub(crate) fn holds_all(self) -> bool {
        match self {
            Self::Exact | Self::Float64 => true,
            // A decimal has 20 digits before the point, and rounding can add one.
            Self::Decimal { precision, scale } => precision.saturating_sub(scale) > PRECISION - SCALE.unsigned_abs(),
        }
    }

    /// Returns whether a value is within its range.
    pub(crate) fn holds(self, value: Decimal) -> bool {
        match self {
            Self::Exact | Self::Float64 => true,
            Self::Decimal { precision, scale } => value.to_scale(precision, scale).is_some(),
        }
    }
}

/// The name of the option.
const OPTION: &str = "decimals";

/// The expected value, in the error for a value that is out of range.
pub(crate) const IN_RANGE: &str =
    "within the range of the option `decimals`: use more digits before the point, such as `decimal(38,9)`";

impl fmt::Display for DecimalEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact => f.write_str("exact"),
            Self::Float64 => f.write_str("float64"),
            Self::Decimal { precision, scale } => write!(f, "decimal({precision},{scale})"),
        }
    }
}

impl FromStr for DecimalEncoding {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let numbers = || {
            let numbers = text.strip_prefix("decimal(")?.strip_suffix(')')?;
            let (precision, scale) = numbers.split_once(',')?;
            Some(Self::Decimal { precision: precision.trim().parse().ok()?, scale: scale.trim().parse().ok()? })
        };
        let parsed = match text {
            "exact" => Some(Self::Exact),
            "float64" => Some(Self::Float64),
            _ => numbers(),
        };
        let Some(parsed) = parsed else {
            let text = clip(text.as_bytes());
            let mut reason = format!("`{text}` is none of `exact`, `float64`, `decimal(38,9)`");
            if let Some(near) = nearest(&text, ["exact", "float64", "decimal(38,9)"], 1).first() {
                reason.push_str(&format!("; did you mean `{near}`?"));
            }
            return Err(Error::Option { option: OPTION, reason });
        };
        parsed.check()?;
        Ok(parsed)
    }
}

/// The Arrow type of key-value columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MapEncoding {
    /// `Map<Utf8, Utf8>`, with numbers as their exact text.
    #[default]
    Map,
    /// JSON text, as FOCUS requires in files. The numbers of SkuPriceDetails and x_Discounts are JSON numbers.
    Json,
}

/// The spelling of tag keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TagPolicy {
    /// As in the report: `Env` and `env` are two tags.
    #[default]
    Exact,
    /// As in Athena: lower case with underscores. Tags whose keys become equal are combined; the first value that is
    /// not blank is used.
    Fold,
}

option_words!(TextEncoding, "text": "utf8" => Utf8, "dictionary" => Dictionary, "view" => View);
option_words!(MapEncoding, "maps": "map" => Map, "json" => Json);
option_words!(TagPolicy, "tag_policy": "exact" => Exact, "fold" => Fold);
