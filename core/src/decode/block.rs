//! A block being decoded: one loop per wanted column.

use super::groups::{CellGroups, WANTED_LINE_ITEM_TYPE, WANTED_OBJECT, WANTED_SHORTER, WANTED_TIMESTAMP};
use super::notes::{CellReading, Notes};
use super::rows::{undouble, unquoted};
use super::tags;
use crate::csv::records::{Records, Unquoted, unquote};
use crate::line_items::span::{SideText, Span};
use crate::line_items::{Column, Decimals, GroupIds, Times};
use crate::schema::cur::{CellSemantics, null_token};
use crate::value::decimal::{Decimal, NotExact};
use crate::value::timestamp;

pub(super) const WANTED_DECIMAL: &str = "a decimal number";
const WANTED_IN_RANGE: &str = "a decimal number of at most 20 digits before the point and 75 after it";

/// A cell that is not a valid value of its column.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowError {
    pub(super) row: usize,
    pub(super) field: usize,
    pub(super) wanted: &'static str,
}

/// A block being decoded.
pub(super) struct BlockDecoder<'r> {
    pub(super) records: &'r Records,
    pub(super) tail: SideText,
    pub(super) errors: Vec<RowError>,
    pub(super) scratch: String,
    pub(super) notes: Notes,
    /// Row, field and token of cells with a null token in place of an object.
    pub(super) nulls: Vec<(usize, usize, &'static str)>,
}

impl<'r> BlockDecoder<'r> {
    pub(super) fn new(records: &'r Records) -> Self {
        let tail = SideText::behind(records.bytes().len());
        Self { records, tail, errors: Vec::new(), scratch: String::new(), notes: Notes::default(), nulls: Vec::new() }
    }

    /// Decodes a column by its semantics. Maps are decoded elsewhere, so here they are text.
    pub(super) fn column(&mut self, field: usize, semantics: CellSemantics) -> Column {
        match semantics {
            CellSemantics::Text | CellSemantics::Map => Column::Text(self.texts(field)),
            CellSemantics::Code | CellSemantics::Account | CellSemantics::Arn => {
                let mut spans = self.texts(field);
                self.drop_null_tokens(field, &mut spans);
                Column::Text(spans)
            }
            CellSemantics::Decimal => Column::Decimal(self.decimals(field, false)),
            CellSemantics::Money => Column::Decimal(self.decimals(field, true)),
            CellSemantics::Time => Column::Time(self.times(field)),
        }
    }

    /// Numbers the rows by their combination of cells.
    pub(super) fn group_ids(&mut self, groups: &mut CellGroups, skip: Option<usize>) -> GroupIds {
        let mut of_rows = Vec::with_capacity(self.records.rows());
        groups.assign_groups(self.records, &mut of_rows, |_| {});
        self.add_group_errors(groups, &of_rows);
        groups.count_notes(&of_rows, skip, &mut self.notes);
        GroupIds { cells: groups.fresh(), of_rows }
    }

    /// Adds the errors of combinations, one per row.
    pub(super) fn add_group_errors(&mut self, groups: &CellGroups, of_rows: &[u32]) {
        if groups.has_errors() {
            self.errors.extend(of_rows.iter().enumerate().filter_map(|(row, &group)| {
                groups.error(group).map(|error| RowError { row, field: error.field, wanted: error.wanted })
            }));
        }
    }

    fn texts(&mut self, field: usize) -> Vec<Span> {
        let records = self.records;
        let mut spans = Vec::with_capacity(records.rows());
        for (row, range) in records.column(field).enumerate() {
            spans.push(match unquote(records.bytes(), range.clone()) {
                Unquoted::Plain(_) if range.is_empty() => Span::ABSENT,
                Unquoted::Plain(range) => Span::of(range),
                Unquoted::Doubled(range) => {
                    undouble(records.text(range), &mut self.scratch);
                    self.tail.push(&self.scratch).unwrap_or_else(|| {
                        self.errors.push(RowError { row, field, wanted: WANTED_SHORTER });
                        Span::ABSENT
                    })
                }
            });
        }
        spans
    }

    /// Replaces null tokens by absent cells.
    fn drop_null_tokens(&mut self, field: usize, spans: &mut [Span]) {
        for span in spans {
            // Most texts are longer than any token, which is checked first.
            if let Some(token) = null_token(self.tail.get_in(self.records.bytes(), *span)) {
                self.notes.add(CellReading::NullToken(token), field, token.as_bytes(), 1);
                *span = Span::ABSENT;
            }
        }
    }

    /// Decodes numbers. A text is an error in a money column and absent in others.
    fn decimals(&mut self, field: usize, is_money: bool) -> Decimals {
        let records = self.records;
        let mut decimals = Decimals { values: vec![Decimals::ABSENT; records.rows()], lost: Vec::new() };
        for (row, range) in records.cells(field) {
            let bytes = records.bytes().get(range.clone()).unwrap_or_default();
            // Nearly every cell is a number without quotes and blanks.
            let parsed = match Decimal::read(bytes) {
                Err(NotExact::NotANumber) => match cell(records.bytes(), range) {
                    b"" => None,
                    text => Some(Decimal::read(text)),
                },
                parsed => Some(parsed),
            };
            decimals.values[row] = match parsed {
                None => Decimals::ABSENT,
                Some(parsed) => match parsed {
                    Ok(value) => value.unscaled(),
                    Err(NotExact::Rounded(value, lost)) => {
                        decimals.lost.push((row as u32, lost));
                        value.unscaled()
                    }
                    Err(NotExact::NotANumber) if !is_money => {
                        let text = cell(records.bytes(), records.field(row, field));
                        let reading = null_token(text).map_or(CellReading::NoNumber, CellReading::NullToken);
                        self.notes.add(reading, field, text, 1);
                        Decimals::ABSENT
                    }
                    Err(not_exact) => {
                        let wanted = if not_exact == NotExact::OutOfRange { WANTED_IN_RANGE } else { WANTED_DECIMAL };
                        self.errors.push(RowError { row, field, wanted });
                        Decimals::ABSENT
                    }
                },
            };
        }
        decimals
    }

    fn times(&mut self, field: usize) -> Times {
        let records = self.records;
        let mut times = Times { values: Vec::with_capacity(records.rows()) };
        // Consecutive rows often have the same time.
        let mut last: (&[u8], i64) = (b"", Times::ABSENT);
        for (row, range) in records.column(field).enumerate() {
            let text = cell(records.bytes(), range);
            if text != last.0 {
                let value = timestamp::parse_any(text).unwrap_or_else(|| {
                    if let Some(token) = null_token(text) {
                        self.notes.add(CellReading::NullToken(token), field, token.as_bytes(), 1);
                    } else if !text.is_empty() {
                        self.errors.push(RowError { row, field, wanted: WANTED_TIMESTAMP });
                    }
                    Times::ABSENT
                });
                // An invalid cell is parsed again, because each row needs its own error.
                last = if value == Times::ABSENT { (b"", value) } else { (text, value) };
            }
            times.values.push(last.1);
        }
        times
    }

    /// Adds an error for each row with a blank cell.
    pub(super) fn require(&mut self, field: usize, types: &[Span]) {
        let records = self.records;
        for ((row, range), _) in records.column(field).enumerate().zip(types) {
            if cell(records.bytes(), range).is_empty() {
                self.errors.push(RowError { row, field, wanted: WANTED_LINE_ITEM_TYPE });
            }
        }
    }

    /// Parses the JSON objects of a column. `each` returns false if the texts of the block are too long.
    pub(super) fn each_object(
        &mut self,
        field: usize,
        mut each: impl FnMut(usize, &str, Option<&str>, &mut SideText) -> bool,
    ) {
        for row in 0..self.records.rows() {
            let range = self.records.field(row, field);
            let Self { records, tail, errors, scratch, .. } = self;
            let json = unquoted(records, range, scratch);
            if json.trim_ascii().is_empty() || tags::null_in_place_of_object(json).is_some() {
                continue;
            }
            let mut fits = true;
            let walked = tags::walk(json, |key, value| fits = fits && each(row, key, value, tail));
            if walked.is_err() || !fits {
                errors.push(RowError { row, field, wanted: if fits { WANTED_OBJECT } else { WANTED_SHORTER } });
            }
        }
    }
}

/// Returns a cell without quotes and surrounding blanks. Only for cells without doubled quotes inside, such as numbers.
fn cell(bytes: &[u8], range: std::ops::Range<usize>) -> &[u8] {
    let (Unquoted::Plain(range) | Unquoted::Doubled(range)) = unquote(bytes, range);
    bytes.get(range).unwrap_or_default().trim_ascii()
}
