//! Batches as an async stream.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread::{self, JoinHandle};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures_core::Stream;
use tokio::sync::mpsc;

use super::handle::ReaderHandle;
use super::reader::Reader;
use crate::error::{Error, Location, Result};
use crate::value::trace::CallerContext;

/// Number of batches that are buffered.
const WAITING: usize = 2;

/// The batches of a [`Reader`] as an async stream for any runtime. A separate thread reads, at most two batches ahead.
/// Dropping the stream ends the read. Created by [`Reader::into_stream`].
pub struct BatchStream {
    schema: SchemaRef,
    batches: mpsc::Receiver<Result<RecordBatch>>,
    /// Returns the reader at its end.
    thread: Option<JoinHandle<Option<Reader>>>,
    reader: Option<Reader>,
    handle: ReaderHandle,
}

impl fmt::Debug for BatchStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BatchStream")
    }
}

impl BatchStream {
    pub(crate) fn start(reader: Reader) -> Result<Self> {
        let reader = reader.deliver_later();
        let (schema, handle) = (reader.schema(), reader.handle());
        let (sender, batches) = mpsc::channel(WAITING);
        let context = CallerContext::current();
        let read = move || context.within(|| read_to(reader, &sender));
        let thread = thread::Builder::new().name("outlay-stream".to_owned()).spawn(read);
        let thread = thread.map_err(|source| Error::Io { at: Box::new(Location::object("threads")), source })?;
        Ok(Self { schema, batches, thread: Some(thread), reader: None, handle })
    }

    /// Returns the schema of all batches.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// Returns the next batch; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<RecordBatch>> {
        let next = self.batches.recv().await;
        self.note_end(next.is_none());
        next
    }

    /// Returns the reader after its end, for its totals. `None` if there are batches left.
    pub async fn into_reader(mut self) -> Option<Reader> {
        let next = self.batches.recv().await;
        self.note_end(next.is_none());
        self.reader.take()
    }

    /// If the sender was dropped, the thread has ended or panicked. Propagates the panic, so that the caller does not
    /// take it for the end.
    fn note_end(&mut self, is_end: bool) {
        if let Some(thread) = self.thread.take_if(|_| is_end) {
            self.reader = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            self.reader.as_mut().map(Reader::delivered);
        }
    }
}

/// Sends all batches. Returns the reader, unless the stream was dropped.
fn read_to(mut reader: Reader, sender: &mpsc::Sender<Result<RecordBatch>>) -> Option<Reader> {
    for batch in reader.by_ref() {
        // The thread does not belong to a runtime, so it may block.
        if sender.blocking_send(batch).is_err() {
            return None;
        }
    }
    Some(reader)
}

impl Drop for BatchStream {
    fn drop(&mut self) {
        // At the end of the stream the thread has ended.
        if self.thread.is_some() {
            self.handle.abort();
        }
    }
}

impl Stream for BatchStream {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = self.batches.poll_recv(context);
        self.note_end(matches!(next, Poll::Ready(None)));
        next
    }
}

impl Reader {
    /// Converts the reader to an async stream of batches.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the thread cannot be started.
    ///
    /// # Examples
    ///
    /// ```
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
    /// let mut batches = outlay::Reader::builder().read(folder)?.into_stream()?;
    /// # outlay::block_on(async {
    /// let mut rows = 0;
    /// while let Some(batch) = batches.next().await {
    ///     rows += batch?.num_rows();
    /// }
    /// let totals = batches.into_reader().await.expect("it is at its end").totals();
    /// assert_eq!(rows as u64, totals.rows_out());
    /// # Ok::<(), outlay::Error>(())
    /// # })?;
    /// # Ok::<(), outlay::Error>(())
    /// ```
    pub fn into_stream(self) -> Result<BatchStream> {
        BatchStream::start(self)
    }
}
