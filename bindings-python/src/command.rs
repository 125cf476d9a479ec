//! The command-line program `outlay`, started from Python.

use std::ffi::OsString;
use std::sync::Arc;

use outlay::Progress;
use outlay::cli::{Console, run};
use pyo3::prelude::*;

use crate::interrupt::Interrupt;

/// A Python object with the methods `print(text)`, `report(message)`, `progress(done, total)`, `confirm(question)`,
/// `output_width()` and `error_width()`.
struct PythonConsole<'a> {
    object: Py<PyAny>,
    interrupt: &'a Interrupt,
}

impl PythonConsole<'_> {
    /// Calls a method of the console. An exception ends the run.
    fn call(&self, call: impl FnOnce(Python<'_>) -> PyResult<Py<PyAny>>) {
        self.ask(|py| call(py).map(|_| None::<()>));
    }

    /// Calls a method of the console that returns a value or `None`.
    fn ask<T>(&self, call: impl FnOnce(Python<'_>) -> PyResult<Option<T>>) -> Option<T> {
        Python::attach(call).unwrap_or_else(|raised| {
            self.interrupt.raise(raised);
            None
        })
    }
}

impl Console for PythonConsole<'_> {
    fn print(&mut self, text: &str) {
        self.call(|py| self.object.call_method1(py, "print", (text,)));
    }

    fn report(&mut self, message: &str) {
        self.call(|py| self.object.call_method1(py, "report", (message,)));
    }

    fn progress(&mut self, progress: &Progress) {
        self.call(|py| self.object.call_method1(py, "progress", (progress.bytes_done, progress.bytes_total)));
    }

    fn confirm(&mut self, question: &str) -> Option<bool> {
        self.ask(|py| self.object.call_method1(py, "confirm", (question,))?.extract(py))
    }

    fn output_width(&self) -> Option<usize> {
        self.ask(|py| self.object.call_method0(py, "output_width")?.extract(py))
    }

    fn error_width(&self) -> Option<usize> {
        self.ask(|py| self.object.call_method0(py, "error_width")?.extract(py))
    }
}

/// Runs the program and returns its exit status. `arguments` exclude the program name. Exceptions of the console and of signal
/// handlers are raised.
#[pyfunction(name = "run")]
pub fn run_program(py: Python<'_>, arguments: Vec<OsString>, console: Py<PyAny>) -> PyResult<u8> {
    let interrupt = Interrupt::new();
    let watched = Arc::clone(&interrupt);
    let exit = py.detach(|| {
        let mut console = PythonConsole { object: console, interrupt: &interrupt };
        run(arguments, &mut console, move || watched.look())
    });
    interrupt.take().map_or(Ok(exit.status()), Err)
}
