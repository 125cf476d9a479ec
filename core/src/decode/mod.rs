//! Fields of a record → typed columns.

pub(crate) mod text;
