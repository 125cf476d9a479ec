//! Notes about cells whose value differs from their text, with the number of rows.

use std::borrow::Cow;

use crate::error::clip;

/// How a cell is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CellReading {
    /// A null token of another program is read as a blank cell.
    NullToken(&'static str),
    /// A text that is not an ARN is read as a blank cell, in a column of ARNs.
    NoArn,
    /// An account id with decorations of a spreadsheet or a data frame is read as its twelve digits.
    MendedAccount,
    /// A text is read as a blank cell, in a number column that no cost depends on.
    NoNumber,
}

/// The note for one way of reading in one column.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    pub(crate) reading: CellReading,
    pub(crate) field: usize,
    /// The first of the cells, shortened.
    pub(crate) example: String,
    pub(crate) rows: u64,
}

impl Note {
    /// The code of its warning.
    pub(crate) fn code(&self) -> &'static str {
        match self.reading {
            CellReading::NullToken(_) => "null_token",
            CellReading::NoArn => "not_an_arn",
            CellReading::MendedAccount => "account_id_mended",
            CellReading::NoNumber => "text_in_number",
        }
    }

    /// The description of its warning, for each column.
    pub(crate) fn what(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self.reading {
            CellReading::NullToken(token) => {
                return format!("`{token}` is a null token of another program; it is read as a blank cell").into();
            }
            CellReading::NoArn => "a text that is not an ARN, which begins with `arn:`, is read as a blank cell",
            CellReading::MendedAccount => "an account id in another form is read as its 12 digits",
            CellReading::NoNumber => "a text that is not a number is read as null; no cost depends on this column",
        })
    }

    /// The first cell, where cells can differ.
    pub(crate) fn detail(&self) -> String {
        match self.reading {
            CellReading::NullToken(_) => String::new(),
            _ => format!("`{}`", self.example),
        }
    }
}

/// The notes of a block, one per way of reading and column.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes(Vec<Note>);

impl Notes {
    /// Adds rows to a note. `text` is one of their cells.
    pub(super) fn add(&mut self, reading: CellReading, field: usize, text: &[u8], rows: u64) {
        let index = self.index(reading, field, text);
        self.0[index].rows += rows;
    }

    /// Returns the index of a note, which is added if it is new. There are few, so the search is linear.
    pub(super) fn index(&mut self, reading: CellReading, field: usize, text: &[u8]) -> usize {
        let is_it = |note: &Note| note.field == field && note.reading == reading;
        self.0.iter().rposition(is_it).unwrap_or_else(|| {
            self.0.push(Note { reading, field, example: clip(text), rows: 0 });
            self.0.len() - 1
        })
    }

    /// Adds a row to the note with an index.
    pub(super) fn count(&mut self, index: usize) {
        self.0[index].rows += 1;
    }

    /// Moves the counts of `other` into these notes. Counts of the field `skip` are dropped.
    pub(super) fn take_counts(&mut self, other: &mut Self, skip: Option<usize>) {
        for note in other.0.iter_mut().filter(|note| note.rows > 0) {
            let rows = std::mem::take(&mut note.rows);
            if Some(note.field) != skip {
                self.add(note.reading, note.field, note.example.as_bytes(), rows);
            }
        }
    }
}

impl IntoIterator for Notes {
    type Item = Note;
    type IntoIter = std::vec::IntoIter<Note>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
