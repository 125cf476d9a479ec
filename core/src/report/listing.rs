//! Where objects are: a folder on disk.
//!
//! Keys of manifests are only ever compared with what was listed here. They never become a path, so none can lead
//! outside the folder.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::error::{Error, Location, Result};

/// An object of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Object {
    /// Path below the folder, with forward slashes.
    pub(crate) key: String,
    pub(crate) path: PathBuf,
    pub(crate) size: u64,
}

/// All files below a folder, in order of their keys. Symbolic links to folders are not followed: they may lead outside,
/// or in a circle.
pub(crate) fn list(folder: &Path) -> Result<Vec<Object>> {
    let mut objects = Vec::new();
    let mut folders = vec![(folder.to_owned(), String::new())];
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
            // A link counts as what it leads to, when that is a file; one that leads nowhere is missed when it is read.
            match fs::metadata(entry.path()) {
                Ok(metadata) if metadata.is_file() => {
                    objects.push(Object { key, path: entry.path(), size: metadata.len() });
                }
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    objects.push(Object { key, path: entry.path(), size: 0 });
                }
                Err(error) => return Err(io(error)),
            }
        }
    }
    objects.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(objects)
}

/// What an object is called as a file: with nothing in its name that some file system refuses, or takes for a path.
pub(crate) fn local(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' }).collect()
}
