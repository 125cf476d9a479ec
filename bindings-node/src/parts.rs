//! Plans as JSON text.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;

use crate::answer::{Call, TextAnswer, json};
use crate::options::builder;
use crate::promise::off_thread;

/// Lists the parts of a report, as the JSON text of a plan.
#[napi(ts_return_type = "Promise<TextAnswer>")]
pub fn plan<'env>(env: &'env Env, paths: Vec<String>, options: String, call: &Call) -> napi::Result<Object<'env>> {
    let stop = Arc::clone(&call.stop);
    off_thread::<TextAnswer, _>(env, move || {
        let builder = builder(&options)?.stop_when(move || stop.load(Ordering::Relaxed));
        json(&builder.plan(paths)?)
    })
}
