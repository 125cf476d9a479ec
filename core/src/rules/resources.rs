//! Resource types: determined from the form of a resource id.
//!
//! Source: the ARN formats of the AWS General Reference; id prefixes of the EC2 user guide. AWS's own export has
//! `instance`, `volume`, `bucket`, `distribution` in lower case, and null for most others.

use std::sync::LazyLock;

use memchr::memmem::Finder;

/// The type of other resources: a ResourceId must have a type (FOCUS 1.2, ResourceType).
const UNKNOWN: &str = "Resource";

#[rustfmt::skip]
pub(crate) const PREFIXES: &[(&str, &str)] = &[
    ("i-",        "instance"),
    ("vol-",      "volume"),
    ("snap-",     "snapshot"),
    ("nat-",      "natgateway"),
    ("eni-",      "network-interface"),
    ("eipalloc-", "elastic-ip"),
    ("vpce-",     "vpc-endpoint"),
    ("vpn-",      "vpn-connection"),
    ("tgw-",      "transit-gateway"),
    ("cr-",       "capacity-reservation"),
    ("fs-",       "file-system"),
];

/// Returns the type of a resource, by its id.
pub(crate) fn resource_type<'a>(id: &'a str, product_code: impl FnOnce() -> Option<&'a str>) -> &'a str {
    if let Some(arn) = id.strip_prefix("arn:") {
        return type_of_arn(arn).unwrap_or(UNKNOWN);
    }
    if let Some((_, resource_type)) = PREFIXES.iter().find(|(prefix, _)| id.starts_with(prefix)) {
        return resource_type;
    }
    if product_code() == Some("AmazonS3") { "bucket" } else { UNKNOWN }
}

/// partition : service : region : account : resource. The type is the part of the resource before the first `/` or `:`.
fn type_of_arn(arn: &str) -> Option<&str> {
    let mut colons = memchr::memchr_iter(b':', arn.as_bytes());
    let (partition, service, _region, account) = (colons.next()?, colons.next()?, colons.next()?, colons.next()?);
    let (service, resource) = (&arn[partition + 1..service], &arn[account + 1..]);
    if service == "s3" && colons.next().is_none() {
        return Some("bucket");
    }
    let resource = resource.trim_start_matches('/');
    let end = memchr::memchr2(b'/', b':', resource.as_bytes())?;
    (end > 0 && end + 1 < resource.len()).then(|| &resource[..end])
}

/// Returns whether an id names a capacity reservation.
pub(crate) fn is_capacity_reservation(id: &str) -> bool {
    static PART: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(":capacity-reservation/"));
    id.starts_with("arn:") && PART.find(id.as_bytes()).is_some()
}

/// Returns whether an ARN names a Dedicated Host reservation.
pub(crate) fn is_host_reservation(arn: &str) -> bool {
    arn.contains(":host-reservation/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_has_its_type() {
        #[rustfmt::skip]
        let cases = [
            ("i-0abc1234567890def",                                            None,             "instance"),
            ("vol-1",                                                          None,             "volume"),
            ("arn:aws:ec2:us-east-1:111122223333:reserved-instances/aaaa",     None,             "reserved-instances"),
            ("arn:aws:savingsplans::111122223333:savingsplan/11111111-2222",   None,             "savingsplan"),
            ("arn:aws:s3:::name",                                              None,             "bucket"),
            ("arn:aws:lambda:us-east-1:111122223333:function:name",            None,             "function"),
            ("arn:aws-us-gov:dynamodb:us-gov-west-1:111122223333:table/x",     None,             "table"),
            ("arn:aws-cn:rds:cn-north-1:111122223333:db:name",                 None,             "db"),
            ("arn:aws:sns:us-east-1:111122223333:topic",                       None,             "Resource"),
            ("arn:aws:apigateway:us-east-1::/restapis/abc",                    None,             "restapis"),
            ("arn:aws",                                                        None,             "Resource"),
            ("name",                                                           Some("AmazonS3"), "bucket"),
            ("name",                                                           Some("AmazonRDS"), "Resource"),
        ];
        for (id, product_code, wanted) in cases {
            assert_eq!(resource_type(id, || product_code), wanted, "{id}");
        }
    }

    #[test]
    fn a_capacity_reservation_is_told_by_its_arn() {
        #[rustfmt::skip]
        let cases = [
            ("arn:aws:ec2:us-east-1:111122223333:capacity-reservation/cr-1",       true),
            ("arn:aws:athena:us-east-1:111122223333:capacity-reservation/reports", true),
            ("arn:aws:ec2:us-east-1:111122223333:capacity-reservation-fleet/crf",  false),
            ("arn:aws:ec2:us-east-1:111122223333:instance/i-1",                    false),
            ("x:capacity-reservation/cr-1",                                        false),
        ];
        for (id, wanted) in cases {
            assert_eq!(is_capacity_reservation(id), wanted, "{id}");
        }
    }
}
