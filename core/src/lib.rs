//! AWS Cost and Usage Reports in, FOCUS out.

mod csv;
mod decimal;
mod decode;
mod error;
mod json;
mod line_items;
mod normalize;
mod report;
mod rules;
mod schema;
mod totals;

pub use error::{Error, Location, Result};
