//! The native addon of the Node package: the core's functions and types for JavaScript.
//!
//! It contains no parsing and no mapping. Each read has its own thread, which produces batches and handles requests. Every
//! other asynchronous call runs on a temporary thread. Promises are always fulfilled, never rejected: with a value, or
//! with a `Failure`, from which `lib/errors.js` creates an `OutlayError`.

#![allow(clippy::result_large_err, reason = "a read fails once")]
#![cfg_attr(test, allow(dead_code, reason = "in tests the napi macro does not register the functions"))]

mod access;
mod answer;
mod connector;
mod credentials;
mod encode;
mod external_buffer;
mod failure;
mod input;
mod item;
mod memory;
mod options;
mod parts;
mod pipe;
mod program;
mod promise;
mod quarantined;
mod reader;
mod report;
mod shared;
mod target;
mod totals;

use napi_derive::napi;

/// The version of the package and of the core.
#[napi]
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The version of the interface between the addon and `lib`, which `lib/addon.js` repeats. It grows with each change of the interface,
/// so that files of different builds are not used together.
#[napi]
pub const INTERFACE: u32 = 3;

/// Whether this is a debug build. It is about ten times slower, so `lib/addon.js` emits a warning.
#[napi]
pub const IS_DEBUG_BUILD: bool = cfg!(debug_assertions);
