//! The closing batch: rows that depend on the sums of a whole read.
//!
//! In: the totals of all parts. Out: a row for each residual of negations, and a row for the unused part of each
//! reservation whose report does not have it row by row. Both have the keys of their sums, so that BilledCost stays
//! exact per invoice and account.

use arrow::array::RecordBatch;

use super::apply::{Cell, Table};
use super::column::{ColumnSource, OutputColumn};
use super::proof;
use super::shape::{AWS, ISSUER, MANAGEMENT, MEMBER};
use crate::error::{Location, Result};
use crate::rules::charges;
use crate::rules::charges::Charge;
use crate::rules::{resources, services};
use crate::schema::focus::Focus;
use crate::schema::words::{CommitmentType, ItemType};
use crate::totals::row::{Amounts, RowCosts};
use crate::totals::{Group, Named, Scope, Totals};
use crate::value::decimal::{Decimal, Sum};
use crate::value::timestamp;

/// A row of the closing batch.
#[derive(Debug)]
struct Due {
    scope: Scope,
    invoice: String,
    account: String,
    product_code: String,
    arn: String,
    commitment_type: Option<CommitmentType>,
    item: ItemType,
    charge: &'static Charge,
    amount: Decimal,
}

/// Returns the closing rows as a batch and updates the totals. `None` if there are no rows.
///
/// A sum that is out of range of a decimal gets no row, which the checks report.
///
/// Fails with [`Error::Value`](crate::Error::Value) if a number is out of range of the type that the caller selected. The
/// totals are then unchanged.
pub(crate) fn close(totals: &mut Totals, table: &mut Table) -> Result<Option<RecordBatch>> {
    let due = due(totals);
    let Some(exact) = table.batch_of(&due, cell) else { return Ok(None) };
    let sums = proof::sums(&exact);
    let converted = table.convert(exact.clone());
    let (batch, rounded) = converted.map_err(|error| error.at(Location::object("closing batch")))?;
    totals.handed_out.merge(&sums);
    totals.add_rounded(&rounded, &proof::differences(&exact, &batch, |row| due[row].scope.currency.clone()));
    totals.closing_rows += due.len() as u64;
    for row in &due {
        settle(totals, row);
    }
    Ok(Some(batch))
}

fn due(totals: &Totals) -> Vec<Due> {
    let mut due = Vec::new();
    for (key, residual) in &totals.residuals {
        let Some(amount) = residual.due().to_decimal().filter(|amount| !amount.is_zero()) else { continue };
        due.push(Due {
            scope: key.scope.clone(),
            invoice: key.invoice.clone(),
            account: key.account.clone(),
            product_code: String::new(),
            arn: key.arn.clone(),
            commitment_type: (!key.arn.is_empty()).then_some(CommitmentType::SavingsPlan),
            item: ItemType::SavingsPlanNegation,
            charge: &charges::RESIDUAL,
            amount,
        });
    }
    for (named, commitment) in &totals.commitments {
        // It gets no row, and the checks report the reason.
        if totals.why_unused_unknown(&named.scope).is_some() {
            continue;
        }
        let Some(amount) = commitment.rest_due().to_decimal().filter(|amount| !amount.is_zero()) else { continue };
        due.push(Due {
            scope: named.scope.clone(),
            invoice: commitment.invoice.clone(),
            account: commitment.account.clone(),
            product_code: commitment.product_code.clone(),
            arn: named.name.clone(),
            commitment_type: commitment.commitment_type,
            item: ItemType::RIFee,
            charge: &charges::RESERVATION_REST,
            amount,
        });
    }
    due
}

/// Updates the totals with a row of the closing batch.
fn settle(totals: &mut Totals, row: &Due) {
    let amount = Sum::from(row.amount);
    let costs = row.costs();
    let is_residual = row.item == ItemType::SavingsPlanNegation;
    let group = Group { scope: row.scope.clone(), line_item_type: row.item.text().to_owned() };
    let named = |name: &String| Named { scope: row.scope.clone(), name: name.clone() };
    for flow in [
        totals.groups.entry(group).or_default(),
        totals.invoices.entry(named(&row.invoice)).or_default(),
        totals.sub_accounts.entry(named(&row.account)).or_default(),
    ] {
        flow.closing += 1;
        flow.out.add_row(&RowCosts::known(costs));
        flow.closing_effective += amount;
        if is_residual {
            flow.withheld = flow.withheld - amount;
        }
    }
    if is_residual {
        let key = crate::totals::Residual {
            scope: row.scope.clone(),
            invoice: row.invoice.clone(),
            account: row.account.clone(),
            arn: row.arn.clone(),
        };
        totals.residuals.entry(key).or_default().handed_out += amount;
    } else {
        totals.commitments.entry(named(&row.arn)).or_default().rest_handed_out += amount;
    }
}

impl Due {
    fn costs(&self) -> Amounts {
        let billed = if self.item == ItemType::SavingsPlanNegation { self.amount } else { Decimal::ZERO };
        Amounts { billed, effective: self.amount, ..Amounts::default() }
    }

    fn description(&self) -> String {
        match self.item {
            ItemType::SavingsPlanNegation if self.arn.is_empty() => {
                "Difference between covered usage and negations without a Savings Plan".to_owned()
            }
            ItemType::SavingsPlanNegation => {
                format!("Difference between covered usage and negations of Savings Plan {}", self.arn)
            }
            _ => format!("Unused part of reservation {} (unused commitment)", self.arn),
        }
    }
}

fn text(text: &str) -> Cell {
    if text.is_empty() { Cell::Null } else { Cell::Text(text.to_owned()) }
}

fn cell(row: &Due, column: &OutputColumn) -> Cell {
    let ColumnSource::Focus(column) = column.source else { return Cell::Null };
    let Amounts { billed, effective, list, contracted } = row.costs();
    let is_unused = row.item == ItemType::RIFee;
    let month = row.scope.period.and_then(timestamp::bounds_of);
    let code = (!row.product_code.is_empty()).then_some(row.product_code.as_str());
    let code = code.or((!is_unused).then_some("ComputeSavingsPlans"));
    let service = services::lookup(code, None, None, None);
    match column {
        Focus::BilledCost => Cell::Decimal(billed),
        Focus::EffectiveCost | Focus::PricingCurrencyEffectiveCost => Cell::Decimal(effective),
        Focus::ListCost => Cell::Decimal(list),
        Focus::ContractedCost => Cell::Decimal(contracted),
        Focus::BillingAccountId => text(&row.scope.payer),
        Focus::BillingAccountType => text(MANAGEMENT),
        Focus::BillingCurrency | Focus::PricingCurrency => text(&row.scope.currency),
        Focus::BillingPeriodStart | Focus::ChargePeriodStart => {
            month.map_or(Cell::Null, |(start, _)| Cell::Time(start))
        }
        Focus::BillingPeriodEnd | Focus::ChargePeriodEnd => month.map_or(Cell::Null, |(_, end)| Cell::Time(end)),
        Focus::ChargeCategory => text(row.charge.category.text()),
        Focus::ChargeFrequency => text(row.charge.frequency.text()),
        Focus::ChargeDescription => text(&row.description()),
        Focus::CommitmentDiscountId => text(&row.arn),
        Focus::CommitmentDiscountCategory => {
            row.commitment_type.map_or(Cell::Null, |commitment_type| text(commitment_type.category()))
        }
        Focus::CommitmentDiscountType => {
            row.commitment_type.map_or(Cell::Null, |commitment_type| text(commitment_type.text()))
        }
        Focus::CommitmentDiscountStatus if is_unused => text("Unused"),
        Focus::InvoiceId => text(&row.invoice),
        Focus::InvoiceIssuerName => text(ISSUER),
        Focus::ProviderName | Focus::PublisherName => text(AWS),
        Focus::PricingCategory => row.charge.pricing.map_or(Cell::Null, |pricing| text(pricing.text())),
        // The row has no quantity, and FOCUS requires one on Usage: one unit.
        Focus::PricingQuantity if is_unused => Cell::Decimal(Decimal::ONE),
        Focus::PricingUnit if is_unused => text("Units"),
        Focus::ListUnitPrice
        | Focus::ContractedUnitPrice
        | Focus::PricingCurrencyListUnitPrice
        | Focus::PricingCurrencyContractedUnitPrice
            if is_unused =>
        {
            Cell::Decimal(Decimal::ZERO)
        }
        Focus::ResourceId if is_unused => text(&row.arn),
        Focus::ResourceType if is_unused => text(resources::resource_type(&row.arn, || None)),
        Focus::ServiceName => service.name.map_or(Cell::Null, text),
        Focus::ServiceCategory => text(service.category),
        Focus::ServiceSubcategory => text(service.subcategory),
        Focus::SubAccountId => text(&row.account),
        Focus::SubAccountType if row.account == row.scope.payer => text(MANAGEMENT),
        Focus::SubAccountType if !row.account.is_empty() => text(MEMBER),
        Focus::XLineItemType => text(row.item.text()),
        Focus::XServiceCode => text(&row.product_code),
        // The totals have no cells for the others.
        Focus::AvailabilityZone
        | Focus::BillingAccountName
        | Focus::CapacityReservationId
        | Focus::CapacityReservationStatus
        | Focus::ChargeClass
        | Focus::CommitmentDiscountName
        | Focus::CommitmentDiscountQuantity
        | Focus::CommitmentDiscountStatus
        | Focus::CommitmentDiscountUnit
        | Focus::ConsumedQuantity
        | Focus::ConsumedUnit
        | Focus::ContractedUnitPrice
        | Focus::ListUnitPrice
        | Focus::PricingCurrencyContractedUnitPrice
        | Focus::PricingCurrencyListUnitPrice
        | Focus::PricingQuantity
        | Focus::PricingUnit
        | Focus::RegionId
        | Focus::RegionName
        | Focus::ResourceId
        | Focus::ResourceName
        | Focus::ResourceType
        | Focus::SkuId
        | Focus::SkuMeter
        | Focus::SkuPriceDetails
        | Focus::SkuPriceId
        | Focus::SubAccountName
        | Focus::SubAccountType
        | Focus::Tags
        | Focus::XOperation
        | Focus::XDiscounts
        | Focus::XUsageType
        | Focus::XCostCategories => Cell::Null,
    }
}
