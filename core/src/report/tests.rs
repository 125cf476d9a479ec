//! Trees of files → plans.

// A test that fails may say so by a panic.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::error::{Error, Result};

const D1: &str = "20250101-20250201";
const D2: &str = "20250201-20250301";
const U1: &str = "9797f397-a820-4572-8c9e-df096ab9b3c4";
const U2: &str = "0b97f397-a820-4572-8c9e-df096ab9b3c4";
const T1: &str = "20250107T053621Z";
const T2: &str = "20250108T053621Z";
const X1: &str = "2026-04-16T15:24:15.653Z-04e9e487-79a7-42b1-a680-1de7c660dc8f";

/// A folder of its own for each case.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A file with content, or without any when it is data.
    fn put(&self, key: &str, content: &str) -> &Self {
        let path = self.at(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    fn data<'a>(&self, keys: impl IntoIterator<Item = &'a str>) -> &Self {
        keys.into_iter().for_each(|key| {
            self.put(key, key);
        });
        self
    }

    fn at(&self, key: &str) -> PathBuf {
        if key.is_empty() { self.0.path().to_owned() } else { self.0.path().join(key) }
    }

    fn plan(&self, inputs: &[&str]) -> Result<Plan> {
        self.plan_months(inputs, None)
    }

    fn plan_months(&self, inputs: &[&str], months: Option<&[&str]>) -> Result<Plan> {
        let inputs: Vec<PathBuf> = inputs.iter().map(|input| self.at(input)).collect();
        let months: Option<Vec<BillingPeriod>> = months.map(|months| months.iter().map(|m| m.parse().unwrap()).collect());
        plan(&inputs, months.as_deref())
    }

    /// The parts of a plan by their places in this folder, after a look that each can be opened and is the right one.
    fn keys(&self, plan: &Plan) -> Vec<String> {
        let root = self.0.path().to_str().unwrap().to_owned() + "/";
        let key = |(index, part): (usize, &Part)| {
            let key = part.path.strip_prefix(&root).unwrap_or_else(|| panic!("{}", part.path)).to_owned();
            let mut text = String::new();
            part.open().unwrap().read_to_string(&mut text).unwrap();
            assert_eq!((&text, part.size, part.index), (&key, key.len() as u64, index));
            key
        };
        plan.parts.iter().enumerate().map(key).collect()
    }

    fn error(&self, inputs: &[&str]) -> String {
        let error = self.plan(inputs).unwrap_err();
        let root = self.0.path().to_str().unwrap();
        format!("{} {}", error.code(), error.to_string().replace(&format!("{root}/"), "").replace(root, "."))
    }

    fn warnings(&self, plan: &Plan) -> Vec<String> {
        let root = self.0.path().to_str().unwrap();
        plan.warnings.iter().map(|text| text.replace(&format!("{root}/"), "").replace(root, ".")).collect()
    }
}

fn legacy(name: &str, month: &str, assembly: &str, keys: &[&str]) -> String {
    let (start, end) = month.split_once('-').unwrap();
    serde_json::json!({
        "assemblyId": assembly, "account": "123456789012", "reportName": name, "reportKeys": keys,
        "columns": [{"category": "identity", "name": "LineItemId"}],
        "billingPeriod": {"start": format!("{start}T000000.000Z"), "end": format!("{end}T000000.000Z")},
    })
    .to_string()
}

fn export(execution: &str, keys: &[&str]) -> String {
    let files: Vec<String> = keys.iter().map(|key| format!("s3://bucket/{key}")).collect();
    serde_json::json!({"executionId": execution, "dataFiles": files, "columns": [{"name": "line_item_type"}]}).to_string()
}

/// A bucket of a legacy report that keeps its deliveries: two in January, one in February.
fn months() -> Folder {
    let folder = Folder::new();
    let old = format!("P/R/{D1}/{T1}/R-00001.csv.gz");
    let new = [format!("P/R/{D1}/{T2}/R-00001.csv.gz"), format!("P/R/{D1}/{T2}/R-00002.csv.gz")];
    let february = format!("P/R/{D2}/{T2}/R-00001.csv.gz");
    folder.data([&*old, &*new[0], &*new[1], &*february]);
    let january = legacy("R", D1, T2, &[&new[1], &new[0]]);
    folder.put(&format!("P/R/{D1}/{T1}/R-Manifest.json"), &legacy("R", D1, T1, &[&old]));
    folder.put(&format!("P/R/{D1}/{T2}/R-Manifest.json"), &january);
    folder.put(&format!("P/R/{D1}/R-Manifest.json"), &january);
    folder.put(&format!("P/R/{D1}/{T2}/R-RedshiftManifest.json"), "{}");
    folder.put(&format!("P/R/{D2}/R-Manifest.json"), &legacy("R", D2, T2, &[&february]));
    folder.put("P/R/R/cost_and_usage_data_status/cost_and_usage_data_status.parquet", "");
    folder.put("P/R/notes.json", "[]");
    folder
}

#[test]
fn a_tree_of_months() {
    let folder = months();
    let plan = folder.plan(&[""]).unwrap();
    let wanted = [
        format!("P/R/{D1}/{T2}/R-00001.csv.gz"),
        format!("P/R/{D1}/{T2}/R-00002.csv.gz"),
        format!("P/R/{D2}/{T2}/R-00001.csv.gz"),
    ];
    assert_eq!(folder.keys(&plan), wanted);
    let left = format!("P/R/{D1}/{T1}/R-00001.csv.gz: left out, no manifest that was read lists it");
    assert_eq!(folder.warnings(&plan), [left]);
    let first = &plan.parts[0];
    assert_eq!(first.object, wanted[0]);
    assert_eq!((first.period, first.delivery.as_deref()), (BillingPeriod::new(2025, 1), Some(T2)));
    assert_eq!((first.report.as_deref(), first.as_of), (Some("R"), Some(1_736_314_581_000_000)));
    assert_eq!(first.columns, ["identity/LineItemId"]);

    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
    let old: Part = serde_json::from_str(r#"{"object":"R.csv","path":"/nowhere/R.csv"}"#).unwrap();
    assert_eq!(old.open().err().map(|error| error.code()), Some("OUTLAY_NOT_FOUND"));
}

#[test]
fn any_depth_and_only_the_months_asked_for() {
    let folder = months();
    for input in ["P", "P/R", &format!("P/R/{D2}"), &format!("P/R/{D2}/R-Manifest.json")] {
        let plan = folder.plan_months(&[input], Some(&["2025-02"])).unwrap();
        assert_eq!(folder.keys(&plan), [format!("P/R/{D2}/{T2}/R-00001.csv.gz")], "{input}");
        assert!(plan.warnings.is_empty(), "{input}: {:?}", plan.warnings);
    }
    // Of a month that is not asked for not even a missing part matters.
    fs::remove_file(folder.at(&format!("P/R/{D1}/{T2}/R-00002.csv.gz"))).unwrap();
    assert_eq!(folder.plan_months(&[""], Some(&["2025-02"])).unwrap().parts.len(), 1);
    let none = folder.plan_months(&["", ], Some(&["2024-12"])).unwrap();
    assert_eq!(none.parts.len(), 0);
    assert_eq!(none.warnings, ["nothing to read: no month that was asked for is there, only 2025-01, 2025-02"]);
}

#[test]
fn manifests_given_by_name() {
    let (bp, exec) = ("BILLING_PERIOD=2026-04", X1);
    let local = exec.replace(':', "_");
    for (name, manifest, content, files) in [
        ("legacy", format!("P/R/{D1}/R-Manifest.json"), legacy("R", D1, U1, &[&format!("P/R/{D1}/{U1}/R-1.csv.gz")]), vec![
            format!("P/R/{D1}/{U1}/R-1.csv.gz"),
            format!("P/R/{D1}/{U2}/R-1.csv.gz"),
        ]),
        ("assembly", format!("R/{D1}/{U1}/R-Manifest.json"), legacy("R", D1, U1, &[&format!("P/R/{D1}/{U1}/R-1.csv.gz")]), vec![
            format!("R/{D1}/{U1}/R-1.csv.gz"),
        ]),
        ("overwrite", format!("R/{D1}/R-Manifest.json"), legacy("R", D1, U1, &[&format!("/R/{D1}/R-1.csv.gz")]), vec![
            format!("R/{D1}/R-1.csv.gz"),
            format!("R/{D1}/{U1}/R-1.csv.gz"),
            format!("R/{D1}/R-2.csv.gz"),
        ]),
        ("for Athena", format!("R/{D1}/R-Manifest.json"), legacy("R", D1, U1, &["R/R/year=2025/month=1/R-1.snappy.parquet"]), vec![
            "R/R/year=2025/month=1/R-1.snappy.parquet".to_owned(),
            "R/R/year=2024/month=1/R-1.snappy.parquet".to_owned(),
        ]),
        ("flat", "R-Manifest.json".to_owned(), legacy("R", D1, U1, &[&format!("P/R/{D1}/{U1}/R-1.csv.gz")]), vec![
            "R-1.csv.gz".to_owned(),
            format!("{D2}/R-1.csv.gz"),
        ]),
        ("beside", "R-Manifest.json".to_owned(), legacy("R", D1, U1, &[&format!("P/R/{D1}/{U1}/R-1.csv.gz")]), vec![
            "parts/R-1.csv.gz".to_owned(),
        ]),
        ("export", format!("x/metadata/{bp}/E-Manifest.json"), export("e", &[&format!("P/E/data/{bp}/E-1.csv.gz")]), vec![
            format!("x/data/{bp}/E-1.csv.gz"),
            "x/data/BILLING_PERIOD=2026-05/E-1.csv.gz".to_owned(),
        ]),
        (
            "execution",
            format!("x/metadata/{bp}/{exec}/E-Manifest.json"),
            export("e", &[&format!("P/E/data/{bp}/{exec}/E-1.csv.gz")]),
            vec![format!("x/data/{bp}/{exec}/E-1.csv.gz"), format!("x/data/{bp}/{T1}-a/E-1.csv.gz")],
        ),
        (
            "execution on a disk without colons",
            format!("x/metadata/{bp}/{local}/E-Manifest.json"),
            export("e", &[&format!("P/E/data/{bp}/{exec}/E-1.csv.gz")]),
            vec![format!("x/data/{bp}/{local}/E-1.csv.gz"), format!("x/data/{bp}/{T1}-a/E-1.csv.gz")],
        ),
    ] {
        let folder = Folder::new();
        folder.put(&manifest, &content).data(files.iter().map(String::as_str));
        for input in [manifest.as_str(), ""] {
            let plan = folder.plan(&[input]).unwrap_or_else(|error| panic!("{name}, {input}: {error}"));
            assert_eq!(folder.keys(&plan), files[..1], "{name}, {input}");
        }
        let by_name = folder.plan(&[&manifest]).unwrap();
        assert_eq!(by_name.parts[0].object, folder.at(&files[0]).to_str().unwrap(), "{name}");
        // Without its file no other one takes its place.
        fs::remove_file(folder.at(&files[0])).unwrap();
        for input in [manifest.as_str(), ""] {
            assert!(matches!(folder.plan(&[input]), Err(Error::MissingPart { .. })), "{name}, {input}");
        }
    }
}

#[test]
fn errors_and_what_they_name() {
    let key = |chunk: &str| format!("P/R/{D1}/{U1}/R-{chunk}.csv.gz");
    let manifest = legacy("R", D1, U1, &[&key("1"), &key("2")]);
    for (name, files, wanted) in [
        ("nothing", vec![("readme.txt", "")], "OUTLAY_FORMAT .: it holds no report"),
        ("a status table only", vec![("cost_and_usage_data_status/s.parquet", "")], "OUTLAY_FORMAT"),
        ("a broken manifest", vec![("R-Manifest.json", "{"), ("R-1.csv", "")], "OUTLAY_MANIFEST R-Manifest.json"),
        (
            "a missing part",
            vec![("a/R-Manifest.json", &*manifest), ("a/R-1.csv.gz", "")],
            "OUTLAY_MISSING_PART a/R-Manifest.json: names `P/R/20250101-20250201/9797f397-a820-4572-8c9e-df096ab9b3c4/R-2.csv.gz`",
        ),
        (
            "a part of somebody else",
            vec![("a/R-Manifest.json", &*manifest), ("a/R-1.csv.gz", ""), ("b/R-2.csv.gz", "")],
            "OUTLAY_MISSING_PART",
        ),
        (
            "a part there twice",
            vec![("R-Manifest.json", &*manifest), ("R-1.csv.gz", ""), ("a/R-2.csv.gz", ""), ("b/R-2.csv.gz", "")],
            "OUTLAY_AMBIGUOUS R-Manifest.json: several files match one of its parts equally well: a/R-2.csv.gz, b/R-2.csv.gz",
        ),
        (
            "one file for two parts",
            vec![
                ("R-Manifest.json", r#"{"reportKeys":["a/R-1.csv","b/R-1.csv"]}"#),
                ("R-1.csv", ""),
            ],
            "OUTLAY_MISSING_PART R-Manifest.json: names `b/R-1.csv`",
        ),
        ("a key elsewhere", vec![("R-Manifest.json", r#"{"reportKeys":["/etc/passwd"]}"#)], "OUTLAY_MISSING_PART"),
        ("a key upwards", vec![("R-Manifest.json", r#"{"reportKeys":["../../etc/passwd"]}"#)], "OUTLAY_MANIFEST"),
        ("a drive", vec![("R-Manifest.json", r#"{"reportKeys":["C:\\R-1.csv"]}"#), ("R-1.csv", "")], "OUTLAY_MISSING_PART"),
        (
            "two reports",
            vec![
                ("a/R-Manifest.json", r#"{"reportName":"R","reportKeys":[]}"#),
                ("b/S-Manifest.json", r#"{"reportName":"S","reportKeys":[]}"#),
            ],
            "OUTLAY_AMBIGUOUS .: it holds several reports, name one of their folders: R, S",
        ),
        (
            "two reports of one name",
            vec![
                ("a/R-Manifest.json", r#"{"reportName":"R","reportKeys":["a/R/20250101-20250201/R-1.csv"]}"#),
                ("b/R-Manifest.json", r#"{"reportName":"R","reportKeys":["b/R/20250201-20250301/R-1.csv"]}"#),
            ],
            "OUTLAY_AMBIGUOUS .: it holds several reports, name one of their folders: R in a/R, R in b/R",
        ),
        (
            "a month and a manifest without one",
            vec![
                ("a/R-Manifest.json", r#"{"reportName":"R","reportKeys":[],"billingPeriod":"2025-01"}"#),
                ("b/R-Manifest.json", r#"{"reportName":"R","reportKeys":[]}"#),
            ],
            "OUTLAY_AMBIGUOUS .: some manifests name no month, which may be one of the others: b/R-Manifest.json",
        ),
        (
            "two months that mean the same file",
            vec![
                ("R-1.csv", ""),
                ("a-Manifest.json", r#"{"reportName":"R","reportKeys":["R-1.csv"],"billingPeriod":"2025-01"}"#),
                ("b-Manifest.json", r#"{"reportName":"R","reportKeys":["R-1.csv"],"billingPeriod":"2025-02"}"#),
            ],
            "OUTLAY_AMBIGUOUS .: two manifests mean the same file: a-Manifest.json, b-Manifest.json",
        ),
    ] {
        let folder = Folder::new();
        files.iter().for_each(|(key, content)| {
            folder.put(key, content);
        });
        let error = folder.error(&[""]);
        assert!(error.starts_with(wanted), "{name}: {error}");
    }
}

#[test]
fn several_deliveries_and_no_top_level() {
    // (name, ids of the deliveries, the one to read or the error)
    for (name, ids, wanted) in [
        ("one", &[U1][..], Ok(U1)),
        ("times", &[T2, T1], Ok(T2)),
        ("identifiers", &[U1, U2], Err("nothing says which is the newest")),
        ("one of each", &[U1, T1], Err("nothing says which is the newest")),
    ] {
        let folder = Folder::new();
        for id in ids {
            let key = format!("P/R/{D1}/{id}/R-1.csv.gz");
            folder.data([&*key]).put(&format!("P/R/{D1}/{id}/R-Manifest.json"), &legacy("R", D1, id, &[&key]));
        }
        match (folder.plan(&[""]), wanted) {
            (Ok(plan), Ok(id)) => {
                assert_eq!(folder.keys(&plan), [format!("P/R/{D1}/{id}/R-1.csv.gz")], "{name}");
                // The manifest that was left out, and its file.
                assert_eq!(plan.warnings.len(), 2 * (ids.len() - 1), "{name}: {:?}", plan.warnings);
            }
            (Err(error @ Error::Ambiguous { .. }), Err(text)) => {
                let error = error.to_string();
                assert!(error.contains(text) && ids.iter().all(|id| error.contains(id)), "{name}: {error}");
            }
            (plan, _) => panic!("{name}: {plan:?}"),
        }
    }
}

#[test]
fn a_top_level_that_lags_behind_is_read_with_a_warning() {
    let folder = Folder::new();
    for id in [T1, T2] {
        let key = format!("R/{D1}/{id}/R-1.csv.gz");
        folder.data([&*key]).put(&format!("R/{D1}/{id}/R-Manifest.json"), &legacy("R", D1, id, &[&key]));
    }
    folder.put(&format!("R/{D1}/R-Manifest.json"), &legacy("R", D1, T1, &[&format!("R/{D1}/{T1}/R-1.csv.gz")]));
    let plan = folder.plan(&[""]).unwrap();
    assert_eq!(folder.keys(&plan), [format!("R/{D1}/{T1}/R-1.csv.gz")]);
    assert!(plan.warnings[0].contains("a newer delivery of the month lies beside it"), "{:?}", plan.warnings);
}

#[test]
fn unlisted_files_are_named_up_to_a_point() {
    let folder = Folder::new();
    folder.put("R-Manifest.json", &legacy("R", D1, U1, &["R-00001.csv.gz"])).data(["R-00001.csv.gz"]);
    for number in 2..=30 {
        folder.put(&format!("R-{number:05}.csv.gz"), "");
    }
    let plan = folder.plan(&[""]).unwrap();
    let warnings = folder.warnings(&plan);
    assert_eq!((plan.parts.len(), warnings.len()), (1, 21));
    assert_eq!(warnings[0], "R-00002.csv.gz: left out, no manifest that was read lists it");
    assert_eq!(warnings[20], "9 more files: left out, no manifest that was read lists it");
}

#[test]
fn an_empty_list_is_no_error() {
    let folder = Folder::new();
    folder.put("R-Manifest.json", include_str!("../../tests/data/manifests/legacy-manifest-2018-01-no-types.json"));
    for input in ["", "R-Manifest.json"] {
        let plan = folder.plan(&[input]).unwrap();
        assert_eq!((plan.parts.len(), folder.warnings(&plan)), (0, vec!["R-Manifest.json: lists no parts yet".to_owned()]));
    }
}

#[test]
fn folders_without_a_manifest() {
    let month = |month: &str, rest: &str| format!("E/data/BILLING_PERIOD={month}/{rest}");
    let t1 = format!("R/{D1}/{T1}/R-00001.csv.gz");
    let t2 = format!("R/{D1}/{T2}/R-00001.csv.gz");
    let (april, may) = (month("2026-04", "E-00001.csv.gz"), month("2026-05", &format!("{T1}-a/E-00001.csv.gz")));
    let (first, old) = (month("2026-04", "E-00001.csv.gz"), month("2026-04", "x/E-00001.csv.gz"));
    for (name, files, wanted) in [
        ("one file", vec!["bill.csv"], Ok(vec!["bill.csv"])),
        ("one file with a year", vec!["bill-2024.csv"], Ok(vec!["bill-2024.csv"])),
        ("one file deep down", vec!["a/b/bill.zip"], Ok(vec!["a/b/bill.zip"])),
        ("chunks", vec!["R-00002.csv.gz", "R-00001.csv.gz"], Ok(vec!["R-00001.csv.gz", "R-00002.csv.gz"])),
        (
            "old numbers",
            vec!["R-1.csv", "R-10.csv", "R-2.csv", "R-3.csv", "R-4.csv", "R-5.csv", "R-6.csv", "R-7.csv", "R-8.csv", "R-9.csv"],
            Ok(vec![
                "R-1.csv", "R-2.csv", "R-3.csv", "R-4.csv", "R-5.csv", "R-6.csv", "R-7.csv", "R-8.csv", "R-9.csv", "R-10.csv",
            ]),
        ),
        ("months", vec![&*may, &*april], Ok(vec![&*april, &*may])),
        ("hidden files", vec!["R-00001.csv", "._R-00001.csv", ".cache/R-00001.csv"], Ok(vec!["R-00001.csv"])),
        (
            "a gap",
            vec!["a/R-00001.csv.gz", "a/R-00003.csv.gz"],
            Err("OUTLAY_MISSING_PART a/R-00003.csv.gz: names `a/R-00002.csv.gz`"),
        ),
        ("no first", vec!["R-2.csv.gz", "R-3.csv.gz"], Err("OUTLAY_MISSING_PART R-2.csv.gz: names `R-1.csv.gz`")),
        ("a last one alone", vec!["R-00003.csv.gz"], Err("OUTLAY_MISSING_PART R-00003.csv.gz: names `R-00001.csv.gz`")),
        ("two years", vec!["bill-2024.csv", "bill-2025.csv"], Err("OUTLAY_MISSING_PART bill-2024.csv: names `bill-1.csv`")),
        ("two stems", vec!["a.csv", "b.csv"], Err("OUTLAY_AMBIGUOUS .: it has no manifest, and its files are of several reports")),
        ("two folders", vec!["a/R-1.csv", "b/R-2.csv"], Err("OUTLAY_AMBIGUOUS .: it has no manifest, and its files are of several reports")),
        ("the same unpacked", vec!["R.csv", "R.csv.gz"], Err("OUTLAY_AMBIGUOUS .: it has no manifest, and these are not chunks")),
        ("one chunk unpacked", vec!["R-1.csv", "R-1.csv.gz"], Err("OUTLAY_AMBIGUOUS .: it has no manifest, and these are not chunks")),
        ("a chunk and a whole", vec!["R-1.csv", "R.csv"], Err("OUTLAY_AMBIGUOUS .: it has no manifest, and these are not chunks")),
        ("two deliveries", vec![&*t1, &*t2], Err("OUTLAY_AMBIGUOUS .: it has no manifest, and its files are of several deliveries")),
        ("two modes", vec![&*first, &*old], Err("OUTLAY_AMBIGUOUS .: it has no manifest, and its files are of several deliveries")),
        ("a month and a file", vec![&*t1, "R/R-00001.csv.gz"], Err("OUTLAY_AMBIGUOUS .: it has no manifest, and some files")),
    ] {
        let folder = Folder::new();
        folder.data(files);
        match wanted {
            Ok(wanted) => {
                let plan = folder.plan(&[""]).unwrap_or_else(|error| panic!("{name}: {error}"));
                assert_eq!(folder.keys(&plan), wanted, "{name}");
            }
            Err(wanted) => {
                let error = folder.error(&[""]);
                assert!(error.starts_with(wanted), "{name}: {error}");
            }
        }
    }
}

#[test]
fn months_without_a_manifest_know_what_their_folders_say() {
    let folder = Folder::new();
    folder.data([&*format!("R/{D1}/{T1}/R-00001.csv.gz"), &*format!("R/{D2}/{U1}/R-00001.csv.gz")]);
    let plan = folder.plan(&[""]).unwrap();
    assert_eq!(folder.warnings(&plan), [".: it has no manifest, a missing last part cannot be noticed"]);
    let found: Vec<_> = plan.parts.iter().map(|part| (part.period.unwrap().to_string(), part.delivery.clone())).collect();
    assert_eq!(found, [("2025-01".to_owned(), Some(T1.to_owned())), ("2025-02".to_owned(), Some(U1.to_owned()))]);
    assert_eq!(plan.parts[0].as_of, Some(1_736_228_181_000_000));
    assert_eq!(folder.plan_months(&[""], Some(&["2025-02"])).unwrap().parts.len(), 1);
    let other = folder.plan_months(&[""], Some(&["2025-03"])).unwrap();
    assert_eq!(other.warnings, ["nothing to read: no month that was asked for is there, only 2025-01, 2025-02"]);
}

#[test]
fn lists_of_inputs() {
    let folder = Folder::new();
    let second = format!("{D1}/{T1}/b-00007.csv.gz");
    folder.data(["c.csv", &second, "a.csv"]);
    let plan = folder.plan(&["c.csv", &second, "a.csv"]).unwrap();
    assert_eq!(folder.keys(&plan), ["c.csv", &second, "a.csv"]);
    let part = &plan.parts[1];
    assert_eq!((part.period, part.report.as_deref(), part.delivery.as_deref()), (BillingPeriod::new(2025, 1), Some("b"), Some(T1)));
    assert!(folder.error(&["a.csv", "c.csv", "a.csv"]).starts_with("OUTLAY_OPTION option `path`: `a.csv` was given twice"));
    assert!(folder.error(&["a.csv", "./a.csv"]).starts_with("OUTLAY_OPTION"));
    assert!(folder.error(&[&second, D1]).starts_with("OUTLAY_"));
    assert!(folder.error(&["none.csv"]).starts_with("OUTLAY_NOT_FOUND"));
    assert_eq!(plan_error(&[]), "OUTLAY_OPTION");
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        std::os::unix::fs::symlink(folder.at("a.csv"), folder.at("link.csv")).unwrap();
        assert_eq!(folder.plan(&["link.csv"]).unwrap().parts.len(), 1);
        assert!(folder.error(&["a.csv", "link.csv"]).starts_with("OUTLAY_OPTION"));
        assert_eq!(plan_error(&[PathBuf::from(std::ffi::OsStr::from_bytes(b"\xff.csv"))]), "OUTLAY_OPTION");
    }

    let months = months();
    let (one, two) = (format!("P/R/{D1}/{T1}"), format!("P/R/{D1}/{T2}"));
    assert!(months.error(&[&one, &two]).contains("the same month of the same report was given twice"));
    assert_eq!(months.plan(&[&format!("P/R/{D2}"), &two]).unwrap().parts.len(), 3);
    assert!(months.error(&[&two, &format!("{two}/R-00001.csv.gz")]).starts_with("OUTLAY_OPTION"));
}

fn plan_error(inputs: &[PathBuf]) -> &'static str {
    plan(inputs, None).unwrap_err().code()
}

#[cfg(unix)]
#[test]
fn links_are_left_out_with_a_warning() {
    let folder = Folder::new();
    let outside = Folder::new();
    outside.data(["R-00002.csv.gz"]);
    folder.data(["in/R-00001.csv.gz"]);
    std::os::unix::fs::symlink(outside.at("R-00002.csv.gz"), folder.at("in/R-00002.csv.gz")).unwrap();
    std::os::unix::fs::symlink(folder.at("in"), folder.at("root")).unwrap();
    for input in ["in", "root"] {
        let plan = folder.plan(&[input]).unwrap();
        assert_eq!(plan.parts.len(), 1);
        assert_eq!(folder.warnings(&plan)[0], format!("{input}/R-00002.csv.gz: left out, it is a symbolic link"));
    }
    folder.put("in/R-Manifest.json", &legacy("R", D1, U1, &["P/R-00001.csv.gz", "P/R-00002.csv.gz"]));
    assert!(folder.error(&["in"]).starts_with("OUTLAY_MISSING_PART in/R-Manifest.json: names `P/R-00002.csv.gz`"));
}

#[test]
fn paths_with_dots_are_understood() {
    let folder = Folder::new();
    let bp = "BILLING_PERIOD=2026-04";
    let key = format!("P/E/data/{bp}/E-1.csv.gz");
    folder.put(&format!("P/E/metadata/{bp}/E-Manifest.json"), &export("e", &[&key])).data([&*key]);
    folder.put(&format!("P/E/metadata/{bp}/deeper/x.txt"), "");
    for input in [format!("P/E/metadata/{bp}/deeper/../E-Manifest.json"), format!("P/./E/metadata/{bp}/E-Manifest.json")] {
        let plan = folder.plan(&[&input]).unwrap_or_else(|error| panic!("{input}: {error}"));
        assert!(plan.parts[0].path.ends_with(&key), "{input}");
    }
}

/// A manifest in a folder of downloads must not reach files of others, however well their names match.
#[test]
fn the_way_up_ends_where_the_layout_of_reports_ends() {
    let folder = Folder::new();
    folder.data(["home/secret/salaries.csv"]);
    folder.put("home/downloads/R-Manifest.json", &legacy("R", D1, U1, &["x/y/z/home/secret/salaries.csv"]));
    assert!(folder.error(&["home/downloads/R-Manifest.json"]).starts_with("OUTLAY_MISSING_PART"));
}
