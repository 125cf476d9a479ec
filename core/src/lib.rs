//! AWS Cost and Usage Reports in, FOCUS out.
mod csv;
mod decimal;
mod decode;
mod decoder;
mod error;
mod json;
mod line_items;
mod normalize;
mod options;
mod quarantine;
mod reader;
mod reading;
mod report;
mod rules;
mod schema;
pub mod sink;
mod totals;

pub use decimal::{Decimal, Lost, Sum};
pub use decode::tags::TagPolicy;
pub use decoder::Decoder;
pub use error::{Error, Location, Result};
pub use options::{Negation, OnError, OnUnknownType, Schema};
pub use quarantine::Quarantined;
pub use reader::{Builder, IntoPaths, Progress, Reader};
pub use report::part::{BillingPeriod, Part, Plan};
pub use schema::focus::{FocusVersion, Maps};
pub use totals::{Check, Costs, PartTotals, Summary, Totals, Warning};
