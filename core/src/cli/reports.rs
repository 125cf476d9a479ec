//! `outlay head`, `outlay plan`: what a report has, without reading it whole. And how the commands open reports.

use std::path::{Path, PathBuf};

use super::arguments::{Head, PlanArguments};
use super::paint::Paint;
use super::{Console, json, shown};
use crate::display::Table;
use crate::error::{Error, Result};
use crate::read::builder::ReaderBuilder;
use crate::read::reader::Reader;
use crate::read::report::first_rows;
use crate::report::part::{Part, Plan};
use crate::sink::{Numbers, json_rows};
use crate::totals::asked::is_of_absent_names;

/// The path of standard input and standard output.
pub const STREAM: &str = "-";

/// Opens reports, or standard input.
pub fn open(reports: &[PathBuf], builder: ReaderBuilder, console: &mut dyn Console) -> Result<Reader> {
    if reports == [Path::new(STREAM)] {
        return builder.read_from("standard input", console.input());
    }
    refuse_stream(reports, "it is one object, so name no other report beside it")?;
    builder.read(reports)
}

/// Fails if standard input is among the reports.
fn refuse_stream(reports: &[PathBuf], reason: &str) -> Result<()> {
    if reports.iter().any(|path| path == Path::new(STREAM)) {
        return Err(Error::option("path", format!("`-` is standard input; {reason}")));
    }
    Ok(())
}

/// Prints the first rows.
pub fn head(
    arguments: &Head,
    console: &mut dyn Console,
    paint: Paint,
    should_stop: &(impl Fn() -> bool + Clone + Send + Sync + 'static),
) -> Result<bool> {
    let builder = arguments.options.apply(Reader::builder())?.stop_when(should_stop.clone());
    let start = |builder| open(&arguments.reports.reports, builder, console);
    let (rows, totals) = first_rows(builder, arguments.rows, start)?;
    // Names that the report does not have are known if it was read to its end.
    for absent in totals.warnings().iter().filter(|warning| is_of_absent_names(warning)) {
        console.report(&format!("warning: {absent}"));
    }
    if arguments.json {
        console.print(&shown(&json_rows(&rows, 0..rows.num_rows(), Numbers::Text)?));
        return Ok(true);
    }
    let table = Table::preview(&rows, arguments.rows)?;
    let table = match console.output_width() {
        Some(width) => table.fit(width),
        None => table,
    };
    console.print(&paint.header(&table.to_string()));
    Ok(true)
}

/// Prints the parts of a report.
pub fn plan(
    arguments: &PlanArguments,
    console: &mut dyn Console,
    paint: Paint,
    should_stop: &(impl Fn() -> bool + Clone + Send + Sync + 'static),
) -> Result<bool> {
    let builder = arguments.options.apply(Reader::builder())?.stop_when(should_stop.clone());
    refuse_stream(&arguments.reports.reports, "it has no parts")?;
    let plan = builder.plan(&arguments.reports.reports)?;
    if arguments.json {
        console.print(&json(&plan));
    } else {
        console.print(&paint.header(&table(&plan).to_string()));
    }
    Ok(true)
}

fn table(plan: &Plan) -> Table {
    let row = |part: &Part| {
        let period = part.period.map(|period| period.to_string()).unwrap_or_default();
        [part.object.clone(), period, part.delivery.clone().unwrap_or_default(), part.size.to_string()]
    };
    let bytes = plan.parts.iter().fold(0_u64, |sum, part| sum.saturating_add(part.size));
    let total = format!("{} part{}", plan.parts.len(), if plan.parts.len() == 1 { "" } else { "s" });
    let table = Table::new("", ["part", "month", "delivery", "bytes"])
        .rows(plan.parts.iter().map(row))
        .row([total, String::new(), String::new(), bytes.to_string()])
        .numeric();
    plan.warnings.iter().fold(table, |table, warning| table.note_about("warning", warning.to_string()))
}
