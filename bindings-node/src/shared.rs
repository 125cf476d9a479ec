//! The state that JavaScript and the thread of a read share.
//!
//! The first request starts the thread. The thread produces the requested pieces and up to two more in advance, and handles
//! requests between two pieces. It ends at the end of the report, after an error, or when the reader is closed. Totals,
//! progress, quarantined records and column names stay available after that.
//!
//! The thread works ahead, so its end is not the end of the read: that is when JavaScript says that the last row was delivered.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use outlay::sink::Target;
use outlay::{Progress, Quarantined, Reader, ReaderHandle, TextEncoding, Totals};

use crate::encode::{Maker, Piece, Product};
use crate::failure::{Failure, guarded};
use crate::input::{Input, Opening};
use crate::item::{ColumnsAnswer, Item, WriteAnswer};
use crate::pipe::{Pipe, PipeReader};
use crate::promise::{Deferred, Mailbox, lock, run, settle};
use crate::quarantined::QuarantinedAnswer;
use crate::totals::{TotalsAnswer, TotalsFacts};

/// Number of pieces that are produced in advance.
const AHEAD: usize = 2;

/// A read.
pub struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    stop: Arc<AtomicBool>,
    /// The bytes of a report that is given as a stream.
    pipe: Option<Arc<Pipe>>,
}

struct State {
    /// The report to open. `None` after the thread was started.
    opening: Option<Opening>,
    /// The output format. `None` after the thread has taken it.
    product: Option<Product>,
    /// Whether a piece was requested.
    is_started: bool,
    is_file: bool,
    mail: Mailbox<Item, Piece>,
    asks: VecDeque<Request>,
    is_closed: bool,
    /// Ends the read, and tells its report at once.
    handle: Option<ReaderHandle>,
    /// Whether the file is being completed. The read cannot be stopped from then on.
    is_finishing: bool,
    end: Option<Arc<End>>,
}

/// The result of a finished read: its final state, or the failure to open the report.
type End = Result<Mutex<FinalState>, Failure>;

struct FinalState {
    /// The reader after its end, until JavaScript says that all rows were delivered or the reader is closed. Without it, the
    /// totals do not change.
    reader: Option<Reader>,
    totals: Totals,
    progress: Progress,
    quarantined: Vec<Quarantined>,
    columns: Vec<String>,
}

/// A request for information about the read, with the promise to fulfil.
pub enum Request {
    Totals(Deferred<TotalsAnswer>),
    Quarantined(Deferred<QuarantinedAnswer>),
    Columns(Deferred<ColumnsAnswer>),
    /// Checks whether this file may be written.
    MayWrite(Box<Result<Target, Failure>>, Deferred<WriteAnswer>),
}

/// The next action of the thread.
enum Turn {
    /// Produce a piece. The first time, the output format is set.
    Make(Option<Product>),
    Answer(Request),
    Over,
}

impl Shared {
    pub fn new(mut opening: Opening) -> Arc<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let stop_flag = Arc::clone(&stop);
        let pipe = match &opening.input {
            Input::Stream(PipeReader(pipe)) => Some(Arc::clone(pipe)),
            _ => None,
        };
        opening.builder = opening.builder.stop_when(move || stop_flag.load(Ordering::Relaxed));
        let state = State {
            opening: Some(opening),
            product: None,
            is_started: false,
            is_file: false,
            mail: Mailbox::new(),
            asks: VecDeque::new(),
            is_closed: false,
            handle: None,
            is_finishing: false,
            end: None,
        };
        Arc::new(Self { state: Mutex::new(state), changed: Condvar::new(), stop, pipe })
    }

    /// Appends bytes to a part of a report that is read from memory.
    pub fn feed(&self, part: usize, bytes: &[u8]) {
        if let Some(Opening { input: Input::Bytes(parts), .. }) = &mut lock(&self.state).opening
            && let Some(chunks) = parts.get_mut(part)
        {
            chunks.push(bytes);
        }
    }

    /// Appends a chunk to a report that is read from a stream, or ends the stream.
    pub fn supply(&self, chunk: Option<&[u8]>, error: Option<String>) {
        if let Some(pipe) = &self.pipe {
            pipe.supply(chunk, error);
        }
    }

    /// Sets the output format.
    pub fn begin(&self, product: Product) {
        let mut state = lock(&self.state);
        state.is_file = matches!(product, Product::File(_));
        if let (Product::Rows(_) | Product::Lines(_), Some(opening)) = (&product, &mut state.opening) {
            // The text of each value is made once per batch, and the encoding of Arrow is not seen.
            opening.builder = std::mem::take(&mut opening.builder).text(TextEncoding::Dictionary);
        }
        state.product = Some(product);
    }

    /// Notes that JavaScript has delivered all rows. After the end only.
    pub fn delivered(&self) {
        if let Some(Ok(known)) = lock(&self.state).end.as_deref() {
            let mut known = lock(known);
            if let Some(mut reader) = known.reader.take() {
                reader.delivered();
                known.totals = reader.totals();
            }
        }
    }

    /// Fulfils a promise with the next piece, now or when the piece is ready. After `close` no piece is returned, the one that
    /// the thread was producing at that moment included.
    pub fn next(self: &Arc<Self>, deferred: Deferred<Item>) {
        let mut state = lock(&self.state);
        state.is_started = true;
        if state.is_cancelled() {
            settle(deferred, Item::stopped());
        } else if let Err(deferred) = state.mail.take(deferred) {
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

    /// Handles a request: between two pieces, or from the final state of the read.
    pub fn ask(self: &Arc<Self>, ask: Request) {
        let mut state = lock(&self.state);
        match state.end.clone() {
            Some(end) => run(move || ask.answer_from(&end)),
            None => state.asks.push_back(ask),
        }
        self.wake(state);
    }

    /// Stops the read and settles pending promises. The thread checks the flag often and then releases files and memory.
    pub fn close(&self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(pipe) = &self.pipe {
            pipe.close();
        }
        let mut state = lock(&self.state);
        if state.opening.take().is_some() {
            state.end = Some(Arc::new(Err(stopped())));
        }
        state.is_closed = true;
        state.mail.discard();
        // A file that is being completed becomes whole.
        if let Some(handle) = state.handle.take().filter(|_| !state.is_finishing) {
            handle.abort();
        }
        if state.is_cancelled() {
            state.mail.take_waiting().for_each(|deferred| settle(deferred, Item::stopped()));
        }
        // Totals stay available, and are complete only when the thread has ended.
        let (totals, others) =
            std::mem::take(&mut state.asks).into_iter().partition(|ask| matches!(ask, Request::Totals(_)));
        state.asks = totals;
        let others: VecDeque<Request> = others;
        others.into_iter().for_each(|ask| ask.refuse(stopped()));
        // The report of the reader learns here that the pass has ended.
        let reader = state.end.as_deref().and_then(|end| end.as_ref().ok()).and_then(|known| lock(known).reader.take());
        drop(state);
        drop(reader);
        self.changed.notify_all();
    }

    /// Wakes the thread, or starts it.
    fn wake(self: &Arc<Self>, mut state: MutexGuard<'_, State>) {
        let opening = state.opening.take();
        drop(state);
        self.changed.notify_all();
        let Some(opening) = opening else { return };
        let shared = Arc::clone(self);
        let begun = thread::Builder::new().name("outlay-node".to_owned()).spawn(move || shared.work(opening));
        if let Err(source) = begun {
            let failure = Failure::own("OUTLAY_IO", format!("no thread to read on: {source}"));
            lock(&self.state).mail.give(Piece::Failure(failure.clone()));
            self.end(Err(failure));
        }
    }

    /// The main function of the thread.
    fn work(&self, opening: Opening) {
        match guarded(|| Ok(opening.open(|| self.stop.load(Ordering::Relaxed))?)) {
            Ok(reader) => {
                let mut reader = reader.deliver_later();
                lock(&self.state).handle = Some(reader.handle());
                if let Err(failure) = self.read(&mut reader) {
                    lock(&self.state).mail.give(Piece::Failure(failure));
                }
                self.end(guarded(move || Ok(Mutex::new(FinalState::of(reader)))));
            }
            Err(failure) => {
                lock(&self.state).mail.give(Piece::Failure(failure.clone()));
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
                    mail.give_newer(made, |waiting| matches!(waiting, Piece::Written(_)));
                }
                Turn::Answer(ask) => ask.answer(reader),
                Turn::Over => return Ok(()),
            }
        }
    }

    /// Waits for the next action.
    fn turn(&self) -> Turn {
        let mut state = lock(&self.state);
        loop {
            if state.is_closed {
                return Turn::Over;
            }
            if let Some(ask) = state.asks.pop_front() {
                return Turn::Answer(ask);
            }
            if state.is_started && (state.is_file || state.mail.has_waiting() || state.mail.len() < AHEAD) {
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

    /// Stores the final state and settles pending promises.
    fn end(&self, end: End) {
        let end = Arc::new(end);
        let asks = {
            let mut state = lock(&self.state);
            if state.is_closed {
                state.mail.discard();
                // The report of the reader knows of the pass before the totals are answered.
                if let Ok(known) = &*end {
                    lock(known).reader = None;
                }
            }
            state.end = Some(Arc::clone(&end));
            state.mail.take_waiting().for_each(|deferred| settle(deferred, Item::end(&end)));
            std::mem::take(&mut state.asks)
        };
        asks.into_iter().for_each(|ask| ask.answer_from(&end));
    }
}

impl State {
    /// Whether the read was closed before the point from which a file is completed.
    fn is_cancelled(&self) -> bool {
        self.is_closed && !self.is_finishing
    }
}

impl FinalState {
    fn of(mut reader: Reader) -> Self {
        Self {
            totals: reader.totals(),
            progress: reader.progress(),
            quarantined: reader.take_quarantined(),
            columns: columns(&reader),
            reader: Some(reader),
        }
    }
}

fn columns(reader: &Reader) -> Vec<String> {
    reader.schema().fields().iter().map(|field| field.name().clone()).collect()
}

impl Item {
    /// The item for the end of a read. If the report could not be opened, the failure was a separate item before it.
    fn end(end: &End) -> Self {
        let progress = end.as_ref().ok().map(|known| lock(known).progress.into());
        Self { is_end: true, progress, ..Self::default() }
    }
}

impl Request {
    fn answer(self, reader: &mut Reader) {
        match self {
            Self::Totals(deferred) => reply(deferred, || TotalsFacts::of(reader.totals())),
            Self::Quarantined(deferred) => reply(deferred, || reader.take_quarantined()),
            Self::Columns(deferred) => reply(deferred, || columns(reader)),
            Self::MayWrite(target, deferred) => reply(deferred, || match *target {
                Ok(target) => reader.may_write(target.path()).and_then(|()| target.validate()).err().map(Failure::from),
                Err(failure) => Some(failure),
            }),
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
            // The batches were not taken, so the read ended because the reader was closed.
            (Ok(_), ask @ Self::MayWrite(..)) => ask.refuse(stopped()),
            (Err(failure), Self::Totals(deferred)) if failure.code == STOPPED => {
                reply(deferred, || TotalsFacts::of(Totals::of_no_rows()));
            }
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

/// Fulfils a promise with the result of `answer`, or with a failure if it panics.
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

/// The code of the error of a read that was stopped.
const STOPPED: &str = "OUTLAY_STOPPED";

fn stopped() -> Failure {
    Failure::own(STOPPED, "the reader was closed")
}
