//! The step machine of one part: blocks in, batches out. The decoder, readers with one or more threads, and the
//! benchmarks are loops over it. They differ in the source of blocks.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::mapper::Mapper;
use super::quarantine::Quarantined;
use super::supply::{Next, Supply};
use crate::error::Result;
use crate::options::Options;
use crate::report::part::Part;
use crate::totals::Totals;

/// The result of a step.
#[derive(Debug)]
pub(crate) enum Step {
    Batch(RecordBatch),
    /// Many bytes of records were set aside, and may be taken before the next batch.
    Aside,
    /// The part has ended, there are no more batches.
    End,
    /// More bytes are needed.
    Bytes,
}

/// Records set aside are handed on when they have this many bytes, even if no batch is full. In a file of invalid records
/// none ever is.
const MOST_ASIDE_BYTES: usize = 1 << 20;

/// Maps the blocks of a part to batches.
#[derive(Debug)]
pub(crate) struct Pipeline {
    mapper: Mapper,
    is_finished: bool,
}

impl Pipeline {
    pub(crate) fn new(options: Arc<Options>, part: Part) -> Result<Self> {
        Ok(Self { mapper: Mapper::new(options, part)?, is_finished: false })
    }

    /// Returns the next batch. Calls `supply` for blocks until a batch is full.
    pub(crate) fn step(&mut self, mut supply: impl FnMut() -> Result<Supply>) -> Result<Step> {
        loop {
            if let Some(batch) = self.mapper.next_batch()? {
                return Ok(Step::Batch(batch));
            }
            if self.is_finished {
                return Ok(Step::End);
            }
            let Supply { header, next } = supply()?;
            if let Some(header) = header {
                self.mapper.begin(&header)?;
            }
            match next {
                Next::Block(block) => {
                    self.mapper.take(block.decoded())?;
                    if self.mapper.quarantined_bytes() > MOST_ASIDE_BYTES {
                        return Ok(Step::Aside);
                    }
                }
                Next::End(end) => {
                    self.is_finished = true;
                    return Ok(self.mapper.finish(end)?.map_or(Step::End, Step::Batch));
                }
                Next::Bytes => return Ok(Step::Bytes),
            }
        }
    }

    /// The name of the object.
    pub(crate) fn object(&self) -> &Arc<str> {
        self.mapper.object()
    }

    /// Returns whether rows of a block are not in a batch yet.
    pub(crate) fn is_busy(&self) -> bool {
        self.mapper.is_busy()
    }

    /// Marks the part as incomplete, after its end was supplied too early.
    pub(crate) fn reopen(&mut self) {
        self.mapper.reopen();
    }

    /// The schema of all batches. With the schema `cur` it is `None` until the header is known.
    pub(crate) fn schema(&self) -> Option<SchemaRef> {
        self.mapper.schema()
    }

    /// Returns the records set aside since the last call. They are kept until then.
    pub(crate) fn take_quarantined(&mut self) -> Vec<Quarantined> {
        self.mapper.take_quarantined()
    }

    /// Returns the totals so far. They are complete at the end of the part.
    pub(crate) fn totals(&self) -> Totals {
        self.mapper.totals()
    }
}
