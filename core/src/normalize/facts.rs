//! Facts that many line items share: those of a file, and those of one combination of charge cells.
//!
//! Marks of rules: see `formulas`.

use crate::line_items::LineItems;
use crate::line_items::cells::GroupCells;
use crate::rules::commitments;
use crate::rules::resources;
use crate::schema::cur::Cur;
use crate::schema::words::{CommitmentType, ItemType};

/// Facts about the file that the formulas need.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FileContext {
    /// Whether negations are kept and covered usage keeps its cash.
    pub(crate) keep_negation: bool,
    /// Time of the delivery in microseconds since 1970: later hours have not happened yet.
    pub(crate) as_of: Option<i64>,
    /// Whether AWS amortized reservations when it wrote the report. Older reports are not amortized.
    pub(crate) amortizes_reservations: bool,
    /// Whether the file has a column of amortized reservation costs, which an export of CUR 2.0 may leave out.
    pub(super) has_amortized: bool,
    /// Whether the file has columns of the unused part of reservations.
    pub(crate) tells_unused_reservations: bool,
    /// Whether the file has a column of the unused part of upfront fees.
    pub(crate) tells_unused_upfront: bool,
    /// Whether the file has a column for the ARN of reservations.
    pub(crate) names_reservations: bool,
    /// Whether the file has a column for usage types.
    pub(super) names_usage: bool,
    /// Whether the file has a column for invoices, which shows if a month is final.
    pub(crate) names_invoices: bool,
}

impl FileContext {
    /// Returns the facts of a file.
    pub(crate) fn of(items: &LineItems, keep_negation: bool, as_of: Option<i64>) -> Self {
        let has_any = |columns: &[Cur]| columns.iter().any(|&column| items.has(column));
        let tells_unused_reservations = has_any(UNUSED_RESERVATION_CELLS);
        let has_amortized = tells_unused_reservations || has_any(AMORTIZED_RESERVATION_CELLS);
        Self {
            keep_negation,
            as_of,
            // With names that are not legacy names, AWS writes the columns unless the export leaves them out. [own]
            amortizes_reservations: has_amortized || !items.is_spelled_as_legacy() || has_any(CUR2_CELLS),
            has_amortized,
            tells_unused_reservations,
            tells_unused_upfront: has_any(&[
                Cur::ReservationUnusedAmortizedUpfrontFeeForBillingPeriod,
                Cur::ReservationNetUnusedAmortizedUpfrontFeeForBillingPeriod,
            ]),
            names_reservations: items.has(Cur::ReservationARN),
            names_usage: items.has(Cur::UsageType),
            names_invoices: items.has(Cur::InvoiceId),
        }
    }
}

/// Columns of the unused part of reservations.
const UNUSED_RESERVATION_CELLS: &[Cur] = &[
    Cur::ReservationUnusedRecurringFee,
    Cur::ReservationUnusedAmortizedUpfrontFeeForBillingPeriod,
    Cur::ReservationNetUnusedRecurringFee,
    Cur::ReservationNetUnusedAmortizedUpfrontFeeForBillingPeriod,
];

/// Other columns of amortized reservation costs. A report without any of these and of the unused part has the form from
/// before AWS amortized reservations.
const AMORTIZED_RESERVATION_CELLS: &[Cur] = &[
    Cur::ReservationEffectiveCost,
    Cur::ReservationNetEffectiveCost,
    Cur::ReservationAmortizedUpfrontFeeForBillingPeriod,
    Cur::ReservationNetAmortizedUpfrontFeeForBillingPeriod,
    Cur::ReservationAmortizedUpfrontCostForUsage,
    Cur::ReservationNetAmortizedUpfrontCostForUsage,
];

/// Columns that only CUR 2.0 has, in any spelling.
const CUR2_CELLS: &[Cur] =
    &[Cur::PayerAccountName, Cur::UsageAccountName, Cur::Product, Cur::ResourceTags, Cur::CostCategory, Cur::Discount];

/// Facts that depend on the charge cells only, which many line items share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChargeFacts {
    pub(crate) item_type: ItemType,
    pub(crate) commitment: Option<CommitmentType>,
    pub(super) is_spot: bool,
    pub(super) is_unamortized: bool,
    /// Whether the row is a fee without an ARN.
    pub(super) is_nameless_fee: bool,
    /// Whether product code or usage type are those of a commitment, even if the row does not name one.
    pub(super) is_of_commitment: bool,
    pub(super) one_currency: bool,
    pub(super) is_anniversary: bool,
    pub(super) is_on_refund_bill: bool,
    pub(crate) has_tax_type: bool,
    pub(super) has_usage_type: bool,
    pub(crate) has_unit: bool,
    pub(crate) has_currency: bool,
    pub(crate) has_capacity_reservation: bool,
}

impl ChargeFacts {
    /// Computes the facts of one combination of cells.
    pub(crate) fn of(cells: &GroupCells, combination: u32, context: FileContext) -> Self {
        let text = |column| cells.text(combination, column);
        let item_type = ItemType::from_text(text(Cur::LineItemType).unwrap_or_default());
        let commitment = commitment(item_type, text);
        let is_unamortized = is_unamortized(item_type, commitment, context, text);
        let bill = text(Cur::BillType);
        let is_anniversary = bill == Some("Anniversary");
        Self {
            item_type,
            commitment: commitment.map(|commitment| commitment.commitment_type),
            is_spot: is_spot(text),
            is_unamortized,
            is_nameless_fee: item_type == ItemType::Fee && commitment.is_none(),
            is_of_commitment: commitments::is_of_one(text(Cur::ProductCode), text(Cur::UsageType)),
            one_currency: one_currency(text),
            is_anniversary,
            is_on_refund_bill: bill == Some("Refund"),
            has_tax_type: text(Cur::TaxType).is_some(),
            has_usage_type: text(Cur::UsageType).is_some(),
            has_unit: text(Cur::PricingUnit).is_some(),
            has_currency: text(Cur::CurrencyCode).is_some(),
            has_capacity_reservation: text(Cur::CapacityReservationArn).is_some(),
        }
    }
}

/// Returns whether prices are in the billing currency. True if the row lacks one of the two currencies. [aws]
fn one_currency<'a>(text: impl Fn(Cur) -> Option<&'a str>) -> bool {
    match (text(Cur::PricingCurrency), text(Cur::CurrencyCode)) {
        (Some(pricing), Some(billing)) => pricing.eq_ignore_ascii_case(billing),
        _ => true,
    }
}

/// Returns whether the row is Spot usage, by usage type, term or market option. [own]
fn is_spot<'a>(text: impl Fn(Cur) -> Option<&'a str>) -> bool {
    text(Cur::UsageType).is_some_and(|usage| usage.contains("SpotUsage"))
        || text(Cur::PricingTerm) == Some("Spot")
        || text(Cur::ProductMarketoption) == Some("Spot")
}

/// A commitment that a row names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Commitment<'a> {
    pub(crate) arn: &'a str,
    pub(crate) commitment_type: CommitmentType,
}

/// Returns the commitment that a row names. If it has both ARNs, its type decides. [own]
pub(crate) fn commitment<'a>(item_type: ItemType, text: impl Fn(Cur) -> Option<&'a str>) -> Option<Commitment<'a>> {
    let plan = || text(Cur::SavingsPlanARN).map(|arn| Commitment { arn, commitment_type: CommitmentType::SavingsPlan });
    let reservation =
        || text(Cur::ReservationARN).map(|arn| Commitment { arn, commitment_type: CommitmentType::ReservedInstance });
    match item_type.commitment() {
        Some(CommitmentType::SavingsPlan) => plan().or_else(reservation),
        _ => reservation().or_else(plan),
    }
}

/// Returns whether the row belongs to a reservation that AWS does not amortize, and so stays on cash basis: Dedicated
/// Host reservations [aws], and all reservations of a report without any column of amortized reservation costs. With an
/// effective cost of 0 their upfront payment would be missing from every amortized total. [own]
fn is_unamortized<'a>(
    item_type: ItemType,
    commitment: Option<Commitment<'a>>,
    context: FileContext,
    text: impl Fn(Cur) -> Option<&'a str>,
) -> bool {
    let is_reservation = match commitment {
        Some(commitment) => commitment.commitment_type == CommitmentType::ReservedInstance,
        // A refund without an ARN is on cash basis, unless it refunds a plan.
        None if item_type == ItemType::Refund => !commitments::is_of_plan(text(Cur::ProductCode), text(Cur::UsageType)),
        None => item_type.commitment() == Some(CommitmentType::ReservedInstance),
    };
    is_reservation
        && (!context.amortizes_reservations
            || commitment.is_some_and(|commitment| resources::is_host_reservation(commitment.arn))
            || text(Cur::ProductFamily) == Some("Dedicated Host")
            || text(Cur::UsageType).is_some_and(|usage| usage.contains("HostUsage")))
}
