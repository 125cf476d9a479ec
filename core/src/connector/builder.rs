//! What a connector is told, setting by setting.

use super::Connector;
use crate::error::{Error, Result};
use crate::fetch::clients::Caller;
use crate::fetch::config::{AccessKey, ConnectorConfig, Secrets};
use crate::fetch::external_id::ExternalId;
use crate::fetch::retry::RetryPolicy;
use crate::fetch::role::Role;

/// Collects what a connector needs to know; see [`Connector::builder`].
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

    /// The role to assume, `arn:aws:iam::123456789012:role/name`; default none: the caller's own credentials, found where
    /// the AWS tools find them. Its partition (`aws`, `aws-cn`, `aws-us-gov`) decides where AWS is asked.
    #[must_use]
    pub fn role_arn(mut self, arn: impl Into<String>) -> Self {
        self.config.role_arn = Some(arn.into());
        self
    }

    /// What the role's trust policy asks for.
    #[must_use]
    pub fn external_id(mut self, external_id: ExternalId) -> Self {
        self.secrets.external_id = Some(external_id);
        self
    }

    /// The environment variable that holds the external ID, when none is given.
    #[must_use]
    pub fn external_id_env(mut self, name: impl Into<String>) -> Self {
        self.config.external_id_env = Some(name.into());
        self
    }

    /// The name of the report or export, as its definition has it.
    #[must_use]
    pub fn report_name(mut self, name: impl Into<String>) -> Self {
        self.config.report_name = Some(name.into());
        self
    }

    /// The bucket and what the report's keys begin with: with a name, which of several is meant; without one, where to
    /// look, with no question to the billing services.
    #[must_use]
    pub fn location(mut self, bucket: impl Into<String>, prefix: impl Into<String>) -> Self {
        self.config.bucket = Some(bucket.into());
        self.config.prefix = Some(prefix.into());
        self
    }

    /// The region of the bucket; default as the definition or the bucket itself says.
    #[must_use]
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.config.region = Some(region.into());
        self
    }

    /// What the session is called in the customer's CloudTrail; default `outlay`.
    #[must_use]
    pub fn session_name(mut self, name: impl Into<String>) -> Self {
        self.config.session_name = Some(name.into());
        self
    }

    /// A name for people.
    #[must_use]
    pub fn display_name(mut self, name: impl Into<String>) -> Self {
        self.config.display_name = Some(name.into());
        self
    }

    /// Another endpoint than AWS's, with buckets as part of the path.
    #[must_use]
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.config.endpoint = Some(url.into());
        self
    }

    /// Whether buckets are part of the path; default yes with an endpoint of one's own.
    #[must_use]
    pub fn path_style(mut self, path_style: bool) -> Self {
        self.config.path_style = Some(path_style);
        self
    }

    /// How often and how long AWS is asked; default [`RetryPolicy::default`].
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.config.retry = Some(policy);
        self
    }

    /// Keys of the caller, in place of those that the AWS tools find.
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

    /// The connector. Nothing is asked of AWS yet.
    ///
    /// Errors: [`Error::Option`] names the setting that makes no sense.
    pub fn build(mut self) -> Result<Connector> {
        if let (None, Some(name)) = (&self.secrets.external_id, &self.config.external_id_env) {
            let value = std::env::var(name).map_err(|_| Error::Option {
                option: "external_id_env",
                reason: format!("the environment has no variable `{name}`"),
            })?;
            self.secrets.external_id = Some(ExternalId::new(value)?);
        }
        Ok(Connector::new(Caller::new(self.config, self.secrets)?))
    }
}
