//! The program `outlay`, as a function: the binary target and the bindings run it on a [`Console`] of their own.
//!
//! In: the arguments of a command line. Out: files, text on the console, an [`Exit`].
//! Not here: signals, standard output and progress bars, which each language handles in its own way.

mod arguments;
mod connect;
mod normalize;
mod policy;
mod reading;
mod services;

use std::ffi::OsString;

use clap::Parser;

use self::arguments::{Arguments, Command};
use crate::error::{Error, printable};
use crate::read::reader::Progress;

/// Where the program prints.
pub trait Console {
    /// Prints a text and a line break to standard output.
    fn print(&mut self, text: &str);

    /// Prints a message and a line break to standard error.
    fn report(&mut self, message: &str);

    /// Shows the progress of a read. Called at its start and after each batch, but not with `--json`.
    fn progress(&mut self, progress: &Progress);
}

/// The result of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Exit {
    /// The read is proven, or partial without `--strict`; or help or the version was printed. Status 0.
    Success,
    /// The read failed, or is not accepted. Status 1.
    Failure,
    /// The arguments are not valid. Status 2.
    Usage,
    /// The caller stopped it. Status 130. A caller that stopped it because of a signal may use 128 plus its number
    /// instead.
    Stopped,
}

impl Exit {
    /// Returns the exit status for a process.
    pub fn status(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failure => 1,
            Self::Usage => 2,
            Self::Stopped => 130,
        }
    }
}

/// Runs the program with the arguments after its name.
///
/// `should_stop` is called regularly, on the thread that calls `run` and on reading threads. After it returns true, the
/// run ends soon and leaves no incomplete file.
///
/// # Examples
///
/// ```
/// use outlay::Progress;
/// use outlay::cli::{Console, Exit, run};
///
/// struct Lines(Vec<String>);
///
/// impl Console for Lines {
///     fn print(&mut self, text: &str) {
///         self.0.push(text.to_owned());
///     }
///     fn report(&mut self, message: &str) {
///         eprintln!("{message}");
///     }
///     fn progress(&mut self, _: &Progress) {}
/// }
///
/// # let report = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
/// let mut console = Lines(Vec::new());
/// let exit = run(["normalize", report, "--json"], &mut console, || false);
/// assert_eq!(exit, Exit::Success);
/// assert!(console.0[0].contains(r#""outcome":"proven""#));
/// ```
pub fn run<A: Into<OsString>>(
    arguments: impl IntoIterator<Item = A>,
    console: &mut dyn Console,
    should_stop: impl Fn() -> bool + Clone + Send + Sync + 'static,
) -> Exit {
    let arguments = match parse(arguments.into_iter().map(Into::into).collect()) {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() => {
            console.report(error.to_string().trim_end());
            return Exit::Usage;
        }
        Err(help) => {
            console.print(help.to_string().trim_end());
            return Exit::Success;
        }
    };
    let done = match &arguments.command {
        Command::Normalize(arguments) => normalize::normalize(arguments, console, &should_stop),
        Command::Connect(arguments) => connect::connect(arguments, console, &should_stop),
    };
    match done {
        Ok(true) => Exit::Success,
        Ok(false) => Exit::Failure,
        Err(Error::Stopped) if should_stop() => Exit::Stopped,
        Err(error) => {
            console.report(&format!("{}: {error}", error.code()));
            Exit::Failure
        }
    }
}

fn parse(given: Vec<OsString>) -> Result<Arguments, clap::Error> {
    let parsed = |given: Vec<OsString>| Arguments::try_parse_from([OsString::from("outlay")].into_iter().chain(given));
    // The messages of the parser repeat arguments without escaping. A second error, with the control characters of the
    // arguments escaped, cannot affect the terminal.
    let escaped = given.iter().map(|argument| printable(argument.display()).to_string().into()).collect();
    parsed(given).map_err(|error| parsed(escaped).err().unwrap_or(error))
}
