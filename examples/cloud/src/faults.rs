//! Faults: what goes wrong, for which requests, how often.

use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;

use crate::call::Call;
use crate::object::Content;
use crate::text;

/// Something that goes wrong, once, with the first request that it is meant for, unless told otherwise.
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

/// What goes wrong.
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
    /// Milliseconds.
    Wait(u64),
    Cut(u64),
    Shorten(u64),
    Edit {
        from: String,
        to: String,
    },
    ContentRange(Option<String>),
    /// Bytes, milliseconds; for ever without them.
    Stall {
        after: u64,
        millis: Option<u64>,
    },
    Flip(u64),
    /// Bytes a second.
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
    /// How the log names it.
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

    /// 503 SlowDown, or what the service says instead.
    pub fn slow_down() -> Self {
        Self::new(Effect::SlowDown)
    }

    /// 500, an internal error.
    pub fn internal() -> Self {
        Self::new(Effect::Internal)
    }

    /// The session is said to be over, though it is not.
    pub fn expired() -> Self {
        Self::new(Effect::Expired)
    }

    /// The operation is denied, whatever the policies say.
    pub fn denied() -> Self {
        Self::new(Effect::Denied)
    }

    /// The caller may read the object, but not use its KMS key.
    pub fn kms_denied() -> Self {
        Self::new(Effect::KmsDenied)
    }

    /// The bucket is said to be in this region.
    pub fn wrong_region(region: impl Into<String>) -> Self {
        Self::new(Effect::WrongRegion(region.into()))
    }

    /// Any other error, in the form of the service.
    pub fn error(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Effect::Error { status, code: code.into(), message: message.into() })
    }

    /// The connection is closed instead of an answer.
    pub fn close() -> Self {
        Self::new(Effect::Close)
    }

    /// The connection is reset instead of an answer.
    pub fn reset() -> Self {
        Self::new(Effect::Reset)
    }

    /// The answer comes later.
    pub fn wait(time: Duration) -> Self {
        Self::new(Effect::Wait(millis(time)))
    }

    /// The connection is closed after so many bytes of the body; its announced length stays.
    pub fn cut(after: u64) -> Self {
        Self::new(Effect::Cut(after))
    }

    /// The body ends after so many bytes as if that were all, with the length that it then has.
    pub fn shorten(after: u64) -> Self {
        Self::new(Effect::Shorten(after))
    }

    /// A text in the body, wherever it is, is another one.
    pub fn edit(from: impl Into<String>, to: impl Into<String>) -> Self {
        Self::new(Effect::Edit { from: from.into(), to: to.into() })
    }

    /// The answer is said to be this part of the object, such as `bytes 777-999/1000`, whatever its bytes are.
    pub fn content_range(range: impl Into<String>) -> Self {
        Self::new(Effect::ContentRange(Some(range.into())))
    }

    /// The answer is said to be part of the object, and not which.
    pub fn no_content_range() -> Self {
        Self::new(Effect::ContentRange(None))
    }

    /// The body stops for a while after so many bytes, then goes on.
    pub fn stall(after: u64, time: Duration) -> Self {
        Self::new(Effect::Stall { after, millis: Some(millis(time)) })
    }

    /// The body stops for ever after so many bytes; the connection stays open.
    pub fn hang(after: u64) -> Self {
        Self::new(Effect::Stall { after, millis: None })
    }

    /// All bits of one byte of the object are flipped on the way; the first byte is 0. Only requests that ask for this byte count.
    pub fn flip(byte: u64) -> Self {
        Self::new(Effect::Flip(byte))
    }

    /// The body comes at so many bytes a second.
    pub fn slow(bytes_per_second: u64) -> Self {
        Self::new(Effect::Slow(bytes_per_second.max(1)))
    }

    /// The object that is asked for is another one from this request on, with an ETag of its own.
    pub fn replace(bytes: impl Into<Bytes>) -> Self {
        Self::new(Effect::Replace(Content::Bytes(bytes.into())))
    }

    /// Some object, mostly another one than is asked for, is written when the request arrives.
    pub fn put(bucket: impl Into<String>, key: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self::new(Effect::Put { bucket: bucket.into(), key: key.into(), content: Content::Bytes(bytes.into()) })
    }

    /// The object that is asked for is gone from this request on.
    pub fn remove() -> Self {
        Self::new(Effect::Remove)
    }

    /// Only with this operation, as AWS names it.
    #[must_use]
    pub fn on(mut self, operation: impl Into<String>) -> Self {
        self.operation = Some(operation.into());
        self
    }

    /// Only in this bucket.
    #[must_use]
    pub fn bucket(mut self, bucket: impl Into<String>) -> Self {
        self.bucket = Some(bucket.into());
        self
    }

    /// Only with this key; `*` and `?` stand for others.
    #[must_use]
    pub fn key(mut self, pattern: impl Into<String>) -> Self {
        self.key = Some(pattern.into());
        self
    }

    /// Begins with the nth of the requests that it is meant for, counted from now; the first is 1.
    #[must_use]
    pub fn nth(mut self, nth: u32) -> Self {
        self.nth = nth;
        self
    }

    /// Happens to so many requests, one after the other.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// Happens to all requests from then on.
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

/// A fault that waits for its requests.
#[derive(Debug)]
pub(crate) struct Armed {
    fault: Fault,
    seen: u32,
}

impl Armed {
    pub(crate) fn new(fault: Fault) -> Self {
        Self { fault, seen: 0 }
    }

    /// What it does to this request, which is counted.
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
