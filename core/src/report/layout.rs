//! The header of a part: which field holds which column.
//!
//! Columns change between months, deliveries and parts, so each part is bound by its own header, by name and never by
//! position. Exact names are bound first; the others are bound by their letters and digits only, because loaders write
//! names in lower or upper case, with `_` for `/`, or with blanks around them. A missing column is absent, not zero.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::{foreign, nearest};
use crate::error::{Error, Location, Result, clip};
use crate::schema::cur::{Cur, ValueType, athena_name, folded};

/// Maps columns to fields of a record.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layout {
    header: Vec<String>,
    fields: Vec<Option<usize>>,
    /// Tags: the key in the file, without `resourceTags/` or `resource_tags_`, and its field.
    pub(crate) tags: Vec<(String, usize)>,
    pub(crate) cost_categories: Vec<(String, usize)>,
    /// Discounts by type, including those in flat columns, without their sum.
    pub(crate) discounts: Vec<(String, usize)>,
    /// Product attributes that are in the map of CUR 2.0, with the keys of that map.
    pub(crate) product: Vec<(String, usize)>,
    /// Columns that are not CUR columns.
    pub(crate) other: Vec<(String, usize)>,
    /// What is unusual about columns, with the column.
    pub(crate) warnings: Vec<(&'static str, String)>,
    /// Created when the first column is looked up by name.
    names: OnceLock<FieldsByName>,
}

/// Fields by name. For a repeated name, the first field.
#[derive(Clone, Debug, Default)]
struct FieldsByName {
    exact: HashMap<String, usize>,
    /// By the names of Athena.
    athena: HashMap<String, usize>,
    folded: HashMap<String, usize>,
}

/// The location of a column looked up by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ColumnLocation {
    /// A field.
    Field(usize),
    /// A key of the `product` map.
    ProductKey(String),
}

/// An open family of columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Open {
    Tags,
    CostCategories,
    Discounts,
    Product,
}

/// The families: prefixes of the legacy report and of CUR 2.0, and the letters of both.
const FAMILIES: [(Open, [&str; 2], &str); 4] = [
    (Open::Tags, ["resourceTags/", "resource_tags_"], "resourcetags"),
    (Open::CostCategories, ["costCategory/", "cost_category_"], "costcategory"),
    (Open::Discounts, ["discount/", "discount_"], "discount"),
    (Open::Product, ["product/", "product_"], "product"),
];

/// How the names of a header are written.
#[derive(Clone, Copy, Debug)]
struct Style {
    /// Some have blanks before or after them.
    is_padded: bool,
    /// They are in upper case, as some databases write all names.
    is_upper: bool,
}

/// The remedy for a report without the required columns.
const REMEDY: &str = "add line_item_line_item_type and line_item_unblended_cost to the export's columns \
                      (legacy: lineItem/LineItemType, lineItem/UnblendedCost)";

/// A byte order mark that was decoded as Windows-1252 and encoded as UTF-8.
const MISREAD_BOM: &str = "\u{EF}\u{BB}\u{BF}";

/// Columns that only FOCUS has.
const FOCUS_ONLY: [&str; 3] = ["BilledCost", "ChargeCategory", "EffectiveCost"];

impl Layout {
    /// Binds a header. Fails with [`Error::Format`] if it is not the header of a report, and with
    /// [`Error::MissingColumn`] if it lacks the type or the cost of line items.
    pub(crate) fn bind(object: &str, header: &[String]) -> Result<Self> {
        let mut header = header.to_vec();
        if let Some(first) = header.first_mut().filter(|first| first.starts_with(MISREAD_BOM)) {
            first.drain(..MISREAD_BOM.len());
        }
        let header = header.as_slice();
        let mut layout = Self { header: header.to_vec(), fields: vec![None; Cur::COUNT], ..Self::default() };
        layout.bind_columns();
        let at = || Box::new(Location::object(object));
        let is_focus = FOCUS_ONLY.iter().all(|name| header.iter().any(|column| column == name));
        let has_cost = layout.has(Cur::UnblendedCost) || layout.has(Cur::NetUnblendedCost);
        if (is_focus || !layout.has(Cur::LineItemType) || !has_cost)
            && let Some(reason) = foreign::identify(header)
        {
            return Err(Error::Format { at: at(), reason });
        }
        if layout.fields.iter().all(Option::is_none) {
            let found = nearest::found(header);
            let reason = format!("the header has no column of a Cost and Usage Report; {found}");
            return Err(Error::Format { at: at(), reason });
        }
        let mut missing = Vec::new();
        let mut wanted = Vec::new();
        if !layout.has(Cur::LineItemType) {
            missing.push("line item type");
            wanted.push(Cur::LineItemType);
        }
        if !layout.has(Cur::UnblendedCost) && !layout.has(Cur::NetUnblendedCost) {
            missing.push("unblended or net unblended cost");
            wanted.push(Cur::UnblendedCost);
        }
        if !missing.is_empty() {
            let is_free = |field| !layout.fields.contains(&Some(field));
            let missing = missing.join(" and no ") + &nearest::candidates(header, &wanted, is_free);
            return Err(Error::MissingColumn { at: at(), missing, remedy: REMEDY });
        }
        Ok(layout)
    }

    /// Binds all columns: exact names, then names that fold to a known name, then open families.
    fn bind_columns(&mut self) {
        let header = std::mem::take(&mut self.header);
        let mut left = Vec::new();
        for (field, name) in header.iter().enumerate() {
            if name.trim().is_empty() {
                self.warnings.push(("a column without a name is left out", format!("column {}", field + 1)));
            } else if let Some(column) = Cur::by_name(name) {
                if let Some(first) = self.fields[column as usize] {
                    self.warnings.push(twice(name, first, field));
                } else {
                    self.fields[column as usize] = Some(field);
                }
                self.gather(column, field);
            } else {
                left.push((field, name.as_str()));
            }
        }
        let style = Style::of(&header);
        let mut known = HashMap::new();
        for (field, name) in left {
            self.bind_left(field, name, style, &header, &mut known);
        }
        // Restores the order of the file.
        self.product.sort_by_key(|&(_, field)| field);
        self.discounts.sort_by_key(|&(_, field)| field);
        self.header = header;
    }

    /// Adds a known column that also belongs to an open family.
    fn gather(&mut self, column: Cur, field: usize) {
        if column == Cur::DiscountBundledDiscount {
            self.discounts.push(("BundledDiscount".to_owned(), field));
        }
        if let Some(key) = column.product_key() {
            self.product.push((key.to_owned(), field));
        }
    }

    /// Binds a name that is not an exact name of a known column. `known` has the keys and other names before it.
    fn bind_left(
        &mut self,
        field: usize,
        name: &str,
        style: Style,
        header: &[String],
        known: &mut HashMap<(Option<Open>, String), usize>,
    ) {
        let exact = exact_key(name, style);
        // The keys of these families are free text, so they are never names of other columns.
        let is_own = matches!(exact, Some((Open::Tags | Open::CostCategories, _)));
        if !is_own && let Some(column) = Cur::by_folded(&folded(name)) {
            if let Some(first) = self.fields[column as usize] {
                let subject = format!(
                    "{} in column {}, for {} in column {}",
                    clip(name.as_bytes()),
                    field + 1,
                    clip(header.get(first).map_or("", String::as_str).as_bytes()),
                    first + 1,
                );
                self.warnings.push(("left out, because another column with the same letters is read instead", subject));
                return;
            }
            if column.value_type() != ValueType::Map || is_map(name, column, style) {
                self.fields[column as usize] = Some(field);
                self.gather(column, field);
                return;
            }
        }
        // If a key is repeated, the first cell that is not blank is used.
        let (family, key) = match exact.or_else(|| folded_key(name)) {
            Some((open, key)) => (Some(open), key),
            None => (None, name.to_owned()),
        };
        // User tags have no prefix in the output.
        let shown = key.strip_prefix("user:").filter(|_| family == Some(Open::Tags)).unwrap_or(&key);
        let first = *known.entry((family, shown.to_owned())).or_insert(field);
        if first != field && family.is_none() {
            self.warnings.push(twice(name, first, field));
            return;
        }
        if first != field {
            let subject = format!("{} in column {}, and column {}", clip(name.as_bytes()), field + 1, first + 1);
            let what = "columns have the same key; the first of their cells that is not blank is read";
            self.warnings.push((what, subject));
        }
        let columns = match family {
            Some(Open::Tags) => &mut self.tags,
            Some(Open::CostCategories) => &mut self.cost_categories,
            Some(Open::Discounts) => &mut self.discounts,
            Some(Open::Product) => &mut self.product,
            None => &mut self.other,
        };
        columns.push((key, field));
    }

    /// Returns the field of a column.
    pub(crate) fn field(&self, column: Cur) -> Option<usize> {
        self.fields.get(column as usize).copied().flatten()
    }

    /// Returns whether the file has a column, either as a field or as a key of the `product` map.
    pub(crate) fn has(&self, column: Cur) -> bool {
        self.field(column).is_some() || (column.product_key().is_some() && self.field(Cur::Product).is_some())
    }

    /// Returns whether the names are those of a legacy report in CSV, or their form after a loader:
    /// `lineItem/LineItemType`, `lineitem_lineitemtype`. CUR 2.0 and legacy reports in Parquet have
    /// `line_item_line_item_type`.
    pub(crate) fn is_spelled_as_legacy(&self) -> bool {
        let is_legacy = |field| {
            let name = self.name(field).to_ascii_lowercase();
            let mut words = name.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty());
            words.next() == Some("lineitem") && words.next() == Some("lineitemtype")
        };
        self.field(Cur::LineItemType).is_some_and(is_legacy)
    }

    /// Returns the name of a field.
    pub(crate) fn name(&self, field: usize) -> &str {
        self.header.get(field).map_or("", String::as_str)
    }

    /// Returns the names of all fields.
    pub(crate) fn names(&self) -> &[String] {
        &self.header
    }

    /// Returns whether the keys of all tags are in the spelling of Athena, so that the original ones are unknown: in CUR
    /// 2.0 without the map `tags`, and in a legacy report after a loader or as Parquet.
    pub(crate) fn has_athena_tags(&self) -> bool {
        let is_original = |&(_, field): &(String, usize)| self.name(field).trim_start().starts_with("resourceTags/");
        self.field(Cur::Tags).is_none()
            && (self.field(Cur::ResourceTags).is_some() || !self.tags.is_empty())
            && !self.tags.iter().any(is_original)
    }

    /// Looks up a column by name, in any spelling.
    pub(crate) fn resolve(&self, name: &str) -> Option<ColumnLocation> {
        let names = self.names.get_or_init(|| FieldsByName::of(&self.header));
        if let Some(&field) = names.exact.get(name) {
            return Some(ColumnLocation::Field(field));
        }
        if let Some(field) = known(name).and_then(|column| self.field(column)) {
            return Some(ColumnLocation::Field(field));
        }
        let key =
            name.strip_prefix("product/").map(athena_name).or_else(|| name.strip_prefix("product_").map(str::to_owned));
        if let Some(key) = key {
            let flat = self.product.iter().find(|(known, _)| *known == key);
            return match flat {
                Some(&(_, field)) => Some(ColumnLocation::Field(field)),
                None => self.field(Cur::Product).map(|_| ColumnLocation::ProductKey(key)),
            };
        }
        let athena = athena_name(name);
        if let Some(&field) = names.athena.get(&athena).or_else(|| names.folded.get(&folded(name))) {
            return Some(ColumnLocation::Field(field));
        }
        // `product.transfer_type` and `product['transfer_type']`, as queries name a key of the map.
        let key = athena.strip_prefix("product_").filter(|_| self.field(Cur::Product).is_some())?;
        Some(ColumnLocation::ProductKey(key.to_owned()))
    }
}

impl FieldsByName {
    fn of(header: &[String]) -> Self {
        let mut names = Self::default();
        for (field, name) in header.iter().enumerate() {
            names.exact.entry(name.clone()).or_insert(field);
            names.athena.entry(athena_name(name)).or_insert(field);
            names.folded.entry(folded(name)).or_insert(field);
        }
        names
    }
}

impl Style {
    fn of(header: &[String]) -> Self {
        let is_padded = |name: &String| name.len() > name.trim().len() && Cur::by_name(name.trim()).is_some();
        let is_upper = |name: &String| {
            is_upper(name) && Cur::by_folded(&folded(name)).is_some_and(|cur| cur.value_type() != ValueType::Map)
        };
        Self { is_padded: header.iter().any(is_padded), is_upper: header.iter().any(is_upper) }
    }
}

/// Returns the value type of a column by name. Unknown columns are text.
pub(crate) fn value_type_of(name: &str) -> ValueType {
    known(name).map_or(ValueType::Text, Cur::value_type)
}

/// Returns the key of a tag in the name of its column, in any spelling: `user:Team` of `resourceTags/user:Team`. `None`
/// for a name that is not one of a column of tags.
pub(crate) fn key_of_tag_column(name: &str) -> Option<String> {
    let style = Style { is_padded: false, is_upper: false };
    match exact_key(name, style).or_else(|| folded_key(name)) {
        Some((Open::Tags, key)) => Some(key),
        _ => None,
    }
}

/// Returns the CUR column with a name, in any spelling.
pub(crate) fn known(name: &str) -> Option<Cur> {
    Cur::by_name(name).or_else(|| Cur::by_folded(&folded(name)))
}

fn twice(name: &str, first: usize, field: usize) -> (&'static str, String) {
    let subject = format!("{} in columns {} and {}", clip(name.as_bytes()), first + 1, field + 1);
    ("a column is there twice, and the first one is read", subject)
}

fn is_upper(name: &str) -> bool {
    name.chars().any(char::is_uppercase) && !name.chars().any(char::is_lowercase)
}

/// Returns whether a name that folds to that of a map column is one. `Product`, `Tags` and `Discount` can be custom
/// text columns, so they are maps only if the other names are in upper case as well.
fn is_map(name: &str, column: Cur, style: Style) -> bool {
    let word = name.trim();
    let has_two_words = column.cur2().contains('_') && !word.contains('/');
    word == column.cur2() || has_two_words || style.is_upper && is_upper(word)
}

/// Returns the family and key of a name with one of the prefixes.
fn exact_key(name: &str, style: Style) -> Option<(Open, String)> {
    let key = |name: &str| {
        FAMILIES.iter().find_map(|&(open, prefixes, _)| {
            let prefix = prefixes.iter().find(|&&prefix| name.len() > prefix.len() && name.starts_with(prefix))?;
            let key = name.get(prefix.len()..)?;
            Some(match open {
                Open::Discounts => (open, discount_name(key).to_owned()),
                Open::Product if prefix.ends_with('/') => (open, athena_name(key)),
                _ => (open, key.to_owned()),
            })
        })
    };
    // A trailing blank may be part of the key, unless other names have blanks.
    if style.is_padded { key(name.trim()) } else { key(name).or_else(|| key(name.trim())) }
}

/// Returns the family and key of a name with the letters of a prefix in another spelling.
fn folded_key(name: &str) -> Option<(Open, String)> {
    let name = name.trim();
    FAMILIES.iter().find_map(|&(open, _, letters)| {
        let (separator, key) = strip_letters(name, letters)?;
        match open {
            Open::Tags => Some((open, tag_key(key))),
            Open::CostCategories => Some((open, key.to_owned())),
            // A single word, as in `Discount rate` or `Product_owner`, may be a custom column.
            Open::Discounts => folded(key).ends_with("discount").then(|| (open, discount_name(key).to_owned())),
            Open::Product if separator == '_' && !is_upper(name) => None,
            Open::Product if key.chars().any(char::is_lowercase) => Some((open, athena_name(key))),
            Open::Product => Some((open, athena_name(&key.to_lowercase()))),
        }
    })
}

/// Returns the separator and text after the letters, ignoring case and other characters between them.
fn strip_letters<'a>(name: &'a str, letters: &str) -> Option<(char, &'a str)> {
    let mut wanted = letters.chars();
    let mut next = wanted.next();
    for (at, character) in name.char_indices() {
        match next {
            Some(letter) if character.to_ascii_lowercase() == letter => next = wanted.next(),
            Some(_) if character.is_alphanumeric() => return None,
            Some(_) => {}
            None => {
                let key = name.get(at + character.len_utf8()..)?;
                let is_key = matches!(character, '/' | '_' | ':' | '.') && key.contains(char::is_alphanumeric);
                return is_key.then_some((character, key));
            }
        }
    }
    None
}

/// Returns the key of a tag with the prefix as in a report: `user:` for `USER_`.
fn tag_key(key: &str) -> String {
    for scheme in ["user", "aws"] {
        let Some((word, rest)) = key.split_at_checked(scheme.len()) else { continue };
        if word.eq_ignore_ascii_case(scheme) && rest.len() > 1 && rest.starts_with([':', '_', '/', '.']) {
            return format!("{scheme}:{}", rest.get(1..).unwrap_or_default());
        }
    }
    key.to_owned()
}

/// Returns the legacy name of a discount type, for any spelling.
pub(crate) fn discount_name(key: &str) -> &str {
    const KINDS: [&str; 5] =
        ["RiVolumeDiscount", "EdpDiscount", "PrivateRateDiscount", "BundledDiscount", "SppDiscount"];
    let folded = folded(key);
    KINDS.into_iter().find(|kind| kind.eq_ignore_ascii_case(&folded)).unwrap_or(key)
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

    /// The same columns in all ways that files have them.
    const COLUMNS: [&str; 8] = [
        "lineItem/LineItemType",
        "lineItem/UnblendedCost",
        "lineItem/CurrencyCode",
        "savingsPlan/SavingsPlanARN",
        "product/ProductName",
        "product/maxIopsvolume",
        "resourceTags/user:Name",
        "costCategory/Team",
    ];

    #[test]
    fn names_bind_by_their_letters() {
        type Spell = fn(&str) -> String;
        #[rustfmt::skip]
        let ways: [(&str, Spell); 9] = [
            ("exact",        str::to_owned),
            ("lower case",   str::to_lowercase),
            ("upper case",   str::to_uppercase),
            ("underscores",  |name| name.replace('/', "_")),
            ("Redshift",     |name| name.to_lowercase().replace(['/', ':'], "_")),
            ("Snowflake",    |name| athena_name(name).to_uppercase()),
            ("points",       |name| name.replace('/', ".")),
            ("blanks",       |name| format!(" {name}\t")),
            ("first letter", |name| name[..1].to_uppercase() + &name[1..]),
        ];
        for (way, spell) in ways {
            let layout = bind(&COLUMNS.map(spell).join(",")).unwrap();
            for column in
                [Cur::LineItemType, Cur::UnblendedCost, Cur::CurrencyCode, Cur::SavingsPlanARN, Cur::ProductName]
            {
                assert!(layout.has(column), "{way}: {}", column.name());
            }
            let names =
                |family: &[(String, usize)]| family.iter().map(|(key, _)| folded(key)).collect::<Vec<_>>().join("|");
            assert_eq!(names(&layout.tags), "username", "{way}");
            assert_eq!(names(&layout.cost_categories), "team", "{way}");
            assert_eq!(
                (layout.warnings.len(), layout.other.len()),
                (0, 0),
                "{way}: {:?} {:?}",
                layout.warnings,
                layout.other
            );
            assert_eq!(names(&layout.product), "productname|maxiopsvolume", "{way}");
        }
        let keys = |header: &str| {
            let header = format!("lineItem/LineItemType,lineItem/UnblendedCost,{header}");
            bind(&header).unwrap().tags.into_iter().map(|(key, _)| key).collect::<Vec<_>>()
        };
        assert_eq!(
            keys("RESOURCE_TAGS_USER_COST_CENTER,RESOURCETAGS/AWS:CreatedBy"),
            ["user:COST_CENTER", "aws:CreatedBy"]
        );
        assert_eq!(
            keys("resourceTags/user:a,resourceTags/user:A,resourceTags/user:a_"),
            ["user:a", "user:A", "user:a_"]
        );
        assert_eq!(keys("resourceTags/user:Name , resourceTags/user:x"), ["user:Name ", "user:x"]);
        assert_eq!(keys(" lineItem/UsageType,resourceTags/user:Name "), ["user:Name"]);
        assert!(keys("resourceTags/,resource_tagsuser,myresourcetags/a").is_empty());
        let misread =
            bind("\u{EF}\u{BB}\u{BF}lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UnblendedCost").unwrap();
        assert_eq!(misread.field(Cur::UsageAccountId), Some(0));
    }

    #[test]
    fn an_exact_name_wins_wherever_it_stands() {
        #[rustfmt::skip]
        let cases = [
            ("exact last",   "lineItem/LineItemType,lineitem/unblendedcost,lineItem/UnblendedCost",     2, 1),
            ("exact first",  "lineItem/LineItemType,lineItem/UnblendedCost,LINEITEM/UNBLENDEDCOST",     1, 1),
            ("two folded",   "lineItem/LineItemType,lineitem_unblendedcost,LINEITEM/UNBLENDEDCOST",     1, 1),
            ("two exact",    "lineItem/LineItemType,line_item_unblended_cost,lineItem/UnblendedCost",   1, 1),
            ("a suffix",     "lineItem/LineItemType,lineItem/UnblendedCost.1,lineItem/UnblendedCost",   2, 0),
        ];
        for (name, header, field, warnings) in cases {
            let layout = bind(header).unwrap();
            assert_eq!(layout.field(Cur::UnblendedCost), Some(field), "{name}");
            assert_eq!(layout.warnings.len(), warnings, "{name}: {:?}", layout.warnings);
        }
        let twice =
            bind("lineItem/LineItemType,lineItem/UnblendedCost,resourceTags/user:a,resourcetags/user:a").unwrap();
        assert_eq!((twice.tags.len(), twice.warnings.len()), (2, 1));
        let bare = bind("lineItem/LineItemType,lineItem/UnblendedCost,resourceTags/user:a,resourceTags/a").unwrap();
        assert_eq!((bare.tags.len(), bare.warnings.len()), (2, 1));
    }

    #[test]
    fn a_word_alone_is_no_map() {
        let of = |names: &str| bind(&format!("lineItem/LineItemType,lineItem/UnblendedCost,{names}")).unwrap();
        let own = of("Product,Tags,Discount,TAGS,Discount Rate,Product_Owner");
        assert_eq!(own.other.len(), 6, "{:?}", own.other);
        for column in [Cur::Product, Cur::Tags, Cur::Discount] {
            assert!(!own.has(column));
        }
        let upper = bind("LINE_ITEM_LINE_ITEM_TYPE,LINE_ITEM_UNBLENDED_COST,PRODUCT,TAGS,RESOURCE_TAGS").unwrap();
        let mixed = of("product ,tags, resourceTags,CostCategory");
        for (layout, columns) in [
            (upper, [Cur::Product, Cur::Tags, Cur::ResourceTags]),
            (mixed, [Cur::Tags, Cur::ResourceTags, Cur::CostCategory]),
        ] {
            assert!(columns.iter().all(|&column| layout.has(column)), "{layout:?}");
        }
    }

    #[test]
    fn columns_are_found_by_any_spelling() {
        let layout = bind("lineitem/lineitemtype,LINEITEM/UNBLENDEDCOST,Odd One,oddone,product/MyKey").unwrap();
        #[rustfmt::skip]
        let cases = [
            ("lineItem/LineItemType",    Some(0)), ("line_item_unblended_cost", Some(1)), ("LINEITEM/UNBLENDEDCOST", Some(1)),
            ("Odd One", Some(2)), ("odd_one", Some(2)), ("oddone", Some(3)), ("ODDONE", Some(2)), ("product/MyKey", Some(4)),
            ("product_my_key", Some(4)), ("bill/InvoiceId", None), ("nothing", None),
        ];
        for (name, field) in cases {
            assert_eq!(layout.resolve(name), field.map(ColumnLocation::Field), "{name}");
        }
    }

    #[test]
    fn wide_headers_take_no_quadratic_time() {
        let names: Vec<String> = ["lineItem/LineItemType", "lineItem/UnblendedCost"].map(str::to_owned).into();
        let own = (0..60_000).map(|at| format!("own {at}"));
        let tags = (0..60_000).map(|at| format!("RESOURCETAGS/user:{at}"));
        let header: Vec<String> = names.into_iter().chain(own).chain(tags).collect();
        let begun = std::time::Instant::now();
        let layout = Layout::bind("report.csv", &header).unwrap();
        for at in 0..60_000 {
            assert_eq!(layout.resolve(&format!("own_{at}")), Some(ColumnLocation::Field(at + 2)));
        }
        // Quadratic time is minutes.
        assert!(begun.elapsed().as_secs() < 120, "{:?}", begun.elapsed());
    }

    #[test]
    fn errors_name_what_is_there_and_what_is_near() {
        #[rustfmt::skip]
        let cases = [
            ("misspelled cost",  "lineItem/LineItemType,lineItem/UnblendetCost,x", "`lineItem/UnblendetCost`"),
            ("without category", "LineItem Type,lineItem/UnblendedCost",           "`LineItem Type`"),
            ("first names",      "alpha,beta",                                     "`alpha`, `beta`"),
            ("near a known one", "usage_account_idd,UsageStartDat",                "lineItem/UsageAccountId"),
            ("controls",         "a\u{1b}[31m,b",                                  "a\\u{1b}[31m"),
        ];
        for (name, header, part) in cases {
            let error = bind(header).unwrap_err().to_string();
            assert!(error.contains(part), "{name}: {error}");
        }
        // What is bound is no candidate.
        let error = bind("lineItem/LineItemType,lineItem/BlendedCost").unwrap_err().to_string();
        assert!(!error.contains("near"), "{error}");
        let long = vec!["x".repeat(1 << 12); 2_000];
        assert!(Layout::bind("report.csv", &long).unwrap_err().to_string().len() < 2_000);
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
