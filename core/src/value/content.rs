//! Identity of a part's content: length and checksum of its uncompressed text, independent of file name and
//! compression.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Length and checksum of the uncompressed text of a part, see [`PartTotals::content`](crate::PartTotals::content).
///
/// Two parts with equal content are the same data, whatever their names and compression are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Content {
    /// Length in bytes, uncompressed.
    pub bytes: u64,
    /// CRC-32 (IEEE) of the uncompressed bytes.
    pub crc32: u32,
}

/// Size and content of a part, known at its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    /// Bytes of the object, before decompression.
    pub(crate) taken: u64,
    pub(crate) content: Content,
}

/// Contents of the parts of one read that have rows, with the name of each part.
#[derive(Debug, Default)]
pub(crate) struct Contents(HashMap<Content, String>);

impl Contents {
    /// Adds a part.
    ///
    /// Fails with [`Error::Option`] if another part has the same content.
    pub(crate) fn add(&mut self, object: &str, content: Content) -> Result<()> {
        match self.0.insert(content, object.to_owned()) {
            Some(first) => Err(given_twice(&first, object)),
            None => Ok(()),
        }
    }
}

/// The error for two parts with the same content.
pub(crate) fn given_twice(first: &str, second: &str) -> Error {
    let reason =
        format!("`{first}` and `{second}` have the same content, which would double its rows; pass only one of them");
    Error::Option { option: "path", reason }
}
