//! Assumes a role, finds a report by its name and writes a month of it to a file: `connect [FILE.parquet]`.
//!
//! The account belongs to a simulated cloud on this machine, which holds the report in `examples/data`. To use AWS, omit `endpoint`
//! and `access_key`: credentials are then found as by the AWS CLI.
#![allow(clippy::print_stdout, reason = "a program's output")]

use outlay::{Connector, Error, ExternalId, Reader, block_on};
use outlay_cloud::{Account, Bucket, Cloud, Organization, Report, Role, User, World};

const PAYER: &str = "123412340534";
const ROLE: &str = "arn:aws:iam::123412340534:role/outlay";
const KEY: &str = "AKIAFINOPS0000000000";

fn main() -> Result<(), Error> {
    let external_id = ExternalId::generate()?;
    let cloud = cloud(&external_id).map_err(|source| Error::io("the cloud on this machine", source))?;
    let connector = Connector::builder()
        .endpoint(cloud.endpoint())
        .access_key(KEY, "of-no-account", None)
        .role_arn(ROLE)
        .external_id(external_id)
        .report_name("daily")
        .build()?;

    let diagnosis = block_on(connector.verify());
    println!("{diagnosis}");
    if !diagnosis.is_ready() {
        return Ok(());
    }
    for account in block_on(connector.discover())?.accounts {
        println!("{} {}", account.id, account.name.as_deref().unwrap_or("without a name"));
    }
    let periods = block_on(connector.periods())?;
    let Some(period) = periods.iter().rfind(|period| period.delivery.is_some()) else {
        println!("nothing is delivered yet");
        return Ok(());
    };
    let mut reader = block_on(connector.read(&period.period.to_string(), Reader::builder()))?;
    let file = std::env::args().nth(1).unwrap_or_else(|| "month.parquet".to_owned());
    reader.save(&file)?;
    println!("{} in {file}\n{}", period.period, reader.totals().summary());
    reader.check()
}

/// Starts a cloud with a role that a user may assume, a bucket, a report and an organization.
fn cloud(external_id: &ExternalId) -> std::io::Result<Cloud> {
    let report = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/report");
    let bucket = Bucket::new("example-billing").owner(PAYER).folder("reports/daily/", report)?;
    let accounts = [Account::new(PAYER, "Payer"), Account::new("444455556666", "Shop")];
    let organization = accounts.into_iter().fold(Organization::new("o-example", PAYER), Organization::account);
    Cloud::start(
        World::new()
            .user(User::new("arn:aws:iam::999988887777:user/finops", KEY))
            .role(Role::new(ROLE).external_id(external_id.reveal()))
            .bucket(bucket)
            .report(Report::new(PAYER, "daily", "example-billing", "reports"))
            .organization(organization),
    )
}
