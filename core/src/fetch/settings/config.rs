//! Settings of a connector.

use std::fmt;

use aws_config::SdkConfig;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::config::SharedHttpClient;
use serde::{Deserialize, Serialize};

use super::address::{check_bucket, located};
use super::external_id::ExternalId;
use super::retry::RetryPolicy;
use super::role::{Partition, Role};
use crate::error::{Error, Result, clip};

/// Settings of a connector, as a plain value without secrets that can be stored in a file or a database.
///
/// # Examples
///
/// ```
/// let config: outlay::ConnectorConfig = serde_json::from_str(
///     r#"{"role_arn": "arn:aws:iam::123456789012:role/outlay", "external_id_env": "EXTERNAL_ID", "report_name": "daily"}"#,
/// ).unwrap();
/// assert_eq!(config.report_name.as_deref(), Some("daily"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ConnectorConfig {
    /// A name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The role to assume, like `arn:aws:iam::123456789012:role/name`. Default: the caller's own credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
    /// The environment variable with the external ID. The external ID itself is never part of a configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id_env: Option<String>,
    /// The name of the session in CloudTrail. Default: `outlay`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_name: Option<String>,
    /// The name of the report or export.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report_name: Option<String>,
    /// The bucket of the report, or its address with the prefix: `s3://bucket/prefix`. Default: the bucket in its
    /// definition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket: Option<String>,
    /// The prefix of the report's keys. No object outside it is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// The region of the bucket. Default: the one in the report's definition, or of the bucket itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// An endpoint in place of AWS's: an S3-compatible store, or a proxy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Whether buckets are part of the path. Default: true with a custom endpoint, otherwise false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_style: Option<bool>,
    /// How often and for how long failed requests are repeated. Default: [`RetryPolicy::default`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<RetryPolicy>,
}

impl ConnectorConfig {
    /// Returns the role, if there is one.
    pub(crate) fn role(&self) -> Result<Option<Role>> {
        self.role_arn.as_deref().map(Role::parse).transpose()
    }

    /// Returns the retry policy, or its default.
    pub(crate) fn retry(&self) -> RetryPolicy {
        self.retry.unwrap_or_default()
    }

    /// Splits an address in place of the bucket into bucket and prefix.
    pub(crate) fn located(mut self) -> Result<Self> {
        if let Some(bucket) = &self.bucket {
            let (bucket, prefix) = located(bucket, self.prefix.as_deref())?;
            (self.bucket, self.prefix) = (Some(bucket), prefix);
        }
        Ok(self)
    }

    /// Fails with [`Error::Option`] for invalid settings.
    pub(crate) fn validate(&self) -> Result<()> {
        let fail = |option, reason: String| Err(Error::Option { option, reason });
        self.role()?;
        if let Some(name) = &self.session_name {
            let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
            if !(2..=64).contains(&name.len()) || !name.bytes().all(is_allowed) {
                return fail("session_name", "it must have 2 to 64 letters, digits and _+=,.@-".to_owned());
            }
        }
        if self.report_name.is_none() && self.bucket.is_none() {
            return fail(
                "report_name",
                "a report is found by its name, or by bucket and prefix: set one of them".to_owned(),
            );
        }
        if let Some(name) = &self.report_name
            && (name.is_empty() || name.len() > 256 || name.contains(|c: char| c.is_whitespace() || c == '/'))
        {
            let name = clip(name.as_bytes());
            return fail(
                "report_name",
                format!("`{name}` is not a report name: 1 to 256 characters without spaces and slashes"),
            );
        }
        if let Some(bucket) = &self.bucket {
            check_bucket(bucket)?;
        } else if self.prefix.is_some() {
            return fail("prefix", "a prefix needs a bucket: set the bucket as well".to_owned());
        }
        if let Some(prefix) = &self.prefix
            && (prefix.len() > 1_024 || prefix.split('/').any(|folder| folder == ".." || folder == "."))
        {
            return fail(
                "prefix",
                format!(
                    "`{}` is not a prefix: expected at most 1,024 bytes without the folders `.` and `..`",
                    clip(prefix.as_bytes())
                ),
            );
        }
        if let Some(region) = &self.region
            && !(region.contains('-') && region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
        {
            return fail(
                "region",
                format!("`{}` is not a region; expected one like eu-central-1", clip(region.as_bytes())),
            );
        }
        if let (Some(region), Some(role)) = (&self.region, self.role()?)
            && Partition::of_region(region) != role.partition
        {
            let partition = role.partition.name();
            return fail("region", format!("`{region}` is not a region of {partition}, the partition of the role"));
        }
        if let Some(endpoint) = &self.endpoint {
            let rest = endpoint.strip_prefix("https://").or_else(|| endpoint.strip_prefix("http://"));
            if rest.is_none_or(|rest| rest.is_empty() || rest.contains('@')) {
                return fail("endpoint", "expected https://host without credentials".to_owned());
            }
        }
        self.retry().validate()
    }
}

/// An access key of the caller, in place of the credentials of the environment.
#[derive(Clone)]
pub(crate) struct AccessKey {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) session_token: Option<String>,
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessKey(redacted)")
    }
}

/// The secrets of a connector.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets {
    pub(crate) external_id: Option<ExternalId>,
    pub(crate) access_key: Option<AccessKey>,
}

/// What the caller has set up of the AWS SDK. It is not part of a configuration, because it cannot be stored.
#[derive(Clone, Default)]
pub(crate) struct OwnSdk {
    pub(crate) config: Option<SdkConfig>,
    pub(crate) credentials: Option<SharedCredentialsProvider>,
    pub(crate) http_client: Option<SharedHttpClient>,
}

impl fmt::Debug for OwnSdk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The values of the SDK may print credentials of the caller.
        f.debug_struct("OwnSdk")
            .field("config", &self.config.is_some())
            .field("credentials", &self.credentials.is_some())
            .field("http_client", &self.http_client.is_some())
            .finish()
    }
}

impl Secrets {
    /// Returns the texts that must not be printed.
    pub(crate) fn texts(&self) -> Vec<&str> {
        let key = self.access_key.as_ref();
        let token = key.and_then(|key| key.session_token.as_deref());
        let texts = [self.external_id.as_ref().map(ExternalId::reveal), key.map(|key| key.secret.as_str()), token];
        texts.into_iter().flatten().filter(|text| !text.is_empty()).collect()
    }
}
