//! Output files of the program.

use super::{SAMPLES, json, names, report, run};

/// Reads with each of the outcomes.
#[test]
fn a_file_is_replaced_only_if_the_outcome_is_sufficient() {
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
                let output = run(&[&[report, "--json", "--output", path.to_str().unwrap()], more].concat());
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
fn each_kind_of_file_is_written() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["out.parquet", "out.arrow", "out.csv"] {
        let path = folder.path().join(name);
        let output = run(&["examples/data/report", "--output", path.to_str().unwrap(), "--threads", "2"]);
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(path.metadata().unwrap().len() > 1_000, "{name}");
    }
    let csv = std::fs::read_to_string(folder.path().join("out.csv")).unwrap();
    assert_eq!(csv.lines().count(), 176);
    let chosen = folder.path().join("chosen.csv");
    let arguments = ["examples/data/report", "--columns", "ServiceName,ListCost", "--output", chosen.to_str().unwrap()];
    assert!(run(&arguments).status.success());
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
    let output = run(&arguments);
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

/// An output path that refers to the report is refused, and the report is not changed.
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
            let output = run(&[&[path.as_str(), "--keep-unproven"], more].concat());
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
        assert!(run(&["examples/data/report", "--output", path.to_str().unwrap()]).status.success());
        let metadata = path.metadata().unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
        assert!(metadata.len() > 1_000);
        assert_eq!(names(folder.path()), [name]);
    }
}

/// What standard output gets is what a file of that format has.
#[test]
fn a_dash_is_standard_output_in_each_format() {
    let folder = tempfile::tempdir().unwrap();
    let columns = ["examples/data/report", "--columns", "ServiceName,BilledCost,Tags", "--lineage"];
    for format in ["csv", "parquet", "arrow", "arrows"] {
        let path = folder.path().join(format!("out.{format}"));
        assert!(run(&[&columns[..], &["--output", path.to_str().unwrap()]].concat()).status.success());
        let output = run(&[&columns[..], &["--output", "-", "--format", format]].concat());
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && message.trim_end().ends_with("nothing doubled"), "{format}: {message}");
        assert!(message.starts_with("Service (USD)") && message.contains("800.2936682272"), "{format}: {message}");
        assert!(output.stdout == std::fs::read(path).unwrap(), "{format}");
    }
    let output = run(&[&columns[..], &["--output", "-", "--format", "ndjson"]].concat());
    let rows: Vec<serde_json::Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 175);
    let keys: Vec<&String> = rows[0].as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), 6, "{keys:?}");
    assert!(rows[0]["x_SourceRow"] == 1 && rows[0]["ServiceName"] == "AWS CloudTrail", "{}", rows[0]);
    // The totals go to standard error, in either form.
    let output = run(&[&columns[..], &["--output", "-", "--format", "csv", "--json"]].concat());
    let totals: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(totals["outcome"], "proven");
}

/// Rows of a read that is not accepted do not reach standard output either.
#[test]
fn standard_output_gets_only_what_is_accepted() {
    let report = format!("{SAMPLES}/synthetic-legacy-finalized-nok.csv");
    for format in ["csv", "ndjson"] {
        let arguments = [report.as_str(), "--output", "-", "--format", format];
        let output = run(&arguments);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{format}");
        assert!(message.starts_with("standard output is not written, since the read is unproven; --keep-unproven"));
        let output = run(&[&arguments[..], &["--keep-unproven"]].concat());
        assert_eq!(output.status.code(), Some(1));
        assert!(!output.stdout.is_empty(), "{format}");
    }
}

#[test]
fn an_output_names_its_format() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    #[rustfmt::skip]
    let cases: [(&[&str], i32, &str); 4] = [
        (&["--output", "-"],                                1, "`-` is standard output, which has no extension: name its format with --format"),
        (&["--output", "-", "--format", "xlsx"],            2, "[possible values: csv, parquet, arrow, arrows, ndjson]"),
        (&["--format", "csv"],                              2, "--output <FILE>"),
        (&["--output", &at("a"), "--format", "ndjson"],     1, "NDJSON is written to standard output only"),
    ];
    for (arguments, status, told) in cases {
        let output = run(&[&["examples/data/report"], arguments].concat());
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(status) && message.contains(told), "{arguments:?}: {message}");
    }
    assert!(run(&["examples/data/report", "--output", &at("month"), "--format", "parquet"]).status.success());
    assert!(std::fs::read(at("month")).unwrap().starts_with(b"PAR1"));
}

#[test]
fn parquet_has_partitions_row_groups_and_a_compression() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let size = |name: &str, more: &[&str]| {
        let output = run(&[&["examples/data/report", "--output", &at(name)], more].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        std::fs::metadata(at(name)).unwrap().len()
    };
    let zstd = size("zstd.parquet", &[]);
    let columns = ["--columns", "BillingPeriodStart,ServiceName,BilledCost"];
    assert!(size("none.parquet", &["--compression", "none"]) > zstd);
    assert!(size("groups.parquet", &["--row-group-rows", "20"]) > zstd);
    for _ in 0..2 {
        size("month", &[&columns[..], &["--partition-by", "BillingPeriodStart,ServiceName"]].concat());
        let found = names(&folder.path().join("month/BillingPeriodStart=2023-11-01"));
        assert!(found.len() > 3 && found.iter().all(|name| name.starts_with("ServiceName=")), "{found:?}");
    }
    let output = run(&["examples/data/report", "--output", "-", "--format", "parquet", "--compression", "snappy"]);
    assert!(output.status.success() && output.stdout.starts_with(b"PAR1"));

    #[rustfmt::skip]
    let refused: [(&[&str], i32, &str); 7] = [
        (&["--partition-by", "ServiceName"],                                             2, "--output <FILE>"),
        (&["--output", "-", "--partition-by", "ServiceName"],                            1, "partitions are files of a folder, but `-` is standard output"),
        (&["--output", "-", "--format", "ndjson", "--compression", "snappy"],            1, "options of Parquet, but this is NDJSON"),
        (&["--output", &at("a.csv"), "--compression", "snappy"],                         1, "options of Parquet, but `"),
        (&["--output", &at("a"), "--partition-by", "ServiceNam"],                        1, "the output has no column `ServiceNam`: did you mean `ServiceName`?"),
        (&["--output", &at("a.parquet"), "--compression", "gzip"],                       2, "[possible values: zstd, snappy, none]"),
        (&["--output", &at("a.parquet"), "--row-group-rows", "0"],                       1, "option `row_group_rows`: it is at least 1, got 0"),
    ];
    for (more, status, wanted) in refused {
        let output = run(&[&["examples/data/report"], more].concat());
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(status) && message.contains(wanted), "{more:?}: {message}");
    }
    assert!(!folder.path().join("a").exists());
}

/// The columns of the file are those that were chosen, whatever the table of services needs.
#[test]
fn a_file_has_the_chosen_columns_and_the_added_ones() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.csv");
    let header = |more: &[&str]| {
        let output = run(&[&["examples/data/report", "--output", path.to_str().unwrap()], more].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let printed = String::from_utf8(output.stdout).unwrap();
        (std::fs::read_to_string(&path).unwrap().lines().next().unwrap().to_owned(), printed)
    };
    let added = ["--tag-columns", "Team", "--extra-columns", "lineItem/UsageAccountId"];
    let (first, printed) = header(&[&["--columns", "Tags, ListCost"], &added[..], &["--text", "dictionary"]].concat());
    assert_eq!(first, "Tags,ListCost,x_line_item_usage_account_id,x_Tag_Team");
    assert!(printed.starts_with("Service (USD)"), "{printed}");
    let (first, printed) = header(&["--schema", "cur", "--columns", "line_item_unblended_cost"]);
    assert_eq!(first, "line_item_unblended_cost");
    assert!(!printed.contains("Service ("), "{printed}");
    let (_, viewed) = header(&["--columns", "Tags", "--text", "view"]);
    assert!(viewed.starts_with("Service (USD)"), "{viewed}");
}

#[cfg(unix)]
#[test]
fn an_output_that_is_a_link_is_followed() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("real")).unwrap();
    std::fs::write(at("real/month.csv"), "last month").unwrap();
    std::os::unix::fs::symlink("real/month.csv", at("link.csv")).unwrap();
    std::os::unix::fs::symlink("link.csv", at("twice.csv")).unwrap();
    std::os::unix::fs::symlink("real/new.csv", at("dangling.csv")).unwrap();
    for (link, file) in
        [("link.csv", "real/month.csv"), ("twice.csv", "real/month.csv"), ("dangling.csv", "real/new.csv")]
    {
        let output = run(&["examples/data/report", "--output", at(link).to_str().unwrap()]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(std::fs::symlink_metadata(at(link)).unwrap().is_symlink(), "{link}");
        assert_eq!(std::fs::read_to_string(at(file)).unwrap().lines().count(), 176, "{link}");
        std::fs::write(at(file), "last month").unwrap();
    }
    assert_eq!(names(&at("real")), ["month.csv", "new.csv"]);
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_is_no_plain_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::create_dir(at("folder.csv")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(at("pipe.csv")).status().unwrap().success());
    std::os::unix::fs::symlink("/dev/null", at("device.csv")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(at("socket.csv")).unwrap();
    let before = names(folder.path());
    for kind in ["folder", "pipe", "device", "socket"] {
        let path = at(&format!("{kind}.csv"));
        let output = run(&["examples/data/report", "--output", &path]);
        let message = String::from_utf8(output.stderr).unwrap();
        let wanted =
            format!("OUTLAY_OPTION: option `output`: `{path}` is a {kind}, not a file: pass the path of a file\n");
        assert_eq!((output.status.code(), message.as_str()), (Some(1), wanted.as_str()));
        assert_eq!(names(folder.path()), before);
    }
}

#[cfg(unix)]
#[test]
fn an_output_has_as_long_a_name_as_the_file_system_allows() {
    let folder = tempfile::tempdir().unwrap();
    let named = |length: usize| format!("{}.csv", "n".repeat(length - 4));
    for length in [255, 256] {
        let path = folder.path().join(named(length));
        let output = run(&["examples/data/report", "--output", path.to_str().unwrap()]);
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(i32::from(length > 255)), "{length}: {message}");
        assert_eq!(names(folder.path()), [named(255)], "{length}");
    }
}
