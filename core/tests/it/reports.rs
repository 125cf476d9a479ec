//! Reports that are read several times: every pass is of the same versions, and is proven on its own.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use outlay::sink::Sink;
use outlay::{Error, OnNoMatch, Outcome, Reader, Report, TableSchema};

use crate::support::builder;

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data/report")
}

fn rows(reader: Reader) -> RecordBatch {
    let schema = reader.schema();
    concat_batches(&schema, &reader.collect::<Result<Vec<_>, _>>().unwrap()).unwrap()
}

/// One report by each way to open it.
fn opened() -> Vec<(&'static str, Report)> {
    let file = demo().join("20231101-20231201/20231203T053621Z/daily-00001.csv.gz");
    let bytes = fs::read(&file).unwrap();
    vec![
        ("a path", builder().open(&file).unwrap()),
        ("bytes", builder().open_bytes("daily-00001.csv.gz", bytes.clone()).unwrap()),
        ("a stream", builder().open_stream("daily-00001.csv.gz", bytes.as_slice()).unwrap()),
    ]
}

#[test]
fn every_pass_is_the_whole_report_and_is_proven() {
    for (way, report) in opened() {
        let expected = rows(report.read().unwrap());
        for schema in [TableSchema::Focus, TableSchema::Cur] {
            let report = report.with_options(report.options().schema(schema)).unwrap();
            let passes = [rows(report.read().unwrap()), rows(report.read().unwrap())];
            assert_eq!(passes[0], passes[1], "{way}");
            assert_eq!(passes[0].schema(), report.schema().unwrap(), "{way}");
            assert_eq!(report.head(3).unwrap(), passes[0].slice(0, 3), "{way}");
        }
        assert_eq!(rows(report.read().unwrap()), expected, "{way}");
        report.check().unwrap();
        assert_eq!(report.last_pass().unwrap().rows_out(), expected.num_rows() as u64, "{way}");
    }
}

#[test]
fn two_passes_at_the_same_time_do_not_disturb_each_other() {
    for (way, report) in opened() {
        let report = report.with_options(report.options().batch_rows(10)).unwrap();
        let expected = rows(report.read().unwrap());
        let (mut one, mut other) = (report.read().unwrap(), report.read().unwrap());
        let mut found = [Vec::new(), Vec::new()];
        while let (Some(left), Some(right)) = (one.next(), other.next()) {
            found[0].push(left.unwrap());
            found[1].push(right.unwrap());
        }
        for batches in found {
            assert_eq!(concat_batches(&one.schema(), &batches).unwrap(), expected, "{way}");
        }
    }
}

#[test]
fn a_pass_that_is_ended_early_is_partial_and_fails_the_check() {
    let report = builder().threads(1).batch_rows(10).open(demo()).unwrap();
    assert!(report.last_pass().is_none());
    assert!(report.check().unwrap_err().to_string().contains("the report was not read yet"));
    let mut reader = report.read().unwrap();
    let first = reader.next().unwrap().unwrap();
    assert_eq!((first.num_rows(), reader.totals().outcome()), (10, Outcome::Partial));
    drop(reader);
    let totals = report.last_pass().unwrap();
    assert_eq!(totals.outcome(), Outcome::Partial);
    let error = totals.check().unwrap_err().to_string();
    assert!(
        error.contains("parts_complete: the read was ended early") && error.contains("read it to its end"),
        "{error}"
    );
    assert_eq!(report.check().unwrap_err().code(), "OUTLAY_UNPROVEN");
    // A reader that was not used is no pass.
    drop(report.read().unwrap());
    assert_eq!(report.last_pass().unwrap(), totals);
    rows(report.read().unwrap());
    assert_eq!(report.last_pass().unwrap().outcome(), Outcome::Proven);
}

#[test]
fn a_pass_that_its_caller_stops_is_partial_and_fails_the_check() {
    for threads in [1, 2, 4] {
        let stop = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&stop);
        let options = builder().threads(threads).batch_rows(10).block_bytes(1 << 10);
        let report = options.stop_when(move || asked.load(Ordering::Relaxed)).open(demo()).unwrap();
        let mut reader = report.read().unwrap();
        reader.next().unwrap().unwrap();
        stop.store(true, Ordering::Relaxed);
        assert!(reader.by_ref().any(|batch| matches!(batch, Err(Error::Stopped))), "{threads}");
        let totals = reader.totals();
        assert_eq!(totals.outcome(), Outcome::Partial, "{threads}");
        assert_eq!(totals.check().unwrap_err().code(), "OUTLAY_UNPROVEN", "{threads}");
        drop(reader);
        assert_eq!(report.last_pass().unwrap().outcome(), Outcome::Partial, "{threads}");
    }
}

#[test]
fn a_failed_pass_is_unproven() {
    let header = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode";
    let report = builder().open_bytes("r.csv", format!("{header}\nUsage,1,USD\nUsage,bad,USD\n")).unwrap();
    assert!(report.read().unwrap().any(|batch| batch.is_err()));
    assert_eq!(report.last_pass().unwrap().outcome(), Outcome::Unproven);
}

/// A sink that takes rows and cannot be completed.
struct Full;

impl Sink for Full {
    fn write(&mut self, _: &RecordBatch) -> outlay::Result<()> {
        Ok(())
    }

    fn finish(self: Box<Self>, _: &[(String, String)]) -> outlay::Result<()> {
        Err(Error::io("month", io::Error::other("the disk is full")))
    }
}

#[test]
fn the_check_of_a_report_fails_after_a_pass_that_failed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.csv");
    write(&path, 1);
    let report = builder().open(&path).unwrap();
    let outcome = |pass: &dyn Fn(Reader) -> String| {
        rows(report.read().unwrap());
        report.check().unwrap();
        let error = report.read().map_or_else(|error| error.to_string(), pass);
        let failed = report.check().unwrap_err();
        assert_eq!(failed.code(), "OUTLAY_UNPROVEN");
        assert!(failed.to_string().contains(&format!("the last pass failed: {error}")), "{failed}");
        assert!(report.last_pass().unwrap().check().is_err());
    };
    outcome(&|mut reader| reader.save_with(Box::new(Full)).unwrap_err().to_string());
    outcome(&|reader| {
        // After the only part was opened, and before its end is checked.
        let (other, kept) = (folder.path().join("other"), folder.path().join("kept"));
        fs::rename(&path, &kept).unwrap();
        write(&other, 2);
        fs::rename(&other, &path).unwrap();
        let error = reader.filter_map(Result::err).next().unwrap();
        fs::rename(&kept, &path).unwrap();
        error.to_string()
    });
}

#[test]
fn a_read_ends_with_the_end_of_its_iterator() {
    // The second case has a closing batch.
    for (path, batch_rows) in
        [(demo(), 8_192), (demo().join("20231101-20231201/20231203T053621Z"), 8_192), (demo(), 10)]
    {
        let report = builder().batch_rows(batch_rows).open(path).unwrap();
        let batches = report.read().unwrap().count();
        let mut reader = report.read().unwrap();
        assert_eq!(reader.by_ref().take(batches).filter(Result::is_ok).count(), batches);
        assert_eq!(reader.totals().outcome(), Outcome::Partial);
        drop(reader);
        assert!(report.check().is_err());
        let mut reader = report.read().unwrap();
        assert_eq!(reader.by_ref().count(), batches);
        reader.check().unwrap();
    }
}

#[cfg(feature = "stream")]
#[test]
fn batches_that_a_stream_reads_ahead_prove_nothing() {
    use std::thread;
    use std::time::{Duration, Instant};

    let report = builder().batch_rows(100).open(demo()).unwrap();
    for taken in 0..=3 {
        let reader = report.read().unwrap();
        let handle = reader.handle();
        let mut batches = reader.into_stream().unwrap();
        outlay::block_on(async {
            for _ in 0..taken {
                batches.next().await;
            }
        });
        // The thread reads at most two further batches, which are all.
        let until = Instant::now() + Duration::from_secs(20);
        while taken > 0 && handle.totals().is_none() && Instant::now() < until {
            thread::sleep(Duration::from_millis(1));
        }
        drop(batches);
        if taken > 0 {
            assert!(handle.totals().unwrap().check().is_err(), "{taken}");
            assert!(report.check().is_err(), "{taken}");
        }
    }
    let mut batches = report.read().unwrap().into_stream().unwrap();
    outlay::block_on(async { while batches.next().await.is_some() {} });
    report.check().unwrap();
    // A stream that is left counts at once, and does not take the place of a later pass when its thread ends.
    for _ in 0..20 {
        let mut batches = report.read().unwrap().into_stream().unwrap();
        outlay::block_on(batches.next()).unwrap().unwrap();
        drop(batches);
        assert!(report.check().is_err());
        rows(report.read().unwrap());
        report.check().unwrap();
        thread::sleep(Duration::from_millis(2));
        report.check().unwrap();
    }
}

fn write(path: &Path, cost: u32) {
    let header = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode";
    fs::write(path, format!("{header}\nUsage,{cost},USD\n")).unwrap();
}

#[test]
fn a_report_that_changes_between_passes_is_an_error_until_it_is_refreshed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.csv");
    write(&path, 1);
    let report = builder().open(&path).unwrap();
    rows(report.read().unwrap());
    // The same size, so that only the version of the file tells them apart.
    let other = folder.path().join("other");
    write(&other, 2);
    fs::rename(&other, &path).unwrap();
    for _ in 0..2 {
        let error = report.read().unwrap().next().unwrap().unwrap_err();
        assert!(matches!(error, Error::SourceChanged { .. }), "{error}");
    }
    report.refresh().unwrap();
    rows(report.read().unwrap());
    assert_eq!(report.last_pass().unwrap().costs()["USD"].billed.to_string(), "2");
    fs::remove_file(&path).unwrap();
    let error = report.read().unwrap().next().unwrap().unwrap_err();
    assert!(matches!(&error, Error::SourceChanged { reason, .. } if reason.contains("it was removed")), "{error}");
    assert_eq!(report.refresh().unwrap_err().code(), "OUTLAY_NOT_FOUND");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_no_report_that_can_be_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe.csv");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let error = builder().open(&path).unwrap().read().unwrap_err();
    assert_eq!(error.code(), "OUTLAY_OPTION");
    assert!(error.to_string().contains("open it as a stream"), "{error}");
}

#[test]
fn nothing_is_accessed_before_the_first_use() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.csv");
    let report = builder().open(&path).unwrap();
    assert_eq!(report.to_string(), path.display().to_string());
    assert_eq!(report.read().unwrap_err().code(), "OUTLAY_NOT_FOUND");
    write(&path, 1);
    assert_eq!(rows(report.read().unwrap()).num_rows(), 1);
    assert!(report.to_string().ends_with(", 1 part, 79 bytes"), "{report}");
    assert_eq!(builder().threads(0).open(&path).unwrap_err().code(), "OUTLAY_OPTION");
}

#[test]
fn months_are_those_of_the_report_or_some_of_them() {
    let report = builder().open(demo()).unwrap();
    let of = |report: &Report, periods: &[&str]| report.with_options(report.options().periods(periods.to_vec()));
    assert_eq!(rows(of(&report, &["2023-11"]).unwrap().read().unwrap()).num_rows(), 175);
    let november = builder().periods(["2023-11"]).open(demo()).unwrap();
    assert_eq!(rows(of(&november, &[]).unwrap().read().unwrap()).num_rows(), 175);
    let error = of(&november, &["2023-10"]).unwrap_err();
    assert_eq!(error.to_string(), "option `periods`: the report was opened for 2023-11; open it for 2023-10 too");
}

#[test]
fn a_scan_returns_the_columns_that_it_names() {
    let columns = ["ServiceName", "BilledCost"];
    let report = builder().columns(columns).tag_columns(["Team"]).lineage(true).open(demo()).unwrap();
    let all = rows(report.read().unwrap());
    for names in
        [vec!["x_Tag_Team"], vec!["x_SourceRow", "BilledCost"], vec!["BilledCost", "x_Tag_Team", "ServiceName"]]
    {
        let found = rows(report.scan(names.clone()).unwrap());
        report.check().unwrap();
        let expected = names.iter().map(|name| all.schema().index_of(name).unwrap()).collect::<Vec<_>>();
        assert_eq!(found, all.project(&expected).unwrap(), "{names:?}");
    }
    let error = report.scan(["ServiceCategory"]).unwrap_err().to_string();
    assert_eq!(error, "option `columns`: the report was opened without the column `ServiceCategory`");
}

#[test]
fn a_stream_is_kept_up_to_a_number_of_bytes() {
    let csv = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\nUsage,1,USD\n";
    let bytes = csv.len() as u64;
    assert!(builder().spool_bytes(bytes).open_stream("r.csv", csv.as_bytes()).is_ok());
    let error = builder().spool_bytes(bytes - 1).open_stream("r.csv", io::repeat(b'x')).unwrap_err().to_string();
    assert!(
        error.starts_with(&format!("option `spool_bytes`: the stream has more than {} bytes", bytes - 1)),
        "{error}"
    );
    let broken = csv.as_bytes().chain(Broken);
    assert_eq!(builder().open_stream("r.csv", broken).unwrap_err().to_string(), "r.csv: the connection was lost");
}

struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("the connection was lost"))
    }
}

/// Reports with other options share the parts, and each has its own passes.
#[test]
fn a_pass_says_nothing_about_a_report_with_other_options() {
    let report = Reader::builder().open(demo()).unwrap();
    let other = report.with_options(report.options().columns(["BilledCost"])).unwrap();
    report.read().unwrap().for_each(|batch| drop(batch.unwrap()));
    report.check().unwrap();
    assert!(other.last_pass().is_none());
    other.check().unwrap_err();
    let own = report.for_pass(report.options().columns(["ListCost"])).unwrap();
    own.read().unwrap().next().unwrap().unwrap();
    report.check().unwrap_err();
}

/// A name that matches nothing is found after the last row, where `flatten` may hide the error.
#[test]
fn a_decoder_that_failed_at_its_end_is_not_proven() {
    let csv =
        "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,resourceTags/user:Team\nUsage,1,USD,a\n";
    let builder = Reader::builder().on_no_match(OnNoMatch::Stop).tag_columns(["Taem"]);
    let mut decoder = builder.decoder("report.csv").unwrap();
    assert_eq!(decoder.feed(csv.as_bytes()).unwrap(), csv.len());
    decoder.finish();
    while let Ok(Some(_)) = decoder.next_batch() {}
    decoder.totals().check().unwrap_err();
}
