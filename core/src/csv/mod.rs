//! Bytes of an object → blocks of records. Knows nothing of AWS, and does no I/O.

mod careful;
mod deflate;
pub(crate) mod inflate;
pub(crate) mod records;
pub(crate) mod scan;

#[cfg(test)]
mod tests;
