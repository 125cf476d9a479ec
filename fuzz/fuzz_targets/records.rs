//! Splits arbitrary bytes into records, for all sizes of pieces and blocks, and compares them with those of the crate `csv`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outlay::internals::records;

fuzz_target!(|data: &[u8]| {
    let [piece, block, csv @ ..] = data else { return };
    let (piece, block) = (1 + usize::from(*piece), 1 + usize::from(*block));
    // Skips compressed input, byte order marks, and another CSV dialect.
    let holds = |what: &[u8]| csv.windows(what.len()).any(|bytes| bytes == what);
    if [&b"\x1F\x8B"[..], b"PK"].iter().any(|magic| csv.starts_with(magic)) || holds(b"\xEF\xBB\xBF") || holds(b"\\\"") {
        return;
    }
    let found = records(csv, piece, block);
    match (&found, records(csv, csv.len().max(1), 1 << 20)) {
        (Ok(found), Ok(whole)) => assert_eq!(*found, whole),
        (Err(error), Err(whole)) => assert_eq!(error.code(), whole.code()),
        (found, whole) => panic!("{found:?} in pieces, {whole:?} whole"),
    }
    let Ok(found) = found else { return };
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(csv);
    let mut wanted = reader.byte_records().map(|record| record.expect("bytes do not fail"));
    let header = wanted.next().expect("there is a header");
    assert_eq!(header.iter().collect::<Vec<_>>(), found.header.iter().map(|name| name.as_bytes()).collect::<Vec<_>>());
    let (mut good, mut bad) = (Vec::new(), 0);
    for record in wanted {
        // A repeated header is set aside and is not a record: such inputs are not compared further.
        if record.iter().zip(&header).any(|(field, name)| field == name) {
            return;
        }
        let fields: Option<Vec<String>> = record.iter().map(|field| String::from_utf8(field.to_vec()).ok()).collect();
        match fields {
            Some(fields) if fields.len() == header.len() => good.push(fields),
            _ => bad += 1,
        }
    }
    assert_eq!(found.records, good);
    assert_eq!(found.rejected.len(), bad);
});
