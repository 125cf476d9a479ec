//! `core/MAPPING.md`: the rules as a person reads them, printed from the tables.
//!
//! The test fails when the file is stale; `UPDATE_GOLDEN=1 cargo test mapping` writes it again.

use std::fmt::Write;

use super::charges::{Amount, CHARGES, RESERVATION_REST, RESIDUAL, Slot, When};
use super::{columns, resources, services, sku, units};
use crate::schema::cur::Cur;
use crate::schema::focus::Focus;

fn condition(when: When) -> &'static str {
    match when {
        When::Always => "always",
        When::Spot => "usage type has `SpotUsage`, or term or market option is Spot",
        When::MoneyMoves => "cash or gross is not 0",
        When::MoneyMovesUnamortized => "cash or gross is not 0, and AWS does not amortise the reservation",
        When::PlanUnused => "part of the commitment is unused, and its period had begun at `as_of`",
        When::ReservationUnused => "part of the reservation is unused, and AWS amortises it",
        When::Unamortized => "names a reservation that AWS does not amortise",
        When::Commitment => "names a reservation or Savings Plan",
        When::Anniversary => "bill type is Anniversary",
        When::TaxType => "has a tax type",
        When::RefundedUpfront => {
            "is about a commitment that is amortised, and paid All Upfront or described as its upfront fee"
        }
        When::RefundedPurchase => "is about a commitment, or has no usage type",
        When::UnclearFee => {
            "the report amortises reservations, and `reservation/ReservationARN` is a damaged ARN, a blank beside the usage type, description, payment option or units of an upfront fee, or no column (or none of usage types) and AWS bills it, not monthly"
        }
        When::NegationKept => "with `negation = keep`",
    }
}

fn amount(amount: Amount) -> &'static str {
    match amount {
        Amount::Zero => "0",
        Amount::Cash => "cash",
        Amount::Gross => "gross",
        Amount::OnDemand => "on demand, else gross",
        Amount::TieredOnDemand => "0 when gross is 0, else on demand, else gross",
        Amount::TieredSpot => "0 when gross is 0, else on-demand cost above 0, else gross",
        Amount::OnDemandOrReservation => "on demand, else reservation used",
        Amount::OnDemandOrCash => "on demand, else cash",
        Amount::PositiveOnDemand => "on-demand cost above 0, else gross",
        Amount::PlanUsed => "plan used",
        Amount::PlanUnused => "plan unused",
        Amount::ReservationUsed => "reservation used",
        Amount::ReservationUnused => "reservation unused",
        Amount::CoveredCash => "cash, else list",
        Amount::List => "= ListCost",
        Amount::Unclear => "unknown",
    }
}

const HEAD: &str = "\
# How the report becomes FOCUS

Printed from the tables in `src/rules/`; do not edit it here. FOCUS: <https://focus.finops.org/focus-specification/v1-2/>.
AWS: <https://docs.aws.amazon.com/cur/latest/userguide/data-dictionary.html> (legacy report) and
<https://docs.aws.amazon.com/cur/latest/userguide/table-dictionary-cur2.html> (CUR 2.0). Columns of the report are named
as the legacy report spells them.

## Charges

A line item gives at most one row of each kind: the first that fits, read top down. Savings Plan negations have no row
unless they are kept: covered usage is billed 0, and what the two leave over is proven and handed out at the end.

";

const TERMS: &str = "
| amount | is |
| --- | --- |
| gross | `lineItem/UnblendedCost`, else `lineItem/NetUnblendedCost`; 0 when both are blank on a row with a `splitLineItem/ParentResourceId` |
| cash | `lineItem/NetUnblendedCost` when it is a cell, else gross; row by row |
| on demand | `pricing/publicOnDemandCost`, else `pricing/publicOnDemandRate` x quantity; not in another currency, and not 0 beside a gross cost or under a reservation |
| plan used | `savingsPlan/NetSavingsPlanEffectiveCost` when it is a cell, else `savingsPlan/SavingsPlanEffectiveCost` |
| plan unused | (`savingsPlan/TotalCommitmentToDate` - `savingsPlan/UsedCommitment`) x net commitment / gross commitment, each upfront + recurring part; of a part that is not 0 both cells are needed; in a month that is open at `as_of` also `lineItem/UsageStartDate` |
| reservation used | `reservation/NetEffectiveCost` when it is a cell, else `reservation/EffectiveCost` |
| reservation unused | unused upfront fee + unused recurring fee, each the net cell when there is one; x unused units without those of hours after `as_of` / unused units, for which an open month needs the period of the row and `reservation/UnusedQuantity`, `reservation/TotalReservedUnits` or their normalised forms |
| cash, else list | cash; the list cost when discounts left no cash beside a gross cost |

A reservation is not amortised on Dedicated Hosts, and when a legacy report has no column of the amortised cost of reservations:
one whose names are spelled so (`lineItem/LineItemType`, `lineitem_lineitemtype`), and that has no column of CUR 2.0 alone.

A row is about a commitment when it names its ARN, and a refund also when its product code ends with `SavingsPlans`, its usage
type is `...HeavyUsage:`, `...SP:` or ends with a payment option, or its description is about a plan or a reservation; refunds
of discounts are not. The payment option is `savingsPlan/PaymentOption`, else `pricing/PurchaseOption`, else the end of the
usage type, else what the description says.

An amount is unknown when a cell that it needs is absent: the column is not in the report, or the cell is blank. An unknown
cost is null in its row, adds nothing to a total, and breaks the check `costs_known`. A blank keeps its fallback where the
table says \"else\"; of the two unused fees a blank is 0 beside the other one, unless the row has a fee of its kind.
";

const DECIDED: &str = "
## Where AWS's own export differs

| what | ours | AWS's | why |
| --- | --- | --- | --- |
| PricingCategory of Credit | null | `Other` | FOCUS allows null on credits; a credit has no price, and `Other` would be a category of prices |
| cost categories | `x_CostCategories`, under their names | in Tags under a prefix, since 1.2 | they are rules of the payer, not tags of the resource; names in Tags could collide with tags |
| BilledCost of covered usage | 0, negations dropped and proven | 0, without negations | the same |
| CapacityReservationStatus of usage, neither Used nor Unused | told by the usage type | null | FOCUS forbids null beside an id on usage |
| ResourceName | the tag Name | null | the name that people gave is of use |
";

fn print() -> String {
    let mut out = HEAD.to_owned();
    let _ = writeln!(
        out,
        "| line item type | row | only when | ChargeCategory | ChargeFrequency | PricingCategory | BilledCost | EffectiveCost | ListCost | ContractedCost | needs |"
    );
    let _ = writeln!(out, "|{}", " --- |".repeat(11));
    for row in CHARGES {
        let mut needs = Vec::new();
        for cell in [row.billed, row.effective, row.list, row.contracted].iter().flat_map(|amount| amount.needs()) {
            if !needs.contains(cell) {
                needs.push(*cell);
            }
        }
        let needs: Vec<String> = needs.into_iter().map(|cell| format!("`{}`", cell.name())).collect();
        let slot = if row.slot == Slot::Charge { "charge" } else { "unused" };
        let _ = writeln!(
            out,
            "| {} | {slot} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            row.item.text(),
            condition(row.when),
            row.category.text(),
            row.frequency.text(),
            row.pricing.map_or("null", |pricing| pricing.text()),
            amount(row.billed),
            amount(row.effective),
            amount(row.list),
            amount(row.contracted),
            needs.join(", "),
        );
    }
    out += TERMS;
    out += "\n## The closing batch\n\nRows that only the sums of a whole read show.\n\n";
    out += "| for | ChargeCategory | BilledCost | EffectiveCost |\n| --- | --- | --- | --- |\n";
    let rows = [
        (&RESIDUAL, "what covered usage and negations leave over, per period, invoice, account, plan and currency"),
        (
            &RESERVATION_REST,
            "the unused part of a reservation whose report has no columns for it: fee + upfront share - used",
        ),
    ];
    for (row, what) in rows {
        let billed = if row.billed == Amount::Zero { "0" } else { "the sum" };
        let _ = writeln!(out, "| {what} | {} | {billed} | the sum |", row.category.text());
    }
    out += DECIDED;
    out += "\n## Columns\n\n| column | made of | rule |\n| --- | --- | --- |\n";
    for &column in Focus::ALL {
        let rule = columns::of(column);
        let reads: Vec<String> = rule.reads.iter().map(|cell: &Cur| format!("`{}`", cell.name())).collect();
        let family = rule.family.map(|family| format!("{family:?}"));
        let made_of = if let Some(family) = family { family } else { reads.join(", ") };
        let _ = writeln!(out, "| {} | {made_of} | {} |", column.name(), rule.rule);
    }
    out += "\n## SkuPriceDetails\n\n| key | made of | as |\n| --- | --- | --- |\n";
    for (key, column, form) in sku::DETAILS {
        let _ = writeln!(out, "| {key} | `{}` | {form:?} |", column.name());
    }
    out += "\n## Units\n\nA time at the end of a unit is spelled out and plural; besides:\n\n| report | FOCUS |\n| --- | --- |\n";
    for (report, focus) in units::UNITS {
        let _ = writeln!(out, "| {report} | {focus} |");
    }
    out += "\n## Resource types of bare ids\n\n| prefix | ResourceType |\n| --- | --- |\n";
    for (prefix, kind) in resources::PREFIXES {
        let _ = writeln!(out, "| `{prefix}` | {kind} |");
    }
    out += "\n## Services with conditions\n\nAll services are in [services.csv](src/rules/services.csv), regions in ";
    out += "[regions.csv](src/rules/regions.csv). These rows win over the plain row of their code.\n\n";
    out += "| product code | when | ServiceName | ServiceCategory | ServiceSubcategory |\n| --- | --- | --- | --- | --- |\n";
    for row in services::rows().iter().filter(|row| !row.condition.is_empty()) {
        let (code, when, name) = (&row.product_code, &row.condition, &row.name);
        let _ = writeln!(out, "| {code} | {when} | {name} | {} | {} |", row.category, row.subcategory);
    }
    out
}

#[test]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
fn mapping_is_not_stale() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("MAPPING.md");
    let printed = print();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &printed).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(stored == printed, "core/MAPPING.md is stale: run `UPDATE_GOLDEN=1 cargo test mapping`");
}
