//! A connector as JavaScript holds it: each question has a thread for as long as its answer takes.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use outlay::{Accounts, BillingPeriod, ConnectorBuilder, ConnectorConfig, Diagnosis, Error, ExternalId, wait_until};
use serde::Serialize;

use crate::answer::{Call, TextAnswer, json, parsed};
use crate::failure::{Failure, guarded};
use crate::input::Input;
use crate::options::builder;
use crate::promise::off_thread;
use crate::reader::{Opened, open};

/// A connector to a report in AWS.
#[napi]
pub struct Connector(outlay::Connector);

/// What a configuration does not have.
#[napi(object, object_to_js = false)]
pub struct Secrets {
    pub external_id: Option<String>,
    pub access_key_id: Option<String>,
    pub secret_access_key: Option<String>,
    pub session_token: Option<String>,
}

/// A connector, or why there is none.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct Connected {
    pub connector: Option<Connector>,
    pub failure: Option<Failure>,
}

/// What was found out about a set-up.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct DiagnosisAnswer {
    pub json: Option<String>,
    /// The table for people.
    pub text: Option<String>,
    pub is_ready: Option<bool>,
    pub failure: Option<Failure>,
}

/// A connector by its configuration, which is JSON text, and its secrets.
#[napi]
pub fn connect(config: String, secrets: Secrets) -> Connected {
    guarded(|| Ok(settings(&config, secrets)?.build()?)).into()
}

fn settings(config: &str, secrets: Secrets) -> Result<ConnectorBuilder, Failure> {
    let config: ConnectorConfig = parsed(config, "configuration of a connector")?;
    let mut builder = outlay::Connector::from_config(config);
    if let Some(external_id) = secrets.external_id {
        builder = builder.external_id(ExternalId::new(external_id)?);
    }
    match (secrets.access_key_id, secrets.secret_access_key, secrets.session_token) {
        (Some(id), Some(secret), session_token) => Ok(builder.access_key(id, secret, session_token)),
        (None, None, None) => Ok(builder),
        (id, ..) => {
            let names = ("accessKeyId", "secretAccessKey");
            let (missing, other) = if id.is_none() { names } else { (names.1, names.0) };
            let reason = format!("option `{missing}`: it comes with `{other}`, and `sessionToken` with both");
            Err(Failure::own("OUTLAY_OPTION", reason))
        }
    }
}

#[napi]
impl Connector {
    /// The settings as JSON, without secrets.
    #[napi(getter)]
    pub fn config(&self) -> TextAnswer {
        json(self.0.config()).into()
    }

    /// The account that is read.
    #[napi(getter)]
    pub fn account(&self) -> Option<String> {
        self.0.account().map(str::to_owned)
    }

    /// The same connector with other settings.
    #[napi]
    pub fn reconfigure(&self, config: String, secrets: Secrets) -> Connected {
        guarded(|| Ok(self.0.reconfigure(settings(&config, secrets)?)?)).into()
    }

    /// Looks at everything that reading needs.
    #[napi(ts_return_type = "Promise<DiagnosisAnswer>")]
    pub fn verify<'env>(&self, env: &'env Env, call: &Call) -> napi::Result<Object<'env>> {
        let (connector, stop) = (self.0.clone(), Arc::clone(&call.stop));
        off_thread::<DiagnosisAnswer, Diagnosis>(env, move || {
            Ok(wait_until(connector.verify(), || stop.load(Ordering::Relaxed))?)
        })
    }

    /// The accounts behind the report.
    #[napi(ts_return_type = "Promise<TextAnswer>")]
    pub fn discover<'env>(&self, env: &'env Env, call: &Call) -> napi::Result<Object<'env>> {
        self.ask(env, call, |connector| async move { connector.discover().await })
    }

    /// All reports and exports.
    #[napi(ts_return_type = "Promise<TextAnswer>")]
    pub fn reports<'env>(&self, env: &'env Env, call: &Call) -> napi::Result<Object<'env>> {
        self.ask(env, call, |connector| async move { connector.reports().await })
    }

    /// The months of the report.
    #[napi(ts_return_type = "Promise<TextAnswer>")]
    pub fn periods<'env>(&self, env: &'env Env, call: &Call) -> napi::Result<Object<'env>> {
        self.ask(env, call, |connector| async move { connector.periods().await })
    }

    /// The parts of a month.
    #[napi(ts_return_type = "Promise<TextAnswer>")]
    pub fn plan<'env>(
        &self,
        env: &'env Env,
        period: String,
        options: String,
        call: &Call,
    ) -> napi::Result<Object<'env>> {
        let (connector, stop) = (self.0.clone(), Arc::clone(&call.stop));
        off_thread::<TextAnswer, _>(env, move || {
            let asked = Arc::clone(&stop);
            let builder = builder(&options)?.stop_when(move || asked.load(Ordering::Relaxed));
            let plan = wait_until(connector.plan(&period, &builder), || stop.load(Ordering::Relaxed))??;
            json(&plan)
        })
    }

    /// Brings a month into a folder: the path of its manifest, as JSON.
    #[napi(ts_return_type = "Promise<TextAnswer>")]
    pub fn spool<'env>(
        &self,
        env: &'env Env,
        period: String,
        folder: String,
        call: &Call,
    ) -> napi::Result<Object<'env>> {
        self.ask(env, call, |connector| async move { connector.spool(&period, folder).await })
    }

    /// Opens a month, when something is wished for.
    #[napi]
    pub fn open_period(&self, period: String, options: String) -> Opened {
        open(&options, || {
            let month: BillingPeriod = period.parse()?;
            Ok(Input::Month(self.0.clone(), month.to_string()))
        })
    }

    /// Opens one part of a plan, which is JSON text.
    #[napi]
    pub fn open_part(&self, part: String, options: String) -> Opened {
        open(&options, || Ok(Input::PartOf(self.0.clone(), Box::new(parsed(&part, "part of a plan")?))))
    }

    fn ask<'env, T, F>(
        &self,
        env: &'env Env,
        call: &Call,
        question: impl FnOnce(outlay::Connector) -> F + Send + 'static,
    ) -> napi::Result<Object<'env>>
    where
        T: Serialize,
        F: Future<Output = Result<T, Error>>,
    {
        let (connector, stop) = (self.0.clone(), Arc::clone(&call.stop));
        off_thread::<TextAnswer, _>(env, move || {
            let answer = wait_until(question(connector), || stop.load(Ordering::Relaxed))??;
            json(&answer)
        })
    }
}

/// What has changed between two results of [`Connector::discover`], all of it JSON text.
#[napi]
pub fn account_changes(now: String, earlier: String) -> TextAnswer {
    const WHAT: &str = "result of discover()";
    guarded(|| {
        let (now, earlier): (Accounts, Accounts) = (parsed(&now, WHAT)?, parsed(&earlier, WHAT)?);
        json(&now.changes_since(&earlier))
    })
    .into()
}

impl From<Result<outlay::Connector, Failure>> for Connected {
    fn from(result: Result<outlay::Connector, Failure>) -> Self {
        match result {
            Ok(connector) => Self { connector: Some(Connector(connector)), failure: None },
            Err(failure) => Self { connector: None, failure: Some(failure) },
        }
    }
}

impl From<Diagnosis> for DiagnosisAnswer {
    fn from(diagnosis: Diagnosis) -> Self {
        match json(&diagnosis) {
            Ok(json) => Self {
                json: Some(json),
                text: Some(diagnosis.to_string()),
                is_ready: Some(diagnosis.is_ready()),
                failure: None,
            },
            Err(failure) => failure.into(),
        }
    }
}

impl From<Failure> for DiagnosisAnswer {
    fn from(failure: Failure) -> Self {
        Self { failure: Some(failure), ..Self::default() }
    }
}
