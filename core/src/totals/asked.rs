//! Names that a read was asked for (tags, extra columns, months), and whether the report has them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Totals;
use crate::error::clip;
use crate::value::near::nearest;
use crate::value::warning::{Subjects, Warning, listed};

/// Maximum number of names of the report in a warning, and of names that are similar to an absent one.
const THERE: usize = 20;
const SIMILAR: usize = 3;

/// Codes of warnings of a plan about wanted months that it does not have, with the months as examples.
const PERIODS_ABSENT: &str = "periods_absent";
const NOT_DELIVERED: &str = "not_delivered";

/// The kind of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum AskedFor {
    /// The key of a tag. Found if a row of the output has the tag, or a header its column.
    Tag,
    /// A column of the report. Found if a header has it.
    ExtraColumn,
    /// A month, like `2026-09`. Found if a record is of this month.
    Period,
}

/// The names of one kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Asked {
    /// In how many parts each name was found, and in how many it was not.
    names: BTreeMap<String, [u64; 2]>,
    /// The names that there are, while some of the wanted ones were not found.
    there: Subjects,
    /// Names that were found in two spellings that may be of two tags.
    #[serde(default, skip_serializing_if = "Subjects::is_empty")]
    twofold: Subjects,
}

impl Asked {
    /// Creates the record of a part, in which nothing is found yet.
    pub(crate) fn of(names: impl IntoIterator<Item = String>) -> Self {
        Self { names: names.into_iter().map(|name| (name, [0, 1])).collect(), ..Self::default() }
    }

    /// Records that a part has a name.
    pub(crate) fn found(&mut self, name: &str) {
        if let Some(parts) = self.names.get_mut(name) {
            *parts = [1, 0];
        }
    }

    /// Returns whether no part has any of the names.
    pub(super) fn finds_nothing(&self) -> bool {
        !self.names.is_empty() && self.names.values().all(|[found, _]| *found == 0)
    }

    /// Records that rows have two tags that one wanted key may mean.
    pub(crate) fn is_twofold(&mut self, name: &str) {
        self.twofold.add(name, String::new);
    }

    /// Records a name of the report.
    pub(crate) fn note(&mut self, name: &str) {
        self.there.add(name, String::new);
    }

    /// Drops the names of the report if all wanted ones were found, so that the result does not depend on the order of
    /// parts.
    pub(super) fn tidied(mut self) -> Self {
        self.tidy();
        self
    }

    fn tidy(&mut self) {
        if self.names.values().all(|[found, _]| *found > 0) {
            self.there.clear();
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (name, [found, absent]) in &other.names {
            let parts = self.names.entry(name.clone()).or_default();
            parts[0] = parts[0].saturating_add(*found);
            parts[1] = parts[1].saturating_add(*absent);
        }
        self.there.merge(&other.there);
        self.twofold.merge(&other.twofold);
        self.tidy();
    }

    /// Returns the names that no part has.
    fn absent(&self) -> Vec<&str> {
        self.names.iter().filter(|(_, [found, _])| *found == 0).map(|(name, _)| name.as_str()).collect()
    }

    /// Returns the names that some parts have and others do not.
    fn partial(&self) -> Subjects {
        let partial = self.names.iter().filter(|(_, [found, absent])| *found > 0 && *absent > 0);
        partial.map(|(name, _)| clip(name.as_bytes())).collect()
    }

    /// Returns the names that there are, for a message.
    fn report_has(&self) -> String {
        let names: Vec<String> = self.there.names().take(THERE).map(quoted).collect();
        if names.is_empty() {
            return "nothing".to_owned();
        }
        listed(&names, self.there.count(), self.there.has_more())
    }

    /// Returns names of the report that are similar to one.
    fn similar(&self, name: &str) -> Vec<String> {
        nearest(name, self.there.names(), SIMILAR).into_iter().map(|name| clip(name.as_bytes())).collect()
    }
}

/// Returns whether a warning of a plan is about wanted months that it does not have.
pub(crate) fn is_of_absent_months(warning: &Warning) -> bool {
    matches!(warning.code.as_str(), PERIODS_ABSENT | NOT_DELIVERED)
}

/// Returns whether a warning is about names that the report does not have.
#[cfg(feature = "cli")]
pub(crate) fn is_of_absent_names(warning: &Warning) -> bool {
    is_of_absent_months(warning) || matches!(warning.code.as_str(), "tags_absent" | "extra_columns_absent")
}

fn quoted(name: &str) -> String {
    format!("`{}`", clip(name.as_bytes()))
}

/// A kind of names that a report does not have.
#[derive(Debug)]
pub(crate) struct Unmatched {
    /// The option that names them.
    pub(crate) option: &'static str,
    pub(crate) code: &'static str,
    /// What is not there, and what is there instead.
    said: [String; 2],
    /// Names of the report that are similar, or all of few.
    pub(crate) candidates: Vec<String>,
    names: Subjects,
}

impl AskedFor {
    fn option(self) -> &'static str {
        match self {
            Self::Tag => "tag_columns",
            Self::ExtraColumn => "extra_columns",
            Self::Period => "periods",
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Tag => "tags_absent",
            Self::ExtraColumn => "extra_columns_absent",
            Self::Period => PERIODS_ABSENT,
        }
    }
}

impl Totals {
    /// Returns whether the totals are those of a whole report, read to its end.
    pub(super) fn is_complete(&self) -> bool {
        self.plan.0.is_some() && !self.parts.is_empty() && self.parts.iter().all(|part| part.complete)
    }

    /// Returns why rows of selected months are missing: the plan, or the report that was read to its end, has none.
    pub(super) fn why_months_are_missing(&self) -> Vec<String> {
        let told = self.told.values().filter(|warning| is_of_absent_months(warning));
        let told = told.map(|warning| warning.message.clone());
        let asked = self.asked.get(&AskedFor::Period).filter(|_| self.is_complete());
        let unmatched = asked.and_then(|asked| self.unmatched_of(AskedFor::Period, asked));
        told.chain(unmatched.map(|unmatched| unmatched.reason())).collect()
    }

    /// Returns the wanted names that no part has.
    pub(crate) fn unmatched(&self) -> Vec<Unmatched> {
        self.asked.iter().filter_map(|(&kind, asked)| self.unmatched_of(kind, asked)).collect()
    }

    fn unmatched_of(&self, kind: AskedFor, asked: &Asked) -> Option<Unmatched> {
        let mut absent = asked.absent();
        if kind == AskedFor::Period {
            // The plan has a warning for months that it does not have.
            let told = self.told.values().filter(|warning| is_of_absent_months(warning));
            let told: Vec<&String> = told.flat_map(|warning| &warning.examples).collect();
            absent.retain(|&name| !told.iter().any(|told| *told == name));
        }
        if absent.is_empty() {
            return None;
        }
        let mut similar = Vec::new();
        let described = absent.iter().map(|name| {
            let near = if kind == AskedFor::Period { Vec::new() } else { asked.similar(name) };
            let text = match near.first() {
                Some(near) => format!("{} (did you mean `{near}`?)", quoted(name)),
                None => quoted(name),
            };
            similar.extend(near);
            text
        });
        let described: Vec<String> = described.collect();
        let names = listed(&described, described.len() as u64, false);
        let there = asked.report_has();
        let said = match kind {
            AskedFor::Tag if asked.there.is_empty() => {
                [format!("no row has the tag {names}"), "the report has no tags".to_owned()]
            }
            AskedFor::Tag => [format!("no row has the tag {names}"), format!("the report has the tags {there}")],
            AskedFor::ExtraColumn => {
                [format!("the report has no column {names}"), format!("it has the columns {there}")]
            }
            AskedFor::Period => [
                format!("no record is of {names}"),
                match asked.there.is_empty() {
                    true => "the report has no record with a billing period".to_owned(),
                    false => format!("the report has records of {there}"),
                },
            ],
        };
        let candidates = if similar.is_empty() {
            asked.there.names().take(THERE).map(|name| clip(name.as_bytes())).collect()
        } else {
            similar
        };
        let names = absent.iter().map(|name| clip(name.as_bytes())).collect();
        Some(Unmatched { option: kind.option(), code: kind.code(), said, candidates, names })
    }

    /// Returns the warnings about wanted names, once the report was read to its end.
    pub(super) fn asked_warnings(&self) -> Vec<Warning> {
        if !self.is_complete() {
            return Vec::new();
        }
        let mut warnings: Vec<Warning> = self.unmatched().into_iter().map(Unmatched::warning).collect();
        for (kind, asked) in &self.asked {
            let partial = asked.partial();
            if *kind == AskedFor::ExtraColumn && !partial.is_empty() {
                let what = "some parts of the report do not have this column, and it is null in their rows";
                warnings.push(Warning::about("columns_absent", what, &partial));
            }
            if !asked.twofold.is_empty() {
                let what = "the report has a tag of this key and one of which it is the spelling of Athena; the column has the value \
                            of the former, and in rows without it the value of the latter";
                warnings.push(Warning::about("tags_ambiguous", what, &asked.twofold));
            }
        }
        warnings
    }
}

impl Unmatched {
    /// Returns the reason for a read that fails.
    pub(crate) fn reason(&self) -> String {
        self.said.join("; ")
    }

    /// Returns the warning of a read that goes on, with what its table has instead.
    fn warning(self) -> Warning {
        let about = Warning::about(self.code, "", &self.names);
        let [absent, there] = &self.said;
        let message = match self.code {
            "tags_absent" => format!("{absent}; the column is null; {there}"),
            "extra_columns_absent" => format!("{absent}; the added column is null; {there}"),
            _ => self.reason(),
        };
        Warning { message: Warning::new(self.code, message).message, ..about }
    }
}
