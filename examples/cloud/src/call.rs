//! Parsed requests, with their service and operation.

use hyper::HeaderMap;
use hyper::Method;
use serde_json::Value;

use crate::refusal::Refusal;
use crate::text;

/// The simulated services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    S3,
    Sts,
    Reports,
    Exports,
    Organizations,
    CostExplorer,
}

/// Prefixes of the header `x-amz-target`, with their services.
const TARGETS: &[(&str, Service)] = &[
    ("AWSOrigamiServiceGatewayService", Service::Reports),
    ("AWSBillingAndCostManagementDataExports", Service::Exports),
    ("AWSOrganizationsV20161128", Service::Organizations),
    ("AWSInsightsIndexService", Service::CostExplorer),
];

impl Service {
    /// Returns the name in policies and in the scope of a signature.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Sts => "sts",
            Self::Reports => "cur",
            Self::Exports => "bcm-data-exports",
            Self::Organizations => "organizations",
            Self::CostExplorer => "ce",
        }
    }
}

/// A request.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) service: Service,
    /// The name of the operation in AWS's API, such as `GetObject`.
    pub(crate) operation: String,
    pub(crate) bucket: Option<String>,
    pub(crate) key: Option<String>,
    /// The parameters of the query, or of the form.
    pub(crate) parameters: Vec<(String, String)>,
    /// The body of a request to a JSON service; null for other services.
    pub(crate) json: Value,
    pub(crate) headers: HeaderMap,
    pub(crate) head: bool,
    /// The request id. Assigned when the request is logged.
    pub(crate) id: String,
}

impl Call {
    /// Parses a request.
    ///
    /// # Errors
    ///
    /// The error for a request that belongs to no service.
    pub(crate) fn read(
        method: &Method,
        path: &str,
        query: &str,
        headers: HeaderMap,
        body: &[u8],
    ) -> Result<Self, Refusal> {
        let text = |header: &str| headers.get(header).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let unreadable = || Refusal::new(400, "InvalidURI", "Couldn't parse the specified URI.");
        let mut call = Self {
            service: Service::S3,
            operation: String::new(),
            bucket: None,
            key: None,
            parameters: text::pairs(query).ok_or_else(unreadable)?,
            json: Value::Null,
            head: method == Method::HEAD,
            headers: HeaderMap::new(),
            id: String::new(),
        };
        if let Some((prefix, operation)) = text("x-amz-target").split_once('.') {
            let target = TARGETS.iter().find(|(known, _)| *known == prefix);
            call.service = target.ok_or_else(|| Refusal::new(404, "UnknownOperationException", ""))?.1;
            call.operation = operation.to_owned();
            call.json = serde_json::from_slice(body).map_err(|_| Refusal::new(400, "SerializationException", ""))?;
        } else if text("content-type").starts_with("application/x-www-form-urlencoded") {
            call.service = Service::Sts;
            let form = std::str::from_utf8(body).ok().and_then(text::pairs);
            call.parameters.extend(form.ok_or_else(unreadable)?);
            call.operation = call.parameter("Action").unwrap_or_default().to_owned();
        } else {
            let path = text::percent_decoded(path).ok_or_else(unreadable)?;
            let path = path.strip_prefix('/').unwrap_or(&path);
            let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
            call.bucket = Some(bucket).filter(|bucket| !bucket.is_empty()).map(str::to_owned);
            call.key = Some(key).filter(|key| !key.is_empty()).map(str::to_owned);
            call.operation = call.s3_operation(method);
        }
        call.headers = headers;
        Ok(call)
    }

    fn s3_operation(&self, method: &Method) -> String {
        let asks = |name: &str| self.parameters.iter().any(|(known, _)| known == name);
        let of_an_object = ["acl", "attributes", "tagging", "torrent", "retention", "legal-hold"].into_iter().any(asks);
        let of_a_bucket = || self.parameters.iter().any(|(name, value)| value.is_empty() && name != "prefix");
        match (method.as_str(), self.bucket.is_some(), self.key.is_some()) {
            ("GET", true, true) if !of_an_object => "GetObject",
            ("HEAD", true, true) => "HeadObject",
            ("HEAD", true, false) => "HeadBucket",
            ("GET", true, false) if asks("location") => "GetBucketLocation",
            ("GET", true, false) if self.parameter("list-type") == Some("2") => "ListObjectsV2",
            ("GET", true, false) if of_a_bucket() => "GetBucketSetting",
            ("GET", true, false) => "ListObjects",
            ("GET", false, _) => "ListBuckets",
            ("PUT", true, true) => "PutObject",
            ("DELETE", true, true) => "DeleteObject",
            _ => "Unknown",
        }
        .to_owned()
    }

    /// Returns a header, if it is present and is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Returns a parameter of the query or the form.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns a string member of the JSON body.
    pub(crate) fn member(&self, name: &str) -> Option<&str> {
        self.json.get(name).and_then(Value::as_str)
    }

    /// Returns the requested range, before the object's length is known: the first byte, and the last one if it is given.
    pub(crate) fn span(&self) -> (u64, Option<u64>) {
        let range = self.header("range").and_then(|range| range.strip_prefix("bytes="));
        let Some((first, last)) = range.and_then(|range| range.split_once('-')) else { return (0, None) };
        (first.parse().unwrap_or(0), last.parse().ok())
    }
}
