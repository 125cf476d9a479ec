//! Genuine and synthetic reports of other projects, with their known results.

use crate::support::{broken, builder, data, read};

/// Rows, BilledCost, currency and the checks that do not hold; or the code of the error.
type Outcome = Result<(u64, &'static str, &'static str, &'static [&'static str]), &'static str>;

/// The checks that do not hold in a report whose account ids have 13 digits, and whose negations have no covered usage.
const NOT_OF_AWS: &[&str] = &["billed_cost_by_sub_account", "savings_plan_negation"];

#[test]
fn each_sample_has_its_outcome() {
    #[rustfmt::skip]
    let cases: &[(&str, Outcome)] = &[
        // file                                     rows  BilledCost           currency, checks that do not hold; or the error
        ("legacy-csv-daily-2023-11.csv.gz",      Ok((1281, "1.6823086974",     "USD", &[]))),
        ("synthetic-legacy-finalized-nok.csv",   Ok((3,    "30",               "NOK", NOT_OF_AWS))),
        ("synthetic-legacy-not-final-nok.csv",   Ok((3,    "30",               "NOK", NOT_OF_AWS))),
        ("synthetic-legacy-header-only.csv",     Ok((0,    "",                 "",    &[]))),
        ("mock-cur1",                            Ok((3,    "0.045152",          "USD", &[]))),
        ("mock-cur2",                            Ok((4,    "0.108304",         "USD", &[]))),
        // Two names in the header are joined, so that no record has the same number of fields.
        ("synthetic-legacy-crlf.csv",            Err("OUTLAY_RAGGED")),
        ("handmade-legacy-minimal.csv",          Err("OUTLAY_MISSING_COLUMN")),
        ("handmade-cur2-minimal.csv",            Err("OUTLAY_MISSING_COLUMN")),
        // Its line item types are masked.
        ("fivetran-loader-shape.csv",            Err("OUTLAY_VALUE")),
    ];
    for (file, wanted) in cases {
        let outcome = read(builder().read(data("samples").join(file)));
        match (outcome, wanted) {
            (Ok((rows, totals)), Ok((count, billed, currency, checks))) => {
                assert_eq!(totals.rows_in(), *count, "{file}: rows");
                assert_eq!(totals.rows_out(), rows.len() as u64, "{file}: rows out");
                assert_eq!(broken(&totals), *checks, "{file}: {:?}", totals.checks());
                let costs = totals.costs();
                let found = costs.get(currency).map_or_else(String::new, |costs| costs.billed.to_string());
                assert_eq!(found, *billed, "{file}: BilledCost");
            }
            (Err(error), Err(code)) => assert_eq!(error.code(), *code, "{file}: {error}"),
            (outcome, _) => panic!("{file}: {:?}", outcome.map(|(_, totals)| totals.checks())),
        }
    }
}

/// Returns a report as CSV, converted by Arrow from AWS's own Parquet.
#[cfg(feature = "parquet")]
fn exported(path: &std::path::Path) -> Vec<u8> {
    use arrow::datatypes::DataType;
    use arrow::util::display::{ArrayFormatter, FormatOptions};
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    let file = ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(path).unwrap()).unwrap();
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(file.schema().fields().iter().map(|field| field.name())).unwrap();
    for batch in file.build().unwrap() {
        let batch = batch.unwrap();
        // Without a time zone database, only zones with an offset can be written.
        let utc = |column: &arrow::array::ArrayRef| match column.data_type() {
            DataType::Timestamp(unit, Some(_)) => {
                arrow::compute::cast(column, &DataType::Timestamp(*unit, Some("+00:00".into()))).unwrap()
            }
            _ => std::sync::Arc::clone(column),
        };
        let columns: Vec<_> = batch.columns().iter().map(utc).collect();
        let options = FormatOptions::default();
        let cells: Vec<_> = columns.iter().map(|column| ArrayFormatter::try_new(column, &options).unwrap()).collect();
        for row in 0..batch.num_rows() {
            csv.write_record(cells.iter().map(|cells| cells.value(row).to_string())).unwrap();
        }
    }
    csv.into_inner().unwrap()
}

/// A month of a genuine account with reservations: AWS's hourly rounding is within the tolerance.
#[cfg(feature = "parquet")]
#[test]
fn a_genuine_month_with_reservations_is_proven() {
    let csv = exported(&data("samples/legacy-parquet-dec2018.snappy.parquet"));
    let mut reader = outlay::Reader::builder().read_from("december.csv", std::io::Cursor::new(csv)).unwrap();
    (&mut reader).for_each(|batch| drop(batch.unwrap()));
    let totals = reader.totals();
    assert_eq!(totals.outcome(), outlay::Outcome::Proven, "{}", totals.summary());
    let check = totals.checks().into_iter().find(|check| check.code == "reservation_cost").unwrap();
    assert!(check.applies && totals.rows_in() > 10_000, "{check:?}");
}
