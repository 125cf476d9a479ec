//! Tests of the library's connector with a simulated cloud on this machine: the AWS SDK over TCP.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod addresses;
mod discover;
mod exports;
mod faults;
mod find;
mod large;
mod policies;
mod read;
mod set_up;
mod sources;
mod support;
mod verify;
