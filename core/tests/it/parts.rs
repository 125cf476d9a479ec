//! Proofs over parts: each part of the plan exactly once, no other parts, and the same options for all.

use std::fs;
use std::path::Path;

use outlay::{
    Decimal, DecimalEncoding, Error, MapEncoding, NegationPolicy, OnError, OnUnknownType, Outcome, Part, Plan, Reader,
    ReaderBuilder, TableSchema, TagPolicy, TextEncoding, Totals,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{broken, builder, data, push, read, rows_of};

const HEADER: &str = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,lineItem/UsageAccountId";

/// Two reports of three parts with the same names, in different folders.
struct World {
    _home: TempDir,
    /// The plan that totals are compared with.
    plan: Plan,
    /// Another report.
    other: Plan,
}

fn three(folder: &Path, costs: [u64; 3]) -> Plan {
    std::fs::create_dir(folder).unwrap();
    let paths = [1, 2, 3].map(|number| folder.join(format!("report-{number:05}.csv")));
    for (path, cost) in paths.iter().zip(costs) {
        std::fs::write(path, format!("{HEADER}\nUsage,{cost},USD,111111111111\nTax,1,USD,111111111111\n")).unwrap();
    }
    builder().plan(paths).unwrap()
}

impl World {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        // The names and sizes are the same. Before the files are read, only the paths differ.
        let plan = three(&home.path().join("one"), [1, 2, 3]);
        let other = three(&home.path().join("two"), [4, 5, 6]);
        Self { plan, other, _home: home }
    }

    /// Returns the totals of parts of the plan, by index.
    fn of(&self, parts: &[usize]) -> Totals {
        merged(parts.iter().map(|&part| of(&self.plan.parts[part]))).unwrap()
    }
}

fn of(part: &Part) -> Totals {
    read(builder().read_part(part)).unwrap().1
}

fn merged(parts: impl IntoIterator<Item = Totals>) -> Result<Totals, Error> {
    let mut totals = Totals::default();
    for part in parts {
        totals.merge(&part)?;
    }
    Ok(totals)
}

/// Replaces a value in a part or a plan.
fn with<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T, name: &str, other: Value) -> T {
    let mut json = serde_json::to_value(value).unwrap();
    json[name] = other;
    serde_json::from_value(json).unwrap()
}

/// Returns the full state of totals. `==` compares only their counts.
fn state(totals: &Totals) -> Value {
    serde_json::to_value(totals).unwrap()
}

fn billed(totals: &Totals) -> String {
    totals.costs().get("USD").map_or_else(String::new, |costs| costs.billed.to_string())
}

#[test]
fn all_parts_in_any_order_are_proven() {
    let world = World::new();
    let paths: Vec<&str> = world.plan.parts.iter().map(|part| part.path.as_str()).collect();
    let whole = read(builder().read(paths)).unwrap().1;
    assert_eq!(whole.outcome(), Outcome::Proven);
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut totals = world.of(&order);
        assert_eq!(totals.outcome(), Outcome::Partial, "{order:?}: nothing was compared");
        totals.check().unwrap();
        totals.check_against(&world.plan).unwrap();
        assert_eq!(totals.outcome(), Outcome::Proven, "{order:?}");
        assert_eq!(totals.summary().costs, whole.summary().costs, "{order:?}");
        // The outcome is kept by serialization, and by a merge into empty totals.
        let travelled: Totals = serde_json::from_str(&serde_json::to_string(&totals).unwrap()).unwrap();
        assert_eq!(state(&travelled), state(&totals));
        assert_eq!(merged([travelled]).unwrap().outcome(), Outcome::Proven);
    }
    let mut totals = world.of(&[0, 1, 2]);
    totals.check_against(&world.plan).unwrap();
    assert_eq!(state(&totals), state(&whole));
    totals.check_against(&world.plan).unwrap();
    // Merged halves, and a half that has its own plan.
    let mut halves = merged([world.of(&[2, 0]), world.of(&[1])]).unwrap();
    halves.check_against(&world.plan).unwrap();
    assert_eq!(halves.outcome(), Outcome::Proven);
    let alone = world.plan.parts[1..2].iter().map(|part| part.path.as_str());
    let alone = read(builder().read(alone.collect::<Vec<_>>())).unwrap().1;
    assert_eq!(alone.outcome(), Outcome::Proven);
    let mut halves = merged([alone, world.of(&[2, 0])]).unwrap();
    assert_eq!(halves.outcome(), Outcome::Partial, "with other parts they are others");
    halves.check_against(&world.plan).unwrap();
    assert_eq!(halves.outcome(), Outcome::Proven);
}

#[test]
fn lost_doubled_and_foreign_parts_are_named() {
    let world = World::new();
    let (plan, other) = (&world.plan, &world.other);
    let keep = || builder().negation(NegationPolicy::Keep);
    let kept = || {
        let paths: Vec<&str> = plan.parts.iter().map(|part| part.path.as_str()).collect();
        let plan = keep().plan(paths).unwrap();
        merged(plan.parts.iter().map(|part| read(keep().read_part(part)).unwrap().1)).unwrap()
    };
    let delivered = with(&plan.parts[2], "delivery", json!("20260105T060000Z"));
    let grown = with(&plan.parts[2], "etag", json!("2"));
    let mut twice = plan.clone();
    twice.parts.push(plan.parts[1].clone());
    let none = || Totals::default();
    let third = |part: &Part| merged([world.of(&[0, 1]), of(part)]).unwrap();
    #[rustfmt::skip]
    let cases: Vec<(&str, Totals, Plan, &[&str])> = vec![
        ("one is lost",                  world.of(&[0, 1]),                     plan.clone(), &["missing: report-00003.csv"]),
        ("the first is lost",            world.of(&[2, 1]),                     plan.clone(), &["missing: report-00001.csv"]),
        ("two are lost",                 world.of(&[1]),                        plan.clone(), &["missing: report-00001.csv", "report-00003.csv"]),
        ("all are lost",                 none(),                                plan.clone(), &["missing: report-00001.csv", "no part was read"]),
        ("one is there for another",     world.of(&[0, 1, 1]),                  plan.clone(), &["missing: report-00003.csv"]),
        ("one of another report",        third(&other.parts[2]),                plan.clone(), &["missing: report-00003.csv", "not of the plan: report-00003.csv", "two"]),
        ("one more, of another report",  merged([world.of(&[0, 1, 2]), of(&other.parts[0])]).unwrap(), plan.clone(), &["not of the plan: report-00001.csv"]),
        ("another report",               world.of(&[0, 1, 2]),                  other.clone(), &["missing: report-00001.csv", "not of the plan: report-00001.csv"]),
        ("one of another delivery",      third(&delivered),                     plan.clone(), &["missing: report-00003.csv", "of another delivery, size or ETag than in the plan: report-00003.csv"]),
        ("one that is another by now",   third(&grown),                         plan.clone(), &["missing: report-00003.csv", "of another delivery, size or ETag"]),
        ("both states of one",           merged([world.of(&[0, 1, 2]), of(&delivered)]).unwrap(), plan.clone(), &["of another delivery, size or ETag"]),
        ("other options",                kept(),                                plan.clone(), &["the plan was made with other options"]),
        ("a plan that names one twice",  world.of(&[0, 1, 2]),                  twice, &["twice in the plan: report-00002.csv"]),
        ("a plan without options",       world.of(&[0, 1, 2]),                  with(plan, "fingerprint", Value::Null), &["no fingerprint of its options"]),
        ("a plan of nothing",            world.of(&[0]),                        with(plan, "parts", json!([])), &["not of the plan: report-00001.csv"]),
    ];
    for (name, mut totals, plan, wanted) in cases {
        let before = state(&totals);
        let error = totals.check_against(&plan).expect_err(name);
        assert_eq!(error.code(), "OUTLAY_UNPROVEN", "{name}");
        let text = error.to_string();
        for wanted in wanted {
            assert!(text.contains(wanted), "{name}: {text}");
        }
        assert_eq!(state(&totals), before, "{name}: they are as they were");
        assert_ne!(totals.outcome(), Outcome::Proven, "{name}");
    }
    // The message names only some of many parts.
    let mut many = plan.clone();
    for number in 0..1_000 {
        many.parts.push(with(&plan.parts[0], "object", json!(format!("more-{number}"))));
    }
    let text = world.of(&[0, 1, 2]).check_against(&many).unwrap_err().to_string();
    assert!(text.contains("and 990 more") && text.len() < 2_000, "{text}");
}

#[test]
fn parts_add_up_once() {
    let world = World::new();
    let plan = &world.plan;
    let begun = |part: &Part| {
        let mut reader = builder().batch_rows(1).threads(1).read_part(part).unwrap();
        reader.next().unwrap().unwrap();
        reader.totals()
    };
    let keep = || builder().negation(NegationPolicy::Keep);
    let kept = read(keep().read(plan.parts[2].path.as_str())).unwrap().1;
    let unread = builder().read_part(&plan.parts[0]).unwrap().totals();
    #[rustfmt::skip]
    let cases = [
        // The parts so far, the added parts, and the error or the billed cost.
        ("the same",                        world.of(&[0]),       world.of(&[0]),           Ok("2")),
        ("all of them again",               world.of(&[0, 1, 2]), world.of(&[0, 1, 2]),     Ok("9")),
        ("in another order",                world.of(&[0, 1, 2]), world.of(&[2, 0, 1]),     Ok("9")),
        ("some of them again",              world.of(&[0, 1, 2]), world.of(&[2, 0]),        Ok("9")),
        ("nothing",                         world.of(&[0, 1]),    Totals::default(),        Ok("5")),
        ("to nothing",                      Totals::default(),    world.of(&[0, 1]),        Ok("5")),
        ("another",                         world.of(&[0]),       world.of(&[2]),           Ok("6")),
        ("one of its name in other folder", world.of(&[0]),       of(&world.other.parts[0]), Ok("7")),
        ("one of both",                     world.of(&[0, 1]),    world.of(&[1, 2]),        Err("report-00002.csv")),
        ("all and one more",                world.of(&[0]),       world.of(&[0, 1]),        Err("report-00001.csv")),
        ("the last of both",                world.of(&[2, 0]),    world.of(&[1, 2]),        Err("report-00003.csv")),
        ("one that was begun",              world.of(&[0]),       begun(&plan.parts[0]),    Err("not to its end")),
        ("one that is whole now",           begun(&plan.parts[0]), world.of(&[0]),          Err("not to its end")),
        ("one that was not begun",          world.of(&[0]),       unread,                   Err("report-00001.csv")),
        ("other options",                   world.of(&[0, 1]),    kept,                     Err("report-00003.csv")),
    ];
    for (name, mut totals, others, wanted) in cases {
        let before = state(&totals);
        match (totals.merge(&others), wanted) {
            (Ok(()), Ok(wanted)) => assert_eq!(billed(&totals), wanted, "{name}"),
            (Err(error), Err(wanted)) => {
                assert_eq!(error.code(), "OUTLAY_OPTION", "{name}");
                assert!(error.to_string().contains(wanted), "{name}: {error}");
                assert_eq!(state(&totals), before, "{name}: they are as they were");
            }
            (result, _) => panic!("{name}: {result:?}"),
        }
    }
    // Compared totals stay proven until a new part is added.
    let mut totals = world.of(&[0, 1, 2]);
    totals.check_against(plan).unwrap();
    totals.merge(&world.of(&[1])).unwrap();
    assert_eq!(totals.outcome(), Outcome::Proven);
    totals.merge(&of(&world.other.parts[0])).unwrap();
    assert_eq!(totals.outcome(), Outcome::Partial);
}

#[test]
fn a_part_that_was_read_again_with_another_result_is_refused() {
    let world = World::new();
    let part = &world.plan.parts[1];
    let mut totals = world.of(&[0, 1]);
    // The same length, but another cost.
    std::fs::write(&part.path, format!("{HEADER}\nUsage,7,USD,111111111111\nTax,1,USD,111111111111\n")).unwrap();
    // The read itself may fail because the file has changed.
    if let Ok((_, again)) = read(builder().read_part(part)) {
        let error = totals.merge(&again).unwrap_err().to_string();
        assert!(error.contains("report-00002.csv"), "{error}");
    }
}

#[test]
fn checks_that_do_not_hold_are_no_proof_of_a_plan() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.csv");
    std::fs::write(&path, format!("{HEADER}\nUsage,1,USD,111111111111\nUsage,x,USD,111111111111\n")).unwrap();
    let options = || builder().on_error(OnError::Quarantine);
    let plan = options().plan(&path).unwrap();
    let mut totals = read(options().read_part(&plan.parts[0])).unwrap().1;
    let error = totals.check_against(&plan).unwrap_err().to_string();
    assert!(error.contains("nothing_quarantined"), "{error}");
    assert_eq!(totals.outcome(), Outcome::Unproven);
    // Both kinds of error at once.
    let error = totals.check_against(&with(&plan, "parts", json!([]))).unwrap_err().to_string();
    assert!(error.contains("nothing_quarantined") && error.contains("parts_of_plan"), "{error}");
}

#[test]
fn a_part_is_read_with_the_options_of_its_plan() {
    let world = World::new();
    let part = &world.plan.parts[0];
    let own = world.plan.fingerprint.clone().unwrap();
    assert!(own.starts_with(env!("CARGO_PKG_VERSION")), "{own}");
    type Change = fn(ReaderBuilder) -> ReaderBuilder;
    #[rustfmt::skip]
    let same: [(&str, Change); 9] = [
        ("none",            |options| options),
        ("threads",         |options| options.threads(3)),
        ("batch_rows",      |options| options.batch_rows(7)),
        ("block_bytes",     |options| options.block_bytes(100)),
        ("record_bytes",    |options| options.record_bytes(1_000)),
        ("text",            |options| options.text(TextEncoding::View)),
        ("decimals, exact", |options| options.decimals(DecimalEncoding::Decimal { precision: 38, scale: 18 })),
        ("stop_when",       |options| options.stop_when(|| false)),
        ("what is the default", |options| options.negation(NegationPolicy::Drop).lineage(false)),
    ];
    for (name, change) in same {
        let totals = read(change(builder()).read_part(part)).unwrap().1;
        assert_eq!(totals.fingerprint(), Some(own.as_str()), "{name}");
        assert_eq!(totals.parts()[0].size, part.size, "{name}");
    }
    #[rustfmt::skip]
    let other: [(&str, Change); 20] = [
        ("schema",          |options| options.schema(TableSchema::Cur)),
        ("columns",         |options| options.columns(["BilledCost"])),
        ("columns, more",   |options| options.columns(["BilledCost", "ListCost"])),
        ("columns, order",  |options| options.columns(["ListCost", "BilledCost"])),
        ("extra_columns",   |options| options.extra_columns(["lineItem/Operation"])),
        ("tag_columns",     |options| options.tag_columns(["a"])),
        ("tag_columns, ab", |options| options.tag_columns(["ab"])),
        ("tag_columns, 2",  |options| options.tag_columns(["a", "b"])),
        ("account_names",   |options| options.account_names([("000000000001", "one")])),
        ("account_names, 2", |options| options.account_names([("000000000001", "one"), ("000000000002", "one")])),
        ("periods",         |options| options.periods(["2026-01"])),
        ("maps",            |options| options.maps(MapEncoding::Map)),
        ("decimals",        |options| options.decimals(DecimalEncoding::Float64)),
        ("decimals, 9",     |options| options.decimals(DecimalEncoding::Decimal { precision: 38, scale: 9 })),
        ("on_error",        |options| options.on_error(OnError::Quarantine)),
        ("on_unknown_type", |options| options.on_unknown_type(OnUnknownType::Stop)),
        ("negation",        |options| options.negation(NegationPolicy::Keep)),
        ("as_of",           |options| options.as_of("2026-01-01")),
        ("tag_policy",      |options| options.tag_policy(TagPolicy::Fold)),
        ("lineage",         |options| options.lineage(true)),
    ];
    let mut seen = vec![own.clone()];
    for (name, change) in other {
        let error = change(builder()).read_part(part).map(|_| ()).expect_err(name);
        assert_eq!(error.code(), "OUTLAY_OPTION", "{name}");
        let text = error.to_string();
        assert!(text.contains("with other options") && text.contains("report-00001.csv"), "{name}: {text}");
        let error = change(builder()).closing_batch(&mut of(part)).map(|_| ()).expect_err(name);
        assert!(error.to_string().contains("with other options"), "{name}: {error}");
        let plan = change(builder()).plan(&part.path).unwrap();
        let fingerprint = plan.fingerprint.unwrap();
        assert!(!seen.contains(&fingerprint), "{name}");
        seen.push(fingerprint);
        change(builder()).read_part(&plan.parts[0]).unwrap();
    }
    // Independent of the order and the spelling of the options.
    let fingerprint = |options: ReaderBuilder| options.plan(&part.path).unwrap().fingerprint;
    let names: Vec<(String, String)> = (0..100).map(|name| (format!("{name:012}"), format!("n{name}"))).collect();
    let reverse = names.iter().rev().cloned();
    assert_eq!(fingerprint(builder().account_names(names.clone())), fingerprint(builder().account_names(reverse)));
    let periods = |periods: &[&str]| fingerprint(builder().periods(periods.iter().copied()));
    assert_eq!(periods(&["2026-01", "2026-02"]), periods(&["2026-02", "2026-01", "2026-02"]));
    assert_eq!(fingerprint(builder().as_of("2026-01-01")), fingerprint(builder().as_of("2026-01-01T00:00:00Z")));
    // Another version of the library may convert a report to other rows.
    let (_, hash) = own.split_once(':').unwrap();
    let older = with(part, "fingerprint", json!(format!("0.0.1:{hash}")));
    let error = builder().read_part(&older).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("by version 0.0.1 of outlay"), "{error}");
    // A part that was built by hand has no plan. Its totals contain the options of the read nevertheless.
    let made = with(part, "fingerprint", Value::Null);
    let totals = read(builder().negation(NegationPolicy::Keep).read_part(&made)).unwrap().1;
    assert!(merged([totals, world.of(&[1])]).unwrap_err().to_string().contains("other options"));
}

#[test]
fn streams_are_distinguished_by_their_bytes() {
    let csv = |cost: u64| format!("{HEADER}\nUsage,{cost},USD,111111111111\n");
    let stream = |cost| read(builder().read_from("report", std::io::Cursor::new(csv(cost)))).unwrap().1;
    let pushed = |cost| push(builder(), csv(cost).as_bytes(), 7).unwrap().1;
    for read in [&stream as &dyn Fn(u64) -> Totals, &pushed] {
        assert_eq!(read(1).outcome(), Outcome::Proven);
        let mut totals = read(1);
        totals.merge(&read(1)).unwrap();
        assert_eq!((billed(&totals), totals.outcome()), ("1".to_owned(), Outcome::Proven));
        totals.merge(&read(2)).unwrap();
        assert_eq!((billed(&totals), totals.outcome()), ("3".to_owned(), Outcome::Partial));
    }
    // Independent of the division into pieces.
    assert_eq!(push(builder(), csv(1).as_bytes(), 1).unwrap().1, push(builder(), csv(1).as_bytes(), 1_000).unwrap().1);
    for threads in [1, 2, 8] {
        let stream = builder().threads(threads).read_from("report", std::io::Cursor::new(csv(1)));
        assert_eq!(
            read(stream).unwrap().1,
            self::read(builder().read_from("report", std::io::Cursor::new(csv(1)))).unwrap().1
        );
    }
}

#[test]
fn what_is_merged_after_the_closing_batch_is_closed_again() {
    let text = std::fs::read_to_string(data("golden/savings-plan-tiny-residual/report.csv")).unwrap();
    let (header, rows) = text.split_once('\n').unwrap();
    let rows: Vec<&str> = rows.lines().collect();
    assert!(rows.len() > 1);
    for cut in 1..rows.len() {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["a.csv", "b.csv"].map(|name| folder.path().join(name));
        for (path, rows) in paths.iter().zip([&rows[..cut], &rows[cut..]]) {
            std::fs::write(path, format!("{header}\n{}\n", rows.join("\n"))).unwrap();
        }
        let whole = read(builder().read(paths.clone())).unwrap().1;
        let plan = builder().plan(paths).unwrap();
        let [one, two] = [&plan.parts[0], &plan.parts[1]].map(of);
        let mut closed = one.clone();
        let first = builder().closing_batch(&mut closed).unwrap();
        // This is the same part, with its closing batch returned: the merge adds nothing.
        let mut same = closed.clone();
        same.merge(&one).unwrap();
        assert_eq!(state(&same), state(&closed));
        closed.merge(&two).unwrap();
        let second = builder().closing_batch(&mut closed).unwrap();
        let rows: usize = [first, second].iter().flatten().map(|batch| rows_of(batch).len()).sum();
        assert_eq!(closed.summary().rows_closing, rows as u64);
        assert!(builder().closing_batch(&mut closed).unwrap().is_none());
        closed.check_against(&plan).unwrap();
        assert_eq!(closed.outcome(), whole.outcome());
        assert_eq!(closed.summary().costs, whole.summary().costs, "cut at {cut}");
        // Before the closing batch, its rows are missing.
        let mut open = merged([one, two]).unwrap();
        assert!(open.check_against(&plan).unwrap_err().to_string().contains("closing_rows"));
        builder().closing_batch(&mut open).unwrap();
        open.check_against(&plan).unwrap();
    }
}

#[test]
fn a_read_that_fails_names_all_parts_that_are_missing() {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<_> = (0..6).map(|number| folder.path().join(format!("{number}.csv"))).collect();
    for (number, path) in paths.iter().enumerate() {
        let cost = if number == 1 { "x" } else { "1" };
        std::fs::write(path, format!("{HEADER}\nUsage,{cost},USD,111111111111\n")).unwrap();
    }
    for threads in [1, 4, 8] {
        let mut reader = Reader::builder().threads(threads).read(&paths).unwrap();
        assert!(reader.by_ref().any(|batch| batch.is_err()));
        let totals = reader.totals();
        let parts: Vec<(String, bool)> =
            totals.parts().iter().map(|part| (part.object.clone(), part.complete)).collect();
        let wanted: Vec<(String, bool)> = (0..6).map(|number| (format!("{number}.csv"), number == 0)).collect();
        assert_eq!(parts, wanted, "{threads} threads");
        let broken = broken(&totals);
        assert!(broken.contains(&"parts_complete".to_owned()), "{threads} threads: {broken:?}");
        assert!(!broken.contains(&"parts_of_plan".to_owned()), "{threads} threads: {broken:?}");
    }
}

/// Returns serialized totals with all fields: of two parts, closed, with warnings.
fn travelling() -> Value {
    let report = data("golden/savings-plan-residual/report.csv");
    let mut totals = read(builder().read(report)).unwrap().1;
    totals.merge(&push(builder(), b"lineItem/LineItemType,lineItem/UnblendedCost\nOdd,1\n", 9).unwrap().1).unwrap();
    serde_json::to_value(&totals).unwrap()
}

#[test]
fn totals_that_are_none_are_refused() {
    let good = travelling();
    assert_eq!(good["version"], 1);
    let part = &good["parts"][0];
    let cases = [
        ("a later version", "version", json!(2), "it has version 2, and outlay"),
        ("an earlier version", "version", json!(0), "reads version 1: read the report again"),
        ("a version that is none", "version", json!("1"), "invalid type"),
        ("more than is known", "proven", json!(true), "unknown field"),
        ("no options", "fingerprint", Value::Null, "with which options"),
        ("a part twice", "parts", json!([part, part]), "is there twice"),
        ("a sum twice", "groups", json!([good["groups"][0], good["groups"][0]]), "twice under one key"),
        ("too many rows", "closing_rows", json!(u64::MAX), "more rows than any report"),
        ("rows below 0", "closing_rows", json!(-1), "invalid value"),
        ("no sums", "groups", Value::Null, "invalid type"),
    ];
    for (name, field, value, wanted) in cases {
        let mut totals = good.clone();
        totals[field] = value;
        let error = serde_json::from_value::<Totals>(totals).expect_err(name).to_string();
        assert!(error.contains(wanted), "{name}: {error}");
    }
    for field in good.as_object().unwrap().keys().filter(|field| *field != "plan" && *field != "fingerprint") {
        let mut totals = good.clone();
        totals.as_object_mut().unwrap().remove(field);
        let error = serde_json::from_value::<Totals>(totals).expect_err(field).to_string();
        let wanted =
            if field == "version" { "it has no version".to_owned() } else { format!("missing field `{field}`") };
        assert!(error.contains(&wanted), "{error}");
    }
    // A part that is removed or added after the comparison with the plan.
    let whole = serde_json::to_value(read(builder().read(data("golden/savings-plan/report.csv"))).unwrap().1).unwrap();
    for parts in [json!([]), json!([whole["parts"][0], part])] {
        let mut totals = whole.clone();
        totals["parts"] = parts;
        let totals: Totals = serde_json::from_value(totals).unwrap();
        let broken = broken(&totals);
        assert!(broken.contains(&"parts_of_plan".to_owned()), "{broken:?}");
    }
}

#[test]
fn plans_and_parts_of_another_version_are_refused() {
    let plan = builder().plan(data("golden/savings-plan/report.csv")).unwrap();
    let (whole, part) = (serde_json::to_value(&plan).unwrap(), serde_json::to_value(&plan.parts[0]).unwrap());
    assert_eq!((&whole["version"], &part["version"], &whole["parts"][0]), (&json!(1), &json!(1), &part));
    assert_eq!(serde_json::to_value(serde_json::from_value::<Plan>(whole.clone()).unwrap()).unwrap(), whole);
    let cases = [
        ("a later version", Some(json!(2)), "it has version 2, and outlay"),
        ("an earlier version", Some(json!(0)), "reads version 1: read the report again"),
        ("none", None, "it has no version"),
    ];
    for (name, version, wanted) in cases {
        let change = |mut value: Value, path: &str| {
            let object = value.pointer_mut(path).and_then(Value::as_object_mut).unwrap();
            object.remove("version");
            object.extend(version.clone().map(|version| ("version".to_owned(), version)));
            value
        };
        let errors = [
            serde_json::from_value::<Part>(change(part.clone(), "")).expect_err(name),
            serde_json::from_value::<Plan>(change(whole.clone(), "")).expect_err(name),
            serde_json::from_value::<Plan>(change(whole.clone(), "/parts/0")).expect_err(name),
        ];
        for error in errors {
            assert!(error.to_string().contains(wanted), "{name}: {error}");
        }
    }
}

/// Collects the paths of all leaves of a value.
fn leaves(value: &Value, path: &str, leaves: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(name, value)| self::leaves(value, &format!("{path}/{name}"), leaves))
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(index, value)| self::leaves(value, &format!("{path}/{index}"), leaves));
        }
        _ => leaves.push(path.to_owned()),
    }
}

#[test]
fn no_totals_that_come_in_make_a_panic() {
    let good = travelling();
    let mut paths = Vec::new();
    leaves(&good, "", &mut paths);
    assert!(paths.len() > 100);
    let strange = [
        Value::Null,
        json!(u64::MAX),
        json!(1_u64 << 60),
        json!(i64::MIN),
        json!(i64::MAX),
        json!(-1),
        json!(1e300),
        json!("x"),
        json!(format!("{}", Decimal::from_unscaled(i128::MAX))),
        json!("9".repeat(76)),
        json!(format!("-{}", "9".repeat(76))),
        json!([]),
        json!({}),
    ];
    let mut read = 0;
    for path in &paths {
        for value in &strange {
            let mut totals = good.clone();
            *totals.pointer_mut(path).unwrap() = value.clone();
            // The result is an error, or valid totals.
            let Ok(mut totals) = serde_json::from_value::<Totals>(totals) else { continue };
            read += 1;
            let _ = (totals.summary().to_string(), totals.outcome(), totals.warnings());
            let _ = builder().closing_batch(&mut totals);
            let good: Totals = serde_json::from_value(good.clone()).unwrap();
            let _ = totals.merge(&good);
            let _ = merged([good, totals]);
        }
    }
    assert!(read > 100, "{read}");
}

/// A part that the caller reads itself counts as one of the plan.
#[test]
fn parts_are_decoded_by_the_caller() {
    let builder = Reader::builder;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data/report");
    let plan = builder().plan(&folder).unwrap();
    let decode = |part: &Part, bytes: &[u8]| -> Result<Totals, Error> {
        let mut decoder = builder().part_decoder(part)?;
        for chunk in bytes.chunks(1_000) {
            let mut rest = chunk;
            while !rest.is_empty() {
                rest = &rest[decoder.feed(rest)?..];
                while decoder.next_batch()?.is_some() {}
            }
        }
        decoder.finish();
        while decoder.next_batch()?.is_some() {}
        Ok(decoder.totals())
    };
    let mut totals = Totals::default();
    for part in &plan.parts {
        let bytes = fs::read(&part.path).unwrap();
        let found = decode(part, &bytes).unwrap();
        assert_eq!(found.parts()[0].object, part.object);
        totals.merge(&found).unwrap();
        assert_eq!(decode(part, &bytes[..bytes.len() - 1]).unwrap_err().code(), "OUTLAY_TRUNCATED");
    }
    builder().closing_batch(&mut totals).unwrap();
    totals.check_against(&plan).unwrap();
    let mut whole = builder().read(&folder).unwrap();
    whole.by_ref().for_each(|batch| drop(batch.unwrap()));
    assert_eq!(totals.costs(), whole.totals().costs());
    let error = builder().lineage(true).part_decoder(&plan.parts[0]).unwrap_err();
    assert!(matches!(error, Error::Option { option: "part", .. }), "{error}");
}
