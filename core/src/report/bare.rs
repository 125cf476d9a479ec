//! A folder without a manifest: its parts, if names and headers show that they are one report.
//!
//! Ambiguous or possibly incomplete folders are errors that list the candidates. Files that are not read are listed in
//! warnings.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::mem::discriminant;

use super::folder::{Planner, object, some_of, written_in};
use super::headers::header;
use super::listing::{ListedFile, Listing, Passed};
use super::manifest::{Manifest, period_in, prefix_of};
use super::names;
use super::names::{Ending, Name};
use super::part::BillingPeriod;
use crate::csv::records::Limits;
use crate::error::{Error, Result};

/// Maximum bytes of the header of a file that is checked for being a part by its content.
const HEADER_BYTES: usize = 1 << 20;
/// Maximum number of files whose content is checked.
const LOOKED_AT: usize = 200;

const UNFINISHED: &str = "the folder has an incomplete download next to the report; finish it, or move it elsewhere";
const PACKED: &str = "a file in an unsupported compression may be a part of the report; unpack it or compress it with gzip, or move it \
                      elsewhere";
const NAMED_SO: &str = "a file may be a part of the report by its name, but has another extension; name it .csv, .csv.gz or \
                        .csv.zip, or move it elsewhere";
const HELD: &str = "a file has the content of a report, but another extension; name it .csv, .csv.gz or .csv.zip, or move it elsewhere";
const GAP: &str = "the numbers of the files do not start at 0 or 1 (or at 0 for Spark) or have a gap, so that one may be missing; if none is, \
                   name the files to read them together";
const SEVERAL: &str = "the folder holds several reports and no manifest; name the files to read them together";
const NO_ORDER: &str =
    "the names of the files do not show that they are one complete report; name the files to read them together";
const HEADERS: &str = "the files have different headers; name the files to read them together";
const TWICE: &str = "the folder holds files that may be the same part twice";

/// A file and its parsed name.
type NamedFile<'o> = (&'o ListedFile, Name);
/// Files by month and folder.
type Months<'o> = BTreeMap<Option<BillingPeriod>, BTreeMap<String, Vec<NamedFile<'o>>>>;

impl Planner<'_> {
    /// Adds the parts of a folder without a manifest: one delivery of one report per month. Otherwise the error lists
    /// the candidates.
    pub(super) fn bare(&mut self, folder: &str, listing: &Listing) -> Result<()> {
        let (data, rest) = divide(&listing.objects);
        self.refuse_passed(folder, &listing.passed)?;
        if data.is_empty() {
            let there = some_of(rest.iter().map(|file| file.key.clone()).collect()).join(", ");
            let there =
                if there.is_empty() { there } else { format!("; name the files to read them together: {there}") };
            let reason = format!("the folder holds no manifest and no .csv, .csv.gz or .csv.zip file{there}");
            return Err(Error::Format { at: object(folder), reason });
        }
        self.account_for(folder, &data, &rest)?;
        // Programs that write partitions number the files of all partitions in one sequence.
        let is_whole = are_all_there(&data);
        for (period, folders) in months(folder, data)? {
            if folders.len() > 1 {
                let is_partition = |folder: &String| folder.rsplit('/').next().unwrap_or(folder).contains('=');
                let reason = if folders.keys().any(is_partition) {
                    "the folder holds several partitions and no manifest; name the files to read them together"
                } else {
                    "the folder holds several deliveries and no manifest"
                };
                let candidates = some_of(folders.into_keys().collect());
                return Err(Error::Ambiguous { at: object(folder), reason, candidates });
            }
            if !self.selects(period) {
                continue;
            }
            for (parent, files) in folders {
                self.add_month(if parent.is_empty() { folder } else { &parent }, period, files, is_whole)?;
            }
        }
        Ok(())
    }

    /// Fails for links to folders, and for pipes and devices with the name of data; warns about others.
    fn refuse_passed(&mut self, folder: &str, passed: &[Passed]) -> Result<()> {
        let is_missed =
            |passed: &&Passed| !names::is_hidden(&passed.key) && (passed.is_folder || names::is_data(&passed.key));
        let missed = passed.iter().filter(is_missed).map(|passed| format!("{} ({})", passed.key, passed.kind));
        let missed: Vec<String> = missed.collect();
        if !missed.is_empty() {
            let reason = "the folder has links or special files that may be parts of the report and are not followed; name the files to \
                          read them together, or move them elsewhere";
            return Err(Error::Ambiguous { at: object(folder), reason, candidates: some_of(missed) });
        }
        self.note_passed(passed);
        Ok(())
    }

    /// Warns about files that are not read, and fails for those that look like parts of the report.
    fn account_for(&mut self, folder: &str, data: &[NamedFile<'_>], rest: &[&ListedFile]) -> Result<()> {
        let known: BTreeSet<&str> = data.iter().map(|(_, name)| name.base.as_str()).collect();
        let mut suspects = BTreeMap::<&'static str, Vec<String>>::new();
        let (mut left_out, mut looked_at) = (Vec::new(), 0);
        for file in rest {
            if names::is_hidden(&file.key) {
                if names::is_hidden_data(&file.key) {
                    left_out.push(format!("{} (hidden)", file.key));
                }
                continue;
            }
            match suspicion(file, &known, &mut looked_at).filter(|_| self.wants(period_in(&file.key))) {
                Some(reason) => suspects.entry(reason).or_default().push(file.key.clone()),
                None => left_out.push(file.key.clone()),
            }
        }
        if let Some((reason, files)) = suspects.into_iter().next() {
            return Err(Error::Ambiguous { at: object(folder), reason, candidates: some_of(files) });
        }
        self.warn_all("not_read", left_out, "a file that is no part of a report is not read");
        Ok(())
    }

    /// Adds the files of a month in one folder.
    fn add_month(
        &mut self,
        folder: &str,
        period: Option<BillingPeriod>,
        mut files: Vec<NamedFile<'_>>,
        is_whole: bool,
    ) -> Result<()> {
        files.sort_by_key(|(file, name)| (name.numbers(), file.key.clone()));
        are_one_report(folder, &files, is_whole)?;
        let Some((first, name)) = files.first() else { return Ok(()) };
        let is_name = !matches!(name.ending, Ending::File(_) | Ending::Id);
        let report = is_name.then(|| name.base.trim_end_matches(['-', '_', '.']).to_owned());
        let found = written_in(&first.path);
        let manifest = Manifest { report, period: period.or(found.period), ..found };
        files.iter().try_for_each(|(file, _)| self.add(file, &manifest))
    }
}

/// Divides files into those with the name of data and others. If no file has an extension of data, files without
/// extension are data if they are numbered, as Redshift and Spark write them.
fn divide(objects: &[ListedFile]) -> (Vec<NamedFile<'_>>, Vec<&ListedFile>) {
    let is_data = |file: &&ListedFile| names::is_data(&file.key) && !names::is_hidden(&file.key);
    let is_file = |file: &&ListedFile| {
        matches!(Name::of(&file.key).ending, Ending::File(_) | Ending::Id)
            && !names::has_extension(&file.key)
            && !names::is_hidden(&file.key)
    };
    let (data, rest): (Vec<&ListedFile>, Vec<&ListedFile>) = if objects.iter().any(|file| is_data(&file)) {
        objects.iter().partition(is_data)
    } else {
        objects.iter().partition(is_file)
    };
    (data.into_iter().map(|file| (file, Name::of(&file.key))).collect(), rest)
}

/// Returns why a file without the name of data may be a part of the report.
fn suspicion(file: &ListedFile, known: &BTreeSet<&str>, looked_at: &mut usize) -> Option<&'static str> {
    let key = file.key.as_str();
    if names::is_beside(key) {
        return None;
    }
    let is_data = |name: &str| names::is_data(name) || names::names_csv(name);
    let is_numbered = |name: &Name| matches!(name.ending, Ending::Chunk(_) | Ending::File(_) | Ending::Id);
    let is_like = |name: &str| {
        let name_of = Name::of(name);
        !names::has_extension(name) && (known.contains(name_of.base.as_str()) || is_numbered(&name_of))
    };
    if let Some(name) = names::unfinished(key)
        && (is_data(name) || is_like(name) || names::is_download(key))
    {
        return Some(UNFINISHED);
    }
    if let Some(name) = names::packed(key)
        && (is_data(name) || is_like(name))
    {
        return Some(PACKED);
    }
    if is_data(key) && !key.contains("cost_and_usage_data_status/") || is_like(key) {
        return Some(NAMED_SO);
    }
    let name = Name::of(names::without_extension(key));
    if known.contains(name.base.as_str()) && name.numbers().is_some() {
        return Some(NAMED_SO);
    }
    if file.pin.0.is_none() || *looked_at >= LOOKED_AT {
        return None;
    }
    *looked_at += 1;
    let limits = Limits { record_bytes: HEADER_BYTES, ..Limits::default() };
    let open = File::open(&file.path).ok()?;
    header(key, &mut open.take(HEADER_BYTES as u64), limits).is_ok().then_some(HELD)
}

/// Groups files by month and folder. Fails if they are of several reports.
fn months<'o>(folder: &str, data: Vec<NamedFile<'o>>) -> Result<Months<'o>> {
    let ambiguous =
        |candidates, reason| Err(Error::Ambiguous { at: object(folder), reason, candidates: some_of(candidates) });
    let report = |(file, name): &NamedFile<'_>| (prefix_of(&file.key).unwrap_or_default(), name.base.clone());
    let reports: BTreeSet<(String, String)> = data.iter().map(report).collect();
    if reports.len() > 1 {
        return ambiguous(reports.into_iter().map(|(prefix, name)| format!("{prefix}{name}")).collect(), SEVERAL);
    }
    let mut months = Months::new();
    for (file, name) in data {
        let parent = file.key.rsplit_once('/').map_or("", |(parent, _)| parent).to_owned();
        months.entry(period_in(&file.key)).or_default().entry(parent).or_default().push((file, name));
    }
    if months.len() > 1 && months.contains_key(&None) {
        let folders = months.into_values().flat_map(BTreeMap::into_keys).collect();
        return ambiguous(folders, "the folder holds files with and without a month, and no manifest");
    }
    Ok(months)
}

/// Returns whether the numbers of files written by a program have no gap, and start at 0 if the program always starts
/// at 0.
fn are_all_there(files: &[NamedFile<'_>]) -> bool {
    let numbers = files.iter().filter_map(|(file, name)| match &name.ending {
        Ending::File(numbers) => Some((file, numbers.clone())),
        _ => None,
    });
    let (files, mut numbers): (Vec<&&ListedFile>, Vec<Vec<u64>>) = numbers.unzip();
    numbers.sort_unstable();
    let begins = numbers.first().and_then(|numbers| numbers.first()).is_none_or(|first| *first == 0)
        || !files.iter().any(|file| names::begins_with_zero(&file.key));
    begins && names::is_complete(&numbers)
}

/// Fails unless names and headers show that the files of a folder are the parts of one report, each once and none
/// missing.
fn are_one_report(folder: &str, files: &[NamedFile<'_>], is_whole: bool) -> Result<()> {
    let Some((_, first)) = files.first() else { return Ok(()) };
    let ambiguous = |reason| {
        let candidates = some_of(files.iter().map(|(file, _)| file.key.clone()).collect());
        Err(Error::Ambiguous { at: object(folder), reason, candidates })
    };
    let are_several = files.len() > 1;
    let numbers: BTreeSet<Vec<u64>> = files.iter().filter_map(|(_, name)| name.numbers()).collect();
    if are_several {
        if files.iter().all(|(_, name)| matches!(name.ending, Ending::Day | Ending::Id)) {
            return ambiguous(NO_ORDER);
        }
        if numbers.len() < files.len() {
            return ambiguous(TWICE);
        }
        if files.iter().any(|(_, name)| discriminant(&name.ending) != discriminant(&first.ending)) {
            return ambiguous(NO_ORDER);
        }
    }
    let is_complete = names::is_complete(&numbers.iter().cloned().collect::<Vec<_>>());
    let compares_headers = match first.ending {
        Ending::Chunk(start) => {
            // AWS numbers chunks from 1, programs that split files from 0. A gap is a missing part.
            let from = start.min(1);
            // After other digits, the last digits may be a week, or the month of a two-digit year.
            if start > 1 && first.base.ends_with(|last: char| last.is_ascii_digit()) {
                return ambiguous(NO_ORDER);
            }
            let numbers = numbers.iter().flatten();
            if let Some((wanted, number)) = (from..).zip(numbers).find(|(wanted, number)| wanted != *number) {
                let part = format!("chunk {wanted} (chunks are numbered from {from}; the next one there is {number})");
                return Err(Error::MissingPart { at: object(folder), part });
            }
            start == 0
        }
        Ending::File(_) if !is_whole && !are_all_there(files) => return ambiguous(GAP),
        Ending::Number(_) if are_several && !is_complete => return ambiguous(SEVERAL),
        Ending::File(_) | Ending::Number(_) => true,
        Ending::Month(..) | Ending::Day | Ending::Id | Ending::Nothing => false,
    };
    if are_several && compares_headers && !have_one_header(files) {
        return ambiguous(HEADERS);
    }
    Ok(())
}

/// Returns whether all readable headers are equal. Other errors are reported when the files are read.
fn have_one_header(files: &[NamedFile<'_>]) -> bool {
    let headers = files.iter().filter(|(file, _)| file.pin.0.is_some()).filter_map(|(file, _)| {
        let mut open = File::open(&file.path).ok()?;
        header(&file.key, &mut open, Limits::default()).ok()
    });
    let mut headers = headers.map(|(names, _)| names);
    let first = headers.next();
    headers.all(|names| Some(&names) == first.as_ref())
}
