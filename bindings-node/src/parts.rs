//! Plans, as JSON text.

use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;

use crate::failure::Failure;
use crate::options::builder;
use crate::promise::off_thread;

/// The parts of a report, and what else there is to say.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct PlanAnswer {
    pub plan: Option<String>,
    pub failure: Option<Failure>,
}

impl From<String> for PlanAnswer {
    fn from(plan: String) -> Self {
        Self { plan: Some(plan), failure: None }
    }
}

impl From<Failure> for PlanAnswer {
    fn from(failure: Failure) -> Self {
        Self { plan: None, failure: Some(failure) }
    }
}

/// The parts of a report.
#[napi(ts_return_type = "Promise<PlanAnswer>")]
pub fn plan<'env>(env: &'env Env, paths: Vec<String>, options: String) -> napi::Result<Object<'env>> {
    off_thread::<PlanAnswer, _>(env, move || {
        let plan = builder(&options)?.plan(paths)?;
        // Plain texts and numbers, which JSON always has.
        Ok(serde_json::to_string(&plan).unwrap_or_default())
    })
}
