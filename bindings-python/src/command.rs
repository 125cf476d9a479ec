//! The programs of the examples, started from Python.

use std::sync::Arc;

use outlay_examples::normalize::Event;
use outlay_examples::{connect, normalize};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::errors::exception;
use crate::interrupt::Interrupt;

/// How the command is used.
pub fn usage() -> String {
    let programs = [("normalize", normalize::USAGE), ("connect", connect::USAGE)];
    let lines = programs.map(|(program, usage)| usage_of(program, usage));
    lines.join(&format!("\n{}", " ".repeat("usage: ".len())))
}

fn usage_of(program: &str, usage: &str) -> String {
    let indent = " ".repeat("usage: outlay ".len() + program.len() + 1);
    let lines: Vec<&str> = usage.lines().map(str::trim_start).collect();
    format!("outlay {program} {}", lines.join(&format!("\n{indent}")))
}

/// Arguments that make no sense, and those that do.
fn misused(program: &str, usage: &str, problem: &str) -> PyErr {
    PyValueError::new_err(format!("{problem}\nusage: {}", usage_of(program, usage)).trim_start().to_owned())
}

/// Runs `normalize`: what it prints, and whether the read is good enough.
///
/// `tell` has the methods `begun(bytes)`, `read(bytes)`, `set_aside(reason)` and `withheld(reason)`. Arguments that make no sense raise
/// `ValueError` with what to print.
#[pyfunction(name = "normalize")]
pub fn run_normalize(py: Python<'_>, arguments: Vec<String>, tell: Py<PyAny>) -> PyResult<(String, bool)> {
    let arguments = normalize::Arguments::parse(arguments.into_iter())
        .map_err(|problem| misused("normalize", normalize::USAGE, &problem))?;
    let interrupt = Interrupt::new();
    let told = |event: Event<'_>| {
        let told = Python::attach(|py| match event {
            Event::Begun(progress) => tell.call_method1(py, "begun", (progress.bytes_total,)),
            Event::Read(progress) => tell.call_method1(py, "read", (progress.bytes_done,)),
            Event::SetAside(error) => tell.call_method1(py, "set_aside", (error.to_string(),)),
            Event::Withheld(reason) => tell.call_method1(py, "withheld", (reason,)),
        });
        if let Err(raised) = told {
            interrupt.raise(raised);
        }
    };
    let asked = Arc::clone(&interrupt);
    let builder = outlay::Reader::builder();
    let done = py.detach(|| normalize::normalize(&arguments, builder, move || asked.look(), told));
    let proof = interrupt.outcome(done)?;
    Ok((proof.text, proof.is_good))
}

/// Runs `connect`: whether the set-up is ready and the read of the month good enough. `tell(title, text)` is called after each step.
#[pyfunction(name = "connect")]
pub fn run_connect(py: Python<'_>, arguments: Vec<String>, tell: Py<PyAny>) -> PyResult<bool> {
    let arguments = connect::Arguments::parse(arguments.into_iter())
        .map_err(|problem| misused("connect", connect::USAGE, &problem))?;
    let interrupt = Interrupt::new();
    let told = |title: &str, text: &str| {
        if let Err(raised) = Python::attach(|py| tell.call1(py, (title, text))) {
            interrupt.raise(raised);
        }
    };
    let asked = Arc::clone(&interrupt);
    let done = py.detach(|| {
        let connector = arguments.connector().build()?;
        connect::connect(&connector, &arguments, move || asked.look(), told)
    });
    match (done, interrupt.take()) {
        (_, Some(reason)) => Err(reason),
        (done, None) => done.map_err(exception),
    }
}
