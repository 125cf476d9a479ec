//! Interruption of a read or call by signals, close and cancellation. The core polls it.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use outlay::{Error, ReaderBuilder};
use pyo3::prelude::*;

use crate::errors::Failure;

/// The interval of signal checks. Each check acquires the GIL, which takes up to 5 ms while another thread runs Python code.
const INTERVAL: Duration = Duration::from_millis(50);

thread_local! {
    /// The time of the last signal check of this thread. It is thread-local because only checks on the main thread find
    /// signals, so checks of other threads must not delay them.
    static LOOKED: Cell<Instant> = Cell::new(Instant::now());
}

/// A stop request for a read or call, with the exception that caused it, if any.
#[derive(Debug)]
pub struct Interrupt {
    is_requested: AtomicBool,
    /// The exception, until the current call ends: see [`Interrupt::outcome`].
    raised: Mutex<Option<PyErr>>,
}

impl Interrupt {
    /// Creates an interrupt without a stop request.
    pub fn new() -> Arc<Self> {
        Arc::new(Self { is_requested: AtomicBool::new(false), raised: Mutex::new(None) })
    }

    /// Sets this interrupt as the stop condition of a builder.
    pub fn watch(self: &Arc<Self>, builder: ReaderBuilder) -> ReaderBuilder {
        let interrupt = Arc::clone(self);
        builder.stop_when(move || interrupt.look())
    }

    /// Requests the read to end at the next block.
    pub fn request(&self) {
        self.is_requested.store(true, Ordering::Relaxed);
    }

    /// Requests the read to end at the next block with an exception.
    pub fn raise(&self, reason: PyErr) {
        lock(&self.raised).get_or_insert(reason);
        self.request();
    }

    /// Removes and returns the exception.
    pub fn take(&self) -> Option<PyErr> {
        lock(&self.raised).take()
    }

    /// Combines the result of a call with an exception that was raised during it. Another error takes precedence. The exception
    /// is removed in any case.
    pub fn outcome<T>(&self, result: Result<T, Error>) -> Result<T, Failure> {
        match (result, self.take()) {
            (Ok(_) | Err(Error::Stopped), Some(reason)) => Err(Failure::Raised(reason)),
            (Ok(answer), None) => Ok(answer),
            (Err(error), _) => Err(error.into()),
        }
    }

    /// Waits for a future with the GIL released.
    pub fn wait<T: Send>(
        &self,
        py: Python<'_>,
        question: impl Future<Output = Result<T, Error>> + Send,
    ) -> PyResult<T> {
        Ok(py.detach(|| self.outcome(self.answer(question)))?)
    }

    /// Like [`Interrupt::wait`], for a thread that has already released the GIL.
    pub fn answer<T>(&self, question: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        outlay::block_on_unless(question, || self.look())?
    }

    /// Returns whether a stop was requested, and checks for signals. Called on the waiting thread.
    pub fn look(&self) -> bool {
        if self.is_requested.load(Ordering::Relaxed) {
            return true;
        }
        if LOOKED.get().elapsed() < INTERVAL {
            return false;
        }
        LOOKED.set(Instant::now());
        // Python handles signals on the main thread only. On other threads the check finds none.
        match Python::try_attach(|py| py.check_signals()) {
            Some(Ok(())) => false,
            Some(Err(reason)) => {
                self.raise(reason);
                true
            }
            // The interpreter is shutting down, so no consumer is left.
            None => true,
        }
    }
}

/// Stops a call that runs on another thread. Async code requests it on cancellation.
#[pyclass(frozen, module = "outlay._native")]
pub struct Stop(Arc<Interrupt>);

impl Stop {
    /// Returns the interrupt of `stop`, or a new one that only signals trigger.
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

    fn request(&self) {
        self.0.request();
    }
}

/// Locks a mutex and ignores poisoning. The protected values are consistent after a panic, since every update is a single
/// step.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
