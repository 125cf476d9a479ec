//! A consistent bill, and methods to change it.

use std::collections::BTreeMap;

use outlay::{Reader, Totals};

use crate::support::csv;

pub const PLAN: &str = "arn:aws:savingsplans::111122223333:savingsplan/11111111-2222-3333-4444-555555555555";
pub const RESERVATION: &str =
    "arn:aws:ec2:us-east-1:111122223333:reserved-instances/aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";

/// Cells by column. Absent cells are blank.
pub type Cells = BTreeMap<&'static str, String>;

/// A consistent month of one payer with two accounts: all types of charges, a plan and a reservation with an unused part.
#[derive(Clone)]
pub struct Report {
    pub columns: Vec<&'static str>,
    pub rows: Vec<Cells>,
}

#[rustfmt::skip]
pub const COLUMNS: &[&str] = &[
    "bill/InvoiceId", "bill/BillingEntity", "bill/BillType", "bill/PayerAccountId", "bill/BillingPeriodStartDate",
    "bill/BillingPeriodEndDate", "lineItem/UsageAccountId", "lineItem/LineItemType", "lineItem/UsageStartDate",
    "lineItem/UsageEndDate", "lineItem/ProductCode", "lineItem/UsageType", "lineItem/UsageAmount",
    "lineItem/CurrencyCode", "lineItem/UnblendedCost", "lineItem/LineItemDescription", "lineItem/TaxType",
    "pricing/publicOnDemandCost", "pricing/PurchaseOption", "pricing/unit", "product/sku",
    "savingsPlan/SavingsPlanARN", "savingsPlan/SavingsPlanEffectiveCost", "savingsPlan/TotalCommitmentToDate",
    "savingsPlan/UsedCommitment", "savingsPlan/PaymentOption",
    "reservation/ReservationARN", "reservation/EffectiveCost", "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod",
    "reservation/UnusedRecurringFee", "reservation/UnusedQuantity", "reservation/TotalReservedUnits",
    "reservation/AmortizedUpfrontFeeForBillingPeriod",
];

pub fn row(line_item_type: &str, cost: &str, cells: &[(&'static str, &str)]) -> Cells {
    let common = [
        ("bill/InvoiceId", "1234567890"),
        ("bill/BillingEntity", "AWS"),
        ("bill/BillType", "Anniversary"),
        ("bill/PayerAccountId", "111122223333"),
        ("bill/BillingPeriodStartDate", "2026-01-01T00:00:00Z"),
        ("bill/BillingPeriodEndDate", "2026-02-01T00:00:00Z"),
        ("lineItem/UsageAccountId", "444455556666"),
        ("lineItem/LineItemType", line_item_type),
        ("lineItem/UsageStartDate", "2026-01-10T00:00:00Z"),
        ("lineItem/UsageEndDate", "2026-01-10T01:00:00Z"),
        ("lineItem/ProductCode", "AmazonEC2"),
        ("lineItem/UsageType", "BoxUsage:m5.large"),
        ("lineItem/UsageAmount", "1"),
        ("lineItem/CurrencyCode", "USD"),
        ("lineItem/UnblendedCost", cost),
        ("pricing/unit", "Hrs"),
        ("product/sku", "SKU1"),
    ];
    common.into_iter().chain(cells.iter().copied()).map(|(column, cell)| (column, cell.to_owned())).collect()
}

impl Report {
    pub fn whole() -> Self {
        let payer = ("lineItem/UsageAccountId", "111122223333");
        let plan = ("savingsPlan/SavingsPlanARN", PLAN);
        let reservation = ("reservation/ReservationARN", RESERVATION);
        #[rustfmt::skip]
        let rows = vec![
            row("Usage", "0.1", &[payer, ("pricing/publicOnDemandCost", "0.1")]),
            row("Usage", "0.2", &[("pricing/publicOnDemandCost", "0.2")]),
            row("SavingsPlanCoveredUsage", "0.4", &[plan, ("savingsPlan/SavingsPlanEffectiveCost", "0.3")]),
            row("SavingsPlanCoveredUsage", "0.6", &[plan, ("savingsPlan/SavingsPlanEffectiveCost", "0.5")]),
            row("SavingsPlanNegation", "-1", &[plan]),
            row("SavingsPlanRecurringFee", "1", &[payer, plan, ("lineItem/ProductCode", "ComputeSavingsPlans"),
                ("savingsPlan/TotalCommitmentToDate", "1"), ("savingsPlan/UsedCommitment", "0.8"), ("savingsPlan/PaymentOption", "No Upfront")]),
            row("DiscountedUsage", "0", &[reservation, ("reservation/EffectiveCost", "0.03"), ("pricing/publicOnDemandCost", "0.05")]),
            row("DiscountedUsage", "0", &[reservation, ("reservation/EffectiveCost", "0.03"), ("pricing/publicOnDemandCost", "0.05")]),
            row("RIFee", "0.07", &[payer, reservation, ("lineItem/UsageStartDate", "2026-01-01T00:00:00Z"), ("lineItem/UsageEndDate", "2026-01-31T23:59:59Z"),
                ("pricing/PurchaseOption", "Partial Upfront"), ("reservation/AmortizedUpfrontFeeForBillingPeriod", "0.02"),
                ("reservation/UnusedAmortizedUpfrontFeeForBillingPeriod", "0.01"), ("reservation/UnusedRecurringFee", "0.02"),
                ("reservation/UnusedQuantity", "1"), ("reservation/TotalReservedUnits", "3")]),
            row("Fee", "5", &[payer, reservation, ("bill/BillType", "Purchase"), ("reservation/TotalReservedUnits", "8760")]),
            row("Fee", "15", &[payer, ("lineItem/ProductCode", "AWSDeveloperSupport")]),
            row("Tax", "3", &[payer, ("lineItem/TaxType", "VAT")]),
            row("Credit", "-2", &[payer]),
            row("Refund", "-1", &[payer, ("bill/BillType", "Refund"), ("lineItem/UsageStartDate", "2025-12-01T00:00:00Z")]),
            row("EdpDiscount", "-0.5", &[payer]),
        ];
        Self { columns: COLUMNS.to_vec(), rows }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let rows: Vec<Vec<&str>> = self
            .rows
            .iter()
            .map(|row| self.columns.iter().map(|column| row.get(column).map_or("", String::as_str)).collect())
            .collect();
        csv(&self.columns, &rows)
    }

    /// Reads the report and returns its totals, or the error.
    pub fn read(&self) -> Result<Totals, outlay::Error> {
        self.read_as_of("2026-02-03T00:00:00Z")
    }

    pub fn read_as_of(&self, as_of: &str) -> Result<Totals, outlay::Error> {
        let mut reader = Reader::builder().as_of(as_of).read_from("report.csv", std::io::Cursor::new(self.bytes()))?;
        for batch in &mut reader {
            batch?;
        }
        Ok(reader.totals())
    }

    pub fn without(mut self, column: &str) -> Self {
        self.columns.retain(|known| *known != column);
        self
    }

    /// Sets a cell in all rows of a type.
    pub fn set(mut self, line_item_type: &str, column: &'static str, cell: &str) -> Self {
        for row in self.rows.iter_mut().filter(|row| row["lineItem/LineItemType"] == line_item_type) {
            row.insert(column, cell.to_owned());
        }
        self
    }

    pub fn first(&self, line_item_type: &str) -> usize {
        self.rows.iter().position(|row| row["lineItem/LineItemType"] == line_item_type).unwrap()
    }

    pub fn removed(mut self, line_item_type: &str) -> Self {
        let row = self.first(line_item_type);
        self.rows.remove(row);
        self
    }

    pub fn doubled(mut self, line_item_type: &str) -> Self {
        let row = self.rows[self.first(line_item_type)].clone();
        self.rows.push(row);
        self
    }

    /// Sets a cell in the first row of a type.
    pub fn changed(mut self, line_item_type: &str, column: &'static str, cell: &str) -> Self {
        let row = self.first(line_item_type);
        assert!(self.rows[row].get(column).is_some_and(|known| known != cell), "nothing is changed");
        self.rows[row].insert(column, cell.to_owned());
        self
    }
}
