//! The source of the rows of a block: what line items need of a file format after the columns are decoded.

use std::borrow::Cow;
use std::fmt::Debug;

use crate::error::Location;

/// The rows of a block in their file: the place of each, and the cells that were not decoded.
///
/// The methods are called for single rows only: rejected rows, rows that a warning or the lineage columns name, and rows
/// whose rule needs a rare cell. `text` is the text of the block's [`Arena`](super::span::Arena), without its side text.
pub(crate) trait Provenance: Debug + Send + Sync {
    /// Returns the number of a row in its object, counted from 1.
    fn row_number(&self, row: usize) -> u64;

    /// Adds the row, and the place of one of its fields as far as the format has one, to a location.
    fn locate(&self, at: Location, row: usize, field: usize) -> Location;

    /// Returns the content of a row as in the file, for the quarantine.
    fn raw_record<'a>(&'a self, row: usize, text: &'a [u8]) -> Cow<'a, [u8]>;

    /// Returns the text of a cell, trimmed. `None` if it is not text.
    fn cell<'a>(&'a self, row: usize, field: usize, text: &'a [u8]) -> Option<Cow<'a, str>>;
}
