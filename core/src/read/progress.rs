//! The progress of a read.

/// The progress of a read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes of the parts read so far, before decompression.
    pub bytes_done: u64,
    /// Bytes of all parts; 0 for a stream, whose size is unknown.
    pub bytes_total: u64,
    /// Number of rows returned so far.
    pub rows: u64,
}
