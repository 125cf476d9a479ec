//! Faults at random, from a seed.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Deserialize;

use crate::call::Call;
use crate::faults::Effect;

/// Faults of downloads, at random, all of a kind that a patient client gets over: cut, stalled and flipped bodies, throttling,
/// reset connections.
///
/// What happens to a request hangs on the seed, the object, the first byte asked for and how often that was asked for before, and
/// not on the order in which requests for several objects arrive. Bytes are flipped at most once in an object, and only in gzip
/// and zip files, where a checksum tells. Never do more than two faults in a row hit one object.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chaos {
    /// Another seed, other faults.
    pub seed: u64,
    /// Of a thousand downloads, so many are disturbed.
    pub rate: u32,
}

/// The state of the game.
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

    /// What happens to a download of so many bytes, beginning at `first`.
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
