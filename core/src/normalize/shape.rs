//! Columns that rows share: one function per FOCUS column that depends on charge or bill cells and the row of the
//! matrix.
//!
//! In: a combination of charge cells, or of bill cells. Out: the value of one column, `None` for null, computed once
//! for all rows that share the combination. `columns.rs` has the rules in words; marks as in `formulas.rs`.

use std::borrow::Cow;
use std::collections::HashMap;

use super::facts::{ChargeFacts, Commitment, commitment};
use crate::line_items::cells::GroupCells;
use crate::rules::charges::{Charge, Slot};
use crate::rules::{regions, services, units};
use crate::schema::cur::Cur;
use crate::schema::words::{CORRECTION, ChargeCategory, ItemType, PricingCategory, Status};

pub(super) const AWS: &str = "AWS";
pub(super) const ISSUER: &str = "Amazon Web Services, Inc.";
pub(super) const MANAGEMENT: &str = "Management Account";
pub(super) const MEMBER: &str = "Member Account";

/// A combination of charge cells with a row of the matrix.
#[derive(Clone, Copy)]
pub(super) struct ChargeGroup<'a> {
    pub(super) cells: &'a GroupCells,
    pub(super) combination: u32,
    pub(super) facts: &'a ChargeFacts,
    pub(super) charge: &'static Charge,
    pub(super) is_correction: bool,
}

impl<'a> ChargeGroup<'a> {
    pub(super) fn text(self, column: Cur) -> Option<&'a str> {
        self.cells.text(self.combination, column)
    }

    /// The unit of the price, in the format of FOCUS.
    pub(super) fn unit(self) -> Option<Cow<'a, str>> {
        self.text(Cur::PricingUnit).map(units::norm)
    }

    pub(super) fn is_unused(self) -> bool {
        self.charge.slot == Slot::Unused
    }

    pub(super) fn category(self) -> ChargeCategory {
        self.charge.category
    }

    /// Returns whether the row must have prices, quantities and SKUs: Usage and Purchase, except corrections. [spec]
    pub(super) fn is_priced(self) -> bool {
        matches!(self.category(), ChargeCategory::Usage | ChargeCategory::Purchase) && !self.is_correction
    }

    /// Only zones: AWS's own export also has plain regions here. [aws]
    pub(super) fn availability_zone(self) -> Option<&'a str> {
        self.text(Cur::AvailabilityZone).filter(|zone| regions::is_zone(zone, self.region_id()))
    }

    pub(super) fn billing_account_type(self) -> Option<&'a str> {
        Some(MANAGEMENT)
    }

    pub(super) fn billing_currency(self) -> Option<Cow<'a, str>> {
        self.text(Cur::CurrencyCode).map(upper)
    }

    pub(super) fn charge_class(self) -> Option<&'a str> {
        self.is_correction.then_some(CORRECTION)
    }

    /// The commitment of the row. Plain usage has none, even if the file has an ARN, because it would need a status.
    /// [spec]
    pub(super) fn commitment(self) -> Option<Commitment<'a>> {
        let item_type = self.facts.item_type;
        self.facts.commitment.filter(|_| item_type != ItemType::Usage)?;
        commitment(item_type, |column| self.text(column))
    }

    pub(super) fn commitment_status(self) -> Option<&'a str> {
        self.commitment()?;
        if self.is_unused() {
            return Some(Status::Unused.text());
        }
        (self.category() == ChargeCategory::Usage).then_some(Status::Used.text())
    }

    pub(super) fn invoice_issuer(self) -> Option<&'a str> {
        let by_aws = || self.text(Cur::BillingEntity) == Some(AWS);
        let legal = || self.text(Cur::LegalEntity).filter(|_| by_aws());
        self.text(Cur::InvoicingEntity).or_else(legal).or(Some(ISSUER))
    }

    pub(super) fn provider(self) -> Option<&'a str> {
        Some(AWS)
    }

    pub(super) fn publisher(self) -> Option<&'a str> {
        self.text(Cur::LegalEntity).or(Some(AWS))
    }

    pub(super) fn pricing_category(self) -> Option<&'a str> {
        let plain_refund = self.facts.item_type == ItemType::Refund && self.is_priced();
        let category = self.charge.pricing.or(plain_refund.then_some(PricingCategory::Standard))?;
        Some(category.text())
    }

    pub(super) fn pricing_currency(self) -> Option<Cow<'a, str>> {
        self.text(Cur::PricingCurrency).or_else(|| self.text(Cur::CurrencyCode)).map(upper)
    }

    pub(super) fn region_id(self) -> Option<&'a str> {
        self.text(Cur::ProductRegionCode).or_else(|| self.text(Cur::ProductRegion)).and_then(regions::clean)
    }

    /// Never null if there is a RegionId. [spec]
    pub(super) fn region_name(self) -> Option<&'a str> {
        self.region_id().map(regions::name)
    }

    pub(super) fn service(self) -> services::Service<'a> {
        services::lookup(
            self.text(Cur::ProductCode),
            self.text(Cur::ProductFamily),
            self.text(Cur::UsageType),
            self.text(Cur::ProductName),
        )
    }
}

/// A combination of bill cells.
#[derive(Clone, Copy)]
pub(super) struct BillGroup<'a> {
    pub(super) cells: &'a GroupCells,
    pub(super) combination: u32,
    pub(super) account_names: &'a HashMap<String, String>,
}

impl<'a> BillGroup<'a> {
    pub(super) fn text(self, column: Cur) -> Option<&'a str> {
        self.cells.text(self.combination, column)
    }

    pub(super) fn billing_account_name(self) -> Option<&'a str> {
        self.text(Cur::PayerAccountName).or_else(|| self.named(self.text(Cur::PayerAccountId)))
    }

    pub(super) fn sub_account_name(self) -> Option<&'a str> {
        self.text(Cur::UsageAccountName).or_else(|| self.named(self.text(Cur::UsageAccountId)))
    }

    pub(super) fn sub_account_type(self) -> Option<&'a str> {
        let account = self.text(Cur::UsageAccountId)?;
        Some(if Some(account) == self.text(Cur::PayerAccountId) { MANAGEMENT } else { MEMBER })
    }

    fn named(self, account: Option<&str>) -> Option<&'a str> {
        self.account_names.get(account?).map(String::as_str)
    }
}

fn upper(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        Cow::Owned(text.to_ascii_uppercase())
    } else {
        Cow::Borrowed(text)
    }
}
