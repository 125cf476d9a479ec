//! What a connector may do, once: the policies that grant it, and the statements that a failed probe asks for, come from
//! the same table.

use std::str::FromStr;

use serde_json::{Value, json};

use super::external_id::ExternalId;
use super::role::Partition;
use crate::error::{Error, Result, clip};

/// Something that a connector can do, and that its role must be allowed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Capability {
    /// Listing and reading the report in its bucket.
    Read,
    /// Finding the report by its name.
    Find,
    /// Names and states of the accounts of the organization.
    Discover,
    /// Asking Cost Explorer for the same month.
    Reconcile,
}

impl Capability {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Read, Self::Find, Self::Discover, Self::Reconcile];

    /// Its name, as `features` of the other languages spell it.
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

    /// The feature of a name.
    fn from_str(name: &str) -> Result<Self> {
        Self::ALL.iter().copied().find(|feature| feature.name() == name).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|feature| feature.name()).collect();
            let reason = format!("`{}` is none of {}", clip(name.as_bytes()), names.join(", "));
            Error::Option { option: "features", reason }
        })
    }
}

/// What a statement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resource {
    Bucket,
    Objects,
    Key,
    /// These operations know no resources.
    All,
}

/// One statement of the policy.
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

/// The rights that a connector needs to a report, and none beside: as IAM policies, and as templates that make the role.
///
/// AWS: "Actions, resources, and condition keys" of each service; "Access to AWS accounts owned by third parties".
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
    /// Rights to what lies in a bucket below a prefix; all features, in the partition `aws`.
    pub fn to(bucket: impl Into<String>, prefix: impl Into<String>) -> Self {
        Self {
            bucket: bucket.into(),
            prefix: prefix.into(),
            features: Capability::ALL.to_vec(),
            partition: Partition::Aws.name().to_owned(),
            kms_key: None,
        }
    }

    /// What the connector is to do.
    #[must_use]
    pub fn features(mut self, features: impl IntoIterator<Item = Capability>) -> Self {
        self.features = features.into_iter().collect();
        self
    }

    /// The partition of the account: `aws`, `aws-cn` or `aws-us-gov`.
    #[must_use]
    pub fn partition(mut self, partition: impl Into<String>) -> Self {
        self.partition = partition.into();
        self
    }

    /// The ARN of the KMS key that the bucket is encrypted with, when it is not S3's own.
    #[must_use]
    pub fn kms_key(mut self, arn: impl Into<String>) -> Self {
        self.kms_key = Some(arn.into());
        self
    }

    /// Refuses names that would say something else in a policy: `*`, `?`, quotes, variables.
    fn validate(&self) -> Result<()> {
        let is_plain = |text: &str| text.chars().all(|c| c.is_alphanumeric() || "!-_.'()/+=:@ ,&;%~".contains(c));
        for (option, text) in [
            ("bucket", &self.bucket),
            ("prefix", &self.prefix),
            ("kms_key", self.kms_key.as_ref().unwrap_or(&self.bucket)),
        ] {
            if !is_plain(text) || (option == "bucket" && text.is_empty()) {
                let reason = format!("`{}` cannot stand in a policy", clip(text.as_bytes()));
                return Err(Error::Option { option, reason });
            }
        }
        match ["aws", "aws-cn", "aws-us-gov"].contains(&self.partition.as_str()) {
            true => Ok(()),
            false => Err(Error::Option {
                option: "partition",
                reason: "the partitions are aws, aws-cn and aws-us-gov".to_owned(),
            }),
        }
    }

    /// The prefix as keys begin with it, with the slash that ends it.
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

    /// What to do about an operation that is not allowed: the statement to add.
    pub(crate) fn allowing(&self, operation: &str) -> Option<String> {
        let grant = GRANTS.iter().find(|grant| grant.actions.contains(&operation))?;
        let key = json!("the ARN of the bucket's KMS key");
        let statement = self.statement(grant).unwrap_or_else(
            || json!({ "Sid": grant.sid, "Effect": "Allow", "Action": grant.actions, "Resource": key }),
        );
        let statement = serde_json::to_string(&statement).ok()?;
        Some(format!("add to the role's policy: {statement}"))
    }

    /// The policy of the role: what it may do, as JSON.
    ///
    /// Errors: [`Error::Option`] for a name with which a policy would say something else.
    pub fn permission_policy(&self) -> Result<String> {
        self.validate()?;
        Ok(pretty(&self.permissions()))
    }

    /// Who may assume the role, as JSON: an account of 12 digits, or the ARN of a role or user; and only with the external
    /// ID, so that another customer who names this role to the same trusted account cannot read the report by it.
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
            // What it is instead is not said: it may be the external ID, in the wrong place.
            () => Err(Error::Option {
                option: "trusted",
                reason: "it is neither an account of 12 digits nor the ARN of a role or user".to_owned(),
            }),
        }
    }

    /// A CloudFormation template that makes the role; the external ID is a parameter of it.
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

    /// A Terraform file that makes the role; the external ID is a variable of it.
    pub fn terraform(&self, trusted: &str) -> Result<String> {
        self.validate()?;
        let trust = pretty(&self.trust(&self.principal(trusted)?, &json!("EXTERNAL_ID")));
        let trust = trust.replace("\"EXTERNAL_ID\"", "var.external_id");
        // `%{` and `${` begin templates; names with a brace were refused.
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
