//! The caller's own set-up of the AWS SDK, and the limits of waits.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use outlay::aws_config::{BehaviorVersion, Region, SdkConfig, timeout::TimeoutConfig};
use outlay::aws_credential_types::Credentials;
use outlay::aws_credential_types::provider::error::CredentialsError;
use outlay::aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use outlay::{BillingPeriod, Connector, ConnectorBuilder, ExternalId, Reader, RetryPolicy, block_on};
use outlay_cloud::Cloud;

use crate::support::{BUCKET, EXTERNAL_ID, KEY, MONTH, ROLE, SECRET, drain, expected, read, same, world};

/// A configuration of the SDK as a program may have one, with the settings that are needed only.
fn config(cloud: &Cloud) -> SdkConfig {
    let keys = Credentials::new(KEY, SECRET, None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(cloud.endpoint())
        .credentials_provider(SharedCredentialsProvider::new(keys))
        .build()
}

fn with_role(builder: ConnectorBuilder) -> ConnectorBuilder {
    builder.role_arn(ROLE).external_id(ExternalId::new(EXTERNAL_ID).unwrap()).report_name("daily")
}

#[test]
fn the_callers_configuration_of_the_sdk_is_used() {
    let cloud = Cloud::start(world()).unwrap();
    let connector = with_role(Connector::builder().sdk_config(&config(&cloud))).build().unwrap();
    let (rows, totals) = read(&connector).unwrap();
    assert_eq!(rows, expected().0);
    same(&totals, &expected().1);
    let month: BillingPeriod = MONTH.parse().unwrap();
    let (rows, _) = drain(block_on(connector.read(month, Reader::builder())).unwrap()).unwrap();
    assert_eq!(rows, expected().0);
    assert_eq!(block_on(connector.plan(month, &Reader::builder())).unwrap().parts.len(), 3);
}

/// Counts how often credentials are asked for.
#[derive(Clone, Debug, Default)]
struct Vault(Arc<AtomicU32>);

impl ProvideCredentials for Vault {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        self.0.fetch_add(1, Ordering::Relaxed);
        future::ProvideCredentials::ready(Ok(Credentials::new(KEY, SECRET, None, None, "vault")))
    }
}

#[test]
fn the_callers_provider_of_credentials_is_asked() {
    let cloud = Cloud::start(world()).unwrap();
    let own = SdkConfig::builder().region(Region::new("us-east-1")).endpoint_url(cloud.endpoint()).build();
    let bases = [
        ("without a configuration", Connector::builder().endpoint(cloud.endpoint())),
        ("with one", Connector::builder().sdk_config(&own)),
        ("with one that has others", Connector::builder().sdk_config(&config(&cloud))),
    ];
    for (name, base) in bases {
        let vault = Vault::default();
        let connector = with_role(base.credentials_provider(vault.clone())).build().unwrap();
        assert_eq!(read(&connector).unwrap().0, expected().0, "{name}");
        assert!(vault.0.load(Ordering::Relaxed) > 0, "{name}");
    }
    let twice = Connector::builder().credentials_provider(Vault::default()).access_key(KEY, SECRET, None);
    let error = with_role(twice).build().unwrap_err();
    assert!(error.to_string().starts_with("option `credentials`: "), "{error}");
}

#[test]
fn the_callers_function_is_called_for_credentials() {
    let cloud = Cloud::start(world()).unwrap();
    let base = || with_role(Connector::builder().endpoint(cloud.endpoint()));
    let calls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&calls);
    // Each answer has expired already, so the next request asks again.
    let function = move || {
        counted.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(20));
        Ok(Credentials::new(KEY, SECRET, None, Some(std::time::SystemTime::now()), "vault"))
    };
    let connector = base().credentials(function).build().unwrap();
    assert_eq!(read(&connector).unwrap().0, expected().0);
    assert!(!format!("{connector:?}").contains(SECRET));
    let first = calls.load(Ordering::Relaxed);
    assert!(first > 0);
    assert_eq!(read(&connector.reconfigure(base().access_key(KEY, SECRET, None)).unwrap()).unwrap().0, expected().0);

    let mut retry = RetryPolicy::default();
    retry.max_attempts = 1;
    let failed: [(ConnectorBuilder, &str); 3] = [
        (base().credentials(|| Err("the vault is sealed".into())), "the vault is sealed"),
        (base().credentials_provider(Sealed), "the vault is sealed"),
        (base().credentials(|| panic!("a fault of the caller")), "a fault of the caller"),
    ];
    for (builder, reason) in failed {
        let error = block_on(builder.retry(retry).build().unwrap().periods()).unwrap_err();
        assert_eq!(error.code(), "OUTLAY_CREDENTIALS", "{error}");
        let wanted = "the caller's provider of credentials failed: ";
        assert!(error.to_string().contains(wanted) && error.to_string().contains(reason), "{error}");
    }
}

/// A provider that always fails.
#[derive(Debug)]
struct Sealed;

impl ProvideCredentials for Sealed {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err(CredentialsError::provider_error("the vault is sealed")))
    }
}

/// Has no route to anywhere, and counts who asks.
#[derive(Clone, Debug, Default)]
struct NoRoute(Arc<AtomicU32>);

impl HttpConnector for NoRoute {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        self.0.fetch_add(1, Ordering::Relaxed);
        HttpConnectorFuture::ready(Err(ConnectorError::user("the proxy is closed".into())))
    }
}

impl HttpClient for NoRoute {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

#[test]
fn the_callers_http_client_sends_the_requests() {
    let cloud = Cloud::start(world()).unwrap();
    for base in [Connector::builder().endpoint(cloud.endpoint()), Connector::builder().sdk_config(&config(&cloud))] {
        let client = NoRoute::default();
        let builder = base.http_client(client.clone()).credentials_provider(Vault::default());
        let connector = builder.location(BUCKET, "reports").build().unwrap();
        let error = block_on(connector.periods()).unwrap_err();
        assert!(error.to_string().contains("the proxy is closed"), "{error}");
        assert!(client.0.load(Ordering::Relaxed) > 0);
    }
    assert!(cloud.requests().is_empty());
}

/// An endpoint that accepts connections and never answers.
fn silent() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    (listener, address)
}

#[test]
fn a_silent_endpoint_fails_within_the_limit_of_an_operation() {
    let (_listener, address) = silent();
    let base = || Connector::builder().endpoint(&address).access_key(KEY, SECRET, None);
    let mut retry = RetryPolicy::default();
    retry.operation_timeout = Duration::from_millis(500);
    let cases = [
        ("a bucket", base().location(BUCKET, "reports").retry(retry)),
        ("a report by its name", base().report_name("daily").retry(retry)),
        ("a role", with_role(base()).retry(retry)),
    ];
    for (name, builder) in cases {
        let connector = builder.build().unwrap();
        let begun = Instant::now();
        let error = block_on(connector.periods()).unwrap_err();
        let took = begun.elapsed();
        assert_eq!(error.code(), "OUTLAY_NETWORK", "{name}: {error}");
        assert!(error.is_retryable(), "{name}");
        assert!(took < Duration::from_secs(5), "{name}: {took:?}");
    }
}

#[test]
fn waits_without_a_limit_of_the_caller_have_that_of_the_policy() {
    let (_listener, address) = silent();
    // The configuration has no timeout but the one of an attempt.
    let own = |timeouts: TimeoutConfig| {
        SdkConfig::builder().region(Region::new("us-east-1")).endpoint_url(&address).timeout_config(timeouts).build()
    };
    let builder =
        |own: SdkConfig| Connector::builder().sdk_config(&own).access_key(KEY, SECRET, None).location(BUCKET, "");
    let begun = Instant::now();
    let short = TimeoutConfig::builder().operation_timeout(Duration::from_millis(400)).build();
    assert_eq!(block_on(builder(own(short)).build().unwrap().periods()).unwrap_err().code(), "OUTLAY_NETWORK");
    // A policy replaces what the configuration disabled.
    let mut retry = RetryPolicy::default();
    retry.operation_timeout = Duration::from_millis(400);
    let connector = builder(own(TimeoutConfig::disabled())).retry(retry).build().unwrap();
    assert_eq!(block_on(connector.periods()).unwrap_err().code(), "OUTLAY_NETWORK");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    let limits = RetryPolicy::default();
    assert_eq!(limits.operation_timeout, Duration::from_secs(45));
    assert!(limits.read_timeout < limits.operation_timeout && limits.connect_timeout < limits.read_timeout);
}

#[test]
fn no_secret_of_the_callers_set_up_is_printed() {
    let cloud = Cloud::start(world()).unwrap();
    let builder = with_role(Connector::builder().sdk_config(&config(&cloud)))
        .credentials_provider(Credentials::new(KEY, SECRET, Some("session-token".to_owned()), None, "vault"))
        .http_client(NoRoute::default());
    let printed = format!("{builder:?} {builder:#?}");
    let connector = builder.build().unwrap();
    let printed = format!("{printed} {connector:?} {:?}", connector.config());
    for secret in [SECRET, EXTERNAL_ID, "session-token", KEY] {
        assert!(!printed.contains(secret), "{secret}: {printed}");
    }
}
