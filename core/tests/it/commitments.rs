//! Unusual but correct bills of commitments, and similar ones that are wrong.

use outlay::{Outcome, Reader, Totals};

use crate::bill::{RESERVATION, Report, row};
use crate::support::broken;

/// Returns a reservation of one instance for all hours of January, with a rounded `rate` per hour.
fn reservation(fee: &str, rate: &str) -> Report {
    let reservation = ("reservation/ReservationARN", RESERVATION);
    let mut rows = vec![row("DiscountedUsage", "0", &[reservation, ("reservation/EffectiveCost", rate)]); 744];
    rows.push(row(
        "RIFee",
        fee,
        &[
            reservation,
            ("lineItem/UsageAccountId", "111122223333"),
            ("pricing/PurchaseOption", "No Upfront"),
            ("reservation/AmortizedUpfrontFeeForBillingPeriod", "0"),
            ("reservation/UnusedAmortizedUpfrontFeeForBillingPeriod", "0"),
            ("reservation/UnusedRecurringFee", "0"),
            ("reservation/UnusedQuantity", "0"),
            ("reservation/TotalReservedUnits", "744"),
        ],
    ));
    Report { rows, ..Report::whole() }
}

#[test]
fn rates_of_a_reservation_are_rounded() {
    #[rustfmt::skip]
    let cases = [
        // fee          a rate      of 744 hours, and what is left
        ("44.64",       "0.06",         true),
        ("44.64",       "0.060000005",  true),
        ("44.64",       "0.059999995",  true),
        ("44.64",       "0.06000003",   false),
        ("44.64",       "0.05999997",   false),
        ("44.65",       "0.06",         false),
    ];
    for (fee, rate, holds) in cases {
        let totals = reservation(fee, rate).read().unwrap();
        let wanted = if holds { "" } else { "reservation_cost" };
        assert_eq!(broken(&totals).join(" "), wanted, "{fee} {rate}: {:?}", totals.checks());
    }
}

/// Only the report of the payer has the usage of all accounts that use a commitment.
#[test]
fn a_commitment_is_judged_in_the_report_of_its_payer() {
    let used = |account: &'static str, payer: &'static str| {
        let report = Report::whole().changed("SavingsPlanRecurringFee", "savingsPlan/TotalCommitmentToDate", "1.5");
        let rows = report.rows.into_iter().map(|mut row| {
            row.insert("lineItem/UsageAccountId", account.to_owned());
            row.insert("bill/PayerAccountId", payer.to_owned());
            row
        });
        Report { rows: rows.collect(), ..Report::whole() }
    };
    // Of the commitment of 1.5, 0.8 were used by the fee, and 0.7 by the rows.
    let used = |account, payer| {
        used(account, payer).changed("SavingsPlanCoveredUsage", "savingsPlan/SavingsPlanEffectiveCost", "0.2")
    };
    let of_member = used("444455556666", "111122223333").read().unwrap();
    assert_eq!(broken(&of_member), [] as [&str; 0]);
    assert_eq!(of_member.outcome(), Outcome::Partial);
    for account in ["111122223333", "444455556666"] {
        let of_payer = used(account, account).read().unwrap();
        assert!(broken(&of_payer).contains(&"savings_plan_cost".to_owned()), "{:?}", broken(&of_payer));
    }
}

/// Without the columns of the unused part, it follows only from the sums of all accounts.
#[test]
fn the_rest_of_a_reservation_is_unknown_in_the_report_of_a_member() {
    let of = |account: &str| {
        let report = Report::whole()
            .without("reservation/UnusedRecurringFee")
            .without("reservation/UnusedAmortizedUpfrontFeeForBillingPeriod")
            .without("reservation/UnusedQuantity");
        let rows = report.rows.into_iter().map(|mut row| {
            row.insert("lineItem/UsageAccountId", account.to_owned());
            row
        });
        Report { rows: rows.collect(), columns: report.columns }.read().unwrap()
    };
    let of_payer = of("111122223333");
    assert_eq!(broken(&of_payer), [] as [&str; 0]);
    let of_member = of("444455556666");
    assert_eq!(broken(&of_member), ["closing_rows"]);
    assert_eq!(of_member.rows_out() + 1, of_payer.rows_out());
}

/// Line item types are recognised in any case, and give the same totals.
#[test]
fn types_in_other_letters_are_the_same_bill() {
    type Spell = fn(&str) -> String;
    let words = |text: &str| -> Vec<String> {
        let mut words = Vec::<String>::new();
        for letter in text.chars() {
            if letter.is_uppercase() && !words.last().is_some_and(|word| word.ends_with(char::is_uppercase)) {
                words.push(String::new());
            }
            words.last_mut().unwrap().push(letter);
        }
        words
    };
    assert_eq!(words("SavingsPlanNegation"), ["Savings", "Plan", "Negation"]);
    let ways: [(&str, Spell); 4] = [
        ("lower case", str::to_lowercase),
        ("upper case", str::to_uppercase),
        ("padded", |text| format!(" {text} ")),
        ("behind Proforma", |text| format!("Proforma_{text}")),
    ];
    let joined = |sign: &'static str| move |text: &str| words(text).join(sign);
    let whole = Report::whole().read().unwrap();
    let respelled = |spell: &dyn Fn(&str) -> String| {
        let mut report = Report::whole();
        for row in &mut report.rows {
            let respelled = spell(&row["lineItem/LineItemType"]);
            row.insert("lineItem/LineItemType", respelled);
        }
        report.read().unwrap()
    };
    let same = |way: &str, totals: &Totals| {
        assert_eq!((totals.costs(), totals.rows_out()), (whole.costs(), whole.rows_out()), "{way}");
        assert_eq!(totals.outcome(), Outcome::Proven, "{way}");
    };
    for (way, spell) in &ways {
        same(way, &respelled(spell));
    }
    for sign in [" ", "_", "-"] {
        same(sign, &respelled(&joined(sign)));
    }
    // A similar but unknown type is an adjustment, and does not affect other rows.
    let totals = respelled(&|text| if text == "Usage" { "Usages".to_owned() } else { text.to_owned() });
    assert_eq!(totals.costs()["USD"].billed, whole.costs()["USD"].billed);
    assert!(totals.warnings().iter().any(|warning| warning.code == "unknown_line_item_type" && warning.rows == 2));
}

/// Rows of split cost allocation repeat the cost of an instance: a blank cost is 0 there, and unknown in other rows.
#[test]
fn a_split_row_has_no_cost_of_its_own() {
    let report = |parent: &str, usage: &str| {
        let cells = [("splitLineItem/ParentResourceId", parent), ("splitLineItem/SplitUsage", usage)];
        let mut report = Report::whole();
        report.columns.extend(cells.map(|(column, _)| column));
        report.rows.push(row("Usage", "", &cells));
        report.read().unwrap()
    };
    assert_eq!(report("i-0123", "").outcome(), Outcome::Proven);
    // Rows of Fargate have no instance.
    assert_eq!(report("", "0.5").outcome(), Outcome::Proven);
    for parent in ["", "null"] {
        assert_eq!(broken(&report(parent, "")), ["costs_known"], "{parent}");
    }
}

/// A part may lack the columns of the amortized cost of reservations only if all parts of the month do.
#[test]
fn parts_of_a_month_amortize_reservations_together() {
    const COLUMNS: [&str; 4] = [
        "reservation/EffectiveCost",
        "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod",
        "reservation/UnusedRecurringFee",
        "reservation/AmortizedUpfrontFeeForBillingPeriod",
    ];
    let of = |types: &[&str]| {
        let rows =
            Report::whole().rows.into_iter().filter(|row| types.contains(&row["lineItem/LineItemType"].as_str()));
        Report { rows: rows.collect(), ..Report::whole() }
    };
    let before = |report: Report| COLUMNS.into_iter().fold(report, Report::without);
    #[rustfmt::skip]
    let cases = [
        ("usage", of(&["RIFee", "Fee", "Usage"]),             before(of(&["DiscountedUsage"])),                                 true),
        ("fees",  of(&["DiscountedUsage", "RIFee", "Usage"]), before(of(&["Fee"])),                                             true),
        ("fees without a column for ARNs", of(&["DiscountedUsage", "RIFee", "Usage"]), before(of(&["Fee"])).without("reservation/ReservationARN"), true),
        ("all",   before(of(&["RIFee", "Fee", "Usage"])),     before(of(&["DiscountedUsage"])),                                 false),
        ("other rows", of(&["DiscountedUsage", "RIFee", "Fee"]), before(of(&["Usage", "Tax", "Credit"])),                       false),
    ];
    for (name, first, second, is_broken) in cases {
        let folder = tempfile::tempdir().unwrap();
        let paths = [("report-1.csv", first), ("report-2.csv", second)].map(|(name, report)| {
            let path = folder.path().join(name);
            std::fs::write(&path, report.bytes()).unwrap();
            path
        });
        let (_, totals) = crate::support::read(Reader::builder().read(paths.to_vec())).unwrap();
        assert_eq!(broken(&totals).contains(&"costs_known".to_owned()), is_broken, "{name}: {:?}", broken(&totals));
    }
}

/// Units of the whole term, derived from the fee.
#[test]
fn the_quantity_of_an_upfront_fee_is_in_units_of_the_term() {
    const COLUMNS: [&str; 3] =
        ["reservation/TotalReservedUnits", "reservation/UnitsPerReservation", "reservation/NumberOfReservations"];
    #[rustfmt::skip]
    let cases = [
        (["43800", "8760", "5"],  Some("43800")),
        (["",      "8760", "5"],  Some("43800")),
        (["",      "8760", ""],   None),
        (["",      "8760", "NA"], None),
        (["",      "Unlimited", "5"], None),
    ];
    for (cells, wanted) in cases {
        let mut cells: Vec<(&'static str, &str)> = COLUMNS.into_iter().zip(cells).collect();
        cells.extend([("reservation/ReservationARN", RESERVATION), ("bill/BillType", "Purchase")]);
        let mut report = Report { rows: vec![row("Fee", "100", &cells)], ..Report::whole() };
        report.columns.extend(&COLUMNS[1..]);
        let (rows, _) = crate::support::push(Reader::builder(), &report.bytes(), usize::MAX).unwrap();
        assert_eq!(rows[0].get("CommitmentDiscountQuantity").map(String::as_str), wanted, "{cells:?}");
    }
}
