//! Each FOCUS column once: spelling, Arrow type, and whether it can be null here.
//!
//! Source: FOCUS 1.2, specification/columns. Where the specification forbids null but the report may lack the cells
//! (CUR 2.0 users choose their columns), the Arrow field stays nullable: absent is absent.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, TimeUnit};

use super::encoding::{MapEncoding, TextEncoding};
use crate::error::Error;
use crate::value::decimal::{PRECISION, SCALE};

/// A version of FOCUS, the FinOps Open Cost and Usage Specification.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FocusVersion {
    /// FOCUS 1.2, ratified in May 2025: 57 columns.
    #[default]
    V1_2,
}

impl fmt::Display for FocusVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V1_2 => "1.2",
        })
    }
}

impl FromStr for FocusVersion {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "1.2" => Ok(Self::V1_2),
            _ => Err(Error::Option { option: "focus", reason: format!("FOCUS `{text}` is not supported; use 1.2") }),
        }
    }
}

/// What a column holds, and so its Arrow type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Text,
    Decimal,
    Time,
    Map,
    /// 64-bit whole number.
    Integer,
}

/// Whether a column can be null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Null {
    Never,
    Maybe,
}

macro_rules! columns {
    ($($name:ident, $spelling:literal, $type:ident, $null:ident;)+) => {
        /// A column of the output.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub(crate) enum Focus {
            $($name,)+
        }

        impl Focus {
            /// All of them, in the order of the output: FOCUS by name, then ours.
            pub(crate) const ALL: &[Self] = &[$(Self::$name,)+];

            /// The official spelling.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$name => $spelling,)+ }
            }

            /// What it holds.
            pub(crate) const fn kind(self) -> Type {
                match self { $(Self::$name => Type::$type,)+ }
            }

            /// Whether it can be null.
            pub(crate) const fn null(self) -> Null {
                match self { $(Self::$name => Null::$null,)+ }
            }
        }
    };
}

#[rustfmt::skip]
columns! {
    AvailabilityZone,                    "AvailabilityZone",                    Text,     Maybe;
    BilledCost,                          "BilledCost",                          Decimal,  Maybe;
    BillingAccountId,                    "BillingAccountId",                    Text,     Maybe;
    BillingAccountName,                  "BillingAccountName",                  Text,     Maybe;
    BillingAccountType,                  "BillingAccountType",                  Text,     Never;
    BillingCurrency,                     "BillingCurrency",                     Text,     Maybe;
    BillingPeriodEnd,                    "BillingPeriodEnd",                    Time,     Maybe;
    BillingPeriodStart,                  "BillingPeriodStart",                  Time,     Maybe;
    CapacityReservationId,               "CapacityReservationId",               Text,     Maybe;
    CapacityReservationStatus,           "CapacityReservationStatus",           Text,     Maybe;
    ChargeCategory,                      "ChargeCategory",                      Text,     Never;
    ChargeClass,                         "ChargeClass",                         Text,     Maybe;
    ChargeDescription,                   "ChargeDescription",                   Text,     Maybe;
    ChargeFrequency,                     "ChargeFrequency",                     Text,     Never;
    ChargePeriodEnd,                     "ChargePeriodEnd",                     Time,     Maybe;
    ChargePeriodStart,                   "ChargePeriodStart",                   Time,     Maybe;
    CommitmentDiscountCategory,          "CommitmentDiscountCategory",          Text,     Maybe;
    CommitmentDiscountId,                "CommitmentDiscountId",                Text,     Maybe;
    CommitmentDiscountName,              "CommitmentDiscountName",              Text,     Maybe;
    CommitmentDiscountQuantity,          "CommitmentDiscountQuantity",          Decimal,  Maybe;
    CommitmentDiscountStatus,            "CommitmentDiscountStatus",            Text,     Maybe;
    CommitmentDiscountType,              "CommitmentDiscountType",              Text,     Maybe;
    CommitmentDiscountUnit,              "CommitmentDiscountUnit",              Text,     Maybe;
    ConsumedQuantity,                    "ConsumedQuantity",                    Decimal,  Maybe;
    ConsumedUnit,                        "ConsumedUnit",                        Text,     Maybe;
    ContractedCost,                      "ContractedCost",                      Decimal,  Maybe;
    ContractedUnitPrice,                 "ContractedUnitPrice",                 Decimal,  Maybe;
    EffectiveCost,                       "EffectiveCost",                       Decimal,  Maybe;
    InvoiceId,                           "InvoiceId",                           Text,     Maybe;
    InvoiceIssuerName,                   "InvoiceIssuerName",                   Text,     Never;
    ListCost,                            "ListCost",                            Decimal,  Maybe;
    ListUnitPrice,                       "ListUnitPrice",                       Decimal,  Maybe;
    PricingCategory,                     "PricingCategory",                     Text,     Maybe;
    PricingCurrency,                     "PricingCurrency",                     Text,     Maybe;
    PricingCurrencyContractedUnitPrice,  "PricingCurrencyContractedUnitPrice",  Decimal,  Maybe;
    PricingCurrencyEffectiveCost,        "PricingCurrencyEffectiveCost",        Decimal,  Maybe;
    PricingCurrencyListUnitPrice,        "PricingCurrencyListUnitPrice",        Decimal,  Maybe;
    PricingQuantity,                     "PricingQuantity",                     Decimal,  Maybe;
    PricingUnit,                         "PricingUnit",                         Text,     Maybe;
    ProviderName,                        "ProviderName",                        Text,     Never;
    PublisherName,                       "PublisherName",                       Text,     Never;
    RegionId,                            "RegionId",                            Text,     Maybe;
    RegionName,                          "RegionName",                          Text,     Maybe;
    ResourceId,                          "ResourceId",                          Text,     Maybe;
    ResourceName,                        "ResourceName",                        Text,     Maybe;
    ResourceType,                        "ResourceType",                        Text,     Maybe;
    ServiceCategory,                     "ServiceCategory",                     Text,     Never;
    ServiceName,                         "ServiceName",                         Text,     Maybe;
    ServiceSubcategory,                  "ServiceSubcategory",                  Text,     Never;
    SkuId,                               "SkuId",                               Text,     Maybe;
    SkuMeter,                            "SkuMeter",                            Text,     Maybe;
    SkuPriceDetails,                     "SkuPriceDetails",                     Map,      Maybe;
    SkuPriceId,                          "SkuPriceId",                          Text,     Maybe;
    SubAccountId,                        "SubAccountId",                        Text,     Maybe;
    SubAccountName,                      "SubAccountName",                      Text,     Maybe;
    SubAccountType,                      "SubAccountType",                      Text,     Maybe;
    Tags,                                "Tags",                                Map,      Maybe;
    XServiceCode,                        "x_ServiceCode",                       Text,     Maybe;
    XOperation,                          "x_Operation",                         Text,     Maybe;
    XDiscounts,                          "x_Discounts",                         Map,      Maybe;
    XLineItemType,                       "x_LineItemType",                      Text,     Maybe;
    XUsageType,                          "x_UsageType",                         Text,     Maybe;
    XCostCategories,                     "x_CostCategories",                    Map,      Maybe;
}

impl Focus {
    /// The column of that spelling.
    pub(crate) fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|column| column.name() == name)
    }

    /// Whether it is a column of ours beside FOCUS.
    #[cfg(test)]
    pub(crate) fn is_ours(self) -> bool {
        self.name().starts_with("x_")
    }

    /// Its Arrow field.
    pub(crate) fn field(self, maps: MapEncoding, text: TextEncoding) -> Field {
        Field::new(self.name(), self.kind().arrow(maps, text), self.null() == Null::Maybe)
    }
}

impl Type {
    /// The Arrow type of the column.
    pub(crate) fn arrow(self, maps: MapEncoding, text: TextEncoding) -> DataType {
        match (self, maps) {
            (Self::Text, _) | (Self::Map, MapEncoding::Json) => text.arrow(),
            (Self::Decimal, _) => DataType::Decimal128(PRECISION, SCALE),
            (Self::Time, _) => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            (Self::Integer, _) => DataType::Int64,
            (Self::Map, MapEncoding::Map) => DataType::Map(entries_field(), false),
        }
    }
}

/// Key and value of a map.
pub(crate) fn entry_fields() -> Fields {
    Fields::from(vec![Field::new("keys", DataType::Utf8, false), Field::new("values", DataType::Utf8, true)])
}

/// The entries of a map.
pub(crate) fn entries_field() -> Arc<Field> {
    Arc::new(Field::new("entries", DataType::Struct(entry_fields()), false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn focus_1_2_has_57_columns() {
        assert_eq!(Focus::ALL.iter().filter(|column| !column.is_ours()).count(), 57);
        for column in Focus::ALL {
            assert_eq!(Focus::by_name(column.name()), Some(*column));
        }
    }
}
