//! Signals, killed processes, and closed output pipes.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{PROGRAM, names, normalize, root, run};

/// Starts the program with a large report, and waits until it has begun to write the output.
#[cfg(unix)]
fn begun(folder: &Path, output: &str) -> Child {
    let report = folder.join("long.csv");
    if !report.exists() {
        let header = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode";
        std::fs::write(&report, format!("{header}\n{}", "Usage,1.5,USD\n".repeat(3_000_000))).unwrap();
    }
    let output = folder.join(output);
    let arguments = [report.to_str().unwrap(), "--output", output.to_str().unwrap(), "--threads", "1"];
    let mut command = heeding_signals(&normalize(&arguments));
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("a temporary file", || {
        let mut entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
        entries.any(|entry| {
            entry.file_name().to_string_lossy().starts_with(".outlay-") && entry.metadata().is_ok_and(|it| it.len() > 0)
        })
    });
    child
}

/// Returns a command with default signal handling, even if the tests themselves run with ignored signals, as with
/// `nohup` or in the background of a script. If `env` does not support that, the command is unchanged.
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
fn a_termination_signal_leaves_no_file() {
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

/// SIGHUP is ignored for a process that was started by `nohup`.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_is_ignored_ends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.csv");
    let report = folder.path().join("long.csv");
    let header = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode";
    std::fs::write(&report, format!("{header}\n{}", "Usage,1.5,USD\n".repeat(100_000))).unwrap();
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' HUP; exec \"$@\"", "sh", PROGRAM, "normalize"])
        .arg(&report)
        .arg("--output")
        .arg(&output);
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
    // A second run does not affect one that is still writing.
    let mut child = begun(folder.path(), "month.csv");
    let output = folder.path().join("month.csv");
    let arguments = ["examples/data/report", "--output", output.to_str().unwrap()];
    assert!(run(&arguments).status.success());
    assert_eq!(std::fs::read_to_string(&output).unwrap().lines().count(), 176);
    let left = names(folder.path());
    assert!(child.try_wait().unwrap().is_some() || left.len() == 3, "{left:?}");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(run(&arguments).status.success());
    assert_eq!(names(folder.path()), ["long.csv", "month.csv"]);
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_is_not_read_is_no_panic() {
    let shell = |script: &str| {
        let mut command = Command::new("bash");
        command.args(["-c", script, "bash", PROGRAM]).current_dir(root()).output().unwrap()
    };
    // A closed pipe is not a failure, a full disk is. Neither is a panic.
    for (script, wanted, told) in [
        ("\"$1\" normalize examples/data/report | true; exit ${PIPESTATUS[0]}", 0, ""),
        ("\"$1\" normalize examples/data/report | head -c 10 >&2; exit ${PIPESTATUS[0]}", 0, "Service (U"),
        ("\"$1\" normalize examples/data/report --json | true; exit ${PIPESTATUS[0]}", 0, ""),
        ("\"$1\" normalize examples/data/report >&-", 0, ""),
        ("\"$1\" normalize examples/data/report > /dev/full", 1, "standard output: No space left"),
        ("\"$1\" normalize examples/data/report --json > /dev/full", 1, "standard output: No space left"),
        ("\"$1\" normalize examples/data/report --output - --format csv 2>&- | true; exit ${PIPESTATUS[0]}", 0, ""),
        (
            "\"$1\" normalize examples/data/report --output - --format csv | head -n 1 >&2; exit ${PIPESTATUS[0]}",
            0,
            "Availability",
        ),
        (
            "\"$1\" normalize examples/data/report --output - --format csv > /dev/full",
            1,
            "OUTLAY_IO: standard output: No space",
        ),
        (
            "\"$1\" normalize examples/data/report --output - --format ndjson > /dev/full",
            1,
            "OUTLAY_IO: standard output: No space",
        ),
        ("\"$1\" head examples/data/report | true; exit ${PIPESTATUS[0]}", 0, ""),
        ("\"$1\" columns > /dev/full", 1, "standard output: No space left"),
        ("\"$1\" normalize nowhere 2> /dev/full", 1, ""),
        ("\"$1\" normalize nowhere 2>&-", 1, ""),
        ("\"$1\" normalize --nonsense 2> /dev/full", 2, ""),
    ] {
        let output = shell(script);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(wanted), "{script}: {error}");
        assert!(error.starts_with(told) && error.is_empty() == told.is_empty(), "{script}: {error}");
    }
}
