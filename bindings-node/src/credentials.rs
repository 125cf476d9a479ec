//! Credentials that a function of JavaScript returns. A thread of the core asks for them and waits for the answer.

use std::collections::HashMap;
use std::error::Error;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, SystemTime};

use napi::Status;
use napi::bindgen_prelude::Function;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi_derive::napi;
use outlay::aws_credential_types::Credentials;

use crate::promise::lock;

/// The name of the provider in the logs of the SDK.
const NAME: &str = "node";

/// How long an answer is waited for. The operation that needs it has given up before.
const PATIENCE: Duration = Duration::from_secs(120);

type Answer = Result<Credentials, String>;

/// The function that asks JavaScript. It is weak, so that a connector does not keep the process alive.
type Ask = ThreadsafeFunction<u32, (), u32, Status, false, true>;

/// The senders of answers that are waited for, by the number of the question.
static WAITING: LazyLock<Mutex<HashMap<u32, Sender<Answer>>>> = LazyLock::new(Mutex::default);

/// The number of the next question.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// Credentials, as JavaScript has them.
#[napi(object, object_to_js = false)]
pub struct ProvidedCredentials {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: Option<String>,
    /// When they expire, in milliseconds since 1970.
    pub expires_at: Option<i64>,
}

/// Answers a question for credentials, with them or with the message of an error.
#[napi]
pub fn provide_credentials(question: u32, credentials: Option<ProvidedCredentials>, error: Option<String>) {
    let Some(waiting) = lock(&WAITING).remove(&question) else { return };
    let answer = match credentials {
        Some(ProvidedCredentials { access_key_id, secret_access_key, session_token, expires_at }) => {
            let millis = expires_at.and_then(|millis| u64::try_from(millis).ok());
            let expires = millis.and_then(|millis| SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(millis)));
            Ok(Credentials::new(access_key_id, secret_access_key, session_token, expires, NAME))
        }
        None => Err(error.unwrap_or_default()),
    };
    // The operation may have been given up.
    let _ = waiting.send(answer);
}

/// Returns a function that asks JavaScript: `ask` is called with the number of a question, which one call of
/// [`provide_credentials`] answers.
pub fn asked(
    ask: &Function<'_, u32, ()>,
) -> napi::Result<impl Fn() -> Result<Credentials, Box<dyn Error + Send + Sync>> + Send + Sync + use<>> {
    let ask: Ask = ask.build_threadsafe_function::<u32>().weak::<true>().build()?;
    Ok(move || {
        let question = NEXT.fetch_add(1, Ordering::Relaxed);
        let (answer, answered) = channel();
        lock(&WAITING).insert(question, answer);
        if ask.call(question, ThreadsafeFunctionCallMode::NonBlocking) != Status::Ok {
            lock(&WAITING).remove(&question);
            return Err("the thread of JavaScript has ended".into());
        }
        let answer = answered.recv_timeout(PATIENCE);
        lock(&WAITING).remove(&question);
        Ok(answer.map_err(|_| format!("no answer in {} seconds", PATIENCE.as_secs()))??)
    })
}
