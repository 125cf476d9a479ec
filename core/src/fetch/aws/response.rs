//! Data of a response that the AWS SDK does not provide: its status, and whether its XML is complete.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU32, Ordering};

use aws_sdk_s3::config::interceptors::{
    AfterDeserializationInterceptorContextRef, BeforeDeserializationInterceptorContextRef,
    BeforeTransmitInterceptorContextRef,
};
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;

/// Records the responses to a request, or to several that ask for the same. Only the last response is kept, and the
/// number of attempts.
#[derive(Clone, Debug, Default)]
pub(crate) struct ResponseRecorder(Arc<Seen>);

#[derive(Debug, Default)]
struct Seen {
    status: AtomicU16,
    is_closed: AtomicBool,
    attempts: AtomicU32,
}

impl ResponseRecorder {
    /// Returns the HTTP status.
    pub(crate) fn status(&self) -> u16 {
        self.0.status.load(Ordering::Relaxed)
    }

    /// Returns the number of attempts so far, those of the SDK included.
    pub(crate) fn attempts(&self) -> u32 {
        self.0.attempts.load(Ordering::Relaxed)
    }

    /// Returns whether a listing ended with its closing tag. The SDK accepts truncated XML.
    pub(crate) fn is_closed(&self) -> bool {
        self.0.is_closed.load(Ordering::Relaxed)
    }
}

impl Intercept for ResponseRecorder {
    fn name(&self) -> &'static str {
        "ResponseRecorder"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.attempts.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.status.store(context.response().status().as_u16(), Ordering::Relaxed);
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // The body of an object is not in memory, and not XML.
        let is_closed = context.response().body().bytes().is_some_and(ends_a_listing);
        self.0.is_closed.store(is_closed, Ordering::Relaxed);
        Ok(())
    }
}

/// Returns whether the last tag closes the root of a listing, with any namespace prefix.
fn ends_a_listing(xml: &[u8]) -> bool {
    let tag = || {
        let xml = xml.trim_ascii_end().strip_suffix(b">")?;
        let start = xml.iter().rposition(|&byte| byte == b'<')?;
        let name = xml.get(start + 1..)?.strip_prefix(b"/")?.trim_ascii_end();
        name.rsplit(|&byte| byte == b':').next()
    };
    tag() == Some(b"ListBucketResult")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_last_tag_of_a_listing_is_found() {
        #[rustfmt::skip]
        let cases = [
            ("<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>",       true),
            ("<ListBucketResult></ListBucketResult>\r\n \t",                      true),
            ("<s3:ListBucketResult></s3:ListBucketResult >",                      true),
            ("<ListBucketResult><Contents></Contents>",                           false),
            ("<ListBucketResult><Contents></Contents></ListBucketResul",          false),
            ("<ListBucketResult><Contents></Contents></ListBucketResult",         false),
            ("<ListBucketResult><Contents></ListBucketResult><Contents>",         false),
            ("<ListBucketResult><Key></NotListBucketResult>",                     false),
            // Text, and the tag that opens it.
            ("<ListBucketResult>/ListBucketResult&gt;",                           false),
            ("<ListBucketResult>",                                                false),
            (">",                                                                 false),
            ("",                                                                  false),
        ];
        for (xml, wanted) in cases {
            assert_eq!(super::ends_a_listing(xml.as_bytes()), wanted, "{xml}");
        }
    }
}
