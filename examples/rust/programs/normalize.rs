//! Reports in, a file and a table of services out, with the proof that nothing was lost or doubled.

use outlay::{Builder, Error, Maps, OnError, Progress, printable, sink};

use crate::Services;

/// What follows the program's name.
pub const USAGE: &str = "REPORT... [--output FILE.parquet|.csv|.arrow] [--columns A,B] [--maps map|json]
                 [--threads N] [--on-error stop|quarantine] [--quarantine FILE] [--json]";

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
    pub maps: Option<Maps>,
    /// Threads that read.
    pub threads: Option<usize>,
    /// What happens to a record that cannot be understood.
    pub on_error: OnError,
    /// The file for such records.
    pub quarantine: Option<String>,
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
                        "map" => Some(Maps::Map),
                        "json" => Some(Maps::Json),
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
}

/// What is printed in the end.
#[derive(Debug)]
pub struct Proof {
    /// Tables and checks, or one JSON object.
    pub text: String,
    /// Whether everything is proven.
    pub is_proven: bool,
}

/// Reads and writes.
pub fn normalize(arguments: &Arguments, builder: Builder, mut tell: impl FnMut(Event<'_>)) -> Result<Proof, Error> {
    let mut builder = builder.on_error(arguments.on_error);
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
    if let Some(maps) = arguments.maps.or(is_csv.then_some(Maps::Json)) {
        builder = builder.maps(maps);
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
    if let Some(file) = file {
        file.finish(&reader.metadata())?;
    }
    let totals = reader.totals();
    let text = if arguments.json {
        serde_json::to_string(&totals.summary()).unwrap_or_default()
    } else {
        format!("{}{}", services.tables(&totals), totals.summary())
    };
    Ok(Proof { text, is_proven: totals.check().is_ok() })
}

/// The columns that are kept come first in every batch.
fn unreachable_projection(error: arrow::error::ArrowError) -> Error {
    Error::Option { option: "columns", reason: error.to_string() }
}
