//! The programs of the examples, started from JavaScript.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use outlay_examples::normalize::{Arguments, Event, Proof, USAGE, normalize};

use crate::failure::{Failure, guarded};
use crate::promise::{Mailbox, Make, lock, run};

/// The program `normalize`, running.
#[napi]
pub struct Program(Arc<Running>);

struct Running {
    mail: Mutex<Mailbox<Happened, Happening>>,
    stop: AtomicBool,
}

enum Happening {
    Begun(u64),
    Read(u64),
    SetAside(String),
    Withheld(String),
    Problem(String),
    Done(Proof),
    Failed(Box<Failure>),
}

/// What happened. The last one is a problem, a proof or a failure.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct Happened {
    /// Bytes of the report, which is open now.
    pub begun: Option<i64>,
    /// Bytes of it that were read.
    pub read: Option<i64>,
    /// Why a record was set aside.
    pub set_aside: Option<String>,
    /// Why the file is not put in its place.
    pub withheld: Option<String>,
    /// What is wrong with the arguments, and how the program is used.
    pub problem: Option<String>,
    /// What the program prints.
    pub text: Option<String>,
    /// Whether the read is good enough.
    pub is_good: Option<bool>,
    pub failure: Option<Failure>,
}

#[napi]
impl Program {
    /// Starts it with what follows its name.
    #[napi(constructor)]
    pub fn new(arguments: Vec<String>) -> Self {
        let running = Arc::new(Running { mail: Mutex::new(Mailbox::new()), stop: AtomicBool::new(false) });
        let theirs = Arc::clone(&running);
        run(move || {
            let last = guarded(|| theirs.run(arguments)).unwrap_or_else(|failure| Happening::Failed(Box::new(failure)));
            lock(&theirs.mail).give(last);
        });
        Self(running)
    }

    /// What happens next; not asked after the last.
    #[napi(ts_return_type = "Promise<Happened>")]
    pub fn next<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let (deferred, promise) = env.create_deferred::<Happened, Make<Happened>>()?;
        let mut mail = lock(&self.0.mail);
        if let Err(deferred) = mail.take(deferred) {
            mail.wait(deferred);
        }
        Ok(promise)
    }

    /// Ends it soon, with a failure.
    #[napi]
    pub fn stop(&self) {
        self.0.stop.store(true, Ordering::Relaxed);
    }
}

impl Running {
    fn run(self: &Arc<Self>, arguments: Vec<String>) -> Result<Happening, Failure> {
        let arguments = match Arguments::parse(arguments.into_iter()) {
            Ok(arguments) => arguments,
            Err(problem) => return Ok(Happening::Problem(format!("{problem}\nusage: outlay normalize {USAGE}"))),
        };
        let asked = Arc::clone(self);
        let is_over = move || asked.stop.load(Ordering::Relaxed);
        let proof = normalize(&arguments, outlay::Reader::builder(), is_over, |event| {
            let mut mail = lock(&self.mail);
            match event {
                Event::Begun(progress) => mail.give(Happening::Begun(progress.bytes_total)),
                Event::Read(progress) => {
                    mail.give_newer(Happening::Read(progress.bytes_done), |old| matches!(old, Happening::Read(_)));
                }
                Event::SetAside(error) => mail.give(Happening::SetAside(error.to_string())),
                Event::Withheld(reason) => mail.give(Happening::Withheld(reason)),
            }
        })?;
        Ok(Happening::Done(proof))
    }
}

impl From<Happening> for Happened {
    fn from(happening: Happening) -> Self {
        let number = |number| Some(i64::try_from(number).unwrap_or(i64::MAX));
        match happening {
            Happening::Begun(bytes) => Self { begun: number(bytes), ..Self::default() },
            Happening::Read(bytes) => Self { read: number(bytes), ..Self::default() },
            Happening::SetAside(reason) => Self { set_aside: Some(reason), ..Self::default() },
            Happening::Withheld(reason) => Self { withheld: Some(reason), ..Self::default() },
            Happening::Problem(problem) => Self { problem: Some(problem), ..Self::default() },
            Happening::Done(proof) => Self { text: Some(proof.text), is_good: Some(proof.is_good), ..Self::default() },
            Happening::Failed(failure) => Self { failure: Some(*failure), ..Self::default() },
        }
    }
}
