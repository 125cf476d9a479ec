//! Detection of objects that are not CSV text, by their first bytes.
//!
//! In: the first inflated bytes of an object. Out: whether they can be CSV text, or a message with the remedy.
//! [`super::inflate`] detects gzip and zip; here they are detected only inside one another. CSV text that is not a
//! report is detected by its header, in `report`.

use super::dialect::BOM;

/// The result of detection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detected {
    /// Possibly CSV text.
    Text,
    /// More bytes are needed.
    Undecided,
    /// Another format: the message for it.
    Other(&'static str),
}

const TWICE: &str = "the file was compressed twice: unpack it once and pass the result";
const UTF_16: &str =
    "the file is UTF-16, not UTF-8: convert it with `iconv -f UTF-16 -t UTF-8`, or save it as CSV UTF-8";
const UTF_16_LE: &str = "the file is UTF-16, not UTF-8: convert it with `iconv -f UTF-16LE -t UTF-8`";
const UTF_16_BE: &str = "the file is UTF-16, not UTF-8: convert it with `iconv -f UTF-16BE -t UTF-8`";
const UTF_32: &str = "the file is UTF-32, not UTF-8: convert it with `iconv -f UTF-32 -t UTF-8`";
const UTF_32_LE: &str = "the file is UTF-32, not UTF-8: convert it with `iconv -f UTF-32LE -t UTF-8`";
const UTF_32_BE: &str = "the file is UTF-32, not UTF-8: convert it with `iconv -f UTF-32BE -t UTF-8`";
const ZLIB: &str = "the file is compressed with zlib, which is not read: unpack it, or compress it with gzip";
const TAR: &str = "the file is a tar archive, not CSV: unpack it with `tar -x`, and give the files that it holds";
pub(super) const BINARY: &str =
    "the file is binary data, not CSV text: give the report as AWS delivers it, as CSV, gzip or zip";
const XML: &str = "the file is XML, not CSV: it may be an error that a store answered in place of the report, so open it and \
                   download the report again";
const HTML: &str = "the file is an HTML page, not CSV: a web page, often one to sign in, was saved in place of the report, so \
                    download the report again";
const JSON: &str = "the file is JSON, not CSV: a manifest is read under a name that ends in `.json`, and rows have to be \
                    exported as CSV";

/// First bytes of formats, the longer of two first. `?` matches any byte.
#[rustfmt::skip]
const BEGINNINGS: &[(&[u8], &str)] = &[
    (b"\xFF\xFE\0\0",                     UTF_32),
    (b"\0\0\xFE\xFF",                     UTF_32),
    (b"\xFF\xFE",                         UTF_16),
    (b"\xFE\xFF",                         UTF_16),
    (b"\x1F\x8B",                         TWICE),
    (b"PK\x03\x04",                       TWICE),
    (b"\x28\xB5\x2F\xFD",                 "the file is compressed with zstd (Zstandard), which is not read: unpack it with `zstd -d`, or compress it with gzip"),
    (b"BZh?1AY&SY",                       "the file is compressed with bzip2, which is not read: unpack it with `bunzip2`, or compress it with gzip"),
    (b"\xFD7zXZ\0",                       "the file is compressed with xz, which is not read: unpack it with `unxz`, or compress it with gzip"),
    (b"\xFF\x06\0\0sNaPpY",               "the file is compressed with Snappy, which is not read: unpack it, or compress it with gzip"),
    (b"\x04\x22\x4D\x18",                 "the file is compressed with LZ4, which is not read: unpack it with `lz4 -d`, or compress it with gzip"),
    (b"\x1F\x9D",                         "the file is compressed with compress (.Z), which is not read: unpack it, or compress it with gzip"),
    (b"7z\xBC\xAF\x27\x1C",               "the file is a 7-Zip archive, which is not read: unpack it, or compress it with gzip"),
    (b"Rar!\x1A\x07",                     "the file is a RAR archive, which is not read: unpack it, or compress it with gzip"),
    (b"PAR1",                             "the file is Parquet, and Parquet reports are not read by this version: choose CSV (text/csv, GZIP) for the report"),
    (b"PARE",                             "the file is encrypted Parquet, and Parquet reports are not read by this version: choose CSV (text/csv, GZIP) for the report"),
    (b"ARROW1\0\0",                       "the file is Arrow IPC (Feather), not CSV: export the report as CSV"),
    (b"Obj\x01",                          "the file is Avro, not CSV: export the report as CSV"),
    (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "the file is an Excel workbook (.xls), not CSV: give the file that AWS delivered, since a spreadsheet changes ids and amounts"),
    (b"SQLite format 3\0",                "the file is an SQLite database, not CSV: export the report as CSV"),
    (b"%PDF-",                            "the file is a PDF, not CSV: a Cost and Usage Report is needed, not an invoice"),
];

/// Detects the format of an object by its first bytes. `is_last` is set if there are no more bytes.
pub(super) fn detect(head: &[u8], is_last: bool) -> Detected {
    let undecided = if is_last { Detected::Text } else { Detected::Undecided };
    for (beginning, reason) in BEGINNINGS {
        let is_alike = head.iter().zip(*beginning).all(|(byte, wanted)| byte == wanted || *wanted == b'?');
        if is_alike && head.len() >= beginning.len() {
            return Detected::Other(reason);
        }
        if is_alike && !is_last {
            return Detected::Undecided;
        }
    }
    match head.get(..2) {
        Some([b'x', 0x01 | 0x5E | 0x9C | 0xDA]) => {
            // A header can begin with these two bytes, too. It continues with text.
            let follows = head.get(2..16.min(head.len())).unwrap_or_default();
            if follows.iter().any(|&byte| !matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~')) {
                return Detected::Other(ZLIB);
            }
            if head.len() < 16 && !is_last {
                return Detected::Undecided;
            }
        }
        _ if head.iter().take(4).any(|&byte| byte == 0) => return with_zeros(head).unwrap_or(undecided),
        _ => {}
    }
    // A name padded with zeros, and a magic number after the other fields of the header.
    const TAR_NAME: usize = 100;
    const TAR_MARK: std::ops::Range<usize> = 257..262;
    if head.iter().take(TAR_NAME).take_while(|byte| !matches!(byte, b'\n' | b'\r')).any(|&byte| byte == 0) {
        match head.get(TAR_MARK) {
            Some(b"ustar") => return Detected::Other(TAR),
            None if !is_last => return Detected::Undecided,
            _ => {}
        }
    }
    markup(head, is_last).unwrap_or(undecided)
}

/// Classifies data with zero bytes at its start. `None` if more bytes are needed.
fn with_zeros(head: &[u8]) -> Option<Detected> {
    let is_text = |byte: u8| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~');
    Some(Detected::Other(match *head.first_chunk::<4>()? {
        [a, 0, 0, 0] if is_text(a) => UTF_32_LE,
        [0, 0, 0, a] if is_text(a) => UTF_32_BE,
        [a, 0, b, 0] if is_text(a) && is_text(b) => UTF_16_LE,
        [0, a, 0, b] if is_text(a) && is_text(b) => UTF_16_BE,
        _ => BINARY,
    }))
}

/// Detects XML, HTML and JSON. `None` if more bytes are needed.
fn markup(head: &[u8], is_last: bool) -> Option<Detected> {
    const LONGEST: usize = 9;
    let mut text = head.trim_ascii_start();
    while let Some(rest) = text.strip_prefix(BOM) {
        text = rest.trim_ascii_start();
    }
    let (first, rest) = text.split_first()?;
    // The first byte inside the braces or brackets that is not white space.
    let next = || rest.trim_ascii_start().first();
    Some(match first {
        b'<' if text.len() < LONGEST && !is_last => return None,
        b'<' => {
            let tag = text.get(..LONGEST.min(text.len())).unwrap_or_default().to_ascii_lowercase();
            let is_xml = tag.starts_with(b"<?xml") || tag.starts_with(b"<error");
            Detected::Other(if is_xml { XML } else { HTML })
        }
        b'{' if matches!(next()?, b'"' | b'}') => Detected::Other(JSON),
        b'[' if matches!(next()?, b'{' | b'[' | b'"' | b']' | b'-' | b'0'..=b'9') => Detected::Other(JSON),
        // The first bytes of an incomplete byte order mark.
        0xEF if text.len() < BOM.len() && BOM.starts_with(text) => return None,
        _ => Detected::Text,
    })
}
