//! The memory limit of the process.

use napi_derive::napi;

/// Sets how many bytes all readers of this process may use to work ahead.
#[napi]
pub fn set_memory_limit(bytes: i64) {
    outlay::set_memory_limit(usize::try_from(bytes).unwrap_or_default());
}

/// Returns the limit in bytes.
#[napi]
pub fn memory_limit() -> i64 {
    i64::try_from(outlay::memory_limit()).unwrap_or(i64::MAX)
}
