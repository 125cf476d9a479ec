//! Cost Explorer, with predefined responses.

use serde_json::{Value, json};

use crate::access::check;
use crate::answer::Answer;
use crate::call::{Call, Service};
use crate::identity::Identity;
use crate::pages::{page, with_token};
use crate::refusal::{Reason, Refusal};
use crate::world::World;

/// Handles a request to Cost Explorer.
pub(crate) fn answer(world: &World, identity: &Identity, call: &Call) -> Result<Answer, Refusal> {
    if call.operation != "GetCostAndUsage" {
        return Err(Refusal::because(Service::CostExplorer, Reason::NotPlayed));
    }
    check(world, identity, call)?;
    let day = |value: &Value, name: &str| value["TimePeriod"][name].as_str().map(str::to_owned);
    let (Some(start), Some(end), Some(_)) =
        (day(&call.json, "Start"), day(&call.json, "End"), call.json["Metrics"].get(0))
    else {
        return Err(Refusal::new(400, "ValidationException", "TimePeriod and Metrics are required"));
    };
    let within = |entry: &&Value| day(entry, "Start").is_some_and(|from| start <= from && from < end);
    let entries: Vec<Value> = world.costs.iter().filter(within).cloned().collect();
    let (found, next) = page(&entries, 1, call.member("NextPageToken"), "InvalidNextTokenException")?;
    let groups = call.json.get("GroupBy").cloned().unwrap_or_else(|| json!([]));
    let body = json!({"ResultsByTime": found, "GroupDefinitions": groups, "DimensionValueAttributes": []});
    Ok(Answer::json(&with_token(body, "NextPageToken", next)))
}
