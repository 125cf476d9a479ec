//! The columns of the report and of FOCUS, their encodings, and the closed lists of their values.
//!
//! In: names and words. Out: columns, types and Arrow fields. Not here: how a column is computed (`normalize`).

pub(crate) mod cur;
pub(crate) mod encoding;
pub(crate) mod focus;
#[cfg(feature = "cli")]
mod meaning;
pub(crate) mod words;
