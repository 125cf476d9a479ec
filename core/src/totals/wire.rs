//! Totals as JSON with a version, validated when they are deserialized.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{CommitmentTotals, Flow, PartTotals, Totals};

/// The maximum sum of all counts of totals, so that no sum overflows.
pub(super) const MOST: u64 = 1 << 60;

impl Serialize for Totals {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Totals {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let totals = Self::deserialize(deserializer)?;
        match totals.flaw() {
            Some(flaw) => Err(D::Error::custom(flaw)),
            None => Ok(totals),
        }
    }
}

impl Totals {
    /// Returns a description of a value that the totals of a read cannot have, if there is one.
    fn flaw(&self) -> Option<String> {
        if self.fingerprint.is_none() && !self.parts.is_empty() {
            return Some("the parts do not say with which options they were read".to_owned());
        }
        let mut parts = BTreeSet::new();
        if let Some(twice) = self.parts.iter().find(|part| !parts.insert(part.key())) {
            return Some(format!("{} is there twice", twice.identity()));
        }
        (self.counted() > MOST).then(|| "they count more rows than any report has".to_owned())
    }

    /// Returns the sum of all counts, saturating.
    pub(super) fn counted(&self) -> u64 {
        let flows = self.groups.values().chain(self.invoices.values()).chain(self.sub_accounts.values());
        let counts = (self.parts.iter().flat_map(PartTotals::counts))
            .chain(flows.flat_map(Flow::counts))
            .chain(self.commitments.values().flat_map(CommitmentTotals::counts))
            .chain(self.rules.values().flat_map(|rule| [rule.checked, rule.broken, rule.skipped]))
            .chain(self.warnings.values().flat_map(BTreeMap::values).map(|warned| warned.rows))
            .chain(self.told.values().map(|warning| warning.rows))
            .chain(self.gaps.values().copied())
            .chain(self.rounded_cells.values().copied())
            .chain(self.residuals.values().map(|residual| residual.unknown))
            .chain(self.handed_out.nulls)
            .chain([self.handed_out.rows, self.closing_rows]);
        counts.fold(0, u64::saturating_add)
    }
}

impl PartTotals {
    fn counts(&self) -> [u64; 6] {
        [
            self.rows_in,
            self.rows_out,
            self.rows_quarantined,
            self.rows_filtered,
            self.rows_without_period,
            self.blank_lines,
        ]
    }
}

impl Flow {
    fn counts(&self) -> [u64; 17] {
        let [billed, effective, list, contracted] = self.unknown.counts();
        [
            billed,
            effective,
            list,
            contracted,
            self.effective_unknown_in,
            self.withheld_unknown,
            self.unnamed,
            self.older,
            self.rows_in,
            self.rows_out,
            self.dropped_negations,
            self.dropped_zero_fees,
            self.split,
            self.closing,
            self.rounded,
            self.discounted_rows,
            self.discounts_without_net,
        ]
    }
}

impl CommitmentTotals {
    fn counts(&self) -> [u64; 7] {
        [
            self.rows,
            self.unknown_rows,
            self.unknown_quantities,
            self.used_rows,
            self.negation_rows,
            self.fee_rows,
            self.open_fee_rows,
        ]
    }
}

/// Serialization of maps whose keys are not texts, as lists of pairs.
pub(super) mod pairs {
    use std::collections::BTreeMap;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(in crate::totals) fn serialize<K: Serialize, V: Serialize, S: Serializer>(
        map: &BTreeMap<K, V>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub(in crate::totals) fn deserialize<'de, K, V, D>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        let mut map = BTreeMap::new();
        for (key, value) in Vec::<(K, V)>::deserialize(deserializer)? {
            if map.insert(key, value).is_some() {
                return Err(D::Error::custom("sums are there twice under one key"));
            }
        }
        Ok(map)
    }
}
