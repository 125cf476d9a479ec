//! Options → a reader of a report, its plan, or a decoder.

#[cfg(feature = "fetch")]
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::columns::with_columns;
use super::reader::Reader;
use crate::error::{Error, Result};
use crate::options::{NegationPolicy, OnError, OnUnknown, OnUnknownType, Options, TableSchema};
use crate::report::layout::Layout;
#[cfg(feature = "fetch")]
use crate::report::part::BillingPeriod;
use crate::report::part::Plan;
use crate::report::source::Source;
use crate::schema::encoding::{MapEncoding, TagPolicy, TextEncoding};
use crate::schema::focus::FocusVersion;
use crate::table::cur::CurTable;
use crate::value::stop::Stop;

/// Collects options; see [`Reader::builder`].
#[derive(Clone, Debug, Default)]
pub struct ReaderBuilder {
    pub(crate) options: Options,
}

impl Reader {
    /// Options with their defaults.
    pub fn builder() -> ReaderBuilder {
        ReaderBuilder::default()
    }
}

mod sealed {
    pub trait Sealed {}
}

/// A path, or several. Only types of this crate and of the standard library implement it.
pub trait IntoPaths: sealed::Sealed {
    /// The paths, in order.
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
one_path!(&str, &String, String, PathBuf, &Path, &PathBuf);

impl<P: AsRef<Path>> sealed::Sealed for Vec<P> {}

impl<P: AsRef<Path>> IntoPaths for Vec<P> {
    fn into_paths(self) -> Vec<PathBuf> {
        self.iter().map(|path| path.as_ref().to_owned()).collect()
    }
}

impl<P: AsRef<Path>> sealed::Sealed for &Vec<P> {}

impl<P: AsRef<Path>> IntoPaths for &Vec<P> {
    fn into_paths(self) -> Vec<PathBuf> {
        self.as_slice().into_paths()
    }
}

impl<P: AsRef<Path>> sealed::Sealed for &[P] {}

impl<P: AsRef<Path>> IntoPaths for &[P] {
    fn into_paths(self) -> Vec<PathBuf> {
        self.iter().map(|path| path.as_ref().to_owned()).collect()
    }
}

impl<P: AsRef<Path>, const N: usize> sealed::Sealed for [P; N] {}

impl<P: AsRef<Path>, const N: usize> IntoPaths for [P; N] {
    fn into_paths(self) -> Vec<PathBuf> {
        self.iter().map(|path| path.as_ref().to_owned()).collect()
    }
}

fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Vec<String> {
    texts.into_iter().map(Into::into).collect()
}

impl ReaderBuilder {
    /// The version of FOCUS; default 1.2.
    #[must_use]
    pub fn focus(mut self, version: FocusVersion) -> Self {
        self.options.focus = version;
        self
    }

    /// FOCUS rows (default), or the report itself as a typed table.
    #[must_use]
    pub fn schema(mut self, schema: TableSchema) -> Self {
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
    pub fn maps(mut self, maps: MapEncoding) -> Self {
        self.options.maps = maps;
        self
    }

    /// How text columns are handed out; default `Utf8`. Keys and values of maps are always `Utf8`.
    #[must_use]
    pub fn text(mut self, text: TextEncoding) -> Self {
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
    ///
    /// It is written under a temporary name, as files of sinks are, and takes its place at the end of the read, also when
    /// no record was set aside. When the read fails or the reader is dropped before its end, it takes its place if it holds
    /// records, so that they are not lost; if it holds none, an older file stays as it is. It must be none of the files that
    /// are read, else [`Error::Option`](crate::Error::Option).
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

    /// What happens to a cost that is not known, because the report lacks a cell that it is made of; default null, and totals
    /// that are unproven.
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

    /// What happens to Savings Plan negations; default drop.
    #[must_use]
    pub fn negation(mut self, negation: NegationPolicy) -> Self {
        self.options.negation = negation;
        self
    }

    /// The instant up to which Savings Plan hours can have gone unused: a [`Timestamp`](crate::Timestamp), or a
    /// text such as `2026-09-15T06:00:00Z`. Default: when the delivery was written, as its manifest or folder says; without
    /// that there is no cut, and a warning.
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

    /// Columns above which a header stops the read; default 32,768. Records with more fields than the header are refused as
    /// any that do not fit it.
    #[must_use]
    pub fn max_columns(mut self, columns: usize) -> Self {
        self.options.limits.columns = columns;
        self
    }

    /// Bytes of the object, compressed as it is, where something else than the bytes says: a manifest, or a content length.
    /// Fewer or more of them are [`Error::Size`](crate::Error::Size). It is for a read of one object, such as
    /// [`ReaderBuilder::read_from`] and [`ReaderBuilder::decoder`]. Default: whatever comes.
    ///
    /// ```
    /// let csv = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\nUsage,0.096,USD\n";
    /// let builder = outlay::Reader::builder().expected_bytes(1_000);
    /// let error = builder.read_from("report.csv", csv.as_bytes())?.next().unwrap().unwrap_err();
    /// assert_eq!(error.to_string(), "report.csv: the object has 83 bytes, and not the 1000 that were expected");
    /// # Ok::<(), outlay::Error>(())
    /// ```
    #[must_use]
    pub fn expected_bytes(mut self, bytes: u64) -> Self {
        self.options.expected_bytes = Some(bytes);
        self
    }

    /// Ends the read with [`Error::Stopped`](crate::Error::Stopped) as soon as the answer is yes. It is asked often, a hundred times a second and
    /// more, on the thread that reads or, with `threads` of 4 and more, waits: a read whose filters leave nothing can be
    /// long without a batch. Default: never. A [`Decoder`](crate::Decoder) does not ask: stop feeding it.
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
    /// assert_eq!(error.to_string(), "option `threads`: it must be at least 1");
    /// ```
    pub fn validate(&self) -> Result<()> {
        self.options.validate()
    }

    /// Names for accounts for which the caller has given none.
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

    /// The billing periods that are wanted; empty: all.
    #[cfg(feature = "fetch")]
    pub(crate) fn wanted_periods(&self) -> Result<Vec<BillingPeriod>> {
        self.options.billing_periods()
    }

    /// Whether the caller wants no more.
    #[cfg(feature = "fetch")]
    pub(crate) fn stop(&self) -> Stop {
        self.options.stop.clone()
    }

    /// The same, which stops for another reason as well.
    #[cfg(feature = "fetch")]
    pub(crate) fn or_stopped(mut self, stop: Stop) -> Self {
        self.options.stop = self.options.stop.or(stop);
        self
    }

    /// Opens a plan, whose parts come from a source.
    pub(crate) fn open(self, mut plan: Plan, source: Arc<dyn Source>, is_whole: bool) -> Result<Reader> {
        self.options.validate()?;
        if self.options.expected_bytes.is_some() && plan.parts.len() != 1 {
            let reason = format!("it is the size of one object, and the report has {}", plan.parts.len());
            return Err(Error::Option { option: "expected_bytes", reason });
        }
        let mut columns = Vec::new();
        let schema = match self.options.schema {
            TableSchema::Focus => Arc::clone(self.options.table()?.schema()),
            TableSchema::Cur => {
                if plan.parts.first().is_some_and(|part| part.columns.is_empty()) {
                    plan = with_columns(plan, &*source, &self.options, &mut 0)?;
                }
                columns = plan.parts.first().map(|part| part.columns.clone()).unwrap_or_default();
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
        Reader::new(self.options, (schema, columns), plan, source, is_whole)
    }
}
