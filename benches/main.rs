//! How long a whole read takes, as a ratio to inflating the same file alone. Prints medians of interleaved runs.
#![allow(clippy::print_stdout, clippy::float_arithmetic, clippy::unwrap_used, reason = "a benchmark prints times")]

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::time::Instant;

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use outlay::Reader;

const ROWS: u64 = 200_000;
const RUNS: usize = 5;

/// A daily report of usage with tags, costs mostly in exponent form.
fn report() -> Vec<u8> {
    let mut header = String::from(
        "identity/LineItemId,bill/PayerAccountId,bill/InvoiceId,bill/BillingPeriodStartDate,bill/BillingPeriodEndDate,\
         lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/ProductCode,\
         lineItem/UsageType,lineItem/Operation,lineItem/ResourceId,lineItem/UsageAmount,lineItem/CurrencyCode,\
         lineItem/UnblendedRate,lineItem/UnblendedCost,lineItem/LineItemDescription,lineItem/LegalEntity,product/ProductName,\
         product/regionCode,product/sku,pricing/unit,pricing/currency,pricing/publicOnDemandRate,pricing/publicOnDemandCost",
    );
    for number in 0..30 {
        let _ = write!(header, ",resourceTags/user:tag{number}");
    }
    for number in 0..60 {
        let _ = write!(header, ",product/attribute{number}");
    }
    let mut text = header + "\n";
    for row in 0..ROWS {
        let (amount, day) = (row % 977 + 1, row % 28 + 1);
        let cost = amount * 4;
        let _ = write!(
            text,
            "{row:052},111122223333,1234567890,2026-09-01T00:00:00Z,2026-10-01T00:00:00Z,44445555{:04},Usage,\
             2026-09-{day:02}T00:00:00Z,2026-09-{:02}T00:00:00Z,AmazonS3,Requests-Tier{},GetObject,bucket-{},{amount}.0,USD,\
             0.0000000004,{}.{}E-8,\"$0.004 per 10,000 GET and all other requests\",\"Amazon Web Services, Inc.\",\
             Amazon Simple Storage Service,eu-west-1,SKU{:013},Requests,USD,4.0E-10,{}.{}E-8",
            row % 40,
            day + 1,
            row % 3,
            row % 500,
            cost / 100,
            cost % 100,
            row % 90,
            cost / 100,
            cost % 100,
        );
        for number in 0..30 {
            if (row + number) % 3 == 0 {
                let _ = write!(text, ",value-{}", (row / 7 + number) % 50);
            } else {
                text.push(',');
            }
        }
        text.push_str(&",".repeat(60));
        text.push('\n');
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::new(6));
    gzip.write_all(text.as_bytes()).unwrap();
    println!("{ROWS} rows, {} MB of CSV", text.len() / 1_000_000);
    gzip.finish().unwrap()
}

fn seconds(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    let path = std::env::temp_dir().join(format!("outlay-bench-{}.csv.gz", std::process::id()));
    std::fs::write(&path, report()).unwrap();
    let inflate = || {
        let mut buffer = vec![0; 1 << 20];
        let mut inflated = MultiGzDecoder::new(std::fs::File::open(&path).unwrap());
        while inflated.read(&mut buffer).unwrap() > 0 {}
    };
    let read = |columns: Option<[&str; 6]>| {
        let mut builder = Reader::builder().threads(1);
        if let Some(columns) = columns {
            builder = builder.columns(columns);
        }
        let mut reader = builder.read(&path).unwrap();
        let rows: u64 = (&mut reader).map(|batch| batch.unwrap().num_rows() as u64).sum();
        let totals = reader.totals();
        totals.check().unwrap();
        assert_eq!((rows, totals.rows_in()), (ROWS, ROWS));
    };
    let six = ["ChargePeriodStart", "ServiceName", "SubAccountId", "RegionId", "BilledCost", "EffectiveCost"];
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..RUNS {
        times[0].push(seconds(inflate));
        times[1].push(seconds(|| read(None)));
        times[2].push(seconds(|| read(Some(six))));
    }
    let [inflate, all, six] = times.map(median);
    println!("inflate alone    {inflate:.3} s");
    println!("all columns      {all:.3} s, {:.2} x inflate", all / inflate);
    println!("six columns      {six:.3} s, {:.2} x inflate", six / inflate);
    std::fs::remove_file(&path).unwrap();
}
