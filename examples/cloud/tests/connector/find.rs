//! Lookup of the report, and settings that a connector refuses.

use outlay::{Connector, ConnectorConfig, ExternalId, Reader, block_on};
use outlay_cloud::{Bucket, Cloud, Export, Fault, Object, Report};

use crate::support::{
    BUCKET, MANIFEST, MONTH, PAYER, ROLE, bucket, builder, connector, drain, expected, folder, read, world,
};

#[test]
fn reports_and_exports_of_all_pages_are_listed() {
    let mut world = world().exports_page(1);
    for number in 0..6 {
        world = world.report(Report::new(PAYER, &format!("other-{number}"), BUCKET, "reports"));
    }
    for name in ["first", "second"] {
        world = world.export(Export::new(PAYER, name, BUCKET, "exports"));
    }
    let cloud = Cloud::start(world).unwrap();
    let reports = block_on(connector(&cloud).reports()).unwrap();
    let names: Vec<_> = reports.iter().map(|report| report.name.as_str()).collect();
    let wanted = ["daily", "other-0", "other-1", "other-2", "other-3", "other-4", "other-5", "first", "second"];
    assert_eq!(names, wanted);
    assert_eq!(serde_json::to_value(&reports[7].kind).unwrap(), "cur2");
    // If listing one kind is denied, the other is still listed. Other failures are errors, because the list would be incomplete.
    cloud.fault(Fault::denied().on("DescribeReportDefinitions"));
    assert_eq!(block_on(connector(&cloud).reports()).unwrap().len(), 2);
    cloud.fault(Fault::error(400, "ValidationException", "no").on("DescribeReportDefinitions"));
    assert_eq!(block_on(connector(&cloud).reports()).unwrap_err().code(), "OUTLAY_AWS");
    // An export that is deleted during the listing.
    cloud.fault(Fault::error(404, "ResourceNotFoundException", "gone").on("GetExport"));
    assert_eq!(block_on(connector(&cloud).reports()).unwrap().len(), wanted.len() - 1);
}

#[test]
fn a_name_that_means_none_or_several_lists_what_there_is() {
    let twice = world().export(Export::new(PAYER, "daily", BUCKET, "exports"));
    let cloud = Cloud::start(twice).unwrap();
    let error = block_on(connector(&cloud).periods()).unwrap_err();
    assert_eq!(error.code(), "OUTLAY_NO_REPORT");
    let text = error.to_string();
    assert!(text.contains("daily (legacy report") && text.contains("daily (CUR 2.0 export"), "{text}");
    let one = builder(&cloud).report_name("daily").location(BUCKET, "reports").build().unwrap();
    assert_eq!(read(&one).unwrap().0, expected().0);

    let cloud = Cloud::start(world()).unwrap();
    let error = block_on(builder(&cloud).report_name("dayly").build().unwrap().periods()).unwrap_err();
    assert_eq!(error.code(), "OUTLAY_NO_REPORT");
    assert!(
        error.to_string().contains("no report or export `dayly` (did you mean `daily`?); it has: daily (legacy report"),
        "{error}"
    );
}

#[test]
fn bucket_and_prefix_ask_no_billing_service() {
    let cloud = Cloud::start(world()).unwrap();
    let placed = builder(&cloud).location(BUCKET, "reports/daily/").build().unwrap();
    assert_eq!(read(&placed).unwrap().0, expected().0);
    assert_eq!(cloud.count("DescribeReportDefinitions") + cloud.count("ListExports"), 0);
    // If the definitions may not be listed, bucket and prefix are used instead.
    cloud.fault(Fault::denied().on("DescribeReportDefinitions").always());
    let both = builder(&cloud).report_name("daily").location(BUCKET, "reports").build().unwrap();
    assert_eq!(read(&both).unwrap().0, expected().0);
    let error = read(&connector(&cloud)).unwrap_err();
    assert_eq!(error.code(), "OUTLAY_DENIED", "{error}");
    assert!(error.to_string().contains("cur:DescribeReportDefinitions"), "{error}");
}

#[test]
fn several_reports_below_a_prefix_are_told_apart_by_name() {
    let manifest = std::fs::read(folder().join("20231101-20231201/daily-Manifest.json")).unwrap();
    let other = bucket().put("reports/other/20231101-20231201/other-Manifest.json", Object::new(manifest));
    let cloud = Cloud::start(world().bucket(other)).unwrap();
    let placed = builder(&cloud).location(BUCKET, "reports").build().unwrap();
    let error = block_on(placed.periods()).unwrap_err();
    assert!(error.to_string().contains("s3://example-billing/reports/other/"), "{error}");
    let named = builder(&cloud).location(BUCKET, "reports").report_name("daily").build().unwrap();
    assert_eq!(read(&named).unwrap().0, expected().0);
    // A name that exists neither in the definitions nor below the prefix.
    let misspelled = builder(&cloud).location(BUCKET, "reports").report_name("dayly").build().unwrap();
    for error in [block_on(misspelled.periods()).unwrap_err(), read(&misspelled).unwrap_err()] {
        assert_eq!(error.code(), "OUTLAY_NO_REPORT", "{error}");
        assert!(error.to_string().contains("s3://example-billing/reports/daily/"), "{error}");
    }
}

#[test]
fn the_region_of_a_bucket_is_found() {
    let far = bucket().region("eu-central-1");
    let cloud = Cloud::start(world().bucket(far)).unwrap();
    let placed = builder(&cloud).location(BUCKET, "reports/daily").build().unwrap();
    assert_eq!(read(&placed).unwrap().0, expected().0);
    let gets: Vec<_> = cloud.requests().into_iter().filter(|request| request.range.is_some()).collect();
    assert!(gets.iter().all(|get| get.region.as_deref() == Some("eu-central-1")), "{gets:?}");
}

/// Global services are called in the partition of the role, independent of the region of the bucket.
#[test]
fn each_partition_is_asked_at_home() {
    #[rustfmt::skip]
    let cases = [
        ("aws",        "eu-central-1",  "us-east-1"),
        ("aws-cn",     "cn-north-1",    "cn-northwest-1"),
        ("aws-us-gov", "us-gov-east-1", "us-gov-west-1"),
    ];
    for (partition, region, home) in cases {
        let role = format!("arn:{partition}:iam::{PAYER}:role/billing");
        let here = world().bucket(bucket().region(region));
        let here = here
            .user(outlay_cloud::User::new(format!("arn:{partition}:iam::999988887777:user/finops"), "AKIAPARTITION"))
            .role(outlay_cloud::Role::new(role.as_str()).external_id(crate::support::EXTERNAL_ID));
        let cloud = Cloud::start(here).unwrap();
        let connector = builder(&cloud).access_key("AKIAPARTITION", "secret", None).role_arn(role).region(region);
        let placed = connector.clone().location(BUCKET, "reports").build().unwrap();
        assert_eq!(read(&placed).unwrap().0, expected().0, "{partition}");
        let named = connector.report_name("daily");
        // The reports of GovCloud are defined in another partition.
        let is_defined = partition != "aws-us-gov";
        let error = block_on(named.clone().build().unwrap().periods()).err();
        assert_eq!(error.map(|error| error.code()), (!is_defined).then_some("OUTLAY_OPTION"), "{partition}");
        cloud.forget();
        assert_eq!(read(&named.clone().location(BUCKET, "reports").build().unwrap()).unwrap().0, expected().0);
        assert_eq!(cloud.count("DescribeReportDefinitions") > 0, is_defined, "{partition}");
        block_on(named.build().unwrap().verify());
        for request in cloud.requests() {
            let wanted = if request.bucket.is_some() { region } else { home };
            assert_eq!(request.region.as_deref(), Some(wanted), "{partition}: {request:?}");
        }
    }
    let error = Connector::builder().role_arn(ROLE).report_name("daily").region("cn-north-1").build().unwrap_err();
    assert!(error.to_string().contains("not a region of aws"), "{error}");
}

#[test]
fn two_manifests_of_a_month_are_not_chosen_among() {
    let cloud = Cloud::start(world()).unwrap();
    let text = std::fs::read(folder().join("20231101-20231201/daily-Manifest.json")).unwrap();
    cloud.put(BUCKET, "reports/daily/20231101-20231201/copy-Manifest.json", Object::new(text));
    let error = read(&connector(&cloud)).unwrap_err();
    assert_eq!(error.code(), "OUTLAY_AMBIGUOUS", "{error}");
    assert!(error.to_string().contains("copy-Manifest.json"), "{error}");
}

#[test]
fn a_manifest_leads_nowhere_else() {
    let text = std::fs::read_to_string(folder().join("20231101-20231201/daily-Manifest.json")).unwrap();
    let first = "reports/daily/20231101-20231201/20231203T053621Z/daily-00001.csv.gz";
    #[rustfmt::skip]
    let cases = [
        ("another report",     first, "reports/other/20231101-20231201/x/daily-00001.csv.gz", "OUTLAY_OUTSIDE"),
        ("dots",               first, "reports/daily/../other/daily-00001.csv.gz",            "OUTLAY_OUTSIDE"),
        ("an absolute key",    first, "/reports/daily/20231101-20231201/daily-00001.csv.gz",  "OUTLAY_OUTSIDE"),
        ("another month",      first, "reports/daily/20231201-20240101/daily-00001.csv.gz",   "OUTLAY_MANIFEST"),
        ("not there",          first, "reports/daily/20231101-20231201/daily-00009.csv.gz",   "OUTLAY_MISSING_PART"),
        ("no manifest at all", "{",   "[",                                                    "OUTLAY_MANIFEST"),
    ];
    for (name, from, to, code) in cases {
        let cloud = Cloud::start(world()).unwrap();
        cloud.put(BUCKET, MANIFEST, Object::new(text.replacen(from, to, 1)));
        let error = read(&connector(&cloud)).unwrap_err();
        assert_eq!(error.code(), code, "{name}: {error}");
    }
    // A manifest that is too large.
    let cloud = Cloud::start(world()).unwrap();
    cloud.put(BUCKET, MANIFEST, Object::new(vec![b' '; (64 << 20) + 1]));
    let error = read(&connector(&cloud)).unwrap_err();
    assert_eq!(error.code(), "OUTLAY_MANIFEST", "{error}");
    // The manifest names the bucket that the report was copied from: only the copy with the same key is read.
    let cloud = Cloud::start(world()).unwrap();
    cloud.put(BUCKET, MANIFEST, Object::new(text.replace("\"example-billing\"", "\"another-billing\"")));
    let (rows, totals) = read(&connector(&cloud)).unwrap();
    assert_eq!(rows, expected().0);
    assert!(totals.warnings().iter().any(|warning| warning.code == "replicated"));
    cloud.remove(BUCKET, first);
    assert_eq!(read(&connector(&cloud)).unwrap_err().code(), "OUTLAY_OUTSIDE");
}

type Set = fn(outlay::ConnectorBuilder, &str) -> outlay::ConnectorBuilder;

#[test]
fn settings_that_make_no_sense_are_refused_by_name() {
    let long = "x".repeat(1_225);
    #[rustfmt::skip]
    let cases: [(&str, &str, Set, &str); 9] = [
        ("no ARN",             "role_arn",     |b, v| b.role_arn(v),      "billing"),
        ("a user",             "role_arn",     |b, v| b.role_arn(v),      "arn:aws:iam::123412340534:user/billing"),
        ("short account",      "role_arn",     |b, v| b.role_arn(v),      "arn:aws:iam::12341234:role/billing"),
        ("partition",          "role_arn",     |b, v| b.role_arn(v),      "arn:aws-moon:iam::123412340534:role/billing"),
        ("session with space", "session_name", |b, v| b.session_name(v),  "my session"),
        ("name with space",    "report_name",  |b, v| b.report_name(v),   "my report"),
        ("bucket with slash",  "bucket",       |b, v| b.location(v, ""),  "a/b"),
        ("region",             "region",       |b, v| b.region(v),        "Frankfurt!"),
        ("endpoint with user", "endpoint",     |b, v| b.endpoint(v),      "http://me:pass@localhost"),
    ];
    for (name, option, set, value) in cases {
        let error = set(Connector::builder().report_name("daily"), value).build().unwrap_err();
        assert_eq!(error.code(), "OUTLAY_OPTION", "{name}");
        assert!(error.to_string().contains(&format!("`{option}`")), "{name}: {error}");
        assert!(!error.to_string().contains("pass@"), "{name}: {error}");
    }
    for text in ["#", "white space", long.as_str()] {
        let error = ExternalId::new(text).unwrap_err();
        assert!(!error.to_string().contains(text), "{error}");
    }
    let error =
        Connector::builder().report_name("daily").external_id(ExternalId::generate().unwrap()).build().unwrap_err();
    assert!(error.to_string().contains("a role"), "{error}");
    assert!(Connector::builder().build().unwrap_err().to_string().contains("by its name, or by bucket and prefix"));
    let error = serde_json::from_str::<ConnectorConfig>(r#"{"external_id": "3f2c"}"#).unwrap_err();
    assert!(error.to_string().contains("unknown field"), "{error}");
    let config: ConnectorConfig = serde_json::from_str(&format!(
        r#"{{"role_arn": "{ROLE}", "report_name": "daily", "external_id_env": "NO_SUCH"}}"#
    ))
    .unwrap();
    assert!(Connector::from_config(config).build().unwrap_err().to_string().contains("NO_SUCH"));
}

#[test]
fn a_report_without_a_prefix_is_found_in_either_spelling() {
    for root in ["daily/", "/daily/"] {
        let text = std::fs::read_to_string(folder().join("20231101-20231201/daily-Manifest.json")).unwrap();
        let bare = Bucket::new(BUCKET).owner(PAYER).folder(root, folder()).unwrap();
        let text = text.replace("reports/daily/", root);
        let bare = bare.put(format!("{root}20231101-20231201/daily-Manifest.json"), Object::new(text));
        let mut world = outlay_cloud::World::new()
            .user(outlay_cloud::User::new("arn:aws:iam::999988887777:user/finops", crate::support::KEY))
            .role(outlay_cloud::Role::new(ROLE).external_id(crate::support::EXTERNAL_ID));
        world = world.bucket(bare).report(Report::new(PAYER, "daily", BUCKET, ""));
        let cloud = Cloud::start(world).unwrap();
        let reader = block_on(connector(&cloud).read(MONTH, Reader::builder())).unwrap();
        assert_eq!(drain(reader).unwrap().0, expected().0, "{root}");
        // With a role that may list only one spelling.
        let policy = outlay::Access::to(BUCKET, root).permission_policy().unwrap();
        cloud.change(|world| world.set_policy(ROLE, Some(outlay_cloud::Policy::parse(&policy).unwrap())));
        let narrow = connector(&cloud);
        assert_eq!(read(&narrow).unwrap().0, expected().0, "{root}");
        let diagnosis = block_on(narrow.verify());
        assert_eq!(diagnosis.finding("list").unwrap().verdict, outlay::Verdict::Passed, "{diagnosis}");
        // If no spelling may be listed, the error is a denial, not a missing report.
        let policy = outlay::Access::to(BUCKET, "weekly").permission_policy().unwrap();
        cloud.change(|world| world.set_policy(ROLE, Some(outlay_cloud::Policy::parse(&policy).unwrap())));
        assert_eq!(read(&connector(&cloud)).unwrap_err().code(), "OUTLAY_DENIED", "{root}");
    }
}
