//! Regions and zones: names by code. The table is `regions.csv`.
//!
//! Source: names as in AWS's own FOCUS export where known, else the AWS General Reference. `product/location` is not
//! used: AWS's export has `External` or `United States` there.

use std::collections::HashMap;
use std::sync::LazyLock;

static REGIONS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let rows = super::table(include_str!("regions.csv")).into_iter().skip(1);
    rows.filter_map(|row| row.try_into().ok()).map(|[id, name]: [String; 2]| (id, name)).collect()
});

/// Returns the name of a region. For a region that is not in the table (a Local Zone, a newer region), returns its id.
pub(crate) fn name(id: &str) -> &str {
    REGIONS.get(id).map_or(id, String::as_str)
}

/// Returns the region in a cell. `None` if it is blank or `Any`.
pub(crate) fn clean(region: &str) -> Option<&str> {
    (!region.is_empty() && !region.eq_ignore_ascii_case("any")).then_some(region)
}

/// Returns whether a text is a zone, not a region: `us-east-1a`, `us-west-2-lax-1a`, `use1-az1`.
pub(crate) fn is_zone(zone: &str, region: Option<&str>) -> bool {
    if Some(zone) == region || REGIONS.contains_key(zone) {
        return false;
    }
    if let Some((head, number)) = zone.rsplit_once("-az") {
        return !head.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    }
    let is_wavelength = zone.contains("-wlz-");
    let mut end = zone.bytes().rev();
    is_wavelength
        || end.next().is_some_and(|letter| letter.is_ascii_lowercase())
            && end.next().is_some_and(|digit| digit.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_told_from_regions() {
        #[rustfmt::skip]
        let cases = [
            ("us-east-1a",                Some("us-east-1"), true),
            ("us-west-2-lax-1a",          Some("us-west-2"), true),
            ("us-east-1-wl1-bos-wlz-1",   Some("us-east-1"), true),
            ("use1-az1",                  None,              true),
            ("us-east-1",                 Some("us-east-1"), false),
            ("eu-central-1",              None,              false),
            ("xx-new-9",                  None,              false),
            ("global",                    None,              false),
        ];
        for (zone, region, wanted) in cases {
            assert_eq!(is_zone(zone, region), wanted, "{zone}");
        }
    }

    #[test]
    fn every_region_has_a_name() {
        assert_eq!(REGIONS.len(), include_str!("regions.csv").lines().count() - 1);
        assert_eq!(name("us-east-1"), "US East (N. Virginia)");
        assert_eq!(name("us-west-2-lax-1"), "us-west-2-lax-1");
        assert_eq!(clean("Any"), None);
    }
}
