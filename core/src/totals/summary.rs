//! The totals in a form for people and programs.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::row::Cost;
use super::{Check, Costs, Outcome, PartTotals, Totals, Uncompared, UnknownRows};
use crate::error::printable;
use crate::value::decimal::RoundingLoss;
use crate::value::warning::Warning;

/// Counts, costs by currency, checks and warnings of a read.
///
/// It serializes to a JSON object with decimals as exact text. Its `Display` output has the row counts, a line per
/// check, the warnings, and the outcome.
///
/// # Examples
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
    /// Records read, including quarantined ones.
    pub rows_in: u64,
    /// Rows of the output, including those of the closing batch.
    pub rows_out: u64,
    /// Records set aside because they could not be decoded.
    pub rows_quarantined: u64,
    /// Line items left out, by rule, see [`Totals::rows_dropped`].
    pub rows_dropped: BTreeMap<&'static str, u64>,
    /// Line items that became two rows.
    pub rows_split: u64,
    /// Rows of the closing batch.
    pub rows_closing: u64,
    /// Sums of the output, by currency.
    pub costs: BTreeMap<String, Costs>,
    /// Rows with an unknown cost, by currency. The sums of that cost do not include them.
    pub unknown_rows: BTreeMap<String, UnknownRows>,
    /// Losses by rounding to 18 decimal places, by currency. Only currencies with a loss.
    pub rounding: BTreeMap<String, Rounding>,
    /// The type of money, prices and quantities in the output, see [`Totals::decimals`].
    pub decimals: String,
    /// Cells of the output that the option `decimals` rounded, by column, see [`Totals::rounded_cells`].
    pub rounded_cells: BTreeMap<String, u64>,
    /// What `decimals` changed in the sums of the output, by currency, see [`Totals::decimals_difference`].
    pub decimals_difference: BTreeMap<String, Costs>,
    /// The outcome of all checks.
    pub outcome: Outcome,
    /// All checks.
    pub checks: Vec<Check>,
    /// All warnings.
    pub warnings: Vec<Warning>,
    /// The totals of each part.
    pub parts: Vec<PartTotals>,
    /// The fingerprint of the options of the read, see [`Plan::fingerprint`](crate::Plan::fingerprint).
    pub fingerprint: Option<String>,
}

/// Cells with more than 18 decimal places: their number and the exact sum of the rounding losses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Rounding {
    /// The number of cost cells that were rounded.
    pub cells: u64,
    /// The loss of BilledCost: the exact billed cost of the report is BilledCost plus this value.
    #[serde(rename = "BilledCost")]
    pub billed: RoundingLoss,
    /// The loss of EffectiveCost: the exact amortized cost of the report is EffectiveCost plus this value.
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
                writeln!(f, "  {rows} rows with an unknown {name}: its {currency} sum has only the known ones")?;
            }
        }
        for (column, cells) in &self.rounded_cells {
            writeln!(f, "  {cells} cells of {} rounded, as `decimals` selects", printable(column))?;
        }
        for (currency, difference) in &self.decimals_difference {
            for (cost, difference) in difference.not_zero() {
                let column = cost.column().name();
                writeln!(f, "  the sum of {column} in the output is changed by {difference} {}", printable(currency))?;
            }
        }
        if self.decimals == "float64" {
            writeln!(f, "  the output has doubles, whose sums are not exact; the sums of the totals are")?;
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
    /// Writes the checks that decide the outcome with their reasons, shortened to one line. The lines above have the
    /// complete text.
    fn reasons(&self, f: &mut fmt::Formatter<'_>, decides: impl Fn(&Check) -> bool) -> fmt::Result {
        const NAMED: usize = 5;
        const LONG: usize = 200;
        // Checks with one reason are named together.
        let mut reasons: Vec<(Vec<&str>, &str)> = Vec::new();
        for check in self.checks.iter().filter(|check| decides(check)) {
            match reasons.iter_mut().find(|(_, detail)| *detail == check.detail) {
                Some((codes, _)) => codes.push(&check.code),
                None => reasons.push((vec![&check.code], &check.detail)),
            }
        }
        for (index, (codes, detail)) in reasons.iter().take(NAMED).enumerate() {
            let rest = if detail.chars().nth(LONG).is_some() { "…" } else { "" };
            let detail = printable(detail.chars().take(LONG).collect::<String>());
            write!(f, "{}{}: {detail}{rest}", if index == 0 { "" } else { "; " }, codes.join(", "))?;
        }
        match reasons.iter().skip(NAMED).map(|(codes, _)| codes.len()).sum::<usize>() {
            0 => Ok(()),
            more => write!(f, "; and {more} more checks"),
        }
    }
}

impl Totals {
    /// Returns the totals in a form for people and programs. It is the same in all language bindings.
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
            decimals: self.decimals().to_owned(),
            rounded_cells: self.rounded_cells.clone(),
            decimals_difference: self.decimals_difference.clone(),
            outcome: Outcome::of(&checks),
            checks,
            warnings: self.warnings(),
            parts: self.parts.iter().map(|part| PartTotals { origin: Uncompared::default(), ..part.clone() }).collect(),
            fingerprint: self.fingerprint.clone(),
        }
    }
}
