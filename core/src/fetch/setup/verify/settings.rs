//! Checks of the report's definition.

use crate::fetch::find::catalog::{ReportDefinition, ReportKind};
use crate::fetch::setup::diagnosis::{Diagnosis, Verdict};

/// Adds findings about settings that should be changed.
pub(super) fn defined(definition: &ReportDefinition, diagnosis: &mut Diagnosis) {
    diagnosis.pass("report_definition", definition.describe());
    let edit = match definition.is_export() {
        true => "edit the export in Billing and Cost Management > Data Exports",
        false => "edit the report in Billing and Cost Management > Cost & Usage Reports",
    };
    match &definition.kind {
        ReportKind::Table(table) => {
            let seen = format!("it is an export of {table}, which this version does not read");
            let fix = "name a report, or an export of COST_AND_USAGE_REPORT".to_owned();
            diagnosis.add("report_kind", Verdict::Failed, seen, Some(fix));
        }
        ReportKind::Legacy => diagnosis.pass("report_kind", "a Cost and Usage Report"),
        ReportKind::Cur2 => diagnosis.pass("report_kind", "an export of COST_AND_USAGE_REPORT"),
    }
    let is_readable = matches!(definition.format.as_str(), "textORcsv" | "TEXT_OR_CSV")
        && matches!(definition.compression.as_str(), "GZIP" | "ZIP");
    let seen = format!("{} with {}", definition.format, definition.compression);
    match is_readable {
        true => diagnosis.pass("report_format", seen),
        false => {
            let fix = format!("choose CSV with GZIP, which is what this version reads: {edit}");
            diagnosis.add("report_format", Verdict::Failed, seen, Some(fix));
        }
    }
    let mut check = |code, holds: bool, seen: &str, lacks: &str, fix: &str| match holds {
        true => diagnosis.pass(code, seen),
        false => diagnosis.add(code, Verdict::Warning, lacks, Some(format!("{fix}: {edit}"))),
    };
    check(
        "resource_ids",
        definition.has_resource_ids,
        "rows name their resources",
        "rows do not name their resources: ResourceId, ResourceName and ResourceType will be empty",
        "include resource IDs",
    );
    check(
        "hourly",
        definition.time_unit.as_deref() == Some("HOURLY"),
        "rows are hourly",
        "rows are not hourly: unused commitment is only known by the day or month",
        "choose hourly time granularity",
    );
    check(
        "refresh",
        definition.refreshes_closed,
        "closed months are delivered again when they change",
        "closed months are not delivered again: refunds and credits after the invoice are missing",
        "turn on the refresh of closed months",
    );
    check(
        "versioning",
        !definition.overwrites,
        "each delivery has a folder of its own",
        "each delivery overwrites the one before, so a read that overlaps a new one has to restart",
        "choose to create new report versions",
    );
    if definition.roots().len() > 1 {
        let seen = "it has no prefix, so the role cannot be limited to it unless the bucket has nothing else";
        let fix = format!("set a prefix for the report: {edit}");
        diagnosis.add("prefix", Verdict::Warning, seen, Some(fix));
    } else {
        diagnosis.pass("prefix", definition.prefix.clone());
    }
    if let Some(status) = definition.status.as_deref().filter(|status| !matches!(*status, "SUCCESS" | "HEALTHY")) {
        let reason = definition.status_reason.as_deref();
        let fix = match reason.unwrap_or(status) {
            "ERROR_NO_BUCKET" => "create the bucket again, or set another one in the report's definition",
            "BILL_OWNER_CHANGED" => "create the export again: the paying account has changed",
            "INTERNAL_FAILURE" => "wait for the next delivery; the failure is AWS's own",
            _ => {
                "let the bucket's policy allow billingreports.amazonaws.com and bcm-data-exports.amazonaws.com to write"
            }
        };
        let because = reason.map(|reason| format!(", {reason}")).unwrap_or_default();
        let seen = format!("the last delivery failed: {status}{because}; earlier deliveries can be read");
        diagnosis.add("delivery_status", Verdict::Warning, seen, Some(fix.to_owned()));
    }
}
