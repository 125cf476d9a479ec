//! Reads the parts of a report with a pool of workers, and proves that each was read once. The workers are threads here;
//! what they get and give is JSON, so that they can be processes, functions or machines as well.
//!
//!     cargo run --example pool -- examples/data/report
#![allow(clippy::print_stdout, reason = "a program's output")]

use std::sync::mpsc;
use std::sync::{Mutex, PoisonError};
use std::thread;

use outlay::{Error, Part, Plan, Reader, ReaderBuilder, Totals};

const WORKERS: usize = 4;

/// The options of the read. They are the same for the plan and each worker; another worker's part is refused.
fn options() -> ReaderBuilder {
    // The pool is the parallelism: a worker reads on its own thread.
    Reader::builder().columns(["ServiceName", "BilledCost"]).threads(1)
}

/// Reads one part. A real worker would write the batches to a file named after the part.
fn work(task: &str) -> Result<String, Error> {
    let part: Part = serde_json::from_str(task).map_err(|error| Error::option("task", error.to_string()))?;
    let mut reader = options().read_part(&part)?;
    for batch in &mut reader {
        batch?;
    }
    serde_json::to_string(&reader.totals()).map_err(|error| Error::option("totals", error.to_string()))
}

fn read(plan: &Plan) -> Result<Totals, Error> {
    let (give, tasks) = mpsc::channel();
    for part in &plan.parts {
        let task = serde_json::to_string(part).map_err(|error| Error::option("part", error.to_string()))?;
        // The receiver is alive.
        let _ = give.send(task);
    }
    drop(give);
    let tasks = Mutex::new(tasks);
    let (told, results) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            let (tasks, told) = (&tasks, told.clone());
            scope.spawn(move || {
                loop {
                    let task = tasks.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok(task) = task else { return };
                    // A failure that may pass is tried once more. `merge` takes each part once; rows that a worker wrote
                    // before it failed are its own to discard.
                    let result = match work(&task) {
                        Err(error) if error.is_retryable() => work(&task),
                        result => result,
                    };
                    if told.send(result).is_err() {
                        return;
                    }
                }
            });
        }
        drop(told);
        let mut totals = Totals::default();
        for result in results {
            let part: Totals =
                serde_json::from_str(&result?).map_err(|error| Error::option("totals", error.to_string()))?;
            totals.merge(&part)?;
        }
        Ok(totals)
    })
}

fn main() -> Result<(), Error> {
    let path = std::env::args_os().nth(1).unwrap_or_else(|| "examples/data/report".into());
    let plan = options().plan(path)?;
    let mut totals = read(&plan)?;
    // Rows that depend on all parts, such as unused commitments. They are written as one more part.
    let closing = options().closing_batch(&mut totals)?;
    totals.check_against(&plan)?;
    println!(
        "{} parts, {} rows, {} of them at the end, {} USD billed, {}",
        plan.parts.len(),
        totals.rows_out(),
        closing.map_or(0, |batch| batch.num_rows()),
        totals.costs()["USD"].billed,
        totals.outcome()
    );
    Ok(())
}
