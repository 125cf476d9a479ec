//! The stop signal of a read.

use std::fmt;
use std::sync::Arc;

/// A stop signal, polled while reading. The default is never set.
#[derive(Clone, Default)]
pub(crate) struct Stop(Option<Arc<dyn Fn() -> bool + Send + Sync>>);

impl Stop {
    pub(crate) fn when(ask: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(ask)))
    }

    /// Combines two signals: set if either is set.
    pub(crate) fn or(self, other: Self) -> Self {
        match (self, other) {
            (one, Self(None)) | (Self(None), one) => one,
            (one, other) => Self::when(move || one.is_wanted() || other.is_wanted()),
        }
    }

    pub(crate) fn is_wanted(&self) -> bool {
        self.0.as_ref().is_some_and(|ask| ask())
    }
}

impl fmt::Debug for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "when asked" } else { "never" })
    }
}
