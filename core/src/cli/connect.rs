//! `outlay connect`: verifies the access to a report in AWS, lists its months, and reads one.

use super::Console;
use super::arguments::Connect;
use super::reading::Reading;
use crate::connector::Connector;
use crate::display::Table;
use crate::error::Result;
use crate::fetch::aws::runtime::block_on_unless;
use crate::fetch::find::discover::{Account, Accounts};
use crate::fetch::find::period::PeriodStatus;
use crate::read::reader::Reader;

/// Runs each step and prints its result. Returns false if the set-up is not ready, no month can be read, or the read is
/// not accepted, see [`Policy`](super::policy::Policy).
pub fn connect(
    arguments: &Connect,
    console: &mut dyn Console,
    should_stop: &(impl Fn() -> bool + Clone + Send + Sync + 'static),
) -> Result<bool> {
    let connector = Connector::from_config(arguments.config()).build()?;
    let diagnosis = block_on_unless(connector.verify(), should_stop)?;
    step(console, "Set-up", &diagnosis.to_string());
    if !diagnosis.is_ready() {
        return Ok(false);
    }
    step(console, "Accounts", &accounts(&block_on_unless(connector.discover(), should_stop)??));
    let periods = block_on_unless(connector.periods(), should_stop)??;
    step(console, "Months", &months(&periods));
    let newest = || periods.iter().rev().find(|period| period.delivery.is_some()).map(|period| period.period);
    let Some(period) = arguments.period.or_else(newest) else {
        let is_pending = periods.iter().all(|period| period.problem.is_none());
        step(console, "Read", if is_pending { "nothing is delivered yet" } else { "nothing can be read" });
        return Ok(is_pending);
    };
    let options = Reader::builder().stop_when(should_stop.clone());
    let mut reader = block_on_unless(connector.read(&period.to_string(), options), should_stop)??;
    let reading = Reading {
        output: arguments.output.as_deref(),
        columns: reader.schema().fields().len(),
        csv: arguments.csv.options(),
        policy: arguments.policy,
        shows_progress: true,
        should_stop,
    };
    let done = reading.run(&mut reader, console)?;
    if let Some(reason) = &done.withheld {
        step(console, "File", reason);
    }
    step(console, &format!("Read {period}"), &done.totals.summary().to_string());
    Ok(arguments.policy.is_good(done.totals.outcome()))
}

fn step(console: &mut dyn Console, title: &str, text: &str) {
    console.print(&format!("{title}\n{}\n", text.trim_end()));
}

fn accounts(found: &Accounts) -> String {
    let row = |account: &Account| {
        let name = account.name.clone().unwrap_or_default();
        let pays = if account.is_payer { "yes" } else { "" };
        [account.id.clone(), name, word(&account.state), pays.to_owned()]
    };
    let table = Table::new("", ["account", "name", "state", "pays"]).rows(found.accounts.iter().map(row));
    let table = found.warnings.iter().fold(table, |table, warning| table.note_about("warning", &warning.message));
    table.to_string()
}

fn months(periods: &[PeriodStatus]) -> String {
    let row = |period: &PeriodStatus| {
        let delivery = period.delivery.as_ref();
        [
            period.period.to_string(),
            word(&period.state),
            delivery.and_then(|delivery| delivery.id.clone()).unwrap_or_default(),
            delivery.map_or(0, |delivery| delivery.parts.len()).to_string(),
            delivery.map_or(0, |delivery| delivery.bytes()).to_string(),
        ]
    };
    let mut table =
        Table::new("", ["month", "state", "delivery", "parts", "bytes"]).rows(periods.iter().map(row)).numeric();
    for period in periods {
        if let Some(problem) = &period.problem {
            table = table.note_about(period.period.to_string(), problem);
        }
    }
    table.to_string()
}

/// Returns the serialized name of a state.
fn word(state: &impl serde::Serialize) -> String {
    serde_json::to_value(state).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
