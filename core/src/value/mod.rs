//! Values that every folder uses: decimals, instants, JSON text, warnings, and what identifies bytes and options.
//!
//! In: texts and bytes. Out: plain values. Not here: anything about reports.

pub(crate) mod content;
pub(crate) mod decimal;
pub(crate) mod fingerprint;
pub(crate) mod home;
pub(crate) mod json;
pub(crate) mod near;
pub(crate) mod stop;
pub(crate) mod timestamp;
pub(crate) mod trace;
pub(crate) mod version;
pub(crate) mod warning;
pub(crate) mod words;
