//! File objects of Python as input.

use std::io;
use std::sync::Arc;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyMemoryView;

use crate::errors::Facts;
use crate::py_slot::PySlot;

/// A Python file object. The core reads it on one thread, which holds the GIL for one chunk at a time.
pub struct FileObject(pub Arc<PySlot>);

impl io::Read for FileObject {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let chunk = Python::try_attach(|py| {
            // The object is absent after the garbage collector cleared the reader.
            let file =
                self.0.get(py).ok_or_else(|| Facts::own("OUTLAY_STOPPED", "the reader was closed").exception())?;
            let chunk = file.call_method1(py, "read", (buffer.len(),))?;
            let bytes = bytes_of(chunk.bind(py)).map_err(|_| {
                PyTypeError::new_err("a file object has to give bytes: open it in binary mode, and blocking")
            })?;
            match buffer.get_mut(..bytes.len()) {
                Some(place) => place.copy_from_slice(&bytes),
                None => return Err(PyValueError::new_err("read gave more bytes than it was asked for")),
            }
            Ok(bytes.len())
        });
        match chunk {
            Some(Ok(length)) => Ok(length),
            Some(Err(raised)) => Err(io::Error::from(raised)),
            None => Err(io::Error::other("the interpreter ends")),
        }
    }
}

/// Returns the bytes of an object: `bytes`, `bytearray`, or any other buffer. Not by `bytes(…)`, which makes zeros of a number.
fn bytes_of(object: &Bound<'_, PyAny>) -> PyResult<PyBackedBytes> {
    if let Ok(bytes) = object.extract() {
        return Ok(bytes);
    }
    Ok(PyMemoryView::from(object)?.call_method0("tobytes")?.extract()?)
}
