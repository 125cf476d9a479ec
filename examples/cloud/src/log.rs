//! What was asked for, and how it was answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use crate::call::Call;

/// One request that arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Request {
    /// As AWS names it: `GetObject`, `AssumeRole`.
    pub operation: String,
    /// The bucket, of a request to S3.
    pub bucket: Option<String>,
    /// The key, of a request for an object.
    pub key: Option<String>,
    /// The prefix, of a listing.
    pub prefix: Option<String>,
    /// `bytes=0-99`.
    pub range: Option<String>,
    /// The ETag that the object must have, with its quotes.
    pub if_match: Option<String>,
    /// The account that the bucket must belong to.
    pub expected_owner: Option<String>,
    /// Whose credentials signed it, when it was signed.
    pub access_key_id: Option<String>,
    /// The region it was signed for.
    pub region: Option<String>,
    /// Whether an external id was said; what it was is not kept.
    pub external_id: bool,
    /// The status that was answered; 0 when the connection was closed instead, or the answer is still to come.
    pub status: u16,
    /// How many bodies of other answers were on their way out when it arrived.
    pub beside: usize,
    /// Bytes of the body that were sent so far.
    pub sent: u64,
    /// The faults that were done to it.
    pub faults: Vec<String>,
}

/// All requests, in the order in which they arrived.
#[derive(Debug, Default)]
pub(crate) struct Log {
    entries: Vec<(Request, Arc<AtomicU64>)>,
    /// How many entries were dropped by [`Log::clear`].
    cleared: usize,
}

/// An entry of the log, for the answer to come.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    number: usize,
    pub(crate) sent: Arc<AtomicU64>,
}

impl Entry {
    /// The id of the request, as answers give it.
    pub(crate) fn id(&self) -> String {
        format!("{:016X}", self.number + 1)
    }
}

impl Log {
    pub(crate) fn arrived(&mut self, call: &Call, beside: usize) -> Entry {
        use crate::identity::Signature;

        let owned = |text: Option<&str>| text.map(str::to_owned);
        let signature = call.header("authorization").and_then(Signature::parse);
        let request = Request {
            operation: call.operation.clone(),
            bucket: call.bucket.clone(),
            key: call.key.clone(),
            prefix: owned(call.parameter("prefix")),
            range: owned(call.header("range")),
            if_match: owned(call.header("if-match")),
            expected_owner: owned(call.header("x-amz-expected-bucket-owner")),
            access_key_id: owned(signature.as_ref().map(|signature| signature.access_key_id)),
            region: owned(signature.as_ref().map(|signature| signature.region)),
            external_id: call.parameter("ExternalId").is_some(),
            status: 0,
            beside,
            sent: 0,
            faults: Vec::new(),
        };
        let sent = Arc::new(AtomicU64::new(0));
        self.entries.push((request, Arc::clone(&sent)));
        Entry { number: self.seen() - 1, sent }
    }

    pub(crate) fn answered(&mut self, entry: &Entry, status: u16) {
        if let Some(request) = self.request(entry) {
            request.status = status;
        }
    }

    pub(crate) fn fault(&mut self, entry: &Entry, name: String) {
        if let Some(request) = self.request(entry) {
            request.faults.push(name);
        }
    }

    fn request(&mut self, entry: &Entry) -> Option<&mut Request> {
        let index = entry.number.checked_sub(self.cleared)?;
        self.entries.get_mut(index).map(|(request, _)| request)
    }

    /// How many requests arrived, cleared ones included.
    pub(crate) fn seen(&self) -> usize {
        self.cleared + self.entries.len()
    }

    pub(crate) fn clear(&mut self) {
        self.cleared = self.seen();
        self.entries.clear();
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        let with_sent = |(request, sent): &(Request, Arc<AtomicU64>)| Request {
            sent: sent.load(Ordering::Relaxed),
            ..request.clone()
        };
        self.entries.iter().map(with_sent).collect()
    }
}
