//! The core's error as an exception: the class and its attributes are Python's own, in `outlay/_errors.py`.

use outlay::Error;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple};

/// The exception for an error.
pub fn exception(error: Error) -> PyErr {
    Python::attach(|py| build(py, error).unwrap_or_else(|failure| failure))
}

/// The exception for a stable code that only this package has.
pub fn own(code: &str, message: &str) -> PyErr {
    Python::attach(|py| {
        let none = py.None();
        let arguments = (code, message, &none, &none, &none, &none, &none, &none, PyDict::new(py));
        make(py).and_then(|make| make.call1(arguments)).map_or_else(|failure| failure, PyErr::from_value)
    })
}

fn build(py: Python<'_>, error: Error) -> PyResult<PyErr> {
    let (code, message) = (error.code(), error.to_string());
    let at = error.at().cloned();
    let object = at.as_ref().map(|at| at.object.clone());
    let (row, byte) = (at.as_ref().and_then(|at| at.row), at.as_ref().and_then(|at| at.byte));
    let column = at.and_then(|at| at.column);
    let (mut errno, mut path) = (None, None);
    let more = PyDict::new(py);
    more.set_item("is_retryable", error.is_retryable())?;
    if let Some(operation) = error.operation() {
        more.set_item("operation", operation)?;
    }
    if let Some(aws_code) = error.aws_code() {
        more.set_item("aws_code", aws_code)?;
    }
    if let Some(candidates) = error.candidates() {
        more.set_item("candidates", PyTuple::new(py, candidates)?)?;
    }
    match error {
        Error::NotFound { path: missing } => path = Some(missing),
        // What a file object of the caller's raised is raised as it is.
        Error::Io { source, .. } if source.get_ref().is_some_and(|inner| inner.is::<PyErr>()) => {
            return Ok(source.into());
        }
        Error::Io { source, .. } => errno = source.raw_os_error(),
        _ => {}
    }
    let made = make(py)?.call1((code, message, object, row, byte, column, errno, path, more))?;
    Ok(PyErr::from_value(made))
}

fn make(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static MAKE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let make = MAKE.get_or_try_init(py, || Ok::<_, PyErr>(py.import("outlay._errors")?.getattr("_make")?.unbind()))?;
    Ok(make.bind(py))
}
