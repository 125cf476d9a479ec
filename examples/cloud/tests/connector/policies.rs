//! Generated policies: they are sufficient, and each statement is necessary.

use outlay::{Access, Capability, ExternalId, Verdict, block_on};
use outlay_cloud::{Cloud, Export, Policy};
use serde_json::Value;

use crate::support::{BUCKET, EXTERNAL_ID, PAYER, ROLE, bucket, builder, connector, expected, read, world};

const KMS_KEY: &str = "arn:aws:kms:us-east-1:123412340534:key/4f7c";

fn access() -> Access {
    Access::to(BUCKET, "reports/daily")
}

#[test]
fn the_printed_policy_is_enough() {
    let mut world = world();
    assert!(world.set_policy(ROLE, Some(Policy::parse(&access().permission_policy().unwrap()).unwrap())));
    let cloud = Cloud::start(world).unwrap();
    let connector = connector(&cloud);
    assert_eq!(read(&connector).unwrap().0, expected().0);
    let diagnosis = block_on(connector.verify());
    assert!(diagnosis.findings.iter().all(|finding| finding.verdict != Verdict::Failed), "{diagnosis}");
    block_on(connector.discover()).unwrap();
}

#[test]
fn each_statement_is_needed() {
    #[rustfmt::skip]
    let cases = [
        ("ListReport",      "daily",  "list"),
        ("ReadReport",      "daily",  "get"),
        ("DecryptReport",   "daily",  "kms"),
        ("FindReports",     "daily",  "report_definition"),
        ("FindExports",     "export", "report_definition"),
        ("ListAccounts",    "daily",  "organizations"),
        ("AskCostExplorer", "daily",  "cost_explorer"),
    ];
    let access = Access::to(BUCKET, "").kms_key(KMS_KEY);
    let with = |policy: &Value| {
        let export = Export::new(PAYER, "export", BUCKET, "exports").created(std::time::SystemTime::now());
        let mut world = world().bucket(bucket().kms_key(KMS_KEY)).export(export);
        world.set_policy(ROLE, Some(Policy::parse(&policy.to_string()).unwrap()));
        Cloud::start(world).unwrap()
    };
    let whole: Value = serde_json::from_str(&access.permission_policy().unwrap()).unwrap();
    let cloud = with(&whole);
    for name in ["daily", "export"] {
        let diagnosis = block_on(builder(&cloud).report_name(name).build().unwrap().verify());
        assert!(diagnosis.is_ready(), "all of them are enough\n{diagnosis}");
    }
    let all: Vec<_> = whole["Statement"].as_array().unwrap().iter().map(|statement| &statement["Sid"]).collect();
    assert_eq!(all, cases.map(|(sid, _, _)| sid));
    for (sid, name, code) in cases {
        let mut policy = whole.clone();
        policy["Statement"].as_array_mut().unwrap().retain(|statement| statement["Sid"] != sid);
        let cloud = with(&policy);
        let diagnosis = block_on(builder(&cloud).report_name(name).build().unwrap().verify());
        let finding = diagnosis.finding(code).unwrap_or_else(|| panic!("{sid}\n{diagnosis}"));
        assert!(finding.verdict >= Verdict::Warning, "{sid}\n{diagnosis}");
        let fix = finding.fix.as_deref().unwrap_or_default();
        assert!(fix.contains(&format!("\"Sid\":\"{sid}\"")), "{sid}: the fix is the statement\n{diagnosis}");
    }
}

/// `UPDATE_GOLDEN=1` rewrites the files; review the difference.
#[test]
fn policies_and_templates_are_as_they_were_read() {
    let golden = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/connector/golden");
    let external_id = ExternalId::new(EXTERNAL_ID).unwrap();
    let china = Access::to("berichte", "")
        .partition("aws-cn")
        .features([Capability::Read])
        .kms_key("arn:aws-cn:kms:cn-north-1:123412340534:key/1");
    let cases = [
        ("trust-policy.json", access().trust_policy("999988887777", &external_id)),
        ("trust-policy-of-a-role.json", access().trust_policy("arn:aws:iam::999988887777:role/finops", &external_id)),
        ("permission-policy.json", access().permission_policy()),
        ("permission-policy-china-kms.json", china.permission_policy()),
        ("cloudformation.json", access().cloudformation("999988887777")),
        ("terraform.tf", access().terraform("999988887777")),
    ];
    for (name, text) in cases {
        let text = text.unwrap();
        let path = golden.join(name);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::create_dir_all(&golden).unwrap();
            std::fs::write(&path, format!("{}\n", text.trim_end())).unwrap();
        }
        assert_eq!(text.trim_end(), std::fs::read_to_string(&path).unwrap().trim_end(), "{name}");
    }
}

#[test]
fn names_that_would_say_something_else_are_refused() {
    for (bucket, prefix) in [("*", ""), ("b\"", ""), ("bucket", "a/*"), ("bucket", "${aws:username}"), ("", "a")] {
        assert_eq!(
            Access::to(bucket, prefix).permission_policy().unwrap_err().code(),
            "OUTLAY_OPTION",
            "{bucket} {prefix}"
        );
    }
    for trusted in ["*", "1234", "arn:aws:iam::999988887777:role/*", "arn:aws-cn:iam::999988887777:root"] {
        let error = access().trust_policy(trusted, &ExternalId::new(EXTERNAL_ID).unwrap()).unwrap_err();
        assert_eq!(error.code(), "OUTLAY_OPTION", "{trusted}");
    }
}
