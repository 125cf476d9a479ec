//! Tests of the program, as used by tests in other languages.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::client::{Client, ROLE};

fn start(world: &Value) -> (Child, Client) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_outlay-cloud"));
    let mut program = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program");
    // The JSON has several lines, and standard input stays open: the program must not wait for its end.
    let world = serde_json::to_string_pretty(world).expect("JSON");
    program.stdin.as_mut().expect("an input").write_all(world.as_bytes()).expect("a world");
    let mut line = String::new();
    BufReader::new(program.stdout.as_mut().expect("an output")).read_line(&mut line).expect("a line");
    let line: Value = serde_json::from_str(&line).expect("JSON");
    let client = Client::at(line["endpoint"].as_str().expect("an endpoint"));
    (program, client)
}

#[test]
fn world_and_control() {
    let report = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/report");
    let (mut program, client) = start(&json!({
        "users": [{"arn": "arn:aws:iam::111122223333:user/finops", "access_key_id": "AKIAFINOPS0000000000"}],
        "roles": [{"arn": ROLE}],
        "buckets": [{"name": "billing", "folders": [{"path": report, "prefix": "reports/daily/"}]}],
        "faults": [{"on": "ListObjectsV2", "effect": "slow_down"}],
    }));
    assert_eq!(client.get("/billing?list-type=2", &[]).status, 503);
    let listed = client.get("/billing?list-type=2&prefix=reports/daily/20231101-20231201/daily-", &[]);
    assert_eq!(listed.elements("Key"), ["reports/daily/20231101-20231201/daily-Manifest.json"]);

    let control = |method: &str, path: &str, body: &str| {
        client.send(method, &format!("/-/{path}"), "", &[], body.as_bytes()).expect("an answer")
    };
    assert_eq!(control("PUT", "objects/billing/n%C3%A9w", "new").status, 204);
    assert_eq!(client.get("/billing/n%C3%A9w", &[]).text(), "new");
    assert_eq!(control("POST", "faults", r#"[{"effect": {"cut": 1}}, {"effect": "close", "nth": 2}]"#).status, 204);
    assert_eq!(client.get("/billing/n%C3%A9w", &[]).text(), "n");
    assert_eq!(control("DELETE", "faults", "").status, 204);
    assert_eq!(client.get("/billing/n%C3%A9w", &[]).text(), "new");
    assert_eq!(control("DELETE", "objects/billing/n%C3%A9w", "").status, 204);
    assert_eq!(client.get("/billing/n%C3%A9w", &[]).status, 404);
    let session = client.assume(ROLE);
    let nothing = json!({"arn": ROLE, "policy": {"Statement": []}}).to_string();
    assert_eq!(control("POST", "policy", &nothing).status, 204);
    assert_eq!(session.get("/billing?list-type=2", &[]).status, 403);
    assert_eq!(control("POST", "policy", &json!({"arn": ROLE, "policy": null}).to_string()).status, 204);
    assert_eq!(session.get("/billing?list-type=2", &[]).status, 200);
    assert_eq!(control("POST", "expiry", &json!({"arn": ROLE, "seconds": 0}).to_string()).status, 204);
    assert_eq!(client.assume(ROLE).get("/billing?list-type=2", &[]).code(), "ExpiredToken");
    assert_eq!(control("POST", "chaos", r#"{"seed": 1, "rate": 0}"#).status, 204);

    let log = control("GET", "requests", "").json();
    assert_eq!(
        (&log[0]["operation"], &log[0]["status"], &log[0]["faults"]),
        (&json!("ListObjectsV2"), &json!(503), &json!(["SlowDown"]))
    );
    assert_eq!(control("DELETE", "requests", "").status, 204);
    assert_eq!(control("GET", "requests", "").json(), json!([]));

    for (method, path, body) in [
        ("POST", "faults", r#"{"effect": "earthquake"}"#),
        ("POST", "policy", r#"{"arn": "nobody", "policy": null}"#),
        ("POST", "policy", r#"{"arn": "nobody", "policy": {"Statement": {"Effect": "Allow", "NotAction": "*"}}}"#),
        ("PUT", "objects/nowhere/key", ""),
        ("GET", "weather", ""),
    ] {
        assert_eq!(control(method, path, body).status, 400, "{method} {path} {body}");
    }
    drop(program.stdin.take());
    assert!(program.wait().expect("an end").success());
}

#[test]
fn refused_worlds() {
    for (name, world, reason) in [
        ("no JSON", "buckets", "expected value"),
        ("unknown noun", r#"{"castles": []}"#, "unknown field `castles`"),
        (
            "missing folder",
            r#"{"buckets": [{"name": "b", "folders": [{"path": "/no/such/folder"}]}]}"#,
            "/no/such/folder",
        ),
        (
            "bad time",
            r#"{"buckets": [{"name": "b", "objects": [{"key": "k", "content": {"text": ""}, "modified": "now"}]}]}"#,
            "`now` is no time",
        ),
        (
            "bad policy",
            r#"{"roles": [{"arn": "a", "policy": {"Statement": {"Effect": "Maybe"}}}]}"#,
            "`Effect` is neither",
        ),
    ] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_outlay-cloud"));
        let program = program.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut program = program.spawn().expect("the program");
        let mut input = program.stdin.take().expect("an input");
        input.write_all(world.as_bytes()).expect("a world");
        drop(input);
        let output = program.wait_with_output().expect("an end");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(reason), "{name}: {said}");
    }
}
