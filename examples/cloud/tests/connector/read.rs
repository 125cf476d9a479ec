//! Reads without faults.

use std::io::{Read, Write};
use std::time::Duration;

use outlay::{Connector, PeriodState, Reader, TableSchema, block_on};
use outlay_cloud::{Cloud, Fault, Object};

use crate::support::{
    BUCKET, EXTERNAL_ID, FOLDER, MANIFEST, MONTH, PAYER, ROLE, SECRET, builder, connector, drain, expected, folder,
    parts, read, same, world,
};

#[test]
fn a_month_is_the_same_as_from_disk() {
    let cloud = Cloud::start(world()).unwrap();
    let (rows, totals) = read(&connector(&cloud)).unwrap();
    let (expected_rows, expected) = expected();
    assert_eq!(rows, expected_rows);
    same(&totals, &expected);
    assert!(
        cloud.requests().iter().filter(|request| request.operation == "AssumeRole").all(|request| request.external_id)
    );
    let gets: Vec<_> = cloud.requests().into_iter().filter(|request| request.range.is_some()).collect();
    assert_eq!(gets.len(), 3, "one request for each part");
    assert!(gets.iter().all(|get| get.if_match.is_some()), "never another object than the one that was listed");
    assert!(gets.iter().all(|get| get.access_key_id.as_deref() != Some(crate::support::KEY)), "signed as the role");
}

#[test]
fn a_month_that_the_option_periods_leaves_out_is_refused() {
    let cloud = Cloud::start(world()).unwrap();
    let connector = connector(&cloud);
    let options = || Reader::builder().periods(["2023-10"]);
    let errors = [
        block_on(connector.read(MONTH, options())).err().unwrap(),
        block_on(connector.plan(MONTH, &options())).err().unwrap(),
    ];
    for error in errors {
        assert_eq!((error.code(), error.candidates()), ("OUTLAY_OPTION", Some(&["2023-10".to_owned()][..])));
        assert!(error.to_string().contains("the month that is read is 2023-11"), "{error}");
    }
}

#[test]
fn every_way_to_spread_the_work_gives_the_same() {
    let cloud = Cloud::start(world()).unwrap();
    let connector = connector(&cloud);
    let (expected_rows, expected) = expected();
    for threads in [1, 2, 4, 8] {
        for block in [1 << 10, 256 << 10] {
            let options = Reader::builder().threads(threads).block_bytes(block);
            let (rows, totals) = drain(block_on(connector.read(MONTH, options)).unwrap()).unwrap();
            assert_eq!(rows, expected_rows, "{threads} threads, blocks of {block}");
            same(&totals, &expected);
        }
    }
}

#[test]
fn the_table_of_the_report_itself_has_all_columns() {
    let cloud = Cloud::start(world()).unwrap();
    let from_disk = Reader::builder().schema(TableSchema::Cur).read(folder()).unwrap();
    let read = block_on(connector(&cloud).read(MONTH, Reader::builder().schema(TableSchema::Cur))).unwrap();
    assert_eq!(read.schema(), from_disk.schema());
    assert_eq!(drain(read).unwrap().0, drain(from_disk).unwrap().0);
}

/// Parts with different columns: every batch has the columns of all parts.
#[test]
fn the_table_of_the_report_itself_is_of_one_schema() {
    let mut csv = Vec::new();
    flate2::read::GzDecoder::new(parts()[1].as_slice()).read_to_end(&mut csv).unwrap();
    let text = String::from_utf8(csv).unwrap().replacen("lineItem/Operation", "resourceTags/user:new", 1);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(text.as_bytes()).unwrap();
    let cloud = Cloud::start(world()).unwrap();
    cloud.put(BUCKET, &format!("{FOLDER}daily-00002.csv.gz"), Object::new(packed.finish().unwrap()));
    let mut reader =
        block_on(connector(&cloud).read(MONTH, Reader::builder().schema(TableSchema::Cur).batch_rows(20))).unwrap();
    let schema = reader.schema();
    let mut batches = 0;
    for batch in &mut reader {
        assert_eq!(batch.unwrap().schema(), schema);
        batches += 1;
    }
    assert!(batches > 3);
}

#[test]
fn a_stream_gives_the_same_in_a_runtime() {
    let cloud = Cloud::start(world()).unwrap();
    let connector = connector(&cloud);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (rows, totals) = runtime.block_on(async {
        let mut batches = connector.read(MONTH, Reader::builder()).await.unwrap().into_stream().unwrap();
        let mut rows = 0;
        while let Some(batch) = batches.next().await {
            rows += batch.unwrap().num_rows();
        }
        (rows, batches.into_reader().await.unwrap().totals())
    });
    assert_eq!(rows, expected().0);
    same(&totals, &expected().1);
    // The blocking iterator also works on the runtime's own thread.
    let rows = runtime.block_on(async {
        let reader = connector.read(MONTH, Reader::builder().threads(1)).await.unwrap();
        drain(reader).unwrap().0
    });
    assert_eq!(rows, expected().0);
    drop(runtime);
}

#[test]
fn a_stream_that_is_dropped_ends_the_read() {
    let cloud = Cloud::start(world()).unwrap();
    cloud.fault(Fault::hang(100).on("GetObject").key("*-00002.csv.gz").always());
    let reader = block_on(connector(&cloud).read(MONTH, Reader::builder().batch_rows(10).threads(1))).unwrap();
    let mut batches = reader.into_stream().unwrap();
    block_on(batches.next()).unwrap().unwrap();
    assert!(block_on(batches.into_reader()).is_none(), "it is not at its end");
    let begun = std::time::Instant::now();
    while cloud.open() > 0 {
        assert!(begun.elapsed() < Duration::from_secs(2), "the download goes on");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn parts_are_read_separately_with_a_serialized_plan() {
    let cloud = Cloud::start(world()).unwrap();
    let connector = connector(&cloud);
    let plan = block_on(connector.plan(MONTH, &Reader::builder())).unwrap();
    let text = serde_json::to_string(&plan).unwrap();
    assert!(!text.contains(EXTERNAL_ID) && !text.contains(SECRET), "{text}");
    let plan: outlay::Plan = serde_json::from_str(&text).unwrap();
    let mut totals = outlay::Totals::default();
    for part in &plan.parts {
        let (_, part) = drain(block_on(connector.read_part(part, Reader::builder())).unwrap()).unwrap();
        totals.merge(&part).unwrap();
    }
    Reader::builder().closing_batch(&mut totals).unwrap();
    same(&totals, &expected().1);
    assert_eq!(totals.outcome(), outlay::Outcome::Partial);
    totals.check_against(&plan).unwrap();
    assert_eq!(totals.outcome(), outlay::Outcome::Proven);
    // Discovered names are not options of the plan, but are applied to its parts too.
    let options = Reader::builder().columns(["BillingAccountName", "SubAccountName"]);
    let named = block_on(connector.plan(MONTH, &options)).unwrap();
    let error = block_on(connector.read_part(&plan.parts[0], options.clone())).map(|_| ()).unwrap_err();
    assert_eq!(error.code(), "OUTLAY_OPTION", "{error}");
    block_on(connector.discover()).unwrap();
    let batch = block_on(connector.read_part(&named.parts[0], options)).unwrap().next().unwrap().unwrap();
    assert!(batch.columns().iter().all(|names| names.null_count() == 0), "{batch:?}");
    // With the table of the report, each part has the columns of all parts.
    let options = Reader::builder().schema(TableSchema::Cur);
    let plan = block_on(connector.plan(MONTH, &options)).unwrap();
    let schema = block_on(connector.read(MONTH, options.clone())).unwrap().schema();
    for part in &plan.parts {
        assert_eq!(block_on(connector.read_part(part, options.clone())).unwrap().schema(), schema);
    }
    // A column outside of the plan would be lost.
    let mut part = plan.parts[0].clone();
    part.columns.retain(|column| column != "lineItem/Operation");
    let error = block_on(connector.read_part(&part, options.clone())).and_then(drain).unwrap_err();
    assert_eq!(error.code(), "OUTLAY_SOURCE_CHANGED", "{error}");
    let mut elsewhere = plan.parts[0].clone();
    elsewhere.object = "reports/other/x.csv.gz".to_owned();
    elsewhere.path = format!("s3://{BUCKET}/reports/other/x.csv.gz");
    assert_eq!(block_on(connector.read_part(&elsewhere, options)).unwrap_err().code(), "OUTLAY_OUTSIDE");
}

#[test]
fn a_month_is_brought_into_a_folder() {
    let cloud = Cloud::start(world()).unwrap();
    let home = tempfile::tempdir().unwrap();
    let connector = connector(&cloud);
    for _ in 0..2 {
        let manifest = block_on(connector.spool(MONTH, home.path())).unwrap();
        let (rows, totals) = drain(Reader::builder().read(manifest).unwrap()).unwrap();
        assert_eq!(rows, expected().0);
        same(&totals, &expected().1);
    }
    let entries = std::fs::read_dir(home.path()).unwrap().count();
    assert_eq!(entries, 1, "nothing is left beside the month");
    std::fs::create_dir(home.path().join(MONTH).join("notes")).unwrap();
    let error = block_on(connector.spool(MONTH, home.path())).unwrap_err();
    assert!(error.to_string().contains("left as it is"), "{error}");
    std::fs::remove_dir(home.path().join(MONTH).join("notes")).unwrap();
    let own = home.path().join(MONTH).join("focus.parquet");
    std::fs::write(&own, "mine").unwrap();
    assert_eq!(block_on(connector.spool(MONTH, home.path())).unwrap_err().code(), "OUTLAY_IO");
    assert_eq!(std::fs::read(&own).unwrap(), b"mine");
}

/// AWS allows names of reports that some file systems do not.
#[test]
fn a_month_of_an_odd_name_is_found_again() {
    let text = std::fs::read_to_string(folder().join("20231101-20231201/daily-Manifest.json")).unwrap();
    let hour_ago = std::time::SystemTime::now() - Duration::from_secs(3_600);
    let root = "reports/cost(prod)!/20231101-20231201/";
    let mut bucket = outlay_cloud::Bucket::new(BUCKET).owner(PAYER);
    for (number, part) in (1..).zip(parts()) {
        let key = format!("{root}20231203T053621Z/cost(prod)!-0000{number}.csv.gz");
        bucket = bucket.put(key, Object::new(part).modified(hour_ago));
    }
    let text = text.replace("reports/daily/20231101-20231201/", root).replace("/daily-", "/cost(prod)!-");
    bucket = bucket.put(format!("{root}cost(prod)!-Manifest.json"), Object::new(text));
    let cloud = Cloud::start(world().bucket(bucket)).unwrap();
    let placed = builder(&cloud).location(BUCKET, "reports").build().unwrap();
    let home = tempfile::tempdir().unwrap();
    let manifest = block_on(placed.spool(MONTH, home.path())).unwrap();
    same(&drain(Reader::builder().read(manifest).unwrap()).unwrap().1, &expected().1);
}

#[test]
fn months_say_what_is_to_be_expected_of_them() {
    let cloud = Cloud::start(world()).unwrap();
    let periods = block_on(connector(&cloud).periods()).unwrap();
    let [period] = periods.as_slice() else { panic!("{periods:?}") };
    assert_eq!((period.period.to_string().as_str(), period.state), (MONTH, PeriodState::Restated));
    let delivery = period.delivery.as_ref().unwrap();
    assert_eq!(delivery.id.as_deref(), Some("20231203T053621Z"));
    assert_eq!(delivery.manifest, MANIFEST);
    assert_eq!(delivery.parts.len(), 3);
    assert!(delivery.parts.iter().all(|part| part.key.starts_with(FOLDER) && part.size > 0));
    assert!(delivery.columns.contains(&"lineItem/UnblendedCost".to_owned()));
    assert!(!delivery.is_overwritten);
    // A past month will not be delivered any more.
    for (month, may_come) in [("2023-12", false), ("2999-01", true)] {
        let error = block_on(connector(&cloud).read(month, Reader::builder())).unwrap_err();
        assert_eq!((error.code(), error.is_retryable()), ("OUTLAY_NOT_DELIVERED", may_come), "{error}");
        assert_eq!(error.candidates(), Some(&[MONTH.to_owned()][..]));
        assert!(error.to_string().ends_with("; months that are there: 2023-11"), "{error}");
    }
    let error = block_on(connector(&cloud).read("May", Reader::builder())).unwrap_err();
    assert!(error.to_string().starts_with("option `period`: `May` is not a month"), "{error}");
}

/// Months with their last delivery and their parts.
#[test]
fn a_month_is_what_its_last_delivery_makes_it() {
    let text = std::fs::read_to_string(folder().join("20231101-20231201/daily-Manifest.json")).unwrap();
    let november = std::time::UNIX_EPOCH + Duration::from_secs(1_698_796_800);
    let days = |days: u64| november + Duration::from_secs(days * 86_400);
    let empty = {
        let (head, tail) = text.split_once("\"reportKeys\": [").unwrap();
        format!("{head}\"reportKeys\": [{}", &tail[tail.find(']').unwrap()..])
    };
    #[rustfmt::skip]
    let cases = [
        ("written in the month",  text.clone(),                              days(20), PeriodState::Invoiced),
        ("two weeks after it",    text.clone(),                              days(44), PeriodState::Invoiced),
        ("a month after it",      text.clone(),                              days(60), PeriodState::Restated),
        ("without parts",         empty,                                     days(1),  PeriodState::Pending),
        ("no manifest",           "[]".to_owned(),                           days(20), PeriodState::Unreadable),
        ("a part is gone",        text.replace("daily-00001", "daily-00009"), days(20), PeriodState::Unreadable),
    ];
    for (name, manifest, written, state) in cases {
        let bucket = outlay_cloud::Bucket::new(BUCKET).owner(PAYER);
        let bucket = bucket.delivery("reports/daily/", folder(), written).unwrap();
        let bucket = bucket.put(MANIFEST, Object::new(manifest).modified(written + Duration::from_secs(20)));
        let cloud = Cloud::start(world().bucket(bucket)).unwrap();
        let periods = block_on(connector(&cloud).periods()).unwrap();
        assert_eq!(periods[0].state, state, "{name}: {periods:?}");
        assert_eq!(periods[0].problem.is_some(), state == PeriodState::Unreadable, "{name}: {periods:?}");
        if state == PeriodState::Pending {
            let (rows, totals) = read(&connector(&cloud)).unwrap();
            assert_eq!(rows, 0, "{name}");
            assert!(totals.warnings().iter().any(|warning| warning.code == "no_parts"), "{name}: {totals:?}");
        }
    }
}

/// Legacy Parquet is in partition folders, with an equal second manifest above them.
#[test]
fn parquet_is_listed_and_refused_by_name() {
    let text = std::fs::read_to_string(folder().join("20231101-20231201/daily-Manifest.json")).unwrap();
    let part = "reports/daily/daily/year=2023/month=11/daily-00001.snappy.parquet";
    let (head, tail) = text.split_once("\"reportKeys\": [").unwrap();
    let manifest = format!("{head}\"reportKeys\": [\"{part}\"{}", &tail[tail.find(']').unwrap()..]);
    let mut bucket = outlay_cloud::Bucket::new(BUCKET).owner(PAYER).put(part, Object::new(&b"PAR1 and more"[..]));
    let later = std::time::SystemTime::now() + Duration::from_secs(20);
    for key in ["daily/year=2023/month=11/daily-Manifest.json", "20231101-20231201/daily-Manifest.json"] {
        let object = Object::new(manifest.clone()).modified(later);
        bucket = bucket.put(format!("reports/daily/{key}"), object);
    }
    let cloud = Cloud::start(world().bucket(bucket)).unwrap();
    let placed = builder(&cloud).location(BUCKET, "reports").build().unwrap();
    for connector in [connector(&cloud), placed] {
        let periods = block_on(connector.periods()).unwrap();
        let [period] = periods.as_slice() else { panic!("{periods:?}") };
        assert_eq!(period.delivery.as_ref().unwrap().parts[0].key, part);
        let error = read(&connector).unwrap_err();
        assert_eq!(error.code(), "OUTLAY_FORMAT", "{error}");
        assert!(error.to_string().contains("Parquet"), "{error}");
    }
}

#[test]
fn credentials_are_renewed_before_and_after_they_expire() {
    let mut short = world();
    short.set_expires_in(ROLE, Some(Duration::from_secs(5)));
    let cloud = Cloud::start(short).unwrap();
    let reads = connector(&cloud);
    read(&reads).unwrap();
    assert!(cloud.count("AssumeRole") > 1, "sessions of five seconds are too short to be kept");

    let cloud = Cloud::start(world()).unwrap();
    let reads = connector(&cloud);
    read(&reads).unwrap();
    assert_eq!(cloud.count("AssumeRole"), 1);
    cloud.expire_sessions();
    read(&reads).unwrap();
    assert_eq!(cloud.count("AssumeRole"), 2, "once more, and only once");
    cloud.fault(Fault::expired().on("GetObject").always());
    let error = read(&reads).unwrap_err();
    assert_eq!(error.code(), "OUTLAY_CREDENTIALS", "{error}");
}

#[test]
fn a_reader_that_is_dropped_lets_everything_go() {
    let cloud = Cloud::start(world()).unwrap();
    cloud.fault(Fault::hang(100).on("GetObject").key("*-00002.csv.gz").always());
    let connector = connector(&cloud);
    for threads in [1, 2, 4] {
        let mut reader = block_on(connector.read(MONTH, Reader::builder().threads(threads).batch_rows(10))).unwrap();
        reader.next().unwrap().unwrap();
        let begun = std::time::Instant::now();
        drop(reader);
        assert!(begun.elapsed() < Duration::from_secs(2), "{threads} threads: {:?}", begun.elapsed());
    }
}

#[test]
fn a_read_that_waits_can_be_stopped() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    let cloud = Cloud::start(world()).unwrap();
    cloud.fault(Fault::hang(100).on("GetObject").key("*-00001.csv.gz").always());
    let connector = connector(&cloud);
    for threads in [1, 2, 4] {
        let stop = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&stop);
        let options = Reader::builder().threads(threads).stop_when(move || asked.load(Ordering::Relaxed));
        let reader = block_on(connector.read(MONTH, options)).unwrap();
        let waiting = std::thread::spawn(move || drain(reader));
        std::thread::sleep(Duration::from_millis(200));
        stop.store(true, Ordering::Relaxed);
        let begun = std::time::Instant::now();
        assert_eq!(waiting.join().unwrap().unwrap_err().code(), "OUTLAY_STOPPED", "{threads} threads");
        assert!(begun.elapsed() < Duration::from_secs(2), "{threads} threads: {:?}", begun.elapsed());
    }
}

#[test]
fn secrets_are_never_printed() {
    let cloud = Cloud::start(world()).unwrap();
    let connector = connector(&cloud);
    let reader = block_on(connector.read(MONTH, Reader::builder())).unwrap();
    let printed = format!("{connector:?} {:?} {reader:?} {:?}", builder(&cloud), connector.config());
    for secret in [EXTERNAL_ID, SECRET] {
        assert!(!printed.contains(secret), "{printed}");
    }
    assert!(!serde_json::to_string(connector.config()).unwrap().contains(EXTERNAL_ID));
}

#[test]
fn another_account_is_another_connector() {
    let cloud = Cloud::start(world()).unwrap();
    let connector = connector(&cloud);
    assert_eq!(connector.account(), Some(PAYER));
    connector.reconfigure(builder(&cloud).report_name("weekly")).unwrap();
    let other = Connector::builder().role_arn("arn:aws:iam::000011112222:role/billing").report_name("daily");
    let error = connector.reconfigure(other).unwrap_err();
    assert!(error.to_string().contains("another connector"), "{error}");
}

#[test]
fn an_address_stands_alone() {
    let error = Reader::builder().read(["s3://example-billing/reports/", "elsewhere"]).unwrap_err();
    assert!(error.to_string().contains("pass one s3:// address only"), "{error}");
}
