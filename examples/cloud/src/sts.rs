//! STS: the caller's identity, and assuming of roles.

use std::time::{Duration, SystemTime};

use crate::access::allowed;
use crate::answer::Answer;
use crate::call::{Call, Service};
use crate::identity::{Identity, Session, account_of, partition_of};
use crate::policy::{Caller, Question, Verdict};
use crate::refusal::{Reason, Refusal};
use crate::state::State;
use crate::text::element;
use crate::time;
use crate::world::{Role, World};

const ACTION: &str = "sts:AssumeRole";

/// Handles a request to STS.
pub(crate) fn answer(state: &mut State, identity: &Identity, call: &Call) -> Result<Answer, Refusal> {
    let result = match call.operation.as_str() {
        "GetCallerIdentity" => {
            element("Arn", &identity.arn)
                + &element("UserId", &identity.user_id)
                + &element("Account", &identity.account)
        }
        "AssumeRole" => assume_role(state, identity, call)?,
        _ => return Err(Refusal::because(Service::Sts, Reason::NotPlayed)),
    };
    let (operation, id) = (&call.operation, element("RequestId", &call.id));
    Ok(Answer::xml(format!(
        "<{operation}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <{operation}Result>{result}</{operation}Result><ResponseMetadata>{id}</ResponseMetadata></{operation}Response>"
    )))
}

/// The validated parameters of `AssumeRole`.
struct Asked<'a> {
    role: &'a str,
    session: &'a str,
    external_id: Option<&'a str>,
    seconds: u64,
}

impl<'a> Asked<'a> {
    fn read(call: &'a Call) -> Result<Self, Refusal> {
        let required = |name: &str| {
            let rest = "failed to satisfy constraint: Member must not be null";
            call.parameter(name)
                .ok_or_else(|| invalid(format!("1 validation error detected: Value null at '{name}' {rest}")))
        };
        let (role, session) = (required("RoleArn")?, required("RoleSessionName")?);
        let external_id = call.parameter("ExternalId");
        for (name, text, signs, longest) in
            [("RoleSessionName", Some(session), "_+=,.@-", 64), ("ExternalId", external_id, "_+=,.@:/-", 1_224)]
        {
            let fits = |text: &str| {
                (2..=longest).contains(&text.len())
                    && text.chars().all(|character| character.is_ascii_alphanumeric() || signs.contains(character))
            };
            if text.is_some_and(|text| !fits(text)) {
                return Err(invalid(format!(
                    "1 validation error detected: Value at '{name}' failed to satisfy constraint"
                )));
            }
        }
        // Parameters that restrict a session are refused: without support for them, it would have too many permissions.
        let narrowing = ["Policy", "PolicyArns.member.1.arn", "SerialNumber"];
        if let Some(name) = narrowing.into_iter().find(|name| call.parameter(name).is_some()) {
            return Err(invalid(format!("{name} is not played here")));
        }
        let seconds = match call.parameter("DurationSeconds") {
            None => 3_600,
            Some(text) => text.parse().ok().filter(|seconds| (900..=43_200).contains(seconds)).ok_or_else(|| {
                let rest = "failed to satisfy constraint: Member must have value between 900 and 43200";
                invalid(format!("1 validation error detected: Value '{text}' at 'durationSeconds' {rest}"))
            })?,
        };
        Ok(Self { role, session, external_id, seconds })
    }
}

fn assume_role(state: &mut State, identity: &Identity, call: &Call) -> Result<String, Refusal> {
    let asked = Asked::read(call)?;
    let role = admitted(&state.world, identity, &asked)?;
    if identity.session && asked.seconds > 3_600 {
        let message =
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.";
        return Err(invalid(message.to_owned()));
    }
    if asked.seconds > role.max_session {
        let message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        return Err(invalid(message.to_owned()));
    }
    let lifetime = role.expires_in.unwrap_or(asked.seconds);
    // In whole seconds, so that the returned time is the exact end of the session.
    let expires = SystemTime::UNIX_EPOCH + Duration::from_secs(time::seconds(SystemTime::now()) + lifetime);
    Ok(hand_out(state, &asked, expires))
}

/// Returns the role, if the caller may assume it. The error is the same for all reasons, as in AWS.
fn admitted<'a>(world: &'a World, identity: &Identity, asked: &Asked<'_>) -> Result<&'a Role, Refusal> {
    let denied = || Refusal::denied(Service::Sts, &identity.arn, ACTION, asked.role, "");
    allowed(world, identity, Service::Sts, &Question { action: ACTION, resource: asked.role, keys: &[] })?;
    let role = world.roles.iter().find(|role| role.arn == asked.role).ok_or_else(denied)?;
    if role.external_id.is_some() && role.external_id.as_deref() != asked.external_id {
        return Err(denied());
    }
    if let Some(trust) = &role.trust {
        let keys: Vec<_> = asked.external_id.map(|id| ("sts:ExternalId", id)).into_iter().collect();
        let question = Question { action: ACTION, resource: asked.role, keys: &keys };
        let caller = Caller { account: &identity.account, arns: [&identity.principal, &identity.arn] };
        if trust.trust(&question, &caller) != Verdict::Allowed {
            return Err(denied());
        }
    }
    Ok(role)
}

fn hand_out(state: &mut State, asked: &Asked<'_>, expires: SystemTime) -> String {
    state.handed_out += 1;
    let (serial, session) = (state.handed_out, asked.session);
    let account = account_of(asked.role).to_owned();
    let role = asked.role.rsplit('/').next().unwrap_or_default();
    let user_id = format!("AROA{account:0>17}:{session}");
    let arn = format!("arn:{}:sts::{account}:assumed-role/{role}/{session}", partition_of(asked.role));
    let access_key_id = format!("ASIA{serial:0>16}");
    let token = format!("token-{serial}-of-{account}");
    let credentials = element("AccessKeyId", &access_key_id)
        + &element("SecretAccessKey", &format!("secret{serial:0>34}"))
        + &element("SessionToken", &token)
        + &element("Expiration", &time::iso(expires));
    let user = element("AssumedRoleId", &user_id) + &element("Arn", &arn);
    let principal = asked.role.to_owned();
    let identity = Identity { arn, principal, account, user_id, session: true, region: String::new() };
    state.sessions.insert(access_key_id, Session { identity, token, expires });
    format!("<AssumedRoleUser>{user}</AssumedRoleUser><Credentials>{credentials}</Credentials>")
}

fn invalid(message: String) -> Refusal {
    Refusal::new(400, "ValidationError", message)
}
