//! The library through its public face: what goes in, what comes out, and what is proven.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod errors;
mod folders;
mod golden;
mod hostile;
mod parts;
mod samples;
mod splits;
mod support;
mod tables;
mod ways;
mod worked_examples;
