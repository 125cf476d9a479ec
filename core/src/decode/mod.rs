//! Fields of records → the cells of line items.
//!
//! In: a block of records and the columns that are wanted. Out: [`LineItems`](crate::line_items::LineItems), and what
//! could not be understood, each with its place and reason. Not here: Arrow arrays.

mod accounts;
pub(crate) mod assemble;
pub(crate) mod groups;
pub(crate) mod notes;
mod pairs;
mod sheet;
pub(crate) mod tags;
