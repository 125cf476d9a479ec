//! The settings of a connector: role, external ID, report, retries.
//!
//! In: configurations as text, and secrets apart from them. Out: checked settings. Not here: requests.

pub(crate) mod address;
pub(crate) mod config;
pub(crate) mod external_id;
pub(crate) mod provider;
pub(crate) mod retry;
pub(crate) mod role;
