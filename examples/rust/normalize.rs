//! A cost report in, FOCUS out, and the proof that nothing was lost or doubled.
//!
//! `normalize REPORT... [--output FILE.parquet|.csv|.arrow] [--columns A,B] [--threads N]
//! [--on-error stop|quarantine] [--quarantine FILE] [--json]`
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program's output")]

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::process::ExitCode;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::Decimal128Type;
use indicatif::{ProgressBar, ProgressStyle};
use outlay::{Decimal, Error, Maps, OnError, Reader, Sum, Totals, sink};
use outlay_examples::table;

const USAGE: &str = "usage: normalize REPORT... [--output FILE.parquet|.csv|.arrow] [--columns A,B] [--threads N]
                 [--on-error stop|quarantine] [--quarantine FILE] [--json]";

/// What the table shows, beside the totals.
const SHOWN: [&str; 4] = ["ServiceName", "BillingCurrency", "BilledCost", "EffectiveCost"];

#[derive(Default)]
struct Arguments {
    reports: Vec<String>,
    output: Option<String>,
    columns: Option<Vec<String>>,
    threads: Option<usize>,
    on_error: OnError,
    quarantine: Option<String>,
    json: bool,
}

fn arguments() -> Result<Arguments, String> {
    let mut arguments = Arguments::default();
    let mut given = std::env::args().skip(1);
    while let Some(argument) = given.next() {
        let mut value = || given.next().ok_or(format!("{argument} wants a value"));
        match argument.as_str() {
            "--output" => arguments.output = Some(value()?),
            "--columns" => arguments.columns = Some(value()?.split(',').map(|name| name.trim().to_owned()).collect()),
            "--threads" => {
                let number = value()?;
                let threads = number.parse().ok().filter(|&threads| threads > 0);
                arguments.threads = Some(threads.ok_or(format!("--threads wants a number from 1, not `{number}`"))?);
            }
            "--on-error" => {
                arguments.on_error = match value()?.as_str() {
                    "stop" => OnError::Stop,
                    "quarantine" => OnError::Quarantine,
                    other => return Err(format!("--on-error is stop or quarantine, not `{other}`")),
                }
            }
            "--quarantine" => arguments.quarantine = Some(value()?),
            "--json" => arguments.json = true,
            "--help" | "-h" => return Err(String::new()),
            option if option.starts_with('-') => return Err(format!("{option} is not an option")),
            _ => arguments.reports.push(argument),
        }
    }
    if arguments.reports.is_empty() {
        return Err("no report is named".to_owned());
    }
    Ok(arguments)
}

fn main() -> ExitCode {
    let arguments = match arguments() {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("{problem}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match normalize(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{}: {error}", error.code());
            ExitCode::FAILURE
        }
    }
}

/// Billed and effective cost, by currency and service.
type Services = BTreeMap<(String, String), (Sum, Sum)>;

/// Reads, writes and prints. Whether everything is proven.
fn normalize(arguments: &Arguments) -> Result<bool, Error> {
    let mut builder = Reader::builder().on_error(arguments.on_error);
    if let Some(file) = &arguments.quarantine {
        builder = builder.quarantine_file(file);
    }
    if let Some(threads) = arguments.threads {
        builder = builder.threads(threads);
    }
    // The table needs its columns as well, whatever goes into the file. Without a choice all columns are made, for
    // prices and nulls are proven only where they are.
    let chosen = arguments.columns.clone().filter(|_| arguments.output.is_some());
    if let Some(columns) = &arguments.columns {
        let more = SHOWN.iter().map(|&name| name.to_owned()).filter(|name| !columns.contains(name));
        builder = builder.columns(columns.iter().cloned().chain(more));
    }
    if arguments.output.as_deref().is_some_and(|path| path.ends_with(".csv")) {
        builder = builder.maps(Maps::Json);
    }
    let mut reader = builder.read(&arguments.reports)?;
    let kept: Vec<usize> = (0..chosen.as_ref().map_or(reader.schema().fields().len(), Vec::len)).collect();
    let mut file = match &arguments.output {
        Some(path) => {
            let schema = reader.schema().project(&kept).map_err(unreachable_projection)?;
            Some(sink::for_path(path, schema.into())?)
        }
        None => None,
    };
    let bar = progress_bar(reader.progress().bytes_total, arguments.json);
    let mut services = Services::new();
    while let Some(batch) = reader.next() {
        let batch = batch?;
        add(&mut services, &batch);
        if let Some(file) = &mut file {
            file.write(&batch.project(&kept).map_err(unreachable_projection)?)?;
        }
        bar.set_position(reader.progress().bytes_done);
        if arguments.quarantine.is_none() {
            for record in reader.take_quarantined() {
                bar.suspend(|| eprintln!("set aside: {}", record.error));
            }
        }
    }
    bar.finish_and_clear();
    if arguments.quarantine.is_none() {
        for record in reader.take_quarantined() {
            eprintln!("set aside: {}", record.error);
        }
    }
    if let Some(file) = file {
        file.finish(&reader.metadata())?;
    }
    let totals = reader.totals();
    if arguments.json {
        println!("{}", serde_json::to_string(&totals.summary()).unwrap_or_default());
    } else {
        print(&services, &totals);
    }
    Ok(totals.check().is_ok())
}

/// The columns that are kept come first in every batch.
fn unreachable_projection(error: arrow::error::ArrowError) -> Error {
    Error::Option { option: "columns", reason: error.to_string() }
}

/// A bar on a terminal, for reads that take a while.
fn progress_bar(bytes: u64, json: bool) -> ProgressBar {
    const LONG: u64 = 8 << 20;
    if json || bytes < LONG || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}");
    ProgressBar::new(bytes).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn add(services: &mut Services, batch: &RecordBatch) {
    let [Some(names), Some(currencies), Some(billed), Some(effective)] = SHOWN.map(|name| batch.column_by_name(name))
    else {
        return;
    };
    let (names, currencies) = (names.as_string::<i32>(), currencies.as_string::<i32>());
    let [billed, effective] = [billed, effective].map(|costs| costs.as_primitive::<Decimal128Type>());
    let text =
        |array: &arrow::array::StringArray, row| if array.is_valid(row) { array.value(row) } else { "" }.to_owned();
    for row in 0..batch.num_rows() {
        let sums = services.entry((text(currencies, row), text(names, row))).or_default();
        sums.0 += Decimal::from_unscaled(billed.value(row));
        sums.1 += Decimal::from_unscaled(effective.value(row));
    }
}

/// Services that the table names, the largest first; the rest is one line.
const LINES: usize = 15;

fn print(services: &Services, totals: &Totals) {
    let mut currencies: Vec<&str> = services.keys().map(|(currency, _)| currency.as_str()).collect();
    currencies.dedup();
    for currency in currencies {
        let mut lines: Vec<(&str, Sum, Sum)> = services
            .iter()
            .filter(|((known, _), _)| known == currency)
            .map(|((_, name), (billed, effective))| (name.as_str(), *billed, *effective))
            .collect();
        lines.sort_by_key(|(_, billed, effective)| std::cmp::Reverse(billed.abs().max(effective.abs())));
        let mut rest = (lines.len().saturating_sub(LINES), Sum::ZERO, Sum::ZERO);
        for (_, billed, effective) in lines.iter().skip(LINES) {
            rest.1 += *billed;
            rest.2 += *effective;
        }
        lines.truncate(LINES);
        let mut cells =
            vec![vec![format!("Service ({currency})"), "BilledCost".to_owned(), "EffectiveCost".to_owned()]];
        for (name, billed, effective) in lines {
            cells.push(vec![name.to_owned(), billed.to_string(), effective.to_string()]);
        }
        if rest.0 > 0 {
            cells.push(vec![format!("{} more", rest.0), rest.1.to_string(), rest.2.to_string()]);
        }
        if let Some(costs) = totals.costs().get(currency) {
            cells.push(vec!["Total".to_owned(), costs.billed.to_string(), costs.effective.to_string()]);
        }
        println!("{}", table(&cells));
    }
    let summary = totals.summary();
    println!("{} rows in, {} rows out", summary.rows_in, summary.rows_out);
    let counts = summary.rows_dropped.iter().map(|(rule, count)| (format!("dropped: {rule}"), *count)).chain([
        ("split in two".to_owned(), summary.rows_split),
        ("closing rows".to_owned(), summary.rows_closing),
        ("quarantined".to_owned(), summary.rows_quarantined),
    ]);
    for (what, count) in counts.filter(|(_, count)| *count > 0) {
        println!("  {count} {what}");
    }
    println!();
    for check in &summary.checks {
        let verdict = match (check.applies, check.holds) {
            (_, false) => "BROKEN",
            (true, true) => "holds",
            (false, true) => "-",
        };
        println!("{verdict:>6}  {}: {}", check.name, check.detail);
    }
    for warning in &summary.warnings {
        println!("warning: {warning}");
    }
    let proven = summary.checks.iter().all(|check| check.holds);
    println!("\n{}", if proven { "proven: nothing was lost, nothing doubled" } else { "NOT PROVEN" });
}
