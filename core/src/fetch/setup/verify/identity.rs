//! Checks of the caller's credentials and of the role.

use aws_config::retry::RetryConfig;

use crate::error::Error;
use crate::fetch::aws::clients::{AwsCaller, SESSION_NAME};
use crate::fetch::aws::failure::is_refused;
use crate::fetch::setup::diagnosis::{Diagnosis, Verdict};

/// The identity of the caller.
pub(super) struct CallerIdentity {
    pub(super) account: String,
    arn: String,
}

/// Attempts of the first request to an endpoint other than AWS, at which often nothing listens.
const FIRST_ATTEMPTS: u32 = 2;

/// Returns the identity of the caller, by the caller's own credentials.
pub(super) async fn credentials(caller: &AwsCaller, diagnosis: &mut Diagnosis) -> Result<CallerIdentity, Error> {
    let ask = |attempts: Option<u32>| {
        caller.call(move |clients| {
            let mut request = clients.own_sts().get_caller_identity().customize();
            if let Some(attempts) = attempts {
                let retry = RetryConfig::standard().with_max_attempts(attempts);
                request = request.config_override(aws_sdk_sts::config::Config::builder().retry_config(retry));
            }
            request.send()
        })
    };
    let most = caller.config.retry().max_attempts;
    let few = caller.config.endpoint.as_ref().map(|_| FIRST_ATTEMPTS).filter(|few| *few < most);
    let answer = match ask(few).await {
        Err(failure) if few.is_some() && failure.may_pass() && !failure.is_refused() => ask(None).await,
        answer => answer,
    };
    match answer {
        Ok(answer) => {
            let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
            let identity = CallerIdentity { account: text(answer.account()), arn: text(answer.arn()) };
            diagnosis.pass("credentials", format!("the caller is {}", identity.arn));
            Ok(identity)
        }
        Err(failure) => {
            let error = failure.into_error("sts:GetCallerIdentity", "STS");
            let (verdict, fix) = match &error {
                Error::Credentials { .. } => (
                    Verdict::Failed,
                    "set AWS_PROFILE, run `aws sso login` or `aws configure`, or set AWS_ACCESS_KEY_ID and \
                     AWS_SECRET_ACCESS_KEY",
                ),
                _ if is_refused(&error) => (
                    Verdict::Failed,
                    "check the endpoint and the proxy: nothing listens there, so no other check was made",
                ),
                _ => (
                    if caller.role.is_some() { Verdict::Failed } else { Verdict::Warning },
                    "check that this machine can reach STS, and that the endpoint is correct",
                ),
            };
            diagnosis.add("credentials", verdict, error.finding(), Some(fix.to_owned()));
            Err(error)
        }
    }
}

/// Checks that the role can be assumed with the external ID, and that it cannot without it.
pub(super) async fn assume_role(caller: &AwsCaller, own: Option<&CallerIdentity>, diagnosis: &mut Diagnosis) -> bool {
    let (Some(role), Some(own)) = (&caller.role, own) else {
        diagnosis.skip(&["assume_role", "external_id"], "no role is configured; the caller's own credentials read");
        return true;
    };
    let session = caller.config.session_name.as_deref().unwrap_or(SESSION_NAME);
    let assume = |external_id: Option<String>| {
        caller.call(move |clients| {
            let request = clients.own_sts().assume_role().role_arn(&role.arn).role_session_name(session);
            request.set_external_id(external_id.clone()).send()
        })
    };
    let external_id = caller.secrets.external_id.as_ref().map(|external_id| external_id.reveal().to_owned());
    if let Err(failure) = assume(external_id.clone()).await {
        let fix = failure.is_denied().then(|| {
            format!(
                "let the role's trust policy name arn:{}:iam::{}:root as Principal, sts:AssumeRole as Action, and this \
                 connector's external ID as Condition sts:ExternalId; and let {} be allowed sts:AssumeRole on {}; AWS does \
                 not say which of them is wrong",
                role.partition.name(),
                own.account,
                own.arn,
                role.arn
            )
        });
        let error = failure.into_error("sts:AssumeRole", &role.arn);
        diagnosis.add("assume_role", Verdict::Failed, error.finding(), fix);
        diagnosis.skip(&["external_id"], "the role could not be assumed");
        return false;
    }
    diagnosis.pass("assume_role", format!("{} can be assumed", role.arn));
    let is_foreign = role.account != own.account;
    match external_id {
        None if is_foreign => {
            let fix = "generate an external ID, and ask for it in the role's trust policy (Condition sts:ExternalId)";
            let seen = "a role of another account is assumed without an external ID, so anyone who gives you its ARN can read the report";
            diagnosis.add("external_id", Verdict::Warning, seen, Some(fix.to_owned()));
        }
        None => diagnosis.skip(&["external_id"], "none is configured, and the role is of the caller's own account"),
        // The same call without the external ID must be denied.
        Some(_) => match assume(None).await {
            Err(failure) if failure.is_denied() => {
                diagnosis.pass("external_id", "accepted, and without it the role is refused");
            }
            Err(failure) => {
                let seen =
                    format!("accepted; without it: {}", failure.into_error("sts:AssumeRole", &role.arn).finding());
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
