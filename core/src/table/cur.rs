//! The typed table of the report itself, without the mapping to FOCUS.
//!
//! In: line items with every column. Out: batches with the column names of CUR 2.0: money as decimals, times as
//! instants, maps as maps. Tags, cost categories, discounts and product attributes of the legacy report are in the maps
//! that CUR 2.0 has for them. Text is not trimmed: a blank cell is null, an empty text in quotes is an empty text.

use std::collections::{HashMap, HashSet};

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{Field, SchemaRef};

use super::column::{Builder, LONG};
use super::narrow::{CellCounts, Narrowing, OutOfRange};
use crate::decode::assemble::Wanted;
use crate::error::{Error, Result, clip};
use crate::line_items::span::Span;
use crate::line_items::{Column, LineItems};
use crate::report::layout::Layout;
use crate::schema::cur::{Cur, ValueType, athena_name};
use crate::schema::encoding::{DecimalEncoding, MapEncoding, TagPolicy, TextEncoding};
use crate::schema::focus::{Focus, FocusVersion, Type};
use crate::value::json;
use crate::value::near::nearest;

/// The source of a column of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
enum CurColumnSource {
    Known(Cur),
    /// A column that is not a CUR column, by its index among the extra ones.
    Other(usize),
}

/// A batch of the table being built.
#[derive(Debug)]
pub(crate) struct CurTable {
    narrowing: Narrowing,
    columns: Vec<(String, CurColumnSource)>,
    builders: Vec<Builder>,
    maps: MapEncoding,
    rows: usize,
    batch_rows: usize,
    json: String,
}

impl CurTable {
    /// Creates a table of all columns in the headers, or of those selected by either of their names.
    ///
    /// Fails with [`Error::Option`] if a selected column is not in the headers.
    pub(crate) fn new(
        headers: &[&Layout],
        asked: Option<&[String]>,
        (maps, text, decimals): (MapEncoding, TextEncoding, DecimalEncoding),
        batch_rows: usize,
    ) -> Result<Self> {
        let mut columns: Vec<(String, CurColumnSource)> = Cur::ALL
            .iter()
            .filter(|&&column| column.product_key().is_none() && headers.iter().any(|layout| has(layout, column)))
            .map(|&column| (column.cur2().to_owned(), CurColumnSource::Known(column)))
            .collect();
        let mut others: Vec<String> =
            headers.iter().flat_map(|layout| &layout.other).map(|(name, _)| athena_name(name)).collect();
        others.sort_unstable();
        others.dedup();
        // If a custom column has the name of a CUR column, the warnings of the header report it.
        let known: HashSet<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        others.retain(|name| !known.contains(name.as_str()));
        columns.extend(others.into_iter().enumerate().map(|(index, name)| (name, CurColumnSource::Other(index))));
        if let Some(asked) = asked {
            let mut chosen = Vec::new();
            let places: HashMap<&str, usize> =
                columns.iter().enumerate().map(|(place, (known, _))| (known.as_str(), place)).collect();
            for name in asked {
                let wanted = Cur::by_name(name).map_or_else(|| athena_name(name), |column| column.cur2().to_owned());
                let place = places.get(wanted.as_str()).ok_or_else(|| no_column(name, places.keys().copied()))?;
                chosen.push(columns[*place].clone());
            }
            columns = chosen;
        }
        let value_type = |source: &CurColumnSource| match source {
            CurColumnSource::Known(column) => match column.value_type() {
                ValueType::Text => Type::Text,
                ValueType::Decimal => Type::Decimal,
                ValueType::Time => Type::Time,
                ValueType::Map => Type::Map,
            },
            CurColumnSource::Other(_) => Type::Text,
        };
        let fields: Vec<Field> =
            columns.iter().map(|(name, source)| Field::new(name, value_type(source).arrow(maps, text), true)).collect();
        // A table with many columns starts with a small capacity, because it may have few rows.
        let rows = batch_rows.min(CELLS / columns.len().max(1));
        let builders = columns.iter().map(|(_, source)| Builder::new(value_type(source), maps, text, rows)).collect();
        let narrowing = Narrowing::new(fields, decimals);
        Ok(Self { narrowing, columns, builders, maps, rows: 0, batch_rows, json: String::new() })
    }

    /// The schema of all batches.
    pub(crate) fn schema(&self) -> &SchemaRef {
        self.narrowing.schema()
    }

    /// The columns to decode for the table.
    pub(crate) fn wanted(&self) -> Wanted {
        let others = self.columns.iter().filter_map(|(name, source)| match source {
            CurColumnSource::Other(index) => Some((*index, name)),
            CurColumnSource::Known(_) => None,
        });
        let mut extras = Vec::new();
        for (index, name) in others {
            extras.resize(extras.len().max(index + 1), String::new());
            extras[index].clone_from(name);
        }
        let mut wanted = Wanted::new(TagPolicy::Exact, extras);
        for (_, source) in &self.columns {
            if let CurColumnSource::Known(column) = source {
                wanted.add(*column);
            }
        }
        wanted
    }

    /// Number of rows that still fit in the current batch.
    pub(crate) fn room(&self) -> usize {
        let is_long = self.builders.iter().any(|builder| builder.text_bytes() > LONG);
        if is_long { 0 } else { self.batch_rows - self.rows }
    }

    /// Fails if a number of a row is out of range of the type that the caller selected.
    pub(crate) fn check_range(&self, items: &LineItems, row: usize) -> Result<(), OutOfRange> {
        let decimals = self.narrowing.decimals();
        if decimals.holds_all() {
            return Ok(());
        }
        for (name, source) in &self.columns {
            let CurColumnSource::Known(column) = source else { continue };
            let Some(Column::Decimal(numbers)) = items.column(*column) else { continue };
            if let Some(value) = numbers.get(row).filter(|value| !decimals.holds(*value)) {
                return Err(OutOfRange { column: name.clone(), value });
            }
        }
        Ok(())
    }

    /// Appends rows, at most [`CurTable::room`] of them.
    pub(crate) fn append(&mut self, items: &LineItems, rows: &[u32]) {
        for ((_, source), builder) in self.columns.iter().zip(&mut self.builders) {
            let column = match source {
                CurColumnSource::Known(column) => items.column(*column),
                CurColumnSource::Other(index) => items.extras.get(*index).and_then(Option::as_ref),
            };
            if let Builder::Text(texts) = &mut *builder {
                texts.attach(&items.arena);
            }
            let text = |span: Span| (!span.is_absent()).then(|| items.arena.get(span));
            for &row in rows {
                let row = row as usize;
                match (column, &mut *builder) {
                    (Some(Column::Text(spans)), Builder::Text(_)) => builder.text(text(spans[row])),
                    (Some(Column::Decimal(decimals)), Builder::Decimal(_)) => builder.decimal(decimals.get(row)),
                    (Some(Column::Time(times)), Builder::Time(_)) => builder.time(times.get(row)),
                    (Some(Column::Map(entries)), _) => {
                        let pairs = entries.of(row).iter().map(|&(key, value)| (items.arena.get(key), text(value)));
                        let pairs = entries.present[row].then_some(pairs);
                        match self.maps {
                            MapEncoding::Map => builder.map(pairs),
                            MapEncoding::Json => {
                                self.json.clear();
                                let present = pairs.map(|pairs| json::write_object(&mut self.json, pairs, |_| false));
                                builder.text(present.map(|()| self.json.as_str()));
                            }
                        }
                    }
                    (_, Builder::Text(_)) => builder.text(None),
                    (_, Builder::Decimal(_)) => builder.decimal(None),
                    (_, Builder::Time(_)) => builder.time(None),
                    (_, Builder::Integer(_)) => builder.integer(None),
                    (_, Builder::Map(_)) => builder.map(None::<std::iter::Empty<_>>),
                }
            }
        }
        self.rows += rows.len();
    }

    /// Returns the batch and the number of rounded cells by column; `None` if it has no rows. Fails if a number is out
    /// of range: [`CurTable::check_range`] rejects its row before.
    pub(crate) fn finish(&mut self) -> Result<Option<(RecordBatch, CellCounts)>, OutOfRange> {
        if self.rows == 0 {
            return Ok(None);
        }
        let arrays: Vec<ArrayRef> = self.builders.iter_mut().map(Builder::finish).collect();
        let rows = std::mem::take(&mut self.rows);
        self.narrowing.convert(self.narrowing.exact_batch(arrays, rows)).map(Some)
    }
}

/// The error for a column that no header has.
fn no_column<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Error {
    let candidates: Vec<String> = nearest(name, known, 3).into_iter().map(|name| clip(name.as_bytes())).collect();
    let remedy = match candidates.first() {
        Some(near) => format!("did you mean `{near}`?"),
        None if Focus::by_name(name, FocusVersion::default()).is_some() => {
            "it is a column of FOCUS: read it without the schema `cur`".to_owned()
        }
        None if name.starts_with("resourceTags/") || name.starts_with("user:") => {
            "all tags are in the column `resource_tags`: select that one".to_owned()
        }
        None => "select columns that its header has".to_owned(),
    };
    let reason = format!("the report has no column `{}`; {remedy}", clip(name.as_bytes()));
    Error::NoMatch { option: "columns", reason, candidates }
}

/// Maximum capacity of a new table, in cells.
const CELLS: usize = 1 << 22;

/// Returns whether a file has a column of the table. A map also counts if the file has flat columns for it.
fn has(layout: &Layout, column: Cur) -> bool {
    layout.field(column).is_some()
        || match column {
            Cur::ResourceTags => !layout.tags.is_empty(),
            Cur::CostCategory => !layout.cost_categories.is_empty(),
            Cur::Product => !layout.product.is_empty(),
            Cur::Discount => layout.discounts.iter().any(|(key, _)| key != "BundledDiscount"),
            _ => false,
        }
}
