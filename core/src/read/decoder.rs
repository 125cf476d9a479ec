//! The push decoder: from the bytes of one part to record batches, without I/O.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::part_decoder::PartDecoder;
use super::pipeline::{Pipeline, Step};
use super::quarantine::Quarantined;
use crate::error::{Error, Location, Result};
use crate::options::{OnNoMatch, Options};
use crate::report::part::Part;
use crate::totals::Totals;

/// Decodes the bytes of one object or part. It has no I/O: the caller pushes bytes and takes batches. Memory is that of one
/// block of records and one batch, whatever the size of the object.
///
/// The rows of the closing batch are not returned: [`ReaderBuilder::closing_batch`](crate::ReaderBuilder::closing_batch)
/// computes them from the totals.
///
/// # Examples
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
pub struct Decoder {
    part_decoder: PartDecoder,
    pipeline: Pipeline,
    options: Arc<Options>,
    /// Whether the object is the whole report, and not a part of a plan.
    is_whole: bool,
    is_finished: bool,
    /// Number of the last bytes that were fed and not consumed.
    refused: usize,
    /// Set by the first error, after which no more bytes are decoded.
    has_failed: bool,
}

impl Decoder {
    pub(crate) fn new(options: Arc<Options>, part: Part, is_whole: bool) -> Result<Self> {
        let part_decoder = PartDecoder::new(Arc::clone(&options), &part);
        let pipeline = Pipeline::new(Arc::clone(&options), part)?;
        Ok(Self { part_decoder, pipeline, options, is_whole, is_finished: false, refused: 0, has_failed: false })
    }

    /// Consumes bytes of the object, before decompression, and returns their number. It consumes no more once it has
    /// enough for a block: then call [`Decoder::next_batch`] until it returns `None`, and pass the rest again. After an
    /// error all bytes are consumed and ignored.
    ///
    /// # Errors
    ///
    /// Errors of the read, such as [`Error::Format`] for an object that is not a report, [`Error::Compression`] and
    /// [`Error::Size`]; [`Error::Format`] for bytes after [`Decoder::finish`].
    pub fn feed(&mut self, bytes: &[u8]) -> Result<usize> {
        if self.has_failed {
            return Ok(bytes.len());
        }
        if self.is_finished && !bytes.is_empty() {
            // Bytes are missing in the totals, so the part is not complete.
            self.has_failed = true;
            self.pipeline.reopen();
            let reason = "bytes were fed after `finish`: call it once, when the object is at its end".to_owned();
            return Err(Error::Format { at: Box::new(Location::object(&**self.pipeline.object())), reason });
        }
        let taken = match self.pipeline.is_busy() {
            true => 0,
            false => self.fused(|decoder| decoder.part_decoder.feed(bytes))?,
        };
        self.refused = bytes.len().saturating_sub(taken);
        Ok(taken)
    }

    /// Marks the end of the object. Batches can still follow. If the last [`Decoder::feed`] did not consume all its bytes,
    /// [`Decoder::next_batch`] returns an error, because the object has not ended.
    pub fn finish(&mut self) {
        self.is_finished = true;
        self.part_decoder.finish();
    }

    /// Returns the next batch. `None` if more bytes are needed or, after [`Decoder::finish`], at the end.
    ///
    /// # Errors
    ///
    /// Errors of the read, such as [`Error::Value`] for an invalid cell; [`Error::Format`] if bytes were not consumed before
    /// [`Decoder::finish`]. After an error there are no more batches.
    pub fn next_batch(&mut self) -> Result<Option<RecordBatch>> {
        if self.is_finished && self.refused > 0 && !self.has_failed {
            self.has_failed = true;
            self.pipeline.reopen();
            let reason = format!(
                "the last {} bytes were not consumed by `feed`: feed them again after `next_batch`, before `finish`",
                self.refused
            );
            return Err(Error::Format { at: Box::new(Location::object(&**self.pipeline.object())), reason });
        }
        self.fused(|Self { part_decoder, pipeline, options, .. }| {
            loop {
                match pipeline.step(|| part_decoder.supply())? {
                    Step::Batch(batch) => return Ok(Some(batch)),
                    Step::Bytes => return Ok(None),
                    Step::End if options.on_no_match == OnNoMatch::Warn => return Ok(None),
                    Step::End => return options.refuse_unmatched(&pipeline.totals()).map(|()| None),
                    // They are kept until the caller takes them.
                    Step::Aside => {}
                }
            }
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

    /// Returns the schema of all batches. With [`TableSchema::Cur`](crate::TableSchema::Cur) it is `None` until the
    /// header is read.
    pub fn schema(&self) -> Option<SchemaRef> {
        self.pipeline.schema()
    }

    /// Returns the records set aside since the last call. They are kept until then.
    pub fn take_quarantined(&mut self) -> Vec<Quarantined> {
        self.pipeline.take_quarantined()
    }

    /// Returns the totals so far, complete at the end of the object. A single object counts as the whole report; the totals
    /// of a part of a plan are merged, see [`Totals::merge`].
    pub fn totals(&self) -> Totals {
        let totals = self.pipeline.totals();
        let mut totals = if self.is_whole { totals.of_one_object() } else { totals };
        // An error can come after the last row, if names of options match nothing.
        totals.ended_early = self.has_failed && totals.check().is_ok();
        totals
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder")
            .field("object", self.pipeline.object())
            .field("is_finished", &self.is_finished)
            .field("has_failed", &self.has_failed)
            .finish_non_exhaustive()
    }
}
