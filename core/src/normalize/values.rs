//! Columns with a value per row: one function per FOCUS column that depends on amounts, times or the resource.
//!
//! In: a selected row with its line item. Out: the value of one column, `None` for null. `columns.rs` has the
//! rules in words; marks as in `formulas.rs`.

use std::borrow::Cow;

use super::formulas::Row;
use super::shape::ChargeGroup;
use crate::rules::resources;
use crate::schema::cur::{Cur, Family};
use crate::schema::words::{ChargeCategory, CommitmentType, ItemType, Status};
use crate::totals::row::{Cost, RowCosts};
use crate::value::decimal::Decimal;

/// An output row with the data for its columns.
pub(super) struct OutputRow<'a> {
    pub(super) row: Row<'a>,
    pub(super) shape: ChargeGroup<'a>,
    pub(super) costs: &'a RowCosts,
    /// `lineItem/ResourceId`.
    resource: Option<&'a str>,
}

/// A quantity with its unit.
type Quantity = (Decimal, Unit);

/// A unit. Its text can depend on the group of the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// No specific unit.
    Units,
    Hours,
    NormalizedHours,
    /// The unit of the price.
    OfPrice,
    /// The billing currency.
    Currency,
}

/// Quantities and unit prices of a row, computed together.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pricing {
    pub(super) quantity: Option<Quantity>,
    pub(super) consumed: Option<Quantity>,
    pub(super) list_price: Option<Decimal>,
    pub(super) contracted_price: Option<Decimal>,
    /// A cost without a quantity, priced as one unit. [own]
    pub(super) cost_without_quantity: bool,
}

impl<'a> OutputRow<'a> {
    pub(super) fn new(row: Row<'a>, shape: ChargeGroup<'a>, costs: &'a RowCosts) -> Self {
        Self { row, shape, costs, resource: row.item.text(Cur::ResourceId) }
    }

    /// Returns a cell of the charge group.
    fn text(&self, column: Cur) -> Option<&'a str> {
        self.shape.text(column)
    }

    fn unit(&self) -> Option<Unit> {
        self.row.facts.has_unit.then_some(Unit::OfPrice)
    }

    fn currency(&self) -> Option<Unit> {
        self.row.facts.has_currency.then_some(Unit::Currency)
    }

    fn cost(&self, cost: Cost) -> Option<Decimal> {
        self.costs.get(cost)
    }

    pub(super) fn capacity_reservation_id(&self) -> Option<&'a str> {
        if self.row.facts.has_capacity_reservation {
            return self.text(Cur::CapacityReservationArn);
        }
        self.resource.filter(|id| resources::is_capacity_reservation(id))
    }

    /// Used and Unused are copied. On usage the status is never null if there is an id: for another value, or a blank,
    /// the usage type decides. [spec], [own]
    pub(super) fn capacity_reservation_status(&self) -> Option<&'a str> {
        self.capacity_reservation_id()?;
        let status = match self.given_capacity_status() {
            Some(given) => given,
            None if self.is_unused_capacity() => Status::Unused,
            None if self.shape.category() == ChargeCategory::Usage => Status::Used,
            None => return None,
        };
        Some(status.text())
    }

    /// Returns the status in the report, ignoring case.
    fn given_capacity_status(&self) -> Option<Status> {
        let given = self.text(Cur::CapacityReservationStatus)?;
        [Status::Used, Status::Unused].into_iter().find(|status| status.text().eq_ignore_ascii_case(given))
    }

    fn is_unused_capacity(&self) -> bool {
        let usage = self.text(Cur::UsageType);
        usage.is_some_and(|usage| usage.contains("UnusedBox") || usage.contains("UnusedDed"))
    }

    /// Returns whether the status of a capacity reservation in the report is not a value of FOCUS.
    pub(super) fn capacity_status_is_derived(&self) -> bool {
        self.capacity_reservation_id().is_some()
            && self.given_capacity_status().is_none()
            && self.shape.category() == ChargeCategory::Usage
    }

    /// The commitment is a gross amount, so the quantity is gross even if costs are net. [own]
    pub(super) fn commitment_quantity(&self) -> Option<Quantity> {
        let decimal = |column| self.row.item.decimal(column);
        let commitment = self.shape.commitment()?;
        let quantity = match (self.row.facts.item_type, self.shape.is_unused()) {
            (ItemType::SavingsPlanCoveredUsage, _) => decimal(Cur::SavingsPlanEffectiveCost),
            (ItemType::SavingsPlanRecurringFee, true) => self.row.plan_unused_gross().ok(),
            (ItemType::SavingsPlanRecurringFee | ItemType::SavingsPlanUpfrontFee, false) => self.row.gross().ok(),
            (ItemType::DiscountedUsage, _) => self.either(Cur::NormalizedUsageAmount, Cur::UsageAmount),
            (ItemType::RIFee, true) => self
                .either(Cur::ReservationUnusedNormalizedUnitQuantity, Cur::ReservationUnusedQuantity)
                .and_then(|unused| self.unused_so_far(unused)),
            (ItemType::RIFee, false) => self.reserved_units().or_else(|| self.row.quantity()),
            (ItemType::Fee, _) if commitment.commitment_type == CommitmentType::ReservedInstance => {
                self.reserved_units().or_else(|| self.units_of_fee())
            }
            _ => None,
        }?;
        let unit = match commitment.commitment_type {
            CommitmentType::SavingsPlan => self.currency()?,
            CommitmentType::ReservedInstance if self.row.is_normalized() => Unit::NormalizedHours,
            CommitmentType::ReservedInstance => self.unit().unwrap_or(Unit::Hours),
        };
        Some((quantity, unit))
    }

    fn reserved_units(&self) -> Option<Decimal> {
        self.either(Cur::ReservationTotalReservedNormalizedUnits, Cur::ReservationTotalReservedUnits)
    }

    /// Units per reservation x reservations. On upfront fees the units already include the hours of the term. [aws]
    fn units_of_fee(&self) -> Option<Decimal> {
        let units = self.either(Cur::ReservationNormalizedUnitsPerReservation, Cur::ReservationUnitsPerReservation)?;
        units.checked_mul(self.row.item.decimal(Cur::ReservationNumberOfReservations)?)
    }

    /// Returns unused units without those of future hours.
    fn unused_so_far(&self, unused: Decimal) -> Option<Decimal> {
        match self.row.unused_so_far() {
            Ok(Some((so_far, all))) => unused.mul_div(so_far, all),
            Ok(None) => Some(unused),
            Err(_) => None,
        }
    }

    /// Returns the normalized quantity if the row is normalized, else the plain one, so that a commitment has one unit
    /// as far as possible. [spec]
    fn either(&self, normalized: Cur, plain: Cur) -> Option<Decimal> {
        self.row.item.decimal(if self.row.is_normalized() { normalized } else { plain })
    }

    pub(super) fn pricing_currency_effective_cost(&self) -> Option<Decimal> {
        self.cost(Cost::Effective).filter(|_| self.row.one_currency())
    }

    /// Null without a list price, so always on Tax. [spec]
    pub(super) fn pricing_currency_list_price(&self, pricing: &Pricing) -> Option<Decimal> {
        let price = pricing.list_price?;
        if self.row.one_currency() {
            return Some(price);
        }
        self.row.item.decimal(Cur::PublicOnDemandRate).filter(|rate| !rate.is_negative())
    }

    pub(super) fn pricing_currency_contracted_price(&self, pricing: &Pricing) -> Option<Decimal> {
        pricing.contracted_price.filter(|_| self.row.one_currency())
    }

    /// Returns quantities and unit prices. Prices are derived from costs. [own]
    pub(super) fn pricing(&self) -> Pricing {
        if !self.shape.is_priced() || self.row.facts.item_type == ItemType::SavingsPlanNegation {
            return Pricing::default();
        }
        if self.shape.is_unused() {
            return self.unused_pricing();
        }
        if self.row.facts.item_type == ItemType::Refund {
            return self.refund_pricing();
        }
        let is_usage = self.shape.category() == ChargeCategory::Usage;
        let unit = self.unit().unwrap_or(Unit::Units);
        let cell = self.row.quantity();
        let [billed, list, contracted] = [Cost::Billed, Cost::List, Cost::Contracted].map(|cost| self.cost(cost));
        let consumed = is_usage.then(|| (cell.unwrap_or_default(), unit));
        let Some(quantity) = cell.filter(|quantity| !quantity.is_zero()) else {
            let free = [billed, list, contracted].iter().all(|cost| cost.is_some_and(Decimal::is_zero));
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
                list_price: list.and_then(|cost| cost.checked_div(sign)),
                contracted_price: contracted.and_then(|cost| cost.checked_div(sign)),
                cost_without_quantity: is_usage,
            };
        };
        let quantity = self.sign(quantity);
        let list_price = list.and_then(|cost| price(cost, quantity, [self.row.public_rate(), None]));
        let rate = if self.row.is_net() { Cur::NetUnblendedRate } else { Cur::UnblendedRate };
        let rates = [self.row.item.decimal(rate), list_price];
        let contracted_price = contracted.and_then(|cost| price(cost, quantity, rates));
        Pricing { quantity: Some((quantity, unit)), consumed, list_price, contracted_price, ..Pricing::default() }
    }

    /// Returns the quantity with the sign of the cost, so that the price is not negative. [spec]
    fn sign(&self, quantity: Decimal) -> Decimal {
        let contracted = self.cost(Cost::Contracted).filter(|cost| !cost.is_zero());
        let cost = contracted.or_else(|| self.cost(Cost::List)).unwrap_or_default();
        match (cost.is_negative(), cost.is_zero()) {
            (true, _) => -quantity.abs(),
            (false, false) => quantity.abs(),
            (false, true) => quantity,
        }
    }

    /// Unused rows have prices of 0, because nothing was consumed. [own]
    fn unused_pricing(&self) -> Pricing {
        let quantity = match self.row.facts.item_type {
            ItemType::SavingsPlanRecurringFee => {
                self.row.plan_unused_gross().ok().map(|unused| (unused, self.currency().unwrap_or(Unit::Units)))
            }
            _ => {
                let unit = self.unit().unwrap_or(Unit::Hours);
                let unused = self.row.item.decimal(Cur::ReservationUnusedQuantity);
                unused.and_then(|unused| self.unused_so_far(unused)).map(|unused| (unused, unit))
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

    /// A refund that is not a correction must have prices: one unit of the amount. [own]
    fn refund_pricing(&self) -> Pricing {
        let cash = self.cost(Cost::Billed);
        let one = if cash.is_some_and(Decimal::is_negative) { -Decimal::ONE } else { Decimal::ONE };
        let quantity = Some((one, Unit::Units));
        let price = cash.map(Decimal::abs);
        let consumed = quantity.filter(|_| self.shape.category() == ChargeCategory::Usage);
        Pricing { quantity, consumed, list_price: price, contracted_price: price, ..Pricing::default() }
    }

    pub(super) fn charge_description(&self) -> Option<Cow<'a, str>> {
        let description = self.row.item.text(Cur::LineItemDescription);
        if !self.shape.is_unused() {
            return description.map(Cow::Borrowed);
        }
        let described = description.map(|text| Cow::Owned(format!("{text}{UNUSED_SUFFIX}")));
        described.or(Some(Cow::Borrowed(UNUSED_SUFFIX.trim_ascii())))
    }

    /// Null on Tax. [spec] A rate code begins with the SKU; placeholders are not allowed. [spec]
    pub(super) fn sku_id(&self) -> Option<&'a str> {
        if self.shape.category() == ChargeCategory::Tax {
            return None;
        }
        let before_dot = |code: &'a str| code.split('.').next().filter(|sku| !sku.is_empty());
        let from_rate = || self.row.item.text(Cur::PricingRateCode).and_then(before_dot);
        self.row.item.text(Cur::ProductSku).or_else(|| if self.shape.is_priced() { from_rate() } else { None })
    }

    pub(super) fn sku_price_id(&self) -> Option<&'a str> {
        if self.shape.category() == ChargeCategory::Tax {
            return None;
        }
        let text = |column| self.row.item.text(column);
        let rate = text(Cur::PricingRateCode).or_else(|| text(Cur::PricingRateId));
        rate.or_else(|| if self.shape.is_priced() { self.sku_id() } else { None })
    }

    /// The commitment itself on purchase rows and unused rows. [spec]
    pub(super) fn resource_id(&self) -> Option<&'a str> {
        let is_commitment = self.shape.category() == ChargeCategory::Purchase || self.shape.is_unused();
        let commitment = if is_commitment { self.shape.commitment() } else { None };
        commitment.map(|commitment| commitment.arn).or(self.resource)
    }

    /// The tag `Name`, in exactly this spelling, if there is a resource. [spec]
    pub(super) fn resource_name(&self) -> Option<&'a str> {
        let id = self.resource_id()?;
        self.row.item.entry(Family::Tags, "Name").filter(|name| *name != id)
    }

    pub(super) fn resource_type(&self) -> Option<&'a str> {
        self.resource_id().map(|id| resources::resource_type(id, || self.text(Cur::ProductCode)))
    }
}

const UNUSED_SUFFIX: &str = " (unused commitment)";

/// AWS rounds costs to 10 decimal places.
const COST_ROUNDING: Decimal = Decimal::from_unscaled(100_000_000);

/// Returns the first rate that matches the cost within its rounding, else cost / quantity. [own]
fn price(cost: Decimal, quantity: Decimal, rates: [Option<Decimal>; 2]) -> Option<Decimal> {
    let fits = |rate: &Decimal| {
        let is_priced = !rate.is_negative() && rate.is_zero() == cost.is_zero();
        is_priced && rate.product_is_near(quantity, cost, COST_ROUNDING)
    };
    rates.into_iter().flatten().find(fits).or_else(|| cost.checked_div(quantity))
}

/// Returns whether price x quantity equals the cost, within 1e-9 of the cost plus the rounding of the cost and of the
/// price, which has 18 decimal places. Source: the tolerance of the FOCUS validator.
pub(super) fn price_meets(cost: Decimal, quantity: Decimal, price: Decimal) -> bool {
    // Nearly all prices match within this tolerance.
    if price.product_is_near(quantity, cost, COST_ROUNDING) {
        return true;
    }
    // 1e-9 of the cost, and the rounding of the price: its last digit times the quantity.
    let relative = cost.abs().unscaled() / 1_000_000_000;
    let own = quantity.abs().unscaled() / Decimal::ONE.unscaled() + 1;
    let tolerance = Decimal::from_unscaled(relative + own + COST_ROUNDING.unscaled());
    price.product_is_near(quantity, cost, tolerance)
}
