//! Closed lists of words: line item types of AWS, categories and statuses of FOCUS.

use super::cur::folded;

/// Defines a list of words and their texts.
macro_rules! words {
    ($(#[$doc:meta])* $list:ident { $($name:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub(crate) enum $list {
            $($name,)+
        }

        impl $list {
            /// All words.
            #[allow(dead_code, reason = "not every list is walked")]
            pub(crate) const ALL: &[Self] = &[$(Self::$name,)+];

            /// Returns the text.
            pub(crate) const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

words! {
    /// `lineItem/LineItemType`, and [`ItemType::Other`] for types that AWS may add.
    ///
    /// Source: AWS CUR user guide, line item columns; for the discount types, public readers of the report.
    ItemType {
        Usage = "Usage",
        DiscountedUsage = "DiscountedUsage",
        SavingsPlanCoveredUsage = "SavingsPlanCoveredUsage",
        SavingsPlanNegation = "SavingsPlanNegation",
        SavingsPlanRecurringFee = "SavingsPlanRecurringFee",
        SavingsPlanUpfrontFee = "SavingsPlanUpfrontFee",
        RIFee = "RIFee",
        Fee = "Fee",
        FlatRateSubscription = "FlatRateSubscription",
        Tax = "Tax",
        Credit = "Credit",
        Refund = "Refund",
        EdpDiscount = "EdpDiscount",
        PrivateRateDiscount = "PrivateRateDiscount",
        SppDiscount = "SppDiscount",
        SolutionProviderProgramDiscount = "SolutionProviderProgramDiscount",
        DistributorDiscount = "DistributorDiscount",
        BundledDiscount = "BundledDiscount",
        RiVolumeDiscount = "RiVolumeDiscount",
        Discount = "Discount",
        Other = "(any other)",
    }
}

impl ItemType {
    /// Returns the type with a name. Case and other characters than letters are ignored, because programs that rewrite
    /// reports spell types with blanks or underscores. A prefix `Proforma_` is ignored as well, which AWS Billing
    /// Conductor adds to the types of its own line items.
    pub(crate) fn from_text(text: &str) -> Self {
        let known = |matches: &dyn Fn(&str) -> bool| {
            Self::ALL.iter().copied().find(|known| *known != Self::Other && matches(known.text()))
        };
        known(&|name| name == text).unwrap_or_else(|| {
            let folded = folded(text);
            let folded = folded.strip_prefix("proforma").unwrap_or(&folded);
            known(&|name| name.eq_ignore_ascii_case(folded)).unwrap_or(Self::Other)
        })
    }
}

impl ItemType {
    /// Returns the commitment type that all line items of this type refer to; `None` for types without a fixed one.
    pub(crate) const fn commitment(self) -> Option<CommitmentType> {
        match self {
            Self::SavingsPlanCoveredUsage
            | Self::SavingsPlanNegation
            | Self::SavingsPlanRecurringFee
            | Self::SavingsPlanUpfrontFee => Some(CommitmentType::SavingsPlan),
            Self::DiscountedUsage | Self::RIFee => Some(CommitmentType::ReservedInstance),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_known_in_each_spelling() {
        #[rustfmt::skip]
        let cases = [
            ("Usage",                      ItemType::Usage),
            ("USAGE",                      ItemType::Usage),
            ("Savings Plan Covered Usage", ItemType::SavingsPlanCoveredUsage),
            ("SAVINGS_PLAN_NEGATION",      ItemType::SavingsPlanNegation),
            ("rifee",                      ItemType::RIFee),
            ("Proforma_Fee",               ItemType::Fee),
            ("proforma discount",          ItemType::Discount),
            ("Proforma_",                  ItemType::Other),
            ("Usage\u{A0}",                ItemType::Usage),
            ("Usages",                     ItemType::Other),
            ("(any other)",                ItemType::Other),
            ("FeeProforma",                ItemType::Other),
        ];
        for (text, wanted) in cases {
            assert_eq!(ItemType::from_text(text), wanted, "{text}");
        }
    }
}

words! {
    /// FOCUS ChargeCategory.
    ChargeCategory {
        Usage = "Usage",
        Purchase = "Purchase",
        Tax = "Tax",
        Credit = "Credit",
        Adjustment = "Adjustment",
    }
}

words! {
    /// FOCUS ChargeFrequency.
    ChargeFrequency {
        OneTime = "One-Time",
        Recurring = "Recurring",
        UsageBased = "Usage-Based",
    }
}

words! {
    /// FOCUS PricingCategory; Other is in the specification but never written.
    PricingCategory {
        Standard = "Standard",
        Dynamic = "Dynamic",
        Committed = "Committed",
    }
}

words! {
    /// FOCUS CommitmentDiscountStatus and CapacityReservationStatus.
    Status {
        Used = "Used",
        Unused = "Unused",
    }
}

words! {
    /// FOCUS CommitmentDiscountType, with AWS's names.
    CommitmentType {
        SavingsPlan = "Savings Plan",
        ReservedInstance = "Reserved Instance",
    }
}

impl CommitmentType {
    /// FOCUS CommitmentDiscountCategory.
    pub(crate) const fn category(self) -> &'static str {
        match self {
            Self::SavingsPlan => "Spend",
            Self::ReservedInstance => "Usage",
        }
    }
}

/// FOCUS ChargeClass; anything else is null.
pub(crate) const CORRECTION: &str = "Correction";
