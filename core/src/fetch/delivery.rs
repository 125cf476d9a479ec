//! Listings of a bucket → months, and of each its newest delivery. The manifest is the only truth about what belongs to a
//! month; keys of parts are never made by rule.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::bucket::{Bucket, Listed};
use super::catalog::ReportDefinition;
use super::runtime::Task;
use crate::decode::timestamp;
use crate::error::{Error, Location, Result, clip};
use crate::report::manifest::{MAX_BYTES, Manifest, is_of_delivery, period_in, prefix_of, written_at};
use crate::report::part::{BillingPeriod, Part, Plan};
use crate::totals::Warning;

/// Parts are written within this time before their manifest, seconds.
const WRITING: i64 = 6 * 3_600;
/// Objects of a delivery that was copied together are not further apart, seconds: the next delivery is hours away.
const COPYING: i64 = 30 * 60;
const MICROS: i64 = 1_000_000;
/// Manifests that are fetched at once.
const AT_ONCE: usize = 4;

/// A month of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Period {
    /// The month.
    pub period: BillingPeriod,
    /// What is to be expected of it.
    pub state: PeriodState,
    /// Its newest delivery; none while it is pending or unreadable.
    pub delivery: Option<Delivery>,
    /// Why it is unreadable.
    pub problem: Option<String>,
}

/// What is to be expected of a month. AWS marks none of it; it is judged by when the newest delivery was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PeriodState {
    /// Nothing is delivered, or a manifest without parts.
    Pending,
    /// The month is not over, or is over for less than 15 days: AWS writes it anew, several times a day.
    Open,
    /// The month has been over for 15 days, and was not written since: it is what was invoiced.
    Invoiced,
    /// It was written again later than that: a refund, a credit, or a correction.
    Restated,
    /// Its manifest is none, or a part of it is gone, or AWS is writing over it at this moment.
    Unreadable,
}

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
    /// When the manifest was written: seconds since 1970; in JSON `2026-09-15T06:00:00Z`.
    #[serde(serialize_with = "instant")]
    pub written: i64,
    /// Names of the columns, as the manifest has them.
    pub columns: Vec<String>,
    /// The objects with its rows.
    pub parts: Vec<DeliveredPart>,
    /// Whether the next delivery will be written over this one.
    pub is_overwritten: bool,
    /// What the caller should know.
    pub warnings: Vec<Warning>,
    #[serde(skip)]
    as_of: Option<i64>,
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

fn instant<S: Serializer>(seconds: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&timestamp::text(seconds.saturating_mul(MICROS)))
}

/// Where the deliveries of a report lie.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) bucket: Arc<Bucket>,
    /// What keys begin with: one of these.
    roots: Vec<String>,
    /// How the report is set up, when its definition was found.
    pub(crate) definition: Option<ReportDefinition>,
    /// The name of the report, when several may lie below the roots.
    name: Option<String>,
}

impl Place {
    /// A report that is defined.
    pub(crate) fn defined(bucket: Arc<Bucket>, definition: ReportDefinition) -> Self {
        Self { bucket, roots: definition.roots(), name: None, definition: Some(definition) }
    }

    /// A report that lies somewhere below a prefix.
    pub(crate) fn below(bucket: Arc<Bucket>, prefix: &str, name: Option<String>) -> Self {
        let prefix = if prefix.is_empty() || prefix.ends_with('/') { prefix.to_owned() } else { format!("{prefix}/") };
        Self { bucket, roots: vec![prefix], name, definition: None }
    }

    /// Bucket and prefix, for messages.
    pub(crate) fn describe(&self) -> String {
        self.bucket.place(self.roots.first().map_or("", String::as_str))
    }

    /// What keys begin with: one of these, of which the first is the usual.
    pub(crate) fn roots(&self) -> &[String] {
        &self.roots
    }

    pub(crate) fn root(&self) -> &str {
        self.roots.first().map_or("", String::as_str)
    }

    /// Refuses a part that does not lie here.
    pub(crate) fn check(&self, part: &Part) -> Result<()> {
        let is_here = self.roots.iter().any(|root| part.object.starts_with(root.as_str()))
            && part.path == self.bucket.place(&part.object);
        if is_here && !part.object.split('/').any(is_odd) {
            return Ok(());
        }
        let reason = format!("it is not below {}", self.describe());
        Err(Error::Outside { at: Box::new(Location::object(&part.path)), reason })
    }

    /// Some of the objects that there are.
    pub(crate) async fn list_some(&self) -> Result<Vec<Listed>> {
        self.in_use(|root| self.bucket.list_some(root)).await
    }

    /// What lies below the root that is in use: AWS has spelled reports without a prefix in two ways, and a policy may have
    /// been made for one of them.
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

    /// The prefixes to list: of one month, where it is known how its folders are called.
    fn prefixes(&self, root: &str, period: Option<BillingPeriod>) -> Vec<String> {
        let (Some(period), Some(definition)) = (period, &self.definition) else { return vec![root.to_owned()] };
        let month = period.to_string();
        let (year, number) = month.split_once('-').unwrap_or_default();
        let day = |micros: i64| timestamp::text(micros).get(..10).unwrap_or_default().replace('-', "");
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

    /// The months that there are, or the one that is asked for, each with its newest delivery as far as it is wanted.
    pub(crate) async fn periods(
        &self,
        one: Option<BillingPeriod>,
        is_wanted: impl Fn(BillingPeriod) -> bool,
        now: i64,
    ) -> Result<Vec<Period>> {
        let objects = self.objects(one).await?;
        let mut months = self.months(&objects, one)?;
        months.retain(|period, _| is_wanted(*period));
        self.judge(months, objects, now, Err).await
    }

    /// The same for a list: a month that cannot be read is no reason not to show the others.
    pub(crate) async fn list_periods(&self, now: i64) -> Result<Vec<Period>> {
        let objects = self.objects(None).await?;
        let months = self.months(&objects, None)?;
        let unreadable = |(period, error)| match error {
            Error::Ambiguous { .. }
            | Error::Manifest { .. }
            | Error::MissingPart { .. }
            | Error::Outside { .. }
            | Error::SourceChanged { .. }
            // Such as one that a rule of the bucket has put into an archive.
            | Error::Aws { operation: "s3:GetObject", .. } => {
                let (state, problem) = (PeriodState::Unreadable, Some(error.to_string()));
                Ok(Period { period, state, delivery: None, problem })
            }
            _ => Err((period, error)),
        };
        self.judge(months, objects, now, unreadable).await
    }

    /// Months with their newest deliveries, in order; several manifests are fetched at once. Of a month that fails,
    /// `unless` says what it is instead; otherwise no more are fetched.
    async fn judge(
        &self,
        months: BTreeMap<BillingPeriod, Vec<Listed>>,
        objects: Vec<Listed>,
        now: i64,
        unless: impl Fn((BillingPeriod, Error)) -> Result<Period, (BillingPeriod, Error)>,
    ) -> Result<Vec<Period>> {
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

    /// The newest month.
    pub(crate) async fn newest_period(&self, now: i64) -> Result<Option<Period>> {
        let objects = self.objects(None).await?;
        match self.months(&objects, None)?.into_iter().next_back() {
            Some((period, manifests)) => self.period(period, &manifests, &objects, now).await.map(Some),
            None => Ok(None),
        }
    }

    /// The newest month that has rows; in its first week, when few have come, the one before as well.
    #[cfg(feature = "discover")]
    pub(crate) async fn recent(&self, now: i64) -> Result<Vec<BillingPeriod>> {
        const WEEK: i64 = 7 * 86_400 * MICROS;
        let objects = self.objects(None).await?;
        let mut recent = Vec::new();
        for (period, manifests) in self.months(&objects, None)?.into_iter().rev() {
            let month = self.period(period, &manifests, &objects, now).await?;
            if month.delivery.is_some_and(|delivery| !delivery.parts.is_empty()) {
                recent.push(period);
            }
            if recent.len() == 2 || recent.first().is_some_and(|newest| now >= newest.start() + WEEK) {
                break;
            }
        }
        Ok(recent)
    }

    async fn objects(&self, wanted: Option<BillingPeriod>) -> Result<Vec<Listed>> {
        let mut objects = self.in_use(|root| self.below_root(root, wanted)).await?;
        objects.sort_by(|a, b| a.key.cmp(&b.key));
        objects.dedup_by(|a, b| a.key == b.key);
        Ok(objects)
    }

    async fn below_root(&self, root: &str, wanted: Option<BillingPeriod>) -> Result<Vec<Listed>> {
        let mut objects = Vec::new();
        for prefix in self.prefixes(root, wanted) {
            objects.extend(self.bucket.list(&prefix).await?);
        }
        Ok(objects)
    }

    /// The manifests of each month.
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
            let reason = format!("no report `{name}` lies below {}", self.describe());
            return Err(Error::NoReport { reason, candidates: places(others) });
        }
        if reports.len() > 1 {
            let candidates = places(reports);
            let reason = format!("several reports lie below {}; name one", self.describe());
            return Err(Error::NoReport { reason, candidates });
        }
        Ok(months)
    }

    async fn period(
        &self,
        period: BillingPeriod,
        manifests: &[Listed],
        objects: &[Listed],
        now: i64,
    ) -> Result<Period> {
        let delivery = self.newest(period, manifests, objects, now).await?;
        Ok(Period { period, state: state(period, delivery.as_ref(), now), delivery, problem: None })
    }

    fn is_of_report(&self, key: &str) -> bool {
        let Some(name) = &self.name else { return true };
        report_root(key).trim_end_matches('/').rsplit('/').next() == Some(name.as_str())
    }

    /// The newest delivery of a month: that of the manifest above the folders of deliveries, or else of the newest of those.
    async fn newest(
        &self,
        period: BillingPeriod,
        manifests: &[Listed],
        objects: &[Listed],
        now: i64,
    ) -> Result<Option<Delivery>> {
        let is_own = |object: &&Listed| object.key.rsplit('/').nth(1).is_some_and(is_of_delivery);
        let is_hive = |object: &Listed| object.key.contains("/year=");
        // Of a legacy Parquet report there are two equal ones: that beside the parts is read.
        let (hive, flat): (Vec<&Listed>, Vec<&Listed>) =
            manifests.iter().filter(|object| !is_own(object)).partition(|object| is_hive(object));
        let top = if hive.is_empty() { flat } else { hive };
        if let [_, _, ..] = top.as_slice() {
            let candidates = top.iter().map(|object| object.key.clone()).collect();
            let at = Box::new(Location::object(self.describe()));
            let reason = "several manifests of one month lie in one place";
            return Err(Error::Ambiguous { at, reason, candidates });
        }
        let written = |object: &Listed| object.key.rsplit('/').nth(1).and_then(written_at);
        let own = || manifests.iter().filter(is_own).max_by_key(|object| (written(object), object.modified));
        let Some(listed) = top.first().copied().or_else(own) else { return Ok(None) };
        let fetched = self.bucket.small(&listed.key, MAX_BYTES).await?;
        let at = || Box::new(Location::object(&listed.key));
        let changed = |reason: &str| Error::SourceChanged { at: at(), reason: reason.to_owned() };
        if let (Some(listed), Some(fetched)) = (&listed.etag, &fetched.etag)
            && listed != fetched
        {
            return Err(changed("it was written anew since it was listed"));
        }
        let manifest = Manifest::parse(&listed.key, &fetched.bytes)?;
        if manifest.period.is_some_and(|said| said != period) {
            let reason = format!("it lies in the folder of {period}, and is of another month");
            return Err(Error::Manifest { at: at(), reason });
        }
        let mut warnings = Vec::new();
        if let Some(bucket) = manifest.bucket.as_ref().filter(|bucket| *bucket != self.bucket.name()) {
            let bucket = clip(bucket.as_bytes());
            let message = format!("the report was delivered to {bucket}; the copy in {} is read", self.bucket.name());
            warnings.push(Warning { code: "replicated".to_owned(), message, rows: 0 });
        }
        let is_copy = !warnings.is_empty();
        let mut parts = Vec::new();
        let (mut is_overwritten, mut newer) = (false, Vec::new());
        for key in &manifest.parts {
            let object = self.listed(key, &manifest, objects)?;
            let folder = key.rsplit('/').nth(1).unwrap_or_default();
            let is_named = |id: &str| !id.is_empty() && (folder == id || folder.ends_with(&format!("-{id}")));
            let has_own_folder = is_of_delivery(folder) || manifest.delivery.as_deref().is_some_and(is_named);
            is_overwritten |= !has_own_folder;
            if !has_own_folder && object.modified > listed.modified {
                newer.push(object.clone());
            }
            parts.push(DeliveredPart { key: key.clone(), size: object.size, etag: object.etag.clone() });
        }
        // Parts are written before their manifest. Some that are newer are of the next delivery, which is under way or was
        // broken off; all of them may also have been copied, which was not just now. Whoever copies from another bucket
        // does so in any order, and is done before long.
        if let Some(last) = newer.iter().max_by_key(|object| object.modified) {
            let age = now / MICROS - last.modified;
            let are_together = is_copy && last.modified - listed.modified <= COPYING && age >= COPYING;
            let is_copied = are_together || (newer.len() == parts.len() && age >= WRITING);
            if !is_copied {
                let reason = "it is newer than its manifest: the next delivery is being written".to_owned();
                return Err(Error::SourceChanged { at: Box::new(Location::object(&last.key)), reason });
            }
            let message = match newer.len() == parts.len() {
                true => format!("all parts are newer than {}: they are taken for a copy", listed.key),
                false => format!("some parts are newer than {}: are they copies of one delivery?", listed.key),
            };
            warnings.push(Warning { code: "copied".to_owned(), message, rows: 0 });
        }
        Ok(Some(Delivery {
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

    /// The object that a manifest's key is; only ever one that was listed in this bucket below these roots.
    fn listed(&self, key: &str, manifest: &Manifest, objects: &[Listed]) -> Result<Listed> {
        let at = || Box::new(Location::object(&manifest.object));
        let is_outside = !self.roots.iter().any(|root| key.starts_with(root.as_str()));
        if is_outside || key.split('/').any(is_odd) || key.chars().any(char::is_control) {
            let reason = format!("it names `{}`, which is not below {}", clip(key.as_bytes()), self.describe());
            return Err(Error::Outside { at: at(), reason });
        }
        if let Ok(place) = objects.binary_search_by(|object| object.key.as_str().cmp(key)) {
            return Ok(objects[place].clone());
        }
        match manifest.bucket.as_deref() {
            Some(bucket) if bucket != self.bucket.name() => {
                let (key, bucket) = (clip(key.as_bytes()), clip(bucket.as_bytes()));
                let reason = format!("it names `{key}` in {bucket}, and {} has no copy of it", self.bucket.name());
                Err(Error::Outside { at: at(), reason })
            }
            _ => Err(Error::MissingPart { at: at(), part: key.to_owned() }),
        }
    }
}

/// Folders that mean another place than they say.
fn is_odd(folder: &str) -> bool {
    folder == ".." || folder == "."
}

/// What the keys of all months of a report begin with, by the key of a manifest.
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

impl BillingPeriod {
    /// Up to when AWS still changes it as a matter of course (AWS: "Understanding export delivery").
    pub(crate) fn closed(self) -> i64 {
        const DAYS: i64 = 15;
        self.end() + DAYS * 86_400 * MICROS
    }
}

fn state(period: BillingPeriod, delivery: Option<&Delivery>, now: i64) -> PeriodState {
    let Some(delivery) = delivery.filter(|delivery| !delivery.parts.is_empty()) else { return PeriodState::Pending };
    let closed = period.closed();
    match () {
        () if now < closed => PeriodState::Open,
        () if delivery.written.saturating_mul(MICROS) >= closed => PeriodState::Restated,
        () => PeriodState::Invoiced,
    }
}

impl Delivery {
    /// Bytes of all parts.
    pub fn bytes(&self) -> u64 {
        self.parts.iter().fold(0, |sum, part| sum.saturating_add(part.size))
    }

    /// The parts of a read.
    pub(crate) fn plan(&self, period: BillingPeriod, bucket: &Bucket) -> Plan {
        let part = |part: &DeliveredPart| Part {
            object: part.key.clone(),
            path: bucket.place(&part.key),
            size: part.size,
            etag: part.etag.clone(),
            period: Some(period),
            delivery: self.id.clone(),
            as_of: self.as_of,
            report: self.report.clone(),
            columns: Vec::new(),
        };
        let mut warnings = self.warnings.clone();
        if self.parts.is_empty() {
            let message = format!("{} lists no parts: nothing is delivered yet", self.manifest);
            warnings.push(Warning { code: "no_parts".to_owned(), message, rows: 0 });
        }
        Plan { parts: self.parts.iter().map(part).collect(), warnings }
    }
}
