//! Maps: JSON cells of CUR 2.0 and columns of the legacy report, as key-value pairs with the keys of FOCUS.
//!
//! JSON objects are streamed: keys and values are passed to the caller one by one.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::schema::cur::{athena_name, null_token};
use crate::schema::encoding::TagPolicy;

/// The error for a cell that is not a JSON object.
#[derive(Debug)]
pub(crate) struct NoObject;

/// The null value of JSON.
const JSON_NULL: &str = "null";

/// Returns the null token of another program in place of an object. JSON's own null is an object without keys.
pub(crate) fn null_in_place_of_object(json: &str) -> Option<&'static str> {
    null_token(json.as_bytes()).filter(|&token| token != JSON_NULL)
}

/// Calls `each` with the keys and values of a JSON object. Numbers keep their exact text, nested values are JSON text,
/// null is `None`. Null in place of the object is an object without keys.
pub(crate) fn walk(json: &str, mut each: impl FnMut(&str, Option<&str>)) -> Result<(), NoObject> {
    if json.trim_ascii() == JSON_NULL {
        return Ok(());
    }
    let mut deserializer = serde_json::Deserializer::from_str(json);
    deserializer.deserialize_map(Walk(&mut each)).and_then(|()| deserializer.end()).map_err(|_| NoObject)
}

struct Walk<'f>(&'f mut dyn FnMut(&str, Option<&str>));

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Text<'de>>()? {
            let raw = map.next_value::<&'de RawValue>()?.get();
            if raw.starts_with('"') {
                let text: Text<'_> = serde_json::from_str(raw).map_err(de::Error::custom)?;
                (self.0)(&key.0, Some(&text.0));
            } else if raw == "null" {
                (self.0)(&key.0, None);
            } else {
                (self.0)(&key.0, Some(raw));
            }
        }
        Ok(())
    }
}

/// A JSON string, borrowed if it has no escapes.
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> de::Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;
        impl<'de> Visitor<'de> for Visit {
            type Value = Cow<'de, str>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON string")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }
        deserializer.deserialize_str(Visit).map(Self)
    }
}

/// The family and the name of a key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Shown<'a> {
    Tag(Cow<'a, str>),
    CostCategory(&'a str),
}

/// Returns the key in FOCUS for a key of a legacy column or of the `resource_tags` map: user tags without prefix, AWS's
/// own with `aws:`.
pub(crate) fn resource_tag(key: &str) -> Cow<'_, str> {
    if let Some(user) = key.strip_prefix("user:").or_else(|| key.strip_prefix("user_")) {
        Cow::Borrowed(user)
    } else if let Some(aws) = key.strip_prefix("aws_") {
        Cow::Owned(format!("aws:{aws}"))
    } else {
        Cow::Borrowed(key)
    }
}

/// Returns the family and key in FOCUS for a key of the `tags` map, which has the original spelling after a prefix for
/// each type of tag.
pub(crate) fn tag(key: &str) -> Shown<'_> {
    if let Some(category) = key.strip_prefix("costCategory/") {
        return Shown::CostCategory(category);
    }
    match key.strip_prefix("resourceTags/") {
        Some(resource) => Shown::Tag(Cow::Borrowed(resource.strip_prefix("user:").unwrap_or(resource))),
        // Other types of tags keep their prefix, such as `accountTag/`.
        None => Shown::Tag(Cow::Borrowed(key)),
    }
}

/// Applies the policy to a key.
pub(crate) fn under(policy: TagPolicy, key: Cow<'_, str>) -> Cow<'_, str> {
    match policy {
        TagPolicy::Exact => key,
        TagPolicy::Fold => Cow::Owned(athena_name(&key)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks_objects_and_nothing_else() {
        #[rustfmt::skip]
        let cases = [
            (r#"{}"#,                                   Some("")),
            (r#" { "a" : "b" } "#,                      Some("a=b;")),
            (r#"{"a":"x\"y\\z","b":"\u00e9\ud83d\ude00\n"}"#, Some("a=x\"y\\z;b=é😀\n;")),
            (r#"{"z":"1","a":"2","z":"3"}"#,            Some("z=1;a=2;z=3;")),
            (r#"{"n":-1.520,"e":1E-8,"t":true,"o":{"k":[1]},"v":null}"#, Some("n=-1.520;e=1E-8;t=true;o={\"k\":[1]};v;")),
            (r#"{"k\n":"v"}"#,                          Some("k\n=v;")),
            (" null ",                                  Some("")),
            ("null null",                               None),
            ("NULL",                                    None),
            (r#"{"a":"b""#,                             None),
            (r#"{"a":"b"}x"#,                           None),
            (r#"["a"]"#,                                None),
            (r#""a""#,                                  None),
            (r#"{a:1}"#,                                None),
            (r#"{"a":"\x"}"#,                           None),
            ("",                                        None),
        ];
        for (json, wanted) in cases {
            let mut seen = String::new();
            let walked = walk(json, |key, value| {
                seen += key;
                if let Some(value) = value {
                    seen = format!("{seen}={value}");
                }
                seen.push(';');
            });
            assert_eq!(walked.ok().map(|()| seen.as_str()), wanted, "{json}");
        }
    }

    #[test]
    fn keys_are_shown_as_focus_wants_them() {
        assert_eq!(resource_tag("user:Cost Center"), "Cost Center");
        assert_eq!(resource_tag("user_cost_center"), "cost_center");
        assert_eq!(resource_tag("aws_created_by"), "aws:created_by");
        assert_eq!(resource_tag("aws:createdBy"), "aws:createdBy");
        assert_eq!(tag("resourceTags/user:CostCenter"), Shown::Tag("CostCenter".into()));
        assert_eq!(tag("resourceTags/aws:createdBy"), Shown::Tag("aws:createdBy".into()));
        assert_eq!(tag("accountTag/Team"), Shown::Tag("accountTag/Team".into()));
        assert_eq!(tag("costCategory/Team"), Shown::CostCategory("Team"));
        assert_eq!(under(TagPolicy::Fold, "Cost Center".into()), "cost_center");
    }
}
