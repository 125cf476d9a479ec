//! Bytes of an object → blocks of records.
//!
//! In: compressed bytes, pushed piece by piece. Out: blocks of whole records with the place of each field. Not here:
//! I/O, and anything about AWS.

mod block;
mod deflate;
pub(crate) mod dialect;
mod fallback;
pub(crate) mod inflate;
mod magic;
pub(crate) mod records;
pub(crate) mod scan;
mod zip;

#[cfg(test)]
mod tests;
