//! What of a read can be seen and ended from elsewhere, after the reader was given away.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use super::last_pass::{LastPass, Pass};
use super::progress::Progress;
use crate::report::source::Source;
use crate::totals::Totals;
use crate::value::stop::Stop;

/// A handle to a [`Reader`](crate::Reader), which can be cloned and used by any thread while another one reads: its progress, its
/// totals at the end, and a way to end it. Created by
/// [`Reader::handle`](crate::Reader::handle).
///
/// # Examples
///
/// ```
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
/// let reader = outlay::Reader::builder().read(folder)?;
/// let handle = reader.handle();
/// // The consumer takes any reader of Arrow batches, and drops it.
/// let rows: usize = reader.into_arrow().map(|batch| batch.unwrap().num_rows()).sum();
/// assert_eq!(handle.progress().rows, rows as u64);
/// handle.totals().expect("the read has ended").check()?;
/// # Ok::<(), outlay::Error>(())
/// ```
#[derive(Clone)]
pub struct ReaderHandle(Arc<Shared>);

/// The state that a reader shares with its handles.
pub(super) struct Shared {
    bytes_done: AtomicU64,
    bytes_total: AtomicU64,
    rows: AtomicU64,
    /// The totals of the reader when it last ended or was dropped.
    totals: Mutex<Option<Totals>>,
    /// Whether there is a handle. Without one, no totals are stored.
    is_watched: AtomicBool,
    is_aborted: AtomicBool,
    /// Where the report keeps its last pass, and the number of this pass.
    last_pass: OnceLock<(LastPass, u64)>,
    /// Whether the pass has ended for those who take its rows.
    is_over: AtomicBool,
    /// A handle must not keep files and connections open.
    source: Weak<dyn Source>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("progress", &self.progress()).finish_non_exhaustive()
    }
}

impl fmt::Debug for ReaderHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReaderHandle").field("progress", &self.progress()).finish_non_exhaustive()
    }
}

impl Shared {
    pub(super) fn new(source: &Arc<dyn Source>) -> Arc<Self> {
        Arc::new(Self {
            bytes_done: AtomicU64::default(),
            bytes_total: AtomicU64::default(),
            rows: AtomicU64::default(),
            totals: Mutex::default(),
            is_watched: AtomicBool::default(),
            is_aborted: AtomicBool::default(),
            last_pass: OnceLock::new(),
            is_over: AtomicBool::default(),
            source: Arc::downgrade(source),
        })
    }

    /// The stop signal of [`ReaderHandle::abort`].
    pub(super) fn stop(self: &Arc<Self>) -> Stop {
        let shared = Arc::clone(self);
        Stop::when(move || shared.is_aborted.load(Ordering::Relaxed))
    }

    fn progress(&self) -> Progress {
        Progress {
            bytes_done: self.bytes_done.load(Ordering::Relaxed),
            bytes_total: self.bytes_total.load(Ordering::Relaxed),
            rows: self.rows.load(Ordering::Relaxed),
        }
    }

    pub(super) fn set_progress(&self, progress: Progress) {
        self.bytes_done.store(progress.bytes_done, Ordering::Relaxed);
        self.bytes_total.store(progress.bytes_total, Ordering::Relaxed);
        self.rows.store(progress.rows, Ordering::Relaxed);
    }

    /// Sets where the report keeps its last pass.
    pub(super) fn report_to(&self, last_pass: &LastPass) {
        /// The number of the next pass.
        static NEXT: AtomicU64 = AtomicU64::new(1);
        // It is set once, before the first batch.
        let _ = self.last_pass.set((Arc::clone(last_pass), NEXT.fetch_add(1, Ordering::Relaxed)));
    }

    /// Tells the report that the pass has ended. If it was aborted, the report knows already, and may know of later passes.
    pub(super) fn end_pass(&self, totals: impl FnOnce() -> Totals, failure: Option<&String>, is_over: bool) {
        self.is_over.store(is_over, Ordering::Relaxed);
        let Some((last_pass, number)) = self.last_pass.get() else { return };
        let mut last_pass = last_pass.lock().unwrap_or_else(PoisonError::into_inner);
        let is_newer = last_pass.as_ref().is_some_and(|pass| pass.number != *number);
        if !(self.is_aborted.load(Ordering::Relaxed) && is_newer) {
            *last_pass = Some(Pass { number: *number, totals: totals(), failure: failure.cloned() });
        }
    }

    /// Notes that the read starts again.
    pub(super) fn begin_again(&self) {
        self.is_over.store(false, Ordering::Relaxed);
        self.set_totals(|| None);
    }

    /// Sets the totals; `None` when the read starts again.
    pub(super) fn set_totals(&self, totals: impl FnOnce() -> Option<Totals>) {
        if self.is_watched.load(Ordering::Relaxed) {
            let totals = totals();
            *self.totals.lock().unwrap_or_else(PoisonError::into_inner) = totals;
        }
    }
}

impl ReaderHandle {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        shared.is_watched.store(true, Ordering::Relaxed);
        Self(Arc::clone(shared))
    }

    /// Returns the progress of the read, as of the last batch.
    pub fn progress(&self) -> Progress {
        self.0.progress()
    }

    /// Returns the totals of the read once it has ended or its reader was dropped. `None` before.
    ///
    /// The totals of a reader that was dropped before its end are those of [`Reader::totals`](crate::Reader::totals) at that moment.
    pub fn totals(&self) -> Option<Totals> {
        self.0.totals.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends the read: the next batch is [`Error::Stopped`](crate::Error::Stopped). A thread that waits for bytes from S3
    /// is unblocked; one in the `read` of a caller's stream is not. It does nothing if the read has ended.
    ///
    /// For the report that is read, the pass has ended at once, before its end: [`Report::check`](crate::Report::check) fails.
    pub fn abort(&self) {
        let Progress { bytes_done, rows, .. } = self.0.progress();
        // A reader that was not begun is no pass.
        if (bytes_done > 0 || rows > 0)
            && !self.0.is_over.load(Ordering::Relaxed)
            && !self.0.is_aborted.swap(true, Ordering::Relaxed)
            && let Some((last_pass, number)) = self.0.last_pass.get()
        {
            let pass = Pass { number: *number, totals: Totals::of_no_rows(), failure: None };
            *last_pass.lock().unwrap_or_else(PoisonError::into_inner) = Some(pass);
        }
        self.0.is_aborted.store(true, Ordering::Relaxed);
        if let Some(source) = self.0.source.upgrade() {
            source.cancel();
        }
    }

    /// Returns whether [`ReaderHandle::abort`] was called.
    pub fn is_aborted(&self) -> bool {
        self.0.is_aborted.load(Ordering::Relaxed)
    }
}
