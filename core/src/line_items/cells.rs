//! Cells that many rows share, by the number of their combination.

use std::sync::Arc;

use super::Times;
use super::span::{SideText, Span};
use crate::schema::cur::Cur;

/// No cell of the group.
pub(crate) const ABSENT: u8 = u8::MAX;

/// The cells of combinations, by number.
#[derive(Clone, Debug, Default)]
pub(crate) struct GroupCells {
    /// How many cells of text and of time a combination has.
    pub(crate) texts: usize,
    pub(crate) times: usize,
    /// Place of each column among the texts or the times.
    pub(crate) places: Arc<[u8]>,
    pub(crate) tail: SideText,
    pub(crate) spans: Vec<Span>,
    pub(crate) instants: Vec<i64>,
    pub(crate) count: usize,
    /// Changes when all numbers are given again.
    pub(crate) generation: u64,
}

impl GroupCells {
    /// How many combinations are known.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// A number that changes when all combinations are forgotten.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Whether a column is one of the group's.
    #[inline]
    pub(crate) fn has(&self, column: Cur) -> bool {
        self.places[column as usize] != ABSENT
    }

    /// A cell of a combination, trimmed; `None` when it is blank.
    #[inline]
    pub(crate) fn text(&self, kind: u32, column: Cur) -> Option<&str> {
        let place = self.places[column as usize];
        if place == ABSENT {
            return None;
        }
        let span = self.spans[kind as usize * self.texts + place as usize];
        (!span.is_absent()).then(|| self.tail.get(span))
    }

    /// An instant of a combination.
    #[inline]
    pub(crate) fn time(&self, kind: u32, column: Cur) -> Option<i64> {
        let place = self.places[column as usize];
        if place == ABSENT {
            return None;
        }
        Some(self.instants[kind as usize * self.times + place as usize]).filter(|&time| time != Times::ABSENT)
    }

    /// Adds combinations that are new, or takes their place when all were numbered again.
    pub(crate) fn absorb(&mut self, fresh: Self) {
        if self.generation != fresh.generation || self.count == 0 {
            *self = fresh;
            return;
        }
        let base = self.tail.append(&fresh.tail);
        self.spans.extend(fresh.spans.iter().map(|span| span.moved(base)));
        self.instants.extend(fresh.instants);
        self.count += fresh.count;
    }

    /// As many cells for each combination, and no combination yet.
    pub(crate) fn emptied(&self) -> Self {
        Self {
            places: Arc::clone(&self.places),
            texts: self.texts,
            times: self.times,
            generation: self.generation,
            ..Self::default()
        }
    }
}
