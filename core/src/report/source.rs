//! Sources of the bytes of parts.

use std::collections::HashMap;
use std::fmt;
use std::io::Read;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::part::{Part, Plan};
use super::pinned::{PinnedFile, change_of};
use crate::error::{Error, Location, Result};
use crate::value::stop::Stop;
use crate::value::warning::Warning;

/// The prefix of addresses in S3.
pub(crate) const S3: &str = "s3://";

/// The bytes of a part, not decompressed. An [`Error`] is wrapped in an `io::Error`.
pub(crate) struct Input {
    pub(crate) bytes: Box<dyn Read + Send>,
    /// Tracks the bytes read, if the part can be opened again.
    pub(crate) watch: Option<Watch>,
}

impl Input {
    pub(crate) fn new(bytes: impl Read + Send + 'static) -> Self {
        Self { bytes: Box::new(bytes), watch: None }
    }

    /// Tracks the bytes read. Those up to `before` must be the same as in the first read.
    #[cfg(feature = "fetch")]
    pub(crate) fn watched(mut self, before: Option<Mark>) -> Self {
        self.watch = Some(Watch { before, ..Watch::default() });
        self
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Input")
    }
}

fn damaged(object: &str) -> Error {
    let reason = "its bytes were corrupted in transit after rows had been returned; read the report again".to_owned();
    Error::SourceChanged { at: Box::new(Location::object(object)), reason }
}

/// A number of bytes of a part, and their checksum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) taken: u64,
    checksum: u32,
}

/// Computes a checksum of the bytes read, and compares it with that of an earlier read.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    checksum: crc32fast::Hasher,
    taken: u64,
    before: Option<Mark>,
}

impl Watch {
    /// Returns how many of `bytes` bytes can be read at once without passing the position of the comparison.
    pub(crate) fn most(&self, bytes: usize) -> usize {
        let room = self.before.map(|before| before.taken.saturating_sub(self.taken));
        room.and_then(|room| usize::try_from(room).ok()).map_or(bytes, |room| bytes.min(room))
    }

    /// Adds bytes. Fails at the position of the comparison if they differ from the first read.
    pub(crate) fn take(&mut self, object: &str, bytes: &[u8]) -> Result<()> {
        self.checksum.update(bytes);
        self.taken += bytes.len() as u64;
        match self.before.take_if(|before| before.taken <= self.taken) {
            Some(before) if before != self.mark() => Err(damaged(object)),
            _ => Ok(()),
        }
    }

    /// Ends the part. Fails if it is shorter than the bytes used in the first read.
    pub(crate) fn end(&mut self, object: &str) -> Result<()> {
        match self.before.take() {
            Some(_) => Err(damaged(object)),
            None => Ok(()),
        }
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark { taken: self.taken, checksum: self.checksum.clone().finalize() }
    }
}

/// Maximum number of restarts of a read whose report changed.
pub(crate) const MOST_RESTARTS: u32 = 3;

/// A source of the parts of a read.
pub(crate) trait Source: fmt::Debug + Send + Sync {
    /// Opens a part at its first byte. `stop` is polled while waiting for bytes.
    fn open(&self, part: &Part, stop: &Stop) -> Result<Input>;

    /// Opens a part to read its first bytes only.
    fn head(&self, part: &Part, stop: &Stop) -> Result<Input> {
        self.open(part, stop)
    }

    /// Opens a part again after its bytes were invalid, because they may have been corrupted in transit. The bytes used
    /// so far must be the same. `None` if a second read cannot differ.
    fn reopen(&self, _part: &Part, _used: Mark, _stop: &Stop) -> Option<Result<Input>> {
        None
    }

    /// Returns the error for a part that has changed since it was planned. Called when its bytes are invalid.
    fn change_of(&self, _part: &Part) -> Option<Error> {
        None
    }

    /// Fails if the parts were not all of one delivery. Called after the last part.
    fn check_unchanged(&self) -> Result<Vec<Warning>> {
        Ok(Vec::new())
    }

    /// Returns the plan of the newest delivery, after a part changed while it was read. `None` if parts cannot change.
    fn newest(&self) -> Option<Result<Plan>> {
        None
    }

    /// Cancels reads: threads that wait for bytes are unblocked.
    fn cancel(&self) {}

    /// Returns how many requests for bytes were repeated so far.
    fn retries(&self) -> u64 {
        0
    }

    /// Returns whether the paths of parts are files.
    fn has_files(&self) -> bool {
        false
    }

    /// Whether a read of bytes can block forever with no way to cancel it.
    fn can_hang(&self) -> bool {
        false
    }
}

/// Parts in files, which must have their planned version.
#[derive(Debug)]
pub(crate) struct Files;

impl Source for Files {
    fn open(&self, part: &Part, _: &Stop) -> Result<Input> {
        Ok(Input::new(PinnedFile::open(part)?))
    }

    fn change_of(&self, part: &Part) -> Option<Error> {
        change_of(part)
    }

    fn has_files(&self) -> bool {
        true
    }
}

/// Parts that are streams of the caller, each of which can be read once.
#[derive(Debug)]
pub(crate) struct Streams(Mutex<HashMap<String, Input>>);

impl Streams {
    /// Creates a source of streams by the names of their parts, which differ.
    pub(crate) fn new(inputs: impl IntoIterator<Item = (String, Input)>) -> Self {
        Self(Mutex::new(inputs.into_iter().collect()))
    }

    fn inputs(&self) -> MutexGuard<'_, HashMap<String, Input>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source for Streams {
    fn open(&self, part: &Part, _: &Stop) -> Result<Input> {
        self.inputs().remove(&part.object).ok_or_else(|| Error::Format {
            at: Box::new(Location::object(&part.object)),
            reason: "the stream was read already".to_owned(),
        })
    }

    fn cancel(&self) {
        // Streams that were not started are released, without the lock, because a release may call other code.
        let inputs = std::mem::take(&mut *self.inputs());
        drop(inputs);
    }

    fn can_hang(&self) -> bool {
        true
    }
}
