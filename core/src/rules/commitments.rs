//! Commitments that a row refers to without an ARN: detected by product code, usage type and AWS's description.
//!
//! AWS leaves ARN, start and end of many refunds blank. Families of plans are not listed: `ComputeSavingsPlans` and
//! `ComputeSP:1yrAllUpfront` are detected by their form, so future ones are as well. Source: rows that users of public
//! dashboards have reported (aws-solutions-library-samples/cloud-intelligence-dashboards-framework, 1497 and 1515).

/// The payment option of a commitment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::enum_variant_names, reason = "the names of AWS")]
pub(crate) enum Payment {
    NoUpfront,
    PartialUpfront,
    AllUpfront,
}

impl Payment {
    /// Returns the option in a text: `All Upfront`, `ComputeSP:1yrAllUpfront`, a description.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let words = [
            (Self::AllUpfront, "allupfront"),
            (Self::PartialUpfront, "partialupfront"),
            (Self::NoUpfront, "noupfront"),
        ];
        // Only letters are compared, so that blanks and hyphens are ignored.
        let letters: String = text.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect();
        words.into_iter().find(|(_, word)| letters.contains(word)).map(|(payment, _)| payment)
    }
}

/// Returns whether product code or usage type are those of a commitment.
pub(crate) fn is_of_one(product_code: Option<&str>, usage_type: Option<&str>) -> bool {
    let is_fee = usage_type.is_some_and(|usage| {
        let family = usage.split(':').next().unwrap_or_default();
        // `USE2-HeavyUsage:m5.large`, `ComputeSP:1yrNoUpfront`.
        (family.len() < usage.len() && family.ends_with("HeavyUsage"))
            || ["AllUpfront", "PartialUpfront", "NoUpfront"].iter().any(|option| usage.ends_with(option))
    });
    is_fee || is_of_plan(product_code, usage_type)
}

/// Returns whether product code or usage type are those of a Savings Plan.
pub(crate) fn is_of_plan(product_code: Option<&str>, usage_type: Option<&str>) -> bool {
    product_code.is_some_and(|code| code.ends_with("SavingsPlans"))
        || usage_type.and_then(|usage| usage.split_once(':')).is_some_and(|(family, _)| is_plan_family(family))
}

/// Returns whether a text is like `ComputeSP` or `EUW1-EC2SP`: the letters SP after a lower-case letter or a digit.
fn is_plan_family(family: &str) -> bool {
    family.strip_suffix("SP").is_some_and(|name| name.ends_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit()))
}

/// Returns whether AWS's description of a row refers to a commitment.
pub(crate) fn is_described(description: &str) -> bool {
    let description = description.to_ascii_lowercase();
    ["savings plan", "reserved instance", "reserved node", "reserved capacity"]
        .iter()
        .any(|name| description.contains(name))
        || is_upfront_fee(&description)
}

/// Returns whether AWS's description of a row is that of the upfront fee of a reservation.
pub(crate) fn is_upfront_fee(description: &str) -> bool {
    description.to_ascii_lowercase().contains("sign up charge for subscription")
}

/// Returns whether the description of a row that refers to a commitment refers to its upfront fee.
pub(crate) fn is_of_upfront_fee(description: &str) -> bool {
    is_upfront_fee(description) || description.to_ascii_lowercase().contains("upfront fee")
}

/// Returns whether AWS's description of a row refers to a discount, which can be given on a commitment or on any
/// product.
pub(crate) fn is_of_discount(description: &str) -> bool {
    let description = description.to_ascii_lowercase();
    description.contains("discount")
        || description.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == "edp")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commitments_are_known_by_their_form() {
        #[rustfmt::skip]
        let cases = [
            (Some("ComputeSavingsPlans"),  None,                               true),
            (Some("DatabaseSavingsPlans"), Some("AnythingElse"),               true),
            (Some("AmazonEC2"),            Some("ComputeSP:1yrAllUpfront"),    true),
            (Some("AmazonEC2"),            Some("USE2-HeavyUsage:m5.large"),   true),
            (Some("AmazonEC2"),            Some("EUW1-EC2SP:m5.3yrNoUpfront"), true),
            (Some("AmazonEC2"),            Some("BoxUsage:m5.large"),          false),
            (Some("AmazonEC2"),            Some("HeavyUsage"),                 false),
            (Some("AmazonSES"),            Some("ISP:Recipients"),             false),
            (Some("SavingsPlansAdvisor"),  None,                               false),
            (None,                         None,                               false),
        ];
        for (code, usage, wanted) in cases {
            assert_eq!(is_of_one(code, usage), wanted, "{code:?} {usage:?}");
        }
    }

    #[test]
    fn payment_options_and_discounts_are_read_from_texts() {
        #[rustfmt::skip]
        let cases = [
            ("All Upfront",                            Some(Payment::AllUpfront),     false),
            ("ComputeSP:3yrPartialUpfront",            Some(Payment::PartialUpfront), false),
            ("No Upfront",                             Some(Payment::NoUpfront),      false),
            ("Enterprise Program Discount, refund",    None,                          true),
            ("EDP refund of a Savings Plan",           None,                          true),
            ("Refund of the upfront fee, SedPlan",     None,                          false),
        ];
        for (text, payment, discount) in cases {
            assert_eq!((Payment::of(text), is_of_discount(text)), (payment, discount), "{text}");
        }
        assert!(is_described("Refund of the upfront fee, Savings Plan aaaa") && !is_described("Refund of a plan"));
    }
}
