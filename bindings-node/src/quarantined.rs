//! Quarantined records.

use napi::bindgen_prelude::Buffer;
use napi_derive::napi;
use outlay::Quarantined;

use crate::failure::Failure;

/// One quarantined record: its bytes, and the reason.
#[napi(object, object_from_js = false)]
pub struct QuarantinedRecord {
    pub record: Buffer,
    pub failure: Failure,
}

/// Quarantined records, or a failure.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct QuarantinedAnswer {
    pub records: Option<Vec<QuarantinedRecord>>,
    pub failure: Option<Failure>,
}

impl From<Vec<Quarantined>> for QuarantinedAnswer {
    fn from(records: Vec<Quarantined>) -> Self {
        let record = |one: Quarantined| QuarantinedRecord { record: one.record.into(), failure: one.error.into() };
        Self { records: Some(records.into_iter().map(record).collect()), failure: None }
    }
}

impl From<Failure> for QuarantinedAnswer {
    fn from(failure: Failure) -> Self {
        Self { records: None, failure: Some(failure) }
    }
}
