//! CUR 2.0 as delivered by Data Exports, with new and with overwritten files.

use std::path::Path;
use std::time::{Duration, SystemTime};

use outlay::{Reader, Verdict, block_on};
use outlay_cloud::{Bucket, Cloud, Export, Object, World};

use crate::support::{BUCKET, PAYER, builder, connector, drain, same, world};

const EXPORT: &str = "cur2";
const MONTH: &str = "2024-09";
const NEW: &str = "2024-09-16T15:24:15.653Z-04e9e487-79a7-42b1-a680-1de7c660dc8f";
const OLD: &str = "2024-09-15T15:20:11.001Z-1f0c2a55-79a7-42b1-a680-1de7c660dc8f";

fn sample() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../core/tests/data/samples/mock-cur2/MockTestReportV2-00001.csv.gz")
}

/// Returns a manifest of Data Exports with its four members.
fn manifest(execution: &str, part: &str) -> String {
    let id = &execution[execution.len() - 36..];
    serde_json::json!({
        "executionId": id,
        "exportArn":
            format!("arn:aws:bcm-data-exports:us-east-1:{PAYER}:export/{EXPORT}-0e818247-0000-4000-8000-000000000000"),
        "columns": [{"name": "line_item_line_item_type", "type": "string"}],
        "dataFiles": [format!("s3://{BUCKET}/{part}")],
    })
    .to_string()
}

/// Returns a world with an export below a prefix that was delivered twice. The older delivery has no rows.
fn delivered(prefix: &str, overwrites: bool) -> World {
    let root = if prefix.is_empty() { format!("{EXPORT}/") } else { format!("{prefix}/{EXPORT}/") };
    let hours_ago = |hours: u64| SystemTime::now() - Duration::from_secs(hours * 3_600);
    let part = |execution: &str| match overwrites {
        true => format!("{root}data/BILLING_PERIOD={MONTH}/{EXPORT}-00001.csv.gz"),
        false => format!("{root}data/BILLING_PERIOD={MONTH}/{execution}/{EXPORT}-00001.csv.gz"),
    };
    let top = format!("{root}metadata/BILLING_PERIOD={MONTH}");
    let mut bucket = Bucket::new(BUCKET).owner(PAYER);
    for (execution, age, rows) in [(OLD, 30, false), (NEW, 6, true)] {
        let content = if rows { std::fs::read(sample()).unwrap() } else { b"broken".to_vec() };
        let manifest = || Object::new(manifest(execution, &part(execution))).modified(hours_ago(age - 1));
        bucket = bucket.put(part(execution), Object::new(content).modified(hours_ago(age)));
        bucket = bucket.put(format!("{top}/{EXPORT}-Manifest.json"), manifest());
        if !overwrites {
            bucket = bucket.put(format!("{top}/{execution}/{EXPORT}-Manifest.json"), manifest());
        }
    }
    let overwrite = if overwrites { "OVERWRITE_REPORT" } else { "CREATE_NEW_REPORT" };
    let export = Export::new(PAYER, EXPORT, BUCKET, prefix)
        .set("DestinationConfigurations.S3Destination.S3OutputConfigurations.Overwrite", overwrite);
    world().bucket(bucket).export(export)
}

#[test]
fn an_export_is_the_same_as_from_disk_however_it_is_delivered() {
    let (rows, expected) = drain(Reader::builder().read(sample()).unwrap()).unwrap();
    assert_eq!(rows, 4);
    for (prefix, overwrites) in [("exports", false), ("exports", true), ("", false), ("", true)] {
        let name = format!("`{prefix}`, overwrites: {overwrites}");
        let cloud = Cloud::start(delivered(prefix, overwrites)).unwrap();
        let connector = builder(&cloud).report_name(EXPORT).build().unwrap();
        let periods = block_on(connector.periods()).unwrap();
        let [period] = periods.as_slice() else { panic!("{name}: {periods:?}") };
        let delivery = period.delivery.as_ref().unwrap();
        assert_eq!((period.period.to_string().as_str(), delivery.is_overwritten), (MONTH, overwrites), "{name}");
        assert_eq!(delivery.id.as_deref(), Some(&NEW[NEW.len() - 36..]), "{name}");
        let (read, totals) = drain(block_on(connector.read(MONTH, Reader::builder())).unwrap()).unwrap();
        assert_eq!(read, rows, "{name}");
        same(&totals, &expected);
        // Names of execution folders contain colons, which some file systems do not allow.
        let home = tempfile::tempdir().unwrap();
        let manifest = block_on(connector.spool(MONTH, home.path())).unwrap();
        same(&drain(Reader::builder().read(manifest).unwrap()).unwrap().1, &expected);
        let diagnosis = block_on(connector.verify());
        assert_eq!(diagnosis.finding("get").unwrap().verdict, Verdict::Passed, "{name}\n{diagnosis}");
    }
}

#[test]
fn without_a_definition_the_newest_execution_is_found() {
    for overwrites in [false, true] {
        let cloud = Cloud::start(delivered("exports", overwrites)).unwrap();
        let placed = builder(&cloud).location(BUCKET, "exports").build().unwrap();
        let (rows, _) = drain(block_on(placed.read(MONTH, Reader::builder())).unwrap()).unwrap();
        assert_eq!(rows, 4, "overwrites: {overwrites}");
        // Without the manifest above the executions, that of the newest execution is used.
        let top = format!("exports/{EXPORT}/metadata/BILLING_PERIOD={MONTH}/{EXPORT}-Manifest.json");
        cloud.remove(BUCKET, &top);
        let read = block_on(placed.read(MONTH, Reader::builder())).and_then(drain);
        match overwrites {
            true => assert_eq!(read.unwrap_err().code(), "OUTLAY_NOT_DELIVERED"),
            false => assert_eq!(read.unwrap().0, 4),
        }
    }
}

#[test]
fn a_first_delivery_is_waited_for_a_day() {
    let created = |hours: u64| {
        let at = SystemTime::now() - Duration::from_secs(hours * 3_600);
        Export::new(PAYER, "young", BUCKET, "exports").created(at)
    };
    let cloud = Cloud::start(world().export(created(3))).unwrap();
    let reports = block_on(connector(&cloud).reports()).unwrap();
    let young = reports.iter().find(|report| report.name == "young").unwrap();
    let age = SystemTime::now().duration_since(young.created.unwrap().into()).unwrap();
    assert!((10_799..11_100).contains(&age.as_secs()), "{young:?}");
    for (hours, verdict, says) in
        [(3, Verdict::Warning, "created 3 hours ago"), (30, Verdict::Failed, "created 30 hours ago")]
    {
        let cloud = Cloud::start(world().export(created(hours))).unwrap();
        let diagnosis = block_on(builder(&cloud).report_name("young").build().unwrap().verify());
        let finding = diagnosis.finding("freshness").unwrap();
        assert_eq!(finding.verdict, verdict, "{diagnosis}");
        assert!(finding.seen.contains(says) && finding.fix.is_some(), "{diagnosis}");
    }
    // AWS does not return the creation time of legacy reports.
    let status = serde_json::json!({"lastStatus": "SUCCESS", "lastDelivery": "20231203T053621Z"});
    let young = outlay_cloud::Report::new(PAYER, "young", BUCKET, "reports").set("ReportStatus", status);
    let cloud = Cloud::start(world().report(young)).unwrap();
    let diagnosis = block_on(builder(&cloud).report_name("young").build().unwrap().verify());
    assert!(diagnosis.finding("freshness").unwrap().seen.contains("within 24 hours"), "{diagnosis}");
    let reports = block_on(connector(&cloud).reports()).unwrap();
    let young = reports.iter().find(|report| report.name == "young").unwrap();
    assert_eq!(young.created, None);
    assert_eq!(young.last_delivery.unwrap().to_string(), "2023-12-03T05:36:21Z");
    assert!(block_on(connector(&cloud).verify()).is_ready());
}
