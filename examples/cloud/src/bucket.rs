//! Buckets, and loading of folders into them.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::Deserialize;

use crate::object::{Content, Object};
use crate::time;

/// A bucket. Access is controlled by the policies of the callers only: the bucket policy allows everything.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Description")]
pub struct Bucket {
    pub(crate) name: String,
    pub(crate) region: String,
    pub(crate) owner: Option<String>,
    pub(crate) page: usize,
    pub(crate) kms_key: Option<String>,
    pub(crate) objects: BTreeMap<String, Object>,
}

impl Bucket {
    /// Creates an empty bucket in us-east-1, without an owner.
    pub fn new(name: impl Into<String>) -> Self {
        let region = "us-east-1".to_owned();
        Self { name: name.into(), region, owner: None, page: 1_000, kms_key: None, objects: BTreeMap::new() }
    }

    /// Sets the region.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = region.into();
        self
    }

    /// Sets the owner. Requests that expect another owner are refused.
    #[must_use]
    pub fn owner(mut self, account: impl Into<String>) -> Self {
        self.owner = Some(account.into());
        self
    }

    /// Sets the maximum number of keys per page of a listing. The default is 1000.
    #[must_use]
    pub fn page(mut self, keys: usize) -> Self {
        self.page = keys.clamp(1, 1_000);
        self
    }

    /// Encrypts all objects without a KMS key of their own with this one. Reading them also requires `kms:Decrypt`.
    #[must_use]
    pub fn kms_key(mut self, arn: impl Into<String>) -> Self {
        self.kms_key = Some(arn.into());
        self
    }

    /// Adds an object.
    #[must_use]
    pub fn put(mut self, key: impl Into<String>, object: Object) -> Self {
        self.objects.insert(key.into(), object);
        self
    }

    /// Adds all files below a folder of this machine. Each key is `prefix` and the path in the folder. The delivery was
    /// an hour ago; see [`Bucket::delivery`].
    ///
    /// # Errors
    ///
    /// If the folder cannot be read.
    pub fn folder(self, prefix: &str, path: impl AsRef<Path>) -> io::Result<Self> {
        self.delivery(prefix, path, SystemTime::now() - Duration::from_secs(3_600))
    }

    /// Adds all files below a folder, as [`Bucket::folder`] does, delivered at a given time. Data files have that time. Manifests
    /// (`..-Manifest.json`) are 20 seconds newer, because AWS writes them last.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read.
    pub fn delivery(mut self, prefix: &str, path: impl AsRef<Path>, at: SystemTime) -> io::Result<Self> {
        let mut folders = vec![(path.as_ref().to_owned(), prefix.to_owned())];
        while let Some((folder, prefix)) = folders.pop() {
            for entry in fs::read_dir(folder)? {
                let entry = entry?;
                let name = entry.file_name().into_string().map_err(|name| {
                    io::Error::new(io::ErrorKind::InvalidData, format!("{} is no UTF-8", name.display()))
                })?;
                if entry.path().is_dir() {
                    folders.push((entry.path(), format!("{prefix}{name}/")));
                    continue;
                }
                let late = if name.ends_with("-Manifest.json") { 20 } else { 0 };
                let object = Object::file(entry.path())?.modified(at + Duration::from_secs(late));
                self.objects.insert(format!("{prefix}{name}"), object);
            }
        }
        Ok(self)
    }
}

/// The JSON form of a bucket.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    name: String,
    region: Option<String>,
    owner: Option<String>,
    page: Option<usize>,
    kms_key: Option<String>,
    #[serde(default)]
    folders: Vec<Folder>,
    #[serde(default)]
    objects: Vec<Described>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Folder {
    path: PathBuf,
    #[serde(default)]
    prefix: String,
    modified: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Described {
    key: String,
    content: Content,
    etag: Option<String>,
    modified: Option<String>,
    kms_key: Option<String>,
}

impl TryFrom<Description> for Bucket {
    type Error = String;

    fn try_from(described: Description) -> Result<Self, String> {
        let mut bucket = Self::new(described.name);
        bucket.region = described.region.unwrap_or(bucket.region);
        bucket.owner = described.owner;
        bucket.kms_key = described.kms_key;
        if let Some(keys) = described.page {
            bucket = bucket.page(keys);
        }
        for folder in described.folders {
            let at = |error: io::Error| format!("{}: {error}", folder.path.display());
            bucket = match &folder.modified {
                Some(text) => bucket.delivery(&folder.prefix, &folder.path, moment(text)?).map_err(at)?,
                None => bucket.folder(&folder.prefix, &folder.path).map_err(at)?,
            };
        }
        for described in described.objects {
            let mut object =
                Object::try_from(described.content).map_err(|error| format!("{}: {error}", described.key))?;
            object.kms_key = described.kms_key;
            if let Some(etag) = described.etag {
                object = object.etag(&etag);
            }
            if let Some(text) = described.modified {
                object = object.modified(moment(&text)?);
            }
            bucket = bucket.put(described.key, object);
        }
        Ok(bucket)
    }
}

fn moment(text: &str) -> Result<SystemTime, String> {
    time::parse_iso(text).ok_or_else(|| format!("`{text}` is no time like 2023-12-03T05:36:21Z"))
}
