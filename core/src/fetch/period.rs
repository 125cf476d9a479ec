//! Months of a report, and what is to be expected of them.

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
    /// What is to be expected of it.
    pub state: PeriodState,
    /// Its newest delivery; none while it is pending or unreadable.
    pub delivery: Option<Delivery>,
    /// Why it is unreadable.
    pub problem: Option<String>,
}

/// What is to be expected of a month. AWS marks none of it; it is judged by when the newest delivery was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PeriodState {
    /// Nothing is delivered, or a manifest without parts.
    Pending,
    /// The month is not over, or is over for less than 15 days: AWS rewrites it, several times a day.
    Open,
    /// The month has been over for 15 days, and was not written since: it is what was invoiced.
    Invoiced,
    /// It was written again later than that: a refund, a credit, or a correction.
    Restated,
    /// Its manifest is none, or a part of it is gone, or AWS is writing over it at this moment.
    Unreadable,
}

impl PeriodStatus {
    /// A month with its newest delivery.
    pub(super) fn new(period: BillingPeriod, delivery: Option<Delivery>, now: Timestamp) -> Self {
        Self { period, state: PeriodState::of(period, delivery.as_ref(), now), delivery, problem: None }
    }

    /// A month that cannot be read.
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
