//! Report definitions and data exports of accounts.

use std::time::SystemTime;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::access::check;
use crate::answer::Answer;
use crate::call::{Call, Service};
use crate::identity::Identity;
use crate::pages::{page, with_token};
use crate::refusal::{Reason, Refusal};
use crate::time::iso;
use crate::world::World;

/// A definition of a legacy report, with the members of AWS's API. Its JSON form also has an `account`.
#[derive(Debug, Clone, Deserialize)]
pub struct Report {
    account: String,
    #[serde(flatten)]
    members: serde_json::Map<String, Value>,
}

/// A data export, with the members of AWS's API. Its JSON form also has an `account` and `Executions`.
#[derive(Debug, Clone, Deserialize)]
pub struct Export {
    account: String,
    #[serde(default, rename = "Executions")]
    executions: Vec<Value>,
    #[serde(flatten)]
    members: serde_json::Map<String, Value>,
}

impl Report {
    /// Creates an hourly report with resource ids as gzip CSV. Deliveries do not overwrite earlier ones. The last one was about two
    /// hours ago. The prefix has no trailing slash.
    pub fn new(account: &str, name: &str, bucket: &str, prefix: &str) -> Self {
        let members = json!({
            "ReportName": name, "TimeUnit": "HOURLY", "Format": "textORcsv", "Compression": "GZIP",
            "AdditionalSchemaElements": ["RESOURCES"], "S3Bucket": bucket, "S3Prefix": prefix, "S3Region": "us-east-1",
            "AdditionalArtifacts": [], "RefreshClosedReports": true, "ReportVersioning": "CREATE_NEW_REPORT",
            "ReportStatus": {"lastStatus": "SUCCESS"},
        });
        Self { account: account.to_owned(), members: members.as_object().cloned().unwrap_or_default() }
    }

    /// Sets a member, by its name in AWS's API. Null removes it.
    #[must_use]
    pub fn set(mut self, member: &str, value: impl Into<Value>) -> Self {
        set(&mut self.members, &[member], value.into());
        self
    }
}

impl Export {
    /// Creates a healthy hourly CUR 2.0 export with resource ids as gzip CSV. Deliveries do not overwrite earlier ones. The prefix
    /// has no trailing slash.
    pub fn new(account: &str, name: &str, bucket: &str, prefix: &str) -> Self {
        let arn =
            format!("arn:aws:bcm-data-exports:us-east-1:{account}:export/{name}-0e818247-0000-4000-8000-000000000000");
        let members = json!({
            "ExportArn": arn, "Name": name, "Description": "",
            "DataQuery": {
                "QueryStatement": "SELECT identity_line_item_id, line_item_unblended_cost FROM COST_AND_USAGE_REPORT",
                "TableConfigurations": {"COST_AND_USAGE_REPORT": {
                    "TIME_GRANULARITY": "HOURLY", "INCLUDE_RESOURCES": "TRUE",
                    "INCLUDE_SPLIT_COST_ALLOCATION_DATA": "FALSE", "INCLUDE_MANUAL_DISCOUNT_COMPATIBILITY": "FALSE",
                }},
            },
            "DestinationConfigurations": {"S3Destination": {
                "S3Bucket": bucket, "S3Prefix": prefix, "S3Region": "us-east-1",
                "S3OutputConfigurations": {
                    "OutputType": "CUSTOM", "Format": "TEXT_OR_CSV", "Compression": "GZIP", "Overwrite": "CREATE_NEW_REPORT",
                },
            }},
            "RefreshCadence": {"Frequency": "SYNCHRONOUS"},
            "ExportStatus": {"StatusCode": "HEALTHY", "CreatedAt": "2023-01-01T00:00:00Z"},
        });
        let members = members.as_object().cloned().unwrap_or_default();
        Self { account: account.to_owned(), executions: Vec::new(), members }
    }

    /// Sets a member, by its path in AWS's API, with dots between the names. Null removes it. For example
    /// `DestinationConfigurations.S3Destination.S3OutputConfigurations.Format`.
    #[must_use]
    pub fn set(mut self, members: &str, value: impl Into<Value>) -> Self {
        set(&mut self.members, &members.split('.').collect::<Vec<_>>(), value.into());
        self
    }

    /// Sets the creation time. The default is the beginning of 2023.
    #[must_use]
    pub fn created(self, at: SystemTime) -> Self {
        self.set("ExportStatus.CreatedAt", iso(at))
    }

    /// Adds an execution with a status code and times as in AWS's API. The newest execution comes first.
    #[must_use]
    pub fn execution(mut self, id: &str, status: &str, completed: &str) -> Self {
        let mut status = json!({"StatusCode": status, "CreatedAt": completed, "LastUpdatedAt": completed});
        if status["StatusCode"] == "DELIVERY_SUCCESS" {
            status["CompletedAt"] = completed.into();
        }
        self.executions.insert(0, json!({"ExecutionId": id, "ExecutionStatus": status}));
        self
    }

    fn arn(&self) -> Option<&str> {
        self.members.get("ExportArn").and_then(Value::as_str)
    }

    /// Returns the export without its status, which is a separate member in responses.
    fn body(&self) -> Value {
        let mut members = self.members.clone();
        members.remove("ExportStatus");
        Value::Object(members)
    }
}

fn set(members: &mut serde_json::Map<String, Value>, path: &[&str], value: Value) {
    match path {
        [] => {}
        [name] if value.is_null() => {
            members.remove(*name);
        }
        [name] => {
            members.insert((*name).to_owned(), value);
        }
        [name, rest @ ..] => {
            let inner = members.entry(*name).or_insert_with(|| json!({}));
            if let Some(inner) = inner.as_object_mut() {
                set(inner, rest, value);
            }
        }
    }
}

/// The size of a page of report definitions. AWS allows no other size.
const DEFINITIONS: usize = 5;

/// Handles a request to the service of legacy reports.
pub(crate) fn reports(world: &World, identity: &Identity, call: &Call) -> Result<Answer, Refusal> {
    if call.operation != "DescribeReportDefinitions" {
        return Err(Refusal::because(Service::Reports, Reason::NotPlayed));
    }
    check(world, identity, call)?;
    if call.json.get("MaxResults").is_some_and(|count| count != DEFINITIONS) {
        return Err(Refusal::new(400, "ValidationException", "MaxResults is 5, and nothing else"));
    }
    let own: Vec<_> = world.reports.iter().filter(|report| report.account == identity.account).collect();
    let (found, next) = page(&own, DEFINITIONS, call.member("NextToken"), "ValidationException")?;
    let found: Vec<_> = found.into_iter().map(|report| Value::Object(report.members.clone())).collect();
    Ok(Answer::json(&with_token(json!({"ReportDefinitions": found}), "NextToken", next)))
}

/// Handles a request to the service of data exports.
pub(crate) fn exports(world: &World, identity: &Identity, call: &Call) -> Result<Answer, Refusal> {
    if !["ListExports", "GetExport", "ListExecutions"].contains(&call.operation.as_str()) {
        return Err(Refusal::because(Service::Exports, Reason::NotPlayed));
    }
    check(world, identity, call)?;
    let own: Vec<_> = world.exports.iter().filter(|export| export.account == identity.account).collect();
    let asked = call.json.get("MaxResults").and_then(Value::as_u64).and_then(|count| usize::try_from(count).ok());
    let count = asked.map_or(world.exports_page, |asked| asked.min(world.exports_page));
    let token = call.member("NextToken");
    if call.operation == "ListExports" {
        let (found, next) = page(&own, count, token, "ValidationException")?;
        let reference = |export: &Export| {
            let member = |name: &str| export.members.get(name).cloned().unwrap_or_default();
            json!({"ExportArn": member("ExportArn"), "ExportName": member("Name"), "ExportStatus": member("ExportStatus")})
        };
        let found: Vec<_> = found.into_iter().map(reference).collect();
        return Ok(Answer::json(&with_token(json!({"Exports": found}), "NextToken", next)));
    }
    let arn =
        call.member("ExportArn").ok_or_else(|| Refusal::new(400, "ValidationException", "ExportArn is missing"))?;
    let export = own
        .into_iter()
        .find(|export| export.arn() == Some(arn))
        .ok_or_else(|| Refusal::new(400, "ResourceNotFoundException", format!("Resource {arn} does not exist.")))?;
    if call.operation == "GetExport" {
        let status = export.members.get("ExportStatus").cloned().unwrap_or_default();
        return Ok(Answer::json(&json!({"Export": export.body(), "ExportStatus": status})));
    }
    let (found, next) = page(&export.executions, count, token, "ValidationException")?;
    Ok(Answer::json(&with_token(json!({"Executions": found}), "NextToken", next)))
}
