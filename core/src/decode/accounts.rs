//! Account ids as written by spreadsheets and data frames.

/// Digits of an account id.
const DIGITS: usize = 12;

/// Returns the account id that a text unambiguously contains, if the text is not the id itself: `111122223333.0`,
/// `'012345678901`, `="012345678901"`, `0123-4567-8901`. Returns `None` for the id itself, and for a text that may have
/// lost digits: a number in scientific notation, fewer digits, or more.
pub(crate) fn mended(text: &str) -> Option<String> {
    // A formula with a text, an apostrophe that marks text, quotes.
    let bare = text.strip_prefix('=').unwrap_or(text).trim();
    let bare = bare.strip_prefix('\'').map_or(bare, |bare| bare.strip_suffix('\'').unwrap_or(bare));
    let bare = bare.strip_prefix('"').and_then(|bare| bare.strip_suffix('"')).unwrap_or(bare).trim();
    // A number with a fraction of zeros.
    let whole = match bare.split_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0') => whole,
        Some(_) => return None,
        None => bare,
    };
    let digits: String = match whole.find(['-', ' ', ',']) {
        Some(at) => {
            let separator = whole.get(at..=at)?;
            let groups: Vec<&str> = whole.split(separator).collect();
            // Groups of 4, or of 3 as thousands. 12 digits fill their groups, so none is lost.
            let is_grouped =
                |length| groups.len() * length == DIGITS && groups.iter().all(|group| group.len() == length);
            if !is_grouped(4) && !is_grouped(3) {
                return None;
            }
            groups.concat()
        }
        None => whole.to_owned(),
    };
    let is_id = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
    (is_id && digits != text).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_mended_only_when_no_digit_can_be_lost() {
        #[rustfmt::skip]
        let cases = [
            ("012345678901",        None),
            ("111122223333.0",      Some("111122223333")),
            ("012345678901.00",     Some("012345678901")),
            ("0123-4567-8901",      Some("012345678901")),
            ("0123 4567 8901",      Some("012345678901")),
            ("012-345-678-901",     Some("012345678901")),
            ("111,122,223,333",     Some("111122223333")),
            ("111,122,223,333.0",   Some("111122223333")),
            ("'012345678901",       Some("012345678901")),
            ("'012345678901'",      Some("012345678901")),
            ("=\"012345678901\"",   Some("012345678901")),
            ("\"012345678901\"",    Some("012345678901")),
            ("1.11122E+11",         None),
            ("1.11122223333E11",    None),
            ("111122223333.5",      None),
            ("111122223333.",       None),
            ("12345678901",         None),
            ("12345678901.0",       None),
            ("12,345,678,901",      None),
            ("0123-4567-890",       None),
            ("0123-4567 8901",      None),
            ("01-2345-678901",      None),
            ("1111222233334",       None),
            ("-111122223333",       None),
            ("0123-4567-89O1",      None),
            ("٠٠٠٠٠٠",              None),
            ("",                    None),
            ("'",                   None),
            ("=",                   None),
        ];
        for (text, wanted) in cases {
            assert_eq!(mended(text).as_deref(), wanted, "{text}");
        }
    }
}
