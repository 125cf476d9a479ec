//! The builder of connectors.

use super::Connector;
use crate::error::Result;
use crate::fetch::aws::clients::AwsCaller;
use crate::fetch::settings::config::{AccessKey, ConnectorConfig, Secrets};
use crate::fetch::settings::external_id::ExternalId;
use crate::fetch::settings::retry::RetryPolicy;
use crate::fetch::settings::role::Role;

/// Settings of a connector, created by [`Connector::builder`].
#[derive(Clone, Debug, Default)]
pub struct ConnectorBuilder {
    config: ConnectorConfig,
    secrets: Secrets,
}

impl ConnectorBuilder {
    pub(super) fn of(config: ConnectorConfig) -> Self {
        Self { config, secrets: Secrets::default() }
    }

    pub(super) fn role(&self) -> Result<Option<Role>> {
        self.config.role()
    }

    /// Sets the role to assume, like `arn:aws:iam::123456789012:role/name`. Default: none, with the caller's own
    /// credentials as found by the AWS tools. The partition of the ARN (`aws`, `aws-cn`, `aws-us-gov`) selects the
    /// endpoints of AWS.
    #[must_use]
    pub fn role_arn(mut self, arn: impl Into<String>) -> Self {
        self.config.role_arn = Some(arn.into());
        self
    }

    /// Sets the external ID that the role's trust policy requires.
    #[must_use]
    pub fn external_id(mut self, external_id: ExternalId) -> Self {
        self.secrets.external_id = Some(external_id);
        self
    }

    /// Sets the environment variable with the external ID, if it is not set directly.
    #[must_use]
    pub fn external_id_env(mut self, name: impl Into<String>) -> Self {
        self.config.external_id_env = Some(name.into());
        self
    }

    /// Sets the name of the report or export, as in its definition.
    #[must_use]
    pub fn report_name(mut self, name: impl Into<String>) -> Self {
        self.config.report_name = Some(name.into());
        self
    }

    /// Sets the bucket and the prefix of the report's keys. With a report name, they select one of several definitions;
    /// without one, the report is found there without a request to the billing services. An address with both,
    /// `s3://bucket/prefix`, is allowed as the bucket, with an empty prefix.
    ///
    /// # Examples
    ///
    /// ```
    /// let connector = outlay::Connector::builder().location("s3://billing/reports/daily", "").build()?;
    /// assert_eq!(connector.config().bucket.as_deref(), Some("billing"));
    /// assert_eq!(connector.config().prefix.as_deref(), Some("reports/daily"));
    /// # Ok::<(), outlay::Error>(())
    /// ```
    #[must_use]
    pub fn location(mut self, bucket: impl Into<String>, prefix: impl Into<String>) -> Self {
        self.config.bucket = Some(bucket.into());
        self.config.prefix = Some(prefix.into());
        self
    }

    /// Sets the region of the bucket. Default: the one in the definition, or of the bucket itself.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.config.region = Some(region.into());
        self
    }

    /// Sets the name of the session in CloudTrail. Default: `outlay`.
    #[must_use]
    pub fn session_name(mut self, name: impl Into<String>) -> Self {
        self.config.session_name = Some(name.into());
        self
    }

    /// Sets a name for people.
    #[must_use]
    pub fn display_name(mut self, name: impl Into<String>) -> Self {
        self.config.display_name = Some(name.into());
        self
    }

    /// Sets an endpoint in place of AWS's, with buckets as part of the path.
    #[must_use]
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.config.endpoint = Some(url.into());
        self
    }

    /// Sets whether buckets are part of the path. Default: true with a custom endpoint, otherwise false.
    #[must_use]
    pub fn path_style(mut self, path_style: bool) -> Self {
        self.config.path_style = Some(path_style);
        self
    }

    /// Sets how often and for how long failed requests are repeated. Default: [`RetryPolicy::default`].
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.config.retry = Some(policy);
        self
    }

    /// Sets the caller's access key, in place of the credentials that the AWS tools find.
    #[must_use]
    pub fn access_key(
        mut self,
        id: impl Into<String>,
        secret: impl Into<String>,
        session_token: Option<String>,
    ) -> Self {
        self.secrets.access_key = Some(AccessKey { id: id.into(), secret: secret.into(), session_token });
        self
    }

    /// Creates the connector. No request is made yet.
    ///
    /// # Errors
    ///
    /// [`Error::Option`](crate::Error::Option) with the name of the setting that is invalid.
    pub fn build(mut self) -> Result<Connector> {
        if let (None, Some(name)) = (&self.secrets.external_id, &self.config.external_id_env) {
            self.secrets.external_id = Some(ExternalId::from_env(name)?);
        }
        Ok(Connector::new(AwsCaller::new(self.config, self.secrets)?))
    }
}
