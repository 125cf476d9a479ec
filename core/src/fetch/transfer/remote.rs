//! Months of a report in S3, as a source for the reader.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::AbortHandle;

use super::download::{Download, Pace, RemoteObject};
use crate::error::{Error, Location, Result, clip};
use crate::fetch::aws::runtime::{Runtime, block_on_unless};
use crate::fetch::find::delivery::Delivery;
use crate::fetch::find::place::ReportLocation;
use crate::report::part::{BillingPeriod, Part, Plan};
use crate::report::source::{Input, Mark, Source};
use crate::value::stop::Stop;
use crate::value::timestamp::Timestamp;
use crate::value::warning::{Subjects, Warning, listed};

/// The months being read.
#[derive(Debug)]
pub(crate) struct Remote {
    runtime: Arc<Runtime>,
    place: ReportLocation,
    /// `None` for single parts of a plan, whose delivery is not checked.
    wanted: Option<Months>,
    stop: Stop,
    state: Mutex<RemoteState>,
    /// Number of repeated requests for bytes.
    retries: Arc<AtomicU64>,
}

/// The months to read.
#[derive(Clone, Debug)]
pub(crate) enum Months {
    /// One month, which must be delivered.
    Required(BillingPeriod),
    /// Those of these months that are delivered; all months if empty.
    Filter(Vec<BillingPeriod>),
}

impl Months {
    /// Returns the error if none of them is delivered.
    pub(crate) async fn not_delivered(&self, place: &ReportLocation) -> Error {
        let mut may_come = false;
        let mut candidates = Vec::new();
        if let Self::Required(wanted) = self {
            may_come = Timestamp::now().as_micros() < wanted.closed();
            // The listing that failed was of the wanted month alone.
            let mut there = place.months_there().await.unwrap_or_default();
            there.sort_by_key(|period| (period.start().seconds_since(wanted.start()).abs(), *period));
            candidates = there.iter().map(BillingPeriod::to_string).collect();
        }
        Error::NotDelivered { period: self.to_string(), place: place.describe(), may_come, candidates }
    }
}

impl fmt::Display for Months {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Required(period) => period.fmt(f),
            Self::Filter(periods) if periods.is_empty() => f.write_str("any month"),
            Self::Filter(periods) => {
                f.write_str(&periods.iter().map(BillingPeriod::to_string).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

#[derive(Debug, Default)]
struct RemoteState {
    deliveries: Vec<Delivery>,
    /// All parts, in order.
    parts: Vec<Part>,
    /// The part after the last opened one, which is already being downloaded.
    ahead: Option<(String, Download)>,
    /// All downloads started since the deliveries were set; aborting a finished one has no effect. The flag ends the
    /// thread that waits for the download.
    under_way: Vec<(String, AbortHandle, Arc<AtomicBool>)>,
    is_over: bool,
}

impl Remote {
    pub(crate) fn new(runtime: Arc<Runtime>, place: ReportLocation, wanted: Option<Months>, stop: Stop) -> Self {
        Self { runtime, place, wanted, stop, state: Mutex::default(), retries: Arc::default() }
    }

    /// Creates the source of a plan that was made before. Its objects are read with their planned ETags, whatever was
    /// delivered since.
    pub(crate) fn pinned(runtime: Arc<Runtime>, place: ReportLocation, plan: &Plan, stop: Stop) -> Self {
        let state = RemoteState { parts: plan.parts.clone(), ..RemoteState::default() };
        Self { runtime, place, wanted: None, stop, state: Mutex::new(state), retries: Arc::default() }
    }

    fn state(&self) -> MutexGuard<'_, RemoteState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the deliveries to read, and returns their plan.
    pub(crate) fn set_deliveries(&self, newest: Newest) -> Plan {
        let plan = plan(&newest, &self.place, self.wanted.as_ref());
        let deliveries = newest.deliveries.into_iter().map(|(_, delivery)| delivery).collect();
        *self.state() = RemoteState { deliveries, parts: plan.parts.clone(), ..RemoteState::default() };
        plan
    }

    fn begin(&self, state: &mut RemoteState, part: &Part, pace: Pace, caller_stop: &Stop) -> Result<Download> {
        let (key, etag, retries) = (part.object.clone(), part.etag.clone(), Arc::clone(&self.retries));
        let object = RemoteObject { key, size: part.size, etag, retries };
        let is_over = Arc::new(AtomicBool::new(false));
        let (caller_stop, abort_flag) = (caller_stop.clone(), Arc::clone(&is_over));
        let stop = Stop::when(move || abort_flag.load(Ordering::Relaxed) || caller_stop.is_wanted());
        let download = Download::begin(&self.place.bucket, &self.runtime, object, pace, stop)?;
        state.under_way.push((part.object.clone(), download.abort_handle(), is_over));
        Ok(download)
    }
}

impl RemoteState {
    /// Cancels downloads and unblocks the threads that wait for them.
    fn abort_downloads(&mut self, is_unwanted: impl Fn(&str) -> bool) {
        self.under_way.retain(|(key, abort, is_over)| {
            let is_unwanted = is_unwanted(key);
            if is_unwanted {
                is_over.store(true, Ordering::Relaxed);
                abort.abort();
            }
            !is_unwanted
        });
    }
}

impl Source for Remote {
    fn open(&self, part: &Part, stop: &Stop) -> Result<Input> {
        let mut state = self.state();
        if state.is_over {
            return Err(Error::Stopped);
        }
        let download = match state.ahead.take() {
            Some((object, download)) if object == part.object => download,
            _ => self.begin(&mut state, part, Pace::WHOLE, stop)?,
        };
        let next = state.parts.iter().position(|one| one.object == part.object).and_then(|at| state.parts.get(at + 1));
        if let Some(next) = next.cloned() {
            let download = self.begin(&mut state, &next, Pace::WHOLE, stop)?;
            state.ahead = Some((next.object, download));
        }
        Ok(Input::new(download).watched(None))
    }

    fn head(&self, part: &Part, stop: &Stop) -> Result<Input> {
        Ok(Input::new(self.begin(&mut self.state(), part, Pace::HEAD, stop)?))
    }

    fn reopen(&self, part: &Part, used: Mark, stop: &Stop) -> Option<Result<Input>> {
        let (key, used_bytes) = (part.object.as_str(), used.taken);
        tracing::debug!(key, used = used_bytes, "bytes could not be understood and are fetched once more");
        let before = Some(used).filter(|used| used.taken > 0);
        let mut state = self.state();
        state.abort_downloads(|key| key == part.object);
        Some(self.begin(&mut state, part, Pace::WHOLE, stop).map(|download| Input::new(download).watched(before)))
    }

    fn check_unchanged(&self) -> Result<Vec<Warning>> {
        let (deliveries, is_unpinned) = {
            let state = self.state();
            // With deliveries, their manifests decide.
            (
                state.deliveries.clone(),
                state.deliveries.is_empty() && state.parts.iter().any(|part| part.etag.is_none()),
            )
        };
        let mut warnings = Vec::new();
        let (mut has_etags, mut newer) = (!is_unpinned, Subjects::default());
        for delivery in deliveries {
            let (bucket, key) = (Arc::clone(&self.place.bucket), delivery.manifest.clone());
            let etag = self.runtime.start_task(async move { bucket.etag(&key).await })?;
            let etag = block_on_unless(etag, || self.stop.is_wanted())??;
            if etag.as_ref() == Some(&delivery.manifest_etag) {
                has_etags &= delivery.manifest_etag.is_some();
                continue;
            }
            if delivery.is_overwritten {
                let reason = "it was rewritten while its parts were read".to_owned();
                return Err(Error::SourceChanged { at: Box::new(Location::object(&delivery.manifest)), reason });
            }
            newer.add(&delivery.manifest, String::new);
        }
        if !has_etags {
            warnings.push(no_etags());
        }
        if !newer.is_empty() {
            let what = "the manifest now names a newer delivery; these rows are of the previous one";
            warnings.push(Warning::about("newer_delivery", what, &newer));
        }
        Ok(warnings)
    }

    fn newest(&self) -> Option<Result<Plan>> {
        let wanted = self.wanted.clone()?;
        self.cancel();
        let place = self.place.clone();
        let newest = self.runtime.start_task(async move { newest(&place, &wanted).await });
        let newest = newest.and_then(|newest| block_on_unless(newest, || self.stop.is_wanted())?);
        Some(newest.map(|deliveries| self.set_deliveries(deliveries)))
    }

    fn retries(&self) -> u64 {
        self.retries.load(Ordering::Relaxed)
    }

    fn cancel(&self) {
        let mut state = self.state();
        state.is_over = true;
        state.ahead = None;
        state.abort_downloads(|_| true);
    }
}

fn no_etags() -> Warning {
    Warning::new("no_etags", "the store has no ETags, so a change while reading cannot be detected".to_owned())
}

/// The newest deliveries of the wanted months.
pub(crate) struct Newest {
    pub(crate) deliveries: Vec<(BillingPeriod, Delivery)>,
    /// The months of the report, if a selected one is not among them.
    there: Vec<BillingPeriod>,
}

impl Newest {
    /// Creates the value for one delivery that was named.
    pub(crate) fn named(delivery: (BillingPeriod, Delivery)) -> Self {
        Self { deliveries: vec![delivery], there: Vec::new() }
    }
}

/// Returns the selected months without a delivery.
fn absent<'m>(
    wanted: &'m Months,
    deliveries: &'m [(BillingPeriod, Delivery)],
) -> impl Iterator<Item = &'m BillingPeriod> {
    let selected = match wanted {
        Months::Filter(periods) => periods.as_slice(),
        Months::Required(_) => &[],
    };
    selected.iter().filter(|period| deliveries.iter().all(|(found, _)| found != *period))
}

/// Returns the plan of deliveries, month by month.
fn plan(Newest { deliveries, there }: &Newest, place: &ReportLocation, wanted: Option<&Months>) -> Plan {
    let mut plan = Plan { months: there.iter().copied().collect(), ..Plan::default() };
    if let Some(wanted) = wanted {
        let absent: Subjects = absent(wanted, deliveries).map(ToString::to_string).collect();
        if !absent.is_empty() {
            let mut what = format!("nothing is delivered below {}", place.describe());
            if !there.is_empty() {
                let months: Vec<String> = there.iter().map(ToString::to_string).collect();
                what.push_str(&format!("; the report has {}", listed(&months, months.len() as u64, false)));
            }
            plan.warnings.push(Warning::about("not_delivered", &what, &absent));
        }
    }
    for (period, delivery) in deliveries {
        let month = delivery.plan(*period, &place.bucket);
        plan.parts.extend(month.parts);
        plan.warnings.extend(month.warnings);
    }
    plan
}

/// Returns the newest delivery of each month. Waits some seconds while AWS is writing the next one.
pub(crate) async fn newest(place: &ReportLocation, wanted: &Months) -> Result<Newest> {
    const WAITS: [u64; 3] = [1, 2, 4];
    let mut waits = WAITS.into_iter();
    let one = match wanted {
        Months::Required(period) => Some(*period),
        Months::Filter(_) => None,
    };
    let is_wanted = |period: BillingPeriod| match wanted {
        Months::Filter(periods) if !periods.is_empty() => periods.contains(&period),
        _ => true,
    };
    loop {
        let found = place.periods(one, is_wanted, Timestamp::now()).await;
        match (found, waits.next()) {
            (Err(Error::SourceChanged { .. }), Some(seconds)) => tokio::time::sleep(Duration::from_secs(seconds)).await,
            (found, _) => {
                let found = found?.into_iter().filter_map(|period| Some((period.period, period.delivery?)));
                let deliveries: Vec<_> = found.collect();
                // Without any month, the prefix is probably wrong. With a filter there may be none, which is a warning.
                let is_filter = matches!(wanted, Months::Filter(periods) if !periods.is_empty());
                if deliveries.is_empty() && !is_filter {
                    return Err(wanted.not_delivered(place).await);
                }
                check_no_shared_objects(&deliveries)?;
                let there = match absent(wanted, &deliveries).next() {
                    Some(_) => place.months_there().await.unwrap_or_default(),
                    None => Vec::new(),
                };
                return Ok(Newest { deliveries, there });
            }
        }
    }
}

/// Fails if an object is in two deliveries, which would double its rows.
fn check_no_shared_objects(deliveries: &[(BillingPeriod, Delivery)]) -> Result<()> {
    let mut seen = BTreeSet::new();
    for (_, delivery) in deliveries {
        if let Some(part) = delivery.parts.iter().find(|part| !seen.insert(part.key.as_str())) {
            let reason = format!("`{}` is also listed in another month's manifest", clip(part.key.as_bytes()));
            return Err(Error::Manifest { at: Box::new(Location::object(&delivery.manifest)), reason });
        }
    }
    Ok(())
}
