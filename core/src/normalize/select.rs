//! Which rows of the output each line item becomes, and what they cost.
//!
//! In: the line items of one block. Out: the rows to hand out, each with its place in the matrix and its four exact
//! costs; everything that came in is booked in the ledger here, everything that goes out when it is handed out.

use std::collections::BTreeSet;

use super::formulas::{OutOfRange, Row, Terms};
use crate::decimal::Decimal;
use crate::decode::assemble::Refusal;
use crate::error::Error;
use crate::line_items::{LineItem, LineItems};
use crate::rules::charges::{self, Charge, Slot};
use crate::schema::cur::Cur;
use crate::schema::values::{CommitmentType, ItemType};
use crate::totals::ledger::{Keys, Ledger, Places};

/// A row to be handed out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Selected {
    /// The line item, as an index of its block.
    pub(crate) row: u32,
    pub(crate) charge: &'static Charge,
    pub(crate) kind: ItemType,
    /// BilledCost, EffectiveCost, ListCost, ContractedCost.
    pub(crate) costs: [Decimal; 4],
    pub(crate) places: Places,
}

/// What a selection depends on, besides the line items.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choice {
    pub(crate) keep_negation: bool,
    pub(crate) stop_at_unknown_type: bool,
    pub(crate) as_of: Option<i64>,
    /// Starts of the billing periods that are wanted; empty: all.
    pub(crate) periods: BTreeSet<i64>,
}

impl Choice {
    /// Whether a line item is of a billing period that is wanted.
    pub(crate) fn wants(&self, item: LineItem<'_>) -> bool {
        let start = || item.time(Cur::BillingPeriodStartDate);
        self.periods.is_empty() || start().is_some_and(|start| self.periods.contains(&start))
    }
}

/// The rows of a block. Line items that cannot be mapped are given back; nothing of them is booked.
pub(crate) fn select(items: &LineItems, choice: &Choice, ledger: &mut Ledger) -> (Vec<Selected>, Vec<Refusal>) {
    let terms = Terms::of(items, choice.keep_negation, choice.as_of);
    let mut selected = Vec::with_capacity(items.rows);
    let mut refusals = Vec::new();
    for index in (0..items.rows).filter(|&row| !items.refused[row]) {
        let item = items.row(index);
        let refuse = |error| Refusal { row: item.number(), raw: items.raw_record(index).to_vec(), error };
        if !choice.wants(item) {
            ledger.part.rows_filtered += 1;
            continue;
        }
        let text = item.text(Cur::LineItemType).unwrap_or_default();
        let kind = ItemType::from_text(text);
        if kind == ItemType::Other && choice.stop_at_unknown_type {
            let at = Box::new(items.location(index, Some(Cur::LineItemType)));
            refusals.push(refuse(Error::UnknownType { at, text: crate::error::clip(text.as_bytes()) }));
            continue;
        }
        let row = Row { item, kind, terms };
        match rows_of(row) {
            Ok(rows) => book(row, rows, ledger, &mut selected),
            Err(OutOfRange) => {
                let at = Box::new(items.location(index, None));
                let wanted = "within the range of a cost: the amounts of the row, put together, pass 20 digits";
                refusals.push(refuse(Error::Value { at, text: text.to_owned(), wanted }));
            }
        }
    }
    (selected, refusals)
}

type Priced = (&'static Charge, [Decimal; 4]);

/// The rows that one line item becomes: none, one or two.
fn rows_of(row: Row<'_>) -> Result<[Option<Priced>; 2], OutOfRange> {
    let mut rows = [None; 2];
    for (slot, priced) in [Slot::Charge, Slot::Unused].into_iter().zip(&mut rows) {
        for charge in charges::of(row.kind).iter().filter(|charge| charge.slot == slot) {
            if row.is(charge.when)? {
                let list = row.amount(charge.list, Decimal::ZERO)?;
                let contracted = row.amount(charge.contracted, list)?;
                let costs = [row.amount(charge.billed, list)?, row.amount(charge.effective, list)?, list, contracted];
                *priced = Some((charge, costs));
                break;
            }
        }
    }
    // What cannot be computed is found before anything is booked.
    row.amortized()?;
    row.plan_unused_gross()?;
    row.plan_commitments()?;
    Ok(rows)
}

/// Books what came in, and adds the rows to the selection.
fn book(row: Row<'_>, rows: [Option<Priced>; 2], ledger: &mut Ledger, selected: &mut Vec<Selected>) {
    let item = row.item;
    let commitment = row.commitment();
    let currency = item.text(Cur::CurrencyCode).unwrap_or_default();
    let upper;
    let keys = Keys {
        period: item.time(Cur::BillingPeriodStartDate),
        payer: item.text(Cur::PayerAccountId).unwrap_or_default(),
        currency: if currency.bytes().any(|byte| byte.is_ascii_lowercase()) {
            upper = currency.to_ascii_uppercase();
            &upper
        } else {
            currency
        },
        line_item_type: item.text(Cur::LineItemType).unwrap_or_default(),
        invoice: item.text(Cur::InvoiceId).unwrap_or_default(),
        account: item.text(Cur::UsageAccountId).unwrap_or_default(),
        commitment: commitment.map(|commitment| commitment.arn),
    };
    let places = ledger.places(keys);
    let cash = row.cash();
    let (amortized, amortized_lost) = row.amortized().unwrap_or_default();
    let count = rows.iter().flatten().count();
    let negation_dropped = row.kind == ItemType::SavingsPlanNegation && count == 0;
    let cash_lost = row.cash_lost();
    ledger.book(places, |flow| {
        flow.rows_in += 1;
        flow.billed_in += cash;
        flow.effective_in += amortized;
        flow.billed_lost += cash_lost;
        flow.effective_lost += amortized_lost;
        flow.rounded += u64::from(!cash_lost.is_zero() || !amortized_lost.is_zero());
        flow.discounted_rows += u64::from(row.is_net() && cash != row.gross());
        flow.discounts_without_net += u64::from(is_discount(row.kind) && !row.is_net());
        flow.split += u64::from(count == 2);
        flow.dropped_negations += u64::from(negation_dropped);
        flow.dropped_zero_fees += u64::from(count == 0 && !negation_dropped);
    });
    let is_covered = row.kind == ItemType::SavingsPlanCoveredUsage;
    if is_covered || row.kind == ItemType::SavingsPlanNegation {
        if row.terms.keep_negation {
            ledger.note_residual(keys, cash);
        } else {
            ledger.withhold(keys, places, cash);
        }
    }
    book_commitment(row, places, ledger);
    note(row, ledger);
    let item_row = item.index() as u32;
    selected.extend(rows.into_iter().flatten().map(|(charge, costs)| Selected {
        row: item_row,
        charge,
        kind: row.kind,
        costs,
        places,
    }));
}

/// What a row adds to the account of its commitment: FOCUS wants used and unused to make up what was bought.
fn book_commitment(row: Row<'_>, places: Places, ledger: &mut Ledger) {
    let Some(commitment) = row.commitment() else { return };
    let Some(totals) = ledger.commitment(places) else { return };
    let item = row.item;
    let decimal = |column| item.decimal(column).unwrap_or_default();
    let is_normalized = is_normalized(row);
    let mut note_units = false;
    totals.kind = Some(commitment.kind);
    match row.kind {
        ItemType::SavingsPlanCoveredUsage => {
            totals.rows += 1;
            totals.used_rows += 1;
            totals.used_quantity += decimal(Cur::SavingsPlanEffectiveCost);
            totals.used_effective += row.plan_used();
        }
        ItemType::SavingsPlanNegation => totals.negation_rows += 1,
        ItemType::SavingsPlanRecurringFee if row.has_begun() => {
            totals.rows += 1;
            totals.fee_rows += 1;
            totals.open_fee_rows += u64::from(item.text(Cur::InvoiceId).is_none());
            totals.unused_quantity += row.plan_unused_gross().unwrap_or_default();
            totals.unused_effective += row.plan_unused().unwrap_or_default();
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
            totals.unamortized |= row.is_unamortized();
            totals.used_effective += if row.is_unamortized() { row.cash() } else { row.reservation_used() };
        }
        ItemType::RIFee => {
            note_units = true;
            totals.rows += 1;
            totals.fee_rows += 1;
            totals.open_fee_rows += u64::from(item.text(Cur::InvoiceId).is_none());
            totals.fee_cash += row.cash();
            totals.unamortized |= row.is_unamortized();
            totals.unused_effective += row.reservation_unused().unwrap_or_default();
            totals.tells_unused = Some(row.terms.tells_unused_reservations && totals.tells_unused != Some(false));
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
    if note_units && commitment.kind == CommitmentType::ReservedInstance {
        totals.normalized_units |= is_normalized;
        totals.plain_units |= !is_normalized;
    }
    if row.is_unamortized() {
        ledger.warn("reservation_not_amortized", commitment.arn, || {
            format!("{}: AWS does not amortise this reservation; its rows stay on cash basis", commitment.arn)
        });
    }
}

/// Whether the quantities of a reservation's row are in normalised units; 0 beside a plain quantity is a blank.
pub(crate) fn is_normalized(row: Row<'_>) -> bool {
    let any = |columns: &[Cur]| columns.iter().any(|&column| row.item.decimal(column).is_some_and(|n| !n.is_zero()));
    match row.kind {
        ItemType::DiscountedUsage => any(&[Cur::NormalizedUsageAmount]),
        _ => any(&[
            Cur::ReservationTotalReservedNormalizedUnits,
            Cur::ReservationUnusedNormalizedUnitQuantity,
            Cur::ReservationNormalizedUnitsPerReservation,
        ]),
    }
}

/// Warnings that a row gives rise to.
fn note(row: Row<'_>, ledger: &mut Ledger) {
    let item = row.item;
    let text = item.text(Cur::LineItemType).unwrap_or_default();
    match row.kind {
        ItemType::Other => ledger.warn("unknown_line_item_type", text, || {
            format!(
                "line item type `{}` is not known; its rows are kept as Adjustment",
                crate::error::clip(text.as_bytes())
            )
        }),
        ItemType::DiscountedUsage if !row.cash().is_zero() && !row.is_unamortized() => {
            ledger.warn("discounted_usage_has_cash", "", || {
                "DiscountedUsage with a cost of its own: billed as it stands".to_owned()
            });
        }
        ItemType::SavingsPlanRecurringFee if row.terms.as_of.is_none() => ledger.warn("as_of_unknown", "", || {
            "the time of the delivery is not known: Savings Plan hours to come, if there are any, count as unused"
                .to_owned()
        }),
        ItemType::SavingsPlanRecurringFee if !row.has_begun() => ledger
            .warn("not_yet_begun", "", || "Savings Plan hours after the delivery: no unused rows for them".to_owned()),
        ItemType::Refund
            if row.commitment().is_some() && !matches!(row.payment_option(), Some("All Upfront" | "No Upfront")) =>
        {
            ledger.warn("refund_of_upfront_unknown", "", || {
                "refunds of commitments that are not known to be All Upfront or No Upfront count fully in EffectiveCost".to_owned()
            });
        }
        _ => {}
    }
    if !row.one_currency() {
        ledger.warn("pricing_currency_differs", "", || {
            "prices in another currency than the bill: public prices are not used, PricingCurrency* are null".to_owned()
        });
    }
    let without_amortized = match row.kind {
        ItemType::SavingsPlanCoveredUsage => item
            .decimal(Cur::SavingsPlanEffectiveCost)
            .or_else(|| item.decimal(Cur::SavingsPlanNetEffectiveCost))
            .is_none(),
        ItemType::DiscountedUsage if !row.is_unamortized() => item
            .decimal(Cur::ReservationEffectiveCost)
            .or_else(|| item.decimal(Cur::ReservationNetEffectiveCost))
            .is_none(),
        _ => false,
    };
    if without_amortized {
        ledger.warn("effective_cost_unknown", text, || {
            format!("{text} without an effective cost: EffectiveCost is 0 there")
        });
    }
}

/// Whether the row is a discount on its own, as "manual discount compatibility" delivers them.
fn is_discount(kind: ItemType) -> bool {
    matches!(
        kind,
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
