//! `outlay normalize`: converts reports to a file, and prints a table of services.

use super::arguments::Normalize;
use super::paint::Paint;
use super::reading::{Reading, builder, with_services};
use super::{Console, json, reports};
use crate::error::Result;

/// Reads, writes the output if one is named, and prints the totals. Returns true if the read is accepted, see
/// [`Policy`](super::policy::Policy).
pub fn normalize(
    arguments: &Normalize,
    console: &mut dyn Console,
    paint: Paint,
    should_stop: &(impl Fn() -> bool + Clone + Send + Sync + 'static),
) -> Result<bool> {
    let policy = arguments.output.policy;
    let output = arguments.output.destination()?;
    let is_stream = output.as_ref().is_some_and(|output| output.is_stream());
    let builder = builder(&arguments.options, output.as_ref(), policy)?.stop_when(should_stop.clone());
    let (builder, hidden) = with_services(builder, &arguments.options);
    let mut reader = reports::open(&arguments.reports.reports, builder, console)?;
    let kept = (0..reader.schema().fields().len()).filter(|column| !hidden.contains(column)).collect();
    let reading = Reading { output, kept, policy, shows_progress: !arguments.json, should_stop };
    let done = reading.run(&mut reader, console)?;
    let is_good = policy.is_good(done.totals.outcome());
    if done.is_cut_off {
        return Ok(is_good);
    }
    if let Some(reason) = &done.withheld {
        console.report(reason);
    }
    let summary = done.totals.summary();
    let text = match arguments.json {
        true => json(&summary),
        false => done.services.tables(&done.totals, paint) + &paint.verdicts(&summary.to_string()),
    };
    if is_stream {
        console.report(&text)
    } else {
        console.print(&text)
    }
    Ok(is_good)
}
