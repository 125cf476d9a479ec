#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::str::FromStr;

use bigdecimal::{BigDecimal, RoundingMode};
use proptest::prelude::*;

use super::*;

fn shown(text: &str) -> String {
    match Decimal::read(text.as_bytes()) {
        Ok(value) => value.to_string(),
        Err(NotExact::Rounded(value, lost)) => format!("{value} lost {lost}"),
        Err(other) => format!("{other:?}"),
    }
}

#[test]
fn debug_shows_the_number_that_is_displayed() {
    for text in ["0", "1.5", "-0.000000000000000001", "99999999999999999999.999999999999999999"] {
        let number: Decimal = text.parse().unwrap();
        assert_eq!(format!("{number:?} {:?}", Sum::from(number)), format!("Decimal({text}) Sum({text})"));
    }
    assert_eq!(format!("{:?}", RoundingLoss::ZERO), "RoundingLoss(0)");
}

#[test]
fn precision_rounds_half_to_even_and_width_pads() {
    #[rustfmt::skip]
    let cases = [
        // number                 {:.0}   {:.2}      {:.20}                         {:+.1}     {:>8.1}     {:08.1}     {:<6}
        ("0",                     "0",    "0.00",    "0.00000000000000000000",      "+0.0",   "     0.0", "000000.0", "0     "),
        ("2.5",                   "2",    "2.50",    "2.50000000000000000000",      "+2.5",   "     2.5", "000002.5", "2.5   "),
        ("3.5",                   "4",    "3.50",    "3.50000000000000000000",      "+3.5",   "     3.5", "000003.5", "3.5   "),
        ("0.125",                 "0",    "0.12",    "0.12500000000000000000",      "+0.1",   "     0.1", "000000.1", "0.125 "),
        ("0.135",                 "0",    "0.14",    "0.13500000000000000000",      "+0.1",   "     0.1", "000000.1", "0.135 "),
        ("0.125000000000000001",  "0",    "0.13",    "0.12500000000000000100",      "+0.1",   "     0.1", "000000.1", "0.125000000000000001"),
        ("-0.004",                "0",    "0.00",    "-0.00400000000000000000",     "+0.0",   "     0.0", "000000.0", "-0.004"),
        ("-99.995",               "-100", "-100.00", "-99.99500000000000000000",    "-100.0", "  -100.0", "-00100.0", "-99.995"),
        ("1000",                  "1000", "1000.00", "1000.00000000000000000000",   "+1000.0", "  1000.0", "001000.0", "1000  "),
    ];
    for (text, none, two, twenty, plus, right, zeros, left) in cases {
        fn check(number: impl std::fmt::Display, wanted: [&str; 7]) {
            let found = [
                format!("{number:.0}"),
                format!("{number:.2}"),
                format!("{number:.20}"),
                format!("{number:+.1}"),
                format!("{number:>8.1}"),
                format!("{number:08.1}"),
                format!("{number:<6}"),
            ];
            assert_eq!(found, wanted, "{number}");
        }
        let number: Decimal = text.parse().unwrap();
        check(number, [none, two, twenty, plus, right, zeros, left]);
        check(Sum::from(number), [none, two, twenty, plus, right, zeros, left]);
    }
}

#[test]
fn sums_of_iterators_are_those_of_additions() {
    let numbers =
        ["0.1", "-0.2", "99999999999999999999", "99999999999999999999"].map(|text| text.parse::<Decimal>().unwrap());
    let mut added = Sum::ZERO;
    numbers.iter().for_each(|&number| added += number);
    let sum: Sum = numbers.into_iter().sum();
    assert_eq!((sum, sum.to_string().as_str()), (added, "199999999999999999997.9"));
    assert_eq!([sum, sum].into_iter().sum::<Sum>(), sum + sum);
    assert_eq!(std::iter::empty::<Decimal>().sum::<Sum>(), Sum::ZERO);
}

#[test]
fn parses() {
    #[rustfmt::skip]
    let cases = [
        // text                                    what it is
        ("0",                                      "0"),
        ("-0.0",                                   "0"),
        ("1.0",                                    "1"),
        ("0.0213333336",                           "0.0213333336"),
        ("1.81E-8",                                "0.0000000181"),
        ("-7.0E-10",                               "-0.0000000007"),
        ("1e3",                                    "1000"),
        ("+1.5E+2",                                "150"),
        (".5",                                     "0.5"),
        ("5.",                                     "5"),
        ("99999999999999999999",                   "99999999999999999999"),
        ("99999999999999999999.999999999999999999", "99999999999999999999.999999999999999999"),
        ("100000000000000000000",                  "OutOfRange"),
        ("1E20",                                   "OutOfRange"),
        ("1E19",                                   "10000000000000000000"),
        ("0E999999999999999999999",                "0"),
        ("0.01001837025713806",                    "0.01001837025713806"),
        ("0.0000000000000000005",                  "0 lost 0.0000000000000000005"),
        ("0.0000000000000000015",                  "0.000000000000000002 lost -0.0000000000000000005"),
        ("-0.0000000000000000025",                 "-0.000000000000000002 lost -0.0000000000000000005"),
        ("0.0007458096045417008",                  "0.000745809604541701 lost -0.0000000000000000002"),
        ("1E-75",                                  "0 lost 0.000000000000000000000000000000000000000000000000000000000000000000000000001"),
        ("1E-76",                                  "OutOfRange"),
        ("1E-99999999999",                         "OutOfRange"),
        ("99999999999999999999.9999999999999999999", "OutOfRange"),
        ("",                                       "NotANumber"),
        ("-",                                      "NotANumber"),
        (".",                                      "NotANumber"),
        ("E5",                                     "NotANumber"),
        ("1E",                                     "NotANumber"),
        ("1E+",                                    "NotANumber"),
        ("1.2.3",                                  "NotANumber"),
        ("--1",                                    "NotANumber"),
        ("1,000",                                  "NotANumber"),
        ("convertible",                            "NotANumber"),
        ("NaN",                                    "NotANumber"),
        ("1.0000000000000000000000000000000000000E1x", "NotANumber"),
    ];
    for (text, wanted) in cases {
        assert_eq!(shown(text), wanted, "{text}");
    }
}

#[test]
fn halves_are_rounded_to_even() {
    #[rustfmt::skip]
    let cases = [
        // value               digits, decimals   unscaled, rounded
        ("0.5",                (38, 0),           Some((0, true))),
        ("1.5",                (38, 0),           Some((2, true))),
        ("-2.5",               (38, 0),           Some((-2, true))),
        ("-3.5",               (38, 0),           Some((-4, true))),
        ("0.1",                (38, 1),           Some((1, false))),
        ("0.25",               (38, 1),           Some((2, true))),
        ("0.250000000000000001", (38, 1),         Some((3, true))),
        ("9.5",                (1, 0),            None),
        ("9.4",                (1, 0),            Some((9, true))),
        ("-9.5",               (1, 0),            None),
        ("99.99",              (4, 2),            Some((9_999, false))),
        ("99.995",             (4, 2),            None),
    ];
    for (text, (precision, scale), wanted) in cases {
        let value: Decimal = text.parse().unwrap();
        assert_eq!(value.to_scale(precision, scale), wanted, "{text}");
    }
}

fn oracle(text: &str) -> BigDecimal {
    BigDecimal::from_str(text).unwrap()
}

proptest! {
    #[test]
    fn products_are_compared_exactly(a in any::<i128>(), b in any::<i128>(), shifts in (0_u32..127, 0_u32..127), off in -3_i128..4, tolerance in 0_i128..4) {
        let [a, b] = [(a, shifts.0), (b, shifts.1)].map(|(value, shift)| Decimal::from_unscaled((value >> shift) % LIMIT));
        let exact = |value: Decimal| BigDecimal::from_str(&value.to_string()).unwrap();
        if let Some(product) = a.checked_mul(b).and_then(|product| product.checked_add(Decimal::from_unscaled(off))) {
            let tolerance = Decimal::from_unscaled(tolerance);
            let is_near = (exact(a) * exact(b) - exact(product)).abs() <= exact(tolerance);
            prop_assert_eq!(a.product_is_near(b, product, tolerance), is_near);
        }
    }

    #[test]
    fn equals_an_arbitrary_precision_oracle(text in "[+-]?[0-9]{1,22}(\\.[0-9]{1,25})?([eE][+-]?[0-9]{1,2})?") {
        let exact = oracle(&text);
        let rounded = exact.with_scale_round(18, RoundingMode::HalfEven);
        let limit = BigDecimal::from_str("100000000000000000000").unwrap();
        match Decimal::read(text.as_bytes()) {
            Ok(value) => prop_assert_eq!(oracle(&value.to_string()), exact),
            Err(NotExact::Rounded(value, lost)) => {
                prop_assert_eq!(oracle(&value.to_string()), rounded.normalized());
                prop_assert_eq!(oracle(&value.to_string()) + oracle(&lost.to_string()), exact);
            }
            Err(NotExact::OutOfRange) => {
                let fine = exact.normalized().into_bigint_and_exponent().1 > 75;
                prop_assert!(rounded.abs() >= limit || exact.abs() >= limit || fine);
            }
            Err(NotExact::NotANumber) => prop_assert!(false, "{} is a number", text),
        }
    }

    #[test]
    fn arithmetic_equals_the_oracle(a in -10_i128.pow(30)..10_i128.pow(30), b in -10_i128.pow(26)..10_i128.pow(26), c in 1..10_i128.pow(20)) {
        let [x, y, z] = [a, b, c].map(Decimal::from_unscaled);
        let [p, q, r] = [x, y, z].map(|value| oracle(&value.to_string()));
        let same = |value: Option<Decimal>, exact: BigDecimal| {
            value.is_none_or(|value| oracle(&value.to_string()) == exact.with_scale_round(18, RoundingMode::HalfEven).normalized())
        };
        prop_assert!(same(x.checked_mul(y), &p * &q));
        // A quotient of the oracle has 100 digits: a tie that it cuts off cannot arise at 18 decimals.
        prop_assert!(same(x.checked_div(z), &p / &r));
        prop_assert!(same(x.mul_div(y, z), &p * &q / &r));
        prop_assert_eq!(x.checked_add(y).map(|sum| oracle(&sum.to_string())), Some(&p + &q).map(|sum| sum.normalized()));
    }

    #[test]
    fn sums_at_once_as_one_by_one(values in proptest::collection::vec(any::<i128>(), 0..40)) {
        let mut sum = Sum::ZERO;
        values.iter().for_each(|&value| sum += Decimal::from_unscaled(value));
        prop_assert_eq!(Sum::of_unscaled(&values), sum);
    }

    #[test]
    fn text_of_any_scale_is_that_of_the_oracle(value in any::<i128>(), shift in 0_u32..127, scale in 0_u8..=38) {
        let scaled = Scaled { unscaled: value >> shift, scale };
        let mut text = String::from("before ");
        scaled.write_to(&mut text);
        prop_assert_eq!(&text, &format!("before {scaled}"));
        let oracle = BigDecimal::new((value >> shift).into(), i64::from(scale)).normalized();
        prop_assert_eq!(scaled.to_string(), oracle.to_plain_string());
    }

    #[test]
    fn the_nearest_double_is_that_of_the_text(value in any::<i128>(), shift in 0_u32..127, zeros in 0_u32..20) {
        let step = 10_i128.pow(zeros);
        let value = Decimal::from_unscaled((value >> shift) % LIMIT / step * step);
        let wanted: f64 = value.to_string().parse().unwrap();
        prop_assert_eq!(value.to_f64().to_bits(), wanted.to_bits(), "{}", value);
    }

    /// Halfway between two doubles, and one unit beside it.
    #[test]
    fn ties_of_doubles_are_even(mantissa in 1_i128 << 52..1_i128 << 53, places in 0_u32..18, off in -1_i128..2) {
        // (2 * mantissa + 1) / 2^(places + 1) has `places` + 1 decimal places, at most 18.
        let tie = (2 * mantissa + 1).checked_mul(10_i128.pow(18)).map(|tie| tie >> (places + 1));
        let value = Decimal::from_unscaled(tie.unwrap() % LIMIT + off);
        let wanted: f64 = value.to_string().parse().unwrap();
        prop_assert_eq!(value.to_f64().to_bits(), wanted.to_bits(), "{}", value);
    }

    #[test]
    fn a_narrower_decimal_is_that_of_the_oracle(value in any::<i128>(), shift in 0_u32..127, precision in 1_u8..39, scale in 0_u8..19) {
        let value = Decimal::from_unscaled((value >> shift) % LIMIT);
        let exact = oracle(&value.to_string());
        let rounded = exact.with_scale_round(i64::from(scale), RoundingMode::HalfEven);
        let unscaled = &rounded * BigDecimal::from(10_i128.pow(u32::from(scale)));
        match value.to_scale(precision, scale) {
            Some((narrow, is_rounded)) => {
                prop_assert_eq!(BigDecimal::from(narrow), unscaled.normalized());
                prop_assert_eq!(is_rounded, rounded != exact);
            }
            None => prop_assert!(unscaled.abs() >= 10_i128.pow(u32::from(precision))),
        }
    }

    #[test]
    fn survives_json(a in any::<i64>(), text in "0\\.[0-9]{19,40}") {
        let value = Decimal::from_unscaled(i128::from(a));
        let sum = Sum::from(value) + Sum::from(value);
        prop_assert_eq!(serde_json::from_str::<Decimal>(&serde_json::to_string(&value).unwrap()).unwrap(), value);
        prop_assert_eq!(serde_json::from_str::<Sum>(&serde_json::to_string(&sum).unwrap()).unwrap(), sum);
        if let Err(NotExact::Rounded(_, lost)) = Decimal::read(text.as_bytes()) {
            prop_assert_eq!(serde_json::from_str::<RoundingLoss>(&serde_json::to_string(&lost).unwrap()).unwrap(), lost);
        }
    }
}
