//! Credentials that a function of the caller returns.

use std::error::Error;
use std::time::{Duration, SystemTime};

use outlay::aws_credential_types::Credentials;
use pyo3::prelude::*;

/// The name of the provider in the logs of the SDK.
const NAME: &str = "python";

/// What the function of the package returns: ID, secret, session token, and when they expire, in seconds since 1970.
type Parts = (String, String, Option<String>, Option<f64>);

/// Returns a function that calls `function`, which returns [`Parts`].
pub fn called(
    function: Py<PyAny>,
) -> impl Fn() -> Result<Credentials, Box<dyn Error + Send + Sync>> + Send + Sync + 'static {
    move || {
        Python::attach(|py| {
            let (id, secret, token, expires) = function
                .bind(py)
                .call0()
                .and_then(|parts| parts.extract::<Parts>())
                .map_err(|raised| text(py, &raised))?;
            let expires = expires.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            let expires = expires.and_then(|after| SystemTime::UNIX_EPOCH.checked_add(after));
            Ok(Credentials::new(id, secret, token, expires, NAME))
        })
    }
}

/// The text of an exception, which may have no other thread's frames.
fn text(py: Python<'_>, raised: &PyErr) -> String {
    raised.value(py).str().map_or_else(|_| raised.to_string(), |text| format!("{}: {text}", raised.get_type(py)))
}
