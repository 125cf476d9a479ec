//! The threads that talk to AWS, and how others wait for them.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::{AbortHandle, JoinHandle};

use crate::error::{Error, Location, Result};

/// A runtime of one connector: it works in callers that have none, or another one.
#[derive(Debug)]
pub(crate) struct Runtime {
    /// `None` once it is dropped.
    inner: Option<tokio::runtime::Runtime>,
}

impl Runtime {
    pub(crate) fn start() -> Result<Self> {
        let built = Builder::new_multi_thread()
            // Moving bytes is light work; what is heavy is done by whoever reads.
            .worker_threads(1)
            .max_blocking_threads(8)
            .thread_name("outlay-fetch")
            .enable_io()
            .enable_time()
            .build();
        let inner = built.map_err(|source| Error::Io { at: Box::new(Location::object("threads")), source })?;
        Ok(Self { inner: Some(inner) })
    }

    pub(crate) fn handle(&self) -> Option<&Handle> {
        self.inner.as_ref().map(tokio::runtime::Runtime::handle)
    }

    /// Runs a future on these threads; the answer can be awaited on any others.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        future: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let Some(handle) = self.handle() else { return Err(Error::Stopped) };
        Task(handle.spawn(future)).await
    }

    /// The same for work that waits by itself.
    pub(crate) async fn run_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let Some(handle) = self.handle() else { return Err(Error::Stopped) };
        Task(handle.spawn_blocking(work)).await
    }

    /// The same for a future that may keep its thread for a while, with files. It ends where it waits next when nobody waits
    /// for its answer any more.
    pub(crate) async fn run_waiting<T: Send + 'static>(
        &self,
        future: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let Some(handle) = self.handle().cloned() else { return Err(Error::Stopped) };
        // A thread that is begun is not aborted: it sees that the other end is gone.
        let (_wanted, no_more) = oneshot::channel::<()>();
        let work = move || {
            let (mut future, mut no_more) = (pin!(future), pin!(no_more));
            handle.block_on(poll_fn(|context| match no_more.as_mut().poll(context) {
                Poll::Ready(_) => Poll::Ready(Err(Error::Stopped)),
                Poll::Pending => future.as_mut().poll(context),
            }))
        };
        self.run_blocking(work).await
    }

    /// Starts a future on these threads.
    pub(crate) fn start_task<T: Send + 'static>(
        &self,
        future: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<Task<T>> {
        self.handle().map(|handle| Task(handle.spawn(future))).ok_or(Error::Stopped)
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        // Dropped inside another runtime, it must not wait.
        if let Some(inner) = self.inner.take() {
            inner.shutdown_background();
        }
    }
}

/// Work on these threads, which ends when nobody waits for its answer any more.
#[derive(Debug)]
pub(crate) struct Task<T>(JoinHandle<Result<T>>);

impl<T> Task<T> {
    /// Begins work beside that which is under way.
    pub(crate) fn beside(future: impl Future<Output = Result<T>> + Send + 'static) -> Self
    where
        T: Send + 'static,
    {
        Self(tokio::spawn(future))
    }

    /// A way to end it from elsewhere.
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

/// Waits on the caller's thread for an answer of a [`Connector`](crate::Connector), inside a runtime or without one.
///
/// ```no_run
/// let connector = outlay::Connector::builder().report_name("daily").build()?;
/// let periods = outlay::wait(connector.periods())?;
/// # Ok::<(), outlay::Error>(())
/// ```
pub fn wait<F: Future>(future: F) -> F::Output {
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

/// The same, given up once the caller wants no more: it is asked for that on this thread, twenty times a second.
///
/// Errors: [`Error::Stopped`] then.
///
/// ```
/// let stopped = outlay::wait_until(std::future::pending::<()>(), || true);
/// assert_eq!(stopped.err().map(|error| error.code()), Some("OUTLAY_STOPPED"));
/// ```
pub fn wait_until<F: Future>(future: F, is_over: impl Fn() -> bool) -> Result<F::Output> {
    const PATIENCE: Duration = Duration::from_millis(50);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return Ok(output),
            Poll::Pending if is_over() => return Err(Error::Stopped),
            Poll::Pending => thread::park_timeout(PATIENCE),
        }
    }
}
