//! A complete read, and its output file.

use std::path::Path;

use arrow::error::ArrowError;

use super::Console;
use super::policy::Policy;
use super::services::Services;
use crate::error::{Error, Result};
use crate::read::reader::Reader;
use crate::sink::{CsvOptions, Target};
use crate::totals::Totals;

/// The use of the batches of a read.
pub struct Reading<'a> {
    /// The file to write.
    pub output: Option<&'a Path>,
    /// Number of leading columns that it contains.
    pub columns: usize,
    /// Options of the file, if it is CSV.
    pub csv: CsvOptions,
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
    /// Why the file was not written.
    pub withheld: Option<String>,
}

impl Reading<'_> {
    /// Reads all batches. The file is moved into place only if the read is accepted, see [`Policy`].
    pub fn run(&self, reader: &mut Reader, console: &mut dyn Console) -> Result<Done> {
        let target = self.output.map(Target::for_path).transpose()?.map(|target| target.csv(self.csv));
        let kept: Vec<usize> = (0..self.columns).collect();
        let begin = |reader: &Reader| match &target {
            Some(target) => {
                let schema = reader.schema().project(&kept).map_err(not_projected)?;
                target.begin(reader.converted_schema(&schema)).map(Some)
            }
            None => Ok(None),
        };
        if let Some(target) = &target {
            reader.may_write(target.path())?;
        }
        let mut file = begin(reader)?;
        let mut services = Services::default();
        self.show(reader, console);
        while let Some(batch) = reader.next() {
            match batch {
                Ok(batch) => {
                    services.add(&batch);
                    if let Some(file) = &mut file {
                        let kept = batch.project(&kept).map_err(not_projected)?;
                        file.write(&reader.convert(kept)?)?;
                    }
                }
                // The report was rewritten. The read starts again, so all results are discarded.
                Err(error) => {
                    reader.restart(error)?;
                    file = begin(reader)?;
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
        let withheld = self.output.and_then(|path| self.policy.withholds(path, totals.outcome()));
        if let (Some(file), None) = (file, &withheld) {
            file.finish(&reader.metadata())?;
        }
        Ok(Done { totals, services, withheld })
    }

    fn show(&self, reader: &Reader, console: &mut dyn Console) {
        if self.shows_progress {
            console.progress(&reader.progress());
        }
    }
}

/// The columns of the file are the first of each batch, so this error is not expected.
fn not_projected(error: ArrowError) -> Error {
    Error::option("columns", error.to_string())
}

fn report_quarantined(reader: &mut Reader, console: &mut dyn Console) {
    for record in reader.take_quarantined() {
        console.report(&format!("set aside: {}", record.error));
    }
}
