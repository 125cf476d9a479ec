//! One function per condition and per amount that the matrix of `rules/charges.rs` names.
//!
//! In: one line item. Out: an exact amount, or [`OutOfRange`] when arithmetic leaves 20 digits before the point. Nothing
//! here looks at another row. Each rule carries a mark: [spec] required by FOCUS, [aws] stated by AWS, [std] the usual
//! formula of public converters, [own] decided here because sources are silent or disagree.

use crate::decimal::{Decimal, Lost};
use crate::decode::alike::Cells;
use crate::line_items::{LineItem, LineItems};
use crate::rules::charges::{Amount, When};
use crate::rules::resources;
use crate::schema::cur::Cur;
use crate::schema::values::{CommitmentType, ItemType};

/// Arithmetic left the range of a decimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OutOfRange;

type Money = Result<Decimal, OutOfRange>;

/// What the formulas need to know besides the row.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Terms {
    /// Whether negations are kept and covered usage keeps its cash.
    pub(crate) keep_negation: bool,
    /// The instant of the delivery in microseconds: what lies after it has not happened yet.
    pub(crate) as_of: Option<i64>,
    /// Whether the file has the cost of usage under reservations at all; older reports have not.
    pub(crate) amortizes_reservations: bool,
    /// Whether the file has the columns of unused reservations.
    pub(crate) tells_unused_reservations: bool,
}

impl Terms {
    /// The terms for one file.
    pub(crate) fn of(items: &LineItems, keep_negation: bool, as_of: Option<i64>) -> Self {
        let has = |column| items.has(column);
        Self {
            keep_negation,
            as_of,
            amortizes_reservations: has(Cur::ReservationEffectiveCost) || has(Cur::ReservationNetEffectiveCost),
            tells_unused_reservations: has(Cur::ReservationUnusedRecurringFee)
                || has(Cur::ReservationUnusedAmortizedUpfrontFeeForBillingPeriod)
                || has(Cur::ReservationNetUnusedRecurringFee)
                || has(Cur::ReservationNetUnusedAmortizedUpfrontFeeForBillingPeriod),
        }
    }
}

/// What the cells say of a line item that it shares with many others, whatever its amounts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    pub(crate) kind: ItemType,
    pub(crate) commitment: Option<CommitmentType>,
    is_spot: bool,
    is_unamortized: bool,
    is_all_upfront: bool,
    one_currency: bool,
    is_anniversary: bool,
    is_on_refund_bill: bool,
    has_tax_type: bool,
    has_usage_type: bool,
    pub(crate) has_unit: bool,
    pub(crate) has_currency: bool,
    pub(crate) has_capacity_reservation: bool,
}

impl Facts {
    /// The facts of one combination of cells.
    pub(crate) fn of(cells: &Cells, combination: u32, terms: Terms) -> Self {
        let text = |column| cells.text(combination, column);
        let kind = ItemType::from_text(text(Cur::LineItemType).unwrap_or_default());
        let commitment = commitment(kind, text);
        let is_unamortized = is_unamortized(commitment, terms, text);
        let bill = text(Cur::BillType);
        Self {
            kind,
            commitment: commitment.map(|commitment| commitment.kind),
            is_spot: is_spot(text),
            is_unamortized,
            is_all_upfront: commitment.is_some() && payment_option(text) == Some("All Upfront") && !is_unamortized,
            one_currency: one_currency(text),
            is_anniversary: bill == Some("Anniversary"),
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
    match kind {
        ItemType::SavingsPlanCoveredUsage
        | ItemType::SavingsPlanNegation
        | ItemType::SavingsPlanRecurringFee
        | ItemType::SavingsPlanUpfrontFee => plan().or_else(reservation),
        _ => reservation().or_else(plan),
    }
}

/// Whether the row names a reservation that AWS does not amortise, and so stays on cash basis: Dedicated Host
/// reservations [aws], and all of a report that lacks `reservation/EffectiveCost`. With an effective cost of 0
/// their upfront payment would vanish from every amortised total. [own]
fn is_unamortized<'a>(commitment: Option<Commitment<'a>>, terms: Terms, text: impl Fn(Cur) -> Option<&'a str>) -> bool {
    let Some(Commitment { arn, kind: CommitmentType::ReservedInstance }) = commitment else { return false };
    !terms.amortizes_reservations
        || resources::is_host_reservation(arn)
        || text(Cur::ProductFamily) == Some("Dedicated Host")
        || text(Cur::UsageType).is_some_and(|usage| usage.contains("HostUsage"))
}

/// How the commitment of a row is paid: No, Partial or All Upfront.
fn payment_option<'a>(text: impl Fn(Cur) -> Option<&'a str>) -> Option<&'a str> {
    text(Cur::SavingsPlanPaymentOption).or_else(|| text(Cur::PricingPurchaseOption))
}

/// A line item with its facts and the terms of its file.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) item: LineItem<'a>,
    pub(crate) facts: &'a Facts,
    pub(crate) terms: Terms,
}

/// A commitment that a row names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Commitment<'a> {
    pub(crate) arn: &'a str,
    pub(crate) kind: CommitmentType,
}

impl<'a> Row<'a> {
    /// Whether a condition of the matrix holds.
    pub(crate) fn is(self, when: When) -> Result<bool, OutOfRange> {
        Ok(match when {
            When::Always => true,
            When::Spot => self.facts.is_spot,
            When::MoneyMoves => self.money_moves(),
            When::MoneyMovesUnamortized => self.money_moves() && self.is_unamortized(),
            When::PlanUnused => self.has_begun() && !self.plan_unused_gross()?.is_zero(),
            When::ReservationUnused => !self.is_unamortized() && !self.reservation_unused()?.is_zero(),
            When::Unamortized => self.is_unamortized(),
            When::Commitment => self.facts.commitment.is_some(),
            When::Anniversary => self.facts.is_anniversary,
            When::TaxType => self.facts.has_tax_type,
            When::AllUpfront => self.is_all_upfront(),
            When::RefundedPurchase => self.facts.commitment.is_some() || !self.facts.has_usage_type,
            When::NegationKept => self.terms.keep_negation,
        })
    }

    /// An amount of the matrix.
    pub(crate) fn amount(self, amount: Amount, list: Decimal) -> Money {
        match amount {
            Amount::Zero => Ok(Decimal::ZERO),
            Amount::Cash => Ok(self.cash()),
            Amount::Gross => Ok(self.gross()),
            Amount::OnDemand => self.on_demand(Ok(self.gross())),
            Amount::OnDemandOrReservation => self.on_demand(Ok(self.reservation_used())),
            Amount::PositiveOnDemand => Ok(self.positive_on_demand()),
            Amount::PlanUsed => Ok(self.plan_used()),
            Amount::PlanUnused => self.plan_unused(),
            Amount::ReservationUsed => Ok(self.reservation_used()),
            Amount::ReservationUnused => self.reservation_unused(),
            Amount::CoveredCash => Ok(self.covered_cash(list)),
            Amount::List => Ok(list),
        }
    }

    /// `lineItem/UnblendedCost`; blank is 0.
    pub(crate) fn gross(self) -> Decimal {
        self.item.decimal(Cur::UnblendedCost).unwrap_or_default()
    }

    /// Whether the row has a net cost of its own; decided row by row. [std]
    pub(crate) fn is_net(self) -> bool {
        self.item.decimal(Cur::NetUnblendedCost).is_some()
    }

    /// What is on the bill: `lineItem/NetUnblendedCost` when it is a cell, else [`Row::gross`].
    pub(crate) fn cash(self) -> Decimal {
        self.item.decimal(Cur::NetUnblendedCost).unwrap_or_else(|| self.gross())
    }

    /// What rounding to 18 decimals took from [`Row::cash`].
    pub(crate) fn cash_lost(self) -> Lost {
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

    /// `pricing/publicOnDemandCost`, unless it is in another currency, or 0 beside a gross cost, which means "no public
    /// price known", not "free". A positive one beside a gross cost of 0 is a free tier, and stays. [own]
    pub(crate) fn public_cost(self) -> Option<Decimal> {
        self.public(Cur::PublicOnDemandCost)
    }

    /// `pricing/publicOnDemandRate`, under the conditions of [`Row::public_cost`].
    pub(crate) fn public_rate(self) -> Option<Decimal> {
        self.public(Cur::PublicOnDemandRate)
    }

    fn public(self, column: Cur) -> Option<Decimal> {
        let cell = self.item.decimal(column)?;
        (self.one_currency() && (!cell.is_zero() || self.gross().is_zero())).then_some(cell)
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
    fn positive_on_demand(self) -> Decimal {
        self.public_cost().filter(|cost| *cost > Decimal::ZERO).unwrap_or_else(|| self.gross())
    }

    /// [`Row::cash`], or the list cost when there is a gross cost but no cash: how AWS fills the net cost of covered
    /// rows is not documented, and contracted cost leaves commitments out. [spec]
    fn covered_cash(self, list: Decimal) -> Decimal {
        if self.is_net() && self.cash().is_zero() && !self.gross().is_zero() { list } else { self.cash() }
    }

    fn money_moves(self) -> bool {
        !self.cash().is_zero() || !self.gross().is_zero()
    }

    /// The commitment that the row names.
    pub(crate) fn commitment(self) -> Option<Commitment<'a>> {
        self.facts.commitment.and_then(|_| commitment(self.facts.kind, |column| self.item.text(column)))
    }

    /// Whether the row names a reservation that AWS does not amortise.
    pub(crate) fn is_unamortized(self) -> bool {
        self.facts.is_unamortized
    }

    /// Whether the row names a commitment that is paid All Upfront, and whose fee so never entered EffectiveCost; that of
    /// a reservation on cash basis did. [own]
    fn is_all_upfront(self) -> bool {
        self.facts.is_all_upfront
    }

    /// How the commitment of the row is paid: No, Partial or All Upfront.
    pub(crate) fn payment_option(self) -> Option<&'a str> {
        payment_option(|column| self.item.text(column))
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
    pub(crate) fn plan_used(self) -> Decimal {
        self.item.decimal(self.plan_used_cell()).unwrap_or_default()
    }

    fn plan_used_cell(self) -> Cur {
        self.first(Cur::SavingsPlanNetEffectiveCost, Cur::SavingsPlanEffectiveCost)
    }

    /// `savingsPlan/TotalCommitmentToDate - savingsPlan/UsedCommitment`: what of the commitment nobody used. [std]
    pub(crate) fn plan_unused_gross(self) -> Money {
        let committed = self.item.decimal(Cur::SavingsPlanTotalCommitmentToDate).unwrap_or_default();
        let used = self.item.decimal(Cur::SavingsPlanUsedCommitment).unwrap_or_default();
        committed.checked_sub(used).ok_or(OutOfRange)
    }

    /// [`Row::plan_unused_gross`] after discounts: x (net upfront + net recurring) / (upfront + recurring). AWS
    /// publishes no net form of UsedCommitment. [own]
    pub(crate) fn plan_unused(self) -> Money {
        let gross = self.plan_unused_gross()?;
        match self.plan_commitments()? {
            Some((net, whole)) if !whole.is_zero() => gross.mul_div(net, whole).ok_or(OutOfRange),
            _ => Ok(gross),
        }
    }

    /// Net and gross commitment of a recurring fee row, when it has the net cells.
    pub(crate) fn plan_commitments(self) -> Result<Option<(Decimal, Decimal)>, OutOfRange> {
        let net_upfront = self.item.decimal(Cur::SavingsPlanNetAmortizedUpfrontCommitmentForBillingPeriod);
        let net_recurring = self.item.decimal(Cur::SavingsPlanNetRecurringCommitmentForBillingPeriod);
        if net_upfront.is_none() && net_recurring.is_none() {
            return Ok(None);
        }
        let cell = |column| self.item.decimal(column).unwrap_or_default();
        let upfront = cell(Cur::SavingsPlanAmortizedUpfrontCommitmentForBillingPeriod);
        let recurring = cell(Cur::SavingsPlanRecurringCommitmentForBillingPeriod);
        let net = net_upfront.unwrap_or(upfront).checked_add(net_recurring.unwrap_or(recurring)).ok_or(OutOfRange)?;
        Ok(Some((net, upfront.checked_add(recurring).ok_or(OutOfRange)?)))
    }

    /// What the reservation pays for the row: the net cell, else the gross one. [std]
    pub(crate) fn reservation_used(self) -> Decimal {
        self.item.decimal(self.reservation_used_cell()).unwrap_or_default()
    }

    fn reservation_used_cell(self) -> Cur {
        self.first(Cur::ReservationNetEffectiveCost, Cur::ReservationEffectiveCost)
    }

    /// What of the reservation nobody used: upfront and recurring part, each the net cell, else the gross one. [std]
    pub(crate) fn reservation_unused(self) -> Money {
        let [upfront, recurring] = self.reservation_unused_cells();
        let cell = |column| self.item.decimal(column).unwrap_or_default();
        cell(upfront).checked_add(cell(recurring)).ok_or(OutOfRange)
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

    /// The upfront share of this month of a reservation, net cell first.
    pub(crate) fn reservation_upfront(self) -> Option<Decimal> {
        self.item.decimal(self.first(
            Cur::ReservationNetAmortizedUpfrontFeeForBillingPeriod,
            Cur::ReservationAmortizedUpfrontFeeForBillingPeriod,
        ))
    }

    /// The net column when it has a cell, else the gross one.
    fn first(self, net: Cur, gross: Cur) -> Cur {
        if self.item.decimal(net).is_some() { net } else { gross }
    }

    /// The amortised cost of the row, whatever rows it becomes: the formula of the CUR Query Library [std], with the
    /// exceptions that the matrix makes. Written apart from the matrix on purpose: totals compare the two.
    ///
    /// Second: what rounding to 18 decimals took from it.
    pub(crate) fn amortized(self) -> Result<(Decimal, Lost), OutOfRange> {
        let cash = || Ok((self.cash(), self.cash_lost()));
        let nothing = Ok((Decimal::ZERO, Lost::ZERO));
        match self.facts.kind {
            ItemType::SavingsPlanCoveredUsage => Ok((self.plan_used(), self.item.lost(self.plan_used_cell()))),
            ItemType::SavingsPlanRecurringFee if !self.has_begun() => nothing,
            ItemType::SavingsPlanRecurringFee => Ok((self.plan_unused()?, Lost::ZERO)),
            ItemType::SavingsPlanNegation | ItemType::SavingsPlanUpfrontFee => nothing,
            ItemType::DiscountedUsage | ItemType::RIFee | ItemType::Fee if self.is_unamortized() => cash(),
            ItemType::DiscountedUsage => Ok((self.reservation_used(), self.item.lost(self.reservation_used_cell()))),
            ItemType::RIFee => {
                let [upfront, recurring] = self.reservation_unused_cells();
                let mut lost = self.item.lost(upfront);
                lost += self.item.lost(recurring);
                Ok((self.reservation_unused()?, lost))
            }
            ItemType::Fee if self.facts.commitment.is_some() => nothing,
            ItemType::Refund if self.is_all_upfront() && !self.facts.has_tax_type => nothing,
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
