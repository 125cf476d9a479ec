#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Decimal128Array, DictionaryArray, Float64Array, Int64Array, MapBuilder, StringArray, StringBuilder,
    TimestampMicrosecondArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use arrow::ipc::reader::{FileReader, StreamReader};

use super::*;

fn batch() -> RecordBatch {
    let mut map = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    map.keys().append_value("EdpDiscount");
    map.values().append_value("-1.5");
    map.append(true).unwrap();
    map.append(false).unwrap();
    map.keys().append_value("q\"");
    map.values().append_value("x,\ny");
    map.append(true).unwrap();
    map.append(true).unwrap();
    let max = 10_i128.pow(38) - 1;
    let decimals = Decimal128Array::from(vec![Some(96_000_000_000_000_000), Some(-max), None, Some(0)]);
    let columns: Vec<(&str, arrow::array::ArrayRef)> = vec![
        ("Text", Arc::new(StringArray::from(vec![Some("a,\"b\"\nü"), Some(""), None, Some("plain")]))),
        ("Cost", Arc::new(decimals.with_precision_and_scale(38, 18).unwrap())),
        (
            "Time",
            Arc::new(
                TimestampMicrosecondArray::from(vec![Some(1_768_003_200_000_000), Some(1), None, Some(0)])
                    .with_timezone("UTC"),
            ),
        ),
        ("x_Discounts", Arc::new(map.finish())),
        ("Row", Arc::new(Int64Array::from(vec![Some(1), Some(-2), None, Some(i64::MAX)]))),
    ];
    let fields: Vec<Field> =
        columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns.into_iter().map(|(_, array)| array).collect()).unwrap()
}

fn write(path: &Path, batches: usize) {
    let batch = batch();
    let mut sink = for_path(path, batch.schema()).unwrap();
    for _ in 0..batches {
        sink.write(&batch).unwrap();
    }
    sink.finish(&[("outlay.focus_version".to_owned(), "1.2".to_owned())]).unwrap();
}

fn files(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect()
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_gives_back_what_it_was_given() {
    use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.parquet");
    for batches in [0, 1, 3] {
        write(&path, batches);
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&path).unwrap()).unwrap();
        let metadata = reader.metadata().file_metadata().clone();
        let pairs = metadata.key_value_metadata().unwrap();
        assert!(pairs.iter().any(|pair| pair.key == "outlay.focus_version" && pair.value.as_deref() == Some("1.2")));
        let rows: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
        let wanted = arrow::compute::concat_batches(&batch().schema(), &vec![batch(); batches]).unwrap();
        let found = arrow::compute::concat_batches(&batch().schema(), &rows).unwrap();
        assert_eq!(found.columns(), wanted.columns());
        assert_eq!(files(folder.path()), ["out.parquet"]);
    }
}

#[test]
fn ipc_gives_back_what_it_was_given() {
    let folder = tempfile::tempdir().unwrap();
    let [file, stream] = ["out.arrow", "out.arrows"].map(|name| folder.path().join(name));
    write(&file, 2);
    let reader = FileReader::try_new(File::open(&file).unwrap(), None).unwrap();
    assert_eq!(reader.custom_metadata()["outlay.focus_version"], "1.2");
    assert_eq!(reader.map(Result::unwrap).collect::<Vec<_>>(), [batch(), batch()]);
    write(&stream, 2);
    let reader = StreamReader::try_new(File::open(&stream).unwrap(), None).unwrap();
    assert_eq!(reader.map(Result::unwrap).collect::<Vec<_>>(), [batch(), batch()]);
    let mut found = files(folder.path());
    found.sort();
    assert_eq!(found, ["out.arrow", "out.arrows"]);
}

/// Texts in each encoding are the same cells; an Arrow file has no place for the dictionary of each batch.
#[test]
fn texts_are_written_in_each_encoding() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain.csv");
    write(&plain, 2);
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    for (name, data_type) in [("view", DataType::Utf8View), ("dictionary", dictionary)] {
        let batch = changed(|fields, columns| {
            columns[0] = cast(&columns[0], &data_type).unwrap();
            fields[0] = Field::new("Text", data_type.clone(), true);
        });
        let path = folder.path().join(format!("{name}.csv"));
        let mut sink = for_path(&path, batch.schema()).unwrap();
        sink.write(&batch).unwrap();
        sink.write(&batch).unwrap();
        sink.finish(&[]).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), fs::read_to_string(&plain).unwrap(), "{name}");
        let file = for_path(folder.path().join(format!("{name}.arrow")), batch.schema());
        assert_eq!(file.err().map(|error| error.code()), (name == "dictionary").then_some("OUTLAY_OPTION"));
        let mut stream = for_path(folder.path().join(format!("{name}.arrows")), batch.schema()).unwrap();
        stream.write(&batch).unwrap();
        stream.write(&batch).unwrap();
        stream.finish(&[]).unwrap();
    }
}

#[test]
fn csv_is_written_as_people_read_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.csv");
    write(&path, 1);
    let wanted = "Text,Cost,Time,x_Discounts,Row\n\
        \"a,\"\"b\"\"\nü\",0.096,2026-01-10T00:00:00Z,\"{\"\"EdpDiscount\"\":-1.5}\",1\n\
        \"\",-99999999999999999999.999999999999999999,1970-01-01T00:00:00.000001Z,,-2\n\
        ,,,\"{\"\"q\\\"\"\"\":\"\"x,\\ny\"\"}\",\n\
        plain,0,1970-01-01T00:00:00Z,{},9223372036854775807\n";
    assert_eq!(fs::read_to_string(&path).unwrap(), wanted);
}

#[test]
fn a_file_that_is_not_complete_never_takes_its_place() {
    for extension in EXTENSIONS {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(format!("out.{extension}"));
        fs::write(&path, "the old one").unwrap();
        let mut sink = for_path(&path, batch().schema()).unwrap();
        sink.write(&batch()).unwrap();
        drop(sink);
        assert_eq!(fs::read_to_string(&path).unwrap(), "the old one", "{extension}");
        assert_eq!(files(folder.path()).len(), 1, "{extension}");
    }
    let error = for_path("out.xlsx", batch().schema()).err().unwrap();
    assert_eq!(error.code(), "OUTLAY_OPTION");
    assert_eq!(for_path("/nowhere/out.csv", batch().schema()).err().unwrap().code(), "OUTLAY_IO");
}

#[test]
fn json_has_every_value_of_every_row() {
    let batch = batch();
    let rows: Vec<serde_json::Value> = serde_json::from_str(&json_rows(&batch, 0..4, Numbers::Text).unwrap()).unwrap();
    let wanted = serde_json::json!([
        {"Text": "a,\"b\"\nü", "Cost": "0.096", "Time": "2026-01-10T00:00:00Z", "x_Discounts": {"EdpDiscount": "-1.5"}, "Row": 1},
        {"Text": "", "Cost": "-99999999999999999999.999999999999999999", "Time": "1970-01-01T00:00:00.000001Z", "x_Discounts": null, "Row": -2},
        {"Text": null, "Cost": null, "Time": null, "x_Discounts": {"q\"": "x,\ny"}, "Row": null},
        {"Text": "plain", "Cost": "0", "Time": "1970-01-01T00:00:00Z", "x_Discounts": {}, "Row": i64::MAX},
    ]);
    assert_eq!(serde_json::Value::from(rows), wanted);
    let numbers = json_rows(&batch, 0..2, Numbers::Number).unwrap();
    assert!(numbers.contains(r#""Cost":0.096,"#) && numbers.contains(r#"{"EdpDiscount":-1.5}"#), "{numbers}");
    assert_eq!(json_rows(&batch, 4..9, Numbers::Text).unwrap(), "[]");
    assert_eq!(json_rows(&batch, 3..9, Numbers::Text).unwrap().matches("\"Row\"").count(), 1);
}

#[test]
fn json_in_lines_and_in_columns_has_the_same_rows() {
    let dictionary: ArrayRef =
        Arc::new(DictionaryArray::<Int32Type>::from_iter([Some("a"), None, Some("b\""), Some("a")]));
    let encoded = changed(|fields, columns| {
        fields.push(Field::new("Word", dictionary.data_type().clone(), true));
        columns.push(Arc::clone(&dictionary));
    });
    let shared = changed(|fields, columns| {
        let mut add = |name: &str, array: ArrayRef| {
            fields.push(Field::new(name, array.data_type().clone(), true));
            columns.push(array);
        };
        let decimals = |scale, cells: [Option<i128>; 4]| -> ArrayRef {
            Arc::new(Decimal128Array::from(cells.to_vec()).with_precision_and_scale(38, scale).unwrap())
        };
        add("EqualCost", decimals(18, [Some(96_000_000_000_000_000), Some(0), Some(0), None]));
        add("OtherScale", decimals(2, [Some(0), Some(96), Some(96), Some(96_000_000_000_000_000)]));
        add(
            "End",
            Arc::new(TimestampMicrosecondArray::from(vec![Some(1), Some(1), None, Some(0)]).with_timezone("UTC")),
        );
        add("Nothing", Arc::new(StringArray::new_null(4)));
        add("NoCost", decimals(18, [None; 4]));
        add("Number", Arc::new(Float64Array::from(vec![Some(0.5), Some(-0.0), Some(f64::NAN), None])));
    });
    let cases = [(batch(), Numbers::Text), (batch(), Numbers::Number), (encoded, Numbers::Text)];
    for (batch, numbers) in cases.into_iter().chain([(shared.clone(), Numbers::Text), (shared, Numbers::Number)]) {
        for rows in [0..4, 1..3, 3..9, 4..9] {
            let text = json_rows(&batch, rows.clone(), numbers).unwrap();
            let wanted: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(&text).unwrap();
            let mut lines = String::new();
            json_lines(&mut lines, &batch, rows.clone(), numbers).unwrap();
            let found: Vec<serde_json::Map<_, _>> =
                lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            assert_eq!(found, wanted, "{rows:?}");
            assert_eq!(lines.matches('\n').count(), wanted.len(), "{rows:?}");

            let JsonColumns { values, positions } = json_columns(&batch, rows.clone(), numbers).unwrap();
            assert!(values.is_ascii());
            let values: Vec<serde_json::Value> = serde_json::from_str(&values).unwrap();
            let width = batch.num_columns();
            assert_eq!(positions.len(), width * wanted.len(), "{rows:?}");
            // Decimals of a scale have one array, and times have another.
            let shared = values[..width].iter().filter_map(serde_json::Value::as_u64);
            assert_eq!(shared.collect::<BTreeSet<_>>(), (width as u64..values.len() as u64).collect());
            for (index, row) in wanted.iter().enumerate() {
                for (column, field) in batch.schema().fields().iter().enumerate() {
                    let position = positions[column * wanted.len() + index] as usize;
                    let array = values[column].as_u64().map_or(column, |shared| usize::try_from(shared).unwrap());
                    assert_eq!(values[array][position], row[field.name()], "{rows:?}: {}", field.name());
                }
            }
        }
    }
    let columns = json_columns(&batch(), 0..4, Numbers::Text).unwrap();
    assert!(columns.values.starts_with(r#"[[null,"a,"#), "each value once, after null: {}", columns.values);
}

#[test]
fn a_writer_gets_the_bytes_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let metadata = [("key".to_owned(), "value".to_owned())];
    for extension in ["csv", "parquet"] {
        let path = folder.path().join("out").with_extension(extension);
        let shared = Shared::default();
        let schema = batch().schema();
        let to_writer: Box<dyn Sink + Send> = match extension {
            "csv" => Box::new(CsvSink::new("writer", shared.clone(), schema).unwrap()),
            _ => Box::new(ParquetSink::new("writer", shared.clone(), schema).unwrap()),
        };
        for mut sink in [for_path(&path, batch().schema()).unwrap(), to_writer] {
            sink.write(&batch()).unwrap();
            sink.finish(&metadata).unwrap();
        }
        assert_eq!(*shared.0.lock().unwrap(), fs::read(&path).unwrap(), "{extension}");
    }
}

/// A writer whose bytes are kept.
#[derive(Clone, Default)]
struct Shared(Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

const EXTENSIONS: [&str; 5] = ["parquet", "arrow", "arrows", "csv", "csv.gz"];

/// The batch with its fields changed, which need not fit the columns any more.
fn changed(change: impl Fn(&mut Vec<Field>, &mut Vec<arrow::array::ArrayRef>)) -> RecordBatch {
    let batch = batch();
    let mut fields: Vec<Field> = batch.schema().fields().iter().map(|field| field.as_ref().clone()).collect();
    let mut columns = batch.columns().to_vec();
    change(&mut fields, &mut columns);
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

#[test]
fn a_batch_of_another_schema_is_refused() {
    let cast = |name: &'static str, index: usize, kind: DataType| {
        changed(move |fields, columns| {
            columns[index] = arrow::compute::cast(&columns[index], &kind).unwrap();
            fields[index] = Field::new(name, kind.clone(), true);
        })
    };
    let rows: Vec<(&str, RecordBatch, &str)> = vec![
        (
            "a column less",
            changed(|fields, columns| {
                fields.pop();
                columns.pop();
            }),
            "the batch has 4 columns, the file has 5",
        ),
        (
            "a column more",
            changed(|fields, columns| {
                fields.push(Field::new("More", DataType::Int64, true));
                columns.push(Arc::clone(&columns[4]));
            }),
            "the batch has 6 columns, the file has 5",
        ),
        (
            "another order",
            changed(|fields, columns| {
                fields.swap(0, 4);
                columns.swap(0, 4);
            }),
            "column 1 of the batch is `Row` of type Int64, but in the file it is `Text` of type Utf8",
        ),
        (
            "two columns of one type exchanged by name alone",
            changed(|fields, _| fields[4] = Field::new("Other", DataType::Int64, true)),
            "column 5 of the batch is `Other` of type Int64",
        ),
        ("another type", cast("Row", 4, DataType::Utf8), "column 5 of the batch is `Row` of type Utf8"),
        (
            "another scale",
            changed(|fields, columns| {
                let decimals = Decimal128Array::from(vec![1, 2, 3, 4]).with_precision_and_scale(38, 17).unwrap();
                columns[1] = Arc::new(decimals);
                fields[1] = Field::new("Cost", DataType::Decimal128(38, 17), true);
            }),
            "column 2 of the batch is `Cost` of type Decimal128(38, 17)",
        ),
        ("other texts", cast("Text", 0, DataType::LargeUtf8), "column 1 of the batch is `Text` of type LargeUtf8"),
        (
            "another zone",
            cast("Time", 2, DataType::Timestamp(arrow::datatypes::TimeUnit::Microsecond, None)),
            "column 3 of the batch is `Time` of type Timestamp",
        ),
    ];
    for extension in EXTENSIONS {
        for (what, wrong, wanted) in &rows {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(format!("out.{extension}"));
            fs::write(&path, "the old one").unwrap();
            let mut sink = for_path(&path, batch().schema()).unwrap();
            sink.write(&batch()).unwrap();
            let error = sink.write(wrong).unwrap_err();
            assert_eq!(error.code(), "OUTLAY_WRITE", "{extension}, {what}");
            assert!(error.to_string().contains(wanted), "{extension}, {what}: {error}");
            assert!(error.to_string().starts_with(path.to_str().unwrap()), "{extension}, {what}: {error}");
            // A file that lacks a batch is not finished, whatever is written after it.
            sink.write(&batch()).unwrap();
            assert_eq!(sink.finish(&[]).unwrap_err().code(), "OUTLAY_WRITE", "{extension}, {what}");
            assert_eq!(fs::read_to_string(&path).unwrap(), "the old one", "{extension}, {what}");
            assert_eq!(files(folder.path()).len(), 1, "{extension}, {what}");
        }
        // What may be null has to be able to: the other way round it fits.
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(format!("out.{extension}"));
        let column = |is_nullable: bool| {
            let schema = Arc::new(Schema::new(vec![Field::new("Row", DataType::Int64, is_nullable)]));
            RecordBatch::try_new(schema, vec![Arc::new(Int64Array::from(vec![1, 2]))]).unwrap()
        };
        let mut sink = for_path(&path, column(false).schema()).unwrap();
        let error = sink.write(&column(true)).unwrap_err().to_string();
        assert!(error.contains("in the file it is `Row` of type Int64 without nulls"), "{extension}: {error}");
        drop(sink);
        let mut sink = for_path(&path, column(true).schema()).unwrap();
        sink.write(&column(false)).unwrap();
        sink.finish(&[]).unwrap();
        // Metadata of schema and fields is no part of it.
        let named = [("source".to_owned(), "test".to_owned())];
        let schema = batch().schema();
        let marked = schema.fields().iter().map(|field| field.as_ref().clone().with_metadata(named.clone().into()));
        let marked = Schema::new(marked.collect::<Vec<Field>>()).with_metadata(named.clone().into());
        let marked = RecordBatch::try_new(Arc::new(marked), batch().columns().to_vec()).unwrap();
        let mut sink = for_path(&path, batch().schema()).unwrap();
        sink.write(&marked).unwrap();
        sink.finish(&[]).unwrap();
        assert_eq!(files(folder.path()).len(), 1, "{extension}");
    }
}

#[test]
fn names_may_be_as_long_as_the_file_system_has_them() {
    let folder = tempfile::tempdir().unwrap();
    for extension in EXTENSIONS {
        for bytes in [10, 200, 250, 251, 254, 255] {
            let stem = bytes - extension.len() - 1;
            let name = format!("{}{}.{extension}", "é".repeat(stem / 2), "e".repeat(stem % 2));
            assert_eq!(name.len(), bytes);
            let path = folder.path().join(&name);
            write(&path, 1);
            write(&path, 1);
            assert_eq!(files(folder.path()), std::slice::from_ref(&name), "{bytes}");
            fs::remove_file(&path).unwrap();
        }
    }
}

/// A temporary file as a killed process leaves it.
fn leftover(folder: &Path, target: &str, number: u64) -> PathBuf {
    let path = folder.join(format!(".outlay-{:08x}-{number:016x}.tmp", crc32fast::hash(target.as_bytes())));
    fs::write(&path, "half of it").unwrap();
    path
}

#[test]
fn what_a_killed_process_left_is_removed_when_the_file_is_written_again() {
    for extension in EXTENSIONS {
        let folder = tempfile::tempdir().unwrap();
        let name = format!("out.{extension}");
        let path = folder.path().join(&name);
        let mut gone = vec![leftover(folder.path(), &name, 1), leftover(folder.path(), &name, u64::MAX)];
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let read_only = leftover(folder.path(), &name, 2);
            fs::set_permissions(&read_only, fs::Permissions::from_mode(0o444)).unwrap();
            gone.push(read_only);
        }
        // Of another file; held by a process; names that only look like it; what is no file.
        let held = leftover(folder.path(), &name, 3);
        let holder = File::open(&held).unwrap();
        holder.try_lock().unwrap();
        let prefix = format!(".outlay-{:08x}-", crc32fast::hash(name.as_bytes()));
        let mut kept = vec![leftover(folder.path(), "other.csv", 1), held];
        for text in
            ["0000000000000001", "0000000000000001.tmp.bak", "00000000000000001.tmp", "000000000000000g.tmp", ".tmp"]
        {
            let like = folder.path().join(format!("{prefix}{text}"));
            fs::write(&like, "a file of another program").unwrap();
            kept.push(like);
        }
        let inner = folder.path().join(format!("{prefix}{:016x}.tmp", 4));
        fs::create_dir(&inner).unwrap();
        kept.push(inner);
        #[cfg(unix)]
        {
            let pipe = folder.path().join(format!("{prefix}{:016x}.tmp", 5));
            assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
            let link = folder.path().join(format!("{prefix}{:016x}.tmp", 6));
            std::os::unix::fs::symlink(folder.path().join("nothing"), &link).unwrap();
            kept.extend([pipe, link]);
        }
        write(&path, 1);
        for path in gone {
            assert!(path.symlink_metadata().is_err(), "{extension}: {}", path.display());
        }
        for path in kept {
            assert!(path.symlink_metadata().is_ok(), "{extension}: {}", path.display());
        }
        drop(holder);
    }
}

#[test]
fn two_may_write_the_same_file() {
    for extension in EXTENSIONS {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(format!("out.{extension}"));
        let mut sinks: Vec<_> = (0..3).map(|_| for_path(&path, batch().schema()).unwrap()).collect();
        // None of them has taken the others' for leftovers.
        assert_eq!(files(folder.path()).len(), 3, "{extension}");
        sinks.iter_mut().for_each(|sink| sink.write(&batch()).unwrap());
        drop(sinks.pop());
        sinks.into_iter().for_each(|sink| sink.finish(&[]).unwrap());
        assert_eq!(files(folder.path()).len(), 1, "{extension}");
    }
}

/// Between its making and its lock a file may be taken for a leftover: then another one is made.
#[test]
fn many_write_one_file_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.csv");
    let (batch, path) = (&batch(), &path);
    std::thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(move || {
                for turn in 0..40 {
                    let mut sink = CsvSink::create(path, batch.schema()).unwrap();
                    sink.write(batch).unwrap();
                    if turn % 3 > 0 {
                        Box::new(sink).finish(&[]).unwrap();
                    }
                }
            });
        }
    });
    assert_eq!(files(folder.path()), ["out.csv"]);
}

#[cfg(unix)]
#[test]
fn a_file_has_the_mode_of_the_one_that_it_replaces() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o7777;
    for extension in EXTENSIONS {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(format!("out.{extension}"));
        fs::write(folder.path().join("usual"), "").unwrap();
        let usual = mode(&folder.path().join("usual"));
        write(&path, 1);
        assert_eq!(mode(&path), usual, "{extension}: a new file has the mode of any new file");
        for wanted in [0o600, 0o640, 0o644, 0o444, 0o666, 0o755] {
            fs::set_permissions(&path, fs::Permissions::from_mode(wanted)).unwrap();
            let old = fs::metadata(&path).unwrap();
            let mut sink = for_path(&path, batch().schema()).unwrap();
            let temporary = files(folder.path()).into_iter().find(|name| name.starts_with(".outlay-")).unwrap();
            assert_eq!(mode(&folder.path().join(temporary)), 0o600, "{extension}: no other user reads half a file");
            sink.write(&batch()).unwrap();
            sink.finish(&[]).unwrap();
            assert_eq!(mode(&path), wanted, "{extension}");
            let new = fs::metadata(&path).unwrap();
            assert_eq!((new.uid(), new.gid()), (old.uid(), old.gid()), "{extension}");
            assert_ne!(new.ino(), old.ino(), "{extension}: it is another file");
        }
    }
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_what_is_no_file_is_refused() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("far")).unwrap();
    fs::write(at("far/old.csv"), "the old one").unwrap();
    symlink(at("far/old.csv"), at("absolute.csv")).unwrap();
    symlink("far/old.csv", at("relative.csv")).unwrap();
    symlink("relative.csv", at("twice.csv")).unwrap();
    symlink("far/new.csv", at("dangling.csv")).unwrap();
    symlink("far", at("near")).unwrap();
    symlink("b.csv", at("a.csv")).unwrap();
    symlink("a.csv", at("b.csv")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(at("pipe.csv")).status().unwrap().success());
    symlink("pipe.csv", at("to-pipe.csv")).unwrap();
    fs::create_dir(at("folder.csv")).unwrap();
    symlink("/dev/null", at("null.csv")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(at("socket.csv")).unwrap();
    let whole = fs::read_to_string({
        write(&at("whole.csv"), 1);
        at("whole.csv")
    })
    .unwrap();
    for (link, file) in [
        ("absolute.csv", "far/old.csv"),
        ("relative.csv", "far/old.csv"),
        ("twice.csv", "far/old.csv"),
        ("dangling.csv", "far/new.csv"),
        ("near/old.csv", "far/old.csv"),
    ] {
        fs::write(at("far/old.csv"), "the old one").unwrap();
        let (links, before) = (fs::read_link(at(link)).ok(), files(folder.path()).len());
        write(&at(link), 1);
        assert_eq!(fs::read_to_string(at(file)).unwrap(), whole, "{link}");
        assert_eq!(fs::read_link(at(link)).ok(), links, "{link} is what it was");
        assert_eq!(files(folder.path()).len(), before, "{link}");
        assert!(files(&at("far")).iter().all(|name| name.ends_with(".csv")), "{link}");
    }
    for (name, code, wanted) in [
        ("pipe.csv", "OUTLAY_OPTION", "is a pipe, not a file: pass the path of a file"),
        ("to-pipe.csv", "OUTLAY_OPTION", "is a pipe"),
        ("folder.csv", "OUTLAY_OPTION", "is a folder"),
        ("null.csv", "OUTLAY_OPTION", "is a device"),
        ("socket.csv", "OUTLAY_OPTION", "is a socket"),
        ("a.csv", "OUTLAY_IO", "links"),
    ] {
        let error = for_path(at(name), batch().schema()).err().unwrap();
        assert_eq!(error.code(), code, "{name}: {error}");
        assert!(error.to_string().contains(wanted) && error.to_string().contains(name), "{error}");
        assert!(at(name).symlink_metadata().is_ok(), "{name} is where it was");
    }
    assert!(files(folder.path()).iter().all(|name| !name.starts_with(".outlay")));
}

/// What the first bytes of a file say about its format.
fn format_of(path: &Path) -> &'static str {
    let bytes = fs::read(path).unwrap();
    match bytes.as_slice() {
        [0x1F, 0x8B, ..] => "gzip",
        [b'P', b'A', b'R', b'1', ..] => "parquet",
        [b'A', b'R', b'R', b'O', b'W', b'1', ..] => "arrow file",
        [0xFF, 0xFF, 0xFF, 0xFF, ..] => "arrow stream",
        _ => "text",
    }
}

#[cfg(feature = "parquet")]
#[test]
fn a_file_is_what_its_name_says() {
    let folder = tempfile::tempdir().unwrap();
    #[rustfmt::skip]
    let cases = [
        ("o.parquet", "parquet"), ("O.PARQUET", "parquet"), ("o.csv", "text"), ("o.csv.gz", "gzip"), ("O.CSV.GZ", "gzip"),
        ("o.arrow", "arrow file"), ("o.feather", "arrow file"), ("o.ipc", "arrow file"), ("o.arrows", "arrow stream"), ("O.ARROWS", "arrow stream"),
    ];
    for (name, wanted) in cases {
        let path = folder.path().join(name);
        write(&path, 1);
        assert_eq!(format_of(&path), wanted, "{name}");
    }
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    let mut text = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&*read("o.csv.gz")), &mut text).unwrap();
    assert_eq!(text, read("o.csv"));
}

#[cfg(feature = "parquet")]
#[test]
fn a_name_of_another_format_is_refused() {
    #[rustfmt::skip]
    let cases = [
        ("o.parquet",     Format::Csv,     "option `output`: `o.parquet` is not the name of a file with CSV: name it .csv or .csv.gz"),
        ("o.xlsx",        Format::Csv,     "option `output`: `o.xlsx` is not the name of a file with CSV: name it .csv or .csv.gz"),
        ("o.csv.zst",     Format::Csv,     "option `output`: `o.csv.zst` is not the name of a file with CSV: name it .csv or .csv.gz"),
        ("o.gz",          Format::Csv,     "option `output`: `o.gz` is not the name of a file with CSV: name it .csv or .csv.gz"),
        ("o.csv",         Format::Parquet, "option `output`: `o.csv` is not the name of a file with Parquet: name it .parquet"),
        ("o.parquet.gz",  Format::Parquet, "option `output`: `o.parquet.gz` is not the name of a file with Parquet: name it .parquet"),
        ("o.csv.gz",      Format::Ipc,     "option `output`: `o.csv.gz` is not the name of a file with Arrow IPC: name it .arrow, .feather or .arrows"),
        // A name that says nothing.
        ("o.txt",         Format::Csv,     ""),
        ("o",             Format::Parquet, ""),
        ("o.2026-09",     Format::Ipc,     ""),
    ];
    for (name, format, wanted) in cases {
        let found = Target::new(name, format).validate().err().map(|error| error.to_string()).unwrap_or_default();
        assert_eq!(found, wanted, "{name}");
        let begun = Target::new(name, format).threads(1);
        if !wanted.is_empty() {
            assert_eq!(begun.begin(batch().schema()).err().map(|error| error.to_string()).as_deref(), Some(wanted));
        }
    }
    for name in ["o.txt", "o.gz", "o.csv.zip", "o"] {
        let error = Format::of_path(name).unwrap_err().to_string();
        assert!(error.ends_with("supported: .parquet, .arrow, .feather, .arrows, .csv, .csv.gz"), "{error}");
    }
    let safe = CsvOptions::default().spreadsheet_safe(true);
    let error = Target::for_path("o.parquet").unwrap().csv(safe).validate().unwrap_err();
    assert_eq!(
        error.to_string(),
        "option `output`: `spreadsheet_safe` is an option of CSV, but `o.parquet` is Parquet"
    );
}

#[test]
fn text_that_a_spreadsheet_would_run_is_marked_only_on_request() {
    let texts =
        ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "＝1", "－1", "a=1", "'=1", " =1", "", "{\"a\":1}", "=\"a\",b"];
    let max = 10_i128.pow(38) - 1;
    let numbers = Decimal128Array::from(vec![-max; texts.len()]).with_precision_and_scale(38, 18).unwrap();
    let columns: Vec<(&str, arrow::array::ArrayRef)> = vec![
        ("@Text", Arc::new(StringArray::from(texts.to_vec()))),
        ("Cost", Arc::new(numbers)),
        ("Row", Arc::new(Int64Array::from(vec![-1; texts.len()]))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let written = |safe: bool| {
        let path = folder.path().join("o.csv");
        let options = CsvOptions::default().spreadsheet_safe(safe);
        let mut body = Vec::new();
        let file = CsvSink::with_options(&path, batch.schema(), options).unwrap();
        let stream = CsvSink::new_with("body", &mut body, batch.schema(), options).unwrap();
        for mut sink in [Box::new(file) as Box<dyn Sink>, Box::new(stream)] {
            sink.write(&batch).unwrap();
            sink.finish(&[]).unwrap();
        }
        assert_eq!(std::fs::read(&path).unwrap(), body);
        let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_path(path).unwrap();
        reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect::<Vec<Vec<String>>>()
    };
    let (plain, safe) = (written(false), written(true));
    let first = |lines: &[Vec<String>]| lines.iter().map(|line| line[0].clone()).collect::<Vec<_>>();
    assert_eq!(first(&plain)[1..], texts);
    #[rustfmt::skip]
    assert_eq!(first(&safe), [
        "'@Text", "'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\tx", "'\rx", "'＝1", "'－1", "a=1", "'=1", " =1", "", "{\"a\":1}", "'=\"a\",b",
    ]);
    // Numbers are the same.
    assert!(plain.iter().zip(&safe).all(|(plain, safe)| plain[1..] == safe[1..]));
    assert_eq!(safe[1][2], "-1");
}

/// Readers skip row groups by account, service and amount.
#[cfg(feature = "parquet")]
#[test]
fn row_groups_have_the_least_and_the_greatest_value_of_each_column_but_maps() {
    use ::parquet::file::reader::{FileReader as _, SerializedFileReader};

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.parquet");
    write(&path, 700);
    let file = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
    let group = file.metadata().row_group(0);
    let of = |name: &str| {
        let column = group.columns().iter().find(|column| column.column_path().string() == name);
        let bounds = column.and_then(|column| column.statistics())?;
        Some((bounds.min_bytes_opt()?.to_vec(), bounds.max_bytes_opt()?.to_vec()))
    };
    let number = |bytes: &[u8]| i128::from_be_bytes(bytes.try_into().unwrap());
    assert_eq!(of("Text"), Some((b"".to_vec(), b"plain".to_vec())));
    let (least, greatest) = of("Cost").unwrap();
    assert_eq!((number(&least), number(&greatest)), (1 - 10_i128.pow(38), 96_000_000_000_000_000));
    assert_eq!(of("Row"), Some(((-2_i64).to_le_bytes().to_vec(), i64::MAX.to_le_bytes().to_vec())));
    assert!(of("Time").is_some());
    for column in group.columns().iter().filter(|column| column.column_path().string().starts_with("x_Discounts")) {
        assert!(column.statistics().is_none(), "{}", column.column_path());
    }
}
