//! The state that a reader and its exported stream share.

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
use crate::interrupt::{Interrupt, lock};
use crate::py_slot::PySlot;

/// A read.
pub struct Shared {
    pub schema: SchemaRef,
    pub interrupt: Arc<Interrupt>,
    /// The option `threads`.
    pub threads: Option<usize>,
    /// The ID of the process that created the read. A forked child has none of its threads, and locks may stay locked there
    /// forever.
    process: u32,
    read: Mutex<Read>,
    used: AtomicU8,
    /// The error that ended the read, for consumers that received only its text.
    failure: Mutex<Option<Facts>>,
    /// The exception of Python that ended the read.
    raised: PySlot,
    /// The progress callback. It is called after each batch with the bytes read, the total bytes, the rows, and whether the read
    /// has ended. Removed at the end.
    watch: PySlot,
    /// The file objects that are read. Removed at the end.
    files: Vec<Arc<PySlot>>,
    /// Length of inputs in memory, which the core reads as streams of unknown length.
    stream_bytes: Option<u64>,
}

/// No consumer has taken the batches.
pub const FRESH: u8 = 0;
/// A consumer has taken the stream.
pub const TAKEN: u8 = 1;
/// The read has ended or was closed.
pub const OVER: u8 = 2;
/// Batches were taken one by one.
pub const ITERATED: u8 = 3;

enum Read {
    Open(Box<outlay::Reader>),
    Closed(Box<Closed>),
}

/// The state of a closed read.
#[derive(Default)]
struct Closed {
    totals: Totals,
    progress: Progress,
    quarantined: Vec<Quarantined>,
    /// Whether the read had ended before it was closed.
    is_whole: bool,
}

impl Shared {
    pub fn new(reader: outlay::Reader, interrupt: Arc<Interrupt>, settings: ReadSettings) -> Self {
        Self {
            schema: reader.schema(),
            interrupt,
            threads: settings.threads,
            process: std::process::id(),
            read: Mutex::new(Read::Open(Box::new(reader))),
            used: AtomicU8::new(FRESH),
            failure: Mutex::new(None),
            raised: PySlot::default(),
            watch: PySlot::new(settings.watch),
            files: settings.files,
            stream_bytes: settings.stream_bytes,
        }
    }

    /// Returns whether the current process created the read.
    pub fn is_own(&self) -> bool {
        self.process == std::process::id()
    }

    /// Fails in a forked child of the process that created the read, where nothing else may be accessed.
    pub fn check_process(&self) -> Result<(), Failure> {
        let reason = "reader: the process was forked after the reader was made; read the report again in the child";
        if self.is_own() { Ok(()) } else { Err(Facts::own("OUTLAY_IO", reason).into()) }
    }

    /// Leaks the read in a forked child, where its locks are never released and its threads cannot be joined.
    pub fn leak(self: &Arc<Self>) {
        std::mem::forget(Arc::clone(self));
    }

    /// The objects that only an open read needs.
    fn inputs(&self) -> impl Iterator<Item = &PySlot> {
        std::iter::once(&self.watch).chain(self.files.iter().map(AsRef::as_ref))
    }

    /// All Python objects.
    fn slots(&self) -> impl Iterator<Item = &PySlot> {
        std::iter::once(&self.raised).chain(self.inputs())
    }

    /// Visits all Python objects for the garbage collector.
    pub fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.slots().try_for_each(|slot| slot.visit(visit))
    }

    /// Removes the references to all Python objects.
    pub fn clear(&self) {
        self.slots().for_each(PySlot::clear);
    }

    /// Returns the next batch. Called without the GIL, so that other threads run. Signals are checked during the call.
    pub fn pull(&self) -> Result<Option<RecordBatch>, Failure> {
        self.check_process()?;
        let (next, progress) = match &mut *lock(&self.read) {
            Read::Open(reader) => (reader.next().transpose(), reader.progress()),
            Read::Closed(closed) if closed.is_whole => return Ok(None),
            // Without an error the returned batches would look like the whole report.
            Read::Closed(_) => return Err(self.stopped()),
        };
        // The lock is released, since the progress callback may request totals.
        self.pulled(next, progress)
    }

    /// Calls the progress callback, and stores the error that ended the read.
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
        let pulled = match (pulled, self.report_progress(progress, is_over)) {
            (Ok(_), Err(raised)) => Err(raised.into()),
            (pulled, _) => pulled,
        };
        if let Err(failure) = &pulled {
            self.fail(failure);
            // No more is read after any error.
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

    fn report_progress(&self, progress: Progress, is_over: bool) -> PyResult<()> {
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

    /// Stores the error that ended the read.
    pub fn fail(&self, failure: &Failure) {
        self.used.store(OVER, Ordering::Relaxed);
        match failure {
            Failure::Ours(facts) => *lock(&self.failure) = Some(Facts::clone(facts)),
            Failure::Raised(raised) => {
                Python::attach(|py| self.raised.put(raised.clone_ref(py).into_value(py).into_any()));
            }
        }
    }

    /// Returns the error that ended the read.
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

    /// Stops the read and releases its threads, files and memory. Totals stay available. Does nothing in a forked child.
    pub fn close(&self) {
        if !self.is_own() {
            return;
        }
        self.interrupt.request();
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

    /// Removes the objects that only an open read needs.
    fn release(&self) {
        // Not while the interpreter shuts down, since a destructor may run Python code.
        Python::try_attach(|_| self.inputs().for_each(PySlot::clear));
    }

    /// Returns the totals of the batches returned so far.
    pub fn totals(&self) -> Result<Totals, Failure> {
        self.check_process()?;
        Ok(match &*lock(&self.read) {
            Read::Open(reader) => reader.totals(),
            Read::Closed(closed) => closed.totals.clone(),
        })
    }

    /// Returns the bytes read, the total bytes if known, and the rows.
    pub fn progress(&self) -> Result<(u64, Option<u64>, u64), Failure> {
        self.check_process()?;
        let progress = match &*lock(&self.read) {
            Read::Open(reader) => reader.progress(),
            Read::Closed(closed) => closed.progress,
        };
        let (done, total) = self.bytes(progress);
        Ok((done, total, progress.rows))
    }

    /// Returns the records that were quarantined since the last call.
    pub fn take_quarantined(&self) -> Result<Vec<Quarantined>, Failure> {
        self.check_process()?;
        Ok(match &mut *lock(&self.read) {
            Read::Open(reader) => reader.take_quarantined(),
            Read::Closed(closed) => std::mem::take(&mut closed.quarantined),
        })
    }

    /// Returns [`FRESH`], [`TAKEN`], [`OVER`] or [`ITERATED`].
    pub fn used(&self) -> u8 {
        self.used.load(Ordering::Relaxed)
    }

    /// Notes that a batch is taken on its own, so that the rest is not mistaken for the whole read.
    pub fn iterate(&self) {
        let _ = self.used.compare_exchange(FRESH, ITERATED, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Reserves the batches for one consumer. Fails if they were already taken.
    pub fn claim(&self) -> Result<(), Failure> {
        self.check_process()?;
        let claimed = self.used.compare_exchange(FRESH, TAKEN, Ordering::Relaxed, Ordering::Relaxed);
        claimed.map(|_| ()).map_err(consumed)
    }

    /// Writes all batches to a file. The file restarts if the report is rewritten during the read.
    pub fn write(&self, target: &Target) -> Result<(), Failure> {
        self.check_process()?;
        let refused = match &*lock(&self.read) {
            Read::Open(reader) if self.used() == FRESH => {
                reader.may_write(target.path()).and_then(|()| target.validate()).err()
            }
            _ => None,
        };
        // The lock is released. A refused write does not take the batches.
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
                // A callback forked the process. The file and the threads that write it belong to the parent.
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

/// The settings of a read that the core does not need.
#[derive(Default)]
pub struct ReadSettings {
    /// The option `threads`.
    pub threads: Option<usize>,
    /// The progress callback.
    pub watch: Option<Py<PyAny>>,
    /// The file objects that are read.
    pub files: Vec<Arc<PySlot>>,
    /// Length of inputs in memory, which the core reads as streams of unknown length.
    pub stream_bytes: Option<u64>,
}

impl ReadSettings {
    /// Creates settings with a progress callback.
    pub fn watched_by(watch: Option<Py<PyAny>>) -> Self {
        Self { watch, ..Self::default() }
    }
}

/// Creates the error of a reader whose batches were already taken.
pub fn consumed(used: u8) -> Failure {
    let reason = match used {
        TAKEN => "its batches went to a consumer",
        ITERATED => "some of them were taken",
        _ => "it was read to its end or closed",
    };
    let remedy = "read the report again, or use `outlay.open`, whose reports can be read any number of times";
    Facts::own("OUTLAY_CONSUMED", format!("a reader gives its batches once, and {reason}: {remedy}")).into()
}
