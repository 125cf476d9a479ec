//! The reader as an addon class. Its methods send requests to the thread of the read and return promises.

use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::{Function, Object};
use napi_derive::napi;
use outlay::ReaderBuilder;
use outlay::sink::{CsvOptions, Numbers};

use crate::answer::parsed;
use crate::encode::Product;
use crate::failure::{Failure, guarded};
use crate::input::{Chunks, Input, Opening};
use crate::item::{ColumnsAnswer, Item, WriteAnswer};
use crate::options::builder;
use crate::pipe::{Pipe, PipeReader};
use crate::promise::Make;
use crate::quarantined::QuarantinedAnswer;
use crate::shared::{Request, Shared};
use crate::target::{FileSettings, StreamSettings};
use crate::totals::TotalsAnswer;

/// A report that is being read.
#[napi]
pub struct Reader(Arc<Shared>);

/// A reader, or the failure to create it. Exactly one of the two fields is set.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct Opened {
    pub reader: Option<Reader>,
    pub failure: Option<Failure>,
}

/// Returns a reader of files, folders and manifests.
#[napi]
pub fn open_paths(paths: Vec<String>, options: String) -> Opened {
    open(&options, || Ok(Input::Paths(paths)))
}

/// Returns a reader of one part of a plan, given as JSON text.
#[napi]
pub fn open_part(part: String, options: String) -> Opened {
    open(&options, || Ok(Input::Part(Box::new(parsed(&part, "part of a plan")?))))
}

/// Returns a reader of the bytes of one or more parts, which are passed to [`Reader::feed`].
#[napi]
pub fn open_bytes(parts: u32, options: String) -> Opened {
    open(&options, || Ok(Input::Bytes((0..parts).map(|_| Chunks::default()).collect())))
}

/// Returns a reader of a stream. `pull` is called when bytes are needed, which are passed to [`Reader::supply`].
#[napi]
pub fn open_stream(
    options: String,
    #[napi(ts_arg_type = "() => void")] pull: Function<'_, (), ()>,
) -> napi::Result<Opened> {
    let pipe = Pipe::new(&pull)?;
    Ok(open(&options, || Ok(Input::Stream(PipeReader(pipe)))))
}

/// Creates a reader. The report is opened by the first request.
pub fn open(options: &str, input: impl FnOnce() -> Result<Input, Failure>) -> Opened {
    open_with(|| Ok((builder(options)?, input()?)))
}

/// Creates a reader of an input with the options of a builder.
pub fn open_with(opening: impl FnOnce() -> Result<(ReaderBuilder, Input), Failure>) -> Opened {
    let opened = guarded(|| {
        let (builder, input) = opening()?;
        Ok(Shared::new(Opening { builder, input }))
    });
    match opened {
        Ok(shared) => Opened { reader: Some(Reader(shared)), failure: None },
        Err(failure) => Opened { reader: None, failure: Some(failure) },
    }
}

#[napi]
impl Reader {
    /// Appends a copy of `bytes` to a part of the report, counted from 0. Must be called before the first request.
    #[napi]
    pub fn feed(&self, part: u32, bytes: &[u8]) {
        self.0.feed(part as usize, bytes);
    }

    /// Appends a copy of `chunk` to the stream. Without a chunk, ends it: well, or with the message of its error.
    #[napi]
    pub fn supply(&self, chunk: Option<&[u8]>, error: Option<String>) {
        self.0.supply(chunk, error);
    }

    /// Sets the output to Arrow IPC: one stream if `is_stream`, otherwise a complete stream per batch.
    #[napi]
    pub fn begin_ipc(&self, is_stream: bool) {
        self.0.begin(if is_stream { Product::Stream } else { Product::Buffers });
    }

    /// Sets the output to rows as JSON in columns. Decimals are numbers if `as_numbers`, otherwise strings.
    #[napi]
    pub fn begin_rows(&self, as_numbers: bool) {
        self.0.begin(Product::Rows(if as_numbers { Numbers::Number } else { Numbers::Text }));
    }

    /// Sets the output to rows as lines of JSON. Decimals are numbers if `as_numbers`, otherwise strings.
    #[napi]
    pub fn begin_lines(&self, as_numbers: bool) {
        self.0.begin(Product::Lines(if as_numbers { Numbers::Number } else { Numbers::Text }));
    }

    /// Sets the output to the bytes of a CSV file.
    #[napi]
    pub fn begin_csv(&self, spreadsheet_safe: bool) {
        self.0.begin(Product::Csv(CsvOptions::default().spreadsheet_safe(spreadsheet_safe)));
    }

    /// Sets the output to the bytes of a Parquet file.
    #[napi]
    pub fn begin_parquet(&self, stream: StreamSettings) {
        self.0.begin(Product::Parquet(stream));
    }

    /// Sets the output to a file.
    #[napi]
    pub fn begin_file(&self, file: FileSettings) -> napi::Result<()> {
        let target = file.target().map_err(|failure| napi::Error::from_reason(failure.message))?;
        self.0.begin(Product::File(target));
        Ok(())
    }

    /// Returns the next piece of the output. For a file, each piece reports the progress after a batch.
    #[napi(ts_return_type = "Promise<Item>")]
    pub fn next<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let (deferred, promise) = env.create_deferred::<Item, Make<Item>>()?;
        self.0.next(deferred);
        Ok(promise)
    }

    /// Says that all rows were delivered, after [`Reader::next`] returned the end. Until then the totals are those of a read that
    /// was ended early.
    #[napi]
    pub fn delivered(&self) {
        self.0.delivered();
    }

    /// Returns the totals of the batches produced so far.
    #[napi(ts_return_type = "Promise<TotalsAnswer>")]
    pub fn totals<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let (deferred, promise) = env.create_deferred::<TotalsAnswer, Make<TotalsAnswer>>()?;
        self.0.ask(Request::Totals(deferred));
        Ok(promise)
    }

    /// Returns the records that were quarantined since the last call.
    #[napi(ts_return_type = "Promise<QuarantinedAnswer>")]
    pub fn quarantined<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let (deferred, promise) = env.create_deferred::<QuarantinedAnswer, Make<QuarantinedAnswer>>()?;
        self.0.ask(Request::Quarantined(deferred));
        Ok(promise)
    }

    /// Returns the names of all columns.
    #[napi(ts_return_type = "Promise<ColumnsAnswer>")]
    pub fn columns<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let (deferred, promise) = env.create_deferred::<ColumnsAnswer, Make<ColumnsAnswer>>()?;
        self.0.ask(Request::Columns(deferred));
        Ok(promise)
    }

    /// Checks that all batches may be written to a file: its name fits the format, the path is not an input of the read, and no
    /// batch was taken.
    #[napi(ts_return_type = "Promise<WriteAnswer>")]
    pub fn may_write<'env>(&self, env: &'env Env, file: FileSettings) -> napi::Result<Object<'env>> {
        let target = Box::new(guarded(|| file.target()));
        let (deferred, promise) = env.create_deferred::<WriteAnswer, Make<WriteAnswer>>()?;
        self.0.ask(Request::MayWrite(target, deferred));
        Ok(promise)
    }

    /// Stops the read and releases its threads, files and memory. Totals, progress and quarantined records stay available.
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
