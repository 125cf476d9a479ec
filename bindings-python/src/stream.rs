//! The batches of a reader as a C stream, which consumers pull from.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchReader};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use pyo3::panic::PanicException;
use pyo3::prelude::*;

use crate::shared::Shared;

/// Pulls from the reader that it shares; when the consumer is done with it, so is the reader.
///
/// Consumers call it without Python's lock, and know errors only as text: the exception itself stays with the reader.
pub struct Stream(pub Arc<Shared>);

impl Iterator for Stream {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        // Whoever called is C, which no panic may reach.
        let pulled = catch_unwind(AssertUnwindSafe(|| self.0.pull())).unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
            let panic = PanicException::new_err(text.unwrap_or_else(|| "panic".to_owned()));
            self.0.fail(&panic);
            Err(panic)
        });
        pulled.map_err(|exception| ArrowError::ExternalError(text(&exception).into())).transpose()
    }
}

impl RecordBatchReader for Stream {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.0.schema)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// What of an exception passes through the C stream: the stable code and the message, without the bytes that end a text in C.
fn text(exception: &PyErr) -> String {
    let text = Python::attach(|py| {
        let value = exception.value(py);
        match value.getattr("code").and_then(|code| code.extract::<String>()) {
            Ok(code) => format!("{code}: {value}"),
            Err(_) => exception.to_string(),
        }
    });
    text.replace('\0', "\\0")
}
