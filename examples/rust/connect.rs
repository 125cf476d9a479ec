//! From a role and a report's name to a month in a file.
//!
//! `connect --report NAME | --location BUCKET/PREFIX [--role ARN] [--external-id-env VARIABLE] [--endpoint URL]
//! [--region REGION] [--period YYYY-MM] [--output FILE] [--strict] [--keep-unproven]`, or `connect --demo` against a cloud that it starts by itself.

mod process;

use std::process::ExitCode;

use outlay::{Connector, Error, ExternalId};
use outlay_cloud::{Account, Bucket, Cloud, Organization, Report, Role, User, World};
use outlay_examples::connect::{Arguments, USAGE, connect};

use crate::process::{Signals, complain, ended, print};

fn main() -> ExitCode {
    let is_demo = std::env::args().skip(1).any(|argument| argument == "--demo");
    let arguments = match Arguments::parse(std::env::args().skip(1).filter(|argument| argument != "--demo")) {
        Ok(arguments) => arguments,
        Err(problem) => {
            complain(&format!("{problem}\nusage: connect {USAGE}\n       connect --demo [--output FILE]"));
            return ExitCode::from(2);
        }
    };
    let signals = Signals::watch();
    // What could not be told: the steps after it are.
    let mut printed = Ok(());
    let mut run = |connector: &Connector| {
        let asked = signals.clone();
        connect(
            connector,
            &arguments,
            move || asked.is_over(),
            |step, text| {
                let step = print(&format!("{step}\n{}\n", text.trim_end()));
                if printed.is_ok() {
                    printed = step;
                }
            },
        )
    };
    let done = if is_demo { demo(&mut run) } else { arguments.connector().build().and_then(|it| run(&it)) };
    match (done, signals.status()) {
        (Ok(is_good), _) => ended(printed, is_good),
        (Err(Error::Stopped), Some(status)) => status,
        (Err(error), _) => {
            complain(&format!("{}: {error}", error.code()));
            ExitCode::FAILURE
        }
    }
}

/// The same against a cloud on this machine, which holds the report in `examples/data`.
fn demo(run: &mut dyn FnMut(&Connector) -> Result<bool, Error>) -> Result<bool, Error> {
    const PAYER: &str = "123412340534";
    let external_id = ExternalId::generate()?;
    let role = "arn:aws:iam::123412340534:role/outlay";
    let report = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/report");
    let start = || {
        let bucket = Bucket::new("example-billing").owner(PAYER).folder("reports/daily/", report)?;
        Cloud::start(
            World::new()
                .user(User::new("arn:aws:iam::999988887777:user/finops", "AKIAFINOPS0000000000"))
                .role(Role::new(role).external_id(external_id.reveal()))
                .bucket(bucket)
                .report(Report::new(PAYER, "daily", "example-billing", "reports"))
                .organization(
                    Organization::new("o-example", PAYER)
                        .account(Account::new(PAYER, "Payer"))
                        .account(Account::new("444455556666", "Shop")),
                ),
        )
    };
    let cloud = start().map_err(|source| Error::io("the cloud of the demonstration", source))?;
    let connector = Connector::builder()
        .endpoint(cloud.endpoint())
        .access_key("AKIAFINOPS0000000000", "of-no-account", None)
        .role_arn(role)
        .external_id(external_id)
        .report_name("daily")
        .build()?;
    run(&connector)
}
