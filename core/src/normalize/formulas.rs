//! One function per condition and per amount of the matrix in `rules/charges.rs`.
//!
//! In: one line item. Out: an exact amount, or [`NoAmount`]: a required cell is missing, or the result has more than 20
//! digits before the point. No function reads another row. Marks of rules: [spec] required by FOCUS, [aws] stated by
//! AWS, [std] the usual formula of public converters, [own] decided here because sources are silent or disagree.

use super::facts::{ChargeFacts, Commitment, FileContext, commitment};
use crate::line_items::LineItem;
use crate::rules::charges::{Amount, When};
use crate::rules::commitments;
use crate::rules::commitments::Payment;
use crate::schema::cur::{Cur, null_token};
use crate::schema::words::{CommitmentType, ItemType};
use crate::value::decimal::{Decimal, RoundingLoss};
use crate::value::timestamp;

/// Why there is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoAmount {
    /// A required cell is missing: the amount is unknown, and never 0.
    Unknown(Cur),
    /// The result is out of range of a decimal.
    OutOfRange,
}

use NoAmount::{OutOfRange, Unknown};

type Money = Result<Decimal, NoAmount>;

/// Returns the payment option of the commitment of a row: from its cells, else from the end of its usage type.
fn payment_option<'a>(text: impl Fn(Cur) -> Option<&'a str>) -> Option<Payment> {
    let cell = text(Cur::SavingsPlanPaymentOption).or_else(|| text(Cur::PricingPurchaseOption));
    cell.and_then(Payment::of).or_else(|| text(Cur::UsageType).and_then(Payment::of))
}

/// A line item with its facts and those of its file.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) item: LineItem<'a>,
    pub(crate) facts: &'a ChargeFacts,
    pub(crate) context: &'a FileContext,
}

impl<'a> Row<'a> {
    /// Returns whether a condition of the matrix holds.
    pub(crate) fn is(self, when: When) -> Result<bool, NoAmount> {
        // A row with an unknown amount is kept, with a null. Only rows with an amount of 0 are left out.
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
            When::NegationKept => self.context.keep_negation,
        })
    }

    /// Returns an amount of the matrix.
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

    /// `lineItem/UnblendedCost`; in an export that has only the net cost, the net cost. Rows that split the cost of an
    /// instance among containers repeat it elsewhere, so a blank is 0 there. [own]
    #[inline]
    pub(crate) fn gross(self) -> Money {
        let cell = |column| self.item.decimal(column);
        match cell(Cur::UnblendedCost).or_else(|| cell(Cur::NetUnblendedCost)) {
            Some(gross) => Ok(gross),
            None if self.is_split() => Ok(Decimal::ZERO),
            None => Err(Unknown(Cur::UnblendedCost)),
        }
    }

    /// Returns whether the row splits the cost of another row, which it names if that is an instance.
    fn is_split(self) -> bool {
        let parent = self.item.undecoded_text(Cur::SplitParentResourceId);
        parent.is_some_and(|parent| null_token(parent.as_bytes()).is_none())
            || self.item.undecoded_decimal(Cur::SplitUsage).is_some()
    }

    /// Returns whether the gross cost is known to be 0.
    #[inline]
    fn is_free(self) -> bool {
        self.gross().is_ok_and(Decimal::is_zero)
    }

    /// Returns whether the row has a net cost; decided row by row. [std]
    #[inline]
    pub(crate) fn is_net(self) -> bool {
        self.item.decimal(Cur::NetUnblendedCost).is_some()
    }

    /// The amount on the bill: `lineItem/NetUnblendedCost` if it is not blank, else [`Row::gross`].
    #[inline]
    pub(crate) fn cash(self) -> Money {
        self.item.decimal(Cur::NetUnblendedCost).map_or_else(|| self.gross(), Ok)
    }

    /// The rounding loss of [`Row::cash`].
    pub(crate) fn cash_lost(self) -> RoundingLoss {
        self.item.lost(if self.is_net() { Cur::NetUnblendedCost } else { Cur::UnblendedCost })
    }

    /// `lineItem/UsageAmount`.
    pub(crate) fn quantity(self) -> Option<Decimal> {
        self.item.decimal(Cur::UsageAmount)
    }

    /// Returns whether prices are in the billing currency.
    pub(crate) fn one_currency(self) -> bool {
        self.facts.one_currency
    }

    /// `pricing/publicOnDemandCost`. `None` if it is in another currency, or if it is 0 while there is a gross cost or
    /// a reservation: then 0 means that no public price is known, not that the usage is free. [own]
    pub(crate) fn public_cost(self) -> Option<Decimal> {
        self.public(Cur::PublicOnDemandCost)
    }

    /// `pricing/publicOnDemandRate`, under the conditions of [`Row::public_cost`].
    pub(crate) fn public_rate(self) -> Option<Decimal> {
        self.public(Cur::PublicOnDemandRate)
    }

    fn public(self, column: Cur) -> Option<Decimal> {
        let cell = self.item.decimal(column)?;
        let may_be_zero = self.facts.item_type != ItemType::DiscountedUsage && self.is_free();
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

    /// The public on-demand cost if it is above 0, else gross, as no list price is known. [own]
    fn positive_on_demand(self) -> Money {
        self.public_cost().filter(|cost| *cost > Decimal::ZERO).map_or_else(|| self.gross(), Ok)
    }

    /// [`Row::cash`], or the list cost if there is a gross cost but no cash: AWS does not document the net cost of
    /// covered rows, and the contracted cost must not include the effect of commitments. [spec]
    fn covered_cash(self, list: Money) -> Money {
        if self.is_net() && self.cash().is_ok_and(Decimal::is_zero) && !self.is_free() { list } else { self.cash() }
    }

    fn money_moves(self) -> bool {
        !self.cash().is_ok_and(Decimal::is_zero) || !self.is_free()
    }

    /// Returns the commitment that the row names.
    pub(crate) fn commitment(self) -> Option<Commitment<'a>> {
        self.facts.commitment.and_then(|_| commitment(self.facts.item_type, |column| self.item.text(column)))
    }

    /// Returns whether the row names a reservation that AWS does not amortize.
    pub(crate) fn is_unamortized(self) -> bool {
        self.facts.is_unamortized
    }

    /// Returns whether the row is a fee without ARN that may buy a reservation, in a report with amortized reservation
    /// costs.
    pub(crate) fn may_be_upfront(self) -> bool {
        self.context.has_amortized && self.is_nameless_purchase()
    }

    /// Returns whether the row is a fee of AWS without an ARN that is not billed monthly.
    fn is_nameless_purchase(self) -> bool {
        self.facts.is_nameless_fee && !self.facts.is_anniversary && !self.is_of_marketplace()
    }

    fn is_of_marketplace(self) -> bool {
        self.item.undecoded_text(Cur::BillingEntity).as_deref() == Some("AWS Marketplace")
    }

    /// Returns whether the row belongs to a reservation, or may buy one, in a file without any column of amortized
    /// reservation costs.
    pub(crate) fn is_of_older_report(self) -> bool {
        let is_reserved = self.facts.commitment == Some(CommitmentType::ReservedInstance)
            || self.facts.item_type.commitment() == Some(CommitmentType::ReservedInstance);
        !self.context.amortizes_reservations && (is_reserved || self.is_nameless_purchase())
    }

    /// Returns whether the report does not show if a fee buys a reservation: there is no column for the ARN, or it has
    /// another text, or it is blank while the row has cells that only an upfront fee has.
    fn is_unclear_fee(self) -> bool {
        self.context.has_amortized
            && self.facts.is_nameless_fee
            && (self.has_damaged_arn()
                || self.facts.is_of_commitment
                || self.is_described_as_upfront()
                || (self.is_nameless_purchase()
                    && (!self.context.names_reservations || !self.context.names_usage || self.is_paid_as_upfront())))
    }

    fn is_described_as_upfront(self) -> bool {
        let description = self.item.undecoded_text(Cur::LineItemDescription);
        description.as_deref().is_some_and(commitments::is_upfront_fee)
    }

    /// Returns whether the row has a payment option or units of a commitment that is paid upfront.
    fn is_paid_as_upfront(self) -> bool {
        let is_some = |column| self.item.undecoded_decimal(column).is_some_and(|units| !units.is_zero());
        matches!(self.payment_option(), Some(Payment::AllUpfront | Payment::PartialUpfront))
            || is_some(Cur::ReservationNumberOfReservations)
            || is_some(Cur::ReservationTotalReservedUnits)
    }

    /// Returns whether the row has a damaged ARN of a reservation: a text that is neither an ARN nor a null token.
    fn has_damaged_arn(self) -> bool {
        let is_left =
            |text: &str| text.starts_with('#') || text.contains(':') || text.to_ascii_lowercase().contains("arn");
        let text = self.item.undecoded_text(Cur::ReservationARN);
        text.is_some_and(|text| !text.starts_with("arn:") && null_token(text.as_bytes()).is_none() && is_left(&text))
    }

    /// Returns whether the row refunds a commitment. AWS often leaves the ARN of such a row blank; then product code,
    /// usage type or description decide. Refunds of discounts on the same products do not count. [own]
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

    /// Returns whether the row refunds an upfront payment for a commitment, which is not in EffectiveCost: either all
    /// of it was paid upfront, or the description names the upfront fee. The upfront payment of a reservation on cash
    /// basis is in EffectiveCost. [own]
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

    /// Returns the payment option of the commitment of the row.
    pub(crate) fn payment_option(self) -> Option<Payment> {
        let of_cells = payment_option(|column| self.item.text(column));
        of_cells.or_else(|| Payment::of(&self.item.undecoded_text(Cur::LineItemDescription)?))
    }

    /// Returns whether the period of the row had begun when the report was written. In an open month Savings Plans have
    /// rows for future hours without usage, which would look unused. [own]
    pub(crate) fn has_begun(self) -> bool {
        match (self.context.as_of, self.item.time(Cur::UsageStartDate)) {
            (Some(as_of), Some(start)) => start < as_of,
            _ => true,
        }
    }

    /// The part of the Savings Plan used by the row: the net cell, else the gross one. [std]
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
        let may_be_to_come = self.context.as_of.is_some_and(|as_of| !self.is_over(as_of));
        if !gross.is_zero() && may_be_to_come && self.item.time(Cur::UsageStartDate).is_none() {
            return Err(Unknown(Cur::UsageStartDate));
        }
        match self.plan_commitments()? {
            Some((net, whole)) if !whole.is_zero() => gross.mul_div(net, whole).ok_or(OutOfRange),
            _ => Ok(gross),
        }
    }

    /// Returns net and gross commitment of a recurring fee row, if it has the net cells.
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
            // A discount on the fee is a discount on the commitment.
            let is_discounted = self.is_net() && self.cash() != self.gross();
            let lacks = Unknown(Cur::SavingsPlanNetRecurringCommitmentForBillingPeriod);
            return if is_discounted { Err(lacks) } else { Ok(None) };
        }
        let (mut net_sum, mut gross_sum) = (Decimal::ZERO, Decimal::ZERO);
        for (net, gross) in parts {
            // A part without a payment can have both cells blank. With only one of them the ratio is unknown.
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

    /// The part of the reservation's cost used by the row: the net cell, else the gross one. [std]
    pub(crate) fn reservation_used(self) -> Money {
        self.item.decimal(self.reservation_used_cell()).ok_or(Unknown(Cur::ReservationEffectiveCost))
    }

    fn reservation_used_cell(self) -> Cur {
        self.first(Cur::ReservationNetEffectiveCost, Cur::ReservationEffectiveCost)
    }

    /// The unused part of the reservation before `as_of`. [aws], [own]
    ///
    /// It is 0 if the report has the upfront share but no columns of the unused part: then it is in the closing batch.
    pub(crate) fn reservation_unused(self) -> Money {
        if !self.context.tells_unused_reservations && self.reservation_upfront().is_some() {
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

    /// The unused part of the reservation in the report, including future hours: upfront and recurring part, each the
    /// net cell, else the gross one. If one of the two is blank, it is 0, unless the row shows that there is a fee of
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

    /// Returns whether there is an upfront fee, or may be one because no column of the report excludes it.
    fn may_have_paid_upfront(self) -> bool {
        match (self.reservation_upfront(), self.payment_option()) {
            (Some(fee), _) => !fee.is_zero(),
            (None, Some(Payment::AllUpfront | Payment::PartialUpfront)) => true,
            (None, _) => !self.context.tells_unused_upfront,
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

    /// Unused fees of future hours, which [`Row::reservation_unused`] leaves out. For a report without columns of the
    /// unused part: the share of fee and upfront payment for these hours. [own]
    pub(crate) fn reservation_cut(self) -> Money {
        if self.context.tells_unused_reservations {
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

    /// Returns how much of the period of the row is after the delivery, and its length. `None` if nothing of it is.
    fn to_come(self) -> Result<Option<(Decimal, Decimal)>, NoAmount> {
        let Some(as_of) = self.context.as_of.filter(|&as_of| !self.is_over(as_of)) else { return Ok(None) };
        let time = |column| self.item.undecoded_time(column).ok_or(Unknown(column));
        let (start, end) = (time(Cur::UsageStartDate)?, exclusive_end(time(Cur::UsageEndDate)?));
        let as_of = as_of.max(start);
        let micros = |span: i64| Decimal::from_unscaled(i128::from(span));
        Ok((as_of < end).then(|| (micros(end.saturating_sub(as_of)), micros(end.saturating_sub(start)))))
    }

    /// Returns whether the billing period was over when the report was written, so that there are no future hours, even
    /// if the row's own period ends later.
    fn is_over(self, as_of: i64) -> bool {
        let month_end = || Some(timestamp::bounds_of(self.item.time(Cur::BillingPeriodStartDate)?)?.1);
        let end = self.item.time(Cur::BillingPeriodEndDate).map(exclusive_end).or_else(month_end);
        end.is_some_and(|end| end <= as_of)
    }

    /// Returns the unused units without those of future hours, and the unused units in the report. `None` if there are
    /// no future hours. In an open month AWS counts the future hours of a reservation as unused, and subtracts them as
    /// they are used. [own]
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
        // Without unused units there is nothing to reduce, and the divisor would be 0.
        Ok((!unused.is_zero()).then_some((so_far, unused)))
    }

    /// The reservation's upfront share of this month, net cell first; 0 if nothing was paid upfront.
    pub(crate) fn reservation_upfront(self) -> Option<Decimal> {
        let cell = self.item.decimal(self.first(
            Cur::ReservationNetAmortizedUpfrontFeeForBillingPeriod,
            Cur::ReservationAmortizedUpfrontFeeForBillingPeriod,
        ));
        cell.or_else(|| (self.payment_option() == Some(Payment::NoUpfront)).then_some(Decimal::ZERO))
    }

    /// Returns the net column if its cell is not blank, else the gross one.
    fn first(self, net: Cur, gross: Cur) -> Cur {
        if self.item.decimal(net).is_some() { net } else { gross }
    }

    /// The amortized cost of the row, independent of its output rows: the formula of the CUR Query Library [std], with
    /// the exceptions of the matrix. It is deliberately separate from the matrix, because totals compare the two.
    ///
    /// The second value is its rounding loss.
    pub(crate) fn amortized(self) -> Result<(Decimal, RoundingLoss), NoAmount> {
        let cash = || Ok((self.cash()?, self.cash_lost()));
        let nothing = Ok((Decimal::ZERO, RoundingLoss::ZERO));
        match self.facts.item_type {
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

    /// Returns whether the row corrects a period that was invoiced before. A refund after invoicing is on a separate
    /// bill; one on another bill for usage of the billing period itself is not a correction. [spec], [own]
    pub(crate) fn is_correction(self) -> bool {
        if self.facts.item_type != ItemType::Refund {
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

    /// Returns whether the quantities of a reservation row are in normalized units. A normalized quantity of 0 counts as
    /// blank.
    pub(crate) fn is_normalized(self) -> bool {
        let any =
            |columns: &[Cur]| columns.iter().any(|&column| self.item.decimal(column).is_some_and(|n| !n.is_zero()));
        match self.facts.item_type {
            ItemType::DiscountedUsage => any(&[Cur::NormalizedUsageAmount]),
            _ => any(&[
                Cur::ReservationTotalReservedNormalizedUnits,
                Cur::ReservationUnusedNormalizedUnitQuantity,
                Cur::ReservationNormalizedUnitsPerReservation,
            ]),
        }
    }
}

/// Returns the exclusive end of a period: AWS writes the last second of an hour on monthly rows. [aws]
pub(super) fn exclusive_end(end: i64) -> i64 {
    const MICROS_PER_SECOND: i64 = 1_000_000;
    const HOUR: i64 = 3_600 * MICROS_PER_SECOND;
    let last_second = HOUR - MICROS_PER_SECOND;
    if end.rem_euclid(HOUR) == last_second { end.saturating_add(MICROS_PER_SECOND) } else { end }
}

/// Columns that amounts depend on. They are always decoded, even if the caller does not select them.
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
