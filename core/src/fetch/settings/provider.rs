//! Credentials that the caller provides, and the error if that fails.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};

type Function = dyn Fn() -> Result<Credentials, Box<dyn StdError + Send + Sync>> + Send + Sync;

/// A function of the caller that returns credentials.
#[derive(Clone)]
pub(crate) struct Called(Arc<Function>);

/// A provider of the caller.
#[derive(Debug)]
pub(crate) struct Own<P>(pub(crate) P);

/// The error of a function or provider of the caller. It distinguishes it from credentials that were not found.
#[derive(Debug)]
pub(crate) struct NotProvided(Box<dyn StdError + Send + Sync>);

impl Called {
    pub(crate) fn new(
        function: impl Fn() -> Result<Credentials, Box<dyn StdError + Send + Sync>> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(function))
    }
}

impl fmt::Debug for Called {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Called")
    }
}

impl ProvideCredentials for Called {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let function = Arc::clone(&self.0);
        future::ProvideCredentials::new(async move {
            // The function may block: it waits for another program, or for another thread.
            let called = tokio::task::spawn_blocking(move || function()).await;
            let failed = |error| CredentialsError::provider_error(NotProvided(error));
            called.map_err(|panicked| failed(panicked.into())).and_then(|answer| answer.map_err(failed))
        })
    }
}

impl<P: ProvideCredentials> ProvideCredentials for Own<P> {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let provided = self.0.provide_credentials().await;
            provided.map_err(|error| CredentialsError::provider_error(NotProvided(error.into())))
        })
    }
}

impl fmt::Display for NotProvided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut next = self.0.source();
        while let Some(error) = next {
            write!(f, ": {error}")?;
            next = error.source();
        }
        Ok(())
    }
}

impl StdError for NotProvided {}
