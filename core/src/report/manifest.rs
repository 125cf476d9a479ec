//! Manifests: JSON files that list the objects of a delivery.
//!
//! Three formats, distinguished by their keys: `reportKeys` of the legacy report, `dataFiles` of Data Exports, and
//! `entries`, the file list of a Redshift load, which is used if there is no other manifest. Unknown keys are ignored,
//! and values that are not needed may be missing or of any type. Source: manifests of both types of reports.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::{Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::part::BillingPeriod;
use crate::error::{Error, Location, Result};
use crate::value::timestamp::{self, Timestamp};

/// A delivery of a report.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Manifest {
    /// The name of the manifest.
    pub(crate) object: String,
    /// Assembly id or execution id.
    pub(crate) delivery: Option<String>,
    pub(crate) report: Option<String>,
    /// The account of the report.
    pub(crate) account: Option<String>,
    /// The common prefix of the keys of all months.
    pub(crate) prefix: Option<String>,
    pub(crate) period: Option<BillingPeriod>,
    /// Keys of the parts, in order of their numbers.
    pub(crate) parts: Vec<String>,
    /// Sizes of parts in bytes, where the manifest has them.
    pub(crate) sizes: BTreeMap<String, u64>,
    pub(crate) as_of: Option<Timestamp>,
    /// The bucket of the delivery. The files may be a copy in another bucket.
    pub(crate) bucket: Option<String>,
    /// Names of the columns, as in the header.
    pub(crate) columns: Vec<String>,
}

/// Maximum size of a manifest: a column takes about 100 bytes, a part 200.
pub(crate) const MAX_BYTES: u64 = 64 << 20;

/// The parsed keys of a manifest. Values of other types are accepted where they are not needed; unknown keys are
/// ignored.
#[derive(Default)]
struct RawManifest {
    assembly_id: Scalar,
    execution_id: Scalar,
    account: Scalar,
    export_arn: Scalar,
    export_name: Scalar,
    report_name: Scalar,
    billing_period: Period,
    report_keys: List<Scalar>,
    data_files: List<DataFile>,
    entries: List<DataFile>,
    bucket: Scalar,
    columns: List<ManifestColumn>,
}

/// A text, or a number as its text, because tools that rewrite manifests may turn ids into numbers. `None` for values
/// of other types.
#[derive(Default)]
struct Scalar(Option<String>);

/// A list; `None` for values of other types.
struct List<T>(Option<Vec<T>>);

/// The name of a column. The legacy report has it in two parts.
#[derive(Default)]
struct ManifestColumn(Option<String>);

/// The key of a part, and its bucket and size if present.
#[derive(Default)]
struct DataFile {
    bucket: Option<String>,
    key: Option<String>,
    size: Option<u64>,
}

/// The size of a part in Redshift's format: `{"content_length": 1234}`.
#[derive(Default)]
struct Meta(Option<u64>);

/// The start of a period, as text.
#[derive(Default)]
struct Period(Option<String>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> List<T> {
    fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().flatten()
    }
}

impl List<DataFile> {
    /// Returns the list if all its entries are in S3, because other files use the key `entries` as well.
    fn only_in_s3(self) -> Self {
        Self(self.0.filter(|files| files.iter().all(|file| file.bucket.is_some())))
    }
}

/// A visitor of any JSON value. Values of types that are not handled become the default.
struct Any<T> {
    text: fn(String) -> T,
}

/// A type that can be deserialized from any JSON value.
trait Lenient: Default {
    /// Converts a text, or a number as its text.
    fn of_text(_: String) -> Self {
        Self::default()
    }

    fn of_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }

    fn of_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }
}

impl<'de, T: Lenient> Visitor<'de> for Any<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_i64<E>(self, number: i64) -> Result<T, E> {
        Ok((self.text)(number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<T, E> {
        Ok((self.text)(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<T, E> {
        Ok((self.text)(number.to_string()))
    }

    fn visit_str<E>(self, text: &str) -> Result<T, E> {
        Ok((self.text)(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<T, A::Error> {
        T::of_list(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<T, A::Error> {
        T::of_object(object)
    }
}

macro_rules! lenient {
    ($($type:ty),+) => {
        $(impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(Any { text: Self::of_text })
            }
        })+
    };
}
lenient!(Scalar, ManifestColumn, DataFile, Meta, Period, RawManifest);

impl Lenient for Scalar {
    fn of_text(text: String) -> Self {
        Self(Some(text))
    }
}

impl Lenient for ManifestColumn {
    fn of_text(text: String) -> Self {
        Self(Some(text))
    }

    fn of_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
        let (mut category, mut name) = (None, None);
        while let Some(key) = object.next_key::<String>()? {
            match key.as_str() {
                "category" => category = object.next_value::<Scalar>()?.0,
                "name" => name = object.next_value::<Scalar>()?.0,
                _ => drop(object.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Self(match (category, name) {
            (Some(category), Some(name)) => Some(format!("{category}/{name}")),
            (_, name) => name,
        }))
    }
}

impl Lenient for DataFile {
    /// The key without the bucket, which differs after replication.
    fn of_text(uri: String) -> Self {
        match uri.strip_prefix("s3://").map(|rest| rest.split_once('/')) {
            Some(Some((bucket, key))) => {
                Self { bucket: Some(bucket.to_owned()), key: Some(key.to_owned()), size: None }
            }
            Some(None) => Self::default(),
            None => Self { bucket: None, key: Some(uri), size: None },
        }
    }

    fn of_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
        let mut file = Self::default();
        while let Some(key) = object.next_key::<String>()? {
            match key.as_str() {
                "s3Uri" | "url" => file = Self { size: file.size, ..object.next_value()? },
                "size" => file.size = object.next_value::<Scalar>()?.0.and_then(|size| size.parse().ok()),
                "meta" => file.size = object.next_value::<Meta>()?.0.or(file.size),
                _ => drop(object.next_value::<IgnoredAny>()?),
            }
        }
        Ok(file)
    }
}

impl Lenient for Meta {
    fn of_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
        let mut meta = Self::default();
        while let Some(key) = object.next_key::<String>()? {
            match key.as_str() {
                "content_length" => meta.0 = object.next_value::<Scalar>()?.0.and_then(|bytes| bytes.parse().ok()),
                _ => drop(object.next_value::<IgnoredAny>()?),
            }
        }
        Ok(meta)
    }
}

impl Lenient for Period {
    fn of_text(text: String) -> Self {
        Self(Some(text))
    }

    fn of_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
        let mut period = Self::default();
        while let Some(key) = object.next_key::<String>()? {
            match key.as_str() {
                "start" => period.0 = object.next_value::<Scalar>()?.0,
                _ => drop(object.next_value::<IgnoredAny>()?),
            }
        }
        Ok(period)
    }
}

impl Lenient for RawManifest {
    fn of_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
        let mut raw = Self::default();
        while let Some(key) = object.next_key::<String>()? {
            match key.as_str() {
                "assemblyId" => raw.assembly_id = object.next_value()?,
                "executionId" => raw.execution_id = object.next_value()?,
                "account" => raw.account = object.next_value()?,
                "exportArn" => raw.export_arn = object.next_value()?,
                "exportName" => raw.export_name = object.next_value()?,
                "reportName" => raw.report_name = object.next_value()?,
                "billingPeriod" => raw.billing_period = object.next_value()?,
                "bucket" => raw.bucket = object.next_value()?,
                "columns" => raw.columns = object.next_value()?,
                "reportKeys" if raw.report_keys.0.is_none() => raw.report_keys = object.next_value()?,
                "dataFiles" if raw.data_files.0.is_none() => raw.data_files = object.next_value()?,
                "entries" => raw.entries = object.next_value()?,
                "reportKeys" | "dataFiles" => {
                    return Err(A::Error::custom(format!("`{key}` is there twice")));
                }
                _ => drop(object.next_value::<IgnoredAny>()?),
            }
        }
        Ok(raw)
    }
}

impl<T: for<'de> Deserialize<'de>> Lenient for List<T> {
    fn of_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = list.next_element()? {
            elements.push(element);
        }
        Ok(Self(Some(elements)))
    }
}

impl<'de, T: for<'any> Deserialize<'any>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any { text: Self::of_text })
    }
}

impl Manifest {
    /// Returns whether bytes are a manifest, independent of the file name: a JSON object that lists parts, even if it
    /// is truncated.
    pub(crate) fn is_one(bytes: &[u8]) -> bool {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        if bytes.trim_ascii_start().first() != Some(&b'{') {
            return false;
        }
        memchr::memmem::find(bytes, b"\"reportKeys\"").is_some()
            || serde_json::from_slice::<RawManifest>(bytes).is_ok_and(|raw| {
                let entries = raw.entries.iter().filter(|file| file.bucket.is_some());
                raw.data_files.iter().chain(entries).any(|file| file.key.is_some())
            })
    }

    /// Returns whether an object has the name of a manifest.
    pub(crate) fn is_named_so(key: &str) -> bool {
        let name = key.rsplit('/').next().unwrap_or(key);
        name.ends_with("Manifest.json")
            && !name.ends_with("RedshiftManifest.json")
            && !name.ends_with("QuickSightManifest.json")
    }

    /// Parses a manifest. Fails with [`Error::Manifest`].
    pub(crate) fn parse(object: &str, bytes: &[u8]) -> Result<Self> {
        let fail = |reason: String| Error::Manifest { at: Box::new(Location::object(object)), reason };
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        if bytes.trim_ascii_start().first() != Some(&b'{') {
            return Err(fail("not a manifest: it is not a JSON object".to_owned()));
        }
        let mut raw: RawManifest =
            serde_json::from_slice(bytes).map_err(|error| fail(format!("not a manifest: {error}")))?;
        if raw.data_files.0.is_none() && raw.report_keys.0.is_none() {
            // The file list of a Redshift load.
            raw.data_files = std::mem::take(&mut raw.entries).only_in_s3();
        }
        let sizes = raw.data_files.iter().filter_map(|file| Some((file.key.clone()?, file.size?))).collect();
        let bucket = raw.bucket.0.or_else(|| raw.data_files.iter().find_map(|file| file.bucket.clone()));
        let keys = |name: &str, keys: Option<Vec<Option<String>>>| {
            keys.map(|keys| keys.into_iter().collect::<Option<Vec<String>>>()).map(|keys| {
                keys.ok_or_else(|| fail(format!("not a manifest: `{name}` has an entry that is not a key")))
            })
        };
        let files = keys("dataFiles", raw.data_files.0.map(|files| files.into_iter().map(|file| file.key).collect()));
        let keys = keys("reportKeys", raw.report_keys.0.map(|keys| keys.into_iter().map(|key| key.0).collect()));
        let mut parts = match (files, keys) {
            (Some(Ok(files)), Some(Ok(keys))) if !files.is_empty() && !keys.is_empty() => {
                let names = |keys: &[String]| keys.iter().map(|key| stem(key).to_owned()).collect::<BTreeSet<_>>();
                if names(&files) != names(&keys) {
                    return Err(fail("`reportKeys` and `dataFiles` list different parts".to_owned()));
                }
                files
            }
            // One list of parts is sufficient; the other one may be of any type.
            (Some(Ok(listed)), _) | (_, Some(Ok(listed))) if !listed.is_empty() => listed,
            (_, Some(listed)) | (Some(listed), _) => listed?,
            (None, None) => {
                return Err(fail("not a manifest: it has neither `reportKeys` nor `dataFiles`".to_owned()));
            }
        };
        parts.sort_by_cached_key(|key| (chunk(key), key.clone()));
        if let Some(pair) = parts.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(fail(format!("`{}` is listed twice, which would double its rows", pair[0])));
        }
        let delivery = raw.assembly_id.0.or(raw.execution_id.0);
        let export_arn = raw.export_arn.0;
        let from_export = || export_arn.as_deref().and_then(|arn| arn.split(':').nth(4)).map(str::to_owned);
        let account = raw.account.0.or_else(from_export);
        let prefix = parts.iter().find_map(|key| prefix_of(key));
        let named = raw.report_name.0.or(raw.export_name.0);
        let from_arn = || export_arn.as_deref().and_then(export_name);
        let period =
            raw.billing_period.0.as_deref().and_then(period_of).or_else(|| parts.iter().find_map(|key| period_in(key)));
        let as_of = delivery
            .as_deref()
            .and_then(written_at)
            .or_else(|| parts.iter().find_map(|key| key.rsplit('/').nth(1).and_then(written_at)));
        let report = named.or_else(from_arn);
        let columns = raw.columns.0.into_iter().flatten().filter_map(|column| column.0).collect();
        Ok(Self {
            object: object.to_owned(),
            delivery,
            report,
            account,
            prefix,
            period,
            parts,
            sizes,
            as_of,
            bucket,
            columns,
        })
    }
}

/// Returns NAME of `arn:aws:bcm-data-exports:us-east-1:123456789012:export/NAME-UUID`.
fn export_name(arn: &str) -> Option<String> {
    const UUID: usize = 36;
    let export = arn.rsplit_once("export/")?.1;
    let name = export.get(..export.len().checked_sub(UUID + 1)?)?;
    Some(name.to_owned())
}

/// Parses a period in the format of the legacy report, or as `2026-06`.
fn period_of(text: &str) -> Option<BillingPeriod> {
    text.parse().ok().or_else(|| BillingPeriod::starting_at(timestamp::parse(text.as_bytes())?))
}

/// Returns whether a folder has the name of a delivery: a UUID or a timestamp.
pub(crate) fn is_of_delivery(folder: &str) -> bool {
    let is_uuid = folder.len() == 36 && folder.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    is_uuid || written_at(folder).is_some()
}

/// Returns the period in a key: `BILLING_PERIOD=2026-04`, `20260401-20260501`, `year=2018/month=12`.
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
        (instant(end)? == period.end().as_micros()).then_some(period)
    })
}

/// Returns the time of a delivery if its assembly id or execution folder begins with a timestamp.
pub(crate) fn written_at(id: &str) -> Option<Timestamp> {
    // `20250307T053621Z`, `20260702T120000Z-a1b2`, `2026-04-16T15:24:15.653Z-<uuid>`.
    let end = id.find('Z')?;
    let instant = id.get(..=end)?;
    let rest = id.get(end + 1..)?;
    // Programs that copy objects to files may write `_` for `:`.
    let instant = instant.replace('_', ":");
    let written = timestamp::parse(instant.as_bytes()).and_then(Timestamp::from_micros);
    written.filter(|_| rest.is_empty() || rest.starts_with('-'))
}

/// Returns the common prefix of the keys of all months of a report; `None` for a key without a month.
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

/// Returns the number of a chunk: 7 for `report-00007.csv.gz`, and for `report-7.csv.gz`, the form before 2019. Four
/// digits are a year.
pub(crate) fn chunk(key: &str) -> Option<u64> {
    let (_, number) = stem(key).rsplit_once('-')?;
    let is_chunk = matches!(number.len(), 1..=3 | 5..) && number.bytes().all(|byte| byte.is_ascii_digit());
    if is_chunk { number.parse().ok() } else { None }
}

/// Returns the name of an object without folder and extensions.
fn stem(key: &str) -> &str {
    let mut name = key.rsplit('/').next().unwrap_or(key);
    for extension in [".gz", ".zip", ".csv", ".parquet", ".snappy"] {
        name = name.strip_suffix(extension).unwrap_or(name);
    }
    name
}
