//! A cost report in, FOCUS out, and the proof that nothing was lost or doubled.
//!
//! `normalize REPORT... [--output FILE.parquet|.csv|.arrow] [--columns A,B] [--maps map|json] [--threads N]
//! [--on-error stop|quarantine] [--quarantine FILE] [--on-unknown null|stop] [--strict] [--keep-unproven] [--json]`
//!
//! Status: 0 when the read is proven or partial (with `--strict` only proven), else 1; 2 for arguments that make no sense;
//! 128 and the number of a signal that ended it. The file is put in its place only with status 0, or `--keep-unproven`.

mod process;

use std::io::IsTerminal;
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use outlay::{Error, Reader};
use outlay_examples::normalize::{Arguments, Event, USAGE, normalize};

use crate::process::{Signals, complain, ended, print};

fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(problem) => {
            complain(&format!("{problem}\nusage: normalize {USAGE}"));
            return ExitCode::from(2);
        }
    };
    let signals = Signals::watch();
    let asked = signals.clone();
    let mut bar = ProgressBar::hidden();
    let done = normalize(
        &arguments,
        Reader::builder(),
        move || asked.is_over(),
        |event| match event {
            Event::Begun(progress) => bar = progress_bar(progress.bytes_total, arguments.json),
            Event::Read(progress) => bar.set_position(progress.bytes_done),
            Event::SetAside(error) => bar.suspend(|| complain(&format!("set aside: {error}"))),
            Event::Withheld(reason) => bar.suspend(|| complain(&reason)),
        },
    );
    bar.finish_and_clear();
    match (done, signals.status()) {
        (Ok(proof), _) => ended(print(&proof.text), proof.is_good),
        (Err(Error::Stopped), Some(status)) => status,
        (Err(error), _) => {
            complain(&format!("{}: {error}", error.code()));
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
