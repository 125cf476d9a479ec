//! Accounts of the organization and of the report.

use outlay::{AccountState, Reader, block_on};
use outlay_cloud::{Account, Cloud, Fault, Object, Organization};

use crate::support::{BUCKET, MONTH, PAYER, connector, parts, world};

#[test]
fn accounts_of_the_organization_and_of_the_report_are_put_together() {
    let organization = Organization::new("o-example", PAYER)
        .account(Account::new(PAYER, "Payer"))
        .account(Account::new("100000000001", "Idle"))
        .page(1)
        .empty_pages();
    let cloud = Cloud::start(world().organization(organization)).unwrap();
    let accounts = block_on(connector(&cloud).discover()).unwrap();
    assert_eq!(accounts.payer.as_deref(), Some(PAYER));
    let seen = |account: &outlay::Account| {
        (account.id.clone(), account.is_payer, account.in_organization, account.in_report, account.state)
    };
    let wanted = [
        ("100000000001", false, true, false, AccountState::Active),
        // The payer is also a linked account, and is listed once.
        (PAYER, true, true, true, AccountState::Active),
        ("444455556666", false, false, true, AccountState::Unknown),
    ];
    let wanted = wanted.map(|(id, payer, listed, named, state)| (id.to_owned(), payer, listed, named, state));
    assert_eq!(accounts.accounts.iter().map(seen).collect::<Vec<_>>(), wanted);
    assert!(accounts.warnings.is_empty(), "{accounts:?}");
}

#[test]
fn accounts_come_from_the_sources_that_are_permitted() {
    let warned = |accounts: &outlay::Accounts| accounts.warnings.iter().map(|w| w.code.clone()).collect::<Vec<_>>();
    // The denied calls, the number of known accounts, and the warning or the error.
    #[rustfmt::skip]
    let cases = [
        ("",                           2, ""),
        ("ListAccounts",               2, "no_organization"),
        ("DescribeOrganization",       2, "no_payer"),
        ("ListObjectsV2",              2, "no_report"),
        ("ListAccounts ListObjectsV2", 0, "OUTLAY_DENIED"),
    ];
    for (denied, known, says) in cases {
        let cloud = Cloud::start(world()).unwrap();
        for operation in denied.split_whitespace() {
            cloud.fault(Fault::denied().on(operation).always());
        }
        match block_on(connector(&cloud).discover()) {
            Ok(accounts) => {
                assert_eq!(warned(&accounts).concat(), says, "{denied}");
                assert_eq!((accounts.accounts.len(), accounts.payer.as_deref()), (known, Some(PAYER)), "{denied}");
            }
            Err(error) => assert_eq!(error.code(), says, "{denied}: {error}"),
        }
    }
    // The report is also used after other errors.
    let cloud = Cloud::start(world()).unwrap();
    cloud.fault(Fault::slow_down().on("ListAccounts").nth(2).always());
    let accounts = block_on(connector(&cloud).discover()).unwrap();
    assert_eq!(warned(&accounts), ["no_organization"]);
    assert!(accounts.accounts.iter().all(|account| !account.in_organization), "half a list is none");
    // Accounts that are not the payer: a delegated administrator, and a member, which can only see the payer.
    let organization = || {
        let payer = Account::new("999900009999", "Head Office");
        Organization::new("o-example", "999900009999").account(payer).account(Account::new(PAYER, "Billing"))
    };
    let delegated = Cloud::start(world().organization(organization().delegate(PAYER))).unwrap();
    let accounts = block_on(connector(&delegated).discover()).unwrap();
    assert_eq!((accounts.payer.as_deref(), accounts.accounts.len()), (Some("999900009999"), 3));
    let member = Cloud::start(world().organization(organization())).unwrap();
    let accounts = block_on(connector(&member).discover()).unwrap();
    assert_eq!(warned(&accounts), ["no_organization"]);
    assert!(accounts.accounts.iter().all(|account| account.in_report));
}

/// At the beginning of a month, the manifest has no parts, and later few rows.
#[test]
fn a_month_that_has_just_begun_is_not_the_only_one_that_is_asked() {
    let text = std::fs::read_to_string(crate::support::folder().join("20231101-20231201/daily-Manifest.json")).unwrap();
    let (head, tail) = text.split_once("\"reportKeys\": [").unwrap();
    let head = head.replace("20231101", "29990101").replace("20231201", "29990201");
    let tail = &tail[tail.find(']').unwrap()..];
    let part = "reports/daily/29990101-29990201/20231203T053621Z/daily-00001.csv.gz";
    for (keys, months) in [(String::new(), ["2023-11"].as_slice()), (format!("\"{part}\""), &["2023-11", "2999-01"])] {
        let cloud = Cloud::start(world()).unwrap();
        cloud.fault(Fault::denied().on("ListAccounts").always());
        cloud.put(BUCKET, part, Object::new(parts()[0].clone()));
        let manifest = format!("{head}\"reportKeys\": [{keys}{tail}");
        cloud.put(BUCKET, "reports/daily/29990101-29990201/daily-Manifest.json", Object::new(manifest));
        let accounts = block_on(connector(&cloud).discover()).unwrap();
        assert_eq!(accounts.accounts.len(), 2, "{accounts:?}");
        let asked = |month: &str| {
            let folder = month.replace('-', "");
            cloud.requests().iter().any(|get| get.range.is_some() && get.key.as_deref().unwrap().contains(&folder))
        };
        assert_eq!(["2023-11", "2999-01"].iter().filter(|month| asked(month)).count(), months.len());
    }
}

#[test]
fn states_are_read_in_either_spelling() {
    let organization = Organization::new("o-example", PAYER)
        .account(Account::new(PAYER, "Payer").state(None))
        .account(Account::new("100000000001", "Old").state(Some("SUSPENDED")).status(None))
        .account(Account::new("100000000002", "Odd").state(None).status(None));
    let cloud = Cloud::start(world().organization(organization)).unwrap();
    let accounts = block_on(connector(&cloud).discover()).unwrap();
    let state = |id: &str| accounts.get(id).unwrap().state;
    assert_eq!(state(PAYER), AccountState::Active);
    assert_eq!(state("100000000001"), AccountState::Suspended);
    assert_eq!(state("100000000002"), AccountState::Unknown);
}

#[test]
fn names_fill_in_what_the_report_lacks() {
    let cloud = Cloud::start(world()).unwrap();
    let connector = connector(&cloud);
    block_on(connector.discover()).unwrap();
    let options = Reader::builder().columns(["BillingAccountId", "BillingAccountName"]);
    let mut reader = block_on(connector.read(MONTH, options)).unwrap();
    let batch = reader.next().unwrap().unwrap();
    let names = arrow::array::AsArray::as_string::<i32>(batch.column(1));
    assert_eq!(names.value(0), "Payer");
}

#[test]
fn changes_are_listed() {
    let cloud = Cloud::start(world()).unwrap();
    let before = block_on(connector(&cloud).discover()).unwrap();
    let later = Organization::new("o-example", PAYER)
        .account(Account::new(PAYER, "Head Office"))
        .account(Account::new("100000000001", "Lab"));
    let cloud = Cloud::start(world().organization(later)).unwrap();
    let after = block_on(connector(&cloud).discover()).unwrap();
    let changes = after.changes_since(&before);
    let ids = |accounts: &[outlay::Account]| accounts.iter().map(|account| account.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&changes.joined), ["100000000001"]);
    assert_eq!(ids(&changes.left), ["444455556666"]);
    assert_eq!(ids(&changes.renamed), [PAYER]);
    assert_eq!(after.changes_since(&after), outlay::AccountChanges::default());
}

/// A source that failed in one of two discoveries is not a change.
#[test]
fn what_was_not_asked_has_not_changed() {
    let organization = Organization::new("o-example", PAYER)
        .account(Account::new(PAYER, "Payer"))
        .account(Account::new("100000000001", "Idle"));
    let discovered = |denied: Option<&str>| {
        let cloud = Cloud::start(world().organization(organization.clone())).unwrap();
        if let Some(operation) = denied {
            cloud.fault(Fault::denied().on(operation).always());
        }
        block_on(connector(&cloud).discover()).unwrap()
    };
    let whole = discovered(None);
    for denied in ["ListAccounts", "ListObjectsV2"] {
        let part = discovered(Some(denied));
        assert!(part.accounts.len() < whole.accounts.len());
        assert_eq!(part.changes_since(&whole), outlay::AccountChanges::default(), "{denied}");
        assert_eq!(whole.changes_since(&part), outlay::AccountChanges::default(), "{denied}");
    }
}

/// If the newest month cannot be read, an older one is not used without a warning.
#[test]
fn a_month_that_cannot_be_read_is_said() {
    let cloud = Cloud::start(world()).unwrap();
    cloud.put(BUCKET, crate::support::MANIFEST, Object::new("[]"));
    let accounts = block_on(connector(&cloud).discover()).unwrap();
    assert_eq!(accounts.warnings[0].code, "no_report");
    cloud.fault(Fault::denied().on("ListAccounts").always());
    assert_eq!(block_on(connector(&cloud).discover()).unwrap_err().code(), "OUTLAY_MANIFEST");
}
