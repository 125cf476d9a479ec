//! Detection of text that other programs wrote differently: byte order marks, repeated headers, quotes escaped by a
//! backslash, and encodings other than UTF-8.

use super::block::without_return;
use crate::error::clip;

/// The byte order mark in UTF-8.
pub(super) const BOM: &[u8] = b"\xEF\xBB\xBF";
/// The message for [`RejectReason::Backslash`](super::block::RejectReason::Backslash).
pub(crate) const BACKSLASH: &str = "its quotes are escaped by a backslash, as Spark, Hive and MySQL write them, and not doubled: \
     write the file again, with `.option(\"escape\", \"\\\"\")` in Spark, `ESCAPED BY '\"'` in MySQL, \
     `escapeChar` set to a quote in Hive";
/// The message for [`RejectReason::Repeated`](super::block::RejectReason::Repeated).
pub(crate) const REPEATED: &str = "the header is repeated here: two files were joined (concatenated) with the header of each, so give \
     them as files of their own, or remove this line";

/// How a raw field is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quoting {
    /// No quotes.
    Plain,
    /// No enclosing quotes, but a quote inside.
    Stray,
    /// Valid enclosing quotes. The flags: a backslash before the closing quote, a backslash before a doubled quote.
    Whole { before_end: bool, before_doubled: bool },
    /// Text follows the closing quote.
    Broken,
    /// No closing quote. The flag: a backslash before a doubled quote.
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

/// Returns the field of a record whose quotes are escaped by a backslash, as Spark, Hive and MySQL write them.
///
/// Where quotes are doubled, a backslash before a closing quote or before a doubled quote is an ordinary character.
/// Only a record that is invalid in that dialect shows the other one: text after the closing quote of a field, quotes
/// in an unquoted field, or quotes without an end. `is_ragged` is set if the number of fields differs from that of the
/// header.
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

/// Returns whether a record begins with a byte order mark, or repeats the column name of the header in column `lead`.
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
        // The margin of 3 is for two quotes and a CR.
        if !(name.len()..=name.len() + 3).contains(&(end - begin)) {
            return false;
        }
        let field = without_return(text.get(begin..end).unwrap_or_default());
        let inside = field.strip_prefix(b"\"").and_then(|field| field.strip_suffix(b"\""));
        inside.unwrap_or(field) == name.as_bytes()
    })
}

/// Returns the likely text of bytes that are not UTF-8.
pub(super) fn as_latin(name: &[u8]) -> String {
    // Windows-1252 and Latin-1 differ from 0x80 to 0x9F. These characters are rare in names.
    let text: String = name
        .iter()
        .map(|&byte| if (0x80..0xA0).contains(&byte) { char::REPLACEMENT_CHARACTER } else { char::from(byte) })
        .collect();
    clip(text.as_bytes())
}
