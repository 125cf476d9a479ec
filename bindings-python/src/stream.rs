//! The batches of a reader as an Arrow C stream.
#![allow(unsafe_code, reason = "the C stream interface returns the text of an error through a function pointer")]

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
use crate::shared::{Shared, TAKEN, consumed};

/// Creates the C stream of a read.
pub fn stream(shared: Arc<Shared>) -> FFI_ArrowArrayStream {
    let mut stream = FFI_ArrowArrayStream::new(Box::new(Stream { shared, has_ended: false }));
    if let Some(arrow_last_error) = stream.get_last_error.replace(last_error) {
        ARROW_LAST_ERROR.get_or_init(|| arrow_last_error);
    }
    stream
}

type LastError = unsafe extern "C" fn(*mut FFI_ArrowArrayStream) -> *const c_char;

/// The original function of the arrow crate for the text of an error. It is the same for all streams.
static ARROW_LAST_ERROR: OnceLock<LastError> = OnceLock::new();

/// Returns the text of an error without the prefix of the arrow crate, so that it starts with the stable code.
///
/// # Safety
///
/// `stream` must come from [`stream`] and must not be released, as the C stream interface requires.
unsafe extern "C" fn last_error(stream: *mut FFI_ArrowArrayStream) -> *const c_char {
    let Some(arrow_last_error) = ARROW_LAST_ERROR.get() else { return std::ptr::null() };
    // SAFETY: the caller follows the interface, and the arrow crate created the stream.
    let text = unsafe { arrow_last_error(stream) };
    if text.is_null() {
        return text;
    }
    // SAFETY: the arrow crate returns a text that is null-terminated and valid until the next call.
    let bytes = unsafe { CStr::from_ptr(text) }.to_bytes_with_nul();
    bytes.strip_prefix(b"External error: ").unwrap_or(bytes).as_ptr().cast()
}

/// Pulls batches from the shared read, and closes the read when the consumer releases the stream.
///
/// Consumers call it without the GIL and receive errors only as text. The reader stores the error itself.
struct Stream {
    shared: Arc<Shared>,
    /// Whether the end was returned. A consumer that asks again uses one stream for two results, as a lazy frame of
    /// `polars.scan_arrow_c_stream` does, and would take the second one for an empty or short report.
    has_ended: bool,
}

impl Iterator for Stream {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_ended {
            return Some(Err(ArrowError::ExternalError(text(&consumed(TAKEN)).into())));
        }
        // A panic must not unwind into the C caller.
        let pulled = catch_unwind(AssertUnwindSafe(|| self.shared.pull())).unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
            let panic = PanicException::new_err(text.unwrap_or_else(|| "panic".to_owned())).into();
            self.shared.fail(&panic);
            Err(panic)
        });
        self.has_ended = matches!(pulled, Ok(None));
        pulled.map_err(|failure| ArrowError::ExternalError(text(&failure).into())).transpose()
    }
}

impl RecordBatchReader for Stream {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.shared.schema)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        if self.shared.is_own() {
            self.shared.close();
        } else {
            self.shared.leak();
        }
    }
}

/// Returns the stable code and the message of a failure, with null bytes escaped, since they end a C string.
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
