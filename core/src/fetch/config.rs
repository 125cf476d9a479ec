//! What a connector is told: which role, which report, where.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::external_id::ExternalId;
use super::retry::RetryPolicy;
use super::role::{Partition, Role};
use crate::error::{Error, Result, clip};

/// What a connector needs to know, as a plain value without secrets: it can be kept in a file or a database.
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
    /// The role to assume, `arn:aws:iam::123456789012:role/name`; without it the caller's own credentials are used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
    /// The environment variable that holds the external ID. The external ID itself is never part of a configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id_env: Option<String>,
    /// What the session is called in the customer's CloudTrail; default `outlay`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_name: Option<String>,
    /// The name of the report or export.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report_name: Option<String>,
    /// The bucket that the report is delivered to; default as the report's definition says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket: Option<String>,
    /// What the keys of the report begin with. Nothing outside it is ever read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// The region of the bucket; default as the report's definition or the bucket itself says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Another endpoint than AWS's: an S3-compatible store, or a proxy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Whether buckets are part of the path; default yes with an endpoint of one's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_style: Option<bool>,
    /// How often and how long AWS is asked; default [`RetryPolicy::default`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<RetryPolicy>,
}

impl ConnectorConfig {
    /// The role, when there is one.
    pub(crate) fn role(&self) -> Result<Option<Role>> {
        self.role_arn.as_deref().map(Role::parse).transpose()
    }

    /// How often and how long AWS is asked.
    pub(crate) fn retry(&self) -> RetryPolicy {
        self.retry.unwrap_or_default()
    }

    /// Refuses what makes no sense.
    pub(crate) fn validate(&self) -> Result<()> {
        let fail = |option, reason: String| Err(Error::Option { option, reason });
        self.role()?;
        if let Some(name) = &self.session_name {
            let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
            if !(2..=64).contains(&name.len()) || !name.bytes().all(is_allowed) {
                return fail("session_name", "2 to 64 letters, digits and _+=,.@- name a session".to_owned());
            }
        }
        if self.report_name.is_none() && self.bucket.is_none() {
            return fail("report_name", "a report is found by its name, or by bucket and prefix".to_owned());
        }
        if let Some(name) = &self.report_name
            && (name.is_empty() || name.len() > 256 || name.contains(|c: char| c.is_whitespace() || c == '/'))
        {
            let name = clip(name.as_bytes());
            return fail("report_name", format!("`{name}` is no name of a report: 1 to 256 characters without spaces"));
        }
        if let Some(bucket) = &self.bucket {
            let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
            if !(3..=63).contains(&bucket.len()) || !bucket.bytes().all(is_allowed) {
                return fail("bucket", format!("`{}` is no name of a bucket", clip(bucket.as_bytes())));
            }
        } else if self.prefix.is_some() {
            return fail("prefix", "a prefix lies in a bucket, which is not named".to_owned());
        }
        if let Some(prefix) = &self.prefix
            && (prefix.len() > 1_024 || prefix.split('/').any(|folder| folder == ".." || folder == "."))
        {
            return fail("prefix", format!("`{}` is no prefix", clip(prefix.as_bytes())));
        }
        if let Some(region) = &self.region
            && !(region.contains('-') && region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
        {
            return fail("region", format!("`{}` is no region; one is written eu-central-1", clip(region.as_bytes())));
        }
        if let (Some(region), Some(role)) = (&self.region, self.role()?)
            && Partition::of_region(region) != role.partition
        {
            let partition = role.partition.name();
            return fail("region", format!("`{region}` is no region of {partition}, the partition of the role"));
        }
        if let Some(endpoint) = &self.endpoint {
            let rest = endpoint.strip_prefix("https://").or_else(|| endpoint.strip_prefix("http://"));
            if rest.is_none_or(|rest| rest.is_empty() || rest.contains('@')) {
                return fail("endpoint", "an endpoint is written https://host, without credentials".to_owned());
            }
        }
        self.retry().validate()
    }
}

/// Keys of the caller, in place of those of the environment.
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

impl Secrets {
    /// What must not be printed.
    pub(crate) fn texts(&self) -> Vec<&str> {
        let key = self.access_key.as_ref();
        let token = key.and_then(|key| key.session_token.as_deref());
        let texts = [self.external_id.as_ref().map(ExternalId::reveal), key.map(|key| key.secret.as_str()), token];
        texts.into_iter().flatten().filter(|text| !text.is_empty()).collect()
    }
}
