//! A report → record batches. The stages joined: paths → plan → parts → [`Decoder`] → batches and totals.

use std::collections::{HashMap, VecDeque};
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchReader};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;

use crate::csv::records::{Blocks, Limits};
use crate::decode::table::CurTable;
use crate::decode::tags::TagPolicy;
use crate::decode::text::Text;
use crate::decoder::Decoder;
use crate::error::{Error, Location, Result};
use crate::normalize::closing;
use crate::options::{Negation, OnError, OnUnknownType, Options, Schema};
use crate::quarantine::{QuarantineFile, Quarantined};
use crate::reading::{Reading, Spread, Step, Stream};
use crate::report::folder;
use crate::report::layout::Layout;
use crate::report::part::{Part, Plan};
use crate::schema::focus::{FocusVersion, Maps};
use crate::stop::Stop;
use crate::totals::{Totals, Warning, warn};

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
    /// Parts that are not begun.
    parts: VecDeque<Part>,
    /// What the only part is read from, when that is no file; until it is begun.
    stream: Option<Stream>,
    /// Parts that are being read, in order.
    open: VecDeque<Reading>,
    totals: Totals,
    /// Whether this reads a whole plan, and so ends with the closing batch.
    is_whole: bool,
    is_done: bool,
    quarantined: Vec<Quarantined>,
    quarantine_file: Option<QuarantineFile>,
    progress: Progress,
}

/// How far a read has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes of the parts that were read, compressed as they are.
    pub bytes_done: u64,
    /// Bytes of all parts; 0 for a stream, of which nobody knows.
    pub bytes_total: u64,
    /// Rows that were handed out.
    pub rows: u64,
}

/// Collects options; see [`Reader::builder`].
#[derive(Clone, Debug, Default)]
pub struct Builder {
    options: Options,
}

impl Reader {
    /// Options with their defaults.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The schema of all batches, fixed before the first one.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// The totals of what was handed out so far; of the whole read, once it is at its end.
    pub fn totals(&self) -> Totals {
        let mut totals = self.totals.clone();
        for reading in &self.open {
            totals.merge(&reading.totals());
        }
        // Parts that were not begun are no less missing than those that were not ended.
        for part in &self.parts {
            totals.merge(&Totals::missing(&part.object));
        }
        totals
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
        if self.options.schema == Schema::Focus {
            pairs.push(("outlay.focus_version".to_owned(), self.options.focus.to_string()));
        }
        pairs
    }

    /// The records that were set aside since the last call, with `on_error = quarantine` and no quarantine file. They
    /// are held until they are taken.
    pub fn take_quarantined(&mut self) -> Vec<Quarantined> {
        std::mem::take(&mut self.quarantined)
    }

    /// The same batches as Arrow's own reader, our error inside Arrow's external one.
    pub fn into_arrow(self) -> impl RecordBatchReader + Send {
        ArrowReader(self)
    }

    fn advance(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            if self.options.stop.is_wanted() {
                return Err(Error::Stopped);
            }
            let (at_once, spread) = self.spread();
            while self.open.len() < at_once {
                let Some(part) = self.parts.pop_front() else { break };
                self.open.push_back(Reading::begin(&self.options, part, self.stream.take(), spread)?);
            }
            let Some(reading) = self.open.front_mut() else { return self.close() };
            let Step { batch, quarantined, bytes } = reading.step()?;
            self.progress.bytes_done += bytes;
            self.set_aside(quarantined)?;
            if let Some(batch) = batch {
                self.progress.rows += batch.num_rows() as u64;
                return Ok(Some(batch));
            }
            if let Some(reading) = self.open.pop_front() {
                self.totals.merge(&reading.totals());
            }
        }
    }

    /// How many parts are read at once, and how the work on each is spread.
    ///
    /// Batches go out in the order of the report, and few of them may wait: what the next parts can do ahead is little. So
    /// two threads are better spent on one part, which one decodes and the other maps.
    fn spread(&self) -> (usize, Spread) {
        match self.options.threads {
            1 => (1, Spread::Here),
            2 | 3 => (1, Spread::Overlapped),
            _ if self.open.is_empty() && self.parts.len() == 1 => (1, Spread::Overlapped),
            threads => (threads / 2, Spread::Beside),
        }
    }

    /// The end of the read: the closing batch, when rows are due in one.
    fn close(&mut self) -> Result<Option<RecordBatch>> {
        self.is_done = true;
        if let Some(file) = &mut self.quarantine_file {
            file.flush()?;
        }
        if !self.is_whole || self.options.schema == Schema::Cur {
            return Ok(None);
        }
        let batch = closing::close(&mut self.totals, &mut self.options.table()?);
        self.progress.rows += batch.as_ref().map_or(0, |batch| batch.num_rows() as u64);
        Ok(batch)
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
        let next = self.advance();
        self.is_done |= next.is_err();
        if self.is_done {
            // What other threads read can no longer be used; the part that failed stays, for its totals.
            self.open.truncate(1);
        }
        next.transpose()
    }
}

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

/// A path, or several.
pub trait IntoPaths {
    /// The paths, in order.
    fn into_paths(self) -> Vec<PathBuf>;
}

macro_rules! one_path {
    ($($type:ty),+) => {
        $(impl IntoPaths for $type {
            fn into_paths(self) -> Vec<PathBuf> {
                vec![PathBuf::from(self)]
            }
        })+
    };
}
one_path!(&str, &String, String, PathBuf, &Path, &PathBuf);

impl<P: AsRef<Path>> IntoPaths for Vec<P> {
    fn into_paths(self) -> Vec<PathBuf> {
        self.iter().map(|path| path.as_ref().to_owned()).collect()
    }
}

impl<P: AsRef<Path>> IntoPaths for &Vec<P> {
    fn into_paths(self) -> Vec<PathBuf> {
        self.as_slice().into_paths()
    }
}

impl<P: AsRef<Path>> IntoPaths for &[P] {
    fn into_paths(self) -> Vec<PathBuf> {
        self.iter().map(|path| path.as_ref().to_owned()).collect()
    }
}

impl<P: AsRef<Path>, const N: usize> IntoPaths for [P; N] {
    fn into_paths(self) -> Vec<PathBuf> {
        self.iter().map(|path| path.as_ref().to_owned()).collect()
    }
}

fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Vec<String> {
    texts.into_iter().map(Into::into).collect()
}

impl Builder {
    /// The version of FOCUS; default 1.2.
    #[must_use]
    pub fn focus(mut self, version: FocusVersion) -> Self {
        self.options.focus = version;
        self
    }

    /// FOCUS rows (default), or the report itself as a typed table.
    #[must_use]
    pub fn schema(mut self, schema: Schema) -> Self {
        self.options.schema = schema;
        self
    }

    /// The columns to hand out, in this order; default all. Columns that are not wanted are not computed. Limits what
    /// is handed out, not what is proven.
    #[must_use]
    pub fn columns<T: Into<String>>(mut self, columns: impl IntoIterator<Item = T>) -> Self {
        self.options.columns = Some(texts(columns));
        self
    }

    /// Columns of the report to hand out beside FOCUS, in either spelling, as `x_` and their CUR 2.0 name: money as
    /// decimals, times as instants, all others as text.
    #[must_use]
    pub fn extra_columns<T: Into<String>>(mut self, columns: impl IntoIterator<Item = T>) -> Self {
        self.options.extra_columns = texts(columns);
        self
    }

    /// Tags to hand out as text columns of their own, by their key in Tags, as `x_Tag_` and the key.
    #[must_use]
    pub fn tag_columns<T: Into<String>>(mut self, keys: impl IntoIterator<Item = T>) -> Self {
        self.options.tag_columns = texts(keys);
        self
    }

    /// Names of accounts by id, for BillingAccountName and SubAccountName where the report has none.
    #[must_use]
    pub fn account_names<K: Into<String>, V: Into<String>>(mut self, names: impl IntoIterator<Item = (K, V)>) -> Self {
        let names: HashMap<String, String> = names.into_iter().map(|(id, name)| (id.into(), name.into())).collect();
        self.options.account_names = Arc::new(names);
        self
    }

    /// Billing periods to read, such as `2026-09`; default all. Line items of others are left out and counted.
    #[must_use]
    pub fn periods<T: Into<String>>(mut self, periods: impl IntoIterator<Item = T>) -> Self {
        self.options.periods = texts(periods);
        self
    }

    /// Threads that read; default one for each core. A part is decoded on one and mapped on another; from four on, parts
    /// are read side by side, and handed out in order all the same. With 1 all is done on the caller's thread.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.options.threads = threads;
        self
    }

    /// Rows of a batch; default 8,192.
    #[must_use]
    pub fn batch_rows(mut self, rows: usize) -> Self {
        self.options.batch_rows = rows;
        self
    }

    /// Key-value columns as Arrow maps (default) or as JSON text.
    #[must_use]
    pub fn maps(mut self, maps: Maps) -> Self {
        self.options.maps = maps;
        self
    }

    /// How text columns are handed out; default `Utf8`. Keys and values of maps are always `Utf8`.
    #[must_use]
    pub fn text(mut self, text: Text) -> Self {
        self.options.text = text;
        self
    }

    /// What happens to a record that cannot be understood; default stop.
    #[must_use]
    pub fn on_error(mut self, on_error: OnError) -> Self {
        self.options.on_error = on_error;
        self
    }

    /// A file for the records that are set aside, as CSV; also sets `on_error` to quarantine.
    #[must_use]
    pub fn quarantine_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.options.on_error = OnError::Quarantine;
        self.options.quarantine_file = Some(path.into());
        self
    }

    /// What happens to a line item type that the mapping does not know; default warn.
    #[must_use]
    pub fn on_unknown_type(mut self, on_unknown_type: OnUnknownType) -> Self {
        self.options.on_unknown_type = on_unknown_type;
        self
    }

    /// What happens to Savings Plan negations; default drop.
    #[must_use]
    pub fn negation(mut self, negation: Negation) -> Self {
        self.options.negation = negation;
        self
    }

    /// The instant up to which Savings Plan hours can have gone unused, such as `2026-09-15T06:00:00Z`. Default: when
    /// the delivery was written, as its manifest or folder says; without that there is no cut, and a warning.
    #[must_use]
    pub fn as_of(mut self, instant: impl Into<String>) -> Self {
        self.options.as_of = Some(instant.into());
        self
    }

    /// How keys of tags are handed out; default exactly as the report spells them.
    #[must_use]
    pub fn tag_policy(mut self, policy: TagPolicy) -> Self {
        self.options.tag_policy = policy;
        self
    }

    /// Adds where each row comes from: `x_SourceObject`, `x_SourceRow`, `x_DeliveryId`; default off.
    #[must_use]
    pub fn lineage(mut self, lineage: bool) -> Self {
        self.options.lineage = lineage;
        self
    }

    /// Bytes above which a record stops the read; default 16 MiB.
    #[must_use]
    pub fn record_bytes(mut self, bytes: usize) -> Self {
        self.options.limits.record_bytes = bytes;
        self
    }

    /// Bytes that are inflated and decoded at once; default 256 KiB, which stay in the cache of a core. Rows and totals do
    /// not depend on it.
    #[must_use]
    pub fn block_bytes(mut self, bytes: usize) -> Self {
        self.options.limits.block_bytes = bytes;
        self
    }

    /// Ends the read with [`Error::Stopped`] as soon as the answer is yes. It is asked often, a hundred times a second and
    /// more, on the thread that reads or, with `threads` of 4 and more, waits: a read whose filters leave nothing can be
    /// long without a batch. Default: never. A [`Decoder`] does not ask; whoever feeds it can stop.
    ///
    /// ```
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
    /// let mut reader = outlay::Reader::builder().stop_when(|| true).read(folder)?;
    /// assert_eq!(reader.next().unwrap().unwrap_err().code(), "OUTLAY_STOPPED");
    /// # Ok::<(), outlay::Error>(())
    /// ```
    #[must_use]
    pub fn stop_when(mut self, ask: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.options.stop = Stop::when(ask);
        self
    }

    /// Refuses options that make no sense, as whatever opens a report does: for callers that open later.
    ///
    /// ```
    /// let error = outlay::Reader::builder().threads(0).validate().unwrap_err();
    /// assert_eq!(error.to_string(), "option `threads`: at least 1 thread has to read");
    /// ```
    pub fn validate(&self) -> Result<()> {
        self.options.validate()
    }

    /// Opens a report: a file, a folder, a manifest, or several of them.
    ///
    /// A folder is read through its manifests: for each month the listed parts, all of them, of one delivery.
    ///
    /// Errors: [`Error::NotFound`], [`Error::Ambiguous`] when a folder can mean more than one thing,
    /// [`Error::MissingPart`], [`Error::Manifest`], [`Error::Option`].
    pub fn read(self, paths: impl IntoPaths) -> Result<Reader> {
        let plan = self.clone().plan(paths)?;
        self.open(plan.parts, None, plan.warnings, true)
    }

    /// Opens a report that comes as one stream of bytes, compressed as it is; `object` is its name in errors. Nothing is
    /// read before the first batch is asked for, but the header with `schema = cur`.
    ///
    /// With more than one thread the stream is read on one of them. A reader that is dropped while that one waits for
    /// bytes leaves it to the stream after half a second.
    ///
    /// ```
    /// let csv = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\nUsage,0.096,USD\n";
    /// let mut reader = outlay::Reader::builder().columns(["BilledCost"]).read_from("report.csv", csv.as_bytes())?;
    /// assert_eq!(reader.next().unwrap()?.num_rows(), 1);
    /// assert!(reader.next().is_none());
    /// reader.totals().check()?;
    /// # Ok::<(), outlay::Error>(())
    /// ```
    pub fn read_from(self, object: impl Into<String>, input: impl Read + Send + 'static) -> Result<Reader> {
        let mut part = Part::named(object.into());
        let mut stream = Stream(Box::new(input));
        if self.options.schema == Schema::Cur {
            let (header, begun) = header(&part.object, &mut stream.0, self.options.limits)?;
            part.columns = header;
            stream = Stream(Box::new(Cursor::new(begun).chain(stream.0)));
        }
        self.open(vec![part], Some(stream), Vec::new(), true)
    }

    /// The parts of a read as plain values, which serialize; [`Builder::read_part`] reads one.
    ///
    /// ```
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
    /// let builder = outlay::Reader::builder();
    /// let plan = builder.clone().plan(folder)?;
    /// let mut totals = outlay::Totals::default();
    /// for part in &plan.parts {
    ///     let mut reader = builder.clone().read_part(part)?;
    ///     for batch in &mut reader { batch?; }
    ///     totals.merge(&reader.totals());
    /// }
    /// let closing = builder.closing_batch(&mut totals)?;
    /// totals.check()?;
    /// # Ok::<(), outlay::Error>(())
    /// ```
    pub fn plan(self, paths: impl IntoPaths) -> Result<Plan> {
        self.options.validate()?;
        let mut plan = folder::plan(&paths.into_paths(), &self.options.billing_periods()?)?;
        if self.options.schema == Schema::Cur {
            let columns = headers(&plan.parts, self.options.limits)?;
            for part in &mut plan.parts {
                part.columns.clone_from(&columns);
            }
        }
        Ok(plan)
    }

    /// Opens one part of a plan. Its totals say which rows are due in the closing batch, but do not hand them out.
    pub fn read_part(self, part: &Part) -> Result<Reader> {
        self.open(vec![part.clone()], None, Vec::new(), false)
    }

    /// The rows that only the totals of all parts show, as one batch, and the totals with them settled. `None` when
    /// nothing is due. A whole read hands this batch out by itself.
    pub fn closing_batch(&self, totals: &mut Totals) -> Result<Option<RecordBatch>> {
        self.options.validate()?;
        Ok(closing::close(totals, &mut self.options.table()?))
    }

    /// A push decoder for the bytes of one part, which come from wherever; `object` is its name in errors.
    pub fn decoder(self, object: impl Into<String>) -> Result<Decoder> {
        self.options.validate()?;
        Decoder::new(Arc::new(self.options), Part::named(object.into()))
    }

    fn open(self, parts: Vec<Part>, stream: Option<Stream>, warnings: Vec<Warning>, is_whole: bool) -> Result<Reader> {
        self.options.validate()?;
        let schema = match self.options.schema {
            Schema::Focus => Arc::clone(self.options.table()?.schema()),
            Schema::Cur => {
                let columns = parts.first().map(|part| part.columns.clone()).unwrap_or_default();
                let columns = if columns.is_empty() { headers(&parts, self.options.limits)? } else { columns };
                let layout = if columns.is_empty() { Layout::default() } else { Layout::bind("plan", &columns)? };
                let options = &self.options;
                Arc::clone(
                    CurTable::new(
                        &[&layout],
                        options.columns.as_deref(),
                        (options.maps, options.text),
                        options.batch_rows,
                    )?
                    .schema(),
                )
            }
        };
        let quarantine_file = self.options.quarantine_file.as_deref().map(QuarantineFile::create).transpose()?;
        let mut totals = Totals::default();
        for warning in warnings {
            warn(&mut totals.warnings, &warning.code, &warning.message, warning.rows, || warning.message.clone());
        }
        let bytes_total = parts.iter().map(|part| part.size).sum();
        Ok(Reader {
            options: Arc::new(self.options),
            schema,
            parts: parts.into(),
            stream,
            open: VecDeque::new(),
            totals,
            is_whole,
            is_done: false,
            quarantined: Vec::new(),
            quarantine_file,
            progress: Progress { bytes_total, ..Progress::default() },
        })
    }
}

/// The names of all columns of all parts; only the headers are read.
fn headers(parts: &[Part], limits: Limits) -> Result<Vec<String>> {
    let mut columns = Vec::<String>::new();
    for part in parts {
        let (header, _) = header(&part.object, &mut part.open()?, limits)?;
        for name in header {
            if !columns.contains(&name) {
                columns.push(name);
            }
        }
    }
    Ok(columns)
}

/// The names of the columns of one part, and the bytes that were read to know them.
fn header(object: &str, input: &mut dyn Read, limits: Limits) -> Result<(Vec<String>, Vec<u8>)> {
    // A header is short: no need to inflate a whole block for it.
    let limits = Limits { block_bytes: limits.block_bytes.min(32 << 10), ..limits };
    let mut blocks = Blocks::new(Arc::from(object), limits);
    let mut begun = Vec::new();
    let mut chunk = vec![0; 8 << 10];
    while blocks.header().is_none() {
        let read =
            input.read(&mut chunk).map_err(|source| Error::Io { at: Box::new(Location::object(object)), source })?;
        let mut bytes = chunk.get(..read).unwrap_or_default();
        begun.extend_from_slice(bytes);
        if bytes.is_empty() {
            blocks.finish();
            blocks.next()?;
            break;
        }
        while !bytes.is_empty() && blocks.header().is_none() {
            let taken = blocks.feed(bytes)?;
            bytes = bytes.get(taken..).unwrap_or_default();
            blocks.next()?;
        }
    }
    // A layout of its own for each header: a file that is no report is refused by its own name.
    let header = blocks.header().unwrap_or_default();
    Layout::bind(object, header)?;
    Ok((header.to_vec(), begun))
}

#[cfg(test)]
mod tests;
