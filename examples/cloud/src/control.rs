//! Control requests to the cloud itself, under `/-/`, for test programs in any language.
//!
//! | request | does |
//! | --- | --- |
//! | `GET /-/requests` | returns the log as a JSON array |
//! | `DELETE /-/requests` | empties the log |
//! | `POST /-/faults` | adds a fault, or an array of faults |
//! | `DELETE /-/faults` | removes all faults, including random faults |
//! | `POST /-/chaos` | enables random faults: `{"seed": 1, "rate": 100}` |
//! | `PUT /-/objects/<bucket>/<key>` | writes the body as an object |
//! | `DELETE /-/objects/<bucket>/<key>` | removes an object |
//! | `POST /-/policy` | sets a policy: `{"arn": .., "policy": {..}}`; null removes it, so that everything is allowed |
//! | `POST /-/expiry` | sets the duration of a role's next sessions: `{"arn": <role>, "seconds": 5}`; null for the requested one |

use std::time::Duration;

use bytes::Bytes;
use hyper::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::answer::Answer;
use crate::chaos::{Chaos, Dice};
use crate::faults::{Armed, Fault};
use crate::object::Object;
use crate::policy::Policy;
use crate::state::State;
use crate::text::percent_decoded;

#[derive(Deserialize)]
#[serde(untagged)]
enum Faults {
    Many(Vec<Fault>),
    One(Box<Fault>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPolicy {
    arn: String,
    policy: Option<Policy>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expiry {
    arn: String,
    seconds: Option<u64>,
}

/// Handles a control request. `path` is the text after `/-/`.
pub(crate) fn answer(state: &mut State, method: &Method, path: &str, body: Bytes) -> Answer {
    match act(state, method, path, body) {
        Ok(Some(json)) => Answer::text(200, "application/json", json),
        Ok(None) => Answer::empty(204, Vec::new()),
        Err(reason) => Answer::text(400, "text/plain", reason),
    }
}

fn act(state: &mut State, method: &Method, path: &str, body: Bytes) -> Result<Option<String>, String> {
    let known = |found: bool| if found { Ok(None) } else { Err("no role or user has that ARN".to_owned()) };
    match (method.as_str(), path) {
        ("GET", "requests") => {
            return serde_json::to_string(&state.log.requests()).map(Some).map_err(|error| error.to_string());
        }
        ("DELETE", "requests") => state.log.clear(),
        ("POST", "faults") => match parsed(&body)? {
            Faults::Many(faults) => state.faults.extend(faults.into_iter().map(Armed::new)),
            Faults::One(fault) => state.faults.push(Armed::new(*fault)),
        },
        ("DELETE", "faults") => {
            state.faults.clear();
            state.dice = None;
        }
        ("POST", "chaos") => state.dice = Some(Dice::new(parsed::<Chaos>(&body)?)),
        ("POST", "policy") => {
            let NewPolicy { arn, policy } = parsed(&body)?;
            return known(state.world.set_policy(&arn, policy));
        }
        ("POST", "expiry") => {
            let Expiry { arn, seconds } = parsed(&body)?;
            return known(state.world.set_expires_in(&arn, seconds.map(Duration::from_secs)));
        }
        (_, path) => {
            let place = path.strip_prefix("objects/").and_then(percent_decoded);
            let place = place.as_deref().and_then(|place| place.split_once('/'));
            let (bucket, key) = place.ok_or("there is no such thing to ask for")?;
            let bucket = state.world.buckets.get_mut(bucket).ok_or("there is no such bucket")?;
            match method.as_str() {
                "PUT" => drop(bucket.objects.insert(key.to_owned(), Object::new(body))),
                "DELETE" => drop(bucket.objects.remove(key)),
                _ => return Err("objects are written and removed here".to_owned()),
            }
        }
    }
    Ok(None)
}

fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| error.to_string())
}
