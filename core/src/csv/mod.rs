//! Bytes of an object → blocks of records. Knows nothing of AWS, and does no I/O.

mod block;
mod careful;
mod deflate;
pub(crate) mod dialect;
pub(crate) mod inflate;
mod magic;
pub(crate) mod records;
pub(crate) mod scan;
mod zip;

#[cfg(test)]
mod tests;
