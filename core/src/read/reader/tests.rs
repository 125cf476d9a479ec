#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use arrow::array::{Array, ArrayRef};
use arrow::compute::{cast, concat};
use arrow::datatypes::DataType;

use super::*;
use crate::csv::scan::vector::InstructionSet;
use crate::read::builder::ReaderBuilder;
use crate::schema::encoding::TextEncoding;

/// Whole columns with text as `Utf8`, and the totals.
fn read(builder: ReaderBuilder, paths: &Path) -> (Vec<ArrayRef>, Totals) {
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
            ReaderBuilder { options: Options { scan, ..builder.options } }
        };
        let wanted = read(builder(InstructionSet::Scalar, 1, 1 << 20, TextEncoding::Utf8), &path);
        for scan in InstructionSet::available() {
            for threads in [1, 2, 5] {
                for block_bytes in [1 << 10, 1 << 13, 1 << 18] {
                    for text in [TextEncoding::Utf8, TextEncoding::Dictionary, TextEncoding::View] {
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

/// A stream that says whether it still exists.
struct Counted {
    content: std::io::Cursor<Vec<u8>>,
    _alive: Arc<()>,
}

impl std::io::Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.content.read(buffer)
    }
}

#[test]
fn a_read_that_ended_holds_its_input_no_longer() {
    let header = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\n";
    let rows = "Usage,1.5,USD\n".repeat(20_000);
    // What the file has, whether its read ends well, and how many batches are taken; `None`: all.
    let cases = [
        ("an end", format!("{header}{rows}"), None, true),
        ("a bad value", format!("{header}{rows}Usage,much,USD\n{rows}"), None, false),
        ("a bad value at once", format!("{header}Usage,much,USD\n"), None, false),
        ("a bad header", "a,b\n1,2\n".to_owned(), None, false),
        ("stopped half way", format!("{header}{rows}"), Some(1), false),
        ("stopped before its begin", format!("{header}{rows}"), Some(0), false),
    ];
    for (name, content, stop_after, is_proven) in cases {
        for threads in [1, 2, 4] {
            let alive = Arc::new(());
            let taken = Arc::new(std::sync::atomic::AtomicUsize::new(0));
            let asked = Arc::clone(&taken);
            let is_over =
                move || stop_after.is_some_and(|most| asked.load(std::sync::atomic::Ordering::Relaxed) >= most);
            let content = std::io::Cursor::new(content.clone().into_bytes());
            let input = Counted { content, _alive: Arc::clone(&alive) };
            let builder = Reader::builder().threads(threads).batch_rows(1_000).stop_when(is_over);
            let mut reader = builder.read_from("report.csv", input).unwrap();
            let mut failures = 0;
            for batch in &mut reader {
                taken.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                failures += usize::from(batch.is_err());
            }
            assert_eq!(failures, usize::from(!is_proven), "{name}, {threads} threads");
            assert_eq!(Arc::strong_count(&alive), 1, "{name}, {threads} threads: the input is still held");
            // What is known of it stays.
            let totals = reader.totals();
            assert_eq!(totals.parts().len(), 1, "{name}");
            assert_eq!(totals.check().is_ok(), is_proven, "{name}, {threads} threads");
            assert!(reader.next().is_none(), "{name}");
        }
    }
}

#[test]
fn parts_that_were_begun_beside_one_that_fails_are_missing_in_its_totals() {
    let folder = std::env::temp_dir().join(format!("outlay-beside-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let header = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\n";
    let paths: Vec<_> = (0..6).map(|number| folder.join(format!("{number}.csv"))).collect();
    for (number, path) in paths.iter().enumerate() {
        let cost = if number == 1 { "much".to_owned() } else { format!("1.{number}") };
        std::fs::write(path, format!("{header}Usage,{cost},USD\n")).unwrap();
    }
    for threads in [1, 2, 8, 16] {
        let mut reader = Reader::builder().threads(threads).read(paths.clone()).unwrap();
        assert!(reader.any(|batch| batch.is_err()));
        let totals = reader.totals();
        let complete: Vec<bool> = totals.parts().iter().map(|part| part.complete).collect();
        assert_eq!(complete, [true, false, false, false, false, false], "{threads} threads");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

/// A report of two parts, the second of which has changed when it is opened for the first time.
#[derive(Debug)]
struct Moving {
    plan: Plan,
    opened: std::sync::atomic::AtomicU32,
    changes: u32,
}

impl Source for Moving {
    fn open(&self, part: &Part, _: &Stop) -> Result<Input> {
        let opened = self.opened.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        if part.object == "second.csv" && opened < 2 * self.changes {
            let at = Box::new(crate::error::Location::object(&part.object));
            return Err(Error::SourceChanged { at, reason: "its ETag changed".to_owned() });
        }
        // Two parts with the same text would be one that is given twice.
        let cost = if part.object == "first.csv" { 1 } else { 2 };
        Ok(Input::new(std::io::Cursor::new(format!("{HEADER}\nUsage,{cost},USD\nUsage,bad,USD\n"))))
    }

    fn newest(&self) -> Option<Result<Plan>> {
        Some(Ok(self.plan.clone()))
    }
}

const HEADER: &str = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode";

#[test]
fn after_a_restart_a_reader_is_saved_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (path, aside) = (folder.path().join("month.csv"), folder.path().join("aside.csv"));
    let parts = ["first.csv", "second.csv"].map(|name| Part::named(name.to_owned())).to_vec();
    let open = |changes| {
        let plan = Plan { parts: parts.clone(), ..Plan::default() };
        let source = Moving { plan: plan.clone(), opened: 0.into(), changes };
        let builder = Reader::builder().columns(["BilledCost"]).threads(1).quarantine_file(&aside);
        builder.start(plan, Arc::new(source), true).unwrap()
    };
    let mut reader = open(1);
    assert!(reader.next().unwrap().is_ok());
    assert_eq!(reader.save(&path).unwrap_err().code(), "OUTLAY_CONSUMED");
    let error = reader.next().unwrap().unwrap_err();
    assert_eq!(error.code(), "OUTLAY_SOURCE_CHANGED");
    assert_eq!(reader.save(&path).unwrap_err().code(), "OUTLAY_CONSUMED");
    assert!(!path.exists() && !aside.exists());
    reader.restart(error).unwrap();
    reader.save(&path).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "BilledCost\n1\n2\n");
    assert_eq!(std::fs::read_to_string(&aside).unwrap().lines().count(), 3, "a header, and a record of each part");
    assert_eq!(reader.save(&path).unwrap_err().code(), "OUTLAY_CONSUMED");
    // One that is never begun again keeps what was set aside.
    std::fs::remove_file(&aside).unwrap();
    let mut reader = open(9);
    assert!(reader.by_ref().any(|batch| batch.is_err()));
    drop(reader);
    assert_eq!(std::fs::read_to_string(&aside).unwrap().lines().count(), 2);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}

fn projected(builder: ReaderBuilder, columns: &[&str]) -> ReaderBuilder {
    let projection = Some(columns.iter().map(|&name| name.to_owned()).collect());
    ReaderBuilder { options: Options { projection, ..builder.options } }
}

#[test]
fn a_projection_narrows_the_output_of_the_other_options() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data/report");
    let base = || {
        Reader::builder()
            .columns(["ServiceName", "BilledCost", "Tags", "x_line_item_operation"])
            .extra_columns(["lineItem/UsageType", "lineItem/Operation"])
            .tag_columns(["Team", "Env"])
            .lineage(true)
            .batch_rows(50)
    };
    let (columns, totals) = read(base(), &path);
    let names: Vec<String> = base().options.output_columns().unwrap().into_iter().map(|column| column.name).collect();
    let cases: [&[&str]; 6] = [
        &["BilledCost"],
        &["BilledCost", "ServiceName"],
        &["x_Tag_Team"],
        &["x_line_item_usage_type", "x_Tag_Env", "x_SourceRow"],
        &["x_line_item_operation", "x_line_item_usage_type"],
        &["x_DeliveryId", "Tags"],
    ];
    for case in cases {
        for threads in [1, 4] {
            let (found, found_totals) = read(projected(base().threads(threads), case), &path);
            let wanted: Vec<ArrayRef> = case
                .iter()
                .map(|name| Arc::clone(&columns[names.iter().position(|known| known == name).unwrap()]))
                .collect();
            assert!(found == wanted, "{case:?}");
            found_totals.check().unwrap();
            assert_eq!((found_totals.costs(), found_totals.rows_out()), (totals.costs(), totals.rows_out()));
        }
    }
    // Not a column of the output of the other options.
    let error = projected(base(), &["ListCost"]).validate().unwrap_err();
    assert_eq!(error.code(), "OUTLAY_OPTION", "{error}");
    // Rows without columns.
    let mut reader = projected(base(), &[]).read(&path).unwrap();
    let batches: Vec<RecordBatch> = (&mut reader).map(Result::unwrap).collect();
    assert!(batches.iter().all(|batch| batch.num_columns() == 0));
    assert_eq!(batches.iter().map(|batch| batch.num_rows() as u64).sum::<u64>(), totals.rows_out());
    reader.check().unwrap();
    // Rows do not depend on it, but sums of what was returned do.
    let fingerprint = |builder: ReaderBuilder| builder.options.fingerprint();
    assert_ne!(fingerprint(base()), fingerprint(projected(base(), &["BilledCost"])));
    let cur = || Reader::builder().schema(TableSchema::Cur).batch_rows(1_000);
    let (found, _) = read(projected(cur(), &["line_item_operation", "bill_invoice_id"]), &path);
    let (wanted, _) = read(cur().columns(["line_item_operation", "bill_invoice_id"]), &path);
    assert!(found == wanted);
}

#[test]
fn columns_that_are_projected_away_are_not_decoded() {
    let csv = "line_item_line_item_type,line_item_unblended_cost,line_item_currency_code,line_item_normalization_factor,tags\n\
               Usage,1,USD,high,not JSON\n";
    let builder = || {
        Reader::builder()
            .columns(["BilledCost"])
            .extra_columns(["line_item_normalization_factor"])
            .tag_columns(["Team"])
    };
    assert!(builder().read_from("report.csv", csv.as_bytes()).unwrap().next().unwrap().is_err());
    let mut reader = projected(builder(), &["BilledCost"]).read_from("report.csv", csv.as_bytes()).unwrap();
    assert_eq!(reader.next().unwrap().unwrap().num_rows(), 1);
    assert!(reader.next().is_none());
    let codes: Vec<String> = reader.warnings().into_iter().map(|warning| warning.code).collect();
    // Neither the number that is no number nor the tag that no row has: both columns are not read.
    assert!(!codes.iter().any(|code| code == "text_in_number" || code == "tags_absent"), "{codes:?}");
}
