//! Inflates deflate data (RFC 1951), as far as input and output capacity allow.
//!
//! Frames, checksums and lengths are handled by [`super::inflate`].

use flate2::{Decompress, FlushDecompress, Status};

/// A deflate decoder, reused for one member after another.
#[derive(Debug)]
pub(super) struct Deflate(Decompress);

/// The error for bytes that are not deflate data.
#[derive(Debug)]
pub(super) struct InvalidDeflate;

impl Deflate {
    pub(super) fn new() -> Self {
        Self(Decompress::new(false))
    }

    /// Begins a member.
    pub(super) fn start(&mut self) {
        self.0.reset(false);
    }

    /// Consumes input and appends the inflated bytes, until `out` is at its capacity. Bytes before damaged data are
    /// appended too. Returns true at the end of the member; the remaining input is not part of it.
    pub(super) fn inflate(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<bool, InvalidDeflate> {
        let before = self.0.total_in();
        let status = self.0.decompress_vec(input, out, FlushDecompress::None);
        let taken = (self.0.total_in() - before) as usize;
        *input = input.get(taken..).unwrap_or_default();
        status.map(|status| status == Status::StreamEnd).map_err(|_| InvalidDeflate)
    }

    /// Bytes consumed of the current member.
    pub(super) fn taken(&self) -> u64 {
        self.0.total_in()
    }
}
