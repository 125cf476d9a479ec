//! Accounts, from the organization and from the report.

use outlay::{AccountState, Reader, wait};
use outlay_cloud::{Account, Cloud, Fault, Organization};

use crate::support::{MONTH, PAYER, connector, world};

#[test]
fn the_organization_is_listed_over_empty_pages() {
    let cloud = Cloud::start(world()).unwrap();
    let accounts = wait(connector(&cloud).discover()).unwrap();
    assert_eq!(accounts.payer.as_deref(), Some(PAYER));
    let ids: Vec<_> = accounts.accounts.iter().map(|account| (account.id.as_str(), account.is_payer)).collect();
    assert_eq!(ids, [(PAYER, true), ("567856780123", false)], "the payer is there once");
    assert_eq!(cloud.count("GetObject"), 0, "the report is not needed");
}

#[test]
fn states_are_read_in_either_spelling() {
    let organization = Organization::new("o-example", PAYER)
        .account(Account::new(PAYER, "Payer").state(None))
        .account(Account::new("100000000001", "Old").state(Some("SUSPENDED")).status(None))
        .account(Account::new("100000000002", "Odd").state(None).status(None));
    let cloud = Cloud::start(world().organization(organization)).unwrap();
    let accounts = wait(connector(&cloud).discover()).unwrap();
    let state = |id: &str| accounts.get(id).unwrap().state;
    assert_eq!(state(PAYER), AccountState::Active);
    assert_eq!(state("100000000001"), AccountState::Suspended);
    assert_eq!(state("100000000002"), AccountState::Unknown);
}

#[test]
fn without_the_organization_the_report_says() {
    let cloud = Cloud::start(world()).unwrap();
    cloud.fault(Fault::denied().on("ListAccounts").always());
    let accounts = wait(connector(&cloud).discover()).unwrap();
    assert_eq!(accounts.payer.as_deref(), Some(PAYER));
    assert!(accounts.accounts.len() > 1, "{accounts:?}");
    assert!(accounts.accounts.iter().all(|account| account.in_report && !account.in_organization));
    assert!(
        accounts.warnings.iter().any(|warning| warning.message.contains("organizations:ListAccounts")),
        "{accounts:?}"
    );
}

#[test]
fn names_fill_in_what_the_report_lacks() {
    let cloud = Cloud::start(world()).unwrap();
    let connector = connector(&cloud);
    wait(connector.discover()).unwrap();
    let options = Reader::builder().columns(["BillingAccountId", "BillingAccountName"]);
    let mut reader = wait(connector.read(MONTH, options)).unwrap();
    let batch = reader.next().unwrap().unwrap();
    let names = arrow::array::AsArray::as_string::<i32>(batch.column(1));
    assert_eq!(names.value(0), "Payer");
}

#[test]
fn changes_are_told() {
    let cloud = Cloud::start(world()).unwrap();
    let before = wait(connector(&cloud).discover()).unwrap();
    let later = Organization::new("o-example", PAYER)
        .account(Account::new(PAYER, "Head Office"))
        .account(Account::new("100000000001", "Lab"));
    let cloud = Cloud::start(world().organization(later)).unwrap();
    let after = wait(connector(&cloud).discover()).unwrap();
    let changes = after.changes_since(&before);
    let ids = |accounts: &[outlay::Account]| accounts.iter().map(|account| account.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&changes.joined), ["100000000001"]);
    assert_eq!(ids(&changes.left), ["567856780123"]);
    assert_eq!(ids(&changes.renamed), [PAYER]);
    assert_eq!(after.changes_since(&after), outlay::AccountChanges::default());
}
