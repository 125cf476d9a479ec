//! Runs the examples as programs.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Runs an example that cargo has built beside this test.
fn run(example: &str, arguments: &[&Path]) -> Output {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().unwrap().parent().unwrap().join("examples").join(example);
    Command::new(program).args(arguments).current_dir(root()).output().unwrap()
}

fn printed(output: Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_readme_shows_the_program_that_runs() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let program = std::fs::read_to_string(root().join("examples/rust/quickstart.rs")).unwrap();
    let shown = readme.split("```rust\n").nth(1).unwrap().split("```").next().unwrap();
    assert!(program.ends_with(shown), "README.md and quickstart.rs differ");
    let printed = printed(run("quickstart", &[]));
    assert!(
        readme.contains(&format!("prints `{}`", printed.trim())),
        "README.md does not say that it prints {printed}"
    );
}

#[test]
fn programs_of_the_cookbook_print_what_the_page_shows() {
    let page = std::fs::read_to_string(root().join("examples/cookbook/README.md")).unwrap();
    let titled = page.split("\n## ").skip(1).filter(|section| section.contains("```rust\n"));
    let programs: Vec<(&str, &str)> = titled
        .map(|section| {
            let shown = section.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
            (section.lines().next().unwrap(), shown)
        })
        .collect();
    assert!(!programs.is_empty());
    for (title, shown) in programs {
        assert_eq!(printed(run("cookbook", &[Path::new(title)])), shown, "{title}");
    }
}

#[test]
fn normalize_writes_a_proven_file() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("month.parquet");
    let printed = printed(run("normalize", &[Path::new("examples/data/report"), &file]));
    for text in ["174 rows in, 175 rows out", "proven:"] {
        assert!(printed.contains(text), "{text} is not in:\n{printed}");
    }
    assert!(file.metadata().unwrap().len() > 1_000);
    let nok = Path::new("core/tests/data/samples/synthetic-legacy-finalized-nok.csv");
    assert!(!run("normalize", &[nok]).status.success(), "a read that is not proven fails");
}

/// Runs the example `connect` with a simulated cloud on this machine.
#[cfg(feature = "connect")]
#[test]
fn connect_reads_the_month() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("month.parquet");
    let printed = printed(run("connect", &[&file]));
    for text in [
        "passed   external_id        accepted, and without it the role is refused",
        "123412340534 Payer",
        "444455556666 Shop",
        "2023-11 in ",
        "proven: nothing was lost, nothing doubled",
    ] {
        assert!(printed.contains(text), "{text} is not in:\n{printed}");
    }
    assert!(file.metadata().unwrap().len() > 1_000);
}
