//! The files and streams that a reader writes: settings from JavaScript as the core's values.

use std::num::NonZero;
use std::thread;

use napi_derive::napi;
use outlay::Error;
use outlay::arrow::datatypes::SchemaRef;
use outlay::sink::{CsvOptions, ParquetOptions, ParquetSink, Sink, Target};

use crate::encode::Outlet;
use crate::failure::Failure;

/// The name of a stream in errors.
pub const STREAM: &str = "stream";

/// A file to write, or a folder with `partitionBy`.
#[napi(object, object_to_js = false)]
pub struct FileSettings {
    pub path: String,
    /// `parquet`, `ipc` or `csv`.
    pub kind: String,
    /// The number of encoder threads.
    pub threads: Option<u32>,
    /// The option of CSV.
    pub spreadsheet_safe: Option<bool>,
    /// The options of Parquet.
    pub compression: Option<String>,
    pub row_group_rows: Option<u32>,
    pub partition_by: Option<Vec<String>>,
}

/// A stream of Parquet to write.
#[napi(object, object_to_js = false)]
#[derive(Debug)]
pub struct StreamSettings {
    /// The number of encoder threads.
    pub threads: Option<u32>,
    pub compression: Option<String>,
    pub row_group_rows: Option<u32>,
}

impl FileSettings {
    pub fn target(self) -> Result<Target, Failure> {
        let csv = CsvOptions::default().spreadsheet_safe(self.spreadsheet_safe == Some(true));
        let parquet = parquet(self.compression.as_deref(), self.row_group_rows)?;
        let parquet = parquet.partition_by(self.partition_by.unwrap_or_default());
        let target = Target::new(self.path, self.kind.parse()?).csv(csv).parquet(parquet);
        Ok(self.threads.into_iter().fold(target, |target, threads| target.threads(threads as usize)))
    }
}

impl StreamSettings {
    /// Creates the sink that writes to an outlet.
    pub fn sink(&self, outlet: Outlet, schema: SchemaRef) -> Result<Box<dyn Sink + Send>, Error> {
        let options = parquet(self.compression.as_deref(), self.row_group_rows)?;
        options.validate()?;
        let properties = options.properties(&schema).build();
        let threads = match self.threads {
            Some(threads) => threads as usize,
            None => thread::available_parallelism().map_or(1, NonZero::get),
        };
        Ok(Box::new(ParquetSink::with_properties(STREAM, outlet, schema, properties, threads)?))
    }
}

fn parquet(compression: Option<&str>, row_group_rows: Option<u32>) -> Result<ParquetOptions, Error> {
    let mut options = ParquetOptions::default();
    if let Some(compression) = compression {
        options = options.compression(compression.parse()?);
    }
    if let Some(rows) = row_group_rows {
        options = options.row_group_rows(rows as usize);
    }
    Ok(options)
}
