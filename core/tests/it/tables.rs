//! Column selection, and the report itself as a table.

use outlay::{MapEncoding, Reader, TableSchema, TagPolicy};

use crate::support::{Row, builder, data, push, read};

fn row(cells: &[(&str, &str)]) -> Row {
    cells.iter().map(|(column, cell)| ((*column).to_owned(), (*cell).to_owned())).collect()
}

const LEGACY: &str = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/UsageStartDate,product/vcpu,product/sku,\
    resourceTags/user:Cost Center,resourceTags/user:CostCenter,costCategory/Team,discount/EdpDiscount,bill/InvoiceId,Odd One\n\
    Usage,1.5E-3,2026-01-10T00:00:00Z,2,S1,,42,core,-1E-1,\"\", x\n";

#[test]
fn the_report_itself_is_a_typed_table_under_one_spelling() {
    let cur = || Reader::builder().schema(TableSchema::Cur);
    let (rows, totals) = push(cur(), LEGACY.as_bytes(), 3).unwrap();
    let wanted = row(&[
        ("bill_invoice_id", ""),
        ("line_item_line_item_type", "Usage"),
        ("line_item_usage_start_date", "2026-01-10T00:00:00Z"),
        ("line_item_unblended_cost", "0.0015"),
        ("product_sku", "S1"),
        ("product", "{vcpu=2}"),
        ("discount", "{EdpDiscount=-1E-1}"),
        ("resource_tags", "{user:CostCenter=42}"),
        ("cost_category", "{Team=core}"),
        ("odd_one", " x"),
    ]);
    assert_eq!(rows, [wanted]);
    assert_eq!((totals.rows_in(), totals.rows_out()), (1, 1));
    totals.check().unwrap();
    let (rows, _) =
        push(cur().maps(MapEncoding::Json).columns(["lineItem/UnblendedCost", "resource_tags"]), LEGACY.as_bytes(), 9)
            .unwrap();
    assert_eq!(
        rows,
        [row(&[("line_item_unblended_cost", "0.0015"), ("resource_tags", "{\"user:CostCenter\":\"42\"}")])]
    );
    let error = push(cur().columns(["nothing"]), LEGACY.as_bytes(), 9).unwrap_err();
    assert_eq!(error.code(), "OUTLAY_OPTION");
}

#[test]
fn the_table_has_the_columns_of_all_parts() {
    let folder = tempfile::tempdir().unwrap();
    let parts = [
        ("a-1.csv", "lineItem/LineItemType,lineItem/UnblendedCost,x\nUsage,1,u\n"),
        ("a-2.csv", "lineItem/LineItemType,lineItem/UnblendedCost,y\nUsage,2,v\n"),
    ];
    for (name, text) in parts {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let cur = || Reader::builder().schema(TableSchema::Cur);
    let (rows, _) = read(cur().read(folder.path())).unwrap();
    assert_eq!((rows[0]["x"].as_str(), rows[1]["y"].as_str()), ("u", "v"));
    let plan = cur().plan(folder.path()).unwrap();
    let schema = cur().read(folder.path()).unwrap().schema();
    for part in &plan.parts {
        let mut reader = cur().read_part(part).unwrap();
        assert_eq!(reader.schema(), schema);
        assert_eq!(reader.next().unwrap().unwrap().schema(), schema);
    }
}

#[test]
fn the_genuine_report_is_a_table_too() {
    let mut reader =
        Reader::builder().schema(TableSchema::Cur).read(data("samples/legacy-csv-daily-2023-11.csv.gz")).unwrap();
    let schema = reader.schema();
    assert!(schema.field_with_name("product").is_ok() && schema.field_with_name("line_item_unblended_cost").is_ok());
    let rows: usize = (&mut reader).map(|batch| batch.unwrap().num_rows()).sum();
    assert_eq!(rows, 1281);
    reader.totals().check().unwrap();
}

#[test]
fn extra_columns_and_tags_come_beside_focus() {
    let asked = builder()
        .columns(["BilledCost"])
        .extra_columns(["product/vcpu", "line_item_usage_start_date", "Odd One", "lineItem/BlendedCost"])
        .tag_columns(["CostCenter", "Owner"]);
    let (rows, totals) = push(asked, LEGACY.as_bytes(), usize::MAX).unwrap();
    let wanted = row(&[
        ("BilledCost", "0.0015"),
        ("x_product_vcpu", "2"),
        ("x_line_item_usage_start_date", "2026-01-10T00:00:00Z"),
        ("x_odd_one", "x"),
        ("x_Tag_CostCenter", "42"),
    ]);
    assert_eq!(rows, [wanted]);
    assert!(totals.warnings().iter().any(|warning| warning.message.contains("`lineItem/BlendedCost`")));
    let modern = "line_item_line_item_type,line_item_unblended_cost,product\nUsage,1,\"{\"\"vcpu\"\":\"\"4\"\"}\"\n";
    let (rows, _) =
        push(builder().columns(["BilledCost"]).extra_columns(["product/vcpu"]), modern.as_bytes(), 4).unwrap();
    assert_eq!(rows, [row(&[("BilledCost", "1"), ("x_product_vcpu", "4")])]);
}

#[test]
fn tags_are_folded_if_asked() {
    let tags = |policy| {
        let (rows, _) = push(builder().columns(["Tags"]).tag_policy(policy), LEGACY.as_bytes(), usize::MAX).unwrap();
        rows[0]["Tags"].clone()
    };
    assert_eq!(tags(TagPolicy::Exact), r#"{"CostCenter":"42"}"#);
    assert_eq!(tags(TagPolicy::Fold), r#"{"cost_center":"42"}"#);
}

#[test]
fn details_of_skus_and_numbers_in_json() {
    let csv = "lineItem/LineItemType,lineItem/UnblendedCost,product/sku,product/instanceType,product/vcpu,product/memory,product/operatingSystem\n\
               Usage,1,S1,db.r5.large,2,16 GiB,Linux\nUsage,1,,m5.large,2,8 GiB,Linux\n";
    let (rows, _) = push(builder().columns(["SkuPriceDetails"]), csv.as_bytes(), usize::MAX).unwrap();
    let wanted = r#"{"InstanceType":"db.r5.large","InstanceSeries":"r5","CoreCount":2,"MemorySize":16,"OperatingSystem":"Linux"}"#;
    assert_eq!(rows[0]["SkuPriceDetails"], wanted);
    assert!(rows[1].is_empty(), "no details without a price id");
    let (rows, _) =
        push(builder().maps(MapEncoding::Map).columns(["SkuPriceDetails"]), csv.as_bytes(), usize::MAX).unwrap();
    assert!(rows[0]["SkuPriceDetails"].contains("CoreCount=2"));
}

#[test]
fn the_schema_is_the_same_for_every_report() {
    let schema = |file: &str| Reader::builder().read(data(file)).unwrap().schema();
    assert_eq!(schema("samples/mock-cur2"), schema("golden/tax/report.csv"));
    let schema = schema("golden/tax/report.csv");
    assert_eq!(schema.fields().len(), 63);
    // A cost is null if the report lacks the cells it is computed from. Derived columns are never null.
    assert!(schema.field_with_name("BilledCost").unwrap().is_nullable());
    assert!(!schema.field_with_name("ChargeCategory").unwrap().is_nullable());
    assert_eq!(
        schema.field_with_name("BilledCost").unwrap().data_type(),
        &arrow::datatypes::DataType::Decimal128(38, 18)
    );
}
