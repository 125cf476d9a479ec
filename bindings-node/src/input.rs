//! What a report is read from.

use std::collections::VecDeque;
use std::io::{self, Read};

use outlay::{Connector, Error, Part, Reader, ReaderBuilder, wait_until};

/// A report that is not open yet.
pub struct Opening {
    pub builder: ReaderBuilder,
    pub input: Input,
}

/// Where it is.
pub enum Input {
    Paths(Vec<String>),
    Part(Box<Part>),
    Bytes(Chunks),
    /// A month that AWS has delivered.
    Month(Connector, String),
    /// A part of such a month.
    PartOf(Connector, Box<Part>),
}

impl Opening {
    /// Opens it: lists folders and reads manifests, unless the call was stopped.
    pub fn open(self, is_over: impl Fn() -> bool) -> Result<Reader, Error> {
        match self.input {
            Input::Paths(paths) => self.builder.read(paths),
            Input::Part(part) => self.builder.read_part(&part),
            Input::Bytes(chunks) => self.builder.read_from("report", chunks),
            Input::Month(connector, period) => wait_until(connector.read(&period, self.builder), is_over)?,
            Input::PartOf(connector, part) => wait_until(connector.read_part(&part, self.builder), is_over)?,
        }
    }
}

/// The bytes of a report: a copy in pieces, each of which is freed when it is read. JavaScript's own memory can be changed,
/// moved to another thread and freed while it is read.
#[derive(Default)]
pub struct Chunks {
    chunks: VecDeque<Vec<u8>>,
    /// What of the first one is read.
    start: usize,
}

impl Chunks {
    pub fn push(&mut self, bytes: &[u8]) {
        self.chunks.push_back(bytes.to_vec());
    }
}

impl Read for Chunks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(chunk) = self.chunks.front() {
            let read = chunk.get(self.start..).unwrap_or_default().read(buffer)?;
            if read > 0 || buffer.is_empty() {
                self.start += read;
                return Ok(read);
            }
            self.chunks.pop_front();
            self.start = 0;
        }
        Ok(0)
    }
}
