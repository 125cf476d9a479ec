//! What is told beside a result.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::printable;

/// Something that the caller should know, with the number of rows it was seen on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Warning {
    /// A stable text for programs: `unknown_line_item_type`, `unlisted_part`, ...
    pub code: String,
    /// What it is about, for people.
    pub message: String,
    /// On how many rows it was seen; 0 when it is not about rows.
    pub rows: u64,
}

impl Warning {
    /// A warning that is not about rows. Names in its message are made printable.
    pub(crate) fn new(code: &str, message: impl fmt::Display) -> Self {
        Self { code: code.to_owned(), message: printable(message).to_string(), rows: 0 }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // It may have been read back from anywhere.
        write!(f, "{}", printable(&self.message))?;
        match self.rows {
            0 => Ok(()),
            1 => f.write_str(" (1 row)"),
            rows => write!(f, " ({rows} rows)"),
        }
    }
}
