//! One function per FOCUS column that is neither copied nor taken from the matrix.
//!
//! In: a selected row with its line item. Out: the value of one column, null as `None`. The rule of each in words is in
//! `rules/columns.rs`; marks as in `formulas.rs`.

use std::borrow::Cow;
use std::collections::HashMap;

use super::formulas::{Commitment, Row};
use super::select::{Selected, is_normalized};
use crate::decimal::Decimal;
use crate::line_items::Family;
use crate::rules::charges::Slot;
use crate::rules::{regions, resources, services, units};
use crate::schema::cur::Cur;
use crate::schema::values::{CORRECTION, ChargeCategory, CommitmentType, ItemType, PricingCategory, Status};

const AWS: &str = "AWS";
const ISSUER: &str = "Amazon Web Services, Inc.";
const MANAGEMENT: &str = "Management Account";
const MEMBER: &str = "Member Account";
const UNITS: &str = "Units";
const HOURS: &str = "Hours";
const NORMALIZED_HOURS: &str = "Normalized Hours";
const UNUSED_SUFFIX: &str = " (unused commitment)";
const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_HOUR: i64 = 3_600;

/// A row to be handed out, with all that its columns are made of.
#[derive(Clone, Copy)]
pub(super) struct Output<'a> {
    pub(super) row: Row<'a>,
    pub(super) selected: &'a Selected,
    pub(super) account_names: &'a HashMap<String, String>,
}

/// A quantity with its unit.
type Quantity<'a> = (Decimal, Cow<'a, str>);

/// Quantities and unit prices of a row, worked out together.
#[derive(Clone, Debug, Default)]
pub(super) struct Pricing<'a> {
    pub(super) quantity: Option<Quantity<'a>>,
    pub(super) consumed: Option<Quantity<'a>>,
    pub(super) list_price: Option<Decimal>,
    pub(super) contracted_price: Option<Decimal>,
    /// A cost without a quantity: priced as one unit. [own]
    pub(super) cost_without_quantity: bool,
}

impl<'a> Output<'a> {
    pub(super) fn text(self, column: Cur) -> Option<&'a str> {
        self.row.item.text(column)
    }

    fn is_unused(self) -> bool {
        self.selected.charge.slot == Slot::Unused
    }

    fn category(self) -> ChargeCategory {
        self.selected.charge.category
    }

    fn list_cost(self) -> Decimal {
        self.selected.costs[2]
    }

    fn contracted_cost(self) -> Decimal {
        self.selected.costs[3]
    }

    /// Usage and Purchase rows must have prices, quantities and SKUs, unless they are corrections. [spec]
    fn is_priced(self) -> bool {
        matches!(self.category(), ChargeCategory::Usage | ChargeCategory::Purchase) && !self.row.is_correction()
    }

    /// Copied only when it is a zone: AWS's own export leaks plain regions here. [aws]
    pub(super) fn availability_zone(self) -> Option<&'a str> {
        self.text(Cur::AvailabilityZone).filter(|zone| regions::is_zone(zone, self.region_id()))
    }

    pub(super) fn billing_account_name(self) -> Option<&'a str> {
        self.text(Cur::PayerAccountName).or_else(|| self.named(self.text(Cur::PayerAccountId)))
    }

    pub(super) fn billing_account_type(self) -> Option<&'a str> {
        Some(MANAGEMENT)
    }

    pub(super) fn billing_currency(self) -> Option<Cow<'a, str>> {
        self.text(Cur::CurrencyCode).map(upper)
    }

    pub(super) fn capacity_reservation_id(self) -> Option<&'a str> {
        let id = || self.text(Cur::ResourceId).filter(|id| resources::is_capacity_reservation(id));
        self.text(Cur::CapacityReservationArn).or_else(id)
    }

    /// Reserved and Cancelling have no FOCUS value; AWS documents that gap too. [aws]
    pub(super) fn capacity_reservation_status(self) -> Option<&'a str> {
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

    pub(super) fn charge_class(self) -> Option<&'a str> {
        self.row.is_correction().then_some(CORRECTION)
    }

    pub(super) fn charge_description(self) -> Option<Cow<'a, str>> {
        let description = self.text(Cur::LineItemDescription);
        if !self.is_unused() {
            return description.map(Cow::Borrowed);
        }
        let described = description.map(|text| Cow::Owned(format!("{text}{UNUSED_SUFFIX}")));
        described.or(Some(Cow::Borrowed(UNUSED_SUFFIX.trim_ascii())))
    }

    /// The commitment of the row. Plain usage has none, even where the file repeats an ARN: a status would be due. [spec]
    pub(super) fn commitment(self) -> Option<Commitment<'a>> {
        self.row.commitment().filter(|_| self.row.kind != ItemType::Usage)
    }

    pub(super) fn commitment_status(self) -> Option<&'a str> {
        self.commitment()?;
        if self.is_unused() {
            return Some(Status::Unused.text());
        }
        (self.category() == ChargeCategory::Usage).then_some(Status::Used.text())
    }

    /// Gross also in net mode: the commitment is a gross amount, only money is net. [own]
    pub(super) fn commitment_quantity(self) -> Option<Quantity<'a>> {
        let decimal = |column| self.row.item.decimal(column);
        let commitment = self.commitment()?;
        let quantity = match (self.row.kind, self.is_unused()) {
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
            CommitmentType::SavingsPlan => self.billing_currency()?,
            CommitmentType::ReservedInstance if is_normalized(self.row) => Cow::Borrowed(NORMALIZED_HOURS),
            CommitmentType::ReservedInstance => self.text(Cur::PricingUnit).map_or(Cow::Borrowed(HOURS), units::norm),
        };
        Some((quantity, unit))
    }

    /// Units per reservation x reservations x hours of the term: what an upfront fee buys. [own]
    fn reserved_hours(self) -> Option<Decimal> {
        let units = self.either(Cur::ReservationNormalizedUnitsPerReservation, Cur::ReservationUnitsPerReservation)?;
        let reservations = self.row.item.decimal(Cur::ReservationNumberOfReservations)?;
        let instant = |column| self.text(column).and_then(|text| crate::decode::timestamp::parse(text.as_bytes()));
        let micros = instant(Cur::ReservationEndTime)?.checked_sub(instant(Cur::ReservationStartTime)?)?;
        let seconds = Decimal::from_whole(micros / MICROS_PER_SECOND);
        units.checked_mul(reservations)?.mul_div(seconds, Decimal::from_whole(SECONDS_PER_HOUR))
    }

    /// Normalised when the row is, else plain: one unit for a commitment, as far as a row can tell. [spec]
    fn either(self, normalized: Cur, plain: Cur) -> Option<Decimal> {
        self.row.item.decimal(if is_normalized(self.row) { normalized } else { plain })
    }

    pub(super) fn invoice_issuer(self) -> Option<&'a str> {
        let by_aws = || self.text(Cur::BillingEntity) == Some(AWS);
        let legal = || self.text(Cur::LegalEntity).filter(|_| by_aws());
        self.text(Cur::InvoicingEntity).or_else(legal).or(Some(ISSUER))
    }

    pub(super) fn provider(self) -> Option<&'a str> {
        Some(AWS)
    }

    pub(super) fn publisher(self) -> Option<&'a str> {
        self.text(Cur::LegalEntity).or(Some(AWS))
    }

    pub(super) fn pricing_category(self) -> Option<&'a str> {
        let plain_refund = self.row.kind == ItemType::Refund && self.is_priced();
        let category = self.selected.charge.pricing.or(plain_refund.then_some(PricingCategory::Standard))?;
        Some(category.text())
    }

    pub(super) fn pricing_currency(self) -> Option<Cow<'a, str>> {
        self.text(Cur::PricingCurrency).or_else(|| self.text(Cur::CurrencyCode)).map(upper)
    }

    pub(super) fn pricing_currency_effective_cost(self) -> Option<Decimal> {
        self.row.one_currency().then_some(self.selected.costs[1])
    }

    pub(super) fn pricing_currency_list_price(self, pricing: &Pricing<'a>) -> Option<Decimal> {
        if self.row.one_currency() { pricing.list_price } else { self.row.item.decimal(Cur::PublicOnDemandRate) }
    }

    pub(super) fn pricing_currency_contracted_price(self, pricing: &Pricing<'a>) -> Option<Decimal> {
        pricing.contracted_price.filter(|_| self.row.one_currency())
    }

    /// Quantities and unit prices: the cost is the truth, the price is derived. [own]
    pub(super) fn pricing(self) -> Pricing<'a> {
        if !self.is_priced() || self.row.kind == ItemType::SavingsPlanNegation {
            return Pricing::default();
        }
        if self.is_unused() {
            return self.unused_pricing();
        }
        if self.row.kind == ItemType::Refund {
            return self.refund_pricing();
        }
        let is_usage = self.category() == ChargeCategory::Usage;
        let unit = self.text(Cur::PricingUnit).map_or(Cow::Borrowed(UNITS), units::norm);
        let cell = self.row.quantity();
        let consumed = is_usage.then(|| (cell.unwrap_or_default(), unit.clone()));
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
            let unit = if is_usage { Cow::Borrowed(UNITS) } else { unit };
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
    fn sign(self, quantity: Decimal) -> Decimal {
        let contracted = self.contracted_cost();
        let cost = if contracted.is_zero() { self.list_cost() } else { contracted };
        match (cost.is_negative(), cost.is_zero()) {
            (true, _) => -quantity.abs(),
            (false, false) => quantity.abs(),
            (false, true) => quantity,
        }
    }

    /// Nothing was consumed that would have had a price. [own]
    fn unused_pricing(self) -> Pricing<'a> {
        let quantity = match self.row.kind {
            ItemType::SavingsPlanRecurringFee => self
                .row
                .plan_unused_gross()
                .ok()
                .map(|unused| (unused, self.billing_currency().unwrap_or(Cow::Borrowed(UNITS)))),
            _ => {
                let unit = self.text(Cur::PricingUnit).map_or(Cow::Borrowed(HOURS), units::norm);
                self.row.item.decimal(Cur::ReservationUnusedQuantity).map(|unused| (unused, unit))
            }
        };
        let price = Some(Decimal::ZERO);
        Pricing {
            quantity: quantity.or(Some((Decimal::ONE, Cow::Borrowed(UNITS)))),
            list_price: price,
            contracted_price: price,
            ..Pricing::default()
        }
    }

    /// A refund that is no correction must have prices: one unit of the amount. [own]
    fn refund_pricing(self) -> Pricing<'a> {
        let cash = self.selected.costs[0];
        let one = if cash.is_negative() { -Decimal::ONE } else { Decimal::ONE };
        let quantity = Some((one, Cow::Borrowed(UNITS)));
        let price = Some(cash.abs());
        let consumed = quantity.clone().filter(|_| self.category() == ChargeCategory::Usage);
        Pricing { quantity, consumed, list_price: price, contracted_price: price, ..Pricing::default() }
    }

    pub(super) fn region_id(self) -> Option<&'a str> {
        self.text(Cur::ProductRegionCode).or_else(|| self.text(Cur::ProductRegion)).and_then(regions::clean)
    }

    /// Never null beside a RegionId. [spec]
    pub(super) fn region_name(self) -> Option<&'a str> {
        self.region_id().map(regions::name)
    }

    /// The commitment itself on its purchase and unused rows. [spec]
    pub(super) fn resource_id(self) -> Option<&'a str> {
        let is_commitment = self.category() == ChargeCategory::Purchase || self.is_unused();
        let commitment = || self.commitment().filter(|_| is_commitment).map(|commitment| commitment.arn);
        commitment().or_else(|| self.text(Cur::ResourceId))
    }

    /// The tag Name; reports that fold tag keys have it in lower case.
    pub(super) fn resource_name(self) -> Option<&'a str> {
        let tag = |key| self.row.item.entry(Family::Tags, key);
        tag("Name").or_else(|| tag("name")).filter(|name| Some(*name) != self.resource_id())
    }

    pub(super) fn resource_type(self) -> Option<&'a str> {
        self.resource_id().map(|id| resources::kind(id, self.text(Cur::ProductCode)))
    }

    pub(super) fn service(self) -> services::Service<'a> {
        services::lookup(
            self.text(Cur::ProductCode),
            self.text(Cur::ProductFamily),
            self.text(Cur::UsageType),
            self.text(Cur::ProductName),
        )
    }

    /// Null on Tax. [spec] A rate code begins with the SKU; placeholders are forbidden. [spec]
    pub(super) fn sku_id(self) -> Option<&'a str> {
        if self.category() == ChargeCategory::Tax {
            return None;
        }
        let from_rate = || self.text(Cur::PricingRateCode).and_then(|code| code.split('.').next());
        self.text(Cur::ProductSku).or_else(|| if self.is_priced() { from_rate() } else { None })
    }

    pub(super) fn sku_price_id(self) -> Option<&'a str> {
        if self.category() == ChargeCategory::Tax {
            return None;
        }
        let rate = self.text(Cur::PricingRateCode).or_else(|| self.text(Cur::PricingRateId));
        rate.or_else(|| if self.is_priced() { self.sku_id() } else { None })
    }

    pub(super) fn sku_meter(self) -> Option<&'a str> {
        self.sku_id()?;
        self.text(Cur::UsageType)
    }

    pub(super) fn sub_account_name(self) -> Option<&'a str> {
        self.text(Cur::UsageAccountName).or_else(|| self.named(self.text(Cur::UsageAccountId)))
    }

    pub(super) fn sub_account_type(self) -> Option<&'a str> {
        let account = self.text(Cur::UsageAccountId)?;
        Some(if Some(account) == self.text(Cur::PayerAccountId) { MANAGEMENT } else { MEMBER })
    }

    fn named(self, account: Option<&str>) -> Option<&'a str> {
        self.account_names.get(account?).map(String::as_str)
    }
}

fn upper(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        Cow::Owned(text.to_ascii_uppercase())
    } else {
        Cow::Borrowed(text)
    }
}

/// AWS rounds costs to 10 decimals.
const COST_ROUNDING: Decimal = Decimal::from_unscaled(100_000_000);

/// The first rate that meets the cost within the cost's own rounding, else cost / quantity. [own]
fn price(cost: Decimal, quantity: Decimal, rates: [Option<Decimal>; 2]) -> Option<Decimal> {
    let fits = |rate: &Decimal| {
        let meets = rate.checked_mul(quantity).and_then(|product| product.checked_sub(cost));
        let is_priced = !rate.is_negative() && rate.is_zero() == cost.is_zero();
        is_priced && meets.is_some_and(|difference| difference.abs() <= COST_ROUNDING)
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
    // In units of 1e-36, exactly.
    let product = price.mul_wide(quantity);
    let wide = |value: Decimal| value.mul_wide(Decimal::ONE);
    let difference = product.wrapping_sub(wide(cost)).wrapping_abs();
    let relative = cost.abs().mul_wide(Decimal::from_unscaled(1_000_000_000));
    let own = quantity.abs().mul_wide(Decimal::from_unscaled(1));
    difference <= relative.wrapping_add(wide(COST_ROUNDING)).wrapping_add(own)
}
