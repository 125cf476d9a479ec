//! The step machine of one part: blocks in, batches out. A decoder, a reader on one thread or on several, and the benchmarks
//! are loops over it; they differ in where the next block comes from.

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

/// What a step gives.
#[derive(Debug)]
pub(crate) enum Step {
    Batch(RecordBatch),
    /// The part is at its end: no batch will come.
    End,
    /// More bytes are needed.
    Bytes,
}

/// Maps the blocks of a part, and hands out batches.
#[derive(Debug)]
pub(crate) struct Pipeline {
    mapper: Mapper,
    is_finished: bool,
}

impl Pipeline {
    pub(crate) fn new(options: Arc<Options>, part: Part) -> Result<Self> {
        Ok(Self { mapper: Mapper::new(options, part)?, is_finished: false })
    }

    /// The next batch. `supply` is asked for blocks as long as none is full.
    pub(crate) fn step(&mut self, mut supply: impl FnMut() -> Result<Supply>) -> Result<Step> {
        loop {
            if let Some(batch) = self.mapper.next_batch() {
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
                Next::Block(block) => self.mapper.take(block.decoded())?,
                Next::End(end) => {
                    self.is_finished = true;
                    return Ok(self.mapper.finish(end).map_or(Step::End, Step::Batch));
                }
                Next::Bytes => return Ok(Step::Bytes),
            }
        }
    }

    /// The name of the object.
    pub(crate) fn object(&self) -> &Arc<str> {
        self.mapper.object()
    }

    /// Whether rows of a block are not handed out yet.
    pub(crate) fn is_busy(&self) -> bool {
        self.mapper.is_busy()
    }

    /// The part was not at its end when its end was supplied.
    pub(crate) fn reopen(&mut self) {
        self.mapper.reopen();
    }

    /// The schema of all batches. With `schema = cur` it is known once the header is.
    pub(crate) fn schema(&self) -> Option<SchemaRef> {
        self.mapper.schema()
    }

    /// The records that were set aside since the last call. They are held until they are taken.
    pub(crate) fn take_quarantined(&mut self) -> Vec<Quarantined> {
        self.mapper.take_quarantined()
    }

    /// The totals of what was read so far; those of the part, once it is read.
    pub(crate) fn totals(&self) -> Totals {
        self.mapper.totals()
    }
}
