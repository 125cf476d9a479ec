//! Pages of what a JSON service lists.

use serde_json::Value;

use crate::refusal::Refusal;

/// The entries of a page, and the token of the next one.
///
/// # Errors
///
/// The refusal for a token that this service did not give.
pub(crate) fn page<T>(
    entries: &[T],
    count: usize,
    token: Option<&str>,
    invalid: &str,
) -> Result<(Vec<T>, Value), Refusal>
where
    T: Clone,
{
    let from = match token {
        None => 0,
        Some(token) => token
            .strip_prefix("from-")
            .and_then(|from| from.parse().ok())
            .filter(|from| *from <= entries.len())
            .ok_or_else(|| Refusal::new(400, invalid, "Invalid pagination token."))?,
    };
    let to = entries.len().min(from + count.max(1));
    let next = if to < entries.len() { Value::from(format!("from-{to}")) } else { Value::Null };
    Ok((entries[from..to].to_vec(), next))
}

/// An answer: a list, and the next page's token when there is one.
pub(crate) fn with_token(mut answer: Value, name: &str, token: Value) -> Value {
    if let (Some(members), false) = (answer.as_object_mut(), token.is_null()) {
        members.insert(name.to_owned(), token);
    }
    answer
}
