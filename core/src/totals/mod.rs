//! Control totals: counts and exact sums of what came in and what went out, and the checks that compare them.
//!
//! In: what `normalize` books of each line item and each output row ([`ledger`]). Out: [`Totals`], which add up over
//! the parts of a report, travel as JSON, and say whether a read is proven. Not here: the formulas of the amounts.

mod check;
pub(crate) mod ledger;
mod merge;
pub(crate) mod row;
mod summary;
mod wire;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::check::{Check, Guards, Outcome};
pub use self::row::UnknownRows;
pub use self::summary::{Rounding, Summary};

use self::row::{Gaps, RowCosts};
use self::wire::{Version, pairs};
use crate::report::part::{Identity, Part};
use crate::schema::words::CommitmentType;
use crate::value::content::{Content, End};
use crate::value::decimal::{Decimal, RoundingLoss, Sum};
use crate::value::warning::Warning;

/// Counts and exact sums of one read, or of several parts together.
///
/// Kept while streaming, per billing period, payer, currency and line item type, and per part; the same sums per
/// invoice, sub account and commitment, as the money invariants need them. Totals that count the same are equal, wherever
/// the parts lay.
///
/// ```
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
/// let mut reader = outlay::Reader::builder().read(folder)?;
/// for batch in &mut reader { batch?; }
/// let totals = reader.totals();
/// totals.check()?;
/// println!("{} rows, {} USD", totals.rows_out(), totals.costs()["USD"].billed);
/// # Ok::<(), outlay::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct Totals {
    pub(crate) version: Version,
    /// The options of the read. `None` for totals of nothing.
    pub(crate) fingerprint: Option<String>,
    /// A hash of the plan that they were compared with. `None` where they were not.
    pub(crate) plan: Beside<Option<String>>,
    pub(crate) parts: Vec<PartTotals>,
    #[serde(with = "pairs")]
    pub(crate) groups: BTreeMap<Group, Flow>,
    #[serde(with = "pairs")]
    pub(crate) invoices: BTreeMap<Named, Flow>,
    #[serde(with = "pairs")]
    pub(crate) sub_accounts: BTreeMap<Named, Flow>,
    #[serde(with = "pairs")]
    pub(crate) commitments: BTreeMap<Named, CommitmentTotals>,
    #[serde(with = "pairs")]
    pub(crate) residuals: BTreeMap<Residual, Settled>,
    #[serde(with = "pairs")]
    pub(crate) warnings: BTreeMap<(String, String), Warning>,
    pub(crate) rules: BTreeMap<String, Rule>,
    /// Why costs are not known, with the number of rows.
    #[serde(with = "pairs")]
    pub(crate) gaps: Gaps,
    pub(crate) handed_out: HandedOut,
    pub(crate) closing_rows: u64,
}

/// What one part of a report gave.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PartTotals {
    /// The object, as the report names it.
    pub object: String,
    /// The delivery it belongs to, when the manifest says.
    pub delivery: Option<String>,
    /// Bytes of the object, compressed as it is: those of the plan; of a stream those that were read, once it is at its end.
    pub size: u64,
    /// Records of the file, the header and blank lines not counted.
    pub rows_in: u64,
    /// Rows handed out.
    pub rows_out: u64,
    /// Records set aside because they could not be understood.
    pub rows_quarantined: u64,
    /// Line items of billing periods that were not asked for.
    pub rows_filtered: u64,
    /// Blank lines between records.
    pub blank_lines: u64,
    /// Whether the part was read to its end.
    pub complete: bool,
    /// Exact sums of what was handed out, by currency.
    pub costs: BTreeMap<String, Costs>,
    /// The text of the part, once it was read to its end. Two parts that hold the same one were read twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
    pub(crate) has_net_columns: Option<bool>,
    #[serde(default, skip_serializing_if = "Beside::is_default")]
    pub(crate) origin: Beside<Origin>,
}

impl PartTotals {
    /// Those of a part of which nothing is read.
    pub(crate) fn of(part: &Part) -> Self {
        Self {
            object: part.object.clone(),
            delivery: part.delivery.clone(),
            size: part.size,
            origin: Beside(Origin { path: part.path.clone(), etag: part.etag.clone() }),
            ..Self::default()
        }
    }

    /// The part is at its end.
    pub(crate) fn end(&mut self, end: Option<End>) {
        self.complete = true;
        self.content = end.map(|end| end.content);
        if let Some(end) = end.filter(|_| self.is_stream()) {
            self.size = end.taken;
        }
    }

    /// What tells it from other parts: of a stream nothing but its name is known before, and its text at the end.
    pub(crate) fn key(&self) -> (Identity<'_>, Option<Content>) {
        (self.identity(), self.content.filter(|_| self.is_stream()))
    }

    fn is_stream(&self) -> bool {
        self.origin.0.path.is_empty()
    }

    pub(crate) fn identity(&self) -> Identity<'_> {
        Identity {
            object: &self.object,
            path: &self.origin.0.path,
            delivery: self.delivery.as_deref(),
            // That of a stream is not known before.
            size: if self.is_stream() { 0 } else { self.size },
            etag: self.origin.0.etag.as_deref(),
        }
    }
}

/// Where a part came from, which tells it from parts of other reports with the same name. Not for the summary, which ends
/// up in files: they are the same wherever the report lies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    /// Empty for a stream.
    path: String,
    etag: Option<String>,
}

/// What is known of totals beside what they count. Those that count the same are equal, wherever their parts lay, and whether
/// or not they were compared with a plan.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Beside<T>(pub(crate) T);

impl<T> PartialEq for Beside<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T: Default + PartialEq> Beside<T> {
    fn is_default(&self) -> bool {
        self.0 == T::default()
    }
}

/// The four costs of FOCUS, summed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Costs {
    /// What is on the bill.
    #[serde(rename = "BilledCost")]
    pub billed: Sum,
    /// After amortising commitments.
    #[serde(rename = "EffectiveCost")]
    pub effective: Sum,
    /// At public prices.
    #[serde(rename = "ListCost")]
    pub list: Sum,
    /// At negotiated prices.
    #[serde(rename = "ContractedCost")]
    pub contracted: Sum,
}

impl Costs {
    pub(crate) fn add(&mut self, other: &Self) {
        self.billed += other.billed;
        self.effective += other.effective;
        self.list += other.list;
        self.contracted += other.contracted;
    }

    pub(crate) fn add_row(&mut self, costs: &RowCosts) {
        let [billed, effective, list, contracted] = costs.amounts();
        self.billed += billed;
        self.effective += effective;
        self.list += list;
        self.contracted += contracted;
    }
}

/// What all sums are kept apart by.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Scope {
    /// Start of the billing period, microseconds.
    pub(crate) period: Option<i64>,
    pub(crate) payer: String,
    pub(crate) currency: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) scope: Scope,
    pub(crate) line_item_type: String,
}

/// An invoice, a sub account or a commitment.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Named {
    pub(crate) scope: Scope,
    pub(crate) name: String,
}

/// What negations and the usage they cancel are kept apart by.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Residual {
    pub(crate) scope: Scope,
    pub(crate) invoice: String,
    pub(crate) account: String,
    pub(crate) arn: String,
}

/// A sum that is due in the closing batch, and what of it was handed out there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Settled {
    pub(crate) sum: Sum,
    pub(crate) handed_out: Sum,
    /// Rows whose amount is not known: nothing can be said of the sum.
    pub(crate) unknown: u64,
}

impl Settled {
    /// Adds an amount; `None` is one that is not known.
    fn add(&mut self, amount: Option<Decimal>) {
        match amount {
            Some(amount) => self.sum += amount,
            None => self.unknown += 1,
        }
    }

    pub(crate) fn due(&self) -> Sum {
        if self.unknown == 0 { self.sum - self.handed_out } else { Sum::ZERO }
    }

    fn merge(&mut self, other: &Self) {
        self.sum += other.sum;
        self.handed_out += other.handed_out;
        self.unknown += other.unknown;
    }
}

/// What came in and what went out under one key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Flow {
    pub(crate) rows_in: u64,
    pub(crate) rows_out: u64,
    /// Negations, which the covered rows make up for.
    pub(crate) dropped_negations: u64,
    /// Fees of 0 without an unused part.
    pub(crate) dropped_zero_fees: u64,
    /// Line items that became two rows.
    pub(crate) split: u64,
    /// Rows of the closing batch.
    pub(crate) closing: u64,
    /// Cells of more than 18 decimals.
    pub(crate) rounded: u64,
    /// Rows whose net cost differs from their gross cost: a discount is in the row.
    pub(crate) discounted_rows: u64,
    /// Rows that are a discount and have no net cost.
    pub(crate) discounts_without_net: u64,
    pub(crate) billed_in: Sum,
    pub(crate) effective_in: Sum,
    pub(crate) billed_lost: RoundingLoss,
    pub(crate) effective_lost: RoundingLoss,
    /// What went out beyond the rows' own amounts: the closing rows.
    pub(crate) closing_effective: Sum,
    /// Covered usage and negations, whose cash is not handed out row by row.
    pub(crate) withheld: Sum,
    pub(crate) out: Costs,
    /// Rows that went out with a cost that is not known.
    pub(crate) unknown: UnknownRows,
    /// Line items that came in with an amortised cost that is not known.
    pub(crate) effective_unknown_in: u64,
    /// Line items whose cash is withheld, and not known.
    pub(crate) withheld_unknown: u64,
    /// Line items that are about a commitment by their type and do not name it.
    pub(crate) unnamed: u64,
    /// Line items about reservations, or that may buy one, of a file without any column of their amortised cost.
    pub(crate) older: u64,
}

impl Flow {
    fn merge(&mut self, other: &Self) {
        self.rows_in += other.rows_in;
        self.rows_out += other.rows_out;
        self.dropped_negations += other.dropped_negations;
        self.dropped_zero_fees += other.dropped_zero_fees;
        self.split += other.split;
        self.closing += other.closing;
        self.rounded += other.rounded;
        self.discounted_rows += other.discounted_rows;
        self.discounts_without_net += other.discounts_without_net;
        self.billed_in += other.billed_in;
        self.effective_in += other.effective_in;
        self.billed_lost += other.billed_lost;
        self.effective_lost += other.effective_lost;
        self.closing_effective += other.closing_effective;
        self.withheld += other.withheld;
        self.out.add(&other.out);
        self.unknown.add(&other.unknown);
        self.effective_unknown_in += other.effective_unknown_in;
        self.withheld_unknown += other.withheld_unknown;
        self.unnamed += other.unnamed;
        self.older += other.older;
    }
}

/// What is known of one commitment in one billing period.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct CommitmentTotals {
    pub(crate) kind: Option<CommitmentType>,
    /// Rows that count towards the tolerance: each amount is rounded to 10 decimals by AWS.
    pub(crate) rows: u64,
    /// Rows without a cell that the sums below are made of: they are not all there is.
    pub(crate) unknown_rows: u64,
    /// Rows of use without a gross amount, so that the quantity is not all there is.
    pub(crate) unknown_quantities: u64,
    /// Whether a fee is of a report without a column for invoices.
    pub(crate) without_invoice_column: bool,
    /// Hours of use and hours that are reserved, which count towards the tolerance of a reservation.
    pub(crate) used_hours: Sum,
    pub(crate) reserved_hours: Sum,
    /// Unused fees of hours that had not begun when the report was written, and are not handed out.
    pub(crate) cut: Sum,
    /// What went unused by the report in a month without an invoice, when the time of the delivery is not known.
    pub(crate) unused_undated: Sum,
    /// Whether there is such a month.
    pub(crate) is_undated: bool,
    pub(crate) used_rows: u64,
    pub(crate) negation_rows: u64,
    pub(crate) used_quantity: Sum,
    pub(crate) used_effective: Sum,
    pub(crate) unused_quantity: Sum,
    pub(crate) unused_effective: Sum,
    /// Fee rows whose period had begun.
    pub(crate) fee_rows: u64,
    /// Fee rows without an invoice: the month is not final.
    pub(crate) open_fee_rows: u64,
    pub(crate) fee_cash: Sum,
    pub(crate) committed: Sum,
    /// Net commitment; equal to `committed` without discounts.
    pub(crate) committed_net: Sum,
    pub(crate) is_net: bool,
    /// The upfront share of the month, when the report tells it.
    pub(crate) upfront_share: Option<Sum>,
    pub(crate) unamortized: bool,
    /// Whether the file tells the unused part row by row; without fee rows nothing is known.
    pub(crate) tells_unused: Option<bool>,
    /// Whether quantities were in normalised units, in plain units, or in both.
    pub(crate) normalized_units: bool,
    pub(crate) plain_units: bool,
    /// Facts of the fee row, for a closing row.
    pub(crate) account: String,
    pub(crate) invoice: String,
    pub(crate) product_code: String,
    /// The unused part from totals, where rows do not tell it.
    pub(crate) rest_handed_out: Sum,
}

impl CommitmentTotals {
    fn merge(&mut self, other: &Self) {
        self.kind = self.kind.or(other.kind);
        self.rows += other.rows;
        self.unknown_rows += other.unknown_rows;
        self.unknown_quantities += other.unknown_quantities;
        self.without_invoice_column |= other.without_invoice_column;
        self.used_hours += other.used_hours;
        self.reserved_hours += other.reserved_hours;
        self.cut += other.cut;
        self.unused_undated += other.unused_undated;
        self.is_undated |= other.is_undated;
        self.used_rows += other.used_rows;
        self.negation_rows += other.negation_rows;
        self.used_quantity += other.used_quantity;
        self.used_effective += other.used_effective;
        self.unused_quantity += other.unused_quantity;
        self.unused_effective += other.unused_effective;
        self.fee_rows += other.fee_rows;
        self.open_fee_rows += other.open_fee_rows;
        self.fee_cash += other.fee_cash;
        self.committed += other.committed;
        self.committed_net += other.committed_net;
        self.is_net |= other.is_net;
        self.upfront_share = match (self.upfront_share, other.upfront_share) {
            (Some(mine), Some(theirs)) => Some(mine + theirs),
            (mine, theirs) => mine.or(theirs),
        };
        self.unamortized |= other.unamortized;
        self.tells_unused = match (self.tells_unused, other.tells_unused) {
            (Some(mine), Some(theirs)) => Some(mine && theirs),
            (mine, theirs) => mine.or(theirs),
        };
        self.normalized_units |= other.normalized_units;
        self.plain_units |= other.plain_units;
        for (mine, theirs) in [
            (&mut self.account, &other.account),
            (&mut self.invoice, &other.invoice),
            (&mut self.product_code, &other.product_code),
        ] {
            // Whichever part comes first: the smaller text wins, so that the order of parts does not matter.
            if mine.is_empty() || (!theirs.is_empty() && theirs < mine) {
                mine.clone_from(theirs);
            }
        }
        self.rest_handed_out += other.rest_handed_out;
    }

    /// The unused part of a reservation whose file does not tell it row by row: recurring fee + upfront share - used.
    pub(crate) fn rest(&self) -> Sum {
        let from_totals = self.kind == Some(CommitmentType::ReservedInstance)
            && self.tells_unused == Some(false)
            && self.fee_rows > 0
            && self.unknown_rows == 0
            && !self.unamortized;
        match self.upfront_share {
            Some(upfront) if from_totals => {
                let rest = self.fee_cash + upfront - self.used_effective - self.cut;
                // More was used than the hours that have gone by come to: nothing went unused so far.
                if rest < Sum::ZERO && !self.cut.is_zero() { Sum::ZERO } else { rest }
            }
            _ => Sum::ZERO,
        }
    }

    /// Used and unused parts of a reservation, hours to come included, less its fee and upfront share.
    fn reservation_difference(&self, upfront: Sum) -> Sum {
        self.used_effective + self.unused_effective + self.cut - self.fee_cash - upfront
    }

    /// AWS rounds the hourly share of an upfront fee to 8 decimals: 1e-6 + 1e-8 for each hour, in use or reserved.
    fn reservation_tolerance(&self) -> Sum {
        let hours =
            if self.used_hours.abs() > self.reserved_hours.abs() { self.used_hours } else { self.reserved_hours };
        ledger::tolerance(self.rows) + hours.times_1e_8()
    }

    pub(crate) fn rest_due(&self) -> Sum {
        self.rest() - self.rest_handed_out
    }
}

/// A rule about single rows that output batches are checked against.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rule {
    pub(crate) checked: u64,
    pub(crate) broken: u64,
    /// The first row that broke it.
    pub(crate) first: Option<String>,
}

impl Rule {
    fn merge(&mut self, other: &Self) {
        self.checked += other.checked;
        self.broken += other.broken;
        if self.first.is_none() {
            self.first.clone_from(&other.first);
        }
    }
}

/// Sums read back from the arrays that were handed out; `None` for a cost that was not asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HandedOut {
    pub(crate) rows: u64,
    pub(crate) costs: [Option<Sum>; 4],
    /// Nulls of each cost.
    pub(crate) nulls: [u64; 4],
}

impl HandedOut {
    pub(crate) fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        for (mine, theirs) in self.costs.iter_mut().zip(other.costs) {
            *mine = match (*mine, theirs) {
                (Some(mine), Some(theirs)) => Some(mine + theirs),
                (mine, theirs) => mine.or(theirs),
            };
        }
        for (mine, theirs) in self.nulls.iter_mut().zip(other.nulls) {
            *mine += theirs;
        }
    }
}

/// Subjects that one kind of warning names; the rest is counted together.
const SUBJECTS: usize = 100;

/// Adds a warning, or counts it where it was given before.
pub(crate) fn warn(
    warnings: &mut BTreeMap<(String, String), Warning>,
    code: &str,
    subject: &str,
    rows: u64,
    message: impl FnOnce() -> String,
) {
    let key = (code.to_owned(), subject.to_owned());
    if let Some(warning) = warnings.get_mut(&key) {
        warning.rows += rows;
        return;
    }
    let known = warnings.range((code.to_owned(), String::new())..).take_while(|((known, _), _)| known == code).count();
    if known < SUBJECTS {
        warnings.insert(key, Warning { rows, ..Warning::new(code, message()) });
    } else {
        let rest = warnings.entry((code.to_owned(), "\u{10FFFF}".to_owned())).or_insert_with(|| {
            Warning::new(code, format_args!("{code}: more than {SUBJECTS} different ones, counted here together"))
        });
        rest.rows += rows;
    }
}

impl Totals {
    /// The options of the read, as a plan has them, see [`Plan::fingerprint`](crate::Plan::fingerprint). `None` for totals of
    /// nothing.
    pub fn fingerprint(&self) -> Option<&str> {
        self.fingerprint.as_deref()
    }

    /// What each part gave, in the order in which they were read.
    pub fn parts(&self) -> &[PartTotals] {
        &self.parts
    }

    /// Records that were read, quarantined ones included.
    pub fn rows_in(&self) -> u64 {
        self.parts.iter().map(|part| part.rows_in).sum()
    }

    /// Rows that were handed out, those of the closing batch included.
    pub fn rows_out(&self) -> u64 {
        self.parts.iter().map(|part| part.rows_out).sum::<u64>() + self.closing_rows
    }

    /// Records that could not be understood and were set aside.
    pub fn rows_quarantined(&self) -> u64 {
        self.parts.iter().map(|part| part.rows_quarantined).sum()
    }

    /// Rows that were left out on purpose, by the rule that says so.
    pub fn rows_dropped(&self) -> BTreeMap<&'static str, u64> {
        let sum = |count: fn(&Flow) -> u64| self.groups.values().map(count).sum();
        BTreeMap::from([
            ("savings_plan_negation", sum(|flow| flow.dropped_negations)),
            ("zero_fee", sum(|flow| flow.dropped_zero_fees)),
            ("other_period", self.parts.iter().map(|part| part.rows_filtered).sum()),
        ])
    }

    /// Line items that became two rows: a fee and its unused part.
    pub fn rows_split(&self) -> u64 {
        self.groups.values().map(|flow| flow.split).sum()
    }

    /// The sums of what was handed out, by currency; amounts of different currencies are never added.
    pub fn costs(&self) -> BTreeMap<&str, Costs> {
        let mut costs = BTreeMap::<&str, Costs>::new();
        for (group, flow) in &self.groups {
            costs.entry(&group.scope.currency).or_default().add(&flow.out);
        }
        costs
    }

    /// Rows with a cost that is not known, by currency; the sums of that cost leave them out. Empty when every cost of every
    /// row is known. A negation that is not handed out counts as well: what it cancels is in BilledCost.
    pub fn unknown_rows(&self) -> BTreeMap<&str, UnknownRows> {
        let mut rows = BTreeMap::<&str, UnknownRows>::new();
        for (group, flow) in &self.groups {
            let mut unknown = flow.unknown;
            unknown.billed += flow.withheld_unknown;
            if !unknown.is_zero() {
                rows.entry(&group.scope.currency).or_default().add(&unknown);
            }
        }
        rows
    }

    /// Everything that the caller should know, and findings of the whole read.
    pub fn warnings(&self) -> Vec<Warning> {
        let mut warnings: Vec<Warning> = self.warnings.values().cloned().collect();
        warnings.extend(self.findings());
        warnings
    }
}
