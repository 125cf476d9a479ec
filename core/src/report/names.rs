//! File names: whether a file can be data, and its number among several files.
//!
//! Only names are examined. Programs number their files: AWS `R-00001`, Spark `part-00000-<id>-c000`, Redshift
//! `R0000_part_00`, Snowflake `data_0_0_0`, BigQuery `R000000000000`, DuckDB `data_0`, Polars `00000000`. Names by
//! Athena end in random ids, and people use months and days.

/// The end of a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ending {
    /// The number of a chunk of a report, as written by AWS.
    Chunk(u64),
    /// The numbers of a file, as written by programs that split a table into files.
    File(Vec<u64>),
    /// A last number that may not be a file number.
    Number(u64),
    /// A month: year and number.
    Month(u64, u64),
    /// A day.
    Day,
    /// A random id.
    Id,
    Nothing,
}

/// The name of an object: the part shared by the files of a report, and the part that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) base: String,
    pub(crate) ending: Ending,
}

/// Extensions of formats and compressions.
const DATA: [&str; 5] = [".gz", ".zip", ".csv", ".parquet", ".snappy"];
/// Extensions of files that a program is still writing.
const UNFINISHED: [&str; 12] = [
    ".part",
    ".partial",
    ".crdownload",
    ".filepart",
    ".download",
    ".opdownload",
    ".aria2",
    ".tmp",
    ".temp",
    ".!ut",
    ".!qb",
    ".unfinished",
];
/// Extensions of unsupported compressions and archives.
const PACKED: [&str; 17] = [
    ".zst", ".zstd", ".bz2", ".xz", ".7z", ".lz4", ".lzo", ".lzma", ".br", ".sz", ".snappy", ".z", ".rar", ".tar",
    ".tgz", ".deflate", ".lz",
];
/// Extensions of files that describe other files.
const BESIDE: [&str; 15] = [
    ".md5",
    ".sha1",
    ".sha256",
    ".sha512",
    ".crc",
    ".crc32",
    ".sig",
    ".asc",
    ".json",
    ".xml",
    ".sql",
    ".md",
    ".log",
    ".pdf",
    ".metadata",
];

fn last(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}

fn without<'n>(name: &'n str, endings: &[&str]) -> Option<&'n str> {
    endings.iter().find_map(|ending| {
        let at = name.len().checked_sub(ending.len())?;
        name.get(at..)?.eq_ignore_ascii_case(ending).then(|| name.get(..at)).flatten()
    })
}

/// Returns whether an object can be a part, by its extension.
pub(crate) fn is_data(key: &str) -> bool {
    without(last(key), &[".csv", ".gz", ".zip", ".parquet"]).is_some() && !key.contains("cost_and_usage_data_status/")
}

/// Returns whether an object is hidden, or is a private file of a system or program.
pub(crate) fn is_hidden(key: &str) -> bool {
    let name = last(key);
    let is_beside = key.split('/').any(|folder| folder == "__MACOSX" || folder.len() > 1 && folder.starts_with('.'));
    is_beside || name.starts_with(['.', '_']) || name.starts_with("~$")
}

/// Returns whether a hidden object has the name of data. The files that macOS adds to each file do not count.
pub(crate) fn is_hidden_data(key: &str) -> bool {
    let folder = key.rsplit_once('/').map_or("", |(folder, _)| folder);
    is_hidden(key)
        && (is_data(key) || names_csv(key))
        && !is_beside(key)
        && !last(key).starts_with("._")
        && !is_hidden(&format!("{folder}/R"))
}

/// Returns whether a file describes another one: a checksum, a description.
pub(crate) fn is_beside(key: &str) -> bool {
    without(last(key), &BESIDE).is_some()
}

/// Returns the final name of an unfinished file, or of the folder of one.
pub(crate) fn unfinished(key: &str) -> Option<&str> {
    key.split('/').find_map(|name| without(name, &UNFINISHED))
}

/// Returns whether a file is an unfinished download of a browser without its final name.
pub(crate) fn is_download(key: &str) -> bool {
    without(last(key), &[".crdownload", ".opdownload"]).is_some_and(|name| !has_extension(name))
}

/// Returns the name of a file in an unsupported compression, without that extension.
pub(crate) fn packed(key: &str) -> Option<&str> {
    without(last(key), &PACKED)
}

/// Returns whether a name contains the name of a CSV file: `report.csv.1`, `report.csv.old`.
pub(crate) fn names_csv(key: &str) -> bool {
    last(key).to_ascii_lowercase().contains(".csv")
}

/// Returns whether a name has an extension with letters: `report.txt`, but not `report` or `report-2.5`.
pub(crate) fn has_extension(key: &str) -> bool {
    let extension = last(key).rsplit_once('.').map_or("", |(_, extension)| extension);
    extension.bytes().any(|byte| byte.is_ascii_alphabetic())
        && extension.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Returns a key without the extension of its name.
pub(crate) fn without_extension(key: &str) -> &str {
    if has_extension(key) { key.rsplit_once('.').map_or(key, |(name, _)| name) } else { key }
}

/// Returns the name of an object without folder and extensions.
pub(crate) fn stem(key: &str) -> &str {
    let mut name = last(key);
    for ending in DATA {
        name = without(name, &[ending]).unwrap_or(name);
    }
    name
}

impl Name {
    /// Parses the name of an object.
    pub(crate) fn of(key: &str) -> Self {
        let stem = stem(key);
        let found = spark(stem)
            .or_else(|| redshift(stem))
            .or_else(|| dated(stem))
            .or_else(|| snowflake(stem))
            .or_else(|| random(stem))
            .or_else(|| numbered(stem));
        let (base, ending) = found.unwrap_or_else(|| (stem.to_owned(), Ending::Nothing));
        Self { base, ending }
    }

    /// Returns the number that distinguishes the files of a report; `None` if there is none.
    pub(crate) fn numbers(&self) -> Option<Vec<u64>> {
        match &self.ending {
            Ending::Chunk(number) | Ending::Number(number) => Some(vec![*number]),
            Ending::File(numbers) => Some(numbers.clone()),
            Ending::Month(year, month) => Some(vec![*year, *month]),
            Ending::Day | Ending::Id | Ending::Nothing => None,
        }
    }
}

/// Splits a text before its last digits.
fn digits(text: &str) -> Option<(&str, &str)> {
    let before = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = text.get(before.len()..)?;
    // More digits are not a file number.
    (1..=18).contains(&digits.len()).then_some((before, digits))
}

fn number(digits: &str) -> Option<u64> {
    digits.parse().ok()
}

/// Parses `part-00000-<id>-c000`, `part-r-00000`, `part-00000-tid-<id>-<task>-<attempt>-c000`.
fn spark(stem: &str) -> Option<(String, Ending)> {
    let rest = stem.strip_prefix("part-")?;
    let (kind, rest) =
        ["r-", "m-"].iter().find_map(|kind| Some((*kind, rest.strip_prefix(kind)?))).unwrap_or(("", rest));
    let tail = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let file = rest.get(..rest.len() - tail.len()).filter(|file| file.len() >= 5)?;
    let mut numbers = vec![number(file)?];
    let mut id = tail;
    if let Some((before, piece)) = digits(tail)
        && let Some(before) = before.strip_suffix("-c").or_else(|| before.strip_suffix(".c"))
    {
        numbers.push(number(piece)?);
        id = before;
    }
    if id.starts_with("-tid-") {
        // Task and attempt differ between files.
        for _ in 0..2 {
            id = digits(id).and_then(|(before, _)| before.strip_suffix('-')).unwrap_or(id);
        }
    }
    Some((format!("part-{kind}*{id}"), Ending::File(numbers)))
}

/// Parses `R0000_part_00`: slice and file.
fn redshift(stem: &str) -> Option<(String, Ending)> {
    let (before, file) = digits(stem)?;
    let (base, slice) = digits(before.strip_suffix("_part_")?)?;
    if file.len() < 2 || slice.len() < 4 {
        return None;
    }
    Some((base.to_owned(), Ending::File(vec![number(slice)?, number(file)?])))
}

/// Parses `data_0_0_0`.
fn snowflake(stem: &str) -> Option<(String, Ending)> {
    let (rest, file) = digits(stem)?;
    let (rest, thread) = digits(rest.strip_suffix('_')?)?;
    let (rest, node) = digits(rest.strip_suffix('_')?)?;
    let base = rest.strip_suffix('_')?;
    Some((base.to_owned(), Ending::File(vec![number(node)?, number(thread)?, number(file)?])))
}

/// Parses a UUID at the end.
fn random(stem: &str) -> Option<(String, Ending)> {
    const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
    let at = stem.len().checked_sub(36)?;
    let (base, id) = (stem.get(..at)?, stem.get(at..)?);
    let is_id =
        id.split('-').map(str::len).eq(GROUPS) && id.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    let is_alone = base.is_empty() || base.ends_with(['-', '_', '.']);
    (is_id && is_alone).then(|| (base.to_owned(), Ending::Id))
}

/// Parses a month or a day at the end: `2024-11`, `202411`, `20241101-20241201`, `2024-11-05`, `20241105`.
fn dated(stem: &str) -> Option<(String, Ending)> {
    let is_year = |year: u64| (1990..2100).contains(&year);
    let is_month = |month: u64| (1..=12).contains(&month);
    let separate = |text: &str| text.trim_end_matches(['-', '_', '.']).to_owned();
    let (before, end) = digits(stem)?;
    let earlier = before.strip_suffix(['-', '_', '.']).and_then(digits);
    let whole = |text: &str, length: usize| {
        let year = number(text.get(..4)?).filter(|&year| text.len() == length && is_year(year))?;
        Some((year, number(text.get(4..6)?).filter(|&month| is_month(month))?))
    };
    let (base, ending) = match (end.len(), earlier) {
        (8, Some((base, start))) if whole(start, 8).is_some() => {
            let ((year, month), next) = (whole(start, 8)?, whole(end, 8)?);
            let follows = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
            let is_month = start.ends_with("01") && end.ends_with("01") && next == follows;
            (base, if is_month { Ending::Month(year, month) } else { Ending::Day })
        }
        (8, _) if whole(end, 8).is_some() => (before, Ending::Day),
        (6, _) if whole(end, 6).is_some() => {
            let (year, month) = whole(end, 6)?;
            (before, Ending::Month(year, month))
        }
        (1 | 2, Some((base, year))) if year.len() == 4 && is_year(number(year)?) && is_month(number(end)?) => {
            (base, Ending::Month(number(year)?, number(end)?))
        }
        (1 | 2, Some((rest, month))) if month.len() <= 2 && is_month(number(month)?) => {
            let (base, year) = rest.strip_suffix(['-', '_', '.']).and_then(digits)?;
            if year.len() != 4 || !is_year(number(year)?) {
                return None;
            }
            (base, Ending::Day)
        }
        _ => return None,
    };
    // `x2024-11` is not a date, and neither are the last digits of a longer number.
    Some((separate(base), ending))
}

fn numbered(stem: &str) -> Option<(String, Ending)> {
    let (before, end) = digits(stem)?;
    let number = number(end)?;
    let is_year = end.len() == 4 && (1990..2100).contains(&number);
    if is_year {
        return None;
    }
    if let Some(base) = before.strip_suffix('-') {
        let is_chunk = end.len() != 4;
        return Some((base.to_owned(), if is_chunk { Ending::Chunk(number) } else { Ending::File(vec![number]) }));
    }
    if before.ends_with([' ', '(']) {
        return None;
    }
    let is_padded = end.len() >= 3 && end.len() != 12 || end.len() == 12 && end.starts_with("000000");
    match before.strip_suffix(['_', '.']) {
        Some("data") => Some((before.to_owned(), Ending::File(vec![number]))),
        Some(_) if is_padded && end.starts_with('0') => Some((before.to_owned(), Ending::File(vec![number]))),
        Some(_) => Some((before.to_owned(), Ending::Number(number))),
        None if is_padded && end.starts_with('0') || before.is_empty() => {
            Some((before.to_owned(), Ending::File(vec![number])))
        }
        None => None,
    }
}

/// Returns whether numbers start at 0 or 1 and have no gap, on each level.
pub(crate) fn is_complete(numbers: &[Vec<u64>]) -> bool {
    let mut numbers: Vec<&[u64]> = numbers.iter().map(Vec::as_slice).collect();
    numbers.sort_unstable();
    numbers.dedup();
    counts(&numbers, true)
}

/// Returns whether the program that wrote a file always starts at number 0: Spark, except for partitions, which have
/// only the files of tasks with rows.
pub(crate) fn begins_with_zero(key: &str) -> bool {
    let is_partition = key.split('/').rev().skip(1).any(|folder| folder.contains('='));
    let is_piece = |name: &(String, Ending)| matches!(&name.1, Ending::File(numbers) if numbers.len() > 1);
    !is_partition && spark(stem(key)).is_some_and(|name| is_piece(&name))
}

fn counts(numbers: &[&[u64]], is_first: bool) -> bool {
    let Some(start) = numbers.first().and_then(|number| number.first()) else { return true };
    if *start > u64::from(is_first) {
        return false;
    }
    let groups = numbers.chunk_by(|a, b| a.first() == b.first());
    groups.zip(*start..).all(|(group, wanted)| {
        let below: Vec<&[u64]> = group.iter().filter_map(|number| number.get(1..)).collect();
        group.first().and_then(|number| number.first()) == Some(&wanted) && counts(&below, false)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_which_file_it_is() {
        let file = |numbers: &[u64]| Ending::File(numbers.to_vec());
        #[rustfmt::skip]
        let cases = [
            ("a/R-00001.csv.gz", "R", Ending::Chunk(1)),
            ("R-1.csv", "R", Ending::Chunk(1)),
            ("R-00000.csv", "R", Ending::Chunk(0)),
            ("R.CSV.GZ", "R", Ending::Nothing),
            ("cur-2024.csv", "cur-2024", Ending::Nothing),
            ("cur-2024-11.csv", "cur", Ending::Month(2024, 11)),
            ("2024-01.csv", "", Ending::Month(2024, 1)),
            ("cur_202401.csv", "cur", Ending::Month(2024, 1)),
            ("cur-2024_1.csv", "cur", Ending::Month(2024, 1)),
            ("cur-20241201-20250101.csv", "cur", Ending::Month(2024, 12)),
            ("cur-20241201-20250102.csv", "cur", Ending::Day),
            ("cur-2024-11-05.csv", "cur", Ending::Day),
            ("cur_2024_11_05.csv", "cur", Ending::Day),
            ("cur-20241105.csv", "cur", Ending::Day),
            ("cur-2024-13.csv", "cur-2024", Ending::Chunk(13)),
            ("cur-000001.csv", "cur", Ending::Chunk(1)),
            ("part-00000-aaaaaaaa-1111-4222-8333-abcdefabcdef-c000.csv.gz", "part-*-aaaaaaaa-1111-4222-8333-abcdefabcdef", file(&[0, 0])),
            ("part-00003-aaaaaaaa-1111-4222-8333-abcdefabcdef.c001.csv", "part-*-aaaaaaaa-1111-4222-8333-abcdefabcdef", file(&[3, 1])),
            ("part-00001-tid-58-bbb-12-1-c000.csv", "part-*-tid-58-bbb", file(&[1, 0])),
            ("part-r-00002.gz", "part-r-*", file(&[2])),
            ("part-00001.csv", "part-*", file(&[1])),
            ("part-1.csv", "part", Ending::Chunk(1)),
            ("0001_part_00", "", file(&[1, 0])),
            ("cur_0001_part_02.gz", "cur_", file(&[1, 2])),
            ("data_0_1_0.csv.gz", "data", file(&[0, 1, 0])),
            ("000000000001.csv.gz", "", file(&[1])),
            ("export_000000000000.csv", "export_", file(&[0])),
            ("data_3.csv", "data_", file(&[3])),
            ("00000000.csv", "", file(&[0])),
            ("unload001", "unload", file(&[1])),
            ("cur_2.csv", "cur_", Ending::Number(2)),
            ("bill_111122223333.csv", "bill_", Ending::Number(111_122_223_333)),
            ("report1.csv", "report1", Ending::Nothing),
            ("report-00001 (1).csv", "report-00001 (1)", Ending::Nothing),
            ("report-00001 2.csv", "report-00001 2", Ending::Nothing),
            ("20240201_101112_00042_abcde_0f1e2d3c-aaaa-bbbb-cccc-000000000001.gz", "20240201_101112_00042_abcde_", Ending::Id),
            ("x0f1e2d3c-aaaa-bbbb-cccc-000000000001.gz", "x0f1e2d3c-aaaa-bbbb-cccc", Ending::Chunk(1)),
            ("R-99999999999999999999.csv", "R-99999999999999999999", Ending::Nothing),
        ];
        for (key, base, ending) in cases {
            assert_eq!(Name::of(key), Name { base: base.to_owned(), ending }, "{key}");
        }
    }

    #[test]
    fn numbers_count_without_a_gap() {
        #[rustfmt::skip]
        let cases: [(&[&[u64]], bool); 11] = [
            (&[&[0], &[1], &[2]], true), (&[&[1], &[2]], true), (&[&[2]], false), (&[&[0], &[2]], false),
            (&[&[0, 0], &[1, 0]], true), (&[&[0, 0], &[0, 1], &[1, 0]], true), (&[&[0, 0], &[1, 1]], false),
            (&[&[0, 0, 0], &[0, 1, 0], &[0, 1, 1]], true), (&[&[0, 0, 0], &[0, 2, 0]], false), (&[&[1, 0], &[2, 0]], true),
            (&[], true),
        ];
        for (numbers, complete) in cases {
            let numbers: Vec<Vec<u64>> = numbers.iter().map(|numbers| numbers.to_vec()).collect();
            assert_eq!(is_complete(&numbers), complete, "{numbers:?}");
        }
    }

    #[test]
    fn hidden_and_unfinished_files_are_known_by_name() {
        #[rustfmt::skip]
        let cases = [
            ("._R-1.csv", true, false), (".DS_Store", true, false), ("_SUCCESS", true, false), ("_committed_12", true, false),
            ("~$R.xlsx", true, false), ("a/.git/R.csv", true, false), ("__MACOSX/R.csv", true, false), (".R-2.csv.gz", true, true),
            ("_R-2.csv", true, true), ("a_b/R.csv", false, false), ("_cur/R.csv", false, false), ("R~.csv", false, false),
        ];
        for (key, hidden, data) in cases {
            assert_eq!((is_hidden(key), is_hidden_data(key)), (hidden, data), "{key}");
        }
        #[rustfmt::skip]
        let cases = [
            ("R-2.csv.gz.part", Some("R-2.csv.gz")), ("R-2.csv.gz.CRDOWNLOAD", Some("R-2.csv.gz")), ("R-2.csv.gz.download/R-2.csv.gz", Some("R-2.csv.gz")),
            ("Unconfirmed 12.crdownload", Some("Unconfirmed 12")), ("R.part.csv", None), ("part", None),
        ];
        for (key, rest) in cases {
            assert_eq!(unfinished(key), rest, "{key}");
        }
    }
}
