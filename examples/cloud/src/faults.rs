//! Faults: their effects, the requests that they match, and how often they occur.

use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;

use crate::call::Call;
use crate::object::Content;
use crate::text;

/// A fault of requests. By default, it occurs once, with the first request that it matches.
///
/// In JSON: `{"on": "GetObject", "key": "*-00002.csv.gz", "nth": 2, "times": 3, "effect": {"cut": 1000}}`.
///
/// ```
/// use outlay_cloud::Fault;
///
/// let storm = Fault::slow_down().on("GetObject").times(3);
/// let once = Fault::cut(1_000).on("GetObject").key("*-00002.csv.gz").nth(2);
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    effect: Effect,
    #[serde(rename = "on")]
    operation: Option<String>,
    bucket: Option<String>,
    key: Option<String>,
    #[serde(default = "one")]
    nth: u32,
    #[serde(default = "one")]
    times: u32,
    #[serde(default)]
    always: bool,
}

/// The effect of a fault.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Effect {
    SlowDown,
    Internal,
    Expired,
    Denied,
    KmsDenied,
    WrongRegion(String),
    Error {
        status: u16,
        code: String,
        message: String,
    },
    Close,
    Reset,
    /// In milliseconds.
    Wait(u64),
    Cut(u64),
    Shorten(u64),
    Edit {
        from: String,
        to: String,
    },
    ContentRange(Option<String>),
    /// After a number of bytes, for a number of milliseconds; without them, until the connection ends.
    Stall {
        after: u64,
        millis: Option<u64>,
    },
    Flip(u64),
    /// In bytes per second.
    Slow(u64),
    Replace(Content),
    Put {
        bucket: String,
        key: String,
        content: Content,
    },
    Remove,
}

impl Effect {
    /// Returns the name in the log.
    pub(crate) fn name(&self) -> String {
        let full = format!("{self:?}");
        match self {
            Self::Replace(_) => "Replace".to_owned(),
            Self::Put { key, .. } => format!("Put({key})"),
            _ => full,
        }
    }
}

impl Fault {
    fn new(effect: Effect) -> Self {
        Self { effect, operation: None, bucket: None, key: None, nth: 1, times: 1, always: false }
    }

    /// 503 SlowDown, or the service's own throttling error.
    pub fn slow_down() -> Self {
        Self::new(Effect::SlowDown)
    }

    /// 500, the service's internal error.
    pub fn internal() -> Self {
        Self::new(Effect::Internal)
    }

    /// Fails as if the session had expired.
    pub fn expired() -> Self {
        Self::new(Effect::Expired)
    }

    /// Denies the operation, regardless of the policies.
    pub fn denied() -> Self {
        Self::new(Effect::Denied)
    }

    /// Denies the use of the object's KMS key.
    pub fn kms_denied() -> Self {
        Self::new(Effect::KmsDenied)
    }

    /// Fails as if the bucket were in this region.
    pub fn wrong_region(region: impl Into<String>) -> Self {
        Self::new(Effect::WrongRegion(region.into()))
    }

    /// Any other error, in the format of the service.
    pub fn error(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Effect::Error { status, code: code.into(), message: message.into() })
    }

    /// Closes the connection without a response.
    pub fn close() -> Self {
        Self::new(Effect::Close)
    }

    /// Resets the connection without a response.
    pub fn reset() -> Self {
        Self::new(Effect::Reset)
    }

    /// Delays the response.
    pub fn wait(time: Duration) -> Self {
        Self::new(Effect::Wait(millis(time)))
    }

    /// Closes the connection after this number of bytes of the body. The content length is not changed.
    pub fn cut(after: u64) -> Self {
        Self::new(Effect::Cut(after))
    }

    /// Shortens the body to this number of bytes, with a matching content length.
    pub fn shorten(after: u64) -> Self {
        Self::new(Effect::Shorten(after))
    }

    /// Replaces all occurrences of a text in the body.
    pub fn edit(from: impl Into<String>, to: impl Into<String>) -> Self {
        Self::new(Effect::Edit { from: from.into(), to: to.into() })
    }

    /// Sets the header `Content-Range`, such as `bytes 777-999/1000`. The body is not changed.
    pub fn content_range(range: impl Into<String>) -> Self {
        Self::new(Effect::ContentRange(Some(range.into())))
    }

    /// Removes the header `Content-Range` from a response with status 206.
    pub fn no_content_range() -> Self {
        Self::new(Effect::ContentRange(None))
    }

    /// Pauses the body for a time after this number of bytes.
    pub fn stall(after: u64, time: Duration) -> Self {
        Self::new(Effect::Stall { after, millis: Some(millis(time)) })
    }

    /// Stops the body after this number of bytes. The connection stays open.
    pub fn hang(after: u64) -> Self {
        Self::new(Effect::Stall { after, millis: None })
    }

    /// Flips all bits of one byte of the object in transit. The first byte is 0. Only requests for a range with this byte match.
    pub fn flip(byte: u64) -> Self {
        Self::new(Effect::Flip(byte))
    }

    /// Sends the body at this number of bytes per second.
    pub fn slow(bytes_per_second: u64) -> Self {
        Self::new(Effect::Slow(bytes_per_second.max(1)))
    }

    /// Replaces the requested object when the request arrives. The new one has another ETag.
    pub fn replace(bytes: impl Into<Bytes>) -> Self {
        Self::new(Effect::Replace(Content::Bytes(bytes.into())))
    }

    /// Writes an object, usually not the requested one, when the request arrives.
    pub fn put(bucket: impl Into<String>, key: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self::new(Effect::Put { bucket: bucket.into(), key: key.into(), content: Content::Bytes(bytes.into()) })
    }

    /// Removes the requested object when the request arrives.
    pub fn remove() -> Self {
        Self::new(Effect::Remove)
    }

    /// Matches only this operation, by its name in AWS's API.
    #[must_use]
    pub fn on(mut self, operation: impl Into<String>) -> Self {
        self.operation = Some(operation.into());
        self
    }

    /// Matches only this bucket.
    #[must_use]
    pub fn bucket(mut self, bucket: impl Into<String>) -> Self {
        self.bucket = Some(bucket.into());
        self
    }

    /// Matches only keys of this pattern. `*` and `?` are wildcards.
    #[must_use]
    pub fn key(mut self, pattern: impl Into<String>) -> Self {
        self.key = Some(pattern.into());
        self
    }

    /// Starts with the nth matching request after the fault is added. The first is 1.
    #[must_use]
    pub fn nth(mut self, nth: u32) -> Self {
        self.nth = nth;
        self
    }

    /// Affects this number of consecutive matching requests.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// Affects all later matching requests.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.always = true;
        self
    }

    fn is_meant_for(&self, call: &Call) -> bool {
        let in_span = match self.effect {
            Effect::Flip(byte) => {
                let (first, last) = call.span();
                first <= byte && last.is_none_or(|last| byte <= last)
            }
            _ => true,
        };
        let like = |pattern: &Option<String>, text: Option<&str>| {
            pattern.as_ref().is_none_or(|pattern| text.is_some_and(|text| text::matches(pattern, text)))
        };
        in_span
            && like(&self.operation, Some(&call.operation))
            && like(&self.bucket, call.bucket.as_deref())
            && like(&self.key, call.key.as_deref())
    }
}

/// A fault with the number of requests that matched it.
#[derive(Debug)]
pub(crate) struct Armed {
    fault: Fault,
    seen: u32,
}

impl Armed {
    pub(crate) fn new(fault: Fault) -> Self {
        Self { fault, seen: 0 }
    }

    /// Counts the request if it matches, and returns the effect on it.
    pub(crate) fn strike(&mut self, call: &Call) -> Option<Effect> {
        if !self.fault.is_meant_for(call) {
            return None;
        }
        self.seen = self.seen.saturating_add(1);
        let struck = self.seen.checked_sub(self.fault.nth)?;
        (self.fault.always || struck < self.fault.times).then(|| self.fault.effect.clone())
    }
}

fn one() -> u32 {
    1
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
