//! A report that can be read again.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::RecordBatch;
use outlay::Error;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyCapsule, PyDict};

use crate::batch::{Batch, describe, schema_capsule};
use crate::errors::exception;
use crate::input::FileObject;
use crate::interrupt::Stop;
use crate::json::text;
use crate::options::{builder, changed};
use crate::py_slot::PySlot;
use crate::reader::Reader;
use crate::shared::ReadSettings;
use crate::totals::Totals;

/// A report that can be read any number of times.
#[pyclass(frozen, module = "outlay._native")]
pub struct Report {
    report: outlay::Report,
    /// Length of an input in memory, which the core reads as a stream of unknown length.
    stream_bytes: Option<u64>,
}

impl Report {
    pub fn new(report: outlay::Report) -> Self {
        Self { report, stream_bytes: None }
    }

    /// Calls the core without the GIL. Signals are checked during the call.
    fn call<T: Send>(
        &self,
        py: Python<'_>,
        stop: Option<&Bound<'_, Stop>>,
        work: impl FnOnce(&outlay::Report) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        let interrupt = Stop::of(stop);
        let report = self.report.for_pass(interrupt.watch(self.report.options())).map_err(exception)?;
        Ok(py.detach(|| interrupt.outcome(work(&report)))?)
    }
}

/// Returns the report behind paths.
#[pyfunction]
pub fn open(paths: Vec<PathBuf>, options: &Bound<'_, PyDict>) -> PyResult<Report> {
    builder(options)?.open(paths).map(Report::new).map_err(exception)
}

/// Returns the report in bytes, or in objects whose method `read` returns bytes, which are copied to temporary files.
#[pyfunction]
#[pyo3(signature = (inputs, options, stop = None))]
pub fn open_streams(
    py: Python<'_>,
    inputs: Vec<(String, Bound<'_, PyAny>, Option<u64>)>,
    options: &Bound<'_, PyDict>,
    stop: Option<&Bound<'_, Stop>>,
) -> PyResult<Report> {
    let interrupt = Stop::of(stop);
    let builder = interrupt.watch(builder(options)?);
    let stream_bytes = inputs.iter().map(|(.., size)| *size).sum();
    let in_memory: PyResult<Vec<(String, PyBackedBytes)>> =
        inputs.iter().map(|(name, input, _)| Ok((name.clone(), input.extract()?))).collect();
    if let Ok(objects) = in_memory {
        let report = builder.open_bytes_all(objects).map_err(exception)?;
        return Ok(Report { report, stream_bytes });
    }
    let file = |(name, input, _): (String, Bound<'_, PyAny>, _)| {
        (name, FileObject(Arc::new(PySlot::new(Some(input.unbind())))))
    };
    let files: Vec<_> = inputs.into_iter().map(file).collect();
    let report = py.detach(|| interrupt.outcome(builder.open_stream_all(files)))?;
    Ok(Report { report, stream_bytes })
}

#[pymethods]
impl Report {
    /// Starts a pass.
    #[pyo3(signature = (watch = None, stop = None))]
    fn read(&self, py: Python<'_>, watch: Option<Py<PyAny>>, stop: Option<&Bound<'_, Stop>>) -> PyResult<Reader> {
        let settings = ReadSettings { stream_bytes: self.stream_bytes, ..ReadSettings::watched_by(watch) };
        Reader::begin(py, &self.report, settings, stop, outlay::Report::read)
    }

    /// Starts a pass that returns exactly the given columns of the schema.
    #[pyo3(signature = (columns, stop = None))]
    fn scan(&self, py: Python<'_>, columns: Vec<String>, stop: Option<&Bound<'_, Stop>>) -> PyResult<Reader> {
        let settings = ReadSettings { stream_bytes: self.stream_bytes, ..ReadSettings::default() };
        Reader::begin(py, &self.report, settings, stop, |report| report.scan(columns))
    }

    #[pyo3(signature = (rows, stop = None))]
    fn head(&self, py: Python<'_>, rows: usize, stop: Option<&Bound<'_, Stop>>) -> PyResult<Batch> {
        self.call(py, stop, |report| report.head(rows)).map(Batch)
    }

    /// Returns the same report with changed options. It shares the parts and the last pass.
    fn changed(&self, options: &Bound<'_, PyDict>) -> PyResult<Self> {
        let report = self.report.for_pass(changed(self.report.options(), options)?).map_err(exception)?;
        Ok(Self { report, stream_bytes: self.stream_bytes })
    }

    /// The address of the report and its selected parts, as text.
    fn describe(&self) -> String {
        self.report.to_string()
    }

    /// The name, the type as text, and the nullability of each column.
    #[getter]
    fn schema(&self, py: Python<'_>) -> PyResult<Vec<(String, String, bool)>> {
        Ok(describe(&*self.call(py, None, outlay::Report::schema)?))
    }

    /// A batch without rows.
    fn empty(&self, py: Python<'_>) -> PyResult<Batch> {
        Ok(Batch(RecordBatch::new_empty(self.call(py, None, outlay::Report::schema)?)))
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        schema_capsule(py, &*self.call(py, None, outlay::Report::schema)?)
    }

    /// The selected parts, as the JSON text of a plan.
    #[pyo3(signature = (stop = None))]
    fn plan(&self, py: Python<'_>, stop: Option<&Bound<'_, Stop>>) -> PyResult<String> {
        text(&self.call(py, stop, outlay::Report::plan)?)
    }

    #[pyo3(signature = (stop = None))]
    fn refresh(&self, py: Python<'_>, stop: Option<&Bound<'_, Stop>>) -> PyResult<()> {
        self.call(py, stop, outlay::Report::refresh)
    }

    #[getter]
    fn last_pass(&self) -> Option<Totals> {
        self.report.last_pass().map(Totals::new)
    }

    fn check(&self) -> PyResult<()> {
        self.report.check().map_err(exception)
    }
}
