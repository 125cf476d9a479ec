//! Tests that run the program `outlay`.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod arguments;
mod cases;
mod commands;
mod decimals;
mod files;
mod process;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

const SAMPLES: &str = "core/tests/data/samples";

const PROGRAM: &str = env!("CARGO_BIN_EXE_outlay");

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// Returns the command `outlay normalize` with these arguments, in the folder of the repository.
fn normalize(arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.arg("normalize").args(arguments).current_dir(root());
    command
}

/// Runs `outlay normalize` with these arguments.
fn run(arguments: &[&str]) -> Output {
    normalize(arguments).output().unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// Creates a report with these line items, in its own folder.
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
