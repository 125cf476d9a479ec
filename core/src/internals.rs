//! Doors into single stages, for the benchmarks and the fuzzers of this repository; no part of the API.

use std::sync::Arc;

use crate::csv::records::{Blocks, Limits, Unquoted, unquote};
use crate::error::Result;
use crate::report::manifest::Manifest;

/// Microseconds since 1970 of a timestamp of a report.
pub fn timestamp(text: &[u8]) -> Option<i64> {
    crate::decode::timestamp::parse(text)
}

/// Whether the bytes are a manifest.
pub fn manifest(json: &[u8]) -> bool {
    Manifest::parse("manifest.json", json).is_ok()
}

/// What the records of an object hold.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// The names of the columns.
    pub header: Vec<String>,
    /// The fields of each record, without quotes.
    pub records: Vec<Vec<String>>,
    /// Records set aside: ragged, or not UTF-8.
    pub refused: Vec<Vec<u8>>,
    /// Blank lines between records.
    pub blank_lines: u64,
}

/// Reads all records of an object that comes in pieces of a size, through blocks of a size.
pub fn records(object: &[u8], piece_bytes: usize, block_bytes: usize) -> Result<Fields> {
    let limits = Limits { block_bytes, ..Limits::default() };
    let mut blocks = Blocks::new(Arc::from("object"), limits);
    let mut fields = Fields::default();
    for mut piece in object.chunks(piece_bytes.max(1)) {
        while !piece.is_empty() {
            let taken = blocks.feed(piece)?;
            piece = piece.get(taken..).unwrap_or_default();
            take(&mut blocks, &mut fields)?;
        }
    }
    blocks.finish();
    take(&mut blocks, &mut fields)?;
    fields.header = blocks.header().unwrap_or_default().to_vec();
    Ok(fields)
}

fn take(blocks: &mut Blocks, fields: &mut Fields) -> Result<()> {
    while let Some(records) = blocks.next()? {
        let width = blocks.header().map_or(0, <[String]>::len);
        for row in 0..records.rows() {
            let text = |column| match unquote(records.bytes(), records.field(row, column)) {
                Unquoted::Plain(range) => records.text(range).to_owned(),
                Unquoted::Doubled(range) => records.text(range).replace("\"\"", "\""),
            };
            fields.records.push((0..width).map(text).collect());
        }
        fields.blank_lines += records.blank_lines;
        fields.refused.extend(records.refused.iter().map(|refused| refused.raw.clone()));
    }
    Ok(())
}
