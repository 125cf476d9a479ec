//! The identities that sign requests.
//!
//! A request must be signed, with a known access key and its session token. The signature itself is not verified, so that no secret
//! is needed.

use std::collections::HashMap;
use std::time::SystemTime;

use crate::call::{Call, Service};
use crate::refusal::{Reason, Refusal};
use crate::world::World;

/// The identity that signed a request.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    /// The ARN, as returned by `GetCallerIdentity`.
    pub(crate) arn: String,
    /// The ARN of the user, or of the role of a session.
    pub(crate) principal: String,
    pub(crate) account: String,
    /// `AIDA...`, or `AROA...:session`.
    pub(crate) user_id: String,
    /// Whether the identity is a session of a role.
    pub(crate) session: bool,
    /// The region in the signature.
    pub(crate) region: String,
}

/// Issued credentials.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) identity: Identity,
    pub(crate) token: String,
    pub(crate) expires: SystemTime,
}

/// The contents of the header `Authorization`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Signature<'a> {
    pub(crate) access_key_id: &'a str,
    pub(crate) region: &'a str,
    service: &'a str,
}

impl<'a> Signature<'a> {
    /// Parses `AWS4-HMAC-SHA256 Credential=<key>/<day>/<region>/<service>/aws4_request, SignedHeaders=.., Signature=<64 hex>`.
    pub(crate) fn parse(header: &'a str) -> Option<Self> {
        let fields: HashMap<&str, &str> = header
            .strip_prefix("AWS4-HMAC-SHA256 ")?
            .split(',')
            .filter_map(|field| field.trim().split_once('='))
            .collect();
        let signature = fields.get("Signature")?;
        let names = fields.get("SignedHeaders")?;
        if signature.len() != 64 || !signature.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        if !names.split(';').any(|name| name == "host") {
            return None;
        }
        let scope: Vec<&str> = fields.get("Credential")?.split('/').collect();
        let [access_key_id, day, region, service, "aws4_request"] = scope.as_slice() else { return None };
        (day.len() == 8).then_some(Self { access_key_id, region, service })
    }
}

/// Identifies the signer of a request.
///
/// # Errors
///
/// The error for a request that is not signed, is signed for another service, or has invalid credentials.
pub(crate) fn identify(world: &World, sessions: &HashMap<String, Session>, call: &Call) -> Result<Identity, Refusal> {
    let refused = |reason| Refusal::because(call.service, reason);
    let header = call.header("authorization").ok_or_else(|| refused(Reason::Unsigned))?;
    let signature = Signature::parse(header).ok_or_else(|| refused(Reason::Malformed))?;
    if signature.service != call.service.name() || call.header("x-amz-date").is_none() {
        return Err(refused(Reason::Malformed));
    }
    let token = call.header("x-amz-security-token");
    let region = signature.region.to_owned();
    let identity = if let Some(session) = sessions.get(signature.access_key_id) {
        if token != Some(&session.token) {
            return Err(refused(Reason::WrongToken));
        }
        if session.expires <= SystemTime::now() {
            return Err(refused(Reason::Expired));
        }
        Identity { region, ..session.identity.clone() }
    } else {
        let user = world.users.iter().find(|user| user.access_key_id == signature.access_key_id);
        let user = user.ok_or_else(|| refused(Reason::UnknownKey))?;
        if token.is_some() {
            return Err(refused(Reason::WrongToken));
        }
        Identity {
            arn: user.arn.clone(),
            principal: user.arn.clone(),
            account: account_of(&user.arn).to_owned(),
            user_id: user.access_key_id.replacen("AKIA", "AIDA", 1),
            session: false,
            region,
        }
    };
    let home = home_region(partition_of(&identity.arn));
    if !matches!(call.service, Service::S3 | Service::Sts) && identity.region != home {
        let message = format!("Credential should be scoped to a valid region, not '{}'. ", identity.region);
        return Err(Refusal::new(400, "InvalidSignatureException", message));
    }
    Ok(identity)
}

/// Returns the account of an ARN: `123456789012` of `arn:aws:iam::123456789012:role/name`.
pub(crate) fn account_of(arn: &str) -> &str {
    arn.split(':').nth(4).unwrap_or_default()
}

/// Returns the partition of an ARN: `aws`, `aws-cn` or `aws-us-gov`.
pub(crate) fn partition_of(arn: &str) -> &str {
    arn.split(':').nth(1).unwrap_or("aws")
}

/// Returns the region of a partition's global services.
fn home_region(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "cn-northwest-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "us-east-1",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures() {
        let hex = "0".repeat(64);
        let whole = format!(
            "AWS4-HMAC-SHA256 Credential=AKIA1/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature={hex}"
        );
        let expected = Signature { access_key_id: "AKIA1", region: "eu-west-1", service: "s3" };
        assert_eq!(Signature::parse(&whole), Some(expected));
        for (name, broken) in [
            ("another algorithm", whole.replace("SHA256", "SHA1")),
            ("short signature", whole.replace(&hex, "00")),
            ("no scope", whole.replace("/aws4_request", "")),
            ("host not signed", whole.replace("host;", "")),
            ("basic", "Basic QUtJQQ==".to_owned()),
        ] {
            assert_eq!(Signature::parse(&broken), None, "{name}");
        }
    }
}
