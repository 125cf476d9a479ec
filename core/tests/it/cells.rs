//! Cells and column names as other programs write them: how they are read, and the warnings.

use std::collections::BTreeMap;

use outlay::{OnError, Reader, TableSchema, Totals};

use crate::support::{Row, builder, push, read};

const COLUMNS: [&str; 16] = [
    "lineItem/LineItemType",
    "lineItem/UnblendedCost",
    "lineItem/CurrencyCode",
    "bill/InvoiceId",
    "bill/BillType",
    "lineItem/UsageAccountId",
    "lineItem/ResourceId",
    "lineItem/TaxType",
    "product/region",
    "savingsPlan/SavingsPlanARN",
    "reservation/ReservationARN",
    "lineItem/UsageStartDate",
    "lineItem/LineItemDescription",
    "lineItem/UnblendedRate",
    "resourceTags/user:Owner",
    "pricing/unit",
];
const CELLS: [&str; 16] = [
    "Usage",
    "1.5",
    "USD",
    "I-1",
    "Anniversary",
    "111122223333",
    "i-1",
    "",
    "us-east-1",
    "",
    "",
    "2024-01-02T00:00:00Z",
    "words",
    "1.5",
    "web",
    "Hrs",
];

/// Returns a record with the given cells in place of the default ones.
fn record(cells: &[(&str, &str)]) -> String {
    let given: BTreeMap<&str, &str> = cells.iter().copied().collect();
    let cell = |(name, usual): (&&str, &&str)| {
        let text = given.get(name).copied().unwrap_or(usual);
        format!("\"{}\"", text.replace('"', "\"\""))
    };
    COLUMNS.iter().zip(&CELLS).map(cell).collect::<Vec<_>>().join(",")
}

fn report(records: &[String]) -> String {
    format!("{}\n{}\n", COLUMNS.join(","), records.join("\n"))
}

fn one(cells: &[(&str, &str)]) -> (Row, Totals) {
    let (mut rows, totals) = push(builder(), report(&[record(cells)]).as_bytes(), 64).unwrap();
    assert_eq!(rows.len(), 1);
    (rows.remove(0), totals)
}

/// Returns the numbers of rows of the warnings with a code.
fn warned(totals: &Totals, code: &str) -> Vec<u64> {
    totals.warnings().into_iter().filter(|warning| warning.code == code).map(|warning| warning.rows).collect()
}

const TOKENS: [&str; 11] = ["\\N", "NULL", "null", "NaN", "nan", "None", "NaT", "<NA>", "NA", "#N/A", "-"];

#[test]
fn a_null_token_is_no_cell_where_it_would_decide() {
    let focus = [
        ("bill/InvoiceId", "InvoiceId"),
        ("lineItem/UsageAccountId", "SubAccountId"),
        ("lineItem/ResourceId", "ResourceId"),
        ("product/region", "RegionId"),
        ("savingsPlan/SavingsPlanARN", "CommitmentDiscountId"),
        ("reservation/ReservationARN", "CommitmentDiscountId"),
        ("lineItem/UsageStartDate", "ChargePeriodStart"),
    ];
    for token in TOKENS {
        for (cur, column) in focus {
            for text in [token.to_owned(), format!(" {token} ")] {
                let (row, totals) = one(&[("lineItem/LineItemType", "Fee"), (cur, &text)]);
                assert!(!row.contains_key(column), "{cur} `{text}`: {row:?}");
                assert_eq!(row["EffectiveCost"], "1.5", "{cur} `{text}`");
                assert_eq!(warned(&totals, "null_token"), [1], "{cur} `{text}`");
            }
        }
        // A refund with a tax type is a refund of a tax.
        let (row, _) = one(&[("lineItem/LineItemType", "Refund"), ("lineItem/TaxType", token)]);
        assert_ne!(row["ChargeCategory"], "Tax", "{token}");
    }
}

#[test]
fn a_null_token_is_text_where_people_write() {
    for token in TOKENS {
        let (row, totals) = one(&[("lineItem/LineItemDescription", token), ("resourceTags/user:Owner", token)]);
        assert_eq!(row["ChargeDescription"], token);
        let tags: BTreeMap<String, String> = serde_json::from_str(&row["Tags"]).unwrap();
        assert_eq!(tags["Owner"], token);
        assert_eq!(warned(&totals, "null_token"), [] as [u64; 0], "{token}");
    }
    // Similar texts that are not null tokens.
    for text in ["Nulls", "nano", "N/A", "none", "--", "NULL/NULL"] {
        let (row, totals) = one(&[("lineItem/ResourceId", text), ("bill/InvoiceId", text)]);
        assert_eq!((row["ResourceId"].as_str(), row["InvoiceId"].as_str()), (text, text));
        assert_eq!(warned(&totals, "null_token"), [] as [u64; 0], "{text}");
    }
}

#[test]
fn each_row_is_counted_once_for_each_column_and_token() {
    let rows: Vec<String> = (0..3_000)
        .map(|row| {
            let (invoice, resource) =
                (if row % 3 == 0 { "nan" } else { "I-1" }, if row % 2 == 0 { "NULL" } else { "i" });
            record(&[("bill/InvoiceId", invoice), ("lineItem/ResourceId", resource), ("lineItem/CurrencyCode", "\\N")])
        })
        .collect();
    for piece in [997, usize::MAX] {
        let (_, totals) = push(builder(), report(&rows).as_bytes(), piece).unwrap();
        // One warning for each token, with the columns.
        assert_eq!(warned(&totals, "null_token"), [1_500, 3_000, 1_000]);
    }
    let warnings = push(builder(), report(&rows).as_bytes(), usize::MAX).unwrap().1.warnings();
    let messages: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    assert!(messages.iter().any(|text| text.contains("bill/InvoiceId") && text.contains("`nan`")), "{messages:?}");
}

#[test]
fn a_type_that_is_a_null_token_is_none() {
    let error = push(builder(), report(&[record(&[("lineItem/LineItemType", "NULL")])]).as_bytes(), 64).unwrap_err();
    assert!(error.to_string().contains("is not a line item type"), "{error}");
}

#[test]
fn an_arn_begins_with_arn() {
    const PLAN: &str = "arn:aws:savingsplans::111122223333:savingsplan/a";
    #[rustfmt::skip]
    let cases = [
        // in the cell         commitment     not an ARN
        (PLAN,                 Some(PLAN),    0),
        (" arn:aws-cn:x ",     Some("arn:aws-cn:x"), 0),
        ("ri-0123",            None,          1),
        ("N/A",                None,          1),
        ("0",                  None,          1),
        ("aws:arn:x",          None,          1),
        ("",                   None,          0),
    ];
    for (cell, commitment, warnings) in cases {
        for column in ["savingsPlan/SavingsPlanARN", "reservation/ReservationARN"] {
            let (row, totals) = one(&[("lineItem/LineItemType", "Fee"), (column, cell)]);
            assert_eq!(row.get("CommitmentDiscountId").map(String::as_str), commitment, "{column} `{cell}`");
            assert_eq!(warned(&totals, "not_an_arn").len(), warnings, "{column} `{cell}`");
        }
    }
}

#[test]
fn an_account_id_is_mended_only_without_doubt() {
    #[rustfmt::skip]
    let cases = [
        ("111122223333",   "111122223333", 0),
        ("111122223333.0", "111122223333", 1),
        ("0123-4567-8901", "012345678901", 1),
        ("0123 4567 8901", "012345678901", 1),
        ("'012345678901",  "012345678901", 1),
        // An id that may have lost digits is not changed.
        ("1.11122E+11",    "1.11122E+11",  0),
        ("12345678901",    "12345678901",  0),
        ("12345678901.0",  "12345678901.0", 0),
    ];
    for (cell, id, warnings) in cases {
        let (row, totals) = one(&[("lineItem/UsageAccountId", cell)]);
        assert_eq!(row["SubAccountId"], id, "{cell}");
        assert_eq!(warned(&totals, "account_id_mended").len(), warnings, "{cell}");
    }
}

#[test]
fn text_in_a_number_is_null_where_no_cost_is_made_of_it() {
    let csv = |column: &str, cell: &str| {
        format!(
            "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,{column}\n\
             Usage,1.5,USD,{cell}\nUsage,1.5,USD,7\n"
        )
    };
    for column in [
        "reservation/NumberOfReservations",
        "reservation_units_per_reservation",
        "lineItem/NormalizationFactor",
        "lineItem/UnblendedRate",
    ] {
        for cell in ["NA", "n/a", "x1", "1.234,56", "NULL"].map(|cell| format!("\"{cell}\"")) {
            let (rows, totals) = push(builder().extra_columns([column]), csv(column, &cell).as_bytes(), 64).unwrap();
            let extra = rows[1].iter().find(|&(_, value)| value == "7").map(|(name, _)| name.clone()).unwrap();
            assert!(!rows[0].contains_key(&extra), "{column} {cell}");
            assert_eq!(totals.rows_out(), 2);
            totals.check().unwrap();
            let told: Vec<String> = totals.warnings().iter().map(|warning| warning.message.clone()).collect();
            assert!(told.iter().any(|text| text.starts_with(column)), "{column} {cell}: {told:?}");
            let counts = [warned(&totals, "text_in_number"), warned(&totals, "null_token")].concat();
            assert_eq!(counts, [1], "{column} {cell}");
            let (rows, totals) =
                push(Reader::builder().schema(TableSchema::Cur), csv(column, &cell).as_bytes(), 64).unwrap();
            assert_eq!((rows[0].len() + 1, rows[1].len()), (rows[1].len(), 4), "{column} {cell}");
            assert!(totals.warnings().iter().any(|warning| warning.rows == 1 && warning.message.starts_with(column)));
        }
    }
    for column in ["lineItem/NetUnblendedCost", "lineItem/UsageAmount", "savingsPlan/SavingsPlanEffectiveCost"] {
        for cell in ["NA", "x", "NULL", "1.5 USD"] {
            let error = push(builder(), csv(column, cell).as_bytes(), 64).unwrap_err();
            assert!(error.to_string().contains(column), "{error}");
        }
    }
    // A number that is out of range is not read as text.
    let error =
        push(builder().extra_columns(["lineItem/UnblendedRate"]), csv("lineItem/UnblendedRate", "1E40").as_bytes(), 64);
    assert!(error.unwrap_err().to_string().contains("at most 20 digits"));
}

#[test]
fn null_in_a_map_column_is_no_pair() {
    let csv = |cell: &str| {
        format!(
            "line_item_line_item_type,line_item_unblended_cost,line_item_currency_code,resource_tags,tags,cost_category,product,\
             discount\nUsage,1,USD,{cell},{cell},{cell},{cell},{cell}\n\
             Usage,1,USD,\"{{\"\"user_a\"\":\"\"b\"\"}}\",,,,\n"
        )
    };
    for cell in ["null", "\" null \"", "NULL", "nan", "NA", "\\N", "{}", ""] {
        let (rows, totals) = push(builder(), csv(cell).as_bytes(), 64).unwrap();
        assert!(!rows[0].contains_key("Tags") || rows[0]["Tags"] == "{}", "{cell}: {rows:?}");
        assert_eq!(rows[1]["Tags"], "{\"a\":\"b\"}");
        // The null of JSON is read as an object without keys, without a warning.
        let is_foreign = matches!(cell, "NULL" | "nan" | "NA" | "\\N");
        assert_eq!(warned(&totals, "null_token"), vec![5; usize::from(is_foreign)], "{cell}");
        let columns = totals.warnings().into_iter().find(|warning| warning.code == "null_token");
        assert_eq!(columns.map_or(0, |warning| warning.examples.len()), if is_foreign { 5 } else { 0 }, "{cell}");
        push(Reader::builder().schema(TableSchema::Cur), csv(cell).as_bytes(), 64).unwrap();
    }
    for cell in ["nul", "none", "N/A", "\"null,null\""] {
        assert!(push(builder(), csv(cell).as_bytes(), 64).is_err(), "{cell}");
    }
}

#[test]
fn times_of_other_programs_are_instants() {
    #[rustfmt::skip]
    let cases = [
        ("2024-01-02 00:00",            Some("2024-01-02T00:00:00Z")),
        ("2024-01-02 00:00:00.000 Z",   Some("2024-01-02T00:00:00Z")),
        ("2024-01-02t00:00:00z",        Some("2024-01-02T00:00:00Z")),
        ("2024-01-02T01:00:00+01:00",   Some("2024-01-02T00:00:00Z")),
        ("2024-01-02T00:00:00-01:00",   Some("2024-01-02T01:00:00Z")),
        ("1/2/2024 0:00",               None),
        ("02.01.2024 00:00",            None),
        ("1704153600",                  None),
        ("2024-01-01T24:00:00Z",        None),
        ("2024-01-02 00:00 CET",        None),
    ];
    let csv = |time: &str| {
        format!(
            "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,lineItem/UsageStartDate,\
             bill/BillingPeriodStartDate\nUsage,1,USD,{time},{time}\n"
        )
    };
    for (time, wanted) in cases {
        match (push(builder(), csv(time).as_bytes(), 64), wanted) {
            (Ok((rows, _)), Some(instant)) => {
                assert_eq!(rows[0]["ChargePeriodStart"], instant, "{time}");
                assert_eq!(rows[0]["BillingPeriodStart"], instant, "{time}");
            }
            (Err(error), None) => assert!(error.to_string().contains("is not a timestamp"), "{error}"),
            (result, _) => panic!("{time}: {result:?}"),
        }
    }
}

#[test]
fn the_report_itself_has_its_texts_as_they_are() {
    let csv = report(&[record(&[
        ("bill/InvoiceId", "NULL"),
        ("lineItem/UsageAccountId", "111122223333.0"),
        ("reservation/ReservationARN", "x"),
    ])]);
    let (rows, _) = push(Reader::builder().schema(TableSchema::Cur), csv.as_bytes(), 64).unwrap();
    assert_eq!(rows[0]["bill_invoice_id"], "NULL");
    assert_eq!(rows[0]["line_item_usage_account_id"], "111122223333.0");
    assert_eq!(rows[0]["reservation_reservation_a_r_n"], "x");
}

#[test]
fn a_folded_net_cost_is_the_bill() {
    for net in [
        "lineItem/netUnblendedCost",
        "LINE_ITEM_NET_UNBLENDED_COST",
        "lineitem_netunblendedcost",
        " lineItem/NetUnblendedCost",
    ] {
        let csv =
            format!("lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode,{net}\nUsage,1,USD,0.75\n");
        let (rows, _) = push(builder(), csv.as_bytes(), 64).unwrap();
        assert_eq!(rows[0]["BilledCost"], "0.75", "{net}");
    }
}

#[test]
fn parts_in_different_spellings_are_one_table() {
    let folder = tempfile::tempdir().unwrap();
    let parts = [
        ("a-1.csv", "lineItem/LineItemType,lineItem/UnblendedCost,resourceTags/user:x\nUsage,1,u\n"),
        ("a-2.csv", "LINEITEM/LINEITEMTYPE,lineitem_unblendedcost,RESOURCETAGS_USER_x\nUsage,2,v\n"),
    ];
    for (name, text) in parts {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let (rows, _) = read(Reader::builder().schema(TableSchema::Cur).read(folder.path())).unwrap();
    let wanted = [("1", "{user:x=u}"), ("2", "{user:x=v}")];
    for (row, (cost, tags)) in rows.iter().zip(wanted) {
        assert_eq!((row["line_item_unblended_cost"].as_str(), row["resource_tags"].as_str()), (cost, tags));
        assert_eq!(row.len(), 3, "{row:?}");
    }
}

#[test]
fn a_refused_cell_is_set_aside_beside_null_tokens() {
    let rows = [record(&[("lineItem/UnblendedCost", "NULL")]), record(&[("bill/InvoiceId", "NULL")])];
    let (rows, totals) = push(builder().on_error(OnError::Quarantine), report(&rows).as_bytes(), 64).unwrap();
    assert_eq!((rows.len(), totals.rows_quarantined()), (1, 1));
}

#[test]
fn a_table_of_many_columns_takes_no_quadratic_time() {
    let names: Vec<String> = (0..30_000).map(|at| format!("own {at}")).collect();
    let cells = vec!["x"; names.len()].join(",");
    let csv = format!("lineItem/LineItemType,lineItem/UnblendedCost,{}\nUsage,1,{cells}\n", names.join(","));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wide.csv");
    std::fs::write(&path, csv).unwrap();
    let begun = std::time::Instant::now();
    let (rows, _) = read(Reader::builder().schema(TableSchema::Cur).batch_rows(64).read(&path)).unwrap();
    assert_eq!(rows[0].len(), 30_002);
    // Quadratic time would take minutes in a debug build.
    assert!(begun.elapsed().as_secs() < 120, "{:?}", begun.elapsed());
}

#[test]
fn of_two_cells_of_one_key_the_first_that_is_not_blank_counts() {
    #[rustfmt::skip]
    let cases = [
        // tags in JSON                    flat cells     what comes out
        ("",                               "a,b,c",       "{\"x\":\"a\",\"y\":\"c\"}"),
        ("",                               ",b,c",        "{\"x\":\"b\",\"y\":\"c\"}"),
        ("",                               "\" \",b,",    "{\"x\":\"b\"}"),
        ("\"{\"\"user_x\"\":\"\"j\"\"}\"", "a,b,c",       "{\"x\":\"j\",\"y\":\"c\"}"),
        ("\"{\"\"user_x\"\":\"\"\"\"}\"",  ",b,",         "{\"x\":\"b\"}"),
        ("\"{\"\"user_z\"\":\"\"j\"\"}\"", ",,",          "{\"z\":\"j\"}"),
    ];
    let header = "line_item_line_item_type,line_item_unblended_cost,resource_tags,resource_tags_user_x,RESOURCETAGS/user:x,\
                  resourceTags/user:y";
    let rows: Vec<String> = cases.iter().map(|(json, flat, _)| format!("Usage,1,{json},{flat}")).collect();
    let (out, _) = push(builder(), format!("{header}\n{}\n", rows.join("\n")).as_bytes(), 64).unwrap();
    for (row, (_, _, wanted)) in out.iter().zip(cases) {
        assert_eq!(row["Tags"], wanted);
    }
}
