//! A report that can be read again, as an addon class. The core does the work on other threads.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use napi::Env;
use napi::bindgen_prelude::{Function, Object, Uint8Array};
use napi_derive::napi;
use outlay::sink::{Numbers, json_rows};

use crate::answer::{Call, TextAnswer, json};
use crate::failure::{Failure, guarded};
use crate::input::{Input, STREAM, names};
use crate::options::{builder, changed};
use crate::pipe::{Pipe, PipeReader};
use crate::promise::{lock, off_thread};
use crate::reader::{Opened, open_with};
use crate::totals::{TotalsAnswer, TotalsFacts};

/// A report that can be read any number of times. `None` after it was closed.
#[napi]
pub struct Report(Mutex<Option<outlay::Report>>);

/// A report, or the failure to create it. Exactly one of the two fields is set.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct ReportAnswer {
    pub report: Option<Report>,
    pub failure: Option<Failure>,
}

impl From<outlay::Report> for ReportAnswer {
    fn from(report: outlay::Report) -> Self {
        Self { report: Some(Report(Mutex::new(Some(report)))), failure: None }
    }
}

impl From<Failure> for ReportAnswer {
    fn from(failure: Failure) -> Self {
        Self { report: None, failure: Some(failure) }
    }
}

fn answer(open: impl FnOnce() -> Result<outlay::Report, Failure>) -> ReportAnswer {
    match guarded(open) {
        Ok(report) => report.into(),
        Err(failure) => failure.into(),
    }
}

/// Returns the report behind paths.
#[napi]
pub fn report_of_paths(paths: Vec<String>, options: String) -> ReportAnswer {
    answer(|| Ok(builder(&options)?.open(paths)?))
}

/// Returns the report whose parts are copies of `parts`.
#[napi]
pub fn report_of_bytes(parts: Vec<Uint8Array>, options: String) -> ReportAnswer {
    let names = names(parts.len());
    answer(|| Ok(builder(&options)?.open_bytes_all(names.zip(parts.iter().map(|part| part.to_vec())))?))
}

/// A stream that is copied to a temporary file, of which a report is made.
#[napi]
pub struct Spool(Arc<Pipe>);

#[napi]
impl Spool {
    /// `pull` is called when bytes are needed, which are passed to [`Spool::supply`].
    #[napi(constructor)]
    pub fn new(#[napi(ts_arg_type = "() => void")] pull: Function<'_, (), ()>) -> napi::Result<Self> {
        Ok(Self(Pipe::new(&pull)?))
    }

    /// Appends a copy of `chunk` to the stream. Without a chunk, ends it: well, or with the message of its error.
    #[napi]
    pub fn supply(&self, chunk: Option<&[u8]>, error: Option<String>) {
        self.0.supply(chunk, error);
    }

    /// Copies the stream to its end, and returns the report.
    #[napi(ts_return_type = "Promise<ReportAnswer>")]
    pub fn open<'env>(&self, env: &'env Env, options: String) -> napi::Result<Object<'env>> {
        let pipe = PipeReader(Arc::clone(&self.0));
        off_thread::<ReportAnswer, outlay::Report>(env, move || Ok(builder(&options)?.open_stream(STREAM, pipe)?))
    }

    /// Ends the copy, which removes the file, unless the report was returned.
    #[napi]
    pub fn close(&self) {
        self.0.close();
    }
}

#[napi]
impl Report {
    /// Returns a reader of a pass with changed options. The pass is started by the first request to the reader.
    #[napi]
    pub fn read(&self, options: String) -> Opened {
        open_with(|| {
            let report = self.get()?;
            Ok((changed(report.options(), &options)?, Input::Report(Box::new(report))))
        })
    }

    /// Returns the first rows as JSON text.
    #[napi(ts_return_type = "Promise<TextAnswer>")]
    pub fn head<'env>(
        &self,
        env: &'env Env,
        rows: u32,
        as_numbers: bool,
        options: String,
        call: &Call,
    ) -> napi::Result<Object<'env>> {
        let numbers = if as_numbers { Numbers::Number } else { Numbers::Text };
        self.ask(env, options, call, move |report| {
            let batch = report.head(rows as usize)?;
            Ok(json_rows(&batch, 0..batch.num_rows(), numbers)?)
        })
    }

    /// Returns the names of all columns as JSON text.
    #[napi(ts_return_type = "Promise<TextAnswer>")]
    pub fn columns<'env>(&self, env: &'env Env, options: String, call: &Call) -> napi::Result<Object<'env>> {
        self.ask(env, options, call, |report| {
            let schema = report.schema()?;
            json(&schema.fields().iter().map(|field| field.name()).collect::<Vec<_>>())
        })
    }

    /// Returns the selected parts as the JSON text of a plan.
    #[napi(ts_return_type = "Promise<TextAnswer>")]
    pub fn plan<'env>(&self, env: &'env Env, call: &Call) -> napi::Result<Object<'env>> {
        self.ask(env, "{}".to_owned(), call, |report| json(&report.plan()?))
    }

    /// Selects the parts again.
    #[napi(ts_return_type = "Promise<TextAnswer>")]
    pub fn refresh<'env>(&self, env: &'env Env, call: &Call) -> napi::Result<Object<'env>> {
        self.ask(env, "{}".to_owned(), call, |report| json(&report.refresh()?))
    }

    /// Returns the totals of the pass that ended last; nothing if no pass has ended. Its check fails as that of the report.
    #[napi(ts_return_type = "Promise<TotalsAnswer>")]
    pub fn last_pass<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let report = self.get();
        off_thread::<TotalsAnswer, TotalsAnswer>(env, move || {
            let report = report?;
            let broken = report.check().err();
            Ok(report.last_pass().map(|totals| TotalsFacts::of(totals).broken_by(broken).into()).unwrap_or_default())
        })
    }

    /// The address of the report and its selected parts.
    #[napi]
    pub fn describe(&self) -> String {
        lock(&self.0).as_ref().map_or_else(|| "closed".to_owned(), ToString::to_string)
    }

    /// Releases the report. A temporary file of it is removed when the passes that read it are over.
    #[napi]
    pub fn close(&self) {
        lock(&self.0).take();
    }

    fn get(&self) -> Result<outlay::Report, Failure> {
        let closed = || Failure::own("OUTLAY_CONSUMED", "the report was closed: open it again");
        lock(&self.0).clone().ok_or_else(closed)
    }

    fn ask<'env>(
        &self,
        env: &'env Env,
        options: String,
        call: &Call,
        question: impl FnOnce(&outlay::Report) -> Result<String, Failure> + Send + 'static,
    ) -> napi::Result<Object<'env>> {
        let (report, stop) = (self.get(), Arc::clone(&call.stop));
        off_thread::<TextAnswer, _>(env, move || {
            let report = report?;
            let options = changed(report.options(), &options)?.stop_when(move || stop.load(Ordering::Relaxed));
            question(&report.for_pass(options)?)
        })
    }
}
