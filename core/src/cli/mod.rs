//! The program `outlay`, as a function: the binary target and the bindings run it on a [`Console`] of their own.
//!
//! In: the arguments of a command line. Out: files, text on the console, an [`Exit`].
//! Not here: signals, terminals and progress bars, which each language handles in its own way.

mod access;
mod arguments;
mod columns;
mod connect;
mod connector;
mod normalize;
mod options;
mod output;
mod paint;
mod policy;
mod reading;
mod reports;
mod services;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{self, ErrorKind, Read, Write};
use std::thread;
use std::time::Duration;

use clap::{CommandFactory, FromArgMatches};

use self::arguments::{Arguments, Command};
use self::paint::{Color, Paint};
use crate::error::{Error, Result, acts, printable};
use crate::read::progress::Progress;

/// Where the program prints, and whom it asks. The methods with a default are for standard streams of the process that
/// are not terminals.
pub trait Console {
    /// Prints a text and a line break to standard output.
    fn print(&mut self, text: &str);

    /// Prints a message and a line break to standard error.
    fn report(&mut self, message: &str);

    /// Shows the progress of a read. Called at its start and after each batch, but not with `--json`.
    fn progress(&mut self, progress: &Progress);

    /// Writes bytes to standard output, for `--output -`. Default: to that of the process.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::BrokenPipe`] if the reader of standard output has closed it, which ends the program without an
    /// error. Others are errors of the program.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        write_all(&mut io::stdout().lock(), bytes)
    }

    /// Returns standard input, for the report `-`. Default: that of the process.
    fn input(&mut self) -> Box<dyn Read + Send> {
        Box::new(io::stdin())
    }

    /// Asks a question, and returns whether the answer is yes; `None` if there is no terminal. Default: `None`.
    fn confirm(&mut self, question: &str) -> Option<bool> {
        let _ = question;
        None
    }

    /// Returns the width of the terminal that shows standard output, in characters; `None` if none does. Default: `None`.
    fn output_width(&self) -> Option<usize> {
        None
    }

    /// Returns the width of the terminal that shows standard error. Default: `None`.
    fn error_width(&self) -> Option<usize> {
        None
    }
}

/// Writes and flushes bytes. Waits while the stream takes none without blocking, as a pipe can be set by a process that
/// shares it.
fn write_all(stream: &mut impl Write, mut bytes: &[u8]) -> io::Result<()> {
    const PAUSE: Duration = Duration::from_millis(1);
    while !bytes.is_empty() {
        match stream.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(PAUSE),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    loop {
        match stream.flush() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(PAUSE),
            flushed => return flushed,
        }
    }
}

/// The result of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Exit {
    /// The command succeeded; a read is proven, or partial without `--strict`. Also if standard output was closed before
    /// its end. Status 0.
    Success,
    /// The command failed, a read is not accepted, or a set-up is not ready. Status 1.
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
    let given: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let color = color_of(&given);
    let arguments = match parse(given, console) {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() => {
            console.report(message(&error, color.is_on(console.error_width().is_some())).trim_end());
            return Exit::Usage;
        }
        Err(help) => {
            console.print(message(&help, color.is_on(console.output_width().is_some())).trim_end());
            return Exit::Success;
        }
    };
    let paint = Paint(arguments.color.is_on(console.output_width().is_some()));
    let done = match &arguments.command {
        Command::Normalize(arguments) => normalize::normalize(arguments, console, paint, &should_stop),
        Command::Head(arguments) => reports::head(arguments, console, paint, &should_stop),
        Command::Columns(arguments) => columns::columns(arguments, console, paint),
        Command::Plan(arguments) => reports::plan(arguments, console, paint, &should_stop),
        Command::Connect(arguments) => connect::connect(arguments, console, paint, &should_stop),
        Command::Verify(arguments) => connector::verify(arguments, console, paint, &should_stop),
        Command::Periods(arguments) => connector::periods(arguments, console, paint, &should_stop),
        Command::Accounts(arguments) => connector::accounts(arguments, console, paint, &should_stop),
        Command::Policy(arguments) => access::policy(arguments, console),
        Command::Completion(arguments) => {
            console.print(completion(arguments.shell).trim_end());
            Ok(true)
        }
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

/// The width of help that no terminal shows, in characters.
const HELP_WIDTH: usize = 100;

fn parse(given: Vec<OsString>, console: &dyn Console) -> Result<Arguments, clap::Error> {
    let mut command = Arguments::command().term_width(console.output_width().unwrap_or(HELP_WIDTH));
    let mut parsed = |given: Vec<OsString>| {
        let matches = command.try_get_matches_from_mut([OsString::from("outlay")].into_iter().chain(given))?;
        Arguments::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
    };
    // The messages of the parser repeat arguments without escaping. A second error, with the control characters of the
    // arguments escaped, cannot affect the terminal.
    let escaped = given.iter().map(|argument| printable(argument.display()).to_string().into()).collect();
    parsed(given).map_err(|error| parsed(escaped).err().unwrap_or(error))
}

/// Returns the option `--color` of arguments that may be invalid.
fn color_of(given: &[OsString]) -> Color {
    let given: Vec<&str> = given.iter().map(|argument| argument.to_str().unwrap_or_default()).collect();
    let named = |word: &str| <Color as clap::ValueEnum>::from_str(word, false).ok();
    let pairs = given.windows(2).filter(|pair| pair[0] == "--color").filter_map(|pair| named(pair[1]));
    let joined = given.iter().filter_map(|argument| named(argument.strip_prefix("--color=")?));
    pairs.chain(joined).next().unwrap_or_default()
}

/// Returns an error or a help of the parser as text.
fn message(error: &clap::Error, has_colors: bool) -> String {
    let rendered = error.render();
    if has_colors { rendered.ansi().to_string() } else { rendered.to_string() }
}

/// Returns the completion for a shell.
fn completion(shell: clap_complete::Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "outlay", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// Returns a value as JSON for a terminal.
fn json(value: &impl serde::Serialize) -> String {
    shown(&serde_json::to_string(value).unwrap_or_default())
}

/// Returns JSON on one line with its characters that act on a terminal as escapes of JSON. It is the same value.
fn shown(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        match acts(character) {
            // All of these have four hexadecimal digits. Writing to a `String` cannot fail.
            true => drop(write!(text, "\\u{:04x}", u32::from(character))),
            false => text.push(character),
        }
    }
    text
}
