//! Fields of a record → typed columns.

pub(crate) mod build;
pub(crate) mod text;
