//! The logs of the library and the AWS SDK at the finest level contain no secret.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "connector/support.rs"]
#[allow(dead_code, reason = "more is in it than is used here")]
mod support;

use std::collections::{BTreeSet, HashMap};
use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};

use outlay::block_on;
use outlay_cloud::{Cloud, Fault};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use tracing_core::span::Current;

/// Records all fields as text. Fields of spans have the prefix `span`; each span is recorded with the span that it is in.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Log>>);

#[derive(Default)]
struct Log {
    text: String,
    /// The crates and modules that spans and events come from.
    targets: BTreeSet<&'static str>,
    /// What the spans are, by number.
    spans: Vec<&'static Metadata<'static>>,
    /// The spans in which each thread is.
    entered: HashMap<ThreadId, Vec<u64>>,
}

impl Log {
    fn current(&self) -> Option<u64> {
        self.entered.get(&thread::current().id()).and_then(|spans| spans.last()).copied()
    }

    fn within(&self, parent: Option<&Id>) -> &'static str {
        let parent = parent.map(Id::into_u64).or_else(|| self.current());
        parent.and_then(|id| self.spans.get(id as usize - 1)).map_or("none", |span| span.name())
    }
}

struct OfSpan<'k>(&'k mut String);

impl Visit for OfSpan<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        writeln!(self.0, "span {field}={value:?}").unwrap();
    }
}

struct OfEvent<'k>(&'k mut String);

impl Visit for OfEvent<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        writeln!(self.0, "{field}={value:?}").unwrap();
    }
}

impl Subscriber for Kept {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut log = self.0.lock().unwrap();
        let (name, within) = (span.metadata().name(), log.within(span.parent()));
        writeln!(log.text, "begin {name} in {within}").unwrap();
        span.record(&mut OfSpan(&mut log.text));
        log.targets.insert(span.metadata().target());
        log.spans.push(span.metadata());
        Id::from_u64(log.spans.len() as u64)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut OfSpan(&mut self.0.lock().unwrap().text));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut log = self.0.lock().unwrap();
        let within = log.within(event.parent());
        writeln!(log.text, "event in {within}").unwrap();
        log.targets.insert(event.metadata().target());
        event.record(&mut OfEvent(&mut log.text));
    }

    fn enter(&self, span: &Id) {
        self.0.lock().unwrap().entered.entry(thread::current().id()).or_default().push(span.into_u64());
    }

    fn current_span(&self) -> Current {
        let log = self.0.lock().unwrap();
        let span = log.current().and_then(|id| Some((id, *log.spans.get(id as usize - 1)?)));
        span.map_or_else(Current::none, |(id, metadata)| Current::new(Id::from_u64(id), metadata))
    }

    fn exit(&self, _: &Id) {
        self.0.lock().unwrap().entered.entry(thread::current().id()).or_default().pop();
    }
}

#[test]
fn no_secret_is_logged() {
    let kept = Kept::default();
    tracing::subscriber::set_global_default(kept.clone()).unwrap();
    let cloud = Cloud::start(support::world()).unwrap();
    cloud.fault(Fault::cut(100).on("GetObject").key("*-00002.csv.gz"));
    cloud.fault(
        Fault::error(400, "ValidationError", format!("`{}` is odd", support::EXTERNAL_ID)).on("AssumeRole").nth(3),
    );
    let connector = support::connector(&cloud);
    tracing::info_span!("request").in_scope(|| {
        support::read(&connector).unwrap();
        assert!(block_on(connector.read("2023-10", outlay::Reader::builder())).is_err());
    });
    let diagnosis = block_on(connector.verify()).to_string();
    let text = kept.0.lock().unwrap().text.clone();
    assert!(text.contains("taken up where it broke off"), "our own words are there");
    let size = support::parts()[1].len();
    let key = format!("key=\"{}daily-00002.csv.gz\"", support::FOLDER);
    for (span, within) in [("read", "request"), ("part", "read"), ("download", "read"), ("fetch", "download")] {
        let begun: Vec<&str> = text.lines().filter(|line| line.starts_with(&format!("begin {span} in "))).collect();
        let wanted = format!("begin {span} in {within}");
        assert!(!begun.is_empty() && begun.iter().all(|line| **line == wanted), "{span}: {begun:?}");
    }
    let failed = "event in request\nmessage=a call failed\ncall=\"Connector::read\"\ncode=\"OUTLAY_NOT_DELIVERED\"";
    assert!(text.contains(failed), "a call that fails leaves an event in the caller's span");
    assert!(text.contains("event in request\nmessage=listed"), "requests are recorded in the caller's span");
    for field in ["bucket=\"example-billing\"", &key, &format!("bytes={size}"), "attempts=2", "retries=1"] {
        assert!(text.contains(&format!("span {field}\n")), "{field} is in a span");
    }
    for secret in [support::EXTERNAL_ID, support::SECRET] {
        assert!(!text.contains(secret), "{secret} is in the log");
        assert!(!diagnosis.contains(secret), "{secret} is in the diagnosis");
    }
    assert!(!text.to_lowercase().contains("x-amz-security-token"), "tokens are in the log");
    let targets = kept.0.lock().unwrap().targets.clone();
    // A body that is dropped says how many bytes it had.
    let of_body = "aws_smithy_runtime::client::http::body::minimum_throughput";
    let is_of_sdk = |target: &&str| target.starts_with("aws_") && !target.starts_with(of_body);
    let of_sdk: Vec<_> = targets.into_iter().filter(is_of_sdk).collect();
    assert!(of_sdk.is_empty(), "the SDK logs whole requests: {of_sdk:?}");
}
