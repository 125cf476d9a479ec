//! `outlay normalize`: converts reports to a file, and prints a table of services.

use super::Console;
use super::arguments::Normalize;
use super::reading::Reading;
use super::services::Services;
use crate::error::Result;
use crate::options::OnUnknownType;
use crate::read::builder::ReaderBuilder;
use crate::read::reader::Reader;
use crate::read::setting::OptionValue;
use crate::schema::encoding::MapEncoding;
use crate::sink::Format;

/// Reads, writes the file if one is named, and prints the totals. Returns true if the read is accepted, see
/// [`Policy`](super::policy::Policy).
pub fn normalize(
    arguments: &Normalize,
    console: &mut dyn Console,
    should_stop: &(impl Fn() -> bool + Clone + Send + Sync + 'static),
) -> Result<bool> {
    let mut reader = builder(arguments)?.stop_when(should_stop.clone()).read(&arguments.reports)?;
    let reading = Reading {
        output: arguments.output.as_deref(),
        columns: chosen(arguments).map_or(reader.schema().fields().len(), <[String]>::len),
        csv: arguments.csv.options(),
        policy: arguments.policy,
        shows_progress: !arguments.json,
        should_stop,
    };
    let done = reading.run(&mut reader, console)?;
    if let Some(reason) = &done.withheld {
        console.report(reason);
    }
    let summary = done.totals.summary();
    if arguments.json {
        console.print(&serde_json::to_string(&summary).unwrap_or_default());
    } else {
        console.print(&format!("{}{summary}", done.services.tables(&done.totals)));
    }
    Ok(arguments.policy.is_good(done.totals.outcome()))
}

/// The selected columns of the file, if any.
fn chosen(arguments: &Normalize) -> Option<&[String]> {
    arguments.columns.as_deref().filter(|_| arguments.output.is_some())
}

fn builder(arguments: &Normalize) -> Result<ReaderBuilder> {
    let mut builder = Reader::builder();
    for (name, value) in
        [("maps", &arguments.maps), ("on_error", &arguments.on_error), ("on_unknown", &arguments.on_unknown)]
    {
        if let Some(value) = value {
            builder = builder.set(name, OptionValue::Text(value.clone()))?;
        }
    }
    // The table of services has exact sums.
    builder = builder.decimals(arguments.decimals).convert_later();
    let is_csv = arguments.output.as_ref().is_some_and(|path| Format::of_path(path).ok() == Some(Format::Csv));
    if is_csv && arguments.maps.is_none() {
        builder = builder.maps(MapEncoding::Json);
    }
    if arguments.policy.strict {
        builder = builder.on_unknown_type(OnUnknownType::Stop);
    }
    if let Some(file) = &arguments.quarantine {
        builder = builder.quarantine_file(file);
    }
    if let Some(threads) = arguments.threads {
        builder = builder.threads(threads);
    }
    // The table of services needs its columns even if the file does not have them. Without a selection all columns are
    // computed, because prices and nulls are checked only in computed columns.
    if let Some(columns) = &arguments.columns {
        let columns = columns.iter().map(|name| name.trim().to_owned());
        let more = Services::COLUMNS.map(str::to_owned);
        let more = more.into_iter().filter(|name| !columns.clone().any(|column| column == *name));
        builder = builder.columns(columns.clone().chain(more));
    }
    Ok(builder)
}
