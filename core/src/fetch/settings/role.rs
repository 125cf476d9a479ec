//! ARNs of roles, and their fields: partition, account, name.

use crate::error::{Error, Result};

/// A role of an account: `arn:aws:iam::123456789012:role/path/name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Role {
    pub(crate) arn: String,
    pub(crate) partition: Partition,
    pub(crate) account: String,
}

/// A partition of AWS, with its own accounts, endpoints and bills.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Partition {
    #[default]
    Aws,
    China,
    GovCloud,
}

impl Partition {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::China => "aws-cn",
            Self::GovCloud => "aws-us-gov",
        }
    }

    fn by_name(name: &str) -> Option<Self> {
        [Self::Aws, Self::China, Self::GovCloud].into_iter().find(|partition| partition.name() == name)
    }

    /// Returns the partition of a region.
    pub(crate) fn of_region(region: &str) -> Self {
        match region {
            region if region.starts_with("cn-") => Self::China,
            region if region.starts_with("us-gov-") => Self::GovCloud,
            _ => Self::Aws,
        }
    }

    /// Returns the region of report definitions, Cost Explorer and AWS Organizations, and of STS if the caller has no
    /// region. It must be in the partition, because credentials are not valid in other partitions and must not be sent
    /// there.
    pub(crate) const fn home_region(self) -> &'static str {
        match self {
            Self::Aws => "us-east-1",
            Self::China => "cn-northwest-1",
            Self::GovCloud => "us-gov-west-1",
        }
    }
}

impl Role {
    pub(crate) fn parse(arn: &str) -> Result<Self> {
        let fail = |what: &str| Error::Option {
            option: "role_arn",
            reason: format!(
                "`{}` {what}; expected one like arn:aws:iam::123456789012:role/name",
                crate::error::clip(arn.as_bytes())
            ),
        };
        let mut fields = arn.splitn(6, ':');
        let mut next = || fields.next().unwrap_or_default();
        let (prefix, partition, service, region, account, resource) = (next(), next(), next(), next(), next(), next());
        if prefix != "arn" || service != "iam" || !region.is_empty() || !(20..=2_048).contains(&arn.len()) {
            return Err(fail("is not the ARN of a role"));
        }
        let partition = Partition::by_name(partition)
            .ok_or_else(|| fail("is not in a known partition (aws, aws-cn, aws-us-gov)"))?;
        if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(fail("has no account of 12 digits"));
        }
        let name = resource.strip_prefix("role/").unwrap_or_default();
        let is_allowed = |byte: u8| byte.is_ascii_graphic();
        if name.is_empty() || name.ends_with('/') || !name.bytes().all(is_allowed) {
            return Err(fail("does not name a role"));
        }
        Ok(Self { arn: arn.to_owned(), partition, account: account.to_owned() })
    }
}
