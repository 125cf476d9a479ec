//! The reader. Its batches are iterated, exported as an Arrow stream, or written to a file by the core's sinks.

use std::io::{self, Cursor};
use std::path::PathBuf;
use std::sync::Arc;

use outlay::sink::{CsvOptions, ParquetOptions, Target};
use outlay::{Error, ReaderBuilder};
use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyCapsule, PyDict};

use crate::batch::{Batch, describe, schema_capsule};
use crate::errors::exception;
use crate::input::FileObject;
use crate::interrupt::{Interrupt, Stop};
use crate::json::parsed;
use crate::options::builder;
use crate::py_slot::PySlot;
use crate::quarantined::Quarantined;
use crate::shared::{FRESH, ITERATED, ReadSettings, Shared, TAKEN, consumed};
use crate::stream::stream;
use crate::totals::Totals;

/// A read of a report.
#[pyclass(frozen, module = "outlay._native")]
pub struct Reader(Arc<Shared>);

impl Reader {
    pub fn open(
        py: Python<'_>,
        options: &Bound<'_, PyDict>,
        mut settings: ReadSettings,
        stop: Option<&Bound<'_, Stop>>,
        open: impl FnOnce(ReaderBuilder, &Interrupt) -> Result<outlay::Reader, Error> + Send,
    ) -> PyResult<Self> {
        let interrupt = Stop::of(stop);
        let builder = interrupt.watch(builder(options)?);
        settings.threads = options.get_item("threads")?.and_then(|threads| threads.extract().ok());
        let reader = py.detach(|| interrupt.outcome(open(builder, &interrupt)))?;
        Ok(Self(Arc::new(Shared::new(reader, interrupt, settings))))
    }

    /// Starts a pass over a report.
    pub fn begin(
        py: Python<'_>,
        report: &outlay::Report,
        settings: ReadSettings,
        stop: Option<&Bound<'_, Stop>>,
        begin: impl FnOnce(&outlay::Report) -> Result<outlay::Reader, Error> + Send,
    ) -> PyResult<Self> {
        let interrupt = Stop::of(stop);
        let report = report.for_pass(interrupt.watch(report.options())).map_err(exception)?;
        let reader = py.detach(|| interrupt.outcome(begin(&report)))?;
        Ok(Self(Arc::new(Shared::new(reader, interrupt, settings))))
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
    Reader::open(py, options, ReadSettings::watched_by(watch), stop, |builder, _| builder.read(paths))
}

/// Opens one part of a plan, given as JSON text.
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
    Reader::open(py, options, ReadSettings::watched_by(watch), stop, move |builder, _| builder.read_part(&part))
}

/// Opens streams, which are the parts of one report. Each has a name, bytes or an object whose method `read` returns bytes, and
/// its length if that is known.
#[pyfunction]
#[pyo3(signature = (inputs, options, watch = None, stop = None))]
pub fn read_streams(
    py: Python<'_>,
    inputs: Vec<(String, Bound<'_, PyAny>, Option<u64>)>,
    options: &Bound<'_, PyDict>,
    watch: Option<Py<PyAny>>,
    stop: Option<&Bound<'_, Stop>>,
) -> PyResult<Reader> {
    let (mut files, mut streams) = (Vec::new(), Vec::<(String, Box<dyn io::Read + Send>)>::new());
    let stream_bytes = inputs.iter().map(|(.., bytes)| *bytes).sum();
    for (name, input, _) in inputs {
        if let Ok(bytes) = input.extract::<PyBackedBytes>() {
            streams.push((name, Box::new(Cursor::new(bytes))));
            continue;
        }
        let file = Arc::new(PySlot::new(Some(input.unbind())));
        files.push(Arc::clone(&file));
        streams.push((name, Box::new(FileObject(file))));
    }
    let settings = ReadSettings { files, stream_bytes, ..ReadSettings::watched_by(watch) };
    Reader::open(py, options, settings, stop, |builder, _| builder.read_from_all(streams))
}

#[pymethods]
impl Reader {
    fn __iter__<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        // A loop over a consumed reader would end at once and look like a report without rows.
        match this.get().0.used() {
            FRESH | ITERATED => Ok(this.clone()),
            used => Err(consumed(used).into()),
        }
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Batch>> {
        match self.0.used() {
            TAKEN => Err(consumed(TAKEN).into()),
            _ => {
                self.0.iterate();
                Ok(py.detach(|| self.0.pull())?.map(Batch))
            }
        }
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        schema_capsule(py, &self.0.schema)
    }

    /// Exports the batches to one consumer. `requested_schema` is ignored, as the interface allows: the consumer casts.
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

    /// Fails if batches were taken. For consumers that raise errors of their own.
    fn check_fresh(&self) -> PyResult<()> {
        self.0.check_process()?;
        match self.0.used() {
            FRESH => Ok(()),
            used => Err(consumed(used).into()),
        }
    }

    /// Reserves the batches, which are then read in another way. Fails if some were taken.
    fn claim(&self) -> PyResult<()> {
        Ok(self.0.claim()?)
    }

    /// Writes all batches to a file, or to a folder with `partition_by`. `kind` is `parquet`, `ipc` or `csv`.
    #[pyo3(signature = (path, kind, *, spreadsheet_safe = false, compression = None, row_group_rows = None, partition_by = None))]
    #[expect(clippy::too_many_arguments, reason = "each is a keyword argument")]
    fn write(
        &self,
        py: Python<'_>,
        path: PathBuf,
        kind: &str,
        spreadsheet_safe: bool,
        compression: Option<&str>,
        row_group_rows: Option<usize>,
        partition_by: Option<Vec<String>>,
    ) -> PyResult<()> {
        let csv = CsvOptions::default().spreadsheet_safe(spreadsheet_safe);
        let mut parquet = ParquetOptions::default().partition_by(partition_by.unwrap_or_default());
        if let Some(compression) = compression {
            parquet = parquet.compression(compression.parse().map_err(exception)?);
        }
        if let Some(rows) = row_group_rows {
            parquet = parquet.row_group_rows(rows);
        }
        let target = Target::new(path, kind.parse().map_err(exception)?).csv(csv).parquet(parquet);
        let target = self.0.threads.into_iter().fold(target, Target::threads);
        Ok(py.detach(|| self.0.write(&target))?)
    }

    /// Stops the read and releases its threads, files and memory. Totals stay available.
    fn close(&self, py: Python<'_>) {
        // Requested before the lock is taken, since the reading thread holds the lock.
        self.0.interrupt.request();
        py.detach(|| self.0.close());
    }

    /// The name, the type as text, and the nullability of each column.
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

    /// Returns the records that were quarantined since the last call.
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
            self.0.leak();
            return;
        }
        // An exported stream stays usable without the reader.
        if Arc::strong_count(&self.0) == 1 {
            self.0.interrupt.request();
            // The GIL is released, since threads of the read may wait for it and the dropping thread holds it.
            Python::try_attach(|py| py.detach(|| self.0.close()));
        }
    }
}
