//! A bucket: listings and objects.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;

use super::cause::Cause;
use super::clients::{AwsCaller, quiet};
use super::failure::{Failed, Failure, place};
use super::response::ResponseRecorder;
use crate::error::{Error, Location, Result};
use crate::fetch::settings::retry::RetryPolicy;
use crate::value::timestamp::Timestamp;

/// An object in a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListedObject {
    pub(crate) key: String,
    pub(crate) size: u64,
    pub(crate) etag: Option<String>,
    /// When it was written.
    pub(crate) modified: Timestamp,
}

/// What the store says about an object.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    /// `None` if the store does not say it.
    pub(crate) size: Option<u64>,
    pub(crate) etag: Option<String>,
}

/// A small object.
#[derive(Clone, Debug)]
pub(crate) struct Fetched {
    pub(crate) bytes: Vec<u8>,
    pub(crate) etag: Option<String>,
}

/// A response with the bytes of an object.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) object: GetObjectOutput,
    /// The HTTP status.
    status: u16,
    asked: Option<Range<u64>>,
}

/// Which bytes a response has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// The requested range.
    Asked,
    /// The object from its first byte: the store does not support ranges.
    Whole,
    /// Another range, or an unknown one.
    Others,
}

impl Answer {
    /// Returns which bytes the response has, by its status and Content-Range.
    pub(crate) fn sent(&self) -> Sent {
        sent(self.asked.as_ref(), self.status, self.object.content_range())
    }

    /// Returns the error for a response without the requested bytes.
    pub(crate) fn refuse(&self, place: &str) -> Error {
        let is_whole = self.sent() == Sent::Whole;
        let (aws_code, message) = if is_whole {
            ("NoRanges", "the store does not honour Range".to_owned())
        } else {
            let said = self.object.content_range().map_or("nothing".to_owned(), |range| format!("`{range}`"));
            let asked =
                self.asked.as_ref().map_or("the whole object".to_owned(), |asked| format!("`{}`", header(asked)));
            ("OtherRange", format!("the store sends other bytes than were asked for: {asked} was, and it says {said}"))
        };
        let at = Box::new(Location::object(place));
        Error::Aws {
            at,
            operation: "s3:GetObject",
            aws_code: aws_code.to_owned(),
            message,
            request_id: None,
            source: None,
        }
    }
}

/// Returns a range as in headers, without the size: `bytes 0-99`.
fn header(range: &Range<u64>) -> String {
    format!("bytes {}-{}", range.start, range.end.saturating_sub(1))
}

fn sent(asked: Option<&Range<u64>>, status: u16, content_range: Option<&str>) -> Sent {
    const PARTIAL: u16 = 206;
    let is_size = |size: &str| size == "*" || size.parse::<u64>().is_ok();
    match (asked, content_range) {
        (_, None) if status == PARTIAL => Sent::Others,
        (_, None) => Sent::Whole,
        (None, Some(_)) => Sent::Others,
        (Some(asked), Some(said)) => match said.strip_prefix(&header(asked)).and_then(|rest| rest.strip_prefix('/')) {
            Some(size) if is_size(size) => Sent::Asked,
            _ => Sent::Others,
        },
    }
}

/// Maximum number of objects in a listing. No report has more.
const MOST_OBJECTS: usize = 2_000_000;
/// Maximum number of pages in a listing. A page of S3 has up to a thousand objects; other stores may have a hundred.
const MOST_PAGES: usize = MOST_OBJECTS / 100;

/// A bucket, with its region once it is known.
#[derive(Debug)]
pub(crate) struct Bucket {
    caller: Arc<AwsCaller>,
    name: String,
    region: Mutex<Option<String>>,
}

impl Bucket {
    pub(crate) fn new(caller: Arc<AwsCaller>, name: String, region: Option<String>) -> Self {
        Self { caller, name, region: Mutex::new(region) }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn region(&self) -> Option<String> {
        self.region.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the retry policy.
    pub(crate) fn retry(&self) -> RetryPolicy {
        self.caller.config.retry()
    }

    /// What the SDK said, without secrets.
    pub(crate) fn cause(&self, error: &(dyn std::error::Error + 'static)) -> Cause {
        self.caller.cause(error)
    }

    /// Returns the name of an object in errors.
    pub(crate) fn place(&self, key: &str) -> String {
        place(&self.name, key)
    }

    /// Makes a call, and repeats it if the bucket is in another region.
    pub(crate) async fn call<T, E, F>(&self, make: impl Fn(Client) -> F) -> Result<T, Failure>
    where
        E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
        F: Future<Output = Result<T, Failed<E>>>,
    {
        let region = self.region();
        let failure = match self.caller.call(|clients| make(clients.s3(region.as_deref()))).await {
            Err(failure) => failure,
            answer => return answer,
        };
        let is_elsewhere = matches!(failure.status, 301 | 307 | 400 | 403) && failure.region != region;
        let Some(there) = failure.region.clone().filter(|_| is_elsewhere) else { return Err(failure) };
        tracing::debug!(bucket = self.name, region = there, "the bucket is in another region");
        *self.region.lock().unwrap_or_else(PoisonError::into_inner) = Some(there.clone());
        self.caller.call(|clients| make(clients.s3(Some(&there)))).await
    }

    /// Lists all objects with a prefix, in order of their keys.
    pub(crate) async fn list(&self, prefix: &str) -> Result<Vec<ListedObject>> {
        self.pages(prefix, usize::MAX).await
    }

    /// Lists the first objects with a prefix.
    pub(crate) async fn list_some(&self, prefix: &str) -> Result<Vec<ListedObject>> {
        self.pages(prefix, 1).await
    }

    /// Lists what lies directly below a prefix, in one request: objects, and the prefixes of others, which end with a
    /// slash. For messages only, because the list may be incomplete.
    pub(crate) async fn list_names(&self, prefix: &str) -> Result<Vec<String>> {
        let page = self.call(|s3| s3.list_objects_v2().bucket(&self.name).prefix(prefix).delimiter("/").send()).await;
        let page = page.map_err(|failure| failure.into_error("s3:ListBucket", &self.place(prefix)))?;
        let folders = page.common_prefixes().iter().filter_map(|folder| folder.prefix());
        let names = folders.chain(page.contents().iter().filter_map(|object| object.key()));
        let is_below = |name: &&str| name.len() > prefix.len() && name.starts_with(prefix);
        Ok(names.filter(is_below).map(str::to_owned).collect())
    }

    async fn pages(&self, prefix: &str, most: usize) -> Result<Vec<ListedObject>> {
        let (retry, mut objects) = (self.retry(), Vec::new());
        let (mut token, mut pages, mut cut) = (None::<String>, 0, 0);
        let broken = |message: &str| {
            let at = Box::new(Location::object(self.place(prefix)));
            Error::Network {
                at,
                operation: "s3:ListBucket",
                message: message.to_owned(),
                request_id: None,
                source: None,
            }
        };
        loop {
            let recorder = ResponseRecorder::default();
            let page = self.call(|s3| {
                let request = s3.list_objects_v2().bucket(&self.name).prefix(prefix);
                request.set_continuation_token(token.clone()).customize().interceptor(recorder.clone()).send()
            });
            // An incomplete page would look like missing objects.
            let page = match page.await {
                Ok(page) => match lack(&page, recorder.is_closed()) {
                    None => Ok(page),
                    Some(lack) => Err(broken(&format!("a page of the listing is not complete: {lack}"))),
                },
                Err(failure) if failure.is_unread => {
                    Err(broken("a page of the listing is not complete: it cannot be understood"))
                }
                Err(failure) => return Err(failure.into_error("s3:ListBucket", &self.place(prefix))),
            };
            let page = match page {
                Ok(page) => page,
                Err(_) if cut < retry.most_cuts() => {
                    cut += 1;
                    tokio::time::sleep(retry.backoff(cut)).await;
                    continue;
                }
                Err(error) => return Err(error),
            };
            for object in page.contents() {
                let size = object.size().and_then(|size| u64::try_from(size).ok());
                let modified = object.last_modified().and_then(|modified| Timestamp::from_secs(modified.secs()));
                let (Some(key), Some(size), Some(modified)) = (object.key(), size, modified) else {
                    return Err(broken("a listing has an object without key, size or time"));
                };
                if !key.starts_with(prefix) {
                    let reason = format!("a listing of {} names `{key}`", self.place(prefix));
                    return Err(Error::Outside { at: Box::new(Location::object(self.place(prefix))), reason });
                }
                objects.push(ListedObject { key: key.to_owned(), size, etag: some(object.e_tag()), modified });
            }
            tracing::debug!(bucket = self.name, prefix, objects = objects.len(), "listed");
            if objects.len() > MOST_OBJECTS {
                let reason =
                    format!("more than {MOST_OBJECTS} objects lie below it; name the report or a longer prefix");
                return Err(Error::Option { option: "prefix", reason });
            }
            let last = std::mem::replace(&mut token, page.next_continuation_token().map(str::to_owned));
            if page.is_truncated() == Some(true) && (token.is_none() || token == last) {
                return Err(broken("a listing that goes on does not say where"));
            }
            pages += 1;
            if pages == MOST_PAGES {
                return Err(broken("a listing does not end"));
            }
            if pages == most || token.is_none() || page.is_truncated() == Some(false) {
                return Ok(objects);
            }
        }
    }

    /// Requests a range of an object, which must have the given ETag.
    pub(crate) async fn range(
        &self,
        key: &str,
        etag: Option<&str>,
        range: Option<Range<u64>>,
        recorder: &ResponseRecorder,
    ) -> Result<Answer, Failure> {
        let text = range.as_ref().map(|range| header(range).replacen(' ', "=", 1));
        let object = self.call(|s3| {
            let request = s3.get_object().bucket(&self.name).key(key);
            let request = request.set_if_match(etag.map(str::to_owned)).set_range(text.clone());
            request.customize().interceptor(recorder.clone()).send()
        });
        Ok(Answer { object: object.await?, status: recorder.status(), asked: range })
    }

    /// Downloads a small object.
    pub(crate) async fn small(&self, key: &str, most: u64) -> Result<Fetched> {
        let at = || self.place(key);
        let broke_off = |message, source: Option<Cause>| {
            let source = source.map(|source| Box::new(source) as _);
            let at = Box::new(Location::object(at()));
            Error::Network { at, operation: "s3:GetObject", message, request_id: None, source }
        };
        let (retry, mut cut) = (self.retry(), 0);
        'again: loop {
            if cut > 0 {
                tokio::time::sleep(retry.backoff(cut)).await;
            }
            let answer = self.range(key, None, None, &ResponseRecorder::default()).await;
            let answer = answer.map_err(|failure| failure.into_error("s3:GetObject", &at()))?;
            if answer.sent() != Sent::Whole {
                return Err(answer.refuse(&at()));
            }
            let mut answer = answer.object;
            let size = answer.content_length().and_then(|length| u64::try_from(length).ok()).unwrap_or_default();
            let mut bytes = Vec::new();
            loop {
                if size.max(bytes.len() as u64) > most {
                    let reason = format!("more than {most} bytes are too many for a manifest");
                    return Err(Error::Manifest { at: Box::new(Location::object(at())), reason });
                }
                match quiet(answer.body.next()).await {
                    None => break,
                    Some(Ok(piece)) => bytes.extend_from_slice(&piece),
                    Some(Err(error)) => {
                        cut += 1;
                        if cut > retry.most_cuts() {
                            let cause = self.cause(&error);
                            return Err(broke_off(format!("its bytes broke off {cut} times: {cause}"), Some(cause)));
                        }
                        continue 'again;
                    }
                }
            }
            if size != 0 && bytes.len() as u64 != size {
                cut += 1;
                if cut > retry.most_cuts() {
                    return Err(broke_off(format!("the body ended early {cut} times"), None));
                }
                continue;
            }
            return Ok(Fetched { bytes, etag: some(answer.e_tag()) });
        }
    }

    /// Returns the current ETag of an object; `None` if it does not exist.
    pub(crate) async fn etag(&self, key: &str) -> Result<Option<Option<String>>> {
        Ok(self.head(key).await?.map(|head| head.etag))
    }

    /// Returns the current size and ETag of an object; `None` if it does not exist.
    pub(crate) async fn head(&self, key: &str) -> Result<Option<Head>> {
        let answer = self.call(|s3| s3.head_object().bucket(&self.name).key(key).send()).await;
        match answer {
            Ok(answer) => {
                let size = answer.content_length().and_then(|length| u64::try_from(length).ok());
                Ok(Some(Head { size, etag: some(answer.e_tag()) }))
            }
            Err(failure) if failure.status == 404 => Ok(None),
            Err(failure) => Err(failure.into_error("s3:GetObject", &self.place(key))),
        }
    }
}

/// Describes why a page of a listing is incomplete; `None` if it is complete.
fn lack(page: &ListObjectsV2Output, is_closed: bool) -> Option<&'static str> {
    let named = page.contents().len() + page.common_prefixes().len();
    if page.is_truncated().is_none() {
        Some("it does not say whether it is the last")
    } else if page.key_count().is_some_and(|count| usize::try_from(count) != Ok(named)) {
        Some("it has not as many keys as it says")
    } else if !is_closed {
        Some("its end is missing")
    } else {
        None
    }
}

/// Returns an ETag. Stores without ETags may send an empty one.
fn some(etag: Option<&str>) -> Option<String> {
    etag.filter(|etag| !etag.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{Sent, sent};

    #[test]
    fn only_the_bytes_that_were_asked_for_are_taken() {
        let asked = Some(&(10..20));
        #[rustfmt::skip]
        let cases = [
            //  asked  status  Content-Range                what is sent
            (asked,    206,    Some("bytes 10-19/100"),     Sent::Asked),
            (asked,    206,    Some("bytes 10-19/*"),       Sent::Asked),
            (asked,    206,    Some("bytes 11-20/100"),     Sent::Others),
            (asked,    206,    Some("bytes 10-199/1000"),   Sent::Others),
            (asked,    206,    Some("bytes 10-18/100"),     Sent::Others),
            (asked,    206,    Some("bytes 10-19"),         Sent::Others),
            (asked,    206,    Some("bytes 10-19/"),        Sent::Others),
            (asked,    206,    Some("items 10-19/100"),     Sent::Others),
            (asked,    206,    Some(""),                    Sent::Others),
            (asked,    206,    None,                        Sent::Others),
            (asked,    200,    None,                        Sent::Whole),
            // A store that names the range it sends is trusted, with any status.
            (asked,    200,    Some("bytes 777-786/1000"),  Sent::Others),
            (None,     200,    None,                        Sent::Whole),
            (None,     206,    None,                        Sent::Others),
            (None,     206,    Some("bytes 0-9/100"),       Sent::Others),
        ];
        for (asked, status, said, wanted) in cases {
            assert_eq!(sent(asked, status, said), wanted, "{asked:?} {status} {said:?}");
        }
    }
}
