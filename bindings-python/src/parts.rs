//! Plans and their parts, as JSON text that Python's own classes are made of.

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::batch::Batch;
use crate::errors::exception;
use crate::interrupt::Stop;
use crate::json::{self, parsed, text};
use crate::options::builder;
use crate::totals::Totals;

/// The parts of a report, and what else there is to say.
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

/// The rows that only the totals of all parts show; the totals are settled with them.
#[pyfunction]
pub fn closing_batch(totals: &Bound<'_, Totals>, options: &Bound<'_, PyDict>) -> PyResult<Option<Batch>> {
    let builder = builder(options)?;
    let batch = totals.get().change(|totals| builder.closing_batch(totals)).map_err(exception)?;
    Ok(batch.map(Batch))
}

/// The text of a part, when it is one that this release reads.
#[pyfunction]
pub fn checked_part(text: &str) -> PyResult<String> {
    json::text(&parsed::<outlay::Part>(text)?)
}

/// The text of a plan, when it is one that this release reads.
#[pyfunction]
pub fn checked_plan(text: &str) -> PyResult<String> {
    json::text(&parsed::<outlay::Plan>(text)?)
}
