//! The bytes of a delivery: downloaded in pieces ahead of the reader, or copied to a folder.
//!
//! In: the parts of a delivery. Out: a [`Source`](crate::report::source::Source), or files. Not here: the choice of the
//! delivery.

mod download;
pub(crate) mod remote;
pub(crate) mod spool;
