//! The rows of a block as typed columns, before any rule is applied.
//!
//! In: the decoded columns. Out: cells by column; a missing column and a blank cell are both `None`. Text stays in the
//! block, as spans. Not here: parsing, the mapping, and the file format, which is behind [`Provenance`].

pub(crate) mod cells;
pub(crate) mod provenance;
pub(crate) mod span;

use std::borrow::Cow;
use std::sync::Arc;

use self::cells::GroupCells;
use self::provenance::Provenance;
use self::span::{Arena, SideText, Span};
use crate::error::Location;
use crate::report::layout::Layout;
use crate::schema::cur::{Cur, Family, ValueType, null_token};
use crate::value::decimal::{Decimal, NotExact, RoundingLoss};
use crate::value::timestamp;

/// Key-value pairs of each row.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    /// End of the pairs of each row.
    pub(crate) ends: Vec<u32>,
    /// Keys and values, row by row.
    pub(crate) pairs: Vec<(Span, Span)>,
    /// Whether the row has a cell: `{}` is a cell, a blank is not.
    pub(crate) present: Vec<bool>,
}

impl Entries {
    /// Appends other pairs, with their spans moved by `by`.
    fn append(&mut self, other: &Self, by: usize) {
        let before = self.pairs.len() as u32;
        self.ends.extend(other.ends.iter().map(|end| end + before));
        self.pairs.extend(other.pairs.iter().map(|&(key, value)| (key.moved(by), value.moved(by))));
        self.present.extend_from_slice(&other.present);
    }

    /// Removes all pairs.
    pub(crate) fn clear(&mut self) {
        self.ends.clear();
        self.pairs.clear();
        self.present.clear();
    }

    /// Returns the pairs of a row, as spans.
    pub(crate) fn of(&self, row: usize) -> &[(Span, Span)] {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.pairs[start as usize..self.ends[row] as usize]
    }
}

/// A column of numbers.
#[derive(Debug, Default)]
pub(crate) struct Decimals {
    /// Unscaled values; [`Decimals::ABSENT`] for an absent cell.
    pub(crate) values: Vec<i128>,
    /// Rounding losses other than 0, with their rows in order.
    pub(crate) lost: Vec<(u32, RoundingLoss)>,
}

impl Decimals {
    /// The value of an absent cell, outside the range of a decimal.
    pub(crate) const ABSENT: i128 = i128::MIN;

    /// Returns the number of a row.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> Option<Decimal> {
        let value = self.values[row];
        (value != Self::ABSENT).then(|| Decimal::from_unscaled(value))
    }

    /// Returns the rounding loss of a row.
    pub(crate) fn lost(&self, row: usize) -> Option<RoundingLoss> {
        let at = self.lost.binary_search_by_key(&(row as u32), |&(row, _)| row).ok()?;
        Some(self.lost[at].1)
    }
}

/// Instants in microseconds since 1970; [`Times::ABSENT`] for an absent cell.
#[derive(Debug, Default)]
pub(crate) struct Times {
    pub(crate) values: Vec<i64>,
}

impl Times {
    /// The value of an absent cell, outside the range of dates.
    pub(crate) const ABSENT: i64 = i64::MIN;

    /// Returns the instant of a row.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> Option<i64> {
        Some(self.values[row]).filter(|&value| value != Self::ABSENT)
    }
}

/// One decoded column.
#[derive(Debug)]
pub(crate) enum Column {
    /// Spans of text without quotes and escapes, not trimmed.
    Text(Vec<Span>),
    /// Numbers.
    Decimal(Decimals),
    /// Instants.
    Time(Times),
    /// Key-value pairs.
    Map(Entries),
}

/// Group numbers of rows, see [`GroupCells`].
#[derive(Debug, Default)]
pub(crate) struct GroupIds {
    /// From the decoder: only new groups. After [`LineItems::adopt`]: all groups that rows refer to.
    pub(crate) cells: GroupCells,
    /// The group number of each row.
    pub(crate) of_rows: Vec<u32>,
}

/// The pairs of an open family, once per group of rows with equal cells.
#[derive(Debug, Default)]
pub(crate) struct Pairs {
    pub(crate) groups: GroupIds,
    /// By group number.
    pub(crate) entries: Entries,
    /// The text that keys and values point to.
    pub(crate) tail: SideText,
}

impl Pairs {
    /// Returns the pairs of a row.
    pub(crate) fn of(&self, row: usize) -> &[(Span, Span)] {
        self.groups.of_rows.get(row).map_or(&[], |&group| self.entries.of(group as usize))
    }
}

/// Groups known from previous blocks.
#[derive(Debug, Default)]
pub(crate) struct GroupCache {
    bills: GroupCells,
    charges: GroupCells,
    /// Cells are empty; only the generation is used.
    families: [(GroupCells, Entries, SideText); 3],
}

/// The rows of one block.
#[derive(Debug)]
pub(crate) struct LineItems {
    /// The object of the rows.
    pub(crate) object: Arc<str>,
    /// Number of rows.
    pub(crate) rows: usize,
    /// Positions of rows and fields in the object.
    pub(crate) provenance: Box<dyn Provenance>,
    /// The columns of the file.
    pub(crate) layout: Arc<Layout>,
    /// Rejected rows. No other data of them may be used.
    pub(crate) refused: Vec<bool>,
    /// The text that spans point to.
    pub(crate) arena: Arena,
    /// Decoded columns, by [`Cur`]. `None` for columns that are not wanted or not in the file.
    pub(crate) columns: Vec<Option<Column>>,
    /// Decoded open families, by [`Family`].
    pub(crate) families: [Option<Pairs>; 3],
    /// Groups of bill cells and of charge cells. `None` if text is decoded as columns.
    pub(crate) bills: Option<GroupIds>,
    pub(crate) charges: Option<GroupIds>,
    /// The extra columns, in the order in which they were selected.
    pub(crate) extras: Vec<Option<Column>>,
}

impl LineItems {
    /// Adds the groups of previous blocks, so that group numbers can be resolved. [`LineItems::release`] returns them,
    /// with the new groups.
    pub(crate) fn adopt(&mut self, known: &mut GroupCache) {
        for (groups, known) in [(&mut self.bills, &mut known.bills), (&mut self.charges, &mut known.charges)] {
            if let Some(groups) = groups {
                known.absorb(std::mem::take(&mut groups.cells));
                std::mem::swap(&mut groups.cells, known);
            }
        }
        for (family, (cells, entries, tail)) in self.families.iter_mut().zip(&mut known.families) {
            let Some(Pairs { entries: fresh, groups, tail: fresh_tail }) = family else { continue };
            if groups.cells.generation() != cells.generation() {
                entries.clear();
                tail.clear();
            }
            // The generation stays, so that users of group numbers know when they change.
            let generation = groups.cells.generation();
            *cells = std::mem::take(&mut groups.cells);
            groups.cells.generation = generation;
            entries.append(fresh, tail.append(fresh_tail));
            std::mem::swap(fresh, entries);
            std::mem::swap(fresh_tail, tail);
        }
    }

    /// Returns all groups to the cache.
    pub(crate) fn release(self, known: &mut GroupCache) {
        for (groups, known) in [(self.bills, &mut known.bills), (self.charges, &mut known.charges)] {
            if let Some(groups) = groups {
                *known = groups.cells;
            }
        }
        for (family, (_, entries, tail)) in self.families.into_iter().zip(&mut known.families) {
            if let Some(Pairs { entries: all, tail: texts, .. }) = family {
                *entries = all;
                *tail = texts;
            }
        }
    }

    /// Returns a row.
    pub(crate) fn row(&self, row: usize) -> LineItem<'_> {
        LineItem { items: self, row }
    }

    /// Returns the group numbers of a row's bill cells and charge cells.
    pub(crate) fn groups(&self, row: usize) -> [u32; 2] {
        [&self.bills, &self.charges].map(|groups| groups.as_ref().map_or(0, |groups| groups.of_rows[row]))
    }

    /// Returns whether the file has a column.
    pub(crate) fn has(&self, column: Cur) -> bool {
        self.layout.has(column)
    }

    /// Returns whether the header has legacy names, see [`Layout::is_spelled_as_legacy`].
    pub(crate) fn is_spelled_as_legacy(&self) -> bool {
        self.layout.is_spelled_as_legacy()
    }

    /// Returns the location of a row, or of one of its cells.
    pub(crate) fn location(&self, row: usize, column: Option<Cur>) -> Location {
        let at = Location::object(&*self.object);
        match column.and_then(|column| self.layout.field(column)) {
            Some(field) => self.provenance.locate(at, row, field).column(self.layout.name(field)),
            None => self.provenance.locate(at, row, 0),
        }
    }

    /// Returns the content of a row as in the file.
    pub(crate) fn raw_record(&self, row: usize) -> Cow<'_, [u8]> {
        self.provenance.raw_record(row, self.arena.block())
    }

    /// Returns a column, if it was decoded.
    pub(crate) fn column(&self, column: Cur) -> Option<&Column> {
        self.columns[column as usize].as_ref()
    }
}

/// A row.
#[derive(Clone, Copy)]
pub(crate) struct LineItem<'a> {
    items: &'a LineItems,
    row: usize,
}

impl<'a> LineItem<'a> {
    /// Returns the index in the block.
    pub(crate) fn index(self) -> usize {
        self.row
    }

    /// Returns the row number in the object, counted from 1.
    pub(crate) fn number(self) -> u64 {
        self.items.provenance.row_number(self.row)
    }

    /// Returns the cell of a text column, trimmed. `None` if it is blank or the column is absent.
    pub(crate) fn text(self, column: Cur) -> Option<&'a str> {
        debug_assert_eq!(column.value_type(), ValueType::Text);
        let Some(Column::Text(spans)) = self.items.column(column) else {
            let mut groups = [&self.items.charges, &self.items.bills].into_iter().flatten();
            let group = groups.find(|groups| groups.cells.has(column))?;
            return group.cells.text(group.of_rows[self.row], column);
        };
        let span = spans[self.row];
        if span.is_absent() {
            return None;
        }
        let text = trimmed(self.items.arena.get(span));
        (!text.is_empty()).then_some(text)
    }

    /// Returns the cell of a text column, trimmed, even if the column was not decoded. For cells that only few rows
    /// need.
    pub(crate) fn undecoded_text(self, column: Cur) -> Option<Cow<'a, str>> {
        self.text(column).map(Cow::Borrowed).or_else(|| self.raw_text(column))
    }

    /// Returns whether a cell is neither blank nor a null token, even if it is not a valid value.
    pub(crate) fn has_text(self, column: Cur) -> bool {
        self.raw_text(column).is_some_and(|text| null_token(text.as_bytes()).is_none())
    }

    fn raw_text(self, column: Cur) -> Option<Cow<'a, str>> {
        let field = self.items.layout.field(column)?;
        self.items.provenance.cell(self.row, field, self.items.arena.block()).filter(|text| !text.is_empty())
    }

    /// Returns the cell of a number column.
    pub(crate) fn decimal(self, column: Cur) -> Option<Decimal> {
        debug_assert_eq!(column.value_type(), ValueType::Decimal);
        let Some(Column::Decimal(decimals)) = self.items.column(column) else { return None };
        decimals.get(self.row)
    }

    /// Returns the cell of a number column, even if the column was not decoded. For cells that only few rows need.
    /// `None` for a text that is not a number.
    pub(crate) fn undecoded_decimal(self, column: Cur) -> Option<Decimal> {
        if self.items.column(column).is_some() {
            return self.decimal(column);
        }
        match Decimal::read(self.raw_text(column)?.as_bytes()) {
            Ok(value) | Err(NotExact::Rounded(value, _)) => Some(value),
            Err(_) => None,
        }
    }

    /// Returns the cell of a time column, even if the column was not decoded.
    pub(crate) fn undecoded_time(self, column: Cur) -> Option<i64> {
        self.time(column).or_else(|| timestamp::parse_any(self.raw_text(column)?.as_bytes()))
    }

    /// Returns the rounding loss of a cell of a number column.
    pub(crate) fn lost(self, column: Cur) -> RoundingLoss {
        match self.items.column(column) {
            Some(Column::Decimal(decimals)) if !decimals.lost.is_empty() => decimals.lost(self.row).unwrap_or_default(),
            _ => RoundingLoss::ZERO,
        }
    }

    /// Returns the cell of a time column.
    pub(crate) fn time(self, column: Cur) -> Option<i64> {
        debug_assert_eq!(column.value_type(), ValueType::Time);
        match self.items.column(column) {
            Some(Column::Time(times)) => times.get(self.row),
            _ => {
                let bills = self.items.bills.as_ref()?;
                bills.cells.time(bills.of_rows[self.row], column)
            }
        }
    }

    /// Returns the value of a key of an open family.
    pub(crate) fn entry(self, family: Family, key: &str) -> Option<&'a str> {
        let pairs = self.items.families[family as usize].as_ref()?;
        // Most keys differ in length, which is compared first.
        let mut found = pairs.of(self.row).iter().filter(|(known, _)| known.len() == key.len());
        found.find(|&&(known, _)| pairs.tail.get(known) == key).map(|&(_, value)| pairs.tail.get(value))
    }
}

/// Trims blanks. Usually there are none, and only two bytes are examined.
#[inline]
pub(crate) fn trimmed(text: &str) -> &str {
    let bytes = text.as_bytes();
    match (bytes.first(), bytes.last()) {
        (Some(first), Some(last)) if first.is_ascii_whitespace() || last.is_ascii_whitespace() => text.trim_ascii(),
        _ => text,
    }
}
