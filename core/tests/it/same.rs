//! Duplicate parts: one file under two names, and the same text in two files.

use std::fs;
use std::path::PathBuf;

use flate2::{Compress, Compression, FlushCompress};
use outlay::{Outcome, Reader, Totals};

use crate::bare::{folder, gzip, report};
use crate::support::{builder, read};

/// Returns a zip archive of one deflated member.
fn zip(text: &[u8]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(text.len() + 100);
    Compress::new(Compression::best(), false).compress_vec(text, &mut packed, FlushCompress::Finish).unwrap();
    let sizes = [crc32fast::hash(text), packed.len() as u32, text.len() as u32].map(u32::to_le_bytes).concat();
    let common = |place: &[u8]| [place, &[20, 0, 0, 0, 8, 0, 0, 0, 0, 0], &sizes, &[1, 0, 0, 0]].concat();
    let local = [common(b"PK\x03\x04"), b"R".to_vec(), packed].concat();
    let directory = [common(b"PK\x01\x02\x14\0"), vec![0; 14], b"R".to_vec()].concat();
    let end = [
        &1_u16.to_le_bytes()[..],
        &1_u16.to_le_bytes(),
        &(directory.len() as u32).to_le_bytes(),
        &(local.len() as u32).to_le_bytes(),
        &[0, 0],
    ];
    [local, directory, b"PK\x05\x06\0\0\0\0".to_vec(), end.concat()].concat()
}

/// Returns a gzip file of several members.
fn members(text: &[u8]) -> Vec<u8> {
    let (first, second) = text.split_at(text.len() / 2);
    [gzip(first), gzip(second)].concat()
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum When {
    Planned,
    Read,
    Never,
}

#[test]
fn the_same_text_under_two_names_is_given_twice() {
    let header = report(1).split_inclusive(|&byte| byte == b'\n').next().unwrap().to_vec();
    let (one, two) = (report(1), report(2));
    let large = [one.clone(), b"Usage,3,USD,111111111111\n".repeat(30_000)].concat();
    let mut other = large.clone();
    let at = other.len() - ",USD,111111111111\n".len() - 1;
    other[at] = b'4';
    let in_members = |text: &[u8]| {
        // The last gzip member is the same in both.
        let (first, second) = text.split_at(text.len() - "Usage,7,USD,111111111111\n".len());
        [gzip(first), gzip(second)].concat()
    };
    #[rustfmt::skip]
    let cases: [(&str, Vec<u8>, Vec<u8>, When); 19] = [
        ("gzip", gzip(&one), gzip(&one), When::Planned),
        ("gzip, other bytes", gzip(&large), { let mut e = flate2::write::GzEncoder::new(Vec::new(), Compression::none()); std::io::Write::write_all(&mut e, &large).unwrap(); e.finish().unwrap() }, When::Planned),
        ("zip", zip(&one), zip(&one), When::Planned),
        ("zip and gzip", zip(&large), gzip(&large), When::Planned),
        ("plain", one.clone(), one.clone(), When::Read),
        ("plain, of many blocks", large.clone(), large.clone(), When::Read),
        ("plain and gzip", one.clone(), gzip(&one), When::Read),
        ("plain and zip", zip(&one), one.clone(), When::Read),
        ("members", members(&one), gzip(&one), When::Read),
        ("members and plain", members(&large), large.clone(), When::Read),
        ("equal members", members(&large), members(&large), When::Planned),
        ("only the last member is equal", in_members(&[one.clone(), b"Usage,7,USD,111111111111\n".to_vec()].concat()), in_members(&[two.clone(), b"Usage,7,USD,111111111111\n".to_vec()].concat()), When::Never),
        ("another text", gzip(&one), gzip(&two), When::Never),
        ("another text, plain", large.clone(), other, When::Never),
        ("a line end more", one.clone(), [one.clone(), b"\n".to_vec()].concat(), When::Never),
        ("a header alone", header.clone(), header.clone(), When::Never),
        ("a header alone, gzip", gzip(&header), gzip(&header), When::Never),
        ("an empty member behind", [gzip(&one), gzip(b"")].concat(), [gzip(&one), gzip(b"")].concat(), When::Read),
        ("zeros behind", [gzip(&one), vec![0; 512]].concat(), [gzip(&one), vec![0; 512]].concat(), When::Read),
    ];
    for (name, first, second, when) in cases {
        let here = folder(&[("a.csv", Some(&first)), ("b.csv", Some(&second)), ("c.csv", None)]);
        let paths: Vec<PathBuf> = ["c.csv", "a.csv", "b.csv"].iter().map(|key| here.path().join(key)).collect();
        for threads in [1, 2, 4] {
            let builder = || builder().threads(threads);
            let planned = builder().plan(&paths);
            assert_eq!(planned.is_err(), when == When::Planned, "{name}: {planned:?}");
            let Ok(mut reader) = builder().read(&paths) else { continue };
            let error = reader.by_ref().find_map(Result::err);
            let totals = reader.totals();
            match &error {
                Some(error) => {
                    assert_eq!((when, error.code()), (When::Read, "OUTLAY_OPTION"), "{name}: {error}");
                    assert!(error.to_string().contains("would double its rows"), "{name}: {error}");
                    assert_eq!(totals.outcome(), Outcome::Unproven, "{name}");
                }
                None => {
                    assert_eq!(when, When::Never, "{name}, {threads} threads");
                    assert_eq!(totals.outcome(), Outcome::Proven, "{name}: {:?}", totals.checks());
                }
            }
        }
    }
}

#[test]
fn parts_read_apart_are_compared_by_their_totals() {
    let here = folder(&[("a.csv", Some(&report(1))), ("b.csv.gz", Some(&gzip(&report(1)))), ("c.csv", None)]);
    let totals = |keys: &[&str]| {
        let mut totals = Totals::default();
        for key in keys {
            totals.merge(&read(builder().read(here.path().join(key))).unwrap().1).unwrap();
        }
        // The totals are sent as JSON.
        serde_json::from_str::<Totals>(&serde_json::to_string(&totals).unwrap()).unwrap()
    };
    let names = |totals: &Totals| crate::support::broken(totals);
    assert_eq!(names(&totals(&["a.csv", "b.csv.gz"])), ["parts_complete"]);
    assert!(!names(&totals(&["a.csv", "c.csv"])).contains(&"parts_complete".to_owned()));
    let text = report(1);
    let content = totals(&["b.csv.gz"]).parts()[0].content.unwrap();
    assert_eq!((content.bytes, content.crc32), (text.len() as u64, crc32fast::hash(&text)));
}

#[test]
fn a_file_of_two_names_is_given_twice() {
    let here = folder(&[("R-1.csv", None)]);
    fs::hard_link(here.path().join("R-1.csv"), here.path().join("R-2.csv")).unwrap();
    let manifest = br#"{"reportKeys":["R-1.csv","R-2.csv"]}"#;
    for step in 0..3 {
        let paths = [here.path().join("R-1.csv"), here.path().join("R-2.csv")];
        let planned = if step == 0 { Reader::builder().plan(paths) } else { Reader::builder().plan(here.path()) };
        let error = planned.unwrap_err();
        assert_eq!(error.code(), "OUTLAY_OPTION", "{error}");
        assert!(error.to_string().contains("would double its rows"), "{error}");
        fs::write(here.path().join("R-Manifest.json"), manifest).unwrap();
    }
}
