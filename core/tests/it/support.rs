//! Helpers to read reports, with cells as text.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use outlay::{Decimal, Error, MapEncoding, Reader, ReaderBuilder, Totals};

/// A row with its cells as text. Null cells are absent.
pub type Row = BTreeMap<String, String>;

pub fn data(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(path)
}

/// Returns a builder whose maps are JSON text.
pub fn builder() -> ReaderBuilder {
    Reader::builder().maps(MapEncoding::Json)
}

/// Returns all rows of a read, and its totals.
pub fn read(reader: Result<Reader, Error>) -> Result<(Vec<Row>, Totals), Error> {
    let mut reader = reader?;
    let mut rows = Vec::new();
    for batch in &mut reader {
        rows.extend(rows_of(&batch?));
    }
    Ok((rows, reader.totals()))
}

/// Returns all rows of CSV text that is fed in pieces, and the totals.
pub fn push(builder: ReaderBuilder, csv: &[u8], piece: usize) -> Result<(Vec<Row>, Totals), Error> {
    let mut decoder = builder.decoder("report.csv")?;
    let mut rows = Vec::new();
    for mut bytes in csv.chunks(piece.max(1)) {
        while !bytes.is_empty() {
            bytes = &bytes[decoder.feed(bytes)?..];
            while let Some(batch) = decoder.next_batch()? {
                rows.extend(rows_of(&batch));
            }
        }
    }
    decoder.finish();
    while let Some(batch) = decoder.next_batch()? {
        rows.extend(rows_of(&batch));
    }
    Ok((rows, decoder.totals()))
}

pub fn rows_of(batch: &RecordBatch) -> Vec<Row> {
    let schema = batch.schema();
    let cells = |row: usize| {
        let cell = |(field, array): (&std::sync::Arc<arrow::datatypes::Field>, &arrow::array::ArrayRef)| {
            array.is_valid(row).then(|| (field.name().clone(), text(array.as_ref(), row)))
        };
        schema.fields().iter().zip(batch.columns()).filter_map(cell).collect()
    };
    (0..batch.num_rows()).map(cells).collect()
}

fn text(array: &dyn Array, row: usize) -> String {
    match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().value(row).to_owned(),
        DataType::Utf8View => array.as_string_view().value(row).to_owned(),
        DataType::Dictionary(..) => {
            let array = array.as_dictionary::<Int32Type>();
            array.values().as_string::<i32>().value(array.key(row).unwrap()).to_owned()
        }
        DataType::Decimal128(38, 18) => {
            Decimal::from_unscaled(array.as_primitive::<Decimal128Type>().value(row)).to_string()
        }
        DataType::Decimal128(..) => array.as_primitive::<Decimal128Type>().value_as_string(row),
        DataType::Float64 => array.as_primitive::<Float64Type>().value(row).to_string(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::Timestamp(..) => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(row);
            let instant = arrow::temporal_conversions::timestamp_us_to_datetime(micros).unwrap();
            instant.format("%Y-%m-%dT%H:%M:%S%.fZ").to_string()
        }
        DataType::Map(..) => {
            let map = array.as_map();
            let entries = map.value(row);
            let (keys, values) = (entries.column(0).as_string::<i32>(), entries.column(1).as_string::<i32>());
            let pairs: Vec<String> =
                (0..entries.len()).map(|index| format!("{}={}", keys.value(index), values.value(index))).collect();
            format!("{{{}}}", pairs.join(", "))
        }
        other => panic!("a column of {other}"),
    }
}

/// Returns the CSV text of a header and rows.
pub fn csv(header: &[&str], rows: &[Vec<&str>]) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    writer.write_record(header).unwrap();
    for row in rows {
        writer.write_record(row).unwrap();
    }
    writer.into_inner().unwrap()
}

/// Returns the names of the checks that do not hold.
pub fn broken(totals: &Totals) -> Vec<String> {
    totals.checks().into_iter().filter(|check| !check.holds).map(|check| check.code).collect()
}

/// Compares a generated file with its expected text; `UPDATE_GOLDEN=1` writes it.
pub fn golden(path: &Path, wanted: &str) {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(path, wanted).unwrap();
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    assert!(found == wanted, "{} is stale: UPDATE_GOLDEN=1 writes it", path.display());
}

/// Compares the section of ARCHITECTURE.md that a test generates, between two marks with its name; `UPDATE_GOLDEN=1` writes it.
pub fn architecture(test: &str, generated: &str) {
    // Several tests write sections of this file.
    static FILE: Mutex<()> = Mutex::new(());
    let _lock = FILE.lock().unwrap_or_else(PoisonError::into_inner);
    let (begin, end) = (format!("<!-- begin: written by the test `{test}` -->"), format!("<!-- end: {test} -->"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ARCHITECTURE.md");
    let docs = fs::read_to_string(&path).unwrap();
    let (before, rest) = docs.split_once(&begin).expect("ARCHITECTURE.md has the marks");
    let (_, after) = rest.split_once(&end).expect("ARCHITECTURE.md has the marks");
    golden(&path, &format!("{before}{begin}\n{generated}{end}{after}"));
}
