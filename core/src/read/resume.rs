//! The position up to which a part was returned, which must not be returned again when the part is read a second time.

use arrow::array::RecordBatch;

use super::part_reader::PartStep;
use crate::report::source::Mark;

/// The position in a part. After [`Resume::repeat`], everything up to the previous position is skipped.
#[derive(Debug, Default)]
pub(crate) struct Resume {
    now: ReadAmount,
    /// The amount returned by the first read.
    before: ReadAmount,
    is_second: bool,
    /// Bytes of the part that were used for mapped rows.
    taken: Mark,
}

#[derive(Clone, Copy, Debug, Default)]
struct ReadAmount {
    rows: u64,
    records: usize,
    /// Bytes of the part that were used for returned rows.
    used: Mark,
    /// Bytes of the part that were read.
    read: u64,
}

impl Resume {
    /// Starts again, once. Returns the bytes used by the first read, or `None` the second time.
    pub(crate) fn repeat(&mut self) -> Option<Mark> {
        if self.is_second {
            return None;
        }
        self.is_second = true;
        self.taken = Mark::default();
        self.before = std::mem::take(&mut self.now);
        Some(self.before.used)
    }

    /// Returns the new part of a step; `None` if nothing is new and the part has not ended.
    pub(crate) fn fresh(&mut self, mut step: PartStep) -> Option<PartStep> {
        let is_end = step.is_end;
        let ReadAmount { rows, records, read, .. } = self.now;
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

/// Returns a batch without its first rows; `None` if no rows are left.
fn rest(batch: RecordBatch, known: usize) -> Option<RecordBatch> {
    match batch.num_rows().checked_sub(known) {
        Some(0) | None if known > 0 => None,
        Some(left) if known > 0 => Some(batch.slice(known, left)),
        _ => Some(batch),
    }
}
