//! Record batches, and the PyCapsule interface, which passes Arrow data between libraries without a copy.

use arrow::array::{Array, RecordBatch, StructArray};
use arrow::datatypes::{DataType, Schema};
use arrow::error::ArrowError;
use arrow::ffi::{FFI_ArrowSchema, to_ffi};
use outlay::display::Table;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::errors::exception;

/// The rows that a batch shows, and the width of its table in characters.
const PREVIEW_ROWS: usize = 10;
const PREVIEW_WIDTH: usize = 120;

/// Returns a table as HTML or as text. A note has a subject, or none.
#[pyfunction]
pub fn table(
    caption: String,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    notes: Vec<(Option<String>, String)>,
    is_numeric: bool,
    is_html: bool,
) -> String {
    let table = Table::new(caption, header).rows(rows);
    let table = if is_numeric { table.numeric() } else { table };
    let note = |table: Table, (subject, text): (Option<String>, String)| match subject {
        Some(subject) => table.note_about(subject, text),
        None => table.note(text),
    };
    let table = notes.into_iter().fold(table, note);
    if is_html { table.html() } else { table.to_string() }
}

/// Rows of a report as an Arrow record batch. Any library that supports Arrow's PyCapsule interface accepts it.
#[pyclass(frozen, module = "outlay._native")]
#[derive(Debug)]
pub struct Batch(pub RecordBatch);

#[pymethods]
impl Batch {
    /// The number of rows, equal to `len`.
    #[getter]
    fn num_rows(&self) -> usize {
        self.0.num_rows()
    }

    /// The names of the columns, in order.
    #[getter]
    fn column_names(&self) -> Vec<String> {
        self.0.schema_ref().fields().iter().map(|field| field.name().clone()).collect()
    }

    fn __len__(&self) -> usize {
        self.0.num_rows()
    }

    /// The first rows as a table of at most 120 characters in width.
    fn __repr__(&self) -> PyResult<String> {
        let table = Table::preview(&self.0, PREVIEW_ROWS).map_err(exception)?;
        Ok(format!("outlay.Batch: {}", table.fit(PREVIEW_WIDTH)))
    }

    fn _repr_html_(&self) -> PyResult<String> {
        Ok(Table::preview(&self.0, PREVIEW_ROWS).map_err(exception)?.html())
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        schema_capsule(py, self.0.schema_ref())
    }

    /// Returns the schema and the array. `requested_schema` is ignored, as the interface allows: the consumer casts.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
        let _ = requested_schema;
        let (array, _) = to_ffi(&StructArray::from(self.0.clone()).to_data()).map_err(arrow_error)?;
        let array = PyCapsule::new_with_value(py, array, c"arrow_array")?;
        Ok((schema_capsule(py, self.0.schema_ref())?, array))
    }
}

/// Creates the capsule of a schema.
pub fn schema_capsule<'py>(py: Python<'py>, schema: &Schema) -> PyResult<Bound<'py, PyCapsule>> {
    PyCapsule::new_with_value(py, FFI_ArrowSchema::try_from(schema).map_err(arrow_error)?, c"arrow_schema")
}

/// Returns the name, the type as text, and the nullability of each column.
pub fn describe(schema: &Schema) -> Vec<(String, String, bool)> {
    let kind = |kind: &DataType| match kind {
        DataType::Map(..) => "Map(Utf8, Utf8)".to_owned(),
        DataType::Dictionary(key, value) => format!("Dictionary({key}, {value})"),
        kind => kind.to_string(),
    };
    schema.fields().iter().map(|field| (field.name().clone(), kind(field.data_type()), field.is_nullable())).collect()
}

/// Converts an Arrow error, which valid batches do not cause, to a `ValueError`.
pub fn arrow_error(error: ArrowError) -> PyErr {
    PyValueError::new_err(error.to_string())
}
