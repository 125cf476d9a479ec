//! From a role and a report's name to a month in a file: verify, discover, list months, read one.

use std::path::{Path, PathBuf};

use outlay::{
    Accounts, BillingPeriod, Connector, ConnectorBuilder, ConnectorConfig, Error, PeriodStatus, Reader, printable,
    sink, wait_until,
};

use crate::{Policy, table};

/// What follows the program's name.
pub const USAGE: &str = "--report NAME | --location BUCKET/PREFIX [--role ARN] [--external-id-env VARIABLE]
               [--endpoint URL] [--region REGION] [--period YYYY-MM] [--output FILE.parquet|.csv|.arrow]
               [--strict] [--keep-unproven]";

/// What the program is to do.
#[derive(Debug, Default)]
pub struct Arguments {
    /// What the connector is told.
    pub config: ConnectorConfig,
    /// The month to read; default the newest that is delivered.
    pub period: Option<BillingPeriod>,
    /// The file to write; default none.
    pub output: Option<PathBuf>,
    /// Which reads are good enough, for the status and for the file.
    pub policy: Policy,
}

impl Arguments {
    /// The arguments behind the program's name; or what is wrong with them.
    pub fn parse(mut given: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self::default();
        while let Some(argument) = given.next() {
            let mut value = || given.next().ok_or(format!("{argument} wants a value"));
            let config = &mut arguments.config;
            match argument.as_str() {
                "--report" => config.report_name = Some(value()?),
                "--role" => config.role_arn = Some(value()?),
                "--external-id-env" => config.external_id_env = Some(value()?),
                "--endpoint" => config.endpoint = Some(value()?),
                "--region" => config.region = Some(value()?),
                "--location" => {
                    let location = value()?;
                    let (bucket, prefix) = location.split_once('/').unwrap_or((&location, ""));
                    config.bucket = Some(bucket.to_owned());
                    config.prefix = Some(prefix.to_owned());
                }
                "--period" => {
                    arguments.period = Some(value()?.parse().map_err(|error: Error| error.to_string())?);
                }
                "--output" => arguments.output = Some(value()?.into()),
                "--strict" => arguments.policy.strict = true,
                "--keep-unproven" => arguments.policy.keep_unproven = true,
                "--help" | "-h" => return Err(String::new()),
                other => return Err(format!("{} is not an option", printable(other))),
            }
        }
        Ok(arguments)
    }

    /// The connector that they mean.
    pub fn connector(&self) -> ConnectorBuilder {
        Connector::from_config(self.config.clone())
    }
}

/// The whole way, told step by step. False when the set-up is not ready, no month can be read, or its read
/// is not good enough, see [`Policy`]: then no file is put in its place either.
///
/// `is_over` is asked all the while whether the caller wants no more.
pub fn connect(
    connector: &Connector,
    arguments: &Arguments,
    is_over: impl Fn() -> bool + Clone + Send + Sync + 'static,
    mut tell: impl FnMut(&str, &str),
) -> Result<bool, Error> {
    let diagnosis = wait_until(connector.verify(), &is_over)?;
    tell("Set-up", &diagnosis.to_string());
    if !diagnosis.is_ready() {
        return Ok(false);
    }
    tell("Accounts", &accounts(&wait_until(connector.discover(), &is_over)??));
    let periods = wait_until(connector.periods(), &is_over)??;
    tell("Months", &months(&periods));
    let newest = || periods.iter().rev().find(|period| period.delivery.is_some()).map(|period| period.period);
    let Some(period) = arguments.period.or_else(newest) else {
        let is_pending = periods.iter().all(|period| period.problem.is_none());
        tell("Read", if is_pending { "nothing is delivered yet" } else { "nothing can be read" });
        return Ok(is_pending);
    };
    let options = Reader::builder().stop_when(is_over.clone());
    let mut reader = wait_until(connector.read(&period.to_string(), options), &is_over)??;
    let mut withheld = None;
    match &arguments.output {
        Some(path) => withheld = save(&mut reader, path, arguments.policy, is_over)?,
        None => {
            for batch in &mut reader {
                batch?;
            }
        }
    }
    let totals = reader.totals();
    if let Some(reason) = withheld {
        tell("File", &reason);
    }
    tell(&format!("Read {period}"), &totals.summary().to_string());
    Ok(arguments.policy.is_good(totals.outcome()))
}

/// Writes the file, and puts it in its place if the read is good enough; else says why not.
fn save(reader: &mut Reader, path: &Path, policy: Policy, is_over: impl Fn() -> bool) -> Result<Option<String>, Error> {
    reader.may_write(path)?;
    let mut file = sink::for_path(path, reader.schema())?;
    while let Some(batch) = reader.next() {
        match batch {
            Ok(batch) => file.write(&batch)?,
            // The month was rewritten: so is the file.
            Err(error) => {
                reader.restart(error)?;
                file = sink::for_path(path, reader.schema())?;
            }
        }
    }
    if is_over() {
        return Err(Error::Stopped);
    }
    let withheld = policy.withholds(path, reader.totals().outcome());
    if withheld.is_none() {
        file.finish(&reader.metadata())?;
    }
    Ok(withheld)
}

fn accounts(found: &Accounts) -> String {
    let mut lines = vec![["account", "name", "state", "pays"].map(str::to_owned).to_vec()];
    for account in &found.accounts {
        let name = account.name.clone().unwrap_or_default();
        let pays = if account.is_payer { "yes" } else { "" };
        lines.push(vec![account.id.clone(), name, word(&account.state), pays.to_owned()]);
    }
    let warnings = found.warnings.iter().map(|warning| format!("warning: {}\n", warning.message));
    format!("{}{}", table(&lines), warnings.collect::<String>())
}

fn months(periods: &[PeriodStatus]) -> String {
    let mut lines = vec![["month", "state", "delivery", "parts", "bytes"].map(str::to_owned).to_vec()];
    for period in periods {
        let delivery = period.delivery.as_ref();
        lines.push(vec![
            period.period.to_string(),
            word(&period.state),
            delivery.and_then(|delivery| delivery.id.clone()).unwrap_or_default(),
            delivery.map_or(0, |delivery| delivery.parts.len()).to_string(),
            delivery.map_or(0, |delivery| delivery.bytes()).to_string(),
        ]);
    }
    let problem = |period: &PeriodStatus| Some(format!("{}: {}\n", period.period, period.problem.as_ref()?));
    format!("{}{}", table(&lines), periods.iter().filter_map(problem).collect::<String>())
}

/// The word that serialization has for a state.
fn word(state: &impl serde::Serialize) -> String {
    serde_json::to_value(state).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
