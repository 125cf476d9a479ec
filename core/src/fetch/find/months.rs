//! The months of a report: listed below its location, each with its newest delivery.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::delivery::Delivery;
use super::period::PeriodStatus;
use super::place::{ReportLocation, is_odd, report_root};
use crate::error::{Error, Location, Result, clip_name};
use crate::fetch::aws::bucket::ListedObject;
use crate::fetch::aws::runtime::Task;
use crate::report::manifest::{Manifest, period_in};
use crate::report::part::BillingPeriod;
use crate::value::timestamp::Timestamp;
use crate::value::warning::Warning;

/// Number of manifests fetched concurrently.
const AT_ONCE: usize = 4;

impl ReportLocation {
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
        Ok(warned(self.load_periods(months, objects, now, |_, error| Err(error)).await?, odd))
    }

    /// Returns all months. A month that cannot be read has the state unreadable.
    pub(crate) async fn list_periods(&self, now: Timestamp) -> Result<Vec<PeriodStatus>> {
        let Objects { objects, odd } = self.objects(None).await?;
        let months = self.months(&objects, None)?;
        let unreadable = |period, error| match error {
            Error::Ambiguous { .. }
            | Error::Manifest { .. }
            | Error::MissingPart { .. }
            | Error::Outside { .. }
            | Error::SourceChanged { .. }
            // Such as an object that a rule of the bucket has archived.
            | Error::Aws { operation: "s3:GetObject", .. } => {
                Ok(PeriodStatus::unreadable(period, &error))
            }
            _ => Err(error),
        };
        Ok(warned(self.load_periods(months, objects, now, unreadable).await?, odd))
    }

    /// Loads the newest delivery of each month, in order; several manifests are fetched concurrently. If a month fails,
    /// `unless` returns its status or the error that ends the loading.
    async fn load_periods(
        &self,
        months: BTreeMap<BillingPeriod, Vec<ListedObject>>,
        objects: Vec<ListedObject>,
        now: Timestamp,
        unless: impl Fn(BillingPeriod, Error) -> Result<PeriodStatus>,
    ) -> Result<Vec<PeriodStatus>> {
        let objects: Arc<[ListedObject]> = objects.into();
        let mut months = months.into_iter();
        let (mut under_way, mut loaded) = (VecDeque::new(), Vec::new());
        loop {
            while under_way.len() < AT_ONCE
                && let Some((period, manifests)) = months.next()
            {
                let (place, objects) = (self.clone(), Arc::clone(&objects));
                let found = async move { place.period(period, &manifests, &objects, now).await };
                under_way.push_back((period, Task::spawn(found)));
            }
            let Some((period, found)) = under_way.pop_front() else { return Ok(loaded) };
            loaded.push(found.await.or_else(|error| unless(period, error))?);
        }
    }

    /// Returns the months that have a manifest, in order.
    pub(crate) async fn months_there(&self) -> Result<Vec<BillingPeriod>> {
        let Objects { objects, .. } = self.objects(None).await?;
        Ok(self.months(&objects, None)?.into_keys().collect())
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
        if objects.is_empty() && self.definition.is_none() {
            return Err(self.nothing().await);
        }
        objects.sort_by(|a, b| a.key.cmp(&b.key));
        objects.dedup_by(|a, b| a.key == b.key);
        let is_plain = |object: &ListedObject| self.rest(&object.key).is_some_and(|rest| !is_odd(rest));
        let (objects, odd): (Vec<ListedObject>, Vec<ListedObject>) = objects.into_iter().partition(is_plain);
        // A request for such a key may be answered with another object, by the store or a proxy.
        let is_manifest =
            |object: &&ListedObject| Manifest::is_named_so(&object.key) && period_in(&object.key).is_some();
        if let Some(manifest) = odd.iter().find(is_manifest) {
            let name = clip_name(&manifest.key);
            let reason = format!("a listing names the manifest `{name}`, which is not a plain path below it; {REMEDY}");
            return Err(Error::Outside { at: Box::new(Location::object(self.describe())), reason });
        }
        let warning = |first: &ListedObject| {
            let (name, count) = (clip_name(&first.key), odd.len());
            let message =
                format!("{count} objects are left out, because their keys are not plain paths; first: `{name}`");
            Warning::new("odd_key", message)
        };
        Ok(Objects { odd: odd.first().map(warning), objects })
    }

    async fn below_root(&self, root: &str, wanted: Option<BillingPeriod>) -> Result<Vec<ListedObject>> {
        let mut objects = Vec::new();
        for prefix in self.prefixes(root, wanted) {
            objects.extend(self.bucket.list(&prefix).await?);
        }
        Ok(objects)
    }

    /// Returns the manifests of each month.
    fn months(
        &self,
        objects: &[ListedObject],
        wanted: Option<BillingPeriod>,
    ) -> Result<BTreeMap<BillingPeriod, Vec<ListedObject>>> {
        let mut months = BTreeMap::<BillingPeriod, Vec<ListedObject>>::new();
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
        manifests: &[ListedObject],
        objects: &[ListedObject],
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
    objects: Vec<ListedObject>,
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
