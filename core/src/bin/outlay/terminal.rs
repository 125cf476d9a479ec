//! Standard output, standard error, and a progress bar.

use std::io::{self, ErrorKind, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressStyle};
use outlay::Progress;
use outlay::cli::Console;

/// Minimum size in bytes of a report with a progress bar.
const LARGE: u64 = 8 << 20;

/// The console of a process.
#[derive(Default)]
pub struct Terminal {
    bar: Option<ProgressBar>,
    is_cut: bool,
}

impl Terminal {
    /// Returns whether all output was written to standard output, or the reader closed it, as `head` does.
    pub fn is_written(&self) -> bool {
        !self.is_cut
    }
}

impl Console for Terminal {
    fn print(&mut self, text: &str) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        let mut out = io::stdout().lock();
        match writeln!(out, "{text}").and_then(|()| out.flush()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                self.is_cut = true;
                self.report(&format!("standard output: {error}"));
            }
            _ => {}
        }
    }

    fn report(&mut self, message: &str) {
        // A failure to write to standard error cannot be reported.
        let report = || drop(writeln!(io::stderr().lock(), "{message}"));
        match &self.bar {
            Some(bar) => bar.suspend(report),
            None => report(),
        }
    }

    fn progress(&mut self, progress: &Progress) {
        let bar = self.bar.get_or_insert_with(|| bar(progress.bytes_total));
        bar.set_position(progress.bytes_done);
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Returns a bar if standard error is a terminal and the report is large.
fn bar(bytes: u64) -> ProgressBar {
    if bytes < LARGE || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}");
    ProgressBar::new(bytes).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
