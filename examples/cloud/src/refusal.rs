//! Answers that refuse, in the words of each service.

use crate::call::Service;
use crate::text::element;

/// An answer that refuses.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
    /// Further elements of an S3 error.
    pub(crate) elements: Vec<(&'static str, String)>,
    pub(crate) headers: Vec<(&'static str, String)>,
}

/// Why a request is refused, where the services have words of their own for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The request is not signed.
    Unsigned,
    /// The signature's header cannot be read.
    Malformed,
    /// No user has that access key id.
    UnknownKey,
    /// The session token is missing or another one.
    WrongToken,
    /// The session is over.
    Expired,
    /// Too many requests.
    Throttled,
    /// The service failed.
    Internal,
    /// The operation is not played.
    NotPlayed,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into(), elements: Vec::new(), headers: Vec::new() }
    }

    pub(crate) fn element(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.elements.push((name, text.into()));
        self
    }

    pub(crate) fn header(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.headers.push((name, text.into()));
        self
    }

    /// The refusal in the words of a service.
    pub(crate) fn because(service: Service, reason: Reason) -> Self {
        let (status, code, message) = match service {
            Service::S3 => match reason {
                Reason::Unsigned => (403, "AccessDenied", "Access Denied"),
                Reason::Malformed => (400, "AuthorizationHeaderMalformed", "The authorization header is malformed."),
                Reason::UnknownKey => {
                    (403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
                }
                Reason::WrongToken => (400, "InvalidToken", "The provided token is malformed or otherwise invalid."),
                Reason::Expired => (400, "ExpiredToken", "The provided token has expired."),
                Reason::Throttled => (503, "SlowDown", "Please reduce your request rate."),
                Reason::Internal => (500, "InternalError", "We encountered an internal error. Please try again."),
                Reason::NotPlayed => {
                    (501, "NotImplemented", "A header you provided implies functionality that is not implemented")
                }
            },
            Service::Sts => match reason {
                Reason::Unsigned => (403, "MissingAuthenticationToken", "Request is missing Authentication Token"),
                Reason::Malformed => {
                    (400, "IncompleteSignature", "The request signature does not conform to AWS standards.")
                }
                Reason::UnknownKey | Reason::WrongToken => {
                    (403, "InvalidClientTokenId", "The security token included in the request is invalid.")
                }
                Reason::Expired => (403, "ExpiredToken", "The security token included in the request is expired"),
                Reason::Throttled => (400, "Throttling", "Rate exceeded"),
                Reason::Internal => (500, "InternalFailure", "An internal failure has occurred."),
                Reason::NotPlayed => (400, "InvalidAction", "Could not find operation for version 2011-06-15"),
            },
            _ => match reason {
                Reason::Unsigned => (400, "MissingAuthenticationTokenException", "Missing Authentication Token"),
                Reason::Malformed => {
                    (400, "IncompleteSignatureException", "The request signature does not conform to AWS standards.")
                }
                Reason::UnknownKey | Reason::WrongToken => {
                    (400, "UnrecognizedClientException", "The security token included in the request is invalid.")
                }
                Reason::Expired => {
                    (400, "ExpiredTokenException", "The security token included in the request is expired")
                }
                Reason::Throttled if service == Service::Organizations => {
                    (400, "TooManyRequestsException", "AWS Organizations can't complete your request. Try again later.")
                }
                Reason::Throttled => (400, "ThrottlingException", "Rate exceeded"),
                Reason::Internal => (500, "InternalFailure", "An internal failure has occurred."),
                Reason::NotPlayed => (400, "UnknownOperationException", ""),
            },
        };
        Self::new(status, code, message)
    }

    /// The refusal of an action that no policy allows, or that one denies.
    ///
    /// `why` is how AWS ends the sentence, for example `because no identity-based policy allows the s3:GetObject action`.
    pub(crate) fn denied(service: Service, arn: &str, action: &str, resource: &str, why: &str) -> Self {
        let mut message = format!("User: {arn} is not authorized to perform: {action}");
        match service {
            Service::S3 => message.push_str(&format!(" on resource: \"{resource}\" {why}")),
            Service::Sts => message.push_str(&format!(" on resource: {resource}")),
            _ if resource != "*" => message.push_str(&format!(" on resource: {resource} {why}")),
            _ => message.push_str(&format!(" {why}")),
        }
        match service {
            Service::S3 | Service::Sts => Self::new(403, "AccessDenied", message),
            _ => Self::new(400, "AccessDeniedException", message),
        }
    }

    /// The body and its content type.
    pub(crate) fn body(&self, service: Service, request: &str) -> (String, &'static str) {
        match service {
            Service::S3 => {
                let mut error = element("Code", &self.code) + &element("Message", &self.message);
                for (name, text) in &self.elements {
                    error += &element(name, text);
                }
                let ids = element("RequestId", request) + &element("HostId", request);
                (format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>{error}{ids}</Error>"), "application/xml")
            }
            Service::Sts => {
                let kind = if self.status < 500 { "Sender" } else { "Receiver" };
                let error = element("Type", kind) + &element("Code", &self.code) + &element("Message", &self.message);
                let id = element("RequestId", request);
                let space = "https://sts.amazonaws.com/doc/2011-06-15/";
                (format!("<ErrorResponse xmlns=\"{space}\"><Error>{error}</Error>{id}</ErrorResponse>"), "text/xml")
            }
            _ => {
                let message = if self.code == "AccessDeniedException" { "Message" } else { "message" };
                let body = serde_json::json!({"__type": self.code, message: self.message});
                (body.to_string(), "application/x-amz-json-1.1")
            }
        }
    }
}
