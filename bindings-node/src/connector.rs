//! The connector as an addon class. Each asynchronous call runs on its own thread and resolves a promise.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use napi::Env;
use napi::bindgen_prelude::{Function, Object};
use napi_derive::napi;
use outlay::{
    Accounts, BillingPeriod, ConnectorBuilder, ConnectorConfig, Diagnosis, Error, ExternalId, block_on_unless,
};
use serde::Serialize;

use crate::answer::{Call, TextAnswer, json, parsed};
use crate::credentials::asked;
use crate::failure::{Failure, guarded};
use crate::input::Input;
use crate::options::builder;
use crate::promise::off_thread;
use crate::reader::{Opened, open};
use crate::report::ReportAnswer;

/// A connector to a report in AWS.
#[napi]
pub struct Connector(outlay::Connector);

/// The secrets of a connector, which are not part of its configuration.
#[napi(object, object_to_js = false)]
pub struct Secrets {
    pub external_id: Option<String>,
    pub access_key_id: Option<String>,
    pub secret_access_key: Option<String>,
    pub session_token: Option<String>,
}

/// A connector, or the failure to create it. Exactly one of the two fields is set.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct Connected {
    pub connector: Option<Connector>,
    pub failure: Option<Failure>,
}

/// The result of [`Connector::verify`], or its failure.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct DiagnosisAnswer {
    pub json: Option<String>,
    /// The findings as a table.
    pub text: Option<String>,
    pub is_ready: Option<bool>,
    pub failure: Option<Failure>,
}

/// Creates a connector from its configuration, given as JSON text, and its secrets.
///
/// `ask` is called with the number of a question for credentials, if they come from a function of the caller.
#[napi]
pub fn connect(
    config: String,
    secrets: Secrets,
    #[napi(ts_arg_type = "((question: number) => void) | undefined")] ask: Option<Function<'_, u32, ()>>,
) -> Connected {
    guarded(|| Ok(with_credentials(settings(&config, secrets)?, ask)?.build()?)).into()
}

fn with_credentials(
    builder: ConnectorBuilder,
    ask: Option<Function<'_, u32, ()>>,
) -> Result<ConnectorBuilder, Failure> {
    let Some(ask) = ask else { return Ok(builder) };
    Ok(builder.credentials(asked(&ask).map_err(Failure::fault)?))
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

    /// The AWS account of the role, as 12 digits.
    #[napi(getter)]
    pub fn account(&self) -> Option<String> {
        self.0.account().map(str::to_owned)
    }

    /// Creates a connector to the same account with other settings.
    #[napi]
    pub fn reconfigure(
        &self,
        config: String,
        secrets: Secrets,
        #[napi(ts_arg_type = "((question: number) => void) | undefined")] ask: Option<Function<'_, u32, ()>>,
    ) -> Connected {
        guarded(|| Ok(self.0.reconfigure(with_credentials(settings(&config, secrets)?, ask)?)?)).into()
    }

    /// Checks every requirement for reading the report.
    #[napi(ts_return_type = "Promise<DiagnosisAnswer>")]
    pub fn verify<'env>(&self, env: &'env Env, cost_explorer: bool, call: &Call) -> napi::Result<Object<'env>> {
        let (connector, stop) = (self.0.clone(), Arc::clone(&call.stop));
        off_thread::<DiagnosisAnswer, Diagnosis>(env, move || {
            let verify = async {
                match cost_explorer {
                    true => connector.verify().await,
                    false => connector.verify_without_cost_explorer().await,
                }
            };
            Ok(block_on_unless(verify, || stop.load(Ordering::Relaxed))?)
        })
    }

    /// Lists the accounts of the report, as JSON.
    #[napi(ts_return_type = "Promise<TextAnswer>")]
    pub fn discover<'env>(&self, env: &'env Env, call: &Call) -> napi::Result<Object<'env>> {
        self.ask(env, call, |connector| async move { connector.discover().await })
    }

    /// Lists all reports and exports of the account, as JSON.
    #[napi(ts_return_type = "Promise<TextAnswer>")]
    pub fn reports<'env>(&self, env: &'env Env, call: &Call) -> napi::Result<Object<'env>> {
        self.ask(env, call, |connector| async move { connector.reports().await })
    }

    /// Lists the months of the report, as JSON.
    #[napi(ts_return_type = "Promise<TextAnswer>")]
    pub fn periods<'env>(&self, env: &'env Env, call: &Call) -> napi::Result<Object<'env>> {
        self.ask(env, call, |connector| async move { connector.periods().await })
    }

    /// Lists the parts of a month, as JSON.
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
            let plan = block_on_unless(connector.plan(&period, &builder), || stop.load(Ordering::Relaxed))??;
            json(&plan)
        })
    }

    /// Downloads a month into a folder and returns the path of its manifest, as JSON.
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

    /// Returns a reader of a month. The month is opened by the first request to the reader.
    #[napi]
    pub fn open_period(&self, period: String, options: String) -> Opened {
        open(&options, || {
            let month: BillingPeriod = period.parse()?;
            Ok(Input::Month(self.0.clone(), month.to_string()))
        })
    }

    /// Returns a month as a report that can be read again.
    #[napi(ts_return_type = "Promise<ReportAnswer>")]
    pub fn open<'env>(
        &self,
        env: &'env Env,
        period: String,
        options: String,
        call: &Call,
    ) -> napi::Result<Object<'env>> {
        let (connector, stop) = (self.0.clone(), Arc::clone(&call.stop));
        off_thread::<ReportAnswer, outlay::Report>(env, move || {
            let builder = builder(&options)?;
            Ok(block_on_unless(connector.open(&period, builder), || stop.load(Ordering::Relaxed))??)
        })
    }

    /// Returns a reader of one part of a plan, given as JSON text.
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
            let answer = block_on_unless(question(connector), || stop.load(Ordering::Relaxed))??;
            json(&answer)
        })
    }
}

/// Compares two results of [`Connector::discover`]. Arguments and result are JSON text.
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
