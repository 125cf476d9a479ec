//! Reads arbitrary bytes as an object, compressed or not, in pieces of any size; and checks that compressed text is restored.
#![no_main]

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use libfuzzer_sys::fuzz_target;
use outlay::internals::records;

fuzz_target!(|data: &[u8]| {
    let [piece, level, data @ ..] = data else { return };
    let piece = 1 + usize::from(*piece);
    match (records(data, piece, 64), records(data, data.len().max(1), 1 << 16)) {
        (Ok(found), Ok(whole)) => assert_eq!(found, whole),
        // If there are two errors, the first is reported. Small blocks can end before the frame that contains them.
        (Err(error), Err(whole)) => {
            let is_of_frame = |code| ["OUTLAY_CHECKSUM", "OUTLAY_COMPRESSION", "OUTLAY_TRUNCATED"].contains(&code);
            assert!(error.code() == whole.code() || is_of_frame(whole.code()), "{error} in pieces, {whole} whole");
        }
        (found, whole) => panic!("{found:?} in pieces, {whole:?} whole"),
    }
    let text: Vec<u8> = b"a,b\n".iter().chain(data.iter().filter(|byte| byte.is_ascii_alphanumeric())).copied().collect();
    let mut object = Vec::new();
    // Two gzip members, as some tools write.
    for half in text.chunks(text.len().div_ceil(2)) {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::new(u32::from(*level) % 10));
        gzip.write_all(half).expect("memory does not fail");
        object.extend(gzip.finish().expect("memory does not fail"));
    }
    assert_eq!(records(&object, piece, 64).ok(), records(&text, text.len(), 1 << 16).ok());
});
