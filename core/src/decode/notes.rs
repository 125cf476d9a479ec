//! Cells that are read otherwise than they are written: what is told of them, and how many rows have them.

use crate::error::clip;

/// In which way a cell is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// A null token of another program is no cell.
    NullToken(&'static str),
    /// A text that is no ARN is no cell of a column of ARNs.
    NoArn,
    /// The twelve digits of an account, without what a spreadsheet or a data frame put around them.
    MendedAccount,
    /// A text is no cell of a column of numbers that no cost is made of.
    NoNumber,
}

/// A reading of one column's cells.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    pub(crate) reading: Reading,
    pub(crate) field: usize,
    /// The first of the cells, clipped.
    pub(crate) example: String,
    pub(crate) rows: u64,
}

impl Note {
    /// The code of its warning.
    pub(crate) fn code(&self) -> &'static str {
        match self.reading {
            Reading::NullToken(_) => "null_token",
            Reading::NoArn => "not_an_arn",
            Reading::MendedAccount => "account_id_mended",
            Reading::NoNumber => "text_in_number",
        }
    }

    /// What is told apart in the count of its warning.
    pub(crate) fn subject(&self, column: &str) -> String {
        match self.reading {
            Reading::NullToken(token) => format!("{column} {token}"),
            _ => column.to_owned(),
        }
    }

    /// Its warning, for a column under the name that the file has for it.
    pub(crate) fn message(&self, column: &str) -> String {
        let (column, example) = (clip(column.as_bytes()), &self.example);
        match self.reading {
            Reading::NullToken(_) => {
                format!("{column}: `{example}` is what another program writes for null; read as a blank cell")
            }
            Reading::NoArn => {
                format!("{column}: `{example}` and the like are no ARNs, which begin with `arn:`; read as blank cells")
            }
            Reading::MendedAccount => {
                format!("{column}: `{example}` and the like are account ids in another form; read as their 12 digits")
            }
            Reading::NoNumber => {
                format!("{column}: `{example}` and the like are no numbers, and no cost is made of them; read as null")
            }
        }
    }
}

/// The notes of a block, each reading of a column once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes(Vec<Note>);

impl Notes {
    /// Counts rows; `text` is one of their cells.
    pub(super) fn add(&mut self, reading: Reading, field: usize, text: &[u8], rows: u64) {
        let place = self.place(reading, field, text);
        self.0[place].rows += rows;
    }

    /// Where a reading of a column is counted. There are few: tokens and columns are.
    pub(super) fn place(&mut self, reading: Reading, field: usize, text: &[u8]) -> usize {
        let is_it = |note: &Note| note.field == field && note.reading == reading;
        self.0.iter().rposition(is_it).unwrap_or_else(|| {
            self.0.push(Note { reading, field, example: clip(text), rows: 0 });
            self.0.len() - 1
        })
    }

    /// Counts a row more at a place.
    pub(super) fn count(&mut self, place: usize) {
        self.0[place].rows += 1;
    }

    /// Adds what was counted elsewhere, and begins there with 0; `skip` is a field that is counted twice.
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
