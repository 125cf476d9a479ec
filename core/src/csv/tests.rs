#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::sync::Arc;

use proptest::prelude::*;

use super::records::{Blocks, Limits, RejectReason, Unquoted, unquote};
use super::scan::vector::InstructionSet;
use super::scan::{NeedsSlowPath, Scan};
use crate::error::Result;

// Miri calls a rule experimental that zlib-rs breaks when a compressor is dropped.
#[cfg(not(miri))]
mod inflate;

/// What a file holds, as a person would write it down.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    numbers: Vec<u64>,
    rejected: Vec<String>,
    blank_lines: u64,
}

fn fields_of(records: &super::records::Records, width: usize) -> Vec<Vec<String>> {
    let mut rows = vec![Vec::new(); records.rows()];
    for column in 0..width {
        for (row, field) in records.column(column).enumerate() {
            let text = |range: std::ops::Range<usize>| String::from_utf8(records.bytes()[range].to_vec()).unwrap();
            rows[row].push(match unquote(records.bytes(), field) {
                Unquoted::Plain(range) => text(range),
                Unquoted::Doubled(range) => text(range).replace("\"\"", "\""),
            });
        }
    }
    rows
}

/// Reads a file that comes in pieces.
fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, limits: Limits, original: Option<&[u8]>) -> Result<Seen> {
    let mut blocks = Blocks::new(Arc::from("report.csv"), limits);
    let mut seen = Seen::default();
    let take = |blocks: &mut Blocks, seen: &mut Seen| -> Result<()> {
        while let Some(records) = blocks.next()? {
            let width = blocks.header().unwrap().len();
            let rows = fields_of(&records, width);
            for (row, fields) in rows.iter().enumerate() {
                seen.numbers.push(records.index().row_number(row));
                let raw = records.index().raw_record(row, records.bytes());
                if let Some(original) = original {
                    let start = records.index().byte_of(row, 0) as usize;
                    assert_eq!(&original[start..start + raw.len()], raw, "the record lies where it is said to");
                    for (column, field) in fields.iter().enumerate() {
                        let at = records.index().byte_of(row, column) as usize;
                        let before = original[..at].last().copied();
                        // The last byte is that of a byte order mark.
                        let is_start = matches!(before, None | Some(b',' | b'\n' | b'\r' | 0xBF));
                        assert!(is_start, "no field begins at {at}");
                        let is_plain = !original[at..].starts_with(b"\"");
                        assert!(!is_plain || original[at..].starts_with(field.as_bytes()), "{field:?} is not at {at}");
                    }
                }
            }
            seen.rows.extend(rows);
            seen.blank_lines += records.blank_lines;
            seen.rejected.extend(records.rejected.iter().map(|rejected| {
                let why = match rejected.why {
                    RejectReason::Ragged { found, expected, .. } => format!("{found} of {expected}"),
                    RejectReason::Encoding { column } => format!("column {column} is not text"),
                    RejectReason::Backslash { column } => format!("column {column} has backslashes"),
                    RejectReason::Repeated => "the header".to_owned(),
                };
                format!("{} at {}: {why}: {}", rejected.row, rejected.byte, String::from_utf8_lossy(&rejected.raw))
            }));
        }
        Ok(())
    };
    for mut piece in pieces {
        while !piece.is_empty() {
            let taken = blocks.feed(piece)?;
            piece = &piece[taken..];
            take(&mut blocks, &mut seen)?;
        }
    }
    blocks.finish();
    take(&mut blocks, &mut seen)?;
    seen.header = blocks.header().unwrap_or_default().to_vec();
    Ok(seen)
}

fn shown(seen: Result<Seen>) -> String {
    match seen {
        Ok(seen) => {
            let rows: Vec<_> = seen.rows.iter().map(|row| row.join("|")).collect();
            let mut shown = format!("{} : {}", seen.header.join("|"), rows.join(" / "));
            for rejected in seen.rejected {
                shown += &format!(" ! {rejected}");
            }
            if seen.blank_lines > 0 {
                shown += &format!(" ~ {}", seen.blank_lines);
            }
            shown
        }
        Err(error) => format!("{} {error}", error.code()),
    }
}

macro_rules! concat_backslash {
    ($place:literal) => {
        concat!(
            "OUTLAY_FORMAT report.csv: ",
            $place,
            ": its quotes are escaped by a backslash, as Spark, Hive and MySQL write them, and not doubled: write the file ",
            "again, with `.option(\"escape\", \"\\\"\")` in Spark, `ESCAPED BY '\"'` in MySQL, `escapeChar` set to a quote in Hive"
        )
    };
}

#[rustfmt::skip]
const CASES: &[(&str, &[u8], &str)] = &[
    ("plain",                  b"a,b\n1,2\n3,4\n",               "a|b : 1|2 / 3|4"),
    ("no final line end",      b"a,b\n1,2\n3,4",                 "a|b : 1|2 / 3|4"),
    ("carriage returns",       b"a,b\r\n1,2\r\n3,4\r\n",         "a|b : 1|2 / 3|4"),
    ("return at the end",      b"a,b\r\n1,2\r",                  "a|b : 1|2"),
    ("lone returns",           b"a,b\r1,2\r3,4",                 "a|b : 1|2 / 3|4"),
    ("quoted comma",           b"a,b\n\"1,5\",2\n",              "a|b : 1,5|2"),
    ("doubled quotes",         b"a,b\n\"say \"\"hi\"\"\",2\n",   "a|b : say \"hi\"|2"),
    ("only doubled quotes",    b"a,b\n\"\"\"\"\"\",\"\"\"x\"\n", "a|b : \"\"|\"x"),
    ("line feed in quotes",    b"a,b\n\"1\n2\",3\n",             "a|b : 1\n2|3"),
    ("both ends in quotes",    b"a,b\n\"1\r\n2\",3\r\n",         "a|b : 1\r\n2|3"),
    ("empty fields",           b"a,b\n,\n\"\",x\n",              "a|b : | / |x"),
    ("quoted last field",      b"a,b\r\n1,\"2\"\r\n3,\"\"\r\n",  "a|b : 1|2 / 3|"),
    ("quoted header",          b"\"a\",\"b,c\"\n1,2\n",          "a|b,c : 1|2"),
    ("byte order mark",        b"\xEF\xBB\xBFa,b\n1,2\n",        "a|b : 1|2"),
    ("mark in a later record", b"a,b\n\xEF\xBB\xBF1,2\n",        "a|b : 1|2"),
    ("mark before quotes",     b"a,b\n1,2\n\xEF\xBB\xBF\"3\",4\n", "a|b : 1|2 / 3|4"),
    ("marks twice",            b"\xEF\xBB\xBF\xEF\xBB\xBFa,b\n\xEF\xBB\xBF\xEF\xBB\xBF1,2\n", "a|b : 1|2"),
    ("mark at the end",        b"a,b\n1,2\n\xEF\xBB\xBF",        "a|b : 1|2 ~ 1"),
    ("mark in a field",        b"a,b\n1,\xEF\xBB\xBF2\n",        "a|b : 1|\u{FEFF}2"),
    ("mark in a rejected one",  b"a,b\n\xEF\xBB\xBF1\n3,4\n",     "a|b : 3|4 ! 1 at 7: 1 of 2: 1"),
    ("header only",            b"a,b\n",                         "a|b : "),
    ("header, no line end",    b"a,b",                           "a|b : "),
    ("one column",             b"a\n1\n2\n",                     "a : 1 / 2"),
    ("not ASCII",              "ä,b\n€,😀\n".as_bytes(),          "ä|b : €|😀"),
    ("blank lines",            b"a,b\n\n1,2\n\r\n\n3,4\n\n",     "a|b : 1|2 / 3|4 ~ 4"),
    ("stray quote",            b"a,b\n1\"x,2\n3,4\n",            "a|b : 1\"x|2 / 3|4"),
    ("text after a quote",     b"a,b\n\"1\"x,2\n3,4\n",          "a|b : 1x|2 / 3|4"),
    ("too few fields",         b"a,b\n1\n3,4\n",                 "a|b : 3|4 ! 1 at 4: 1 of 2: 1"),
    ("too many fields",        b"a,b\n1,2,3\r\n3,4\n",           "a|b : 3|4 ! 1 at 4: 3 of 2: 1,2,3"),
    ("far too many fields",    b"a,b\n1,,,,,,,\n3,4\n",         "a|b : 3|4 ! 1 at 4: 8 of 2: 1,,,,,,,"),
    ("header again",           b"a,b\n1,2\na,b\n3,4\n",         "a|b : 1|2 / 3|4 ! 2 at 8: the header: a,b"),
    ("header again, quoted",   b"a,b\r\n1,2\r\n\"a\",\"b\"\r\n", "a|b : 1|2 ! 2 at 10: the header: \"a\",\"b\""),
    ("header again, wider",    b"a,b\na,b,c\n1,2\n",             "a|b : 1|2 ! 1 at 4: the header: a,b,c"),
    ("header again, marked",   b"a,b\n1,2\n\xEF\xBB\xBFa,b\n",   "a|b : 1|2 ! 2 at 11: the header: a,b"),
    ("header again, no name",  b",b\n1,2\n,b\n",                 "|b : 1|2 ! 2 at 7: the header: ,b"),
    ("a name for a value",     b"a,b,c\na,2,3\n4,b,c\n",         "a|b|c : a|2|3 / 4|b|c"),
    ("backslash before quotes", b"a,b\n\"x \\\"y\\\" z\",2\n3,4\n", "a|b : 3|4 ! 1 at 4: column 0 has backslashes: \"x \\\"y\\\" z\",2"),
    ("the same before commas", b"a,b\n1,\"x\\\",y\"\n3,4\n",    "a|b : 3|4 ! 1 at 6: column 1 has backslashes: 1,\"x\\\",y\""),
    ("the same in JSON",       b"a,b\n\"{\\\"k\\\":\\\"v\\\",\\\"l\\\":1}\",2\n3,4\n", "a|b : 3|4 ! 1 at 4: column 0 has backslashes: \"{\\\"k\\\":\\\"v\\\",\\\"l\\\":1}\",2"),
    ("the same before the end", b"a,b\n1,\"x\\\"\"\n3,4\n",     concat_backslash!("row 1, byte 6, b")),
    ("the same over records",  b"a,b\n\"x\\\"\",1\n\"y\",2\n",  "a|b :  ! 1 at 4: column 0 has backslashes: \"x\\\"\",1\n\"y\",2"),
    ("backslash at the end",   b"a,b\n\"C:\\\",2\n\"C:\\\",\"\\\"\n", "a|b : C:\\|2 / C:\\|\\"),
    ("backslash and doubled",  b"a,b\n\"\\\"\"x\\\"\"\",2\n",    "a|b : \\\"x\\\"|2"),
    ("backslashes doubled",    b"a,b\n\"a\\\\\",2\n",           "a|b : a\\\\|2"),
    ("backslash, ragged",      b"a,b\n\"C:\\\",2,3\n4,5\n",      "a|b : 4|5 ! 1 at 4: 3 of 2: \"C:\\\",2,3"),
    ("backslash, stray quote", b"a,b\n\"C:\\\",5\" disk\n",      "a|b : C:\\|5\" disk"),
    ("backslash, no quotes",   b"a,b\nC:\\,x\\\"y\n",            "a|b : C:\\|x\\\"y"),
    ("not UTF-8",              b"a,b\n1,2\n3,\xFF\n5,6\n",       "a|b : 1|2 / 5|6 ! 2 at 10: column 1 is not text: 3,\u{FFFD}"),
    ("open quote",             b"a,b\n1,2\n3,\"4\n",             "OUTLAY_UNTERMINATED_QUOTE report.csv: row 2, byte 8: the file ends inside a quoted field; check that it was copied to its end"),
    ("open quote in header",   b"a,\"b\n1,2\n",                  "OUTLAY_UNTERMINATED_QUOTE report.csv: byte 0: the file ends inside a quoted field; check that it was copied to its end"),
    ("empty",                  b"",                              "OUTLAY_FORMAT report.csv: the file is empty: it has no header"),
    ("header not UTF-8",       b"a,Gr\xF6\xDFe\n1,2\n",          "OUTLAY_ENCODING report.csv: byte 4, column 2 of the header, `Gr\u{F6}\u{DF}e`: not valid UTF-8; if it is Windows-1252, convert the file with `iconv -f WINDOWS-1252 -t UTF-8`"),
    ("the same in quotes",     b"\"a\"\"\xFF\",b\n1,2\n",          "OUTLAY_ENCODING report.csv: byte 4, column 1 of the header, `a\"\u{FF}`: not valid UTF-8; if it is Windows-1252, convert the file with `iconv -f WINDOWS-1252 -t UTF-8`"),
    ("the same behind a mark", b"\xEF\xBB\xBFa,\x80\n1,2\n",     "OUTLAY_ENCODING report.csv: byte 5, column 2 of the header, `\u{FFFD}`: not valid UTF-8; if it is Windows-1252, convert the file with `iconv -f WINDOWS-1252 -t UTF-8`"),
];

/// Miri takes half a second for each block, since csv-core makes its tables again: it gets one size and few cuts.
const BLOCK_BYTES: &[usize] = if cfg!(miri) { &[64] } else { &[1, 2, 3, 5, 8, 64, 1 << 20] };
const SMALL_AND_LARGE: &[usize] = if cfg!(miri) { &[1 << 18] } else { &[1, 1 << 18] };
const CUT_STEP: usize = if cfg!(miri) { 64 } else { 1 };

#[test]
fn reads_whole_byte_by_byte_and_cut_anywhere() {
    for (name, input, wanted) in CASES {
        for &block_bytes in BLOCK_BYTES {
            let limits = Limits { block_bytes, ..Limits::default() };
            assert_eq!(shown(read([*input], limits, Some(input))), *wanted, "{name}, whole, blocks of {block_bytes}");
            assert_eq!(
                shown(read(input.chunks(1), limits, Some(input))),
                *wanted,
                "{name}, by byte, blocks of {block_bytes}"
            );
            for cut in (0..input.len()).step_by(CUT_STEP) {
                let (head, tail) = input.split_at(cut);
                assert_eq!(
                    shown(read([head, tail], limits, Some(input))),
                    *wanted,
                    "{name}, cut at {cut}, blocks of {block_bytes}"
                );
            }
        }
    }
}

#[test]
fn a_record_over_the_limit_stops_the_read() {
    let limits = Limits { block_bytes: 4, record_bytes: 16, ..Limits::default() };
    let long = b"a,b\n1,2\n3,0123456789012345678901234567890123456789\n5,6\n";
    let open = b"a,b\n1,2\n\"3,4\n5,6\n5,6\n5,6\n5,6\n5,6\n5,6\n5,6\n";
    let header = b"a,0123456789012345678901234567890123456789\n";
    #[rustfmt::skip]
    let cases: [(&str, &[u8], &str); 3] = [
        ("long field", long,   "OUTLAY_RECORD_TOO_LONG report.csv: row 2, byte 8: the record is longer than 16 bytes; the option `record_bytes` sets the limit"),
        ("open quote", open,   "OUTLAY_RECORD_TOO_LONG report.csv: row 2, byte 8: the record is longer than 16 bytes; the option `record_bytes` sets the limit"),
        ("header",     header, "OUTLAY_RECORD_TOO_LONG report.csv: byte 0: the record is longer than 16 bytes; the option `record_bytes` sets the limit"),
    ];
    for (name, input, wanted) in cases {
        assert_eq!(shown(read([input], limits, None)), wanted, "{name}");
        assert_eq!(shown(read(input.chunks(1), limits, None)), wanted, "{name}, byte by byte");
    }
}

#[test]
fn a_width_over_the_limit_stops_the_read() {
    let limits = |block_bytes| Limits { block_bytes, columns: 3, ..Limits::default() };
    let wanted = "OUTLAY_FORMAT report.csv: the header has more than 3 columns, which no known report has: check that the file \
                  is a Cost and Usage Report, or raise the option `max_columns`";
    let many = [b",".repeat(if cfg!(miri) { 100 } else { 100_000 }), b"\n1".to_vec()].concat();
    #[rustfmt::skip]
    let cases: [(&str, &[u8], &str); 5] = [
        ("one more",    b"a,b,c,d\n",        wanted),
        ("many",        &many,               wanted),
        ("no line end", b"a,b,c,d",          wanted),
        ("as many",     b"a,b,c\n1,2,3\n",   "a|b|c : 1|2|3"),
        ("in quotes",   b"\"a,b,c,d\",e\n",  "a,b,c,d|e : "),
    ];
    for (name, input, wanted) in cases {
        for block_bytes in [4, 1 << 18] {
            assert_eq!(shown(read([input], limits(block_bytes), None)), wanted, "{name}, blocks of {block_bytes}");
        }
    }
    // A record of any width is set aside without a place for each of its fields.
    let rows = [b"a,b\n1,2\n".as_slice(), &many].concat();
    let seen = read([rows.as_slice()], limits(4), None).unwrap();
    assert_eq!((seen.rows.len(), seen.rejected.len()), (1, 2));
    assert!(
        seen.rejected[0].starts_with(&format!("2 at 8: {} of 2: ,,", many.len() - 1)),
        "{}",
        &seen.rejected[0][..40]
    );
}

#[test]
fn a_text_without_a_line_end_at_its_end_is_noticed() {
    #[rustfmt::skip]
    let cases: [(&str, &[u8], bool); 9] = [
        ("cut",              b"a,b\n1,2\n3,4",        true),
        ("cut in one line",  b"a,b\n1,2",             true),
        ("cut in a header",  b"a,b",                  true),
        ("cut and ragged",   b"a,b\n1,2\n3",          true),
        ("cut after quotes", b"a,b\n1,2\n\"3\",\"4\"", true),
        ("whole",            b"a,b\n1,2\n",           false),
        ("carriage returns", b"a,b\r1,2\r",           false),
        ("blank lines",      b"a,b\n1,2\n\n",         false),
        ("header only",      b"a,b\r\n",              false),
    ];
    for (name, input, wanted) in cases {
        for &block_bytes in BLOCK_BYTES {
            let mut blocks = Blocks::new(Arc::from("report.csv"), Limits { block_bytes, ..Limits::default() });
            let (mut rest, mut found) = (input, Vec::new());
            loop {
                rest = &rest[blocks.feed(rest).unwrap()..];
                if rest.is_empty() {
                    blocks.finish();
                }
                while let Some(records) = blocks.next().unwrap() {
                    found.push(records.lacks_line_end);
                }
                if rest.is_empty() {
                    break;
                }
            }
            // The last block says so, and no other.
            assert_eq!(found.pop().unwrap_or_default(), wanted, "{name}, blocks of {block_bytes}");
            assert!(!found.contains(&true), "{name}, blocks of {block_bytes}");
        }
    }
}

#[test]
fn what_is_no_csv_is_named() {
    let utf_16 = |text: &str, swap: bool| -> Vec<u8> {
        text.encode_utf16().flat_map(|unit| if swap { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    let utf_32 = |text: &str, swap: bool| -> Vec<u8> {
        let units = text.chars().map(u32::from);
        units.flat_map(|unit| if swap { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    let text = "a,b\n1,2\n";
    #[rustfmt::skip]
    let cases: &[(&str, Vec<u8>, &str)] = &[
        ("UTF-16 with a mark",     utf_16(&format!("\u{FEFF}{text}"), false), "UTF-16, not UTF-8: convert"),
        ("UTF-16, swapped, mark",  utf_16(&format!("\u{FEFF}{text}"), true),  "UTF-16, not UTF-8: convert"),
        ("UTF-16",                 utf_16(text, false),                       "-f UTF-16LE"),
        ("UTF-16, swapped",        utf_16(text, true),                        "-f UTF-16BE"),
        ("UTF-16, quoted",         utf_16("\"a\",b\r\n", false),              "-f UTF-16LE"),
        ("UTF-32 with a mark",     utf_32(&format!("\u{FEFF}{text}"), false), "UTF-32, not UTF-8"),
        ("UTF-32, swapped, mark",  utf_32(&format!("\u{FEFF}{text}"), true),  "UTF-32, not UTF-8"),
        ("UTF-32",                 utf_32(text, false),                       "-f UTF-32LE"),
        ("UTF-32, swapped",        utf_32(text, true),                        "-f UTF-32BE"),
        ("zstd",                   b"\x28\xB5\x2F\xFD\x04\0".to_vec(),       "zstd"),
        ("bzip2",                  b"BZh91AY&SY\x01".to_vec(),                "bzip2"),
        ("bzip2, small blocks",    b"BZh11AY&SY\x01".to_vec(),                "bzip2"),
        ("xz",                     b"\xFD7zXZ\0\0".to_vec(),                  "xz"),
        ("zlib",                   b"x\x9CK\xD4I\xE22\xD41\xE2\x02\0".to_vec(), "zlib"),
        ("zlib, fast",             b"x\x01K\xD4I\xE22\xD41\xE2\x02\0".to_vec(), "zlib"),
        ("zlib, begins as text",   b"x^K\xD4I\xE22\xD41\xE2\x02\0".to_vec(),   "zlib"),
        ("snappy",                 b"\xFF\x06\0\0sNaPpY\x01".to_vec(),        "Snappy"),
        ("LZ4",                    b"\x04\x22\x4D\x18\x60".to_vec(),          "LZ4"),
        ("7-Zip",                  b"7z\xBC\xAF\x27\x1C\0".to_vec(),          "7-Zip"),
        ("Parquet",                b"PAR1\x15\x04".to_vec(),                  "Parquet"),
        ("Arrow",                  b"ARROW1\0\0\x10".to_vec(),                "Arrow"),
        ("Avro",                   b"Obj\x01\x04".to_vec(),                   "Avro"),
        ("Excel",                  b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0".to_vec(), "Excel"),
        ("PDF",                    b"%PDF-1.7\n".to_vec(),                    "PDF"),
        ("zeros",                  vec![0; 40],                               "binary"),
        ("raw snappy",             b"\0\0\x01\x02\0\0".to_vec(),             "binary"),
        ("tar",                    [b"report.csv".as_slice(), &[0; 247], b"ustar\x0000", &[0; 248], b"a,b\n1,2\n"].concat(), "tar archive"),
        ("HTML",                   b"<!DOCTYPE html>\n<html>".to_vec(),       "HTML"),
        ("HTML, lines before",     b"\r\n\n  <html><head>".to_vec(),          "HTML"),
        ("HTML with a mark",       b"\xEF\xBB\xBF<HTML>".to_vec(),            "HTML"),
        ("XML",                    b"<?xml version=\"1.0\"?><Error/>".to_vec(), "XML"),
        ("XML, short",             b"<Error/>".to_vec(),                      "XML"),
        ("JSON",                   b"{\n \"assemblyId\": 1}".to_vec(),        "JSON"),
        ("JSON of a list",         b"[ {\"a\": 1}]".to_vec(),                 "JSON"),
        ("JSON of lines",          b"{\"a\": 1}\n{\"a\": 2}\n".to_vec(),      "JSON"),
        ("JSON of nothing",        b"{}".to_vec(),                            "JSON"),
    ];
    for (name, input, wanted) in cases {
        for &block_bytes in SMALL_AND_LARGE {
            let limits = Limits { block_bytes, ..Limits::default() };
            let whole = shown(read([input.as_slice()], limits, None));
            assert!(whole.starts_with("OUTLAY_FORMAT report.csv: ") && whole.contains(wanted), "{name}: {whole}");
            assert_eq!(shown(read(input.chunks(1), limits, None)), whole, "{name}, byte by byte");
        }
    }
    // Text that begins like one of them.
    for header in [
        "x^2,b", "x^", "PARTY,b", "PK,b", "BZh,b", "Obj,b", "[a],b", "{a},b", "[", "{", "ARROW,b", "7z,b", "%PDF,b",
        "é,b", "S,b", "abcd\0,b",
    ] {
        for &block_bytes in SMALL_AND_LARGE {
            let limits = Limits { block_bytes, ..Limits::default() };
            let seen = read(header.as_bytes().chunks(1), limits, None).unwrap();
            assert_eq!(seen.header.join(","), header);
        }
    }
}

/// The tests that compare scans would pass without them, too.
#[test]
fn scans_that_must_be_there_are() {
    let is_there = |name: &str| InstructionSet::available().any(|set| format!("{set:?}") == name);
    // Every aarch64 has NEON. Where the compiler is told of AVX2, so is Miri.
    assert!(is_there("Neon") || cfg!(any(not(target_arch = "aarch64"), miri)));
    assert!(is_there("Avx2") || cfg!(not(target_feature = "avx2")));
}

/// csv-core alone, field by field: the naive reading.
fn oracle(text: &[u8]) -> (Vec<Vec<Vec<u8>>>, bool) {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
    let mut rows = Vec::new();
    let mut record = csv::ByteRecord::new();
    while reader.read_byte_record(&mut record).unwrap() {
        rows.push(record.iter().map(<[u8]>::to_vec).collect());
    }
    (rows, true)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 2_000 }))]

    #[test]
    fn equals_csv_core(body in "[ab,\"\n\r€]{0,60}", block_bytes in 1_usize..40, cut in 0_usize..70) {
        let text = format!("x,y,z\n{body}");
        let (rows, _) = oracle(text.as_bytes());
        let limits = Limits { block_bytes, ..Limits::default() };
        let cut = cut.min(text.len());
        let (head, tail) = text.as_bytes().split_at(cut);
        match read([head, tail], limits, Some(text.as_bytes())) {
            Ok(seen) => {
                let expected: Vec<Vec<String>> = rows[1..].iter().filter(|row| row.len() == 3)
                    .map(|row| row.iter().map(|field| String::from_utf8(field.clone()).unwrap()).collect()).collect();
                prop_assert_eq!(&seen.rows, &expected);
                prop_assert_eq!(seen.rows.len() + seen.rejected.len(), rows.len() - 1);
                // RejectedRecord rows are counted: numbers go up and leave gaps only for them.
                let good: Vec<u64> = (1..).zip(&rows[1..]).filter(|(_, row)| row.len() == 3).map(|(number, _)| number).collect();
                prop_assert_eq!(seen.numbers, good);
            }
            // The one thing that csv-core accepts and this reader does not.
            Err(error) => prop_assert_eq!(error.code(), "OUTLAY_UNTERMINATED_QUOTE"),
        }
    }

    #[test]
    fn all_scans_are_one(body in "([ab]{0,40}|[ab,\"\n\r]{0,60}|(a{0,9},\"b\"\"c\",\r?\n){0,8}|(,,x\n){0,30}){0,5}", start in 0_usize..200, width in 1_usize..5) {
        let bytes = body.as_bytes();
        let (head, _) = bytes.split_at(start.min(bytes.len()));
        let scan = |set| {
            let (mut scan, mut ends) = (Scan::default(), Vec::new());
            scan.resume(set, head, width, &mut ends)?;
            scan.resume(set, bytes, width, &mut ends)?;
            Ok::<_, NeedsSlowPath>((scan, ends))
        };
        let scalar = scan(InstructionSet::Scalar);
        for set in InstructionSet::available() {
            prop_assert_eq!(scan(set), scalar.clone(), "{:?}", set);
        }
    }

    #[test]
    fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..300), magic in 0_usize..4) {
        let magic: &[u8] = [&b""[..], b"\x1F\x8B\x08", b"PK\x03\x04", b"PAR1"][magic];
        let input = [magic, &bytes].concat();
        let limits = Limits { block_bytes: 16, record_bytes: 64, ..Limits::default() };
        let whole = shown(read([input.as_slice()], limits, None));
        prop_assert_eq!(shown(read(input.chunks(1), limits, None)), whole);
    }
}
