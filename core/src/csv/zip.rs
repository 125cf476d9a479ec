//! The frames of a zip archive: local headers, descriptors, directory and end record (APPNOTE 4.3).
//!
//! In: these frames, in order. Out: how to read the data of a member and, at the end, whether the directory lists
//! exactly these members under the same names. Otherwise a zip reader that starts from the directory would see another
//! archive. One member is the report; folders and hidden entries, which some systems add, are skipped.

/// Signature of a local header.
pub(super) const LOCAL: &[u8] = b"PK\x03\x04";
/// Signature of the end record. An empty archive has nothing else.
pub(super) const END: &[u8] = b"PK\x05\x06";
const ENTRY: &[u8] = b"PK\x01\x02";
const END_64: &[u8] = b"PK\x06\x06";
const LOCATOR_64: &[u8] = b"PK\x06\x07";
const DESCRIPTOR: &[u8] = b"PK\x07\x08";
/// Length of the fixed part of a local header.
pub(super) const LOCAL_BYTES: usize = 30;
/// The longest descriptor, with a signature and 64-bit lengths, plus the signature of the next frame.
pub(super) const DESCRIPTOR_BYTES: usize = 28;
/// Maximum bytes of the directory and of all headers. The archive of one report has far fewer.
pub(super) const MOST_FRAMES: usize = 1 << 20;
const MOST_MEMBERS: usize = 1_000;
const NARROW: u64 = u32::MAX as u64;

/// What is wrong with an archive.
#[derive(Debug)]
pub(super) enum Flaw {
    /// The archive is incomplete.
    Truncated,
    /// The check that failed.
    Checksum(&'static str),
    /// Other damage: the message for it.
    Damaged(String),
    /// The archive is another type of file: the message for it.
    Foreign(&'static str),
}

type Result<T> = std::result::Result<T, Flaw>;

/// Checksum, length and compressed length of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sizes {
    crc: u64,
    inflated: u64,
    compressed: u64,
}

#[derive(Debug)]
struct Member {
    name: Vec<u8>,
    offset: u64,
    method: u64,
    /// Sizes in the local header; `None` if a descriptor follows the data.
    said: Option<Sizes>,
    found: Sizes,
    is_listed: bool,
}

/// How to read the data of a member.
#[derive(Clone, Copy, Debug)]
pub(super) struct Data {
    pub(super) is_deflated: bool,
    /// Length of a stored member.
    pub(super) stored: u64,
    pub(super) has_descriptor: bool,
    /// Whether the member is skipped.
    pub(super) is_hidden: bool,
}

/// The state of an archive while it is read.
#[derive(Debug, Default)]
pub(super) struct Archive {
    members: Vec<Member>,
    /// Offset of the next frame in the object.
    at: u64,
    /// Bytes of all headers.
    headers: usize,
    /// Index of the member that is the report.
    report: Option<usize>,
}

impl Archive {
    /// Returns the length of a header, from its fixed part.
    pub(super) fn header_bytes(header: &[u8]) -> usize {
        LOCAL_BYTES + (number(header, 26, 2) + number(header, 28, 2)) as usize
    }

    /// Begins a member, from its complete header.
    pub(super) fn open(&mut self, header: &[u8]) -> Result<Data> {
        let (flags, method) = (number(header, 6, 2), number(header, 8, 2));
        let name_end = LOCAL_BYTES + number(header, 26, 2) as usize;
        let name = header.get(LOCAL_BYTES..name_end).unwrap_or_default();
        if let Some(reason) = foreign(name) {
            return Err(Flaw::Foreign(reason));
        }
        let is_hidden = is_hidden(name);
        if !is_hidden {
            if let Some(report) = self.report.and_then(|report| self.members.get(report)) {
                let (first, second) = (shown(&report.name), shown(name));
                let reason = format!(
                    "the zip archive has more than one member, `{first}` and `{second}`: unpack it and pass the files"
                );
                return Err(Flaw::Damaged(reason));
            }
            self.report = Some(self.members.len());
        }
        self.headers += header.len();
        if self.members.len() >= MOST_MEMBERS || self.headers > MOST_FRAMES {
            return Err(Flaw::Damaged(
                "the zip archive has more entries than any archive of a report: unpack it".to_owned(),
            ));
        }
        if flags & 1 != 0 {
            return Err(Flaw::Damaged("the zip member is encrypted: unpack it with its password".to_owned()));
        }
        let mut sizes = [number(header, 22, 4), number(header, 18, 4)];
        let extra = header.get(name_end..).unwrap_or_default();
        let [inflated, compressed, _] = zip64(extra, [sizes[0] == NARROW, sizes[1] == NARROW, false]);
        sizes = [inflated.unwrap_or(sizes[0]), compressed.unwrap_or(sizes[1])];
        let has_descriptor = flags & 8 != 0;
        let said = Sizes { crc: number(header, 14, 4), inflated: sizes[0], compressed: sizes[1] };
        match method {
            0 if has_descriptor => {
                return Err(Flaw::Damaged(
                    "the zip member is stored without its length, so it cannot be streamed: unpack it".to_owned(),
                ));
            }
            0 | 8 => {}
            other => {
                let method = match other {
                    9 => "deflate64".to_owned(),
                    12 => "bzip2".to_owned(),
                    14 => "LZMA".to_owned(),
                    93 => "zstd".to_owned(),
                    95 => "xz".to_owned(),
                    other => format!("method {other}"),
                };
                let reason = format!(
                    "the zip member is compressed with {method}, which is not supported: unpack it, or compress it with gzip"
                );
                return Err(Flaw::Damaged(reason));
            }
        }
        self.members.push(Member {
            name: name.to_vec(),
            offset: self.at,
            method,
            said: (!has_descriptor).then_some(said),
            found: Sizes { crc: 0, inflated: 0, compressed: 0 },
            is_listed: false,
        });
        self.at += header.len() as u64;
        Ok(Data { is_deflated: method == 8, stored: said.compressed, has_descriptor, is_hidden })
    }

    /// Ends the data of the current member.
    pub(super) fn close(&mut self, crc: u64, inflated: u64, compressed: u64) -> Result<()> {
        self.at += compressed;
        let Some(member) = self.members.last_mut() else { return Ok(()) };
        member.found = Sizes { crc, inflated, compressed };
        member.said.map_or(Ok(()), |said| compare(said, member.found))
    }

    /// Returns the length of the descriptor at the start of `bytes`. Its values must match the data.
    pub(super) fn descriptor(&mut self, bytes: &[u8]) -> Result<usize> {
        let Some(member) = self.members.last() else { return Err(Flaw::Truncated) };
        let found = member.found;
        // The signature is optional, and lengths have 32 or 64 bits. For an empty member the shorter form is a prefix
        // of the longer one, so the next signature decides.
        let signed = if bytes.starts_with(DESCRIPTOR) { Some(4) } else { None };
        let read = |start: usize, wide: usize| Sizes {
            crc: number(bytes, start, 4),
            compressed: number(bytes, start + 4, wide),
            inflated: number(bytes, start + 4 + wide, wide),
        };
        let forms = [(signed, 4), (signed, 8), (Some(0), 4), (Some(0), 8)];
        for (start, wide) in forms {
            let Some(start) = start else { continue };
            let length = start + 4 + 2 * wide;
            let next = bytes.get(length..).unwrap_or_default();
            if read(start, wide) == found && (next.starts_with(LOCAL) || next.starts_with(ENTRY)) {
                self.at += length as u64;
                return Ok(length);
            }
        }
        Err(Flaw::Checksum(if read(signed.unwrap_or(0), 4).crc == found.crc { "length" } else { "CRC-32" }))
    }

    /// Checks that `tail` is the directory of the members and the end of the archive.
    pub(super) fn verify(&mut self, mut tail: &[u8]) -> Result<()> {
        self.members.iter_mut().for_each(|member| member.is_listed = false);
        if self.report.is_none() {
            let first = self.members.first().map(|member| shown(&member.name)).unwrap_or_default();
            let reason = format!("the zip archive has only folders and hidden entries, such as `{first}`");
            return Err(Flaw::Damaged(reason));
        }
        let (count, all) = (self.members.len(), tail.len());
        for _ in 0..count {
            let length = self.entry(tail)?;
            tail = tail.get(length..).ok_or(Flaw::Truncated)?;
        }
        if tail.starts_with(ENTRY) {
            return Err(disagrees());
        }
        // Number of entries, length of the directory, and its offset.
        let directory = [count as u64, (all - tail.len()) as u64, self.at];
        let end_64_at = self.at + directory[1];
        let is_wide = tail.starts_with(END_64);
        if is_wide {
            let length = usize::try_from(number(tail, 4, 8).saturating_add(12)).unwrap_or(usize::MAX);
            let end = tail.get(..length).ok_or(Flaw::Truncated)?;
            let said = [number(end, 32, 8), number(end, 40, 8), number(end, 48, 8)];
            if length < 56 || said != directory || number(end, 24, 8) != said[0] {
                return Err(disagrees());
            }
            tail = tail.get(length..).ok_or(Flaw::Truncated)?;
            let locator = tail.get(..20).ok_or(Flaw::Truncated)?;
            if !locator.starts_with(LOCATOR_64) || number(locator, 8, 8) != end_64_at {
                return Err(disagrees());
            }
            tail = tail.get(20..).ok_or(Flaw::Truncated)?;
        }
        if tail.len() < 22 {
            return Err(Flaw::Truncated);
        }
        if !tail.starts_with(END) {
            return Err(Flaw::Damaged("the directory of the zip archive is damaged".to_owned()));
        }
        let said = [number(tail, 10, 2), number(tail, 12, 4), number(tail, 16, 4)];
        let elsewhere = [0xFFFF, NARROW, NARROW];
        let agrees = |index: usize| said[index] == directory[index] || (is_wide && said[index] == elsewhere[index]);
        if !(agrees(0) && agrees(1) && agrees(2)) || number(tail, 8, 2) != said[0] {
            return Err(disagrees());
        }
        let ends = 22 + number(tail, 20, 2) as usize;
        if tail.len() < ends {
            return Err(Flaw::Truncated);
        }
        if tail.len() > ends {
            return Err(Flaw::Damaged("there are bytes after the end of the zip archive".to_owned()));
        }
        if tail.get(22..).unwrap_or_default().windows(END.len()).any(|bytes| bytes == END) {
            let reason = "the comment of the zip archive contains the end record of another archive, which other programs may read \
                                      instead: unpack it and check its files";
            return Err(Flaw::Damaged(reason.to_owned()));
        }
        Ok(())
    }

    /// Returns the length of the first entry of the directory, which must match a member.
    fn entry(&mut self, tail: &[u8]) -> Result<usize> {
        if tail.len() >= 4 && !tail.starts_with(ENTRY) {
            return Err(if tail.starts_with(END) || tail.starts_with(END_64) {
                disagrees()
            } else {
                Flaw::Damaged("the directory of the zip archive is damaged".to_owned())
            });
        }
        if tail.len() < 46 {
            return Err(Flaw::Truncated);
        }
        let [name, extra, comment] = [28, 30, 32].map(|at| number(tail, at, 2) as usize);
        let name_bytes = tail.get(46..46 + name).ok_or(Flaw::Truncated)?;
        let fields = tail.get(46 + name..46 + name + extra).ok_or(Flaw::Truncated)?;
        let narrow = [number(tail, 24, 4), number(tail, 20, 4), number(tail, 42, 4)];
        let wide = zip64(fields, narrow.map(|size| size == NARROW));
        let [inflated, compressed, offset] = [0, 1, 2].map(|index| wide[index].unwrap_or(narrow[index]));
        let member = self.members.iter_mut().find(|member| member.offset == offset && !member.is_listed);
        let Some(member) = member else { return Err(disagrees()) };
        compare(Sizes { crc: number(tail, 16, 4), inflated, compressed }, member.found)?;
        if member.name != name_bytes || member.method != number(tail, 10, 2) || number(tail, 8, 2) & 1 != 0 {
            return Err(disagrees());
        }
        member.is_listed = true;
        Ok(46 + name + extra + comment)
    }
}

fn compare(said: Sizes, found: Sizes) -> Result<()> {
    match (said.crc == found.crc, said == found) {
        (true, true) => Ok(()),
        (false, _) => Err(Flaw::Checksum("CRC-32")),
        (true, false) => Err(Flaw::Checksum("length")),
    }
}

fn disagrees() -> Flaw {
    let reason = "the directory of the zip archive does not match its members, so other programs would read other files: \
                      unpack it and check its files";
    Flaw::Damaged(reason.to_owned())
}

fn shown(name: &[u8]) -> String {
    crate::error::clip(name)
}

/// Returns whether a member is a folder or hidden: `__MACOSX/`, `._report.csv`, `.DS_Store`.
fn is_hidden(name: &[u8]) -> bool {
    let mut names = name.split(|byte| matches!(byte, b'/' | b'\\'));
    let last = names.next_back().unwrap_or_default();
    last.is_empty()
        || last.starts_with(b".")
        || last.starts_with(b"~$")
        || names.any(|folder| folder.starts_with(b".") || folder == b"__MACOSX")
}

/// Detects documents that are zip archives, by the name of a member.
fn foreign(name: &[u8]) -> Option<&'static str> {
    #[rustfmt::skip]
    const MEMBERS: &[(&[u8], &str)] = &[
        (b"[Content_Types].xml", "the file is an Excel workbook (.xlsx), not CSV: give the file that AWS delivered, since a spreadsheet changes ids and amounts"),
        (b"_rels/",              "the file is an Excel workbook (.xlsx), not CSV: give the file that AWS delivered, since a spreadsheet changes ids and amounts"),
        (b"docProps/",           "the file is an Excel workbook (.xlsx), not CSV: give the file that AWS delivered, since a spreadsheet changes ids and amounts"),
        (b"xl/",                 "the file is an Excel workbook (.xlsx), not CSV: give the file that AWS delivered, since a spreadsheet changes ids and amounts"),
        (b"mimetype",            "the file is an OpenDocument spreadsheet, not CSV: give the file that AWS delivered, since a spreadsheet changes ids and amounts"),
        (b"Index/",              "the file is a Numbers spreadsheet, not CSV: give the file that AWS delivered, since a spreadsheet changes ids and amounts"),
    ];
    MEMBERS.iter().find(|(beginning, _)| name.starts_with(beginning)).map(|&(_, reason)| reason)
}

/// Returns inflated size, compressed size and offset from the zip64 field (APPNOTE 4.5.3). It has the values for which
/// the header has no room.
fn zip64(mut extra: &[u8], present: [bool; 3]) -> [Option<u64>; 3] {
    while extra.len() >= 4 {
        let length = number(extra, 2, 2) as usize;
        if number(extra, 0, 2) == 1 {
            let mut at = 4;
            return [0, 1, 2].map(|index| {
                let value = (present[index] && at + 8 <= extra.len()).then(|| number(extra, at, 8));
                at += if present[index] { 8 } else { 0 };
                value
            });
        }
        extra = extra.get(4 + length..).unwrap_or_default();
    }
    [None; 3]
}

/// Reads a little-endian number. Missing bytes are 0.
pub(super) fn number(bytes: &[u8], at: usize, length: usize) -> u64 {
    let bytes = bytes.get(at..at + length).unwrap_or_default();
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}
