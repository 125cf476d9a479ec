//! Files that change between the plan and the end of a read: no read returns rows of two versions.

use std::fs::{self, File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use outlay::{Error, Part};

use crate::bare::{folder, gzip, report};
use crate::support::builder;

const ROWS: usize = 8_000;
/// The size of a row in bytes.
const ROW: u64 = 513;

/// Returns a report of 4 MB, so that no thread has read all of it before the first batch.
fn large(cost: u32) -> Vec<u8> {
    let header = b"lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,lineItem/LineItemDescription\n";
    let row = format!("Usage,{cost},USD,{}\n", "x".repeat(500));
    [header.to_vec(), row.repeat(ROWS).into_bytes()].concat()
}

/// Waits longer than the timestamp resolution of file systems.
fn wait() {
    std::thread::sleep(Duration::from_millis(30));
}

type Change = fn(&Path);

/// Returns ways to change a file.
fn changes() -> Vec<(&'static str, Change)> {
    fn open(path: &Path) -> File {
        OpenOptions::new().write(true).open(path).unwrap()
    }
    vec![
        ("written in place", |path| {
            let mut file = open(path);
            file.seek(SeekFrom::Start(0)).unwrap();
            file.write_all(&large(3)).unwrap();
        }),
        ("truncated at a row", |path| {
            let length = fs::metadata(path).unwrap().len();
            open(path).set_len(length - 3 * ROW).unwrap();
        }),
        ("appended", |path| {
            let mut file = OpenOptions::new().append(true).open(path).unwrap();
            file.write_all(b"Usage,1,USD,x\n").unwrap();
        }),
        ("replaced", |path| {
            let other = path.with_extension("new");
            fs::write(&other, large(3)).unwrap();
            fs::rename(other, path).unwrap();
        }),
        ("replaced by an equal one", |path| {
            let other = path.with_extension("new");
            fs::copy(path, &other).unwrap();
            fs::rename(other, path).unwrap();
        }),
        ("emptied", |path| open(path).set_len(0).unwrap()),
    ]
}

fn is_changed(error: &Error, name: &str) {
    assert_eq!(error.code(), "OUTLAY_SOURCE_CHANGED", "{name}: {error}");
    let text = error.to_string();
    assert!(text.contains("R.csv") && text.contains("read it again"), "{name}: {text}");
}

#[test]
fn a_file_that_changes_while_it_is_read_is_refused() {
    for threads in [1, 2, 4] {
        for (name, change) in changes() {
            for packed in [false, true] {
                // Stored, not deflated, so that the compressed file is as large as the plain one.
                let bytes = if packed { stored(&large(1)) } else { large(1) };
                let here = folder(&[("R.csv", Some(&bytes))]);
                let path = here.path().join("R.csv");
                let mut reader = builder().threads(threads).batch_rows(256).read(&path).unwrap();
                assert_eq!(reader.next().unwrap().unwrap().num_rows(), 256);
                wait();
                change(&path);
                let name = format!("{name}, {threads} threads, packed {packed}");
                let error = reader.by_ref().find_map(Result::err).unwrap_or_else(|| panic!("{name}: was read"));
                is_changed(&error, &name);
                assert!(reader.totals().check().is_err(), "{name}");
                // The read has ended, and cannot be restarted.
                assert!(reader.restart(error).is_err() && reader.next().is_none(), "{name}");
            }
        }
    }
}

#[test]
fn a_file_that_stays_is_read() {
    for threads in [1, 2, 4] {
        let here = folder(&[("R.csv", Some(&large(1)))]);
        let path = here.path().join("R.csv");
        let mut reader = builder().threads(threads).batch_rows(256).read(&path).unwrap();
        reader.next().unwrap().unwrap();
        wait();
        // Reading the file, or writing other files, is not a change.
        fs::read(&path).unwrap();
        fs::write(here.path().join("S.csv"), b"x").unwrap();
        for batch in reader.by_ref() {
            batch.unwrap();
        }
        assert_eq!(reader.totals().rows_in(), ROWS as u64);
    }
}

/// Returns a gzip file without compression.
fn stored(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn what_was_planned_is_what_is_read() {
    for (name, change) in changes() {
        let here = folder(&[("R.csv", Some(&large(1)))]);
        let path = here.path().join("R.csv");
        let plan = builder().plan(&path).unwrap();
        let part = &plan.parts[0];
        assert_eq!(part.size, large(1).len() as u64);
        // A serialized part has only the size of its file.
        let json = serde_json::to_string(part).unwrap();
        let sent: Part = serde_json::from_str(&json).unwrap();
        assert!(!json.contains("pin") && sent == *part);
        wait();
        change(&path);
        let read = |part: &Part| {
            builder().read_part(part).and_then(|mut reader| reader.find_map(Result::err).map_or(Ok(()), Err))
        };
        is_changed(&read(part).unwrap_err(), name);
        let is_as_long = fs::metadata(&path).unwrap().len() == part.size;
        match read(&sent) {
            Err(error) => is_changed(&error, name),
            Ok(()) => assert!(is_as_long, "{name}"),
        }
    }
}

#[test]
fn parts_that_wait_are_held_to_the_plan() {
    for threads in [1, 2] {
        let here = folder(&[("R-1.csv", Some(&large(1))), ("R-2.csv", None)]);
        let mut reader = builder().threads(threads).batch_rows(256).read(here.path()).unwrap();
        reader.next().unwrap().unwrap();
        wait();
        fs::write(here.path().join("R-2.csv"), report(9)).unwrap();
        let error = reader.by_ref().find_map(Result::err).unwrap();
        assert_eq!(error.code(), "OUTLAY_SOURCE_CHANGED", "{error}");
        assert!(error.to_string().contains("R-2.csv"), "{error}");
    }
}

#[test]
fn damage_of_a_file_that_stays_is_damage() {
    let mut bytes = gzip(&large(1));
    let checksum = bytes.len() - 8;
    bytes[checksum] ^= 0xFF;
    let here = folder(&[("R.csv", Some(&bytes))]);
    let mut reader = builder().read(here.path().join("R.csv")).unwrap();
    let error = reader.find_map(Result::err).unwrap();
    assert!(matches!(error, Error::Checksum { .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn a_pipe_has_no_size() {
    let here = tempfile::tempdir().unwrap();
    let path = here.path().join("R.csv");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let plan = builder().plan(&path).unwrap();
    let writer = {
        let path = path.clone();
        std::thread::spawn(move || fs::write(path, report(1)).unwrap())
    };
    let mut reader = builder().read_part(&plan.parts[0]).unwrap();
    assert_eq!(reader.next().unwrap().unwrap().num_rows(), 1);
    assert!(reader.next().is_none());
    writer.join().unwrap();
}
