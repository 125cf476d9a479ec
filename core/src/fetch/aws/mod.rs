//! Clients of the AWS services, and their failures as errors of this crate.
//!
//! In: settings, and requests. Out: answers, or errors without secrets. Not here: the meaning of keys and objects.

pub(crate) mod bucket;
mod cause;
pub(crate) mod clients;
pub(crate) mod failure;
pub(crate) mod response;
pub(crate) mod runtime;
