//! The options of a read as arguments, made from the table in `read/described.rs`.

use std::convert::Infallible;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, value_parser};

use crate::error::{Error, Result};
use crate::read::builder::ReaderBuilder;
use crate::read::described::{DescribedOption, OPTIONS, Takes};
use crate::read::setting::OptionValue;
use crate::schema::encoding::DecimalEncoding;

/// The option of reports that are read several times, which no command does.
const OF_REPORTS: &str = "spool_bytes";

/// The heading of the options in the help.
const HEADING: &str = "Options of the read";

/// The options of a read that were given.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions(Vec<(&'static str, OptionValue)>);

/// The options of a read of one month, which has no option `periods`.
#[derive(Clone, Debug, Default)]
pub struct MonthOptions(pub ReadOptions);

impl ReadOptions {
    /// Returns an option, if it was given.
    pub fn get(&self, name: &str) -> Option<&OptionValue> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Returns a list, if it was given.
    pub fn texts(&self, name: &str) -> Option<&[String]> {
        match self.get(name)? {
            OptionValue::Texts(texts) => Some(texts),
            _ => None,
        }
    }

    /// Returns whether a word was given.
    pub fn is(&self, name: &str, word: &str) -> bool {
        matches!(self.get(name), Some(OptionValue::Text(text)) if text == word)
    }

    /// Sets all options that were given.
    pub fn apply(&self, mut builder: ReaderBuilder) -> Result<ReaderBuilder> {
        for (name, value) in &self.0 {
            builder = builder.set(name, value.clone())?;
        }
        Ok(builder)
    }
}

/// Returns the argument of an option.
fn argument(option: &DescribedOption) -> Arg {
    let argument = Arg::new(option.name).long(option.name.replace('_', "-")).help(option.help).help_heading(HEADING);
    let argument = match option.takes {
        Takes::Flag => argument.action(ArgAction::SetTrue),
        Takes::Number => argument.value_name("N").value_parser(value_parser!(u64).range(1..)),
        Takes::Text(name) => argument.value_name(name),
        Takes::Word(words) => argument.value_name("WORD").value_parser(PossibleValuesParser::new(words)),
        Takes::Texts(name) => {
            argument.value_name(name).action(ArgAction::Append).value_delimiter(',').value_parser(trimmed)
        }
        Takes::Pairs(name) => argument.value_name(name).action(ArgAction::Append).value_parser(pair),
    };
    match option.name {
        "quarantine_file" => argument.alias("quarantine"),
        "decimals" => argument.value_parser(decimals),
        _ => argument,
    }
}

/// Checks a type of decimals.
fn decimals(text: &str) -> Result<String, String> {
    match text.parse::<DecimalEncoding>() {
        Ok(_) => Ok(text.to_owned()),
        Err(Error::Option { reason, .. }) => Err(reason),
        Err(error) => Err(error.to_string()),
    }
}

fn trimmed(text: &str) -> Result<String, Infallible> {
    Ok(text.trim().to_owned())
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("expected ID=NAME".to_owned()),
    }
}

fn augment(command: Command, has: impl Fn(&str) -> bool) -> Command {
    command.args(OPTIONS.iter().filter(|option| option.name != OF_REPORTS && has(option.name)).map(argument))
}

/// Returns the value of an option, if the command has the option and it was given.
fn given(option: &DescribedOption, matches: &ArgMatches) -> Option<OptionValue> {
    let name = option.name;
    match option.takes {
        Takes::Flag => {
            let flag = matches.try_get_one::<bool>(name).ok().flatten().copied().unwrap_or_default();
            flag.then_some(OptionValue::Flag(true))
        }
        Takes::Number => matches.try_get_one(name).ok().flatten().copied().map(OptionValue::Number),
        Takes::Text(_) | Takes::Word(_) => matches.try_get_one(name).ok().flatten().cloned().map(OptionValue::Text),
        Takes::Texts(_) => {
            let texts = matches.try_get_many(name).ok().flatten()?;
            Some(OptionValue::Texts(texts.cloned().collect()))
        }
        Takes::Pairs(_) => {
            let pairs = matches.try_get_many(name).ok().flatten()?;
            Some(OptionValue::Pairs(pairs.cloned().collect()))
        }
    }
}

impl FromArgMatches for ReadOptions {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = OPTIONS.iter().filter_map(|option| Some((option.name, given(option, matches)?)));
        Ok(Self(given.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for ReadOptions {
    fn augment_args(command: Command) -> Command {
        augment(command, |_| true)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for MonthOptions {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        ReadOptions::from_arg_matches(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.update_from_arg_matches(matches)
    }
}

impl Args for MonthOptions {
    fn augment_args(command: Command) -> Command {
        augment(command, |name| name != "periods")
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::read::reader::Reader;

    fn parsed(given: &[&str]) -> Result<ReadOptions, String> {
        let command = ReadOptions::augment_args(Command::new("test"));
        let matches = command.try_get_matches_from([&["test"], given].concat()).map_err(|error| error.to_string())?;
        Ok(ReadOptions::from_arg_matches(&matches).unwrap())
    }

    /// With a value for every option, the builder is the one on which all options were set by name.
    #[test]
    fn every_option_of_the_builder_is_an_argument() {
        let (mut line, mut wanted) = (Vec::new(), Reader::builder());
        for name in ReaderBuilder::option_names().filter(|name| *name != OF_REPORTS) {
            let option = OPTIONS.iter().find(|option| option.name == name).unwrap();
            line.push(format!("--{}", name.replace('_', "-")));
            let value = match option.takes {
                Takes::Flag => OptionValue::Flag(true),
                Takes::Number => OptionValue::Number(7),
                Takes::Text("TYPE") => OptionValue::Text("decimal(38,9)".to_owned()),
                Takes::Text(_) => OptionValue::Text("2026-01-01".to_owned()),
                Takes::Word(words) => OptionValue::Text((*words.last().unwrap()).to_owned()),
                Takes::Texts(_) => OptionValue::Texts(vec!["2026-01".to_owned(), "2026-02".to_owned()]),
                Takes::Pairs(_) => OptionValue::Pairs(vec![("111111111111".to_owned(), "a=b, c".to_owned())]),
            };
            match &value {
                OptionValue::Number(number) => line.push(number.to_string()),
                OptionValue::Text(text) => line.push(text.clone()),
                OptionValue::Texts(texts) => line.push(texts.join(", ")),
                OptionValue::Pairs(pairs) => line.push(format!("{}={}", pairs[0].0, pairs[0].1)),
                _ => {}
            }
            wanted = wanted.set(name, value).unwrap();
        }
        let line: Vec<&str> = line.iter().map(String::as_str).collect();
        let found = parsed(&line).unwrap().apply(Reader::builder()).unwrap();
        assert_eq!(format!("{found:?}"), format!("{wanted:?}"));
        assert_eq!(parsed(&[]).unwrap().0, []);
    }

    #[test]
    fn values_that_an_option_cannot_take_are_refused() {
        #[rustfmt::skip]
        let cases: [(&[&str], &str); 6] = [
            (&["--threads", "0"],             "invalid value '0' for '--threads <N>'"),
            (&["--threads", "two"],           "invalid value 'two' for '--threads <N>'"),
            (&["--maps", "list"],             "[possible values: map, json]"),
            (&["--account-names", "1"],       "invalid value '1' for '--account-names <ID=NAME>': expected ID=NAME"),
            (&["--lineage=yes"],              "unexpected value 'yes' for '--lineage'"),
            (&["--batch-row", "1"],           "a similar argument exists: '--batch-rows'"),
        ];
        for (given, wanted) in cases {
            let error = parsed(given).unwrap_err();
            assert!(error.contains(wanted), "{given:?}: {error}");
        }
    }
}
