//! The mapping of line items to FOCUS rows: which rows, their costs, and their columns.
//!
//! In: a block of line items, and facts about its file and delivery. Out: selected rows with their costs, record
//! batches, and entries of the ledger. Not here: parsing, files, and options.

pub(crate) mod apply;
mod census;
pub(crate) mod closing;
pub(crate) mod column;
pub(crate) mod columns;
pub(crate) mod facts;
mod fill;
pub(crate) mod formulas;
#[cfg(test)]
mod mapping;
pub(crate) mod memo;
pub(crate) mod proof;
pub(crate) mod range;
pub(crate) mod select;
mod shape;
mod shared;
mod values;
