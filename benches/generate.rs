//! Makes reports that look like genuine ones: `generate SHAPE BYTES PARTS SEED FOLDER`.
//!
//! Hourly, with resources and tags; line item types that belong together (negations cancel covered usage, fees tie out
//! with what was used and what was not); most costs in exponent form, as AWS writes small ones; quoted commas, doubled
//! quotes, some line feeds and non-ASCII letters in tags. Columns and spellings are those of the AWS CUR user guide;
//! accounts, products, prices and resources are made up from the seed. The same arguments give the same bytes.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::panic, reason = "a benchmark's own program")]

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

/// Which report.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Legacy120,
    Legacy280,
    Cur2,
}

/// One in 10^10: the smallest part of a dollar that AWS bills.
const UNIT: i128 = 10_000_000_000;
const PAYER: &str = "111122223333";
const PLAN: &str = "arn:aws:savingsplans::111122223333:savingsplan/11111111-2222-3333-4444-555555555555";
const RESERVATION: &str = "arn:aws:ec2:eu-west-1:111122223333:reserved-instances/aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
const ACCOUNTS: u64 = 40;
const RESOURCES: u64 = 30_000;

const BILL: &str = "identity/LineItemId,identity/TimeInterval,bill/InvoiceId,bill/InvoicingEntity,bill/BillingEntity,\
    bill/BillType,bill/PayerAccountId,bill/BillingPeriodStartDate,bill/BillingPeriodEndDate,lineItem/UsageAccountId,\
    lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/ProductCode,lineItem/UsageType,\
    lineItem/Operation,lineItem/AvailabilityZone,lineItem/ResourceId,lineItem/UsageAmount,\
    lineItem/NormalizationFactor,lineItem/NormalizedUsageAmount,lineItem/CurrencyCode,lineItem/UnblendedRate,\
    lineItem/UnblendedCost,lineItem/BlendedRate,lineItem/BlendedCost,lineItem/LineItemDescription,lineItem/TaxType,\
    lineItem/LegalEntity";
#[rustfmt::skip]
const PRODUCT: [&str; 42] = [
    "ProductName", "availability", "availabilityZone", "clockSpeed", "currentGeneration", "databaseEngine",
    "dedicatedEbsThroughput", "deploymentOption", "durability", "ecu", "enhancedNetworkingSupported", "fromLocation",
    "fromLocationType", "group", "groupDescription", "instanceFamily", "instanceType", "licenseModel", "location",
    "locationType", "maxIopsvolume", "memory", "networkPerformance", "normalizationSizeFactor", "operatingSystem",
    "operation", "physicalProcessor", "preInstalledSw", "processorArchitecture", "productFamily", "region", "regionCode",
    "servicecode", "servicename", "sku", "storage", "storageClass", "tenancy", "toLocation", "transferType", "usagetype",
    "vcpu",
];
/// Columns of their own in CUR 2.0, which has the others in a map.
#[rustfmt::skip]
const FLAT: [&str; 10] = [
    "fromLocation", "instanceFamily", "instanceType", "location", "operation", "productFamily", "regionCode",
    "servicecode", "sku", "usagetype",
];
const PRICING: &str = "pricing/LeaseContractLength,pricing/OfferingClass,pricing/PurchaseOption,pricing/RateCode,\
    pricing/RateId,pricing/currency,pricing/publicOnDemandCost,pricing/publicOnDemandRate,pricing/term,pricing/unit";
#[rustfmt::skip]
const RESERVATIONS: [&str; 18] = [
    "AmortizedUpfrontCostForUsage", "AmortizedUpfrontFeeForBillingPeriod", "EffectiveCost", "EndTime",
    "ModificationStatus", "NormalizedUnitsPerReservation", "NumberOfReservations", "RecurringFeeForUsage",
    "ReservationARN", "StartTime", "SubscriptionId", "TotalReservedNormalizedUnits", "TotalReservedUnits",
    "UnitsPerReservation", "UnusedAmortizedUpfrontFeeForBillingPeriod", "UnusedNormalizedUnitQuantity",
    "UnusedQuantity", "UnusedRecurringFee",
];
#[rustfmt::skip]
const PLANS: [&str; 10] = [
    "AmortizedUpfrontCommitmentForBillingPeriod", "EndTime", "OfferingType", "PaymentOption",
    "RecurringCommitmentForBillingPeriod", "SavingsPlanARN", "SavingsPlanEffectiveCost", "SavingsPlanRate",
    "TotalCommitmentToDate", "UsedCommitment",
];
#[rustfmt::skip]
const TAGS: [&str; 25] = [
    "aws:createdBy", "user:Application", "user:Backup", "user:BusinessUnit", "user:Component", "user:CostCenter",
    "user:Customer", "user:DataClass", "user:Environment", "user:Expiry", "user:Function", "user:Layer",
    "user:ManagedBy", "user:Name", "user:Owner", "user:Patch", "user:Product", "user:Project", "user:Region",
    "user:Release", "user:Schedule", "user:Service", "user:Stack", "user:Team", "user:Tier",
];
/// Code, name, whether it has instances, and what it is sold by.
#[rustfmt::skip]
const SERVICES: [(&str, &str, bool, &str); 14] = [
    ("AmazonEC2", "Amazon Elastic Compute Cloud", true, "Hrs"),
    ("AmazonEC2", "Amazon Elastic Compute Cloud", false, "GB-Mo"),
    ("AmazonS3", "Amazon Simple Storage Service", false, "Requests"),
    ("AmazonRDS", "Amazon Relational Database Service", true, "Hrs"),
    ("AWSLambda", "AWS Lambda", false, "Lambda-GB-Second"),
    ("AmazonDynamoDB", "Amazon DynamoDB", false, "ReadRequestUnits"),
    ("AmazonCloudWatch", "AmazonCloudWatch", false, "Metrics"),
    ("AmazonVPC", "Amazon Virtual Private Cloud", false, "Hrs"),
    ("awskms", "AWS Key Management Service", false, "Requests"),
    ("AWSDataTransfer", "AWS Data Transfer", false, "GB"),
    ("AmazonSNS", "Amazon Simple Notification Service", false, "Requests"),
    ("AWSQueueService", "Amazon Simple Queue Service", false, "Requests"),
    ("AmazonECS", "Amazon Elastic Container Service", false, "vCPU-Hours"),
    ("AmazonEKS", "Amazon Elastic Container Service for Kubernetes", false, "Hours"),
];
const REGIONS: [(&str, &str, &str); 8] = [
    ("eu-west-1", "EU (Ireland)", "EU"),
    ("us-east-1", "US East (N. Virginia)", "USE1"),
    ("us-west-2", "US West (Oregon)", "USW2"),
    ("eu-central-1", "EU (Frankfurt)", "EUC1"),
    ("ap-northeast-1", "Asia Pacific (Tokyo)", "APN1"),
    ("ap-southeast-2", "Asia Pacific (Sydney)", "APS2"),
    ("us-east-2", "US East (Ohio)", "USE2"),
    ("eu-north-1", "EU (Stockholm)", "EUN1"),
];
const INSTANCES: [(&str, &str, &str); 6] = [
    ("m5.large", "2", "8 GiB"),
    ("m5.xlarge", "4", "16 GiB"),
    ("c6g.2xlarge", "8", "16 GiB"),
    ("r6i.4xlarge", "16", "128 GiB"),
    ("t3.micro", "2", "1 GiB"),
    ("x2idn.32xlarge", "128", "2,048 GiB"),
];

/// SplitMix64: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn letters(&mut self, count: usize, out: &mut String) {
        const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
        for _ in 0..count {
            out.push(ALPHABET[self.below(32) as usize] as char);
        }
    }
}

/// A product at a price.
struct Sku {
    service: usize,
    zone: String,
    usage_type: String,
    operation: String,
    description: String,
    /// Units of 10^-10 dollars.
    rate: i128,
    /// The cells of all product columns, or the flat ones and the map of CUR 2.0.
    product: String,
    /// The first and the last cells of pricing.
    rate_code: String,
    is_instance: bool,
}

struct Resource {
    id: String,
    sku: usize,
    /// The cells of all tags, or their map.
    tags: String,
}

/// All that rows are made of.
struct World {
    shape: Shape,
    skus: Vec<Sku>,
    /// By account.
    resources: Vec<Vec<Resource>>,
    no_tags: String,
    no_product: String,
    no_reservation: String,
    no_plan: String,
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

fn json(pairs: &[(String, String)]) -> String {
    let inside: Vec<String> = pairs
        .iter()
        .map(|(key, value)| format!("\"{key}\":\"{}\"", value.replace('"', "\\\"").replace('\n', "\\n")))
        .collect();
    quoted(&format!("{{{}}}", inside.join(",")))
}

/// Cells of a block of columns, named ones filled.
fn cells(names: &[&str], values: &[(&str, &str)]) -> String {
    assert!(values.iter().all(|(name, _)| names.contains(name)), "{values:?}");
    let cell = |name: &&str| values.iter().find(|(known, _)| known == name).map_or(String::new(), |(_, v)| quoted(v));
    names.iter().map(cell).collect::<Vec<_>>().join(",")
}

/// A number as Java prints it: small ones with an exponent.
fn java(value: i128) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let size = value.unsigned_abs();
    if size == 0 || size >= 10_000_000 {
        let fraction = format!("{:010}", size % UNIT as u128);
        let fraction = fraction.trim_end_matches('0');
        return format!("{sign}{}.{}", size / UNIT as u128, if fraction.is_empty() { "0" } else { fraction });
    }
    let digits = size.to_string();
    let exponent = 10 - (digits.len() - 1);
    let rest = digits[1..].trim_end_matches('0');
    format!("{sign}{}.{}E-{exponent}", &digits[..1], if rest.is_empty() { "0" } else { rest })
}

fn times(rate: i128, quantity: i128) -> i128 {
    (rate * quantity + UNIT / 2) / UNIT
}

/// The names of CUR 2.0: a low line before each capital, all in lower case.
fn snake(legacy: &str) -> String {
    let mut name = String::new();
    for letter in legacy.chars() {
        match letter {
            'A'..='Z' => {
                name.push('_');
                name.push(letter.to_ascii_lowercase());
            }
            'a'..='z' | '0'..='9' => name.push(letter),
            _ => name.push('_'),
        }
    }
    name.replace("__", "_")
}

impl World {
    fn new(shape: Shape, seed: u64) -> Self {
        let mut random = Random(seed);
        let skus: Vec<Sku> = (0..600).map(|number| sku(shape, number, &mut random)).collect();
        let resources = (0..ACCOUNTS)
            .map(|_| (0..RESOURCES / ACCOUNTS).map(|_| resource(shape, &skus, &mut random)).collect())
            .collect();
        let blank = |columns: usize| ",".repeat(columns - 1);
        let (no_tags, no_product) = match shape {
            Shape::Cur2 => ("{},{},{}".to_owned(), format!("{},{{}}", blank(FLAT.len()))),
            Shape::Legacy120 => (blank(TAGS.len()), blank(PRODUCT.len())),
            Shape::Legacy280 => (blank(TAGS.len()), blank(PRODUCT.len() + 160)),
        };
        let (no_reservation, no_plan) = (blank(RESERVATIONS.len()), blank(PLANS.len()));
        Self { shape, skus, resources, no_tags, no_product, no_reservation, no_plan }
    }

    /// A row without a product.
    fn bare(&self, account: u64, kind: &'static str, cost: i128) -> Line<'_> {
        Line {
            account,
            kind,
            bill: "Anniversary",
            day: 1,
            hour: 0,
            what: ["AmazonEC2", "", "", ""],
            resource: "",
            quantity: "1.0".to_owned(),
            normalized: ",",
            rate: String::new(),
            cost,
            description: kind,
            tax: "",
            product: &self.no_product,
            rate_code: "",
            public: None,
            unit: "",
            reservation: &self.no_reservation,
            plan: &self.no_plan,
            tags: &self.no_tags,
        }
    }

    fn header(&self) -> String {
        let with = |prefix: &str, names: &[&str]| -> Vec<String> {
            names.iter().map(|name| format!("{prefix}/{name}")).collect()
        };
        let mut names: Vec<String> = BILL.split(',').map(str::to_owned).collect();
        match self.shape {
            Shape::Cur2 => {
                names.extend(with("product", &FLAT));
                names.push("product".to_owned());
            }
            Shape::Legacy120 => names.extend(with("product", &PRODUCT)),
            Shape::Legacy280 => {
                names.extend(with("product", &PRODUCT));
                names.extend((0..160).map(|number| format!("product/attribute{number}")));
            }
        }
        names.extend(PRICING.split(',').map(str::to_owned));
        names.extend(with("reservation", &RESERVATIONS));
        names.extend(with("savingsPlan", &PLANS));
        if self.shape == Shape::Cur2 {
            names.extend(["resource_tags", "discount", "cost_category"].map(str::to_owned));
            return names.iter().map(|name| snake(name)).collect::<Vec<_>>().join(",") + "\n";
        }
        names.extend(with("resourceTags", &TAGS));
        names.join(",") + "\n"
    }
}

fn sku(shape: Shape, number: u64, random: &mut Random) -> Sku {
    let service = (random.below(SERVICES.len() as u64 * 2) as usize).min(SERVICES.len() + 5) % SERVICES.len();
    let (code, name, is_instance, unit) = SERVICES[service];
    let (region, location, short) = REGIONS[(random.below(12) as usize).min(11) % REGIONS.len()];
    let (instance, cores, memory) = INSTANCES[random.below(INSTANCES.len() as u64) as usize];
    let usage = if is_instance { format!("BoxUsage:{instance}") } else { format!("{unit}-Tier{}", number % 7 + 1) };
    let usage_type = format!("{short}-{usage}");
    let operation = if is_instance { "RunInstances".to_owned() } else { format!("Operation{}", number % 40) };
    // Instances cost cents an hour; most other things fractions of a millionth.
    let rate = if is_instance {
        50_000_000 + 1_000_000 * i128::from(random.below(900))
    } else {
        i128::from(1 + random.below(90_000))
    };
    let mut id = String::new();
    random.letters(16, &mut id);
    let id = id.to_uppercase();
    let description = if is_instance {
        format!("${} per On Demand Linux {instance} Instance Hour", java(rate))
    } else {
        format!("${} per {unit}, \"tier {}\" and above, {location}", java(rate), number % 7 + 1)
    };
    let family = if is_instance { "Compute Instance" } else { "API Request" };
    let mut attributes = vec![
        ("ProductName", name),
        ("location", location),
        ("locationType", "AWS Region"),
        ("operation", operation.as_str()),
        ("productFamily", family),
        ("region", region),
        ("regionCode", region),
        ("servicecode", code),
        ("servicename", name),
        ("sku", id.as_str()),
        ("usagetype", usage_type.as_str()),
    ];
    if is_instance {
        attributes.extend([
            ("clockSpeed", "3.1 GHz"),
            ("currentGeneration", "Yes"),
            ("dedicatedEbsThroughput", "Up to 2120 Mbps"),
            ("ecu", "10"),
            ("enhancedNetworkingSupported", "Yes"),
            ("instanceFamily", "General purpose"),
            ("instanceType", instance),
            ("licenseModel", "No License required"),
            ("memory", memory),
            ("networkPerformance", "Up to 10 Gigabit"),
            ("normalizationSizeFactor", "4"),
            ("operatingSystem", "Linux"),
            ("physicalProcessor", "Intel Xeon Platinum 8175 (Skylake)"),
            ("preInstalledSw", "NA"),
            ("processorArchitecture", "64-bit"),
            ("storage", "EBS only"),
            ("tenancy", "Shared"),
            ("vcpu", cores),
        ]);
    } else {
        attributes.extend([("group", "requests"), ("groupDescription", "GET, and all other requests")]);
    }
    let product = match shape {
        Shape::Cur2 => {
            let (flat, other): (Vec<_>, Vec<_>) = attributes.iter().partition(|(name, _)| FLAT.contains(name));
            let pairs: Vec<_> = other
                .iter()
                .map(|(key, value)| (snake(key).trim_matches('_').to_owned(), (*value).to_owned()))
                .collect();
            format!("{},{}", cells(&FLAT, &flat), json(&pairs))
        }
        Shape::Legacy120 => cells(&PRODUCT, &attributes),
        Shape::Legacy280 => {
            let mut wide = cells(&PRODUCT, &attributes);
            for number in 0..160 {
                wide.push(',');
                if random.below(20) == 0 {
                    let _ = write!(wide, "value {}", number % 9);
                }
            }
            wide
        }
    };
    let zone =
        if is_instance { format!("{region}{}", ['a', 'b', 'c'][random.below(3) as usize]) } else { String::new() };
    let rate_code = format!("{id}.JRTCKXETXF.6YS6EN2CT7");
    Sku { service, zone, usage_type, operation, description, rate, product, rate_code, is_instance }
}

fn resource(shape: Shape, skus: &[Sku], random: &mut Random) -> Resource {
    let sku = random.below(skus.len() as u64) as usize;
    let (code, ..) = SERVICES[skus[sku].service];
    let id = match code {
        "AmazonEC2" => format!("{}-{:017x}", if skus[sku].is_instance { "i" } else { "vol" }, random.next() >> 4),
        "AmazonS3" => format!("bucket-{}-logs", random.below(1 << 30)),
        _ => format!("arn:aws:{}:eu-west-1:{PAYER}:thing/{:x}", code.to_lowercase(), random.next()),
    };
    let mut values: Vec<(&str, String)> = Vec::new();
    let team = random.below(24);
    for (number, key) in TAGS.iter().enumerate() {
        let value = match *key {
            "user:Name" if random.below(2) == 0 => {
                format!("{}-{}", ["web", "api", "job"][random.below(3) as usize], random.below(5_000))
            }
            "user:Owner" if random.below(40) == 0 => "Jörg Müller, Zürich".to_owned(),
            "user:Customer" if random.below(40) == 0 => "東京".to_owned(),
            "user:Function" if random.below(200) == 0 => "first line\nsecond line".to_owned(),
            "user:Product" if random.below(60) == 0 => "the \"new\" one".to_owned(),
            "user:Team" | "user:CostCenter" | "user:Environment" | "user:Application" => {
                format!("{}-{team}", &key[5..9].to_lowercase())
            }
            // A third of the others is filled, by team.
            _ if (team + number as u64 * 7).is_multiple_of(3) => format!("{}-{}", &key[5..].to_lowercase(), team % 6),
            _ => continue,
        };
        values.push((key, value));
    }
    let tags = if shape == Shape::Cur2 {
        let pairs: Vec<_> = values.iter().map(|(key, value)| (snake(key), value.clone())).collect();
        format!("{},{{}},{{}}", json(&pairs))
    } else {
        let values: Vec<(&str, &str)> = values.iter().map(|(key, value)| (*key, value.as_str())).collect();
        cells(&TAGS, &values)
    };
    Resource { id, sku, tags }
}

/// A row to be written.
struct Line<'a> {
    account: u64,
    kind: &'a str,
    bill: &'a str,
    day: u64,
    hour: u64,
    /// Code, usage type, operation and zone.
    what: [&'a str; 4],
    resource: &'a str,
    quantity: String,
    normalized: &'a str,
    rate: String,
    cost: i128,
    description: &'a str,
    tax: &'a str,
    product: &'a str,
    rate_code: &'a str,
    public: Option<(i128, i128)>,
    unit: &'a str,
    reservation: &'a str,
    plan: &'a str,
    tags: &'a str,
}

/// One part under construction.
struct Part<'w> {
    world: &'w World,
    random: Random,
    text: String,
    rows: u64,
    billed: i128,
    /// Cash of covered usage by account, which negations have to cancel.
    covered: Vec<i128>,
    plan_used: i128,
    reservation_used: i128,
    reserved_hours: u64,
}

impl<'w> Part<'w> {
    fn write(&mut self, line: &Line<'_>) {
        let Self { random, text, .. } = self;
        random.letters(52, text);
        let (day, hour) = (line.day, line.hour);
        let start = format!("2026-09-{day:02}T{hour:02}:00:00Z");
        let end = match (day, hour) {
            (30, 23) => "2026-10-01T00:00:00Z".to_owned(),
            (_, 23) => format!("2026-09-{:02}T00:00:00Z", day + 1),
            _ => format!("2026-09-{day:02}T{:02}:00:00Z", hour + 1),
        };
        let [code, usage, operation, zone] = line.what;
        let cost = java(line.cost);
        let _ = write!(
            text,
            ",{start}/{end},1594200001,\"Amazon Web Services, Inc.\",AWS,{},{PAYER},2026-09-01T00:00:00Z,\
             2026-10-01T00:00:00Z,4444555{:05},{},{start},{end},{code},{usage},{operation},{zone},{},{},{},USD,{},{cost},{},\
             {cost},{},{},\"Amazon Web Services, Inc.\",{},",
            line.bill,
            line.account,
            line.kind,
            line.resource,
            line.quantity,
            line.normalized,
            line.rate,
            line.rate,
            quoted(line.description),
            line.tax,
            line.product,
        );
        let (public_cost, public_rate) =
            line.public.map_or_else(Default::default, |(cost, rate)| (java(cost), java(rate)));
        let term = if line.public.is_some() { "OnDemand" } else { "" };
        let _ = writeln!(
            text,
            ",,,{},,USD,{public_cost},{public_rate},{term},{},{},{},{}",
            line.rate_code, line.unit, line.reservation, line.plan, line.tags,
        );
        self.rows += 1;
        if !matches!(line.kind, "SavingsPlanCoveredUsage" | "SavingsPlanNegation") {
            self.billed += line.cost;
        }
    }

    /// Rows of one account: some resources at some hours.
    fn cluster(&mut self) {
        let world: &'w World = self.world;
        let account = self.random.below(ACCOUNTS);
        let resources = &world.resources[account as usize];
        let first = self.random.below(resources.len() as u64);
        for number in 0..20 + self.random.below(60) {
            let resource = &resources[((first + number % 17) % resources.len() as u64) as usize];
            let sku = &world.skus[resource.sku];
            let (code, _, _, unit) = SERVICES[sku.service];
            let (quantity, choice) = match sku.is_instance {
                true => (UNIT, self.random.below(10)),
                false => (i128::from(1 + self.random.below(1 << 36)), 9),
            };
            let public_cost = times(sku.rate, quantity);
            let mut reservation = None;
            let mut plan = None;
            let (kind, rate, cost, normalized) = match choice {
                0..3 => {
                    let effective = public_cost * 6 / 10;
                    self.plan_used += effective;
                    self.covered[account as usize] += public_cost;
                    plan = Some(cells(
                        &PLANS,
                        &[
                            ("SavingsPlanARN", PLAN),
                            ("SavingsPlanEffectiveCost", &java(effective)),
                            ("PaymentOption", "No Upfront"),
                            ("SavingsPlanRate", &java(sku.rate * 6 / 10)),
                            ("OfferingType", "ComputeSavingsPlans"),
                        ],
                    ));
                    ("SavingsPlanCoveredUsage", sku.rate, public_cost, ",")
                }
                3..5 => {
                    let effective = public_cost * 5 / 10;
                    self.reservation_used += effective;
                    self.reserved_hours += 1;
                    reservation = Some(cells(
                        &RESERVATIONS,
                        &[
                            ("ReservationARN", RESERVATION),
                            ("EffectiveCost", &java(effective)),
                            ("AmortizedUpfrontCostForUsage", "0.0"),
                            ("RecurringFeeForUsage", &java(effective)),
                        ],
                    ));
                    ("DiscountedUsage", 0, 0, "4.0,4.0")
                }
                _ => ("Usage", sku.rate, public_cost, ","),
            };
            let day = 1 + self.random.below(30);
            let hour = self.random.below(24);
            self.write(&Line {
                account,
                kind,
                bill: "Anniversary",
                day,
                hour,
                what: [code, &sku.usage_type, &sku.operation, &sku.zone],
                resource: &resource.id,
                quantity: java(quantity),
                normalized,
                rate: java(rate),
                cost,
                description: &sku.description,
                tax: "",
                product: &sku.product,
                rate_code: &sku.rate_code,
                public: Some((public_cost, sku.rate)),
                unit,
                reservation: reservation.as_deref().unwrap_or(&world.no_reservation),
                plan: plan.as_deref().unwrap_or(&world.no_plan),
                tags: &resource.tags,
            });
        }
    }

    /// What belongs to the rows so far: negations, fees, taxes and what else is on a bill.
    fn close(&mut self) {
        let world: &'w World = self.world;
        let negation = cells(&PLANS, &[("SavingsPlanARN", PLAN)]);
        for account in 0..ACCOUNTS {
            let cash = std::mem::take(&mut self.covered[account as usize]);
            let line = world.bare(account, "SavingsPlanNegation", -cash);
            self.write(&Line { plan: &negation, ..line });
            for (kind, cost) in [("EdpDiscount", -12_345_678), ("Credit", -5_000_000_000)] {
                self.write(&world.bare(account, kind, cost));
            }
            self.write(&Line { tax: "VAT", ..world.bare(account, "Tax", 98_765_432_100) });
        }
        let (used, unused) = (std::mem::take(&mut self.plan_used), UNIT / 4);
        let committed = java(used + unused);
        let plan = cells(
            &PLANS,
            &[
                ("SavingsPlanARN", PLAN),
                ("PaymentOption", "No Upfront"),
                ("TotalCommitmentToDate", &committed),
                ("UsedCommitment", &java(used)),
                ("RecurringCommitmentForBillingPeriod", &committed),
                ("AmortizedUpfrontCommitmentForBillingPeriod", "0.0"),
            ],
        );
        let line = world.bare(0, "SavingsPlanRecurringFee", used + unused);
        self.write(&Line { plan: &plan, what: ["ComputeSavingsPlans", "ComputeSP:1yrNoUpfront", "", ""], ..line });
        let used = std::mem::take(&mut self.reservation_used);
        let hours = std::mem::take(&mut self.reserved_hours);
        let reservation = cells(
            &RESERVATIONS,
            &[
                ("ReservationARN", RESERVATION),
                ("NumberOfReservations", "1"),
                ("UnusedQuantity", "1.0"),
                ("TotalReservedNormalizedUnits", &format!("{}.0", 4 * (hours + 1))),
                ("UnusedNormalizedUnitQuantity", "4.0"),
                ("TotalReservedUnits", &format!("{}.0", hours + 1)),
                ("AmortizedUpfrontFeeForBillingPeriod", "0.0"),
                ("UnusedAmortizedUpfrontFeeForBillingPeriod", "0.0"),
                ("UnusedRecurringFee", &java(unused)),
            ],
        );
        let line = world.bare(0, "RIFee", used + unused);
        let what = ["AmazonEC2", "HeavyUsage:m5.large", "RunInstances", ""];
        self.write(&Line { reservation: &reservation, what, ..line });
        let line = world.bare(0, "Refund", -UNIT);
        self.write(&Line { bill: "Refund", ..line });
        self.write(&world.bare(0, "Fee", 100 * UNIT));
    }
}

/// Writes one part, and gives rows, bytes of CSV, bytes of gzip and what is billed.
fn part(world: &World, seed: u64, bytes: u64, path: &Path) -> (u64, u64, u64, i128) {
    let file = BufWriter::new(File::create(path).unwrap());
    let mut gzip = GzEncoder::new(file, Compression::new(6));
    let mut part = Part {
        world,
        random: Random(seed),
        text: world.header(),
        rows: 0,
        billed: 0,
        covered: vec![0; ACCOUNTS as usize],
        plan_used: 0,
        reservation_used: 0,
        reserved_hours: 0,
    };
    let mut written = 0;
    while written < bytes {
        part.cluster();
        if written + part.text.len() as u64 >= bytes {
            part.close();
        }
        gzip.write_all(part.text.as_bytes()).unwrap();
        written += part.text.len() as u64;
        part.text.clear();
    }
    gzip.finish().unwrap().flush().unwrap();
    (part.rows, written, std::fs::metadata(path).unwrap().len(), part.billed)
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [shape, bytes, parts, seed, folder] = arguments.as_slice() else {
        panic!("generate legacy-120|legacy-280|cur2 BYTES PARTS SEED FOLDER");
    };
    let shape = match shape.as_str() {
        "legacy-120" => Shape::Legacy120,
        "legacy-280" => Shape::Legacy280,
        "cur2" => Shape::Cur2,
        other => panic!("no shape is called {other}"),
    };
    let (bytes, parts, seed): (u64, u64, u64) = (bytes.parse().unwrap(), parts.parse().unwrap(), seed.parse().unwrap());
    let folder = Path::new(folder);
    std::fs::create_dir_all(folder).unwrap();
    let world = World::new(shape, seed);
    let numbers: Vec<u64> = (1..=parts).collect();
    let made: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = numbers
            .chunks(numbers.len().div_ceil(2))
            .map(|numbers| {
                let world = &world;
                scope.spawn(move || {
                    let make = |&number: &u64| {
                        part(
                            world,
                            seed ^ number << 32,
                            bytes / parts,
                            &folder.join(format!("part-{number:04}.csv.gz")),
                        )
                    };
                    numbers.iter().map(make).collect::<Vec<_>>()
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    let sum = |pick: fn(&(u64, u64, u64, i128)) -> u64| made.iter().map(pick).sum::<u64>();
    println!(
        "{{\"rows\":{},\"csv_bytes\":{},\"gzip_bytes\":{},\"columns\":{},\"billed\":\"{}\"}}",
        sum(|part| part.0),
        sum(|part| part.1),
        sum(|part| part.2),
        world.header().split(',').count(),
        outlay::Decimal::from_unscaled(made.iter().map(|part| part.3).sum::<i128>() * 100_000_000),
    );
}
