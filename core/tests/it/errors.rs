//! Invalid input: the position and the text of errors, and their handling.

use std::io::{Cursor, Write};

use outlay::{Error, OnError, OnUnknownType, Quarantined, Reader};
use proptest::prelude::*;

use crate::support::{broken, builder, push, read};

const HEADER: &str =
    "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,lineItem/UsageStartDate,discount/EdpDiscount";

#[test]
fn each_error_has_its_code_and_place() {
    #[rustfmt::skip]
    let cases: &[(&str, &str, &str)] = &[
        // name                  rows                                          error
        ("text for a cost",      "Usage,1,USD,,\nUsage,convertible,USD,,\n",    "OUTLAY_VALUE report.csv: row 2, byte 132, lineItem/UnblendedCost: `convertible` is not a decimal number; the option `on_error` decides what happens to such records"),
        ("quoted text",          "Usage,\"1,000\",USD,,\n",                     "OUTLAY_VALUE report.csv: row 1, byte 118, lineItem/UnblendedCost: `\"1,000\"` is not a decimal number; the option `on_error` decides what happens to such records"),
        ("too large a cost",     "Usage,1E30,USD,,\n",                          "OUTLAY_VALUE report.csv: row 1, byte 118, lineItem/UnblendedCost: `1E30` is not a decimal number of at most 20 digits before the point and 75 after it; the option `on_error` decides what happens to such records"),
        ("no time",              "Usage,1,USD,2026-13-01,\n",                   "OUTLAY_VALUE report.csv: row 1, byte 124, lineItem/UsageStartDate: `2026-13-01` is not a timestamp; the option `on_error` decides what happens to such records"),
        ("no type",              "\"\",1,USD,,\n",                              "OUTLAY_VALUE report.csv: row 1, byte 112, lineItem/LineItemType: `\"\"` is not a line item type; the option `on_error` decides what happens to such records"),
        ("leftmost first",       "Usage,x,USD,y,\n",                            "OUTLAY_VALUE report.csv: row 1, byte 118, lineItem/UnblendedCost: `x` is not a decimal number; the option `on_error` decides what happens to such records"),
        ("first row first",      "Usage,1,USD,y,\nUsage,x,USD,,\n",             "OUTLAY_VALUE report.csv: row 1, byte 124, lineItem/UsageStartDate: `y` is not a timestamp; the option `on_error` decides what happens to such records"),
        ("a discount",           "Usage,1,USD,,x\n",                            "OUTLAY_VALUE report.csv: row 1, byte 125, discount/EdpDiscount: `x` is not a decimal number; the option `on_error` decides what happens to such records"),
        ("ragged",               "Usage,1,USD,,\nUsage,1\n",                    "OUTLAY_RAGGED report.csv: row 2, byte 126: the record has 2 fields, the header 5; the option `on_error` decides what happens to such records"),
        ("open quote",           "Usage,\"1,USD,,\n",                           "OUTLAY_UNTERMINATED_QUOTE report.csv: row 1, byte 112: the file ends inside a quoted field; check that it was copied to its end"),
    ];
    for (name, rows, wanted) in cases {
        let csv = format!("{HEADER}\n{rows}");
        for piece in [1, 7, usize::MAX] {
            let error = push(builder(), csv.as_bytes(), piece).unwrap_err();
            assert_eq!(format!("{} {error}", error.code()), *wanted, "{name}");
        }
    }
    let bytes = [HEADER.as_bytes(), b"\nUsage,1,US\xFF,,\n"].concat();
    let error = push(builder(), &bytes, usize::MAX).unwrap_err();
    assert_eq!(
        error.to_string(),
        "report.csv: row 1, byte 120, lineItem/CurrencyCode: not valid UTF-8; if it is Windows-1252, convert the file with `iconv -f WINDOWS-1252 -t UTF-8`"
    );
}

#[test]
fn json_that_is_none_is_named() {
    let csv = b"line_item_line_item_type,line_item_unblended_cost,tags\nUsage,1,{}\nUsage,1,\"{\"\"a\"\":\"\n";
    let error = push(builder(), csv, usize::MAX).unwrap_err();
    assert_eq!(
        error.to_string(),
        "report.csv: row 2, byte 74, tags: `\"{\"\"a\"\":\"` is not a JSON object; the option `on_error` decides what happens to such records"
    );
    // Tags are not parsed if no selected column needs them.
    assert!(push(builder().columns(["BilledCost"]), csv, usize::MAX).is_ok());
}

#[test]
fn an_object_of_too_many_keys_is_refused() {
    let map = |keys: usize| {
        let pairs: Vec<String> = (0..keys).map(|key| format!("\"\"k{key}\"\":\"\"v\"\"")).collect();
        format!("line_item_line_item_type,line_item_unblended_cost,tags\nUsage,1,\"{{{}}}\"\n", pairs.join(","))
    };
    assert!(push(builder(), map(4_096).as_bytes(), usize::MAX).is_ok());
    let error = push(builder(), map(4_097).as_bytes(), usize::MAX).unwrap_err();
    assert!(error.to_string().contains("is not an object of at most 4,096 keys"), "{error}");
}

#[test]
fn amounts_that_pass_the_range_together_are_refused() {
    let header = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/UsageAmount,pricing/publicOnDemandRate";
    let csv = format!("{header}\nUsage,1,99999999999999999999,99999999999999999999\n");
    assert_eq!(push(builder(), csv.as_bytes(), usize::MAX).unwrap_err().code(), "OUTLAY_VALUE");
}

#[test]
fn unknown_types_stop_the_read_if_asked() {
    let csv = format!("{HEADER}\nUsage,1,USD,,\nBrandNew,2,USD,,\n");
    let stop = || builder().on_unknown_type(OnUnknownType::Stop);
    let error = push(stop(), csv.as_bytes(), usize::MAX).unwrap_err();
    assert_eq!(
        error.to_string(),
        "report.csv: row 2, byte 126, lineItem/LineItemType: `BrandNew` is not a known line item type; the option `on_unknown_type` can accept it"
    );
    // The first invalid row is reported, whatever its error is.
    let both = format!("{HEADER}\nBrandNew,1,USD,,\nUsage,x,USD,,\n");
    assert_eq!(push(stop(), both.as_bytes(), usize::MAX).unwrap_err().code(), "OUTLAY_UNKNOWN_TYPE");
    let (rows, totals) = push(stop().on_error(OnError::Quarantine), csv.as_bytes(), usize::MAX).unwrap();
    assert_eq!((rows.len(), totals.rows_quarantined()), (1, 1));
    let (rows, totals) = push(builder(), csv.as_bytes(), usize::MAX).unwrap();
    assert_eq!(rows[1]["ChargeCategory"], "Adjustment");
    assert!(totals.warnings().iter().any(|warning| warning.code == "unknown_line_item_type" && warning.rows == 1));
}

#[test]
fn quarantine_keeps_records_whole_and_counts_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.csv");
    let body: &[u8] =
        b"Usage,1,USD,,\nUsage,x,USD,,\nshort\nUsage,\xFF,USD,,\n\nUsage,2,USD,,\n\"Usa\"\"ge\",y,USD,,\n";
    std::fs::write(&path, [HEADER.as_bytes(), b"\n", body].concat()).unwrap();
    for block_bytes in [16, 1 << 20] {
        let mut reader = builder().on_error(OnError::Quarantine).block_bytes(block_bytes).read(&path).unwrap();
        let (mut rows, mut aside) = (0, Vec::new());
        while let Some(batch) = reader.next() {
            rows += batch.unwrap().num_rows();
            aside.extend(reader.take_quarantined());
        }
        aside.extend(reader.take_quarantined());
        let totals = reader.totals();
        assert_eq!((rows, totals.rows_in(), totals.rows_quarantined()), (2, 6, 4));
        assert_eq!(broken(&totals), ["nothing_quarantined"]);
        assert_eq!(totals.costs()["USD"].billed.to_string(), "3");
        assert_eq!(totals.parts()[0].blank_lines, 1);
        let found: Vec<(u64, &str, &[u8])> = aside
            .iter()
            .map(|record| (record.error.at().unwrap().row.unwrap(), record.error.code(), record.record.as_slice()))
            .collect();
        let wanted: [(u64, &str, &[u8]); 4] = [
            (2, "OUTLAY_VALUE", b"Usage,x,USD,,"),
            (3, "OUTLAY_RAGGED", b"short"),
            (4, "OUTLAY_ENCODING", b"Usage,\xFF,USD,,"),
            (6, "OUTLAY_VALUE", b"\"Usa\"\"ge\",y,USD,,"),
        ];
        assert_eq!(found, wanted);
        let batch = Quarantined::batch(&aside);
        assert_eq!((batch.num_rows(), batch.num_columns()), (4, 7));
    }
    // With `Stop`, the read ends at the first error, and returns nothing more.
    let mut reader = builder().read(&path).unwrap();
    assert_eq!(reader.next().unwrap().unwrap_err().code(), "OUTLAY_VALUE");
    assert!(reader.next().is_none());
    assert!(reader.totals().check().is_err());
}

#[test]
fn damaged_files_are_errors_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.csv.gz");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(format!("{HEADER}\n{}", "Usage,1,USD,,\n".repeat(500)).as_bytes()).unwrap();
    let whole = gzip.finish().unwrap();
    let with = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        bytes
    };
    #[rustfmt::skip]
    let cases = [
        ("whole",     whole.clone(),                 "fine"),
        ("truncated", whole[..whole.len() / 2].to_vec(), "OUTLAY_TRUNCATED"),
        ("no end",    whole[..whole.len() - 3].to_vec(), "OUTLAY_TRUNCATED"),
        ("CRC",       with(whole.len() - 8),         "OUTLAY_CHECKSUM"),
        ("more",      [whole.clone(), b"more".to_vec()].concat(), "OUTLAY_COMPRESSION"),
        ("empty",     Vec::new(),                    "OUTLAY_FORMAT"),
        ("Parquet",   b"PAR1\0\0\0\0PAR1".to_vec(),  "OUTLAY_FORMAT"),
        ("FOCUS",     b"BilledCost,ChargeCategory,EffectiveCost\n1,2,3\n".to_vec(), "OUTLAY_FORMAT"),
    ];
    for (name, bytes, wanted) in cases {
        std::fs::write(&path, bytes).unwrap();
        let outcome = read(builder().read(&path)).map_or_else(|error| error.code(), |_| "fine");
        assert_eq!(outcome, wanted, "{name}");
    }
    let long = format!("{HEADER}\nUsage,1,USD,,\"{}\"\n", "x".repeat(5_000));
    let error = push(builder().record_bytes(1_000), long.as_bytes(), 100).unwrap_err();
    assert_eq!(
        error.to_string(),
        "report.csv: row 1, byte 112: the record is longer than 1000 bytes; the option `record_bytes` sets the limit"
    );
}

#[test]
fn options_that_make_no_sense_are_refused() {
    let cur = || Reader::builder().schema(outlay::TableSchema::Cur);
    let cases: Vec<(&str, Result<outlay::Decoder, Error>)> = vec![
        ("columns", Reader::builder().columns(["Cost"]).decoder("x")),
        ("columns", Reader::builder().columns(["BilledCost", "BilledCost"]).decoder("x")),
        ("batch_rows", Reader::builder().batch_rows(0).decoder("x")),
        ("threads", Reader::builder().threads(0).decoder("x")),
        ("as_of", Reader::builder().as_of("today").decoder("x")),
        ("periods", Reader::builder().periods(["2026-13"]).decoder("x")),
        ("record_bytes", Reader::builder().record_bytes(0).decoder("x")),
        ("lineage", cur().lineage(true).decoder("x")),
        ("account_names", cur().account_names([("111122223333", "Shop")]).decoder("x")),
        ("negation", cur().negation(outlay::NegationPolicy::Keep).decoder("x")),
        ("on_unknown", cur().on_unknown(outlay::OnUnknown::Stop).decoder("x")),
        ("on_unknown_type", cur().on_unknown_type(outlay::OnUnknownType::Stop).decoder("x")),
        ("as_of", cur().as_of("2026-01-31").decoder("x")),
        ("tag_policy", cur().tag_policy(outlay::TagPolicy::Fold).decoder("x")),
    ];
    for (option, outcome) in cases {
        let error = outcome.err().unwrap();
        assert_eq!(error.code(), "OUTLAY_OPTION");
        assert!(error.to_string().contains(&format!("`{option}`")), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Arbitrary bytes cause no panic, and the byte of an error is the position of the text that it quotes.
    #[test]
    fn bytes_of_errors_point_at_their_text(cells in prop::collection::vec("[0-9xE.\",\n-]{0,6}", 0..24)) {
        let mut csv = format!("{HEADER}\n");
        for row in cells.chunks(3) {
            csv += &format!("Usage,{},USD,,{}\n", row.first().map_or("", |cell| cell), row.get(1).map_or("", |cell| cell));
        }
        if let Err(Error::Value { at, text, .. }) = push(builder(), csv.as_bytes(), 5) {
            let there = &csv[at.byte.unwrap() as usize..];
            // Long texts are truncated.
            let quoted = text.trim_end_matches('…').replace("\\n", "\n");
            let bare = |text: &str| text.replace('"', "");
            prop_assert!(bare(there).starts_with(&bare(&quoted)), "{text} is not at {at}: {there}");
        }
    }
}

#[test]
fn bytes_after_the_end_are_an_error_and_no_total() {
    let csv = format!("{HEADER}\nUsage,1,USD,,\n");
    let cases = [
        ("at once", false, "Usage,1,USD,,\n"),
        ("after the last batch", true, "Usage,1,USD,,\n"),
        ("a blank line", true, "\n"),
    ];
    for (name, is_drained, more) in cases {
        let mut decoder = builder().decoder("report.csv").unwrap();
        decoder.feed(csv.as_bytes()).unwrap();
        decoder.finish();
        while is_drained && decoder.next_batch().unwrap().is_some() {}
        // An empty slice is accepted.
        assert_eq!(decoder.feed(b"").unwrap(), 0, "{name}");
        let error = decoder.feed(more.as_bytes()).unwrap_err();
        assert_eq!(
            (error.code(), error.to_string().contains("after `finish`")),
            ("OUTLAY_FORMAT", true),
            "{name}: {error}"
        );
        while decoder.next_batch().unwrap().is_some() {}
        assert!(broken(&decoder.totals()).contains(&"parts_complete".to_owned()), "{name}");
    }
}

#[test]
fn an_object_of_another_size_than_expected_is_refused() {
    let csv = format!("{HEADER}\n{}", "Usage,1,USD,,\n".repeat(2_000));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(csv.as_bytes()).unwrap();
    for object in [csv.clone().into_bytes(), gzip.finish().unwrap()] {
        let size = object.len() as u64;
        let fewer = "OUTLAY_TRUNCATED report.csv: the object has {size} bytes, not the {expected} that were expected; copy it again";
        let more = "OUTLAY_COMPRESSION report.csv: the object has {more} bytes or more, not the {expected} that were expected; copy it again";
        let cases = [(size, ""), (size + 1, fewer), (10 * size, fewer), (size - 1, more), (0, more)];
        for (expected, wanted) in cases {
            let wanted = wanted.replace("{size}", &size.to_string()).replace("{more}", &(expected + 1).to_string());
            let wanted = wanted.replace("{expected}", &expected.to_string());
            for piece in [1, 7, usize::MAX] {
                let found = push(builder().expected_bytes(expected).block_bytes(1_000), &object, piece);
                let found = found.err().map(|error| format!("{} {error}", error.code())).unwrap_or_default();
                assert_eq!(found, wanted, "pushed in pieces of {piece}");
            }
            for threads in [1, 2, 4] {
                for schema in [outlay::TableSchema::Focus, outlay::TableSchema::Cur] {
                    let builder = builder().expected_bytes(expected).threads(threads).schema(schema);
                    let found = read(builder.read_from("report.csv", std::io::Cursor::new(object.clone())));
                    let found = found.err().map(|error| format!("{} {error}", error.code())).unwrap_or_default();
                    assert_eq!(found, wanted, "as a stream, {threads} threads, {schema:?}");
                }
            }
        }
    }
    // The expected size is that of one object.
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<_> = ["a.csv", "b.csv"].iter().map(|name| folder.path().join(name)).collect();
    for (path, rows) in paths.iter().zip([1, 2]) {
        std::fs::write(path, format!("{HEADER}\n{}", "Usage,1,USD,,\n".repeat(rows))).unwrap();
    }
    let expecting = || builder().expected_bytes(HEADER.len() as u64 + 15);
    assert!(read(expecting().read(&paths[0])).is_ok());
    assert_eq!(read(expecting().read(&paths[1])).unwrap_err().code(), "OUTLAY_COMPRESSION");
    assert_eq!(read(expecting().read(&paths)).unwrap_err().code(), "OUTLAY_OPTION");
}

#[test]
fn a_report_without_a_line_end_is_read_with_a_warning() {
    #[rustfmt::skip]
    let cases = [
        ("cut",           "\nUsage,1,USD,,\nUsage,2,USD,,", true,  2),
        ("header only",   "",                              true,  0),
        ("whole",         "\nUsage,1,USD,,\n",             false, 1),
        ("whole, blanks", "\r\nUsage,1,USD,,\r\n\r\n",      false, 1),
    ];
    for (name, rows, wanted, count) in cases {
        let csv = format!("{HEADER}{rows}");
        for (block_bytes, schema) in [
            (1, outlay::TableSchema::Focus),
            (1 << 18, outlay::TableSchema::Focus),
            (1 << 18, outlay::TableSchema::Cur),
        ] {
            let (rows, totals) = push(builder().block_bytes(block_bytes).schema(schema), csv.as_bytes(), 9).unwrap();
            assert_eq!(rows.len(), count, "{name}");
            let warnings = totals.warnings();
            let found = warnings.iter().find(|warning| warning.code == "no_final_newline");
            assert_eq!(found.is_some(), wanted, "{name}, blocks of {block_bytes}");
            assert!(found.is_none_or(|warning| warning.message.starts_with("report.csv: ")), "{found:?}");
            assert!(broken(&totals).is_empty(), "{name}");
        }
    }
}

#[test]
fn records_of_another_dialect_and_headers_again_are_set_aside() {
    let csv = format!("{HEADER}\nUsage,1,USD,,\n{HEADER}\nUsage,\"\\\"2\\\"\",USD,,\nUsage,4,USD,,\n");
    let error = push(builder(), csv.as_bytes(), usize::MAX).unwrap_err();
    assert_eq!((error.code(), error.at().unwrap().row), ("OUTLAY_FORMAT", Some(2)));
    assert!(error.to_string().contains("the header is repeated here"), "{error}");
    let error =
        push(builder(), csv.replace(&format!("1,USD,,\n{HEADER}\n"), "1,USD,,\n").as_bytes(), usize::MAX).unwrap_err();
    let place = error.at().unwrap();
    assert_eq!(
        (error.code(), place.row, place.column.as_deref()),
        ("OUTLAY_FORMAT", Some(2), Some("lineItem/UnblendedCost"))
    );
    assert!(error.to_string().contains("Spark"), "{error}");
    let (rows, totals) = push(builder().on_error(OnError::Quarantine), csv.as_bytes(), 11).unwrap();
    assert_eq!((rows.len(), totals.rows_in(), totals.rows_quarantined()), (2, 4, 2));
    assert_eq!(totals.costs()["USD"].billed.to_string(), "5");
    assert_eq!(broken(&totals), ["nothing_quarantined"]);
}

#[test]
fn more_columns_than_allowed_are_refused() {
    let header = |tags: usize| {
        let tags: Vec<String> = (0..tags).map(|tag| format!(",resourceTags/user:{tag}")).collect();
        format!("lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode{}\n", tags.concat())
    };
    for schema in [outlay::TableSchema::Focus, outlay::TableSchema::Cur] {
        let error = push(builder().schema(schema), header(32_766).as_bytes(), usize::MAX).unwrap_err();
        assert!(error.to_string().contains("more than 32768 columns"), "{error}");
        let limited = || builder().schema(schema).max_columns(5);
        assert!(push(limited(), header(2).as_bytes(), usize::MAX).is_ok());
        assert_eq!(push(limited(), header(3).as_bytes(), usize::MAX).unwrap_err().code(), "OUTLAY_FORMAT");
    }
    assert!(push(builder().max_columns(40_000), header(32_766).as_bytes(), usize::MAX).is_ok());
    for columns in [0, (1 << 20) + 1] {
        let error = builder().max_columns(columns).validate().unwrap_err();
        assert!(error.to_string().starts_with("option `max_columns`: "), "{error}");
    }
}

/// Bytes without a pattern, which may begin like anything.
fn random(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    std::iter::repeat_with(next).take(length).collect()
}

#[test]
fn bytes_that_are_not_what_the_name_says_are_not_gzip() {
    for (name, format) in [("report.csv.gz", "gzip"), ("REPORT.CSV.GZ", "gzip"), ("report.zip", "zip")] {
        for seed in 1..40 {
            let reader = Reader::builder().read_from(name, Cursor::new(random(seed, 4_096))).unwrap();
            let error = reader.filter_map(Result::err).next().unwrap();
            // Some begin like another format.
            if error.code() == "OUTLAY_FORMAT" {
                continue;
            }
            let wanted = format!("but its bytes are not {format} and not CSV text: copy the file again");
            assert!(error.to_string().ends_with(&wanted), "{name}, {seed}: {error}");
            assert_eq!(error.code(), "OUTLAY_COMPRESSION");
        }
    }
    // Text that was unpacked without a new name is read, and its own faults are reported.
    let unpacked = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\nUsage,1,USD\n";
    let reader = Reader::builder().read_from("report.csv.gz", unpacked.as_bytes()).unwrap();
    assert!(reader.into_iter().all(|batch| batch.is_ok()));
    let latin: &[u8] = b"Gr\xF6\xDFe,lineItem/UnblendedCost\n1,2\n";
    let error = Reader::builder().read_from("report.csv.gz", latin).unwrap().next().unwrap().unwrap_err();
    assert_eq!(error.code(), "OUTLAY_ENCODING", "{error}");
}

#[test]
fn a_last_record_with_too_few_fields_may_be_cut_off() {
    const CUT: &str = "so it may be cut off: copy it again";
    let header = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode";
    #[rustfmt::skip]
    let cases = [
        ("cut in a record",            "Usage,1,USD\nUsage,1",    true),
        ("cut in the first record",    "Usage",                   true),
        ("cut, with CR",               "Usage,1,USD\r\nUsage,1",  true),
        ("a short record in between",  "Usage,1\nUsage,1,USD\n",  false),
        ("a short record at the end",  "Usage,1,USD\nUsage,1\n",  false),
        ("a long record at the end",   "Usage,1,USD,x",           false),
    ];
    for (name, lines, is_cut) in cases {
        let csv = format!("{header}\n{lines}");
        for threads in [1, 2] {
            let builder = Reader::builder().threads(threads);
            let reader = builder.read_from("report.csv", Cursor::new(csv.clone().into_bytes())).unwrap();
            let error = reader.filter_map(Result::err).next().unwrap();
            assert_eq!(error.code(), "OUTLAY_RAGGED", "{name}: {error}");
            assert_eq!(error.to_string().ends_with(CUT), is_cut, "{name}: {error}");
        }
    }
}

/// A caller that ignores how many bytes `feed` consumed loses rows, which no sum can show.
#[test]
fn bytes_that_feed_did_not_consume_are_an_error_at_the_end() {
    let header = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\n";
    let text = header.to_owned() + &"Usage,1,USD\n".repeat(200_000);
    for chunk in [text.len(), 300_000] {
        let mut decoder = Reader::builder().decoder("upload.csv").unwrap();
        let mut is_refused = false;
        for bytes in text.as_bytes().chunks(chunk) {
            is_refused = decoder.feed(bytes).unwrap() < bytes.len();
        }
        decoder.finish();
        let mut found = Ok(());
        loop {
            match decoder.next_batch() {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) => {
                    found = Err(error);
                    break;
                }
            }
        }
        assert!(is_refused, "{chunk}");
        let error = found.unwrap_err();
        assert!(error.to_string().contains("were not consumed by `feed`: feed them again"), "{error}");
        decoder.totals().check().unwrap_err();
    }
}

/// A stream that breaks the contract of `Read` ends the read.
#[test]
fn a_stream_that_returns_more_than_the_buffer_holds_is_an_error() {
    struct Overlong;

    impl std::io::Read for Overlong {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            Ok(buffer.len() + 5)
        }
    }

    for threads in [1, 2, 4] {
        let mut reader = Reader::builder().threads(threads).read_from("x", Overlong).unwrap();
        let error = reader.find_map(Result::err).unwrap();
        assert!(error.to_string().contains("more bytes than the buffer holds"), "{threads}: {error}");
    }
}
