//! Each FOCUS column: the cells of the report that it is made of, and the rule in words.
//!
//! The function that gives the values of each is named in `normalize/columns.rs`; money and categories come from the matrix in
//! `charges.rs`.
//!
//! Source: FOCUS 1.2, specification/columns; AWS "FOCUS 1.2 with AWS columns" where it says how AWS fills a column.

use crate::schema::cur::{Cur, Family};
use crate::schema::focus::Focus as F;

/// The trimmed cell; blank is null.
const COPY: &str = "copy";
/// From the matrix of charges.
const MATRIX: &str = "from the matrix";

/// How one output column is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ColumnRule {
    /// The cells it is made of.
    pub(crate) reads: &'static [Cur],
    /// The open family of columns that it is made of.
    pub(crate) family: Option<Family>,
    /// Whether it is null in every row of a report without these cells, which is worth a warning.
    pub(crate) is_copied: bool,
    /// In words.
    #[cfg_attr(not(test), expect(dead_code, reason = "MAPPING.md is printed from it by a test"))]
    pub(crate) rule: &'static str,
}

/// A column that is a cell of the report.
const fn copied(reads: &'static [Cur], rule: &'static str) -> ColumnRule {
    ColumnRule { reads, family: None, is_copied: true, rule }
}

/// A column that is worked out, or that has another value where the cell is absent.
const fn derived(reads: &'static [Cur], rule: &'static str) -> ColumnRule {
    ColumnRule { reads, family: None, is_copied: false, rule }
}

/// A column that gathers an open family of columns.
const fn gathered(family: Family, rule: &'static str) -> ColumnRule {
    ColumnRule { reads: &[], family: Some(family), is_copied: false, rule }
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

/// The rule of a column.
#[rustfmt::skip]
pub(crate) const fn of(column: F) -> ColumnRule {
    match column {
        F::AvailabilityZone                   => copied(&[Cur::AvailabilityZone, Cur::ProductRegionCode, Cur::ProductRegion], "copy when it is a zone, not a region"),
        F::BilledCost                         => derived(&[], MATRIX),
        F::BillingAccountId                   => copied(&[Cur::PayerAccountId], COPY),
        F::BillingAccountName                 => derived(&[Cur::PayerAccountName, Cur::PayerAccountId], "copy, else looked up in `account_names`, else null"),
        F::BillingAccountType                 => derived(&[], "`Management Account`"),
        F::BillingCurrency                    => copied(&[Cur::CurrencyCode], "copy in upper case"),
        F::BillingPeriodEnd                   => copied(&[Cur::BillingPeriodEndDate], "copy; an end at :59:59 is one second later"),
        F::BillingPeriodStart                 => copied(&[Cur::BillingPeriodStartDate], COPY),
        F::CapacityReservationId              => derived(&[Cur::CapacityReservationArn, Cur::ResourceId], "the capacity reservation's ARN, else the resource id when that is one"),
        F::CapacityReservationStatus          => derived(&[Cur::CapacityReservationStatus, Cur::CapacityReservationArn, Cur::ResourceId, Cur::UsageType], "Used or Unused when the report says so, in whichever letters; else Unused for usage types with `UnusedBox` or `UnusedDed`; else Used on usage; null without an id"),
        F::ChargeCategory                     => derived(&[], MATRIX),
        F::ChargeClass                        => derived(&[Cur::BillType, Cur::UsageStartDate], "`Correction` for a refund on a refund bill, or of usage outside the billing period; else null"),
        F::ChargeDescription                  => copied(&[Cur::LineItemDescription], "copy; unused rows add ` (unused commitment)`"),
        F::ChargeFrequency                    => derived(&[], MATRIX),
        F::ChargePeriodEnd                    => copied(&[Cur::UsageEndDate], "copy; an end at :59:59 is one second later"),
        F::ChargePeriodStart                  => copied(&[Cur::UsageStartDate], COPY),
        F::CommitmentDiscountCategory         => derived(COMMITMENT, "`Spend` for a Savings Plan, `Usage` for a reservation"),
        F::CommitmentDiscountId               => derived(COMMITMENT, "the ARN that the row names; with both the line item type decides; null on plain usage"),
        F::CommitmentDiscountName             => derived(&[], "null: the report has no name"),
        F::CommitmentDiscountQuantity         => derived(COMMITTED, "Savings Plan: amount of money; reservation: normalised hours, else plain ones; see `commitment_quantity`"),
        F::CommitmentDiscountStatus           => derived(COMMITMENT, "`Used` on covered usage, `Unused` on unused rows, else null"),
        F::CommitmentDiscountType             => derived(COMMITMENT, "`Savings Plan` or `Reserved Instance`"),
        F::CommitmentDiscountUnit             => derived(COMMITTED, "the billing currency, `Normalized Hours`, or the pricing unit"),
        F::ConsumedQuantity                   => derived(QUANTITY, "the usage amount on Usage rows that are not unused; else null"),
        F::ConsumedUnit                       => derived(QUANTITY, "the pricing unit beside a consumed quantity"),
        F::ContractedCost                     => derived(&[], MATRIX),
        F::ContractedUnitPrice                => derived(PRICE, "the (net) unblended rate when it meets the cost, else ContractedCost / PricingQuantity"),
        F::EffectiveCost                      => derived(&[], MATRIX),
        F::InvoiceId                          => copied(&[Cur::InvoiceId], COPY),
        F::InvoiceIssuerName                  => derived(&[Cur::InvoicingEntity, Cur::LegalEntity, Cur::BillingEntity], "copy; else the legal entity when AWS bills; else `Amazon Web Services, Inc.`"),
        F::ListCost                           => derived(&[], MATRIX),
        F::ListUnitPrice                      => derived(PRICE, "the public rate when it meets the cost, else ListCost / PricingQuantity"),
        F::PricingCategory                    => derived(&[], "from the matrix; `Standard` for a refund that is no correction"),
        F::PricingCurrency                    => copied(&[Cur::PricingCurrency, Cur::CurrencyCode], "copy in upper case, else the billing currency"),
        F::PricingCurrencyContractedUnitPrice => derived(PRICE, "ContractedUnitPrice when both currencies are one, else null"),
        F::PricingCurrencyEffectiveCost       => derived(&[], "EffectiveCost when both currencies are one, else null"),
        F::PricingCurrencyListUnitPrice       => derived(PRICE, "ListUnitPrice when both currencies are one, else the public rate; null without a ListUnitPrice"),
        F::PricingQuantity                    => derived(QUANTITY, "the usage amount; 1 where a price needs a quantity; null without a price; see `quantity`"),
        F::PricingUnit                        => derived(QUANTITY, "the pricing unit, normalised; `Units` without one"),
        F::ProviderName                       => derived(&[], "`AWS`"),
        F::PublisherName                      => derived(&[Cur::LegalEntity], "copy, else `AWS`"),
        F::RegionId                           => derived(REGION, "the region code, else the region; `Any` is null"),
        F::RegionName                         => derived(REGION, "looked up in `regions.csv`; a region that is not there is named by its id"),
        F::ResourceId                         => copied(&[Cur::ResourceId], "copy; the commitment's ARN on its purchase and unused rows"),
        F::ResourceName                       => derived(&[Cur::ResourceId], "the tag Name, in this spelling, beside a ResourceId that it does not repeat"),
        F::ResourceType                       => derived(&[Cur::ResourceId], "from the form of the resource id, see `resources.rs`"),
        F::ServiceCategory                    => derived(SERVICE, "looked up in `services.csv`"),
        F::ServiceName                        => derived(SERVICE, "the product name, unless `services.csv` overrides it; else from there; else the product code"),
        F::ServiceSubcategory                 => derived(SERVICE, "looked up in `services.csv`"),
        F::SkuId                              => copied(SKU, "copy; else, on Usage and Purchase, the rate code up to its first dot, if there is something before it; null on Tax"),
        F::SkuMeter                           => derived(&[Cur::UsageType, Cur::ProductSku, Cur::PricingRateCode, Cur::PricingRateId], "the usage type beside a SkuId"),
        F::SkuPriceDetails                    => derived(DETAILS, "product attributes beside a SkuPriceId, see `sku.rs`"),
        F::SkuPriceId                         => derived(SKU, "the rate code, else the rate id, else, on Usage and Purchase, the SkuId; null on Tax"),
        F::SubAccountId                       => copied(&[Cur::UsageAccountId], COPY),
        F::SubAccountName                     => derived(&[Cur::UsageAccountName, Cur::UsageAccountId], "copy, else looked up in `account_names`, else null"),
        F::SubAccountType                     => derived(&[Cur::UsageAccountId, Cur::PayerAccountId], "`Management Account` when it is the payer, else `Member Account`"),
        F::Tags                               => gathered(Family::Tags, "user tags under their key, others with their prefix; blank values are left out"),
        F::XServiceCode                       => copied(&[Cur::ProductCode], COPY),
        F::XOperation                         => copied(&[Cur::Operation], COPY),
        F::XDiscounts                         => gathered(Family::Discounts, "discounts by kind, without their sum; not on unused rows"),
        F::XLineItemType                      => copied(&[Cur::LineItemType], COPY),
        F::XUsageType                         => copied(&[Cur::UsageType], COPY),
        F::XCostCategories                    => gathered(Family::CostCategories, "cost categories by name; blank values are left out"),
    }
}
