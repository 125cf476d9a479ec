//! Text from elsewhere, made safe and short for messages.

use std::borrow::Cow;
use std::fmt;

/// Returns a text that is safe to print: on one line, without characters that control a terminal or reorder the text
/// around them.
///
/// Control characters, line and paragraph separators, bidirectional controls, invisible separators and the byte order mark are escaped; other
/// characters are unchanged. Use it for names of files, objects, columns, accounts and services, which come from
/// outside and may contain any of them. The function is idempotent.
///
/// # Examples
///
/// ```
/// assert_eq!(outlay::printable("month\n\u{1b}[31m-1.csv").to_string(), "month\\n\\u{1b}[31m-1.csv");
/// assert_eq!(outlay::printable("Größe, 価格").to_string(), "Größe, 価格");
/// ```
pub fn printable(text: impl fmt::Display) -> impl fmt::Display {
    Printable(text)
}

struct Printable<T>(T);

impl<T: fmt::Display> fmt::Display for Printable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Write::write_fmt(&mut Escaping(f), format_args!("{}", self.0))
    }
}

/// Escapes all text written to it.
struct Escaping<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl fmt::Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for piece in text.split_inclusive(acts) {
            match piece.chars().next_back().filter(|last| acts(*last)) {
                Some(last) => {
                    self.0.write_str(&piece[..piece.len() - last.len_utf8()])?;
                    write!(self.0, "{}", last.escape_default())?;
                }
                None => self.0.write_str(piece)?,
            }
        }
        Ok(())
    }
}

/// Returns whether a character affects the display of other text.
pub(crate) fn acts(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}'
        )
}

/// Shortens a name of more than 512 characters in the middle: the folder is at its start, and the part that differs
/// between files at its end.
pub(crate) fn clip_name(name: &str) -> Cow<'_, str> {
    const HEAD: usize = 128;
    const TAIL: usize = 383;
    if name.len() <= HEAD + TAIL + 1 || name.chars().nth(HEAD + TAIL + 1).is_none() {
        return Cow::Borrowed(name);
    }
    let head = name.char_indices().nth(HEAD).map_or(name, |(end, _)| &name[..end]);
    let tail = name.char_indices().nth_back(TAIL - 1).map_or("", |(start, _)| &name[start..]);
    Cow::Owned(format!("{head}…{tail}"))
}

/// Shortens text of a report for a message: one line of at most 80 characters.
pub(crate) fn clip(text: &[u8]) -> String {
    const LIMIT: usize = 80;
    // A character has at most four bytes.
    let head = String::from_utf8_lossy(&text[..text.len().min(4 * (LIMIT + 1))]);
    match head.char_indices().nth(LIMIT) {
        Some((end, _)) => format!("{}…", printable(&head[..end])),
        None => printable(head).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Location;

    /// What each text prints as. The last column is what a terminal must not get.
    #[test]
    fn characters_that_act_are_printed_as_escapes() {
        #[rustfmt::skip]
        let cases = [
            ("plain-00001.csv.gz",            "plain-00001.csv.gz"),
            ("R\n-1.csv",                     "R\\n-1.csv"),
            ("R\r\t\0",                       "R\\r\\t\\u{0}"),
            ("\u{1b}[31mred",                 "\\u{1b}[31mred"),
            // The same sequence in one character, which terminals of eight bits take.
            ("\u{9b}31mred",                  "\\u{9b}31mred"),
            ("\u{7f}",                        "\\u{7f}"),
            ("bill\u{202e}vsc.exe",           "bill\\u{202e}vsc.exe"),
            ("\u{202a}\u{2066}a\u{2069}",     "\\u{202a}\\u{2066}a\\u{2069}"),
            ("a\u{2028}b\u{2029}c",           "a\\u{2028}b\\u{2029}c"),
            ("\u{feff}name",                  "\\u{feff}name"),
            ("a\u{200b}\u{2060}b",             "a\\u{200b}\\u{2060}b"),
            // Not controls: letters, joiners, dashes, quotes and what only looks like an escape.
            ("Größe-価格-בית",                 "Größe-価格-בית"),
            ("\u{200d}\u{2010}\u{2027}\u{2065}", "\u{200d}\u{2010}\u{2027}\u{2065}"),
            ("C:\\n 'x' \"y\"",                "C:\\n 'x' \"y\""),
            ("",                              ""),
        ];
        for (text, wanted) in cases {
            let once = printable(text).to_string();
            assert_eq!(once, wanted);
            assert_eq!(printable(&once).to_string(), once, "twice is the same as once");
            assert_eq!(clip(text.as_bytes()), wanted);
        }
        // What comes in several pieces is escaped in each.
        assert_eq!(printable(format_args!("{}|{}", "\n", '\u{1b}')).to_string(), "\\n|\\u{1b}");
    }

    #[test]
    fn names_that_are_long_lose_their_middle() {
        #[rustfmt::skip]
        let cases = [
            ("a".repeat(512),                         "a".repeat(512)),
            // Longer in bytes, and not in characters.
            ("ä".repeat(512),                         "ä".repeat(512)),
            (format!("{}b{}c", "a".repeat(128), "d".repeat(383)), format!("{}…{}c", "a".repeat(128), "d".repeat(382))),
            ("ä".repeat(5_000),                       format!("{}…{}", "ä".repeat(128), "ä".repeat(383))),
        ];
        for (name, wanted) in cases {
            assert_eq!(clip_name(&name), wanted);
        }
        assert_eq!(clip("ä".repeat(81).as_bytes()), format!("{}…", "ä".repeat(80)));
        let at = Location::object("k".repeat(1 << 20)).column("c".repeat(1 << 20));
        assert!(at.to_string().len() < 1_100);
        assert_eq!(at.object.len(), 1 << 20);
    }
}
