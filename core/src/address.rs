//! Addresses of reports in S3, and what opens them.

use std::path::PathBuf;

use crate::error::{Error, Result};

/// What the addresses of objects in S3 begin with.
pub(crate) const S3: &str = "s3://";

/// The report in S3 that is named, if one is.
pub(crate) fn s3_uri(paths: &[PathBuf]) -> Result<Option<&str>> {
    let mut uris = paths.iter().filter_map(|path| path.to_str().filter(|path| path.starts_with(S3)));
    match (uris.next(), paths.len()) {
        (Some(_), 2..) => {
            let reason = "a report in S3 is read alone".to_owned();
            Err(Error::Option { option: "path", reason })
        }
        (uri, _) => Ok(uri),
    }
}

#[cfg(feature = "fetch")]
pub(crate) use crate::connector::uri as remote;

/// What a build without the network says.
#[cfg(not(feature = "fetch"))]
pub(crate) mod remote {
    use super::{Error, Result};
    use crate::builder::Builder;
    use crate::reader::Reader;
    use crate::report::part::{Part, Plan};

    fn refused<T>() -> Result<T> {
        Err(Error::Option { option: "path", reason: "reading from S3 wants the feature `fetch`".to_owned() })
    }

    pub(crate) fn read(_: &str, _: Builder) -> Result<Reader> {
        refused()
    }

    pub(crate) fn plan(_: &str, _: &Builder) -> Result<Plan> {
        refused()
    }

    pub(crate) fn read_part(_: &Part, _: Builder) -> Result<Reader> {
        refused()
    }
}
