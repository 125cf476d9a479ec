//! Options by name, for callers that have them as data: bindings of other languages, configuration files.

use super::builder::ReaderBuilder;
use crate::error::{Error, Result};
use crate::options::{NegationPolicy, OnError, OnUnknown, OnUnknownType, TableSchema};
use crate::schema::encoding::{MapEncoding, TagPolicy, TextEncoding};

/// The value of an option, in forms that every language has.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OptionValue {
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Number(u64),
    /// A text: also a path, an instant, or one of the words that an option knows.
    Text(String),
    /// A list of texts.
    Texts(Vec<String>),
    /// Texts by key.
    Pairs(Vec<(String, String)>),
}

impl ReaderBuilder {
    /// Sets an option by its name, which is that of its method. Where a method takes one of several words, so does this,
    /// in lower case.
    ///
    /// ```
    /// use outlay::{OptionValue, Reader};
    ///
    /// let builder = Reader::builder()
    ///     .set("columns", OptionValue::Texts(vec!["BilledCost".to_owned()]))?
    ///     .set("text", OptionValue::Text("dictionary".to_owned()))?;
    /// let error = builder.set("text", OptionValue::Text("latin1".to_owned())).unwrap_err();
    /// assert_eq!(error.to_string(), "option `text`: `latin1` is none of `utf8`, `dictionary`, `view`");
    /// # Ok::<(), outlay::Error>(())
    /// ```
    ///
    /// Errors: [`Error::Option`] for a name that is none, and for a value that the option cannot take. What else a value
    /// has to be is asked by [`ReaderBuilder::validate`], and by whatever opens a report.
    pub fn set(self, name: &str, value: OptionValue) -> Result<Self> {
        Ok(match name {
            "focus" => self.focus(value.text("focus")?.parse()?),
            "schema" => self.schema(value.word("schema", &[("focus", TableSchema::Focus), ("cur", TableSchema::Cur)])?),
            "columns" => self.columns(value.texts("columns")?),
            "extra_columns" => self.extra_columns(value.texts("extra_columns")?),
            "tag_columns" => self.tag_columns(value.texts("tag_columns")?),
            "account_names" => self.account_names(value.pairs("account_names")?),
            "periods" => self.periods(value.texts("periods")?),
            "threads" => self.threads(value.number("threads")?),
            "batch_rows" => self.batch_rows(value.number("batch_rows")?),
            "maps" => self.maps(value.word("maps", &[("map", MapEncoding::Map), ("json", MapEncoding::Json)])?),
            "text" => {
                let words = [
                    ("utf8", TextEncoding::Utf8),
                    ("dictionary", TextEncoding::Dictionary),
                    ("view", TextEncoding::View),
                ];
                self.text(value.word("text", &words)?)
            }
            "on_error" => {
                self.on_error(value.word("on_error", &[("stop", OnError::Stop), ("quarantine", OnError::Quarantine)])?)
            }
            "quarantine_file" => self.quarantine_file(value.text("quarantine_file")?),
            "on_unknown_type" => {
                let words = [("warn", OnUnknownType::Warn), ("stop", OnUnknownType::Stop)];
                self.on_unknown_type(value.word("on_unknown_type", &words)?)
            }
            "on_unknown" => {
                self.on_unknown(value.word("on_unknown", &[("null", OnUnknown::Null), ("stop", OnUnknown::Stop)])?)
            }
            "negation" => self
                .negation(value.word("negation", &[("drop", NegationPolicy::Drop), ("keep", NegationPolicy::Keep)])?),
            "as_of" => self.as_of(value.text("as_of")?),
            "tag_policy" => {
                self.tag_policy(value.word("tag_policy", &[("exact", TagPolicy::Exact), ("fold", TagPolicy::Fold)])?)
            }
            "lineage" => self.lineage(value.flag("lineage")?),
            "record_bytes" => self.record_bytes(value.number("record_bytes")?),
            "block_bytes" => self.block_bytes(value.number("block_bytes")?),
            "max_columns" => self.max_columns(value.number("max_columns")?),
            "expected_bytes" => self.expected_bytes(value.number("expected_bytes")? as u64),
            _ => {
                let reason = format!("there is no `{}`", crate::error::clip(name.as_bytes()));
                return Err(Error::Option { option: "name", reason });
            }
        })
    }
}

impl OptionValue {
    fn refuse<T>(&self, option: &'static str, wanted: &str) -> Result<T> {
        let given = match self {
            Self::Flag(_) => "yes or no",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::Texts(_) => "a list of texts",
            Self::Pairs(_) => "texts by key",
        };
        Err(Error::Option { option, reason: format!("expected {wanted}, got {given}") })
    }

    fn flag(self, option: &'static str) -> Result<bool> {
        if let Self::Flag(flag) = self { Ok(flag) } else { self.refuse(option, "yes or no") }
    }

    fn number(self, option: &'static str) -> Result<usize> {
        match self {
            Self::Number(number) => usize::try_from(number).or_else(|_| self.refuse(option, "smaller")),
            _ => self.refuse(option, "a number"),
        }
    }

    fn text(self, option: &'static str) -> Result<String> {
        if let Self::Text(text) = self { Ok(text) } else { self.refuse(option, "a text") }
    }

    fn texts(self, option: &'static str) -> Result<Vec<String>> {
        match self {
            Self::Texts(texts) => Ok(texts),
            _ => self.refuse(option, "a list of texts"),
        }
    }

    fn pairs(self, option: &'static str) -> Result<Vec<(String, String)>> {
        match self {
            Self::Pairs(pairs) => Ok(pairs),
            _ => self.refuse(option, "texts by key"),
        }
    }

    /// The meaning of a word, of those that the option knows.
    fn word<T: Copy>(self, option: &'static str, words: &[(&str, T)]) -> Result<T> {
        let text = self.text(option)?;
        words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning).ok_or_else(|| {
            let known: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            let reason = format!("`{}` is none of {}", crate::error::clip(text.as_bytes()), known.join(", "));
            Error::Option { option, reason }
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::read::reader::Reader;

    fn text(text: &str) -> OptionValue {
        OptionValue::Text(text.to_owned())
    }

    #[test]
    fn each_option_is_the_one_of_its_method() {
        let texts = || OptionValue::Texts(vec!["a".to_owned()]);
        let pairs = OptionValue::Pairs(vec![("1".to_owned(), "one".to_owned())]);
        #[rustfmt::skip]
        let cases = [
            ("focus",           text("1.2"),              Reader::builder()),
            ("schema",          text("cur"),              Reader::builder().schema(TableSchema::Cur)),
            ("columns",         texts(),                  Reader::builder().columns(["a"])),
            ("extra_columns",   texts(),                  Reader::builder().extra_columns(["a"])),
            ("tag_columns",     texts(),                  Reader::builder().tag_columns(["a"])),
            ("account_names",   pairs,                    Reader::builder().account_names([("1", "one")])),
            ("periods",         texts(),                  Reader::builder().periods(["a"])),
            ("threads",         OptionValue::Number(3),       Reader::builder().threads(3)),
            ("batch_rows",      OptionValue::Number(3),       Reader::builder().batch_rows(3)),
            ("maps",            text("json"),             Reader::builder().maps(MapEncoding::Json)),
            ("text",            text("view"),             Reader::builder().text(TextEncoding::View)),
            ("on_error",        text("quarantine"),       Reader::builder().on_error(OnError::Quarantine)),
            ("quarantine_file", text("a"),                Reader::builder().quarantine_file("a")),
            ("on_unknown_type", text("stop"),             Reader::builder().on_unknown_type(OnUnknownType::Stop)),
            ("on_unknown",      text("stop"),             Reader::builder().on_unknown(OnUnknown::Stop)),
            ("negation",        text("keep"),             Reader::builder().negation(NegationPolicy::Keep)),
            ("as_of",           text("2026-01-01"),       Reader::builder().as_of("2026-01-01")),
            ("tag_policy",      text("fold"),             Reader::builder().tag_policy(TagPolicy::Fold)),
            ("lineage",         OptionValue::Flag(true),      Reader::builder().lineage(true)),
            ("record_bytes",    OptionValue::Number(3),       Reader::builder().record_bytes(3)),
            ("block_bytes",     OptionValue::Number(3),       Reader::builder().block_bytes(3)),
            ("max_columns",     OptionValue::Number(3),       Reader::builder().max_columns(3)),
            ("expected_bytes",  OptionValue::Number(3),       Reader::builder().expected_bytes(3)),
        ];
        for (name, value, wanted) in cases {
            let found = Reader::builder().set(name, value).unwrap();
            assert_eq!(format!("{found:?}"), format!("{wanted:?}"), "{name}");
        }
    }

    #[test]
    fn what_an_option_cannot_take_is_refused() {
        #[rustfmt::skip]
        let cases = [
            ("colums",  text("a"),           "option `name`: there is no `colums`"),
            ("columns", text("a"),           "option `columns`: expected a list of texts, got a text"),
            ("threads", text("2"),           "option `threads`: expected a number, got a text"),
            ("lineage", OptionValue::Number(1),  "option `lineage`: expected yes or no, got a number"),
            ("as_of",   OptionValue::Flag(true), "option `as_of`: expected a text, got yes or no"),
            ("maps",    text("list"),        "option `maps`: `list` is none of `map`, `json`"),
        ];
        for (name, value, wanted) in cases {
            assert_eq!(Reader::builder().set(name, value).unwrap_err().to_string(), wanted, "{name}");
        }
    }
}
