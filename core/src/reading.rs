//! One part while it is read: on the caller's thread, or on one of its own.
//!
//! A thread sends its batches through a channel that holds few of them, so that memory stays bounded; it stops when
//! nobody takes them any more.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use arrow::array::RecordBatch;

use crate::decoder::Decoder;
use crate::error::{Error, Location, Result};
use crate::options::Options;
use crate::quarantine::Quarantined;
use crate::report::part::Part;
use crate::totals::Totals;

/// Bytes of a part that are read at once.
const CHUNK: usize = 128 << 10;
/// Batches of a part that wait for the caller.
const WAITING: usize = 2;

/// A part that is being read.
#[derive(Debug)]
pub(crate) enum Reading {
    Here(Box<Open>),
    Elsewhere(Box<Remote>),
}

/// What one step of a part gives; without a batch it is at its end.
#[derive(Debug, Default)]
pub(crate) struct Step {
    pub(crate) batch: Option<RecordBatch>,
    pub(crate) quarantined: Vec<Quarantined>,
    /// Bytes of the part that were read for it.
    pub(crate) bytes: u64,
}

/// A part on a thread of its own.
#[derive(Debug)]
pub(crate) struct Remote {
    /// `None` once the thread is to stop.
    steps: Option<Receiver<Message>>,
    thread: Option<JoinHandle<()>>,
    totals: Totals,
}

#[derive(Debug)]
enum Message {
    Step(Step),
    /// The end of the part, or the error that ended it, with the totals up to there.
    End(Result<Step>, Box<Totals>),
}

impl Reading {
    /// Begins a part, on the caller's thread or on one of its own.
    pub(crate) fn begin(options: &Arc<Options>, part: Part, is_here: bool) -> Result<Self> {
        let object = part.object.clone();
        let open = Open::begin(options, part)?;
        if is_here {
            return Ok(Self::Here(Box::new(open)));
        }
        let (sender, steps) = sync_channel(WAITING);
        let named = thread::Builder::new().name("outlay".to_owned());
        let thread = named
            .spawn(move || open.send(&sender))
            .map_err(|source| Error::Io { at: Box::new(Location::object(&object)), source })?;
        let totals = Totals::missing(&object);
        Ok(Self::Elsewhere(Box::new(Remote { steps: Some(steps), thread: Some(thread), totals })))
    }

    /// The next batch.
    pub(crate) fn step(&mut self) -> Result<Step> {
        match self {
            Self::Here(open) => open.step(),
            Self::Elsewhere(remote) => remote.step(),
        }
    }

    /// The totals so far; of a part on another thread only once it is at its end.
    pub(crate) fn totals(&self) -> Totals {
        match self {
            Self::Here(open) => open.decoder.totals(),
            Self::Elsewhere(remote) => remote.totals.clone(),
        }
    }
}

impl Remote {
    fn step(&mut self) -> Result<Step> {
        match self.steps.as_ref().map(Receiver::recv) {
            Some(Ok(Message::Step(step))) => Ok(step),
            Some(Ok(Message::End(end, totals))) => {
                self.totals = *totals;
                end
            }
            // The thread is gone without a word: it panicked. So does the caller, who must not take this for the end.
            Some(Err(_)) => match self.thread.take().map(JoinHandle::join) {
                Some(Err(panic)) => std::panic::resume_unwind(panic),
                _ => Ok(Step::default()),
            },
            None => Ok(Step::default()),
        }
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        // Without a receiver the next batch cannot be sent, and the thread ends.
        self.steps = None;
        if let Some(thread) = self.thread.take() {
            // A panic there was seen by whoever asked for a batch.
            let _ = thread.join();
        }
    }
}

/// A part that is open.
#[derive(Debug)]
pub(crate) struct Open {
    file: File,
    decoder: Decoder,
    chunk: Vec<u8>,
    /// What of the chunk is not taken yet.
    start: usize,
    end: usize,
    is_finished: bool,
}

impl Open {
    fn begin(options: &Arc<Options>, part: Part) -> Result<Self> {
        let file = part.open()?;
        let decoder = Decoder::new(Arc::clone(options), part)?;
        Ok(Self { file, decoder, chunk: vec![0; CHUNK], start: 0, end: 0, is_finished: false })
    }

    fn step(&mut self) -> Result<Step> {
        let mut bytes = 0;
        loop {
            let batch = self.decoder.next_batch()?;
            if batch.is_some() || self.is_finished {
                return Ok(Step { batch, quarantined: self.decoder.take_quarantined(), bytes });
            }
            if self.start == self.end {
                (self.start, self.end) = (0, self.read()?);
                bytes += self.end as u64;
            }
            if self.end == 0 {
                self.is_finished = true;
                self.decoder.finish();
                continue;
            }
            self.start += self.decoder.feed(self.chunk.get(self.start..self.end).unwrap_or_default())?;
        }
    }

    fn read(&mut self) -> Result<usize> {
        loop {
            match self.file.read(&mut self.chunk) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => {
                    return read
                        .map_err(|source| Error::Io { at: Box::new(Location::object(self.decoder.object())), source });
                }
            }
        }
    }

    /// Sends every step until the end, or until nobody takes them.
    fn send(mut self, steps: &SyncSender<Message>) {
        loop {
            let step = self.step();
            let is_end = step.as_ref().map_or(true, |step| step.batch.is_none());
            let message = match step {
                Ok(step) if !is_end => Message::Step(step),
                end => Message::End(end, Box::new(self.decoder.totals())),
            };
            if steps.send(message).is_err() || is_end {
                return;
            }
        }
    }
}
