//! The sources of a report.

use std::collections::VecDeque;
use std::io::{self, Read};

use outlay::{Connector, Error, Part, Reader, ReaderBuilder, Report, block_on_unless};

use crate::pipe::PipeReader;

/// The name of a stream in errors and totals.
pub const STREAM: &str = "report";

/// A report that was not opened yet.
pub struct Opening {
    pub builder: ReaderBuilder,
    pub input: Input,
}

/// The source of a report.
pub enum Input {
    Paths(Vec<String>),
    Part(Box<Part>),
    /// The bytes of the parts of one report.
    Bytes(Vec<Chunks>),
    /// A report that can be read again.
    Report(Box<Report>),
    /// A stream of JavaScript.
    Stream(PipeReader),
    /// A month of a report in AWS, such as `2026-09`.
    Month(Connector, String),
    /// One part of a month in AWS.
    PartOf(Connector, Box<Part>),
}

impl Opening {
    /// Opens the report: lists folders and reads manifests. Ends early when `is_over` returns true.
    pub fn open(self, is_over: impl Fn() -> bool) -> Result<Reader, Error> {
        match self.input {
            Input::Paths(paths) => self.builder.read(paths),
            Input::Part(part) => self.builder.read_part(&part),
            Input::Bytes(parts) => self.builder.read_from_all(names(parts.len()).zip(parts)),
            Input::Report(report) => report.for_pass(self.builder)?.read(),
            Input::Stream(pipe) => self.builder.read_from(STREAM, pipe),
            Input::Month(connector, period) => block_on_unless(connector.read(&period, self.builder), is_over)?,
            Input::PartOf(connector, part) => block_on_unless(connector.read_part(&part, self.builder), is_over)?,
        }
    }
}

/// Returns the names of parts that are given as bytes.
pub fn names(parts: usize) -> impl Iterator<Item = String> {
    (1..=parts).map(move |number| if parts > 1 { format!("report-{number}") } else { "report".to_owned() })
}

/// A copy of the bytes of a report, in chunks. Each chunk is freed after it was read. The bytes are copied because
/// JavaScript can change, transfer or free its memory during the read.
#[derive(Default)]
pub struct Chunks {
    chunks: VecDeque<Vec<u8>>,
    /// Number of bytes of the first chunk that were already read.
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
