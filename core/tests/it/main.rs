//! Tests of the library's public API: inputs, outputs and proofs.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod bare;
mod bill;
mod cells;
mod charges;
mod commitments;
mod decimals;
mod errors;
mod faces;
mod folders;
mod golden;
mod handles;
mod hostile;
mod layers;
mod mutations;
mod names;
mod outcomes;
mod outputs;
mod parts;
mod paths;
mod pinned;
mod reports;
mod same;
mod samples;
#[cfg(feature = "trace")]
mod spans;
mod splits;
mod streams;
mod support;
mod tables;
mod threads;
mod traces;
mod ways;
mod worked_examples;
#[cfg(feature = "parquet")]
mod writers;
