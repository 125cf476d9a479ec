//! The definition of the command line.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{ArgGroup, Args, Parser, Subcommand};

use super::policy::Policy;
use crate::error::Error;
use crate::fetch::settings::config::ConnectorConfig;
use crate::report::part::BillingPeriod;
use crate::report::source::S3;
use crate::schema::encoding::DecimalEncoding;
use crate::sink::CsvOptions;

/// AWS Cost and Usage Reports in, FOCUS out, with the proof that no row and no cent was lost or counted twice.
#[derive(Debug, Parser)]
#[command(name = "outlay", version)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Normalize(Normalize),
    Connect(Connect),
}

/// Convert reports to FOCUS, print costs by service, and check the totals.
///
/// The exit status is 0 if the read is proven or partial (with --strict, only if it is proven), else 1.
#[derive(Args, Debug)]
pub struct Normalize {
    /// Files, folders as AWS delivers them, manifests, or s3:// addresses.
    #[arg(required = true, value_name = "REPORT")]
    pub reports: Vec<PathBuf>,
    /// The file to write, in the format of its name: .parquet, .csv, .csv.gz, .arrow, .feather or .arrows.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The columns of that file; default all.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub columns: Option<Vec<String>>,
    /// The form of key-value columns; default json in CSV, map in other formats.
    #[arg(long, value_name = "FORM", value_parser = PossibleValuesParser::new(["map", "json"]))]
    pub maps: Option<String>,
    /// The type of money, prices and quantities in that file: exact, float64, or decimal(38,9) with other numbers of digits;
    /// default exact. Totals are exact with each of them.
    #[arg(long, value_name = "TYPE", value_parser = decimals, default_value_t, hide_default_value = true)]
    pub decimals: DecimalEncoding,
    /// Threads that read; default one for each core.
    #[arg(long, value_name = "N", value_parser = threads)]
    pub threads: Option<usize>,
    /// What happens to a record that cannot be read; default stop.
    #[arg(long, value_name = "ACTION", value_parser = PossibleValuesParser::new(["stop", "quarantine"]))]
    pub on_error: Option<String>,
    /// The file for records that are quarantined.
    #[arg(long, value_name = "FILE")]
    pub quarantine: Option<PathBuf>,
    /// What happens to a cost that is unknown; default null.
    #[arg(long, value_name = "ACTION", value_parser = PossibleValuesParser::new(["null", "stop"]))]
    pub on_unknown: Option<String>,
    #[command(flatten)]
    pub csv: Csv,
    #[command(flatten)]
    pub policy: Policy,
    /// Print one JSON object instead of tables.
    #[arg(long)]
    pub json: bool,
}

/// Parses a type of decimals.
fn decimals(text: &str) -> Result<DecimalEncoding, String> {
    text.parse().map_err(|error| match error {
        Error::Option { reason, .. } => reason,
        error => error.to_string(),
    })
}

/// Options of CSV files.
#[derive(Args, Clone, Copy, Debug)]
pub struct Csv {
    /// In CSV, put a `'` before text that a spreadsheet would run as a formula.
    #[arg(long, requires = "output")]
    spreadsheet_safe: bool,
}

impl Csv {
    /// The options of the sink.
    pub fn options(self) -> CsvOptions {
        CsvOptions::default().spreadsheet_safe(self.spreadsheet_safe)
    }
}

/// Parses a number of threads.
fn threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("expected a whole number from 1".to_owned()),
        Ok(threads) => Ok(threads),
    }
}

/// Read a report where AWS delivers it: check the set-up, list accounts and months, read one month.
///
/// Credentials are found as in the AWS CLI. The exit status is 0 if the set-up is ready and the read is proven or partial (with
/// --strict, only if it is proven), else 1.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("place").required(true))]
pub struct Connect {
    /// The name of the report or export.
    #[arg(long, value_name = "NAME", group = "place")]
    report: Option<String>,
    /// Where the report lies, without looking for its definition: s3://BUCKET/PREFIX, or the same without s3://.
    #[arg(long, value_name = "BUCKET/PREFIX", group = "place")]
    location: Option<String>,
    /// The role to assume.
    #[arg(long, value_name = "ARN")]
    role: Option<String>,
    /// The environment variable that holds the role's external ID.
    #[arg(long, value_name = "VARIABLE")]
    external_id_env: Option<String>,
    /// The endpoint of all services, instead of AWS.
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// The region of the bucket.
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// The month to read; default the newest that is delivered.
    #[arg(long, value_name = "YYYY-MM")]
    pub period: Option<BillingPeriod>,
    /// The file to write, in the format of its name: .parquet, .csv, .csv.gz, .arrow, .feather or .arrows.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub csv: Csv,
    #[command(flatten)]
    pub policy: Policy,
}

impl Connect {
    /// The configuration of the connector.
    pub fn config(&self) -> ConnectorConfig {
        let location = self.location.as_deref().map(|text| match text.split_once('/') {
            // An address is split by the connector.
            Some((bucket, prefix)) if !text.starts_with(S3) => (bucket, prefix),
            _ => (text, ""),
        });
        ConnectorConfig {
            report_name: self.report.clone(),
            bucket: location.map(|(bucket, _)| bucket.to_owned()),
            prefix: location.map(|(_, prefix)| prefix.to_owned()),
            role_arn: self.role.clone(),
            external_id_env: self.external_id_env.clone(),
            endpoint: self.endpoint.clone(),
            region: self.region.clone(),
            ..ConnectorConfig::default()
        }
    }
}
