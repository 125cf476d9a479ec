//! Ctrl-C and close, as the answer to the question that the core asks while it reads.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use outlay::Builder;
use pyo3::prelude::*;

/// How often signals are looked for. Each look waits until this thread may run Python, which takes up to 5 ms while another
/// one is busy there.
const INTERVAL: Duration = Duration::from_millis(50);

/// Whether a read is to stop, and what Python raised.
#[derive(Debug)]
pub struct Interrupt {
    is_wanted: AtomicBool,
    looked: Mutex<Instant>,
    raised: Mutex<Option<PyErr>>,
}

impl Interrupt {
    /// One that nobody wants yet.
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            is_wanted: AtomicBool::new(false),
            looked: Mutex::new(Instant::now()),
            raised: Mutex::new(None),
        })
    }

    /// The builder with this as its reason to stop.
    pub fn watch(self: &Arc<Self>, builder: Builder) -> Builder {
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

    fn look(&self) -> bool {
        if self.is_wanted.load(Ordering::Relaxed) {
            return true;
        }
        {
            let mut looked = lock(&self.looked);
            if looked.elapsed() < INTERVAL {
                return false;
            }
            *looked = Instant::now();
        }
        // Python handles signals on its main thread only; on others this finds none.
        match Python::try_attach(|py| py.check_signals()) {
            Some(Ok(())) => false,
            Some(Err(reason)) => {
                self.raise(reason);
                true
            }
            // The interpreter ends, and nobody waits for batches.
            None => true,
        }
    }
}

/// Locks. What a panic left behind is whole: nothing is changed in two steps.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
