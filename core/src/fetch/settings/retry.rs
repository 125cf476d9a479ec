//! The retry policy of requests to AWS: attempts, waits between them, and timeouts.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The maximum of waits and timeouts.
const HOUR: Duration = Duration::from_secs(3_600);
/// The maximum of `max_attempts`.
const MOST_ATTEMPTS: u32 = 100;
/// Maximum number of consecutive attempts of a piece of an object without new bytes.
const MOST_FAILURES: u32 = 5;
/// Maximum number of repeated requests after interruptions of a small object or of a page of a listing.
const MOST_CUTS: u32 = 3;

/// How often a connector repeats failed requests, and the limits of its waits.
///
/// Every wait for AWS has a limit. An endpoint that accepts connections and never answers fails after
/// `operation_timeout`, 45 s by default, with [`Error::Network`]; one that cannot be reached after `max_attempts` of
/// `connect_timeout`, and at the latest after `operation_timeout`.
///
/// | wait | limit |
/// | --- | --- |
/// | for a connection | `connect_timeout`, 5 s |
/// | from a request to the first byte of its answer | `read_timeout`, 20 s |
/// | for the next bytes of an answer | `stall_timeout`, 5 s |
/// | for one operation, such as a page of a listing, with its attempts, the waits between them and the credentials | `operation_timeout`, 45 s |
/// | for a piece of an object, 2 MiB, without a new byte | twice `operation_timeout` |
/// | for a manifest | four operations |
/// | for credentials from the caller's provider | 5 s for each attempt, a limit of the AWS SDK, within `operation_timeout`; if they do not come, the error is that of the operation that needs them |
/// | for the region of the machine, once, if neither the environment nor the profile names one | about 1 s for each attempt to reach the metadata service of EC2, a limit of the AWS SDK; with `AWS_REGION` or `AWS_EC2_METADATA_DISABLED=true` it is not asked |
///
/// A call of a connector makes one operation after another: [`Connector::periods`](crate::Connector::periods) asks two
/// services for the definition of the report at the same time, and then lists the bucket page by page. To limit a whole
/// call, drop its future, as `tokio::time::timeout` does: its requests end at once.
///
/// In JSON, and so in [`ConnectorConfig`](crate::ConnectorConfig), durations are whole milliseconds, and their names
/// end in `_ms`, as in `initial_backoff_ms`. Missing fields have the values of [`RetryPolicy::default`].
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// // No retries, for a service that retries by itself.
/// let mut retry = outlay::RetryPolicy::default();
/// retry.max_attempts = 1;
/// retry.read_timeout = Duration::from_secs(5);
/// let connector = outlay::Connector::builder().report_name("daily").retry(retry).build()?;
///
/// let config = r#"{"report_name": "daily", "retry": {"max_attempts": 1, "read_timeout_ms": 5000}}"#;
/// let config: outlay::ConnectorConfig = serde_json::from_str(config).unwrap();
/// assert_eq!(config.retry, Some(retry));
/// # Ok::<(), outlay::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// Attempts of one request, including the first: 1 to 100, default 6. With 1 no request is repeated.
    ///
    /// The limit also applies to responses that are interrupted. In addition, a piece of an object fails after five
    /// consecutive attempts without a new byte, and a manifest or a page of a listing after four attempts.
    pub max_attempts: u32,
    /// The maximum wait before the second attempt. It doubles with each attempt, and the wait is a random part of it.
    /// Default 250 ms. After an interrupted response the first wait is about a quarter of it.
    #[serde(rename = "initial_backoff_ms", with = "millis")]
    pub initial_backoff: Duration,
    /// The longest wait between two attempts, default 8 s.
    #[serde(rename = "max_backoff_ms", with = "millis")]
    pub max_backoff: Duration,
    /// Timeout of a connection attempt, default 5 s.
    #[serde(rename = "connect_timeout_ms", with = "millis")]
    pub connect_timeout: Duration,
    /// Timeout from the request to the first byte of the response, default 20 s.
    #[serde(rename = "read_timeout_ms", with = "millis")]
    pub read_timeout: Duration,
    /// How long a body may stall before it is requested again from that position. Default 5 s.
    #[serde(rename = "stall_timeout_ms", with = "millis")]
    pub stall_timeout: Duration,
    /// Timeout of an operation with all its attempts and the waits between them, up to the first byte of the last
    /// response. Default 45 s.
    #[serde(rename = "operation_timeout_ms", with = "millis")]
    pub operation_timeout: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 6,
            initial_backoff: Duration::from_millis(250),
            max_backoff: Duration::from_secs(8),
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(20),
            stall_timeout: Duration::from_secs(5),
            operation_timeout: Duration::from_secs(45),
        }
    }
}

impl RetryPolicy {
    /// Fails with [`Error::Option`] for values out of range.
    pub(crate) fn validate(&self) -> Result<()> {
        let fail = |option, reason: String| Err(Error::Option { option, reason });
        if !(1..=MOST_ATTEMPTS).contains(&self.max_attempts) {
            let found = self.max_attempts;
            return fail("retry.max_attempts", format!("expected 1 to {MOST_ATTEMPTS} attempts, got {found}"));
        }
        if self.max_backoff > HOUR {
            return fail("retry.max_backoff_ms", format!("expected one hour at most, got {:?}", self.max_backoff));
        }
        if self.initial_backoff > self.max_backoff {
            let (first, most) = (self.initial_backoff, self.max_backoff);
            return fail("retry.initial_backoff_ms", format!("{first:?} is longer than the longest wait, {most:?}"));
        }
        let timeouts = [
            ("retry.connect_timeout_ms", self.connect_timeout),
            ("retry.read_timeout_ms", self.read_timeout),
            ("retry.stall_timeout_ms", self.stall_timeout),
            ("retry.operation_timeout_ms", self.operation_timeout),
        ];
        match timeouts.into_iter().find(|(_, time)| !(Duration::from_millis(1)..=HOUR).contains(time)) {
            Some((option, time)) => fail(option, format!("expected one millisecond to one hour, got {time:?}")),
            None => Ok(()),
        }
    }

    /// Maximum number of consecutive attempts of a piece of an object without new bytes.
    pub(crate) fn most_failures(&self) -> u32 {
        self.max_attempts.min(MOST_FAILURES)
    }

    /// Maximum number of repeated requests after interruptions of a small object.
    pub(crate) fn most_cuts(&self) -> u32 {
        self.max_attempts.saturating_sub(1).min(MOST_CUTS)
    }

    /// Returns the wait before an interrupted response is requested again, after `failures` consecutive failures.
    pub(crate) fn backoff(&self, failures: u32) -> Duration {
        let mut random = [0; 8];
        // Without random numbers the wait is the shortest one.
        let _ = getrandom::fill(&mut random);
        self.backoff_of(failures, u64::from_le_bytes(random))
    }

    /// Exponential backoff with jitter: between 0.5 and 1.5 times the doubled wait.
    fn backoff_of(&self, failures: u32, random: u64) -> Duration {
        let whole = (self.initial_backoff / 4).saturating_mul(1 << failures.min(20)).min(self.max_backoff);
        let micros = u64::try_from(whole.as_micros()).unwrap_or(u64::MAX);
        let more = random.checked_rem(micros).unwrap_or_default();
        (whole / 2 + Duration::from_micros(more)).min(self.max_backoff)
    }
}

/// Durations as whole milliseconds.
mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn policy(initial: u64, most: u64) -> RetryPolicy {
        let (initial_backoff, max_backoff) = (Duration::from_millis(initial), Duration::from_millis(most));
        RetryPolicy { initial_backoff, max_backoff, ..RetryPolicy::default() }
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        #[rustfmt::skip]
        let cases = [
            //  policy             failures  random      wait in microseconds
            (policy(400, 8_000),   0,        0,             50_000),
            (policy(400, 8_000),   0,        99_999,       149_999),
            (policy(400, 8_000),   0,        100_000,       50_000),
            (policy(400, 8_000),   1,        0,            100_000),
            (policy(400, 8_000),   5,        0,          1_600_000),
            (policy(400, 8_000),   7,        0,          4_000_000),
            (policy(400, 8_000),   7,        7_999_999,  8_000_000),
            (policy(400, 8_000),   u32::MAX, 0,          4_000_000),
            (policy(400, 400),     9,        399_999,      400_000),
            (policy(0, 8_000),     9,        u64::MAX,           0),
            (policy(0, 0),         0,        u64::MAX,           0),
        ];
        for (policy, failures, random, micros) in cases {
            let wait = policy.backoff_of(failures, random);
            assert_eq!(wait, Duration::from_micros(micros), "{policy:?} after {failures}, {random}");
        }
    }

    #[test]
    fn waits_of_several_clients_differ() {
        let waits: Vec<Duration> = (0..50).map(|_| RetryPolicy::default().backoff(4)).collect();
        assert!(waits.iter().any(|wait| wait != &waits[0]), "{waits:?}");
    }

    #[test]
    fn the_limit_of_attempts_is_one_of_all_that_is_repeated() {
        for (max_attempts, failures, cuts) in [(1, 1, 0), (2, 2, 1), (4, 4, 3), (6, 5, 3), (100, 5, 3)] {
            let policy = RetryPolicy { max_attempts, ..RetryPolicy::default() };
            assert_eq!((policy.most_failures(), policy.most_cuts()), (failures, cuts), "{max_attempts}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let of = |text: &str| serde_json::from_str::<RetryPolicy>(text).unwrap();
        #[rustfmt::skip]
        let cases = [
            (r#"{}"#,                                                None),
            (r#"{"max_attempts": 1, "initial_backoff_ms": 0}"#,      None),
            (r#"{"initial_backoff_ms": 0, "max_backoff_ms": 0}"#,    None),
            (r#"{"max_attempts": 100, "read_timeout_ms": 3600000}"#, None),
            (r#"{"max_attempts": 0}"#,         Some("option `retry.max_attempts`: expected 1 to 100 attempts, got 0")),
            (r#"{"max_attempts": 101}"#,       Some("option `retry.max_attempts`: expected 1 to 100 attempts, got 101")),
            (r#"{"max_backoff_ms": 3600001}"#, Some("option `retry.max_backoff_ms`: expected one hour at most, got 3600.001s")),
            (r#"{"initial_backoff_ms": 9000}"#, Some("option `retry.initial_backoff_ms`: 9s is longer than the longest wait, 8s")),
            (r#"{"connect_timeout_ms": 0}"#,   Some("option `retry.connect_timeout_ms`: expected one millisecond to one hour, got 0ns")),
            (r#"{"read_timeout_ms": 3600001}"#, Some("option `retry.read_timeout_ms`: expected one millisecond to one hour, got 3600.001s")),
            (r#"{"stall_timeout_ms": 0}"#,     Some("option `retry.stall_timeout_ms`: expected one millisecond to one hour, got 0ns")),
            (r#"{"operation_timeout_ms": 0}"#, Some("option `retry.operation_timeout_ms`: expected one millisecond to one hour, got 0ns")),
        ];
        for (text, wanted) in cases {
            let policy = of(text);
            assert_eq!(policy.validate().err().map(|error| error.to_string()).as_deref(), wanted, "{text}");
            let kept = serde_json::to_string(&policy).unwrap();
            assert_eq!(of(&kept), policy, "{kept}");
        }
        let unknown = serde_json::from_str::<RetryPolicy>(r#"{"attempts": 1}"#).unwrap_err().to_string();
        assert!(unknown.contains("unknown field `attempts`, expected one of `max_attempts`"), "{unknown}");
    }
}
