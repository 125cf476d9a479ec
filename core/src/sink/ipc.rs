//! Arrow IPC stream: uncompressed, since readers in JavaScript have no codecs.

use std::io::BufWriter;
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::ipc::writer::StreamWriter;

use super::{Begun, Pending, Sink, io_error, write_error};
use crate::error::Result;

/// An Arrow IPC stream under construction.
pub struct IpcSink {
    begun: Begun,
    writer: StreamWriter<BufWriter<Pending>>,
}

impl std::fmt::Debug for IpcSink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IpcSink").field("begun", &self.begun).finish_non_exhaustive()
    }
}

impl IpcSink {
    /// Begins a file.
    pub fn create(path: impl AsRef<Path>, schema: SchemaRef) -> Result<Self> {
        let path = path.as_ref();
        let writer = StreamWriter::try_new_buffered(Pending::create("output", path)?, &schema)
            .map_err(|error| write_error(path, error))?;
        Ok(Self { begun: Begun::new(path, schema), writer })
    }
}

impl Sink for IpcSink {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let Self { begun, writer } = self;
        begun.write(batch, |path| writer.write(batch).map_err(|error| write_error(path, error)))
    }

    fn finish(mut self: Box<Self>, _metadata: &[(String, String)]) -> Result<()> {
        self.begun.may_finish()?;
        let path = self.begun.path;
        self.writer.finish().map_err(|error| write_error(&path, error))?;
        let buffered = self.writer.into_inner().map_err(|error| write_error(&path, error))?;
        let pending = buffered.into_inner().map_err(|error| io_error(&path, error.into_error()))?;
        pending.complete()
    }
}
