//! Paths → the parts of a report, and the columns of each.

pub(crate) mod folder;
pub(crate) mod foreign;
pub(crate) mod layout;
pub(crate) mod listing;
pub(crate) mod manifest;
pub(crate) mod part;
pub(crate) mod source;
