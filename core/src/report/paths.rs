//! Paths as callers give them: `~`, patterns, `file:` addresses, and addresses of stores that are not read.
//!
//! In: the paths of a read. Out: paths of files and folders, or an error with what to do.

use std::fs;
use std::path::{Path, PathBuf};

use glob::{MatchOptions, Pattern};

use crate::error::{Error, Location, Result, clip};
use crate::value::home::expand_home;
use crate::value::near::within;

/// Maximum number of files that a pattern may match.
const MOST_MATCHES: usize = 100_000;
/// Maximum number of entries of a folder that are compared with a missing name.
const MOST_COMPARED: usize = 1_000;
/// Maximum number of similar names in an error.
const MOST_NAMED: usize = 3;

/// Returns the paths that the given ones stand for, in order.
///
/// `~` at the start is the home folder. A `file:` address is the path in it. A path that does not exist and has `*`,
/// `?` or `[…]` is a pattern, and stands for what it matches, in order of the names.
///
/// Fails with [`Error::NotFound`] for a pattern without a match, and with [`Error::Option`] for an address that is not
/// read and for an empty path, as an unset variable of a shell gives it.
pub(crate) fn resolve(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut resolved = Vec::with_capacity(paths.len());
    for path in paths {
        if path.as_os_str().is_empty() {
            return Err(Error::Option { option: "path", reason: "the path is empty".to_owned() });
        }
        let path = expand_home("path", path)?.into_owned();
        // A name that looks like an address or a pattern may be that of a file.
        let Some(text) = path.to_str().filter(|_| fs::symlink_metadata(&path).is_err()) else {
            resolved.push(path);
            continue;
        };
        if let Some(scheme) = scheme_of(text) {
            resolved.push(of_address(text, scheme)?);
        } else if text.contains(['*', '?', '['])
            && let Ok(pattern) = Pattern::new(text)
        {
            resolved.extend(matches(&pattern)?);
        } else {
            resolved.push(path);
        }
    }
    Ok(resolved)
}

/// Returns the scheme of an address: `https` of `https://…`. Path types of some languages reduce two slashes to one.
fn scheme_of(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once(":/")?;
    let is_scheme = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    // One letter is a drive of Windows.
    let is_address = scheme.len() > 1
        && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(is_scheme);
    let is_known = || ["file", "s3", "http", "https", "gs", "az", "abfs", "abfss"].contains(&scheme);
    (is_address && (rest.starts_with('/') || is_known())).then_some(scheme)
}

/// Returns the path in a `file:` address. Fails with what to do for others. Addresses can have secrets in their query
/// and user name, so messages have only their start.
fn of_address(text: &str, scheme: &str) -> Result<PathBuf> {
    let rest = text.get(scheme.len() + 1..).unwrap_or_default();
    let host = rest.trim_start_matches('/').split(['/', '?', '#']).next().unwrap_or_default();
    let host = clip(host.rsplit('@').next().unwrap_or_default().as_bytes());
    let scheme = scheme.to_ascii_lowercase();
    let reason = match scheme.as_str() {
        "file" => return of_file(text, rest),
        "s3" if text.starts_with("s3://") => "pass an s3:// address alone, without other paths".to_owned(),
        "s3" => "an address in S3 begins with `s3://`, in lower case and with two slashes; pass it as text, not as a path object"
            .to_owned(),
        "s3a" | "s3n" => format!("write `s3://{host}/…` in place of `{scheme}://{host}/…`"),
        "http" | "https" => {
            let bucket = host.split_once(".s3").filter(|(_, rest)| rest.ends_with("amazonaws.com"));
            let place = bucket.map(|(bucket, _)| format!("; in S3 the address is s3://{bucket}/…")).unwrap_or_default();
            format!(
                "`{scheme}://{host}/…` is a web address, which is not read: download the file, or pass the body of the \
                 response as a stream{place}"
            )
        }
        "gs" | "gcs" => format!(
            "`{scheme}://{host}/…` is in Google Cloud Storage, which is not read directly: copy the report to a folder with \
             `gcloud storage cp -r`, or pass its objects as streams"
        ),
        "az" | "azure" | "abfs" | "abfss" | "adl" | "wasb" | "wasbs" => format!(
            "`{scheme}://{host}/…` is in Azure Storage, which is not read directly: copy the report to a folder with \
             `azcopy copy --recursive`, or pass its objects as streams"
        ),
        _ => format!("`{scheme}://` is not a known kind of address; supported: paths, `file://` and `s3://`"),
    };
    Err(Error::Option { option: "path", reason })
}

/// Returns the path in the rest of a `file:` address, as of RFC 8089.
fn of_file(text: &str, rest: &str) -> Result<PathBuf> {
    let fail = |reason: &str| {
        let reason = format!("`{}` {reason}", clip(text.as_bytes()));
        Err(Error::Option { option: "path", reason })
    };
    let path = match rest.strip_prefix("//") {
        Some(rest) => rest.strip_prefix("localhost").unwrap_or(rest),
        None => rest,
    };
    if !path.starts_with('/') {
        return fail("names another machine: a file on this one is `file:///path`");
    }
    if path.contains(['?', '#']) {
        return fail("has a query or a fragment: `?` and `#` in a path are written `%3F` and `%23`");
    }
    let Some(bytes) = percent_decoded(path) else {
        return fail("has a `%` without two hexadecimal digits: `%` in a path is written `%25`");
    };
    if bytes.contains(&0) {
        return fail("has a zero byte, which no path has");
    }
    path_of(bytes).map_or_else(|| fail("has a name that is not UTF-8"), Ok)
}

fn percent_decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
        bytes.push(u8::try_from(digit()? << 4 | digit()?).ok()?);
    }
    Some(bytes)
}

#[cfg(unix)]
fn path_of(bytes: Vec<u8>) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    Some(std::ffi::OsString::from_vec(bytes).into())
}

#[cfg(not(unix))]
fn path_of(bytes: Vec<u8>) -> Option<PathBuf> {
    let text = String::from_utf8(bytes).ok()?;
    // The slash before a drive is not a part of the path.
    let is_drive = text.get(1..3).is_some_and(|drive| drive.ends_with(':'));
    Some(PathBuf::from(text.strip_prefix('/').filter(|_| is_drive).unwrap_or(&text)))
}

/// Returns the files and folders that match a pattern, in order of their names. As in a shell, `*` matches no slash and
/// no dot at the start of a name.
fn matches(pattern: &Pattern) -> Result<Vec<PathBuf>> {
    let options =
        MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };
    let text = pattern.as_str();
    let fail = |reason: String| Err(Error::Option { option: "path", reason });
    let found = match glob::glob_with(text, options) {
        Ok(found) => found,
        Err(error) => return fail(format!("`{}` is not a valid pattern: {error}", clip(text.as_bytes()))),
    };
    let mut paths = Vec::new();
    for path in found {
        let path = path.map_err(|error| {
            let at = Box::new(Location::object(error.path().display().to_string()));
            Error::Io { at, source: error.into() }
        })?;
        if paths.len() == MOST_MATCHES {
            return fail(format!(
                "`{}` matches more than {MOST_MATCHES} files: name their folder",
                clip(text.as_bytes())
            ));
        }
        paths.push(path);
    }
    if paths.is_empty() {
        return Err(Error::NotFound { path: absolute(Path::new(text)), is_pattern: true, candidates: Vec::new() });
    }
    Ok(paths)
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Returns the error for a path that does not exist: the absolute path, because a relative one depends on the working
/// folder, and similar names in the last folder of it that exists.
pub(crate) fn missing(path: &Path) -> Error {
    let path = absolute(path);
    let folders = path.ancestors().skip(1);
    let missing = path.ancestors().zip(folders).find(|(_, folder)| folder.is_dir());
    let candidates = missing.and_then(|(path, folder)| {
        let name = path.file_name()?.to_str()?;
        let entries = fs::read_dir(folder).ok()?.take(MOST_COMPARED).flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        Some(similar(name, names).into_iter().map(|name| folder.join(name).display().to_string()).collect())
    });
    Error::NotFound { candidates: candidates.unwrap_or_default(), path, is_pattern: false }
}

/// Returns the names that are similar to a missing one, the most similar first.
pub(crate) fn similar(name: &str, names: impl Iterator<Item = String>) -> Vec<String> {
    let wanted = name.to_lowercase();
    let distance = |other: &str| {
        let other = other.to_lowercase();
        // An extension that is missing, or too many.
        let (short, long) = if wanted.len() < other.len() { (&wanted, &other) } else { (&other, &wanted) };
        let is_longer = long.strip_prefix(short.as_str()).is_some_and(|rest| rest.starts_with('.'));
        // Two letters in the wrong order are a distance of two.
        if is_longer && !short.is_empty() { Some(1) } else { within(long.len() / 3, short.as_bytes(), long.as_bytes()) }
    };
    let mut similar: Vec<(usize, String)> =
        names.filter(|other| other.len() <= 256).filter_map(|other| Some((distance(&other)?, other))).collect();
    similar.sort();
    similar.into_iter().take(MOST_NAMED).map(|(_, name)| name).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn resolved(path: &str) -> String {
        match resolve(&[PathBuf::from(path)]) {
            Ok(paths) => paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" "),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn addresses_are_paths_or_say_what_to_do() {
        #[rustfmt::skip]
        let cases = [
            ("file:///no/such%20name",             "/no/such name"),
            ("FILE:///no/such",                    "/no/such"),
            ("file://localhost/no/such",           "/no/such"),
            ("file:/no/such",                      "/no/such"),
            ("file:///no/100%25",                  "/no/100%"),
            ("file://nas/no/such",                 "option `path`: `file://nas/no/such` names another machine"),
            ("file:///no/such?x",                  "option `path`: `file:///no/such?x` has a query or a fragment"),
            ("file:///no/%zz",                     "option `path`: `file:///no/%zz` has a `%` without two hexadecimal digits"),
            ("file:///no/%00",                     "option `path`: `file:///no/%00` has a zero byte"),
            ("https://a:b@example.com/x?token=t",  "option `path`: `https://example.com/…` is a web address, which is not read: download the file"),
            ("https://b.s3.eu-west-1.amazonaws.com/k?X-Amz-Signature=0f", "in S3 the address is s3://b/…"),
            ("https:/example.com/x",               "`https://example.com/…` is a web address"),
            ("gs://b/x",                           "`gs://b/…` is in Google Cloud Storage, which is not read directly: copy"),
            ("az://b/x",                           "`az://b/…` is in Azure Storage, which is not read directly: copy"),
            ("abfss://c@a.dfs.core.windows.net/x", "`abfss://a.dfs.core.windows.net/…` is in Azure Storage"),
            ("s3a://b/x",                          "write `s3://b/…` in place of `s3a://b/…`"),
            ("s3:/b/x",                            "pass it as text, not as a path object"),
            ("S3://b/x",                           "an address in S3 begins with `s3://`, in lower case"),
            ("ftp://b/x",                          "`ftp://` is not a known kind of address"),
            // Paths.
            ("no/such:/x",                         "no/such:/x"),
            ("C:/no/such",                         "C:/no/such"),
            ("no:/such",                           "no:/such"),
        ];
        for (path, wanted) in cases {
            let found = resolved(path);
            assert!(found.contains(wanted), "{path}: {found}");
            assert!(!found.contains("token=") && !found.contains("Signature") && !found.contains("a:b"), "{found}");
        }
    }

    #[test]
    fn similar_names_come_first_and_are_few() {
        #[rustfmt::skip]
        let cases: [(&str, &[&str], &[&str]); 7] = [
            ("reprots",      &["reports", "images"],                   &["reports"]),
            ("daily-1.csv",  &["images.csv", "daily-1.csv.gz"],        &["daily-1.csv.gz"]),
            ("R.csv.gz",     &["R.csv", "r.csv.gz", "x"],              &["r.csv.gz", "R.csv"]),
            ("REPORTS",      &["reports"],                             &["reports"]),
            ("a",            &["b", "c"],                              &[]),
            ("report",       &[],                                      &[]),
            ("report-1.csv", &["report-2.csv", "report-3.csv", "report-4.csv", "report-5.csv"], &["report-2.csv", "report-3.csv", "report-4.csv"]),
        ];
        for (name, names, wanted) in cases {
            assert_eq!(similar(name, names.iter().map(|&name| name.to_owned())), wanted, "{name}");
        }
    }
}
