//! Objects of Python's that native code refers to, where Python's collector sees them.
//!
//! What refers to a reader and is referred to by it, be it an exception whose traceback has the frame of the reader, or a
//! function that knows it, is a cycle. One that leads through memory that the collector cannot look at is never freed.

use std::sync::Mutex;

use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;

use crate::interrupt::lock;

/// An object of Python's, or none.
#[derive(Debug, Default)]
pub struct Held(Mutex<Option<Py<PyAny>>>);

impl Held {
    pub fn new(object: Option<Py<PyAny>>) -> Self {
        Self(Mutex::new(object))
    }

    /// The object, as long as it is held.
    pub fn get(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        lock(&self.0).as_ref().map(|object| object.clone_ref(py))
    }

    /// Whether it holds nothing, for which Python's lock is not needed.
    pub fn is_empty(&self) -> bool {
        lock(&self.0).is_none()
    }

    /// Holds another object.
    pub fn put(&self, object: Py<PyAny>) {
        let before = lock(&self.0).replace(object);
        // Behind the lock: what is freed may run any Python.
        drop(before);
    }

    /// Holds nothing any more.
    pub fn clear(&self) {
        let before = lock(&self.0).take();
        drop(before);
    }

    /// Shows the object to the collector, which must not wait: one that is in use is not seen, and so not collected.
    pub fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.0.try_lock().map_or(Ok(()), |object| visit.call(object.as_ref()))
    }
}
