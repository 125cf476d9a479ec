//! Random faults from a seed.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Deserialize;

use crate::call::Call;
use crate::faults::Effect;

/// Random faults of downloads, of kinds that a client with retries recovers from: cut, stalled and flipped bodies, throttling and
/// connection resets.
///
/// The fault of a request depends on the seed, the object, the first requested byte and the number of earlier requests for it. It
/// does not depend on the order of requests for different objects. Bytes are flipped at most once per object, and only in gzip
/// and zip files, which have checksums. At most two consecutive requests for an object have faults.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chaos {
    /// The seed of the random numbers.
    pub seed: u64,
    /// The number of downloads in a thousand that have a fault.
    pub rate: u32,
}

/// The state of the random faults.
#[derive(Debug)]
pub(crate) struct Dice {
    chaos: Chaos,
    asked: HashMap<(String, String, u64), u64>,
    in_a_row: HashMap<(String, String), u32>,
    flipped: HashSet<(String, String)>,
}

impl Dice {
    pub(crate) fn new(chaos: Chaos) -> Self {
        Self { chaos, asked: HashMap::new(), in_a_row: HashMap::new(), flipped: HashSet::new() }
    }

    /// Returns the fault of a download of `length` bytes from offset `first`.
    pub(crate) fn throw(&mut self, call: &Call, first: u64, length: u64, has_checksum: bool) -> Option<Effect> {
        let object = (call.bucket.clone()?, call.key.clone()?);
        let asked = self.asked.entry((object.0.clone(), object.1.clone(), first)).or_default();
        *asked += 1;
        let mut hasher = DefaultHasher::new();
        (self.chaos.seed, &object, first, *asked).hash(&mut hasher);
        let number = hasher.finish();
        let in_a_row = self.in_a_row.entry(object.clone()).or_default();
        if number % 1_000 >= u64::from(self.chaos.rate) || *in_a_row >= 2 || length == 0 {
            *in_a_row = 0;
            return None;
        }
        *in_a_row += 1;
        let place = number / 100_000 % length;
        Some(match number / 1_000 % 5 {
            0 => Effect::SlowDown,
            1 => Effect::Reset,
            2 => Effect::Stall { after: place, millis: Some(50) },
            3 if has_checksum && self.flipped.insert(object) => Effect::Flip(first + place),
            _ => Effect::Cut(place),
        })
    }
}
