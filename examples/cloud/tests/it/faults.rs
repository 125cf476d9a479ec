//! Faults, and random faults.

use std::time::{Duration, Instant};

use outlay_cloud::{Bucket, Chaos, Cloud, Fault, Object, Organization, Role};

use crate::client::{Client, ROLE, start, world};

fn billing() -> (Cloud, Client, Vec<u8>) {
    let bytes: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
    let bucket = Bucket::new("billing").put("a.gz", Object::new(bytes.clone())).put("b.gz", Object::new("b"));
    let cloud =
        start(world().bucket(bucket).role(Role::new(ROLE)).organization(Organization::new("o-1", "111122223333")));
    let client = Client::new(&cloud);
    (cloud, client, bytes)
}

#[test]
fn refusals() {
    let (cloud, client, bytes) = billing();
    for (fault, status, code, json_code) in [
        (Fault::slow_down(), 503, "SlowDown", "TooManyRequestsException"),
        (Fault::internal(), 500, "InternalError", "InternalFailure"),
        (Fault::expired(), 400, "ExpiredToken", "ExpiredTokenException"),
        (Fault::denied(), 403, "AccessDenied", "AccessDeniedException"),
        (Fault::error(418, "Teapot", "no"), 418, "Teapot", "Teapot"),
    ] {
        cloud.fault(fault.clone().on("GetObject"));
        let answer = client.get("/billing/a.gz", &[]);
        assert_eq!((answer.status, answer.code().as_str()), (status, code));
        cloud.fault(fault.on("ListAccounts"));
        let answer = client.json("AWSOrganizationsV20161128.ListAccounts", serde_json::json!({}));
        assert_eq!(answer.code(), json_code);
        // The fault occurs only once.
        assert_eq!(client.get("/billing/a.gz", &[]).body.len(), bytes.len(), "{code}");
    }
    cloud.fault(Fault::kms_denied());
    assert!(
        client.get("/billing/a.gz", &[]).elements("Message")[0].contains("is not authorized to perform: kms:Decrypt")
    );
    cloud.fault(Fault::wrong_region("eu-south-2"));
    assert_eq!(client.get("/billing/a.gz", &[]).header("x-amz-bucket-region"), Some("eu-south-2"));
    cloud.fault(Fault::denied().on("AssumeRole"));
    let answer = client.sts(&format!("Action=AssumeRole&RoleSessionName=it&RoleArn={ROLE}"));
    assert_eq!((answer.status, answer.code().as_str()), (403, "AccessDenied"));
}

/// Complete responses whose content differs from the object or the bucket.
#[test]
fn answers_that_are_wrong_in_themselves() {
    let (cloud, client, bytes) = billing();
    let get = |headers: &[(&str, &str)]| client.get("/billing/a.gz", headers);
    cloud.fault(Fault::shorten(5_000));
    let short = get(&[]);
    assert_eq!((short.status, short.header("content-length"), &short.body[..]), (200, Some("5000"), &bytes[..5_000]));
    cloud.fault(Fault::content_range("bytes 7-9/10"));
    let other = get(&[("Range", "bytes=0-9")]);
    assert_eq!((other.status, other.header("content-range"), other.body.len()), (206, Some("bytes 7-9/10"), 10));
    cloud.fault(Fault::no_content_range());
    let unsaid = get(&[("Range", "bytes=0-9")]);
    assert_eq!((unsaid.status, unsaid.header("content-range"), unsaid.body.len()), (206, None, 10));
    cloud.fault(Fault::edit("<KeyCount>2</KeyCount>", "<KeyCount>12</KeyCount>").on("ListObjectsV2"));
    let listing = client.get("/billing?list-type=2", &[]);
    assert_eq!((listing.elements("KeyCount"), listing.elements("Key").len()), (vec!["12"], 2));
    assert_eq!(client.get("/billing?list-type=2", &[]).elements("KeyCount"), ["2"]);
}

#[test]
fn bodies() {
    let (cloud, client, bytes) = billing();
    let get = |headers: &[(&str, &str)]| client.get("/billing/a.gz", headers);
    cloud.fault(Fault::cut(5_000));
    let cut = get(&[]);
    assert_eq!((cut.status, cut.header("content-length"), &cut.body[..]), (200, Some("800000"), &bytes[..5_000]));
    cloud.fault(Fault::flip(300_000));
    let first = get(&[("Range", "bytes=0-299999")]);
    assert_eq!(first.body, bytes[..300_000], "not asked for, not flipped, not used up");
    let flipped = get(&[("Range", "bytes=299999-300001")]);
    assert_eq!(flipped.body, [bytes[299_999], !bytes[300_000], bytes[300_001]]);
    let whole = get(&[]);
    assert_eq!((whole.body == bytes, whole.header("etag")), (true, flipped.header("etag")));

    for (name, fault, least) in [
        ("wait", Fault::wait(Duration::from_millis(200)), 200),
        ("stall", Fault::stall(100, Duration::from_millis(200)), 200),
        // There is no delay after the last piece.
        ("slow", Fault::slow(4_000_000), 140),
    ] {
        cloud.fault(fault);
        let start = Instant::now();
        assert!(get(&[]).body == bytes, "{name}");
        assert!(start.elapsed() >= Duration::from_millis(least), "{name}: {:?}", start.elapsed());
    }
    for (name, fault) in [("close", Fault::close()), ("reset", Fault::reset())] {
        cloud.fault(fault);
        assert!(client.send("GET", "/billing/a.gz", "s3", &[], b"").is_none(), "{name}");
        assert_eq!(cloud.requests().last().map(|request| request.status), Some(0), "{name}");
    }
    let log = cloud.requests();
    assert_eq!((log[0].sent, &log[0].faults[..]), (5_000, &["Cut(5000)".to_owned()][..]));
    assert_eq!(log[2].range.as_deref(), Some("bytes=299999-300001"));
}

fn until(name: &str, happened: impl Fn() -> bool) {
    let start = Instant::now();
    while !happened() {
        assert!(start.elapsed() < Duration::from_secs(10), "{name}: not yet");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn hanging_bodies() {
    let (cloud, client, bytes) = billing();
    cloud.fault(Fault::hang(100_000));
    let waiting = std::thread::spawn({
        let client = client.clone();
        move || client.get("/billing/a.gz", &[])
    });
    until("it hangs", || cloud.requests().first().is_some_and(|request| request.sent == 100_000));
    assert!(client.get("/billing/a.gz", &[]).body == bytes);
    assert_eq!(cloud.requests()[1].beside, 1);
    // The client disconnects, and the cloud detects it.
    assert_eq!(waiting.join().expect("an answer").body, bytes[..100_000]);
    until("it is over", || cloud.open() == 0);
}

#[test]
fn changes_under_way() {
    let (cloud, client, bytes) = billing();
    let etag = client.get("/billing/a.gz", &[]).header("etag").expect("an ETag").to_owned();
    let get = |key: &str| client.get(&format!("/billing/{key}"), &[("If-Match", &etag)]);
    cloud.fault(Fault::replace("new").key("a.gz").nth(2));
    cloud.fault(Fault::put("billing", "b.gz", "also new").key("a.gz").nth(2));
    assert_eq!(get("a.gz").body.len(), bytes.len());
    assert_eq!(client.get("/billing/b.gz", &[]).text(), "b");
    assert_eq!(get("a.gz").code(), "PreconditionFailed");
    assert_eq!(client.get("/billing/a.gz", &[]).text(), "new");
    assert_eq!(client.get("/billing/b.gz", &[]).text(), "also new");
    cloud.fault(Fault::remove().key("b.*"));
    assert_eq!(client.get("/billing/b.gz", &[]).code(), "NoSuchKey");
    assert!(cloud.put("billing", "b.gz", Object::new("back")));
    assert_eq!(client.get("/billing/b.gz", &[]).text(), "back");
    assert!(cloud.remove("billing", "b.gz") && !cloud.remove("billing", "b.gz"));
}

#[test]
fn which_requests() {
    let seen = |fault: Fault| {
        let (cloud, client, _) = billing();
        cloud.fault(fault);
        let paths = ["/billing/a.gz", "/billing/b.gz", "/billing/a.gz", "/billing?list-type=2", "/billing/a.gz"];
        paths.map(|path| client.get(path, &[]).status == 503)
    };
    let storm = Fault::slow_down;
    for (name, fault, expected) in [
        ("the first", storm(), [true, false, false, false, false]),
        ("two", storm().times(2), [true, true, false, false, false]),
        ("from the third on", storm().nth(3).always(), [false, false, true, true, true]),
        ("second and third of a key", storm().key("a*").nth(2).times(2), [false, false, true, false, true]),
        ("listings", storm().on("ListObjectsV2"), [false, false, false, true, false]),
        ("another bucket", storm().bucket("other").always(), [false; 5]),
    ] {
        assert_eq!(seen(fault), expected, "{name}");
    }
}

#[test]
fn chaos() {
    let story = |seed| {
        let (cloud, client, bytes) = billing();
        cloud.chaos(Chaos { seed, rate: 500 });
        let mut whole = 0;
        for _ in 0..40 {
            let answer = client.send("GET", "/billing/a.gz", "s3", &[], b"");
            whole += usize::from(answer.is_some_and(|answer| answer.body == bytes));
        }
        let faults: Vec<Vec<String>> = cloud.requests().into_iter().map(|request| request.faults).collect();
        assert!(whole >= 40 / 3, "after two faults there is peace");
        cloud.heal();
        assert!(client.get("/billing/a.gz", &[]).body == bytes);
        faults
    };
    let first = story(1);
    assert_eq!(first, story(1));
    assert_ne!(first, story(2));
    let count = |name: &str| first.iter().flatten().filter(|fault| fault.starts_with(name)).count();
    assert_eq!(count("Flip"), 1);
    for kind in ["Cut", "Stall", "SlowDown", "Reset"] {
        assert!(count(kind) > 0, "{kind}: {first:?}");
    }
}
