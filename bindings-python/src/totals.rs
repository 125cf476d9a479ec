//! The totals, as text that Python's own classes are made of.

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

    /// Changes them in place.
    pub fn change<T>(&self, change: impl FnOnce(&mut outlay::Totals) -> T) -> T {
        change(&mut lock(&self.0))
    }
}

#[pymethods]
impl Totals {
    /// Totals of nothing, or those whose state this is.
    #[new]
    #[pyo3(signature = (state = None))]
    fn of(state: Option<&str>) -> PyResult<Self> {
        let totals = state.map(parsed).transpose()?;
        Ok(Self::new(totals.unwrap_or_default()))
    }

    /// All there is to know, for [`Totals::of`].
    #[getter]
    fn state(&self) -> PyResult<String> {
        text(&*lock(&self.0))
    }

    /// The JSON text of `normalize --json`.
    #[getter]
    fn json(&self) -> PyResult<String> {
        text(&lock(&self.0).summary())
    }

    /// Rows, checks, warnings and the verdict, for people.
    #[getter]
    fn proof(&self) -> String {
        lock(&self.0).summary().to_string()
    }

    fn merge(&self, other: &Bound<'_, Self>) -> PyResult<()> {
        // Taken before the lock: the two can be one.
        let other = lock(&other.get().0).clone();
        lock(&self.0).merge(&other).map_err(exception)
    }

    /// Compares them with a plan, which is JSON text.
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
