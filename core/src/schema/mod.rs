//! The columns of the report and of FOCUS, each once, and the closed lists of their values.

pub(crate) mod cur;
pub(crate) mod focus;
pub(crate) mod values;
