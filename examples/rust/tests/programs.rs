//! The programs as their users run them.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Runs an example that cargo has built beside this test.
fn run(example: &str, arguments: &[&str]) -> Output {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().unwrap().parent().unwrap().join("examples").join(example);
    Command::new(program).args(arguments).current_dir(root()).output().unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

const SAMPLES: &str = "core/tests/data/samples";

#[test]
fn the_readme_shows_the_program_that_runs() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let program = std::fs::read_to_string(root().join("examples/rust/quickstart.rs")).unwrap();
    let shown = readme.split("```rust\n").nth(1).unwrap().split("```").next().unwrap();
    assert!(program.ends_with(shown), "README.md and quickstart.rs differ");
    let printed = String::from_utf8(run("quickstart", &[]).stdout).unwrap();
    assert!(
        readme.contains(&format!("prints `{}`", printed.trim())),
        "README.md does not say that it prints {printed}"
    );
}

#[test]
fn the_demo_report_is_proven() {
    let output = run("normalize", &["examples/data/report"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    for part in ["Amazon Elastic Compute Cloud", "800.2936682272", "174 rows in, 175 rows out", "proven:"] {
        assert!(text.contains(part), "no `{part}` in {text}");
    }
}

/// Names that would color a terminal, break its lines or turn its text around: in each place where one is printed.
#[test]
#[cfg(unix)]
fn control_characters_in_names_are_printed_as_escapes() {
    let hostile = "R\n\u{1b}[31m\u{202e}m";
    let (escaped, escaped_path) = ("R\\n\\u{1b}[31m\\u{202e}m", "R\\n\\u{1b}[31m\\u{202e}m-1.csv");
    let sample = std::fs::read_to_string(root().join("core/tests/data/golden/usage/report.csv")).unwrap();
    let (header, row) = sample.trim_end().split_once('\n').unwrap();
    let home = tempfile::tempdir().unwrap();
    let folder = |name: &str| {
        let folder = home.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        folder
    };
    let write = |folder: &Path, name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    let manifest = |keys: &str| {
        let period = r#""billingPeriod": {"start": "20240101T000000.000Z", "end": "20240201T000000.000Z"}"#;
        format!(r#"{{"assemblyId": "a", "reportName": "R", {period}, "reportKeys": [{keys}]}}"#)
    };
    let path = |path: &Path| path.to_str().unwrap().to_owned();

    let no_report = folder("no-report");
    write(&no_report, &format!("{hostile}-1.csv"), "a,b\n1,2\n");
    let column = folder("column");
    let twice = format!("{header},\"{hostile}\",\"{hostile}\"\n{row},1,2\n");
    write(&column, "R-1.csv", &twice);
    let cell = folder("cell");
    write(&cell, &format!("{hostile}-1.csv"), &format!("{sample}too,few\n"));
    let missing = folder("missing");
    let key = serde_json::to_string(&format!("{hostile}-1.csv")).unwrap();
    write(&missing, "R-Manifest.json", &manifest(&key));
    let unlisted = folder("unlisted");
    write(&unlisted, "R-1.csv", &sample);
    write(&unlisted, &format!("{hostile}-2.csv"), "");
    write(&unlisted, "R-Manifest.json", &manifest("\"R-1.csv\""));
    let several = folder("several");
    write(&several, &format!("{hostile}-Manifest.json"), &manifest("\"R-1.csv\""));
    write(&several, "S-Manifest.json", &manifest("\"S-1.csv\"").replace("\"R\"", "\"S\""));
    let service = folder("service");
    write(&service, "R-1.csv", &sample.replacen("AmazonEC2", &format!("\"{hostile}\""), 1));
    #[rustfmt::skip]
    let cases = [
        //  what it is                    arguments                                                     printed
        ("the name of an input",      vec![path(&home.path().join(hostile))],                          escaped),
        ("a file that is no report",  vec![path(&no_report)],                                          escaped_path),
        ("a header",                  vec![path(&column)],                                             escaped),
        ("a record that is ragged",   vec![path(&cell)],                                               escaped_path),
        ("a record set aside",        vec![path(&cell), "--on-error".into(), "quarantine".into()],     escaped_path),
        ("a part that is missing",    vec![path(&missing)],                                            escaped_path),
        ("a part left out",           vec![path(&unlisted)],                                           escaped),
        ("manifests to choose from",  vec![path(&several)],                                            escaped),
        ("a file to write",           vec![path(&unlisted), "--output".into(), format!("{hostile}.txt")], escaped),
        ("a folder to write to",      vec![path(&unlisted), "--output".into(), format!("{hostile}/a.csv")], escaped),
        ("a service",                 vec![path(&service)],                                            escaped),
        ("an option",                 vec![format!("--{hostile}")],                                    escaped),
    ];
    for (name, arguments, printed) in cases {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = run("normalize", &arguments);
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        let raw = text.replace('\n', " ");
        assert!(!raw.contains(|c: char| c.is_control() || c == '\u{202e}'), "{name}: {text:?}");
        assert!(text.contains(printed), "{name}: {text}");
    }
    // The file of records set aside: its reason is printable, the name of the object is the name.
    let aside = home.path().join("aside.csv");
    run("normalize", &[&path(&cell), "--on-error", "quarantine", "--quarantine", &path(&aside)]);
    let text = std::fs::read_to_string(aside).unwrap();
    assert!(text.contains(&format!("\"{hostile}-1.csv\"")) && text.contains(escaped_path), "{text:?}");
}

#[test]
fn json_is_one_object_of_exact_text() {
    let output = run("normalize", &[&format!("{SAMPLES}/legacy-csv-daily-2023-11.csv.gz"), "--json"]);
    assert!(output.status.success());
    let totals = json(&output);
    assert_eq!(totals["rows_in"], 1281);
    assert_eq!(totals["rows_out"], 1281);
    assert_eq!(totals["rows_quarantined"], 0);
    assert_eq!(totals["rows_dropped"]["savings_plan_negation"], 0);
    assert_eq!(totals["costs"]["USD"]["BilledCost"], "1.6823086974");
    assert!(totals["checks"].as_array().unwrap().iter().all(|check| check["holds"] == true));
}

#[test]
fn what_is_not_proven_exits_with_1() {
    let output = run("normalize", &[&format!("{SAMPLES}/synthetic-legacy-finalized-nok.csv"), "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let checks = json(&output)["checks"].clone();
    let broken: Vec<&Value> = checks.as_array().unwrap().iter().filter(|check| check["holds"] == false).collect();
    assert_eq!(broken.len(), 1);
    assert_eq!(broken[0]["name"], "savings_plan_negation");
}

#[test]
fn errors_go_to_standard_error_with_code_and_place() {
    #[rustfmt::skip]
    let cases = [
        (format!("{SAMPLES}/synthetic-legacy-crlf.csv"), "OUTLAY_RAGGED: synthetic-legacy-crlf.csv: row 1, byte"),
        (format!("{SAMPLES}/handmade-cur2-minimal.csv"), "OUTLAY_MISSING_COLUMN: handmade-cur2-minimal.csv"),
        ("nowhere".to_owned(),                           "OUTLAY_NOT_FOUND: nowhere"),
    ];
    for (report, wanted) in cases {
        let output = run("normalize", &[&report, "--json"]);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{report}");
        assert!(error.starts_with(wanted), "{error}");
        assert!(output.stdout.is_empty(), "{report}");
    }
    assert_eq!(run("normalize", &["--nonsense"]).status.code(), Some(2));
}

#[test]
fn each_kind_of_file_is_written() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["out.parquet", "out.arrow", "out.csv"] {
        let path = folder.path().join(name);
        let output = run("normalize", &["examples/data/report", "--output", path.to_str().unwrap(), "--threads", "2"]);
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(path.metadata().unwrap().len() > 1_000, "{name}");
    }
    let csv = std::fs::read_to_string(folder.path().join("out.csv")).unwrap();
    assert_eq!(csv.lines().count(), 176);
    let chosen = folder.path().join("chosen.csv");
    let arguments = ["examples/data/report", "--columns", "ServiceName,ListCost", "--output", chosen.to_str().unwrap()];
    assert!(run("normalize", &arguments).status.success());
    assert!(std::fs::read_to_string(chosen).unwrap().starts_with("ServiceName,ListCost\n"));
}

#[test]
fn bad_records_are_set_aside_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (report, aside) = (folder.path().join("report.csv"), folder.path().join("aside.csv"));
    let header = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode";
    std::fs::write(&report, format!("{header}\nUsage,1.5,USD\nUsage,convertible,USD\nUsage,2\nUsage,2.5,USD\n"))
        .unwrap();
    let arguments =
        [report.to_str().unwrap(), "--json", "--on-error", "quarantine", "--quarantine", aside.to_str().unwrap()];
    let output = run("normalize", &arguments);
    assert_eq!(output.status.code(), Some(1), "what is set aside is not proven");
    let totals = json(&output);
    assert_eq!(totals["rows_in"], 4);
    assert_eq!(totals["rows_out"], 2);
    assert_eq!(totals["rows_quarantined"], 2);
    assert_eq!(totals["costs"]["USD"]["BilledCost"], "4");
    let aside = std::fs::read_to_string(aside).unwrap();
    assert!(aside.contains("\"OUTLAY_VALUE\"") && aside.contains("\"Usage,convertible,USD\""), "{aside}");
    assert!(aside.contains("\"OUTLAY_RAGGED\"") && aside.contains("\"Usage,2\""), "{aside}");
}

/// The whole way against a cloud on this machine: the file is the month, and every step is told.
#[cfg(feature = "demo-cloud")]
#[test]
fn connect_goes_the_whole_way() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("month.csv");
    let output = run("connect", &["--demo", "--output", file.to_str().unwrap()]);
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    for text in [
        "passed   external_id        accepted, and without it the role is refused",
        "123412340534  Payer  active   yes",
        "444455556666   Shop  active",
        "2023-11  restated  20231203T053621Z",
        "proven: nothing was lost, nothing doubled",
    ] {
        assert!(told.contains(text), "{text} is not in:\n{told}");
    }
    assert_eq!(std::fs::read_to_string(file).unwrap().lines().count(), 176);
    let refused = run("connect", &["--bucket"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("usage: connect"), "it says how to use it");
}
