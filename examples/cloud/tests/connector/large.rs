//! Objects that are fetched in several pieces: order, and faults between two pieces.

use std::io::{Read, Write};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use outlay::{Error, Reader, Totals, block_on};
use outlay_cloud::{Bucket, Chaos, Cloud, Fault, Object, World};

use crate::support::{
    BUCKET, FLAT, FOLDER, MONTH, PAYER, builder, connector, drain, flat_manifest, flat_world, parts, read, same, world,
};

const FIRST: &str = "*-00001.csv.gz";
const MIB: u64 = 1 << 20;

/// Returns the first part with its rows repeated, without compression: at least this number of MiB, fetched in pieces of 2 MiB.
fn stored(mib: u64) -> Vec<u8> {
    let mut csv = Vec::new();
    GzDecoder::new(parts()[0].as_slice()).read_to_end(&mut csv).unwrap();
    let header = csv.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    let (header, rows) = csv.split_at(header);
    let mut stored = GzEncoder::new(Vec::new(), Compression::none());
    stored.write_all(header).unwrap();
    stored.write_all(&rows.repeat((mib * MIB) as usize / rows.len() + 1)).unwrap();
    stored.finish().unwrap()
}

fn part() -> &'static [u8] {
    static PART: OnceLock<Vec<u8>> = OnceLock::new();
    PART.get_or_init(|| stored(6))
}

fn large() -> World {
    let hour_ago = SystemTime::now() - Duration::from_secs(3_600);
    let bucket = crate::support::bucket();
    world().bucket(bucket.put(format!("{FOLDER}daily-00001.csv.gz"), Object::new(part()).modified(hour_ago)))
}

/// Returns the result of the same three parts, read from memory in order.
fn expected() -> &'static (usize, Totals) {
    static EXPECTED: OnceLock<(usize, Totals)> = OnceLock::new();
    EXPECTED.get_or_init(|| {
        let home = tempfile::tempdir().unwrap();
        let cloud = Cloud::start(large()).unwrap();
        let manifest = block_on(connector(&cloud).spool(MONTH, home.path())).unwrap();
        let spooled = std::fs::read(manifest.with_file_name("daily-00001.csv.gz")).unwrap();
        assert!(spooled == part(), "pieces are put together in order");
        drain(Reader::builder().read(manifest).unwrap()).unwrap()
    })
}

#[test]
fn what_goes_wrong_in_any_piece_is_got_over() {
    let size = part().len() as u64;
    assert!(size > 6 * MIB && size < 7 * MIB, "{size}");
    #[rustfmt::skip]
    let cases = [
        //  name                           fault                                                            requests for the part
        ("nothing",                        None,                                                                 4),
        ("first piece cut",                Some(Fault::cut(MIB)),                                                5),
        ("second piece cut",               Some(Fault::cut(MIB).nth(2)),                                         5),
        ("last piece cut",                 Some(Fault::cut(5).nth(4)),                                           5),
        ("three in a row cut",             Some(Fault::cut(MIB).nth(2).times(3)),                                7),
        ("third piece stalled",            Some(Fault::hang(MIB).nth(3)),                                        5),
        ("second asked to slow down",      Some(Fault::slow_down().nth(2).times(2)),                             6),
        ("session over at the third",      Some(Fault::expired().nth(3)),                                        5),
        ("a byte of the third flipped",    Some(Fault::flip(5 * MIB)),                                           8),
    ];
    for (name, fault, requests) in cases {
        let cloud = Cloud::start(large()).unwrap();
        if let Some(fault) = fault {
            cloud.fault(fault.on("GetObject").key(FIRST));
        }
        // One large batch: no rows are returned before the flipped byte is detected.
        let options = Reader::builder().batch_rows(100_000);
        let (rows, totals) = block_on(connector(&cloud).read(MONTH, options)).and_then(drain).unwrap();
        assert_eq!(rows, expected().0, "{name}");
        same(&totals, &expected().1);
        let key =
            |request: &outlay_cloud::Request| request.key.as_deref().is_some_and(|key| key.ends_with("00001.csv.gz"));
        assert_eq!(cloud.requests().iter().filter(|request| key(request)).count(), requests, "{name}");
    }
}

#[test]
fn reads_with_faults_at_random_give_the_same() {
    let (mut read_again, mut disturbed) = (0, 0);
    for seed in 0..20 {
        let cloud = Cloud::start(large()).unwrap();
        cloud.chaos(Chaos { seed, rate: 200 });
        let connector = connector(&cloud);
        let options = Reader::builder().threads([1, 2, 4][seed as usize % 3]);
        let (rows, totals) = loop {
            match block_on(connector.read(MONTH, options.clone())).and_then(drain) {
                // Rows with a flipped byte were returned before the checksum was checked: it is an error, and the read is repeated.
                Err(Error::SourceChanged { .. }) if read_again < 20 => read_again += 1,
                read => break read.unwrap_or_else(|error| panic!("seed {seed}: {error}")),
            }
        };
        assert_eq!(rows, expected().0, "seed {seed}");
        same(&totals, &expected().1);
        disturbed += cloud.requests().iter().filter(|request| !request.faults.is_empty()).count();
    }
    assert!(disturbed > 20, "{disturbed} requests were disturbed");
}

/// A delivery that overwrites the previous one, between two ranges of an object.
#[test]
fn an_object_that_is_replaced_between_two_ranges_is_never_mixed() {
    // Four pieces are requested at once. When the sixth is requested, the first has been read.
    let part = stored(12);
    let start = |changes: bool| {
        let cloud = Cloud::start(flat_world()).unwrap();
        let two_hours_ago = SystemTime::now() - Duration::from_secs(2 * 3_600);
        cloud.put(BUCKET, &format!("{FLAT}flat-00001.csv.gz"), Object::new(part.clone()).modified(two_hours_ago));
        if changes {
            let sixth = |fault: Fault| fault.on("GetObject").key(FIRST).nth(6);
            cloud.fault(sixth(Fault::replace([part.as_slice(), &[0]].concat())));
            let manifest = flat_manifest("a-second-one", 3);
            cloud.fault(sixth(Fault::put(BUCKET, format!("{FLAT}flat-Manifest.json"), manifest)));
        }
        cloud
    };
    let flat = |cloud: &Cloud| builder(cloud).report_name("flat").build().unwrap();
    let (expected_rows, expected) =
        block_on(flat(&start(false)).read(MONTH, Reader::builder())).and_then(drain).unwrap();
    // No rows were returned: the read is restarted.
    let cloud = start(true);
    let options = Reader::builder().batch_rows(100_000);
    let (rows, totals) = block_on(flat(&cloud).read(MONTH, options)).and_then(drain).unwrap();
    assert_eq!(rows, expected_rows);
    same(&totals, &expected);
    assert!(totals.parts().iter().all(|part| part.delivery.as_deref() == Some("a-second-one")), "{:?}", totals.parts());
    // Rows were returned: the read ends.
    let cloud = start(true);
    let mut reader = block_on(flat(&cloud).read(MONTH, Reader::builder().batch_rows(100).threads(1))).unwrap();
    let mut handed_out = 0;
    let error = loop {
        match reader.next().expect("a later piece is of another object") {
            Ok(batch) => handed_out += batch.num_rows(),
            Err(error) => break error,
        }
    };
    assert!(handed_out > 0 && handed_out < rows);
    assert_eq!((error.code(), error.is_retryable()), ("OUTLAY_SOURCE_CHANGED", true), "{error}");
    // A file can be restarted after any number of rows.
    let cloud = start(true);
    let home = tempfile::tempdir().unwrap();
    let mut reader = block_on(flat(&cloud).read(MONTH, Reader::builder().batch_rows(100))).unwrap();
    reader.save(home.path().join("month.parquet")).unwrap();
    same(&reader.totals(), &expected);
}

#[test]
fn spool_starts_over_three_times() {
    let flat = |cloud: &Cloud| builder(cloud).report_name("flat").build().unwrap();
    let changes = |times: u32| {
        let cloud = Cloud::start(flat_world()).unwrap();
        for number in 1..=times {
            let manifest = flat_manifest(&format!("delivery-{number}"), 3);
            let put = Fault::put(BUCKET, format!("{FLAT}flat-Manifest.json"), manifest);
            cloud.fault(put.on("GetObject").key("*-00003.csv.gz").nth(number));
        }
        cloud
    };
    let home = tempfile::tempdir().unwrap();
    let cloud = changes(3);
    let manifest = block_on(flat(&cloud).spool(MONTH, home.path())).unwrap();
    assert!(std::fs::read_to_string(&manifest).unwrap().contains("delivery-3"));
    let home = tempfile::tempdir().unwrap();
    let error = block_on(flat(&changes(4)).spool(MONTH, home.path())).unwrap_err();
    assert_eq!(error.code(), "OUTLAY_SOURCE_CHANGED", "{error}");
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "nothing is left");
}

/// In a replicated bucket, the objects of a delivery arrive one by one, in any order.
#[test]
fn a_replica_that_is_behind_is_not_read() {
    let ago = |minutes: u64| SystemTime::now() - Duration::from_secs(minutes * 60);
    let copy = |minutes: [u64; 3]| {
        let mut bucket = Bucket::new(BUCKET).owner(PAYER);
        for ((number, part), minutes) in (1..).zip(parts()).zip(minutes) {
            bucket = bucket.put(format!("{FLAT}flat-0000{number}.csv.gz"), Object::new(part).modified(ago(minutes)));
        }
        let manifest = flat_manifest("a-first-one", 3).replace("\"example-billing\"", "\"another-billing\"");
        bucket = bucket.put(format!("{FLAT}flat-Manifest.json"), Object::new(manifest).modified(ago(120)));
        Cloud::start(flat_world().bucket(bucket)).unwrap()
    };
    #[rustfmt::skip]
    let cases = [
        ("all older",            [130, 130, 130], Some(None)),
        ("one has just come",    [5,   130, 130], None),
        ("all have just come",   [5,   5,   5],   None),
        ("one came behind it",   [100, 130, 130], Some(Some("some parts"))),
        ("all came behind it",   [100, 100, 100], Some(Some("all parts"))),
        ("one is of the next",   [60,  130, 130], None),
        ("all are of the next",  [60,  60,  60],  None),
    ];
    for (name, minutes, wanted) in cases {
        let cloud = copy(minutes);
        match (read(&builder(&cloud).report_name("flat").build().unwrap()), wanted) {
            (Ok((_, totals)), Some(warning)) => {
                let warnings = totals.warnings();
                let copied = warnings.iter().find(|warning| warning.code == "copied");
                assert_eq!(copied.is_some(), warning.is_some(), "{name}: {warnings:?}");
                if let (Some(copied), Some(text)) = (copied, warning) {
                    assert!(copied.message.starts_with(text), "{name}: {}", copied.message);
                }
            }
            (answer, None) => assert_eq!(answer.unwrap_err().code(), "OUTLAY_SOURCE_CHANGED", "{name}"),
            (Err(error), _) => panic!("{name}: {error}"),
        }
    }
}
