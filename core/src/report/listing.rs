//! Listing of a folder on disk.
//!
//! Keys of manifests are only compared with listed objects and never become paths, so they cannot lead outside the
//! folder.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::pin::{FileVersion, Pin};
use crate::error::{Error, Location, Result};

/// A file in a folder.
#[derive(Clone, Debug)]
pub(crate) struct ListedFile {
    /// Path relative to the folder, with forward slashes.
    pub(crate) key: String,
    pub(crate) path: PathBuf,
    pub(crate) size: u64,
    pub(crate) pin: Pin,
    /// Whether it is a link to a file outside the folder.
    pub(crate) leads_out: bool,
}

/// An entry of a folder that is neither a file nor a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Passed {
    pub(crate) key: String,
    /// Its type, for messages.
    pub(crate) kind: &'static str,
    pub(crate) is_folder: bool,
}

/// The entries below a folder, in order of their keys.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) objects: Vec<ListedFile>,
    pub(crate) passed: Vec<Passed>,
}

/// Lists all files below a folder. Links to folders are not followed, because they may lead outside or form a cycle.
pub(crate) fn list(folder: &Path) -> Result<Listing> {
    let mut listing = Listing::default();
    let mut folders = vec![(folder.to_owned(), String::new())];
    let root = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    while let Some((path, prefix)) = folders.pop() {
        let io = |source| Error::Io { at: Box::new(Location::object(path.display().to_string())), source };
        for entry in fs::read_dir(&path).map_err(io)? {
            let entry = entry.map_err(io)?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                let reason = format!("`{}` has a name that is not UTF-8", entry.path().display());
                return Err(Error::Option { option: "path", reason });
            };
            let key = format!("{prefix}{name}");
            let kind = entry.file_type().map_err(io)?;
            if kind.is_dir() {
                folders.push((entry.path(), format!("{key}/")));
                continue;
            }
            // A link to a file counts as that file. A broken link is reported when it is read.
            let (size, pin) = match fs::metadata(entry.path()) {
                Ok(metadata) if metadata.is_file() => (metadata.len(), Pin(FileVersion::of(&metadata))),
                Ok(metadata) => {
                    let is_folder = metadata.is_dir();
                    let kind = if is_folder { "a link to a folder" } else { "a pipe, a socket or a device" };
                    listing.passed.push(Passed { key, kind, is_folder });
                    continue;
                }
                Err(error) if error.kind() == ErrorKind::NotFound => (0, Pin::default()),
                Err(error) => return Err(io(error)),
            };
            let leads_out =
                kind.is_symlink() && fs::canonicalize(entry.path()).is_ok_and(|target| !target.starts_with(&root));
            listing.objects.push(ListedFile { key, path: entry.path(), size, pin, leads_out });
        }
    }
    listing.objects.sort_by(|a, b| a.key.cmp(&b.key));
    listing.passed.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(listing)
}

/// Returns the name of an object as a file name, without characters that a file system may not allow or treats as a
/// path.
pub(crate) fn local(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' }).collect()
}
