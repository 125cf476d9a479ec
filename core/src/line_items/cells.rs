//! Cells shared by many rows, by group number.

use std::sync::Arc;

use super::Times;
use super::span::{SideText, Span};
use crate::schema::cur::Cur;

/// The index of a column that is not in the group.
pub(crate) const ABSENT: u8 = u8::MAX;

/// The cells of groups, by number.
#[derive(Clone, Debug, Default)]
pub(crate) struct GroupCells {
    /// Number of text cells and of time cells per group.
    pub(crate) texts: usize,
    pub(crate) times: usize,
    /// Index of each column among the texts or the times.
    pub(crate) places: Arc<[u8]>,
    pub(crate) tail: SideText,
    pub(crate) spans: Vec<Span>,
    pub(crate) instants: Vec<i64>,
    pub(crate) count: usize,
    /// Changes when all groups are renumbered.
    pub(crate) generation: u64,
}

impl GroupCells {
    /// Returns the number of groups.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Returns a number that changes when all groups are dropped.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Returns whether a column is in the group.
    #[inline]
    pub(crate) fn has(&self, column: Cur) -> bool {
        self.places[column as usize] != ABSENT
    }

    /// Returns a text cell of a group, trimmed; `None` if it is blank.
    #[inline]
    pub(crate) fn text(&self, group: u32, column: Cur) -> Option<&str> {
        let index = self.places[column as usize];
        if index == ABSENT {
            return None;
        }
        let span = self.spans[group as usize * self.texts + index as usize];
        (!span.is_absent()).then(|| self.tail.get(span))
    }

    /// Returns a time cell of a group.
    #[inline]
    pub(crate) fn time(&self, group: u32, column: Cur) -> Option<i64> {
        let index = self.places[column as usize];
        if index == ABSENT {
            return None;
        }
        Some(self.instants[group as usize * self.times + index as usize]).filter(|&time| time != Times::ABSENT)
    }

    /// Appends new groups, or replaces all if they were renumbered.
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

    /// Returns an empty set with the same columns.
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
