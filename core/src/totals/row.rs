//! The four costs of one row, and which of them are not known.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::schema::cur::Cur;
use crate::schema::focus::Focus;
use crate::value::decimal::Decimal;

/// One of the four costs of FOCUS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cost {
    Billed,
    Effective,
    List,
    Contracted,
}

impl Cost {
    /// All of them, in the order of every array of four.
    pub(crate) const ALL: [Self; 4] = [Self::Billed, Self::Effective, Self::List, Self::Contracted];

    /// Its column.
    pub(crate) const fn column(self) -> Focus {
        match self {
            Self::Billed => Focus::BilledCost,
            Self::Effective => Focus::EffectiveCost,
            Self::List => Focus::ListCost,
            Self::Contracted => Focus::ContractedCost,
        }
    }
}

/// The four costs of one row. A cost that is not known is null in the row and adds nothing to a sum.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RowCosts {
    /// 0 where the cost is not known.
    amounts: [Decimal; 4],
    /// The cell whose absence makes the cost unknown.
    missing: [Option<Cur>; 4],
}

impl RowCosts {
    /// Costs that are all known.
    pub(crate) const fn known(amounts: [Decimal; 4]) -> Self {
        Self { amounts, missing: [None; 4] }
    }

    /// Sets a cost, or the cell that it lacks.
    pub(crate) fn set(&mut self, cost: Cost, amount: Result<Decimal, Cur>) {
        match amount {
            Ok(amount) => self.amounts[cost as usize] = amount,
            Err(cell) => self.missing[cost as usize] = Some(cell),
        }
    }

    /// A cost; `None` when it is not known.
    pub(crate) fn get(&self, cost: Cost) -> Option<Decimal> {
        match self.missing[cost as usize] {
            None => Some(self.amounts[cost as usize]),
            Some(_) => None,
        }
    }

    /// The cell that a cost lacks.
    pub(crate) fn missing(&self, cost: Cost) -> Option<Cur> {
        self.missing[cost as usize]
    }

    /// What each cost adds to a sum: 0 where it is not known.
    pub(crate) fn amounts(&self) -> [Decimal; 4] {
        self.amounts
    }

    /// Whether every cost is known, as nearly always.
    pub(crate) fn is_known(&self) -> bool {
        self.missing == [None; 4]
    }
}

/// Rows in which a cost is not known, by cost; the sums of these costs leave them out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UnknownRows {
    /// Rows without a BilledCost.
    #[serde(rename = "BilledCost", default, skip_serializing_if = "is_zero")]
    pub billed: u64,
    /// Rows without an EffectiveCost.
    #[serde(rename = "EffectiveCost", default, skip_serializing_if = "is_zero")]
    pub effective: u64,
    /// Rows without a ListCost.
    #[serde(rename = "ListCost", default, skip_serializing_if = "is_zero")]
    pub list: u64,
    /// Rows without a ContractedCost.
    #[serde(rename = "ContractedCost", default, skip_serializing_if = "is_zero")]
    pub contracted: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(rows: &u64) -> bool {
    *rows == 0
}

impl UnknownRows {
    /// Whether every cost of every row is known.
    pub fn is_zero(&self) -> bool {
        self.counts() == [0; 4]
    }

    pub(crate) fn counts(&self) -> [u64; 4] {
        [self.billed, self.effective, self.list, self.contracted]
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.billed += other.billed;
        self.effective += other.effective;
        self.list += other.list;
        self.contracted += other.contracted;
    }

    pub(crate) fn add_row(&mut self, costs: &RowCosts) {
        let unknown = |cost| u64::from(costs.missing(cost).is_some());
        self.billed += unknown(Cost::Billed);
        self.effective += unknown(Cost::Effective);
        self.list += unknown(Cost::List);
        self.contracted += unknown(Cost::Contracted);
    }
}

/// Why a cost is not known: a line item type, the cost, and the cells that its amount is made of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Gap {
    pub(crate) line_item_type: String,
    /// The column of FOCUS.
    pub(crate) cost: String,
    /// The cells that are absent, as the legacy report and CUR 2.0 spell them.
    pub(crate) cells: Vec<(String, String)>,
    /// What is absent of them.
    pub(crate) cell: Absence,
}

/// What is absent of cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Absence {
    /// A column.
    Column,
    /// All columns are there, and cells blank.
    Cell,
    /// A cell has a text that is no value of its column.
    Reading,
}

/// The rows of each gap.
pub(crate) type Gaps = BTreeMap<Gap, u64>;

impl Gap {
    /// A sentence about it, with what to add to the export.
    pub(crate) fn sentence(&self, rows: u64) -> String {
        let Self { line_item_type, cost, cells, cell } = self;
        let rows = if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") };
        let names = |name: fn(&(String, String)) -> &str| cells.iter().map(name).collect::<Vec<_>>().join(" and ");
        let (legacy, cur2) = (names(|(legacy, _)| legacy), names(|(_, cur2)| cur2));
        let is = if cells.len() > 1 { "are" } else { "is" };
        const REMEDY: &str = "read the report as AWS delivered it";
        let why = match cell {
            Absence::Column => {
                format!("{legacy} {is} not in the report; add {legacy} (CUR 2.0: {cur2}) to the export")
            }
            Absence::Cell => format!("{legacy} (CUR 2.0: {cur2}) {is} blank there; {REMEDY}"),
            Absence::Reading => format!("{legacy} (CUR 2.0: {cur2}) has another text there; {REMEDY}"),
        };
        format!("{cost} of {line_item_type} is unknown in {rows}: {why}")
    }
}
