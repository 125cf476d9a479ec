//! What the AWS SDK says when something fails → one of our errors, with AWS's own code.
//!
//! The SDK hides what STS said four levels down its chain of sources; here it is dug out.

use std::error::Error as StdError;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sts::operation::assume_role::AssumeRoleError;

use super::cause::{Cause, clean};
use crate::error::{Error, Location};

/// What is known of a failed call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Failure {
    /// AWS's code, or the HTTP status where an answer has no body.
    pub(crate) code: Option<String>,
    pub(crate) message: String,
    pub(crate) status: u16,
    /// Another region's bucket says which.
    pub(crate) region: Option<String>,
    /// Whether AWS answered that all is well, with a body that cannot be understood. The SDK does not repeat such a call.
    pub(crate) is_unread: bool,
    kind: Kind,
    /// What the SDK said, level by level.
    cause: Option<Cause>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    /// AWS answered.
    #[default]
    Answer,
    /// It did not.
    Network,
    /// The request could not be made.
    Request,
    /// Nothing was asked, for there are no credentials to sign with.
    NoCredentials,
    /// The role could not be assumed.
    Role,
}

/// An error of any operation.
pub(crate) type Failed<E> = SdkError<E, HttpResponse>;

impl Failure {
    /// What a failed call says, without these secrets, which AWS may quote.
    pub(crate) fn of<E>(error: &Failed<E>, secrets: &[&str]) -> Self
    where
        E: StdError + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let mut failure = Self::default();
        if let Some(response) = error.raw_response() {
            failure.status = response.status().as_u16();
            failure.region = response.headers().get("x-amz-bucket-region").map(str::to_owned);
        }
        if let SdkError::ServiceError(service) = error {
            let error = service.err();
            failure.code = error.code().map(str::to_owned);
            failure.message = error.message().map(|message| clean(message, secrets)).unwrap_or_default();
        }
        if failure.code.is_none() && failure.status != 0 {
            failure.code = status_code(failure.status).map(str::to_owned);
        }
        // One that says that all is well, and then breaks off or is none of AWS's, is no answer.
        let is_success = (200..300).contains(&failure.status);
        failure.is_unread = is_success && matches!(error, SdkError::ServiceError(_)) && failure.code.is_none();
        let is_broken = is_success && matches!(error, SdkError::ResponseError(_)) || failure.is_unread;
        if failure.status == 0 || is_broken {
            failure.kind =
                if matches!(error, SdkError::ConstructionFailure(_)) { Kind::Request } else { Kind::Network };
            failure.dig(error, secrets);
        }
        failure.cause = Some(Cause::of(error, secrets));
        failure
    }

    /// Looks behind an error for what STS or the credentials' provider said.
    fn dig(&mut self, error: &(dyn StdError + 'static), secrets: &[&str]) {
        let mut said = error.to_string();
        let mut next = error.source();
        while let Some(error) = next {
            if let Some(role) = error.downcast_ref::<SdkError<AssumeRoleError, HttpResponse>>() {
                let asked = Self::of(role, secrets);
                // That STS does not answer, or asks to slow down, says nothing of the role.
                let is_answer = asked.kind == Kind::Answer && !asked.is_throttled() && asked.status < 500;
                *self = Self { kind: if is_answer { Kind::Role } else { asked.kind }, ..asked };
                return;
            }
            if error.is::<CredentialsError>() {
                self.kind = Kind::NoCredentials;
            }
            said = error.to_string();
            next = error.source();
        }
        // The innermost source is the plainest: "connection refused".
        self.message = clean(&said, secrets);
    }

    /// Whether the credentials were good once and are no more.
    pub(crate) fn is_expired(&self) -> bool {
        matches!(
            self.code.as_deref(),
            Some("ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" | "RequestExpired")
        )
    }

    pub(crate) fn is_denied(&self) -> bool {
        matches!(
            self.code.as_deref(),
            Some(
                "AccessDenied" | "AccessDeniedException" | "AllAccessDisabled" | "UnauthorizedOperation" | "Forbidden"
            )
        )
    }

    fn is_throttled(&self) -> bool {
        matches!(
            self.code.as_deref(),
            Some(
                "SlowDown"
                    | "Throttling"
                    | "ThrottlingException"
                    | "ThrottledException"
                    | "TooManyRequestsException"
                    | "RequestLimitExceeded"
                    | "LimitExceededException"
            )
        ) || self.status == 503
    }

    /// Lists that do not end.
    pub(crate) fn endless() -> Self {
        let message = "the list does not end".to_owned();
        Self { code: Some("TooManyPages".to_owned()), message, ..Self::default() }
    }

    /// The error for an operation on something.
    pub(crate) fn into_error(mut self, operation: &'static str, at: &str) -> Error {
        let at = Box::new(Location::object(at));
        let source = self.cause.take().map(|cause| Box::new(cause) as _);
        match self.kind {
            Kind::Network => {
                let message = if self.message.is_empty() { "no answer".to_owned() } else { self.message };
                return Error::Network { at, operation, message, source };
            }
            Kind::NoCredentials => {
                let message = format!("{operation} wants credentials, and none could be had: {}", self.message);
                return Error::Credentials { operation, aws_code: None, message, source };
            }
            Kind::Role => {
                let denied = "the role does not trust the caller, does not exist, or wants another external ID, or the \
                              caller may not assume it";
                let message = if self.is_denied() { denied.to_owned() } else { self.message };
                return Error::Credentials { operation: "sts:AssumeRole", aws_code: self.code, message, source };
            }
            Kind::Request => {
                let aws_code = "InvalidRequest".to_owned();
                return Error::Aws { at, operation, aws_code, message: self.message, source };
            }
            Kind::Answer => {}
        }
        if self.is_throttled() {
            let aws_code = self.code.unwrap_or_else(|| self.status.to_string());
            return Error::Throttled { at, operation, aws_code, source };
        }
        let bad_keys = [
            "InvalidAccessKeyId",
            "SignatureDoesNotMatch",
            "InvalidClientTokenId",
            "UnrecognizedClientException",
            "InvalidToken",
        ];
        if self.is_expired() || self.code.as_deref().is_some_and(|code| bad_keys.contains(&code)) {
            return Error::Credentials { operation, aws_code: self.code, message: self.message, source };
        }
        if self.status >= 500 {
            let message = format!("AWS failed with {}: {}", self.status, self.message);
            return Error::Network { at, operation, message, source };
        }
        let is_denied = self.is_denied();
        let aws_code = self.code.unwrap_or_else(|| self.status.to_string());
        if is_denied {
            return Error::Denied { at, operation, aws_code, message: self.message, source };
        }
        Error::Aws { at, operation, aws_code, message: self.message, source }
    }
}

/// Answers to `HEAD` have no body, and so no code.
fn status_code(status: u16) -> Option<&'static str> {
    match status {
        301 => Some("PermanentRedirect"),
        400 => Some("BadRequest"),
        403 => Some("AccessDenied"),
        404 => Some("NotFound"),
        412 => Some("PreconditionFailed"),
        416 => Some("InvalidRange"),
        503 => Some("SlowDown"),
        _ => None,
    }
}

/// The address of an object.
pub(crate) fn place(bucket: &str, key: &str) -> String {
    format!("s3://{bucket}/{key}")
}
