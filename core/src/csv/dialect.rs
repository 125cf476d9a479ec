//! What other programs put into CSV text: byte order marks, headers once more, quotes escaped by a backslash, and other
//! encodings than UTF-8. Each is noticed here and named.

use super::block::without_return;
use crate::error::clip;

/// The byte order mark in UTF-8.
pub(super) const BOM: &[u8] = b"\xEF\xBB\xBF";
/// What is wrong with [`Why::Backslash`](super::block::Why::Backslash), and what to do.
pub(crate) const BACKSLASH: &str = "its quotes are escaped by a backslash, as Spark, Hive and MySQL write them, and not doubled: \
     write the file again, with `.option(\"escape\", \"\\\"\")` in Spark, `ESCAPED BY '\"'` in MySQL, \
     `escapeChar` set to a quote in Hive";
/// What is wrong with [`Why::Repeated`](super::block::Why::Repeated), and what to do.
pub(crate) const REPEATED: &str = "the header is repeated here: two files were joined (concatenated) with the header of each, so give \
     them as files of their own, or remove this line";

/// How a raw field is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quoting {
    /// Not at all.
    Plain,
    /// Not at all, but with a quote in it.
    Stray,
    /// As it has to be; with a backslash before the quote that ends it, or before a doubled one.
    Whole { before_end: bool, before_doubled: bool },
    /// Text follows the quote that ends it.
    Broken,
    /// The quotes do not end; with a backslash before a doubled one.
    Open { before_doubled: bool },
}

fn quoting(raw: &[u8]) -> Quoting {
    let Some(inside) = raw.strip_prefix(b"\"") else {
        return if raw.contains(&b'"') { Quoting::Stray } else { Quoting::Plain };
    };
    let (mut at, mut before_doubled) = (0, false);
    while let Some(quote) = inside.iter().skip(at).position(|&byte| byte == b'"').map(|found| at + found) {
        let after_backslash = inside.get(..quote).is_some_and(|before| before.ends_with(b"\\"));
        match inside.get(quote + 1) {
            None => return Quoting::Whole { before_end: after_backslash, before_doubled },
            Some(b'"') => before_doubled |= after_backslash,
            Some(_) => return Quoting::Broken,
        }
        at = quote + 2;
    }
    Quoting::Open { before_doubled }
}

/// The field of a record at which quotes turn out to be escaped by a backslash, as Spark, Hive and MySQL write them.
///
/// A backslash at the end of a quoted value is an ordinary character where quotes are doubled, and so is one before a quote
/// that is doubled. Only a record that cannot have been written so shows the other dialect: text behind the quotes of a
/// field, quotes in a field that has none around it, or quotes without an end. With `is_ragged` the number of its fields
/// is not that of the header.
pub(super) fn escaped_by_backslash<'a>(fields: impl Iterator<Item = &'a [u8]>, is_ragged: bool) -> Option<usize> {
    let mut suspect = None;
    for (index, raw) in fields.enumerate() {
        match quoting(raw) {
            Quoting::Broken if raw.windows(2).any(|pair| pair == b"\\\"") => return Some(index),
            Quoting::Open { before_doubled: true } => return Some(index),
            Quoting::Stray | Quoting::Broken | Quoting::Open { .. } if suspect.is_some() => return suspect,
            Quoting::Whole { before_end, before_doubled } if before_doubled || (before_end && is_ragged) => {
                suspect.get_or_insert(index);
            }
            _ => {}
        }
    }
    None
}

/// Whether a record begins with a byte order mark, or has the name of a column in that column.
pub(super) fn begins_oddly(text: &[u8], ends: &[u32], width: usize, lead: Option<&(usize, String)>) -> bool {
    let mut start = 0;
    ends.chunks_exact(width.max(1)).any(|record| {
        let begin = std::mem::replace(&mut start, record.last().map_or(0, |&end| end as usize + 1));
        if text.get(begin) == Some(&BOM[0]) && text.get(begin..).is_some_and(|rest| rest.starts_with(BOM)) {
            return true;
        }
        let Some((column, name)) = lead else { return false };
        let begin = column.checked_sub(1).and_then(|before| record.get(before)).map_or(begin, |&end| end as usize + 1);
        let end = record.get(*column).map_or(begin, |&end| end as usize);
        // Quotes, and a carriage return.
        if !(name.len()..=name.len() + 3).contains(&(end - begin)) {
            return false;
        }
        let field = without_return(text.get(begin..end).unwrap_or_default());
        let inside = field.strip_prefix(b"\"").and_then(|field| field.strip_suffix(b"\""));
        inside.unwrap_or(field) == name.as_bytes()
    })
}

/// What the bytes are most likely to say that are not UTF-8.
pub(super) fn as_latin(name: &[u8]) -> String {
    // Windows-1252 has other characters than Latin-1 from 0x80 to 0x9F: those are rare in names.
    let text: String = name
        .iter()
        .map(|&byte| if (0x80..0xA0).contains(&byte) { char::REPLACEMENT_CHARACTER } else { char::from(byte) })
        .collect();
    clip(text.as_bytes())
}
