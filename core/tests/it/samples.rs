//! Reports of other projects, genuine and made: what each is known to give.

use crate::support::{broken, builder, data, read};

/// Rows, BilledCost, currency and the checks that do not hold; or the code of the error.
type Outcome = Result<(u64, &'static str, &'static str, &'static [&'static str]), &'static str>;

#[test]
fn each_sample_has_its_outcome() {
    #[rustfmt::skip]
    let cases: &[(&str, Outcome)] = &[
        // file                                     rows  BilledCost           currency, checks that do not hold; or the error
        ("legacy-csv-daily-2023-11.csv.gz",      Ok((1281, "1.6823086974",     "USD", &[]))),
        ("synthetic-legacy-finalized-nok.csv",   Ok((3,    "30",               "NOK", &["savings_plan_negation"]))),
        ("synthetic-legacy-not-final-nok.csv",   Ok((3,    "30",               "NOK", &["savings_plan_negation"]))),
        ("synthetic-legacy-header-only.csv",     Ok((0,    "",                 "",    &[]))),
        ("mock-cur1",                            Ok((3,    "0.045152",          "USD", &[]))),
        ("mock-cur2",                            Ok((4,    "0.108304",         "USD", &[]))),
        // Its header has two names in one, so that no record fits it.
        ("synthetic-legacy-crlf.csv",            Err("OUTLAY_RAGGED")),
        ("handmade-legacy-minimal.csv",          Err("OUTLAY_MISSING_COLUMN")),
        ("handmade-cur2-minimal.csv",            Err("OUTLAY_MISSING_COLUMN")),
        // Its line item types are masked away.
        ("fivetran-loader-shape.csv",            Err("OUTLAY_VALUE")),
    ];
    for (file, wanted) in cases {
        let outcome = read(builder().read(data("samples").join(file)));
        match (outcome, wanted) {
            (Ok((rows, totals)), Ok((count, billed, currency, checks))) => {
                assert_eq!(totals.rows_in(), *count, "{file}: rows");
                assert_eq!(totals.rows_out(), rows.len() as u64, "{file}: rows out");
                assert_eq!(broken(&totals), *checks, "{file}: {:?}", totals.checks());
                let costs = totals.costs();
                let found = costs.get(currency).map_or_else(String::new, |costs| costs.billed.to_string());
                assert_eq!(found, *billed, "{file}: BilledCost");
            }
            (Err(error), Err(code)) => assert_eq!(error.code(), *code, "{file}: {error}"),
            (outcome, _) => panic!("{file}: {:?}", outcome.map(|(_, totals)| totals.checks())),
        }
    }
}
