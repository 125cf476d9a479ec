//! The process that something was made in. A child that was forked has a copy of its memory and its file descriptors, whose
//! positions the two share, and none of its threads.

use crate::error::{Error, Location, Result};

/// A process, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Process(u32);

impl Process {
    /// The process that this is called in.
    pub(crate) fn current() -> Self {
        Self(std::process::id())
    }

    /// Whether this is called in that process.
    pub(crate) fn is_current(self) -> bool {
        self == Self::current()
    }

    /// Fails in any other process.
    pub(crate) fn check(self) -> Result<()> {
        if self.is_current() {
            return Ok(());
        }
        let reason = "the process was forked after the reader was made; read the report again in the child";
        Err(Error::Io { at: Box::new(Location::object("reader")), source: std::io::Error::other(reason) })
    }
}
