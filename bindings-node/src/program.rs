//! The command-line program `outlay`, started from JavaScript.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use outlay::Progress;
use outlay::cli::{Console, run as run_program};

use crate::failure::{Failure, guarded};
use crate::promise::{Mailbox, Make, lock, run};

/// A running program.
#[napi]
pub struct Program(Arc<Running>);

struct Running {
    mail: Mutex<Mailbox<ProgramEvent, Event>>,
    stop: AtomicBool,
}

enum Event {
    Print(String),
    Report(String),
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
    /// Starts the program on a new thread. `arguments` exclude the program name.
    #[napi(constructor)]
    pub fn new(arguments: Vec<String>) -> Self {
        let running = Arc::new(Running { mail: Mutex::new(Mailbox::new()), stop: AtomicBool::new(false) });
        let shared = Arc::clone(&running);
        run(move || {
            let last = guarded(|| Ok(shared.run(arguments)));
            let last = last.map_or_else(|failure| Event::Failed(Box::new(failure)), Event::Ended);
            lock(&shared.mail).give(last);
        });
        Self(running)
    }

    /// Returns the next event. Must not be called after the last event.
    #[napi(ts_return_type = "Promise<ProgramEvent>")]
    pub fn next<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let (deferred, promise) = env.create_deferred::<ProgramEvent, Make<ProgramEvent>>()?;
        let mut mail = lock(&self.0.mail);
        if let Err(deferred) = mail.take(deferred) {
            mail.wait(deferred);
        }
        Ok(promise)
    }

    /// Requests the program to end. The program checks the request periodically.
    #[napi]
    pub fn stop(&self) {
        self.0.stop.store(true, Ordering::Relaxed);
    }
}

impl Running {
    fn run(self: &Arc<Self>, arguments: Vec<String>) -> u8 {
        let watched = Arc::clone(self);
        let exit =
            run_program(arguments, &mut MailboxConsole(&self.mail), move || watched.stop.load(Ordering::Relaxed));
        exit.status()
    }
}

/// A console that sends output to JavaScript through the mailbox.
struct MailboxConsole<'a>(&'a Mutex<Mailbox<ProgramEvent, Event>>);

impl Console for MailboxConsole<'_> {
    fn print(&mut self, text: &str) {
        lock(self.0).give(Event::Print(text.to_owned()));
    }

    fn report(&mut self, message: &str) {
        lock(self.0).give(Event::Report(message.to_owned()));
    }

    fn progress(&mut self, progress: &Progress) {
        lock(self.0).give_newer(Event::Progress(*progress), |old| matches!(old, Event::Progress(_)));
    }
}

impl From<Event> for ProgramEvent {
    fn from(event: Event) -> Self {
        let number = |number| Some(i64::try_from(number).unwrap_or(i64::MAX));
        match event {
            Event::Print(text) => Self { print: Some(text), ..Self::default() },
            Event::Report(message) => Self { report: Some(message), ..Self::default() },
            Event::Progress(progress) => {
                Self { done: number(progress.bytes_done), total: number(progress.bytes_total), ..Self::default() }
            }
            Event::Ended(status) => Self { status: Some(status), ..Self::default() },
            Event::Failed(failure) => Self { failure: Some(*failure), ..Self::default() },
        }
    }
}
