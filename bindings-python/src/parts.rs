//! Plans and their parts, as JSON text that Python's own classes are made of.

use std::path::PathBuf;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::batch::Batch;
use crate::errors::exception;
use crate::options::builder;
use crate::totals::Totals;

/// The parts of a report, and what else there is to say.
#[pyfunction]
pub fn plan(py: Python<'_>, paths: Vec<PathBuf>, options: &Bound<'_, PyDict>) -> PyResult<String> {
    let builder = builder(options)?;
    let plan = py.detach(|| builder.plan(paths)).map_err(exception)?;
    serde_json::to_string(&plan).map_err(|error| PyValueError::new_err(error.to_string()))
}

/// The rows that only the totals of all parts show; the totals are settled with them.
#[pyfunction]
pub fn closing_batch(totals: &Bound<'_, Totals>, options: &Bound<'_, PyDict>) -> PyResult<Option<Batch>> {
    let builder = builder(options)?;
    let batch = totals.get().change(|totals| builder.closing_batch(totals)).map_err(exception)?;
    Ok(batch.map(Batch))
}
