//! The totals as a person or a program wants to see them: one object.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::row::Cost;
use super::{Beside, Check, Costs, Outcome, PartTotals, Totals, UnknownRows};
use crate::error::printable;
use crate::value::decimal::RoundingLoss;
use crate::value::warning::Warning;

/// Counts, costs by currency, checks and warnings. Serializes to one JSON object with decimals as exact text, and prints
/// as the proof: the rows, a line for each check, the warnings, and the verdict.
///
/// ```
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
/// let mut reader = outlay::Reader::builder().read(folder)?;
/// for batch in &mut reader { batch?; }
/// let proof = reader.totals().summary().to_string();
/// assert!(proof.starts_with("174 rows in, 175 rows out\n"));
/// assert!(proof.ends_with("proven: nothing was lost, nothing doubled"));
/// # Ok::<(), outlay::Error>(())
/// ```
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// Records that were read, quarantined ones included.
    pub rows_in: u64,
    /// Rows that were handed out, those of the closing batch included.
    pub rows_out: u64,
    /// Records that could not be understood and were set aside.
    pub rows_quarantined: u64,
    /// Rows that were left out on purpose, by rule.
    pub rows_dropped: BTreeMap<&'static str, u64>,
    /// Line items that became two rows.
    pub rows_split: u64,
    /// Rows of the closing batch.
    pub rows_closing: u64,
    /// Sums of what was handed out, by currency.
    pub costs: BTreeMap<String, Costs>,
    /// Rows with a cost that is not known, by currency; the sums of that cost leave them out.
    pub unknown_rows: BTreeMap<String, UnknownRows>,
    /// What rounding to 18 decimals took away, by currency; only where it took something.
    pub rounding: BTreeMap<String, Rounding>,
    /// What the checks come to.
    pub outcome: Outcome,
    /// Every invariant, and whether it holds.
    pub checks: Vec<Check>,
    /// Everything that the caller should know.
    pub warnings: Vec<Warning>,
    /// What each part gave.
    pub parts: Vec<PartTotals>,
    /// The options of the read, as a plan has them, see [`Plan::fingerprint`](crate::Plan::fingerprint).
    pub fingerprint: Option<String>,
}

/// Cells of more than 18 decimals: how many, and the exact sum of what rounding took away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Rounding {
    /// How many cells of cost were rounded.
    pub cells: u64,
    /// The billed cost of the report is BilledCost plus this.
    #[serde(rename = "BilledCost")]
    pub billed: RoundingLoss,
    /// The amortised cost of the report is EffectiveCost plus this.
    #[serde(rename = "EffectiveCost")]
    pub effective: RoundingLoss,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} rows in, {} rows out", self.rows_in, self.rows_out)?;
        let counts = self.rows_dropped.iter().map(|(rule, count)| (format!("dropped: {rule}"), *count)).chain([
            ("split in two".to_owned(), self.rows_split),
            ("closing rows".to_owned(), self.rows_closing),
            ("quarantined".to_owned(), self.rows_quarantined),
        ]);
        for (what, count) in counts.filter(|(_, count)| *count > 0) {
            writeln!(f, "  {count} {what}")?;
        }
        for (currency, rows) in &self.unknown_rows {
            for (cost, rows) in Cost::ALL.into_iter().zip(rows.counts()).filter(|(_, rows)| *rows > 0) {
                let name = cost.column().name();
                writeln!(f, "  {rows} rows with an unknown {name}: its {currency} sum is that of the known ones")?;
            }
        }
        writeln!(f)?;
        for check in &self.checks {
            let verdict = match (check.applies, check.holds) {
                (_, false) => "BROKEN",
                (true, true) => "holds",
                (false, true) if check.is_partial() => "unknown",
                (false, true) => "-",
            };
            writeln!(f, "{verdict:>7}  {}: {}", check.code, printable(&check.detail))?;
        }
        for warning in &self.warnings {
            writeln!(f, "warning: {}", warning)?;
        }
        match self.outcome {
            Outcome::Proven => f.write_str("\nproven: nothing was lost, nothing doubled"),
            Outcome::Partial => {
                f.write_str("\npartial: no check is broken, but not everything could be compared: ")?;
                self.reasons(f, Check::is_partial)
            }
            Outcome::Unproven => {
                f.write_str("\nNOT PROVEN: ")?;
                self.reasons(f, |check| !check.holds)
            }
        }
    }
}

impl Summary {
    /// The checks that decide, each with its reason, on one line that has an end: their lines above have all of it.
    fn reasons(&self, f: &mut fmt::Formatter<'_>, decides: impl Fn(&Check) -> bool) -> fmt::Result {
        const NAMED: usize = 5;
        const LONG: usize = 200;
        let checks = || self.checks.iter().filter(|check| decides(check));
        for (index, check) in checks().take(NAMED).enumerate() {
            let detail = printable(check.detail.chars().take(LONG).collect::<String>());
            let rest = if check.detail.chars().nth(LONG).is_some() { "…" } else { "" };
            write!(f, "{}{}: {detail}{rest}", if index == 0 { "" } else { "; " }, check.code)?;
        }
        match checks().count().saturating_sub(NAMED) {
            0 => Ok(()),
            more => write!(f, "; and {more} more checks"),
        }
    }
}

impl Totals {
    /// The totals in the form that people and programs read; the same in all languages.
    pub fn summary(&self) -> Summary {
        let mut rounding = BTreeMap::<String, Rounding>::new();
        for (group, flow) in self.groups.iter().filter(|(_, flow)| flow.rounded > 0) {
            let entry = rounding.entry(group.scope.currency.clone()).or_default();
            entry.cells += flow.rounded;
            entry.billed += flow.billed_lost;
            entry.effective += flow.effective_lost;
        }
        let checks = self.checks();
        Summary {
            rows_in: self.rows_in(),
            rows_out: self.rows_out(),
            rows_quarantined: self.rows_quarantined(),
            rows_dropped: self.rows_dropped(),
            rows_split: self.rows_split(),
            rows_closing: self.closing_rows,
            costs: self.costs().into_iter().map(|(currency, costs)| (currency.to_owned(), costs)).collect(),
            unknown_rows: self.unknown_rows().into_iter().map(|(currency, rows)| (currency.to_owned(), rows)).collect(),
            rounding,
            outcome: Outcome::of(&checks),
            checks,
            warnings: self.warnings(),
            parts: self.parts.iter().map(|part| PartTotals { origin: Beside::default(), ..part.clone() }).collect(),
            fingerprint: self.fingerprint.clone(),
        }
    }
}
