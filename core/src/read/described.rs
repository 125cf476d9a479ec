//! The options of a read in words, for the command line.

/// An option of [`ReaderBuilder::set`](super::builder::ReaderBuilder::set) in words.
#[derive(Debug)]
pub(crate) struct DescribedOption {
    /// The name, as in [`ReaderBuilder::option_names`](super::builder::ReaderBuilder::option_names).
    pub(crate) name: &'static str,
    /// The values that it takes.
    pub(crate) takes: Takes,
    /// What it does, and its default. It begins with a sentence that is complete without the rest.
    pub(crate) help: &'static str,
}

/// The values that an option takes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Takes {
    /// Yes; without the option, no.
    Flag,
    /// A whole number from 1.
    Number,
    /// A text, with its name in the usage.
    Text(&'static str),
    /// One of these words.
    Word(&'static [&'static str]),
    /// Several texts.
    Texts(&'static str),
    /// Texts by key.
    Pairs(&'static str),
}

const fn option(name: &'static str, takes: Takes, help: &'static str) -> DescribedOption {
    DescribedOption { name, takes, help }
}

/// All options, in the order of their names in `setting.rs`. A test compares both lists.
#[rustfmt::skip]
pub(crate) const OPTIONS: &[DescribedOption] = &[
    option("focus",           Takes::Word(&["1.2"]),                        "The version of FOCUS. Default: 1.2."),
    option("schema",          Takes::Word(&["focus", "cur"]),               "The table: FOCUS rows, or with `cur` the report itself as a typed table, under the names of CUR 2.0 and without mapping. Default: focus."),
    option("columns",         Takes::Texts("A,B"),                          "The columns of the output, in this order. Others are not computed. `outlay columns` lists them. Default: all."),
    option("extra_columns",   Takes::Texts("A,B"),                          "Columns of the report to add to the output. Each is named `x_` and its CUR 2.0 name. Default: none."),
    option("tag_columns",     Takes::Texts("KEY,KEY"),                      "Tags to add to the output as columns of text. Each is named `x_Tag_` and its key. Default: none."),
    option("account_names",   Takes::Pairs("ID=NAME"),                      "The name of an account, where the report has none. Repeat the option for each account."),
    option("periods",         Takes::Texts("YYYY-MM,YYYY-MM"),              "The billing periods to read. Rows of others are left out and counted. Default: all."),
    option("threads",         Takes::Number,                                "Threads that read. From 4 on, parts are read in parallel; rows keep the order of the report. Default: one for each core."),
    option("batch_rows",      Takes::Number,                                "The most rows of a batch. Default: 8192."),
    option("maps",            Takes::Word(&["map", "json"]),                "Key-value columns as Arrow maps or as JSON text. Default: json in CSV, map in other formats."),
    option("text",            Takes::Word(&["utf8", "dictionary", "view"]), "The Arrow type of text columns. Default: utf8."),
    option("decimals",        Takes::Text("TYPE"),                          "The type of money, prices and quantities in the output: exact, float64, or decimal(38,9) with other numbers of digits. Totals are exact with each of them. Default: exact."),
    option("on_error",        Takes::Word(&["stop", "quarantine"]),         "What happens to a record that cannot be decoded or mapped: the read stops, or the record is set aside and counted. Default: stop."),
    option("quarantine_file", Takes::Text("FILE"),                          "The CSV file for records that are set aside, whole and with the reason. It also sets --on-error to quarantine."),
    option("on_unknown_type", Takes::Word(&["warn", "stop"]),               "What happens to an unknown line item type: its rows are an Adjustment with a warning, or the read stops. Default: warn."),
    option("on_unknown",      Takes::Word(&["null", "stop"]),               "What happens to a cost that needs a cell which the report lacks: it is null and the read is unproven, or the read stops. Default: null."),
    option("on_no_match",     Takes::Word(&["warn", "stop"]),               "What happens to a tag, a column of the report or a month that matches nothing: a warning with the nearest names, or the read stops. Default: warn."),
    option("negation",        Takes::Word(&["drop", "keep"]),               "What happens to the negations of Savings Plans: they are left out and covered usage is billed 0, or both keep the amounts of the report. Default: drop."),
    option("as_of",           Takes::Text("TIME"),                          "The time after which hours of commitments are not yet unused, such as 2026-09-15T06:00:00Z. Default: the time of the delivery."),
    option("tag_policy",      Takes::Word(&["exact", "fold"]),              "Whether tags whose keys are equal in the spelling of Athena stay apart or are merged. Default: exact."),
    option("lineage",         Takes::Flag,                                  "Add the columns x_SourceObject, x_SourceRow and x_DeliveryId: the origin of each row."),
    option("record_bytes",    Takes::Number,                                "The longest record that is accepted, in bytes. Default: 16777216."),
    option("block_bytes",     Takes::Number,                                "The bytes that are decompressed and decoded at a time. Default: 262144."),
    option("max_columns",     Takes::Number,                                "The most columns that a header may have. Default: 32768."),
    option("expected_bytes",  Takes::Number,                                "The size of the only file or of standard input, in bytes, before decompression. Another size is an error. Default: any."),
    option("spool_bytes",     Takes::Number,                                "The most bytes of a stream that are kept in a temporary file to read it again. Default: 4294967296."),
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::read::builder::ReaderBuilder;
    use crate::read::reader::Reader;
    use crate::read::setting::OptionValue;

    #[test]
    fn every_option_is_described() {
        let described: Vec<&str> = OPTIONS.iter().map(|option| option.name).collect();
        assert_eq!(described, ReaderBuilder::option_names().collect::<Vec<_>>());
        for option in OPTIONS {
            assert!(option.help.ends_with('.'), "{}", option.name);
        }
    }

    /// Each option takes values of the described type and no other, and the described words and no other.
    #[test]
    fn an_option_takes_what_is_described() {
        let text = |text: &str| OptionValue::Text(text.to_owned());
        for DescribedOption { name, takes, .. } in OPTIONS {
            let set = |value| Reader::builder().set(name, value).map_err(|error| error.to_string());
            let kind = |error: Result<_, String>| error.err().filter(|error| error.contains(": expected ")).is_none();
            let values = [
                OptionValue::Flag(true),
                OptionValue::Number(1),
                text("a"),
                OptionValue::Texts(vec!["a".to_owned()]),
                OptionValue::Pairs(vec![("a".to_owned(), "b".to_owned())]),
            ];
            let taken: Vec<usize> = (0..values.len()).filter(|&at| kind(set(values[at].clone()))).collect();
            let wanted = match takes {
                Takes::Flag => 0,
                Takes::Number => 1,
                Takes::Text(_) | Takes::Word(_) => 2,
                Takes::Texts(_) => 3,
                Takes::Pairs(_) => 4,
            };
            assert_eq!(taken, [wanted], "{name}");
            if let Takes::Word(words) = takes {
                for word in *words {
                    set(text(word)).unwrap();
                }
                // The error for another word lists all that are taken.
                let error = set(text("?")).unwrap_err();
                let listed = error.split_once(" is none of ").or_else(|| error.split_once("; use ")).unwrap().1;
                let listed: Vec<&str> = listed.split([',', ' ', '`']).filter(|word| !word.is_empty()).collect();
                assert_eq!(listed, *words, "{name}: {error}");
            }
        }
    }
}
