//! Runs one operation once and prints its duration: `measure WHAT [--threads N] [--columns all|main|six|NAME,NAME...]
//! [--text utf8|dictionary|view] [--block BYTES] [--hold] [--output FILE] [--cloud ENDPOINT]
//! FILE...`, where WHAT is `inflate`, `records`, `columns` or `read`. With `--cloud`, FILE is a month of the report `bench`
//! in the bucket `bench`.
//!
//! Prints one JSON object: seconds, rows and, for a read, the billed cost. The calling process measures the memory.
#![allow(
    clippy::print_stdout,
    clippy::float_arithmetic,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a benchmark's own program"
)]

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use arrow::array::RecordBatch;
use flate2::read::MultiGzDecoder;
use outlay::internals::{Stage, run};
use outlay::{Connector, Reader, TextEncoding, block_on, sink};

/// The columns that a chart of costs by day and service needs.
const SIX: [&str; 6] = ["ChargePeriodStart", "ServiceName", "SubAccountId", "RegionId", "BilledCost", "EffectiveCost"];

/// The columns that the rivals produce, see `rivals`. `measure.py` reads the same ones.
const MAIN: &str = include_str!("main-columns.txt");

#[derive(Default)]
struct Arguments {
    threads: Option<usize>,
    columns: Option<Vec<&'static str>>,
    text: TextEncoding,
    block: Option<usize>,
    batch: Option<usize>,
    /// Whether all batches are kept until the end, as in a program that needs the whole table in memory.
    hold: bool,
    output: Option<PathBuf>,
    cloud: Option<String>,
    files: Vec<PathBuf>,
}

fn arguments(mut given: impl Iterator<Item = String>) -> Arguments {
    let mut arguments = Arguments::default();
    while let Some(argument) = given.next() {
        match argument.as_str() {
            "--threads" => arguments.threads = Some(given.next().unwrap().parse().unwrap()),
            "--columns" => {
                arguments.columns = match given.next().as_deref() {
                    Some("six") => Some(SIX.to_vec()),
                    Some("main") => Some(MAIN.lines().collect()),
                    Some(names) if names != "all" => Some(names.to_owned().leak().split(',').collect()),
                    _ => None,
                };
            }
            "--batch" => arguments.batch = Some(given.next().unwrap().parse().unwrap()),
            "--hold" => arguments.hold = true,
            "--block" => arguments.block = Some(given.next().unwrap().parse().unwrap()),
            "--cloud" => arguments.cloud = given.next(),
            "--output" => arguments.output = given.next().map(PathBuf::from),
            "--text" => {
                arguments.text = match given.next().as_deref() {
                    Some("dictionary") => TextEncoding::Dictionary,
                    Some("view") => TextEncoding::View,
                    _ => TextEncoding::Utf8,
                };
            }
            file => arguments.files.push(PathBuf::from(file)),
        }
    }
    arguments
}

/// Only inflates the files and discards the text. This is the lower bound of a read's duration.
fn inflate(files: &[PathBuf]) {
    let mut buffer = vec![0; 256 << 10];
    for file in files {
        let mut inflated = MultiGzDecoder::new(std::fs::File::open(file).unwrap());
        while inflated.read(&mut buffer).unwrap() > 0 {}
    }
}

/// Returns the rows, the billed cost, and the held batches. They are freed after timing stops, as in the rivals.
fn read(arguments: Arguments) -> (u64, String, Vec<RecordBatch>) {
    let mut builder = Reader::builder().text(arguments.text);
    if let Some(threads) = arguments.threads {
        builder = builder.threads(threads);
    }
    if let Some(columns) = arguments.columns {
        builder = builder.columns(columns);
    }
    if let Some(bytes) = arguments.block {
        builder = builder.block_bytes(bytes);
    }
    if let Some(rows) = arguments.batch {
        builder = builder.batch_rows(rows);
    }
    let mut reader = match arguments.cloud {
        Some(endpoint) => {
            let month = arguments.files[0].to_str().unwrap();
            let connector = Connector::builder().endpoint(endpoint).access_key("AKIABENCH00000000000", "secret", None);
            block_on(connector.location("bench", "reports/bench").build().unwrap().read(month, builder)).unwrap()
        }
        None => builder.read(arguments.files).unwrap(),
    };
    let mut sink = arguments.output.map(|path| sink::for_path(path, reader.schema()).unwrap());
    let mut rows = 0;
    let mut held = Vec::new();
    for batch in &mut reader {
        let batch = batch.unwrap();
        rows += batch.num_rows() as u64;
        if let Some(sink) = &mut sink {
            sink.write(&batch).unwrap();
        }
        if arguments.hold {
            held.push(batch);
        }
    }
    if let Some(sink) = sink {
        sink.finish(&reader.metadata()).unwrap();
    }
    let totals = reader.totals();
    totals.check().unwrap();
    let costs = totals.costs();
    (rows, costs.get("USD").map(|costs| costs.billed.to_string()).unwrap_or_default(), held)
}

fn main() {
    let mut given = std::env::args().skip(1);
    let what = given.next().unwrap_or_default();
    let arguments = arguments(given);
    let staged = |stage| arguments.files.iter().map(|file: &PathBuf| run(Path::new(file), stage).unwrap()).sum::<u64>();
    let start = Instant::now();
    let (rows, billed, _held) = match what.as_str() {
        "inflate" => {
            inflate(&arguments.files);
            (0, String::new(), Vec::new())
        }
        "records" => (staged(Stage::Records), String::new(), Vec::new()),
        "columns" => (staged(Stage::Columns), String::new(), Vec::new()),
        "read" => read(arguments),
        other => panic!("`{other}` is none of inflate, records, columns, read"),
    };
    let seconds = start.elapsed().as_secs_f64();
    println!("{{\"seconds\":{seconds:.4},\"rows\":{rows},\"billed\":\"{billed}\"}}");
}
