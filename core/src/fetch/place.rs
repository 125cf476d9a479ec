//! The location of a report in a bucket: its listings and months.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::bucket::{Bucket, Listed};
use super::catalog::ReportDefinition;
use super::delivery::Delivery;
use super::period::PeriodStatus;
use super::runtime::Task;
use crate::error::{Error, Location, Result, clip_name};
use crate::report::manifest::{Manifest, period_in, prefix_of};
use crate::report::part::{BillingPeriod, Part};
use crate::value::timestamp::Timestamp;
use crate::value::warning::Warning;

/// Number of manifests fetched concurrently.
const AT_ONCE: usize = 4;

/// The location of the deliveries of a report.
#[derive(Clone, Debug)]
pub(crate) struct ReportLocation {
    pub(crate) bucket: Arc<Bucket>,
    /// The possible prefixes of keys.
    roots: Vec<String>,
    /// The definition of the report, if it was found.
    pub(crate) definition: Option<ReportDefinition>,
    /// The name of the report, if several may be below the roots.
    name: Option<String>,
}

impl ReportLocation {
    /// Creates the location of a report with a definition.
    pub(crate) fn defined(bucket: Arc<Bucket>, definition: ReportDefinition) -> Self {
        Self { bucket, roots: definition.roots(), name: None, definition: Some(definition) }
    }

    /// Creates the location of a report below a prefix.
    pub(crate) fn below(bucket: Arc<Bucket>, prefix: &str, name: Option<String>) -> Self {
        let prefix = if prefix.is_empty() || prefix.ends_with('/') { prefix.to_owned() } else { format!("{prefix}/") };
        Self { bucket, roots: vec![prefix], name, definition: None }
    }

    /// Returns bucket and prefix, for messages.
    pub(crate) fn describe(&self) -> String {
        self.bucket.place(self.roots.first().map_or("", String::as_str))
    }

    /// Returns the possible prefixes of keys, the most common first.
    pub(crate) fn roots(&self) -> &[String] {
        &self.roots
    }

    /// Returns a key without its root; `None` for a key that is not below a root.
    pub(crate) fn rest<'k>(&self, key: &'k str) -> Option<&'k str> {
        self.roots.iter().find_map(|root| key.strip_prefix(root.as_str()))
    }

    pub(crate) fn root(&self) -> &str {
        self.roots.first().map_or("", String::as_str)
    }

    /// Fails for a part that is not at this location.
    pub(crate) fn check(&self, part: &Part) -> Result<()> {
        let is_here = part.path == self.bucket.place(&part.object);
        if is_here && self.rest(&part.object).is_some_and(|rest| !is_odd(rest)) {
            return Ok(());
        }
        let reason = format!("it is not below {}", self.describe());
        Err(Error::Outside { at: Box::new(Location::object(&part.path)), reason })
    }

    /// Lists the first objects.
    pub(crate) async fn list_some(&self) -> Result<Vec<Listed>> {
        self.in_use(|root| self.bucket.list_some(root)).await
    }

    /// Lists the objects below the root that is in use: AWS has used two prefixes for reports without a configured
    /// prefix, and a policy may allow only one of them.
    async fn in_use<'p, F>(&'p self, list: impl Fn(&'p str) -> F) -> Result<Vec<Listed>>
    where
        F: Future<Output = Result<Vec<Listed>>>,
    {
        let mut denied = None;
        for (number, root) in self.roots.iter().enumerate() {
            match list(root).await {
                Err(error @ Error::Denied { .. }) if number == 0 => denied = Some(error),
                Err(Error::Denied { .. }) => {}
                Ok(objects) if objects.is_empty() => {}
                listed => return listed,
            }
        }
        denied.map_or(Ok(Vec::new()), Err)
    }

    /// Returns the prefixes to list: for one month, if the names of its folders are known.
    fn prefixes(&self, root: &str, period: Option<BillingPeriod>) -> Vec<String> {
        let (Some(period), Some(definition)) = (period, &self.definition) else { return vec![root.to_owned()] };
        let month = period.to_string();
        let (year, number) = month.split_once('-').unwrap_or_default();
        let day = |start: Timestamp| start.to_string().get(..10).unwrap_or_default().replace('-', "");
        let folder = format!("{}-{}/", day(period.start()), day(period.end()));
        if definition.is_export() {
            return vec![
                format!("{root}data/BILLING_PERIOD={month}/"),
                format!("{root}metadata/BILLING_PERIOD={month}/"),
            ];
        }
        let name = &definition.name;
        let mut prefixes = vec![
            format!("{root}{folder}"),
            format!("{root}{name}/year={year}/month={}/", number.trim_start_matches('0')),
            format!("{root}{name}/year={year}/month={number}/"),
        ];
        prefixes.dedup();
        prefixes
    }

    /// Returns the wanted months with their newest deliveries; only `one` is listed if given.
    pub(crate) async fn periods(
        &self,
        one: Option<BillingPeriod>,
        is_wanted: impl Fn(BillingPeriod) -> bool,
        now: Timestamp,
    ) -> Result<Vec<PeriodStatus>> {
        let Objects { objects, odd } = self.objects(one).await?;
        let mut months = self.months(&objects, one)?;
        months.retain(|period, _| is_wanted(*period));
        Ok(warned(self.judge(months, objects, now, Err).await?, odd))
    }

    /// Returns all months. A month that cannot be read has the state unreadable.
    pub(crate) async fn list_periods(&self, now: Timestamp) -> Result<Vec<PeriodStatus>> {
        let Objects { objects, odd } = self.objects(None).await?;
        let months = self.months(&objects, None)?;
        let unreadable = |(period, error)| match error {
            Error::Ambiguous { .. }
            | Error::Manifest { .. }
            | Error::MissingPart { .. }
            | Error::Outside { .. }
            | Error::SourceChanged { .. }
            // Such as an object that a rule of the bucket has archived.
            | Error::Aws { operation: "s3:GetObject", .. } => {
                Ok(PeriodStatus::unreadable(period, &error))
            }
            _ => Err((period, error)),
        };
        Ok(warned(self.judge(months, objects, now, unreadable).await?, odd))
    }

    /// Loads the newest delivery of each month, in order; several manifests are fetched concurrently. If a month fails,
    /// `unless` returns its status or the error that ends the loading.
    async fn judge(
        &self,
        months: BTreeMap<BillingPeriod, Vec<Listed>>,
        objects: Vec<Listed>,
        now: Timestamp,
        unless: impl Fn((BillingPeriod, Error)) -> Result<PeriodStatus, (BillingPeriod, Error)>,
    ) -> Result<Vec<PeriodStatus>> {
        let objects: Arc<[Listed]> = objects.into();
        let mut months = months.into_iter();
        let (mut under_way, mut judged) = (VecDeque::new(), Vec::new());
        loop {
            while under_way.len() < AT_ONCE
                && let Some((period, manifests)) = months.next()
            {
                let (place, objects) = (self.clone(), Arc::clone(&objects));
                let found = async move { place.period(period, &manifests, &objects, now).await };
                under_way.push_back((period, Task::beside(found)));
            }
            let Some((period, found)) = under_way.pop_front() else { return Ok(judged) };
            let found = found.await.or_else(|error| unless((period, error)));
            judged.push(found.map_err(|(_, error)| error)?);
        }
    }

    /// Returns the newest month.
    pub(crate) async fn newest_period(&self, now: Timestamp) -> Result<Option<PeriodStatus>> {
        let Objects { objects, .. } = self.objects(None).await?;
        match self.months(&objects, None)?.into_iter().next_back() {
            Some((period, manifests)) => self.period(period, &manifests, &objects, now).await.map(Some),
            None => Ok(None),
        }
    }

    /// Returns the newest month with rows. In its first week, when it has few rows, the month before as well.
    #[cfg(feature = "discover")]
    pub(crate) async fn recent(&self, now: Timestamp) -> Result<Vec<BillingPeriod>> {
        const WEEK: i64 = 7 * 86_400;
        let Objects { objects, .. } = self.objects(None).await?;
        let mut recent = Vec::new();
        for (period, manifests) in self.months(&objects, None)?.into_iter().rev() {
            let month = self.period(period, &manifests, &objects, now).await?;
            if month.delivery.is_some_and(|delivery| !delivery.parts.is_empty()) {
                recent.push(period);
            }
            if recent.len() == 2 || recent.first().is_some_and(|newest| now.seconds_since(newest.start()) >= WEEK) {
                break;
            }
        }
        Ok(recent)
    }

    async fn objects(&self, wanted: Option<BillingPeriod>) -> Result<Objects> {
        let mut objects = self.in_use(|root| self.below_root(root, wanted)).await?;
        objects.sort_by(|a, b| a.key.cmp(&b.key));
        objects.dedup_by(|a, b| a.key == b.key);
        let is_plain = |object: &Listed| self.rest(&object.key).is_some_and(|rest| !is_odd(rest));
        let (objects, odd): (Vec<Listed>, Vec<Listed>) = objects.into_iter().partition(is_plain);
        // A request for such a key may be answered with another object, by the store or a proxy.
        let is_manifest = |object: &&Listed| Manifest::is_named_so(&object.key) && period_in(&object.key).is_some();
        if let Some(manifest) = odd.iter().find(is_manifest) {
            let name = clip_name(&manifest.key);
            let reason = format!("a listing names the manifest `{name}`, which is not a plain path below it; {REMEDY}");
            return Err(Error::Outside { at: Box::new(Location::object(self.describe())), reason });
        }
        let warning = |first: &Listed| {
            let (name, count) = (clip_name(&first.key), odd.len());
            let message =
                format!("{count} objects are left out, because their keys are not plain paths; first: `{name}`");
            Warning::new("odd_key", message)
        };
        Ok(Objects { odd: odd.first().map(warning), objects })
    }

    async fn below_root(&self, root: &str, wanted: Option<BillingPeriod>) -> Result<Vec<Listed>> {
        let mut objects = Vec::new();
        for prefix in self.prefixes(root, wanted) {
            objects.extend(self.bucket.list(&prefix).await?);
        }
        Ok(objects)
    }

    /// Returns the manifests of each month.
    fn months(
        &self,
        objects: &[Listed],
        wanted: Option<BillingPeriod>,
    ) -> Result<BTreeMap<BillingPeriod, Vec<Listed>>> {
        let mut months = BTreeMap::<BillingPeriod, Vec<Listed>>::new();
        let (mut reports, mut others) = (BTreeSet::new(), BTreeSet::new());
        for object in objects.iter().filter(|object| Manifest::is_named_so(&object.key)) {
            let Some(period) = period_in(&object.key) else { continue };
            if !self.is_of_report(&object.key) {
                others.insert(report_root(&object.key));
                continue;
            }
            reports.insert(report_root(&object.key));
            if wanted.is_some_and(|wanted| wanted != period) {
                continue;
            }
            months.entry(period).or_default().push(object.clone());
        }
        let places = |roots: BTreeSet<String>| roots.into_iter().map(|root| self.bucket.place(&root)).collect();
        if let (true, false, Some(name)) = (reports.is_empty(), others.is_empty(), &self.name) {
            let reason = format!("there is no report `{name}` below {}", self.describe());
            return Err(Error::NoReport { reason, candidates: places(others) });
        }
        if reports.len() > 1 {
            let candidates = places(reports);
            let reason = format!("several reports are below {}; set the name of one", self.describe());
            return Err(Error::NoReport { reason, candidates });
        }
        Ok(months)
    }

    async fn period(
        &self,
        period: BillingPeriod,
        manifests: &[Listed],
        objects: &[Listed],
        now: Timestamp,
    ) -> Result<PeriodStatus> {
        let delivery = Delivery::newest(self, period, manifests, objects, now).await?;
        Ok(PeriodStatus::new(period, delivery, now))
    }

    fn is_of_report(&self, key: &str) -> bool {
        let Some(name) = &self.name else { return true };
        report_root(key).trim_end_matches('/').rsplit('/').next() == Some(name.as_str())
    }
}

/// The objects below the roots.
struct Objects {
    objects: Vec<Listed>,
    /// A warning about keys that are not plain paths.
    odd: Option<Warning>,
}

/// The remedy for a manifest whose key is not a plain path.
const REMEDY: &str = "if it is the report's, use everything before the unusual part as the prefix, else remove it";

/// Adds a warning about all months to the first one with a delivery.
fn warned(mut months: Vec<PeriodStatus>, warning: Option<Warning>) -> Vec<PeriodStatus> {
    if let Some(delivery) = months.iter_mut().find_map(|month| month.delivery.as_mut()) {
        delivery.warnings.extend(warning);
    }
    months
}

/// Returns whether a program may interpret a key as another path: it has empty folders, `.` or `..`, a backslash, or
/// control characters. The key is passed without its root, which was configured. A trailing slash marks a folder.
pub(super) fn is_odd(rest: &str) -> bool {
    let folders = rest.strip_suffix('/').unwrap_or(rest);
    let is_odd = |folder: &str| matches!(folder, "" | "." | "..");
    !rest.is_empty()
        && (folders.split('/').any(is_odd)
            || rest.contains(|character: char| character == '\\' || character.is_control()))
}

/// Returns the prefix of all months of a report, from the key of a manifest.
fn report_root(key: &str) -> String {
    let root = prefix_of(key).unwrap_or_default();
    let root = root.strip_suffix("metadata/").unwrap_or(&root);
    // The folders of a legacy Parquet report repeat its name.
    let folders: Vec<&str> = root.trim_end_matches('/').split('/').collect();
    match folders.as_slice() {
        [head @ .., last, again] if last == again && key.contains("/year=") => {
            head.iter().chain([last]).map(|folder| format!("{folder}/")).collect()
        }
        _ => root.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn keys_that_are_no_plain_paths_are_odd() {
        let odd = [
            "../x", "a/../x", "a/..", "./x", "a/./x", "/x", "a//x", "//", "/", "a//", "a\\x", "\\x", "a\nx",
            "a\u{1b}x", "a\u{85}x", "..", ".",
        ];
        for rest in odd {
            assert!(super::is_odd(rest), "{rest:?}");
        }
        // A folder's mark; names that only begin or end with dots; signs that object stores have.
        for rest in
            ["", "x", "a/", "a/b/", "a/..x", "a/x..", "a/...", "20260101-20260201/R 1.csv", "a/x:y=z+%2F%2e%2e", "ä/価"]
        {
            assert!(!super::is_odd(rest), "{rest:?}");
        }
    }
}
