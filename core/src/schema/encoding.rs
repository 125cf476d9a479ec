//! How the columns of the output are encoded: options of a read.

use arrow::datatypes::DataType;

/// How text columns are handed out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextEncoding {
    /// `Utf8`: what every consumer understands.
    #[default]
    Utf8,
    /// `Dictionary(Int32, Utf8)`: each text once for each batch, rows as numbers.
    Dictionary,
    /// `Utf8View`: long texts stay where the report was inflated, and batches share that memory.
    View,
}

impl TextEncoding {
    /// The Arrow type.
    pub(crate) fn arrow(self) -> DataType {
        match self {
            Self::Utf8 => DataType::Utf8,
            Self::Dictionary => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
            Self::View => DataType::Utf8View,
        }
    }
}

/// How key-value columns are handed out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MapEncoding {
    /// `Map<Utf8, Utf8>`; numbers as their exact text.
    #[default]
    Map,
    /// JSON text, as FOCUS wants it in files; the numbers of SkuPriceDetails and x_Discounts as numbers.
    Json,
}

/// How keys of tags are handed out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TagPolicy {
    /// As the report spells them: `Env` and `env` are two tags.
    #[default]
    Exact,
    /// In Athena's spelling, lower case with underscores: what becomes equal is one tag, and of its values the first
    /// that is not blank counts.
    Fold,
}
