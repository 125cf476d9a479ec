//! What of a part was handed out, and so must not be handed out again when the part is read a second time.

use arrow::array::RecordBatch;

use super::reading::Step;
use crate::report::source::Mark;

/// How far a part was handed out. After [`Resume::repeat`] so much is passed over before anything is new.
#[derive(Debug, Default)]
pub(crate) struct Resume {
    now: Amount,
    /// What was handed out the first time.
    before: Amount,
    is_second: bool,
    /// Bytes of the part that were used for what was mapped.
    taken: Mark,
}

#[derive(Clone, Copy, Debug, Default)]
struct Amount {
    rows: u64,
    records: usize,
    /// Bytes of the part that were used for what was handed out.
    used: Mark,
    /// Bytes of the part that were read.
    read: u64,
}

impl Resume {
    /// Begins again, once: how many bytes of the first time were used. `None` the second time.
    pub(crate) fn repeat(&mut self) -> Option<Mark> {
        if self.is_second {
            return None;
        }
        self.is_second = true;
        self.taken = Mark::default();
        self.before = std::mem::take(&mut self.now);
        Some(self.before.used)
    }

    /// What of a step is new. `None` when nothing is, and it is not the end of the part.
    pub(crate) fn fresh(&mut self, mut step: Step) -> Option<Step> {
        let is_end = step.batch.is_none();
        let Amount { rows, records, read, .. } = self.now;
        self.now.rows += step.batch.as_ref().map_or(0, |batch| batch.num_rows() as u64);
        self.now.records += step.quarantined.len();
        self.now.read += step.bytes;
        self.taken = step.mark.unwrap_or(self.taken);
        if self.now.rows > rows || self.now.records > records {
            self.now.used = self.taken;
        }
        let known = usize::try_from(self.before.rows.saturating_sub(rows)).unwrap_or(usize::MAX);
        step.batch = step.batch.and_then(|batch| rest(batch, known));
        let known = self.before.records.saturating_sub(records).min(step.quarantined.len());
        step.quarantined.drain(..known);
        step.bytes = self.now.read.max(self.before.read) - read.max(self.before.read);
        (is_end || step.batch.is_some() || !step.quarantined.is_empty()).then_some(step)
    }
}

/// A batch without its first rows; `None` when none is left.
fn rest(batch: RecordBatch, known: usize) -> Option<RecordBatch> {
    match batch.num_rows().checked_sub(known) {
        Some(0) | None if known > 0 => None,
        Some(left) if known > 0 => Some(batch.slice(known, left)),
        _ => Some(batch),
    }
}
