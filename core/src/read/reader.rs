//! The reader of a plan: it combines all stages from parts to batches and totals.

use std::collections::VecDeque;
use std::fmt;
use std::iter::FusedIterator;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
#[cfg(feature = "cli")]
use arrow::datatypes::Schema;
use arrow::datatypes::SchemaRef;

use super::columns::with_columns;
use super::handle::{ReaderHandle, Shared};
use super::last_pass::LastPass;
use super::memory::Reserved;
use super::part_reader::{PartReader, PartStep, Threading};
use super::process::Process;
use super::progress::Progress;
use super::quarantine;
use super::quarantine::{QuarantineFile, Quarantined};
use super::resume::Resume;
use super::trace::{PartSpan, ReadSpan};
#[cfg(feature = "cli")]
use crate::error::Location;
use crate::error::{Error, Result};
use crate::normalize::closing;
#[cfg(feature = "cli")]
use crate::normalize::proof;
use crate::options::{Options, TableSchema};
use crate::report::part::{Part, Plan};
use crate::report::source::{Input, MOST_RESTARTS, Source};
use crate::sink::refuse_same;
#[cfg(feature = "cli")]
use crate::table::narrow::Narrowing;
use crate::totals::{PartTotals, Totals, Uncompared};
use crate::value::content::Contents;
use crate::value::stop::Stop;
use crate::value::warning::Warning;

/// Reads a report: an iterator over record batches that keeps exact totals.
///
/// Created by [`Reader::builder`] and the methods of [`ReaderBuilder`](crate::ReaderBuilder). After an error the
/// iterator ends.
///
/// # Examples
///
/// ```
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
/// let mut reader = outlay::Reader::builder()
///     .columns(["ChargePeriodStart", "ServiceName", "BilledCost", "Tags"])
///     .read(folder)?;
/// for batch in &mut reader {
///     let batch = batch?;
///     assert_eq!(batch.num_columns(), 4);
/// }
/// reader.totals().check()?;
/// # Ok::<(), outlay::Error>(())
/// ```
pub struct Reader {
    options: Arc<Options>,
    /// Progress and totals for handles, and their stop signal.
    shared: Arc<Shared>,
    span: ReadSpan,
    schema: SchemaRef,
    /// The columns of all parts, with the schema `cur`.
    columns: Vec<String>,
    /// Declared before `open` so that it is dropped first and unblocks threads that wait for bytes.
    source: CancelOnDrop,
    /// Parts that have not been started.
    parts: VecDeque<Part>,
    /// Parts that are being read, in order.
    open: VecDeque<Opened>,
    totals: Totals,
    /// Contents of the parts that were read.
    contents: Contents,
    /// Number of restarts because the report changed.
    restarts: u32,
    /// Whether the caller received rows or records that were set aside.
    is_touched: bool,
    /// Whether the whole plan is read, which ends with the closing batch.
    is_whole: bool,
    /// Whether all parts were read and the closing batch was returned, if there is one.
    is_closed: bool,
    /// Whether the end or an error was returned.
    is_done: bool,
    /// Whether it is done because its caller stopped it.
    was_stopped: bool,
    /// The error that ended the read.
    failure: Option<String>,
    /// Whether its caller reads ahead of others who take the rows, and has not said yet that they have all of them.
    is_ahead: bool,
    quarantined: Vec<Quarantined>,
    quarantine_file: Option<QuarantineFile>,
    /// The files that are read: parts and manifests. They must not be overwritten.
    inputs: Vec<PathBuf>,
    progress: Progress,
    /// A forked child has none of the threads, and shares the positions of open files.
    process: Process,
}

/// A part that is being read.
#[derive(Debug)]
struct Opened {
    part: Part,
    span: PartSpan,
    part_reader: PartReader,
    resume: Resume,
    /// The memory of the part, without its queues.
    _memory: Reserved,
}

/// The source of all parts, which is cancelled when the reader is dropped in the process that created it.
#[derive(Debug)]
struct CancelOnDrop(Arc<dyn Source>, Process);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if self.1.is_current() {
            self.0.cancel();
        } else {
            // In a forked child, its locks may be held by threads that do not exist.
            std::mem::forget(Arc::clone(&self.0));
        }
    }
}

impl Reader {
    /// Starts to read a plan. `columns` are those of all parts, with the schema `cur`.
    pub(crate) fn new(
        mut options: Options,
        (schema, columns): (SchemaRef, Vec<String>),
        plan: Plan,
        source: Arc<dyn Source>,
        is_whole: bool,
    ) -> Result<Self> {
        let inputs = if source.has_files() { files_of(&plan) } else { Vec::new() };
        if let Some(path) = &options.quarantine_file {
            refuse_same(quarantine::OPTION, path, &inputs, IS_READ)?;
        }
        let quarantine_file = options.quarantine_file.as_deref().map(QuarantineFile::create).transpose()?;
        let bytes_total = bytes_of(&plan);
        let totals = totals_with(&plan, &options, is_whole);
        let shared = Shared::new(&source);
        shared.set_progress(Progress { bytes_total, ..Progress::default() });
        options.stop = shared.stop().or(options.stop);
        Ok(Self {
            options: Arc::new(options),
            shared,
            span: ReadSpan::begin(plan.parts.len(), bytes_total),
            schema,
            columns,
            source: CancelOnDrop(source, Process::current()),
            parts: plan.parts.into(),
            open: VecDeque::new(),
            totals,
            contents: Contents::default(),
            restarts: 0,
            is_touched: false,
            is_whole,
            is_closed: false,
            is_done: false,
            was_stopped: false,
            failure: None,
            is_ahead: false,
            quarantined: Vec::new(),
            quarantine_file,
            inputs,
            progress: Progress { bytes_total, ..Progress::default() },
            process: Process::current(),
        })
    }

    /// Sets where the totals are stored when the read ends or is dropped.
    pub(crate) fn report_to(self, last_pass: &LastPass) -> Self {
        self.shared.report_to(last_pass);
        self
    }

    /// Returns the schema of all batches. It does not change.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// Returns the totals so far. They are complete at the end of the read.
    pub fn totals(&self) -> Totals {
        let mut totals = self.totals.clone();
        for opened in &self.open {
            totals.add(&opened.part_reader.totals());
        }
        // Parts that were not started count as incomplete, like those that were not finished.
        for part in &self.parts {
            totals.add(&Totals::missing(part));
        }
        totals.ended_early = match &self.failure {
            // An error can come after the last part, for example if the report has changed.
            Some(_) => totals.check().is_ok(),
            None => !self.is_done || self.was_stopped || self.is_ahead,
        };
        totals
    }

    /// Says that the caller reads ahead of those to whom it gives the rows, for example on another thread. The end of the
    /// reader is then not that of the read: it counts as ended early, in its totals and those of its report, until
    /// [`Reader::delivered`] is called.
    ///
    /// # Examples
    ///
    /// ```
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
    /// let mut reader = outlay::Reader::builder().read(folder)?.deliver_later();
    /// let batches = reader.by_ref().collect::<Result<Vec<_>, _>>()?;
    /// assert!(reader.check().is_err());
    /// // Once the rows of all batches were taken:
    /// drop(batches);
    /// reader.delivered();
    /// reader.check()?;
    /// # Ok::<(), outlay::Error>(())
    /// ```
    #[must_use]
    pub fn deliver_later(mut self) -> Self {
        self.is_ahead = true;
        self
    }

    /// Says that all batches were delivered which the caller of [`Reader::deliver_later`] took. Before the end of the
    /// reader it does nothing.
    pub fn delivered(&mut self) {
        if self.is_done && self.is_ahead {
            self.is_ahead = false;
            self.end_pass();
        }
    }

    /// Notes that the read did not succeed after its last batch.
    pub(super) fn fail(&mut self, error: &Error) {
        self.failure = Some(error.to_string());
        self.end_pass();
    }

    /// Returns a handle, for the totals and the progress of a reader that is given away, and to end it.
    pub fn handle(&self) -> ReaderHandle {
        let handle = ReaderHandle::new(&self.shared);
        if self.is_done {
            self.shared.set_totals(|| Some(self.totals()));
        }
        handle
    }

    /// Checks that the totals so far are not unproven, see [`Totals::check`].
    ///
    /// # Errors
    ///
    /// [`Error::Unproven`] with each check that fails.
    ///
    /// # Examples
    ///
    /// ```
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
    /// let mut reader = outlay::Reader::builder().read(folder)?;
    /// for batch in &mut reader { batch?; }
    /// reader.check()?;
    /// # Ok::<(), outlay::Error>(())
    /// ```
    pub fn check(&self) -> Result<()> {
        self.totals().check()
    }

    /// Returns the warnings of the report and of the read so far, see [`Totals::warnings`].
    pub fn warnings(&self) -> Vec<Warning> {
        self.totals().warnings()
    }

    /// Returns the progress of the read.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// Returns metadata for a file, as key-value pairs of text: version, deliveries, totals and the type of decimals. The
    /// keys begin with `outlay.`.
    pub fn metadata(&self) -> Vec<(String, String)> {
        let totals = self.totals();
        let mut deliveries: Vec<&str> = totals.parts().iter().filter_map(|part| part.delivery.as_deref()).collect();
        deliveries.sort_unstable();
        deliveries.dedup();
        let json = |value: serde_json::Result<String>| value.unwrap_or_default();
        let mut pairs = vec![
            ("outlay.version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
            ("outlay.deliveries".to_owned(), json(serde_json::to_string(&deliveries))),
            ("outlay.totals".to_owned(), json(serde_json::to_string(&totals.summary()))),
            ("outlay.decimals".to_owned(), self.options.decimals.to_string()),
        ];
        if self.options.schema == TableSchema::Focus {
            pairs.push(("outlay.focus_version".to_owned(), self.options.focus.to_string()));
        }
        pairs
    }

    /// Returns the schema of batches that [`Reader::convert`] returns for batches of the given schema.
    #[cfg(feature = "cli")]
    pub(crate) fn converted_schema(&self, exact: &Schema) -> SchemaRef {
        Arc::clone(self.narrowing(exact).schema())
    }

    /// Converts the decimals of a batch of a read with [`ReaderBuilder::convert_later`](crate::ReaderBuilder), and counts
    /// the rounded cells and what they change in the totals. `currency` returns the currency of a row.
    #[cfg(feature = "cli")]
    pub(crate) fn convert(&mut self, exact: RecordBatch, currency: impl Fn(usize) -> String) -> Result<RecordBatch> {
        let converted = self.narrowing(exact.schema_ref()).convert(exact.clone());
        let (batch, rounded) = converted.map_err(|error| error.at(Location::object("closing batch")))?;
        self.totals.add_rounded(&rounded, &proof::differences(&exact, &batch, currency));
        Ok(batch)
    }

    #[cfg(feature = "cli")]
    fn narrowing(&self, exact: &Schema) -> Narrowing {
        let fields = exact.fields().iter().map(|field| field.as_ref().clone()).collect();
        Narrowing::new(fields, self.options.decimals)
    }

    /// Returns the records set aside since the last call, with `on_error` quarantine and without a quarantine file.
    /// They are kept until then.
    pub fn take_quarantined(&mut self) -> Vec<Quarantined> {
        self.is_touched |= !self.quarantined.is_empty();
        std::mem::take(&mut self.quarantined)
    }

    /// Checks that the whole read can be written to a file. For callers with their own sinks, before they create one.
    ///
    /// # Errors
    ///
    /// [`Error::Consumed`] if batches or quarantined records were taken or the read has ended: the file would lack rows
    /// that are in its totals. [`Error::Option`] if the path is a file that is read (a part or a manifest) or the
    /// quarantine file, by any path or link.
    ///
    /// After [`Reader::restart`] nothing counts as taken.
    ///
    /// # Examples
    ///
    /// ```
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
    /// let mut reader = outlay::Reader::builder().read(folder)?;
    /// assert!(reader.may_write("november.parquet").is_ok());
    /// reader.next();
    /// assert_eq!(reader.may_write("november.parquet").unwrap_err().code(), "OUTLAY_CONSUMED");
    /// # Ok::<(), outlay::Error>(())
    /// ```
    pub fn may_write(&self, path: impl AsRef<Path>) -> Result<()> {
        self.is_whole_left()?;
        let path = path.as_ref();
        refuse_same("output", path, &self.inputs, IS_READ)?;
        refuse_same("output", path, &self.options.quarantine_file, "which records are set aside to")
    }

    /// Fails if batches or quarantined records were taken, or the read has ended.
    pub(super) fn is_whole_left(&self) -> Result<()> {
        if self.is_touched || self.is_done {
            let reason = if self.is_done { "it was read to its end" } else { "some were taken" };
            return Err(Error::Consumed { reason });
        }
        Ok(())
    }

    /// Returns whether a part was opened.
    fn is_begun(&self) -> bool {
        self.is_touched || !self.open.is_empty() || !self.totals.parts.is_empty()
    }

    fn advance(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            match self.try_advance() {
                // What is read of a report that is left is cut off anywhere.
                Err(Error::Stopped) => return Err(Error::Stopped),
                Err(_) if self.options.stop.is_wanted() => return Err(Error::Stopped),
                Err(error) => self.recover(error)?,
                next => return next,
            }
        }
    }

    fn try_advance(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            if self.is_closed {
                return Ok(None);
            }
            if self.options.stop.is_wanted() {
                return Err(Error::Stopped);
            }
            let (at_once, spread) = self.spread();
            while self.open.len() < at_once {
                // One part is always read, further ones if there is memory.
                let bytes = self.part_bytes();
                let memory = if self.open.is_empty() { Some(Reserved::needed(bytes)) } else { Reserved::ahead(bytes) };
                let Some(memory) = memory else { break };
                let Some(part) = self.parts.pop_front() else { break };
                let span = self.span.part(&part.object, part.size);
                let begun = self.source.0.open(&part, &self.stop_for(spread));
                let part_reader = match begun.and_then(|input| self.begin(&part, input, spread)) {
                    Ok(part_reader) => part_reader,
                    Err(error) => {
                        // It counts as missing.
                        self.parts.push_front(part);
                        return Err(error);
                    }
                };
                self.open.push_back(Opened { part, span, part_reader, resume: Resume::default(), _memory: memory });
            }
            let Some(opened) = self.open.front_mut() else { return self.close() };
            let step = opened.part_reader.step()?;
            let Some(PartStep { batch, is_end, quarantined, bytes, .. }) = opened.resume.fresh(step) else { continue };
            self.progress.bytes_done += bytes;
            self.is_touched |= batch.is_some();
            self.set_aside(quarantined)?;
            if let Some(batch) = batch {
                self.progress.rows += batch.num_rows() as u64;
                return Ok(Some(batch));
            }
            if !is_end {
                continue;
            }
            let totals = self.open.front().map(|opened| opened.part_reader.totals()).unwrap_or_default();
            let rows = |rows: fn(&PartTotals) -> u64| totals.parts.iter().map(rows).sum();
            self.open.front().inspect(|opened| opened.span.end(rows(|part| part.rows_in), rows(|part| part.rows_out)));
            // A part that is rejected stays open, so that its totals are kept.
            for part in totals.parts.iter().filter(|part| part.rows_in > 0) {
                part.content.map_or(Ok(()), |content| self.contents.add(&part.object, content))?;
            }
            self.totals.add(&totals);
            self.open.pop_front();
        }
    }

    /// Returns about how many bytes a part needs that is being read: a batch under construction and one that is handed
    /// over, and a few blocks.
    fn part_bytes(&self) -> usize {
        const CELL_BYTES: usize = 16;
        const BLOCKS: usize = 16;
        let cells = self.options.batch_rows.saturating_mul(self.schema.fields().len().max(1));
        cells.saturating_mul(2 * CELL_BYTES).saturating_add(BLOCKS * self.options.limits.block_bytes)
    }

    /// The stop signal passed to blocking reads. Only a read on the caller's thread polls the caller; worker threads are
    /// cancelled by [`Source::cancel`].
    fn stop_for(&self, spread: Threading) -> Stop {
        if spread == Threading::Single { self.options.stop.clone() } else { Stop::default() }
    }

    fn begin(&self, part: &Part, input: Input, spread: Threading) -> Result<PartReader> {
        // The fingerprint is known, so that parts do not have to compute it.
        let part = Part { fingerprint: self.totals.fingerprint.clone(), ..part.clone() };
        PartReader::begin(&self.options, part, input, self.source.0.can_hang(), spread)
    }

    /// Recovers from an error if possible: bytes that were corrupted in transit are read again, and a report that
    /// changed is restarted if nothing was returned yet. Otherwise returns the error.
    fn recover(&mut self, error: Error) -> Result<()> {
        if matches!(error, Error::SourceChanged { .. }) {
            return if self.is_touched { Err(error) } else { self.restart_part(error) };
        }
        if !error.is_damage() {
            return Err(error);
        }
        if let Some(changed) = self.open.front().and_then(|opened| self.source.0.change_of(&opened.part)) {
            return Err(changed);
        }
        let (_, spread) = self.spread();
        let stop = self.stop_for(spread);
        let Some(opened) = self.open.front_mut() else { return Err(error) };
        let Some(used) = opened.resume.repeat() else { return Err(error) };
        let Some(input) = self.source.0.reopen(&opened.part, used, &stop) else { return Err(error) };
        let (part, input) = (opened.part.clone(), input?);
        let part_reader = self.begin(&part, input, spread)?;
        if let Some(opened) = self.open.front_mut() {
            opened.part_reader = part_reader;
        }
        Ok(())
    }

    /// Starts again with the newest delivery, at most three times.
    fn restart_part(&mut self, error: Error) -> Result<()> {
        if self.restarts >= MOST_RESTARTS {
            return Err(error);
        }
        self.restarts += 1;
        let Some(plan) = self.source.0.newest() else { return Err(error) };
        let mut plan = plan?;
        if self.options.schema == TableSchema::Cur {
            plan = with_columns(plan, &*self.source.0, &self.options, &mut self.restarts)?;
            if plan.parts.iter().any(|part| part.columns != self.columns) {
                return Err(error);
            }
        }
        self.open.clear();
        self.totals = totals_with(&plan, &self.options, self.is_whole);
        self.contents = Contents::default();
        self.progress = Progress { bytes_total: bytes_of(&plan), ..Progress::default() };
        self.is_touched = false;
        self.quarantined.clear();
        if let Some(path) = &self.options.quarantine_file {
            if let Some(file) = self.quarantine_file.take() {
                file.discard();
            }
            self.quarantine_file = Some(QuarantineFile::create(path)?);
        }
        self.parts = plan.parts.into();
        self.is_closed = false;
        self.is_done = false;
        self.was_stopped = false;
        self.failure = None;
        self.shared.begin_again();
        Ok(())
    }

    /// Restarts a read that ended with [`Error::SourceChanged`], with the newest delivery. For callers that can discard
    /// the batches returned so far.
    ///
    /// # Errors
    ///
    /// The given error, if it is another one, if the source cannot change, or after three restarts; and the errors of
    /// planning the newest delivery.
    pub fn restart(&mut self, error: Error) -> Result<()> {
        if matches!(error, Error::SourceChanged { .. }) { self.restart_part(error) } else { Err(error) }
    }

    /// Returns how many parts are read in parallel, and how threads are used for each.
    ///
    /// Batches are returned in the order of the report, and few are buffered, so reading ahead in other parts helps
    /// little. Two threads per part, one for decoding and one for mapping, are more effective.
    fn spread(&self) -> (usize, Threading) {
        match self.options.threads {
            1 => (1, Threading::Single),
            2 | 3 => (1, Threading::Pipelined),
            _ if self.open.len() + self.parts.len() == 1 => (1, Threading::Pipelined),
            threads => (threads / 2, Threading::Parallel),
        }
    }

    /// Closes the totals after the last part. Returns the closing batch, if it has rows.
    fn close(&mut self) -> Result<Option<RecordBatch>> {
        for warning in self.source.0.check_unchanged()? {
            self.totals.tell(&warning);
        }
        if self.is_whole {
            self.options.refuse_unmatched(&self.totals)?;
        }
        if let Some(file) = &mut self.quarantine_file {
            file.finish()?;
        }
        self.is_closed = true;
        if !self.is_whole || self.options.schema == TableSchema::Cur {
            return Ok(None);
        }
        let batch = closing::close(&mut self.totals, &mut self.options.table()?)?;
        self.is_touched |= batch.is_some();
        self.progress.rows += batch.as_ref().map_or(0, |batch| batch.num_rows() as u64);
        Ok(batch)
    }

    /// Releases threads, files and memory of a read that ended. Its totals are kept.
    fn give_up(&mut self) {
        self.source.0.cancel();
        for opened in self.open.drain(..) {
            self.totals.add(&opened.part_reader.totals());
        }
    }

    /// Stores the totals, for handles and for the report.
    fn end_pass(&self) {
        self.shared.set_totals(|| Some(self.totals()));
        self.shared.end_pass(|| self.totals(), self.failure.as_ref(), !self.is_ahead);
    }

    fn set_aside(&mut self, quarantined: Vec<Quarantined>) -> Result<()> {
        match &mut self.quarantine_file {
            Some(file) => quarantined.iter().try_for_each(|record| file.write(record)),
            None => {
                self.quarantined.extend(quarantined);
                Ok(())
            }
        }
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("progress", &self.progress)
            .field("is_done", &self.is_done)
            .finish_non_exhaustive()
    }
}

/// After the end or an error, no batch follows.
impl FusedIterator for Reader {}

impl Iterator for Reader {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        if let Err(error) = self.process.check() {
            self.is_done = true;
            self.failure = Some(error.to_string());
            return Some(Err(error));
        }
        let span = self.span.clone();
        let next = span.within(|| self.advance());
        self.shared.set_progress(self.progress);
        self.is_done = !matches!(next, Ok(Some(_)));
        if let Err(error) = &next {
            match error {
                Error::Stopped => self.was_stopped = true,
                error => self.failure = Some(error.to_string()),
            }
        }
        // Records of a report that changed may be discarded by `restart`.
        if next.as_ref().is_err_and(|error| !matches!(error, Error::SourceChanged { .. })) {
            self.quarantine_file = None;
        }
        if self.is_done {
            self.give_up();
            let retries = self.source.0.retries();
            match &next {
                Ok(_) => span.end(self.progress, retries),
                Err(error) => span.fail(error, self.progress, retries),
            }
            self.end_pass();
        }
        next.transpose()
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if !self.process.is_current() {
            // In a forked child the threads do not exist, and unwritten data belongs to the parent.
            std::mem::forget(std::mem::take(&mut self.open));
            std::mem::forget(self.quarantine_file.take());
            std::mem::forget(Arc::clone(&self.shared));
            return;
        }
        if !self.is_done {
            self.span.give_up(self.progress, self.source.0.retries());
        }
        if !self.is_begun() && !self.is_done {
            self.shared.set_totals(|| Some(self.totals()));
        } else if !self.is_done || self.is_ahead {
            self.end_pass();
        }
    }
}

/// Describes a file of the report, in the error for an output.
const IS_READ: &str = "which is read";

/// Returns the bytes of all parts. Sizes come from outside, so the sum can overflow.
fn bytes_of(plan: &Plan) -> u64 {
    plan.parts.iter().fold(0, |sum, part| sum.saturating_add(part.size))
}

/// Returns the files of a plan: its parts and the manifests that were read.
fn files_of(plan: &Plan) -> Vec<PathBuf> {
    plan.parts.iter().map(|part| PathBuf::from(&part.path)).chain(plan.manifests.iter().cloned()).collect()
}

/// Returns empty totals with the fingerprint of the options and, for a whole read, the hash of the plan.
fn totals_with(plan: &Plan, options: &Options, is_whole: bool) -> Totals {
    let fingerprint = options.fingerprint();
    let digest = is_whole.then(|| plan.digest(&fingerprint));
    let mut totals = Totals {
        fingerprint: Some(fingerprint),
        plan: Uncompared(digest),
        is_unmapped: options.schema == TableSchema::Cur,
        decimals: options.selected_decimals(),
        ..Totals::default()
    };
    plan.warnings.iter().for_each(|warning| totals.tell(warning));
    totals
}

#[cfg(test)]
mod tests;
