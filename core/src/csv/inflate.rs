//! Decompression: the bytes of an object → the bytes of its CSV text.
//!
//! In: gzip (all members), zip (one member that is not hidden) or plain bytes, pushed as they arrive. The format is
//! detected by the first bytes, never by a name. Out: inflated bytes, at most as many as requested. [`Deflate`] decodes
//! the data; this file parses the frames, because reports also come from sockets: zip libraries need to seek to the end
//! of the archive, and gzip libraries pull from a reader.

use std::sync::Arc;

use crc32fast::Hasher;

use super::deflate::{Deflate, InvalidDeflate};
use super::zip;
use super::zip::{Archive, Data, Flaw, number};
use crate::error::{Error, Location, Result};
use crate::value::content::Content;

const GZIP: &[u8] = b"\x1F\x8B";
/// Bytes of a hidden zip member inflated at a time.
const HIDDEN: usize = 32 << 10;
/// Maximum compression ratio of an object. Deflate allows 1,032. Reports have ratios of 10 to 80, because each record
/// has its own id; identical 1 KiB rows of a CUR 2.0 without ids reach 370.
const MOST_TIMES: u64 = 500;
/// Inflated bytes below which the ratio is not checked.
const ANY_TIMES: u64 = 64 << 20;
const GZIP_MEMBER: &str = "gzip member";
const ZIP_MEMBER: &str = "zip member";

#[derive(Debug)]
enum InflateStage {
    /// Before the first four bytes.
    Detect,
    Plain,
    GzipHeader(GzipHeader),
    GzipData,
    GzipTrailer,
    /// Between members.
    GzipEnd,
    /// Zeros after the last member, which tapes and some stores add.
    GzipPadding,
    /// Before the header of a member, or the directory.
    ZipNext,
    ZipHeader,
    ZipData(Data),
    ZipDescriptor,
    ZipTail,
}

/// Parser of the header of a gzip member, byte by byte (RFC 1952, section 2.3).
#[derive(Debug)]
struct GzipHeader {
    field: GzipField,
    flags: u8,
}

#[derive(Debug, Clone, Copy)]
enum GzipField {
    Fixed(u8),
    ExtraLength(u8, u16),
    Extra(u16),
    Name,
    Comment,
    HeaderCrc(u8),
}

/// A push decoder: takes compressed bytes, returns inflated bytes.
#[derive(Debug)]
pub(crate) struct Inflate {
    object: Arc<str>,
    stage: InflateStage,
    /// The start of an incomplete frame.
    held: Vec<u8>,
    deflate: Deflate,
    crc: Hasher,
    /// Inflated bytes of the current member.
    member: u64,
    /// Consumed bytes of deflate data.
    deflated: u64,
    inflated: u64,
    /// Bytes of `inflated` from completed hidden members, which are not returned.
    hidden: u64,
    /// Checksum of the text: of plain bytes, or of all completed members that are not hidden.
    text: Hasher,
    archive: Archive,
}

impl Inflate {
    pub(crate) fn new(object: Arc<str>) -> Self {
        Self {
            object,
            stage: InflateStage::Detect,
            held: Vec::new(),
            deflate: Deflate::new(),
            crc: Hasher::new(),
            member: 0,
            deflated: 0,
            inflated: 0,
            text: Hasher::new(),
            hidden: 0,
            archive: Archive::default(),
        }
    }

    /// Returns whether the object is not compressed.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(self.stage, InflateStage::Plain)
    }

    /// Length and checksum of the text. Complete after [`Inflate::finish`].
    pub(crate) fn content(&self) -> Content {
        Content { bytes: self.inflated - self.hidden, crc32: self.text.clone().finalize() }
    }

    /// Consumes input and appends the inflated bytes until `out` has `room` bytes. Returns the number of bytes
    /// consumed. With empty input it appends bytes that had no room before.
    pub(crate) fn push(&mut self, mut input: &[u8], out: &mut Vec<u8>, room: usize) -> Result<usize> {
        let given = input.len();
        loop {
            let before = (input.len(), out.len());
            let goes_on = self.step(&mut input, out, room)?;
            if !goes_on || (before == (input.len(), out.len()) && input.is_empty()) {
                return Ok(given - input.len());
            }
        }
    }

    /// Runs one stage. Returns false if it needs more input or more room.
    fn step(&mut self, input: &mut &[u8], out: &mut Vec<u8>, room: usize) -> Result<bool> {
        match &mut self.stage {
            InflateStage::Detect => {
                if !self.hold(input, 4) {
                    return Ok(false);
                }
                self.detect(out)?;
            }
            InflateStage::Plain => {
                let take = input.len().min(room.saturating_sub(out.len()));
                let (taken, rest) = input.split_at(take);
                out.extend_from_slice(taken);
                self.text.update(taken);
                *input = rest;
                self.inflated += take as u64;
                return Ok(false);
            }
            InflateStage::GzipHeader(header) => {
                let Some((&byte, rest)) = input.split_first() else { return Ok(false) };
                *input = rest;
                match header.take(byte) {
                    Ok(false) => {}
                    Ok(true) => self.start(InflateStage::GzipData),
                    Err(reason) => return Err(self.damaged(reason)),
                }
            }
            InflateStage::GzipData => {
                return match self.inflate(input, out, room)? {
                    Some(true) => {
                        self.stage = InflateStage::GzipTrailer;
                        Ok(true)
                    }
                    Some(false) => Ok(true),
                    None => Ok(false),
                };
            }
            InflateStage::GzipTrailer => {
                if !self.hold(input, 8) {
                    return Ok(false);
                }
                let (crc, length) = (number(&self.held, 0, 4), number(&self.held, 4, 4));
                self.check(crc, length, u64::from(self.member as u32))?;
                self.text.combine(&self.crc);
                self.held.clear();
                self.stage = InflateStage::GzipEnd;
            }
            InflateStage::GzipEnd => {
                let Some(&byte) = input.first() else { return Ok(false) };
                self.stage = match byte {
                    0 => InflateStage::GzipPadding,
                    0x1F => InflateStage::GzipHeader(GzipHeader::new()),
                    _ => return Err(self.damaged("bytes after the last gzip member")),
                };
            }
            InflateStage::GzipPadding => {
                if input.iter().any(|&byte| byte != 0) {
                    return Err(self.damaged("bytes other than zero after the last gzip member"));
                }
                *input = &[];
                return Ok(false);
            }
            InflateStage::ZipNext => {
                if !self.hold(input, zip::LOCAL.len()) {
                    return Ok(false);
                }
                self.stage =
                    if self.held.starts_with(zip::LOCAL) { InflateStage::ZipHeader } else { InflateStage::ZipTail };
            }
            InflateStage::ZipHeader => {
                if !self.hold(input, zip::LOCAL_BYTES) {
                    return Ok(false);
                }
                let length = Archive::header_bytes(&self.held);
                if !self.hold(input, length) {
                    return Ok(false);
                }
                let data = self.archive.open(&self.held).map_err(|flaw| self.flaw(flaw))?;
                self.held.clear();
                self.start(InflateStage::ZipData(data));
            }
            InflateStage::ZipData(data) => {
                let data = *data;
                return self.zip_data(data, input, out, room);
            }
            InflateStage::ZipDescriptor => {
                if !self.hold(input, zip::DESCRIPTOR_BYTES) {
                    return Ok(false);
                }
                let length = self.archive.descriptor(&self.held).map_err(|flaw| self.flaw(flaw))?;
                self.held.drain(..length);
                self.stage = InflateStage::ZipNext;
            }
            InflateStage::ZipTail => {
                self.held.extend_from_slice(input);
                *input = &[];
                if self.held.len() > zip::MOST_FRAMES {
                    return Err(self.damaged("the zip archive goes on after its last member"));
                }
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Marks the end of the object, and appends bytes that were too few for detection. Can be called again.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) -> Result<()> {
        match self.stage {
            InflateStage::Detect if self.held.starts_with(GZIP) => Err(self.truncated(GZIP_MEMBER)),
            InflateStage::Detect => {
                self.inflated += self.held.len() as u64;
                self.text.update(&self.held);
                out.append(&mut self.held);
                Ok(())
            }
            InflateStage::Plain | InflateStage::GzipEnd | InflateStage::GzipPadding => Ok(()),
            InflateStage::GzipHeader(_) | InflateStage::GzipData | InflateStage::GzipTrailer => {
                Err(self.truncated(GZIP_MEMBER))
            }
            InflateStage::ZipNext
            | InflateStage::ZipHeader
            | InflateStage::ZipData(_)
            | InflateStage::ZipDescriptor => Err(self.truncated(ZIP_MEMBER)),
            InflateStage::ZipTail => self.archive.verify(&self.held).map_err(|flaw| self.flaw(flaw)),
        }
    }

    /// Collects input until `wanted` bytes are held.
    fn hold(&mut self, input: &mut &[u8], wanted: usize) -> bool {
        let take = wanted.saturating_sub(self.held.len()).min(input.len());
        let (taken, rest) = input.split_at(take);
        self.held.extend_from_slice(taken);
        *input = rest;
        self.held.len() >= wanted
    }

    fn detect(&mut self, out: &mut Vec<u8>) -> Result<()> {
        let held = std::mem::take(&mut self.held);
        if let Some(rest) = held.strip_prefix(GZIP) {
            let mut header = GzipHeader { field: GzipField::Fixed(2), flags: 0 };
            for &byte in rest {
                header.take(byte).map_err(|reason| self.damaged(reason))?;
            }
            self.stage = InflateStage::GzipHeader(header);
        } else if held.starts_with(zip::LOCAL) {
            self.held = held;
            self.stage = InflateStage::ZipHeader;
        } else if held.starts_with(zip::END) {
            return Err(self.damaged("the zip archive is empty"));
        } else {
            self.inflated += held.len() as u64;
            self.text.update(&held);
            out.extend(held);
            self.stage = InflateStage::Plain;
        }
        Ok(())
    }

    /// Begins the data of a member.
    fn start(&mut self, stage: InflateStage) {
        self.deflate.start();
        self.crc.reset();
        self.member = 0;
        self.stage = stage;
    }

    /// Inflates data of a member. `Some(true)` at its end, `None` without progress (no input or no room).
    fn inflate(&mut self, input: &mut &[u8], out: &mut Vec<u8>, room: usize) -> Result<Option<bool>> {
        let wanted = room.saturating_sub(out.len());
        if wanted == 0 {
            return Ok(None);
        }
        out.reserve(wanted);
        let (given, start) = (input.len(), out.len());
        let ended = self.deflate.inflate(input, out);
        let inflated = out.get(start..).unwrap_or_default();
        self.crc.update(inflated);
        self.member += inflated.len() as u64;
        self.inflated += inflated.len() as u64;
        self.deflated += (given - input.len()) as u64;
        if self.inflated > ANY_TIMES && self.inflated / MOST_TIMES > self.deflated {
            return Err(Error::Inflation { at: self.here(), times: MOST_TIMES });
        }
        match ended {
            Ok(true) => Ok(Some(true)),
            Ok(false) if input.len() == given && inflated.is_empty() => Ok(None),
            Ok(false) => Ok(Some(false)),
            Err(InvalidDeflate) => Err(self.damaged("the compressed data is damaged")),
        }
    }

    fn check(&self, crc: u64, length: u64, member: u64) -> Result<()> {
        let what = match (crc == u64::from(self.crc.clone().finalize()), length == member) {
            (true, true) => return Ok(()),
            (false, _) => "CRC-32",
            (true, false) => "length",
        };
        Err(Error::Checksum { at: self.here(), what })
    }

    /// Handles the data of a zip member: hands it out, or discards it if the member is hidden.
    fn zip_data(&mut self, data: Data, input: &mut &[u8], out: &mut Vec<u8>, room: usize) -> Result<bool> {
        let mut passed = Vec::new();
        loop {
            let (to, room) = if data.is_hidden { (&mut passed, HIDDEN) } else { (&mut *out, room) };
            let ended =
                if data.is_deflated { self.inflate(input, to, room)? } else { self.stored(data, input, to, room) };
            passed.clear();
            match ended {
                Some(true) => break,
                // Discarded output always has room, so only input can be missing.
                Some(false) if data.is_hidden => {}
                Some(false) => return Ok(true),
                None => return Ok(false),
            }
        }
        let compressed = if data.is_deflated { self.deflate.taken() } else { self.member };
        let closed = self.archive.close(u64::from(self.crc.clone().finalize()), self.member, compressed);
        closed.map_err(|flaw| self.flaw(flaw))?;
        if data.is_hidden {
            self.hidden += self.member;
        } else {
            self.text.combine(&self.crc);
        }
        self.stage = if data.has_descriptor { InflateStage::ZipDescriptor } else { InflateStage::ZipNext };
        Ok(true)
    }

    /// Copies bytes of a stored member. `Some(true)` at its end, `None` without progress.
    fn stored(&mut self, data: Data, input: &mut &[u8], out: &mut Vec<u8>, room: usize) -> Option<bool> {
        let left = usize::try_from(data.stored.saturating_sub(self.member)).unwrap_or(usize::MAX);
        let take = input.len().min(room.saturating_sub(out.len())).min(left);
        let (taken, rest) = input.split_at(take);
        *input = rest;
        self.crc.update(taken);
        self.member += take as u64;
        self.inflated += take as u64;
        out.extend_from_slice(taken);
        match (take == left, take) {
            (true, _) => Some(true),
            (false, 0) => None,
            (false, _) => Some(false),
        }
    }

    fn flaw(&self, flaw: Flaw) -> Error {
        match flaw {
            Flaw::Truncated => self.truncated(ZIP_MEMBER),
            Flaw::Checksum(what) => Error::Checksum { at: self.here(), what },
            Flaw::Damaged(reason) => Error::Compression { at: self.here(), reason },
            Flaw::Foreign(reason) => {
                Error::Format { at: Box::new(Location::object(&*self.object)), reason: reason.to_owned() }
            }
        }
    }

    fn here(&self) -> Box<Location> {
        let under_way =
            if matches!(self.stage, InflateStage::ZipData(Data { is_hidden: true, .. })) { self.member } else { 0 };
        Box::new(Location::object(&*self.object).byte(self.inflated - self.hidden - under_way))
    }

    fn damaged(&self, reason: &str) -> Error {
        Error::Compression { at: self.here(), reason: reason.to_owned() }
    }

    fn truncated(&self, what: &'static str) -> Error {
        Error::Truncated { at: self.here(), what }
    }
}

impl GzipHeader {
    fn new() -> Self {
        Self { field: GzipField::Fixed(0), flags: 0 }
    }

    /// Consumes a byte. Returns true if it was the last one of the header.
    fn take(&mut self, byte: u8) -> Result<bool, &'static str> {
        use GzipField::{Comment, Extra, ExtraLength, Fixed, HeaderCrc, Name};
        self.field = match (self.field, byte) {
            (Fixed(0), 0x1F) | (Fixed(1), 0x8B) | (Fixed(2), 8) | (Fixed(4..=8), _) => self.fixed(),
            (Fixed(0 | 1), _) => return Err("bytes after the last gzip member"),
            (Fixed(2), _) => return Err("the gzip member is not deflated"),
            (Fixed(3), flags) if flags & 0xE0 != 0 => return Err("the gzip member has unknown flags"),
            (Fixed(3), flags) => {
                self.flags = flags;
                self.fixed()
            }
            (Fixed(_), _) => return Ok(self.after(0)),
            (ExtraLength(0, _), low) => ExtraLength(1, u16::from(low)),
            (ExtraLength(_, low), high) => match low | u16::from(high) << 8 {
                0 => return Ok(self.after(1)),
                length => Extra(length),
            },
            (Extra(1), _) => return Ok(self.after(1)),
            (Extra(left), _) => Extra(left - 1),
            (Name, 0) => return Ok(self.after(2)),
            (Comment, 0) => return Ok(self.after(3)),
            (HeaderCrc(0), _) => HeaderCrc(1),
            (HeaderCrc(_), _) => return Ok(true),
            (text, _) => text,
        };
        Ok(false)
    }

    fn fixed(&self) -> GzipField {
        match self.field {
            GzipField::Fixed(at) => GzipField::Fixed(at + 1),
            other => other,
        }
    }

    /// Continues with the next field in the flags. Returns true after the last one.
    fn after(&mut self, done: u8) -> bool {
        let announced = |bit: u8| self.flags & bit != 0;
        let next = [
            (1, announced(4), GzipField::ExtraLength(0, 0)),
            (2, announced(8), GzipField::Name),
            (3, announced(16), GzipField::Comment),
            (4, announced(2), GzipField::HeaderCrc(0)),
        ];
        match next.into_iter().find(|&(order, announced, _)| order > done && announced) {
            Some((_, _, field)) => {
                self.field = field;
                false
            }
            None => true,
        }
    }
}
