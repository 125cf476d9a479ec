//! Results of addon functions as text, and the flag that stops a call.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use napi_derive::napi;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::Failure;

/// The stop flag of one asynchronous call.
#[napi]
pub struct Call {
    pub(crate) stop: Arc<AtomicBool>,
}

#[napi]
impl Call {
    #[allow(clippy::new_without_default, reason = "only JavaScript constructs it")]
    #[napi(constructor)]
    pub fn new() -> Self {
        Self { stop: Arc::default() }
    }

    /// Requests the call to end with `OUTLAY_STOPPED`. The call checks the flag periodically.
    #[napi]
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// A text, usually JSON, or the failure of the call. Exactly one of the two fields is set.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct TextAnswer {
    pub text: Option<String>,
    pub failure: Option<Failure>,
}

impl From<String> for TextAnswer {
    fn from(text: String) -> Self {
        Self { text: Some(text), failure: None }
    }
}

impl From<Failure> for TextAnswer {
    fn from(failure: Failure) -> Self {
        Self { text: None, failure: Some(failure) }
    }
}

impl<T: Into<String>, E: Into<Failure>> From<Result<T, E>> for TextAnswer {
    fn from(result: Result<T, E>) -> Self {
        match result {
            Ok(text) => Self::from(text.into()),
            Err(error) => Self::from(error.into()),
        }
    }
}

/// Serializes a value as JSON text.
pub fn json(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(Failure::fault)
}

/// Deserializes JSON text from JavaScript. `what` names the expected value in the error message.
pub fn parsed<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(|error| Failure::own("OUTLAY_OPTION", format!("that is no {what}: {error}")))
}
