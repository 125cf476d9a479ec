//! Reports as users' files are: the result of `outlay normalize` for each case of `core/tests/cases`.
//!
//! `cases.json` is the table of arguments and expectations. A case passes if one of its expectations holds.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use outlay::Decimal;
use regex::RegexBuilder;
use serde_json::Value;

use super::PROGRAM;

/// The result of a run of the program.
struct Run {
    exit: i32,
    stderr: String,
    totals: Option<Value>,
    /// The rows of the output, cells by column.
    rows: Vec<BTreeMap<String, String>>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

fn run(case: &Value) -> Run {
    let temporary = tempfile::tempdir().unwrap();
    let output = temporary.path().join("out.csv");
    let mut command = Command::new(PROGRAM);
    command.current_dir(folder().join(case["name"].as_str().unwrap())).args(["normalize", "--json"]);
    for argument in case["args"].as_array().unwrap() {
        command.arg(argument.as_str().unwrap().replace("{tmp}", temporary.path().to_str().unwrap()));
    }
    if expectations(case).iter().any(|wanted| wanted.get("rows").is_some()) {
        command.arg("--output").arg(&output).arg("--keep-unproven");
    }
    let done = command.output().unwrap();
    let rows = match csv::Reader::from_path(&output) {
        Ok(mut reader) => reader.deserialize().map(Result::unwrap).collect(),
        Err(_) => Vec::new(),
    };
    Run {
        exit: done.status.code().unwrap_or(-1),
        stderr: String::from_utf8_lossy(&done.stderr).into_owned(),
        totals: serde_json::from_slice(&done.stdout).ok(),
        rows,
    }
}

fn expectations(case: &Value) -> Vec<&Value> {
    match &case["expect"] {
        Value::Array(any) => any.iter().collect(),
        one => vec![one],
    }
}

fn found(pattern: &str, text: &str, case_matters: bool) -> bool {
    let regex = RegexBuilder::new(pattern).case_insensitive(!case_matters).dot_matches_new_line(true).build();
    regex.unwrap_or_else(|error| panic!("{pattern}: {error}")).is_match(text)
}

fn decimal(text: &str) -> Option<Decimal> {
    text.parse().ok()
}

/// Compares a cell with the expected value: null or an empty text is a blank cell, `~` begins a pattern, and an object is
/// compared as JSON.
fn is_same(wanted: &Value, cell: &str) -> bool {
    match wanted {
        Value::Null => cell.is_empty(),
        Value::Object(_) => serde_json::from_str::<Value>(cell).is_ok_and(|cell| cell == *wanted),
        Value::String(text) => match text.strip_prefix('~') {
            Some(pattern) => found(pattern, cell, true),
            None => text == cell || decimal(text).is_some_and(|wanted| decimal(cell) == Some(wanted)),
        },
        other => panic!("{other} is not how a cell is wanted"),
    }
}

impl Run {
    fn list(&self, key: &str) -> &[Value] {
        self.totals.as_ref().and_then(|totals| totals[key].as_array()).map_or(&[], Vec::as_slice)
    }

    fn broken(&self) -> Vec<&Value> {
        self.list("checks").iter().filter(|check| check["holds"] == false).collect()
    }

    fn warnings(&self) -> Vec<String> {
        let text = |warning: &Value| {
            format!("{}: {}", warning["code"].as_str().unwrap(), warning["message"].as_str().unwrap())
        };
        self.list("warnings").iter().map(text).collect()
    }

    /// Returns the conditions of an expectation that do not hold.
    fn misses(&self, wanted: &Value) -> Vec<String> {
        let mut misses = Vec::new();
        let broken = self.broken();
        let warnings = self.warnings();
        let is_proven = self.exit == 0 && self.totals.is_some() && broken.is_empty();
        for (key, value) in wanted.as_object().unwrap() {
            let any = |texts: &[String]| texts.iter().any(|text| found(value.as_str().unwrap(), text, false));
            let holds = match key.as_str() {
                "exit" => *value == self.exit,
                "proven" => *value == is_proven,
                "rows_in" | "rows_out" => self.totals.as_ref().is_some_and(|totals| totals[key] == *value),
                "costs" => self.has_costs(value),
                "warning" => any(&warnings),
                "error" => any(std::slice::from_ref(&self.stderr)),
                "not_error" => !any(std::slice::from_ref(&self.stderr)) && !any(&warnings),
                "check_fails" => {
                    any(&broken.iter().map(|check| check["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>())
                }
                "says" => {
                    let checks = broken.iter().map(|check| format!("{}: {}", check["name"], check["detail"]));
                    any(&checks.chain(warnings.iter().cloned()).chain([self.stderr.clone()]).collect::<Vec<_>>())
                }
                "rows" => value.as_array().unwrap().iter().all(|rule| self.has_rows(rule)),
                other => panic!("{other} is not an expectation"),
            };
            if !holds {
                misses.push(format!("{key} {value}"));
            }
        }
        misses
    }

    fn has_costs(&self, wanted: &Value) -> bool {
        let Some(totals) = &self.totals else { return false };
        let (costs, wanted) = (totals["costs"].as_object().unwrap(), wanted.as_object().unwrap());
        let same = |currency: &String, sums: &Value| {
            sums.as_object().unwrap().iter().all(|(name, sum)| {
                let found = costs.get(currency).and_then(|costs| costs[name].as_str());
                found.and_then(decimal).is_some_and(|found| Some(found) == decimal(sum.as_str().unwrap()))
            })
        };
        costs.len() == wanted.len() && wanted.iter().all(|(currency, sums)| same(currency, sums))
    }

    fn has_rows(&self, rule: &Value) -> bool {
        let meets = |row: &BTreeMap<String, String>, cells: &Value| {
            cells
                .as_object()
                .into_iter()
                .flatten()
                .all(|(column, wanted)| is_same(wanted, row.get(column).map_or("", String::as_str)))
        };
        let mut rows = self.rows.iter().filter(|row| meets(row, &rule["where"])).peekable();
        rows.peek().is_some() && rows.all(|row| meets(row, &rule["has"]))
    }
}

/// Returns `None` if an expectation holds; otherwise the conditions that each expectation fails.
fn check(case: &Value) -> Option<String> {
    let run = run(case);
    if !matches!(run.exit, 0 | 1) {
        return Some(format!("{}: exit {}, no orderly end: {}", case["name"], run.exit, run.stderr));
    }
    let mut lacks = Vec::new();
    for wanted in expectations(case) {
        let misses = run.misses(wanted);
        if misses.is_empty() {
            return None;
        }
        lacks.push(misses.join(" and "));
    }
    let broken: Vec<&str> = run.broken().iter().map(|check| check["name"].as_str().unwrap()).collect();
    Some(format!(
        "{}: wanted {}; came exit {}, broken {broken:?}, {} {:?}",
        case["name"],
        lacks.join("; or "),
        run.exit,
        run.stderr,
        run.warnings()
    ))
}

#[test]
fn each_case_holds() {
    let cases: Vec<Value> = serde_json::from_slice(&std::fs::read(folder().join("cases.json")).unwrap()).unwrap();
    assert!(cases.len() > 170, "where are the cases?");
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(4);
    let lines: Vec<String> = std::thread::scope(|scope| {
        let work = || {
            let mut lines = Vec::new();
            while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                lines.extend(check(case));
            }
            lines
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert!(lines.is_empty(), "{} of {} cases fall short:\n{}", lines.len(), cases.len(), lines.join("\n"));
}
