//! Files being written: a temporary name in the folder of the target, a lock while writing, and one rename at the end.

use std::collections::hash_map::RandomState;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::io_error;
use super::place::target_of;
#[cfg(feature = "parquet")]
use super::place::{follow, refuse_address, too_many_links};
#[cfg(feature = "parquet")]
use crate::error::Error;
use crate::error::Result;
#[cfg(feature = "parquet")]
use crate::value::home::expand_home;

/// The end of all names of temporary files.
const SUFFIX: &str = ".tmp";
/// Digits of the random number in such a name.
const DIGITS: usize = 16;
/// Maximum number of names tried. With 64 random bits one is practically always enough.
const MOST_NAMES: u32 = 100;

/// A file that replaces its target when it is complete, and is removed otherwise. Sinks that create files write to it.
///
/// Its temporary name has a checksum of the target's name and a random number, so its length is constant and two
/// processes never use the same one. The file is locked while it is written. That distinguishes the file of a running
/// process from that of a killed one, which is removed when the same target is written again.
#[derive(Debug)]
pub struct PendingFile {
    file: File,
    temporary: PathBuf,
    /// The path with symbolic links resolved.
    target: PathBuf,
    is_complete: bool,
}

impl PendingFile {
    /// Creates a file for the path of an option.
    ///
    /// Fails with [`Error::Option`](crate::Error::Option) if the path is something other than a file, and with
    /// [`Error::Io`](crate::Error::Io) if no file can be created.
    pub(crate) fn create(option: &'static str, path: &Path) -> Result<Self> {
        let target = target_of(option, path)?;
        let prefix = prefix_of(&target);
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        remove_leftovers(folder, &prefix);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if target.exists() {
            // Other users must not read the file before it has the mode of the file that it replaces.
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        for _ in 0..MOST_NAMES {
            let temporary = target.with_file_name(temporary_name(&prefix));
            match options.open(&temporary) {
                Ok(file) if hold(&file, &temporary) => {
                    return Ok(Self { file, temporary, target, is_complete: false });
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(io_error(path, error)),
            }
        }
        Err(io_error(path, io::Error::other(format!("no free name for a temporary file in `{}`", folder.display()))))
    }

    /// Moves the file to its target, with the permissions of the file that it replaces.
    ///
    /// # Errors
    ///
    /// That of the system, if the file cannot be written to its end or renamed.
    pub fn complete(mut self) -> io::Result<()> {
        keep_rights(&self.file, &self.target);
        self.file.sync_all().and_then(|()| fs::rename(&self.temporary, &self.target))?;
        self.is_complete = true;
        Ok(())
    }
}

impl Drop for PendingFile {
    fn drop(&mut self) {
        if !self.is_complete {
            // There is no remedy if the file cannot be removed.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

impl Write for PendingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The start of the names of all temporary files of a target.
fn prefix_of(target: &Path) -> String {
    let name = target.file_name().unwrap_or_default();
    format!(".outlay-{:08x}-", crc32fast::hash(name.as_encoded_bytes()))
}

/// A new name with the prefix of a target.
fn temporary_name(prefix: &str) -> String {
    let number = RandomState::new().build_hasher().finish();
    format!("{prefix}{number:0DIGITS$x}{SUFFIX}")
}

/// Whether a name is one of the temporary names with a prefix.
fn is_temporary(name: &OsStr, prefix: &str) -> bool {
    let number = name.to_str().and_then(|name| name.strip_prefix(prefix)?.strip_suffix(SUFFIX));
    number.is_some_and(|number| number.len() == DIGITS && number.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Locks a file that was just created. Returns false if another process removed it as a leftover before it was locked.
fn hold(file: &File, path: &Path) -> bool {
    match file.try_lock() {
        Ok(()) => is_at(file, path),
        Err(TryLockError::WouldBlock) => false,
        // The file system has no locks, so no process removes files there as leftovers.
        Err(TryLockError::Error(_)) => true,
    }
}

/// Returns whether a path still leads to an open file.
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

/// Removes temporary files of the same target that no process has locked. Files that cannot be removed stay.
fn remove_leftovers(folder: &Path, prefix: &str) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        // Opening a pipe would block, and a link can lead to another file.
        if !is_temporary(&entry.file_name(), prefix) || !entry.file_type().is_ok_and(|kind| kind.is_file()) {
            continue;
        }
        let path = entry.path();
        // Some network file systems allow locks only on files opened for writing. A file that is not writable can be a
        // leftover, too.
        let Ok(file) = OpenOptions::new().write(true).open(&path).or_else(|_| File::open(&path)) else { continue };
        if file.try_lock().is_ok() && is_at(&file, &path) {
            let _ = fs::remove_file(&path);
        }
    }
}

/// A folder that replaces its target when it is complete, and is removed otherwise.
///
/// Its temporary name is one as of a [`PendingFile`]. On Unix the folder is locked while it is written.
#[cfg(feature = "parquet")]
#[derive(Debug)]
pub(super) struct PendingFolder {
    temporary: PathBuf,
    /// The path with symbolic links resolved.
    target: PathBuf,
    is_complete: bool,
    /// Holds the lock.
    _lock: Option<File>,
}

#[cfg(feature = "parquet")]
impl PendingFolder {
    /// Creates a folder for the path of an option. `levels` are the beginnings of the names of its folders, level by
    /// level, and `is_own` returns whether a file of the last level may be replaced.
    ///
    /// Fails with [`Error::Option`] if the target has anything else, and with [`Error::Io`] if no folder can be created.
    pub(super) fn create(
        option: &'static str,
        path: &Path,
        levels: &[String],
        is_own: impl Fn(&Path) -> bool,
    ) -> Result<Self> {
        refuse_address(option, path)?;
        let path = &*expand_home(option, path)?;
        let target = follow(path).ok_or_else(|| io_error(path, too_many_links()))?;
        if target.file_name().is_none() {
            let reason = format!("`{}` has no name: pass the path of a folder", path.display());
            return Err(Error::Option { option, reason });
        }
        match fs::symlink_metadata(&target) {
            Ok(found) if found.is_dir() => {
                if let Some(other) = other_than(&target, levels, &is_own).map_err(|source| io_error(path, source))? {
                    let (path, other) = (path.display(), other.display());
                    let reason = format!(
                        "`{path}` has other files, such as `{other}`: name a new folder, or one that outlay wrote with these columns"
                    );
                    return Err(Error::Option { option, reason });
                }
            }
            Ok(_) => {
                let reason = format!("`{}` is not a folder: pass the path of a folder", path.display());
                return Err(Error::Option { option, reason });
            }
            Err(_) => {}
        }
        let prefix = prefix_of(&target);
        // Without a target, an older folder that was moved away is the only copy.
        if target.exists() {
            remove_left_folders(&target, &prefix);
        }
        for _ in 0..MOST_NAMES {
            let temporary = target.with_file_name(temporary_name(&prefix));
            match fs::create_dir(&temporary) {
                Ok(()) => {
                    let lock = lock_folder(&temporary);
                    return Ok(Self { temporary, target, is_complete: false, _lock: lock });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(io_error(path, error)),
            }
        }
        Err(io_error(path, io::Error::other("no free name for a temporary folder")))
    }

    /// Fails with [`Error::Option`] if the target has a folder that the new one lacks, whose rows would be lost.
    pub(super) fn keeps_all(&self, option: &'static str) -> Result<()> {
        let object = || self.target.display();
        match lacking(&self.target, &self.temporary) {
            Ok(None) => Ok(()),
            Ok(Some(lost)) => {
                let reason = format!(
                    "`{}` has rows that this read does not have, in `{}`: name a new folder for each read, or remove the old one \
                     first",
                    object(),
                    lost.display()
                );
                Err(Error::Option { option, reason })
            }
            Err(source) => Err(io_error(&self.target, source)),
        }
    }

    /// The folder to write to.
    pub(super) fn path(&self) -> &Path {
        &self.temporary
    }

    /// Moves the folder to its target. An older one is moved away first, and back if that fails.
    pub(super) fn complete(mut self) -> io::Result<()> {
        if let Ok(old) = fs::metadata(&self.target) {
            fs::set_permissions(&self.temporary, old.permissions())?;
        }
        let moved = match fs::rename(&self.temporary, &self.target) {
            Err(_) if self.target.exists() => {
                let aside = self.target.with_file_name(temporary_name(&prefix_of(&self.target)));
                fs::rename(&self.target, &aside)?;
                let moved = fs::rename(&self.temporary, &self.target);
                // What remains of the old folder is removed by the next write.
                let _ = if moved.is_ok() { fs::remove_dir_all(&aside) } else { fs::rename(&aside, &self.target) };
                moved
            }
            moved => moved,
        };
        self.is_complete = moved.is_ok();
        moved
    }
}

#[cfg(feature = "parquet")]
impl Drop for PendingFolder {
    fn drop(&mut self) {
        if !self.is_complete {
            // There is no remedy if the folder cannot be removed.
            let _ = fs::remove_dir_all(&self.temporary);
        }
    }
}

/// Returns a folder in `old` that is not in `new`, at any level.
#[cfg(feature = "parquet")]
fn lacking(old: &Path, new: &Path) -> io::Result<Option<PathBuf>> {
    let entries = match fs::read_dir(old) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if !entry.file_type()?.is_dir() {
            continue;
        }
        let counterpart = new.join(entry.file_name());
        let lost = if counterpart.exists() { lacking(&entry.path(), &counterpart)? } else { Some(entry.path()) };
        if lost.is_some() {
            return Ok(lost);
        }
    }
    Ok(None)
}

/// Returns something in a folder that is none of the expected folders and files.
#[cfg(feature = "parquet")]
fn other_than(folder: &Path, levels: &[String], is_own: &dyn Fn(&Path) -> bool) -> io::Result<Option<PathBuf>> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (kind, name) = (entry.file_type()?, entry.file_name());
        let other = match levels {
            [level, rest @ ..] if kind.is_dir() && name.as_encoded_bytes().starts_with(level.as_bytes()) => {
                other_than(&entry.path(), rest, is_own)?
            }
            [] if kind.is_file() && is_own(&entry.path()) => None,
            _ => Some(entry.path()),
        };
        if other.is_some() {
            return Ok(other);
        }
    }
    Ok(None)
}

/// Locks a folder, where the system can.
#[cfg(feature = "parquet")]
fn lock_folder(folder: &Path) -> Option<File> {
    let folder = if cfg!(unix) { File::open(folder).ok()? } else { return None };
    folder.try_lock().ok()?;
    Some(folder)
}

/// Removes temporary folders of the same target that no process has locked. Without locks they stay.
#[cfg(feature = "parquet")]
fn remove_left_folders(target: &Path, prefix: &str) {
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let is_ours = is_temporary(&entry.file_name(), prefix) && entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_ours && lock_folder(&entry.path()).is_some() {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Gives a new file the mode of the file that it replaces, and its owner and group if the process may set them.
/// Otherwise the file belongs to the current user.
#[cfg(unix)]
fn keep_rights(file: &File, target: &Path) {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let (Ok(old), Ok(new)) = (fs::metadata(target), file.metadata()) else { return };
    let mut mode = old.mode() & 0o777;
    if old.uid() != new.uid() {
        let _ = fchown(file, Some(old.uid()), None);
    }
    if old.gid() != new.gid() && fchown(file, None, Some(old.gid())).is_err() {
        // The group is another one: its members get the permissions of all other users.
        mode = (mode & 0o707) | ((mode & 0o007) << 3);
    }
    let _ = file.set_permissions(fs::Permissions::from_mode(mode));
}

#[cfg(not(unix))]
fn keep_rights(_: &File, _: &Path) {}
