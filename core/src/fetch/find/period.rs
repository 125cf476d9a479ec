//! Months of a report, and their state.

use serde::Serialize;

use super::delivery::Delivery;
use crate::error::Error;
use crate::report::part::BillingPeriod;
use crate::value::timestamp::{MICROS, Timestamp};

/// A month of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PeriodStatus {
    /// The month.
    pub period: BillingPeriod,
    /// Its state.
    pub state: PeriodState,
    /// The newest delivery. `None` if the month is pending or unreadable.
    pub delivery: Option<Delivery>,
    /// Why the month is unreadable.
    pub problem: Option<String>,
}

/// The state of a month. AWS does not report it, so it is derived from the time of the newest delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PeriodState {
    /// Nothing was delivered, or only a manifest without parts.
    Pending,
    /// The month is not over, or ended less than 15 days ago: AWS rewrites it several times a day.
    Open,
    /// The month ended at least 15 days ago and was not rewritten since: it is as invoiced.
    Invoiced,
    /// The month was rewritten later than that: for a refund, a credit or a correction.
    Restated,
    /// The manifest is invalid, or a part is missing, or AWS is writing the month at this moment.
    Unreadable,
}

impl PeriodStatus {
    /// Creates the status of a month with its newest delivery.
    pub(super) fn new(period: BillingPeriod, delivery: Option<Delivery>, now: Timestamp) -> Self {
        Self { period, state: PeriodState::of(period, delivery.as_ref(), now), delivery, problem: None }
    }

    /// Creates the status of a month that cannot be read.
    pub(super) fn unreadable(period: BillingPeriod, error: &Error) -> Self {
        Self { period, state: PeriodState::Unreadable, delivery: None, problem: Some(error.to_string()) }
    }
}

impl PeriodState {
    fn of(period: BillingPeriod, delivery: Option<&Delivery>, now: Timestamp) -> Self {
        let Some(delivery) = delivery.filter(|delivery| !delivery.parts.is_empty()) else { return Self::Pending };
        let closed = period.closed();
        match () {
            () if now.as_micros() < closed => Self::Open,
            () if delivery.written.as_micros() >= closed => Self::Restated,
            () => Self::Invoiced,
        }
    }
}

impl BillingPeriod {
    /// Up to when, in microseconds, AWS still changes it as a matter of course (AWS: "Understanding export delivery").
    pub(crate) fn closed(self) -> i64 {
        const DAYS: i64 = 15;
        self.end().as_micros() + DAYS * 86_400 * MICROS
    }
}
