//! Errors of the AWS SDK as sources of [`Error`](crate::Error): the text of each level, without secrets.
//!
//! The errors of the SDK are not kept. Their `Debug` output has requests and responses, and AWS's messages may quote
//! the request.

use std::error::Error as StdError;
use std::fmt;

use crate::error::printable;

/// The replacement of a secret.
const REDACTED: &str = "(redacted)";
/// Maximum number of levels. The SDK has up to ten.
const MOST_LEVELS: usize = 32;
/// Maximum number of characters of one level.
const MOST_CHARACTERS: usize = 400;
/// Names of secrets, in lower case: in signed URLs, in headers, and in responses of STS.
const NAMES: [&str; 8] = [
    "signature",
    "security-token",
    "credential",
    "authorization",
    "secretaccesskey",
    "secret_access_key",
    "sessiontoken",
    "externalid",
];

/// One level of an error of the SDK.
#[derive(Clone, Debug)]
pub(crate) struct Cause {
    message: String,
    source: Option<Box<Self>>,
}

impl Cause {
    /// Returns an error and its sources, without the given secrets and without texts that look like secrets.
    pub(crate) fn of(error: &(dyn StdError + 'static), secrets: &[&str]) -> Self {
        let levels = std::iter::successors(error.source(), |&error| error.source()).take(MOST_LEVELS);
        let messages: Vec<String> = levels.map(|error| clean(&error.to_string(), secrets)).collect();
        let below = |source, message| Some(Box::new(Self { message, source }));
        Self { message: clean(&error.to_string(), secrets), source: messages.into_iter().rev().fold(None, below) }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", printable(&self.message))
    }
}

impl StdError for Cause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// Returns a message of the SDK or of AWS as one line without secrets, with at most 400 characters. It names roles and
/// actions, so it is longer than cells.
pub(super) fn clean(text: &str, secrets: &[&str]) -> String {
    let mut text = text.to_owned();
    for secret in secrets {
        text = text.replace(secret, REDACTED);
        // The SDK prints some texts as Rust string literals.
        text = text.replace(&secret.escape_debug().to_string(), REDACTED);
    }
    // Shortened last, because a part of a secret would not be found.
    let text = without_values(&text);
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MOST_CHARACTERS).collect()
}

/// Removes the values that follow names of secrets: `X-Amz-Signature=…`, `"SessionToken": "…"`.
fn without_values(text: &str) -> String {
    let is_around = |character: char| character.is_whitespace() || matches!(character, '"' | '\'' | '\\');
    let ends = |character: char| character.is_whitespace() || "\"'\\&,;<>)}".contains(character);
    let (mut clean, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find(['=', ':', '>']) {
        let (before, after) = rest.split_at(at + 1);
        let name = before[..at].trim_end_matches(is_around).to_ascii_lowercase();
        clean.push_str(before);
        rest = after;
        if NAMES.iter().any(|known| name.ends_with(known)) {
            let value = after.trim_start_matches(is_around);
            let length = value.find(ends).unwrap_or(value.len());
            clean.push_str(&after[..after.len() - value.len()]);
            clean.push_str(if length > 0 { REDACTED } else { "" });
            rest = &value[length..];
        }
    }
    clean + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_redacted_wherever_they_stand() {
        let secrets = ["3f2c9b7e", "wJalr/XUtn", "a\"b"];
        #[rustfmt::skip]
        let cases = [
            ("the external ID 3f2c9b7e is wrong",                    "the external ID (redacted) is wrong"),
            ("wJalr/XUtn and wJalr/XUtn",                            "(redacted) and (redacted)"),
            // As is, and as printed by `Debug`.
            (r#"a"b a\"b"#,                                          "(redacted) (redacted)"),
            ("GET /k?X-Amz-Credential=AKIA%2F1&X-Amz-Signature=0f1e&x=1",
             "GET /k?X-Amz-Credential=(redacted)&X-Amz-Signature=(redacted)&x=1"),
            ("x-amz-security-token: FwoG==, host: here",             "x-amz-security-token: (redacted), host: here"),
            (r#"{"SessionToken": "FwoG", "n": 1}"#,                  r#"{"SessionToken": "(redacted)", "n": 1}"#),
            (r#"\"SessionToken\": \"FwoG\""#,                        r#"\"SessionToken\": \"(redacted)\""#),
            ("<SecretAccessKey>abc</SecretAccessKey>",               "<SecretAccessKey>(redacted)</SecretAccessKey>"),
            ("Signature=",                                           "Signature="),
            // No secrets.
            ("Signature expired: 20260101T000000Z is earlier",       "Signature expired: 20260101T000000Z is earlier"),
            ("Error { code: \"AccessDenied\", message: \"no\" }",    "Error { code: \"AccessDenied\", message: \"no\" }"),
            ("connect to 127.0.0.1:9: refused\n  at once",           "connect to 127.0.0.1:9: refused at once"),
        ];
        for (text, wanted) in cases {
            assert_eq!(clean(text, &secrets), wanted);
        }
        // A secret across the limit.
        let long = format!("{}3f2c9b7e", "x".repeat(MOST_CHARACTERS - 4));
        assert!(!clean(&long, &secrets).contains("3f2c"));
    }

    /// An error with a source.
    #[derive(Debug)]
    struct Level(&'static str, Option<Box<Level>>);

    impl fmt::Display for Level {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl StdError for Level {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            self.1.as_deref().map(|source| source as _)
        }
    }

    #[test]
    fn each_level_is_kept() {
        let inner = Level("it said\u{1b} hidden", None);
        let error = Level("outer", Some(Box::new(Level("hidden in the middle", Some(Box::new(inner))))));
        let cause = Cause::of(&error, &["hidden"]);
        let levels = std::iter::successors(Some(&cause as &dyn StdError), |&error| error.source());
        let texts: Vec<String> = levels.map(ToString::to_string).collect();
        assert_eq!(texts, ["outer", "(redacted) in the middle", "it said\\u{1b} (redacted)"]);
        assert!(!format!("{cause:?}").contains("hidden"));
    }
}
