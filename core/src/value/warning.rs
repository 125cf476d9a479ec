//! Warnings that come with a result.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::printable;

/// A condition that does not stop a read, with the number of rows it applies to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Warning {
    /// A stable code for programs: `unknown_line_item_type`, `unlisted_part`, ...
    pub code: String,
    /// The description for people.
    pub message: String,
    /// The number of rows; 0 if the warning is not about rows.
    pub rows: u64,
}

impl Warning {
    /// Creates a warning that is not about rows. Control characters in the message are escaped.
    pub(crate) fn new(code: &str, message: impl fmt::Display) -> Self {
        Self { code: code.to_owned(), message: printable(message).to_string(), rows: 0 }
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
