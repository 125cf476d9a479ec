//! AWS Cost and Usage Reports in, FOCUS out: exact to the last digit, proven, in Arrow batches and bounded memory.
//!
//! ```
//! # let report = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
//! use outlay::Reader;
//!
//! let mut reader = Reader::builder().columns(["ServiceName", "BilledCost"]).read(report)?;
//! let mut rows = 0;
//! for batch in &mut reader {
//!     rows += batch?.num_rows();
//! }
//! let totals = reader.totals();
//! totals.check()?;
//! assert_eq!((rows, totals.costs()["USD"].billed.to_string().as_str()), (175, "800.2936682272"));
//! # Ok::<(), outlay::Error>(())
//! ```
//!
//! - [`Reader::builder`] collects options and opens a file, a folder or a manifest; [`Reader`] iterates record batches.
//! - [`Totals`] are kept while reading, and prove that nothing was lost or doubled; those of parts add up.
//! - [`Builder::plan`] and [`Builder::read_part`] read the parts of a report apart; [`Decoder`] takes bytes from anywhere.
//! - [`sink`] writes batches to Parquet, Arrow IPC and CSV.
//!
//! Text is `Utf8`, or as [`Text`] says; money, prices and quantities are `Decimal128(38, 18)`; times are `Timestamp(Microsecond, "UTC")`;
//! key-value pairs are `Map<Utf8, Utf8>`. Null means absent. How each column is made is printed in `MAPPING.md`.

mod address;
mod builder;
#[cfg(feature = "fetch")]
mod connector;
mod content;
mod csv;
mod decimal;
mod decode;
mod decoder;
mod error;
#[cfg(feature = "fetch")]
mod fetch;
mod fingerprint;
mod handed;
mod headers;
mod intake;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals;
mod json;
mod line_items;
mod mapper;
mod normalize;
mod options;
mod process;
mod quarantine;
mod reader;
mod reading;
mod report;
mod rules;
mod schema;
mod setting;
pub mod sink;
mod stop;
mod totals;

pub use builder::{Builder, IntoPaths};
#[cfg(feature = "fetch")]
pub use connector::{Connector, ConnectorBuilder};
pub use content::Content;
pub use decimal::{Decimal, Irregular, Lost, Sum};
pub use decode::tags::TagPolicy;
pub use decode::text::Text;
pub use decoder::Decoder;
pub use error::{Error, Location, Result, printable};
#[cfg(feature = "discover")]
pub use fetch::discover::{Account, AccountChanges, AccountState, Accounts};
#[cfg(feature = "fetch")]
pub use fetch::{
    catalog::{ReportDefinition, ReportKind},
    config::ConnectorConfig,
    delivery::{DeliveredPart, Delivery},
    diagnosis::{Diagnosis, Finding, Verdict},
    external_id::ExternalId,
    period::{Period, PeriodState},
    policy::{Access, Feature},
    runtime::{wait, wait_until},
    stream::BatchStream,
};
pub use options::{Negation, OnError, OnUnknown, OnUnknownType, Schema};
pub use quarantine::Quarantined;
pub use reader::{Progress, Reader};
pub use report::part::{BillingPeriod, Part, Plan};
pub use schema::focus::{FocusVersion, Maps};
pub use setting::Setting;
pub use totals::{Check, Costs, Guards, Outcome, PartTotals, Rounding, Summary, Totals, UnknownRows, Warning};
