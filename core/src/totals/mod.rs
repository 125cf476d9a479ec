//! Control totals: counts and exact sums of the input and the output of a read, and the checks that compare them.
//!
//! In: the entries that `normalize` makes for each line item and each output row ([`ledger`]). Out: [`Totals`], which
//! can be merged over the parts of a report and serialized as JSON, and whose checks tell if a read is proven. Not
//! here: how amounts are computed.

pub(crate) mod asked;
mod check;
mod findings;
mod invariants;
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

use self::asked::{Asked, AskedFor};
use self::row::{Amounts, Cost, Gaps, RowCosts};
use self::wire::pairs;
use crate::report::part::{Part, PartIdentity};
use crate::schema::words::CommitmentType;
use crate::value::content::{Content, End};
use crate::value::decimal::{Decimal, RoundingLoss, Sum};
use crate::value::version::FormVersion;
use crate::value::warning::{Subjects, Warning};

/// Counts and exact sums of one read, or of several parts.
///
/// They are kept while reading, by billing period, payer, currency and line item type, and by part. For the checks the
/// same sums are kept by invoice, sub account and commitment. Two totals with equal counts and sums are equal, even if
/// their parts were at different paths.
///
/// Totals serialize to JSON and can be merged with [`Totals::merge`]. [`Totals::summary`] has them in a form for people
/// and programs.
///
/// # Examples
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
    pub(crate) version: FormVersion<1>,
    /// The fingerprint of the options of the read. `None` for empty totals.
    pub(crate) fingerprint: Option<String>,
    /// Hash of the plan that these totals were compared with. `None` if they were not compared.
    pub(crate) plan: Uncompared<Option<String>>,
    pub(crate) parts: Vec<PartTotals>,
    /// Whether the caller ended the read, so that rows are missing that no check can find.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) ended_early: bool,
    /// Whether the rows are those of the report itself (`schema = cur`), so that no money was compared.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) is_unmapped: bool,
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
    /// Warnings about what was read, by code and description.
    pub(crate) warnings: Warnings,
    /// Warnings of the plan and of the source, by code and message.
    #[serde(with = "pairs")]
    pub(crate) told: BTreeMap<(String, String), Warning>,
    /// The wanted tags, extra columns and months.
    pub(crate) asked: BTreeMap<AskedFor, Asked>,
    pub(crate) rules: BTreeMap<String, Rule>,
    /// Reasons for unknown costs, with the number of rows.
    #[serde(with = "pairs")]
    pub(crate) gaps: Gaps,
    pub(crate) handed_out: HandedOut,
    pub(crate) closing_rows: u64,
    /// The option `decimals`, unless it is `exact`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) decimals: Option<String>,
    /// Cells that the option `decimals` rounded, by column.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) rounded_cells: BTreeMap<String, u64>,
    /// Sums of the output minus the exact sums, by currency. Only currencies with a difference.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) decimals_difference: Differences,
}

/// Sums of the output minus the exact sums, by currency.
pub(crate) type Differences = BTreeMap<String, Costs>;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// Counts and sums of one part of a report.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PartTotals {
    /// The name of the object in the report.
    pub object: String,
    /// The id of its delivery, if the manifest has one.
    pub delivery: Option<String>,
    /// Bytes of the object, before decompression. For a part of a plan, the size in the plan; for a stream, the bytes
    /// read, known at its end.
    pub size: u64,
    /// Records of the file, without the header and blank lines.
    pub rows_in: u64,
    /// Rows of the output.
    pub rows_out: u64,
    /// Records set aside because they could not be decoded.
    pub rows_quarantined: u64,
    /// Line items of billing periods other than the selected ones.
    pub rows_filtered: u64,
    /// Line items without a billing period, left out because periods are selected.
    #[serde(default)]
    pub rows_without_period: u64,
    /// Blank lines between records.
    pub blank_lines: u64,
    /// Whether the part was read to its end.
    pub complete: bool,
    /// Exact sums of the rows of the output, by currency.
    pub costs: BTreeMap<String, Costs>,
    /// Length and checksum of the uncompressed text, set once the part was read to its end. If two parts have the same
    /// content, it was read twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
    pub(crate) has_net_columns: Option<bool>,
    #[serde(default, skip_serializing_if = "Uncompared::is_default")]
    pub(crate) origin: Uncompared<Origin>,
}

impl PartTotals {
    /// The totals of a part that was not read.
    pub(crate) fn of(part: &Part) -> Self {
        Self {
            object: part.object.clone(),
            delivery: part.delivery.clone(),
            size: part.size,
            origin: Uncompared(Origin { path: part.path.clone(), etag: part.etag.clone() }),
            ..Self::default()
        }
    }

    /// Marks the part as read to its end.
    pub(crate) fn end(&mut self, end: Option<End>) {
        self.complete = true;
        self.content = end.map(|end| end.content);
        if let Some(end) = end.filter(|_| self.is_stream()) {
            self.size = end.taken;
        }
    }

    /// The key that identifies the part. Before its end a stream has only a name; at its end its content is added.
    pub(crate) fn key(&self) -> (PartIdentity<'_>, Option<Content>) {
        (self.identity(), self.content.filter(|_| self.is_stream()))
    }

    fn is_stream(&self) -> bool {
        self.origin.0.path.is_empty()
    }

    pub(crate) fn identity(&self) -> PartIdentity<'_> {
        PartIdentity {
            object: &self.object,
            path: &self.origin.0.path,
            delivery: self.delivery.as_deref(),
            // The size of a stream is not known in advance.
            size: if self.is_stream() { 0 } else { self.size },
            etag: self.origin.0.etag.as_deref(),
        }
    }
}

/// The location of a part, which distinguishes it from parts with the same name in other reports. It is not in the
/// summary, which must be the same for a report at any location.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    /// Empty for a stream.
    path: String,
    etag: Option<String>,
}

/// Data of totals that does not take part in comparisons: totals with equal counts and sums are equal, wherever their
/// parts were and whether or not they were compared with a plan.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Uncompared<T>(pub(crate) T);

impl<T> PartialEq for Uncompared<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T: Default + PartialEq> Uncompared<T> {
    fn is_default(&self) -> bool {
        self.0 == T::default()
    }
}

/// Sums of the four costs of FOCUS, in one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Costs {
    /// The amounts on the bill.
    #[serde(rename = "BilledCost")]
    pub billed: Sum,
    /// The costs after amortizing commitments.
    #[serde(rename = "EffectiveCost")]
    pub effective: Sum,
    /// The costs at public prices.
    #[serde(rename = "ListCost")]
    pub list: Sum,
    /// The costs at negotiated prices.
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

    /// Returns the sum of one cost.
    pub(crate) fn sum_of(&mut self, cost: Cost) -> &mut Sum {
        match cost {
            Cost::Billed => &mut self.billed,
            Cost::Effective => &mut self.effective,
            Cost::List => &mut self.list,
            Cost::Contracted => &mut self.contracted,
        }
    }

    /// Returns the costs whose sum is not 0.
    pub(crate) fn not_zero(mut self) -> impl Iterator<Item = (Cost, Sum)> {
        let sums = Cost::ALL.map(|cost| (cost, *self.sum_of(cost)));
        sums.into_iter().filter(|(_, sum)| !sum.is_zero())
    }

    pub(crate) fn add_row(&mut self, costs: &RowCosts) {
        let Amounts { billed, effective, list, contracted } = costs.amounts();
        self.billed += billed;
        self.effective += effective;
        self.list += list;
        self.contracted += contracted;
    }
}

/// The common part of all keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Scope {
    /// Start of the billing period, in microseconds since 1970.
    pub(crate) period: Option<i64>,
    pub(crate) payer: String,
    pub(crate) currency: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) scope: Scope,
    pub(crate) line_item_type: String,
}

/// The key of an invoice, a sub account or a commitment.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Named {
    pub(crate) scope: Scope,
    pub(crate) name: String,
}

/// The key of the residual of negations and the usage that they cancel.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Residual {
    pub(crate) scope: Scope,
    pub(crate) invoice: String,
    pub(crate) account: String,
    pub(crate) arn: String,
}

/// An amount to be returned in the closing batch, and the part of it that was returned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Settled {
    pub(crate) sum: Sum,
    pub(crate) handed_out: Sum,
    /// Rows with an unknown amount. With any of them the sum is unknown.
    pub(crate) unknown: u64,
}

impl Settled {
    /// Adds an amount; `None` if it is unknown.
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

/// Input and output counts and sums of one key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Flow {
    pub(crate) rows_in: u64,
    pub(crate) rows_out: u64,
    /// Negations that were dropped, because the covered rows cost nothing in their place.
    pub(crate) dropped_negations: u64,
    /// Fees of 0 that have no unused part.
    pub(crate) dropped_zero_fees: u64,
    /// Line items that became two rows.
    pub(crate) split: u64,
    /// Rows of the closing batch.
    pub(crate) closing: u64,
    /// Cells with more than 18 decimal places.
    pub(crate) rounded: u64,
    /// Rows whose net cost differs from their gross cost, because a discount is included.
    pub(crate) discounted_rows: u64,
    /// Rows that are a discount and have no net cost.
    pub(crate) discounts_without_net: u64,
    pub(crate) billed_in: Sum,
    pub(crate) effective_in: Sum,
    pub(crate) billed_lost: RoundingLoss,
    pub(crate) effective_lost: RoundingLoss,
    /// Effective cost of the closing rows, which has no row in the input.
    pub(crate) closing_effective: Sum,
    /// Cash of covered usage and negations, which is not returned row by row.
    pub(crate) withheld: Sum,
    pub(crate) out: Costs,
    /// Output rows with an unknown cost.
    pub(crate) unknown: UnknownRows,
    /// Line items whose amortized cost is unknown.
    pub(crate) effective_unknown_in: u64,
    /// Line items whose cash is withheld and unknown.
    pub(crate) withheld_unknown: u64,
    /// Line items whose type refers to a commitment and that do not name it.
    pub(crate) unnamed: u64,
    /// Line items of reservations, or fees that may buy one, in a file without any column of amortized reservation
    /// costs.
    pub(crate) older: u64,
}

impl Flow {
    pub(super) fn merge(&mut self, other: &Self) {
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

/// Counts and sums of one commitment in one billing period.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct CommitmentTotals {
    #[serde(rename = "kind")]
    pub(crate) commitment_type: Option<CommitmentType>,
    /// Rows that count towards the tolerance: AWS rounds each amount to 10 decimal places.
    pub(crate) rows: u64,
    /// Rows that lack a cell of the sums below, so that the sums are incomplete.
    pub(crate) unknown_rows: u64,
    /// Usage rows without a gross amount, so that the quantity is incomplete.
    pub(crate) unknown_quantities: u64,
    /// Whether a fee is in a report without an invoice column.
    pub(crate) without_invoice_column: bool,
    /// Used hours and reserved hours, which count towards the tolerance of a reservation.
    pub(crate) used_hours: Sum,
    pub(crate) reserved_hours: Sum,
    /// Unused fees of hours after the delivery of the report. They are not returned.
    pub(crate) cut: Sum,
    /// Unused amounts of a month without an invoice, if the time of the delivery is unknown.
    pub(crate) unused_undated: Sum,
    /// Whether there is such a month.
    pub(crate) is_undated: bool,
    pub(crate) used_rows: u64,
    pub(crate) negation_rows: u64,
    pub(crate) used_quantity: Sum,
    pub(crate) used_effective: Sum,
    pub(crate) unused_quantity: Sum,
    pub(crate) unused_effective: Sum,
    /// Fee rows whose period has begun.
    pub(crate) fee_rows: u64,
    /// Fee rows without an invoice: the month is not final.
    pub(crate) open_fee_rows: u64,
    pub(crate) fee_cash: Sum,
    pub(crate) committed: Sum,
    /// Net commitment; equal to `committed` without discounts.
    pub(crate) committed_net: Sum,
    pub(crate) is_net: bool,
    /// The upfront share of the month, if the report has it.
    pub(crate) upfront_share: Option<Sum>,
    pub(crate) unamortized: bool,
    /// Whether the file has the unused part row by row. `None` without fee rows.
    pub(crate) tells_unused: Option<bool>,
    /// Whether quantities are in normalized units, in plain units, or in both.
    pub(crate) normalized_units: bool,
    pub(crate) plain_units: bool,
    /// Cells of the fee row, for a closing row.
    pub(crate) account: String,
    pub(crate) invoice: String,
    pub(crate) product_code: String,
    /// The unused part computed from totals that was returned.
    pub(crate) rest_handed_out: Sum,
}

impl CommitmentTotals {
    fn merge(&mut self, other: &Self) {
        self.commitment_type = self.commitment_type.or(other.commitment_type);
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
            // The smaller text is kept, so that the result does not depend on the order of parts.
            if mine.is_empty() || (!theirs.is_empty() && theirs < mine) {
                mine.clone_from(theirs);
            }
        }
        self.rest_handed_out += other.rest_handed_out;
    }

    /// The unused part of a reservation whose file does not have it row by row: recurring fee + upfront share - used.
    pub(crate) fn rest(&self) -> Sum {
        let from_totals = self.commitment_type == Some(CommitmentType::ReservedInstance)
            && self.tells_unused == Some(false)
            && self.fee_rows > 0
            && self.unknown_rows == 0
            && !self.unamortized;
        match self.upfront_share {
            Some(upfront) if from_totals => {
                let rest = self.fee_cash + upfront - self.used_effective - self.cut;
                // The used amount exceeds the amount for the hours so far, so nothing is unused yet.
                if rest < Sum::ZERO && !self.cut.is_zero() { Sum::ZERO } else { rest }
            }
            _ => Sum::ZERO,
        }
    }

    /// Used and unused parts of a reservation, including future hours, minus its fee and upfront share.
    fn reservation_difference(&self, upfront: Sum) -> Sum {
        self.used_effective + self.unused_effective + self.cut - self.fee_cash - upfront
    }

    /// The tolerance for AWS's rounding of the hourly share of an upfront fee to 8 decimal places: 1e-6 + 1e-8 per used
    /// or reserved hour.
    fn reservation_tolerance(&self) -> Sum {
        let hours =
            if self.used_hours.abs() > self.reserved_hours.abs() { self.used_hours } else { self.reserved_hours };
        ledger::tolerance(self.rows) + hours.times_1e_8()
    }

    pub(crate) fn rest_due(&self) -> Sum {
        self.rest() - self.rest_handed_out
    }
}

/// The result of a rule for single rows, which is checked on output batches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rule {
    pub(crate) checked: u64,
    pub(crate) broken: u64,
    /// Comparisons that could not be made, because the output lacks columns for them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) skipped: u64,
    /// The first row that violates it.
    pub(crate) first: Option<String>,
}

impl Rule {
    fn merge(&mut self, other: &Self) {
        self.checked += other.checked;
        self.broken += other.broken;
        self.skipped += other.skipped;
        if self.first.is_none() {
            self.first.clone_from(&other.first);
        }
    }
}

/// Sums of the Arrow arrays of the output. `None` for a cost column that is not selected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HandedOut {
    pub(crate) rows: u64,
    pub(crate) costs: [Option<Sum>; 4],
    /// Number of nulls of each cost.
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

/// Adds numbers of cells by column.
fn add_cells(mine: &mut BTreeMap<String, u64>, theirs: &BTreeMap<String, u64>) {
    for (column, cells) in theirs {
        *mine.entry(column.clone()).or_default() += cells;
    }
}

/// Warnings by code and description.
pub(crate) type Warnings = BTreeMap<String, BTreeMap<String, Warned>>;

/// The rows and the subjects of a warning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Warned {
    rows: u64,
    subjects: Subjects,
}

/// Adds rows to a warning, and its subject if it has one. `what` describes the condition without naming the subject.
pub(crate) fn warn(
    warnings: &mut Warnings,
    code: &str,
    what: &str,
    rows: u64,
    subject: &str,
    detail: impl FnOnce() -> String,
) {
    // Most warnings are known, and then nothing is allocated.
    let known = warnings.get_mut(code).and_then(|of_code| of_code.get_mut(what));
    let warned = match known {
        Some(warned) => warned,
        None => warnings.entry(code.to_owned()).or_default().entry(what.to_owned()).or_default(),
    };
    warned.rows += rows;
    if !subject.is_empty() {
        warned.subjects.add(subject, detail);
    }
}

impl Totals {
    /// Returns the totals of a read that ended before its first row. They are partial, and [`Totals::check`] fails.
    pub fn of_no_rows() -> Self {
        Self { ended_early: true, ..Self::default() }
    }

    /// Returns the fingerprint of the options of the read, see [`Plan::fingerprint`](crate::Plan::fingerprint). `None`
    /// for empty totals.
    pub fn fingerprint(&self) -> Option<&str> {
        self.fingerprint.as_deref()
    }

    /// Returns the totals of each part, in the order in which they were read.
    pub fn parts(&self) -> &[PartTotals] {
        &self.parts
    }

    /// Returns the number of records read, including quarantined ones.
    pub fn rows_in(&self) -> u64 {
        self.parts.iter().map(|part| part.rows_in).sum()
    }

    /// Returns the number of rows in the output, including those of the closing batch.
    pub fn rows_out(&self) -> u64 {
        self.parts.iter().map(|part| part.rows_out).sum::<u64>() + self.closing_rows
    }

    /// Returns the number of records set aside because they could not be decoded.
    pub fn rows_quarantined(&self) -> u64 {
        self.parts.iter().map(|part| part.rows_quarantined).sum()
    }

    /// Returns the number of line items left out by each rule: `savings_plan_negation`, `zero_fee`, `other_period`,
    /// `unknown_period`.
    ///
    /// With [`ReaderBuilder::periods`](crate::ReaderBuilder::periods), `other_period` counts the line items of other
    /// periods, and `unknown_period` those without one, which may be of a selected period: the outcome is then
    /// [`Outcome::Partial`].
    pub fn rows_dropped(&self) -> BTreeMap<&'static str, u64> {
        let sum = |count: fn(&Flow) -> u64| self.groups.values().map(count).sum();
        BTreeMap::from([
            ("savings_plan_negation", sum(|flow| flow.dropped_negations)),
            ("zero_fee", sum(|flow| flow.dropped_zero_fees)),
            ("other_period", self.parts.iter().map(|part| part.rows_filtered).sum()),
            ("unknown_period", self.rows_without_period()),
        ])
    }

    /// Returns the number of line items left out because their billing period is unknown.
    fn rows_without_period(&self) -> u64 {
        self.parts.iter().map(|part| part.rows_without_period).sum()
    }

    /// Returns the number of line items that became two rows: a fee and its unused part.
    pub fn rows_split(&self) -> u64 {
        self.groups.values().map(|flow| flow.split).sum()
    }

    /// Returns the sums of the output by currency. Amounts of different currencies are never added.
    pub fn costs(&self) -> BTreeMap<&str, Costs> {
        let mut costs = BTreeMap::<&str, Costs>::new();
        for (group, flow) in &self.groups {
            costs.entry(&group.scope.currency).or_default().add(&flow.out);
        }
        costs
    }

    /// Returns the number of rows with an unknown cost, by currency and cost. The sums of a cost do not include them.
    /// Empty if every cost is known. A negation with an unknown amount counts as well, although it has no row: it would
    /// change BilledCost.
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

    /// Returns the number of cells that [`ReaderBuilder::decimals`](crate::ReaderBuilder::decimals) rounded, by column of
    /// the output. Empty if no cell was rounded, and for the nearest doubles. The sums of the totals are exact: they do
    /// not depend on it.
    pub fn rounded_cells(&self) -> &BTreeMap<String, u64> {
        &self.rounded_cells
    }

    /// Returns the type of money, prices and quantities in the output, see
    /// [`ReaderBuilder::decimals`](crate::ReaderBuilder::decimals): `exact`, `float64`, or one like `decimal(38,9)`.
    pub fn decimals(&self) -> &str {
        self.decimals.as_deref().unwrap_or("exact")
    }

    /// Returns what [`ReaderBuilder::decimals`](crate::ReaderBuilder::decimals) changed in the sums of the output, by
    /// currency: the sum of each cost in the output minus its exact sum, which [`Totals::costs`] has. 0 for a cost that
    /// is not in the output. Only currencies with a difference, which the warning `decimals_rounded` names too.
    ///
    /// Empty with the type `float64`, where the result of a sum depends on its order.
    ///
    /// # Examples
    ///
    /// ```
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
    /// let cents = outlay::DecimalEncoding::Decimal { precision: 18, scale: 2 };
    /// let mut reader = outlay::Reader::builder().decimals(cents).read(folder)?;
    /// for batch in &mut reader { batch?; }
    /// let totals = reader.totals();
    /// // The column BilledCost sums to 800.28.
    /// assert_eq!(totals.costs()["USD"].billed.to_string(), "800.2936682272");
    /// assert_eq!(totals.decimals_difference()["USD"].billed.to_string(), "-0.0136682272");
    /// # Ok::<(), outlay::Error>(())
    /// ```
    pub fn decimals_difference(&self) -> &BTreeMap<String, Costs> {
        &self.decimals_difference
    }

    /// Adds numbers of rounded cells, by column, and what rounding changed in the sums, by currency.
    pub(crate) fn add_rounded(&mut self, cells: &BTreeMap<String, u64>, differences: &Differences) {
        add_cells(&mut self.rounded_cells, cells);
        for (currency, difference) in differences {
            self.decimals_difference.entry(currency.clone()).or_default().add(difference);
        }
        self.decimals_difference.retain(|_, difference| *difference != Costs::default());
    }

    /// Returns the warnings of the read, including findings that only the totals show.
    pub fn warnings(&self) -> Vec<Warning> {
        let mut warnings: Vec<Warning> = self.told.values().cloned().collect();
        for (code, of_code) in &self.warnings {
            let about = |(what, warned): (&String, &Warned)| Warning {
                rows: warned.rows,
                ..Warning::about(code, what, &warned.subjects)
            };
            warnings.extend(of_code.iter().map(about));
        }
        warnings.extend(self.findings());
        warnings.extend(self.findings_about_rows());
        warnings.extend(self.asked_warnings());
        warnings
    }
}
