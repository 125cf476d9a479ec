//! Listings of a bucket's keys.

use std::collections::BTreeSet;
use std::ops::Bound;

use crate::answer::Answer;
use crate::bucket::Bucket;
use crate::call::Call;
use crate::refusal::Refusal;
use crate::s3::optional;
use crate::text::{element, url_encoded};
use crate::time;

/// The prefix of a continuation token. The last key of the page follows it.
const TOKEN: &str = "after-";

/// Handles `ListObjectsV2`.
pub(crate) fn answer(bucket: &Bucket, call: &Call) -> Result<Answer, Refusal> {
    let invalid = |message: &str| Refusal::new(400, "InvalidArgument", message);
    let given = |name: &str| call.parameter(name).filter(|text| !text.is_empty());
    let max_keys = match given("max-keys") {
        Some(text) => {
            text.parse::<usize>().map_err(|_| invalid("Provided max-keys not an integer or within integer range"))?
        }
        None => 1_000,
    };
    let encode = match given("encoding-type") {
        None => false,
        Some("url") => true,
        Some(_) => return Err(invalid("Invalid Encoding Method specified in Request")),
    };
    let (prefix, delimiter, start_after) =
        (call.parameter("prefix").unwrap_or_default(), given("delimiter"), given("start-after"));
    let token = given("continuation-token");
    let after = match token {
        None => start_after.map(str::to_owned),
        Some(token) => {
            let after = token.strip_prefix(TOKEN).and_then(from_hex);
            Some(after.ok_or_else(|| invalid("The continuation token provided is incorrect"))?)
        }
    };
    let from = match &after {
        Some(after) if after.as_str() >= prefix => Bound::Excluded(after.as_str()),
        _ => Bound::Included(prefix),
    };

    let encoded = |text: &str| if encode { url_encoded(text) } else { text.to_owned() };
    let limit = max_keys.min(bucket.page);
    let (mut contents, mut common, mut last, mut truncated) = (String::new(), BTreeSet::new(), None, false);
    let mut count = 0;
    for (key, object) in bucket.objects.range::<str, _>((from, Bound::Unbounded)) {
        let Some(rest) = key.strip_prefix(prefix) else { break };
        let folder = delimiter
            .and_then(|delimiter| rest.find(delimiter).map(|at| at + delimiter.len()))
            .map(|end| &key[..prefix.len() + end]);
        // The folder was the last entry of the previous page, or is on this page already.
        let told = folder.is_some_and(|folder| after.as_deref() == Some(folder) || common.contains(folder));
        if told {
            continue;
        }
        if count == limit {
            truncated = limit > 0;
            break;
        }
        count += 1;
        if let Some(folder) = folder {
            common.insert(folder.to_owned());
            last = Some(folder);
            continue;
        }
        last = Some(key);
        let content = element("Key", &encoded(key))
            + &element("LastModified", &time::iso_millis(object.modified))
            + &element("ETag", &object.etag)
            + &element("Size", &object.length.to_string())
            + &element("StorageClass", "STANDARD");
        contents += &format!("<Contents>{content}</Contents>");
    }
    let common: String = common
        .iter()
        .map(|folder| format!("<CommonPrefixes>{}</CommonPrefixes>", element("Prefix", &encoded(folder))))
        .collect();
    let next = last.filter(|_| truncated).map(|last| format!("{TOKEN}{}", to_hex(last)));
    let head = element("Name", &bucket.name)
        + &element("Prefix", &encoded(prefix))
        + &optional("Delimiter", delimiter.map(&encoded).as_deref())
        + &optional("StartAfter", start_after.map(&encoded).as_deref())
        + &optional("ContinuationToken", token)
        + &optional("NextContinuationToken", next.as_deref())
        + &optional("EncodingType", encode.then_some("url"))
        + &element("KeyCount", &count.to_string())
        + &element("MaxKeys", &max_keys.min(1_000).to_string())
        + &element("IsTruncated", if truncated { "true" } else { "false" });
    let space = "http://s3.amazonaws.com/doc/2006-03-01/";
    let mut answer =
        Answer::xml(format!("<ListBucketResult xmlns=\"{space}\">{head}{contents}{common}</ListBucketResult>"));
    answer.headers.push(("x-amz-bucket-region", bucket.region.clone()));
    Ok(answer)
}

fn to_hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<String> {
    let pairs = text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    String::from_utf8(pairs.collect::<Option<Vec<_>>>()?).ok()
}
