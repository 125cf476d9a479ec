//! Names in options: each spelling that is meant is found, and one that matches nothing is not silent.

use std::fs;
use std::path::{Path, PathBuf};

use outlay::{Error, OnError, OnNoMatch, Reader, ReaderBuilder, TagPolicy, Totals, Warning};

use crate::support::{Row, builder, data, push, read};

const LEGACY: &str = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,resourceTags/user:Team,resourceTags/aws:createdBy";
const CUR2: &str = "line_item_line_item_type,line_item_unblended_cost,line_item_currency_code";

fn legacy() -> String {
    format!("{LEGACY}\nUsage,1,USD,web,root\nUsage,1,USD,,root\n")
}

/// CUR 2.0 with a map, whose cells are JSON.
fn cur2(map: &str, json: &str) -> String {
    format!("{CUR2},{map}\nUsage,1,USD,\"{}\"\n", json.replace('"', "\"\""))
}

fn warning(totals: &Totals, code: &str) -> Option<Warning> {
    totals.warnings().into_iter().find(|warning| warning.code == code)
}

/// Reads a text to its end.
fn pushed(builder: ReaderBuilder, csv: &str) -> (Vec<Row>, Totals) {
    push(builder, csv.as_bytes(), 16).unwrap()
}

/// A folder with files in subfolders.
fn folder(files: &[(&str, String)]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let path = folder.path().to_owned();
    (folder, path)
}

fn paths(folder: &Path, names: &[&str]) -> Vec<PathBuf> {
    names.iter().map(|name| folder.join(name)).collect()
}

#[test]
fn a_tag_is_found_in_each_spelling() {
    let folded = cur2("resource_tags", r#"{"user_team":"web","aws_created_by":"root"}"#);
    let colon = cur2("resource_tags", r#"{"user:Team":"web"}"#);
    let original = cur2("tags", r#"{"resourceTags/user:Team":"web","accountTag/Unit":"shop"}"#);
    let flat = format!("{CUR2},resource_tags_user_team\nUsage,1,USD,web\n");
    #[rustfmt::skip]
    let cases = [
        ("legacy",    legacy(),         "Team",                         "x_Tag_Team",            "web"),
        ("legacy",    legacy(),         "user:Team",                    "x_Tag_Team",            "web"),
        ("legacy",    legacy(),         "resourceTags/user:Team",       "x_Tag_Team",            "web"),
        ("legacy",    legacy(),         "aws:createdBy",                "x_Tag_aws:createdBy",   "root"),
        ("legacy",    legacy(),         "resourceTags/aws:createdBy",   "x_Tag_aws:createdBy",   "root"),
        ("legacy",    legacy(),         "team",                         "x_Tag_team",            ""),
        ("legacy",    legacy(),         "user_team",                    "x_Tag_user_team",       ""),
        ("folded",    folded.clone(),   "team",                         "x_Tag_team",            "web"),
        ("folded",    folded.clone(),   "user_team",                    "x_Tag_user_team",       "web"),
        ("folded",    folded.clone(),   "resource_tags_user_team",      "x_Tag_team",            "web"),
        ("folded",    folded.clone(),   "Team",                         "x_Tag_Team",            "web"),
        ("folded",    folded.clone(),   "resourceTags/user:Team",       "x_Tag_Team",            "web"),
        ("folded",    folded.clone(),   "aws:createdBy",                "x_Tag_aws:createdBy",   "root"),
        ("folded",    folded,           "TEAMS",                        "x_Tag_TEAMS",           ""),
        ("colon",     colon.clone(),    "user:Team",                    "x_Tag_Team",            "web"),
        ("colon",     colon,            "Team",                         "x_Tag_Team",            "web"),
        ("original",  original.clone(), "user:Team",                    "x_Tag_Team",            "web"),
        ("original",  original.clone(), "team",                         "x_Tag_team",            ""),
        ("original",  original,         "accountTag/Unit",              "x_Tag_accountTag/Unit", "shop"),
        ("flat",      flat.clone(),     "user:Team",                    "x_Tag_Team",            "web"),
        ("flat",      flat,             "user_team",                    "x_Tag_user_team",       "web"),
    ];
    for (name, csv, tag, column, wanted) in cases {
        let (rows, totals) = pushed(builder().tag_columns([tag]), &csv);
        assert_eq!(rows[0].get(column).map_or("", String::as_str), wanted, "{name}: {tag}");
        assert_eq!(warning(&totals, "tags_absent").is_none(), !wanted.is_empty(), "{name}: {tag}");
    }
    for tag in ["Team", "user:Team", "resourceTags/user:Team", "user_team", "team"] {
        let (rows, totals) = pushed(builder().tag_policy(TagPolicy::Fold).tag_columns([tag]), &legacy());
        assert!(rows[0].values().any(|cell| cell == "web"), "{tag}");
        assert!(warning(&totals, "tags_absent").is_none(), "{tag}");
    }
    // One tag in two spellings is one column.
    let error = builder().tag_columns(["Team", "user:Team"]).validate().unwrap_err();
    assert_eq!(error.to_string(), "option `tag_columns`: column `x_Tag_Team` is selected twice");
    // A key that may be of two tags.
    let both = cur2("resource_tags", r#"{"user_user_team":"a","user_team":"b"}"#);
    let (rows, totals) = pushed(builder().tag_columns(["user_team"]), &both);
    assert_eq!(rows[0]["x_Tag_user_team"], "a");
    assert_eq!(warning(&totals, "tags_ambiguous").unwrap().examples, ["user_team"]);
}

#[test]
fn a_tag_that_no_row_has_is_a_warning_with_similar_names() {
    let (_, totals) = pushed(builder().tag_columns(["user:teem", "Owner", "Team"]), &legacy());
    let found = warning(&totals, "tags_absent").unwrap();
    assert_eq!(
        found.message,
        "no row has the tag `Owner`, `teem` (did you mean `Team`?); the column is null; the report has the tags `Team`, `aws:createdBy`"
    );
    assert_eq!((found.count, found.examples.as_slice()), (2, &["Owner".to_owned(), "teem".to_owned()][..]));
    // The tags of rows that are left out do not count, columns of the header do.
    let csv = format!(
        "bill/BillingPeriodStartDate,{LEGACY},tags\n2023-11-01T00:00:00Z,Usage,1,USD,,,\"{{\"\"resourceTags/user:Unit\"\":\"\"x\"\"}}\"\n2023-12-01T00:00:00Z,Usage,1,USD,,,\n"
    );
    let (_, totals) = pushed(builder().tag_columns(["Unit", "Team"]).periods(["2023-12"]), &csv);
    assert_eq!(warning(&totals, "tags_absent").unwrap().examples, ["Unit"]);
    // Nothing is known before the end.
    let mut reader =
        builder().tag_columns(["teem"]).batch_rows(1).read_from("report.csv", std::io::Cursor::new(legacy())).unwrap();
    assert!(warning(&reader.totals(), "tags_absent").is_none());
    reader.next().unwrap().unwrap();
    assert!(warning(&reader.totals(), "tags_absent").is_none());
    assert!(reader.by_ref().all(|batch| batch.is_ok()));
    assert!(warning(&reader.totals(), "tags_absent").is_some());
}

#[test]
fn an_extra_column_that_no_part_has_is_a_warning_with_similar_names() {
    let asks = || builder().extra_columns(["lineItem/UnblendedCosts", "lineItem/CurrencyCode", "anything"]);
    let (_, totals) = pushed(asks(), &legacy());
    let found = warning(&totals, "extra_columns_absent").unwrap();
    assert_eq!(found.examples, ["anything", "lineItem/UnblendedCosts"]);
    assert!(found.message.contains("`lineItem/UnblendedCosts` (did you mean `lineItem/UnblendedCost`?)"), "{found}");
    assert!(found.message.contains("it has the columns `lineItem/CurrencyCode`"), "{found}");
    // A key of the map `product` is found in rows.
    let csv = cur2("product", r#"{"transfer_type":"out"}"#);
    for (name, is_there) in [
        ("product/transferType", true),
        ("product_transfer_type", true),
        ("product.transfer_type", true),
        ("product.transferType", true),
        ("product['transfer_type']", true),
        ("product/transferTyp", false),
        ("product.transfer_typ", false),
        ("transfer_type", false),
        ("transferType", false),
    ] {
        let (rows, totals) = pushed(builder().extra_columns([name]), &csv);
        assert_eq!(warning(&totals, "extra_columns_absent").is_none(), is_there, "{name}");
        assert_eq!(rows[0].values().any(|cell| cell == "out"), is_there, "{name}");
        if let Some(found) = warning(&totals, "extra_columns_absent") {
            assert!(found.message.contains("did you mean `product.transfer_type`?"), "{found}");
        }
    }
    // A column that only some parts have.
    let (_folder, path) = folder(&[
        ("1.csv", "lineItem/LineItemType,lineItem/UnblendedCost,own/Code\nUsage,1,x\n".to_owned()),
        ("2.csv", "lineItem/LineItemType,lineItem/UnblendedCost\nUsage,2\n".to_owned()),
    ]);
    let report = paths(&path, &["1.csv", "2.csv"]);
    let (_, totals) = read(builder().extra_columns(["own/Code"]).read(report)).unwrap();
    assert!(warning(&totals, "extra_columns_absent").is_none());
    let found: Vec<Warning> =
        totals.warnings().into_iter().filter(|warning| warning.code == "columns_absent").collect();
    assert!(found.iter().any(|warning| warning.examples == ["own/Code"]), "{found:?}");
}

#[test]
fn warnings_do_not_depend_on_threads_and_merging() {
    let part = |number: usize| {
        let tag = if number == 2 { "Env" } else { "Team" };
        let rows: String =
            (0..50).map(|row| format!("Odd{},1,USD,2023-10-01T00:00:00Z,t{row}\n", row + 10 * number)).collect();
        (
            format!("{number}.csv"),
            format!(
                "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,bill/BillingPeriodStartDate,\
                 resourceTags/user:{tag}\n{rows}"
            ),
        )
    };
    let files: Vec<(String, String)> = (0..4).map(part).collect();
    let files: Vec<(&str, String)> = files.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    let (_folder, path) = folder(&files);
    let report = || paths(&path, &["0.csv", "1.csv", "2.csv", "3.csv"]);
    let asks = || {
        builder()
            .tag_columns(["teem", "Env", "Evn"])
            .extra_columns(["own/Code"])
            .periods(["2023-10", "2023-11"])
            .batch_rows(7)
    };
    let whole = read(asks().threads(1).read(report())).unwrap().1;
    for code in ["tags_absent", "extra_columns_absent", "periods_absent"] {
        assert!(warning(&whole, code).is_some(), "{code}: {:?}", whole.warnings());
    }
    assert_eq!(warning(&whole, "tags_absent").unwrap().examples, ["Evn", "teem"]);
    for threads in [2, 4, 8] {
        let totals = read(asks().threads(threads).block_bytes(200).read(report())).unwrap().1;
        assert_eq!(totals.warnings(), whole.warnings(), "{threads}");
    }
    let plan = asks().plan(report()).unwrap();
    for order in [[0, 1, 2, 3], [3, 1, 0, 2], [2, 3, 1, 0]] {
        let mut totals = Totals::default();
        for place in order {
            let part = read(asks().read_part(&plan.parts[place])).unwrap().1;
            // One part says nothing about the others.
            assert!(warning(&part, "tags_absent").is_none());
            let json = serde_json::to_string(&part).unwrap();
            totals.merge(&serde_json::from_str(&json).unwrap()).unwrap();
        }
        totals.check_against(&plan).unwrap();
        assert_eq!(totals.warnings(), whole.warnings(), "{order:?}");
    }
}

#[test]
fn warnings_that_differ_in_their_subject_are_one() {
    let rows: String = (0..30).map(|row| format!("Odd{:02},1,USD,,\n", row % 25)).collect();
    let (_, totals) = pushed(builder(), &format!("{LEGACY}\n{rows}"));
    let found: Vec<Warning> =
        totals.warnings().into_iter().filter(|warning| warning.code == "unknown_line_item_type").collect();
    let [found] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((found.rows, found.count, found.examples.len()), (30, 25, 20));
    assert_eq!(found.examples[0], "Odd00");
    assert!(
        found
            .message
            .starts_with("an unknown line item type; its rows have the ChargeCategory Adjustment: Odd00, Odd01")
    );
    assert!(found.message.ends_with(" and 5 more"), "{found}");
    // Commitments with amounts.
    let header = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,reservation/ReservationARN,reservation/EffectiveCost,\
                  reservation/UnusedAmortizedUpfrontFeeForBillingPeriod,reservation/UnusedRecurringFee,lineItem/UsageStartDate";
    let rows: String = (0..5)
        .map(|number| format!("RIFee,10,USD,arn:aws:ec2:eu-west-1:1:reserved-instances/{number},,1,{number},\n"))
        .collect();
    let (_, totals) = pushed(builder(), &format!("{header}\n{rows}"));
    let found = totals.warnings().into_iter().filter(|warning| warning.code == "as_of_unknown").collect::<Vec<_>>();
    let [found] = found.as_slice() else { panic!("{:?}", totals.warnings()) };
    assert_eq!(found.count, 5);
    assert!(found.examples[0].contains("reserved-instances/0 (1 USD"), "{found:?}");
    // Files that are left out.
    let (_folder, path) = folder(&[
        ("r-Manifest.json", r#"{"reportKeys":["r-1.csv"],"billingPeriod":{"start":"20231101T000000.000Z","end":"20231201T000000.000Z"}}"#.to_owned()),
        ("r-1.csv", legacy()),
        ("r-8.csv", legacy()),
        ("r-9.csv", legacy()),
    ]);
    let plan = builder().plan(path).unwrap();
    let [found] = plan.warnings.as_slice() else { panic!("{:?}", plan.warnings) };
    assert_eq!(
        (found.code.as_str(), found.count, found.examples.as_slice()),
        ("unlisted_part", 2, &["r-8.csv".to_owned(), "r-9.csv".to_owned()][..])
    );
    assert_eq!(found.to_string(), "a file that no manifest lists is left out: r-8.csv, r-9.csv");
}

#[test]
fn a_month_that_the_report_does_not_have_is_a_warning_with_those_there_are() {
    let demo = data("../../../examples/data/report");
    let plan = builder().periods(["2023-12", "2023-11"]).plan(&demo).unwrap();
    let [found] = plan.warnings.as_slice() else { panic!("{:?}", plan.warnings) };
    assert_eq!(found.code, "periods_absent");
    assert_eq!(found.to_string(), "2023-12: the report does not have this month; it has 2023-11");
    for periods in [vec!["2023-12"], vec!["2023-12", "2023-11"]] {
        let (_, totals) = read(builder().periods(periods.clone()).read(&demo)).unwrap();
        let found: Vec<Warning> =
            totals.warnings().into_iter().filter(|warning| warning.code == "periods_absent").collect();
        assert_eq!((found.len(), found[0].examples.as_slice()), (1, &["2023-12".to_owned()][..]), "{periods:?}");
        let error = builder().periods(periods).on_no_match(OnNoMatch::Stop).read(&demo).unwrap_err();
        assert_eq!(error.to_string(), "option `periods`: 2023-12: the report does not have this month; it has 2023-11");
        assert_eq!(error.candidates(), Some(&["2023-11".to_owned()][..]));
    }
    // The months of a stream are known at its end.
    let csv = "bill/BillingPeriodStartDate,lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode\n\
               2023-11-01T00:00:00Z,Usage,1,USD\n";
    for schema in [outlay::TableSchema::Focus, outlay::TableSchema::Cur] {
        let (_, totals) = pushed(builder().schema(schema).periods(["2023-12", "2023-11"]), csv);
        let found = warning(&totals, "periods_absent").unwrap();
        assert_eq!(found.message, "no record is of `2023-12`; the report has records of `2023-11`");
        let (_, totals) = pushed(builder().schema(schema).periods(["2023-11"]), csv);
        assert!(warning(&totals, "periods_absent").is_none());
    }
}

#[test]
fn a_strict_read_ends_with_an_error() {
    let strict = || builder().on_no_match(OnNoMatch::Stop);
    #[rustfmt::skip]
    let cases: [(&str, ReaderBuilder, &str, &[&str]); 3] = [
        ("tag_columns",   strict().tag_columns(["teem"]),          "no row has the tag `teem` (did you mean `Team`?)", &["Team"]),
        ("extra_columns", strict().extra_columns(["lineItem/CurencyCode"]), "the report has no column `lineItem/CurencyCode`", &["lineItem/CurrencyCode"]),
        ("periods",       strict().periods(["2023-12"]),           "no record is of `2023-12`", &[]),
    ];
    for (option, asks, message, candidates) in cases {
        let is_it = |error: &Error| {
            assert_eq!(error.code(), "OUTLAY_OPTION");
            assert!(error.to_string().starts_with(&format!("option `{option}`: {message}")), "{error}");
            assert_eq!(error.candidates().unwrap(), candidates, "{option}");
        };
        for threads in [1, 4] {
            let reader = asks.clone().threads(threads).read_from("report.csv", std::io::Cursor::new(legacy()));
            is_it(&read(reader).unwrap_err());
        }
        is_it(&push(asks.clone(), legacy().as_bytes(), 5).unwrap_err());
        // Parts are read, and the closing batch needs all of them.
        let (_folder, path) = folder(&[("1.csv", legacy())]);
        let plan = asks.clone().plan(path.join("1.csv")).unwrap();
        let mut totals = read(asks.clone().read_part(&plan.parts[0])).unwrap().1;
        is_it(&asks.closing_batch(&mut totals).unwrap_err());
    }
    let (rows, totals) = pushed(strict().tag_columns(["Team"]).extra_columns(["lineItem/CurrencyCode"]), &legacy());
    assert_eq!((rows.len(), totals.rows_out()), (2, 2));
}

#[test]
fn a_column_that_does_not_exist_says_what_was_meant() {
    #[rustfmt::skip]
    let cases: [(&str, &str, &[&str]); 18] = [
        ("billedcost",               "did you mean `BilledCost`?",                       &["BilledCost"]),
        ("BilledCosts",              "did you mean `BilledCost`?",                       &["BilledCost"]),
        ("Billed Cost",              "did you mean `BilledCost`?",                       &["BilledCost"]),
        ("ServiceNam",               "did you mean `ServiceName`?",                      &["ServiceName"]),
        ("NoSuchColumn",             "name columns as FOCUS does, columns of the report in `extra_columns`, and tags in `tag_columns`", &[]),
        ("Service",                  "name columns as FOCUS does, columns of the report in `extra_columns`, and tags in `tag_columns`; did you mean ServiceCategory, ServiceName, ServiceSubcategory?", &["ServiceCategory", "ServiceName", "ServiceSubcategory"]),
        ("Service_Name",             "did you mean `ServiceName`?",                      &["ServiceName"]),
        ("ServiceCode",              "did you mean `x_ServiceCode`?",                    &["x_ServiceCode"]),
        ("ResourceTags",             "it is a column of the report: add it with `extra_columns`; of FOCUS, Tags is made of it", &["Tags"]),
        ("lineItem/UnblendedCost",   "it is a column of the report: add it with `extra_columns`; of FOCUS, BilledCost, ContractedCost, EffectiveCost, ListCost are made of it", &["BilledCost", "ContractedCost", "EffectiveCost", "ListCost"]),
        ("line_item_unblended_cost", "it is a column of the report: add it with `extra_columns`; of FOCUS, BilledCost, ContractedCost, EffectiveCost, ListCost are made of it", &["BilledCost", "ContractedCost", "EffectiveCost", "ListCost"]),
        ("lineItem/UsageStartDate",  "it is a column of the report: add it with `extra_columns`; of FOCUS, ChargePeriodStart, ChargeClass are made of it", &["ChargePeriodStart", "ChargeClass"]),
        ("identity/LineItemId",      "it is a column of the report: add it with `extra_columns`; no column of FOCUS is made of it", &[]),
        ("UnblendedCost",            "it is a column of the report: add it with `extra_columns` as `lineItem/UnblendedCost`; of FOCUS, BilledCost, ContractedCost, EffectiveCost, ListCost are made of it", &["BilledCost", "ContractedCost", "EffectiveCost", "ListCost"]),
        ("resourceTags/user:Team",   "add the tag with `tag_columns`: `Team`",           &[]),
        ("x_Tag_Team",               "add the tag with `tag_columns`: `Team`",           &[]),
        ("user:Team",                "add the tag with `tag_columns`: `Team`",           &[]),
        ("Tags.Team",                "add the tag with `tag_columns`: `Team`",           &[]),
    ];
    for (name, remedy, candidates) in cases {
        let error = Reader::builder().columns([name]).validate().unwrap_err();
        assert_eq!(error.to_string(), format!("option `columns`: FOCUS 1.2 has no column `{name}`: {remedy}"));
        assert_eq!(
            (error.code(), error.candidates().unwrap()),
            ("OUTLAY_OPTION", &candidates.iter().map(|&name| name.to_owned()).collect::<Vec<_>>()[..]),
            "{name}"
        );
    }
    let cur = || Reader::builder().schema(outlay::TableSchema::Cur).columns(["line_item_unblended_costs"]);
    let error = push(cur(), legacy().as_bytes(), 100).unwrap_err();
    assert_eq!(error.candidates(), Some(&["line_item_unblended_cost".to_owned()][..]), "{error}");
    #[rustfmt::skip]
    let cases = [
        ("line_item_unblended_costs", "did you mean `line_item_unblended_cost`?"),
        ("BilledCost",                "it is a column of FOCUS: read it without the schema `cur`"),
        ("resourceTags/user:Team",    "all tags are in the column `resource_tags`: select that one"),
        ("nonsense",                  "select columns that its header has"),
    ];
    for (name, remedy) in cases {
        let cur = Reader::builder().schema(outlay::TableSchema::Cur).columns([name]);
        let error = push(cur, legacy().as_bytes(), 100).unwrap_err();
        assert_eq!(error.to_string(), format!("option `columns`: the report has no column `{name}`; {remedy}"));
    }
}

#[test]
fn columns_name_those_that_other_options_add() {
    let csv = legacy();
    #[rustfmt::skip]
    let cases: [(&[&str], &[&str]); 5] = [
        (&["x_Tag_Team", "BilledCost"],              &["x_Tag_Team", "BilledCost", "x_line_item_line_item_type", "x_SourceObject", "x_SourceRow", "x_DeliveryId"]),
        (&["x_SourceRow"],                           &["x_SourceRow", "x_line_item_line_item_type", "x_Tag_Team", "x_SourceObject", "x_DeliveryId"]),
        (&["x_line_item_line_item_type", "x_DeliveryId", "x_Tag_Team", "x_SourceRow", "x_SourceObject"],
                                                     &["x_line_item_line_item_type", "x_DeliveryId", "x_Tag_Team", "x_SourceRow", "x_SourceObject"]),
        (&["BilledCost"],                            &["BilledCost", "x_line_item_line_item_type", "x_Tag_Team", "x_SourceObject", "x_SourceRow", "x_DeliveryId"]),
        (&[],                                        &["x_line_item_line_item_type", "x_Tag_Team", "x_SourceObject", "x_SourceRow", "x_DeliveryId"]),
    ];
    for (columns, wanted) in cases {
        let all = builder().columns(columns.iter().copied());
        let builders = [
            all.clone().tag_columns(["user:Team"]).extra_columns(["lineItem/LineItemType"]).lineage(true),
            builder()
                .lineage(true)
                .extra_columns(["lineItem/LineItemType"])
                .tag_columns(["Team"])
                .columns(columns.iter().copied()),
        ];
        for builder in builders {
            let mut reader = builder.read_from("report.csv", std::io::Cursor::new(csv.clone())).unwrap();
            let names: Vec<String> = reader.schema().fields().iter().map(|field| field.name().clone()).collect();
            assert_eq!(names, wanted);
            let rows = crate::support::rows_of(&reader.next().unwrap().unwrap());
            assert_eq!(
                (rows[0]["x_Tag_Team"].as_str(), rows[1]["x_line_item_line_item_type"].as_str()),
                ("web", "Usage")
            );
            assert!(reader.by_ref().all(|batch| batch.is_ok()));
            reader.check().unwrap();
        }
    }
    let error = builder().columns(["x_Tag_Team", "x_Tag_Team"]).tag_columns(["Team"]).validate().unwrap_err();
    assert_eq!(error.to_string(), "option `columns`: column `x_Tag_Team` is selected twice");
    let error = builder().columns(["x_Tag_Teem"]).tag_columns(["Team"]).validate().unwrap_err();
    assert_eq!(error.candidates(), Some(&["x_Tag_Team".to_owned()][..]), "{error}");
}

#[test]
fn an_account_name_needs_an_account() {
    #[rustfmt::skip]
    let cases: [(&str, &[&str]); 5] = [
        ("1234",            &[]),
        ("shop",            &[]),
        ("",                &[]),
        ("12345678901",     &["012345678901"]),
        ("1111-2222-3333",  &["111122223333"]),
    ];
    for (id, candidates) in cases {
        let error = Reader::builder().account_names([(id, "Shop")]).validate().unwrap_err();
        assert!(
            error.to_string().starts_with(&format!("option `account_names`: `{id}` is not the id of an account: ")),
            "{error}"
        );
        assert_eq!(error.candidates().unwrap(), candidates, "{id}");
    }
    Reader::builder().account_names([("111122223333", "Shop")]).validate().unwrap();
}

#[test]
fn a_quarantine_file_needs_quarantine_in_any_order() {
    let file = std::env::temp_dir().join("aside.csv");
    for refused in [
        Reader::builder().on_error(OnError::Stop).quarantine_file(&file),
        Reader::builder().quarantine_file(&file).on_error(OnError::Stop),
    ] {
        let error = refused.validate().unwrap_err();
        assert!(error.to_string().starts_with("option `quarantine_file`: "), "{error}");
    }
    for accepted in [
        Reader::builder().quarantine_file(&file),
        Reader::builder().on_error(OnError::Quarantine).quarantine_file(&file),
        Reader::builder().quarantine_file(&file).on_error(OnError::Quarantine),
    ] {
        accepted.validate().unwrap();
    }
}

#[test]
fn an_empty_name_is_refused_with_what_the_option_takes() {
    let (columns, extras, tags) = (
        "a name is empty; it takes names of columns, such as `BilledCost`",
        "a name is empty; it takes names of columns of the report, such as `lineItem/UsageType`",
        "a name is empty; it takes keys of tags, such as `Team`",
    );
    #[rustfmt::skip]
    let cases = [
        ("columns",        "",                    Some(columns)),
        ("columns",        " ",                   Some(columns)),
        ("extra_columns",  "",                    Some(extras)),
        ("extra_columns",  "\t",                  Some(extras)),
        ("tag_columns",    "",                    Some(tags)),
        ("tag_columns",    " ",                   Some(tags)),
        ("tag_columns",    "user:",               Some(tags)),
        ("tag_columns",    "resourceTags/user:",  Some(tags)),
        ("tag_columns",    "Team",                None),
    ];
    for (option, name, reason) in cases {
        let given = outlay::OptionValue::Texts(vec![name.to_owned()]);
        let found = Reader::builder().set(option, given).unwrap().decoder("report.csv").map(|_| ());
        let found = found.map_err(|error| (error.code(), error.to_string()));
        let wanted = match reason {
            Some(reason) => Err(("OUTLAY_OPTION", format!("option `{option}`: {reason}"))),
            None => Ok(()),
        };
        assert_eq!(found, wanted, "{option} `{name}`");
    }
    // The report itself has no column without a name either.
    let cur = || Reader::builder().schema(outlay::TableSchema::Cur).columns([""]);
    assert_eq!(cur().validate().unwrap_err().to_string(), format!("option `columns`: {columns}"));
}
