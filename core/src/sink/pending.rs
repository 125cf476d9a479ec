//! Files under construction: a temporary name beside the target, a lock while it is written, one rename at the end.

use std::collections::hash_map::RandomState;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::io_error;
use super::place::target_of;
use crate::error::Result;

/// What the names of all temporary files end in.
const SUFFIX: &str = ".tmp";
/// Digits of the random number in such a name.
const DIGITS: usize = 16;
/// Names that are tried: of 64 random bits not even the second is ever needed.
const MOST_NAMES: u32 = 100;

/// A file that takes the place of its target when it is complete, and is removed otherwise.
///
/// Its temporary name is a checksum of the target's name and a random number: of the same length for every target, and
/// never the same for two processes. It is locked as long as it is written, so that what a killed process has left can be
/// told from what another one is writing: the former is removed when the same target is written again.
#[derive(Debug)]
pub(crate) struct Pending {
    file: File,
    temporary: PathBuf,
    /// The path as it was given.
    path: PathBuf,
    /// The file that it leads to.
    target: PathBuf,
    is_complete: bool,
}

impl Pending {
    /// Begins a file for a path that an option names.
    ///
    /// Errors: [`Error::Option`](crate::Error::Option) where the path leads to something that is not a file,
    /// [`Error::Io`](crate::Error::Io) where no file can be made.
    pub(crate) fn create(option: &'static str, path: &Path) -> Result<Self> {
        let target = target_of(option, path)?;
        let prefix = prefix_of(&target);
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        remove_leftovers(folder, &prefix);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if target.exists() {
            // Until it has the rights of the file that it replaces no other user may read it.
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        for _ in 0..MOST_NAMES {
            let number = RandomState::new().build_hasher().finish();
            let temporary = target.with_file_name(format!("{prefix}{number:0DIGITS$x}{SUFFIX}"));
            match options.open(&temporary) {
                Ok(file) if hold(&file, &temporary) => {
                    return Ok(Self { file, temporary, path: path.to_owned(), target, is_complete: false });
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(io_error(path, error)),
            }
        }
        Err(io_error(path, io::Error::other(format!("no name for a temporary file is free in `{}`", folder.display()))))
    }

    /// Puts the file in its place, with the rights of the one that it replaces.
    pub(crate) fn complete(mut self) -> Result<()> {
        keep_rights(&self.file, &self.target);
        let renamed = self.file.sync_all().and_then(|()| fs::rename(&self.temporary, &self.target));
        renamed.map_err(|source| io_error(&self.path, source))?;
        self.is_complete = true;
        Ok(())
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if !self.is_complete {
            // Nothing can be done about a file that cannot be removed.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

impl Write for Pending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// What the names of all temporary files of a target begin with.
fn prefix_of(target: &Path) -> String {
    let name = target.file_name().unwrap_or_default();
    format!(".outlay-{:08x}-", crc32fast::hash(name.as_encoded_bytes()))
}

/// Locks a file that was just made. False when another process has taken it for a leftover before it was locked.
fn hold(file: &File, path: &Path) -> bool {
    match file.try_lock() {
        Ok(()) => is_at(file, path),
        Err(TryLockError::WouldBlock) => false,
        // A file system without locks: nothing that lies there is ever taken for a leftover.
        Err(TryLockError::Error(_)) => true,
    }
}

/// Whether a path still leads to an open file.
fn is_at(file: &File, path: &Path) -> bool {
    let Ok(there) = fs::symlink_metadata(path) else { return false };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        file.metadata().is_ok_and(|open| (open.dev(), open.ino()) == (there.dev(), there.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        there.is_file()
    }
}

/// Removes temporary files of the same target that no process holds. What cannot be removed stays: it is in no one's way.
fn remove_leftovers(folder: &Path, prefix: &str) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix(prefix)?.strip_suffix(SUFFIX));
        let is_ours =
            number.is_some_and(|number| number.len() == DIGITS && number.bytes().all(|byte| byte.is_ascii_hexdigit()));
        // A pipe would be waited for, and a link leads to what is not ours.
        if !is_ours || !entry.file_type().is_ok_and(|kind| kind.is_file()) {
            continue;
        }
        let path = entry.path();
        // Locks of some network file systems need a file that is open for writing; one that is not writable is a
        // leftover as well.
        let Ok(file) = OpenOptions::new().write(true).open(&path).or_else(|_| File::open(&path)) else { continue };
        if file.try_lock().is_ok() && is_at(&file, &path) {
            let _ = fs::remove_file(&path);
        }
    }
}

/// Gives a new file the rights of the one that it replaces, and its owner and group where that is allowed. What is not
/// allowed leaves the file to its owner alone.
#[cfg(unix)]
fn keep_rights(file: &File, target: &Path) {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let (Ok(old), Ok(new)) = (fs::metadata(target), file.metadata()) else { return };
    let mut mode = old.mode() & 0o777;
    if old.uid() != new.uid() {
        let _ = fchown(file, Some(old.uid()), None);
    }
    if old.gid() != new.gid() && fchown(file, None, Some(old.gid())).is_err() {
        // Members of another group may do no more than all others.
        mode = (mode & 0o707) | ((mode & 0o007) << 3);
    }
    let _ = file.set_permissions(fs::Permissions::from_mode(mode));
}

#[cfg(not(unix))]
fn keep_rights(_: &File, _: &Path) {}
