//! Small reports with their expected results: one folder for each line item type and each pitfall.
//!
//! `report.csv` is the input, `expected.txt` the result, and `why.md` the purpose of the case. `UPDATE_GOLDEN=1` rewrites the
//! results; review the difference.

use std::fmt::Write;
use std::fs;

use outlay::{Reader, ReaderBuilder};

use crate::support::{Row, broken, builder, data, push, read};

/// The columns in the results. Columns with the same value in all rows are left out.
#[rustfmt::skip]
const SHOWN: &[&str] = &[
    "x_LineItemType", "ChargeCategory", "ChargeClass", "ChargeFrequency", "PricingCategory",
    "BilledCost", "EffectiveCost", "ListCost", "ContractedCost",
    "PricingQuantity", "PricingUnit", "ListUnitPrice", "ContractedUnitPrice", "ConsumedQuantity", "ConsumedUnit",
    "CommitmentDiscountId", "CommitmentDiscountStatus", "CommitmentDiscountQuantity", "CommitmentDiscountUnit",
    "BillingAccountId", "SubAccountId", "BillingCurrency", "PricingCurrency", "PricingCurrencyEffectiveCost",
    "PricingCurrencyListUnitPrice", "ChargePeriodStart", "ChargePeriodEnd", "ServiceName", "ServiceCategory",
    "PublisherName", "RegionId", "RegionName", "AvailabilityZone", "ResourceId", "ResourceType", "ResourceName",
    "CapacityReservationId", "CapacityReservationStatus", "SkuId", "SkuPriceId", "ChargeDescription",
    "Tags", "x_Discounts", "x_CostCategories",
];

/// Formats the rows, one block per row and one line per cell.
fn shown(rows: &[Row], totals: &outlay::Totals) -> String {
    let mut text = String::new();
    for row in rows {
        for column in SHOWN {
            if let Some(value) = row.get(*column) {
                let _ = writeln!(text, "{column}: {}", value.escape_debug());
            }
        }
        text.push('\n');
    }
    let _ = writeln!(text, "broken: {}", broken(totals).join(", "));
    for warning in totals.warnings() {
        let _ = writeln!(text, "warning: {warning}");
    }
    for (currency, rounding) in totals.summary().rounding {
        let _ = writeln!(text, "rounding: {} cells, {} {currency}", rounding.cells, rounding.billed);
    }
    text
}

fn cases() -> Vec<String> {
    let folders = fs::read_dir(data("golden")).unwrap();
    let mut names: Vec<String> = folders.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert!(names.len() > 40, "where are the cases?");
    names
}

#[test]
fn each_case_gives_what_it_should() {
    let mut differ = Vec::new();
    for name in cases() {
        let folder = data("golden").join(&name);
        assert!(folder.join("why.md").exists(), "{name} does not say why");
        let (rows, totals) =
            read(builder().read(folder.join("report.csv"))).unwrap_or_else(|error| panic!("{name}: {error}"));
        let found = shown(&rows, &totals);
        let path = folder.join("expected.txt");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&path, &found).unwrap();
        }
        if fs::read_to_string(&path).unwrap_or_default() != found {
            differ.push(format!("{name}:\n{found}"));
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

/// Rows and totals do not depend on the division of the input, nor on the sizes of blocks and batches.
#[test]
fn each_case_is_the_same_whole_byte_by_byte_and_cut_anywhere() {
    let small = || -> ReaderBuilder { builder().batch_rows(2).block_bytes(64) };
    for name in cases() {
        let csv = fs::read(data("golden").join(&name).join("report.csv")).unwrap();
        let (rows, totals) = push(builder(), &csv, usize::MAX).unwrap();
        let same = |found: (Vec<Row>, outlay::Totals), how: &str| {
            assert_eq!(found.0, rows, "{name}, {how}");
            assert_eq!(found.1, totals, "{name}, {how}");
        };
        same(push(small(), &csv, 1).unwrap(), "byte by byte");
        // The cases of parsing are cut at every byte.
        let step = if name.starts_with("trap-") { 1 } else { 1 + csv.len() / 150 };
        for cut in (0..csv.len()).step_by(step) {
            let mut decoder = small().decoder("report.csv").unwrap();
            let mut found = Vec::new();
            let (head, tail) = csv.split_at(cut);
            for mut bytes in [head, tail] {
                while !bytes.is_empty() {
                    bytes = &bytes[decoder.feed(bytes).unwrap()..];
                    while let Some(batch) = decoder.next_batch().unwrap() {
                        found.extend(crate::support::rows_of(&batch));
                    }
                }
            }
            decoder.finish();
            while let Some(batch) = decoder.next_batch().unwrap() {
                found.extend(crate::support::rows_of(&batch));
            }
            same((found, decoder.totals()), &format!("cut at {cut}"));
        }
    }
}

/// Every column can be selected alone, with the same values as among all columns.
#[test]
fn a_projection_changes_no_value() {
    let report = data("golden/savings-plan/report.csv");
    let (all, _) = read(builder().read(&report)).unwrap();
    let names: Vec<String> =
        Reader::builder().read(&report).unwrap().schema().fields().iter().map(|f| f.name().clone()).collect();
    assert_eq!(names.len(), 63);
    for name in names {
        let (rows, totals) = read(builder().columns([name.clone()]).read(&report)).unwrap();
        let wanted: Vec<Row> = all
            .iter()
            .map(|row| row.iter().filter(|(key, _)| **key == name).map(|(k, v)| (k.clone(), v.clone())).collect())
            .collect();
        assert_eq!(rows, wanted, "{name}");
        totals.check().unwrap();
    }
}
