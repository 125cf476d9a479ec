//! Options of a read, and what depends on them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use crate::csv::records::Limits;
use crate::csv::scan::vector::InstructionSet;
use crate::decode::accounts;
use crate::decode::assemble::Wanted;
use crate::decode::tags::TagColumn;
use crate::error::{Error, Result, clip};
use crate::normalize::apply::Table;
use crate::normalize::column::{ColumnSource, Lineage, OutputColumn};
use crate::normalize::columns;
use crate::normalize::formulas::MONEY_CELLS;
use crate::normalize::range::Range;
use crate::normalize::select::Choice;
use crate::report::layout::{key_of_tag_column, known as known_column, value_type_of};
use crate::report::part::{BillingPeriod, Part, Plan};
use crate::schema::cur::{Cur, Family, ValueType, athena_name, folded};
use crate::schema::encoding::{DecimalEncoding, MapEncoding, TagPolicy, TextEncoding};
use crate::schema::focus::{Focus, FocusVersion, Type};
use crate::totals::Totals;
use crate::totals::asked::{Asked, AskedFor, Unmatched, is_of_absent_months};
use crate::value::fingerprint::{Fingerprint, version_of};
use crate::value::near::nearest;
use crate::value::stop::Stop;
use crate::value::timestamp::{self, Timestamp};
use crate::value::warning::listed;
use crate::value::words::option_words;

/// The table that a read returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TableSchema {
    /// FOCUS rows.
    #[default]
    Focus,
    /// The columns of the report itself, typed, with their CUR 2.0 names and without the mapping to FOCUS.
    Cur,
}

/// What happens to a record that cannot be decoded or mapped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnError {
    /// The read stops with the error. No batch with the record is returned.
    #[default]
    Stop,
    /// The record is set aside with its error, see [`Quarantined`](crate::Quarantined), and counted. The totals are
    /// then unproven.
    Quarantine,
}

/// What happens to an unknown line item type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnUnknownType {
    /// Its rows have the ChargeCategory Adjustment, with a warning.
    #[default]
    Warn,
    /// The row is an error, see [`OnError`].
    Stop,
}

/// What happens to a cost that is unknown, because the report lacks a cell that it is computed from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnUnknown {
    /// The cost is null. The totals count the row and are unproven.
    #[default]
    Null,
    /// The row is an error, see [`OnError`].
    Stop,
}

/// What happens if a tag, an extra column or a month that is asked for by name is not in the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnNoMatch {
    /// The read has a warning with similar names and those that there are: `tags_absent`, `extra_columns_absent`,
    /// `periods_absent`.
    #[default]
    Warn,
    /// It is an [`Error::NoMatch`]: for months that a plan does not have when the report is opened, otherwise at the end
    /// of the read, in place of its last batch.
    Stop,
}

/// What happens to Savings Plan negations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum NegationPolicy {
    /// Negations are dropped and covered usage is billed 0. The residual of the two is checked and returned in the
    /// closing batch.
    #[default]
    Drop,
    /// Both are kept with their cash, as in the report.
    Keep,
}

option_words!(TableSchema, "schema": "focus" => Focus, "cur" => Cur);
option_words!(OnError, "on_error": "stop" => Stop, "quarantine" => Quarantine);
option_words!(OnUnknownType, "on_unknown_type": "warn" => Warn, "stop" => Stop);
option_words!(OnUnknown, "on_unknown": "null" => Null, "stop" => Stop);
option_words!(OnNoMatch, "on_no_match": "warn" => Warn, "stop" => Stop);
option_words!(NegationPolicy, "negation": "drop" => Drop, "keep" => Keep);

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) focus: FocusVersion,
    pub(crate) schema: TableSchema,
    pub(crate) columns: Option<Vec<String>>,
    /// Exactly these columns of those that the other options select, in this order.
    pub(crate) projection: Option<Vec<String>>,
    pub(crate) extra_columns: Vec<String>,
    pub(crate) tag_columns: Vec<String>,
    pub(crate) account_names: Arc<HashMap<String, String>>,
    /// The names set by the caller, if names found by a connector were added to `account_names`.
    pub(crate) own_account_names: Option<Arc<HashMap<String, String>>>,
    pub(crate) periods: Vec<String>,
    pub(crate) threads: usize,
    pub(crate) batch_rows: usize,
    pub(crate) maps: MapEncoding,
    pub(crate) text: TextEncoding,
    /// In its canonical form.
    pub(crate) decimals: DecimalEncoding,
    /// Whether the caller converts decimals itself, because it also needs the exact ones.
    pub(crate) converts_later: bool,
    /// `None` if the caller did not set it, see [`Options::on_error`].
    pub(crate) on_error: Option<OnError>,
    pub(crate) on_unknown_type: OnUnknownType,
    pub(crate) on_unknown: OnUnknown,
    pub(crate) on_no_match: OnNoMatch,
    pub(crate) negation: NegationPolicy,
    pub(crate) as_of: Option<String>,
    pub(crate) tag_policy: TagPolicy,
    pub(crate) lineage: bool,
    pub(crate) quarantine_file: Option<PathBuf>,
    pub(crate) limits: Limits,
    /// Bytes of the object, before decompression.
    pub(crate) expected_bytes: Option<u64>,
    /// The most bytes of a stream that are kept in a temporary file.
    pub(crate) spool_bytes: u64,
    pub(crate) stop: Stop,
    /// The best that the processor supports; tests select others.
    pub(crate) scan: InstructionSet,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            focus: FocusVersion::default(),
            schema: TableSchema::default(),
            columns: None,
            projection: None,
            extra_columns: Vec::new(),
            tag_columns: Vec::new(),
            account_names: Arc::default(),
            own_account_names: None,
            periods: Vec::new(),
            threads: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            batch_rows: 8_192,
            maps: MapEncoding::default(),
            text: TextEncoding::default(),
            decimals: DecimalEncoding::default(),
            converts_later: false,
            on_error: None,
            on_unknown_type: OnUnknownType::default(),
            on_unknown: OnUnknown::default(),
            on_no_match: OnNoMatch::default(),
            negation: NegationPolicy::default(),
            as_of: None,
            tag_policy: TagPolicy::default(),
            lineage: false,
            quarantine_file: None,
            limits: Limits::default(),
            expected_bytes: None,
            spool_bytes: 4 << 30,
            stop: Stop::default(),
            scan: InstructionSet::best(),
        }
    }
}

impl Options {
    /// Fails with [`Error::Option`] for invalid values.
    pub(crate) fn validate(&self) -> Result<()> {
        let fail = |option, reason: String| Err(Error::Option { option, reason });
        let FocusVersion::V1_2 = self.focus;
        if self.batch_rows == 0 || self.batch_rows > 1 << 24 {
            return fail("batch_rows", "it must be between 1 and 16,777,216".to_owned());
        }
        if self.threads == 0 {
            return fail("threads", "it must be at least 1".to_owned());
        }
        if self.limits.record_bytes == 0 || self.limits.record_bytes > Limits::MAX {
            return fail("record_bytes", "it must be between 1 byte and 1 GiB".to_owned());
        }
        if self.limits.block_bytes == 0 || self.limits.block_bytes > Limits::MAX {
            return fail("block_bytes", "it must be between 1 byte and 1 GiB".to_owned());
        }
        if self.limits.columns == 0 || self.limits.columns > 1 << 20 {
            return fail("max_columns", "it must be between 1 and 1,048,576".to_owned());
        }
        self.decimals.check()?;
        if self.quarantine_file.is_some() && self.on_error == Some(OnError::Stop) {
            let reason = "it needs `on_error` quarantine, but `on_error` is stop: leave one of them out";
            return fail("quarantine_file", reason.to_owned());
        }
        self.billing_periods()?;
        self.fixed_as_of()?;
        self.check_account_names()?;
        self.check_names()?;
        if self.schema == TableSchema::Focus {
            self.output_columns()?;
        } else {
            const EVERY: &str = "which has every column of the report";
            const ONLY: &str = "which has only columns of the report";
            const UNCHANGED: &str = "which has the cells of the report unchanged";
            for (option, is_default, why) in [
                ("extra_columns", self.extra_columns.is_empty(), EVERY),
                ("tag_columns", self.tag_columns.is_empty(), EVERY),
                ("lineage", !self.lineage, ONLY),
                ("account_names", self.has_no_names_of_its_own(), UNCHANGED),
                ("negation", self.negation == NegationPolicy::default(), UNCHANGED),
                ("on_unknown", self.on_unknown == OnUnknown::default(), UNCHANGED),
                ("on_unknown_type", self.on_unknown_type == OnUnknownType::default(), UNCHANGED),
                ("as_of", self.as_of.is_none(), UNCHANGED),
                ("tag_policy", self.tag_policy == TagPolicy::default(), UNCHANGED),
            ] {
                if !is_default {
                    return fail(option, format!("it cannot be used with the schema `cur`, {why}"));
                }
            }
        }
        Ok(())
    }

    /// Returns whether the caller gave no account names; a connector adds those that it finds.
    fn has_no_names_of_its_own(&self) -> bool {
        self.own_account_names.as_ref().unwrap_or(&self.account_names).is_empty()
    }

    /// Returns a hash of the options that affect rows or amounts. Options that affect only performance or the Arrow
    /// type of texts are not included, so that machines of different sizes can read one plan. Account names found by a
    /// connector are not included either.
    pub(crate) fn fingerprint(&self) -> String {
        // Every option is listed, so that a new one does not compile without a decision.
        let Self {
            focus,
            schema,
            columns,
            projection,
            extra_columns,
            tag_columns,
            account_names,
            own_account_names,
            periods,
            threads: _,
            batch_rows: _,
            maps,
            text: _,
            decimals,
            converts_later: _,
            on_error: _,
            on_unknown_type,
            on_unknown,
            on_no_match: _,
            negation,
            as_of,
            tag_policy,
            lineage,
            quarantine_file: _,
            expected_bytes: _,
            spool_bytes: _,
            limits: _,
            stop: _,
            scan: _,
        } = self;
        let mut hash = Fingerprint::new();
        hash.add("focus", focus);
        hash.add("schema", format_args!("{schema:?}"));
        hash.add_all("columns", columns.iter().map(Vec::len));
        hash.add_all("columns", columns.as_deref().unwrap_or_default().iter());
        hash.add_all("projection", projection.iter().map(Vec::len));
        hash.add_all("projection", projection.as_deref().unwrap_or_default().iter());
        hash.add_all("extra_columns", extra_columns.iter());
        hash.add_all("tag_columns", tag_columns.iter());
        let names: BTreeMap<&String, &String> = own_account_names.as_ref().unwrap_or(account_names).iter().collect();
        hash.add_all("accounts", names.keys());
        hash.add_all("account_names", names.values());
        // Order and repetition of periods do not matter.
        let periods: BTreeSet<&String> = periods.iter().collect();
        hash.add_all("periods", periods.iter());
        hash.add("maps", format_args!("{maps:?}"));
        // Unlike the type of texts it changes values, so parts with different types must not be combined.
        hash.add("decimals", decimals);
        hash.add("on_error", format_args!("{:?}", self.on_error()));
        hash.add("on_unknown_type", format_args!("{on_unknown_type:?}"));
        hash.add("on_unknown", format_args!("{on_unknown:?}"));
        hash.add("negation", format_args!("{negation:?}"));
        // The instant, independent of its notation.
        hash.add_all("as_of", as_of.iter().map(|_| self.fixed_as_of().ok().flatten().unwrap_or_default()));
        hash.add("tag_policy", format_args!("{tag_policy:?}"));
        hash.add("lineage", lineage);
        hash.text()
    }

    /// Fails for a part of a plan that was made with other options.
    pub(crate) fn match_part(&self, part: &Part) -> Result<()> {
        let what = format!("the plan of {} was made", part.identity());
        self.match_fingerprint("part", &what, part.fingerprint.as_deref())
    }

    /// Fails for data from a read with other options.
    pub(crate) fn match_fingerprint(&self, option: &'static str, what: &str, fingerprint: Option<&str>) -> Result<()> {
        let own = self.fingerprint();
        let Some(other) = fingerprint.filter(|other| *other != own) else { return Ok(()) };
        let (theirs, ours) = (version_of(other), version_of(&own));
        let reason = if theirs == ours {
            format!(
                "{what} with other options ({} there, {own} here): use the same options, only {} may differ",
                crate::error::clip(other.as_bytes()),
                "`threads`, `batch_rows`, `block_bytes`, `record_bytes`, `max_columns`, `expected_bytes`, \
                 `spool_bytes`, `text`, `on_no_match` and `quarantine_file`"
            )
        } else {
            let theirs = crate::error::clip(theirs.as_bytes());
            format!(
                "{what} by version {theirs} of outlay, but this is version {ours}: plan and read with the same version"
            )
        };
        Err(Error::Option { option, reason })
    }

    /// Returns the selected billing periods; all if empty.
    pub(crate) fn billing_periods(&self) -> Result<Vec<BillingPeriod>> {
        let named = |error| match error {
            Error::Option { reason, .. } => Error::Option { option: "periods", reason },
            error => error,
        };
        self.periods.iter().map(|period| period.parse().map_err(named)).collect()
    }

    fn fixed_as_of(&self) -> Result<Option<i64>> {
        let Some(text) = &self.as_of else { return Ok(None) };
        timestamp::parse_any(text.as_bytes()).map(Some).ok_or_else(|| Error::Option {
            option: "as_of",
            reason: format!(
                "`{}` is not an instant; expected one like 2026-09-15T06:00:00Z",
                crate::error::clip(text.as_bytes())
            ),
        })
    }

    /// Returns the options of the selection of rows, for a delivery with the given time.
    pub(crate) fn choice(&self, written: Option<Timestamp>) -> Result<Choice> {
        let starts = self.billing_periods()?.into_iter().map(|period| period.start().as_micros());
        let range = match self.schema {
            TableSchema::Focus => Range::new(self.output_columns()?, self.decimals),
            // The table checks its own columns.
            TableSchema::Cur => None,
        };
        Ok(Choice {
            keep_negation: self.negation == NegationPolicy::Keep,
            stop_at_unknown_cost: self.on_unknown == OnUnknown::Stop,
            stop_at_unknown_type: self.on_unknown_type == OnUnknownType::Stop,
            as_of: self.fixed_as_of()?.or(written.map(Timestamp::as_micros)),
            range,
            periods: starts.collect(),
        })
    }

    /// Returns what happens to a record that cannot be decoded or mapped. A quarantine file implies quarantine.
    pub(crate) fn on_error(&self) -> OnError {
        let implied = if self.quarantine_file.is_some() { OnError::Quarantine } else { OnError::default() };
        self.on_error.unwrap_or(implied)
    }

    /// Fails for account names by anything but the id of an account.
    fn check_account_names(&self) -> Result<()> {
        let is_id = |id: &str| id.len() == 12 && id.bytes().all(|digit| digit.is_ascii_digit());
        // The first one in order, so that the error is the same each time.
        let own = self.own_account_names.as_ref().unwrap_or(&self.account_names);
        let Some(wrong) = own.keys().filter(|id| !is_id(id)).min() else { return Ok(()) };
        // Spreadsheets and numbers lose leading zeros.
        let is_shortened = (9..12).contains(&wrong.len()) && wrong.bytes().all(|digit| digit.is_ascii_digit());
        let candidates: Vec<String> =
            accounts::mended(wrong).or_else(|| is_shortened.then(|| format!("{wrong:0>12}"))).into_iter().collect();
        let remedy = match candidates.first() {
            Some(id) => format!("did you mean `{id}`?"),
            None => "account ids have 12 digits, as text: {\"123412341234\": \"name\"}".to_owned(),
        };
        let reason = format!("`{}` is not the id of an account: {remedy}", clip(wrong.as_bytes()));
        Err(Error::NoMatch { option: "account_names", reason, candidates })
    }

    /// Fails for empty names of columns and tags.
    fn check_names(&self) -> Result<()> {
        let is_blank = |name: &String| name.trim().is_empty();
        let is_blank_tag = |key: &String| is_blank(&TagColumn::of(key.trim(), self.tag_policy).name);
        for (option, has_empty, example) in [
            ("columns", self.columns.iter().flatten().any(is_blank), "names of columns, such as `BilledCost`"),
            (
                "extra_columns",
                self.extra_columns.iter().any(is_blank),
                "names of columns of the report, such as `lineItem/UsageType`",
            ),
            ("tag_columns", self.tag_columns.iter().any(is_blank_tag), "keys of tags, such as `Team`"),
        ] {
            if has_empty {
                return Err(Error::Option { option, reason: format!("a name is empty; it takes {example}") });
            }
        }
        Ok(())
    }

    /// Returns the names that the report may not have.
    pub(crate) fn asked(&self) -> Result<BTreeMap<AskedFor, Asked>> {
        let mut asked = BTreeMap::new();
        let mut ask = |kind, names: Vec<String>| {
            if !names.is_empty() {
                asked.insert(kind, Asked::of(names));
            }
        };
        if self.schema == TableSchema::Focus {
            let (mut tags, mut extras) = (Vec::new(), Vec::new());
            for column in self.output_columns()? {
                match column.source {
                    ColumnSource::Tag(tag) => tags.push(tag.name),
                    ColumnSource::Extra(_, name, _) => extras.push(name),
                    ColumnSource::Focus(_) | ColumnSource::Lineage(_) => {}
                }
            }
            ask(AskedFor::Tag, tags);
            ask(AskedFor::ExtraColumn, extras);
        }
        ask(AskedFor::Period, self.billing_periods()?.iter().map(ToString::to_string).collect());
        Ok(asked)
    }

    /// Fails for names that a report does not have, with [`OnNoMatch::Stop`].
    pub(crate) fn refuse_unmatched(&self, totals: &Totals) -> Result<()> {
        if self.on_no_match == OnNoMatch::Warn {
            return Ok(());
        }
        match totals.unmatched().into_iter().next() {
            Some(unmatched) => {
                let reason = unmatched.reason();
                let Unmatched { option, candidates, .. } = unmatched;
                Err(Error::NoMatch { option, reason, candidates })
            }
            None => Ok(()),
        }
    }

    /// Fails for months that a plan does not have, with [`OnNoMatch::Stop`].
    pub(crate) fn refuse_absent_months(&self, plan: &Plan) -> Result<()> {
        match plan.warnings.iter().find(|warning| is_of_absent_months(warning)) {
            Some(absent) if self.on_no_match == OnNoMatch::Stop => Err(Error::NoMatch {
                option: "periods",
                reason: absent.message.clone(),
                candidates: plan.months.iter().map(ToString::to_string).collect(),
            }),
            _ => Ok(()),
        }
    }

    /// The error for a name in `columns` that is no column of the output.
    fn no_column(&self, name: &str, added: &[OutputColumn]) -> Error {
        let quoted = clip(name.as_bytes());
        let known =
            Focus::of(self.focus).map(|column| column.name()).chain(added.iter().map(|column| column.name.as_str()));
        let near = nearest(name, known, 3);
        let mut candidates: Vec<String> = near.iter().map(|&name| name.to_owned()).collect();
        let is_spelled_so = near.first().is_some_and(|near| {
            [Some(*near), near.strip_prefix("x_")].into_iter().flatten().any(|near| folded(near) == folded(name))
        });
        let of_report = || known_column(name).or_else(|| Cur::ALL.iter().copied().find(|cur| cur.is_short_for(name)));
        let remedy = if let Some(cur) = of_report().filter(|_| !is_spelled_so) {
            let mut made = columns::columns_of(cur);
            made.retain(|&column| Focus::of(self.focus).any(|known| known == column));
            candidates = made.iter().map(|column| column.name().to_owned()).collect();
            let decides = match candidates.len() {
                0 => "no column of FOCUS is made of it".to_owned(),
                count => {
                    let verb = if count == 1 { "is" } else { "are" };
                    format!("of FOCUS, {} {verb} made of it", listed(&candidates, count as u64, false))
                }
            };
            // A name without its category is none of the report.
            let whole = if known_column(name).is_some() { String::new() } else { format!(" as `{}`", cur.name()) };
            format!("it is a column of the report: add it with `extra_columns`{whole}; {decides}")
        } else if let Some(key) = key_of_tag(name) {
            let tag = TagColumn::of(&key, self.tag_policy).name;
            format!("add the tag with `tag_columns`: `{}`", clip(tag.as_bytes()))
        } else if let Some(near) = near.first() {
            format!("did you mean `{near}`?")
        } else {
            let remedy =
                "name columns as FOCUS does, columns of the report in `extra_columns`, and tags in `tag_columns`";
            candidates = Focus::of(self.focus)
                .map(|column| column.name().to_owned())
                .filter(|known| name.len() > 3 && folded(known).starts_with(&folded(name)))
                .collect();
            match candidates.len() {
                0 => remedy.to_owned(),
                count => format!("{remedy}; did you mean {}?", listed(&candidates, count as u64, false)),
            }
        };
        let reason = format!("FOCUS {} has no column `{quoted}`: {remedy}", self.focus);
        Error::NoMatch { option: "columns", reason, candidates }
    }

    /// Returns the columns that the options add to those of FOCUS.
    fn added_columns(&self) -> Vec<OutputColumn> {
        let mut columns = Vec::new();
        for (index, name) in self.extra_columns.iter().enumerate() {
            let value_type = match value_type_of(name) {
                ValueType::Text | ValueType::Map => Type::Text,
                ValueType::Decimal => Type::Decimal,
                ValueType::Time => Type::Time,
            };
            let own = Cur::by_name(name).map_or_else(|| athena_name(name), |column| column.cur2().replace('.', "_"));
            let source = ColumnSource::Extra(index, name.clone(), value_type);
            columns.push(OutputColumn { name: format!("x_{own}"), source });
        }
        for key in &self.tag_columns {
            let tag = TagColumn::of(key, self.tag_policy);
            columns.push(OutputColumn { name: format!("x_Tag_{}", tag.name), source: ColumnSource::Tag(tag) });
        }
        if self.lineage {
            for (name, lineage) in [
                ("x_SourceObject", Lineage::Object),
                ("x_SourceRow", Lineage::Row),
                ("x_DeliveryId", Lineage::Delivery),
            ] {
                columns.push(OutputColumn { name: name.to_owned(), source: ColumnSource::Lineage(lineage) });
            }
        }
        columns
    }

    /// Returns the columns of the output, in order. Indexes of extra columns follow this order.
    pub(crate) fn output_columns(&self) -> Result<Vec<OutputColumn>> {
        let focus =
            |column: Focus| OutputColumn { name: column.name().to_owned(), source: ColumnSource::Focus(column) };
        let added = self.added_columns();
        let mut columns: Vec<OutputColumn> = match &self.columns {
            None => Focus::of(self.focus).map(focus).collect(),
            Some(names) => {
                let known = |name: &String| {
                    let of_focus = Focus::by_name(name, self.focus).map(focus);
                    let of_focus = of_focus.or_else(|| added.iter().find(|column| column.name == *name).cloned());
                    of_focus.ok_or_else(|| self.no_column(name, &added))
                };
                names.iter().map(known).collect::<Result<_>>()?
            }
        };
        // Added columns that `columns` does not name follow.
        let named: BTreeSet<&String> = self.columns.iter().flatten().collect();
        columns.extend(added.iter().filter(|column| !named.contains(&column.name)).cloned());
        let mut names = BTreeSet::new();
        if let Some(twice) = columns.iter().find(|column| !names.insert(&column.name)) {
            let option = match &twice.source {
                ColumnSource::Tag(_) if !named.contains(&twice.name) => "tag_columns",
                ColumnSource::Extra(..) if !named.contains(&twice.name) => "extra_columns",
                _ => "columns",
            };
            let reason = format!("column `{}` is selected twice", twice.name);
            return Err(Error::Option { option, reason });
        }
        columns = self.project(columns)?;
        let mut extras = 0;
        for column in &mut columns {
            if let ColumnSource::Extra(index, ..) = &mut column.source {
                *index = extras;
                extras += 1;
            }
        }
        Ok(columns)
    }

    /// Returns the columns of the table of the report itself; all if `None`.
    pub(crate) fn cur_columns(&self) -> Option<&[String]> {
        self.projection.as_deref().or(self.columns.as_deref())
    }

    fn project(&self, columns: Vec<OutputColumn>) -> Result<Vec<OutputColumn>> {
        let Some(names) = &self.projection else { return Ok(columns) };
        let column = |name: &String| {
            columns.iter().find(|column| column.name == *name).cloned().ok_or_else(|| {
                let near = nearest(name, columns.iter().map(|column| column.name.as_str()), 3);
                let candidates: Vec<String> = near.into_iter().map(str::to_owned).collect();
                let meant = candidates.first().map_or_else(String::new, |near| format!(": did you mean `{near}`?"));
                let reason = format!("the report was opened without the column `{}`{meant}", clip(name.as_bytes()));
                Error::NoMatch { option: "columns", reason, candidates }
            })
        };
        names.iter().map(column).collect()
    }

    /// Returns an empty table of the output.
    pub(crate) fn table(&self) -> Result<Table> {
        let account_names = Arc::clone(&self.account_names);
        Ok(Table::new(self.output_columns()?, self.encodings(), self.batch_rows, account_names))
    }

    /// Returns the type of decimals for the totals. `None` for exact ones.
    pub(crate) fn selected_decimals(&self) -> Option<String> {
        (self.decimals != DecimalEncoding::Exact).then(|| self.decimals.to_string())
    }

    /// Returns the encodings of the columns of a table.
    pub(crate) fn encodings(&self) -> (MapEncoding, TextEncoding, DecimalEncoding) {
        let decimals = if self.converts_later { DecimalEncoding::Exact } else { self.decimals };
        (self.maps, self.text, decimals)
    }

    /// Returns the columns to decode: the cells of the output columns, and always those that amounts depend on.
    pub(crate) fn wanted(&self) -> Result<Wanted> {
        let columns = self.output_columns()?;
        let extras = columns.iter().filter_map(|column| match &column.source {
            ColumnSource::Extra(_, name, _) => Some(name.clone()),
            _ => None,
        });
        let mut wanted = Wanted::new(self.tag_policy, extras.collect());
        for &column in MONEY_CELLS {
            wanted.add(column);
        }
        for column in columns {
            match column.source {
                ColumnSource::Focus(focus) => {
                    let rule = columns::of(focus);
                    for &cell in rule.reads {
                        wanted.add(cell);
                    }
                    if let Some(family) = rule.family {
                        wanted.add_family(family);
                    }
                }
                ColumnSource::Tag(_) => wanted.add_family(Family::Tags),
                ColumnSource::Extra(..) | ColumnSource::Lineage(_) => {}
            }
        }
        // These cells decide whether quantities are normalized. A commitment with both normalized and plain units is
        // reported.
        for cell in [
            Cur::NormalizedUsageAmount,
            Cur::ReservationTotalReservedNormalizedUnits,
            Cur::ReservationUnusedNormalizedUnitQuantity,
            Cur::ReservationNormalizedUnitsPerReservation,
        ] {
            wanted.add(cell);
        }
        Ok(wanted)
    }
}

/// Returns the key of a tag that is named as another tool names its column.
fn key_of_tag(name: &str) -> Option<String> {
    let after = ["x_Tag_", "user:", "Tags.", "Tags/", "tags."].iter().find_map(|&prefix| name.strip_prefix(prefix));
    key_of_tag_column(name).or_else(|| after.map(str::to_owned))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn the_columns_of_the_output_are_those_that_the_version_has() {
        let options = Options::default();
        let columns: Vec<String> = options.output_columns().unwrap().into_iter().map(|column| column.name).collect();
        let has = |column: &&Focus| column.versions().has(FocusVersion::V1_2.release());
        let declared: Vec<&str> = Focus::ALL.iter().filter(has).map(|column| column.name()).collect();
        assert_eq!(columns, declared);
        // Of a later release, and of none.
        for name in ["ServiceProviderName", "billedcost"] {
            let options = Options { columns: Some(vec![name.to_owned()]), ..Options::default() };
            let error = options.output_columns().unwrap_err().to_string();
            assert!(error.contains(&format!("FOCUS 1.2 has no column `{name}`")), "{error}");
        }
    }
}
