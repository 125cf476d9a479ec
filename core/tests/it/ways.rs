//! All combinations of threads, blocks, batches, text encodings and parts give the same result, and all threads end with the read.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use arrow::datatypes::DataType;
use outlay::{Error, Reader, ReaderBuilder, TableSchema, TextEncoding, Totals};

use crate::support::{data, read, rows_of};

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data/report")
}

#[test]
fn rows_and_totals_do_not_depend_on_the_way() {
    let reports = [
        demo(),
        data("samples/legacy-csv-daily-2023-11.csv.gz"),
        data("golden/trap-cur2-maps/report.csv"),
        data("golden/trap-quotes/report.csv"),
    ];
    for report in reports {
        let (wanted, totals) = read(Reader::builder().threads(1).read(&report)).unwrap();
        for threads in [1, 2, 5] {
            for block_bytes in [1 << 10, 1 << 13, 1 << 18] {
                for text in [TextEncoding::Utf8, TextEncoding::Dictionary, TextEncoding::View] {
                    let builder =
                        Reader::builder().threads(threads).block_bytes(block_bytes).text(text).batch_rows(100);
                    let found = read(builder.read(&report)).unwrap();
                    let way = format!("{}: {threads} threads, {block_bytes} bytes, {text:?}", report.display());
                    assert_eq!(found.0, wanted, "{way}");
                    assert_eq!(found.1, totals, "{way}");
                }
            }
        }
    }
}

#[test]
fn text_goes_out_as_it_was_asked_for() {
    #[rustfmt::skip]
    let cases = [
        (TextEncoding::Utf8,       DataType::Utf8),
        (TextEncoding::Dictionary, DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))),
        (TextEncoding::View,       DataType::Utf8View),
    ];
    for (text, wanted) in cases {
        let mut reader = Reader::builder().text(text).read(demo()).unwrap();
        let schema = reader.schema();
        assert_eq!(schema.field_with_name("ServiceName").unwrap().data_type(), &wanted);
        let batches: Vec<RecordBatch> = (&mut reader).map(Result::unwrap).collect();
        for batch in &batches {
            assert_eq!(batch.schema(), schema);
            // The library builds arrays without Arrow's validation, so the test validates them.
            for array in batch.columns() {
                array.to_data().validate_full().unwrap();
            }
        }
        reader.totals().check().unwrap();
    }
}

#[test]
fn views_share_the_memory_of_the_report() {
    let rows = 2_000;
    let folder = tempfile::tempdir().unwrap();
    let path = report(folder.path(), "long.csv.gz", rows, None);
    let builder = || Reader::builder().columns(["ResourceId"]).threads(1);
    let bytes = |text| {
        let batches: Vec<RecordBatch> = builder().text(text).read(&path).unwrap().map(Result::unwrap).collect();
        assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), rows);
        batches[0].column(0).to_data().buffers()[1..].iter().map(|buffer| buffer.len()).min().unwrap_or_default()
    };
    // The first buffer, for values outside of the blocks, is empty.
    assert_eq!(bytes(TextEncoding::View), 0);
}

/// Writes a report with this number of rows, one of which may be damaged.
fn report(folder: &Path, name: &str, rows: usize, damaged: Option<usize>) -> PathBuf {
    let path = folder.join(name);
    let mut csv =
        String::from("lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,lineItem/ResourceId\n");
    for row in 0..rows {
        let cost = if damaged == Some(row) { "twelve" } else { "1.5E-7" };
        csv += &format!("Usage,{cost},USD,arn:aws:example:eu-west-1:111122223333:thing/{name}-{row:040}\n");
    }
    let mut gzip = flate2::write::GzEncoder::new(fs::File::create(&path).unwrap(), flate2::Compression::fast());
    gzip.write_all(csv.as_bytes()).unwrap();
    gzip.finish().unwrap();
    path
}

/// Returns the number of threads of this process that the library started.
#[cfg(target_os = "linux")]
fn threads() -> usize {
    let is_ours =
        |task: fs::DirEntry| fs::read_to_string(task.path().join("comm")).is_ok_and(|name| name.trim_end() == "outlay");
    fs::read_dir("/proc/self/task").unwrap().filter_map(Result::ok).map(is_ours).filter(|&ours| ours).count()
}

#[test]
fn an_error_in_one_part_ends_the_read_in_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let rows = 20_000;
    let mut parts: Vec<PathBuf> =
        (0..8).map(|part| report(folder.path(), &format!("{part}.csv.gz"), rows, None)).collect();
    let whole: usize = 8 * rows;
    for threads in [1, 2, 4, 16] {
        let (found, _) = read(Reader::builder().threads(threads).columns(["BilledCost"]).read(&parts)).unwrap();
        assert_eq!(found.len(), whole);
    }
    parts[2] = report(folder.path(), "bad.csv.gz", rows, Some(15_000));
    for threads in [1, 2, 4, 16] {
        let mut reader = Reader::builder().threads(threads).columns(["BilledCost"]).read(&parts).unwrap();
        let mut rows_before = 0;
        let error = loop {
            match reader.next() {
                Some(Ok(batch)) => rows_before += batch.num_rows(),
                Some(Err(error)) => break error,
                None => panic!("the damaged row was not seen"),
            }
        };
        assert_eq!(error.code(), "OUTLAY_VALUE", "{threads} threads: {error}");
        assert!(error.to_string().contains("bad.csv.gz"), "{error}");
        // All rows before the damaged block were returned, and none after it.
        assert!((2 * rows..2 * rows + 15_000).contains(&rows_before), "{threads} threads: {rows_before} rows");
        assert!(reader.next().is_none());
        assert!(reader.totals().check().is_err());
    }
    let truncated = fs::read(&parts[0]).unwrap();
    fs::write(&parts[2], &truncated[..truncated.len() / 2]).unwrap();
    for threads in [1, 2, 4, 16] {
        let found = read(Reader::builder().threads(threads).columns(["BilledCost"]).read(&parts));
        assert_eq!(found.err().map(|error| error.code()), Some("OUTLAY_TRUNCATED"), "{threads} threads");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn no_thread_outlives_its_reader() {
    let folder = tempfile::tempdir().unwrap();
    let parts: Vec<PathBuf> =
        (0..4).map(|part| report(folder.path(), &format!("{part}.csv.gz"), 30_000, None)).collect();
    let before = threads();
    for threads in [2, 4, 8] {
        let mut reader = Reader::builder().threads(threads).batch_rows(500).read(&parts).unwrap();
        reader.next().unwrap().unwrap();
        drop(reader);
        let mut reader = Reader::builder().threads(threads).batch_rows(500).read(&parts).unwrap();
        assert!(reader.by_ref().all(|batch| batch.is_ok()));
    }
    // Other tests in this process start and end threads too.
    for _ in 0..500 {
        if threads() <= before {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("{} threads are left over", threads() - before);
}

/// With filters, there may be no batch for minutes. Neither stopping nor dropping the reader waits for one.
#[test]
fn a_read_without_batches_can_be_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let parts: Vec<PathBuf> =
        (0..4).map(|part| report(folder.path(), &format!("{part}.csv.gz"), 100_000, None)).collect();
    let builder = |threads| Reader::builder().threads(threads).periods(["2026-09"]).block_bytes(1 << 10);
    for threads in [1, 2, 4] {
        let asked = Arc::new(AtomicUsize::new(0));
        let ask = Arc::clone(&asked);
        let stop = move || ask.fetch_add(1, Ordering::Relaxed) >= 3;
        let mut reader = builder(threads).stop_when(stop).read(&parts).unwrap();
        let error = reader.next().unwrap().unwrap_err();
        assert_eq!(error.code(), "OUTLAY_STOPPED", "{threads} threads");
        assert!(reader.next().is_none());
        assert!(reader.totals().rows_in() < 100_000, "{threads} threads");
        assert!(reader.totals().check().is_err());
        assert_eq!(asked.load(Ordering::Relaxed), 4, "{threads} threads");
    }
}

#[test]
fn a_stream_is_the_same_report_as_its_file() {
    for schema in [TableSchema::Focus, TableSchema::Cur] {
        for report in ["samples/legacy-csv-daily-2023-11.csv.gz", "golden/savings-plan-residual/report.csv"] {
            for threads in [1, 4] {
                let builder = || Reader::builder().schema(schema).threads(threads);
                let (wanted, totals) = read(builder().read(data(report))).unwrap();
                let name = Path::new(report).file_name().unwrap().to_str().unwrap();
                let input = fs::File::open(data(report)).unwrap();
                let (found, found_totals) = read(builder().read_from(name, input)).unwrap();
                assert_eq!(found, wanted, "{report}, {schema:?}, {threads} threads");
                assert_eq!(found_totals, totals, "{report}, {schema:?}, {threads} threads");
            }
        }
    }
}

/// A stream without data for the duration of the test. Neither stopping nor dropping the reader waits for it.
#[test]
fn a_stream_that_hangs_is_left_alone() {
    struct Hanging(Receiver<()>);
    impl Read for Hanging {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            let _ = self.0.recv();
            Ok(0)
        }
    }
    let (hold, input) = channel();
    let mut reader = Reader::builder().threads(2).stop_when(|| true).read_from("hanging", Hanging(input)).unwrap();
    assert_eq!(reader.next().unwrap().unwrap_err().code(), "OUTLAY_STOPPED");
    drop((reader, hold));
    let (hold, input) = channel();
    let late = Instant::now() + Duration::from_millis(200);
    let stop = move || Instant::now() > late;
    let mut reader = Reader::builder().threads(2).stop_when(stop).read_from("hanging", Hanging(input)).unwrap();
    assert_eq!(reader.next().unwrap().unwrap_err().code(), "OUTLAY_STOPPED");
    drop(reader);
    drop(hold);
}

#[test]
fn many_combinations_are_forgotten_and_read_all_the_same() {
    // More resources, accounts and products than the caches hold.
    let mut csv = String::from(
        "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,lineItem/UsageAccountId,lineItem/ProductCode,\
         lineItem/UsageType,resourceTags/user:Name,resourceTags/user:Team\n",
    );
    for row in 0..80_000 {
        csv += &format!(
            "Usage,0.{:06},USD,{:012},code-{row:060},type-{},name-{row},\"team, {}\"\n",
            row + 1,
            row % 70_000,
            row % 7,
            row % 3
        );
    }
    let read = |builder: ReaderBuilder| -> Result<(usize, Totals), Error> {
        let mut decoder =
            builder.columns(["SubAccountId", "ServiceName", "Tags", "SkuMeter", "BilledCost"]).decoder("many.csv")?;
        let mut seen = 0;
        let mut bytes = csv.as_bytes();
        loop {
            bytes = &bytes[decoder.feed(bytes)?..];
            if bytes.is_empty() {
                decoder.finish();
            }
            while let Some(batch) = decoder.next_batch()? {
                for row in rows_of(&batch) {
                    assert_eq!(row["ServiceName"], format!("code-{seen:060}"));
                    assert_eq!(row["SubAccountId"], format!("{:012}", seen % 70_000));
                    assert_eq!(row["Tags"], format!("{{Name=name-{seen}, Team=team, {}}}", seen % 3));
                    seen += 1;
                }
            }
            if bytes.is_empty() {
                return Ok((seen, decoder.totals()));
            }
        }
    };
    for text in [TextEncoding::Utf8, TextEncoding::Dictionary, TextEncoding::View] {
        let (rows, totals) = read(Reader::builder().text(text)).unwrap();
        assert_eq!(rows, 80_000);
        totals.check().unwrap();
        assert_eq!(totals.costs()["USD"].billed.to_string(), "3200.04");
    }
}
