//! Warnings that come with a result.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::printable;

/// Maximum number of examples of a warning.
const EXAMPLES: usize = 20;
/// Number of examples in a message, and the length from which no more are added.
const SHOWN: usize = 3;
const LONG: usize = 240;

/// A condition that does not stop a read, with the number of rows it applies to.
///
/// Warnings that differ only in their subject, such as a commitment, a column or a file, are one warning with the
/// number of subjects and examples.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Warning {
    /// A stable code for programs: `unknown_line_item_type`, `unlisted_part`, ...
    pub code: String,
    /// The description for people, with the first examples.
    pub message: String,
    /// The number of rows; 0 if the warning is not about rows.
    pub rows: u64,
    /// The number of subjects: commitments, columns, files. 1 for a warning about the report as a whole. Subjects found
    /// while reading are counted up to 1,000; 1,001 stands for more.
    #[serde(default = "one")]
    pub count: u64,
    /// The first of the subjects, at most 20, sorted. Empty for a warning about the report as a whole.
    #[serde(default)]
    pub examples: Vec<String>,
}

/// The count of a warning that was serialized without one.
fn one() -> u64 {
    1
}

impl Default for Warning {
    fn default() -> Self {
        Self { code: String::new(), message: String::new(), rows: 0, count: 1, examples: Vec::new() }
    }
}

impl Warning {
    /// Creates a warning that is not about rows. Control characters in the message are escaped.
    pub(crate) fn new(code: &str, message: impl fmt::Display) -> Self {
        Self { code: code.to_owned(), message: printable(message).to_string(), ..Self::default() }
    }

    /// Creates a warning about subjects. `what` is true of each of them, and follows or precedes their names.
    pub(crate) fn about(code: &str, what: &str, subjects: &Subjects) -> Self {
        let names = subjects.described();
        let message = match (names.as_slice(), subjects.count()) {
            ([], _) => what.to_owned(),
            ([one], 1) => format!("{one}: {what}"),
            (names, count) => format!("{what}: {}", listed(names, count, subjects.has_more)),
        };
        let examples = names.iter().take(EXAMPLES).map(|name| printable(name).to_string()).collect();
        Self { count: subjects.count().max(1), examples, ..Self::new(code, message) }
    }
}

/// Joins the first of `count` names for a message: three, and others while the text is short.
pub(crate) fn listed(names: &[String], count: u64, has_more: bool) -> String {
    let mut text = String::new();
    let mut shown = 0;
    for name in names.iter().take(EXAMPLES) {
        if shown >= SHOWN && text.len() + name.len() > LONG {
            break;
        }
        text += if shown > 0 { ", " } else { "" };
        text += name;
        shown += 1;
    }
    let others = count.saturating_sub(shown as u64);
    match (others, has_more) {
        (0, _) => text,
        (others, true) => format!("{text} and more than {} more", others.saturating_sub(1)),
        (others, false) => format!("{text} and {others} more"),
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A deserialized warning can hold any text.
        write!(f, "{}", printable(&self.message))?;
        match self.rows {
            0 => Ok(()),
            1 => f.write_str(" (1 row)"),
            rows => write!(f, " ({rows} rows)"),
        }
    }
}

/// Distinct names, each with an optional detail. Of too many, the first in order of text are kept, so that the result of
/// a merge does not depend on its order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Subjects {
    names: BTreeMap<String, String>,
    /// Whether there were more names than are kept.
    has_more: bool,
}

impl Subjects {
    /// Maximum number of names.
    pub(crate) const MOST: usize = 1_000;

    /// Adds a name. The detail of a known name stays.
    pub(crate) fn add(&mut self, name: &str, detail: impl FnOnce() -> String) {
        if self.names.contains_key(name) {
            return;
        }
        if self.names.len() >= Self::MOST {
            self.has_more = true;
            if self.names.last_key_value().is_some_and(|(last, _)| name > last.as_str()) {
                return;
            }
            self.names.pop_last();
        }
        self.names.insert(name.to_owned(), detail());
    }

    /// Adds other names. Of two details the smaller one is kept.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.has_more |= other.has_more;
        for (name, detail) in &other.names {
            match self.names.get_mut(name) {
                Some(known) if detail < known => known.clone_from(detail),
                Some(_) => {}
                None => self.add(name, || detail.clone()),
            }
        }
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Returns the number of names; one more than are kept if there were more.
    pub(crate) fn count(&self) -> u64 {
        self.names.len() as u64 + u64::from(self.has_more)
    }

    pub(crate) fn has_more(&self) -> bool {
        self.has_more
    }

    /// Returns the names, sorted.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str)
    }

    /// Returns the names with their details.
    fn described(&self) -> Vec<String> {
        let described = |(name, detail): (&String, &String)| match detail.as_str() {
            "" => name.clone(),
            detail => format!("{name} ({detail})"),
        };
        self.names.iter().map(described).collect()
    }
}

impl<T: Into<String>> FromIterator<T> for Subjects {
    fn from_iter<I: IntoIterator<Item = T>>(names: I) -> Self {
        let mut subjects = Self::default();
        names.into_iter().for_each(|name| subjects.add(&name.into(), String::new));
        subjects
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(range: std::ops::Range<usize>) -> Subjects {
        range.map(|number| format!("s{number:04}")).collect()
    }

    #[test]
    fn the_message_has_the_first_subjects() {
        let warning = |subjects: &Subjects| Warning::about("code", "it is so", subjects);
        #[rustfmt::skip]
        let cases = [
            (numbered(0..0),     1,     0,  "it is so"),
            (numbered(0..1),     1,     1,  "s0000: it is so"),
            (numbered(0..2),     2,     2,  "it is so: s0000, s0001"),
        ];
        for (subjects, count, examples, message) in cases {
            let found = warning(&subjects);
            assert_eq!((found.count, found.examples.len(), found.message.as_str()), (count, examples, message));
        }
        let many = warning(&numbered(0..30));
        assert_eq!((many.count, many.examples.len()), (30, 20));
        assert!(many.message.ends_with("s0019 and 10 more"), "{}", many.message);
        let long: Subjects = (0..5).map(|number| format!("{number}{}", "x".repeat(100))).collect();
        assert!(warning(&long).message.ends_with(" and 2 more"), "{}", warning(&long).message);
        let bounded = warning(&numbered(0..2_000));
        assert_eq!((bounded.count, bounded.examples.len()), (1_001, 20));
        assert!(bounded.message.ends_with(" and more than 980 more"), "{}", bounded.message);
    }

    #[test]
    fn merged_subjects_do_not_depend_on_the_order() {
        let parts = [numbered(900..1_800), numbered(0..700), numbered(500..1_200)];
        let merged = |order: [usize; 3]| {
            let mut all = Subjects::default();
            order.iter().for_each(|&part| all.merge(&parts[part]));
            all
        };
        let whole = numbered(0..1_800);
        for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
            assert_eq!(merged(order), whole, "{order:?}");
        }
        let (mut one, mut other) = (Subjects::default(), Subjects::default());
        one.add("a", || "2".to_owned());
        other.add("a", || "1".to_owned());
        let (mut first, mut second) = (one.clone(), other.clone());
        first.merge(&other);
        second.merge(&one);
        assert_eq!(first, second);
    }

    #[test]
    fn a_warning_without_count_is_one() {
        let warning: Result<Warning, _> = serde_json::from_str(r#"{"code":"a","message":"b","rows":2}"#);
        assert!(warning.is_ok_and(|warning| warning.count == 1 && warning.examples.is_empty() && warning.rows == 2));
    }
}
