//! The reader: batches for a loop, a stream for a consumer, a file from the core's sinks.

use std::io::Cursor;
use std::path::PathBuf;
use std::sync::Arc;

use outlay::sink::Target;
use outlay::{Error, ReaderBuilder};
use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyCapsule, PyDict};

use crate::batch::{Batch, describe, schema_capsule};
use crate::errors::exception;
use crate::held::Held;
use crate::input::FileObject;
use crate::interrupt::{Interrupt, Stop};
use crate::json::parsed;
use crate::options::builder;
use crate::quarantined::Quarantined;
use crate::shared::{FRESH, Shared, TAKEN, Told, consumed};
use crate::stream::stream;
use crate::totals::Totals;

/// A report that is being read.
#[pyclass(frozen, module = "outlay._native")]
pub struct Reader(Arc<Shared>);

impl Reader {
    pub fn open(
        py: Python<'_>,
        options: &Bound<'_, PyDict>,
        mut told: Told,
        stop: Option<&Bound<'_, Stop>>,
        open: impl FnOnce(ReaderBuilder, &Interrupt) -> Result<outlay::Reader, Error> + Send,
    ) -> PyResult<Self> {
        let interrupt = Stop::of(stop);
        let builder = interrupt.watch(builder(options)?);
        told.threads = options.get_item("threads")?.and_then(|threads| threads.extract().ok());
        let reader = py.detach(|| interrupt.outcome(open(builder, &interrupt)))?;
        Ok(Self(Arc::new(Shared::new(reader, interrupt, told))))
    }
}

/// Opens files, folders and manifests.
#[pyfunction]
#[pyo3(signature = (paths, options, watch = None, stop = None))]
pub fn read(
    py: Python<'_>,
    paths: Vec<PathBuf>,
    options: &Bound<'_, PyDict>,
    watch: Option<Py<PyAny>>,
    stop: Option<&Bound<'_, Stop>>,
) -> PyResult<Reader> {
    Reader::open(py, options, Told::by(watch), stop, |builder, _| builder.read(paths))
}

/// Opens one part of a plan, which is JSON text.
#[pyfunction]
#[pyo3(signature = (part, options, watch = None, stop = None))]
pub fn read_part(
    py: Python<'_>,
    part: &str,
    options: &Bound<'_, PyDict>,
    watch: Option<Py<PyAny>>,
    stop: Option<&Bound<'_, Stop>>,
) -> PyResult<Reader> {
    let part = parsed(part)?;
    Reader::open(py, options, Told::by(watch), stop, move |builder, _| builder.read_part(&part))
}

/// Opens bytes, or an object whose `read` gives bytes.
#[pyfunction]
#[pyo3(signature = (object, input, options, watch = None, stop = None))]
pub fn read_stream(
    py: Python<'_>,
    object: String,
    input: &Bound<'_, PyAny>,
    options: &Bound<'_, PyDict>,
    watch: Option<Py<PyAny>>,
    stop: Option<&Bound<'_, Stop>>,
) -> PyResult<Reader> {
    if let Ok(bytes) = input.extract::<PyBackedBytes>() {
        let told = Told { stream_bytes: Some(bytes.len() as u64), ..Told::by(watch) };
        return Reader::open(py, options, told, stop, |builder, _| builder.read_from(object, Cursor::new(bytes)));
    }
    let file = Arc::new(Held::new(Some(input.clone().unbind())));
    let told = Told { file: Arc::clone(&file), ..Told::by(watch) };
    Reader::open(py, options, told, stop, |builder, _| builder.read_from(object, FileObject(file)))
}

#[pymethods]
impl Reader {
    fn __iter__<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        // A loop over what is gone would end at once and look like a report without rows.
        match this.get().0.used() {
            FRESH => Ok(this.clone()),
            used => Err(consumed(used).into()),
        }
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Batch>> {
        match self.0.used() {
            TAKEN => Err(consumed(TAKEN).into()),
            _ => Ok(py.detach(|| self.0.pull())?.map(Batch)),
        }
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        schema_capsule(py, &self.0.schema)
    }

    /// The batches for one consumer. A schema that is asked for is a wish, which is not met: casting is the consumer's.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        self.0.claim()?;
        PyCapsule::new_with_value(py, stream(Arc::clone(&self.0)), c"arrow_array_stream")
    }

    /// Writes all batches to a file: `parquet`, `ipc` or `csv`.
    fn write(&self, py: Python<'_>, path: PathBuf, kind: &str) -> PyResult<()> {
        let target = Target::new(path, kind.parse().map_err(exception)?);
        let target = self.0.threads.into_iter().fold(target, Target::threads);
        Ok(py.detach(|| self.0.write(&target))?)
    }

    /// Gives up threads, files and memory; totals stay.
    fn close(&self, py: Python<'_>) {
        // Before the lock: the thread that has it is reading.
        self.0.interrupt.want();
        py.detach(|| self.0.close());
    }

    /// Name, type and nullability of each column.
    #[getter]
    fn schema(&self) -> Vec<(String, String, bool)> {
        describe(&self.0.schema)
    }

    #[getter]
    fn error(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.0.error(py)
    }

    #[getter]
    fn progress(&self, py: Python<'_>) -> PyResult<(u64, Option<u64>, u64)> {
        Ok(py.detach(|| self.0.progress())?)
    }

    #[getter]
    fn totals(&self, py: Python<'_>) -> PyResult<Totals> {
        Ok(Totals::new(py.detach(|| self.0.totals())?))
    }

    /// The records that were set aside since the last call.
    fn quarantined(&self, py: Python<'_>) -> PyResult<Quarantined> {
        Ok(Quarantined(py.detach(|| self.0.take_quarantined())?))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.0.visit(&visit)
    }

    fn __clear__(&self) {
        self.0.clear();
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if !self.0.is_own() {
            self.0.leave();
            return;
        }
        // A stream that was given away goes on without its reader.
        if Arc::strong_count(&self.0) == 1 {
            self.0.interrupt.want();
            // Its threads may wait for Python's lock, which the thread that drops an object of Python's has.
            Python::try_attach(|py| py.detach(|| self.0.close()));
        }
    }
}
