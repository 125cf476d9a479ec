//! Access to single stages, for benchmarks and fuzzers of this repository. Not part of the API.

use std::collections::VecDeque;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use crate::csv::records::{Blocks, Limits, Unquoted, unquote};
use crate::csv::scan::Scan;
use crate::csv::scan::vector::InstructionSet;
use crate::decode::assemble::Assembler;
use crate::error::{Error, Location, Result};
use crate::options::Options;
use crate::read::part_decoder::PartDecoder;
use crate::read::pipeline::{Pipeline, Step};
use crate::read::supply::{Block, Next, Supply};
use crate::report::layout::Layout;
use crate::report::manifest::Manifest;
use crate::report::part::Part;

/// Parses a timestamp of a report; returns microseconds since 1970.
pub fn timestamp(text: &[u8]) -> Option<i64> {
    crate::value::timestamp::parse_any(text)
}

/// Returns whether the bytes are a valid manifest.
pub fn manifest(json: &[u8]) -> bool {
    Manifest::parse("manifest.json", json).is_ok()
}

/// A scan with a given instruction set.
#[derive(Clone, Copy, Debug)]
pub struct Scanner(InstructionSet);

impl Scanner {
    /// Returns all that this processor supports, the best first.
    pub fn available() -> impl Iterator<Item = Self> {
        InstructionSet::available().map(Self)
    }

    /// Finds the ends of the fields of a block. Returns false if csv-core has to parse the block.
    pub fn scan(self, block: &[u8], width: usize, ends: &mut Vec<u32>) -> bool {
        ends.clear();
        Scan::default().resume(self.0, block, width, ends).is_ok()
    }
}

impl fmt::Display for Scanner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// A report that is decoded but not normalized.
#[derive(Debug)]
pub struct Decoded {
    pipeline: Pipeline,
    supplies: VecDeque<Supply>,
}

impl Decoded {
    /// Decodes an object.
    pub fn new(mut object: &[u8]) -> Result<Self> {
        let options = Arc::new(Options::default());
        let part = Part::named("object".to_owned());
        let mut decoder = PartDecoder::new(Arc::clone(&options), &part);
        let mut supplies = VecDeque::new();
        loop {
            let Supply { header, next } = decoder.supply()?;
            let next = match next {
                Next::Bytes if object.is_empty() => {
                    decoder.finish();
                    continue;
                }
                Next::Bytes => {
                    object = object.get(decoder.feed(object)?..).unwrap_or_default();
                    Next::Bytes
                }
                Next::Block(block) => Next::Block(Block::Decoded(block.decoded())),
                end @ Next::End(_) => {
                    supplies.push_back(Supply { header, next: end });
                    return Ok(Self { pipeline: Pipeline::new(options, part)?, supplies });
                }
            };
            if header.is_some() || matches!(next, Next::Block(_)) {
                supplies.push_back(Supply { header, next });
            }
        }
    }

    /// Computes all FOCUS columns, and returns the number of rows.
    pub fn normalize(mut self) -> Result<u64> {
        let mut rows = 0;
        let bytes = || Supply { header: None, next: Next::Bytes };
        loop {
            match self.pipeline.step(|| Ok(self.supplies.pop_front().unwrap_or_else(bytes)))? {
                Step::Batch(batch) => rows += batch.num_rows() as u64,
                Step::Bytes | Step::Aside => {}
                Step::End => return Ok(rows),
            }
        }
    }
}

/// A stage of a read, including the previous ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Uncompressed blocks with an index of their fields, checked to be UTF-8.
    Records,
    /// Typed columns, those needed for all FOCUS columns.
    Columns,
}

/// Runs a file through the stages up to the given one, on one thread. Returns the number of records.
pub fn run(path: &Path, stage: Stage) -> Result<u64> {
    let object: Arc<str> = Arc::from(path.to_string_lossy());
    let failed = |source| Error::Io { at: Box::new(Location::object(path.display().to_string())), source };
    let mut file = File::open(path).map_err(failed)?;
    let mut blocks = Blocks::new(Arc::clone(&object), Limits::default());
    let mut assembler: Option<Assembler> = None;
    let mut chunk = vec![0; 128 << 10];
    let mut count = 0;
    loop {
        let read = file.read(&mut chunk).map_err(failed)?;
        let mut bytes = chunk.get(..read).unwrap_or_default();
        if bytes.is_empty() {
            blocks.finish();
        }
        loop {
            let taken = blocks.feed(bytes)?;
            bytes = bytes.get(taken..).unwrap_or_default();
            while let Some(records) = blocks.next()? {
                count += records.rows() as u64;
                if stage == Stage::Records {
                    continue;
                }
                if assembler.is_none() {
                    let layout = Layout::bind(&object, blocks.header().unwrap_or_default())?;
                    let wanted = Options::default().wanted()?.grouped();
                    assembler = Some(Assembler::new(Arc::clone(&object), layout, wanted));
                }
                if let Some(assembler) = &mut assembler {
                    assembler.begin(records).finish();
                }
            }
            if bytes.is_empty() {
                break;
            }
        }
        if read == 0 {
            return Ok(count);
        }
    }
}

/// The fields of the records of an object.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// The names of the columns.
    pub header: Vec<String>,
    /// The fields of each record, without quotes.
    pub records: Vec<Vec<String>>,
    /// Records set aside: ragged, or not UTF-8.
    pub rejected: Vec<Vec<u8>>,
    /// Blank lines between records.
    pub blank_lines: u64,
}

/// Reads all records of an object, in pieces and blocks of the given sizes.
pub fn records(object: &[u8], piece_bytes: usize, block_bytes: usize) -> Result<Fields> {
    let limits = Limits { block_bytes, ..Limits::default() };
    let mut blocks = Blocks::new(Arc::from("object"), limits);
    let mut fields = Fields::default();
    for mut piece in object.chunks(piece_bytes.max(1)) {
        while !piece.is_empty() {
            let taken = blocks.feed(piece)?;
            piece = piece.get(taken..).unwrap_or_default();
            take(&mut blocks, &mut fields)?;
        }
    }
    blocks.finish();
    take(&mut blocks, &mut fields)?;
    fields.header = blocks.header().unwrap_or_default().to_vec();
    Ok(fields)
}

fn take(blocks: &mut Blocks, fields: &mut Fields) -> Result<()> {
    while let Some(records) = blocks.next()? {
        let width = blocks.header().map_or(0, <[String]>::len);
        for row in 0..records.rows() {
            let text = |column| match unquote(records.bytes(), records.field(row, column)) {
                Unquoted::Plain(range) => records.text(range).to_owned(),
                Unquoted::Doubled(range) => records.text(range).replace("\"\"", "\""),
            };
            fields.records.push((0..width).map(text).collect());
        }
        fields.blank_lines += records.blank_lines;
        fields.rejected.extend(records.rejected.iter().map(|rejected| rejected.raw.clone()));
    }
    Ok(())
}
