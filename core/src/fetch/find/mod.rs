//! Where a report is: its definition, its accounts, its months and their deliveries.
//!
//! In: a name, or a bucket and a prefix. Out: definitions, accounts, and the months with their newest deliveries. Not here:
//! the bytes of parts.

pub(crate) mod catalog;
pub(crate) mod delivery;
#[cfg(feature = "discover")]
pub(crate) mod discover;
mod months;
pub(crate) mod object;
pub(crate) mod period;
pub(crate) mod place;
