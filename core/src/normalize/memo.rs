//! Facts of combinations of cells, computed once for all rows that share them.

use super::facts::{ChargeFacts, FileContext, commitment};
use crate::line_items::LineItems;
use crate::schema::cur::Cur;
use crate::totals::ledger::{Ledger, Payer, Subject};

/// Facts of the combinations of one file.
#[derive(Debug, Default)]
pub(crate) struct FactCache {
    /// The generations of bill and charge groups that the facts belong to.
    generations: [u64; 2],
    facts: Vec<ChargeFacts>,
    payers: Vec<Option<Payer>>,
    subjects: Vec<Option<Subject>>,
}

impl FactCache {
    /// Adds the new combinations of a block.
    pub(crate) fn learn(&mut self, items: &LineItems, context: FileContext) {
        let (Some(bills), Some(charges)) = (&items.bills, &items.charges) else { return };
        let generations = [bills.cells.generation(), charges.cells.generation()];
        if self.generations != generations {
            *self = Self { generations, ..Self::default() };
        }
        self.payers.resize(bills.cells.len(), None);
        self.subjects.resize(charges.cells.len(), None);
        let new = self.facts.len() as u32..charges.cells.len() as u32;
        self.facts.extend(new.map(|combination| ChargeFacts::of(&charges.cells, combination, context)));
    }

    /// Returns the facts of a combination of charge cells.
    pub(crate) fn facts(&self, charge: u32) -> &ChargeFacts {
        &self.facts[charge as usize]
    }

    /// Returns the ledger's indexes for payer and subject. They are created with the first row that needs them.
    pub(crate) fn keys(
        &mut self,
        items: &LineItems,
        [bill, charge]: [u32; 2],
        ledger: &mut Ledger,
    ) -> (Payer, Subject) {
        let text = |groups: &Option<crate::line_items::GroupIds>, group, column| {
            groups.as_ref().and_then(|groups| groups.cells.text(group, column)).unwrap_or_default().to_owned()
        };
        let payer = *self.payers[bill as usize].get_or_insert_with(|| {
            let period = items.bills.as_ref().and_then(|bills| bills.cells.time(bill, Cur::BillingPeriodStartDate));
            let cell = |column| text(&items.bills, bill, column);
            let currency = cell(Cur::CurrencyCode).to_ascii_uppercase();
            ledger.compare_period(period);
            let names = [&cell(Cur::PayerAccountId), &currency, &cell(Cur::InvoiceId), &cell(Cur::UsageAccountId)];
            ledger.payer(period, names.map(String::as_str))
        });
        let item_type = self.facts[charge as usize].item_type;
        let subject = *self.subjects[charge as usize].get_or_insert_with(|| {
            let named = items
                .charges
                .as_ref()
                .and_then(|charges| commitment(item_type, |column| charges.cells.text(charge, column)));
            let line_item_type = text(&items.charges, charge, Cur::LineItemType);
            ledger.subject(&line_item_type, named.map(|commitment| commitment.arn))
        });
        (payer, subject)
    }
}
