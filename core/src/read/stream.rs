//! Batches for callers who await them.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::thread::{self, JoinHandle};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures_core::Stream;
use tokio::sync::mpsc;

use super::reader::Reader;
use crate::error::{Error, Location, Result};
use crate::report::source::Source;

/// Batches that wait for the caller.
const WAITING: usize = 2;

/// The batches of a [`Reader`] as an async stream, of whatever runtime: they are made on a thread of its own, at most two
/// ahead. Dropped, it ends the read.
pub struct BatchStream {
    schema: SchemaRef,
    batches: mpsc::Receiver<Result<RecordBatch>>,
    /// Gives the reader back at its end.
    thread: Option<JoinHandle<Option<Reader>>>,
    reader: Option<Reader>,
    source: Arc<dyn Source>,
    is_over: Arc<AtomicBool>,
}

impl fmt::Debug for BatchStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BatchStream")
    }
}

impl BatchStream {
    pub(crate) fn start(mut reader: Reader) -> Result<Self> {
        let schema = reader.schema();
        let is_over = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&is_over);
        reader.stop_also_when(move || told.load(Ordering::Relaxed));
        let source = reader.source();
        let (sender, batches) = mpsc::channel(WAITING);
        let read = move || {
            for batch in reader.by_ref() {
                // A thread that is no runtime's may wait for room.
                if sender.blocking_send(batch).is_err() {
                    return None;
                }
            }
            Some(reader)
        };
        let thread = thread::Builder::new().name("outlay-stream".to_owned()).spawn(read);
        let thread = thread.map_err(|source| Error::Io { at: Box::new(Location::object("threads")), source })?;
        Ok(Self { schema, batches, thread: Some(thread), reader: None, source, is_over })
    }

    /// The schema of all batches.
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// The next batch; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<RecordBatch>> {
        let next = self.batches.recv().await;
        self.note_end(next.is_none());
        next
    }

    /// The reader at its end, for its totals. `None` while there are batches.
    pub async fn into_reader(mut self) -> Option<Reader> {
        let next = self.batches.recv().await;
        self.note_end(next.is_none());
        self.reader.take()
    }

    /// Without a sender the thread is at its end, or it panicked: so does the caller, who must not take this for the end.
    fn note_end(&mut self, is_end: bool) {
        if let Some(thread) = self.thread.take_if(|_| is_end) {
            self.reader = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
    }
}

impl Drop for BatchStream {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // Lets the thread go where it waits for bytes.
        self.source.cancel();
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
    /// The same batches for callers who await them.
    ///
    /// ```
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
    /// let mut batches = outlay::Reader::builder().read(folder)?.into_stream()?;
    /// # outlay::wait(async {
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
