//! A set-up → a diagnosis: every probe in order, going on after a failure where that makes sense. Nothing is changed by it.

use std::sync::Arc;

use super::bucket::{Bucket, Listed};
use super::catalog::{ReportDefinition, ReportKind};
use super::clients::Caller;
use super::delivery::{Delivery, Place};
use super::diagnosis::{Diagnosis, Verdict};
use super::failure::Failure;
use super::policy::Access;
use super::remote::now;
use crate::error::Error;

/// Deliveries are made at least once a day; twice that long without one is worth a word.
const STALE_HOURS: i64 = 48;
const HOUR: i64 = 3_600;
const MICROS: i64 = 1_000_000;

/// The probes after those of the role, for when there is no role to go on with.
const AFTER_ROLE: &[&str] = &[
    "report_definition",
    "bucket_region",
    "ownership",
    "list",
    "manifest",
    "get",
    "kms",
    "freshness",
    "organizations",
    "cost_explorer",
];
/// The probes of the bucket.
const OF_BUCKET: &[&str] = &["bucket_region", "ownership", "list", "manifest", "get", "kms", "freshness"];
/// The probes of what a listing shows.
const OF_OBJECTS: &[&str] = &["manifest", "get", "kms", "freshness"];

/// Looks at everything that reading a report needs.
pub(crate) async fn verify(caller: &Arc<Caller>, place: Result<Place, Error>) -> Diagnosis {
    let mut diagnosis = Diagnosis::default();
    let Some(own_account) = credentials(caller, &mut diagnosis).await else {
        diagnosis.skip(&["assume_role", "external_id"], "there are no credentials to go on with");
        diagnosis.skip(AFTER_ROLE, "there are no credentials to go on with");
        return diagnosis;
    };
    if !assume_role(caller, &own_account, &mut diagnosis).await {
        diagnosis.skip(AFTER_ROLE, "the role could not be assumed");
        return diagnosis;
    }
    let account = caller.role.as_ref().map_or(own_account, |role| role.account.clone());
    let access = access(caller, place.as_ref().ok()).await;
    match &place {
        Ok(place) => {
            match &place.definition {
                Some(definition) => defined(definition, &mut diagnosis),
                None => diagnosis.skip(&["report_definition"], "the report is found by its bucket and prefix"),
            }
            bucket(place, &account, &access, &mut diagnosis).await;
        }
        Err(error) => {
            let create = "create the report in Billing and Cost Management > Data Exports, or name another";
            let is_none = matches!(error, Error::NoReport { .. });
            let fix = fix_of(error, &access).or_else(|| is_none.then(|| create.to_owned()));
            diagnosis.add("report_definition", Verdict::Failed, error.to_string(), fix);
            diagnosis.skip(OF_BUCKET, "it is not known where the report lies");
        }
    }
    organizations(caller, &access, &mut diagnosis).await;
    cost_explorer(caller, &access, &mut diagnosis).await;
    diagnosis
}

/// The rights to what is configured, as far as it is known.
async fn access(caller: &Caller, place: Option<&Place>) -> Access {
    let (bucket, prefix) = match place {
        Some(place) => (place.bucket.name().to_owned(), place.root().to_owned()),
        None => (
            caller.config.bucket.clone().unwrap_or_else(|| "BUCKET".to_owned()),
            caller.config.prefix.clone().unwrap_or_default(),
        ),
    };
    Access::to(bucket, prefix).partition(caller.partition().await.name())
}

/// The statement that an error asks for.
fn fix_of(error: &Error, access: &Access) -> Option<String> {
    let Error::Denied { operation, .. } = error else { return None };
    access.allowing(operation).map(|statement| format!("add to the role's policy: {statement}"))
}

/// A failed call as a finding.
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
    diagnosis.add(code, verdict, error.to_string(), fix);
}

/// The caller's own account; `None` without credentials.
async fn credentials(caller: &Caller, diagnosis: &mut Diagnosis) -> Option<String> {
    match caller.call(|clients| clients.own_sts().get_caller_identity().send()).await {
        Ok(identity) => {
            diagnosis.pass("credentials", format!("the caller is {}", identity.arn().unwrap_or("somebody")));
            Some(identity.account().unwrap_or_default().to_owned())
        }
        Err(failure) => {
            let error = failure.into_error("sts:GetCallerIdentity", "STS");
            let fix = match &error {
                Error::Credentials { .. } => {
                    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in as `aws configure` does"
                }
                _ => "look whether this machine reaches STS, and whether the endpoint is right",
            };
            diagnosis.add("credentials", Verdict::Failed, error.to_string(), Some(fix.to_owned()));
            None
        }
    }
}

/// Whether the role can be assumed; and whether it can be without the external ID, which it must not.
async fn assume_role(caller: &Caller, own_account: &str, diagnosis: &mut Diagnosis) -> bool {
    let Some(role) = &caller.role else {
        diagnosis.skip(&["assume_role", "external_id"], "no role is configured; the caller's own credentials read");
        return true;
    };
    let session = caller.config.session_name.as_deref().unwrap_or("outlay");
    let assume = |external_id: Option<String>| {
        caller.call(move |clients| {
            let request = clients.own_sts().assume_role().role_arn(&role.arn).role_session_name(session);
            request.set_external_id(external_id.clone()).send()
        })
    };
    let external_id = caller.secrets.external_id.as_ref().map(|external_id| external_id.reveal().to_owned());
    if let Err(failure) = assume(external_id.clone()).await {
        let fix = format!(
            "let the role's trust policy name arn:{}:iam::{own_account}:root as Principal, sts:AssumeRole as Action, and this \
             connector's external ID as Condition sts:ExternalId; AWS does not say which of them is wrong",
            role.partition.name()
        );
        let error = failure.into_error("sts:AssumeRole", &role.arn);
        diagnosis.add("assume_role", Verdict::Failed, error.to_string(), Some(fix));
        diagnosis.skip(&["external_id"], "the role could not be assumed");
        return false;
    }
    diagnosis.pass("assume_role", format!("{} can be assumed", role.arn));
    let is_foreign = role.account != own_account;
    match external_id {
        None if is_foreign => {
            let fix = "generate an external ID, and ask for it in the role's trust policy (Condition sts:ExternalId)";
            let seen =
                "a role of another account is assumed without an external ID: whoever names it to you reads it, too";
            diagnosis.add("external_id", Verdict::Warning, seen, Some(fix.to_owned()));
        }
        None => diagnosis.skip(&["external_id"], "none is configured, and the role is of the caller's own account"),
        // The same call without it must be refused.
        Some(_) => match assume(None).await {
            Err(failure) if failure.is_denied() => {
                diagnosis.pass("external_id", "accepted, and without it the role is refused");
            }
            Err(failure) => {
                let seen = format!("accepted; without it: {}", failure.into_error("sts:AssumeRole", &role.arn));
                diagnosis.add("external_id", Verdict::Warning, seen, None);
            }
            Ok(_) => {
                let seen = "the role can be assumed without the external ID as well: it is open to the confused deputy";
                let fix = "add Condition {\"StringEquals\": {\"sts:ExternalId\": ...}} to the role's trust policy";
                diagnosis.add("external_id", Verdict::Warning, seen, Some(fix.to_owned()));
            }
        },
    }
    true
}

/// What of a definition should be otherwise.
fn defined(definition: &ReportDefinition, diagnosis: &mut Diagnosis) {
    diagnosis.pass("report_definition", definition.describe());
    let edit = match definition.is_export() {
        true => "create the export anew in Data Exports, for this setting cannot be changed later",
        false => "edit the report in Billing and Cost Management > Cost & Usage Reports",
    };
    match &definition.kind {
        ReportKind::Table(table) => {
            let seen = format!("it is an export of {table}, which this version does not read");
            let fix = "name a report, or an export of COST_AND_USAGE_REPORT".to_owned();
            diagnosis.add("report_kind", Verdict::Failed, seen, Some(fix));
        }
        ReportKind::Legacy => diagnosis.pass("report_kind", "a Cost and Usage Report"),
        ReportKind::Cur2 => diagnosis.pass("report_kind", "an export of COST_AND_USAGE_REPORT"),
    }
    let is_readable = matches!(definition.format.as_str(), "textORcsv" | "TEXT_OR_CSV")
        && matches!(definition.compression.as_str(), "GZIP" | "ZIP");
    let seen = format!("{} with {}", definition.format, definition.compression);
    match is_readable {
        true => diagnosis.pass("report_format", seen),
        false => {
            let fix = format!("choose CSV with GZIP, which is what this version reads: {edit}");
            diagnosis.add("report_format", Verdict::Failed, seen, Some(fix));
        }
    }
    let mut want = |code, holds: bool, seen: &str, lacks: &str, fix: &str| match holds {
        true => diagnosis.pass(code, seen),
        false => diagnosis.add(code, Verdict::Warning, lacks, Some(format!("{fix}: {edit}"))),
    };
    want(
        "resource_ids",
        definition.has_resource_ids,
        "rows name their resources",
        "rows do not name their resources: ResourceId, ResourceName and ResourceType will be empty",
        "include resource IDs",
    );
    want(
        "hourly",
        definition.time_unit.as_deref() == Some("HOURLY"),
        "rows are hourly",
        "rows are not hourly: unused commitment is only known by the day or month",
        "choose hourly time granularity",
    );
    want(
        "refresh",
        definition.refreshes_closed,
        "closed months are delivered again when they change",
        "closed months are not delivered again: refunds and credits after the invoice are missing",
        "turn on the refresh of closed months",
    );
    want(
        "versioning",
        !definition.overwrites,
        "each delivery has a folder of its own",
        "each delivery overwrites the one before: a read that meets a new one has to start over",
        "choose to create new report versions",
    );
    if definition.roots().len() > 1 {
        let seen = "it has no prefix: a bucket that holds nothing else is needed to limit the role to it";
        let fix = format!("give the report a prefix: {edit}");
        diagnosis.add("prefix", Verdict::Warning, seen, Some(fix));
    } else {
        diagnosis.pass("prefix", definition.prefix.clone());
    }
    if let Some(status) = definition.status.as_deref().filter(|status| !matches!(*status, "SUCCESS" | "HEALTHY")) {
        let fix =
            "let the bucket's policy allow billingreports.amazonaws.com and bcm-data-exports.amazonaws.com to write";
        let seen = format!("AWS could not deliver: {status}");
        diagnosis.add("delivery_status", Verdict::Failed, seen, Some(fix.to_owned()));
    }
}

/// The probes of the bucket and of what lies in it.
async fn bucket(place: &Place, account: &str, access: &Access, diagnosis: &mut Diagnosis) {
    let bucket = &place.bucket;
    let name = bucket.name();
    let first = |owner: Option<String>| {
        bucket.call(move |s3| {
            let request = s3.list_objects_v2().bucket(name).prefix(place.root()).max_keys(1);
            request.set_expected_bucket_owner(owner.clone()).send()
        })
    };
    let region = || bucket.region().unwrap_or_else(|| "that of the configuration".to_owned());
    match first(None).await {
        Ok(_) => {
            diagnosis.pass("bucket_region", region());
            match first(Some(account.to_owned())).await {
                Ok(_) => diagnosis.pass("ownership", format!("the bucket belongs to {account}")),
                Err(failure) if failure.is_denied() => {
                    let seen = format!("the bucket does not belong to {account}");
                    let fix = "make sure that the owner of the bucket is one that may see, and change, this bill";
                    diagnosis.add("ownership", Verdict::Warning, seen, Some(fix.to_owned()));
                }
                Err(failure) => {
                    failed("ownership", Verdict::Warning, failure, ("s3:ListBucket", name), access, diagnosis);
                }
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
                true => "look at the bucket's name, and in which account and partition it is",
                false => "look whether this machine reaches S3, and whether the endpoint and region are right",
            };
            diagnosis.add("bucket_region", Verdict::Failed, error.to_string(), Some(fix.to_owned()));
            diagnosis.skip(&OF_BUCKET[1..], "the bucket could not be reached");
            return;
        }
    }
    match place.list_some().await {
        Ok(objects) => list_seen(place, &objects, diagnosis),
        Err(error) => {
            diagnosis.add("list", Verdict::Failed, error.to_string(), fix_of(&error, access));
            diagnosis.skip(OF_OBJECTS, "the bucket cannot be listed");
            return;
        }
    }
    objects(place, access, diagnosis).await;
}

fn list_seen(place: &Place, objects: &[Listed], diagnosis: &mut Diagnosis) {
    match objects {
        [] => diagnosis.add("list", Verdict::Warning, format!("nothing lies below {}", place.describe()), None),
        objects => diagnosis.pass("list", format!("{} objects or more below {}", objects.len(), place.describe())),
    }
}

/// The manifest, a part, their key, and how old they are.
async fn objects(place: &Place, access: &Access, diagnosis: &mut Diagnosis) {
    let now = now();
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
            let fix = if is_kms { access.allowing("kms:Decrypt") } else { fix_of(&error, access) };
            let code = match (&error, is_kms) {
                (_, true) => "kms",
                (Error::Denied { .. }, _) => "get",
                _ => "manifest",
            };
            diagnosis.add(code, Verdict::Failed, error.to_string(), fix);
            let rest: Vec<&str> = OF_OBJECTS.iter().copied().filter(|other| *other != code).collect();
            diagnosis.skip(&rest, "the manifest could not be read");
            return;
        }
    };
    let Some(delivery) = newest.and_then(|period| period.delivery) else {
        let seen = "nothing is delivered yet; the first delivery takes up to 24 hours";
        let fix = "if the report is older than a day, look at its status in the console".to_owned();
        diagnosis.add("manifest", Verdict::Warning, seen, Some(fix));
        diagnosis.skip(&OF_OBJECTS[1..], "nothing is delivered yet");
        return;
    };
    diagnosis.pass("manifest", format!("{} lists {} parts", delivery.manifest, delivery.parts.len()));
    get(&place.bucket, &delivery, access, diagnosis).await;
    let hours = (now / MICROS - delivery.written) / HOUR;
    let seen = format!("the last delivery is {hours} hours old");
    match hours {
        ..=STALE_HOURS => diagnosis.pass("freshness", seen),
        _ => {
            let fix =
                "look at the report's status in the console, and whether AWS may still write to the bucket".to_owned();
            diagnosis.add("freshness", Verdict::Warning, seen, Some(fix));
        }
    }
}

/// Reads one byte of a part.
async fn get(bucket: &Bucket, delivery: &Delivery, access: &Access, diagnosis: &mut Diagnosis) {
    let Some(part) = delivery.parts.iter().find(|part| part.size > 0) else {
        return diagnosis.skip(&["get", "kms"], "the manifest lists no parts yet");
    };
    match bucket.range(&part.key, part.etag.as_deref(), Some(0..1)).await {
        Ok(answer) => {
            diagnosis.pass("get", format!("{} can be read", part.key));
            match answer.ssekms_key_id() {
                Some(key) => diagnosis.pass("kms", format!("encrypted with {key}, and can be read")),
                None => diagnosis.skip(&["kms"], "no key of KMS is in use"),
            }
        }
        Err(failure) => {
            let error = failure.into_error("s3:GetObject", &bucket.place(&part.key));
            let is_kms = is_of_kms(&error);
            let (code, other) = if is_kms { ("kms", "get") } else { ("get", "kms") };
            let fix = if is_kms { access.allowing("kms:Decrypt") } else { fix_of(&error, access) };
            diagnosis.add(code, Verdict::Failed, error.to_string(), fix);
            diagnosis.skip(&[other], "the part could not be read");
        }
    }
}

/// Whether it is the key that may not be used, not the object.
fn is_of_kms(error: &Error) -> bool {
    match error {
        Error::Denied { message, .. } => message.contains("kms:"),
        Error::Aws { aws_code, .. } => aws_code.starts_with("KMS"),
        _ => false,
    }
}

#[cfg(feature = "discover")]
async fn organizations(caller: &Caller, access: &Access, diagnosis: &mut Diagnosis) {
    let ask = caller.call(|clients| clients.organizations().list_accounts().max_results(1).send());
    match ask.await {
        Ok(_) => diagnosis.pass("organizations", "accounts of the organization can be listed"),
        Err(failure) if failure.code.as_deref() == Some("AWSOrganizationsNotInUseException") => {
            diagnosis.skip(&["organizations"], "the account is in no organization");
        }
        Err(failure) => failed(
            "organizations",
            Verdict::Warning,
            failure,
            ("organizations:ListAccounts", "AWS Organizations"),
            access,
            diagnosis,
        ),
    }
}

#[cfg(not(feature = "discover"))]
async fn organizations(_: &Caller, _: &Access, diagnosis: &mut Diagnosis) {
    diagnosis.skip(&["organizations"], "this build has no feature `discover`");
}

#[cfg(feature = "reconcile")]
async fn cost_explorer(caller: &Caller, access: &Access, diagnosis: &mut Diagnosis) {
    use crate::decode::timestamp;
    use aws_sdk_costexplorer::types::{DateInterval, Granularity};

    let day = |days: i64| timestamp::text(now() - days * 24 * HOUR * MICROS).get(..10).unwrap_or_default().to_owned();
    let Ok(interval) = DateInterval::builder().start(day(2)).end(day(1)).build() else { return };
    let ask = caller.call(|clients| {
        let request = clients.cost_explorer().get_cost_and_usage().time_period(interval.clone());
        request.granularity(Granularity::Daily).metrics("UnblendedCost").send()
    });
    match ask.await {
        Ok(_) => diagnosis.pass("cost_explorer", "Cost Explorer answers"),
        Err(failure) => failed(
            "cost_explorer",
            Verdict::Warning,
            failure,
            ("ce:GetCostAndUsage", "Cost Explorer"),
            access,
            diagnosis,
        ),
    }
}

#[cfg(not(feature = "reconcile"))]
async fn cost_explorer(_: &Caller, _: &Access, diagnosis: &mut Diagnosis) {
    diagnosis.skip(&["cost_explorer"], "this build has no feature `reconcile`");
}
