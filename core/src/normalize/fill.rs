//! Fills the cells of selected rows column by column: one loop per output column.

use super::column::{ColumnSource, Lineage, OutputColumn};
use super::columns::Value;
use super::shared::{GroupNumbers, GroupedColumns};
use super::values::{OutputRow, Pricing, Unit};
use crate::line_items::span::{SideText, Span};
use crate::line_items::{Column, LineItems, trimmed};
use crate::schema::cur::{Cur, Family};
use crate::schema::encoding::MapEncoding;
use crate::table::column::Builder;
use crate::table::text::NO_TEXT;
use crate::value::decimal::Decimal;
use crate::value::json;

/// Output rows with the data for their columns.
pub(super) struct OutputRows<'a> {
    pub(super) items: &'a LineItems,
    pub(super) outputs: &'a [OutputRow<'a>],
    pub(super) pricing: &'a [Pricing],
    pub(super) shared: &'a GroupedColumns,
    pub(super) numbers: &'a GroupNumbers,
    pub(super) maps: MapEncoding,
    pub(super) delivery: Option<&'a str>,
    /// Whether the keys of tags are in the spelling of Athena.
    pub(super) has_athena_tags: bool,
}

impl<'a> OutputRows<'a> {
    /// Appends the rows to the column at `index`.
    pub(super) fn fill(&self, index: usize, column: &OutputColumn, builder: &mut Builder, scratch: &mut Scratch) {
        let (value, shared, tail) = self.shared.column(index);
        if let Builder::Text(texts) = builder {
            texts.attach(&self.items.arena);
            match value {
                Some(Value::Bill(_)) => return texts.gather(shared, tail, &self.numbers.bills),
                Some(Value::Charge(_)) => return texts.gather(shared, tail, &self.numbers.shapes),
                Some(Value::ChargeIf(_, has)) => {
                    let rows = self.outputs.iter().zip(&self.numbers.shapes);
                    scratch.numbers.clear();
                    scratch.numbers.extend(rows.map(|(output, &shape)| if has(output) { shape } else { NO_TEXT }));
                    return texts.gather_some(shared, tail, &scratch.numbers);
                }
                _ => {}
            }
        }
        let mut filler = ColumnFiller { builder, maps: self.maps, scratch, name: &column.name };
        match &column.source {
            ColumnSource::Focus(_) => value.into_iter().for_each(|value| self.focus(value, &mut filler)),
            ColumnSource::Extra(index, ..) => self.extra(*index, filler.builder),
            ColumnSource::Tag(tag) => self.texts(&mut filler, |output| {
                tag.keys(self.has_athena_tags).find_map(|key| output.row.item.entry(Family::Tags, key))
            }),
            ColumnSource::Lineage(Lineage::Object) => self.texts(&mut filler, |_| Some(&*self.items.object)),
            ColumnSource::Lineage(Lineage::Delivery) => self.texts(&mut filler, |_| self.delivery),
            ColumnSource::Lineage(Lineage::Row) => {
                for output in self.outputs {
                    filler.builder.integer(i64::try_from(output.row.item.number()).ok());
                }
            }
        }
    }

    fn texts(&self, filler: &mut ColumnFiller<'_>, value: impl Fn(&OutputRow<'a>) -> Option<&'a str>) {
        if let Builder::Text(texts) = &mut *filler.builder {
            for (output, &shape) in self.outputs.iter().zip(&self.numbers.shapes) {
                texts.push_hinted(value(output), shape);
            }
        }
    }

    /// Appends the instants of a column after applying a function.
    fn times(&self, filler: &mut ColumnFiller<'_>, column: Cur, change: impl Fn(i64) -> i64) {
        match self.items.column(column) {
            Some(Column::Time(times)) => {
                let times = self.outputs.iter().map(|output| times.get(output.row.item.index()));
                filler.builder.times(times.map(|time| time.map(&change)));
            }
            _ => {
                let times = self.outputs.iter().map(|output| output.row.item.time(column));
                filler.builder.times(times.map(|time| time.map(&change)));
            }
        }
    }

    fn decimals(&self, filler: &mut ColumnFiller<'_>, value: impl Fn(&OutputRow<'a>) -> Option<Decimal>) {
        filler.builder.decimals(self.outputs.iter().map(value));
    }

    fn prices(&self, filler: &mut ColumnFiller<'_>, value: impl Fn(&OutputRow<'a>, &Pricing) -> Option<Decimal>) {
        let rows = self.outputs.iter().zip(self.pricing);
        filler.builder.decimals(rows.map(|(output, pricing)| value(output, pricing)));
    }

    fn units(&self, filler: &mut ColumnFiller<'_>, units: impl Iterator<Item = Option<Unit>>) {
        if let Builder::Text(texts) = &mut *filler.builder {
            let numbers = units.zip(&self.numbers.shapes).map(|(unit, &shape)| GroupedColumns::unit(unit, shape));
            filler.scratch.numbers.clear();
            filler.scratch.numbers.extend(numbers);
            texts.gather(self.shared.units(), self.shared.tail(), &filler.scratch.numbers);
        }
    }

    fn family(&self, filler: &mut ColumnFiller<'_>, family: Family, wants: impl Fn(&OutputRow<'a>) -> bool) {
        let Some(pairs) = &self.items.families[family as usize] else { return };
        let of = |output: &OutputRow<'a>| if wants(output) { pairs.of(output.row.item.index()) } else { &[] };
        filler.maps(self.outputs.iter().map(of), &pairs.tail);
    }

    fn extra(&self, index: usize, builder: &mut Builder) {
        let column = self.items.extras.get(index).and_then(Option::as_ref);
        for output in self.outputs {
            let row = output.row.item.index();
            match (&mut *builder, column) {
                (Builder::Text(texts), Some(Column::Text(spans))) => {
                    let text = trimmed(self.items.arena.get(spans[row]));
                    texts.push((!text.is_empty()).then_some(text));
                }
                (Builder::Decimal(_), Some(Column::Decimal(decimals))) => builder.decimal(decimals.get(row)),
                (Builder::Time(_), Some(Column::Time(times))) => builder.time(times.get(row)),
                (Builder::Decimal(_), _) => builder.decimal(None),
                (Builder::Time(_), _) => builder.time(None),
                _ => builder.text(None),
            }
        }
    }

    fn focus(&self, value: Value, filler: &mut ColumnFiller<'_>) {
        match value {
            // `fill` has gathered the shared texts.
            Value::Bill(_) | Value::Charge(_) | Value::ChargeIf(..) => {}
            Value::Text(text) => self.texts(filler, text),
            Value::OwnText(text) => {
                if let Builder::Text(texts) = &mut *filler.builder {
                    for (output, &shape) in self.outputs.iter().zip(&self.numbers.shapes) {
                        texts.push_hinted(text(output).as_deref(), shape);
                    }
                }
            }
            Value::Amount(amount) => self.decimals(filler, amount),
            Value::AmountUnit(unit) => self.units(filler, self.outputs.iter().map(unit)),
            Value::Cost(cost) => self.decimals(filler, |output| output.costs.get(cost)),
            Value::Price(price) => self.prices(filler, price),
            Value::PriceUnit(unit) => self.units(filler, self.pricing.iter().map(unit)),
            Value::Time(column, change) => self.times(filler, column, change),
            Value::SkuDetails => {
                let details = self.outputs.iter().zip(&self.numbers.shapes).map(|(output, &shape)| {
                    if output.sku_price_id().is_some() { self.shared.details(shape) } else { &[] }
                });
                filler.maps(details, self.shared.tail());
            }
            Value::Pairs(family, wants) => self.family(filler, family, wants),
        }
    }
}

/// Memory reused by each column.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    json: String,
    numbers: Vec<u32>,
}

/// A column being filled.
struct ColumnFiller<'b> {
    builder: &'b mut Builder,
    maps: MapEncoding,
    scratch: &'b mut Scratch,
    name: &'b str,
}

impl ColumnFiller<'_> {
    /// Appends key-value pairs of rows, as maps or as JSON. A row without pairs is null.
    fn maps<'p>(&mut self, rows: impl Iterator<Item = &'p [(Span, Span)]>, tail: &SideText) {
        if self.maps == MapEncoding::Map {
            return self.builder.maps(rows, tail);
        }
        for pairs in rows {
            if pairs.is_empty() {
                self.builder.text(None);
                continue;
            }
            let pairs = pairs.iter().map(|&(key, value)| (tail.get(key), Some(tail.get(value))));
            let text = &mut self.scratch.json;
            text.clear();
            json::write_object(text, pairs, |key| json::numeric_key(self.name, key));
            self.builder.text(Some(text.as_str()));
        }
    }
}
