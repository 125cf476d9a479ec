//! What a read must not call proven: checks that were not made, with their reasons.

use outlay::{Check, Guards, Outcome, Reader, ReaderBuilder, TableSchema, Totals};

use crate::support::{builder, data, push, read};

const HEADER: &str = "lineItem/UsageAccountId,bill/BillingPeriodStartDate,lineItem/LineItemType,lineItem/UnblendedCost,\
    lineItem/CurrencyCode\n";

/// Returns a report of one account: rows below [`HEADER`], without their first cell.
fn report_of(rows: &str) -> String {
    HEADER.to_owned() + &rows.lines().map(|row| format!("111122223333,{row}\n")).collect::<String>()
}

fn totals_of(builder: ReaderBuilder, rows: &str) -> Totals {
    push(builder, report_of(rows).as_bytes(), usize::MAX).unwrap().1
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
                assert_eq!(
                    (check.holds, check.applies, check.skipped, check.detail.as_str()),
                    (true, false, 1, reason)
                );
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

#[test]
fn rows_without_a_billing_period_are_counted_apart_where_months_are_selected() {
    const LOST: &str = ",Usage,438,USD\n";
    const OTHER: &str = "2023-10-01T00:00:00Z,Usage,5,USD\n";
    const WANTED: &str = "2023-11-01T00:00:00Z,Usage,2,USD\n";
    let (all, one): (&[&str], &[&str]) = (&[], &["2023-11"]);
    #[rustfmt::skip]
    let cases = [
        // periods  rows                             out  other  unknown  warned  FOCUS               the report itself
        (all,       [WANTED, OTHER, LOST].concat(),  3,   0,     0,       1,      Outcome::Proven,    Outcome::Partial),
        (all,       LOST.to_owned(),                 1,   0,     0,       0,      Outcome::Proven,    Outcome::Partial),
        (one,       [WANTED, OTHER].concat(),        1,   1,     0,       0,      Outcome::Proven,    Outcome::Partial),
        (one,       [WANTED, OTHER, LOST].concat(),  1,   1,     1,       1,      Outcome::Partial,   Outcome::Partial),
        (one,       [WANTED, LOST, LOST].concat(),   1,   0,     2,       2,      Outcome::Partial,   Outcome::Partial),
    ];
    for (periods, rows, out, other, unknown, warned, of_focus, of_cur) in cases {
        for (schema, outcome) in [(TableSchema::Focus, of_focus), (TableSchema::Cur, of_cur)] {
            let what = format!("{periods:?} {rows} {schema}");
            let totals = totals_of(Reader::builder().schema(schema).periods(periods.iter().copied()), &rows);
            let dropped = totals.rows_dropped();
            let found = (totals.rows_out(), dropped["other_period"], dropped["unknown_period"]);
            assert_eq!(found, (out, other, unknown), "{what}");
            assert_eq!(totals.parts()[0].rows_without_period, unknown, "{what}");
            let warning = totals.warnings().into_iter().find(|warning| warning.code == "unknown_period");
            // Without a selection the report itself has its rows as they are.
            let warned = if periods.is_empty() && schema == TableSchema::Cur { 0 } else { warned };
            assert_eq!(warning.as_ref().map_or(0, |warning| warning.rows), warned, "{what}");
            assert!(warning.is_none_or(|warning| warning.message.contains("bill/BillingPeriodStartDate")), "{what}");
            assert_eq!(totals.outcome(), outcome, "{what}");
            totals.check().unwrap();
            let check = check_of(&totals, "rows_accounted_for");
            assert_eq!((check.holds, check.skipped), (true, u64::from(unknown > 0)), "{what}");
            if unknown > 0 {
                assert!(not_made(&totals).contains(&check.code), "{what}");
                assert!(totals.summary().to_string().contains(&format!("{unknown} dropped: unknown_period")), "{what}");
            }
        }
    }
}

#[test]
fn months_that_the_report_does_not_have_are_not_proven() {
    const NOVEMBER: &str = "2023-11-01T00:00:00Z,Usage,2,USD\n";
    let demo = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data/report");
    #[rustfmt::skip]
    let cases = [
        // periods                          rows  outcome            reason, and a warning
        (["2023-11"].as_slice(),            1,    Outcome::Proven,   None),
        (["2023-11", "2023-12"].as_slice(), 1,    Outcome::Partial,  Some("no record is of `2023-12`; the report has records of `2023-11`")),
        (["2023-12"].as_slice(),            0,    Outcome::Unproven, Some("no record is of `2023-12`; the report has records of `2023-11`")),
    ];
    for (periods, rows, outcome, reason) in cases {
        let totals = totals_of(builder().periods(periods.iter().copied()), NOVEMBER);
        let check = check_of(&totals, "parts_of_plan");
        assert_eq!((totals.rows_out(), totals.outcome()), (rows, outcome), "{periods:?} {check:?}");
        assert_eq!((check.holds, check.skipped), (true, u64::from(reason.is_some())), "{check:?}");
        let warnings = totals.warnings();
        let warning = warnings.iter().find(|warning| warning.code == "periods_absent");
        assert_eq!(warning.map(|warning| warning.message.as_str()), reason);
        assert!(reason.is_none_or(|reason| check.detail.ends_with(reason)), "{check:?}");
        assert_eq!(totals.check().is_err(), outcome == Outcome::Unproven, "{periods:?}");
    }
    // Months of a plan.
    let both = || builder().periods(["2023-11", "2023-12"]);
    let (rows, totals) = read(both().read(&demo)).unwrap();
    assert_eq!(
        (rows.len(), totals.outcome(), not_made(&totals)),
        (175, Outcome::Partial, vec!["parts_of_plan".to_owned()])
    );
    let last = totals.summary().to_string();
    assert!(last.ends_with("2023-12: the report does not have this month; it has 2023-11"), "{last}");
    // The same of totals that were merged and compared with the plan.
    let plan = both().plan(&demo).unwrap();
    let mut merged = Totals::default();
    for part in &plan.parts {
        merged.merge(&read(both().read_part(part)).unwrap().1).unwrap();
    }
    merged.check_against(&plan).unwrap();
    assert_eq!((merged.outcome(), not_made(&merged)), (Outcome::Partial, vec!["parts_of_plan".to_owned()]));
    // Not one part is of the month.
    let (_, none) = read(builder().periods(["2023-12"]).read(&demo)).unwrap();
    assert_eq!(none.outcome(), Outcome::Unproven);
}

#[test]
fn a_report_without_rows_is_proven_with_a_warning() {
    let warned = |totals: &Totals| totals.warnings().into_iter().filter(|warning| warning.code == "no_rows").count();
    let folder = tempfile::tempdir().unwrap();
    for (name, rows) in [("r-1.csv", ""), ("r-2.csv", "2023-11-01T00:00:00Z,Usage,2,USD\n")] {
        std::fs::write(folder.path().join(name), report_of(rows)).unwrap();
    }
    let all: Vec<_> = ["r-1.csv", "r-2.csv"].map(|name| folder.path().join(name)).into();
    #[rustfmt::skip]
    let cases = [
        // files      warnings
        (&all[..1],   1),
        (&all[1..2],  0),
        (&all[..2],   0),
    ];
    for (files, warnings) in cases {
        let (_, totals) = read(builder().read(files)).unwrap();
        assert_eq!((totals.outcome(), warned(&totals)), (Outcome::Proven, warnings), "{files:?}");
        // A part of a report may be empty.
        let plan = builder().plan(files).unwrap();
        let (_, part) = read(builder().read_part(&plan.parts[0])).unwrap();
        assert_eq!(warned(&part), 0, "{files:?}");
    }
    // The month of a part without records is there, if a manifest or the folder says so.
    let month = folder.path().join("20231101-20231201");
    std::fs::create_dir(&month).unwrap();
    std::fs::rename(&all[0], month.join("r-1.csv")).unwrap();
    let (_, totals) = read(builder().periods(["2023-11"]).read(&month)).unwrap();
    assert_eq!((totals.outcome(), warned(&totals)), (Outcome::Proven, 1), "{}", totals.summary());
}
