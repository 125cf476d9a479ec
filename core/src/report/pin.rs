//! The version of a local file that is read: its size, its times of change, and which file it is.
//!
//! A part is pinned when it is planned. It is compared when it is opened and at its end, so that the rows of a read are
//! those of one version of each file. A pin stays in the process that made it: elsewhere only the size of a part binds.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::PathBuf;
use std::time::SystemTime;

use super::part::Part;
use crate::error::{Error, Location, Result};

/// When content or attributes of a file changed: seconds and nanoseconds.
type Changed = (i64, i64);
/// Device and inode.
type FileId = (u64, u64);

/// What tells one version of a plain file from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Version {
    size: u64,
    modified: Option<SystemTime>,
    /// Where the system keeps that.
    changed: Option<Changed>,
    /// Where there are such.
    file: Option<FileId>,
}

impl Version {
    /// The version that metadata is of; `None` for what is no plain file, such as a pipe.
    pub(crate) fn of(metadata: &Metadata) -> Option<Self> {
        if !metadata.is_file() {
            return None;
        }
        let (changed, file) = system_facts(metadata);
        Some(Self { size: metadata.len(), modified: metadata.modified().ok(), changed, file })
    }

    /// Device and inode, where there are such.
    pub(crate) fn file(&self) -> Option<FileId> {
        self.file
    }

    /// What changed up to `now`; `None` where nothing did.
    fn difference(&self, now: &Self) -> Option<String> {
        if self.file != now.file {
            return Some("another file took its place".to_owned());
        }
        if self.size != now.size {
            return Some(resized(self.size, now.size));
        }
        if self.modified != now.modified {
            return Some("it was written to".to_owned());
        }
        (self.changed != now.changed).then(|| "its time of change is another one".to_owned())
    }
}

#[cfg(unix)]
fn system_facts(metadata: &Metadata) -> (Option<Changed>, Option<FileId>) {
    use std::os::unix::fs::MetadataExt;
    // Some file systems have no inodes and say 0.
    let file = (metadata.ino() != 0).then(|| (metadata.dev(), metadata.ino()));
    (Some((metadata.ctime(), metadata.ctime_nsec())), file)
}

#[cfg(not(unix))]
fn system_facts(_: &Metadata) -> (Option<Changed>, Option<FileId>) {
    (None, None)
}

fn resized(before: u64, now: u64) -> String {
    format!("its size was {before} bytes and is {now}")
}

/// The version that a part had when it was planned; `None` for pipes, and for parts that were planned elsewhere. It says
/// nothing of which part it is: parts are equal whatever their pins are.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pin(pub(crate) Option<Version>);

impl PartialEq for Pin {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// A local part that is read, compared with what was planned when it is opened and at its end.
#[derive(Debug)]
pub(crate) struct PinnedFile {
    file: File,
    path: PathBuf,
    object: String,
    /// `None` for what is no plain file.
    version: Option<Version>,
    /// Bytes that were taken.
    taken: u64,
}

impl PinnedFile {
    /// Opens a part.
    ///
    /// Errors: [`Error::NotFound`], [`Error::Io`], [`Error::SourceChanged`] when it is not the one that was planned.
    pub(crate) fn open(part: &Part) -> Result<Self> {
        let file = part.open()?;
        let io = |source| Error::Io { at: Box::new(Location::object(&part.object)), source };
        let version = Version::of(&file.metadata().map_err(io)?);
        if let Some(difference) = since_planned(part, version.as_ref()) {
            return Err(changed(&part.object, &difference));
        }
        // The working directory may be another one at the end.
        let path = std::fs::canonicalize(&part.path).unwrap_or_else(|_| PathBuf::from(&part.path));
        Ok(Self { file, path, object: part.object.clone(), version, taken: 0 })
    }

    /// What changed since it was opened.
    fn difference(&self) -> io::Result<Option<String>> {
        let Some(version) = &self.version else { return Ok(None) };
        // That of the path first: a file that another one replaced differs from itself only by a count of names.
        for metadata in [std::fs::metadata(&self.path), self.file.metadata()] {
            let now = match metadata {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some("it was removed".to_owned())),
                metadata => Version::of(&metadata?),
            };
            let difference = now.map_or(Some("it is no file any more".to_owned()), |now| version.difference(&now));
            if difference.is_some() {
                return Ok(difference);
            }
        }
        // Files of the system itself have a size of 0 and content all the same.
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

/// How a part that is there now differs from the planned one.
fn since_planned(part: &Part, now: Option<&Version>) -> Option<String> {
    match (part.pin.0, now) {
        (Some(planned), Some(now)) => planned.difference(now),
        (Some(_), None) => Some("it is no file any more".to_owned()),
        // Of a part that was planned elsewhere the size is known, unless it was a stream.
        (None, Some(now)) => (part.size > 0 && part.size != now.size).then(|| resized(part.size, now.size)),
        (None, None) => None,
    }
}

/// The error of a part that is no longer the one that was planned: for those whose bytes could not be understood.
pub(crate) fn change_of(part: &Part) -> Option<Error> {
    let difference = match std::fs::metadata(&part.path) {
        Ok(metadata) => since_planned(part, Version::of(&metadata).as_ref()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Some("it was removed".to_owned()),
        Err(_) => None,
    };
    difference.map(|difference| changed(&part.object, &difference))
}

fn changed(object: &str, difference: &str) -> Error {
    let reason = format!("it changed since it was planned: {difference}; plan and read it again");
    Error::SourceChanged { at: Box::new(Location::object(object)), reason }
}
