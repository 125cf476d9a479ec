//! `outlay connect`: verifies the access to a report in AWS, lists its months, and reads one.

use super::Console;
use super::arguments::Connect;
use super::connector::{accounts_table, connector, months_table};
use super::paint::Paint;
use super::reading::{Reading, builder, with_services};
use crate::error::Result;
use crate::fetch::aws::runtime::block_on_unless;

/// Runs each step and prints its result. Returns false if the set-up is not ready, no month can be read, or the read is
/// not accepted, see [`Policy`](super::policy::Policy).
pub fn connect(
    arguments: &Connect,
    console: &mut dyn Console,
    paint: Paint,
    should_stop: &(impl Fn() -> bool + Clone + Send + Sync + 'static),
) -> Result<bool> {
    let connector = connector(&arguments.connector)?;
    let output = arguments.output.destination()?;
    let is_piped = output.as_ref().is_some_and(|output| output.is_stream());
    let step = |console: &mut dyn Console, title: &str, text: &str| {
        let text = format!("{}\n{}\n", paint.header(title), text.trim_end());
        if is_piped { console.report(&text) } else { console.print(&text) }
    };
    let diagnosis = match arguments.cost_explorer.is_wanted(console) {
        true => block_on_unless(connector.verify(), should_stop)?,
        false => block_on_unless(connector.verify_without_cost_explorer(), should_stop)?,
    };
    step(console, "Set-up", &paint.verdicts(&diagnosis.to_string()));
    if !diagnosis.is_ready() {
        return Ok(false);
    }
    let accounts = block_on_unless(connector.discover(), should_stop)??;
    step(console, "Accounts", &paint.header(&accounts_table(&accounts)));
    let periods = block_on_unless(connector.periods(), should_stop)??;
    step(console, "Months", &paint.header(&months_table(&periods)));
    let newest = || periods.iter().rev().find(|period| period.delivery.is_some()).map(|period| period.period);
    let Some(period) = arguments.period.or_else(newest) else {
        let is_pending = periods.iter().all(|period| period.problem.is_none());
        step(console, "Read", if is_pending { "nothing is delivered yet" } else { "nothing can be read" });
        return Ok(is_pending);
    };
    let policy = arguments.output.policy;
    let builder = builder(&arguments.options.0, output.as_ref(), policy)?.stop_when(should_stop.clone());
    let (builder, hidden) = with_services(builder, &arguments.options.0);
    let mut reader = block_on_unless(connector.read(&period.to_string(), builder), should_stop)??;
    let kept = (0..reader.schema().fields().len()).filter(|column| !hidden.contains(column)).collect();
    let reading = Reading { output, kept, policy, shows_progress: true, should_stop };
    let done = reading.run(&mut reader, console)?;
    if done.is_cut_off {
        return Ok(policy.is_good(done.totals.outcome()));
    }
    if let Some(reason) = &done.withheld {
        step(console, "File", reason);
    }
    step(
        console,
        &format!("Read {period}"),
        &(done.services.tables(&done.totals, paint) + &paint.verdicts(&done.totals.summary().to_string())),
    );
    Ok(policy.is_good(done.totals.outcome()))
}
