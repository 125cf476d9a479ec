//! Reading: from a plan and options to record batches and totals.
//!
//! In: parts, the source of their bytes, and the options of the read. Out: a reader or a decoder, which return batches
//! and keep totals. Not here: the stages themselves, which are in lower folders.

#[cfg(feature = "fetch")]
mod address;
pub(crate) mod arrow;
pub(crate) mod builder;
mod columns;
pub(crate) mod decoder;
#[cfg(feature = "cli")]
pub(crate) mod described;
pub(crate) mod handle;
mod last_pass;
mod mapper;
pub(crate) mod memory;
mod open;
pub(crate) mod part_decoder;
mod part_reader;
pub(crate) mod pipeline;
mod process;
pub(crate) mod progress;
pub(crate) mod quarantine;
mod queue;
pub(crate) mod reader;
#[cfg(feature = "fetch")]
mod remote;
pub(crate) mod report;
mod resume;
pub(crate) mod save;
pub(crate) mod setting;
#[cfg(feature = "stream")]
pub(crate) mod stream;
pub(crate) mod supply;
mod trace;
