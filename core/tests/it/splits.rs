//! Parts, threads, blocks and batches: every division gives the same rows and totals.

use outlay::{BillingPeriod, NegationPolicy, Outcome, Part, Reader, Totals};
use proptest::prelude::*;

use crate::support::{Row, broken, builder, data, push, read, rows_of};

fn demo() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data/report")
}

#[test]
fn parts_that_travel_as_json_add_up_to_the_whole() {
    let (whole_rows, whole) = read(builder().threads(1).read(demo())).unwrap();
    let plan = builder().plan(demo()).unwrap();
    assert_eq!(plan.parts.len(), 3);
    let mut totals = Totals::default();
    let mut rows = Vec::new();
    // In any order.
    for part in [2, 0, 1] {
        let json = serde_json::to_string(&plan.parts[part]).unwrap();
        let part: Part = serde_json::from_str(&json).unwrap();
        let (part_rows, part_totals) = read(builder().read_part(&part)).unwrap();
        rows.extend(part_rows);
        let json = serde_json::to_string(&part_totals).unwrap();
        totals.merge(&serde_json::from_str(&json).unwrap()).unwrap();
    }
    assert!(builder().closing_batch(&mut totals).unwrap().is_none());
    totals.check_against(&plan).unwrap();
    rows.sort();
    let mut wanted = whole_rows;
    wanted.sort();
    assert_eq!(rows, wanted);
    assert_eq!(totals.summary().costs, whole.summary().costs);
    let period: BillingPeriod = plan.parts[0].period.unwrap();
    assert_eq!(period.to_string(), "2023-11");
}

#[test]
fn closing_rows_come_from_merged_totals() {
    for case in ["savings-plan-residual", "savings-plan-tiny-residual", "reservation-without-unused-columns"] {
        let report = data("golden").join(case).join("report.csv");
        let (whole_rows, whole) = read(builder().read(&report)).unwrap();
        let plan = builder().plan(&report).unwrap();
        let (mut rows, mut totals) = read(builder().read_part(&plan.parts[0])).unwrap();
        assert!(broken(&totals).contains(&"closing_rows".to_owned()), "{case}: rows are due");
        let batch = builder().closing_batch(&mut totals).unwrap().expect("rows are due");
        rows.extend(rows_of(&batch));
        assert_eq!(rows, whole_rows, "{case}");
        assert_eq!(totals, whole, "{case}");
        assert_eq!(
            totals.check_against(&plan).map_err(|error| error.to_string()),
            whole.check().map_err(|error| error.to_string()),
            "{case}"
        );
        assert!(builder().closing_batch(&mut totals).unwrap().is_none(), "{case}: they are due once");
    }
}

#[test]
fn threads_change_nothing() {
    let (rows, totals) = read(builder().threads(1).read(demo())).unwrap();
    for threads in [2, 3, 8] {
        let (other_rows, other) = read(builder().threads(threads).batch_rows(7).read(demo())).unwrap();
        assert_eq!(other_rows, rows, "{threads} threads");
        assert_eq!(other, totals, "{threads} threads");
    }
    // A reader that is dropped before the end stops its threads.
    let mut reader = builder().threads(3).batch_rows(1).read(demo()).unwrap();
    assert!(reader.next().unwrap().is_ok());
    drop(reader);
}

#[test]
fn an_error_on_a_thread_stops_the_read_in_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let header = "lineItem/LineItemType,lineItem/UnblendedCost";
    let paths: Vec<_> = (1..=4)
        .map(|number| {
            let path = folder.path().join(format!("part-{number}.csv"));
            let cost = if number == 3 { "x".to_owned() } else { number.to_string() };
            std::fs::write(&path, format!("{header}\nUsage,{cost}\n")).unwrap();
            path
        })
        .collect();
    let mut reader = Reader::builder().threads(4).read(&paths).unwrap();
    assert!(reader.next().unwrap().is_ok());
    assert!(reader.next().unwrap().is_ok());
    let error = reader.next().unwrap().unwrap_err();
    assert_eq!(error.at().unwrap().object, "part-3.csv");
    assert!(reader.next().is_none());
    let totals = reader.totals();
    assert_eq!(broken(&totals)[0], "parts_complete");
}

#[test]
fn a_reader_that_is_not_read_to_its_end_proves_nothing() {
    let mut reader = builder().batch_rows(10).threads(1).read(demo()).unwrap();
    reader.next().unwrap().unwrap();
    assert_eq!(reader.totals().outcome(), Outcome::Partial);
    assert!(reader.totals().check().unwrap_err().to_string().contains("the read was ended early"));
    for batch in &mut reader {
        batch.unwrap();
    }
    reader.totals().check().unwrap();
}

#[test]
fn negations_can_be_kept() {
    let report = data("golden/savings-plan/report.csv");
    let (rows, totals) = read(builder().negation(NegationPolicy::Keep).read(&report)).unwrap();
    let costs: Vec<(&str, &str)> =
        rows.iter().map(|row| (row["x_LineItemType"].as_str(), row["BilledCost"].as_str())).collect();
    assert_eq!(costs[..2], [("SavingsPlanCoveredUsage", "1.5"), ("SavingsPlanNegation", "-1.5")]);
    assert!(!rows[1].contains_key("PricingQuantity"));
    totals.check().unwrap();
    let residual = data("golden/savings-plan-residual/report.csv");
    let (rows, totals) = read(builder().negation(NegationPolicy::Keep).read(residual)).unwrap();
    assert_eq!(rows.len(), 4, "no closing row: the cash is there row by row");
    assert_eq!(broken(&totals), ["savings_plan_negation"]);
}

#[test]
fn hours_to_come_are_not_unused() {
    let csv = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,lineItem/UsageStartDate,savingsPlan/SavingsPlanARN,\
               savingsPlan/TotalCommitmentToDate,savingsPlan/UsedCommitment\n\
               SavingsPlanRecurringFee,0.5,USD,2026-01-10T00:00:00Z,plan,1,0.25\n\
               SavingsPlanRecurringFee,0.5,USD,2026-01-10T01:00:00Z,plan,1,0\n";
    for (as_of, effective) in [("2026-01-10T01:00:00Z", "0.75"), ("2026-01-11", "1.75")] {
        let (_, totals) = push(builder().as_of(as_of), csv.as_bytes(), usize::MAX).unwrap();
        assert_eq!(totals.costs()["USD"].effective.to_string(), effective, "{as_of}");
        assert!(!broken(&totals).contains(&"effective_cost".to_owned()));
    }
}

#[derive(Clone, Debug)]
struct Line(u8, i64, u32, bool);

/// Returns rows of several types, with costs in many notations.
fn report(lines: &[Line]) -> String {
    let mut csv = String::from(
        "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,bill/InvoiceId,lineItem/UsageAccountId,\
         savingsPlan/SavingsPlanARN,savingsPlan/SavingsPlanEffectiveCost,lineItem/LineItemDescription\n",
    );
    for Line(kind, cost, exponent, quoted) in lines {
        let (kind, plan) = [
            ("Usage", ""),
            ("Tax", ""),
            ("Credit", ""),
            ("SavingsPlanCoveredUsage", "p1"),
            ("SavingsPlanNegation", "p1"),
            ("SavingsPlanCoveredUsage", "p2"),
            ("Fee", ""),
            ("Odd", ""),
        ][*kind as usize];
        let description = if *quoted { "\"a, \"\"b\"\"\nc\"" } else { "plain" };
        csv += &format!("{kind},{cost}E-{exponent},USD,i{},{},{plan},{},{description}\n", cost % 3, cost % 2, exponent);
    }
    csv
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_division_gives_equal_rows_and_totals(
        lines in prop::collection::vec((0_u8..8, -10_000_i64..10_000, 0_u32..22, any::<bool>()).prop_map(|(a, b, c, d)| Line(a, b, c, d)), 1..40),
        cut in 0_usize..40, block_bytes in 1_usize..400, batch_rows in 1_usize..9, piece in 1_usize..200,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, lines: &[Line]| {
            let path = folder.path().join(name);
            std::fs::write(&path, report(lines)).unwrap();
            path
        };
        let (head, tail) = lines.split_at(cut.min(lines.len()));
        // Two parts with the same rows would be refused as one part that is given twice.
        prop_assume!(report(head) != report(tail));
        let one = write("one.csv", &lines);
        let two = [write("head.csv", head), write("tail.csv", tail)];
        let (mut whole_rows, whole) = read(builder().read(&one)).unwrap();
        let small = || builder().block_bytes(block_bytes).batch_rows(batch_rows);
        let (mut split_rows, split) = read(small().read(two)).unwrap();
        let summary = |totals: &Totals| (totals.summary().costs, totals.rows_in(), totals.rows_out(), broken(totals));
        prop_assert_eq!(summary(&split), summary(&whole));
        let sorted = |rows: &mut Vec<Row>| rows.sort();
        sorted(&mut whole_rows);
        sorted(&mut split_rows);
        prop_assert_eq!(split_rows, whole_rows);
        // The billed total equals the sum of the input, added up by another library.
        let mut sum = bigdecimal::BigDecimal::from(0);
        for Line(_, cost, exponent, _) in &lines {
            sum += bigdecimal::BigDecimal::new((*cost).into(), i64::from(*exponent));
        }
        let billed: bigdecimal::BigDecimal = whole.costs()["USD"].billed.to_string().parse().unwrap();
        let lost: bigdecimal::BigDecimal = whole.summary().rounding.get("USD").map_or("0".to_owned(), |lost| lost.billed.to_string()).parse().unwrap();
        prop_assert_eq!(billed + lost, sum);
        let pushed = push(small(), report(&lines).as_bytes(), piece).unwrap().1;
        prop_assert_eq!(pushed.rows_in(), whole.rows_in());
    }
}
