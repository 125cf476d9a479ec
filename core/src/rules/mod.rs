//! The mapping as data: closed lists as aligned tables, open lists as CSV, and lookups in both.
//!
//! In: line item types, codes and texts of a row. Out: charges, services, regions, units and SKUs, as printed in
//! `MAPPING.md`. Not here: columns (`normalize`), amounts, and anything that depends on more than one row.

pub(crate) mod accounts;
pub(crate) mod charges;
pub(crate) mod commitments;
pub(crate) mod regions;
pub(crate) mod resources;
pub(crate) mod services;
pub(crate) mod sku;
pub(crate) mod units;

/// Returns the records of a table of this crate. The tables are short and tested, so reading cannot fail.
fn table(csv: &'static str) -> Vec<Vec<String>> {
    let mut reader = csv_core::Reader::new();
    let (mut rows, mut row) = (Vec::new(), Vec::new());
    let mut field = [0; 512];
    let (mut rest, mut filled) = (csv.as_bytes(), 0);
    loop {
        let (result, read, written) = reader.read_field(rest, field.get_mut(filled..).unwrap_or_default());
        rest = rest.get(read..).unwrap_or_default();
        filled += written;
        match result {
            csv_core::ReadFieldResult::Field { record_end } => {
                row.push(String::from_utf8_lossy(field.get(..filled).unwrap_or_default()).into_owned());
                filled = 0;
                if record_end {
                    rows.push(std::mem::take(&mut row));
                }
            }
            csv_core::ReadFieldResult::InputEmpty => {}
            csv_core::ReadFieldResult::OutputFull | csv_core::ReadFieldResult::End => return rows,
        }
    }
}
