//! What a program does with a read, by what its checks come to.

use std::path::Path;

use outlay::{Outcome, printable};

/// Which reads are good enough.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policy {
    /// A read has to be proven; otherwise it may be partial.
    pub strict: bool,
    /// A file is put in its place whatever the checks come to.
    pub keep_unproven: bool,
}

impl Policy {
    /// Whether a read with this outcome is good: the program then ends with status 0.
    pub fn is_good(self, outcome: Outcome) -> bool {
        match outcome {
            Outcome::Proven => true,
            Outcome::Partial => !self.strict,
            _ => false,
        }
    }

    /// Why the file of a read with this outcome is not put in its place; `None` when it is.
    pub fn withholds(self, path: &Path, outcome: Outcome) -> Option<String> {
        if self.keep_unproven || self.is_good(outcome) {
            return None;
        }
        let strict = if outcome == Outcome::Partial { " and --strict is given" } else { "" };
        let path = printable(path.display());
        Some(format!("{path} is not written, since the read is {outcome}{strict}; --keep-unproven writes it anyway"))
    }
}
