//! AWS Cost and Usage Reports in, FOCUS out.

mod csv;
mod decimal;
mod decode;
mod error;
mod line_items;
mod report;
mod schema;
mod sink;

pub use error::{Error, Location, Result};
