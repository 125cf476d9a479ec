//! The programs as processes: signals that ask them to end, and output whose reader is gone.

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

/// Prints a text and a line end. A reader that has gone away, such as `head`, is no failure.
pub fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

/// The same on standard error, where a failure has no place to be told.
pub fn complain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// The status of a program that has printed what it had to, or could not.
pub fn ended(printed: io::Result<()>, is_good: bool) -> ExitCode {
    match printed {
        Ok(()) if is_good => ExitCode::SUCCESS,
        Ok(()) => ExitCode::FAILURE,
        Err(error) => {
            complain(&format!("standard output: {error}"));
            ExitCode::FAILURE
        }
    }
}

#[cfg(unix)]
pub use self::unix::Signals;

#[cfg(unix)]
mod unix {
    use std::process::ExitCode;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU8, Ordering};
    use std::thread;
    use std::time::Duration;

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

    /// How long a program may take to end after the first signal: it removes what it has begun to write.
    const PATIENCE: Duration = Duration::from_secs(10);

    /// The first signal that asked this program to end; 0 before.
    #[derive(Clone, Debug, Default)]
    pub struct Signals(Arc<AtomicU8>);

    impl Signals {
        /// Notes SIGINT, SIGTERM and SIGHUP from now on, except those that the parent process has set to be ignored, as
        /// `nohup` does. A second one ends the program at once.
        pub fn watch() -> Self {
            let came = Self::default();
            let wanted = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|&signal| !is_ignored(signal));
            // Without a handler each of them ends the program, and the next run removes what is left.
            if let Ok(mut signals) = signal_hook::iterator::Signals::new(wanted) {
                let noted = came.clone();
                thread::spawn(move || {
                    for signal in signals.forever() {
                        let status = 128 + signal;
                        if noted.first().is_some() {
                            std::process::exit(status);
                        }
                        noted.0.store(u8::try_from(signal).unwrap_or_default(), Ordering::Relaxed);
                        thread::spawn(move || {
                            thread::sleep(PATIENCE);
                            std::process::exit(status);
                        });
                    }
                });
            }
            came
        }

        /// Whether one came.
        pub fn is_over(&self) -> bool {
            self.first().is_some()
        }

        /// The status of a program that a signal has ended: 128 and its number.
        pub fn status(&self) -> Option<ExitCode> {
            self.first().map(|signal| ExitCode::from(128 + signal))
        }

        fn first(&self) -> Option<u8> {
            Some(self.0.load(Ordering::Relaxed)).filter(|&signal| signal > 0)
        }
    }

    /// Whether a signal is ignored, where the system says so in a file: Linux.
    fn is_ignored(signal: i32) -> bool {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let ignored = ignored.and_then(|digits| u64::from_str_radix(digits.trim(), 16).ok());
        ignored.is_some_and(|ignored| ignored >> (signal - 1) & 1 == 1)
    }
}

/// Where there are no such signals, nothing is watched: what a program that was ended has left is removed by the next run.
#[cfg(not(unix))]
#[derive(Clone, Debug)]
pub struct Signals;

#[cfg(not(unix))]
impl Signals {
    /// Watches nothing.
    pub fn watch() -> Self {
        Self
    }

    /// False.
    pub fn is_over(&self) -> bool {
        false
    }

    /// None.
    pub fn status(&self) -> Option<ExitCode> {
        None
    }
}
