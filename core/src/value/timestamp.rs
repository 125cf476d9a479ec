//! Timestamps: conversion between texts of a report and microseconds since 1970, in UTC.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Microseconds per second.
pub(crate) const MICROS: i64 = 1_000_000;
const DAY: i64 = 86_400;

/// An instant in UTC with a resolution of microseconds, from 1970 to the end of 9999. Displayed in the format of RFC
/// 3339.
///
/// Serializes as that text.
///
/// # Examples
///
/// ```
/// let instant: outlay::Timestamp = "2026-09-15T08:00:00+02:00".parse()?;
/// assert_eq!(instant.to_string(), "2026-09-15T06:00:00Z");
/// assert_eq!(instant.as_micros(), 1_789_452_000_000_000);
/// let options = outlay::Reader::builder().as_of(instant);
/// # Ok::<(), outlay::ParseTimestampError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The error for a text that is not a [`Timestamp`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("the text is not an instant from 1970 to 9999; expected one such as 2026-09-15T06:00:00Z")]
pub struct ParseTimestampError;

impl Timestamp {
    /// The last instant: `9999-12-31T23:59:59.999999Z`.
    const MAX: i64 = 253_402_300_800 * MICROS - 1;

    /// Creates a timestamp from microseconds since 1970. `None` before 1970 and after the year 9999.
    pub fn from_micros(micros: i64) -> Option<Self> {
        (0..=Self::MAX).contains(&micros).then_some(Self(micros))
    }

    /// Returns the microseconds since 1970.
    pub fn as_micros(self) -> i64 {
        self.0
    }

    /// Creates a timestamp from seconds since 1970.
    #[cfg(feature = "fetch")]
    pub(crate) fn from_secs(seconds: i64) -> Option<Self> {
        seconds.checked_mul(MICROS).and_then(Self::from_micros)
    }

    /// Returns the current time.
    #[cfg(feature = "fetch")]
    pub(crate) fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(i64::try_from(since.as_micros()).unwrap_or(Self::MAX).min(Self::MAX))
    }

    /// Returns the whole seconds since another instant; negative if this one is earlier.
    #[cfg(feature = "fetch")]
    pub(crate) fn seconds_since(self, other: Self) -> i64 {
        (self.0 - other.0) / MICROS
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text(self.0))
    }
}

/// The instant as it is displayed, such as `Timestamp(2026-09-15T06:00:00Z)`.
impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({self})")
    }
}

/// Parses RFC 3339, and the forms in reports: a date only, a blank in place of the `T`, no seconds, no zone (UTC).
impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, ParseTimestampError> {
        parse_any(text.as_bytes()).and_then(Self::from_micros).ok_or(ParseTimestampError)
    }
}

impl From<Timestamp> for String {
    fn from(instant: Timestamp) -> Self {
        instant.to_string()
    }
}

impl From<Timestamp> for SystemTime {
    fn from(instant: Timestamp) -> Self {
        UNIX_EPOCH + Duration::from_micros(instant.0.unsigned_abs())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Parses all forms of [`parse`], and forms of other programs that are unambiguous: with an offset, which is
/// subtracted; without seconds; with an hour of one digit; with blanks before the zone; with `t` and `z`; with `/` in a
/// date that begins with the year. `None` for an ambiguous day (`1/2/2024`), for a number, for `24:00` and for second
/// 60.
pub(crate) fn parse_any(text: &[u8]) -> Option<i64> {
    parse(text).or_else(|| parse_foreign(text))
}

fn parse_foreign(text: &[u8]) -> Option<i64> {
    let (date, rest) = text.split_first_chunk::<{ "2024-01-02".len() }>()?;
    // A leading year is followed by the month, with any separator.
    let date = date.map(|byte| if byte == b'/' { b'-' } else { byte });
    let day = parse(&date)?;
    if rest.is_empty() {
        return Some(day);
    }
    let [b'T' | b't' | b' ', time @ ..] = rest else { return None };
    let length = time.iter().take_while(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.')).count();
    let (clock, zone) = time.split_at(length);
    let hour = if clock.get(1) == Some(&b':') { &b"0"[..] } else { b"" };
    // Date and zone are converted to the form of `parse`, so that there is one parser of times.
    let mut usual = [0; "1970-01-01T00:00:00.000000000Z".len()];
    let second = if hour.len() + clock.len() == "00:00".len() { &b":00"[..] } else { b"" };
    let parts: [&[u8]; 5] = [&date, b"T", hour, clock, second];
    let mut end = 0;
    for part in parts {
        usual.get_mut(end..end + part.len())?.copy_from_slice(part);
        end += part.len();
    }
    let instant = parse(usual.get(..end)?)?;
    debug_assert!(instant >= day);
    let zone = zone.trim_ascii_start();
    if zone.is_empty() || [&b"Z"[..], b"UTC", b"GMT", b"+0000 UTC"].iter().any(|known| known.eq_ignore_ascii_case(zone))
    {
        return Some(instant);
    }
    let (sign, rest) = zone.split_first()?;
    let (hours, rest) = digits(rest, 2)?;
    let minutes = match rest {
        [] => 0,
        [b':', rest @ ..] | rest => digits(rest, 2).filter(|(_, rest)| rest.is_empty())?.0,
    };
    // Offsets are at most +14:00 and -12:00.
    let ahead = match (sign, hours * 60 + minutes) {
        _ if minutes > 59 => return None,
        (b'+', ahead) if ahead <= 14 * 60 => ahead,
        (b'-', behind) if behind <= 12 * 60 => -behind,
        _ => return None,
    };
    Some(instant - ahead * 60 * MICROS).filter(|&instant| instant >= 0)
}

/// Parses `2020-04-01T00:00:00Z`, also with a fraction, `20191201T000000.000Z`, `2023-06-01 00:00:00` with or without `
/// UTC` or `+00:00`, and a date only. `None` for anything else, and for a fraction finer than microseconds.
pub(crate) fn parse(text: &[u8]) -> Option<i64> {
    if let Some(time) = text.try_into().ok().and_then(parse_usual) {
        return Some(time);
    }
    let (year, rest) = digits(text, 4)?;
    let (extended, rest) = strip(rest, b"-");
    let (month, rest) = digits(rest, 2)?;
    let rest = if extended { rest.strip_prefix(b"-")? } else { rest };
    let (day, rest) = digits(rest, 2)?;
    let days = days_from_civil(year, month, day)?;
    if rest.is_empty() && extended {
        return Some(days * DAY * MICROS);
    }
    let rest = rest.strip_prefix(b"T").or_else(|| rest.strip_prefix(b" ").filter(|_| extended))?;
    let (hour, rest) = digits(rest, 2)?;
    let rest = if extended { rest.strip_prefix(b":")? } else { rest };
    let (minute, rest) = digits(rest, 2)?;
    let rest = if extended { rest.strip_prefix(b":")? } else { rest };
    let (second, rest) = digits(rest, 2)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (micros, rest) = match rest.strip_prefix(b".") {
        Some(fraction) => {
            let length = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let (fraction, rest) = fraction.split_at(length);
            let (kept, finer) = fraction.split_at(length.min(6));
            if kept.is_empty() || length > 9 || finer.iter().any(|&digit| digit != b'0') {
                return None;
            }
            let scale = 10_i64.pow(6 - kept.len() as u32);
            (kept.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0')) * scale, rest)
        }
        None => (0, rest),
    };
    if !matches!(rest, b"" | b"Z" | b" UTC" | b"+00:00" | b"+0000" | b"+00") {
        return None;
    }
    Some((days * DAY + hour * 3_600 + minute * 60 + second) * MICROS + micros)
}

/// Parses `2020-04-01T00:00:00Z`, the form of nearly all reports. `None` for all other forms.
fn parse_usual(text: &[u8; 20]) -> Option<i64> {
    let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1, b'T', h0, h1, b':', n0, n1, b':', s0, s1, b'Z'] = *text else {
        return None;
    };
    let digits = [y0, y1, y2, y3, m0, m1, d0, d1, h0, h1, n0, n1, s0, s1].map(|byte| byte.wrapping_sub(b'0'));
    if digits.iter().any(|&digit| digit > 9) {
        return None;
    }
    let two = |at: usize| i64::from(digits[at]) * 10 + i64::from(digits[at + 1]);
    let (hour, minute, second) = (two(8), two(10), two(12));
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let days = days_from_civil(two(0) * 100 + two(2), two(4), two(6))?;
    Some((days * DAY + hour * 3_600 + minute * 60 + second) * MICROS)
}

fn strip<'a>(text: &'a [u8], prefix: &[u8]) -> (bool, &'a [u8]) {
    text.strip_prefix(prefix).map_or((false, text), |rest| (true, rest))
}

fn digits(text: &[u8], count: usize) -> Option<(i64, &[u8])> {
    let (digits, rest) = text.split_at_checked(count)?;
    let number =
        digits.iter().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))?;
    Some((number, rest))
}

/// Returns the days since 1970 of a Gregorian date. `None` for a date that does not exist, or is before 1970.
fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return None,
    };
    if year < 1970 || day < 1 || day > length {
        return None;
    }
    // The year begins in March here, so that the leap day is its last day.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    Some(365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468)
}

/// Returns year, month and day of an instant.
fn civil(micros: i64) -> (i64, i64, i64) {
    let days = micros.div_euclid(MICROS * DAY) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year_of_era + carry, month, day)
}

/// Formats the month of an instant, as `2026-01`.
pub(crate) fn month(micros: i64) -> String {
    let (year, month, _) = civil(micros);
    format!("{year:04}-{month:02}")
}

/// Returns the start of a month, and its exclusive end.
pub(crate) fn month_bounds(year: i64, month: i64) -> Option<(i64, i64)> {
    let start = days_from_civil(year, month, 1)?;
    let end = if month == 12 { days_from_civil(year + 1, 1, 1)? } else { days_from_civil(year, month + 1, 1)? };
    Some((start.checked_mul(DAY * MICROS)?, end.checked_mul(DAY * MICROS)?))
}

/// Returns the start and the exclusive end of the month of an instant.
pub(crate) fn bounds_of(micros: i64) -> Option<(i64, i64)> {
    let (year, month, _) = civil(micros);
    month_bounds(year, month)
}

/// Formats an instant as `2026-01-10T00:00:00Z`, with a fraction only if it is not 0.
pub(crate) fn text(micros: i64) -> String {
    let mut text = String::with_capacity("1970-01-01T00:00:00.000000Z".len());
    write_text(&mut text, micros);
    text
}

/// Appends the text of an instant, see [`text`].
pub(crate) fn write_text(out: &mut String, micros: i64) {
    let (year, month, day) = civil(micros);
    let of_day = micros.rem_euclid(MICROS * DAY);
    let (seconds, fraction) = (of_day / MICROS, of_day % MICROS);
    // Two digits at a time: `format!` takes several times as long.
    let digits = |number: i64| {
        [number / 10, number % 10].map(|digit| char::from(b'0' + u8::try_from(digit).unwrap_or_default()))
    };
    let pair = |out: &mut String, number: i64, end: char| {
        out.extend(digits(number));
        out.push(end);
    };
    if (0..=9_999).contains(&year) {
        out.extend(digits(year / 100));
        pair(out, year % 100, '-');
    } else {
        // A batch of another program may have such a year.
        out.push_str(&format!("{year:04}-"));
    }
    pair(out, month, '-');
    pair(out, day, 'T');
    pair(out, seconds / 3_600, ':');
    pair(out, seconds / 60 % 60, ':');
    pair(out, seconds % 60, if fraction == 0 { 'Z' } else { '.' });
    if fraction != 0 {
        out.push_str(format!("{fraction:06}").trim_end_matches('0'));
        out.push('Z');
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn reads_each_form_and_nothing_else() {
        #[rustfmt::skip]
        let cases = [
            ("2020-04-01T00:00:00Z",          Some("2020-04-01T00:00:00Z")),
            ("2023-11-01T00:00:00.000Z",      Some("2023-11-01T00:00:00Z")),
            ("2024-04-04 23:29:01.676000",    Some("2024-04-04T23:29:01.676Z")),
            ("20191201T000000.000Z",          Some("2019-12-01T00:00:00Z")),
            ("20250307T053621Z",              Some("2025-03-07T05:36:21Z")),
            ("2023-06-01 00:00:00",           Some("2023-06-01T00:00:00Z")),
            ("2023-06-01 00:00:00 UTC",       Some("2023-06-01T00:00:00Z")),
            ("2023-06-01T00:00:00+00:00",     Some("2023-06-01T00:00:00Z")),
            ("2026-01-01",                    Some("2026-01-01T00:00:00Z")),
            ("2024-02-29T23:59:59Z",          Some("2024-02-29T23:59:59Z")),
            ("2026-01-01T00:00:00.123456000Z", Some("2026-01-01T00:00:00.123456Z")),
            ("2026-01-01T00:00:00.1234567Z",  None),
            ("2023-02-29T00:00:00Z",          None),
            ("2100-02-29",                    None),
            ("2026-13-01",                    None),
            ("2026-00-01",                    None),
            ("2026-01-32",                    None),
            ("2026-01-01T24:00:00Z",          None),
            ("2026-01-01T00:60:00Z",          None),
            ("2026-01-01T00:00:60Z",          None),
            ("2026-01-01T00:00:00+01:00",     None),
            ("2026-01-01T00:00:00.Z",         None),
            ("20260101",                      None),
            ("2026-1-1",                      None),
            ("1969-12-31",                    None),
            ("yesterday",                     None),
            ("",                              None),
        ];
        for (input, wanted) in cases {
            assert_eq!(parse(input.as_bytes()).map(text).as_deref(), wanted, "{input}");
        }
    }

    #[test]
    fn reads_what_can_mean_one_instant_only() {
        #[rustfmt::skip]
        let cases = [
            ("2024-01-02 00:00",                    Some("2024-01-02T00:00:00Z")),
            ("2024-01-02T23:59",                    Some("2024-01-02T23:59:00Z")),
            ("2024-01-02T00:00Z",                   Some("2024-01-02T00:00:00Z")),
            ("2024-01-02 00:00:00.000 Z",           Some("2024-01-02T00:00:00Z")),
            ("2024-01-02 00:00:00.000  UTC",        Some("2024-01-02T00:00:00Z")),
            ("2024-01-02t00:00:00z",                Some("2024-01-02T00:00:00Z")),
            ("2024-01-02 00:00:00 gmt",             Some("2024-01-02T00:00:00Z")),
            ("2024-01-02T01:00:00+01:00",           Some("2024-01-02T00:00:00Z")),
            ("2024-01-01T16:00:00.5-08:00",         Some("2024-01-02T00:00:00.5Z")),
            ("2024-01-02 05:30:00 +0530",           Some("2024-01-02T00:00:00Z")),
            ("2024-01-02 14:00+14",                 Some("2024-01-02T00:00:00Z")),
            ("2024-02-29T23:30:00-01:00",           Some("2024-03-01T00:30:00Z")),
            ("2024-01-02T00:00:00-00:00",           Some("2024-01-02T00:00:00Z")),
            ("2024-01-02T00:00:00.000000000+00:00", Some("2024-01-02T00:00:00Z")),
            ("2024-01-02 0:00",                     Some("2024-01-02T00:00:00Z")),
            ("2024-01-02 9:30:15",                  Some("2024-01-02T09:30:15Z")),
            ("2024/01/02",                          Some("2024-01-02T00:00:00Z")),
            ("2024/01/02 00:00:00",                 Some("2024-01-02T00:00:00Z")),
            ("2024-01-02 00:00:00 +0000 UTC",       Some("2024-01-02T00:00:00Z")),
            // Strict forms.
            ("2024-01-02",                          Some("2024-01-02T00:00:00Z")),
            ("20240102T000000Z",                    Some("2024-01-02T00:00:00Z")),
            // Ambiguous or invalid.
            ("1/2/2024 0:00",                       None),
            ("02.01.2024 00:00",                    None),
            ("2024-1-2 00:00",                      None),
            ("2024-01-02 00",                       None),
            ("2024-01-02 0",                        None),
            ("2024-01-02 0:0",                      None),
            ("2024-01-02 :00",                      None),
            ("02/01/2024 00:00",                    None),
            ("2024/13/02",                          None),
            ("2024-01-02 00:00:00 +0100 UTC",       None),
            ("2024-01-02 0:00 AM",                  None),
            ("2024-01-02 12:00 AM",                 None),
            ("2024-01-02 00:00 CET",                None),
            ("2024-01-02T00:00:00+15:00",           None),
            ("2024-01-02T00:00:00-13:00",           None),
            ("2024-01-02T00:00:00+01:60",           None),
            ("2024-01-02T00:00:00+1",               None),
            ("2024-01-02T00:00:00+01:0",            None),
            ("2024-01-02T00:00:00+01:",             None),
            ("2024-01-02T00:00:00+01:000",          None),
            ("2024-01-02T24:00Z",                   None),
            ("2024-01-02T23:59:60z",                None),
            ("2024-01-02T0000",                     None),
            ("2024-02-30 00:00",                    None),
            ("2024-01-02 00:00:00.0000000000000 Z", None),
            ("2024-01-02 00:00:00Z Z",              None),
            ("2024-01-02Z",                         None),
            ("1970-01-01T00:00:00+01:00",           None),
            ("1704153600",                          None),
            ("1704153600000",                       None),
            ("",                                    None),
        ];
        for (input, wanted) in cases {
            assert_eq!(parse_any(input.as_bytes()).map(text).as_deref(), wanted, "{input}");
        }
    }

    #[test]
    fn instants_are_text_outside_and_microseconds_inside() {
        #[rustfmt::skip]
        let cases = [
            ("1970-01-01",                       Some((0,                           "1970-01-01T00:00:00Z"))),
            ("2026-09-15T06:00:00Z",             Some((1_789_452_000_000_000,       "2026-09-15T06:00:00Z"))),
            ("2026-09-15T08:00:00.5+02:00",      Some((1_789_452_000_500_000,       "2026-09-15T06:00:00.5Z"))),
            ("2026-09-15T06:00:00.000001Z",      Some((1_789_452_000_000_001,       "2026-09-15T06:00:00.000001Z"))),
            ("9999-12-31T23:59:59.999999Z",      Some((Timestamp::MAX,              "9999-12-31T23:59:59.999999Z"))),
            // The year 10000 has no text form.
            ("9999-12-31T23:59:59-12:00",        None),
            ("1969-12-31T23:59:59Z",             None),
            ("1789452000",                       None),
            ("",                                 None),
        ];
        for (input, wanted) in cases {
            let parsed: Option<Timestamp> = input.parse().ok();
            assert_eq!(parsed.map(Timestamp::as_micros), wanted.map(|(micros, _)| micros), "{input}");
            assert_eq!(parsed.map(String::from).as_deref(), wanted.map(|(_, text)| text), "{input}");
            assert_eq!(
                parsed.map(|instant| format!("{instant:?}")),
                wanted.map(|(_, text)| format!("Timestamp({text})"))
            );
            let json = parsed.map(|instant| serde_json::to_string(&instant).unwrap());
            assert_eq!(json, wanted.map(|(_, text)| format!("\"{text}\"")), "{input}");
            assert_eq!(json.map(|json| serde_json::from_str::<Timestamp>(&json).unwrap()), parsed, "{input}");
            let system =
                parsed.map(|instant| SystemTime::from(instant).duration_since(UNIX_EPOCH).unwrap().as_micros());
            assert_eq!(system, wanted.map(|(micros, _)| u128::from(micros.unsigned_abs())), "{input}");
        }
        assert!(serde_json::from_str::<Timestamp>("1789452000000000").is_err());
        assert_eq!(Timestamp::from_micros(-1), None);
        assert_eq!(Timestamp::from_micros(Timestamp::MAX + 1), None);
    }

    #[test]
    fn counts_days_as_a_calendar_does() {
        let mut day = 0;
        for year in 1970..2110 {
            for month in 1..=12 {
                for date in 1..=31 {
                    let written = format!("{year:04}-{month:02}-{date:02}");
                    if let Some(micros) = parse(written.as_bytes()) {
                        assert_eq!(micros, day * DAY * MICROS, "{written}");
                        assert_eq!(text(micros), format!("{written}T00:00:00Z"));
                        day += 1;
                    }
                }
            }
        }
    }

    #[test]
    fn writes_each_year_and_fraction() {
        #[rustfmt::skip]
        let cases = [
            (0,                        "1970-01-01T00:00:00Z"),
            (Timestamp::MAX,           "9999-12-31T23:59:59.999999Z"),
            (Timestamp::MAX + 1,       "10000-01-01T00:00:00Z"),
            (-1,                       "1969-12-31T23:59:59.999999Z"),
            (-62_167_219_200 * MICROS, "0000-01-01T00:00:00Z"),
            (1_676_000,                "1970-01-01T00:00:01.676Z"),
            (45_296_000_001,           "1970-01-01T12:34:56.000001Z"),
        ];
        for (micros, wanted) in cases {
            assert_eq!(text(micros), wanted);
        }
    }
}
