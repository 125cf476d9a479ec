//! Values that every other folder uses: decimals, instants, JSON text, and what a read carries along.
//!
//! In: text and bytes. Out: plain values. Nothing here knows of reports, and only errors are imported.

pub(crate) mod content;
pub(crate) mod decimal;
pub(crate) mod fingerprint;
pub(crate) mod json;
pub(crate) mod stop;
pub(crate) mod timestamp;
pub(crate) mod warning;
