//! The words of options: their text in `Display`, `FromStr`, and [`ReaderBuilder::set`](crate::ReaderBuilder::set).

use super::near::nearest;
use crate::error::{Error, clip};

/// Implements `Display` and `FromStr` for an enum whose variants have a word each. `$option` is the name of the option in
/// errors.
macro_rules! option_words {
    ($type:ident, $option:literal: $($word:literal => $variant:ident),+ $(,)?) => {
        #[doc = concat!("The word of the option `", $option, "`.")]
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(match self {
                    $(Self::$variant => $word,)+
                })
            }
        }

        #[doc = concat!("Parses the word of the option `", $option, "`.")]
        impl std::str::FromStr for $type {
            type Err = $crate::error::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::value::words::none_of($option, text, &[$($word),+])),
                }
            }
        }
    };
}
pub(crate) use option_words;

/// Returns the error for a text that is none of the words of an option.
pub(crate) fn none_of(option: &'static str, text: &str, words: &[&str]) -> Error {
    let near = nearest(text, words.iter().copied(), 1);
    let meant = near.first().map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    let known: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    let reason = format!("`{}` is none of {}{meant}", clip(text.as_bytes()), known.join(", "));
    let candidates = if near.is_empty() { words } else { near.as_slice() };
    Error::NoMatch { option, reason, candidates: candidates.iter().map(|&word| word.to_owned()).collect() }
}
