//! A report that can be read again: its address, the options, and the versions of its parts.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;

#[cfg(feature = "fetch")]
use super::address::Address;
use super::builder::ReaderBuilder;
use super::last_pass::{LastPass, Pass};
use super::reader::Reader;
use crate::error::{Error, Result, printable};
use crate::options::TableSchema;
use crate::report::kept::KeptObjects;
use crate::report::part::{Part, Plan};
use crate::report::source::Files;
use crate::totals::Totals;

/// A report that can be read any number of times. Each pass is a [`Reader`].
///
/// It is created by [`ReaderBuilder::open`], [`ReaderBuilder::open_bytes`], [`ReaderBuilder::open_stream`] and
/// `Connector::open`. The first use selects the parts and notes their versions: sizes, change times, ETags. Every later
/// pass reads the same versions or ends with [`Error::SourceChanged`]. [`Report::refresh`] selects the parts again.
///
/// Clones share the parts and the last pass, and may be used by several threads at the same time. A report with other options
/// ([`Report::with_options`]) shares the parts.
///
/// # Examples
///
/// ```
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
/// let report = outlay::Reader::builder().columns(["ServiceName", "BilledCost"]).open(folder)?;
/// println!("{:?}", report.head(5)?);
/// for _ in 0..2 {
///     let rows = report.read()?.try_fold(0, |rows, batch| batch.map(|batch| rows + batch.num_rows()))?;
///     assert_eq!(rows, 175);
///     report.check()?;
/// }
/// # Ok::<(), outlay::Error>(())
/// ```
#[derive(Clone)]
pub struct Report {
    builder: ReaderBuilder,
    shared: Arc<Shared>,
    last_pass: LastPass,
}

/// What the report reads, whatever the options of a pass.
#[derive(Debug)]
struct Shared {
    /// The options with which the report was opened. They select the parts.
    opened: ReaderBuilder,
    origin: Origin,
    /// The working directory when the report was opened, from which relative paths start.
    folder: Option<PathBuf>,
    /// The selected parts with their versions, once they are known.
    plan: Mutex<Option<Plan>>,
}

/// Where the parts are.
#[derive(Debug)]
pub(super) enum Origin {
    Paths(Vec<PathBuf>),
    Kept(KeptObjects),
    #[cfg(feature = "fetch")]
    Aws(Address),
}

impl Report {
    pub(super) fn new(builder: ReaderBuilder, origin: Origin) -> Result<Self> {
        builder.validate()?;
        let folder = std::env::current_dir().ok();
        let shared = Shared { opened: builder.clone(), origin, folder, plan: Mutex::default() };
        Ok(Self { builder, shared: Arc::new(shared), last_pass: LastPass::default() })
    }

    /// Creates a report whose parts are selected.
    #[cfg(feature = "fetch")]
    pub(super) fn planned(builder: ReaderBuilder, origin: Origin, plan: Plan) -> Result<Self> {
        let report = Self::new(builder, origin)?;
        *report.pinned() = Some(plan);
        Ok(report)
    }

    /// Returns the options of the report, for [`Report::with_options`].
    pub fn options(&self) -> ReaderBuilder {
        self.builder.clone()
    }

    /// Returns the same report with other options, usually those of [`Report::options`] with a change. It shares the
    /// parts, and has passes of its own: [`Report::check`] of one says nothing about the other.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] if an option is invalid, or `periods` has a month for which the report was not opened.
    ///
    /// # Examples
    ///
    /// ```
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
    /// let report = outlay::Reader::builder().open(folder)?;
    /// let costs = report.with_options(report.options().columns(["BilledCost"]))?;
    /// assert_eq!(costs.read()?.schema().fields().len(), 1);
    /// # Ok::<(), outlay::Error>(())
    /// ```
    pub fn with_options(&self, options: ReaderBuilder) -> Result<Self> {
        Ok(Self { last_pass: LastPass::default(), ..self.for_pass(options)? })
    }

    /// Returns the same report with options for a pass, which is the last pass of both. For callers whose options are
    /// arguments of a read.
    ///
    /// # Errors
    ///
    /// Those of [`Report::with_options`].
    ///
    /// # Examples
    ///
    /// ```
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
    /// let report = outlay::Reader::builder().open(folder)?;
    /// for batch in report.for_pass(report.options().columns(["BilledCost"]))?.read()? { batch?; }
    /// report.check()?;
    /// # Ok::<(), outlay::Error>(())
    /// ```
    pub fn for_pass(&self, mut options: ReaderBuilder) -> Result<Self> {
        options.validate()?;
        let opened = &self.shared.opened.options;
        if options.options.periods.is_empty() {
            options.options.periods.clone_from(&opened.periods);
        }
        let (known, wanted) = (opened.billing_periods()?, options.options.billing_periods()?);
        if let Some(other) = wanted.iter().find(|period| !known.is_empty() && !known.contains(period)) {
            let known: Vec<String> = known.iter().map(ToString::to_string).collect();
            let reason = format!("the report was opened for {}; open it for {other} too", known.join(", "));
            return Err(Error::Option { option: "periods", reason });
        }
        Ok(Self { builder: options, shared: Arc::clone(&self.shared), last_pass: Arc::clone(&self.last_pass) })
    }

    /// Starts a pass.
    ///
    /// # Errors
    ///
    /// Those of [`ReaderBuilder::read`], on first use.
    pub fn read(&self) -> Result<Reader> {
        self.start().inspect_err(|error| {
            *self.ended() = Some(Pass { number: 0, totals: Totals::of_no_rows(), failure: Some(error.to_string()) });
        })
    }

    fn start(&self) -> Result<Reader> {
        let mut plan = self.plan()?;
        let periods = self.builder.options.billing_periods()?;
        if !periods.is_empty() {
            if self.shared.opened.options.periods.is_empty() {
                plan.note_absent_months(&periods);
            }
            plan.parts.retain(|part| part.period.is_none_or(|period| periods.contains(&period)));
        }
        let builder = self.options();
        let reader = match &self.shared.origin {
            Origin::Paths(_) => builder.start(self.plan_from_here(plan), Arc::new(Files), true)?,
            Origin::Kept(objects) => builder.start(plan, Arc::new(objects.clone()), true)?,
            #[cfg(feature = "fetch")]
            Origin::Aws(address) => address.read(plan, builder)?,
        };
        Ok(reader.report_to(&self.last_pass))
    }

    /// Starts a pass that returns exactly the given columns of [`Report::schema`], in this order. For query engines that
    /// know which columns a query needs.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] if a column is not in the schema; those of [`Report::read`].
    ///
    /// # Examples
    ///
    /// ```
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
    /// let report = outlay::Reader::builder().columns(["BilledCost"]).tag_columns(["Team"]).open(folder)?;
    /// let reader = report.scan(["x_Tag_Team"])?;
    /// assert_eq!(reader.schema().fields().len(), 1);
    /// # Ok::<(), outlay::Error>(())
    /// ```
    pub fn scan<T: Into<String>>(&self, columns: impl IntoIterator<Item = T>) -> Result<Reader> {
        let mut options = self.options();
        let columns = Some(columns.into_iter().map(Into::into).collect());
        match options.options.schema {
            TableSchema::Focus => options.options.projection = columns,
            TableSchema::Cur => options.options.columns = columns,
        }
        self.for_pass(options)?.read()
    }

    /// Returns the first rows, at most `rows`. Only the parts of the report that are needed for them are read, so
    /// nothing is proven.
    ///
    /// # Errors
    ///
    /// Those of [`Report::read`], and those of the rows that are read.
    ///
    /// # Examples
    ///
    /// ```
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
    /// let report = outlay::Reader::builder().open(folder)?;
    /// assert_eq!(report.head(5)?.num_rows(), 5);
    /// # Ok::<(), outlay::Error>(())
    /// ```
    pub fn head(&self, rows: usize) -> Result<RecordBatch> {
        first_rows(self.options(), rows, |options| self.for_pass(options)?.read()).map(|(batch, _)| batch)
    }

    /// Returns the schema of the batches.
    ///
    /// # Errors
    ///
    /// With [`TableSchema::Cur`], which depends on the report, those of [`Report::read`].
    pub fn schema(&self) -> Result<SchemaRef> {
        match self.builder.focus_schema()? {
            Some(schema) => Ok(schema),
            None => Ok(self.start()?.schema()),
        }
    }

    /// Returns the parts of the report, see [`ReaderBuilder::plan`]. They are selected on first use.
    ///
    /// # Errors
    ///
    /// Those of [`ReaderBuilder::plan`], on first use.
    pub fn plan(&self) -> Result<Plan> {
        let mut pinned = self.pinned();
        if let Some(plan) = &*pinned {
            return Ok(plan.clone());
        }
        let plan = self.select()?;
        *pinned = Some(plan.clone());
        Ok(plan)
    }

    /// Selects the parts again, with their current versions.
    ///
    /// # Errors
    ///
    /// Those of [`ReaderBuilder::plan`]. The parts are then those of before.
    pub fn refresh(&self) -> Result<()> {
        let plan = self.select()?;
        *self.pinned() = Some(plan);
        Ok(())
    }

    /// Returns the totals of the pass that ended last, at its end, with an error, or before its end. `None` if no pass
    /// has ended.
    pub fn last_pass(&self) -> Option<Totals> {
        self.ended().as_ref().map(|pass| pass.totals.clone())
    }

    /// Checks the totals of the pass that ended last, see [`Totals::check`].
    ///
    /// # Errors
    ///
    /// [`Error::Unproven`] with each check that fails, with the error that the pass ended with, and if no pass has ended.
    pub fn check(&self) -> Result<()> {
        let incomplete = |reason| Err(Error::Unproven { failed: vec![format!("parts_complete: {reason}")] });
        match self.ended().clone() {
            Some(Pass { totals, failure: None, .. }) => totals.check(),
            Some(Pass { failure: Some(error), .. }) => incomplete(format!("the last pass failed: {error}")),
            None => incomplete("the report was not read yet".to_owned()),
        }
    }

    /// The working directory of the report, if it is no longer that of the process.
    fn other_folder(&self) -> Option<&Path> {
        let folder = self.shared.folder.as_deref()?;
        (std::env::current_dir().ok().as_deref() != Some(folder)).then_some(folder)
    }

    /// Returns paths that lead to the same files after the process has changed its working directory.
    fn paths_from_here(&self, paths: &[PathBuf]) -> Vec<PathBuf> {
        let Some(folder) = self.other_folder() else { return paths.to_vec() };
        // Addresses and paths in the home folder do not start from there, nor do absolute paths, which `join` leaves as they are.
        let starts_elsewhere = |path: &Path| path.starts_with("~") || path.to_string_lossy().contains("://");
        paths.iter().map(|path| if starts_elsewhere(path) { path.clone() } else { folder.join(path) }).collect()
    }

    /// Returns a plan whose paths do so.
    fn plan_from_here(&self, mut plan: Plan) -> Plan {
        if let Some(folder) = self.other_folder() {
            plan.parts.iter_mut().for_each(|part| part.path = folder.join(&part.path).to_string_lossy().into_owned());
        }
        plan
    }

    fn ended(&self) -> MutexGuard<'_, Option<Pass>> {
        self.last_pass.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pinned(&self) -> MutexGuard<'_, Option<Plan>> {
        self.shared.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn select(&self) -> Result<Plan> {
        let mut opened = self.shared.opened.clone();
        opened.options.stop = self.builder.options.stop.clone();
        match &self.shared.origin {
            Origin::Paths(paths) => refuse_pipes(opened.plan(self.paths_from_here(paths))?),
            Origin::Kept(objects) => {
                let parts = objects.names().map(|name| Part::named(name.to_owned())).collect();
                opened.with_columns(Plan { parts, ..Plan::default() }, objects)
            }
            #[cfg(feature = "fetch")]
            Origin::Aws(address) => address.plan(&opened),
        }
    }
}

/// Fails if a part is a pipe or a device: its bytes are gone after one pass.
fn refuse_pipes(plan: Plan) -> Result<Plan> {
    let Some(part) = plan.parts.iter().find(|part| part.pin.0.is_none()) else { return Ok(plan) };
    let reason = format!(
        "`{}` is a pipe or a device, whose bytes can be read only once: read it with `read`, or open it as a stream, whose bytes \
         are kept in a temporary file",
        part.object
    );
    Err(Error::Option { option: "path", reason })
}

/// Returns the first rows of a pass, at most `rows`, and its totals. `start` starts the pass, with options that compute no
/// more than these rows.
pub(crate) fn first_rows(
    options: ReaderBuilder,
    rows: usize,
    start: impl FnOnce(ReaderBuilder) -> Result<Reader>,
) -> Result<(RecordBatch, Totals)> {
    /// The most rows of a batch.
    const MOST: usize = 8_192;
    let mut reader = start(options.threads(1).batch_rows(rows.clamp(1, MOST)))?;
    let (mut batches, mut missing) = (Vec::new(), rows);
    while missing > 0 {
        let Some(batch) = reader.next().transpose()? else { break };
        let taken = batch.num_rows().min(missing);
        missing -= taken;
        batches.push(batch.slice(0, taken));
    }
    let batch = concat_batches(&reader.schema(), &batches)
        .map_err(|error| Error::Option { option: "rows", reason: error.to_string() })?;
    Ok((batch, reader.totals()))
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Report({self})")
    }
}

/// The address of the report, and the number and size of its parts once they are selected.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.shared.origin {
            Origin::Paths(paths) => {
                let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
                write!(f, "{}", printable(paths.join(", ")))?;
            }
            Origin::Kept(objects) => write!(f, "{}", printable(objects.names().collect::<Vec<_>>().join(", ")))?,
            #[cfg(feature = "fetch")]
            Origin::Aws(address) => write!(f, "{}", printable(address.to_string()))?,
        }
        // A report that is being planned is not waited for.
        let plan = match self.shared.plan.try_lock() {
            Ok(plan) => plan.clone(),
            Err(_) => None,
        };
        plan.map_or(Ok(()), |plan| write!(f, ", {plan}"))
    }
}
