//! Reports in AWS: their definitions, deliveries and bytes. The AWS SDK signs requests, retries single requests and
//! renews credentials; this folder adds what the SDK does not do.
//!
//! In: settings of a connector, names of reports, parts of a plan. Out: definitions, deliveries, accounts, a diagnosis,
//! and a [`Source`](crate::report::source::Source) of bytes. Not here: readers, and options of a read.

pub(crate) mod aws;
pub(crate) mod find;
pub(crate) mod settings;
pub(crate) mod setup;
pub(crate) mod transfer;
