//! What a reader and the stream that it gave away have in common: the read itself, and how it went.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use outlay::sink::Target;
use outlay::{Error, Progress, Quarantined, Totals};
use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;

use crate::errors::{Facts, Failure};
use crate::held::Held;
use crate::interrupt::{Interrupt, lock};

/// A read.
pub struct Shared {
    pub schema: SchemaRef,
    pub interrupt: Arc<Interrupt>,
    /// The number that the caller chose.
    pub threads: Option<usize>,
    /// The process that reads: a child of it has none of the threads, and locks may be held there for ever.
    process: u32,
    read: Mutex<Read>,
    used: AtomicU8,
    /// What ended the read, for callers that only saw its text.
    failure: Mutex<Option<Facts>>,
    /// The same when it was raised by Python.
    raised: Held,
    /// Until the end called after each batch with the bytes done and in total, the rows, and whether it was the last.
    watch: Held,
    /// The file object that is read, until the end.
    file: Arc<Held>,
    /// Bytes of what the core sees as a stream without end.
    stream_bytes: Option<u64>,
}

/// No consumer has taken the batches.
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
    pub fn new(reader: outlay::Reader, interrupt: Arc<Interrupt>, told: Told) -> Self {
        Self {
            schema: reader.schema(),
            interrupt,
            threads: told.threads,
            process: std::process::id(),
            read: Mutex::new(Read::Open(Box::new(reader))),
            used: AtomicU8::new(FRESH),
            failure: Mutex::new(None),
            raised: Held::default(),
            watch: Held::new(told.watch),
            file: told.file,
            stream_bytes: told.stream_bytes,
        }
    }

    /// Whether this is the process that reads.
    pub fn is_own(&self) -> bool {
        self.process == std::process::id()
    }

    /// Fails in a child of the process that reads. Nothing else may be touched there.
    pub fn check_process(&self) -> Result<(), Failure> {
        let reason = "reader: the process was forked after the reader was made; read the report again in the child";
        if self.is_own() { Ok(()) } else { Err(Facts::own("OUTLAY_IO", reason).into()) }
    }

    /// Keeps this for good in a child of the process that reads, where the threads that had its locks are not there to give them back, and no
    /// thread can be waited for.
    pub fn leave(self: &Arc<Self>) {
        std::mem::forget(Arc::clone(self));
    }

    /// Shows the collector what this refers to.
    pub fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        [&self.raised, &self.watch, &*self.file].into_iter().try_for_each(|held| held.visit(visit))
    }

    /// Refers to nothing of Python's any more.
    pub fn clear(&self) {
        [&self.raised, &self.watch, &*self.file].into_iter().for_each(Held::clear);
    }

    /// The next batch. Called without Python's lock, so that other threads run; signals are looked for meanwhile.
    pub fn pull(&self) -> Result<Option<RecordBatch>, Failure> {
        self.check_process()?;
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
    fn pulled(
        &self,
        next: Result<Option<RecordBatch>, Error>,
        progress: Progress,
    ) -> Result<Option<RecordBatch>, Failure> {
        let pulled = self.interrupt.outcome(next);
        let is_over = !matches!(pulled, Ok(Some(_)));
        if is_over && self.used.swap(OVER, Ordering::Relaxed) == OVER {
            return pulled;
        }
        let pulled = match (pulled, self.tell(progress, is_over)) {
            (Ok(_), Err(raised)) => Err(raised.into()),
            (pulled, _) => pulled,
        };
        if let Err(failure) = &pulled {
            self.fail(failure);
            // Whatever ended it, nothing more is read.
            self.close();
        } else if is_over {
            self.release();
        }
        pulled
    }

    fn stopped(&self) -> Failure {
        let stopped = Facts::own("OUTLAY_STOPPED", "the reader was closed before its end").into();
        self.fail(&stopped);
        stopped
    }

    fn tell(&self, progress: Progress, is_over: bool) -> PyResult<()> {
        if self.watch.is_empty() {
            return Ok(());
        }
        let (done, total) = self.bytes(progress);
        Python::attach(|py| {
            let Some(watch) = self.watch.get(py) else { return Ok(()) };
            watch.call1(py, (done, total, progress.rows, is_over)).map(|_| ())
        })
    }

    fn bytes(&self, progress: Progress) -> (u64, Option<u64>) {
        let total = self.stream_bytes.or(Some(progress.bytes_total).filter(|&bytes| bytes > 0));
        (progress.bytes_done, total)
    }

    /// Keeps what ended the read.
    pub fn fail(&self, failure: &Failure) {
        self.used.store(OVER, Ordering::Relaxed);
        match failure {
            Failure::Ours(facts) => *lock(&self.failure) = Some(Facts::clone(facts)),
            Failure::Raised(raised) => {
                Python::attach(|py| self.raised.put(raised.clone_ref(py).into_value(py).into_any()));
            }
        }
    }

    /// What ended the read.
    pub fn error(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        let failure = match self.check_process() {
            Err(failure) => failure,
            Ok(()) => match self.raised.get(py) {
                Some(raised) => return Some(raised),
                None => lock(&self.failure).clone()?.into(),
            },
        };
        Some(PyErr::from(failure).into_value(py).into_any())
    }

    /// Gives up threads, files and memory; totals stay. In a child of the process that reads nothing is given up.
    pub fn close(&self) {
        if !self.is_own() {
            return;
        }
        self.interrupt.want();
        let is_whole = self.used.swap(OVER, Ordering::Relaxed) == OVER;
        let open = {
            let mut read = lock(&self.read);
            let Read::Open(reader) = &mut *read else { return };
            let quarantined = reader.take_quarantined();
            let closed = Closed { totals: reader.totals(), progress: reader.progress(), quarantined, is_whole };
            std::mem::replace(&mut *read, Read::Closed(Box::new(closed)))
        };
        drop(open);
        self.release();
    }

    /// Gives up what only a read needs.
    fn release(&self) {
        // Not while the interpreter ends: what is freed may run Python.
        Python::try_attach(|_| [&self.watch, &*self.file].into_iter().for_each(Held::clear));
    }

    /// The totals of what was handed out so far.
    pub fn totals(&self) -> Result<Totals, Failure> {
        self.check_process()?;
        Ok(match &*lock(&self.read) {
            Read::Open(reader) => reader.totals(),
            Read::Closed(closed) => closed.totals.clone(),
        })
    }

    /// Bytes done, bytes in total where that is known, rows.
    pub fn progress(&self) -> Result<(u64, Option<u64>, u64), Failure> {
        self.check_process()?;
        let progress = match &*lock(&self.read) {
            Read::Open(reader) => reader.progress(),
            Read::Closed(closed) => closed.progress,
        };
        let (done, total) = self.bytes(progress);
        Ok((done, total, progress.rows))
    }

    /// The records that were set aside since the last call.
    pub fn take_quarantined(&self) -> Result<Vec<Quarantined>, Failure> {
        self.check_process()?;
        Ok(match &mut *lock(&self.read) {
            Read::Open(reader) => reader.take_quarantined(),
            Read::Closed(closed) => std::mem::take(&mut closed.quarantined),
        })
    }

    /// Who has the batches.
    pub fn used(&self) -> u8 {
        self.used.load(Ordering::Relaxed)
    }

    /// Takes the batches for one consumer; fails when they are gone.
    pub fn claim(&self) -> Result<(), Failure> {
        self.check_process()?;
        let claimed = self.used.compare_exchange(FRESH, TAKEN, Ordering::Relaxed, Ordering::Relaxed);
        claimed.map(|_| ()).map_err(consumed)
    }

    /// Writes all batches to a file; once more when the report is written again meanwhile.
    pub fn write(&self, target: &Target) -> Result<(), Failure> {
        self.check_process()?;
        let refused = match &*lock(&self.read) {
            Read::Open(reader) if self.used() == FRESH => reader.may_write(target.path()).err(),
            _ => None,
        };
        // The lock is open again, and nothing is taken by a write that is refused.
        refused.map_or(Ok(()), Err)?;
        self.claim()?;
        let written = self.write_claimed(target);
        if written.is_err() {
            self.close();
        }
        written
    }

    fn write_claimed(&self, target: &Target) -> Result<(), Failure> {
        let mut saving = match &*lock(&self.read) {
            Read::Open(reader) => reader.saving(target.clone())?,
            Read::Closed(_) => return Err(self.stopped()),
        };
        loop {
            let (next, progress) = match &mut *lock(&self.read) {
                Read::Open(reader) => (saving.next_batch(reader), reader.progress()),
                Read::Closed(_) => return Err(self.stopped()),
            };
            let pulled = self.pulled(next, progress);
            if let Err(forked) = self.check_process() {
                // A function of the caller's forked. The file and the threads that write it are the parent's.
                std::mem::forget(saving);
                return Err(forked);
            }
            match pulled? {
                Some(batch) => saving.write(&batch)?,
                None => break,
            }
        }
        let metadata = match &*lock(&self.read) {
            Read::Open(reader) => reader.metadata(),
            Read::Closed(_) => return Err(self.stopped()),
        };
        Ok(saving.finish(&metadata)?)
    }
}

/// What is said of a read that the core does not ask for.
#[derive(Default)]
pub struct Told {
    /// The number of threads that the caller chose.
    pub threads: Option<usize>,
    pub watch: Option<Py<PyAny>>,
    pub file: Arc<Held>,
    /// Bytes of what the core sees as a stream without end.
    pub stream_bytes: Option<u64>,
}

impl Told {
    /// That the caller is told how far the read is.
    pub fn by(watch: Option<Py<PyAny>>) -> Self {
        Self { watch, ..Self::default() }
    }
}

/// Why a reader gives no batches any more.
pub fn consumed(used: u8) -> Failure {
    let reason = if used == TAKEN { "its batches went to a consumer" } else { "it was read to its end or closed" };
    Facts::own("OUTLAY_CONSUMED", format!("a reader gives its batches once, and {reason}: read the report again"))
        .into()
}
