//! Files, folders and manifests → the parts to read, with nothing guessed.
//!
//! A folder is read through its manifests: the listed parts, all of them, of one delivery for each month. What lies
//! there unlisted is left out, with a warning. Without a manifest, only a folder that can mean one thing is read.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::listing::{Object, list, local};
use super::manifest::{self, MAX_BYTES, Manifest, chunk, name_of, period_in, prefix_of, written_at};
use super::part::{BillingPeriod, Part, Plan};
use crate::error::{Error, Location, Result};
use crate::totals::Warning;

/// The parts of the given paths, in order.
pub(crate) fn plan(inputs: &[PathBuf], periods: &[BillingPeriod]) -> Result<Plan> {
    let mut planner = Planner { plan: Plan::default(), periods };
    for input in inputs {
        let metadata = fs::metadata(input).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => Error::NotFound { path: input.clone() },
            _ => Error::Io { at: object(&input.display().to_string()), source },
        })?;
        if metadata.is_dir() {
            planner.folder(input)?;
        } else if input.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
            planner.manifest(input)?;
        } else {
            let name = input.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            let file = Object { key: name, path: input.clone(), size: metadata.len() };
            let manifest = written_in(&fs::canonicalize(input).unwrap_or_else(|_| input.clone()));
            planner.add(&file, &manifest)?;
        }
    }
    if inputs.is_empty() {
        return Err(Error::Option { option: "path", reason: "nothing to read was named".to_owned() });
    }
    let mut deliveries = BTreeMap::new();
    for part in &planner.plan.parts {
        let (Some(report), Some(period), Some(delivery)) = (&part.report, part.period, &part.delivery) else {
            continue;
        };
        let first = deliveries.entry((report, period)).or_insert(delivery);
        if *first != delivery {
            let candidates = vec![first.to_string(), delivery.clone()];
            let reason = "two deliveries of one month are named, which would double it";
            return Err(Error::Ambiguous { at: object(&format!("{report}, {period}")), reason, candidates });
        }
    }
    let mut seen = BTreeSet::new();
    for part in &planner.plan.parts {
        if !seen.insert(fs::canonicalize(&part.path).unwrap_or_else(|_| part.path.clone().into())) {
            let reason = format!("`{}` is named twice, which would double its rows", part.object);
            return Err(Error::Option { option: "path", reason });
        }
    }
    Ok(planner.plan)
}

fn object(name: &str) -> Box<Location> {
    Box::new(Location::object(name))
}

/// What the folders of a part say of its delivery: month, id and time.
fn written_in(part: &Path) -> Manifest {
    let path = part.to_string_lossy().replace('\\', "/");
    let folder = path.rsplit('/').nth(1).filter(|folder| written_at(folder).is_some());
    Manifest {
        period: period_in(&path),
        delivery: folder.map(str::to_owned),
        as_of: folder.and_then(written_at),
        ..Manifest::default()
    }
}

/// Extensions of objects that can be parts.
fn is_data(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    [".csv", ".csv.gz", ".csv.zip", ".gz", ".zip", ".parquet"].iter().any(|extension| key.ends_with(extension))
        && !key.contains("cost_and_usage_data_status/")
}

struct Planner<'p> {
    plan: Plan,
    periods: &'p [BillingPeriod],
}

impl Planner<'_> {
    fn warn(&mut self, code: &str, message: String) {
        self.plan.warnings.push(Warning { code: code.to_owned(), message, rows: 0 });
    }

    fn wants(&self, period: Option<BillingPeriod>) -> bool {
        self.periods.is_empty() || period.is_none_or(|period| self.periods.contains(&period))
    }

    fn add(&mut self, file: &Object, manifest: &Manifest) -> Result<()> {
        let path = file.path.to_str().ok_or_else(|| Error::Option {
            option: "path",
            reason: format!("`{}` has a name that is not UTF-8", file.path.display()),
        })?;
        self.plan.parts.push(Part {
            object: file.key.clone(),
            path: path.to_owned(),
            size: file.size,
            etag: None,
            period: manifest.period,
            delivery: manifest.delivery.clone(),
            as_of: manifest.as_of,
            report: manifest.report.clone(),
            columns: Vec::new(),
            fingerprint: None,
        });
        Ok(())
    }

    /// A folder, through its manifests when there are any.
    fn folder(&mut self, folder: &Path) -> Result<()> {
        let objects = list(folder)?;
        let mut manifests = Vec::new();
        for candidate in objects.iter().filter(|object| Manifest::is_named_so(&object.key)) {
            manifests.push(read_manifest(candidate)?);
        }
        let name = folder.display().to_string();
        if manifests.is_empty() {
            return self.bare(&name, &objects);
        }
        one_report(&name, &manifests)?;
        let mut listed = BTreeSet::new();
        let mut months = BTreeMap::<Option<BillingPeriod>, Vec<Manifest>>::new();
        for manifest in manifests {
            months.entry(manifest.period).or_default().push(manifest);
        }
        if months.len() > 1 && months.contains_key(&None) {
            let candidates = months.into_values().flatten().map(|manifest| manifest.object).collect();
            let reason = "one of several manifests does not say its month";
            return Err(Error::Ambiguous { at: object(&name), reason, candidates });
        }
        for (period, manifests) in months {
            if self.wants(period) {
                let manifest = self.newest(&name, manifests)?;
                listed.extend(self.listed(&manifest, &objects)?);
            } else {
                // Parts of other months lie there for a reason: they are not worth a warning.
                let keys = manifests.iter().flat_map(|manifest| manifest.parts.iter().map(move |key| (key, manifest)));
                listed
                    .extend(keys.filter_map(|(key, manifest)| nearest(key, &manifest.object, &objects).ok().flatten()));
            }
        }
        self.note_unlisted(&objects, &listed);
        Ok(())
    }

    /// The manifest of a month that counts: the one above the folders of deliveries, which AWS keeps equal to the newest
    /// delivery's; without it the newest delivery's own.
    fn newest(&mut self, folder: &str, manifests: Vec<Manifest>) -> Result<Manifest> {
        let (mut top, mut own): (Vec<_>, Vec<_>) =
            manifests.into_iter().partition(|manifest| !is_of_delivery(manifest));
        let ambiguous = |manifests: Vec<Manifest>, reason| {
            let candidates = manifests.into_iter().map(|manifest| manifest.object).collect();
            Err(Error::Ambiguous { at: object(folder), reason, candidates })
        };
        if let Some(first) = top.first() {
            let is_same = |other: &Manifest| other.delivery == first.delivery && other.parts == first.parts;
            return match top.iter().all(is_same) {
                true => Ok(top.swap_remove(0)),
                false => ambiguous(top, "the folder holds several manifests of one month"),
            };
        }
        own.sort_by_key(|manifest| std::cmp::Reverse(manifest.as_of));
        match own.as_slice() {
            [_] => {}
            [.., oldest] if oldest.as_of.is_none() => {
                let reason = "the folder holds several deliveries of one month, and nothing says which is the newest";
                return ambiguous(own, reason);
            }
            [first, second, ..] if first.as_of == second.as_of || first.period.is_none() => {
                return ambiguous(own, "the folder holds several deliveries, and nothing says which is the newest");
            }
            _ => {}
        }
        let newest = own.swap_remove(0);
        for older in &own {
            let (older, newest) = (&older.object, &newest.object);
            self.warn("older_delivery", format!("{older} is an older delivery than {newest} and is left out"));
        }
        Ok(newest)
    }

    /// Adds the parts of a manifest, and gives their places among the objects.
    fn listed(&mut self, manifest: &Manifest, objects: &[Object]) -> Result<Vec<usize>> {
        let mut places = Vec::new();
        for key in &manifest.parts {
            let Some(place) = nearest(key, &manifest.object, objects)? else {
                return Err(Error::MissingPart { at: object(&manifest.object), part: key.clone() });
            };
            if places.contains(&place) {
                let reason = format!("two of its parts are `{}`", objects[place].key);
                return Err(Error::Manifest { at: object(&manifest.object), reason });
            }
            self.add(&objects[place], manifest)?;
            places.push(place);
        }
        if manifest.parts.is_empty() {
            let message = format!("{} lists no parts: nothing is delivered yet", manifest.object);
            self.warn("no_parts", message);
        }
        Ok(places)
    }

    fn note_unlisted(&mut self, objects: &[Object], listed: &BTreeSet<usize>) {
        const NAMED: usize = 20;
        let unlisted =
            objects.iter().enumerate().filter(|(place, object)| is_data(&object.key) && !listed.contains(place));
        let unlisted: Vec<&str> = unlisted.map(|(_, object)| object.key.as_str()).collect();
        for key in unlisted.iter().take(NAMED) {
            self.warn("unlisted_part", format!("{key} is not listed in its manifest and is left out"));
        }
        if let Some(rest) = unlisted.len().checked_sub(NAMED).filter(|rest| *rest > 0) {
            self.warn("unlisted_part", format!("{rest} more files are not listed in a manifest and are left out"));
        }
    }

    /// A manifest that was named. Its parts lie beside it or below it; those of a Data Export in the folder beside
    /// `metadata`. Nowhere else is looked: above may be a whole disk.
    fn manifest(&mut self, path: &Path) -> Result<()> {
        let file_name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let io = |source| Error::Io { at: object(&file_name), source };
        let size = fs::metadata(path).map_err(io)?.len();
        let absolute = fs::canonicalize(path).map_err(io)?;
        let manifest = read_manifest(&Object { key: file_name.clone(), path: absolute.clone(), size })?;
        let own = absolute.parent();
        let export = absolute.ancestors().find(|folder| folder.ends_with("metadata")).and_then(Path::parent);
        let mut missing = None;
        for folder in [own, export].into_iter().flatten() {
            let key = absolute.strip_prefix(folder).unwrap_or(&absolute).to_string_lossy().replace('\\', "/");
            let manifest = Manifest { object: key, ..manifest.clone() };
            let before = self.plan.clone();
            match self.listed(&manifest, &list(folder)?) {
                Err(error @ Error::MissingPart { .. }) => {
                    self.plan = before;
                    missing.get_or_insert(error);
                }
                found => return found.map(|_| ()),
            }
        }
        missing.map_or(Ok(()), Err)
    }

    /// A folder without a manifest: one delivery of one report for each month, or an error that names the candidates.
    fn bare(&mut self, folder: &str, objects: &[Object]) -> Result<()> {
        let data: Vec<&Object> = objects.iter().filter(|object| is_data(&object.key)).collect();
        if data.is_empty() {
            let reason = "the folder holds no manifest and no .csv, .csv.gz or .csv.zip file".to_owned();
            return Err(Error::Format { at: object(folder), reason });
        }
        let mut reports = BTreeSet::new();
        let mut months = BTreeMap::<Option<BillingPeriod>, BTreeMap<String, Vec<&Object>>>::new();
        for file in data {
            let parent = file.key.rsplit_once('/').map_or("", |(parent, _)| parent).to_owned();
            reports.insert((prefix_of(&file.key).unwrap_or_default(), name_of(&file.key).to_owned()));
            months.entry(period_in(&file.key)).or_default().entry(parent).or_default().push(file);
        }
        let ambiguous =
            |candidates: Vec<String>, reason| Err(Error::Ambiguous { at: object(folder), reason, candidates });
        if reports.len() > 1 {
            let candidates = reports.into_iter().map(|(prefix, name)| format!("{prefix}{name}")).collect();
            return ambiguous(candidates, "the folder holds several reports and no manifest");
        }
        if months.len() > 1 && months.contains_key(&None) {
            let files = months.into_values().flat_map(BTreeMap::into_keys).collect();
            return ambiguous(files, "the folder holds files with and without a month, and no manifest");
        }
        for (period, deliveries) in months {
            if deliveries.len() > 1 {
                return ambiguous(
                    deliveries.into_keys().collect(),
                    "the folder holds several deliveries and no manifest",
                );
            }
            if !self.wants(period) {
                continue;
            }
            for (parent, mut files) in deliveries {
                files.sort_by_key(|file| (chunk(&file.key), file.key.clone()));
                let numbers: BTreeSet<u64> = files.iter().filter_map(|file| chunk(&file.key)).collect();
                if files.len() > 1 && numbers.len() < files.len() {
                    let files = files.into_iter().map(|file| file.key.clone()).collect();
                    return ambiguous(files, "the folder holds files that may be the same part twice");
                }
                // Chunks are numbered from 1; a gap is a part that is missing.
                if let Some((wanted, number)) = (1..).zip(&numbers).find(|(wanted, number)| wanted != *number) {
                    let part = format!("chunk {wanted} (chunks are numbered from 1; the next one there is {number})");
                    return Err(Error::MissingPart {
                        at: object(if parent.is_empty() { folder } else { &parent }),
                        part,
                    });
                }
                let report = reports.first().map(|(_, name)| name.clone());
                let mut manifest = Manifest { report, period, ..Manifest::default() };
                if let Some(file) = files.first() {
                    let found = written_in(&fs::canonicalize(&file.path).unwrap_or_else(|_| file.path.clone()));
                    manifest = Manifest { report: manifest.report, period: period.or(found.period), ..found };
                }
                for file in files {
                    self.add(file, &manifest)?;
                }
            }
        }
        Ok(())
    }
}

/// Refuses manifests of different reports: they may differ by name, by account, or only by where they lie.
fn one_report(folder: &str, manifests: &[Manifest]) -> Result<()> {
    let distinct =
        |fact: fn(&Manifest) -> Option<&String>| manifests.iter().filter_map(fact).collect::<BTreeSet<_>>().len();
    let facts: [fn(&Manifest) -> Option<&String>; 3] = [
        |manifest| manifest.report.as_ref(),
        |manifest| manifest.account.as_ref(),
        |manifest| manifest.prefix.as_ref(),
    ];
    if facts.into_iter().all(|fact| distinct(fact) < 2) {
        return Ok(());
    }
    let candidates = manifests.iter().map(|manifest| manifest.object.clone()).collect();
    Err(Error::Ambiguous { at: object(folder), reason: "the folder holds several reports", candidates })
}

/// Whether a manifest lies in the folder of its delivery, not above it.
fn is_of_delivery(manifest: &Manifest) -> bool {
    let folder = manifest.object.rsplit('/').nth(1).unwrap_or_default();
    let is_own = !folder.is_empty() && manifest.delivery.as_deref().is_some_and(|delivery| folder.contains(delivery));
    is_own || manifest::is_of_delivery(folder)
}

fn read_manifest(file: &Object) -> Result<Manifest> {
    if file.size > MAX_BYTES {
        let reason = format!("{} bytes are too many for a manifest", file.size);
        return Err(Error::Manifest { at: object(&file.key), reason });
    }
    let mut bytes = Vec::new();
    let read = fs::File::open(&file.path).and_then(|open| open.take(MAX_BYTES).read_to_end(&mut bytes));
    read.map_err(|source| Error::Io { at: object(&file.key), source })?;
    Manifest::parse(&file.key, &bytes)
}

/// The object that a manifest's key means: the one with the longest common tail of folders and name, for a synced bucket
/// may lie at any depth. Of equally long ones, the one that lies nearest to the manifest.
fn nearest(key: &str, manifest: &str, objects: &[Object]) -> Result<Option<usize>> {
    let common_tail = |other: &str| {
        // Stores that refuse colons in names have other signs in their place.
        let same = |a: &str, b: &str| a == b || a.replace(':', "_") == b || a.replace(':', "-") == b || local(a) == b;
        key.rsplit('/').zip(other.rsplit('/')).take_while(|(a, b)| same(a, b)).count()
    };
    let common_head = |other: &str| manifest.split('/').zip(other.split('/')).take_while(|(a, b)| a == b).count();
    // A file of that name alone may be of any delivery: it counts only beside the manifest.
    let parent = |key: &str| key.rsplit_once('/').map_or(String::new(), |(parent, _)| parent.to_owned());
    let beside = |other: &str| parent(other) == parent(manifest);
    let other_month = |other: &str| period_in(key).zip(period_in(other)).is_some_and(|(a, b)| a != b);
    let candidates =
        objects.iter().enumerate().map(|(place, object)| (common_tail(&object.key), common_head(&object.key), place));
    let mut best: Vec<(usize, usize, usize)> = candidates
        .filter(|&(tail, _, place)| tail > 1 || tail == 1 && (beside(&objects[place].key) || !key.contains('/')))
        .filter(|&(.., place)| !other_month(&objects[place].key))
        .collect();
    best.sort_unstable_by_key(|&(tail, head, _)| std::cmp::Reverse((tail, head)));
    match best.as_slice() {
        [] => Ok(None),
        [first, second, ..] if (first.0, first.1) == (second.0, second.1) => {
            let candidates = [first, second].map(|&(_, _, place)| objects[place].key.clone()).to_vec();
            let reason = "a part of the manifest may be either of two files";
            Err(Error::Ambiguous { at: object(manifest), reason, candidates })
        }
        [(.., place), ..] => Ok(Some(*place)),
    }
}
