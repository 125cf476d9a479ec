//! The connector of the library against a cloud on this machine: the real AWS SDK over real sockets.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod discover;
mod exports;
mod faults;
mod find;
mod large;
mod policies;
mod read;
mod sources;
mod support;
mod verify;
