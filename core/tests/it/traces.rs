//! Compares the spans and events in the documentation of the crate with those in its source.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Level and fields, by the name of a span or the message of an event.
type Traces = BTreeMap<String, (String, BTreeSet<String>)>;

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Returns the arguments up to the closing parenthesis, split at the commas outside of nested brackets and string literals.
fn arguments(text: &str) -> Vec<String> {
    let (mut found, mut argument, mut depth, mut is_text) = (Vec::new(), String::new(), 0, false);
    for sign in text.chars() {
        match sign {
            '"' => is_text = !is_text,
            '(' | '[' | '{' if !is_text => depth += 1,
            ')' | ']' | '}' if !is_text && depth == 0 => break,
            ')' | ']' | '}' if !is_text => depth -= 1,
            ',' if !is_text && depth == 0 => {
                found.push(std::mem::take(&mut argument).trim().to_owned());
                continue;
            }
            _ => {}
        }
        argument.push(sign);
    }
    found.push(argument.trim().to_owned());
    found.retain(|argument| !argument.is_empty());
    found
}

/// Collects the macros of `tracing` in a text that are called by their full path.
fn recorded(text: &str, traces: &mut Traces) {
    for call in text.split("tracing::").skip(1) {
        let Some((name, rest)) = call.split_once("!(") else { continue };
        if !name.chars().all(|c| c.is_ascii_lowercase() || c == '_') {
            continue;
        }
        let (texts, fields): (Vec<String>, Vec<String>) =
            arguments(rest).into_iter().partition(|argument| argument.starts_with('"'));
        let [told] = &texts[..] else { panic!("{name}!({rest:.80}: one text names it, and no field is a text") };
        let told = told.trim_matches('"').to_owned();
        let (level, told) = match name.strip_suffix("_span") {
            Some(level) => (level, format!("span {told}")),
            None => (name, told),
        };
        let name = |field: &String| field.split('=').next().unwrap().trim().to_owned();
        let fields = fields.iter().map(name).collect();
        traces.insert(told, (level.to_owned(), fields));
    }
}

/// Parses the table below the heading `Traces` in the documentation of the crate.
fn documented(text: &str) -> Traces {
    let section = text.split("//! # Traces\n").nth(1).unwrap();
    let lines = section.lines().map_while(|line| line.strip_prefix("//!"));
    let rows = lines.filter_map(|line| line.trim().strip_prefix("| ")).skip(2);
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let fields = cells[2].split(", ").filter(|field| !field.is_empty()).map(|field| field.replace('`', ""));
        (cells[0].replace('`', ""), (cells[1].to_owned(), fields.collect()))
    })
    .collect()
}

#[test]
fn the_documentation_names_each_span_and_event() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut found, mut traces) = (Vec::new(), Traces::new());
    files(&source, &mut found);
    for file in &found {
        let text = fs::read_to_string(file).unwrap();
        // Macros are called by their full path only, so that this test finds all of them.
        assert!(!text.contains("#[instrument") && !text.contains("use tracing::{debug"), "{}", file.display());
        recorded(&text, &mut traces);
    }
    assert!(!traces.is_empty());
    assert_eq!(documented(&fs::read_to_string(source.join("lib.rs")).unwrap()), traces);
}

#[test]
fn spans_and_events_are_found() {
    let mut traces = Traces::new();
    recorded("tracing::debug!(at, n = f(1, 2), \"so, it is\"); tracing::trace_span!(\"part\", key)", &mut traces);
    let fields = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let wanted = [
        ("so, it is".to_owned(), ("debug".to_owned(), fields(&["at", "n"]))),
        ("span part".to_owned(), ("trace".to_owned(), fields(&["key"]))),
    ];
    assert_eq!(traces, Traces::from(wanted));
}
