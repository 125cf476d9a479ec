//! Detection of forked processes. A forked child has a copy of the memory, shares the positions of open files, and has
//! none of the threads.

use crate::error::{Error, Location, Result};

/// A process, by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Process(u32);

impl Process {
    /// Returns the current process.
    pub(crate) fn current() -> Self {
        Self(std::process::id())
    }

    /// Returns whether this is the current process.
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
