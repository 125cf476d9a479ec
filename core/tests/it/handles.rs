//! Readers that are given away: as a reader of Arrow, with a handle, as fields, and dropped while they wait.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use arrow::array::RecordBatchReader;
use outlay::{ArrowReader, BillingPeriod, Error, Reader, ReaderHandle, TableSchema};

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data/report")
}

/// Takes a reader as another library would.
fn rows(reader: impl RecordBatchReader) -> usize {
    reader.map(|batch| batch.unwrap().num_rows()).sum()
}

#[test]
fn a_reader_that_was_given_away_leaves_its_totals() {
    for threads in [1, 2, 8] {
        let reader = Reader::builder().threads(threads).read(demo()).unwrap();
        let handle = reader.handle();
        let bytes = handle.progress().bytes_total;
        assert!(bytes > 0 && handle.progress().rows == 0 && handle.totals().is_none());
        assert_eq!(rows(reader.into_arrow()), 175);
        let totals = handle.totals().unwrap();
        totals.check().unwrap();
        assert_eq!(totals.rows_out(), 175);
        assert_eq!((handle.progress().rows, handle.progress().bytes_done), (175, bytes));
    }
}

#[test]
fn a_handle_is_used_while_another_thread_reads() {
    let mut reader = Reader::builder().batch_rows(10).read(demo()).unwrap();
    let handle = reader.handle();
    let (told, tell) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let reading = scope.spawn(move || {
            let mut batches = 0;
            for batch in reader.by_ref() {
                batch?;
                batches += 1;
                if batches == 2 {
                    tell.recv().unwrap();
                }
            }
            Ok::<_, Error>(batches)
        });
        let other = handle.clone();
        let until = Instant::now() + Duration::from_secs(20);
        while other.progress().rows < 20 && Instant::now() < until {
            thread::sleep(Duration::from_millis(1));
        }
        assert!((10..175).contains(&other.progress().rows));
        assert!(!other.is_aborted());
        other.abort();
        assert!(handle.is_aborted());
        told.send(()).unwrap();
        assert_eq!(reading.join().unwrap().unwrap_err().code(), "OUTLAY_STOPPED");
    });
    // The totals of what was read, which prove nothing.
    assert!(handle.totals().unwrap().check().is_err());
}

#[test]
fn a_handle_has_the_totals_of_a_reader_that_was_dropped() {
    let mut reader = Reader::builder().batch_rows(10).read(demo()).unwrap();
    let handle = reader.handle();
    reader.next();
    let wanted = reader.totals();
    drop(reader);
    assert_eq!(handle.totals().unwrap(), wanted);
    // A handle that was made at the end.
    let mut reader = Reader::builder().read(demo()).unwrap();
    while reader.next().is_some() {}
    assert_eq!(reader.handle().totals().unwrap(), reader.totals());
}

#[test]
fn a_reader_of_arrow_is_a_field_and_keeps_the_code_of_errors() {
    struct Holder {
        batches: ArrowReader,
        handle: ReaderHandle,
    }
    let csv = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\nUsage,x,USD\n";
    let reader = Reader::builder().read_from("bad.csv", csv.as_bytes()).unwrap();
    let handle = reader.handle();
    let mut holder = Holder { batches: reader.into(), handle };
    let error = holder.batches.next().unwrap().unwrap_err();
    let arrow::error::ArrowError::ExternalError(source) = error else { panic!("{error}") };
    assert_eq!(source.downcast_ref::<Error>().unwrap().code(), "OUTLAY_VALUE");
    assert_eq!(holder.batches.reader().totals().rows_in(), 1);
    assert!(holder.handle.totals().is_some());
    assert_eq!(holder.batches.into_reader().progress().rows, 0);
}

/// Rows, and then nothing until it is told to end.
struct Stalled(std::io::Cursor<Vec<u8>>, mpsc::Receiver<()>);

impl Read for Stalled {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self.0.read(buffer)? {
            0 => {
                let _ = self.1.recv();
                Ok(0)
            }
            read => Ok(read),
        }
    }
}

#[test]
fn dropping_a_stalled_reader_does_not_block() {
    let header = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\n";
    let csv = format!("{header}{}", "Usage,1.5,USD\n".repeat(200));
    for threads in [2, 4, 16] {
        let (end, told) = mpsc::channel();
        let input = Stalled(std::io::Cursor::new(csv.clone().into_bytes()), told);
        let builder = Reader::builder().threads(threads).batch_rows(10).block_bytes(1 << 10);
        let mut reader = builder.read_from("slow.csv", input).unwrap();
        reader.next().unwrap().unwrap();
        let handle = reader.handle();
        // Its thread decodes what there is, and waits for the rest.
        thread::sleep(Duration::from_millis(100));
        let begun = Instant::now();
        drop(reader);
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(2), "{threads} threads: {took:?}");
        assert_eq!(handle.progress().rows, 10);
        // The thread is still in `read`, and drops the stream when that returns.
        end.send(()).unwrap();
        let until = Instant::now() + Duration::from_secs(20);
        while end.send(()).is_ok() && Instant::now() < until {
            thread::sleep(Duration::from_millis(1));
        }
        assert!(end.send(()).is_err(), "{threads} threads: the stream is still there");
    }
}

/// What is read of a stream that is left is cut off anywhere, which is no fault of the stream.
#[test]
fn a_read_that_is_left_ends_as_stopped_wherever_its_bytes_end() {
    struct Leaving(Arc<Mutex<Option<ReaderHandle>>>, &'static [u8]);
    impl Read for Leaving {
        fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
            if self.1.is_empty()
                && let Some(handle) = self.0.lock().unwrap().as_ref()
            {
                handle.abort();
            }
            self.1.read(to)
        }
    }
    for rest in ["", "Usage,2", "Usage,\"2"] {
        for threads in [1, 2] {
            let csv = format!("lineItem/LineItemType,lineItem/UnblendedCost\nUsage,1\n{rest}").leak();
            let handle = Arc::default();
            let stream = Leaving(Arc::clone(&handle), csv.as_bytes());
            let mut reader = Reader::builder().threads(threads).read_from("left.csv", stream).unwrap();
            *handle.lock().unwrap() = Some(reader.handle());
            let error = reader.find_map(Result::err).unwrap();
            assert!(matches!(error, Error::Stopped), "{threads} threads, {rest:?}: {error}");
        }
    }
}

#[test]
fn a_schema_is_known_before_a_report_is_opened() {
    let builder = Reader::builder().columns(["BilledCost", "Tags"]).lineage(true);
    let reader = builder.clone().read(demo()).unwrap();
    assert_eq!(builder.table_schema().unwrap(), reader.schema());
    let plan = builder.clone().plan(demo()).unwrap();
    assert_eq!(builder.table_schema_of(&plan).unwrap(), reader.schema());
    let error = Reader::builder().table_schema_of(&plan).unwrap_err();
    assert!(error.to_string().contains("other options"), "{error}");

    let cur = Reader::builder().schema(TableSchema::Cur);
    let error = cur.table_schema().unwrap_err();
    assert!(matches!(error, Error::Option { option: "schema", .. }), "{error}");
    let plan = cur.clone().plan(demo()).unwrap();
    assert_eq!(cur.table_schema_of(&plan).unwrap(), cur.clone().read(demo()).unwrap().schema());
    let error = Reader::builder().columns(["BiledCost"]).table_schema().unwrap_err();
    assert!(matches!(error, Error::NoMatch { option: "columns", .. }), "{error}");
}

#[test]
fn no_columns_are_a_number_of_rows() {
    let none = Vec::<String>::new;
    for schema in [TableSchema::Focus, TableSchema::Cur] {
        let mut all = Reader::builder().schema(schema).read(demo()).unwrap();
        let wanted: usize = all.by_ref().map(|batch| batch.unwrap().num_rows()).sum();
        for threads in [1, 8] {
            let mut reader = Reader::builder().schema(schema).columns(none()).threads(threads).read(demo()).unwrap();
            let batches: Vec<_> = reader.by_ref().map(Result::unwrap).collect();
            assert!(batches.iter().all(|batch| batch.num_columns() == 0));
            assert_eq!(batches.iter().map(|batch| batch.num_rows()).sum::<usize>(), wanted, "{schema}");
            reader.check().unwrap();
            assert_eq!(reader.totals().costs(), all.totals().costs(), "costs do not depend on the columns");
        }
    }
    // Formats that have no place for rows without columns.
    let folder = tempfile::tempdir().unwrap();
    for (name, is_possible) in [("x.csv", false), ("x.parquet", false), ("x.arrow", true), ("x.arrows", true)] {
        let saved = Reader::builder().columns(none()).read(demo()).unwrap().save(folder.path().join(name));
        assert_eq!(saved.err().map(|error| error.code()), (!is_possible).then_some("OUTLAY_OPTION"), "{name}");
    }
}

#[test]
fn periods_are_text_or_values() {
    let month: BillingPeriod = "2023-11".parse().unwrap();
    let rows = |builder: outlay::ReaderBuilder| rows(builder.read(demo()).unwrap().into_arrow());
    assert_eq!(rows(Reader::builder().periods([month])), 175);
    assert_eq!(rows(Reader::builder().periods(["2023-11"])), 175);
    assert_eq!(BillingPeriod::try_from("2023-11").unwrap(), month);
    assert_eq!(String::from(month), "2023-11");
}

#[test]
#[allow(clippy::needless_borrows_for_generic_args, reason = "borrowed paths are what is tested")]
fn paths_are_what_programs_have() {
    let path = demo();
    let text = path.to_str().unwrap();
    let count = |plan: Result<outlay::Plan, Error>| plan.unwrap().parts.len();
    let builder = Reader::builder;
    assert_eq!(count(builder().plan(text)), 3);
    assert_eq!(count(builder().plan(path.as_os_str())), 3);
    assert_eq!(count(builder().plan(path.clone().into_os_string())), 3);
    assert_eq!(count(builder().plan(&path.clone().into_os_string())), 3);
    assert_eq!(count(builder().plan(std::borrow::Cow::from(path.as_path()))), 3);
    assert_eq!(count(builder().plan(path.clone().into_boxed_path())), 3);
    let manifest = builder().plan(text).unwrap().parts;
    let parts: Vec<PathBuf> = manifest.iter().map(|part| PathBuf::from(&part.path)).collect();
    let two: [&str; 2] = [0, 1].map(|part| parts[part].to_str().unwrap());
    assert_eq!(count(builder().plan(&two)), 2);
    assert_eq!(count(builder().plan(two)), 2);
    assert_eq!(count(builder().plan(two.to_vec())), 2);
    assert_eq!(count(builder().plan(parts.iter())), 3);
    assert_eq!(count(builder().plan(parts.iter().rev().take(2))), 2);
    assert_eq!(count(builder().plan(manifest.iter().map(|part| part.path.clone()))), 3);
    assert_eq!(count(builder().plan(parts.clone().into_iter().filter(|path| path.ends_with("daily-00001.csv.gz")))), 1);
    assert_eq!(count(builder().plan(parts.iter().cloned().collect::<std::collections::BTreeSet<_>>())), 3);
    let dynamic: Box<dyn Iterator<Item = PathBuf>> = Box::new(parts.into_iter());
    assert_eq!(count(builder().plan(dynamic)), 3);
}

#[test]
fn reads_without_memory_to_work_ahead_are_the_same() {
    let read = || {
        let mut reader = Reader::builder().threads(16).batch_rows(10).read(demo()).unwrap();
        let batches: Vec<_> = reader.by_ref().map(Result::unwrap).collect();
        (batches, reader.totals())
    };
    let before = outlay::memory_limit();
    let wanted = read();
    for limit in [0, 1 << 20] {
        outlay::set_memory_limit(limit);
        assert_eq!(outlay::memory_limit(), limit);
        // Several readers that wait for their callers do not wait for each other.
        let waiting: Vec<Reader> = (0..4)
            .map(|_| {
                let mut reader = Reader::builder().threads(16).batch_rows(10).read(demo()).unwrap();
                reader.next().unwrap().unwrap();
                reader
            })
            .collect();
        assert!(read() == wanted, "{limit}");
        drop(waiting);
    }
    outlay::set_memory_limit(before);
}

#[cfg(feature = "stream")]
#[test]
fn a_stream_of_batches_needs_no_runtime_and_keeps_its_handle() {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    let reader = Reader::builder().batch_rows(50).read(demo()).unwrap();
    let handle = reader.handle();
    let mut batches = reader.into_stream().unwrap();
    let mut rows = 0;
    loop {
        let mut next = pin!(batches.next());
        match next.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Some(batch)) => rows += batch.unwrap().num_rows(),
            Poll::Ready(None) => break,
            Poll::Pending => thread::sleep(Duration::from_millis(1)),
        }
    }
    assert_eq!(rows, 175);
    handle.totals().unwrap().check().unwrap();
    let schema = batches.schema();
    assert_eq!(schema, Reader::builder().table_schema().unwrap());
}
