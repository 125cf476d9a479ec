//! AWS Cost and Usage Reports in, FOCUS out.

mod csv;
mod decimal;
mod error;
mod report;
mod sink;

pub use error::{Error, Location, Result};
