//! Conversion of the core's errors to exceptions, whose classes are defined in `outlay/_errors.py`.

use std::path::PathBuf;

use outlay::{Error, Location};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple};

/// The attributes of an exception, from which new exceptions are created. An exception itself is not stored, since its
/// traceback references frames that reference the reader.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    code: &'static str,
    message: String,
    at: Option<Location>,
    /// The error number of the operating system.
    errno: Option<i32>,
    /// The path that does not exist.
    path: Option<PathBuf>,
    is_retryable: bool,
    /// The AWS operation, as IAM policies spell it.
    operation: Option<&'static str>,
    aws_code: Option<String>,
    /// The id that AWS gave the request.
    request_id: Option<String>,
    /// The possible choices, for errors about a name or place that is not unique.
    candidates: Option<Vec<String>>,
}

/// An error of outlay, or an exception of Python.
#[derive(Debug)]
pub enum Failure {
    Ours(Box<Facts>),
    /// An exception that a file object, a callback or a signal handler raised.
    Raised(PyErr),
}

impl Facts {
    /// Creates the attributes of an error that this package reports itself.
    pub fn own(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), ..Self::default() }
    }

    /// Returns the stable code and the message.
    pub fn text(&self) -> String {
        format!("{}: {}", self.code, self.message)
    }

    /// Creates a new exception.
    pub fn exception(&self) -> PyErr {
        Python::attach(|py| self.build(py).unwrap_or_else(|failure| failure))
    }

    fn build(&self, py: Python<'_>) -> PyResult<PyErr> {
        let object = self.at.as_ref().map(|at| &at.object);
        let (row, byte) = (self.at.as_ref().and_then(|at| at.row), self.at.as_ref().and_then(|at| at.byte));
        let column = self.at.as_ref().and_then(|at| at.column.as_ref());
        let more = PyDict::new(py);
        more.set_item("is_retryable", self.is_retryable)?;
        if let Some(operation) = self.operation {
            more.set_item("operation", operation)?;
        }
        if let Some(aws_code) = &self.aws_code {
            more.set_item("aws_code", aws_code)?;
        }
        if let Some(request_id) = &self.request_id {
            more.set_item("request_id", request_id)?;
        }
        if let Some(candidates) = &self.candidates {
            more.set_item("candidates", PyTuple::new(py, candidates)?)?;
        }
        let made = make(py)?.call1((
            self.code,
            &self.message,
            object,
            row,
            byte,
            column,
            self.errno,
            self.path.as_deref(),
            more,
        ))?;
        Ok(PyErr::from_value(made))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let mut facts = Facts {
            code: error.code(),
            message: error.to_string(),
            at: error.at().cloned(),
            is_retryable: error.is_retryable(),
            operation: error.operation(),
            aws_code: error.aws_code().map(str::to_owned),
            request_id: error.request_id().map(str::to_owned),
            candidates: error.candidates().map(<[String]>::to_vec),
            ..Facts::default()
        };
        match error {
            Error::NotFound { path, .. } => facts.path = Some(path),
            // An exception of the caller's file object is raised unchanged.
            Error::Io { source, .. } if source.get_ref().is_some_and(|inner| inner.is::<PyErr>()) => {
                return Self::Raised(source.into());
            }
            Error::Io { source, .. } => facts.errno = source.raw_os_error(),
            _ => {}
        }
        Self::Ours(Box::new(facts))
    }
}

impl From<PyErr> for Failure {
    fn from(raised: PyErr) -> Self {
        Self::Raised(raised)
    }
}

impl From<Facts> for Failure {
    fn from(facts: Facts) -> Self {
        Self::Ours(Box::new(facts))
    }
}

impl From<Failure> for PyErr {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Ours(facts) => facts.exception(),
            Failure::Raised(raised) => raised,
        }
    }
}

/// Converts an error to an exception.
pub fn exception(error: Error) -> PyErr {
    Failure::from(error).into()
}

fn make(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static MAKE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let make = MAKE.get_or_try_init(py, || Ok::<_, PyErr>(py.import("outlay._errors")?.getattr("_make")?.unbind()))?;
    Ok(make.bind(py))
}
