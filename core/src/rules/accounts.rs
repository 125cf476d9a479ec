//! Account ids: twelve digits, and how other programs damage them.

/// Describes how an account id is damaged. `None` for twelve digits, and for an empty id.
pub(crate) fn damage(id: &str) -> Option<&'static str> {
    let digits = id.bytes().filter(u8::is_ascii_digit).count();
    let is_all = |accept: fn(u8) -> bool| id.bytes().all(accept);
    if id.is_empty() || (id.len() == 12 && digits == 12) {
        return None;
    }
    Some(if is_all(|byte| byte.is_ascii_digit()) {
        if digits < 12 { "has lost leading zeros" } else { "has more than 12 digits" }
    } else if digits > 0
        && is_all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'+' | b'-' | b'e' | b'E'))
        && id.contains(['e', 'E'])
    {
        "is in scientific notation, so that several accounts have one id"
    } else if id.ends_with(".0") || id.ends_with(".00") {
        "is written as a number with decimals"
    } else if id.starts_with('=') {
        "is written as a formula"
    } else if id.contains(['"', '\'']) {
        "has quotes"
    } else if digits > 0 && is_all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'-' | b' ' | b'_')) {
        "is written in groups of digits"
    } else {
        "is not a number of 12 digits"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_damage_is_named() {
        #[rustfmt::skip]
        let cases = [
            ("111122223333",     None),
            ("012345678901",     None),
            ("",                 None),
            ("12345678901",      Some("zeros")),
            ("1111222233334",    Some("more than")),
            ("1.11122E+11",      Some("scientific")),
            ("1,11122e+11",      Some("scientific")),
            ("111122223333.0",   Some("decimals")),
            ("=\"111122223333\"", Some("formula")),
            ("'111122223333",    Some("quotes")),
            ("1111-2222-3333",   Some("groups")),
            ("111,122,223,333",  Some("groups")),
            ("payer",            Some("not a number")),
            ("11112222333e",     Some("scientific")),
            ("e",                Some("not a number")),
        ];
        for (id, wanted) in cases {
            assert_eq!(
                damage(id).map(|found| found.contains(wanted.unwrap_or("?"))),
                wanted.map(|_| true),
                "{id}: {:?}",
                damage(id)
            );
        }
    }
}
