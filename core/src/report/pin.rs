//! The version of a local file: its size, its times of change, and its identity.
//!
//! A part is pinned when it is planned, and compared when it is opened and at its end, so that all rows are from one
//! version of the file. A pin is valid only in its process; in other processes only the size of a part is compared.

use std::fs::Metadata;
use std::time::SystemTime;

/// The time at which content or attributes of a file changed: seconds and nanoseconds.
type Changed = (i64, i64);
/// Device and inode.
type FileId = (u64, u64);

/// The version of a regular file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FileVersion {
    pub(super) size: u64,
    modified: Option<SystemTime>,
    /// `None` if the system does not have it.
    changed: Option<Changed>,
    /// `None` if the file system does not have it.
    file: Option<FileId>,
}

impl FileVersion {
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
    pub(super) fn difference(&self, now: &Self) -> Option<String> {
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

pub(super) fn resized(before: u64, now: u64) -> String {
    format!("its size changed from {before} to {now} bytes")
}

/// The version of a part when it was planned. `None` for pipes, and for parts planned in another process. It is not
/// part of the identity, so parts with different pins are equal.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pin(pub(crate) Option<FileVersion>);

impl PartialEq for Pin {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
