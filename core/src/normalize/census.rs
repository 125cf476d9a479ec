//! Records which of the wanted tags and extra columns the rows of the output have.

use super::column::{ColumnSource, OutputColumn};
use super::select::Selected;
use crate::decode::tags;
use crate::line_items::{Column, LineItems};
use crate::report::layout::ColumnLocation;
use crate::schema::cur::{Cur, Family};
use crate::totals::asked::AskedFor;
use crate::totals::ledger::Ledger;

/// Number of rows whose keys of the `product` map are recorded.
const EXAMINED: usize = 100;

/// What is known about the rows of one part.
#[derive(Debug, Default)]
pub(super) struct Census {
    /// Whether there are columns of tags.
    has_tags: bool,
    /// Extra columns that may be keys of the `product` map and were not found yet: index in the output and among the
    /// decoded extra columns.
    sought: Vec<(usize, usize)>,
    /// Number of rows whose keys of the `product` map were recorded.
    examined: usize,
    /// The groups of equal tags that rows of the output have, and their generation.
    seen: Vec<bool>,
    generation: u64,
    /// Whether each column of the output was found by the key of its tag, and by another spelling.
    spelled: Vec<[bool; 2]>,
}

impl Census {
    pub(super) fn of(columns: &[OutputColumn]) -> Self {
        let sought = columns.iter().enumerate().filter_map(|(place, column)| match column.source {
            ColumnSource::Extra(index, ..) => Some((place, index)),
            _ => None,
        });
        Self {
            has_tags: columns.iter().any(|column| matches!(column.source, ColumnSource::Tag(_))),
            sought: sought.collect(),
            spelled: vec![[false; 2]; columns.len()],
            ..Self::default()
        }
    }

    /// Records the tags and extra columns of selected rows.
    pub(super) fn note(
        &mut self,
        columns: &[OutputColumn],
        items: &LineItems,
        selected: &[Selected],
        has_athena_tags: bool,
        ledger: &mut Ledger,
    ) {
        if self.has_tags {
            self.note_tags(columns, items, selected, has_athena_tags, ledger);
        }
        self.note_product_keys(items, selected, ledger);
        self.sought.retain(|&(place, index)| {
            let Some(ColumnSource::Extra(_, name, _)) = columns.get(place).map(|column| &column.source) else {
                return false;
            };
            // Columns of the header were recorded with the header.
            let is_key = || matches!(items.layout.resolve(name), Some(ColumnLocation::ProductKey(_)));
            let Some(Some(Column::Text(spans))) = items.extras.get(index) else { return false };
            let has_value = selected.iter().any(|selected| !spans[selected.row as usize].is_absent());
            if has_value && let Some(asked) = ledger.asked.get_mut(&AskedFor::ExtraColumn) {
                asked.found(name);
            }
            !has_value && is_key()
        });
    }

    /// Records the keys of the `product` map of the first rows, as names that an extra column can have.
    fn note_product_keys(&mut self, items: &LineItems, selected: &[Selected], ledger: &mut Ledger) {
        let Some(field) = items.layout.field(Cur::Product).filter(|_| !self.sought.is_empty()) else { return };
        let Some(asked) = ledger.asked.get_mut(&AskedFor::ExtraColumn) else { return };
        for selected in selected {
            if self.examined >= EXAMINED {
                return;
            }
            let cell = items.provenance.cell(selected.row as usize, field, items.arena.block());
            if let Some(json) = cell.filter(|json| !json.is_empty()) {
                self.examined += 1;
                // A cell that is no object was noted when it was decoded.
                let _ = tags::walk(&json, |key, _| asked.note(&format!("product.{key}")));
            }
        }
    }

    fn note_tags(
        &mut self,
        columns: &[OutputColumn],
        items: &LineItems,
        selected: &[Selected],
        has_athena_tags: bool,
        ledger: &mut Ledger,
    ) {
        let (Some(pairs), Some(asked)) = (&items.families[Family::Tags as usize], ledger.asked.get_mut(&AskedFor::Tag))
        else {
            return;
        };
        if self.generation != pairs.groups.cells.generation() {
            self.generation = pairs.groups.cells.generation();
            self.seen.clear();
        }
        self.seen.resize(pairs.entries.ends.len(), false);
        for selected in selected {
            let Some(&group) = pairs.groups.of_rows.get(selected.row as usize) else { continue };
            if std::mem::replace(&mut self.seen[group as usize], true) {
                continue;
            }
            for &(key, _) in pairs.entries.of(group as usize) {
                let key = pairs.tail.get(key);
                asked.note(key);
                for (column, spelled) in columns.iter().zip(&mut self.spelled) {
                    let ColumnSource::Tag(tag) = &column.source else { continue };
                    let Some(place) = tag.keys(has_athena_tags).position(|known| known == key) else { continue };
                    spelled[usize::from(place > 0)] = true;
                    asked.found(&tag.name);
                    if *spelled == [true; 2] {
                        asked.is_twofold(&tag.name);
                    }
                }
            }
        }
    }
}
