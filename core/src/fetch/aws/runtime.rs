//! Threads for requests to AWS, and how other threads wait for them.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::{AbortHandle, JoinHandle};

use crate::error::{Error, Location, Result};
use crate::value::stop::Stop;
use crate::value::trace::CallerContext;

/// The runtime of a connector. It works with callers that have another runtime or none. Its threads start with the
/// first task, so that a process may fork before.
#[derive(Debug, Default)]
pub(crate) struct Runtime(Mutex<Option<StartedRuntime>>);

#[derive(Debug)]
struct StartedRuntime {
    /// `None` once it is dropped.
    runtime: Option<tokio::runtime::Runtime>,
    /// A forked child has a copy of the runtime, but none of its threads.
    process: u32,
}

impl Runtime {
    fn handle(&self) -> Result<Handle> {
        let fail = |source| Error::Io { at: Box::new(Location::object("threads")), source };
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let started = match &mut *state {
            Some(started) => started,
            none => none.insert(StartedRuntime::now().map_err(fail)?),
        };
        if started.process != std::process::id() {
            let reason = "the process was forked after the connector was used; make another one in the child";
            return Err(fail(std::io::Error::other(reason)));
        }
        started.runtime.as_ref().map(|runtime| runtime.handle().clone()).ok_or(Error::Stopped)
    }

    /// Runs a future on the runtime. The result can be awaited from any thread.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        future: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        Task(self.handle()?.spawn(CallerContext::current().around(future))).await
    }

    /// Runs blocking work. Its stop signal is set if the result is no longer awaited, because a running thread cannot
    /// be aborted.
    pub(crate) async fn run_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(Stop) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let flag = Arc::new(AtomicBool::new(false));
        let mut dropped = Dropped(Some(Arc::clone(&flag)));
        let stop = Stop::when(move || flag.load(Ordering::Relaxed));
        let context = CallerContext::current();
        let answer = Task(self.handle()?.spawn_blocking(move || context.within(|| work(stop)))).await;
        dropped.0 = None;
        answer
    }

    /// Runs a future that may block its thread, with file operations. It ends at its next await point if the result is
    /// no longer awaited.
    pub(crate) async fn run_waiting<T: Send + 'static>(
        &self,
        future: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let handle = self.handle()?;
        // A running thread cannot be aborted, but it detects that the other end was dropped.
        let (_wanted, no_more) = oneshot::channel::<()>();
        let work = move |_| {
            let (mut future, mut no_more) = (pin!(future), pin!(no_more));
            handle.block_on(poll_fn(|context| match no_more.as_mut().poll(context) {
                Poll::Ready(_) => Poll::Ready(Err(Error::Stopped)),
                Poll::Pending => future.as_mut().poll(context),
            }))
        };
        self.run_blocking(work).await
    }

    /// Starts a future on the runtime.
    pub(crate) fn start_task<T: Send + 'static>(
        &self,
        future: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<Task<T>> {
        Ok(Task(self.handle()?.spawn(CallerContext::current().around(future))))
    }
}

/// Sets a flag when it is dropped.
struct Dropped(Option<Arc<AtomicBool>>);

impl Drop for Dropped {
    fn drop(&mut self) {
        if let Some(flag) = &self.0 {
            flag.store(true, Ordering::Relaxed);
        }
    }
}

impl StartedRuntime {
    fn now() -> std::io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            // Transfers need little CPU time; the reader's own threads do the heavy work.
            .worker_threads(1)
            .thread_name("outlay-fetch")
            .enable_io()
            .enable_time()
            .build()?;
        Ok(Self { runtime: Some(runtime), process: std::process::id() })
    }
}

impl Drop for StartedRuntime {
    fn drop(&mut self) {
        // Dropped in another runtime, it must not block. In a forked child there is no thread to wait for.
        match self.runtime.take() {
            Some(runtime) if self.process == std::process::id() => runtime.shutdown_background(),
            runtime => std::mem::forget(runtime),
        }
    }
}

/// A task on the runtime, which is aborted when it is dropped.
#[derive(Debug)]
pub(crate) struct Task<T>(JoinHandle<Result<T>>);

impl<T> Task<T> {
    /// Starts a task next to the current one.
    pub(crate) fn spawn(future: impl Future<Output = Result<T>> + Send + 'static) -> Self
    where
        T: Send + 'static,
    {
        Self(tokio::spawn(CallerContext::current().around(future)))
    }

    /// Returns a handle to abort the task.
    pub(crate) fn abort_handle(&self) -> AbortHandle {
        self.0.abort_handle()
    }
}

impl<T> Future for Task<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|ended| match ended {
            Ok(answer) => answer,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(Error::Stopped),
            },
        })
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Blocks on a future of a [`Connector`](crate::Connector), inside or outside a runtime.
///
/// # Examples
///
/// ```no_run
/// let connector = outlay::Connector::builder().report_name("daily").build()?;
/// let periods = outlay::block_on(connector.periods())?;
/// # Ok::<(), outlay::Error>(())
/// ```
pub fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// Blocks on a future until `is_over` returns true, which is polled 20 times a second on the calling thread.
///
/// # Errors
///
/// [`Error::Stopped`] if `is_over` returned true first.
///
/// # Examples
///
/// ```
/// let stopped = outlay::block_on_unless(std::future::pending::<()>(), || true);
/// assert_eq!(stopped.err().map(|error| error.code()), Some("OUTLAY_STOPPED"));
/// ```
pub fn block_on_unless<F: Future>(future: F, is_over: impl Fn() -> bool) -> Result<F::Output> {
    const POLL_INTERVAL: Duration = Duration::from_millis(50);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return Ok(output),
            Poll::Pending if is_over() => return Err(Error::Stopped),
            Poll::Pending => thread::park_timeout(POLL_INTERVAL),
        }
    }
}
