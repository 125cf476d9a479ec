//! Runs a cloud for programs in other languages: `outlay-cloud world.json`, or the JSON on standard input.
//!
//! Prints one line of JSON, `{"endpoint": "http://127.0.0.1:40123"}`, and ends when standard input does.

use std::env;
use std::error::Error;
use std::fs;
use std::io::{self, Write};

use outlay_cloud::{Cloud, World};

fn main() -> Result<(), Box<dyn Error>> {
    let mut input = io::stdin().lock();
    let world = match env::args_os().nth(1) {
        Some(path) => World::parse(&fs::read_to_string(path)?)?,
        // Standard input stays open behind the world.
        None => World::read(&mut input)?,
    };
    let cloud = Cloud::start(world)?;
    let mut output = io::stdout().lock();
    writeln!(output, "{}", serde_json::json!({"endpoint": cloud.endpoint()}))?;
    output.flush()?;
    io::copy(&mut input, &mut io::sink())?;
    Ok(())
}
