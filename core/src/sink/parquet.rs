//! Parquet: zstd, dictionaries, statistics of times; facts about the file in its footer.

use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use super::{Pending, Sink, write_error};
use crate::error::Result;

/// Rows of a row group: enough for readers to skip and to share work, as DuckDB and Spark like them.
const GROUP_ROWS: usize = 1_000_000;
/// Bytes of memory that a row group under construction may take; past them it is written, however few rows it has.
const GROUP_BYTES: usize = 20 << 20;

/// A Parquet file under construction.
#[derive(Debug)]
pub struct ParquetSink {
    path: PathBuf,
    writer: ArrowWriter<Pending>,
}

impl ParquetSink {
    /// Begins a file.
    pub fn create(path: impl AsRef<Path>, schema: SchemaRef) -> Result<Self> {
        let path = path.as_ref();
        let mut properties = WriterProperties::builder()
            // Level 1 is where zstd gives most for its time; decimals and dictionaries gain little from more.
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_statistics_enabled(EnabledStatistics::None)
            .set_created_by(concat!("outlay ", env!("CARGO_PKG_VERSION")).to_owned());
        // Of text and decimals the writer keeps the pages that the least and the greatest value lie in until the file is
        // complete: memory would grow with the file. Whole numbers are kept by value, and readers skip by time.
        for field in schema.fields() {
            if matches!(field.data_type(), DataType::Timestamp(..) | DataType::Int64) {
                let column = ColumnPath::new(vec![field.name().clone()]);
                properties = properties.set_column_statistics_enabled(column, EnabledStatistics::Chunk);
            }
        }
        let properties = properties.build();
        let pending = Pending::create(path)?;
        let writer =
            ArrowWriter::try_new(pending, schema, Some(properties)).map_err(|error| write_error(path, error))?;
        Ok(Self { path: path.to_owned(), writer })
    }
}

impl Sink for ParquetSink {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let written = self.writer.write(batch).and_then(|()| match self.writer.memory_size() > GROUP_BYTES {
            true => self.writer.flush(),
            false => Ok(()),
        });
        written.map_err(|error| write_error(&self.path, error))
    }

    fn finish(mut self: Box<Self>, metadata: &[(String, String)]) -> Result<()> {
        for (key, value) in metadata {
            self.writer.append_key_value_metadata(KeyValue::new(key.clone(), value.clone()));
        }
        let path = self.path;
        let pending = self.writer.into_inner().map_err(|error| write_error(&path, error))?;
        pending.complete()
    }
}
