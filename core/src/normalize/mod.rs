//! Line items → FOCUS rows: which rows, what they cost, and the columns of them.

pub(crate) mod apply;
pub(crate) mod closing;
pub(crate) mod column;
pub(crate) mod formulas;
pub(crate) mod memo;
mod proof;
pub(crate) mod select;
mod shape;
mod shared;
mod sheet;
mod values;
