//! What parts hold: their text is told apart by length and checksum, whatever they are called and however compressed.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// What tells one text from another: that of a part, inflated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Content {
    /// Its length in bytes.
    pub bytes: u64,
    /// Its CRC-32.
    pub crc32: u32,
}

/// What a part came to at its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    /// Bytes of the object, compressed as it is.
    pub(crate) taken: u64,
    pub(crate) content: Content,
}

/// What the parts of one read hold, those with rows.
#[derive(Debug, Default)]
pub(crate) struct Contents(HashMap<Content, String>);

impl Contents {
    /// Adds a part.
    ///
    /// Errors: [`Error::Option`] for a part that holds what another one holds.
    pub(crate) fn add(&mut self, object: &str, content: Content) -> Result<()> {
        match self.0.insert(content, object.to_owned()) {
            Some(first) => Err(given_twice(&first, object)),
            None => Ok(()),
        }
    }
}

/// The error of two parts that hold the same.
pub(crate) fn given_twice(first: &str, second: &str) -> Error {
    let reason =
        format!("`{first}` and `{second}` have the same content, which would double its rows; name one of them");
    Error::Option { option: "path", reason }
}
