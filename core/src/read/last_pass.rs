//! The last pass over a report, which its readers and their handles write and the report reads.

use std::sync::{Arc, Mutex};

use crate::totals::Totals;

/// The last pass over a report.
pub(crate) type LastPass = Arc<Mutex<Option<Pass>>>;

/// A pass over a report that has ended.
#[derive(Clone, Debug)]
pub(crate) struct Pass {
    /// Tells passes apart.
    pub(crate) number: u64,
    pub(crate) totals: Totals,
    /// The error that it ended with.
    pub(crate) failure: Option<String>,
}
