//! `~` at the start of a path.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Replaces `~` by the home folder of the user, if it is the first component of a path. A file with that name is
/// written `./~`.
///
/// Fails with [`Error::Option`] if there is no home folder.
pub(crate) fn expand_home<'p>(option: &'static str, path: &'p Path) -> Result<Cow<'p, Path>> {
    expand(option, path, std::env::home_dir)
}

fn expand<'p>(option: &'static str, path: &'p Path, home: impl FnOnce() -> Option<PathBuf>) -> Result<Cow<'p, Path>> {
    let Ok(rest) = path.strip_prefix("~") else { return Ok(Cow::Borrowed(path)) };
    match home().filter(|home| !home.as_os_str().is_empty()) {
        // Joining an empty path would add a slash.
        Some(home) if rest.as_os_str().is_empty() => Ok(Cow::Owned(home)),
        Some(home) => Ok(Cow::Owned(home.join(rest))),
        None => {
            let reason =
                "`~` is the home folder, and the environment does not name one: set HOME, or write the path out";
            Err(Error::Option { option, reason: reason.to_owned() })
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_tilde_is_the_home_folder_only_as_the_first_component() {
        #[rustfmt::skip]
        let cases = [
            ("~",            "/home/ada"),
            ("~/",           "/home/ada"),
            ("~/bills/2026", "/home/ada/bills/2026"),
            ("~ada/bills",   "~ada/bills"),
            ("./~",          "./~"),
            ("bills/~",      "bills/~"),
            ("/~/bills",     "/~/bills"),
            ("~.csv",        "~.csv"),
            ("",             ""),
        ];
        for (path, wanted) in cases {
            let found = expand("path", Path::new(path), || Some("/home/ada".into())).unwrap();
            assert_eq!(found.as_os_str(), wanted, "{path}");
        }
        for home in [None, Some(PathBuf::new())] {
            let error = expand("path", Path::new("~/bills"), || home).unwrap_err();
            assert!(error.to_string().starts_with("option `path`: `~` is the home folder, and"), "{error}");
        }
    }
}
