//! What of a read can be seen and ended from elsewhere, after the reader was given away.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

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
    pub fn abort(&self) {
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
