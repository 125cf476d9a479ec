//! Ctrl-C and close, as the answer to the question that the core asks while it reads.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use outlay::{Error, ReaderBuilder};
use pyo3::prelude::*;

use crate::errors::Failure;

/// How often signals are looked for. Each look waits until this thread may run Python, which takes up to 5 ms while another
/// one is busy there.
const INTERVAL: Duration = Duration::from_millis(50);

thread_local! {
    /// When this thread looked for signals last. Others must not keep it from doing so: only the main one finds any.
    static LOOKED: Cell<Instant> = Cell::new(Instant::now());
}

/// Whether a read is to stop, and what Python raised.
#[derive(Debug)]
pub struct Interrupt {
    is_wanted: AtomicBool,
    /// Until the call that it came in ends: see [`Interrupt::outcome`].
    raised: Mutex<Option<PyErr>>,
}

impl Interrupt {
    /// One that is not wanted yet.
    pub fn new() -> Arc<Self> {
        Arc::new(Self { is_wanted: AtomicBool::new(false), raised: Mutex::new(None) })
    }

    /// The builder with this as its reason to stop.
    pub fn watch(self: &Arc<Self>, builder: ReaderBuilder) -> ReaderBuilder {
        let interrupt = Arc::clone(self);
        builder.stop_when(move || interrupt.look())
    }

    /// Ends the read at the next block.
    pub fn want(&self) {
        self.is_wanted.store(true, Ordering::Relaxed);
    }

    /// Ends the read at the next block, for the reason that Python gives.
    pub fn raise(&self, reason: PyErr) {
        lock(&self.raised).get_or_insert(reason);
        self.want();
    }

    /// What Python raised, once.
    pub fn take(&self) -> Option<PyErr> {
        lock(&self.raised).take()
    }

    /// How a call ended: with what Python raised meanwhile, unless something else is wrong. Nothing that was raised stays here
    /// behind a call.
    pub fn outcome<T>(&self, result: Result<T, Error>) -> Result<T, Failure> {
        match (result, self.take()) {
            (Ok(_) | Err(Error::Stopped), Some(reason)) => Err(Failure::Raised(reason)),
            (Ok(answer), None) => Ok(answer),
            (Err(error), _) => Err(error.into()),
        }
    }

    /// Waits for an answer, while other threads run Python.
    pub fn wait<T: Send>(
        &self,
        py: Python<'_>,
        question: impl Future<Output = Result<T, Error>> + Send,
    ) -> PyResult<T> {
        Ok(py.detach(|| self.outcome(self.answer(question)))?)
    }

    /// The same on a thread that has given up Python's lock.
    pub fn answer<T>(&self, question: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        outlay::block_on_unless(question, || self.look())?
    }

    /// Whether the answer is not wanted any more: asked for on the thread that waits.
    pub fn look(&self) -> bool {
        if self.is_wanted.load(Ordering::Relaxed) {
            return true;
        }
        if LOOKED.get().elapsed() < INTERVAL {
            return false;
        }
        LOOKED.set(Instant::now());
        // Python handles signals on its main thread only; on others this finds none.
        match Python::try_attach(|py| py.check_signals()) {
            Some(Ok(())) => false,
            Some(Err(reason)) => {
                self.raise(reason);
                true
            }
            // The interpreter ends, and nothing waits for batches.
            None => true,
        }
    }
}

/// How async code, which waits on another thread, gives up what it does not want any more.
#[pyclass(frozen, module = "outlay._native")]
pub struct Stop(Arc<Interrupt>);

impl Stop {
    /// Its interrupt; or one for those that only Ctrl-C stops.
    pub fn of(stop: Option<&Bound<'_, Self>>) -> Arc<Interrupt> {
        stop.map_or_else(Interrupt::new, |stop| Arc::clone(&stop.get().0))
    }
}

#[pymethods]
impl Stop {
    #[new]
    fn new() -> Self {
        Self(Interrupt::new())
    }

    fn want(&self) {
        self.0.want();
    }
}

/// Locks. What a panic left behind is whole: nothing is changed in two steps.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
