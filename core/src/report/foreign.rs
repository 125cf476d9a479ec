//! Detection of files that are not Cost and Usage Reports, by their first record.
//!
//! In: a header that could not be bound. Out: a message with the remedy, or nothing if the header is unknown. Files
//! that are not CSV are detected by their bytes, before a header is read.

use std::collections::HashSet;

use crate::error::clip;
use crate::schema::cur::{Cur, folded};
use crate::value::decimal::Decimal;
use crate::value::timestamp;

/// A type of file, with names that only its header has. Names are folded: letters and digits, in lower case. A name
/// that ends in `*` is a prefix.
struct Signature {
    /// Names that must all be in the header.
    all: &'static [&'static str],
    /// Names of which one must be in the header, if there are any.
    any: &'static [&'static str],
    what: &'static str,
    remedy: &'static str,
}

const READ_CUR: &str =
    "this version reads Cost and Usage Reports (CUR 2.0 or legacy), so pass the report of the same month";
const CREATE_CUR: &str = "create a Data Export of the table COST_AND_USAGE_REPORT (CUR 2.0) as CSV, and pass its files";

/// The first match is used, so specific signatures precede general ones.
#[rustfmt::skip]
const SIGNATURES: &[Signature] = &[
    Signature { all: &["billedcost", "xlineitemtype"], any: &[], what: "FOCUS rows that were written by outlay", remedy: "pass the report from which they were made" },
    Signature { all: &["billedcost", "xservicecode"], any: &[], what: "a FOCUS file of AWS Data Exports", remedy: READ_CUR },
    Signature { all: &["billedcost"], any: &["chargecategory", "chargetype", "effectivecost", "chargeperiodstart"], what: "a FOCUS file", remedy: READ_CUR },
    Signature { all: &["object", "row", "code", "reason", "record"], any: &[], what: "a file of records that an earlier read set aside", remedy: "pass the report itself, with its records corrected" },
    Signature { all: &["totalmbmemissionsvalue"], any: &[], what: "the table CARBON_EMISSIONS of AWS Data Exports", remedy: CREATE_CUR },
    Signature { all: &["totallbmemissionsvalue"], any: &[], what: "the table CARBON_EMISSIONS of AWS Data Exports", remedy: CREATE_CUR },
    Signature { all: &["usageperiodstart", "modelversion"], any: &[], what: "the table CARBON_EMISSIONS of AWS Data Exports", remedy: CREATE_CUR },
    Signature { all: &["recommendationid"], any: &["estimatedmonthlysavings*", "recommendationsource", "implementationeffort", "currentresourcetype"], what: "the table COST_OPTIMIZATION_RECOMMENDATIONS of AWS Data Exports", remedy: CREATE_CUR },
    Signature { all: &["amortizedcost", "chargetype"], any: &[], what: "the table COST_AND_USAGE_DASHBOARD of AWS Data Exports", remedy: CREATE_CUR },
    Signature { all: &["unblendedcost", "linkedaccountid", "chargetype"], any: &[], what: "the table COST_AND_USAGE_DASHBOARD of AWS Data Exports", remedy: CREATE_CUR },
    Signature { all: &["invoiceid", "recordtype"], any: &["costbeforetax", "totalcost", "sellerofrecord"], what: "a monthly bill or cost allocation report (aws-billing-csv)", remedy: CREATE_CUR },
    Signature { all: &["payeraccountid", "linkedaccountid"], any: &["costbeforetax", "totalcost", "sellerofrecord"], what: "a monthly bill or cost allocation report (aws-billing-csv)", remedy: CREATE_CUR },
    Signature { all: &["recordtype"], any: &["invoiceid", "payeraccountid", "linkedaccountid", "recordid", "pricingplanid"], what: "a detailed billing report (DBR), which AWS has replaced", remedy: CREATE_CUR },
    Signature { all: &["formatversion"], any: &["v10", "v1"], what: "an AWS price list", remedy: CREATE_CUR },
    Signature { all: &[], any: &["totalcosts*", "totalcost", "totalcostusd", "totalusage*"], what: "a download of Cost Explorer, which has sums and no line items", remedy: CREATE_CUR },
    Signature { all: &["metercategory"], any: &[], what: "a cost export of Microsoft Azure", remedy: READ_CUR },
    Signature { all: &["meterid"], any: &["subscriptionid", "subscriptionguid", "resourcegroup", "pretaxcost", "costinbillingcurrency"], what: "a cost export of Microsoft Azure", remedy: READ_CUR },
    Signature { all: &["subscriptionid"], any: &["pretaxcost", "costinbillingcurrency", "costusd", "servicename"], what: "a cost export of Microsoft Azure", remedy: READ_CUR },
    Signature { all: &["billingaccountid"], any: &["servicedescription", "skudescription", "skuid", "serviceid", "projectid", "costtype", "usagestarttime"], what: "a billing export of Google Cloud", remedy: READ_CUR },
    Signature { all: &["servicedescription"], any: &["skudescription", "skuid", "projectid"], what: "a billing export of Google Cloud", remedy: READ_CUR },
    Signature { all: &[], any: &["lineitemtenantid", "lineitemintervalusagestart", "costmycost", "ocireferencenumber"], what: "a cost report of Oracle Cloud", remedy: READ_CUR },
];

impl Signature {
    fn fits(&self, names: &HashSet<String>) -> bool {
        let is_there = |name: &&str| match name.strip_suffix('*') {
            Some(beginning) => names.iter().any(|name| name.starts_with(beginning)),
            None => names.contains(*name),
        };
        self.all.iter().all(is_there) && (self.any.is_empty() || self.any.iter().any(is_there))
    }
}

/// Describes a file whose header lacks the columns that every report has.
pub(crate) fn identify(header: &[String]) -> Option<String> {
    separator(header)
        .or_else(|| {
            let names: HashSet<String> = header.iter().map(|name| folded(name)).collect();
            let signature = SIGNATURES.iter().find(|signature| signature.fits(&names))?;
            Some(format!("this is {}: {}", signature.what, signature.remedy))
        })
        .or_else(|| no_header(header))
}

fn is_known(name: &str) -> bool {
    Cur::by_name(name.trim().trim_matches('"')).is_some()
}

/// Detects fields that are separated by something other than commas.
fn separator(header: &[String]) -> Option<String> {
    let first = header.first()?.trim_start();
    if first.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("sep=")) && header.len() <= 2 {
        let mark = match first.get(4..).unwrap_or_default().trim() {
            "" => ",",
            mark => mark,
        };
        let more = match mark {
            "," => String::new(),
            mark => format!(", and separate the fields by commas instead of `{}`", clip(mark.as_bytes())),
        };
        return Some(format!("its first line is `sep={mark}`, which is for a spreadsheet: remove that line{more}"));
    }
    #[rustfmt::skip]
    let separators = [
        (';',        "semicolons"),
        ('\t',       "tabs"),
        ('|',        "pipes (`|`)"),
        ('\u{1}',    "the byte 0x01, as Hive does by default"),
        ('^',        "carets (`^`)"),
    ];
    let line = header.join(",");
    for (separator, name) in separators {
        let pieces = line.split(separator).count();
        let known = line.split(separator).filter(|piece| is_known(piece)).take(2).count();
        if known == 2 || (pieces >= 4 && header.len() == 1) {
            return Some(format!(
                "its fields are separated by {name} and not by commas: write it again with the delimiter `,`"
            ));
        }
    }
    if header.len() == 1 && line.split(',').filter(|piece| is_known(piece)).take(2).count() == 2 {
        let reason =
            "each of its lines is one quoted field, so it was quoted twice: write it again, or pass the original file";
        return Some(reason.to_owned());
    }
    None
}

/// Detects a first line that is not a header.
fn no_header(header: &[String]) -> Option<String> {
    if header.iter().any(|name| is_known(name)) {
        return None;
    }
    let fields: Vec<&str> = header.iter().map(|field| field.trim()).filter(|field| !field.is_empty()).collect();
    let first = clip(fields.first().copied().unwrap_or_default().as_bytes());
    if matches!(fields.len(), 1 | 2) && fields.iter().any(|field| field.contains([' ', ':'])) {
        return Some(format!(
            "its first line, `{first}`, is a title, not a header: remove the lines before the one with the names of the columns"
        ));
    }
    let remedy = "add a line with the names of the columns, or export the report with a header";
    let is_time = |field: &&&str| {
        let begins = field.split('/').next().unwrap_or_default();
        field.len() >= 8 && timestamp::parse(begins.as_bytes()).is_some()
    };
    let times = fields.iter().filter(is_time).count();
    let numbers = fields.iter().filter(|field| Decimal::read(field.as_bytes()).is_ok()).count();
    if times > 0 && times + numbers > 1 {
        return Some(format!("it has no header: its first line, which begins with `{first}`, is a row; {remedy}"));
    }
    // Names of programs that found no header: 0,1,2 or _c0,_c1 or col1,col2.
    let numbered = |start: usize| {
        let stem = fields.first()?.strip_suffix(start.to_string().as_str())?;
        let is_next = |(index, field): (usize, &&str)| {
            field.strip_prefix(stem).is_some_and(|number| number == (index + start).to_string())
        };
        (fields.len() > 2 && fields.iter().enumerate().all(is_next)).then_some(())
    };
    if numbered(0).or_else(|| numbered(1)).is_some() {
        return Some(format!(
            "its columns have numbers for names, such as `{first}`, so its header was lost; {remedy}"
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn shown(line: &str) -> String {
        let header: Vec<String> = line.split(',').map(str::to_owned).collect();
        identify(&header).unwrap_or_default()
    }

    #[test]
    fn each_kind_is_named_with_its_remedy() {
        #[rustfmt::skip]
        let cases: &[(&str, &str, &str)] = &[
            ("FOCUS",              "BilledCost,EffectiveCost,ChargeCategory,BillingPeriodStart", "a FOCUS file: this version reads"),
            ("FOCUS, snake case",  "billed_cost,effective_cost,charge_category",                 "a FOCUS file"),
            ("FOCUS, lower case",  "availabilityzone,billedcost,chargecategory",                 "a FOCUS file"),
            ("FOCUS, upper case",  "BILLED_COST,CHARGE_CATEGORY",                                "a FOCUS file"),
            ("FOCUS, blanks",      "Billed Cost,Effective Cost",                                 "a FOCUS file"),
            ("FOCUS 0.5",          "AmortizedCost,BilledCost,ChargeType",                        "a FOCUS file"),
            ("FOCUS of AWS",       "BilledCost,ChargeCategory,x_ServiceCode,x_Operation",        "AWS Data Exports"),
            ("FOCUS of Azure",     "BilledCost,ChargeCategory,x_SkuMeterCategory,SubAccountId",  "a FOCUS file"),
            ("our own",            "BilledCost,ChargeCategory,x_LineItemType",                   "written by outlay"),
            ("set aside",          "object,row,byte,column,code,reason,record",                  "set aside"),
            ("carbon",             "last_refresh_timestamp,location,model_version,payer_account_id,total_mbm_emissions_value,usage_period_start", "CARBON_EMISSIONS"),
            ("recommendations",    "account_id,action_type,recommendation_id,implementation_effort,region,tags", "COST_OPTIMIZATION_RECOMMENDATIONS"),
            ("dashboard",          "amortized_cost,availability_zone,billing_period,charge_category,charge_type,unblended_cost", "COST_AND_USAGE_DASHBOARD"),
            ("monthly bill",       "InvoiceID,PayerAccountId,LinkedAccountId,RecordType,RecordID,ProductCode,CostBeforeTax,TotalCost", "monthly bill"),
            ("detailed billing",   "InvoiceID,PayerAccountId,LinkedAccountId,RecordType,RecordId,ProductName,RateId,UnBlendedCost,ResourceId", "detailed billing report"),
            ("detailed, alone",    "InvoiceID,RecordType,RecordID,ProductName,Rate,Cost",        "detailed billing report"),
            ("price list",         "FormatVersion,v1.0",                                         "price list"),
            ("Cost Explorer",      "Service,EC2-Instances($),S3($),Total costs($)",              "Cost Explorer"),
            ("Cost Explorer, old", "Linked Account,111122223333 ($),Total cost ($)",             "Cost Explorer"),
            ("Cost Explorer, EUR", "Usage type,BoxUsage(EUR),Total costs(EUR)",                  "Cost Explorer"),
            ("Cost Explorer, use", "Service,EC2-Instances (Hrs),Total usage (Hrs)",              "Cost Explorer"),
            ("Azure",              "InvoiceSectionName,AccountName,SubscriptionId,MeterCategory,CostInBillingCurrency", "Azure"),
            ("Azure, lower case",  "subscriptionId,resourceGroup,meterId,preTaxCost",            "Azure"),
            ("Google",             "billing_account_id,service.id,service.description,sku.id,usage_start_time,cost", "Google Cloud"),
            ("Google, console",    "Billing account name,Billing account ID,Project name,Service description,SKU ID,Cost type,Cost", "Google Cloud"),
            ("Oracle",             "lineItem/referenceNo,lineItem/tenantId,cost/myCost",         "Oracle Cloud"),
            ("semicolons",         "identity/LineItemId;lineItem/LineItemType;lineItem/UnblendedCost", "semicolons"),
            ("semicolons, quoted", "identity/LineItemId;\"lineItem/LineItemType\";\"resourceTags/user:a,b\"", "semicolons"),
            ("tabs",               "identity_line_item_id\tline_item_line_item_type",            "tabs"),
            ("pipes",              "identity_line_item_id|line_item_line_item_type|x",           "pipes"),
            ("0x01",               "identity_line_item_id\u{1}line_item_line_item_type",         "0x01"),
            ("other semicolons",   "Datum;Konto;Betrag;Text",                                    "semicolons"),
            ("sep",                "sep=,",                                                      "sep=,`, which is for a spreadsheet: remove that line"),
            ("sep of semicolons",  "SEP=;",                                                      "instead of `;`"),
            ("title",              "AWS Cost and Usage Report",                                  "is a title, not a header"),
            ("title, fields",      "Report:,January 2024,,,",                                    "is a title, not a header"),
            ("title of AWS",       "Don't see your tags in the report? New tags are excluded",   "is a title, not a header"),
            ("no header",          "li1,2024-01-02T00:00:00Z/2024-01-03T00:00:00Z,,AWS,Anniversary,012345678901,2024-01-01T00:00:00Z,Usage,0.1", "is a row"),
            ("no header, CUR 2.0", "AWS,Anniversary,2024-01-01T00:00:00.000Z,2024-02-01T00:00:00.000Z,{}", "is a row"),
            ("numbers",            "0,1,2,3,4",                                                  "numbers for names"),
            ("Spark's numbers",    "_c0,_c1,_c2",                                                "numbers for names"),
            ("Athena's numbers",   "col1,col2,col3",                                             "numbers for names"),
        ];
        for (name, header, wanted) in cases {
            let found = shown(header);
            assert!(found.contains(wanted), "{name}: {found:?}");
        }
        let quoted = ["identity/LineItemId,lineItem/LineItemType,lineItem/UnblendedCost".to_owned()];
        assert!(identify(&quoted).unwrap().contains("quoted twice"));
    }

    /// What a report that lacks a column has is like none of these: its error names the column.
    #[test]
    fn a_report_is_none_of_them() {
        #[rustfmt::skip]
        let cases = [
            ("no type",               "lineItem/UnblendedCost,x"),
            ("no cost",               "line_item_line_item_type,bill_payer_account_id,resource_tags"),
            ("one column",            "line_item_line_item_type"),
            ("a tag with semicolons", "lineItem/LineItemType,resourceTags/user:a;b;c;d,resourceTags/user:e|f"),
            ("anything",              "a,b,c"),
            ("anything, two",         "x,y"),
            ("a date for a name",     "2024-01-02,x,y"),
            ("nothing",               ""),
        ];
        for (name, header) in cases {
            assert_eq!(shown(header), "", "{name}");
        }
    }

    #[test]
    fn a_text_of_the_file_is_clipped() {
        let found = shown(&format!("a title {}\u{1b}[31m", "x".repeat(10_000)));
        assert!(found.len() < 400 && !found.contains('\u{1b}'), "{found}");
    }
}
