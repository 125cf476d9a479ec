//! Folders without a manifest: parts found by names and headers, errors, and warnings.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use outlay::{Error, Reader};
use tempfile::TempDir;

use crate::support::{builder, read};

const HEADER: &str = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,lineItem/UsageAccountId";

/// Returns a report of one row with this cost.
pub fn report(cost: u32) -> Vec<u8> {
    format!("{HEADER}\nUsage,{cost},USD,111111111111\n").into_bytes()
}

pub fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// Creates a folder of files. A file without bytes becomes a distinct report, compressed if its extension requires it.
pub fn folder(files: &[(&str, Option<&[u8]>)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (number, (key, bytes)) in files.iter().enumerate() {
        let path = folder.path().join(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let own = report(1 << number);
        let own = if key.ends_with(".gz") { gzip(&own) } else { own };
        fs::write(path, bytes.map_or(own, <[u8]>::to_vec)).unwrap();
    }
    folder
}

/// Reads a path. Returns the cost, the outcome and the warnings, or the error.
fn outcome(path: &Path) -> String {
    let (rows, totals) = match read(builder().read(path)) {
        Ok(read) => read,
        Err(error) => return format!("{}: {error}", error.code()),
    };
    assert_eq!(rows.len() as u64, totals.rows_in());
    let cost = totals.costs().get("USD").map_or("0".to_owned(), |costs| costs.billed.to_string());
    let warnings: Vec<String> =
        totals.warnings().iter().filter(|warning| warning.rows == 0).map(|warning| warning.message.clone()).collect();
    format!("{} {cost} {}", totals.outcome(), warnings.join("; "))
}

/// Name, files of a folder, and texts that its outcome must contain.
type Case<'c> = (&'c str, &'c [&'c str], &'c [&'c str]);

fn hold(cases: &[Case<'_>]) {
    for (name, files, wanted) in cases {
        let files: Vec<(&str, Option<&[u8]>)> = files
            .iter()
            .map(|key| {
                let is_no_report = ["_SUCCESS", ".crc", "DS_Store", "._", ".md5", ".txt", ".sql", "README"];
                (*key, is_no_report.iter().any(|mark| key.contains(mark)).then_some(b"\0".as_slice()))
            })
            .collect();
        let folder = folder(&files);
        let found = outcome(folder.path());
        for wanted in *wanted {
            let (is_wanted, text) = wanted.strip_prefix('!').map_or((true, *wanted), |text| (false, text));
            assert_eq!(found.contains(text), is_wanted, "{name}: {found}, {wanted:?}");
        }
    }
}

/// The month in a folder's name is compared with that of the rows.
#[test]
fn rows_of_another_month_than_the_folder_are_a_warning() {
    let report = |start: &str| {
        format!("{HEADER},bill/BillingPeriodStartDate\nUsage,1,USD,111111111111,{start}T00:00:00Z\n").into_bytes()
    };
    let cases = [
        ("BILLING_PERIOD=2026-02/R-1.csv", "2026-01-01", true),
        ("20260201-20260301/R-1.csv", "2026-01-01", true),
        ("BILLING_PERIOD=2026-02/R-1.csv", "2026-02-01", false),
        ("R-1.csv", "2026-01-01", false),
    ];
    for (key, start, is_told) in cases {
        let found = outcome(folder(&[(key, Some(&report(start)))]).path());
        let told = "(named after 2026-02, with rows of 2026-01): an object has rows of another month";
        assert_eq!(found.contains(told), is_told, "{key}, {start}: {found}");
    }
}

const TOGETHER: &str = "name the files to read them together";

#[test]
fn what_writers_of_tables_write_is_one_report() {
    #[rustfmt::skip]
    let cases: &[Case<'_>] = &[
        ("Spark", &["part-00000-aaaaaaaa-1111-4222-8333-abcdefabcdef-c000.csv.gz", "part-00001-aaaaaaaa-1111-4222-8333-abcdefabcdef-c000.csv.gz",
            "_SUCCESS", ".part-00000-aaaaaaaa-1111-4222-8333-abcdefabcdef-c000.csv.gz.crc"], &["proven 3 ", "!not read"]),
        ("Spark, several files of a task", &["part-00000-aaaaaaaa-1111-4222-8333-abcdefabcdef.c000.csv", "part-00000-aaaaaaaa-1111-4222-8333-abcdefabcdef.c001.csv",
            "part-00001-aaaaaaaa-1111-4222-8333-abcdefabcdef.c000.csv"], &["proven 7 "]),
        ("Databricks", &["part-00000-tid-77-bb-10-1-c000.csv", "part-00001-tid-77-bb-11-1-c000.csv", "_committed_77", "_started_77"], &["proven 3 "]),
        ("Spark, two jobs", &["part-00000-aaaaaaaa-1111-4222-8333-abcdefabcdef-c000.csv", "part-00001-bbbbbbbb-1111-4222-8333-abcdefabcdef-c000.csv"],
            &["OUTLAY_AMBIGUOUS", TOGETHER]),
        ("Spark, a gap", &["part-00000-aaaaaaaa-1111-4222-8333-abcdefabcdef-c000.csv", "part-00002-aaaaaaaa-1111-4222-8333-abcdefabcdef-c000.csv"],
            &["OUTLAY_AMBIGUOUS", TOGETHER]),
        ("Spark, the first is gone", &["part-00002-aaaaaaaa-1111-4222-8333-abcdefabcdef-c000.csv"], &["OUTLAY_AMBIGUOUS", TOGETHER]),
        ("Spark, counted from 1", &["part-00001-aaaaaaaa-1111-4222-8333-abcdefabcdef-c000.csv", "part-00002-aaaaaaaa-1111-4222-8333-abcdefabcdef-c000.csv"],
            &["OUTLAY_AMBIGUOUS", TOGETHER]),
        ("Spark, a partition without the first task", &["month=1/part-00001-aaaaaaaa-1111-4222-8333-abcdefabcdef.c000.csv"], &["proven 1 "]),
        ("named as Spark does, counted from 1", &["part-00001.csv", "part-00002.csv"], &["proven 3 "]),
        ("DuckDB, counted from 1", &["data_1.csv", "data_2.csv"], &["proven 3 "]),
        ("Spark, partitions", &["year=2024/month=1/part-00000-aaaaaaaa-1111-4222-8333-abcdefabcdef.c000.csv",
            "year=2024/month=2/part-00001-aaaaaaaa-1111-4222-8333-abcdefabcdef.c000.csv"], &["proven 3 "]),
        ("Hadoop", &["part-00000", "part-00001", "_SUCCESS"], &["proven 3 "]),
        ("Redshift", &["cur_0000_part_00", "cur_0001_part_00", "cur_0001_part_01"], &["proven 7 "]),
        ("Redshift, packed", &["0000_part_00.gz", "0001_part_00.gz"], &["proven 3 "]),
        ("Redshift, not parallel", &["cur000", "cur001"], &["proven 3 "]),
        ("Redshift, a slice is gone", &["0000_part_00", "0002_part_00"], &["OUTLAY_AMBIGUOUS", TOGETHER]),
        ("Snowflake", &["data_0_0_0.csv.gz", "data_0_1_0.csv.gz", "data_0_1_1.csv.gz"], &["proven 7 "]),
        ("Snowflake, a gap", &["data_0_0_0.csv.gz", "data_0_2_0.csv.gz"], &["OUTLAY_AMBIGUOUS", TOGETHER]),
        ("Athena", &["20240201_101112_00042_abcde_0f1e2d3c-aaaa-bbbb-cccc-000000000001.gz", "20240201_101112_00042_abcde_0f1e2d3c-aaaa-bbbb-cccc-000000000002.gz"],
            &["OUTLAY_AMBIGUOUS", TOGETHER]),
        ("Athena, one file", &["20240201_101112_00042_abcde_0f1e2d3c-aaaa-bbbb-cccc-000000000001.gz"], &["proven 1 "]),
        ("BigQuery", &["000000000000.csv.gz", "000000000001.csv.gz"], &["proven 3 "]),
        ("BigQuery, with a name", &["cur-000000000000.csv", "cur-000000000001.csv"], &["proven 3 "]),
        ("DuckDB", &["data_0.csv", "data_1.csv"], &["proven 3 "]),
        ("DuckDB, partitions", &["BILLING_PERIOD=2024-01/data_0.csv", "BILLING_PERIOD=2024-02/data_0.csv"], &["proven 3 "]),
        ("Polars", &["00000000.csv", "00000001.csv", "00000002.csv"], &["proven 7 "]),
        ("other partitions", &["account=1/data_0.csv", "account=2/data_0.csv"], &["OUTLAY_AMBIGUOUS", TOGETHER]),
        ("days", &["day=2024-01-01/data_0.csv", "day=2024-01-02/data_0.csv"], &["OUTLAY_AMBIGUOUS", TOGETHER]),
        ("zero-based", &["R-00000.csv", "R-00001.csv", "R-00002.csv"], &["proven 7 "]),
        ("zero-based, a gap", &["R-00000.csv", "R-00002.csv"], &["OUTLAY_MISSING_PART", "chunk 1 "]),
        ("the first chunk is gone", &["R-00002.csv", "R-00003.csv"], &["OUTLAY_MISSING_PART", "chunk 1 "]),
        ("months", &["cur-2024-11.csv", "cur-2024-12.csv"], &["proven 3 ", "!not there"]),
        ("months of a short year", &["cur-24-11.csv", "cur-24-12.csv"], &["OUTLAY_AMBIGUOUS", TOGETHER]),
        ("weeks", &["cur-2024-48.csv", "cur-2024-49.csv"], &["OUTLAY_AMBIGUOUS", TOGETHER]),
        ("chunks of a report named after its year", &["cur-2024-00001.csv", "cur-2024-00002.csv"], &["proven 3 "]),
        ("months, a gap", &["cur_202401.csv", "cur_202403.csv"], &["proven 3 "]),
        ("a month twice", &["cur-2024-11.csv", "cur_2024_11.csv"], &["OUTLAY_AMBIGUOUS", "twice"]),
        ("days in names", &["cur-2024-11-01.csv", "cur-2024-11-02.csv"], &["OUTLAY_AMBIGUOUS", TOGETHER]),
        ("one day", &["cur-2024-11-05.csv"], &["proven 1 "]),
        ("a copy of a browser", &["R-00001.csv", "R-00001 (1).csv"], &["OUTLAY_AMBIGUOUS", "several"]),
        ("a copy of a Mac", &["R-00001.csv", "R-00001 2.csv"], &["OUTLAY_AMBIGUOUS", "several"]),
        ("packed and not", &["R-00001.csv", "R-00001.csv.gz"], &["OUTLAY_AMBIGUOUS", "twice"]),
        ("numbers that need not count", &["bill_111122223333.csv", "bill_444455556666.csv"], &["OUTLAY_AMBIGUOUS", TOGETHER]),
        ("one of them", &["bill_111122223333.csv"], &["proven 1 "]),
        ("numbers that count", &["cur_1.csv", "cur_2.csv"], &["proven 3 "]),
    ];
    hold(cases);
}

#[test]
fn every_file_is_read_or_named() {
    let numbered: Vec<String> = (0..30).map(|number| format!("notes{number}.txt")).collect();
    let many: Vec<&str> = ["R-00001.csv"].into_iter().chain(numbered.iter().map(String::as_str)).collect();
    #[rustfmt::skip]
    let cases: &[Case<'_>] = &[
        ("unfinished", &["R-00001.csv.gz", "R-00002.csv.gz.part"], &["OUTLAY_AMBIGUOUS", "R-00002.csv.gz.part", "incomplete download"]),
        ("unfinished, Chrome", &["R-00001.csv.gz", "R-00002.csv.gz.crdownload"], &["OUTLAY_AMBIGUOUS", "R-00002.csv.gz.crdownload"]),
        ("unfinished, no name", &["R-00001.csv.gz", "Unconfirmed 12.crdownload"], &["OUTLAY_AMBIGUOUS", "Unconfirmed 12.crdownload"]),
        ("unfinished, another file", &["R-00001.csv.gz", "photo.jpg.part.txt"], &["proven 1 ", "photo.jpg.part.txt: a file that is no part"]),
        ("unfinished, FTP", &["R-00001.csv.gz", "R-00002.csv.gz.filepart"], &["OUTLAY_AMBIGUOUS", "R-00002.csv.gz.filepart"]),
        ("unfinished, Safari", &["R-00001.csv.gz", "R-00002.csv.gz.download/R-00002.csv.gz"], &["OUTLAY_AMBIGUOUS"]),
        ("unfinished, AWS CLI", &["R-00001.csv.gz", "R-00002.csv.gz.6bB1c5fC"], &["OUTLAY_AMBIGUOUS", "R-00002.csv.gz.6bB1c5fC"]),
        ("zstd", &["R-00001.csv.gz", "R-00002.csv.zst"], &["OUTLAY_AMBIGUOUS", "R-00002.csv.zst", "compression"]),
        ("7z", &["R-00001.csv.gz", "R-00002.7z"], &["OUTLAY_AMBIGUOUS", "R-00002.7z", "compression"]),
        ("no ending", &["R-00001.csv.gz", "R-00002"], &["OUTLAY_AMBIGUOUS", "R-00002", "another extension"]),
        ("no ending, of a writer", &["part-00000.csv", "part-00001"], &["OUTLAY_AMBIGUOUS", "part-00001"]),
        ("another ending", &["R-00001.csv.gz", "R-00002.txt"], &["OUTLAY_AMBIGUOUS", "R-00002.txt"]),
        ("a second time", &["R-00001.csv.gz", "R-00001.csv.gz.1"], &["OUTLAY_AMBIGUOUS", "R-00001.csv.gz.1"]),
        ("a report by its content", &["R-00001.csv.gz", "other.dat"], &["OUTLAY_AMBIGUOUS", "other.dat", "the content of a report"]),
        ("all is unfinished", &["R-00001.csv.gz.part"], &["OUTLAY_FORMAT", "R-00001.csv.gz.part"]),
        ("checksums", &["R-00001.csv.gz", "R-00001.csv.gz.md5"], &["proven 1 ", "R-00001.csv.gz.md5: a file that is no part"]),
        ("other files", &["R-00001.csv.gz", "README", "table.sql"], &["proven 1 ", "a file that is no part of a report is not read: README, table.sql"]),
        ("many", &many, &["proven 1 ", "a file that is no part of a report is not read: notes0.txt, ", " and 11 more"]),
        ("hidden files", &["R-00001.csv.gz", "._R-00001.csv.gz", ".DS_Store", "~$R.txt", "_SUCCESS"], &["proven 1 ", "!not read"]),
        ("a hidden part", &["R-00001.csv.gz", ".R-00002.csv.gz"], &["proven 1 ", ".R-00002.csv.gz (hidden)"]),
        ("a hidden part in a cloud", &["R-00001.csv.gz", ".R-00002.csv.gz.icloud"], &["proven 1 ", ".R-00002.csv.gz.icloud (hidden)"]),
        ("a hidden checksum", &["R-00001.csv.gz", ".R-00001.csv.gz.crc"], &["proven 1 ", "!not read"]),
        ("all is hidden", &[".R-00001.csv.gz"], &["OUTLAY_FORMAT", ".R-00001.csv.gz"]),
    ];
    hold(cases);
}

#[test]
fn other_months_may_hold_what_is_not_finished() {
    let folder = folder(&[("20240101-20240201/R-1.csv", None), ("20240201-20240301/R-1.csv.part", None)]);
    assert!(read(builder().periods(["2024-01"]).read(folder.path())).is_ok());
    assert_eq!(builder().periods(["2024-02"]).read(folder.path()).unwrap_err().code(), "OUTLAY_AMBIGUOUS");
    assert_eq!(builder().read(folder.path()).unwrap_err().code(), "OUTLAY_AMBIGUOUS");
}

#[test]
fn headers_that_differ_are_not_one_report() {
    let other = format!("{HEADER},lineItem/UsageAmount\nUsage,1,USD,111111111111,1\n");
    for (first, second) in [("data_0.csv", "data_1.csv"), ("R-00000.csv", "R-00001.csv"), ("cur_1.csv", "cur_2.csv")] {
        let folder = folder(&[(first, None), (second, Some(other.as_bytes()))]);
        let error = builder().read(folder.path()).unwrap_err();
        assert!(error.to_string().contains("different headers"), "{first}: {error}");
        let paths = [folder.path().join(first), folder.path().join(second)];
        assert_eq!(read(builder().read(paths)).unwrap().1.rows_in(), 2, "{first}");
    }
}

#[cfg(unix)]
#[test]
fn what_a_listing_passes_over_is_named() {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    let far = folder(&[("R-2.csv", None), ("deep/R-3.csv", None)]);
    let manifest = br#"{"reportKeys":["R-1.csv"],"reportName":"R"}"#;
    type Make = fn(&Path, &Path);
    let to_folder: Make = |here, far| symlink(far, here.join("20240201-20240301")).unwrap();
    let hidden: Make = |here, far| symlink(far, here.join(".snapshot")).unwrap();
    let to_file: Make = |here, far| symlink(far.join("R-2.csv"), here.join("R-2.csv")).unwrap();
    let socket: Make = |here, _| drop(UnixListener::bind(here.join("R-2.csv")).unwrap());
    let other_socket: Make = |here, _| drop(UnixListener::bind(here.join("agent")).unwrap());
    #[rustfmt::skip]
    let cases: [(&str, Make, &str, &str); 5] = [
        ("a link to a folder", to_folder, "OUTLAY_AMBIGUOUS", "20240201-20240301 (a link to a folder)"),
        ("a hidden link", hidden, "proven 1", "proven 1"),
        ("a link to a file", to_file, "R-2.csv: a link to a file outside", "R-2.csv: a file that no manifest lists"),
        ("a socket named like data", socket, "OUTLAY_AMBIGUOUS", "R-2.csv (a pipe, a socket or a device)"),
        ("a socket", other_socket, "agent (a pipe, a socket or a device)", "agent (a pipe, a socket or a device)"),
    ];
    for (name, make, without, with) in cases {
        let here = folder(&[("R-1.csv", None)]);
        fs::write(far.path().join("R-2.csv"), report(2)).unwrap();
        make(here.path(), far.path());
        let found = outcome(here.path());
        assert!(found.contains(without), "{name}: {found}");
        fs::write(here.path().join("R-Manifest.json"), manifest).unwrap();
        let found = outcome(here.path());
        assert!(found.starts_with("proven 1") && found.contains(with), "{name}: {found}");
    }
    // A link to a file in the same folder gives the file twice.
    let here = folder(&[("R-1.csv", None)]);
    symlink("R-1.csv", here.path().join("R-2.csv")).unwrap();
    assert!(matches!(Reader::builder().plan(here.path()), Err(Error::Option { .. })));
}
