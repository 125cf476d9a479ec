//! Checks of services other than S3: AWS Organizations, Cost Explorer.

#[cfg(any(feature = "discover", feature = "reconcile"))]
use super::{Failure, Verdict, fix_of};
use crate::fetch::aws::clients::AwsCaller;
use crate::fetch::setup::diagnosis::Diagnosis;
use crate::fetch::setup::policy::Access;

/// Adds a finding for a service that returns an error. `requirement` is a further requirement of the service.
#[cfg(any(feature = "discover", feature = "reconcile"))]
fn silent(
    code: &'static str,
    (failure, operation, at): (Failure, &'static str, &str),
    access: &Access,
    requirement: &str,
    diagnosis: &mut Diagnosis,
) {
    let error = failure.into_error(operation, at);
    let fix = fix_of(&error, access).map(|fix| format!("{fix}; {requirement}"));
    diagnosis.add(code, Verdict::Warning, error.finding(), fix);
}

/// Checks that names and states of accounts can be listed.
#[cfg(feature = "discover")]
pub(super) async fn organizations(caller: &AwsCaller, access: &Access, diagnosis: &mut Diagnosis) {
    let ask = caller.call(|clients| clients.organizations().list_accounts().max_results(1).send());
    match ask.await {
        Ok(_) => diagnosis.pass("organizations", "accounts of the organization can be listed"),
        Err(failure) if failure.code.as_deref() == Some("AWSOrganizationsNotInUseException") => {
            diagnosis.skip(&["organizations"], "the account is not in an organization");
        }
        Err(failure) => {
            let failed = (failure, "organizations:ListAccounts", "AWS Organizations");
            let requirement = "the role has to be of the management account, or of a delegated administrator";
            silent("organizations", failed, access, requirement, diagnosis);
        }
    }
}

#[cfg(not(feature = "discover"))]
pub(super) async fn organizations(_: &AwsCaller, _: &Access, diagnosis: &mut Diagnosis) {
    diagnosis.skip(&["organizations"], "this build has no feature `discover`");
}

/// Checks that costs can be requested.
#[cfg(feature = "reconcile")]
pub(super) async fn cost_explorer(caller: &AwsCaller, access: &Access, diagnosis: &mut Diagnosis) {
    use aws_sdk_costexplorer::types::{DateInterval, Granularity};

    use super::HOUR;
    use crate::fetch::settings::role::Partition;
    use crate::value::timestamp::{self, MICROS, Timestamp};

    if caller.partition().await == Partition::GovCloud {
        return diagnosis.skip(&["cost_explorer"], "costs of GovCloud are in an account outside it");
    }
    let now = Timestamp::now().as_micros();
    let day = |days: i64| timestamp::text(now - days * 24 * HOUR * MICROS).get(..10).unwrap_or_default().to_owned();
    let Ok(interval) = DateInterval::builder().start(day(2)).end(day(1)).build() else { return };
    let ask = caller.call(|clients| {
        let request = clients.cost_explorer().get_cost_and_usage().time_period(interval.clone());
        request.granularity(Granularity::Daily).metrics("UnblendedCost").send()
    });
    match ask.await {
        Ok(_) => diagnosis.pass("cost_explorer", "Cost Explorer answers"),
        Err(failure) => {
            let failed = (failure, "ce:GetCostAndUsage", "Cost Explorer");
            silent("cost_explorer", failed, access, "Cost Explorer has to be enabled for the account", diagnosis);
        }
    }
}

#[cfg(not(feature = "reconcile"))]
pub(super) async fn cost_explorer(_: &AwsCaller, _: &Access, diagnosis: &mut Diagnosis) {
    diagnosis.skip(&["cost_explorer"], "this build has no feature `reconcile`");
}
