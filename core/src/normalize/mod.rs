//! Line items → FOCUS rows: which rows, what they cost, and the columns of them.
//!
//! In: a block of line items, and what a file and its delivery say. Out: selected rows with their costs, record
//! batches, and entries of the ledger. Not here: parsing, files, and the choice of options.

pub(crate) mod apply;
pub(crate) mod closing;
pub(crate) mod column;
mod columns;
pub(crate) mod formulas;
pub(crate) mod memo;
mod proof;
pub(crate) mod select;
mod shape;
mod shared;
mod sheet;
mod values;
