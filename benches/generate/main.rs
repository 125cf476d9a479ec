//! Generates reports that resemble genuine ones: `generate SHAPE COMBINATIONS BYTES PARTS SEED FOLDER`.
//!
//! COMBINATIONS is the number of products with their prices, or `all`: each row has a price and a description of its own.
//!
//! Reports are hourly, with resources and tags. Line item types are consistent: negations cancel covered usage, and fees equal the
//! used and unused parts. Most costs are in exponent form, as AWS writes small ones. Some cells have quoted commas, doubled
//! quotes, line feeds or non-ASCII letters. Columns and spellings are those of the AWS CUR user guide;
//! accounts, products, prices and resources are derived from the seed. The same arguments give the same bytes.
#![allow(
    clippy::print_stdout,
    clippy::float_arithmetic,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a benchmark's own program"
)]

mod words;
mod world;

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use words::{ACCOUNTS, PAYER, PLAN, PLANS, RESERVATION, RESERVATIONS, SERVICES, UNIT};
use world::{Combinations, Random, Shape, World, cells, java, quoted, times};

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

impl World {
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
}

/// One part under construction.
struct Part<'w> {
    world: &'w World,
    random: Random,
    text: String,
    rows: u64,
    billed: i128,
    /// The cost of covered usage by account, which negations have to cancel.
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

    /// Writes rows of one account: some resources at some hours.
    fn cluster(&mut self) {
        let world: &'w World = self.world;
        let account = self.random.below(ACCOUNTS);
        let resources = &world.resources[account as usize];
        let first = self.random.below(resources.len() as u64);
        for number in 0..20 + self.random.below(60) {
            let resource = &resources[((first + number % 17) % resources.len() as u64) as usize];
            let other;
            let sku = match world.combinations {
                Combinations::Products(_) => &world.skus[resource.sku],
                Combinations::AllDifferent => {
                    other = world.skus[resource.sku].repriced(&mut self.random);
                    &other
                }
            };
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

    /// Writes the rows that depend on those so far: negations, fees, taxes and other charges.
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

/// Writes one part. Returns the rows, the bytes of CSV, the bytes of gzip and the billed cost.
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
    let [shape, combinations, bytes, parts, seed, folder] = arguments.as_slice() else {
        panic!("generate legacy-120|legacy-280|cur2 COMBINATIONS|all BYTES PARTS SEED FOLDER");
    };
    let combinations = match combinations.as_str() {
        "all" => Combinations::AllDifferent,
        count => Combinations::Products(count.parse().unwrap()),
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
    let world = World::new(shape, combinations, seed);
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
