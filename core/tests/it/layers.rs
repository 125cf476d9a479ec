//! The layers of the crate: each folder imports only from lower layers. The table in ARCHITECTURE.md is
//! generated here.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The layers, the lowest first. Folders of one layer do not import each other.
const LAYERS: &[&[&str]] = &[
    &["error"],
    &["value"],
    &["schema", "csv", "sink"],
    &["report", "rules", "display"],
    &["line_items", "totals", "fetch"],
    &["decode", "connector"],
    &["table"],
    &["normalize"],
    &["options"],
    &["read"],
    &["internals", "cli"],
];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Returns all source files with their folders. A file next to `lib.rs` counts as a folder. `bin` is not part of the library.
fn files() -> Vec<(String, PathBuf)> {
    fn walk(folder: &Path, name: &str, found: &mut Vec<(String, PathBuf)>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            let own = path.file_stem().unwrap().to_string_lossy().into_owned();
            let folder = if name.is_empty() { own } else { name.to_owned() };
            if path.is_dir() && folder != "bin" {
                walk(&path, &folder, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") && folder != "lib" {
                found.push((folder, path));
            }
        }
    }
    let mut found = Vec::new();
    walk(&source(), "", &mut found);
    found.sort();
    found
}

/// Returns the code of a file without comments, string literals and tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("\nmod tests {").next().unwrap();
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// Returns the name after each `crate::`.
fn imports(code: &str) -> impl Iterator<Item = &str> {
    code.split("crate::").skip(1).map(|rest| {
        let end = rest.find(|sign: char| !sign.is_alphanumeric() && sign != '_').unwrap_or(rest.len());
        &rest[..end]
    })
}

fn layer_of(folder: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&folder))
}

/// Returns the folders that each folder imports, with one of the importing files.
fn arrows() -> BTreeMap<String, BTreeMap<String, PathBuf>> {
    let mut arrows = BTreeMap::<String, BTreeMap<String, PathBuf>>::new();
    for (folder, path) in files() {
        let is_test = path.ends_with("tests.rs") || path.components().any(|part| part.as_os_str() == "tests");
        if is_test {
            continue;
        }
        let to = arrows.entry(folder.clone()).or_default();
        for import in imports(&code(&path)).filter(|import| *import != folder) {
            to.entry(import.to_owned()).or_insert_with(|| path.clone());
        }
    }
    arrows
}

#[test]
fn folders_import_from_lower_layers_alone() {
    let arrows = arrows();
    let known: BTreeSet<&str> = LAYERS.iter().flat_map(|layer| layer.iter().copied()).collect();
    let found: BTreeSet<&str> = arrows.keys().map(String::as_str).collect();
    assert_eq!(known, found, "each folder has a layer");
    let mut wrong = Vec::new();
    for (from, to) in &arrows {
        for (import, path) in to {
            // The crate itself does not import the exports of `lib.rs`.
            if layer_of(import).is_none_or(|lower| lower >= layer_of(from).unwrap()) {
                wrong.push(format!("{} imports `{import}`", path.strip_prefix(source()).unwrap().display()));
            }
        }
    }
    assert_eq!(wrong, [] as [String; 0]);
}

#[test]
fn the_test_sees_an_import_that_leads_upward() {
    let code = "use crate::read::reader::Reader;\nfn f() -> crate::totals::Totals { crate::Error }";
    assert_eq!(imports(code).collect::<Vec<_>>(), ["read", "totals", "Error"]);
    assert!(layer_of("read") > layer_of("fetch") && layer_of("Error").is_none());
}

/// Returns the modules that each file imports, by path. `mod.rs` declares the files of its folder, and is left out.
fn file_arrows() -> BTreeMap<String, BTreeSet<String>> {
    let module = |path: &Path| path.strip_prefix(source()).unwrap().with_extension("").display().to_string();
    let sources: Vec<(String, PathBuf)> = files()
        .into_iter()
        .map(|(_, path)| (module(&path), path))
        .filter(|(name, _)| !name.ends_with("mod") && !name.contains("tests"))
        .collect();
    let names: BTreeSet<&str> = sources.iter().map(|(name, _)| name.as_str()).collect();
    let mut arrows = BTreeMap::new();
    for (name, path) in &sources {
        let parent = name.rsplit_once('/').map_or("", |(parent, _)| parent);
        let code = code(path);
        let of = |mark: &str, root: &str| {
            let mut paths = Vec::new();
            for rest in code.split(mark).skip(1) {
                // `{a, b::C}` names several.
                let list = rest.strip_prefix('{').and_then(|list| list.split('}').next());
                for path in list.unwrap_or(rest).split(',').take(if list.is_some() { usize::MAX } else { 1 }) {
                    let path = path.trim();
                    let end = path.find(|sign: char| !sign.is_alphanumeric() && sign != '_' && sign != ':');
                    paths.push(format!("{root}{}", path[..end.unwrap_or(path.len())].replace("::", "/")));
                }
            }
            paths
        };
        let named = [of("crate::", ""), of("use super::", &format!("{parent}/"))].concat();
        let to = named.iter().filter_map(|path| {
            let mut prefixes = path.match_indices('/').map(|(at, _)| &path[..at]).chain([path.as_str()]);
            prefixes.find(|prefix| names.contains(prefix) && *prefix != name).map(str::to_owned)
        });
        arrows.insert(name.clone(), to.collect());
    }
    arrows
}

#[test]
fn files_do_not_import_each_other_in_a_circle() {
    let mut arrows = file_arrows();
    assert!(arrows["read/reader"].contains("read/quarantine"), "imports by `super` are seen");
    assert!(arrows["read/reader"].contains("report/part"), "imports by `crate` are seen");
    // Removes files without imports until none is left. If there is a cycle, some remain.
    while let Some(free) = arrows.iter().find(|(_, to)| to.is_empty()).map(|(name, _)| name.clone()) {
        arrows.remove(&free);
        for to in arrows.values_mut() {
            to.remove(&free);
        }
    }
    assert_eq!(arrows, BTreeMap::new());
}

/// `super` is used only for `mod.rs` and the root of a folder. Every other import names its folder.
#[test]
fn super_stays_inside_a_folder() {
    for (_, path) in files() {
        let depth = path.strip_prefix(source()).unwrap().components().count();
        let is_door = path.ends_with("mod.rs");
        let ups = if is_door { depth - 1 } else { depth };
        let most = "super::".repeat(ups.max(1));
        let leaves = code(&path).lines().any(|line| line.starts_with(&format!("use {most}")));
        assert!(!leaves, "{} leaves its folder by `super`", path.display());
    }
}

/// Returns the summary and the sections In, Out and Not here of a folder's `mod.rs`.
fn door(folder: &str) -> Option<[String; 4]> {
    let text = fs::read_to_string(source().join(folder).join("mod.rs")).ok()?;
    let lines = text.lines().take_while(|line| line.starts_with("//!"));
    let docs: String = lines.map(|line| line.trim_start_matches("//!").trim().to_owned() + "\n").collect();
    let paragraphs: Vec<String> =
        docs.split("\n\n").map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    let says = paragraphs.iter().find_map(|text| text.strip_prefix("In: "))?;
    let (comes_in, rest) = says.split_once(" Out: ")?;
    let (goes_out, not_here) = rest.split_once(" Not here: ")?;
    Some([paragraphs[0].clone(), comes_in.to_owned(), goes_out.to_owned(), not_here.to_owned()])
}

/// Replaces links of rustdoc with their text.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, link)) = rest.split_once('[') {
        let (name, behind) = link.split_once(']').unwrap_or((link, ""));
        plain += before;
        plain += name;
        rest = match behind.strip_prefix('(') {
            Some(target) => target.split_once(')').map_or("", |(_, behind)| behind),
            None => behind,
        };
    }
    plain + rest
}

fn generated() -> String {
    let arrows = arrows();
    let mut text = String::from("```text\n");
    for (number, layer) in LAYERS.iter().enumerate().rev() {
        let _ = writeln!(text, "{number:2}  {}", layer.join("   "));
    }
    text += "```\n\n| layer | folder | what it is | comes in | goes out | not here | imports |\n| --- | --- | --- | --- | --- | --- | --- |\n";
    for (number, layer) in LAYERS.iter().enumerate().rev() {
        for folder in *layer {
            let imports: Vec<&str> = arrows[*folder].keys().map(String::as_str).collect();
            let [what, comes_in, goes_out, not_here] = match door(folder) {
                Some(says) => says.map(|says| plain(&says)),
                None => {
                    let text = fs::read_to_string(source().join(format!("{folder}.rs"))).unwrap();
                    let first = text.lines().next().unwrap().trim_start_matches("//!").trim().to_owned();
                    [first, String::new(), String::new(), String::new()]
                }
            };
            let _ = writeln!(
                text,
                "| {number} | `{folder}` | {what} | {comes_in} | {goes_out} | {not_here} | {} |",
                imports.join(", ")
            );
        }
    }
    text
}

#[test]
fn each_folder_has_a_door_and_the_docs_show_it() {
    for folder in LAYERS.iter().flat_map(|layer| layer.iter()).filter(|folder| source().join(folder).is_dir()) {
        assert!(door(folder).is_some(), "{folder}/mod.rs does not say `In: … Out: … Not here: …`");
    }
    crate::support::architecture("layers", &generated());
}
