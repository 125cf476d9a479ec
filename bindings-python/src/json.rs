//! Values that are passed to and from Python as JSON text.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Serializes a value as JSON text.
pub fn text(value: &impl Serialize) -> PyResult<String> {
    serde_json::to_string(value).map_err(no_json)
}

/// Deserializes a value from the JSON text of [`text`].
pub fn parsed<T: DeserializeOwned>(text: &str) -> PyResult<T> {
    serde_json::from_str(text).map_err(no_json)
}

fn no_json(error: serde_json::Error) -> PyErr {
    PyValueError::new_err(error.to_string())
}
