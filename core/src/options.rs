//! Options of a read, and what depends on them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use crate::csv::records::Limits;
use crate::csv::scan::vector::InstructionSet;
use crate::decode::assemble::Wanted;
use crate::error::{Error, Result, clip};
use crate::normalize::apply::Table;
use crate::normalize::column::{ColumnSource, Lineage, OutputColumn};
use crate::normalize::columns;
use crate::normalize::formulas::MONEY_CELLS;
use crate::normalize::range::Range;
use crate::normalize::select::Choice;
use crate::report::layout::value_type_of;
use crate::report::nearest::near;
use crate::report::part::{BillingPeriod, Part};
use crate::schema::cur::{Cur, Family, ValueType, athena_name};
use crate::schema::encoding::{DecimalEncoding, MapEncoding, TagPolicy, TextEncoding};
use crate::schema::focus::{Focus, FocusVersion, Type};
use crate::value::fingerprint::{Fingerprint, version_of};
use crate::value::stop::Stop;
use crate::value::timestamp::{self, Timestamp};

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
    pub(crate) on_error: OnError,
    pub(crate) on_unknown_type: OnUnknownType,
    pub(crate) on_unknown: OnUnknown,
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
            on_error: OnError::default(),
            on_unknown_type: OnUnknownType::default(),
            on_unknown: OnUnknown::default(),
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
        self.billing_periods()?;
        self.fixed_as_of()?;
        if self.schema == TableSchema::Focus {
            self.output_columns()?;
        } else {
            for (option, is_empty) in
                [("extra_columns", self.extra_columns.is_empty()), ("tag_columns", self.tag_columns.is_empty())]
            {
                if !is_empty {
                    return fail(
                        option,
                        "it cannot be used with the schema `cur`, which has every column of the report".to_owned(),
                    );
                }
            }
            if self.lineage {
                return fail(
                    "lineage",
                    "it cannot be used with the schema `cur`, which has only columns of the report".to_owned(),
                );
            }
        }
        Ok(())
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
            on_error,
            on_unknown_type,
            on_unknown,
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
        hash.add("on_error", format_args!("{on_error:?}"));
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
                 `spool_bytes`, `text` and `quarantine_file`"
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

    /// The error for a name that is no column of FOCUS.
    fn no_column(&self, name: &str) -> Error {
        let near = Focus::of(self.focus).filter_map(|column| {
            let distance = near(name.to_lowercase().as_bytes(), column.name().to_lowercase().as_bytes())?;
            Some((distance, column.name()))
        });
        let remedy = match near.min() {
            Some((_, column)) => format!("did you mean `{column}`?"),
            None => "name columns as FOCUS does, and columns of the report in `extra_columns`".to_owned(),
        };
        let reason = format!("FOCUS {} has no column `{}`: {remedy}", self.focus, clip(name.as_bytes()));
        Error::Option { option: "columns", reason }
    }

    /// Returns the columns of the output, in order.
    pub(crate) fn output_columns(&self) -> Result<Vec<OutputColumn>> {
        let focus =
            |column: Focus| OutputColumn { name: column.name().to_owned(), source: ColumnSource::Focus(column) };
        let mut columns: Vec<OutputColumn> = match &self.columns {
            None => Focus::of(self.focus).map(focus).collect(),
            Some(names) => {
                let known =
                    |name: &String| Focus::by_name(name, self.focus).map(focus).ok_or_else(|| self.no_column(name));
                names.iter().map(known).collect::<Result<_>>()?
            }
        };
        for (index, name) in self.extra_columns.iter().enumerate() {
            let value_type = match value_type_of(name) {
                ValueType::Text | ValueType::Map => Type::Text,
                ValueType::Decimal => Type::Decimal,
                ValueType::Time => Type::Time,
            };
            let own = Cur::by_name(name).map_or_else(|| athena_name(name), |column| column.cur2().replace('.', "_"));
            columns.push(OutputColumn { name: format!("x_{own}"), source: ColumnSource::Extra(index, value_type) });
        }
        for key in &self.tag_columns {
            columns.push(OutputColumn { name: format!("x_Tag_{key}"), source: ColumnSource::Tag(key.clone()) });
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
        let mut names = BTreeSet::new();
        match columns.iter().find(|column| !names.insert(&column.name)) {
            Some(twice) => {
                Err(Error::Option { option: "columns", reason: format!("column `{}` is selected twice", twice.name) })
            }
            None if columns.is_empty() => {
                Err(Error::Option { option: "columns", reason: "no column is selected".to_owned() })
            }
            None => self.project(columns),
        }
    }

    fn project(&self, columns: Vec<OutputColumn>) -> Result<Vec<OutputColumn>> {
        let Some(names) = &self.projection else { return Ok(columns) };
        let column = |name: &String| {
            columns.iter().find(|column| column.name == *name).cloned().ok_or_else(|| Error::Option {
                option: "columns",
                reason: format!("the report was opened without the column `{}`", clip(name.as_bytes())),
            })
        };
        names.iter().map(column).collect()
    }

    /// Returns an empty table of the output.
    pub(crate) fn table(&self) -> Result<Table> {
        let account_names = Arc::clone(&self.account_names);
        Ok(Table::new(self.output_columns()?, self.encodings(), self.batch_rows, account_names))
    }

    /// Returns the encodings of the columns of a table.
    pub(crate) fn encodings(&self) -> (MapEncoding, TextEncoding, DecimalEncoding) {
        let decimals = if self.converts_later { DecimalEncoding::Exact } else { self.decimals };
        (self.maps, self.text, decimals)
    }

    /// Returns the columns to decode: the cells of the output columns, and always those that amounts depend on.
    pub(crate) fn wanted(&self) -> Result<Wanted> {
        let mut wanted = Wanted::new(self.tag_policy, self.extra_columns.clone());
        for &column in MONEY_CELLS {
            wanted.add(column);
        }
        for column in self.output_columns()? {
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
