//! The definition of the command line.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::Console;
use super::options::{MonthOptions, ReadOptions};
use super::paint::Color;
use super::policy::Policy;
use crate::error::Result;
use crate::fetch::settings::address::split;
use crate::fetch::settings::config::ConnectorConfig;
use crate::fetch::settings::external_id::ExternalId;
use crate::fetch::setup::policy::Capability;
use crate::report::part::BillingPeriod;
use crate::report::source::S3;
use crate::schema::focus::FocusVersion;

/// The examples below the help of the program.
const EXAMPLES: &str = "\
Examples:
  outlay head november/ --columns ServiceName,BilledCost
  outlay normalize november/ --output november.parquet
  outlay help normalize";

/// AWS Cost and Usage Reports in, FOCUS out, with the proof that no row and no cent was lost or counted twice.
#[derive(Debug, Parser)]
#[command(name = "outlay", version, propagate_version = true, after_help = EXAMPLES)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
    /// When to print in colors: auto (on a terminal, unless NO_COLOR is set), always or never.
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t, hide_possible_values = true)]
    pub color: Color,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Normalize(Normalize),
    Head(Head),
    Columns(Columns),
    Plan(PlanArguments),
    Connect(Connect),
    Verify(Verify),
    /// List the months of a report in AWS, with their state and their newest delivery.
    #[command(after_help = "\
Examples:
  outlay periods --report daily
  outlay periods --location bucket/reports/daily --json")]
    Periods(Listing),
    /// List the accounts of a report in AWS: those of the organization, and those in the newest months.
    #[command(after_help = "\
Examples:
  outlay accounts --report daily
  outlay accounts --location bucket/reports/daily --json")]
    Accounts(Listing),
    Policy(Permissions),
    Completion(Completion),
}

/// The reports that a command reads.
#[derive(Args, Debug)]
pub struct Reports {
    /// Files, folders as AWS delivers them, manifests, or an s3:// address; `-` is standard input.
    #[arg(required = true, value_name = "REPORT")]
    pub reports: Vec<PathBuf>,
}

/// The file or the stream that a read is written to.
#[derive(Args, Debug, Default)]
pub struct Output {
    /// The file to write, in the format of its name: .parquet, .csv, .csv.gz, .arrow, .feather or .arrows; `-` is
    /// standard output.
    ///
    /// It is written only if the read is accepted. Until then, what goes to standard output is kept in a temporary file.
    /// With standard output, totals are printed to standard error.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The format of the output, which standard output needs; ndjson, one JSON object for each row, is for standard
    /// output only.
    #[arg(long, value_name = "FORMAT", requires = "output")]
    #[arg(value_parser = PossibleValuesParser::new(["csv", "parquet", "arrow", "arrows", "ndjson"]))]
    pub format: Option<String>,
    /// In CSV, put a `'` before text that a spreadsheet would run as a formula.
    #[arg(long, requires = "output")]
    pub spreadsheet_safe: bool,
    /// Write a folder of Parquet files, one for each combination of values of these columns, in folders like
    /// `ServiceName=AmazonEC2`.
    ///
    /// The output is then the name of the folder. An older one is replaced if outlay wrote it with the same columns. A folder
    /// with other files, or with values that this read does not have, such as another month, is refused.
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', requires = "output")]
    pub partition_by: Vec<String>,
    /// The compression of Parquet. Default: zstd.
    #[arg(long, value_name = "NAME", requires = "output")]
    #[arg(value_parser = PossibleValuesParser::new(["zstd", "snappy", "none"]))]
    pub compression: Option<String>,
    /// The maximum number of rows of a row group of Parquet. Default: 1000000. It also ends at 20 MiB of memory.
    #[arg(long, value_name = "N", requires = "output")]
    pub row_group_rows: Option<usize>,
    #[command(flatten)]
    pub policy: Policy,
}

/// Convert reports to FOCUS, print costs by service, and check the totals.
///
/// The exit status is 0 if the read is proven or partial (with --strict, only if it is proven), else 1.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  outlay normalize november/ --output november.parquet
  outlay normalize november/ --columns ServiceName,BilledCost --output - --format csv | sort
  outlay normalize november/ --output november --partition-by BillingPeriodStart,ServiceName
  zcat november.csv.gz | outlay normalize - --json")]
pub struct Normalize {
    #[command(flatten)]
    pub reports: Reports,
    #[command(flatten)]
    pub output: Output,
    /// Print one JSON object instead of tables.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub options: ReadOptions,
}

/// Print the first rows of a report as a table.
///
/// Only what is needed for these rows is read, so nothing is proven. On a terminal the table has the columns that fit its
/// width.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  outlay head november/
  outlay head november/ --rows 3 --columns ChargePeriodStart,ServiceName,BilledCost")]
pub struct Head {
    #[command(flatten)]
    pub reports: Reports,
    /// The number of rows.
    #[arg(long, short = 'n', value_name = "N", default_value_t = 10)]
    pub rows: usize,
    /// Print a JSON array with an object for each row instead of a table.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub options: ReadOptions,
}

/// Print what each column means, its type, and what it is made of.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  outlay columns BilledCost EffectiveCost
  outlay columns --json")]
pub struct Columns {
    /// The columns; default all.
    #[arg(value_name = "COLUMN")]
    pub columns: Vec<String>,
    /// The version of FOCUS.
    #[arg(long, value_name = "VERSION", default_value_t)]
    pub focus: FocusVersion,
    /// Print a JSON array with an object for each column.
    #[arg(long)]
    pub json: bool,
}

/// Print the parts of a report that would be read, without reading them.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  outlay plan november/
  outlay plan s3://bucket/reports/daily/ --periods 2026-09 --json")]
pub struct PlanArguments {
    #[command(flatten)]
    pub reports: Reports,
    /// Print the plan as JSON, as the libraries read it.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub options: ReadOptions,
}

/// The connection to a report in AWS.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("place").required(true), next_help_heading = "Options of the connector")]
pub struct ConnectorOptions {
    /// The name of the report or export.
    #[arg(long, value_name = "NAME", group = "place")]
    report: Option<String>,
    /// Where the report lies, without looking for its definition: s3://BUCKET/PREFIX, or the same without s3://.
    #[arg(long, value_name = "BUCKET/PREFIX", group = "place")]
    location: Option<String>,
    /// The role to assume; default the caller's own credentials.
    #[arg(long, value_name = "ARN")]
    role: Option<String>,
    /// The environment variable that holds the role's external ID.
    #[arg(long, value_name = "VARIABLE")]
    external_id_env: Option<String>,
    /// The name of the session in CloudTrail; default outlay.
    #[arg(long, value_name = "NAME")]
    session_name: Option<String>,
    /// The endpoint of all services, instead of AWS.
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// Whether the bucket is part of the path; default yes with an endpoint, else no.
    #[arg(long, value_name = "YES|NO", value_parser = yes_or_no)]
    path_style: Option<bool>,
    /// The region of the bucket; default the one in the definition of the report, or of the bucket itself.
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("expected yes or no".to_owned()),
    }
}

impl ConnectorOptions {
    /// The configuration of the connector.
    pub fn config(&self) -> ConnectorConfig {
        let location = self.location.as_deref().map(place);
        ConnectorConfig {
            report_name: self.report.clone(),
            bucket: location.map(|(bucket, _)| bucket.to_owned()),
            prefix: location.map(|(_, prefix)| prefix.to_owned()),
            role_arn: self.role.clone(),
            external_id_env: self.external_id_env.clone(),
            session_name: self.session_name.clone(),
            endpoint: self.endpoint.clone(),
            path_style: self.path_style,
            region: self.region.clone(),
            ..ConnectorConfig::default()
        }
    }
}

/// Splits a location into bucket and prefix: `s3://BUCKET/PREFIX`, or the same without `s3://`.
fn place(location: &str) -> (&str, &str) {
    split(location.strip_prefix(S3).unwrap_or(location))
}

/// Whether Cost Explorer is asked, which costs money.
#[derive(Args, Clone, Copy, Debug)]
pub struct CostExplorer {
    /// Also check that Cost Explorer answers, with one request, for which AWS charges 0.01 USD.
    ///
    /// Without this option, the question is put on a terminal, and elsewhere the check is skipped.
    #[arg(long, conflicts_with = "no_cost_explorer")]
    cost_explorer: bool,
    /// Skip the check of Cost Explorer without a question.
    #[arg(long)]
    no_cost_explorer: bool,
}

impl CostExplorer {
    /// Returns whether Cost Explorer is asked. Without an option, asks on the console.
    pub fn is_wanted(self, console: &mut dyn Console) -> bool {
        const QUESTION: &str = "Check that Cost Explorer answers? AWS charges 0.01 USD for the request.";
        self.cost_explorer || !self.no_cost_explorer && console.confirm(QUESTION).unwrap_or(false)
    }
}

/// Read a report where AWS delivers it: check the set-up, list accounts and months, read one month.
///
/// Credentials are found as in the AWS CLI. The exit status is 0 if the set-up is ready and the read is proven or partial (with
/// --strict, only if it is proven), else 1.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  outlay connect --report daily --role arn:aws:iam::123456789012:role/outlay --external-id-env EXTERNAL_ID
  outlay connect --location bucket/reports/daily --period 2026-09 --output september.parquet")]
pub struct Connect {
    /// The month to read; default the newest that is delivered.
    #[arg(long, value_name = "YYYY-MM")]
    pub period: Option<BillingPeriod>,
    #[command(flatten)]
    pub output: Output,
    #[command(flatten)]
    pub cost_explorer: CostExplorer,
    #[command(flatten)]
    pub connector: ConnectorOptions,
    #[command(flatten)]
    pub options: MonthOptions,
}

/// Check everything that reading a report in AWS needs, and say what to change.
///
/// The exit status is 0 if the report can be read, else 1.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  outlay verify --report daily --role arn:aws:iam::123456789012:role/outlay --external-id-env EXTERNAL_ID
  outlay verify --location bucket/reports/daily --no-cost-explorer --json")]
pub struct Verify {
    /// Print one JSON object instead of a table.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub cost_explorer: CostExplorer,
    #[command(flatten)]
    pub connector: ConnectorOptions,
}

/// The arguments of `periods` and `accounts`.
#[derive(Args, Debug)]
pub struct Listing {
    /// Print JSON instead of a table.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub connector: ConnectorOptions,
}

/// A document that gives a role the permissions to read a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Document {
    /// The permission policy of the role, as JSON.
    Permission,
    /// The trust policy of the role, as JSON.
    Trust,
    /// A CloudFormation template that creates the role.
    Cloudformation,
    /// A Terraform file that creates the role.
    Terraform,
}

/// Print a policy or a template for the role that reads a report, with the least permissions.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  outlay policy permission --location bucket/reports/daily --features read,find
  outlay policy trust --location bucket/reports/daily --trusted 210987654321 --external-id-env EXTERNAL_ID
  outlay policy terraform --location bucket/reports/daily --trusted 210987654321 > role.tf")]
pub struct Permissions {
    /// The document.
    #[arg(value_enum)]
    pub document: Document,
    /// Where the report lies.
    #[arg(long, value_name = "BUCKET/PREFIX")]
    location: String,
    /// The account, role or user that may assume the role: 12 digits or an ARN.
    #[arg(long, value_name = "ACCOUNT|ARN")]
    #[arg(required_if_eq_any([("document", "trust"), ("document", "cloudformation"), ("document", "terraform")]))]
    pub trusted: Option<String>,
    /// The environment variable that holds the external ID; the templates have a parameter for it instead.
    #[arg(long, value_name = "VARIABLE", required_if_eq("document", "trust"))]
    external_id_env: Option<String>,
    /// What the role may do.
    #[arg(long, value_name = "A,B", value_delimiter = ',', default_value = "read,find,discover,reconcile")]
    pub features: Vec<Capability>,
    /// The partition of AWS: aws, aws-cn or aws-us-gov.
    #[arg(long, value_name = "NAME", default_value = "aws")]
    pub partition: String,
    /// The key of KMS that encrypts the bucket, if there is one.
    #[arg(long, value_name = "ARN")]
    pub kms_key: Option<String>,
}

impl Permissions {
    /// Returns bucket and prefix.
    pub fn place(&self) -> (&str, &str) {
        place(&self.location)
    }

    /// Returns the external ID from the environment.
    pub fn external_id(&self) -> Result<ExternalId> {
        ExternalId::from_env(self.external_id_env.as_deref().unwrap_or_default())
    }
}

/// Print the completion of this command for a shell.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  bash:        outlay completion bash > ~/.local/share/bash-completion/completions/outlay
  zsh:         outlay completion zsh > a folder of $fpath, as _outlay
  fish:        outlay completion fish > ~/.config/fish/completions/outlay.fish
  PowerShell:  outlay completion powershell >> $PROFILE")]
pub struct Completion {
    /// The shell.
    #[arg(value_enum)]
    pub shell: Shell,
}
