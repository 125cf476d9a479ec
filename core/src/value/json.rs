//! JSON text of objects with key-value pairs, in the form that FOCUS defines for maps in files.

/// Writes an object without spaces. Values of numeric keys are written as numbers if they are plain decimals.
pub(crate) fn write_object<'a>(
    out: &mut String,
    entries: impl Iterator<Item = (&'a str, Option<&'a str>)>,
    numeric: impl Fn(&str) -> bool,
) {
    out.push('{');
    for (index, (key, value)) in entries.enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_text(out, key);
        out.push(':');
        match value {
            None => out.push_str("null"),
            Some(value) if numeric(key) && is_number(value) => out.push_str(value),
            Some(value) => write_text(out, value),
        }
    }
    out.push('}');
}

/// Returns whether values of a key are numbers: all keys of x_Discounts, three of SkuPriceDetails (FOCUS 1.2,
/// SkuPriceDetails).
pub(crate) fn numeric_key(column: &str, key: &str) -> bool {
    match column {
        "x_Discounts" => true,
        "SkuPriceDetails" => matches!(key, "CoreCount" | "MemorySize" | "GpuCount"),
        _ => false,
    }
}

/// Returns whether a text is a JSON number without exponent: no plus sign, no leading zeros, digits on both sides of a
/// point.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, fraction)| (whole, Some(fraction)));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole) && (whole == "0" || !whole.starts_with('0')) && fraction.is_none_or(all_digits)
}

/// Writes a JSON string.
pub(crate) fn write_text(out: &mut String, text: &str) {
    out.push('"');
    // Fast path: hardly any text needs an escape. A search that does not end early looks at many bytes at once.
    if !text.bytes().fold(false, |found, byte| found | (byte < b' ') | (byte == b'"') | (byte == b'\\')) {
        out.push_str(text);
        out.push('"');
        return;
    }
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control < ' ' => {
                out.push_str("\\u00");
                let code = control as u32;
                out.extend([code >> 4, code & 15].into_iter().filter_map(|digit| char::from_digit(digit, 16)));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

/// Replaces the characters of JSON text beyond ASCII by escapes, from the byte `start` on.
pub(crate) fn escape_beyond_ascii(json: &mut String, start: usize) {
    if json.as_bytes().get(start..).is_none_or(<[u8]>::is_ascii) {
        return;
    }
    // JSON has such characters in strings only.
    for character in json.split_off(start).chars() {
        if character.is_ascii() {
            json.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            json.push_str("\\u");
            json.extend(
                [12, 8, 4, 0].into_iter().filter_map(|shift| char::from_digit(u32::from(*unit >> shift & 15), 16)),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_a_parser_reads_back() {
        #[rustfmt::skip]
        let cases = [
            ("empty",      vec![],                                  "{}"),
            ("texts",      vec![("a", Some("b")), ("c", None)],     r#"{"a":"b","c":null}"#),
            ("numbers",    vec![("n", Some("-1.50")), ("n", Some("4"))], r#"{"n":-1.50,"n":4}"#),
            ("no numbers", vec![("n", Some("007")), ("n", Some("1.")), ("n", Some("NaN")), ("n", Some("+1"))], r#"{"n":"007","n":"1.","n":"NaN","n":"+1"}"#),
            ("escapes",    vec![("q\"\\", Some("\u{1}\n\u{1f}é"))], "{\"q\\\"\\\\\":\"\\u0001\\n\\u001fé\"}"),
        ];
        for (name, entries, wanted) in cases {
            let mut out = String::new();
            write_object(&mut out, entries.into_iter(), |key| key == "n");
            assert_eq!(out, wanted, "{name}");
            assert!(serde_json::from_str::<serde_json::Value>(&out).is_ok(), "{name}");
        }
    }

    #[test]
    fn escapes_what_is_not_ascii() {
        for (text, wanted) in [
            ("\"a\"", "\"a\""),
            ("\"é\u{20ac}x\"", "\"\\u00e9\\u20acx\""),
            ("\"😀\\n\"", "\"\\ud83d\\ude00\\n\""),
            ("\"\u{7f}\u{80}\u{ffff}\u{10ffff}\"", "\"\u{7f}\\u0080\\uffff\\udbff\\udfff\""),
        ] {
            let mut json = format!("é{text}");
            escape_beyond_ascii(&mut json, "é".len());
            assert_eq!(json, format!("é{wanted}"));
            let parsed = |text: &str| serde_json::from_str::<String>(text).unwrap_or_default();
            assert_eq!(parsed(wanted), parsed(text));
        }
    }
}
