//! The bytes of one part → record batches, push style and without I/O.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::intake::PartDecoder;
use super::pipeline::{Pipeline, Step};
use super::quarantine::Quarantined;
use crate::error::{Error, Location, Result};
use crate::options::Options;
use crate::report::part::Part;
use crate::totals::Totals;

/// Turns the bytes of one part into batches. Knows no files and no network: push bytes in, take batches out.
///
/// ```
/// let csv = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\nUsage,0.096,USD\n";
/// let mut decoder = outlay::Reader::builder().columns(["BilledCost"]).decoder("report.csv")?;
/// let mut rest = csv.as_bytes();
/// let mut rows = 0;
/// loop {
///     let taken = decoder.feed(rest)?;
///     rest = &rest[taken..];
///     if rest.is_empty() {
///         decoder.finish();
///     }
///     while let Some(batch) = decoder.next_batch()? {
///         rows += batch.num_rows();
///     }
///     if rest.is_empty() {
///         break;
///     }
/// }
/// assert_eq!(rows, 1);
/// assert_eq!(decoder.totals().costs()["USD"].billed.to_string(), "0.096");
/// # Ok::<(), outlay::Error>(())
/// ```
#[derive(Debug)]
pub struct Decoder {
    intake: PartDecoder,
    pipeline: Pipeline,
    is_finished: bool,
    /// An error ends the part: what follows it cannot be trusted.
    has_failed: bool,
}

impl Decoder {
    pub(crate) fn new(options: Arc<Options>, part: Part) -> Result<Self> {
        let intake = PartDecoder::new(Arc::clone(&options), &part);
        Ok(Self { intake, pipeline: Pipeline::new(options, part)?, is_finished: false, has_failed: false })
    }

    /// Takes bytes of the object, compressed as they are, and says how many. It takes no more once there is enough for
    /// a block: take the batches then, and give the rest again. After an error all is taken and nothing comes of it.
    ///
    /// Errors: those of a read, and [`Error::Format`] for bytes that come after [`Decoder::finish`].
    pub fn feed(&mut self, bytes: &[u8]) -> Result<usize> {
        if self.has_failed {
            return Ok(bytes.len());
        }
        if self.is_finished && !bytes.is_empty() {
            // What was read is not all of the object, so no total of it is.
            self.has_failed = true;
            self.pipeline.reopen();
            let reason = "bytes were fed after `finish`: call it once, when the object is at its end".to_owned();
            return Err(Error::Format { at: Box::new(Location::object(&**self.pipeline.object())), reason });
        }
        if self.pipeline.is_busy() {
            return Ok(0);
        }
        self.fused(|decoder| decoder.intake.feed(bytes))
    }

    /// The object ends here. Batches may still come.
    pub fn finish(&mut self) {
        self.is_finished = true;
        self.intake.finish();
    }

    /// The next batch; `None` when more bytes are needed, or after [`Decoder::finish`], at the end.
    pub fn next_batch(&mut self) -> Result<Option<RecordBatch>> {
        self.fused(|Self { intake, pipeline, .. }| match pipeline.step(|| intake.supply())? {
            Step::Batch(batch) => Ok(Some(batch)),
            Step::Bytes | Step::End => Ok(None),
        })
    }

    fn fused<T: Default>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.has_failed {
            return Ok(T::default());
        }
        let result = work(self);
        self.has_failed = result.is_err();
        result
    }

    /// The schema of all batches. With `schema = cur` it is known once the header is.
    pub fn schema(&self) -> Option<SchemaRef> {
        self.pipeline.schema()
    }

    /// The records that were set aside since the last call. They are held until they are taken.
    pub fn take_quarantined(&mut self) -> Vec<Quarantined> {
        self.pipeline.take_quarantined()
    }

    /// The totals of what was read so far; those of the object, once it is read. They take it for all that there is to read.
    pub fn totals(&self) -> Totals {
        self.pipeline.totals().of_one_object()
    }
}
