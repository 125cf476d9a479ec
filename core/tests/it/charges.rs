//! Costs of single line items: the rules that depend on several cells of a row.

use outlay::Totals;

use crate::support::{Row, builder, csv, push};

const PLAN: &str = "arn:aws:savingsplans::111122223333:savingsplan/11111111-2222-3333-4444-555555555555";
const RESERVATION: &str = "arn:aws:ec2:us-east-1:111122223333:reserved-instances/aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";

type Cells = [(&'static str, &'static str)];
type OwnedCells = Vec<(&'static str, &'static str)>;

/// Returns the rows of one line item, read as of 11 January 2026, in a report with the given columns and the common ones.
fn rows_of(cells: &Cells) -> (Vec<Row>, Totals) {
    rows_as_of(Some("2026-01-11T00:00:00Z"), cells)
}

fn rows_as_of(as_of: Option<&str>, cells: &Cells) -> (Vec<Row>, Totals) {
    let common = [
        ("bill/InvoiceId", ""),
        ("bill/BillType", "Anniversary"),
        ("bill/BillingPeriodStartDate", "2026-01-01T00:00:00Z"),
        ("bill/BillingPeriodEndDate", "2026-02-01T00:00:00Z"),
        ("bill/PayerAccountId", "111122223333"),
        ("lineItem/UsageAccountId", "111122223333"),
        ("lineItem/UsageStartDate", "2026-01-01T00:00:00Z"),
        ("lineItem/UsageEndDate", "2026-01-31T23:59:59Z"),
        ("lineItem/ProductCode", "AmazonEC2"),
        ("lineItem/UsageType", "BoxUsage:m5.large"),
        ("lineItem/CurrencyCode", "USD"),
    ];
    let of = |column: &str| cells.iter().find(|(known, _)| *known == column).map(|(_, cell)| *cell);
    let mut header: Vec<&str> = common.iter().map(|(column, _)| *column).collect();
    header.extend(
        cells.iter().map(|(column, _)| *column).filter(|column| !common.iter().any(|(known, _)| known == column)),
    );
    let cell = |column: &&str| {
        let common = common.iter().find(|(known, _)| known == column).map(|(_, cell)| *cell);
        of(column).or(common).unwrap_or_default()
    };
    let row = header.iter().map(cell).collect();
    let builder = as_of.into_iter().fold(builder(), |builder, as_of| builder.as_of(as_of));
    push(builder, &csv(&header, &[row]), usize::MAX).unwrap()
}

fn cell(row: &Row, column: &str) -> String {
    row.get(column).cloned().unwrap_or_else(|| "null".to_owned())
}

fn warns(totals: &Totals, code: &str) -> bool {
    totals.warnings().iter().any(|warning| warning.code == code)
}

#[test]
fn refunds_of_commitments_are_known_without_their_arn() {
    const ALL: (&str, &str) = ("lineItem/UsageType", "ComputeSP:1yrAllUpfront");
    const PRODUCT: (&str, &str) = ("lineItem/ProductCode", "DatabaseSavingsPlans");
    const TEXT: &str = "lineItem/LineItemDescription";
    #[rustfmt::skip]
    let cases: &[(&str, &Cells, &str, &str, bool)] = &[
        // refund of                                cells                                                                 category    effective  warned
        ("a plan, paid All Upfront",                &[ALL],                                                               "Purchase", "0",       false),
        ("a plan of a later family",                &[PRODUCT, ("lineItem/UsageType", "DBSP:3yrAllUpfront")],             "Purchase", "0",       false),
        ("a plan, by its cell",                     &[PRODUCT, ("savingsPlan/PaymentOption", "All Upfront")],             "Purchase", "0",       false),
        ("a plan, paid monthly",                    &[("lineItem/UsageType", "ComputeSP:1yrNoUpfront")],                  "Purchase", "-10",     false),
        ("a plan, paid in part",                    &[("lineItem/UsageType", "ComputeSP:1yrPartialUpfront")],             "Purchase", "-10",     true),
        ("a reservation's monthly fee",             &[("lineItem/UsageType", "USE2-HeavyUsage:m5.large")],                "Purchase", "-10",     true),
        ("a reservation, by its description",       &[(TEXT, "Refund, Reserved Instance, All Upfront")],                  "Purchase", "0",       false),
        ("the upfront fee of one paid in part",     &[("lineItem/UsageType", "EC2SP:3yrPartialUpfront"), (TEXT, "Refund of the upfront fee, Savings Plan a")], "Purchase", "0", false),
        ("the upfront fee of a reservation",        &[("lineItem/UsageType", "HeavyUsage:m5.large"), (TEXT, "Sign up charge for subscription: 1")], "Purchase", "0", false),
        ("a monthly fee, described as such",        &[("lineItem/UsageType", "DBSP:1yrNoUpfront"), (TEXT, "Refund, no upfront fee")], "Purchase", "-10", false),
        ("an upfront fee of something else",        &[(TEXT, "Refund of the upfront fee")],                               "Usage",    "-10",     false),
        ("a contract of a Marketplace seller",      &[("bill/BillingEntity", "AWS Marketplace"), ("lineItem/UsageType", "SoftwareContract-AllUpfront")], "Usage", "-10", false),
        ("a plan that names itself",                &[("savingsPlan/SavingsPlanARN", PLAN), ALL],                         "Purchase", "0",       false),
        ("a discount on a plan",                    &[PRODUCT, ALL, (TEXT, "Enterprise Program Discount")],               "Usage",    "-10",     false),
        ("usage, though an option stands there",    &[("pricing/PurchaseOption", "All Upfront")],                         "Usage",    "-10",     false),
        ("a tax on a plan",                         &[PRODUCT, ALL, ("lineItem/TaxType", "VAT")],                         "Tax",      "-10",     false),
        ("usage",                                   &[(TEXT, "Refund for an outage")],                                    "Usage",    "-10",     false),
    ];
    for (name, cells, category, effective, is_warned) in cells_of_refund(cases) {
        let (rows, totals) = rows_of(Box::leak(cells.into_boxed_slice()));
        assert_eq!(rows.len(), 1, "{name}");
        assert_eq!(
            (cell(&rows[0], "ChargeCategory").as_str(), cell(&rows[0], "EffectiveCost").as_str()),
            (category, effective),
            "{name}"
        );
        assert_eq!(cell(&rows[0], "BilledCost"), "-10", "{name}");
        assert_eq!(warns(&totals, "refund_of_upfront_unknown"), is_warned && category == "Purchase", "{name}");
        totals.check().unwrap();
    }
}

type Refund = (&'static str, OwnedCells, &'static str, &'static str, bool);

fn cells_of_refund(cases: &[(&'static str, &Cells, &'static str, &'static str, bool)]) -> Vec<Refund> {
    let refund = [
        ("lineItem/LineItemType", "Refund"),
        ("lineItem/UnblendedCost", "-10"),
        ("bill/BillType", "Refund"),
        ("reservation/EffectiveCost", ""),
    ];
    cases
        .iter()
        .map(|(name, cells, category, effective, warned)| {
            (*name, [&refund, *cells].concat(), *category, *effective, *warned)
        })
        .collect()
}

#[test]
fn hours_to_come_of_a_reservation_are_not_unused() {
    #[rustfmt::skip]
    let fee: &Cells = &[
        ("lineItem/LineItemType", "RIFee"), ("lineItem/UnblendedCost", "44.64"), ("reservation/ReservationARN", RESERVATION),
        ("reservation/EffectiveCost", ""), ("pricing/unit", "Hrs"), ("pricing/PurchaseOption", "No Upfront"),
        ("reservation/AmortizedUpfrontFeeForBillingPeriod", "0"), ("reservation/UnusedAmortizedUpfrontFeeForBillingPeriod", "0"),
    ];
    #[rustfmt::skip]
    let cases: &[(&str, Option<&str>, &Cells, &str, &str)] = &[
        // at                          as of                          cells                                                                                                              unused cost  unused hours
        ("ten days, all used",         Some("2026-01-11T00:00:00Z"),  &[("reservation/UnusedRecurringFee", "30.24"), ("reservation/UnusedQuantity", "504"), ("reservation/TotalReservedUnits", "744")], "",          ""),
        ("ten days, 60 hours wasted",  Some("2026-01-11T00:00:00Z"),  &[("reservation/UnusedRecurringFee", "33.84"), ("reservation/UnusedQuantity", "564"), ("reservation/TotalReservedUnits", "744")], "3.6",       "60"),
        ("before the month",           Some("2025-12-31T00:00:00Z"),  &[("reservation/UnusedRecurringFee", "44.64"), ("reservation/UnusedQuantity", "744"), ("reservation/TotalReservedUnits", "744")], "",          ""),
        ("after the month",            Some("2026-02-03T00:00:00Z"),  &[("reservation/UnusedRecurringFee", "3.6"),   ("reservation/UnusedQuantity", "60"),  ("reservation/TotalReservedUnits", "744")], "3.6",       "60"),
        ("no time is known",           None,                          &[("reservation/UnusedRecurringFee", "30.24"), ("reservation/UnusedQuantity", "504"), ("reservation/TotalReservedUnits", "744")], "30.24",     "504"),
        ("bought on the sixth",        Some("2026-01-11T00:00:00Z"),  &[("lineItem/UsageStartDate", "2026-01-06T00:00:00Z"), ("reservation/UnusedRecurringFee", "36"), ("reservation/UnusedQuantity", "600"), ("reservation/TotalReservedUnits", "624")], "5.76", "96"),
        ("more used than gone by",     Some("2026-01-11T00:00:00Z"),  &[("reservation/UnusedRecurringFee", "6"),     ("reservation/UnusedQuantity", "100"), ("reservation/TotalReservedUnits", "744")], "",          ""),
        ("in normalised units",        Some("2026-01-11T00:00:00Z"),  &[("reservation/UnusedRecurringFee", "33.84"), ("reservation/UnusedNormalizedUnitQuantity", "2256"), ("reservation/TotalReservedNormalizedUnits", "2976")], "3.6", "240"),
        ("the units are not there",    Some("2026-01-11T00:00:00Z"),  &[("reservation/UnusedRecurringFee", "33.84")],                                                                    "null",      "null"),
    ];
    for (name, as_of, cells, cost, hours) in cases {
        let (rows, totals) = rows_as_of(*as_of, &[fee, *cells].concat());
        let unused: Vec<&Row> = rows.iter().filter(|row| row["ChargeCategory"] == "Usage").collect();
        if cost.is_empty() {
            assert!(unused.is_empty(), "{name}: {unused:?}");
        } else {
            let column = if hours.is_empty() { "BilledCost" } else { "CommitmentDiscountQuantity" };
            assert_eq!(
                (cell(unused[0], "EffectiveCost").as_str(), cell(unused[0], column).as_str()),
                (*cost, *hours),
                "{name}"
            );
        }
        assert_eq!(totals.check().is_err(), *cost == "null", "{name}");
        assert_eq!(warns(&totals, "as_of_unknown"), as_of.is_none(), "{name}");
        let cut = [
            "ten days, all used",
            "ten days, 60 hours wasted",
            "before the month",
            "bought on the sixth",
            "more used than gone by",
            "in normalised units",
        ];
        assert_eq!(warns(&totals, "hours_to_come"), cut.contains(name), "{name}: {:?}", totals.warnings());
    }
}

#[test]
fn the_list_cost_knows_free_tiers_and_missing_prices() {
    const NET: &str = "lineItem/NetUnblendedCost";
    const COST: &str = "lineItem/UnblendedCost";
    const PUBLIC: &str = "pricing/publicOnDemandCost";
    const RATE: &str = "pricing/publicOnDemandRate";
    const USED: (&str, &str) = ("reservation/EffectiveCost", "4");
    const ARN: (&str, &str) = ("reservation/ReservationARN", RESERVATION);
    #[rustfmt::skip]
    let cases: &[(&str, &str, &Cells, &str, &str)] = &[
        // row                                type               cells                                                   list    price
        ("a free tier",                       "Usage",           &[(COST, "0"), (PUBLIC, "7.5"), (RATE, "0.75")],        "0",    "0"),
        ("a free tier on the spot market",    "Usage",           &[(COST, "0"), (PUBLIC, "7.5"), ("pricing/term", "Spot")], "0", "0"),
        ("a discount down to nothing",        "Usage",           &[(COST, "5"), (NET, "0"), (PUBLIC, "7.5")],            "7.5",  "0.75"),
        ("no public price",                   "Usage",           &[(COST, "5"), (PUBLIC, "0"), (RATE, "0")],             "5",    "0.5"),
        ("the net cost alone",                "Usage",           &[(NET, "5")],                                          "5",    "0.5"),
        ("a rate alone",                      "Usage",           &[(COST, "5"), (RATE, "0.6")],                          "6",    "0.6"),
        ("a reservation without a price",     "DiscountedUsage", &[(COST, "0"), ARN, USED, (PUBLIC, "0"), (RATE, "0")],  "4",    "0.4"),
        ("a reservation with a rate",         "DiscountedUsage", &[(COST, "0"), ARN, USED, (PUBLIC, "0"), (RATE, "0.9")], "9",   "0.9"),
        ("a reservation with a price",        "DiscountedUsage", &[(COST, "0"), ARN, USED, (PUBLIC, "8")],               "8",    "0.8"),
    ];
    for (name, line_item_type, cells, list, price) in cases {
        let common: &Cells =
            &[("lineItem/LineItemType", line_item_type), ("lineItem/UsageAmount", "10"), ("pricing/unit", "Hrs")];
        let (rows, totals) = rows_of(&[common, *cells].concat());
        assert_eq!(
            (cell(&rows[0], "ListCost").as_str(), cell(&rows[0], "ListUnitPrice").as_str()),
            (*list, *price),
            "{name}"
        );
        totals.check().unwrap();
    }
}

#[test]
fn a_capacity_reservation_on_usage_has_a_status() {
    #[rustfmt::skip]
    let cases = [
        // type   usage type               status      wanted
        ("Usage", "BoxUsage:m5.large",     "Used",     "Used"),
        ("Usage", "UnusedBox:m5.large",    "Unused",   "Unused"),
        ("Usage", "BoxUsage:m5.large",     "",         "Used"),
        ("Usage", "UnusedBox:m5.large",    "",         "Unused"),
        ("Usage", "UnusedDed:m5.large",    "Reserved", "Unused"),
        ("Usage", "Reservation:m5.large",  "Reserved", "Used"),
        ("Usage", "BoxUsage:m5.large",     "UNUSED",   "Unused"),
        ("Usage", "UnusedBox:m5.large",    "used",     "Used"),
        ("Tax",   "BoxUsage:m5.large",     "",         "null"),
    ];
    for (line_item_type, usage_type, status, wanted) in cases {
        let (rows, totals) = rows_of(Box::leak(Box::new([
            ("lineItem/LineItemType", line_item_type),
            ("lineItem/UnblendedCost", "1"),
            ("lineItem/UsageType", usage_type),
            (
                "capacity_reservation_capacity_reservation_arn",
                "arn:aws:ec2:us-east-1:111122223333:capacity-reservation/cr-1",
            ),
            ("capacity_reservation_capacity_reservation_status", status),
        ])));
        assert_eq!(cell(&rows[0], "CapacityReservationStatus"), wanted, "{line_item_type} {usage_type} {status}");
        let is_derived = wanted != "null" && !wanted.eq_ignore_ascii_case(status);
        assert_eq!(warns(&totals, "capacity_status_derived"), is_derived, "{line_item_type} {usage_type} {status}");
        totals.check().unwrap();
    }
}

#[test]
fn values_that_need_another_are_null_without_it() {
    const USAGE: (&str, &str) = ("lineItem/LineItemType", "Usage");
    const TAX: (&str, &str) = ("lineItem/LineItemType", "Tax");
    const COST: (&str, &str) = ("lineItem/UnblendedCost", "1");
    const OTHER: (&str, &str) = ("pricing/currency", "EUR");
    const RATE: (&str, &str) = ("pricing/publicOnDemandRate", "2");
    const NAME: (&str, &str) = ("resourceTags/user:Name", "web");
    #[rustfmt::skip]
    let cases: &[(&str, &Cells, &str, &str)] = &[
        // what                           cells                                                        column                          wanted
        ("a name without a resource",     &[USAGE, COST, NAME],                                        "ResourceName",                 "null"),
        ("a name beside a resource",      &[USAGE, COST, NAME, ("lineItem/ResourceId", "i-1")],        "ResourceName",                 "web"),
        ("a name that is the resource",   &[USAGE, COST, NAME, ("lineItem/ResourceId", "web")],        "ResourceName",                 "null"),
        ("a tag in other letters",        &[USAGE, COST, ("resourceTags/user:name", "web"), ("lineItem/ResourceId", "i-1")], "ResourceName", "null"),
        ("a rate code",                   &[USAGE, COST, ("pricing/RateCode", "SKU.T.R")],             "SkuId",                        "SKU"),
        ("a rate code without a SKU",     &[USAGE, COST, ("pricing/RateCode", ".T.R")],                "SkuId",                        "null"),
        ("a rate of another currency",    &[USAGE, COST, OTHER, RATE],                                 "PricingCurrencyListUnitPrice", "2"),
        ("the same on Tax",               &[TAX, COST, OTHER, RATE],                                   "PricingCurrencyListUnitPrice", "null"),
        ("a rate below 0",                &[USAGE, COST, OTHER, ("pricing/publicOnDemandRate", "-2")], "PricingCurrencyListUnitPrice", "null"),
    ];
    for (name, cells, column, wanted) in cases {
        let (rows, totals) = rows_of(cells);
        assert_eq!(cell(&rows[0], column), *wanted, "{name}");
        totals.check().unwrap();
    }
}

#[test]
fn reservations_are_on_cash_basis_or_unknown_but_never_0() {
    const ARN: (&str, &str) = ("reservation/ReservationARN", RESERVATION);
    const USAGE: &[(&str, &str)] = &[
        ("lineItem/LineItemType", "DiscountedUsage"),
        ("lineItem/UnblendedCost", "0"),
        ("pricing/publicOnDemandCost", "5"),
        ARN,
    ];
    const FEE: &[(&str, &str)] =
        &[("lineItem/LineItemType", "Fee"), ("lineItem/UnblendedCost", "100"), ("bill/BillType", "Purchase")];
    #[rustfmt::skip]
    let cases: &[(&str, OwnedCells, &str)] = &[
        // a report                                    cells                                                                     effective
        ("of the form before amortization",            USAGE.to_vec(),                                                           "0"),
        ("of that form, named by a loader",            [&[("lineitem_lineitemtype", "DiscountedUsage")], &USAGE[1..]].concat(),  "0"),
        ("of CUR 2.0, without a column",               [&[("line_item_line_item_type", "DiscountedUsage")], &USAGE[1..]].concat(), "null"),
        ("of CUR 2.0, in upper case",                  [&[("LINE_ITEM_LINE_ITEM_TYPE", "DiscountedUsage")], &USAGE[1..]].concat(), "null"),
        ("with a column of CUR 2.0 alone",             [USAGE, &[("bill_payer_account_name", "")]].concat(),                     "null"),
        ("with a column, but not that of usage",       [USAGE, &[("reservation/UnusedRecurringFee", "")]].concat(),              "null"),
        ("with another column, but not that of usage", [USAGE, &[("reservation/AmortizedUpfrontCostForUsage", "")]].concat(),    "null"),
        ("with the column of usage",                   [USAGE, &[("reservation/EffectiveCost", "3")]].concat(),                  "3"),
        ("with the net column of usage",               [USAGE, &[("reservation/NetEffectiveCost", "2")]].concat(),               "2"),
        ("whose fee names its reservation",            [FEE, &[ARN, ("reservation/EffectiveCost", "")]].concat(),                "0"),
        ("whose fee names none",                       [FEE, &[("reservation/ReservationARN", ""), ("reservation/EffectiveCost", "")]].concat(), "100"),
        ("whose fee cannot name one",                  [FEE, &[("reservation/EffectiveCost", "")]].concat(),                     "null"),
        ("whose Marketplace fee cannot name one",      [FEE, &[("reservation/EffectiveCost", ""), ("bill/BillingEntity", "AWS Marketplace")]].concat(), "100"),
        ("of CUR 2.0, whose fee names its reservation", [&[("line_item_line_item_type", "Fee")], &FEE[1..], &[ARN]].concat(),    "0"),
        ("whose fee has the units of one",             [FEE, &[("reservation/ReservationARN", ""), ("reservation/EffectiveCost", ""), ("reservation/TotalReservedUnits", "8760")]].concat(), "null"),
        ("whose fee is paid upfront",                  [FEE, &[("reservation/ReservationARN", ""), ("reservation/EffectiveCost", ""), ("pricing/PurchaseOption", "All Upfront")]].concat(), "null"),
        ("before amortization, with a refund",         vec![("lineItem/LineItemType", "Refund"), ("lineItem/UnblendedCost", "-100"), ("lineItem/UsageType", "HeavyUsage:m5.large"), ("pricing/PurchaseOption", "All Upfront")], "-100"),
        ("of CUR 2.0, with a refund",                  vec![("line_item_line_item_type", "Refund"), ("lineItem/UnblendedCost", "-100"), ("lineItem/UsageType", "HeavyUsage:m5.large"), ("pricing/PurchaseOption", "All Upfront")], "0"),
        ("before amortization, with a plan's refund",  vec![("lineItem/LineItemType", "Refund"), ("lineItem/UnblendedCost", "-100"), ("lineItem/UsageType", "ComputeSP:1yrAllUpfront")], "0"),
        ("before amortization, with a fee",            [FEE, &[ARN]].concat(),                                                   "100"),
    ];
    for (name, cells, effective) in cases {
        let (rows, totals) = rows_of(cells);
        assert_eq!(cell(&rows[0], "EffectiveCost"), *effective, "{name}");
        assert_eq!(totals.check().is_err(), *effective == "null", "{name}: {:?}", totals.checks());
        let unknown = totals.unknown_rows().get("USD").map_or(0, |rows| rows.effective);
        assert_eq!(unknown, u64::from(*effective == "null"), "{name}");
    }
}

/// The closing batch has the unused part of a reservation whose report lacks the columns of it. In an open month, the part does
/// not include future hours.
#[test]
fn the_closing_batch_leaves_out_hours_to_come() {
    #[rustfmt::skip]
    let cells = |used: &'static str| -> [Vec<(&'static str, &'static str)>; 2] {
        let arn = ("reservation/ReservationARN", RESERVATION);
        [
            vec![("lineItem/LineItemType", "DiscountedUsage"), ("lineItem/UnblendedCost", "0"), arn, ("reservation/EffectiveCost", used)],
            vec![("lineItem/LineItemType", "RIFee"), ("lineItem/UnblendedCost", "74.4"), arn, ("reservation/AmortizedUpfrontFeeForBillingPeriod", "0")],
        ]
    };
    #[rustfmt::skip]
    let cases = [
        // used     as of                          effective cost of the month
        ("24",    Some("2026-02-03T00:00:00Z"),  "74.4"),
        ("24",    Some("2026-01-11T00:00:00Z"),  "24"),
        ("20",    Some("2026-01-11T00:00:00Z"),  "24"),
        ("30",    Some("2026-01-11T00:00:00Z"),  "30"),
        ("24",    None,                          "74.4"),
    ];
    for (used, as_of, wanted) in cases {
        let header = [
            "lineItem/LineItemType",
            "lineItem/UnblendedCost",
            "reservation/ReservationARN",
            "reservation/EffectiveCost",
            "reservation/AmortizedUpfrontFeeForBillingPeriod",
            "lineItem/UsageStartDate",
            "lineItem/UsageEndDate",
            "bill/InvoiceId",
            "bill/BillingPeriodStartDate",
            "lineItem/CurrencyCode",
        ];
        let common = [
            ("lineItem/UsageStartDate", "2026-01-01T00:00:00Z"),
            ("lineItem/UsageEndDate", "2026-01-31T23:59:59Z"),
            ("bill/BillingPeriodStartDate", "2026-01-01T00:00:00Z"),
            ("lineItem/CurrencyCode", "USD"),
        ];
        let rows: Vec<Vec<&str>> = cells(used)
            .iter()
            .map(|cells| {
                let of = |column: &&str| {
                    cells.iter().chain(&common).find(|(known, _)| known == column).map_or("", |(_, cell)| *cell)
                };
                header.iter().map(of).collect()
            })
            .collect();
        let builder = as_of.into_iter().fold(builder(), |builder, as_of| builder.as_of(as_of));
        let report = std::io::Cursor::new(csv(&header, &rows));
        let (_, totals) = crate::support::read(builder.read_from("report.csv", report)).unwrap();
        assert_eq!(totals.costs()["USD"].effective.to_string(), wanted, "{used} as of {as_of:?}");
        assert_eq!(warns(&totals, "as_of_unknown"), as_of.is_none(), "{used} as of {as_of:?}");
        totals.check().unwrap();
    }
}
