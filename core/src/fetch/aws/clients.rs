//! Credentials, and the clients that sign with them.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
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
use aws_sdk_s3::config::SharedIdentityCache;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_smithy_async::rt::sleep::default_async_sleep;
use aws_smithy_async::time::SharedTimeSource;
use tokio::sync::RwLock;
use tracing::instrument::{WithDispatch, WithSubscriber};
use tracing::subscriber::NoSubscriber;

use super::cause::Cause;
use super::failure::{Failed, Failure};
use crate::error::{Error, Result};
use crate::fetch::settings::config::{ConnectorConfig, OwnSdk, Secrets};
use crate::fetch::settings::retry::RetryPolicy;
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
    async fn build(config: &ConnectorConfig, secrets: &Secrets, sdk: &OwnSdk, role: Option<&Role>) -> Self {
        let mut own = match &sdk.config {
            Some(given) => with_limits(given, config),
            None => Self::load(config, secrets, sdk).await,
        };
        if sdk.config.is_some() {
            let mut builder = own.into_builder();
            if let Some(endpoint) = &config.endpoint {
                builder.set_endpoint_url(Some(endpoint.clone()));
            }
            if let Some(client) = &sdk.http_client {
                builder.set_http_client(Some(client.clone()));
            }
            if let Some(provider) = own_credentials(secrets, sdk) {
                // Credentials in the caller's cache are those of the caller's own provider.
                builder.set_credentials_provider(Some(provider));
                builder.set_identity_cache(Some(identity_cache()));
            }
            own = builder.build();
        }
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
            let mut builder = own.to_builder().credentials_provider(provider);
            builder.set_identity_cache(Some(identity_cache()));
            assumed = builder.build();
        }
        let path_style = config.path_style.unwrap_or(config.endpoint.is_some() || own.endpoint_url().is_some());
        Self { config: assumed, partition, own, path_style, s3: Mutex::default() }
    }

    /// Loads what the AWS tools find.
    async fn load(config: &ConnectorConfig, secrets: &Secrets, sdk: &OwnSdk) -> SdkConfig {
        let retry = config.retry();
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .retry_config(retries(&retry))
            .identity_cache(identity_cache())
            .timeout_config(timeouts(&retry))
            .stalled_stream_protection(stalls(&retry));
        if let Some(endpoint) = &config.endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        if let Some(client) = &sdk.http_client {
            loader = loader.http_client(client.clone());
        }
        if let Some(provider) = own_credentials(secrets, sdk) {
            loader = loader.credentials_provider(provider);
        }
        loader.load().await
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

/// Returns the credentials that the caller set, if any.
fn own_credentials(secrets: &Secrets, sdk: &OwnSdk) -> Option<SharedCredentialsProvider> {
    let key = secrets.access_key.as_ref().map(|key| {
        let keys = Credentials::new(&key.id, &key.secret, key.session_token.clone(), None, "outlay");
        SharedCredentialsProvider::new(keys)
    });
    key.or_else(|| sdk.credentials.clone())
}

/// Returns the caller's configuration of the SDK, with a limit for each wait: those of the connector's policy if it was
/// set, and otherwise the caller's own, completed by the default policy.
fn with_limits(given: &SdkConfig, config: &ConnectorConfig) -> SdkConfig {
    let retry = config.retry();
    let is_set = config.retry.is_some();
    let mut builder = given.to_builder();
    builder.set_timeout_config(Some(match given.timeout_config() {
        Some(own) if !is_set => own.to_builder().take_unset_from(timeouts(&retry).into_builder()).build(),
        _ => timeouts(&retry),
    }));
    if is_set || given.retry_config().is_none() {
        builder.set_retry_config(Some(retries(&retry)));
    }
    if is_set || given.stalled_stream_protection().is_none() {
        builder.set_stalled_stream_protection(Some(stalls(&retry)));
    }
    // Some providers of the SDK panic without them.
    if given.time_source().is_none() {
        builder.set_time_source(Some(SharedTimeSource::default()));
    }
    if given.sleep_impl().is_none() {
        builder.set_sleep_impl(default_async_sleep());
    }
    if given.behavior_version().is_none() {
        builder.set_behavior_version(Some(BehaviorVersion::v2026_01_12()));
    }
    builder.build()
}

fn retries(retry: &RetryPolicy) -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(retry.max_attempts)
        .with_initial_backoff(retry.initial_backoff)
        .with_max_backoff(retry.max_backoff)
}

fn timeouts(retry: &RetryPolicy) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(retry.connect_timeout)
        .read_timeout(retry.read_timeout)
        .operation_timeout(retry.operation_timeout)
        .build()
}

fn stalls(retry: &RetryPolicy) -> StalledStreamProtectionConfig {
    StalledStreamProtectionConfig::enabled().grace_period(retry.stall_timeout).build()
}

fn identity_cache() -> SharedIdentityCache {
    IdentityCache::lazy().buffer_time(BUFFER).build()
}

/// Discards the events of the SDK: at its finest level it logs whole requests, including the external ID and the session
/// token. The future is boxed, since the compiler limits how deeply the types of futures contain each other.
pub(crate) fn quiet<F: Future>(future: F) -> WithDispatch<Pin<Box<F>>> {
    Box::pin(future).with_subscriber(NoSubscriber::default())
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
    sdk: OwnSdk,
    /// The clients, with the number of times that they were built.
    clients: RwLock<(u64, Option<Arc<Clients>>)>,
}

impl AwsCaller {
    pub(crate) fn new(config: ConnectorConfig, secrets: Secrets, sdk: OwnSdk) -> Result<Self> {
        let config = config.located()?;
        config.validate()?;
        let role = config.role()?;
        if secrets.external_id.is_some() && role.is_none() {
            let reason = "an external ID is given with a role; set the role as well".to_owned();
            return Err(Error::Option { option: "external_id", reason });
        }
        if secrets.access_key.is_some() && sdk.credentials.is_some() {
            let reason = "an access key and a provider of credentials are given: set one of them".to_owned();
            return Err(Error::Option { option: "credentials", reason });
        }
        Ok(Self { config, role, secrets, sdk, clients: RwLock::default() })
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
        let built = Clients::build(&self.config, &self.secrets, &self.sdk, self.role.as_ref());
        let clients = Arc::new(quiet(built).await);
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
        let failure = |error| Failure::of(&error, &self.secrets.texts());
        let (built, clients) = self.clients().await;
        match quiet(async { make(clients).await }).await {
            Ok(answer) => Ok(answer),
            Err(error) => {
                let failed = failure(error);
                if !failed.is_expired() {
                    return Err(failed);
                }
                tracing::debug!("credentials have expired and are renewed");
                let (_, clients) = self.renew(built).await;
                quiet(async { make(clients).await }).await.map_err(failure)
            }
        }
    }
}
