//! The columns of the Cost and Usage Report: their names and value types.
//!
//! Source: AWS CUR user guide (data dictionary), Data Exports user guide (CUR 2.0 table), and real files for the
//! spelling. `product/*`, `resourceTags/*`, `costCategory/*` and `discount/*` are open families: columns that are not
//! listed here are bound by their prefix, see `report/layout.rs`.

use std::collections::HashMap;
use std::sync::LazyLock;

/// The value type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueType {
    /// Text, including ids of digits.
    Text,
    /// A decimal number, in plain or exponent form.
    Decimal,
    /// A time in UTC.
    Time,
    /// A JSON object.
    Map,
}

/// The semantics of the cells of a column, which determine which texts are values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CellSemantics {
    /// Free text: every text is a value, including `None` and `null`.
    Text,
    /// An id, type, code or name that categories, sums or keys depend on. A [null token](null_token) is read as blank.
    Code,
    /// As [`CellSemantics::Code`]: the id of an account, twelve digits.
    Account,
    /// As [`CellSemantics::Code`]; a text that does not begin with `arn:` is also read as blank.
    Arn,
    /// A number that no cost depends on. Text is read as blank.
    Decimal,
    /// An amount of money, or a number that an amount depends on. Text is an error.
    Money,
    /// A time. A null token is read as blank.
    Time,
    /// A JSON object. A null token is read as blank.
    Map,
}

impl CellSemantics {
    /// Returns the value type.
    pub(crate) const fn value_type(self) -> ValueType {
        match self {
            Self::Text | Self::Code | Self::Account | Self::Arn => ValueType::Text,
            Self::Decimal | Self::Money => ValueType::Decimal,
            Self::Time => ValueType::Time,
            Self::Map => ValueType::Map,
        }
    }
}

/// The open families of columns, each combined in one map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// Resource tags with the keys of FOCUS: user tags without prefix, others with their prefix.
    Tags,
    /// Cost categories.
    CostCategories,
    /// Discounts by type, with their legacy names, without their sum.
    Discounts,
}

/// Texts that other programs (databases, data frames, spreadsheets) write for a missing value.
const NULL_TOKENS: [&str; 11] = ["\\N", "NULL", "null", "NaN", "nan", "None", "NaT", "<NA>", "NA", "#N/A", "-"];

/// Returns the null token in a cell, ignoring surrounding blanks.
#[inline]
pub(crate) fn null_token(cell: &[u8]) -> Option<&'static str> {
    const LONGEST: usize = 16;
    if cell.len() > LONGEST {
        return None;
    }
    let cell = cell.trim_ascii();
    NULL_TOKENS.into_iter().find(|token| token.as_bytes() == cell)
}

macro_rules! columns {
    ($($name:ident, $legacy:literal, $cur2:literal, $semantics:ident;)+) => {
        /// A known column of the report.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub(crate) enum Cur {
            $($name,)+
        }

        impl Cur {
            /// All columns, in the order of the report.
            pub(crate) const ALL: &[Self] = &[$(Self::$name,)+];

            /// Returns `category/Name` of the legacy report; empty if only CUR 2.0 has the column.
            pub(crate) const fn legacy(self) -> &'static str {
                match self { $(Self::$name => $legacy,)+ }
            }

            /// Returns the name in CUR 2.0; `product.key` if it is a key of a map column.
            pub(crate) const fn cur2(self) -> &'static str {
                match self { $(Self::$name => $cur2,)+ }
            }

            /// Returns the semantics.
            pub(crate) const fn semantics(self) -> CellSemantics {
                match self { $(Self::$name => CellSemantics::$semantics,)+ }
            }
        }
    };
}

#[rustfmt::skip]
columns! {
    // column                                                 legacy CSV                                                   CUR 2.0                                                             semantics
    LineItemId,                                               "identity/LineItemId",                                       "identity_line_item_id",                                            Code;
    TimeInterval,                                             "identity/TimeInterval",                                     "identity_time_interval",                                           Text;
    InvoiceId,                                                "bill/InvoiceId",                                            "bill_invoice_id",                                                  Code;
    BillingEntity,                                            "bill/BillingEntity",                                        "bill_billing_entity",                                              Code;
    BillType,                                                 "bill/BillType",                                             "bill_bill_type",                                                   Code;
    PayerAccountId,                                           "bill/PayerAccountId",                                       "bill_payer_account_id",                                            Account;
    BillingPeriodStartDate,                                   "bill/BillingPeriodStartDate",                               "bill_billing_period_start_date",                                   Time;
    BillingPeriodEndDate,                                     "bill/BillingPeriodEndDate",                                 "bill_billing_period_end_date",                                     Time;
    InvoicingEntity,                                          "bill/InvoicingEntity",                                      "bill_invoicing_entity",                                            Code;
    PayerAccountName,                                         "",                                                          "bill_payer_account_name",                                          Text;
    UsageAccountId,                                           "lineItem/UsageAccountId",                                   "line_item_usage_account_id",                                       Account;
    LineItemType,                                             "lineItem/LineItemType",                                     "line_item_line_item_type",                                         Code;
    UsageStartDate,                                           "lineItem/UsageStartDate",                                   "line_item_usage_start_date",                                       Time;
    UsageEndDate,                                             "lineItem/UsageEndDate",                                     "line_item_usage_end_date",                                         Time;
    ProductCode,                                              "lineItem/ProductCode",                                      "line_item_product_code",                                           Code;
    UsageType,                                                "lineItem/UsageType",                                        "line_item_usage_type",                                             Code;
    Operation,                                                "lineItem/Operation",                                        "line_item_operation",                                              Text;
    AvailabilityZone,                                         "lineItem/AvailabilityZone",                                 "line_item_availability_zone",                                      Code;
    ResourceId,                                               "lineItem/ResourceId",                                       "line_item_resource_id",                                            Code;
    UsageAmount,                                              "lineItem/UsageAmount",                                      "line_item_usage_amount",                                           Money;
    NormalizationFactor,                                      "lineItem/NormalizationFactor",                              "line_item_normalization_factor",                                   Decimal;
    NormalizedUsageAmount,                                    "lineItem/NormalizedUsageAmount",                            "line_item_normalized_usage_amount",                                Decimal;
    CurrencyCode,                                             "lineItem/CurrencyCode",                                     "line_item_currency_code",                                          Code;
    UnblendedRate,                                            "lineItem/UnblendedRate",                                    "line_item_unblended_rate",                                         Decimal;
    UnblendedCost,                                            "lineItem/UnblendedCost",                                    "line_item_unblended_cost",                                         Money;
    BlendedRate,                                              "lineItem/BlendedRate",                                      "line_item_blended_rate",                                           Decimal;
    BlendedCost,                                              "lineItem/BlendedCost",                                      "line_item_blended_cost",                                           Money;
    LineItemDescription,                                      "lineItem/LineItemDescription",                              "line_item_line_item_description",                                  Text;
    TaxType,                                                  "lineItem/TaxType",                                          "line_item_tax_type",                                               Code;
    NetUnblendedRate,                                         "lineItem/NetUnblendedRate",                                 "line_item_net_unblended_rate",                                     Decimal;
    NetUnblendedCost,                                         "lineItem/NetUnblendedCost",                                 "line_item_net_unblended_cost",                                     Money;
    LegalEntity,                                              "lineItem/LegalEntity",                                      "line_item_legal_entity",                                           Code;
    UsageAccountName,                                         "",                                                          "line_item_usage_account_name",                                     Text;
    UserIdentifier,                                           "",                                                          "line_item_user_identifier",                                        Text;
    IamPrincipal,                                             "",                                                          "line_item_iam_principal",                                          Text;
    ProductName,                                              "product/ProductName",                                       "product.product_name",                                             Code;
    ProductFeeCode,                                           "product/feeCode",                                           "product_fee_code",                                                 Text;
    ProductFeeDescription,                                    "product/feeDescription",                                    "product_fee_description",                                          Text;
    ProductFromLocation,                                      "product/fromLocation",                                      "product_from_location",                                            Text;
    ProductFromLocationType,                                  "product/fromLocationType",                                  "product_from_location_type",                                       Text;
    ProductGpu,                                               "product/gpu",                                               "product.gpu",                                                      Text;
    ProductInstanceFamily,                                    "product/instanceFamily",                                    "product_instance_family",                                          Text;
    ProductInstanceType,                                      "product/instanceType",                                      "product_instance_type",                                            Text;
    ProductLocation,                                          "product/location",                                          "product_location",                                                 Text;
    ProductLocationType,                                      "product/locationType",                                      "product_location_type",                                            Text;
    ProductMemory,                                            "product/memory",                                            "product.memory",                                                   Text;
    ProductNetworkPerformance,                                "product/networkPerformance",                                "product.network_performance",                                      Text;
    ProductOperatingSystem,                                   "product/operatingSystem",                                   "product.operating_system",                                         Text;
    ProductOperation,                                         "product/operation",                                         "product_operation",                                                Text;
    ProductFamily,                                            "product/productFamily",                                     "product_product_family",                                           Code;
    ProductRegion,                                            "product/region",                                            "product.region",                                                   Code;
    ProductServicecode,                                       "product/servicecode",                                       "product_servicecode",                                              Code;
    ProductServicename,                                       "product/servicename",                                       "product.servicename",                                              Text;
    ProductSku,                                               "product/sku",                                               "product_sku",                                                      Code;
    ProductStorageClass,                                      "product/storageClass",                                      "product.storage_class",                                            Text;
    ProductToLocation,                                        "product/toLocation",                                        "product_to_location",                                              Text;
    ProductToLocationType,                                    "product/toLocationType",                                    "product_to_location_type",                                         Text;
    ProductUsagetype,                                         "product/usagetype",                                         "product_usagetype",                                                Text;
    ProductVcpu,                                              "product/vcpu",                                              "product.vcpu",                                                     Text;
    ProductVolumeApiName,                                     "product/volumeApiName",                                     "product.volume_api_name",                                          Text;
    ProductFromRegionCode,                                    "product/fromRegionCode",                                    "product_from_region_code",                                         Code;
    ProductRegionCode,                                        "product/regionCode",                                        "product_region_code",                                              Code;
    ProductToRegionCode,                                      "product/toRegionCode",                                      "product_to_region_code",                                           Code;
    ProductInstancesku,                                       "product/instancesku",                                       "product_instancesku",                                              Code;
    ProductPricingUnit,                                       "product/pricingUnit",                                       "product_pricing_unit",                                             Code;
    ProductComment,                                           "product/comment",                                           "product_comment",                                                  Text;
    ProductMarketoption,                                      "product/marketoption",                                      "product.marketoption",                                             Code;
    Product,                                                  "",                                                          "product",                                                          Map;
    PricingLeaseContractLength,                               "pricing/LeaseContractLength",                               "pricing_lease_contract_length",                                    Code;
    PricingOfferingClass,                                     "pricing/OfferingClass",                                     "pricing_offering_class",                                           Code;
    PricingPurchaseOption,                                    "pricing/PurchaseOption",                                    "pricing_purchase_option",                                          Code;
    PublicOnDemandCost,                                       "pricing/publicOnDemandCost",                                "pricing_public_on_demand_cost",                                    Money;
    PublicOnDemandRate,                                       "pricing/publicOnDemandRate",                                "pricing_public_on_demand_rate",                                    Money;
    PricingTerm,                                              "pricing/term",                                              "pricing_term",                                                     Code;
    PricingUnit,                                              "pricing/unit",                                              "pricing_unit",                                                     Code;
    PricingRateId,                                            "pricing/RateId",                                            "pricing_rate_id",                                                  Code;
    PricingRateCode,                                          "pricing/RateCode",                                          "pricing_rate_code",                                                Code;
    PricingCurrency,                                          "pricing/currency",                                          "pricing_currency",                                                 Code;
    ReservationAmortizedUpfrontCostForUsage,                  "reservation/AmortizedUpfrontCostForUsage",                  "reservation_amortized_upfront_cost_for_usage",                     Money;
    ReservationAmortizedUpfrontFeeForBillingPeriod,           "reservation/AmortizedUpfrontFeeForBillingPeriod",           "reservation_amortized_upfront_fee_for_billing_period",             Money;
    ReservationEffectiveCost,                                 "reservation/EffectiveCost",                                 "reservation_effective_cost",                                       Money;
    ReservationEndTime,                                       "reservation/EndTime",                                       "reservation_end_time",                                             Code;
    ReservationModificationStatus,                            "reservation/ModificationStatus",                            "reservation_modification_status",                                  Text;
    ReservationNormalizedUnitsPerReservation,                 "reservation/NormalizedUnitsPerReservation",                 "reservation_normalized_units_per_reservation",                     Decimal;
    ReservationNumberOfReservations,                          "reservation/NumberOfReservations",                          "reservation_number_of_reservations",                               Decimal;
    ReservationRecurringFeeForUsage,                          "reservation/RecurringFeeForUsage",                          "reservation_recurring_fee_for_usage",                              Money;
    ReservationARN,                                           "reservation/ReservationARN",                                "reservation_reservation_a_r_n",                                    Arn;
    ReservationStartTime,                                     "reservation/StartTime",                                     "reservation_start_time",                                           Code;
    ReservationTotalReservedNormalizedUnits,                  "reservation/TotalReservedNormalizedUnits",                  "reservation_total_reserved_normalized_units",                      Decimal;
    ReservationTotalReservedUnits,                            "reservation/TotalReservedUnits",                            "reservation_total_reserved_units",                                 Decimal;
    ReservationUnitsPerReservation,                           "reservation/UnitsPerReservation",                           "reservation_units_per_reservation",                                Decimal;
    ReservationUnusedAmortizedUpfrontFeeForBillingPeriod,     "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod",     "reservation_unused_amortized_upfront_fee_for_billing_period",      Money;
    ReservationUnusedNormalizedUnitQuantity,                  "reservation/UnusedNormalizedUnitQuantity",                  "reservation_unused_normalized_unit_quantity",                      Decimal;
    ReservationUnusedQuantity,                                "reservation/UnusedQuantity",                                "reservation_unused_quantity",                                      Decimal;
    ReservationUnusedRecurringFee,                            "reservation/UnusedRecurringFee",                            "reservation_unused_recurring_fee",                                 Money;
    ReservationUpfrontValue,                                  "reservation/UpfrontValue",                                  "reservation_upfront_value",                                        Money;
    ReservationNetAmortizedUpfrontCostForUsage,               "reservation/NetAmortizedUpfrontCostForUsage",               "reservation_net_amortized_upfront_cost_for_usage",                 Money;
    ReservationNetAmortizedUpfrontFeeForBillingPeriod,        "reservation/NetAmortizedUpfrontFeeForBillingPeriod",        "reservation_net_amortized_upfront_fee_for_billing_period",         Money;
    ReservationNetEffectiveCost,                              "reservation/NetEffectiveCost",                              "reservation_net_effective_cost",                                   Money;
    ReservationNetRecurringFeeForUsage,                       "reservation/NetRecurringFeeForUsage",                       "reservation_net_recurring_fee_for_usage",                          Money;
    ReservationNetUnusedAmortizedUpfrontFeeForBillingPeriod,  "reservation/NetUnusedAmortizedUpfrontFeeForBillingPeriod",  "reservation_net_unused_amortized_upfront_fee_for_billing_period",  Money;
    ReservationNetUnusedRecurringFee,                         "reservation/NetUnusedRecurringFee",                         "reservation_net_unused_recurring_fee",                             Money;
    ReservationNetUpfrontValue,                               "reservation/NetUpfrontValue",                               "reservation_net_upfront_value",                                    Money;
    ReservationSubscriptionId,                                "reservation/SubscriptionId",                                "reservation_subscription_id",                                      Code;
    ReservationAvailabilityZone,                              "reservation/AvailabilityZone",                              "reservation_availability_zone",                                    Code;
    DiscountTotalDiscount,                                    "discount/TotalDiscount",                                    "discount_total_discount",                                          Money;
    DiscountBundledDiscount,                                  "discount/BundledDiscount",                                  "discount_bundled_discount",                                        Money;
    Discount,                                                 "",                                                          "discount",                                                         Map;
    SavingsPlanTotalCommitmentToDate,                         "savingsPlan/TotalCommitmentToDate",                         "savings_plan_total_commitment_to_date",                            Money;
    SavingsPlanARN,                                           "savingsPlan/SavingsPlanARN",                                "savings_plan_savings_plan_a_r_n",                                  Arn;
    SavingsPlanRate,                                          "savingsPlan/SavingsPlanRate",                               "savings_plan_savings_plan_rate",                                   Decimal;
    SavingsPlanUsedCommitment,                                "savingsPlan/UsedCommitment",                                "savings_plan_used_commitment",                                     Money;
    SavingsPlanEffectiveCost,                                 "savingsPlan/SavingsPlanEffectiveCost",                      "savings_plan_savings_plan_effective_cost",                         Money;
    SavingsPlanAmortizedUpfrontCommitmentForBillingPeriod,    "savingsPlan/AmortizedUpfrontCommitmentForBillingPeriod",    "savings_plan_amortized_upfront_commitment_for_billing_period",     Money;
    SavingsPlanRecurringCommitmentForBillingPeriod,           "savingsPlan/RecurringCommitmentForBillingPeriod",           "savings_plan_recurring_commitment_for_billing_period",             Money;
    SavingsPlanNetEffectiveCost,                              "savingsPlan/NetSavingsPlanEffectiveCost",                   "savings_plan_net_savings_plan_effective_cost",                     Money;
    SavingsPlanNetAmortizedUpfrontCommitmentForBillingPeriod, "savingsPlan/NetAmortizedUpfrontCommitmentForBillingPeriod", "savings_plan_net_amortized_upfront_commitment_for_billing_period", Money;
    SavingsPlanNetRecurringCommitmentForBillingPeriod,        "savingsPlan/NetRecurringCommitmentForBillingPeriod",        "savings_plan_net_recurring_commitment_for_billing_period",         Money;
    SavingsPlanRegion,                                        "savingsPlan/Region",                                        "savings_plan_region",                                              Code;
    SavingsPlanPurchaseTerm,                                  "savingsPlan/PurchaseTerm",                                  "savings_plan_purchase_term",                                       Code;
    SavingsPlanPaymentOption,                                 "savingsPlan/PaymentOption",                                 "savings_plan_payment_option",                                      Code;
    SavingsPlanEndTime,                                       "savingsPlan/EndTime",                                       "savings_plan_end_time",                                            Code;
    SavingsPlanStartTime,                                     "savingsPlan/StartTime",                                     "savings_plan_start_time",                                          Code;
    SavingsPlanOfferingType,                                  "savingsPlan/OfferingType",                                  "savings_plan_offering_type",                                       Code;
    SavingsPlanInstanceTypeFamily,                            "savingsPlan/InstanceTypeFamily",                            "savings_plan_instance_type_family",                                Code;
    SplitParentResourceId,                                    "splitLineItem/ParentResourceId",                            "split_line_item_parent_resource_id",                               Code;
    SplitReservedUsage,                                       "splitLineItem/ReservedUsage",                               "split_line_item_reserved_usage",                                   Decimal;
    SplitActualUsage,                                         "splitLineItem/ActualUsage",                                 "split_line_item_actual_usage",                                     Decimal;
    SplitUsage,                                               "splitLineItem/SplitUsage",                                  "split_line_item_split_usage",                                      Decimal;
    SplitUsageRatio,                                          "splitLineItem/SplitUsageRatio",                             "split_line_item_split_usage_ratio",                                Decimal;
    SplitCost,                                                "splitLineItem/SplitCost",                                   "split_line_item_split_cost",                                       Money;
    SplitUnusedCost,                                          "splitLineItem/UnusedCost",                                  "split_line_item_unused_cost",                                      Money;
    SplitNetSplitCost,                                        "splitLineItem/NetSplitCost",                                "split_line_item_net_split_cost",                                   Money;
    SplitNetUnusedCost,                                       "splitLineItem/NetUnusedCost",                               "split_line_item_net_unused_cost",                                  Money;
    SplitPublicOnDemandSplitCost,                             "splitLineItem/PublicOnDemandSplitCost",                     "split_line_item_public_on_demand_split_cost",                      Money;
    SplitPublicOnDemandUnusedCost,                            "splitLineItem/PublicOnDemandUnusedCost",                    "split_line_item_public_on_demand_unused_cost",                     Money;
    CapacityReservationArn,                                   "",                                                          "capacity_reservation_capacity_reservation_arn",                    Arn;
    CapacityReservationStatus,                                "",                                                          "capacity_reservation_capacity_reservation_status",                 Code;
    CapacityReservationType,                                  "",                                                          "capacity_reservation_capacity_reservation_type",                   Code;
    ResourceTags,                                             "",                                                          "resource_tags",                                                    Map;
    Tags,                                                     "",                                                          "tags",                                                             Map;
    CostCategory,                                             "",                                                          "cost_category",                                                    Map;
}

/// Names that neither AWS nor Athena uses: by loaders that re-export reports, and in AWS's documentation.
#[rustfmt::skip]
const ALIASES: &[(&str, Cur)] = &[
    ("savings_plan_savings_plan_arn", Cur::SavingsPlanARN),
    ("savingsPlan/SavingsPlanArn",    Cur::SavingsPlanARN),
    ("reservation_reservation_arn",   Cur::ReservationARN),
];

static BY_NAME: LazyLock<HashMap<String, Cur>> = LazyLock::new(|| {
    let mut names = HashMap::new();
    for &column in Cur::ALL {
        if !column.legacy().is_empty() {
            names.insert(column.legacy().to_owned(), column);
            names.insert(athena_name(column.legacy()), column);
        }
        if !column.cur2().contains('.') {
            names.insert(column.cur2().to_owned(), column);
        }
    }
    names.extend(ALIASES.iter().map(|&(name, column)| (name.to_owned(), column)));
    names
});

static BY_FOLDED: LazyLock<HashMap<String, Cur>> =
    LazyLock::new(|| BY_NAME.iter().map(|(name, &column)| (folded(name), column)).collect());

impl Cur {
    /// Number of known columns.
    pub(crate) const COUNT: usize = Self::ALL.len();

    /// Returns the column with a name in any spelling: legacy, CUR 2.0, Athena, or of a loader.
    pub(crate) fn by_name(name: &str) -> Option<Self> {
        BY_NAME.get(name).copied()
    }

    /// Returns whether a name is that of the column without its category: `UnblendedCost`.
    pub(crate) fn is_short_for(self, name: &str) -> bool {
        let short = self.legacy().rsplit_once('/').map_or("", |(_, short)| short);
        !short.is_empty() && folded(short) == folded(name)
    }

    /// Returns the column whose folded name is `folded`, see [`folded`].
    pub(crate) fn by_folded(folded: &str) -> Option<Self> {
        BY_FOLDED.get(folded).copied()
    }

    /// Returns the value type.
    pub(crate) const fn value_type(self) -> ValueType {
        self.semantics().value_type()
    }

    /// Returns the key of CUR 2.0's `product` map for this column, if it is in that map.
    pub(crate) fn product_key(self) -> Option<&'static str> {
        self.cur2().strip_prefix("product.")
    }

    /// Returns the name for documentation and messages: the legacy name, if there is one.
    pub(crate) const fn name(self) -> &'static str {
        if self.legacy().is_empty() { self.cur2() } else { self.legacy() }
    }
}

/// Returns the letters and digits of a name in lower case, which all spellings of a column share.
pub(crate) fn folded(name: &str) -> String {
    name.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Converts a legacy name by Athena's rule, which CUR 2.0 and Parquet follow: `_` before each capital, lower case,
/// other characters as `_`, and `_` neither repeated nor at an end.
///
/// Source: AWS CUR user guide, "Running Amazon Athena queries"; checked against 128 names of real Parquet files.
pub(crate) fn athena_name(legacy: &str) -> String {
    let mut name = String::with_capacity(legacy.len() + 8);
    for character in legacy.chars() {
        if character.is_uppercase() {
            name.push('_');
        }
        if character.is_alphanumeric() {
            name.extend(character.to_lowercase());
        } else {
            name.push('_');
        }
    }
    let mut squeezed = String::with_capacity(name.len());
    for character in name.trim_matches('_').chars() {
        if character != '_' || !squeezed.ends_with('_') {
            squeezed.push(character);
        }
    }
    squeezed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn athena_names_follow_the_rule() {
        #[rustfmt::skip]
        let cases = [
            ("savingsPlan/SavingsPlanARN",          "savings_plan_savings_plan_a_r_n"),
            ("product/intelAvx2Available",          "product_intel_avx2_available"),
            ("lineItem/LineItemType",               "line_item_line_item_type"),
            ("resourceTags/user:Cost Center",       "resource_tags_user_cost_center"),
            ("resourceTags/user:CostCenter",        "resource_tags_user_cost_center"),
            ("resourceTags/aws:eks:cluster-name",   "resource_tags_aws_eks_cluster_name"),
        ];
        for (legacy, wanted) in cases {
            assert_eq!(athena_name(legacy), wanted, "{legacy}");
        }
    }

    #[test]
    fn folded_names_of_the_known_columns_do_not_collide() {
        for (name, &column) in BY_NAME.iter() {
            assert_eq!(Cur::by_folded(&folded(name)), Some(column), "{name}");
        }
        // All spellings of a column fold to one name, those aside that a report has for one column alone.
        for &column in Cur::ALL {
            if !column.legacy().is_empty() {
                let cur2 = column.cur2().replace('.', "_");
                assert_eq!(folded(column.legacy()), folded(&cur2), "{}", column.name());
            }
        }
    }

    #[test]
    fn null_tokens_are_told_from_texts() {
        for token in NULL_TOKENS {
            assert_eq!(null_token(token.as_bytes()), Some(token));
            assert_eq!(null_token(format!(" {token}\t").as_bytes()), Some(token));
        }
        for text in ["", "N", "Null", "Na", "N/A", "none", "nano", "--", "\\n", "NULL NULL", "-                -"] {
            assert_eq!(null_token(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn flat_columns_of_both_dialects_are_one_rule_apart() {
        for &column in Cur::ALL {
            if !column.legacy().is_empty() && !column.cur2().contains('.') {
                assert_eq!(athena_name(column.legacy()), column.cur2());
            }
            assert_eq!(Cur::by_name(column.name()), Some(column));
        }
    }
}
