//! The native module of the Python package: the core's functions and types for Python.
//!
//! It contains no parsing and no mapping. Functions that read release the GIL and check for signals.

mod batch;
mod command;
mod connector;
mod credentials;
mod errors;
mod input;
mod interrupt;
mod json;
mod memory;
mod options;
mod parts;
mod py_slot;
mod quarantined;
mod reader;
mod report;
mod shared;
mod stream;
mod totals;

use pyo3::prelude::*;

/// The native module of the package `outlay`, which wraps it.
#[pymodule]
mod _native {
    #[pymodule_export]
    use crate::batch::{Batch, table};
    #[pymodule_export]
    use crate::command::run_program;
    #[pymodule_export]
    use crate::connector::{Access, Connector, ExternalId, account_changes};
    #[pymodule_export]
    use crate::interrupt::Stop;
    #[pymodule_export]
    use crate::memory::{memory_limit, set_memory_limit};
    #[pymodule_export]
    use crate::parts::{checked_part, checked_plan, closing_batch, plan};
    #[pymodule_export]
    use crate::quarantined::Quarantined;
    #[pymodule_export]
    use crate::reader::{Reader, read, read_part, read_streams};
    #[pymodule_export]
    use crate::report::{Report, open, open_streams};
    #[pymodule_export]
    use crate::totals::Totals;
    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        // A debug build is about ten times slower, so the package emits a warning.
        module.add("IS_DEBUG_BUILD", cfg!(debug_assertions))
    }
}
