//! Exact decimals: parsing, arithmetic and sums. No binary floating point is used.

use std::fmt;
use std::ops::{Add, AddAssign, Neg, Sub};
use std::str::FromStr;

use arrow::datatypes::i256;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Digits after the decimal point of every [`Decimal`].
pub const SCALE: i8 = 18;
/// Total digits of a [`Decimal`], as in Arrow's `Decimal128(38, 18)`.
pub const PRECISION: u8 = 38;

const ONE: i128 = 10_i128.pow(18);
const LIMIT: i128 = 10_i128.pow(38);
/// Decimal places to which a rounding loss is exact.
const LOST_SCALE: i64 = 75;

/// An amount of money, a price or a quantity: an exact decimal with at most 20 digits before the point and 18 after it.
///
/// It has the range and scale of Arrow's `Decimal128(38, 18)`. It is displayed with all its places; a precision, such as
/// `{:.2}`, rounds half to even.
///
/// # Examples
///
/// ```
/// use outlay::Decimal;
///
/// let cost: Decimal = "0.0213333336".parse()?;
/// assert_eq!(cost.checked_mul(Decimal::from_whole(3)).unwrap().to_string(), "0.0640000008");
/// assert_eq!(format!("{cost:.2}"), "0.02");
/// # Ok::<(), outlay::ParseDecimalError>(())
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(i128);

/// Why a text is not exactly a [`Decimal`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotExact {
    /// A number with more than 18 decimal places: the value rounded half to even, and the rounding loss.
    Rounded(Decimal, RoundingLoss),
    /// A number with more than 20 digits before the point, or more than 75 decimal places.
    OutOfRange,
    /// Not a number.
    NotANumber,
}

/// A number parsed from text, see [`Decimal::parse`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParsedDecimal {
    /// The number, rounded half to even to 18 decimals.
    pub value: Decimal,
    /// What rounding removed; 0 for a number with at most 18 decimal places.
    pub loss: RoundingLoss,
}

/// The error of parsing a text that is not a [`Decimal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseDecimalError {
    /// A number with more than 20 digits before the point, or more than 75 decimal places.
    #[error("the number is out of range: at most 20 digits before the point and 75 after it")]
    OutOfRange,
    /// Not a number.
    #[error("the text is not a number")]
    NotANumber,
}

impl Decimal {
    /// The value 0.
    pub const ZERO: Self = Self(0);
    /// The value 1.
    pub const ONE: Self = Self(ONE);

    /// Creates a decimal from the unscaled value of a `Decimal128(38, 18)`.
    pub const fn from_unscaled(unscaled: i128) -> Self {
        Self(unscaled)
    }

    /// Creates a decimal from a whole number.
    pub const fn from_whole(whole: i64) -> Self {
        Self(whole as i128 * ONE)
    }

    /// Returns the unscaled value, as stored in `Decimal128(38, 18)`.
    pub const fn unscaled(self) -> i128 {
        self.0
    }

    /// Returns whether the value is 0.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Returns whether the value is below 0.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Returns the absolute value.
    #[must_use]
    pub const fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// Parses a number in plain or exponent form: `12`, `-0.5`, `.5`, `5.`, `1.81E-8`, `+1e+3`.
    ///
    /// # Errors
    ///
    /// [`ParseDecimalError::NotANumber`] if the text is not a number; [`ParseDecimalError::OutOfRange`] if it has more
    /// than 20 digits before the point or more than 75 decimal places.
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
            Err(NotExact::Rounded(value, loss)) => Ok(ParsedDecimal { value, loss }),
            Err(NotExact::OutOfRange) => Err(ParseDecimalError::OutOfRange),
            Err(NotExact::NotANumber) => Err(ParseDecimalError::NotANumber),
        }
    }

    /// Parses like [`Decimal::parse`], with rounding as an error: nearly no amount of a report needs it.
    pub(crate) fn read(text: &[u8]) -> Result<Self, NotExact> {
        // Up to 18 digits fit 64 bits, whose arithmetic is several times faster. Nearly all amounts are that short.
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
            _ => return Err(NotExact::NotANumber),
        };
        let count = digits.len() - rest.len() - usize::from(fraction.is_some());
        // 19 digits without a point may exceed 64 bits.
        if count == 0 {
            return Err(NotExact::NotANumber);
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
            // A product of two 64-bit factors needs one instruction and cannot overflow 128 bits.
            Some(&power) => i128::from(mantissa) * i128::from(power),
            None => i128::from(mantissa).checked_mul(POWERS[shift as usize]).ok_or(NotExact::OutOfRange)?,
        };
        if value >= LIMIT {
            return Err(NotExact::OutOfRange);
        }
        Ok(Self(if negative { -value } else { value }))
    }

    /// Returns `self * other`, rounded half to even, or `None` if the result is out of range.
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        Self::in_range(divide(self.mul_wide(other), i256::from_i128(ONE))?)
    }

    /// Returns the exact product, with 36 decimal places.
    pub(crate) fn mul_wide(self, other: Self) -> i256 {
        // Factors are below 10^38, so the product is below 10^76; 256 bits hold 5.7 * 10^76.
        i256::from_i128(self.0).wrapping_mul(i256::from_i128(other.0))
    }

    /// Returns whether `self * other` lies within `tolerance` of `product`. The comparison is exact.
    pub fn product_is_near(self, other: Self, product: Self, tolerance: Self) -> bool {
        let one = ONE.unsigned_abs();
        let found = Wide::product(self.0.unsigned_abs(), other.0.unsigned_abs());
        let wanted = Wide::product(product.0.unsigned_abs(), one);
        let is_negative = (self.0 < 0) != (other.0 < 0);
        let difference = if is_negative == (product.0 < 0) { found.distance(wanted) } else { found.plus(wanted) };
        difference <= Wide::product(tolerance.0.unsigned_abs(), one)
    }

    /// Returns `self / divisor`, rounded half to even, or `None` if `divisor` is 0 or the result is out of range.
    pub fn checked_div(self, divisor: Self) -> Option<Self> {
        Self::in_range(divide(i256::from_i128(self.0).wrapping_mul(i256::from_i128(ONE)), i256::from_i128(divisor.0))?)
    }

    /// Returns `self * numerator / denominator`, rounded once, or `None` as for [`Self::checked_div`].
    pub fn mul_div(self, numerator: Self, denominator: Self) -> Option<Self> {
        Self::in_range(divide(self.mul_wide(numerator), i256::from_i128(denominator.0))?)
    }

    /// Returns `self + other`, or `None` if the result is out of range.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Self::in_range(i256::from_i128(self.0).wrapping_add(i256::from_i128(other.0)))
    }

    /// Returns `self - other`, or `None` if the result is out of range.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.checked_add(-other)
    }

    /// Returns the nearest double; of two that are equally near, the one with an even mantissa.
    ///
    /// # Examples
    ///
    /// ```
    /// let cost: outlay::Decimal = "0.1".parse()?;
    /// assert_eq!(cost.to_f64(), 0.1);
    /// # Ok::<(), outlay::ParseDecimalError>(())
    /// ```
    #[expect(clippy::float_arithmetic, reason = "the result is a double, and all but one step are exact")]
    pub fn to_f64(self) -> f64 {
        const EXACT: u128 = 1 << 53;
        let (magnitude, one) = (self.0.unsigned_abs(), ONE.unsigned_abs());
        let nearest = if magnitude < EXACT {
            // Both operands are exact doubles, so only the division rounds.
            magnitude as f64 / 1e18
        } else {
            // 10^18 has 60 bits, so the quotient has at least 55: two more than a double. Its lowest bit is set if
            // there is a rest, so that the conversion is the only rounding. The last division is by a power of two.
            let shift = 115_u32.saturating_sub(u128::BITS - magnitude.leading_zeros());
            let numerator = magnitude << shift;
            let quotient = (numerator / one) | u128::from(!numerator.is_multiple_of(one));
            quotient as f64 / (1_u128 << shift) as f64
        };
        if self.0 < 0 { -nearest } else { nearest }
    }

    /// Rounds half to even to `scale` decimal places, at most 18. Returns the unscaled value and whether it was
    /// rounded, or `None` if it has more than `precision` digits.
    pub(crate) fn to_scale(self, precision: u8, scale: u8) -> Option<(i128, bool)> {
        let dropped = SCALE.unsigned_abs().saturating_sub(scale);
        let (unit, limit) = (*POWERS.get(usize::from(dropped))?, *POWERS.get(usize::from(precision))?);
        let (whole, rest) = (self.0 / unit, self.0 % unit);
        let twice = rest.abs() * 2;
        let is_up = twice > unit || (twice == unit && whole % 2 != 0);
        let value = if is_up { whole + self.0.signum() } else { whole };
        (value.abs() < limit).then_some((value, rest != 0))
    }

    fn in_range(value: i256) -> Option<Self> {
        value.to_i128().filter(|value| value.abs() < LIMIT).map(Self)
    }
}

/// A product of two magnitudes of at most 127 bits each.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Wide {
    high: u128,
    low: u128,
}

impl Wide {
    fn product(a: u128, b: u128) -> Self {
        const HALF: u128 = u64::MAX as u128;
        let (a1, a0, b1, b0) = (a >> 64, a & HALF, b >> 64, b & HALF);
        // Each of the four partial products and each sum below stays under 2^128.
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

/// Appends leading digits of `text` to `number`; returns the number and the rest of the text.
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

fn parse_exponent(text: &[u8]) -> Result<i64, NotExact> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(NotExact::NotANumber);
    }
    // Saturates: all exponents beyond this limit are out of range alike.
    let value = digits.iter().fold(0_i64, |sum, digit| (sum * 10 + i64::from(digit - b'0')).min(1_000_000));
    Ok(if negative { -value } else { value })
}

/// Parses any number of digits with any exponent.
fn parse_long(negative: bool, digits: &[u8]) -> Result<Decimal, NotExact> {
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
        return Err(NotExact::NotANumber);
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
        return Err(NotExact::OutOfRange);
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
        return Decimal::in_range(value.wrapping_mul(power_of_ten(shift as u32))).ok_or(NotExact::OutOfRange);
    }
    let unit = power_of_ten(-shift as u32);
    let rounded = divide(value, unit).and_then(Decimal::in_range).ok_or(NotExact::OutOfRange)?;
    let lost = value.wrapping_sub(i256::from_i128(rounded.0).wrapping_mul(unit));
    Err(NotExact::Rounded(rounded, RoundingLoss(lost.wrapping_mul(power_of_ten((LOST_SCALE + power) as u32)))))
}

fn power_of_ten(power: u32) -> i256 {
    (0..power).fold(i256::ONE, |value, _| value.wrapping_mul(i256::from_i128(10)))
}

/// Divides, rounded half to even; `None` if `divisor` is 0.
fn divide(value: i256, divisor: i256) -> Option<i256> {
    let quotient = value.checked_div(divisor)?;
    let rest = value.wrapping_sub(quotient.wrapping_mul(divisor));
    let (rest, half) = (rest.wrapping_abs(), divisor.wrapping_abs());
    // Equivalent to `2 * rest >= divisor`; doubling could overflow.
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

/// Writes a number as the formatter asks: without a precision all its places and no trailing zeros (`0.096`, `-25`, `0`), with
/// one that many places, rounded half to even; never with an exponent. Width, fill, sign and `0` are as for integers.
fn write_unscaled(f: &mut fmt::Formatter<'_>, negative: bool, digits: &str, scale: usize) -> fmt::Result {
    let mut digits = format!("{digits:0>width$}", width = scale + 1).into_bytes();
    let places = f.precision().unwrap_or(scale);
    if places < scale {
        round_half_even(&mut digits, scale - places);
    } else {
        digits.resize(digits.len() + places - scale, b'0');
    }
    let is_zero = digits.iter().all(|&digit| digit == b'0');
    let mut text = String::from_utf8(digits).unwrap_or_default();
    if places > 0 {
        text.insert(text.len() - places, '.');
        if f.precision().is_none() {
            text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
        }
    }
    f.pad_integral(!negative || is_zero, "", &text)
}

/// Removes the last digits of a number of more digits, and rounds the rest half to even.
fn round_half_even(digits: &mut Vec<u8>, removed: usize) {
    let rest = digits.split_off(digits.len() - removed);
    let is_odd = digits.last().is_some_and(|last| last % 2 == 1);
    let above_half = rest[0] > b'5' || rest[0] == b'5' && rest[1..].iter().any(|&digit| digit != b'0');
    if !above_half && (rest[0] < b'5' || !is_odd) {
        return;
    }
    for digit in digits.iter_mut().rev() {
        if *digit < b'9' {
            *digit += 1;
            return;
        }
        *digit = b'0';
    }
    digits.insert(0, b'1');
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

/// An unscaled value with its scale, as in an Arrow array. It prints as a [`Decimal`] does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Scaled {
    pub(crate) unscaled: i128,
    pub(crate) scale: u8,
}

/// One more than the most digits of an integer of 128 bits, so that one is before the point with any scale.
const MOST_DIGITS: usize = 40;

impl Scaled {
    /// Appends the text of the number: `0.096`, `-25`, `0`.
    pub(crate) fn write_to(self, out: &mut String) {
        self.parts(&mut [b'0'; MOST_DIGITS]).into_iter().for_each(|part| out.push_str(part));
    }

    /// Returns the sign, the digits before the point, the point, and the digits after it, without trailing zeros. `places`
    /// are zeros.
    fn parts(self, places: &mut [u8; MOST_DIGITS]) -> [&str; 4] {
        let sign = if self.unscaled < 0 { "-" } else { "" };
        let digits = digits(self.unscaled.unsigned_abs(), places);
        let (whole, fraction) = digits.split_at(digits.len().saturating_sub(usize::from(self.scale)));
        let whole = match whole.trim_start_matches('0') {
            "" => "0",
            whole => whole,
        };
        let fraction = fraction.trim_end_matches('0');
        [sign, whole, if fraction.is_empty() { "" } else { "." }, fraction]
    }
}

/// Returns the digits of a number with leading zeros. Most cells of a row are decimals, and the functions of `fmt` take several
/// times as long.
fn digits(mut number: u128, places: &mut [u8; MOST_DIGITS]) -> &str {
    /// The largest power of ten that fits 64 bits, whose division is much faster than that of 128 bits.
    const CHUNK: u128 = 10_u128.pow(19);
    for places in places.rchunks_mut(19) {
        let (rest, mut chunk) = match u64::try_from(number) {
            Ok(small) if number < CHUNK => (0, small),
            _ => (number / CHUNK, u64::try_from(number % CHUNK).unwrap_or_default()),
        };
        for place in places.iter_mut().rev() {
            if chunk == 0 {
                break;
            }
            *place = b'0' + u8::try_from(chunk % 10).unwrap_or_default();
            chunk /= 10;
        }
        number = rest;
    }
    std::str::from_utf8(places).unwrap_or_default()
}

impl fmt::Display for Scaled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.precision().is_some() || f.width().is_some() || f.sign_plus() {
            let digits = self.unscaled.unsigned_abs().to_string();
            return write_unscaled(f, self.unscaled < 0, &digits, usize::from(self.scale));
        }
        self.parts(&mut [b'0'; MOST_DIGITS]).into_iter().try_for_each(|part| f.write_str(part))
    }
}

/// Rounds half to even to 18 decimal places; [`Decimal::parse`] also returns the rounding loss.
impl FromStr for Decimal {
    type Err = ParseDecimalError;

    fn from_str(text: &str) -> Result<Self, ParseDecimalError> {
        Self::parse(text).map(|parsed| parsed.value)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Scaled { unscaled: self.0, scale: SCALE.unsigned_abs() }.fmt(f)
    }
}

/// The number as it is displayed, such as `Decimal(1.5)`.
impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Decimal({self})")
    }
}

/// An exact sum of decimals, with 18 decimal places. It has 256 bits, so no number of rows can overflow it.
///
/// # Examples
///
/// ```
/// use outlay::{Decimal, Sum};
///
/// let mut sum = Sum::ZERO;
/// for cost in ["0.1", "0.2"] {
///     sum += cost.parse::<Decimal>()?;
/// }
/// assert_eq!(sum.to_string(), "0.3");
///
/// let costs = ["0.1", "0.2"].map(|cost| cost.parse::<Decimal>());
/// assert_eq!(costs.into_iter().sum::<Result<Sum, _>>()?, sum);
/// # Ok::<(), outlay::ParseDecimalError>(())
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sum(i256);

impl Sum {
    /// The value 0.
    pub const ZERO: Self = Self(i256::ZERO);

    /// Sums unscaled values (units of 10^-18).
    pub(crate) fn of_unscaled(values: &[i128]) -> Self {
        // The low and high 64 bits are summed separately: 2^63 halves fit 128 bits.
        let (mut low, mut high) = (0_i128, 0_i128);
        for value in values {
            low += value & i128::from(u64::MAX);
            high += value >> 64;
        }
        let high = i256::from_i128(high).wrapping_mul(i256::from_i128(1 << 64));
        Self(high.wrapping_add(i256::from_i128(low)))
    }

    /// Returns the value of a number with `scale` decimal places, at most 18.
    pub(crate) fn of_scale(unscaled: i128, scale: u8) -> Self {
        let added = usize::from(SCALE.unsigned_abs().saturating_sub(scale));
        let unit = POWERS.get(added).copied().unwrap_or(1);
        Self(i256::from_i128(unscaled).wrapping_mul(i256::from_i128(unit)))
    }

    /// Returns whether the value is 0.
    pub fn is_zero(self) -> bool {
        self.0 == i256::ZERO
    }

    /// Returns the absolute value.
    #[must_use]
    pub fn abs(self) -> Self {
        Self(self.0.wrapping_abs())
    }

    /// Returns the value times 10^-8, truncated.
    #[must_use]
    pub(crate) fn times_1e_8(self) -> Self {
        Self(self.0.checked_div(i256::from_i128(100_000_000)).unwrap_or(i256::ZERO))
    }

    /// Returns the sum as a decimal, or `None` if it is out of range.
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

impl std::iter::Sum<Decimal> for Sum {
    fn sum<I: Iterator<Item = Decimal>>(values: I) -> Self {
        values.map(Self::from).sum()
    }
}

impl std::iter::Sum for Sum {
    fn sum<I: Iterator<Item = Self>>(sums: I) -> Self {
        sums.fold(Self::ZERO, |total, sum| total + sum)
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

/// The number as it is displayed, such as `Sum(1.5)`.
impl fmt::Debug for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sum({self})")
    }
}

/// The exact sum of rounding losses, with 75 decimal places.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct RoundingLoss(i256);

impl RoundingLoss {
    /// No loss.
    pub const ZERO: Self = Self(i256::ZERO);

    /// Returns whether nothing was lost.
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

/// The number as it is displayed, such as `RoundingLoss(0.0000000000000000005)`.
impl fmt::Debug for RoundingLoss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RoundingLoss({self})")
    }
}

/// Serializes as exact text, so that totals are unchanged by a round trip through JSON.
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
