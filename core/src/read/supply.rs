//! The input of a part's pipeline.

use crate::decode::assemble::{DecodedBlock, PendingBlock};
use crate::value::content::End;

/// The next input of a part.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly all of them are blocks")]
pub(crate) enum Next {
    Block(Block),
    /// The part has ended.
    End(End),
    /// More bytes are needed.
    Bytes,
}

/// The next input of a part, with the header when it is first known.
#[derive(Debug)]
pub(crate) struct Supply {
    /// The names of the columns, once, as soon as they are known.
    pub(crate) header: Option<Vec<String>>,
    pub(crate) next: Next,
}

/// A block. Its columns can be decoded by either thread.
#[derive(Debug)]
pub(crate) enum Block {
    Begun(PendingBlock),
    Decoded(DecodedBlock),
}

impl Block {
    /// Returns the block with decoded columns.
    pub(crate) fn decoded(self) -> DecodedBlock {
        match self {
            Self::Begun(begun) => begun.finish(),
            Self::Decoded(assembled) => assembled,
        }
    }
}
