//! The set-up on the side of AWS: the policies that a role needs, and the diagnosis of a set-up.
//!
//! In: a bucket, a prefix, capabilities; or a connector's settings. Out: policies and templates; findings, each with what
//! to change. Not here: any change of the set-up.

pub(crate) mod diagnosis;
pub(crate) mod policy;
pub(crate) mod verify;
