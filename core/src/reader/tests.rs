#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use arrow::array::{Array, ArrayRef};
use arrow::compute::{cast, concat};
use arrow::datatypes::DataType;

use super::*;
use crate::csv::scan::vector::Version;
use crate::decode::text::Text;

/// Whole columns with text as `Utf8`, and the totals.
fn read(builder: Builder, paths: &Path) -> (Vec<ArrayRef>, Totals) {
    let mut reader = builder.read(paths).unwrap();
    let batches: Vec<RecordBatch> = (&mut reader).map(Result::unwrap).collect();
    let column = |index: usize| {
        let columns: Vec<&dyn Array> = batches.iter().map(|batch| batch.column(index).as_ref()).collect();
        let column = concat(&columns).unwrap();
        match column.data_type() {
            DataType::Dictionary(..) | DataType::Utf8View => cast(&column, &DataType::Utf8).unwrap(),
            _ => column,
        }
    };
    ((0..reader.schema().fields().len()).map(column).collect(), reader.totals())
}

#[test]
fn every_scan_is_the_same_read_in_every_combination() {
    let reports = [
        "../examples/data/report",
        "tests/data/samples/legacy-csv-daily-2023-11.csv.gz",
        "tests/data/golden/trap-line-ends/report.csv",
        "tests/data/golden/trap-cur2-maps/report.csv",
        "tests/data/golden/trap-quotes/report.csv",
    ];
    for report in reports {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(report);
        let builder = |scan, threads, block_bytes, text| {
            let builder = Reader::builder().threads(threads).block_bytes(block_bytes).text(text).batch_rows(100);
            Builder { options: Options { scan, ..builder.options } }
        };
        let wanted = read(builder(Version::Scalar, 1, 1 << 20, Text::Utf8), &path);
        for scan in Version::available() {
            for threads in [1, 2, 5] {
                for block_bytes in [1 << 10, 1 << 13, 1 << 18] {
                    for text in [Text::Utf8, Text::Dictionary, Text::View] {
                        let found = read(builder(scan, threads, block_bytes, text), &path);
                        let way = format!("{report}: {scan:?}, {threads} threads, {block_bytes} bytes, {text:?}");
                        assert!(found.0 == wanted.0, "{way}: other rows");
                        assert_eq!(found.1, wanted.1, "{way}");
                    }
                }
            }
        }
    }
}
