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
