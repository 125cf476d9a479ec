//! Objects: bytes, or a file of this machine, with what S3 says of them.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use bytes::Bytes;
use serde::Deserialize;

/// What an object holds. A file is read again by each request and is never in memory as a whole.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Described")]
pub(crate) enum Content {
    /// Bytes in memory.
    Bytes(Bytes),
    /// A file; it must not change while it is served.
    File(PathBuf),
}

/// What an object holds as JSON describes it.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Described {
    Text(String),
    File(PathBuf),
    /// A file that is brought into memory once, for measurements of what it takes to fetch it.
    Loaded(PathBuf),
}

impl TryFrom<Described> for Content {
    type Error = String;

    fn try_from(described: Described) -> Result<Self, String> {
        match described {
            Described::Text(text) => Ok(Self::Bytes(text.into())),
            Described::File(path) => Ok(Self::File(path)),
            Described::Loaded(path) => match fs::read(&path) {
                Ok(bytes) => Ok(Self::Bytes(bytes.into())),
                Err(error) => Err(format!("{}: {error}", path.display())),
            },
        }
    }
}

/// An object of a bucket.
#[derive(Debug, Clone)]
pub struct Object {
    pub(crate) content: Content,
    pub(crate) length: u64,
    pub(crate) etag: String,
    pub(crate) modified: SystemTime,
    pub(crate) kms_key: Option<String>,
}

impl Object {
    /// An object that was written just now. Equal bytes have equal ETags.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let hash = |salt: u8| {
            let mut hasher = DefaultHasher::new();
            (salt, bytes.as_ref()).hash(&mut hasher);
            hasher.finish()
        };
        let etag = format!("\"{:016x}{:016x}\"", hash(0), hash(1));
        let length = bytes.len() as u64;
        Self { content: Content::Bytes(bytes), length, etag, modified: SystemTime::now(), kms_key: None }
    }

    /// A file of this machine, as an object that was written just now in several parts. Its ETag comes from path, length and time.
    ///
    /// # Errors
    ///
    /// When the file is not there.
    pub fn file(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let found = fs::metadata(path)?;
        if !found.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{} is no file", path.display())));
        }
        let mut hasher = DefaultHasher::new();
        (path, found.len(), found.modified().ok()).hash(&mut hasher);
        let etag = format!("\"{0:016x}{0:016x}-2\"", hasher.finish());
        let content = Content::File(path.to_owned());
        Ok(Self { content, length: found.len(), etag, modified: SystemTime::now(), kms_key: None })
    }

    /// The same object, written at another time.
    #[must_use]
    pub fn modified(mut self, at: SystemTime) -> Self {
        self.modified = at;
        self
    }

    /// The same object with another ETag, which is given without its quotes.
    #[must_use]
    pub fn etag(mut self, etag: &str) -> Self {
        self.etag = format!("\"{etag}\"");
        self
    }

    /// The same object, encrypted with this KMS key: reading it asks for `kms:Decrypt` too.
    #[must_use]
    pub fn kms_key(mut self, arn: impl Into<String>) -> Self {
        self.kms_key = Some(arn.into());
        self
    }
}

impl TryFrom<Content> for Object {
    type Error = io::Error;

    fn try_from(content: Content) -> io::Result<Self> {
        match content {
            Content::Bytes(bytes) => Ok(Self::new(bytes)),
            Content::File(path) => Self::file(path),
        }
    }
}
