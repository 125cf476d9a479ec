//! One part while it is read: all on the caller's thread, or decoded on a thread of its own and mapped on the caller's, or
//! beside other parts on two threads.
//!
//! A thread sends what it makes through a channel that holds little of it, so that memory stays bounded; it stops when
//! nobody takes it any more. Whoever drops the receiving end waits for the thread, and so no thread outlives its reader.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use arrow::array::RecordBatch;

use crate::decode::assemble::Assembled;
use crate::error::{Error, Location, Result};
use crate::intake::Intake;
use crate::mapper::Mapper;
use crate::options::Options;
use crate::quarantine::Quarantined;
use crate::report::part::Part;
use crate::totals::Totals;

/// Bytes of a part that are read at once.
const CHUNK: usize = 128 << 10;
/// Batches of a part that wait for the caller.
const WAITING_BATCHES: usize = 2;
/// Inflated blocks of a part that wait to be mapped.
const WAITING_BLOCKS: usize = 4;

/// How the work on a part is spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spread {
    /// All of it on the caller's thread.
    Here,
    /// Decoded on a thread of its own, mapped on the caller's.
    Overlapped,
    /// Decoded on a thread of its own, mapped on another.
    Beside,
}

/// A part that is being read.
#[derive(Debug)]
pub(crate) enum Reading {
    Here(Box<Open>),
    Beside(Box<Remote>),
}

/// What one step of a part gives; without a batch it is at its end.
#[derive(Debug, Default)]
pub(crate) struct Step {
    pub(crate) batch: Option<RecordBatch>,
    pub(crate) quarantined: Vec<Quarantined>,
    /// Bytes of the part that were read for it.
    pub(crate) bytes: u64,
}

#[derive(Debug)]
enum Message {
    Step(Step),
    /// The end of the part, or the error that ended it, with the totals up to there.
    End(Result<Step>, Box<Totals>),
}

impl Reading {
    /// Begins a part.
    pub(crate) fn begin(options: &Arc<Options>, part: Part, spread: Spread) -> Result<Self> {
        let open = Open::begin(options, part, spread != Spread::Here)?;
        if spread != Spread::Beside {
            return Ok(Self::Here(Box::new(open)));
        }
        let totals = Totals::missing(open.mapper.object());
        let worker = Worker::start(&Arc::clone(open.mapper.object()), WAITING_BATCHES, move |steps| open.send(steps))?;
        Ok(Self::Beside(Box::new(Remote { worker, totals })))
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
            Self::Here(open) => open.mapper.totals(),
            Self::Beside(remote) => remote.totals.clone(),
        }
    }
}

/// A thread that makes things, and the channel they come through.
#[derive(Debug)]
struct Worker<T> {
    /// `None` once the thread is to stop.
    made: Option<Receiver<T>>,
    thread: Option<JoinHandle<()>>,
}

impl<T: Send + 'static> Worker<T> {
    fn start(object: &str, waiting: usize, work: impl FnOnce(&SyncSender<T>) + Send + 'static) -> Result<Self> {
        let (sender, made) = sync_channel(waiting);
        let thread = thread::Builder::new().name("outlay".to_owned()).spawn(move || work(&sender));
        let thread = thread.map_err(|source| Error::Io { at: Box::new(Location::object(object)), source })?;
        Ok(Self { made: Some(made), thread: Some(thread) })
    }

    /// The next thing; `None` when the thread has said its last.
    fn next(&mut self) -> Option<T> {
        match self.made.as_ref()?.recv() {
            Ok(thing) => Some(thing),
            Err(_) => match self.thread.take().map(JoinHandle::join) {
                // It panicked. So does the caller, who must not take this for the end.
                Some(Err(panic)) => std::panic::resume_unwind(panic),
                _ => None,
            },
        }
    }
}

impl<T> Drop for Worker<T> {
    fn drop(&mut self) {
        // Without a receiver the next thing cannot be sent, and the thread ends.
        self.made = None;
        if let Some(thread) = self.thread.take() {
            // A panic there was seen by whoever asked for the next thing.
            let _ = thread.join();
        }
    }
}

/// A part on a thread of its own.
#[derive(Debug)]
pub(crate) struct Remote {
    worker: Worker<Message>,
    totals: Totals,
}

impl Remote {
    fn step(&mut self) -> Result<Step> {
        match self.worker.next() {
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
    source: Source,
    mapper: Mapper,
    is_finished: bool,
}

/// Where blocks come from.
#[derive(Debug)]
enum Source {
    Here(Box<Inflating>),
    Beside(Worker<Result<Cut>>),
}

/// A block, or the end of the part.
#[derive(Debug)]
struct Cut {
    /// The header, with the first of all.
    header: Option<Vec<String>>,
    assembled: Option<Assembled>,
    /// Bytes of the part that were read for it.
    bytes: u64,
}

impl Open {
    fn begin(options: &Arc<Options>, part: Part, is_overlapped: bool) -> Result<Self> {
        let file = part.open()?;
        let intake = Intake::new(Arc::clone(options), &part);
        let mapper = Mapper::new(Arc::clone(options), part)?;
        let mut inflating = Inflating { file, intake, chunk: vec![0; CHUNK], start: 0, end: 0, is_begun: false };
        let source = if is_overlapped {
            Source::Beside(Worker::start(&Arc::clone(mapper.object()), WAITING_BLOCKS, move |cuts| {
                inflating.send(cuts)
            })?)
        } else {
            Source::Here(Box::new(inflating))
        };
        Ok(Self { source, mapper, is_finished: false })
    }

    fn step(&mut self) -> Result<Step> {
        let mut bytes = 0;
        loop {
            let mut batch = self.mapper.next_batch();
            if batch.is_none() && !self.is_finished {
                let cut = match &mut self.source {
                    Source::Here(inflating) => inflating.cut()?,
                    Source::Beside(worker) => match worker.next() {
                        Some(cut) => cut?,
                        // It has said its last before: an error, and nothing comes after it.
                        None => return Ok(Step::default()),
                    },
                };
                bytes += cut.bytes;
                if let Some(header) = cut.header {
                    self.mapper.begin(&header)?;
                }
                match cut.assembled {
                    Some(assembled) => {
                        self.mapper.take(assembled)?;
                        continue;
                    }
                    None => {
                        self.is_finished = true;
                        batch = self.mapper.finish();
                    }
                }
            }
            return Ok(Step { batch, quarantined: self.mapper.take_quarantined(), bytes });
        }
    }

    /// Sends every step until the end, or until nobody takes them.
    fn send(mut self, steps: &SyncSender<Message>) {
        loop {
            let step = self.step();
            let is_end = step.as_ref().map_or(true, |step| step.batch.is_none());
            let message = match step {
                Ok(step) if !is_end => Message::Step(step),
                end => Message::End(end, Box::new(self.mapper.totals())),
            };
            if steps.send(message).is_err() || is_end {
                return;
            }
        }
    }
}

/// A file while it is inflated and decoded.
#[derive(Debug)]
struct Inflating {
    file: File,
    intake: Intake,
    chunk: Vec<u8>,
    /// What of the chunk is not taken yet.
    start: usize,
    end: usize,
    is_begun: bool,
}

impl Inflating {
    /// The next block.
    fn cut(&mut self) -> Result<Cut> {
        let mut bytes = 0;
        let mut is_finished = false;
        loop {
            let assembled = self.intake.next()?;
            if assembled.is_some() || is_finished {
                let header = self.intake.header().filter(|_| !self.is_begun).map(<[String]>::to_vec);
                self.is_begun = true;
                return Ok(Cut { header, assembled, bytes });
            }
            if self.start == self.end {
                (self.start, self.end) = (0, self.read()?);
                bytes += self.end as u64;
            }
            if self.end == 0 {
                is_finished = true;
                self.intake.finish();
                continue;
            }
            self.start += self.intake.feed(self.chunk.get(self.start..self.end).unwrap_or_default())?;
        }
    }

    fn read(&mut self) -> Result<usize> {
        loop {
            match self.file.read(&mut self.chunk) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => {
                    return read.map_err(|source| Error::Io {
                        at: Box::new(Location::object(&**self.intake.object())),
                        source,
                    });
                }
            }
        }
    }

    /// Sends every block until the end, or until nobody takes them.
    fn send(&mut self, cuts: &SyncSender<Result<Cut>>) {
        loop {
            let cut = self.cut();
            let is_end = cut.as_ref().map_or(true, |cut| cut.assembled.is_none());
            if cuts.send(cut).is_err() || is_end {
                return;
            }
        }
    }
}
