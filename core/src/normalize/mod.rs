//! Line items → FOCUS rows: which rows, what they cost, and the columns of them.

pub(crate) mod apply;
pub(crate) mod closing;
pub(crate) mod formulas;
mod proof;
pub(crate) mod select;
mod values;
