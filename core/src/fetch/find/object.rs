//! Single objects of a bucket: one with rows, or a manifest.

use std::collections::BTreeSet;

use super::delivery::Delivery;
use super::place::{ReportLocation, report_root, split_name};
use crate::error::{Error, Location, Result};
use crate::fetch::aws::bucket::ListedObject;
use crate::report::deliveries::folder_of;
use crate::report::manifest::{MAX_BYTES, Manifest, period_in, written_at};
use crate::report::part::{BillingPeriod, Part};
use crate::value::timestamp::Timestamp;

/// Maximum number of folders of a manifest's parts that are listed one by one.
const MOST_FOLDERS: usize = 16;

/// Returns the prefix that the parts of a manifest must have: that of all months of its report, or else its folder.
pub(crate) fn root_of(manifest: &str) -> String {
    let root = report_root(manifest);
    if root.is_empty() { split_name(manifest).0.to_owned() } else { root }
}

impl ReportLocation {
    /// Returns an object as a part, with its current size and ETag. Its folders may name the month and the delivery.
    pub(crate) async fn part(&self, key: &str) -> Result<Part> {
        let Some(head) = self.bucket.head(key).await? else { return Err(self.no_object(key).await) };
        let path = self.bucket.place(key);
        let Some(size) = head.size else {
            let (at, message) = (Box::new(Location::object(path)), "the store does not say its size".to_owned());
            return Err(Error::Network { at, operation: "s3:GetObject", message, request_id: None, source: None });
        };
        let as_of = written_at(folder_of(key));
        let delivery = as_of.map(|_| folder_of(key).to_owned());
        let part = Part::named(key.to_owned());
        Ok(Part { path, size, etag: head.etag, period: period_in(key), delivery, as_of, ..part })
    }

    /// Returns the delivery of a manifest, and its month.
    pub(crate) async fn delivery(&self, key: &str) -> Result<(BillingPeriod, Delivery)> {
        if self.bucket.head(key).await?.is_none() {
            return Err(self.no_object(key).await);
        }
        let manifest = Manifest::parse(key, &self.bucket.small(key, MAX_BYTES).await?.bytes)?;
        let Some(period) = period_in(key).or(manifest.period) else {
            let reason =
                "it does not say its month, and neither does its key; name the prefix of the report".to_owned();
            return Err(Error::Manifest { at: Box::new(Location::object(key)), reason });
        };
        let objects = self.beside_manifest(&manifest).await?;
        let Ok(listed) = objects.binary_search_by(|object| object.key.as_str().cmp(key)) else {
            let reason = "it was there, and is not listed; read it again".to_owned();
            return Err(Error::SourceChanged { at: Box::new(Location::object(key)), reason });
        };
        let delivery = Delivery::newest(self, period, &objects[listed..=listed], &objects, Timestamp::now()).await?;
        delivery.map(|delivery| (period, delivery)).ok_or_else(|| self.no_delivery(key))
    }

    /// A manifest that was given is the newest of its month, so this error is not expected.
    fn no_delivery(&self, key: &str) -> Error {
        let reason = format!("nothing is delivered by it below {}", self.describe());
        Error::Manifest { at: Box::new(Location::object(key)), reason }
    }

    /// Lists a manifest and its parts, in order of their keys. Parts outside this location are not listed.
    async fn beside_manifest(&self, manifest: &Manifest) -> Result<Vec<ListedObject>> {
        let keys = manifest.parts.iter().chain([&manifest.object]);
        let folders: BTreeSet<&str> =
            keys.filter(|key| self.rest(key).is_some()).map(|key| split_name(key).0).collect();
        let mut outer = Vec::<&str>::new();
        for folder in folders {
            // The folders of a folder follow it in this order.
            if !outer.last().is_some_and(|last| folder.starts_with(last)) {
                outer.push(folder);
            }
        }
        if outer.len() > MOST_FOLDERS {
            outer = vec![self.root()];
        }
        let mut objects = Vec::new();
        for folder in outer {
            objects.extend(self.bucket.list(folder).await?);
        }
        objects.sort_by(|a, b| a.key.cmp(&b.key));
        objects.dedup_by(|a, b| a.key == b.key);
        Ok(objects)
    }
}
