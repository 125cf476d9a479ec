//! Options by name, for callers that have them as data: language bindings, configuration files.

use super::builder::ReaderBuilder;
use crate::error::{Error, Result, clip};
use crate::value::near::nearest;

/// The value of an option, as one of the types that every language has.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OptionValue {
    /// A boolean.
    Flag(bool),
    /// An integer.
    Number(u64),
    /// A text. Also for paths, times, and options that take one of several words.
    Text(String),
    /// A list of texts.
    Texts(Vec<String>),
    /// Texts by key.
    Pairs(Vec<(String, String)>),
    /// A value of any other type, with its description, such as `a date`. No option takes it. For callers whose
    /// language does not check types: the error names the option and what it takes.
    Other(String),
}

impl ReaderBuilder {
    /// Sets an option by the name of its method. An option that takes one of several values takes its name in lower
    /// case.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] if there is no such option, or the option cannot take the value. Other conditions are checked by
    /// [`ReaderBuilder::validate`], and by all methods that open a report.
    ///
    /// # Examples
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
    pub fn set(self, name: &str, value: OptionValue) -> Result<Self> {
        match SETTERS.iter().find(|(known, _)| *known == name) {
            Some(&(option, set)) => set(self, Given { option, value }),
            None => Err(no_option(name)),
        }
    }

    /// Returns the names of all options of [`ReaderBuilder::set`].
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(outlay::ReaderBuilder::option_names().any(|name| name == "batch_rows"));
    /// ```
    pub fn option_names() -> impl Iterator<Item = &'static str> {
        SETTERS.iter().map(|(name, _)| *name)
    }
}

type Setter = fn(ReaderBuilder, Given) -> Result<ReaderBuilder>;

/// The options, with the methods that set them.
const SETTERS: &[(&str, Setter)] = &[
    ("focus", |builder, given| Ok(builder.focus(given.text()?.parse()?))),
    ("schema", |builder, given| Ok(builder.schema(given.text()?.parse()?))),
    ("columns", |builder, given| Ok(builder.columns(given.texts()?))),
    ("extra_columns", |builder, given| Ok(builder.extra_columns(given.texts()?))),
    ("tag_columns", |builder, given| Ok(builder.tag_columns(given.texts()?))),
    ("account_names", |builder, given| Ok(builder.account_names(given.pairs()?))),
    ("periods", |builder, given| Ok(builder.periods(given.texts()?))),
    ("threads", |builder, given| Ok(builder.threads(given.number()?))),
    ("batch_rows", |builder, given| Ok(builder.batch_rows(given.number()?))),
    ("maps", |builder, given| Ok(builder.maps(given.text()?.parse()?))),
    ("text", |builder, given| Ok(builder.text(given.text()?.parse()?))),
    ("decimals", |builder, given| Ok(builder.decimals(given.text()?.parse()?))),
    ("on_error", |builder, given| Ok(builder.on_error(given.text()?.parse()?))),
    ("quarantine_file", |builder, given| Ok(builder.quarantine_file(given.text()?))),
    ("on_unknown_type", |builder, given| Ok(builder.on_unknown_type(given.text()?.parse()?))),
    ("on_unknown", |builder, given| Ok(builder.on_unknown(given.text()?.parse()?))),
    ("on_no_match", |builder, given| Ok(builder.on_no_match(given.text()?.parse()?))),
    ("negation", |builder, given| Ok(builder.negation(given.text()?.parse()?))),
    ("as_of", |builder, given| Ok(builder.as_of(given.text()?))),
    ("tag_policy", |builder, given| Ok(builder.tag_policy(given.text()?.parse()?))),
    ("lineage", |builder, given| Ok(builder.lineage(given.flag()?))),
    ("record_bytes", |builder, given| Ok(builder.record_bytes(given.number()?))),
    ("block_bytes", |builder, given| Ok(builder.block_bytes(given.number()?))),
    ("max_columns", |builder, given| Ok(builder.max_columns(given.number()?))),
    ("expected_bytes", |builder, given| Ok(builder.expected_bytes(given.number()? as u64))),
    ("spool_bytes", |builder, given| Ok(builder.spool_bytes(given.number()? as u64))),
];

/// Returns the error for an unknown option, with similar names.
fn no_option(name: &str) -> Error {
    let candidates: Vec<String> =
        nearest(name, ReaderBuilder::option_names(), 3).into_iter().map(str::to_owned).collect();
    let meant = candidates.first().map_or_else(String::new, |known| format!(": did you mean `{known}`?"));
    let reason = format!("`{}` is not an option{meant}", clip(name.as_bytes()));
    Error::NoMatch { option: "name", reason, candidates }
}

/// What options with several values take.
const TEXTS: &str = "a list of texts";

/// A value of an option.
struct Given {
    option: &'static str,
    value: OptionValue,
}

impl Given {
    fn refuse<T>(&self, wanted: &str) -> Result<T> {
        let given = match &self.value {
            OptionValue::Flag(_) => "yes or no",
            OptionValue::Number(_) => "a number",
            OptionValue::Text(_) => "a text",
            OptionValue::Texts(_) => "a list of texts",
            OptionValue::Pairs(_) => "texts by key",
            OptionValue::Other(what) => what,
        };
        let hint = match (&self.value, wanted) {
            (OptionValue::Text(text), TEXTS) => format!(": put it in a list, [\"{}\"]", clip(text.as_bytes())),
            _ => String::new(),
        };
        Err(Error::Option { option: self.option, reason: format!("expected {wanted}, got {given}{hint}") })
    }

    fn flag(self) -> Result<bool> {
        if let OptionValue::Flag(flag) = self.value { Ok(flag) } else { self.refuse("yes or no") }
    }

    fn number(self) -> Result<usize> {
        match self.value {
            OptionValue::Number(number) => usize::try_from(number).or_else(|_| self.refuse("smaller")),
            _ => self.refuse("a number"),
        }
    }

    fn text(self) -> Result<String> {
        match self.value {
            OptionValue::Text(text) => Ok(text),
            _ => self.refuse("a text"),
        }
    }

    fn texts(self) -> Result<Vec<String>> {
        match self.value {
            OptionValue::Texts(texts) => Ok(texts),
            _ => self.refuse(TEXTS),
        }
    }

    fn pairs(self) -> Result<Vec<(String, String)>> {
        match self.value {
            OptionValue::Pairs(pairs) => Ok(pairs),
            _ => self.refuse("texts by key"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::options::{NegationPolicy, OnError, OnNoMatch, OnUnknown, OnUnknownType, TableSchema};
    use crate::read::reader::Reader;
    use crate::schema::encoding::{DecimalEncoding, MapEncoding, TagPolicy, TextEncoding};

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
            ("decimals",        text("float64"),          Reader::builder().decimals(DecimalEncoding::Float64)),
            ("on_error",        text("quarantine"),       Reader::builder().on_error(OnError::Quarantine)),
            ("quarantine_file", text("a"),                Reader::builder().quarantine_file("a")),
            ("on_unknown_type", text("stop"),             Reader::builder().on_unknown_type(OnUnknownType::Stop)),
            ("on_unknown",      text("stop"),             Reader::builder().on_unknown(OnUnknown::Stop)),
            ("on_no_match",     text("stop"),             Reader::builder().on_no_match(OnNoMatch::Stop)),
            ("negation",        text("keep"),             Reader::builder().negation(NegationPolicy::Keep)),
            ("as_of",           text("2026-01-01"),       Reader::builder().as_of("2026-01-01")),
            ("tag_policy",      text("fold"),             Reader::builder().tag_policy(TagPolicy::Fold)),
            ("lineage",         OptionValue::Flag(true),      Reader::builder().lineage(true)),
            ("record_bytes",    OptionValue::Number(3),       Reader::builder().record_bytes(3)),
            ("block_bytes",     OptionValue::Number(3),       Reader::builder().block_bytes(3)),
            ("max_columns",     OptionValue::Number(3),       Reader::builder().max_columns(3)),
            ("expected_bytes",  OptionValue::Number(3),       Reader::builder().expected_bytes(3)),
            ("spool_bytes",     OptionValue::Number(3),       Reader::builder().spool_bytes(3)),
        ];
        let names: Vec<&str> = cases.iter().map(|(name, ..)| *name).collect();
        assert_eq!(names, ReaderBuilder::option_names().collect::<Vec<_>>());
        for (name, value, wanted) in cases {
            let found = Reader::builder().set(name, value).unwrap();
            assert_eq!(format!("{found:?}"), format!("{wanted:?}"), "{name}");
        }
    }

    /// What an option prints is what its option takes, and its type parses.
    #[test]
    fn words_of_options_print_and_parse() {
        fn check<T: std::str::FromStr<Err = Error> + std::fmt::Display + std::fmt::Debug + PartialEq>(
            option: &str,
            words: &[(&str, T)],
        ) {
            for (word, value) in words {
                assert_eq!(value.to_string(), *word);
                assert_eq!(word.parse::<T>().unwrap(), *value);
                assert!(Reader::builder().set(option, text(word)).is_ok(), "{option} {word}");
            }
            let error = "?".parse::<T>().unwrap_err();
            let listed: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            assert_eq!(error.to_string(), format!("option `{option}`: `?` is none of {}", listed.join(", ")));
        }
        check("schema", &[("focus", TableSchema::Focus), ("cur", TableSchema::Cur)]);
        check("maps", &[("map", MapEncoding::Map), ("json", MapEncoding::Json)]);
        let texts =
            [("utf8", TextEncoding::Utf8), ("dictionary", TextEncoding::Dictionary), ("view", TextEncoding::View)];
        check("text", &texts);
        check("on_error", &[("stop", OnError::Stop), ("quarantine", OnError::Quarantine)]);
        check("on_unknown_type", &[("warn", OnUnknownType::Warn), ("stop", OnUnknownType::Stop)]);
        check("on_unknown", &[("null", OnUnknown::Null), ("stop", OnUnknown::Stop)]);
        check("negation", &[("drop", NegationPolicy::Drop), ("keep", NegationPolicy::Keep)]);
        check("tag_policy", &[("exact", TagPolicy::Exact), ("fold", TagPolicy::Fold)]);
    }

    #[test]
    fn what_an_option_cannot_take_is_refused() {
        #[rustfmt::skip]
        let cases = [
            ("colums",  text("a"),           "option `name`: `colums` is not an option: did you mean `columns`?"),
            ("asof",    text("a"),           "option `name`: `asof` is not an option: did you mean `as_of`?"),
            ("region",  text("a"),           "option `name`: `region` is not an option"),
            ("BatchRows", OptionValue::Number(1), "option `name`: `BatchRows` is not an option: did you mean `batch_rows`?"),
            ("columns", text("a"),           "option `columns`: expected a list of texts, got a text: put it in a list, [\"a\"]"),
            ("as_of",   OptionValue::Other("a date".to_owned()), "option `as_of`: expected a text, got a date"),
            ("threads", text("2"),           "option `threads`: expected a number, got a text"),
            ("lineage", OptionValue::Number(1),  "option `lineage`: expected yes or no, got a number"),
            ("as_of",   OptionValue::Flag(true), "option `as_of`: expected a text, got yes or no"),
            ("maps",    text("list"),        "option `maps`: `list` is none of `map`, `json`"),
            ("decimals", text("money"),      "option `decimals`: `money` is none of `exact`, `float64`, `decimal(38,9)`"),
            ("decimals", text("decimal(9)"), "option `decimals`: `decimal(9)` is none of `exact`, `float64`, `decimal(38,9)`; did you mean `decimal(38,9)`?"),
            ("decimals", text("decimal(39,9)"), "option `decimals`: `decimal(39,9)` is not a type: use 1 to 38 digits, at most 18 of them after the point, such as `decimal(38,9)`"),
            ("decimals", text("decimal(4,5)"), "option `decimals`: `decimal(4,5)` is not a type: use 1 to 38 digits, at most 18 of them after the point, such as `decimal(38,9)`"),
            ("text",    text("UTF-8"),       "option `text`: `UTF-8` is none of `utf8`, `dictionary`, `view`; did you mean `utf8`?"),
        ];
        for (name, value, wanted) in cases {
            assert_eq!(Reader::builder().set(name, value).unwrap_err().to_string(), wanted, "{name}");
        }
    }
}
