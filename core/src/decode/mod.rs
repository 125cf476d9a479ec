//! Decoding of fields into the cells of line items.
//!
//! In: a block of records and the wanted columns. Out: [`LineItems`](crate::line_items::LineItems), and the records
//! that could not be decoded, each with its place and reason. Not here: Arrow arrays.
//!
//! File formats differ behind two traits, which `rows.rs` implements for CSV: [`Rows`](groups::Rows) for the grouping
//! of rows, and [`Provenance`](crate::line_items::provenance::Provenance) for rows that are decoded already.

pub(crate) mod accounts;
pub(crate) mod assemble;
mod block;
pub(crate) mod groups;
pub(crate) mod notes;
mod pairs;
mod rows;
pub(crate) mod tags;
