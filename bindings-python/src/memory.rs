//! The memory limit of the process.

use pyo3::prelude::*;

/// Sets how many bytes all readers of this process may use to work ahead.
#[pyfunction]
pub fn set_memory_limit(bytes: usize) {
    outlay::set_memory_limit(bytes);
}

/// Returns the limit in bytes.
#[pyfunction]
pub fn memory_limit() -> usize {
    outlay::memory_limit()
}
