//! Addresses in S3: in place of paths, of buckets, and of prefixes that no object has.

use std::process::Command;

use outlay::{Access, Connector, Error, Reader, RetryPolicy, Verdict, block_on};
use outlay_cloud::{Bucket, Cloud, Fault, Object, Policy, Role};

use crate::support::{
    BUCKET, EXTERNAL_ID, FOLDER, KEY, MANIFEST, PAYER, ROLE, SECRET, bucket, builder, drain, expected, parts, read,
    same, world, world_with,
};

/// Reads the addresses in the environment, one per line, and prints what was found. Runs in a process of its own, because
/// addresses are read with the credentials of the environment.
#[test]
#[ignore = "a part of the tests below"]
#[allow(clippy::print_stdout, reason = "the test that starts it reads what is printed")]
fn reads_addresses() {
    let Ok(addresses) = std::env::var("ADDRESSES") else { return };
    for address in addresses.lines() {
        let planned = || -> Result<usize, Error> {
            let builder = Reader::builder();
            let plan = builder.clone().plan(address)?;
            for part in &plan.parts {
                assert!(part.path.starts_with("s3://") && part.etag.is_some(), "{part:?}");
            }
            let rows = plan.parts.iter().map(|part| Ok(drain(builder.clone().read_part(part)?)?.0));
            rows.sum::<Result<usize, Error>>()
        };
        match drain_of(address) {
            Ok((rows, totals)) => {
                totals.check().unwrap();
                println!("\n> {rows} rows, {} in parts, {} objects", planned().unwrap(), totals.parts().len());
            }
            Err(error) => {
                // An object that was replaced is planned as it is now.
                if error.code() != "OUTLAY_SOURCE_CHANGED" {
                    assert_eq!(planned().unwrap_err().to_string(), error.to_string());
                }
                println!("\n> {}: {error}", error.code());
            }
        }
    }
}

fn drain_of(address: &str) -> Result<(usize, outlay::Totals), Error> {
    drain(Reader::builder().read(address)?)
}

/// Reads addresses in a process of its own, with the credentials of the user. Returns what it found for each.
fn found(cloud: &Cloud, addresses: &[String]) -> Vec<String> {
    found_with(cloud, addresses, &[("AWS_ACCESS_KEY_ID", KEY), ("AWS_SECRET_ACCESS_KEY", SECRET)])
}

fn found_with(cloud: &Cloud, addresses: &[String], environment: &[(&str, &str)]) -> Vec<String> {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "addresses::reads_addresses", "--ignored", "--nocapture"])
        .env("ADDRESSES", addresses.join("\n"))
        .env("AWS_ENDPOINT_URL", cloud.endpoint())
        .env("AWS_REGION", "us-east-1")
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    text.lines().filter_map(|line| line.strip_prefix("> ")).map(str::to_owned).collect()
}

#[test]
fn an_object_and_a_manifest_are_read_by_their_address() {
    let flat = bucket().put("one.csv.gz", Object::new(parts().remove(0)));
    let cloud = Cloud::start(world().bucket(flat)).unwrap();
    #[rustfmt::skip]
    let cases = [
        (format!("{FOLDER}daily-00001.csv.gz"),     "90 rows, 90 in parts, 1 objects"),
        ("one.csv.gz".to_owned(),                   "90 rows, 90 in parts, 1 objects"),
        (MANIFEST.to_owned(),                       "175 rows, 175 in parts, 3 objects"),
        ("reports/daily/".to_owned(),               "175 rows, 175 in parts, 3 objects"),
        (format!("{FOLDER}daily-00009.csv.gz"),
            "OUTLAY_NOT_FOUND: s3://example-billing/reports/daily/20231101-20231201/20231203T053621Z/daily-00009.csv.gz: no such file or folder; did you mean"),
        (MANIFEST.replace("daily-M", "dialy-M"),
            "OUTLAY_NOT_FOUND: s3://example-billing/reports/daily/20231101-20231201/dialy-Manifest.json: no such file or folder; did you mean `s3://example-billing/reports/daily/20231101-20231201/daily-Manifest.json`?"),
        ("reports/daily/*.csv.gz".to_owned(),       "OUTLAY_OPTION: option `path`: `s3://example-billing/reports/daily/*.csv.gz` is a pattern, which stands for files but not for objects"),
        ("reprots/daily/".to_owned(),               "OUTLAY_NO_REPORT: no object has the prefix `s3://example-billing/reprots/daily/`: check the bucket and prefix, or wait a day if the report is new; prefixes and objects next to it: s3://example-billing/reports/, s3://example-billing/one.csv.gz"),
    ];
    let addresses: Vec<String> = cases.iter().map(|(key, _)| format!("s3://{BUCKET}/{key}")).collect();
    let found = found(&cloud, &addresses);
    assert_eq!(found.len(), cases.len(), "{found:?}");
    for ((key, wanted), found) in cases.iter().zip(&found) {
        assert!(found.starts_with(wanted), "{key}: {found}");
    }
}

#[test]
fn an_object_that_is_replaced_while_it_is_read_ends_the_read() {
    let cloud = Cloud::start(world()).unwrap();
    let key = format!("{FOLDER}daily-00001.csv.gz");
    cloud.fault(Fault::replace("other").on("GetObject").key("*-00001.csv.gz"));
    let found = found(&cloud, &[format!("s3://{BUCKET}/{key}")]);
    assert!(found[0].starts_with("OUTLAY_SOURCE_CHANGED"), "{found:?}");
}

#[test]
fn an_address_is_a_bucket_with_its_prefix() {
    let cloud = Cloud::start(world()).unwrap();
    for (bucket, prefix) in [
        ("s3://example-billing/reports/daily", ""),
        ("s3://example-billing", "reports/daily/"),
        ("s3://example-billing/reports/daily/", "reports/daily"),
    ] {
        let placed = builder(&cloud).location(bucket, prefix).build().unwrap();
        same(&read(&placed).unwrap().1, &expected().1);
        assert_eq!(placed.config().bucket.as_deref(), Some(BUCKET), "{bucket}");
    }
    let error =
        |bucket: &str, prefix: &str| Connector::builder().location(bucket, prefix).build().unwrap_err().to_string();
    assert!(error("s3://billing/reports", "other").contains("has a prefix already; `other` is another one"));
    assert!(error("s3://billing/r/R-1.csv.gz", "").contains("is an object; give the prefix of the report"));
    assert!(error("s3://billing space/r", "").contains("`billing space` is not a bucket name"));
    let policy = |bucket: &str, prefix: &str| Access::to(bucket, prefix).permission_policy();
    assert_eq!(policy("s3://billing/reports/daily", "").unwrap(), policy("billing", "reports/daily").unwrap());
    for bucket in ["https:", "gs://billing", "arn:aws:s3:::billing", "billing space", ""] {
        assert!(policy(bucket, "x").unwrap_err().to_string().contains("expected"), "{bucket}");
    }
    assert!(policy("s3://billing/reports", "other").unwrap_err().to_string().contains("has a prefix already"));
}

#[test]
fn a_prefix_that_no_object_has_lists_those_next_to_it() {
    let mut bucket = bucket().put("logs/x", Object::new("")).put("reports/weekly/x", Object::new(""));
    for number in 0..50 {
        bucket = bucket.put(format!("many/{number:02}/x"), Object::new(""));
    }
    let cloud = Cloud::start(world().bucket(bucket.page(1_000))).unwrap();
    #[rustfmt::skip]
    let cases = [
        ("reprots/daily",     "s3://example-billing/reports/, s3://example-billing/logs/, s3://example-billing/many/"),
        ("reports/dayly/",    "s3://example-billing/reports/daily/, s3://example-billing/reports/weekly/"),
        ("reports/daily/x/y", "s3://example-billing/reports/daily/20231101-20231201/"),
        ("many/x",            ", and 10 more"),
    ];
    for (prefix, wanted) in cases {
        let placed = builder(&cloud).location(BUCKET, prefix).build().unwrap();
        let errors = [block_on(placed.periods()).unwrap_err(), read(&placed).unwrap_err()];
        for error in errors {
            assert_eq!(error.code(), "OUTLAY_NO_REPORT", "{prefix}");
            assert!(error.to_string().ends_with(wanted), "{prefix}: {error}");
        }
        let diagnosis = block_on(placed.verify());
        let finding = diagnosis.finding("list").unwrap();
        assert!(!diagnosis.is_ready() && finding.verdict == Verdict::Failed && finding.fix.is_some(), "{diagnosis}");
        assert!(finding.seen.ends_with(wanted), "{diagnosis}");
    }
    // An empty bucket.
    let cloud = Cloud::start(world().bucket(Bucket::new(BUCKET).owner(PAYER))).unwrap();
    let placed = builder(&cloud).location(BUCKET, "reports").build().unwrap();
    let error = block_on(placed.periods()).unwrap_err();
    assert!(error.to_string().ends_with("; there are no prefixes next to it"), "{error}");
}

#[test]
fn prefixes_that_could_not_be_listed_are_mentioned() {
    let policy = Access::to(BUCKET, "reprots/daily").permission_policy().unwrap();
    let role = Role::new(ROLE).external_id(EXTERNAL_ID).policy(Policy::parse(&policy).unwrap());
    let cloud = Cloud::start(world_with(role)).unwrap();
    let placed = builder(&cloud).location(BUCKET, "reprots/daily").build().unwrap();
    let error = block_on(placed.periods()).unwrap_err();
    assert!(error.to_string().ends_with("; the prefixes next to it could not be listed"), "{error}");
    assert!(!block_on(placed.verify()).is_ready());
}

#[test]
fn a_prefix_without_a_manifest_is_not_ready() {
    let other = bucket().put("logs/x.csv", Object::new("x"));
    let cloud = Cloud::start(world().bucket(other)).unwrap();
    let diagnosis = block_on(builder(&cloud).location(BUCKET, "logs").build().unwrap().verify());
    assert_eq!(diagnosis.finding("manifest").unwrap().verdict, Verdict::Failed, "{diagnosis}");
    // AWS has checked its access to the place of a new report.
    let new = bucket().put("new/aws-programmatic-access-test-object", Object::new("x"));
    let cloud = Cloud::start(world().bucket(new)).unwrap();
    let placed = builder(&cloud).location(BUCKET, "new").build().unwrap();
    let diagnosis = block_on(placed.verify());
    assert_eq!(diagnosis.finding("manifest").unwrap().verdict, Verdict::Warning, "{diagnosis}");
    assert_eq!(block_on(placed.periods()).unwrap(), []);
}

#[test]
fn a_denied_operation_points_at_verify() {
    let cloud = Cloud::start(world()).unwrap();
    cloud.fault(Fault::denied().on("ListObjectsV2").always());
    let placed = builder(&cloud).location(BUCKET, "reports/daily").build().unwrap();
    let error = read(&placed).unwrap_err();
    assert_eq!(error.code(), "OUTLAY_DENIED");
    // The cloud numbers its requests.
    assert_eq!(error.request_id(), Some(format!("{:016X}", cloud.requests().len()).as_str()));
    assert_eq!(serde_json::to_value(&error).unwrap()["request_id"], error.request_id().unwrap());
    assert!(
        error.to_string().ends_with("; `verify` of a connector, or `outlay connect`, says which permission is missing"),
        "{error}"
    );
    let diagnosis = block_on(placed.verify());
    assert!(!diagnosis.to_string().contains("`outlay connect`"), "{diagnosis}");
}

#[test]
fn an_endpoint_at_which_nothing_listens_is_given_up_soon() {
    // No test is given port 9: it is below the ports that the system hands out.
    let mut retry = RetryPolicy::default();
    // All attempts with their waits would take a minute.
    retry.max_attempts = 10;
    let begun = std::time::Instant::now();
    for location in [false, true] {
        let builder = Connector::builder()
            .endpoint("http://127.0.0.1:9")
            .access_key(KEY, SECRET, None)
            .retry(retry)
            .region("us-east-1");
        let builder = if location { builder.location(BUCKET, "reports") } else { builder.report_name("daily") };
        let diagnosis = block_on(builder.build().unwrap().verify());
        let finding = diagnosis.finding("credentials").unwrap();
        assert_eq!(finding.verdict, Verdict::Failed, "{diagnosis}");
        assert!(finding.fix.as_deref().is_some_and(|fix| fix.contains("nothing listens there")), "{diagnosis}");
        assert!(diagnosis.findings.iter().skip(1).all(|finding| finding.verdict == Verdict::Skipped), "{diagnosis}");
    }
    assert!(begun.elapsed().as_secs() < 15, "{:?}", begun.elapsed());
}

#[test]
fn an_endpoint_that_answers_late_is_asked_again() {
    let cloud = Cloud::start(world()).unwrap();
    cloud.fault(Fault::internal().on("GetCallerIdentity").times(4));
    let diagnosis = block_on(builder(&cloud).report_name("daily").build().unwrap().verify());
    assert!(diagnosis.is_ready(), "{diagnosis}");
}

#[test]
fn missing_credentials_say_where_they_were_looked_for_and_what_helps() {
    let cloud = Cloud::start(world()).unwrap();
    let none = [
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_CONFIG_FILE", "/nowhere"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/nowhere"),
    ];
    #[rustfmt::skip]
    let cases = [
        (vec![],                         "the profile `default`, since AWS_PROFILE is not set"),
        (vec![("AWS_PROFILE", "ada")],   "the profile `ada` of AWS_PROFILE"),
    ];
    for (more, wanted) in cases {
        let environment: Vec<(&str, &str)> = none.into_iter().chain(more).collect();
        let found = found_with(&cloud, &[format!("s3://{BUCKET}/reports/daily/")], &environment).remove(0);
        assert!(
            found.starts_with("OUTLAY_CREDENTIALS: credentials: s3:ListBucket: no credentials were found; looked for"),
            "{found}"
        );
        assert!(found.contains(wanted) && found.contains("(IMDS). Set AWS_PROFILE, run `aws sso login`"), "{found}");
    }
}
