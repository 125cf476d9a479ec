//! What a caller can choose, and what follows from it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use crate::csv::records::Limits;
use crate::csv::scan::vector::Version;
use crate::decode::assemble::Wanted;
use crate::error::{Error, Result};
use crate::normalize::apply::Table;
use crate::normalize::column::{Content, Lineage, OutputColumn};
use crate::normalize::formulas::MONEY_CELLS;
use crate::normalize::select::Choice;
use crate::report::layout::kind_of;
use crate::report::part::{BillingPeriod, Part};
use crate::rules::columns;
use crate::schema::cur::{Cur, Family, Kind, athena_name};
use crate::schema::encoding::{MapEncoding, TagPolicy, TextEncoding};
use crate::schema::focus::{Focus, FocusVersion, Type};
use crate::value::fingerprint::{Fingerprint, version_of};
use crate::value::stop::Stop;
use crate::value::timestamp::{self, Timestamp};

/// The table that a read gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TableSchema {
    /// FOCUS rows.
    #[default]
    Focus,
    /// The report itself: the columns found, typed, under CUR 2.0's names, without any mapping.
    Cur,
}

/// What happens to a record that cannot be understood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnError {
    /// The read stops; no batch that holds the record is handed out.
    #[default]
    Stop,
    /// The record is set aside with its reason and counted; the totals say so.
    Quarantine,
}

/// What happens to a line item type that the mapping does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnUnknownType {
    /// Its rows are kept as Adjustment, with a warning.
    #[default]
    Warn,
    /// The row counts as one that cannot be understood.
    Stop,
}

/// What happens to a cost that is not known, because the report lacks a cell that it is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnUnknown {
    /// It is null in its row; the totals count the row and are unproven.
    #[default]
    Null,
    /// The row counts as one that cannot be understood.
    Stop,
}

/// What happens to Savings Plan negations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum NegationPolicy {
    /// They are dropped, covered usage is billed 0, and what the two leave over is proven and handed out at the end.
    #[default]
    Drop,
    /// Both are kept with their cash, as AWS writes them.
    Keep,
}

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) focus: FocusVersion,
    pub(crate) schema: TableSchema,
    pub(crate) columns: Option<Vec<String>>,
    pub(crate) extra_columns: Vec<String>,
    pub(crate) tag_columns: Vec<String>,
    pub(crate) account_names: Arc<HashMap<String, String>>,
    /// Those of the caller alone, where names that a connector found were added.
    pub(crate) own_account_names: Option<Arc<HashMap<String, String>>>,
    pub(crate) periods: Vec<String>,
    pub(crate) threads: usize,
    pub(crate) batch_rows: usize,
    pub(crate) maps: MapEncoding,
    pub(crate) text: TextEncoding,
    pub(crate) on_error: OnError,
    pub(crate) on_unknown_type: OnUnknownType,
    pub(crate) on_unknown: OnUnknown,
    pub(crate) negation: NegationPolicy,
    pub(crate) as_of: Option<String>,
    pub(crate) tag_policy: TagPolicy,
    pub(crate) lineage: bool,
    pub(crate) quarantine_file: Option<PathBuf>,
    pub(crate) limits: Limits,
    /// Bytes of the one object, compressed as it is.
    pub(crate) expected_bytes: Option<u64>,
    pub(crate) stop: Stop,
    /// The best that the processor has; tests ask for each.
    pub(crate) scan: Version,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            focus: FocusVersion::default(),
            schema: TableSchema::default(),
            columns: None,
            extra_columns: Vec::new(),
            tag_columns: Vec::new(),
            account_names: Arc::default(),
            own_account_names: None,
            periods: Vec::new(),
            threads: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            batch_rows: 8_192,
            maps: MapEncoding::default(),
            text: TextEncoding::default(),
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
            stop: Stop::default(),
            scan: Version::best(),
        }
    }
}

impl Options {
    /// Refuses what makes no sense.
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
            return fail("record_bytes", "from 1 byte to 1 GiB may make a record".to_owned());
        }
        if self.limits.block_bytes == 0 || self.limits.block_bytes > Limits::MAX {
            return fail("block_bytes", "from 1 byte to 1 GiB make a block".to_owned());
        }
        if self.limits.columns == 0 || self.limits.columns > 1 << 20 {
            return fail("max_columns", "from 1 to 1,048,576 columns may make a header".to_owned());
        }
        self.billing_periods()?;
        self.fixed_as_of()?;
        if self.schema == TableSchema::Focus {
            self.output_columns()?;
        } else {
            for (option, is_empty) in
                [("extra_columns", self.extra_columns.is_empty()), ("tag_columns", self.tag_columns.is_empty())]
            {
                if !is_empty {
                    return fail(option, "the table of the report itself has every column as it is".to_owned());
                }
            }
            if self.lineage {
                return fail("lineage", "the table of the report itself has only columns of the report".to_owned());
            }
        }
        Ok(())
    }

    /// What decides rows, amounts or what is handed out, as a hash. What decides only how a read goes, or in which of Arrow's
    /// types the same text comes, is not in it: a plan is read by machines of all sizes. Names that a connector found are
    /// none of the options.
    pub(crate) fn fingerprint(&self) -> String {
        // Every option is named here, so that each new one has to be decided about.
        let Self {
            focus,
            schema,
            columns,
            extra_columns,
            tag_columns,
            account_names,
            own_account_names,
            periods,
            threads: _,
            batch_rows: _,
            maps,
            text: _,
            on_error,
            on_unknown_type,
            on_unknown,
            negation,
            as_of,
            tag_policy,
            lineage,
            quarantine_file: _,
            expected_bytes: _,
            limits: _,
            stop: _,
            scan: _,
        } = self;
        let mut hash = Fingerprint::new();
        hash.add("focus", focus);
        hash.add("schema", format_args!("{schema:?}"));
        hash.add_all("columns", columns.iter().map(Vec::len));
        hash.add_all("columns", columns.as_deref().unwrap_or_default().iter());
        hash.add_all("extra_columns", extra_columns.iter());
        hash.add_all("tag_columns", tag_columns.iter());
        let names: BTreeMap<&String, &String> = own_account_names.as_ref().unwrap_or(account_names).iter().collect();
        hash.add_all("accounts", names.keys());
        hash.add_all("account_names", names.values());
        // In any order, any number of times.
        let periods: BTreeSet<&String> = periods.iter().collect();
        hash.add_all("periods", periods.iter());
        hash.add("maps", format_args!("{maps:?}"));
        hash.add("on_error", format_args!("{on_error:?}"));
        hash.add("on_unknown_type", format_args!("{on_unknown_type:?}"));
        hash.add("on_unknown", format_args!("{on_unknown:?}"));
        hash.add("negation", format_args!("{negation:?}"));
        // The instant, in whichever way it is written.
        hash.add_all("as_of", as_of.iter().map(|_| self.fixed_as_of().ok().flatten().unwrap_or_default()));
        hash.add("tag_policy", format_args!("{tag_policy:?}"));
        hash.add("lineage", lineage);
        hash.text()
    }

    /// Refuses a part of a plan that was made with other options.
    pub(crate) fn match_part(&self, part: &Part) -> Result<()> {
        let what = format!("the plan of {} was made", part.identity());
        self.match_fingerprint("part", &what, part.fingerprint.as_deref())
    }

    /// Refuses what came of a read with other options.
    pub(crate) fn match_fingerprint(&self, option: &'static str, what: &str, fingerprint: Option<&str>) -> Result<()> {
        let own = self.fingerprint();
        let Some(other) = fingerprint.filter(|other| *other != own) else { return Ok(()) };
        let (theirs, ours) = (version_of(other), version_of(&own));
        let reason = if theirs == ours {
            format!(
                "{what} with other options than these ({} there, {own} here): give both the same, only {} may differ",
                crate::error::clip(other.as_bytes()),
                "`threads`, `batch_rows`, `block_bytes`, `record_bytes`, `max_columns`, `expected_bytes`, `text` and \
                 `quarantine_file`"
            )
        } else {
            let theirs = crate::error::clip(theirs.as_bytes());
            format!("{what} by version {theirs} of outlay, and this is {ours}: plan and read with one version")
        };
        Err(Error::Option { option, reason })
    }

    /// The billing periods that are wanted; empty: all.
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
                "`{}` is not an instant; expected one such as 2026-09-15T06:00:00Z",
                crate::error::clip(text.as_bytes())
            ),
        })
    }

    /// What the selection of rows depends on, for a delivery written at an instant.
    pub(crate) fn choice(&self, written: Option<Timestamp>) -> Result<Choice> {
        let starts = self.billing_periods()?.into_iter().map(|period| period.start().as_micros());
        Ok(Choice {
            keep_negation: self.negation == NegationPolicy::Keep,
            stop_at_unknown_cost: self.on_unknown == OnUnknown::Stop,
            stop_at_unknown_type: self.on_unknown_type == OnUnknownType::Stop,
            as_of: self.fixed_as_of()?.or(written.map(Timestamp::as_micros)),
            periods: starts.collect(),
        })
    }

    /// The columns of the output, in order.
    pub(crate) fn output_columns(&self) -> Result<Vec<OutputColumn>> {
        let focus = |column: Focus| OutputColumn { name: column.name().to_owned(), content: Content::Focus(column) };
        let mut columns: Vec<OutputColumn> = match &self.columns {
            None => Focus::ALL.iter().map(|&column| focus(column)).collect(),
            Some(names) => {
                let known = |name: &String| {
                    Focus::by_name(name).map(focus).ok_or_else(|| Error::Option {
                        option: "columns",
                        reason: format!("FOCUS {} has no column `{}`", self.focus, crate::error::clip(name.as_bytes())),
                    })
                };
                names.iter().map(known).collect::<Result<_>>()?
            }
        };
        for (index, name) in self.extra_columns.iter().enumerate() {
            let kind = match kind_of(name) {
                Kind::Text | Kind::Map => Type::Text,
                Kind::Decimal => Type::Decimal,
                Kind::Time => Type::Time,
            };
            let own = Cur::by_name(name).map_or_else(|| athena_name(name), |column| column.cur2().replace('.', "_"));
            columns.push(OutputColumn { name: format!("x_{own}"), content: Content::Extra(index, kind) });
        }
        for key in &self.tag_columns {
            columns.push(OutputColumn { name: format!("x_Tag_{key}"), content: Content::Tag(key.clone()) });
        }
        if self.lineage {
            for (name, lineage) in [
                ("x_SourceObject", Lineage::Object),
                ("x_SourceRow", Lineage::Row),
                ("x_DeliveryId", Lineage::Delivery),
            ] {
                columns.push(OutputColumn { name: name.to_owned(), content: Content::Lineage(lineage) });
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
            None => Ok(columns),
        }
    }

    /// An empty table of the output.
    pub(crate) fn table(&self) -> Result<Table> {
        Ok(Table::new(self.output_columns()?, (self.maps, self.text), self.batch_rows, Arc::clone(&self.account_names)))
    }

    /// What has to be decoded: the cells of the columns, and always those that decide about money.
    pub(crate) fn wanted(&self) -> Result<Wanted> {
        let mut wanted = Wanted::new(self.tag_policy, self.extra_columns.clone());
        for &column in MONEY_CELLS {
            wanted.add(column);
        }
        for column in self.output_columns()? {
            match column.content {
                Content::Focus(focus) => {
                    let rule = columns::of(focus);
                    for &cell in rule.reads {
                        wanted.add(cell);
                    }
                    if let Some(family) = rule.family {
                        wanted.add_family(family);
                    }
                    if focus == Focus::ResourceName {
                        wanted.add_family(Family::Tags);
                    }
                }
                Content::Tag(_) => wanted.add_family(Family::Tags),
                Content::Extra(..) | Content::Lineage(_) => {}
            }
        }
        // Normalised units are known by any of these cells, and an ARN with both kinds of unit is a finding.
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
