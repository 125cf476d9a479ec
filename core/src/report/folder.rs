//! The parts of files, folders and manifests.
//!
//! A folder is read through its manifests: all listed parts of one delivery per month. Files that are not listed are
//! left out with a warning. A folder without a manifest is read only if it is unambiguous.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::deliveries;
use super::deliveries::{Candidate, Newest};
use super::keys::Keys;
use super::listing::{ListedFile, Listing, Passed, list};
use super::manifest::{MAX_BYTES, Manifest, period_in, written_at};
use super::names;
use super::origins::Origins;
use super::part::{BillingPeriod, Part, Plan};
use super::paths;
use super::pin::{FileVersion, Pin};
use super::same;
use crate::error::{Error, Location, Result};
use crate::value::stop::Stop;
use crate::value::timestamp::Timestamp;
use crate::value::version::FormVersion;
use crate::value::warning::{Subjects, Warning};

/// Maximum number of names in an error. The rest is counted.
const NAMED: usize = 20;
/// Maximum number of files checked for being a manifest, in addition to JSON files.
const LOOKED_AT: usize = 1_000;

/// Returns the parts of the given paths, in order. `stop` is polled while files are compared.
pub(crate) fn plan(inputs: &[PathBuf], periods: &[BillingPeriod], stop: &Stop) -> Result<Plan> {
    let mut planner = Planner {
        plan: Plan::default(),
        periods,
        months: BTreeSet::new(),
        outside: Vec::new(),
        older: Vec::new(),
        origins: Origins::default(),
        beside: HashMap::new(),
    };
    for input in &paths::resolve(inputs)? {
        let metadata = fs::metadata(input).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => paths::missing(input),
            _ => Error::Io { at: object(&input.display().to_string()), source },
        })?;
        if metadata.is_dir() {
            planner.folder(input)?;
            continue;
        }
        let key = input.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let pin = Pin(FileVersion::of(&metadata));
        let file = ListedFile { key, path: input.clone(), size: metadata.len(), pin, leads_out: false };
        let is_json = input.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
        if is_json || !names::is_data(&file.key) && is_manifest(&file) {
            planner.manifest(input)?;
        } else {
            planner.given(&file)?;
        }
    }
    if inputs.is_empty() {
        return Err(Error::Option { option: "path", reason: "no path was given".to_owned() });
    }
    let outside = std::mem::take(&mut planner.outside);
    planner.warn_all("link_outside", outside, "a link to a file outside the folder");
    planner.plan.warnings.extend(planner.origins.some_of_delivery());
    planner.plan.months = std::mem::take(&mut planner.months);
    planner.plan.note_absent_months(periods);
    refuse_repeated(&planner.plan.parts)?;
    same::refuse(&planner.plan.parts, stop)?;
    Ok(planner.plan)
}

/// Fails for a file that is given twice: by the same path, or by two names of one file.
fn refuse_repeated(parts: &[Part]) -> Result<()> {
    let (mut paths, mut files) = (BTreeSet::new(), HashMap::new());
    for part in parts {
        let reason = if !paths.insert(fs::canonicalize(&part.path).unwrap_or_else(|_| part.path.clone().into())) {
            format!("`{}` is given twice, which would double its rows", part.object)
        } else {
            let Some(version) = part.pin.0.filter(|version| version.file().is_some()) else { continue };
            let Some(first) = files.insert(version, &part.object) else { continue };
            format!("`{first}` and `{}` are the same file, which would double its rows", part.object)
        };
        return Err(Error::Option { option: "path", reason });
    }
    Ok(())
}

pub(super) fn object(name: &str) -> Box<Location> {
    Box::new(Location::object(name))
}

/// Returns the first names, and the number of others.
pub(super) fn some_of(mut names: Vec<String>) -> Vec<String> {
    if let Some(rest) = names.len().checked_sub(NAMED).filter(|rest| *rest > 0) {
        names.truncate(NAMED);
        names.push(format!("and {rest} more"));
    }
    names
}

/// Returns facts about the delivery of a part from its folders: month, id and time.
pub(super) fn written_in(part: &Path) -> Manifest {
    let part = fs::canonicalize(part).unwrap_or_else(|_| part.to_owned());
    let path = part.to_string_lossy().replace('\\', "/");
    let folder = path.rsplit('/').nth(1).filter(|folder| written_at(folder).is_some());
    Manifest {
        period: period_in(&path),
        delivery: folder.map(str::to_owned),
        as_of: folder.and_then(written_at),
        ..Manifest::default()
    }
}

pub(super) struct Planner<'p> {
    plan: Plan,
    periods: &'p [BillingPeriod],
    /// The months of the report, wanted or not.
    months: BTreeSet<BillingPeriod>,
    /// Links that lead outside the given folder.
    outside: Vec<String>,
    /// Manifests of older deliveries, with that of the newest one.
    older: Vec<String>,
    origins: Origins,
    /// The manifests of folders that contain files given by name.
    beside: HashMap<PathBuf, Vec<Manifest>>,
}

impl Planner<'_> {
    /// Adds a warning about files, if there are any.
    pub(super) fn warn_all(&mut self, code: &str, files: Vec<String>, what: &str) {
        let files: Subjects = files.into_iter().collect();
        if !files.is_empty() {
            self.plan.warnings.push(Warning::about(code, what, &files));
        }
    }

    /// Warns about entries that a listing skipped.
    pub(super) fn note_passed(&mut self, passed: &[Passed]) {
        let passed = passed.iter().filter(|passed| !names::is_hidden(&passed.key));
        let passed = passed.map(|passed| format!("{} ({})", passed.key, passed.kind)).collect();
        self.warn_all("not_followed", passed, "links to folders and special files are not followed");
    }

    /// Records a month of the report, and returns whether it is selected.
    pub(super) fn selects(&mut self, period: Option<BillingPeriod>) -> bool {
        self.months.extend(period);
        self.wants(period)
    }

    pub(super) fn wants(&self, period: Option<BillingPeriod>) -> bool {
        self.periods.is_empty() || period.is_none_or(|period| self.periods.contains(&period))
    }

    pub(super) fn add(&mut self, file: &ListedFile, manifest: &Manifest) -> Result<()> {
        self.origins.add(file, manifest)?;
        let path = file.path.to_str().ok_or_else(|| Error::Option {
            option: "path",
            reason: format!("`{}` has a name that is not UTF-8", file.path.display()),
        })?;
        self.plan.parts.push(Part {
            version: FormVersion,
            object: file.key.clone(),
            path: path.to_owned(),
            size: file.size,
            etag: None,
            period: manifest.period,
            delivery: manifest.delivery.clone(),
            as_of: manifest.as_of,
            report: manifest.report.clone(),
            columns: Vec::new(),
            pin: file.pin,
            fingerprint: None,
        });
        if file.leads_out {
            self.outside.push(file.key.clone());
        }
        Ok(())
    }

    /// Adds a file that was given by name, with what a manifest in its folder, or in the folder above, says about it.
    fn given(&mut self, file: &ListedFile) -> Result<()> {
        let path = fs::canonicalize(&file.path).unwrap_or_else(|_| file.path.clone());
        for folder in path.ancestors().skip(1).take(2) {
            let key = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            let objects = [ListedFile { key, ..file.clone() }];
            let keys = Keys::new(&objects);
            let manifests = self.beside.entry(folder.to_owned()).or_insert_with(|| manifests_in(folder));
            let lists = |manifest: &&Manifest| {
                let find = |key: &String| match keys.find(key, &manifest.object) {
                    Ok(None) => keys.find_unpacked(key, &manifest.object),
                    found => found,
                };
                manifest.parts.iter().any(|key| matches!(find(key), Ok(Some(_))))
            };
            if let Some(manifest) = manifests.iter().find(lists).cloned() {
                let listed_in = folder.join(&manifest.object);
                self.origins.add_given(&path, &listed_in, &manifest);
                self.plan.manifests.push(listed_in);
                return self.add(file, &manifest);
            }
        }
        self.add(file, &written_in(&file.path))
    }

    /// Adds the parts of a folder, through its manifests if there are any.
    fn folder(&mut self, folder: &Path) -> Result<()> {
        let listing = list(folder)?;
        let objects = &listing.objects;
        let name = folder.display().to_string();
        let manifests = self.manifests(objects)?;
        if manifests.is_empty() {
            return self.bare(&name, &listing);
        }
        self.note_passed(&listing.passed);
        one_report(&name, &manifests)?;
        let keys = Keys::new(objects);
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
            if self.selects(period) {
                if let Some(manifest) = self.newest(&name, period, &manifests)? {
                    listed.extend(self.listed(manifest, objects, &keys)?);
                }
            } else {
                // Unlisted parts of other months need no warning.
                let parts = manifests.iter().flat_map(|manifest| manifest.parts.iter().map(move |key| (key, manifest)));
                let find = |key: &str, manifest: &str| match keys.find(key, manifest) {
                    Ok(None) => keys.find_unpacked(key, manifest),
                    found => found,
                };
                listed.extend(parts.filter_map(|(key, manifest)| find(key, &manifest.object).ok().flatten()));
            }
        }
        let older = std::mem::take(&mut self.older);
        self.warn_all("older_delivery", older, "an older delivery of a month is left out");
        self.note_unlisted(objects, &listed);
        Ok(())
    }

    /// Returns the manifests of a folder: those with the name of a manifest, and other JSON files with the content of a
    /// manifest, for months without a manifest.
    fn manifests(&mut self, objects: &[ListedFile]) -> Result<Vec<Manifest>> {
        let (mut named, mut looked_at) = (Vec::new(), 0);
        let mut others = Vec::new();
        for file in objects.iter().filter(|file| !names::is_hidden(&file.key)) {
            if Manifest::is_named_so(&file.key) {
                self.plan.manifests.push(file.path.clone());
                named.push(read_manifest(file)?);
            } else if !names::is_data(&file.key) {
                let is_json = file.path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
                looked_at += usize::from(!is_json);
                if (is_json || looked_at <= LOOKED_AT) && is_manifest(file) {
                    others.push(file);
                }
            }
        }
        let months: BTreeSet<Option<BillingPeriod>> = named.iter().map(|manifest| manifest.period).collect();
        let mut left_out = Vec::new();
        for file in others {
            self.plan.manifests.push(file.path.clone());
            match read_manifest(file) {
                Ok(other)
                    if months.is_empty()
                        || other.period.is_some()
                            && months.range(..).all(|month| month.is_some() && *month != other.period) =>
                {
                    named.push(other);
                }
                Err(error) if months.is_empty() => return Err(error),
                // AWS writes this file next to the manifest.
                _ if file.key.ends_with("RedshiftManifest.json") => {}
                _ => left_out.push(file.key.clone()),
            }
        }
        self.warn_all("not_read", left_out, "a manifest with another name is left out");
        Ok(named)
    }

    /// The manifest of a month that counts. Those of older deliveries are named: a copy of a report has them by mistake.
    fn newest<'m>(
        &mut self,
        folder: &str,
        period: Option<BillingPeriod>,
        manifests: &'m [Manifest],
    ) -> Result<Option<&'m Manifest>> {
        let Some(Newest { manifest, older }) = deliveries::newest(folder, period, manifests)? else { return Ok(None) };
        let named = |older: &Manifest| format!("{} (the newest one is {})", older.object, manifest.object);
        self.older.extend(older.into_iter().map(named));
        Ok(Some(manifest))
    }

    /// Adds the parts of a manifest, and returns their indexes among the objects.
    fn listed(&mut self, manifest: &Manifest, objects: &[ListedFile], keys: &Keys<'_>) -> Result<BTreeSet<usize>> {
        let mut unpacked = Vec::new();
        let places = deliveries::parts(manifest, manifest.period, |key| {
            let found = keys.find(key, &manifest.object)?;
            if found.is_some() {
                return Ok(found);
            }
            let found = keys.find_unpacked(key, &manifest.object)?;
            unpacked.extend(found.and_then(|place| objects.get(place)).map(|file| &file.key));
            Ok(found)
        })?;
        for (key, &place) in manifest.parts.iter().zip(&places) {
            let Some(file) = objects.get(place) else { continue };
            // A file that was unpacked while it was copied is larger, and may have the same name.
            let is_other = |size: u64| file.size < size || (file.size > size && !may_be_unpacked(file, key));
            if let Some(size) = manifest.sizes.get(key).filter(|size| is_other(**size)) {
                let reason =
                    format!("`{}` has {} bytes, but {size} in the manifest; copy it again", file.key, file.size);
                return Err(Error::Manifest { at: object(&manifest.object), reason });
            }
            self.add(file, manifest)?;
        }
        if manifest.parts.is_empty() {
            self.plan.warnings.push(deliveries::no_parts(&manifest.object));
        }
        let unpacked = unpacked.into_iter().cloned().collect();
        self.warn_all("unpacked_part", unpacked, "read instead of the listed compressed file");
        Ok(places.into_iter().collect())
    }

    fn note_unlisted(&mut self, objects: &[ListedFile], listed: &BTreeSet<usize>) {
        let is_unlisted = |(place, file): &(usize, &ListedFile)| {
            names::is_data(&file.key) && !names::is_hidden(&file.key) && !listed.contains(place)
        };
        let unlisted = objects.iter().enumerate().filter(is_unlisted);
        let unlisted = unlisted.map(|(_, file)| file.key.clone()).collect();
        self.warn_all("unlisted_part", unlisted, "a file that no manifest lists is left out");
    }

    /// Adds the parts of a given manifest. They are in its folder or below; those of a Data Export can be in the folder
    /// that contains `metadata`. Other folders are not searched, because a folder above can be a whole disk.
    fn manifest(&mut self, path: &Path) -> Result<()> {
        let file_name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let io = |source| Error::Io { at: object(&file_name), source };
        let absolute = fs::canonicalize(path).map_err(io)?;
        let size = fs::metadata(path).map_err(io)?.len();
        let file =
            ListedFile { key: file_name.clone(), path: absolute.clone(), size, pin: Pin::default(), leads_out: false };
        let manifest = read_manifest(&file)?;
        self.plan.manifests.push(absolute.clone());
        let own = absolute.parent();
        let export = absolute.ancestors().find(|folder| folder.ends_with("metadata")).and_then(Path::parent);
        let mut missing = None;
        for folder in [own, export].into_iter().flatten() {
            let key = absolute.strip_prefix(folder).unwrap_or(&absolute).to_string_lossy().replace('\\', "/");
            let manifest = Manifest { object: key, ..manifest.clone() };
            let before = self.plan.clone();
            let Listing { objects, passed } = list(folder)?;
            self.note_passed(&passed);
            match self.listed(&manifest, &objects, &Keys::new(&objects)) {
                Err(error @ Error::MissingPart { .. }) => {
                    self.plan = before;
                    missing.get_or_insert(error);
                }
                found => return found.map(|_| ()),
            }
        }
        missing.map_or(Ok(()), Err)
    }
}

/// Returns the manifests that are directly in a folder. Those that cannot be read are left out, because they were not asked for.
fn manifests_in(folder: &Path) -> Vec<Manifest> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| Manifest::is_named_so(name)).collect();
    names.sort();
    let read = |key: String| {
        let path = folder.join(&key);
        let metadata = fs::metadata(&path).ok().filter(fs::Metadata::is_file)?;
        let file = ListedFile { key, path, size: metadata.len(), pin: Pin::default(), leads_out: false };
        read_manifest(&file).ok()
    };
    names.into_iter().filter_map(read).collect()
}

/// Fails for manifests of different reports: with different names, accounts or prefixes.
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

/// All manifests of a folder are read before one is chosen.
impl Candidate for Manifest {
    fn key(&self) -> &str {
        &self.object
    }

    /// The time of a file is that of its copy, in any order, so it has no information about the delivery.
    fn changed(&self) -> Option<Timestamp> {
        None
    }

    fn manifest(&self) -> Option<&Manifest> {
        Some(self)
    }
}

/// Returns whether a file may be the unpacked form of a listed compressed file.
fn may_be_unpacked(file: &ListedFile, key: &str) -> bool {
    let is_packed = || {
        let mut magic = [0; 2];
        File::open(&file.path).and_then(|mut open| open.read_exact(&mut magic)).is_ok()
            && matches!(&magic, b"\x1F\x8B" | b"PK")
    };
    [".gz", ".zip"].iter().any(|ending| key.ends_with(ending)) && !is_packed()
}

fn read_manifest(file: &ListedFile) -> Result<Manifest> {
    if file.size > MAX_BYTES {
        let reason = format!("the file has {} bytes, more than any manifest", file.size);
        return Err(Error::Manifest { at: object(&file.key), reason });
    }
    let mut bytes = Vec::new();
    let read = fs::File::open(&file.path).and_then(|open| open.take(MAX_BYTES).read_to_end(&mut bytes));
    read.map_err(|source| Error::Io { at: object(&file.key), source })?;
    Manifest::parse(&file.key, &bytes)
}

/// Returns whether a file has the content of a manifest. False if it cannot be read.
fn is_manifest(file: &ListedFile) -> bool {
    if file.pin.0.is_none() || file.size > MAX_BYTES {
        return false;
    }
    let read = || {
        let mut open = File::open(&file.path)?;
        let mut bytes = Vec::new();
        open.by_ref().take(64).read_to_end(&mut bytes)?;
        if bytes.trim_ascii_start().strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes).trim_ascii_start().starts_with(b"{")
        {
            open.take(MAX_BYTES).read_to_end(&mut bytes)?;
        }
        std::io::Result::Ok(Manifest::is_one(&bytes))
    };
    read().unwrap_or(false)
}
