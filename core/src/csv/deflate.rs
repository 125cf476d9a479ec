//! Deflated bytes → the bytes they stand for (RFC 1951), as far as input and room go.
//!
//! Does not know frames, checksums or lengths: those are [`super::inflate`]'s, whatever inflates.

use flate2::{Decompress, FlushDecompress, Status};

/// What inflates, one member after another.
#[derive(Debug)]
pub(super) struct Deflate(Decompress);

/// The bytes are not deflated data.
#[derive(Debug)]
pub(super) struct Damaged;

impl Deflate {
    pub(super) fn new() -> Self {
        Self(Decompress::new(false))
    }

    /// Begins a member.
    pub(super) fn start(&mut self) {
        self.0.reset(false);
    }

    /// Takes input and adds what it inflates to, until `out` is at its capacity; what stands before damage is added too.
    /// True at the end of the member, of which the input that is left is no part.
    pub(super) fn inflate(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<bool, Damaged> {
        let before = self.0.total_in();
        let status = self.0.decompress_vec(input, out, FlushDecompress::None);
        let taken = (self.0.total_in() - before) as usize;
        *input = input.get(taken..).unwrap_or_default();
        status.map(|status| status == Status::StreamEnd).map_err(|_| Damaged)
    }

    /// Bytes taken of the member under way.
    pub(super) fn taken(&self) -> u64 {
        self.0.total_in()
    }
}
