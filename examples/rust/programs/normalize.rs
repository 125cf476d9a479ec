//! Reports in, a file and a table of services out, with the proof that nothing was lost or doubled.

use std::path::Path;

use outlay::{
    Error, MapEncoding, OnError, OnUnknown, OnUnknownType, Outcome, Progress, ReaderBuilder, printable, sink,
};

use crate::{Policy, Services};

/// What follows the program's name.
pub const USAGE: &str = "REPORT... [--output FILE.parquet|.csv|.arrow] [--columns A,B] [--maps map|json]
                 [--threads N] [--on-error stop|quarantine] [--quarantine FILE] [--on-unknown null|stop]
                 [--strict] [--keep-unproven] [--json]";

/// What the program is to do.
#[derive(Debug, Default)]
pub struct Arguments {
    /// Files, folders and manifests.
    pub reports: Vec<String>,
    /// The file to write.
    pub output: Option<String>,
    /// The columns of that file.
    pub columns: Option<Vec<String>>,
    /// How maps are written; default JSON in CSV, which has no other way, and maps elsewhere.
    pub maps: Option<MapEncoding>,
    /// Threads that read.
    pub threads: Option<usize>,
    /// What happens to a record that cannot be understood.
    pub on_error: OnError,
    /// The file for such records.
    pub quarantine: Option<String>,
    /// What happens to a cost that is not known.
    pub on_unknown: OnUnknown,
    /// Which reads are good enough, for the status and for the file.
    pub policy: Policy,
    /// Whether to print one JSON object.
    pub json: bool,
}

impl Arguments {
    /// The arguments behind the program's name; or what is wrong with them.
    pub fn parse(mut given: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self::default();
        while let Some(argument) = given.next() {
            let mut value = || given.next().ok_or(format!("{argument} wants a value"));
            match argument.as_str() {
                "--output" => arguments.output = Some(value()?),
                "--columns" => {
                    arguments.columns = Some(value()?.split(',').map(|name| name.trim().to_owned()).collect());
                }
                "--maps" => {
                    arguments.maps = match value()?.as_str() {
                        "map" => Some(MapEncoding::Map),
                        "json" => Some(MapEncoding::Json),
                        other => return Err(format!("--maps is map or json, not `{}`", printable(other))),
                    }
                }
                "--threads" => {
                    let number = value()?;
                    let threads = number.parse().ok().filter(|&threads| threads > 0);
                    arguments.threads =
                        Some(threads.ok_or(format!("--threads wants a number from 1, not `{number}`"))?);
                }
                "--on-error" => {
                    arguments.on_error = match value()?.as_str() {
                        "stop" => OnError::Stop,
                        "quarantine" => OnError::Quarantine,
                        other => return Err(format!("--on-error is stop or quarantine, not `{other}`")),
                    }
                }
                "--quarantine" => arguments.quarantine = Some(value()?),
                "--on-unknown" => {
                    arguments.on_unknown = match value()?.as_str() {
                        "null" => OnUnknown::Null,
                        "stop" => OnUnknown::Stop,
                        other => return Err(format!("--on-unknown is null or stop, not `{}`", printable(other))),
                    }
                }
                "--strict" => arguments.policy.strict = true,
                "--keep-unproven" => arguments.policy.keep_unproven = true,
                "--json" => arguments.json = true,
                "--help" | "-h" => return Err(String::new()),
                option if option.starts_with('-') => return Err(format!("{} is not an option", printable(option))),
                _ => arguments.reports.push(argument),
            }
        }
        if arguments.reports.is_empty() {
            return Err("no report is named".to_owned());
        }
        Ok(arguments)
    }
}

/// What happens meanwhile.
#[derive(Debug)]
pub enum Event<'a> {
    /// The report is open.
    Begun(Progress),
    /// A batch was read.
    Read(Progress),
    /// A record could not be understood, and there is no file for it.
    SetAside(&'a Error),
    /// The file is not put in its place, and why.
    Withheld(String),
}

/// What is printed in the end.
#[derive(Debug)]
pub struct Proof {
    /// Tables and checks, or one JSON object.
    pub text: String,
    /// What the checks come to.
    pub outcome: Outcome,
    /// Whether that is good enough: the program then ends with status 0.
    pub is_good: bool,
}

/// Reads and writes. A file is put in its place only when the read is good enough, see [`Policy`].
///
/// `is_over` is asked all the while whether the caller wants no more.
pub fn normalize(
    arguments: &Arguments,
    builder: ReaderBuilder,
    is_over: impl Fn() -> bool + Clone + Send + Sync + 'static,
    mut tell: impl FnMut(Event<'_>),
) -> Result<Proof, Error> {
    let mut builder = builder.on_error(arguments.on_error).on_unknown(arguments.on_unknown).stop_when(is_over.clone());
    if arguments.policy.strict {
        builder = builder.on_unknown_type(OnUnknownType::Stop);
    }
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
        let more = Services::COLUMNS.iter().map(|&name| name.to_owned()).filter(|name| !columns.contains(name));
        builder = builder.columns(columns.iter().cloned().chain(more));
    }
    let is_csv = arguments.output.as_deref().is_some_and(|path| path.ends_with(".csv"));
    if let Some(maps) = arguments.maps.or(is_csv.then_some(MapEncoding::Json)) {
        builder = builder.maps(maps);
    }
    let mut reader = builder.read(&arguments.reports)?;
    let kept: Vec<usize> = (0..chosen.as_ref().map_or(reader.schema().fields().len(), Vec::len)).collect();
    let mut file = match &arguments.output {
        Some(path) => {
            reader.may_write(path)?;
            let schema = reader.schema().project(&kept).map_err(unreachable_projection)?;
            Some(sink::for_path(path, schema.into())?)
        }
        None => None,
    };
    tell(Event::Begun(reader.progress()));
    let mut services = Services::default();
    while let Some(batch) = reader.next() {
        let batch = batch?;
        services.add(&batch);
        if let Some(file) = &mut file {
            file.write(&batch.project(&kept).map_err(unreachable_projection)?)?;
        }
        tell(Event::Read(reader.progress()));
        for record in reader.take_quarantined() {
            tell(Event::SetAside(&record.error));
        }
    }
    for record in reader.take_quarantined() {
        tell(Event::SetAside(&record.error));
    }
    let totals = reader.totals();
    let outcome = totals.outcome();
    if is_over() {
        return Err(Error::Stopped);
    }
    if let (Some(file), Some(path)) = (file, &arguments.output) {
        match arguments.policy.withholds(Path::new(path), outcome) {
            None => file.finish(&reader.metadata())?,
            Some(reason) => tell(Event::Withheld(reason)),
        }
    }
    let text = if arguments.json {
        serde_json::to_string(&totals.summary()).unwrap_or_default()
    } else {
        format!("{}{}", services.tables(&totals), totals.summary())
    };
    Ok(Proof { text, outcome, is_good: arguments.policy.is_good(outcome) })
}

/// The columns that are kept come first in every batch.
fn unreachable_projection(error: arrow::error::ArrowError) -> Error {
    Error::option("columns", error.to_string())
}
