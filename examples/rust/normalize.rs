//! A cost report in, FOCUS out, and the proof that nothing was lost or doubled.
//!
//! `normalize REPORT... [--output FILE.parquet|.csv|.arrow] [--columns A,B] [--maps map|json] [--threads N]
//! [--on-error stop|quarantine] [--quarantine FILE] [--json]`
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program's output")]

use std::io::IsTerminal;
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use outlay::Reader;
use outlay_examples::normalize::{Arguments, Event, USAGE, normalize};

fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("{problem}\nusage: normalize {USAGE}");
            return ExitCode::from(2);
        }
    };
    let mut bar = ProgressBar::hidden();
    let done = normalize(&arguments, Reader::builder(), |event| match event {
        Event::Begun(progress) => bar = progress_bar(progress.bytes_total, arguments.json),
        Event::Read(progress) => bar.set_position(progress.bytes_done),
        Event::SetAside(error) => bar.suspend(|| eprintln!("set aside: {error}")),
    });
    bar.finish_and_clear();
    match done {
        Ok(proof) => {
            println!("{}", proof.text);
            if proof.is_proven { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("{}: {error}", error.code());
            ExitCode::FAILURE
        }
    }
}

/// A bar on a terminal, for reads that take a while.
fn progress_bar(bytes: u64, json: bool) -> ProgressBar {
    const LONG: u64 = 8 << 20;
    if json || bytes < LONG || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}");
    ProgressBar::new(bytes).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
