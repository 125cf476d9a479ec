//! Parts: what one read needs, as plain values.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::pin::Pin;
use crate::error::{Error, Location, Result, printable};
use crate::value::fingerprint::Fingerprint;
use crate::value::timestamp::{self, Timestamp};
use crate::value::version::Version;

/// A billing period: a calendar month, UTC. Written `2026-09`.
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
    /// The month that begins at an instant.
    pub(crate) fn starting_at(start: i64) -> Option<Self> {
        let (month_start, end) = timestamp::bounds_of(start)?;
        if month_start == start { Self::between(start, end) } else { None }
    }

    fn between(start: i64, end: i64) -> Option<Self> {
        Some(Self { start: Timestamp::from_micros(start)?, end: Timestamp::from_micros(end)? })
    }

    /// The first instant of the month.
    pub fn start(self) -> Timestamp {
        self.start
    }

    /// The first instant after the month.
    pub fn end(self) -> Timestamp {
        self.end
    }
}

impl fmt::Display for BillingPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&timestamp::month(self.start.as_micros()))
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

/// One part of a report: one object, as a plain value without credentials.
///
/// Serializes, so that a queue of workers or a cluster can read the parts of a plan apart, see
/// [`ReaderBuilder::plan`](crate::ReaderBuilder::plan). The text has a version; that of another one is refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Part {
    pub(crate) version: Version<1>,
    /// The object as errors, totals and lineage name it: its path below the folder that was given.
    pub object: String,
    /// Where the object lies.
    pub path: String,
    /// Bytes of the object, compressed as it is; 0 where they are not known, as for a pipe. A file of another size is
    /// refused with [`Error::SourceChanged`] when it is read.
    pub size: u64,
    /// The ETag of an object in S3: another one means that AWS has rewritten the month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// The billing period, when a manifest or the folder says.
    #[serde(default)]
    pub period: Option<BillingPeriod>,
    /// The delivery: assembly id of a legacy report, execution id of a Data Export.
    #[serde(default)]
    pub delivery: Option<String>,
    /// When the delivery was written; only where its id or folder says.
    #[serde(default)]
    pub as_of: Option<Timestamp>,
    /// The name of the report.
    #[serde(default)]
    pub report: Option<String>,
    /// With `schema = cur`, the columns of all parts of the plan, so that each part read alone has the same schema.
    #[serde(default)]
    pub columns: Vec<String>,
    /// The version of the file that was planned: compared by this process alone.
    #[serde(skip)]
    pub(crate) pin: Pin,
    /// That of the plan: [`ReaderBuilder::read_part`](crate::ReaderBuilder::read_part) refuses other options.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
}

impl Part {
    /// A stream, which is known by its name alone and lies nowhere.
    pub(crate) fn named(object: String) -> Self {
        Self {
            version: Version,
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

    pub(crate) fn identity(&self) -> Identity<'_> {
        Identity {
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
            io::ErrorKind::NotFound => Error::NotFound { path: path.to_owned() },
            _ => Error::Io { at: Box::new(Location::object(&self.object)), source },
        })
    }
}

/// What tells a part from all others, those of other reports and deliveries included: the name of an object is that below
/// its folder, and the same in many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Identity<'p> {
    pub(crate) object: &'p str,
    /// Empty for a stream.
    pub(crate) path: &'p str,
    pub(crate) delivery: Option<&'p str>,
    pub(crate) size: u64,
    pub(crate) etag: Option<&'p str>,
}

impl fmt::Display for Identity<'_> {
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

/// A hash of parts, in any order, and of the options that they are read with.
pub(crate) fn digest<'p>(fingerprint: &str, parts: impl Iterator<Item = Identity<'p>>) -> String {
    let mut parts: Vec<Identity<'_>> = parts.collect();
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

/// The parts of a read, in the order in which they are read. Serializes with a version, as each part does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Plan {
    pub(crate) version: Version<1>,
    /// The parts. Any order, and any division among readers, gives the same rows and totals.
    pub parts: Vec<Part>,
    /// What was left out, and what else the caller should know.
    pub warnings: Vec<crate::value::warning::Warning>,
    /// Manifests on disk that were read for it: no output may replace them.
    #[serde(skip)]
    pub(crate) manifests: Vec<PathBuf>,
    /// The options that decide rows, amounts or what is handed out, as a hash, after the version of the library: all but
    /// `threads`, `batch_rows`, `block_bytes`, `record_bytes`, `max_columns`, `expected_bytes`, `text`, `quarantine_file` and
    /// `stop_when`. Totals of parts carry it, too, so that a proof is over parts that were read alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
}

impl Plan {
    /// Notes the options that it was made with.
    pub(crate) fn signed(mut self, fingerprint: &str) -> Self {
        for part in &mut self.parts {
            part.fingerprint = Some(fingerprint.to_owned());
        }
        self.fingerprint = Some(fingerprint.to_owned());
        self
    }

    pub(crate) fn digest(&self, fingerprint: &str) -> String {
        digest(fingerprint, self.parts.iter().map(Part::identity))
    }
}
