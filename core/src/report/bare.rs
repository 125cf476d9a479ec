//! A folder without a manifest → the parts to read, where names and headers say that they are one report.
//!
//! Nothing is guessed: what may be two things, or half of one, is refused with the candidates, and what is not read is
//! named.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::mem::discriminant;

use super::folder::{Planner, object, some_of, written_in};
use super::headers::header;
use super::listing::{Listing, Object, Passed};
use super::manifest::{Manifest, period_in, prefix_of};
use super::names;
use super::names::{Ending, Name};
use super::part::BillingPeriod;
use crate::csv::records::Limits;
use crate::error::{Error, Result};

/// Bytes of a header of a file that may be a part by its content.
const HEADER_BYTES: usize = 1 << 20;
/// Files whose content is looked at because their names say nothing.
const LOOKED_AT: usize = 200;

const UNFINISHED: &str = "a file that is not downloaded to its end lies beside the report; finish it, or take it away";
const PACKED: &str = "a file in a compression that is not read may be a part of the report; unpack it or pack it with gzip, \
                      or take it away";
const NAMED_SO: &str = "a file may be a part of the report by its name, and has not the ending of one; name it .csv, .csv.gz \
                        or .csv.zip, or take it away";
const HELD: &str =
    "a file holds a report, and has not the ending of one; name it .csv, .csv.gz or .csv.zip, or take it away";
const GAP: &str = "the numbers of the files do not count from 0 or 1 without a gap, or from 0 as those of Spark do, so that one may be missing; if none is, \
                   name the files to read them together";
const SEVERAL: &str = "the folder holds several reports and no manifest; name the files to read them together";
const NO_ORDER: &str = "nothing in the names of the files says that they are one report and all there; name the files to read \
                        them together";
const HEADERS: &str = "the files have different headers; name the files to read them together";
const TWICE: &str = "the folder holds files that may be the same part twice";

/// A file, and what its name says.
type Named<'o> = (&'o Object, Name);
/// Files by month and folder.
type Months<'o> = BTreeMap<Option<BillingPeriod>, BTreeMap<String, Vec<Named<'o>>>>;

impl Planner<'_> {
    /// A folder without a manifest: one delivery of one report for each month, or an error that names the candidates.
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
        // Programs that write partitions number the files of all of them together.
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
            if !self.wants(period) {
                continue;
            }
            for (parent, files) in folders {
                self.add_month(if parent.is_empty() { folder } else { &parent }, period, files, is_whole)?;
            }
        }
        Ok(())
    }

    /// Refuses links to folders, and pipes and devices under the names of data; names the others.
    fn refuse_passed(&mut self, folder: &str, passed: &[Passed]) -> Result<()> {
        let is_missed =
            |passed: &&Passed| !names::is_hidden(&passed.key) && (passed.is_folder || names::is_data(&passed.key));
        let missed = passed.iter().filter(is_missed).map(|passed| format!("{} ({})", passed.key, passed.kind));
        let missed: Vec<String> = missed.collect();
        if !missed.is_empty() {
            let reason = "the folder holds what may be a part of the report and is not followed; name the files to read them \
                          together, or take it away";
            return Err(Error::Ambiguous { at: object(folder), reason, candidates: some_of(missed) });
        }
        self.note_passed(passed);
        Ok(())
    }

    /// Names every file that is not read, and refuses those that look like parts of the report.
    fn account_for(&mut self, folder: &str, data: &[Named<'_>], rest: &[&Object]) -> Result<()> {
        let known: BTreeSet<&str> = data.iter().map(|(_, name)| name.base.as_str()).collect();
        let mut suspects = BTreeMap::<&'static str, Vec<String>>::new();
        let (mut left_out, mut looked_at) = (Vec::new(), 0);
        for file in rest {
            if names::is_hidden(&file.key) {
                if names::is_hidden_data(&file.key) {
                    left_out.push(format!("{} is a hidden file and is not read", file.key));
                }
                continue;
            }
            match suspicion(file, &known, &mut looked_at).filter(|_| self.wants(period_in(&file.key))) {
                Some(reason) => suspects.entry(reason).or_default().push(file.key.clone()),
                None => left_out.push(format!("{} is no part of a report and is not read", file.key)),
            }
        }
        if let Some((reason, files)) = suspects.into_iter().next() {
            return Err(Error::Ambiguous { at: object(folder), reason, candidates: some_of(files) });
        }
        self.warn_all("not_read", left_out, "files are not read");
        Ok(())
    }

    /// Adds the files of a month that lie in one folder.
    fn add_month(
        &mut self,
        folder: &str,
        period: Option<BillingPeriod>,
        mut files: Vec<Named<'_>>,
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

/// The files that are data by their names, and all others. Files without any ending are data where there are no others
/// and their numbers say so: Redshift and Spark write such.
fn divide(objects: &[Object]) -> (Vec<Named<'_>>, Vec<&Object>) {
    let is_data = |file: &&Object| names::is_data(&file.key) && !names::is_hidden(&file.key);
    let is_file = |file: &&Object| {
        matches!(Name::of(&file.key).ending, Ending::File(_) | Ending::Id)
            && !names::has_extension(&file.key)
            && !names::is_hidden(&file.key)
    };
    let (data, rest): (Vec<&Object>, Vec<&Object>) = if objects.iter().any(|file| is_data(&file)) {
        objects.iter().partition(is_data)
    } else {
        objects.iter().partition(is_file)
    };
    (data.into_iter().map(|file| (file, Name::of(&file.key))).collect(), rest)
}

/// Why a file that is no data by its name may be a part of the report all the same.
fn suspicion(file: &Object, known: &BTreeSet<&str>, looked_at: &mut usize) -> Option<&'static str> {
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

/// Files by month and folder, where all are of one report.
fn months<'o>(folder: &str, data: Vec<Named<'o>>) -> Result<Months<'o>> {
    let ambiguous =
        |candidates, reason| Err(Error::Ambiguous { at: object(folder), reason, candidates: some_of(candidates) });
    let report = |(file, name): &Named<'_>| (prefix_of(&file.key).unwrap_or_default(), name.base.clone());
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

/// Whether the numbers of files that a program wrote count without a gap, from 0 where the program always does.
fn are_all_there(files: &[Named<'_>]) -> bool {
    let numbers = files.iter().filter_map(|(file, name)| match &name.ending {
        Ending::File(numbers) => Some((file, numbers.clone())),
        _ => None,
    });
    let (files, mut numbers): (Vec<&&Object>, Vec<Vec<u64>>) = numbers.unzip();
    numbers.sort_unstable();
    let begins = numbers.first().and_then(|numbers| numbers.first()).is_none_or(|first| *first == 0)
        || !files.iter().any(|file| names::begins_with_zero(&file.key));
    begins && names::is_complete(&numbers)
}

/// Refuses the files of one folder where names and headers do not say that they are the parts of one report, each there
/// once and none missing.
fn are_one_report(folder: &str, files: &[Named<'_>], is_whole: bool) -> Result<()> {
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
            // Chunks are numbered from 1, or from 0 by those who split files; a gap is a part that is missing.
            let from = start.min(1);
            // Behind other digits the last ones may be those of a week, or of a month of a year of two digits.
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

/// Whether no two files have different headers. What cannot be read is left to the read, which says why.
fn have_one_header(files: &[Named<'_>]) -> bool {
    let headers = files.iter().filter(|(file, _)| file.pin.0.is_some()).filter_map(|(file, _)| {
        let mut open = File::open(&file.path).ok()?;
        header(&file.key, &mut open, Limits::default()).ok()
    });
    let mut headers = headers.map(|(names, _)| names);
    let first = headers.next();
    headers.all(|names| Some(&names) == first.as_ref())
}
