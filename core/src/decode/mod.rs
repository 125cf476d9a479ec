//! Fields of a record → typed columns.

mod accounts;
pub(crate) mod alike;
pub(crate) mod assemble;
pub(crate) mod build;
pub(crate) mod notes;
mod pairs;
pub(crate) mod table;
pub(crate) mod tags;
pub(crate) mod text;
pub(crate) mod timestamp;
