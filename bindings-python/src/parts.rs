//! Plans and their parts as JSON text, which the Python classes convert.

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::batch::Batch;
use crate::errors::exception;
use crate::interrupt::Stop;
use crate::json::{self, parsed, text};
use crate::options::builder;
use crate::totals::Totals;

/// Lists the parts of a report, as the JSON text of a plan.
#[pyfunction]
#[pyo3(signature = (paths, options, stop = None))]
pub fn plan(
    py: Python<'_>,
    paths: Vec<PathBuf>,
    options: &Bound<'_, PyDict>,
    stop: Option<&Bound<'_, Stop>>,
) -> PyResult<String> {
    let interrupt = Stop::of(stop);
    let builder = interrupt.watch(builder(options)?);
    let plan = py.detach(|| interrupt.outcome(builder.plan(paths)))?;
    text(&plan)
}

/// Computes the closing batch from the totals of all parts, and adds it to the totals.
#[pyfunction]
pub fn closing_batch(totals: &Bound<'_, Totals>, options: &Bound<'_, PyDict>) -> PyResult<Option<Batch>> {
    let builder = builder(options)?;
    let batch = totals.get().change(|totals| builder.closing_batch(totals)).map_err(exception)?;
    Ok(batch.map(Batch))
}

/// Validates the JSON text of a part and returns it. Raises `ValueError` if this release cannot read it.
#[pyfunction]
pub fn checked_part(text: &str) -> PyResult<String> {
    json::text(&parsed::<outlay::Part>(text)?)
}

/// Validates the JSON text of a plan and returns it. Raises `ValueError` if this release cannot read it.
#[pyfunction]
pub fn checked_plan(text: &str) -> PyResult<String> {
    json::text(&parsed::<outlay::Plan>(text)?)
}
