//! The log of requests and their responses.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use crate::call::Call;

/// A request in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Request {
    /// The name of the operation in AWS's API, such as `GetObject`.
    pub operation: String,
    /// The bucket of a request to S3.
    pub bucket: Option<String>,
    /// The key of a request for an object.
    pub key: Option<String>,
    /// The prefix of a listing.
    pub prefix: Option<String>,
    /// The requested range, such as `bytes=0-99`.
    pub range: Option<String>,
    /// The ETag that the object must have, with quotes.
    pub if_match: Option<String>,
    /// The account that the bucket must belong to.
    pub expected_owner: Option<String>,
    /// The access key of the signature, if the request was signed.
    pub access_key_id: Option<String>,
    /// The region of the signature.
    pub region: Option<String>,
    /// Whether the request had an external id. The id itself is not logged.
    pub external_id: bool,
    /// The status of the response; 0 if the connection was closed without one, or there is none yet.
    pub status: u16,
    /// The number of other response bodies that were being sent when the request arrived.
    pub beside: usize,
    /// The number of bytes of the response body sent so far.
    pub sent: u64,
    /// The faults that affected the request.
    pub faults: Vec<String>,
}

/// All requests, in order of arrival.
#[derive(Debug, Default)]
pub(crate) struct Log {
    entries: Vec<(Request, Arc<AtomicU64>)>,
    /// The number of entries removed by [`Log::clear`].
    cleared: usize,
}

/// Refers to an entry of the log, to add its response.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    number: usize,
    pub(crate) sent: Arc<AtomicU64>,
}

impl Entry {
    /// Returns the request id that responses contain.
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

    /// Returns the number of requests, cleared ones included.
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
