//! Permissions of a connector. The policies that grant them and the fixes of failed checks use the same table.

use std::str::FromStr;

use serde_json::{Value, json};

use crate::error::{Error, Result, clip};
use crate::fetch::settings::address::{check_bucket, located};
use crate::fetch::settings::external_id::ExternalId;
use crate::fetch::settings::role::Partition;

/// An operation of a connector that its role must permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Capability {
    /// List and read the report in its bucket.
    Read,
    /// Find the report by its name.
    Find,
    /// Read names and states of the accounts of the organization.
    Discover,
    /// Request the same month from Cost Explorer.
    Reconcile,
}

impl Capability {
    /// All capabilities.
    pub const ALL: &'static [Self] = &[Self::Read, Self::Find, Self::Discover, Self::Reconcile];

    /// Returns the name, as in the option `features` of the language bindings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Find => "find",
            Self::Discover => "discover",
            Self::Reconcile => "reconcile",
        }
    }
}

impl FromStr for Capability {
    type Err = Error;

    /// Returns the capability with a name.
    fn from_str(name: &str) -> Result<Self> {
        Self::ALL.iter().copied().find(|feature| feature.name() == name).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|feature| feature.name()).collect();
            let reason = format!("`{}` is none of {}", clip(name.as_bytes()), names.join(", "));
            Error::Option { option: "features", reason }
        })
    }
}

/// The resource of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resource {
    Bucket,
    Objects,
    Key,
    /// The operations do not support resources.
    All,
}

/// A statement of the policy.
#[derive(Debug)]
pub(crate) struct Grant {
    pub(crate) sid: &'static str,
    feature: Capability,
    actions: &'static [&'static str],
    resource: Resource,
}

#[rustfmt::skip]
pub(crate) const GRANTS: &[Grant] = &[
    //    statement          for                   operations                                                                    on
    grant("ListReport",      Capability::Read,      &["s3:ListBucket"],                                                             Resource::Bucket),
    grant("ReadReport",      Capability::Read,      &["s3:GetObject"],                                                              Resource::Objects),
    grant("DecryptReport",   Capability::Read,      &["kms:Decrypt"],                                                               Resource::Key),
    grant("FindReports",     Capability::Find,      &["cur:DescribeReportDefinitions"],                                             Resource::All),
    grant("FindExports",     Capability::Find,      &["bcm-data-exports:ListExports", "bcm-data-exports:GetExport"],                Resource::All),
    grant("ListAccounts",    Capability::Discover,  &["organizations:ListAccounts", "organizations:DescribeOrganization"],          Resource::All),
    grant("AskCostExplorer", Capability::Reconcile, &["ce:GetCostAndUsage"],                                                        Resource::All),
];

const fn grant(sid: &'static str, feature: Capability, actions: &'static [&'static str], resource: Resource) -> Grant {
    Grant { sid, feature, actions, resource }
}

/// The minimal permissions for a report, as IAM policies and as templates that create the role.
///
/// AWS: "Actions, resources, and condition keys" of each service; "Access to AWS accounts owned by third parties".
///
/// # Examples
///
/// ```
/// use outlay::{Access, Capability, ExternalId};
///
/// let access = Access::to("billing-123456789012", "cur/daily").features([Capability::Read, Capability::Find]);
/// assert!(access.permission_policy()?.contains("arn:aws:s3:::billing-123456789012/cur/daily/*"));
/// let trust = access.trust_policy("210987654321", &ExternalId::new("3f2c9b7e")?)?;
/// assert!(trust.contains(r#""sts:ExternalId": "3f2c9b7e""#));
/// # Ok::<(), outlay::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Access {
    bucket: String,
    prefix: String,
    features: Vec<Capability>,
    partition: String,
    kms_key: Option<String>,
}

impl Access {
    /// Creates permissions for a bucket and prefix, with all capabilities, in the partition `aws`. An address with
    /// both, `s3://bucket/prefix`, is allowed as the bucket, with an empty prefix.
    pub fn to(bucket: impl Into<String>, prefix: impl Into<String>) -> Self {
        let (bucket, prefix) = (bucket.into(), prefix.into());
        // An invalid address is reported by `validate`.
        let (bucket, prefix) = match located(&bucket, Some(&prefix)) {
            Ok((bucket, within)) => (bucket, within.unwrap_or_default()),
            Err(_) => (bucket, prefix),
        };
        Self {
            bucket,
            prefix,
            features: Capability::ALL.to_vec(),
            partition: Partition::Aws.name().to_owned(),
            kms_key: None,
        }
    }

    /// Sets the capabilities.
    #[must_use]
    pub fn features(mut self, features: impl IntoIterator<Item = Capability>) -> Self {
        self.features = features.into_iter().collect();
        self
    }

    /// Sets the partition of the account: `aws`, `aws-cn` or `aws-us-gov`.
    #[must_use]
    pub fn partition(mut self, partition: impl Into<String>) -> Self {
        self.partition = partition.into();
        self
    }

    /// Sets the ARN of the KMS key of the bucket, if it is encrypted with one.
    #[must_use]
    pub fn kms_key(mut self, arn: impl Into<String>) -> Self {
        self.kms_key = Some(arn.into());
        self
    }

    /// Fails for names that have another meaning in a policy: with `*`, `?`, quotes or variables.
    fn validate(&self) -> Result<()> {
        located(&self.bucket, Some(&self.prefix))?;
        check_bucket(&self.bucket)?;
        let is_plain = |text: &str| text.chars().all(|c| c.is_alphanumeric() || "!-_.'()/+=:@ ,&;%~".contains(c));
        for (option, text) in [("prefix", &self.prefix), ("kms_key", self.kms_key.as_ref().unwrap_or(&self.bucket))] {
            if !is_plain(text) {
                let reason = format!("`{}` cannot stand in a policy", clip(text.as_bytes()));
                return Err(Error::Option { option, reason });
            }
        }
        match ["aws", "aws-cn", "aws-us-gov"].contains(&self.partition.as_str()) {
            true => Ok(()),
            false => {
                Err(Error::Option { option: "partition", reason: "it must be aws, aws-cn or aws-us-gov".to_owned() })
            }
        }
    }

    /// Returns the prefix with a trailing slash.
    fn below(&self) -> String {
        match self.prefix.trim_end_matches('/') {
            "" => String::new(),
            prefix => format!("{prefix}/"),
        }
    }

    fn statement(&self, grant: &Grant) -> Option<Value> {
        let bucket = format!("arn:{}:s3:::{}", self.partition, self.bucket);
        let below = self.below();
        let mut statement = json!({ "Sid": grant.sid, "Effect": "Allow", "Action": grant.actions });
        statement["Resource"] = match grant.resource {
            Resource::Bucket => json!(bucket),
            Resource::Objects => json!(format!("{bucket}/{below}*")),
            Resource::Key => json!(self.kms_key.as_ref()?),
            Resource::All => json!("*"),
        };
        if grant.resource == Resource::Bucket && !below.is_empty() {
            statement["Condition"] = json!({ "StringLike": { "s3:prefix": format!("{below}*") } });
        }
        Some(statement)
    }

    fn permissions(&self) -> Value {
        let wanted = GRANTS.iter().filter(|grant| self.features.contains(&grant.feature));
        let statements: Vec<Value> = wanted.filter_map(|grant| self.statement(grant)).collect();
        json!({ "Version": "2012-10-17", "Statement": statements })
    }

    /// Returns the fix for a denied operation: the statement to add.
    pub(crate) fn allowing(&self, operation: &str) -> Option<String> {
        let grant = GRANTS.iter().find(|grant| grant.actions.contains(&operation))?;
        let key = json!("the ARN of the bucket's KMS key");
        let statement = self.statement(grant).unwrap_or_else(
            || json!({ "Sid": grant.sid, "Effect": "Allow", "Action": grant.actions, "Resource": key }),
        );
        let statement = serde_json::to_string(&statement).ok()?;
        Some(format!("add to the role's policy: {statement}"))
    }

    /// Returns the permission policy of the role, as JSON.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] if a name has another meaning in a policy.
    pub fn permission_policy(&self) -> Result<String> {
        self.validate()?;
        Ok(pretty(&self.permissions()))
    }

    /// Returns the trust policy of the role, as JSON. `trusted` is an account id of 12 digits, or the ARN of a role or
    /// user. The external ID is required, so that another customer of the trusted account cannot use the role.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] if `trusted` or a name is invalid.
    pub fn trust_policy(&self, trusted: &str, external_id: &ExternalId) -> Result<String> {
        self.validate()?;
        Ok(pretty(&self.trust(&self.principal(trusted)?, &json!(external_id.reveal()))))
    }

    fn trust(&self, principal: &str, external_id: &Value) -> Value {
        json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Sid": "TrustWithExternalId",
                "Effect": "Allow",
                "Principal": { "AWS": principal },
                "Action": "sts:AssumeRole",
                "Condition": { "StringEquals": { "sts:ExternalId": external_id } },
            }],
        })
    }

    fn principal(&self, trusted: &str) -> Result<String> {
        let is_account = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_arn = || {
            let rest = trusted.strip_prefix("arn:").and_then(|rest| rest.strip_prefix(self.partition.as_str()));
            let rest = rest.and_then(|rest| rest.strip_prefix(":iam::")).unwrap_or_default();
            let resource =
                rest.split_once(':').filter(|(account, _)| is_account(account)).map(|(_, resource)| resource);
            resource.is_some_and(|resource| {
                resource == "root" || ["role/", "user/"].iter().any(|kind| resource.starts_with(kind))
            }) && trusted.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":/_+=,.@-".contains(&byte))
        };
        match () {
            () if is_account(trusted) => Ok(format!("arn:{}:iam::{trusted}:root", self.partition)),
            () if is_arn() => Ok(trusted.to_owned()),
            // The text is not in the message, because it may be the external ID in the wrong place.
            () => Err(Error::Option {
                option: "trusted",
                reason: "it is neither an account of 12 digits nor the ARN of a role or user".to_owned(),
            }),
        }
    }

    /// Returns a CloudFormation template that creates the role. The external ID is a parameter.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] if `trusted` or a name is invalid.
    pub fn cloudformation(&self, trusted: &str) -> Result<String> {
        self.validate()?;
        let trust = self.trust(&self.principal(trusted)?, &json!({ "Ref": "ExternalId" }));
        Ok(pretty(&json!({
            "AWSTemplateFormatVersion": "2010-09-09",
            "Description": "A role that reads a cost report, and nothing else",
            "Parameters": {
                "ExternalId": { "Type": "String", "NoEcho": true, "MinLength": 2, "MaxLength": 1224 },
            },
            "Resources": {
                "ReportReader": {
                    "Type": "AWS::IAM::Role",
                    "Properties": {
                        "AssumeRolePolicyDocument": trust,
                        "Policies": [{ "PolicyName": "read-report", "PolicyDocument": self.permissions() }],
                    },
                },
            },
            "Outputs": { "RoleArn": { "Value": { "Fn::GetAtt": ["ReportReader", "Arn"] } } },
        })))
    }

    /// Returns a Terraform file that creates the role. The external ID is a variable.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] if `trusted` or a name is invalid.
    pub fn terraform(&self, trusted: &str) -> Result<String> {
        self.validate()?;
        let trust = pretty(&self.trust(&self.principal(trusted)?, &json!("EXTERNAL_ID")));
        let trust = trust.replace("\"EXTERNAL_ID\"", "var.external_id");
        // `%{` and `${` begin templates; `validate` rejects names with braces.
        let permissions = pretty(&self.permissions());
        Ok(format!(
            r#"variable "external_id" {{
  type      = string
  sensitive = true
}}

resource "aws_iam_role" "report_reader" {{
  name_prefix        = "report-reader-"
  assume_role_policy = jsonencode({trust})
}}

resource "aws_iam_role_policy" "read_report" {{
  role   = aws_iam_role.report_reader.id
  policy = jsonencode({permissions})
}}

output "role_arn" {{
  value = aws_iam_role.report_reader.arn
}}
"#,
        ))
    }
}

fn pretty(value: &Value) -> String {
    format!("{value:#}")
}
