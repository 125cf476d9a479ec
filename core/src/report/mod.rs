//! Paths → the parts of a report, and the columns of each.

pub(crate) mod layout;
