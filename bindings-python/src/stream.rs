//! The batches of a reader as a C stream, which consumers pull from.
#![allow(unsafe_code, reason = "C asks for the text of an error by a function of its own")]

use std::ffi::{CStr, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use arrow::array::{RecordBatch, RecordBatchReader};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ffi_stream::FFI_ArrowArrayStream;
use pyo3::panic::PanicException;
use pyo3::prelude::*;

use crate::errors::Failure;
use crate::shared::Shared;

/// The batches of a read, for what takes Arrow's C streams.
pub fn stream(shared: Arc<Shared>) -> FFI_ArrowArrayStream {
    let mut stream = FFI_ArrowArrayStream::new(Box::new(Stream(shared)));
    if let Some(arrows) = stream.get_last_error.replace(last_error) {
        ARROWS.get_or_init(|| arrows);
    }
    stream
}

type LastError = unsafe extern "C" fn(*mut FFI_ArrowArrayStream) -> *const c_char;

/// Arrow's own function for the text of an error, which is the same for all streams.
static ARROWS: OnceLock<LastError> = OnceLock::new();

/// The text of an error without the words that Arrow puts before it: the first is the stable code.
///
/// # Safety
///
/// `stream` is one that [`stream`] made, and is not released, as the C stream interface has it.
unsafe extern "C" fn last_error(stream: *mut FFI_ArrowArrayStream) -> *const c_char {
    let Some(arrows) = ARROWS.get() else { return std::ptr::null() };
    // SAFETY: the caller keeps to the interface, and Arrow made the stream.
    let text = unsafe { arrows(stream) };
    if text.is_null() {
        return text;
    }
    // SAFETY: Arrow gives a text that ends with a zero and lives until the next call.
    let bytes = unsafe { CStr::from_ptr(text) }.to_bytes_with_nul();
    bytes.strip_prefix(b"External error: ").unwrap_or(bytes).as_ptr().cast()
}

/// Pulls from the reader that it shares; when the consumer is done with it, so is the reader.
///
/// Consumers call it without Python's lock, and know errors only as text: what it was stays with the reader.
struct Stream(Arc<Shared>);

impl Iterator for Stream {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        // The caller is C, which no panic may reach.
        let pulled = catch_unwind(AssertUnwindSafe(|| self.0.pull())).unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
            let panic = PanicException::new_err(text.unwrap_or_else(|| "panic".to_owned())).into();
            self.0.fail(&panic);
            Err(panic)
        });
        pulled.map_err(|failure| ArrowError::ExternalError(text(&failure).into())).transpose()
    }
}

impl RecordBatchReader for Stream {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.0.schema)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        if self.0.is_own() {
            self.0.close();
        } else {
            self.0.leave();
        }
    }
}

/// What of a failure passes through the C stream: the stable code and the message, without the bytes that end a text in C.
fn text(failure: &Failure) -> String {
    let text = match failure {
        Failure::Ours(facts) => facts.text(),
        Failure::Raised(raised) => Python::attach(|py| {
            let value = raised.value(py);
            match value.getattr("code").and_then(|code| code.extract::<String>()) {
                Ok(code) => format!("{code}: {value}"),
                Err(_) => raised.to_string(),
            }
        }),
    };
    text.replace('\0', "\\0")
}
