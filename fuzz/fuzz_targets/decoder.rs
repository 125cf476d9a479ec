//! Decodes a report of plausible columns with arbitrary cells: no panic, no lost row, and the same rows and totals for all sizes of
//! pieces and blocks.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outlay::{OnError, Reader, TableSchema, TextEncoding, Totals};

const HEADERS: [&str; 2] = [
    "bill/BillingPeriodStartDate,bill/BillType,bill/PayerAccountId,bill/InvoiceId,lineItem/UsageAccountId,\
     lineItem/LineItemType,lineItem/UsageStartDate,lineItem/ProductCode,lineItem/UsageAmount,lineItem/CurrencyCode,\
     lineItem/UnblendedCost,lineItem/NetUnblendedCost,pricing/publicOnDemandCost,reservation/ReservationARN,\
     reservation/EffectiveCost,reservation/UnusedRecurringFee,savingsPlan/SavingsPlanARN,\
     savingsPlan/SavingsPlanEffectiveCost,savingsPlan/TotalCommitmentToDate,savingsPlan/UsedCommitment,\
     resourceTags/user:Name,discount/EdpDiscount\n",
    "line_item_line_item_type,line_item_unblended_cost,line_item_currency_code,line_item_usage_start_date,product,\
     resource_tags,discount,cost_category,line_item_resource_id\n",
];
/// Cells that reach particular code paths. An input byte below 224 selects one of them; any other byte is the cell itself.
const CELLS: [&str; 32] = [
    "", "Usage", "Fee", "Tax", "Credit", "Refund", "RIFee", "DiscountedUsage", "SavingsPlanCoveredUsage",
    "SavingsPlanNegation", "SavingsPlanRecurringFee", "SavingsPlanUpfrontFee", "EdpDiscount", "Odd", "2026-09-01T00:00:00Z",
    "2026-09-30T23:59:59Z", "1.5E-7", "-12.25", "0", "99999999999999999999", "0.00000000000000000049", "USD", "nok",
    "arn:aws:savingsplans::1:savingsplan/a", "arn:aws:ec2:eu-west-1:1:reserved-instances/b", "AmazonEC2",
    "\"{\"\"k\"\":\"\"v\"\",\"\"n\"\":-1.5}\"", "\"{}\"", "\"quoted, \"\"text\"\"\n\"", "ü", "\"", "1.0",
];

fn report(data: &[u8]) -> Vec<u8> {
    let Some((shape, cells)) = data.split_first() else { return Vec::new() };
    let header = HEADERS[usize::from(*shape) % HEADERS.len()];
    let width = header.split(',').count();
    let mut csv = header.as_bytes().to_vec();
    for (index, byte) in cells.iter().enumerate() {
        match byte {
            0..224 => csv.extend_from_slice(CELLS[usize::from(*byte) % CELLS.len()].as_bytes()),
            _ => csv.push(*byte),
        }
        csv.push(if (index + 1) % width == 0 { b'\n' } else { b',' });
    }
    csv
}

fn read(csv: &[u8], piece: usize, block: usize, text: TextEncoding, schema: TableSchema) -> (Result<u64, &'static str>, Totals) {
    let builder = Reader::builder().on_error(OnError::Quarantine).block_bytes(block).text(text).schema(schema).batch_rows(5);
    let mut decoder = builder.decoder("r.csv").expect("options are right");
    let mut rows = 0;
    let mut go = || {
        for mut bytes in csv.chunks(piece) {
            while !bytes.is_empty() {
                let taken = decoder.feed(bytes)?;
                bytes = &bytes[taken..];
                while let Some(batch) = decoder.next_batch()? {
                    rows += batch.num_rows() as u64;
                }
                decoder.take_quarantined();
            }
        }
        decoder.finish();
        while let Some(batch) = decoder.next_batch()? {
            rows += batch.num_rows() as u64;
        }
        Ok::<(), outlay::Error>(())
    };
    let end = go().map_err(|error| error.code());
    (end.map(|()| rows), decoder.totals())
}

fuzz_target!(|data: &[u8]| {
    let [piece, block, text, data @ ..] = data else { return };
    let csv = report(data);
    let text = [TextEncoding::Utf8, TextEncoding::Dictionary, TextEncoding::View][usize::from(*text) % 3];
    for schema in [TableSchema::Focus, TableSchema::Cur] {
        let (whole, totals) = read(&csv, csv.len().max(1), 1 << 20, TextEncoding::Utf8, schema);
        let (rows, pieces) = read(&csv, 1 + usize::from(*piece), 1 + usize::from(*block), text, schema);
        assert_eq!(rows, whole);
        if whole.is_ok() {
            assert_eq!(pieces, totals);
            for check in totals.checks() {
                let about_rows = ["parts_complete", "rows_accounted_for", "arrays_match", "billed_cost"];
                assert!(check.holds || !about_rows.contains(&check.code.as_str()), "{check:?}");
            }
        }
    }
});
