//! Columns that each row has of its own: one function per FOCUS column that amounts, times or the resource decide.
//!
//! In: a selected row with its line item. Out: the value of one column, null as `None`. The rule of each in words is in
//! `rules/columns.rs`; marks as in `formulas.rs`.

use super::formulas::Row;
use super::select::{Selected, is_normalized};
use super::shape::Shape;
use crate::decimal::Decimal;
use crate::line_items::Family;
use crate::rules::resources;
use crate::schema::cur::Cur;
use crate::schema::values::{ChargeCategory, CommitmentType, ItemType, Status};

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_HOUR: i64 = 3_600;

/// A row to be handed out, with all that its columns are made of.
pub(super) struct Output<'a> {
    pub(super) row: Row<'a>,
    pub(super) selected: Selected,
    pub(super) shape: Shape<'a>,
    /// `lineItem/ResourceId`.
    pub(super) resource: Option<&'a str>,
}

/// A quantity with its unit.
type Quantity = (Decimal, Unit);

/// A unit, whose text may be that of the row's shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Without a unit of its own.
    Units,
    Hours,
    NormalizedHours,
    /// The unit of the price.
    OfPrice,
    /// The billing currency.
    Currency,
}

/// Quantities and unit prices of a row, worked out together.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pricing {
    pub(super) quantity: Option<Quantity>,
    pub(super) consumed: Option<Quantity>,
    pub(super) list_price: Option<Decimal>,
    pub(super) contracted_price: Option<Decimal>,
    /// A cost without a quantity: priced as one unit. [own]
    pub(super) cost_without_quantity: bool,
}

impl<'a> Output<'a> {
    /// A cell that repeats.
    fn text(&self, column: Cur) -> Option<&'a str> {
        self.shape.text(column)
    }

    fn unit(&self) -> Option<Unit> {
        self.row.facts.has_unit.then_some(Unit::OfPrice)
    }

    fn currency(&self) -> Option<Unit> {
        self.row.facts.has_currency.then_some(Unit::Currency)
    }

    fn list_cost(&self) -> Decimal {
        self.selected.costs[2]
    }

    fn contracted_cost(&self) -> Decimal {
        self.selected.costs[3]
    }

    pub(super) fn capacity_reservation_id(&self) -> Option<&'a str> {
        if self.row.facts.has_capacity_reservation {
            return self.text(Cur::CapacityReservationArn);
        }
        self.resource.filter(|id| resources::is_capacity_reservation(id))
    }

    /// Reserved and Cancelling have no FOCUS value; AWS documents that gap too. [aws]
    pub(super) fn capacity_reservation_status(&self) -> Option<&'a str> {
        self.capacity_reservation_id()?;
        match self.text(Cur::CapacityReservationStatus) {
            Some("Used") => Some(Status::Used.text()),
            Some("Unused") => Some(Status::Unused.text()),
            Some(_) => None,
            None => self
                .text(Cur::UsageType)
                .filter(|usage| usage.contains("UnusedBox") || usage.contains("UnusedDed"))
                .map(|_| Status::Unused.text()),
        }
    }

    /// Gross also in net mode: the commitment is a gross amount, only money is net. [own]
    pub(super) fn commitment_quantity(&self) -> Option<Quantity> {
        let decimal = |column| self.row.item.decimal(column);
        let commitment = self.shape.commitment()?;
        let quantity = match (self.row.facts.kind, self.shape.is_unused()) {
            (ItemType::SavingsPlanCoveredUsage, _) => decimal(Cur::SavingsPlanEffectiveCost),
            (ItemType::SavingsPlanRecurringFee, true) => self.row.plan_unused_gross().ok(),
            (ItemType::SavingsPlanRecurringFee | ItemType::SavingsPlanUpfrontFee, false) => Some(self.row.gross()),
            (ItemType::DiscountedUsage, _) => self.either(Cur::NormalizedUsageAmount, Cur::UsageAmount),
            (ItemType::RIFee, true) => {
                self.either(Cur::ReservationUnusedNormalizedUnitQuantity, Cur::ReservationUnusedQuantity)
            }
            (ItemType::RIFee, false) => self
                .either(Cur::ReservationTotalReservedNormalizedUnits, Cur::ReservationTotalReservedUnits)
                .or_else(|| self.row.quantity()),
            (ItemType::Fee, _) if commitment.kind == CommitmentType::ReservedInstance => self.reserved_hours(),
            _ => None,
        }?;
        let unit = match commitment.kind {
            CommitmentType::SavingsPlan => self.currency()?,
            CommitmentType::ReservedInstance if is_normalized(self.row) => Unit::NormalizedHours,
            CommitmentType::ReservedInstance => self.unit().unwrap_or(Unit::Hours),
        };
        Some((quantity, unit))
    }

    /// Units per reservation x reservations x hours of the term: what an upfront fee buys. [own]
    fn reserved_hours(&self) -> Option<Decimal> {
        let units = self.either(Cur::ReservationNormalizedUnitsPerReservation, Cur::ReservationUnitsPerReservation)?;
        let reservations = self.row.item.decimal(Cur::ReservationNumberOfReservations)?;
        let instant = |column| self.text(column).and_then(|text| crate::decode::timestamp::parse_any(text.as_bytes()));
        let micros = instant(Cur::ReservationEndTime)?.checked_sub(instant(Cur::ReservationStartTime)?)?;
        let seconds = Decimal::from_whole(micros / MICROS_PER_SECOND);
        units.checked_mul(reservations)?.mul_div(seconds, Decimal::from_whole(SECONDS_PER_HOUR))
    }

    /// Normalised when the row is, else plain: one unit for a commitment, as far as a row can tell. [spec]
    fn either(&self, normalized: Cur, plain: Cur) -> Option<Decimal> {
        self.row.item.decimal(if is_normalized(self.row) { normalized } else { plain })
    }

    pub(super) fn pricing_currency_effective_cost(&self) -> Option<Decimal> {
        self.row.one_currency().then_some(self.selected.costs[1])
    }

    pub(super) fn pricing_currency_list_price(&self, pricing: &Pricing) -> Option<Decimal> {
        if self.row.one_currency() { pricing.list_price } else { self.row.item.decimal(Cur::PublicOnDemandRate) }
    }

    pub(super) fn pricing_currency_contracted_price(&self, pricing: &Pricing) -> Option<Decimal> {
        pricing.contracted_price.filter(|_| self.row.one_currency())
    }

    /// Quantities and unit prices: the cost is the truth, the price is derived. [own]
    pub(super) fn pricing(&self) -> Pricing {
        if !self.shape.is_priced() || self.row.facts.kind == ItemType::SavingsPlanNegation {
            return Pricing::default();
        }
        if self.shape.is_unused() {
            return self.unused_pricing();
        }
        if self.row.facts.kind == ItemType::Refund {
            return self.refund_pricing();
        }
        let is_usage = self.shape.category() == ChargeCategory::Usage;
        let unit = self.unit().unwrap_or(Unit::Units);
        let cell = self.row.quantity();
        let consumed = is_usage.then(|| (cell.unwrap_or_default(), unit));
        let Some(quantity) = cell.filter(|quantity| !quantity.is_zero()) else {
            let free =
                self.list_cost().is_zero() && self.contracted_cost().is_zero() && self.selected.costs[0].is_zero();
            if is_usage && free {
                let price = self.row.public_rate().filter(|rate| !rate.is_negative()).unwrap_or_default();
                let quantity = Some((Decimal::ZERO, unit));
                let price = Some(price);
                return Pricing {
                    quantity,
                    consumed,
                    list_price: price,
                    contracted_price: price,
                    ..Pricing::default()
                };
            }
            let unit = if is_usage { Unit::Units } else { unit };
            let sign = self.sign(Decimal::ONE);
            return Pricing {
                quantity: Some((sign, unit)),
                consumed,
                list_price: self.list_cost().checked_div(sign),
                contracted_price: self.contracted_cost().checked_div(sign),
                cost_without_quantity: is_usage,
            };
        };
        let quantity = self.sign(quantity);
        let list_price = price(self.list_cost(), quantity, [self.row.public_rate(), None]);
        let rate = if self.row.is_net() { Cur::NetUnblendedRate } else { Cur::UnblendedRate };
        let rates = [self.row.item.decimal(rate), list_price];
        let contracted_price = price(self.contracted_cost(), quantity, rates);
        Pricing { quantity: Some((quantity, unit)), consumed, list_price, contracted_price, ..Pricing::default() }
    }

    /// The quantity with the sign of the cost, so that the price is not negative. [spec]
    fn sign(&self, quantity: Decimal) -> Decimal {
        let contracted = self.contracted_cost();
        let cost = if contracted.is_zero() { self.list_cost() } else { contracted };
        match (cost.is_negative(), cost.is_zero()) {
            (true, _) => -quantity.abs(),
            (false, false) => quantity.abs(),
            (false, true) => quantity,
        }
    }

    /// Nothing was consumed that would have had a price. [own]
    fn unused_pricing(&self) -> Pricing {
        let quantity = match self.row.facts.kind {
            ItemType::SavingsPlanRecurringFee => {
                self.row.plan_unused_gross().ok().map(|unused| (unused, self.currency().unwrap_or(Unit::Units)))
            }
            _ => {
                let unit = self.unit().unwrap_or(Unit::Hours);
                self.row.item.decimal(Cur::ReservationUnusedQuantity).map(|unused| (unused, unit))
            }
        };
        let price = Some(Decimal::ZERO);
        Pricing {
            quantity: quantity.or(Some((Decimal::ONE, Unit::Units))),
            list_price: price,
            contracted_price: price,
            ..Pricing::default()
        }
    }

    /// A refund that is no correction must have prices: one unit of the amount. [own]
    fn refund_pricing(&self) -> Pricing {
        let cash = self.selected.costs[0];
        let one = if cash.is_negative() { -Decimal::ONE } else { Decimal::ONE };
        let quantity = Some((one, Unit::Units));
        let price = Some(cash.abs());
        let consumed = quantity.filter(|_| self.shape.category() == ChargeCategory::Usage);
        Pricing { quantity, consumed, list_price: price, contracted_price: price, ..Pricing::default() }
    }

    /// The commitment itself on its purchase and unused rows. [spec]
    pub(super) fn resource_id(&self) -> Option<&'a str> {
        let is_commitment = self.shape.category() == ChargeCategory::Purchase || self.shape.is_unused();
        let commitment = if is_commitment { self.shape.commitment() } else { None };
        commitment.map(|commitment| commitment.arn).or(self.resource)
    }

    /// The tag Name; reports that fold tag keys have it in lower case.
    pub(super) fn resource_name(&self) -> Option<&'a str> {
        let tag = |key| self.row.item.entry(Family::Tags, key);
        tag("Name").or_else(|| tag("name")).filter(|name| Some(*name) != self.resource_id())
    }

    pub(super) fn resource_type(&self) -> Option<&'a str> {
        self.resource_id().map(|id| resources::kind(id, || self.text(Cur::ProductCode)))
    }
}

/// AWS rounds costs to 10 decimals.
const COST_ROUNDING: Decimal = Decimal::from_unscaled(100_000_000);

/// The first rate that meets the cost within the cost's own rounding, else cost / quantity. [own]
fn price(cost: Decimal, quantity: Decimal, rates: [Option<Decimal>; 2]) -> Option<Decimal> {
    let fits = |rate: &Decimal| {
        let is_priced = !rate.is_negative() && rate.is_zero() == cost.is_zero();
        is_priced && rate.product_is_near(quantity, cost, COST_ROUNDING)
    };
    rates.into_iter().flatten().find(fits).or_else(|| cost.checked_div(quantity))
}

/// An end that is the last second of a period, as AWS writes it on monthly rows, is one second early. [aws]
pub(super) fn exclusive_end(end: i64) -> i64 {
    const HOUR: i64 = SECONDS_PER_HOUR * MICROS_PER_SECOND;
    let last_second = HOUR - MICROS_PER_SECOND;
    if end.rem_euclid(HOUR) == last_second { end.saturating_add(MICROS_PER_SECOND) } else { end }
}

/// Invariant: price x quantity = cost, within 1e-9 of the cost, the cost's rounding, and that of the price itself,
/// which has 18 decimals. Source: the tolerance of the FOCUS validator.
pub(super) fn price_meets(cost: Decimal, quantity: Decimal, price: Decimal) -> bool {
    // Nearly always this is near enough.
    if price.product_is_near(quantity, cost, COST_ROUNDING) {
        return true;
    }
    // 1e-9 of the cost, and the rounding of the price itself: its last digit, for each unit.
    let relative = cost.abs().unscaled() / 1_000_000_000;
    let own = quantity.abs().unscaled() / Decimal::ONE.unscaled() + 1;
    let tolerance = Decimal::from_unscaled(relative + own + COST_ROUNDING.unscaled());
    price.product_is_near(quantity, cost, tolerance)
}
