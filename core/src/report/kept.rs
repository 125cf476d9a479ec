//! Objects whose bytes are kept so that they can be read again: in memory, or in a temporary file.

use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::Arc;

use super::part::Part;
use super::source::{Input, Source};
use crate::error::{Error, Location, Result, clip};
use crate::value::stop::Stop;

/// Number of bytes that are copied at once.
const CHUNK: usize = 1 << 16;

/// The bytes of one object, which each pass reads from the first byte.
#[derive(Clone)]
pub(crate) enum Kept {
    Memory(Arc<dyn AsRef<[u8]> + Send + Sync>),
    /// A temporary file without a name, which the system removes when it is closed.
    Spooled(Arc<File>),
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Memory(_) => "Memory",
            Self::Spooled(_) => "Spooled",
        })
    }
}

impl Kept {
    /// Copies a stream of at most `most` bytes to a temporary file.
    ///
    /// Fails with [`Error::Option`] if the stream is longer, with [`Error::Io`] if it cannot be read or the file cannot
    /// be written, and with [`Error::Stopped`].
    pub(crate) fn spool(object: &str, mut input: impl Read, most: u64, stop: &Stop) -> Result<Self> {
        let io = |source| Error::Io { at: Box::new(Location::object(object)), source };
        let mut file = tempfile::tempfile().map_err(io)?;
        let (mut chunk, mut total) = (vec![0; CHUNK], 0_u64);
        loop {
            if stop.is_wanted() {
                return Err(Error::Stopped);
            }
            let read = match input.read(&mut chunk) {
                Ok(0) => return Ok(Self::Spooled(Arc::new(file))),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Error::reading(object, error)),
            };
            total += read as u64;
            if total > most {
                let reason = format!(
                    "the stream has more than {most} bytes, the most that are kept in a temporary file; raise the \
                     option, or write the stream to a file and open that"
                );
                return Err(Error::Option { option: "spool_bytes", reason });
            }
            file.write_all(chunk.get(..read).unwrap_or_default()).map_err(io)?;
        }
    }
}

/// The objects of a report, by name.
#[derive(Clone, Debug)]
pub(crate) struct KeptObjects(Arc<Vec<(String, Kept)>>);

impl KeptObjects {
    /// Fails with [`Error::Option`] if there is no object, or if two have the same name.
    pub(crate) fn new(objects: Vec<(String, Kept)>) -> Result<Self> {
        let fail = |reason: String| Err(Error::Option { option: "path", reason });
        let mut names = HashSet::new();
        if let Some((twice, _)) = objects.iter().find(|(name, _)| !names.insert(name)) {
            return fail(format!("two objects have the name `{}`; give each its own", clip(twice.as_bytes())));
        }
        if objects.is_empty() {
            return fail("no object was given".to_owned());
        }
        Ok(Self(Arc::new(objects)))
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

impl Source for KeptObjects {
    fn open(&self, part: &Part, _: &Stop) -> Result<Input> {
        match self.0.iter().find(|(name, _)| *name == part.object) {
            Some((_, Kept::Memory(bytes))) => Ok(Input::new(MemoryReader { bytes: Arc::clone(bytes), offset: 0 })),
            Some((_, Kept::Spooled(file))) => Ok(Input::new(FileReader { file: Arc::clone(file), offset: 0 })),
            None => Err(Error::MissingPart { at: Box::new(Location::object(&part.object)), part: part.object.clone() }),
        }
    }
}

struct MemoryReader {
    bytes: Arc<dyn AsRef<[u8]> + Send + Sync>,
    offset: usize,
}

impl Read for MemoryReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut rest = (*self.bytes).as_ref().get(self.offset..).unwrap_or_default();
        let read = rest.read(buffer)?;
        self.offset += read;
        Ok(read)
    }
}

/// Reads a file from its own position, so that several readers can share the file.
struct FileReader {
    file: Arc<File>,
    offset: u64,
}

impl Read for FileReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        #[cfg(unix)]
        let read = std::os::unix::fs::FileExt::read_at(&*self.file, buffer, self.offset)?;
        #[cfg(windows)]
        let read = std::os::windows::fs::FileExt::seek_read(&*self.file, buffer, self.offset)?;
        self.offset += read as u64;
        Ok(read)
    }
}
