//! What changes while a cloud runs.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use crate::chaos::Dice;
use crate::faults::Armed;
use crate::identity::Session;
use crate::log::Log;
use crate::world::World;

/// The world, and what came of it so far.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) world: World,
    /// By access key id.
    pub(crate) sessions: HashMap<String, Session>,
    pub(crate) handed_out: u64,
    pub(crate) faults: Vec<Armed>,
    pub(crate) dice: Option<Dice>,
    pub(crate) log: Log,
    /// How many bodies are on their way out.
    pub(crate) open: Arc<AtomicUsize>,
}

impl State {
    pub(crate) fn new(mut world: World) -> Self {
        let faults = std::mem::take(&mut world.faults).into_iter().map(Armed::new).collect();
        let dice = world.chaos.map(Dice::new);
        Self { world, faults, dice, ..Self::default() }
    }
}
