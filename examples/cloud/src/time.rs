//! Points in time as AWS writes them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Seconds since 1970; 0 for what came before.
pub(crate) fn seconds(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// `2023-12-03T05:36:21.000Z`, as in listings.
pub(crate) fn iso_millis(at: SystemTime) -> String {
    let (year, month, day, hour, minute, second) = civil(seconds(at));
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.000Z")
}

/// `2023-12-03T05:36:21Z`, as in credentials.
pub(crate) fn iso(at: SystemTime) -> String {
    iso_millis(at).replace(".000Z", "Z")
}

/// `Sun, 03 Dec 2023 05:36:21 GMT`, as in headers.
pub(crate) fn http(at: SystemTime) -> String {
    let all = seconds(at);
    let (year, month, day, hour, minute, second) = civil(all);
    let weekday = DAYS[(all / 86_400 % 7) as usize];
    let month = MONTHS[(month - 1) as usize];
    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}

/// Reads `2023-12-03T05:36:21Z`, with or without a fraction, which is left out.
pub(crate) fn parse_iso(text: &str) -> Option<SystemTime> {
    let (date, clock) = text.strip_suffix('Z')?.split_once('T')?;
    let numbers =
        |text: &str, by: char| text.split(by).map(|part| part.parse::<u64>().ok()).collect::<Option<Vec<_>>>();
    let date = numbers(date, '-')?;
    let clock = numbers(clock.split('.').next()?, ':')?;
    let ([year, month, day], [hour, minute, second]) = (date.as_slice(), clock.as_slice()) else { return None };
    let sane = (1970..=9999).contains(year) && (1..=12).contains(month) && (1..=31).contains(day);
    if !sane || *hour > 23 || *minute > 59 || *second > 59 {
        return None;
    }
    // Years begin in March, so that the leap day is their last one.
    let (shifted, from_march) = if *month > 2 { (*year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + (153 * from_march + 2) / 5 + day - 1;
    let days = days.checked_sub(719_468)?;
    UNIX_EPOCH.checked_add(Duration::from_secs(days * 86_400 + hour * 3_600 + minute * 60 + second))
}

/// Year, month, day, hour, minute and second.
fn civil(seconds: u64) -> (u64, u64, u64, u64, u64, u64) {
    let days = seconds / 86_400 + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    (year, month, day, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for (text, header) in [
            ("1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
            ("2000-02-29T23:59:59Z", "Tue, 29 Feb 2000 23:59:59 GMT"),
            ("2023-12-03T05:36:21Z", "Sun, 03 Dec 2023 05:36:21 GMT"),
            ("2026-03-01T12:00:00Z", "Sun, 01 Mar 2026 12:00:00 GMT"),
        ] {
            let at = parse_iso(text).expect(text);
            assert_eq!((iso(at).as_str(), http(at).as_str()), (text, header));
        }
        for text in ["", "2023-12-03", "2023-13-03T05:36:21Z", "1969-12-31T23:59:59Z", "2023-12-03T05:36Z"] {
            assert_eq!(parse_iso(text), None, "{text}");
        }
    }
}
