//! From a role and a report's name to a month in a file.
//!
//! `connect --report NAME | --location BUCKET/PREFIX [--role ARN] [--external-id-env VARIABLE] [--endpoint URL]
//! [--region REGION] [--period YYYY-MM] [--output FILE]`, or `connect --demo` against a cloud that it starts by itself.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program's output")]

use std::process::ExitCode;

use outlay::{Connector, ExternalId};
use outlay_cloud::{Account, Bucket, Cloud, Organization, Report, Role, User, World};
use outlay_examples::connect::{Arguments, USAGE, connect};

fn main() -> ExitCode {
    let is_demo = std::env::args().skip(1).any(|argument| argument == "--demo");
    let arguments = match Arguments::parse(std::env::args().skip(1).filter(|argument| argument != "--demo")) {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("{problem}\nusage: connect {USAGE}\n       connect --demo [--output FILE]");
            return ExitCode::from(2);
        }
    };
    match if is_demo { demo(&arguments) } else { arguments.connector().build().and_then(|it| run(&it, &arguments)) } {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{}: {error}", error.code());
            ExitCode::FAILURE
        }
    }
}

fn run(connector: &Connector, arguments: &Arguments) -> Result<bool, outlay::Error> {
    connect(connector, arguments, || false, |step, text| println!("{step}\n{}\n", text.trim_end()))
}

/// The same against a cloud on this machine, which holds the report in `examples/data`.
fn demo(arguments: &Arguments) -> Result<bool, outlay::Error> {
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
    let cloud = start().map_err(|source| outlay::Error::Io {
        at: Box::new(outlay::Location::object("the cloud of the demonstration")),
        source,
    })?;
    let connector = Connector::builder()
        .endpoint(cloud.endpoint())
        .access_key("AKIAFINOPS0000000000", "of-no-account", None)
        .role_arn(role)
        .external_id(external_id)
        .report_name("daily")
        .build()?;
    run(&connector, arguments)
}
