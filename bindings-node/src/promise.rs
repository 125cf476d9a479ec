//! Promises: created on the JavaScript thread, fulfilled from any thread.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use napi::bindgen_prelude::{Object, ToNapiValue};
use napi::{Env, JsDeferred};

use crate::failure::{Failure, guarded};

/// Creates the value of a promise. It runs on the JavaScript thread, since buffers and classes can be created only there.
pub type Make<T> = Box<dyn FnOnce(Env) -> napi::Result<T> + Send>;

/// A pending promise. Every one must be settled, since the process does not exit while a promise is pending.
pub type Deferred<T> = JsDeferred<T, Make<T>>;

/// Fulfils a promise.
pub fn settle<T: ToNapiValue>(deferred: Deferred<T>, value: impl Into<T> + Send + 'static) {
    deferred.resolve(Box::new(move |_| Ok(value.into())));
}

/// Runs `work` on another thread and returns a promise of its result.
pub fn off_thread<'env, T, V>(
    env: &'env Env,
    work: impl FnOnce() -> Result<V, Failure> + Send + 'static,
) -> napi::Result<Object<'env>>
where
    T: ToNapiValue + From<Failure> + 'static,
    V: Into<T> + Send + 'static,
{
    let (deferred, promise) = env.create_deferred::<T, Make<T>>()?;
    run(move || match guarded(work) {
        Ok(value) => settle(deferred, value),
        Err(failure) => settle(deferred, failure),
    });
    Ok(promise)
}

/// Runs `work` on a new thread, or on the current thread if no thread can be created.
pub fn run<W: FnOnce() + Send + 'static>(work: W) {
    let work = Arc::new(Mutex::new(Some(work)));
    let shared = Arc::clone(&work);
    if thread::Builder::new().name("outlay-node".to_owned()).spawn(move || run_once(&shared)).is_err() {
        run_once(&work);
    }
}

fn run_once<W: FnOnce()>(work: &Mutex<Option<W>>) {
    // The lock is released before the work runs.
    let taken = lock(work).take();
    if let Some(work) = taken {
        work();
    }
}

/// A queue of values of type `M` and a queue of pending promises. A new value fulfils the oldest pending promise; without
/// one, it is queued.
pub struct Mailbox<T: ToNapiValue + 'static, M> {
    ready: VecDeque<M>,
    waiting: VecDeque<Deferred<T>>,
}

impl<T: ToNapiValue + From<M> + 'static, M: Send + 'static> Mailbox<T, M> {
    pub fn new() -> Self {
        Self { ready: VecDeque::new(), waiting: VecDeque::new() }
    }

    /// Fulfils the oldest pending promise with a value, or queues the value.
    pub fn give(&mut self, made: M) {
        match self.waiting.pop_front() {
            Some(deferred) => settle(deferred, made),
            None => self.ready.push_back(made),
        }
    }

    /// Like [`Mailbox::give`], but first removes the newest queued value if `is_stale` returns true for it.
    pub fn give_newer(&mut self, made: M, is_stale: impl FnOnce(&M) -> bool) {
        if self.ready.back().is_some_and(is_stale) {
            self.ready.pop_back();
        }
        self.give(made);
    }

    /// Fulfils a promise with the oldest queued value. Returns the promise if no value is queued.
    pub fn take(&mut self, deferred: Deferred<T>) -> Result<(), Deferred<T>> {
        match self.ready.pop_front() {
            Some(made) => {
                settle(deferred, made);
                Ok(())
            }
            None => Err(deferred),
        }
    }

    /// Queues a pending promise.
    pub fn wait(&mut self, deferred: Deferred<T>) {
        self.waiting.push_back(deferred);
    }

    /// The number of queued values.
    pub fn len(&self) -> usize {
        self.ready.len()
    }

    /// Whether any promise is pending.
    pub fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Drops all queued values.
    pub fn discard(&mut self) {
        self.ready.clear();
    }

    /// Removes and returns all pending promises.
    pub fn take_waiting(&mut self) -> impl Iterator<Item = Deferred<T>> {
        std::mem::take(&mut self.waiting).into_iter()
    }
}

/// Locks a mutex and ignores poisoning. The protected values are consistent after a panic, since every update is a single
/// step.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
