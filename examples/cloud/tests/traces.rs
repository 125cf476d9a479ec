//! The logs of the library and the AWS SDK at the finest level contain no secret.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "connector/support.rs"]
#[allow(dead_code, reason = "more is in it than is used here")]
mod support;

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use outlay::block_on;
use outlay_cloud::{Cloud, Fault};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Records all fields as text. Fields of spans have the prefix `span`.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<String>>);

struct OfSpan<'k>(&'k Kept);

impl Visit for OfSpan<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        writeln!(self.0.0.lock().unwrap(), "span {field}={value:?}").unwrap();
    }
}

impl Visit for &Kept {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        writeln!(self.0.lock().unwrap(), "{field}={value:?}").unwrap();
    }
}

impl Subscriber for Kept {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        writeln!(self.0.lock().unwrap(), "begin {}", span.metadata().name()).unwrap();
        span.record(&mut OfSpan(self));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut OfSpan(self));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut &*self);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
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
    support::read(&connector).unwrap();
    let diagnosis = block_on(connector.verify()).to_string();
    let text = kept.0.lock().unwrap().clone();
    assert!(text.contains("taken up where it broke off"), "our own words are there");
    let size = support::parts()[1].len();
    let key = format!("key=\"{}daily-00002.csv.gz\"", support::FOLDER);
    for span in ["part", "fetch"] {
        assert!(text.contains(&format!("begin {span}\n")), "a span {span}");
    }
    for field in ["bucket=\"example-billing\"", &key, &format!("bytes={size}"), "attempts=2"] {
        assert!(text.contains(&format!("span {field}\n")), "{field} is in a span");
    }
    for secret in [support::EXTERNAL_ID, support::SECRET] {
        assert!(!text.contains(secret), "{secret} is in the log");
        assert!(!diagnosis.contains(secret), "{secret} is in the diagnosis");
    }
    assert!(!text.to_lowercase().contains("x-amz-security-token"), "tokens are in the log");
}
