//! Addresses in S3: `s3://bucket/prefix/`, in place of a bucket or of a path.

use crate::error::{Error, Result, clip};
use crate::report::source::S3;

/// What an address names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// A prefix of keys.
    Prefix,
    /// A manifest.
    Manifest,
    /// An object with rows.
    Object,
}

impl Named {
    /// Returns what a key names, by its ending. A key that ends with a slash is a prefix.
    pub(crate) fn of(key: &str) -> Self {
        let ends_in = |endings: &[&str]| {
            endings.iter().any(|ending| {
                let start = key.len().checked_sub(ending.len());
                start.and_then(|start| key.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case(ending))
            })
        };
        match () {
            () if ends_in(&[".json"]) => Self::Manifest,
            () if ends_in(&[".csv", ".gz", ".zip", ".parquet"]) => Self::Object,
            () => Self::Prefix,
        }
    }
}

/// Splits an address without its scheme into bucket and key.
pub(crate) fn split(address: &str) -> (&str, &str) {
    address.split_once('/').unwrap_or((address, ""))
}

/// Returns bucket and prefix, where the bucket may be given as an address with the prefix.
///
/// Fails with [`Error::Option`] if the address names an object, and if there is another prefix beside it.
pub(crate) fn located(bucket: &str, prefix: Option<&str>) -> Result<(String, Option<String>)> {
    let given = prefix.map(str::to_owned);
    let Some(address) = bucket.strip_prefix(S3) else { return Ok((bucket.to_owned(), given)) };
    let (name, within) = split(address);
    let fail = |option, reason: String| Err(Error::Option { option, reason });
    if Named::of(within) != Named::Prefix {
        let address = clip(bucket.as_bytes());
        return fail(
            "bucket",
            format!("`{address}` is an object; give the prefix of the report, which has the manifests"),
        );
    }
    let other = prefix.unwrap_or_default().trim_matches('/');
    if !within.is_empty() && !other.is_empty() && within.trim_matches('/') != other {
        let (address, other) = (clip(bucket.as_bytes()), clip(other.as_bytes()));
        return fail(
            "prefix",
            format!("the bucket is given as `{address}` and has a prefix already; `{other}` is another one"),
        );
    }
    Ok((name.to_owned(), if within.is_empty() { given } else { Some(within.to_owned()) }))
}

/// Fails for what cannot be the name of a bucket.
pub(crate) fn check_bucket(bucket: &str) -> Result<()> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    if (3..=63).contains(&bucket.len()) && bucket.bytes().all(is_allowed) {
        return Ok(());
    }
    let reason = match bucket {
        "" => "the bucket has no name: expected an address, s3://bucket/prefix/".to_owned(),
        _ => format!(
            "`{}` is not a bucket name: expected 3 to 63 letters, digits, `.`, `-` and `_`, or an address, s3://bucket/prefix/",
            clip(bucket.as_bytes())
        ),
    };
    Err(Error::Option { option: "bucket", reason })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_bucket_and_prefix() {
        #[rustfmt::skip]
        let cases = [
            //  bucket                     prefix             found
            ("billing",                    None,              "billing None"),
            ("billing",                    Some("reports"),   "billing Some(\"reports\")"),
            ("s3://billing",               None,              "billing None"),
            ("s3://billing/",              Some("reports/"),  "billing Some(\"reports/\")"),
            ("s3://billing/reports",       None,              "billing Some(\"reports\")"),
            ("s3://billing/reports/a/",    Some(""),          "billing Some(\"reports/a/\")"),
            ("s3://billing/reports/",      Some("/reports"),  "billing Some(\"reports/\")"),
            ("s3://billing/reports",       Some("other"),     "option `prefix`: the bucket is given as `s3://billing/reports` and has a prefix already; `other` is another one"),
            ("s3://billing/r/R-1.csv.gz",  None,              "option `bucket`: `s3://billing/r/R-1.csv.gz` is an object; give the prefix of the report, which has the manifests"),
            ("s3://billing/r/M.JSON",      None,              "option `bucket`: `s3://billing/r/M.JSON` is an object; give the prefix of the report, which has the manifests"),
        ];
        for (bucket, prefix, wanted) in cases {
            let found = match located(bucket, prefix) {
                Ok((bucket, prefix)) => format!("{bucket} {prefix:?}"),
                Err(error) => error.to_string(),
            };
            assert_eq!(found, wanted, "{bucket} {prefix:?}");
        }
    }

    #[test]
    fn an_ending_tells_objects_from_prefixes() {
        #[rustfmt::skip]
        let cases = [
            ("r/R-1.csv.gz", Named::Object), ("R.CSV", Named::Object), ("R.zip", Named::Object), ("R.parquet", Named::Object),
            ("r/R-Manifest.json", Named::Manifest), ("r/R.csv/", Named::Prefix), ("r", Named::Prefix), ("", Named::Prefix), ("é", Named::Prefix),
        ];
        for (key, wanted) in cases {
            assert_eq!(Named::of(key), wanted, "{key}");
        }
    }
}
