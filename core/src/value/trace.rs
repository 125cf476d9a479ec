//! The caller's span and subscriber, for work on other threads, and the event of a call that failed. Without the feature
//! `trace` both do nothing.

use crate::error::{Error, Result};

/// The span and the subscriber of the thread that made it. Work on other threads is recorded within them.
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "trace"), allow(dead_code, reason = "nothing is recorded"))]
pub(crate) struct CallerContext {
    #[cfg(feature = "trace")]
    span: tracing::Span,
    #[cfg(feature = "trace")]
    dispatch: tracing::Dispatch,
}

#[cfg_attr(
    not(any(feature = "stream", feature = "fetch")),
    allow(dead_code, reason = "only streams and requests use other threads for the caller")
)]
impl CallerContext {
    /// Returns the context of the current thread.
    pub(crate) fn current() -> Self {
        Self {
            #[cfg(feature = "trace")]
            span: tracing::Span::current(),
            #[cfg(feature = "trace")]
            dispatch: tracing::dispatcher::get_default(Clone::clone),
        }
    }

    /// Does work within the context.
    pub(crate) fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        #[cfg(feature = "trace")]
        return tracing::dispatcher::with_default(&self.dispatch, || self.span.in_scope(work));
        #[cfg(not(feature = "trace"))]
        work()
    }

    /// Polls a future within the context.
    #[cfg(feature = "fetch")]
    pub(crate) fn around<F: Future>(self, future: F) -> impl Future<Output = F::Output> {
        use tracing::instrument::{Instrument, WithSubscriber};
        future.instrument(self.span).with_subscriber(self.dispatch)
    }
}

/// Records the failure of a call of the API. A call that the caller ended has not failed.
pub(crate) fn told<T>(call: &'static str, result: Result<T>) -> Result<T> {
    if let Err(error) = &result {
        failed(call, error);
    }
    result
}

#[cfg(feature = "trace")]
fn failed(call: &'static str, error: &Error) {
    let (code, retryable) = (error.code(), error.is_retryable());
    if !matches!(error, Error::Stopped) {
        tracing::warn!(call, code, retryable, error = error.traced(), "a call failed");
    }
}

#[cfg(not(feature = "trace"))]
fn failed(_: &'static str, _: &Error) {}
