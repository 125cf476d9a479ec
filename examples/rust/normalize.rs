//! Reads a report, writes a file and prints the checks: `normalize REPORT [FILE.parquet|.csv|.arrow]`.
#![allow(clippy::print_stdout, reason = "a program's output")]

use outlay::{Error, Reader};

fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let report = arguments.next().unwrap_or_else(|| "examples/data/report".to_owned());
    let mut reader = Reader::builder().read(report)?;
    match arguments.next() {
        // CSV has no type for key-value pairs: `.maps(MapEncoding::Json)` writes them as JSON.
        Some(file) => reader.save(file)?,
        None => {
            for batch in &mut reader {
                batch?;
            }
        }
    }
    println!("{}", reader.totals().summary());
    reader.check()
}
