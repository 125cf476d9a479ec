//! S3: objects and what is said of buckets. Reading only.

use crate::access::{allowed, check, unmentioned};
use crate::answer::Answer;
use crate::bucket::Bucket;
use crate::call::{Call, Service};
use crate::identity::Identity;
use crate::listing;
use crate::object::Object;
use crate::policy::Question;
use crate::refusal::{Reason, Refusal};
use crate::text::element;
use crate::time;
use crate::world::World;

const DECRYPT: &str = "kms:Decrypt";

/// Answers a request to S3.
pub(crate) fn answer(world: &World, identity: &Identity, call: &Call) -> Result<Answer, Refusal> {
    let played = ["GetObject", "HeadObject", "HeadBucket", "GetBucketLocation", "ListObjectsV2"];
    if !played.contains(&call.operation.as_str()) {
        return Err(Refusal::because(Service::S3, Reason::NotPlayed));
    }
    let name = call.bucket.as_deref().unwrap_or_default();
    let bucket = world.buckets.get(name).ok_or_else(|| {
        Refusal::new(404, "NoSuchBucket", "The specified bucket does not exist").element("BucketName", name)
    })?;
    in_region(bucket, identity, call)?;
    let tell_region = |refusal: Refusal| match call.operation.as_str() {
        "HeadBucket" | "ListObjectsV2" => refusal.header("x-amz-bucket-region", bucket.region.clone()),
        _ => refusal,
    };
    check(world, identity, call).map_err(tell_region)?;
    if let (Some(expected), Some(owner)) = (call.header("x-amz-expected-bucket-owner"), &bucket.owner)
        && expected != owner
    {
        return Err(tell_region(Refusal::new(403, "AccessDenied", "Access Denied")));
    }
    match call.operation.as_str() {
        "HeadBucket" => Ok(Answer::empty(200, vec![("x-amz-bucket-region", bucket.region.clone())])),
        "GetBucketLocation" => Ok(location(bucket)),
        "ListObjectsV2" => listing::answer(bucket, call),
        _ => object(world, bucket, identity, call),
    }
}

/// Refuses what is signed for another region than the bucket's.
fn in_region(bucket: &Bucket, identity: &Identity, call: &Call) -> Result<(), Refusal> {
    let (right, signed) = (bucket.region.as_str(), identity.region.as_str());
    let everywhere = call.operation == "GetBucketLocation" && signed == "us-east-1";
    if right == signed || everywhere {
        return Ok(());
    }
    if signed == "us-east-1" {
        let message =
            format!("The authorization header is malformed; the region '{signed}' is wrong; expecting '{right}'");
        let refusal = Refusal::new(400, "AuthorizationHeaderMalformed", message).element("Region", right);
        return Err(refusal.header("x-amz-bucket-region", right));
    }
    Err(moved(&bucket.name, right))
}

/// The answer to those who look for a bucket in the wrong region.
pub(crate) fn moved(bucket: &str, region: &str) -> Refusal {
    let message = "The bucket you are attempting to access must be addressed using the specified endpoint. \
                   Please send all future requests to this endpoint.";
    Refusal::new(301, "PermanentRedirect", message)
        .element("Endpoint", format!("{bucket}.s3.{region}.amazonaws.com"))
        .element("Bucket", bucket)
        .header("x-amz-bucket-region", region)
}

fn location(bucket: &Bucket) -> Answer {
    let space = "http://s3.amazonaws.com/doc/2006-03-01/";
    // The oldest region has no name here.
    let region = if bucket.region == "us-east-1" { "" } else { &bucket.region };
    Answer::xml(format!("<LocationConstraint xmlns=\"{space}\">{region}</LocationConstraint>"))
}

fn object(world: &World, bucket: &Bucket, identity: &Identity, call: &Call) -> Result<Answer, Refusal> {
    let key = call.key.as_deref().unwrap_or_default();
    let Some(object) = bucket.objects.get(key) else {
        // Those who may not list are not told what is missing.
        let (action, resource) = ("s3:ListBucket", format!("arn:aws:s3:::{}", bucket.name));
        let question = Question { action, resource: &resource, keys: &[] };
        allowed(world, identity, Service::S3, &question)?;
        let missing = Refusal::new(404, "NoSuchKey", "The specified key does not exist.");
        return Err(missing.element("Key", key));
    };
    let failed = |condition: &str| {
        let message = "At least one of the pre-conditions you specified did not hold";
        Refusal::new(412, "PreconditionFailed", message).element("Condition", condition)
    };
    let is = |wanted: &str| wanted == "*" || wanted.trim_matches('"') == object.etag.trim_matches('"');
    if call.header("if-match").is_some_and(|wanted| !is(wanted)) {
        return Err(failed("If-Match"));
    }
    let mut headers = vec![
        ("etag", object.etag.clone()),
        ("last-modified", time::http(object.modified)),
        ("accept-ranges", "bytes".to_owned()),
    ];
    if call.header("if-none-match").is_some_and(is) {
        return Ok(Answer::empty(304, headers));
    }
    headers.push(("content-type", "binary/octet-stream".to_owned()));
    if let Some(kms_key) = object.kms_key.as_ref().or(bucket.kms_key.as_ref()) {
        if !call.head {
            let via = format!("s3.{}.amazonaws.com", bucket.region);
            let question = Question { action: DECRYPT, resource: kms_key, keys: &[("kms:ViaService", &via)] };
            allowed(world, identity, Service::S3, &question).map_err(|_| no_decrypt(&identity.arn, kms_key))?;
        }
        headers.push(("x-amz-server-side-encryption", "aws:kms".to_owned()));
        headers.push(("x-amz-server-side-encryption-aws-kms-key-id", kms_key.clone()));
    }
    let (status, first, length) = match range(object, call)? {
        Some((first, length)) => {
            let last = first + length - 1;
            headers.push(("content-range", format!("bytes {first}-{last}/{}", object.length)));
            (206, first, length)
        }
        None => (200, 0, object.length),
    };
    if call.head {
        headers.push(("content-length", length.to_string()));
        return Ok(Answer::empty(status, headers));
    }
    Ok(Answer::object(status, headers, object.content.clone(), first, length))
}

/// The answer to those who may not use a key.
pub(crate) fn no_decrypt(arn: &str, kms_key: &str) -> Refusal {
    let message =
        format!("User: {arn} is not authorized to perform: {DECRYPT} on resource: {kms_key} {}", unmentioned(DECRYPT));
    Refusal::new(403, "AccessDenied", message)
}

/// First byte and length of what is asked for; nothing when that is the whole object.
///
/// # Errors
///
/// The refusal when the range has no byte of the object.
pub(crate) fn range(object: &Object, call: &Call) -> Result<Option<(u64, u64)>, Refusal> {
    let Some(text) = call.header("range") else { return Ok(None) };
    // Like S3: what cannot be read, and more than one range, are for the whole object.
    let Some((first, last)) = text.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Ok(None);
    };
    let end = object.length;
    let span = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => first..end.min(last.saturating_add(1)),
        (Ok(first), Err(_)) if last.is_empty() => first..end,
        (Err(_), Ok(count)) if first.is_empty() => end.saturating_sub(count)..end,
        _ => return Ok(None),
    };
    if span.is_empty() {
        return Err(Refusal::new(416, "InvalidRange", "The requested range is not satisfiable")
            .element("RangeRequested", text)
            .element("ActualObjectSize", end.to_string())
            .header("content-range", format!("bytes */{end}")));
    }
    Ok(Some((span.start, span.end - span.start)))
}

/// One more element of an S3 answer, for listings.
pub(crate) fn optional(name: &str, text: Option<&str>) -> String {
    text.map(|text| element(name, text)).unwrap_or_default()
}
