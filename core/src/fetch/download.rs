//! An object of a bucket as a stream of bytes: fetched in pieces, several at once, taken up where they broke off.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::bucket::Bucket;
use super::runtime::{Runtime, Task, wait_until};
use crate::error::{Error, Location, Result};
use crate::stop::Stop;

/// Bytes of one request: large against its overhead, small enough to hold several.
const PIECE: u64 = 1 << 20;
/// Pieces that are asked for ahead of the reader: at 40 ms a request, 150 MB a second.
const AHEAD: usize = 6;
/// Times that a piece may give nothing new before it is given up.
const MOST_FAILURES: u32 = 5;

/// The object to fetch: as it was when it was listed.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) key: String,
    pub(crate) size: u64,
    pub(crate) etag: Option<String>,
}

/// An object while it is fetched.
pub(crate) struct Download {
    object: Object,
    place: String,
    pieces: mpsc::Receiver<Task<Vec<Bytes>>>,
    requests: Task<()>,
    /// What of the piece under way is not taken yet, in reverse.
    chunks: Vec<Bytes>,
    taken: u64,
    stop: Stop,
}

impl Download {
    /// Begins to fetch an object.
    pub(crate) fn begin(bucket: &Arc<Bucket>, runtime: &Arc<Runtime>, object: Object, stop: Stop) -> Result<Self> {
        let (sender, pieces) = mpsc::channel(AHEAD);
        let (from, whole) = (Arc::clone(bucket), object.clone());
        let requests = runtime.start_task(async move {
            let mut start = 0;
            while start < whole.size {
                let end = (start + PIECE).min(whole.size);
                let piece = Task::beside(fetch(Arc::clone(&from), whole.clone(), start, end));
                if sender.send(piece).await.is_err() {
                    break;
                }
                start = end;
            }
            Ok(())
        })?;
        Ok(Self { place: bucket.place(&object.key), object, pieces, requests, chunks: Vec::new(), taken: 0, stop })
    }

    /// A way to end it from elsewhere.
    pub(crate) fn abort_handle(&self) -> AbortHandle {
        self.requests.abort_handle()
    }

    fn next(&mut self, buffer: &mut [u8]) -> Result<usize> {
        while self.chunks.is_empty() {
            let Some(piece) = wait_until(self.pieces.recv(), || self.stop.is_wanted())? else {
                if self.taken < self.object.size {
                    return Err(Error::Stopped);
                }
                return Ok(0);
            };
            self.chunks = wait_until(piece, || self.stop.is_wanted())??;
            self.chunks.reverse();
        }
        let mut filled = 0;
        while filled < buffer.len() {
            let Some(chunk) = self.chunks.last_mut() else { break };
            let part = chunk.split_to(chunk.len().min(buffer.len() - filled));
            if let Some(target) = buffer.get_mut(filled..filled + part.len()) {
                target.copy_from_slice(&part);
            }
            filled += part.len();
            if chunk.is_empty() {
                self.chunks.pop();
            }
        }
        self.taken += filled as u64;
        Ok(filled)
    }
}

impl std::fmt::Debug for Download {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Download").field("place", &self.place).field("taken", &self.taken).finish_non_exhaustive()
    }
}

impl Read for Download {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.next(buffer).map_err(io::Error::other)
    }
}

/// A whole object, piece by piece in order.
pub(crate) async fn fetch_whole(
    bucket: Arc<Bucket>,
    object: Object,
    mut write: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let mut starts = (0..object.size).step_by(PIECE as usize);
    let mut pieces = VecDeque::new();
    loop {
        while pieces.len() < AHEAD
            && let Some(start) = starts.next()
        {
            let end = (start + PIECE).min(object.size);
            pieces.push_back(Task::beside(fetch(Arc::clone(&bucket), object.clone(), start, end)));
        }
        let Some(piece) = pieces.pop_front() else { return Ok(()) };
        for chunk in piece.await? {
            write(&chunk)?;
        }
    }
}

/// One piece: asked for again from where it broke off, while each time brings something new.
async fn fetch(bucket: Arc<Bucket>, object: Object, start: u64, end: u64) -> Result<Vec<Bytes>> {
    let place = bucket.place(&object.key);
    let changed = |reason: String| Error::SourceChanged { at: Box::new(Location::object(&object.key)), reason };
    let (mut chunks, mut at, mut failures, mut attempts) = (Vec::new(), start, 0, 0_u32);
    while at < end {
        attempts += 1;
        let begun = at;
        let error = match bucket.range(&object.key, object.etag.as_deref(), Some(at..end)).await {
            Ok(mut answer) => {
                // A store that does not know ranges sends the whole object, and one that does not know If-Match any object.
                let is_range = answer.content_range().is_some_and(|range| range.starts_with(&format!("bytes {at}-")));
                if !is_range && (at > 0 || end < object.size) {
                    let (aws_code, message) = ("NoRanges".to_owned(), "the store does not honour Range".to_owned());
                    let at = Box::new(Location::object(&place));
                    return Err(Error::Aws { at, operation: "s3:GetObject", aws_code, message });
                }
                if let (Some(wanted), Some(found)) = (&object.etag, answer.e_tag())
                    && wanted != found
                {
                    return Err(changed("another object has taken its place".to_owned()));
                }
                loop {
                    match answer.body.next().await {
                        Some(Ok(chunk)) => {
                            at += chunk.len() as u64;
                            if at > end {
                                return Err(changed("it has become longer".to_owned()));
                            }
                            chunks.push(chunk);
                        }
                        Some(Err(error)) => break error.to_string(),
                        None if at < end => break "the body ended early".to_owned(),
                        None => break String::new(),
                    }
                }
            }
            Err(failure) => match failure.status {
                412 => return Err(changed("another object has taken its place".to_owned())),
                404 => return Err(changed("it was listed, and is gone".to_owned())),
                416 => return Err(changed("it has become shorter".to_owned())),
                _ => {
                    let error = failure.into_error("s3:GetObject", &place);
                    if !error.is_retryable() || failures + 1 >= MOST_FAILURES {
                        return Err(error);
                    }
                    error.to_string()
                }
            },
        };
        if at >= end {
            break;
        }
        failures = if at > begun { 0 } else { failures + 1 };
        if failures >= MOST_FAILURES {
            let message = format!("its bytes broke off at {at} of {} {failures} times: {error}", object.size);
            return Err(Error::Network { at: Box::new(Location::object(&place)), operation: "s3:GetObject", message });
        }
        tracing::debug!(place, at, attempts, error, "taken up where it broke off");
        tokio::time::sleep(backoff(failures)).await;
    }
    tracing::trace!(place, start, bytes = end - start, attempts, "fetched");
    Ok(chunks)
}

/// Longer each time, and never as long as another client's.
pub(crate) fn backoff(failures: u32) -> Duration {
    let whole = 50_u64 << failures.min(7);
    let mut random = [0; 8];
    // Without random numbers all wait the shortest time.
    let _ = getrandom::fill(&mut random);
    Duration::from_millis(whole / 2 + u64::from_le_bytes(random) % whole)
}
