//! Parses text as a decimal, and compares the result with an arbitrary-precision library.
#![no_main]

use std::str::FromStr;

use bigdecimal::{BigDecimal, RoundingMode};
use libfuzzer_sys::fuzz_target;
use outlay::{Decimal, ParseDecimalError};

fuzz_target!(|data: &[u8]| {
    let found = Decimal::parse(data);
    let Ok(text) = std::str::from_utf8(data) else {
        assert_eq!(found, Err(ParseDecimalError::NotANumber));
        return;
    };
    let (mantissa, exponent) = text.split_once(['e', 'E']).map_or((text, None), |(mantissa, rest)| (mantissa, Some(rest)));
    let digits = mantissa.strip_prefix(['+', '-']).unwrap_or(mantissa);
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = is_digits(whole)
        && is_digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|exponent| {
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            !digits.is_empty() && is_digits(digits)
        });
    if !is_number {
        assert_eq!(found, Err(ParseDecimalError::NotANumber), "{text}");
        return;
    }
    // With very large exponents, the reference library would use all memory.
    let Ok(exponent) = exponent.unwrap_or("0").trim_start_matches('+').parse::<i64>() else { return };
    if exponent.abs() > 500 || text.len() > 300 {
        return;
    }
    let sign = if mantissa.starts_with('-') { "-" } else { "" };
    let exact = BigDecimal::from_str(&format!("{sign}0{whole}.{fraction}0e{exponent}")).expect("a number");
    let number = |text: String| BigDecimal::from_str(&text).expect("a number");
    let limit = number("1e20".to_owned());
    match found {
        Ok(found) => {
            let (value, loss) = (number(found.value.to_string()), number(found.loss.to_string()));
            assert_eq!(value, exact.with_scale_round(18, RoundingMode::HalfEven), "{text}");
            assert_eq!(value + loss, exact, "{text}");
        }
        Err(ParseDecimalError::OutOfRange) => {
            let is_fine = exact.with_scale_round(75, RoundingMode::Down) == exact;
            let fits = exact.with_scale_round(18, RoundingMode::HalfEven).abs() < limit;
            // A decimal has at most 76 digits, wherever the point is.
            let digits = exact.normalized().digits();
            assert!(!is_fine || !fits || digits > 76, "{text}");
        }
        Err(ParseDecimalError::NotANumber) => panic!("{text} is a number"),
        Err(error) => panic!("{text}: {error}"),
    }
});
