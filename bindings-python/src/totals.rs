//! Totals, which the Python classes convert from JSON text.

use std::sync::Mutex;

use pyo3::prelude::*;

use crate::errors::exception;
use crate::interrupt::lock;
use crate::json::{parsed, text};

/// Counts and exact sums of a read, or of several parts together.
#[pyclass(frozen, module = "outlay._native")]
#[derive(Debug)]
pub struct Totals(Mutex<outlay::Totals>);

impl Totals {
    pub fn new(totals: outlay::Totals) -> Self {
        Self(Mutex::new(totals))
    }

    /// Modifies the totals in place.
    pub fn change<T>(&self, change: impl FnOnce(&mut outlay::Totals) -> T) -> T {
        change(&mut lock(&self.0))
    }
}

#[pymethods]
impl Totals {
    /// Creates empty totals, or totals from the text of [`Totals::state`].
    #[new]
    #[pyo3(signature = (state = None))]
    fn of(state: Option<&str>) -> PyResult<Self> {
        let totals = state.map(parsed).transpose()?;
        Ok(Self::new(totals.unwrap_or_default()))
    }

    /// The complete state as text, for [`Totals::of`].
    #[getter]
    fn state(&self) -> PyResult<String> {
        text(&*lock(&self.0))
    }

    /// The JSON text that `outlay normalize --json` prints.
    #[getter]
    fn json(&self) -> PyResult<String> {
        text(&lock(&self.0).summary())
    }

    /// Rows, checks, warnings and the outcome as readable text.
    #[getter]
    fn proof(&self) -> String {
        lock(&self.0).summary().to_string()
    }

    fn merge(&self, other: &Bound<'_, Self>) -> PyResult<()> {
        // Cloned before `self` is locked, since both can be the same object.
        let other = lock(&other.get().0).clone();
        lock(&self.0).merge(&other).map_err(exception)
    }

    /// Compares the totals with a plan, given as JSON text.
    fn check_against(&self, plan: &str) -> PyResult<()> {
        let plan = parsed(plan)?;
        lock(&self.0).check_against(&plan).map_err(exception)
    }

    fn check(&self) -> PyResult<()> {
        lock(&self.0).check().map_err(exception)
    }

    fn __eq__(&self, other: &Bound<'_, Self>) -> bool {
        let other = lock(&other.get().0).clone();
        *lock(&self.0) == other
    }
}
