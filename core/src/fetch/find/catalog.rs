//! The reports and exports of an account, and their definitions.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, clip_name};
use crate::fetch::aws::clients::AwsCaller;
use crate::fetch::aws::failure::{Failure, is_refused};
use crate::fetch::aws::runtime::Task;
use crate::value::near::nearest;
use crate::value::timestamp::Timestamp;

/// Maximum number of pages in a list. AWS returns five or more definitions per page.
const MOST_PAGES: usize = 1_000;

/// The definition of a report or an export.
///
/// AWS: `ReportDefinition` of the Cost and Usage Report API, `Export` of the Data Exports API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReportDefinition {
    /// The name.
    pub name: String,
    /// The table that is delivered.
    pub kind: ReportKind,
    /// The bucket to which it is delivered.
    pub bucket: String,
    /// The configured prefix, without the name.
    pub prefix: String,
    /// The region of the bucket.
    pub region: String,
    /// `textORcsv` or `Parquet`, as in the API.
    pub format: String,
    /// `GZIP`, `ZIP` or `Parquet`.
    pub compression: String,
    /// `HOURLY`, `DAILY` or `MONTHLY`.
    pub time_unit: Option<String>,
    /// Whether rows have resource ids.
    pub has_resource_ids: bool,
    /// Whether each delivery overwrites the previous one.
    pub overwrites: bool,
    /// Whether closed months are delivered again for refunds and credits. Always true for exports.
    pub refreshes_closed: bool,
    /// The ARN of an export.
    pub arn: Option<String>,
    /// When an export was created. `None` for legacy reports.
    pub created: Option<Timestamp>,
    /// The status of the last delivery: `SUCCESS`, `ERROR_PERMISSIONS`, `HEALTHY`, `UNHEALTHY`.
    pub status: Option<String>,
    /// Why an export is unhealthy, as in the API: `INSUFFICIENT_PERMISSION`, `BILL_OWNER_CHANGED`, `INTERNAL_FAILURE`.
    pub status_reason: Option<String>,
    /// When it was last delivered.
    pub last_delivery: Option<Timestamp>,
}

/// The table of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum ReportKind {
    /// The legacy Cost and Usage Report, before Data Exports.
    Legacy,
    /// `COST_AND_USAGE_REPORT` of Data Exports.
    Cur2,
    /// Another table of Data Exports: `FOCUS_1_2_AWS`, `CARBON_EMISSIONS`.
    Table(String),
}

impl ReportDefinition {
    /// Returns the possible prefixes of all keys of the report.
    ///
    /// Keys of old definitions without a prefix begin with a slash, those of new ones do not.
    pub(crate) fn roots(&self) -> Vec<String> {
        let (prefix, name) = (self.prefix.trim_end_matches('/'), &self.name);
        if prefix.is_empty() {
            vec![format!("{name}/"), format!("/{name}/")]
        } else {
            vec![format!("{prefix}/{name}/")]
        }
    }

    /// Returns whether all keys are below a prefix, which must end at a folder.
    fn is_below(&self, prefix: &str) -> bool {
        let prefix = prefix.trim_end_matches('/');
        let is_folder = |root: &String| root.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/'));
        prefix.is_empty() || self.roots().iter().any(is_folder)
    }

    pub(crate) fn is_export(&self) -> bool {
        self.kind != ReportKind::Legacy
    }

    /// Returns a description for a choice among several definitions.
    pub(crate) fn describe(&self) -> String {
        let kind = match &self.kind {
            ReportKind::Legacy => "legacy report",
            ReportKind::Cur2 => "CUR 2.0 export",
            ReportKind::Table(table) => {
                return format!("{} (export of {table}, s3://{}/{})", self.name, self.bucket, self.prefix);
            }
        };
        format!("{} ({kind}, s3://{}/{})", self.name, self.bucket, self.prefix)
    }
}

/// The definitions of legacy reports and exports, or the errors of listing them.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    definitions: Vec<ReportDefinition>,
    reports_failure: Option<Error>,
    exports_failure: Option<Error>,
}

/// Lists the legacy reports of the account.
async fn reports(caller: &Arc<AwsCaller>) -> Result<Vec<ReportDefinition>> {
    let error = |failure: Failure| failure.into_error("cur:DescribeReportDefinitions", "report definitions");
    let (mut definitions, mut token) = (Vec::new(), None::<String>);
    for number in 0.. {
        if number == MOST_PAGES {
            return Err(error(Failure::endless()));
        }
        let page = caller.call(|clients| {
            let request = clients.reports().describe_report_definitions();
            request.set_next_token(token.clone()).send()
        });
        let page = page.await.map_err(error)?;
        for report in page.report_definitions() {
            let elements = report.additional_schema_elements();
            definitions.push(ReportDefinition {
                name: report.report_name().to_owned(),
                kind: ReportKind::Legacy,
                bucket: report.s3_bucket().to_owned(),
                prefix: report.s3_prefix().to_owned(),
                region: report.s3_region().as_str().to_owned(),
                format: report.format().as_str().to_owned(),
                compression: report.compression().as_str().to_owned(),
                time_unit: Some(report.time_unit().as_str().to_owned()),
                has_resource_ids: elements.iter().any(|element| element.as_str() == "RESOURCES"),
                overwrites: report
                    .report_versioning()
                    .is_some_and(|versioning| versioning.as_str() == "OVERWRITE_REPORT"),
                refreshes_closed: report.refresh_closed_reports() == Some(true),
                arn: None,
                created: None,
                status: report
                    .report_status()
                    .and_then(|status| status.last_status())
                    .map(|status| status.as_str().to_owned()),
                status_reason: None,
                last_delivery: report.report_status().and_then(|status| status.last_delivery()?.parse().ok()),
            });
        }
        token = page.next_token().map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    Ok(definitions)
}

/// Lists the exports of the account, with their definitions.
async fn exports(caller: &Arc<AwsCaller>, named: Option<&str>) -> Result<Vec<ReportDefinition>> {
    let error = |failure: Failure| failure.into_error("bcm-data-exports:ListExports", "data exports");
    let (mut arns, mut token) = (Vec::new(), None::<String>);
    for number in 0.. {
        if number == MOST_PAGES {
            return Err(error(Failure::endless()));
        }
        let page = caller.call(|clients| {
            let request = clients.exports().list_exports();
            request.set_next_token(token.clone()).send()
        });
        let page = page.await.map_err(error)?;
        let wanted = page.exports().iter().filter(|export| named.is_none_or(|name| export.export_name() == name));
        arns.extend(wanted.map(|export| export.export_arn().to_owned()));
        token = page.next_token().map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    let mut definitions = Vec::new();
    for arn in arns {
        let answer = match caller.call(|clients| clients.exports().get_export().export_arn(&arn).send()).await {
            // The export was deleted after it was listed.
            Err(failure) if failure.code.as_deref() == Some("ResourceNotFoundException") => continue,
            answer => answer.map_err(|failure| failure.into_error("bcm-data-exports:GetExport", &arn))?,
        };
        let Some(export) = answer.export() else { continue };
        let Some(to) = export.destination_configurations().and_then(|to| to.s3_destination()) else { continue };
        let statement = export.data_query().map(|query| query.query_statement()).unwrap_or_default();
        let table = table_of(statement);
        let settings = export.data_query().and_then(|query| query.table_configurations());
        let settings: BTreeMap<&str, &str> = settings
            .into_iter()
            .flatten()
            .flat_map(|(_, properties)| properties)
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let outputs = to.s3_output_configurations();
        let status = answer.export_status();
        definitions.push(ReportDefinition {
            name: export.name().to_owned(),
            kind: match table.as_deref() {
                Some("COST_AND_USAGE_REPORT") => ReportKind::Cur2,
                table => ReportKind::Table(table.unwrap_or("an unknown table").to_owned()),
            },
            bucket: to.s3_bucket().to_owned(),
            prefix: to.s3_prefix().to_owned(),
            region: to.s3_region().to_owned(),
            format: outputs.map(|outputs| outputs.format().as_str().to_owned()).unwrap_or_default(),
            compression: outputs.map(|outputs| outputs.compression().as_str().to_owned()).unwrap_or_default(),
            time_unit: settings.get("TIME_GRANULARITY").map(|&unit| unit.to_owned()),
            has_resource_ids: settings.get("INCLUDE_RESOURCES").is_some_and(|value| value.eq_ignore_ascii_case("true")),
            overwrites: outputs.is_some_and(|outputs| outputs.overwrite().as_str() == "OVERWRITE_REPORT"),
            refreshes_closed: true,
            arn: Some(arn),
            created: status.and_then(|status| Timestamp::from_secs(status.created_at()?.secs())),
            status: status.and_then(|status| status.status_code()).map(|code| code.as_str().to_owned()),
            status_reason: status.and_then(|status| status.status_reason()).map(|reason| reason.as_str().to_owned()),
            last_delivery: status.and_then(|status| Timestamp::from_secs(status.last_refreshed_at()?.secs())),
        });
    }
    Ok(definitions)
}

/// Lists both. If one of them fails, the other is still listed.
pub(crate) async fn all(caller: &Arc<AwsCaller>, named: Option<&str>) -> Catalog {
    let mut catalog = Catalog::default();
    // Both are asked at the same time, so that services that do not answer take the time of one.
    let (asked, name) = (Arc::clone(caller), named.map(str::to_owned));
    let exports = Task::spawn(async move { exports(&asked, name.as_deref()).await });
    match reports(caller).await {
        Ok(definitions) => catalog.definitions.extend(definitions),
        // Without credentials, or where nothing listens, the second request would fail as well.
        Err(failure) if matches!(failure, Error::Credentials { .. }) || is_refused(&failure) => {
            return Catalog { reports_failure: Some(failure), ..catalog };
        }
        Err(failure) => catalog.reports_failure = Some(failure),
    }
    match exports.await {
        Ok(definitions) => catalog.definitions.extend(definitions),
        Err(failure) => catalog.exports_failure = Some(failure),
    }
    catalog
}

impl Catalog {
    /// Returns all definitions. If only one of the two lists was denied, returns the other.
    pub(crate) fn list(self) -> Result<Vec<ReportDefinition>> {
        match (self.reports_failure, self.exports_failure) {
            (Some(failure), Some(_)) => Err(failure),
            (Some(failure), None) | (None, Some(failure)) if !matches!(failure, Error::Denied { .. }) => Err(failure),
            _ => Ok(self.definitions),
        }
    }

    /// Returns the only definition with a name, and with a bucket and prefix if given.
    pub(crate) fn find(self, name: &str, bucket: Option<&str>, prefix: Option<&str>) -> Result<ReportDefinition> {
        let is_below = |definition: &ReportDefinition| {
            bucket.is_none_or(|bucket| definition.bucket == bucket)
                && prefix.is_none_or(|prefix| definition.is_below(prefix))
        };
        let others: Vec<String> = self.definitions.iter().map(ReportDefinition::describe).collect();
        let names: Vec<String> = self.definitions.iter().map(|definition| definition.name.clone()).collect();
        let mut found: Vec<ReportDefinition> =
            self.definitions.into_iter().filter(|definition| definition.name == name && is_below(definition)).collect();
        let first = found.pop();
        match first {
            Some(definition) if found.is_empty() => Ok(definition),
            Some(last) => Err(Error::NoReport {
                reason: format!("`{name}` is the name of several reports; set the bucket and prefix of one of them"),
                candidates: found.iter().chain([&last]).map(ReportDefinition::describe).collect(),
            }),
            None => match (self.reports_failure, self.exports_failure) {
                // A list that failed may have the definition.
                (Some(failure), _) | (None, Some(failure)) => Err(failure),
                (None, None) => {
                    let mut reason = format!("the account has no report or export `{name}`");
                    if let Some(near) = nearest(name, names.iter().map(String::as_str), 1).first() {
                        reason.push_str(&format!(" (did you mean `{}`?)", clip_name(near)));
                    }
                    if !others.is_empty() {
                        reason.push_str("; it has");
                    }
                    Err(Error::NoReport { reason, candidates: others })
                }
            },
        }
    }
}

/// Returns the table of an export, which is only in its SQL.
fn table_of(statement: &str) -> Option<String> {
    let mut words =
        statement.split(|c: char| c.is_whitespace() || c == ',' || c == ';').filter(|word| !word.is_empty());
    words.find(|word| word.eq_ignore_ascii_case("from"))?;
    words.next().map(|table| table.trim_matches(['"', '`']).to_uppercase())
}
