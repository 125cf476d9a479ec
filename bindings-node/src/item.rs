//! The objects that the promises of a reader resolve to.

use napi_derive::napi;
use outlay::Progress;

use crate::encode::{Piece, Rows};
use crate::external_buffer::ExternalBuffer;
use crate::failure::Failure;

/// One piece of the output, the end of the read, or its failure.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct Item {
    /// Bytes, for `beginIpc`, `beginLines`, `beginCsv` and `beginParquet`; for `beginRows` the positions of values.
    pub bytes: Option<ExternalBuffer>,
    /// The values of each column, as JSON, for `beginRows`.
    pub values: Option<String>,
    /// Number of rows, for `beginRows`.
    pub rows: Option<u32>,
    /// The progress of the read, if it changed.
    pub progress: Option<ItemProgress>,
    pub is_end: bool,
    /// Whether the reader was closed.
    pub is_stopped: bool,
    pub failure: Option<Failure>,
}

/// The progress of a read.
#[napi(object, object_from_js = false)]
pub struct ItemProgress {
    pub bytes_done: i64,
    /// 0 if the size of the report is unknown.
    pub bytes_total: i64,
    pub rows: i64,
}

/// The names of the columns, or a failure.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct ColumnsAnswer {
    pub columns: Option<Vec<String>>,
    pub failure: Option<Failure>,
}

/// Whether a file may be written. Both fields are absent if it may.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct WriteAnswer {
    /// Why this file may not be written. The reader stays usable and can write another file.
    pub refused: Option<Failure>,
    /// Why the report could not be read.
    pub failure: Option<Failure>,
}

impl Item {
    /// The item for pending promises of a closed reader.
    pub fn stopped() -> Self {
        Self { is_stopped: true, ..Self::default() }
    }
}

impl From<Piece> for Item {
    fn from(made: Piece) -> Self {
        match made {
            Piece::Bytes(bytes, progress) => {
                Self { bytes: Some(bytes), progress: progress.map(Into::into), ..Self::default() }
            }
            Piece::Rows(Rows { count, values, positions }, progress) => Self {
                bytes: positions,
                values: Some(values),
                rows: Some(count),
                progress: progress.map(Into::into),
                ..Self::default()
            },
            Piece::Written(progress) => Self { progress: Some(progress.into()), ..Self::default() },
            Piece::Failure(failure) => Self { failure: Some(failure), ..Self::default() },
        }
    }
}

impl From<Progress> for ItemProgress {
    fn from(progress: Progress) -> Self {
        let number = |number| i64::try_from(number).unwrap_or(i64::MAX);
        Self {
            bytes_done: number(progress.bytes_done),
            bytes_total: number(progress.bytes_total),
            rows: number(progress.rows),
        }
    }
}

impl From<Vec<String>> for ColumnsAnswer {
    fn from(columns: Vec<String>) -> Self {
        Self { columns: Some(columns), failure: None }
    }
}

impl From<Option<Failure>> for WriteAnswer {
    fn from(refused: Option<Failure>) -> Self {
        Self { refused, failure: None }
    }
}

impl From<Failure> for WriteAnswer {
    fn from(failure: Failure) -> Self {
        Self { refused: None, failure: Some(failure) }
    }
}

impl From<Failure> for ColumnsAnswer {
    fn from(failure: Failure) -> Self {
        Self { columns: None, failure: Some(failure) }
    }
}
