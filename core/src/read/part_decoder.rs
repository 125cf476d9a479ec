//! The decoder of one part: decompression, records, line items.

use std::collections::HashSet;
use std::sync::Arc;

use super::supply::{Block, Next, Supply};
use crate::csv::records::Blocks;
use crate::decode::assemble::{Assembler, PendingBlock};
use crate::error::{Error, Location, Result};
use crate::options::{Options, TableSchema};
use crate::report::layout::Layout;
use crate::report::part::Part;
use crate::schema::cur::Cur;
use crate::table::cur::CurTable;
use crate::value::content::End;

/// Decodes the bytes of one part into blocks of line items.
#[derive(Debug)]
pub(crate) struct PartDecoder {
    object: Arc<str>,
    options: Arc<Options>,
    /// The columns of all parts, if the plan has them.
    columns: Vec<String>,
    blocks: Blocks,
    assembler: Option<Assembler>,
    /// Bytes of the object consumed, before decompression.
    taken: u64,
    is_finished: bool,
    /// Whether the header was supplied.
    is_header_taken: bool,
}

impl PartDecoder {
    pub(crate) fn new(options: Arc<Options>, part: &Part) -> Self {
        let object: Arc<str> = Arc::from(part.object.as_str());
        let blocks = Blocks::new(Arc::clone(&object), options.limits).scanned_by(options.scan);
        let columns = part.columns.clone();
        Self { object, options, columns, blocks, assembler: None, taken: 0, is_finished: false, is_header_taken: false }
    }

    /// The name of the object.
    pub(crate) fn object(&self) -> &Arc<str> {
        &self.object
    }

    /// Consumes bytes and returns their number: fewer than given once it has enough for a block.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<usize> {
        let Some(expected) = self.options.expected_bytes else { return self.take(bytes) };
        let room = expected.saturating_sub(self.taken);
        if room == 0 && !bytes.is_empty() {
            return Err(self.size(expected, expected.saturating_add(1)));
        }
        let most = usize::try_from(room).map_or(bytes.len(), |room| bytes.len().min(room));
        self.take(bytes.get(..most).unwrap_or_default())
    }

    fn take(&mut self, bytes: &[u8]) -> Result<usize> {
        let taken = self.blocks.feed(bytes)?;
        self.taken += taken as u64;
        Ok(taken)
    }

    fn size(&self, expected: u64, found: u64) -> Error {
        Error::Size { at: Box::new(Location::object(&*self.object)), expected, found }
    }

    /// Marks the end of the object. Blocks can still follow.
    pub(crate) fn finish(&mut self) {
        self.is_finished = true;
        self.blocks.finish();
    }

    /// Returns the next block, or that more bytes are needed, or the end of the part.
    pub(crate) fn supply(&mut self) -> Result<Supply> {
        let next = match self.next()? {
            Some(begun) => Next::Block(Block::Begun(begun)),
            None if self.is_finished => Next::End(End { taken: self.taken, content: self.blocks.content() }),
            None => Next::Bytes,
        };
        let header = self.blocks.header().filter(|_| !self.is_header_taken).map(<[String]>::to_vec);
        self.is_header_taken |= header.is_some();
        Ok(Supply { header, next })
    }

    fn next(&mut self) -> Result<Option<PendingBlock>> {
        if let Some(expected) =
            self.options.expected_bytes.filter(|&expected| self.is_finished && self.taken < expected)
        {
            // Checked before decoding, where truncated bytes look like a damaged frame or a shorter file.
            return Err(self.size(expected, self.taken));
        }
        let records = self.blocks.next()?;
        let (Some(records), Some(header)) = (records, self.blocks.header()) else { return Ok(None) };
        if self.assembler.is_none() {
            let layout = Layout::bind(&self.object, header)?;
            // The columns of all parts come from headers that were read before.
            let known: HashSet<&String> = self.columns.iter().collect();
            if !known.is_empty() && header.iter().any(|name| !known.contains(name)) {
                let reason = "its header differs from the one read before; read the report again".to_owned();
                return Err(Error::SourceChanged { at: Box::new(Location::object(&*self.object)), reason });
            }
            let wanted = match self.options.schema {
                TableSchema::Focus => self.options.wanted()?.grouped(),
                TableSchema::Cur => {
                    let mut wanted = cur_table(&self.options, &self.columns, &layout)?.wanted();
                    if !self.options.periods.is_empty() {
                        wanted.add(Cur::BillingPeriodStartDate);
                    }
                    wanted
                }
            };
            self.assembler = Some(Assembler::new(Arc::clone(&self.object), layout, wanted));
        }
        Ok(self.assembler.as_mut().map(|assembler| assembler.begin(records)))
    }
}

/// Returns the table of the report itself: with all columns of a plan, or with those of one file.
pub(crate) fn cur_table(options: &Options, columns: &[String], layout: &Layout) -> Result<CurTable> {
    let union = match columns {
        [] => layout.clone(),
        columns => Layout::bind("plan", columns)?,
    };
    CurTable::new(&[&union], options.cur_columns(), options.encodings(), options.batch_rows)
}
