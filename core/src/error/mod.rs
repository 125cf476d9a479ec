//! The error type: what is wrong, where, and a stable code.
//!
//! In: the values that a message names. Out: one line of text that cannot change a terminal, and fields for programs.
//! Not here: the causes themselves.

mod location;
mod text;

use std::path::PathBuf;

use serde::ser::{Serialize, SerializeStruct, Serializer};

pub use self::location::Location;
#[cfg(feature = "cli")]
pub(crate) use self::text::acts;
pub use self::text::printable;
pub(crate) use self::text::{clip, clip_name};

/// What helps after an [`Error::SourceChanged`].
pub(crate) const REPLAN: &str = "plan and read it again, or call `refresh` of the report";

/// The remedy for a denied operation. The findings of that check do not repeat it.
const ASK: &str = "; `verify` of a connector, or `outlay connect`, says which permission is missing";

/// The result type of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The error of this crate. Each variant is a condition that a caller can handle.
///
/// [`Error::code`] identifies the variant in all language bindings. The `Display` text is one line that says where the
/// error is, what is wrong and, if possible, what to do.
///
/// # Codes
///
/// An error serializes, for answers and logs: `code`, `message` (the `Display` text), `location` (`null` or the fields of
/// [`Location`] that are known), `retryable` and `http_status`. Names are never removed or changed; new ones may come.
///
/// [`Error::http_status`] is what a service that reads reports for its clients may answer with.
///
/// | code | variant | retryable | HTTP status |
/// | --- | --- | --- | --- |
/// | `OUTLAY_NOT_FOUND` | `NotFound` | no | 404 |
/// | `OUTLAY_IO` | `Io` | if it timed out | 500, or 504 if it timed out |
/// | `OUTLAY_FORMAT` | `Format` | no | 422 |
/// | `OUTLAY_COMPRESSION` | `Compression` | no | 422 |
/// | `OUTLAY_INFLATION` | `Inflation` | no | 422 |
/// | `OUTLAY_TRUNCATED` | `Truncated` | no | 422 |
/// | `OUTLAY_TRUNCATED` | `Size`, with fewer bytes | no | 422 |
/// | `OUTLAY_COMPRESSION` | `Size`, with more bytes | no | 422 |
/// | `OUTLAY_CHECKSUM` | `Checksum` | no | 422 |
/// | `OUTLAY_ENCODING` | `Encoding` | no | 422 |
/// | `OUTLAY_RECORD_TOO_LONG` | `RecordTooLong` | no | 422 |
/// | `OUTLAY_RAGGED` | `Ragged` | no | 422 |
/// | `OUTLAY_UNTERMINATED_QUOTE` | `UnterminatedQuote` | no | 422 |
/// | `OUTLAY_VALUE` | `Value` | no | 422 |
/// | `OUTLAY_UNKNOWN_TYPE` | `UnknownType` | no | 422 |
/// | `OUTLAY_UNKNOWN_COST` | `UnknownCost` | no | 422 |
/// | `OUTLAY_MISSING_COLUMN` | `MissingColumn` | no | 422 |
/// | `OUTLAY_MANIFEST` | `Manifest` | no | 422 |
/// | `OUTLAY_MISSING_PART` | `MissingPart` | no | 422 |
/// | `OUTLAY_AMBIGUOUS` | `Ambiguous` | no | 409 |
/// | `OUTLAY_OPTION` | `Option` | no | 400 |
/// | `OUTLAY_OPTION` | `NoMatch` | no | 400 |
/// | `OUTLAY_CONSUMED` | `Consumed` | no | 500 |
/// | `OUTLAY_WRITE` | `Write` | no | 500 |
/// | `OUTLAY_SOURCE_CHANGED` | `SourceChanged` | yes | 409 |
/// | `OUTLAY_NETWORK` | `Network` | yes | 502 |
/// | `OUTLAY_THROTTLED` | `Throttled` | yes | 503 |
/// | `OUTLAY_DENIED` | `Denied` | no | 403 |
/// | `OUTLAY_CREDENTIALS` | `Credentials` | no | 403 |
/// | `OUTLAY_AWS` | `Aws` | no | 502 |
/// | `OUTLAY_OUTSIDE` | `Outside` | no | 422 |
/// | `OUTLAY_NO_REPORT` | `NoReport` | no | 404 |
/// | `OUTLAY_NOT_DELIVERED` | `NotDelivered` | if a delivery may come | 404 |
/// | `OUTLAY_STOPPED` | `Stopped` | no | 499 |
/// | `OUTLAY_UNPROVEN` | `Unproven` | no | 422 |
///
/// 499 is not a standard status; servers log it for a client that went away.
///
/// # Examples
///
/// ```
/// use outlay::Error;
///
/// let csv = "lineItem/LineItemType,lineItem/UnblendedCost\nUsage,0.x\n";
/// let mut reader = outlay::Reader::builder().read_from("report.csv", csv.as_bytes())?;
/// match reader.next().unwrap() {
///     Err(Error::Value { at, text, .. }) => assert_eq!((at.row, text.as_str()), (Some(1), "0.x")),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file, folder or object does not exist, or no file matches a pattern.
    #[error("{}: {}; {}", printable(path.display()), if *is_pattern {
        "no file matches this pattern"
    } else {
        "no such file or folder"
    }, meant(candidates, "check the path"))]
    #[non_exhaustive]
    NotFound {
        /// The absolute path, or the address of an object.
        path: PathBuf,
        /// Whether the path is a pattern that no file matches.
        is_pattern: bool,
        /// Existing files and folders with similar names, the most similar first; at most three.
        candidates: Vec<String>,
    },
    /// The operating system returned an error while reading or writing.
    #[error("{at}: {}", printable(source))]
    #[non_exhaustive]
    Io {
        /// The object that was read or written.
        at: Box<Location>,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The content is not a report that this version can read.
    #[error("{at}: {}", printable(reason))]
    #[non_exhaustive]
    Format {
        /// The object.
        at: Box<Location>,
        /// What was found, and the remedy.
        reason: String,
    },
    /// The compressed stream is damaged, or has data after its end.
    #[error("{at}: {}", printable(reason))]
    #[non_exhaustive]
    Compression {
        /// The object, and the number of bytes decompressed.
        at: Box<Location>,
        /// What is wrong.
        reason: String,
    },
    /// The compression ratio of the object is far above that of any report. It is rejected to protect against
    /// decompression bombs.
    #[error("{at}: it decompresses to more than {times} times its size; check that it is a report")]
    #[non_exhaustive]
    Inflation {
        /// The object, and the number of bytes decompressed.
        at: Box<Location>,
        /// The maximum compression ratio.
        times: u64,
    },
    /// The compressed stream is incomplete.
    #[error("{at}: the file ends in the middle of its {what}; copy it again")]
    #[non_exhaustive]
    Truncated {
        /// The object, and the number of bytes decompressed.
        at: Box<Location>,
        /// The incomplete element: `gzip member`, `zip member`.
        what: &'static str,
    },
    /// The object has fewer or more bytes than expected, see
    /// [`ReaderBuilder::expected_bytes`](crate::ReaderBuilder::expected_bytes).
    #[error("{at}: the object has {found} bytes{}, not the {expected} that were expected; copy it again", if found > expected { " or more" } else { "" })]
    #[non_exhaustive]
    Size {
        /// The object.
        at: Box<Location>,
        /// The expected number of bytes.
        expected: u64,
        /// The number of bytes found. Counting stops at the first unexpected byte.
        found: u64,
    },
    /// A checksum or length does not match the uncompressed data.
    #[error("{at}: the {what} does not match the data; copy the file again")]
    #[non_exhaustive]
    Checksum {
        /// The object, and the number of bytes decompressed.
        at: Box<Location>,
        /// The check: `CRC-32`, `length`.
        what: &'static str,
    },
    /// A field is not UTF-8.
    #[error("{at}: not valid UTF-8; if it is Windows-1252, convert the file with `iconv -f WINDOWS-1252 -t UTF-8`")]
    #[non_exhaustive]
    Encoding {
        /// The field. In the header: the number of the column and its probable name.
        at: Box<Location>,
    },
    /// A record is longer than the limit.
    #[error("{at}: the record is longer than {limit} bytes; the option `record_bytes` sets the limit")]
    #[non_exhaustive]
    RecordTooLong {
        /// The start of the record.
        at: Box<Location>,
        /// The limit in bytes, see [`ReaderBuilder::record_bytes`](crate::ReaderBuilder::record_bytes).
        limit: usize,
    },
    /// A record has more or fewer fields than the header.
    #[error("{at}: the record has {found} fields, the header {expected}; {}", if *is_cut {
        "the file ends in the middle of this line, so it may be cut off: copy it again"
    } else {
        "the option `on_error` decides what happens to such records"
    })]
    #[non_exhaustive]
    Ragged {
        /// The start of the record.
        at: Box<Location>,
        /// Number of fields of the record.
        found: usize,
        /// Number of fields of the header.
        expected: usize,
        /// Whether it has too few fields and is the last record of a file that does not end with a line end: the file
        /// may be incomplete.
        is_cut: bool,
    },
    /// The file ends inside a quoted field.
    #[error("{at}: the file ends inside a quoted field; check that it was copied to its end")]
    #[non_exhaustive]
    UnterminatedQuote {
        /// The start of the record.
        at: Box<Location>,
    },
    /// The value of a cell is invalid for its column.
    #[error("{at}: `{}` is not {wanted}{}", printable(text), if at.row.is_some() { "; the option `on_error` decides what happens to such records" } else { "" })]
    #[non_exhaustive]
    Value {
        /// The cell.
        at: Box<Location>,
        /// Its text, shortened.
        text: String,
        /// What was expected: `a decimal number`, `a timestamp`.
        wanted: &'static str,
    },
    /// An unknown line item type, with [`OnUnknownType::Stop`](crate::OnUnknownType::Stop).
    #[error("{at}: `{}` is not a known line item type; the option `on_unknown_type` can accept it", printable(text))]
    #[non_exhaustive]
    UnknownType {
        /// The cell.
        at: Box<Location>,
        /// The type, shortened.
        text: String,
    },
    /// A cost of a line item is unknown, with [`OnUnknown::Stop`](crate::OnUnknown::Stop).
    #[error("{at}: {}", printable(reason))]
    #[non_exhaustive]
    UnknownCost {
        /// The line item.
        at: Box<Location>,
        /// The cost, the missing cell, and what to add to the export.
        reason: String,
    },
    /// The report lacks columns that every amount depends on.
    #[error("{at}: the report has no {}; {remedy}", printable(missing))]
    #[non_exhaustive]
    MissingColumn {
        /// The object.
        at: Box<Location>,
        /// The missing columns.
        missing: String,
        /// What to change in the definition of the report.
        remedy: &'static str,
    },
    /// A manifest is invalid.
    #[error("{at}: {}", printable(reason))]
    #[non_exhaustive]
    Manifest {
        /// The manifest.
        at: Box<Location>,
        /// What is wrong with it.
        reason: String,
    },
    /// A part of the report is missing.
    #[error(
        "{at}: names `{}`, which is not there; copy the delivery again, or wait for the next one",
        printable(clip_name(part))
    )]
    #[non_exhaustive]
    MissingPart {
        /// The manifest or the folder.
        at: Box<Location>,
        /// The key of the part.
        part: String,
    },
    /// A folder has more than one report or delivery, and it is ambiguous which one to read.
    #[error("{at}: {reason}: {}", listed(candidates))]
    #[non_exhaustive]
    Ambiguous {
        /// The folder.
        at: Box<Location>,
        /// What is ambiguous.
        reason: &'static str,
        /// The candidates.
        candidates: Vec<String>,
    },
    /// An option has an invalid value.
    #[error("option `{option}`: {}", printable(reason))]
    #[non_exhaustive]
    Option {
        /// The name of the option.
        option: &'static str,
        /// What is wrong, and what is valid.
        reason: String,
    },
    /// An option names something that does not exist: a column, a word, an account, and with
    /// [`OnNoMatch::Stop`](crate::OnNoMatch::Stop) a tag or a month that the report does not have.
    #[error("option `{option}`: {}", printable(reason))]
    #[non_exhaustive]
    NoMatch {
        /// The name of the option.
        option: &'static str,
        /// What does not exist, and what was probably meant.
        reason: String,
        /// Similar names that exist, the nearest first; or, if none is similar, some of those that exist.
        candidates: Vec<String>,
    },
    /// Batches were already taken from a reader, so the rest is not the whole report.
    #[error("batches can be read only once, and {reason}: read the report again")]
    #[non_exhaustive]
    Consumed {
        /// What happened to the batches.
        reason: &'static str,
    },
    /// A batch could not be written to a file.
    #[error("{at}: {}", printable(source))]
    #[non_exhaustive]
    Write {
        /// The file.
        at: Box<Location>,
        /// The error of the writer.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An object or a manifest changed while it was read, or a file changed after it was planned. In S3, AWS has
    /// rewritten the month. Plan and read again, see [`Error::is_retryable`].
    #[error("{at}: {}", printable(reason))]
    #[non_exhaustive]
    SourceChanged {
        /// The object that changed.
        at: Box<Location>,
        /// The change.
        reason: String,
    },
    /// AWS could not be reached or did not respond, after all retries.
    #[error("{at}: {operation}: {}", printable(message))]
    #[non_exhaustive]
    Network {
        /// The bucket and key, or the service.
        at: Box<Location>,
        /// The operation, as in IAM policies: `s3:GetObject`.
        operation: &'static str,
        /// What happened.
        message: String,
        /// The id of the request, which AWS Support asks for; `None` if AWS did not respond.
        request_id: Option<String>,
        /// What the AWS SDK said, level by level and without secrets; `None` where it was not what failed.
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// AWS throttled the requests, after all retries.
    #[error("{at}: {operation}: AWS throttled the request ({}); try again later", printable(aws_code))]
    #[non_exhaustive]
    Throttled {
        /// The bucket and key, or the service.
        at: Box<Location>,
        /// The operation.
        operation: &'static str,
        /// AWS's code: `SlowDown`, `Throttling`.
        aws_code: String,
        /// The id of the request, which AWS Support asks for; `None` if AWS did not respond.
        request_id: Option<String>,
        /// What the AWS SDK said, level by level and without secrets; `None` where it was not what failed.
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// AWS denied an operation.
    #[error("{at}: {operation} is not allowed ({}): {}{}", printable(aws_code), printable(message), ASK)]
    #[non_exhaustive]
    Denied {
        /// The bucket and key, or the service.
        at: Box<Location>,
        /// The operation, as in IAM policies.
        operation: &'static str,
        /// AWS's code: `AccessDenied`.
        aws_code: String,
        /// The message of AWS, shortened.
        message: String,
        /// The id of the request, which AWS Support asks for; `None` if AWS did not respond.
        request_id: Option<String>,
        /// What the AWS SDK said, level by level and without secrets; `None` where it was not what failed.
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// Credentials are missing or invalid, or the role could not be assumed.
    #[error(
        "credentials: {operation}: {}{}",
        printable(message),
        aws_code.as_ref().map_or_else(String::new, |code| format!(" ({})", printable(code)))
    )]
    #[non_exhaustive]
    Credentials {
        /// The operation that failed: `sts:AssumeRole`, or the one that needed credentials.
        operation: &'static str,
        /// AWS's code, if a request was made.
        aws_code: Option<String>,
        /// What is wrong, and what to do.
        message: String,
        /// The id of the request, which AWS Support asks for; `None` if AWS did not respond.
        request_id: Option<String>,
        /// What the AWS SDK said, level by level and without secrets; `None` where it was not what failed.
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// AWS returned another error.
    #[error("{at}: {operation}: {} ({})", printable(message), printable(aws_code))]
    #[non_exhaustive]
    Aws {
        /// The bucket and key, or the service.
        at: Box<Location>,
        /// The operation, as in IAM policies.
        operation: &'static str,
        /// AWS's code: `NoSuchBucket`.
        aws_code: String,
        /// The message of AWS, shortened.
        message: String,
        /// The id of the request, which AWS Support asks for; `None` if AWS did not respond.
        request_id: Option<String>,
        /// What the AWS SDK said, level by level and without secrets; `None` where it was not what failed.
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// A manifest or a listing names an object outside the configured bucket and prefix.
    #[error("{at}: {}", printable(reason))]
    #[non_exhaustive]
    Outside {
        /// The manifest.
        at: Box<Location>,
        /// The object, and where objects must be.
        reason: String,
    },
    /// No report or export matches, or more than one.
    #[error("{}{}{}", printable(reason), if candidates.is_empty() { "" } else { ": " }, listed(candidates))]
    #[non_exhaustive]
    NoReport {
        /// What was searched, and where.
        reason: String,
        /// The candidates.
        candidates: Vec<String>,
    },
    /// AWS has not delivered a month.
    #[error("{period}: nothing is delivered below {}; {}{}{}", printable(clip_name(place)), if *may_come {
        "the first delivery takes up to 24 hours"
    } else {
        "check the bucket and prefix, and that the report existed in that month"
    }, if candidates.is_empty() { "" } else { "; months that are there: " }, listed(candidates))]
    #[non_exhaustive]
    NotDelivered {
        /// The month.
        period: String,
        /// Bucket and prefix.
        place: String,
        /// Whether a delivery is still expected: the month was given and is not over, or ended recently.
        may_come: bool,
        /// The months of the report that are delivered, nearest first.
        candidates: Vec<String>,
    },
    /// The caller stopped the read, see [`ReaderBuilder::stop_when`](crate::ReaderBuilder::stop_when).
    #[error("stopped by the caller")]
    Stopped,
    /// Checks of the totals fail, so it is not proven that no row was lost or doubled.
    #[error("not proven: {}", printable(failed.join("; ")))]
    #[non_exhaustive]
    Unproven {
        /// Each check that fails, with the difference.
        failed: Vec<String>,
    },
}

impl Error {
    /// Creates an [`Error::Option`], for programs with their own options.
    ///
    /// # Examples
    ///
    /// ```
    /// let error = outlay::Error::option("output", "name a file");
    /// assert_eq!(error.to_string(), "option `output`: name a file");
    /// ```
    pub fn option(option: &'static str, reason: impl Into<String>) -> Self {
        Self::Option { option, reason: reason.into() }
    }

    /// Creates an [`Error::Io`], for programs with their own input and output.
    ///
    /// # Examples
    ///
    /// ```
    /// let source = std::io::Error::from(std::io::ErrorKind::NotFound);
    /// assert_eq!(outlay::Error::io("report.csv", source).code(), "OUTLAY_IO");
    /// ```
    pub fn io(object: impl Into<String>, source: std::io::Error) -> Self {
        Self::Io { at: Box::new(Location::object(object)), source }
    }

    /// Creates an [`Error::Write`], for sinks of other crates.
    ///
    /// # Examples
    ///
    /// ```
    /// let error = outlay::Error::write("table", "the connection was closed");
    /// assert_eq!(error.to_string(), "table: the connection was closed");
    /// ```
    pub fn write(object: impl Into<String>, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Write { at: Box::new(Location::object(object)), source: source.into() }
    }

    /// Returns a stable code for programs. It is the same in all language bindings.
    ///
    /// # Examples
    ///
    /// ```
    /// let error = outlay::Reader::builder().read("/nowhere").err().expect("there is no such folder");
    /// assert_eq!(error.code(), "OUTLAY_NOT_FOUND");
    /// ```
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "OUTLAY_NOT_FOUND",
            Self::Io { .. } => "OUTLAY_IO",
            Self::Format { .. } => "OUTLAY_FORMAT",
            Self::Compression { .. } => "OUTLAY_COMPRESSION",
            Self::Inflation { .. } => "OUTLAY_INFLATION",
            Self::Truncated { .. } => "OUTLAY_TRUNCATED",
            // Equivalent to a stream that ends early, or has data after its end.
            Self::Size { expected, found, .. } if found < expected => "OUTLAY_TRUNCATED",
            Self::Size { .. } => "OUTLAY_COMPRESSION",
            Self::Checksum { .. } => "OUTLAY_CHECKSUM",
            Self::Encoding { .. } => "OUTLAY_ENCODING",
            Self::RecordTooLong { .. } => "OUTLAY_RECORD_TOO_LONG",
            Self::Ragged { .. } => "OUTLAY_RAGGED",
            Self::UnterminatedQuote { .. } => "OUTLAY_UNTERMINATED_QUOTE",
            Self::Value { .. } => "OUTLAY_VALUE",
            Self::UnknownType { .. } => "OUTLAY_UNKNOWN_TYPE",
            Self::UnknownCost { .. } => "OUTLAY_UNKNOWN_COST",
            Self::MissingColumn { .. } => "OUTLAY_MISSING_COLUMN",
            Self::Manifest { .. } => "OUTLAY_MANIFEST",
            Self::MissingPart { .. } => "OUTLAY_MISSING_PART",
            Self::Ambiguous { .. } => "OUTLAY_AMBIGUOUS",
            Self::Option { .. } | Self::NoMatch { .. } => "OUTLAY_OPTION",
            Self::Consumed { .. } => "OUTLAY_CONSUMED",
            Self::Write { .. } => "OUTLAY_WRITE",
            Self::SourceChanged { .. } => "OUTLAY_SOURCE_CHANGED",
            Self::Network { .. } => "OUTLAY_NETWORK",
            Self::Throttled { .. } => "OUTLAY_THROTTLED",
            Self::Denied { .. } => "OUTLAY_DENIED",
            Self::Credentials { .. } => "OUTLAY_CREDENTIALS",
            Self::Aws { .. } => "OUTLAY_AWS",
            Self::Outside { .. } => "OUTLAY_OUTSIDE",
            Self::NoReport { .. } => "OUTLAY_NO_REPORT",
            Self::NotDelivered { .. } => "OUTLAY_NOT_DELIVERED",
            Self::Stopped => "OUTLAY_STOPPED",
            Self::Unproven { .. } => "OUTLAY_UNPROVEN",
        }
    }

    /// Returns the location of the error, if it is in a report or at AWS.
    pub fn at(&self) -> Option<&Location> {
        match self {
            Self::Io { at, .. }
            | Self::Format { at, .. }
            | Self::Compression { at, .. }
            | Self::Inflation { at, .. }
            | Self::Truncated { at, .. }
            | Self::Size { at, .. }
            | Self::Checksum { at, .. }
            | Self::Encoding { at }
            | Self::RecordTooLong { at, .. }
            | Self::Ragged { at, .. }
            | Self::UnterminatedQuote { at }
            | Self::Value { at, .. }
            | Self::UnknownType { at, .. }
            | Self::UnknownCost { at, .. }
            | Self::MissingColumn { at, .. }
            | Self::Manifest { at, .. }
            | Self::MissingPart { at, .. }
            | Self::Ambiguous { at, .. }
            | Self::Write { at, .. }
            | Self::SourceChanged { at, .. }
            | Self::Network { at, .. }
            | Self::Throttled { at, .. }
            | Self::Denied { at, .. }
            | Self::Aws { at, .. }
            | Self::Outside { at, .. } => Some(at),
            Self::NotFound { .. }
            | Self::Option { .. }
            | Self::NoMatch { .. }
            | Self::Consumed { .. }
            | Self::Credentials { .. }
            | Self::NoReport { .. }
            | Self::NotDelivered { .. }
            | Self::Stopped
            | Self::Unproven { .. } => None,
        }
    }

    /// Returns the operation of AWS, as in IAM policies: `s3:GetObject`.
    pub fn operation(&self) -> Option<&'static str> {
        match self {
            Self::Network { operation, .. }
            | Self::Throttled { operation, .. }
            | Self::Denied { operation, .. }
            | Self::Aws { operation, .. }
            | Self::Credentials { operation, .. } => Some(operation),
            _ => None,
        }
    }

    /// Returns AWS's code: `NoSuchBucket`.
    pub fn aws_code(&self) -> Option<&str> {
        match self {
            Self::Throttled { aws_code, .. } | Self::Denied { aws_code, .. } | Self::Aws { aws_code, .. } => {
                Some(aws_code)
            }
            Self::Credentials { aws_code, .. } => aws_code.as_deref(),
            _ => None,
        }
    }

    /// Returns the id that AWS gave the request, which AWS Support asks for. `None` if AWS did not respond, and for errors
    /// that are not of AWS.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Network { request_id, .. }
            | Self::Throttled { request_id, .. }
            | Self::Denied { request_id, .. }
            | Self::Aws { request_id, .. }
            | Self::Credentials { request_id, .. } => request_id.as_deref(),
            _ => None,
        }
    }

    /// Returns the message for a trace, which has no values of rows: of an error in a row, only its place.
    #[cfg(feature = "trace")]
    pub(crate) fn traced(&self) -> String {
        match self.at() {
            Some(at) if at.row.is_some() => at.to_string(),
            _ => self.to_string(),
        }
    }

    /// Returns the candidates of an ambiguous or failed search, and the names that were probably meant by one that does
    /// not exist.
    pub fn candidates(&self) -> Option<&[String]> {
        match self {
            Self::NotFound { candidates, .. } | Self::NotDelivered { candidates, .. } if !candidates.is_empty() => {
                Some(candidates)
            }
            Self::Ambiguous { candidates, .. }
            | Self::NoReport { candidates, .. }
            | Self::NoMatch { candidates, .. } => Some(candidates),
            _ => None,
        }
    }

    /// Returns whether the same call may succeed later without changes.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::SourceChanged { .. }
                | Self::Network { .. }
                | Self::Throttled { .. }
                | Self::NotDelivered { may_come: true, .. }
        ) || self.is_timeout()
    }

    /// Returns whether the operating system, or the stream of the caller, gave up waiting.
    fn is_timeout(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == std::io::ErrorKind::TimedOut)
    }

    /// Returns a status of HTTP for a service that reads reports for its clients, see the [table](Error#codes): 4xx for
    /// what the client sent or asked for, 5xx for what went wrong around it.
    ///
    /// # Examples
    ///
    /// ```
    /// let error = outlay::Reader::builder().threads(0).validate().unwrap_err();
    /// assert_eq!(error.http_status(), 400);
    /// let json = r#"{"code":"OUTLAY_OPTION","message":"option `threads`: it must be at least 1",
    ///     "location":null,"retryable":false,"http_status":400}"#;
    /// assert_eq!(serde_json::to_value(&error).unwrap(), serde_json::from_str::<serde_json::Value>(json).unwrap());
    /// ```
    pub fn http_status(&self) -> u16 {
        match self {
            Self::Option { .. } | Self::NoMatch { .. } => 400,
            Self::Denied { .. } | Self::Credentials { .. } => 403,
            Self::NotFound { .. } | Self::NoReport { .. } | Self::NotDelivered { .. } => 404,
            Self::Ambiguous { .. } | Self::SourceChanged { .. } => 409,
            Self::Format { .. }
            | Self::Compression { .. }
            | Self::Inflation { .. }
            | Self::Truncated { .. }
            | Self::Size { .. }
            | Self::Checksum { .. }
            | Self::Encoding { .. }
            | Self::RecordTooLong { .. }
            | Self::Ragged { .. }
            | Self::UnterminatedQuote { .. }
            | Self::Value { .. }
            | Self::UnknownType { .. }
            | Self::UnknownCost { .. }
            | Self::MissingColumn { .. }
            | Self::Manifest { .. }
            | Self::MissingPart { .. }
            | Self::Outside { .. }
            | Self::Unproven { .. } => 422,
            Self::Stopped => 499,
            Self::Io { .. } if self.is_timeout() => 504,
            Self::Io { .. } | Self::Write { .. } | Self::Consumed { .. } => 500,
            Self::Network { .. } | Self::Aws { .. } => 502,
            Self::Throttled { .. } => 503,
        }
    }

    /// Returns the message for a finding of a diagnosis, which has its own remedy.
    #[cfg(feature = "fetch")]
    pub(crate) fn finding(&self) -> String {
        let text = self.to_string();
        text.strip_suffix(ASK).map_or_else(|| text.clone(), str::to_owned)
    }

    /// Converts an error from reading an object: an [`Error`] wrapped in an `io::Error`, or an error of the system.
    pub(crate) fn reading(object: &str, source: std::io::Error) -> Self {
        source.downcast::<Self>().unwrap_or_else(|source| Self::Io { at: Box::new(Location::object(object)), source })
    }

    /// Returns whether the error can be caused by corruption in transit.
    pub(crate) fn is_damage(&self) -> bool {
        matches!(
            self,
            Self::Format { .. }
                | Self::Compression { .. }
                | Self::Truncated { .. }
                | Self::Size { .. }
                | Self::Checksum { .. }
                | Self::Encoding { .. }
                | Self::RecordTooLong { .. }
                | Self::Ragged { .. }
                | Self::UnterminatedQuote { .. }
                | Self::Value { .. }
                | Self::UnknownType { .. }
                | Self::UnknownCost { .. }
                | Self::MissingColumn { .. }
        )
    }
}

/// Returns a question with names that may have been meant; `remedy` if there are none.
fn meant(names: &[String], remedy: &str) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{}`", printable(clip_name(name)))).collect();
    if names.is_empty() { remedy.to_owned() } else { format!("did you mean {}?", names.join(", ")) }
}

/// For conversions that cannot fail, such as that of a [`BillingPeriod`](crate::BillingPeriod) to itself.
impl From<std::convert::Infallible> for Error {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Error", 7)?;
        fields.serialize_field("code", self.code())?;
        fields.serialize_field("message", &self.to_string())?;
        fields.serialize_field("location", &self.at())?;
        fields.serialize_field("retryable", &self.is_retryable())?;
        fields.serialize_field("http_status", &self.http_status())?;
        match self.request_id() {
            Some(id) => fields.serialize_field("request_id", id)?,
            None => fields.skip_field("request_id")?,
        }
        match self.candidates() {
            Some(candidates) => fields.serialize_field("candidates", candidates)?,
            None => fields.skip_field("candidates")?,
        }
        fields.end()
    }
}

/// Joins names for a message that lists candidates, at most ten.
fn listed(names: &[String]) -> String {
    const MOST: usize = 10;
    let mut shown: Vec<String> = names.iter().take(MOST).map(|name| printable(clip_name(name)).to_string()).collect();
    if names.len() > MOST {
        shown.push(format!("and {} more", names.len() - MOST));
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "a test fails by panicking")]

    use super::text::acts;
    use super::*;

    fn hostile() -> String {
        "n\n\u{1b}[31m\u{202e}m".to_owned()
    }

    /// An error of each variant, with text from elsewhere where it has one.
    fn each() -> Vec<Error> {
        let at = || Box::new(Location::object(hostile()).row(1).column(hostile()));
        let operation = "s3:GetObject";
        vec![
            Error::NotFound { path: hostile().into(), is_pattern: false, candidates: vec![hostile()] },
            Error::Io { at: at(), source: std::io::Error::other(hostile()) },
            Error::Io { at: at(), source: std::io::Error::new(std::io::ErrorKind::TimedOut, hostile()) },
            Error::Format { at: at(), reason: hostile() },
            Error::Compression { at: at(), reason: hostile() },
            Error::Inflation { at: at(), times: 1 },
            Error::Truncated { at: at(), what: "gzip member" },
            Error::Size { at: at(), expected: 2, found: 1 },
            Error::Size { at: at(), expected: 1, found: 2 },
            Error::Checksum { at: at(), what: "CRC-32" },
            Error::Encoding { at: at() },
            Error::RecordTooLong { at: at(), limit: 1 },
            Error::Ragged { at: at(), found: 1, expected: 2, is_cut: true },
            Error::UnterminatedQuote { at: at() },
            Error::Value { at: at(), text: hostile(), wanted: "a timestamp" },
            Error::UnknownType { at: at(), text: hostile() },
            Error::UnknownCost { at: at(), reason: hostile() },
            Error::MissingColumn { at: at(), missing: hostile(), remedy: "add it" },
            Error::Manifest { at: at(), reason: hostile() },
            Error::MissingPart { at: at(), part: hostile() },
            Error::Ambiguous { at: at(), reason: "several", candidates: vec![hostile(), hostile()] },
            Error::Option { option: "columns", reason: hostile() },
            Error::NoMatch { option: "columns", reason: hostile(), candidates: vec![hostile()] },
            Error::Write { at: at(), source: hostile().into() },
            Error::SourceChanged { at: at(), reason: hostile() },
            Error::Network { at: at(), operation, message: hostile(), request_id: None, source: None },
            Error::Throttled { at: at(), operation, aws_code: hostile(), request_id: None, source: None },
            Error::Denied {
                at: at(),
                operation,
                aws_code: hostile(),
                message: hostile(),
                request_id: None,
                source: None,
            },
            Error::Credentials {
                operation,
                aws_code: Some(hostile()),
                message: hostile(),
                request_id: None,
                source: None,
            },
            Error::Aws { at: at(), operation, aws_code: hostile(), message: hostile(), request_id: None, source: None },
            Error::Outside { at: at(), reason: hostile() },
            Error::NoReport { reason: hostile(), candidates: vec![hostile()] },
            Error::NotDelivered {
                period: "2026-01".to_owned(),
                place: hostile(),
                may_come: true,
                candidates: vec![hostile()],
            },
            Error::Consumed { reason: "some were taken" },
            Error::Stopped,
            Error::NotDelivered {
                period: "2026-01".to_owned(),
                place: hostile(),
                may_come: false,
                candidates: Vec::new(),
            },
            Error::Unproven { failed: vec![hostile()] },
        ]
    }

    /// Every error with text from elsewhere: none prints a character that acts, and each keeps its values.
    #[test]
    fn no_error_prints_what_acts() {
        for error in each() {
            if matches!(error, Error::Consumed { .. } | Error::Stopped) {
                continue;
            }
            let text = error.to_string();
            assert!(!text.contains(acts), "{text:?}");
            assert!(text.contains("n\\n\\u{1b}[31m\\u{202e}m"), "{text:?}");
            assert!(error.at().is_none_or(|at| at.object == hostile()));
            assert!(error.candidates().is_none_or(|candidates| candidates.contains(&hostile())));
        }
    }

    /// The table in the documentation of [`Error`] has each variant as it behaves, and serialization says the same.
    #[test]
    fn the_table_of_codes_is_what_errors_say() {
        let rows: Vec<Vec<&str>> = (include_str!("mod.rs").lines())
            .filter_map(|line| line.strip_prefix("/// | `"))
            .map(|row| row.trim_end_matches(" |").split(" | ").map(|cell| cell.trim_matches('`')).collect())
            .collect();
        let mut documented = std::collections::BTreeSet::new();
        for error in each() {
            let debug = format!("{error:?}");
            let variant = debug.split([' ', '(']).next().unwrap_or_default();
            let is_row = |row: &&Vec<&str>| row[0] == error.code() && row[1].split('`').next() == Some(variant);
            let Some(row) = rows.iter().find(is_row) else { panic!("no row for {} {variant}", error.code()) };
            let said = match row[2] {
                "yes" => true,
                "no" => false,
                "if it timed out" => error.is_timeout(),
                "if a delivery may come" => matches!(error, Error::NotDelivered { may_come: true, .. }),
                other => panic!("{other}"),
            };
            assert_eq!(error.is_retryable(), said, "{row:?}");
            let status = match row[3].split_once(", or ") {
                Some((_, timeout)) if error.is_timeout() => timeout.split(' ').next().unwrap_or_default(),
                Some((status, _)) => status,
                None => row[3],
            };
            assert_eq!(error.http_status().to_string(), status, "{row:?}");
            let json = serde_json::to_value(&error).unwrap_or_default();
            assert_eq!(json["code"], error.code());
            assert_eq!(json["message"], error.to_string());
            assert_eq!(json["location"]["object"].as_str(), error.at().map(|at| at.object.as_str()));
            assert_eq!(json["retryable"], error.is_retryable());
            assert_eq!(json["http_status"], error.http_status());
            let candidates = error.candidates().map(serde_json::to_value).transpose().unwrap_or_default();
            assert_eq!(json.get("candidates"), candidates.as_ref());
            let known = 5 + usize::from(candidates.is_some());
            assert_eq!(json.as_object().map_or(0, serde_json::Map::len), known, "{json}");
            documented.insert((row[0], row[1]));
        }
        assert_eq!(documented.len(), rows.len(), "each row is an error");
    }

    #[test]
    fn of_many_candidates_ten_are_printed() {
        let candidates = |count: usize| (0..count).map(|number| format!("r{number}")).collect::<Vec<_>>();
        let text = |count| Error::NoReport { reason: "several".to_owned(), candidates: candidates(count) }.to_string();
        assert_eq!(text(0), "several");
        assert_eq!(text(2), "several: r0, r1");
        assert!(text(10).ends_with(", r9"), "{}", text(10));
        assert!(text(5_000).ends_with(", r9, and 4990 more"), "{}", text(5_000));
    }
}
