//! Takes the programs in Rust from the page of the cookbook, so that the example `cookbook` is what the page shows.
#![allow(clippy::unwrap_used, reason = "a build fails by panicking")]

use std::fmt::Write as _;
use std::path::Path;

const PAGE: &str = "../cookbook/README.md";

fn main() {
    println!("cargo::rerun-if-changed={PAGE}");
    let page = std::fs::read_to_string(PAGE).unwrap();
    let (mut modules, mut programs) = (String::new(), String::new());
    for (index, section) in page.split("\n## ").enumerate() {
        let Some((title, text)) = section.split_once('\n') else { continue };
        let Some((_, rest)) = text.split_once("```rust\n") else { continue };
        let (program, _) = rest.split_once("```").unwrap();
        let program = program.replacen("\nfn main()", "\npub(super) fn main()", 1);
        writeln!(modules, "mod program_{index} {{\n{program}}}").unwrap();
        writeln!(programs, "({title:?}, program_{index}::main),").unwrap();
    }
    let code = format!("{modules}const PROGRAMS: &[Program] = &[\n{programs}];\n");
    std::fs::write(Path::new(&std::env::var_os("OUT_DIR").unwrap()).join("cookbook.rs"), code).unwrap();
}
