//! A simulated cloud on this machine: the parts of AWS that a connector to billing data uses.
//!
//! It simulates STS (`AssumeRole` with external ids and trust policies, `GetCallerIdentity`), S3 (reading, path style), legacy report
//! definitions, data exports, Organizations and Cost Explorer, over TCP, at one endpoint. Policies are enforced. Requests must be
//! signed with a valid access key, but the signature itself is not verified. [`Fault`]s for chosen requests, or [`Chaos`] from a
//! seed, cause the errors that AWS can return. All requests are logged.
//!
//! ```
//! use outlay_cloud::{Account, Bucket, Cloud, Fault, Object, Organization, Report, Role, User, World};
//!
//! let world = World::new()
//!     .user(User::new("arn:aws:iam::111122223333:user/finops", "AKIAFINOPS0000000000"))
//!     .role(Role::new("arn:aws:iam::444455556666:role/billing").external_id("a-secret"))
//!     .bucket(Bucket::new("example-billing").owner("444455556666").put("reports/a.txt", Object::new("hello")))
//!     .report(Report::new("444455556666", "daily", "example-billing", "reports").set("TimeUnit", "DAILY"))
//!     .organization(Organization::new("o-example", "444455556666").account(Account::new("444455556666", "Payer")))
//!     .fault(Fault::slow_down().on("GetObject").times(2));
//! let cloud = Cloud::start(world)?;
//!
//! // ... AWS_ENDPOINT_URL is cloud.endpoint(), AWS_ACCESS_KEY_ID is AKIAFINOPS0000000000, the secret is anything ...
//! assert_eq!(cloud.count("AssumeRole"), 0);
//! # Ok::<(), std::io::Error>(())
//! ```

mod access;
mod answer;
mod body;
mod bucket;
mod call;
mod catalog;
mod chaos;
mod cloud;
mod control;
mod costs;
mod faults;
mod identity;
mod listing;
mod log;
mod object;
mod organization;
mod pages;
mod policy;
mod refusal;
mod s3;
mod server;
mod state;
mod sts;
mod text;
mod time;
mod world;

pub use self::bucket::Bucket;
pub use self::catalog::{Export, Report};
pub use self::chaos::Chaos;
pub use self::cloud::Cloud;
pub use self::faults::Fault;
pub use self::log::Request;
pub use self::object::Object;
pub use self::organization::{Account, Organization};
pub use self::policy::Policy;
pub use self::world::{Role, User, World};
