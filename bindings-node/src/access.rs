//! External IDs, IAM policies and templates of roles.

use napi_derive::napi;
use outlay::{Access, Capability, Error, ExternalId};

use crate::answer::TextAnswer;
use crate::failure::{Failure, guarded};

/// Returns a new random external ID.
#[napi]
pub fn generate_external_id() -> TextAnswer {
    ExternalId::generate().map(|external_id| external_id.reveal().to_owned()).into()
}

/// Returns the given text if it is a valid external ID, otherwise a failure.
#[napi]
pub fn check_external_id(text: String) -> TextAnswer {
    ExternalId::new(text).map(|external_id| external_id.reveal().to_owned()).into()
}

/// The arguments of the class `Access`.
#[napi(object, object_to_js = false)]
pub struct Rights {
    pub bucket: String,
    pub prefix: String,
    pub features: Option<Vec<String>>,
    pub partition: Option<String>,
    pub kms_key: Option<String>,
}

impl Rights {
    fn access(self) -> Result<Access, Failure> {
        let mut access = Access::to(self.bucket, self.prefix);
        if let Some(features) = self.features {
            let features = features.iter().map(|name| name.parse::<Capability>());
            access = access.features(features.collect::<Result<Vec<_>, _>>()?);
        }
        if let Some(partition) = self.partition {
            access = access.partition(partition);
        }
        if let Some(kms_key) = self.kms_key {
            access = access.kms_key(kms_key);
        }
        Ok(access)
    }

    fn text(self, text: impl FnOnce(&Access) -> Result<String, Error>) -> TextAnswer {
        guarded(|| Ok(text(&self.access()?)?)).into()
    }
}

/// Returns the permission policy of the role, as JSON.
#[napi]
pub fn permission_policy(rights: Rights) -> TextAnswer {
    rights.text(Access::permission_policy)
}

/// Returns the trust policy of the role, as JSON.
#[napi]
pub fn trust_policy(rights: Rights, trusted: String, external_id: String) -> TextAnswer {
    rights.text(|access| access.trust_policy(&trusted, &ExternalId::new(external_id)?))
}

/// Returns a CloudFormation template that creates the role.
#[napi]
pub fn cloudformation(rights: Rights, trusted: String) -> TextAnswer {
    rights.text(|access| access.cloudformation(&trusted))
}

/// Returns a Terraform configuration that creates the role.
#[napi]
pub fn terraform(rights: Rights, trusted: String) -> TextAnswer {
    rights.text(|access| access.terraform(&trusted))
}
