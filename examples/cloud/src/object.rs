//! Objects: bytes or a file of this machine, with their S3 metadata.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use bytes::Bytes;
use serde::Deserialize;

/// The content of an object. A file is read by each request, and is never in memory as a whole.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Described")]
pub(crate) enum Content {
    /// Bytes in memory.
    Bytes(Bytes),
    /// A file; it must not change while it is served.
    File(PathBuf),
}

/// The JSON form of an object's content.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Described {
    Text(String),
    File(PathBuf),
    /// A file that is loaded into memory once, so that benchmarks do not measure disk reads.
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
    /// Creates an object with the current time. Equal bytes have equal ETags.
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

    /// Creates an object from a file of this machine, with the current time and the ETag of a multipart upload. The ETag depends on
    /// path, length and modification time.
    ///
    /// # Errors
    ///
    /// If the file does not exist.
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

    /// Sets the modification time.
    #[must_use]
    pub fn modified(mut self, at: SystemTime) -> Self {
        self.modified = at;
        self
    }

    /// Sets the ETag, without quotes.
    #[must_use]
    pub fn etag(mut self, etag: &str) -> Self {
        self.etag = format!("\"{etag}\"");
        self
    }

    /// Encrypts the object with this KMS key. Reading it also requires `kms:Decrypt`.
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
