//! From records and their layout to line items: one loop over the index per wanted column.
//!
//! In: a block of records, the layout of its file, and the wanted columns. Out: typed columns, and the records that
//! cannot be decoded, each with its place and reason. Columns that are not wanted are not decoded.

use std::borrow::Cow;
use std::sync::Arc;

use super::block::{BlockDecoder, RowError};
use super::groups::{BILL, BILL_TIMES, CellGroups, PER_ROW_TEXTS};
use super::notes::Notes;
use super::pairs::{KeyName, PairSource};
use super::tags;
use super::tags::Shown;
use crate::csv::dialect::{BACKSLASH, REPEATED};
use crate::csv::records::{Records, RejectReason};
use crate::error::{Error, Location, clip};
use crate::line_items::span::{Arena, Span};
use crate::line_items::{Column, Entries, GroupIds, LineItems, Pairs};
use crate::report::layout;
use crate::report::layout::{ColumnLocation, Layout};
use crate::schema::cur::{CellSemantics, Cur, Family, ValueType, folded};
use crate::schema::encoding::TagPolicy;

/// The columns to decode.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    columns: Vec<bool>,
    families: [bool; 3],
    tag_policy: TagPolicy,
    extras: Vec<String>,
    is_grouped: bool,
}

impl Wanted {
    /// Creates a set with only the extra columns, by name.
    pub(crate) fn new(tag_policy: TagPolicy, extras: Vec<String>) -> Self {
        Self { columns: vec![false; Cur::COUNT], families: [false; 3], tag_policy, extras, is_grouped: false }
    }

    /// Adds a column.
    pub(crate) fn add(&mut self, column: Cur) {
        self.columns[column as usize] = true;
    }

    /// Selects grouped text, see [`CellGroups`], instead of one column per cell.
    pub(crate) fn grouped(mut self) -> Self {
        self.is_grouped = true;
        self
    }

    /// Adds an open family.
    pub(crate) fn add_family(&mut self, family: Family) {
        self.families[family as usize] = true;
    }
}

/// A record that cannot be decoded.
#[derive(Debug)]
pub(crate) struct Rejection {
    /// Row number in the object, counted from 1.
    pub(crate) row: u64,
    /// The original bytes, without the line end.
    pub(crate) raw: Vec<u8>,
    pub(crate) error: Error,
}

/// The result of decoding a block.
#[derive(Debug)]
pub(crate) struct DecodedBlock {
    pub(crate) items: LineItems,
    /// In order of rows.
    pub(crate) rejections: Vec<Rejection>,
    /// Number of records of the block, including rejected ones.
    pub(crate) records: u64,
    pub(crate) blank_lines: u64,
    /// Cells whose value differs from their text.
    pub(crate) notes: Notes,
    /// Whether the object ends with this block and its last line has no line end.
    pub(crate) lacks_line_end: bool,
}

/// Creates the line items of one file.
///
/// The first step, [`Assembler::begin`], groups equal rows. It depends on previous blocks, so it must run in order. The
/// second step, [`PendingBlock::finish`], decodes the columns. It depends on its block only, so it can run on any
/// thread.
#[derive(Debug)]
pub(crate) struct Assembler {
    scheme: Arc<Scheme>,
    /// Groups of cells, if text is grouped.
    bills: Option<CellGroups>,
    charges: Option<CellGroups>,
    /// Groups of equal maps, by [`Family`].
    families: [Option<CellGroups>; 3],
}

/// The data that all blocks of a file share.
#[derive(Debug)]
struct Scheme {
    object: Arc<str>,
    layout: Arc<Layout>,
    wanted: Wanted,
    places: Vec<Option<ColumnLocation>>,
}

/// A block whose columns are not decoded yet.
#[derive(Debug)]
pub(crate) struct PendingBlock {
    scheme: Arc<Scheme>,
    records: Records,
    bills: Option<GroupIds>,
    charges: Option<GroupIds>,
    families: [Option<Pairs>; 3],
    errors: Vec<RowError>,
    notes: Notes,
}

impl Assembler {
    pub(crate) fn new(object: Arc<str>, layout: Layout, wanted: Wanted) -> Self {
        let places = wanted.extras.iter().map(|name| layout.resolve(name)).collect();
        let product = layout.field(Cur::Product);
        let is_there = |column: &&Cur| {
            wanted.columns[**column as usize]
                && (layout.field(**column).is_some() || column.product_key().is_some() && product.is_some())
        };
        let texts = |group: &[Cur]| group.iter().filter(is_there).map(|&cur| (cur, layout.field(cur))).collect();
        let times =
            |group: &[Cur]| group.iter().filter(is_there).filter_map(|&cur| Some((cur, layout.field(cur)?))).collect();
        let charge: Vec<Cur> = Cur::ALL
            .iter()
            .copied()
            .filter(|column| column.value_type() == ValueType::Text)
            .filter(|&column| !PER_ROW_TEXTS.contains(&column) || layout.field(column).is_none())
            // The currency belongs to prices as well.
            .filter(|column| !BILL.contains(column) || *column == Cur::CurrencyCode)
            .collect();
        let grouped = |groups| Some(groups).filter(|_| wanted.is_grouped);
        Self {
            bills: grouped(CellGroups::new(texts(BILL), times(BILL_TIMES), None)),
            charges: grouped(CellGroups::new(texts(&charge), Vec::new(), product)),
            families: [None, None, None],
            scheme: Arc::new(Scheme { object, layout: Arc::new(layout), wanted, places }),
        }
    }

    /// Groups the rows of a block. Blocks must come in order.
    pub(crate) fn begin(&mut self, records: Records) -> PendingBlock {
        let Self { scheme, bills, charges, families } = self;
        let mut decoder = BlockDecoder::new(&records);
        let bills = bills.as_mut().map(|groups| decoder.group_ids(groups, None));
        // Both groups have the currency, so its notes are counted once.
        let currency = scheme.layout.field(Cur::CurrencyCode);
        let charges = charges.as_mut().map(|groups| decoder.group_ids(groups, currency));
        let [tags, cost_categories, discounts] = families;
        let is_wanted = |family: Family| scheme.wanted.families[family as usize];
        let families = [
            is_wanted(Family::Tags).then(|| scheme.tags(&mut decoder, tags)),
            is_wanted(Family::CostCategories).then(|| scheme.cost_categories(&mut decoder, cost_categories)),
            is_wanted(Family::Discounts).then(|| scheme.discounts(&mut decoder, discounts)),
        ];
        let BlockDecoder { errors, notes, .. } = decoder;
        PendingBlock { scheme: Arc::clone(scheme), records, bills, charges, families, errors, notes }
    }
}

impl PendingBlock {
    /// Bytes of memory of its text, its index and its rejected records.
    pub(crate) fn memory(&self) -> usize {
        self.records.memory()
    }

    /// Decodes the columns.
    pub(crate) fn finish(self) -> DecodedBlock {
        let Self { scheme, records, bills, charges, families, errors, notes } = self;
        let mut decoder = BlockDecoder { errors, notes, ..BlockDecoder::new(&records) };
        let mut columns = Vec::new();
        columns.resize_with(Cur::COUNT, || None);
        for &column in Cur::ALL.iter().filter(|&&column| scheme.is_column(column)) {
            columns[column as usize] = match column.semantics() {
                CellSemantics::Map => scheme.map(column, &mut decoder).map(Column::Map),
                // The table of the report itself has texts unchanged.
                semantics if semantics.value_type() == ValueType::Text && !scheme.wanted.is_grouped => {
                    scheme.layout.field(column).map(|field| decoder.column(field, CellSemantics::Text))
                }
                semantics => scheme.layout.field(column).map(|field| decoder.column(field, semantics)),
            };
        }
        if let (Some(field), Some(Column::Text(types))) =
            (scheme.layout.field(Cur::LineItemType), &columns[Cur::LineItemType as usize])
        {
            decoder.require(field, types);
        }
        let extras = scheme.extras(&mut decoder);
        let BlockDecoder { tail, mut errors, notes, .. } = decoder;
        // The leftmost error of each row is reported.
        errors.sort_by_key(|error| (error.row, error.field));
        errors.dedup_by_key(|error| error.row);
        let mut refused = vec![false; records.rows()];
        let mut rejections: Vec<Rejection> = errors
            .iter()
            .map(|error| {
                refused[error.row] = true;
                scheme.rejected_cell(&records, error)
            })
            .collect();
        rejections.extend(records.rejected.iter().map(|record| scheme.rejected_record(record)));
        rejections.sort_by_key(|rejection| rejection.row);
        let (rows, blank_lines, lacks_line_end) = (records.rows(), records.blank_lines, records.lacks_line_end);
        let count = rows as u64 + records.rejected.len() as u64;
        let (block, index) = records.split();
        let items = LineItems {
            object: Arc::clone(&scheme.object),
            rows,
            provenance: Box::new(index),
            layout: Arc::clone(&scheme.layout),
            refused,
            arena: Arena::new(block, tail),
            columns,
            families,
            bills,
            charges,
            extras,
        };
        DecodedBlock { items, rejections, records: count, blank_lines, notes, lacks_line_end }
    }
}

impl Scheme {
    /// Returns whether a column is decoded as a column, not as part of a group.
    fn is_column(&self, column: Cur) -> bool {
        let repeats = match column.value_type() {
            ValueType::Text => !PER_ROW_TEXTS.contains(&column),
            ValueType::Time => BILL_TIMES.contains(&column),
            ValueType::Decimal | ValueType::Map => false,
        };
        self.wanted.columns[column as usize] && !(self.wanted.is_grouped && repeats)
    }

    fn rejected_cell(&self, records: &Records, error: &RowError) -> Rejection {
        let row = records.index().row_number(error.row);
        let raw = records.index().raw_record(error.row, records.bytes()).to_vec();
        let field = records.column(error.field).nth(error.row).unwrap_or_default();
        let text = records.bytes().get(field).unwrap_or_default();
        let at = Location::object(&*self.object)
            .row(row)
            .byte(records.index().byte_of(error.row, error.field))
            .column(self.layout.name(error.field));
        Rejection { row, raw, error: Error::Value { at: Box::new(at), text: clip(text), wanted: error.wanted } }
    }

    fn rejected_record(&self, record: &crate::csv::records::RejectedRecord) -> Rejection {
        let at = Location::object(&*self.object).row(record.row).byte(record.byte);
        let error = match record.why {
            RejectReason::Ragged { found, expected, is_cut } => {
                Error::Ragged { at: Box::new(at), found, expected, is_cut }
            }
            RejectReason::Encoding { column } => Error::Encoding { at: Box::new(at.column(self.layout.name(column))) },
            RejectReason::Backslash { column } => {
                Error::Format { at: Box::new(at.column(self.layout.name(column))), reason: BACKSLASH.to_owned() }
            }
            RejectReason::Repeated => Error::Format { at: Box::new(at), reason: REPEATED.to_owned() },
        };
        Rejection { row: record.row, raw: record.raw.clone(), error }
    }

    /// Decodes a map column with unchanged keys; for a legacy report, from the columns that CUR 2.0 has combined in the
    /// map.
    fn map(&self, column: Cur, decoder: &mut BlockDecoder<'_>) -> Option<Entries> {
        if let Some(field) = self.layout.field(column) {
            return Some(decoder.entries(&[PairSource::json(field)], &[]));
        }
        let family = match column {
            Cur::ResourceTags => &self.layout.tags,
            Cur::CostCategory => &self.layout.cost_categories,
            Cur::Product => &self.layout.product,
            Cur::Discount => &self.layout.discounts,
            _ => return None,
        };
        // CUR 2.0 has a separate column for bundled discounts.
        let inside = family.iter().filter(|(key, _)| column != Cur::Discount || key != "BundledDiscount");
        let flat: Vec<_> = inside.map(|(key, field)| (Cow::Borrowed(key.as_str()), *field)).collect();
        (!flat.is_empty()).then(|| decoder.entries(&[], &flat))
    }

    fn tags(&self, decoder: &mut BlockDecoder<'_>, groups: &mut Option<CellGroups>) -> Pairs {
        let policy = self.wanted.tag_policy;
        let original: &KeyName<'_> = &|key| match tags::tag(key) {
            Shown::Tag(key) => Some(tags::under(policy, key)),
            Shown::CostCategory(_) => None,
        };
        let folded: &KeyName<'_> = &|key| Some(tags::under(policy, tags::resource_tag(key)));
        let mut sources = Vec::new();
        if let Some(field) = self.layout.field(Cur::Tags) {
            sources.push(PairSource { shown: Some(original), ..PairSource::json(field) });
        }
        if let Some(field) = self.layout.field(Cur::ResourceTags) {
            // The map `tags` has the same tags with original spelling, so the folded ones are left out.
            sources.push(PairSource {
                shown: Some(folded),
                repeats_folded: !sources.is_empty(),
                ..PairSource::json(field)
            });
        }
        let shown = |key| tags::under(policy, tags::resource_tag(key));
        let flat: Vec<_> = self.layout.tags.iter().map(|(key, field)| (shown(key), *field)).collect();
        decoder.pairs(&sources, &flat, groups, false, None)
    }

    fn cost_categories(&self, decoder: &mut BlockDecoder<'_>, groups: &mut Option<CellGroups>) -> Pairs {
        let category: &KeyName<'_> = &|key| match tags::tag(key) {
            Shown::CostCategory(name) => Some(Cow::Borrowed(name)),
            Shown::Tag(_) => None,
        };
        let mut sources: Vec<PairSource<'_>> =
            self.layout.field(Cur::CostCategory).map(PairSource::json).into_iter().collect();
        if let Some(field) = self.layout.field(Cur::Tags) {
            sources.push(PairSource { shown: Some(category), ..PairSource::json(field) });
        }
        let categories = self.layout.cost_categories.iter();
        let flat: Vec<_> = categories.map(|(key, field)| (Cow::Borrowed(key.as_str()), *field)).collect();
        // Notes about the cells of tags are counted once.
        let told = self.layout.field(Cur::Tags).filter(|_| self.wanted.families[Family::Tags as usize]);
        decoder.pairs(&sources, &flat, groups, false, told)
    }

    /// Decodes discounts by type, as plain decimals.
    fn discounts(&self, decoder: &mut BlockDecoder<'_>, groups: &mut Option<CellGroups>) -> Pairs {
        let name: &KeyName<'_> = &|key| match key {
            key if folded(key) == "totaldiscount" => None,
            key => Some(Cow::Borrowed(layout::discount_name(key))),
        };
        let source = |field| PairSource { shown: Some(name), ..PairSource::json(field) };
        let sources: Vec<PairSource<'_>> = self.layout.field(Cur::Discount).map(source).into_iter().collect();
        let discounts = self.layout.discounts.iter();
        let flat: Vec<_> = discounts.map(|(key, field)| (Cow::Borrowed(key.as_str()), *field)).collect();
        decoder.pairs(&sources, &flat, groups, true, None)
    }

    fn extras(&self, decoder: &mut BlockDecoder<'_>) -> Vec<Option<Column>> {
        let extra = |(name, place): (&String, &Option<ColumnLocation>)| match place {
            Some(ColumnLocation::Field(field)) => {
                let semantics = layout::known(name).map_or(CellSemantics::Text, Cur::semantics);
                // Text columns selected by name are returned unchanged.
                let semantics = if semantics.value_type() == ValueType::Text { CellSemantics::Text } else { semantics };
                let notes = std::mem::take(&mut decoder.notes);
                let column = decoder.column(*field, semantics);
                let mut told = std::mem::replace(&mut decoder.notes, notes);
                // Notes about a cell that is also decoded as a column are counted there.
                if !layout::known(name).is_some_and(|column| self.wanted.columns[column as usize]) {
                    decoder.notes.take_counts(&mut told, None);
                }
                Some(column)
            }
            Some(ColumnLocation::ProductKey(wanted)) => {
                let mut found = vec![Span::ABSENT; decoder.records.rows()];
                decoder.each_object(self.layout.field(Cur::Product)?, |row, key, value, tail| {
                    let Some(value) = value.filter(|_| key == wanted) else { return true };
                    tail.push(value).map(|span| found[row] = span).is_some()
                });
                Some(Column::Text(found))
            }
            None => None,
        };
        self.wanted.extras.iter().zip(&self.places).map(extra).collect()
    }
}
