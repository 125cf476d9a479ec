//! Names that are similar to a given one, for messages.

/// Maximum length of a compared name.
const LONGEST: usize = 72;

/// Returns the edit distance of two texts if it is at most a fourth of the longer one.
pub(crate) fn near(one: &[u8], other: &[u8]) -> Option<usize> {
    within(one.len().max(other.len()) / 4, one, other)
}

/// Returns the edit distance of two texts if it is at most `most`.
pub(crate) fn within(most: usize, one: &[u8], other: &[u8]) -> Option<usize> {
    if one.len().abs_diff(other.len()) > most {
        return None;
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, byte) in one.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], at + 1);
        for (column, known) in other.iter().enumerate() {
            let changed = diagonal + usize::from(byte != known);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().filter(|&distance| distance <= most)
}

/// Returns the letters and digits of a name in lower case.
fn letters(name: &str) -> String {
    name.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Returns the part of a name after its category: `UnblendedCost` of `lineItem/UnblendedCost`, and the key in the name
/// of a product, a tag or a column of its own: `transfer_type` of `product.transfer_type`, `Team` of `x_Tag_Team`.
fn short(name: &str) -> &str {
    let key = ["product.", "x_Tag_", "user_", "x_"].iter().find_map(|&prefix| name.strip_prefix(prefix));
    key.or_else(|| name.rsplit_once(['/', ':']).map(|(_, short)| short)).unwrap_or(name)
}

/// Returns the names that are similar to one, the nearest first, at most `most`. Case and punctuation do not count, and
/// a category before `/` or `:` may be missing. Short names may differ in one letter.
pub(crate) fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>, most: usize) -> Vec<&'n str> {
    if name.len() > LONGEST {
        return Vec::new();
    }
    let forms = |name: &str| {
        let mut forms = vec![letters(name)];
        let short = letters(short(name));
        if !short.is_empty() && short != forms[0] {
            forms.push(short);
        }
        forms
    };
    let given = forms(name);
    let distance = |known: &str| {
        let pairs = given.iter().flat_map(|one| forms(known).into_iter().map(move |other| (one.clone(), other)));
        let near = |(one, other): (String, String)| {
            let is_short = one.len().min(other.len()) == 3 && one.len() == other.len();
            let differ = || one.bytes().zip(other.bytes()).filter(|(one, other)| one != other).count();
            near(one.as_bytes(), other.as_bytes()).or_else(|| (is_short && differ() == 1).then_some(1))
        };
        pairs.filter(|(one, other)| !one.is_empty() && !other.is_empty()).filter_map(near).min()
    };
    let known = known.into_iter().filter(|known| known.len() <= LONGEST);
    let mut found: Vec<(usize, &str)> = known.filter_map(|known| Some((distance(known)?, known))).collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter().take(most).map(|(_, known)| known).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_edit_distances() {
        #[rustfmt::skip]
        let cases = [
            ("abcd",     "abcd",      Some(0)),
            ("abcd",     "abed",      Some(1)),
            ("abcd",     "abd",       Some(1)),
            ("abcd",     "abcde",     Some(1)),
            ("abcdefgh", "abdcefgh",  Some(2)),
            ("abcd",     "badc",      None),
            ("abc",      "abd",       None),
            ("",         "",          Some(0)),
            ("",         "abcd",      None),
        ];
        for (one, other, wanted) in cases {
            assert_eq!(near(one.as_bytes(), other.as_bytes()), wanted, "{one} {other}");
            assert_eq!(near(other.as_bytes(), one.as_bytes()), wanted, "{other} {one}");
        }
    }

    #[test]
    fn similar_names_are_found() {
        let known =
            ["Team", "team", "Env", "CostCenter", "aws:createdBy", "lineItem/UnblendedCost", "product.transfer_type"];
        #[rustfmt::skip]
        let cases: [(&str, &[&str]); 10] = [
            ("teem",           &["Team", "team"]),
            ("TEAM",           &["Team", "team"]),
            ("user:Team",      &["Team", "team"]),
            ("cost_center",    &["CostCenter"]),
            ("Evn",            &[]),
            ("Enf",            &["Env"]),
            ("createdby",      &["aws:createdBy"]),
            ("UnblendedCosts", &["lineItem/UnblendedCost"]),
            ("transferType",   &["product.transfer_type"]),
            ("Owner",          &[]),
        ];
        for (name, wanted) in cases {
            assert_eq!(nearest(name, known, 3), wanted, "{name}");
        }
        assert_eq!(nearest("team", known, 1), ["Team"]);
    }
}
