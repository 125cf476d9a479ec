//! Policy documents: what an identity may do, and who may take on a role.
//!
//! Less than AWS understands, and never something else: what this evaluator has no answer for is refused when the policy is
//! read, so that no test passes by a statement that was skipped.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::text;

/// The keys that a condition may ask for.
const KEYS: &[&str] =
    &["s3:prefix", "s3:delimiter", "sts:ExternalId", "kms:ViaService", "aws:ResourceAccount", "aws:PrincipalAccount"];

/// A policy document.
///
/// Understood are `Effect`, `Principal` (`"*"` and `AWS`), `Action`, `Resource` with `*` and `?`, and `Condition` with
/// `StringEquals`, `StringLike`, their `Not` forms and `IfExists`. Everything else is refused.
///
/// ```
/// use outlay_cloud::Policy;
///
/// let policy = Policy::parse(r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}"#);
/// assert!(policy.is_ok());
/// let refused = Policy::parse(r#"{"Statement": {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}}"#);
/// assert_eq!(refused.unwrap_err(), "statement 1: `NotAction` is not understood here");
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Value")]
pub struct Policy {
    statements: Vec<Statement>,
}

#[derive(Debug, Clone)]
struct Statement {
    allow: bool,
    principals: Option<Vec<String>>,
    actions: Vec<String>,
    resources: Vec<String>,
    conditions: Vec<Condition>,
}

#[derive(Debug, Clone)]
struct Condition {
    key: String,
    values: Vec<String>,
    patterns: bool,
    negated: bool,
    if_exists: bool,
}

/// What a policy is asked.
pub(crate) struct Question<'a> {
    /// `s3:GetObject`.
    pub(crate) action: &'a str,
    /// An ARN, or `*` where the action knows no resource.
    pub(crate) resource: &'a str,
    /// The condition keys that this request carries.
    pub(crate) keys: &'a [(&'static str, &'a str)],
}

/// Who asks, as far as a trust policy wants to know.
pub(crate) struct Caller<'a> {
    pub(crate) account: &'a str,
    /// The ARN of the user or role, and that of the session.
    pub(crate) arns: [&'a str; 2],
}

/// What a policy answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allowed,
    NotAllowed,
    Denied,
}

impl Policy {
    /// Reads a policy document.
    ///
    /// # Errors
    ///
    /// When it is no policy, or has parts that are not understood here: the text says which.
    pub fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str::<Value>(text).map_err(|error| error.to_string())?.try_into()
    }

    /// The verdict of an identity's own policy.
    pub(crate) fn identity(&self, question: &Question<'_>) -> Verdict {
        self.verdict(question, |statement| {
            statement.resources.iter().any(|pattern| text::matches(pattern, question.resource))
        })
    }

    /// The verdict of a role's trust policy.
    pub(crate) fn trust(&self, question: &Question<'_>, caller: &Caller<'_>) -> Verdict {
        self.verdict(question, |statement| statement.principals.iter().flatten().any(|principal| caller.is(principal)))
    }

    fn verdict(&self, question: &Question<'_>, concerned: impl Fn(&Statement) -> bool) -> Verdict {
        let action = question.action.to_ascii_lowercase();
        self.statements
            .iter()
            .filter(|statement| {
                statement.actions.iter().any(|pattern| text::matches(&pattern.to_ascii_lowercase(), &action))
            })
            .filter(|statement| concerned(statement))
            .filter(|statement| statement.conditions.iter().all(|condition| condition.met(question.keys)))
            .fold(Verdict::NotAllowed, |verdict, statement| match (verdict, statement.allow) {
                (Verdict::Denied, _) | (_, false) => Verdict::Denied,
                (_, true) => Verdict::Allowed,
            })
    }
}

impl Caller<'_> {
    fn is(&self, principal: &str) -> bool {
        let root = || principal.strip_suffix(":root").and_then(|arn| arn.rsplit(':').next()) == Some(self.account);
        principal == "*" || principal == self.account || self.arns.contains(&principal) || root()
    }
}

impl Condition {
    fn met(&self, keys: &[(&'static str, &str)]) -> bool {
        let Some((_, value)) = keys.iter().find(|(key, _)| key.eq_ignore_ascii_case(&self.key)) else {
            return self.negated || self.if_exists;
        };
        let one_of =
            self.values.iter().any(|wanted| if self.patterns { text::matches(wanted, value) } else { wanted == value });
        one_of != self.negated
    }
}

impl TryFrom<Value> for Policy {
    type Error = String;

    fn try_from(document: Value) -> Result<Self, String> {
        let document = document.as_object().ok_or("a policy is an object")?;
        only(document, &["Version", "Id", "Statement"])?;
        let statements = match document.get("Statement") {
            Some(Value::Array(statements)) => statements.iter().collect(),
            Some(statement) => vec![statement],
            None => return Err("a policy has a `Statement`".to_owned()),
        };
        let statements = statements.into_iter().enumerate().map(|(index, statement)| {
            Statement::parse(statement).map_err(|reason| format!("statement {}: {reason}", index + 1))
        });
        Ok(Self { statements: statements.collect::<Result<_, _>>()? })
    }
}

impl Statement {
    fn parse(statement: &Value) -> Result<Self, String> {
        let statement = statement.as_object().ok_or("it is no object")?;
        only(statement, &["Sid", "Effect", "Principal", "Action", "Resource", "Condition"])?;
        let allow = match statement.get("Effect").and_then(Value::as_str) {
            Some("Allow") => true,
            Some("Deny") => false,
            _ => return Err("`Effect` is neither Allow nor Deny".to_owned()),
        };
        let principals = match statement.get("Principal") {
            None => None,
            Some(Value::String(anyone)) if anyone == "*" => Some(vec![anyone.clone()]),
            Some(Value::Object(kinds)) => {
                only(kinds, &["AWS"])?;
                Some(list(kinds.get("AWS").unwrap_or(&Value::Null), "Principal")?)
            }
            Some(_) => return Err("`Principal` is not understood here".to_owned()),
        };
        let resources = match statement.get("Resource") {
            Some(resources) => list(resources, "Resource")?,
            None if principals.is_some() => Vec::new(),
            None => return Err("it has no `Resource`".to_owned()),
        };
        let actions = list(statement.get("Action").ok_or("it has no `Action`")?, "Action")?;
        let mut conditions = Vec::new();
        if let Some(operators) = statement.get("Condition") {
            for (operator, keys) in operators.as_object().ok_or("`Condition` is no object")? {
                for (key, values) in keys.as_object().ok_or("a condition's operator is no object")? {
                    conditions.push(Condition::parse(operator, key, values)?);
                }
            }
        }
        Ok(Self { allow, principals, actions, resources, conditions })
    }
}

impl Condition {
    fn parse(operator: &str, key: &str, values: &Value) -> Result<Self, String> {
        let (plain, if_exists) =
            operator.strip_suffix("IfExists").map_or((operator, false), |operator| (operator, true));
        let (patterns, negated) = match plain {
            "StringEquals" => (false, false),
            "StringNotEquals" => (false, true),
            "StringLike" => (true, false),
            "StringNotLike" => (true, true),
            _ => return Err(format!("the condition operator `{operator}` is not understood here")),
        };
        if !KEYS.iter().any(|known| known.eq_ignore_ascii_case(key)) {
            return Err(format!("the condition key `{key}` is not understood here"));
        }
        Ok(Self { key: key.to_owned(), values: list(values, key)?, patterns, negated, if_exists })
    }
}

fn only(object: &Map<String, Value>, known: &[&str]) -> Result<(), String> {
    let stranger = object.keys().find(|name| !known.contains(&name.as_str()));
    stranger.map_or(Ok(()), |name| Err(format!("`{name}` is not understood here")))
}

fn list(value: &Value, name: &str) -> Result<Vec<String>, String> {
    let texts: Option<Vec<String>> = match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(texts) => texts.iter().map(|text| text.as_str().map(str::to_owned)).collect(),
        _ => None,
    };
    let texts = texts.ok_or_else(|| format!("`{name}` is neither text nor a list of texts"))?;
    match texts.iter().find(|text| text.contains("${")) {
        Some(text) => Err(format!("the variable in `{text}` is not understood here")),
        None => Ok(texts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts() {
        use Verdict::{Allowed, Denied, NotAllowed};
        let listing = r#"{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::b",
            "Condition": {"StringLike": {"s3:prefix": ["p/*", "p"]}}}"#;
        let objects = r#"{"Effect": "Allow", "Action": ["s3:get*"], "Resource": "arn:aws:s3:::b/p/*"}"#;
        let never = r#"{"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*/secret"}"#;
        let prefix = |value| [("s3:prefix", value)];
        for (name, statements, action, resource, keys, expected) in [
            ("pattern", vec![objects], "s3:GetObject", "arn:aws:s3:::b/p/1", None, Allowed),
            ("other resource", vec![objects], "s3:GetObject", "arn:aws:s3:::b/q/1", None, NotAllowed),
            ("other action", vec![objects], "s3:PutObject", "arn:aws:s3:::b/p/1", None, NotAllowed),
            ("deny wins", vec![never, objects], "s3:GetObject", "arn:aws:s3:::b/p/secret", None, Denied),
            ("deny wins from behind", vec![objects, never], "s3:GetObject", "arn:aws:s3:::b/p/secret", None, Denied),
            ("condition met", vec![listing], "s3:ListBucket", "arn:aws:s3:::b", Some(prefix("p/q/")), Allowed),
            ("condition not met", vec![listing], "s3:ListBucket", "arn:aws:s3:::b", Some(prefix("q/")), NotAllowed),
            ("condition without its key", vec![listing], "s3:ListBucket", "arn:aws:s3:::b", None, NotAllowed),
        ] {
            let policy = Policy::parse(&format!(r#"{{"Statement": [{}]}}"#, statements.join(","))).expect(name);
            let keys = keys.as_ref().map_or(&[][..], |keys| &keys[..]);
            assert_eq!(policy.identity(&Question { action, resource, keys }), expected, "{name}");
        }
    }

    #[test]
    fn trust() {
        let policy = r#"{"Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
            "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": "right"}}}}"#;
        let policy = Policy::parse(policy).expect("a trust policy");
        for (account, id, expected) in [
            ("111122223333", Some("right"), Verdict::Allowed),
            ("111122223333", Some("wrong"), Verdict::NotAllowed),
            ("111122223333", None, Verdict::NotAllowed),
            ("999999999999", Some("right"), Verdict::NotAllowed),
        ] {
            let keys: Vec<_> = id.map(|id| ("sts:ExternalId", id)).into_iter().collect();
            let question = Question { action: "sts:AssumeRole", resource: "*", keys: &keys };
            let caller = Caller { account, arns: ["arn:aws:iam::1:user/a", "arn:aws:iam::1:user/a"] };
            assert_eq!(policy.trust(&question, &caller), expected, "{account} {id:?}");
        }
    }

    #[test]
    fn refused() {
        for (statement, reason) in [
            (r#"{"Effect": "Allow", "Action": "*"}"#, "it has no `Resource`"),
            (r#"{"Effect": "allow", "Action": "*", "Resource": "*"}"#, "`Effect` is neither Allow nor Deny"),
            (r#"{"Effect": "Deny", "Action": "*", "NotResource": "*"}"#, "`NotResource` is not understood here"),
            (
                r#"{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}"#,
                "the condition operator `Bool` is not understood here",
            ),
            (
                r#"{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringLike": {"aws:SourceIp": "*"}}}"#,
                "the condition key `aws:SourceIp` is not understood here",
            ),
            (
                r#"{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::b/${aws:username}"}"#,
                "the variable in `arn:aws:s3:::b/${aws:username}` is not understood here",
            ),
        ] {
            let refused = Policy::parse(&format!(r#"{{"Statement": {statement}}}"#)).expect_err(statement);
            assert_eq!(refused, format!("statement 1: {reason}"));
        }
    }
}
