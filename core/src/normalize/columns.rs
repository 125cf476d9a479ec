//! Each FOCUS column: what its values depend on, the function that computes them, the cells of the report that it reads,
//! and the rule in words.
//!
//! One exhaustive match over all columns. Money and categories are from the matrix in `rules/charges.rs`; name, type and
//! releases of a column are in `schema/focus.rs`.
//!
//! Source: FOCUS 1.2, specification/columns; AWS "FOCUS 1.2 with AWS columns" where it says how AWS fills a column.

use std::borrow::Cow;

use super::formulas::exclusive_end;
use super::shape::{BillGroup, ChargeGroup};
use super::values::{OutputRow, Pricing, Unit};
use crate::rules::charges::{Amount, CHARGES, Slot};
use crate::schema::cur::{Cur, Family};
use crate::schema::focus::Focus;
use crate::totals::row;
use crate::value::decimal::Decimal;

/// The trimmed cell; blank is null.
const COPY: &str = "copy";
/// From the matrix of charges.
const MATRIX: &str = "from the matrix";

/// The definition of an output column.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ColumnRule {
    /// The inputs of the values, and the function that computes them.
    pub(super) value: Value,
    /// The cells that it reads.
    pub(crate) reads: &'static [Cur],
    /// The open family of columns that it reads.
    pub(crate) family: Option<Family>,
    /// Whether it is null in every row of a report without these cells, which is a warning.
    pub(crate) is_copied: bool,
    /// The rule in words.
    #[cfg_attr(
        not(any(test, feature = "cli")),
        expect(dead_code, reason = "only the program and a test, which prints MAPPING.md, show it")
    )]
    pub(crate) rule: &'static str,
}

/// The inputs of the values of a column, with the function.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value {
    /// From the bill cells: a text that all rows of a bill group share.
    Bill(for<'a> fn(BillGroup<'a>) -> Option<&'a str>),
    /// From the charge cells and the row of the matrix: a text that all rows of a charge group share.
    Charge(for<'a> fn(ChargeGroup<'a>) -> Option<Cow<'a, str>>),
    /// Such a text of the charge group, for rows where the second function returns true.
    ChargeIf(for<'a> fn(ChargeGroup<'a>) -> Option<Cow<'a, str>>, fn(&OutputRow<'_>) -> bool),
    /// From the row: a text.
    Text(for<'a> fn(&OutputRow<'a>) -> Option<&'a str>),
    /// From the row: a text that can be worked out.
    OwnText(for<'a> fn(&OutputRow<'a>) -> Option<Cow<'a, str>>),
    /// From the row: a number, and the unit of a number.
    Amount(fn(&OutputRow<'_>) -> Option<Decimal>),
    AmountUnit(fn(&OutputRow<'_>) -> Option<Unit>),
    /// One of the four costs of the row.
    Cost(row::Cost),
    /// From the prices of the row, which are computed together, and their units.
    Price(fn(&OutputRow<'_>, &Pricing) -> Option<Decimal>),
    PriceUnit(fn(&Pricing) -> Option<Unit>),
    /// A time of the row, after applying a function.
    Time(Cur, fn(i64) -> i64),
    /// The product attributes of the charge group, for rows with a SkuPriceId.
    SkuDetails,
    /// An open family of columns, for rows where the function returns true.
    Pairs(Family, fn(&OutputRow<'_>) -> bool),
}

/// A column that is a cell of the report.
fn copied(value: Value, reads: &'static [Cur], rule: &'static str) -> ColumnRule {
    ColumnRule { is_copied: true, ..derived(value, reads, rule) }
}

/// A column that is worked out, or that has another value where the cell is absent.
fn derived(value: Value, reads: &'static [Cur], rule: &'static str) -> ColumnRule {
    let family = if let Value::Pairs(family, _) = value { Some(family) } else { None };
    ColumnRule { value, reads, family, is_copied: false, rule }
}

fn borrowed(text: Option<&str>) -> Option<Cow<'_, str>> {
    text.map(Cow::Borrowed)
}

const SKU: &[Cur] = &[Cur::ProductSku, Cur::PricingRateCode, Cur::PricingRateId];
const QUANTITY: &[Cur] = &[Cur::UsageAmount, Cur::PricingUnit, Cur::ReservationUnusedQuantity];
const PRICE: &[Cur] = &[
    Cur::UsageAmount,
    Cur::PublicOnDemandRate,
    Cur::UnblendedRate,
    Cur::NetUnblendedRate,
    Cur::PricingUnit,
    Cur::ReservationUnusedQuantity,
];
const COMMITMENT: &[Cur] = &[Cur::SavingsPlanARN, Cur::ReservationARN];
const COMMITTED: &[Cur] = &[
    Cur::SavingsPlanEffectiveCost,
    Cur::NormalizedUsageAmount,
    Cur::UsageAmount,
    Cur::PricingUnit,
    Cur::ReservationUnusedNormalizedUnitQuantity,
    Cur::ReservationUnusedQuantity,
    Cur::ReservationTotalReservedNormalizedUnits,
    Cur::ReservationTotalReservedUnits,
    Cur::ReservationNormalizedUnitsPerReservation,
    Cur::ReservationUnitsPerReservation,
    Cur::ReservationNumberOfReservations,
];
const SERVICE: &[Cur] = &[Cur::ProductCode, Cur::ProductFamily, Cur::UsageType, Cur::ProductName];
const REGION: &[Cur] = &[Cur::ProductRegionCode, Cur::ProductRegion];
const DETAILS: &[Cur] = &[
    Cur::ProductInstanceType,
    Cur::ProductVcpu,
    Cur::ProductMemory,
    Cur::ProductOperatingSystem,
    Cur::ProductStorageClass,
    Cur::ProductVolumeApiName,
    Cur::ProductGpu,
    Cur::ProductNetworkPerformance,
    Cur::ProductSku,
    Cur::PricingRateCode,
    Cur::PricingRateId,
];

/// Returns the columns that a cell of the report decides, copies of the cell first.
pub(crate) fn columns_of(cell: Cur) -> Vec<Focus> {
    let is_in = |cost: row::Cost| {
        CHARGES.iter().any(|charge| {
            let amount = match cost {
                row::Cost::Billed => charge.billed,
                row::Cost::Effective => charge.effective,
                row::Cost::List => charge.list,
                row::Cost::Contracted => charge.contracted,
            };
            let amount = if amount == Amount::List { charge.list } else { amount };
            amount.made_of().contains(&cell)
        })
    };
    let is_made_of = |column: &&Focus| match of(**column).value {
        Value::Cost(cost) => is_in(cost),
        Value::Pairs(family, _) => family_of(cell) == Some(family),
        _ => of(**column).reads.contains(&cell),
    };
    let mut made: Vec<Focus> = Focus::ALL.iter().filter(is_made_of).copied().collect();
    made.sort_by_key(|&column| !of(column).is_copied);
    made
}

/// Returns the open family that a map is made of.
fn family_of(map: Cur) -> Option<Family> {
    match map {
        Cur::ResourceTags | Cur::Tags => Some(Family::Tags),
        Cur::CostCategory => Some(Family::CostCategories),
        Cur::Discount => Some(Family::Discounts),
        _ => None,
    }
}

/// Returns the columns of the report that a column is made of, by their names for people.
#[cfg(feature = "cli")]
pub(crate) fn sources_of(column: Focus) -> Vec<String> {
    // It is another column of the output.
    let column = if column == Focus::PricingCurrencyEffectiveCost { Focus::EffectiveCost } else { column };
    let rule = of(column);
    let mut cells: Vec<Cur> = Vec::new();
    if rule.rule.contains(MATRIX) {
        cells.push(Cur::LineItemType);
    }
    cells.extend(rule.reads);
    if let Value::Cost(cost) = rule.value {
        let amounts = CHARGES.iter().map(|charge| match cost {
            row::Cost::Billed => charge.billed,
            row::Cost::Effective => charge.effective,
            row::Cost::List => charge.list,
            row::Cost::Contracted if charge.contracted == Amount::List => charge.list,
            row::Cost::Contracted => charge.contracted,
        });
        for cell in amounts.flat_map(Amount::made_of) {
            if !cells.contains(cell) {
                cells.push(*cell);
            }
        }
    }
    let family = rule.family.map(|family| match family {
        Family::Tags => "resourceTags/*",
        Family::CostCategories => "costCategory/*",
        Family::Discounts => "discount/*",
    });
    cells.into_iter().map(Cur::name).chain(family).map(str::to_owned).collect()
}

/// How a column is made.
#[rustfmt::skip]
pub(crate) fn of(column: Focus) -> ColumnRule {
    use Value::{Amount, AmountUnit, Bill, Charge, ChargeIf, Cost, OwnText, Pairs, Price, PriceUnit, SkuDetails, Text, Time};
    match column {
        Focus::AvailabilityZone                   => copied(Charge(|charge| borrowed(charge.availability_zone())), &[Cur::AvailabilityZone, Cur::ProductRegionCode, Cur::ProductRegion], "copy when it is a zone, not a region"),
        Focus::BilledCost                         => derived(Cost(row::Cost::Billed), &[], MATRIX),
        Focus::BillingAccountId                   => copied(Bill(|bill| bill.text(Cur::PayerAccountId)), &[Cur::PayerAccountId], COPY),
        Focus::BillingAccountName                 => derived(Bill(|bill| bill.billing_account_name()), &[Cur::PayerAccountName, Cur::PayerAccountId], "copy, else looked up in `account_names`, else null"),
        Focus::BillingAccountType                 => derived(Charge(|charge| borrowed(charge.billing_account_type())), &[], "`Management Account`"),
        Focus::BillingCurrency                    => copied(Charge(|charge| charge.billing_currency()), &[Cur::CurrencyCode], "copy in upper case"),
        Focus::BillingPeriodEnd                   => copied(Time(Cur::BillingPeriodEndDate, exclusive_end), &[Cur::BillingPeriodEndDate], "copy; an end at :59:59 is one second later"),
        Focus::BillingPeriodStart                 => copied(Time(Cur::BillingPeriodStartDate, |start| start), &[Cur::BillingPeriodStartDate], COPY),
        Focus::CapacityReservationId              => derived(Text(|row| row.capacity_reservation_id()), &[Cur::CapacityReservationArn, Cur::ResourceId], "the capacity reservation's ARN, else the resource id when that is one"),
        Focus::CapacityReservationStatus          => derived(Text(|row| row.capacity_reservation_status()), &[Cur::CapacityReservationStatus, Cur::CapacityReservationArn, Cur::ResourceId, Cur::UsageType], "Used or Unused when the report says so, in whichever letters; else Unused for usage types with `UnusedBox` or `UnusedDed`; else Used on usage; null without an id"),
        Focus::ChargeCategory                     => derived(Charge(|charge| borrowed(Some(charge.charge.category.text()))), &[], MATRIX),
        Focus::ChargeClass                        => derived(Charge(|charge| borrowed(charge.charge_class())), &[Cur::BillType, Cur::UsageStartDate], "`Correction` for a refund on a refund bill, or of usage outside the billing period; else null"),
        Focus::ChargeDescription                  => copied(OwnText(|row| row.charge_description()), &[Cur::LineItemDescription], "copy; unused rows add ` (unused commitment)`"),
        Focus::ChargeFrequency                    => derived(Charge(|charge| borrowed(Some(charge.charge.frequency.text()))), &[], MATRIX),
        Focus::ChargePeriodEnd                    => copied(Time(Cur::UsageEndDate, exclusive_end), &[Cur::UsageEndDate], "copy; an end at :59:59 is one second later"),
        Focus::ChargePeriodStart                  => copied(Time(Cur::UsageStartDate, |start| start), &[Cur::UsageStartDate], COPY),
        Focus::CommitmentDiscountCategory         => derived(Charge(|charge| borrowed(charge.commitment().map(|named| named.commitment_type.category()))), COMMITMENT, "`Spend` for a Savings Plan, `Usage` for a reservation"),
        Focus::CommitmentDiscountId               => derived(Charge(|charge| borrowed(charge.commitment().map(|named| named.arn))), COMMITMENT, "the ARN that the row names; with both the line item type decides; null on plain usage"),
        Focus::CommitmentDiscountName             => derived(Charge(|_| None), &[], "null: the report has no name"),
        Focus::CommitmentDiscountQuantity         => derived(Amount(|row| row.commitment_quantity().map(|(quantity, _)| quantity)), COMMITTED, "Savings Plan: amount of money; reservation: normalised hours, else plain ones; see `commitment_quantity`"),
        Focus::CommitmentDiscountStatus           => derived(Charge(|charge| borrowed(charge.commitment_status())), COMMITMENT, "`Used` on covered usage, `Unused` on unused rows, else null"),
        Focus::CommitmentDiscountType             => derived(Charge(|charge| borrowed(charge.commitment().map(|named| named.commitment_type.text()))), COMMITMENT, "`Savings Plan` or `Reserved Instance`"),
        Focus::CommitmentDiscountUnit             => derived(AmountUnit(|row| row.commitment_quantity().map(|(_, unit)| unit)), COMMITTED, "the billing currency, `Normalized Hours`, or the pricing unit"),
        Focus::ConsumedQuantity                   => derived(Price(|_, pricing| Some(pricing.consumed?.0)), QUANTITY, "the usage amount on Usage rows that are not unused; else null"),
        Focus::ConsumedUnit                       => derived(PriceUnit(|pricing| Some(pricing.consumed?.1)), QUANTITY, "the pricing unit beside a consumed quantity"),
        Focus::ContractedCost                     => derived(Cost(row::Cost::Contracted), &[], MATRIX),
        Focus::ContractedUnitPrice                => derived(Price(|_, pricing| pricing.contracted_price), PRICE, "the (net) unblended rate when it meets the cost, else ContractedCost / PricingQuantity"),
        Focus::EffectiveCost                      => derived(Cost(row::Cost::Effective), &[], MATRIX),
        Focus::InvoiceId                          => copied(Bill(|bill| bill.text(Cur::InvoiceId)), &[Cur::InvoiceId], COPY),
        Focus::InvoiceIssuerName                  => derived(Charge(|charge| borrowed(charge.invoice_issuer())), &[Cur::InvoicingEntity, Cur::LegalEntity, Cur::BillingEntity], "copy; else the legal entity when AWS bills; else `Amazon Web Services, Inc.`"),
        Focus::ListCost                           => derived(Cost(row::Cost::List), &[], MATRIX),
        Focus::ListUnitPrice                      => derived(Price(|_, pricing| pricing.list_price), PRICE, "the public rate when it meets the cost, else ListCost / PricingQuantity"),
        Focus::PricingCategory                    => derived(Charge(|charge| borrowed(charge.pricing_category())), &[], "from the matrix; `Standard` for a refund that is no correction"),
        Focus::PricingCurrency                    => copied(Charge(|charge| charge.pricing_currency()), &[Cur::PricingCurrency, Cur::CurrencyCode], "copy in upper case, else the billing currency"),
        Focus::PricingCurrencyContractedUnitPrice => derived(Price(|row, pricing| row.pricing_currency_contracted_price(pricing)), PRICE, "ContractedUnitPrice when both currencies are one, else null"),
        Focus::PricingCurrencyEffectiveCost       => derived(Amount(|row| row.pricing_currency_effective_cost()), &[], "EffectiveCost when both currencies are one, else null"),
        Focus::PricingCurrencyListUnitPrice       => derived(Price(|row, pricing| row.pricing_currency_list_price(pricing)), PRICE, "ListUnitPrice when both currencies are one, else the public rate; null without a ListUnitPrice"),
        Focus::PricingQuantity                    => derived(Price(|_, pricing| Some(pricing.quantity?.0)), QUANTITY, "the usage amount; 1 where a price needs a quantity; null without a price; see `quantity`"),
        Focus::PricingUnit                        => derived(PriceUnit(|pricing| Some(pricing.quantity?.1)), QUANTITY, "the pricing unit, normalised; `Units` without one"),
        Focus::ProviderName                       => derived(Charge(|charge| borrowed(charge.provider())), &[], "`AWS`"),
        Focus::PublisherName                      => derived(Charge(|charge| borrowed(charge.publisher())), &[Cur::LegalEntity], "copy, else `AWS`"),
        Focus::RegionId                           => derived(Charge(|charge| borrowed(charge.region_id())), REGION, "the region code, else the region; `Any` is null"),
        Focus::RegionName                         => derived(Charge(|charge| borrowed(charge.region_name())), REGION, "looked up in `regions.csv`; a region that is not there is named by its id"),
        Focus::ResourceId                         => copied(Text(|row| row.resource_id()), &[Cur::ResourceId], "copy; the commitment's ARN on its purchase and unused rows"),
        Focus::ResourceName                       => ColumnRule { family: Some(Family::Tags), ..derived(Text(|row| row.resource_name()), &[Cur::ResourceId], "the tag Name, in this spelling, beside a ResourceId that it does not repeat") },
        Focus::ResourceType                       => derived(Text(|row| row.resource_type()), &[Cur::ResourceId], "from the form of the resource id, see `resources.rs`"),
        Focus::ServiceCategory                    => derived(Charge(|charge| borrowed(Some(charge.service().category))), SERVICE, "looked up in `services.csv`"),
        Focus::ServiceName                        => derived(Charge(|charge| borrowed(charge.service().name)), SERVICE, "the product name, unless `services.csv` overrides it; else from there; else the product code"),
        Focus::ServiceSubcategory                 => derived(Charge(|charge| borrowed(Some(charge.service().subcategory))), SERVICE, "looked up in `services.csv`"),
        Focus::SkuId                              => copied(Text(|row| row.sku_id()), SKU, "copy; else, on Usage and Purchase, the rate code up to its first dot, if there is something before it; null on Tax"),
        Focus::SkuMeter                           => derived(ChargeIf(|charge| borrowed(charge.text(Cur::UsageType)), |row| row.sku_id().is_some()), &[Cur::UsageType, Cur::ProductSku, Cur::PricingRateCode, Cur::PricingRateId], "the usage type beside a SkuId"),
        Focus::SkuPriceDetails                    => derived(SkuDetails, DETAILS, "product attributes beside a SkuPriceId, see `sku.rs`"),
        Focus::SkuPriceId                         => derived(Text(|row| row.sku_price_id()), SKU, "the rate code, else the rate id, else, on Usage and Purchase, the SkuId; null on Tax"),
        Focus::SubAccountId                       => copied(Bill(|bill| bill.text(Cur::UsageAccountId)), &[Cur::UsageAccountId], COPY),
        Focus::SubAccountName                     => derived(Bill(|bill| bill.sub_account_name()), &[Cur::UsageAccountName, Cur::UsageAccountId], "copy, else looked up in `account_names`, else null"),
        Focus::SubAccountType                     => derived(Bill(|bill| bill.sub_account_type()), &[Cur::UsageAccountId, Cur::PayerAccountId], "`Management Account` when it is the payer, else `Member Account`"),
        Focus::Tags                               => derived(Pairs(Family::Tags, |_| true), &[], "user tags under their key, others with their prefix; blank values are left out"),
        Focus::XServiceCode                       => copied(Charge(|charge| borrowed(charge.text(Cur::ProductCode))), &[Cur::ProductCode], COPY),
        Focus::XOperation                         => copied(Charge(|charge| borrowed(charge.text(Cur::Operation))), &[Cur::Operation], COPY),
        Focus::XDiscounts                         => derived(Pairs(Family::Discounts, |row| row.shape.charge.slot == Slot::Charge), &[], "discounts by kind, without their sum; not on unused rows"),
        Focus::XLineItemType                      => copied(Charge(|charge| borrowed(charge.text(Cur::LineItemType))), &[Cur::LineItemType], COPY),
        Focus::XUsageType                         => copied(Charge(|charge| borrowed(charge.text(Cur::UsageType))), &[Cur::UsageType], COPY),
        Focus::XCostCategories                    => derived(Pairs(Family::CostCategories, |_| true), &[], "cost categories by name; blank values are left out"),
    }
}
