//! Options of Parquet files.

use arrow::datatypes::SchemaRef;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterPropertiesBuilder;

use super::parquet::{GROUP_ROWS, properties};
use crate::error::{Error, Result};
use crate::value::words::option_words;

/// How a [`Target`](super::Target) is written as Parquet: compression, size of row groups, and partitions.
///
/// # Examples
///
/// ```
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
/// # let path = std::env::temp_dir().join(format!("outlay-doc-parquet-options-{}", std::process::id()));
/// use outlay::sink::{Format, ParquetCompression, ParquetOptions, Target};
///
/// let options = ParquetOptions::default().compression(ParquetCompression::Snappy).partition_by(["ServiceName"]);
/// let target = Target::new(&path, Format::Parquet).parquet(options);
/// let mut reader = outlay::Reader::builder().read(folder)?;
/// reader.save_to(target)?;
/// reader.check()?;
/// assert!(path.join("ServiceName=AmazonCloudWatch/part-0.parquet").exists());
/// # std::fs::remove_dir_all(path).unwrap();
/// # Ok::<(), outlay::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParquetOptions {
    compression: ParquetCompression,
    row_group_rows: usize,
    partition_by: Vec<String>,
}

/// The compression of Parquet files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParquetCompression {
    /// zstd at level 1. The default.
    #[default]
    Zstd,
    /// Snappy: larger files, which take less time to write.
    Snappy,
    /// No compression.
    None,
}

option_words!(ParquetCompression, "compression": "zstd" => Zstd, "snappy" => Snappy, "none" => None);

impl Default for ParquetOptions {
    fn default() -> Self {
        Self { compression: ParquetCompression::default(), row_group_rows: GROUP_ROWS, partition_by: Vec::new() }
    }
}

impl ParquetOptions {
    /// Sets the compression. Default: zstd.
    #[must_use]
    pub fn compression(mut self, compression: ParquetCompression) -> Self {
        self.compression = compression;
        self
    }

    /// Sets the maximum number of rows of a row group. Default: a million. A row group also ends when it uses 20 MiB of
    /// memory.
    #[must_use]
    pub fn row_group_rows(mut self, rows: usize) -> Self {
        self.row_group_rows = rows;
        self
    }

    /// Writes a folder with one file for each combination of values of these columns, see
    /// [`PartitionedSink`](super::PartitionedSink). Default: none, one file.
    #[must_use]
    pub fn partition_by<T: Into<String>>(mut self, columns: impl IntoIterator<Item = T>) -> Self {
        self.partition_by = columns.into_iter().map(Into::into).collect();
        self
    }

    /// Returns the columns of [`partition_by`](Self::partition_by); empty for one file.
    pub fn partition_columns(&self) -> &[String] {
        &self.partition_by
    }

    /// Returns the properties for a file with a schema, for a [`ParquetSink`](super::ParquetSink) over a writer.
    pub fn properties(&self, schema: &SchemaRef) -> WriterPropertiesBuilder {
        let compression = match self.compression {
            ParquetCompression::Zstd => Compression::ZSTD(ZstdLevel::default()),
            ParquetCompression::Snappy => Compression::SNAPPY,
            ParquetCompression::None => Compression::UNCOMPRESSED,
        };
        properties(schema).set_compression(compression).set_max_row_group_row_count(Some(self.row_group_rows))
    }

    /// Checks the options.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] if a row group could have no row.
    pub fn validate(&self) -> Result<()> {
        match self.row_group_rows {
            0 => Err(Error::option("row_group_rows", "it is at least 1, got 0")),
            _ => Ok(()),
        }
    }
}
