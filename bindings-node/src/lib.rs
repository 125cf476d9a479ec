//! The native half of the Node package: the core's verbs and nouns as JavaScript calls them.
//!
//! No parsing and no mapping here. Each read has a thread of its own, which makes what JavaScript asks for and answers its
//! questions; what takes time apart from that has a thread for as long. JavaScript gets promises, which are always
//! fulfilled: with a value, or with the facts of an error, from which `lib/errors.js` makes an `OutlayError`.

#![allow(clippy::result_large_err, reason = "a read fails once")]
#![cfg_attr(test, allow(dead_code, reason = "the macro that hands functions to Node leaves them alone in tests"))]

mod access;
mod answer;
mod connector;
mod encode;
mod failure;
mod input;
mod item;
mod lent;
mod options;
mod parts;
mod program;
mod promise;
mod quarantined;
mod reader;
mod shared;
mod totals;

use napi_derive::napi;

/// The version of the package and of the core.
#[napi]
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Ten times slower: the package warns of it.
#[napi]
pub const IS_DEBUG_BUILD: bool = cfg!(debug_assertions);
