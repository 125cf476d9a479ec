//! Paths as people write them: patterns, `file:` addresses, names with brackets, and paths that do not exist.

use std::fs;
use std::path::{Path, PathBuf};

use outlay::{Error, Reader};

const HEADER: &str = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode";

/// Creates a folder with these files, each with one line item. The costs are 1, 2, 4 and so on.
fn folder(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (number, name) in names.iter().enumerate() {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("{HEADER}\nUsage,{},USD\n", 1 << number)).unwrap();
    }
    folder
}

/// Reads a path below a folder. Returns the billed cost, or the error without the path of the folder.
fn read(folder: &Path, path: &str) -> String {
    let path = if path.contains(':') {
        path.replace("FOLDER", folder.to_str().unwrap())
    } else {
        folder.join(path).display().to_string()
    };
    let read = Reader::builder().read(path).and_then(|mut reader| {
        for batch in &mut reader {
            batch?;
        }
        Ok(reader.totals().costs()["USD"].billed.to_string())
    });
    read.unwrap_or_else(|error| error.to_string().replace(folder.to_str().unwrap(), "FOLDER"))
}

#[test]
fn patterns_and_file_addresses_are_the_files_that_they_stand_for() {
    let folder = folder(&["a-1.csv", "a-2.csv", "b [1].csv", "deep/er/c.csv", ".hidden.csv", "b 1.csv"]);
    #[rustfmt::skip]
    let cases = [
        ("a-*.csv",                 "3"),
        ("a-?.csv",                 "3"),
        ("a-[12].csv",              "3"),
        ("a-[!1].csv",              "2"),
        ("*.csv",                   "39"),
        ("**/c.csv",                "8"),
        ("*/*/*.csv",               "8"),
        // A name that exists is not a pattern.
        ("b [1].csv",               "4"),
        ("b [12].csv",              "32"),
        ("file://FOLDER/a-1.csv",   "1"),
        ("file://FOLDER/b%20%5B1%5D.csv", "4"),
        ("z-*.csv",                 "FOLDER/z-*.csv: no file matches this pattern; check the path"),
        ("*/a-1.csv",               "FOLDER/*/a-1.csv: no file matches this pattern; check the path"),
        ("a-[.csv",                 "FOLDER/a-[.csv: no such file or folder; did you mean `FOLDER/a-1.csv`, `FOLDER/a-2.csv`?"),
    ];
    for (path, wanted) in cases {
        assert_eq!(read(folder.path(), path), wanted, "{path}");
    }
}

#[test]
fn a_pattern_that_matches_a_manifest_and_its_parts_does_not_double_rows() {
    let folder = folder(&["20260101-20260201/r-00001.csv"]);
    let manifest = r#"{"assemblyId":"a","reportKeys":["20260101-20260201/r-00001.csv"]}"#;
    fs::write(folder.path().join("20260101-20260201/r-Manifest.json"), manifest).unwrap();
    let found = read(folder.path(), "*/*");
    assert!(found.contains("given twice"), "{found}");
}

#[test]
fn a_path_that_does_not_exist_is_shown_whole_with_similar_names() {
    let folder = folder(&["reports/daily-1.csv.gz", "reports/daily-2.csv.gz", "images/x.csv"]);
    #[rustfmt::skip]
    let cases = [
        ("reprots",              "FOLDER/reprots: no such file or folder; did you mean `FOLDER/reports`?"),
        ("reprots/daily-1.csv",  "FOLDER/reprots/daily-1.csv: no such file or folder; did you mean `FOLDER/reports`?"),
        ("reports/daily-1.csv",  "FOLDER/reports/daily-1.csv: no such file or folder; did you mean `FOLDER/reports/daily-1.csv.gz`, `FOLDER/reports/daily-2.csv.gz`?"),
        ("reports/Daily-1.csv.gz", "FOLDER/reports/Daily-1.csv.gz: no such file or folder; did you mean `FOLDER/reports/daily-1.csv.gz`, `FOLDER/reports/daily-2.csv.gz`?"),
        ("unlike/anything",      "FOLDER/unlike/anything: no such file or folder; check the path"),
    ];
    for (path, wanted) in cases {
        assert_eq!(read(folder.path(), path), wanted, "{path}");
    }
    for empty in [vec![""], vec!["reports", ""]] {
        let error = Reader::builder().read(empty).unwrap_err();
        assert_eq!(error.to_string(), "option `path`: the path is empty");
    }
    let error = Reader::builder().read("no-such-folder-anywhere").unwrap_err();
    let wanted = std::env::current_dir().unwrap().join("no-such-folder-anywhere");
    assert!(matches!(&error, Error::NotFound { path, .. } if *path == wanted), "{error:?}");
    // Of many similar names few are shown, and few entries are compared.
    let many: Vec<String> = (100..400).map(|number| format!("part-{number}.csv")).collect();
    let folder = self::folder(&many[..30].iter().map(String::as_str).collect::<Vec<_>>());
    let error = Reader::builder().read(folder.path().join("part-099.csv")).unwrap_err();
    assert_eq!(error.candidates().map(<[String]>::len), Some(3), "{error}");
}

#[test]
fn several_paths_are_each_resolved() {
    let folder = folder(&["a-1.csv", "b-1.csv", "c-1.csv"]);
    let at = |name: &str| folder.path().join(name);
    let paths: Vec<PathBuf> = vec![at("[ab]-1.csv"), format!("file://{}", at("c-1.csv").display()).into()];
    let plan = Reader::builder().plan(paths).unwrap();
    let objects: Vec<&str> = plan.parts.iter().map(|part| part.object.as_str()).collect();
    assert_eq!(objects, ["a-1.csv", "b-1.csv", "c-1.csv"]);
}
