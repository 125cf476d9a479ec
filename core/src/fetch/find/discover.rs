//! Accounts: the payer and its linked accounts.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::fetch::aws::clients::AwsCaller;
use crate::fetch::aws::failure::Failure;
use crate::value::warning::Warning;

/// An AWS account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Account {
    /// 12 digits, possibly with leading zeros.
    pub id: String,
    /// The name, if known.
    pub name: Option<String>,
    /// The current state.
    pub state: AccountState,
    /// Whether it is the payer account, which gets the bill. The payer is a linked account as well, but is listed once.
    pub is_payer: bool,
    /// Whether AWS Organizations lists it.
    pub in_organization: bool,
    /// Whether the months read have rows of it.
    pub in_report: bool,
}

/// The state of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AccountState {
    /// Created, but not used yet.
    PendingActivation,
    /// In use.
    Active,
    /// Suspended by AWS.
    Suspended,
    /// Being closed.
    PendingClosure,
    /// Closed. AWS Organizations removes it after 90 days.
    Closed,
    /// Known only from the report: an account of the past, or of another organization.
    Unknown,
}

/// The accounts of a report.
///
/// It serializes, so that it can be stored and compared with a later result, see [`Accounts::changes_since`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Accounts {
    /// The payer account, if known.
    pub payer: Option<String>,
    /// All accounts, in order of their ids.
    pub accounts: Vec<Account>,
    /// Data that could not be obtained, with the reason.
    pub warnings: Vec<Warning>,
}

/// The difference of two results.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AccountChanges {
    /// Accounts that are new, or new in the organization.
    pub joined: Vec<Account>,
    /// Accounts that no longer exist, or left the organization, in their earlier state.
    pub left: Vec<Account>,
    /// Accounts with another name, in their new state.
    pub renamed: Vec<Account>,
}

impl Account {
    fn unknown(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: None,
            state: AccountState::Unknown,
            is_payer: false,
            in_organization: false,
            in_report: false,
        }
    }
}

impl Accounts {
    /// Returns the account with an id.
    pub fn get(&self, id: &str) -> Option<&Account> {
        self.accounts.binary_search_by(|account| account.id.as_str().cmp(id)).ok().and_then(|at| self.accounts.get(at))
    }

    /// Returns account names by id, for [`ReaderBuilder::account_names`](crate::ReaderBuilder::account_names).
    pub fn names(&self) -> BTreeMap<String, String> {
        self.accounts.iter().filter_map(|account| Some((account.id.clone(), account.name.clone()?))).collect()
    }

    /// Returns the changes since an earlier result.
    pub fn changes_since(&self, earlier: &Self) -> AccountChanges {
        let is_renamed = |account: &&Account| {
            let before = earlier.get(&account.id).and_then(|before| before.name.as_ref());
            account.name.is_some() && before.is_some() && account.name.as_ref() != before
        };
        // A source that only one of the results has is not compared. An account that left the organization may still be
        // in the report.
        let both = |has: fn(&Account) -> bool| [self, earlier].iter().all(|result| result.accounts.iter().any(has));
        let are_asked = both(|account| account.in_organization);
        let are_read = both(|account| account.in_report);
        let lacks = |accounts: &Self, account: &Account| match accounts.get(&account.id) {
            Some(other) => are_asked && account.in_organization && !other.in_organization,
            None if account.in_organization => are_asked,
            None => are_read,
        };
        AccountChanges {
            joined: self.accounts.iter().filter(|account| lacks(earlier, account)).cloned().collect(),
            left: earlier.accounts.iter().filter(|account| lacks(self, account)).cloned().collect(),
            renamed: self.accounts.iter().filter(is_renamed).cloned().collect(),
        }
    }

    /// Adds the accounts in rows, from the columns BillingAccountId, SubAccountId and their names that the batch has.
    /// The columns must be `Utf8`.
    pub fn add_rows(&mut self, batch: &RecordBatch) {
        let texts = |name: &str| batch.column_by_name(name).and_then(|column| column.as_string_opt::<i32>());
        for (id, name, is_payer) in
            [("BillingAccountId", "BillingAccountName", true), ("SubAccountId", "SubAccountName", false)]
        {
            let Some(ids) = texts(id) else { continue };
            let names = texts(name);
            let mut known: BTreeMap<&str, Option<&str>> = BTreeMap::new();
            for row in (0..ids.len()).filter(|&row| ids.is_valid(row)) {
                let name = names.filter(|names| names.is_valid(row)).map(|names| names.value(row));
                let entry = known.entry(ids.value(row)).or_default();
                *entry = entry.or(name);
            }
            for (id, name) in known {
                let mut account = Account::unknown(id);
                account.name = name.map(str::to_owned);
                account.in_report = true;
                account.is_payer = is_payer;
                self.add(account);
            }
        }
    }

    /// Merges other accounts. Existing data is kept.
    pub(crate) fn merge(&mut self, others: Self) {
        self.warnings.extend(others.warnings);
        others.accounts.into_iter().for_each(|account| self.add(account));
    }

    fn add(&mut self, other: Account) {
        if other.is_payer && self.payer.is_none() {
            self.payer = Some(other.id.clone());
        }
        let is_payer = self.payer.as_ref() == Some(&other.id);
        let account = self.entry(&other.id);
        account.is_payer = is_payer;
        account.in_organization |= other.in_organization;
        account.in_report |= other.in_report;
        account.name = account.name.take().or(other.name);
        if account.state == AccountState::Unknown {
            account.state = other.state;
        }
    }

    pub(crate) fn warn(&mut self, code: &str, message: String) {
        self.warnings.push(Warning::new(code, message));
    }

    fn entry(&mut self, id: &str) -> &mut Account {
        let at = match self.accounts.binary_search_by(|account| account.id.as_str().cmp(id)) {
            Ok(at) => at,
            Err(at) => {
                self.accounts.insert(at, Account::unknown(id));
                at
            }
        };
        &mut self.accounts[at]
    }
}

/// Maximum number of pages in a list. A page has up to 20 accounts and can be empty.
const MOST_PAGES: usize = 100_000;

fn state(account: &aws_sdk_organizations::types::Account) -> AccountState {
    // AWS has announced that `State` replaces `Status`; some responses have neither.
    let state = account.state().map(|state| state.as_str());
    let status = account.status().map(|status| status.as_str());
    match state.or(status) {
        Some("PENDING_ACTIVATION") => AccountState::PendingActivation,
        Some("ACTIVE") => AccountState::Active,
        Some("SUSPENDED") => AccountState::Suspended,
        Some("PENDING_CLOSURE") => AccountState::PendingClosure,
        Some("CLOSED") => AccountState::Closed,
        _ => AccountState::Unknown,
    }
}

/// Lists the accounts of the organization. If that is not permitted, returns none with a warning.
pub(crate) async fn organization(caller: &Arc<AwsCaller>) -> Result<Accounts> {
    let mut accounts = Accounts::default();
    let mut token = None::<String>;
    for number in 0.. {
        if number == MOST_PAGES {
            return Err(Failure::endless().into_error("organizations:ListAccounts", "AWS Organizations"));
        }
        let page = caller.call(|clients| clients.organizations().list_accounts().set_next_token(token.clone()).send());
        let page = match page.await {
            Ok(page) => page,
            Err(failure) => {
                let is_alone = failure.code.as_deref() == Some("AWSOrganizationsNotInUseException");
                let error = failure.into_error("organizations:ListAccounts", "AWS Organizations");
                let message = match (&error, is_alone) {
                    (_, true) => "the account is not in an organization; accounts are those of the report".to_owned(),
                    // Without the role, the report cannot be read either.
                    (Error::Credentials { .. }, _) => return Err(error),
                    _ => format!("{error}; accounts are those of the report"),
                };
                // The accounts listed before the failure are incomplete.
                accounts = Accounts::default();
                accounts.warn("no_organization", message);
                return Ok(accounts);
            }
        };
        for listed in page.accounts() {
            let Some(id) = listed.id() else { continue };
            let account = accounts.entry(id);
            account.name = listed.name().map(str::to_owned);
            account.state = state(listed);
            account.in_organization = true;
        }
        // A page can be empty without being the last.
        token = page.next_token().map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    match caller.call(|clients| clients.organizations().describe_organization().send()).await {
        Ok(answer) => {
            let payer = answer.organization().and_then(|organization| organization.master_account_id());
            if let Some(payer) = payer {
                accounts.entry(payer).is_payer = true;
                accounts.entry(payer).in_organization = true;
                accounts.payer = Some(payer.to_owned());
            }
        }
        Err(failure) => {
            let error = failure.into_error("organizations:DescribeOrganization", "AWS Organizations");
            accounts.warn("no_payer", format!("{error}; the payer account is that of the report"));
        }
    }
    Ok(accounts)
}
