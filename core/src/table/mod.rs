//! Cells → Arrow columns under construction, and the table of the report itself.
//!
//! In: texts, decimals, instants and pairs, row by row or by the number of a combination. Out: Arrow arrays. Not here:
//! what a column of FOCUS means.

pub(crate) mod column;
pub(crate) mod cur;
pub(crate) mod text;
