//! What a read must not call proven: checks that were not made, with their reasons.

use outlay::{Check, Guards, Outcome, Reader, ReaderBuilder, TableSchema, Totals};

use crate::support::{builder, data, push, read};

const HEADER: &str = "bill/BillingPeriodStartDate,lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\n";

/// Reads the rows below [`HEADER`].
fn totals_of(builder: ReaderBuilder, rows: &str) -> Totals {
    push(builder, format!("{HEADER}{rows}").as_bytes(), usize::MAX).unwrap().1
}

fn check_of(totals: &Totals, code: &str) -> Check {
    totals.checks().into_iter().find(|check| check.code == code).unwrap()
}

/// Returns the codes of the checks of money or completeness that were not made, or not in full.
fn not_made(totals: &Totals) -> Vec<String> {
    let is_not_made = |check: &Check| {
        matches!(check.guards, Guards::Money | Guards::Completeness) && (!check.applies || check.skipped > 0)
    };
    totals.checks().into_iter().filter(is_not_made).map(|check| check.code).collect()
}

#[test]
fn the_report_itself_is_partial_because_no_money_is_compared() {
    let cur = || Reader::builder().schema(TableSchema::Cur);
    let fee = "2023-11-01T00:00:00Z,SavingsPlanUpfrontFee,,USD\n";
    // The cost of the row is unknown, and only a read that maps it to FOCUS can see that.
    assert_eq!(totals_of(builder(), fee).outcome(), Outcome::Unproven);
    let (_, of_file) = read(cur().read(data("samples/legacy-csv-daily-2023-11.csv.gz"))).unwrap();
    for totals in [totals_of(cur(), fee), totals_of(cur(), ""), of_file] {
        assert_eq!(totals.outcome(), Outcome::Partial);
        totals.check().unwrap();
        assert!(totals.costs().is_empty());
        for check in totals.checks() {
            let is_made = ["parts_complete", "parts_of_plan", "nothing_quarantined", "rows_accounted_for"];
            if is_made.contains(&check.code.as_str()) {
                assert!(check.holds && check.applies && check.skipped == 0, "{check:?}");
            } else {
                let reason = "not compared: the read has `schema` cur, whose rows have no FOCUS costs";
                assert_eq!((check.holds, check.applies, check.skipped, check.detail.as_str()), (true, false, 1, reason));
            }
        }
        let last = totals.summary().to_string();
        let last = last.lines().last().unwrap();
        assert!(last.starts_with("partial: ") && last.contains("costs_known, currency_known, arrays_match"), "{last}");
        assert_eq!(last.matches("schema").count(), 1, "the reason is there once: {last}");
    }
}

#[test]
fn a_check_of_columns_that_were_not_read_says_so() {
    let report = || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data/report");
    let (all, some, none) = (
        None,
        Some(["ListCost", "ListUnitPrice", "PricingQuantity", "PricingUnit"].as_slice()),
        Some(["ServiceName", "BilledCost"].as_slice()),
    );
    let whole = "report";
    #[rustfmt::skip]
    let cases = [
        // rows  columns  applies  is skipped  detail, from its end
        (whole,  all,     true,    false,      " compared)"),
        (whole,  some,    true,    true,       " compared), but not for columns that were not read"),
        (whole,  none,    false,   true,       "not compared: columns that it compares were not read"),
        ("",     none,    false,   false,      "the report has no such rows"),
    ];
    for (rows, columns, applies, is_skipped, detail) in cases {
        let options = || match columns {
            Some(columns) => builder().columns(columns.iter().copied()),
            None => builder(),
        };
        let totals = if rows == whole { read(options().read(report())).unwrap().1 } else { totals_of(options(), rows) };
        for code in ["unit_prices", "null_rules"] {
            let check = check_of(&totals, code);
            let found = (check.holds, check.applies, check.skipped > 0);
            assert_eq!(found, (true, applies, is_skipped), "{columns:?} {check:?}");
            assert!(check.detail.ends_with(detail), "{columns:?} {check:?}");
            let guards = if applies || is_skipped { Guards::Form } else { Guards::Nothing };
            assert_eq!(check.guards, guards, "{columns:?}");
        }
        // They guard no money.
        assert_eq!(totals.outcome(), Outcome::Proven, "{columns:?}");
        let same: Totals = serde_json::from_str(&serde_json::to_string(&totals).unwrap()).unwrap();
        assert_eq!(same.checks(), totals.checks());
    }
}
