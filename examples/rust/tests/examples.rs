//! Runs the examples as programs.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The program of an example, which cargo has built beside this test.
fn program(example: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().unwrap().parent().unwrap().join("examples").join(example)
}

/// Runs an example.
fn run(example: &str, arguments: &[&Path]) -> Output {
    Command::new(program(example)).args(arguments).current_dir(root()).output().unwrap()
}

fn printed(output: Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_readme_shows_the_program_that_runs() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let program = std::fs::read_to_string(root().join("examples/rust/quickstart.rs")).unwrap();
    let shown = readme.split("```rust\n").nth(1).unwrap().split("```").next().unwrap();
    assert!(program.ends_with(shown), "README.md and quickstart.rs differ");
    let printed = printed(run("quickstart", &[]));
    assert!(
        readme.contains(&format!("prints `{}`", printed.trim())),
        "README.md does not say that it prints {printed}"
    );
}

#[test]
fn programs_of_the_cookbook_print_what_the_page_shows() {
    let page = std::fs::read_to_string(root().join("examples/cookbook/README.md")).unwrap();
    let titled = page.split("\n## ").skip(1).filter(|section| section.contains("```rust\n"));
    let programs: Vec<(&str, &str)> = titled
        .map(|section| {
            let shown = section.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
            (section.lines().next().unwrap(), shown)
        })
        .collect();
    assert!(!programs.is_empty());
    for (title, shown) in programs {
        assert_eq!(printed(run("cookbook", &[Path::new(title)])), shown, "{title}");
    }
}

#[test]
fn normalize_writes_a_proven_file() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("month.parquet");
    let printed = printed(run("normalize", &[Path::new("examples/data/report"), &file]));
    for text in ["174 rows in, 175 rows out", "proven:"] {
        assert!(printed.contains(text), "{text} is not in:\n{printed}");
    }
    assert!(file.metadata().unwrap().len() > 1_000);
    let nok = Path::new("core/tests/data/samples/synthetic-legacy-finalized-nok.csv");
    assert!(!run("normalize", &[nok]).status.success(), "a read that is not proven fails");
}

#[test]
fn a_pool_of_workers_proves_the_report() {
    let printed = printed(run("pool", &[Path::new("examples/data/report")]));
    assert_eq!(printed, "3 parts, 175 rows, 0 of them at the end, 800.2936682272 USD billed, proven\n");
}

/// A service that is ended at the end of the test.
struct Service {
    process: Child,
    address: String,
}

impl Service {
    fn start() -> Self {
        let mut process = Command::new(program("service"))
            .args(["127.0.0.1:0", "examples/data"])
            .current_dir(root())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on ").unwrap().to_owned();
        Self { process, address }
    }

    /// Sends a request and returns the head and the body of the answer. `length` is what the head says of the body.
    fn ask(&self, request: &str, body: &[u8], length: usize) -> (String, Vec<u8>) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n")
            .unwrap();
        stream.write_all(body).unwrap();
        if body.len() < length {
            stream.shutdown(Shutdown::Write).unwrap();
        }
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").map_or(answer.len(), |at| at + 4);
        (String::from_utf8_lossy(&answer[..end]).into_owned(), answer[end..].to_vec())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn the_service_answers_with_totals_batches_and_errors() {
    let service = Service::start();
    let part = root().join("examples/data/report/20231101-20231201/20231203T053621Z/daily-00001.csv.gz");
    let part = std::fs::read(part).unwrap();
    let (head, body) = service.ask("POST /totals", &part, part.len());
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let totals: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(totals["costs"]["USD"]["BilledCost"], "0.0800003023", "{totals}");

    let (head, body) = service.ask("GET /reports/report", b"", 0);
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(body.len() > 1_000 && body.windows(11).any(|name| name == b"ServiceName"));

    let (head, body) = service.ask("GET /reports/nowhere", b"", 0);
    let error: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert!(head.starts_with("HTTP/1.1 404"), "{head}");
    assert_eq!(error["code"], "OUTLAY_NOT_FOUND");

    for outside in ["../data/report", "..%2F..%2FREADME.md", "%2Fetc"] {
        let (head, body) = service.ask(&format!("GET /reports/{outside}"), b"", 0);
        let error: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert!(head.starts_with("HTTP/1.1 400"), "{outside}: {head}");
        assert_eq!(error["code"], "OUTLAY_OPTION", "{outside}");
    }

    let (head, body) = service.ask("POST /totals", b"lineItem/LineItemType\n", 22);
    let error: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert!(head.starts_with("HTTP/1.1 422"), "{head}");
    assert_eq!((&error["code"], &error["retryable"]), (&"OUTLAY_MISSING_COLUMN".into(), &false.into()));

    // A client that goes away in the middle of its upload.
    let (head, _) = service.ask("POST /totals", &part[..1_000], part.len());
    assert!(!head.starts_with("HTTP/1.1 200"), "{head}");
}

/// Runs the example `connect` with a simulated cloud on this machine.
#[cfg(feature = "connect")]
#[test]
fn connect_reads_the_month() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("month.parquet");
    let printed = printed(run("connect", &[&file]));
    for text in [
        "passed   external_id        accepted, and without it the role is refused",
        "123412340534 Payer",
        "444455556666 Shop",
        "2023-11 in ",
        "proven: nothing was lost, nothing doubled",
    ] {
        assert!(printed.contains(text), "{text} is not in:\n{printed}");
    }
    assert!(file.metadata().unwrap().len() > 1_000);
}
