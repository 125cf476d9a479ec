//! The builder of readers, plans and decoders.

use std::borrow::Cow;
#[cfg(feature = "fetch")]
use std::collections::BTreeMap;
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::ffi::{OsStr, OsString};
use std::iter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::datatypes::SchemaRef;

use super::columns::with_columns;
use super::part_decoder::cur_table;
use super::reader::Reader;
use crate::error::{Error, Result};
use crate::options::{NegationPolicy, OnError, OnNoMatch, OnUnknown, OnUnknownType, Options, TableSchema};
use crate::report::layout::Layout;
#[cfg(feature = "fetch")]
use crate::report::part::BillingPeriod;
use crate::report::part::Plan;
use crate::report::source::Source;
use crate::schema::encoding::{DecimalEncoding, MapEncoding, TagPolicy, TextEncoding};
use crate::schema::focus::FocusVersion;
use crate::value::stop::Stop;

/// Options of a read, created by [`Reader::builder`].
///
/// The verbs that end it: [`open`](Self::open) returns a report that can be read again, [`read`](Self::read) reads one
/// once, [`read_from`](Self::read_from) a stream, [`plan`](Self::plan) and [`read_part`](Self::read_part) read the parts
/// of a report separately, [`decoder`](Self::decoder) decodes pushed bytes.
///
/// # Examples
///
/// ```
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
/// let reader = outlay::Reader::builder()
///     .columns(["ChargePeriodStart", "BilledCost"])
///     .periods(["2023-11"])
///     .batch_rows(1_000)
///     .read(folder)?;
/// assert_eq!(reader.schema().fields().len(), 2);
/// # Ok::<(), outlay::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ReaderBuilder {
    pub(crate) options: Options,
}

impl Reader {
    /// Returns a builder with default options.
    pub fn builder() -> ReaderBuilder {
        ReaderBuilder::default()
    }
}

mod sealed {
    pub trait Sealed {}
}

/// One path, or several: text, paths, and collections and iterators of them. The trait is sealed: only this crate
/// implements it, for types of the standard library. Iterators of other crates are collected to a [`Vec`].
///
/// # Examples
///
/// ```
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
/// let months = ["2023-11"].iter().map(|_| folder);
/// let plan = outlay::Reader::builder().plan(months)?;
/// assert_eq!(plan.parts.len(), 3);
/// # Ok::<(), outlay::Error>(())
/// ```
pub trait IntoPaths: sealed::Sealed {
    /// Returns the paths, in order.
    fn into_paths(self) -> Vec<PathBuf>;
}

macro_rules! one_path {
    ($($type:ty),+) => {
        $(impl sealed::Sealed for $type {}

        impl IntoPaths for $type {
            fn into_paths(self) -> Vec<PathBuf> {
                vec![PathBuf::from(self)]
            }
        })+
    };
}
one_path!(&str, &String, String, &OsStr, &OsString, OsString, PathBuf, &Path, &PathBuf, Box<Path>);

impl sealed::Sealed for Cow<'_, Path> {}

impl IntoPaths for Cow<'_, Path> {
    fn into_paths(self) -> Vec<PathBuf> {
        vec![self.into_owned()]
    }
}

/// Several paths: collections, and the iterators of the standard library.
macro_rules! many_paths {
    ($([$($generics:tt)*] $type:ty;)+) => {
        $(impl<$($generics)*> sealed::Sealed for $type where Self: IntoIterator<Item: AsRef<Path>> {}

        impl<$($generics)*> IntoPaths for $type
        where
            Self: IntoIterator<Item: AsRef<Path>>,
        {
            fn into_paths(self) -> Vec<PathBuf> {
                self.into_iter().map(|path| path.as_ref().to_owned()).collect()
            }
        })+
    };
}
many_paths! {
    [P, const N: usize] [P; N];
    ['p, P, const N: usize] &'p [P; N];
    ['p, P] &'p [P];
    [P] Vec<P>;
    ['p, P] &'p Vec<P>;
    [P] Box<[P]>;
    [P] VecDeque<P>;
    [P] BTreeSet<P>;
    ['p, P] &'p BTreeSet<P>;
    [P, S] HashSet<P, S>;
    [P] std::vec::IntoIter<P>;
    ['p, P] std::slice::Iter<'p, P>;
    [P, const N: usize] std::array::IntoIter<P, N>;
    [I, F] iter::Map<I, F>;
    [I, F] iter::Filter<I, F>;
    [I, F] iter::FilterMap<I, F>;
    [I, U: IntoIterator, F] iter::FlatMap<I, U, F>;
    [I: Iterator<Item: IntoIterator>] iter::Flatten<I>;
    [A, B] iter::Chain<A, B>;
    [I] iter::Cloned<I>;
    [I] iter::Copied<I>;
    [I] iter::Rev<I>;
    [I] iter::Skip<I>;
    [I] iter::Take<I>;
    [I: Iterator] iter::Peekable<I>;
    [P] iter::Once<P>;
    ['p, P] Box<dyn Iterator<Item = P> + 'p>;
}

fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Vec<String> {
    texts.into_iter().map(Into::into).collect()
}

impl ReaderBuilder {
    /// Sets the version of FOCUS. Default: 1.2.
    #[must_use]
    pub fn focus(mut self, version: FocusVersion) -> Self {
        self.options.focus = version;
        self
    }

    /// Selects the table: FOCUS rows (default), or the typed columns of the report itself.
    #[must_use]
    pub fn schema(mut self, schema: TableSchema) -> Self {
        self.options.schema = schema;
        self
    }

    /// Selects the columns of the output, in this order. Default: all. Other columns are not computed. The checks of
    /// the totals do not depend on the selection, except for those of columns that are not selected. With an empty list
    /// batches have no columns, only a number of rows.
    ///
    /// Columns that [`extra_columns`](Self::extra_columns), [`tag_columns`](Self::tag_columns) and
    /// [`lineage`](Self::lineage) add can be named as well, whatever the order of the calls; those that are not named
    /// follow at the end.
    ///
    /// # Examples
    ///
    /// ```
    /// let csv = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,resourceTags/user:Team\n\
    ///            Usage,0.096,USD,web\n";
    /// let builder = outlay::Reader::builder().columns(["x_Tag_Team", "BilledCost"]).tag_columns(["Team"]);
    /// let batch = builder.read_from("report.csv", csv.as_bytes())?.next().unwrap()?;
    /// assert_eq!(batch.schema().field(0).name(), "x_Tag_Team");
    /// # Ok::<(), outlay::Error>(())
    /// ```
    #[must_use]
    pub fn columns<T: Into<String>>(mut self, columns: impl IntoIterator<Item = T>) -> Self {
        self.options.columns = Some(texts(columns));
        self
    }

    /// Adds columns of the report to the output, by any of their names. Their output name is `x_` and their CUR 2.0
    /// name. Money is decimal, times are timestamps, all others are text. For a column that the report does not have see
    /// [`on_no_match`](Self::on_no_match).
    #[must_use]
    pub fn extra_columns<T: Into<String>>(mut self, columns: impl IntoIterator<Item = T>) -> Self {
        self.options.extra_columns = texts(columns);
        self
    }

    /// Adds a text column per tag, by its key in Tags or as the report spells it: `Team`, `user:Team`,
    /// `resourceTags/user:Team`, `resource_tags_user_team`. Its name is `x_Tag_` and the key without these prefixes:
    /// `x_Tag_Team`.
    ///
    /// Keys are compared exactly: `Team` and `team` are two tags. A report in the spelling of Athena does not have the
    /// original keys (CUR 2.0 without the column `tags`, and legacy Parquet reports). There `Team` also finds `team`, and
    /// `user_team` finds it as well if the row has no tag `user_team`. For a tag that no row has see
    /// [`on_no_match`](Self::on_no_match).
    #[must_use]
    pub fn tag_columns<T: Into<String>>(mut self, keys: impl IntoIterator<Item = T>) -> Self {
        self.options.tag_columns = texts(keys);
        self
    }

    /// Sets account names by id, for BillingAccountName and SubAccountName where the report has none. An id is a text of
    /// 12 digits.
    #[must_use]
    pub fn account_names<K: Into<String>, V: Into<String>>(mut self, names: impl IntoIterator<Item = (K, V)>) -> Self {
        let names: HashMap<String, String> = names.into_iter().map(|(id, name)| (id.into(), name.into())).collect();
        self.options.account_names = Arc::new(names);
        self
    }

    /// Selects billing periods, like `2026-09`, as text or as [`BillingPeriod`](crate::BillingPeriod). Default: all. Line
    /// items of other periods are left out and counted. For a month that the report does not have see
    /// [`on_no_match`](Self::on_no_match).
    #[must_use]
    pub fn periods<T: Into<String>>(mut self, periods: impl IntoIterator<Item = T>) -> Self {
        self.options.periods = texts(periods);
        self
    }

    /// Sets the number of threads. Default: one per core. With 1, the calling thread does all work. With 2 or 3, one
    /// thread decodes and the calling thread maps. With 4 or more, parts are read in parallel; batches keep the order
    /// of the report.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.options.threads = threads;
        self
    }

    /// Sets the maximum number of rows of a batch. Default: 8,192.
    #[must_use]
    pub fn batch_rows(mut self, rows: usize) -> Self {
        self.options.batch_rows = rows;
        self
    }

    /// Sets the encoding of key-value columns: Arrow maps (default) or JSON text.
    #[must_use]
    pub fn maps(mut self, maps: MapEncoding) -> Self {
        self.options.maps = maps;
        self
    }

    /// Sets the encoding of text columns. Default: `Utf8`. Keys and values of maps are always `Utf8`.
    #[must_use]
    pub fn text(mut self, text: TextEncoding) -> Self {
        self.options.text = text;
        self
    }

    /// Sets the type of decimal columns: money, prices and quantities. Default: exact decimals with 18 places.
    ///
    /// It applies to every decimal column of the output, including those of extra columns and of the closing batch.
    /// Totals and checks are exact with each of them. A number that is out of range of a narrower decimal is an
    /// [`Error::Value`](crate::Error::Value) for its record, see [`ReaderBuilder::on_error`].
    ///
    /// # Examples
    ///
    /// ```
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
    /// use arrow::array::AsArray;
    /// use arrow::datatypes::Float64Type;
    /// use outlay::{DecimalEncoding, Reader};
    ///
    /// let mut reader = Reader::builder().columns(["BilledCost"]).decimals(DecimalEncoding::Float64).read(folder)?;
    /// let mut sum = 0.0;
    /// for batch in &mut reader {
    ///     sum += batch?["BilledCost"].as_primitive::<Float64Type>().values().iter().sum::<f64>();
    /// }
    /// assert!((sum - 800.2936682272).abs() < 1e-9);
    /// assert_eq!(reader.totals().costs()["USD"].billed.to_string(), "800.2936682272");
    /// # Ok::<(), outlay::Error>(())
    /// ```
    #[must_use]
    pub fn decimals(mut self, decimals: DecimalEncoding) -> Self {
        self.options.decimals = decimals.canonical();
        self
    }

    /// Returns exact batches all the same. For callers that need them, and that convert batches with
    /// [`Reader::convert`].
    #[cfg(feature = "cli")]
    pub(crate) fn convert_later(mut self) -> Self {
        self.options.converts_later = true;
        self
    }

    /// Sets what happens to a record that cannot be decoded or mapped. Default: stop.
    #[must_use]
    pub fn on_error(mut self, on_error: OnError) -> Self {
        self.options.on_error = Some(on_error);
        self
    }

    /// Sets a CSV file for the records that are set aside. `on_error` is then quarantine; stop is an
    /// [`Error::Option`](crate::Error::Option).
    ///
    /// The file is written under a temporary name, like the files of sinks, and moved to its path at the end of the
    /// read, even if it has no records. If the read fails or the reader is dropped before its end, the file is moved
    /// only if it has records, so that they are not lost; otherwise an older file stays. The path must not be a file of
    /// the report, which is an [`Error::Option`](crate::Error::Option).
    #[must_use]
    pub fn quarantine_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.options.quarantine_file = Some(path.into());
        self
    }

    /// Sets what happens to an unknown line item type. Default: warn.
    #[must_use]
    pub fn on_unknown_type(mut self, on_unknown_type: OnUnknownType) -> Self {
        self.options.on_unknown_type = on_unknown_type;
        self
    }

    /// Sets what happens to a cost that is unknown, because the report lacks a cell that it is computed from. Default:
    /// the cost is null and the totals are unproven.
    ///
    /// # Examples
    ///
    /// ```
    /// let csv = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\nUsage,,USD\n";
    /// let mut reader = outlay::Reader::builder().read_from("report.csv", csv.as_bytes())?;
    /// let batch = reader.next().unwrap()?;
    /// assert_eq!(batch["BilledCost"].null_count(), 1);
    /// assert_eq!(reader.totals().unknown_rows()["USD"].billed, 1);
    ///
    /// let strict = outlay::Reader::builder().on_unknown(outlay::OnUnknown::Stop);
    /// let error = strict.read_from("report.csv", csv.as_bytes())?.next().unwrap().unwrap_err();
    /// assert_eq!(error.code(), "OUTLAY_UNKNOWN_COST");
    /// # Ok::<(), outlay::Error>(())
    /// ```
    #[must_use]
    pub fn on_unknown(mut self, on_unknown: OnUnknown) -> Self {
        self.options.on_unknown = on_unknown;
        self
    }

    /// Sets what happens if the report does not have a tag, an extra column or a month that is asked for by name. Default:
    /// a warning at the end of the read, with similar names and those that there are.
    ///
    /// # Examples
    ///
    /// ```
    /// let csv = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,resourceTags/user:Team\n\
    ///            Usage,0.096,USD,web\n";
    /// let builder = outlay::Reader::builder().tag_columns(["user:teem"]);
    /// let mut reader = builder.clone().read_from("report.csv", csv.as_bytes())?;
    /// for batch in &mut reader { batch?; }
    /// let warning = reader.warnings().into_iter().find(|warning| warning.code == "tags_absent").unwrap();
    /// assert!(warning.message.contains("did you mean `Team`?"));
    ///
    /// let strict = builder.on_no_match(outlay::OnNoMatch::Stop);
    /// let error = strict.read_from("report.csv", csv.as_bytes())?.find_map(Result::err).unwrap();
    /// assert_eq!(error.candidates(), Some(&["Team".to_owned()][..]));
    /// # Ok::<(), outlay::Error>(())
    /// ```
    #[must_use]
    pub fn on_no_match(mut self, on_no_match: OnNoMatch) -> Self {
        self.options.on_no_match = on_no_match;
        self
    }

    /// Sets what happens to Savings Plan negations. Default: drop.
    #[must_use]
    pub fn negation(mut self, negation: NegationPolicy) -> Self {
        self.options.negation = negation;
        self
    }

    /// Sets the time up to which hours of commitments count as unused: a [`Timestamp`](crate::Timestamp), or a text
    /// like `2026-09-15T06:00:00Z`. Default: the time of the delivery in its manifest or folder. Without it, future hours
    /// count as unused, with a warning.
    #[must_use]
    pub fn as_of(mut self, instant: impl Into<String>) -> Self {
        self.options.as_of = Some(instant.into());
        self
    }

    /// Sets how keys of tags are spelled. Default: exactly as in the report.
    #[must_use]
    pub fn tag_policy(mut self, policy: TagPolicy) -> Self {
        self.options.tag_policy = policy;
        self
    }

    /// Adds columns with the origin of each row: `x_SourceObject`, `x_SourceRow`, `x_DeliveryId`. Default: false.
    #[must_use]
    pub fn lineage(mut self, lineage: bool) -> Self {
        self.options.lineage = lineage;
        self
    }

    /// Sets the maximum size of a record, in bytes. The read stops at a longer one. Default: 16 MiB.
    #[must_use]
    pub fn record_bytes(mut self, bytes: usize) -> Self {
        self.options.limits.record_bytes = bytes;
        self
    }

    /// Sets the number of bytes that are decompressed and decoded at a time. Default: 256 KiB, which fits the cache of
    /// a core. Rows and totals do not depend on it.
    #[must_use]
    pub fn block_bytes(mut self, bytes: usize) -> Self {
        self.options.limits.block_bytes = bytes;
        self
    }

    /// Sets the maximum number of columns of a header. The read stops at a wider one. Default: 32,768.
    #[must_use]
    pub fn max_columns(mut self, columns: usize) -> Self {
        self.options.limits.columns = columns;
        self
    }

    /// Sets the expected size of the object in bytes, before decompression, as known from a manifest or a content
    /// length. Another size is an [`Error::Size`](crate::Error::Size). Only for reads of one object, such as
    /// [`ReaderBuilder::read_from`] and [`ReaderBuilder::decoder`]. Default: any size.
    ///
    /// # Examples
    ///
    /// ```
    /// let csv = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\nUsage,0.096,USD\n";
    /// let builder = outlay::Reader::builder().expected_bytes(1_000);
    /// let error = builder.read_from("report.csv", csv.as_bytes())?.next().unwrap().unwrap_err();
    /// assert_eq!(error.to_string(), "report.csv: the object has 83 bytes, not the 1000 that were expected; copy it again");
    /// # Ok::<(), outlay::Error>(())
    /// ```
    #[must_use]
    pub fn expected_bytes(mut self, bytes: u64) -> Self {
        self.options.expected_bytes = Some(bytes);
        self
    }

    /// Sets the most bytes that [`ReaderBuilder::open_stream`] keeps in a temporary file. Default: 4 GiB.
    #[must_use]
    pub fn spool_bytes(mut self, bytes: u64) -> Self {
        self.options.spool_bytes = bytes;
        self
    }

    /// Stops the read with [`Error::Stopped`](crate::Error::Stopped) once `ask` returns true. `ask` is called on the
    /// calling thread: between blocks, and about every 50 ms while it waits for another thread. Default: never. A
    /// [`Decoder`](crate::Decoder) does not call it.
    ///
    /// # Examples
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

    /// Checks the options, as all methods that open a report do. For callers that open a report later.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] with the name of the option that is invalid.
    ///
    /// # Examples
    ///
    /// ```
    /// let error = outlay::Reader::builder().threads(0).validate().unwrap_err();
    /// assert_eq!(error.to_string(), "option `threads`: it must be at least 1");
    /// ```
    pub fn validate(&self) -> Result<()> {
        self.options.validate()
    }

    /// Returns the schema that all batches of a read with these options have, without opening a report. With
    /// [`TableSchema::Cur`] it depends on the report, see [`ReaderBuilder::table_schema_of`].
    ///
    /// # Errors
    ///
    /// [`Error::Option`] if an option is invalid, or the schema depends on the report.
    ///
    /// # Examples
    ///
    /// ```
    /// let schema = outlay::Reader::builder().columns(["BilledCost", "Tags"]).table_schema()?;
    /// assert_eq!(schema.field(1).name(), "Tags");
    /// # Ok::<(), outlay::Error>(())
    /// ```
    pub fn table_schema(&self) -> Result<SchemaRef> {
        if self.options.schema == TableSchema::Cur {
            let reason = "the columns of the schema `cur` are those of a report: plan one, and call `table_schema_of`";
            return Err(Error::Option { option: "schema", reason: reason.to_owned() });
        }
        self.options.validate()?;
        schema_of(&self.options, &[])
    }

    /// Returns the schema that all batches of the parts of a plan have with these options, without opening a part.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] if an option is invalid, or the plan was made with other options.
    ///
    /// # Examples
    ///
    /// ```
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
    /// let builder = outlay::Reader::builder().schema(outlay::TableSchema::Cur);
    /// let plan = builder.clone().plan(folder)?;
    /// assert!(builder.table_schema_of(&plan)?.column_with_name("line_item_unblended_cost").is_some());
    /// # Ok::<(), outlay::Error>(())
    /// ```
    pub fn table_schema_of(&self, plan: &Plan) -> Result<SchemaRef> {
        self.options.validate()?;
        let first = plan.parts.first();
        first.map_or(Ok(()), |part| self.options.match_part(part))?;
        schema_of(&self.options, first.map_or(&[], |part| &part.columns))
    }

    /// Adds account names, without replacing those set by the caller.
    #[cfg(feature = "fetch")]
    pub(crate) fn default_account_names(mut self, names: BTreeMap<String, String>) -> Self {
        if !names.is_empty() {
            self.options.own_account_names.get_or_insert_with(|| Arc::clone(&self.options.account_names));
            let known = Arc::make_mut(&mut self.options.account_names);
            for (id, name) in names {
                known.entry(id).or_insert(name);
            }
        }
        self
    }

    /// Returns the selected billing periods; all if empty.
    #[cfg(feature = "fetch")]
    pub(crate) fn wanted_periods(&self) -> Result<Vec<BillingPeriod>> {
        self.options.billing_periods()
    }

    /// Returns the stop signal of the caller.
    #[cfg(feature = "fetch")]
    pub(crate) fn stop(&self) -> Stop {
        self.options.stop.clone()
    }

    /// Adds another stop signal.
    #[cfg(feature = "fetch")]
    pub(crate) fn or_stopped(mut self, stop: Stop) -> Self {
        self.options.stop = self.options.stop.or(stop);
        self
    }

    /// Returns the schema of FOCUS rows; `None` with the schema `cur`, which depends on the report.
    pub(super) fn focus_schema(&self) -> Result<Option<SchemaRef>> {
        match self.options.schema {
            TableSchema::Focus => Ok(Some(Arc::clone(self.options.table()?.schema()))),
            TableSchema::Cur => Ok(None),
        }
    }

    /// Completes a plan with the columns of its parts, if the schema needs them, and with the options.
    pub(super) fn with_columns(&self, mut plan: Plan, source: &dyn Source) -> Result<Plan> {
        if self.options.schema == TableSchema::Cur {
            plan = with_columns(plan, source, &self.options, &mut 0)?;
        }
        Ok(plan.signed(&self.options.fingerprint()))
    }

    /// Starts to read a plan with the source of its parts.
    pub(crate) fn start(self, mut plan: Plan, source: Arc<dyn Source>, is_whole: bool) -> Result<Reader> {
        self.options.validate()?;
        self.options.refuse_absent_months(&plan)?;
        if self.options.expected_bytes.is_some() && plan.parts.len() != 1 {
            let reason = format!("it is the size of one object, and the report has {}", plan.parts.len());
            return Err(Error::Option { option: "expected_bytes", reason });
        }
        let mut columns = Vec::new();
        if self.options.schema == TableSchema::Cur {
            if plan.parts.first().is_some_and(|part| part.columns.is_empty()) {
                plan = with_columns(plan, &*source, &self.options, &mut 0)?;
            }
            columns = plan.parts.first().map(|part| part.columns.clone()).unwrap_or_default();
        }
        let schema = schema_of(&self.options, &columns)?;
        Reader::new(self.options, (schema, columns), plan, source, is_whole)
    }
}

/// Returns the schema of the output. `columns` are those of the report, with the schema `cur`.
fn schema_of(options: &Options, columns: &[String]) -> Result<SchemaRef> {
    match options.schema {
        TableSchema::Focus => Ok(Arc::clone(options.table()?.schema())),
        TableSchema::Cur => {
            let table = cur_table(options, columns, &Layout::default())?;
            Ok(Arc::clone(table.schema()))
        }
    }
}
