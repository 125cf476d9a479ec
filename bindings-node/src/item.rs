//! What a reader gives to JavaScript: pieces of the read, and answers to questions about it.

use napi_derive::napi;
use outlay::Progress;

use crate::encode::Made;
use crate::failure::Failure;
use crate::lent::Lent;

/// A piece of what was wished for, or the end.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct Item {
    /// Arrow IPC.
    pub bytes: Option<Lent>,
    /// Rows as a JSON array.
    pub text: Option<String>,
    /// How far the read is, where that is new.
    pub progress: Option<Reached>,
    pub is_end: bool,
    /// Whether the reader was closed.
    pub is_stopped: bool,
    pub failure: Option<Failure>,
}

/// How far a read is.
#[napi(object, object_from_js = false)]
pub struct Reached {
    pub bytes_done: i64,
    /// 0 where it is not known.
    pub bytes_total: i64,
    pub rows: i64,
}

/// Names of columns.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct ColumnsAnswer {
    pub columns: Option<Vec<String>>,
    pub failure: Option<Failure>,
}

/// Whether a file may be written.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct WriteAnswer {
    /// Why not, although the report can be read: another file may be.
    pub refused: Option<Failure>,
    /// Why the report cannot be read.
    pub failure: Option<Failure>,
}

impl Item {
    /// What those who wait get from a reader that is closed.
    pub fn stopped() -> Self {
        Self { is_stopped: true, ..Self::default() }
    }
}

impl From<Made> for Item {
    fn from(made: Made) -> Self {
        match made {
            Made::Bytes(bytes, progress) => {
                Self { bytes: Some(bytes), progress: Some(progress.into()), ..Self::default() }
            }
            Made::Text(text, progress) => {
                Self { text: Some(text), progress: progress.map(Into::into), ..Self::default() }
            }
            Made::Written(progress) => Self { progress: Some(progress.into()), ..Self::default() },
            Made::Failure(failure) => Self { failure: Some(failure), ..Self::default() },
        }
    }
}

impl From<Progress> for Reached {
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
