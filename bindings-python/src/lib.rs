//! The native half of the Python package: the core's verbs and nouns as Python calls them.
//!
//! No parsing and no mapping here. Each file is one noun of the core; what reads lets other Python threads run, and
//! looks for signals meanwhile.

mod batch;
mod command;
mod connector;
mod errors;
mod held;
mod input;
mod interrupt;
mod json;
mod options;
mod parts;
mod quarantined;
mod reader;
mod shared;
mod stream;
mod totals;

use pyo3::prelude::*;

/// What `outlay` is made of; see the package itself.
#[pymodule]
mod _native {
    #[pymodule_export]
    use crate::batch::Batch;
    #[pymodule_export]
    use crate::command::run_program;
    #[pymodule_export]
    use crate::connector::{Access, Connector, ExternalId, account_changes};
    #[pymodule_export]
    use crate::interrupt::Stop;
    #[pymodule_export]
    use crate::parts::{checked_part, checked_plan, closing_batch, plan};
    #[pymodule_export]
    use crate::quarantined::Quarantined;
    #[pymodule_export]
    use crate::reader::{Reader, read, read_part, read_stream};
    #[pymodule_export]
    use crate::totals::Totals;
    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        // Ten times slower: the package warns of it.
        module.add("IS_DEBUG_BUILD", cfg!(debug_assertions))
    }
}
