//! Local parts that hold the same text, found before they are read.
//!
//! What is deflated says at its end how long its text is, and the checksum of it. Where two files say the same, both are
//! inflated: a gzip file of several members tells of the last one only. Plain text says nothing; it is compared when it
//! is read.

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

/// Bytes that are read at once.
const CHUNK: usize = 128 << 10;
/// Bytes in which the directory of a zip archive is looked for: the end record has a comment of 64 KiB at most.
const ZIP_END: u64 = 66 << 10;

/// Refuses parts that hold the same rows.
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

/// What the end of a file says of its text. What cannot be read or understood says nothing: the read says why.
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
        // The last entry of the directory: checksum, packed length, length.
        _ => memchr::memmem::rfind(&end, b"PK\x01\x02")? + 16,
    };
    let (crc, bytes) = (number(&end, at)?, number(&end, if length == 8 { at + 4 } else { at + 8 })?);
    // An empty member at the end, as bgzip writes it, and zeros behind the last one say nothing of the text.
    (bytes > 0).then_some((crc, bytes))
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// What a part holds; `None` for one without rows, and for one that cannot be read.
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
