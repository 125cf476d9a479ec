//! Each FOCUS column: the cells of the report that it is made of, and the rule in words.
//!
//! A column whose rule is [`COPY`] is the trimmed cell, blank is null. All others have a function of their own in
//! `normalize/values.rs`; money and categories come from the matrix in `charges.rs`.
//!
//! Source: FOCUS 1.2, specification/columns; AWS "FOCUS 1.2 with AWS columns" where it says how AWS fills a column.

use crate::schema::cur::{Cur, Family};
use crate::schema::focus::Focus as F;

/// The trimmed cell; blank is null.
pub(crate) const COPY: &str = "copy";
/// From the matrix of charges.
const MATRIX: &str = "from the matrix";

/// How one output column is made.
#[derive(Debug)]
pub(crate) struct ColumnRule {
    pub(crate) column: F,
    /// The cells it is made of.
    pub(crate) reads: &'static [Cur],
    /// The open family of columns that it is made of.
    pub(crate) family: Option<Family>,
    /// In words.
    pub(crate) rule: &'static str,
}

const fn rule(column: F, reads: &'static [Cur], rule: &'static str) -> ColumnRule {
    ColumnRule { column, reads, family: None, rule }
}

const fn family(column: F, family: Family, rule: &'static str) -> ColumnRule {
    ColumnRule { column, reads: &[], family: Some(family), rule }
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

/// All columns, in the order of the output.
#[rustfmt::skip]
pub(crate) const COLUMNS: &[ColumnRule] = &[
    rule(F::AvailabilityZone, &[Cur::AvailabilityZone, Cur::ProductRegionCode, Cur::ProductRegion], "copy when it is a zone, not a region"),
    rule(F::BilledCost, &[], MATRIX),
    rule(F::BillingAccountId, &[Cur::PayerAccountId], COPY),
    rule(F::BillingAccountName, &[Cur::PayerAccountName, Cur::PayerAccountId], "copy, else looked up in `account_names`, else null"),
    rule(F::BillingAccountType, &[], "`Management Account`"),
    rule(F::BillingCurrency, &[Cur::CurrencyCode], "copy in upper case"),
    rule(F::BillingPeriodEnd, &[Cur::BillingPeriodEndDate], "copy; an end at :59:59 is one second later"),
    rule(F::BillingPeriodStart, &[Cur::BillingPeriodStartDate], COPY),
    rule(F::CapacityReservationId, &[Cur::CapacityReservationArn, Cur::ResourceId], "the capacity reservation's ARN, else the resource id when that is one"),
    rule(F::CapacityReservationStatus, &[Cur::CapacityReservationStatus, Cur::CapacityReservationArn, Cur::ResourceId, Cur::UsageType], "Used or Unused when the report says so, in whichever letters; else Unused for usage types with `UnusedBox` or `UnusedDed`; else Used on usage; null without an id"),
    rule(F::ChargeCategory, &[], MATRIX),
    rule(F::ChargeClass, &[Cur::BillType, Cur::UsageStartDate], "`Correction` for a refund on a refund bill, or of usage outside the billing period; else null"),
    rule(F::ChargeDescription, &[Cur::LineItemDescription], "copy; unused rows add ` (unused commitment)`"),
    rule(F::ChargeFrequency, &[], MATRIX),
    rule(F::ChargePeriodEnd, &[Cur::UsageEndDate], "copy; an end at :59:59 is one second later"),
    rule(F::ChargePeriodStart, &[Cur::UsageStartDate], COPY),
    rule(F::CommitmentDiscountCategory, COMMITMENT, "`Spend` for a Savings Plan, `Usage` for a reservation"),
    rule(F::CommitmentDiscountId, COMMITMENT, "the ARN that the row names; with both the line item type decides; null on plain usage"),
    rule(F::CommitmentDiscountName, &[], "null: the report has no name"),
    rule(F::CommitmentDiscountQuantity, COMMITTED, "Savings Plan: amount of money; reservation: normalised hours, else plain ones; see `commitment_quantity`"),
    rule(F::CommitmentDiscountStatus, COMMITMENT, "`Used` on covered usage, `Unused` on unused rows, else null"),
    rule(F::CommitmentDiscountType, COMMITMENT, "`Savings Plan` or `Reserved Instance`"),
    rule(F::CommitmentDiscountUnit, COMMITTED, "the billing currency, `Normalized Hours`, or the pricing unit"),
    rule(F::ConsumedQuantity, QUANTITY, "the usage amount on Usage rows that are not unused; else null"),
    rule(F::ConsumedUnit, QUANTITY, "the pricing unit beside a consumed quantity"),
    rule(F::ContractedCost, &[], MATRIX),
    rule(F::ContractedUnitPrice, PRICE, "the (net) unblended rate when it meets the cost, else ContractedCost / PricingQuantity"),
    rule(F::EffectiveCost, &[], MATRIX),
    rule(F::InvoiceId, &[Cur::InvoiceId], COPY),
    rule(F::InvoiceIssuerName, &[Cur::InvoicingEntity, Cur::LegalEntity, Cur::BillingEntity], "copy; else the legal entity when AWS bills; else `Amazon Web Services, Inc.`"),
    rule(F::ListCost, &[], MATRIX),
    rule(F::ListUnitPrice, PRICE, "the public rate when it meets the cost, else ListCost / PricingQuantity"),
    rule(F::PricingCategory, &[], "from the matrix; `Standard` for a refund that is no correction"),
    rule(F::PricingCurrency, &[Cur::PricingCurrency, Cur::CurrencyCode], "copy in upper case, else the billing currency"),
    rule(F::PricingCurrencyContractedUnitPrice, PRICE, "ContractedUnitPrice when both currencies are one, else null"),
    rule(F::PricingCurrencyEffectiveCost, &[], "EffectiveCost when both currencies are one, else null"),
    rule(F::PricingCurrencyListUnitPrice, PRICE, "ListUnitPrice when both currencies are one, else the public rate; null without a ListUnitPrice"),
    rule(F::PricingQuantity, QUANTITY, "the usage amount; 1 where a price needs a quantity; null without a price; see `quantity`"),
    rule(F::PricingUnit, QUANTITY, "the pricing unit, normalised; `Units` without one"),
    rule(F::ProviderName, &[], "`AWS`"),
    rule(F::PublisherName, &[Cur::LegalEntity], "copy, else `AWS`"),
    rule(F::RegionId, REGION, "the region code, else the region; `Any` is null"),
    rule(F::RegionName, REGION, "looked up in `regions.csv`; a region that is not there is named by its id"),
    rule(F::ResourceId, &[Cur::ResourceId], "copy; the commitment's ARN on its purchase and unused rows"),
    rule(F::ResourceName, &[Cur::ResourceId], "the tag Name, in this spelling, beside a ResourceId that it does not repeat"),
    rule(F::ResourceType, &[Cur::ResourceId], "from the form of the resource id, see `resources.rs`"),
    rule(F::ServiceCategory, SERVICE, "looked up in `services.csv`"),
    rule(F::ServiceName, SERVICE, "the product name, unless `services.csv` overrides it; else from there; else the product code"),
    rule(F::ServiceSubcategory, SERVICE, "looked up in `services.csv`"),
    rule(F::SkuId, SKU, "copy; else, on Usage and Purchase, the rate code up to its first dot, if there is something before it; null on Tax"),
    rule(F::SkuMeter, &[Cur::UsageType, Cur::ProductSku, Cur::PricingRateCode, Cur::PricingRateId], "the usage type beside a SkuId"),
    rule(F::SkuPriceDetails, DETAILS, "product attributes beside a SkuPriceId, see `sku.rs`"),
    rule(F::SkuPriceId, SKU, "the rate code, else the rate id, else, on Usage and Purchase, the SkuId; null on Tax"),
    rule(F::SubAccountId, &[Cur::UsageAccountId], COPY),
    rule(F::SubAccountName, &[Cur::UsageAccountName, Cur::UsageAccountId], "copy, else looked up in `account_names`, else null"),
    rule(F::SubAccountType, &[Cur::UsageAccountId, Cur::PayerAccountId], "`Management Account` when it is the payer, else `Member Account`"),
    family(F::Tags, Family::Tags, "user tags under their key, others with their prefix; blank values are left out"),
    rule(F::XServiceCode, &[Cur::ProductCode], COPY),
    rule(F::XOperation, &[Cur::Operation], COPY),
    family(F::XDiscounts, Family::Discounts, "discounts by kind, without their sum; not on unused rows"),
    rule(F::XLineItemType, &[Cur::LineItemType], COPY),
    rule(F::XUsageType, &[Cur::UsageType], COPY),
    family(F::XCostCategories, Family::CostCategories, "cost categories by name; blank values are left out"),
];

/// The rule of a column.
pub(crate) fn of(column: F) -> &'static ColumnRule {
    let rule = &COLUMNS[column as usize];
    debug_assert_eq!(rule.column, column);
    rule
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_column_has_its_rule_at_its_place() {
        assert_eq!(COLUMNS.iter().map(|rule| rule.column).collect::<Vec<_>>(), F::ALL);
    }
}
