//! Totals of parts, added up: each part once, all of one kind of read, and compared with the plan of the read.

use std::collections::{BTreeMap, BTreeSet};

use super::wire::MOST;
use super::{PartTotals, Totals, warn};
use crate::error::{Error, Result};
use crate::report::part;
use crate::report::part::{Identity, Part, Plan};

/// Parts that an error names; the rest is counted.
const NAMED: usize = 10;

fn refuse<T>(reason: String) -> Result<T> {
    Err(Error::Option { option: "totals", reason })
}

impl Totals {
    /// Adds the totals of other parts, in any order. Parts that are there already change nothing.
    ///
    /// What was added is not proven: two of three parts add up as well as all of them. [`Totals::check_against`] compares
    /// them with their plan.
    ///
    /// Errors: [`Error::Option`], and these totals are as they were, when
    /// - only some of the other parts are there already, whose rows would count twice;
    /// - a part is there already, and another read of it gave something else;
    /// - the parts were read with other options, see [`Plan::fingerprint`].
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if let (Some(mine), Some(theirs)) = (&self.fingerprint, &other.fingerprint)
            && mine != theirs
        {
            let name = other.parts.first().map_or_else(|| "the others".to_owned(), |part| part.identity().to_string());
            return refuse(format!("{name} was read with other options than these: {theirs}, and not {mine}"));
        }
        let mine: BTreeMap<_, &PartTotals> = self.parts.iter().map(|part| (part.key(), part)).collect();
        let (mut known, mut new) = (None, None);
        for part in &other.parts {
            match mine.get(&part.key()) {
                Some(mine) if *mine != part => {
                    let told = |part: &PartTotals| {
                        let end = if part.complete { "to its end" } else { "not to its end" };
                        format!("{} rows of {} records, {end}", part.rows_out, part.rows_in)
                    };
                    return refuse(format!(
                        "{} is there already, and was read otherwise: {}; these are {}",
                        part.identity(),
                        told(mine),
                        told(part)
                    ));
                }
                Some(_) => known = Some(part),
                None => new = Some(part),
            }
        }
        if let (Some(known), Some(new)) = (known, new) {
            return refuse(format!(
                "{} is there already and {} is not: what they have in common would count twice",
                known.identity(),
                new.identity()
            ));
        }
        if known.is_some() {
            return Ok(());
        }
        if self.counted().saturating_add(other.counted()) > MOST {
            return refuse("they count more rows than any report has".to_owned());
        }
        // With other parts they are others than those that were compared with a plan.
        if self.parts.is_empty() {
            self.plan.0.clone_from(&other.plan.0);
        } else if new.is_some() {
            self.plan.0 = None;
        }
        self.add(other);
        Ok(())
    }

    /// Adds totals of parts that are not there.
    pub(crate) fn add(&mut self, other: &Self) {
        if self.fingerprint.is_none() {
            self.fingerprint.clone_from(&other.fingerprint);
        }
        self.parts.extend(other.parts.iter().cloned());
        for (key, flow) in &other.groups {
            self.groups.entry(key.clone()).or_default().merge(flow);
        }
        for (key, flow) in &other.invoices {
            self.invoices.entry(key.clone()).or_default().merge(flow);
        }
        for (key, flow) in &other.sub_accounts {
            self.sub_accounts.entry(key.clone()).or_default().merge(flow);
        }
        for (key, commitment) in &other.commitments {
            self.commitments.entry(key.clone()).or_default().merge(commitment);
        }
        for (key, residual) in &other.residuals {
            self.residuals.entry(key.clone()).or_default().merge(residual);
        }
        for ((code, subject), warning) in &other.warnings {
            warn(&mut self.warnings, code, subject, warning.rows, || warning.message.clone());
        }
        for (name, rule) in &other.rules {
            self.rules.entry(name.clone()).or_default().merge(rule);
        }
        for (gap, rows) in &other.gaps {
            *self.gaps.entry(gap.clone()).or_default() += rows;
        }
        self.handed_out.merge(&other.handed_out);
        self.closing_rows += other.closing_rows;
    }

    /// The totals of a part that was not read.
    pub(crate) fn missing(part: &Part) -> Self {
        Self { parts: vec![PartTotals::of(part)], ..Self::default() }
    }

    /// Takes these totals for those of all that there is to read: they are of one object that is no part of a plan.
    pub(crate) fn of_one_object(mut self) -> Self {
        self.plan.0 = Some(self.digest());
        self
    }

    /// A hash of the parts, as [`Plan::digest`] has it.
    pub(super) fn digest(&self) -> String {
        let fingerprint = self.fingerprint.as_deref().unwrap_or_default();
        part::digest(fingerprint, self.parts.iter().map(PartTotals::identity))
    }

    /// Compares them with the plan of the read: each of its parts is there once, nothing else is, all were read with its
    /// options, and every check holds. From then on [`Totals::outcome`] can be proven.
    ///
    /// The closing batch comes before: until it is handed out, what is due in it is missing.
    ///
    /// ```
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/report");
    /// let builder = outlay::Reader::builder();
    /// let plan = builder.clone().plan(folder)?;
    /// let mut totals = outlay::Totals::default();
    /// for part in &plan.parts[1..] {
    ///     let mut reader = builder.clone().read_part(part)?;
    ///     for batch in &mut reader { batch?; }
    ///     totals.merge(&reader.totals())?;
    /// }
    /// assert_eq!(totals.outcome(), outlay::Outcome::Partial);
    /// let error = totals.check_against(&plan).unwrap_err();
    /// assert!(error.to_string().contains("daily-00001.csv.gz"));
    /// # Ok::<(), outlay::Error>(())
    /// ```
    ///
    /// Errors: [`Error::Unproven`] names the parts that are missing, there more than once, or of another plan, and each
    /// check that does not hold; the totals are as they were.
    pub fn check_against(&mut self, plan: &Plan) -> Result<()> {
        let failed = self.faults(plan);
        if !failed.is_empty() {
            let others = self.checks().into_iter().filter(|check| !check.holds);
            let failed = failed
                .into_iter()
                .map(|fault| format!("parts_of_plan: {fault}"))
                .chain(others.map(|check| format!("{}: {}", check.code, check.detail)))
                .collect();
            return Err(Error::Unproven { failed });
        }
        let before = self.plan.0.replace(self.digest());
        let result = self.check();
        if result.is_err() {
            self.plan.0 = before;
        }
        result
    }

    /// What does not fit a plan.
    fn faults(&self, plan: &Plan) -> Vec<String> {
        let mut faults = Vec::new();
        match (&plan.fingerprint, &self.fingerprint) {
            (None, _) => faults.push("the plan does not say with which options it was made; make it again".to_owned()),
            (Some(planned), Some(own)) if planned != own => {
                let planned = crate::error::clip(planned.as_bytes());
                faults.push(format!(
                    "the plan was made with other options: {planned}, and the parts were read with {own}"
                ));
            }
            _ => {}
        }
        let mut planned = BTreeMap::<Identity<'_>, u64>::new();
        for part in &plan.parts {
            *planned.entry(part.identity()).or_default() += 1;
        }
        let mut read = BTreeMap::<Identity<'_>, u64>::new();
        for part in &self.parts {
            *read.entry(part.identity()).or_default() += 1;
        }
        let mut fault = |what: &str, parts: Vec<String>| {
            if parts.is_empty() {
                return;
            }
            let named = parts.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
            let rest = match parts.len().saturating_sub(NAMED) {
                0 => String::new(),
                rest => format!(" and {rest} more"),
            };
            faults.push(format!("{what}: {named}{rest}"));
        };
        let names = |parts: &BTreeMap<Identity<'_>, u64>, wanted: &dyn Fn(&Identity<'_>, u64) -> bool| {
            let wanted = parts.iter().filter(|(part, times)| wanted(part, **times));
            wanted.map(|(part, _)| part.to_string()).collect::<Vec<_>>()
        };
        fault("twice in the plan", names(&planned, &|_, times| times > 1));
        fault("missing", names(&planned, &|part, _| !read.contains_key(part)));
        fault("there more than once", names(&read, &|_, times| times > 1));
        // The same object in another state is told from one of another report.
        let places: BTreeSet<(&str, &str)> = planned.keys().map(|part| (part.object, part.path)).collect();
        let other_state = |part: &Identity<'_>| places.contains(&(part.object, part.path));
        fault(
            "not as the plan has it, but of another delivery, size or ETag",
            names(&read, &|part, _| !planned.contains_key(part) && other_state(part)),
        );
        fault("not of the plan", names(&read, &|part, _| !planned.contains_key(part) && !other_state(part)));
        faults
    }
}
