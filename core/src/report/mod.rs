//! Paths → the parts of a report, and the columns of each.

mod bare;
pub(crate) mod folder;
pub(crate) mod foreign;
pub(crate) mod headers;
mod keys;
pub(crate) mod layout;
pub(crate) mod listing;
pub(crate) mod manifest;
mod names;
mod nearest;
pub(crate) mod part;
pub(crate) mod pin;
mod same;
pub(crate) mod source;
