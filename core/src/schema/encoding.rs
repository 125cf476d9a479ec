//! Encodings of output columns: options of a read.

use arrow::datatypes::DataType;

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
