//! References from native code to Python objects that the garbage collector can visit and clear.
//!
//! A reader and an object that it references can form a cycle, for example an exception whose traceback references a frame
//! with the reader, or a callback that references the reader. The collector frees such a cycle only if it can visit all of
//! its references.

use std::sync::Mutex;

use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;

use crate::interrupt::lock;

/// An optional reference to a Python object.
#[derive(Debug, Default)]
pub struct PySlot(Mutex<Option<Py<PyAny>>>);

impl PySlot {
    pub fn new(object: Option<Py<PyAny>>) -> Self {
        Self(Mutex::new(object))
    }

    /// Returns the object, if any.
    pub fn get(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        lock(&self.0).as_ref().map(|object| object.clone_ref(py))
    }

    /// Returns whether there is no object. Does not need the GIL.
    pub fn is_empty(&self) -> bool {
        lock(&self.0).is_none()
    }

    /// Replaces the object.
    pub fn put(&self, object: Py<PyAny>) {
        let before = lock(&self.0).replace(object);
        // Dropped after the lock is released, since a destructor can run any Python code.
        drop(before);
    }

    /// Removes the object.
    pub fn clear(&self) {
        let before = lock(&self.0).take();
        drop(before);
    }

    /// Visits the object for the garbage collector. It must not block: an object whose lock is taken is not visited and so is
    /// not collected.
    pub fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.0.try_lock().map_or(Ok(()), |object| visit.call(object.as_ref()))
    }
}
