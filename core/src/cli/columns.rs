//! `outlay columns`: a data dictionary of the output.

use arrow::datatypes::DataType;
use serde::Serialize;

use super::arguments::Columns;
use super::paint::Paint;
use super::{Console, json};
use crate::error::Result;
use crate::normalize::columns;
use crate::read::reader::Reader;
use crate::schema::encoding::{MapEncoding, TextEncoding};
use crate::schema::focus::Focus;

/// The entry of a column.
#[derive(Serialize)]
struct Entry {
    name: &'static str,
    #[serde(rename = "type")]
    value_type: String,
    nullable: bool,
    /// The releases of FOCUS that have it.
    focus: String,
    meaning: &'static str,
    /// Columns of the report.
    made_of: Vec<String>,
    rule: String,
}

/// Prints the entries of some columns, or of all.
pub fn columns(arguments: &Columns, console: &mut dyn Console, paint: Paint) -> Result<bool> {
    let chosen = match arguments.columns.as_slice() {
        [] => Focus::of(arguments.focus).collect(),
        names => {
            // The error for another name is that of a read.
            Reader::builder().focus(arguments.focus).columns(names).validate()?;
            names.iter().filter_map(|name| Focus::by_name(name, arguments.focus)).collect::<Vec<_>>()
        }
    };
    let entries: Vec<Entry> = chosen.into_iter().map(entry).collect();
    if arguments.json {
        console.print(&json(&entries));
        return Ok(true);
    }
    let width = console.output_width().unwrap_or(usize::MAX);
    let texts: Vec<String> = entries.iter().map(|entry| text(entry, width, paint)).collect();
    console.print(&texts.join("\n"));
    Ok(true)
}

fn entry(column: Focus) -> Entry {
    let field = column.field(MapEncoding::default(), TextEncoding::default());
    let value_type = match field.data_type() {
        DataType::Utf8 => "text".to_owned(),
        DataType::Decimal128(precision, scale) => format!("decimal({precision}, {scale})"),
        DataType::Timestamp(..) => "timestamp, UTC".to_owned(),
        DataType::Map(..) => "map of text to text".to_owned(),
        other => other.to_string(),
    };
    let rule = columns::of(column).rule.replace("from the matrix", "by the line item type, see Charges in MAPPING.md");
    Entry {
        name: column.name(),
        value_type,
        nullable: field.is_nullable(),
        focus: column.versions().to_string(),
        meaning: column.meaning(),
        made_of: columns::sources_of(column),
        rule,
    }
}

fn text(entry: &Entry, width: usize, paint: Paint) -> String {
    let null = if entry.nullable { "may be null" } else { "never null" };
    let head = format!("{}  {}, {null}, {}", paint.header(entry.name), entry.value_type, releases(&entry.focus));
    let mut lines = vec![head];
    lines.extend(wrapped(entry.meaning, width));
    if !entry.made_of.is_empty() {
        lines.extend(wrapped(&format!("made of: {}", entry.made_of.join(", ")), width));
    }
    lines.extend(wrapped(&format!("rule: {}", entry.rule), width));
    lines.join("\n") + "\n"
}

fn releases(focus: &str) -> String {
    if focus == "ours" { "not in FOCUS".to_owned() } else { format!("FOCUS {focus}") }
}

/// Breaks a text into indented lines of at most `width` characters, if its words are not longer.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    const INDENT: &str = "  ";
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(format!("{INDENT}{word}")),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_broken_between_words() {
        let cases = [
            (usize::MAX, vec!["  one two three"]),
            (9, vec!["  one two", "  three"]),
            (3, vec!["  one", "  two", "  three"]),
        ];
        for (width, wanted) in cases {
            assert_eq!(wrapped("one two three", width), wanted, "{width}");
        }
    }

    #[test]
    fn each_column_has_a_meaning_and_what_it_is_made_of() {
        for column in Focus::ALL.iter().map(|&column| entry(column)) {
            assert!(column.meaning.ends_with('.') && !column.meaning.contains('\n'), "{}", column.name);
            // These are the same in each row.
            let is_constant = ["BillingAccountType", "CommitmentDiscountName", "ProviderName"].contains(&column.name);
            assert_eq!(column.made_of.is_empty(), is_constant, "{}: {:?}", column.name, column.made_of);
        }
    }
}
