//! Records and their layout → line items: one loop over the index for each wanted column.
//!
//! In: a block of records, the layout of its file, and what is wanted. Out: typed columns, and the records that cannot
//! be understood, each with its place and reason. Columns that are not wanted cost nothing here.

use std::borrow::Cow;
use std::sync::Arc;

use super::groups::{BILL, BILL_TIMES, CellGroups, OWN};
use super::notes::Notes;
use super::pairs::{KeyName, Source};
use super::sheet::{Fault, Sheet};
use super::tags;
use super::tags::Shown;
use crate::csv::dialect::{BACKSLASH, REPEATED};
use crate::csv::records::{Records, RejectReason};
use crate::error::{Error, Location, clip};
use crate::line_items::span::{Arena, Span};
use crate::line_items::{Column, Entries, GroupIds, LineItems, Pairs};
use crate::report::layout;
use crate::report::layout::{Layout, Place};
use crate::schema::cur::{Content, Cur, Family, Kind, folded};
use crate::schema::encoding::TagPolicy;

/// The columns that are wanted.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    columns: Vec<bool>,
    families: [bool; 3],
    tag_policy: TagPolicy,
    extras: Vec<String>,
    alike: bool,
}

impl Wanted {
    /// Nothing but extra columns, by name.
    pub(crate) fn new(tag_policy: TagPolicy, extras: Vec<String>) -> Self {
        Self { columns: vec![false; Cur::COUNT], families: [false; 3], tag_policy, extras, alike: false }
    }

    /// A column, too.
    pub(crate) fn add(&mut self, column: Cur) {
        self.columns[column as usize] = true;
    }

    /// Text that repeats by combination, see [`CellGroups`], and not as columns.
    pub(crate) fn alike(mut self) -> Self {
        self.alike = true;
        self
    }

    /// An open family, too.
    pub(crate) fn add_family(&mut self, family: Family) {
        self.families[family as usize] = true;
    }
}

/// A record that cannot be understood.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// Its number in the object, counted from 1.
    pub(crate) row: u64,
    /// Its bytes as they were, without the line end.
    pub(crate) raw: Vec<u8>,
    pub(crate) error: Error,
}

/// What a block gives.
#[derive(Debug)]
pub(crate) struct DecodedBlock {
    pub(crate) items: LineItems,
    /// In order of rows.
    pub(crate) refusals: Vec<Refusal>,
    /// Records of the block, refused ones included.
    pub(crate) records: u64,
    pub(crate) blank_lines: u64,
    /// Cells that are read otherwise than they are written.
    pub(crate) notes: Notes,
    /// The text of the object ends with this block, and without a line end.
    pub(crate) lacks_line_end: bool,
}

/// Makes line items of the records of one file.
///
/// First what needs to know the blocks before: which rows are alike. Then what does not, and can be done wherever there is
/// time for it: the columns that each row has of its own, see [`PendingBlock::finish`].
#[derive(Debug)]
pub(crate) struct Assembler {
    scheme: Arc<Scheme>,
    /// Rows that are alike, when they are looked for.
    bills: Option<CellGroups>,
    charges: Option<CellGroups>,
    /// Maps that are the same, by [`Family`].
    families: [Option<CellGroups>; 3],
}

/// What is the same for all blocks of a file.
#[derive(Debug)]
struct Scheme {
    object: Arc<str>,
    layout: Arc<Layout>,
    wanted: Wanted,
    places: Vec<Option<Place>>,
}

/// A block whose columns are not decoded yet.
#[derive(Debug)]
pub(crate) struct PendingBlock {
    scheme: Arc<Scheme>,
    records: Records,
    bills: Option<GroupIds>,
    charges: Option<GroupIds>,
    families: [Option<Pairs>; 3],
    faults: Vec<Fault>,
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
            .filter(|column| column.kind() == Kind::Text && !OWN.contains(column))
            // The currency is a matter of prices, too.
            .filter(|column| !BILL.contains(column) || *column == Cur::CurrencyCode)
            .collect();
        let kinds = |alike| Some(alike).filter(|_| wanted.alike);
        Self {
            bills: kinds(CellGroups::new(texts(BILL), times(BILL_TIMES), None)),
            charges: kinds(CellGroups::new(texts(&charge), Vec::new(), product)),
            families: [None, None, None],
            scheme: Arc::new(Scheme { object, layout: Arc::new(layout), wanted, places }),
        }
    }

    /// Finds the rows of a block that are alike. Blocks must come in order.
    pub(crate) fn begin(&mut self, records: Records) -> PendingBlock {
        let Self { scheme, bills, charges, families } = self;
        let mut sheet = Sheet::new(&records);
        let bills = bills.as_mut().map(|alike| sheet.number(alike, None));
        // Both have the currency.
        let currency = scheme.layout.field(Cur::CurrencyCode);
        let charges = charges.as_mut().map(|alike| sheet.number(alike, currency));
        let [tags, cost_categories, discounts] = families;
        let is_wanted = |family: Family| scheme.wanted.families[family as usize];
        let families = [
            is_wanted(Family::Tags).then(|| scheme.tags(&mut sheet, tags)),
            is_wanted(Family::CostCategories).then(|| scheme.cost_categories(&mut sheet, cost_categories)),
            is_wanted(Family::Discounts).then(|| scheme.discounts(&mut sheet, discounts)),
        ];
        let Sheet { faults, notes, .. } = sheet;
        PendingBlock { scheme: Arc::clone(scheme), records, bills, charges, families, faults, notes }
    }
}

impl PendingBlock {
    /// Decodes the columns.
    pub(crate) fn finish(self) -> DecodedBlock {
        let Self { scheme, records, bills, charges, families, faults, notes } = self;
        let mut sheet = Sheet { faults, notes, ..Sheet::new(&records) };
        let mut columns = Vec::new();
        columns.resize_with(Cur::COUNT, || None);
        for &column in Cur::ALL.iter().filter(|&&column| scheme.is_column(column)) {
            columns[column as usize] = match column.content() {
                Content::Map => scheme.map(column, &mut sheet).map(Column::Map),
                // The table of the report itself has texts as they are.
                content if content.kind() == Kind::Text && !scheme.wanted.alike => {
                    scheme.layout.field(column).map(|field| sheet.column(field, Content::Text))
                }
                content => scheme.layout.field(column).map(|field| sheet.column(field, content)),
            };
        }
        if let (Some(field), Some(Column::Text(types))) =
            (scheme.layout.field(Cur::LineItemType), &columns[Cur::LineItemType as usize])
        {
            sheet.require(field, types);
        }
        let extras = scheme.extras(&mut sheet);
        let Sheet { tail, mut faults, notes, .. } = sheet;
        // The leftmost fault of each row counts.
        faults.sort_by_key(|fault| (fault.row, fault.field));
        faults.dedup_by_key(|fault| fault.row);
        let mut refused = vec![false; records.rows()];
        let mut refusals: Vec<Refusal> = faults
            .iter()
            .map(|fault| {
                refused[fault.row] = true;
                scheme.refusal(&records, fault)
            })
            .collect();
        refusals.extend(records.rejected.iter().map(|record| scheme.refused(record)));
        refusals.sort_by_key(|refusal| refusal.row);
        let (rows, blank_lines, lacks_line_end) = (records.rows(), records.blank_lines, records.lacks_line_end);
        let count = rows as u64 + records.rejected.len() as u64;
        let (block, index) = records.split();
        let items = LineItems {
            object: Arc::clone(&scheme.object),
            rows,
            index,
            layout: Arc::clone(&scheme.layout),
            refused,
            arena: Arena::new(block, tail),
            columns,
            families,
            bills,
            charges,
            extras,
        };
        DecodedBlock { items, refusals, records: count, blank_lines, notes, lacks_line_end }
    }
}

impl Scheme {
    /// Whether a column is decoded as one, and not among the cells that repeat.
    fn is_column(&self, column: Cur) -> bool {
        let repeats = match column.kind() {
            Kind::Text => !OWN.contains(&column),
            Kind::Time => BILL_TIMES.contains(&column),
            Kind::Decimal | Kind::Map => false,
        };
        self.wanted.columns[column as usize] && !(self.wanted.alike && repeats)
    }

    fn refusal(&self, records: &Records, fault: &Fault) -> Refusal {
        let row = records.index().row_number(fault.row);
        let raw = records.index().raw_record(fault.row, records.bytes()).to_vec();
        let field = records.column(fault.field).nth(fault.row).unwrap_or_default();
        let text = records.bytes().get(field).unwrap_or_default();
        let at = Location::object(&*self.object)
            .row(row)
            .byte(records.index().byte_of(fault.row, fault.field))
            .column(self.layout.name(fault.field));
        Refusal { row, raw, error: Error::Value { at: Box::new(at), text: clip(text), wanted: fault.wanted } }
    }

    fn refused(&self, record: &crate::csv::records::RejectedRecord) -> Refusal {
        let at = Location::object(&*self.object).row(record.row).byte(record.byte);
        let error = match record.why {
            RejectReason::Ragged { found, expected } => Error::Ragged { at: Box::new(at), found, expected },
            RejectReason::Encoding { column } => Error::Encoding { at: Box::new(at.column(self.layout.name(column))) },
            RejectReason::Backslash { column } => {
                Error::Format { at: Box::new(at.column(self.layout.name(column))), reason: BACKSLASH.to_owned() }
            }
            RejectReason::Repeated => Error::Format { at: Box::new(at), reason: REPEATED.to_owned() },
        };
        Refusal { row: record.row, raw: record.raw.clone(), error }
    }

    /// A map column with its keys untouched; of the legacy report, the columns that CUR 2.0 has gathered there.
    fn map(&self, column: Cur, sheet: &mut Sheet<'_>) -> Option<Entries> {
        if let Some(field) = self.layout.field(column) {
            return Some(sheet.entries(&[Source::json(field)], &[]));
        }
        let family = match column {
            Cur::ResourceTags => &self.layout.tags,
            Cur::CostCategory => &self.layout.cost_categories,
            Cur::Product => &self.layout.product,
            Cur::Discount => &self.layout.discounts,
            _ => return None,
        };
        // CUR 2.0 has a column of its own for bundled discounts.
        let inside = family.iter().filter(|(key, _)| column != Cur::Discount || key != "BundledDiscount");
        let flat: Vec<_> = inside.map(|(key, field)| (Cow::Borrowed(key.as_str()), *field)).collect();
        (!flat.is_empty()).then(|| sheet.entries(&[], &flat))
    }

    fn tags(&self, sheet: &mut Sheet<'_>, alike: &mut Option<CellGroups>) -> Pairs {
        let policy = self.wanted.tag_policy;
        let original: &KeyName<'_> = &|key| match tags::tag(key) {
            Shown::Tag(key) => Some(tags::under(policy, key)),
            Shown::CostCategory(_) => None,
        };
        let folded: &KeyName<'_> = &|key| Some(tags::under(policy, tags::resource_tag(key)));
        let mut sources = Vec::new();
        if let Some(field) = self.layout.field(Cur::Tags) {
            sources.push(Source { shown: Some(original), ..Source::json(field) });
        }
        if let Some(field) = self.layout.field(Cur::ResourceTags) {
            // The newer map has the same tags in their original spelling: the folded ones are left out.
            sources.push(Source { shown: Some(folded), repeats_folded: !sources.is_empty(), ..Source::json(field) });
        }
        let shown = |key| tags::under(policy, tags::resource_tag(key));
        let flat: Vec<_> = self.layout.tags.iter().map(|(key, field)| (shown(key), *field)).collect();
        sheet.pairs(&sources, &flat, alike, false, None)
    }

    fn cost_categories(&self, sheet: &mut Sheet<'_>, alike: &mut Option<CellGroups>) -> Pairs {
        let category: &KeyName<'_> = &|key| match tags::tag(key) {
            Shown::CostCategory(name) => Some(Cow::Borrowed(name)),
            Shown::Tag(_) => None,
        };
        let mut sources: Vec<Source<'_>> = self.layout.field(Cur::CostCategory).map(Source::json).into_iter().collect();
        if let Some(field) = self.layout.field(Cur::Tags) {
            sources.push(Source { shown: Some(category), ..Source::json(field) });
        }
        let categories = self.layout.cost_categories.iter();
        let flat: Vec<_> = categories.map(|(key, field)| (Cow::Borrowed(key.as_str()), *field)).collect();
        // What is told of the cells of tags is told once.
        let told = self.layout.field(Cur::Tags).filter(|_| self.wanted.families[Family::Tags as usize]);
        sheet.pairs(&sources, &flat, alike, false, told)
    }

    /// Discounts by kind, as plain decimals.
    fn discounts(&self, sheet: &mut Sheet<'_>, alike: &mut Option<CellGroups>) -> Pairs {
        let kind: &KeyName<'_> = &|key| match key {
            key if folded(key) == "totaldiscount" => None,
            key => Some(Cow::Borrowed(layout::discount_name(key))),
        };
        let source = |field| Source { shown: Some(kind), ..Source::json(field) };
        let sources: Vec<Source<'_>> = self.layout.field(Cur::Discount).map(source).into_iter().collect();
        let discounts = self.layout.discounts.iter();
        let flat: Vec<_> = discounts.map(|(key, field)| (Cow::Borrowed(key.as_str()), *field)).collect();
        sheet.pairs(&sources, &flat, alike, true, None)
    }

    fn extras(&self, sheet: &mut Sheet<'_>) -> Vec<Option<Column>> {
        let extra = |(name, place): (&String, &Option<Place>)| match place {
            Some(Place::Field(field)) => {
                let content = layout::known(name).map_or(Content::Text, Cur::content);
                // Texts that are asked for by name are given as they are.
                let content = if content.kind() == Kind::Text { Content::Text } else { content };
                let notes = std::mem::take(&mut sheet.notes);
                let column = sheet.column(*field, content);
                let mut told = std::mem::replace(&mut sheet.notes, notes);
                // What is told of a cell that is wanted for its own sake is told there.
                if !layout::known(name).is_some_and(|column| self.wanted.columns[column as usize]) {
                    sheet.notes.take_counts(&mut told, None);
                }
                Some(column)
            }
            Some(Place::ProductKey(wanted)) => {
                let mut found = vec![Span::ABSENT; sheet.records.rows()];
                sheet.each_object(self.layout.field(Cur::Product)?, |row, key, value, tail| {
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
