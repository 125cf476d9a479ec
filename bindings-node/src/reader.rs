//! The reader as JavaScript holds it: wishes go in, promises come out.

use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use outlay::Progress;
use outlay::sink::Numbers;

use crate::answer::parsed;
use outlay::sink::Target;

use crate::encode::{Made, Product};
use crate::failure::{Failure, guarded};
use crate::input::{Chunks, Input, Opening};
use crate::lent::Lent;
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

/// A piece of what was wished for, or the end.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct Item {
    /// Arrow IPC.
    pub bytes: Option<Lent>,
    /// Rows as a JSON array.
    pub text: Option<String>,
    /// How far the read is, where that is new.
    pub progress: Option<Reached>,
    pub is_end: bool,
    /// Whether the reader was closed.
    pub is_stopped: bool,
    pub failure: Option<Failure>,
}

/// How far a read is.
#[napi(object, object_from_js = false)]
pub struct Reached {
    pub bytes_done: i64,
    /// 0 where it is not known.
    pub bytes_total: i64,
    pub rows: i64,
}

/// Names of columns.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct ColumnsAnswer {
    pub columns: Option<Vec<String>>,
    pub failure: Option<Failure>,
}

/// Whether a file may be written.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct WriteAnswer {
    /// Why not, although the report can be read: another file may be.
    pub refused: Option<Failure>,
    /// Why the report cannot be read.
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

impl Item {
    /// What those who wait get from a reader that is closed.
    pub fn stopped() -> Self {
        Self { is_stopped: true, ..Self::default() }
    }
}

impl From<Made> for Item {
    fn from(made: Made) -> Self {
        match made {
            Made::Bytes(bytes, progress) => {
                Self { bytes: Some(bytes), progress: Some(progress.into()), ..Self::default() }
            }
            Made::Text(text, progress) => {
                Self { text: Some(text), progress: progress.map(Into::into), ..Self::default() }
            }
            Made::Written(progress) => Self { progress: Some(progress.into()), ..Self::default() },
            Made::Failure(failure) => Self { failure: Some(failure), ..Self::default() },
        }
    }
}

impl From<Progress> for Reached {
    fn from(progress: Progress) -> Self {
        let number = |number| i64::try_from(number).unwrap_or(i64::MAX);
        Self {
            bytes_done: number(progress.bytes_done),
            bytes_total: number(progress.bytes_total),
            rows: number(progress.rows),
        }
    }
}

impl From<Vec<String>> for ColumnsAnswer {
    fn from(columns: Vec<String>) -> Self {
        Self { columns: Some(columns), failure: None }
    }
}

impl From<Option<Failure>> for WriteAnswer {
    fn from(refused: Option<Failure>) -> Self {
        Self { refused, failure: None }
    }
}

impl From<Failure> for WriteAnswer {
    fn from(failure: Failure) -> Self {
        Self { refused: None, failure: Some(failure) }
    }
}

impl From<Failure> for ColumnsAnswer {
    fn from(failure: Failure) -> Self {
        Self { columns: None, failure: Some(failure) }
    }
}
