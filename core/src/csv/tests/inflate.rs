//! Frames and what they hold: gzip, zip, and what is neither.

use std::io::Write;
use std::sync::Arc;

use flate2::write::GzEncoder;
use flate2::{Compress, Compression, Crc, FlushCompress};

use super::{read, shown};
use crate::csv::inflate::Inflate;
use crate::csv::records::Limits;
use crate::error::Result;

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

const TEXT: &[u8] = b"a,b\n1,2\n3,4\n";
const READ: &str = "a|b : 1|2 / 3|4";

#[test]
fn gzip_in_all_its_forms() {
    let whole = gzip(TEXT);
    let mut named = flate2::GzBuilder::new()
        .filename("x.csv")
        .comment("c")
        .extra(vec![1, 2, 3])
        .write(Vec::new(), Compression::fast());
    named.write_all(TEXT).unwrap();
    let members = [gzip(b"a,b\n1,"), gzip(b""), gzip(b"2\n3,4\n")].concat();
    let padded = [whole.clone(), vec![0; 700]].concat();
    let mut wrong_crc = whole.clone();
    let at = whole.len() - 8;
    wrong_crc[at] ^= 1;
    let mut wrong_length = whole.clone();
    let at = whole.len() - 4;
    wrong_length[at] ^= 1;
    let mut damaged = gzip(&[TEXT, &[b'x'; 300]].concat());
    damaged[10] = 0xFF;
    #[rustfmt::skip]
    let cases = [
        ("whole",          whole.clone(),                    READ),
        ("all header fields", named.finish().unwrap(),       READ),
        ("members",        members,                          READ),
        ("zeros behind",   padded.clone(),                   READ),
        ("text behind",    [whole.clone(), b"x".to_vec()].concat(), "OUTLAY_COMPRESSION report.csv: byte 12: bytes after the last gzip member"),
        ("text in zeros",  [padded.clone(), b"x".to_vec()].concat(), "OUTLAY_COMPRESSION report.csv: byte 12: bytes other than zero after the last gzip member"),
        ("wrong CRC",      wrong_crc.clone(),                  "OUTLAY_CHECKSUM report.csv: byte 12: the CRC-32 does not match the data; copy the file again"),
        ("wrong length",   wrong_length.clone(),               "OUTLAY_CHECKSUM report.csv: byte 12: the length does not match the data; copy the file again"),
        ("damaged",        damaged,                          "OUTLAY_COMPRESSION report.csv: byte 0: the compressed data is damaged"),
        ("zeros between",  [padded.clone(), whole.clone()].concat(), "OUTLAY_COMPRESSION report.csv: byte 12: bytes other than zero after the last gzip member"),
        ("second's CRC",   [whole.clone(), wrong_crc.clone()].concat(),    "OUTLAY_CHECKSUM report.csv: byte 24: the CRC-32 does not match the data; copy the file again"),
        ("second's length", [whole.clone(), wrong_length.clone()].concat(), "OUTLAY_CHECKSUM report.csv: byte 24: the length does not match the data; copy the file again"),
        ("of nothing",     gzip(b""),                        "OUTLAY_FORMAT report.csv: the file is empty: it has no header"),
    ];
    for (name, input, wanted) in cases {
        for block_bytes in [1, 7, 1 << 20] {
            let limits = Limits { block_bytes, ..Limits::default() };
            assert_eq!(shown(read([input.as_slice()], limits, None)), wanted, "{name}, blocks of {block_bytes}");
            assert_eq!(
                shown(read(input.chunks(1), limits, None)),
                wanted,
                "{name}, byte by byte, blocks of {block_bytes}"
            );
        }
    }
    for cut in 2..whole.len() {
        let shown = shown(read([&whole[..cut]], Limits::default(), None));
        assert!(shown.starts_with("OUTLAY_TRUNCATED"), "cut at {cut}: {shown}");
    }
}

/// Found by fuzzing: which of two faults is seen depends on how much is inflated at once, but one of them is.
#[test]
fn a_header_that_is_not_text_in_a_damaged_member() {
    let mut object = gzip(b"\xFF,b\n1,2\n");
    let crc = object.len() - 8;
    object[crc] ^= 1;
    for block_bytes in [1, 4, 64, 1 << 20] {
        for piece_bytes in [1, 6, object.len()] {
            let limits = Limits { block_bytes, ..Limits::default() };
            let code = read(object.chunks(piece_bytes), limits, None).unwrap_err().code();
            assert!(["OUTLAY_ENCODING", "OUTLAY_CHECKSUM"].contains(&code), "{code}, blocks of {block_bytes}");
        }
    }
}

/// Inflates an object that comes in pieces of a size, into room of a size.
fn inflate(object: &[u8], piece_bytes: usize, room: usize) -> Result<Vec<u8>> {
    let mut inflate = Inflate::new(Arc::from("report.csv"));
    let (mut text, mut out) = (Vec::new(), Vec::with_capacity(room));
    // The empty piece at the end asks for what had no room before.
    for mut piece in object.chunks(piece_bytes).chain([&[][..]]) {
        loop {
            let taken = inflate.push(piece, &mut out, room)?;
            assert!(out.len() <= room, "{} bytes in room for {room}", out.len());
            piece = &piece[taken..];
            if out.is_empty() && piece.is_empty() {
                break;
            }
            text.append(&mut out);
        }
    }
    inflate.finish(&mut out)?;
    Ok(text)
}

#[test]
fn members_of_every_kind_in_any_pieces_and_any_room() {
    let mut state = 1_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as u32
    };
    let noise: Vec<u8> = (0..33 << 10).map(|_| random() as u8).collect();
    let lines: Vec<u8> = (0..5_000).flat_map(|row| format!("{row},{}\n", random() % 999).into_bytes()).collect();
    let runs: Vec<u8> = (0..200).flat_map(|run| vec![run; random() as usize % 600]).collect();
    let far = [&noise[..32 << 10], &noise].concat();
    #[rustfmt::skip]
    let cases: [(&str, Compression, &[&[u8]]); 9] = [
        ("stored",               Compression::none(),    &[&noise]),
        ("fixed codes",          Compression::default(), &[TEXT]),
        ("codes of its own",     Compression::best(),    &[&lines]),
        ("fast",                 Compression::fast(),    &[&lines]),
        ("long runs",            Compression::best(),    &[&runs]),
        ("copies from far away", Compression::best(),    &[&far]),
        ("many members",         Compression::best(),    &[TEXT, &lines, &noise, &runs, TEXT]),
        ("members of nothing",   Compression::best(),    &[b"", b"", TEXT, b"", TEXT, b""]),
        ("stored nothing",       Compression::none(),    &[b"", TEXT, b""]),
    ];
    for (name, level, texts) in cases {
        let member = |text: &&[u8]| {
            let mut encoder = GzEncoder::new(Vec::new(), level);
            encoder.write_all(text).unwrap();
            encoder.finish().unwrap()
        };
        let (object, text) = (texts.iter().flat_map(member).collect::<Vec<_>>(), texts.concat());
        for piece_bytes in [1, 7, 4 << 10, object.len()] {
            for room in [1, 300, 1 << 20] {
                let inflated = inflate(&object, piece_bytes, room).unwrap();
                assert!(inflated == text, "{name}, pieces of {piece_bytes}, room for {room}");
            }
        }
    }
}

#[test]
fn gzip_cut_anywhere_or_with_a_bit_turned() {
    let builder = flate2::GzBuilder::new().filename("x.csv").comment("c").extra(vec![1, 2, 3]);
    let mut named = builder.write(Vec::new(), Compression::best());
    named.write_all(&TEXT.repeat(9)).unwrap();
    let members = [gzip(TEXT), named.finish().unwrap(), gzip(b"")];
    let object = members.concat();
    let ends = [members[0].len(), members[0].len() + members[1].len(), object.len()];
    for cut in 2..=object.len() {
        for (piece_bytes, room) in [(1, 1), (1, 100), (100, 1), (1_000, 1_000)] {
            match inflate(&object[..cut], piece_bytes, room) {
                Ok(text) if ends.contains(&cut) => assert!(TEXT.repeat(10).starts_with(&text)),
                Err(error) if !ends.contains(&cut) => assert_eq!(error.code(), "OUTLAY_TRUNCATED", "cut at {cut}"),
                other => panic!("cut at {cut}: {other:?}"),
            }
        }
    }
    // Some bits do not matter, such as those that fill the last byte of a member: damage is seen, or does none. The first
    // two bytes say that it is gzip at all.
    for bit in 16..object.len() * 8 {
        let mut damaged = object.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let whole = inflate(&damaged, object.len(), 1_000).map_err(|error| error.to_string());
        assert!(whole.is_err() || whole == Ok(TEXT.repeat(10)), "bit {bit}: {whole:?}");
        for (piece_bytes, room) in [(1, 1), (1, 100), (100, 1)] {
            let pieces = inflate(&damaged, piece_bytes, room).map_err(|error| error.to_string());
            assert_eq!(pieces, whole, "bit {bit}, pieces of {piece_bytes}, room for {room}");
        }
    }
}

#[test]
fn the_length_of_a_member_is_modulo_4_gib() {
    // Zeros, deflated so that they end on a byte and need nothing before them: they can come over and over.
    const ZEROS: usize = 16 << 20;
    const TIMES: usize = (4 << 30) / ZEROS + 1;
    let zeros = vec![0; ZEROS];
    let mut piece = Vec::with_capacity(ZEROS);
    Compress::new(Compression::fast(), false).compress_vec(&zeros, &mut piece, FlushCompress::Full).unwrap();
    let (mut one, mut crc) = (Crc::new(), Crc::new());
    one.update(&zeros);
    (0..TIMES).for_each(|_| crc.combine(&one));
    let header = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3];
    // The last block, of nothing, in fixed codes.
    let end = [&[3, 0][..], &crc.sum().to_le_bytes(), &(ZEROS as u32).to_le_bytes()].concat();

    let mut inflate = Inflate::new(Arc::from("report.csv"));
    let (mut inflated, mut out) = (0, Vec::with_capacity(256 << 10));
    for mut piece in [&header[..]].into_iter().chain([piece.as_slice(); TIMES]).chain([&end[..], &[]]) {
        loop {
            let taken = inflate.push(piece, &mut out, 256 << 10).unwrap();
            piece = &piece[taken..];
            inflated += out.len();
            if out.is_empty() && piece.is_empty() {
                break;
            }
            out.clear();
        }
    }
    inflate.finish(&mut out).unwrap();
    assert_eq!((inflated, out.len()), (TIMES * ZEROS, 0));
}

/// Deflate can say a thousand bytes with one; a report of which that is true is none.
#[test]
fn what_inflates_without_end_is_refused() {
    let row = [b"1,", [b'2'; (64 << 10) - 3].as_slice(), b"\n"].concat();
    let rows = |mib: usize| [TEXT, &row.repeat(16 * mib)].concat();
    let zip = Zip { method: 8, flags: 0, descriptor: "", zip64: false, crc_off_by: 0 };
    for object in [gzip(&rows(70)), zip.members(&[&rows(70)])] {
        let shown = shown(read([object.as_slice()], Limits::default(), None));
        let end = &shown[shown.len() - 118..];
        assert!(end.starts_with("OUTLAY_INFLATION report.csv: byte 67"), "{end}");
        assert!(end.ends_with("it decompresses to more than 500 times its size; check that it is a report"), "{end}");
    }
    // A report of little is one, however alike its rows are.
    let shown = shown(read([gzip(&rows(60)).as_slice()], Limits::default(), None));
    assert!(shown.starts_with(READ) && shown.len() > 60 << 20, "{}", &shown[..80]);
}

/// A zip archive, by hand.
struct Zip<'a> {
    method: u16,
    flags: u16,
    descriptor: &'a str,
    zip64: bool,
    crc_off_by: u32,
}

impl Zip<'_> {
    fn members(&self, texts: &[&[u8]]) -> Vec<u8> {
        self.named(&texts.iter().map(|text| ("r.csv", *text)).collect::<Vec<_>>())
    }

    fn named(&self, members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut archive = Vec::new();
        let mut directory = Vec::new();
        for (name, text) in members {
            let mut crc = flate2::Crc::new();
            crc.update(text);
            let crc = crc.sum().wrapping_add(self.crc_off_by);
            let mut deflated = flate2::write::DeflateEncoder::new(Vec::new(), Compression::default());
            deflated.write_all(text).unwrap();
            let data = if self.method == 8 { deflated.finish().unwrap() } else { text.to_vec() };
            let [wide_inflated, wide] = [text.len() as u64, data.len() as u64].map(u64::to_le_bytes);
            let [narrow_inflated, narrow] = [text.len() as u32, data.len() as u32].map(u32::to_le_bytes);
            let (sizes, extra) = match (self.zip64, self.descriptor) {
                (true, _) => (vec![0xFF; 8], [&[1, 0, 16, 0][..], &wide_inflated, &wide].concat()),
                (false, "") => ([narrow, narrow_inflated].concat(), Vec::new()),
                (false, _) => (vec![0; 8], Vec::new()),
            };
            let offset = archive.len() as u32;
            archive.extend(b"PK\x03\x04\x14\x00");
            for part in [&self.flags.to_le_bytes()[..], &self.method.to_le_bytes(), &[0; 4], &crc.to_le_bytes(), &sizes]
            {
                archive.extend(part);
            }
            archive.extend((name.len() as u16).to_le_bytes());
            archive.extend((extra.len() as u16).to_le_bytes());
            archive.extend(name.as_bytes());
            archive.extend(&extra);
            archive.extend(&data);
            let crc = crc.to_le_bytes();
            archive.extend(match self.descriptor {
                "signed" => [&b"PK\x07\x08"[..], &crc, &narrow, &narrow_inflated].concat(),
                "bare" => [&crc[..], &narrow, &narrow_inflated].concat(),
                "wide" => [&b"PK\x07\x08"[..], &crc, &wide, &wide_inflated].concat(),
                _ => Vec::new(),
            });
            directory.extend(b"PK\x01\x02\x14\x00\x14\x00");
            for part in [&self.flags.to_le_bytes()[..], &self.method.to_le_bytes(), &[0; 4], &crc] {
                directory.extend(part);
            }
            directory.extend(if self.zip64 { vec![0xFF; 8] } else { [narrow, narrow_inflated].concat() });
            directory.extend((name.len() as u16).to_le_bytes());
            directory.extend((if self.zip64 { extra.len() as u16 } else { 0 }).to_le_bytes());
            directory.extend([0; 10]);
            directory.extend(offset.to_le_bytes());
            directory.extend(name.as_bytes());
            if self.zip64 {
                directory.extend(&extra);
            }
        }
        let start = archive.len() as u32;
        archive.extend(&directory);
        if self.zip64 {
            let end = archive.len() as u64;
            let count = (members.len() as u64).to_le_bytes();
            archive.extend(b"PK\x06\x06");
            archive.extend(44_u64.to_le_bytes());
            archive.extend([0; 12]);
            let place = [directory.len() as u64, u64::from(start)].map(u64::to_le_bytes).concat();
            archive.extend([&count[..], &count, &place].concat());
            archive.extend(b"PK\x06\x07\0\0\0\0");
            archive.extend(end.to_le_bytes());
            archive.extend([1, 0, 0, 0]);
        }
        let count = (members.len() as u16).to_le_bytes();
        archive.extend(b"PK\x05\x06\x00\x00\x00\x00");
        for part in [&count[..], &count, &(directory.len() as u32).to_le_bytes(), &start.to_le_bytes(), &[0; 2]] {
            archive.extend(part);
        }
        archive
    }
}

const TWO: &str = "OUTLAY_COMPRESSION report.csv: byte 12: the zip archive has more than one member, `r.csv` and `r.csv`: unpack it \
                   and pass the files";

/// Reads an archive whole and byte by byte, in large blocks and small ones, with one outcome.
fn read_archive(name: &str, archive: &[u8]) -> String {
    let whole = shown(read([archive], Limits::default(), None));
    for block_bytes in [1, 7, 1 << 20] {
        let limits = Limits { block_bytes, ..Limits::default() };
        for piece_bytes in [1, 5, 31, archive.len()] {
            let pieces = shown(read(archive.chunks(piece_bytes), limits, None));
            assert_eq!(pieces, whole, "{name}, pieces of {piece_bytes}, blocks of {block_bytes}");
        }
    }
    whole
}

/// Names and contents of the entries of a zip.
type Members<'m> = &'m [(&'m str, &'m [u8])];

#[test]
fn hidden_entries_of_a_zip_are_passed_over() {
    let zip = |method, flags, descriptor, zip64| Zip { method, flags, descriptor, zip64, crc_off_by: 0 };
    let [deflated, stored, signed, bare, wide] = [
        zip(8, 0, "", false),
        zip(0, 0, "", false),
        zip(8, 8, "signed", false),
        zip(8, 8, "bare", false),
        zip(8, 8, "wide", true),
    ];
    let noise: Vec<u8> = (0..100_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let mac: &[(&str, &[u8])] = &[("r.csv", TEXT), ("__MACOSX/", b""), ("__MACOSX/._r.csv", &noise)];
    let before: &[(&str, &[u8])] = &[("in/", b""), ("in/.DS_Store", &noise), ("in/r.csv", TEXT)];
    let office: &[(&str, &[u8])] = &[("~$r.csv", b"x"), ("r.csv", TEXT), ("x/.y/z", b"")];
    for archive in [&deflated, &stored, &signed, &bare, &wide] {
        for (name, members) in [("of a Mac", mac), ("before the report", before), ("of other programs", office)] {
            assert_eq!(read_archive(name, &archive.named(members)), READ, "{name}");
        }
    }
    assert_eq!(read_archive("no hidden name", &deflated.named(&[("_r.csv", TEXT)])), READ);
    #[rustfmt::skip]
    let refused: [(&str, Members<'_>, &str); 6] = [
        ("nothing else",  &[("__MACOSX/._r.csv", TEXT)],                     "has only folders and hidden entries, such as `__MACOSX/._r.csv`"),
        ("two reports",   &[("r.csv", TEXT), (".x", b""), ("s.csv", TEXT)],  "more than one member, `r.csv` and `s.csv`"),
        ("Excel",         &[("[Content_Types].xml", b"x"), ("xl/a", b"")],   "Excel workbook"),
        ("Excel, relations first", &[("_rels/.rels", b"x")],                 "Excel workbook"),
        ("OpenDocument",  &[("mimetype", b"x"), ("content.xml", b"")],       "OpenDocument"),
        ("gzip inside",   &[("r.csv.gz", b"\x1F\x8B\x08")],                  "compressed twice"),
    ];
    for (name, members, wanted) in refused {
        let found = read_archive(name, &deflated.named(members));
        assert!(found.contains(wanted), "{name}: {found}");
    }
    let inside_gzip = read_archive("zip in gzip", &gzip(&deflated.members(&[TEXT])));
    assert!(inside_gzip.contains("compressed twice"), "{inside_gzip}");
    let gzip_twice = read_archive("gzip in gzip", &gzip(&gzip(TEXT)));
    assert!(gzip_twice.starts_with("OUTLAY_FORMAT") && gzip_twice.contains("compressed twice"), "{gzip_twice}");
    // What is passed over is checked, and inflates no further than a report.
    let mut spoiled = deflated.named(mac);
    let at = spoiled.len() - 400;
    spoiled[at] ^= 1;
    assert!(read_archive("spoiled", &spoiled).starts_with("OUTLAY_C"), "a hidden member is damaged");
    let bomb = deflated.named(&[("r.csv", TEXT), (".bomb", &vec![0; 70 << 20])]);
    let bomb = shown(read([bomb.as_slice()], Limits::default(), None));
    assert!(bomb.starts_with("OUTLAY_INFLATION report.csv: byte 12"), "{bomb}");
}

/// Readers of zip begin at the end of the file: what they would find there has to be what was read.
#[test]
fn a_zip_that_others_read_otherwise_is_refused() {
    let zip = |zip64| Zip { method: 8, flags: 0, descriptor: "", zip64, crc_off_by: 0 };
    let (plain, other) = (zip(false).members(&[TEXT]), zip(false).members(&[b"a,b\n9,9\n"]));
    let with_comment = |comment: &[u8]| {
        let mut archive = plain.clone();
        let at = archive.len() - 2;
        archive[at..].copy_from_slice(&(comment.len() as u16).to_le_bytes());
        archive.extend(comment);
        archive
    };
    let changed = |archive: &[u8], at: usize, bytes: &[u8]| {
        let mut archive = archive.to_vec();
        archive[at..at + bytes.len()].copy_from_slice(bytes);
        archive
    };
    let find = |archive: &[u8], mark: &[u8]| archive.windows(mark.len()).rposition(|bytes| bytes == mark).unwrap();
    let (entry, end) = (find(&plain, b"PK\x01\x02"), find(&plain, b"PK\x05\x06"));
    let wide = zip(true).members(&[TEXT]);
    let (end_64, locator) = (find(&wide, b"PK\x06\x06"), find(&wide, b"PK\x06\x07"));
    let two = zip(false).named(&[("r.csv", TEXT), (".x", b"y")]);
    let hidden = find(&two, b"PK\x01\x02");
    // Without the entry of the hidden member, and with the end that says so.
    let one_listed = {
        let mut archive = two.clone();
        let at = find(&two, b"PK\x05\x06");
        archive.drain(hidden..at);
        let at = hidden;
        archive[at + 8..at + 12].copy_from_slice(&[1, 0, 1, 0]);
        let length = at - find(&archive, b"PK\x01\x02");
        archive[at + 12..at + 16].copy_from_slice(&(length as u32).to_le_bytes());
        archive
    };
    let disagrees = "the directory of the zip archive does not match its members";
    #[rustfmt::skip]
    let cases: &[(&str, Vec<u8>, &str)] = &[
        ("a comment",                  with_comment(b"made by hand"),                 READ),
        ("a comment like a header",    with_comment(b"PK\x03\x04 PK\x05"),            READ),
        ("an archive in the comment",  with_comment(&other),                          "contains the end record of another archive"),
        ("an end in the comment",      with_comment(&plain[end..]),                   "contains the end record of another archive"),
        ("half an end in it",          with_comment(b"xPK\x05\x06"),                  "contains the end record of another archive"),
        ("another name listed",        changed(&plain, entry + 46, b"s"),             disagrees),
        ("another method listed",      changed(&plain, entry + 10, &[0, 0]),          disagrees),
        ("encrypted, as listed",       changed(&plain, entry + 8, &[1, 0]),           disagrees),
        ("another place listed",       changed(&plain, entry + 42, &[1]),             disagrees),
        ("another length listed",      changed(&plain, entry + 24, &[13]),            "the length does not match"),
        ("another directory",          changed(&plain, end + 16, &[0, 0, 0, 0]),      disagrees),
        ("a shorter directory",        changed(&plain, end + 12, &[0]),               disagrees),
        ("more entries than members",  changed(&plain, end + 8, &[2, 0, 2, 0]),       disagrees),
        ("entries elsewhere",          changed(&plain, end + 10, &[0xFF, 0xFF]),      disagrees),
        ("a member that is not listed", one_listed,                                   disagrees),
        ("another directory, zip64",   changed(&wide, end_64 + 48, &[0]),             disagrees),
        ("no entries, zip64",          changed(&wide, end_64 + 32, &[0]),             disagrees),
        ("another end, zip64",         changed(&wide, locator + 8, &[0]),             disagrees),
        ("another header",             changed(&plain, 14, &[0, 0, 0, 0]),            "the CRC-32 does not match"),
        ("another length in it",       changed(&plain, 22, &[13]),                    "the length does not match"),
    ];
    for (name, archive, wanted) in cases {
        let found = read_archive(name, archive);
        assert!(found.contains(wanted), "{name}: {found}");
    }
}

#[test]
fn zip_in_all_its_forms() {
    let zip = |method, flags, descriptor, zip64| Zip { method, flags, descriptor, zip64, crc_off_by: 0 };
    let plain = zip(8, 0, "", false).members(&[TEXT]);
    #[rustfmt::skip]
    let cases = [
        ("deflated",          plain.clone(),                                 READ),
        ("stored",            zip(0, 0, "", false).members(&[TEXT]),         READ),
        ("descriptor",        zip(8, 8, "signed", false).members(&[TEXT]),   READ),
        ("bare descriptor",   zip(8, 8, "bare", false).members(&[TEXT]),     READ),
        ("wide descriptor",   zip(8, 8, "wide", true).members(&[TEXT]),      READ),
        ("zip64",             zip(8, 0, "", true).members(&[TEXT]),          READ),
        ("zip64, stored",     zip(0, 0, "", true).members(&[TEXT]),          READ),
        ("two members",       zip(8, 0, "", false).members(&[TEXT, TEXT]),   TWO),
        ("two, descriptor",   zip(8, 8, "signed", false).members(&[TEXT, TEXT]), TWO),
        ("no members",        zip(8, 0, "", false).members(&[]),             "OUTLAY_COMPRESSION report.csv: byte 0: the zip archive is empty"),
        ("encrypted",         zip(8, 1, "", false).members(&[TEXT]),         "OUTLAY_COMPRESSION report.csv: byte 0: the zip member is encrypted: unpack it with its password"),
        ("other method",      zip(12, 0, "", false).members(&[TEXT]),        "OUTLAY_COMPRESSION report.csv: byte 0: the zip member is compressed with bzip2, which is not supported: unpack it, or compress it with gzip"),
        ("wrong CRC",         Zip { method: 8, flags: 0, descriptor: "", zip64: false, crc_off_by: 1 }.members(&[TEXT]), "OUTLAY_CHECKSUM report.csv: byte 12: the CRC-32 does not match the data; copy the file again"),
        ("bytes behind",      [plain.clone(), b"x".to_vec()].concat(),       "OUTLAY_COMPRESSION report.csv: byte 12: there are bytes after the end of the zip archive"),
    ];
    for (name, input, wanted) in cases {
        for block_bytes in [1, 7, 1 << 20] {
            let limits = Limits { block_bytes, ..Limits::default() };
            assert_eq!(shown(read([input.as_slice()], limits, None)), wanted, "{name}, blocks of {block_bytes}");
            assert_eq!(
                shown(read(input.chunks(1), limits, None)),
                wanted,
                "{name}, byte by byte, blocks of {block_bytes}"
            );
        }
    }
    for cut in 4..plain.len() {
        let shown = shown(read([&plain[..cut]], Limits::default(), None));
        assert!(shown.starts_with("OUTLAY_TRUNCATED"), "cut at {cut}: {shown}");
    }
}
