//! The program `outlay` in a terminal. `outlay --help` describes its arguments. [`outlay::cli`] is the implementation.
//!
//! The exit status is that of [`outlay::cli::Exit`]; 128 and the number of the signal that ended it; 1 if standard output
//! cannot be written.

mod signals;
mod terminal;

use std::process::ExitCode;

use outlay::cli::{Exit, run};

use self::signals::Signals;
use self::terminal::Terminal;

fn main() -> ExitCode {
    let signals = Signals::watch();
    let mut terminal = Terminal::new(signals.clone());
    let watched = signals.clone();
    let exit = run(std::env::args_os().skip(1), &mut terminal, move || watched.is_received());
    let status = match exit {
        Exit::Stopped => signals.status().unwrap_or(exit.status()),
        Exit::Success if !terminal.is_written() => Exit::Failure.status(),
        exit => exit.status(),
    };
    ExitCode::from(status)
}
