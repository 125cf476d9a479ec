//! The program `outlay`, started from JavaScript.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use outlay::Progress;
use outlay::cli::{Console, run as run_program};

use crate::failure::{Failure, guarded};
use crate::promise::{Mailbox, Make, lock, run};

/// The program, running.
#[napi]
pub struct Program(Arc<Running>);

struct Running {
    mail: Mutex<Mailbox<Happened, Happening>>,
    stop: AtomicBool,
}

enum Happening {
    Print(String),
    Report(String),
    Progress(Progress),
    Ended(u8),
    Failed(Box<Failure>),
}

/// What the program does next. The last is its exit status, or a failure of the binding.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct Happened {
    /// A text for standard output.
    pub print: Option<String>,
    /// A message for standard error.
    pub report: Option<String>,
    /// Bytes that were read.
    pub done: Option<i64>,
    /// Of how many bytes.
    pub total: Option<i64>,
    /// The exit status.
    pub status: Option<u8>,
    pub failure: Option<Failure>,
}

#[napi]
impl Program {
    /// Starts it with the arguments after its name.
    #[napi(constructor)]
    pub fn new(arguments: Vec<String>) -> Self {
        let running = Arc::new(Running { mail: Mutex::new(Mailbox::new()), stop: AtomicBool::new(false) });
        let theirs = Arc::clone(&running);
        run(move || {
            let last = guarded(|| Ok(theirs.run(arguments)));
            let last = last.map_or_else(|failure| Happening::Failed(Box::new(failure)), Happening::Ended);
            lock(&theirs.mail).give(last);
        });
        Self(running)
    }

    /// What it does next; not called after the last.
    #[napi(ts_return_type = "Promise<Happened>")]
    pub fn next<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let (deferred, promise) = env.create_deferred::<Happened, Make<Happened>>()?;
        let mut mail = lock(&self.0.mail);
        if let Err(deferred) = mail.take(deferred) {
            mail.wait(deferred);
        }
        Ok(promise)
    }

    /// Ends it soon.
    #[napi]
    pub fn stop(&self) {
        self.0.stop.store(true, Ordering::Relaxed);
    }
}

impl Running {
    fn run(self: &Arc<Self>, arguments: Vec<String>) -> u8 {
        let watched = Arc::clone(self);
        let exit = run_program(arguments, &mut Mail(&self.mail), move || watched.stop.load(Ordering::Relaxed));
        exit.status()
    }
}

/// A console that JavaScript empties.
struct Mail<'a>(&'a Mutex<Mailbox<Happened, Happening>>);

impl Console for Mail<'_> {
    fn print(&mut self, text: &str) {
        lock(self.0).give(Happening::Print(text.to_owned()));
    }

    fn report(&mut self, message: &str) {
        lock(self.0).give(Happening::Report(message.to_owned()));
    }

    fn progress(&mut self, progress: &Progress) {
        lock(self.0).give_newer(Happening::Progress(*progress), |old| matches!(old, Happening::Progress(_)));
    }
}

impl From<Happening> for Happened {
    fn from(happening: Happening) -> Self {
        let number = |number| Some(i64::try_from(number).unwrap_or(i64::MAX));
        match happening {
            Happening::Print(text) => Self { print: Some(text), ..Self::default() },
            Happening::Report(message) => Self { report: Some(message), ..Self::default() },
            Happening::Progress(progress) => {
                Self { done: number(progress.bytes_done), total: number(progress.bytes_total), ..Self::default() }
            }
            Happening::Ended(status) => Self { status: Some(status), ..Self::default() },
            Happening::Failed(failure) => Self { failure: Some(*failure), ..Self::default() },
        }
    }
}
