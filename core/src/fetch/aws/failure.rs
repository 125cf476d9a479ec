//! Conversion of errors of the AWS SDK to [`Error`], with AWS's codes.
//!
//! The SDK hides the error of STS four levels down its chain of sources; it is extracted here.

use std::error::Error as StdError;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sts::operation::assume_role::AssumeRoleError;

use super::cause::{Cause, clean};
use crate::error::{Error, Location, clip};
use crate::fetch::settings::provider::NotProvided;

/// The headers with the id of a request: of S3, and of other services.
const REQUEST_IDS: [&str; 2] = ["x-amz-request-id", "x-amzn-requestid"];

/// A failed call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Failure {
    /// AWS's code, or one for the HTTP status of a response without body.
    pub(crate) code: Option<String>,
    pub(crate) message: String,
    pub(crate) status: u16,
    /// The region of the bucket, if it is in another one.
    pub(crate) region: Option<String>,
    /// The id that AWS gave the request.
    pub(crate) request_id: Option<String>,
    /// Whether the response was successful but its body invalid. The SDK does not retry such a call.
    pub(crate) is_unread: bool,
    kind: Kind,
    /// The errors of the SDK, one per level.
    cause: Option<Cause>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    /// AWS returned an error.
    #[default]
    Answer,
    /// There was no response.
    Network,
    /// The request could not be constructed.
    Request,
    /// No request was sent, because there are no credentials to sign with.
    NoCredentials,
    /// No request was sent, because the caller's provider of credentials failed.
    NotProvided,
    /// The role could not be assumed.
    Role,
}

/// The error of any operation.
pub(crate) type Failed<E> = SdkError<E, HttpResponse>;

impl Failure {
    /// Converts the error of a call, and removes the given secrets, which AWS's message may quote.
    pub(crate) fn of<E>(error: &Failed<E>, secrets: &[&str]) -> Self
    where
        E: StdError + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let mut failure = Self::default();
        if let Some(response) = error.raw_response() {
            failure.status = response.status().as_u16();
            failure.region = response.headers().get("x-amz-bucket-region").map(str::to_owned);
            let id = REQUEST_IDS.iter().find_map(|name| response.headers().get(*name));
            failure.request_id = id.map(|id| clean(id, secrets));
        }
        if let SdkError::ServiceError(service) = error {
            let error = service.err();
            failure.code = error.code().map(str::to_owned);
            failure.message = error.message().map(|message| clean(message, secrets)).unwrap_or_default();
        }
        if failure.code.is_none() && failure.status != 0 {
            failure.code = status_code(failure.status).map(str::to_owned);
        }
        // A successful response that is incomplete or not from AWS is not a response.
        let is_success = (200..300).contains(&failure.status);
        failure.is_unread = is_success && matches!(error, SdkError::ServiceError(_)) && failure.code.is_none();
        let is_broken = is_success && matches!(error, SdkError::ResponseError(_)) || failure.is_unread;
        if failure.status == 0 || is_broken {
            failure.kind =
                if matches!(error, SdkError::ConstructionFailure(_)) { Kind::Request } else { Kind::Network };
            failure.set_root_cause(error, secrets);
        }
        failure.cause = Some(Cause::of(error, secrets));
        failure
    }

    /// Searches the sources of an error for errors of STS or of the credentials provider.
    fn set_root_cause(&mut self, error: &(dyn StdError + 'static), secrets: &[&str]) {
        let mut said = error.to_string();
        let mut next = error.source();
        while let Some(error) = next {
            if let Some(role) = error.downcast_ref::<SdkError<AssumeRoleError, HttpResponse>>() {
                let asked = Self::of(role, secrets);
                // If STS does not respond or throttles, the role may still be valid.
                let is_answer = asked.kind == Kind::Answer && !asked.is_throttled() && asked.status < 500;
                *self = Self { kind: if is_answer { Kind::Role } else { asked.kind }, ..asked };
                return;
            }
            if error.is::<NotProvided>() {
                self.kind = Kind::NotProvided;
            } else if error.is::<CredentialsError>() {
                self.kind = Kind::NoCredentials;
            }
            said = error.to_string();
            next = error.source();
        }
        // The innermost source is the most specific one: "connection refused".
        self.message = clean(&said, secrets);
    }

    /// Returns whether the credentials have expired.
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

    /// Returns whether nothing listens at the endpoint.
    pub(crate) fn is_refused(&self) -> bool {
        self.kind == Kind::Network && says_refused(&self.message)
    }

    /// Returns whether the same call may succeed later.
    pub(crate) fn may_pass(&self) -> bool {
        self.kind == Kind::Network || self.is_throttled() || self.status >= 500
    }

    /// Returns the failure for a list that does not end.
    pub(crate) fn endless() -> Self {
        let message = "the list does not end".to_owned();
        Self { code: Some("TooManyPages".to_owned()), message, ..Self::default() }
    }

    /// Returns the error for an operation on an object or service.
    pub(crate) fn into_error(mut self, operation: &'static str, at: &str) -> Error {
        let at = Box::new(Location::object(at));
        let request_id = self.request_id.take();
        let source = self.cause.take().map(|cause| Box::new(cause) as _);
        match self.kind {
            Kind::Network => {
                let message = if self.message.is_empty() { "no answer".to_owned() } else { self.message };
                return Error::Network { at, operation, message, request_id, source };
            }
            Kind::NoCredentials => {
                let message = no_credentials(std::env::var("AWS_PROFILE").ok().as_deref(), &self.message);
                return Error::Credentials { operation, aws_code: None, message, request_id, source };
            }
            Kind::NotProvided => {
                let message = format!("the caller's provider of credentials failed: {}", self.message);
                return Error::Credentials { operation, aws_code: None, message, request_id, source };
            }
            Kind::Role => {
                let denied = "the role does not trust the caller, does not exist, or wants another external ID, or the \
                              caller may not assume it";
                let message = if self.is_denied() { denied.to_owned() } else { self.message };
                return Error::Credentials {
                    operation: "sts:AssumeRole",
                    aws_code: self.code,
                    message,
                    request_id,
                    source,
                };
            }
            Kind::Request => {
                let aws_code = "InvalidRequest".to_owned();
                return Error::Aws { at, operation, aws_code, message: self.message, request_id, source };
            }
            Kind::Answer => {}
        }
        if self.is_throttled() {
            let aws_code = self.code.unwrap_or_else(|| self.status.to_string());
            return Error::Throttled { at, operation, aws_code, request_id, source };
        }
        let bad_keys = [
            "InvalidAccessKeyId",
            "SignatureDoesNotMatch",
            "InvalidClientTokenId",
            "UnrecognizedClientException",
            "InvalidToken",
        ];
        if self.is_expired() || self.code.as_deref().is_some_and(|code| bad_keys.contains(&code)) {
            return Error::Credentials { operation, aws_code: self.code, message: self.message, request_id, source };
        }
        if self.status >= 500 {
            let message = format!("AWS failed with {}: {}", self.status, self.message);
            return Error::Network { at, operation, message, request_id, source };
        }
        let is_denied = self.is_denied();
        let aws_code = self.code.unwrap_or_else(|| self.status.to_string());
        if is_denied {
            return Error::Denied { at, operation, aws_code, message: self.message, request_id, source };
        }
        Error::Aws { at, operation, aws_code, message: self.message, request_id, source }
    }
}

/// Returns whether nothing listens at the endpoint of a call.
pub(crate) fn is_refused(error: &Error) -> bool {
    matches!(error, Error::Network { message, .. } if says_refused(message))
}

/// Returns whether a message is that of a refused connection, of Unix or Windows.
fn says_refused(message: &str) -> bool {
    message.starts_with("Connection refused") || message.contains("actively refused it")
}

/// Returns the message for a call without credentials: where they were looked for, and what usually helps. `said` is
/// what the last place answered.
fn no_credentials(profile: Option<&str>, said: &str) -> String {
    let profile = match profile {
        Some(name) => format!("the profile `{}` of AWS_PROFILE", clip(name.as_bytes())),
        None => "the profile `default`, since AWS_PROFILE is not set".to_owned(),
    };
    format!(
        "no credentials were found; looked for in this order: the variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, \
         {profile}, a web identity, the container, the instance (IMDS). Set AWS_PROFILE, run `aws sso login` if the profile uses \
         it, or set the variables. The last answer was: {said}"
    )
}

/// Responses to `HEAD` have no body, and so no code.
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

/// Returns the address of an object.
pub(crate) fn place(bucket: &str, key: &str) -> String {
    format!("s3://{bucket}/{key}")
}
