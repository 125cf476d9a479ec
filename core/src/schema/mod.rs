//! The columns of the report and of FOCUS, each once, how they are encoded, and the closed lists of their values.
//!
//! In: names and words. Out: columns, types and Arrow fields. Not here: what a column is made of (`rules`).

pub(crate) mod cur;
pub(crate) mod encoding;
pub(crate) mod focus;
pub(crate) mod words;
