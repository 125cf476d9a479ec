"""pyarrow: converts the legacy report to the main FOCUS columns with `csv.read_csv` and compute kernels. Amounts are decimal128(38, 18).

pyarrow.csv reads the whole table into memory. Tags are left out, because no kernel builds maps from columns.
"""

import csv
import gzip
import io

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from common import CATEGORIES, Clock, NUMBERS, TEXTS, arguments, report

args = arguments()
pa.set_cpu_count(args.threads)
MONEY, TIME = pa.decimal128(38, 18), pa.timestamp("us", "UTC")
TIMES = [name for name in TEXTS if name.endswith("Date")]
with gzip.open(args.reports[0], "rt", newline="") as file:
    header = next(csv.reader(io.StringIO(file.readline())))
types = {name: pa.string() for name in TEXTS} | {name: MONEY for name in NUMBERS} | {name: TIME for name in TIMES}
convert = pa.csv.ConvertOptions(
    include_columns=[name for name in TEXTS + NUMBERS if name in header], column_types=types, strings_can_be_null=True,
    null_values=[""], quoted_strings_can_be_null=True,
)
parse = pa.csv.ParseOptions(newlines_in_values=True)


def narrow(value):
    """Adds decimals. A sum needs one more digit than its terms, and 38 is the maximum precision."""
    return value.cast(pa.decimal128(36, 18))


def focus(source):
    rows = source.num_rows

    def cell(name):
        return source[name] if name in source.column_names else pa.nulls(rows, types[name])

    def zero():
        return pa.scalar(0, MONEY)

    def one_of(values):
        return pc.is_in(kind, value_set=pa.array(values))

    def rest(mask, effective):
        part = output(mask, zero(), effective, zero(), zero(), pa.scalar("Usage"), "Unused")
        return part.filter(pc.and_(mask, pc.not_equal(part["EffectiveCost"], zero())))

    def output(mask, billed, effective, listed, contracted, category, status):
        usage = pc.equal(category, "Usage")
        priced = pc.or_(usage, pc.equal(category, "Purchase"))
        nothing = pa.scalar(None, pa.string())
        full = lambda value: value if isinstance(value, (pa.ChunkedArray, pa.Array)) else pa.repeat(value, rows)  # noqa: E731
        unit, quantity = cell("pricing/unit"), cell("lineItem/UsageAmount")
        named = pc.is_valid(arn)
        frequency = pc.if_else(usage, "Usage-Based", pc.if_else(pc.equal(category, "Purchase"), "Recurring", "One-Time"))
        columns = {
            "BilledCost": billed, "EffectiveCost": effective, "ListCost": listed, "ContractedCost": contracted,
            "BillingAccountId": cell("bill/PayerAccountId"), "SubAccountId": cell("lineItem/UsageAccountId"),
            "BillingCurrency": cell("lineItem/CurrencyCode"), "BillingPeriodStart": cell("bill/BillingPeriodStartDate"),
            "BillingPeriodEnd": cell("bill/BillingPeriodEndDate"), "ChargePeriodStart": cell("lineItem/UsageStartDate"),
            "ChargePeriodEnd": cell("lineItem/UsageEndDate"), "ChargeCategory": category, "ChargeFrequency": frequency,
            "ChargeDescription": cell("lineItem/LineItemDescription"), "CommitmentDiscountId": arn,
            "CommitmentDiscountType": pc.if_else(
                pc.match_substring(pc.fill_null(arn, ""), "savingsplan"), "Savings Plan",
                pc.if_else(named, "Reserved Instance", nothing)),
            "CommitmentDiscountStatus": pc.if_else(pc.and_(named, usage), status, nothing),
            "ConsumedQuantity": pc.if_else(usage, quantity, pa.scalar(None, MONEY)),
            "ConsumedUnit": pc.if_else(usage, unit, nothing), "InvoiceId": cell("bill/InvoiceId"),
            "InvoiceIssuerName": cell("bill/InvoicingEntity"),
            "PricingCategory": pc.if_else(named, "Committed", pc.if_else(priced, "Standard", nothing)),
            "PricingQuantity": pc.if_else(priced, quantity, pa.scalar(None, MONEY)),
            "PricingUnit": pc.if_else(priced, unit, nothing), "ListUnitPrice": cell("pricing/publicOnDemandRate"),
            "ContractedUnitPrice": cell("lineItem/UnblendedRate"), "ProviderName": pa.scalar("AWS"),
            "PublisherName": cell("lineItem/LegalEntity"), "RegionId": cell("product/regionCode"),
            "ResourceId": cell("lineItem/ResourceId"), "ServiceName": cell("product/ProductName"),
            "ServiceCategory": pc.fill_null(pc.take(
                pa.array(list(CATEGORIES.values())),
                pc.index_in(cell("lineItem/ProductCode"), value_set=pa.array(list(CATEGORIES)))), "Other"),
            "SkuId": cell("product/sku"), "SkuPriceId": cell("pricing/RateCode"), "SkuMeter": cell("lineItem/UsageType"),
            "x_LineItemType": kind, "x_UsageType": cell("lineItem/UsageType"), "x_Operation": cell("lineItem/Operation"),
            "x_ServiceCode": cell("lineItem/ProductCode"),
        }
        return pa.table({name: full(value) for name, value in columns.items()})

    kind, cash = cell("lineItem/LineItemType"), cell("lineItem/UnblendedCost")
    arn = pc.coalesce(cell("savingsPlan/SavingsPlanARN"), cell("reservation/ReservationARN"))
    covered, used = pc.equal(kind, "SavingsPlanCoveredUsage"), pc.equal(kind, "DiscountedUsage")
    fees = one_of(["Fee", "RIFee", "SavingsPlanRecurringFee", "SavingsPlanUpfrontFee", "Refund"])
    category = pc.if_else(
        one_of(["Usage", "DiscountedUsage", "SavingsPlanCoveredUsage"]), "Usage",
        pc.if_else(fees, "Purchase", pc.if_else(one_of(["Tax", "Credit"]), kind, "Adjustment")))
    effective = pc.if_else(
        covered, cell("savingsPlan/SavingsPlanEffectiveCost"), pc.if_else(
            used, cell("reservation/EffectiveCost"),
            pc.if_else(one_of(["SavingsPlanRecurringFee", "SavingsPlanUpfrontFee", "RIFee"]), zero(), cash)))
    wanted = pc.not_equal(kind, "SavingsPlanNegation")
    charges = output(
        wanted, pc.if_else(covered, zero(), cash), effective, pc.coalesce(cell("pricing/publicOnDemandCost"), cash), cash,
        category, "Used").filter(wanted)
    plan = pc.subtract(narrow(cell("savingsPlan/TotalCommitmentToDate")), narrow(cell("savingsPlan/UsedCommitment")))
    fee = pc.add(
        narrow(pc.coalesce(cell("reservation/UnusedAmortizedUpfrontFeeForBillingPeriod"), zero())),
        narrow(pc.coalesce(cell("reservation/UnusedRecurringFee"), zero())))
    fees = [("SavingsPlanRecurringFee", plan), ("RIFee", fee)]
    rests = [rest(pc.equal(kind, name), unused.cast(MONEY)) for name, unused in fees]
    return pa.concat_tables([charges, *rests])


clock = Clock()
table = pa.concat_tables([focus(pa.csv.read_csv(path, parse_options=parse, convert_options=convert)) for path in args.reports])
if args.output:
    pa.parquet.write_table(table, args.output, compression="zstd")
clock.stop()
report(clock, table.num_rows, pc.sum(table["BilledCost"]), pc.sum(table["EffectiveCost"]), table.num_columns)
