//! Benchmarks of single stages in memory, on one thread: `cargo bench -p outlay-benches`.
#![allow(clippy::unwrap_used, reason = "a benchmark's own program")]

use std::io::Read as _;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use flate2::read::MultiGzDecoder;
use outlay::Decimal;
use outlay::internals::{self, Decoded, Scanner};

/// A genuine report of 1,281 rows.
const REPORT: &[u8] = include_bytes!("../core/tests/data/samples/legacy-csv-daily-2023-11.csv.gz");

/// The number of calls that are timed together, where one call is too short to measure.
const SAMPLE: u32 = 1_000;

fn main() {
    divan::main();
}

fn report() -> String {
    let mut csv = String::new();
    MultiGzDecoder::new(REPORT).read_to_string(&mut csv).unwrap();
    csv
}

#[divan::bench(args = Scanner::available())]
fn scan(bencher: Bencher, scanner: &Scanner) {
    let csv = report();
    let (header, records) = csv.split_once('\n').unwrap();
    let (width, mut ends) = (header.split(',').count(), Vec::new());
    bencher.counter(BytesCount::of_str(records)).bench_local(|| {
        assert!(scanner.scan(black_box(records.as_bytes()), width, &mut ends));
    });
    assert_eq!(ends.len() % width, 0);
}

/// Costs as AWS writes them: small ones have an exponent.
#[rustfmt::skip]
const DECIMALS: [(&str, &str); 3] = [
    ("plain",    "0.0213333336"),
    ("exponent", "1.81E-8"),
    ("rounded",  "0.0007458096045417008"),
];

#[divan::bench(sample_size = SAMPLE, args = DECIMALS.map(|(name, _)| name))]
fn decimal(bencher: Bencher, name: &str) {
    let (_, text) = DECIMALS.into_iter().find(|(known, _)| *known == name).unwrap();
    bencher.counter(ItemsCount::new(1_usize)).bench(|| Decimal::parse(black_box(text.as_bytes())));
}

#[divan::bench(sample_size = SAMPLE, args = ["2023-11-01T00:00:00Z", "2024-04-04 23:29:01.676000", "20191201T000000.000Z"])]
fn timestamp(bencher: Bencher, text: &str) {
    bencher.counter(ItemsCount::new(1_usize)).bench(|| internals::timestamp(black_box(text.as_bytes())).unwrap());
}

/// All FOCUS columns of the decoded rows.
#[divan::bench]
fn normalize(bencher: Bencher) {
    let csv = report();
    let rows = csv.lines().count() - 1;
    bencher
        .counter(ItemsCount::new(rows))
        .with_inputs(|| Decoded::new(csv.as_bytes()).unwrap())
        .bench_local_values(|decoded| decoded.normalize().unwrap());
}
