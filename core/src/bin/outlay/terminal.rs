//! Standard streams, a progress bar, and questions.

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use console::Term;
use indicatif::{ProgressBar, ProgressStyle};
use outlay::Progress;
use outlay::cli::Console;

use crate::signals::Signals;

/// Minimum size in bytes of a report with a progress bar.
const LARGE: u64 = 8 << 20;

/// The console of a process.
pub struct Terminal {
    signals: Signals,
    bar: Option<ProgressBar>,
    is_cut: bool,
}

impl Terminal {
    /// Creates the console. A signal ends a question.
    pub fn new(signals: Signals) -> Self {
        Self { signals, bar: None, is_cut: false }
    }

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

    fn confirm(&mut self, question: &str) -> Option<bool> {
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return None;
        }
        let mut stream = io::stderr().lock();
        write!(stream, "{question} [y/N] ").and_then(|()| stream.flush()).ok()?;
        // Another thread waits for the line, so that a signal is noticed. After a signal it ends with the process.
        let (sender, answer) = channel();
        thread::spawn(move || {
            let mut line = String::new();
            let _ = sender.send(io::stdin().read_line(&mut line).map(|_| line));
        });
        loop {
            match answer.recv_timeout(Duration::from_millis(50)) {
                Ok(Ok(line)) => return Some(matches!(line.trim().to_lowercase().as_str(), "y" | "yes")),
                Err(RecvTimeoutError::Timeout) if !self.signals.is_received() => {}
                Ok(Err(_)) | Err(_) => return None,
            }
        }
    }

    fn output_width(&self) -> Option<usize> {
        width(&Term::stdout())
    }

    fn error_width(&self) -> Option<usize> {
        width(&Term::stderr())
    }
}

/// Returns the width of a stream that is a terminal.
fn width(stream: &Term) -> Option<usize> {
    // A terminal that does not know its size has none.
    stream.is_term().then(|| stream.size_checked().map_or(80, |(_, columns)| usize::from(columns)))
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
