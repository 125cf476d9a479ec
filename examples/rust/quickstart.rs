//! The example program of the README.
#![allow(clippy::print_stdout, reason = "a program's output")]

use outlay::{Error, Reader};

fn main() -> Result<(), Error> {
    let mut reader = Reader::builder().columns(["ServiceName", "BilledCost"]).read("examples/data/report")?;
    let mut rows = 0;
    for batch in &mut reader {
        rows += batch?.num_rows();
    }
    let totals = reader.totals();
    totals.check()?;
    println!("{rows} rows, {} USD billed", totals.costs()["USD"].billed);
    Ok(())
}
