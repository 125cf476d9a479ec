//! Each FOCUS column once: name, Arrow type, nullability, and the releases of FOCUS that have it. `normalize/columns.rs` has
//! the function and the sources of each.
//!
//! Source: FOCUS 1.0 to 1.4, specification/columns; types and nulls as in 1.2. Where the specification forbids null but the report may lack the cells
//! (CUR 2.0 users choose their columns), the Arrow field stays nullable: absent is absent.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, TimeUnit};

use super::encoding::{MapEncoding, TextEncoding};
use crate::error::Error;
use crate::value::decimal::{PRECISION, SCALE};

/// A version of FOCUS, the FinOps Open Cost and Usage Specification, that rows can be written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FocusVersion {
    /// FOCUS 1.2, ratified in May 2025: 57 columns.
    #[default]
    V1_2,
}

impl FocusVersion {
    /// All versions.
    const ALL: &[Self] = &[Self::V1_2];

    /// Returns the release of the specification.
    pub(crate) const fn release(self) -> Release {
        match self {
            Self::V1_2 => Release::V1_2,
        }
    }
}

impl fmt::Display for FocusVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.release().name())
    }
}

impl FromStr for FocusVersion {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL.iter().copied().find(|version| version.release().name() == text).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|version| version.release().name()).collect();
            let reason = format!("FOCUS `{text}` is not supported; use {}", names.join(" or "));
            Error::Option { option: "focus", reason }
        })
    }
}

/// A release of the specification, as used in the declarations of columns. [`FocusVersion`] has those that can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Release {
    V1_0,
    V1_1,
    V1_2,
    V1_3,
}

impl Release {
    const fn name(self) -> &'static str {
        match self {
            Self::V1_0 => "1.0",
            Self::V1_1 => "1.1",
            Self::V1_2 => "1.2",
            Self::V1_3 => "1.3",
        }
    }
}

/// The releases that have a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Versions {
    /// The first and the last release with the column. `until` is `None` for a column that was not removed.
    Focus { since: Release, until: Option<Release> },
    /// A column of this crate, in the output of every release.
    Ours,
}

const fn since(since: Release) -> Versions {
    Versions::Focus { since, until: None }
}

const fn between(since: Release, until: Release) -> Versions {
    Versions::Focus { since, until: Some(until) }
}

const OURS: Versions = Versions::Ours;

impl Versions {
    /// Returns whether a release has the column.
    pub(crate) fn has(self, release: Release) -> bool {
        match self {
            Self::Focus { since, until } => since <= release && until.is_none_or(|until| release <= until),
            Self::Ours => true,
        }
    }
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Focus { since, until: None } => write!(f, "since {}", since.name()),
            Self::Focus { since, until: Some(until) } => write!(f, "{} to {}", since.name(), until.name()),
            Self::Ours => f.write_str("ours"),
        }
    }
}

/// The value type of an output column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Text,
    Decimal,
    Time,
    Map,
    /// A 64-bit integer.
    Integer,
}

/// The nullability of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Null {
    Never,
    Maybe,
}

macro_rules! columns {
    ($($name:ident, $spelling:literal, $type:ident, $null:ident, $versions:expr;)+) => {
        /// A column of the output, of any release.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub(crate) enum Focus {
            $($name,)+
        }

        impl Focus {
            /// All of them, of all releases, in the order of the output: FOCUS by name, then ours.
            pub(crate) const ALL: &[Self] = &[$(Self::$name,)+];

            /// Returns the official name.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$name => $spelling,)+ }
            }

            /// Returns the value type.
            pub(crate) const fn value_type(self) -> Type {
                match self { $(Self::$name => Type::$type,)+ }
            }

            /// Returns the nullability.
            pub(crate) const fn null(self) -> Null {
                match self { $(Self::$name => Null::$null,)+ }
            }

            /// Returns the releases that have the column.
            pub(crate) const fn versions(self) -> Versions {
                use Release::{V1_0, V1_1, V1_2, V1_3};
                match self { $(Self::$name => $versions,)+ }
            }
        }
    };
}

#[rustfmt::skip]
columns! {
    AvailabilityZone,                    "AvailabilityZone",                     Text,    Maybe,  since(V1_0);
    BilledCost,                          "BilledCost",                           Decimal, Maybe,  since(V1_0);
    BillingAccountId,                    "BillingAccountId",                     Text,    Maybe,  since(V1_0);
    BillingAccountName,                  "BillingAccountName",                   Text,    Maybe,  since(V1_0);
    BillingAccountType,                  "BillingAccountType",                   Text,    Never,  since(V1_2);
    BillingCurrency,                     "BillingCurrency",                      Text,    Maybe,  since(V1_0);
    BillingPeriodEnd,                    "BillingPeriodEnd",                     Time,    Maybe,  since(V1_0);
    BillingPeriodStart,                  "BillingPeriodStart",                   Time,    Maybe,  since(V1_0);
    CapacityReservationId,               "CapacityReservationId",                Text,    Maybe,  since(V1_1);
    CapacityReservationStatus,           "CapacityReservationStatus",            Text,    Maybe,  since(V1_1);
    ChargeCategory,                      "ChargeCategory",                       Text,    Never,  since(V1_0);
    ChargeClass,                         "ChargeClass",                          Text,    Maybe,  since(V1_0);
    ChargeDescription,                   "ChargeDescription",                    Text,    Maybe,  since(V1_0);
    ChargeFrequency,                     "ChargeFrequency",                      Text,    Never,  since(V1_0);
    ChargePeriodEnd,                     "ChargePeriodEnd",                      Time,    Maybe,  since(V1_0);
    ChargePeriodStart,                   "ChargePeriodStart",                    Time,    Maybe,  since(V1_0);
    CommitmentDiscountCategory,          "CommitmentDiscountCategory",           Text,    Maybe,  since(V1_0);
    CommitmentDiscountId,                "CommitmentDiscountId",                 Text,    Maybe,  since(V1_0);
    CommitmentDiscountName,              "CommitmentDiscountName",               Text,    Maybe,  since(V1_0);
    CommitmentDiscountQuantity,          "CommitmentDiscountQuantity",           Decimal, Maybe,  since(V1_1);
    CommitmentDiscountStatus,            "CommitmentDiscountStatus",             Text,    Maybe,  since(V1_0);
    CommitmentDiscountType,              "CommitmentDiscountType",               Text,    Maybe,  since(V1_0);
    CommitmentDiscountUnit,              "CommitmentDiscountUnit",               Text,    Maybe,  since(V1_1);
    ConsumedQuantity,                    "ConsumedQuantity",                     Decimal, Maybe,  since(V1_0);
    ConsumedUnit,                        "ConsumedUnit",                         Text,    Maybe,  since(V1_0);
    ContractedCost,                      "ContractedCost",                       Decimal, Maybe,  since(V1_0);
    ContractedUnitPrice,                 "ContractedUnitPrice",                  Decimal, Maybe,  since(V1_0);
    EffectiveCost,                       "EffectiveCost",                        Decimal, Maybe,  since(V1_0);
    InvoiceId,                           "InvoiceId",                            Text,    Maybe,  since(V1_2);
    InvoiceIssuerName,                   "InvoiceIssuerName",                    Text,    Never,  since(V1_0);
    ListCost,                            "ListCost",                             Decimal, Maybe,  since(V1_0);
    ListUnitPrice,                       "ListUnitPrice",                        Decimal, Maybe,  since(V1_0);
    PricingCategory,                     "PricingCategory",                      Text,    Maybe,  since(V1_0);
    PricingCurrency,                     "PricingCurrency",                      Text,    Maybe,  since(V1_2);
    PricingCurrencyContractedUnitPrice,  "PricingCurrencyContractedUnitPrice",   Decimal, Maybe,  since(V1_2);
    PricingCurrencyEffectiveCost,        "PricingCurrencyEffectiveCost",         Decimal, Maybe,  since(V1_2);
    PricingCurrencyListUnitPrice,        "PricingCurrencyListUnitPrice",         Decimal, Maybe,  since(V1_2);
    PricingQuantity,                     "PricingQuantity",                      Decimal, Maybe,  since(V1_0);
    PricingUnit,                         "PricingUnit",                          Text,    Maybe,  since(V1_0);
    ProviderName,                        "ProviderName",                         Text,    Never,  between(V1_0, V1_3);
    PublisherName,                       "PublisherName",                        Text,    Never,  between(V1_0, V1_3);
    RegionId,                            "RegionId",                             Text,    Maybe,  since(V1_0);
    RegionName,                          "RegionName",                           Text,    Maybe,  since(V1_0);
    ResourceId,                          "ResourceId",                           Text,    Maybe,  since(V1_0);
    ResourceName,                        "ResourceName",                         Text,    Maybe,  since(V1_0);
    ResourceType,                        "ResourceType",                         Text,    Maybe,  since(V1_0);
    ServiceCategory,                     "ServiceCategory",                      Text,    Never,  since(V1_0);
    ServiceName,                         "ServiceName",                          Text,    Maybe,  since(V1_0);
    ServiceSubcategory,                  "ServiceSubcategory",                   Text,    Never,  since(V1_1);
    SkuId,                               "SkuId",                                Text,    Maybe,  since(V1_0);
    SkuMeter,                            "SkuMeter",                             Text,    Maybe,  since(V1_1);
    SkuPriceDetails,                     "SkuPriceDetails",                      Map,     Maybe,  since(V1_1);
    SkuPriceId,                          "SkuPriceId",                           Text,    Maybe,  since(V1_0);
    SubAccountId,                        "SubAccountId",                         Text,    Maybe,  since(V1_0);
    SubAccountName,                      "SubAccountName",                       Text,    Maybe,  since(V1_0);
    SubAccountType,                      "SubAccountType",                       Text,    Maybe,  since(V1_2);
    Tags,                                "Tags",                                 Map,     Maybe,  since(V1_0);
    XServiceCode,                        "x_ServiceCode",                        Text,    Maybe,  OURS;
    XOperation,                          "x_Operation",                          Text,    Maybe,  OURS;
    XDiscounts,                          "x_Discounts",                          Map,     Maybe,  OURS;
    XLineItemType,                       "x_LineItemType",                       Text,    Maybe,  OURS;
    XUsageType,                          "x_UsageType",                          Text,    Maybe,  OURS;
    XCostCategories,                     "x_CostCategories",                     Map,     Maybe,  OURS;
}

impl Focus {
    /// Returns the columns of a version, in the order of the output.
    pub(crate) fn of(version: FocusVersion) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |column| column.versions().has(version.release()))
    }

    /// Returns the column with a name, if the version has it.
    pub(crate) fn by_name(name: &str, version: FocusVersion) -> Option<Self> {
        Self::of(version).find(|column| column.name() == name)
    }

    /// Returns the Arrow field.
    pub(crate) fn field(self, maps: MapEncoding, text: TextEncoding) -> Field {
        Field::new(self.name(), self.value_type().arrow(maps, text), self.null() == Null::Maybe)
    }
}

impl Type {
    /// Returns the Arrow type.
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

/// Returns the key and value fields of a map.
pub(crate) fn entry_fields() -> Fields {
    Fields::from(vec![Field::new("keys", DataType::Utf8, false), Field::new("values", DataType::Utf8, true)])
}

/// Returns the entries field of a map.
pub(crate) fn entries_field() -> Arc<Field> {
    Arc::new(Field::new("entries", DataType::Struct(entry_fields()), false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_has_the_columns_that_are_declared_for_it() {
        // As many as the specification has; 1.3 has eight more, which are not made.
        for (release, count) in [(Release::V1_0, 43), (Release::V1_1, 50), (Release::V1_2, 57), (Release::V1_3, 65 - 8)]
        {
            let is_of_focus = |column: &&Focus| column.versions() != OURS && column.versions().has(release);
            assert_eq!(Focus::ALL.iter().filter(is_of_focus).count(), count, "{release:?}");
        }
        for &version in FocusVersion::ALL {
            let columns: Vec<Focus> = Focus::of(version).collect();
            assert!(columns.is_sorted(), "{version}");
            for &column in Focus::ALL {
                let is_there = column.versions().has(version.release());
                assert_eq!(columns.contains(&column), is_there, "{version}: {}", column.name());
                assert_eq!(Focus::by_name(column.name(), version).is_some(), is_there, "{version}: {}", column.name());
            }
        }
        for column in Focus::ALL {
            assert_eq!(column.versions() == OURS, column.name().starts_with("x_"), "{}", column.name());
        }
    }

    #[test]
    fn versions_are_from_the_first_release_to_the_last() {
        use Release::{V1_0, V1_1, V1_2, V1_3};
        for (versions, wanted, text) in [
            (since(V1_0), [true, true, true, true], "since 1.0"),
            (since(V1_3), [false, false, false, true], "since 1.3"),
            (between(V1_1, V1_2), [false, true, true, false], "1.1 to 1.2"),
            (between(V1_0, V1_3), [true, true, true, true], "1.0 to 1.3"),
            (OURS, [true, true, true, true], "ours"),
        ] {
            assert_eq!([V1_0, V1_1, V1_2, V1_3].map(|release| versions.has(release)), wanted, "{text}");
            assert_eq!(versions.to_string(), text);
        }
    }

    #[test]
    fn versions_are_named_as_the_specification_names_them() {
        for &version in FocusVersion::ALL {
            assert_eq!(version.to_string().parse::<FocusVersion>().ok(), Some(version));
        }
        for text in ["1.3", "1.0", "1", "v1.2", ""] {
            let error = text.parse::<FocusVersion>().map_err(|error| error.to_string());
            assert!(
                error.is_err_and(|message| message.ends_with(&format!("FOCUS `{text}` is not supported; use 1.2")))
            );
        }
    }
}
