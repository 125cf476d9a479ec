//! The option `decimals`: narrower types of money, prices and quantities. Totals stay exact.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::str::FromStr;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Decimal128Type};
use bigdecimal::{BigDecimal, RoundingMode};
use outlay::sink::{Numbers, json_rows};
use outlay::{
    Costs, Decimal, DecimalEncoding, Error, OnError, Outcome, Reader, ReaderBuilder, TableSchema, Totals, Warning,
};
use proptest::prelude::*;

use crate::support::{Row, broken, builder, data, push, read, rows_of};

const NINE: DecimalEncoding = DecimalEncoding::Decimal { precision: 38, scale: 9 };

fn demo() -> PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data/report")
}

/// Returns the batches of a read, with its totals.
fn batches(builder: ReaderBuilder, path: &std::path::Path) -> Result<(Vec<RecordBatch>, Totals), Error> {
    let mut reader = builder.read(path)?;
    let batches = reader.by_ref().collect::<Result<_, _>>()?;
    Ok((batches, reader.totals()))
}

/// Converts the exact text of a cell in the simplest way.
fn oracle(text: &str, decimals: DecimalEncoding) -> String {
    match decimals {
        DecimalEncoding::Float64 => text.parse::<f64>().unwrap().to_string(),
        DecimalEncoding::Decimal { scale, .. } => {
            let rounded =
                BigDecimal::from_str(text).unwrap().with_scale_round(i64::from(scale), RoundingMode::HalfEven);
            rounded.to_plain_string()
        }
        _ => text.to_owned(),
    }
}

/// Returns the names of the exact decimal columns.
fn numbers(batch: &RecordBatch) -> Vec<String> {
    let fields = batch.schema_ref().fields().iter();
    let decimals = fields.filter(|field| *field.data_type() == DataType::Decimal128(38, 18));
    decimals.map(|field| field.name().clone()).collect()
}

/// Compares a read with the exact one, cell by cell. Returns the number of rounded cells by column.
fn compare(
    what: &str,
    exact: &[RecordBatch],
    found: &[RecordBatch],
    decimals: DecimalEncoding,
) -> BTreeMap<String, u64> {
    assert_eq!(found.len(), exact.len(), "{what}");
    let mut rounded = BTreeMap::new();
    for (exact, found) in exact.iter().zip(found) {
        let columns = numbers(exact);
        for (before, after) in exact.schema_ref().fields().iter().zip(found.schema_ref().fields()) {
            let wanted = match (columns.contains(before.name()), decimals) {
                (true, DecimalEncoding::Float64) => DataType::Float64,
                (true, DecimalEncoding::Decimal { precision, scale }) => DataType::Decimal128(precision, scale as i8),
                _ => before.data_type().clone(),
            };
            assert_eq!((after.data_type(), after.is_nullable()), (&wanted, before.is_nullable()), "{what}: {before}");
        }
        for (before, after) in rows_of(exact).iter().zip(rows_of(found)) {
            for (column, text) in before {
                let is_number = columns.contains(column);
                let wanted = if is_number { oracle(text, decimals) } else { text.clone() };
                assert_eq!(after[column], wanted, "{what}: {column}");
                let is_rounded = matches!(decimals, DecimalEncoding::Decimal { .. })
                    && is_number
                    && BigDecimal::from_str(&wanted).unwrap() != BigDecimal::from_str(text).unwrap();
                if is_rounded {
                    *rounded.entry(column.clone()).or_default() += 1;
                }
            }
            assert_eq!(before.len(), after.len(), "{what}: nulls");
        }
    }
    rounded
}

const COSTS: [&str; 4] = ["BilledCost", "EffectiveCost", "ListCost", "ContractedCost"];

/// Returns the sum of each cost by currency, of cells as text.
fn costs_of(batches: &[RecordBatch]) -> BTreeMap<String, [BigDecimal; 4]> {
    let mut costs = BTreeMap::<String, [BigDecimal; 4]>::new();
    for row in batches.iter().flat_map(rows_of) {
        let sums = costs.entry(row.get("BillingCurrency").cloned().unwrap_or_default()).or_default();
        for (sum, column) in sums.iter_mut().zip(COSTS) {
            *sum += row.get(column).map_or_else(BigDecimal::default, |cell| BigDecimal::from_str(cell).unwrap());
        }
    }
    costs
}

/// Returns what a conversion changed in the sums, as text, without currencies where it changed none.
fn differences(exact: &[RecordBatch], found: &[RecordBatch]) -> BTreeMap<String, [String; 4]> {
    let (exact, found) = (costs_of(exact), costs_of(found));
    let mut differences = BTreeMap::new();
    for (currency, sums) in &found {
        let changed: [BigDecimal; 4] = std::array::from_fn(|cost| &sums[cost] - &exact[currency][cost]);
        if changed.iter().any(|changed| *changed != BigDecimal::default()) {
            differences.insert(currency.clone(), changed.map(|changed| changed.normalized().to_plain_string()));
        }
    }
    differences
}

/// Returns the same as the totals have it.
fn told(totals: &Totals) -> BTreeMap<String, [String; 4]> {
    let text = |costs: &Costs| [costs.billed, costs.effective, costs.list, costs.contracted].map(|sum| sum.to_string());
    totals.decimals_difference().iter().map(|(currency, costs)| (currency.clone(), text(costs))).collect()
}

/// The counts and sums of totals, without those of rounded cells and the fingerprint of the options.
fn sums(totals: &Totals) -> serde_json::Value {
    let mut json = serde_json::to_value(totals).unwrap();
    for name in ["fingerprint", "plan", "decimals", "rounded_cells", "decimals_difference"] {
        json.as_object_mut().unwrap().remove(name);
    }
    json
}

#[test]
fn every_decimal_column_has_the_type_and_totals_stay_exact() {
    let reports = [
        demo(),
        data("golden/trap-many-decimals/report.csv"),
        // They have a closing batch.
        data("golden/savings-plan-residual/report.csv"),
        data("golden/reservation-without-unused-columns/report.csv"),
        data("samples/synthetic-legacy-finalized-nok.csv"),
    ];
    let mut all_changed = 0;
    let forms = [DecimalEncoding::Float64, NINE, DecimalEncoding::Decimal { precision: 20, scale: 2 }];
    for report in reports {
        for schema in [TableSchema::Focus, TableSchema::Cur] {
            for threads in [1, 4] {
                let options = || {
                    let options = builder().schema(schema).threads(threads).batch_rows(50);
                    let is_focus = schema == TableSchema::Focus;
                    let extra = ["lineItem/UnblendedRate", "lineItem/UsageAmount"];
                    if is_focus { options.extra_columns(extra) } else { options }
                };
                let (exact, wanted) = batches(options(), &report).unwrap();
                for decimals in forms {
                    let what = format!("{} {schema:?} {decimals}", report.display());
                    let (found, totals) = batches(options().decimals(decimals), &report).unwrap();
                    let rounded = compare(&what, &exact, &found, decimals);
                    assert_eq!(totals.rounded_cells(), &rounded, "{what}");
                    assert_eq!(totals.decimals(), decimals.to_string(), "{what}");
                    let is_narrow = matches!(decimals, DecimalEncoding::Decimal { .. });
                    let changed = if is_narrow { differences(&exact, &found) } else { BTreeMap::new() };
                    assert_eq!(told(&totals), changed, "{what}");
                    let warnings = totals.warnings();
                    let warning = warnings.iter().find(|warning| warning.code == "decimals_rounded");
                    match schema {
                        TableSchema::Focus => assert_eq!(warning.is_some(), !changed.is_empty(), "{what}"),
                        // The report itself has no costs of FOCUS: the warning names columns of amounts with rounded cells.
                        _ => {
                            let names_cost = |warning: &Warning| warning.message.contains("line_item_unblended_cost");
                            let is_rounded = rounded.contains_key("line_item_unblended_cost");
                            assert_eq!(warning.is_some_and(names_cost), is_rounded, "{what}");
                            assert!(warning.is_none() || !rounded.is_empty(), "{what}");
                        }
                    }
                    all_changed += changed.len();
                    assert_eq!(sums(&totals), sums(&wanted), "{what}");
                    assert_eq!(totals.outcome(), wanted.outcome(), "{what}");
                    assert_ne!(totals.fingerprint(), wanted.fingerprint(), "{what}");
                    let schema = options().decimals(decimals).read(&report).unwrap().schema();
                    assert_eq!(found[0].schema(), schema, "{what}");
                }
            }
        }
    }
    assert!(all_changed > 0);
}

/// Two currencies, of which one is exact with two digits, and rows that a batch or a part does not have together.
#[test]
fn what_rounding_changes_is_told_by_currency_and_cost() {
    let header = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,pricing/publicOnDemandCost";
    let parts = [
        format!("{header}\nUsage,0.004,USD,0.01\nUsage,0.25,EUR,0.25\nUsage,0.015,USD,0.02\n"),
        format!("{header}\nUsage,-0.004,USD,1\nUsage,0.015,USD,0.999\nUsage,0.006,,1\n"),
    ];
    let cents = DecimalEncoding::Decimal { precision: 18, scale: 2 };
    let (all, billed): (&[&str], &[&str]) = (&COSTS, &["BilledCost"]);
    #[rustfmt::skip]
    let cases = [
        // type     columns  of USD                                   without a currency
        (cents,     all,     ["0.01",  "0.01",  "0.001", "0.01" ],    ["0.004", "0.004", "0", "0.004"]),
        (cents,     billed,  ["0.01", "0", "0", "0"],                 ["0.004", "0", "0", "0"]),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (index, part) in parts.iter().enumerate() {
        fs::write(folder.path().join(format!("r-{}.csv", index + 1)), part).unwrap();
    }
    for (decimals, columns, usd, none) in cases {
        for (threads, batch_rows) in [(1, 1), (1, 8_192), (4, 2)] {
            let options = || {
                let options = builder().decimals(decimals).threads(threads).batch_rows(batch_rows);
                options.columns(columns.iter().copied())
            };
            let wanted =
                BTreeMap::from([(String::new(), none.map(str::to_owned)), ("USD".to_owned(), usd.map(str::to_owned))]);
            let (_, totals) = batches(options(), folder.path()).unwrap();
            assert_eq!(told(&totals), wanted, "{columns:?}");
            // They survive JSON, and those of parts are added up.
            let json = serde_json::to_string(&totals).unwrap();
            assert_eq!(told(&serde_json::from_str(&json).unwrap()), wanted);
            let plan = options().plan(folder.path()).unwrap();
            let mut merged = Totals::default();
            for part in plan.parts.iter().rev() {
                merged.merge(&read(options().read_part(part)).unwrap().1).unwrap();
            }
            assert_eq!((told(&merged), merged.decimals()), (wanted, "decimal(18,2)"));
            let text = totals.summary().to_string();
            assert!(text.contains("  the sum of BilledCost in the output is changed by 0.01 USD\n"), "{text}");
            assert!(text.contains("BilledCost in USD (0.01)"), "{text}");
        }
    }
    // Sums that are equal all the same, and doubles.
    let rows = format!("{header}\nUsage,0.004,USD,0\nUsage,-0.004,USD,0\n");
    let (_, totals) = push(builder().decimals(cents), rows.as_bytes(), usize::MAX).unwrap();
    assert_eq!((told(&totals), totals.rounded_cells()["BilledCost"]), (BTreeMap::new(), 2));
    let (_, totals) = push(builder().decimals(DecimalEncoding::Float64), rows.as_bytes(), usize::MAX).unwrap();
    assert_eq!((told(&totals), totals.decimals()), (BTreeMap::new(), "float64"));
    assert!(totals.summary().to_string().contains("the output has doubles, whose sums are not exact"));
}

#[test]
fn exact_is_the_default_and_changes_nothing() {
    let (wanted, totals) = batches(builder(), &demo()).unwrap();
    for decimals in [DecimalEncoding::Exact, DecimalEncoding::Decimal { precision: 38, scale: 18 }] {
        let (found, same) = batches(builder().decimals(decimals), &demo()).unwrap();
        assert_eq!(found, wanted);
        assert_eq!(same, totals);
        assert_eq!(same.fingerprint(), totals.fingerprint());
    }
    assert!(totals.rounded_cells().is_empty());
}

#[test]
fn parts_a_decoder_and_the_closing_batch_have_the_type() {
    let report = data("golden/savings-plan-residual/report.csv");
    let options = || builder().decimals(DecimalEncoding::Float64).columns(["BilledCost", "EffectiveCost"]);
    let (whole_rows, whole) = read(options().read(&report)).unwrap();
    let plan = options().plan(&report).unwrap();
    let (mut rows, mut totals) = read(options().read_part(&plan.parts[0])).unwrap();
    let closing = options().closing_batch(&mut totals).unwrap().unwrap();
    assert_eq!(*closing["BilledCost"].data_type(), DataType::Float64);
    rows.extend(rows_of(&closing));
    assert_eq!((rows, &totals), (whole_rows.clone(), &whole));
    let csv = fs::read(&report).unwrap();
    let (pushed, _) = push(options(), &csv, 7).unwrap();
    assert_eq!(pushed, whole_rows[..pushed.len()]);
    let decoder = options().decoder("report.csv").unwrap();
    assert_eq!(*decoder.schema().unwrap().field(0).data_type(), DataType::Float64);
    // Parts of a plan with another type are not combined.
    assert_eq!(builder().read_part(&plan.parts[0]).unwrap_err().code(), "OUTLAY_OPTION");
}

#[test]
fn the_summary_tells_how_many_cells_were_rounded() {
    let cents = DecimalEncoding::Decimal { precision: 38, scale: 2 };
    let (_, totals) = batches(builder().decimals(cents).columns(["BilledCost", "ServiceName"]), &demo()).unwrap();
    let cells = totals.rounded_cells()["BilledCost"];
    assert!(cells > 0 && totals.rounded_cells().len() == 1);
    let summary = totals.summary();
    assert_eq!(summary.rounded_cells["BilledCost"], cells);
    let line = format!("\n  {cells} cells of BilledCost rounded, as `decimals` selects\n");
    assert!(summary.to_string().contains(&line), "{summary}");
    assert_eq!(totals.costs()["USD"].billed.to_string(), "800.2936682272");
    assert_eq!(totals.outcome(), Outcome::Proven);
    // They survive JSON, and are added up.
    let json = serde_json::to_string(&totals).unwrap();
    assert_eq!(serde_json::from_str::<Totals>(&json).unwrap().rounded_cells(), totals.rounded_cells());
    let plan = builder().decimals(cents).columns(["BilledCost", "ServiceName"]).plan(demo()).unwrap();
    let mut merged = Totals::default();
    for part in &plan.parts {
        let part = builder().decimals(cents).columns(["BilledCost", "ServiceName"]).read_part(part);
        merged.merge(&read(part).unwrap().1).unwrap();
    }
    assert_eq!(merged.rounded_cells(), totals.rounded_cells());
}

const HEADER: &str =
    "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/UsageAmount,lineItem/CurrencyCode,lineItem/UnblendedRate";

#[test]
fn a_number_out_of_range_is_an_error_of_its_record() {
    let small = DecimalEncoding::Decimal { precision: 4, scale: 2 };
    let tail = "is not within the range of the option `decimals`: use more digits before the point, such as `decimal(38,9)`; \
                the option `on_error` decides what happens to such records";
    #[rustfmt::skip]
    let cases = [
        // rows                                      place and text of the error, if there is one
        ("Usage,99.99,1,USD,\nUsage,-99.99,1,USD,\n",   None),
        ("Usage,1,1,USD,\nUsage,100,10,USD,\n",         Some("row 2, byte 126, BilledCost: `100`")),
        ("Usage,-100,10,USD,\n",                        Some("row 1, byte 111, BilledCost: `-100`")),
        // Rounding carries it out of range.
        ("Usage,99.995,10,USD,\n",                      Some("row 1, byte 111, BilledCost: `99.995`")),
        ("Usage,1,100,USD,\n",                          Some("row 1, byte 111, ConsumedQuantity: `100`")),
        // A unit price is computed.
        ("Usage,50,0.25,USD,\n",                        Some("row 1, byte 111, ContractedUnitPrice: `200`")),
        ("Usage,1,1,USD,1000\n",                        Some("row 1, byte 111, x_line_item_unblended_rate: `1000`")),
    ];
    for (rows, wanted) in cases {
        let csv = format!("{HEADER}\n{rows}");
        for threads in [1, 3] {
            let options = || builder().decimals(small).threads(threads).extra_columns(["lineItem/UnblendedRate"]);
            for piece in [1, usize::MAX] {
                let found = push(options(), csv.as_bytes(), piece).map_err(|error| (error.code(), error.to_string()));
                match wanted {
                    None => assert!(found.is_ok(), "{found:?}"),
                    Some(wanted) => {
                        let text = format!("report.csv: {wanted} {tail}");
                        assert_eq!(found.unwrap_err(), ("OUTLAY_VALUE", text));
                    }
                }
            }
            // The record is set aside before it is added to any sum.
            let records = rows.lines().count();
            let (kept, totals) = push(options().on_error(OnError::Quarantine), csv.as_bytes(), usize::MAX).unwrap();
            let aside = usize::from(wanted.is_some());
            assert_eq!((kept.len(), totals.rows_quarantined() as usize), (records - aside, aside), "{rows}");
            assert_eq!(broken(&totals), ["nothing_quarantined"][..aside].to_vec(), "{rows}");
        }
    }
    // Columns that are not selected, and rows of other periods, have no range.
    let csv = format!("{HEADER}\nUsage,1,100,USD,\n");
    assert!(push(builder().decimals(small).columns(["BilledCost"]), csv.as_bytes(), usize::MAX).is_ok());
    // The table of the report itself.
    let cur = || builder().schema(TableSchema::Cur).decimals(small);
    let error = push(cur(), csv.as_bytes(), usize::MAX).unwrap_err();
    assert_eq!(error.to_string(), format!("report.csv: row 1, byte 111, line_item_usage_amount: `100` {tail}"));
    let (rows, totals) = push(cur().on_error(OnError::Quarantine), csv.as_bytes(), usize::MAX).unwrap();
    assert_eq!((rows.len(), totals.rows_quarantined()), (0, 1));
}

/// A closing row is the sum of rows that are in range.
#[test]
fn a_closing_row_out_of_range_names_its_column() {
    let head = "bill/BillingPeriodStartDate,lineItem/CurrencyCode,lineItem/LineItemType,lineItem/UnblendedCost,savingsPlan/SavingsPlanARN,savingsPlan/SavingsPlanEffectiveCost";
    let row =
        "2026-01-01T00:00:00Z,USD,SavingsPlanCoveredUsage,60,arn:aws:savingsplans::111122223333:savingsplan/1111,1\n";
    let csv = format!("{head}\n{row}{row}");
    let small = DecimalEncoding::Decimal { precision: 4, scale: 2 };
    let options = || builder().decimals(small).columns(["BilledCost"]);
    let reader = options().read_from("report.csv", std::io::Cursor::new(csv.clone()));
    let error = read(reader).unwrap_err();
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        (
            "OUTLAY_VALUE",
            "closing batch: BilledCost: `120` is not within the range of the option `decimals`: use more digits before \
             the point, such as `decimal(38,9)`"
        )
    );
    let (rows, mut totals) = push(options(), csv.as_bytes(), usize::MAX).unwrap();
    assert_eq!(rows.len(), 2);
    let before = totals.clone();
    assert_eq!(options().closing_batch(&mut totals).unwrap_err().code(), "OUTLAY_VALUE");
    assert_eq!(totals, before, "they can be closed again");
}

#[test]
fn files_have_the_type_and_name_it() {
    let folder = tempfile::tempdir().unwrap();
    for (decimals, name, first) in
        [(DecimalEncoding::Float64, "float64", "0.0059999999"), (NINE, "decimal(38,9)", "0.006")]
    {
        let options = || builder().decimals(decimals).columns(["BilledCost", "ServiceName"]);
        let csv =
            "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\nUsage,0.0059999999,USD\nUsage,,USD\n";
        let reader = || options().read_from("report.csv", csv.as_bytes()).unwrap();
        assert!(reader().metadata().contains(&("outlay.decimals".to_owned(), name.to_owned())));
        let path = folder.path().join("out.csv");
        reader().save(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("BilledCost,ServiceName\n{first},\n,\n"));
        let batch = reader().next().unwrap().unwrap();
        for (numbers, quote) in [(Numbers::Text, "\""), (Numbers::Number, "")] {
            // Doubles are always numbers.
            let quote = if decimals == DecimalEncoding::Float64 { "" } else { quote };
            let wanted = format!(
                "[{{\"BilledCost\":{quote}{first}{quote},\"ServiceName\":null}},{{\"BilledCost\":null,\"ServiceName\":null}}]"
            );
            assert_eq!(json_rows(&batch, 0..2, numbers).unwrap(), wanted);
        }
        let path = folder.path().join("out.arrow");
        reader().save(&path).unwrap();
        let mut file = arrow::ipc::reader::FileReader::try_new(fs::File::open(&path).unwrap(), None).unwrap();
        assert_eq!(file.custom_metadata()["outlay.decimals"], name);
        assert_eq!(file.next().unwrap().unwrap(), batch);
        #[cfg(feature = "parquet")]
        {
            let path = folder.path().join("out.parquet");
            reader().save(&path).unwrap();
            let file = fs::File::open(&path).unwrap();
            let built = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
            let pairs = built.metadata().file_metadata().key_value_metadata().unwrap();
            assert!(pairs.iter().any(|pair| pair.key == "outlay.decimals" && pair.value.as_deref() == Some(name)));
            assert_eq!(built.build().unwrap().next().unwrap().unwrap().columns(), batch.columns());
        }
    }
}

fn as_csv(costs: &[Decimal]) -> String {
    let rows: String = costs.iter().map(|cost| format!("Usage,{cost},USD\n")).collect();
    format!("lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\n{rows}")
}

proptest! {
    #[test]
    fn numbers_are_those_of_the_oracle(
        values in proptest::collection::vec((any::<i128>(), 20_u32..127), 1..40), precision in 1_u8..39, scale in 0_u8..19
    ) {
        prop_assume!(scale <= precision);
        let limit = 10_i128.pow(37);
        let costs: Vec<Decimal> =
            values.iter().map(|(value, shift)| Decimal::from_unscaled((value >> shift) % limit)).collect();
        let csv = as_csv(&costs);
        for decimals in [DecimalEncoding::Float64, DecimalEncoding::Decimal { precision, scale }] {
            let options = builder().decimals(decimals).columns(["BilledCost"]).on_error(OnError::Quarantine);
            let (rows, totals) = push(options, csv.as_bytes(), usize::MAX).unwrap();
            let texts: Vec<String> = costs.iter().map(|cost| oracle(&cost.to_string(), decimals)).collect();
            let fits = |text: &String| match decimals {
                DecimalEncoding::Decimal { precision, scale } => {
                    text.trim_start_matches('-').replace('.', "").trim_start_matches('0').len() <= usize::from(precision)
                        && scale <= precision
                }
                _ => true,
            };
            let wanted: Vec<Row> =
                texts.iter().filter(|text| fits(text)).map(|text| Row::from([("BilledCost".to_owned(), text.clone())])).collect();
            prop_assert_eq!(totals.rows_quarantined() as usize, costs.len() - wanted.len());
            let number = |row: &Row| BigDecimal::from_str(&row["BilledCost"]).unwrap().normalized();
            prop_assert_eq!(rows.iter().map(number).collect::<Vec<_>>(), wanted.iter().map(number).collect::<Vec<_>>());
        }
    }
}

#[test]
fn types_that_do_not_exist_are_refused() {
    for (precision, scale) in [(0, 0), (39, 9), (38, 19), (4, 5)] {
        let options = Reader::builder().decimals(DecimalEncoding::Decimal { precision, scale });
        let error = options.validate().unwrap_err();
        assert!(
            error.to_string().starts_with(&format!("option `decimals`: `decimal({precision},{scale})` is not a type"))
        );
        assert_eq!(options.read(demo()).unwrap_err().code(), "OUTLAY_OPTION");
    }
    for (text, wanted) in [
        ("exact", Some(DecimalEncoding::Exact)),
        ("decimal( 38 , 9 )", Some(NINE)),
        ("Float64", None),
        ("decimal(-1,0)", None),
    ] {
        assert_eq!(text.parse::<DecimalEncoding>().ok(), wanted, "{text}");
    }
}

#[test]
fn nulls_stay_null() {
    let csv = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\nUsage,,USD\nUsage,1,USD\n";
    for decimals in [DecimalEncoding::Float64, NINE] {
        let mut reader = builder().decimals(decimals).read_from("report.csv", csv.as_bytes()).unwrap();
        let batch = reader.next().unwrap().unwrap();
        assert_eq!((batch["BilledCost"].null_count(), batch["BilledCost"].is_null(0)), (1, true));
    }
    let mut reader = builder().decimals(NINE).read_from("report.csv", csv.as_bytes()).unwrap();
    let batch = reader.next().unwrap().unwrap();
    assert_eq!(batch["BilledCost"].as_primitive::<Decimal128Type>().value(1), 1_000_000_000);
}
