//! Where the bytes of parts come from.

use std::fmt;
use std::io::Read;
use std::sync::{Mutex, PoisonError};

use super::part::{Part, Plan};
use super::pin::{PinnedFile, change_of};
use crate::error::{Error, Location, Result};
use crate::value::stop::Stop;
use crate::value::warning::Warning;

/// What the addresses of objects in S3 begin with.
pub(crate) const S3: &str = "s3://";

/// The bytes of a part, compressed as they are. An error that is ours comes wrapped in one of the system's.
pub(crate) struct Input {
    pub(crate) bytes: Box<dyn Read + Send>,
    /// Watches what is taken, where the part may be opened a second time.
    pub(crate) watch: Option<Watch>,
}

impl Input {
    pub(crate) fn new(bytes: impl Read + Send + 'static) -> Self {
        Self { bytes: Box::new(bytes), watch: None }
    }

    /// The same with its bytes watched: those up to `before` have to be those of the first time.
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
    let reason = "its bytes were damaged in transit, and rows were made of them; read it again".to_owned();
    Error::SourceChanged { at: Box::new(Location::object(object)), reason }
}

/// So many bytes of a part, and the checksum of all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) taken: u64,
    checksum: u32,
}

/// Keeps a checksum of the bytes that are taken, and compares it with that of an earlier time.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    checksum: crc32fast::Hasher,
    taken: u64,
    before: Option<Mark>,
}

impl Watch {
    /// How many of some bytes may be taken at once: not past the place of comparison.
    pub(crate) fn most(&self, bytes: usize) -> usize {
        let room = self.before.map(|before| before.taken.saturating_sub(self.taken));
        room.and_then(|room| usize::try_from(room).ok()).map_or(bytes, |room| bytes.min(room))
    }

    /// Bytes were taken. Fails at the place of comparison when they are not those of the first time.
    pub(crate) fn take(&mut self, object: &str, bytes: &[u8]) -> Result<()> {
        self.checksum.update(bytes);
        self.taken += bytes.len() as u64;
        match self.before.take_if(|before| before.taken <= self.taken) {
            Some(before) if before != self.mark() => Err(damaged(object)),
            _ => Ok(()),
        }
    }

    /// The part ends here. Fails when it is shorter than what was used of it the first time.
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

/// Times that a read is restarted because its report changed meanwhile.
pub(crate) const MOST_RESTARTS: u32 = 3;

/// Where the parts of a read lie.
pub(crate) trait Source: fmt::Debug + Send + Sync {
    /// Opens a part at its first byte. `stop` is asked wherever bytes are waited for.
    fn open(&self, part: &Part, stop: &Stop) -> Result<Input>;

    /// The same for a look at its first bytes.
    fn head(&self, part: &Part, stop: &Stop) -> Result<Input> {
        self.open(part, stop)
    }

    /// Opens a part once more, after its bytes could not be understood: they may have been damaged in transit. Those that
    /// were used have to be the same. `None` where a second look can show nothing else.
    fn reopen(&self, _part: &Part, _used: Mark, _stop: &Stop) -> Option<Result<Input>> {
        None
    }

    /// The error of a part that changed since it was planned; asked when its bytes could not be understood.
    fn change_of(&self, _part: &Part) -> Option<Error> {
        None
    }

    /// Fails when the parts that were read turn out not to be of one delivery; asked when all are read.
    fn settle(&self) -> Result<Vec<Warning>> {
        Ok(Vec::new())
    }

    /// The parts of the newest delivery, after one changed while it was read. `None` where nothing changes.
    fn newest(&self) -> Option<Result<Plan>> {
        None
    }

    /// No more bytes are wanted: threads that wait for some are unblocked.
    fn cancel(&self) {}

    /// Whether the paths of parts are those of files.
    fn has_files(&self) -> bool {
        false
    }

    /// Whether a read of bytes can block forever with no way to cancel it.
    fn can_hang(&self) -> bool {
        false
    }
}

/// Parts that are files, each held to the version that was planned.
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

/// One part that comes as a stream of the caller's.
#[derive(Debug)]
pub(crate) struct OneStream(Mutex<Option<Input>>);

impl OneStream {
    pub(crate) fn new(input: Input) -> Self {
        Self(Mutex::new(Some(input)))
    }
}

impl Source for OneStream {
    fn open(&self, part: &Part, _: &Stop) -> Result<Input> {
        let input = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        input.ok_or_else(|| Error::Format {
            at: Box::new(Location::object(&part.object)),
            reason: "the stream was read already".to_owned(),
        })
    }

    fn cancel(&self) {
        // A stream that was not begun is the caller's again.
        let input = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(input);
    }

    fn can_hang(&self) -> bool {
        true
    }
}
