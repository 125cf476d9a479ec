//! Units: from AWS's spellings to the unit format of FOCUS, plural and written out.
//!
//! Source: FOCUS 1.2, attribute Unit Format; FOCUS names as in AWS's own FOCUS export.

use std::borrow::Cow;

/// Complete units. Others are converted by [`SUFFIXES`].
#[rustfmt::skip]
pub(crate) const UNITS: &[(&str, &str)] = &[
    ("Hrs",                        "Hours"),
    ("Hour",                       "Hours"),
    ("GB-Mo",                      "GB-Months"),
    ("GB-month",                   "GB-Months"),
    ("IOPS-Mo",                    "IOPS-Months"),
    ("GiBps-mo",                   "GiB/Second-Months"),
    ("MiBps-mo",                   "MiB/Second-Months"),
    ("LCU-Hrs",                    "LCU-Hours"),
    ("vCPU-Hours",                 "vCPU-Hours"),
    ("ACU-Hr",                     "ACU-Hours"),
    ("ReadCapacityUnit-Hrs",       "ReadCapacityUnit-Hours"),
    ("WriteCapacityUnit-Hrs",      "WriteCapacityUnit-Hours"),
    ("Lambda-GB-Second",           "Lambda-GB-Seconds"),
    ("GB-Second",                  "GB-Seconds"),
    ("second",                     "Seconds"),
    ("Second",                     "Seconds"),
    ("seconds",                    "Seconds"),
    ("Mo",                         "Months"),
    ("Month",                      "Months"),
    ("Obj-Month",                  "Obj-Months"),
    ("Request",                    "Requests"),
    ("API Request",                "API Requests"),
    ("API Calls",                  "API Calls"),
    ("Event",                      "Events"),
    ("Metric",                     "Metrics"),
    ("Alarm",                      "Alarms"),
    ("Key",                        "Keys"),
    ("Query",                      "Queries"),
    ("IO",                         "IOs"),
];

/// Times at the end of a unit: after a `-` or a blank, or alone.
#[rustfmt::skip]
pub(crate) const SUFFIXES: &[(&str, &str)] = &[
    ("Hrs",    "Hours"),
    ("hrs",    "Hours"),
    ("Hr",     "Hours"),
    ("hr",     "Hours"),
    ("hours",  "Hours"),
    ("hour",   "Hours"),
    ("Hour",   "Hours"),
    ("Month",  "Months"),
    ("month",  "Months"),
    ("months", "Months"),
    ("Mo",     "Months"),
    ("mo",     "Months"),
    ("Day",    "Days"),
    ("day",    "Days"),
    ("days",   "Days"),
    ("Second", "Seconds"),
    ("second", "Seconds"),
    ("seconds", "Seconds"),
];

/// Returns a unit in the format of FOCUS. A unit that is not in the tables and does not end in a time is returned
/// unchanged.
pub(crate) fn norm(unit: &str) -> Cow<'_, str> {
    if let Some((_, normal)) = UNITS.iter().find(|(known, _)| *known == unit) {
        return Cow::Borrowed(normal);
    }
    let start = unit.rfind(['-', ' ']).map_or(0, |at| at + 1);
    let (head, time) = unit.split_at(start);
    match SUFFIXES.iter().find(|(known, _)| *known == time) {
        Some((_, normal)) if head.is_empty() => Cow::Borrowed(normal),
        Some((_, normal)) => Cow::Owned(format!("{head}{normal}")),
        None => Cow::Borrowed(unit),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn units_are_normal() {
        for (unit, wanted) in UNITS {
            assert_eq!(norm(unit), *wanted);
            assert_eq!(norm(wanted), *wanted, "{unit}");
        }
        #[rustfmt::skip]
        let cases = [
            ("Hrs", "Hours"), ("DPU-Hour", "DPU-Hours"), ("TB-Mo", "TB-Months"), ("GB", "GB"), ("Quantity", "Quantity"),
            ("Dashboards", "Dashboards"), ("ConfigurationItemRecorded", "ConfigurationItemRecorded"), ("hour", "Hours"),
            ("Tag-Mo", "Tag-Months"), ("User-Day", "User-Days"), ("Mobile", "Mobile"),
        ];
        for (unit, wanted) in cases {
            assert_eq!(norm(unit), wanted, "{unit}");
        }
    }

    proptest! {
        #[test]
        fn twice_is_once(unit in "[A-Za-z]{0,4}[- ]?(Hrs|hr|Mo|day|second|Month|GB|x)?") {
            let once = norm(&unit).into_owned();
            prop_assert_eq!(norm(&once), once.clone());
        }
    }
}
