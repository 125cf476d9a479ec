//! Tables for people: text for a terminal, and HTML for a notebook.
//!
//! In: captions, cells and batches, which may contain any text. Out: text without control characters, and HTML in which
//! every cell is escaped. Not here: what the tables of a type contain.

mod html;
mod preview;
mod table;

pub use self::table::Table;
