//! Reports in AWS: their definitions, deliveries and bytes. The AWS SDK signs requests, retries single requests and
//! renews credentials; this folder adds what the SDK does not do.
//!
//! In: settings of a connector, names of reports, parts of a plan. Out: definitions, deliveries, accounts, a diagnosis,
//! and a [`Source`](crate::report::source::Source) of bytes. Not here: readers, and options of a read.

pub(crate) mod bucket;
pub(crate) mod catalog;
mod cause;
pub(crate) mod clients;
pub(crate) mod config;
pub(crate) mod delivery;
pub(crate) mod diagnosis;
#[cfg(feature = "discover")]
pub(crate) mod discover;
pub(crate) mod download;
pub(crate) mod external_id;
pub(crate) mod failure;
pub(crate) mod period;
pub(crate) mod place;
pub(crate) mod policy;
pub(crate) mod raw;
pub(crate) mod remote;
pub(crate) mod retry;
pub(crate) mod role;
pub(crate) mod runtime;
pub(crate) mod spool;
pub(crate) mod verify;
