//! The version of serialized values that are exchanged between processes, releases and languages.

use std::fmt;

use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// The version of a serialized form, which is part of each value. A missing or another version is an error, because
/// fields that this release does not know would be lost, and checks with them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FormVersion<const KNOWN: u64>;

impl<const KNOWN: u64> FormVersion<KNOWN> {
    fn refuse<E: Error>(found: impl fmt::Display) -> E {
        E::custom(format!(
            "it has {found}, and outlay {} reads version {KNOWN}: read the report again with one release, or use the release \
             that wrote it",
            env!("CARGO_PKG_VERSION"),
        ))
    }
}

impl<const KNOWN: u64> Serialize for FormVersion<KNOWN> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(KNOWN)
    }
}

impl<'de, const KNOWN: u64> Deserialize<'de> for FormVersion<KNOWN> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Serde deserializes a missing field as an absent option.
        deserializer.deserialize_option(Found)
    }
}

struct Found<const KNOWN: u64>;

impl<'de, const KNOWN: u64> Visitor<'de> for Found<KNOWN> {
    type Value = FormVersion<KNOWN>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the version {KNOWN}")
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Err(FormVersion::<KNOWN>::refuse("no version"))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        self.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        match u64::deserialize(deserializer)? {
            known if known == KNOWN => Ok(FormVersion),
            other => Err(FormVersion::<KNOWN>::refuse(format_args!("version {other}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[derive(Serialize, Deserialize)]
    struct Form {
        version: FormVersion<3>,
        value: u8,
    }

    #[test]
    fn another_version_and_none_say_what_to_do() {
        assert_eq!(
            serde_json::to_string(&Form { version: FormVersion, value: 7 }).unwrap(),
            r#"{"version":3,"value":7}"#
        );
        #[rustfmt::skip]
        let cases = [
            (r#"{"version": 3, "value": 7}"#,    None),
            (r#"{"value": 7, "version": 3}"#,    None),
            (r#"{"version": 4, "value": 7}"#,    Some("it has version 4, and outlay ")),
            (r#"{"version": 0, "value": 7}"#,    Some("it has version 0, and outlay ")),
            (r#"{"value": 7}"#,                  Some("it has no version, and outlay ")),
            (r#"{"version": null, "value": 7}"#, Some("it has no version, and outlay ")),
            (r#"{"version": "3", "value": 7}"#,  Some("invalid type: string \"3\"")),
        ];
        for (text, wanted) in cases {
            let parsed = serde_json::from_str::<Form>(text);
            let said = parsed.as_ref().err().map(ToString::to_string);
            assert_eq!(parsed.ok().map(|form| form.value), wanted.is_none().then_some(7), "{text}");
            let is_said = said.as_deref().unwrap_or_default().starts_with(wanted.unwrap_or_default());
            assert!(is_said, "{text}: {said:?}");
            if wanted.is_some_and(|wanted| wanted.starts_with("it has")) {
                assert!(said.is_some_and(|said| said.contains("reads version 3: read the report again")), "{text}");
            }
        }
    }
}
