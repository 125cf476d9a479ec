//! Examples computed by hand: the cells of a report, and all FOCUS columns.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::support::{Row, builder, csv, data, push, read};

#[derive(Deserialize)]
struct Worked {
    account_names: BTreeMap<String, String>,
    examples: Vec<Example>,
}

#[derive(Deserialize)]
struct Example {
    id: String,
    cur: Vec<BTreeMap<String, String>>,
    focus: Vec<Row>,
    checks: BTreeMap<String, String>,
}

/// Returns the report of an example. Its columns are those that any example names, because a file has the same columns in all rows.
fn report(examples: &Worked, example: &Example) -> Vec<u8> {
    let all = examples.examples.iter().flat_map(|example| &example.cur).flat_map(|row| row.keys());
    let columns: BTreeSet<&str> = all.map(String::as_str).collect();
    // A report has net columns only if the account has discounts.
    let is_net = example.cur.iter().any(|row| row.keys().any(|column| column.contains("/Net")));
    let header: Vec<&str> = columns.into_iter().filter(|column| is_net || !column.contains("/Net")).collect();
    let rows: Vec<Vec<&str>> = example
        .cur
        .iter()
        .map(|row| header.iter().map(|column| row.get(*column).map_or("", |cell| cell)).collect())
        .collect();
    csv(&header, &rows)
}

fn examples() -> Worked {
    serde_json::from_slice(&std::fs::read(data("worked-examples.json")).unwrap()).unwrap()
}

/// Removes optional whitespace from JSON. Numbers and strings remain different.
fn normal(column: &str, value: &str) -> String {
    match column {
        "Tags" | "SkuPriceDetails" | "x_Discounts" | "x_CostCategories" => value.replace("\": ", "\":"),
        _ => value.to_owned(),
    }
}

#[test]
fn each_example_gives_every_listed_column() {
    let examples = examples();
    let mut compared = 0;
    for example in &examples.examples {
        let report = report(&examples, example);
        let names = examples.account_names.iter().map(|(id, name)| (id.as_str(), name.as_str()));
        let (rows, totals) = push(builder().account_names(names), &report, usize::MAX).unwrap();
        assert_eq!(rows.len(), example.focus.len(), "{}: number of rows", example.id);
        for (row, wanted) in rows.iter().zip(&example.focus) {
            for (column, value) in wanted {
                let found = row.get(column).map(|found| normal(column, found));
                assert_eq!(found.as_ref(), Some(&normal(column, value)), "{}: {column}", example.id);
                compared += 1;
            }
            // Columns that the example does not name are null. x_UsageType is this library's own, and not in the examples.
            for (column, value) in row.iter().filter(|(column, _)| *column != "x_UsageType") {
                assert!(wanted.contains_key(column), "{}: {column} is `{value}` and should be null", example.id);
            }
        }
        let costs = totals.costs();
        let costs = &costs["USD"];
        assert_eq!(costs.billed.to_string(), example.checks["focus_billed_sum"], "{}: BilledCost", example.id);
        assert_eq!(costs.effective.to_string(), example.checks["focus_effective_sum"], "{}: EffectiveCost", example.id);
    }
    assert!(compared > 700, "only {compared} cells were compared");
}

/// The same examples in CUR 2.0, with other names and attributes in a map.
#[test]
fn each_example_is_the_same_in_cur_2() {
    let examples = examples();
    for example in &examples.examples {
        let legacy = report(&examples, example);
        let modern = to_cur_2(&legacy);
        let names = || examples.account_names.iter().map(|(id, name)| (id.as_str(), name.as_str()));
        let (wanted, _) = push(builder().account_names(names()), &legacy, usize::MAX).unwrap();
        let (found, _) = push(builder().account_names(names()), &modern, usize::MAX).unwrap();
        assert_eq!(found, wanted, "{}", example.id);
    }
}

/// Converts legacy CSV to CUR 2.0. Product attributes without a column go into the map `product`.
fn to_cur_2(legacy: &[u8]) -> Vec<u8> {
    let mut reader = csv::Reader::from_reader(legacy);
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let snake = |name: &str| {
        let mut snake = String::new();
        for character in name.chars() {
            if character.is_uppercase() && !snake.is_empty() && !snake.ends_with('_') {
                snake.push('_');
            }
            snake.extend(if character == '/' { vec!['_'] } else { character.to_lowercase().collect() });
        }
        // In `ARN`, each capital is a word.
        snake.replace("_arn", "_a_r_n")
    };
    let in_map = |name: &str| name == "product/ProductName";
    let is_discount = |name: &str| name.starts_with("discount/") && name != "discount/TotalDiscount";
    let mut out = csv::Writer::from_writer(Vec::new());
    let flat: Vec<usize> = (0..header.len()).filter(|&at| !in_map(&header[at]) && !is_discount(&header[at])).collect();
    let names = flat.iter().map(|&at| snake(&header[at])).chain(["product".to_owned(), "discount".to_owned()]);
    out.write_record(names).unwrap();
    for record in reader.records() {
        let record = record.unwrap();
        let map = |chosen: &dyn Fn(&str) -> bool, quote: &str| {
            let pairs = header.iter().zip(&record).filter(|(name, cell)| chosen(name) && !cell.is_empty());
            let pairs: Vec<String> = pairs
                .map(|(name, cell)| format!("\"{}\":{quote}{cell}{quote}", snake(name.split_once('/').unwrap().1)))
                .collect();
            format!("{{{}}}", pairs.join(","))
        };
        let cells = flat.iter().map(|&at| record[at].to_owned());
        out.write_record(cells.chain([map(&in_map, "\""), map(&is_discount, "")])).unwrap();
    }
    out.into_inner().unwrap()
}

#[test]
fn all_examples_together_are_proven() {
    let examples = examples();
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<_> = examples
        .examples
        .iter()
        .map(|example| {
            let path = folder.path().join(format!("{}.csv", example.id));
            std::fs::write(&path, report(&examples, example)).unwrap();
            path
        })
        .collect();
    let (_, totals) = read(builder().read(paths)).unwrap();
    // The examples contain both forms of discounts. They are single lines of a month, so commitments are not checked.
    assert_eq!(crate::support::broken(&totals), ["discounts_counted_once"]);
    let skipped = |name: &str| totals.checks().into_iter().any(|check| check.code == name && check.skipped > 0);
    assert!(skipped("savings_plan_quantity") && skipped("reservation_cost"));
}
