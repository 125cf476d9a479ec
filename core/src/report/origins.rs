//! Where the parts of a plan come from: report, account, month and delivery, as far as they are known.
//!
//! In: the manifest and the folders of each part. Out: an error if rows would count twice, because two deliveries of one
//! month or two reports of one account are read together, and a warning for files that are only some of the parts of a
//! delivery.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::listing::ListedFile;
use super::manifest::{Manifest, written_at};
use super::part::BillingPeriod;
use crate::error::{Error, Location, Result};
use crate::value::warning::{Subjects, Warning};

/// The origins of the parts of a plan.
#[derive(Debug, Default)]
pub(super) struct Origins {
    /// The delivery of a month of a report, by account and name of the report.
    reports: BTreeMap<(Option<String>, String, BillingPeriod), String>,
    /// The report of a month of an account, with the first of its parts.
    accounts: BTreeMap<(String, BillingPeriod), (Report, PathBuf)>,
    /// The folder of the delivery of a month, by the folder that contains it.
    folders: BTreeMap<(PathBuf, BillingPeriod), String>,
    /// For each manifest, the number of its parts and those that were given by name.
    given: BTreeMap<PathBuf, (usize, BTreeSet<PathBuf>)>,
}

/// What identifies a report of an account.
type Report = (Option<String>, Option<String>);

impl Origins {
    /// Adds a part. Fails if it is of another delivery, or of another report of the same account, than one before.
    pub(super) fn add(&mut self, file: &ListedFile, manifest: &Manifest) -> Result<()> {
        let Some(period) = manifest.period else { return Ok(()) };
        if let (Some(report), Some(delivery)) = (&manifest.report, &manifest.delivery) {
            let key = (manifest.account.clone(), report.clone(), period);
            let first = self.reports.entry(key).or_insert_with(|| delivery.clone());
            if first != delivery {
                return Err(two_deliveries(&format!("{report}, {period}"), first, delivery));
            }
        }
        let report: Report = (manifest.report.clone(), manifest.prefix.clone());
        if let (Some(account), true) = (&manifest.account, report != (None, None)) {
            let key = (account.clone(), period);
            let (first, path) = self.accounts.entry(key).or_insert_with(|| (report.clone(), file.path.clone()));
            if *first != report {
                let candidates = [path, &file.path].map(|path| path.display().to_string()).to_vec();
                let reason =
                    "these are parts of two reports of this account, which would double its rows: pass only one report";
                let at = Box::new(Location::object(format!("account {account}, {period}")));
                return Err(Error::Ambiguous { at, reason, candidates });
            }
        }
        let path = fs::canonicalize(&file.path).unwrap_or_else(|_| file.path.clone());
        let own = path.parent();
        let name = own.and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        if let (Some(above), Some(name)) = (own.and_then(Path::parent), name.filter(|name| written_at(name).is_some()))
        {
            let first = self.folders.entry((above.to_owned(), period)).or_insert_with(|| name.clone());
            if *first != name {
                return Err(two_deliveries(&format!("{}, {period}", above.display()), first, &name));
            }
        }
        Ok(())
    }

    /// Adds a part that was given by name and is listed in a manifest beside it.
    pub(super) fn add_given(&mut self, file: &Path, path: &Path, manifest: &Manifest) {
        let (_, given) = self.given.entry(path.to_owned()).or_insert_with(|| (manifest.parts.len(), BTreeSet::new()));
        given.insert(file.to_owned());
    }

    /// Returns a warning about deliveries of which only some parts are read.
    pub(super) fn some_of_delivery(&self) -> Option<Warning> {
        let lacks = self.given.iter().filter(|(_, (listed, given))| given.len() < *listed);
        let lacks: Subjects = lacks
            .map(|(path, (listed, given))| format!("{} of {listed} parts in {}", given.len(), path.display()))
            .collect();
        let what = "only some parts of a delivery are read, so that totals are not those of the month: read the folder";
        (!lacks.is_empty()).then(|| Warning::about("some_parts", what, &lacks))
    }
}

fn two_deliveries(of: &str, first: &str, other: &str) -> Error {
    let candidates = vec![first.to_owned(), other.to_owned()];
    let reason = "there are two deliveries of one month, which would double its rows: pass only one of them";
    Error::Ambiguous { at: Box::new(Location::object(of)), reason, candidates }
}
