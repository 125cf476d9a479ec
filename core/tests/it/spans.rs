//! The spans and events of reads, for a subscriber that keeps them.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Once};

use outlay::Reader;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::NoSubscriber;
use tracing::{Event, Metadata, Subscriber};

/// A span or an event.
#[derive(Clone, Debug, Default)]
struct Note {
    name: String,
    level: String,
    /// The number of the span that it is in.
    parent: Option<u64>,
    fields: BTreeMap<String, String>,
}

#[derive(Default)]
struct Kept {
    spans: Mutex<BTreeMap<u64, Note>>,
    events: Mutex<Vec<Note>>,
    entered: Mutex<HashMap<std::thread::ThreadId, Vec<u64>>>,
    next: AtomicU64,
}

#[derive(Clone, Default)]
struct Keeper(Arc<Kept>);

struct Fields<'f>(&'f mut BTreeMap<String, String>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}").trim_matches('"').to_owned());
    }
}

impl Keeper {
    fn current(&self) -> Option<u64> {
        let entered = self.0.entered.lock().unwrap();
        entered.get(&std::thread::current().id()).and_then(|spans| spans.last()).copied()
    }

    fn spans(&self, name: &str) -> Vec<(u64, Note)> {
        let spans = self.0.spans.lock().unwrap();
        spans.iter().filter(|(_, span)| span.name == name).map(|(id, span)| (*id, span.clone())).collect()
    }

    fn events(&self, message: &str) -> Vec<Note> {
        let events = self.0.events.lock().unwrap();
        events.iter().filter(|event| event.fields["message"] == message).cloned().collect()
    }
}

impl Subscriber for Keeper {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("outlay") || metadata.target().starts_with("it")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let id = self.0.next.fetch_add(1, Ordering::Relaxed) + 1;
        let parent = if span.is_contextual() { self.current() } else { span.parent().map(Id::into_u64) };
        let (name, level) = (span.metadata().name().to_owned(), span.metadata().level().to_string());
        let mut note = Note { name, level, parent, ..Note::default() };
        span.record(&mut Fields(&mut note.fields));
        self.0.spans.lock().unwrap().insert(id, note);
        Id::from_u64(id)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        if let Some(note) = self.0.spans.lock().unwrap().get_mut(&span.into_u64()) {
            values.record(&mut Fields(&mut note.fields));
        }
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let level = event.metadata().level().to_string();
        let mut note = Note { level, parent: self.current(), ..Note::default() };
        event.record(&mut Fields(&mut note.fields));
        self.0.events.lock().unwrap().push(note);
    }

    fn enter(&self, span: &Id) {
        self.0.entered.lock().unwrap().entry(std::thread::current().id()).or_default().push(span.into_u64());
    }

    fn exit(&self, _: &Id) {
        self.0.entered.lock().unwrap().entry(std::thread::current().id()).or_default().pop();
    }
}

/// Runs `work` with a subscriber.
fn keep<T>(keeper: &Keeper, work: impl FnOnce() -> T) -> T {
    // With a single subscriber, `tracing` asks the subscriber of the current thread whether a new event is wanted at all. That
    // can be the thread of another test, which has none. A second subscriber makes it ask all.
    static OTHER: Once = Once::new();
    OTHER.call_once(|| tracing::subscriber::set_global_default(NoSubscriber::new()).unwrap());
    tracing::subscriber::with_default(keeper.clone(), work)
}

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data/report")
}

#[test]
fn spans_of_a_read_are_in_the_span_of_the_caller() {
    for threads in [1, 2, 8] {
        let keeper = Keeper::default();
        let totals = keep(&keeper, || {
            let request = tracing::info_span!("request");
            let mut reader = request.in_scope(|| Reader::builder().threads(threads).read(demo()).unwrap());
            tracing::info_span!("iterate").in_scope(|| while reader.next().is_some() {});
            reader.totals()
        });
        let [(request, _)] = keeper.spans("request")[..] else { panic!() };
        let [(read, span)] = &keeper.spans("read")[..] else { panic!() };
        assert_eq!(span.parent, Some(request));
        let bytes = &span.fields["bytes"];
        let counted = [("parts", "3"), ("rows", "175"), ("bytes_done", bytes), ("retries", "0")];
        for (field, wanted) in counted {
            assert_eq!(span.fields[field], wanted, "{field}");
        }
        let parts = keeper.spans("part");
        assert_eq!(parts.len(), 3);
        assert!(parts.iter().all(|(_, part)| part.parent == Some(*read)));
        let sum = |field: &str| parts.iter().map(|(_, part)| part.fields[field].parse::<u64>().unwrap()).sum::<u64>();
        assert_eq!(sum("rows_in"), totals.rows_in());
        assert_eq!(sum("bytes").to_string(), *bytes);
        let ended = keeper.events("the read ended");
        assert_eq!(ended.len(), 1);
        assert_eq!((ended[0].parent, ended[0].fields["rows"].as_str()), (Some(*read), "175"));
        assert!(keeper.events("the read failed").is_empty() && keeper.events("a call failed").is_empty());
    }
}

#[test]
fn what_fails_leaves_an_event() {
    let keeper = Keeper::default();
    let csv = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\nUsage,x,USD\n";
    keep(&keeper, || {
        tracing::info_span!("request").in_scope(|| {
            assert!(Reader::builder().read("/nowhere").is_err());
            assert!(Reader::builder().threads(0).plan(demo()).is_err());
            let mut unsaved = Reader::builder().read(demo()).unwrap();
            assert!(unsaved.save("/nowhere/out.csv").is_err());
            let mut reader = Reader::builder().read_from("bad.csv", csv.as_bytes()).unwrap();
            assert!(reader.next().unwrap().is_err());
            let mut stopped = Reader::builder().stop_when(|| true).read(demo()).unwrap();
            assert!(stopped.next().unwrap().is_err());
            let mut dropped = Reader::builder().batch_rows(10).read(demo()).unwrap();
            assert!(dropped.next().unwrap().is_ok());
        });
    });
    let [(request, _)] = keeper.spans("request")[..] else { panic!() };
    let calls = keeper.events("a call failed");
    let told: Vec<(&str, &str)> =
        calls.iter().map(|event| (event.fields["call"].as_str(), event.fields["code"].as_str())).collect();
    assert_eq!(told, [("read", "OUTLAY_NOT_FOUND"), ("plan", "OUTLAY_OPTION"), ("Reader::save", "OUTLAY_IO")]);
    assert!(calls.iter().all(|event| event.parent == Some(request) && event.level == "WARN"));
    let [failed] = &keeper.events("the read failed")[..] else { panic!() };
    assert_eq!((failed.fields["code"].as_str(), failed.level.as_str()), ("OUTLAY_VALUE", "WARN"));
    // The place, without the value of the cell.
    assert!(failed.fields["error"].starts_with("bad.csv: row 1"), "{failed:?}");
    assert!(!failed.fields["error"].contains("decimal"), "{failed:?}");
    assert_eq!(keeper.events("the read was stopped").len(), 1);
    let [dropped, ..] = &keeper.events("the reader was dropped before its end")[..] else { panic!() };
    assert_eq!(dropped.fields["rows"], "10");
}

#[cfg(feature = "stream")]
#[test]
fn a_stream_keeps_the_span_of_the_caller() {
    let keeper = Keeper::default();
    keep(&keeper, || {
        tracing::info_span!("request").in_scope(|| {
            let mut batches = Reader::builder().read(demo()).unwrap().into_stream().unwrap();
            while outlay::block_on(batches.next()).is_some() {}
        });
    });
    let [(request, _)] = keeper.spans("request")[..] else { panic!() };
    let [(_, read)] = &keeper.spans("read")[..] else { panic!() };
    assert_eq!(read.parent, Some(request));
    assert_eq!(keeper.events("the read ended").len(), 1);
}
