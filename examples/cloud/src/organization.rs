//! Organizations: the accounts that are billed together.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::access::check;
use crate::answer::Answer;
use crate::call::{Call, Service};
use crate::identity::Identity;
use crate::pages::{page, with_token};
use crate::refusal::{Reason, Refusal};
use crate::world::World;

/// An organization. Its management account and the delegated ones may list the accounts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organization {
    id: String,
    management: String,
    #[serde(default)]
    delegated: Vec<String>,
    #[serde(default)]
    accounts: Vec<Account>,
    /// How many accounts go on a page.
    #[serde(default = "twenty")]
    page: usize,
    /// Whether there is an empty page before each that is not the first.
    #[serde(default)]
    empty_pages: bool,
}

/// An account of an organization.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    id: String,
    name: String,
    state: Option<String>,
    status: Option<String>,
}

impl Organization {
    /// An organization whose management account is not among its accounts yet.
    pub fn new(id: impl Into<String>, management: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            management: management.into(),
            delegated: Vec::new(),
            accounts: Vec::new(),
            page: twenty(),
            empty_pages: false,
        }
    }

    /// Adds an account. AWS lists the management account too.
    #[must_use]
    pub fn account(mut self, account: Account) -> Self {
        self.accounts.push(account);
        self
    }

    /// Makes this account a delegated administrator.
    #[must_use]
    pub fn delegate(mut self, account: impl Into<String>) -> Self {
        self.delegated.push(account.into());
        self
    }

    /// Lists so many accounts at once; 20 unless told.
    #[must_use]
    pub fn page(mut self, count: usize) -> Self {
        self.page = count.clamp(1, 20);
        self
    }

    /// Gives an empty page with a token before each page but the first.
    #[must_use]
    pub fn empty_pages(mut self) -> Self {
        self.empty_pages = true;
        self
    }

    fn has(&self, account: &str) -> bool {
        account == self.management || self.accounts.iter().any(|known| known.id == account)
    }

    fn arn(&self, kind: &str, rest: &str) -> String {
        format!("arn:aws:organizations::{}:{kind}/{}{rest}", self.management, self.id)
    }
}

impl Account {
    /// An active account, with both its state and its older status.
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self { id: id.into(), name: name.into(), state: Some("ACTIVE".to_owned()), status: Some("ACTIVE".to_owned()) }
    }

    /// Sets `State`, or leaves it out.
    #[must_use]
    pub fn state(mut self, state: Option<&str>) -> Self {
        self.state = state.map(str::to_owned);
        self
    }

    /// Sets `Status`, which AWS is about to give up, or leaves it out.
    #[must_use]
    pub fn status(mut self, status: Option<&str>) -> Self {
        self.status = status.map(str::to_owned);
        self
    }

    fn body(&self, organization: &Organization) -> Value {
        let mut body = json!({
            "Id": self.id, "Arn": organization.arn("account", &format!("/{}", self.id)), "Name": self.name,
            "Email": format!("aws+{}@example.com", self.id), "JoinedMethod": "CREATED", "JoinedTimestamp": 1_600_000_000,
        });
        for (name, text) in [("State", &self.state), ("Status", &self.status)] {
            if let Some(text) = text {
                body[name] = text.as_str().into();
            }
        }
        body
    }
}

/// Answers a request to Organizations.
pub(crate) fn answer(world: &World, identity: &Identity, call: &Call) -> Result<Answer, Refusal> {
    let refused = |code: &str, message: &str| Refusal::new(400, code, message);
    if !["ListAccounts", "DescribeOrganization"].contains(&call.operation.as_str()) {
        return Err(Refusal::because(Service::Organizations, Reason::NotPlayed));
    }
    check(world, identity, call)?;
    let organization = world.organization.as_ref().filter(|organization| organization.has(&identity.account));
    let organization = organization.ok_or_else(|| {
        refused("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
    })?;
    if call.operation == "DescribeOrganization" {
        let management = &organization.management;
        return Ok(Answer::json(&json!({"Organization": {
            "Id": organization.id, "Arn": organization.arn("organization", ""), "FeatureSet": "ALL",
            "MasterAccountArn": organization.arn("account", &format!("/{management}")),
            "MasterAccountId": management, "MasterAccountEmail": format!("aws+{management}@example.com"),
        }})));
    }
    if identity.account != organization.management && !organization.delegated.contains(&identity.account) {
        return Err(refused("AccessDeniedException", "You don't have permissions to access this resource."));
    }
    let asked = match call.json.get("MaxResults").map(Value::as_u64) {
        None => organization.page,
        Some(Some(count @ 1..=20)) => organization.page.min(usize::try_from(count).unwrap_or(20)),
        Some(_) => return Err(refused("InvalidInputException", "You specified an invalid value.")),
    };
    let token = call.member("NextToken");
    let (token, empty) = match token.and_then(|token| token.strip_prefix("empty-")) {
        Some(next) => (Some(next), true),
        None => (token, false),
    };
    if empty {
        return Ok(Answer::json(&json!({"Accounts": [], "NextToken": token})));
    }
    let (found, mut next) = page(&organization.accounts, asked, token, "InvalidInputException")?;
    if let (true, Some(token)) = (organization.empty_pages, next.as_str()) {
        next = format!("empty-{token}").into();
    }
    let found: Vec<_> = found.iter().map(|account| account.body(organization)).collect();
    Ok(Answer::json(&with_token(json!({"Accounts": found}), "NextToken", next)))
}

fn twenty() -> usize {
    20
}
