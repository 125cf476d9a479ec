//! Promises: made on JavaScript's thread, fulfilled from any.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use napi::bindgen_prelude::{Object, ToNapiValue};
use napi::{Env, JsDeferred};

use crate::failure::{Failure, guarded};

/// Makes the value of a promise, on JavaScript's thread: buffers and classes can be made only there.
pub type Make<T> = Box<dyn FnOnce(Env) -> napi::Result<T> + Send>;

/// A pending promise. Each has to be settled: the process does not end while one is not.
pub type Deferred<T> = JsDeferred<T, Make<T>>;

/// Fulfils a promise.
pub fn settle<T: ToNapiValue>(deferred: Deferred<T>, value: impl Into<T> + Send + 'static) {
    deferred.resolve(Box::new(move |_| Ok(value.into())));
}

/// A promise of what work on another thread gives.
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

/// Runs work on a thread of its own; on the caller's, where the system gives no other.
pub fn run<W: FnOnce() + Send + 'static>(work: W) {
    let work = Arc::new(Mutex::new(Some(work)));
    let theirs = Arc::clone(&work);
    if thread::Builder::new().name("outlay-node".to_owned()).spawn(move || run_once(&theirs)).is_err() {
        run_once(&work);
    }
}

fn run_once<W: FnOnce()>(work: &Mutex<Option<W>>) {
    // Not held while it runs.
    let taken = lock(work).take();
    if let Some(work) = taken {
        work();
    }
}

/// Things that are made, and promises of them: each goes to the one who has waited longest, or waits itself.
pub struct Mailbox<T: ToNapiValue + 'static, M> {
    ready: VecDeque<M>,
    waiting: VecDeque<Deferred<T>>,
}

impl<T: ToNapiValue + From<M> + 'static, M: Send + 'static> Mailbox<T, M> {
    pub fn new() -> Self {
        Self { ready: VecDeque::new(), waiting: VecDeque::new() }
    }

    /// Hands a thing out.
    pub fn give(&mut self, made: M) {
        match self.waiting.pop_front() {
            Some(deferred) => settle(deferred, made),
            None => self.ready.push_back(made),
        }
    }

    /// Hands a thing out, in place of the newest that waits and that it makes stale.
    pub fn give_newer(&mut self, made: M, is_stale: impl FnOnce(&M) -> bool) {
        if self.ready.back().is_some_and(is_stale) {
            self.ready.pop_back();
        }
        self.give(made);
    }

    /// The next thing for a promise; the promise itself, where none waits.
    pub fn take(&mut self, deferred: Deferred<T>) -> Result<(), Deferred<T>> {
        match self.ready.pop_front() {
            Some(made) => {
                settle(deferred, made);
                Ok(())
            }
            None => Err(deferred),
        }
    }

    /// Lets a promise wait.
    pub fn wait(&mut self, deferred: Deferred<T>) {
        self.waiting.push_back(deferred);
    }

    /// How many things wait.
    pub fn len(&self) -> usize {
        self.ready.len()
    }

    /// Whether the promise is pending.
    pub fn is_wanted(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Throws away what waits.
    pub fn discard(&mut self) {
        self.ready.clear();
    }

    /// Everybody who waits.
    pub fn leave(&mut self) -> impl Iterator<Item = Deferred<T>> {
        std::mem::take(&mut self.waiting).into_iter()
    }
}

/// Locks. What a panic left behind is whole: nothing is changed in two steps.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
