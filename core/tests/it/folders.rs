//! Folders, manifests and files: the parts that are read, and the errors.

use std::fs;
use std::path::{Path, PathBuf};

use outlay::{Error, Outcome, Plan, Reader};
use tempfile::TempDir;

use crate::support::{builder, data, read};

const REPORT: &str = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\nUsage,1,USD\n";

/// Creates a folder of files. A text of a `.json` file, or that begins with `{`, is written unchanged; any other file is a report.
fn tree(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, if text.is_empty() { REPORT } else { text }).unwrap();
    }
    folder
}

/// A name, files with their texts, and the parts or the error that come of them.
type Case = (&'static str, Vec<(String, String)>, String);

fn legacy(report: &str, month: &str, assembly: &str, keys: &[&str]) -> String {
    let keys: Vec<String> = keys.iter().map(|key| format!("\"{key}\"")).collect();
    format!(
        r#"{{"assemblyId":"{assembly}","account":"1","columns":[],"reportName":"{report}","reportKeys":[{}],
           "billingPeriod":{{"start":"{month}T000000.000Z","end":"x"}}}}"#,
        keys.join(",")
    )
}

fn export(files: &str) -> String {
    format!(
        r#"{{"executionId":"e1","columns":[],"dataFiles":[{files}],
           "exportArn":"arn:aws:bcm-data-exports:us-east-1:1:export/E-0e818247-1111-2222-3333-444444444444"}}"#
    )
}

fn shown(plan: Result<Plan, Error>) -> String {
    match plan {
        Ok(plan) => {
            let mut shown = plan.parts.iter().map(|part| part.object.clone()).collect::<Vec<_>>().join(" ");
            for warning in plan.warnings {
                shown += &format!(" ! {}", warning.code);
            }
            shown
        }
        Err(error) => error.code().to_owned(),
    }
}

fn plan(path: &Path) -> String {
    shown(Reader::builder().plan(path))
}

/// A name, files with their texts, the paths that are given, and what comes of them.
type Given<'a> = (&'a str, Vec<(String, String)>, Vec<&'a str>, &'a str);

/// Files, folders and manifests that are given together.
#[test]
fn what_is_given_together_counts_no_month_twice() {
    let d = "P/R/20260101-20260201";
    let (first, second) = (format!("{d}/20260105T000000Z"), format!("{d}/20260106T000000Z"));
    let at = |folder: &str, report: &str, account: &str| {
        let keys: Vec<String> = (1..=2).map(|number| format!("{folder}/{report}-{number}.csv")).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let assembly = folder.rsplit('/').next().unwrap();
        legacy(report, "20260101", assembly, &keys).replace("\"account\":\"1\"", &format!("\"account\":\"{account}\""))
    };
    let delivery = |folder: &str, report: &str, account: &str, has_manifest: bool| {
        let mut files: Vec<(String, String)> =
            (1..=2).map(|number| (format!("{folder}/{report}-{number}.csv"), String::new())).collect();
        if has_manifest {
            files.push((format!("{folder}/{report}-Manifest.json"), at(folder, report, account)));
        }
        files
    };
    let two = |has_first: bool, has_second: bool| {
        [delivery(&first, "R", "1", has_first), delivery(&second, "R", "1", has_second)].concat()
    };
    let other = |report: &str, account: &str| {
        [delivery("a/20260101-20260201", "R", "1", true), delivery("b/20260101-20260201", report, account, true)]
            .concat()
    };
    let one = || delivery(&first, "R", "1", true);
    let (all, in_first) = ("P/R/*/*/*.csv", format!("{first}/*.csv"));
    const AMBIGUOUS: &str = "OUTLAY_AMBIGUOUS";
    #[rustfmt::skip]
    let cases: Vec<Given> = vec![
        ("all parts of a delivery",                    one(),                   vec![&in_first],                "R-1.csv R-2.csv"),
        ("one part of a delivery",                     one(),                   vec!["P/R/*/*/R-1.csv"],        "R-1.csv ! some_parts"),
        ("one part, no manifest",                      two(false, false),       vec!["P/R/*/20260105*/R-1.csv"], "R-1.csv"),
        ("one of two deliveries",                      two(true, true),         vec![&in_first],                "R-1.csv R-2.csv"),
        ("files of two deliveries",                    two(true, true),         vec![all],                      AMBIGUOUS),
        ("files of two deliveries, one manifest",      two(true, false),        vec![all],                      AMBIGUOUS),
        ("files of two deliveries, no manifest",       two(false, false),       vec![all],                      AMBIGUOUS),
        ("folders of two deliveries",                  two(true, true),         vec![&first, &second],          AMBIGUOUS),
        ("folders of two deliveries, no manifest",     two(false, false),       vec![&first, &second],          AMBIGUOUS),
        ("manifests of two deliveries",                two(true, true),         vec!["P/R/*/*/*.json"],         AMBIGUOUS),
        ("two reports of one account",                 other("S", "1"),         vec!["a", "b"],                 AMBIGUOUS),
        ("files of two reports of one account",        other("S", "1"),         vec!["*/*/*.csv"],              AMBIGUOUS),
        ("reports of two accounts",                    other("S", "2"),         vec!["a", "b"],                 "20260101-20260201/R-1.csv 20260101-20260201/R-2.csv 20260101-20260201/S-1.csv 20260101-20260201/S-2.csv"),
        ("reports of two accounts with the same name", other("R", "2"),         vec!["a/20260101-20260201", "b"], "R-1.csv R-2.csv 20260101-20260201/R-1.csv 20260101-20260201/R-2.csv"),
    ];
    for (name, files, given, wanted) in cases {
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let folder = tree(&files);
        let given: Vec<PathBuf> = given.iter().map(|path| folder.path().join(path)).collect();
        let found = Reader::builder().plan(given.clone());
        assert_eq!(shown(Reader::builder().plan(given)), wanted, "{name}: {found:?}");
    }
}

#[test]
fn some_parts_of_a_delivery_are_a_partial_read() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data/report");
    for (pattern, outcome) in [
        ("*/*/daily-*.csv.gz", Outcome::Proven),
        ("*/*/daily-0000[12].csv.gz", Outcome::Partial),
        ("*/*/daily-00001.csv.gz", Outcome::Partial),
    ] {
        let mut reader = Reader::builder().read(demo.join(pattern)).unwrap();
        reader.by_ref().for_each(|batch| drop(batch.unwrap()));
        let totals = reader.totals();
        assert_eq!(totals.outcome(), outcome, "{pattern}: {totals:?}");
        totals.check().unwrap();
    }
}

#[test]
fn folders_are_read_through_their_manifests() {
    let d = "P/R/20260101-20260201";
    let e = "P/E/data/BILLING_PERIOD=2026-04";
    let m = |keys: &[&str]| legacy("R", "20260101", "a2", keys);
    let at = |assembly: &str| legacy("R", "20260101", assembly, &[&format!("{d}/{assembly}/R-00001.csv.gz")]);
    #[rustfmt::skip]
    let cases: Vec<Case> = vec![
        ("assembly folder", vec![(format!("{d}/R-Manifest.json"), m(&[&format!("{d}/a2/R-00002.csv.gz"), &format!("{d}/a2/R-00001.csv.gz")])),
            (format!("{d}/a2/R-00001.csv.gz"), "".into()), (format!("{d}/a2/R-00002.csv.gz"), "".into())],
            format!("{d}/a2/R-00001.csv.gz {d}/a2/R-00002.csv.gz")),
        ("old assembly lies there", vec![(format!("{d}/R-Manifest.json"), m(&[&format!("{d}/a2/R-00001.csv.gz")])),
            (format!("{d}/a1/R-00001.csv.gz"), "".into()), (format!("{d}/a2/R-00001.csv.gz"), "".into())],
            format!("{d}/a2/R-00001.csv.gz ! unlisted_part")),
        ("only the old assembly", vec![(format!("{d}/R-Manifest.json"), m(&[&format!("{d}/a2/R-00001.csv.gz")])),
            (format!("{d}/a1/R-00001.csv.gz"), "".into())], "OUTLAY_MISSING_PART".into()),
        ("overwrite, stale chunk", vec![("R-Manifest.json".into(), m(&[&format!("{d}/R-00001.csv.gz")])),
            ("R-00001.csv.gz".into(), "".into()), ("R-00002.csv.gz".into(), "".into())], "R-00001.csv.gz ! unlisted_part".into()),
        ("old chunk numbers", vec![("R-Manifest.json".into(), m(&["x/R-10.csv.gz", "x/R-2.csv.gz"])),
            ("R-10.csv.gz".into(), "".into()), ("R-2.csv.gz".into(), "".into())], "R-2.csv.gz R-10.csv.gz".into()),
        ("listed twice", vec![("R-Manifest.json".into(), m(&["R-1.csv.gz", "R-1.csv.gz"])), ("R-1.csv.gz".into(), "".into())], "OUTLAY_MANIFEST".into()),
        ("nothing listed yet", vec![("R-Manifest.json".into(), m(&[]))], " ! no_parts".into()),
        ("no keys", vec![("R-Manifest.json".into(), "{}".into())], "OUTLAY_MANIFEST".into()),
        ("no JSON", vec![("R-Manifest.json".into(), "[1".into())], "OUTLAY_MANIFEST".into()),
        ("leads outside", vec![("R-Manifest.json".into(), m(&["../../../../etc/passwd"]))], "OUTLAY_MISSING_PART".into()),
        ("absolute", vec![("R-Manifest.json".into(), m(&["/etc/passwd"]))], "OUTLAY_MISSING_PART".into()),
        ("Data Export", vec![("P/E/metadata/BILLING_PERIOD=2026-04/E-Manifest.json".into(), export(&format!("\"s3://b/{e}/E-00001.csv.gz\""))),
            (format!("{e}/E-00001.csv.gz"), "".into())], format!("{e}/E-00001.csv.gz")),
        ("Data Export, objects", vec![("P/E/metadata/BILLING_PERIOD=2026-04/E-Manifest.json".into(), export(&format!("{{\"s3Uri\":\"s3://b/{e}/E-00001.csv.gz\",\"size\":79}}"))),
            (format!("{e}/E-00001.csv.gz"), "".into())], format!("{e}/E-00001.csv.gz")),
        ("two months", vec![("a/R-Manifest.json".into(), legacy("R", "20260201", "u1", &["P/R/20260201-20260301/u1/R-1.csv"])),
            ("b/R-Manifest.json".into(), legacy("R", "20260101", "u2", &["P/R/20260101-20260201/u2/R-1.csv"])),
            ("a/u1/R-1.csv".into(), "".into()), ("b/u2/R-1.csv".into(), "".into())], "b/u2/R-1.csv a/u1/R-1.csv".into()),
        ("two reports", vec![("a/R-Manifest.json".into(), m(&["R-1.csv"])), ("b/S-Manifest.json".into(), legacy("S", "20260101", "u", &["S-1.csv"])),
            ("a/R-1.csv".into(), "".into()), ("b/S-1.csv".into(), "".into())], "OUTLAY_AMBIGUOUS".into()),
        ("newest by its time", vec![(format!("{d}/20260105T000000Z/R-Manifest.json"), at("20260105T000000Z")), (format!("{d}/20260106T000000Z/R-Manifest.json"), at("20260106T000000Z")),
            (format!("{d}/20260105T000000Z/R-00001.csv.gz"), "".into()), (format!("{d}/20260106T000000Z/R-00001.csv.gz"), "".into())],
            format!("{d}/20260106T000000Z/R-00001.csv.gz ! older_delivery ! unlisted_part")),
        ("no time to tell", vec![(format!("{d}/u1/R-Manifest.json"), at("u1")), (format!("{d}/u2/R-Manifest.json"), at("u2")),
            (format!("{d}/u1/R-00001.csv.gz"), "".into()), (format!("{d}/u2/R-00001.csv.gz"), "".into())], "OUTLAY_AMBIGUOUS".into()),
        ("no manifest", vec![("R-00002.csv".into(), "".into()), ("R-00001.csv".into(), "".into())], "R-00001.csv R-00002.csv".into()),
        ("no manifest, a gap", vec![("R-00001.csv".into(), "".into()), ("R-00003.csv".into(), "".into())], "OUTLAY_MISSING_PART".into()),
        ("no manifest, two deliveries", vec![(format!("{d}/u1/R-1.csv"), "".into()), (format!("{d}/u2/R-1.csv"), "".into())], "OUTLAY_AMBIGUOUS".into()),
        ("no manifest, two reports", vec![("R-1.csv".into(), "".into()), ("S-1.csv".into(), "".into())], "OUTLAY_AMBIGUOUS".into()),
        ("no manifest, two months", vec![("20260201-20260301/R-1.csv".into(), "".into()), ("20260101-20260201/R-1.csv".into(), "".into())],
            "20260101-20260201/R-1.csv 20260201-20260301/R-1.csv".into()),
        ("no manifest, one name twice", vec![("R.csv".into(), "".into()), ("R.csv.gz".into(), "".into())], "OUTLAY_AMBIGUOUS".into()),
        ("no manifest, one chunk twice", vec![("R-1.csv".into(), "".into()), ("R-00001.csv.gz".into(), "".into())], "OUTLAY_AMBIGUOUS".into()),
        ("no manifest, chunks and none", vec![("R.csv".into(), "".into()), ("R-1.csv".into(), "".into())], "OUTLAY_AMBIGUOUS".into()),
        ("no manifest, with and without a month", vec![("R/R-1.csv".into(), "".into()), ("R/20260101-20260201/R-1.csv".into(), "".into())], "OUTLAY_AMBIGUOUS".into()),
        ("no manifest, two prefixes", vec![("p/20260201-20260301/R-1.csv".into(), "".into()), ("q/20260101-20260201/R-1.csv".into(), "".into())], "OUTLAY_AMBIGUOUS".into()),
        ("a year is no chunk", vec![("bill-2024.csv".into(), "".into())], "bill-2024.csv".into()),
        ("a manifest without a month", vec![("a/R-Manifest.json".into(), "{\"reportKeys\":[\"R-1.csv\"]}".into()), ("b/R-Manifest.json".into(), m(&["R-1.csv"])),
            ("a/R-1.csv".into(), "".into()), ("b/R-1.csv".into(), "".into())], "OUTLAY_AMBIGUOUS".into()),
        ("an old copy above", vec![("old/R-Manifest.json".into(), m(&[&format!("{d}/R-1.csv")])), (format!("{d}/R-Manifest.json"), legacy("R", "20260101", "a3", &[&format!("{d}/R-1.csv")])),
            (format!("{d}/R-1.csv"), "".into())], "OUTLAY_AMBIGUOUS".into()),
        ("two accounts", vec![("a/R-Manifest.json".into(), m(&["R-1.csv"])), ("b/R-Manifest.json".into(), m(&["R-1.csv"]).replace("\"account\":\"1\"", "\"account\":\"2\"")),
            ("a/R-1.csv".into(), "".into()), ("b/R-1.csv".into(), "".into())], "OUTLAY_AMBIGUOUS".into()),
        ("no dataFiles, but reportKeys", vec![("R-Manifest.json".into(), "{\"dataFiles\":[],\"reportKeys\":[\"R-1.csv\"],\"assemblyId\":7}".into()), ("R-1.csv".into(), "".into())], "R-1.csv".into()),
        ("two lists that differ", vec![("R-Manifest.json".into(), "{\"dataFiles\":[\"R-1.csv\"],\"reportKeys\":[\"R-2.csv\"]}".into()), ("R-1.csv".into(), "".into())], "OUTLAY_MANIFEST".into()),
        ("a list, no object", vec![("R-Manifest.json".into(), "[null,null,null,null,null,null,[\"R-1.csv\"],null]".into())], "OUTLAY_MANIFEST".into()),
        ("nothing to read", vec![("readme.txt".into(), "x".into())], "OUTLAY_FORMAT".into()),
    ];
    for (name, files, wanted) in cases {
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let folder = tree(&files);
        assert_eq!(plan(folder.path()), wanted, "{name}: {:?}", Reader::builder().plan(folder.path()));
    }
}

#[test]
fn files_and_manifests_can_be_named() {
    let d = "P/R/20260101-20260201";
    let manifest = legacy("R", "20260101", "20260105T060000Z", &[&format!("{d}/20260105T060000Z/R-00001.csv")]);
    let folder = tree(&[
        (&format!("{d}/R-Manifest.json"), &manifest),
        (&format!("{d}/20260105T060000Z/R-Manifest.json"), &manifest),
        (&format!("{d}/20260105T060000Z/R-00001.csv"), ""),
    ]);
    let exported = tree(&[
        (
            "P/E/metadata/BILLING_PERIOD=2026-04/E-Manifest.json",
            &export("\"s3://b/P/E/data/BILLING_PERIOD=2026-04/E-00001.csv\""),
        ),
        ("P/E/data/BILLING_PERIOD=2026-04/E-00001.csv", ""),
    ]);
    let manifest = exported.path().join("P/E/metadata/BILLING_PERIOD=2026-04/E-Manifest.json");
    assert_eq!(plan(&manifest), "data/BILLING_PERIOD=2026-04/E-00001.csv");
    fs::remove_dir_all(exported.path().join("P/E/data")).unwrap();
    assert_eq!(plan(&manifest), "OUTLAY_MISSING_PART");
    let at = |path: &str| folder.path().join(d).join(path);
    let part = "20260105T060000Z/R-00001.csv";
    for manifest in ["R-Manifest.json", "20260105T060000Z/R-Manifest.json"] {
        let plan = Reader::builder().plan(at(manifest)).unwrap();
        assert_eq!(plan.parts.len(), 1, "{manifest}");
        let (period, delivery) = (plan.parts[0].period.unwrap(), plan.parts[0].delivery.as_deref());
        assert_eq!((period.to_string().as_str(), delivery), ("2026-01", Some("20260105T060000Z")), "{manifest}");
        assert_eq!(plan.parts[0].as_of, "2026-01-05T06:00:00Z".parse().ok(), "{manifest}");
    }
    // The month of a part, or of its folder without the manifest, is that of the folder's name.
    assert_eq!(plan(&at(part)), "R-00001.csv");
    fs::remove_file(at("20260105T060000Z/R-Manifest.json")).unwrap();
    for path in [part, "20260105T060000Z"] {
        let planned = Reader::builder().plan(at(path)).unwrap();
        assert_eq!(planned.parts[0].as_of, "2026-01-05T06:00:00Z".parse().ok(), "{path}");
        assert_eq!(planned.parts[0].period.unwrap().to_string(), "2026-01", "{path}");
    }
    assert_eq!(plan(&at("nowhere")), "OUTLAY_NOT_FOUND");
    assert_eq!(shown(Reader::builder().plan([at(part), at(part)])), "OUTLAY_OPTION");
    assert_eq!(shown(Reader::builder().plan(Vec::<&str>::new())), "OUTLAY_OPTION");
    let (rows, _) = read(builder().lineage(true).read(folder.path())).unwrap();
    assert_eq!(rows[0]["x_SourceObject"], format!("{d}/{part}"));
    assert_eq!((rows[0]["x_SourceRow"].as_str(), rows[0]["x_DeliveryId"].as_str()), ("1", "20260105T060000Z"));
}

#[test]
fn genuine_manifests_are_understood() {
    for (file, columns) in [("legacy-manifest-2018-01-no-types.json", 0), ("legacy-manifest-2019-01.json", 0)] {
        let folder = tempfile::tempdir().unwrap();
        fs::copy(data("samples").join(file), folder.path().join("R-Manifest.json")).unwrap();
        let planned = Reader::builder().plan(folder.path());
        // Their keys are masked or refer to absent files: there is no part, or it is missing.
        let known = matches!(&planned, Ok(plan) if plan.parts.len() == columns)
            || matches!(&planned, Err(Error::MissingPart { .. }));
        assert!(known, "{file}: {planned:?}");
    }
}

#[test]
fn periods_choose_months_and_rows() {
    let month = |start: &str, cost: &str| {
        format!(
            "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,bill/BillingPeriodStartDate\nUsage,{cost},USD,{start}\n"
        )
    };
    let both = month("2026-01-01T00:00:00Z", "1") + "Usage,2,USD,2026-02-01T00:00:00Z\n";
    let folder = tree(&[
        ("a/R-Manifest.json", &legacy("R", "20260101", "u", &["20260101-20260201/u/R-1.csv"])),
        ("a/u/R-1.csv", &both),
        ("b/R-Manifest.json", &legacy("R", "20260201", "v", &["20260201-20260301/v/R-1.csv"])),
        ("b/v/R-1.csv", &month("2026-02-01T00:00:00Z", "4")),
    ]);
    let (rows, totals) = read(builder().periods(["2026-01"]).read(folder.path())).unwrap();
    assert_eq!((rows.len(), totals.costs()["USD"].billed.to_string().as_str()), (1, "1"));
    assert_eq!(totals.rows_dropped()["other_period"], 1);
    totals.check().unwrap();
    let table = || Reader::builder().schema(outlay::TableSchema::Cur).columns(["line_item_unblended_cost"]);
    let (rows, totals) = read(table().periods(["2026-01"]).read(folder.path())).unwrap();
    assert_eq!((rows.len(), totals.rows_dropped()["other_period"]), (1, 1));
    totals.check().unwrap();
    assert_eq!(builder().periods(["January"]).read(folder.path()).unwrap_err().code(), "OUTLAY_OPTION");
}

#[test]
fn two_deliveries_of_a_month_are_not_added_up() {
    let d = "P/R/20260101-20260201";
    let folder =
        tree(&[(&format!("{d}/20260105T060000Z/R-1.csv"), ""), (&format!("{d}/20260106T060000Z/R-1.csv"), "")]);
    let at = |assembly: &str| folder.path().join(d).join(assembly);
    assert_eq!(shown(Reader::builder().plan([at("20260105T060000Z"), at("20260106T060000Z")])), "OUTLAY_AMBIGUOUS");
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_a_part_that_is_missing() {
    let folder = tree(&[("R-00001.csv", "")]);
    std::os::unix::fs::symlink("/nowhere/R-00002.csv", folder.path().join("R-00002.csv")).unwrap();
    assert_eq!(read(builder().read(folder.path())).unwrap_err().code(), "OUTLAY_NOT_FOUND");
}

#[test]
fn what_a_manifest_needs_not_may_have_any_shape() {
    let odd = [
        "null",
        "7",
        "1.5",
        "true",
        "\"x\"",
        "[]",
        "{}",
        "[null, 1, {\"name\": [2]}, {\"category\": null}, [[]]]",
        "{\"a\": {\"b\": [1]}}",
    ];
    let keys = [
        "columns",
        "charset",
        "contentType",
        "compression",
        "reportId",
        "bucket",
        "additionalArtifactKeys",
        "unknown",
        "account",
        "billingPeriod",
        "assemblyId",
        "executionId",
        "exportArn",
        "exportName",
        "reportName",
        "dataFiles",
    ];
    for key in keys {
        for value in odd {
            let text = format!("{{\"reportKeys\": [\"R-1.csv\"], \"{key}\": {value}}}");
            let folder = tree(&[("R-Manifest.json", &text), ("R-1.csv", "")]);
            assert_eq!(plan(folder.path()), "R-1.csv", "{text}");
        }
    }
    let needed = [
        ("{\"reportKeys\": null}", "OUTLAY_MANIFEST"),
        ("{\"reportKeys\": \"R-1.csv\"}", "OUTLAY_MANIFEST"),
        ("{\"reportKeys\": {\"0\": \"R-1.csv\"}}", "OUTLAY_MANIFEST"),
        ("{\"reportKeys\": [\"R-1.csv\", null]}", "OUTLAY_MANIFEST"),
        ("{\"reportKeys\": [[\"R-1.csv\"]]}", "OUTLAY_MANIFEST"),
        ("{\"reportKeys\": [\"R-1.csv\"], \"reportKeys\": []}", "OUTLAY_MANIFEST"),
        ("{\"dataFiles\": [{\"s3Uri\": 1.5}]}", "OUTLAY_MISSING_PART"),
        ("{\"dataFiles\": [{\"size\": 1}]}", "OUTLAY_MANIFEST"),
        ("{\"dataFiles\": [{\"size\": 79, \"s3Uri\": \"s3://b/R-1.csv\", \"etag\": {}}]}", "R-1.csv"),
        ("{\"dataFiles\": [{\"s3Uri\": \"s3://b/R-1.csv\", \"size\": \"79\"}]}", "R-1.csv"),
        ("{\"dataFiles\": [{\"s3Uri\": \"s3://b/R-1.csv\", \"size\": 80}]}", "OUTLAY_MANIFEST"),
        ("{\"dataFiles\": [{\"s3Uri\": \"s3://b/R-1.csv\", \"size\": 40}]}", "OUTLAY_MANIFEST"),
        ("{\"entries\": [{\"url\": \"s3://b/R-1.csv\", \"meta\": {\"content_length\": 79}}]}", "R-1.csv"),
        ("{\"entries\": [{\"url\": \"s3://b/R-1.csv\", \"meta\": {\"content_length\": 80}}]}", "OUTLAY_MANIFEST"),
        ("{\"entries\": [{\"url\": \"s3://b/R-1.csv\", \"meta\": 80}]}", "R-1.csv"),
        ("{\"dataFiles\": [{\"size\": {}, \"s3Uri\": \"s3://b/R-1.csv\"}]}", "R-1.csv"),
        ("{\"dataFiles\": 3, \"reportKeys\": [\"R-1.csv\"]}", "R-1.csv"),
        ("{\"reportKeys\": [\"R-1.csv\"], \"columns\": [}", "OUTLAY_MANIFEST"),
    ];
    for (text, wanted) in needed {
        let folder = tree(&[("R-Manifest.json", text), ("R-1.csv", "")]);
        assert_eq!(plan(folder.path()), wanted, "{text}");
    }
}

/// A name, files with their texts, and the parts or the error that come of them.
type Texts<'t> = (&'t str, Vec<(&'t str, &'t str)>, &'t str);

#[test]
fn a_manifest_is_one_under_any_name() {
    let one = |key: &str| legacy("R", "20260101", "a", &[key]);
    let (first, second) = (one("R-1.csv"), one("R-2.csv"));
    let other_month = legacy("R", "20260201", "b", &["R-2.csv"]);
    #[rustfmt::skip]
    let cases: Vec<Texts<'_>> = vec![
        ("lower case", vec![("r-manifest.json", &first), ("R-1.csv", "")], "R-1.csv"),
        ("a copy of a browser", vec![("R-Manifest (1).json", &first), ("R-1.csv", "")], "R-1.csv"),
        ("another ending", vec![("R-Manifest.json.txt", &first), ("R-1.csv", "")], "R-1.csv"),
        ("no ending", vec![("manifest", &first), ("R-1.csv", "")], "R-1.csv"),
        ("a part that is not there", vec![("r-manifest.json", &second), ("R-1.csv", "")], "OUTLAY_MISSING_PART"),
        ("cut off", vec![("r.json", &first[..first.len() - 20]), ("R-1.csv", "")], "OUTLAY_MANIFEST"),
        ("no list", vec![("r.json", "{\"reportKeys\": null}"), ("R-1.csv", "")], "OUTLAY_MANIFEST"),
        ("other JSON", vec![("package.json", "{\"name\": \"x\", \"files\": []}"), ("R-1.csv", "")], "R-1.csv ! not_read"),
        ("no JSON", vec![("r.json", "reportKeys"), ("R-1.csv", "")], "R-1.csv ! not_read"),
        ("of Redshift", vec![("R-RedshiftManifest.json", "{\"entries\": [{\"url\": \"s3://b/R-1.csv\"}]}"), ("R-1.csv", "")], "R-1.csv"),
        ("of Redshift, a part that is not there", vec![("cur_manifest", "{\"entries\": [{\"url\": \"s3://b/R-1.csv\"}, {\"url\": \"s3://b/R-2.csv\"}]}"), ("R-1.csv", "")],
            "OUTLAY_MISSING_PART"),
        ("of Redshift, beside the month's own", vec![("R-Manifest.json", &first), ("R-RedshiftManifest.json", "{\"entries\": [{\"url\": \"s3://b/R-1.csv\"}]}"), ("R-1.csv", "")],
            "R-1.csv"),
        ("other entries", vec![("notes.json", "{\"entries\": [{\"url\": \"https://x/R-2.csv\"}]}"), ("R-1.csv", "")], "R-1.csv ! not_read"),
        ("beside the month's own", vec![("R-Manifest.json", &first), ("old.json", &second), ("R-1.csv", ""), ("R-2.csv", "")],
            "R-1.csv ! not_read ! unlisted_part"),
        ("of another month", vec![("R-Manifest.json", &first), ("r2.json", &other_month), ("R-1.csv", ""), ("R-2.csv", "")], "R-1.csv R-2.csv"),
        ("hidden", vec![("._R-Manifest.json", "\0"), ("R-Manifest.json", &first), ("R-1.csv", "")], "R-1.csv"),
    ];
    for (name, files, wanted) in cases {
        let folder = tree(&files);
        assert_eq!(plan(folder.path()), wanted, "{name}: {:?}", Reader::builder().plan(folder.path()));
    }
    let folder = tree(&[("delivery.txt", &first), ("R-1.csv", "")]);
    assert_eq!(plan(&folder.path().join("delivery.txt")), "R-1.csv");
}

#[test]
fn a_listed_part_is_found_unpacked() {
    let d = "P/R/20260101-20260201";
    let listing = |keys: &[&str]| legacy("R", "20260101", "a", keys);
    let gz = listing(&[&format!("{d}/R-1.csv.gz")]);
    #[rustfmt::skip]
    let cases: Vec<Texts<'_>> = vec![
        ("gzip", vec![("R-Manifest.json", &gz), ("R-1.csv", "")], "R-1.csv ! unpacked_part"),
        ("in the folder of its month", vec![("R-Manifest.json", &gz), ("20260101-20260201/R-1.csv", "")], "20260101-20260201/R-1.csv ! unpacked_part"),
        ("packed and not", vec![("R-Manifest.json", &gz), ("R-1.csv", ""), ("R-1.csv.gz", "")], "R-1.csv.gz ! unlisted_part"),
        ("elsewhere", vec![("R-Manifest.json", &gz), ("other/R-1.csv", "")], "OUTLAY_MISSING_PART"),
        ("of another month", vec![("R-Manifest.json", &gz), ("20260201-20260301/R-1.csv", "")], "OUTLAY_MISSING_PART"),
    ];
    for (name, files, wanted) in cases {
        let folder = tree(&files);
        assert_eq!(plan(folder.path()), wanted, "{name}: {:?}", Reader::builder().plan(folder.path()));
    }
    for (key, file, wanted) in [
        ("R-1.csv.zip", "R-1.csv", "R-1.csv ! unpacked_part"),
        ("R-1.zip", "R-1.csv", "R-1.csv ! unpacked_part"),
        ("R-1.gz", "R-1.csv", "R-1.csv ! unpacked_part"),
        ("R-1.csv", "R-1.csv.gz", "OUTLAY_MISSING_PART"),
    ] {
        let folder = tree(&[("R-Manifest.json", &listing(&[key])), (file, "")]);
        assert_eq!(plan(folder.path()), wanted, "{key}");
    }
    // One file cannot be two parts of a manifest.
    let folder = tree(&[("R-Manifest.json", &listing(&["R-1.csv.gz", "R-1.csv.zip"])), ("R-1.csv", "")]);
    assert_eq!(plan(folder.path()), "OUTLAY_MANIFEST");
}

#[test]
fn many_parts_are_found_in_linear_time() {
    let parts = 20_000;
    let keys: Vec<String> =
        (0..parts).map(|part| format!("P/R/20260101-20260201/a-{}/R-{:05}.csv", part % 7, part / 7)).collect();
    let folder = tree(&[(
        "R-Manifest.json",
        &legacy("R", "20260101", "a", &keys.iter().map(String::as_str).collect::<Vec<_>>()),
    )]);
    for key in &keys {
        let path = folder.path().join(key.strip_prefix("P/R/").unwrap());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, b"").unwrap();
    }
    let begun = std::time::Instant::now();
    let planned = Reader::builder().plan(folder.path()).unwrap();
    assert_eq!(planned.parts.len(), parts);
    // Comparing each key with each file would take minutes.
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
}
