//! A complete read, and its output.

use std::ops::Range;

use arrow::error::ArrowError;

use super::Console;
use super::options::ReadOptions;
use super::output::Destination;
use super::policy::Policy;
use super::services;
use super::services::Services;
use crate::error::{Error, Result};
use crate::options::OnUnknownType;
use crate::read::builder::ReaderBuilder;
use crate::read::reader::Reader;
use crate::schema::encoding::MapEncoding;
use crate::totals::Totals;

/// Returns the builder for the options of a command. Those that were given replace what output and policy set.
pub fn builder(options: &ReadOptions, output: Option<&Destination>, policy: Policy) -> Result<ReaderBuilder> {
    let mut builder = Reader::builder();
    if output.is_some_and(Destination::is_csv) {
        builder = builder.maps(MapEncoding::Json);
    }
    if policy.strict {
        builder = builder.on_unknown_type(OnUnknownType::Stop);
    }
    // The table of services has exact sums.
    Ok(options.apply(builder)?.convert_later())
}

/// Adds the columns that [`Services`] needs, even if the output does not have them. Returns the indexes of the added ones.
///
/// Without a selection all columns are computed, because prices and nulls are checked only in computed columns.
pub fn with_services(builder: ReaderBuilder, options: &ReadOptions) -> (ReaderBuilder, Range<usize>) {
    // The columns of the report itself have other names.
    let Some(chosen) = options.texts("columns").filter(|_| !options.is("schema", "cur")) else {
        return (builder, 0..0);
    };
    let more = Services::COLUMNS.into_iter().filter(|name| !chosen.iter().any(|column| column == name));
    let columns: Vec<String> = chosen.iter().cloned().chain(more.map(str::to_owned)).collect();
    let hidden = chosen.len()..columns.len();
    (builder.columns(columns), hidden)
}

/// The use of the batches of a read.
pub struct Reading<'a> {
    /// Where they are written.
    pub output: Option<Destination>,
    /// The columns that are written, by index.
    pub kept: Vec<usize>,
    /// Which reads are accepted.
    pub policy: Policy,
    /// Whether progress is shown.
    pub shows_progress: bool,
    pub should_stop: &'a dyn Fn() -> bool,
}

/// A completed read.
pub struct Done {
    pub totals: Totals,
    pub services: Services,
    /// Why the output was not written.
    pub withheld: Option<String>,
    /// Whether standard output was closed before its end.
    pub is_cut_off: bool,
}

impl Reading<'_> {
    /// Reads all batches. The output is completed only if the read is accepted, see [`Policy`].
    pub fn run(&self, reader: &mut Reader, console: &mut dyn Console) -> Result<Done> {
        let begin = |reader: &Reader| match &self.output {
            Some(output) => {
                let schema = reader.schema().project(&self.kept).map_err(not_projected)?;
                output.begin(reader.converted_schema(&schema)).map(Some)
            }
            None => Ok(None),
        };
        if let Some(output) = &self.output {
            output.check(reader)?;
        }
        let mut writer = begin(reader)?;
        let mut services = Services::default();
        self.show(reader, console);
        while let Some(batch) = reader.next() {
            match batch {
                Ok(batch) => {
                    services.add(&batch)?;
                    if let Some(writer) = &mut writer {
                        let kept = batch.project(&self.kept).map_err(not_projected)?;
                        let currencies = services::currencies(&batch)?;
                        writer.write(&reader.convert(kept, |row| services::text(currencies.as_ref(), row))?)?;
                    }
                }
                // The report was rewritten. The read starts again, so all results are discarded.
                Err(error) => {
                    reader.restart(error)?;
                    writer = begin(reader)?;
                    services = Services::default();
                }
            }
            self.show(reader, console);
            report_quarantined(reader, console);
        }
        report_quarantined(reader, console);
        if (self.should_stop)() {
            return Err(Error::Stopped);
        }
        let totals = reader.totals();
        let withheld = self.output.as_ref().and_then(|output| self.policy.withholds(&output.name(), totals.outcome()));
        let is_cut_off = match (writer, &withheld) {
            (Some(writer), None) => !writer.finish(&reader.metadata(), console, self.should_stop)?,
            _ => false,
        };
        Ok(Done { totals, services, withheld, is_cut_off })
    }

    fn show(&self, reader: &Reader, console: &mut dyn Console) {
        if self.shows_progress {
            console.progress(&reader.progress());
        }
    }
}

/// The written columns are columns of each batch, so this error is not expected.
fn not_projected(error: ArrowError) -> Error {
    Error::option("columns", error.to_string())
}

fn report_quarantined(reader: &mut Reader, console: &mut dyn Console) {
    for record in reader.take_quarantined() {
        console.report(&format!("set aside: {}", record.error));
    }
}
