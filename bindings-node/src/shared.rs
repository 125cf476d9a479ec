//! A read: what JavaScript wants of it, and the thread that gives it.
//!
//! The thread is started by the first request. It makes what is waited for, and two pieces ahead; between two pieces
//! it answers questions. It ends with the report, with an error, or when no more is wanted; what is known then stays.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use outlay::{Progress, Quarantined, Reader, Totals};

use crate::encode::{Made, Maker, Product};
use crate::failure::{Failure, guarded};
use crate::input::{Input, Opening};
use crate::item::{ColumnsAnswer, Item, WriteAnswer};
use crate::promise::{Deferred, Mailbox, lock, run, settle};
use crate::quarantined::QuarantinedAnswer;
use crate::totals::{TotalsAnswer, TotalsFacts};

/// Pieces that are made ahead.
const AHEAD: usize = 2;

pub struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    stop: Arc<AtomicBool>,
}

struct State {
    /// Until the thread is begun.
    opening: Option<Opening>,
    /// What is to be made; until the thread knows.
    product: Option<Product>,
    /// Whether anything was asked for yet.
    is_wanted: bool,
    is_file: bool,
    mail: Mailbox<Item, Made>,
    asks: VecDeque<Ask>,
    is_closed: bool,
    /// Whether a file takes its place, after which it cannot be stopped.
    is_finishing: bool,
    end: Option<Arc<End>>,
}

/// What is left when the thread has ended.
type End = Result<Mutex<Known>, Failure>;

struct Known {
    totals: Totals,
    progress: Progress,
    quarantined: Vec<Quarantined>,
    columns: Vec<String>,
}

/// A question about the read.
pub enum Ask {
    Totals(Deferred<TotalsAnswer>),
    Quarantined(Deferred<QuarantinedAnswer>),
    Columns(Deferred<ColumnsAnswer>),
    /// Whether a file may be written.
    MayWrite(String, Deferred<WriteAnswer>),
}

enum Turn {
    /// To make a piece; what of, the first time.
    Make(Option<Product>),
    Answer(Ask),
    Over,
}

impl Shared {
    pub fn new(mut opening: Opening) -> Arc<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        opening.builder = opening.builder.stop_when(move || told.load(Ordering::Relaxed));
        let state = State {
            opening: Some(opening),
            product: None,
            is_wanted: false,
            is_file: false,
            mail: Mailbox::new(),
            asks: VecDeque::new(),
            is_closed: false,
            is_finishing: false,
            end: None,
        };
        Arc::new(Self { state: Mutex::new(state), changed: Condvar::new(), stop })
    }

    /// Adds bytes to a report that is read from them.
    pub fn feed(&self, bytes: &[u8]) {
        if let Some(Opening { input: Input::Bytes(chunks), .. }) = &mut lock(&self.state).opening {
            chunks.push(bytes);
        }
    }

    /// Says what is to be made of the batches.
    pub fn begin(&self, product: Product) {
        let mut state = lock(&self.state);
        state.is_file = matches!(product, Product::File(_));
        state.product = Some(product);
    }

    /// Gives a promise its piece, now or when it is made.
    pub fn next(self: &Arc<Self>, deferred: Deferred<Item>) {
        let mut state = lock(&self.state);
        state.is_wanted = true;
        if let Err(deferred) = state.mail.take(deferred) {
            if state.is_closed {
                settle(deferred, Item::stopped());
            } else if let Some(end) = &state.end {
                settle(deferred, Item::end(end));
            } else {
                state.mail.wait(deferred);
            }
        }
        self.wake(state);
    }

    /// Answers a question: between two pieces, or from what is left of the read.
    pub fn ask(self: &Arc<Self>, ask: Ask) {
        let mut state = lock(&self.state);
        match state.end.clone() {
            Some(end) => run(move || ask.answer_from(&end)),
            None => state.asks.push_back(ask),
        }
        self.wake(state);
    }

    /// Gives up threads, files and memory, and answers those who wait: as soon as the thread looks, and it looks often.
    pub fn close(&self) {
        self.stop.store(true, Ordering::Relaxed);
        let mut state = lock(&self.state);
        if state.opening.take().is_some() {
            state.end = Some(Arc::new(Err(stopped())));
        }
        state.is_closed = true;
        state.mail.discard();
        if !state.is_finishing {
            state.mail.leave().for_each(|deferred| settle(deferred, Item::stopped()));
        }
        state.asks.drain(..).for_each(|ask| ask.refuse(stopped()));
        drop(state);
        self.changed.notify_all();
    }

    /// Wakes the thread, or begins it.
    fn wake(self: &Arc<Self>, mut state: MutexGuard<'_, State>) {
        let opening = state.opening.take();
        drop(state);
        self.changed.notify_all();
        let Some(opening) = opening else { return };
        let shared = Arc::clone(self);
        let begun = thread::Builder::new().name("outlay-node".to_owned()).spawn(move || shared.work(opening));
        if let Err(source) = begun {
            let failure = Failure::own("OUTLAY_IO", format!("no thread to read on: {source}"));
            lock(&self.state).mail.give(Made::Failure(failure.clone()));
            self.end(Err(failure));
        }
    }

    /// What the thread does.
    fn work(&self, opening: Opening) {
        match guarded(|| Ok(opening.open(|| self.stop.load(Ordering::Relaxed))?)) {
            Ok(mut reader) => {
                if let Err(failure) = self.read(&mut reader) {
                    lock(&self.state).mail.give(Made::Failure(failure));
                }
                self.end(guarded(|| Ok(Mutex::new(Known::of(&mut reader)))));
            }
            Err(failure) => {
                lock(&self.state).mail.give(Made::Failure(failure.clone()));
                self.end(Err(failure));
            }
        }
    }

    fn read(&self, reader: &mut Reader) -> Result<(), Failure> {
        let mut maker = None;
        loop {
            match self.turn() {
                Turn::Make(product) => {
                    let made = guarded(|| {
                        if let Some(product) = product {
                            maker = Some(Maker::new(product, reader)?);
                        }
                        let Some(maker) = &mut maker else { return Ok(None) };
                        maker.step(reader, || self.may_finish())
                    })?;
                    let Some(made) = made else { return Ok(()) };
                    let mail = &mut lock(&self.state).mail;
                    mail.give_newer(made, |waiting| matches!(waiting, Made::Written(_)));
                }
                Turn::Answer(ask) => ask.answer(reader),
                Turn::Over => return Ok(()),
            }
        }
    }

    /// Waits until there is something to do.
    fn turn(&self) -> Turn {
        let mut state = lock(&self.state);
        loop {
            if state.is_closed {
                return Turn::Over;
            }
            if let Some(ask) = state.asks.pop_front() {
                return Turn::Answer(ask);
            }
            if state.is_wanted && (state.is_file || state.mail.is_wanted() || state.mail.len() < AHEAD) {
                return Turn::Make(state.product.take());
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn may_finish(&self) -> bool {
        let mut state = lock(&self.state);
        state.is_finishing = !state.is_closed;
        state.is_finishing
    }

    /// Keeps what is left, and answers those who still wait.
    fn end(&self, end: End) {
        let end = Arc::new(end);
        let asks = {
            let mut state = lock(&self.state);
            state.end = Some(Arc::clone(&end));
            if state.is_closed {
                state.mail.discard();
            }
            state.mail.leave().for_each(|deferred| settle(deferred, Item::end(&end)));
            std::mem::take(&mut state.asks)
        };
        asks.into_iter().for_each(|ask| ask.answer_from(&end));
    }
}

impl Known {
    fn of(reader: &mut Reader) -> Self {
        Self {
            totals: reader.totals(),
            progress: reader.progress(),
            quarantined: reader.take_quarantined(),
            columns: columns(reader),
        }
    }
}

fn columns(reader: &Reader) -> Vec<String> {
    reader.schema().fields().iter().map(|field| field.name().clone()).collect()
}

impl Item {
    /// The end of a read; of one that could not be opened, its failure was an item of its own.
    fn end(end: &End) -> Self {
        let progress = end.as_ref().ok().map(|known| lock(known).progress.into());
        Self { is_end: true, progress, ..Self::default() }
    }
}

impl Ask {
    fn answer(self, reader: &mut Reader) {
        match self {
            Self::Totals(deferred) => reply(deferred, || TotalsFacts::of(reader.totals())),
            Self::Quarantined(deferred) => reply(deferred, || reader.take_quarantined()),
            Self::Columns(deferred) => reply(deferred, || columns(reader)),
            Self::MayWrite(path, deferred) => reply(deferred, || reader.may_write(path).err().map(Failure::from)),
        }
    }

    fn answer_from(self, end: &End) {
        match (end, self) {
            (Ok(known), Self::Totals(deferred)) => {
                let totals = lock(known).totals.clone();
                reply(deferred, || TotalsFacts::of(totals));
            }
            (Ok(known), Self::Quarantined(deferred)) => {
                reply(deferred, || std::mem::take(&mut lock(known).quarantined));
            }
            (Ok(known), Self::Columns(deferred)) => reply(deferred, || lock(known).columns.clone()),
            // Nothing took the batches, so it was closed.
            (Ok(_), ask @ Self::MayWrite(..)) => ask.refuse(stopped()),
            (Err(failure), ask) => ask.refuse(failure.clone()),
        }
    }

    fn refuse(self, failure: Failure) {
        match self {
            Self::Totals(deferred) => settle(deferred, failure),
            Self::Quarantined(deferred) => settle(deferred, failure),
            Self::Columns(deferred) => settle(deferred, failure),
            Self::MayWrite(_, deferred) => settle(deferred, failure),
        }
    }
}

/// Fulfils a promise with an answer, or with the panic in its place.
fn reply<T, V>(deferred: Deferred<T>, answer: impl FnOnce() -> V)
where
    T: napi::bindgen_prelude::ToNapiValue + From<V> + From<Failure> + 'static,
    V: Send + 'static,
{
    match guarded(|| Ok(answer())) {
        Ok(answer) => settle(deferred, answer),
        Err(failure) => settle(deferred, failure),
    }
}

fn stopped() -> Failure {
    Failure::own("OUTLAY_STOPPED", "the reader was closed")
}
