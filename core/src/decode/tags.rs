//! Maps: JSON cells of CUR 2.0 and columns of the legacy report, as key-value pairs with the keys of FOCUS.
//!
//! JSON objects are streamed: keys and values are passed to the caller one by one.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::report::layout::key_of_tag_column;
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

/// A tag that is wanted as a column of its own.
///
/// It is named by its key in FOCUS, or as a report spells it: `Team`, `user:Team`, `resourceTags/user:Team`,
/// `resource_tags_user_team`. A key like `user_team` is ambiguous: it is the key of a tag, or that of the tag `team` in
/// the spelling of Athena.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TagColumn {
    /// The key in the name of the output column.
    pub(crate) name: String,
    /// The key in Tags.
    key: String,
    /// Other keys of the tag where keys are in the spelling of Athena.
    spellings: Vec<String>,
    /// Whether all keys are converted to this spelling.
    is_folded: bool,
}

impl TagColumn {
    pub(crate) fn of(given: &str, policy: TagPolicy) -> Self {
        let column = key_of_tag_column(given);
        let certain = match &column {
            Some(key) => Some(resource_tag(key).into_owned()),
            None => given.strip_prefix("user:").map(str::to_owned),
        };
        let other = resource_tag(given);
        let name = certain.clone().unwrap_or_else(|| given.to_owned());
        let key = under(policy, Cow::Borrowed(&name)).into_owned();
        let mut spellings = vec![athena_key(&name)];
        if certain.is_none() && other != given {
            spellings.extend([other.to_string(), under(policy, Cow::Borrowed(&other)).into_owned()]);
        }
        let mut known = vec![key.clone()];
        spellings.retain(|spelling| {
            let is_new = !known.contains(spelling);
            known.push(spelling.clone());
            is_new
        });
        Self { name, key, spellings, is_folded: policy == TagPolicy::Fold }
    }

    /// Returns the keys of the tag, the preferred one first. `has_athena_keys` is set for a report without original keys.
    pub(crate) fn keys(&self, has_athena_keys: bool) -> impl Iterator<Item = &str> {
        let spellings: &[String] = if has_athena_keys || self.is_folded { &self.spellings } else { &[] };
        std::iter::once(&self.key).chain(spellings).map(String::as_str)
    }
}

/// Returns a key of FOCUS as a report in the spelling of Athena has it.
fn athena_key(key: &str) -> String {
    match key.strip_prefix("aws:") {
        Some(key) => format!("aws:{}", athena_name(key)),
        None => athena_name(key),
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

    #[test]
    fn a_tag_column_is_named_in_any_spelling() {
        #[rustfmt::skip]
        let cases = [
            // given                              name              in a legacy report   in one with Athena's spelling
            ("Team",                              "Team",           "Team",              "Team team"),
            ("user:Team",                         "Team",           "Team",              "Team team"),
            ("resourceTags/user:Team",            "Team",           "Team",              "Team team"),
            ("resource_tags_user_team",           "team",           "team",              "team"),
            ("RESOURCETAGS_USER_TEAM",            "TEAM",           "TEAM",              "TEAM t_e_a_m"),
            ("user_team",                         "user_team",      "user_team",         "user_team team"),
            ("user:Cost Center",                  "Cost Center",    "Cost Center",       "Cost Center cost_center"),
            ("aws:createdBy",                     "aws:createdBy",  "aws:createdBy",     "aws:createdBy aws:created_by"),
            ("resourceTags/aws:createdBy",        "aws:createdBy",  "aws:createdBy",     "aws:createdBy aws:created_by"),
            ("resource_tags_aws_created_by",      "aws:created_by", "aws:created_by",    "aws:created_by"),
            ("aws_created_by",                    "aws_created_by", "aws_created_by",    "aws_created_by aws:created_by"),
            ("accountTag/Team",                   "accountTag/Team", "accountTag/Team",  "accountTag/Team account_tag_team"),
        ];
        for (given, name, legacy, athena) in cases {
            let tag = TagColumn::of(given, TagPolicy::Exact);
            let keys = |has_athena_keys| tag.keys(has_athena_keys).collect::<Vec<_>>().join(" ");
            assert_eq!((tag.name.as_str(), keys(false).as_str()), (name, legacy), "{given}");
            assert_eq!(keys(true).split(' ').collect::<Vec<_>>(), athena.split(' ').collect::<Vec<_>>(), "{given}");
        }
        for given in
            ["Cost Center", "user:Cost Center", "user_cost_center", "resourceTags/user:CostCenter", "cost_center"]
        {
            let tag = TagColumn::of(given, TagPolicy::Fold);
            assert!(tag.keys(false).any(|key| key == "cost_center"), "{given}");
        }
    }
}
