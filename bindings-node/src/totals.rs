//! Totals as text, from which `lib/totals.js` creates its class.

use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::{Buffer, Either, External, Object};
use napi_derive::napi;
use outlay::Totals;
use outlay::display::Table;

use crate::encode::{buffer, no_ipc};
use crate::failure::Failure;
use crate::options::builder;
use crate::promise::off_thread;

/// The texts of totals, created off the JavaScript thread.
pub struct TotalsFacts {
    totals: Arc<Totals>,
    json: String,
    text: String,
    broken: Option<Failure>,
    /// The closing batch as Arrow IPC.
    batch: Option<Vec<u8>>,
}

impl TotalsFacts {
    /// Sets the error of `check()`.
    pub fn broken_by(self, broken: Option<outlay::Error>) -> Self {
        Self { broken: broken.map(Failure::from), ..self }
    }

    pub fn of(totals: Totals) -> Self {
        let summary = totals.summary();
        let row = |(currency, costs): (&String, &outlay::Costs)| {
            let sums = [costs.billed, costs.effective, costs.list, costs.contracted].map(|sum| sum.to_string());
            [vec![currency.clone()], sums.to_vec()].concat()
        };
        let header = ["", "BilledCost", "EffectiveCost", "ListCost", "ContractedCost"];
        let table = Table::new("", header).rows(summary.costs.iter().map(row)).numeric();
        let text = if summary.costs.is_empty() { summary.to_string() } else { format!("{table}\n\n{summary}") };
        Self {
            // A summary consists of numbers and strings, so serialization does not fail.
            json: serde_json::to_string(&summary).unwrap_or_default(),
            text,
            broken: totals.check().err().map(Failure::from),
            totals: Arc::new(totals),
            batch: None,
        }
    }
}

/// The contents of the JavaScript class `Totals`, or a failure.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct TotalsAnswer {
    /// The native totals, for calls that derive other totals from them.
    pub totals: Option<External<Arc<Totals>>>,
    /// The JSON text that `outlay normalize --json` prints.
    pub json: Option<String>,
    /// Costs, rows, checks, warnings and the outcome as readable text.
    pub text: Option<String>,
    /// The error of `check()`, if a check does not hold.
    pub broken: Option<Failure>,
    /// The closing batch as Arrow IPC, for [`closing_batch`].
    pub bytes: Option<Buffer>,
    pub failure: Option<Failure>,
}

impl From<TotalsFacts> for TotalsAnswer {
    fn from(facts: TotalsFacts) -> Self {
        Self {
            totals: Some(External::new(facts.totals)),
            json: Some(facts.json),
            text: Some(facts.text),
            broken: facts.broken,
            bytes: facts.batch.map(Buffer::from),
            failure: None,
        }
    }
}

impl From<Failure> for TotalsAnswer {
    fn from(failure: Failure) -> Self {
        Self { failure: Some(failure), ..Self::default() }
    }
}

/// Serializes the complete state of totals as text for [`merge_totals`].
#[napi]
pub fn totals_state(totals: &External<Arc<Totals>>) -> String {
    serde_json::to_string(&***totals).unwrap_or_default()
}

/// Merges the totals of several parts. Each is a native object or the text of [`totals_state`].
#[napi(ts_return_type = "Promise<TotalsAnswer>")]
pub fn merge_totals<'env>(
    env: &'env Env,
    parts: Vec<Either<&External<Arc<Totals>>, String>>,
) -> napi::Result<Object<'env>> {
    let parts: Vec<Either<Arc<Totals>, String>> = parts
        .into_iter()
        .map(|part| match part {
            Either::A(totals) => Either::A(Arc::clone(totals)),
            Either::B(state) => Either::B(state),
        })
        .collect();
    off_thread::<TotalsAnswer, _>(env, move || {
        let mut merged = Totals::default();
        for part in parts {
            match part {
                Either::A(totals) => merged.merge(&totals)?,
                Either::B(state) => merged.merge(&serde_json::from_str(&state).map_err(no_state)?)?,
            }
        }
        Ok(TotalsFacts::of(merged))
    })
}

/// Compares totals with a plan, given as JSON text, and returns the compared totals.
#[napi(ts_return_type = "Promise<TotalsAnswer>")]
pub fn check_against<'env>(env: &'env Env, totals: &External<Arc<Totals>>, plan: String) -> napi::Result<Object<'env>> {
    let totals = Arc::clone(totals);
    off_thread::<TotalsAnswer, _>(env, move || {
        let plan = serde_json::from_str(&plan)
            .map_err(|error| Failure::own("OUTLAY_OPTION", format!("that is no plan: {error}")))?;
        let mut totals = Totals::clone(&totals);
        totals.check_against(&plan)?;
        Ok(TotalsFacts::of(totals))
    })
}

/// Computes the closing batch from the totals of all parts, and returns the totals that include it.
#[napi(ts_return_type = "Promise<TotalsAnswer>")]
pub fn closing_batch<'env>(
    env: &'env Env,
    totals: &External<Arc<Totals>>,
    options: String,
) -> napi::Result<Object<'env>> {
    let totals = Arc::clone(totals);
    off_thread::<TotalsAnswer, _>(env, move || {
        let mut totals = Totals::clone(&totals);
        let batch = builder(&options)?.closing_batch(&mut totals)?;
        let batch = batch.map(|batch| buffer(&batch, Vec::new())).transpose().map_err(no_ipc)?;
        Ok(TotalsFacts { batch, ..TotalsFacts::of(totals) })
    })
}

fn no_state(error: serde_json::Error) -> Failure {
    Failure::own("OUTLAY_OPTION", format!("that is no state of totals: {error}"))
}
