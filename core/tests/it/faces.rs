//! The public names of the library, extracted from its source. The bindings compare their names with the generated file. Names that
//! differ between Rust, Python and Node, or do not exist in all of them, are in `exceptions.json` with the reason. LANGUAGES.md is
//! generated from both.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use outlay::{OptionValue, Reader, ReaderBuilder, Totals};
use serde::{Deserialize, Serialize};

use crate::support::golden;

/// Options that are one call in Rust and several names in the other languages.
const IN_ONE_CALL: &[(&str, &[&str])] =
    &[("location", &["bucket", "prefix"]), ("access_key", &["access_key_id", "secret_access_key", "session_token"])];

/// Functions that create a warning. Their first argument is its code.
const WARNS: &[&str] = &["warn(", "warn_all(", "warn_rows(", "warn_about(", "Warning::new(", "Warning::about("];
/// Arguments in place of a literal, in functions that pass a code on.
const HANDED_ON: &[&str] = &["code", "self.code", "note.code()", "&mut "];

/// The public names, sorted.
#[derive(Debug, PartialEq, Serialize)]
struct Faces {
    /// Each option, with the words or the kind of value that it accepts.
    options: BTreeMap<&'static str, Takes>,
    /// Codes of errors, of checks, of warnings, and of the findings of a diagnosis.
    errors: BTreeSet<String>,
    checks: BTreeSet<String>,
    warnings: BTreeSet<String>,
    findings: BTreeSet<String>,
    /// Enumerations that are strings in JSON.
    words: BTreeMap<String, Vec<String>>,
    /// Types with their fields and methods.
    types: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(untagged)]
enum Takes {
    Words(Vec<String>),
    Kind(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exceptions {
    renamed: Vec<Renamed>,
    only: Vec<Only>,
}

/// A name that is different in another language.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Renamed {
    rust: String,
    python: Option<String>,
    node: Option<String>,
    reason: String,
}

/// Names that some languages do not have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Only {
    languages: Vec<String>,
    names: Vec<String>,
    reason: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the source files without tests and comments.
fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
                let lines: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
                found.push((path, lines.join("\n")));
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join("src"), &mut found);
    found.sort();
    found
}

/// Splits a text into names.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(|sign: char| !sign.is_alphanumeric() && sign != '_').filter(|name| !name.is_empty())
}

/// Returns the string literals of a text that contain only lower-case letters, digits and underscores.
fn codes(text: &str) -> impl Iterator<Item = String> {
    let is_code = |text: &&str| {
        text.starts_with(|sign: char| sign.is_ascii_lowercase())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    text.split('"').skip(1).step_by(2).filter(is_code).map(str::to_owned)
}

/// Returns the blocks that begin with a line with the prefix `head`, up to the line that closes them.
fn blocks<'c>(code: &'c str, head: &str) -> impl Iterator<Item = &'c str> + use<'c> {
    let head = format!("\n{head}");
    let starts: Vec<usize> = code.match_indices(&head).map(|(at, _)| at).collect();
    starts.into_iter().map(move |at| {
        let rest = &code[at + 1..];
        &rest[..rest.find("\n}").unwrap_or(rest.len())]
    })
}

/// Returns the types that `lib.rs` exports.
fn exported(sources: &[(PathBuf, String)]) -> BTreeSet<String> {
    let (_, lib) = sources.iter().find(|(path, _)| path.ends_with("src/lib.rs")).unwrap();
    let uses = lib.split("pub use ").skip(1).map(|text| text.split(';').next().unwrap());
    let types = uses.flat_map(names).filter(|name| name.starts_with(|sign: char| sign.is_ascii_uppercase()));
    types.map(str::to_owned).collect()
}

/// Returns the public fields and methods of a type.
fn members(sources: &[(PathBuf, String)], name: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (_, code) in sources {
        let fields = blocks(code, &format!("pub struct {name} {{"));
        found.extend(
            fields
                .flat_map(|block| block.lines().filter_map(|line| line.strip_prefix("    pub ")?.split_once(':')))
                .map(|(field, _)| field.to_owned()),
        );
        for block in blocks(code, &format!("impl {name} {{")) {
            for line in block.lines().filter_map(|line| line.strip_prefix("    pub ")) {
                let line = line.trim_start_matches("const ").trim_start_matches("async ");
                found.extend(line.strip_prefix("fn ").and_then(|rest| names(rest).next()).map(str::to_owned));
            }
        }
    }
    found
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for (index, letter) in name.chars().enumerate() {
        if letter.is_uppercase() && index > 0 {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// Returns the words of the exported enumerations that are strings in JSON, and of those that are parsed from names.
fn words(sources: &[(PathBuf, String)], exported: &BTreeSet<String>) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    for (_, code) in sources {
        for (at, _) in code.match_indices("\npub enum ") {
            let name = names(&code[at + "\npub enum ".len()..]).next().unwrap();
            let head = code[..at].rsplit("\n\n").next().unwrap();
            if exported.contains(name) && (head.contains("Serialize") || name == "Capability") {
                let block = blocks(&code[at..], "pub enum ").next().unwrap();
                let variants = block.lines().filter_map(|line| line.strip_prefix("    "));
                let variants = variants.filter(|line| line.starts_with(|sign: char| sign.is_ascii_uppercase()));
                let variants = variants.filter_map(|line| names(line).next()).map(snake_case);
                found.insert(name.to_owned(), variants.collect());
            }
        }
    }
    found
}

/// Returns the codes of warnings, and the calls whose code is neither a literal nor passed on.
fn warnings(sources: &[(PathBuf, String)]) -> (BTreeSet<String>, Vec<String>) {
    let (mut found, mut unseen) = (BTreeSet::new(), Vec::new());
    for (path, code) in sources {
        let is_findings = path.ends_with("totals/findings.rs");
        for call in WARNS.iter().copied().chain(is_findings.then_some("find(")) {
            for (at, _) in code.match_indices(call) {
                let before = &code[..at];
                let is_part = before.ends_with(|sign: char| sign.is_alphanumeric() || sign == '_');
                let is_whole = !is_part && !before.ends_with("fn ") && !before.ends_with("#![");
                let given = code[at + call.len()..].trim_start();
                let first = given.split([',', ')']).next().unwrap().trim();
                match given.strip_prefix('"') {
                    Some(rest) if is_whole => found.extend(rest.split('"').next().map(str::to_owned)),
                    None if is_whole && call != "find(" && !HANDED_ON.iter().any(|known| given.starts_with(known)) => {
                        unseen.push(format!("{}: {call}{first}", path.display()));
                    }
                    _ => {}
                }
            }
        }
        if path.ends_with("decode/notes.rs") || path.ends_with("totals/asked.rs") {
            found.extend(
                code.split("fn code(").nth(1).and_then(|rest| rest.split("\n    }").next()).into_iter().flat_map(codes),
            );
        }
    }
    (found, unseen)
}

/// Returns the values that an option accepts, from its error for an invalid value.
fn takes(option: &'static str) -> Takes {
    let refused = |value| Reader::builder().set(option, value).unwrap_err().to_string();
    let kind = refused(if option == "lineage" { OptionValue::Number(1) } else { OptionValue::Flag(true) });
    let kind = kind.split("expected ").nth(1).unwrap().split(',').next().unwrap().to_owned();
    let Err(error) = Reader::builder().set(option, OptionValue::Text("?".to_owned())) else { return Takes::Kind(kind) };
    let error = error.to_string();
    match error.split_once(" is none of ").or_else(|| error.split_once("; use ")) {
        Some((_, words)) => Takes::Words(words.split(", ").map(|word| word.trim_matches('`').to_owned()).collect()),
        None => Takes::Kind(kind),
    }
}

fn faces() -> Faces {
    let sources = sources();
    let exported = exported(&sources);
    let (warnings, unseen) = warnings(&sources);
    assert_eq!(unseen, [] as [String; 0], "the code of a warning is not a literal where it is given");
    let code_of = |end: &str| &sources.iter().find(|(path, _)| path.ends_with(end)).unwrap().1;
    let errors = code_of("src/error/mod.rs").split("pub fn code(").nth(1).unwrap().split("\n    }\n").next().unwrap();
    let probes = sources.iter().filter(|(path, _)| path.iter().any(|part| part == "verify"));
    let probes = probes.flat_map(|(_, code)| codes(&code.replace("feature = \"", "feature = \"-")).collect::<Vec<_>>());
    let mut types = BTreeMap::new();
    for name in &exported {
        let found = members(&sources, name);
        if !found.is_empty() {
            types.insert(name.clone(), found);
        }
    }
    // The methods of the builder that are not options are its verbs.
    let verbs: Vec<String> = ReaderBuilder::option_names().map(str::to_owned).collect();
    types.get_mut("ReaderBuilder").unwrap().retain(|name| !verbs.contains(name));
    let connector = types.get_mut("ConnectorBuilder").unwrap();
    for (method, parts) in IN_ONE_CALL {
        assert!(connector.remove(*method), "{method} is a method of the builder");
        connector.extend(parts.iter().map(|part| (*part).to_owned()));
    }
    connector.remove("build");
    // The bindings merge both types into one.
    for (whole, part) in [("Totals", "Summary"), ("Error", "Location")] {
        let part = types.remove(part).unwrap();
        types.get_mut(whole).unwrap().extend(part);
    }
    Faces {
        options: ReaderBuilder::option_names().map(|name| (name, takes(name))).collect(),
        errors: errors.split('"').skip(1).step_by(2).map(str::to_owned).collect(),
        checks: Totals::default().summary().checks.into_iter().map(|check| check.code).collect(),
        warnings,
        findings: probes.collect(),
        words: words(&sources, &exported),
        types,
    }
}

fn exceptions() -> Exceptions {
    let text = fs::read_to_string(root().join("tests/data/faces/exceptions.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Returns whether Rust has a name of the exceptions: a type, a member of a type, or a code after its kind.
fn has(faces: &Faces, name: &str) -> bool {
    match name.split_once('.') {
        None => faces.types.contains_key(name) || faces.words.contains_key(name),
        Some(("options", option)) => faces.options.contains_key(option),
        Some(("errors", code)) => faces.errors.contains(code),
        Some(("words", _)) => false,
        Some((of, member)) => faces.types.get(of).is_some_and(|members| members.contains(member)),
    }
}

#[test]
fn the_public_names_are_those_that_the_bindings_compare() {
    let text = serde_json::to_string_pretty(&faces()).unwrap() + "\n";
    golden(&root().join("tests/data/faces/rust.json"), &text);
}

#[test]
fn each_exception_is_one() {
    let (faces, exceptions) = (faces(), exceptions());
    let mut seen = BTreeSet::new();
    for renamed in &exceptions.renamed {
        assert!(has(&faces, &renamed.rust), "{} is renamed, and Rust does not have it", renamed.rust);
        assert!(renamed.python.is_some() || renamed.node.is_some(), "{} has no other name", renamed.rust);
        assert!(!renamed.reason.is_empty() && seen.insert(&renamed.rust), "{}", renamed.rust);
    }
    for only in &exceptions.only {
        assert!(!only.reason.is_empty() && (1..3).contains(&only.languages.len()), "{:?}", only.names);
        let is_rust = only.languages.iter().any(|language| language == "rust");
        for name in &only.names {
            assert_eq!(has(&faces, name), is_rust, "{name} is in {:?} alone", only.languages);
        }
    }
}

/// Returns the spelling of a name in a language.
fn spelled(name: &str, language: &str) -> String {
    if language != "node" {
        return name.to_owned();
    }
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &word[..1].to_uppercase() + &word[1..])
}

fn document(faces: &Faces, exceptions: &Exceptions) -> String {
    let list =
        |names: &mut dyn Iterator<Item = String>| names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let mut text = "# The same in three languages\n\n\
        Generated by the test `faces`, which reads the names from the source of the core; tests of the Python and the Node package\n\
        compare theirs with them, both ways. Python spells names as Rust does, and Node in camelCase: `batch_rows` is `batchRows`. What\n\
        `toJSON` gives in Node, `to_dict` and `to_json` in Python, and serde in Rust is one JSON, with underscores. Methods that wait have\n\
        an async version in Python, whose name begins with `a`; in Node all of them are async.\n\n\
        ## Options of a read\n\n| Rust, Python | Node | takes |\n| --- | --- | --- |\n"
        .to_owned();
    for (name, takes) in &faces.options {
        let takes = match takes {
            Takes::Words(words) => list(&mut words.iter().cloned()),
            Takes::Kind(kind) => kind.clone(),
        };
        writeln!(text, "| `{name}` | `{}` | {takes} |", spelled(name, "node")).unwrap();
    }
    text += "\n## Types\n\n| Rust | Python | Node | fields and methods in all three |\n| --- | --- | --- | --- |\n";
    let without = |name: &str, language: &str| {
        exceptions.only.iter().any(|only| {
            only.names.iter().any(|known| known == name) && !only.languages.iter().any(|known| known == language)
        })
    };
    for (name, members) in &faces.types {
        if without(name, "python") && without(name, "node") {
            continue;
        }
        let renamed = exceptions.renamed.iter().find(|renamed| renamed.rust == *name);
        let other = |of: fn(&Renamed) -> Option<&String>, language| match renamed.and_then(of) {
            Some(other) => format!("`{other}`"),
            None if without(name, language) => String::new(),
            None => format!("`{name}`"),
        };
        let full = |member: &str| format!("{name}.{member}");
        let is_common = |member: &&String| {
            !["python", "node"].iter().any(|language| without(&full(member), language))
                && exceptions.renamed.iter().all(|renamed| renamed.rust != full(member))
        };
        let common = list(&mut members.iter().filter(is_common).cloned());
        let (python, node) =
            (other(|renamed| renamed.python.as_ref(), "python"), other(|renamed| renamed.node.as_ref(), "node"));
        writeln!(text, "| `{name}` | {python} | {node} | {common} |").unwrap();
    }
    text += "\n## Words and codes\n\n| what | words |\n| --- | --- |\n";
    for (name, words) in &faces.words {
        writeln!(text, "| `{name}` | {} |", list(&mut words.iter().cloned())).unwrap();
    }
    for (name, codes) in [
        ("errors", &faces.errors),
        ("checks", &faces.checks),
        ("warnings", &faces.warnings),
        ("findings of `verify`", &faces.findings),
    ] {
        writeln!(text, "| codes of {name} | {} |", list(&mut codes.iter().cloned())).unwrap();
    }
    text += "\n## What differs, and why\n\n| Rust | Python | Node | why |\n| --- | --- | --- | --- |\n";
    for renamed in &exceptions.renamed {
        let other = |other: &Option<String>, language| {
            let (of, member) = renamed.rust.split_once('.').unwrap_or(("", &renamed.rust));
            let same = if of.is_empty() { member.to_owned() } else { format!("{of}.{}", spelled(member, language)) };
            other.clone().unwrap_or(same)
        };
        let (python, node) = (other(&renamed.python, "python"), other(&renamed.node, "node"));
        writeln!(text, "| `{}` | `{python}` | `{node}` | {} |", renamed.rust, renamed.reason).unwrap();
    }
    for only in &exceptions.only {
        let cell = |language: &str| {
            let has = only.languages.iter().any(|known| known == language);
            let spelled = |name: &String| match name.split_once('.') {
                Some((of, member)) if of.starts_with(|sign: char| sign.is_ascii_uppercase()) => {
                    format!("{of}.{}", spelled(member, language))
                }
                _ => name.clone(),
            };
            if has { list(&mut only.names.iter().map(spelled)) } else { String::new() }
        };
        writeln!(text, "| {} | {} | {} | {} |", cell("rust"), cell("python"), cell("node"), only.reason).unwrap();
    }
    text
}

#[test]
fn languages_md_is_what_the_names_are() {
    golden(&root().join("../LANGUAGES.md"), &document(&faces(), &exceptions()));
}
