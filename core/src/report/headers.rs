//! Reading the names of the columns from the start of an object.

use std::io::Read;
use std::sync::Arc;

use super::layout::Layout;
use crate::csv::records::{Blocks, Limits};
use crate::error::{Error, Result};

/// Returns the names of the columns of a part, and the bytes read so far.
pub(crate) fn header(object: &str, input: &mut dyn Read, limits: Limits) -> Result<(Vec<String>, Vec<u8>)> {
    // A header is short, so a small block is enough.
    let limits = Limits { block_bytes: limits.block_bytes.min(32 << 10), ..limits };
    let mut blocks = Blocks::new(Arc::from(object), limits);
    let mut begun = Vec::new();
    let mut chunk = vec![0; 8 << 10];
    while blocks.header().is_none() {
        let read = input.read(&mut chunk).map_err(|source| Error::reading(object, source))?;
        let mut bytes = chunk.get(..read).unwrap_or_default();
        begun.extend_from_slice(bytes);
        if bytes.is_empty() {
            blocks.finish();
            blocks.next()?;
            break;
        }
        while !bytes.is_empty() && blocks.header().is_none() {
            let taken = blocks.feed(bytes)?;
            bytes = bytes.get(taken..).unwrap_or_default();
            blocks.next()?;
        }
    }
    // Each header is bound on its own, so that the error for a file that is not a report names this file.
    let header = blocks.header().unwrap_or_default();
    Layout::bind(object, header)?;
    Ok((header.to_vec(), begun))
}
