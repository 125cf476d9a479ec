//! The contents of the rows, derived from a seed: products with prices, resources with tags.

use std::fmt::Write as _;

use crate::words::{
    ACCOUNTS, BILL, FLAT, INSTANCES, PAYER, PLANS, PRICING, PRODUCT, REGIONS, RESERVATIONS, RESOURCES, SERVICES, TAGS,
    UNIT,
};

/// The format of a report.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Legacy120,
    Legacy280,
    Cur2,
}

/// The number of combinations of product, price and description.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Combinations {
    /// So many products, as popular as in genuine bills: a few have most of the rows.
    Products(u64),
    /// Each row has a price, a description and a rate code of its own.
    AllDifferent,
}

/// The number of products where each row has a combination of its own.
const PRODUCTS: u64 = 400;

/// SplitMix64: a small generator whose numbers depend on the seed alone.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Returns a number below `end`, small ones more often: each power of ten is as frequent as the next (Zipf's law).
    pub(crate) fn skewed(&mut self, end: u64) -> u64 {
        let uniform = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        ((end as f64 + 1.0).powf(uniform) as u64 - 1).min(end - 1)
    }

    pub(crate) fn letters(&mut self, count: usize, out: &mut String) {
        const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
        for _ in 0..count {
            out.push(ALPHABET[self.below(32) as usize] as char);
        }
    }
}

/// A product with its price.
#[derive(Clone)]
pub(crate) struct Sku {
    pub(crate) service: usize,
    pub(crate) zone: String,
    pub(crate) usage_type: String,
    pub(crate) operation: String,
    pub(crate) description: String,
    /// In units of 10^-10 dollars.
    pub(crate) rate: i128,
    /// The cells of all product columns, or the flat ones and the map of CUR 2.0.
    pub(crate) product: String,
    /// The first and the last cells of the pricing columns.
    pub(crate) rate_code: String,
    pub(crate) is_instance: bool,
    /// What the description says of the product, besides the price and the unit.
    about: String,
}

pub(crate) struct Resource {
    pub(crate) id: String,
    pub(crate) sku: usize,
    /// The cells of all tags, or the map of CUR 2.0.
    pub(crate) tags: String,
}

/// The accounts, products and resources of a report.
pub(crate) struct World {
    pub(crate) shape: Shape,
    pub(crate) combinations: Combinations,
    pub(crate) skus: Vec<Sku>,
    /// By account.
    pub(crate) resources: Vec<Vec<Resource>>,
    pub(crate) no_tags: String,
    pub(crate) no_product: String,
    pub(crate) no_reservation: String,
    pub(crate) no_plan: String,
}

pub(crate) fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

pub(crate) fn json(pairs: &[(String, String)]) -> String {
    let inside: Vec<String> = pairs
        .iter()
        .map(|(key, value)| format!("\"{key}\":\"{}\"", value.replace('"', "\\\"").replace('\n', "\\n")))
        .collect();
    quoted(&format!("{{{}}}", inside.join(",")))
}

/// Returns the cells of a block of columns. Only the columns in `values` are filled.
pub(crate) fn cells(names: &[&str], values: &[(&str, &str)]) -> String {
    assert!(values.iter().all(|(name, _)| names.contains(name)), "{values:?}");
    let cell = |name: &&str| values.iter().find(|(known, _)| known == name).map_or(String::new(), |(_, v)| quoted(v));
    names.iter().map(cell).collect::<Vec<_>>().join(",")
}

/// Formats a number as Java does: small ones have an exponent.
pub(crate) fn java(value: i128) -> String {
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

pub(crate) fn times(rate: i128, quantity: i128) -> i128 {
    (rate * quantity + UNIT / 2) / UNIT
}

/// Converts a legacy name to that of CUR 2.0: an underscore before each capital, all in lower case.
pub(crate) fn snake(legacy: &str) -> String {
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
    pub(crate) fn new(shape: Shape, combinations: Combinations, seed: u64) -> Self {
        let mut random = Random(seed);
        let products = match combinations {
            Combinations::Products(count) => count,
            Combinations::AllDifferent => PRODUCTS,
        };
        let skus: Vec<Sku> = (0..products).map(|number| sku(shape, number, &mut random)).collect();
        let resources = RESOURCES.max(3 * products);
        let resources = (0..ACCOUNTS)
            .map(|_| (0..resources / ACCOUNTS).map(|_| resource(shape, &skus, &mut random)).collect())
            .collect();
        let blank = |columns: usize| ",".repeat(columns - 1);
        let (no_tags, no_product) = match shape {
            Shape::Cur2 => ("{},{},{}".to_owned(), format!("{},{{}}", blank(FLAT.len()))),
            Shape::Legacy120 => (blank(TAGS.len()), blank(PRODUCT.len())),
            Shape::Legacy280 => (blank(TAGS.len()), blank(PRODUCT.len() + 160)),
        };
        let (no_reservation, no_plan) = (blank(RESERVATIONS.len()), blank(PLANS.len()));
        Self { shape, combinations, skus, resources, no_tags, no_product, no_reservation, no_plan }
    }

    pub(crate) fn header(&self) -> String {
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

pub(crate) fn sku(shape: Shape, number: u64, random: &mut Random) -> Sku {
    let service = (random.below(SERVICES.len() as u64 * 2) as usize).min(SERVICES.len() + 5) % SERVICES.len();
    let (code, name, is_instance, unit) = SERVICES[service];
    let (region, location, short) = REGIONS[(random.below(12) as usize).min(11) % REGIONS.len()];
    let (instance, cores, memory) = INSTANCES[random.below(INSTANCES.len() as u64) as usize];
    let usage = if is_instance { format!("BoxUsage:{instance}") } else { format!("{unit}-Tier{}", number % 7 + 1) };
    let usage_type = format!("{short}-{usage}");
    let operation = if is_instance { "RunInstances".to_owned() } else { format!("Operation{}", number % 40) };
    // Instances cost cents an hour, most other products fractions of a millionth of a dollar.
    let rate = if is_instance {
        50_000_000 + 1_000_000 * i128::from(random.below(900))
    } else {
        i128::from(1 + random.below(90_000))
    };
    let mut id = String::new();
    random.letters(16, &mut id);
    let id = id.to_uppercase();
    let about = match is_instance {
        true => format!("On Demand Linux {instance} Instance Hour"),
        false => format!("{unit}, \"tier {}\" and above, {location}", number % 7 + 1),
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
    let (description, rate_code) = (description(rate, &about), rate_code(&id));
    Sku { service, zone, usage_type, operation, description, rate, product, rate_code, is_instance, about }
}

fn description(rate: i128, about: &str) -> String {
    format!("${} per {about}", java(rate))
}

fn rate_code(id: &str) -> String {
    format!("{id}.JRTCKXETXF.6YS6EN2CT7")
}

impl Sku {
    /// Returns the product with another price, description and rate code.
    pub(crate) fn repriced(&self, random: &mut Random) -> Self {
        let rate = self.rate + 1 + i128::from(random.below(1_000_000));
        let mut id = String::new();
        random.letters(16, &mut id);
        let (description, rate_code) = (description(rate, &self.about), rate_code(&id.to_uppercase()));
        Self { rate, description, rate_code, ..self.clone() }
    }
}

pub(crate) fn resource(shape: Shape, skus: &[Sku], random: &mut Random) -> Resource {
    let sku = random.skewed(skus.len() as u64) as usize;
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
            // A third of the other tags is filled, depending on the team.
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
