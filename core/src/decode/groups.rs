//! Groups of equal rows: cells that repeat from row to row are kept once per combination.
//!
//! In: the rows of a block, and a set of columns. Out: a group number for each row, and the cells of new groups.
//! Rows with the same cells in these columns have the same number, and values that depend on these cells are computed
//! once per group. Most of a report repeats: one price of one product has the same thirty cells in thousands of rows.
//! This is a dictionary encoding of whole groups of cells.

use std::borrow::Cow;
use std::hash::{BuildHasher, Hasher};

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

use super::notes::{CellReading, Notes};
use super::{accounts, tags};
use crate::line_items::Times;
use crate::line_items::cells::{ABSENT, GroupCells};
use crate::line_items::span::Span;
use crate::schema::cur::{CellSemantics, Cur, null_token};
use crate::value::timestamp;

/// Limits of key bytes and of groups, tested before each block. If one is exceeded, all groups are dropped.
const MOST_BYTES: usize = 8 << 20;
const MOST_GROUPS: usize = 1 << 15;

/// The rows of a block, in the format of their file.
pub(crate) trait Rows {
    /// Returns the number of rows.
    fn rows(&self) -> usize;

    /// Returns bytes that identify the cells of the fields `first` to `last` of a row: equal bytes mean equal cells.
    fn key(&self, row: usize, first: usize, last: usize) -> &[u8];

    /// Returns the text of a cell. `scratch` is used if the text is not stored in the block as it is.
    fn cell<'a>(&'a self, row: usize, field: usize, scratch: &'a mut String) -> &'a str;
}

/// A cell that is not a valid value of its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CellError {
    pub(crate) field: usize,
    pub(crate) wanted: &'static str,
}

// What a cell should be: `wanted` of `Error::Value`, after "is not".
pub(super) const WANTED_TIMESTAMP: &str = "a timestamp";
pub(super) const WANTED_OBJECT: &str = "a JSON object";
pub(super) const WANTED_LINE_ITEM_TYPE: &str = "a line item type";
pub(super) const WANTED_SHORTER: &str = "short enough: the texts of a block have more than 4 GiB together";

/// Columns of account, invoice and currency (times: [`BILL_TIMES`]), numbered apart from product columns.
#[rustfmt::skip]
pub(crate) const BILL: &[Cur] = &[
    Cur::InvoiceId, Cur::PayerAccountId, Cur::PayerAccountName, Cur::UsageAccountId, Cur::UsageAccountName,
    Cur::CurrencyCode,
];
/// The time columns of this group.
pub(crate) const BILL_TIMES: &[Cur] = &[Cur::BillingPeriodStartDate, Cur::BillingPeriodEndDate];
/// Text columns that are in no group. They have a value per row, or, in some bills, a price per row: in a group one such
/// column would make each combination new. A key of the `product` map is in a group all the same.
#[rustfmt::skip]
pub(crate) const PER_ROW_TEXTS: &[Cur] = &[
    Cur::LineItemId, Cur::TimeInterval, Cur::ResourceId, Cur::SplitParentResourceId, Cur::LineItemDescription,
    Cur::PricingRateCode, Cur::PricingRateId, Cur::ProductSku,
];

/// Numbers the combinations of a set of columns in order of their first row.
#[derive(Debug)]
pub(crate) struct CellGroups {
    texts: Vec<(Cur, Option<usize>)>,
    times: Vec<(Cur, usize)>,
    /// Wanted keys of the `product` map, with their index among the texts.
    products: Vec<(&'static str, usize)>,
    product: Option<usize>,
    /// Runs of adjacent fields: first and last.
    runs: Vec<(usize, usize)>,
    hasher: DefaultHashBuilder,
    table: HashTable<u32>,
    /// Hash of each combination, and the span of its key in `key_bytes`.
    keys: Vec<(u64, Span)>,
    key_bytes: Vec<u8>,
    errors: Vec<(u32, CellError)>,
    notes: GroupNotes,
    /// Cells of the combinations not yet returned.
    fresh: GroupCells,
    scratch: String,
}

impl CellGroups {
    /// Creates groups of text columns and time columns. `product` is the field of the `product` map; a column without a
    /// field can come from that map.
    pub(crate) fn new(texts: Vec<(Cur, Option<usize>)>, times: Vec<(Cur, usize)>, product: Option<usize>) -> Self {
        let mut places = vec![ABSENT; Cur::COUNT];
        let all = texts.iter().map(|&(column, _)| column).enumerate();
        for (index, column) in all.chain(times.iter().map(|&(column, _)| column).enumerate()) {
            places[column as usize] = index as u8;
        }
        let products: Vec<_> =
            texts.iter().enumerate().filter_map(|(index, (column, _))| Some((column.product_key()?, index))).collect();
        let product = product.filter(|_| !products.is_empty());
        let fields = texts.iter().filter_map(|&(_, field)| field).chain(times.iter().map(|&(_, field)| field));
        let fresh =
            GroupCells { texts: texts.len(), times: times.len(), places: places.into(), ..GroupCells::default() };
        let runs = runs(fields.chain(product));
        Self {
            texts,
            times,
            products,
            product,
            runs,
            hasher: DefaultHashBuilder::default(),
            table: HashTable::new(),
            keys: Vec::new(),
            key_bytes: Vec::new(),
            errors: Vec::new(),
            notes: GroupNotes::default(),
            fresh,
            scratch: String::new(),
        }
    }

    /// Creates groups of whole fields, without their cells.
    pub(crate) fn of_fields(fields: impl Iterator<Item = usize>) -> Self {
        Self { runs: runs(fields), ..Self::new(Vec::new(), Vec::new(), None) }
    }

    /// Returns the cells of the combinations added since the last call.
    pub(crate) fn fresh(&mut self) -> GroupCells {
        let empty = self.fresh.emptied();
        std::mem::replace(&mut self.fresh, empty)
    }

    /// Returns the error in the cells of a combination.
    pub(crate) fn error(&self, group: u32) -> Option<CellError> {
        self.errors.binary_search_by_key(&group, |&(group, _)| group).ok().map(|at| self.errors[at].1)
    }

    /// Returns whether any combination has an error.
    pub(crate) fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Records an error in a combination. The leftmost field has priority.
    pub(crate) fn add_error(&mut self, group: u32, error: CellError) {
        match self.errors.binary_search_by_key(&group, |&(group, _)| group) {
            Ok(at) if error.field < self.errors[at].1.field => self.errors[at].1 = error,
            Ok(_) => {}
            Err(at) => self.errors.insert(at, (group, error)),
        }
    }

    /// Records how a cell of a combination is read. Combinations must come in order.
    pub(crate) fn add_note(&mut self, group: u32, reading: CellReading, field: usize, text: &[u8]) {
        self.notes.add(group, reading, field, text);
    }

    /// Counts the rows with cells whose value differs from their text. `skip` is a field that another group has as
    /// well.
    pub(crate) fn count_notes(&mut self, of_rows: &[u32], skip: Option<usize>, notes: &mut Notes) {
        self.notes.count(of_rows);
        notes.take_counts(&mut self.notes.notes, skip);
    }

    /// Sets the group number of each row of a block. Calls `on_new_group` with the first row of each new combination.
    pub(crate) fn assign_groups(
        &mut self,
        rows: &impl Rows,
        group_of_row: &mut Vec<u32>,
        mut on_new_group: impl FnMut(usize),
    ) {
        if self.key_bytes.len() > MOST_BYTES || self.keys.len() > MOST_GROUPS {
            self.forget();
        }
        group_of_row.clear();
        group_of_row.reserve(rows.rows());
        for row in 0..rows.rows() {
            let mut hasher = self.hasher.build_hasher();
            for &(from, to) in &self.runs {
                hasher.write(rows.key(row, from, to));
            }
            let hash = hasher.finish();
            let Self { table, keys, key_bytes, runs, .. } = self;
            let same = |&group: &u32| {
                let (known, span) = keys[group as usize];
                known == hash && is_key(bytes_of(key_bytes, span), runs, rows, row)
            };
            let group = match table.entry(hash, same, |&group| keys[group as usize].0) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(new) => {
                    let group = keys.len() as u32;
                    new.insert(group);
                    self.add(hash, rows, row);
                    on_new_group(row);
                    group
                }
            };
            group_of_row.push(group);
        }
    }

    fn forget(&mut self) {
        self.table.clear();
        self.keys.clear();
        self.key_bytes.clear();
        self.errors.clear();
        self.notes.of_groups.clear();
        self.fresh = self.fresh.emptied();
        self.fresh.generation += 1;
    }

    /// Adds a new combination with the cells of its first row.
    fn add(&mut self, hash: u64, rows: &impl Rows, row: usize) {
        let group = self.keys.len() as u32;
        let mut error: Option<CellError> = None;
        let mut add_error = |field, wanted| {
            if error.is_none_or(|known| field < known.field) {
                error = Some(CellError { field, wanted });
            }
        };
        let start = self.key_bytes.len();
        for &(from, to) in &self.runs {
            self.key_bytes.extend_from_slice(rows.key(row, from, to));
        }
        if self.key_bytes.len() >= u32::MAX as usize {
            self.key_bytes.truncate(start);
            add_error(0, WANTED_SHORTER);
        }
        self.keys.push((hash, Span::of(start..self.key_bytes.len())));
        let Self { fresh, scratch, notes, .. } = self;
        let first = fresh.spans.len();
        for &(column, field) in &self.texts {
            let span = field.and_then(|field| {
                let written = rows.cell(row, field, scratch).trim_ascii();
                let (text, reading) = read_as(column, written);
                if let Some(reading) = reading {
                    notes.add(group, reading, field, written.as_bytes());
                }
                if text.is_empty() {
                    if column == Cur::LineItemType {
                        add_error(field, WANTED_LINE_ITEM_TYPE);
                    }
                    return None;
                }
                let span = fresh.tail.push(&text);
                if span.is_none() {
                    add_error(field, WANTED_SHORTER);
                }
                span
            });
            fresh.spans.push(span.unwrap_or(Span::ABSENT));
        }
        for &(_, field) in &self.times {
            let text = rows.cell(row, field, scratch).trim_ascii();
            let time = timestamp::parse_any(text.as_bytes());
            match null_token(text.as_bytes()) {
                _ if time.is_some() || text.is_empty() => {}
                Some(token) => notes.add(group, CellReading::NullToken(token), field, token.as_bytes()),
                None => add_error(field, WANTED_TIMESTAMP),
            }
            fresh.instants.push(time.unwrap_or(Times::ABSENT));
        }
        fresh.count += 1;
        if let Some(field) = self.product
            && let Err(wanted) = self.add_products(rows, row, field, first, group)
        {
            add_error(field, wanted);
        }
        if let Some(error) = error {
            self.errors.push((group, error));
        }
    }

    /// Adds the wanted keys of the `product` map. A cell of a flat column has priority.
    fn add_products(
        &mut self,
        rows: &impl Rows,
        row: usize,
        field: usize,
        first: usize,
        group: u32,
    ) -> Result<(), &'static str> {
        let json = rows.cell(row, field, &mut self.scratch);
        if json.trim_ascii().is_empty() {
            return Ok(());
        }
        if let Some(token) = tags::null_in_place_of_object(json) {
            self.notes.add(group, CellReading::NullToken(token), field, token.as_bytes());
            return Ok(());
        }
        let mut found = vec![Span::ABSENT; self.products.len()];
        let mut fits = true;
        let walked = tags::walk(json, |key, value| {
            let known = self.products.iter().position(|(known, _)| *known == key);
            if let (Some(index), Some(value)) = (known, value) {
                let written = value.trim_ascii();
                let (text, reading) = read_as(self.texts[self.products[index].1].0, written);
                if let Some(reading) = reading {
                    self.notes.add(group, reading, field, written.as_bytes());
                }
                match self.fresh.tail.push(&text) {
                    Some(span) => found[index] = span,
                    None => fits = false,
                }
            }
        });
        for ((_, index), span) in self.products.iter().zip(found) {
            let cell = &mut self.fresh.spans[first + index];
            if cell.is_absent() && !span.is_blank() {
                *cell = span;
            }
        }
        match (walked, fits) {
            (Err(_), _) => Err(WANTED_OBJECT),
            (Ok(()), false) => Err(WANTED_SHORTER),
            (Ok(()), true) => Ok(()),
        }
    }
}

/// Combinations with cells whose value differs from their text.
#[derive(Debug, Default)]
struct GroupNotes {
    notes: Notes,
    /// Combination and index of its note, in order of combinations.
    of_groups: Vec<(u32, u32)>,
}

impl GroupNotes {
    fn add(&mut self, group: u32, reading: CellReading, field: usize, text: &[u8]) {
        let index = self.notes.index(reading, field, text) as u32;
        debug_assert!(self.of_groups.last().is_none_or(|&(last, _)| last <= group));
        self.of_groups.push((group, index));
    }

    fn count(&mut self, of_rows: &[u32]) {
        if self.of_groups.is_empty() {
            return;
        }
        for &group in of_rows {
            let first = self.of_groups.partition_point(|&(known, _)| known < group);
            let of_group = self.of_groups[first..].iter().take_while(|&&(known, _)| known == group);
            for &(_, index) in of_group {
                self.notes.count(index as usize);
            }
        }
    }
}

/// Returns the value of a trimmed text of a column, and how it was read, if the value differs from the text. Blank if
/// the cell has no value.
fn read_as(column: Cur, text: &str) -> (Cow<'_, str>, Option<CellReading>) {
    const BLANK: Cow<'static, str> = Cow::Borrowed("");
    let semantics = column.semantics();
    if text.is_empty() || semantics == CellSemantics::Text {
        return (Cow::Borrowed(text), None);
    }
    if let Some(token) = null_token(text.as_bytes()) {
        return (BLANK, Some(CellReading::NullToken(token)));
    }
    match semantics {
        CellSemantics::Arn if !text.starts_with("arn:") => (BLANK, Some(CellReading::NoArn)),
        CellSemantics::Account => match accounts::mended(text) {
            Some(digits) => (Cow::Owned(digits), Some(CellReading::MendedAccount)),
            None => (Cow::Borrowed(text), None),
        },
        _ => (Cow::Borrowed(text), None),
    }
}

/// Returns the key of a combination.
#[inline]
fn bytes_of(key_bytes: &[u8], span: Span) -> &[u8] {
    key_bytes.get(span.start()..span.start() + span.len()).unwrap_or_default()
}

/// Returns whether the concatenated runs of a row equal a key.
fn is_key(mut key: &[u8], runs: &[(usize, usize)], rows: &impl Rows, row: usize) -> bool {
    for &(from, to) in runs {
        match key.strip_prefix(rows.key(row, from, to)) {
            Some(rest) => key = rest,
            None => return false,
        }
    }
    key.is_empty()
}

/// Combines adjacent fields into runs.
fn runs(fields: impl Iterator<Item = usize>) -> Vec<(usize, usize)> {
    let mut fields: Vec<usize> = fields.collect();
    fields.sort_unstable();
    fields.dedup();
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for field in fields {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == field => *last = field,
            _ => runs.push((field, field)),
        }
    }
    runs
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    /// Rows of no file format: the cells of each row, with a bar after each cell.
    struct Plain(Vec<&'static str>);

    impl Rows for Plain {
        fn rows(&self) -> usize {
            self.0.len()
        }

        fn key(&self, row: usize, first: usize, last: usize) -> &[u8] {
            let row = self.0[row];
            let ends: Vec<usize> = row.match_indices('|').map(|(at, _)| at + 1).collect();
            let start = first.checked_sub(1).map_or(0, |before| ends[before]);
            &row.as_bytes()[start..ends[last]]
        }

        fn cell<'a>(&'a self, row: usize, field: usize, scratch: &'a mut String) -> &'a str {
            scratch.clear();
            scratch.push_str(self.0[row].split('|').nth(field).unwrap());
            scratch
        }
    }

    #[test]
    fn rows_are_numbered_by_their_cells_in_any_format() {
        // The fields: line item type, resource id (not in the group), product code, start of the period.
        let texts = vec![(Cur::LineItemType, Some(0)), (Cur::ProductCode, Some(2))];
        let mut groups = CellGroups::new(texts, vec![(Cur::BillingPeriodStartDate, 3)], None);
        let blocks = [
            (
                vec!["Usage|i-1|EC2|2026-01-01T00:00:00Z|", "Usage|i-2|EC2|2026-01-01T00:00:00Z|", "Tax|| S3 ||"],
                vec![0, 0, 1],
            ),
            // Different cells whose concatenation is equal.
            (vec!["Tax|| S3 ||", "Usage|i|EC2S3||", "UsageEC2|i|S3||", "|i|S3|soon|"], vec![1, 2, 3, 4]),
        ];
        let mut known = GroupCells::default();
        let mut numbers = Vec::new();
        for (rows, wanted) in blocks {
            groups.assign_groups(&Plain(rows), &mut numbers, |_| {});
            assert_eq!(numbers, wanted);
            known.absorb(groups.fresh());
        }
        let cells = |group| (known.text(group, Cur::LineItemType), known.text(group, Cur::ProductCode));
        assert_eq!(
            (0..5).map(cells).collect::<Vec<_>>(),
            [
                (Some("Usage"), Some("EC2")),
                (Some("Tax"), Some("S3")),
                (Some("Usage"), Some("EC2S3")),
                (Some("UsageEC2"), Some("S3")),
                (None, Some("S3")),
            ]
        );
        let times: Vec<Option<i64>> = (0..5).map(|group| known.time(group, Cur::BillingPeriodStartDate)).collect();
        assert_eq!(times, [timestamp::parse(b"2026-01-01T00:00:00Z"), None, None, None, None]);
        assert_eq!(groups.error(4), Some(CellError { field: 0, wanted: WANTED_LINE_ITEM_TYPE }));
    }
}
