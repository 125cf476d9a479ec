//! Manifests: JSON that says which objects make up a delivery.
//!
//! Both dialects, told apart by their keys: `reportKeys` of the legacy report, `dataFiles` of Data Exports. Unknown keys
//! are passed over, and whatever is not needed may be missing. Source: genuine manifests of both kinds.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::part::BillingPeriod;
use crate::decode::timestamp;
use crate::error::{Error, Location, Result};

/// A delivery of a report.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Manifest {
    /// The manifest itself.
    pub(crate) object: String,
    /// Assembly id or execution id.
    pub(crate) delivery: Option<String>,
    pub(crate) report: Option<String>,
    /// The account that the report belongs to.
    pub(crate) account: Option<String>,
    /// What the keys of all its months begin with.
    pub(crate) prefix: Option<String>,
    pub(crate) period: Option<BillingPeriod>,
    /// Keys of the parts, in order of their numbers.
    pub(crate) parts: Vec<String>,
    pub(crate) as_of: Option<i64>,
    /// The bucket that it was delivered to, which another one may be a copy of.
    pub(crate) bucket: Option<String>,
    /// Names of the columns, as the header spells them.
    pub(crate) columns: Vec<String>,
}

/// Larger ones are no manifests: a column takes 100 bytes, a part 200.
pub(crate) const MAX_BYTES: u64 = 64 << 20;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    assembly_id: Option<Id>,
    execution_id: Option<Id>,
    account: Option<Id>,
    export_arn: Option<String>,
    export_name: Option<String>,
    report_name: Option<String>,
    billing_period: Option<serde_json::Value>,
    report_keys: Option<Vec<String>>,
    data_files: Option<Vec<DataFile>>,
    bucket: Option<String>,
    #[serde(default)]
    columns: Vec<Column>,
}

/// A column, which the legacy report names in two pieces.
#[derive(Deserialize)]
struct Column {
    category: Option<String>,
    name: String,
}

impl Column {
    fn into_name(self) -> String {
        match self.category {
            Some(category) => format!("{category}/{}", self.name),
            None => self.name,
        }
    }
}

/// An id is text; tools that write manifests again have been known to make a number of it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Id {
    Text(String),
    Number(serde_json::Number),
}

impl Id {
    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum DataFile {
    Uri(String),
    #[serde(rename_all = "camelCase")]
    Object {
        s3_uri: String,
    },
}

impl Manifest {
    /// Whether an object may be one, by its name.
    pub(crate) fn is_named_so(key: &str) -> bool {
        let name = key.rsplit('/').next().unwrap_or(key);
        name.ends_with("Manifest.json")
            && !name.ends_with("RedshiftManifest.json")
            && !name.ends_with("QuickSightManifest.json")
    }

    /// Reads a manifest.
    pub(crate) fn parse(object: &str, bytes: &[u8]) -> Result<Self> {
        let fail = |reason: String| Error::Manifest { at: Box::new(Location::object(object)), reason };
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        if bytes.trim_ascii_start().first() != Some(&b'{') {
            return Err(fail("not a manifest: it is no JSON object".to_owned()));
        }
        let raw: Raw = serde_json::from_slice(bytes).map_err(|error| fail(format!("not a manifest: {error}")))?;
        let bucket = raw.bucket.or_else(|| raw.data_files.iter().flatten().find_map(DataFile::bucket));
        let files = raw.data_files.map(|files| files.into_iter().map(DataFile::into_key).collect::<Vec<_>>());
        let mut parts = match (files, raw.report_keys) {
            (Some(files), Some(keys)) if !files.is_empty() && !keys.is_empty() => {
                let names = |keys: &[String]| keys.iter().map(|key| stem(key).to_owned()).collect::<BTreeSet<_>>();
                if names(&files) != names(&keys) {
                    return Err(fail("`reportKeys` and `dataFiles` name different parts".to_owned()));
                }
                files
            }
            (Some(files), None) => files,
            (Some(files), Some(keys)) => {
                if files.is_empty() {
                    keys
                } else {
                    files
                }
            }
            (None, Some(keys)) => keys,
            (None, None) => {
                return Err(fail("not a manifest: it has neither `reportKeys` nor `dataFiles`".to_owned()));
            }
        };
        parts.sort_by_cached_key(|key| (chunk(key), key.clone()));
        if let Some(pair) = parts.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(fail(format!("`{}` is listed twice, which would double its rows", pair[0])));
        }
        let delivery = raw.assembly_id.or(raw.execution_id).map(Id::into_text);
        let from_export = || raw.export_arn.as_deref().and_then(|arn| arn.split(':').nth(4)).map(str::to_owned);
        let account = raw.account.map(Id::into_text).or_else(from_export);
        let prefix = parts.iter().find_map(|key| prefix_of(key));
        let named = raw.report_name.or(raw.export_name);
        let from_arn = || raw.export_arn.as_deref().and_then(export_name);
        let period =
            raw.billing_period.as_ref().and_then(period_of).or_else(|| parts.iter().find_map(|key| period_in(key)));
        let as_of = delivery
            .as_deref()
            .and_then(written_at)
            .or_else(|| parts.iter().find_map(|key| key.rsplit('/').nth(1).and_then(written_at)));
        let report = named.or_else(from_arn);
        let columns = raw.columns.into_iter().map(Column::into_name).collect();
        Ok(Self { object: object.to_owned(), delivery, report, account, prefix, period, parts, as_of, bucket, columns })
    }
}

impl DataFile {
    fn bucket(&self) -> Option<String> {
        let (Self::Uri(uri) | Self::Object { s3_uri: uri }) = self;
        uri.strip_prefix("s3://")?.split_once('/').map(|(bucket, _)| bucket.to_owned())
    }

    /// The key: after replication the bucket is another one.
    fn into_key(self) -> String {
        let (Self::Uri(uri) | Self::Object { s3_uri: uri }) = self;
        match uri.strip_prefix("s3://") {
            Some(rest) => rest.split_once('/').map_or(String::new(), |(_, key)| key.to_owned()),
            None => uri,
        }
    }
}

/// `arn:aws:bcm-data-exports:us-east-1:123456789012:export/NAME-UUID`.
fn export_name(arn: &str) -> Option<String> {
    const UUID: usize = 36;
    let export = arn.rsplit_once("export/")?.1;
    let name = export.get(..export.len().checked_sub(UUID + 1)?)?;
    Some(name.to_owned())
}

/// A period as the legacy report writes it, or as a text `2026-06`.
fn period_of(value: &serde_json::Value) -> Option<BillingPeriod> {
    let text = value.as_str().or_else(|| value.get("start")?.as_str())?;
    text.parse().ok().or_else(|| BillingPeriod::starting_at(timestamp::parse(text.as_bytes())?))
}

/// Whether a folder is that of one delivery, by its name: a UUID or an instant.
pub(crate) fn is_of_delivery(folder: &str) -> bool {
    let is_uuid = folder.len() == 36 && folder.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    is_uuid || written_at(folder).is_some()
}

/// The period that a key names: `BILLING_PERIOD=2026-04`, `20260401-20260501`, `year=2018/month=12`.
pub(crate) fn period_in(key: &str) -> Option<BillingPeriod> {
    let mut year = None;
    key.split('/').find_map(|folder| {
        if let Some(month) = folder.strip_prefix("BILLING_PERIOD=") {
            return month.parse().ok();
        }
        if let Some(value) = folder.strip_prefix("year=") {
            year = Some(value);
            return None;
        }
        if let (Some(month), Some(year)) = (folder.strip_prefix("month="), year) {
            return format!("{year}-{month:0>2}").parse().ok();
        }
        let (start, end) = folder.split_once('-').filter(|(start, end)| start.len() == 8 && end.len() == 8)?;
        let instant = |date: &str| timestamp::parse(format!("{date}T000000Z").as_bytes());
        let period = BillingPeriod::starting_at(instant(start)?)?;
        (instant(end)? == period.end()).then_some(period)
    })
}

/// When a delivery was written, by an assembly id or execution folder that begins with an instant.
pub(crate) fn written_at(id: &str) -> Option<i64> {
    // `20250307T053621Z`, `20260702T120000Z-a1b2`, `2026-04-16T15:24:15.653Z-<uuid>`.
    let end = id.find('Z')?;
    let instant = id.get(..=end)?;
    let rest = id.get(end + 1..)?;
    (rest.is_empty() || rest.starts_with('-')).then(|| timestamp::parse(instant.as_bytes())).flatten()
}

/// What the keys of all months of a report begin with; `None` for a key that names no month.
pub(crate) fn prefix_of(key: &str) -> Option<String> {
    let is_month = |folder: &str| folder.starts_with("year=") || period_in(folder).is_some();
    let mut folders: Vec<&str> = key.split('/').collect();
    let month = folders.iter().position(|folder| is_month(folder))?;
    folders.truncate(month);
    if folders.last() == Some(&"data") {
        folders.pop();
    }
    Some(folders.iter().map(|folder| format!("{folder}/")).collect())
}

/// The number of a chunk: 7 of `report-00007.csv.gz`, and of `report-7.csv.gz`, as reports before 2019 have it. Four
/// digits are a year.
pub(crate) fn chunk(key: &str) -> Option<u64> {
    let (_, number) = stem(key).rsplit_once('-')?;
    let is_chunk = matches!(number.len(), 1..=3 | 5..) && number.bytes().all(|byte| byte.is_ascii_digit());
    if is_chunk { number.parse().ok() } else { None }
}

/// The name of the report that an object is of: without the number of its chunk.
pub(crate) fn name_of(key: &str) -> &str {
    let stem = stem(key);
    match chunk(key) {
        Some(_) => stem.rsplit_once('-').map_or(stem, |(name, _)| name),
        None => stem,
    }
}

/// The name of an object without folder and extensions.
fn stem(key: &str) -> &str {
    let mut name = key.rsplit('/').next().unwrap_or(key);
    for extension in [".gz", ".zip", ".csv", ".parquet", ".snappy"] {
        name = name.strip_suffix(extension).unwrap_or(name);
    }
    name
}
