//! Parts and plans: the data that a read needs, as plain values.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::paths;
use super::pin::Pin;
use crate::error::{Error, Location, Result, printable};
use crate::value::fingerprint::Fingerprint;
use crate::value::timestamp::{self, Timestamp};
use crate::value::version::FormVersion;
use crate::value::warning::{Subjects, Warning, listed};

/// A billing period: a calendar month in UTC, written `2026-09`.
///
/// # Examples
///
/// ```
/// let period: outlay::BillingPeriod = "2026-09".parse()?;
/// assert_eq!(period.to_string(), "2026-09");
/// # Ok::<(), outlay::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BillingPeriod {
    start: Timestamp,
    end: Timestamp,
}

impl BillingPeriod {
    /// Returns the month that begins at an instant.
    pub(crate) fn starting_at(start: i64) -> Option<Self> {
        let (month_start, end) = timestamp::bounds_of(start)?;
        if month_start == start { Self::between(start, end) } else { None }
    }

    fn between(start: i64, end: i64) -> Option<Self> {
        Some(Self { start: Timestamp::from_micros(start)?, end: Timestamp::from_micros(end)? })
    }

    /// Returns the first instant of the month.
    pub fn start(self) -> Timestamp {
        self.start
    }

    /// Returns the first instant after the month.
    pub fn end(self) -> Timestamp {
        self.end
    }
}

impl fmt::Display for BillingPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&timestamp::month(self.start.as_micros()))
    }
}

/// The text `2026-09`, as options take it.
impl From<BillingPeriod> for String {
    fn from(period: BillingPeriod) -> Self {
        period.to_string()
    }
}

impl FromStr for BillingPeriod {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let bounds = || {
            let (year, month) = text.split_once('-')?;
            if year.len() != 4 || month.len() != 2 {
                return None;
            }
            let (start, end) = timestamp::month_bounds(year.parse().ok()?, month.parse().ok()?)?;
            Self::between(start, end)
        };
        bounds().ok_or_else(|| Error::Option {
            option: "period",
            reason: format!("`{}` is not a month; expected YYYY-MM", crate::error::clip(text.as_bytes())),
        })
    }
}

impl TryFrom<&str> for BillingPeriod {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self> {
        text.parse()
    }
}

impl TryFrom<&String> for BillingPeriod {
    type Error = Error;

    fn try_from(text: &String) -> Result<Self> {
        text.parse()
    }
}

impl TryFrom<String> for BillingPeriod {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl Serialize for BillingPeriod {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BillingPeriod {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A part of a report: one object, as a plain value without credentials.
///
/// Parts serialize, so that workers can each read some of them, see
/// [`ReaderBuilder::plan`](crate::ReaderBuilder::plan). The serialized form has a version. Another version is an error
/// when it is deserialized.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Part {
    pub(crate) version: FormVersion<1>,
    /// The name of the object in errors, totals and lineage: its path below the given folder.
    pub object: String,
    /// The path of the object, or its `s3://` address.
    pub path: String,
    /// Bytes of the object, before decompression; 0 if unknown, as for a pipe. Reading a file with another size fails
    /// with [`Error::SourceChanged`].
    pub size: u64,
    /// The ETag of an object in S3. It changes if AWS rewrites the month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// The billing period, if a manifest or the folder has it.
    #[serde(default)]
    pub period: Option<BillingPeriod>,
    /// The id of the delivery: assembly id of a legacy report, execution id of a Data Export.
    #[serde(default)]
    pub delivery: Option<String>,
    /// Time of the delivery, if its id or folder has it.
    #[serde(default)]
    pub as_of: Option<Timestamp>,
    /// The name of the report.
    #[serde(default)]
    pub report: Option<String>,
    /// With the schema [`TableSchema::Cur`](crate::TableSchema::Cur): the columns of all parts of the plan, so that
    /// each part has the same schema.
    #[serde(default)]
    pub columns: Vec<String>,
    /// The version of the file when it was planned. Compared only within the same process.
    #[serde(skip)]
    pub(crate) pin: Pin,
    /// The fingerprint of the plan. [`ReaderBuilder::read_part`](crate::ReaderBuilder::read_part) fails with other
    /// options.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
}

impl Part {
    /// Creates the part of a stream, which has a name but no path.
    pub(crate) fn named(object: String) -> Self {
        Self {
            version: FormVersion,
            object,
            path: String::new(),
            size: 0,
            etag: None,
            period: None,
            delivery: None,
            as_of: None,
            report: None,
            columns: Vec::new(),
            pin: Pin::default(),
            fingerprint: None,
        }
    }

    pub(crate) fn identity(&self) -> PartIdentity<'_> {
        PartIdentity {
            object: &self.object,
            path: &self.path,
            delivery: self.delivery.as_deref(),
            size: self.size,
            etag: self.etag.as_deref(),
        }
    }

    pub(crate) fn open(&self) -> Result<File> {
        let path = Path::new(&self.path);
        File::open(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => paths::missing(path),
            _ => Error::Io { at: Box::new(Location::object(&self.object)), source },
        })
    }
}

/// The identity of a part. The name of an object is relative to its folder, so parts of other reports and deliveries
/// can have the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PartIdentity<'p> {
    pub(crate) object: &'p str,
    /// Empty for a stream.
    pub(crate) path: &'p str,
    pub(crate) delivery: Option<&'p str>,
    pub(crate) size: u64,
    pub(crate) etag: Option<&'p str>,
}

impl fmt::Display for PartIdentity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", printable(self.object))?;
        if !self.path.is_empty() && self.path != self.object {
            f.write_str(" (")?;
            write!(f, "{}", printable(self.path))?;
            f.write_str(")")?;
        }
        Ok(())
    }
}

/// Returns a hash of parts, in any order, and of the options of their read.
pub(crate) fn digest<'p>(fingerprint: &str, parts: impl Iterator<Item = PartIdentity<'p>>) -> String {
    let mut parts: Vec<PartIdentity<'_>> = parts.collect();
    parts.sort_unstable();
    let mut hash = Fingerprint::new();
    hash.add("options", fingerprint);
    for part in parts {
        hash.add("object", part.object);
        hash.add("path", part.path);
        hash.add_all("delivery", part.delivery.iter());
        hash.add("size", part.size);
        hash.add_all("etag", part.etag.iter());
    }
    hash.text()
}

/// The parts of a read, in reading order. Serializes with a version, like each part.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Plan {
    pub(crate) version: FormVersion<1>,
    /// The parts. Their order, and their division among readers, does not change rows and totals.
    pub parts: Vec<Part>,
    /// Warnings, such as files that were left out.
    pub warnings: Vec<Warning>,
    /// The manifests on disk that were read. An output must not replace them.
    #[serde(skip)]
    pub(crate) manifests: Vec<PathBuf>,
    /// The months of the report, wanted or not, as far as they are known.
    #[serde(skip)]
    pub(crate) months: BTreeSet<BillingPeriod>,
    /// The version of the library and a hash of the options that affect rows or amounts: all but `threads`,
    /// `batch_rows`, `block_bytes`, `record_bytes`, `max_columns`, `expected_bytes`, `spool_bytes`, `text`, `on_no_match`,
    /// `quarantine_file` and `stop_when`. Totals have it as well, so that only totals with the same options are merged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
}

/// The number of parts, and their size if it is known: `3 parts, 75137 bytes`.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.parts.iter().fold(0_u64, |sum, part| sum.saturating_add(part.size));
        let parts = self.parts.len();
        write!(f, "{parts} part{}", if parts == 1 { "" } else { "s" })?;
        if bytes > 0 { write!(f, ", {bytes} bytes") } else { Ok(()) }
    }
}

impl Plan {
    /// Sets the options that the plan was made with.
    pub(crate) fn signed(mut self, fingerprint: &str) -> Self {
        for part in &mut self.parts {
            part.fingerprint = Some(fingerprint.to_owned());
        }
        self.fingerprint = Some(fingerprint.to_owned());
        self
    }

    /// Warns about wanted months that the report does not have. Parts without a month can be of any.
    pub(crate) fn note_absent_months(&mut self, wanted: &[BillingPeriod]) {
        if self.parts.iter().any(|part| part.period.is_none()) {
            return;
        }
        self.months.extend(self.parts.iter().filter_map(|part| part.period));
        let absent = wanted.iter().filter(|period| !self.months.contains(period)).map(ToString::to_string);
        let absent: Subjects = absent.collect();
        if absent.is_empty() {
            return;
        }
        let months: Vec<String> = self.months.iter().map(ToString::to_string).collect();
        let there = if months.is_empty() { "none".to_owned() } else { listed(&months, months.len() as u64, false) };
        let what = format!("the report does not have this month; it has {there}");
        self.warnings.push(Warning::about("periods_absent", &what, &absent));
    }

    pub(crate) fn digest(&self, fingerprint: &str) -> String {
        digest(fingerprint, self.parts.iter().map(Part::identity))
    }
}
