//! Download of an object as a stream of bytes: in pieces, several concurrently, resumed after interruptions.

use std::collections::VecDeque;
use std::io::{self, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tracing::{Instrument, Span, field};

use crate::error::{Error, Location, REPLAN, Result};
use crate::fetch::aws::bucket::{Bucket, Sent};
use crate::fetch::aws::clients::quiet;
use crate::fetch::aws::response::ResponseRecorder;
use crate::fetch::aws::runtime::{Runtime, Task, block_on_unless};
use crate::value::stop::Stop;

/// How an object is downloaded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// Bytes of one request: large compared to its overhead, but small enough to buffer several.
    piece: u64,
    /// Number of pieces requested ahead of the reader.
    ahead: usize,
}

impl Pace {
    /// For whole objects: with connections of 80 MB/s and a latency of 40 ms this gives 120 MB/s.
    pub(crate) const WHOLE: Self = Self { piece: 2 << 20, ahead: 3 };
    /// For the first bytes of an object.
    pub(crate) const HEAD: Self = Self { piece: 64 << 10, ahead: 1 };
}

/// The object to download, as it was listed.
#[derive(Clone, Debug)]
pub(crate) struct RemoteObject {
    pub(crate) key: String,
    pub(crate) size: u64,
    pub(crate) etag: Option<String>,
    /// Counts the requests that were repeated.
    pub(crate) retries: Arc<AtomicU64>,
}

/// An object being downloaded.
pub(crate) struct Download {
    object: RemoteObject,
    place: String,
    pieces: mpsc::Receiver<Task<Vec<u8>>>,
    requests: Task<()>,
    /// The current piece, and the number of bytes read from it.
    piece: Cursor<Vec<u8>>,
    taken: u64,
    stop: Stop,
}

impl Download {
    /// Starts to download an object.
    pub(crate) fn begin(
        bucket: &Arc<Bucket>,
        runtime: &Arc<Runtime>,
        object: RemoteObject,
        pace: Pace,
        stop: Stop,
    ) -> Result<Self> {
        let (sender, pieces) = mpsc::channel(pace.ahead);
        let (from, whole) = (Arc::clone(bucket), object.clone());
        let span = download_span(bucket, &object);
        let requests = runtime.start_task(async move {
            let mut start = 0;
            while start < whole.size {
                let end = (start + pace.piece).min(whole.size);
                let piece = Task::spawn(fetch(Arc::clone(&from), whole.clone(), start, end).instrument(span.clone()));
                if sender.send(piece).await.is_err() {
                    break;
                }
                start = end;
            }
            Ok(())
        })?;
        let place = bucket.place(&object.key);
        Ok(Self { place, object, pieces, requests, piece: Cursor::default(), taken: 0, stop })
    }

    /// Returns a handle to abort the download.
    pub(crate) fn abort_handle(&self) -> AbortHandle {
        self.requests.abort_handle()
    }

    /// Waits for the next piece. Returns false at the end.
    fn advance(&mut self) -> Result<bool> {
        let Some(piece) = block_on_unless(self.pieces.recv(), || self.stop.is_wanted())? else {
            return if self.taken < self.object.size { Err(Error::Stopped) } else { Ok(false) };
        };
        self.piece = Cursor::new(block_on_unless(piece, || self.stop.is_wanted())??);
        Ok(true)
    }
}

impl std::fmt::Debug for Download {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Download").field("place", &self.place).field("taken", &self.taken).finish_non_exhaustive()
    }
}

impl Read for Download {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let filled = self.piece.read(buffer)?;
            self.taken += filled as u64;
            if filled > 0 || buffer.is_empty() || !self.advance().map_err(io::Error::other)? {
                return Ok(filled);
            }
        }
    }
}

/// Downloads a whole object, and writes its pieces in order.
pub(crate) async fn fetch_whole(
    bucket: Arc<Bucket>,
    object: RemoteObject,
    mut write: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let Pace { piece, ahead } = Pace::WHOLE;
    let span = download_span(&bucket, &object);
    let mut starts = (0..object.size).step_by(piece as usize);
    let mut pieces = VecDeque::new();
    loop {
        while pieces.len() <= ahead
            && let Some(start) = starts.next()
        {
            let end = (start + piece).min(object.size);
            let fetched = fetch(Arc::clone(&bucket), object.clone(), start, end);
            pieces.push_back(Task::spawn(fetched.instrument(span.clone())));
        }
        let Some(piece) = pieces.pop_front() else { return Ok(()) };
        write(&piece.await?)?;
    }
}

/// Returns the span of the requests for one object.
fn download_span(bucket: &Bucket, object: &RemoteObject) -> Span {
    tracing::debug_span!("download", bucket = bucket.name(), key = object.key.as_str(), bytes = object.size)
}

/// Downloads a piece. After an interruption it is requested again from that position, as long as attempts make
/// progress.
///
/// The bytes are copied as they arrive, because the buffers of the response take twice the size.
async fn fetch(bucket: Arc<Bucket>, object: RemoteObject, start: u64, end: u64) -> Result<Vec<u8>> {
    let (key, bytes, attempts) = (object.key.as_str(), end - start, field::Empty);
    let span = tracing::debug_span!("fetch", bucket = bucket.name(), key, start, bytes, attempts);
    fetch_within(&span, &bucket, &object, start, end).instrument(span.clone()).await
}

async fn fetch_within(span: &Span, bucket: &Bucket, object: &RemoteObject, start: u64, end: u64) -> Result<Vec<u8>> {
    let (place, retry) = (bucket.place(&object.key), bucket.retry());
    let changed = |change: String| Error::SourceChanged {
        at: Box::new(Location::object(&object.key)),
        reason: format!("{change}; {REPLAN}"),
    };
    // At most the size of a piece.
    let mut piece = Vec::with_capacity((end - start) as usize);
    let recorder = ResponseRecorder::default();
    let counted = Attempts { span, recorder: &recorder, retries: &object.retries };
    let (mut at, mut failures, mut moved) = (start, 0, Instant::now());
    'piece: while at < end {
        let begun = at;
        let error: Box<dyn std::error::Error + Send + Sync> =
            match bucket.range(&object.key, object.etag.as_deref(), Some(at..end), &recorder).await {
                Ok(answer) => {
                    // A store without support of ranges sends the whole object, and one without If-Match may send
                    // another one.
                    let range = answer.object.content_range().unwrap_or_default();
                    let size = range.rsplit_once('/').and_then(|(_, size)| size.parse().ok());
                    if size.is_some_and(|size: u64| size != object.size) {
                        return Err(changed("it is of another size".to_owned()));
                    }
                    let are_wanted = match answer.sent() {
                        Sent::Asked => true,
                        Sent::Whole => at == 0 && end == object.size,
                        Sent::Others => false,
                    };
                    if !are_wanted {
                        return Err(answer.refuse(&place));
                    }
                    let mut answer = answer.object;
                    if let (Some(wanted), Some(found)) = (&object.etag, answer.e_tag())
                        && wanted != found
                    {
                        return Err(changed("another object has taken its place".to_owned()));
                    }
                    loop {
                        match quiet(answer.body.next()).await {
                            Some(Ok(chunk)) => {
                                at += chunk.len() as u64;
                                if at > end {
                                    return Err(changed("it has become longer".to_owned()));
                                }
                                piece.extend_from_slice(&chunk);
                            }
                            Some(Err(error)) if at < end => break Box::new(bucket.cause(&error)),
                            None if at < end => break "the body ended early".into(),
                            // All bytes were received; an error after them does not matter.
                            Some(Err(_)) | None => break 'piece,
                        }
                    }
                }
                Err(failure) => match failure.status {
                    412 => return Err(changed("another object has taken its place".to_owned())),
                    404 => return Err(changed("it was listed, and is gone".to_owned())),
                    416 => return Err(changed("it has become shorter".to_owned())),
                    _ => {
                        let error = failure.into_error("s3:GetObject", &place);
                        let is_late = moved.elapsed() >= retry.operation_timeout;
                        if !error.is_retryable() || is_late || failures + 1 >= retry.most_failures() {
                            return Err(error);
                        }
                        Box::new(error)
                    }
                },
            };
        if at > begun {
            (failures, moved) = (0, Instant::now());
        } else {
            failures += 1;
        }
        if failures >= retry.most_failures() || moved.elapsed() >= retry.operation_timeout {
            let message = format!("its bytes broke off at {at} of {} {failures} times: {error}", object.size);
            let at = Box::new(Location::object(&place));
            return Err(Error::Network {
                at,
                operation: "s3:GetObject",
                message,
                request_id: None,
                source: Some(error),
            });
        }
        tracing::debug!(at, error = %error, "taken up where it broke off");
        tokio::time::sleep(retry.backoff(failures)).await;
    }
    drop(counted);
    tracing::trace!("fetched");
    Ok(piece)
}

/// Records the number of requests for a piece when it is there, or has failed.
struct Attempts<'p> {
    span: &'p Span,
    recorder: &'p ResponseRecorder,
    retries: &'p AtomicU64,
}

impl Drop for Attempts<'_> {
    fn drop(&mut self) {
        let attempts = self.recorder.attempts();
        self.span.record("attempts", attempts);
        self.retries.fetch_add(u64::from(attempts.saturating_sub(1)), Ordering::Relaxed);
    }
}
