//! The newest delivery of a month, by its manifests. Only the manifest determines the parts of a month; keys of parts
//! are never computed. The manifest is chosen in `report/deliveries.rs`, as for folders on disk.

use serde::Serialize;

use super::place::{ReportLocation, is_odd};
use crate::error::{Error, Location, Result, clip, clip_name};
use crate::fetch::aws::bucket::{Bucket, ListedObject};
use crate::report::deliveries;
use crate::report::deliveries::{Candidate, Newest};
use crate::report::manifest::{MAX_BYTES, Manifest, is_of_delivery};
use crate::report::part::{BillingPeriod, Part, Plan};
use crate::report::pin::Pin;
use crate::value::timestamp::Timestamp;
use crate::value::version::FormVersion;
use crate::value::warning::Warning;

/// Parts are written at most this long before their manifest, in seconds.
const WRITING: i64 = 6 * 3_600;
/// Objects of a delivery that was copied together are at most this far apart, in seconds. The next delivery is hours
/// away.
const COPYING: i64 = 30 * 60;

/// A delivery of a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Delivery {
    /// The assembly id of a legacy report, or the execution id of an export.
    pub id: Option<String>,
    /// The name of the report in the manifest.
    pub report: Option<String>,
    /// The account of the report.
    pub account: Option<String>,
    /// The key of the manifest.
    pub manifest: String,
    /// The ETag of the manifest, if the store has one.
    pub manifest_etag: Option<String>,
    /// When the manifest was written.
    pub written: Timestamp,
    /// Names of the columns in the manifest.
    pub columns: Vec<String>,
    /// The objects with its rows.
    pub parts: Vec<DeliveredPart>,
    /// Whether the next delivery overwrites this one.
    pub is_overwritten: bool,
    /// Warnings about the delivery.
    pub warnings: Vec<Warning>,
    #[serde(skip)]
    as_of: Option<Timestamp>,
}

/// An object of a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DeliveredPart {
    /// The key.
    pub key: String,
    /// The size in bytes, before decompression.
    pub size: u64,
    /// The ETag, if the store has one.
    pub etag: Option<String>,
}

impl Delivery {
    /// Returns the newest delivery of a month, by its manifests. `objects` are all listed objects, in order of their
    /// keys.
    pub(super) async fn newest(
        place: &ReportLocation,
        period: BillingPeriod,
        manifests: &[ListedObject],
        objects: &[ListedObject],
        now: Timestamp,
    ) -> Result<Option<Self>> {
        // AWS leaves older deliveries in the bucket, so they are no warning.
        let newest = deliveries::newest(&place.describe(), Some(period), manifests)?;
        let Some(Newest { manifest: listed, .. }) = newest else { return Ok(None) };
        let fetched = place.bucket.small(&listed.key, MAX_BYTES).await?;
        let at = || Box::new(Location::object(&listed.key));
        if let (Some(listed), Some(fetched)) = (&listed.etag, &fetched.etag)
            && listed != fetched
        {
            let reason = "it was rewritten after it was listed".to_owned();
            return Err(Error::SourceChanged { at: at(), reason });
        }
        let manifest = Manifest::parse(&listed.key, &fetched.bytes)?;
        if manifest.period.is_some_and(|said| said != period) {
            let reason = format!("it is in the folder of {period}, but is of another month");
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

    /// Returns the bytes of all parts, before decompression.
    pub fn bytes(&self) -> u64 {
        self.parts.iter().fold(0, |sum, part| sum.saturating_add(part.size))
    }

    /// Returns the plan of a read.
    pub(crate) fn plan(&self, period: BillingPeriod, bucket: &Bucket) -> Plan {
        let part = |part: &DeliveredPart| Part {
            version: FormVersion,
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

/// Each manifest in a bucket is a request, so only the chosen one is fetched.
impl Candidate for ListedObject {
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

/// Returns a warning about parts that are newer than their manifest, which AWS writes last. If only some are newer,
/// they are of the next delivery, which is incomplete, unless all objects were copied from another bucket: copies are
/// made in any order within minutes.
fn copied(
    manifest: &ListedObject,
    newer: &[ListedObject],
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

/// Returns the index of the listed object for a key of a manifest. It must be in this bucket and below these roots.
fn listed_as(
    key: &str,
    manifest: &Manifest,
    place: &ReportLocation,
    objects: &[ListedObject],
) -> Result<Option<usize>> {
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
            let reason = format!("it names `{key}` in {bucket}, but {} has no copy of it", place.bucket.name());
            Err(Error::Outside { at: at(), reason })
        }
        _ => Ok(None),
    }
}
