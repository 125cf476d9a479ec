//! Mutations of a proven report: each one must be detected, or be listed in `PROOF.md` among those that
//! cannot be detected.

use outlay::{Outcome, Reader, Totals};
use serde_json::{Value, json};

use crate::bill::{COLUMNS, RESERVATION, Report};
use crate::support::broken;

/// How a mutation is detected: a broken check, a skipped check, or an error.
enum Seen {
    Broken(&'static str),
    Skipped(&'static str),
    Error(&'static str),
}

use Seen::{Broken, Error, Skipped};

fn assert_seen(name: &str, report: &Report, seen: &Seen) {
    match (report.read(), seen) {
        (Ok(totals), Broken(check)) => {
            assert!(broken(&totals).iter().any(|name| name == check), "{name}: broken is {:?}", broken(&totals));
            assert_eq!(totals.outcome(), Outcome::Unproven, "{name}");
            assert!(totals.check().is_err(), "{name}");
        }
        (Ok(totals), Skipped(name_of_check)) => {
            let check = totals.checks().into_iter().find(|check| check.code == *name_of_check).unwrap();
            assert!(check.skipped > 0, "{name}: {check:?}");
            assert_eq!(totals.outcome(), Outcome::Partial, "{name}: {:?}", broken(&totals));
        }
        (Err(error), Error(code)) => assert_eq!(error.code(), *code, "{name}: {error}"),
        (Ok(totals), Error(code)) => panic!("{name}: {} instead of {code}", totals.outcome()),
        (Err(error), _) => panic!("{name}: {error}"),
    }
}

#[test]
fn the_report_is_proven_as_it_is() {
    let totals = Report::whole().read().unwrap();
    assert_eq!(totals.outcome(), Outcome::Proven, "{}", totals.summary());
    assert_eq!(totals.rows_in(), Report::whole().rows.len() as u64);
}

/// Every cell that a cost is computed from: without its column, and with blank cells.
#[test]
fn a_cell_that_a_cost_is_made_of_is_missed() {
    #[rustfmt::skip]
    let cases: &[(&str, &str, Seen, Seen)] = &[
        // line item type            cell                                                      without the column            with blank cells
        ("Usage",                    "lineItem/UnblendedCost",                                 Error("OUTLAY_MISSING_COLUMN"), Broken("costs_known")),
        ("Fee",                      "lineItem/UnblendedCost",                                 Error("OUTLAY_MISSING_COLUMN"), Broken("costs_known")),
        ("Tax",                      "lineItem/UnblendedCost",                                 Error("OUTLAY_MISSING_COLUMN"), Broken("costs_known")),
        ("Credit",                   "lineItem/UnblendedCost",                                 Error("OUTLAY_MISSING_COLUMN"), Broken("costs_known")),
        ("Refund",                   "lineItem/UnblendedCost",                                 Error("OUTLAY_MISSING_COLUMN"), Broken("costs_known")),
        ("EdpDiscount",              "lineItem/UnblendedCost",                                 Error("OUTLAY_MISSING_COLUMN"), Broken("costs_known")),
        ("DiscountedUsage",          "lineItem/UnblendedCost",                                 Error("OUTLAY_MISSING_COLUMN"), Broken("costs_known")),
        ("RIFee",                    "lineItem/UnblendedCost",                                 Error("OUTLAY_MISSING_COLUMN"), Broken("costs_known")),
        ("SavingsPlanCoveredUsage",  "lineItem/UnblendedCost",                                 Error("OUTLAY_MISSING_COLUMN"), Broken("costs_known")),
        ("SavingsPlanRecurringFee",  "lineItem/UnblendedCost",                                 Error("OUTLAY_MISSING_COLUMN"), Broken("costs_known")),
        ("SavingsPlanNegation",      "lineItem/UnblendedCost",                                 Error("OUTLAY_MISSING_COLUMN"), Broken("costs_known")),
        ("SavingsPlanCoveredUsage",  "savingsPlan/SavingsPlanEffectiveCost",                   Broken("costs_known"),        Broken("costs_known")),
        ("SavingsPlanRecurringFee",  "savingsPlan/TotalCommitmentToDate",                      Broken("costs_known"),        Broken("costs_known")),
        ("SavingsPlanRecurringFee",  "savingsPlan/UsedCommitment",                             Broken("costs_known"),        Broken("costs_known")),
        ("DiscountedUsage",          "reservation/EffectiveCost",                              Broken("costs_known"),        Broken("costs_known")),
        ("RIFee",                    "reservation/UnusedRecurringFee",                         Broken("costs_known"),        Broken("costs_known")),
        ("RIFee",                    "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod",  Broken("costs_known"),        Broken("costs_known")),
        ("RIFee",                    "reservation/AmortizedUpfrontFeeForBillingPeriod",        Skipped("reservation_cost"),  Skipped("reservation_cost")),
        ("SavingsPlanCoveredUsage",  "savingsPlan/SavingsPlanARN",                             Skipped("savings_plan_quantity"), Broken("savings_plan_negation")),
        ("Usage",                    "lineItem/CurrencyCode",                                  Skipped("currency_known"),    Skipped("currency_known")),
    ];
    for (line_item_type, cell, dropped, blanked) in cases {
        let column = *COLUMNS.iter().find(|column| *column == cell).unwrap();
        assert_seen(&format!("{line_item_type} without {cell}"), &Report::whole().without(cell), dropped);
        let blank = Report::whole().set(line_item_type, column, "");
        assert_seen(&format!("{line_item_type} with blank {cell}"), &blank, blanked);
    }
}

/// Missing columns that determine the meaning of a row, or whether it can be checked; and invalid ARNs.
#[test]
fn a_cell_that_decides_is_missed() {
    let whole = Report::whole;
    let both = whole()
        .without("reservation/AmortizedUpfrontFeeForBillingPeriod")
        .without("reservation/UnusedAmortizedUpfrontFeeForBillingPeriod");
    let unnamed = ["DiscountedUsage", "RIFee", "Fee"]
        .into_iter()
        .fold(whole(), |report, line_item_type| report.set(line_item_type, "reservation/ReservationARN", ""));
    #[rustfmt::skip]
    let cases: Vec<(&str, Report, Seen)> = vec![
        ("both upfront columns",         both,                                                                               Broken("costs_known")),
        ("the ARN column",               whole().without("reservation/ReservationARN"),                                      Broken("costs_known")),
        ("the ARN in every row",         unnamed,                                                                            Broken("costs_known")),
        ("the ARN of used reservations", whole().set("DiscountedUsage", "reservation/ReservationARN", ""),                   Broken("reservation_cost")),
        ("the ARN of a plan's fee",      whole().set("SavingsPlanRecurringFee", "savingsPlan/SavingsPlanARN", ""),           Skipped("savings_plan_quantity")),
        ("the invoice column",           whole().without("bill/InvoiceId"),                                                  Skipped("savings_plan_cost")),
        ("the account column",           whole().without("lineItem/UsageAccountId"),                                         Skipped("billed_cost_by_sub_account")),
        ("a currency that is none",      whole().changed("Usage", "lineItem/CurrencyCode", "US DOLLAR"),                     Broken("currency_known")),
        ("a fee of #REF!",               whole().changed("Fee", "reservation/ReservationARN", "#REF!"),                      Broken("costs_known")),
        ("a monthly fee of #REF!",       whole().changed("Fee", "reservation/ReservationARN", "#REF!").set("Fee", "bill/BillType", "Anniversary"), Broken("costs_known")),
        ("the ARN of an upfront fee",    whole().set("Fee", "reservation/ReservationARN", "").set("Fee", "lineItem/UsageType", "HeavyUsage:m5.large"), Broken("costs_known")),
        ("a sign-up charge's ARN",       whole().set("Fee", "reservation/ReservationARN", "").set("Fee", "lineItem/LineItemDescription", "Sign up charge for subscription: 1, planId: 2"), Broken("costs_known")),
        ("a fee of an apostrophe",       whole().changed("Fee", "reservation/ReservationARN", &format!("'{RESERVATION}")),   Broken("costs_known")),
    ];
    for (name, report, seen) in &cases {
        assert_seen(name, report, seen);
    }
}

/// In a plan with discounts, each part of the commitment that is not 0 has a net and a gross cell.
#[test]
fn a_part_of_a_net_commitment_is_missed() {
    const PARTS: [(&str, &str); 4] = [
        ("savingsPlan/RecurringCommitmentForBillingPeriod", "0.6"),
        ("savingsPlan/AmortizedUpfrontCommitmentForBillingPeriod", "0.4"),
        ("savingsPlan/NetRecurringCommitmentForBillingPeriod", "0.54"),
        ("savingsPlan/NetAmortizedUpfrontCommitmentForBillingPeriod", "0.36"),
    ];
    let net = PARTS.iter().fold(Report::whole(), |mut report, (column, cell)| {
        report.columns.push(column);
        report.set("SavingsPlanRecurringFee", column, cell)
    });
    assert_seen("nothing", &net, &Skipped("savings_plan_cost"));
    for (column, _) in PARTS {
        assert_seen(&format!("without {column}"), &net.clone().without(column), &Broken("costs_known"));
        let blank = net.clone().set("SavingsPlanRecurringFee", column, "");
        assert_seen(&format!("blank {column}"), &blank, &Broken("costs_known"));
        let zero = net.clone().set("SavingsPlanRecurringFee", column, "0");
        assert_seen(&format!("0 for {column}"), &zero, &Skipped("savings_plan_cost"));
    }
}

/// In an open month, future hours are distinguished from unused ones by the period of the row and by units.
#[test]
fn a_cell_that_tells_hours_to_come_is_missed() {
    let open =
        || Report::whole().set("RIFee", "bill/InvoiceId", "").set("SavingsPlanRecurringFee", "bill/InvoiceId", "");
    let cases = [
        ("SavingsPlanRecurringFee", "lineItem/UsageStartDate"),
        ("RIFee", "lineItem/UsageStartDate"),
        ("RIFee", "lineItem/UsageEndDate"),
        ("RIFee", "reservation/UnusedQuantity"),
        ("RIFee", "reservation/TotalReservedUnits"),
    ];
    for (line_item_type, column) in cases {
        for (name, report) in [("without", open().without(column)), ("blank", open().set(line_item_type, column, ""))] {
            let name = format!("{name} {column} of {line_item_type}");
            let totals = report.read_as_of("2026-01-20T00:00:00Z").unwrap();
            assert!(broken(&totals).contains(&"costs_known".to_owned()), "{name}: {:?}", broken(&totals));
            // When the month is over, they have no effect.
            let totals = report.read().unwrap();
            assert!(!broken(&totals).contains(&"costs_known".to_owned()), "{name}: {:?}", broken(&totals));
        }
    }
}

/// The totals do not depend on the selected columns.
#[test]
fn future_hours_are_known_without_their_columns() {
    let plain = Report::whole().set("RIFee", "reservation/UnusedQuantity", "2");
    let mut normalized = plain
        .clone()
        .without("reservation/UnusedQuantity")
        .without("reservation/TotalReservedUnits")
        .set("RIFee", "reservation/UnusedNormalizedUnitQuantity", "8")
        .set("RIFee", "reservation/TotalReservedNormalizedUnits", "12");
    normalized.columns.extend(["reservation/UnusedNormalizedUnitQuantity", "reservation/TotalReservedNormalizedUnits"]);
    let costs = |report: &Report, columns: Option<[&'static str; 1]>| {
        let mut builder = Reader::builder().as_of("2026-01-20T00:00:00Z");
        if let Some(columns) = columns {
            builder = builder.columns(columns);
        }
        let mut reader = builder.read_from("report.csv", std::io::Cursor::new(report.bytes())).unwrap();
        (&mut reader).for_each(|batch| drop(batch.unwrap()));
        json!(reader.totals().summary().costs)
    };
    let wanted = costs(&plain, None);
    for report in [&plain, &normalized] {
        assert_eq!(costs(report, None), wanted);
        assert_eq!(costs(report, Some(["EffectiveCost"])), wanted);
    }
}

/// Removed rows, duplicate rows and a cent more, where the expected value follows from another row.
#[test]
fn what_other_rows_contradict_is_seen() {
    let whole = Report::whole;
    #[rustfmt::skip]
    let cases: Vec<(&str, Report, Seen)> = vec![
        ("covered usage removed",        whole().removed("SavingsPlanCoveredUsage"),                                        Broken("savings_plan_negation")),
        ("covered usage doubled",        whole().doubled("SavingsPlanCoveredUsage"),                                        Broken("savings_plan_quantity")),
        ("negation removed",             whole().removed("SavingsPlanNegation"),                                            Broken("savings_plan_negation")),
        ("negation doubled",             whole().doubled("SavingsPlanNegation"),                                            Broken("savings_plan_negation")),
        ("plan fee removed",             whole().removed("SavingsPlanRecurringFee"),                                        Skipped("savings_plan_quantity")),
        ("plan fee doubled",             whole().doubled("SavingsPlanRecurringFee"),                                        Broken("savings_plan_cost")),
        ("reserved usage removed",       whole().removed("DiscountedUsage"),                                                Broken("reservation_cost")),
        ("reserved usage doubled",       whole().doubled("DiscountedUsage"),                                                Broken("reservation_cost")),
        ("reservation fee removed",      whole().removed("RIFee"),                                                          Skipped("reservation_cost")),
        ("reservation fee doubled",      whole().doubled("RIFee"),                                                          Broken("reservation_cost")),
        ("a cent of covered usage",      whole().changed("SavingsPlanCoveredUsage", "lineItem/UnblendedCost", "0.41"),      Broken("savings_plan_negation")),
        ("a cent of its effective cost", whole().changed("SavingsPlanCoveredUsage", "savingsPlan/SavingsPlanEffectiveCost", "0.31"), Broken("savings_plan_cost")),
        ("a cent of the commitment",     whole().changed("SavingsPlanRecurringFee", "savingsPlan/UsedCommitment", "0.81"),  Broken("savings_plan_quantity")),
        ("a cent of the negation",       whole().changed("SavingsPlanNegation", "lineItem/UnblendedCost", "-1.01"),         Broken("savings_plan_negation")),
        ("a cent of reserved usage",     whole().changed("DiscountedUsage", "reservation/EffectiveCost", "0.04"),           Broken("reservation_cost")),
        ("a cent of the unused fee",     whole().changed("RIFee", "reservation/UnusedRecurringFee", "0.03"),                Broken("reservation_cost")),
        ("a cent of the fee",            whole().changed("RIFee", "lineItem/UnblendedCost", "0.08"),                        Broken("reservation_cost")),
        ("a cent of the upfront share",  whole().changed("RIFee", "reservation/AmortizedUpfrontFeeForBillingPeriod", "0.03"), Broken("reservation_cost")),
        ("another plan",                 whole().changed("SavingsPlanCoveredUsage", "savingsPlan/SavingsPlanARN", "arn:aws:savingsplans::1:savingsplan/2"), Broken("savings_plan_negation")),
        ("another reservation",          whole().changed("DiscountedUsage", "reservation/ReservationARN", "arn:aws:ec2:us-east-1:1:reserved-instances/2"), Broken("reservation_cost")),
        ("no invoice yet",               whole().set("RIFee", "bill/InvoiceId", ""),                                        Skipped("reservation_cost")),
        ("a discount in the row, too",   {
            let mut report = whole();
            report.columns.push("lineItem/NetUnblendedCost");
            report.changed("Usage", "lineItem/UsageAmount", "2").set("Usage", "lineItem/NetUnblendedCost", "0.09")
        },                                                                                                                  Broken("discounts_counted_once")),
    ];
    for (name, report, seen) in &cases {
        assert_seen(name, report, seen);
    }
}

#[test]
fn a_damaged_account_id_is_seen() {
    let ids =
        ["1.11122E+11", "44445555666", "4444-5555-666", "=\"444455556666\"x", "444,455,556,66", "'44445555666", "x"];
    for id in ids {
        for column in ["lineItem/UsageAccountId", "bill/PayerAccountId"] {
            let report = Report::whole().changed("Usage", column, id);
            assert_seen(&format!("{column} {id}"), &report, &Broken("billed_cost_by_sub_account"));
        }
    }
}

/// The message counts a row once if its account and payer are damaged in the same way. Two rows are `Usage`.
#[test]
fn rows_with_damaged_account_ids_are_counted_once() {
    #[rustfmt::skip]
    let cases = [
        // account         payer           message
        ("1234",           "111122223333", "`1234` has lost leading zeros (2 rows)"),
        ("111122223333",   "1234",         "`1234` has lost leading zeros (2 rows)"),
        ("1234",           "1234",         "`1234` has lost leading zeros (2 rows)"),
        ("1234",           "567",          "`1234`, `567` has lost leading zeros (2 rows)"),
        ("1234",           "x",            "`1234` has lost leading zeros (2 rows)"),
        ("x",              "1234",         "`1234` has lost leading zeros (2 rows)"),
    ];
    for (account, payer, message) in cases {
        let report = Report::whole().set("Usage", "lineItem/UsageAccountId", account);
        let checks = report.set("Usage", "bill/PayerAccountId", payer).read().unwrap().checks();
        let check = checks.iter().find(|check| check.code == "billed_cost_by_sub_account").unwrap();
        assert!(check.detail.contains(message), "{account}, {payer}: {}", check.detail);
    }
}

#[test]
fn what_cannot_be_understood_and_is_set_aside_is_seen() {
    let mut report = Report::whole().bytes();
    report.extend_from_slice(b"a,b\n");
    let mut reader = Reader::builder()
        .on_error(outlay::OnError::Quarantine)
        .read_from("report.csv", std::io::Cursor::new(report))
        .unwrap();
    (&mut reader).for_each(|batch| drop(batch.unwrap()));
    assert_eq!(broken(&reader.totals()), ["nothing_quarantined"]);
}

/// A missing part, and parts that are merged without their plan.
#[test]
fn a_part_that_is_left_out_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let (mut first, mut second) = (Report::whole(), Report::whole());
    second.rows = first.rows.split_off(3);
    let paths = [("report-1.csv", first), ("report-2.csv", second)].map(|(name, report)| {
        let path = folder.path().join(name);
        std::fs::write(&path, report.bytes()).unwrap();
        path
    });
    let builder = || Reader::builder().as_of("2026-02-03T00:00:00Z");
    let read = |reader: Result<Reader, outlay::Error>| {
        let mut reader = reader.unwrap();
        (&mut reader).for_each(|batch| drop(batch.unwrap()));
        reader.totals()
    };
    assert_eq!(read(builder().read(paths.to_vec())).outcome(), Outcome::Proven);
    let plan = builder().plan(paths.to_vec()).unwrap();
    let [mut totals, other] = [0, 1].map(|part| read(builder().read_part(&plan.parts[part])));
    assert!(totals.check_against(&plan).unwrap_err().to_string().contains("report-2.csv"));
    totals.merge(&other).unwrap();
    let check = totals.checks().into_iter().find(|check| check.code == "parts_of_plan").unwrap();
    assert!(check.skipped > 0 && totals.outcome() == Outcome::Partial, "{check:?}");
    totals.check_against(&plan).unwrap();
    assert_eq!(totals.outcome(), Outcome::Proven);
}

#[test]
fn a_read_that_is_not_at_its_end_is_seen() {
    let report = std::io::Cursor::new(Report::whole().bytes());
    let mut reader = Reader::builder().batch_rows(2).read_from("report.csv", report).unwrap();
    reader.next().unwrap().unwrap();
    let totals = reader.totals();
    assert_eq!((broken(&totals), totals.outcome()), (Vec::new(), Outcome::Partial));
    assert!(totals.check().unwrap_err().to_string().contains("parts_complete: the read was ended early, after 2 rows"));
}

/// The library's internal checks cannot be broken by a report: this test changes the serialized totals.
#[test]
fn each_check_of_the_library_on_itself_can_fail() {
    let state = serde_json::to_value(Report::whole().read().unwrap()).unwrap();
    #[rustfmt::skip]
    let cases: &[(&str, &str, Value)] = &[
        // check                        where                                              what
        ("parts_complete",              "/parts/0/complete",                               json!(false)),
        ("nothing_quarantined",         "/parts/0/rows_quarantined",                       json!(1)),
        ("rows_accounted_for",          "/parts/0/rows_in",                                json!(16)),
        ("arrays_match",                "/handed_out/rows",                                json!(1)),
        ("arrays_match",                "/handed_out/costs/1",                             json!("1")),
        ("arrays_match",                "/handed_out/nulls/1",                             json!(1)),
        ("billed_cost",                 "/groups/0/1/billed_in",                           json!("123")),
        ("effective_cost",              "/groups/0/1/effective_in",                        json!("123")),
        ("effective_cost",              "/groups/0/1/effective_unknown_in",                json!(1)),
        ("billed_cost_by_invoice",      "/invoices/0/1/out/BilledCost",                    json!("123")),
        ("billed_cost_by_sub_account",  "/sub_accounts/0/1/out/BilledCost",                json!("123")),
        ("closing_rows",                "/residuals/0/1/handed_out",                       json!("1")),
        ("unit_prices",                 "/rules/unit_prices/broken",                       json!(1)),
        ("null_rules",                  "/rules/null_rules/broken",                        json!(1)),
    ];
    for (check, pointer, value) in cases {
        let mut state = state.clone();
        *state.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer} is not there")) = value.clone();
        let totals: Totals = serde_json::from_value(state).unwrap();
        assert!(broken(&totals).iter().any(|name| name == check), "{check} at {pointer}: {:?}", broken(&totals));
    }
}

/// Each check is covered by one of the tests above, and is documented.
#[test]
fn each_check_is_documented() {
    let docs = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/PROOF.md")).unwrap();
    let tests = include_str!("mutations.rs");
    for check in Report::whole().read().unwrap().checks() {
        assert!(docs.contains(&format!("| `{}` |", check.code)), "{} is not in PROOF.md", check.code);
        assert!(tests.contains(&format!("\"{}\"", check.code)), "{} is broken by no test", check.code);
    }
}

/// Mutations that a report cannot show, as listed in `PROOF.md`. If one is detected, the page must be updated.
#[test]
fn what_cannot_be_seen_is_documented() {
    let whole = Report::whole;
    #[rustfmt::skip]
    let cases = [
        ("usage removed",         whole().removed("Usage")),
        ("usage doubled",         whole().doubled("Usage")),
        ("a cent of usage",       whole().changed("Usage", "lineItem/UnblendedCost", "0.11")),
        ("tax removed",           whole().removed("Tax")),
        ("credit doubled",        whole().doubled("Credit")),
        ("another account",       whole().changed("Usage", "lineItem/UsageAccountId", "777788889999")),
        ("another invoice",       whole().changed("Usage", "bill/InvoiceId", "999")),
        ("another service",       whole().changed("Usage", "lineItem/ProductCode", "AmazonS3")),
    ];
    for (name, report) in cases {
        assert_eq!(report.read().unwrap().outcome(), Outcome::Proven, "{name}");
    }
}
