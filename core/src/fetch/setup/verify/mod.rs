//! Verification of a set-up: all checks in order, continuing after a failure where that makes sense. It changes
//! nothing.

mod identity;
mod objects;
mod services;
mod settings;

use std::sync::Arc;

use self::identity::{assume_role, credentials};
use self::objects::bucket;
use self::services::{cost_explorer, organizations};
use self::settings::defined;
use crate::error::Error;
use crate::fetch::aws::clients::AwsCaller;
use crate::fetch::aws::failure::{Failure, is_refused};
use crate::fetch::find::place::ReportLocation;
use crate::fetch::setup::diagnosis::{Diagnosis, Verdict};
use crate::fetch::setup::policy::Access;

const HOUR: i64 = 3_600;

/// The checks after those of the role, which are skipped without a role.
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
/// The checks of the bucket.
const OF_BUCKET: &[&str] = &["bucket_region", "ownership", "list", "manifest", "get", "kms", "freshness"];

/// Checks everything that reading a report needs. `find` looks up its location, after the credentials were checked.
/// `asks_cost_explorer` is whether it makes the request that AWS charges for.
pub(crate) async fn verify(
    caller: &Arc<AwsCaller>,
    find: impl Future<Output = Result<(ReportLocation, Option<Error>), Error>>,
    asks_cost_explorer: bool,
) -> Diagnosis {
    let mut diagnosis = Diagnosis::default();
    let own = match credentials(caller, &mut diagnosis).await {
        Ok(identity) => Some(identity),
        Err(error) if is_refused(&error) => return without(diagnosis, "nothing listens at the endpoint"),
        // Stores that only implement S3 have no accounts.
        Err(error) if caller.role.is_none() && !matches!(error, Error::Credentials { .. }) => None,
        Err(_) => return without(diagnosis, "there are no credentials to go on with"),
    };
    if !assume_role(caller, own.as_ref(), &mut diagnosis).await {
        diagnosis.skip(AFTER_ROLE, "the role could not be assumed");
        return diagnosis;
    }
    let found = find.await;
    let account = caller.role.as_ref().map(|role| role.account.clone()).or(own.map(|own| own.account));
    let access = access(caller, found.as_ref().ok().map(|(place, _)| place)).await;
    match &found {
        Ok((place, doubt)) => {
            match (&place.definition, doubt) {
                (Some(definition), _) => defined(definition, &mut diagnosis),
                (None, Some(doubt)) => {
                    let doubted = doubt.finding();
                    let seen = format!("{doubted}; the objects below {} are read", place.describe());
                    diagnosis.add("report_definition", Verdict::Warning, seen, fix_of(doubt, &access));
                }
                (None, None) => diagnosis.skip(&["report_definition"], "the report is found by its bucket and prefix"),
            }
            bucket(place, account.as_deref(), &access, &mut diagnosis).await;
        }
        Err(error) => {
            let create = "create the report in Billing and Cost Management > Data Exports, or name another";
            let is_none = matches!(error, Error::NoReport { .. });
            let fix = fix_of(error, &access).or_else(|| is_none.then(|| create.to_owned()));
            diagnosis.add("report_definition", Verdict::Failed, error.finding(), fix);
            diagnosis.skip(OF_BUCKET, "the location of the report is not known");
        }
    }
    organizations(caller, &access, &mut diagnosis).await;
    match asks_cost_explorer {
        true => cost_explorer(caller, &access, &mut diagnosis).await,
        false => diagnosis.skip(&["cost_explorer"], "not asked: AWS charges 0.01 USD for the request"),
    }
    diagnosis
}

/// Skips all checks after that of the credentials.
fn without(mut diagnosis: Diagnosis, why: &str) -> Diagnosis {
    diagnosis.skip(&["assume_role", "external_id"], why);
    diagnosis.skip(AFTER_ROLE, why);
    diagnosis
}

/// Returns the permissions for the configuration, as far as it is known.
async fn access(caller: &AwsCaller, place: Option<&ReportLocation>) -> Access {
    let (bucket, prefix) = match place {
        Some(place) => (place.bucket.name().to_owned(), place.root().to_owned()),
        None => (
            caller.config.bucket.clone().unwrap_or_else(|| "BUCKET".to_owned()),
            caller.config.prefix.clone().unwrap_or_default(),
        ),
    };
    Access::to(bucket, prefix).partition(caller.partition().await.name())
}

/// Returns the statement to add for an error.
fn fix_of(error: &Error, access: &Access) -> Option<String> {
    let Error::Denied { operation, .. } = error else { return None };
    access.allowing(operation)
}
