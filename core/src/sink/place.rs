//! Target paths, and whether two paths are the same file.

use std::fs::{self, FileType};
use std::path::{Path, PathBuf};

use super::io_error;
use crate::error::{Error, Result};
use crate::value::home::expand_home;

/// Maximum number of links followed in sequence, as in Linux.
const MOST_LINKS: u32 = 40;

/// Resolves a path to the file to replace, which need not exist. `~` at its start is the home folder.
///
/// Fails with [`Error::Option`] if the path is something other than a file.
pub(crate) fn target_of(option: &'static str, path: &Path) -> Result<PathBuf> {
    let refuse = |reason| Err(Error::Option { option, reason });
    refuse_address(option, path)?;
    let path = &*expand_home(option, path)?;
    match fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => {
            let kind = word(metadata.file_type());
            return refuse(format!("`{}` is a {kind}, not a file: pass the path of a file", path.display()));
        }
        _ if path.file_name().is_none() => {
            return refuse(format!("`{}` has no file name: pass the path of a file", path.display()));
        }
        _ => {}
    }
    follow(path).ok_or_else(|| io_error(path, too_many_links()))
}

/// Fails for an address of an object store or a web server, which would be taken for a folder.
pub(super) fn refuse_address(option: &'static str, path: &Path) -> Result<()> {
    let Some((scheme, _)) = path.to_str().and_then(|path| path.split_once("://")) else { return Ok(()) };
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    if !is_scheme {
        return Ok(());
    }
    let path = crate::error::clip_name(path.to_str().unwrap_or_default());
    let reason =
        format!("`{path}` is an address, and files are written to local paths only: write the file and upload it");
    Err(Error::Option { option, reason })
}

pub(super) fn too_many_links() -> std::io::Error {
    std::io::Error::other("too many levels of symbolic links")
}

/// Follows symbolic links, including one to a file that does not exist.
pub(super) fn follow(path: &Path) -> Option<PathBuf> {
    let mut target = path.to_owned();
    for _ in 0..MOST_LINKS {
        match fs::read_link(&target) {
            // Relative links are relative to the folder of the link.
            Ok(next) => target = target.parent().map_or_else(|| next.clone(), |folder| folder.join(&next)),
            Err(_) => return Some(target),
        }
    }
    None
}

#[cfg(unix)]
fn word(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    match () {
        () if kind.is_dir() => "folder",
        () if kind.is_fifo() => "pipe",
        () if kind.is_socket() => "socket",
        () => "device",
    }
}

#[cfg(not(unix))]
fn word(kind: FileType) -> &'static str {
    if kind.is_dir() { "folder" } else { "device" }
}

/// The identity of a file, equal for two paths to the same file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FileIdentity {
    /// Device and inode.
    #[cfg(unix)]
    Node(u64, u64),
    /// The absolute path without links.
    Path(PathBuf),
}

impl FileIdentity {
    /// The identity of a path. For a file that does not exist: its name in its folder.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        #[cfg(unix)]
        if let Ok(metadata) = fs::metadata(path) {
            use std::os::unix::fs::MetadataExt;
            return Some(Self::Node(metadata.dev(), metadata.ino()));
        }
        if let Ok(whole) = fs::canonicalize(path) {
            return Some(Self::Path(whole));
        }
        let target = follow(path)?;
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Some(Self::Path(fs::canonicalize(folder).ok()?.join(target.file_name()?)))
    }
}

/// Fails if an output is one of the files of a read.
///
/// The error is [`Error::Option`] and names both paths.
pub(crate) fn refuse_same<P: AsRef<Path>>(
    option: &'static str,
    output: &Path,
    others: impl IntoIterator<Item = P>,
    what: &str,
) -> Result<()> {
    let Some(identity) = FileIdentity::of(&expand_home(option, output)?) else { return Ok(()) };
    for other in others {
        let other = other.as_ref();
        if FileIdentity::of(other).is_some_and(|other| other == identity) {
            let (output, other) = (output.display(), other.display());
            let reason = format!("`{output}` is the file `{other}`, {what}: name another file");
            return Err(Error::Option { option, reason });
        }
    }
    Ok(())
}
