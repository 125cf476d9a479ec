//! Rows that are alike: cells that repeat from row to row, each combination of them kept once.
//!
//! In: the records of a block, and a group of cells. Out: a number for each row, and the cells of the numbers that are
//! new; rows whose cells of the group are the same bytes have the same number, and what follows from those cells is worked
//! out once for all of them. Most of a
//! report is of this kind: one price of one product has the same thirty cells in thousands of rows.

use std::borrow::Cow;
use std::hash::{BuildHasher, Hasher};
use std::ops::Range;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

use super::notes::{Notes, Reading};
use super::{accounts, tags};
use crate::csv::records::{Records, Unquoted, unquote};
use crate::line_items::Times;
use crate::line_items::cells::{ABSENT, GroupCells};
use crate::line_items::span::{SideText, Span};
use crate::schema::cur::{Content, Cur, null_token};
use crate::value::timestamp;

/// What is remembered beyond one block: past this many bytes or combinations, all is forgotten and starts again.
const MOST_BYTES: usize = 8 << 20;
const MOST_KINDS: usize = 1 << 15;

/// A cell that does not hold what its column says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CellError {
    pub(crate) field: usize,
    pub(crate) wanted: &'static str,
}

pub(super) const A_TIMESTAMP: &str = "a timestamp";
pub(super) const AN_OBJECT: &str = "a JSON object";
pub(super) const A_TYPE: &str = "a line item type";
pub(super) const SHORTER: &str = "short enough: the texts of a block have more than 4 GiB together";

/// Who pays, and when: a group of its own, for there are many products for each account.
#[rustfmt::skip]
pub(crate) const BILL: &[Cur] = &[
    Cur::InvoiceId, Cur::PayerAccountId, Cur::PayerAccountName, Cur::UsageAccountId, Cur::UsageAccountName,
    Cur::CurrencyCode,
];
/// The times among them.
pub(crate) const BILL_TIMES: &[Cur] = &[Cur::BillingPeriodStartDate, Cur::BillingPeriodEndDate];
/// Text that each row has of its own, and that is in no group.
pub(crate) const OWN: &[Cur] = &[Cur::LineItemId, Cur::TimeInterval, Cur::ResourceId, Cur::SplitParentResourceId];

/// Numbers the combinations of one group of cells as they come.
#[derive(Debug)]
pub(crate) struct CellGroups {
    texts: Vec<(Cur, Option<usize>)>,
    times: Vec<(Cur, usize)>,
    /// Keys of the `product` map that are wanted, with their place among the texts.
    products: Vec<(&'static str, usize)>,
    product: Option<usize>,
    /// Runs of fields that lie next to each other: first and last.
    runs: Vec<(usize, usize)>,
    hasher: DefaultHashBuilder,
    table: HashTable<u32>,
    /// Hash of each combination, and where its bytes lie.
    keys: Vec<(u64, Span)>,
    tail: SideText,
    misfits: Vec<(u32, CellError)>,
    remarks: Remarks,
    /// The cells of combinations that were not handed out yet.
    fresh: GroupCells,
    undoubled: String,
}

impl CellGroups {
    /// A group of text cells and of times; `product` is the field of that map. A column without a field may come from
    /// the map.
    pub(crate) fn new(texts: Vec<(Cur, Option<usize>)>, times: Vec<(Cur, usize)>, product: Option<usize>) -> Self {
        let mut places = vec![ABSENT; Cur::COUNT];
        let all = texts.iter().map(|&(column, _)| column).enumerate();
        for (place, column) in all.chain(times.iter().map(|&(column, _)| column).enumerate()) {
            places[column as usize] = place as u8;
        }
        let products: Vec<_> =
            texts.iter().enumerate().filter_map(|(place, (column, _))| Some((column.product_key()?, place))).collect();
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
            tail: SideText::behind(0),
            misfits: Vec::new(),
            remarks: Remarks::default(),
            fresh,
            undoubled: String::new(),
        }
    }

    /// A group of whole fields, of which nothing but their bytes is wanted.
    pub(crate) fn of_fields(fields: impl Iterator<Item = usize>) -> Self {
        Self { runs: runs(fields), ..Self::new(Vec::new(), Vec::new(), None) }
    }

    /// The cells of what is new since the last call.
    pub(crate) fn fresh(&mut self) -> GroupCells {
        let empty = self.fresh.emptied();
        std::mem::replace(&mut self.fresh, empty)
    }

    /// What is wrong with the cells of a combination.
    pub(crate) fn misfit(&self, kind: u32) -> Option<CellError> {
        self.misfits.binary_search_by_key(&kind, |&(kind, _)| kind).ok().map(|at| self.misfits[at].1)
    }

    /// Whether something is wrong with any of them.
    pub(crate) fn has_misfits(&self) -> bool {
        !self.misfits.is_empty()
    }

    /// Notes that something is wrong with a combination; the leftmost field counts.
    pub(crate) fn note(&mut self, kind: u32, misfit: CellError) {
        match self.misfits.binary_search_by_key(&kind, |&(kind, _)| kind) {
            Ok(at) if misfit.field < self.misfits[at].1.field => self.misfits[at].1 = misfit,
            Ok(_) => {}
            Err(at) => self.misfits.insert(at, (kind, misfit)),
        }
    }

    /// Notes how a cell of a combination is read; combinations must come in order.
    pub(crate) fn remark(&mut self, kind: u32, reading: Reading, field: usize, text: &[u8]) {
        self.remarks.add(kind, reading, field, text);
    }

    /// Counts the rows whose cells are read otherwise than they are written; `skip` is a field that another group has, too.
    pub(crate) fn count_remarks(&mut self, of_rows: &[u32], skip: Option<usize>, notes: &mut Notes) {
        self.remarks.count(of_rows);
        notes.take_counts(&mut self.remarks.notes, skip);
    }

    /// Numbers the rows of a block. For each combination that is new, `first` gets its number and its row.
    pub(crate) fn number(&mut self, records: &Records, kinds: &mut Vec<u32>, mut first: impl FnMut(usize)) {
        if self.tail.len() > MOST_BYTES || self.keys.len() > MOST_KINDS {
            self.forget();
        }
        kinds.clear();
        kinds.reserve(records.rows());
        for row in 0..records.rows() {
            let mut hasher = self.hasher.build_hasher();
            for &(from, to) in &self.runs {
                hasher.write(records.raw_run(row, from, to));
            }
            let hash = hasher.finish();
            let Self { table, keys, tail, runs, .. } = self;
            let same = |&kind: &u32| {
                let (known, span) = keys[kind as usize];
                known == hash && is_key(tail.get(span).as_bytes(), runs, records, row)
            };
            let kind = match table.entry(hash, same, |&kind| keys[kind as usize].0) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(new) => {
                    let kind = keys.len() as u32;
                    new.insert(kind);
                    self.add(hash, records, row);
                    first(row);
                    kind
                }
            };
            kinds.push(kind);
        }
    }

    fn forget(&mut self) {
        self.table.clear();
        self.keys.clear();
        self.tail.clear();
        self.misfits.clear();
        self.remarks.of_kinds.clear();
        self.fresh = self.fresh.emptied();
        self.fresh.generation += 1;
    }

    /// Takes the cells of a new combination from its first row.
    fn add(&mut self, hash: u64, records: &Records, row: usize) {
        let kind = self.keys.len() as u32;
        let mut misfit: Option<CellError> = None;
        let mut note = |field, wanted| {
            if misfit.is_none_or(|known| field < known.field) {
                misfit = Some(CellError { field, wanted });
            }
        };
        let start = self.tail.len();
        for &(from, to) in &self.runs {
            // Fields end where the block has a comma or a line feed: what lies between them is text, too.
            let run = std::str::from_utf8(records.raw_run(row, from, to)).unwrap_or_default();
            if self.tail.push(run).is_none() {
                note(0, SHORTER);
            }
        }
        self.keys.push((hash, Span::of(start..self.tail.len())));
        let Self { fresh, undoubled, remarks, .. } = self;
        let first = fresh.spans.len();
        for &(column, field) in &self.texts {
            let span = field.and_then(|field| {
                let written = unquoted(records, records.field(row, field), undoubled).trim_ascii();
                let (text, reading) = read_as(column, written);
                if let Some(reading) = reading {
                    remarks.add(kind, reading, field, written.as_bytes());
                }
                if text.is_empty() {
                    if column == Cur::LineItemType {
                        note(field, A_TYPE);
                    }
                    return None;
                }
                let span = fresh.tail.push(&text);
                if span.is_none() {
                    note(field, SHORTER);
                }
                span
            });
            fresh.spans.push(span.unwrap_or(Span::ABSENT));
        }
        for &(_, field) in &self.times {
            let text = unquoted(records, records.field(row, field), undoubled).trim_ascii();
            let time = timestamp::parse_any(text.as_bytes());
            match null_token(text.as_bytes()) {
                _ if time.is_some() || text.is_empty() => {}
                Some(token) => remarks.add(kind, Reading::NullToken(token), field, token.as_bytes()),
                None => note(field, A_TIMESTAMP),
            }
            fresh.instants.push(time.unwrap_or(Times::ABSENT));
        }
        fresh.count += 1;
        if let Some(field) = self.product
            && let Err(wanted) = self.add_products(records, row, field, first, kind)
        {
            note(field, wanted);
        }
        if let Some(misfit) = misfit {
            self.misfits.push((kind, misfit));
        }
    }

    /// Takes the wanted keys of the `product` map; a cell of a flat column comes first.
    fn add_products(
        &mut self,
        records: &Records,
        row: usize,
        field: usize,
        first: usize,
        kind: u32,
    ) -> Result<(), &'static str> {
        let json = unquoted(records, records.field(row, field), &mut self.undoubled);
        if json.trim_ascii().is_empty() {
            return Ok(());
        }
        if let Some(token) = tags::null_in_place_of_object(json) {
            self.remarks.add(kind, Reading::NullToken(token), field, token.as_bytes());
            return Ok(());
        }
        let mut found = vec![Span::ABSENT; self.products.len()];
        let mut fits = true;
        let walked = tags::walk(json, |key, value| {
            let known = self.products.iter().position(|(known, _)| *known == key);
            if let (Some(place), Some(value)) = (known, value) {
                let written = value.trim_ascii();
                let (text, reading) = read_as(self.texts[self.products[place].1].0, written);
                if let Some(reading) = reading {
                    self.remarks.add(kind, reading, field, written.as_bytes());
                }
                match self.fresh.tail.push(&text) {
                    Some(span) => found[place] = span,
                    None => fits = false,
                }
            }
        });
        for ((_, place), span) in self.products.iter().zip(found) {
            let cell = &mut self.fresh.spans[first + place];
            if cell.is_absent() && !span.is_blank() {
                *cell = span;
            }
        }
        match (walked, fits) {
            (Err(_), _) => Err(AN_OBJECT),
            (Ok(()), false) => Err(SHORTER),
            (Ok(()), true) => Ok(()),
        }
    }
}

/// Combinations with cells that are read otherwise than they are written.
#[derive(Debug, Default)]
struct Remarks {
    notes: Notes,
    /// Combination and place among the notes, in order of combinations.
    of_kinds: Vec<(u32, u32)>,
}

impl Remarks {
    fn add(&mut self, kind: u32, reading: Reading, field: usize, text: &[u8]) {
        let place = self.notes.place(reading, field, text) as u32;
        debug_assert!(self.of_kinds.last().is_none_or(|&(last, _)| last <= kind));
        self.of_kinds.push((kind, place));
    }

    fn count(&mut self, of_rows: &[u32]) {
        if self.of_kinds.is_empty() {
            return;
        }
        for &kind in of_rows {
            let first = self.of_kinds.partition_point(|&(known, _)| known < kind);
            let of_kind = self.of_kinds[first..].iter().take_while(|&&(known, _)| known == kind);
            for &(_, place) in of_kind {
                self.notes.count(place as usize);
            }
        }
    }
}

/// What a trimmed text of a column is read as; blank when it is no cell.
fn read_as(column: Cur, text: &str) -> (Cow<'_, str>, Option<Reading>) {
    const BLANK: Cow<'static, str> = Cow::Borrowed("");
    let content = column.content();
    if text.is_empty() || content == Content::Text {
        return (Cow::Borrowed(text), None);
    }
    if let Some(token) = null_token(text.as_bytes()) {
        return (BLANK, Some(Reading::NullToken(token)));
    }
    match content {
        Content::Arn if !text.starts_with("arn:") => (BLANK, Some(Reading::NoArn)),
        Content::Account => match accounts::mended(text) {
            Some(digits) => (Cow::Owned(digits), Some(Reading::MendedAccount)),
            None => (Cow::Borrowed(text), None),
        },
        _ => (Cow::Borrowed(text), None),
    }
}

/// Whether the runs of a row, one after the other, are a key.
fn is_key(mut key: &[u8], runs: &[(usize, usize)], records: &Records, row: usize) -> bool {
    for &(from, to) in runs {
        match key.strip_prefix(records.raw_run(row, from, to)) {
            Some(rest) => key = rest,
            None => return false,
        }
    }
    key.is_empty()
}

/// Fields that lie next to each other, put together.
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

/// A cell of text, without quotes; in `scratch` when it has doubled ones.
pub(super) fn unquoted<'a>(records: &'a Records, range: Range<usize>, scratch: &'a mut String) -> &'a str {
    match unquote(records.bytes(), range) {
        Unquoted::Plain(range) => records.text(range),
        Unquoted::Doubled(range) => {
            undouble(records.text(range), scratch);
            scratch
        }
    }
}

/// Takes one of each two quotes.
pub(super) fn undouble(text: &str, scratch: &mut String) {
    scratch.clear();
    let mut rest = text;
    while let Some(at) = rest.find("\"\"") {
        scratch.push_str(&rest[..=at]);
        rest = &rest[at + 2..];
    }
    scratch.push_str(rest);
}
