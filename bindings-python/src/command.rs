//! The programs of the examples, started from Python.

use outlay::Error;
use outlay_examples::normalize::{Arguments, Event, USAGE};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::errors::exception;
use crate::interrupt::Interrupt;

/// How the command is used.
pub fn usage() -> String {
    let indent = " ".repeat("usage: outlay normalize ".len());
    let lines: Vec<&str> = USAGE.lines().map(str::trim_start).collect();
    format!("outlay normalize {}", lines.join(&format!("\n{indent}")))
}

/// Runs `normalize`: what it prints, and whether everything is proven.
///
/// `tell` has the methods `begun(bytes)`, `read(bytes)` and `set_aside(reason)`. Arguments that make no sense raise
/// `ValueError` with what to print.
#[pyfunction]
pub fn normalize(py: Python<'_>, arguments: Vec<String>, tell: Py<PyAny>) -> PyResult<(String, bool)> {
    let arguments = Arguments::parse(arguments.into_iter())
        .map_err(|problem| PyValueError::new_err(format!("{problem}\nusage: {}", usage())))?;
    let interrupt = Interrupt::new();
    let told = |event: Event<'_>| {
        let told = Python::attach(|py| match event {
            Event::Begun(progress) => tell.call_method1(py, "begun", (progress.bytes_total,)),
            Event::Read(progress) => tell.call_method1(py, "read", (progress.bytes_done,)),
            Event::SetAside(error) => tell.call_method1(py, "set_aside", (error.to_string(),)),
        });
        if let Err(raised) = told {
            interrupt.raise(raised);
        }
    };
    let builder = interrupt.watch(outlay::Reader::builder());
    let done = py.detach(|| outlay_examples::normalize::normalize(&arguments, builder, told));
    match (done, interrupt.take()) {
        (Ok(_) | Err(Error::Stopped), Some(reason)) => Err(reason),
        (Ok(proof), None) => Ok((proof.text, proof.is_proven)),
        (Err(error), _) => Err(exception(error)),
    }
}
