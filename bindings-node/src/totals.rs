//! The totals, as text that JavaScript's own class is made of.

use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::{Buffer, Either, External, Object};
use napi_derive::napi;
use outlay::Totals;

use crate::encode::{buffer, no_ipc};
use crate::failure::Failure;
use crate::options::builder;
use crate::promise::off_thread;

/// Totals as text, made where that may take its time.
pub struct TotalsFacts {
    totals: Arc<Totals>,
    json: String,
    proof: String,
    broken: Option<Failure>,
    /// The closing batch.
    batch: Option<Vec<u8>>,
}

impl TotalsFacts {
    pub fn of(totals: Totals) -> Self {
        let summary = totals.summary();
        Self {
            // A summary is made of numbers and texts, which JSON always has.
            json: serde_json::to_string(&summary).unwrap_or_default(),
            proof: summary.to_string(),
            broken: totals.check().err().map(Failure::from),
            totals: Arc::new(totals),
            batch: None,
        }
    }
}

/// What a `Totals` of JavaScript's is made of.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct TotalsAnswer {
    /// The totals themselves, for what makes others of them.
    pub totals: Option<External<Arc<Totals>>>,
    /// The JSON text of `normalize --json`.
    pub json: Option<String>,
    /// Rows, checks, warnings and the verdict, for people.
    pub proof: Option<String>,
    /// Why the totals prove nothing.
    pub broken: Option<Failure>,
    /// The closing batch that belongs to them, as Arrow IPC.
    pub bytes: Option<Buffer>,
    pub failure: Option<Failure>,
}

impl From<TotalsFacts> for TotalsAnswer {
    fn from(facts: TotalsFacts) -> Self {
        Self {
            totals: Some(External::new(facts.totals)),
            json: Some(facts.json),
            proof: Some(facts.proof),
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

/// All there is to know of totals, as text for [`merge_totals`].
#[napi]
pub fn totals_state(totals: &External<Arc<Totals>>) -> String {
    serde_json::to_string(&***totals).unwrap_or_default()
}

/// The totals of several parts, each of which is given as it is or as the text of its state.
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

/// The totals compared with a plan, which is JSON text.
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

/// The rows that only the totals of all parts show, and the totals settled with them.
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
