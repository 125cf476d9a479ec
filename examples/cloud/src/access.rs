//! Authorization of requests by the policies of identities.

use crate::call::{Call, Service};
use crate::identity::{Identity, partition_of};
use crate::policy::{Question, Verdict};
use crate::refusal::Refusal;
use crate::world::World;

/// Returns the action that a request requires, and its resource: `*` for actions without a resource.
pub(crate) fn needed(identity: &Identity, call: &Call) -> (String, String) {
    let partition = partition_of(&identity.arn);
    let bucket = || format!("arn:{partition}:s3:::{}", call.bucket.as_deref().unwrap_or_default());
    let service = call.service.name();
    let action = format!("{service}:{}", call.operation);
    match (call.service, call.operation.as_str()) {
        (Service::S3, "GetObject" | "HeadObject") => {
            ("s3:GetObject".to_owned(), format!("{}/{}", bucket(), call.key.as_deref().unwrap_or_default()))
        }
        (Service::S3, "ListObjectsV2" | "HeadBucket") => ("s3:ListBucket".to_owned(), bucket()),
        (Service::S3, _) => (action, bucket()),
        (Service::Sts, "AssumeRole") => (action, call.parameter("RoleArn").unwrap_or("*").to_owned()),
        (Service::Exports, _) => (action, call.member("ExportArn").unwrap_or("*").to_owned()),
        (Service::CostExplorer, operation) => {
            (action, format!("arn:{partition}:ce:us-east-1:{}:/{operation}", identity.account))
        }
        _ => (action, "*".to_owned()),
    }
}

/// Checks that an identity has the permission that a request requires.
///
/// # Errors
///
/// The service's error for a denied request.
pub(crate) fn check(world: &World, identity: &Identity, call: &Call) -> Result<(), Refusal> {
    let (action, resource) = needed(identity, call);
    let bucket = call.bucket.as_ref().and_then(|name| world.buckets.get(name));
    let keys: Vec<_> = [
        ("s3:prefix", call.parameter("prefix")),
        ("s3:delimiter", call.parameter("delimiter")),
        ("aws:ResourceAccount", bucket.and_then(|bucket| bucket.owner.as_deref())),
        ("aws:PrincipalAccount", Some(identity.account.as_str())),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some((key, value?)))
    .collect();
    allowed(world, identity, call.service, &Question { action: &action, resource: &resource, keys: &keys })
}

/// Evaluates the policy of an identity. An identity without a policy has all permissions.
///
/// # Errors
///
/// The service's error for a denied request.
pub(crate) fn allowed(
    world: &World,
    identity: &Identity,
    service: Service,
    question: &Question<'_>,
) -> Result<(), Refusal> {
    let why = match world.policy(&identity.principal).map_or(Verdict::Allowed, |policy| policy.identity(question)) {
        Verdict::Allowed => return Ok(()),
        Verdict::NotAllowed => unmentioned(question.action),
        Verdict::Denied => "with an explicit deny in an identity-based policy".to_owned(),
    };
    Err(Refusal::denied(service, &identity.arn, question.action, question.resource, &why))
}

/// Returns the end of AWS's message for an action that no policy allows.
pub(crate) fn unmentioned(action: &str) -> String {
    format!("because no identity-based policy allows the {action} action")
}
