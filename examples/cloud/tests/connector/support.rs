//! Helpers: a world with one report, and a connector to it.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use outlay::{Connector, ConnectorBuilder, Error, ExternalId, Reader, Totals, block_on};
use outlay_cloud::{Account, Bucket, Cloud, Object, Organization, Report, Role, User, World};

pub const PAYER: &str = "123412340534";
pub const KEY: &str = "AKIAFINOPS0000000000";
pub const SECRET: &str = "wJalrXUtnFEMI";
pub const ROLE: &str = "arn:aws:iam::123412340534:role/billing";
pub const EXTERNAL_ID: &str = "3f2c9b7e-4d55";
pub const BUCKET: &str = "example-billing";
pub const MONTH: &str = "2023-11";
pub const MANIFEST: &str = "reports/daily/20231101-20231201/daily-Manifest.json";
pub const FOLDER: &str = "reports/daily/20231101-20231201/20231203T053621Z/";
/// The prefix of the parts of a report that is overwritten by each delivery.
pub const FLAT: &str = "reports/flat/20231101-20231201/";

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/report")
}

pub fn parts() -> Vec<Vec<u8>> {
    let part = |number| {
        let path = format!("20231101-20231201/20231203T053621Z/daily-0000{number}.csv.gz");
        std::fs::read(folder().join(path)).unwrap()
    };
    (1..=3).map(part).collect()
}

/// Returns the bucket with the report of the examples, with a folder for each delivery.
pub fn bucket() -> Bucket {
    Bucket::new(BUCKET).owner(PAYER).page(2).folder("reports/daily/", folder()).unwrap()
}

/// Returns a world with a user, who may assume a role that may read the report.
pub fn world() -> World {
    world_with(Role::new(ROLE).external_id(EXTERNAL_ID))
}

pub fn world_with(role: Role) -> World {
    World::new()
        .user(User::new("arn:aws:iam::999988887777:user/finops", KEY))
        .role(role)
        .bucket(bucket())
        .report(Report::new(PAYER, "daily", BUCKET, "reports"))
        .organization(
            Organization::new("o-example", PAYER)
                .account(Account::new(PAYER, "Payer"))
                .account(Account::new("444455556666", "Shop"))
                .page(1)
                .empty_pages(),
        )
}

/// Returns the manifest of the same parts, which the next delivery overwrites.
pub fn flat_manifest(delivery: &str, parts: usize) -> String {
    let text = std::fs::read_to_string(folder().join("20231101-20231201/daily-Manifest.json")).unwrap();
    let keys: Vec<String> = (1..=parts).map(|number| format!("\"{FLAT}flat-0000{number}.csv.gz\"")).collect();
    let (head, tail) = text.split_once("\"reportKeys\": [").unwrap();
    let tail = tail.split_once(']').unwrap().1;
    let text = format!("{head}\"reportKeys\": [{}]{tail}", keys.join(","));
    text.replace("20231203T053621Z", delivery).replace("\"daily\"", "\"flat\"")
}

pub fn flat_world() -> World {
    let hour_ago = SystemTime::now() - Duration::from_secs(3_600);
    let mut bucket = Bucket::new(BUCKET).owner(PAYER);
    for (number, part) in (1..).zip(parts()) {
        bucket = bucket.put(format!("{FLAT}flat-0000{number}.csv.gz"), Object::new(part).modified(hour_ago));
    }
    let manifest = Object::new(flat_manifest("a-first-one", 3)).modified(hour_ago + Duration::from_secs(20));
    bucket = bucket.put(format!("{FLAT}flat-Manifest.json"), manifest);
    let report = Report::new(PAYER, "flat", BUCKET, "reports").set("ReportVersioning", "OVERWRITE_REPORT");
    World::new()
        .user(User::new("arn:aws:iam::999988887777:user/finops", KEY))
        .role(Role::new(ROLE).external_id(EXTERNAL_ID))
        .bucket(bucket)
        .report(report)
}

pub fn builder(cloud: &Cloud) -> ConnectorBuilder {
    Connector::builder()
        .endpoint(cloud.endpoint())
        .access_key(KEY, SECRET, None)
        .role_arn(ROLE)
        .external_id(ExternalId::new(EXTERNAL_ID).unwrap())
}

pub fn connector(cloud: &Cloud) -> Connector {
    builder(cloud).report_name("daily").build().unwrap()
}

/// Reads a month. Returns the number of rows, and the totals.
pub fn read(connector: &Connector) -> Result<(usize, Totals), Error> {
    drain(block_on(connector.read(MONTH, Reader::builder().batch_rows(50)))?)
}

pub fn drain(mut reader: Reader) -> Result<(usize, Totals), Error> {
    let mut rows = 0;
    for batch in &mut reader {
        rows += batch?.num_rows();
    }
    Ok((rows, reader.totals()))
}

/// Reads the same month from disk.
pub fn expected() -> (usize, Totals) {
    drain(Reader::builder().batch_rows(50).read(folder()).unwrap()).unwrap()
}

pub fn same(read: &Totals, expected: &Totals) {
    read.check().unwrap();
    let costs = |totals: &Totals| format!("{:?} {} {}", totals.costs(), totals.rows_in(), totals.rows_out());
    assert_eq!(costs(read), costs(expected));
}
