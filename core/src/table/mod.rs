//! Builders of Arrow columns, and the table of the report itself.
//!
//! In: texts, decimals, instants and pairs, row by row or by group number. Out: Arrow arrays. Not here: the meaning of
//! FOCUS columns.

pub(crate) mod column;
pub(crate) mod cur;
pub(crate) mod narrow;
pub(crate) mod text;
