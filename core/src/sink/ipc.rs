//! Arrow IPC files and streams. They are not compressed, because JavaScript readers lack the codecs.

use std::io::BufWriter;
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::writer::{FileWriter, StreamWriter};

use super::{PendingFile, Sink, SinkState, io_error, write_error};
use crate::error::{Error, Result};

/// An Arrow IPC file being written: the stream format if the extension is `.arrows`, otherwise the file format, which is
/// also version 2 of Feather. The file format supports random access and stores the pairs of [`Sink::finish`] in its
/// footer.
pub struct IpcSink {
    state: SinkState,
    writer: IpcWriter,
}

enum IpcWriter {
    File(FileWriter<BufWriter<PendingFile>>),
    Stream(StreamWriter<BufWriter<PendingFile>>),
}

impl std::fmt::Debug for IpcSink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IpcSink").field("state", &self.state).finish_non_exhaustive()
    }
}

impl IpcSink {
    /// Creates the file.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] if a column is a dictionary and the format is the file format, which has one dictionary per
    /// column while each batch has its own; or if the path is not a regular file. [`Error::Io`] if the file cannot be
    /// created, [`Error::Write`] if Arrow rejects the schema.
    pub fn create(path: impl AsRef<Path>, schema: SchemaRef) -> Result<Self> {
        let path = path.as_ref();
        let is_stream = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("arrows"));
        let is_dictionary = |data_type: &DataType| matches!(data_type, DataType::Dictionary(..));
        if let Some(field) = schema.fields().iter().find(|field| !is_stream && is_dictionary(field.data_type())) {
            let reason = format!(
                "column {} is a dictionary that differs between batches, which an Arrow IPC file cannot hold: use the extension \
                 .arrows, or another option `text`",
                field.name()
            );
            return Err(Error::Option { option: "output", reason });
        }
        let pending = PendingFile::create("output", path)?;
        let writer = match is_stream {
            true => StreamWriter::try_new_buffered(pending, &schema).map(IpcWriter::Stream),
            false => FileWriter::try_new_buffered(pending, &schema).map(IpcWriter::File),
        };
        let writer = writer.map_err(|error| write_error(path, error))?;
        Ok(Self { state: SinkState::new(path, schema), writer })
    }
}

impl IpcWriter {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        match self {
            Self::File(writer) => writer.write(batch),
            Self::Stream(writer) => writer.write(batch),
        }
    }

    fn finish(self, metadata: &[(String, String)]) -> Result<BufWriter<PendingFile>, ArrowError> {
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
}

impl super::sealed::Sealed for IpcSink {}

impl Sink for IpcSink {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let Self { state, writer } = self;
        state.write(batch, |path| writer.write(batch).map_err(|error| write_error(path, error)))
    }

    fn finish(self: Box<Self>, metadata: &[(String, String)]) -> Result<()> {
        self.state.may_finish()?;
        let path = self.state.path;
        let buffered = self.writer.finish(metadata).map_err(|error| write_error(&path, error))?;
        let pending = buffered.into_inner().map_err(|error| io_error(&path, error.into_error()))?;
        pending.complete()
    }
}
