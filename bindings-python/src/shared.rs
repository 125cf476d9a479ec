//! What a reader and the stream that it gave away have in common: the read itself, and how it went.

use std::path::Path;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use outlay::sink::Sink;
use outlay::{Error, Progress, Quarantined, Totals};
use pyo3::prelude::*;

use crate::errors::{exception, own};
use crate::interrupt::{Interrupt, lock};

/// A read.
pub struct Shared {
    pub schema: SchemaRef,
    pub interrupt: Arc<Interrupt>,
    /// The number that the caller chose.
    pub threads: Option<usize>,
    read: Mutex<Read>,
    used: AtomicU8,
    /// What ended the read, for whoever only saw its text.
    error: Mutex<Option<PyErr>>,
    /// Called after each batch with the bytes done and in total, the rows, and whether it was the last.
    watch: Option<Py<PyAny>>,
    /// Bytes of what the core sees as a stream without end.
    stream_bytes: Option<u64>,
}

/// Nobody has taken the batches.
pub const FRESH: u8 = 0;
/// A consumer has taken the stream.
pub const TAKEN: u8 = 1;
/// The read is at its end, or closed.
pub const OVER: u8 = 2;

enum Read {
    Open(Box<outlay::Reader>),
    Closed(Box<Closed>),
}

/// What is left of a read.
#[derive(Default)]
struct Closed {
    totals: Totals,
    progress: Progress,
    quarantined: Vec<Quarantined>,
    /// Whether it was closed behind its end.
    is_whole: bool,
}

impl Shared {
    pub fn new(
        reader: outlay::Reader,
        interrupt: Arc<Interrupt>,
        threads: Option<usize>,
        watch: Option<Py<PyAny>>,
        stream_bytes: Option<u64>,
    ) -> Self {
        Self {
            schema: reader.schema(),
            interrupt,
            threads,
            read: Mutex::new(Read::Open(Box::new(reader))),
            used: AtomicU8::new(FRESH),
            error: Mutex::new(None),
            watch,
            stream_bytes,
        }
    }

    /// The next batch. Called without Python's lock, so that other threads run; signals are looked for meanwhile.
    pub fn pull(&self) -> PyResult<Option<RecordBatch>> {
        let (next, progress) = match &mut *lock(&self.read) {
            Read::Open(reader) => (reader.next().transpose(), reader.progress()),
            Read::Closed(closed) if closed.is_whole => return Ok(None),
            // Without an error what was handed out would look like the whole report.
            Read::Closed(_) => return Err(self.stopped()),
        };
        // The lock is open again: what is called may ask for totals.
        self.pulled(next, progress)
    }

    /// Tells and keeps how a pull ended.
    fn pulled(&self, next: Result<Option<RecordBatch>, Error>, progress: Progress) -> PyResult<Option<RecordBatch>> {
        let pulled = next.map_err(|error| self.interrupt.exception(error));
        let is_over = !matches!(pulled, Ok(Some(_)));
        if is_over && self.used.swap(OVER, Ordering::Relaxed) == OVER {
            return pulled;
        }
        let pulled = match (pulled, self.tell(progress, is_over)) {
            (Ok(_), Err(raised)) => Err(raised),
            (pulled, _) => pulled,
        };
        if let Err(exception) = &pulled {
            self.fail(exception);
        }
        pulled
    }

    fn stopped(&self) -> PyErr {
        let stopped = own("OUTLAY_STOPPED", "the reader was closed before its end");
        self.fail(&stopped);
        stopped
    }

    fn tell(&self, progress: Progress, is_over: bool) -> PyResult<()> {
        let Some(watch) = &self.watch else { return Ok(()) };
        let (done, total) = self.bytes(progress);
        Python::attach(|py| watch.call1(py, (done, total, progress.rows, is_over)).map(|_| ()))
    }

    fn bytes(&self, progress: Progress) -> (u64, Option<u64>) {
        let total = self.stream_bytes.or(Some(progress.bytes_total).filter(|&bytes| bytes > 0));
        (progress.bytes_done, total)
    }

    /// Keeps what ended the read.
    pub fn fail(&self, exception: &PyErr) {
        self.used.store(OVER, Ordering::Relaxed);
        *lock(&self.error) = Some(Python::attach(|py| exception.clone_ref(py)));
    }

    /// What ended the read.
    pub fn error(&self, py: Python<'_>) -> Option<PyErr> {
        lock(&self.error).as_ref().map(|error| error.clone_ref(py))
    }

    /// Gives up threads, files and memory; totals stay.
    pub fn close(&self) {
        self.interrupt.want();
        let is_whole = self.used.swap(OVER, Ordering::Relaxed) == OVER;
        let mut read = lock(&self.read);
        if let Read::Open(reader) = &mut *read {
            let quarantined = reader.take_quarantined();
            let closed = Closed { totals: reader.totals(), progress: reader.progress(), quarantined, is_whole };
            *read = Read::Closed(Box::new(closed));
        }
    }

    /// The totals of what was handed out so far.
    pub fn totals(&self) -> Totals {
        match &*lock(&self.read) {
            Read::Open(reader) => reader.totals(),
            Read::Closed(closed) => closed.totals.clone(),
        }
    }

    /// Bytes done, bytes in total where that is known, rows.
    pub fn progress(&self) -> (u64, Option<u64>, u64) {
        let progress = match &*lock(&self.read) {
            Read::Open(reader) => reader.progress(),
            Read::Closed(closed) => closed.progress,
        };
        let (done, total) = self.bytes(progress);
        (done, total, progress.rows)
    }

    /// The records that were set aside since the last call.
    pub fn take_quarantined(&self) -> Vec<Quarantined> {
        match &mut *lock(&self.read) {
            Read::Open(reader) => reader.take_quarantined(),
            Read::Closed(closed) => std::mem::take(&mut closed.quarantined),
        }
    }

    /// Who has the batches.
    pub fn used(&self) -> u8 {
        self.used.load(Ordering::Relaxed)
    }

    /// Takes the batches for one consumer; fails when they are gone.
    pub fn claim(&self) -> PyResult<()> {
        let claimed = self.used.compare_exchange(FRESH, TAKEN, Ordering::Relaxed, Ordering::Relaxed);
        claimed.map(|_| ()).map_err(consumed)
    }

    /// Writes all batches to what `create` makes at a path; once more when the report is written anew meanwhile.
    pub fn write(&self, path: &Path, create: impl Fn() -> Result<Box<dyn Sink + Send>, Error>) -> PyResult<()> {
        let refused = match &*lock(&self.read) {
            Read::Open(reader) if self.used() == FRESH => reader.may_write(path).err(),
            _ => None,
        };
        // The lock is open again, and nothing is taken by a write that is refused.
        refused.map_or(Ok(()), |error| Err(exception(error)))?;
        self.claim()?;
        let written = self.write_claimed(create);
        if written.is_err() {
            self.close();
        }
        written
    }

    fn write_claimed(&self, create: impl Fn() -> Result<Box<dyn Sink + Send>, Error>) -> PyResult<()> {
        let mut sink = create().map_err(exception)?;
        loop {
            let (next, progress) = match &mut *lock(&self.read) {
                Read::Open(reader) => match reader.next().transpose() {
                    // What was written is thrown away, so the read may begin anew.
                    Err(error) => match reader.restart(error) {
                        Ok(()) => (None, reader.progress()),
                        Err(error) => (Some(Err(error)), reader.progress()),
                    },
                    next => (Some(next), reader.progress()),
                },
                Read::Closed(_) => return Err(self.stopped()),
            };
            let Some(next) = next else {
                sink = create().map_err(exception)?;
                continue;
            };
            match self.pulled(next, progress)? {
                Some(batch) => sink.write(&batch).map_err(exception)?,
                None => break,
            }
        }
        let facts = match &*lock(&self.read) {
            Read::Open(reader) => reader.metadata(),
            Read::Closed(_) => return Err(self.stopped()),
        };
        sink.finish(&facts).map_err(exception)
    }
}

/// Why a reader gives no batches any more.
pub fn consumed(used: u8) -> PyErr {
    let reason = if used == TAKEN { "its batches went to a consumer" } else { "it was read to its end or closed" };
    own("OUTLAY_CONSUMED", &format!("a reader gives its batches once, and {reason}: read the report again"))
}
