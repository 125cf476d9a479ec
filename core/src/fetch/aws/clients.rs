//! Credentials, and the clients that sign with them.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::error::ProvideErrorMetadata;
use tokio::sync::RwLock;
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

use super::cause::Cause;
use super::failure::{Failed, Failure};
use crate::error::{Error, Result};
use crate::fetch::settings::config::{ConnectorConfig, Secrets};
use crate::fetch::settings::role::{Partition, Role};

/// The default name of the session in CloudTrail.
pub(crate) const SESSION_NAME: &str = "outlay";
/// The maximum duration of a role assumed with the credentials of another role (AWS: role chaining).
const SESSION: Duration = Duration::from_secs(3_600);
/// How long before their expiry credentials are renewed.
const BUFFER: Duration = Duration::from_secs(60);

/// The clients of a connector. They share one connection pool and one credential cache.
pub(crate) struct Clients {
    /// The configuration for reading the report.
    config: SdkConfig,
    partition: Partition,
    /// The configuration with the caller's own credentials, which assume the role.
    own: SdkConfig,
    path_style: bool,
    s3: Mutex<HashMap<String, aws_sdk_s3::Client>>,
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The SDK's configuration would print the external ID.
        f.write_str("Clients")
    }
}

impl Clients {
    async fn build(config: &ConnectorConfig, secrets: &Secrets, role: Option<&Role>) -> Self {
        let retry = config.retry();
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(retry.max_attempts)
                    .with_initial_backoff(retry.initial_backoff)
                    .with_max_backoff(retry.max_backoff),
            )
            .identity_cache(IdentityCache::lazy().buffer_time(BUFFER).build())
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(retry.connect_timeout)
                    .read_timeout(retry.read_timeout)
                    .build(),
            )
            .stalled_stream_protection(
                StalledStreamProtectionConfig::enabled().grace_period(retry.stall_timeout).build(),
            );
        if let Some(endpoint) = &config.endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        if let Some(key) = &secrets.access_key {
            let keys = Credentials::new(&key.id, &key.secret, key.session_token.clone(), None, "outlay");
            loader = loader.credentials_provider(keys);
        }
        let mut own = loader.load().await;
        let found = own.region().map(|region| Partition::of_region(region.as_ref()));
        let partition = role.map(|role| role.partition).or_else(|| partition(config)).or(found).unwrap_or_default();
        // The region of the bucket may not be enabled for the caller's account.
        if found != Some(partition) {
            own = own.into_builder().region(Region::new(partition.home_region())).build();
        }
        let mut assumed = own.clone();
        if let Some(role) = role {
            let mut provider = AssumeRoleProvider::builder(&role.arn)
                .session_name(config.session_name.as_deref().unwrap_or(SESSION_NAME))
                .session_length(SESSION)
                .configure(&own);
            if let Some(external_id) = &secrets.external_id {
                provider = provider.external_id(external_id.reveal());
            }
            let provider = SharedCredentialsProvider::new(provider.build().await);
            let cache = IdentityCache::lazy().buffer_time(BUFFER).build();
            assumed = own.to_builder().credentials_provider(provider).identity_cache(cache).build();
        }
        let path_style = config.path_style.unwrap_or(config.endpoint.is_some() || own.endpoint_url().is_some());
        Self { config: assumed, partition, own, path_style, s3: Mutex::default() }
    }

    fn in_region(&self, region: &str) -> SdkConfig {
        self.config.to_builder().region(Region::new(region.to_owned())).build()
    }

    /// Returns the S3 client of a region. Default: the configured region.
    pub(crate) fn s3(&self, region: Option<&str>) -> aws_sdk_s3::Client {
        let region = match region {
            Some(region) => region.to_owned(),
            None => self.config.region().map(|region| region.as_ref().to_owned()).unwrap_or_default(),
        };
        let mut clients = self.s3.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || {
            let config = aws_sdk_s3::config::Builder::from(&self.in_region(&region)).force_path_style(self.path_style);
            aws_sdk_s3::Client::from_conf(config.build())
        };
        clients.entry(region.clone()).or_insert_with(new).clone()
    }

    /// Returns an STS client with the caller's own credentials.
    pub(crate) fn own_sts(&self) -> aws_sdk_sts::Client {
        aws_sdk_sts::Client::new(&self.own)
    }

    pub(crate) fn reports(&self) -> aws_sdk_costandusagereport::Client {
        aws_sdk_costandusagereport::Client::new(&self.in_region(self.partition.home_region()))
    }

    pub(crate) fn exports(&self) -> aws_sdk_bcmdataexports::Client {
        aws_sdk_bcmdataexports::Client::new(&self.in_region(self.partition.home_region()))
    }

    #[cfg(feature = "discover")]
    pub(crate) fn organizations(&self) -> aws_sdk_organizations::Client {
        aws_sdk_organizations::Client::new(&self.in_region(self.partition.home_region()))
    }

    #[cfg(feature = "reconcile")]
    pub(crate) fn cost_explorer(&self) -> aws_sdk_costexplorer::Client {
        aws_sdk_costexplorer::Client::new(&self.in_region(self.partition.home_region()))
    }
}

/// Returns the partition of the configured region.
fn partition(config: &ConnectorConfig) -> Option<Partition> {
    config.region.as_deref().map(Partition::of_region)
}

/// Calls AWS for one connector.
#[derive(Debug)]
pub(crate) struct AwsCaller {
    pub(crate) config: ConnectorConfig,
    pub(crate) role: Option<Role>,
    pub(crate) secrets: Secrets,
    /// The clients, with the number of times that they were built.
    clients: RwLock<(u64, Option<Arc<Clients>>)>,
}

impl AwsCaller {
    pub(crate) fn new(config: ConnectorConfig, secrets: Secrets) -> Result<Self> {
        let config = config.located()?;
        config.validate()?;
        let role = config.role()?;
        if secrets.external_id.is_some() && role.is_none() {
            let reason = "an external ID is given with a role; set the role as well".to_owned();
            return Err(Error::Option { option: "external_id", reason });
        }
        Ok(Self { config, role, secrets, clients: RwLock::default() })
    }

    /// Returns the partition.
    pub(crate) async fn partition(&self) -> Partition {
        self.clients().await.1.partition
    }

    /// Returns the current clients.
    pub(crate) async fn clients(&self) -> (u64, Arc<Clients>) {
        if let (built, Some(clients)) = &*self.clients.read().await {
            return (*built, Arc::clone(clients));
        }
        self.renew(0).await
    }

    /// Builds clients with new credentials, unless another call has done so.
    async fn renew(&self, known: u64) -> (u64, Arc<Clients>) {
        let mut current = self.clients.write().await;
        if let (built, Some(clients)) = &*current
            && *built != known
        {
            return (*built, Arc::clone(clients));
        }
        let clients = Arc::new(Clients::build(&self.config, &self.secrets, self.role.as_ref()).await);
        *current = (known + 1, Some(Arc::clone(&clients)));
        (known + 1, clients)
    }

    /// Returns the errors of the SDK, without secrets.
    pub(crate) fn cause(&self, error: &(dyn std::error::Error + 'static)) -> Cause {
        Cause::of(error, &self.secrets.texts())
    }

    /// Makes a call, and repeats it with new credentials if AWS reports that the old ones have expired, which the SDK
    /// does not handle.
    pub(crate) async fn call<T, E, F>(&self, make: impl Fn(Arc<Clients>) -> F) -> Result<T, Failure>
    where
        E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
        F: Future<Output = Result<T, Failed<E>>>,
    {
        // At its finest level the SDK logs whole requests, including the external ID and the session token.
        let quiet = |future: F| future.with_subscriber(NoSubscriber::default());
        let failure = |error| Failure::of(&error, &self.secrets.texts());
        let (built, clients) = self.clients().await;
        match quiet(make(clients)).await {
            Ok(answer) => Ok(answer),
            Err(error) => {
                let failed = failure(error);
                if !failed.is_expired() {
                    return Err(failed);
                }
                tracing::debug!("credentials have expired and are renewed");
                let (_, clients) = self.renew(built).await;
                quiet(make(clients)).await.map_err(failure)
            }
        }
    }
}
