//! Findings that only the complete totals show.

use std::collections::BTreeSet;

use super::Totals;
use super::ledger::tolerance;
use crate::schema::words::CommitmentType;
use crate::value::decimal::Sum;
use crate::value::warning::Warning;

impl Totals {
    /// Returns findings that only the complete totals show. Rows already returned are not changed.
    pub(super) fn findings(&self) -> Vec<Warning> {
        let mut findings = Vec::new();
        let mut find = |code: &str, message: String| {
            findings.push(Warning::new(code, message));
        };
        let net: BTreeSet<bool> = self.parts.iter().filter_map(|part| part.has_net_columns).collect();
        if net.len() > 1 {
            find("net_columns_differ", "some parts have lineItem/NetUnblendedCost, others have not".to_owned());
        }
        for (named, totals) in &self.commitments {
            let (scope, arn) = (&named.scope, &named.name);
            if totals.normalized_units && totals.plain_units {
                find("commitment_units_differ", format!("{arn}: quantities in normalised and in plain hours"));
            }
            let nothing_amortized = totals.used_effective.is_zero() && totals.unused_effective.is_zero();
            let is_reservation = totals.commitment_type == Some(CommitmentType::ReservedInstance);
            let is_to_come = !totals.cut.is_zero();
            if is_reservation && !totals.unamortized && nothing_amortized && !is_to_come && !totals.fee_cash.is_zero() {
                find(
                    "reservation_not_amortized",
                    format!("{arn}: a fee of {} {} and no amortized cost at all", totals.fee_cash, scope.currency),
                );
            }
            if !totals.cut.is_zero() {
                find(
                    "hours_to_come",
                    format!(
                        "{arn}: {} {} of its unused fees are of hours after the delivery, and are left out",
                        totals.cut, scope.currency
                    ),
                );
            }
            let undated = totals.unused_undated + if totals.is_undated { totals.rest() } else { Sum::ZERO };
            if !undated.is_zero() {
                find(
                    "as_of_unknown",
                    format!(
                        "{arn}: {} {} count as unused, hours to come included if there are any: the time of the delivery \
                         is not known, and `as_of` can give it",
                        undated, scope.currency
                    ),
                );
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
                find(
                    "commitment_differs",
                    format!("{arn}: used and unused are {difference} {} off; {why}", scope.currency),
                );
            }
        }
        findings
    }
}
