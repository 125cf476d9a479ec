//! `outlay policy`: the permissions of the role that reads a report.

use super::Console;
use super::arguments::{Document, Permissions};
use crate::error::Result;
use crate::fetch::setup::policy::Access;

/// Prints the document.
pub fn policy(arguments: &Permissions, console: &mut dyn Console) -> Result<bool> {
    let (bucket, prefix) = arguments.place();
    let access =
        Access::to(bucket, prefix).features(arguments.features.iter().copied()).partition(&arguments.partition);
    let access = match &arguments.kms_key {
        Some(key) => access.kms_key(key),
        None => access,
    };
    // The parser requires it where it is needed.
    let trusted = arguments.trusted.as_deref().unwrap_or_default();
    let document = match arguments.document {
        Document::Permission => access.permission_policy()?,
        Document::Trust => access.trust_policy(trusted, &arguments.external_id()?)?,
        Document::Cloudformation => access.cloudformation(trusted)?,
        Document::Terraform => access.terraform(trusted)?,
    };
    console.print(document.trim_end());
    Ok(true)
}
