//! Runs a program of the cookbook, by its title: `cargo run -p outlay-examples --example cookbook -- 'Several currencies'`.
#![allow(clippy::print_stdout, reason = "a program's output")]

/// A title of the page, and the program in Rust below it.
type Program = (&'static str, fn() -> Result<(), outlay::Error>);

include!(concat!(env!("OUT_DIR"), "/cookbook.rs"));

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let title = std::env::args().nth(1).unwrap_or_default();
    let Some((_, program)) = PROGRAMS.iter().find(|(name, _)| *name == title) else {
        let titles: Vec<&str> = PROGRAMS.iter().map(|(name, _)| *name).collect();
        return Err(format!("no program has the title `{title}`; there are: {}", titles.join(", ")).into());
    };
    Ok(program()?)
}
