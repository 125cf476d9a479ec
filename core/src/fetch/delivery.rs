//! The manifests of a month → its newest delivery. The manifest is the only truth about what belongs to a month; keys of parts
//! are never made by rule. Which manifest counts is decided in `report/deliveries.rs`, as for folders on disk.

use serde::Serialize;

use super::bucket::{Bucket, Listed};
use super::place::{ReportLocation, is_odd};
use crate::error::{Error, Location, Result, clip, clip_name};
use crate::report::deliveries;
use crate::report::deliveries::{Candidate, Newest};
use crate::report::manifest::{MAX_BYTES, Manifest, is_of_delivery};
use crate::report::part::{BillingPeriod, Part, Plan};
use crate::report::pin::Pin;
use crate::value::timestamp::Timestamp;
use crate::value::version::Version;
use crate::value::warning::Warning;

/// Parts are written within this time before their manifest, seconds.
const WRITING: i64 = 6 * 3_600;
/// Objects of a delivery that was copied together are not further apart, seconds: the next delivery is hours away.
const COPYING: i64 = 30 * 60;

/// One delivery of a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Delivery {
    /// Assembly id of a legacy report, execution id of an export.
    pub id: Option<String>,
    /// The name of the report, as the manifest has it.
    pub report: Option<String>,
    /// The account that the report belongs to.
    pub account: Option<String>,
    /// The key of the manifest.
    pub manifest: String,
    /// The manifest's ETag, where the store has one.
    pub manifest_etag: Option<String>,
    /// When the manifest was written.
    pub written: Timestamp,
    /// Names of the columns, as the manifest has them.
    pub columns: Vec<String>,
    /// The objects with its rows.
    pub parts: Vec<DeliveredPart>,
    /// Whether the next delivery will be written over this one.
    pub is_overwritten: bool,
    /// What the caller should know.
    pub warnings: Vec<Warning>,
    #[serde(skip)]
    as_of: Option<Timestamp>,
}

/// An object of a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DeliveredPart {
    /// Its key.
    pub key: String,
    /// Its bytes, compressed as they are.
    pub size: u64,
    /// Its ETag, where the store has one.
    pub etag: Option<String>,
}

impl Delivery {
    /// The newest delivery of a month, by its manifests; `objects` are all that were listed, in order of their keys.
    pub(super) async fn newest(
        place: &ReportLocation,
        period: BillingPeriod,
        manifests: &[Listed],
        objects: &[Listed],
        now: Timestamp,
    ) -> Result<Option<Self>> {
        // Older deliveries are left in the bucket by AWS: they are not worth a warning.
        let newest = deliveries::newest(&place.describe(), Some(period), manifests)?;
        let Some(Newest { manifest: listed, .. }) = newest else { return Ok(None) };
        let fetched = place.bucket.small(&listed.key, MAX_BYTES).await?;
        let at = || Box::new(Location::object(&listed.key));
        if let (Some(listed), Some(fetched)) = (&listed.etag, &fetched.etag)
            && listed != fetched
        {
            let reason = "it was rewritten since it was listed".to_owned();
            return Err(Error::SourceChanged { at: at(), reason });
        }
        let manifest = Manifest::parse(&listed.key, &fetched.bytes)?;
        if manifest.period.is_some_and(|said| said != period) {
            let reason = format!("it lies in the folder of {period}, and is of another month");
            return Err(Error::Manifest { at: at(), reason });
        }
        let mut warnings = Vec::new();
        if let Some(bucket) = manifest.bucket.as_ref().filter(|bucket| *bucket != place.bucket.name()) {
            let bucket = clip(bucket.as_bytes());
            let message = format!("the report was delivered to {bucket}; the copy in {} is read", place.bucket.name());
            warnings.push(Warning::new("replicated", message));
        }
        let is_copy = !warnings.is_empty();
        let mut parts = Vec::new();
        let (mut is_overwritten, mut newer) = (false, Vec::new());
        let places = deliveries::parts(&manifest, Some(period), |key| listed_as(key, &manifest, place, objects))?;
        for (key, object) in manifest.parts.iter().zip(places.into_iter().filter_map(|place| objects.get(place))) {
            let folder = deliveries::folder_of(key);
            let is_named = |id: &str| !id.is_empty() && (folder == id || folder.ends_with(&format!("-{id}")));
            let has_own_folder = is_of_delivery(folder) || manifest.delivery.as_deref().is_some_and(is_named);
            is_overwritten |= !has_own_folder;
            if !has_own_folder && object.modified > listed.modified {
                newer.push(object.clone());
            }
            parts.push(DeliveredPart { key: key.clone(), size: object.size, etag: object.etag.clone() });
        }
        warnings.extend(copied(listed, &newer, newer.len() == parts.len(), is_copy, now)?);
        Ok(Some(Self {
            id: manifest.delivery,
            report: manifest.report,
            account: manifest.account,
            manifest: listed.key.clone(),
            manifest_etag: fetched.etag,
            written: listed.modified,
            columns: manifest.columns,
            parts,
            is_overwritten,
            warnings,
            as_of: manifest.as_of,
        }))
    }

    /// Bytes of all parts.
    pub fn bytes(&self) -> u64 {
        self.parts.iter().fold(0, |sum, part| sum.saturating_add(part.size))
    }

    /// The parts of a read.
    pub(crate) fn plan(&self, period: BillingPeriod, bucket: &Bucket) -> Plan {
        let part = |part: &DeliveredPart| Part {
            version: Version,
            object: part.key.clone(),
            path: bucket.place(&part.key),
            size: part.size,
            etag: part.etag.clone(),
            period: Some(period),
            delivery: self.id.clone(),
            as_of: self.as_of,
            report: self.report.clone(),
            columns: Vec::new(),
            pin: Pin::default(),
            fingerprint: None,
        };
        let mut warnings = self.warnings.clone();
        if self.parts.is_empty() {
            warnings.push(deliveries::no_parts(&self.manifest));
        }
        Plan { parts: self.parts.iter().map(part).collect(), warnings, ..Plan::default() }
    }
}

/// Each manifest in a bucket is a request: only the one that counts is fetched.
impl Candidate for Listed {
    fn key(&self) -> &str {
        &self.key
    }

    fn changed(&self) -> Option<Timestamp> {
        Some(self.modified)
    }

    fn manifest(&self) -> Option<&Manifest> {
        None
    }
}

/// What to say of parts that are newer than their manifest, which is written after them. Some that are newer are of the next
/// delivery, which is under way or was broken off; all of them may also have been copied, which was not just now: a copy
/// from another bucket is made in any order, and takes minutes.
fn copied(
    manifest: &Listed,
    newer: &[Listed],
    are_all: bool,
    is_copy: bool,
    now: Timestamp,
) -> Result<Option<Warning>> {
    let Some(last) = newer.iter().max_by_key(|object| object.modified) else { return Ok(None) };
    let age = now.seconds_since(last.modified);
    let are_together = is_copy && last.modified.seconds_since(manifest.modified) <= COPYING && age >= COPYING;
    if !(are_together || are_all && age >= WRITING) {
        let reason = "it is newer than its manifest: the next delivery is being written".to_owned();
        return Err(Error::SourceChanged { at: Box::new(Location::object(&last.key)), reason });
    }
    let message = match are_all {
        true => format!("all parts are newer than {}: they are taken for a copy", manifest.key),
        false => format!("some parts are newer than {}: are they copies of one delivery?", manifest.key),
    };
    Ok(Some(Warning::new("copied", message)))
}

/// The place of the object that a manifest's key is; only ever one that was listed in this bucket below these roots.
fn listed_as(key: &str, manifest: &Manifest, place: &ReportLocation, objects: &[Listed]) -> Result<Option<usize>> {
    let at = || Box::new(Location::object(&manifest.object));
    let outside = match place.rest(key) {
        None => Some("not"),
        Some(rest) => is_odd(rest).then_some("not a plain path"),
    };
    if let Some(what) = outside {
        let reason = format!("it names `{}`, which is {what} below {}", clip_name(key), place.describe());
        return Err(Error::Outside { at: at(), reason });
    }
    if let Ok(place) = objects.binary_search_by(|object| object.key.as_str().cmp(key)) {
        return Ok(Some(place));
    }
    match manifest.bucket.as_deref() {
        Some(bucket) if bucket != place.bucket.name() => {
            let (key, bucket) = (clip(key.as_bytes()), clip(bucket.as_bytes()));
            let reason = format!("it names `{key}` in {bucket}, and {} has no copy of it", place.bucket.name());
            Err(Error::Outside { at: at(), reason })
        }
        _ => Ok(None),
    }
}
