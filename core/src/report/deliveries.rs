//! The choice of the manifest of a month, and of the objects that it lists.
//!
//! In: a listing, and the contents of the manifests that were read. Out: indexes into the listing.
//! This file does no I/O, so folders on disk and buckets follow the same rules. Facts that only one of them has are
//! `None` in the [`Candidate`]s of the other. The choice and the parts are two calls, because a bucket fetches the
//! manifest between them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::manifest;
use super::manifest::{Manifest, period_in, written_at};
use super::part::BillingPeriod;
use crate::error::{Error, Location, Result, clip};
use crate::value::timestamp::Timestamp;
use crate::value::warning::Warning;

/// A manifest in a listing.
pub(crate) trait Candidate {
    /// Its key.
    fn key(&self) -> &str;

    /// When it was written, if the listing has it. The later one of two deliveries is the newer one.
    fn changed(&self) -> Option<Timestamp>;

    /// Its content, if it was read.
    fn manifest(&self) -> Option<&Manifest>;
}

/// The manifest to use for a month.
#[derive(Debug)]
pub(crate) struct Newest<'c, C> {
    pub(crate) manifest: &'c C,
    /// The manifests of older deliveries, newest first. Empty if `manifest` is above the folders of deliveries.
    pub(crate) older: Vec<&'c C>,
}

const SEVERAL: &str = "several manifests of one month lie there";
const NO_ORDER: &str = "several deliveries lie there, and nothing says which one is the newest";

/// Returns the manifest to use for a month: the one above the folders of deliveries, which AWS keeps equal to that of
/// the newest delivery; otherwise that of the newest delivery. `None` without manifests.
///
/// `month` is `None` if the manifests do not have their month. Several deliveries may then be of several months.
/// `place` is the name of the folder or bucket in errors.
///
/// # Errors
///
/// [`Error::Ambiguous`] if the newest one cannot be determined.
pub(crate) fn newest<'c, C: Candidate>(
    place: &str,
    month: Option<BillingPeriod>,
    candidates: &'c [C],
) -> Result<Option<Newest<'c, C>>> {
    let ambiguous = |of: Vec<&C>, reason| {
        let candidates = of.into_iter().map(|candidate| candidate.key().to_owned()).collect();
        Err(Error::Ambiguous { at: Box::new(Location::object(place)), reason, candidates })
    };
    let (mut own, above): (Vec<&C>, Vec<&C>) = candidates.iter().partition(|candidate| is_of_delivery(*candidate));
    // A legacy Parquet report has two equal manifests; the one next to the parts is used.
    let is_beside = |candidate: &C| candidate.key().contains("/year=");
    if let Some(&manifest) = above.iter().find(|candidate| is_beside(candidate)).or(above.first()) {
        let agrees = |other: &C| match (manifest.manifest(), other.manifest()) {
            (Some(manifest), Some(other)) => manifest.delivery == other.delivery && manifest.parts == other.parts,
            // Of manifests that were not read, only the two of a Parquet report are known to be equal.
            _ => std::ptr::eq(manifest, other) || is_beside(manifest) && !is_beside(other),
        };
        if !above.iter().all(|other| agrees(other)) {
            return ambiguous(above, SEVERAL);
        }
        return Ok(Some(Newest { manifest, older: Vec::new() }));
    }
    let order = |candidate: &C| (delivered(candidate), candidate.changed());
    own.sort_by_key(|candidate| Reverse(order(candidate)));
    let Some((&manifest, older)) = own.split_first() else { return Ok(None) };
    let is_older = |other: &C| {
        // A delivery without its own time is ordered by the time its manifest was written.
        let is_before = || manifest.changed().zip(other.changed()).is_some_and(|(newest, other)| other < newest);
        order(other) < order(manifest) && (delivered(other).is_some() || is_before())
    };
    if !older.is_empty() && (month.is_none() || !older.iter().all(|other| is_older(other))) {
        return ambiguous(own, NO_ORDER);
    }
    Ok(Some(Newest { manifest, older: older.to_vec() }))
}

/// Returns the indexes of the objects that a manifest lists, in its order. `find` returns the index of a key in the
/// listing: a bucket has exactly this key, a copy on disk may be at any depth.
///
/// # Errors
///
/// [`Error::MissingPart`] for a key without an object. [`Error::Manifest`] for a key of another month than `month`, and
/// for two keys of one object. Errors of `find`.
pub(crate) fn parts(
    manifest: &Manifest,
    month: Option<BillingPeriod>,
    mut find: impl FnMut(&str) -> Result<Option<usize>>,
) -> Result<Vec<usize>> {
    let at = || Box::new(Location::object(&manifest.object));
    let (mut places, mut keys) = (Vec::with_capacity(manifest.parts.len()), BTreeMap::new());
    for key in &manifest.parts {
        if month.zip(period_in(key)).is_some_and(|(month, named)| month != named) {
            let reason = format!("it names `{}`, whose rows are of another month", clip(key.as_bytes()));
            return Err(Error::Manifest { at: at(), reason });
        }
        let Some(place) = find(key)? else { return Err(Error::MissingPart { at: at(), part: key.clone() }) };
        if let Some(first) = keys.insert(place, key) {
            let [first, second] = [first, key].map(|key| clip(key.as_bytes()));
            let reason = format!("two of its parts, `{first}` and `{second}`, are one object");
            return Err(Error::Manifest { at: at(), reason });
        }
        places.push(place);
    }
    Ok(places)
}

/// Returns the warning for a manifest without parts, by its key.
pub(crate) fn no_parts(manifest: &str) -> Warning {
    Warning::new("no_parts", format!("{manifest} lists no parts: nothing is delivered yet"))
}

/// Returns the folder of an object, by its key.
pub(crate) fn folder_of(key: &str) -> &str {
    key.rsplit('/').nth(1).unwrap_or_default()
}

/// Returns whether a manifest is in the folder of its delivery, not above it.
fn is_of_delivery(candidate: &impl Candidate) -> bool {
    let folder = folder_of(candidate.key());
    let delivery = candidate.manifest().and_then(|manifest| manifest.delivery.as_deref());
    manifest::is_of_delivery(folder) || !folder.is_empty() && delivery.is_some_and(|delivery| folder.contains(delivery))
}

/// Returns the time of a delivery, from its manifest, or from the name of its folder if the manifest was not read.
fn delivered(candidate: &impl Candidate) -> Option<Timestamp> {
    match candidate.manifest() {
        Some(manifest) => manifest.as_of,
        None => written_at(folder_of(candidate.key())),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    /// A manifest of a listing: its key, when it was written, and its content if it was read.
    struct Listed {
        key: String,
        changed: Option<Timestamp>,
        manifest: Option<Manifest>,
    }

    impl Candidate for Listed {
        fn key(&self) -> &str {
            &self.key
        }

        fn changed(&self) -> Option<Timestamp> {
            self.changed
        }

        fn manifest(&self) -> Option<&Manifest> {
            self.manifest.as_ref()
        }
    }

    /// `KEY`, `KEY @ 7` that was written at 7, `KEY = ID PART` that was read.
    fn listed(text: &str) -> Listed {
        let (rest, said) = text.split_once(" = ").map_or((text, None), |(rest, said)| (rest, Some(said)));
        let (key, changed) = rest.split_once(" @ ").map_or((rest, None), |(key, changed)| (key, Some(changed)));
        let manifest = said.map(|said| {
            let (id, part) = said.split_once(' ').unwrap();
            let parts = vec![part.to_owned()];
            let delivery = Some(id.to_owned());
            Manifest { object: key.to_owned(), as_of: written_at(id), delivery, parts, ..Manifest::default() }
        });
        Listed {
            key: key.to_owned(),
            changed: changed.map(|at| Timestamp::from_micros(at.parse().unwrap()).unwrap()),
            manifest,
        }
    }

    fn month(text: &str) -> Option<BillingPeriod> {
        text.parse().ok()
    }

    fn outcome<T>(result: Result<T>, said: impl FnOnce(T) -> String) -> String {
        match result {
            Ok(found) => said(found),
            Err(error) => error.code().to_owned(),
        }
    }

    #[test]
    fn the_manifest_of_a_month_that_counts() {
        const UUID: &str = "6b61f8ab-9c1b-4a52-a1f6-6f3c41e2a9f0";
        const OTHER: &str = "71a0e1b0-5a3c-4a53-8e4b-0d1f6b9a7c11";
        const DATED: &str = "20260105T000000Z";
        const LATER: &str = "20260106T000000Z";
        const AMBIGUOUS: &str = "OUTLAY_AMBIGUOUS";
        let hive = "R/R/year=2026/month=1/M";
        let key = |folder: &str| format!("R/20260101-20260201/{folder}/M");
        let at = |folder: &str, changed: i64| format!("R/20260101-20260201/{folder}/M @ {changed}");
        let said = |folder: &str, id: &str| format!("R/20260101-20260201/{folder}/M = {id} R-1.csv");
        // Case; whether the month is known; manifests; the manifest to use, and older ones.
        #[rustfmt::skip]
        let cases: Vec<(&str, &str, Vec<String>, String)> = vec![
            ("nothing", "2026-01", vec![], "none".into()),
            ("one above", "2026-01", vec!["d/M".into()], "d/M".into()),
            ("one above, of no month", "", vec!["d/M = a R-1.csv".into()], "d/M".into()),
            ("the one above, whatever lies below", "2026-01", vec!["d/M @ 1".into(), at(LATER, 9)], "d/M".into()),
            ("two above, not read", "2026-01", vec!["d/M @ 1".into(), "e/M @ 2".into()], AMBIGUOUS.into()),
            ("two above that are equal", "2026-01", vec!["d/M = a R-1.csv".into(), "e/M = a R-1.csv".into()], "d/M".into()),
            ("two above of two deliveries", "2026-01", vec!["d/M = a R-1.csv".into(), "e/M = b R-1.csv".into()], AMBIGUOUS.into()),
            ("two above of other parts", "2026-01", vec!["d/M = a R-1.csv".into(), "e/M = a R-2.csv".into()], AMBIGUOUS.into()),
            ("of Parquet, not read", "2026-01", vec!["R/20260101-20260201/M @ 2".into(), format!("{hive} @ 1")], hive.into()),
            ("of Parquet, equal", "2026-01", vec!["R/20260101-20260201/M = a R-1.csv".into(), format!("{hive} = a R-1.csv")], hive.into()),
            ("of Parquet, different", "2026-01", vec!["R/20260101-20260201/M = a R-1.csv".into(), format!("{hive} = b R-1.csv")], AMBIGUOUS.into()),
            ("of Parquet, two of each", "2026-01", vec![format!("{hive} @ 1"), format!("S/{hive} @ 1"), "d/M @ 1".into()], AMBIGUOUS.into()),
            ("one delivery without a time", "2026-01", vec![said("u1", "u1")], key("u1")),
            ("one delivery, not read", "2026-01", vec![at(UUID, 1)], key(UUID)),
            ("by their own times", "2026-01", vec![said(DATED, DATED), said(LATER, LATER)], format!("{} > {}", key(LATER), key(DATED))),
            ("by their folders, not by when they were written", "2026-01", vec![at(DATED, 9), at(LATER, 1)], format!("{} > {}", key(LATER), key(DATED))),
            ("by when they were written", "2026-01", vec![at(UUID, 1), at(OTHER, 2)], format!("{} > {}", key(OTHER), key(UUID))),
            ("one instant, by when they were written", "2026-01", vec![at(&format!("{DATED}-a"), 2), at(&format!("{DATED}-b"), 1)],
                format!("{} > {}", key(&format!("{DATED}-a")), key(&format!("{DATED}-b")))),
            ("a time of its own, and one before it without", "2026-01", vec![at(UUID, 1), at(DATED, 2)], format!("{} > {}", key(DATED), key(UUID))),
            ("a time of its own, and one after it without", "2026-01", vec![at(UUID, 3), at(DATED, 2)], AMBIGUOUS.into()),
            ("a time of its own, and one without any", "2026-01", vec![said("u1", "u1"), said(DATED, DATED)], AMBIGUOUS.into()),
            ("no times", "2026-01", vec![said("u1", "u1"), said("u2", "u2")], AMBIGUOUS.into()),
            ("one time twice", "2026-01", vec![said(DATED, DATED), said(&format!("{DATED} (1)"), DATED)], AMBIGUOUS.into()),
            ("one time twice, not read", "2026-01", vec![at(UUID, 1), at(OTHER, 1)], AMBIGUOUS.into()),
            ("deliveries of no month", "", vec![said(DATED, DATED), said(LATER, LATER)], AMBIGUOUS.into()),
        ];
        for (case, period, manifests, wanted) in cases {
            let manifests: Vec<Listed> = manifests.iter().map(|text| listed(text)).collect();
            let found = outcome(newest("place", month(period), &manifests), |found| match found {
                None => "none".to_owned(),
                Some(Newest { manifest, older }) => {
                    std::iter::once(manifest).chain(older).map(Candidate::key).collect::<Vec<_>>().join(" > ")
                }
            });
            assert_eq!(found, wanted, "{case}");
        }
    }

    #[test]
    fn the_parts_of_a_manifest() {
        let objects = ["R/20260101-20260201/R-1.csv", "R/20260201-20260301/R-1.csv", "R-1.csv", "R-2.csv"];
        // Stands for a search that finds one object by two keys.
        let find = |key: &str| match key {
            "odd" => Err(Error::Outside { at: Box::new(Location::object(key)), reason: String::new() }),
            key => Ok(objects.iter().position(|object| *object == key.trim_start_matches("./"))),
        };
        #[rustfmt::skip]
        let cases: [(&str, &str, &str, &str); 8] = [
            ("none",                     "2026-01", "",                                             "[]"),
            ("in their order",           "2026-01", "R-2.csv R-1.csv",                              "[3, 2]"),
            ("missing",                  "2026-01", "R-1.csv R-3.csv",                              "OUTLAY_MISSING_PART"),
            ("one object twice",         "2026-01", "R-1.csv ./R-1.csv",                            "OUTLAY_MANIFEST"),
            ("of the month",             "2026-01", "R/20260101-20260201/R-1.csv",                  "[0]"),
            ("of another month",         "2026-01", "R/20260201-20260301/R-1.csv",                  "OUTLAY_MANIFEST"),
            ("of a month not known",     "",        "R/20260201-20260301/R-1.csv",                  "[1]"),
            ("an error of the search",   "2026-01", "R-1.csv odd",                                  "OUTLAY_OUTSIDE"),
        ];
        for (case, period, keys, wanted) in cases {
            let parts = keys.split_whitespace().map(str::to_owned).collect();
            let manifest = Manifest { object: "M".to_owned(), parts, ..Manifest::default() };
            let found = outcome(super::parts(&manifest, month(period), find), |places| format!("{places:?}"));
            assert_eq!(found, wanted, "{case}");
        }
    }
}
