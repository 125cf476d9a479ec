//! The command-line program `outlay`, started from JavaScript.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use outlay::Progress;
use outlay::cli::{Console, run as run_program};

use crate::failure::{Failure, guarded};
use crate::promise::{Mailbox, Make, lock, run};

/// A running program.
#[napi]
pub struct Program {
    running: Arc<Running>,
    answers: Sender<Option<bool>>,
}

struct Running {
    mail: Mutex<Mailbox<ProgramEvent, Event>>,
    stop: AtomicBool,
}

enum Event {
    Print(String),
    Report(String),
    Question(String),
    Progress(Progress),
    Ended(u8),
    Failed(Box<Failure>),
}

/// One event of the program. The last event has the exit status, or a failure of the binding.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct ProgramEvent {
    /// A text for standard output.
    pub print: Option<String>,
    /// A message for standard error.
    pub report: Option<String>,
    /// A question for the terminal, which [`Program::answer`] answers.
    pub question: Option<String>,
    /// Number of bytes read so far.
    pub done: Option<i64>,
    /// Total number of bytes.
    pub total: Option<i64>,
    /// The exit status.
    pub status: Option<u8>,
    pub failure: Option<Failure>,
}

#[napi]
impl Program {
    /// Starts the program on a new thread. `arguments` exclude the program name. `can_confirm` is whether there is a
    /// terminal for questions. The widths are those of the terminals of standard output and standard error.
    #[napi(constructor)]
    pub fn new(arguments: Vec<String>, can_confirm: bool, output_width: Option<u32>, error_width: Option<u32>) -> Self {
        let running = Arc::new(Running { mail: Mutex::new(Mailbox::new()), stop: AtomicBool::new(false) });
        let (answers, answered) = channel();
        let shared = Arc::clone(&running);
        run(move || {
            let width = |width: Option<u32>| width.and_then(|width| usize::try_from(width).ok());
            let (output_width, error_width) = (width(output_width), width(error_width));
            let mut console = MailboxConsole { running: &shared, answered, can_confirm, output_width, error_width };
            let last = guarded(|| Ok(shared.run(arguments, &mut console)));
            let last = last.map_or_else(|failure| Event::Failed(Box::new(failure)), Event::Ended);
            lock(&shared.mail).give(last);
        });
        Self { running, answers }
    }

    /// Answers a question. Without a value nobody answered it.
    #[napi]
    pub fn answer(&self, answer: Option<bool>) {
        // A program that was stopped no longer waits for the answer.
        let _ = self.answers.send(answer);
    }

    /// Returns the next event. Must not be called after the last event.
    #[napi(ts_return_type = "Promise<ProgramEvent>")]
    pub fn next<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let (deferred, promise) = env.create_deferred::<ProgramEvent, Make<ProgramEvent>>()?;
        let mut mail = lock(&self.running.mail);
        if let Err(deferred) = mail.take(deferred) {
            mail.wait(deferred);
        }
        Ok(promise)
    }

    /// Requests the program to end. The program checks the request periodically.
    #[napi]
    pub fn stop(&self) {
        self.running.stop.store(true, Ordering::Relaxed);
    }
}

impl Running {
    fn run(self: &Arc<Self>, arguments: Vec<String>, console: &mut MailboxConsole<'_>) -> u8 {
        let watched = Arc::clone(self);
        run_program(arguments, console, move || watched.stop.load(Ordering::Relaxed)).status()
    }
}

/// A console that sends output to JavaScript through the mailbox. Bytes of `--output -` are written without JavaScript.
struct MailboxConsole<'a> {
    running: &'a Running,
    answered: Receiver<Option<bool>>,
    can_confirm: bool,
    output_width: Option<usize>,
    error_width: Option<usize>,
}

impl MailboxConsole<'_> {
    fn give(&self, event: Event) {
        lock(&self.running.mail).give(event);
    }
}

impl Console for MailboxConsole<'_> {
    fn print(&mut self, text: &str) {
        self.give(Event::Print(text.to_owned()));
    }

    fn report(&mut self, message: &str) {
        self.give(Event::Report(message.to_owned()));
    }

    fn progress(&mut self, progress: &Progress) {
        let is_progress = |old: &Event| matches!(old, Event::Progress(_));
        lock(&self.running.mail).give_newer(Event::Progress(*progress), is_progress);
    }

    fn confirm(&mut self, question: &str) -> Option<bool> {
        const PAUSE: Duration = Duration::from_millis(50);
        if !self.can_confirm {
            return None;
        }
        self.give(Event::Question(question.to_owned()));
        loop {
            match self.answered.recv_timeout(PAUSE) {
                Ok(answer) => return answer,
                Err(RecvTimeoutError::Timeout) if !self.running.stop.load(Ordering::Relaxed) => {}
                Err(_) => return None,
            }
        }
    }

    fn output_width(&self) -> Option<usize> {
        self.output_width
    }

    fn error_width(&self) -> Option<usize> {
        self.error_width
    }
}

impl From<Event> for ProgramEvent {
    fn from(event: Event) -> Self {
        let number = |number| Some(i64::try_from(number).unwrap_or(i64::MAX));
        match event {
            Event::Print(text) => Self { print: Some(text), ..Self::default() },
            Event::Report(message) => Self { report: Some(message), ..Self::default() },
            Event::Question(question) => Self { question: Some(question), ..Self::default() },
            Event::Progress(progress) => {
                Self { done: number(progress.bytes_done), total: number(progress.bytes_total), ..Self::default() }
            }
            Event::Ended(status) => Self { status: Some(status), ..Self::default() },
            Event::Failed(failure) => Self { failure: Some(*failure), ..Self::default() },
        }
    }
}
