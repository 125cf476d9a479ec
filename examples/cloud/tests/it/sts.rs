//! STS: assuming of roles, duration of sessions, and expired sessions.

use std::time::Duration;

use outlay_cloud::{Bucket, Object, Policy, Role};

use crate::client::{CALLER, Client, ROLE, start, world};

#[test]
fn external_ids() {
    let trust = r#"{"Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": "right"}}}}"#;
    let trusted = Role::new(ROLE.replace("billing", "trusting")).trust(Policy::parse(trust).expect("a policy"));
    let open = Role::new(ROLE.replace("billing", "open"));
    let cloud = start(world().role(Role::new(ROLE).external_id("right")).role(open).role(trusted));
    let client = Client::new(&cloud);
    for (role, id, status) in [
        ("billing", "&ExternalId=right", 200),
        ("billing", "&ExternalId=wrong", 403),
        ("billing", "", 403),
        ("trusting", "&ExternalId=right", 200),
        ("trusting", "&ExternalId=wrong", 403),
        ("trusting", "", 403),
        ("open", "&ExternalId=anything", 200),
        ("open", "", 200),
        ("nobody", "&ExternalId=right", 403),
        ("billing", "&ExternalId=r", 400),
        ("billing", "&ExternalId=right&DurationSeconds=3601", 400),
        ("billing", "&ExternalId=right&DurationSeconds=899", 400),
    ] {
        let arn = ROLE.replace("billing", role);
        let answer = client.sts(&format!("Action=AssumeRole&RoleSessionName=it&RoleArn={arn}{id}"));
        assert_eq!(answer.status, status, "{role} {id}: {}", answer.text());
        if status == 403 {
            assert_eq!(answer.code(), "AccessDenied");
            let message = format!("User: {CALLER} is not authorized to perform: sts:AssumeRole on resource: {arn}");
            assert_eq!(answer.elements("Message"), [message]);
        }
    }
    let said: Vec<bool> = cloud.requests().iter().map(|request| request.external_id).collect();
    assert_eq!(said[..3], [true, true, false]);
}

#[test]
fn sessions() {
    let short = Role::new(ROLE).max_session(Duration::from_secs(7_200)).expires_in(Duration::from_secs(1));
    let lasting = ROLE.replace("billing", "lasting");
    let longer = Role::new(&lasting).max_session(Duration::from_secs(7_200));
    let cloud = start(world().role(short).role(longer).bucket(Bucket::new("billing").put("a", Object::new("hello"))));
    let client = Client::new(&cloud);

    let session = client.assume(&lasting);
    assert_eq!(session.get("/billing/a", &[]).text(), "hello");
    let arn = "arn:aws:sts::444455556666:assumed-role/lasting/it";
    assert_eq!(session.sts("Action=GetCallerIdentity").elements("Arn"), [arn]);
    let longer = format!("Action=AssumeRole&RoleSessionName=it&RoleArn={lasting}&DurationSeconds=7200");
    assert_eq!(client.sts(&longer).status, 200);
    let chained = session.sts(&longer);
    assert!(chained.text().contains("1 hour session limit for roles assumed by role chaining"), "{}", chained.text());

    let ended = client.assume(ROLE);
    std::thread::sleep(Duration::from_millis(1_100));
    let ended = [("a session that ran out", ended), ("a session that was ended", session)];
    cloud.expire_sessions();
    for (name, client) in ended {
        let answer = client.get("/billing/a", &[]);
        assert_eq!((answer.status, answer.code().as_str()), (400, "ExpiredToken"), "{name}");
        let answer = client.json("AWSOrganizationsV20161128.ListAccounts", serde_json::json!({}));
        assert_eq!((answer.status, answer.code().as_str()), (400, "ExpiredTokenException"), "{name}");
        let answer = client.sts("Action=GetCallerIdentity");
        assert_eq!((answer.status, answer.code().as_str()), (403, "ExpiredToken"), "{name}");
    }
}

#[test]
fn credentials_must_hold() {
    let cloud = start(world().role(Role::new(ROLE)).bucket(Bucket::new("billing").put("a", Object::new("hello"))));
    let client = Client::new(&cloud);
    let session = client.assume(ROLE);
    for (name, client, code) in [
        ("a key of nobody", client.clone().key("AKIANOBODY", None), "InvalidAccessKeyId"),
        ("a session without its token", session.clone().key("ASIA0000000000000001", None), "InvalidToken"),
        ("a session with another token", session.key("ASIA0000000000000001", Some("other")), "InvalidToken"),
        ("a user with a token", client.clone().key("AKIAFINOPS0000000000", Some("token")), "InvalidToken"),
    ] {
        assert_eq!(client.get("/billing/a", &[]).code(), code, "{name}");
    }
    let send = |service| client.send("GET", "/billing/a", service, &[], b"").expect("an answer");
    assert_eq!((send("").status, send("").code().as_str()), (403, "AccessDenied"), "not signed");
    assert_eq!(send("sts").code(), "AuthorizationHeaderMalformed", "signed for another service");
}
