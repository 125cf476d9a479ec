//! What the program prints, and its exit status.

use std::path::Path;
use std::process::Command;

use super::{PROGRAM, SAMPLES, json, report, root, run};

#[test]
fn the_demo_report_is_proven() {
    let output = run(&["examples/data/report"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    for part in ["Amazon Elastic Compute Cloud", "800.2936682272", "174 rows in, 175 rows out", "proven:"] {
        assert!(text.contains(part), "no `{part}` in {text}");
    }
}

/// Names with control characters (colors, line breaks, text direction) are escaped wherever they are printed.
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
        ("the value of an option",    vec!["--maps".into(), hostile.into()],                           escaped),
    ];
    for (name, arguments, printed) in cases {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = run(&arguments);
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        let raw = text.replace('\n', " ");
        assert!(!raw.contains(|c: char| c.is_control() || c == '\u{202e}'), "{name}: {text:?}");
        assert!(text.contains(printed), "{name}: {text}");
    }
    // In the file of records set aside, the reason is escaped, and the name of the object is unchanged.
    let aside = home.path().join("aside.csv");
    run(&[&path(&cell), "--on-error", "quarantine", "--quarantine", &path(&aside)]);
    let text = std::fs::read_to_string(aside).unwrap();
    assert!(text.contains(&format!("\"{hostile}-1.csv\"")) && text.contains(escaped_path), "{text:?}");
}

#[test]
fn json_is_one_object_of_exact_text() {
    let output = run(&[&format!("{SAMPLES}/legacy-csv-daily-2023-11.csv.gz"), "--json"]);
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
    let output = run(&[&format!("{SAMPLES}/synthetic-legacy-finalized-nok.csv"), "--json"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(json(&output)["outcome"], "unproven");
    let checks = json(&output)["checks"].clone();
    let broken = checks.as_array().unwrap().iter().filter(|check| check["holds"] == false);
    let broken: Vec<&str> = broken.map(|check| check["name"].as_str().unwrap()).collect();
    assert_eq!(broken, ["billed_cost_by_sub_account", "savings_plan_negation"]);
}

#[test]
fn errors_go_to_standard_error_with_code_and_place() {
    let missing = format!(
        "OUTLAY_NOT_FOUND: {}: no such file or folder",
        crate::root().canonicalize().unwrap().join("nowhere").display()
    );
    #[rustfmt::skip]
    let cases = [
        (format!("{SAMPLES}/synthetic-legacy-crlf.csv"), "OUTLAY_RAGGED: synthetic-legacy-crlf.csv: row 1, byte"),
        (format!("{SAMPLES}/handmade-cur2-minimal.csv"), "OUTLAY_MISSING_COLUMN: handmade-cur2-minimal.csv"),
        ("nowhere".to_owned(),                           &missing),
    ];
    for (report, wanted) in cases {
        let output = run(&[&report, "--json"]);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{report}");
        assert!(error.starts_with(wanted), "{error}");
        assert!(output.stdout.is_empty(), "{report}");
    }
    assert_eq!(run(&["--nonsense"]).status.code(), Some(2));
}

#[test]
fn options_of_the_program_reach_the_read() {
    let (_folder, unknown) = report("Usage,,USD\nUsage,1,USD\n");
    let (_other, strange) = report("Weird,1,USD\n");
    let rows: [(&str, &[&str], i32, &str); 6] = [
        (&unknown, &[], 1, "costs_known"),
        (&unknown, &["--on-unknown", "null"], 1, "costs_known"),
        (&unknown, &["--on-unknown", "stop"], 1, "OUTLAY_UNKNOWN_COST"),
        (&unknown, &["--on-unknown", "stop", "--on-error", "quarantine"], 1, "nothing_quarantined"),
        (&strange, &[], 0, "Weird"),
        (&strange, &["--strict"], 1, "OUTLAY_UNKNOWN_TYPE"),
    ];
    for (report, more, status, told) in rows {
        let output = run(&[&[report], more].concat());
        let found = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(status), "{report} {more:?}: {found}");
        assert!(found.contains(told), "{report} {more:?}: {found}");
    }
}

#[test]
fn the_last_line_says_what_is_not_proven_and_why() {
    let output = run(&[&format!("{SAMPLES}/synthetic-legacy-finalized-nok.csv")]);
    let text = String::from_utf8(output.stdout).unwrap();
    let last = text.lines().last().unwrap();
    assert!(last.starts_with("NOT PROVEN: billed_cost_by_sub_account: account id "), "{last}");
    assert!(last.contains("; savings_plan_negation: "), "{last}");
    assert!(last.contains("covered usage and negations leave"), "{last}");
    let (_folder, path) = report("Usage,1.5,USD\nUsage,convertible,USD\nUsage,\u{1b}[31m,USD\n");
    let output = run(&[&path, "--on-error", "quarantine"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().last(), Some("NOT PROVEN: nothing_quarantined: report.csv: 2 records set aside"));
}

#[cfg(unix)]
#[test]
fn names_of_the_report_give_no_orders_to_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let header = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,product/ProductName";
    for name in ["R\n\u{1b}[31m-1.csv", "\u{9b}31m.csv", "a\rb.csv"] {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("{header}\nUsage,1,USD,\"Ama\u{1b}[31m\nzon\"\nUsage,x,USD,b\n")).unwrap();
        let output = run(&[path.to_str().unwrap(), "--on-error", "quarantine"]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("2 rows in, 1 rows out") && text.contains("records set aside"), "{text}");
        let is_order = |character: char| character.is_control() && character != '\n';
        assert!(!text.contains(is_order), "{name:?}: {text:?}");
        assert!(!text.contains(name), "{text}");
    }
}

#[test]
fn help_and_usage_name_the_command() {
    #[rustfmt::skip]
    let cases: [(&[&str], i32, &str); 15] = [
        (&["--help"],                                       0, "Usage: outlay [OPTIONS] <COMMAND>"),
        (&["normalize", "--help"],                          0, "Usage: outlay normalize [OPTIONS] <REPORT>..."),
        (&["connect", "-h"],                                0, "Usage: outlay connect [OPTIONS] <--report <NAME>|--location <BUCKET/PREFIX>>"),
        (&["help", "normalize"],                            0, "Usage: outlay normalize [OPTIONS] <REPORT>..."),
        (&["--version"],                                    0, concat!("outlay ", env!("CARGO_PKG_VERSION"))),
        (&["-V"],                                           0, concat!("outlay ", env!("CARGO_PKG_VERSION"))),
        (&[],                                               2, "Usage: outlay [OPTIONS] <COMMAND>"),
        (&["normalise"],                                    2, "a similar subcommand exists: 'normalize'"),
        (&["normalize"],                                    2, "Usage: outlay normalize <REPORT>..."),
        (&["normalize", "a", "--treads", "2"],              2, "a similar argument exists: '--threads'"),
        (&["normalize", "a", "--threads", "0"],             2, "invalid value '0' for '--threads <N>'"),
        (&["normalize", "a", "--maps", "list"],             2, "[possible values: map, json]"),
        (&["normalize", "a", "--decimals", "money"],        2, "`money` is none of `exact`, `float64`, `decimal(38,9)`"),
        (&["connect", "--report", "a", "--period", "soon"], 2, "invalid value 'soon' for '--period <YYYY-MM>'"),
        (&["connect", "--report", "a", "--location", "b"],  2, "cannot be used with '--location <BUCKET/PREFIX>'"),
    ];
    for (arguments, status, wanted) in cases {
        let output = Command::new(PROGRAM).args(arguments).output().unwrap();
        let [printed, other] =
            if status == 0 { [output.stdout, output.stderr] } else { [output.stderr, output.stdout] };
        let text = String::from_utf8(printed).unwrap();
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {text}");
        assert!(text.contains(wanted), "{arguments:?}: {text}");
        assert!(other.is_empty(), "{arguments:?}");
    }
}

/// A path that is not UTF-8 is refused: names in the totals and in errors are text.
#[cfg(target_os = "linux")]
#[test]
fn a_path_that_is_not_utf_8_is_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let (folder, path) = report("Usage,1,USD\n");
    let named = folder.path().join(OsStr::from_bytes(b"report-\xff.csv"));
    std::fs::rename(path, &named).unwrap();
    let output = Command::new(PROGRAM).arg("normalize").arg(named).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.starts_with("OUTLAY_OPTION: option `path`"), "{message}");
}

#[test]
fn an_output_needs_a_known_extension() {
    let folder = tempfile::tempdir().unwrap();
    #[rustfmt::skip]
    let cases = [
        ("month", "has no extension"), ("month.txt", "has an unknown extension"), ("month.gz", "has an unknown extension"),
        ("MONTH.CSV", ""), ("month.csv.gz", ""), ("month.feather", ""),
    ];
    for (name, wanted) in cases {
        let path = folder.path().join(name);
        let output = run(&["examples/data/report", "--output", path.to_str().unwrap()]);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(i32::from(!wanted.is_empty())), "{name}: {message}");
        assert!(message.contains(wanted) && path.exists() == wanted.is_empty(), "{name}: {message}");
    }
}

#[test]
fn a_csv_for_spreadsheets_is_made_on_request() {
    let (folder, path) = report("");
    let header = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,lineItem/LineItemDescription";
    std::fs::write(&path, format!("{header}\nUsage,-1,USD,=1+1\n")).unwrap();
    let out = folder.path().join("out.csv");
    let written = |more: &[&str]| {
        let columns = ["--columns", "ChargeDescription,BilledCost", "--output", out.to_str().unwrap()];
        let output = run(&[&[path.as_str()], &columns[..], more].concat());
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        std::fs::read_to_string(&out).unwrap().lines().nth(1).unwrap().to_owned()
    };
    assert_eq!(written(&[]), "=1+1,-1");
    assert_eq!(written(&["--spreadsheet-safe"]), "'=1+1,-1");
    let parquet = folder.path().join("out.parquet");
    #[rustfmt::skip]
    let cases: [(&[&str], i32, &str); 2] = [
        (&["--spreadsheet-safe"], 2, "--output <FILE>"),
        (&["--spreadsheet-safe", "--output", parquet.to_str().unwrap()], 1, "`spreadsheet_safe` is an option of CSV"),
    ];
    for (more, status, wanted) in cases {
        let output = run(&[&[path.as_str()], more].concat());
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(status), "{message}");
        assert!(message.contains(wanted), "{message}");
    }
}

#[cfg(unix)]
#[test]
fn paths_may_begin_at_home_and_be_patterns() {
    let (folder, path) = report("Usage,1,USD\n");
    std::fs::copy(&path, folder.path().join("report [1].csv")).unwrap();
    for given in ["~/report.csv", "~/rep*.csv", "~/report [1].csv"] {
        let output = crate::normalize(&[given, "--output", "~/out.csv"]).env("HOME", folder.path()).output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        // The pattern is both copies, which are the same part twice.
        let is_twice = given.contains('*');
        assert_eq!(output.status.code(), Some(i32::from(is_twice)), "{given}: {message}");
        assert_eq!(message.contains("OUTLAY_OPTION"), is_twice, "{given}: {message}");
        assert!(folder.path().join("out.csv").exists());
    }
    let output = crate::normalize(&["~/none.csv"]).env("HOME", folder.path()).output().unwrap();
    let wanted = format!("OUTLAY_NOT_FOUND: {}/none.csv: no such file or folder", folder.path().display());
    assert!(String::from_utf8(output.stderr).unwrap().starts_with(&wanted));
}
