//! A client that signs requests as far as the simulated cloud verifies signatures.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use outlay_cloud::{Cloud, User, World};
use serde_json::Value;

pub const CALLER: &str = "arn:aws:iam::111122223333:user/finops";
pub const ROLE: &str = "arn:aws:iam::444455556666:role/billing";

/// Returns a world with one user.
pub fn world() -> World {
    World::new().user(User::new(CALLER, "AKIAFINOPS0000000000"))
}

pub fn start(world: World) -> Cloud {
    Cloud::start(world).expect("a cloud")
}

/// The credentials and the region of the signatures.
#[derive(Clone)]
pub struct Client {
    address: String,
    key: String,
    token: Option<String>,
    region: String,
}

/// A response, which may be incomplete.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// Returns the contents of all elements with a name.
    pub fn elements(&self, name: &str) -> Vec<&str> {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        self.text().split(&open).skip(1).filter_map(|rest| rest.split(&close).next()).collect()
    }

    /// Returns the code of an error, in XML or JSON.
    pub fn code(&self) -> String {
        match self.elements("Code").first() {
            Some(code) => (*code).to_owned(),
            None => self.json()["__type"].as_str().unwrap_or_default().to_owned(),
        }
    }
}

impl Client {
    /// Creates a client for the user of [`world`].
    pub fn new(cloud: &Cloud) -> Self {
        Self::at(cloud.endpoint())
    }

    pub fn at(endpoint: &str) -> Self {
        let address = endpoint.trim_start_matches("http://").to_owned();
        Self { address, key: "AKIAFINOPS0000000000".to_owned(), token: None, region: "us-east-1".to_owned() }
    }

    pub fn region(mut self, region: &str) -> Self {
        self.region = region.to_owned();
        self
    }

    pub fn key(mut self, key: &str, token: Option<&str>) -> Self {
        self.key = key.to_owned();
        self.token = token.map(str::to_owned);
        self
    }

    /// Sends a request. Returns `None` if the connection ends before the headers of the response.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        service: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Option<Answer> {
        let mut wire = TcpStream::connect(&self.address).expect("a connection");
        wire.set_read_timeout(Some(Duration::from_secs(5))).expect("a time limit");
        let (key, region, signature) = (&self.key, &self.region, "0".repeat(64));
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n");
        if !service.is_empty() {
            head += &format!(
                "Authorization: AWS4-HMAC-SHA256 Credential={key}/20260101/{region}/{service}/aws4_request, \
                 SignedHeaders=host;x-amz-date, Signature={signature}\r\nX-Amz-Date: 20260101T000000Z\r\n"
            );
        }
        if let Some(token) = &self.token {
            head += &format!("X-Amz-Security-Token: {token}\r\n");
        }
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("Content-Length: {}\r\n\r\n", body.len());
        wire.write_all(&[head.as_bytes(), body].concat()).ok()?;
        let mut answer = Vec::new();
        // Bytes before an error are part of the response.
        let _ = wire.read_to_end(&mut answer);
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
        let head = String::from_utf8(answer[..end].to_vec()).expect("a head");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        Some(Answer { status, head, body: answer.split_off(end + 4) })
    }

    pub fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send("GET", path, "s3", headers, b"").expect("an answer")
    }

    pub fn json(&self, target: &str, body: Value) -> Answer {
        let service = match target.split('.').next() {
            Some("AWSOrigamiServiceGatewayService") => "cur",
            Some("AWSBillingAndCostManagementDataExports") => "bcm-data-exports",
            Some("AWSOrganizationsV20161128") => "organizations",
            _ => "ce",
        };
        let headers = [("X-Amz-Target", target), ("Content-Type", "application/x-amz-json-1.1")];
        self.send("POST", "/", service, &headers, body.to_string().as_bytes()).expect("an answer")
    }

    pub fn sts(&self, form: &str) -> Answer {
        let headers = [("Content-Type", "application/x-www-form-urlencoded")];
        self.send("POST", "/", "sts", &headers, format!("{form}&Version=2011-06-15").as_bytes()).expect("an answer")
    }

    /// Returns a client with the credentials of a role.
    pub fn assume(&self, role: &str) -> Self {
        let answer = self.sts(&format!("Action=AssumeRole&RoleSessionName=it&RoleArn={role}"));
        let one = |name: &str| *answer.elements(name).first().expect(name);
        self.clone().key(one("AccessKeyId"), Some(one("SessionToken")))
    }
}
