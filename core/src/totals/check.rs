//! One check: what it guards, whether it holds, and what all checks of a read come to.

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use crate::error::printable;

/// What a check guards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Guards {
    /// An amount of money, or its owner.
    Money,
    /// Every part and every row was read once.
    Completeness,
    /// The form of rows: prices, units, nulls.
    Form,
    /// Nothing: the report has no rows that the check applies to.
    Nothing,
}

/// One invariant, and whether it holds.
///
/// In JSON the code is also in the field `name`, until version 1.0.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Check {
    /// A stable code for programs, such as `billed_cost`.
    pub code: String,
    /// What the check guards in this report.
    pub guards: Guards,
    /// Whether it holds. Also true for a check that does not apply.
    pub holds: bool,
    /// Whether anything was compared.
    pub applies: bool,
    /// The number of comparisons that could not be made, although the report has rows for them.
    pub skipped: u64,
    /// What was compared; or the difference found; or why nothing could be compared.
    pub detail: String,
}

impl Serialize for Check {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let Self { code, guards, holds, applies, skipped, detail } = self;
        let mut check = serializer.serialize_struct("Check", 7)?;
        check.serialize_field("code", code)?;
        check.serialize_field("name", code)?;
        check.serialize_field("guards", guards)?;
        check.serialize_field("holds", holds)?;
        check.serialize_field("applies", applies)?;
        check.serialize_field("skipped", skipped)?;
        check.serialize_field("detail", detail)?;
        check.end()
    }
}

impl Check {
    /// Returns whether a comparison about money or completeness could not be made.
    pub(super) fn is_partial(&self) -> bool {
        matches!(self.guards, Guards::Money | Guards::Completeness) && (!self.applies || self.skipped > 0)
    }
}

/// The result of all checks of a read.
///
/// # Examples
///
/// ```
/// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
/// let mut reader = outlay::Reader::builder().read(folder)?;
/// for batch in &mut reader { batch?; }
/// assert_eq!(reader.totals().outcome(), outlay::Outcome::Proven);
/// # Ok::<(), outlay::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Outcome {
    /// Every check of money or completeness was made, and all checks hold.
    Proven,
    /// No check fails, but one of money or completeness could not be made.
    Partial,
    /// A check fails.
    Unproven,
}

impl Outcome {
    /// Returns `proven`, `partial` or `unproven`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Partial => "partial",
            Self::Unproven => "unproven",
        }
    }

    /// Returns the outcome of `checks`.
    pub(super) fn of(checks: &[Check]) -> Self {
        if checks.iter().any(|check| !check.holds) {
            Self::Unproven
        } else if checks.iter().any(Check::is_partial) {
            Self::Partial
        } else {
            Self::Proven
        }
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The reason of a check that found nothing to compare.
pub(super) const NO_ROWS: &str = "the report has no such rows";

/// A check being made: the number of comparisons, the failed ones, and those that could not be made.
pub(super) struct CheckBuilder {
    code: &'static str,
    guards: Guards,
    compared: u64,
    broken: Vec<String>,
    skipped: Vec<String>,
}

impl CheckBuilder {
    pub(super) fn new(code: &'static str, guards: Guards) -> Self {
        Self { code, guards, compared: 0, broken: Vec::new(), skipped: Vec::new() }
    }

    pub(super) fn compare(&mut self, fits: bool, what: impl FnOnce() -> String) {
        self.compared += 1;
        if !fits {
            self.broken.push(what());
        }
    }

    /// Records a comparison that cannot be made, and the reason.
    pub(super) fn skip(&mut self, why: String) {
        self.skipped.push(why);
    }

    pub(super) fn verdict(self, fits: &str) -> Check {
        let applies = self.compared > 0;
        let list = |reasons: &[String]| match reasons {
            [] => String::new(),
            [first] => first.clone(),
            [first, rest @ ..] => format!("{first}; and {} more", rest.len()),
        };
        let detail = match (self.broken.as_slice(), self.skipped.as_slice()) {
            ([], []) if applies => format!("{fits} ({} compared)", self.compared),
            ([], []) => NO_ROWS.to_owned(),
            ([], skipped) if applies => format!("{fits} ({} compared), but not for {}", self.compared, list(skipped)),
            ([], skipped) => list(skipped),
            (broken, _) => list(broken),
        };
        let guards = if applies || !self.skipped.is_empty() { self.guards } else { Guards::Nothing };
        let (holds, skipped) = (self.broken.is_empty(), self.skipped.len() as u64);
        let detail = printable(detail).to_string();
        Check { code: self.code.to_owned(), guards, holds, applies, skipped, detail }
    }
}
