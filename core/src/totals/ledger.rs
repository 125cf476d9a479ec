//! The totals of a part while it is read. Keys are numbers, so that a row needs only a few comparisons and additions.

use std::collections::BTreeMap;
use std::hash::Hash;

use hashbrown::HashMap;

use super::asked::{Asked, AskedFor};
use super::row::{Gap, Gaps, RowCosts};
use super::{
    CommitmentTotals, Costs, Flow, Group, HandedOut, Named, PartTotals, Residual, Rule, Scope, Settled, Totals,
    Warnings, add_cells, warn,
};
use crate::error::clip;
use crate::report::manifest::period_in;
use crate::report::part::BillingPeriod;
use crate::value::decimal::{Decimal, Sum};

/// Numbers for texts.
#[derive(Debug, Default, Clone)]
struct Interner {
    ids: HashMap<Box<str>, u32>,
    texts: Vec<Box<str>>,
    /// Number of the previous text, which is nearly always the same.
    last: u32,
}

impl Interner {
    fn id(&mut self, text: &str) -> u32 {
        if self.texts.get(self.last as usize).is_some_and(|last| **last == *text) {
            return self.last;
        }
        self.last = match self.ids.get(text) {
            Some(&id) => id,
            None => {
                let id = self.texts.len() as u32;
                self.ids.insert(text.into(), id);
                self.texts.push(text.into());
                id
            }
        };
        self.last
    }

    fn text(&self, id: u32) -> String {
        self.texts.get(id as usize).map(|text| text.to_string()).unwrap_or_default()
    }
}

/// Values by key. Each key has a fixed index.
#[derive(Debug, Clone)]
struct Book<K, V> {
    places: HashMap<K, u32>,
    keys: Vec<K>,
    values: Vec<V>,
    last: u32,
}

impl<K, V> Book<K, V> {
    /// Bytes of the entries.
    fn memory(&self) -> usize {
        self.values.len() * (size_of::<K>() + size_of::<V>())
    }
}

impl<K, V> Default for Book<K, V> {
    fn default() -> Self {
        Self { places: HashMap::new(), keys: Vec::new(), values: Vec::new(), last: 0 }
    }
}

impl<K: Copy + Eq + Hash, V: Default> Book<K, V> {
    fn place(&mut self, key: K) -> u32 {
        if self.keys.get(self.last as usize) == Some(&key) {
            return self.last;
        }
        self.last = *self.places.entry(key).or_insert_with(|| {
            self.keys.push(key);
            self.values.push(V::default());
            self.keys.len() as u32 - 1
        });
        self.last
    }

    fn at(&mut self, place: u32) -> &mut V {
        &mut self.values[place as usize]
    }

    fn into_map<L: Ord>(self, name: impl Fn(K) -> L) -> BTreeMap<L, V> {
        self.keys.into_iter().map(name).zip(self.values).collect()
    }
}

/// The paying side of a line item, as indexes of the ledger.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Payer {
    /// Start of the billing period, in microseconds since 1970.
    period: Period,
    payer: u32,
    currency: u32,
    invoice: u32,
    account: u32,
    /// Indexes of the sums of the invoice and of the account.
    invoice_place: u32,
    account_place: u32,
}

/// The line item type and the commitment of a line item.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject {
    line_item_type: u32,
    commitment: Option<u32>,
}

/// Indexes of the sums that a line item is added to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places {
    flow: u32,
    group: u32,
    commitment: Option<u32>,
}

/// `None` is a separate period.
type Period = Option<i64>;

/// The totals of one part while it is read.
#[derive(Debug, Default, Clone)]
pub(crate) struct Ledger {
    names: Interner,
    payers: Interner,
    currencies: Interner,
    types: Interner,
    accounts: Interner,
    invoice_names: Interner,
    /// Sums of the line items of one invoice, account and line item type, with the index of their group. Rows are added here
    /// only, and [`Ledger::into_totals`] adds these sums to those of the group, the invoice and the sub account.
    flows: Book<(u32, u32, u32), (u32, Flow)>,
    groups: Book<(Period, u32, u32, u32), Flow>,
    invoices: Book<(Period, u32, u32, u32), Flow>,
    sub_accounts: Book<(Period, u32, u32, u32), Flow>,
    commitments: Book<(Period, u32, u32, u32), CommitmentTotals>,
    residuals: Book<(Period, u32, u32, u32, u32, u32), Settled>,
    warnings: Warnings,
    pub(crate) asked: BTreeMap<AskedFor, Asked>,
    /// The last period that was recorded. Nearly always it is that of the next row.
    noted_period: Option<Period>,
    rules: BTreeMap<&'static str, Rule>,
    gaps: Gaps,
    pub(crate) handed_out: HandedOut,
    rounded_cells: BTreeMap<String, u64>,
    /// Sums of the output minus the exact sums, by the index of the currency.
    differences: BTreeMap<u32, Costs>,
    pub(crate) part: PartTotals,
}

impl Ledger {
    /// Returns the indexes for payer account, currency, invoice and usage account in a billing period.
    pub(crate) fn payer(&mut self, period: Period, [payer, currency, invoice, account]: [&str; 4]) -> Payer {
        let (payer, currency) = (self.payers.id(payer), self.currencies.id(currency));
        let (invoice, account) = (self.invoice_names.id(invoice), self.accounts.id(account));
        Payer {
            period,
            payer,
            currency,
            invoice,
            account,
            invoice_place: self.invoices.place((period, payer, currency, invoice)),
            account_place: self.sub_accounts.place((period, payer, currency, account)),
        }
    }

    /// Warns if rows are of another billing period than the one in the file name.
    pub(crate) fn compare_period(&mut self, period: Period) {
        let object = &self.part.object;
        let (Some(named), Some(found)) = (period_in(object), period.and_then(BillingPeriod::starting_at)) else {
            return;
        };
        if named != found {
            let subject = format!("{} (named after {named}, with rows of {found})", clip(object.as_bytes()));
            self.warn_about("period_differs", "an object has rows of another month than the one in its name", &subject);
        }
    }

    /// Records the billing period of a record, if months are selected.
    pub(crate) fn note_period(&mut self, period: Period) {
        if self.noted_period.replace(period) == Some(period) {
            return;
        }
        let month = period.and_then(BillingPeriod::starting_at);
        if let (Some(month), Some(asked)) = (month, self.asked.get_mut(&AskedFor::Period)) {
            let month = month.to_string();
            asked.note(&month);
            asked.found(&month);
        }
    }

    /// Returns the indexes for a line item type and the ARN of a commitment.
    pub(crate) fn subject(&mut self, line_item_type: &str, commitment: Option<&str>) -> Subject {
        let commitment = commitment.map(|arn| self.names.id(arn));
        Subject { line_item_type: self.types.id(line_item_type), commitment }
    }

    /// Returns the indexes of the sums for a line item.
    pub(crate) fn places(&mut self, payer: Payer, subject: Subject) -> Places {
        let Payer { period, payer, currency, invoice_place, account_place, .. } = payer;
        let known = self.flows.values.len();
        let flow = self.flows.place((invoice_place, account_place, subject.line_item_type));
        if self.flows.values.len() > known {
            self.flows.at(flow).0 = self.groups.place((period, payer, currency, subject.line_item_type));
        }
        Places {
            flow,
            group: self.flows.at(flow).0,
            commitment: subject.commitment.map(|arn| self.commitments.place((period, payer, currency, arn))),
        }
    }

    /// Returns about how many bytes the sums take.
    pub(crate) fn memory(&self) -> usize {
        let named = self.groups.memory() + self.invoices.memory() + self.sub_accounts.memory();
        named + self.flows.memory() + self.commitments.memory() + self.residuals.memory()
    }

    /// Returns the number of currencies.
    pub(crate) fn currencies(&self) -> usize {
        self.currencies.texts.len()
    }

    /// Updates the sums of a line item.
    pub(crate) fn book(&mut self, places: Places, book: impl FnOnce(&mut Flow)) {
        book(&mut self.flows.at(places.flow).1);
    }

    /// Adds an output row.
    pub(crate) fn book_out(&mut self, places: Places, costs: &RowCosts) {
        self.book(places, |flow| {
            flow.rows_out += 1;
            flow.out.add_row(costs);
        });
        if !costs.is_known() {
            self.book(places, |flow| flow.unknown.add_row(costs));
        }
    }

    /// Records the reason for an unknown cost of a row.
    pub(crate) fn note_gap(&mut self, gap: Gap) {
        *self.gaps.entry(gap).or_default() += 1;
    }

    /// Returns the sums of the commitment of a line item, if it names one.
    pub(crate) fn commitment(&mut self, places: Places) -> Option<&mut CommitmentTotals> {
        places.commitment.map(|place| self.commitments.at(place))
    }

    /// Adds cash that is not returned row by row: covered usage and the negations that cancel it.
    pub(crate) fn withhold(&mut self, payer: Payer, subject: Subject, places: Places, cash: Option<Decimal>) {
        self.residual(payer, subject).add(cash);
        self.book(places, |flow| flow.withheld += cash.unwrap_or_default());
    }

    /// Adds such cash where it is returned row by row, so that the residual is checked all the same.
    pub(crate) fn note_residual(&mut self, payer: Payer, subject: Subject, cash: Option<Decimal>) {
        let residual = self.residual(payer, subject);
        residual.add(cash);
        residual.handed_out += cash.unwrap_or_default();
    }

    fn residual(&mut self, payer: Payer, subject: Subject) -> &mut Settled {
        let commitment = subject.commitment.unwrap_or_else(|| self.names.id(""));
        let Payer { period, payer, currency, invoice, account, .. } = payer;
        let place = self.residuals.place((period, payer, currency, invoice, account, commitment));
        self.residuals.at(place)
    }

    /// Adds a warning for one row. `what` describes the condition without naming its subject, which can be empty.
    pub(crate) fn warn(&mut self, code: &'static str, what: &str, subject: &str) {
        warn(&mut self.warnings, code, what, 1, subject, String::new);
    }

    /// Adds a warning for several rows. `detail` describes the subject.
    pub(crate) fn warn_rows(&mut self, code: &'static str, what: &str, rows: u64, subject: &str, detail: &str) {
        warn(&mut self.warnings, code, what, rows, subject, || detail.to_owned());
    }

    /// Adds a warning that is not about rows.
    pub(crate) fn warn_about(&mut self, code: &'static str, what: &str, subject: &str) {
        warn(&mut self.warnings, code, what, 0, subject, String::new);
    }

    /// Adds the result of a rule for single rows.
    pub(crate) fn rule(&mut self, name: &'static str, checked: u64, broken: u64, first: impl FnOnce() -> String) {
        let rule = self.rules.entry(name).or_default();
        rule.checked += checked;
        rule.broken += broken;
        if broken > 0 && rule.first.is_none() {
            rule.first = Some(first());
        }
    }

    /// Adds comparisons of a rule that could not be made.
    pub(crate) fn skip_rule(&mut self, name: &'static str, skipped: u64) {
        self.rules.entry(name).or_default().skipped += skipped;
    }

    /// Returns the index of the currency of a line item.
    pub(crate) fn currency(&self, places: Places) -> u32 {
        let (.., currency, _) = self.groups.keys[places.group as usize];
        currency
    }

    /// Adds numbers of rounded cells, by column, and what rounding changed in the sums, by the index of the currency.
    pub(crate) fn add_rounded(&mut self, cells: &BTreeMap<String, u64>, differences: &BTreeMap<u32, Costs>) {
        add_cells(&mut self.rounded_cells, cells);
        for (&currency, difference) in differences {
            self.differences.entry(currency).or_default().add(difference);
        }
    }

    /// Returns the totals of the part.
    pub(crate) fn into_totals(mut self) -> Totals {
        for (&(invoice, account, _), (group, flow)) in self.flows.keys.iter().zip(&self.flows.values) {
            self.groups.at(*group).merge(flow);
            self.invoices.at(invoice).merge(flow);
            self.sub_accounts.at(account).merge(flow);
        }
        let mut costs = BTreeMap::<String, Costs>::new();
        for (&(_, _, currency, _), flow) in self.groups.keys.iter().zip(&self.groups.values) {
            costs.entry(self.currencies.text(currency)).or_default().add(&flow.out);
            self.part.rows_out += flow.rows_out;
        }
        self.part.costs = costs;
        let scope = |period, payer, currency| Scope {
            period,
            payer: self.payers.text(payer),
            currency: self.currencies.text(currency),
        };
        let named = |names: &Interner, (period, payer, currency, name): (Period, u32, u32, u32)| Named {
            scope: scope(period, payer, currency),
            name: names.text(name),
        };
        Totals {
            parts: vec![self.part],
            groups: self.groups.into_map(|(period, payer, currency, line_item_type)| Group {
                scope: scope(period, payer, currency),
                line_item_type: self.types.text(line_item_type),
            }),
            invoices: self.invoices.into_map(|key| named(&self.invoice_names, key)),
            sub_accounts: self.sub_accounts.into_map(|key| named(&self.accounts, key)),
            commitments: self.commitments.into_map(|key| named(&self.names, key)),
            residuals: self.residuals.into_map(|(period, payer, currency, invoice, account, arn)| Residual {
                scope: scope(period, payer, currency),
                invoice: self.invoice_names.text(invoice),
                account: self.accounts.text(account),
                arn: self.names.text(arn),
            }),
            warnings: self.warnings,
            asked: self.asked.into_iter().map(|(kind, asked)| (kind, asked.tidied())).collect(),
            rules: self.rules.into_iter().map(|(name, rule)| (name.to_owned(), rule)).collect(),
            gaps: self.gaps,
            handed_out: self.handed_out,
            rounded_cells: self.rounded_cells,
            decimals_difference: (self.differences.into_iter())
                .filter(|(_, difference)| *difference != Costs::default())
                .map(|(currency, difference)| (self.currencies.text(currency), difference))
                .collect(),
            ..Totals::default()
        }
    }
}

/// The tolerance for a sum of amounts that AWS rounded to 10 decimal places each: 1e-6 + 1e-10 per row.
pub(super) fn tolerance(rows: u64) -> Sum {
    const BASE: i128 = 1_000_000_000_000;
    const PER_ROW: i128 = 100_000_000;
    Sum::from(Decimal::from_unscaled(BASE + PER_ROW * i128::from(rows)))
}
