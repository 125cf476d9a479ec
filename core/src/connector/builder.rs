//! The builder of connectors.

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_s3::config::{HttpClient, SharedHttpClient};

use super::Connector;
use crate::error::Result;
use crate::fetch::aws::clients::AwsCaller;
use crate::fetch::settings::config::{AccessKey, ConnectorConfig, OwnSdk, Secrets};
use crate::fetch::settings::external_id::ExternalId;
use crate::fetch::settings::provider::{Called, Own};
use crate::fetch::settings::retry::RetryPolicy;
use crate::fetch::settings::role::Role;

/// Settings of a connector, created by [`Connector::builder`].
#[derive(Clone, Debug, Default)]
pub struct ConnectorBuilder {
    config: ConnectorConfig,
    secrets: Secrets,
    sdk: OwnSdk,
}

impl ConnectorBuilder {
    pub(super) fn of(config: ConnectorConfig) -> Self {
        Self { config, secrets: Secrets::default(), sdk: OwnSdk::default() }
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

    /// Sets the caller's configuration of the AWS SDK, in place of what the AWS tools find: its region, credentials, HTTP
    /// client, proxy, endpoints, FIPS, application name. The other methods of this builder come before it, in any order.
    ///
    /// A timeout that it does not set is that of [`RetryPolicy::default`]; [`ConnectorBuilder::retry`] replaces all of its
    /// retries and timeouts. A role is assumed with its credentials.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), outlay::Error> {
    /// use outlay::aws_config::{BehaviorVersion, Region};
    ///
    /// let config = outlay::aws_config::defaults(BehaviorVersion::latest()).region(Region::new("eu-central-1")).load().await;
    /// let connector = outlay::Connector::builder().sdk_config(&config).report_name("daily").build()?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn sdk_config(mut self, config: &SdkConfig) -> Self {
        self.sdk.config = Some(config.clone());
        self
    }

    /// Sets a provider of the caller's credentials, in place of those that the AWS tools find: from a vault, a chain of
    /// roles, a test. The AWS SDK asks it again before credentials expire. A role is assumed with them.
    ///
    /// # Examples
    ///
    /// ```
    /// use outlay::aws_credential_types::Credentials;
    ///
    /// let fixed = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI", None, None, "vault");
    /// let connector = outlay::Connector::builder().credentials_provider(fixed).report_name("daily").build()?;
    /// assert!(!format!("{connector:?}").contains("wJalrXUtnFEMI"));
    /// # Ok::<(), outlay::Error>(())
    /// ```
    #[must_use]
    pub fn credentials_provider(mut self, provider: impl ProvideCredentials + 'static) -> Self {
        self.sdk.credentials = Some(SharedCredentialsProvider::new(Own(provider)));
        self
    }

    /// Sets a function that returns the caller's credentials, in place of those that the AWS tools find. It is called on a
    /// thread that it may block, for the first request and again before credentials expire. A role is assumed with them.
    ///
    /// # Examples
    ///
    /// ```
    /// use outlay::aws_credential_types::Credentials;
    ///
    /// let connector = outlay::Connector::builder()
    ///     .credentials(|| Ok(Credentials::new("AKIDEXAMPLE", std::env::var("VAULT_SECRET")?, None, None, "vault")))
    ///     .report_name("daily")
    ///     .build()?;
    /// # Ok::<(), outlay::Error>(())
    /// ```
    #[must_use]
    pub fn credentials(
        mut self,
        function: impl Fn() -> std::result::Result<Credentials, Box<dyn std::error::Error + Send + Sync>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        self.sdk.credentials = Some(SharedCredentialsProvider::new(Called::new(function)));
        self
    }

    /// Sets the HTTP client of all requests, in place of the SDK's own: with a proxy, certificates, or limits of its
    /// own. The trait is that of `aws-smithy-runtime-api`, which `aws_sdk_s3::config` exports as well.
    #[must_use]
    pub fn http_client(mut self, client: impl HttpClient + 'static) -> Self {
        self.sdk.http_client = Some(SharedHttpClient::new(client));
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
        Ok(Connector::new(AwsCaller::new(self.config, self.secrets, self.sdk)?))
    }
}
