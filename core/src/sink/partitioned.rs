//! Folders of Parquet files by the values of columns, named as Hive does: `ServiceName=AmazonEC2/part-0.parquet`.
//!
//! In: batches, whose rows are divided among the files. Out: a complete folder or none. Rows are encoded on the calling
//! thread. The files being written hold few buffers and no file descriptor while they wait, so that memory and
//! descriptors do not depend on the number of files.

use std::collections::HashMap;
use std::fmt::{self, Write as _};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::datatypes::{DataType, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, ParquetMetaDataReader};
use parquet::file::properties::WriterProperties;

use super::cell::{Values, check};
use super::parquet::{pairs, properties};
use super::pending::PendingFolder;
use super::{Sink, SinkState};
use crate::error::{Error, Result, clip};
use crate::value::near::nearest;
use crate::value::timestamp;

/// The name of the file in each folder.
const FILE: &str = "part-0.parquet";
/// Maximum number of files. Each keeps the metadata of its row groups in memory.
const MOST_FILES: usize = 4_096;
/// Number of files that rows are encoded for at the same time.
const MOST_OPEN: usize = 16;
/// Memory of all row groups being built, in bytes. Above it the largest one is written.
const OPEN_BYTES: usize = 32 << 20;
/// The metadata that all files of this sink have.
const OWN: &str = "outlay.version";
/// The value of a null, as in Hive.
const NULL: &str = "__HIVE_DEFAULT_PARTITION__";
/// The longest name of a folder that file systems have.
const MOST_NAME_BYTES: usize = 255;

/// A folder of Parquet files being written, one file for each combination of values of some columns, in folders that
/// are named as in Hive: `BillingPeriodStart=2026-09-01/ServiceName=AmazonEC2/part-0.parquet`.
///
/// The values stand in the names of the folders and not in the files. Null is `__HIVE_DEFAULT_PARTITION__`; a time is a
/// date at midnight and otherwise text like `2026-09-01T05:00:00Z`; control characters and `"#%'*/:=?\{[]^` are
/// percent-encoded.
///
/// The whole folder is written under a temporary name beside its target and renamed when it is complete. An older folder
/// is replaced if it was written by this sink with the same columns, or is empty; any other one is refused. So is one with
/// values that the new rows do not have, such as another month, because its rows would be lost. The older folder is moved
/// away just before the new one takes its place, so that for a moment there is none.
///
/// Rows of at most 16 files are encoded at a time, in at most 32 MiB of memory: a report whose rows are not ordered by
/// the columns has smaller row groups. There can be 4,096 files.
///
/// # Examples
///
/// ```
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
/// # let target = std::env::temp_dir().join(format!("outlay-doc-partitioned-{}", std::process::id()));
/// use outlay::sink::PartitionedSink;
///
/// let mut reader = outlay::Reader::builder().read(folder)?;
/// let sink = PartitionedSink::create(&target, reader.schema(), ["BillingPeriodStart", "ChargeCategory"])?;
/// reader.save_with(Box::new(sink))?;
/// reader.check()?;
/// assert!(target.join("BillingPeriodStart=2023-11-01/ChargeCategory=Usage/part-0.parquet").exists());
/// # std::fs::remove_dir_all(target).unwrap();
/// # Ok::<(), outlay::Error>(())
/// ```
pub struct PartitionedSink {
    state: SinkState<PendingFolder>,
    folder: PendingFolder,
    /// The columns that divide the rows, by index.
    by: Vec<usize>,
    /// The columns in the files, by index.
    kept: Vec<usize>,
    file_schema: SchemaRef,
    properties: WriterProperties,
    most_open: usize,
    /// The number of each file, by its folder.
    numbers: HashMap<String, usize>,
    files: Vec<ArrowWriter<IdleFile>>,
    /// The files with rows that are not written yet; the one used last comes last.
    open: Vec<usize>,
}

impl fmt::Debug for PartitionedSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartitionedSink").field("state", &self.state).finish_non_exhaustive()
    }
}

impl PartitionedSink {
    /// Creates the folder, with rows divided by columns of text, times or integers, in this order.
    ///
    /// # Errors
    ///
    /// [`Error::NoMatch`] if the schema has no such column; [`Error::Option`] if the type of the column has no name, no column or every column
    /// is named, or the folder has other files; [`Error::Io`] if the folder cannot be created.
    pub fn create<T: Into<String>>(
        folder: impl AsRef<Path>,
        schema: SchemaRef,
        columns: impl IntoIterator<Item = T>,
    ) -> Result<Self> {
        let folder = folder.as_ref();
        let names: Vec<String> = columns.into_iter().map(Into::into).collect();
        let by = places(&schema, &names)?;
        let kept: Vec<usize> = (0..schema.fields().len()).filter(|index| !by.contains(index)).collect();
        if kept.is_empty() {
            return Err(refused("the files would have no column: name fewer columns".to_owned()));
        }
        let file_schema =
            Arc::new(schema.project(&kept).map_err(|error| Error::write(folder.display().to_string(), error))?);
        let levels: Vec<String> = names.iter().map(|name| encoded(name) + "=").collect();
        let pending = PendingFolder::create("output", folder, &levels, is_own)?;
        let state = SinkState {
            object: folder.display().to_string(),
            path: Some(folder.to_owned()),
            schema,
            lacks: false,
            complete: PendingFolder::complete,
        };
        Ok(Self {
            state,
            folder: pending,
            by,
            kept,
            properties: properties(&file_schema).build(),
            file_schema,
            most_open: MOST_OPEN,
            numbers: HashMap::new(),
            files: Vec::new(),
            open: Vec::new(),
        })
    }

    /// Sets the properties of the files. Default: those of [`ParquetSink::properties`](super::ParquetSink::properties).
    #[must_use]
    pub fn with_properties(mut self, properties: WriterProperties) -> Self {
        self.properties = properties;
        self
    }

    /// Sets the number of files that rows are encoded for at a time, at least 1. Default: 16.
    #[must_use]
    pub fn max_open(mut self, files: usize) -> Self {
        self.most_open = files.max(1);
        self
    }

    /// Divides the rows of a batch among the files.
    fn divide(&mut self, batch: &RecordBatch) -> Result<()> {
        let schema = batch.schema();
        let columns: Vec<(&str, &dyn Array, Values<'_>)> = (self.by.iter())
            .map(|&index| {
                let array = batch.column(index).as_ref();
                (schema.field(index).name().as_str(), array, Values::of(array))
            })
            .collect();
        let mut rows: Vec<(usize, Vec<u32>)> = Vec::new();
        let mut places: HashMap<usize, usize> = HashMap::new();
        let mut key = String::new();
        for row in 0..batch.num_rows() {
            key.clear();
            for (name, array, values) in &columns {
                segment(&mut key, name, *array, values, row);
            }
            let number = match self.numbers.get(key.as_str()) {
                Some(&number) => number,
                None => self.begin(&key)?,
            };
            let place = *places.entry(number).or_insert_with(|| {
                rows.push((number, Vec::new()));
                rows.len() - 1
            });
            if let Some((_, rows)) = rows.get_mut(place) {
                rows.push(row as u32);
            }
        }
        let kept = batch.project(&self.kept).map_err(|error| Error::write(&self.state.object, error))?;
        for (number, rows) in rows {
            let part = if rows.len() == kept.num_rows() {
                kept.clone()
            } else {
                take_record_batch(&kept, &UInt32Array::from(rows))
                    .map_err(|error| Error::write(&self.state.object, error))?
            };
            self.append(number, &part).map_err(|error| Error::write(&self.state.object, error))?;
        }
        Ok(())
    }

    /// Creates the file of a new combination of values.
    fn begin(&mut self, key: &str) -> Result<usize> {
        let object = &self.state.object;
        if self.files.len() == MOST_FILES {
            let reason = format!("the columns have more than {MOST_FILES} combinations of values: name other columns");
            return Err(Error::write(object, reason));
        }
        let mut folder = self.folder.path().to_owned();
        for name in key.split('/').filter(|name| !name.is_empty()) {
            if name.len() > MOST_NAME_BYTES {
                let name = clip(name.as_bytes());
                return Err(Error::write(object, format!("`{name}` is too long for the name of a folder")));
            }
            folder.push(name);
        }
        let file = fs::create_dir_all(&folder).and_then(|()| IdleFile::create(folder.join(FILE)));
        let file = file.map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => {
                let key = clip(key.as_bytes());
                Error::write(object, format!("the file system cannot tell `{key}` from another folder"))
            }
            _ => Error::io(object, source),
        })?;
        let writer = ArrowWriter::try_new(file, Arc::clone(&self.file_schema), Some(self.properties.clone()));
        self.files.push(writer.map_err(|error| Error::write(object, error))?);
        let number = self.files.len() - 1;
        self.numbers.insert(key.to_owned(), number);
        Ok(number)
    }

    /// Appends rows to a file, and writes row groups of others as the limits require.
    fn append(&mut self, number: usize, rows: &RecordBatch) -> Result<(), ParquetError> {
        self.open.retain(|&other| other != number);
        if self.open.len() >= self.most_open {
            let oldest = self.open.remove(0);
            flush(&mut self.files, oldest)?;
        }
        let Some(file) = self.files.get_mut(number) else { return Ok(()) };
        file.write(rows)?;
        self.open.push(number);
        loop {
            let sizes = self.open.iter().map(|&number| self.files.get(number).map_or(0, ArrowWriter::memory_size));
            let sizes: Vec<usize> = sizes.collect();
            if sizes.iter().sum::<usize>() <= OPEN_BYTES {
                return Ok(());
            }
            let Some((place, _)) = sizes.iter().enumerate().max_by_key(|(_, size)| **size) else { return Ok(()) };
            let largest = self.open.remove(place);
            flush(&mut self.files, largest)?;
        }
    }
}

/// Writes the row group of a file, and closes its descriptor.
fn flush(files: &mut [ArrowWriter<IdleFile>], number: usize) -> Result<(), ParquetError> {
    let Some(file) = files.get_mut(number) else { return Ok(()) };
    file.flush()?;
    Ok(file.sync()?)
}

impl Sink for PartitionedSink {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        // The state is checked and set around the division, which needs the rest of the sink.
        self.state.write(batch, |_| Ok(()))?;
        let divided = self.divide(batch);
        self.state.lacks |= divided.is_err();
        divided
    }

    fn finish(self: Box<Self>, metadata: &[(String, String)]) -> Result<()> {
        let Self { state, folder, files, .. } = *self;
        state.may_finish()?;
        folder.keeps_all("output")?;
        for mut file in files {
            if !metadata.iter().any(|(key, _)| key == OWN) {
                file.append_key_value_metadata(KeyValue::new(OWN.to_owned(), env!("CARGO_PKG_VERSION").to_owned()));
            }
            pairs(metadata).for_each(|pair| file.append_key_value_metadata(pair));
            let file = file.into_inner().map_err(|error| Error::write(&state.object, error))?;
            file.close().map_err(|source| Error::io(&state.object, source))?;
        }
        state.complete(folder)
    }

    fn path(&self) -> Option<&Path> {
        self.state.path.as_deref()
    }
}

fn refused(reason: String) -> Error {
    Error::Option { option: "partition_by", reason }
}

/// The error for a column that the output does not have.
fn no_column(schema: &Schema, name: &str) -> Error {
    let near = nearest(name, schema.fields().iter().map(|field| field.name().as_str()), 3);
    let meant = near.first().map_or("select it too".to_owned(), |near| format!("did you mean `{near}`?"));
    let reason = format!("the output has no column `{}`: {meant}", clip(name.as_bytes()));
    let candidates = near.into_iter().map(str::to_owned).collect();
    Error::NoMatch { option: "partition_by", reason, candidates }
}

/// Returns whether a file was written by this sink.
fn is_own(path: &Path) -> bool {
    let is_named_so = path.file_name().is_some_and(|name| name == FILE);
    let read = |file: File| ParquetMetaDataReader::new().parse_and_finish(&file).ok();
    let metadata = if is_named_so { File::open(path).ok().and_then(read) } else { None };
    let pairs = metadata.as_ref().and_then(|metadata| metadata.file_metadata().key_value_metadata());
    pairs.is_some_and(|pairs| pairs.iter().any(|pair| pair.key == OWN))
}

/// Finds the columns that divide the rows.
fn places(schema: &Schema, names: &[String]) -> Result<Vec<usize>> {
    let mut places = Vec::new();
    for name in names {
        let shown = clip(name.as_bytes());
        let (index, field) = schema.column_with_name(name).ok_or_else(|| no_column(schema, name))?;
        check(field, "the name of a folder")?;
        if matches!(field.data_type(), DataType::Map(..) | DataType::Decimal128(..) | DataType::Float64) {
            return Err(refused(format!(
                "`{shown}` is a {}: name columns of text, times or integers",
                field.data_type()
            )));
        }
        if places.contains(&index) {
            return Err(refused(format!("`{shown}` is named twice")));
        }
        places.push(index);
    }
    if places.is_empty() { Err(refused("name at least one column".to_owned())) } else { Ok(places) }
}

/// Appends the name of a folder, `column=value/`.
fn segment(key: &mut String, name: &str, array: &dyn Array, values: &Values<'_>, row: usize) {
    encode(key, name);
    key.push('=');
    if array.is_null(row) {
        key.push_str(NULL);
    } else {
        match values {
            Values::Text(texts) if texts.value(row) == NULL => key.push_str("%5F_HIVE_DEFAULT_PARTITION__"),
            Values::Text(texts) => encode(key, texts.value(row)),
            Values::Time(times) => {
                let text = timestamp::text(times.value(row));
                encode(key, text.strip_suffix("T00:00:00Z").unwrap_or(&text));
            }
            Values::Integer(integers) => key.push_str(&integers.value(row).to_string()),
            // `places` refuses columns of these types.
            Values::Decimal(_) | Values::Double(_) | Values::Map(_) => {}
        }
    }
    key.push('/');
}

fn encoded(text: &str) -> String {
    let mut key = String::new();
    encode(&mut key, text);
    key
}

/// Appends a text, with the characters that Hive encodes in names of folders as `%` and two hexadecimal digits.
fn encode(key: &mut String, text: &str) {
    for sign in text.chars() {
        if sign.is_ascii_control() || "\"#%'*/:=?\\{[]^".contains(sign) {
            // Writing to a text does not fail.
            let _ = write!(key, "%{:02X}", u32::from(sign));
        } else {
            key.push(sign);
        }
    }
}

/// A file that is open only while bytes are written.
struct IdleFile {
    path: PathBuf,
    file: Option<File>,
}

impl IdleFile {
    fn create(path: PathBuf) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        Ok(Self { path, file: Some(file) })
    }

    fn file(&mut self) -> io::Result<&mut File> {
        match &mut self.file {
            Some(file) => Ok(file),
            none => Ok(none.insert(OpenOptions::new().append(true).open(&self.path)?)),
        }
    }

    /// Writes everything to the disk.
    fn close(mut self) -> io::Result<()> {
        self.file()?.sync_all()
    }
}

impl Write for IdleFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file()?.write(bytes)
    }

    /// Closes the descriptor. The next write opens the file again.
    fn flush(&mut self) -> io::Result<()> {
        self.file = None;
        Ok(())
    }
}
