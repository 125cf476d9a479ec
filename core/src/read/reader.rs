//! A plan → record batches. The stages joined: parts → line items → batches and totals.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchReader};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;

use super::columns::with_columns;
use super::handed::Resume;
use super::process::Process;
use super::quarantine;
use super::quarantine::{QuarantineFile, Quarantined};
use super::reading::{Reading, Step, Threading};
use crate::error::{Error, Result};
use crate::normalize::closing;
use crate::options::{Options, TableSchema};
use crate::report::part::{Part, Plan};
use crate::report::source::{Input, MOST_RESTARTS, Source};
use crate::sink::refuse_same;
use crate::totals::{Beside, Totals, warn};
use crate::value::content::Contents;
use crate::value::stop::Stop;
use crate::value::warning::Warning;

/// Reads a report: an iterator over record batches, which keeps exact totals while it goes.
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
#[derive(Debug)]
pub struct Reader {
    options: Arc<Options>,
    schema: SchemaRef,
    /// With `schema = cur`, the columns of all parts.
    columns: Vec<String>,
    /// Declared before `open` so that it is dropped first and unblocks threads that wait for bytes.
    source: CancelOnDrop,
    /// Parts that are not begun.
    parts: VecDeque<Part>,
    /// Parts that are being read, in order.
    open: VecDeque<Opened>,
    totals: Totals,
    /// What the parts that were read hold.
    contents: Contents,
    /// How often the read was restarted, because the report changed under way.
    restarts: u32,
    /// Whether the caller was given anything, be it rows or records that were set aside.
    is_touched: bool,
    /// Whether this reads a whole plan, and so ends with the closing batch.
    is_whole: bool,
    is_done: bool,
    quarantined: Vec<Quarantined>,
    quarantine_file: Option<QuarantineFile>,
    /// Files that are read: parts and manifests. None of them may be written.
    inputs: Vec<PathBuf>,
    progress: Progress,
    /// A child of this process has none of the threads, and moves the places in files that both have open.
    process: Process,
}

/// A part that is being read.
#[derive(Debug)]
struct Opened {
    part: Part,
    reading: Reading,
    handed: Resume,
}

/// The source of all parts, which is closed when the reader is dropped, in the process that reads.
#[derive(Debug)]
struct CancelOnDrop(Arc<dyn Source>, Process);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if self.1.is_current() {
            self.0.cancel();
        } else {
            // Its locks may be held by threads that are not there.
            std::mem::forget(Arc::clone(&self.0));
        }
    }
}

/// How far a read has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes of the parts that were read, compressed as they are.
    pub bytes_done: u64,
    /// Bytes of all parts; 0 for a stream, whose size is not known.
    pub bytes_total: u64,
    /// Rows that were handed out.
    pub rows: u64,
}

impl Reader {
    /// Begins to read a plan. With `schema = cur`, `columns` are those of all parts.
    pub(crate) fn new(
        options: Options,
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
        Ok(Self {
            options: Arc::new(options),
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
            is_done: false,
            quarantined: Vec::new(),
            quarantine_file,
            inputs,
            progress: Progress { bytes_total, ..Progress::default() },
            process: Process::current(),
        })
    }

    /// The schema of all batches, fixed before the first one.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// The totals of what was handed out so far; of the whole read, once it is at its end.
    pub fn totals(&self) -> Totals {
        let mut totals = self.totals.clone();
        for opened in &self.open {
            totals.add(&opened.reading.totals());
        }
        // Parts that were not begun are no less missing than those that were not ended.
        for part in &self.parts {
            totals.add(&Totals::missing(part));
        }
        totals
    }

    /// Ends the read also when another answer is yes.
    #[cfg(feature = "stream")]
    pub(crate) fn stop_also_when(&mut self, ask: impl Fn() -> bool + Send + Sync + 'static) {
        let options = Arc::make_mut(&mut self.options);
        options.stop = Stop::when(ask).or(options.stop.clone());
    }

    /// Where the parts lie.
    #[cfg(feature = "stream")]
    pub(crate) fn source(&self) -> Arc<dyn Source> {
        Arc::clone(&self.source.0)
    }

    /// Fails when the outcome of what was handed out so far is unproven, see [`Totals::check`].
    ///
    /// # Errors
    ///
    /// [`Error::Unproven`] names each check that does not hold.
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

    /// What is to be known about the report and what was read of it so far, see [`Totals::warnings`].
    pub fn warnings(&self) -> Vec<Warning> {
        self.totals().warnings()
    }

    /// How far the read has come.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// Facts for the metadata of a file: version, source deliveries and control totals, as pairs of text.
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
        ];
        if self.options.schema == TableSchema::Focus {
            pairs.push(("outlay.focus_version".to_owned(), self.options.focus.to_string()));
        }
        pairs
    }

    /// The records that were set aside since the last call, with `on_error = quarantine` and no quarantine file. They
    /// are held until they are taken.
    pub fn take_quarantined(&mut self) -> Vec<Quarantined> {
        self.is_touched |= !self.quarantined.is_empty();
        std::mem::take(&mut self.quarantined)
    }

    /// Whether the whole read may be written to a file: for callers with sinks of their own, before they begin one.
    ///
    /// Errors: [`Error::Consumed`] when batches or records that were set aside have been taken, or the read is over: the
    /// file would lack rows that its totals prove. After [`Reader::restart`] nothing is taken. [`Error::Option`] when the
    /// file is one of those that are read, part or manifest, or the quarantine file, by whatever path or link.
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
        if self.is_touched || self.is_done {
            let reason = if self.is_done { "it was read to its end" } else { "some were taken" };
            return Err(Error::Consumed { reason });
        }
        let path = path.as_ref();
        refuse_same("output", path, &self.inputs, IS_READ)?;
        refuse_same("output", path, &self.options.quarantine_file, "which records are set aside to")
    }

    /// The same batches as Arrow's own reader, our error inside Arrow's external one.
    pub fn into_arrow(self) -> impl RecordBatchReader + Send {
        ArrowReader(self)
    }

    fn advance(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            match self.try_advance() {
                Err(error) => self.recover(error)?,
                next => return next,
            }
        }
    }

    fn try_advance(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            if self.options.stop.is_wanted() {
                return Err(Error::Stopped);
            }
            let (at_once, spread) = self.spread();
            while self.open.len() < at_once {
                let Some(part) = self.parts.pop_front() else { break };
                let begun = self.source.0.open(&part, &self.stop_for(spread));
                let reading = match begun.and_then(|input| self.begin(&part, input, spread)) {
                    Ok(reading) => reading,
                    Err(error) => {
                        // It stays among those that are missing.
                        self.parts.push_front(part);
                        return Err(error);
                    }
                };
                self.open.push_back(Opened { part, reading, handed: Resume::default() });
            }
            let Some(opened) = self.open.front_mut() else { return self.close() };
            let step = opened.reading.step()?;
            let Some(Step { batch, quarantined, bytes, .. }) = opened.handed.fresh(step) else { continue };
            self.progress.bytes_done += bytes;
            self.is_touched |= batch.is_some();
            self.set_aside(quarantined)?;
            if let Some(batch) = batch {
                self.progress.rows += batch.num_rows() as u64;
                return Ok(Some(batch));
            }
            let totals = self.open.front().map(|opened| opened.reading.totals()).unwrap_or_default();
            // A part that is refused stays open, for its totals.
            for part in totals.parts.iter().filter(|part| part.rows_in > 0) {
                part.content.map_or(Ok(()), |content| self.contents.add(&part.object, content))?;
            }
            self.totals.add(&totals);
            self.open.pop_front();
        }
    }

    /// The stop signal passed to blocking reads. Only a read on the caller's thread polls the caller; worker threads are
    /// cancelled by [`Source::cancel`].
    fn stop_for(&self, spread: Threading) -> Stop {
        if spread == Threading::Single { self.options.stop.clone() } else { Stop::default() }
    }

    fn begin(&self, part: &Part, input: Input, spread: Threading) -> Result<Reading> {
        // Known here: not every part has to make it of the options again.
        let part = Part { fingerprint: self.totals.fingerprint.clone(), ..part.clone() };
        Reading::begin(&self.options, part, input, self.source.0.can_hang(), spread)
    }

    /// Makes good what can be made good: bytes that were damaged in transit are fetched once more, and a report that changed
    /// is restarted while nothing of it was handed out. Gives the error back where it cannot.
    fn recover(&mut self, error: Error) -> Result<()> {
        if matches!(error, Error::SourceChanged { .. }) {
            return if self.is_touched { Err(error) } else { self.begin_anew(error) };
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
        let Some(used) = opened.handed.repeat() else { return Err(error) };
        let Some(input) = self.source.0.reopen(&opened.part, used, &stop) else { return Err(error) };
        let (part, input) = (opened.part.clone(), input?);
        let reading = self.begin(&part, input, spread)?;
        if let Some(opened) = self.open.front_mut() {
            opened.reading = reading;
        }
        Ok(())
    }

    /// Starts over with the newest delivery, at most three times in all.
    fn begin_anew(&mut self, error: Error) -> Result<()> {
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
        self.is_done = false;
        Ok(())
    }

    /// Starts a read over that ended with [`Error::SourceChanged`], on the newest delivery: for those who can throw away
    /// what was handed out. Gives the error back where that is not possible, and after three times.
    pub fn restart(&mut self, error: Error) -> Result<()> {
        if matches!(error, Error::SourceChanged { .. }) { self.begin_anew(error) } else { Err(error) }
    }

    /// How many parts are read at once, and how the work on each is spread.
    ///
    /// Batches go out in the order of the report, and few of them may wait: what the next parts can do ahead is little. So
    /// two threads are better spent on one part, which one decodes and the other maps.
    fn spread(&self) -> (usize, Threading) {
        match self.options.threads {
            1 => (1, Threading::Single),
            2 | 3 => (1, Threading::Pipelined),
            _ if self.open.len() + self.parts.len() == 1 => (1, Threading::Pipelined),
            threads => (threads / 2, Threading::Parallel),
        }
    }

    /// The end of the read: the closing batch, when rows are due in one.
    fn close(&mut self) -> Result<Option<RecordBatch>> {
        for warning in self.source.0.settle()? {
            add_warning(&mut self.totals, &warning);
        }
        self.is_done = true;
        if let Some(file) = &mut self.quarantine_file {
            file.finish()?;
        }
        if !self.is_whole || self.options.schema == TableSchema::Cur {
            return Ok(None);
        }
        let batch = closing::close(&mut self.totals, &mut self.options.table()?);
        self.progress.rows += batch.as_ref().map_or(0, |batch| batch.num_rows() as u64);
        Ok(batch)
    }

    /// Gives up threads, files and memory of a read that ended, well or badly; what is known of it stays.
    fn give_up(&mut self) {
        self.source.0.cancel();
        for opened in self.open.drain(..) {
            self.totals.add(&opened.reading.totals());
        }
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

impl Iterator for Reader {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        if let Err(error) = self.process.check() {
            self.is_done = true;
            return Some(Err(error));
        }
        let next = self.advance();
        self.is_done |= next.is_err();
        // Records of a report that changed may still be discarded, see `restart`.
        if next.as_ref().is_err_and(|error| !matches!(error, Error::SourceChanged { .. })) {
            self.quarantine_file = None;
        }
        if self.is_done {
            self.give_up();
        }
        next.transpose()
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if !self.process.is_current() {
            // Threads that are not there cannot be waited for, and what waits to be written is the parent's to write.
            std::mem::forget(std::mem::take(&mut self.open));
            std::mem::forget(self.quarantine_file.take());
        }
    }
}

/// Why a file that is read is no output.
const IS_READ: &str = "which is read";

struct ArrowReader(Reader);

impl Iterator for ArrowReader {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.0.next()?;
        Some(next.map_err(|error| ArrowError::ExternalError(Box::new(error))))
    }
}

impl RecordBatchReader for ArrowReader {
    fn schema(&self) -> SchemaRef {
        self.0.schema()
    }
}

/// Bytes of all parts; sizes are data from outside, and need not have a sum.
fn bytes_of(plan: &Plan) -> u64 {
    plan.parts.iter().fold(0, |sum, part| sum.saturating_add(part.size))
}

/// The files of a plan: its parts, and the manifests that named them.
fn files_of(plan: &Plan) -> Vec<PathBuf> {
    plan.parts.iter().map(|part| PathBuf::from(&part.path)).chain(plan.manifests.iter().cloned()).collect()
}

/// Totals of nothing that know the options, and the plan if all of it is to be read.
fn totals_with(plan: &Plan, options: &Options, is_whole: bool) -> Totals {
    let fingerprint = options.fingerprint();
    let digest = is_whole.then(|| plan.digest(&fingerprint));
    let mut totals = Totals { fingerprint: Some(fingerprint), plan: Beside(digest), ..Totals::default() };
    for warning in &plan.warnings {
        add_warning(&mut totals, warning);
    }
    totals
}

fn add_warning(totals: &mut Totals, warning: &Warning) {
    warn(&mut totals.warnings, &warning.code, &warning.message, warning.rows, || warning.message.clone());
}

#[cfg(test)]
mod tests;
