//! One part while it is read: all on the caller's thread, or decoded on a thread of its own and mapped on the caller's, or
//! beside other parts on two threads.
//!
//! A thread sends its results through a bounded channel, so that memory stays bounded. It ends when the receiver is dropped, or
//! when it is told to between two blocks: rows that filters leave out are never sent. Dropping the receiver waits for the
//! thread, so that no thread outlives its reader.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;

use super::intake::PartDecoder;
use super::pipeline::{self, Pipeline};
use super::process::Process;
use super::quarantine::Quarantined;
use super::supply::{Block, Next, Supply};
use crate::error::{Error, Location, Result};
use crate::options::Options;
use crate::report::part::Part;
use crate::report::source::{Input, Mark, Watch};
use crate::totals::Totals;
use crate::value::stop::Stop;

/// Bytes of a part that are read at once.
const CHUNK: usize = 128 << 10;
/// Batches of a part that wait for the caller.
const WAITING_BATCHES: usize = 2;
/// Inflated blocks of a part that wait to be mapped.
const WAITING_BLOCKS: usize = 4;
/// As many of them make the thread that inflates decode columns, too: the one that maps has enough to do.
const BACKLOG: usize = 2;
/// How long a thread waits for another until it asks whether it is to stop.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// How long a reader that ends waits for a thread that is inside the `read` of a stream.
const DROP_TIMEOUT: Duration = Duration::from_millis(500);

/// How the work on a part is spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Threading {
    /// All of it on the caller's thread.
    Single,
    /// Decoded on a thread of its own, mapped on the caller's.
    Pipelined,
    /// Decoded on a thread of its own, mapped on another.
    Parallel,
}

/// A part that is being read.
#[derive(Debug)]
pub(crate) enum Reading {
    Here(Box<Open>),
    Beside(Box<ThreadedPart>),
}

/// What one step of a part gives; without a batch it is at its end.
#[derive(Debug, Default)]
pub(crate) struct Step {
    pub(crate) batch: Option<RecordBatch>,
    pub(crate) quarantined: Vec<Quarantined>,
    /// Bytes of the part that were read for it.
    pub(crate) bytes: u64,
    /// Up to where bytes were used, where that is watched.
    pub(crate) mark: Option<Mark>,
}

#[derive(Debug)]
enum Message {
    Step(Step),
    /// The end of the part, or the error that ended it, with the totals up to there.
    End(Result<Step>, Box<Totals>),
}

impl Reading {
    /// Begins a part, whose bytes are waited for without end if `can_hang`.
    pub(crate) fn begin(
        options: &Arc<Options>,
        part: Part,
        input: Input,
        can_hang: bool,
        spread: Threading,
    ) -> Result<Self> {
        let mut open = Open::begin(options, part, input, can_hang, spread != Threading::Single)?;
        if spread != Threading::Parallel {
            return Ok(Self::Here(Box::new(open)));
        }
        let totals = open.pipeline.totals();
        let worker = Worker::start(&Arc::clone(open.pipeline.object()), WAITING_BATCHES, move |steps, stop| {
            open.stop = stop;
            open.send(steps);
        })?;
        Ok(Self::Beside(Box::new(ThreadedPart { worker, totals, stop: options.stop.clone() })))
    }

    /// The next batch.
    pub(crate) fn step(&mut self) -> Result<Step> {
        match self {
            Self::Here(open) => open.step(),
            Self::Beside(remote) => remote.step(),
        }
    }

    /// The totals so far; of a part on another thread only once it is at its end.
    pub(crate) fn totals(&self) -> Totals {
        match self {
            Self::Here(open) => open.pipeline.totals(),
            Self::Beside(remote) => remote.totals.clone(),
        }
    }
}

/// A thread that makes things, and the channel they come through.
#[derive(Debug)]
struct Worker<T> {
    /// `None` once the thread is to stop.
    made: Option<Receiver<T>>,
    /// How many things wait to be taken, that on its way into the channel included.
    waiting: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
    is_over: Arc<AtomicBool>,
    /// Whether it reads a stream, which can block for any time.
    can_hang: bool,
    /// A child of this process has no such thread.
    process: Process,
}

/// Where a thread puts what it makes.
struct Outbox<T> {
    sender: SyncSender<T>,
    waiting: Arc<AtomicUsize>,
}

impl<T> Outbox<T> {
    /// Waits while there is no room. False when the receiver is gone.
    fn send(&self, thing: T) -> bool {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        self.sender.send(thing).is_ok()
    }

    fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }
}

impl<T: Send + 'static> Worker<T> {
    fn start(object: &str, most: usize, work: impl FnOnce(&Outbox<T>, Stop) + Send + 'static) -> Result<Self> {
        let (sender, made) = sync_channel(most);
        let waiting = Arc::new(AtomicUsize::new(0));
        let outbox = Outbox { sender, waiting: Arc::clone(&waiting) };
        let is_over = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&is_over);
        let stop = Stop::when(move || told.load(Ordering::Relaxed));
        let thread = thread::Builder::new().name("outlay".to_owned()).spawn(move || work(&outbox, stop));
        let thread = thread.map_err(|source| Error::Io { at: Box::new(Location::object(object)), source })?;
        Ok(Self {
            made: Some(made),
            waiting,
            thread: Some(thread),
            is_over,
            can_hang: false,
            process: Process::current(),
        })
    }

    /// The next thing; `None` when the thread has ended.
    fn next(&mut self, stop: &Stop) -> Result<Option<T>> {
        let Some(made) = &self.made else { return Ok(None) };
        loop {
            match made.recv_timeout(POLL_INTERVAL) {
                Ok(thing) => {
                    self.waiting.fetch_sub(1, Ordering::Relaxed);
                    return Ok(Some(thing));
                }
                Err(RecvTimeoutError::Timeout) if stop.is_wanted() => return Err(Error::Stopped),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => match self.thread.take().map(JoinHandle::join) {
                    // It panicked. So does the caller, who must not take this for the end.
                    Some(Err(panic)) => std::panic::resume_unwind(panic),
                    _ => return Ok(None),
                },
            }
        }
    }
}

impl<T> Drop for Worker<T> {
    fn drop(&mut self) {
        if !self.process.is_current() {
            // It cannot be waited for, and may have held the lock of the channel.
            std::mem::forget((self.made.take(), self.thread.take()));
            return;
        }
        // Without a receiver the next thing cannot be sent, and the thread ends; or before, where it makes nothing.
        self.is_over.store(true, Ordering::Relaxed);
        self.made = None;
        if let Some(thread) = self.thread.take() {
            let begun = Instant::now();
            while self.can_hang && !thread.is_finished() {
                if begun.elapsed() > DROP_TIMEOUT {
                    // Left to its stream: it ends when that gives something.
                    return;
                }
                thread::sleep(Duration::from_millis(1));
            }
            // A panic there was raised by the call that asked for the next thing.
            let _ = thread.join();
        }
    }
}

/// A part on a thread of its own.
#[derive(Debug)]
pub(crate) struct ThreadedPart {
    worker: Worker<Message>,
    totals: Totals,
    stop: Stop,
}

impl ThreadedPart {
    fn step(&mut self) -> Result<Step> {
        match self.worker.next(&self.stop)? {
            Some(Message::Step(step)) => Ok(step),
            Some(Message::End(end, totals)) => {
                self.totals = *totals;
                end
            }
            None => Ok(Step::default()),
        }
    }
}

/// A part that is open.
#[derive(Debug)]
pub(crate) struct Open {
    blocks: Blocks,
    pipeline: Pipeline,
    stop: Stop,
}

/// Where blocks come from.
#[derive(Debug)]
enum Blocks {
    Here(Box<Inflating>),
    Beside(Worker<Result<Cut>>),
}

/// What comes next of the part, and what was read for it.
#[derive(Debug)]
struct Cut {
    supply: Supply,
    /// Bytes of the part that were read for it.
    bytes: u64,
    mark: Option<Mark>,
}

impl Open {
    fn begin(options: &Arc<Options>, part: Part, input: Input, can_hang: bool, is_overlapped: bool) -> Result<Self> {
        let intake = PartDecoder::new(Arc::clone(options), &part);
        let pipeline = Pipeline::new(Arc::clone(options), part)?;
        let mut inflating = Inflating { input, intake, chunk: vec![0; CHUNK], start: 0, end: 0 };
        let blocks = if is_overlapped {
            let object = Arc::clone(pipeline.object());
            let mut worker = Worker::start(&object, WAITING_BLOCKS, move |cuts, _| inflating.send(cuts))?;
            worker.can_hang = can_hang;
            Blocks::Beside(worker)
        } else {
            Blocks::Here(Box::new(inflating))
        };
        Ok(Self { blocks, pipeline, stop: options.stop.clone() })
    }

    fn step(&mut self) -> Result<Step> {
        let (mut bytes, mut mark) = (0, None);
        let Self { blocks, pipeline, stop } = self;
        let step = pipeline.step(|| {
            if stop.is_wanted() {
                return Err(Error::Stopped);
            }
            let cut = match blocks {
                Blocks::Here(inflating) => inflating.cut()?,
                Blocks::Beside(worker) => match worker.next(stop)? {
                    Some(cut) => cut?,
                    // The thread has ended with an error before, and nothing comes after it.
                    None => return Ok(Supply { header: None, next: Next::Bytes }),
                },
            };
            bytes += cut.bytes;
            mark = cut.mark;
            Ok(cut.supply)
        })?;
        let batch = match step {
            pipeline::Step::Batch(batch) => Some(batch),
            pipeline::Step::End | pipeline::Step::Bytes => None,
        };
        Ok(Step { batch, quarantined: self.pipeline.take_quarantined(), bytes, mark })
    }

    /// Sends every step until the end, or until the receiver is gone.
    fn send(mut self, steps: &Outbox<Message>) {
        loop {
            let step = self.step();
            let is_end = step.as_ref().map_or(true, |step| step.batch.is_none());
            let message = match step {
                Ok(step) if !is_end => Message::Step(step),
                end => Message::End(end, Box::new(self.pipeline.totals())),
            };
            if !steps.send(message) || is_end {
                return;
            }
        }
    }
}

/// A part while it is inflated and decoded.
#[derive(Debug)]
struct Inflating {
    input: Input,
    intake: PartDecoder,
    chunk: Vec<u8>,
    /// What of the chunk is not taken yet.
    start: usize,
    end: usize,
}

impl Inflating {
    /// What comes next, which is never the need of bytes.
    fn cut(&mut self) -> Result<Cut> {
        let mut bytes = 0;
        let mut header = None;
        loop {
            let supply = self.intake.supply()?;
            header = header.or(supply.header);
            if !matches!(supply.next, Next::Bytes) {
                let mark = self.input.watch.as_ref().map(Watch::mark);
                return Ok(Cut { supply: Supply { header, next: supply.next }, bytes, mark });
            }
            if self.start == self.end {
                (self.start, self.end) = (0, self.read()?);
                bytes += self.end as u64;
            }
            if self.end == 0 {
                if let Some(watch) = &mut self.input.watch {
                    watch.end(self.intake.object())?;
                }
                self.intake.finish();
                continue;
            }
            let bytes = self.chunk.get(self.start..self.end).unwrap_or_default();
            let most = self.input.watch.as_ref().map_or(bytes.len(), |watch| watch.most(bytes.len()));
            let taken = self.intake.feed(bytes.get(..most).unwrap_or_default())?;
            if let Some(watch) = &mut self.input.watch {
                watch.take(self.intake.object(), bytes.get(..taken).unwrap_or_default())?;
            }
            self.start += taken;
        }
    }

    fn read(&mut self) -> Result<usize> {
        loop {
            match self.input.bytes.read(&mut self.chunk) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => return read.map_err(|source| Error::reading(self.intake.object(), source)),
            }
        }
    }

    /// Sends every block until the end, or until the receiver is gone.
    fn send(&mut self, cuts: &Outbox<Result<Cut>>) {
        loop {
            let cut = self.cut().map(|mut cut| {
                if cuts.waiting() >= BACKLOG {
                    cut.supply.next = match cut.supply.next {
                        Next::Block(block) => Next::Block(Block::Decoded(block.decoded())),
                        other => other,
                    };
                }
                cut
            });
            let is_end = cut.as_ref().map_or(true, |cut| matches!(cut.supply.next, Next::End(_)));
            if !cuts.send(cut) || is_end {
                return;
            }
        }
    }
}
