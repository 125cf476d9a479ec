//! The closed lists of words: line item types of AWS, categories and states of FOCUS.

use super::cur::folded;

/// A list of words with the text of each.
macro_rules! words {
    ($(#[$doc:meta])* $list:ident { $($name:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub(crate) enum $list {
            $($name,)+
        }

        impl $list {
            /// All of them.
            #[allow(dead_code, reason = "not every list is walked")]
            pub(crate) const ALL: &[Self] = &[$(Self::$name,)+];

            /// As it is written.
            pub(crate) const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

words! {
    /// `lineItem/LineItemType`, and [`ItemType::Other`] for what AWS may add.
    ///
    /// Source: AWS CUR user guide, line item columns; public readers of the report for the discount types.
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
    /// The type that a text names: letters of either case, and no other signs, for programs that wrote the report again
    /// spell it with blanks or underscores; and behind `Proforma_`, which AWS Billing Conductor puts before the type of its own
    /// line items.
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
    /// The kind of commitment that every line item of the type is about; `None` for types that may be about none.
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
