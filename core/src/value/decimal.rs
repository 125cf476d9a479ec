//! Exact decimals: text of a report → [`Decimal`] → sums. No binary float anywhere.

use std::fmt;
use std::ops::{Add, AddAssign, Neg, Sub};
use std::str::FromStr;

use arrow::datatypes::i256;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Digits after the point of every [`Decimal`].
pub const SCALE: i8 = 18;
/// Digits of a [`Decimal`] in all, as Arrow's `Decimal128(38, 18)` counts them.
pub const PRECISION: u8 = 38;

const ONE: i128 = 10_i128.pow(18);
const LIMIT: i128 = 10_i128.pow(38);
/// Decimals up to which the part that rounding takes away is kept exactly.
const LOST_SCALE: i64 = 75;

/// An amount of money, a price or a quantity: at most 20 digits before the point and 18 after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(i128);

/// What a text is, when it is not simply a [`Decimal`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Irregular {
    /// A number of more than 18 decimals: rounded half to even, with what that took away.
    Rounded(Decimal, RoundingLoss),
    /// A number of more than 20 digits before the point, or of decimals too fine to account for (over 75).
    OutOfRange,
    /// No number at all.
    NotANumber,
}

/// A number that was read from a text, see [`Decimal::parse`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParsedDecimal {
    /// The number, rounded half to even to 18 decimals.
    pub value: Decimal,
    /// What rounding took from it; 0 for a number of at most 18 decimals.
    pub loss: RoundingLoss,
}

/// Why a text is no [`Decimal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseDecimalError {
    /// A number of more than 20 digits before the point, or of more than 75 decimals.
    #[error("the number is out of range: at most 20 digits before the point and 75 after it")]
    OutOfRange,
    /// No number at all.
    #[error("the text is not a number")]
    NotANumber,
}

impl Decimal {
    /// 0.
    pub const ZERO: Self = Self(0);
    /// 1.
    pub const ONE: Self = Self(ONE);

    /// From the unscaled value of a `Decimal128(38, 18)`.
    pub const fn from_unscaled(unscaled: i128) -> Self {
        Self(unscaled)
    }

    /// A whole number.
    pub const fn from_whole(whole: i64) -> Self {
        Self(whole as i128 * ONE)
    }

    /// The unscaled value, as `Decimal128(38, 18)` holds it.
    pub const fn unscaled(self) -> i128 {
        self.0
    }

    /// Whether it is 0.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether it is below 0.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Its distance from 0.
    #[must_use]
    pub const fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// Parses a number in plain or exponent form: `12`, `-0.5`, `.5`, `5.`, `1.81E-8`, `+1e+3`.
    ///
    /// # Errors
    ///
    /// [`ParseDecimalError`] for a text that is no number, and for a number that is out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// let parsed = outlay::Decimal::parse("0.1234567890123456785")?;
    /// assert_eq!(parsed.value.to_string(), "0.123456789012345678");
    /// assert_eq!(parsed.loss.to_string(), "0.0000000000000000005");
    /// # Ok::<(), outlay::ParseDecimalError>(())
    /// ```
    pub fn parse(text: impl AsRef<[u8]>) -> Result<ParsedDecimal, ParseDecimalError> {
        match Self::read(text.as_ref()) {
            Ok(value) => Ok(ParsedDecimal { value, loss: RoundingLoss::ZERO }),
            Err(Irregular::Rounded(value, loss)) => Ok(ParsedDecimal { value, loss }),
            Err(Irregular::OutOfRange) => Err(ParseDecimalError::OutOfRange),
            Err(Irregular::NotANumber) => Err(ParseDecimalError::NotANumber),
        }
    }

    /// Reads what [`Decimal::parse`] reads; a number that has to be rounded is not the usual case.
    pub(crate) fn read(text: &[u8]) -> Result<Self, Irregular> {
        // Up to 18 digits fit 64 bits, whose arithmetic is several times faster; they are nearly all there is.
        let (negative, digits) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, text),
        };
        if digits.len() > 19 {
            return parse_long(negative, digits);
        }
        let (whole, rest) = digits_of(0, digits);
        let (mantissa, fraction) = match rest {
            [b'.', fraction @ ..] => {
                let (mantissa, rest) = digits_of(whole, fraction);
                (mantissa, Some((fraction.len() - rest.len(), rest)))
            }
            _ => (whole, None),
        };
        let (decimals, rest) = fraction.unwrap_or((0, rest));
        let exponent = match rest {
            [] => 0,
            [b'e' | b'E', exponent @ ..] => parse_exponent(exponent)?,
            _ => return Err(Irregular::NotANumber),
        };
        let count = digits.len() - rest.len() - usize::from(fraction.is_some());
        // 19 digits and no point could pass 64 bits.
        if count == 0 {
            return Err(Irregular::NotANumber);
        }
        if count > 18 {
            return parse_long(negative, digits);
        }
        let shift = i64::from(SCALE) - decimals as i64 + exponent;
        if mantissa == 0 {
            return Ok(Self::ZERO);
        }
        if !(0..=37).contains(&shift) {
            return parse_long(negative, digits);
        }
        let value = match POWERS_OF_64_BITS.get(shift as usize) {
            // Two factors of 64 bits: one instruction, and nothing to check.
            Some(&power) => i128::from(mantissa) * i128::from(power),
            None => i128::from(mantissa).checked_mul(POWERS[shift as usize]).ok_or(Irregular::OutOfRange)?,
        };
        if value >= LIMIT {
            return Err(Irregular::OutOfRange);
        }
        Ok(Self(if negative { -value } else { value }))
    }

    /// `self * other`, rounded half to even; `None` beyond the range.
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        Self::in_range(divide(self.mul_wide(other), i256::from_i128(ONE))?)
    }

    /// `self * other` with 36 decimals, exactly.
    pub(crate) fn mul_wide(self, other: Self) -> i256 {
        // Two values below 10^38 stay below 10^76, and 256 bits hold 5.7 * 10^76.
        i256::from_i128(self.0).wrapping_mul(i256::from_i128(other.0))
    }

    /// Whether `self * other` lies within `tolerance` of `product`, exactly.
    pub fn product_is_near(self, other: Self, product: Self, tolerance: Self) -> bool {
        let one = ONE.unsigned_abs();
        let found = Wide::product(self.0.unsigned_abs(), other.0.unsigned_abs());
        let wanted = Wide::product(product.0.unsigned_abs(), one);
        let is_negative = (self.0 < 0) != (other.0 < 0);
        let difference = if is_negative == (product.0 < 0) { found.distance(wanted) } else { found.plus(wanted) };
        difference <= Wide::product(tolerance.0.unsigned_abs(), one)
    }

    /// `self / divisor`, rounded half to even; `None` when the divisor is 0 or the result beyond the range.
    pub fn checked_div(self, divisor: Self) -> Option<Self> {
        Self::in_range(divide(i256::from_i128(self.0).wrapping_mul(i256::from_i128(ONE)), i256::from_i128(divisor.0))?)
    }

    /// `self * numerator / denominator`, rounded once; `None` as for [`Self::checked_div`].
    pub fn mul_div(self, numerator: Self, denominator: Self) -> Option<Self> {
        Self::in_range(divide(self.mul_wide(numerator), i256::from_i128(denominator.0))?)
    }

    /// `self + other`; `None` beyond the range.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Self::in_range(i256::from_i128(self.0).wrapping_add(i256::from_i128(other.0)))
    }

    /// `self - other`; `None` beyond the range.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.checked_add(-other)
    }

    fn in_range(value: i256) -> Option<Self> {
        value.to_i128().filter(|value| value.abs() < LIMIT).map(Self)
    }
}

/// A product of two magnitudes, which have 127 bits at most.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Wide {
    high: u128,
    low: u128,
}

impl Wide {
    fn product(a: u128, b: u128) -> Self {
        const HALF: u128 = u64::MAX as u128;
        let (a1, a0, b1, b0) = (a >> 64, a & HALF, b >> 64, b & HALF);
        // Each of the four products and the sums below stay under 2^128.
        let (low, middle) = (a0 * b0, a1 * b0);
        let middle = middle + (low >> 64);
        let (carry, middle) = (middle >> 64, (middle & HALF) + a0 * b1);
        Self { high: a1 * b1 + carry + (middle >> 64), low: middle << 64 | low & HALF }
    }

    fn plus(self, other: Self) -> Self {
        let (low, carry) = self.low.overflowing_add(other.low);
        Self { high: self.high + other.high + u128::from(carry), low }
    }

    fn distance(self, other: Self) -> Self {
        let (more, less) = if self >= other { (self, other) } else { (other, self) };
        let (low, borrow) = more.low.overflowing_sub(less.low);
        Self { high: more.high - less.high - u128::from(borrow), low }
    }
}

const POWERS: [i128; 39] = {
    let mut powers = [1_i128; 39];
    let mut n = 1;
    while n < 39 {
        powers[n] = powers[n - 1] * 10;
        n += 1;
    }
    powers
};

const POWERS_OF_64_BITS: [u64; 20] = {
    let mut powers = [1_u64; 20];
    let mut n = 1;
    while n < 20 {
        powers[n] = powers[n - 1] * 10;
        n += 1;
    }
    powers
};

/// Goes on with a number to the first byte that is no digit; gives the bytes from there.
#[inline]
fn digits_of(mut number: u64, mut text: &[u8]) -> (u64, &[u8]) {
    while let [byte, rest @ ..] = text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
        text = rest;
    }
    (number, text)
}

fn parse_exponent(text: &[u8]) -> Result<i64, Irregular> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Irregular::NotANumber);
    }
    // Saturating: beyond any range all exponents mean the same.
    let value = digits.iter().fold(0_i64, |sum, digit| (sum * 10 + i64::from(digit - b'0')).min(1_000_000));
    Ok(if negative { -value } else { value })
}

/// Any number of digits, any exponent.
fn parse_long(negative: bool, digits: &[u8]) -> Result<Decimal, Irregular> {
    let split = digits.iter().position(|byte| matches!(byte, b'e' | b'E'));
    let (mantissa, exponent) = match split {
        Some(at) => (&digits[..at], parse_exponent(&digits[at + 1..])?),
        None => (digits, 0),
    };
    let point = mantissa.iter().position(|&byte| byte == b'.');
    let (whole, fraction) = match point {
        Some(at) => (&mantissa[..at], &mantissa[at + 1..]),
        None => (mantissa, &[][..]),
    };
    if whole.len() + fraction.len() == 0 || !whole.iter().chain(fraction).all(u8::is_ascii_digit) {
        return Err(Irregular::NotANumber);
    }
    let all = || whole.iter().chain(fraction).map(|digit| digit - b'0');
    let leading = all().take_while(|&digit| digit == 0).count();
    let trailing = whole.iter().chain(fraction).rev().take_while(|&&digit| digit == b'0').count();
    let total = whole.len() + fraction.len();
    if leading == total {
        return Ok(Decimal::ZERO);
    }
    let significant = total - leading - trailing;
    // The value is `significant` digits times 10^power.
    let power = exponent - fraction.len() as i64 + trailing as i64;
    if power + significant as i64 > 20 || -power > LOST_SCALE || significant > 76 {
        return Err(Irregular::OutOfRange);
    }
    let mut value = i256::ZERO;
    for digit in all().skip(leading).take(significant) {
        value = value.wrapping_mul(i256::from_i128(10)).wrapping_add(i256::from_i128(i128::from(digit)));
    }
    if negative {
        value = value.wrapping_neg();
    }
    let shift = i64::from(SCALE) + power;
    if shift >= 0 {
        return Decimal::in_range(value.wrapping_mul(power_of_ten(shift as u32))).ok_or(Irregular::OutOfRange);
    }
    let unit = power_of_ten(-shift as u32);
    let rounded = divide(value, unit).and_then(Decimal::in_range).ok_or(Irregular::OutOfRange)?;
    let lost = value.wrapping_sub(i256::from_i128(rounded.0).wrapping_mul(unit));
    Err(Irregular::Rounded(rounded, RoundingLoss(lost.wrapping_mul(power_of_ten((LOST_SCALE + power) as u32)))))
}

fn power_of_ten(power: u32) -> i256 {
    (0..power).fold(i256::ONE, |value, _| value.wrapping_mul(i256::from_i128(10)))
}

/// Rounds half to even.
fn divide(value: i256, divisor: i256) -> Option<i256> {
    let quotient = value.checked_div(divisor)?;
    let rest = value.wrapping_sub(quotient.wrapping_mul(divisor));
    let (rest, half) = (rest.wrapping_abs(), divisor.wrapping_abs());
    // rest >= half of the divisor, written without doubling, which could pass the range.
    let other = half.wrapping_sub(rest);
    let up = rest > other || (rest == other && quotient.wrapping_rem(i256::from_i128(2)) != i256::ZERO);
    let away = if value.is_negative() == divisor.is_negative() { i256::ONE } else { i256::MINUS_ONE };
    Some(if up { quotient.wrapping_add(away) } else { quotient })
}

impl Neg for Decimal {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

/// Digits with a point, without trailing zeros and without exponent: `0.096`, `-25`, `0`.
fn write_unscaled(f: &mut fmt::Formatter<'_>, negative: bool, digits: &str, scale: usize) -> fmt::Result {
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    let fraction = fraction.trim_end_matches('0');
    let sign = if negative { "-" } else { "" };
    if fraction.is_empty() { write!(f, "{sign}{whole}") } else { write!(f, "{sign}{whole}.{fraction}") }
}

fn read_unscaled(text: &str, scale: usize) -> Option<i256> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let valid = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || fraction.len() > scale || !valid(whole) || !valid(fraction) {
        return None;
    }
    let value = i256::from_string(&format!("{whole}{fraction:0<scale$}"))?;
    Some(if negative { value.wrapping_neg() } else { value })
}

/// Rounds half to even to 18 decimals; [`Decimal::parse`] says what that takes away.
impl FromStr for Decimal {
    type Err = ParseDecimalError;

    fn from_str(text: &str) -> Result<Self, ParseDecimalError> {
        Self::parse(text).map(|parsed| parsed.value)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_unscaled(f, self.0 < 0, &self.0.unsigned_abs().to_string(), SCALE as usize)
    }
}

/// A sum of decimals. 256 bits: no number of rows can overflow it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sum(i256);

impl Sum {
    /// 0.
    pub const ZERO: Self = Self(i256::ZERO);

    /// The sum of many, each in units of the last of its 18 decimals.
    pub(crate) fn of_unscaled(values: &[i128]) -> Self {
        // Halves of 64 bits are added up apart: 2^63 of them stay within 128 bits.
        let (mut low, mut high) = (0_i128, 0_i128);
        for value in values {
            low += value & i128::from(u64::MAX);
            high += value >> 64;
        }
        let high = i256::from_i128(high).wrapping_mul(i256::from_i128(1 << 64));
        Self(high.wrapping_add(i256::from_i128(low)))
    }

    /// Whether it is 0.
    pub fn is_zero(self) -> bool {
        self.0 == i256::ZERO
    }

    /// Its distance from 0.
    #[must_use]
    pub fn abs(self) -> Self {
        Self(self.0.wrapping_abs())
    }

    /// A hundred-millionth of it, without what lies below its last decimal.
    #[must_use]
    pub(crate) fn times_1e_8(self) -> Self {
        Self(self.0.checked_div(i256::from_i128(100_000_000)).unwrap_or(i256::ZERO))
    }

    /// The sum as one decimal; `None` beyond the range.
    pub fn to_decimal(self) -> Option<Decimal> {
        Decimal::in_range(self.0)
    }
}

impl From<Decimal> for Sum {
    fn from(value: Decimal) -> Self {
        Self(i256::from_i128(value.0))
    }
}

impl AddAssign<Decimal> for Sum {
    fn add_assign(&mut self, value: Decimal) {
        self.0 = self.0.wrapping_add(i256::from_i128(value.0));
    }
}

impl AddAssign for Sum {
    fn add_assign(&mut self, other: Self) {
        self.0 = self.0.wrapping_add(other.0);
    }
}

impl Add for Sum {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.wrapping_add(other.0))
    }
}

impl Sub for Sum {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.wrapping_sub(other.0))
    }
}

impl Neg for Sum {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.wrapping_neg())
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_unscaled(f, self.0.is_negative(), self.0.to_string().trim_start_matches('-'), SCALE as usize)
    }
}

/// The exact sum of what rounding took away, in units far below those of a [`Decimal`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoundingLoss(i256);

impl RoundingLoss {
    /// Nothing was lost.
    pub const ZERO: Self = Self(i256::ZERO);

    /// Whether nothing was lost.
    pub fn is_zero(self) -> bool {
        self.0 == i256::ZERO
    }
}

impl AddAssign for RoundingLoss {
    fn add_assign(&mut self, other: Self) {
        self.0 = self.0.wrapping_add(other.0);
    }
}

impl fmt::Display for RoundingLoss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_unscaled(f, self.0.is_negative(), self.0.to_string().trim_start_matches('-'), LOST_SCALE as usize)
    }
}

/// Exact text both ways, so that totals survive JSON.
macro_rules! as_text {
    ($type:ty, $scale:expr, $wrap:expr) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                read_unscaled(&text, $scale as usize)
                    .and_then($wrap)
                    .ok_or_else(|| serde::de::Error::custom(format_args!("`{text}` is not a decimal")))
            }
        }
    };
}
as_text!(Decimal, SCALE, Decimal::in_range);
as_text!(Sum, SCALE, |value| Some(Sum(value)));
as_text!(RoundingLoss, LOST_SCALE, |value| Some(RoundingLoss(value)));

#[cfg(test)]
mod tests;
