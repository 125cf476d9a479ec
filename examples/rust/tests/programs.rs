//! The programs as their users run them.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// An example that cargo has built beside this test.
fn program(example: &str, arguments: &[&str]) -> Command {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().unwrap().parent().unwrap().join("examples").join(example);
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    command
}

/// Runs such an example.
fn run(example: &str, arguments: &[&str]) -> Output {
    program(example, arguments).output().unwrap()
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
    assert_eq!(json(&output)["outcome"], "unproven");
    let checks = json(&output)["checks"].clone();
    let broken = checks.as_array().unwrap().iter().filter(|check| check["holds"] == false);
    let broken: Vec<&str> = broken.map(|check| check["name"].as_str().unwrap()).collect();
    assert_eq!(broken, ["billed_cost_by_sub_account", "savings_plan_negation"]);
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

/// A report with these line items, in a folder of its own.
fn report(lines: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.csv");
    let header = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode";
    std::fs::write(&path, format!("{header}\n{lines}")).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

fn names(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
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
        let output = run("normalize", &[&[report], more].concat());
        let found = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(status), "{report} {more:?}: {found}");
        assert!(found.contains(told), "{report} {more:?}: {found}");
    }
}

/// Reads with each of the outcomes; a report without a row of a kind that money hangs on may become partial.
#[test]
fn a_file_takes_its_place_only_when_its_read_is_good_enough() {
    const OLD: &str = "last month";
    let nok = format!("{SAMPLES}/synthetic-legacy-finalized-nok.csv");
    let proven = "examples/data/report".to_owned();
    let (_folder, aside) = report("Usage,1.5,USD\nUsage,convertible,USD\n");
    let rows: [(&str, &str, &[&str], i32, bool); 8] = [
        (&proven, "proven", &[], 0, true),
        (&proven, "proven", &["--strict"], 0, true),
        (&proven, "proven", &["--strict", "--keep-unproven"], 0, true),
        (&nok, "unproven", &[], 1, false),
        (&nok, "unproven", &["--strict"], 1, false),
        (&nok, "unproven", &["--keep-unproven"], 1, true),
        (&aside, "unproven", &["--on-error", "quarantine"], 1, false),
        (&aside, "unproven", &["--on-error", "quarantine", "--keep-unproven"], 1, true),
    ];
    for (report, outcome, more, status, is_written) in rows {
        for name in ["out.csv", "out.arrow", "out.parquet"] {
            for is_there in [false, true] {
                let what = format!("{report} {more:?} {name} {is_there}");
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join(name);
                if is_there {
                    std::fs::write(&path, OLD).unwrap();
                }
                let output =
                    run("normalize", &[&[report, "--json", "--output", path.to_str().unwrap()], more].concat());
                let told = String::from_utf8_lossy(&output.stderr);
                assert_eq!(output.status.code(), Some(status), "{what}: {told}");
                assert_eq!(json(&output)["outcome"], outcome, "{what}");
                let found = std::fs::read(&path).ok();
                if is_written {
                    assert!(found.is_some_and(|found| found != OLD.as_bytes()), "{what}");
                    assert!(!told.contains("is not written"), "{what}: {told}");
                } else {
                    assert_eq!(found.as_deref(), is_there.then_some(OLD.as_bytes()), "{what}");
                    let wanted =
                        format!("{} is not written, since the read is {outcome}; --keep-unproven", path.display());
                    assert!(told.contains(&wanted), "{what}: {told}");
                }
                assert_eq!(names(folder.path()).len(), usize::from(is_there || is_written), "{what}");
            }
        }
    }
}

#[test]
fn a_partial_read_is_good_enough_unless_it_has_to_be_proven() {
    use outlay::Outcome;
    use outlay_examples::Policy;
    let policy = |strict, keep_unproven| Policy { strict, keep_unproven };
    let path = Path::new("month.csv");
    #[rustfmt::skip]
    let rows = [
        (policy(false, false), Outcome::Proven,   true,  true),
        (policy(false, false), Outcome::Partial,  true,  true),
        (policy(false, false), Outcome::Unproven, false, false),
        (policy(true,  false), Outcome::Proven,   true,  true),
        (policy(true,  false), Outcome::Partial,  false, false),
        (policy(true,  false), Outcome::Unproven, false, false),
        (policy(false, true),  Outcome::Partial,  true,  true),
        (policy(false, true),  Outcome::Unproven, false, true),
        (policy(true,  true),  Outcome::Partial,  false, true),
        (policy(true,  true),  Outcome::Unproven, false, true),
    ];
    for (policy, outcome, is_good, is_kept) in rows {
        assert_eq!(policy.is_good(outcome), is_good, "{policy:?}, {outcome}");
        assert_eq!(policy.withholds(path, outcome).is_none(), is_kept, "{policy:?}, {outcome}");
    }
    let reason = policy(true, false).withholds(path, Outcome::Partial).unwrap();
    assert_eq!(
        reason,
        "month.csv is not written, since the read is partial and --strict is given; --keep-unproven writes it anyway"
    );
}

#[test]
fn the_last_line_says_what_is_not_proven_and_why() {
    let output = run("normalize", &[&format!("{SAMPLES}/synthetic-legacy-finalized-nok.csv")]);
    let text = String::from_utf8(output.stdout).unwrap();
    let last = text.lines().last().unwrap();
    assert!(last.starts_with("NOT PROVEN: billed_cost_by_sub_account: account id "), "{last}");
    assert!(last.contains("; savings_plan_negation: "), "{last}");
    assert!(last.contains("covered usage and negations leave"), "{last}");
    let (_folder, path) = report("Usage,1.5,USD\nUsage,convertible,USD\nUsage,\u{1b}[31m,USD\n");
    let output = run("normalize", &[&path, "--on-error", "quarantine"]);
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
        let output = run("normalize", &[path.to_str().unwrap(), "--on-error", "quarantine"]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("2 rows in, 1 rows out") && text.contains("records set aside"), "{text}");
        let is_order = |character: char| character.is_control() && character != '\n';
        assert!(!text.contains(is_order), "{name:?}: {text:?}");
        assert!(!text.contains(name), "{text}");
    }
}

/// An output that is the report, by whatever name, leaves the report as it is.
#[test]
fn an_output_that_is_the_report_is_refused() {
    let lines = "Usage,1.5,USD\nUsage,convertible,USD\n";
    let (folder, path) = report(lines);
    let before = std::fs::read(&path).unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::hard_link(&path, at("hard.csv")).unwrap();
    let mut same = vec![path.clone(), format!("{}/./report.csv", folder.path().display()), at("hard.csv")];
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("report.csv", at("soft.csv")).unwrap();
        same.push(at("soft.csv"));
    }
    let count = names(folder.path()).len();
    let aside = at("aside.csv");
    for name in &same {
        let rows: [&[&str]; 4] = [
            &["--output", name],
            &["--on-error", "quarantine", "--quarantine", name],
            &["--on-error", "quarantine", "--quarantine", &aside, "--output", name],
            &["--on-error", "quarantine", "--quarantine", &aside, "--output", &aside],
        ];
        for more in rows {
            let output = run("normalize", &[&[path.as_str(), "--keep-unproven"], more].concat());
            let told = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{more:?}");
            assert!(
                told.starts_with("OUTLAY_OPTION: option `") && told.contains("name another file"),
                "{more:?}: {told}"
            );
            assert_eq!(std::fs::read(&path).unwrap(), before, "{more:?}");
            assert_eq!(names(folder.path()).len(), count, "{more:?}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_mode_is_kept_and_no_temporary_file_is_left() {
    use std::os::unix::fs::PermissionsExt;
    for name in ["out.csv", "out.parquet"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, "private").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert!(run("normalize", &["examples/data/report", "--output", path.to_str().unwrap()]).status.success());
        let metadata = path.metadata().unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
        assert!(metadata.len() > 1_000);
        assert_eq!(names(folder.path()), [name]);
    }
}

/// A report that takes long, and a program that writes it: once it has begun.
#[cfg(unix)]
fn begun(folder: &Path, output: &str) -> Child {
    let report = folder.join("long.csv");
    if !report.exists() {
        let header = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode";
        std::fs::write(&report, format!("{header}\n{}", "Usage,1.5,USD\n".repeat(3_000_000))).unwrap();
    }
    let output = folder.join(output);
    let arguments = [report.to_str().unwrap(), "--output", output.to_str().unwrap(), "--threads", "1"];
    let mut command = heeding_signals(&program("normalize", &arguments));
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("a temporary file", || {
        let mut entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
        entries.any(|entry| {
            entry.file_name().to_string_lossy().starts_with(".outlay-") && entry.metadata().is_ok_and(|it| it.len() > 0)
        })
    });
    child
}

/// A command as a terminal starts it, though the tests themselves may have been started with signals ignored: behind
/// `nohup`, or in the background of a script. Where `env` cannot do that, as it is.
#[cfg(unix)]
fn heeding_signals(command: &Command) -> Command {
    const DEFAULTS: &str = "--default-signal=HUP,INT,TERM";
    let can = Command::new("env").args([DEFAULTS, "true"]).stderr(Stdio::null()).status().is_ok_and(|it| it.success());
    let (program, arguments) = (command.get_program(), command.get_args());
    let mut heeding = if can { Command::new("env") } else { Command::new(program) };
    if can {
        heeding.arg(DEFAULTS).arg(program);
    }
    heeding.args(arguments);
    heeding
}

#[cfg(unix)]
fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "no {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(unix)]
fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([format!("-{name}"), child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

#[cfg(unix)]
#[test]
fn a_signal_that_asks_to_end_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("out.csv"), "last month").unwrap();
    for (name, number) in [("INT", 2), ("TERM", 15), ("HUP", 1)] {
        for output in ["out.csv", "new.csv"] {
            let child = begun(folder.path(), output);
            signal(&child, name);
            let sent = Instant::now();
            let done = child.wait_with_output().unwrap();
            assert_eq!(done.status.code(), Some(128 + number), "{name}: {}", String::from_utf8_lossy(&done.stderr));
            assert!(sent.elapsed() < Duration::from_secs(9), "{name}: it ended by itself");
            assert!(done.stdout.is_empty() && done.stderr.is_empty(), "{name}");
            assert_eq!(names(folder.path()), ["long.csv", "out.csv"], "{name}");
            assert_eq!(std::fs::read_to_string(folder.path().join("out.csv")).unwrap(), "last month", "{name}");
        }
    }
}

/// As a terminal that is closed does to what `nohup` has started.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_is_ignored_ends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.csv");
    let test = std::env::current_exe().unwrap();
    let normalize = test.parent().unwrap().parent().unwrap().join("examples/normalize");
    let report = folder.path().join("long.csv");
    let header = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode";
    std::fs::write(&report, format!("{header}\n{}", "Usage,1.5,USD\n".repeat(100_000))).unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' HUP; exec \"$@\"", "sh"]).arg(normalize).arg(&report).arg("--output").arg(&output);
    let child = command.stdout(Stdio::piped()).spawn().unwrap();
    wait_until("file", || names(folder.path()).len() > 1);
    signal(&child, "HUP");
    let done = child.wait_with_output().unwrap();
    assert!(done.status.code().is_some_and(|code| code < 2), "{:?}", done.status);
    assert!(!done.stdout.is_empty(), "it went on to its end");
}

#[cfg(unix)]
#[test]
fn a_run_after_a_kill_succeeds_and_removes_what_was_left() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..3 {
        let mut child = begun(folder.path(), "month.csv");
        child.kill().unwrap();
        child.wait().unwrap();
        let left = names(folder.path());
        assert_eq!(left.len(), 2, "the last one's alone: {left:?}");
        assert!(left.iter().any(|name| name.starts_with(".outlay-") && name.ends_with(".tmp")), "{left:?}");
    }
    // One that still writes is not disturbed by another.
    let mut child = begun(folder.path(), "month.csv");
    let output = folder.path().join("month.csv");
    let arguments = ["examples/data/report", "--output", output.to_str().unwrap()];
    assert!(run("normalize", &arguments).status.success());
    assert_eq!(std::fs::read_to_string(&output).unwrap().lines().count(), 176);
    let left = names(folder.path());
    assert!(child.try_wait().unwrap().is_some() || left.len() == 3, "{left:?}");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(run("normalize", &arguments).status.success());
    assert_eq!(names(folder.path()), ["long.csv", "month.csv"]);
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_nobody_takes_is_no_panic() {
    let shell = |script: &str| {
        let mut command = Command::new("bash");
        let test = std::env::current_exe().unwrap();
        let normalize = test.parent().unwrap().parent().unwrap().join("examples/normalize");
        command.args(["-c", script, "bash"]).arg(normalize).current_dir(root()).output().unwrap()
    };
    // A reader that goes away is no failure; a disk that is full is one. Neither is a panic.
    for (script, wanted, told) in [
        ("\"$1\" examples/data/report | true; exit ${PIPESTATUS[0]}", 0, ""),
        ("\"$1\" examples/data/report | head -c 10 >&2; exit ${PIPESTATUS[0]}", 0, "Service (U"),
        ("\"$1\" examples/data/report --json | true; exit ${PIPESTATUS[0]}", 0, ""),
        ("\"$1\" examples/data/report >&-", 0, ""),
        ("\"$1\" examples/data/report > /dev/full", 1, "standard output: No space left"),
        ("\"$1\" examples/data/report --json > /dev/full", 1, "standard output: No space left"),
        ("\"$1\" nowhere 2> /dev/full", 1, ""),
        ("\"$1\" nowhere 2>&-", 1, ""),
        ("\"$1\" --nonsense 2> /dev/full", 2, ""),
    ] {
        let output = shell(script);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(wanted), "{script}: {error}");
        assert!(error.starts_with(told) && error.is_empty() == told.is_empty(), "{script}: {error}");
    }
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
