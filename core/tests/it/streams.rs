//! Several streams as the parts of one report.

use std::io::Cursor;

use outlay::{Error, Reader, ReaderBuilder, TableSchema, Totals};

const HEADER: &str = "lineItem/LineItemType,lineItem/UnblendedCost,lineItem/CurrencyCode";

fn part(cost: &str) -> Cursor<String> {
    Cursor::new(format!("{HEADER}\nUsage,{cost},USD\n"))
}

fn drain(reader: Result<Reader, Error>) -> Result<Totals, Error> {
    let mut reader = reader?;
    for batch in &mut reader {
        batch?;
    }
    Ok(reader.totals())
}

#[test]
fn streams_are_the_parts_of_one_report_with_any_number_of_threads() {
    for threads in [1, 2, 4, 16] {
        let builder = || Reader::builder().threads(threads);
        let streams = (1..=9).map(|number| (format!("part-{number}"), part(&number.to_string())));
        let totals = drain(builder().read_from_all(streams)).unwrap();
        totals.check().unwrap();
        let objects: Vec<&str> = totals.parts().iter().map(|part| part.object.as_str()).collect();
        let wanted: Vec<String> = (1..=9).map(|number| format!("part-{number}")).collect();
        assert_eq!(
            (objects, totals.costs()["USD"].billed.to_string().as_str()),
            (wanted.iter().map(String::as_str).collect(), "45")
        );
    }
}

#[test]
fn streams_that_are_not_the_parts_of_one_report_are_refused() {
    let none: [(&str, Cursor<String>); 0] = [];
    let same = || [("a", part("1")), ("b", part("1"))];
    type Read = Box<dyn Fn(ReaderBuilder) -> Result<Reader, Error>>;
    #[rustfmt::skip]
    let cases: [(&str, Read, &str); 4] = [
        ("none",      Box::new(move |builder| builder.read_from_all(none.clone())),                              "option `path`: no stream was given"),
        ("one name",  Box::new(|builder| builder.read_from_all([("a", part("1")), ("a", part("2"))])),           "option `path`: two streams have the name `a`; give each its own"),
        ("one text",  Box::new(move |builder| builder.read_from_all(same())),                                    "`a` and `b`"),
        ("one size",  Box::new(|builder| builder.expected_bytes(9).read_from_all([("a", part("1")), ("b", part("2"))])), "it is the size of one object"),
    ];
    for (name, read, wanted) in cases {
        let error = drain(read(Reader::builder())).unwrap_err();
        assert_eq!(error.code(), "OUTLAY_OPTION", "{name}: {error}");
        assert!(error.to_string().contains(wanted), "{name}: {error}");
    }
}

#[test]
fn an_error_names_the_stream() {
    let error = drain(Reader::builder().read_from_all([("good", part("1")), ("bad", part("x"))])).unwrap_err();
    assert!(error.to_string().starts_with("bad: row 1, "), "{error}");
}

#[test]
fn the_table_of_the_report_has_the_columns_of_all_streams() {
    let other = Cursor::new(format!("{HEADER},lineItem/UsageType\nUsage,2,USD,Box\n"));
    let reader = Reader::builder().schema(TableSchema::Cur).read_from_all([("a", part("1")), ("b", other)]).unwrap();
    let schema = reader.schema();
    assert!(schema.field_with_name("line_item_usage_type").is_ok(), "{schema}");
    assert_eq!(drain(Ok(reader)).unwrap().rows_out(), 2);
}
