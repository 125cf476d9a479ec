//! Open families of columns: tags, cost categories and discounts as key-value pairs.
//!
//! In: the maps of CUR 2.0, parsed once per group of equal rows, and the columns of the legacy report, row by row. Out:
//! pairs with the keys of FOCUS.

use std::borrow::Cow;
use std::collections::HashMap;

use super::block::{BlockDecoder, RowError, WANTED_DECIMAL};
use super::groups::{CellError, CellGroups, WANTED_OBJECT, WANTED_SHORTER};
use super::notes::CellReading;
use super::rows::{undouble, unquoted};
use super::tags;
use crate::csv::records::{Unquoted, unquote};
use crate::line_items::span::{SideText, Span};
use crate::line_items::{Entries, GroupIds, Pairs};
use crate::value::decimal::{Decimal, NotExact};

/// Maximum number of keys of one object. A resource has at most 50 tags. Keys are compared pairwise, so a limit is
/// needed.
const MOST_PAIRS: usize = 4_096;
const WANTED_FEWER_KEYS: &str = "an object of at most 4,096 keys";

/// Maps a key to the key in FOCUS; `None` leaves the pair out.
pub(super) type KeyName<'a> = dyn for<'k> Fn(&'k str) -> Option<Cow<'k, str>> + 'a;

/// A column of JSON objects.
#[derive(Clone, Copy)]
pub(super) struct PairSource<'a> {
    pub(super) field: usize,
    /// The map of keys; without one, keys are unchanged.
    pub(super) shown: Option<&'a KeyName<'a>>,
    /// Whether a key is left out if the row already has one that is equal in Athena's spelling.
    pub(super) repeats_folded: bool,
}

impl PairSource<'_> {
    pub(super) fn json(field: usize) -> Self {
        Self { field, shown: None, repeats_folded: false }
    }
}

impl BlockDecoder<'_> {
    /// Returns the pairs of a family, parsed once per group of rows with equal cells. `told` is a field whose notes
    /// another family counts.
    pub(super) fn pairs(
        &mut self,
        sources: &[PairSource<'_>],
        flat: &[(Cow<'_, str>, usize)],
        groups: &mut Option<CellGroups>,
        are_decimals: bool,
        told: Option<usize>,
    ) -> Pairs {
        let field = sources.first().map(|source| source.field).or(flat.first().map(|&(_, field)| field));
        let field = field.unwrap_or_default();
        if sources.is_empty() && flat.is_empty() {
            return Pairs::default();
        }
        let fields = sources.iter().map(|source| source.field).chain(flat.iter().map(|&(_, field)| field));
        let groups = groups.get_or_insert_with(|| CellGroups::of_fields(fields));
        let mut firsts = Vec::new();
        let mut of_rows = Vec::new();
        groups.assign_groups(self.records, &mut of_rows, |row| firsts.push(row));
        let mut entries = Entries::default();
        let mut tail = SideText::behind(0);
        let errors = std::mem::take(&mut self.errors);
        std::mem::swap(&mut self.tail, &mut tail);
        self.add_entries(firsts.iter().copied(), sources, flat, &mut entries);
        for (row, field, token) in self.nulls.drain(..) {
            groups.add_note(of_rows[row], CellReading::NullToken(token), field, token.as_bytes());
        }
        let walked = self.errors.len();
        if are_decimals {
            self.make_decimals(&mut entries, field);
        }
        for (at, error) in std::mem::replace(&mut self.errors, errors).into_iter().enumerate() {
            // Errors before this index have a row of the block, later ones the index of an entry.
            let row = if at < walked { error.row } else { firsts[error.row] };
            groups.add_error(of_rows[row], CellError { field: error.field, wanted: error.wanted });
        }
        std::mem::swap(&mut self.tail, &mut tail);
        self.add_group_errors(groups, &of_rows);
        groups.count_notes(&of_rows, told, &mut self.notes);
        Pairs { entries, groups: GroupIds { cells: groups.fresh(), of_rows }, tail }
    }

    /// Returns the pairs of each row: those of JSON columns, then those of flat columns. Pairs with blank values are
    /// left out; of two pairs with the same key the first is kept.
    pub(super) fn entries(&mut self, sources: &[PairSource<'_>], flat: &[(Cow<'_, str>, usize)]) -> Entries {
        let mut entries = Entries::default();
        self.add_entries(0..self.records.rows(), sources, flat, &mut entries);
        for (_, field, token) in self.nulls.drain(..) {
            self.notes.add(CellReading::NullToken(token), field, token.as_bytes(), 1);
        }
        entries
    }

    fn add_entries(
        &mut self,
        rows: impl Iterator<Item = usize>,
        sources: &[PairSource<'_>],
        flat: &[(Cow<'_, str>, usize)],
        entries: &mut Entries,
    ) {
        let Self { records, tail, errors, scratch, nulls, .. } = self;
        let keys: Vec<(Option<Span>, usize)> = flat.iter().map(|(key, field)| (tail.push(key), *field)).collect();
        // The numbers of the keys of flat columns, and the last row with a pair for each.
        let mut numbers = HashMap::with_capacity(flat.len());
        let mut number = |key| {
            let next = numbers.len();
            *numbers.entry(key).or_insert(next)
        };
        let of_flat: Vec<usize> = flat.iter().map(|(key, _)| number(&**key)).collect();
        let mut last_rows = vec![usize::MAX; numbers.len()];
        for row in rows {
            let start = entries.pairs.len();
            let mut present = !flat.is_empty();
            for source in sources {
                let json = unquoted(records, records.field(row, source.field), scratch);
                if json.trim_ascii().is_empty() {
                    continue;
                }
                if let Some(token) = tags::null_in_place_of_object(json) {
                    nulls.push((row, source.field, token));
                    continue;
                }
                present = true;
                let mut limit = None;
                let walked = tags::walk(json, |key, value| {
                    let shown = match source.shown {
                        Some(shown) => shown(key),
                        None => Some(Cow::Borrowed(key)),
                    };
                    let (Some(key), Some(value)) = (shown, value) else { return };
                    if limit.is_some() {
                        return;
                    }
                    let known = entries.pairs.get(start..).unwrap_or_default().iter();
                    let repeats = known.map(|&(known, _)| tail.get(known)).any(|known| {
                        known == key || source.repeats_folded && crate::schema::cur::athena_name(known) == key
                    });
                    if repeats || value.trim_ascii().is_empty() {
                        return;
                    }
                    if entries.pairs.len() - start == MOST_PAIRS {
                        limit = Some(WANTED_FEWER_KEYS);
                        return;
                    }
                    if let Some(&number) = numbers.get(&*key) {
                        last_rows[number] = row;
                    }
                    match (tail.push(&key), tail.push(value)) {
                        (Some(key), Some(value)) => entries.pairs.push((key, value)),
                        _ => limit = Some(WANTED_SHORTER),
                    }
                });
                if let Some(wanted) = limit.or(walked.is_err().then_some(WANTED_OBJECT)) {
                    errors.push(RowError { row, field: source.field, wanted });
                }
            }
            let record = records.record(row);
            for (&number, &(key, field)) in of_flat.iter().zip(&keys) {
                if record.is_blank(field) || last_rows[number] == row {
                    continue;
                }
                let range = record.field(field);
                let value = match unquote(records.bytes(), range) {
                    Unquoted::Plain(range) => tail.push(records.text(range)),
                    Unquoted::Doubled(range) => {
                        undouble(records.text(range), scratch);
                        tail.push(scratch)
                    }
                };
                let (Some(key), Some(value)) = (key, value) else {
                    errors.push(RowError { row, field, wanted: WANTED_SHORTER });
                    continue;
                };
                if is_blank(tail.get_in(records.bytes(), value)) {
                    continue;
                }
                last_rows[number] = row;
                entries.pairs.push((key, value));
            }
            entries.present.push(present);
            entries.ends.push(entries.pairs.len() as u32);
        }
    }

    /// Converts the values to plain decimals.
    fn make_decimals(&mut self, entries: &mut Entries, field: usize) {
        let mut start = 0;
        for (row, &end) in entries.ends.iter().enumerate() {
            for (_, value) in entries.pairs.get_mut(start..end as usize).unwrap_or_default() {
                let text = self.tail.get_in(self.records.bytes(), *value).trim_ascii();
                let number = match Decimal::read(text) {
                    Ok(number) | Err(NotExact::Rounded(number, _)) => self.tail.push(&number.to_string()),
                    Err(_) => None,
                };
                match number {
                    Some(span) => *value = span,
                    None => self.errors.push(RowError { row, field, wanted: WANTED_DECIMAL }),
                }
            }
            start = end as usize;
        }
    }
}

/// Returns whether a text is blank. Nearly always one byte decides.
#[inline]
fn is_blank(text: &[u8]) -> bool {
    text.first().is_none_or(u8::is_ascii_whitespace) && text.trim_ascii().is_empty()
}
