//! S3 and its neighbours → what the reader takes: the AWS SDK does signing, retries of requests and renewal of credentials;
//! here is what it does not do.

pub(crate) mod bucket;
pub(crate) mod catalog;
pub(crate) mod clients;
pub(crate) mod config;
pub(crate) mod delivery;
pub(crate) mod diagnosis;
#[cfg(feature = "discover")]
pub(crate) mod discover;
pub(crate) mod download;
pub(crate) mod external_id;
pub(crate) mod failure;
pub(crate) mod period;
pub(crate) mod place;
pub(crate) mod policy;
pub(crate) mod raw;
pub(crate) mod remote;
pub(crate) mod role;
pub(crate) mod runtime;
pub(crate) mod spool;
pub(crate) mod verify;
