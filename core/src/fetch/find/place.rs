//! The location of a report in a bucket: the prefixes of its keys.

use std::sync::Arc;

use super::catalog::ReportDefinition;
use crate::error::{Error, Location, Result};
use crate::fetch::aws::bucket::{Bucket, ListedObject};
use crate::report::manifest::prefix_of;
use crate::report::part::{BillingPeriod, Part};
use crate::report::paths::similar;
use crate::value::timestamp::Timestamp;

/// Maximum number of folders above a prefix that are listed.
const MOST_LEVELS: usize = 8;
/// Maximum number of names that are returned from one of them.
const MOST_NEXT: usize = 20;

/// The location of the deliveries of a report.
#[derive(Clone, Debug)]
pub(crate) struct ReportLocation {
    pub(crate) bucket: Arc<Bucket>,
    /// The possible prefixes of keys.
    pub(super) roots: Vec<String>,
    /// The definition of the report, if it was found.
    pub(crate) definition: Option<ReportDefinition>,
    /// The name of the report, if several may be below the roots.
    pub(super) name: Option<String>,
}

impl ReportLocation {
    /// Creates the location of a report with a definition.
    pub(crate) fn defined(bucket: Arc<Bucket>, definition: ReportDefinition) -> Self {
        Self { bucket, roots: definition.roots(), name: None, definition: Some(definition) }
    }

    /// Creates the location of a report below a prefix.
    pub(crate) fn below(bucket: Arc<Bucket>, prefix: &str, name: Option<String>) -> Self {
        let prefix = if prefix.is_empty() || prefix.ends_with('/') { prefix.to_owned() } else { format!("{prefix}/") };
        Self { bucket, roots: vec![prefix], name, definition: None }
    }

    /// Returns bucket and prefix, for messages.
    pub(crate) fn describe(&self) -> String {
        self.bucket.place(self.roots.first().map_or("", String::as_str))
    }

    /// Returns the possible prefixes of keys, the most common first.
    pub(crate) fn roots(&self) -> &[String] {
        &self.roots
    }

    /// Returns a key without its root; `None` for a key that is not below a root.
    pub(crate) fn rest<'k>(&self, key: &'k str) -> Option<&'k str> {
        self.roots.iter().find_map(|root| key.strip_prefix(root.as_str()))
    }

    pub(crate) fn root(&self) -> &str {
        self.roots.first().map_or("", String::as_str)
    }

    /// Fails for a part that is not at this location.
    pub(crate) fn check(&self, part: &Part) -> Result<()> {
        let is_here = part.path == self.bucket.place(&part.object);
        if is_here && self.rest(&part.object).is_some_and(|rest| !is_odd(rest)) {
            return Ok(());
        }
        let reason = format!("it is not below {}", self.describe());
        Err(Error::Outside { at: Box::new(Location::object(&part.path)), reason })
    }

    /// Lists the first objects.
    pub(crate) async fn list_some(&self) -> Result<Vec<ListedObject>> {
        self.in_use(|root| self.bucket.list_some(root)).await
    }

    /// Lists the objects below the root that is in use: AWS has used two prefixes for reports without a configured
    /// prefix, and a policy may allow only one of them.
    pub(super) async fn in_use<'p, F>(&'p self, list: impl Fn(&'p str) -> F) -> Result<Vec<ListedObject>>
    where
        F: Future<Output = Result<Vec<ListedObject>>>,
    {
        let mut denied = None;
        for (number, root) in self.roots.iter().enumerate() {
            match list(root).await {
                Err(error @ Error::Denied { .. }) if number == 0 => denied = Some(error),
                Err(Error::Denied { .. }) => {}
                Ok(objects) if objects.is_empty() => {}
                listed => return listed,
            }
        }
        denied.map_or(Ok(Vec::new()), Err)
    }

    /// Returns the error for a location without any object, with the prefixes next to it. A report that is found by its
    /// definition may just be new, so this is no error there.
    pub(crate) async fn nothing(&self) -> Error {
        let (candidates, next_to_it) = match self.next_to(self.root()).await {
            Ok(names) if names.is_empty() => (names, "; there are no prefixes next to it"),
            Ok(names) => (names, "; prefixes and objects next to it"),
            Err(_) => (Vec::new(), "; the prefixes next to it could not be listed"),
        };
        let place = self.describe();
        let reason = format!(
            "no object has the prefix `{place}`: check the bucket and prefix, or wait a day if the report is new{next_to_it}"
        );
        Error::NoReport { reason, candidates: candidates.iter().map(|name| self.bucket.place(name)).collect() }
    }

    /// Returns the error for an object that does not exist, with similar names of the same folder.
    pub(super) async fn no_object(&self, key: &str) -> Error {
        let (folder, name) = split_name(key);
        let names = self.bucket.list_names(folder).await.unwrap_or_default();
        let names = names.iter().filter_map(|other| other.strip_prefix(folder)).map(str::to_owned);
        let candidates =
            similar(name, names).iter().map(|name| self.bucket.place(&format!("{folder}{name}"))).collect();
        Error::NotFound { path: self.bucket.place(key).into(), is_pattern: false, candidates }
    }

    /// Returns the names in the last folder of a prefix that has any, similar ones first.
    async fn next_to(&self, prefix: &str) -> Result<Vec<String>> {
        let mut prefix = prefix.trim_end_matches('/');
        for _ in 0..MOST_LEVELS {
            let (folder, name) = split_name(prefix);
            let names = self.bucket.list_names(folder).await?;
            if !names.is_empty() {
                let ends = names.iter().filter_map(|other| other.strip_prefix(folder));
                let similar = similar(name, ends.map(|other| other.trim_end_matches('/').to_owned()));
                let is_similar =
                    |other: &String| similar.iter().any(|name| other[folder.len()..].trim_end_matches('/') == name);
                let (mut first, rest): (Vec<String>, Vec<String>) = names.into_iter().partition(is_similar);
                first.extend(rest);
                first.truncate(MOST_NEXT);
                return Ok(first);
            }
            if folder.is_empty() {
                break;
            }
            prefix = folder.trim_end_matches('/');
        }
        Ok(Vec::new())
    }

    /// Returns the prefixes to list: for one month, if the names of its folders are known.
    pub(super) fn prefixes(&self, root: &str, period: Option<BillingPeriod>) -> Vec<String> {
        let (Some(period), Some(definition)) = (period, &self.definition) else { return vec![root.to_owned()] };
        let month = period.to_string();
        let (year, number) = month.split_once('-').unwrap_or_default();
        let day = |start: Timestamp| start.to_string().get(..10).unwrap_or_default().replace('-', "");
        let folder = format!("{}-{}/", day(period.start()), day(period.end()));
        if definition.is_export() {
            return vec![
                format!("{root}data/BILLING_PERIOD={month}/"),
                format!("{root}metadata/BILLING_PERIOD={month}/"),
            ];
        }
        let name = &definition.name;
        let mut prefixes = vec![
            format!("{root}{folder}"),
            format!("{root}{name}/year={year}/month={}/", number.trim_start_matches('0')),
            format!("{root}{name}/year={year}/month={number}/"),
        ];
        prefixes.dedup();
        prefixes
    }
}

/// Splits a key into its folder, which ends with a slash or is empty, and its name.
pub(crate) fn split_name(key: &str) -> (&str, &str) {
    key.split_at(key.rfind('/').map_or(0, |slash| slash + 1))
}

/// Returns whether a program may interpret a key as another path: it has empty folders, `.` or `..`, a backslash, or
/// control characters. The key is passed without its root, which was configured. A trailing slash marks a folder.
pub(super) fn is_odd(rest: &str) -> bool {
    let folders = rest.strip_suffix('/').unwrap_or(rest);
    let is_odd = |folder: &str| matches!(folder, "" | "." | "..");
    !rest.is_empty()
        && (folders.split('/').any(is_odd)
            || rest.contains(|character: char| character == '\\' || character.is_control()))
}

/// Returns the prefix of all months of a report, from the key of a manifest.
pub(super) fn report_root(key: &str) -> String {
    let root = prefix_of(key).unwrap_or_default();
    let root = root.strip_suffix("metadata/").unwrap_or(&root);
    // The folders of a legacy Parquet report repeat its name.
    let folders: Vec<&str> = root.trim_end_matches('/').split('/').collect();
    match folders.as_slice() {
        [head @ .., last, again] if last == again && key.contains("/year=") => {
            head.iter().chain([last]).map(|folder| format!("{folder}/")).collect()
        }
        _ => root.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn keys_that_are_no_plain_paths_are_odd() {
        let odd = [
            "../x", "a/../x", "a/..", "./x", "a/./x", "/x", "a//x", "//", "/", "a//", "a\\x", "\\x", "a\nx",
            "a\u{1b}x", "a\u{85}x", "..", ".",
        ];
        for rest in odd {
            assert!(super::is_odd(rest), "{rest:?}");
        }
        // A folder's mark; names that only begin or end with dots; signs that object stores have.
        for rest in
            ["", "x", "a/", "a/b/", "a/..x", "a/x..", "a/...", "20260101-20260201/R 1.csv", "a/x:y=z+%2F%2e%2e", "ä/価"]
        {
            assert!(!super::is_odd(rest), "{rest:?}");
        }
    }
}
