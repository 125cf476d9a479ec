//! The bytes of an object → the bytes of its CSV text.
//!
//! In: gzip (all members), zip (one member) or plain bytes, pushed as they come, told apart by their first bytes and
//! never by a name. Out: inflated bytes, no more at once than asked for. Deflate itself is [`Deflate`]'s; the frames
//! around it are read here, for reports come from sockets as well as files: a zip reader that wants to seek to the end of
//! the archive cannot read those, and a gzip reader that pulls cannot be pushed.

use std::sync::Arc;

use flate2::Crc;

use super::deflate::{Damaged, Deflate};
use crate::content::Content;
use crate::error::{Error, Location, Result};

const GZIP: &[u8] = b"\x1F\x8B";
const ZIP: &[u8] = b"PK\x03\x04";
const EMPTY_ZIP: &[u8] = b"PK\x05\x06";
const PARQUET: &[u8] = b"PAR1";
/// Directory and comments of a zip of one member; its parts are 64 KiB at most each.
const ZIP_TAIL: usize = 1 << 20;
/// Times its own size that an object may inflate to. Deflate ends at 1,032. Reports come to 10 to 80 times, for each record
/// has an id of its own; rows of a CUR 2.0 without one, all alike and each of a kilobyte, come to 370.
const MOST_TIMES: u64 = 500;
/// Bytes that are inflated before it counts.
const ANY_TIMES: u64 = 64 << 20;
const GZIP_MEMBER: &str = "gzip member";
const ZIP_MEMBER: &str = "zip member";

#[derive(Debug)]
enum Stage {
    /// Before the first four bytes.
    Detect,
    Plain,
    GzipHeader(GzipHeader),
    GzipData,
    GzipTrailer,
    /// Between members.
    GzipEnd,
    /// Zeros after the last member, as tapes and some stores add them.
    GzipPadding,
    ZipHeader,
    ZipData(ZipMember),
    ZipTail(ZipMember),
}

/// The header of a gzip member, byte by byte (RFC 1952, section 2.3).
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

/// What the local header of a zip member says (APPNOTE 4.3.7).
#[derive(Debug, Clone, Copy)]
struct ZipMember {
    deflated: bool,
    /// Bytes still to come of a stored member.
    stored: u64,
    has_descriptor: bool,
    compressed: u64,
}

/// Pushes compressed bytes in and takes inflated bytes out.
#[derive(Debug)]
pub(crate) struct Inflate {
    object: Arc<str>,
    stage: Stage,
    /// The start of a frame that is not complete.
    held: Vec<u8>,
    deflate: Deflate,
    crc: Crc,
    /// Inflated bytes of the member under way.
    member: u64,
    /// Deflated bytes that were taken.
    deflated: u64,
    inflated: u64,
    /// Checksum of the text of plain bytes, or of all gzip members that ended.
    text: crc32fast::Hasher,
}

impl Inflate {
    pub(crate) fn new(object: Arc<str>) -> Self {
        Self {
            object,
            stage: Stage::Detect,
            held: Vec::new(),
            deflate: Deflate::new(),
            crc: Crc::new(),
            member: 0,
            deflated: 0,
            inflated: 0,
            text: crc32fast::Hasher::new(),
        }
    }

    /// Length and checksum of all text; right once [`Inflate::finish`] has returned.
    pub(crate) fn content(&self) -> Content {
        let crc32 = match self.stage {
            Stage::ZipTail(_) => self.crc.sum(),
            _ => self.text.clone().finalize(),
        };
        Content { bytes: self.inflated, crc32 }
    }

    /// Takes input and adds what it inflates to, until `out` has `room` bytes. Says how much input it took; with none
    /// to give, it adds what it had no room for before.
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

    /// One stage's work. False when it needs more input or more room.
    fn step(&mut self, input: &mut &[u8], out: &mut Vec<u8>, room: usize) -> Result<bool> {
        match &mut self.stage {
            Stage::Detect => {
                if !self.hold(input, 4) {
                    return Ok(false);
                }
                self.detect(out)?;
            }
            Stage::Plain => {
                let take = input.len().min(room.saturating_sub(out.len()));
                let (taken, rest) = input.split_at(take);
                out.extend_from_slice(taken);
                self.text.update(taken);
                *input = rest;
                self.inflated += take as u64;
                return Ok(false);
            }
            Stage::GzipHeader(header) => {
                let Some((&byte, rest)) = input.split_first() else { return Ok(false) };
                *input = rest;
                match header.take(byte) {
                    Ok(false) => {}
                    Ok(true) => self.start(Stage::GzipData),
                    Err(reason) => return Err(self.damaged(reason)),
                }
            }
            Stage::GzipData => {
                return match self.inflate(input, out, room)? {
                    Some(true) => {
                        self.stage = Stage::GzipTrailer;
                        Ok(true)
                    }
                    Some(false) => Ok(true),
                    None => Ok(false),
                };
            }
            Stage::GzipTrailer => {
                if !self.hold(input, 8) {
                    return Ok(false);
                }
                let (crc, length) = (number(&self.held, 0, 4), number(&self.held, 4, 4));
                self.check(crc, length, u64::from(self.member as u32))?;
                self.text.combine(&crc32fast::Hasher::new_with_initial_len(self.crc.sum(), self.member));
                self.held.clear();
                self.stage = Stage::GzipEnd;
            }
            Stage::GzipEnd => {
                let Some(&byte) = input.first() else { return Ok(false) };
                self.stage = match byte {
                    0 => Stage::GzipPadding,
                    0x1F => Stage::GzipHeader(GzipHeader::new()),
                    _ => return Err(self.damaged("bytes after the last gzip member")),
                };
            }
            Stage::GzipPadding => {
                if input.iter().any(|&byte| byte != 0) {
                    return Err(self.damaged("bytes other than zero after the last gzip member"));
                }
                *input = &[];
                return Ok(false);
            }
            Stage::ZipHeader => {
                if !self.hold(input, 30) {
                    return Ok(false);
                }
                let length = 30 + (number(&self.held, 26, 2) + number(&self.held, 28, 2)) as usize;
                if !self.hold(input, length) {
                    return Ok(false);
                }
                let member = self.zip_member()?;
                self.held.clear();
                self.start(Stage::ZipData(member));
            }
            Stage::ZipData(member) if !member.deflated => {
                let take = input.len().min(room.saturating_sub(out.len()));
                let take = take.min(usize::try_from(member.stored).unwrap_or(usize::MAX));
                let (taken, rest) = input.split_at(take);
                member.stored -= take as u64;
                let ended = member.stored == 0;
                let member = *member;
                *input = rest;
                self.crc.update(taken);
                self.member += take as u64;
                self.inflated += take as u64;
                out.extend_from_slice(taken);
                if ended {
                    self.stage = Stage::ZipTail(member);
                }
                return Ok(ended);
            }
            Stage::ZipData(member) => {
                let mut member = *member;
                return match self.inflate(input, out, room)? {
                    Some(true) => {
                        member.compressed = self.deflate.taken();
                        self.stage = Stage::ZipTail(member);
                        Ok(true)
                    }
                    Some(false) => Ok(true),
                    None => Ok(false),
                };
            }
            Stage::ZipTail(_) => {
                self.held.extend_from_slice(input);
                *input = &[];
                if self.held.starts_with(ZIP) {
                    return Err(self.damaged("the zip archive has more than one member"));
                }
                if self.held.len() > ZIP_TAIL {
                    return Err(self.damaged("the zip archive goes on after its first member"));
                }
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The object ends here. Adds what could not be decided before; may be called again.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) -> Result<()> {
        match self.stage {
            Stage::Detect if self.held.starts_with(GZIP) => Err(self.truncated(GZIP_MEMBER)),
            Stage::Detect => {
                self.inflated += self.held.len() as u64;
                self.text.update(&self.held);
                out.append(&mut self.held);
                Ok(())
            }
            Stage::Plain | Stage::GzipEnd | Stage::GzipPadding => Ok(()),
            Stage::GzipHeader(_) | Stage::GzipData | Stage::GzipTrailer => Err(self.truncated(GZIP_MEMBER)),
            Stage::ZipHeader | Stage::ZipData(_) => Err(self.truncated(ZIP_MEMBER)),
            Stage::ZipTail(member) => self.zip_tail(member),
        }
    }

    /// Holds input until there are `wanted` bytes of it.
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
            self.stage = Stage::GzipHeader(header);
        } else if held.starts_with(ZIP) {
            self.held = held;
            self.stage = Stage::ZipHeader;
        } else if held.starts_with(PARQUET) {
            let at = Box::new(Location::object(&*self.object));
            return Err(Error::Format {
                at,
                reason: "Parquet reports are not read by this version; CSV ones are".to_owned(),
            });
        } else if held.starts_with(EMPTY_ZIP) {
            return Err(self.damaged("the zip archive is empty"));
        } else {
            self.inflated += held.len() as u64;
            self.text.update(&held);
            out.extend(held);
            self.stage = Stage::Plain;
        }
        Ok(())
    }

    /// Begins the data of a member.
    fn start(&mut self, stage: Stage) {
        self.deflate.start();
        self.crc.reset();
        self.member = 0;
        self.stage = stage;
    }

    /// Inflates. `Some(true)` at the end of the member, `None` without progress: no input, or no room.
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
            Err(Damaged) => Err(self.damaged("the compressed data is damaged")),
        }
    }

    fn check(&self, crc: u64, length: u64, member: u64) -> Result<()> {
        let what = match (crc == u64::from(self.crc.sum()), length == member) {
            (true, true) => return Ok(()),
            (false, _) => "CRC-32",
            (true, false) => "length",
        };
        Err(Error::Checksum { at: self.here(), what })
    }

    fn zip_member(&self) -> Result<ZipMember> {
        let held = &self.held;
        let (flags, method) = (number(held, 6, 2), number(held, 8, 2));
        let has_descriptor = flags & 8 != 0;
        if flags & 1 != 0 {
            return Err(self.damaged("the zip member is encrypted"));
        }
        let mut size = number(held, 18, 4);
        if size == u64::from(u32::MAX) {
            let extra = held.get(30 + number(held, 26, 2) as usize..).unwrap_or_default();
            let [_, compressed] = zip64(extra, [true, true]);
            size = compressed.unwrap_or(size);
        }
        match method {
            0 if has_descriptor => Err(self.damaged("the zip member is stored without its length")),
            0 => Ok(ZipMember { deflated: false, stored: size, has_descriptor, compressed: size }),
            8 => Ok(ZipMember { deflated: true, stored: 0, has_descriptor, compressed: 0 }),
            _ => Err(self.damaged("the zip member is neither deflated nor stored")),
        }
    }

    /// Descriptor, directory and end record: the member is alone, and its size and checksum are right.
    fn zip_tail(&self, member: ZipMember) -> Result<()> {
        const ENTRY: &[u8] = b"PK\x01\x02";
        const END_64: &[u8] = b"PK\x06\x06";
        const LOCATOR_64: &[u8] = b"PK\x06\x07";
        let cut_short = || self.truncated(ZIP_MEMBER);
        let mut tail = self.held.as_slice();
        if member.has_descriptor {
            // The signature is optional, and sizes have 32 or 64 bits.
            let begins = |&length: &usize| {
                tail.get(length..).is_some_and(|rest| rest.starts_with(ENTRY) || rest.starts_with(ZIP))
            };
            let length = [12, 16, 20, 24].into_iter().find(begins).ok_or_else(cut_short)?;
            tail = tail.get(length..).unwrap_or_default();
        }
        if tail.starts_with(ZIP) {
            return Err(self.damaged("the zip archive has more than one member"));
        }
        if tail.len() < 46 {
            return Err(cut_short());
        }
        if !tail.starts_with(ENTRY) {
            return Err(self.damaged("the directory of the zip archive is damaged"));
        }
        let (name, extra, comment) = (number(tail, 28, 2), number(tail, 30, 2), number(tail, 32, 2));
        let extra_at = 46 + name as usize;
        let end = extra_at + (extra + comment) as usize;
        let mut sizes = [number(tail, 24, 4), number(tail, 20, 4)];
        let large = sizes.map(|size| size == u64::from(u32::MAX));
        let fields = tail.get(extra_at..extra_at + extra as usize).ok_or_else(cut_short)?;
        for (size, wide) in sizes.iter_mut().zip(zip64(fields, large)) {
            *size = wide.unwrap_or(*size);
        }
        self.check(number(tail, 16, 4), sizes[0], self.member)?;
        if sizes[1] != member.compressed {
            return Err(Error::Checksum { at: self.here(), what: "length" });
        }
        tail = tail.get(end..).ok_or_else(cut_short)?;
        if tail.starts_with(ENTRY) {
            return Err(self.damaged("the zip archive has more than one member"));
        }
        if tail.starts_with(END_64) {
            let length = usize::try_from(number(tail, 4, 8).saturating_add(12)).unwrap_or(usize::MAX);
            tail = tail.get(length..).ok_or_else(cut_short)?;
        }
        if tail.starts_with(LOCATOR_64) {
            tail = tail.get(20..).ok_or_else(cut_short)?;
        }
        if tail.len() < 22 {
            return Err(cut_short());
        }
        let ends = 22 + number(tail, 20, 2) as usize;
        match tail.starts_with(EMPTY_ZIP) {
            true if tail.len() == ends => Ok(()),
            true if tail.len() < ends => Err(cut_short()),
            true => Err(self.damaged("bytes after the end of the zip archive")),
            false => Err(self.damaged("the directory of the zip archive is damaged")),
        }
    }

    fn here(&self) -> Box<Location> {
        Box::new(Location::object(&*self.object).byte(self.inflated))
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

    /// Takes a byte; true when it was the last one.
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

    /// Goes on to the next field that the flags announce; true when there is none.
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

/// A little-endian number; bytes that are not there are 0.
fn number(bytes: &[u8], at: usize, length: usize) -> u64 {
    let bytes = bytes.get(at..at + length).unwrap_or_default();
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

/// Inflated and compressed size in the zip64 field (APPNOTE 4.5.3), which holds those that its header has no room for.
fn zip64(mut extra: &[u8], present: [bool; 2]) -> [Option<u64>; 2] {
    while extra.len() >= 4 {
        let length = number(extra, 2, 2) as usize;
        if number(extra, 0, 2) == 1 {
            let mut at = 4;
            return [0, 1].map(|index| {
                let size = (present[index] && at + 8 <= extra.len()).then(|| number(extra, at, 8));
                at += if present[index] { 8 } else { 0 };
                size
            });
        }
        extra = extra.get(4 + length..).unwrap_or_default();
    }
    [None, None]
}
