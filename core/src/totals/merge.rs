//! Merging the totals of parts: each part once, all read with the same options, and compared with the plan of the read.

use std::collections::{BTreeMap, BTreeSet};

use super::wire::MOST;
use super::{PartTotals, Totals, Warned};
use crate::error::{Error, Result};
use crate::report::part;
use crate::report::part::{Part, PartIdentity, Plan};
use crate::value::warning::Warning;

/// Maximum number of parts that an error lists. The rest is counted.
const NAMED: usize = 10;

fn refuse<T>(reason: String) -> Result<T> {
    Err(Error::Option { option: "totals", reason })
}

impl Totals {
    /// Merges the totals of other parts, in any order. Merging totals whose parts are all included already has no
    /// effect.
    ///
    /// Merged totals are not proven, because a missing part does not show in sums. [`Totals::check_against`] compares
    /// them with their plan.
    ///
    /// # Errors
    ///
    /// [`Error::Option`] in the following cases. The totals are then unchanged.
    /// - Only some of the other parts are included already. Their rows would count twice.
    /// - A part is included already, with other counts or sums.
    /// - The parts were read with other options, see [`Plan::fingerprint`].
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        if let (Some(mine), Some(theirs)) = (&self.fingerprint, &other.fingerprint)
            && mine != theirs
        {
            let name =
                other.parts.first().map_or_else(|| "the other totals".to_owned(), |part| part.identity().to_string());
            return refuse(format!(
                "{name} was read with other options: {theirs}, not {mine}; read all parts with the same options"
            ));
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
                        "{} is there already with other results: {}; now {}",
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
                "{} is there already and {} is not, so rows would count twice: merge totals without common parts",
                known.identity(),
                new.identity()
            ));
        }
        if known.is_some() {
            return Ok(());
        }
        if self.counted().saturating_add(other.counted()) > MOST {
            return refuse("the totals count more rows than any report has".to_owned());
        }
        // The comparison with a plan no longer applies once parts are added.
        if self.parts.is_empty() {
            self.plan.0.clone_from(&other.plan.0);
        } else if new.is_some() {
            self.plan.0 = None;
        }
        self.add(other);
        Ok(())
    }

    /// Adds totals of parts that are not included yet.
    pub(crate) fn add(&mut self, other: &Self) {
        if self.fingerprint.is_none() {
            self.fingerprint.clone_from(&other.fingerprint);
        }
        if self.decimals.is_none() {
            self.decimals.clone_from(&other.decimals);
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
        for (code, of_code) in &other.warnings {
            let mine = self.warnings.entry(code.clone()).or_default();
            for (what, warned) in of_code {
                mine.entry(what.clone()).or_default().merge(warned);
            }
        }
        other.told.values().for_each(|warning| self.tell(warning));
        for (kind, asked) in &other.asked {
            self.asked.entry(*kind).or_default().merge(asked);
        }
        for (name, rule) in &other.rules {
            self.rules.entry(name.clone()).or_default().merge(rule);
        }
        for (gap, rows) in &other.gaps {
            *self.gaps.entry(gap.clone()).or_default() += rows;
        }
        self.ended_early |= other.ended_early;
        self.is_unmapped |= other.is_unmapped;
        self.handed_out.merge(&other.handed_out);
        self.closing_rows += other.closing_rows;
        self.add_rounded(&other.rounded_cells, &other.decimals_difference);
    }

    /// Adds a warning of the plan or of the source. An equal one is kept once.
    pub(crate) fn tell(&mut self, warning: &Warning) {
        let key = (warning.code.clone(), warning.message.clone());
        self.told.entry(key).or_insert_with(|| warning.clone());
    }

    /// The totals of a part that was not read.
    pub(crate) fn missing(part: &Part) -> Self {
        Self { parts: vec![PartTotals::of(part)], ..Self::default() }
    }

    /// Marks the totals as complete. For a single object that is not part of a plan.
    pub(crate) fn of_one_object(mut self) -> Self {
        self.plan.0 = Some(self.digest());
        self
    }

    /// Hash of the parts, as in [`Plan::digest`].
    pub(super) fn digest(&self) -> String {
        let fingerprint = self.fingerprint.as_deref().unwrap_or_default();
        part::digest(fingerprint, self.parts.iter().map(PartTotals::identity))
    }

    /// Compares the totals with the plan of the read: they must have each part of the plan once and no other, all read
    /// with the options of the plan, and every check must hold. Afterwards [`Totals::outcome`] can be proven.
    ///
    /// Merge the totals of the closing batch before: amounts due in it count as missing.
    ///
    /// # Errors
    ///
    /// [`Error::Unproven`] with the parts that are missing, included more than once or not in the plan, and with each
    /// check that fails. The totals are then unchanged.
    ///
    /// # Examples
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

    /// Returns the differences from a plan.
    fn faults(&self, plan: &Plan) -> Vec<String> {
        let mut faults = Vec::new();
        match (&plan.fingerprint, &self.fingerprint) {
            (None, _) => faults.push("the plan has no fingerprint of its options; make it again".to_owned()),
            (Some(planned), Some(own)) if planned != own => {
                let planned = crate::error::clip(planned.as_bytes());
                faults.push(format!(
                    "the plan was made with other options: {planned}, and the parts were read with {own}"
                ));
            }
            _ => {}
        }
        let mut planned = BTreeMap::<PartIdentity<'_>, u64>::new();
        for part in &plan.parts {
            *planned.entry(part.identity()).or_default() += 1;
        }
        let mut read = BTreeMap::<PartIdentity<'_>, u64>::new();
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
        let names = |parts: &BTreeMap<PartIdentity<'_>, u64>, wanted: &dyn Fn(&PartIdentity<'_>, u64) -> bool| {
            let wanted = parts.iter().filter(|(part, times)| wanted(part, **times));
            wanted.map(|(part, _)| part.to_string()).collect::<Vec<_>>()
        };
        fault("twice in the plan", names(&planned, &|_, times| times > 1));
        fault("missing", names(&planned, &|part, _| !read.contains_key(part)));
        fault("there more than once", names(&read, &|_, times| times > 1));
        // An object of the plan in another state is reported separately from an object of another report.
        let places: BTreeSet<(&str, &str)> = planned.keys().map(|part| (part.object, part.path)).collect();
        let other_state = |part: &PartIdentity<'_>| places.contains(&(part.object, part.path));
        fault(
            "of another delivery, size or ETag than in the plan",
            names(&read, &|part, _| !planned.contains_key(part) && other_state(part)),
        );
        fault("not of the plan", names(&read, &|part, _| !planned.contains_key(part) && !other_state(part)));
        faults
    }
}

impl Warned {
    fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.subjects.merge(&other.subjects);
    }
}
