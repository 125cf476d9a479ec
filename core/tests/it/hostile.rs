//! Untrusted input: no panic, and all returned rows are accounted for.

use outlay::{OnError, Reader};
use proptest::prelude::*;

use crate::support::{broken, builder, data, push};

const CASES: [&str; 6] =
    ["savings-plan", "reservation", "trap-cur2-maps", "trap-quotes", "usage-net", "trap-colliding-tags"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// A report with changed, inserted or removed bytes is refused, or its bad records are set aside and
    /// the others are proven.
    #[test]
    fn mutated_reports_are_refused_or_accounted_for(
        case in 0..CASES.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..3), 1..6),
        block_bytes in 1_usize..2_000, piece in 1_usize..500,
    ) {
        let mut csv = std::fs::read(data("golden").join(CASES[case]).join("report.csv")).unwrap();
        for (at, byte, change) in changes {
            let at = at.index(csv.len());
            match change {
                0 => csv[at] = byte,
                1 => csv.insert(at, byte),
                _ => drop(csv.remove(at)),
            }
        }
        let builder = builder().on_error(OnError::Quarantine).block_bytes(block_bytes).record_bytes(4_000).batch_rows(3);
        if let Ok((rows, totals)) = push(builder, &csv, piece) {
            prop_assert_eq!(rows.len() as u64, totals.rows_out());
            let broken = broken(&totals);
            for name in ["rows_accounted_for", "arrays_match", "billed_cost", "effective_cost", "billed_cost_by_invoice", "null_rules"] {
                prop_assert!(!broken.contains(&name.to_owned()), "{name}: {:?}", totals.checks());
            }
        }
    }

    /// The same, with other options.
    #[test]
    fn the_typed_table_takes_anything(bytes in prop::collection::vec(any::<u8>(), 0..400), gzip in any::<bool>()) {
        let header = b"lineItem/LineItemType,lineItem/UnblendedCost,tags,bill/BillingPeriodStartDate\n";
        let csv = if gzip { [b"\x1F\x8B\x08", &bytes[..]].concat() } else { [&header[..], &bytes].concat() };
        let table = Reader::builder().schema(outlay::TableSchema::Cur).on_error(OnError::Quarantine).record_bytes(200);
        if let Ok((rows, totals)) = push(table, &csv, 7) {
            prop_assert_eq!(rows.len() as u64 + totals.rows_quarantined(), totals.rows_in());
        }
    }

    /// Manifests are untrusted input too.
    #[test]
    fn manifests_of_any_kind_never_lead_outside(
        keys in prop::collection::vec("(\\.\\./|/|s3://b/|C:\\\\|[a-c]/){0,4}[a-c]?(\\.csv)?", 0..4),
        junk in "[\\[\\]{}\":,a-z0-9]{0,30}", which in 0_u8..3,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let keys = serde_json::to_string(&keys).unwrap();
        let manifest = match which {
            0 => format!("{{\"reportKeys\":{keys}}}"),
            1 => format!("{{\"dataFiles\":{keys},\"billingPeriod\":\"{}\"}}", junk.replace('"', "")),
            _ => junk,
        };
        std::fs::create_dir(folder.path().join("in")).unwrap();
        std::fs::write(folder.path().join("in/R-Manifest.json"), manifest).unwrap();
        std::fs::write(folder.path().join("a.csv"), "outside").unwrap();
        if let Ok(plan) = Reader::builder().plan(folder.path().join("in")) {
            prop_assert!(plan.parts.is_empty(), "{plan:?}");
        }
    }
}

/// Sums are kept for each currency, so their number is bounded.
#[test]
fn more_currencies_than_there_are_in_the_world_are_refused() {
    let report = |currencies: u32| {
        let letter = |number: u32| char::from(b'A' + (number % 26) as u8);
        let row = |number: u32| format!("Usage,1,{}{}{}\n", letter(number / 676), letter(number / 26), letter(number));
        let rows: String = (0..currencies).map(row).collect();
        format!("lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\n{rows}")
    };
    let (rows, _) = push(builder(), report(256).as_bytes(), 1_000).unwrap();
    assert_eq!(rows.len(), 256);
    let error = push(builder(), report(257).as_bytes(), 1_000).unwrap_err();
    assert_eq!(error.code(), "OUTLAY_FORMAT");
    assert!(error.to_string().contains("more than 256 currencies"), "{error}");
}
