//! Output files: inputs are never overwritten, unproven outputs are not written, and nothing is lost.

use std::fs;
use std::path::{Path, PathBuf};

use outlay::{OnError, Reader};

use crate::support::{builder, data};

const HEADER: &str = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode";

/// Creates a folder with a manifest and two parts, each with an invalid record.
fn report() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let month = folder.path().join("r/20260101-20260201");
    fs::create_dir_all(&month).unwrap();
    for number in [1, 2] {
        let text = format!("{HEADER}\nUsage,{number},USD\nUsage,bad,USD\n");
        fs::write(month.join(format!("r-0000{number}.csv")), text).unwrap();
    }
    let keys = [1, 2].map(|number| format!("\"r/20260101-20260201/r-0000{number}.csv\""));
    let manifest = format!("{{\"assemblyId\":\"a\",\"reportKeys\":[{}]}}", keys.join(","));
    fs::write(month.join("r-Manifest.json"), manifest).unwrap();
    folder
}

/// Returns all files below a folder, with their bytes.
fn content(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            match entry.file_type().unwrap() {
                kind if kind.is_dir() => folders.push(entry.path()),
                _ => found.push((entry.path(), fs::read(entry.path()).unwrap_or_default())),
            }
        }
    }
    found.sort();
    found
}

#[test]
fn only_a_whole_read_is_saved() {
    type Use = fn(&mut Reader);
    let uses: [(&str, Use, &str); 6] = [
        ("a batch was taken", |reader| drop(reader.next()), "some were taken"),
        ("all were taken", |reader| assert!(reader.by_ref().all(|batch| batch.is_ok())), "it was read to its end"),
        (
            "it was saved",
            |reader| {
                let folder = tempfile::tempdir().unwrap();
                reader.save(folder.path().join("out.csv")).unwrap();
            },
            "it was read to its end",
        ),
        (
            "records were taken",
            |reader| {
                assert!(reader.by_ref().all(|batch| batch.is_ok()));
                assert_eq!(reader.take_quarantined().len(), 2);
            },
            "it was read to its end",
        ),
        (
            "its batches went through Arrow's interface",
            |reader| drop(reader.by_ref().take(1).collect::<Vec<_>>()),
            "some were taken",
        ),
        (
            "it could not be saved",
            |reader| assert_eq!(reader.save("/nowhere/at/all.csv").unwrap_err().code(), "OUTLAY_IO"),
            "",
        ),
    ];
    for (what, make_use, wanted) in uses {
        for threads in [1, 4] {
            let (report, out) = (report(), tempfile::tempdir().unwrap());
            let path = out.path().join("out.csv");
            let mut reader = builder().on_error(OnError::Quarantine).threads(threads).read(report.path()).unwrap();
            make_use(&mut reader);
            let saved = reader.save(&path);
            if wanted.is_empty() {
                saved.unwrap_or_else(|error| panic!("{what}: {error}"));
                assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 3, "{what}");
            } else {
                let error = saved.unwrap_err();
                assert_eq!(error.code(), "OUTLAY_CONSUMED", "{what}");
                assert!(error.to_string().contains(wanted), "{what}: {error}");
                assert!(error.to_string().ends_with("read the report again"), "{what}: {error}");
                assert!(content(out.path()).is_empty(), "{what}");
            }
        }
    }
    // A read that failed at its first record cannot be continued either.
    let report = report();
    let mut reader = builder().batch_rows(10).read(report.path()).unwrap();
    assert!(reader.by_ref().any(|batch| batch.is_err()));
    assert_eq!(reader.save(report.path().join("out.csv")).unwrap_err().code(), "OUTLAY_CONSUMED");
}

#[test]
fn no_path_is_both_read_and_written() {
    let month = "r/20260101-20260201";
    let report = report();
    let at = |name: &str| report.path().join(name);
    fs::write(at("free.csv"), "an older one").unwrap();
    fs::hard_link(at(&format!("{month}/r-00002.csv")), at("hard.csv")).unwrap();
    let mut names = vec![
        format!("{month}/r-00001.csv"),
        format!("{month}/r-00002.csv"),
        format!("{month}/../20260101-20260201/./r-00002.csv"),
        "hard.csv".to_owned(),
    ];
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(format!("{month}/r-00001.csv"), at("soft.csv")).unwrap();
        std::os::unix::fs::symlink("soft.csv", at("softer.csv")).unwrap();
        std::os::unix::fs::symlink(month, at("month")).unwrap();
        names.extend(["soft.csv", "softer.csv", "month/r-00001.csv"].map(str::to_owned));
    }
    let manifest = at(&format!("{month}/r-Manifest.json"));
    // The manifest's own extension is not valid for an output.
    fs::hard_link(&manifest, at("manifest.csv")).unwrap();
    names.push("manifest.csv".to_owned());
    let before = content(report.path());
    // Only the listed parts are read, not the other files in the folder.
    for input in [at("r"), manifest.clone()] {
        for name in &names {
            let what = format!("{name} from {}", input.display());
            let error = builder().on_error(OnError::Quarantine).read(&input).unwrap().save(at(name)).unwrap_err();
            assert_eq!(error.code(), "OUTLAY_OPTION", "{what}");
            let text = error.to_string();
            assert!(
                text.starts_with("option `output`: `") && text.ends_with("which is read: name another file"),
                "{text}"
            );
            let error = builder().quarantine_file(at(name)).read(&input).unwrap_err();
            assert_eq!(error.code(), "OUTLAY_OPTION", "{what}");
            assert!(error.to_string().starts_with("option `quarantine_file`: `"), "{error}");
        }
        // Both outputs are the same file, whether it exists or not.
        for name in ["free.csv", "new.csv"] {
            let mut reader = builder().quarantine_file(at(name)).read(&input).unwrap();
            let error = reader.save(at(&format!("r/../{name}"))).unwrap_err();
            assert_eq!(error.code(), "OUTLAY_OPTION", "{name}");
            assert!(error.to_string().contains("which records are set aside to"), "{error}");
        }
        assert!(content(report.path()) == before, "nothing was changed");
    }
    // A part that is read alone, and a file that is passed by its path.
    let aside = || builder().on_error(OnError::Quarantine);
    let part = aside().plan(at("r")).unwrap().parts[0].clone();
    let read = || aside().read_part(&part);
    assert_eq!(read().unwrap().save(&part.path).unwrap_err().code(), "OUTLAY_OPTION");
    let file = at(&names[0]);
    assert_eq!(
        builder().on_error(OnError::Quarantine).read(&file).unwrap().save(&file).unwrap_err().code(),
        "OUTLAY_OPTION"
    );
    assert!(content(report.path()) == before, "nothing was changed");
    // Similar names and older outputs are valid.
    for name in ["r-00001.csv".to_owned(), format!("{month}/R-00001.csv.csv"), "free.csv".to_owned()] {
        let mut reader = builder().quarantine_file(at("aside.txt")).read(at("r")).unwrap();
        reader.save(at(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn what_is_set_aside_is_not_lost_and_an_older_file_not_for_nothing() {
    let good = "Usage,1,USD\n".repeat(30);
    let bad = "Usage,bad,USD\n";
    // A record over the length limit ends the read regardless of the options.
    let end = format!("Usage,{},USD\n", "9".repeat(2_000));
    let old = "an older one\n";
    // The body, how much of it is read, and the number of lines of the file.
    let rows: [(&str, String, usize, Option<usize>); 7] = [
        ("records, read to the end", format!("{good}{bad}{good}{bad}"), usize::MAX, Some(3)),
        ("no record, read to the end", good.clone(), usize::MAX, Some(1)),
        ("it fails at once", end.clone(), usize::MAX, None),
        ("it fails after good rows", format!("{good}{end}"), usize::MAX, None),
        ("it fails after a record", format!("{bad}{good}{end}"), usize::MAX, Some(2)),
        ("it is given up after a record", format!("{bad}{}", good.repeat(50)), 1, Some(2)),
        ("it is given up before one", good.repeat(50), 1, None),
    ];
    for (what, body, batches, wanted) in rows {
        for is_there in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let (report, aside) = (folder.path().join("report.csv"), folder.path().join("aside.csv"));
            fs::write(&report, format!("{HEADER}\n{body}")).unwrap();
            if is_there {
                fs::write(&aside, old).unwrap();
            }
            let options =
                builder().quarantine_file(&aside).record_bytes(1_000).batch_rows(10).block_bytes(64).threads(1);
            let mut reader = options.read(&report).unwrap();
            reader.by_ref().take(batches).for_each(drop);
            if batches == usize::MAX && (wanted.is_some() || !is_there) {
                // The file exists at the end of the read, before the reader is dropped.
                assert_eq!(aside.exists(), wanted.is_some(), "{what}");
            }
            drop(reader);
            let found = fs::read_to_string(&aside).ok();
            match wanted {
                Some(lines) => {
                    let found = found.unwrap();
                    assert!(found.starts_with("\"object\","), "{what}: {found}");
                    assert_eq!(found.lines().count(), lines, "{what}: {found}");
                }
                None => assert_eq!(found.as_deref(), is_there.then_some(old), "{what}"),
            }
            let files = fs::read_dir(folder.path()).unwrap().count();
            assert_eq!(files, 1 + usize::from(is_there || wanted.is_some()), "{what}");
        }
    }
}

/// An address of a store is not taken for folders; a name that only looks like one is a file.
#[test]
fn an_output_is_not_an_address() {
    for address in ["s3://bucket/out.parquet", "https://example.com/out.csv", "gs://bucket/out.arrow"] {
        let error =
            builder().read(data("samples/synthetic-legacy-header-only.csv")).unwrap().save(address).unwrap_err();
        let wanted = format!(
            "option `output`: `{address}` is an address, and files are written to local paths only: write the file and upload it"
        );
        assert_eq!((error.code(), error.to_string()), ("OUTLAY_OPTION", wanted));
    }
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("a:");
    fs::create_dir(&place).unwrap();
    let output = format!("{}//out.csv", place.display());
    builder().read(data("samples/synthetic-legacy-header-only.csv")).unwrap().save(&output).unwrap();
    assert!(place.join("out.csv").exists());
}

#[test]
fn a_quarantine_file_is_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.csv");
    fs::write(&report, format!("{HEADER}\nUsage,bad,USD\n")).unwrap();
    let read = |aside: &Path| {
        let mut reader = builder().quarantine_file(aside).read(&report)?;
        reader.by_ref().for_each(drop);
        Ok::<(), outlay::Error>(())
    };
    for (path, code) in [
        (folder.path().to_owned(), "OUTLAY_OPTION"),
        (PathBuf::from("/nowhere/aside.csv"), "OUTLAY_IO"),
        (PathBuf::new(), "OUTLAY_OPTION"),
        (folder.path().join("missing/aside.csv"), "OUTLAY_IO"),
    ] {
        let error = read(&path).unwrap_err();
        assert_eq!(error.code(), code, "{}: {error}", path.display());
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let (real, link) = (folder.path().join("real.csv"), folder.path().join("link.csv"));
        fs::write(&real, "private").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o600)).unwrap();
        symlink("real.csv", &link).unwrap();
        read(&link).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_to_string(&real).unwrap().lines().count(), 2);
    }
}

/// The footer has the totals of the read, so the file has its rows.
#[test]
fn a_file_with_other_rows_than_were_read_is_not_completed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.parquet");
    let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
    for times in [0, 1, 2] {
        let mut reader = Reader::builder().batch_rows(20).read(demo).unwrap();
        let mut saving = reader.saving(outlay::sink::Target::for_path(&path).unwrap()).unwrap();
        let mut is_first = true;
        while let Some(batch) = saving.next_batch(&mut reader).unwrap() {
            let count = if std::mem::take(&mut is_first) { times } else { 1 };
            (0..count).for_each(|_| saving.write(&batch).unwrap());
        }
        let finished = saving.finish(&reader.metadata());
        assert_eq!(finished.is_ok(), times == 1, "{finished:?}");
        assert_eq!(path.exists(), times == 1);
        let _ = std::fs::remove_file(&path);
    }
}
