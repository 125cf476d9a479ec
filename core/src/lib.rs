//! Converts AWS Cost and Usage Reports to FOCUS, with exact totals that are checked, in Arrow record batches and
//! bounded memory.
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
//! - [`Reader::builder`] collects options and opens a file, a folder or a manifest; [`Reader`] is an iterator over
//! record batches, and [`Report`] can be read again.
//! - [`Totals`] are computed while reading. Their checks tell if the read is proven. The totals of parts can be merged.
//! - [`ReaderBuilder::plan`] and [`ReaderBuilder::read_part`] read the parts of a report separately.
//! - [`Decoder`] decodes bytes from any source, without I/O.
//! - [`sink`] writes batches to Parquet, Arrow IPC and CSV; [`Reader::save`] writes a whole read.
//! - `Connector` (feature `fetch`) reads a report from the S3 bucket to which AWS delivers it.
//!
//! # Output
//!
//! Text is `Utf8`, or another type selected by [`TextEncoding`]; money, prices and quantities are `Decimal128(38, 18)`, or
//! another type selected by [`DecimalEncoding`]; times are `Timestamp(Microsecond, "UTC")`; key-value pairs are `Map<Utf8, Utf8>`. Null means absent. `MAPPING.md`
//! has the definition of each column, and `PROOF.md` the checks.
//!
//! # Features
//!
//! | feature | what it adds |
//! | --- | --- |
//! | `parquet` (default) | Parquet files in [`sink`] |
//! | `stream` | `Reader::into_stream`: an async stream of batches for any runtime |
//! | `trace` | spans and events of the crate `tracing`, see [Traces](#traces) |
//! | `fetch` | `Connector`, `Access`, `ExternalId`, and `s3://` paths: S3, STS and report definitions |
//! | `discover` | `Connector::discover`: accounts, from AWS Organizations and the report |
//! | `reconcile` | a request to Cost Explorer in `Connector::verify` |
//! | `cli` | the program `outlay`, and `cli::run`, the program as a function |
//!
//! Without `fetch` the crate has no HTTP or TLS dependency.
//!
//! # Async
//!
//! The methods of `Connector` are async and run on any executor; `block_on` blocks on one without an executor.
//! `Reader::into_stream` reads on its own thread and returns batches to async code:
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
//!
//! A call of a connector ends when its future is dropped, as `tokio::time::timeout` does; `RetryPolicy` has the limits of
//! its waits. A stream of batches ends its read when it is dropped, and [`ReaderHandle::abort`] ends any read from any
//! thread.
//!
//! # Threads and memory
//!
//! A [`Reader`] can be sent to another thread, but not be shared: [`Reader::handle`] gives what other threads need.
//! `ARCHITECTURE.md` lists the types that are `Send` and `Sync`. [`ReaderBuilder::threads`] is for one read; a service that
//! reads several reports at a time does best with 1 or 2. [`set_memory_limit`] bounds what all readers of the process use
//! to work ahead.
//!
//! # Traces
//!
//! With the feature `trace`, which `fetch` includes, the crate records spans and events of the crate `tracing` for the
//! subscriber of the program. Without a subscriber nothing is recorded. The targets begin with `outlay`. The parent of a
//! span `read` is the span in which the report was opened, on whatever thread it is read later; it lasts until the reader
//! is dropped. Requests are recorded in the span of the call that makes them.
//!
//! | what | level | fields | when |
//! | --- | --- | --- | --- |
//! | span `read` | debug | `parts`, `bytes`, `rows`, `bytes_done`, `retries` | a report is read: what is planned, and at the end what was read |
//! | span `part` | debug | `object`, `bytes`, `rows_in`, `rows_out` | a part of it is read, in the span of the read |
//! | `the part was read` | debug | `rows_in`, `rows_out` | the part has ended |
//! | `the read ended` | debug | `rows`, `bytes_done`, `retries` | the last batch was returned; `retries` counts the requests that were repeated |
//! | `the read failed` | warn | `code`, `retryable`, `rows`, `bytes_done`, `retries`, `error` | the read ended with an error |
//! | `the read was stopped` | debug | `rows`, `bytes_done`, `retries` | the caller stopped it |
//! | `the reader was dropped before its end` | debug | `rows`, `bytes_done`, `retries` | the rest was not read |
//! | `a call failed` | warn | `call`, `code`, `retryable`, `error` | a method of `ReaderBuilder` or `Connector`, or one of `Reader` that writes a file, returned an error |
//! | span `download` | debug | `bucket`, `key`, `bytes` | an object is fetched: its name and size |
//! | span `fetch` | debug | `bucket`, `key`, `start`, `bytes`, `attempts` | a range of it is fetched, with as many requests as `attempts` says |
//! | `fetched` | trace | | the range is there |
//! | `taken up where it broke off` | debug | `at`, `error` | a request failed or broke off, and the next one asks for the rest |
//! | `bytes could not be understood and are fetched once more` | debug | `key`, `used` | a part seems damaged; `used` bytes of it were read already |
//! | `listed` | debug | `bucket`, `prefix`, `objects` | a page of a listing is there; `objects` counts those found so far |
//! | `the bucket is in another region` | debug | `bucket`, `region` | S3 named another region, which is asked from now on |
//! | `credentials have expired and are renewed` | debug | | AWS refused a call with expired credentials, which is made again |
//!
//! They contain keys, names, counts and messages of AWS, but no secrets and no values of rows: of an error in a row they
//! have the place. External IDs and access
//! keys are removed from messages. Events of the AWS SDK during calls of this crate, which include whole requests, are
//! discarded. The packages for Python and Node have no subscriber, so nothing is sent to Python's `logging`.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![warn(clippy::missing_errors_doc, clippy::missing_panics_doc)]

#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "fetch")]
mod connector;
mod csv;
mod decode;
pub mod display;
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

/// The version of Parquet in the signatures of this crate.
#[cfg(feature = "parquet")]
pub use ::parquet;
/// The version of Arrow in the signatures of this crate.
pub use arrow;
/// The version of aws-config in the signatures of this crate.
#[cfg(feature = "fetch")]
pub use aws_config;
/// The version of aws-credential-types in the signatures of this crate.
#[cfg(feature = "fetch")]
pub use aws_credential_types;
#[cfg(feature = "fetch")]
pub use connector::{Connector, ConnectorBuilder};
pub use error::{Error, Location, Result, printable};
#[cfg(feature = "discover")]
pub use fetch::find::discover::{Account, AccountChanges, AccountState, Accounts};
#[cfg(feature = "fetch")]
pub use fetch::{
    aws::runtime::{block_on, block_on_unless},
    find::catalog::{ReportDefinition, ReportKind},
    find::delivery::{DeliveredPart, Delivery},
    find::period::{PeriodState, PeriodStatus},
    settings::config::ConnectorConfig,
    settings::external_id::ExternalId,
    settings::retry::RetryPolicy,
    setup::diagnosis::{Diagnosis, Finding, Verdict},
    setup::policy::{Access, Capability},
};
pub use options::{NegationPolicy, OnError, OnNoMatch, OnUnknown, OnUnknownType, TableSchema};
pub use read::arrow::ArrowReader;
pub use read::builder::{IntoPaths, ReaderBuilder};
pub use read::decoder::Decoder;
pub use read::handle::ReaderHandle;
pub use read::memory::{memory_limit, set_memory_limit};
pub use read::progress::Progress;
pub use read::quarantine::Quarantined;
pub use read::reader::Reader;
pub use read::report::Report;
pub use read::save::Saving;
pub use read::setting::OptionValue;
#[cfg(feature = "stream")]
pub use read::stream::BatchStream;
pub use report::part::{BillingPeriod, Part, Plan};
pub use schema::encoding::{DecimalEncoding, MapEncoding, TagPolicy, TextEncoding};
pub use schema::focus::FocusVersion;
pub use totals::{Check, Costs, Guards, Outcome, PartTotals, Rounding, Summary, Totals, UnknownRows};
pub use value::content::Content;
pub use value::decimal::{Decimal, ParseDecimalError, ParsedDecimal, RoundingLoss, Sum};
pub use value::timestamp::{ParseTimestampError, Timestamp};
pub use value::warning::Warning;
