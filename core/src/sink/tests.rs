#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::sync::Arc;

use arrow::array::{Decimal128Array, Int64Array, MapBuilder, StringArray, StringBuilder, TimestampMicrosecondArray};
use arrow::datatypes::{Field, Schema};
use arrow::ipc::reader::StreamReader;

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
    let path = folder.path().join("out.arrow");
    write(&path, 2);
    let rows: Vec<RecordBatch> =
        StreamReader::try_new(File::open(&path).unwrap(), None).unwrap().map(Result::unwrap).collect();
    assert_eq!(rows, [batch(), batch()]);
    assert_eq!(files(folder.path()), ["out.arrow"]);
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
    for extension in ["parquet", "arrow", "csv"] {
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
