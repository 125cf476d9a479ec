//! Sources of errors: the SDK's error is the source of an AWS error, and no level contains a secret.

use std::error::Error as _;

use outlay::{Error, block_on};
use outlay_cloud::{Cloud, Fault};

use crate::support::{BUCKET, EXTERNAL_ID, SECRET, builder, connector, read, world};

const SIGNATURE: &str = "0f1e2d3c4b5a";

/// Returns the sources of an error in the formats `Display` and `Debug`, and checks that they contain no secret.
fn levels(name: &str, error: &Error) -> Vec<String> {
    let levels = std::iter::successors(error.source(), |&level| level.source());
    let levels: Vec<_> = levels.map(|level| (level.to_string(), format!("{level:?}"))).collect();
    for secret in [EXTERNAL_ID, SECRET, SIGNATURE] {
        for text in [error.to_string(), format!("{error:?}")] {
            assert!(!text.contains(secret), "{name}: {text}");
        }
        for (printed, debug) in &levels {
            assert!(!printed.contains(secret) && !debug.contains(secret), "{name}: {printed}: {debug}");
        }
    }
    levels.into_iter().map(|(printed, _)| printed).collect()
}

#[test]
fn the_error_of_the_sdk_is_the_source_and_has_no_secret() {
    let quote = format!("you sent {EXTERNAL_ID} and {SECRET} to /k?X-Amz-Signature={SIGNATURE}&x=1");
    let says = |status, code: &str| Fault::error(status, code, quote.clone());
    #[rustfmt::skip]
    let cases = [
        //  name                    fault                                  with             result                first level         some level
        ("denied",                  says(403, "AccessDenied"),             "GetObject",     "OUTLAY_DENIED",      "service error",    "you sent (redacted) and (redacted)"),
        ("the role is denied",      says(403, "AccessDenied"),             "AssumeRole",    "OUTLAY_CREDENTIALS", "dispatch failure", "you sent (redacted) and (redacted)"),
        ("the signature is wrong",  says(403, "SignatureDoesNotMatch"),    "ListObjectsV2", "OUTLAY_CREDENTIALS", "service error",    "X-Amz-Signature=(redacted)&x=1"),
        ("another error",           says(400, "InvalidRequest"),           "ListObjectsV2", "OUTLAY_AWS",         "service error",    "InvalidRequest"),
        ("asked to slow down",      Fault::slow_down(),                    "ListObjectsV2", "OUTLAY_THROTTLED",   "service error",    "SlowDown"),
        ("an internal error",       Fault::internal(),                     "ListObjectsV2", "OUTLAY_NETWORK",     "service error",    "InternalError"),
        ("bytes that break off",    Fault::cut(0).key("*-00002.csv.gz"),   "GetObject",     "OUTLAY_NETWORK",     "streaming error",  "end of file"),
    ];
    for (name, fault, operation, code, first, within) in cases {
        let cloud = Cloud::start(world()).unwrap();
        cloud.fault(fault.on(operation).always());
        let error = read(&connector(&cloud)).unwrap_err();
        assert_eq!(error.code(), code, "{name}: {error}");
        let levels = levels(name, &error);
        assert_eq!(levels.first().map(String::as_str), Some(first), "{name}: {levels:?}");
        assert!(levels.iter().any(|level| level.contains(within)), "{name}: {levels:?}");
    }
}

#[test]
fn the_source_of_a_refused_connection_is_the_error_of_the_system() {
    let nowhere = outlay::Connector::builder().endpoint("http://127.0.0.1:9").access_key("AKIA", SECRET, None);
    let error = block_on(nowhere.location(BUCKET, "reports").build().unwrap().periods()).unwrap_err();
    let levels = levels("nowhere", &error);
    assert!(levels.len() > 2 && levels.last().is_some_and(|last| last.contains("refused")), "{levels:?}");
}

/// Errors that the library detects itself have no source.
#[test]
fn what_no_sdk_said_has_no_source() {
    let cloud = Cloud::start(world()).unwrap();
    cloud.fault(Fault::no_content_range().on("GetObject").key("*-00002.csv.gz").always());
    let error = read(&builder(&cloud).report_name("daily").build().unwrap()).unwrap_err();
    assert_eq!((error.code(), error.source().is_none()), ("OUTLAY_AWS", true), "{error}");
}
