//! The external ID: required by a role's trust policy, so that the role of another customer cannot be used by mistake.

use std::fmt;

use crate::error::{Error, Result};

/// An external ID: 2 to 1,224 letters, digits and `_+=,.@:/-`. `Debug` does not print it.
///
/// AWS: "How to use an external ID when granting access to your AWS resources to a third party".
///
/// # Examples
///
/// ```
/// let external_id = outlay::ExternalId::generate()?;
/// assert_eq!(format!("{external_id:?}"), "ExternalId(redacted)");
/// assert_eq!(external_id.reveal().len(), 36);
/// # Ok::<(), outlay::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ExternalId(String);

impl ExternalId {
    /// Creates an external ID from the text in a trust policy.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] if the text is invalid. The message does not contain it.
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@:/-".contains(&byte);
        if !(2..=1_224).contains(&text.len()) || !text.bytes().all(is_allowed) {
            let reason = "it must have 2 to 1,224 letters, digits and _+=,.@:/-".to_owned();
            return Err(Error::Option { option: "external_id", reason });
        }
        Ok(Self(text))
    }

    /// Returns the external ID in an environment variable.
    pub(crate) fn from_env(name: &str) -> Result<Self> {
        let value = std::env::var(name).map_err(|_| Error::Option {
            option: "external_id_env",
            reason: format!("the environment has no variable `{name}`"),
        })?;
        Self::new(value)
    }

    /// Generates an external ID with 122 random bits. Use a different one for each customer.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] if the system has no random numbers.
    pub fn generate() -> Result<Self> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| Error::Option {
            option: "external_id",
            reason: format!("none can be generated: {error}"),
        })?;
        // A random UUID, as in AWS's examples (RFC 9562, version 4).
        bytes[6] = bytes[6] & 0x0F | 0x40;
        bytes[8] = bytes[8] & 0x3F | 0x80;
        let mut text = String::with_capacity(36);
        for (index, byte) in bytes.into_iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            text.push_str(&format!("{byte:02x}"));
        }
        Ok(Self(text))
    }

    /// Returns the text, for use in a trust policy.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExternalId(redacted)")
    }
}
