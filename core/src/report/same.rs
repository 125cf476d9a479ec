//! Detection of local parts with the same content, before they are read.
//!
//! Compressed files have the length and checksum of their text at the end. If these are equal for two files, both are
//! decompressed, because the end of a gzip file describes only its last member. Plain text has no checksum; it is
//! compared after it was read.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;

use super::part::Part;
use crate::csv::records::{Blocks, Limits};
use crate::error::{Error, Result};
use crate::value::content::{Content, given_twice};
use crate::value::stop::Stop;

/// Checksum of a text, and its length modulo 2^32.
type Trailer = (u32, u32);

/// Bytes read at a time.
const CHUNK: usize = 128 << 10;
/// Bytes at the end of a zip archive that are searched for its directory. The end record has a comment of at most 64
/// KiB.
const ZIP_END: u64 = 66 << 10;

/// Fails for parts with the same rows.
pub(super) fn refuse(parts: &[Part], stop: &Stop) -> Result<()> {
    if parts.len() < 2 {
        return Ok(());
    }
    let mut alike = HashMap::<Trailer, Vec<&Part>>::new();
    for part in parts.iter().filter(|part| part.pin.0.is_some()) {
        if let Some(trailer) = trailer(part) {
            alike.entry(trailer).or_default().push(part);
        }
    }
    for parts in alike.into_values().filter(|parts| parts.len() > 1) {
        let mut contents = HashMap::new();
        for part in parts {
            let Some(content) = content(part, stop)? else { continue };
            if let Some(first) = contents.insert(content, part) {
                return Err(given_twice(&first.object, &part.object));
            }
        }
    }
    Ok(())
}

/// Returns the checksum and length at the end of a file. `None` if it cannot be read, which the read reports.
fn trailer(part: &Part) -> Option<Trailer> {
    let mut file = File::open(&part.path).ok()?;
    let mut begins = [0; 4];
    file.read_exact(&mut begins).ok()?;
    let length = if begins.starts_with(b"\x1F\x8B") {
        8
    } else if begins == *b"PK\x03\x04" {
        ZIP_END
    } else {
        return None;
    };
    file.seek(SeekFrom::Start(part.size.saturating_sub(length))).ok()?;
    let mut end = Vec::new();
    file.take(length).read_to_end(&mut end).ok()?;
    let at = match length {
        8 => 0,
        // The last entry of the directory: checksum, compressed length, length.
        _ => memchr::memmem::rfind(&end, b"PK\x01\x02")? + 16,
    };
    let (crc, bytes) = (number(&end, at)?, number(&end, if length == 8 { at + 4 } else { at + 8 })?);
    // An empty last member, as written by bgzip, and trailing zeros do not describe the text.
    (bytes > 0).then_some((crc, bytes))
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// Returns the content of a part; `None` if it has no rows or cannot be read.
fn content(part: &Part, stop: &Stop) -> Result<Option<Content>> {
    let Ok(mut file) = File::open(&part.path) else { return Ok(None) };
    let mut blocks = Blocks::new(Arc::from(part.object.as_str()), Limits::default());
    let (mut chunk, mut has_rows) = (vec![0; CHUNK], false);
    loop {
        if stop.is_wanted() {
            return Err(Error::Stopped);
        }
        let Ok(read) = file.read(&mut chunk) else { return Ok(None) };
        let mut bytes = chunk.get(..read).unwrap_or_default();
        if bytes.is_empty() {
            blocks.finish();
        }
        loop {
            let Ok(taken) = blocks.feed(bytes) else { return Ok(None) };
            bytes = bytes.get(taken..).unwrap_or_default();
            match blocks.next() {
                Ok(Some(records)) => has_rows |= records.rows() > 0 || !records.rejected.is_empty(),
                Ok(None) if bytes.is_empty() => break,
                Ok(None) => {}
                Err(_) => return Ok(None),
            }
        }
        if read == 0 {
            return Ok(has_rows.then(|| blocks.content()));
        }
    }
}
