//! Diagnoses of set-ups.

use outlay::{Verdict, block_on};
use std::time::{Duration, SystemTime};

use outlay_cloud::{Bucket, Cloud, Export, Fault, Report, Role};

use crate::support::{BUCKET, PAYER, ROLE, builder, connector, world, world_with};

#[test]
fn a_set_up_that_is_right_passes() {
    let cloud = Cloud::start(world()).unwrap();
    let connector = connector(&cloud);
    let diagnosis = block_on(connector.verify());
    assert!(diagnosis.is_ready(), "{diagnosis}");
    let passed = [
        "credentials",
        "assume_role",
        "external_id",
        "report_definition",
        "report_format",
        "bucket_region",
        "ownership",
        "list",
        "manifest",
        "get",
        "organizations",
    ];
    for code in passed {
        assert_eq!(diagnosis.finding(code).unwrap().verdict, Verdict::Passed, "{code}\n{diagnosis}");
    }
    assert_eq!(block_on(connector.verify()), diagnosis, "it can be asked again");
    let asked = cloud.requests();
    let writes =
        asked.iter().find(|request| ["Put", "Delete", "Create"].iter().any(|verb| request.operation.starts_with(verb)));
    assert_eq!(writes, None, "nothing is changed by it");
    let json = serde_json::to_value(&diagnosis).unwrap();
    assert_eq!(json["findings"][0]["code"], "credentials");
    assert_eq!(json["findings"][0]["verdict"], "passed");
}

#[test]
fn no_request_that_costs_money_is_sent_unless_it_is_wanted() {
    let cloud = Cloud::start(world()).unwrap();
    let diagnosis = block_on(connector(&cloud).verify_without_cost_explorer());
    assert!(diagnosis.is_ready());
    assert_eq!(diagnosis.finding("cost_explorer").unwrap().verdict, Verdict::Skipped);
    assert!(cloud.requests().iter().all(|request| request.operation != "GetCostAndUsage"));
}

#[test]
fn each_right_that_is_missing_is_named_with_its_statement() {
    #[rustfmt::skip]
    let cases = [
        ("AssumeRole",                "assume_role",       Verdict::Failed,  "sts:ExternalId"),
        ("DescribeReportDefinitions", "report_definition", Verdict::Failed,  "cur:DescribeReportDefinitions"),
        ("ListObjectsV2",             "list",              Verdict::Failed,  "s3:ListBucket"),
        ("GetObject",                 "get",               Verdict::Failed,  "s3:GetObject"),
        ("ListAccounts",              "organizations",     Verdict::Warning, "organizations:ListAccounts"),
        ("GetCostAndUsage",           "cost_explorer",     Verdict::Warning, "ce:GetCostAndUsage"),
    ];
    for (operation, code, verdict, fix) in cases {
        let cloud = Cloud::start(world()).unwrap();
        cloud.fault(Fault::denied().on(operation).always());
        let diagnosis = block_on(connector(&cloud).verify());
        let finding = diagnosis.finding(code).unwrap_or_else(|| panic!("{operation}\n{diagnosis}"));
        assert_eq!(finding.verdict, verdict, "{operation}\n{diagnosis}");
        assert!(finding.fix.as_ref().is_some_and(|text| text.contains(fix)), "{operation}\n{diagnosis}");
    }
    for operation in ["ListExports", "GetExport"] {
        let cloud = Cloud::start(world().export(Export::new(PAYER, "export", BUCKET, "exports"))).unwrap();
        cloud.fault(Fault::denied().on(operation).always());
        let diagnosis = block_on(builder(&cloud).report_name("export").build().unwrap().verify());
        let finding = diagnosis.finding("report_definition").unwrap();
        assert_eq!(finding.verdict, Verdict::Failed, "{operation}\n{diagnosis}");
        assert!(finding.fix.as_ref().is_some_and(|text| text.contains("bcm-data-exports:GetExport")), "{diagnosis}");
    }
}

#[test]
fn a_role_that_anybody_may_have_is_a_warning() {
    let cloud = Cloud::start(world_with(Role::new(ROLE))).unwrap();
    let diagnosis = block_on(connector(&cloud).verify());
    assert_eq!(diagnosis.finding("external_id").unwrap().verdict, Verdict::Warning, "{diagnosis}");
    assert!(diagnosis.to_string().contains("confused deputy"), "{diagnosis}");
    assert!(diagnosis.is_ready());
}

#[test]
fn a_definition_is_judged_setting_by_setting() {
    let poor = Report::new(PAYER, "poor", BUCKET, "reports")
        .set("TimeUnit", "DAILY")
        .set("AdditionalSchemaElements", Vec::<String>::new())
        .set("RefreshClosedReports", false)
        .set("ReportVersioning", "OVERWRITE_REPORT");
    let cloud = Cloud::start(world().report(poor)).unwrap();
    let diagnosis = block_on(builder(&cloud).report_name("poor").build().unwrap().verify());
    for code in ["resource_ids", "hourly", "refresh", "versioning"] {
        let finding = diagnosis.finding(code).unwrap();
        assert_eq!(finding.verdict, Verdict::Warning, "{code}\n{diagnosis}");
        assert!(finding.fix.is_some(), "{code}");
    }
    assert_eq!(
        diagnosis.finding("manifest").unwrap().verdict,
        Verdict::Warning,
        "nothing is delivered yet\n{diagnosis}"
    );
}

#[test]
fn what_cannot_be_read_is_not_ready() {
    let parquet =
        Report::new(PAYER, "columnar", BUCKET, "reports").set("Format", "Parquet").set("Compression", "Parquet");
    let focus = Export::new(PAYER, "focus", BUCKET, "exports")
        .set("DataQuery.QueryStatement", "SELECT BilledCost FROM FOCUS_1_2_AWS");
    let cloud = Cloud::start(world().report(parquet).export(focus)).unwrap();
    for (name, code) in [("columnar", "report_format"), ("focus", "report_kind")] {
        let diagnosis = block_on(builder(&cloud).report_name(name).build().unwrap().verify());
        assert_eq!(diagnosis.finding(code).unwrap().verdict, Verdict::Failed, "{diagnosis}");
        assert!(!diagnosis.is_ready());
    }
}

#[test]
fn keys_and_owners_and_age_are_looked_at() {
    let cloud = Cloud::start(world()).unwrap();
    cloud.fault(Fault::kms_denied().on("GetObject").key("*.csv.gz").always());
    let diagnosis = block_on(connector(&cloud).verify());
    let finding = diagnosis.finding("kms").unwrap();
    assert_eq!(finding.verdict, Verdict::Failed, "{diagnosis}");
    assert!(finding.fix.as_deref().unwrap().contains("kms:Decrypt"), "{diagnosis}");
    let elsewhere = Bucket::new(BUCKET).owner("000000000001");
    let days_ago = SystemTime::now() - Duration::from_secs(3 * 86_400);
    let elsewhere = elsewhere.delivery("reports/daily/", crate::support::folder(), days_ago).unwrap();
    let cloud = Cloud::start(world().bucket(elsewhere)).unwrap();
    let diagnosis = block_on(connector(&cloud).verify());
    for code in ["ownership", "freshness"] {
        assert_eq!(diagnosis.finding(code).unwrap().verdict, Verdict::Warning, "{code}\n{diagnosis}");
    }
    assert!(diagnosis.is_ready());
}

#[test]
fn what_depends_on_a_failure_is_skipped() {
    let cloud = Cloud::start(world()).unwrap();
    let stranger =
        outlay::Connector::builder().endpoint(cloud.endpoint()).access_key("AKIASTRANGER00000000", "secret", None);
    let diagnosis = block_on(stranger.role_arn(ROLE).report_name("daily").build().unwrap().verify());
    assert_eq!(diagnosis.finding("credentials").unwrap().verdict, Verdict::Failed, "{diagnosis}");
    assert!(diagnosis.findings.iter().skip(1).all(|finding| finding.verdict == Verdict::Skipped), "{diagnosis}");
    assert!(!diagnosis.is_ready());
}

/// If the report name is not found, bucket and prefix are used, and the diagnosis has a warning with the reason.
#[test]
fn a_definition_that_is_not_found_is_a_warning_with_a_location() {
    #[rustfmt::skip]
    let cases = [
        ("denied",     "daily", Some(Fault::denied()),   "cur:DescribeReportDefinitions", true),
        ("misspelled", "dayly", None,                    "dayly",                         false),
    ];
    for (name, report, fault, says, has_fix) in cases {
        let cloud = Cloud::start(world()).unwrap();
        if let Some(fault) = fault {
            cloud.fault(fault.on("DescribeReportDefinitions").always());
        }
        let placed = builder(&cloud).report_name(report).location(BUCKET, "reports").build().unwrap();
        let diagnosis = block_on(placed.verify());
        let finding = diagnosis.finding("report_definition").unwrap();
        assert_eq!(finding.verdict, Verdict::Warning, "{name}\n{diagnosis}");
        assert!(finding.seen.contains(says) && finding.fix.is_some() == has_fix, "{name}\n{diagnosis}");
    }
}

#[test]
fn a_store_without_sts_is_checked() {
    let cloud = Cloud::start(world()).unwrap();
    cloud.fault(Fault::error(501, "NotImplemented", "no such service").on("GetCallerIdentity").always());
    let store = outlay::Connector::builder()
        .endpoint(cloud.endpoint())
        .access_key(crate::support::KEY, crate::support::SECRET, None)
        .location(BUCKET, "reports/daily");
    let diagnosis = block_on(store.build().unwrap().verify());
    assert!(diagnosis.is_ready(), "{diagnosis}");
    for (code, verdict) in
        [("credentials", Verdict::Warning), ("ownership", Verdict::Skipped), ("get", Verdict::Passed)]
    {
        assert_eq!(diagnosis.finding(code).unwrap().verdict, verdict, "{code}\n{diagnosis}");
    }
}

#[test]
fn a_delivery_that_failed_says_what_to_do() {
    #[rustfmt::skip]
    let cases = [
        ("ERROR_PERMISSIONS", "",                           "allow billingreports.amazonaws.com"),
        ("ERROR_NO_BUCKET",   "",                           "create the bucket again"),
        ("UNHEALTHY",         "BILL_OWNER_CHANGED",        "the paying account has changed"),
        ("UNHEALTHY",         "INSUFFICIENT_PERMISSION",   "bcm-data-exports.amazonaws.com to write"),
    ];
    for (status, reason, fix) in cases {
        let report =
            Report::new(PAYER, "ill", BUCKET, "reports").set("ReportStatus", serde_json::json!({"lastStatus": status}));
        let export = Export::new(PAYER, "ill", BUCKET, "exports")
            .set("ExportStatus.StatusCode", status)
            .set("ExportStatus.StatusReason", reason);
        let ill = if status == "UNHEALTHY" { world().export(export) } else { world().report(report) };
        let cloud = Cloud::start(ill).unwrap();
        let diagnosis = block_on(builder(&cloud).report_name("ill").build().unwrap().verify());
        let finding = diagnosis.finding("delivery_status").unwrap();
        assert_eq!(finding.verdict, Verdict::Warning, "{status}\n{diagnosis}");
        assert!(finding.fix.as_deref().unwrap().contains(fix), "{status} {reason}\n{diagnosis}");
    }
}
