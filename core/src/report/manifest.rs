//! Manifests: JSON that says which objects make up a delivery.
//!
//! Both dialects, told apart by their keys: `reportKeys` of the legacy report, `dataFiles` of Data Exports. Unknown keys
//! are passed over, and whatever is not needed may be missing. Source: genuine manifests of both kinds.

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
    pub(crate) period: Option<BillingPeriod>,
    /// Keys of the parts, in order of their numbers.
    pub(crate) parts: Vec<String>,
    pub(crate) as_of: Option<i64>,
}

/// Larger ones are no manifests: a column takes 100 bytes, a part 200.
pub(crate) const MAX_BYTES: u64 = 64 << 20;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    assembly_id: Option<String>,
    execution_id: Option<String>,
    export_arn: Option<String>,
    export_name: Option<String>,
    report_name: Option<String>,
    billing_period: Option<serde_json::Value>,
    report_keys: Option<Vec<String>>,
    data_files: Option<Vec<DataFile>>,
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
        let raw: Raw = serde_json::from_slice(bytes).map_err(|error| fail(format!("not a manifest: {error}")))?;
        let keys: Vec<String> = match (raw.data_files, raw.report_keys) {
            (Some(files), _) => files.into_iter().map(DataFile::into_key).collect(),
            (None, Some(keys)) => keys,
            (None, None) => {
                return Err(fail("not a manifest: it has neither `reportKeys` nor `dataFiles`".to_owned()));
            }
        };
        let mut parts = keys;
        parts.sort_by_cached_key(|key| (chunk(key), key.clone()));
        if let Some(pair) = parts.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(fail(format!("`{}` is listed twice, which would double its rows", pair[0])));
        }
        let delivery = raw.assembly_id.or(raw.execution_id);
        let named = raw.report_name.or(raw.export_name);
        let from_arn = || raw.export_arn.as_deref().and_then(export_name);
        let period =
            raw.billing_period.as_ref().and_then(period_of).or_else(|| parts.iter().find_map(|key| period_in(key)));
        let as_of = delivery
            .as_deref()
            .and_then(written_at)
            .or_else(|| parts.iter().find_map(|key| key.rsplit('/').nth(1).and_then(written_at)));
        Ok(Self { object: object.to_owned(), delivery, report: named.or_else(from_arn), period, parts, as_of })
    }
}

impl DataFile {
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

/// The number of a chunk: 7 of `report-00007.csv.gz`.
pub(crate) fn chunk(key: &str) -> Option<u64> {
    let (_, number) = stem(key).rsplit_once('-')?;
    number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse().ok()).flatten()
}

/// The name of an object without folder and extensions.
pub(crate) fn stem(key: &str) -> &str {
    let mut name = key.rsplit('/').next().unwrap_or(key);
    for extension in [".gz", ".zip", ".csv", ".parquet", ".snappy"] {
        name = name.strip_suffix(extension).unwrap_or(name);
    }
    name
}
