//! `outlay verify`, `outlay periods`, `outlay accounts`: the steps of `outlay connect` one by one.

use super::arguments::{ConnectorOptions, Listing, Verify};
use super::paint::Paint;
use super::{Console, json};
use crate::connector::Connector;
use crate::display::Table;
use crate::error::Result;
use crate::fetch::aws::runtime::block_on_unless;
use crate::fetch::find::discover::{Account, Accounts};
use crate::fetch::find::period::PeriodStatus;

/// Creates the connector of a command.
pub fn connector(options: &ConnectorOptions) -> Result<Connector> {
    Connector::from_config(options.config()).build()
}

/// Prints the findings of all checks. Returns whether the report can be read.
pub fn verify(
    arguments: &Verify,
    console: &mut dyn Console,
    paint: Paint,
    should_stop: &impl Fn() -> bool,
) -> Result<bool> {
    let connector = connector(&arguments.connector)?;
    let diagnosis = match arguments.cost_explorer.is_wanted(console) {
        true => block_on_unless(connector.verify(), should_stop)?,
        false => block_on_unless(connector.verify_without_cost_explorer(), should_stop)?,
    };
    match arguments.json {
        true => console.print(&json(&diagnosis)),
        false => console.print(&paint.verdicts(&diagnosis.to_string())),
    }
    Ok(diagnosis.is_ready())
}

/// Prints the months of a report.
pub fn periods(
    arguments: &Listing,
    console: &mut dyn Console,
    paint: Paint,
    should_stop: &impl Fn() -> bool,
) -> Result<bool> {
    let periods = block_on_unless(connector(&arguments.connector)?.periods(), should_stop)??;
    match arguments.json {
        true => console.print(&json(&periods)),
        false => console.print(&paint.header(&months_table(&periods))),
    }
    Ok(true)
}

/// Prints the accounts of a report.
pub fn accounts(
    arguments: &Listing,
    console: &mut dyn Console,
    paint: Paint,
    should_stop: &impl Fn() -> bool,
) -> Result<bool> {
    let accounts = block_on_unless(connector(&arguments.connector)?.discover(), should_stop)??;
    match arguments.json {
        true => console.print(&json(&accounts)),
        false => console.print(&paint.header(&accounts_table(&accounts))),
    }
    Ok(true)
}

/// Returns the accounts as a table.
pub fn accounts_table(found: &Accounts) -> String {
    let row = |account: &Account| {
        let name = account.name.clone().unwrap_or_default();
        let pays = if account.is_payer { "yes" } else { "" };
        [account.id.clone(), name, word(&account.state), pays.to_owned()]
    };
    let table = Table::new("", ["account", "name", "state", "pays"]).rows(found.accounts.iter().map(row));
    let table = found.warnings.iter().fold(table, |table, warning| table.note_about("warning", &warning.message));
    table.to_string()
}

/// Returns the months as a table.
pub fn months_table(periods: &[PeriodStatus]) -> String {
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
