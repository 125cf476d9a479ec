//! Checks of each finished batch on its Arrow arrays: sums, unit prices, nulls.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{DataType, Decimal128Type, Int32Type};

use super::values::price_meets;
use crate::schema::focus::Focus;
use crate::schema::words::{ChargeCategory, ChargeFrequency};
use crate::totals::ledger::Ledger;
use crate::totals::row::Cost;
use crate::totals::{Costs, HandedOut};
use crate::value::decimal::{Decimal, Sum};

/// Adds the sums of a batch to the ledger, and checks the rules for single rows.
pub(super) fn prove(batch: &RecordBatch, ledger: &mut Ledger) {
    ledger.handed_out.merge(&sums(batch));
    unit_prices(batch, ledger);
    null_rules(batch, ledger);
}

/// Returns the sums of the cost columns of the batch.
pub(super) fn sums(batch: &RecordBatch) -> HandedOut {
    let sum = |column: Focus| {
        let array = batch.column_by_name(column.name())?.as_primitive::<Decimal128Type>();
        if array.null_count() == 0 {
            return Some(Sum::of_unscaled(array.values()));
        }
        let mut sum = Sum::ZERO;
        for value in array.iter().flatten() {
            sum += Decimal::from_unscaled(value);
        }
        Some(sum)
    };
    let nulls = |cost: Cost| batch.column_by_name(cost.column().name()).map_or(0, |array| array.null_count() as u64);
    HandedOut {
        rows: batch.num_rows() as u64,
        costs: Cost::ALL.map(|cost| sum(cost.column())),
        nulls: Cost::ALL.map(nulls),
    }
}

/// Returns what the conversion of a batch changed in the sums of its costs, by a key of its rows: the sums of the
/// converted batch minus those of the exact one. Nothing for doubles, whose sums are not exact.
pub(crate) fn differences<K: Ord>(
    exact: &RecordBatch,
    converted: &RecordBatch,
    key: impl Fn(usize) -> K,
) -> BTreeMap<K, Costs> {
    let mut differences = BTreeMap::new();
    for cost in Cost::ALL {
        let column = |batch: &RecordBatch| {
            let array = batch.column_by_name(cost.column().name())?.as_primitive_opt::<Decimal128Type>()?;
            Some(array.clone())
        };
        let (Some(exact), Some(converted)) = (column(exact), column(converted)) else { continue };
        let scale = converted.scale().unsigned_abs();
        for row in (0..exact.len()).filter(|&row| exact.is_valid(row)) {
            let exact = Decimal::from_unscaled(exact.value(row));
            let difference = Sum::of_scale(converted.value(row), scale) - Sum::from(exact);
            if !difference.is_zero() {
                *differences.entry(key(row)).or_insert_with(Costs::default).sum_of(cost) += difference;
            }
        }
    }
    differences
}

/// Checks that unit price x quantity equals the cost, where all three are present and the row is not a correction.
fn unit_prices(batch: &RecordBatch, ledger: &mut Ledger) {
    let decimals = |column: Focus| Some(batch.column_by_name(column.name())?.as_primitive::<Decimal128Type>());
    let classes = batch.column_by_name(Focus::ChargeClass.name());
    for (cost, price) in [(Focus::ListCost, Focus::ListUnitPrice), (Focus::ContractedCost, Focus::ContractedUnitPrice)]
    {
        let (Some(quantities), Some(costs), Some(prices)) =
            (decimals(Focus::PricingQuantity), decimals(cost), decimals(price))
        else {
            ledger.skip_rule("unit_prices", batch.num_rows() as u64);
            continue;
        };
        let (mut checked, mut broken, mut first) = (0, 0, None);
        for row in 0..batch.num_rows() {
            let is_correction = classes.is_some_and(|classes| classes.is_valid(row));
            if quantities.is_null(row) || prices.is_null(row) || costs.is_null(row) || is_correction {
                continue;
            }
            checked += 1;
            let [cost, quantity, price] =
                [costs, quantities, prices].map(|array| Decimal::from_unscaled(array.value(row)));
            if !price_meets(cost, quantity, price) {
                broken += 1;
                first.get_or_insert((cost, quantity, price));
            }
        }
        ledger.rule("unit_prices", checked, broken, || {
            first.map_or_else(String::new, |(wanted, quantity, unit)| {
                format!("{} {unit} x {quantity} is not {} {wanted}", price.name(), cost.name())
            })
        });
    }
}

/// Returns the number of usage and purchase rows without SkuId; 0 if the columns are not selected.
pub(super) fn without_sku(batch: &RecordBatch) -> u64 {
    let column = |column: Focus| batch.column_by_name(column.name());
    let (Some(skus), Some(categories)) = (column(Focus::SkuId), column(Focus::ChargeCategory)) else { return 0 };
    let Some(nulls) = skus.logical_nulls() else { return 0 };
    let is = |category: ChargeCategory| rows_with(categories, category.text());
    let priced = &is(ChargeCategory::Usage) | &is(ChargeCategory::Purchase);
    (&priced & &!nulls.inner()).count_set_bits() as u64
}

/// Checks nulls: FOCUS 1.2, attribute Null Handling and the columns named here.
fn null_rules(batch: &RecordBatch, ledger: &mut Ledger) {
    let rows = batch.num_rows();
    let column = |column: Focus| batch.column_by_name(column.name());
    let valid = |focus: Focus| {
        column(focus).map(|array| match array.logical_nulls() {
            Some(nulls) => nulls.into_inner(),
            None => BooleanBuffer::new_set(rows),
        })
    };
    // `None` if the output lacks a column that the rule compares.
    let mut look = |what: &'static str, broken: Option<BooleanBuffer>| match broken {
        Some(broken) => {
            ledger.rule("null_rules", rows as u64, broken.count_set_bits() as u64, || what.to_owned());
        }
        None => ledger.skip_rule("null_rules", rows as u64),
    };
    for (one, other, what) in [
        (Focus::PricingQuantity, Focus::PricingUnit, "PricingUnit is null without PricingQuantity"),
        (Focus::ConsumedQuantity, Focus::ConsumedUnit, "ConsumedUnit is null without ConsumedQuantity"),
        (
            Focus::CommitmentDiscountQuantity,
            Focus::CommitmentDiscountUnit,
            "CommitmentDiscountUnit is null without CommitmentDiscountQuantity",
        ),
        (Focus::RegionId, Focus::RegionName, "RegionName is null if and only if RegionId is"),
        (Focus::ResourceId, Focus::ResourceType, "ResourceType is null if and only if ResourceId is"),
    ] {
        look(what, valid(one).zip(valid(other)).map(|(one, other)| &one ^ &other));
    }
    let categories = column(Focus::ChargeCategory);
    let is = |category: ChargeCategory| categories.map(|categories| rows_with(categories, category.text()));
    // Usage rows with an id, and the rows with a status.
    let usage = |id: Focus, status: Focus| {
        let ids = valid(id).zip(is(ChargeCategory::Usage)).map(|(id, usage)| &id & &usage);
        ids.zip(valid(status))
    };
    let committed = usage(Focus::CommitmentDiscountId, Focus::CommitmentDiscountStatus);
    look(
        "CommitmentDiscountStatus on usage under a commitment, and only there",
        committed.map(|(wanted, status)| &status ^ &wanted),
    );
    let reserved = usage(Focus::CapacityReservationId, Focus::CapacityReservationStatus);
    look(
        "CapacityReservationStatus on usage of a capacity reservation",
        reserved.map(|(wanted, status)| &wanted & &!&status),
    );
    for (id, value, what) in [
        (
            Focus::CapacityReservationId,
            Focus::CapacityReservationStatus,
            "CapacityReservationStatus is null without CapacityReservationId",
        ),
        (Focus::ResourceId, Focus::ResourceName, "ResourceName is null without ResourceId"),
    ] {
        look(what, valid(id).zip(valid(value)).map(|(id, value)| &value & &!&id));
    }
    let frequencies = column(Focus::ChargeFrequency);
    let usage_based = frequencies.map(|frequencies| rows_with(frequencies, ChargeFrequency::UsageBased.text()));
    let purchases = is(ChargeCategory::Purchase).zip(usage_based);
    look("a Purchase is never Usage-Based", purchases.map(|(purchase, usage_based)| &purchase & &usage_based));
    let taxes = is(ChargeCategory::Tax);
    for (absent, what) in [
        (Focus::ListUnitPrice, "Tax has no ListUnitPrice"),
        (Focus::ContractedUnitPrice, "Tax has no ContractedUnitPrice"),
        (Focus::PricingCurrencyListUnitPrice, "Tax has no PricingCurrencyListUnitPrice"),
        (Focus::PricingCurrencyContractedUnitPrice, "Tax has no PricingCurrencyContractedUnitPrice"),
        (Focus::PricingQuantity, "Tax has no PricingQuantity"),
        (Focus::PricingCategory, "Tax has no PricingCategory"),
        (Focus::SkuId, "Tax has no SkuId"),
    ] {
        look(what, taxes.as_ref().zip(valid(absent)).map(|(taxes, valid)| taxes & &valid));
    }
}

/// Returns the rows of a text column, in any encoding, that are equal to a text.
fn rows_with(array: &dyn Array, text: &str) -> BooleanBuffer {
    match array.data_type() {
        DataType::Utf8 => {
            let array = array.as_string::<i32>();
            BooleanBuffer::collect_bool(array.len(), |row| array.value(row) == text)
        }
        DataType::Utf8View => {
            let array = array.as_string_view();
            BooleanBuffer::collect_bool(array.len(), |row| array.value(row) == text)
        }
        _ => {
            let array = array.as_dictionary::<Int32Type>();
            let found = rows_with(array.values(), text);
            BooleanBuffer::collect_bool(array.len(), |row| array.key(row).is_some_and(|key| found.value(key)))
        }
    }
}
