//! Lookup of the listed objects for the keys of a manifest.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use super::listing::{ListedFile, local};
use super::manifest::period_in;
use crate::error::{Error, Location, Result};

/// Maximum number of folders and names at the end of a key that are compared.
const MOST_TAIL: usize = 16;

/// Objects by the ends of their keys. A copy of a bucket can be at any depth, so the object of a key is the one with
/// the longest common tail of folders and name.
#[derive(Debug)]
pub(crate) struct Keys<'o> {
    objects: &'o [ListedFile],
    hasher: RandomState,
    /// Indexes of objects by the hash of a tail. Different tails may share a hash.
    tails: HashMap<u64, Vec<usize>>,
}

impl<'o> Keys<'o> {
    pub(crate) fn new(objects: &'o [ListedFile]) -> Self {
        let mut keys = Self { objects, hasher: RandomState::new(), tails: HashMap::new() };
        for (place, object) in objects.iter().enumerate() {
            for tail in keys.tails_of(&object.key) {
                keys.tails.entry(tail).or_default().push(place);
            }
        }
        keys
    }

    /// Returns the hashes of the tails of a key, the shortest first.
    fn tails_of(&self, key: &str) -> Vec<u64> {
        let mut tails = Vec::new();
        let mut tail = String::new();
        for piece in key.rsplit('/').take(MOST_TAIL) {
            // Stores replace characters that they do not allow. All such characters are treated as equal.
            tail.extend(piece.chars().map(|c| if c.is_alphanumeric() || c == '.' { c } else { '_' }));
            tail.push('/');
            tails.push(self.hasher.hash_one(&tail));
        }
        tails
    }

    /// Returns the index of the object for a key of a manifest. Of several with equally long tails, the one nearest to
    /// the manifest.
    ///
    /// Fails with [`Error::Ambiguous`] if two are equally near.
    pub(crate) fn find(&self, key: &str, manifest: &str) -> Result<Option<usize>> {
        for tail in self.tails_of(key).iter().rev() {
            let candidates = self.tails.get(tail).map(Vec::as_slice).unwrap_or_default();
            let found = nearest(key, manifest, self.objects, candidates)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Returns the index of an object that was unpacked after its delivery: `R-1.csv` for `R-1.csv.gz`.
    pub(crate) fn find_unpacked(&self, key: &str, manifest: &str) -> Result<Option<usize>> {
        let Some(name) = [".gz", ".zip"].iter().find_map(|extension| key.strip_suffix(extension)) else {
            return Ok(None);
        };
        match self.find(name, manifest)? {
            None if !name.ends_with(".csv") => self.find(&format!("{name}.csv"), manifest),
            found => Ok(found),
        }
    }
}

fn nearest(key: &str, manifest: &str, objects: &[ListedFile], candidates: &[usize]) -> Result<Option<usize>> {
    let common_tail = |other: &str| {
        let same = |a: &str, b: &str| a == b || a.replace(':', "_") == b || a.replace(':', "-") == b || local(a) == b;
        key.rsplit('/').zip(other.rsplit('/')).take_while(|(a, b)| same(a, b)).count()
    };
    let common_head = |other: &str| manifest.split('/').zip(other.split('/')).take_while(|(a, b)| a == b).count();
    // A file that matches by name only may be of another delivery, so it must be in the folder of the manifest.
    let parent = |key: &str| key.rsplit_once('/').map_or(String::new(), |(parent, _)| parent.to_owned());
    let beside = |other: &str| parent(other) == parent(manifest);
    let other_month = |other: &str| period_in(key).zip(period_in(other)).is_some_and(|(a, b)| a != b);
    let mut best: Vec<(usize, usize, usize)> = Vec::new();
    for &place in candidates {
        let Some(object) = objects.get(place) else { continue };
        let tail = common_tail(&object.key);
        let counts = tail > 1 || tail == 1 && (beside(&object.key) || !key.contains('/'));
        if counts && !other_month(&object.key) {
            best.push((tail, common_head(&object.key), place));
        }
    }
    best.sort_unstable_by_key(|&(tail, head, _)| std::cmp::Reverse((tail, head)));
    match best.as_slice() {
        [] => Ok(None),
        [first, second, ..] if (first.0, first.1) == (second.0, second.1) => {
            let candidates = [first.2, second.2].into_iter().filter_map(|place| objects.get(place));
            let candidates = candidates.map(|object| object.key.clone());
            let reason = "a part of the manifest may be either of two files";
            let at = Box::new(Location::object(manifest));
            Err(Error::Ambiguous { at, reason, candidates: candidates.collect() })
        }
        [(.., place), ..] => Ok(Some(*place)),
    }
}
