//! Findings that only the complete totals show.

use std::collections::{BTreeMap, BTreeSet};

use super::Totals;
use super::ledger::tolerance;
use crate::report::part::BillingPeriod;
use crate::schema::cur::{CellSemantics, Cur};
use crate::schema::words::CommitmentType;
use crate::value::decimal::Sum;
use crate::value::warning::{Subjects, Warning};

impl Totals {
    /// Returns findings about numbers of rows.
    pub(super) fn findings_about_rows(&self) -> Vec<Warning> {
        let (legacy, cur2) = (Cur::BillingPeriodStartDate.legacy(), Cur::BillingPeriodStartDate.cur2());
        let mut findings = Vec::new();
        if self.is_complete() && self.rows_in() == 0 {
            findings.push(Warning::new("no_rows", "the report has a header and no rows"));
        }
        let left_out = self.rows_without_period();
        if left_out > 0 {
            let message = format!(
                "`periods` left out rows whose billing period is unknown, because {legacy} (CUR 2.0: {cur2}) is blank or not in \
                 the report; read without `periods`, or read the report as AWS delivered it"
            );
            findings.push(Warning { rows: left_out, ..Warning::new("unknown_period", message) });
        }
        let mut changed = Subjects::default();
        for (currency, difference) in &self.decimals_difference {
            for (cost, difference) in difference.not_zero() {
                changed.add(&format!("{} in {currency}", cost.column().name()), || difference.to_string());
            }
        }
        if !changed.is_empty() {
            let what = "`decimals` rounded costs, so the sum of this column in the output is not that of the bill; use more digits after \
                        the point, or the costs of the totals, which are exact";
            findings.push(Warning::about("decimals_rounded", what, &changed));
        }
        if self.is_unmapped {
            let is_amount =
                |name: &str| Cur::by_name(name).is_some_and(|column| column.semantics() == CellSemantics::Money);
            let rounded = self.rounded_cells.iter().filter(|(column, _)| is_amount(column));
            let mut columns = Subjects::default();
            for (column, count) in rounded {
                columns.add(column, || format!("{count} cells"));
            }
            if !columns.is_empty() {
                let what = "`decimals` rounded amounts, so the sum of this column in the output can differ from that of the report; use \
                            more digits after the point";
                findings.push(Warning::about("decimals_rounded", what, &columns));
            }
        }
        // A report without the column has a warning for its columns.
        let (mut with, mut without) = (0, 0);
        for (group, flow) in &self.groups {
            *(if group.scope.period.is_some() { &mut with } else { &mut without }) += flow.rows_in;
        }
        if with > 0 && without > 0 {
            let message = format!(
                "BillingPeriodStart and BillingPeriodEnd are null, because {legacy} (CUR 2.0: {cur2}) is blank there; their costs \
                 are in the sums of no month; read the report as AWS delivered it"
            );
            findings.push(Warning { rows: without, ..Warning::new("unknown_period", message) });
        }
        findings
    }

    /// Returns findings that only the complete totals show. Rows already returned are not changed.
    pub(super) fn findings(&self) -> Vec<Warning> {
        let mut findings = BTreeMap::<(&str, String), Subjects>::new();
        let mut find = |code: &'static str, what: &str, subject: String| {
            let subjects = findings.entry((code, what.to_owned())).or_default();
            if !subject.is_empty() {
                subjects.add(&subject, String::new);
            }
        };
        let net: BTreeSet<bool> = self.parts.iter().filter_map(|part| part.has_net_columns).collect();
        if net.len() > 1 {
            find("net_columns_differ", "some parts have lineItem/NetUnblendedCost, others have not", String::new());
        }
        for (named, totals) in &self.commitments {
            let arn = &named.name;
            let month = named.scope.period.and_then(BillingPeriod::starting_at);
            let month = month.map_or_else(String::new, |month| format!(" in {month}"));
            let with = |amount: Sum| format!("{arn} ({amount} {}{month})", named.scope.currency);
            if totals.normalized_units && totals.plain_units {
                let what = "quantities are in normalised and in plain hours";
                find("commitment_units_differ", what, format!("{arn}{month}"));
            }
            let nothing_amortized = totals.used_effective.is_zero() && totals.unused_effective.is_zero();
            let is_reservation = totals.commitment_type == Some(CommitmentType::ReservedInstance);
            let is_to_come = !totals.cut.is_zero();
            if is_reservation && !totals.unamortized && nothing_amortized && !is_to_come && !totals.fee_cash.is_zero() {
                let what = "there is a fee and no amortized cost at all";
                find("reservation_not_amortized", what, with(totals.fee_cash));
            }
            if !totals.cut.is_zero() {
                let what = "unused fees of hours after the delivery are left out";
                find("hours_to_come", what, with(totals.cut));
            }
            let undated = totals.unused_undated + if totals.is_undated { totals.rest() } else { Sum::ZERO };
            if !undated.is_zero() {
                let what = "hours to come count as unused if there are any, because the time of the delivery is not known: set `as_of`";
                find("as_of_unknown", what, with(undated));
            }
            let used_and_unused = totals.used_effective + totals.unused_effective;
            let (difference, tolerance) = if is_reservation {
                let upfront = totals.upfront_share.unwrap_or_default();
                (totals.reservation_difference(upfront), totals.reservation_tolerance())
            } else {
                (used_and_unused - totals.committed_net, tolerance(totals.rows))
            };
            let whole = totals.fee_rows > 0
                && totals.unknown_rows == 0
                && !totals.unamortized
                && totals.tells_unused != Some(false);
            let why = match self.why_not_checked(named, totals) {
                Some(why) => Some(why),
                None if totals.is_net => Some("net amounts are only approximate"),
                None => None,
            };
            if let Some(why) = why.filter(|_| whole && difference.abs() > tolerance) {
                let what = format!("used and unused parts do not add up to the purchase; {why}");
                find("commitment_differs", &what, with(difference));
            }
        }
        findings.into_iter().map(|((code, what), subjects)| Warning::about(code, &what, &subjects)).collect()
    }
}
