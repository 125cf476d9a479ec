//! The version of a local file: its size, its times of change, and its identity.
//!
//! A part is pinned when it is planned, and compared when it is opened and at its end, so that all rows are from one
//! version of the file. A pin is valid only in its process; in other processes only the size of a part is compared.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::PathBuf;
use std::time::SystemTime;

use super::part::Part;
use crate::error::{Error, Location, Result};

/// The time at which content or attributes of a file changed: seconds and nanoseconds.
type Changed = (i64, i64);
/// Device and inode.
type FileId = (u64, u64);

/// The version of a regular file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Version {
    size: u64,
    modified: Option<SystemTime>,
    /// `None` if the system does not have it.
    changed: Option<Changed>,
    /// `None` if the file system does not have it.
    file: Option<FileId>,
}

impl Version {
    /// Returns the version in metadata; `None` if it is not of a regular file, as for a pipe.
    pub(crate) fn of(metadata: &Metadata) -> Option<Self> {
        if !metadata.is_file() {
            return None;
        }
        let (changed, file) = system_facts(metadata);
        Some(Self { size: metadata.len(), modified: metadata.modified().ok(), changed, file })
    }

    /// Returns device and inode, if the file system has them.
    pub(crate) fn file(&self) -> Option<FileId> {
        self.file
    }

    /// Describes the change between two versions; `None` if they are equal.
    fn difference(&self, now: &Self) -> Option<String> {
        if self.file != now.file {
            return Some("it was replaced by another file".to_owned());
        }
        if self.size != now.size {
            return Some(resized(self.size, now.size));
        }
        if self.modified != now.modified {
            return Some("it was modified".to_owned());
        }
        (self.changed != now.changed).then(|| "its change time differs".to_owned())
    }
}

#[cfg(unix)]
fn system_facts(metadata: &Metadata) -> (Option<Changed>, Option<FileId>) {
    use std::os::unix::fs::MetadataExt;
    // Some file systems have no inodes and report 0.
    let file = (metadata.ino() != 0).then(|| (metadata.dev(), metadata.ino()));
    (Some((metadata.ctime(), metadata.ctime_nsec())), file)
}

#[cfg(not(unix))]
fn system_facts(_: &Metadata) -> (Option<Changed>, Option<FileId>) {
    (None, None)
}

fn resized(before: u64, now: u64) -> String {
    format!("its size changed from {before} to {now} bytes")
}

/// The version of a part when it was planned. `None` for pipes, and for parts planned in another process. It is not
/// part of the identity, so parts with different pins are equal.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pin(pub(crate) Option<Version>);

impl PartialEq for Pin {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// A local file being read, which is compared with the planned version when it is opened and at its end.
#[derive(Debug)]
pub(crate) struct PinnedFile {
    file: File,
    path: PathBuf,
    object: String,
    /// `None` if it is not a regular file.
    version: Option<Version>,
    /// Number of bytes read.
    taken: u64,
}

impl PinnedFile {
    /// Opens a part.
    ///
    /// Fails with [`Error::NotFound`], [`Error::Io`], or [`Error::SourceChanged`] if it is not the planned version.
    pub(crate) fn open(part: &Part) -> Result<Self> {
        let file = part.open()?;
        let io = |source| Error::Io { at: Box::new(Location::object(&part.object)), source };
        let version = Version::of(&file.metadata().map_err(io)?);
        if let Some(difference) = since_planned(part, version.as_ref()) {
            return Err(changed(&part.object, &difference));
        }
        // The working directory may change before the end.
        let path = std::fs::canonicalize(&part.path).unwrap_or_else(|_| PathBuf::from(&part.path));
        Ok(Self { file, path, object: part.object.clone(), version, taken: 0 })
    }

    /// Describes the change since the file was opened.
    fn difference(&self) -> io::Result<Option<String>> {
        let Some(version) = &self.version else { return Ok(None) };
        // The path is checked first: a replaced file differs from its own version only in its number of links.
        for metadata in [std::fs::metadata(&self.path), self.file.metadata()] {
            let now = match metadata {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some("it was removed".to_owned())),
                metadata => Version::of(&metadata?),
            };
            let difference = now.map_or(Some("it is no longer a file".to_owned()), |now| version.difference(&now));
            if difference.is_some() {
                return Ok(difference);
            }
        }
        // Files of the system, such as in /proc, have a size of 0 but have content.
        Ok((version.size > 0 && version.size != self.taken).then(|| resized(version.size, self.taken)))
    }
}

impl Read for PinnedFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.taken += read as u64;
        let is_over = self.version.is_some_and(|version| version.size > 0 && self.taken > version.size);
        if ((read == 0 && !buffer.is_empty()) || is_over)
            && let Some(difference) = self.difference()?
        {
            return Err(io::Error::other(changed(&self.object, &difference)));
        }
        Ok(read)
    }
}

/// Describes how a part differs from the planned one.
fn since_planned(part: &Part, now: Option<&Version>) -> Option<String> {
    match (part.pin.0, now) {
        (Some(planned), Some(now)) => planned.difference(now),
        (Some(_), None) => Some("it is no longer a file".to_owned()),
        // The size of a part planned in another process is known, unless it was a stream.
        (None, Some(now)) => (part.size > 0 && part.size != now.size).then(|| resized(part.size, now.size)),
        (None, None) => None,
    }
}

/// Returns the error for a part that has changed since it was planned. Used when its bytes are invalid.
pub(crate) fn change_of(part: &Part) -> Option<Error> {
    let difference = match std::fs::metadata(&part.path) {
        Ok(metadata) => since_planned(part, Version::of(&metadata).as_ref()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Some("it was removed".to_owned()),
        Err(_) => None,
    };
    difference.map(|difference| changed(&part.object, &difference))
}

fn changed(object: &str, difference: &str) -> Error {
    let reason = format!("it changed after it was planned: {difference}; plan and read it again");
    Error::SourceChanged { at: Box::new(Location::object(object)), reason }
}
