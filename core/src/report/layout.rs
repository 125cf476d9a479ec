//! The header of a part → which field holds which column.
//!
//! Columns change between months, deliveries and parts: each part is bound by its own header, by name and never by
//! position. An absent column is absent, not zero.

use std::collections::HashMap;

use super::foreign;
use crate::error::{Error, Location, Result};
use crate::schema::cur::{Cur, Kind, athena_name};

/// Which field of a record holds which column.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layout {
    header: Vec<String>,
    fields: Vec<Option<usize>>,
    /// Tags: the key as the file spells it, without `resourceTags/` or `resource_tags_`, and its field.
    pub(crate) tags: Vec<(String, usize)>,
    pub(crate) cost_categories: Vec<(String, usize)>,
    /// Discounts by kind, those of the flat columns included; the sum of them is none.
    pub(crate) discounts: Vec<(String, usize)>,
    /// Product attributes that CUR 2.0 keeps in its map, under the keys it has there.
    pub(crate) product: Vec<(String, usize)>,
    /// Columns that are no CUR columns.
    pub(crate) other: Vec<(String, usize)>,
    pub(crate) warnings: Vec<String>,
}

/// Where a column that was asked for by name lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a field of its own.
    Field(usize),
    /// Under a key of the `product` map.
    ProductKey(String),
}

/// What to add to a report that lacks what no total can do without.
const REMEDY: &str = "add line_item_line_item_type and line_item_unblended_cost to the export's columns \
                      (legacy: lineItem/LineItemType, lineItem/UnblendedCost)";

/// Columns that only FOCUS has.
const FOCUS_ONLY: [&str; 3] = ["BilledCost", "ChargeCategory", "EffectiveCost"];

impl Layout {
    /// Binds a header.
    pub(crate) fn bind(object: &str, header: &[String]) -> Result<Self> {
        let mut layout = Self { header: header.to_vec(), fields: vec![None; Cur::COUNT], ..Self::default() };
        let mut seen = HashMap::new();
        for (field, name) in header.iter().enumerate() {
            layout.bind_column(field, name, &mut seen);
        }
        let at = || Box::new(Location::object(object));
        let is_focus = FOCUS_ONLY.iter().all(|name| header.iter().any(|column| column == name));
        let has_cost = layout.has(Cur::UnblendedCost) || layout.has(Cur::NetUnblendedCost);
        if (is_focus || !layout.has(Cur::LineItemType) || !has_cost)
            && let Some(reason) = foreign::identify(header)
        {
            return Err(Error::Format { at: at(), reason });
        }
        if layout.fields.iter().all(Option::is_none) {
            let reason = "the header has no column of a Cost and Usage Report".to_owned();
            return Err(Error::Format { at: at(), reason });
        }
        let mut missing = Vec::new();
        if !layout.has(Cur::LineItemType) {
            missing.push("line item type");
        }
        if !layout.has(Cur::UnblendedCost) && !layout.has(Cur::NetUnblendedCost) {
            missing.push("unblended or net unblended cost");
        }
        if !missing.is_empty() {
            return Err(Error::MissingColumn { at: at(), missing: missing.join(" and no "), remedy: REMEDY });
        }
        Ok(layout)
    }

    fn bind_column(&mut self, field: usize, name: &str, seen: &mut HashMap<String, usize>) {
        if name.is_empty() {
            self.warnings.push(format!("column {} has no name and is left out", field + 1));
            return;
        }
        if let Some(column) = known(name) {
            match self.fields[column as usize] {
                None => self.fields[column as usize] = Some(field),
                Some(first) => self.warnings.push(format!(
                    "{name} is there twice, in columns {} and {}; the first is read",
                    first + 1,
                    field + 1
                )),
            }
            if column == Cur::DiscountBundledDiscount {
                self.discounts.push(("BundledDiscount".to_owned(), field));
            }
            if let Some(key) = column.product_key() {
                self.product.push((key.to_owned(), field));
            }
            return;
        }
        // Of a tag, a category or an attribute that is there twice, the first cell that is not blank counts.
        let family = |prefixes: [&str; 2]| prefixes.iter().find_map(|prefix| name.strip_prefix(prefix));
        if let Some(key) = family(["resourceTags/", "resource_tags_"]) {
            self.tags.push((key.to_owned(), field));
        } else if let Some(key) = family(["costCategory/", "cost_category_"]) {
            self.cost_categories.push((key.to_owned(), field));
        } else if let Some(key) = family(["discount/", "discount_"]) {
            self.discounts.push((discount_name(key).to_owned(), field));
        } else if let Some(key) = name.strip_prefix("product/") {
            self.product.push((athena_name(key), field));
        } else if let Some(key) = name.strip_prefix("product_") {
            self.product.push((key.to_owned(), field));
        } else if let Some(first) = seen.insert(name.to_owned(), field) {
            seen.insert(name.to_owned(), first);
            self.warnings.push(format!(
                "{name} is there twice, in columns {} and {}; the first is read",
                first + 1,
                field + 1
            ));
        } else {
            self.other.push((name.to_owned(), field));
        }
    }

    /// The field of a column, where it has one of its own.
    pub(crate) fn field(&self, column: Cur) -> Option<usize> {
        self.fields.get(column as usize).copied().flatten()
    }

    /// Whether the file has a column, be it as a key of the `product` map.
    pub(crate) fn has(&self, column: Cur) -> bool {
        self.field(column).is_some() || (column.product_key().is_some() && self.field(Cur::Product).is_some())
    }

    /// The name of a field.
    pub(crate) fn name(&self, field: usize) -> &str {
        self.header.get(field).map_or("", String::as_str)
    }

    /// Where a column lies that is asked for by name, in whichever spelling.
    pub(crate) fn resolve(&self, name: &str) -> Option<Place> {
        if let Some(field) = self.header.iter().position(|column| column == name) {
            return Some(Place::Field(field));
        }
        if let Some(field) = known(name).and_then(|column| self.field(column)) {
            return Some(Place::Field(field));
        }
        let key =
            name.strip_prefix("product/").map(athena_name).or_else(|| name.strip_prefix("product_").map(str::to_owned));
        if let Some(key) = key {
            let flat = self.product.iter().find(|(known, _)| *known == key);
            return match flat {
                Some(&(_, field)) => Some(Place::Field(field)),
                None => self.field(Cur::Product).map(|_| Place::ProductKey(key)),
            };
        }
        let folded = athena_name(name);
        self.header.iter().position(|column| athena_name(column) == folded).map(Place::Field)
    }
}

/// The kind of a column that is asked for by name; columns that are not known are text.
pub(crate) fn kind_of(name: &str) -> Kind {
    known(name).map_or(Kind::Text, Cur::kind)
}

/// Names match exactly. Only those of product attributes have been seen in other cases.
fn known(name: &str) -> Option<Cur> {
    Cur::by_name(name).or_else(|| {
        let attribute = name.strip_prefix("product/")?;
        Cur::ALL.iter().copied().find(|column| {
            column.legacy().strip_prefix("product/").is_some_and(|known| known.eq_ignore_ascii_case(attribute))
        })
    })
}

/// The legacy name of a kind of discount that CUR 2.0 spells in lower case.
pub(crate) fn discount_name(key: &str) -> &str {
    match key {
        "ri_volume_discount" => "RiVolumeDiscount",
        "edp_discount" => "EdpDiscount",
        "private_rate_discount" => "PrivateRateDiscount",
        "bundled_discount" => "BundledDiscount",
        "spp_discount" => "SppDiscount",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn bind(header: &str) -> Result<Layout> {
        Layout::bind("report.csv", &header.split(',').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn each_spelling_is_bound() {
        #[rustfmt::skip]
        let cases = [
            ("legacy",       "lineItem/LineItemType,lineItem/UnblendedCost,savingsPlan/SavingsPlanARN,product/Sku"),
            ("CUR 2.0",      "line_item_line_item_type,line_item_unblended_cost,savings_plan_savings_plan_a_r_n,product_sku"),
            ("a loader",     "line_item_line_item_type,line_item_unblended_cost,savings_plan_savings_plan_arn,product_sku"),
            ("in any order", "product_sku,savings_plan_savings_plan_a_r_n,line_item_unblended_cost,line_item_line_item_type"),
        ];
        for (name, header) in cases {
            let layout = bind(header).unwrap();
            for column in [Cur::LineItemType, Cur::UnblendedCost, Cur::SavingsPlanARN, Cur::ProductSku] {
                assert!(layout.has(column), "{name}: {}", column.name());
            }
        }
    }

    #[test]
    fn open_families_keep_their_keys() {
        let layout = bind(
            "lineItem/LineItemType,lineItem/UnblendedCost,resourceTags/user:Cost Center,resourceTags/user:CostCenter,\
             resourceTags/aws:createdBy,costCategory/Team,discount/EdpDiscount,discount/TotalDiscount,product/maxIopsvolume,x",
        )
        .unwrap();
        let keys = |family: &[(String, usize)]| family.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>().join("|");
        assert_eq!(keys(&layout.tags), "user:Cost Center|user:CostCenter|aws:createdBy");
        assert_eq!(keys(&layout.cost_categories), "Team");
        assert_eq!(keys(&layout.discounts), "EdpDiscount");
        assert_eq!(keys(&layout.product), "max_iopsvolume");
        assert_eq!(keys(&layout.other), "x");
    }

    #[test]
    fn what_is_no_report_is_refused() {
        #[rustfmt::skip]
        let cases = [
            ("no type",  "lineItem/UnblendedCost,x",          "OUTLAY_MISSING_COLUMN", "line item type"),
            ("no cost",  "line_item_line_item_type,x",        "OUTLAY_MISSING_COLUMN", "unblended"),
            ("FOCUS",    "BilledCost,ChargeCategory,EffectiveCost", "OUTLAY_FORMAT",   "FOCUS"),
            ("anything", "a,b,c",                             "OUTLAY_FORMAT",         "no column"),
        ];
        for (name, header, code, part) in cases {
            let error = bind(header).unwrap_err();
            assert_eq!(error.code(), code, "{name}");
            assert!(error.to_string().contains(part), "{name}: {error}");
        }
        assert!(bind("line_item_line_item_type,line_item_net_unblended_cost").is_ok());
    }

    #[test]
    fn the_first_of_two_columns_is_read() {
        let layout = bind("lineItem/LineItemType,lineItem/UnblendedCost,lineItem/UnblendedCost,x,x").unwrap();
        assert_eq!(layout.field(Cur::UnblendedCost), Some(1));
        assert_eq!(layout.warnings.len(), 2);
    }
}
