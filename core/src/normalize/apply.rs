//! Builds record batches of selected rows: one loop per output column.
//!
//! In: the selection of a block and its line items. Out: batches of the configured size; rows of several blocks are
//! collected until a batch is full. Output rows are added to the ledger here, and `proof.rs` checks each finished
//! batch.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;

use super::census::Census;
use super::column::{ColumnSource, OutputColumn};
use super::columns;
use super::columns::Value;
use super::facts::FileContext;
use super::fill::{OutputRows, Scratch};
use super::formulas::Row;
use super::memo::FactCache;
use super::proof;
use super::select::Selected;
use super::shape::ChargeGroup;
use super::shared::{GroupNumbers, GroupedColumns};
use super::values::{OutputRow, Pricing};
use crate::line_items::LineItems;
use crate::schema::cur::Cur;
use crate::schema::encoding::{DecimalEncoding, MapEncoding, TextEncoding};
use crate::schema::focus::Focus;
use crate::table::column::{Builder, LONG};
use crate::table::narrow::{CellCounts, Narrowing, OutOfRange};
use crate::totals::ledger::Ledger;
use crate::value::decimal::Decimal;

/// Builder of the batches of one read.
#[derive(Debug)]
pub(crate) struct Table {
    narrowing: Narrowing,
    columns: Vec<OutputColumn>,
    builders: Vec<Builder>,
    maps: MapEncoding,
    rows: usize,
    /// The index of the currency of each row, if the conversion can round.
    currencies: Vec<u32>,
    batch_rows: usize,
    account_names: Arc<HashMap<String, String>>,
    shared: GroupedColumns,
    numbers: GroupNumbers,
    pricing: Vec<Pricing>,
    /// Whether the file has a column from which SkuId is computed.
    has_sku: bool,
    scratch: Scratch,
    census: Census,
}

impl Table {
    /// Creates an empty table.
    pub(crate) fn new(
        columns: Vec<OutputColumn>,
        (maps, text, decimals): (MapEncoding, TextEncoding, DecimalEncoding),
        batch_rows: usize,
        account_names: Arc<HashMap<String, String>>,
    ) -> Self {
        let fields = columns.iter().map(|column| column.field(maps, text)).collect();
        let builders = columns.iter().map(|column| Builder::new(column.value_type(), maps, text, batch_rows)).collect();
        Self {
            narrowing: Narrowing::new(fields, decimals),
            shared: GroupedColumns::new(&columns),
            census: Census::of(&columns),
            numbers: GroupNumbers::default(),
            pricing: Vec::new(),
            has_sku: false,
            columns,
            builders,
            maps,
            rows: 0,
            currencies: Vec::new(),
            batch_rows,
            account_names,
            scratch: Scratch::default(),
        }
    }

    /// The schema of all batches.
    pub(crate) fn schema(&self) -> &SchemaRef {
        self.narrowing.schema()
    }

    /// Number of rows that still fit in the current batch.
    pub(crate) fn room(&self) -> usize {
        let is_long = self.builders.iter().any(|builder| builder.text_bytes() > LONG);
        if is_long { 0 } else { self.batch_rows - self.rows }
    }

    /// Appends rows, at most [`Table::room`] of them.
    pub(crate) fn append(
        &mut self,
        items: &LineItems,
        selected: &[Selected],
        context: FileContext,
        memo: &FactCache,
        delivery: Option<&str>,
        ledger: &mut Ledger,
    ) {
        if self.shared.follow(items) {
            self.builders.iter_mut().for_each(Builder::forget_numbers);
        }
        self.shared.number(items, selected, memo, &self.account_names, &mut self.numbers);
        let Some(charges) = &items.charges else { return };
        let outputs = selected.iter().map(|selected| {
            let combination = selected.groups[1];
            let facts = memo.facts(combination);
            let shape = ChargeGroup {
                cells: &charges.cells,
                combination,
                facts,
                charge: selected.charge,
                is_correction: selected.is_correction,
            };
            let item = items.row(selected.row as usize);
            OutputRow::new(Row { item, facts, context: &context }, shape, &selected.costs)
        });
        let outputs: Vec<OutputRow<'_>> = outputs.collect();
        let has_athena_tags = items.layout.has_athena_tags();
        self.census.note(&self.columns, items, selected, has_athena_tags, ledger);
        self.pricing.clear();
        if wants_prices(&self.columns) {
            self.pricing.extend(outputs.iter().map(|output| output.pricing()));
            note(&self.pricing, ledger);
        }
        if self.columns.iter().any(|column| column.source == ColumnSource::Focus(Focus::CapacityReservationStatus)) {
            for _ in outputs.iter().filter(|output| output.capacity_status_is_derived()) {
                let what = "usage of a capacity reservation has a status other than Used and Unused; the status was derived from the usage type";
                ledger.warn("capacity_status_derived", what, "");
            }
        }
        let rows = OutputRows {
            items,
            outputs: &outputs,
            pricing: &self.pricing,
            shared: &self.shared,
            numbers: &self.numbers,
            maps: self.maps,
            delivery,
            has_athena_tags,
        };
        for (index, (column, builder)) in self.columns.iter().zip(&mut self.builders).enumerate() {
            rows.fill(index, column, builder, &mut self.scratch);
        }
        for row in selected {
            ledger.book_out(row.places, &row.costs);
        }
        if self.narrowing.can_round() {
            self.currencies.extend(selected.iter().map(|row| ledger.currency(row.places)));
        }
        self.rows += selected.len();
        self.has_sku = items.has(Cur::ProductSku) || items.has(Cur::PricingRateCode);
    }

    /// Returns the batch; `None` if it has no rows. Fails if a number is out of range of the type that the caller
    /// selected: [`Range`](super::range::Range) rejects its line item before.
    pub(crate) fn finish(&mut self, ledger: &mut Ledger) -> Result<Option<RecordBatch>, OutOfRange> {
        if self.rows == 0 {
            return Ok(None);
        }
        let batch = self.take();
        proof::prove(&batch, ledger);
        let without_sku = if self.has_sku { proof::without_sku(&batch) } else { 0 };
        if without_sku > 0 {
            let what = "usage and purchases have neither a SKU nor a rate code; SkuId is null";
            ledger.warn_rows("sku_unknown", what, without_sku, "", "");
        }
        let (converted, rounded) = self.convert(batch.clone())?;
        if !rounded.is_empty() {
            let currencies = &self.currencies;
            ledger.add_rounded(&rounded, &proof::differences(&batch, &converted, |row| currencies[row]));
        }
        self.currencies.clear();
        Ok(Some(converted))
    }

    /// Returns the exact batch, without checks.
    fn take(&mut self) -> RecordBatch {
        let arrays: Vec<ArrayRef> = self.builders.iter_mut().map(Builder::finish).collect();
        self.narrowing.exact_batch(arrays, std::mem::take(&mut self.rows))
    }

    /// Converts an exact batch to the one for the caller. Returns it with the number of rounded cells by column.
    pub(super) fn convert(&self, exact: RecordBatch) -> Result<(RecordBatch, CellCounts), OutOfRange> {
        self.narrowing.convert(exact)
    }

    /// Returns an exact batch of rows that are not line items. `cell` returns each cell.
    pub(crate) fn batch_of<T>(&mut self, rows: &[T], cell: impl Fn(&T, &OutputColumn) -> Cell) -> Option<RecordBatch> {
        debug_assert_eq!(self.rows, 0, "a batch is under construction");
        if rows.is_empty() {
            return None;
        }
        for (column, builder) in self.columns.iter().zip(&mut self.builders) {
            for row in rows {
                match (cell(row, column), &mut *builder) {
                    (Cell::Text(text), Builder::Text(_)) => builder.text(Some(&text)),
                    (Cell::Decimal(value), Builder::Decimal(_)) => builder.decimal(Some(value)),
                    (Cell::Time(time), Builder::Time(_)) => builder.time(Some(time)),
                    (_, Builder::Text(_)) => builder.text(None),
                    (_, Builder::Decimal(_)) => builder.decimal(None),
                    (_, Builder::Time(_)) => builder.time(None),
                    (_, Builder::Integer(_)) => builder.integer(None),
                    (_, Builder::Map(_)) => builder.map(None::<std::iter::Empty<_>>),
                }
            }
        }
        self.rows = rows.len();
        Some(self.take())
    }
}

/// A cell of a row that is not a line item.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Null,
    Text(String),
    Decimal(crate::value::decimal::Decimal),
    Time(i64),
}

fn wants_prices(columns: &[OutputColumn]) -> bool {
    columns.iter().any(|column| match column.source {
        ColumnSource::Focus(focus) => matches!(columns::of(focus).value, Value::Price(_) | Value::PriceUnit(_)),
        _ => false,
    })
}

fn note(pricing: &[Pricing], ledger: &mut Ledger) {
    let negative = |price: Option<Decimal>| price.is_some_and(Decimal::is_negative);
    for pricing in pricing {
        if pricing.cost_without_quantity {
            ledger.warn("cost_without_quantity", "usage has a cost but no quantity; it is priced as one unit", "");
        }
        if negative(pricing.list_price) || negative(pricing.contracted_price) {
            let what = "list and contracted cost differ in sign; costs are kept, and one unit price is negative";
            ledger.warn("unit_price_negative", what, "");
        }
    }
}
