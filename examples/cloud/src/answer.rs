//! Responses of successful requests.

use serde_json::Value;

use crate::faults::Effect;
use crate::object::Content;

/// A response, before faults are applied to its body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) content: Content,
    /// The offset of the first byte of the content that is sent. `length` is the number of bytes.
    pub(crate) first: u64,
    pub(crate) length: u64,
}

impl Answer {
    /// Creates a response with part of an object.
    pub(crate) fn object(
        status: u16,
        headers: Vec<(&'static str, String)>,
        content: Content,
        first: u64,
        length: u64,
    ) -> Self {
        Self { status, headers, content, first, length }
    }

    fn whole(status: u16, kind: &str, text: String) -> Self {
        let headers = vec![("content-type", kind.to_owned())];
        let length = text.len() as u64;
        Self { status, headers, content: Content::Bytes(text.into()), first: 0, length }
    }

    /// Creates a response with text of a content type.
    pub(crate) fn text(status: u16, kind: &str, text: String) -> Self {
        Self::whole(status, kind, text)
    }

    /// Creates a response from XML without its declaration, which is added.
    pub(crate) fn xml(body: String) -> Self {
        Self::whole(200, "text/xml", format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{body}"))
    }

    /// Creates a response of a JSON service.
    pub(crate) fn json(body: &Value) -> Self {
        Self::whole(200, "application/x-amz-json-1.1", body.to_string())
    }

    /// Applies a fault that changes the response as a whole.
    pub(crate) fn disturb(&mut self, effect: &Effect) {
        match effect {
            Effect::Shorten(after) => self.length = self.length.min(*after),
            Effect::Edit { from, to } => {
                if let Content::Bytes(bytes) = &self.content
                    && let Ok(text) = std::str::from_utf8(bytes)
                {
                    let text = text.replace(from, to);
                    (self.first, self.length) = (0, text.len() as u64);
                    self.content = Content::Bytes(text.into());
                }
            }
            Effect::ContentRange(range) => {
                self.status = 206;
                self.headers.retain(|(name, _)| *name != "content-range");
                self.headers.extend(range.clone().map(|range| ("content-range", range)));
            }
            _ => {}
        }
    }

    /// Creates a response without a body.
    pub(crate) fn empty(status: u16, headers: Vec<(&'static str, String)>) -> Self {
        Self { status, headers, content: Content::Bytes(bytes::Bytes::new()), first: 0, length: 0 }
    }
}
