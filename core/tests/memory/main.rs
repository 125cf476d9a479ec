//! The memory of many readers in one process. A binary of its own, because the peak is one of the whole process.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Barrier;
use std::thread;

use outlay::{OnError, Reader};

/// Peak of the resident memory of this process, in MB.
fn peak() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() / 1_000
}

/// Sets the peak to the memory in use. Returns false where the system does not allow it.
fn forget_peak() -> bool {
    fs::write("/proc/self/clear_refs", "5").is_ok()
}

fn parts(folder: &Path, count: usize, rows: usize) -> Vec<PathBuf> {
    let mut text = String::from(
        "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,lineItem/ProductCode,lineItem/ResourceId,\
         lineItem/UsageAmount,lineItem/UsageStartDate,resourceTags/user:Name\n",
    );
    for row in 0..rows {
        writeln!(text, "Usage,0.00{row},USD,AmazonEC2,i-{row:017x},1.5,2026-01-10T00:00:00Z,name-{row}").unwrap();
    }
    let paths: Vec<PathBuf> = (0..count).map(|part| folder.join(format!("{part}.csv"))).collect();
    for (number, path) in paths.iter().enumerate() {
        // Parts with the same text are refused.
        fs::write(path, format!("{text}Usage,{number},USD,AmazonS3,b,1,2026-01-10T00:00:00Z,n\n")).unwrap();
    }
    paths
}

/// Reads all parts with several readers at the same time, which all hold a batch at some moment.
fn read(paths: &[PathBuf], readers: usize, threads: usize) {
    let barrier = Barrier::new(readers);
    thread::scope(|scope| {
        for _ in 0..readers {
            scope.spawn(|| {
                let mut reader = Reader::builder().threads(threads).read(paths).unwrap();
                reader.next().unwrap().unwrap();
                barrier.wait();
                // The queues of all readers are full now.
                thread::sleep(std::time::Duration::from_millis(500));
                assert!(reader.all(|batch| batch.is_ok()));
            });
        }
    });
}

/// One test for all, because the peak is one of the whole process.
#[test]
fn readers_of_one_process_share_a_limit_and_queues_are_bounded_in_bytes() {
    if !cfg!(target_os = "linux") || !forget_peak() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let long = long_records(folder.path());
    eprintln!("records of 8 MB: {long} MB");
    assert!(long < 250, "{long} MB for records of 8 MB");
    let paths = parts(folder.path(), 6, 30_000);
    let peak_with = |limit: usize| {
        outlay::set_memory_limit(limit);
        forget_peak();
        read(&paths, 4, 16);
        peak()
    };
    let bounded = peak_with(0);
    let unbounded = peak_with(usize::MAX);
    eprintln!("4 readers of 16 threads: {bounded} MB without working ahead, {unbounded} MB without a limit");
    assert!(bounded * 3 < unbounded * 2, "{bounded} MB, {unbounded} MB");
}

/// Reads 40 records of 8 MB, each of which is set aside. Returns the peak.
fn long_records(folder: &Path) -> usize {
    let path = folder.join("long.csv");
    let mut file = std::io::BufWriter::new(fs::File::create(&path).unwrap());
    let record = format!("Usage,{},USD\n", "x".repeat(8 << 20));
    file.write_all(b"lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\n").unwrap();
    (0..40).for_each(|_| file.write_all(record.as_bytes()).unwrap());
    drop((file, record));
    forget_peak();
    let builder = Reader::builder().threads(2).on_error(OnError::Quarantine);
    let mut reader = builder.quarantine_file(folder.join("bad.csv")).read(&path).unwrap();
    assert!(reader.all(|batch| batch.is_ok()));
    peak()
}
