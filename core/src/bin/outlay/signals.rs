//! Signals that end the program.

#[cfg(unix)]
pub use self::unix::Signals;

#[cfg(unix)]
mod unix {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU8, Ordering};
    use std::thread;
    use std::time::Duration;

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

    /// Maximum time between the first signal and the end of the program, in which it removes its incomplete file.
    const PATIENCE: Duration = Duration::from_secs(10);

    /// The first signal that was received; 0 before.
    #[derive(Clone, Debug, Default)]
    pub struct Signals(Arc<AtomicU8>);

    impl Signals {
        /// Records SIGINT, SIGTERM and SIGHUP from now on, except those that the parent process ignores, as `nohup`
        /// does. A second signal ends the program immediately.
        pub fn watch() -> Self {
            let received = Self::default();
            let wanted = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|&signal| !is_ignored(signal));
            // Without a handler each signal ends the program, and the next run removes its incomplete file.
            if let Ok(mut signals) = signal_hook::iterator::Signals::new(wanted) {
                let noted = received.clone();
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
            received
        }

        /// Returns whether a signal was received.
        pub fn is_received(&self) -> bool {
            self.first().is_some()
        }

        /// Returns the exit status after a signal: 128 plus its number.
        pub fn status(&self) -> Option<u8> {
            self.first().map(|signal| 128 + signal)
        }

        fn first(&self) -> Option<u8> {
            Some(self.0.load(Ordering::Relaxed)).filter(|&signal| signal > 0)
        }
    }

    /// Returns whether a signal is ignored. Linux only, where a file has this information.
    fn is_ignored(signal: i32) -> bool {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let ignored = ignored.and_then(|digits| u64::from_str_radix(digits.trim(), 16).ok());
        ignored.is_some_and(|ignored| ignored >> (signal - 1) & 1 == 1)
    }
}

/// Platforms without these signals. The next run removes the incomplete file of a program that was ended.
#[cfg(not(unix))]
#[derive(Clone, Debug)]
pub struct Signals;

#[cfg(not(unix))]
impl Signals {
    /// Does nothing.
    pub fn watch() -> Self {
        Self
    }

    /// Returns false.
    pub fn is_received(&self) -> bool {
        false
    }

    /// Returns `None`.
    pub fn status(&self) -> Option<u8> {
        None
    }
}
