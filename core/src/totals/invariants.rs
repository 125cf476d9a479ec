//! The checks of control totals: amounts and counts that must be equal if no row was lost or doubled.

use std::collections::{BTreeMap, BTreeSet};

use super::asked::{Asked, AskedFor};
use super::check::{Check, CheckBuilder, Guards, NO_ROWS, Outcome};
use super::ledger::tolerance;
use super::row::{Cost, Gap};
use super::{CommitmentTotals, Flow, Group, Named, Scope, Totals};
use crate::error::{Error, Result, clip, printable};
use crate::rules::accounts;
use crate::schema::cur::Cur;
use crate::schema::words::{CommitmentType, ItemType};
use crate::value::decimal::Sum;

const PARTS_COMPLETE: &str = "parts_complete";
const UNIT_PRICES: &str = "unit_prices";
const NULL_RULES: &str = "null_rules";

/// The checks of single rows, which rows that were not read cannot change.
const PER_ROW: &[&str] =
    &["nothing_quarantined", "costs_known", "currency_known", UNIT_PRICES, NULL_RULES, PARTS_COMPLETE];

/// The checks of parts and records, which are made for rows of the report itself too.
const OF_RECORDS: &[&str] = &[PARTS_COMPLETE, "parts_of_plan", "nothing_quarantined", "rows_accounted_for"];

/// The result of a check over all rows, if only some of them were read.
fn undecided(check: Check) -> Check {
    if check.holds {
        return check;
    }
    let detail = "not all rows were read".to_owned();
    Check { holds: true, applies: false, skipped: 1, detail, ..check }
}

/// The result of a check of FOCUS columns, if the rows are those of the report itself.
fn unmapped(check: Check) -> Check {
    let guards = match check.code.as_str() {
        UNIT_PRICES | NULL_RULES => Guards::Form,
        _ => Guards::Money,
    };
    Check { guards, holds: true, applies: false, skipped: 1, detail: UNMAPPED.to_owned(), ..check }
}

impl Totals {
    /// Returns the outcome of all checks.
    pub fn outcome(&self) -> Outcome {
        Outcome::of(&self.checks())
    }

    /// Checks that the outcome is not [`Outcome::Unproven`], and that the read reached its end.
    ///
    /// # Errors
    ///
    /// [`Error::Unproven`] with each check that fails and the difference found. Also if the caller ended the read before
    /// its end, although the outcome is then [`Outcome::Partial`].
    pub fn check(&self) -> Result<()> {
        let failed: Vec<String> = self
            .checks()
            .into_iter()
            .filter(|check| !check.holds || (self.ended_early && check.code == PARTS_COMPLETE))
            .map(|check| format!("{}: {}", check.code, check.detail))
            .collect();
        if failed.is_empty() { Ok(()) } else { Err(Error::Unproven { failed }) }
    }

    /// Returns all checks, in a fixed order: completeness first, then money, then form.
    ///
    /// Sources: FOCUS 1.2 (costs, commitments, null handling) and the AWS CUR user guide (Savings Plans, reservations).
    pub fn checks(&self) -> Vec<Check> {
        let mut checks = vec![
            self.parts_complete(),
            self.parts_of_plan(),
            self.nothing_quarantined(),
            self.rows_accounted_for(),
            self.costs_known(),
            self.currency_known(),
            self.arrays_match(),
            costs_match("billed_cost", self.flows(), billed).verdict(INPUT_EQUALS_OUTPUT),
            self.effective_cost(),
            costs_match("billed_cost_by_invoice", by_name(&self.invoices), billed).verdict(INPUT_EQUALS_OUTPUT),
            self.billed_cost_by_sub_account(),
            self.closing_rows_handed_out(),
            self.negations_cancel(),
            self.plans_add_up("savings_plan_quantity", |plan| {
                (plan.used_quantity + plan.unused_quantity, plan.committed)
            }),
            self.plans_add_up("savings_plan_cost", |plan| {
                (plan.used_effective + plan.unused_effective, plan.committed_net)
            }),
            self.reservations_add_up(),
            self.discounts_counted_once(),
            self.rule(UNIT_PRICES, "unit price x quantity meets the cost"),
            self.rule(NULL_RULES, "values are null together as FOCUS requires"),
        ];
        if self.is_unmapped {
            // A check that fails has found other rows in the arrays than were counted.
            let is_made = |check: &Check| !check.holds || OF_RECORDS.contains(&check.code.as_str());
            checks = checks.into_iter().map(|check| if is_made(&check) { check } else { unmapped(check) }).collect();
        }
        if !self.ended_early {
            return checks;
        }
        checks
            .into_iter()
            .map(|check| if PER_ROW.contains(&check.code.as_str()) { check } else { undecided(check) })
            .collect()
    }

    fn parts_complete(&self) -> Check {
        let mut check = CheckBuilder::new(PARTS_COMPLETE, Guards::Completeness);
        if self.ended_early {
            let rows = self.parts.iter().map(|part| part.rows_out).sum::<u64>();
            check.skip(match rows {
                0 => "no row was read; read the report to its end".to_owned(),
                _ => format!("the read was ended early, after {rows} rows; read it to its end"),
            });
            return check.verdict("");
        }
        let mut contents = BTreeMap::new();
        for part in &self.parts {
            check.compare(part.complete, || format!("{} was not read to its end", part.object));
            // Parts with only a header have equal content without being the same part.
            let Some(content) = part.content.filter(|_| part.rows_in > 0) else { continue };
            if let Some(first) = contents.insert(content, &part.object) {
                check.compare(false, || format!("{first} and {} have the same content", part.object));
            }
        }
        check.compare(!self.parts.is_empty(), || "no part was read".to_owned());
        let has_no_month = self.asked.get(&AskedFor::Period).is_some_and(Asked::finds_nothing);
        check.compare(self.parts.is_empty() || !has_no_month, || "no row is of the months in `periods`".to_owned());
        check.verdict("every part was read to its end")
    }

    /// Checks that the parts are those of the plan. A whole read has its plan; merged totals are compared with one by
    /// `check_against`.
    fn parts_of_plan(&self) -> Check {
        let mut check = CheckBuilder::new("parts_of_plan", Guards::Completeness);
        let some = self.told.values().filter(|warning| warning.code == "some_parts");
        some.for_each(|warning| check.skip(warning.message.clone()));
        match &self.plan.0 {
            None => check.skip("the parts were not compared with a plan: call `check_against`".to_owned()),
            Some(plan) => {
                check.compare(*plan == self.digest(), || "the parts are not those of their plan".to_owned());
                let mut seen = BTreeSet::new();
                for part in &self.parts {
                    check.compare(seen.insert(part.identity()), || format!("{} was read twice", part.identity()));
                }
                for why in self.why_months_are_missing() {
                    check.skip(format!("all months in `periods`: {why}"));
                }
            }
        }
        check.verdict("the parts are those of the plan, each once")
    }

    fn nothing_quarantined(&self) -> Check {
        let mut check = CheckBuilder::new("nothing_quarantined", Guards::Completeness);
        for part in &self.parts {
            check.compare(part.rows_quarantined == 0, || {
                format!("{}: {} records set aside", part.object, part.rows_quarantined)
            });
        }
        check.verdict("every record was understood")
    }

    /// Counts fees that may have bought reservations in scopes where there are rows of reservations and none names its
    /// reservation.
    fn fees_without_arn(&self) -> BTreeMap<&Scope, u64> {
        let mut scopes = BTreeMap::<&Scope, (u64, bool, bool)>::new();
        for (group, flow) in &self.groups {
            let (fees, is_reserved, is_named) = scopes.entry(&group.scope).or_default();
            match ItemType::from_text(&group.line_item_type) {
                ItemType::Fee => *fees += flow.unnamed,
                item if item.commitment() == Some(CommitmentType::ReservedInstance) => {
                    *is_reserved |= flow.rows_in > 0;
                    *is_named |= flow.rows_in > flow.unnamed;
                }
                _ => {}
            }
        }
        // Without the column, each of these fees is already a gap.
        let is_fee = |gap: &Gap| ItemType::from_text(&gap.line_item_type) == ItemType::Fee;
        if self.gaps.keys().any(is_fee) {
            return BTreeMap::new();
        }
        let fees =
            scopes.into_iter().filter(|(_, (fees, is_reserved, is_named))| *fees > 0 && *is_reserved && !is_named);
        fees.map(|(scope, (fees, ..))| (scope, fees)).collect()
    }

    /// Counts rows on cash basis, because their part has no columns of amortized reservation costs, in scopes where
    /// other parts have them.
    fn rows_of_older_parts(&self) -> BTreeMap<&Scope, u64> {
        let mut scopes = BTreeMap::<&Scope, (u64, bool)>::new();
        for (group, flow) in &self.groups {
            let (older, is_amortized) = scopes.entry(&group.scope).or_default();
            *older += flow.older;
            let commitment_type = ItemType::from_text(&group.line_item_type).commitment();
            *is_amortized |= commitment_type == Some(CommitmentType::ReservedInstance) && flow.rows_in > flow.older;
        }
        scopes.retain(|_, (older, is_amortized)| *older > 0 && *is_amortized);
        scopes.into_iter().map(|(scope, (older, _))| (scope, older)).collect()
    }

    /// rows out = rows in - quarantined - dropped + split + closing
    fn rows_accounted_for(&self) -> Check {
        let mut check = CheckBuilder::new("rows_accounted_for", Guards::Completeness);
        let dropped: u64 = self.rows_dropped().values().sum();
        let left = i128::from(self.rows_in()) - i128::from(self.rows_quarantined()) - i128::from(dropped);
        let wanted = left + i128::from(self.rows_split()) + i128::from(self.closing_rows);
        let out = i128::from(self.rows_out());
        check.compare(wanted == out, || format!("{wanted} rows expected in the output, found {out}"));
        match self.rows_without_period() {
            0 => {}
            1 => check.skip("1 row without a billing period, which may be of a month in `periods`".to_owned()),
            rows => check.skip(format!("{rows} rows without a billing period, which may be of a month in `periods`")),
        }
        check.verdict("every record is in the output or counted as left out")
    }

    /// Checks that each cost could be computed from the cells of the report. Failures name the columns to add to the
    /// export.
    fn costs_known(&self) -> Check {
        let mut check = CheckBuilder::new("costs_known", Guards::Money);
        let rows: u64 = self.groups.values().map(|flow| flow.rows_in).sum();
        if rows > 0 {
            check.compare(true, String::new);
        }
        for (gap, rows) in &self.gaps {
            check.compare(false, || gap.sentence(*rows));
        }
        for (scope, rows) in self.rows_of_older_parts() {
            check.compare(false, || {
                format!(
                    "{}: EffectiveCost of {rows} rows of reservations or fees equals BilledCost, because their parts lack the \
                     amortized reservation columns that other parts have; read the report as AWS delivered it",
                    label(scope, "")
                )
            });
        }
        for (scope, fees) in self.fees_without_arn() {
            let (legacy, cur2) = (Cur::ReservationARN.legacy(), Cur::ReservationARN.cur2());
            check.compare(false, || {
                format!(
                    "{}: EffectiveCost of {fees} rows of Fee may count upfront fees twice: {legacy} (CUR 2.0: {cur2}) is blank \
                     in every reservation row; read the report as AWS delivered it",
                    label(scope, "")
                )
            });
        }
        check.verdict("every cost is made of cells that the report has")
    }

    /// Checks that every row has a valid currency. Amounts without a currency are summed separately.
    fn currency_known(&self) -> Check {
        const REMEDY: &str = "add lineItem/CurrencyCode (CUR 2.0: line_item_currency_code) to the export";
        let mut scopes = BTreeMap::<(Option<i64>, &str), (u64, u64)>::new();
        let mut strange = BTreeMap::<&str, u64>::new();
        for (group, flow) in &self.groups {
            let Scope { period, payer, currency } = &group.scope;
            let is_code = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
            if !is_code && !currency.is_empty() {
                *strange.entry(currency).or_default() += flow.rows_in;
            }
            let (with, without) = scopes.entry((*period, payer)).or_default();
            *(if currency.is_empty() { without } else { with }) += flow.rows_in;
        }
        let mut check = CheckBuilder::new("currency_known", Guards::Money);
        for ((period, payer), (with, without)) in scopes {
            let scope = Scope { period, payer: payer.to_owned(), currency: String::new() };
            let what = || format!("{}: {without} rows have no currency; {REMEDY}", label(&scope, ""));
            if with > 0 {
                check.compare(true, String::new);
            }
            if without > 0 {
                check.skip(what());
            }
        }
        for (currency, rows) in strange {
            let currency = clip(currency.as_bytes());
            check.compare(false, || {
                format!("`{currency}` in {rows} rows is not a currency code; ISO 4217 codes have three capital letters")
            });
        }
        check.verdict("every row has a currency")
    }

    /// Compares the sums and nulls of the returned arrays with the counted totals.
    fn arrays_match(&self) -> Check {
        let mut check = CheckBuilder::new("arrays_match", Guards::Money);
        let rows = self.rows_out();
        let handed = self.handed_out.rows;
        check.compare(rows == handed, || format!("{rows} rows were counted, the arrays have {handed}"));
        let mut all = super::Costs::default();
        for costs in self.costs().values() {
            all.add(costs);
        }
        let mut unknown = super::UnknownRows::default();
        for flow in self.groups.values() {
            unknown.add(&flow.unknown);
        }
        let counted = [all.billed, all.effective, all.list, all.contracted].into_iter().zip(unknown.counts());
        let handed = self.handed_out.costs.into_iter().zip(self.handed_out.nulls);
        for ((cost, (counted, unknown)), (handed, nulls)) in Cost::ALL.into_iter().zip(counted).zip(handed) {
            let Some(handed) = handed else { continue };
            let name = cost.column().name();
            check.compare(counted == handed, || format!("{name}: {counted} was counted, the arrays sum to {handed}"));
            check.compare(unknown == nulls, || format!("{name}: {unknown} are unknown, the arrays have {nulls} nulls"));
        }
        check.verdict("the arrays sum to what was counted")
    }

    fn flows(&self) -> impl Iterator<Item = (&Scope, &str, &Flow)> {
        self.groups.iter().map(|(group, flow)| (&group.scope, "", flow))
    }

    /// Compares EffectiveCost with a second computation that does not use the matrix of charges.
    fn effective_cost(&self) -> Check {
        let mut check = costs_match("effective_cost", self.flows(), effective);
        for (group, flow) in &self.groups {
            let (unknown_in, unknown_out) = (flow.effective_unknown_in, flow.unknown.effective);
            if unknown_in != unknown_out {
                check.compare(false, || {
                    let label = label(&group.scope, &group.line_item_type);
                    format!("{label}: {unknown_in} unknown costs came in, {unknown_out} went out")
                });
            }
        }
        check.verdict(INPUT_EQUALS_OUTPUT)
    }

    /// Compares BilledCost by sub account, and checks that account ids are valid.
    fn billed_cost_by_sub_account(&self) -> Check {
        const NAMED: usize = 3;
        let mut check = costs_match("billed_cost_by_sub_account", by_name(&self.sub_accounts), billed);
        let rows = |is_named: bool| -> u64 {
            let flows = self.sub_accounts.iter().filter(|(named, _)| named.name.is_empty() != is_named);
            flows.map(|(_, flow)| flow.rows_in).sum()
        };
        if rows(false) > 0 && rows(true) == 0 {
            let add = "add lineItem/UsageAccountId (CUR 2.0: line_item_usage_account_id) to the export";
            check.skip(format!("no row names its account; {add}"));
        }
        let mut damaged = BTreeMap::<&str, (BTreeSet<&str>, u64)>::new();
        for (named, flow) in &self.sub_accounts {
            let (account, payer) = (named.name.as_str(), named.scope.payer.as_str());
            let (of_account, of_payer) = (accounts::damage(account), accounts::damage(payer));
            // Rows whose two ids are damaged in the same way count once.
            let rows_of_payer = if of_payer == of_account { 0 } else { flow.rows_in };
            for (id, damage, rows) in [(account, of_account, flow.rows_in), (payer, of_payer, rows_of_payer)] {
                if let Some(damage) = damage {
                    let (ids, all_rows) = damaged.entry(damage).or_default();
                    ids.insert(id);
                    *all_rows += rows;
                }
            }
        }
        for (damage, (ids, rows)) in damaged {
            check.compare(false, || {
                let named: Vec<String> =
                    ids.iter().take(NAMED).map(|id| format!("`{}`", clip(id.as_bytes()))).collect();
                let more = ids.len().saturating_sub(NAMED);
                let more = if more == 0 { String::new() } else { format!(" and {more} more") };
                let named = named.join(", ");
                format!("account id {named}{more} {damage} ({rows} rows); read the report as AWS delivered it")
            });
        }
        check.verdict(INPUT_EQUALS_OUTPUT)
    }

    fn closing_rows_handed_out(&self) -> Check {
        let mut check = CheckBuilder::new("closing_rows", Guards::Money);
        for (residual, settled) in &self.residuals {
            check.compare(settled.due().is_zero(), || {
                format!("{}: {} {} {IN_CLOSING_BATCH}", residual.arn, settled.due(), residual.scope.currency)
            });
        }
        for (named, commitment) in &self.commitments {
            let due = commitment.rest_due();
            check.compare(due.is_zero(), || match self.why_unused_unknown(&named.scope) {
                Some(why) => format!("{}: its unused part is not known: {why}; {UNUSED}", named.name),
                None => format!("{}: {due} {} {IN_CLOSING_BATCH}", named.name, named.scope.currency),
            });
        }
        check.verdict("all closing rows were read")
    }

    /// Returns why the unused part of reservations cannot be computed from fee and usage, if so.
    pub(crate) fn why_unused_unknown(&self, scope: &Scope) -> Option<&'static str> {
        if self.is_of_member(scope) {
            return Some(OF_MEMBER);
        }
        let is_unnamed = |(group, flow): (&Group, &Flow)| {
            let commitment_type = ItemType::from_text(&group.line_item_type).commitment();
            group.scope == *scope && flow.unnamed > 0 && commitment_type == Some(CommitmentType::ReservedInstance)
        };
        self.groups.iter().any(is_unnamed).then_some("some of its rows may not name it")
    }

    /// Returns whether all usage of a scope is in one account that is not the payer. Then it is probably the report of a
    /// member account, which lacks the usage of its commitments by other accounts.
    fn is_of_member(&self, scope: &Scope) -> bool {
        let from = Named { scope: scope.clone(), name: String::new() };
        let keys = self.sub_accounts.range(from..).map(|(named, _)| named);
        let mut accounts = keys.take_while(|named| named.scope == *scope).filter(|named| !named.name.is_empty());
        let first = accounts.next();
        let is_alone = accounts.next().is_none();
        !scope.payer.is_empty() && is_alone && first.is_some_and(|account| account.name != scope.payer)
    }

    /// Returns why the usage of a commitment cannot be checked, if so.
    pub(super) fn why_not_checked(&self, named: &Named, totals: &CommitmentTotals) -> Option<&'static str> {
        if totals.unknown_rows > 0 {
            Some("its amounts are not all known")
        } else if self.is_of_member(&named.scope) {
            Some(OF_MEMBER)
        } else if totals.fee_rows == 0 {
            Some("its fee is not in this report")
        } else if totals.without_invoice_column {
            Some("a final month is known by its invoice; add bill/InvoiceId (CUR 2.0: bill_invoice_id) to the export")
        } else if totals.open_fee_rows > 0 {
            Some("its fee has no invoice yet: the month is not final")
        } else {
            None
        }
    }

    /// Records rows of a commitment type that do not name their commitment, and so cannot be summed.
    fn skip_unnamed(&self, commitment_type: CommitmentType, check: &mut CheckBuilder) {
        let column = match commitment_type {
            CommitmentType::SavingsPlan => Cur::SavingsPlanARN,
            CommitmentType::ReservedInstance => Cur::ReservationARN,
        };
        for (group, flow) in self.groups.iter().filter(|(_, flow)| flow.unnamed > 0) {
            if ItemType::from_text(&group.line_item_type).commitment() == Some(commitment_type) {
                let (rows, line_item_type) = (flow.unnamed, clip(group.line_item_type.as_bytes()));
                let (legacy, cur2) = (column.legacy(), column.cur2());
                check.skip(format!(
                    "{rows} rows of {line_item_type} do not name their commitment; add {legacy} (CUR 2.0: {cur2}) to the export"
                ));
            }
        }
    }

    /// Checks that covered usage and negations cancel out, by plan, period and currency.
    fn negations_cancel(&self) -> Check {
        let mut sums = BTreeMap::<(&Scope, &str), (Sum, u64)>::new();
        for (residual, settled) in &self.residuals {
            let sum = sums.entry((&residual.scope, &residual.arn)).or_default();
            sum.0 += settled.sum;
            sum.1 += settled.unknown;
        }
        let mut check = CheckBuilder::new("savings_plan_negation", Guards::Money);
        for ((scope, arn), (sum, unknown)) in sums {
            let label = || label(scope, if arn.is_empty() { "covered usage without an ARN" } else { arn });
            if unknown > 0 {
                check.skip(format!("{}: the cash of {unknown} rows is not known", label()));
                continue;
            }
            let key = Named { scope: scope.clone(), name: arn.to_owned() };
            let rows = self.commitments.get(&key).map_or(0, |plan| plan.used_rows + plan.negation_rows);
            check.compare(sum.abs() <= tolerance(rows), || {
                format!("{}: covered usage and negations leave {sum} {}", label(), scope.currency)
            });
        }
        check.verdict("covered usage and negations cancel out")
    }

    /// Checks that used and unused parts of a plan add up to its commitment. Only for the report of the plan's owner,
    /// once the month is final.
    fn plans_add_up(&self, name: &'static str, sides: fn(&CommitmentTotals) -> (Sum, Sum)) -> Check {
        let mut check = CheckBuilder::new(name, Guards::Money);
        for (plan, totals) in self.of_type(CommitmentType::SavingsPlan) {
            // Rows that only refer to a plan, such as refunds, use nothing of it. With discounts the net commitment is
            // approximate: AWS may discount covered rows unequally.
            if totals.rows == 0 {
                continue;
            }
            let is_of_money = name == "savings_plan_cost";
            let why = if is_of_money && totals.is_net && totals.committed != totals.committed_net {
                Some("AWS publishes no net form of the used commitment")
            } else if !is_of_money && totals.unknown_quantities > 0 {
                Some("savingsPlan/SavingsPlanEffectiveCost is not in all of its rows")
            } else {
                None
            };
            if let Some(why) = self.why_not_checked(plan, totals).or(why) {
                check.skip(format!("{}: {why}", label(&plan.scope, &plan.name)));
                continue;
            }
            let (sum, committed) = sides(totals);
            check.compare((sum - committed).abs() <= tolerance(totals.rows), || {
                let scope = &plan.scope;
                let difference = sum - committed;
                format!("{}: used and unused are {difference} {} off", label(scope, &plan.name), scope.currency)
            });
        }
        self.skip_unnamed(CommitmentType::SavingsPlan, &mut check);
        check.verdict("used and unused parts make up the commitment")
    }

    /// Checks that used and unused parts of a reservation add up to its fee and upfront share, once the month is final.
    fn reservations_add_up(&self) -> Check {
        let mut check = CheckBuilder::new("reservation_cost", Guards::Money);
        for (named, totals) in self.of_type(CommitmentType::ReservedInstance) {
            if totals.unamortized || totals.rows == 0 {
                continue;
            }
            let label = || label(&named.scope, &named.name);
            if let Some(why) = self.why_not_checked(named, totals) {
                check.skip(format!("{}: {why}", label()));
                continue;
            }
            // Without columns of the unused part, the closing batch has it, which makes both sides equal. A negative
            // unused part means that more was used than the fee.
            let rest = totals.rest();
            if rest < Sum::ZERO && rest.abs() > totals.reservation_tolerance() {
                check.compare(false, || {
                    format!("{}: used more than its fee, by {} {}", label(), rest.abs(), named.scope.currency)
                });
                continue;
            }
            let (Some(upfront), Some(true)) = (totals.upfront_share, totals.tells_unused) else {
                let column = "reservation/AmortizedUpfrontFeeForBillingPeriod";
                check.skip(format!("{}: the report lacks {column} or the columns of unused fees", label()));
                continue;
            };
            let difference = totals.reservation_difference(upfront);
            check.compare(difference.abs() <= totals.reservation_tolerance(), || {
                format!("{}: used and unused are {difference} {} off", label(), named.scope.currency)
            });
        }
        self.skip_unnamed(CommitmentType::ReservedInstance, &mut check);
        check.verdict("used and unused parts make up fee and upfront share")
    }

    /// Checks that discounts are either included in rows or rows of their own. With both, a discount may be counted
    /// twice.
    fn discounts_counted_once(&self) -> Check {
        let mut scopes = BTreeMap::<&Scope, (u64, u64)>::new();
        for (group, flow) in &self.groups {
            let (inside, apart) = scopes.entry(&group.scope).or_default();
            *inside += flow.discounted_rows;
            *apart += flow.discounts_without_net;
        }
        let mut check = CheckBuilder::new("discounts_counted_once", Guards::Money);
        for (scope, (inside, apart)) in scopes.into_iter().filter(|(_, (_, apart))| *apart > 0) {
            check.compare(inside == 0, || {
                format!(
                    "{}: {inside} rows include a discount, and {apart} rows are discounts themselves: one may be counted twice",
                    label(scope, "")
                )
            });
        }
        check.verdict("no discount is both inside a row and a separate row")
    }

    fn rule(&self, name: &'static str, fits: &str) -> Check {
        let rule = self.rules.get(name).cloned().unwrap_or_default();
        let applies = rule.checked > 0;
        let detail = match (rule.broken, &rule.first) {
            (0, _) if applies && rule.skipped > 0 => {
                format!("{fits} ({} compared), but not for columns that were not read", rule.checked)
            }
            (0, _) if applies => format!("{fits} ({} compared)", rule.checked),
            (0, _) if rule.skipped > 0 => "not compared: columns that it compares were not read".to_owned(),
            (0, _) => NO_ROWS.to_owned(),
            (broken, first) => format!("{broken} broken; first: {}", first.as_deref().unwrap_or("unknown")),
        };
        let guards = if applies || rule.skipped > 0 { Guards::Form } else { Guards::Nothing };
        let detail = printable(detail).to_string();
        Check { code: name.to_owned(), guards, holds: rule.broken == 0, applies, skipped: rule.skipped, detail }
    }

    fn of_type(&self, commitment_type: CommitmentType) -> impl Iterator<Item = (&Named, &CommitmentTotals)> {
        self.commitments.iter().filter(move |(_, totals)| totals.commitment_type == Some(commitment_type))
    }
}

const INPUT_EQUALS_OUTPUT: &str = "input equals output";
const UNMAPPED: &str = "not compared: the read has `schema` cur, whose rows have no FOCUS costs";
const IN_CLOSING_BATCH: &str = "is not in the rows that were read: read the closing batch too (`closing_batch`)";
const OF_MEMBER: &str = "all usage is in one account that is not the payer, so usage by other accounts may be missing";
const UNUSED: &str =
    "add reservation/UnusedRecurringFee and reservation/UnusedAmortizedUpfrontFeeForBillingPeriod to the export";

fn costs_match<'a>(
    name: &'static str,
    flows: impl Iterator<Item = (&'a Scope, &'a str, &'a Flow)>,
    sides: fn(&Flow) -> (Sum, Sum),
) -> CheckBuilder {
    let mut sums = BTreeMap::<(&Scope, &str), (Sum, Sum)>::new();
    for (scope, name, flow) in flows {
        let (wanted, out) = sides(flow);
        let sum = sums.entry((scope, name)).or_default();
        sum.0 += wanted;
        sum.1 += out;
    }
    let mut check = CheckBuilder::new(name, Guards::Money);
    for ((scope, name), (wanted, out)) in sums {
        check.compare(wanted == out, || {
            format!("{}: {wanted} {} came in, {out} went out", label(scope, name), scope.currency)
        });
    }
    check
}

fn by_name(flows: &BTreeMap<Named, Flow>) -> impl Iterator<Item = (&Scope, &str, &Flow)> {
    flows.iter().map(|(named, flow)| (&named.scope, named.name.as_str(), flow))
}

/// Cash of the input; cash of the output plus the cash of dropped rows.
fn billed(flow: &Flow) -> (Sum, Sum) {
    (flow.billed_in, flow.out.billed + flow.withheld)
}

/// Amortized cost of the input plus the closing rows; effective cost of the output.
fn effective(flow: &Flow) -> (Sum, Sum) {
    (flow.effective_in + flow.closing_effective, flow.out.effective)
}

fn label(scope: &Scope, name: &str) -> String {
    let period = scope.period.map_or_else(|| "no period".to_owned(), crate::value::timestamp::month);
    let mut label = format!("{period}, payer {}", if scope.payer.is_empty() { "unknown" } else { &scope.payer });
    if !name.is_empty() {
        label.push_str(", ");
        label.push_str(name);
    }
    label
}
