//! Response bodies, and the faults that change them while they are sent.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use tokio::sync::mpsc;
use tokio::time::{Sleep, sleep};

use crate::answer::Answer;
use crate::faults::Effect;
use crate::object::Content;

/// The number of bytes of a file that are read at once.
const CHUNK: usize = 64 * 1024;
/// The number of pieces that a slow body sends per second.
const TICKS: u64 = 20;
/// The delay before a cut closes the connection, so that the bytes before it are transmitted.
const LAST_WORDS: Duration = Duration::from_millis(20);

/// A response body that is being sent.
#[derive(Debug)]
pub(crate) struct Body {
    source: Source,
    /// Bytes that were read and not sent yet.
    ready: Bytes,
    sent: u64,
    length: u64,
    cut: Option<u64>,
    stall: Option<(u64, Option<Duration>)>,
    /// Offsets in this body, not in the object.
    flips: Vec<u64>,
    rate: Option<u64>,
    timer: Option<Pin<Box<Sleep>>>,
    outlet: Outlet,
}

/// Counters of a body: its bytes that were sent, and the number of bodies that are being sent, which includes this one until it is
/// dropped.
#[derive(Debug)]
pub(crate) struct Outlet {
    sent: Arc<AtomicU64>,
    open: Arc<AtomicUsize>,
}

impl Outlet {
    pub(crate) fn new(open: &Arc<AtomicUsize>, sent: Arc<AtomicU64>) -> Self {
        open.fetch_add(1, Ordering::Relaxed);
        Self { sent, open: Arc::clone(open) }
    }

    /// Creates counters for a response that is not in the log.
    pub(crate) fn uncounted() -> Self {
        Self::new(&Arc::default(), Arc::default())
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Debug)]
enum Source {
    Memory,
    File(mpsc::Receiver<io::Result<Bytes>>),
}

impl Body {
    /// Creates the body of a response. Without faults, bytes in memory are sent as one piece and are not copied.
    pub(crate) fn new(answer: &Answer, effects: &[Effect], outlet: Outlet) -> Self {
        let (first, length) = (answer.first, answer.length);
        let (source, ready) = match &answer.content {
            // The content is in memory, so both fit a usize.
            Content::Bytes(bytes) => (Source::Memory, bytes.slice(first as usize..(first + length) as usize)),
            Content::File(path) => (Source::File(read(path.clone(), first, length)), Bytes::new()),
        };
        let (cut, stall, rate, timer) = (None, None, None, None);
        let mut body = Self { source, ready, sent: 0, length, cut, stall, flips: Vec::new(), rate, timer, outlet };
        for effect in effects {
            match *effect {
                Effect::Cut(after) => body.cut = Some(after.min(length.saturating_sub(1))),
                Effect::Stall { after, millis } => body.stall = Some((after, millis.map(Duration::from_millis))),
                Effect::Flip(byte) if byte >= first => body.flips.push(byte - first),
                Effect::Slow(rate) => body.rate = Some(rate),
                _ => {}
            }
        }
        body
    }

    /// Returns the end of the next piece at most: the next offset with a fault.
    fn reach(&self) -> u64 {
        let places =
            [self.cut, self.stall.map(|(after, _)| after), self.rate.map(|rate| self.sent + (rate / TICKS).max(1))];
        let flips = self.flips.iter().flat_map(|&byte| [byte, byte + 1]);
        places.into_iter().flatten().chain(flips).filter(|&place| place > self.sent).min().unwrap_or(u64::MAX)
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = &mut *self;
        if let Some(timer) = &mut this.timer {
            ready!(timer.as_mut().poll(context));
            this.timer = None;
            if this.cut == Some(this.sent) {
                return Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())));
            }
        }
        if this.sent == this.length {
            return Poll::Ready(None);
        }
        let pause = match (this.cut, this.stall) {
            (Some(cut), _) if cut == this.sent => Some(LAST_WORDS),
            (_, Some((after, time))) if after == this.sent => {
                this.stall = None;
                // A stall without a time lasts until the connection ends.
                let Some(time) = time else {
                    this.cut = None;
                    this.timer = Some(Box::pin(sleep(Duration::from_secs(u64::from(u32::MAX)))));
                    return self.poll_frame(context);
                };
                Some(time)
            }
            _ => None,
        };
        if let Some(pause) = pause {
            this.timer = Some(Box::pin(sleep(pause)));
            return self.poll_frame(context);
        }
        if this.ready.is_empty()
            && let Source::File(chunks) = &mut this.source
        {
            match ready!(chunks.poll_recv(context)) {
                Some(chunk) => this.ready = chunk?,
                None => return Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into()))),
            }
        }
        let room = usize::try_from(this.reach() - this.sent).unwrap_or(usize::MAX);
        let mut piece = this.ready.split_to(room.min(this.ready.len()));
        if this.flips.contains(&this.sent) {
            piece = piece.iter().map(|byte| !byte).collect::<Vec<_>>().into();
        }
        this.sent += piece.len() as u64;
        this.outlet.sent.store(this.sent, Ordering::Relaxed);
        if this.rate.is_some() && this.sent < this.length {
            this.timer = Some(Box::pin(sleep(Duration::from_millis(1_000 / TICKS))));
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length - self.sent)
    }

    fn is_end_stream(&self) -> bool {
        self.sent == self.length
    }
}

/// Reads part of a file, a few chunks ahead of the receiver.
fn read(path: PathBuf, first: u64, length: u64) -> mpsc::Receiver<io::Result<Bytes>> {
    let (send, receive) = mpsc::channel(4);
    tokio::task::spawn_blocking(move || {
        let mut left = length;
        let mut file = match File::open(path).and_then(|mut file| file.seek(SeekFrom::Start(first)).map(|_| file)) {
            Ok(file) => file,
            Err(error) => return drop(send.blocking_send(Err(error))),
        };
        while left > 0 {
            let mut chunk = vec![0; usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK))];
            left -= chunk.len() as u64;
            let chunk = file.read_exact(&mut chunk).map(|()| Bytes::from(chunk));
            let failed = chunk.is_err();
            // The connection has ended.
            if send.blocking_send(chunk).is_err() || failed {
                return;
            }
        }
    });
    receive
}
