//! The selection: the output rows of each line item, and their costs.
//!
//! In: the line items of one block. Out: the output rows, each with its row of the matrix and its four exact costs.
//! Line items are added to the ledger here; output rows are added when they are written to a batch.

use std::collections::BTreeSet;

use super::facts::FileContext;
use super::formulas::{NoAmount, Row};
use super::memo::FactCache;
use super::range::Range;
use super::shape::ChargeGroup;
use super::values::OutputRow;
use crate::decode::assemble::Rejection;
use crate::error::Error;
use crate::line_items::{LineItem, LineItems};
use crate::rules::charges;
use crate::rules::charges::{Amount, Charge, Slot};
use crate::rules::commitments::Payment;
use crate::schema::cur::{Cur, ValueType};
use crate::schema::words::{CommitmentType, ItemType};
use crate::table::narrow::OutOfRange;
use crate::totals::CommitmentTotals;
use crate::totals::ledger::{Ledger, Payer, Places, Subject};
use crate::totals::row::{Absence, Cost, Gap, RowCosts};
use crate::value::decimal::{Decimal, RoundingLoss};

/// An output row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Selected {
    /// Index of the line item in its block.
    pub(crate) row: u32,
    /// Group numbers of its bill cells and its charge cells.
    pub(crate) groups: [u32; 2],
    pub(crate) charge: &'static Charge,
    pub(crate) is_correction: bool,
    pub(crate) costs: RowCosts,
    pub(crate) places: Places,
}

/// Options of the selection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choice {
    pub(crate) keep_negation: bool,
    pub(crate) stop_at_unknown_type: bool,
    pub(crate) stop_at_unknown_cost: bool,
    pub(crate) as_of: Option<i64>,
    /// The range of the numbers of the output. `None` if it has every decimal.
    pub(crate) range: Option<Range>,
    /// Starts of the selected billing periods; all if empty.
    pub(crate) periods: BTreeSet<i64>,
}

impl Choice {
    /// Returns whether a line item is in a selected billing period, and records its period. Counts a line item that is
    /// left out.
    pub(crate) fn wants(&self, item: LineItem<'_>, ledger: &mut Ledger) -> bool {
        if self.periods.is_empty() {
            return true;
        }
        let start = item.time(Cur::BillingPeriodStartDate);
        ledger.note_period(start);
        match start {
            Some(start) if self.periods.contains(&start) => return true,
            Some(_) => ledger.part.rows_filtered += 1,
            None => ledger.part.rows_without_period += 1,
        }
        false
    }
}

/// Returns the output rows of a block, and the line items that cannot be mapped, which are not added to the ledger.
pub(crate) fn select(
    items: &LineItems,
    choice: &Choice,
    memo: &mut FactCache,
    ledger: &mut Ledger,
) -> (Vec<Selected>, Vec<Rejection>) {
    let context = FileContext::of(items, choice.keep_negation, choice.as_of);
    memo.learn(items, context);
    let mut selected = Vec::with_capacity(items.rows);
    let mut rejections = Vec::new();
    for index in (0..items.rows).filter(|&row| !items.refused[row]) {
        let item = items.row(index);
        let refuse = |error| Rejection { row: item.number(), raw: items.raw_record(index).into_owned(), error };
        if !choice.wants(item, ledger) {
            continue;
        }
        let groups = items.groups(index);
        let facts = *memo.facts(groups[1]);
        if facts.item_type == ItemType::Other && choice.stop_at_unknown_type {
            let at = Box::new(items.location(index, Some(Cur::LineItemType)));
            let text = item.text(Cur::LineItemType).unwrap_or_default();
            rejections.push(refuse(Error::UnknownType { at, text: crate::error::clip(text.as_bytes()) }));
            continue;
        }
        let row = Row { item, facts: &facts, context: &context };
        match Priced::of(row) {
            Ok(priced) if choice.stop_at_unknown_cost && priced.gaps().next().is_some() => {
                let gap = priced.gaps().next().map(|(cost, cells)| gap(items, item, cost, &cells));
                let missing = gap.map_or_else(String::new, |gap| gap.sentence(1));
                let at = Box::new(items.location(index, None));
                rejections.push(refuse(Error::UnknownCost { at, reason: missing }));
            }
            Ok(priced) => {
                if let Some(range) = &choice.range
                    && let Err(out_of_range) = priced.check(range, items, row, groups[1])
                {
                    rejections.push(refuse(out_of_range.at(items.location(index, None))));
                    continue;
                }
                let (payer, subject) = memo.keys(items, groups, ledger);
                let places = ledger.places(payer, subject);
                book(row, &priced, (payer, subject, places), ledger);
                for (cost, cells) in priced.gaps() {
                    ledger.note_gap(gap(items, item, cost, &cells));
                }
                let is_correction = row.is_correction();
                let row = index as u32;
                for &(charge, costs) in priced.rows.iter().flatten() {
                    selected.push(Selected { row, groups, charge, is_correction, costs, places });
                }
            }
            Err(TooLarge) => {
                let at = Box::new(items.location(index, None));
                let text = item.text(Cur::LineItemType).unwrap_or_default();
                let wanted = "within the range of a cost: amounts computed from the row exceed 20 digits";
                rejections.push(refuse(Error::Value { at, text: text.to_owned(), wanted }));
            }
        }
    }
    (selected, rejections)
}

/// Returns the reason for an unknown cost: the missing cell, and other cells of the amount that are missing.
fn gap(items: &LineItems, item: LineItem<'_>, cost: Cost, (missed, needs): &(Cur, &[Cur])) -> Gap {
    let is_absent = |cell: &&Cur| cell.value_type() == ValueType::Decimal && item.decimal(**cell).is_none();
    let others = needs.iter().filter(is_absent).copied().filter(|cell| cell != missed);
    let cells: Vec<Cur> = std::iter::once(*missed).chain(others).collect();
    let text = item.text(Cur::LineItemType).unwrap_or_default();
    Gap {
        line_item_type: crate::error::clip(text.as_bytes()),
        cost: cost.column().name().to_owned(),
        cells: cells.iter().map(|cell| (cell.legacy().to_owned(), cell.cur2().to_owned())).collect(),
        cell: match cells.iter().all(|&cell| items.has(cell)) {
            false => Absence::Column,
            true if cells.iter().any(|&cell| item.has_text(cell)) => Absence::Reading,
            true => Absence::Cell,
        },
    }
}

/// The error for amounts of a row that are out of range of a decimal.
struct TooLarge;

/// The result for one line item.
struct Priced {
    /// Its output rows: none, one or two, each with its four costs.
    rows: [Option<(&'static Charge, RowCosts)>; 2],
    /// The amortized cost; `None` if it is unknown.
    amortized: Option<Decimal>,
    amortized_lost: RoundingLoss,
    /// The missing cell of an unknown cash amount without an output row: that of a dropped negation.
    withheld_lacks: Option<Cur>,
}

impl Priced {
    /// Computes the rows. All errors occur here, before anything is added to the ledger.
    #[inline]
    fn of(row: Row<'_>) -> Result<Self, TooLarge> {
        let mut rows = [None; 2];
        let charges = charges::of(row.facts.item_type);
        for (slot, priced) in [Slot::Charge, Slot::Unused].into_iter().zip(&mut rows) {
            for charge in charges.iter().filter(|charge| charge.slot == slot) {
                if row.is(charge.when).map_err(|_| TooLarge)? {
                    *priced = Some((charge, costs(row, charge)?));
                    break;
                }
            }
        }
        let (amortized, amortized_lost) = match row.amortized() {
            Ok((amortized, lost)) => (Some(amortized), lost),
            Err(NoAmount::Unknown(_)) => (None, RoundingLoss::ZERO),
            Err(NoAmount::OutOfRange) => return Err(TooLarge),
        };
        if row.facts.item_type == ItemType::SavingsPlanRecurringFee {
            known(row.plan_unused_gross())?;
            known(row.plan_commitments())?;
        }
        let is_withheld = row.facts.item_type == ItemType::SavingsPlanNegation && rows[0].is_none();
        let withheld_lacks = match is_withheld.then(|| row.cash()) {
            Some(Err(NoAmount::Unknown(cell))) => Some(cell),
            _ => None,
        };
        Ok(Self { rows, amortized, amortized_lost, withheld_lacks })
    }

    /// Fails if a number of an output row is out of range.
    fn check(&self, range: &Range, items: &LineItems, row: Row<'_>, combination: u32) -> Result<(), OutOfRange> {
        let Some(charges) = &items.charges else { return Ok(()) };
        let (cells, is_correction) = (&charges.cells, row.is_correction());
        self.rows.iter().flatten().try_for_each(|&(charge, ref costs)| {
            let shape = ChargeGroup { cells, combination, facts: row.facts, charge, is_correction };
            range.check(items, &OutputRow::new(row, shape, costs))
        })
    }

    /// Returns the unknown costs, each with the missing cell and the cells that its amount needs. Includes withheld
    /// cash, which has no row.
    fn gaps(&self) -> impl Iterator<Item = (Cost, (Cur, &'static [Cur]))> {
        let unknown = self.rows.iter().flatten().filter(|(_, costs)| !costs.is_known());
        let unknown = unknown.flat_map(|&(charge, costs)| {
            let amounts = [charge.billed, charge.effective, charge.list, charge.contracted];
            let lacks = move |(cost, amount): (Cost, Amount)| Some((cost, (costs.missing(cost)?, amount.needs())));
            Cost::ALL.into_iter().zip(amounts).filter_map(lacks)
        });
        unknown.chain(self.withheld_lacks.map(|cell| (Cost::Billed, (cell, Amount::Cash.needs()))))
    }
}

/// Computes the four costs of a row of the matrix.
#[inline]
fn costs(row: Row<'_>, charge: &Charge) -> Result<RowCosts, TooLarge> {
    let mut costs = RowCosts::default();
    let list = row.amount(charge.list, Ok(Decimal::ZERO));
    for (cost, amount) in [
        (Cost::Billed, row.amount(charge.billed, list)),
        (Cost::Effective, row.amount(charge.effective, list)),
        (Cost::List, list),
        (Cost::Contracted, row.amount(charge.contracted, list)),
    ] {
        match amount {
            Ok(amount) => costs.set(cost, Ok(amount)),
            Err(NoAmount::Unknown(cell)) => costs.set(cost, Err(cell)),
            Err(NoAmount::OutOfRange) => return Err(TooLarge),
        }
    }
    Ok(costs)
}

/// Returns an amount; `None` if it is unknown.
fn known<T>(amount: Result<T, NoAmount>) -> Result<Option<T>, TooLarge> {
    match amount {
        Ok(amount) => Ok(Some(amount)),
        Err(NoAmount::Unknown(_)) => Ok(None),
        Err(NoAmount::OutOfRange) => Err(TooLarge),
    }
}

/// Adds a line item to the ledger.
fn book(row: Row<'_>, priced: &Priced, (payer, subject, places): (Payer, Subject, Places), ledger: &mut Ledger) {
    let item_type = row.facts.item_type;
    let cash = row.cash().unwrap_or_default();
    let Priced { rows, amortized, amortized_lost, withheld_lacks } = *priced;
    let is_withheld_unknown = withheld_lacks.is_some();
    let count = rows.iter().flatten().count();
    let negation_dropped = item_type == ItemType::SavingsPlanNegation && count == 0;
    let cash_lost = row.cash_lost();
    let is_net = row.is_net();
    let is_rounded = !cash_lost.is_zero() || !amortized_lost.is_zero();
    let is_discounted = is_net && row.gross() != Ok(cash);
    let without_net = is_discount(item_type) && !is_net;
    let is_unnamed = (item_type.commitment().is_some() && row.facts.commitment.is_none()) || row.may_be_upfront();
    let is_of_older_report = row.is_of_older_report();
    ledger.book(places, |flow| {
        flow.rows_in += 1;
        flow.billed_in += cash;
        flow.effective_in += amortized.unwrap_or_default();
        flow.effective_unknown_in += u64::from(amortized.is_none());
        flow.withheld_unknown += u64::from(is_withheld_unknown);
        if is_rounded {
            flow.billed_lost += cash_lost;
            flow.effective_lost += amortized_lost;
            flow.rounded += 1;
        }
        flow.discounted_rows += u64::from(is_discounted);
        flow.discounts_without_net += u64::from(without_net);
        flow.unnamed += u64::from(is_unnamed);
        flow.older += u64::from(is_of_older_report);
        flow.split += u64::from(count == 2);
        flow.dropped_negations += u64::from(negation_dropped);
        flow.dropped_zero_fees += u64::from(count == 0 && !negation_dropped);
    });
    if matches!(item_type, ItemType::SavingsPlanCoveredUsage | ItemType::SavingsPlanNegation) {
        let withheld = row.cash().ok();
        if row.context.keep_negation {
            ledger.note_residual(payer, subject, withheld);
        } else {
            ledger.withhold(payer, subject, places, withheld);
        }
    }
    book_commitment(row, places, ledger);
    note(row, ledger);
}

/// Adds a line item to the sums of its commitment, for the check that used and unused parts add up to the purchase.
fn book_commitment(row: Row<'_>, places: Places, ledger: &mut Ledger) {
    let Some(commitment) = row.commitment() else { return };
    let Some(totals) = ledger.commitment(places) else { return };
    let item = row.item;
    let decimal = |column| item.decimal(column).unwrap_or_default();
    let is_normalized = row.is_normalized();
    let mut note_units = false;
    totals.commitment_type = Some(commitment.commitment_type);
    match row.facts.item_type {
        ItemType::SavingsPlanCoveredUsage => {
            totals.rows += 1;
            totals.used_rows += 1;
            match item.decimal(Cur::SavingsPlanEffectiveCost) {
                Some(used) => totals.used_quantity += used,
                None => totals.unknown_quantities += 1,
            }
            totals.used_effective += sum_of(&mut totals.unknown_rows, row.plan_used());
            totals.unknown_rows += u64::from(row.cash().is_err());
        }
        ItemType::SavingsPlanNegation => {
            totals.negation_rows += 1;
            totals.unknown_rows += u64::from(row.cash().is_err());
        }
        ItemType::SavingsPlanRecurringFee if row.has_begun() => {
            totals.rows += 1;
            totals.fee_rows += 1;
            note_month(row, totals);
            totals.unused_quantity += row.plan_unused_gross().unwrap_or_default();
            // Also unknown if the gross amount is, so the row is counted once.
            let unused = sum_of(&mut totals.unknown_rows, row.plan_unused());
            totals.unused_effective += unused;
            note_undated(row, unused, totals);
            let committed = decimal(Cur::SavingsPlanTotalCommitmentToDate);
            totals.committed += committed;
            let net = row.plan_commitments().ok().flatten();
            totals.is_net |= net.is_some();
            totals.committed_net += net.map_or(committed, |(net, _)| net);
        }
        ItemType::DiscountedUsage => {
            note_units = true;
            totals.rows += 1;
            totals.used_rows += 1;
            totals.used_hours += decimal(Cur::UsageAmount).abs();
            totals.unamortized |= row.is_unamortized();
            let used = if row.is_unamortized() { row.cash() } else { row.reservation_used() };
            totals.used_effective += sum_of(&mut totals.unknown_rows, used);
        }
        ItemType::RIFee => {
            note_units = true;
            totals.rows += 1;
            totals.fee_rows += 1;
            totals.reserved_hours +=
                item.undecoded_decimal(Cur::ReservationTotalReservedUnits).unwrap_or_default().abs();
            note_month(row, totals);
            totals.is_undated |= is_undated(row);
            totals.fee_cash += sum_of(&mut totals.unknown_rows, row.cash());
            totals.unamortized |= row.is_unamortized();
            if !row.is_unamortized() {
                let unused = sum_of(&mut totals.unknown_rows, row.reservation_unused());
                totals.unused_effective += unused;
                note_undated(row, unused, totals);
                // Unknown whenever the unused part is unknown, if the report has it, which is counted above.
                let cut = row.reservation_cut();
                totals.unknown_rows += u64::from(cut.is_err() && !row.context.tells_unused_reservations);
                totals.cut += cut.unwrap_or_default();
            }
            totals.tells_unused = Some(row.context.tells_unused_reservations && totals.tells_unused != Some(false));
            if let Some(upfront) = row.reservation_upfront() {
                *totals.upfront_share.get_or_insert_default() += upfront;
            }
            for (fact, column) in [
                (&mut totals.account, Cur::UsageAccountId),
                (&mut totals.invoice, Cur::InvoiceId),
                (&mut totals.product_code, Cur::ProductCode),
            ] {
                let text = item.text(column).unwrap_or_default();
                if fact.is_empty() || (!text.is_empty() && text < fact.as_str()) {
                    text.clone_into(fact);
                }
            }
        }
        _ => {}
    }
    if note_units && commitment.commitment_type == CommitmentType::ReservedInstance {
        totals.normalized_units |= is_normalized;
        totals.plain_units |= !is_normalized;
    }
    if row.is_unamortized() {
        let is_old_form = !row.context.amortizes_reservations;
        let what = if is_old_form {
            "the report has no column of the amortized cost of reservations, as AWS wrote it before it had them; the rows of a reservation \
             stay on cash basis"
        } else {
            "AWS does not amortize the reservation; its rows stay on cash basis"
        };
        ledger.warn("reservation_not_amortized", what, commitment.arn);
    }
}

/// Returns an amount for a sum; 0 if it is unknown, which is counted.
fn sum_of(unknown_rows: &mut u64, amount: Result<Decimal, NoAmount>) -> Decimal {
    amount.unwrap_or_else(|_| {
        *unknown_rows += 1;
        Decimal::ZERO
    })
}

/// Records whether a fee is of a month that is not final.
fn note_month(row: Row<'_>, totals: &mut CommitmentTotals) {
    if row.context.names_invoices {
        totals.open_fee_rows += u64::from(row.item.text(Cur::InvoiceId).is_none());
    } else {
        totals.without_invoice_column = true;
    }
}

/// Records unused amounts of a month that may not be over, if the time of the delivery is unknown.
fn note_undated(row: Row<'_>, unused: Decimal, totals: &mut CommitmentTotals) {
    if is_undated(row) {
        totals.unused_undated += unused;
    }
}

fn is_undated(row: Row<'_>) -> bool {
    row.context.as_of.is_none() && row.item.text(Cur::InvoiceId).is_none()
}

/// Adds the warnings about a row.
fn note(row: Row<'_>, ledger: &mut Ledger) {
    let item = row.item;
    match row.facts.item_type {
        ItemType::Other => {
            let text = item.text(Cur::LineItemType).unwrap_or_default();
            let what = "an unknown line item type; its rows have the ChargeCategory Adjustment";
            ledger.warn("unknown_line_item_type", what, &crate::error::clip(text.as_bytes()));
        }
        ItemType::DiscountedUsage if row.cash().is_ok_and(|cash| !cash.is_zero()) && !row.is_unamortized() => {
            ledger.warn("discounted_usage_has_cash", "DiscountedUsage has a cost; it is included in BilledCost", "");
        }
        ItemType::SavingsPlanRecurringFee if !row.has_begun() => {
            ledger.warn("not_yet_begun", "Savings Plan hours after the delivery have no unused rows", "");
        }
        ItemType::Refund
            if !row.facts.has_tax_type
                && row.refunds_commitment()
                && !row.is_unamortized()
                && !row.refunds_upfront()
                && row.payment_option() != Some(Payment::NoUpfront) =>
        {
            let what = "refunds of commitments that are not known to be All Upfront or No Upfront count fully in EffectiveCost";
            ledger.warn("refund_of_upfront_unknown", what, "");
        }
        _ => {}
    }
    if !row.one_currency() {
        let what = "prices are in another currency than the bill; public prices are not used, and PricingCurrency* columns are null";
        ledger.warn("pricing_currency_differs", what, "");
    }
}

/// Returns whether a line item type is a discount in a separate row, as with "manual discount compatibility".
fn is_discount(item_type: ItemType) -> bool {
    matches!(
        item_type,
        ItemType::EdpDiscount
            | ItemType::PrivateRateDiscount
            | ItemType::SppDiscount
            | ItemType::SolutionProviderProgramDiscount
            | ItemType::DistributorDiscount
            | ItemType::BundledDiscount
            | ItemType::RiVolumeDiscount
            | ItemType::Discount
    )
}
