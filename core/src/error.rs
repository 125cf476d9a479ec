//! What can go wrong, where it went wrong, and the stable code for it.

use std::fmt;
use std::path::PathBuf;

/// The result of everything here that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A place in a report: object, row, byte and column, as far as each is known.
///
/// Prints as `2025-01/cur-00003.csv.gz: row 18214, byte 9441280, lineItem/UnblendedCost`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Location {
    /// The file or S3 key, as the report names it.
    pub object: String,
    /// The row, the header not counted; the first is 1.
    pub row: Option<u64>,
    /// The byte in the inflated stream, the first is 0: where the field, or else the record, begins.
    pub byte: Option<u64>,
    /// The column, as the file's header spells it.
    pub column: Option<String>,
}

impl Location {
    /// A place that is known only by its object.
    pub fn object(object: impl Into<String>) -> Self {
        Self { object: object.into(), ..Self::default() }
    }

    /// The same place with a row.
    #[must_use]
    pub fn row(mut self, row: u64) -> Self {
        self.row = Some(row);
        self
    }

    /// The same place with a byte of the inflated stream.
    #[must_use]
    pub fn byte(mut self, byte: u64) -> Self {
        self.byte = Some(byte);
        self
    }

    /// The same place with a column.
    #[must_use]
    pub fn column(mut self, column: impl Into<String>) -> Self {
        self.column = Some(column.into());
        self
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.object)?;
        let mut lead = ": ";
        if let Some(row) = self.row {
            write!(f, "{lead}row {row}")?;
            lead = ", ";
        }
        if let Some(byte) = self.byte {
            write!(f, "{lead}byte {byte}")?;
            lead = ", ";
        }
        if let Some(column) = &self.column {
            write!(f, "{lead}{column}")?;
        }
        Ok(())
    }
}

/// Everything that can go wrong. One variant per thing that a caller can act on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such file or folder.
    #[error("{}: no such file or folder", path.display())]
    NotFound {
        /// The path that was asked for.
        path: PathBuf,
    },
    /// The operating system refused to read or write.
    #[error("{at}: {source}")]
    Io {
        /// The object that was read or written.
        at: Box<Location>,
        /// What the system said.
        source: std::io::Error,
    },
    /// The content is no report that this version can read.
    #[error("{at}: {reason}")]
    Format {
        /// The object.
        at: Box<Location>,
        /// What was found, and what was wanted.
        reason: String,
    },
    /// The compressed stream is damaged, or goes on where it must end.
    #[error("{at}: {reason}")]
    Compression {
        /// The object, and the byte up to which it could be inflated.
        at: Box<Location>,
        /// What is wrong.
        reason: String,
    },
    /// The object inflates to far more than any report does. It is refused, for it might go on without end.
    #[error("{at}: it inflates to more than {times} times its size")]
    Inflation {
        /// The object, and the byte up to which it was inflated.
        at: Box<Location>,
        /// How many times its size a report may have.
        times: u64,
    },
    /// The compressed stream ends before its end.
    #[error("{at}: the file ends in the middle of its {what}")]
    Truncated {
        /// The object, and the byte up to which it could be inflated.
        at: Box<Location>,
        /// What was being read: "gzip member", "zip member".
        what: &'static str,
    },
    /// The object has fewer or more bytes than were expected, see [`Builder::expected_bytes`](crate::Builder::expected_bytes).
    #[error("{at}: the object has {found} bytes{}, and not the {expected} that were expected", if found > expected { " or more" } else { "" })]
    Size {
        /// The object.
        at: Box<Location>,
        /// Bytes that were expected.
        expected: u64,
        /// Bytes that came, up to the first that was not expected.
        found: u64,
    },
    /// The inflated bytes are not those that were compressed.
    #[error("{at}: the {what} does not match the data")]
    Checksum {
        /// The object, and the byte at which the check was made.
        at: Box<Location>,
        /// The check: "CRC-32", "length".
        what: &'static str,
    },
    /// A field is not UTF-8.
    #[error("{at}: not valid UTF-8; where it is Windows-1252, convert the file with `iconv -f WINDOWS-1252 -t UTF-8`")]
    Encoding {
        /// The field; in the header, the number of the column and what its name is likely to be.
        at: Box<Location>,
    },
    /// A record is longer than the limit.
    #[error("{at}: the record is longer than {limit} bytes")]
    RecordTooLong {
        /// Where the record begins.
        at: Box<Location>,
        /// The limit in bytes.
        limit: usize,
    },
    /// A record has more or fewer fields than the header.
    #[error("{at}: the record has {found} fields, the header {expected}")]
    Ragged {
        /// Where the record begins.
        at: Box<Location>,
        /// Fields of the record.
        found: usize,
        /// Fields of the header.
        expected: usize,
    },
    /// The file ends inside a quoted field.
    #[error("{at}: the file ends inside a quoted field")]
    UnterminatedQuote {
        /// Where the record begins.
        at: Box<Location>,
    },
    /// A cell does not hold what its column says.
    #[error("{at}: `{text}` is not {wanted}")]
    Value {
        /// The cell.
        at: Box<Location>,
        /// Its text, clipped.
        text: String,
        /// What was wanted: "a decimal number", "a timestamp".
        wanted: &'static str,
    },
    /// A line item type that the mapping does not know, and the caller asked to stop there.
    #[error("{at}: `{text}` is not a known line item type")]
    UnknownType {
        /// The cell.
        at: Box<Location>,
        /// The type, clipped.
        text: String,
    },
    /// A cost of a line item is not known, and the caller asked to stop there.
    #[error("{at}: {reason}")]
    UnknownCost {
        /// The line item.
        at: Box<Location>,
        /// The cost, the cell that it lacks, and what to add to the export.
        reason: String,
    },
    /// The report lacks columns without which no total can be right.
    #[error("{at}: the report has no {missing}; {remedy}")]
    MissingColumn {
        /// The object.
        at: Box<Location>,
        /// The columns.
        missing: String,
        /// What to change in the report's definition.
        remedy: &'static str,
    },
    /// A manifest is not one.
    #[error("{at}: {reason}")]
    Manifest {
        /// The manifest.
        at: Box<Location>,
        /// What is wrong with it.
        reason: String,
    },
    /// A manifest names a part that is not there.
    #[error("{at}: names `{part}`, which is not there")]
    MissingPart {
        /// The manifest.
        at: Box<Location>,
        /// The key of the part.
        part: String,
    },
    /// A folder holds more than one report or delivery, and nothing says which one is meant.
    #[error("{at}: {reason}: {}", candidates.join(", "))]
    Ambiguous {
        /// The folder.
        at: Box<Location>,
        /// Why nothing can be chosen.
        reason: &'static str,
        /// What could have been meant.
        candidates: Vec<String>,
    },
    /// An option has a value that makes no sense.
    #[error("option `{option}`: {reason}")]
    Option {
        /// The option's name.
        option: &'static str,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// Batches were taken from a reader: what is left of it is not the whole report.
    #[error("a reader gives its batches once, and {reason}: read the report again")]
    Consumed {
        /// What became of the batches.
        reason: &'static str,
    },
    /// A batch could not be written to a file.
    #[error("{at}: {source}")]
    Write {
        /// The file.
        at: Box<Location>,
        /// What the writer said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An object or a manifest changed while it was read, or a file since it was planned. In S3, AWS had written the month
    /// anew. Plan and read again, see [`Error::is_retryable`].
    #[error("{at}: {reason}")]
    SourceChanged {
        /// The object that changed.
        at: Box<Location>,
        /// What was seen.
        reason: String,
    },
    /// AWS could not be reached, or answered no more, after all attempts.
    #[error("{at}: {operation}: {message}")]
    Network {
        /// The bucket and key, or the service.
        at: Box<Location>,
        /// The operation, as AWS calls it: `s3:GetObject`.
        operation: &'static str,
        /// What was seen.
        message: String,
    },
    /// AWS asked to slow down, after all attempts.
    #[error("{at}: {operation}: AWS asks to slow down ({aws_code}); try again later")]
    Throttled {
        /// The bucket and key, or the service.
        at: Box<Location>,
        /// The operation.
        operation: &'static str,
        /// AWS's code: `SlowDown`, `Throttling`.
        aws_code: String,
    },
    /// AWS did not allow an operation.
    #[error("{at}: {operation} is not allowed ({aws_code}): {message}")]
    Denied {
        /// The bucket and key, or the service.
        at: Box<Location>,
        /// The operation, as policies spell it.
        operation: &'static str,
        /// AWS's code: `AccessDenied`.
        aws_code: String,
        /// AWS's own words, clipped.
        message: String,
    },
    /// There are no credentials, they are not valid, or the role could not be assumed.
    #[error("credentials: {operation}: {message}{}", aws_code.as_ref().map_or_else(String::new, |code| format!(" ({code})")))]
    Credentials {
        /// The operation that failed: `sts:AssumeRole`, or what wanted credentials.
        operation: &'static str,
        /// AWS's code, when AWS was asked.
        aws_code: Option<String>,
        /// What is wrong, and what to do.
        message: String,
    },
    /// AWS refused an operation for another reason.
    #[error("{at}: {operation}: {message} ({aws_code})")]
    Aws {
        /// The bucket and key, or the service.
        at: Box<Location>,
        /// The operation, as policies spell it.
        operation: &'static str,
        /// AWS's code: `NoSuchBucket`.
        aws_code: String,
        /// AWS's own words, clipped.
        message: String,
    },
    /// A manifest or a listing names what lies outside the configured bucket and prefix.
    #[error("{at}: {reason}")]
    Outside {
        /// The manifest.
        at: Box<Location>,
        /// What it names, and where it may lie.
        reason: String,
    },
    /// No report or export is what was asked for, or more than one.
    #[error("{reason}{}", if candidates.is_empty() { String::new() } else { format!(": {}", candidates.join(", ")) })]
    NoReport {
        /// What was looked for, and where.
        reason: String,
        /// What there is.
        candidates: Vec<String>,
    },
    /// AWS has delivered nothing for a month.
    #[error("{period}: nothing is delivered below {place}; {}", if *may_come {
        "the first delivery takes up to 24 hours"
    } else {
        "is it the place of the report, and was there one then?"
    })]
    NotDelivered {
        /// The month.
        period: String,
        /// Bucket and prefix.
        place: String,
        /// Whether it is to be expected: a month was named, and is not over, or only just.
        may_come: bool,
    },
    /// The caller wanted no more, see [`Builder::stop_when`](crate::Builder::stop_when).
    #[error("stopped by the caller")]
    Stopped,
    /// The totals do not prove that nothing was lost or doubled.
    #[error("not proven: {}", failed.join("; "))]
    Unproven {
        /// Each check that does not hold, with the amount by which it fails.
        failed: Vec<String>,
    },
}

impl Error {
    /// A stable text for programs, the same in all languages.
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
            // As a stream that ends before its end, or goes on behind it.
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
            Self::Option { .. } => "OUTLAY_OPTION",
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

    /// Where it went wrong, when that is a place in a report.
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
            | Self::Consumed { .. }
            | Self::Credentials { .. }
            | Self::NoReport { .. }
            | Self::NotDelivered { .. }
            | Self::Stopped
            | Self::Unproven { .. } => None,
        }
    }

    /// What AWS was asked for, as policies spell it: `s3:GetObject`.
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

    /// AWS's own code: `NoSuchBucket`.
    pub fn aws_code(&self) -> Option<&str> {
        match self {
            Self::Throttled { aws_code, .. } | Self::Denied { aws_code, .. } | Self::Aws { aws_code, .. } => {
                Some(aws_code)
            }
            Self::Credentials { aws_code, .. } => aws_code.as_deref(),
            _ => None,
        }
    }

    /// What could have been meant, where several could, or what there is, where what was meant is not.
    pub fn candidates(&self) -> Option<&[String]> {
        match self {
            Self::Ambiguous { candidates, .. } | Self::NoReport { candidates, .. } => Some(candidates),
            _ => None,
        }
    }

    /// Whether the same call may succeed when it is made again later, with nothing changed.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::SourceChanged { .. }
                | Self::Network { .. }
                | Self::Throttled { .. }
                | Self::NotDelivered { may_come: true, .. }
        )
    }

    /// An error from reading an object: one of ours that came through the system's, or the system's own.
    pub(crate) fn reading(object: &str, source: std::io::Error) -> Self {
        source.downcast::<Self>().unwrap_or_else(|source| Self::Io { at: Box::new(Location::object(object)), source })
    }

    /// Whether bytes that were hurt on their way can have made it.
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

/// Text of a report as it may stand in a message: on one line, and not longer than 80 characters.
pub(crate) fn clip(text: &[u8]) -> String {
    const LIMIT: usize = 80;
    // A character has four bytes at most.
    let head = String::from_utf8_lossy(&text[..text.len().min(4 * (LIMIT + 1))]);
    let mut clipped = String::new();
    for character in head.chars().take(LIMIT) {
        if character.is_control() {
            clipped.extend(character.escape_default());
        } else {
            clipped.push(character);
        }
    }
    if head.chars().nth(LIMIT).is_some() {
        clipped.push('…');
    }
    clipped
}
