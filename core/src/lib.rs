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
//! - [`Totals`] are kept while reading; their checks say whether the read is proven, and totals of parts add up.
//! - [`ReaderBuilder::plan`] and [`ReaderBuilder::read_part`] read the parts of a report apart.
//! - [`Decoder`] takes bytes from anywhere and does no I/O.
//! - [`sink`] writes batches to Parquet, Arrow IPC and CSV; [`Reader::save`] writes a whole read.
//! - `Connector` (feature `fetch`) reads a report where AWS delivers it.
//!
//! # Output
//!
//! Text is `Utf8`, or as [`TextEncoding`] says; money, prices and quantities are `Decimal128(38, 18)`; times are
//! `Timestamp(Microsecond, "UTC")`; key-value pairs are `Map<Utf8, Utf8>`. Null means absent. How each column is made is printed in
//! `MAPPING.md`, and what the checks compare is in `PROOF.md`.
//!
//! # Features
//!
//! | feature | what it adds |
//! | --- | --- |
//! | `parquet` (default) | Parquet files in [`sink`] |
//! | `stream` | `Reader::into_stream`: batches for async code, in any runtime |
//! | `fetch` | `Connector`, `Access`, `ExternalId`, and `s3://` paths: S3, STS and report definitions |
//! | `discover` | `Connector::discover`: accounts, by AWS Organizations and by the report |
//! | `reconcile` | the probe of Cost Explorer in `Connector::verify` |
//! | `cli` | the program `outlay`, and `cli::run`, which is the program as a function |
//!
//! Without `fetch` the crate has no HTTP or TLS dependency.
//!
//! # Async
//!
//! The methods of `Connector` are async and run on any executor; `wait` blocks on one where there is none. `Reader::into_stream`
//! reads on a thread of its own and gives batches to the code that awaits them:
//!
#![cfg_attr(feature = "fetch", doc = "```no_run")]
#![cfg_attr(not(feature = "fetch"), doc = "```ignore")]
//! use outlay::{Connector, Reader};
//!
//! # async fn example() -> Result<(), outlay::Error> {
//! let connector = Connector::builder().role_arn("arn:aws:iam::123456789012:role/outlay").report_name("daily").build()?;
//! let mut batches = connector.read("2026-09", Reader::builder()).await?.into_stream()?;
//! while let Some(batch) = batches.next().await {
//!     println!("{} rows", batch?.num_rows());
//! }
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "fetch")]
mod connector;
mod csv;
mod decode;
mod error;
#[cfg(feature = "fetch")]
mod fetch;
#[cfg(feature = "__internals")]
#[doc(hidden)]
pub mod internals;
mod line_items;
mod normalize;
mod options;
mod read;
mod report;
mod rules;
mod schema;
pub mod sink;
mod table;
mod totals;
mod value;

/// The version of Arrow whose types are in the signatures of this crate.
pub use arrow;
#[cfg(feature = "fetch")]
pub use connector::{Connector, ConnectorBuilder};
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
    period::{PeriodState, PeriodStatus},
    policy::{Access, Capability},
    retry::RetryPolicy,
    runtime::{wait, wait_until},
};
pub use options::{NegationPolicy, OnError, OnUnknown, OnUnknownType, TableSchema};
pub use read::builder::{IntoPaths, ReaderBuilder};
pub use read::decoder::Decoder;
pub use read::quarantine::Quarantined;
pub use read::reader::{Progress, Reader};
pub use read::save::Saving;
pub use read::setting::OptionValue;
#[cfg(feature = "stream")]
pub use read::stream::BatchStream;
pub use report::part::{BillingPeriod, Part, Plan};
pub use schema::encoding::{MapEncoding, TagPolicy, TextEncoding};
pub use schema::focus::FocusVersion;
pub use totals::{Check, Costs, Guards, Outcome, PartTotals, Rounding, Summary, Totals, UnknownRows};
pub use value::content::Content;
pub use value::decimal::{Decimal, ParseDecimalError, ParsedDecimal, RoundingLoss, Sum};
pub use value::timestamp::{ParseTimestampError, Timestamp};
pub use value::warning::Warning;
