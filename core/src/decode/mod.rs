//! Decoding of fields into the cells of line items.
//!
//! In: a block of records and the wanted columns. Out: [`LineItems`](crate::line_items::LineItems), and the records
//! that could not be decoded, each with its place and reason. Not here: Arrow arrays.

mod accounts;
pub(crate) mod assemble;
pub(crate) mod groups;
pub(crate) mod notes;
mod pairs;
mod sheet;
pub(crate) mod tags;
