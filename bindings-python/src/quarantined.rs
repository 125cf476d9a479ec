//! Quarantined records as a table.

use arrow::array::RecordBatchIterator;
use arrow::ffi_stream::FFI_ArrowArrayStream;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCapsule};

use crate::batch::{Batch, schema_capsule};

/// Quarantined records: the bytes of each record, its location and the reason.
#[pyclass(frozen, module = "outlay._native")]
#[derive(Debug)]
pub struct Quarantined(pub Vec<outlay::Quarantined>);

#[pymethods]
impl Quarantined {
    fn __len__(&self) -> usize {
        self.0.len()
    }

    fn __repr__(&self) -> String {
        format!("<outlay.Quarantined: {} records>", self.0.len())
    }

    /// The bytes of each record.
    #[getter]
    fn records<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyBytes>> {
        self.0.iter().map(|record| PyBytes::new(py, &record.record)).collect()
    }

    /// The reason why each record was quarantined.
    #[getter]
    fn reasons(&self) -> Vec<String> {
        self.0.iter().map(|record| record.error.to_string()).collect()
    }

    /// The records as a batch with the columns object, row, byte, column, code, reason and record.
    #[getter]
    fn batch(&self) -> Batch {
        Batch(outlay::Quarantined::batch(&self.0))
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        schema_capsule(py, self.batch().0.schema_ref())
    }

    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        let batch = self.batch().0;
        let schema = batch.schema();
        let stream = FFI_ArrowArrayStream::new(Box::new(RecordBatchIterator::new([Ok(batch)], schema)));
        PyCapsule::new_with_value(py, stream, c"arrow_array_stream")
    }
}
