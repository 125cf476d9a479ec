//! Arrow IPC files and streams. They are not compressed, because JavaScript readers lack the codecs.

use std::fmt;
use std::io::{BufWriter, Write};
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::writer::{FileWriter, StreamWriter};

use super::{PendingFile, Sink, SinkState};
use crate::error::{Error, Result};

/// An Arrow IPC file being written, or Arrow IPC written to any writer. The file format supports random access and
/// stores the pairs of [`Sink::finish`] in its footer; the stream format can be read while it is written.
///
/// # Examples
///
/// ```
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
/// use outlay::sink::IpcSink;
///
/// let mut reader = outlay::Reader::builder().read(folder)?;
/// let mut body = Vec::new();
/// reader.save_with(Box::new(IpcSink::stream("body", &mut body, reader.schema())?))?;
/// let batches = outlay::arrow::ipc::reader::StreamReader::try_new(&body[..], None).unwrap();
/// assert_eq!(batches.map(|batch| batch.unwrap().num_rows()).sum::<usize>(), 175);
/// # Ok::<(), outlay::Error>(())
/// ```
pub struct IpcSink<W: Write = PendingFile> {
    state: SinkState<W>,
    writer: IpcWriter<W>,
}

enum IpcWriter<W: Write> {
    File(FileWriter<BufWriter<W>>),
    Stream(StreamWriter<BufWriter<W>>),
}

impl<W: Write> fmt::Debug for IpcSink<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IpcSink").field("state", &self.state).finish_non_exhaustive()
    }
}

impl IpcSink {
    /// Creates the file: in the stream format if the extension is `.arrows`, otherwise in the file format.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] if a column is a dictionary and the format is the file format, which has one dictionary per
    /// column while each batch has its own; or if the path is not a regular file. [`Error::Io`] if the file cannot be
    /// created, [`Error::Write`] if Arrow rejects the schema.
    pub fn create(path: impl AsRef<Path>, schema: SchemaRef) -> Result<Self> {
        let path = path.as_ref();
        let is_stream = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("arrows"));
        check(&schema, is_stream)?;
        let pending = PendingFile::create("output", path)?;
        Self::begin(SinkState::of_file(path, schema), pending, is_stream)
    }
}

impl<W: Write> IpcSink<W> {
    /// Writes the stream format to a writer. `object` is its name in errors.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] if Arrow rejects the schema or the writer fails.
    pub fn stream(object: impl Into<String>, writer: W, schema: SchemaRef) -> Result<Self> {
        Self::begin(SinkState::of_writer(object, schema), writer, true)
    }

    /// Writes the file format to a writer. `object` is its name in errors.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] if a column is a dictionary, which the file format has once per column while each batch has its
    /// own; [`Error::Write`] if Arrow rejects the schema or the writer fails.
    pub fn file(object: impl Into<String>, writer: W, schema: SchemaRef) -> Result<Self> {
        check(&schema, false)?;
        Self::begin(SinkState::of_writer(object, schema), writer, false)
    }

    fn begin(state: SinkState<W>, writer: W, is_stream: bool) -> Result<Self> {
        let writer = match is_stream {
            true => StreamWriter::try_new_buffered(writer, &state.schema).map(IpcWriter::Stream),
            false => FileWriter::try_new_buffered(writer, &state.schema).map(IpcWriter::File),
        };
        let writer = writer.map_err(|error| Error::write(&state.object, error))?;
        Ok(Self { state, writer })
    }

    /// Writes the end of the format and the metadata, and returns the writer without completing it.
    ///
    /// # Errors
    ///
    /// Those of [`Sink::finish`].
    pub fn into_inner(self, metadata: &[(String, String)]) -> Result<W> {
        self.writer.into_inner(&self.state, metadata)
    }
}

/// Fails for a schema with dictionaries and the file format.
fn check(schema: &Schema, is_stream: bool) -> Result<()> {
    let is_dictionary = |data_type: &DataType| matches!(data_type, DataType::Dictionary(..));
    let Some(field) = schema.fields().iter().find(|field| !is_stream && is_dictionary(field.data_type())) else {
        return Ok(());
    };
    let reason = format!(
        "column {} is a dictionary that differs between batches, which an Arrow IPC file cannot hold: use the extension \
         .arrows, or another option `text`",
        field.name()
    );
    Err(Error::Option { option: "output", reason })
}

impl<W: Write> IpcWriter<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        match self {
            Self::File(writer) => writer.write(batch),
            Self::Stream(writer) => writer.write(batch),
        }
    }

    fn finish(self, metadata: &[(String, String)]) -> Result<BufWriter<W>, ArrowError> {
        match self {
            Self::File(mut writer) => {
                for (key, value) in metadata {
                    writer.write_metadata(key, value);
                }
                writer.finish()?;
                writer.into_inner()
            }
            Self::Stream(mut writer) => {
                writer.finish()?;
                writer.into_inner()
            }
        }
    }

    /// Writes the end. Returns the writer if all rows were written.
    fn into_inner(self, state: &SinkState<W>, metadata: &[(String, String)]) -> Result<W> {
        state.may_finish()?;
        let buffered = self.finish(metadata).map_err(|error| Error::write(&state.object, error))?;
        buffered.into_inner().map_err(|error| Error::io(&state.object, error.into_error()))
    }
}

impl<W: Write> Sink for IpcSink<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let Self { state, writer } = self;
        state.write(batch, |object| writer.write(batch).map_err(|error| Error::write(object, error)))
    }

    fn finish(self: Box<Self>, metadata: &[(String, String)]) -> Result<()> {
        let Self { state, writer } = *self;
        let writer = writer.into_inner(&state, metadata)?;
        state.complete(writer)
    }

    fn path(&self) -> Option<&Path> {
        self.state.path.as_deref()
    }
}
