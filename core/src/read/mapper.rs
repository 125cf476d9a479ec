//! The mapper of one part: from line items to record batches and totals.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::part_decoder::cur_table;
use super::quarantine::Quarantined;
use crate::decode::assemble::{DecodedBlock, Rejection};
use crate::decode::tags;
use crate::error::{Error, Location, Result, clip};
use crate::line_items::{GroupCache, LineItems};
use crate::normalize::apply::Table;
use crate::normalize::column::ColumnSource;
use crate::normalize::columns;
use crate::normalize::facts::FileContext;
use crate::normalize::memo::FactCache;
use crate::normalize::select::{Choice, Selected, select};
use crate::options::{OnError, Options, TableSchema};
use crate::report::layout::{ColumnLocation, Layout};
use crate::report::part::Part;
use crate::schema::cur::Cur;
use crate::table::cur::CurTable;
use crate::table::narrow::OutOfRange;
use crate::totals::asked::AskedFor;
use crate::totals::ledger::Ledger;
use crate::totals::{PartTotals, Totals};
use crate::value::content::End;

/// Maps the line items of one part to batches. Call [`Mapper::begin`] with the header, then [`Mapper::take`] for each
/// block, and [`Mapper::next_batch`] until it returns `None`.
#[derive(Debug)]
pub(crate) struct Mapper {
    object: Arc<str>,
    part: Part,
    options: Arc<Options>,
    /// The fingerprint of the options.
    fingerprint: String,
    choice: Choice,
    is_begun: bool,
    /// Groups known from previous blocks.
    known: GroupCache,
    output: OutputTable,
    ledger: Ledger,
    memo: FactCache,
    pending: Option<PartialBlock>,
    quarantined: VecDeque<Quarantined>,
    /// Bytes of the records in `quarantined`.
    quarantined_bytes: usize,
}

/// The table being built.
#[derive(Debug)]
enum OutputTable {
    Focus(Box<Table>),
    /// `None` until the header is known.
    Cur(Option<Box<CurTable>>),
}

/// A block with rows that are not in a batch yet.
#[derive(Debug)]
struct PartialBlock {
    items: LineItems,
    rows: SelectedRows,
    next: usize,
}

#[derive(Debug)]
enum SelectedRows {
    Focus(Vec<Selected>, FileContext),
    Cur(Vec<u32>),
}

impl Mapper {
    pub(crate) fn new(options: Arc<Options>, part: Part) -> Result<Self> {
        let object: Arc<str> = Arc::from(part.object.as_str());
        let output = match options.schema {
            TableSchema::Focus => OutputTable::Focus(Box::new(options.table()?)),
            TableSchema::Cur => OutputTable::Cur(None),
        };
        let mut ledger = Ledger::default();
        ledger.part = PartTotals::of(&part);
        ledger.asked = options.asked()?;
        Ok(Self {
            fingerprint: part.fingerprint.clone().unwrap_or_else(|| options.fingerprint()),
            choice: options.choice(part.as_of)?,
            object,
            part,
            options,
            is_begun: false,
            known: GroupCache::default(),
            output,
            ledger,
            memo: FactCache::default(),
            pending: None,
            quarantined: VecDeque::new(),
            quarantined_bytes: 0,
        })
    }

    /// The name of the object.
    pub(crate) fn object(&self) -> &Arc<str> {
        &self.object
    }

    /// Returns whether rows of a block are not in a batch yet.
    pub(crate) fn is_busy(&self) -> bool {
        self.pending.is_some()
    }

    /// Returns a batch, if one is full.
    pub(crate) fn next_batch(&mut self) -> Result<Option<RecordBatch>> {
        while self.pending.is_some() {
            if let Some(batch) = self.hand_out()? {
                return Ok(Some(batch));
            }
        }
        Ok(None)
    }

    /// Ends the part. Returns its last batch.
    pub(crate) fn finish(&mut self, end: End) -> Result<Option<RecordBatch>> {
        self.ledger.part.end(Some(end));
        // A part without records is one of its month all the same.
        if self.ledger.part.rows_in == 0
            && let Some(month) = self.part.period
            && let Some(asked) = self.ledger.asked.get_mut(&AskedFor::Period)
        {
            asked.found(&month.to_string());
        }
        self.close_batch()
    }

    /// Marks the part as incomplete, after [`Mapper::finish`] was called too early.
    pub(crate) fn reopen(&mut self) {
        self.ledger.part.complete = false;
    }

    /// Binds the columns of the file. Later calls have no effect.
    pub(crate) fn begin(&mut self, header: &[String]) -> Result<()> {
        if std::mem::replace(&mut self.is_begun, true) {
            return Ok(());
        }
        let layout = Layout::bind(&self.object, header)?;
        for (what, subject) in &layout.warnings {
            self.ledger.warn_about("column", what, subject);
        }
        match &mut self.output {
            OutputTable::Focus(_) => {
                self.ledger.part.has_net_columns = Some(layout.has(Cur::NetUnblendedCost));
                self.note_columns(&layout)?;
            }
            OutputTable::Cur(table) => {
                *table = Some(Box::new(cur_table(&self.options, &self.part.columns, &layout)?));
            }
        }
        Ok(())
    }

    /// Selects the rows of a block. The previous block must be in batches.
    pub(crate) fn take(&mut self, assembled: DecodedBlock) -> Result<()> {
        debug_assert!(self.is_begun && self.pending.is_none());
        let DecodedBlock { mut items, mut rejections, records, blank_lines, notes, lacks_line_end } = assembled;
        for note in notes {
            let column = clip(items.layout.name(note.field).as_bytes());
            self.ledger.warn_rows(note.code(), &note.what(), note.rows, &column, &note.detail());
        }
        items.adopt(&mut self.known);
        self.ledger.part.rows_in += records;
        self.ledger.part.blank_lines += blank_lines;
        if lacks_line_end {
            let what = "the last line has no line end; if the file was cut off there, rows are missing, or the last cell is not whole";
            self.ledger.warn_about("no_final_newline", what, &self.object);
        }
        let (rows, unmapped) = self.rows_of(&items);
        rejections.extend(unmapped);
        rejections.sort_by_key(|rejection| rejection.row);
        self.refuse(rejections)?;
        self.pending = Some(PartialBlock { items, rows, next: 0 });
        self.bound_keys()
    }

    /// Limits the memory of sums per currency, invoice, account and commitment, so that an invalid file cannot exhaust it.
    fn bound_keys(&self) -> Result<()> {
        /// There are fewer currencies in the world.
        const MOST_CURRENCIES: usize = 256;
        const MOST_BYTES: usize = 512 << 20;
        let what = if self.ledger.currencies() > MOST_CURRENCIES {
            format!("{MOST_CURRENCIES} currencies")
        } else if self.ledger.memory() > MOST_BYTES {
            format!("{} MiB of sums per invoice, account and commitment", MOST_BYTES >> 20)
        } else {
            return Ok(());
        };
        let reason = format!("the file has more than {what}, which no known bill has; check that it is a report");
        Err(Error::Format { at: Box::new(Location::object(&*self.object)), reason })
    }

    /// Returns the output rows of a block, and the line items that cannot be mapped.
    fn rows_of(&mut self, items: &LineItems) -> (SelectedRows, Vec<Rejection>) {
        match self.output {
            OutputTable::Focus(_) => {
                let (selected, unmapped) = select(items, &self.choice, &mut self.memo, &mut self.ledger);
                let terms = FileContext::of(items, self.choice.keep_negation, self.choice.as_of);
                (SelectedRows::Focus(selected, terms), unmapped)
            }
            OutputTable::Cur(ref table) => {
                let mut rows: Vec<u32> = (0..items.rows as u32).filter(|&row| !items.refused[row as usize]).collect();
                rows.retain(|&row| self.choice.wants(items.row(row as usize), &mut self.ledger));
                let mut rejections = Vec::new();
                rows.retain(|&row| {
                    let row = row as usize;
                    let Some(Err(error)) = table.as_ref().map(|table| table.check_range(items, row)) else {
                        return true;
                    };
                    let (error, raw) = (error.at(items.location(row, None)), items.raw_record(row).into_owned());
                    rejections.push(Rejection { row: items.row(row).number(), raw, error });
                    false
                });
                (SelectedRows::Cur(rows), rejections)
            }
        }
    }

    /// Stops at the first rejected record, or sets all of them aside.
    fn refuse(&mut self, rejections: Vec<Rejection>) -> Result<()> {
        self.ledger.part.rows_quarantined += rejections.len() as u64;
        for Rejection { raw: record, error, .. } in rejections {
            match self.options.on_error() {
                OnError::Stop => return Err(error),
                OnError::Quarantine => {
                    self.quarantined_bytes += record.len();
                    self.quarantined.push_back(Quarantined { record, error });
                }
            }
        }
        Ok(())
    }

    /// Moves rows into the current batch. Returns it if it is full.
    fn hand_out(&mut self) -> Result<Option<RecordBatch>> {
        let Some(PartialBlock { items, rows, next }) = self.pending.as_mut() else { return Ok(None) };
        let is_done = match (&mut self.output, rows) {
            (OutputTable::Focus(table), SelectedRows::Focus(selected, terms)) => {
                let end = selected.len().min(*next + table.room());
                let delivery = self.part.delivery.as_deref();
                let selected_now = selected.get(*next..end).unwrap_or_default();
                table.append(items, selected_now, *terms, &self.memo, delivery, &mut self.ledger);
                *next = end;
                end == selected.len()
            }
            (OutputTable::Cur(Some(table)), SelectedRows::Cur(rows)) => {
                let end = rows.len().min(*next + table.room());
                table.append(items, rows.get(*next..end).unwrap_or_default());
                self.ledger.part.rows_out += (end - *next) as u64;
                *next = end;
                end == rows.len()
            }
            _ => true,
        };
        if is_done && let Some(PartialBlock { items, .. }) = self.pending.take() {
            items.release(&mut self.known);
        }
        let is_full = match &self.output {
            OutputTable::Focus(table) => table.room() == 0,
            OutputTable::Cur(table) => table.as_ref().is_some_and(|table| table.room() == 0),
        };
        if is_full { self.close_batch() } else { Ok(None) }
    }

    fn close_batch(&mut self) -> Result<Option<RecordBatch>> {
        let at = |error: OutOfRange| error.at(Location::object(&*self.object));
        match &mut self.output {
            OutputTable::Focus(table) => table.finish(&mut self.ledger).map_err(at),
            OutputTable::Cur(table) => {
                let finished = table.as_mut().map_or(Ok(None), |table| table.finish()).map_err(at)?;
                Ok(finished.map(|(batch, rounded)| {
                    self.ledger.handed_out.rows += batch.num_rows() as u64;
                    self.ledger.add_rounded(&rounded, &BTreeMap::new());
                    batch
                }))
            }
        }
    }

    /// The schema of all batches. With the schema `cur` it is `None` until the header is known.
    pub(crate) fn schema(&self) -> Option<SchemaRef> {
        match &self.output {
            OutputTable::Focus(table) => Some(Arc::clone(table.schema())),
            OutputTable::Cur(table) => table.as_ref().map(|table| Arc::clone(table.schema())),
        }
    }

    /// Returns the records set aside since the last call. They are kept until then.
    pub(crate) fn take_quarantined(&mut self) -> Vec<Quarantined> {
        self.quarantined_bytes = 0;
        self.quarantined.drain(..).collect()
    }

    /// Returns the bytes of the records set aside since the last call of [`Mapper::take_quarantined`].
    pub(crate) fn quarantined_bytes(&self) -> usize {
        self.quarantined_bytes
    }

    /// Returns the totals so far. They are complete at the end of the part.
    pub(crate) fn totals(&self) -> Totals {
        Totals {
            fingerprint: Some(self.fingerprint.clone()),
            is_unmapped: self.options.schema == TableSchema::Cur,
            decimals: self.options.selected_decimals(),
            ..self.ledger.clone().into_totals()
        }
    }

    /// Records the columns of the header: warns about FOCUS columns that are null because the report has none of their
    /// cells, and notes which extra columns and tags it has.
    fn note_columns(&mut self, layout: &Layout) -> Result<()> {
        let columns = self.options.output_columns()?;
        for column in &columns {
            let ColumnSource::Focus(focus) = column.source else { continue };
            let rule = columns::of(focus);
            if rule.is_copied && !rule.reads.iter().any(|&cell| layout.has(cell)) {
                let what = "a column is null, because the report has no cells for it";
                self.ledger.warn_about("columns_absent", what, &column.name);
            }
        }
        if let Some(asked) = self.ledger.asked.get_mut(&AskedFor::ExtraColumn) {
            layout.names().iter().filter(|name| !name.trim().is_empty()).for_each(|name| asked.note(name));
            for column in &columns {
                let ColumnSource::Extra(_, name, _) = &column.source else { continue };
                // Keys of the map `product` are found in rows.
                if matches!(layout.resolve(name), Some(ColumnLocation::Field(_))) {
                    asked.found(name);
                }
            }
        }
        if let Some(asked) = self.ledger.asked.get_mut(&AskedFor::Tag) {
            let has_athena_tags = layout.has_athena_tags();
            for (key, _) in &layout.tags {
                let key = tags::under(self.options.tag_policy, tags::resource_tag(key));
                asked.note(&key);
                for column in &columns {
                    let ColumnSource::Tag(tag) = &column.source else { continue };
                    if tag.keys(has_athena_tags).any(|known| known == key) {
                        asked.found(&tag.name);
                    }
                }
            }
        }
        Ok(())
    }
}
