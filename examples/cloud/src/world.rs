//! The initial contents of a cloud: users, roles, buckets and reports.

use std::collections::BTreeMap;
use std::io::Read;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::bucket::Bucket;
use crate::catalog::{Export, Report};
use crate::chaos::Chaos;
use crate::faults::Fault;
use crate::organization::Organization;
use crate::policy::Policy;

/// The contents of a [`Cloud`](crate::Cloud): built with methods, or parsed from JSON with the same names.
///
/// ```
/// use outlay_cloud::World;
///
/// let world = World::parse(r#"{
///     "users": [{"arn": "arn:aws:iam::111122223333:user/finops", "access_key_id": "AKIAFINOPS0000000000"}],
///     "roles": [{
///         "arn": "arn:aws:iam::444455556666:role/billing", "external_id": "a-secret", "expires_in": 900,
///         "policy": {"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
///     }],
///     "buckets": [{
///         "name": "example-billing", "region": "eu-west-1", "owner": "444455556666", "page": 2,
///         "folders": [{"path": "../data/report", "prefix": "reports/daily/", "modified": "2023-12-03T05:36:21Z"}],
///         "objects": [{"key": "reports/notes.txt", "content": {"text": "hello"}}]
///     }],
///     "reports": [{
///         "account": "444455556666", "ReportName": "daily", "TimeUnit": "DAILY", "Format": "textORcsv",
///         "Compression": "GZIP", "AdditionalSchemaElements": ["RESOURCES"], "S3Bucket": "example-billing",
///         "S3Prefix": "reports", "S3Region": "eu-west-1"
///     }],
///     "organization": {
///         "id": "o-example", "management": "444455556666", "page": 1, "empty_pages": true,
///         "accounts": [
///             {"id": "444455556666", "name": "Payer", "state": "ACTIVE"},
///             {"id": "777788889999", "name": "Shop", "state": "SUSPENDED", "status": "SUSPENDED"}
///         ]
///     },
///     "faults": [
///         {"on": "GetObject", "effect": "slow_down", "times": 2},
///         {"on": "GetObject", "key": "*-00002.csv.gz", "nth": 2, "effect": {"cut": 1000}},
///         {"on": "ListAccounts", "effect": "denied", "always": true}
///     ],
///     "chaos": {"seed": 1, "rate": 100}
/// }"#)?;
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct World {
    pub(crate) users: Vec<User>,
    pub(crate) roles: Vec<Role>,
    #[serde(deserialize_with = "by_name")]
    pub(crate) buckets: BTreeMap<String, Bucket>,
    pub(crate) reports: Vec<Report>,
    pub(crate) exports: Vec<Export>,
    /// The number of exports and executions per page.
    #[serde(default = "two")]
    pub(crate) exports_page: usize,
    pub(crate) organization: Option<Organization>,
    pub(crate) costs: Vec<Value>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) chaos: Option<Chaos>,
}

/// A user with an access key that does not expire.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    pub(crate) arn: String,
    pub(crate) access_key_id: String,
    pub(crate) policy: Option<Policy>,
}

/// A role that can be assumed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    pub(crate) arn: String,
    pub(crate) external_id: Option<String>,
    pub(crate) trust: Option<Policy>,
    pub(crate) policy: Option<Policy>,
    #[serde(default = "hour")]
    pub(crate) max_session: u64,
    pub(crate) expires_in: Option<u64>,
}

impl World {
    /// Creates an empty world.
    pub fn new() -> Self {
        Self { exports_page: two(), ..Self::default() }
    }

    /// Adds a user.
    #[must_use]
    pub fn user(mut self, user: User) -> Self {
        self.users.push(user);
        self
    }

    /// Adds a role.
    #[must_use]
    pub fn role(mut self, role: Role) -> Self {
        self.roles.push(role);
        self
    }

    /// Adds a bucket. It replaces one with the same name.
    #[must_use]
    pub fn bucket(mut self, bucket: Bucket) -> Self {
        self.buckets.insert(bucket.name.clone(), bucket);
        self
    }

    /// Adds a report definition.
    #[must_use]
    pub fn report(mut self, report: Report) -> Self {
        self.reports.push(report);
        self
    }

    /// Adds a data export.
    #[must_use]
    pub fn export(mut self, export: Export) -> Self {
        self.exports.push(export);
        self
    }

    /// Sets the number of exports and executions per page. The default is two.
    #[must_use]
    pub fn exports_page(mut self, count: usize) -> Self {
        self.exports_page = count.max(1);
        self
    }

    /// Sets the organization. Without one, the account does not use Organizations.
    #[must_use]
    pub fn organization(mut self, organization: Organization) -> Self {
        self.organization = Some(organization);
        self
    }

    /// Adds a result of Cost Explorer: an entry of `ResultsByTime`, returned for the time period that it contains. Each is on a page
    /// of its own.
    #[must_use]
    pub fn cost(mut self, entry: Value) -> Self {
        self.costs.push(entry);
        self
    }

    /// Adds a fault.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Enables random faults.
    #[must_use]
    pub fn chaos(mut self, chaos: Chaos) -> Self {
        self.chaos = Some(chaos);
        self
    }

    /// Parses a world from JSON.
    ///
    /// # Errors
    ///
    /// If the JSON is not a world, or one of its folders or files cannot be read. The message names the cause.
    pub fn parse(json: &str) -> Result<Self, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    /// Reads a world from JSON. Stops after the closing brace.
    ///
    /// # Errors
    ///
    /// As [`World::parse`], and if reading fails.
    pub fn read(from: impl Read) -> Result<Self, String> {
        Self::deserialize(&mut serde_json::Deserializer::from_reader(from)).map_err(|error| error.to_string())
    }

    /// Returns the policy of a user or role, by ARN.
    pub(crate) fn policy(&self, principal: &str) -> Option<&Policy> {
        let of_user = self.users.iter().find(|user| user.arn == principal).map(|user| &user.policy);
        of_user.or_else(|| self.roles.iter().find(|role| role.arn == principal).map(|role| &role.policy))?.as_ref()
    }

    /// Sets or removes the policy of a user or role. Without a policy, everything is allowed. Returns whether the ARN exists.
    pub fn set_policy(&mut self, principal: &str, policy: Option<Policy>) -> bool {
        let mut of_users = self.users.iter_mut().filter(|user| user.arn == principal).map(|user| &mut user.policy);
        let mut of_roles = self.roles.iter_mut().filter(|role| role.arn == principal).map(|role| &mut role.policy);
        let found = of_users.next().or_else(|| of_roles.next());
        let known = found.is_some();
        if let Some(found) = found {
            *found = policy;
        }
        known
    }

    /// Sets the duration of the next sessions of a role, which overrides the requested one. Returns whether the role exists.
    pub fn set_expires_in(&mut self, role: &str, lifetime: Option<Duration>) -> bool {
        let found = self.roles.iter_mut().find(|known| known.arn == role);
        found.map(|role| role.expires_in = lifetime.map(|lifetime| lifetime.as_secs())).is_some()
    }
}

impl User {
    /// Creates a user, for example `arn:aws:iam::111122223333:user/connector`, with all permissions.
    pub fn new(arn: impl Into<String>, access_key_id: impl Into<String>) -> Self {
        Self { arn: arn.into(), access_key_id: access_key_id.into(), policy: None }
    }

    /// Restricts the user to the permissions of a policy.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = Some(policy);
        self
    }
}

impl Role {
    /// Creates a role with all permissions, which every identity may assume, with any external id or none.
    pub fn new(arn: impl Into<String>) -> Self {
        let arn = arn.into();
        Self { arn, external_id: None, trust: None, policy: None, max_session: hour(), expires_in: None }
    }

    /// Requires this external id.
    #[must_use]
    pub fn external_id(mut self, id: impl Into<String>) -> Self {
        self.external_id = Some(id.into());
        self
    }

    /// Sets the trust policy, which restricts the identities that may assume the role.
    #[must_use]
    pub fn trust(mut self, policy: Policy) -> Self {
        self.trust = Some(policy);
        self
    }

    /// Restricts the role to the permissions of a policy.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = Some(policy);
        self
    }

    /// Sets the maximum duration of a session. The default is an hour.
    #[must_use]
    pub fn max_session(mut self, longest: Duration) -> Self {
        self.max_session = longest.as_secs();
        self
    }

    /// Sets the duration of sessions, in whole seconds. It overrides the requested one, also in the returned expiration.
    #[must_use]
    pub fn expires_in(mut self, lifetime: Duration) -> Self {
        self.expires_in = Some(lifetime.as_secs());
        self
    }
}

fn two() -> usize {
    2
}

fn hour() -> u64 {
    3_600
}

fn by_name<'de, D: serde::Deserializer<'de>>(from: D) -> Result<BTreeMap<String, Bucket>, D::Error> {
    let buckets = Vec::<Bucket>::deserialize(from)?;
    Ok(buckets.into_iter().map(|bucket| (bucket.name.clone(), bucket)).collect())
}
