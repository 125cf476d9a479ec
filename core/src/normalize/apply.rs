//! Selected rows → a record batch: one loop per wanted column.
//!
//! In: the selection of a block and its line items. Out: batches of the asked size; rows of several blocks are gathered
//! until one is full. What is handed out is booked here, and each finished batch is proven by `proof.rs`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{Field, Schema, SchemaRef};

use super::formulas::{Row, Terms};
use super::proof;
use super::select::Selected;
use super::values::{Output, Pricing, exclusive_end};
use crate::decode::build::Builder;
use crate::json;
use crate::line_items::{Family, LineItems};
use crate::rules::charges::Slot;
use crate::rules::{columns, services, sku};
use crate::schema::cur::Cur;
use crate::schema::focus::{Focus, Maps, Type};
use crate::totals::ledger::Ledger;

/// What a column of the output holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// A FOCUS column, or one of the `x_` columns that every read has.
    Focus(Focus),
    /// A column of the report beside FOCUS, by its place among the extra columns.
    Extra(usize, Type),
    /// The value of one tag.
    Tag(String),
    /// Where the row comes from.
    Lineage(Lineage),
}

/// Where a row comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lineage {
    Object,
    Row,
    Delivery,
}

/// A column of the output.
#[derive(Clone, Debug)]
pub(crate) struct OutputColumn {
    pub(crate) name: String,
    pub(crate) content: Content,
}

impl OutputColumn {
    /// The Arrow type behind it, before maps may become JSON.
    pub(crate) fn kind(&self) -> Type {
        match &self.content {
            Content::Focus(column) => column.kind(),
            Content::Extra(_, kind) => *kind,
            Content::Tag(_) | Content::Lineage(Lineage::Object | Lineage::Delivery) => Type::Text,
            Content::Lineage(Lineage::Row) => Type::Integer,
        }
    }

    fn field(&self, maps: Maps) -> Field {
        match &self.content {
            Content::Focus(column) => column.field(maps),
            _ => Field::new(&self.name, self.kind().arrow(maps), true),
        }
    }
}

/// Batches of one read under construction.
#[derive(Debug)]
pub(crate) struct Table {
    schema: SchemaRef,
    columns: Vec<OutputColumn>,
    builders: Vec<Builder>,
    maps: Maps,
    rows: usize,
    batch_rows: usize,
    account_names: Arc<HashMap<String, String>>,
    json: String,
}

impl Table {
    /// An empty table.
    pub(crate) fn new(
        columns: Vec<OutputColumn>,
        maps: Maps,
        batch_rows: usize,
        account_names: Arc<HashMap<String, String>>,
    ) -> Self {
        let schema = Schema::new(columns.iter().map(|column| column.field(maps)).collect::<Vec<_>>());
        let builders = columns.iter().map(|column| Builder::new(stored(column.kind(), maps), batch_rows)).collect();
        Self {
            schema: Arc::new(schema),
            columns,
            builders,
            maps,
            rows: 0,
            batch_rows,
            account_names,
            json: String::new(),
        }
    }

    /// The schema of all batches; fixed before the first row.
    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Rows that the batch under construction still takes.
    pub(crate) fn room(&self) -> usize {
        self.batch_rows - self.rows
    }

    /// Adds rows, at most [`Table::room`] of them.
    pub(crate) fn append(
        &mut self,
        items: &LineItems,
        selected: &[Selected],
        terms: Terms,
        delivery: Option<&str>,
        ledger: &mut Ledger,
    ) {
        let account_names = Arc::clone(&self.account_names);
        let outputs: Vec<Output<'_>> = selected
            .iter()
            .map(|selected| Output {
                row: Row { item: items.row(selected.row as usize), kind: selected.kind, terms },
                selected,
                account_names: &account_names,
            })
            .collect();
        let worked_out = WorkedOut::new(&self.columns, &outputs);
        let mut json = std::mem::take(&mut self.json);
        for (column, builder) in self.columns.iter().zip(&mut self.builders) {
            let mut sheet = Sheet { builder, maps: self.maps, json: &mut json, name: &column.name };
            match &column.content {
                Content::Focus(focus) => sheet.focus(*focus, &outputs, &worked_out),
                Content::Extra(index, _) => sheet.extra(items, *index, &outputs),
                Content::Tag(key) => sheet.texts(&outputs, |output| output.row.item.entry(Family::Tags, key)),
                Content::Lineage(Lineage::Object) => sheet.texts(&outputs, |_| Some(&*items.object)),
                Content::Lineage(Lineage::Delivery) => sheet.texts(&outputs, |_| delivery),
                Content::Lineage(Lineage::Row) => {
                    for output in &outputs {
                        sheet.builder.integer(i64::try_from(output.row.item.number()).ok());
                    }
                }
            }
        }
        self.json = json;
        for row in selected {
            ledger.book_out(row.places, row.costs);
        }
        worked_out.note(ledger);
        self.rows += outputs.len();
    }

    /// The batch; `None` when it has no rows.
    pub(crate) fn finish(&mut self, ledger: &mut Ledger) -> Option<RecordBatch> {
        if self.rows == 0 {
            return None;
        }
        let batch = self.take();
        proof::prove(&batch, ledger);
        Some(batch)
    }

    /// The batch as it is.
    fn take(&mut self) -> RecordBatch {
        let arrays: Vec<ArrayRef> = self.builders.iter_mut().map(Builder::finish).collect();
        self.rows = 0;
        #[expect(clippy::unwrap_used, reason = "builders are made from the schema, and each got every row")]
        RecordBatch::try_new(Arc::clone(&self.schema), arrays).unwrap()
    }

    /// A batch of rows that are not line items, by a function that fills each cell.
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
    Decimal(crate::decimal::Decimal),
    Time(i64),
}

/// Maps that go out as JSON are text.
fn stored(kind: Type, maps: Maps) -> Type {
    match (kind, maps) {
        (Type::Map, Maps::Json) => Type::Text,
        _ => kind,
    }
}

/// Values that several columns share, worked out once for each row, and only if one of those columns is wanted.
struct WorkedOut<'a> {
    pricing: Vec<Pricing<'a>>,
    services: Vec<services::Service<'a>>,
}

impl<'a> WorkedOut<'a> {
    fn new(columns: &[OutputColumn], outputs: &[Output<'a>]) -> Self {
        let wants = |wanted: &[Focus]| {
            columns.iter().any(|column| matches!(&column.content, Content::Focus(focus) if wanted.contains(focus)))
        };
        let prices = wants(&[
            Focus::PricingQuantity,
            Focus::PricingUnit,
            Focus::ConsumedQuantity,
            Focus::ConsumedUnit,
            Focus::ListUnitPrice,
            Focus::ContractedUnitPrice,
            Focus::PricingCurrencyListUnitPrice,
            Focus::PricingCurrencyContractedUnitPrice,
        ]);
        let names = wants(&[Focus::ServiceName, Focus::ServiceCategory, Focus::ServiceSubcategory]);
        Self {
            pricing: if prices { outputs.iter().map(|output| output.pricing()).collect() } else { Vec::new() },
            services: if names { outputs.iter().map(|output| output.service()).collect() } else { Vec::new() },
        }
    }

    fn note(&self, ledger: &mut Ledger) {
        for pricing in &self.pricing {
            if pricing.cost_without_quantity {
                ledger.warn("cost_without_quantity", "", || {
                    "usage with a cost and no quantity: priced as one unit of the cost".to_owned()
                });
            }
            let negative = |price: Option<crate::decimal::Decimal>| price.is_some_and(|price| price.is_negative());
            if negative(pricing.list_price) || negative(pricing.contracted_price) {
                ledger.warn("unit_price_negative", "", || {
                    "list and contracted cost differ in sign: costs are kept, and one unit price is negative".to_owned()
                });
            }
        }
    }
}

/// One column under construction.
struct Sheet<'b> {
    builder: &'b mut Builder,
    maps: Maps,
    json: &'b mut String,
    name: &'b str,
}

impl Sheet<'_> {
    fn texts<'a>(&mut self, outputs: &[Output<'a>], value: impl Fn(Output<'a>) -> Option<&'a str>) {
        for &output in outputs {
            self.builder.text(value(output));
        }
    }

    fn owned<'a>(&mut self, outputs: &[Output<'a>], value: impl Fn(Output<'a>) -> Option<Cow<'a, str>>) {
        for &output in outputs {
            self.builder.text(value(output).as_deref());
        }
    }

    fn times<'a>(&mut self, outputs: &[Output<'a>], value: impl Fn(Output<'a>) -> Option<i64>) {
        for &output in outputs {
            self.builder.time(value(output));
        }
    }

    fn decimals<'a>(&mut self, outputs: &[Output<'a>], value: impl Fn(Output<'a>) -> Option<crate::decimal::Decimal>) {
        for &output in outputs {
            self.builder.decimal(value(output));
        }
    }

    /// Key-value pairs, as a map or as JSON; a row without pairs is null.
    fn pairs<'a, P>(&mut self, outputs: &[Output<'a>], pairs: impl Fn(Output<'a>) -> P)
    where
        P: Iterator<Item = (&'a str, Cow<'a, str>)>,
    {
        let mut row = Vec::new();
        for &output in outputs {
            row.clear();
            row.extend(pairs(output));
            let entries = row.iter().map(|(key, value)| (*key, Some(&**value)));
            match self.maps {
                Maps::Map => self.builder.map((!row.is_empty()).then_some(entries)),
                Maps::Json => {
                    self.json.clear();
                    json::write_object(self.json, entries, |key| json::numeric_key(self.name, key));
                    self.builder.text((!row.is_empty()).then_some(self.json.as_str()));
                }
            }
        }
    }

    fn extra(&mut self, items: &LineItems, index: usize, outputs: &[Output<'_>]) {
        use crate::line_items::{Column, trimmed};
        let column = items.extras.get(index).and_then(Option::as_ref);
        for output in outputs {
            let row = output.row.item.index();
            match (&mut *self.builder, column) {
                (Builder::Text(_), Some(Column::Text(spans))) => {
                    let text = trimmed(items.arena.get(spans[row]));
                    self.builder.text((!text.is_empty()).then_some(text));
                }
                (Builder::Decimal(_), Some(Column::Decimal(decimals))) => self.builder.decimal(decimals.get(row)),
                (Builder::Time(_), Some(Column::Time(times))) => self.builder.time(times.get(row)),
                (Builder::Decimal(_), _) => self.builder.decimal(None),
                (Builder::Time(_), _) => self.builder.time(None),
                _ => self.builder.text(None),
            }
        }
    }

    fn focus<'a>(&mut self, column: Focus, outputs: &[Output<'a>], worked_out: &WorkedOut<'a>) {
        let pricing = &worked_out.pricing;
        let rule = columns::of(column);
        if rule.rule == columns::COPY {
            let source = rule.reads[0];
            return match column.kind() {
                Type::Time => self.times(outputs, |output| output.row.item.time(source)),
                _ => self.texts(outputs, |output| output.text(source)),
            };
        }
        match column {
            Focus::BilledCost => self.decimals(outputs, |output| Some(output.selected.costs[0])),
            Focus::EffectiveCost => self.decimals(outputs, |output| Some(output.selected.costs[1])),
            Focus::ListCost => self.decimals(outputs, |output| Some(output.selected.costs[2])),
            Focus::ContractedCost => self.decimals(outputs, |output| Some(output.selected.costs[3])),
            Focus::ChargeCategory => self.texts(outputs, |output| Some(output.selected.charge.category.text())),
            Focus::ChargeFrequency => self.texts(outputs, |output| Some(output.selected.charge.frequency.text())),
            Focus::ChargeClass => self.texts(outputs, Output::charge_class),
            Focus::PricingCategory => self.texts(outputs, Output::pricing_category),
            Focus::AvailabilityZone => self.texts(outputs, Output::availability_zone),
            Focus::BillingAccountName => self.texts(outputs, Output::billing_account_name),
            Focus::BillingAccountType => self.texts(outputs, Output::billing_account_type),
            Focus::BillingCurrency => self.owned(outputs, Output::billing_currency),
            Focus::BillingPeriodEnd => {
                self.times(outputs, |output| output.row.item.time(Cur::BillingPeriodEndDate).map(exclusive_end));
            }
            Focus::ChargePeriodEnd => {
                self.times(outputs, |output| output.row.item.time(Cur::UsageEndDate).map(exclusive_end));
            }
            Focus::CapacityReservationId => self.texts(outputs, Output::capacity_reservation_id),
            Focus::CapacityReservationStatus => self.texts(outputs, Output::capacity_reservation_status),
            Focus::ChargeDescription => self.owned(outputs, Output::charge_description),
            Focus::CommitmentDiscountCategory => {
                self.texts(outputs, |output| output.commitment().map(|commitment| commitment.kind.category()));
            }
            Focus::CommitmentDiscountId => {
                self.texts(outputs, |output| output.commitment().map(|commitment| commitment.arn));
            }
            Focus::CommitmentDiscountName => self.texts(outputs, |_| None),
            Focus::CommitmentDiscountQuantity => {
                self.decimals(outputs, |output| output.commitment_quantity().map(|(quantity, _)| quantity));
            }
            Focus::CommitmentDiscountUnit => {
                self.owned(outputs, |output| output.commitment_quantity().map(|(_, unit)| unit));
            }
            Focus::CommitmentDiscountStatus => self.texts(outputs, Output::commitment_status),
            Focus::CommitmentDiscountType => {
                self.texts(outputs, |output| output.commitment().map(|commitment| commitment.kind.text()));
            }
            Focus::InvoiceIssuerName => self.texts(outputs, Output::invoice_issuer),
            Focus::ProviderName => self.texts(outputs, Output::provider),
            Focus::PublisherName => self.texts(outputs, Output::publisher),
            Focus::PricingCurrency => self.owned(outputs, Output::pricing_currency),
            Focus::PricingCurrencyEffectiveCost => self.decimals(outputs, Output::pricing_currency_effective_cost),
            Focus::RegionId => self.texts(outputs, Output::region_id),
            Focus::RegionName => self.texts(outputs, Output::region_name),
            Focus::ResourceId => self.texts(outputs, Output::resource_id),
            Focus::ResourceName => self.texts(outputs, Output::resource_name),
            Focus::ResourceType => self.texts(outputs, Output::resource_type),
            Focus::SkuId => self.texts(outputs, Output::sku_id),
            Focus::SkuMeter => self.texts(outputs, Output::sku_meter),
            Focus::SkuPriceId => self.texts(outputs, Output::sku_price_id),
            Focus::SubAccountName => self.texts(outputs, Output::sub_account_name),
            Focus::SubAccountType => self.texts(outputs, Output::sub_account_type),
            Focus::ServiceName => self.texts_of(&worked_out.services, |service| service.name),
            Focus::ServiceCategory => self.texts_of(&worked_out.services, |service| Some(service.category)),
            Focus::ServiceSubcategory => self.texts_of(&worked_out.services, |service| Some(service.subcategory)),
            Focus::PricingQuantity => self.decimals_of(pricing, |pricing| Some(pricing.quantity.as_ref()?.0)),
            Focus::PricingUnit => self.texts_of(pricing, |pricing| Some(&*pricing.quantity.as_ref()?.1)),
            Focus::ConsumedQuantity => self.decimals_of(pricing, |pricing| Some(pricing.consumed.as_ref()?.0)),
            Focus::ConsumedUnit => self.texts_of(pricing, |pricing| Some(&*pricing.consumed.as_ref()?.1)),
            Focus::ListUnitPrice => self.decimals_of(pricing, |pricing| pricing.list_price),
            Focus::ContractedUnitPrice => self.decimals_of(pricing, |pricing| pricing.contracted_price),
            Focus::PricingCurrencyListUnitPrice => {
                for (output, pricing) in outputs.iter().zip(pricing) {
                    self.builder.decimal(output.pricing_currency_list_price(pricing));
                }
            }
            Focus::PricingCurrencyContractedUnitPrice => {
                for (output, pricing) in outputs.iter().zip(pricing) {
                    self.builder.decimal(output.pricing_currency_contracted_price(pricing));
                }
            }
            Focus::SkuPriceDetails => self.pairs(outputs, |output| {
                let present = output.sku_price_id().is_some();
                let details = sku::details(move |column| if present { output.text(column) } else { None });
                details.map(|(key, value)| -> (&str, _) { (key, value) })
            }),
            Focus::Tags => self.pairs(outputs, |output| entries(output, Family::Tags)),
            Focus::XCostCategories => self.pairs(outputs, |output| entries(output, Family::CostCategories)),
            Focus::XDiscounts => self.pairs(outputs, |output| {
                let is_charge = output.selected.charge.slot == Slot::Charge;
                entries(output, Family::Discounts).filter(move |_| is_charge)
            }),
            Focus::BillingAccountId
            | Focus::BillingPeriodStart
            | Focus::ChargePeriodStart
            | Focus::InvoiceId
            | Focus::SubAccountId
            | Focus::XServiceCode
            | Focus::XOperation
            | Focus::XLineItemType
            | Focus::XUsageType => debug_assert!(false, "{} is copied", column.name()),
        }
    }

    fn texts_of<'a, T>(&mut self, rows: &'a [T], value: impl Fn(&'a T) -> Option<&'a str>) {
        for row in rows {
            self.builder.text(value(row));
        }
    }

    fn decimals_of<T>(&mut self, rows: &[T], value: impl Fn(&T) -> Option<crate::decimal::Decimal>) {
        for row in rows {
            self.builder.decimal(value(row));
        }
    }
}

fn entries<'a>(output: Output<'a>, family: Family) -> impl Iterator<Item = (&'a str, Cow<'a, str>)> {
    output.row.item.entries(family).filter(|(_, value)| !value.is_empty()).map(|(key, value)| (key, value.into()))
}
