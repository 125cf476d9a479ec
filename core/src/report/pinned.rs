//! Local parts being read, compared with their pins.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use super::part::Part;
use super::pin::{FileVersion, resized};
use crate::error::{Error, Location, REPLAN, Result};

/// A local file being read, which is compared with the planned version when it is opened and at its end.
#[derive(Debug)]
pub(crate) struct PinnedFile {
    file: File,
    path: PathBuf,
    object: String,
    /// `None` if it is not a regular file.
    version: Option<FileVersion>,
    /// Number of bytes read.
    taken: u64,
}

impl PinnedFile {
    /// Opens a part.
    ///
    /// Fails with [`Error::NotFound`], [`Error::Io`], or [`Error::SourceChanged`] if it is not the planned version.
    pub(crate) fn open(part: &Part) -> Result<Self> {
        let file = part.open().map_err(|error| match error {
            // It was there when it was planned.
            Error::NotFound { .. } if part.pin.0.is_some() => changed(&part.object, REMOVED),
            error => error,
        })?;
        let io = |source| Error::Io { at: Box::new(Location::object(&part.object)), source };
        let version = FileVersion::of(&file.metadata().map_err(io)?);
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
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some(REMOVED.to_owned())),
                metadata => FileVersion::of(&metadata?),
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
fn since_planned(part: &Part, now: Option<&FileVersion>) -> Option<String> {
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
        Ok(metadata) => since_planned(part, FileVersion::of(&metadata).as_ref()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Some(REMOVED.to_owned()),
        Err(_) => None,
    };
    difference.map(|difference| changed(&part.object, &difference))
}

const REMOVED: &str = "it was removed";

fn changed(object: &str, difference: &str) -> Error {
    let reason = format!("it changed after it was planned: {difference}; {REPLAN}");
    Error::SourceChanged { at: Box::new(Location::object(object)), reason }
}
