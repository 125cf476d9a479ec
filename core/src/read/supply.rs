//! What a part gives to its pipeline, piece by piece.

use crate::decode::assemble::{DecodedBlock, PendingBlock};
use crate::value::content::End;

/// What comes next of a part.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly all of them are blocks")]
pub(crate) enum Next {
    Block(Block),
    /// The part is at its end, and what it held.
    End(End),
    /// More bytes are needed.
    Bytes,
}

/// What comes next of a part, with the header once it is known.
#[derive(Debug)]
pub(crate) struct Supply {
    /// The names of the columns, once, as soon as they are known.
    pub(crate) header: Option<Vec<String>>,
    pub(crate) next: Next,
}

/// A block. Its columns are decoded by the thread that has time for it.
#[derive(Debug)]
pub(crate) enum Block {
    Begun(PendingBlock),
    Decoded(DecodedBlock),
}

impl Block {
    /// The block with all its columns.
    pub(crate) fn decoded(self) -> DecodedBlock {
        match self {
            Self::Begun(begun) => begun.finish(),
            Self::Decoded(assembled) => assembled,
        }
    }
}
