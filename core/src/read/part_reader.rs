//! A part being read: on the calling thread; or decoded on one thread and mapped on the calling thread; or decoded and
//! mapped on two threads, in parallel with other parts.
//!
//! A thread sends its results through a bounded channel, which bounds memory. It ends when the receiver is dropped, or
//! when its stop signal is set between two blocks, because blocks without rows are not sent. Dropping the receiver
//! waits for the thread, so no thread outlives its reader. The exception is a thread in the `read` of a caller's stream,
//! which may never return: it is left alone, and ends when `read` returns.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use arrow::array::RecordBatch;

use super::part_decoder::PartDecoder;
use super::pipeline::{self, Pipeline};
use super::process::Process;
use super::quarantine::Quarantined;
use super::queue::{Most, Nothing, Receiver, Sender, queue};
use super::supply::{Block, Next, Supply};
use crate::error::{Error, Location, Result};
use crate::options::Options;
use crate::report::part::Part;
use crate::report::source::{Input, Mark, Watch};
use crate::totals::Totals;
use crate::value::stop::Stop;

/// Bytes of a part read at a time.
const BUFFER_BYTES: usize = 128 << 10;
/// Batches of a part that are buffered.
const WAITING_BATCHES: Most = Most { items: 2, bytes: 64 << 20 };
/// Number of blocks of a part that are buffered.
const WAITING_BLOCKS: usize = 4;
/// Memory of a block with decoded columns, as a multiple of that without.
const DECODED_TIMES: usize = 3;
/// With this many blocks buffered, the thread that decompresses also decodes columns, because the mapper is the
/// bottleneck.
const BACKLOG: usize = 2;
/// How long a thread waits for another before it checks its stop signal.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// How threads are used for a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Threading {
    /// The calling thread does all work.
    Single,
    /// One thread decodes, the calling thread maps.
    Pipelined,
    /// One thread decodes, another one maps.
    Parallel,
}

/// A part being read.
#[derive(Debug)]
pub(crate) enum PartReader {
    Inline(Box<OpenPart>),
    Threaded(Box<ThreadedPart>),
}

/// The result of a step of a part.
#[derive(Debug, Default)]
pub(crate) struct PartStep {
    pub(crate) batch: Option<RecordBatch>,
    /// Whether the part has ended.
    pub(crate) is_end: bool,
    pub(crate) quarantined: Vec<Quarantined>,
    /// Bytes of the part that were read in this step.
    pub(crate) bytes: u64,
    /// The position up to which bytes were used, if it is tracked.
    pub(crate) mark: Option<Mark>,
}

impl PartStep {
    /// Bytes of memory, about.
    fn memory(&self) -> usize {
        let quarantined: usize = self.quarantined.iter().map(|record| record.record.len()).sum();
        self.batch.as_ref().map_or(0, RecordBatch::get_array_memory_size) + quarantined
    }
}

#[derive(Debug)]
enum Message {
    Step(PartStep),
    /// The end of the part or its error, with the totals.
    End(Result<PartStep>, Box<Totals>),
}

impl PartReader {
    /// Starts a part. `can_hang` is set if reading its bytes can block forever.
    pub(crate) fn begin(
        options: &Arc<Options>,
        part: Part,
        input: Input,
        can_hang: bool,
        spread: Threading,
    ) -> Result<Self> {
        let mut open = OpenPart::begin(options, part, input, can_hang, spread != Threading::Single)?;
        if spread != Threading::Parallel {
            return Ok(Self::Inline(Box::new(open)));
        }
        let totals = open.pipeline.totals();
        let worker = Worker::start(&Arc::clone(open.pipeline.object()), WAITING_BATCHES, move |steps, stop| {
            open.stop = stop;
            open.send(steps);
        })?;
        Ok(Self::Threaded(Box::new(ThreadedPart { worker, totals, stop: options.stop.clone() })))
    }

    /// Returns the next batch.
    pub(crate) fn step(&mut self) -> Result<PartStep> {
        match self {
            Self::Inline(open) => open.step(),
            Self::Threaded(remote) => remote.step(),
        }
    }

    /// Returns the totals so far. For a part on other threads they are set at its end.
    pub(crate) fn totals(&self) -> Totals {
        match self {
            Self::Inline(open) => open.pipeline.totals(),
            Self::Threaded(remote) => remote.totals.clone(),
        }
    }
}

/// A thread, with the channel of its results.
#[derive(Debug)]
struct Worker<T> {
    /// `None` once the thread has to end.
    made: Option<Receiver<T>>,
    thread: Option<JoinHandle<()>>,
    gate: Arc<Gate>,
    /// Whether the thread reads a stream, which can block forever.
    can_hang: bool,
    /// A forked child does not have the thread.
    process: Process,
}

/// What a thread and the owner of its results tell each other, so that the owner need not wait for a `read` that may
/// never return.
///
/// The thread sets `is_reading` and then looks at `is_over`; the owner sets `is_over` and then looks at `is_reading`. With
/// sequentially consistent operations at least one of them sees the other: either the thread does not begin to read, or
/// the owner sees that it reads.
#[derive(Debug, Default)]
struct Gate {
    is_over: AtomicBool,
    is_reading: AtomicBool,
}

impl Gate {
    /// Returns false if the thread must not begin to read.
    fn enter(&self) -> bool {
        self.is_reading.store(true, Ordering::SeqCst);
        !self.is_over.load(Ordering::SeqCst)
    }

    fn leave(&self) {
        self.is_reading.store(false, Ordering::SeqCst);
    }

    /// Ends the thread. Returns whether it is in a `read`.
    fn close(&self) -> bool {
        self.is_over.store(true, Ordering::SeqCst);
        self.is_reading.load(Ordering::SeqCst)
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }
}

/// The sending side of a worker's channel.
struct Outbox<T> {
    sender: Sender<T>,
    gate: Arc<Gate>,
}

impl<T> Outbox<T> {
    /// Sends a result of about `bytes` bytes; blocks while the queue is full. Returns false if the receiver was dropped.
    fn send(&self, thing: T, bytes: usize) -> bool {
        self.sender.send(thing, bytes)
    }

    /// Number of results that were not received yet.
    fn waiting(&self) -> usize {
        self.sender.waiting()
    }
}

impl<T: Send + 'static> Worker<T> {
    fn start(object: &str, most: Most, work: impl FnOnce(&Outbox<T>, Stop) + Send + 'static) -> Result<Self> {
        let (sender, made) = queue(most);
        let gate = Arc::new(Gate::default());
        let outbox = Outbox { sender, gate: Arc::clone(&gate) };
        let told = Arc::clone(&gate);
        let stop = Stop::when(move || told.is_over());
        let thread = thread::Builder::new().name("outlay".to_owned()).spawn(move || work(&outbox, stop));
        let thread = thread.map_err(|source| Error::Io { at: Box::new(Location::object(object)), source })?;
        Ok(Self { made: Some(made), thread: Some(thread), gate, can_hang: false, process: Process::current() })
    }

    /// Returns the next result; `None` if the thread has ended.
    fn next(&mut self, stop: &Stop) -> Result<Option<T>> {
        let Some(made) = &self.made else { return Ok(None) };
        loop {
            match made.recv_timeout(POLL_INTERVAL) {
                Ok(thing) => return Ok(Some(thing)),
                Err(Nothing::Timeout) if stop.is_wanted() => return Err(Error::Stopped),
                Err(Nothing::Timeout) => {}
                Err(Nothing::Ended) => match self.thread.take().map(JoinHandle::join) {
                    // The thread panicked. Propagates the panic, so that the caller does not take it for the end.
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
            // In a forked child the thread does not exist, and may have held the lock of the channel.
            std::mem::forget((self.made.take(), self.thread.take()));
            return;
        }
        // Without a receiver the thread ends at its next send; with the stop signal it ends even if it sends nothing.
        let is_reading = self.gate.close();
        self.made = None;
        if let Some(thread) = self.thread.take()
            && !(self.can_hang && is_reading)
        {
            // `next` already propagated a panic of the thread.
            let _ = thread.join();
        }
    }
}

/// A part that other threads read.
#[derive(Debug)]
pub(crate) struct ThreadedPart {
    worker: Worker<Message>,
    totals: Totals,
    stop: Stop,
}

impl ThreadedPart {
    fn step(&mut self) -> Result<PartStep> {
        match self.worker.next(&self.stop)? {
            Some(Message::Step(step)) => Ok(step),
            Some(Message::End(end, totals)) => {
                self.totals = *totals;
                end
            }
            None => Ok(PartStep { is_end: true, ..PartStep::default() }),
        }
    }
}

/// A part that is open.
#[derive(Debug)]
pub(crate) struct OpenPart {
    blocks: BlockSource,
    pipeline: Pipeline,
    stop: Stop,
}

/// The source of blocks.
#[derive(Debug)]
enum BlockSource {
    Inline(Box<Inflating>),
    Threaded(Worker<Result<Chunk>>),
}

/// The next step of a part, with the amount of bytes read.
#[derive(Debug)]
struct Chunk {
    supply: Supply,
    /// Bytes of the part that were read in this step.
    bytes: u64,
    mark: Option<Mark>,
}

impl Chunk {
    /// Bytes of memory of a block that is not decoded, about.
    fn memory(&self) -> usize {
        match &self.supply.next {
            Next::Block(Block::Begun(begun)) => begun.memory(),
            Next::Block(Block::Decoded(_)) | Next::End(_) | Next::Bytes => 0,
        }
    }
}

impl OpenPart {
    fn begin(options: &Arc<Options>, part: Part, input: Input, can_hang: bool, is_overlapped: bool) -> Result<Self> {
        let decoder = PartDecoder::new(Arc::clone(options), &part);
        let pipeline = Pipeline::new(Arc::clone(options), part)?;
        let buffer = vec![0; BUFFER_BYTES];
        let mut inflating = Inflating { input, decoder, buffer, start: 0, end: 0, gate: None };
        let blocks = if is_overlapped {
            let object = Arc::clone(pipeline.object());
            let bytes = WAITING_BLOCKS * DECODED_TIMES * 2 * options.limits.block_bytes;
            let most = Most { items: WAITING_BLOCKS, bytes };
            let mut worker = Worker::start(&object, most, move |chunks, _| inflating.send(chunks))?;
            worker.can_hang = can_hang;
            BlockSource::Threaded(worker)
        } else {
            BlockSource::Inline(Box::new(inflating))
        };
        Ok(Self { blocks, pipeline, stop: options.stop.clone() })
    }

    fn step(&mut self) -> Result<PartStep> {
        let (mut bytes, mut mark) = (0, None);
        let Self { blocks, pipeline, stop } = self;
        let step = pipeline.step(|| {
            if stop.is_wanted() {
                return Err(Error::Stopped);
            }
            let chunk = match blocks {
                BlockSource::Inline(inflating) => inflating.next_chunk()?,
                BlockSource::Threaded(worker) => match worker.next(stop)? {
                    Some(chunk) => chunk?,
                    // The thread ended with an error before; nothing follows.
                    None => return Ok(Supply { header: None, next: Next::Bytes }),
                },
            };
            bytes += chunk.bytes;
            mark = chunk.mark;
            Ok(chunk.supply)
        })?;
        let (batch, is_end) = match step {
            pipeline::Step::Batch(batch) => (Some(batch), false),
            pipeline::Step::Aside => (None, false),
            pipeline::Step::End | pipeline::Step::Bytes => (None, true),
        };
        Ok(PartStep { batch, is_end, quarantined: self.pipeline.take_quarantined(), bytes, mark })
    }

    /// Sends all steps until the end of the part, or until the receiver is dropped.
    fn send(mut self, steps: &Outbox<Message>) {
        loop {
            let step = self.step();
            let is_end = step.as_ref().map_or(true, |step| step.is_end);
            let bytes = step.as_ref().map_or(0, PartStep::memory);
            let message = match step {
                Ok(step) if !is_end => Message::Step(step),
                end => Message::End(end, Box::new(self.pipeline.totals())),
            };
            if !steps.send(message, bytes) || is_end {
                return;
            }
        }
    }
}

/// A part being decompressed and decoded.
#[derive(Debug)]
struct Inflating {
    input: Input,
    decoder: PartDecoder,
    buffer: Vec<u8>,
    /// The range of the buffer that is not consumed yet.
    start: usize,
    end: usize,
    /// `None` on the thread of the caller.
    gate: Option<Arc<Gate>>,
}

impl Inflating {
    /// Returns the next supply, reading bytes as needed.
    fn next_chunk(&mut self) -> Result<Chunk> {
        let mut bytes = 0;
        let mut header = None;
        loop {
            let supply = self.decoder.supply()?;
            header = header.or(supply.header);
            if !matches!(supply.next, Next::Bytes) {
                let mark = self.input.watch.as_ref().map(Watch::mark);
                return Ok(Chunk { supply: Supply { header, next: supply.next }, bytes, mark });
            }
            if self.start == self.end {
                (self.start, self.end) = (0, self.read()?);
                bytes += self.end as u64;
            }
            if self.end == 0 {
                if let Some(watch) = &mut self.input.watch {
                    watch.end(self.decoder.object())?;
                }
                self.decoder.finish();
                continue;
            }
            let bytes = self.buffer.get(self.start..self.end).unwrap_or_default();
            let most = self.input.watch.as_ref().map_or(bytes.len(), |watch| watch.most(bytes.len()));
            let taken = self.decoder.feed(bytes.get(..most).unwrap_or_default())?;
            if let Some(watch) = &mut self.input.watch {
                watch.take(self.decoder.object(), bytes.get(..taken).unwrap_or_default())?;
            }
            self.start += taken;
        }
    }

    fn read(&mut self) -> Result<usize> {
        loop {
            let gate = self.gate.as_deref();
            if gate.is_some_and(|gate| !gate.enter()) {
                return Err(Error::Stopped);
            }
            let read = self.input.bytes.read(&mut self.buffer);
            gate.inspect(|gate| gate.leave());
            match read {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(count) if count > self.buffer.len() => {
                    let reason = "its `read` returned more bytes than the buffer holds";
                    let source = std::io::Error::new(ErrorKind::InvalidData, reason);
                    return Err(Error::reading(self.decoder.object(), source));
                }
                read => return read.map_err(|source| Error::reading(self.decoder.object(), source)),
            }
        }
    }

    /// Sends all blocks until the end of the part, or until the receiver is dropped.
    fn send(&mut self, chunks: &Outbox<Result<Chunk>>) {
        self.gate = Some(Arc::clone(&chunks.gate));
        loop {
            let mut bytes = 0;
            let chunk = self.next_chunk().map(|mut chunk| {
                bytes = chunk.memory();
                if chunks.waiting() >= BACKLOG {
                    bytes *= DECODED_TIMES;
                    chunk.supply.next = match chunk.supply.next {
                        Next::Block(block) => Next::Block(Block::Decoded(block.decoded())),
                        other => other,
                    };
                }
                chunk
            });
            let is_end = chunk.as_ref().map_or(true, |chunk| matches!(chunk.supply.next, Next::End(_)));
            if !chunks.send(chunk, bytes) || is_end {
                return;
            }
        }
    }
}
