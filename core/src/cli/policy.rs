//! Which reads the program accepts, by the outcome of their checks.

use clap::Args;

use crate::totals::Outcome;

/// Which reads are accepted.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct Policy {
    /// Accept a read only if it is proven; without it a partial read is accepted too.
    #[arg(long)]
    pub strict: bool,
    /// Write the output even if the read is not accepted.
    #[arg(long)]
    pub keep_unproven: bool,
}

impl Policy {
    /// Returns whether a read with this outcome is accepted. The program then ends with status 0.
    pub fn is_good(self, outcome: Outcome) -> bool {
        match outcome {
            Outcome::Proven => true,
            Outcome::Partial => !self.strict,
            _ => false,
        }
    }

    /// Returns why the output of a read with this outcome is not written; `None` if it is written.
    pub fn withholds(self, output: &str, outcome: Outcome) -> Option<String> {
        if self.keep_unproven || self.is_good(outcome) {
            return None;
        }
        let strict = if outcome == Outcome::Partial { " and --strict is given" } else { "" };
        Some(format!("{output} is not written, since the read is {outcome}{strict}; --keep-unproven writes it anyway"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partial_read_is_accepted_unless_strict() {
        let policy = |strict, keep_unproven| Policy { strict, keep_unproven };
        #[rustfmt::skip]
        let rows = [
            (policy(false, false), Outcome::Proven,   true,  true),
            (policy(false, false), Outcome::Partial,  true,  true),
            (policy(false, false), Outcome::Unproven, false, false),
            (policy(true,  false), Outcome::Proven,   true,  true),
            (policy(true,  false), Outcome::Partial,  false, false),
            (policy(true,  false), Outcome::Unproven, false, false),
            (policy(false, true),  Outcome::Partial,  true,  true),
            (policy(false, true),  Outcome::Unproven, false, true),
            (policy(true,  true),  Outcome::Partial,  false, true),
            (policy(true,  true),  Outcome::Unproven, false, true),
        ];
        for (policy, outcome, is_good, is_kept) in rows {
            assert_eq!(policy.is_good(outcome), is_good, "{policy:?}, {outcome}");
            assert_eq!(policy.withholds("month.csv", outcome).is_none(), is_kept, "{policy:?}, {outcome}");
        }
        assert_eq!(
            policy(true, false).withholds("month.csv", Outcome::Partial).as_deref(),
            Some(
                "month.csv is not written, since the read is partial and --strict is given; --keep-unproven writes it \
                 anyway"
            )
        );
    }
}
