//! The bytes of a stream of JavaScript, which a thread of the core reads as they come.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use napi::bindgen_prelude::Function;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Error, Status};

use crate::promise::lock;

/// Bytes in the pipe below which more are asked for.
const FEW: usize = 1 << 20;

/// The function of JavaScript that is called to get the next chunk. It is weak, so that a read which nothing waits for does not
/// keep the process alive.
type Pull = ThreadsafeFunction<(), (), (), Status, false, true>;

/// A queue of chunks from the JavaScript thread to the thread that reads.
pub struct Pipe {
    state: Mutex<State>,
    changed: Condvar,
    pull: Pull,
}

#[derive(Default)]
struct State {
    chunks: VecDeque<Vec<u8>>,
    /// Number of bytes of the first chunk that were already read.
    start: usize,
    /// Number of bytes that were not read yet.
    left: usize,
    /// Whether a chunk was asked for.
    is_asked: bool,
    /// How the stream ended.
    end: Option<Result<(), String>>,
}

impl Pipe {
    /// Creates a pipe. `pull` is called, on the JavaScript thread, when more bytes are needed. Each call is answered by one
    /// call of [`Pipe::supply`].
    pub fn new(pull: &Function<'_, (), ()>) -> Result<Arc<Self>, Error> {
        let pull = pull.build_threadsafe_function::<()>().weak::<true>().build()?;
        Ok(Arc::new(Self { state: Mutex::default(), changed: Condvar::new(), pull }))
    }

    /// Appends a chunk, or ends the stream: well without a chunk, or with the message of its error.
    pub fn supply(&self, chunk: Option<&[u8]>, error: Option<String>) {
        let mut state = lock(&self.state);
        state.is_asked = false;
        match chunk {
            Some(chunk) if state.end.is_none() => {
                state.left += chunk.len();
                state.chunks.push_back(chunk.to_vec());
            }
            Some(_) => {}
            None => state.end = state.end.take().or(Some(error.map_or(Ok(()), Err))),
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Drops what was not read, and ends pending and later reads with an error.
    pub fn close(&self) {
        let mut state = lock(&self.state);
        state.end.get_or_insert_with(|| Err("the stream was closed".to_owned()));
        state.chunks.clear();
        state.left = 0;
        drop(state);
        self.changed.notify_all();
    }

    fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut state = lock(&self.state);
        loop {
            if state.left < FEW && state.end.is_none() && !state.is_asked {
                state.is_asked = true;
                if self.pull.call((), ThreadsafeFunctionCallMode::NonBlocking) != Status::Ok {
                    return Err(io::Error::other("the thread of JavaScript has ended"));
                }
            }
            if state.left > 0 || buffer.is_empty() {
                return Ok(state.take(buffer));
            }
            match &state.end {
                Some(Ok(())) => return Ok(0),
                Some(Err(message)) => return Err(io::Error::other(message.clone())),
                None => state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}

impl State {
    /// Moves bytes of the first chunk to the buffer.
    fn take(&mut self, buffer: &mut [u8]) -> usize {
        let Some(chunk) = self.chunks.front() else { return 0 };
        let rest = chunk.get(self.start..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        self.start += count;
        self.left -= count;
        if self.start == chunk.len() {
            self.chunks.pop_front();
            self.start = 0;
        }
        count
    }
}

/// The end of a pipe that the core reads.
pub struct PipeReader(pub Arc<Pipe>);

impl Read for PipeReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}
