//! Checks of the bucket and its objects.

use super::{Failure, HOUR, OF_BUCKET, fix_of};
use crate::error::Error;
use crate::fetch::aws::bucket::{Bucket, ListedObject, Sent};
use crate::fetch::aws::response::ResponseRecorder;
use crate::fetch::find::catalog::ReportDefinition;
use crate::fetch::find::delivery::Delivery;
use crate::fetch::find::place::ReportLocation;
use crate::fetch::setup::diagnosis::{Diagnosis, Verdict};
use crate::fetch::setup::policy::Access;
use crate::value::timestamp::Timestamp;

/// Deliveries are made at least once a day. After twice that time there is a warning.
const STALE_HOURS: i64 = 48;
/// AWS makes the first delivery within a day.
const FIRST_HOURS: i64 = 24;
/// The end of the key of an object that AWS writes to check its access, before the first delivery.
const TEST_OBJECT: &str = "aws-programmatic-access-test-object";
/// The checks of listed objects.
const OF_OBJECTS: &[&str] = &["manifest", "get", "kms", "freshness"];

/// Adds a finding for a failed call.
fn failed(
    code: &'static str,
    verdict: Verdict,
    failure: Failure,
    (operation, at): (&'static str, &str),
    access: &Access,
    diagnosis: &mut Diagnosis,
) {
    let error = failure.into_error(operation, at);
    let fix = fix_of(&error, access);
    diagnosis.add(code, verdict, error.finding(), fix);
}

/// Checks the bucket and its objects.
pub(super) async fn bucket(place: &ReportLocation, account: Option<&str>, access: &Access, diagnosis: &mut Diagnosis) {
    let bucket = &place.bucket;
    let name = bucket.name();
    let first = |root: &str, owner: Option<String>| {
        let root = root.to_owned();
        bucket.call(move |s3| {
            let request = s3.list_objects_v2().bucket(name).prefix(&root).max_keys(1);
            request.set_expected_bucket_owner(owner.clone()).send()
        })
    };
    let region = || bucket.region().unwrap_or_else(|| "that of the configuration".to_owned());
    // A policy may allow only the other prefix.
    let (mut root, mut listed) = (place.root(), first(place.root(), None).await);
    for other in place.roots().iter().skip(1) {
        if listed.as_ref().is_err_and(Failure::is_denied)
            && let Ok(answer) = first(other, None).await
        {
            (root, listed) = (other, Ok(answer));
        }
    }
    match listed {
        Ok(_) => {
            diagnosis.pass("bucket_region", region());
            match account {
                Some(account) => {
                    let answer = first(root, Some(account.to_owned())).await;
                    ownership(answer.err(), account, name, access, diagnosis);
                }
                None => diagnosis.skip(&["ownership"], "the caller's account is not known"),
            }
        }
        Err(failure) if failure.is_denied() => {
            diagnosis.pass("bucket_region", region());
            diagnosis.skip(&["ownership"], "the bucket cannot be listed");
            failed("list", Verdict::Failed, failure, ("s3:ListBucket", name), access, diagnosis);
            diagnosis.skip(OF_OBJECTS, "the bucket cannot be listed");
            return;
        }
        Err(failure) => {
            let is_none = failure.status == 404;
            let error = failure.into_error("s3:ListBucket", name);
            let fix = match is_none {
                true => "check the bucket's name, account and partition",
                false => "check that this machine can reach S3, and that the endpoint and region are correct",
            };
            diagnosis.add("bucket_region", Verdict::Failed, error.finding(), Some(fix.to_owned()));
            diagnosis.skip(&OF_BUCKET[1..], "the bucket could not be reached");
            return;
        }
    }
    let listed = match place.list_some().await {
        Ok(objects) if objects.is_empty() && place.definition.is_none() => {
            let fix = "correct the bucket and prefix; if the report is new, verify again 24 hours after it was created";
            diagnosis.add("list", Verdict::Failed, place.nothing().await.to_string(), Some(fix.to_owned()));
            diagnosis.skip(OF_OBJECTS, "no object has the prefix");
            return;
        }
        Ok(objects) => objects,
        Err(error) => {
            diagnosis.add("list", Verdict::Failed, error.finding(), fix_of(&error, access));
            diagnosis.skip(OF_OBJECTS, "the bucket cannot be listed");
            return;
        }
    };
    list_seen(place, &listed, diagnosis);
    objects(place, &listed, access, diagnosis).await;
}

/// Checks that the bucket belongs to the account of the report, by the result of a request that requires it.
fn ownership(failure: Option<Failure>, account: &str, bucket: &str, access: &Access, diagnosis: &mut Diagnosis) {
    match failure {
        None => diagnosis.pass("ownership", format!("the bucket belongs to {account}")),
        Some(failure) if failure.is_denied() => {
            let seen = format!("the bucket does not belong to {account}");
            let fix = "make sure that the owner of the bucket may read and change this bill";
            diagnosis.add("ownership", Verdict::Warning, seen, Some(fix.to_owned()));
        }
        Some(failure) => {
            failed("ownership", Verdict::Warning, failure, ("s3:ListBucket", bucket), access, diagnosis);
        }
    }
}

fn list_seen(place: &ReportLocation, objects: &[ListedObject], diagnosis: &mut Diagnosis) {
    match objects {
        [] => {
            let fix = "wait for the first delivery, which comes within 24 hours after the report was created";
            let seen = format!("there are no objects below {}", place.describe());
            diagnosis.add("list", Verdict::Warning, seen, Some(fix.to_owned()));
        }
        objects => diagnosis.pass("list", format!("{} objects or more below {}", objects.len(), place.describe())),
    }
}

/// Checks the manifest, a part, its key, and the age of the delivery.
async fn objects(place: &ReportLocation, listed: &[ListedObject], access: &Access, diagnosis: &mut Diagnosis) {
    let now = Timestamp::now();
    let newest = match place.newest_period(now).await {
        Ok(newest) => newest,
        Err(Error::SourceChanged { .. }) => {
            let seen = "a delivery is being written at this moment";
            diagnosis.add("manifest", Verdict::Warning, seen, Some("verify again in some minutes".to_owned()));
            diagnosis.skip(&OF_OBJECTS[1..], seen);
            return;
        }
        Err(error) => {
            let is_kms = is_of_kms(&error);
            let fix = if is_kms { fix_of_kms(&error, access) } else { fix_of(&error, access) };
            let code = match (&error, is_kms) {
                (_, true) => "kms",
                (Error::Denied { .. }, _) => "get",
                _ => "manifest",
            };
            diagnosis.add(code, Verdict::Failed, error.finding(), fix);
            let rest: Vec<&str> = OF_OBJECTS.iter().copied().filter(|other| *other != code).collect();
            diagnosis.skip(&rest, "the manifest could not be read");
            return;
        }
    };
    let Some(delivery) = newest.and_then(|period| period.delivery) else {
        let is_other = |object: &ListedObject| !object.key.ends_with(TEST_OBJECT);
        if place.definition.is_none() && listed.iter().any(is_other) {
            let seen = format!("none of the objects below {} is the manifest of a month", place.describe());
            let fix = "correct the prefix: it is that of the report's keys, before the folders of the months";
            diagnosis.add("manifest", Verdict::Failed, seen, Some(fix.to_owned()));
            return diagnosis.skip(&OF_OBJECTS[1..], "there is no manifest");
        }
        return pending(place.definition.as_ref(), now, diagnosis);
    };
    diagnosis.pass("manifest", format!("{} lists {} parts", delivery.manifest, delivery.parts.len()));
    get(&place.bucket, &delivery, access, diagnosis).await;
    let hours = now.seconds_since(delivery.written) / HOUR;
    let seen = format!("the last delivery is {hours} hours old");
    match hours {
        ..=STALE_HOURS => diagnosis.pass("freshness", seen),
        _ => {
            let fix = "check the report's status in the console, and that AWS may still write to the bucket".to_owned();
            diagnosis.add("freshness", Verdict::Warning, seen, Some(fix));
        }
    }
}

/// Nothing has been delivered, which is correct for a new report.
fn pending(definition: Option<&ReportDefinition>, now: Timestamp, diagnosis: &mut Diagnosis) {
    diagnosis.add("manifest", Verdict::Warning, "nothing is delivered yet", None);
    diagnosis.skip(&["get", "kms"], "nothing is delivered yet");
    let created = definition.and_then(|definition| definition.created);
    let hours = created.map(|created| now.seconds_since(created) / HOUR);
    let (verdict, seen, fix) = match hours {
        Some(hours) if hours > FIRST_HOURS => (
            Verdict::Failed,
            format!("the export was created {hours} hours ago, and nothing is delivered yet"),
            "check the export's status in the console, and that AWS may write to the bucket".to_owned(),
        ),
        Some(hours) => (
            Verdict::Warning,
            format!("the first delivery is pending: the export was created {hours} hours ago"),
            format!("verify again {FIRST_HOURS} hours after it was created"),
        ),
        None => (
            Verdict::Warning,
            format!("the first delivery is pending; it comes within {FIRST_HOURS} hours"),
            "if the report is older than a day, check its status in the console".to_owned(),
        ),
    };
    diagnosis.add("freshness", verdict, seen, Some(fix));
}

/// Requests one byte of a part, which is sufficient.
async fn get(bucket: &Bucket, delivery: &Delivery, access: &Access, diagnosis: &mut Diagnosis) {
    let Some(part) = delivery.parts.iter().find(|part| part.size > 0) else {
        return diagnosis.skip(&["get", "kms"], "the manifest lists no parts yet");
    };
    match bucket.range(&part.key, part.etag.as_deref(), Some(0..1), &ResponseRecorder::default()).await {
        Ok(answer) if answer.sent() == Sent::Others => {
            let fix = "check how the store, or a proxy in front of it, handles requests with Range".to_owned();
            let seen = answer.refuse(&bucket.place(&part.key)).to_string();
            diagnosis.add("get", Verdict::Failed, seen, Some(fix));
            diagnosis.skip(&["kms"], "the part could not be read");
        }
        Ok(answer) => {
            diagnosis.pass("get", format!("{} can be read", part.key));
            match answer.object.ssekms_key_id() {
                Some(key) => diagnosis.pass("kms", format!("encrypted with {key}, and can be read")),
                None => diagnosis.skip(&["kms"], "no key of KMS is in use"),
            }
        }
        Err(failure) => {
            let error = failure.into_error("s3:GetObject", &bucket.place(&part.key));
            let is_kms = is_of_kms(&error);
            let (code, other) = if is_kms { ("kms", "get") } else { ("get", "kms") };
            let fix = if is_kms { fix_of_kms(&error, access) } else { fix_of(&error, access) };
            diagnosis.add(code, Verdict::Failed, error.finding(), fix);
            diagnosis.skip(&[other], "the part could not be read");
        }
    }
}

/// Returns whether the KMS key is denied, not the object.
fn is_of_kms(error: &Error) -> bool {
    match error {
        Error::Denied { message, .. } => message.contains("kms:") || message.contains("ciphertext refers to"),
        Error::Aws { aws_code, .. } => aws_code.starts_with("KMS"),
        _ => false,
    }
}

/// Returns the statement for the key, which AWS's message usually names.
fn fix_of_kms(error: &Error, access: &Access) -> Option<String> {
    let text = error.finding();
    let key = text.split_whitespace().find(|word| word.starts_with("arn:") && word.contains(":kms:"));
    match key {
        Some(key) => access.clone().kms_key(key.trim_end_matches(['.', ',', '"'])).allowing("kms:Decrypt"),
        None => access.allowing("kms:Decrypt"),
    }
}
