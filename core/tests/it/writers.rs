//! Sinks that write to any writer, sinks of other crates, and folders of Parquet files.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::compute::{concat_batches, sort_to_indices, take_record_batch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use outlay::parquet::arrow::ArrowWriter;
use outlay::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use outlay::parquet::basic::Compression;
use outlay::parquet::file::reader::{FileReader, SerializedFileReader};
use outlay::sink::{
    CsvSink, Format, IpcSink, ParquetCompression, ParquetOptions, ParquetSink, PartitionedSink, Sink, Target,
};
use outlay::{Error, Reader};

fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data/report")
}

fn columns(names: &[&str]) -> RecordBatch {
    let array: ArrayRef = Arc::new(StringArray::from(vec!["x"]));
    let fields: Vec<Field> = names.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), vec![array; names.len()]).unwrap()
}

/// Each sink over a writer.
fn sinks<'w, W: Write + Send + 'w>(
    schema: &SchemaRef,
    mut writer: impl FnMut() -> W,
) -> Vec<(&'static str, Box<dyn Sink + 'w>)> {
    let schema = || Arc::clone(schema);
    vec![
        ("csv", Box::new(CsvSink::new("body", writer(), schema()).unwrap())),
        ("stream", Box::new(IpcSink::stream("body", writer(), schema()).unwrap())),
        ("file", Box::new(IpcSink::file("body", writer(), schema()).unwrap())),
        ("parquet", Box::new(ParquetSink::new("body", writer(), schema()).unwrap())),
    ]
}

#[test]
fn a_writer_gets_the_bytes_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    type Make = fn(&mut Vec<u8>, SchemaRef) -> Box<dyn Sink + '_>;
    let cases: [(&str, Make); 4] = [
        ("x.csv", |body, schema| Box::new(CsvSink::new("body", body, schema).unwrap())),
        ("x.arrows", |body, schema| Box::new(IpcSink::stream("body", body, schema).unwrap())),
        ("x.arrow", |body, schema| Box::new(IpcSink::file("body", body, schema).unwrap())),
        ("x.parquet", |body, schema| Box::new(ParquetSink::new("body", body, schema).unwrap())),
    ];
    for (name, make) in cases {
        let path = folder.path().join(name);
        Reader::builder().read(demo()).unwrap().save(&path).unwrap();
        let mut reader = Reader::builder().read(demo()).unwrap();
        let mut body = Vec::new();
        let sink = make(&mut body, reader.schema());
        reader.save_with(sink).unwrap();
        reader.check().unwrap();
        assert!(body == fs::read(&path).unwrap(), "{name}");
    }
}

#[test]
fn a_writer_is_given_back() {
    let reader = Reader::builder().columns(["BilledCost"]).read(demo()).unwrap();
    let schema = reader.schema();
    let mut csv = CsvSink::new("body", Vec::new(), Arc::clone(&schema)).unwrap();
    let mut ipc = IpcSink::stream("body", Vec::new(), Arc::clone(&schema)).unwrap();
    let mut parquet = ParquetSink::new("body", Vec::new(), schema).unwrap();
    for batch in reader.map(Result::unwrap) {
        csv.write(&batch).unwrap();
        ipc.write(&batch).unwrap();
        parquet.write(&batch).unwrap();
    }
    let pairs = [("key".to_owned(), "value".to_owned())];
    assert_eq!(csv.into_inner().unwrap().iter().filter(|byte| **byte == b'\n').count(), 176);
    assert!(ipc.into_inner(&pairs).unwrap().len() > 1_000);
    let bytes = parquet.into_inner(&pairs).unwrap();
    let found = SerializedFileReader::new(outlay_bytes(bytes)).unwrap();
    let metadata = found.metadata().file_metadata().key_value_metadata().unwrap().clone();
    assert!(metadata.iter().any(|pair| pair.key == "key" && pair.value.as_deref() == Some("value")));
}

/// A file with the bytes, for readers of Parquet.
fn outlay_bytes(bytes: Vec<u8>) -> fs::File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&bytes).unwrap();
    file
}

#[test]
fn a_batch_of_another_schema_is_an_error_of_every_sink() {
    let wanted = columns(&["A", "B"]);
    let others = [columns(&["A"]), columns(&["A", "C"]), columns(&["A", "B", "C"])];
    for other in &others {
        for (name, mut sink) in sinks(&wanted.schema(), Vec::new) {
            sink.write(&wanted).unwrap();
            let error = sink.write(other).unwrap_err();
            assert_eq!(error.code(), "OUTLAY_WRITE", "{name}");
            assert!(error.to_string().starts_with("body: "), "{error}");
            // The rest is written, but nothing is complete without the batch.
            sink.write(&wanted).unwrap();
            assert_eq!(sink.finish(&[]).unwrap_err().code(), "OUTLAY_WRITE", "{name}");
        }
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out");
        let mut sink = Box::new(PartitionedSink::create(&target, wanted.schema(), ["A"]).unwrap());
        sink.write(&wanted).unwrap();
        assert_eq!(sink.write(other).unwrap_err().code(), "OUTLAY_WRITE");
        assert_eq!(sink.finish(&[]).unwrap_err().code(), "OUTLAY_WRITE");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left");
    }
}

/// Fails after some bytes.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or_else(|| io::Error::from(io::ErrorKind::StorageFull))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_writer_that_fails_ends_the_save() {
    for (name, sink) in sinks(&Reader::builder().table_schema().unwrap(), || Full(20_000)) {
        let error = Reader::builder().read(demo()).unwrap().save_with(sink).unwrap_err();
        assert!(["OUTLAY_IO", "OUTLAY_WRITE"].contains(&error.code()), "{name}: {error}");
        assert!(error.to_string().starts_with("body: "), "{error}");
    }
}

#[test]
fn only_a_whole_read_is_saved_with_a_sink() {
    let mut reader = Reader::builder().read(demo()).unwrap();
    reader.next();
    let sink = CsvSink::new("body", Vec::new(), reader.schema()).unwrap();
    assert_eq!(reader.save_with(Box::new(sink)).unwrap_err().code(), "OUTLAY_CONSUMED");

    let folder = tempfile::tempdir().unwrap();
    let part = folder.path().join("part.csv");
    let text = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\nUsage,1,USD\n";
    fs::write(&part, text).unwrap();
    let mut reader = Reader::builder().read(&part).unwrap();
    let sink = CsvSink::create(&part, reader.schema()).unwrap();
    assert_eq!(reader.save_with(Box::new(sink)).unwrap_err().code(), "OUTLAY_OPTION");
    assert_eq!(fs::read_to_string(&part).unwrap(), text);
}

#[test]
fn properties_of_parquet_are_those_of_the_caller() {
    let mut reader = Reader::builder().columns(["ServiceName", "BilledCost"]).read(demo()).unwrap();
    let properties = ParquetSink::properties(&reader.schema())
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(50));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.parquet");
    let schema = reader.schema();
    reader.save_with(Box::new(ParquetSink::create_with(&path, schema, properties.build(), 2).unwrap())).unwrap();
    let found = SerializedFileReader::new(fs::File::open(&path).unwrap()).unwrap();
    assert!(found.metadata().num_row_groups() > 1);
    assert_eq!(found.metadata().row_group(0).column(0).compression(), Compression::SNAPPY);
    assert_eq!(found.metadata().file_metadata().num_rows(), 175);
}

#[test]
fn a_target_has_the_options_of_parquet() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.parquet");
    let save = |target: Target| {
        let mut reader = Reader::builder().columns(["ServiceName", "BilledCost"]).read(demo()).unwrap();
        reader.save_to(target.threads(1))
    };
    let cases = [
        (ParquetOptions::default(), 1, Compression::ZSTD(Default::default())),
        (ParquetOptions::default().compression(ParquetCompression::Snappy), 1, Compression::SNAPPY),
        (ParquetOptions::default().compression(ParquetCompression::None), 1, Compression::UNCOMPRESSED),
        // The three parts have 90, 70 and 15 rows; a row group ends with a batch.
        (ParquetOptions::default().row_group_rows(10), 3, Compression::ZSTD(Default::default())),
    ];
    for (options, groups, compression) in cases {
        save(Target::for_path(&path).unwrap().parquet(options.clone())).unwrap();
        let found = SerializedFileReader::new(fs::File::open(&path).unwrap()).unwrap();
        let group = found.metadata().row_group(0).column(0).compression();
        assert_eq!((found.metadata().num_row_groups(), group), (groups, compression), "{options:?}");
        assert_eq!(found.metadata().file_metadata().num_rows(), 175);
    }

    let divided = ParquetOptions::default().partition_by(["ServiceName"]).compression(ParquetCompression::Snappy);
    let target = folder.path().join("month");
    save(Target::new(&target, Format::Parquet).parquet(divided.clone())).unwrap();
    let found = partitions(&target);
    assert_eq!(found.iter().map(|(_, rows)| rows.num_rows()).sum::<usize>(), 175);
    let file = fs::File::open(target.join(&found[0].0)).unwrap();
    let compression = SerializedFileReader::new(file).unwrap().metadata().row_group(0).column(0).compression();
    assert_eq!(compression, Compression::SNAPPY);

    let at = |name: &str, format| Target::new(folder.path().join(name), format).parquet(divided.clone());
    #[rustfmt::skip]
    let refused = [
        (at("a.csv", Format::Csv), "compression, row groups and partitions are options of Parquet, but `"),
        (at("a.csv", Format::Parquet), "is not the name of a file with Parquet: name it .parquet"),
        (Target::new(&path, Format::Parquet).parquet(ParquetOptions::default().row_group_rows(0)), "option `row_group_rows`: it is at least 1, got 0"),
        (Target::new(folder.path().join("b"), Format::Parquet).parquet(ParquetOptions::default().partition_by(["ServiceNam"])), "the output has no column `ServiceNam`"),
    ];
    for (target, wanted) in refused {
        let error = save(target).unwrap_err();
        assert_eq!(error.code(), "OUTLAY_OPTION");
        assert!(error.to_string().contains(wanted), "{error}");
    }
    let error = "gzp".parse::<ParquetCompression>().unwrap_err();
    assert_eq!(error.to_string(), "option `compression`: `gzp` is none of `zstd`, `snappy`, `none`");
}

/// Returns the files of a folder, by their path below it, with their rows.
fn partitions(folder: &Path) -> Vec<(String, RecordBatch)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(inner).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
                continue;
            }
            let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(entry.path()).unwrap()).unwrap();
            let schema = Arc::clone(reader.schema());
            let batches: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
            let path = entry.path().strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/");
            found.push((path, concat_batches(&schema, &batches).unwrap()));
        }
    }
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found
}

#[test]
fn folders_have_every_row_once() {
    let by = ["BillingPeriodStart", "ServiceName"];
    let builder = || Reader::builder().columns(["ServiceName", "BilledCost", "BillingPeriodStart", "Tags"]);
    let all: Vec<RecordBatch> = builder().read(demo()).unwrap().map(Result::unwrap).collect();
    let all = concat_batches(&all[0].schema(), &all).unwrap();
    for (open, batch_rows) in [(16, 8_192), (1, 7), (3, 1)] {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out");
        let mut reader = builder().batch_rows(batch_rows).read(demo()).unwrap();
        let sink = PartitionedSink::create(&target, reader.schema(), by).unwrap().max_open(open);
        reader.save_with(Box::new(sink)).unwrap();
        let found = partitions(&target);
        assert_eq!(found.iter().map(|(_, rows)| rows.num_rows()).sum::<usize>(), all.num_rows());
        for (path, rows) in &found {
            let service = path.strip_prefix("BillingPeriodStart=2023-11-01/ServiceName=").unwrap();
            let service = service.strip_suffix("/part-0.parquet").unwrap();
            assert_eq!(
                rows.schema().fields().iter().map(|field| field.name().as_str()).collect::<Vec<_>>(),
                ["BilledCost", "Tags"]
            );
            let names = all["ServiceName"].as_any().downcast_ref::<StringArray>().unwrap();
            let wanted = (0..all.num_rows()).filter(|&row| names.value(row) == service);
            let wanted = arrow::array::UInt32Array::from_iter_values(wanted.map(|row| row as u32));
            let wanted = take_record_batch(&all, &wanted).unwrap().project(&[1, 3]).unwrap();
            assert_eq!(rows.columns(), wanted.columns(), "{path} {open} {batch_rows}");
        }
        let services: BTreeSet<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
        assert!(services.len() > 3, "{services:?}");
    }
}

#[test]
fn values_are_names_of_folders() {
    let texts =
        [Some("a/b"), Some("x=y%"), Some(""), None, Some("__HIVE_DEFAULT_PARTITION__"), Some("é \u{7}"), Some("..")];
    let times =
        [Some(1_698_796_800_000_000), Some(1_698_796_800_000_000 + 3_600_000_000), None, None, None, None, None];
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("key:1", Arc::new(StringArray::from(texts.to_vec()))),
        ("time", Arc::new(TimestampMicrosecondArray::from(times.to_vec()).with_timezone("UTC"))),
        ("number", Arc::new(Int64Array::from(vec![Some(-1), None, Some(3), Some(4), Some(5), Some(6), Some(7)]))),
        ("row", Arc::new(Int64Array::from_iter_values(0..7))),
    ];
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("out");
    let mut sink = Box::new(PartitionedSink::create(&target, batch.schema(), ["key:1", "time", "number"]).unwrap());
    sink.write(&batch).unwrap();
    sink.finish(&[]).unwrap();
    let null = "__HIVE_DEFAULT_PARTITION__";
    let mut wanted = vec![
        "key%3A1=a%2Fb/time=2023-11-01/number=-1/part-0.parquet".to_owned(),
        format!("key%3A1=x%3Dy%25/time=2023-11-01T01%3A00%3A00Z/number={null}/part-0.parquet"),
        format!("key%3A1=/time={null}/number=3/part-0.parquet"),
        format!("key%3A1={null}/time={null}/number=4/part-0.parquet"),
        format!("key%3A1=%5F_HIVE_DEFAULT_PARTITION__/time={null}/number=5/part-0.parquet"),
        format!("key%3A1=é %07/time={null}/number=6/part-0.parquet"),
        format!("key%3A1=../time={null}/number=7/part-0.parquet"),
    ];
    wanted.sort();
    let found = partitions(&target);
    assert_eq!(found.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>(), wanted);
    let rows: Vec<RecordBatch> = found.into_iter().map(|(_, rows)| rows).collect();
    let rows = concat_batches(&rows[0].schema(), &rows).unwrap();
    let order = sort_to_indices(rows.column(0), None, None).unwrap();
    assert_eq!(take_record_batch(&rows, &order).unwrap().column(0), &batch.column(3).clone());
}

#[test]
fn a_folder_is_replaced_as_a_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("out");
    let names = || fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>();
    let batch = |values: &[&str]| {
        let array: ArrayRef = Arc::new(StringArray::from(values.to_vec()));
        RecordBatch::try_from_iter([("A", Arc::clone(&array)), ("B", array)]).unwrap()
    };
    let begin = |values: &[&str]| {
        let mut sink = Box::new(PartitionedSink::create(&target, batch(values).schema(), ["A"]).unwrap());
        sink.write(&batch(values)).unwrap();
        sink
    };
    let paths = || partitions(&target).into_iter().map(|(path, _)| path).collect::<Vec<_>>();
    begin(&["x", "y"]).finish(&[]).unwrap();
    assert_eq!(paths(), ["A=x/part-0.parquet", "A=y/part-0.parquet"]);
    // A sink that is dropped changes nothing.
    drop(begin(&["z"]));
    assert_eq!(paths(), ["A=x/part-0.parquet", "A=y/part-0.parquet"]);
    assert_eq!(names(), ["out"]);
    // A folder is replaced as a whole, and only if no value is lost.
    begin(&["x", "y", "z"]).finish(&[]).unwrap();
    let all = ["A=x/part-0.parquet", "A=y/part-0.parquet", "A=z/part-0.parquet"];
    assert_eq!(paths(), all);
    let error = begin(&["y", "z", "new"]).finish(&[]).unwrap_err();
    assert!(error.to_string().contains("rows that this read does not have, in `"), "{error}");
    assert!(error.to_string().contains("A=x"), "{error}");
    assert_eq!(paths(), all);
    assert_eq!(names(), ["out"]);
    fs::remove_dir_all(target.join("A=x")).unwrap();
    // A file of another program is never removed, even if it has the same name.
    let theirs = target.join("A=theirs").join("part-0.parquet");
    fs::create_dir(theirs.parent().unwrap()).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(&theirs).unwrap(), batch(&["x"]).schema(), None).unwrap();
    writer.write(&batch(&["x"])).unwrap();
    writer.close().unwrap();
    let error = PartitionedSink::create(&target, batch(&["x"]).schema(), ["A"]).unwrap_err();
    assert!(error.to_string().contains("A=theirs"), "{error}");
    fs::remove_dir_all(theirs.parent().unwrap()).unwrap();
    // Other files are never removed.
    for other in ["notes.txt", "A=y/notes.txt", "B=y"] {
        let path = target.join(other);
        if other == "B=y" {
            fs::create_dir(&path).unwrap()
        } else {
            fs::write(&path, "mine").unwrap()
        }
        let error = PartitionedSink::create(&target, batch(&["x"]).schema(), ["A"]).unwrap_err();
        assert_eq!(error.code(), "OUTLAY_OPTION");
        assert!(error.to_string().contains(other), "{error}");
        if other == "B=y" { fs::remove_dir(&path).unwrap() } else { fs::remove_file(&path).unwrap() }
    }
    assert_eq!(paths(), ["A=y/part-0.parquet", "A=z/part-0.parquet"]);
    // What a killed process left is removed.
    begin(&["x", "y", "z"]).finish(&[]).unwrap();
    assert_eq!(names(), ["out"]);
}

#[test]
fn columns_that_cannot_divide_rows_are_refused() {
    let schema = Reader::builder().columns(["BilledCost", "Tags", "ServiceName"]).table_schema().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&[&str], &str); 6] = [
        (&[], "name at least one column"),
        (&["Service"], "the output has no column `Service`"),
        (&["BilledCost"], "name columns of text, times or integers"),
        (&["Tags"], "name columns of text, times or integers"),
        (&["ServiceName", "ServiceName"], "`ServiceName` is named twice"),
        (&["ServiceName", "x", "Tags"], "no column `x`"),
    ];
    for (names, reason) in cases {
        let error =
            PartitionedSink::create(folder.path().join("out"), Arc::clone(&schema), names.iter().copied()).unwrap_err();
        let option = match &error {
            Error::Option { option, .. } | Error::NoMatch { option, .. } => *option,
            _ => "",
        };
        assert_eq!(option, "partition_by", "{error}");
        assert!(error.to_string().contains(reason), "{error}");
    }
    let schema = columns(&["A"]).schema();
    let error = PartitionedSink::create(folder.path().join("out"), schema, ["A"]).unwrap_err();
    assert!(error.to_string().contains("no column"), "{error}");
}
