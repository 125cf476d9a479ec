//! Columns that depend on charge groups and bill groups: computed once, then gathered by number.

use std::collections::HashMap;

use super::column::{ColumnSource, OutputColumn};
use super::columns;
use super::columns::Value;
use super::memo::FactCache;
use super::select::Selected;
use super::shape::{BillGroup, ChargeGroup};
use super::values::Unit;
use crate::line_items::LineItems;
use crate::line_items::span::{SideText, Span};
use crate::rules::charges::Charge;
use crate::rules::sku;
use crate::schema::focus::Focus;
use crate::table::text::Shared;

/// The key of a charge group: the combination of charge cells (by its chain), the row of the matrix, and whether it is
/// a correction.
#[derive(Clone, Copy, Debug)]
struct Key {
    charge: &'static Charge,
    is_correction: bool,
    /// The next group with the same combination.
    next: u32,
}

/// Units that do not depend on the group.
const UNITS: [Option<&str>; 4] = [None, Some("Units"), Some("Hours"), Some("Normalized Hours")];

/// The end of a chain.
const NONE: u32 = u32::MAX;

/// The texts of all columns that depend on bill groups and charge groups.
#[derive(Debug)]
pub(super) struct GroupedColumns {
    generations: [u64; 2],
    /// One per column of the table.
    columns: Vec<(Option<Value>, Shared)>,
    /// Units of quantities: those in [`UNITS`], then for each group the unit of its price and its currency.
    units: Shared,
    /// Ends of the product attributes of each group in `pairs`.
    details: Option<Vec<u32>>,
    pairs: Vec<(Span, Span)>,
    tail: SideText,
    bills: u32,
    shapes: Vec<Key>,
    /// The first group of each combination's chain.
    first: Vec<u32>,
}

/// Group numbers of the current rows.
#[derive(Debug, Default)]
pub(super) struct GroupNumbers {
    pub(super) bills: Vec<u32>,
    pub(super) shapes: Vec<u32>,
}

impl GroupedColumns {
    pub(super) fn new(columns: &[OutputColumn]) -> Self {
        let shared = |column: &OutputColumn| match column.source {
            ColumnSource::Focus(focus) => (Some(columns::of(focus).value), Shared::default()),
            _ => (None, Shared::default()),
        };
        let wants_details = columns.iter().any(|column| column.source == ColumnSource::Focus(Focus::SkuPriceDetails));
        Self {
            generations: [0, 0],
            columns: columns.iter().map(shared).collect(),
            units: Shared::default(),
            details: wants_details.then(Vec::new),
            pairs: Vec::new(),
            tail: SideText::behind(0),
            bills: 0,
            shapes: Vec::new(),
            first: Vec::new(),
        }
    }

    /// Drops all groups if the line items have a new generation. Returns true in that case.
    pub(super) fn follow(&mut self, items: &LineItems) -> bool {
        let generations =
            [&items.bills, &items.charges].map(|groups| groups.as_ref().map_or(0, |groups| groups.cells.generation()));
        let is_new = self.generations != generations;
        if is_new {
            self.generations = generations;
            self.columns.iter_mut().for_each(|(_, shared)| shared.clear());
            self.units.clear();
            self.details.iter_mut().for_each(Vec::clear);
            self.pairs.clear();
            self.tail.clear();
            self.bills = 0;
            self.shapes.clear();
            self.first.clear();
        }
        is_new
    }

    /// Sets the group numbers of rows, and computes the texts of new groups.
    pub(super) fn number(
        &mut self,
        items: &LineItems,
        selected: &[Selected],
        memo: &FactCache,
        account_names: &HashMap<String, String>,
        numbers: &mut GroupNumbers,
    ) {
        let (Some(bills), Some(charges)) = (&items.bills, &items.charges) else { return };
        for combination in self.bills..bills.cells.len() as u32 {
            self.add_bill(BillGroup { cells: &bills.cells, combination, account_names });
        }
        self.bills = bills.cells.len() as u32;
        numbers.bills.clear();
        numbers.bills.extend(selected.iter().map(|selected| selected.groups[0]));
        self.first.resize(charges.cells.len(), NONE);
        numbers.shapes.clear();
        for &Selected { groups: [_, combination], charge, is_correction, .. } in selected {
            let shape = || ChargeGroup {
                cells: &charges.cells,
                combination,
                facts: memo.facts(combination),
                charge,
                is_correction,
            };
            let mut number = self.first[combination as usize];
            while let Some(key) = self.shapes.get(number as usize) {
                if std::ptr::eq(key.charge, charge) && key.is_correction == is_correction {
                    break;
                }
                number = key.next;
            }
            if number == NONE {
                number = self.shapes.len() as u32;
                let next = std::mem::replace(&mut self.first[combination as usize], number);
                self.shapes.push(Key { charge, is_correction, next });
                self.add_shape(shape());
            }
            numbers.shapes.push(number);
        }
    }

    fn add_bill(&mut self, bill: BillGroup<'_>) {
        for (value, shared) in &mut self.columns {
            if let Some(Value::Bill(text)) = value {
                shared.push(&mut self.tail, text(bill));
            }
        }
    }

    fn add_shape(&mut self, shape: ChargeGroup<'_>) {
        for (value, shared) in &mut self.columns {
            if let Some(Value::Charge(text) | Value::ChargeIf(text, _)) = value {
                shared.push(&mut self.tail, text(shape).as_deref());
            }
        }
        if self.units.is_empty() {
            UNITS.iter().for_each(|&unit| self.units.push(&mut self.tail, unit));
        }
        // A quantity in this unit has a text, even if it is empty.
        let texts = [shape.unit(), shape.billing_currency()];
        texts.iter().for_each(|text| self.units.push(&mut self.tail, Some(text.as_deref().unwrap_or_default())));
        if let Some(details) = &mut self.details {
            let found = sku::details(|column| shape.text(column));
            self.pairs.extend(found.filter_map(|(key, value)| Some((self.tail.push(key)?, self.tail.push(&value)?))));
            details.push(self.pairs.len() as u32);
        }
    }

    /// Returns how a column of the table is computed (`None` for a column that is not in FOCUS), and its shared texts.
    pub(super) fn column(&self, column: usize) -> (Option<Value>, &Shared, &SideText) {
        let (value, shared) = &self.columns[column];
        (*value, shared, &self.tail)
    }

    /// Returns the number of a unit in [`GroupedColumns::units`], for a row with the given group.
    pub(super) fn unit(unit: Option<Unit>, shape: u32) -> u32 {
        let of_shape = UNITS.len() as u32 + 2 * shape;
        match unit {
            None => 0,
            Some(Unit::Units) => 1,
            Some(Unit::Hours) => 2,
            Some(Unit::NormalizedHours) => 3,
            Some(Unit::OfPrice) => of_shape,
            Some(Unit::Currency) => of_shape + 1,
        }
    }

    /// Returns the units, by [`GroupedColumns::unit`].
    pub(super) fn units(&self) -> &Shared {
        &self.units
    }

    /// Returns the product attributes of a group, as spans of [`GroupedColumns::tail`].
    pub(super) fn details(&self, shape: u32) -> &[(Span, Span)] {
        let ends = self.details.as_deref().unwrap_or_default();
        let end = |shape: u32| ends.get(shape as usize).map_or(0, |&end| end as usize);
        let start = shape.checked_sub(1).map_or(0, end);
        &self.pairs[start..end(shape)]
    }

    /// Returns the text that spans point to.
    pub(super) fn tail(&self) -> &SideText {
        &self.tail
    }
}
