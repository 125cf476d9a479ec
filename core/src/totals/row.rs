//! The four costs of a row, and which of them are unknown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::is_zero;
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
    /// All costs, in the order of the arrays with four elements.
    pub(crate) const ALL: [Self; 4] = [Self::Billed, Self::Effective, Self::List, Self::Contracted];

    /// The column of the cost.
    pub(crate) const fn column(self) -> Focus {
        match self {
            Self::Billed => Focus::BilledCost,
            Self::Effective => Focus::EffectiveCost,
            Self::List => Focus::ListCost,
            Self::Contracted => Focus::ContractedCost,
        }
    }
}

/// The amounts of the four costs of a row.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Amounts {
    pub(crate) billed: Decimal,
    pub(crate) effective: Decimal,
    pub(crate) list: Decimal,
    pub(crate) contracted: Decimal,
}

/// The missing cells because of which costs of a row are unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Missing {
    billed: Option<Cur>,
    effective: Option<Cur>,
    list: Option<Cur>,
    contracted: Option<Cur>,
}

/// The four costs of a row. An unknown cost is null in the row and is not added to sums.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RowCosts {
    /// 0 for an unknown cost.
    amounts: Amounts,
    missing: Missing,
}

impl RowCosts {
    /// Creates costs that are all known.
    pub(crate) fn known(amounts: Amounts) -> Self {
        Self { amounts, missing: Missing::default() }
    }

    /// Sets a cost, or the cell that is missing.
    pub(crate) fn set(&mut self, cost: Cost, amount: Result<Decimal, Cur>) {
        let Self { amounts, missing } = self;
        let (of_cost, missing) = match cost {
            Cost::Billed => (&mut amounts.billed, &mut missing.billed),
            Cost::Effective => (&mut amounts.effective, &mut missing.effective),
            Cost::List => (&mut amounts.list, &mut missing.list),
            Cost::Contracted => (&mut amounts.contracted, &mut missing.contracted),
        };
        match amount {
            Ok(amount) => *of_cost = amount,
            Err(cell) => *missing = Some(cell),
        }
    }

    /// Returns a cost; `None` if it is unknown.
    pub(crate) fn get(&self, cost: Cost) -> Option<Decimal> {
        if self.missing(cost).is_some() {
            return None;
        }
        Some(match cost {
            Cost::Billed => self.amounts.billed,
            Cost::Effective => self.amounts.effective,
            Cost::List => self.amounts.list,
            Cost::Contracted => self.amounts.contracted,
        })
    }

    /// Returns the missing cell of an unknown cost.
    pub(crate) fn missing(&self, cost: Cost) -> Option<Cur> {
        match cost {
            Cost::Billed => self.missing.billed,
            Cost::Effective => self.missing.effective,
            Cost::List => self.missing.list,
            Cost::Contracted => self.missing.contracted,
        }
    }

    /// Returns the amounts for sums: 0 for an unknown cost.
    pub(crate) fn amounts(&self) -> Amounts {
        self.amounts
    }

    /// Returns whether all costs are known, which is nearly always so.
    pub(crate) fn is_known(&self) -> bool {
        self.missing == Missing::default()
    }
}

/// The number of rows with an unknown cost, by cost. The sums of a cost do not include them.
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

impl UnknownRows {
    /// Returns whether every cost of every row is known.
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

/// Why a cost is unknown: the line item type, the cost, and the cells from which it is computed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Gap {
    pub(crate) line_item_type: String,
    /// The name of the FOCUS column.
    pub(crate) cost: String,
    /// The missing cells, each with its legacy and its CUR 2.0 name.
    pub(crate) cells: Vec<(String, String)>,
    /// What is missing of them.
    pub(crate) cell: Absence,
}

/// What is missing of the cells for a cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Absence {
    /// A column is not in the report.
    Column,
    /// All columns are in the report, but cells are blank.
    Cell,
    /// A cell has a text that is not a valid value of its column.
    Reading,
}

/// Number of rows by gap.
pub(crate) type Gaps = BTreeMap<Gap, u64>;

impl Gap {
    /// The message for a gap, with its remedy.
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
