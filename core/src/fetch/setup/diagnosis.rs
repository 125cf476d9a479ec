//! The result of verifying a set-up, for people and programs.

use std::fmt;

use serde::Serialize;

use crate::error::printable;

/// The findings of all checks of a set-up, in order. The `Display` output is a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Diagnosis {
    /// The finding of each check.
    pub findings: Vec<Finding>,
}

/// The finding of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The stable name of the check: `credentials`, `assume_role`, `list`.
    pub code: &'static str,
    /// The verdict.
    pub verdict: Verdict,
    /// What was found.
    pub seen: String,
    /// What to change: a statement of a policy, or a setting. `None` if no change is needed.
    pub fix: Option<String>,
}

/// The verdict of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// The check was not made, because an earlier one failed or it does not apply.
    Skipped,
    /// The set-up is correct.
    Passed,
    /// Reports can be read, but something should be changed.
    Warning,
    /// Reports cannot be read.
    Failed,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Skipped => "skipped",
            Self::Passed => "passed",
            Self::Warning => "warning",
            Self::Failed => "FAILED",
        }
    }
}

impl Diagnosis {
    /// Returns whether reports can be read, which means that no check failed.
    pub fn is_ready(&self) -> bool {
        !self.findings.is_empty() && self.findings.iter().all(|finding| finding.verdict != Verdict::Failed)
    }

    /// Returns the finding of a check.
    pub fn finding(&self, code: &str) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.code == code)
    }

    pub(crate) fn add(&mut self, code: &'static str, verdict: Verdict, seen: impl Into<String>, fix: Option<String>) {
        let seen = printable(seen.into()).to_string();
        let fix = fix.map(|fix| printable(fix).to_string());
        self.findings.push(Finding { code, verdict, seen, fix });
    }

    pub(crate) fn pass(&mut self, code: &'static str, seen: impl Into<String>) {
        self.add(code, Verdict::Passed, seen, None);
    }

    pub(crate) fn skip(&mut self, codes: &[&'static str], why: &str) {
        for code in codes {
            self.add(code, Verdict::Skipped, why, None);
        }
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.findings.iter().map(|finding| finding.code.len()).max().unwrap_or_default();
        for finding in &self.findings {
            writeln!(f, "{:7}  {:width$}  {}", finding.verdict.word(), finding.code, finding.seen)?;
            if let Some(fix) = &finding.fix {
                writeln!(f, "{:7}  {:width$}  -> {fix}", "", "")?;
            }
        }
        let count = |verdict| self.findings.iter().filter(|finding| finding.verdict == verdict).count();
        let (failed, warnings) = (count(Verdict::Failed), count(Verdict::Warning));
        let verdict = if self.is_ready() { "ready" } else { "not ready" };
        write!(f, "{verdict}: {failed} failed, {warnings} with warnings, {} passed", count(Verdict::Passed))
    }
}
