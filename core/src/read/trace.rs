//! The spans of a read and its parts. Without the feature `trace` they record nothing.

use super::progress::Progress;
use crate::error::Error;

#[cfg(feature = "trace")]
pub(super) use spans::{PartSpan, ReadSpan};
#[cfg(not(feature = "trace"))]
pub(super) use without::{PartSpan, ReadSpan};

#[cfg(feature = "trace")]
mod spans {
    use tracing::{Span, field};

    use super::{Error, Progress};

    /// The span of a read. Its parent is the span in which the read was opened.
    #[derive(Clone, Debug)]
    pub(in super::super) struct ReadSpan(Span);

    /// The span of a part, in that of its read.
    #[derive(Debug)]
    pub(in super::super) struct PartSpan(Span);

    impl ReadSpan {
        pub(in super::super) fn begin(parts: usize, bytes: u64) -> Self {
            let (rows, bytes_done, retries) = (field::Empty, field::Empty, field::Empty);
            Self(tracing::debug_span!("read", parts, bytes, rows, bytes_done, retries))
        }

        /// Does work within the span.
        pub(in super::super) fn within<T>(&self, work: impl FnOnce() -> T) -> T {
            self.0.in_scope(work)
        }

        pub(in super::super) fn part(&self, object: &str, bytes: u64) -> PartSpan {
            let (rows_in, rows_out) = (field::Empty, field::Empty);
            self.within(|| PartSpan(tracing::debug_span!("part", object, bytes, rows_in, rows_out)))
        }

        fn count(&self, progress: Progress, retries: u64) {
            self.0.record("rows", progress.rows);
            self.0.record("bytes_done", progress.bytes_done);
            self.0.record("retries", retries);
        }

        pub(in super::super) fn end(&self, progress: Progress, retries: u64) {
            self.count(progress, retries);
            let (rows, bytes_done) = (progress.rows, progress.bytes_done);
            self.within(|| tracing::debug!(rows, bytes_done, retries, "the read ended"));
        }

        pub(in super::super) fn fail(&self, error: &Error, progress: Progress, retries: u64) {
            self.count(progress, retries);
            let (rows, bytes_done) = (progress.rows, progress.bytes_done);
            let (code, retryable) = (error.code(), error.is_retryable());
            self.within(|| match error {
                Error::Stopped => tracing::debug!(rows, bytes_done, retries, "the read was stopped"),
                _ => tracing::warn!(
                    code,
                    retryable,
                    rows,
                    bytes_done,
                    retries,
                    error = error.traced(),
                    "the read failed"
                ),
            });
        }

        pub(in super::super) fn give_up(&self, progress: Progress, retries: u64) {
            self.count(progress, retries);
            let (rows, bytes_done) = (progress.rows, progress.bytes_done);
            self.within(|| tracing::debug!(rows, bytes_done, retries, "the reader was dropped before its end"));
        }
    }

    impl PartSpan {
        pub(in super::super) fn end(&self, rows_in: u64, rows_out: u64) {
            self.0.record("rows_in", rows_in);
            self.0.record("rows_out", rows_out);
            self.0.in_scope(|| tracing::debug!(rows_in, rows_out, "the part was read"));
        }
    }
}

#[cfg(not(feature = "trace"))]
mod without {
    use super::{Error, Progress};

    #[derive(Clone, Debug)]
    pub(in super::super) struct ReadSpan;

    #[derive(Debug)]
    pub(in super::super) struct PartSpan;

    impl ReadSpan {
        pub(in super::super) fn begin(_: usize, _: u64) -> Self {
            Self
        }

        pub(in super::super) fn within<T>(&self, work: impl FnOnce() -> T) -> T {
            work()
        }

        pub(in super::super) fn part(&self, _: &str, _: u64) -> PartSpan {
            PartSpan
        }

        pub(in super::super) fn end(&self, _: Progress, _: u64) {}

        pub(in super::super) fn fail(&self, _: &Error, _: Progress, _: u64) {}

        pub(in super::super) fn give_up(&self, _: Progress, _: u64) {}
    }

    impl PartSpan {
        pub(in super::super) fn end(&self, _: u64, _: u64) {}
    }
}
