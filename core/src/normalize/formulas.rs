//! One function per condition and per amount that the matrix of `rules/charges.rs` names.
//!
//! In: one line item. Out: an exact amount, or [`NoAmount`]: a cell that it is made of is absent, or arithmetic leaves 20
//! digits before the point. Nothing here looks at another row. Each rule carries a mark: [spec] required by FOCUS, [aws]
//! stated by AWS, [std] the usual formula of public converters, [own] decided here because sources are silent or disagree.

use super::values::exclusive_end;
use crate::line_items::cells::GroupCells;
use crate::line_items::{LineItem, LineItems};
use crate::rules::charges::{Amount, When};
use crate::rules::commitments;
use crate::rules::commitments::Payment;
use crate::rules::resources;
use crate::schema::cur::{Cur, null_token};
use crate::schema::words::{CommitmentType, ItemType};
use crate::value::decimal::{Decimal, RoundingLoss};
use crate::value::timestamp;

/// Why there is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoAmount {
    /// A cell that it is made of is absent: the amount is unknown, and never 0.
    Unknown(Cur),
    /// Arithmetic left the range of a decimal.
    OutOfRange,
}

use NoAmount::{OutOfRange, Unknown};

type Money = Result<Decimal, NoAmount>;

/// What the formulas need to know besides the row.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FileContext {
    /// Whether negations are kept and covered usage keeps its cash.
    pub(crate) keep_negation: bool,
    /// The instant of the delivery in microseconds: what lies after it has not happened yet.
    pub(crate) as_of: Option<i64>,
    /// Whether AWS amortised reservations when it wrote the report; it has not always done so.
    pub(crate) amortizes_reservations: bool,
    /// Whether the file has a column of their amortised cost, which an export of CUR 2.0 may leave out.
    has_amortized: bool,
    /// Whether the file has the columns of unused reservations.
    pub(crate) tells_unused_reservations: bool,
    /// Whether the file has a column of the unused part of upfront fees.
    pub(crate) tells_unused_upfront: bool,
    /// Whether the file has a column for the ARN of reservations.
    pub(crate) names_reservations: bool,
    /// Whether the file has a column for usage types.
    names_usage: bool,
    /// Whether the file has a column for invoices, by which a final month is known.
    pub(crate) names_invoices: bool,
}

impl FileContext {
    /// The terms for one file.
    pub(crate) fn of(items: &LineItems, keep_negation: bool, as_of: Option<i64>) -> Self {
        let has_any = |columns: &[Cur]| columns.iter().any(|&column| items.has(column));
        let tells_unused_reservations = has_any(UNUSED_RESERVATION_CELLS);
        let has_amortized = tells_unused_reservations || has_any(AMORTIZED_RESERVATION_CELLS);
        Self {
            keep_negation,
            as_of,
            // In another spelling AWS writes the columns, unless the export leaves them out. [own]
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

/// Other columns of the amortised cost of reservations. A report without any of these and of the unused part is of the
/// form that AWS wrote before it amortised.
const AMORTIZED_RESERVATION_CELLS: &[Cur] = &[
    Cur::ReservationEffectiveCost,
    Cur::ReservationNetEffectiveCost,
    Cur::ReservationAmortizedUpfrontFeeForBillingPeriod,
    Cur::ReservationNetAmortizedUpfrontFeeForBillingPeriod,
    Cur::ReservationAmortizedUpfrontCostForUsage,
    Cur::ReservationNetAmortizedUpfrontCostForUsage,
];

/// Columns that only CUR 2.0 has, whichever program spelled its names.
const CUR2_CELLS: &[Cur] =
    &[Cur::PayerAccountName, Cur::UsageAccountName, Cur::Product, Cur::ResourceTags, Cur::CostCategory, Cur::Discount];

/// What the cells say of a line item that it shares with many others, whatever its amounts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChargeFacts {
    pub(crate) kind: ItemType,
    pub(crate) commitment: Option<CommitmentType>,
    is_spot: bool,
    is_unamortized: bool,
    /// Whether the row is a fee without an ARN.
    is_nameless_fee: bool,
    /// Whether product code or usage type are those of a commitment, whether or not the row names one.
    is_of_commitment: bool,
    one_currency: bool,
    is_anniversary: bool,
    is_on_refund_bill: bool,
    pub(crate) has_tax_type: bool,
    has_usage_type: bool,
    pub(crate) has_unit: bool,
    pub(crate) has_currency: bool,
    pub(crate) has_capacity_reservation: bool,
}

impl ChargeFacts {
    /// The facts of one combination of cells.
    pub(crate) fn of(cells: &GroupCells, combination: u32, terms: FileContext) -> Self {
        let text = |column| cells.text(combination, column);
        let kind = ItemType::from_text(text(Cur::LineItemType).unwrap_or_default());
        let commitment = commitment(kind, text);
        let is_unamortized = is_unamortized(kind, commitment, terms, text);
        let bill = text(Cur::BillType);
        let is_anniversary = bill == Some("Anniversary");
        Self {
            kind,
            commitment: commitment.map(|commitment| commitment.kind),
            is_spot: is_spot(text),
            is_unamortized,
            is_nameless_fee: kind == ItemType::Fee && commitment.is_none(),
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

/// Whether prices are in the billing currency, as far as the row says. [aws]
fn one_currency<'a>(text: impl Fn(Cur) -> Option<&'a str>) -> bool {
    match (text(Cur::PricingCurrency), text(Cur::CurrencyCode)) {
        (Some(pricing), Some(billing)) => pricing.eq_ignore_ascii_case(billing),
        _ => true,
    }
}

/// Spot usage, by usage type, term or market option. [own]
fn is_spot<'a>(text: impl Fn(Cur) -> Option<&'a str>) -> bool {
    text(Cur::UsageType).is_some_and(|usage| usage.contains("SpotUsage"))
        || text(Cur::PricingTerm) == Some("Spot")
        || text(Cur::ProductMarketoption) == Some("Spot")
}

/// The commitment that a row of a type names. With both ARNs set the type decides. [own]
pub(crate) fn commitment<'a>(kind: ItemType, text: impl Fn(Cur) -> Option<&'a str>) -> Option<Commitment<'a>> {
    let plan = || text(Cur::SavingsPlanARN).map(|arn| Commitment { arn, kind: CommitmentType::SavingsPlan });
    let reservation =
        || text(Cur::ReservationARN).map(|arn| Commitment { arn, kind: CommitmentType::ReservedInstance });
    match kind.commitment() {
        Some(CommitmentType::SavingsPlan) => plan().or_else(reservation),
        _ => reservation().or_else(plan),
    }
}

/// Whether the row is about a reservation that AWS does not amortise, and so stays on cash basis: Dedicated Host
/// reservations [aws], and all of a report that has no column of the amortised cost of reservations. With an effective
/// cost of 0 their upfront payment would vanish from every amortised total. [own]
fn is_unamortized<'a>(
    kind: ItemType,
    commitment: Option<Commitment<'a>>,
    terms: FileContext,
    text: impl Fn(Cur) -> Option<&'a str>,
) -> bool {
    let is_reservation = match commitment {
        Some(commitment) => commitment.kind == CommitmentType::ReservedInstance,
        // What a refund without an ARN returns was on cash basis, unless it is a plan.
        None if kind == ItemType::Refund => !commitments::is_of_plan(text(Cur::ProductCode), text(Cur::UsageType)),
        None => kind.commitment() == Some(CommitmentType::ReservedInstance),
    };
    is_reservation
        && (!terms.amortizes_reservations
            || commitment.is_some_and(|commitment| resources::is_host_reservation(commitment.arn))
            || text(Cur::ProductFamily) == Some("Dedicated Host")
            || text(Cur::UsageType).is_some_and(|usage| usage.contains("HostUsage")))
}

/// How the commitment of a row is paid: by its cells, else by the end of its usage type.
fn payment_option<'a>(text: impl Fn(Cur) -> Option<&'a str>) -> Option<Payment> {
    let cell = text(Cur::SavingsPlanPaymentOption).or_else(|| text(Cur::PricingPurchaseOption));
    cell.and_then(Payment::of).or_else(|| text(Cur::UsageType).and_then(Payment::of))
}

/// A line item with its facts and the terms of its file.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) item: LineItem<'a>,
    pub(crate) facts: &'a ChargeFacts,
    pub(crate) terms: FileContext,
}

/// A commitment that a row names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Commitment<'a> {
    pub(crate) arn: &'a str,
    pub(crate) kind: CommitmentType,
}

impl<'a> Row<'a> {
    /// Whether a condition of the matrix holds.
    pub(crate) fn is(self, when: When) -> Result<bool, NoAmount> {
        // A row whose amount is unknown is there, with a null: only what is known to be 0 is left out.
        let is_something = |amount: Money| match amount {
            Ok(amount) => Ok(!amount.is_zero()),
            Err(Unknown(_)) => Ok(true),
            Err(OutOfRange) => Err(OutOfRange),
        };
        Ok(match when {
            When::Always => true,
            When::Spot => self.facts.is_spot,
            When::MoneyMoves => self.money_moves(),
            When::MoneyMovesUnamortized => self.money_moves() && self.is_unamortized(),
            When::PlanUnused => self.has_begun() && is_something(self.plan_unused_gross())?,
            When::ReservationUnused => !self.is_unamortized() && is_something(self.reservation_unused())?,
            When::Unamortized => self.is_unamortized(),
            When::Commitment => self.facts.commitment.is_some(),
            When::Anniversary => self.facts.is_anniversary,
            When::TaxType => self.facts.has_tax_type,
            When::RefundedUpfront => self.refunds_upfront(),
            When::RefundedPurchase => self.refunds_commitment() || !self.facts.has_usage_type,
            When::UnclearFee => self.is_unclear_fee(),
            When::NegationKept => self.terms.keep_negation,
        })
    }

    /// An amount of the matrix.
    pub(crate) fn amount(self, amount: Amount, list: Money) -> Money {
        match amount {
            Amount::Zero => Ok(Decimal::ZERO),
            Amount::Cash => self.cash(),
            Amount::Gross => self.gross(),
            Amount::OnDemand => self.on_demand(self.gross()),
            Amount::TieredOnDemand if self.is_free() => Ok(Decimal::ZERO),
            Amount::TieredOnDemand => self.on_demand(self.gross()),
            Amount::OnDemandOrReservation => self.on_demand(self.reservation_used()),
            Amount::OnDemandOrCash => self.on_demand(self.cash()),
            Amount::TieredSpot if self.is_free() => Ok(Decimal::ZERO),
            Amount::TieredSpot | Amount::PositiveOnDemand => self.positive_on_demand(),
            Amount::PlanUsed => self.plan_used(),
            Amount::PlanUnused => self.plan_unused(),
            Amount::ReservationUsed => self.reservation_used(),
            Amount::ReservationUnused => self.reservation_unused(),
            Amount::CoveredCash => self.covered_cash(list),
            Amount::List => list,
            Amount::Unclear => Err(Unknown(Cur::ReservationARN)),
        }
    }

    /// `lineItem/UnblendedCost`; of an export that has only the net cost, that one. The rows that split the cost of an
    /// instance among containers repeat it elsewhere: a blank is 0 there. [own]
    #[inline]
    pub(crate) fn gross(self) -> Money {
        let cell = |column| self.item.decimal(column);
        match cell(Cur::UnblendedCost).or_else(|| cell(Cur::NetUnblendedCost)) {
            Some(gross) => Ok(gross),
            None if self.is_split() => Ok(Decimal::ZERO),
            None => Err(Unknown(Cur::UnblendedCost)),
        }
    }

    /// Whether the row splits the cost of another one, which it names where it is an instance.
    fn is_split(self) -> bool {
        let parent = self.item.undecoded_text(Cur::SplitParentResourceId);
        parent.is_some_and(|parent| null_token(parent.as_bytes()).is_none())
            || self.item.undecoded_decimal(Cur::SplitUsage).is_some()
    }

    /// Whether the gross cost is known to be 0.
    #[inline]
    fn is_free(self) -> bool {
        self.gross().is_ok_and(Decimal::is_zero)
    }

    /// Whether the row has a net cost of its own; decided row by row. [std]
    #[inline]
    pub(crate) fn is_net(self) -> bool {
        self.item.decimal(Cur::NetUnblendedCost).is_some()
    }

    /// What is on the bill: `lineItem/NetUnblendedCost` when it is a cell, else [`Row::gross`].
    #[inline]
    pub(crate) fn cash(self) -> Money {
        self.item.decimal(Cur::NetUnblendedCost).map_or_else(|| self.gross(), Ok)
    }

    /// What rounding to 18 decimals took from [`Row::cash`].
    pub(crate) fn cash_lost(self) -> RoundingLoss {
        self.item.lost(if self.is_net() { Cur::NetUnblendedCost } else { Cur::UnblendedCost })
    }

    /// `lineItem/UsageAmount`.
    pub(crate) fn quantity(self) -> Option<Decimal> {
        self.item.decimal(Cur::UsageAmount)
    }

    /// Whether prices are in the billing currency, as far as the row says.
    pub(crate) fn one_currency(self) -> bool {
        self.facts.one_currency
    }

    /// `pricing/publicOnDemandCost`, unless it is in another currency, or 0 beside a gross cost or under a reservation,
    /// which means "no public price known", not "free". [own]
    pub(crate) fn public_cost(self) -> Option<Decimal> {
        self.public(Cur::PublicOnDemandCost)
    }

    /// `pricing/publicOnDemandRate`, under the conditions of [`Row::public_cost`].
    pub(crate) fn public_rate(self) -> Option<Decimal> {
        self.public(Cur::PublicOnDemandRate)
    }

    fn public(self, column: Cur) -> Option<Decimal> {
        let cell = self.item.decimal(column)?;
        let may_be_zero = self.facts.kind != ItemType::DiscountedUsage && self.is_free();
        (self.one_currency() && (!cell.is_zero() || may_be_zero)).then_some(cell)
    }

    /// The public on-demand cost, else public rate x quantity, else the fallback. [own]
    fn on_demand(self, fallback: Money) -> Money {
        if let Some(cost) = self.public_cost() {
            return Ok(cost);
        }
        match (self.public_rate(), self.quantity()) {
            (Some(rate), Some(quantity)) => rate.checked_mul(quantity).ok_or(OutOfRange),
            _ => fallback,
        }
    }

    /// The public on-demand cost when it is above 0, else gross: no list price is known then. [own]
    fn positive_on_demand(self) -> Money {
        self.public_cost().filter(|cost| *cost > Decimal::ZERO).map_or_else(|| self.gross(), Ok)
    }

    /// [`Row::cash`], or the list cost when there is a gross cost but no cash: how AWS fills the net cost of covered
    /// rows is not documented, and contracted cost leaves commitments out. [spec]
    fn covered_cash(self, list: Money) -> Money {
        if self.is_net() && self.cash().is_ok_and(Decimal::is_zero) && !self.is_free() { list } else { self.cash() }
    }

    fn money_moves(self) -> bool {
        !self.cash().is_ok_and(Decimal::is_zero) || !self.is_free()
    }

    /// The commitment that the row names.
    pub(crate) fn commitment(self) -> Option<Commitment<'a>> {
        self.facts.commitment.and_then(|_| commitment(self.facts.kind, |column| self.item.text(column)))
    }

    /// Whether the row names a reservation that AWS does not amortise.
    pub(crate) fn is_unamortized(self) -> bool {
        self.facts.is_unamortized
    }

    /// Whether the row is a fee that would buy a reservation if it named one, in a report that amortises them.
    pub(crate) fn may_be_upfront(self) -> bool {
        self.terms.has_amortized && self.is_nameless_purchase()
    }

    /// Whether the row is a fee of AWS's that is not billed monthly, without an ARN.
    fn is_nameless_purchase(self) -> bool {
        self.facts.is_nameless_fee && !self.facts.is_anniversary && !self.is_of_marketplace()
    }

    fn is_of_marketplace(self) -> bool {
        self.item.undecoded_text(Cur::BillingEntity).as_deref() == Some("AWS Marketplace")
    }

    /// Whether the row is about reservations, or may buy one, in a file without any column of their amortised cost.
    pub(crate) fn is_of_older_report(self) -> bool {
        let is_reserved = self.facts.commitment == Some(CommitmentType::ReservedInstance)
            || self.facts.kind.commitment() == Some(CommitmentType::ReservedInstance);
        !self.terms.amortizes_reservations && (is_reserved || self.is_nameless_purchase())
    }

    /// Whether nothing tells if a fee buys a reservation: there is no column for its ARN, another text in its place, or a
    /// blank beside what only the upfront fee of a commitment has.
    fn is_unclear_fee(self) -> bool {
        self.terms.has_amortized
            && self.facts.is_nameless_fee
            && (self.has_damaged_arn()
                || self.facts.is_of_commitment
                || self.is_described_as_upfront()
                || (self.is_nameless_purchase()
                    && (!self.terms.names_reservations || !self.terms.names_usage || self.is_paid_as_upfront())))
    }

    fn is_described_as_upfront(self) -> bool {
        let description = self.item.undecoded_text(Cur::LineItemDescription);
        description.as_deref().is_some_and(commitments::is_upfront_fee)
    }

    /// Whether the row has a payment option or units of a commitment that is paid upfront.
    fn is_paid_as_upfront(self) -> bool {
        let is_some = |column| self.item.undecoded_decimal(column).is_some_and(|units| !units.is_zero());
        matches!(self.payment_option(), Some(Payment::AllUpfront | Payment::PartialUpfront))
            || is_some(Cur::ReservationNumberOfReservations)
            || is_some(Cur::ReservationTotalReservedUnits)
    }

    /// Whether the row has what is left of the ARN of a reservation: neither an ARN nor what stands for none.
    fn has_damaged_arn(self) -> bool {
        let is_left =
            |text: &str| text.starts_with('#') || text.contains(':') || text.to_ascii_lowercase().contains("arn");
        let text = self.item.undecoded_text(Cur::ReservationARN);
        text.is_some_and(|text| !text.starts_with("arn:") && null_token(text.as_bytes()).is_none() && is_left(&text))
    }

    /// Whether the row refunds a commitment, though AWS often leaves the ARN of such a row blank: it is known by product
    /// code, usage type or description then. Refunds of discounts on the same products are none. [own]
    pub(crate) fn refunds_commitment(self) -> bool {
        if self.facts.commitment.is_some() || self.has_damaged_arn() {
            return true;
        }
        if self.is_of_marketplace() {
            return false;
        }
        let description = self.item.undecoded_text(Cur::LineItemDescription);
        let is_of_discount = description.as_deref().is_some_and(commitments::is_of_discount);
        let describes = || description.as_deref().is_some_and(commitments::is_described);
        !is_of_discount && (self.facts.is_of_commitment || describes())
    }

    /// Whether the row refunds what was paid upfront for a commitment, and so never entered EffectiveCost: all of it, or by
    /// its description the upfront fee. That of a reservation on cash basis did enter it. [own]
    pub(crate) fn refunds_upfront(self) -> bool {
        !self.is_unamortized() && self.refunds_commitment() && self.is_paid_upfront()
    }

    fn is_paid_upfront(self) -> bool {
        match self.payment_option() {
            Some(Payment::AllUpfront) => true,
            Some(Payment::NoUpfront) => false,
            Some(Payment::PartialUpfront) | None => {
                let description = self.item.undecoded_text(Cur::LineItemDescription);
                description.as_deref().is_some_and(commitments::is_of_upfront_fee)
            }
        }
    }

    /// How the commitment of the row is paid.
    pub(crate) fn payment_option(self) -> Option<Payment> {
        let of_cells = payment_option(|column| self.item.text(column));
        of_cells.or_else(|| Payment::of(&self.item.undecoded_text(Cur::LineItemDescription)?))
    }

    /// Whether the period of the row had begun when the report was written. In an open month Savings Plans have rows
    /// for hours to come, with nothing used; they would look unused. [own]
    pub(crate) fn has_begun(self) -> bool {
        match (self.terms.as_of, self.item.time(Cur::UsageStartDate)) {
            (Some(as_of), Some(start)) => start < as_of,
            _ => true,
        }
    }

    /// What the Savings Plan pays for the row: the net cell, else the gross one. [std]
    pub(crate) fn plan_used(self) -> Money {
        self.item.decimal(self.plan_used_cell()).ok_or(Unknown(Cur::SavingsPlanEffectiveCost))
    }

    fn plan_used_cell(self) -> Cur {
        self.first(Cur::SavingsPlanNetEffectiveCost, Cur::SavingsPlanEffectiveCost)
    }

    /// `savingsPlan/TotalCommitmentToDate - savingsPlan/UsedCommitment`: the unused part of the commitment. [std]
    pub(crate) fn plan_unused_gross(self) -> Money {
        let cell = |column| self.item.decimal(column).ok_or(Unknown(column));
        let committed = cell(Cur::SavingsPlanTotalCommitmentToDate)?;
        committed.checked_sub(cell(Cur::SavingsPlanUsedCommitment)?).ok_or(OutOfRange)
    }

    /// [`Row::plan_unused_gross`] after discounts: x (net upfront + net recurring) / (upfront + recurring). AWS
    /// publishes no net form of UsedCommitment. [own]
    pub(crate) fn plan_unused(self) -> Money {
        let gross = self.plan_unused_gross()?;
        let may_be_to_come = self.terms.as_of.is_some_and(|as_of| !self.is_over(as_of));
        if !gross.is_zero() && may_be_to_come && self.item.time(Cur::UsageStartDate).is_none() {
            return Err(Unknown(Cur::UsageStartDate));
        }
        match self.plan_commitments()? {
            Some((net, whole)) if !whole.is_zero() => gross.mul_div(net, whole).ok_or(OutOfRange),
            _ => Ok(gross),
        }
    }

    /// Net and gross commitment of a recurring fee row, when it has the net cells.
    pub(crate) fn plan_commitments(self) -> Result<Option<(Decimal, Decimal)>, NoAmount> {
        let cell = |column| self.item.decimal(column);
        let parts = [
            (
                Cur::SavingsPlanNetAmortizedUpfrontCommitmentForBillingPeriod,
                Cur::SavingsPlanAmortizedUpfrontCommitmentForBillingPeriod,
            ),
            (
                Cur::SavingsPlanNetRecurringCommitmentForBillingPeriod,
                Cur::SavingsPlanRecurringCommitmentForBillingPeriod,
            ),
        ];
        if parts.iter().all(|&(net, _)| cell(net).is_none()) {
            // A discount is on the fee, so it is on the commitment.
            let is_discounted = self.is_net() && self.cash() != self.gross();
            let lacks = Unknown(Cur::SavingsPlanNetRecurringCommitmentForBillingPeriod);
            return if is_discounted { Err(lacks) } else { Ok(None) };
        }
        let (mut net_sum, mut gross_sum) = (Decimal::ZERO, Decimal::ZERO);
        for (net, gross) in parts {
            // Of a part without a payment both cells may be blank; one that stands alone leaves the ratio unknown.
            let (net, gross) = match (cell(net), cell(gross)) {
                (Some(net), Some(gross)) => (net, gross),
                (Some(amount), None) if !amount.is_zero() => return Err(Unknown(gross)),
                (None, Some(amount)) if !amount.is_zero() => return Err(Unknown(net)),
                _ => continue,
            };
            net_sum = net_sum.checked_add(net).ok_or(OutOfRange)?;
            gross_sum = gross_sum.checked_add(gross).ok_or(OutOfRange)?;
        }
        Ok(Some((net_sum, gross_sum)))
    }

    /// What the reservation pays for the row: the net cell, else the gross one. [std]
    pub(crate) fn reservation_used(self) -> Money {
        self.item.decimal(self.reservation_used_cell()).ok_or(Unknown(Cur::ReservationEffectiveCost))
    }

    fn reservation_used_cell(self) -> Cur {
        self.first(Cur::ReservationNetEffectiveCost, Cur::ReservationEffectiveCost)
    }

    /// The unused part of the reservation before `as_of`. [aws], [own]
    ///
    /// 0 for a report without the columns of the unused part that has the upfront share: the closing batch has it then.
    pub(crate) fn reservation_unused(self) -> Money {
        if !self.terms.tells_unused_reservations && self.reservation_upfront().is_some() {
            // The closing batch sums by ARN.
            return if self.facts.commitment.is_some() { Ok(Decimal::ZERO) } else { Err(Unknown(Cur::ReservationARN)) };
        }
        let unused = self.reservation_unused_by_report()?;
        if unused.is_zero() {
            return Ok(unused);
        }
        match self.unused_so_far()? {
            Some((so_far, all)) => unused.mul_div(so_far, all).ok_or(OutOfRange),
            None => Ok(unused),
        }
    }

    /// What of the reservation is not used by the report, hours to come included: upfront and recurring part, each the net
    /// cell, else the gross one. Of the two a blank is 0 where the other is a cell, and nothing says that there is a fee of
    /// its kind. [std]
    fn reservation_unused_by_report(self) -> Money {
        let [upfront, recurring] = self.reservation_unused_cells().map(|cell| self.item.decimal(cell));
        let (upfront, recurring) = match (upfront, recurring) {
            (None, None) => return Err(Unknown(Cur::ReservationUnusedRecurringFee)),
            (Some(_), None) if !self.is_free() => return Err(Unknown(Cur::ReservationUnusedRecurringFee)),
            (None, Some(_)) if self.may_have_paid_upfront() => {
                return Err(Unknown(Cur::ReservationUnusedAmortizedUpfrontFeeForBillingPeriod));
            }
            (upfront, recurring) => (upfront.unwrap_or_default(), recurring.unwrap_or_default()),
        };
        upfront.checked_add(recurring).ok_or(OutOfRange)
    }

    /// Whether an upfront fee is known, or cannot be excluded: the report has no column that would say so.
    fn may_have_paid_upfront(self) -> bool {
        match (self.reservation_upfront(), self.payment_option()) {
            (Some(fee), _) => !fee.is_zero(),
            (None, Some(Payment::AllUpfront | Payment::PartialUpfront)) => true,
            (None, _) => !self.terms.tells_unused_upfront,
        }
    }

    fn reservation_unused_cells(self) -> [Cur; 2] {
        [
            self.first(
                Cur::ReservationNetUnusedAmortizedUpfrontFeeForBillingPeriod,
                Cur::ReservationUnusedAmortizedUpfrontFeeForBillingPeriod,
            ),
            self.first(Cur::ReservationNetUnusedRecurringFee, Cur::ReservationUnusedRecurringFee),
        ]
    }

    /// Unused fees of hours to come, which [`Row::reservation_unused`] leaves out. Of a report without the columns of the
    /// unused part: the share of the fee and of the upfront payment that is of those hours. [own]
    pub(crate) fn reservation_cut(self) -> Money {
        if self.terms.tells_unused_reservations {
            let unused = self.reservation_unused_by_report()?;
            return unused.checked_sub(self.reservation_unused()?).ok_or(OutOfRange);
        }
        match (self.reservation_upfront(), self.to_come()?) {
            (Some(upfront), Some((to_come, all))) => {
                let paid = self.cash()?.checked_add(upfront).ok_or(OutOfRange)?;
                paid.mul_div(to_come, all).ok_or(OutOfRange)
            }
            _ => Ok(Decimal::ZERO),
        }
    }

    /// How much of the period of the row lies after the delivery, and how long it is; `None` when nothing does.
    fn to_come(self) -> Result<Option<(Decimal, Decimal)>, NoAmount> {
        let Some(as_of) = self.terms.as_of.filter(|&as_of| !self.is_over(as_of)) else { return Ok(None) };
        let time = |column| self.item.undecoded_time(column).ok_or(Unknown(column));
        let (start, end) = (time(Cur::UsageStartDate)?, exclusive_end(time(Cur::UsageEndDate)?));
        let as_of = as_of.max(start);
        let micros = |span: i64| Decimal::from_unscaled(i128::from(span));
        Ok((as_of < end).then(|| (micros(end.saturating_sub(as_of)), micros(end.saturating_sub(start)))))
    }

    /// Whether the billing period was over when the report was written: no hour is to come, whatever the row's own period.
    fn is_over(self, as_of: i64) -> bool {
        let month_end = || Some(timestamp::bounds_of(self.item.time(Cur::BillingPeriodStartDate)?)?.1);
        let end = self.item.time(Cur::BillingPeriodEndDate).map(exclusive_end).or_else(month_end);
        end.is_some_and(|end| end <= as_of)
    }

    /// In an open month AWS counts the hours to come of a reservation as unused, and takes them away as they are used.
    /// Unused units without those to come, and unused units by the report; `None` when no hour is to come. [own]
    pub(crate) fn unused_so_far(self) -> Result<Option<(Decimal, Decimal)>, NoAmount> {
        let Some((to_come, all)) = self.to_come()? else { return Ok(None) };
        let cell = |column| self.item.undecoded_decimal(column);
        let of_units = |unused, reserved| Some((cell(unused)?, cell(reserved)?));
        let plain = of_units(Cur::ReservationUnusedQuantity, Cur::ReservationTotalReservedUnits);
        let (unused, reserved) = plain
            .or_else(|| {
                let unused = Cur::ReservationUnusedNormalizedUnitQuantity;
                of_units(unused, Cur::ReservationTotalReservedNormalizedUnits)
            })
            .ok_or(Unknown(match cell(Cur::ReservationTotalReservedUnits) {
                Some(_) => Cur::ReservationUnusedQuantity,
                None => Cur::ReservationTotalReservedUnits,
            }))?;
        let to_come = reserved.mul_div(to_come, all).ok_or(OutOfRange)?;
        let so_far = unused.checked_sub(to_come).ok_or(OutOfRange)?;
        let so_far = if so_far.is_negative() { Decimal::ZERO } else { so_far };
        // Without unused units there is nothing to divide by, and nothing to cut.
        Ok((!unused.is_zero()).then_some((so_far, unused)))
    }

    /// The upfront share of this month of a reservation, net cell first; 0 when nothing was paid upfront.
    pub(crate) fn reservation_upfront(self) -> Option<Decimal> {
        let cell = self.item.decimal(self.first(
            Cur::ReservationNetAmortizedUpfrontFeeForBillingPeriod,
            Cur::ReservationAmortizedUpfrontFeeForBillingPeriod,
        ));
        cell.or_else(|| (self.payment_option() == Some(Payment::NoUpfront)).then_some(Decimal::ZERO))
    }

    /// The net column when it has a cell, else the gross one.
    fn first(self, net: Cur, gross: Cur) -> Cur {
        if self.item.decimal(net).is_some() { net } else { gross }
    }

    /// The amortised cost of the row, whatever rows it becomes: the formula of the CUR Query Library [std], with the
    /// exceptions that the matrix makes. Written apart from the matrix on purpose: totals compare the two.
    ///
    /// Second: what rounding to 18 decimals took from it.
    pub(crate) fn amortized(self) -> Result<(Decimal, RoundingLoss), NoAmount> {
        let cash = || Ok((self.cash()?, self.cash_lost()));
        let nothing = Ok((Decimal::ZERO, RoundingLoss::ZERO));
        match self.facts.kind {
            ItemType::SavingsPlanCoveredUsage => Ok((self.plan_used()?, self.item.lost(self.plan_used_cell()))),
            ItemType::SavingsPlanRecurringFee if !self.has_begun() => nothing,
            ItemType::SavingsPlanRecurringFee => Ok((self.plan_unused()?, RoundingLoss::ZERO)),
            ItemType::SavingsPlanNegation | ItemType::SavingsPlanUpfrontFee => nothing,
            ItemType::DiscountedUsage | ItemType::RIFee | ItemType::Fee if self.is_unamortized() => cash(),
            ItemType::DiscountedUsage => Ok((self.reservation_used()?, self.item.lost(self.reservation_used_cell()))),
            ItemType::RIFee => {
                let [upfront, recurring] = self.reservation_unused_cells();
                let mut lost = self.item.lost(upfront);
                lost += self.item.lost(recurring);
                Ok((self.reservation_unused()?, lost))
            }
            ItemType::Fee if self.facts.commitment.is_some() => nothing,
            ItemType::Fee if self.is_unclear_fee() => Err(Unknown(Cur::ReservationARN)),
            ItemType::Refund if !self.facts.has_tax_type && self.refunds_upfront() => nothing,
            _ => cash(),
        }
    }

    /// Whether the row corrects a period that was invoiced before. A refund is booked on a bill of its own, after
    /// invoicing; one on another bill for usage of the billing period itself is no correction. [spec], [own]
    pub(crate) fn is_correction(self) -> bool {
        if self.facts.kind != ItemType::Refund {
            return false;
        }
        let inside = match (
            self.item.time(Cur::UsageStartDate),
            self.item.time(Cur::BillingPeriodStartDate),
            self.item.time(Cur::BillingPeriodEndDate),
        ) {
            (Some(start), Some(from), Some(to)) => from <= start && start < to,
            _ => false,
        };
        self.facts.is_on_refund_bill || !inside
    }
}

/// Columns that decide about money: always decoded, whatever the caller asked for.
#[rustfmt::skip]
pub(crate) const MONEY_CELLS: &[Cur] = &[
    Cur::LineItemType, Cur::BillType, Cur::PayerAccountId, Cur::BillingPeriodStartDate, Cur::BillingPeriodEndDate,
    Cur::InvoiceId, Cur::UsageAccountId, Cur::UsageStartDate, Cur::UsageType, Cur::CurrencyCode, Cur::TaxType,
    Cur::UnblendedCost, Cur::NetUnblendedCost, Cur::UsageAmount, Cur::ProductCode, Cur::ProductFamily,
    Cur::ProductMarketoption, Cur::PricingTerm, Cur::PricingCurrency, Cur::PricingPurchaseOption,
    Cur::PublicOnDemandCost, Cur::PublicOnDemandRate, Cur::ReservationARN, Cur::ReservationEffectiveCost,
    Cur::ReservationNetEffectiveCost, Cur::ReservationUnusedAmortizedUpfrontFeeForBillingPeriod,
    Cur::ReservationNetUnusedAmortizedUpfrontFeeForBillingPeriod, Cur::ReservationUnusedRecurringFee,
    Cur::ReservationNetUnusedRecurringFee, Cur::ReservationAmortizedUpfrontFeeForBillingPeriod,
    Cur::ReservationNetAmortizedUpfrontFeeForBillingPeriod, Cur::SavingsPlanARN, Cur::SavingsPlanPaymentOption,
    Cur::SavingsPlanEffectiveCost, Cur::SavingsPlanNetEffectiveCost, Cur::SavingsPlanTotalCommitmentToDate,
    Cur::SavingsPlanUsedCommitment, Cur::SavingsPlanAmortizedUpfrontCommitmentForBillingPeriod,
    Cur::SavingsPlanNetAmortizedUpfrontCommitmentForBillingPeriod,
    Cur::SavingsPlanRecurringCommitmentForBillingPeriod, Cur::SavingsPlanNetRecurringCommitmentForBillingPeriod,
];
