//! S3: objects, ranges, conditions, listings, regions, owners, keys.

use std::fs;

use outlay_cloud::{Bucket, Object, Policy, Role};

use crate::client::{Client, ROLE, start, world};

#[test]
fn objects() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("file"), "0123456789").expect("a file");
    let object = Object::file(folder.path().join("file")).expect("an object").etag("e");
    let bucket = Bucket::new("billing")
        .put("memory", Object::new("0123456789").etag("e"))
        .put("file", object)
        .put("empty", Object::new("").etag("e"));
    let cloud = start(world().bucket(bucket));
    let client = Client::new(&cloud);
    for (name, headers, status, body, range) in [
        ("whole", &[][..], 200, "0123456789", None),
        ("range", &[("Range", "bytes=2-4")], 206, "234", Some("bytes 2-4/10")),
        ("one byte", &[("Range", "bytes=9-9")], 206, "9", Some("bytes 9-9/10")),
        ("clipped", &[("Range", "bytes=7-99")], 206, "789", Some("bytes 7-9/10")),
        ("to the end", &[("Range", "bytes=8-")], 206, "89", Some("bytes 8-9/10")),
        ("the last", &[("Range", "bytes=-3")], 206, "789", Some("bytes 7-9/10")),
        ("more than there are", &[("Range", "bytes=-30")], 206, "0123456789", Some("bytes 0-9/10")),
        ("backwards", &[("Range", "bytes=4-2")], 200, "0123456789", None),
        ("two ranges", &[("Range", "bytes=0-1,3-4")], 200, "0123456789", None),
        ("behind the end", &[("Range", "bytes=10-")], 416, "InvalidRange", Some("bytes */10")),
        ("same ETag", &[("If-Match", "\"e\"")], 200, "0123456789", None),
        ("same ETag and range", &[("If-Match", "\"e\""), ("Range", "bytes=1-1")], 206, "1", Some("bytes 1-1/10")),
        ("other ETag", &[("If-Match", "\"f\"")], 412, "PreconditionFailed", None),
        ("other ETag and range", &[("If-Match", "\"f\""), ("Range", "bytes=1-1")], 412, "PreconditionFailed", None),
        ("known ETag", &[("If-None-Match", "\"e\"")], 304, "", None),
    ] {
        for key in ["memory", "file"] {
            let answer = client.get(&format!("/billing/{key}"), headers);
            let seen = if status >= 400 { answer.code() } else { answer.text().to_owned() };
            assert_eq!((answer.status, seen.as_str()), (status, body), "{name} of {key}");
            assert_eq!(answer.header("content-range"), range, "{name} of {key}");
            if status < 400 {
                assert_eq!(answer.header("etag"), Some("\"e\""), "{name} of {key}");
            }
            let head = client.send("HEAD", &format!("/billing/{key}"), "s3", headers, b"").expect("an answer");
            assert_eq!((head.status, head.body.len()), (status, 0), "head, {name} of {key}");
            if status == 200 || status == 206 {
                assert_eq!(
                    head.header("content-length"),
                    Some(body.len().to_string().as_str()),
                    "head, {name} of {key}"
                );
            }
        }
    }
    assert_eq!(client.get("/billing/empty", &[]).text(), "");
    assert_eq!(client.get("/billing/empty", &[("Range", "bytes=0-")]).status, 416);
    let answer = client.get("/billing/missing", &[]);
    assert_eq!((answer.status, answer.code().as_str(), answer.elements("Key")), (404, "NoSuchKey", vec!["missing"]));
    assert_eq!(client.get("/nobody/a", &[]).code(), "NoSuchBucket");
    let written = client.send("PUT", "/billing/new", "s3", &[], b"new").expect("an answer");
    assert_eq!((written.status, written.code().as_str()), (501, "NotImplemented"));
}

#[test]
fn listings() {
    let keys = ["/lead", "a/1", "a/2", "a/b/3", "b", "c d+é.csv", "e/4"];
    let mut bucket = Bucket::new("billing");
    for key in keys {
        bucket = bucket.put(key, Object::new(key));
    }
    for page in [1, 2, 1_000] {
        let cloud = start(world().bucket(bucket.clone().page(page)));
        let client = Client::new(&cloud);
        for (name, query, wanted, folders) in [
            ("all", "", &keys[..], &[][..]),
            ("prefix", "&prefix=a/", &["a/1", "a/2", "a/b/3"], &[]),
            ("nothing", "&prefix=x", &[], &[]),
            ("folders", "&delimiter=/", &["b", "c d+é.csv"], &["/", "a/", "e/"]),
            ("folders below", "&delimiter=/&prefix=a/", &["a/1", "a/2"], &["a/b/"]),
            ("start after", "&start-after=a/2", &["a/b/3", "b", "c d+é.csv", "e/4"], &[]),
        ] {
            let (mut found, mut found_folders, mut token, mut pages) = (Vec::new(), Vec::new(), String::new(), 0);
            loop {
                let answer = client.get(&format!("/billing?list-type=2{query}{token}"), &[]);
                assert_eq!(answer.status, 200, "{name}");
                let owned = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect::<Vec<_>>();
                let in_common = answer.elements("CommonPrefixes").join("");
                found.extend(owned(answer.elements("Key")));
                found_folders.extend(
                    in_common.split("</Prefix>").filter_map(|text| Some(text.strip_prefix("<Prefix>")?.to_owned())),
                );
                pages += 1;
                match answer.elements("NextContinuationToken").first() {
                    Some(next) => token = format!("&continuation-token={next}"),
                    None => break,
                }
                assert_eq!(answer.elements("IsTruncated"), ["true"], "{name}");
            }
            assert_eq!(
                (&found[..], &found_folders[..]),
                (&wanted.map_owned()[..], &folders.map_owned()[..]),
                "{name} by {page}"
            );
            assert_eq!(pages, (wanted.len() + folders.len()).div_ceil(page).max(1), "{name} by {page}");
        }
    }
    let cloud = start(world().bucket(bucket));
    let client = Client::new(&cloud);
    let encoded = client.get("/billing/?list-type=2&encoding-type=url&prefix=c&max-keys=1", &[]);
    assert_eq!(encoded.elements("Key"), ["c+d%2B%C3%A9.csv"]);
    assert_eq!(client.get("/billing/c%20d%2B%C3%A9.csv", &[]).text(), "c d+é.csv");
    assert_eq!(client.get("/billing//lead", &[]).text(), "/lead");
    assert_eq!(client.get("/billing?list-type=2&max-keys=0", &[]).elements("KeyCount"), ["0"]);
    assert_eq!(client.get("/billing?list-type=2&continuation-token=made-up", &[]).code(), "InvalidArgument");
}

trait MapOwned {
    fn map_owned(&self) -> Vec<String>;
}

impl MapOwned for [&str] {
    fn map_owned(&self) -> Vec<String> {
        self.iter().map(|text| (*text).to_owned()).collect()
    }
}

#[test]
fn regions_and_owners() {
    let bucket = Bucket::new("billing").region("eu-west-1").owner("444455556666").put("a", Object::new("hello"));
    let cloud = start(world().bucket(bucket));
    let here = Client::new(&cloud).region("eu-west-1");
    let default = Client::new(&cloud);
    let elsewhere = Client::new(&cloud).region("ap-south-1");
    for (name, client, path, status, code) in [
        ("right", &here, "/billing/a", 200, ""),
        ("default", &default, "/billing/a", 400, "AuthorizationHeaderMalformed"),
        ("wrong", &elsewhere, "/billing/a", 301, "PermanentRedirect"),
        ("wrong listing", &elsewhere, "/billing?list-type=2", 301, "PermanentRedirect"),
        ("location from the default", &default, "/billing?location", 200, ""),
    ] {
        let answer = client.get(path, &[]);
        assert_eq!(answer.status, status, "{name}");
        if status != 200 {
            assert_eq!(answer.code(), code, "{name}");
            assert_eq!(answer.header("x-amz-bucket-region"), Some("eu-west-1"), "{name}");
            let head = client.send("HEAD", "/billing", "s3", &[], b"").expect("an answer");
            assert_eq!((head.status, head.header("x-amz-bucket-region")), (status, Some("eu-west-1")), "{name}");
        }
    }
    let location = default.get("/billing?location", &[]);
    assert!(location.text().ends_with(">eu-west-1</LocationConstraint>"), "{}", location.text());
    let owner = |account| here.get("/billing/a", &[("x-amz-expected-bucket-owner", account)]);
    assert_eq!(owner("444455556666").status, 200);
    assert_eq!((owner("111122223333").status, owner("111122223333").code().as_str()), (403, "AccessDenied"));
}

#[test]
fn policies() {
    let objects = r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::billing/p/*"}"#;
    let listing = r#"{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::billing",
        "Condition": {"StringLike": {"s3:prefix": "p/*"}}}"#;
    let decrypt = r#"{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
        "Condition": {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}}"#;
    let key = "arn:aws:kms:us-east-1:444455556666:key/1";
    let bucket = Bucket::new("billing")
        .put("p/plain", Object::new("hello"))
        .put("p/secret", Object::new("hello").kms_key(key))
        .put("q/other", Object::new("hello"));
    let cloud = start(world().role(Role::new(ROLE)).bucket(bucket));
    let client = Client::new(&cloud).assume(ROLE);
    let every = [objects, listing, decrypt];
    for (name, statements, path, denied) in [
        ("all", &every[..], "/billing/p/plain", None),
        ("encrypted", &every, "/billing/p/secret", None),
        ("encrypted, no key", &[objects, listing], "/billing/p/secret", Some(("kms:Decrypt", key))),
        ("outside", &every, "/billing/q/other", Some(("s3:GetObject", "\"arn:aws:s3:::billing/q/other\""))),
        ("nothing allowed", &[], "/billing/p/plain", Some(("s3:GetObject", "\"arn:aws:s3:::billing/p/plain\""))),
        ("listing", &every, "/billing?list-type=2&prefix=p/", None),
        ("listing all", &every, "/billing?list-type=2", Some(("s3:ListBucket", "\"arn:aws:s3:::billing\""))),
        ("missing, may not list", &every, "/billing/p/x", Some(("s3:ListBucket", "\"arn:aws:s3:::billing\""))),
    ] {
        let policy = Policy::parse(&format!(r#"{{"Statement": [{}]}}"#, statements.join(","))).expect(name);
        assert!(cloud.change(|world| world.set_policy(ROLE, Some(policy))));
        let answer = client.get(path, &[]);
        let Some((action, resource)) = denied else {
            assert_eq!(answer.status, 200, "{name}: {}", answer.text());
            continue;
        };
        assert_eq!((answer.status, answer.code().as_str()), (403, "AccessDenied"), "{name}");
        let message = format!(
            "User: arn:aws:sts::444455556666:assumed-role/billing/it is not authorized to perform: {action} \
             on resource: {resource} because no identity-based policy allows the {action} action"
        );
        assert_eq!(answer.elements("Message"), [message.replace('"', "&quot;")], "{name}");
    }
}

#[test]
fn folders() {
    let report = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/report");
    let at = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_701_581_781);
    let bucket = Bucket::new("billing").delivery("reports/daily/", report, at).expect("a report");
    let cloud = start(world().bucket(bucket));
    let client = Client::new(&cloud);
    let manifest = client.get("/billing/reports/daily/20231101-20231201/daily-Manifest.json", &[]);
    assert_eq!(manifest.header("last-modified"), Some("Sun, 03 Dec 2023 05:36:41 GMT"));
    let manifest = manifest.json();
    let keys: Vec<_> = manifest["reportKeys"].as_array().expect("keys").iter().filter_map(|key| key.as_str()).collect();
    assert_eq!(keys.len(), 3);
    for key in keys {
        let part = client.get(&format!("/billing/{key}"), &[]);
        assert_eq!((part.status, part.header("last-modified")), (200, Some("Sun, 03 Dec 2023 05:36:21 GMT")), "{key}");
        assert_eq!(part.body, fs::read(key.replacen("reports/daily", report, 1)).expect("a part"), "{key}");
    }
}
