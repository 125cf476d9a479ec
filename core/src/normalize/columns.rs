//! Each FOCUS column: who decides its values, and the function that gives them.
//!
//! One match over all columns, which the compiler holds to be complete. The rule in words stands in `rules/columns.rs`.

use std::borrow::Cow;

use super::formulas::exclusive_end;
use super::shape::{Bill, ChargeGroup};
use super::values::{Output, Pricing, Unit};
use crate::rules::charges::Slot;
use crate::schema::cur::{Cur, Family};
use crate::schema::focus::Focus;
use crate::totals::row;
use crate::value::decimal::Decimal;

/// Who decides the values of a column, with the function.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value {
    /// The bill cells: a text that all rows of one combination have.
    Bill(for<'a> fn(Bill<'a>) -> Option<&'a str>),
    /// The charge cells and the row of the matrix: a text that all rows of one shape have.
    Charge(for<'a> fn(ChargeGroup<'a>) -> Option<Cow<'a, str>>),
    /// The row: a text.
    Text(for<'a> fn(&Output<'a>) -> Option<&'a str>),
    /// The row: a number, and the unit of a number.
    Amount(fn(&Output<'_>) -> Option<Decimal>),
    AmountUnit(fn(&Output<'_>) -> Option<Unit>),
    /// One of the four costs of the row.
    Cost(row::Cost),
    /// The prices of the row, which are worked out together, and a unit of theirs.
    Price(fn(&Output<'_>, &Pricing) -> Option<Decimal>),
    PriceUnit(fn(&Pricing) -> Option<Unit>),
    /// A time of the row, changed by a function.
    Time(Cur, fn(i64) -> i64),
    /// The product attributes of the shape.
    SkuDetails,
    /// An open family of columns, of the rows that want it.
    Pairs(Family, fn(&Output<'_>) -> bool),
}

fn borrowed(text: Option<&str>) -> Option<Cow<'_, str>> {
    text.map(Cow::Borrowed)
}

/// How the values of a column come about.
#[rustfmt::skip]
pub(super) fn value(column: Focus) -> Value {
    use Value::{Amount, AmountUnit, Bill, Charge, Cost, Pairs, Price, PriceUnit, SkuDetails, Text, Time};
    match column {
        Focus::AvailabilityZone                   => Charge(|charge| borrowed(charge.availability_zone())),
        Focus::BilledCost                         => Cost(row::Cost::Billed),
        Focus::BillingAccountId                   => Bill(|bill| bill.text(Cur::PayerAccountId)),
        Focus::BillingAccountName                 => Bill(|bill| bill.billing_account_name()),
        Focus::BillingAccountType                 => Charge(|charge| borrowed(charge.billing_account_type())),
        Focus::BillingCurrency                    => Charge(|charge| charge.billing_currency()),
        Focus::BillingPeriodEnd                   => Time(Cur::BillingPeriodEndDate, exclusive_end),
        Focus::BillingPeriodStart                 => Time(Cur::BillingPeriodStartDate, |start| start),
        Focus::CapacityReservationId              => Text(|row| row.capacity_reservation_id()),
        Focus::CapacityReservationStatus          => Text(|row| row.capacity_reservation_status()),
        Focus::ChargeCategory                     => Charge(|charge| borrowed(Some(charge.charge.category.text()))),
        Focus::ChargeClass                        => Charge(|charge| borrowed(charge.charge_class())),
        Focus::ChargeDescription                  => Charge(|charge| charge.charge_description()),
        Focus::ChargeFrequency                    => Charge(|charge| borrowed(Some(charge.charge.frequency.text()))),
        Focus::ChargePeriodEnd                    => Time(Cur::UsageEndDate, exclusive_end),
        Focus::ChargePeriodStart                  => Time(Cur::UsageStartDate, |start| start),
        Focus::CommitmentDiscountCategory         => Charge(|charge| borrowed(charge.commitment().map(|named| named.commitment_type.category()))),
        Focus::CommitmentDiscountId               => Charge(|charge| borrowed(charge.commitment().map(|named| named.arn))),
        Focus::CommitmentDiscountName             => Charge(|_| None),
        Focus::CommitmentDiscountQuantity         => Amount(|row| row.commitment_quantity().map(|(quantity, _)| quantity)),
        Focus::CommitmentDiscountStatus           => Charge(|charge| borrowed(charge.commitment_status())),
        Focus::CommitmentDiscountType             => Charge(|charge| borrowed(charge.commitment().map(|named| named.commitment_type.text()))),
        Focus::CommitmentDiscountUnit             => AmountUnit(|row| row.commitment_quantity().map(|(_, unit)| unit)),
        Focus::ConsumedQuantity                   => Price(|_, pricing| Some(pricing.consumed?.0)),
        Focus::ConsumedUnit                       => PriceUnit(|pricing| Some(pricing.consumed?.1)),
        Focus::ContractedCost                     => Cost(row::Cost::Contracted),
        Focus::ContractedUnitPrice                => Price(|_, pricing| pricing.contracted_price),
        Focus::EffectiveCost                      => Cost(row::Cost::Effective),
        Focus::InvoiceId                          => Bill(|bill| bill.text(Cur::InvoiceId)),
        Focus::InvoiceIssuerName                  => Charge(|charge| borrowed(charge.invoice_issuer())),
        Focus::ListCost                           => Cost(row::Cost::List),
        Focus::ListUnitPrice                      => Price(|_, pricing| pricing.list_price),
        Focus::PricingCategory                    => Charge(|charge| borrowed(charge.pricing_category())),
        Focus::PricingCurrency                    => Charge(|charge| charge.pricing_currency()),
        Focus::PricingCurrencyContractedUnitPrice => Price(|row, pricing| row.pricing_currency_contracted_price(pricing)),
        Focus::PricingCurrencyEffectiveCost       => Amount(|row| row.pricing_currency_effective_cost()),
        Focus::PricingCurrencyListUnitPrice       => Price(|row, pricing| row.pricing_currency_list_price(pricing)),
        Focus::PricingQuantity                    => Price(|_, pricing| Some(pricing.quantity?.0)),
        Focus::PricingUnit                        => PriceUnit(|pricing| Some(pricing.quantity?.1)),
        Focus::ProviderName                       => Charge(|charge| borrowed(charge.provider())),
        Focus::PublisherName                      => Charge(|charge| borrowed(charge.publisher())),
        Focus::RegionId                           => Charge(|charge| borrowed(charge.region_id())),
        Focus::RegionName                         => Charge(|charge| borrowed(charge.region_name())),
        Focus::ResourceId                         => Text(|row| row.resource_id()),
        Focus::ResourceName                       => Text(|row| row.resource_name()),
        Focus::ResourceType                       => Text(|row| row.resource_type()),
        Focus::ServiceCategory                    => Charge(|charge| borrowed(Some(charge.service().category))),
        Focus::ServiceName                        => Charge(|charge| borrowed(charge.service().name)),
        Focus::ServiceSubcategory                 => Charge(|charge| borrowed(Some(charge.service().subcategory))),
        Focus::SkuId                              => Charge(|charge| borrowed(charge.sku_id())),
        Focus::SkuMeter                           => Charge(|charge| borrowed(charge.sku_meter())),
        Focus::SkuPriceDetails                    => SkuDetails,
        Focus::SkuPriceId                         => Charge(|charge| borrowed(charge.sku_price_id())),
        Focus::SubAccountId                       => Bill(|bill| bill.text(Cur::UsageAccountId)),
        Focus::SubAccountName                     => Bill(|bill| bill.sub_account_name()),
        Focus::SubAccountType                     => Bill(|bill| bill.sub_account_type()),
        Focus::Tags                               => Pairs(Family::Tags, |_| true),
        Focus::XServiceCode                       => Charge(|charge| borrowed(charge.text(Cur::ProductCode))),
        Focus::XOperation                         => Charge(|charge| borrowed(charge.text(Cur::Operation))),
        Focus::XDiscounts                         => Pairs(Family::Discounts, |row| row.selected.charge.slot == Slot::Charge),
        Focus::XLineItemType                      => Charge(|charge| borrowed(charge.text(Cur::LineItemType))),
        Focus::XUsageType                         => Charge(|charge| borrowed(charge.text(Cur::UsageType))),
        Focus::XCostCategories                    => Pairs(Family::CostCategories, |_| true),
    }
}
