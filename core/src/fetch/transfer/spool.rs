//! Downloading a month to a folder, completely or not at all.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::download::{RemoteObject, fetch_whole};
use super::remote::{Months, newest};
use crate::error::{Error, Location, Result};
use crate::fetch::find::delivery::Delivery;
use crate::fetch::find::place::ReportLocation;
use crate::report::listing::local;
use crate::report::manifest::{MAX_BYTES, Manifest};
use crate::report::part::BillingPeriod;
use crate::report::source::MOST_RESTARTS;

/// Downloads the newest delivery of a month to a new folder below `folder`. The manifest is written last.
pub(crate) async fn spool(place: &ReportLocation, period: BillingPeriod, folder: &Path) -> Result<PathBuf> {
    let mut restarts = 0;
    loop {
        let wanted = Months::Required(period);
        let Some((_, delivery)) = newest(place, &wanted).await?.deliveries.into_iter().next() else {
            return Err(wanted.not_delivered(place).await);
        };
        match download_month(place, &delivery, period, folder).await {
            Err(Error::SourceChanged { .. }) if restarts < MOST_RESTARTS => restarts += 1,
            downloaded => return downloaded,
        }
    }
}

async fn download_month(
    place: &ReportLocation,
    delivery: &Delivery,
    period: BillingPeriod,
    folder: &Path,
) -> Result<PathBuf> {
    let io = |path: &Path| {
        let at = path.display().to_string();
        move |source: io::Error| Error::Io { at: Box::new(Location::object(at)), source }
    };
    let target = folder.join(period.to_string());
    // Built next to its target under a unique name, and moved when it is complete.
    let building = Building(folder.join(format!(".{period}.{}.tmp", unique())));
    fs::create_dir_all(folder).map_err(io(folder))?;
    fs::create_dir(&building.0).map_err(io(&building.0))?;
    for part in &delivery.parts {
        let path = building.0.join(local_name(&part.key));
        let mut file = File::create_new(&path).map_err(io(&path))?;
        let object =
            RemoteObject { key: part.key.clone(), size: part.size, etag: part.etag.clone(), retries: Arc::default() };
        fetch_whole(Arc::clone(&place.bucket), object, |bytes| file.write_all(bytes).map_err(io(&path))).await?;
        file.sync_all().map_err(io(&path))?;
    }
    let manifest = place.bucket.small(&delivery.manifest, MAX_BYTES).await?;
    if manifest.etag != delivery.manifest_etag {
        let reason = "it was rewritten while its parts were fetched".to_owned();
        return Err(Error::SourceChanged { at: Box::new(Location::object(&delivery.manifest)), reason });
    }
    let path = building.0.join(local_name(&delivery.manifest));
    fs::write(&path, &manifest.bytes).map_err(io(&path))?;
    let older = Building(folder.join(format!(".{period}.{}.old", unique())));
    let is_there = target.exists();
    if is_there {
        check_older(&target, &local_name(&delivery.manifest))?;
        fs::rename(&target, &older.0).map_err(io(&target))?;
    }
    if let Err(error) = fs::rename(&building.0, &target) {
        if is_there {
            let _ = fs::rename(&older.0, &target);
        }
        return Err(io(&target)(error));
    }
    Ok(target.join(local_name(&delivery.manifest)))
}

/// A folder that is removed when dropped, unless it was moved: after an error, and if the call is cancelled.
struct Building(PathBuf);

impl Drop for Building {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Returns a name that no other call uses, in this process or another one.
fn unique() -> String {
    let mut random = [0; 8];
    // Without random numbers the name has only the process id, and a second call fails instead of mixing files.
    let _ = getrandom::fill(&mut random);
    format!("{}-{:016x}", std::process::id(), u64::from_le_bytes(random))
}

/// Fails unless the folder is empty or has only a month of the same report: its manifest and the listed parts.
fn check_older(target: &Path, manifest: &str) -> Result<()> {
    let io = |source| Error::Io { at: Box::new(Location::object(target.display().to_string())), source };
    let entries = fs::read_dir(target).and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(io)?;
    let is_ours = || {
        let path = target.join(manifest);
        fs::metadata(&path).ok().filter(|file| file.len() <= MAX_BYTES)?;
        let older = Manifest::parse(manifest, &fs::read(&path).ok()?).ok()?;
        let names: BTreeSet<String> =
            older.parts.iter().map(|key| local_name(key)).chain([manifest.to_owned()]).collect();
        let is_known = |entry: &fs::DirEntry| entry.file_name().to_str().is_some_and(|name| names.contains(name));
        let is_file = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_file());
        entries.iter().all(|entry| is_known(entry) && is_file(entry)).then_some(())
    };
    if entries.is_empty() || is_ours().is_some() {
        return Ok(());
    }
    let reason = "it holds something else than this month of the report and is left as it is; choose another folder";
    Err(io(io::Error::new(io::ErrorKind::AlreadyExists, reason)))
}

/// Returns the file name for an object.
fn local_name(key: &str) -> String {
    local(key.rsplit('/').next().unwrap_or(key))
}
