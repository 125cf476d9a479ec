//! Services: name, category and subcategory by product code. The table is `services.csv`.
//!
//! Rows with a condition take precedence over the row of their code without one; the first match in the order of the
//! file is used. Source: FOCUS 1.2, ServiceCategory and ServiceSubcategory, whose lists of services are examples; the
//! column `source` of the table has the source of each row.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A row of the table.
#[derive(Debug)]
pub(crate) struct ServiceRow {
    pub(crate) product_code: String,
    /// When the row takes precedence over the one without condition: as text, and parsed.
    pub(crate) condition: String,
    alternatives: Vec<Test>,
    pub(crate) name: String,
    pub(crate) category: String,
    pub(crate) subcategory: String,
}

/// One alternative of a condition.
#[derive(Debug, PartialEq, Eq)]
enum Test {
    FamilyIn(Vec<String>),
    FamilyStartsWith(String),
    UsageContains(String),
}

/// Name, category and subcategory of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Service<'a> {
    /// `None` if the row has neither a product name nor a code.
    pub(crate) name: Option<&'a str>,
    pub(crate) category: &'static str,
    pub(crate) subcategory: &'static str,
}

/// Category and subcategory of services not in the table, including Marketplace products, as in AWS's own export.
const OTHER: (&str, &str) = ("Other", "Other (Other)");

static ROWS: LazyLock<Vec<ServiceRow>> = LazyLock::new(|| {
    let rows = super::table(include_str!("services.csv")).into_iter().skip(1);
    rows.filter_map(|row| row.try_into().ok())
        .map(|[product_code, condition, name, category, subcategory, _seen, _source]: [String; 7]| ServiceRow {
            alternatives: if condition.is_empty() { Vec::new() } else { parse(&condition).unwrap_or_default() },
            product_code,
            condition,
            name,
            category,
            subcategory,
        })
        .collect()
});

static BY_CODE: LazyLock<HashMap<&'static str, Vec<&'static ServiceRow>>> = LazyLock::new(|| {
    let mut codes = HashMap::<&str, Vec<&ServiceRow>>::new();
    for row in ROWS.iter() {
        codes.entry(&row.product_code).or_default().push(row);
    }
    codes
});

/// Returns the rows of the table, for `MAPPING.md`.
#[cfg(test)]
pub(crate) fn rows() -> &'static [ServiceRow] {
    &ROWS
}

/// Parses a condition such as `product/productFamily = X or lineItem/UsageType contains 'Y'`.
fn parse(condition: &str) -> Option<Vec<Test>> {
    condition.split(" or ").map(parse_test).collect()
}

fn parse_test(test: &str) -> Option<Test> {
    if let Some(usage) = test.strip_prefix("lineItem/UsageType contains '") {
        return Some(Test::UsageContains(usage.strip_suffix('\'')?.to_owned()));
    }
    let family = test.strip_prefix("product/productFamily ")?;
    if let Some(name) = family.strip_prefix("= ") {
        return Some(Test::FamilyIn(vec![name.to_owned()]));
    }
    if let Some(start) = family.strip_prefix("starts with ") {
        return Some(Test::FamilyStartsWith(start.to_owned()));
    }
    let names = family.strip_prefix("in (")?.strip_suffix(')')?;
    Some(Test::FamilyIn(names.split(", ").map(str::to_owned).collect()))
}

impl Test {
    fn holds(&self, family: Option<&str>, usage: Option<&str>) -> bool {
        match self {
            Self::FamilyIn(names) => family.is_some_and(|family| names.iter().any(|name| name == family)),
            Self::FamilyStartsWith(start) => family.is_some_and(|family| family.starts_with(start)),
            Self::UsageContains(part) => usage.is_some_and(|usage| usage.contains(part)),
        }
    }
}

/// Returns the service of a row, by its product code, product family, usage type and product name.
pub(crate) fn lookup<'a>(
    code: Option<&'a str>,
    family: Option<&str>,
    usage: Option<&str>,
    product_name: Option<&'a str>,
) -> Service<'a> {
    let rows = code.and_then(|code| BY_CODE.get(code)).map(Vec::as_slice).unwrap_or_default();
    let overridden = rows.iter().find(|row| row.alternatives.iter().any(|test| test.holds(family, usage)));
    if let Some(row) = overridden {
        return Service { name: Some(&row.name), category: &row.category, subcategory: &row.subcategory };
    }
    match rows.iter().find(|row| row.condition.is_empty()) {
        Some(row) => {
            Service { name: product_name.or(Some(&row.name)), category: &row.category, subcategory: &row.subcategory }
        }
        None => Service { name: product_name.or(code), category: OTHER.0, subcategory: OTHER.1 },
    }
}

/// The allowed subcategories of each category. Source: FOCUS 1.2, ServiceSubcategory, allowed values.
#[rustfmt::skip]
#[cfg(test)]
const ALLOWED: &[(&str, &[&str])] = &[
    ("AI and Machine Learning", &["AI Platforms", "Bots", "Generative AI", "Machine Learning", "Natural Language Processing", "Other (AI and Machine Learning)"]),
    ("Analytics", &["Analytics Platforms", "Business Intelligence", "Data Processing", "Search", "Streaming Analytics", "Other (Analytics)"]),
    ("Business Applications", &["Productivity and Collaboration", "Other (Business Applications)"]),
    ("Compute", &["Containers", "End User Computing", "Quantum Compute", "Serverless Compute", "Virtual Machines", "Other (Compute)"]),
    ("Databases", &["Caching", "Data Warehouses", "Ledger Databases", "NoSQL Databases", "Relational Databases", "Time Series Databases", "Other (Databases)"]),
    ("Developer Tools", &["Developer Platforms", "Continuous Integration and Deployment", "Development Environments", "Source Code Management", "Quality Assurance", "Other (Developer Tools)"]),
    ("Identity", &["Identity and Access Management", "Other (Identity)"]),
    ("Integration", &["API Management", "Messaging", "Workflow Orchestration", "Other (Integration)"]),
    ("Internet of Things", &["IoT Analytics", "IoT Platforms", "Other (Internet of Things)"]),
    ("Management and Governance", &["Architecture", "Compliance", "Cost Management", "Data Governance", "Disaster Recovery", "Endpoint Management", "Observability", "Support", "Other (Management and Governance)"]),
    ("Media", &["Content Creation", "Gaming", "Media Streaming", "Mixed Reality", "Other (Media)"]),
    ("Migration", &["Data Migration", "Resource Migration", "Other (Migration)"]),
    ("Mobile", &["Other (Mobile)"]),
    ("Multicloud", &["Multicloud Integration", "Other (Multicloud)"]),
    ("Networking", &["Application Networking", "Content Delivery", "Network Connectivity", "Network Infrastructure", "Network Routing", "Network Security", "Other (Networking)"]),
    ("Security", &["Secret Management", "Security Posture Management", "Threat Detection and Response", "Other (Security)"]),
    ("Storage", &["Backup Storage", "Block Storage", "File Storage", "Object Storage", "Storage Platforms", "Other (Storage)"]),
    ("Web", &["Application Platforms", "Other (Web)"]),
    ("Other", &["Other (Other)"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_whole() {
        let records = super::super::table(include_str!("services.csv"));
        assert_eq!(ROWS.len(), records.len() - 1, "a row has other than seven fields");
        for row in ROWS.iter() {
            let understood = row.condition.is_empty() || parse(&row.condition).is_some();
            assert!(understood, "{}: `{}` is not understood", row.product_code, row.condition);
            assert!(
                ALLOWED
                    .iter()
                    .any(|(category, subs)| *category == row.category && subs.contains(&row.subcategory.as_str())),
                "{}: {} / {}",
                row.product_code,
                row.category,
                row.subcategory
            );
        }
    }

    #[test]
    fn a_service_has_one_category() {
        let mut categories = HashMap::new();
        for row in ROWS.iter() {
            let first = categories.entry(&row.name).or_insert(&row.category);
            assert_eq!(*first, &row.category, "{}", row.name);
        }
    }

    #[test]
    fn overrides_win_in_order() {
        #[rustfmt::skip]
        let cases = [
            ("plain",       Some("AmazonEC2"), Some("Compute Instance"), Some("BoxUsage:m5.large"), Some("Amazon Elastic Compute Cloud"), Some("Amazon Elastic Compute Cloud"), "Compute"),
            ("no name",     Some("AmazonEC2"), None,                     None,                      None,                                 Some("Amazon Elastic Compute Cloud"), "Compute"),
            ("NAT",         Some("AmazonEC2"), Some("NAT Gateway"),      Some("NatGateway-Hours"),  Some("Amazon Elastic Compute Cloud"), Some("Amazon Virtual Private Cloud"), "Networking"),
            ("volume",      Some("AmazonEC2"), None,                     Some("EBS:VolumeUsage.gp3"), Some("x"),                          Some("Amazon Elastic Block Store"),   "Storage"),
            ("Marketplace", Some("a1b2c3"),    None,                     None,                      Some("Example Software"),             Some("Example Software"),             "Other"),
            ("code alone",  Some("a1b2c3"),    None,                     None,                      None,                                 Some("a1b2c3"),                       "Other"),
            ("nothing",     None,              None,                     None,                      None,                                 None,                                 "Other"),
        ];
        for (case, code, family, usage, product, name, category) in cases {
            let service = lookup(code, family, usage, product);
            assert_eq!((service.name, service.category), (name, category), "{case}");
        }
    }
}
