//! Faults during a read: the result is the month, or an error with a remedy.

use std::io::{Read, Write};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use outlay::{Error, Reader, RetryPolicy, block_on};
use outlay_cloud::{Chaos, Cloud, Fault, Object};

use crate::support::{
    BUCKET, FLAT, MONTH, ROLE, builder, connector, drain, expected, flat_manifest, flat_world, parts, read, same, world,
};

const SECOND: &str = "*-00002.csv.gz";
/// The end of a page of a listing.
const LAST: &str = "</ListBucketResult>";

#[test]
fn what_passes_is_got_over() {
    let size = parts()[1].len() as u64;
    #[rustfmt::skip]
    let cases = [
        //  name                       fault                                                   requests for the part
        ("nothing",                    None,                                                        1),
        ("asked to slow down 3 times", Some(Fault::slow_down().key(SECOND).times(3)),               4),
        ("failed twice",               Some(Fault::internal().key(SECOND).times(2)),                3),
        ("connection closed",          Some(Fault::close().key(SECOND)),                            2),
        ("connection reset",           Some(Fault::reset().key(SECOND)),                            2),
        ("body cut",                   Some(Fault::cut(size / 2).key(SECOND)),                      2),
        ("body cut at once",           Some(Fault::cut(0).key(SECOND)),                             2),
        ("body cut 4 times",           Some(Fault::cut(size / 8).key(SECOND).times(4)),             5),
        ("body stalled",               Some(Fault::hang(size / 2).key(SECOND)),                     2),
        ("a byte flipped",             Some(Fault::flip(size / 2).key(SECOND)),                     2),
        ("slow link",                  Some(Fault::slow(100_000).key(SECOND)),                      1),
    ];
    for (name, fault, requests) in cases {
        let cloud = Cloud::start(world()).unwrap();
        if let Some(fault) = fault {
            cloud.fault(fault.on("GetObject"));
        }
        let (rows, totals) = read(&connector(&cloud)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(rows, expected().0, "{name}");
        same(&totals, &expected().1);
        let key =
            |request: &outlay_cloud::Request| request.key.as_deref().is_some_and(|key| key.ends_with("-00002.csv.gz"));
        let asked = cloud.requests().iter().filter(|request| key(request)).count();
        assert_eq!(asked, requests, "{name}: {:?}", cloud.requests());
    }
}

/// Failed requests are retried as often as the retry settings allow.
#[test]
fn attempts_are_limited() {
    #[rustfmt::skip]
    let cases = [
        //  name                      fault                               with             attempts  result              requests
        ("one attempt, listing",      Fault::slow_down(),                 "ListObjectsV2",  1,       "OUTLAY_THROTTLED", 1),
        ("three attempts, listing",   Fault::slow_down(),                 "ListObjectsV2",  3,       "OUTLAY_THROTTLED", 3),
        ("one attempt, half a page",  Fault::edit(LAST, ""),          "ListObjectsV2",  1,       "OUTLAY_NETWORK",   1),
        ("two attempts, half a page", Fault::edit(LAST, ""),          "ListObjectsV2",  2,       "OUTLAY_NETWORK",   2),
        ("one attempt, part",         Fault::internal().key(SECOND),      "GetObject",      1,       "OUTLAY_NETWORK",   1),
        ("one attempt, body",         Fault::cut(0).key(SECOND),          "GetObject",      1,       "OUTLAY_NETWORK",   1),
        ("two attempts, body",        Fault::cut(0).key(SECOND),          "GetObject",      2,       "OUTLAY_NETWORK",   2),
        ("one attempt, manifest",     Fault::cut(0).key("*Manifest.json"), "GetObject",     1,       "OUTLAY_NETWORK",   1),
    ];
    for (name, fault, operation, attempts, code, requests) in cases {
        let cloud = Cloud::start(world()).unwrap();
        cloud.fault(fault.on(operation).always());
        let mut retry = RetryPolicy::default();
        (retry.max_attempts, retry.initial_backoff) = (attempts, Duration::ZERO);
        let connector = builder(&cloud).report_name("daily").location(BUCKET, "reports").retry(retry).build().unwrap();
        let error = read(&connector).unwrap_err();
        assert_eq!(error.code(), code, "{name}: {error}");
        let failed = cloud.requests().iter().filter(|request| !request.faults.is_empty()).count();
        assert_eq!(failed, requests, "{name}: {:?}", cloud.requests());
    }
}

#[test]
fn an_answer_that_does_not_come_in_time_is_given_up() {
    #[rustfmt::skip]
    let cases = [
        ("the answer", Fault::wait(Duration::from_secs(30)).on("ListObjectsV2")),
        ("its body",   Fault::hang(0).on("GetObject").key(SECOND)),
    ];
    for (name, fault) in cases {
        let cloud = Cloud::start(world()).unwrap();
        cloud.fault(fault.always());
        let mut retry = RetryPolicy::default();
        retry.max_attempts = 1;
        (retry.read_timeout, retry.stall_timeout) = (Duration::from_millis(300), Duration::from_millis(300));
        let connector = builder(&cloud).report_name("daily").retry(retry).build().unwrap();
        let begun = std::time::Instant::now();
        let error = read(&connector).unwrap_err();
        assert_eq!(error.code(), "OUTLAY_NETWORK", "{name}: {error}");
        assert!(begun.elapsed() < Duration::from_secs(15), "{name}: {:?}", begun.elapsed());
    }
}

#[test]
fn a_body_that_broke_off_is_taken_up_where_it_did() {
    let size = parts()[1].len() as u64;
    let cloud = Cloud::start(world()).unwrap();
    cloud.fault(Fault::cut(size / 2).on("GetObject").key(SECOND));
    read(&connector(&cloud)).unwrap();
    let ranges: Vec<_> = cloud
        .requests()
        .into_iter()
        .filter(|request| request.key.as_deref().is_some_and(|key| key.ends_with("-00002.csv.gz")))
        .map(|request| (request.range.unwrap(), request.if_match.is_some()))
        .collect();
    let (first, second) = (format!("bytes=0-{}", size - 1), format!("bytes={}-{}", size / 2, size - 1));
    assert_eq!(ranges, [(first, true), (second, true)]);
}

#[test]
fn what_stays_is_an_error_of_its_own() {
    #[rustfmt::skip]
    let cases = [
        //  name                    fault              with                         result                says             requests
        ("throttled without end",   Fault::slow_down(),"ListObjectsV2",             "OUTLAY_THROTTLED",   "s3:ListBucket",               6),
        ("definitions denied",      Fault::denied(),   "DescribeReportDefinitions", "OUTLAY_DENIED",      "cur:DescribeReportDefinitions", 1),
        ("exports denied",          Fault::denied(),   "ListExports",               "",                   "",                            1),
        ("list denied",             Fault::denied(),   "ListObjectsV2",             "OUTLAY_DENIED",      "s3:ListBucket",               1),
        ("get denied",              Fault::denied(),   "GetObject",                 "OUTLAY_DENIED",      "s3:GetObject",                1),
        ("key denied",              Fault::kms_denied(),"GetObject",                "OUTLAY_DENIED",      "kms:Decrypt",                 1),
        ("look at the end denied",  Fault::denied(),   "HeadObject",                "OUTLAY_DENIED",      "s3:GetObject",                1),
        ("role denied",             Fault::denied(),   "AssumeRole",                "OUTLAY_CREDENTIALS", "sts:AssumeRole",              1),
        ("answers that break off",  Fault::cut(20),    "ListObjectsV2",             "OUTLAY_NETWORK",     "s3:ListBucket",               6),
        ("session over for good",   Fault::expired(),  "GetObject",                 "OUTLAY_CREDENTIALS", "expired",                     2),
    ];
    for (name, fault, operation, code, says, requests) in cases {
        let cloud = Cloud::start(world()).unwrap();
        cloud.fault(fault.on(operation).always());
        match read(&connector(&cloud)) {
            Ok((rows, _)) => assert_eq!((rows, code), (expected().0, ""), "{name}"),
            Err(error) => {
                assert_eq!(error.code(), code, "{name}: {error}");
                assert!(error.to_string().contains(says), "{name}: {error}");
            }
        }
        assert_eq!(cloud.count(operation), requests, "{name}: {:?}", cloud.requests());
    }
    let cloud = Cloud::start(world()).unwrap();
    let wrong = builder(&cloud).external_id(outlay::ExternalId::new("wrong-one").unwrap()).report_name("daily");
    let error = read(&wrong.build().unwrap()).unwrap_err();
    assert_eq!(error.code(), "OUTLAY_CREDENTIALS");
    assert!(error.to_string().contains("external ID") && !error.to_string().contains("wrong-one"), "{error}");
    let nowhere = outlay::Connector::builder().endpoint("http://127.0.0.1:9").access_key("AKIA", "secret", None);
    // An unreachable STS is not an error of the role.
    for builder in [nowhere.clone(), nowhere.role_arn(ROLE)] {
        let error = block_on(builder.location(BUCKET, "reports").build().unwrap().periods()).unwrap_err();
        assert_eq!((error.code(), error.is_retryable()), ("OUTLAY_NETWORK", true), "{error}");
    }
}

/// Keys missing from an incomplete page are not treated as missing from the bucket.
#[test]
fn a_page_that_is_not_complete_is_asked_for_again() {
    #[rustfmt::skip]
    let cases = [
        //  name                      fault                                                     says
        ("the last tag is missing",   Fault::edit(LAST, ""),                                    "its end is missing"),
        ("half of it is missing",     Fault::edit(LAST, "</ListBuck"),                          ""),
        ("another tag is the last",   Fault::edit(LAST, "<Contents>"),                          ""),
        ("more keys are announced",   Fault::edit("<KeyCount>2<", "<KeyCount>4<"),              "not as many keys"),
        ("fewer keys are announced",  Fault::edit("<KeyCount>2<", "<KeyCount>0<"),              "not as many keys"),
        ("a count below nothing",     Fault::edit("<KeyCount>2<", "<KeyCount>-2<"),             "not as many keys"),
        ("it is not said to go on",   Fault::edit("<IsTruncated>true</IsTruncated>", ""),       "whether it is the last"),
        ("nothing but its head",      Fault::shorten(38),                                       ""),
        ("nothing at all",            Fault::shorten(0),                                        ""),
    ];
    let wanted = expected();
    for (name, fault, says) in cases {
        let cloud = Cloud::start(world()).unwrap();
        cloud.fault(fault.clone().on("ListObjectsV2"));
        let (rows, totals) = read(&connector(&cloud)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(rows, wanted.0, "{name}");
        same(&totals, &wanted.1);
        cloud.fault(fault.on("ListObjectsV2").always());
        let error = block_on(connector(&cloud).periods()).err().unwrap_or_else(|| panic!("{name}: it was believed"));
        assert_eq!((error.code(), error.is_retryable()), ("OUTLAY_NETWORK", true), "{name}: {error}");
        assert!(error.to_string().contains(says), "{name}: {error}");
    }
    // Some stores omit `KeyCount`, and some write a line feed after the last tag.
    for fault in [Fault::edit("<KeyCount>2</KeyCount>", ""), Fault::edit(LAST, "</ListBucketResult>\n")] {
        let cloud = Cloud::start(world()).unwrap();
        cloud.fault(fault.on("ListObjectsV2").always());
        assert_eq!(read(&connector(&cloud)).unwrap().0, wanted.0);
    }
}

/// A listing that is truncated at any byte, in a complete response, has all months or fails.
#[test]
fn a_listing_that_is_cut_anywhere_is_never_the_whole() {
    let cloud = Cloud::start(world()).unwrap();
    let later = "reports/daily/20240101-20240201/daily-Manifest.json";
    let text = std::fs::read_to_string(crate::support::folder().join("20231101-20231201/daily-Manifest.json")).unwrap();
    let text = text.replace("20231101", "20240101").replace("20231201", "20240201");
    cloud.put(BUCKET, later, Object::new(text.into_bytes()));
    let placed = builder(&cloud).location(BUCKET, "reports").build().unwrap();
    let months =
        || block_on(placed.periods()).map(|months| months.iter().map(|month| month.period.to_string()).collect());
    let wanted: Vec<String> = months().unwrap();
    assert_eq!(wanted, ["2023-11", "2024-01"]);
    let sent = |request: &outlay_cloud::Request| (request.operation == "ListObjectsV2").then_some(request.sent);
    let length = cloud.requests().iter().filter_map(sent).max().unwrap();
    let last = "</ListBucketResult>".len() as u64;
    let ends = (length - 2 * last..length).step_by(3).chain((0..length).step_by(29));
    for after in ends.chain([length - last]) {
        cloud.fault(Fault::shorten(after).on("ListObjectsV2").nth(2));
        assert_eq!(months().unwrap(), wanted, "cut after {after} of {length}");
    }
}

/// A response with another part of the object is refused, also if the object is fetched in one piece.
#[test]
fn other_bytes_than_were_asked_for_are_refused() {
    let size = parts()[1].len() as u64;
    let (last, manifest) = (size - 1, "*daily-Manifest.json");
    #[rustfmt::skip]
    let cases = [
        //  name                     fault                                                                  code
        ("bytes further on",         Fault::content_range(format!("bytes 777-{last}/{size}")).key(SECOND),  "OUTLAY_AWS"),
        ("one byte further on",      Fault::content_range(format!("bytes 1-{last}/{size}")).key(SECOND),    "OUTLAY_AWS"),
        ("one byte fewer",           Fault::content_range(format!("bytes 0-{}/{size}", last - 1)).key(SECOND), "OUTLAY_AWS"),
        ("beyond the end",           Fault::content_range(format!("bytes 0-{size}/{size}")).key(SECOND),    "OUTLAY_AWS"),
        ("a part, not said which",   Fault::no_content_range().key(SECOND),                                 "OUTLAY_AWS"),
        ("no range",                 Fault::content_range("nothing").key(SECOND),                           "OUTLAY_AWS"),
        ("of an object of another size", Fault::content_range("bytes 0-9/10").key(SECOND),                  "OUTLAY_SOURCE_CHANGED"),
        ("a part of the manifest",   Fault::content_range("bytes 0-9/10").key(manifest),                    "OUTLAY_AWS"),
        ("a part of the manifest, not said which", Fault::no_content_range().key(manifest),                 "OUTLAY_AWS"),
        // The response with the requested bytes.
        ("the range",                Fault::content_range(format!("bytes 0-{last}/{size}")).key(SECOND),    ""),
        ("the range, of any size",   Fault::content_range(format!("bytes 0-{last}/*")).key(SECOND),         ""),
    ];
    for (name, fault, code) in cases {
        let cloud = Cloud::start(world()).unwrap();
        cloud.fault(fault.on("GetObject").always());
        match read(&connector(&cloud)) {
            Ok((rows, totals)) => {
                assert_eq!((rows, code), (expected().0, ""), "{name}");
                same(&totals, &expected().1);
            }
            Err(error) => {
                assert_eq!(error.code(), code, "{name}: {error}");
                let says = if code == "OUTLAY_AWS" { "other bytes than were asked for" } else { "another size" };
                assert!(error.to_string().contains(says), "{name}: {error}");
            }
        }
    }
    let cloud = Cloud::start(world()).unwrap();
    cloud.fault(Fault::content_range("bytes 5-5/9").on("GetObject").key("*.csv.gz").always());
    let diagnosis = block_on(connector(&cloud).verify());
    assert!(!diagnosis.is_ready() && diagnosis.finding("get").unwrap().seen.contains("other bytes"), "{diagnosis}");
}

/// Keys that some programs would resolve to another path are refused in listings.
#[test]
fn odd_keys_are_refused_where_they_are_listed() {
    let manifest = || std::fs::read(crate::support::folder().join("20231101-20231201/daily-Manifest.json")).unwrap();
    #[rustfmt::skip]
    let cases = [
        //  key                                                              outcome
        ("20231101-20231201/../../../q/daily-Manifest.json",                 "OUTLAY_OUTSIDE"),
        ("20231101-20231201/./daily-Manifest.json",                          "OUTLAY_OUTSIDE"),
        ("20231101-20231201//daily-Manifest.json",                           "OUTLAY_OUTSIDE"),
        ("/20231101-20231201/daily-Manifest.json",                           "OUTLAY_OUTSIDE"),
        ("20231101-20231201/x\\daily-Manifest.json",                         "OUTLAY_OUTSIDE"),
        ("20231101-20231201/x\ty-Manifest.json",                             "OUTLAY_OUTSIDE"),
        ("20231201-20240101/../20231101-20231201/daily-Manifest.json",       "OUTLAY_OUTSIDE"),
        // Other keys than those of manifests are skipped with a warning.
        ("20231101-20231201/../daily-00009.csv.gz",                          "odd_key"),
        ("20231101-20231201//daily-00009.csv.gz",                            "odd_key"),
        ("20231101-20231201/a\\..\\daily-00009.csv.gz",                      "odd_key"),
        // Folder markers and dots within a name are valid.
        ("20231101-20231201/",                                               ""),
        ("20231101-20231201/..daily..00009.csv.gz",                          ""),
    ];
    for (key, outcome) in cases {
        let cloud = Cloud::start(world()).unwrap();
        let key = format!("reports/daily/{key}");
        cloud.put(BUCKET, &key, Object::new(manifest()));
        match read(&connector(&cloud)) {
            Ok((rows, totals)) => {
                assert_eq!(rows, expected().0, "{key}");
                same(&totals, &expected().1);
                let odd = totals.warnings().into_iter().find(|warning| warning.code == "odd_key");
                assert_eq!(odd.is_some(), outcome == "odd_key", "{key}: {odd:?}");
                assert!(odd.is_none_or(|odd| odd.message.contains(&key)), "{key}");
            }
            Err(error) => {
                assert_eq!(error.code(), outcome, "{key}: {error}");
                let shown = outlay::printable(&key).to_string();
                assert!(error.to_string().contains(&shown), "{error}");
            }
        }
        let is_asked = |request: &outlay_cloud::Request| {
            request.operation == "GetObject" && request.key.as_deref().is_some_and(|asked| asked == key)
        };
        assert!(!cloud.requests().iter().any(is_asked), "{key} was fetched");
    }
    // A manifest with such a part.
    for part in
        ["../../q/daily-00001.csv.gz", "/daily-00001.csv.gz", "x//daily-00001.csv.gz", "x\\\\daily-00001.csv.gz"]
    {
        let cloud = Cloud::start(world()).unwrap();
        let text = String::from_utf8(manifest()).unwrap();
        let text = text.replace("20231203T053621Z/daily-00001.csv.gz", part);
        cloud.put(BUCKET, crate::support::MANIFEST, Object::new(text.into_bytes()));
        let error = read(&connector(&cloud)).unwrap_err();
        assert_eq!(error.code(), "OUTLAY_OUTSIDE", "{part}: {error}");
        assert!(error.to_string().contains("not a plain path"), "{part}: {error}");
    }
}

#[test]
fn bytes_that_were_hurt_on_their_way_are_fetched_once_more() {
    // In the checksum at the end: detected after most rows were returned. They are not returned again.
    let size = parts()[0].len() as u64;
    let cloud = Cloud::start(world()).unwrap();
    cloud.fault(Fault::flip(size - 8).on("GetObject").key("*-00001.csv.gz"));
    let small = || Reader::builder().batch_rows(10).block_bytes(1 << 10).threads(1);
    let (rows, totals) = drain(block_on(connector(&cloud).read(MONTH, small())).unwrap()).unwrap();
    assert_eq!(rows, expected().0);
    same(&totals, &expected().1);
    // Damaged in the store, not in transit.
    let mut bytes = parts()[0].clone();
    let last = bytes.len() - 8;
    bytes[last] ^= 1;
    cloud.put(BUCKET, &format!("{}daily-00001.csv.gz", crate::support::FOLDER), Object::new(bytes));
    let error = read(&connector(&cloud)).unwrap_err();
    assert_eq!(error.code(), "OUTLAY_CHECKSUM", "{error}");
}

#[test]
fn rows_that_were_made_of_hurt_bytes_end_the_read() {
    // Stored without compression, so that a changed digit is detected only by the checksum.
    let mut csv = Vec::new();
    GzDecoder::new(parts()[0].as_slice()).read_to_end(&mut csv).unwrap();
    let mut stored = GzEncoder::new(Vec::new(), Compression::none());
    stored.write_all(&csv).unwrap();
    let stored = stored.finish().unwrap();
    let usage = stored.windows(7).position(|bytes| bytes == b",Usage,").unwrap() as u64;
    let cloud = Cloud::start(world()).unwrap();
    cloud.put(BUCKET, &format!("{}daily-00001.csv.gz", crate::support::FOLDER), Object::new(stored));
    cloud.fault(Fault::flip(usage + 2).on("GetObject").key("*-00001.csv.gz"));
    let options = Reader::builder().batch_rows(1).block_bytes(1 << 10).threads(1);
    let mut reader = block_on(connector(&cloud).read(MONTH, options)).unwrap();
    let (mut rows, mut last) = (0, None);
    for batch in &mut reader {
        match batch {
            Ok(batch) => rows += batch.num_rows(),
            Err(error) => last = Some(error),
        }
    }
    let error = last.expect("a row is another one");
    assert!(rows > 0);
    assert_eq!((error.code(), error.is_retryable()), ("OUTLAY_SOURCE_CHANGED", true), "{error}");
    assert!(error.to_string().contains("corrupted in transit"), "{error}");
}

fn flat(cloud: &Cloud) -> outlay::Connector {
    builder(cloud).report_name("flat").build().unwrap()
}

/// A delivery that overwrites the previous one, before any rows were returned.
#[test]
fn a_delivery_that_changes_is_begun_anew() {
    let cloud = Cloud::start(flat_world()).unwrap();
    // Between the listing and the first part, the delivery is replaced by the same rows with the parts in another order.
    let [first, second, third] = parts().try_into().unwrap();
    let put = |number: u32, bytes: &[u8]| {
        Fault::put(BUCKET, format!("{FLAT}flat-0000{number}.csv.gz"), bytes.to_vec())
            .on("GetObject")
            .key("*-00001.csv.gz")
    };
    cloud.fault(put(1, &second));
    cloud.fault(put(2, &first));
    cloud.fault(put(3, &third));
    cloud.fault(
        Fault::put(BUCKET, format!("{FLAT}flat-Manifest.json"), flat_manifest("a-second-one", 3))
            .on("GetObject")
            .key("*-00001.csv.gz"),
    );
    let (rows, totals) = read(&flat(&cloud)).unwrap();
    assert_eq!(rows, expected().0);
    same(&totals, &expected().1);
    assert!(totals.parts().iter().all(|part| part.delivery.as_deref() == Some("a-second-one")), "{:?}", totals.parts());
}

/// The next delivery arrives between the listing and the manifest, so that the manifest names parts that were not listed.
#[test]
fn a_delivery_that_comes_after_the_listing_is_read() {
    let cloud = Cloud::start(world()).unwrap();
    let text = std::fs::read_to_string(crate::support::folder().join("20231101-20231201/daily-Manifest.json")).unwrap();
    let newer = text.replace("20231203T053621Z", "20231203T113621Z");
    let put = |key: String, bytes: Vec<u8>| {
        Fault::put(BUCKET, key, bytes).on("GetObject").key("*20231201/daily-Manifest.json")
    };
    for (number, part) in (1..).zip(parts()) {
        let key = format!("reports/daily/20231101-20231201/20231203T113621Z/daily-0000{number}.csv.gz");
        cloud.fault(put(key, part));
    }
    cloud.fault(put(crate::support::MANIFEST.to_owned(), newer.into_bytes()));
    let (rows, totals) = read(&connector(&cloud)).unwrap();
    assert_eq!(rows, expected().0);
    assert!(totals.parts().iter().all(|part| part.delivery.as_deref() == Some("20231203T113621Z")), "{totals:?}");
}

/// The table of the report requires the headers of all parts before the first row.
#[test]
fn headers_that_change_or_are_hurt_are_read_again() {
    let options = || Reader::builder().schema(outlay::TableSchema::Cur);
    let from_disk = drain(options().read(crate::support::folder()).unwrap()).unwrap();
    let cloud = Cloud::start(world()).unwrap();
    cloud.fault(Fault::flip(20).on("GetObject").key("*-00001.csv.gz"));
    let (rows, _) = block_on(connector(&cloud).read(MONTH, options())).and_then(drain).unwrap();
    assert_eq!(rows, from_disk.0);
    let cloud = Cloud::start(flat_world()).unwrap();
    let manifest = flat_manifest("a-second-one", 3);
    cloud.fault(Fault::put(BUCKET, format!("{FLAT}flat-Manifest.json"), manifest).on("GetObject").key(SECOND));
    // The rows of the first part and a blank line, because the same text in two parts would be refused.
    let blank_line = [31, 139, 8, 0, 0, 0, 0, 0, 2, 255, 227, 2, 0, 147, 6, 215, 50, 1, 0, 0, 0];
    let other = [parts()[0].as_slice(), &blank_line].concat();
    cloud.fault(Fault::replace(other).on("GetObject").key(SECOND));
    let (rows, totals) = block_on(flat(&cloud).read(MONTH, options())).and_then(drain).unwrap();
    assert!(rows > 0);
    assert!(totals.parts().iter().all(|part| part.delivery.as_deref() == Some("a-second-one")), "{totals:?}");
}

#[test]
fn a_delivery_that_never_rests_is_given_up_after_three_times() {
    for (changes, is_read) in [(3, true), (4, false)] {
        let cloud = Cloud::start(flat_world()).unwrap();
        for number in 1..=changes {
            let manifest = flat_manifest(&format!("delivery-{number}"), 3);
            let put = Fault::put(BUCKET, format!("{FLAT}flat-Manifest.json"), manifest);
            cloud.fault(put.on("GetObject").key("*-00003.csv.gz").nth(number));
        }
        // No rows are returned before the end of a part is read, and a file may be restarted.
        let home = tempfile::tempdir().unwrap();
        let mut reader = block_on(flat(&cloud).read(MONTH, Reader::builder().batch_rows(10))).unwrap();
        match reader.save(home.path().join("month.csv")) {
            Ok(()) => {
                let last = format!("delivery-{changes}");
                assert!(is_read && reader.totals().parts().iter().all(|part| part.delivery.as_ref() == Some(&last)));
            }
            Err(error) => {
                assert!(!is_read, "{changes}: {error}");
                assert_eq!((error.code(), error.is_retryable()), ("OUTLAY_SOURCE_CHANGED", true), "{error}");
            }
        }
    }
}

#[test]
fn a_delivery_that_changes_after_rows_went_out_ends_the_read() {
    let cloud = Cloud::start(flat_world()).unwrap();
    cloud.fault(Fault::replace(parts()[0].clone()).on("GetObject").key("*-00003.csv.gz"));
    let mut reader = block_on(flat(&cloud).read(MONTH, Reader::builder().threads(1).batch_rows(10))).unwrap();
    let mut rows = 0;
    let error = loop {
        match reader.next() {
            Some(Ok(batch)) => rows += batch.num_rows(),
            Some(Err(error)) => break error,
            None => panic!("the third part was another one"),
        }
    };
    assert!(rows > 0 && rows < expected().0);
    assert_eq!(error.code(), "OUTLAY_SOURCE_CHANGED", "{error}");
    assert!(reader.next().is_none());
    // A caller that can discard the returned rows restarts the read.
    cloud.put(
        BUCKET,
        &format!("{FLAT}flat-00003.csv.gz"),
        Object::new(parts()[2].clone()).modified(SystemTime::now() - Duration::from_secs(7 * 3_600)),
    );
    reader.restart(error).unwrap();
    let (rows, totals) = drain(reader).unwrap();
    assert_eq!(rows, expected().0);
    same(&totals, &expected().1);
}

#[test]
fn a_manifest_that_changes_under_way_is_seen_at_the_end() {
    let cloud = Cloud::start(flat_world()).unwrap();
    cloud.fault(
        Fault::put(BUCKET, format!("{FLAT}flat-Manifest.json"), flat_manifest("a-second-one", 2))
            .on("GetObject")
            .key("*-00003.csv.gz"),
    );
    assert_eq!(read(&flat(&cloud)).unwrap_err().code(), "OUTLAY_SOURCE_CHANGED");
    // With a folder for each delivery, the result is complete, although it is not the newest.
    let cloud = Cloud::start(world()).unwrap();
    let text = std::fs::read(crate::support::folder().join("20231101-20231201/daily-Manifest.json")).unwrap();
    let newer = [text.as_slice(), b"\n"].concat();
    cloud.fault(Fault::put(BUCKET, crate::support::MANIFEST, newer).on("GetObject").key("*-00003.csv.gz"));
    let (_, totals) = read(&connector(&cloud)).unwrap();
    same(&totals, &expected().1);
    assert!(totals.warnings().iter().any(|warning| warning.code == "newer_delivery"));
}

#[test]
fn parts_that_are_newer_than_their_manifest_are_not_read() {
    let ago = |hours: u64| SystemTime::now() - Duration::from_secs(hours * 3_600);
    let replaced = |cloud: &Cloud, numbers: &[usize], at: SystemTime| {
        for number in numbers {
            let part = Object::new(parts()[number - 1].clone()).modified(at);
            cloud.put(BUCKET, &format!("{FLAT}flat-0000{number}.csv.gz"), part);
        }
    };
    let manifest = || Object::new(flat_manifest("a-first-one", 3)).modified(ago(9));
    // One of three parts is newer: two deliveries would be mixed. All parts are recent: the manifest is not written yet.
    for (numbers, hours) in [([1].as_slice(), 0), (&[1], 8), (&[1, 2, 3], 0)] {
        let cloud = Cloud::start(flat_world()).unwrap();
        cloud.put(BUCKET, &format!("{FLAT}flat-Manifest.json"), manifest());
        replaced(&cloud, &[1, 2, 3], ago(10));
        replaced(&cloud, numbers, ago(hours));
        let error = read(&flat(&cloud)).unwrap_err();
        assert!(matches!(error, Error::SourceChanged { .. }), "{numbers:?}, {hours}: {error}");
        assert!(error.to_string().contains("being written"), "{error}");
        let periods = block_on(flat(&cloud).periods()).unwrap();
        assert_eq!(periods[0].state, outlay::PeriodState::Unreadable);
        assert!(periods[0].problem.as_deref().unwrap().contains("being written"));
    }
    // All parts are newer, but old: the month was copied.
    let cloud = Cloud::start(flat_world()).unwrap();
    cloud.put(BUCKET, &format!("{FLAT}flat-Manifest.json"), manifest());
    replaced(&cloud, &[1, 2, 3], ago(8));
    let (_, totals) = read(&flat(&cloud)).unwrap();
    same(&totals, &expected().1);
    assert!(totals.warnings().iter().any(|warning| warning.code == "copied"));
}

/// After a restart, the quarantine file has only the records of the second delivery.
#[test]
fn records_that_were_set_aside_are_forgotten_when_the_delivery_changes() {
    let bad = |number: usize| {
        let mut csv = Vec::new();
        GzDecoder::new(parts()[number].as_slice()).read_to_end(&mut csv).unwrap();
        let rows = if number == 0 { 40 } else { 1 };
        for row in 0..rows {
            csv.extend_from_slice(format!("too,few,{row}\n").as_bytes());
        }
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(&csv).unwrap();
        packed.finish().unwrap()
    };
    let hour_ago = SystemTime::now() - Duration::from_secs(3_600);
    let cloud = Cloud::start(flat_world()).unwrap();
    cloud.put(BUCKET, &format!("{FLAT}flat-00001.csv.gz"), Object::new(bad(0)).modified(hour_ago));
    // The first part is replaced while the third is fetched.
    let third = || "*-00003.csv.gz";
    cloud.fault(Fault::put(BUCKET, format!("{FLAT}flat-00001.csv.gz"), bad(1)).on("GetObject").key(third()));
    cloud
        .fault(Fault::put(BUCKET, format!("{FLAT}flat-00002.csv.gz"), parts()[0].clone()).on("GetObject").key(third()));
    cloud
        .fault(Fault::put(BUCKET, format!("{FLAT}flat-00003.csv.gz"), parts()[2].clone()).on("GetObject").key(third()));
    cloud.fault(
        Fault::put(BUCKET, format!("{FLAT}flat-Manifest.json"), flat_manifest("a-second-one", 3))
            .on("GetObject")
            .key(third()),
    );
    let home = tempfile::tempdir().unwrap();
    let aside = home.path().join("aside.csv");
    let options = Reader::builder().quarantine_file(&aside).batch_rows(10).threads(1);
    let mut reader = block_on(flat(&cloud).read(MONTH, options)).unwrap();
    reader.save(home.path().join("month.csv")).unwrap();
    drop(reader);
    let text = std::fs::read_to_string(&aside).unwrap();
    assert_eq!(text.lines().count(), 2, "{text}");
}

#[test]
fn two_hundred_reads_with_faults_at_random_give_the_same() {
    let (expected_rows, expected) = expected();
    let (read_again, disturbed) = (AtomicU32::new(0), AtomicU32::new(0));
    let read = &|seed: u64| {
        let cloud = Cloud::start(world()).unwrap();
        cloud.chaos(Chaos { seed, rate: 300 });
        let threads = [1, 2, 4][seed as usize % 3];
        let options =
            Reader::builder().threads(threads).batch_rows(10 + seed as usize).block_bytes(1 << (10 + seed % 8));
        let connector = connector(&cloud);
        let (rows, totals) = loop {
            match block_on(connector.read(MONTH, options.clone())).and_then(drain) {
                // Rows with a flipped byte were returned before the checksum was checked: it is an error, and the read is repeated.
                Err(Error::SourceChanged { .. }) if read_again.fetch_add(1, Ordering::Relaxed) < 40 => {}
                read => break read.unwrap_or_else(|error| panic!("seed {seed}: {error}")),
            }
        };
        assert_eq!(rows, expected_rows, "seed {seed}");
        same(&totals, &expected);
        let faults = cloud.requests().iter().filter(|request| !request.faults.is_empty()).count();
        disturbed.fetch_add(u32::try_from(faults).unwrap(), Ordering::Relaxed);
    };
    // The threads are waiting most of the time.
    std::thread::scope(|threads| {
        for first in 0..10 {
            threads.spawn(move || (first..200).step_by(10).for_each(read));
        }
    });
    let disturbed = disturbed.into_inner();
    assert!(disturbed > 200, "{disturbed} requests of 200 reads were disturbed");
}

/// With many months, the first denied request ends the operation. In a list, a bad month does not hide the others.
#[test]
fn many_months_are_asked_for_few_at_once() {
    let text = std::fs::read_to_string(crate::support::folder().join("20231101-20231201/daily-Manifest.json")).unwrap();
    let start = || {
        let cloud = Cloud::start(world()).unwrap();
        for year in 2000..2020 {
            let folder = format!("{year}0101-{year}0201");
            let manifest = text.replace("20231101-20231201", &folder);
            let manifest =
                manifest.replace("20231101T", &format!("{year}0101T")).replace("20231201T", &format!("{year}0201T"));
            for (number, part) in (1..).zip(parts()) {
                let key = format!("reports/daily/{folder}/20231203T053621Z/daily-0000{number}.csv.gz");
                cloud.put(BUCKET, &key, Object::new(part));
            }
            cloud.put(BUCKET, &format!("reports/daily/{folder}/daily-Manifest.json"), Object::new(manifest));
        }
        cloud
    };
    let cloud = start();
    let states = |cloud: &Cloud| block_on(connector(cloud).periods()).unwrap().into_iter().map(|month| month.state);
    assert_eq!(states(&cloud).filter(|state| *state == outlay::PeriodState::Restated).count(), 21);
    cloud
        .fault(Fault::error(403, "InvalidObjectState", "archived").on("GetObject").key("*20000101-20000201*").always());
    assert_eq!(states(&cloud).filter(|state| *state == outlay::PeriodState::Unreadable).count(), 1);
    let cloud = start();
    cloud.fault(Fault::denied().on("GetObject").always());
    assert_eq!(block_on(connector(&cloud).periods()).unwrap_err().code(), "OUTLAY_DENIED");
    assert!(cloud.count("GetObject") < 8, "{}", cloud.count("GetObject"));
}

/// A failed lookup is repeated later, but not with every call.
#[test]
fn an_unconfirmed_location_is_used_for_a_while() {
    let cloud = Cloud::start(world()).unwrap();
    cloud.fault(Fault::slow_down().on("DescribeReportDefinitions").always());
    let placed = builder(&cloud).report_name("daily").location(BUCKET, "reports").build().unwrap();
    block_on(placed.periods()).unwrap();
    let asked = cloud.count("DescribeReportDefinitions");
    assert_eq!(read(&placed).unwrap().0, expected().0);
    assert_eq!(cloud.count("DescribeReportDefinitions"), asked);
}

/// A thread that reads headers ends when the caller stops waiting for them.
#[test]
fn reading_of_headers_ends_when_the_caller_stops_waiting() {
    let cloud = Cloud::start(world()).unwrap();
    cloud.fault(Fault::hang(10).on("GetObject").key("*-00001.csv.gz").always());
    let connector = connector(&cloud);
    let options = Reader::builder().schema(outlay::TableSchema::Cur);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let soon = Duration::from_millis(300);
    runtime.block_on(async {
        assert!(tokio::time::timeout(soon, connector.plan(MONTH, &options)).await.is_err());
        assert!(tokio::time::timeout(soon, connector.read(MONTH, options.clone())).await.is_err());
    });
    let begun = std::time::Instant::now();
    while cloud.open() > 0 {
        assert!(begun.elapsed() < Duration::from_secs(2), "the headers are still waited for");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// An output file is complete or absent, so it can be restarted after any number of rows.
#[test]
fn a_file_is_written_anew_when_the_delivery_changes() {
    let cloud = Cloud::start(flat_world()).unwrap();
    cloud.fault(
        Fault::put(BUCKET, format!("{FLAT}flat-Manifest.json"), flat_manifest("a-second-one", 3))
            .on("GetObject")
            .key("*-00003.csv.gz"),
    );
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("month.csv");
    let mut reader = block_on(flat(&cloud).read(MONTH, Reader::builder().batch_rows(10))).unwrap();
    reader.save(&path).unwrap();
    same(&reader.totals(), &expected().1);
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), expected().0 + 1);
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1);
}
