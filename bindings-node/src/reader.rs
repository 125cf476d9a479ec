//! The reader as JavaScript holds it: wishes go in, promises come out.

use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use outlay::sink::{Numbers, Target};

use crate::answer::parsed;
use crate::encode::Product;
use crate::failure::{Failure, guarded};
use crate::input::{Chunks, Input, Opening};
use crate::item::{ColumnsAnswer, Item, WriteAnswer};
use crate::options::builder;
use crate::promise::Make;
use crate::quarantined::QuarantinedAnswer;
use crate::shared::{Ask, Shared};
use crate::totals::TotalsAnswer;

/// A report that is being read.
#[napi]
pub struct Reader(Arc<Shared>);

/// A reader, or why there is none.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct Opened {
    pub reader: Option<Reader>,
    pub failure: Option<Failure>,
}

/// Opens files, folders and manifests, when something is wished for.
#[napi]
pub fn open_paths(paths: Vec<String>, options: String) -> Opened {
    open(&options, || Ok(Input::Paths(paths)))
}

/// Opens one part of a plan, which is JSON text.
#[napi]
pub fn open_part(part: String, options: String) -> Opened {
    open(&options, || Ok(Input::Part(Box::new(parsed(&part, "part of a plan")?))))
}

/// Opens bytes, which are given to the reader.
#[napi]
pub fn open_bytes(options: String) -> Opened {
    open(&options, || Ok(Input::Bytes(Chunks::default())))
}

/// A reader, which begins when something is wished for.
pub fn open(options: &str, input: impl FnOnce() -> Result<Input, Failure>) -> Opened {
    let opened = guarded(|| Ok(Shared::new(Opening { builder: builder(options)?, input: input()? })));
    match opened {
        Ok(shared) => Opened { reader: Some(Reader(shared)), failure: None },
        Err(failure) => Opened { reader: None, failure: Some(failure) },
    }
}

#[napi]
impl Reader {
    /// Adds bytes, which are copied; before anything is wished for.
    #[napi]
    pub fn feed(&self, bytes: &[u8]) {
        self.0.feed(bytes);
    }

    /// Asks for Arrow IPC: in buffers of their own, or as one stream.
    #[napi]
    pub fn begin_ipc(&self, is_stream: bool) {
        self.0.begin(if is_stream { Product::Stream } else { Product::Buffers });
    }

    /// Asks for rows as JSON text.
    #[napi]
    pub fn begin_rows(&self, as_numbers: bool) {
        self.0.begin(Product::Rows(if as_numbers { Numbers::Number } else { Numbers::Text }));
    }

    /// Asks for a file: `parquet`, `ipc` or `csv`.
    #[napi]
    pub fn begin_file(&self, path: String, kind: String, threads: Option<u32>) -> napi::Result<()> {
        let format = kind.parse().map_err(|error: outlay::Error| napi::Error::from_reason(error.to_string()))?;
        let target = Target::new(path, format);
        let target = threads.into_iter().fold(target, |target, threads| target.threads(threads as usize));
        self.0.begin(Product::File(target));
        Ok(())
    }

    /// The next piece of what was asked for; of a file, that a batch is in it.
    #[napi(ts_return_type = "Promise<Item>")]
    pub fn next<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let (deferred, promise) = env.create_deferred::<Item, Make<Item>>()?;
        self.0.next(deferred);
        Ok(promise)
    }

    /// The totals of what was made so far.
    #[napi(ts_return_type = "Promise<TotalsAnswer>")]
    pub fn totals<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let (deferred, promise) = env.create_deferred::<TotalsAnswer, Make<TotalsAnswer>>()?;
        self.0.ask(Ask::Totals(deferred));
        Ok(promise)
    }

    /// The records that were set aside since the last call.
    #[napi(ts_return_type = "Promise<QuarantinedAnswer>")]
    pub fn quarantined<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let (deferred, promise) = env.create_deferred::<QuarantinedAnswer, Make<QuarantinedAnswer>>()?;
        self.0.ask(Ask::Quarantined(deferred));
        Ok(promise)
    }

    /// The names of all columns.
    #[napi(ts_return_type = "Promise<ColumnsAnswer>")]
    pub fn columns<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let (deferred, promise) = env.create_deferred::<ColumnsAnswer, Make<ColumnsAnswer>>()?;
        self.0.ask(Ask::Columns(deferred));
        Ok(promise)
    }

    /// Whether all batches may be written to a file: it is none of those that are read, and nothing was taken.
    #[napi(ts_return_type = "Promise<WriteAnswer>")]
    pub fn may_write<'env>(&self, env: &'env Env, path: String) -> napi::Result<Object<'env>> {
        let (deferred, promise) = env.create_deferred::<WriteAnswer, Make<WriteAnswer>>()?;
        self.0.ask(Ask::MayWrite(path, deferred));
        Ok(promise)
    }

    /// Gives up threads, files and memory; what is known stays.
    #[napi]
    pub fn close(&self) {
        self.0.close();
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.0.close();
    }
}
